/* The filter language: one text for views, the / prompt, bulk selection and the
 * command line.  kind:address_issue,failed_attempt carrier:ups -tier:gold sla:<30m
 * scan:>24h owner:none region:TX "delgado" sort:urgency
 *
 * Terms are ANDed, commas are OR, a leading - negates. Quoted or bare words search
 * tracking number, order, customer, e-mail and phone.
 *
 * Values may be quoted: "…" takes blanks, commas and colons literally, with \" and \\
 * inside; owner:"me" is a role of that name. Names and closed lists ignore case. A word
 * with a colon that is no qualifier is an error unless quoted. A comparison takes one
 * value, and `none` beside it: sla:<30m,none. */
#ifndef CORE_FILTER_H
#define CORE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum filter_type {
    FILTER_KIND, FILTER_SEVERITY, FILTER_STATE, FILTER_STATUS, FILTER_FAULT,  /* closed lists */
    FILTER_WORD,        /* equality on text, case folded: carrier, region, tier … */
    FILTER_PERSON,      /* a role name, "me" or "none" */
    FILTER_PREFIX,      /* number typed in part: tracking, order */
    FILTER_TEXT,        /* trigram search */
    FILTER_LEFT,        /* duration from now until an instant: sla:<30m; sla:<0m is breached, sla:<-1h long so; sla:none */
    FILTER_AGO,         /* duration since an instant: scan:>24h, age:<2d; scan:none */
    FILTER_DATE,        /* a day, hour, minute or instant, or from one to another: promised:<2026-11-21, promised:today, promised:<=+3d,
                         * promised:none, on:2026-11-20T14, on:2026-11-20T14Z, on:2026-11-01..2026-11-07 with all of the last */
    FILTER_TAG,         /* a tag, or none: tag:vip, tag:none */
    FILTER_FLAG,        /* is:breached is:unowned … a closed list */
    FILTER_NUMBER,      /* id:48121 */
    FILTER_OUTAGE,      /* the number of an outage, or none: outage:3, outage:none */
    FILTER_EVENT        /* what happened to it, its parts joined by /, then @ and when as of FILTER_DATE:
                         * contact:wismo/phone@2026-11-01..2026-11-07, message:any@today; without @ the last 31 days */
};

/* X(ID, qualifier, aliases separated by spaces, type, help) */
#define FILTER_FIELDS(X)                                                                              \
    X(KIND,           "kind",     "",            FILTER_KIND,     "what is wrong: address_issue, lost …")        \
    X(SEVERITY,       "severity", "sev",         FILTER_SEVERITY, "low medium high critical; compares: sev:>=high") \
    X(STATE,          "state",    "",            FILTER_STATE,    "new working waiting snoozed resolved, or any; without it: all but resolved") \
    X(FAULT,          "fault",    "",            FILTER_FAULT,    "whose side: carrier retailer consignee customs") \
    X(STATUS,         "status",   "effective",   FILTER_STATUS,   "effective shipment status")                   \
    X(CARRIER_STATUS, "carrier_status", "",      FILTER_STATUS,   "what the carrier says")                       \
    X(CARRIER,        "carrier",  "",            FILTER_WORD,     "carrier code: ups, fedex …")                  \
    X(SERVICE,        "service",  "",            FILTER_WORD,     "service level: ground …")                     \
    X(BRAND,          "brand",    "",            FILTER_WORD,     "brand code")                                  \
    X(OWNER,          "owner",    "assignee",    FILTER_PERSON,   "a person, me or none")                        \
    X(TIER,           "tier",     "",            FILTER_WORD,     "customer tier: gold …")                       \
    X(LANGUAGE,       "language", "lang",        FILTER_WORD,     "customer language: en, es …")                 \
    X(COUNTRY,        "country",  "",            FILTER_WORD,     "destination country code")                    \
    X(REGION,         "region",   "",            FILTER_WORD,     "destination region: TX …")                    \
    X(CITY,           "city",     "",            FILTER_WORD,     "destination city")                            \
    X(POSTAL,         "postal",   "zip",         FILTER_PREFIX,   "destination postal code, or its beginning")   \
    X(TRACKING,       "tracking", "tn",          FILTER_PREFIX,   "tracking number, or its beginning")           \
    X(ORDER,          "order",    "",            FILTER_PREFIX,   "order number, or its beginning")              \
    X(CUSTOMER,       "customer", "",            FILTER_TEXT,     "customer name, e-mail or phone")              \
    X(REASON,         "reason",   "",            FILTER_TEXT,     "words of the reason")                         \
    X(SLA,            "sla",      "due",         FILTER_LEFT,     "time left to the next due time: sla:<30m, sla:<0m, sla:none") \
    X(AGE,            "age",      "opened",      FILTER_AGO,      "time since it was opened: age:>2d")           \
    X(SCAN,           "scan",     "",            FILTER_AGO,      "time since the last scan: scan:>24h, scan:none") \
    X(PROMISED,       "promised", "",            FILTER_DATE,     "promised day: promised:today, promised:<2026-11-21") \
    X(ON,             "on",       "",            FILTER_DATE,     "when it was opened: on:today, on:2026-11-20T14, on:2026-11-01..2026-11-07") \
    X(DONE,           "done",     "",            FILTER_DATE,     "when it was resolved, of resolved ones: done:yesterday")   \
    X(HOUR,           "hour",     "",            FILTER_NUMBER,   "hour of the day it was opened at: hour:14")  \
    X(TAG,            "tag",      "",            FILTER_TAG,      "a tag people gave it, or none")             \
    X(OUTAGE,         "outage",   "",            FILTER_OUTAGE,   "in this outage, live or over, or in no live one: outage:3, outage:none") \
    X(MESSAGE,        "message",  "",            FILTER_EVENT,    "a message of ours by template, channel, outcome: message:failed, message:late_promise/sms@today") \
    X(CONTACT,        "contact",  "",            FILTER_EVENT,    "the customer got in touch, by driver or channel: contact:wismo/phone@yesterday") \
    X(CSAT,           "csat",     "",            FILTER_EVENT,    "the score the customer gave: csat:1,2@2026-11-01..2026-11-07") \
    X(DID,            "did",      "",            FILTER_EVENT,    "what a person did to it: did:maria, did:claim, did:maria/claim@today") \
    X(BATCH,          "batch",    "",            FILTER_NUMBER,   "in this batch of overrides, whatever became of it: batch:7") \
    X(IS,             "is",       "",            FILTER_FLAG,     "breached paused unowned mine reopened escalated noted told replied unmapped overridden conflict case warned") \
    X(ID,             "id",       "",            FILTER_NUMBER,   "exception number")                            \
    X(TEXT,           "text",     "",            FILTER_TEXT,     "the same as a bare word")

/* X(ID, name, help): each is one ascending key column in the database. */
#define FILTER_SORTS(X)                                               \
    X(URGENCY,  "urgency",  "next due time first, then severity")     \
    X(SEVERITY, "severity", "worst first, then next due time")        \
    X(NEWEST,   "newest",   "last opened first")                      \
    X(OLDEST,   "oldest",   "first opened first")                     \
    X(SCAN,     "scan",     "longest without a scan first")           \
    X(PROMISED, "promised", "earliest promised date first")           \
    X(UPDATED,  "updated",  "last changed first")

/* X(ID, name) for is: */
#define FILTER_FLAGS(X) \
    X(BREACHED, "breached") X(PAUSED, "paused") X(UNOWNED, "unowned") X(MINE, "mine") \
    X(REOPENED, "reopened") X(ESCALATED, "escalated") X(NOTED, "noted") X(TOLD, "told") X(REPLIED, "replied") X(UNMAPPED, "unmapped") \
    X(OVERRIDDEN, "overridden") X(CONFLICT, "conflict") X(CASE, "case") X(WARNED, "warned")

enum filter_field {
#define X(id, name, aliases, type, help) FIELD_##id,
    FILTER_FIELDS(X)
#undef X
    FIELD_COUNT
};
enum sort {
#define X(id, name, help) SORT_##id,
    FILTER_SORTS(X)
#undef X
    SORT_COUNT
};
enum filter_flag {
#define X(id, name) FLAG_##id,
    FILTER_FLAGS(X)
#undef X
    FLAG_COUNT
};
enum filter_op { OP_EQ, OP_LT, OP_LE, OP_GT, OP_GE };

struct filter_value {
    bool none;            /* the word "none": no owner, no scan, no promise, no due time */
    bool me;              /* FILTER_PERSON "me" */
    int number;           /* closed lists and flags: the enum's number; FILTER_STATE: STATE_COUNT is any */
    int64_t big;          /* durations in ms; FILTER_NUMBER, FILTER_OUTAGE */
    bool local;           /* FILTER_DATE absolute: days, hours and minutes without a Z are the reader's */
    int64_t day_from, day_to;  /* FILTER_DATE: half-open range of instants when absolute (what is local
                                * is UTC's here, and moved to the reader's zone by who compiles it):
                                * < is before day_from, <= before day_to, > from day_to on, >= from day_from on */
    int day_offset;       /* FILTER_DATE relative: today 0, tomorrow 1, yesterday -1, +3d 3 */
    bool relative;        /* day_offset counts, in the reader's time zone */
    char *text;           /* words as typed, unquoted and cleaned; heap, owned; else NULL. FILTER_EVENT: its parts; when
                           * is not said where day_to is 0 and it is not relative */
};
struct filter_term {
    enum filter_field field;
    enum filter_op op;            /* OP_EQ unless the type compares: severity, durations, dates */
    bool negated;
    struct filter_value *values;  /* at least one; ORed */
    size_t value_count;
    size_t column, end;           /* bytes of the source text [column, end) */
};
struct filter {
    struct filter_term *terms;
    size_t term_count;
    enum sort sort;
    bool sort_given;              /* false: sort is the default, urgency */
    bool mentions_state;          /* a state: term that is not negated; else "open", i.e. not resolved, is meant */
};

/* Parses all of text. False: e->text says what is wrong and what would be right,
 * e->where is "column N" (1-based, in columns as shown), and *at (may be NULL) is the
 * byte offset of the trouble. At most 64 terms, 64 values a term, 4096 bytes. */
bool filter_parse(const char *text, struct filter *out, size_t *at, struct err *e);
void filter_finish(struct filter *f);
/* Canonical text of a filter (parses back to the same); heap, caller frees. */
char *filter_format(const struct filter *f);

/* Does time alone bring rows in and out of it? (sla:<30m, age:>2d, promised:today, is:breached) */
bool filter_moves(const struct filter *f);
/* Can a resolved row pass all terms about the state? Without such a term it shall not, unless any_state says so. */
bool filter_reaches_resolved(const struct filter *f, bool any_state);

/* Which kinds, severities and states a row may have that passes; a bit each, by the enum. Enough to know of most changes
 * that they are about no row of the filter. */
struct filter_reach { uint32_t kinds, severities, states; };
void filter_reach(const struct filter *f, struct filter_reach *out);

const char *filter_field_name(enum filter_field f);
const char *filter_field_help(enum filter_field f);
enum filter_type filter_field_type(enum filter_field f);
const char *sort_name(enum sort s);
const char *sort_help(enum sort s);
bool sort_parse(const char *s, size_t n, enum sort *out);

/* Completion at a byte offset of an unfinished text: what could stand in
 * [from, to) instead. Closed lists come from the tables; open ones (carriers, people,
 * brands, regions …) from `words`, which may be NULL. */
struct filter_words {             /* what the database knows; arrays borrowed */
    const char *const *list[FIELD_COUNT];  /* NULL-terminated each, or NULL */
};
struct completion {
    size_t from, to;
    char **items;                 /* sorted, heap, owned; each replaces [from,to) */
    size_t count;
};
void filter_complete(const char *text, size_t at, const struct filter_words *words, struct completion *out);
void completion_finish(struct completion *c);

#endif
