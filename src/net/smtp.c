/* smtp and smtps: any mail server. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "provider.h"

static bool check(struct channel_url *c, struct err *e)
{
    if (!c->host)
        return err_set(e, ERR_CONFIG, NULL, "no host: smtp://user:password@mail.example.com:587");
    if (c->path && strcmp(c->path, "/") != 0)
        return err_set(e, ERR_CONFIG, NULL, "a mail server has no path; a / in the user or password is written %%2F");
    return !c->user == !c->secret || err_set(e, ERR_CONFIG, NULL, "user and password go together: smtp://user:password@host");
}

static bool build(struct post *q, const struct channel_url *c, const struct outbox_message *m, struct err *e)
{
    const char *from = message_from(c, m);
    if (!from)
        return err_set(e, ERR_CONFIG, NULL, "there is no sender: give the brand one, or from= in DOORSTEP_EMAIL_URL");
    mime_address(from, &q->mail_from);
    mime_address(m->to, &q->mail_to);
    mime_write(c, m, q->wall, &q->body);
    return true;
}

/* RFC 3463: "5.1.1 …" gives 1 and 1; false without one. */
static bool enhanced(const char *text, int *subject, int *detail)
{
    int class;
    return sscanf(text, "%1d.%3d.%3d", &class, subject, detail) == 3;
}

/* A mailbox that is not there, not one the server will not relay to, or one that is full. */
static bool is_bad_address(const struct answer *a)
{
    int subject, detail;
    if (a->phase != MAIL_RCPT && a->phase != MAIL_DOT)
        return false;
    if (enhanced(a->text, &subject, &detail))
        return (subject == 1 && detail != 7 && detail != 8) || (subject == 2 && detail == 1);
    return a->phase == MAIL_RCPT && (a->status == 550 || a->status == 551 || a->status == 553 || a->status == 556);
}

/* The name the server's queue has for it: "Ok: queued as 4F2", "OK id=1tE…". */
static void queue_name(const char *text, char *out, size_t size)
{
    static const char *const marks[] = {"queued as ", "id="};
    *out = '\0';
    for (size_t i = 0; i < 2 && !*out; i++) {
        const char *at = strstr(text, marks[i]);
        if (at) {
            at += strlen(marks[i]);
            snprintf(out, size, "%.*s", (int)strcspn(at, " )>;,"), at);
        }
    }
}

static const char *const asked[] = {
    [MAIL_NONE] = "connecting", [MAIL_HELLO] = "the greeting", [MAIL_TLS] = "starting TLS", [MAIL_AUTH] = "user and password",
    [MAIL_RESET] = "starting anew", [MAIL_FROM] = "the sender", [MAIL_RCPT] = "the address",   [MAIL_DATA] = "the message", [MAIL_BODY] = "the message",
    [MAIL_DOT] = "the message",
};

static void judge(const struct answer *a, struct verdict_of_provider *v)
{
    char code[8], id[96];
    snprintf(code, sizeof code, "%d", a->status);
    if (a->phase == MAIL_DOT && a->status >= 200 && a->status <= 299) {
        judge_set(v, OUTBOX_SENT, false, code, "%.150s", a->text);
        queue_name(a->text, id, sizeof id);
        judge_id(v, id);
        return;
    }
    bool early = a->phase < MAIL_FROM || a->status == 530;   /* nothing to do with this message */
    bool later = early || (a->status >= 400 && a->status <= 499);
    if (a->phase == MAIL_DOT && !(a->status >= 400 && a->status <= 599))
        judge_set(v, OUTBOX_UNKNOWN, true, code, "the mail server said %d about the message, which is no answer to it", a->status);
    else if (a->phase == MAIL_AUTH)
        judge_set(v, OUTBOX_RETRY, true, code, "the mail server does not accept the user and password of %s (\"%.60s\")",
                  channel_variable(v->c->channel), a->text);
    else
        judge_set(v, later ? OUTBOX_RETRY : OUTBOX_FAILED, early || a->status == 421, code, "the mail server refused %s with %d: %.110s",
                  asked[a->phase], a->status, a->text);
    v->r->bad_address = v->r->outcome == OUTBOX_FAILED && is_bad_address(a);
}

const struct provider provider_smtp = {
    .scheme = "smtp", .name = "the mail server", .channels = CHANNEL_BIT(CHANNEL_EMAIL), .connections = 4, .mail = true,
    .example = "smtp://user:password@mail.example.com:587?from=help@example.com",
    .help = "a mail server, with STARTTLS (to loopback hosts only where ca= is given)",
    .check = check, .build = build, .judge = judge,
};
const struct provider provider_smtps = {
    .scheme = "smtps", .name = "the mail server", .channels = CHANNEL_BIT(CHANNEL_EMAIL), .connections = 4, .mail = true,
    .example = "smtps://user:password@mail.example.com?from=help@example.com",
    .help = "a mail server, with TLS from the start",
    .check = check, .build = build, .judge = judge,
};
