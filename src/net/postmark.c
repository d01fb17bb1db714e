/* postmark: POST /email (postmarkapp.com/developer/api/email-api, error codes in …/api/overview). */
#include <stdio.h>
#include <string.h>

#include "provider.h"

static bool check(struct channel_url *c, struct err *e)
{
    if (!c->secret) {
        c->secret = c->user;   /* postmark://TOKEN@ */
        c->user = NULL;
    }
    if (!c->secret)
        return err_set(e, ERR_CONFIG, NULL, "no token: postmark://TOKEN@?from=help@example.com");
    return !c->host || err_set(e, ERR_CONFIG, NULL, "postmark:// takes no host; use base= for another one");
}

/* "\"Rosa Delgado\" <rosa@example.com>" as one text. */
static void put_mailbox(struct buf *b, const char *key, const char *address, const char *name)
{
    struct buf text;
    buf_init(&text, 0);
    if (name && *name) {
        buf_putc(&text, '"');
        for (; *name; name++) {
            if (*name == '"' || *name == '\\')
                buf_putc(&text, '\\');
            buf_putc(&text, *name);
        }
        buf_puts(&text, "\" <");
        mime_address(address, &text);
        buf_putc(&text, '>');
    } else {
        mime_address(address, &text);
    }
    json_text(b, key, buf_str(&text));
    buf_finish(&text);
}

static void put_header(struct buf *b, const char *name, const char *value)
{
    json_open(b, NULL, '{');
    json_text(b, "Name", name);
    json_text(b, "Value", value);
    json_close(b, '}');
}

static void put_headers(struct buf *b, const struct outbox_message *m)
{
    char id[256], value[600];
    bool one_click;
    message_id_bare(m, id, sizeof id);
    snprintf(value, sizeof value, "<%s>", id);
    json_open(b, "Headers", '[');
    put_header(b, "Message-ID", value);
    put_header(b, "X-PM-KeepID", "true");   /* else they put their own in its place */
    put_header(b, "Auto-Submitted", "auto-generated");
    put_header(b, "X-Auto-Response-Suppress", "All");
    if (mime_unsubscribe(m, value, sizeof value, &one_click)) {
        put_header(b, "List-Unsubscribe", value);
        if (one_click)
            put_header(b, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
    }
    json_close(b, ']');
}

static bool build(struct post *q, const struct channel_url *c, const struct outbox_message *m, struct err *e)
{
    const char *from = message_from(c, m);
    struct buf *b = &q->body, html;
    char id[256];
    if (!from)
        return err_set(e, ERR_CONFIG, NULL, "there is no sender: give the brand one, or from= in DOORSTEP_EMAIL_URL");
    post_url(q, c, "/email");
    json_open(b, NULL, '{');
    put_mailbox(b, "From", from, message_from_name(c, m));
    put_mailbox(b, "To", m->to, m->to_name);
    json_text(b, "Subject", m->subject);
    json_text(b, "TextBody", m->body);
    buf_init(&html, 0);
    message_html(m, &html);
    json_text(b, "HtmlBody", buf_str(&html));
    buf_finish(&html);
    if (m->reply_to && *m->reply_to)
        put_mailbox(b, "ReplyTo", m->reply_to, NULL);
    put_headers(b, m);
    json_text(b, "MessageStream", c->stream ? c->stream : "outbound");
    message_id_bare(m, id, sizeof id);
    json_open(b, "Metadata", '{');
    json_text(b, "outreach", id);
    json_close(b, '}');
    json_close(b, '}');
    post_header(q, "X-Postmark-Server-Token", c->secret);
    post_header(q, "Accept", "application/json");
    post_header(q, "Content-Type", "application/json");
    return true;
}

static const struct {
    long code;
    enum outbox_outcome outcome;
    bool trouble, bad_address;
    const char *says;          /* NULL: what they say */
} codes[] = {
    {10, OUTBOX_RETRY, true, false, "it does not accept the token of DOORSTEP_EMAIL_URL"},
    {100, OUTBOX_RETRY, true, false, "it is being maintained"},
    {300, OUTBOX_FAILED, false, true, NULL},
    {400, OUTBOX_RETRY, true, false, "the sender is not one of the account's; add it there or change from="},
    {401, OUTBOX_RETRY, true, false, "the sender is not confirmed yet; confirm it with Postmark"},
    {405, OUTBOX_RETRY, true, false, "the account has used up what it may send"},
    {406, OUTBOX_FAILED, false, true, "the address is inactive there after a bounce or complaint"},
    {412, OUTBOX_RETRY, true, false, "the account is not approved yet"},
    {429, OUTBOX_RETRY, true, false, "that is more at once than it takes"},
    {1235, OUTBOX_RETRY, true, false, "there is no such message stream; correct stream="},
};

static void judge(const struct answer *a, struct verdict_of_provider *v)
{
    long code = answer_number(a->json, "ErrorCode");
    const char *message = answer_text(a->json, "Message");
    char text[24];
    if (code < 0)
        return;  /* 200 without a code says nothing (judge_status: unknown) */
    snprintf(text, sizeof text, "%ld", code);
    if (code == 0 && a->status == 200) {
        judge_set(v, OUTBOX_SENT, false, "200", "%s", "");
        judge_id(v, answer_text(a->json, "MessageID"));
        return;
    }
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (codes[i].code != code)
            continue;
        judge_set(v, codes[i].outcome, codes[i].trouble, text, "Postmark answered %ld: %.120s", code,
                  codes[i].says ? codes[i].says : message);
        /* 300 is said of any field that is no address. */
        v->r->bad_address = codes[i].bad_address && !strstr(message, "From") && !strstr(message, "ReplyTo");
        return;
    }
    if (a->status == 200)
        judge_set(v, OUTBOX_FAILED, false, text, "Postmark took the request and answered %ld: %.110s", code, message);
    else
        judge_set(v, v->r->outcome, v->trouble, text, "Postmark answered %ld: %.130s", code, message);
}

const struct provider provider_postmark = {
    .scheme = "postmark", .name = "Postmark", .channels = CHANNEL_BIT(CHANNEL_EMAIL), .connections = 8, .base = "https://api.postmarkapp.com",
    .example = "postmark://TOKEN@?from=help@example.com", .help = "Postmark; stream= names a message stream",
    .check = check, .build = build, .judge = judge,
};
