/* Receipts of any other system, in our own words (feed/receipt.h). */
#include <string.h>

#include "feed/format.h"
#include "feed/receipt.h"

static const json_t *find(const json_t *d)
{
    const char *type = parse_word(d, "type");
    return !strcmp(type, "receipt") || !strcmp(type, "inbound") ? d : NULL;
}

static const char *const whats[] = {"accepted", "delivered", "failed", "bounced", "opened", "clicked", "complained", "unsubscribed"};
static const char *const channels[] = {"email", "sms", "whatsapp"};

static const char *one_of(const char *word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(word, list[i]))
            return list[i];
    return NULL;
}

static bool read_receipt(struct parse *p, const json_t *o, struct receipt *r, struct err *e)
{
    if (!parse_text(p, o, "outreach", MOST_ID, &r->outreach, e) || !parse_text(p, o, "provider_id", MOST_ID, &r->provider_id, e) ||
        !parse_text(p, o, "message_id", MOST_ID, &r->message_id, e) || !parse_text(p, o, "address", MOST_ADDRESS, &r->address, e) ||
        !parse_text(p, o, "code", MOST_CODE, &r->code, e) || !parse_text(p, o, "message", MOST_MESSAGE, &r->message, e))
        return false;
    r->what = one_of(parse_word(o, "status"), whats, sizeof whats / sizeof *whats);
    r->bad = json_is_true(json_object_get(o, "bad_address"));
    return r->what ? receipt_put(p, r, e)
                   : parse_fail(p, e, "status", "\"%.32s\" is no status of a receipt; it is accepted, delivered, failed, bounced, opened, "
                                "clicked, complained or unsubscribed", parse_word(o, "status"));
}

static bool read_inbound(struct parse *p, const json_t *o, struct receipt *r, struct err *e)
{
    const char *words = parse_word(o, "text"), *reply = parse_word(o, "in_reply_to");
    struct text from;
    if (!parse_text(p, o, "from", 2 * MOST_ADDRESS, &from, e))
        return false;
    r->channel = one_of(parse_word(o, "channel"), channels, sizeof channels / sizeof *channels);
    if (!r->channel)
        return parse_fail(p, e, "channel", "\"%.32s\" is no channel; it is email, sms or whatsapp", parse_word(o, "channel"));
    r->address = strcmp(r->channel, "email") ? from : receipt_mailbox(p, from);
    r->text = receipt_words(p, words, strlen(words));
    r->references = receipt_words(p, reply, strlen(reply));
    if (json_is_true(json_object_get(o, "auto_reply")))
        r->driver = "auto_reply";
    return receipt_put(p, r, e);
}

static bool read(struct parse *p, const json_t *o, struct err *e)
{
    struct receipt r = {.provider = "receipt"};
    if (!parse_text(p, o, "id", MOST_ID, &r.event, e) || !parse_when_needed(p, o, "at", &r.at, e))
        return false;
    return strcmp(parse_word(o, "type"), "inbound") ? read_receipt(p, o, &r, e) : read_inbound(p, o, &r, e);
}

const struct format fmt_receipt = {"receipt", find, read};
