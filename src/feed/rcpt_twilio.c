/* Twilio: status callbacks of messages, and what customers write; as the form it posts, or its fields as JSON. */
#include <string.h>

#include "feed/format.h"
#include "feed/receipt.h"

static const json_t *find(const json_t *d)
{
    bool ours = json_object_get(d, "MessageSid") || json_object_get(d, "SmsSid");
    return ours && json_object_get(d, "From") ? d : NULL;
}

static const struct { const char *status, *what; } statuses[] = {
    {"accepted", "accepted"}, {"scheduled", "accepted"}, {"queued", "accepted"}, {"sending", "accepted"}, {"sent", "accepted"},
    {"delivered", "delivered"}, {"read", "opened"}, {"undelivered", "failed"}, {"failed", "failed"}, {"canceled", "failed"},
};

/* What the commonest error codes mean; `bad`: the number takes nothing. */
static const struct { const char *code; bool bad; const char *says; } errors[] = {
    {"21211", true, "the number is not a phone number"},
    {"21610", false, "the recipient has replied STOP to this sender"},
    {"21614", true, "the number is not a mobile number"},
    {"30003", false, "the phone is switched off or out of reach"},
    {"30004", false, "the recipient or their carrier blocks this message"},
    {"30005", true, "the number is unknown or no longer in use"},
    {"30006", true, "the number is a landline or its carrier cannot be reached"},
    {"30007", false, "the carrier took it for spam"},
    {"30008", false, "the carrier gave no reason"},
    {"63016", false, "WhatsApp takes only approved templates after 24 hours without an answer"},
};

static void explain(struct receipt *r)
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (r->code.n == strlen(errors[i].code) && !memcmp(r->code.s, errors[i].code, r->code.n)) {
            r->bad = errors[i].bad;
            r->message = parse_static(errors[i].says);
            if (!strcmp(errors[i].code, "21610"))
                r->what = "unsubscribed";
            return;
        }
}

/* "whatsapp:+1512…" is a channel and a number. */
static void take_number(struct receipt *r, struct text t)
{
    const char prefix[] = "whatsapp:";
    bool whatsapp = t.n > sizeof prefix - 1 && !memcmp(t.s, prefix, sizeof prefix - 1);
    if (r->channel)
        r->channel = whatsapp ? "whatsapp" : "sms";
    r->address = whatsapp ? (struct text){t.s + sizeof prefix - 1, t.n - (sizeof prefix - 1)} : t;
}

static bool read_inbound(struct parse *p, const json_t *o, struct receipt *r, struct err *e)
{
    const char *opt = parse_word(o, "OptOutType"), *body = parse_word(o, "Body");
    struct text from;
    if (!parse_text(p, o, "From", MOST_ADDRESS, &from, e))
        return false;
    r->channel = "sms";
    take_number(r, from);
    r->text = receipt_words(p, body, strlen(body));
    r->event = r->provider_id;
    if (*opt)
        r->driver = !strcmp(opt, "STOP") ? "opt_out" : !strcmp(opt, "START") ? "opt_in" : "reply";
    return receipt_put(p, r, e);
}

static bool read_status(struct parse *p, const json_t *o, const char *status, struct receipt *r, struct err *e)
{
    struct text to;
    if (!parse_text(p, o, "To", MOST_ADDRESS, &to, e) || !parse_text(p, o, "ErrorCode", MOST_CODE, &r->code, e))
        return false;
    take_number(r, to);
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (!strcmp(statuses[i].status, status))
            r->what = statuses[i].what;
    if (!r->what)
        return parse_fail(p, e, "MessageStatus", "\"%.32s\" is not a status of Twilio's; it is queued, sent, delivered, undelivered …", status);
    if (r->code.n == 1 && r->code.s[0] == '0')
        r->code = (struct text){0};
    r->event = receipt_join(p, r->provider_id, status);
    explain(r);
    return receipt_put(p, r, e);
}

static bool read(struct parse *p, const json_t *o, struct err *e)
{
    struct receipt r = {.provider = "twilio", .at = p->now};   /* it sends no time */
    const char *status = parse_word(o, "MessageStatus");
    if (!*status && !json_object_get(o, "Body"))
        status = parse_word(o, "SmsStatus");
    if (!parse_text(p, o, json_object_get(o, "MessageSid") ? "MessageSid" : "SmsSid", MOST_ID, &r.provider_id, e))
        return false;
    return *status ? read_status(p, o, status, &r, e) : read_inbound(p, o, &r, e);
}

const struct format fmt_twilio = {"twilio", find, read};
