#include "core/outbox.h"

#include <stdlib.h>

const char *outbox_outcome_name(enum outbox_outcome o)
{
    static const char *const names[] = {
        [OUTBOX_SENT] = "sent", [OUTBOX_RETRY] = "retry", [OUTBOX_FAILED] = "failed",
        [OUTBOX_UNKNOWN] = "unknown", [OUTBOX_RETURNED] = "returned",
    };
    return (int)o >= 0 && (size_t)o < sizeof names / sizeof *names ? names[o] : "?";
}

void outbox_message_finish(struct outbox_message *m)
{
    char *texts[] = {m->to, m->to_name, m->from_name, m->from_email, m->reply_to, m->list_unsubscribe, m->brand, m->language,
                     m->subject, m->body, m->html, m->provider_template, m->provider_vars, m->message_id,
                     m->tracking_number, m->order_number};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    *m = (struct outbox_message){.id = 0};
}
