/* E-mails as files: delivery reports (RFC 3464), and what customers answer. */
#include <string.h>
#include <strings.h>

#include "feed/format.h"
#include "feed/receipt.h"

static const json_t *find(const json_t *d) { return parse_object(d, "doorstep_mail"); }

/* "rfc822; rosa@example.com" */
static struct text after_type(struct text t)
{
    const char *sign = t.n ? memchr(t.s, ';', t.n) : NULL;
    if (!sign)
        return t;
    struct text rest = {sign + 1, t.n - (size_t)(sign + 1 - t.s)};
    while (rest.n && rest.s[0] == ' ')
        rest.s++, rest.n--;
    return rest;
}

static bool read_report(struct parse *p, const json_t *o, const json_t *report, struct receipt *r, struct err *e)
{
    static const struct { const char *action, *what; } actions[] = {
        {"failed", "bounced"}, {"delayed", "accepted"}, {"delivered", "delivered"}, {"relayed", "accepted"}, {"expanded", "accepted"}};
    struct text recipient;
    const char *action = parse_word(report, "Action");
    if (!parse_text(p, o, "original", MOST_ID, &r->message_id, e) ||
        !parse_text(p, report, "Final-Recipient", MOST_ADDRESS, &recipient, e) || !parse_text(p, report, "Status", 16, &r->code, e) ||
        !parse_text(p, report, "Diagnostic-Code", MOST_MESSAGE, &r->message, e))
        return false;
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (!strncasecmp(action, actions[i].action, strlen(actions[i].action)))
            r->what = actions[i].what;
    if (!r->what)
        return parse_fail(p, e, "Action", "\"%.32s\" is no action of a delivery report; it is failed, delayed or delivered", action);
    if (!r->message_id.n)
        return parse_fail(p, e, "Message-ID", "the report does not carry the message's header; have the mail server return it");
    r->address = receipt_mailbox(p, after_type(recipient));
    r->message = after_type(r->message);
    r->bad = r->code.n >= 4 && !memcmp(r->code.s, "5.1.", 4);
    r->event = receipt_join(p, r->message_id, r->what);
    return receipt_put(p, r, e);
}

static bool read_reply(struct parse *p, const json_t *o, struct receipt *r, struct err *e)
{
    struct text from;
    const char *words = parse_word(o, "text"), *reply = parse_word(o, "in_reply_to"), *chain = parse_word(o, "references");
    if (!parse_text(p, o, "message_id", MOST_ID, &r->event, e) || !parse_text(p, o, "from", 2 * MOST_ADDRESS, &from, e))
        return false;
    r->channel = "email";
    r->address = receipt_mailbox(p, from);
    r->text = receipt_words(p, words, strlen(words));
    struct text own = receipt_unquoted(r->text);
    if (own.n)                         /* what is written below the quotes stays whole */
        r->text = own;
    r->references = receipt_words(p, *reply ? reply : chain, strlen(*reply ? reply : chain));
    if (json_is_true(json_object_get(o, "auto")))
        r->driver = "auto_reply";
    return receipt_put(p, r, e);
}

static bool read(struct parse *p, const json_t *o, struct err *e)
{
    struct receipt r = {.provider = "mail", .at = receipt_date(p, parse_word(o, "date"))};
    const json_t *report = parse_object(o, "report");
    return report ? read_report(p, o, report, &r, e) : read_reply(p, o, &r, e);
}

const struct format fmt_dsn = {"dsn", find, read};
