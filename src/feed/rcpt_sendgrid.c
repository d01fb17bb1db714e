/* SendGrid's event webhook: a list of events, each a document here. */
#include <string.h>

#include "feed/format.h"
#include "feed/receipt.h"

static const json_t *find(const json_t *d)
{
    bool ours = json_object_get(d, "sg_event_id") || json_object_get(d, "sg_message_id");
    return ours && json_object_get(d, "event") ? d : NULL;
}

static const struct { const char *event, *what; } events[] = {
    {"processed", "accepted"}, {"deferred", "accepted"}, {"delivered", "delivered"}, {"bounce", "bounced"}, {"dropped", "failed"},
    {"open", "opened"}, {"click", "clicked"}, {"spamreport", "complained"}, {"unsubscribe", "unsubscribed"},
    {"group_unsubscribe", "unsubscribed"}, {"group_resubscribe", "accepted"},
};

static bool has(struct text t, const char *word)
{
    return t.n && memmem(t.s, t.n, word, strlen(word));
}

/* A bounce is for good (type "blocked" is not); a message is dropped for what happened before. */
static bool is_bad(const struct receipt *r, const char *event, const char *type)
{
    if (!strcmp(event, "bounce"))
        return strcmp(type, "blocked") != 0 && (!r->code.n || r->code.s[0] == '5');
    return !strcmp(event, "dropped") && (has(r->message, "Bounced Address") || has(r->message, "Invalid"));
}

/* sg_message_id is what the API answered with, and ".filter…" behind it. */
static struct text plain_id(struct text t)
{
    const char *dot = t.n ? memmem(t.s, t.n, ".filter", 7) : NULL;
    if (!dot)
        dot = t.n ? memmem(t.s, t.n, ".recvd", 6) : NULL;
    return dot ? (struct text){t.s, (size_t)(dot - t.s)} : t;
}

static bool read(struct parse *p, const json_t *o, struct err *e)
{
    struct receipt r = {.provider = "sendgrid"};
    const char *event = parse_word(o, "event");
    if (!parse_text(p, o, "sg_event_id", MOST_ID, &r.event, e) || !parse_text(p, o, "sg_message_id", MOST_ID, &r.provider_id, e) ||
        !parse_text(p, o, "smtp-id", MOST_ID, &r.message_id, e) || !parse_text(p, o, "outreach", MOST_ID, &r.outreach, e) ||
        !parse_text(p, o, "email", MOST_ADDRESS, &r.address, e) || !parse_text(p, o, "status", MOST_CODE, &r.code, e) ||
        !parse_text(p, o, "reason", MOST_MESSAGE, &r.message, e) || !parse_when_needed(p, o, "timestamp", &r.at, e))
        return false;
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        if (!strcmp(events[i].event, event))
            r.what = events[i].what;
    if (!r.what)
        return parse_fail(p, e, "event", "\"%.32s\" is not an event of SendGrid's; it is delivered, bounce, open …", event);
    r.provider_id = plain_id(r.provider_id);
    r.bad = is_bad(&r, event, parse_word(o, "type"));
    return receipt_put(p, &r, e);
}

const struct format fmt_sendgrid = {"sendgrid", find, read};
