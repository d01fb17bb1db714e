/* The outbox as a worker sees it: what it claims, what became of it, and when to try again. Pure data
 * and pure decisions; time is an argument. */
#ifndef CORE_OUTBOX_H
#define CORE_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/outreach.h"

struct outbox_message {        /* texts owned; NULL none */
    int64_t id;
    int32_t fence, tries;      /* tries: answers had before */
    enum channel channel;
    char *to, *to_name;        /* e-mail address or E.164 */
    char *from_name, *from_email, *reply_to, *list_unsubscribe;   /* of the brand; NULL: the channel's own */
    char *brand, *language;
    char *subject, *body, *html;       /* html NULL: made from the text by the mail provider (template_html) */
    char *provider_template, *provider_vars;
    char *message_id;          /* "48121.9f3c2a…@doorstep": stable, no angle brackets; also the Idempotency-Key */
    int64_t exception_id;
    char *tracking_number, *order_number;      /* for the JSON of webhook+https */
    int64_t lease_until;
    int64_t begin_by;          /* by net_clock(): later nothing of it is written, for it may be another's; 0: whenever. The lease's
                                * keeper moves it while it is under way */
    int64_t since;             /* its first refusal; WHEN_NONE: none yet */
};
void outbox_message_finish(struct outbox_message *m);

enum outbox_outcome {
    OUTBOX_SENT,               /* the provider took it */
    OUTBOX_RETRY,              /* certainly not sent; worth another try at retry_at */
    OUTBOX_FAILED,             /* certainly not sent, and never will be as it is */
    OUTBOX_UNKNOWN,            /* it may have been sent */
    OUTBOX_RETURNED            /* not tried: given back (a worker stops, a breaker is open) */
};
const char *outbox_outcome_name(enum outbox_outcome o);

struct outbox_result {
    int64_t id;
    int32_t fence;
    enum outbox_outcome outcome;
    bool bad_address;          /* FAILED because the address takes nothing: it is marked */
    int64_t retry_at;          /* RETRY, RETURNED: not before (wall ms) */
    int32_t took_ms;
    char code[24];             /* the provider's: "250", "429", "21211" */
    char provider_id[96];      /* SENT: what the provider calls it */
    char message[200];         /* one sentence, cleaned, no secret in it */
};

#endif
