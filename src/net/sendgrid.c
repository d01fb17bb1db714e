/* sendgrid: POST /v3/mail/send (github.com/sendgrid/sendgrid-oai, 2024-07). */
#include <stdio.h>
#include <string.h>

#include "provider.h"

static bool check(struct channel_url *c, struct err *e)
{
    if (!c->secret) {
        c->secret = c->user;   /* sendgrid://KEY@ */
        c->user = NULL;
    }
    if (!c->secret)
        return err_set(e, ERR_CONFIG, NULL, "no key: sendgrid://KEY@?from=help@example.com");
    return !c->host || err_set(e, ERR_CONFIG, NULL, "sendgrid:// takes no host; use base= for another one");
}

static void put_person(struct buf *b, const char *key, const char *email, const char *name)
{
    struct buf address;
    buf_init(&address, 0);
    mime_address(email, &address);
    json_open(b, key, '{');
    json_text(b, "email", buf_str(&address));
    json_text(b, "name", name && *name ? name : NULL);
    json_close(b, '}');
    buf_finish(&address);
}

static void put_headers(struct buf *b, const struct outbox_message *m)
{
    char id[256], value[600];
    bool one_click;
    message_id_bare(m, id, sizeof id);
    snprintf(value, sizeof value, "<%s>", id);
    json_open(b, "headers", '{');
    json_text(b, "Message-ID", value);
    json_text(b, "Auto-Submitted", "auto-generated");
    json_text(b, "X-Auto-Response-Suppress", "All");
    if (mime_unsubscribe(m, value, sizeof value, &one_click)) {
        json_text(b, "List-Unsubscribe", value);
        json_text(b, "List-Unsubscribe-Post", one_click ? "List-Unsubscribe=One-Click" : NULL);
    }
    json_close(b, '}');
}

static void put_recipient(struct buf *b, const struct outbox_message *m, bool template)
{
    char id[256];
    message_id_bare(m, id, sizeof id);
    json_open(b, "personalizations", '[');
    json_open(b, NULL, '{');
    json_open(b, "to", '[');
    put_person(b, NULL, m->to, m->to_name);
    json_close(b, ']');
    if (template)
        post_vars(b, "dynamic_template_data", m);
    json_open(b, "custom_args", '{');
    json_text(b, "outreach", id);
    json_close(b, '}');
    json_close(b, '}');
    json_close(b, ']');
}

static void put_content(struct buf *b, const char *type, const char *value)
{
    json_open(b, NULL, '{');
    json_text(b, "type", type);
    json_text(b, "value", value);
    json_close(b, '}');
}

static bool build(struct post *q, const struct channel_url *c, const struct outbox_message *m, struct err *e)
{
    const char *from = message_from(c, m);
    bool template = m->provider_template && strncmp(m->provider_template, "d-", 2) == 0;
    struct buf *b = &q->body, html;
    if (!from)
        return err_set(e, ERR_CONFIG, NULL, "there is no sender: give the brand one, or from= in DOORSTEP_EMAIL_URL");
    post_url(q, c, "/v3/mail/send");
    json_open(b, NULL, '{');
    put_recipient(b, m, template);
    put_person(b, "from", from, message_from_name(c, m));
    if (m->reply_to && *m->reply_to)
        put_person(b, "reply_to", m->reply_to, NULL);
    json_text(b, "subject", m->subject && *m->subject ? m->subject : "-");  /* they want one */
    if (template)
        json_text(b, "template_id", m->provider_template);
    json_open(b, "content", '[');
    put_content(b, "text/plain", m->body && *m->body ? m->body : "-");
    buf_init(&html, 0);
    message_html(m, &html);
    put_content(b, "text/html", buf_str(&html));
    buf_finish(&html);
    json_close(b, ']');
    put_headers(b, m);
    json_close(b, '}');
    char bearer[600];
    snprintf(bearer, sizeof bearer, "Bearer %s", c->secret);
    post_header(q, "Authorization", bearer);
    post_header(q, "Content-Type", "application/json");
    explicit_bzero(bearer, sizeof bearer);
    return true;
}

static void judge(const struct answer *a, struct verdict_of_provider *v)
{
    if (a->status == 202) {
        judge_set(v, OUTBOX_SENT, false, "202", "%s", "");
        judge_id(v, a->id);
        return;
    }
    const json_t *first = json_array_get(json_object_get(a->json, "errors"), 0);
    const char *field = answer_text(first, "field"), *message = answer_text(first, "message");
    if (!*message)
        return;
    enum outbox_outcome o = v->r->outcome;
    bool to = o == OUTBOX_FAILED && strstr(field, ".to") && strstr(field, "email");
    bool from = o == OUTBOX_FAILED && strncmp(field, "from", 4) == 0;
    judge_set(v, from ? OUTBOX_RETRY : o, v->trouble || from, v->r->code, "SendGrid answered %d: %.130s", a->status, message);
    v->r->bad_address = to;
}

const struct provider provider_sendgrid = {
    .scheme = "sendgrid", .name = "SendGrid", .channels = CHANNEL_BIT(CHANNEL_EMAIL), .connections = 8, .base = "https://api.sendgrid.com",
    .example = "sendgrid://KEY@?from=help@example.com", .help = "Twilio SendGrid, v3 Mail Send",
    .check = check, .build = build, .judge = judge,
};
