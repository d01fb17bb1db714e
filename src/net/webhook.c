/* webhook+https: messages for a system of one's own, which sends them. Documented here.
 *
 * POST, Content-Type: application/json; charset=utf-8
 *     Idempotency-Key: the message's id, the same at every try
 *     Doorstep-Signature: t=UNIX SECONDS,v1=HEX     when secret= is given: HMAC-SHA256 with the secret as the key over
 *                                                   the seconds, a dot, and the body's bytes
 *
 *     {"id": "48121.9f3c@doorstep", "idempotency_key": the same,
 *      "channel": "email" | "sms" | "whatsapp", "language": "es", "brand": "acme",
 *      "to": "rosa@example.com" | "+15125550100", "to_name": "Rosa Delgado",
 *      "from": …, "from_name": …, "reply_to": …, "list_unsubscribe": …,
 *      "subject": …, "text": …, "html": …,           subject and html: e-mail only
 *      "exception": 48121, "tracking_number": …, "order_number": …,
 *      "template": the provider's template, "template_data": {…}, "sent_at": "2026-11-22T03:00:00Z"}
 *
 * What is not known is left out. Answers: 2xx taken ({"id": "…"}, if there, is kept to match receipts with); 409 was there
 * already, which is as good; 408, 425, 429, 5xx, no answer: asked again later, with Retry-After obeyed; 401, 403, 404, 405 and
 * redirects: the channel is set up wrongly, asked again later; other 4xx: refused for good. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "net/mac.h"
#include "provider.h"

static bool check(struct channel_url *c, struct err *e)
{
    return c->host || c->base || err_set(e, ERR_CONFIG, NULL, "no host: webhook+https://host/path?secret=…");
}

void webhook_sign(struct post *q, const struct channel_url *c)
{
    char hex[MAC_HEX], seconds[24], value[128];
    int n = snprintf(seconds, sizeof seconds, "%" PRId64, q->wall / WHEN_SECOND);
    mac_stamped_hex(c->secret, seconds, (size_t)n, buf_str(&q->body), q->body.len, hex);
    snprintf(value, sizeof value, "t=%s,v1=%s", seconds, hex);
    post_header(q, "Doorstep-Signature", value);
}

void webhook_address(struct post *q, const struct channel_url *c)
{
    if (c->base) {
        post_url(q, c, c->path ? c->path : "/");
        return;
    }
    buf_printf(&q->url, "https://%s", c->host);
    if (c->port)
        buf_printf(&q->url, ":%d", c->port);
    buf_puts(&q->url, c->path ? c->path : "/");
}

static void put_message(struct buf *b, const struct channel_url *c, const struct outbox_message *m, const char *id)
{
    json_text(b, "id", id);
    json_text(b, "idempotency_key", id);
    json_text(b, "channel", channel_name(c->channel));
    json_text(b, "language", m->language);
    json_text(b, "brand", m->brand);
    json_text(b, "to", m->to);
    json_text(b, "to_name", m->to_name);
    json_text(b, "from", message_from(c, m));
    json_text(b, "from_name", message_from_name(c, m));
    json_text(b, "reply_to", m->reply_to);
    json_text(b, "list_unsubscribe", m->list_unsubscribe);
    json_text(b, "text", m->body);
    if (c->channel == CHANNEL_EMAIL) {
        struct buf html;
        buf_init(&html, 0);
        message_html(m, &html);
        json_text(b, "subject", m->subject);
        json_text(b, "html", buf_str(&html));
        buf_finish(&html);
    }
    if (m->exception_id)
        json_int(b, "exception", m->exception_id);
    json_text(b, "tracking_number", m->tracking_number);
    json_text(b, "order_number", m->order_number);
    json_text(b, "template", m->provider_template);
}

static bool build(struct post *q, const struct channel_url *c, const struct outbox_message *m, struct err *e)
{
    (void)e;
    char id[256], at[40];
    message_id_bare(m, id, sizeof id);
    when_format_utc(q->wall / WHEN_SECOND * WHEN_SECOND, at, sizeof at);
    webhook_address(q, c);
    struct buf *b = &q->body;
    json_open(b, NULL, '{');
    put_message(b, c, m, id);
    post_vars(b, "template_data", m);
    json_text(b, "sent_at", at);
    json_close(b, '}');
    post_header(q, "Content-Type", "application/json; charset=utf-8");
    post_header(q, "Idempotency-Key", id);
    if (c->secret)
        webhook_sign(q, c);
    return true;
}

static void judge(const struct answer *a, struct verdict_of_provider *v)
{
    bool taken = a->status >= 200 && a->status <= 299;
    if (a->status == 409)
        judge_set(v, OUTBOX_SENT, false, "409", "it was there already");
    else if (taken && (a->broken || a->cut))
        judge_set(v, OUTBOX_SENT, false, v->r->code, "taken; the answer after that could not be read");
    if (taken)
        judge_id(v, answer_text(a->json, "id"));
}

const struct provider provider_webhook = {
    .scheme = "webhook+https", .name = "the webhook", .channels = CHANNEL_ALL, .idempotent = true, .connections = 8,
    .example = "webhook+https://hooks.example.com/doorstep?secret=…",
    .help = "JSON to a system of your own, signed with HMAC-SHA256, with an Idempotency-Key",
    .check = check, .build = build, .judge = judge,
};
