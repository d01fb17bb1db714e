/* Overrides: the effective status of shipments set by hand, with a reason, an author and an expiry; the carrier's status stays
 * beside it. One action is a batch, of one shipment or of many; it is looked at first, applied as one and taken back as one. */
#ifndef CORE_OVERRIDE_H
#define CORE_OVERRIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/kind.h"

/* X(ID, name, label); table override_reason holds the same. */
#define OVERRIDE_REASONS(X)                                                                   \
    X(CARRIER_OUTAGE,     "carrier_outage",     "carrier outage: its scans are missing or wrong") \
    X(CARRIER_CONFIRMED,  "carrier_confirmed",  "the carrier told us")                        \
    X(CUSTOMER_CONFIRMED, "customer_confirmed", "the customer told us")                       \
    X(PROOF_OF_DELIVERY,  "proof_of_delivery",  "proof of delivery on file")                  \
    X(WRONG_SCAN,         "wrong_scan",         "a scan is wrong")                            \
    X(WAREHOUSE,          "warehouse",          "the warehouse or shop told us")              \
    X(OTHER,              "other",              "other, see note")

/* Statuses a person may set, in the order they are offered. The others only a carrier can say. X(STATUS) */
#define OVERRIDE_STATUSES(X)                                                                  \
    X(DELIVERED) X(LOST) X(DELAYED) X(RETURNED) X(IN_TRANSIT) X(AVAILABLE_FOR_PICKUP) X(CANCELLED) \
    X(RETURNING) X(DAMAGED) X(UNDELIVERABLE) X(HELD) X(OUT_FOR_DELIVERY)

enum override_reason {
#define X(id, name, label) OVERRIDE_REASON_##id,
    OVERRIDE_REASONS(X)
#undef X
    OVERRIDE_REASON_COUNT
};
const char *override_reason_name(enum override_reason r);
const char *override_reason_label(enum override_reason r);
bool override_reason_parse(const char *s, size_t n, enum override_reason *out);
bool override_status_allowed(enum status s);
/* The i-th status offered; STATUS_COUNT past the end. */
enum status override_status_at(int i);

#define BATCH_STATES(X) \
    X(PENDING, "pending") X(APPLIED, "applied") X(REVERTED, "reverted") X(REJECTED, "rejected") X(WITHDRAWN, "withdrawn") X(LAPSED, "lapsed")
enum batch_state {
#define X(id, name) BATCH_##id,
    BATCH_STATES(X)
#undef X
    BATCH_STATE_COUNT
};
/* What can be done to a batch; ids of REQ_BATCH_ACT are batches'. */
#define BATCH_OPS(X) X(APPROVE, "approve") X(REJECT, "reject") X(WITHDRAW, "withdraw") X(REVERT, "revert")
enum batch_op {
#define X(id, name) BATCH_OP_##id,
    BATCH_OPS(X)
#undef X
    BATCH_OP_COUNT
};
const char *batch_state_name(enum batch_state s);
bool batch_state_parse(const char *s, size_t n, enum batch_state *out);
const char *batch_op_name(enum batch_op o);

/* What an override would do, before it is done. */
struct override_preview {
    int64_t asked, shipments;          /* exceptions asked for, different shipments among them */
    int64_t changes;                   /* shipments whose effective status becomes another */
    int64_t same;                      /* are that already */
    int64_t overridden;                /* overridden already: the new one replaces it */
    int64_t newer;                     /* a scan not newer_hours old says something else */
    int32_t newer_hours;
    int64_t resolves;                  /* exceptions it resolves */
    int64_t keeps_case;                /* it would, but a case is open */
    int64_t stays;                     /* exceptions that stay open */
    int64_t clocks;                    /* SLA clocks that stop with it */
    int64_t messages;                  /* queued messages it contradicts: held when their time comes */
    int64_t denied;                    /* not the caller's to see, or gone */
    int32_t threshold;                 /* more than this need a second lead */
    int64_t alone;                     /* the caller gave this status within the hour without one: they count, too */
    bool needs_approval, allowed;
    char refusal[200];                 /* allowed false: why not, and who may */
    int64_t expires_at;                /* as it would be */
    struct { char carrier[24]; enum status status; int64_t count; } *groups; size_t group_count;   /* owned; most first */
};
void override_preview_finish(struct override_preview *p);

struct batch_row {
    int64_t id, at, expires_at, decided_at, ended_at;
    enum batch_state state;
    enum status status;
    char by[64], decided_by[64], ended_by[64];
    char reason[24], note[200], chosen[200];
    int32_t shipments, applied, skipped, active, conflicts;
    int32_t outage_id;                 /* 0 none */
    bool mine, may_decide;             /* the caller may approve or reject it */
};

/* An override of one shipment, newest first: the overrides tab. */
struct override_row {
    int64_t id, batch_id, at, expires_at, ended_at, conflict_at;
    char state[12];                    /* override_state's name */
    enum status status, conflict_status;
    char by[64], ended_by[64], reason[24], note[200], skip_reason[120];
    int32_t batch_size, outage_id;
};

#endif
