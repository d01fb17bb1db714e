/* What comes back from message providers: what became of a message, and what customers answer. Only src/feed includes this.
 *
 * A document of these formats gives one item, a JSON object, for doorstep.receipts_merge:
 *
 *     {"type":"receipt","provider":"twilio","event":"SM…:delivered","what":"delivered","at":"2026-11-21T16:51:00Z",
 *      "outreach":"48121.9f3c…@doorstep","provider_id":"SM…","message_id":"…","address":"+1…","code":"30005","message":"…","bad":true}
 *     {"type":"inbound","provider":"twilio","event":"SM…","channel":"sms","address":"+1…","at":"…","text":"…","driver":"reply",
 *      "references":["48121.9f3c…@doorstep"]}
 *
 * what: accepted, delivered, failed, bounced, opened, clicked, complained, unsubscribed. driver: reply, opt_out, opt_in,
 * auto_reply. event makes it the same when it comes again; `outreach` is our own id, which providers give back; bad says that
 * the address takes nothing; address is the customer's.
 *
 * Format "receipt" is the same for other systems: {"type":"receipt","id":…,"outreach"|"provider_id"|"message_id":…,
 * "status":what,"at":time,"address","code","message","bad_address":true} and {"type":"inbound","id":…,"channel","from","at",
 * "text","in_reply_to","auto_reply":true}. */
#ifndef FEED_RECEIPT_H
#define FEED_RECEIPT_H

#include <stdbool.h>

#include "feed/parse.h"

enum { MOST_ID = 255, MOST_ADDRESS = 254, MOST_WORDS = 8000 };

struct receipt {
    const char *provider;
    struct text event;         /* none: made of what, provider_id and at */
    int64_t at;
    struct text address, outreach, provider_id, message_id;
    /* a receipt */
    const char *what;
    struct text code, message;
    bool bad;
    /* a customer's message */
    const char *channel;       /* NULL: a receipt */
    struct text text;
    const char *driver;        /* NULL: opt_out, opt_in or reply, as its text says */
    struct text references;    /* message ids, blanks between; the nearest first */
};

/* Writes p->item; false: something it cannot do without is missing. */
bool receipt_put(struct parse *p, const struct receipt *r, struct err *e);

/* Text of several lines, cleaned. */
struct text receipt_words(struct parse *p, const char *s, size_t n);
/* What a customer wrote above what they quote. */
struct text receipt_unquoted(struct text t);
/* "Rosa <rosa@example.com>" -> rosa@example.com, in lower case; as it is where there are no brackets. */
struct text receipt_mailbox(struct parse *p, struct text t);
/* "Sat, 21 Nov 2026 16:51:00 +0100" (RFC 5322); now for anything else, and for what is ahead of it. */
int64_t receipt_date(const struct parse *p, const char *s);
/* a:b, kept */
struct text receipt_join(struct parse *p, struct text a, const char *b);

/* "a=1&b=x%20y" as a JSON object of texts; NULL: not such a form. */
json_t *receipt_form(const char *text, size_t n);
/* An e-mail (RFC 5322, MIME) as {"doorstep_mail":{"from","to","subject","message_id","references","date","auto","text","report":{…}}}. */
json_t *receipt_mail(const char *text, size_t n);

#endif
