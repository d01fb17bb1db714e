/* Rules: what happens by itself when something happens to an exception.
 *
 *   when kind:address_issue tier:gold on opened do assign okafor; severity high; send address_issue by sms
 *
 *   rule    = ["when"] FILTER ["on" event {("," | "or") event}] "do" action {(";" | "and") action}
 *   event   = opened (or opened again) | escalated | stalled (it became that) | reply (the customer wrote) | resolved
 *             without any: opened
 *   action  = send TEMPLATE ["by" (email | sms | whatsapp)]        the customer's best channel unless said
 *           | case (customer | carrier_trace | claim | internal)
 *           | assign PERSON                                        what is nobody's; nothing is taken from anybody
 *           | severity (low | medium | high | critical)
 *           | snooze (DURATION | scan | DURATION or scan)          scan: until the next one
 *           | tag TAG
 *           | hold DURATION                                        messages about it wait so long
 *
 * FILTER is the filter language (core/filter.h); a bare word "on" or "do" is quoted there. It has to name something: a rule about
 * everything is none. It says nothing of whoever asks (me, mine), of a batch, of contact details, and has no order. DURATION is 30m, 4h,
 * 2d, at most 30 days. At most 8 actions, done in their order; each of them once, but several tags and cases. What stands after a send is
 * done only when the message is queued. What is resolved can be tagged and get a case, no more. Words of the language ignore case. */
#ifndef CORE_RULE_H
#define CORE_RULE_H

#include "core/case.h"
#include "core/filter.h"
#include "core/kind.h"
#include "core/outreach.h"

/* X(ID, name, help) */
#define RULE_EVENTS(X)                                              \
    X(OPENED,    "opened",    "an exception was opened, or opened again") \
    X(ESCALATED, "escalated", "a worse scan came")                  \
    X(STALLED,   "stalled",   "it became one without scans for too long") \
    X(REPLY,     "reply",     "the customer wrote")                 \
    X(RESOLVED,  "resolved",  "it was resolved")
#define RULE_DOES(X)                                                \
    X(SEND,     "send",     "a template, to the customer, under every guardrail") \
    X(CASE,     "case",     "opens one")                            \
    X(ASSIGN,   "assign",   "hands it to somebody, where it is nobody's") \
    X(SEVERITY, "severity", "low medium high critical")             \
    X(SNOOZE,   "snooze",   "for a time, until the next scan")      \
    X(TAG,      "tag",      "a tag")                                \
    X(HOLD,     "hold",     "messages about it wait for a time")

enum rule_event {
#define X(id, name, help) RULE_ON_##id,
    RULE_EVENTS(X)
#undef X
    RULE_EVENT_COUNT
};
enum rule_do {
#define X(id, name, help) RULE_DO_##id,
    RULE_DOES(X)
#undef X
    RULE_DO_COUNT
};
#define RULE_ACTIONS_MAX 8
#define RULE_MINUTES_MAX 43200   /* 30 days */

struct rule_action {
    enum rule_do what;
    char word[64];               /* SEND: template; ASSIGN: role name; TAG */
    enum channel channel;        /* SEND; CHANNEL_COUNT: the best */
    enum case_type type;         /* CASE */
    enum severity severity;      /* SEVERITY */
    int minutes;                 /* SNOOZE (0: not by time), HOLD */
    bool next_scan;              /* SNOOZE */
};
struct rule {
    char *filter;                /* canonical; heap, owned */
    unsigned events;             /* bits of enum rule_event */
    struct rule_action actions[RULE_ACTIONS_MAX];
    size_t action_count;
};

/* Parses all of text. False: e->text says what is wrong and what would be right, e->where is "column N", *at (may be NULL) the
 * byte offset of the trouble; *out is empty. */
bool rule_parse(const char *text, struct rule *out, size_t *at, struct err *e);
void rule_finish(struct rule *r);

/* May a rule be about this? text is what f was parsed from, for the column. */
bool rule_filter_check(const char *text, const struct filter *f, size_t *at, struct err *e);

char *rule_spec(const struct rule *r);     /* {"filter":…,"on":[…],"do":[…]} as the database takes it; heap */
/* What it would have done in the last days: a REQ_RULE_TEST; the caller finishes it. */
struct request;
void rule_ask_test(const struct rule *r, int days, struct request *q);
bool rule_name_ok(const char *s);          /* ^[a-z][a-z0-9-]{0,39}$ */

const char *rule_event_name(enum rule_event v);
const char *rule_do_name(enum rule_do d);

#endif
