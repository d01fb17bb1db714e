/* What a helpdesk is told of a case, as the worker sees it: claimed, done, recorded, as messages are (core/outbox.h). Outcomes
 * are enum outbox_outcome; OUTBOX_SENT is "done". */
#ifndef CORE_DESK_H
#define CORE_DESK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/case.h"
#include "core/outbox.h"

enum desk_op { DESK_CREATE, DESK_COMMENT, DESK_STATUS, DESK_POLL, DESK_OP_COUNT };
const char *desk_op_name(enum desk_op o);

struct desk_job {              /* texts owned; NULL none */
    int64_t id;                /* case_sync's; of DESK_POLL the case's */
    int32_t fence, tries;
    enum desk_op op;
    int64_t case_id;
    char *external_id;         /* "doorstep-12-9f3c": ours, the same in every try; what a helpdesk finds the ticket by again */
    char *key;                 /* Idempotency-Key of this job */
    char *desk_id;             /* theirs; NULL before it is created */
    char *desk_state;          /* its state as we last knew it, in the helpdesk's word; NULL not known */
    int64_t desk_at;           /* and when it was that; WHEN_NONE */
    int64_t since;             /* when this job was queued: a ticket of ours is not older */
    int64_t note_id;           /* COMMENT: our number of the note, which goes along */
    char *subject, *context;   /* CREATE */
    char *note;                /* CREATE: none; COMMENT: a private comment, never public */
    char *note_by;             /* who wrote it, by name */
    char *tags;                /* space-separated */
    char *brand, *tracking_number, *order_number;
    enum case_type type;
    enum case_priority priority;
    enum case_state state;     /* CREATE, STATUS: what it shall be */
    int64_t lease_until;
    int64_t begin_by;          /* as of a message (core/outbox.h), for each request */
};
void desk_job_finish(struct desk_job *j);

struct desk_note { char id[64]; char by[64]; int64_t at; bool is_public; char *text; };
struct desk_result {
    int64_t id;
    int32_t fence;
    enum outbox_outcome outcome;
    int64_t retry_at;          /* RETRY, RETURNED */
    int32_t took_ms;
    char code[24], message[200];
    /* what the helpdesk says of the ticket; "" not said */
    char desk_id[64], desk_url[256], desk_state[32];
    enum case_state state;     /* the same in our words */
    bool state_known;
    int64_t desk_at;           /* its updated_at; WHEN_NONE */
    struct desk_note *notes; size_t note_count;        /* comments not ours; owned */
};
void desk_result_finish(struct desk_result *r);

#endif
