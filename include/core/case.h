/* Cases: what is worked on with somebody outside the queue (a carrier's trace, a claim, a customer's complaint), with the
 * context of the exception it came from. One open case a shipment and type. Notes are internal, always: no path leads from
 * one to a customer. Pure data, cleaned at the border it came in by. */
#ifndef CORE_CASE_H
#define CORE_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(ID, name, label); the database has the same lists in the same order. */
#define CASE_TYPES(X)                                   \
    X(CUSTOMER,      "customer",      "customer")       \
    X(CARRIER_TRACE, "carrier_trace", "carrier trace")  \
    X(CLAIM,         "claim",         "claim")          \
    X(INTERNAL,      "internal",      "internal")
#define CASE_STATES(X) \
    X(OPEN, "open", "open") X(PENDING, "pending", "pending") X(SOLVED, "solved", "solved") X(CLOSED, "closed", "closed")
#define CASE_PRIORITIES(X) \
    X(LOW, "low", "low") X(NORMAL, "normal", "normal") X(HIGH, "high", "high") X(URGENT, "urgent", "urgent")

enum case_type {
#define X(id, name, label) CASE_##id,
    CASE_TYPES(X)
#undef X
    CASE_TYPE_COUNT
};
enum case_state {
#define X(id, name, label) CASE_STATE_##id,
    CASE_STATES(X)
#undef X
    CASE_STATE_COUNT
};
enum case_priority {
#define X(id, name, label) CASE_PRIORITY_##id,
    CASE_PRIORITIES(X)
#undef X
    CASE_PRIORITY_COUNT
};

/* What can be done to a case. Each is one database function. X(ID, past for people: "C12" follows) */
#define CASE_OPS(X)                                                                          \
    X(OPEN,   "opened case")               /* ids: exceptions */                             \
    X(NOTE,   "added a note to case")                                                        \
    X(SET,    "changed case")              /* state, priority, subject, owner, tags: what is given */ \
    X(LINK,   "linked to case")            /* ids: exceptions */                             \
    X(UNLINK, "unlinked from case")        /* ids: exceptions */                             \
    X(MERGE,  "merged into case")          /* id goes into other */                          \
    X(RETRY,  "will tell the helpdesk again of case")                                        \
    X(TAKE,   "took the helpdesk's word on case")                                            \
    X(KEEP,   "kept our word on case")
enum case_op {
#define X(id, past) CASE_OP_##id,
    CASE_OPS(X)
#undef X
    CASE_OP_COUNT
};

/* Stable words of JSON, SQL and the command line; "?" out of range. */
const char *case_type_name(enum case_type t);
const char *case_type_label(enum case_type t);
const char *case_state_name(enum case_state s);
const char *case_priority_name(enum case_priority p);
const char *case_op_past(enum case_op o);
bool case_type_parse(const char *s, size_t n, enum case_type *out);
bool case_state_parse(const char *s, size_t n, enum case_state *out);
bool case_priority_parse(const char *s, size_t n, enum case_priority *out);

/* A line of the case list and of the case tab. */
struct case_row {
    int64_t id, exception_id;
    int32_t rev;
    enum case_type type;
    enum case_state state;
    enum case_priority priority;
    char subject[204];
    char owner[64], by[64];
    char carrier[24], tracking_number[48], customer_name[100], brand[32];
    int64_t created_at, updated_at;
    int32_t links;             /* exceptions */
    int32_t notes;
    char desk[24], desk_id[64], desk_state[32];    /* "" none */
    char desk_url[256];        /* checked: https only */
    char sync[16];             /* "" nothing to tell; "queued" "sending" "failed" "unknown" */
    char conflict[200];        /* both sides changed; "" none */
};

struct case_note {
    int64_t id, at;
    char by[64];
    bool desk, is_public;      /* of the helpdesk; said to the customer there */
    char *text;                /* owned */
};
struct case_sync_row {         /* what the helpdesk was told, or shall be */
    int64_t at;
    char op[12], state[12];
    int32_t tries;
    char reason[200];
};

/* A case with all there is. id 0: what a new one would be, to be looked at first. */
struct support_case {
    struct case_row row;
    char *context;             /* owned: lines "Last scan  2026-11-21 10:51 Austin TX: …" */
    char tags[200];            /* space-separated */
    struct case_note *notes; size_t note_count;             /* oldest first */
    int64_t *links; size_t link_count;                      /* exceptions */
    struct case_sync_row *syncs; size_t sync_count;         /* newest first */
    int64_t merged_into;
    int64_t existing;          /* of a new one: the open case there is already; 0 none */
};
void support_case_finish(struct support_case *c);

#endif
