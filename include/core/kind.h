/* The words of the trade: what can be wrong with a parcel, how bad it is, where its
 * exception stands, and what a shipment's status can be. The database holds the same
 * lists as enum types in the same order (src/db/schema); a test compares them. */
#ifndef CORE_KIND_H
#define CORE_KIND_H

#include <stdbool.h>
#include <stddef.h>

/* X(ID, name, label for people, fault, default severity) */
#define KINDS(X)                                                                          \
    X(LATE_PROMISE,      "late_promise",      "late",              CARRIER,   MEDIUM)     \
    X(NOT_SHIPPED,       "not_shipped",       "not shipped",       RETAILER,  MEDIUM)     \
    X(STALLED,           "stalled",           "stalled",           CARRIER,   MEDIUM)     \
    X(DELAY_CARRIER,     "delay_carrier",     "carrier delay",     CARRIER,   LOW)        \
    X(DELAY_WEATHER,     "delay_weather",     "weather delay",     CARRIER,   LOW)        \
    X(ADDRESS_ISSUE,     "address_issue",     "address issue",     CONSIGNEE, HIGH)       \
    X(FAILED_ATTEMPT,    "failed_attempt",    "failed attempt",    CONSIGNEE, HIGH)       \
    X(ACCESS_PROBLEM,    "access_problem",    "access problem",    CONSIGNEE, HIGH)       \
    X(REFUSED,           "refused",           "refused",           CONSIGNEE, HIGH)       \
    X(HELD,              "held",              "held",              CARRIER,   MEDIUM)     \
    X(CUSTOMS_HOLD,      "customs_hold",      "customs hold",      CUSTOMS,   HIGH)       \
    X(PAYMENT_DUE,       "payment_due",       "payment due",       CONSIGNEE, HIGH)       \
    X(AWAITING_PICKUP,   "awaiting_pickup",   "awaiting pickup",   CONSIGNEE, LOW)        \
    X(DAMAGED,           "damaged",           "damaged",           CARRIER,   HIGH)       \
    X(LOST,              "lost",              "lost",              CARRIER,   CRITICAL)   \
    X(UNDELIVERABLE,     "undeliverable",     "undeliverable",     CARRIER,   HIGH)       \
    X(RETURNING,         "returning",         "returning",         CARRIER,   HIGH)       \
    X(CANCELLED,         "cancelled",         "cancelled",         RETAILER,  LOW)        \
    X(DELIVERY_DISPUTED, "delivery_disputed", "delivery disputed", CARRIER,   HIGH)       \
    X(TRACKING_ERROR,    "tracking_error",    "tracking error",    RETAILER,  LOW)        \
    X(OTHER,             "other",             "other",             CARRIER,   MEDIUM)

#define SEVERITIES(X) \
    X(LOW, "low") X(MEDIUM, "medium") X(HIGH, "high") X(CRITICAL, "critical")

#define STATES(X) \
    X(NEW, "new") X(WORKING, "working") X(WAITING, "waiting") X(SNOOZED, "snoozed") X(RESOLVED, "resolved")

#define FAULTS(X) \
    X(CARRIER, "carrier") X(RETAILER, "retailer") X(CONSIGNEE, "consignee") X(CUSTOMS, "customs")

/* Canonical shipment status, carrier's and effective alike. X(ID, name, label) */
#define STATUSES(X)                                                  \
    X(UNKNOWN,              "unknown",              "no data yet")          \
    X(PRE_TRANSIT,          "pre_transit",          "label created")        \
    X(IN_TRANSIT,           "in_transit",           "in transit")           \
    X(DELAYED,              "delayed",              "delayed")              \
    X(HELD,                 "held",                 "held")                 \
    X(OUT_FOR_DELIVERY,     "out_for_delivery",     "out for delivery")     \
    X(ATTEMPTED,            "attempted",            "delivery attempted")   \
    X(AVAILABLE_FOR_PICKUP, "available_for_pickup", "available for pickup") \
    X(DELIVERED,            "delivered",            "delivered")            \
    X(RETURNING,            "returning",            "returning to sender")  \
    X(RETURNED,             "returned",             "returned to sender")   \
    X(DAMAGED,              "damaged",              "damaged")              \
    X(LOST,                 "lost",                 "lost")                 \
    X(UNDELIVERABLE,        "undeliverable",        "undeliverable")        \
    X(CANCELLED,            "cancelled",            "cancelled")            \
    X(ERROR,                "error",                "tracking error")

/* What a person says when an exception is over. X(ID, name, label) */
#define RESOLUTIONS(X)                                                     \
    X(DELIVERED,        "delivered",        "delivered after all")         \
    X(ADDRESS_FIXED,    "address_fixed",    "address corrected")           \
    X(REDELIVERY,       "redelivery",       "redelivery arranged")         \
    X(PICKED_UP,        "picked_up",        "collected by customer")       \
    X(RESHIPPED,        "reshipped",        "replacement sent")            \
    X(REFUNDED,         "refunded",         "refunded")                    \
    X(CLAIM_FILED,      "claim_filed",      "claim filed with carrier")    \
    X(RETURNED,         "returned",         "returned to us")              \
    X(CUSTOMER_CANCEL,  "customer_cancel",  "cancelled by customer")       \
    X(CARRIER_FIXED,    "carrier_fixed",    "carrier put it right")        \
    X(NO_ACTION,        "no_action",        "no action needed")            \
    X(DUPLICATE,        "duplicate",        "duplicate")                   \
    X(OTHER,            "other",            "other, see note")

enum kind {
#define X(id, name, label, fault, severity) KIND_##id,
    KINDS(X)
#undef X
    KIND_COUNT
};
enum severity {
#define X(id, name) SEVERITY_##id,
    SEVERITIES(X)
#undef X
    SEVERITY_COUNT
};
enum state {
#define X(id, name) STATE_##id,
    STATES(X)
#undef X
    STATE_COUNT
};
enum fault {
#define X(id, name) FAULT_##id,
    FAULTS(X)
#undef X
    FAULT_COUNT
};
enum status {
#define X(id, name, label) STATUS_##id,
    STATUSES(X)
#undef X
    STATUS_COUNT
};
enum resolution {
#define X(id, name, label) RESOLUTION_##id,
    RESOLUTIONS(X)
#undef X
    RESOLUTION_COUNT
};

/* Names are the stable words of JSON, filters and SQL; labels are for people. All
 * static. Numbers out of range give "?". */
const char *kind_name(enum kind k);
const char *kind_label(enum kind k);
enum fault kind_fault(enum kind k);
enum severity kind_severity(enum kind k);
const char *severity_name(enum severity s);
const char *state_name(enum state s);
const char *fault_name(enum fault f);
const char *status_name(enum status s);
const char *status_label(enum status s);
const char *resolution_name(enum resolution r);
const char *resolution_label(enum resolution r);

/* Exact name, s[0..n); false when there is none. */
bool kind_parse(const char *s, size_t n, enum kind *out);
bool severity_parse(const char *s, size_t n, enum severity *out);
bool state_parse(const char *s, size_t n, enum state *out);
bool status_parse(const char *s, size_t n, enum status *out);
bool resolution_parse(const char *s, size_t n, enum resolution *out);

#endif
