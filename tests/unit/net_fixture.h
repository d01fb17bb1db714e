/* A net on a loop, a message to send, and what became of it. */
#ifndef UNIT_NET_FIXTURE_H
#define UNIT_NET_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/when.h"
#include "net/net.h"
#include "net_stub.h"

struct got { int times; bool trouble; struct outbox_result r; };

static void got_it(void *ctx, const struct outbox_result *r, bool trouble)
{
    struct got *g = ctx;
    g->times++;
    g->trouble = trouble;
    g->r = *r;
}

/* Runs the loop until nothing is under way; fails the test after a minute. */
static void run(struct loop *l, struct net *n)
{
    int64_t end = loop_now() + 60000;
    while (net_under_way(n)) {
        assert_true(loop_now() < end);
        loop_step(l, 1000);
    }
}

static char text_body[] = "Hola Rosa,\n\nsu paquete 1Z999 espera.", text_subject[] = "¿Dónde entregamos?", text_name[] = "Rosa Delgado",
            text_mail[] = "rosa@example.com", text_phone[] = "+15125550100", text_id[] = "48121.9f3c@doorstep", text_es[] = "es",
            text_from[] = "help@acme.example", text_acme[] = "Acme, Inc.";

static struct outbox_message a_message(enum channel c)
{
    bool mail = c == CHANNEL_EMAIL;
    return (struct outbox_message){.id = 7, .fence = 1, .channel = c, .to = mail ? text_mail : text_phone, .to_name = text_name,
                                   .from_name = text_acme, .from_email = text_from, .language = text_es,
                                   .subject = mail ? text_subject : NULL, .body = text_body, .message_id = text_id, .exception_id = 48121};
}

/* Of what came, the whole ones: dialogues of SMTP may have ended before. */
static inline int stub_messages(struct stub *s)
{
    int n = 0;
    for (int i = 0; i < stub_requests(s); i++)
        n += strncasecmp(stub_request(s, i), "EHLO", 4) != 0 || strstr(stub_request(s, i), "\r\n.\r\n") != NULL;
    return n;
}

/* The URL with its %d as the port. */
static struct channel_url a_channel(enum channel c, const char *url, int port)
{
    struct err e = {0};
    struct channel_url out;
    char text[600];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, sizeof text, url, port);
#pragma GCC diagnostic pop
    if (!channel_url_read(c, text, &out, &e))
        fail_msg("%s: %s: %s", text, e.where, e.text);
    return out;
}

/* One message through a net of its own. */
static struct got send_one(const struct channel_url *c, const struct outbox_message *m, const struct net_options *o)
{
    struct loop *l = loop_create();
    struct net *n = net_create(l, o);
    struct got g = {.times = 0};
    net_send(n, c, m, got_it, &g);
    assert_int_equal(g.times, 0);  /* never from inside */
    run(l, n);
    assert_int_equal(g.times, 1);
    assert_int_equal(g.r.id, m->id);
    assert_int_equal(g.r.fence, m->fence);
    net_destroy(n);
    loop_destroy(l);
    return g;
}

#endif
