/* Postmark's webhooks: delivery, bounces, opens, clicks, complaints, unsubscribing, and answers. */
#include <string.h>
#include <strings.h>

#include "feed/format.h"
#include "feed/receipt.h"

static const json_t *find(const json_t *d)
{
    if (json_object_get(d, "RecordType"))
        return json_object_get(d, "MessageID") || json_object_get(d, "ID") ? d : NULL;
    /* answers do not say what they are */
    return json_object_get(d, "MessageID") && json_object_get(d, "FromFull") && json_object_get(d, "TextBody") ? d : NULL;
}

static const struct record {
    const char *type, *what, *when, *address;
} records[] = {
    {"Delivery", "delivered", "DeliveredAt", "Recipient"}, {"Bounce", "bounced", "BouncedAt", "Email"},
    {"Open", "opened", "ReceivedAt", "Recipient"}, {"Click", "clicked", "ReceivedAt", "Recipient"},
    {"SpamComplaint", "complained", "BouncedAt", "Email"}, {"SubscriptionChange", "unsubscribed", "ChangedAt", "Recipient"},
};

/* Kinds of bounces that are none, or not for good. */
static const struct { const char *type, *what; bool bad; } bounces[] = {
    {"HardBounce", "bounced", true}, {"BadEmailAddress", "bounced", true}, {"SoftBounce", "failed", false},
    {"Transient", "accepted", false}, {"DnsError", "failed", false}, {"Blocked", "failed", false}, {"SpamNotification", "failed", false},
    {"ManuallyDeactivated", "failed", true}, {"Unsubscribe", "unsubscribed", false}, {"AutoResponder", "accepted", false},
    {"AddressChange", "accepted", false}, {"ChallengeVerification", "accepted", false}, {"SpamComplaint", "complained", false},
};

static bool read_record(struct parse *p, const json_t *o, const struct record *k, struct receipt *r, struct err *e)
{
    const char *type = parse_word(o, "Type");
    struct text id;
    r->what = k->what;
    if (!parse_text(p, o, "MessageID", MOST_ID, &r->provider_id, e) || !parse_when_needed(p, o, k->when, &r->at, e) ||
        !parse_text(p, parse_object(o, "Metadata"), "outreach", MOST_ID, &r->outreach, e) ||
        !parse_text(p, o, k->address, MOST_ADDRESS, &r->address, e) || !parse_text(p, o, "Type", MOST_CODE, &r->code, e) ||
        !parse_text(p, o, "Details", MOST_MESSAGE, &r->message, e) || !parse_text(p, o, "ID", 24, &id, e))
        return false;
    if (!r->message.n && !parse_text(p, o, "Description", MOST_MESSAGE, &r->message, e))
        return false;
    if (!strcmp(k->what, "unsubscribed") && json_is_false(json_object_get(o, "SuppressSending")))
        r->what = "accepted";          /* somebody lets us write again: what consent says stays */
    if (!strcmp(k->what, "bounced"))
        for (size_t i = 0; i < sizeof bounces / sizeof *bounces; i++)
            if (!strcmp(bounces[i].type, type)) {
                r->what = bounces[i].what;
                r->bad = bounces[i].bad;
            }
    if (id.n)
        r->event = receipt_join(p, id, k->what);
    return receipt_put(p, r, e);
}

/* A header by name of [{"Name","Value"}, …]. */
static const char *header(const json_t *o, const char *name)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(o, "Headers"), i, one)
        if (!strcasecmp(parse_word(one, "Name"), name))
            return parse_word(one, "Value");
    return "";
}

static bool read_inbound(struct parse *p, const json_t *o, struct receipt *r, struct err *e)
{
    struct text from;
    const char *reply = parse_word(o, "StrippedTextReply"), *whole = parse_word(o, "TextBody"), *machine = header(o, "Auto-Submitted");
    if (!parse_text(p, o, "MessageID", MOST_ID, &r->event, e) || !parse_text(p, o, "From", 2 * MOST_ADDRESS, &from, e))
        return false;
    r->channel = "email";
    r->at = receipt_date(p, parse_word(o, "Date"));
    r->address = receipt_mailbox(p, from);
    r->text = *reply ? receipt_words(p, reply, strlen(reply)) : receipt_unquoted(receipt_words(p, whole, strlen(whole)));
    r->references = receipt_words(p, header(o, "In-Reply-To"), strlen(header(o, "In-Reply-To")));
    if (!r->references.n)
        r->references = receipt_words(p, header(o, "References"), strlen(header(o, "References")));
    if (*machine && strncasecmp(machine, "no", 2) != 0)
        r->driver = "auto_reply";
    return receipt_put(p, r, e);
}

static bool read(struct parse *p, const json_t *o, struct err *e)
{
    struct receipt r = {.provider = "postmark"};
    const char *type = parse_word(o, "RecordType");
    if (!*type || !strcmp(type, "Inbound"))
        return read_inbound(p, o, &r, e);
    for (size_t i = 0; i < sizeof records / sizeof *records; i++)
        if (!strcmp(records[i].type, type))
            return read_record(p, o, &records[i], &r, e);
    return parse_fail(p, e, "RecordType", "\"%.32s\" is not a record of Postmark's; it is Delivery, Bounce, Open …", type);
}

const struct format fmt_postmark = {"postmark", find, read};
