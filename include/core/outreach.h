/* Telling customers: the words and the data of outreach, as the database, the dashboard, the
 * commands and the worker share them. Pure data, cleaned at the border it came in by. The
 * database holds the same lists as enum types in the same order (src/db/schema/015); a test
 * compares them. */
#ifndef CORE_OUTREACH_H
#define CORE_OUTREACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(ID, name, label for people) */
#define CHANNELS(X) X(EMAIL, "email", "e-mail") X(SMS, "sms", "SMS") X(WHATSAPP, "whatsapp", "WhatsApp")

#define OUTREACH_STATES(X)                                                      \
    X(QUEUED,    "queued",    "waiting to go out")                              \
    X(SENDING,   "sending",   "on its way to the provider")                     \
    X(SENT,      "sent",      "taken by the provider")                          \
    X(DELIVERED, "delivered", "delivered")                                      \
    X(FAILED,    "failed",    "did not go out")                                 \
    X(UNKNOWN,   "unknown",   "may have gone out: somebody has to find out")    \
    X(HELD,      "held",      "held back")                                      \
    X(CANCELLED, "cancelled", "cancelled")

/* What stands between a message and its customer. X(ID, name, label, who may pass it) */
#define GUARDRAILS(X)                                                                              \
    X(NO_ADDRESS,      "no_address",      "no address",           "nobody")                        \
    X(NO_CONSENT,      "no_consent",      "no consent",           "nobody")                        \
    X(DO_NOT_CONTACT,  "do_not_contact",  "do not contact",       "nobody")                        \
    X(QUIET_HOURS,     "quiet_hours",     "quiet hours",          "waits by itself until they end") \
    X(FREQUENCY_CAP,   "frequency_cap",   "enough messages",      "a lead, with a reason")         \
    X(REPEATED,        "repeated",        "told already",         "a lead, with a reason, when the text is another") \
    X(CONTRADICTS,     "contradicts",     "not true any more",    "nobody")                        \
    X(STALE,           "stale",           "tracking too old",     "a lead, with a reason")         \
    X(UNFILLED,        "unfilled",        "something is missing", "nobody")                        \
    X(NOT_APPROVED,    "not_approved",    "not approved",         "nobody")                        \
    X(OUTAGE_HOLD,     "outage_hold",     "messages are held",    "a lead, with a reason")         \
    X(WHATSAPP_WINDOW, "whatsapp_window", "WhatsApp window",      "nobody")                        \
    X(TOO_LONG,        "too_long",        "too long",             "a lead, with a reason, up to the provider's limit") \
    X(INTERNAL,        "internal",        "not for customers",    "nobody")                        \
    X(INTERNAL_NOTE,   "internal_note",   "an internal note",     "nobody")

#define EFFECTS_OF_VERDICTS(X) X(WARN, "warn") X(DEFER, "defer") X(BLOCK, "block")

enum channel {
#define X(id, name, label) CHANNEL_##id,
    CHANNELS(X)
#undef X
    CHANNEL_COUNT
};
enum outreach_state {
#define X(id, name, label) OUTREACH_##id,
    OUTREACH_STATES(X)
#undef X
    OUTREACH_STATE_COUNT
};
enum guardrail {
#define X(id, name, label, pass) GUARDRAIL_##id,
    GUARDRAILS(X)
#undef X
    GUARDRAIL_COUNT
};
enum verdict_effect {
#define X(id, name) VERDICT_##id,
    EFFECTS_OF_VERDICTS(X)
#undef X
    VERDICT_COUNT
};

/* Names are the stable words of JSON, SQL and the command line; "?" out of range. */
const char *channel_name(enum channel c);
const char *channel_label(enum channel c);
const char *outreach_state_name(enum outreach_state s);
const char *outreach_state_label(enum outreach_state s);
const char *guardrail_name(enum guardrail g);
const char *guardrail_label(enum guardrail g);
const char *guardrail_passed_by(enum guardrail g);
const char *verdict_effect_name(enum verdict_effect e);
bool channel_parse(const char *s, size_t n, enum channel *out);
bool outreach_state_parse(const char *s, size_t n, enum outreach_state *out);
bool guardrail_parse(const char *s, size_t n, enum guardrail *out);
bool verdict_effect_parse(const char *s, size_t n, enum verdict_effect *out);

/* ---- composing ---- */

struct verdict {
    enum guardrail guardrail;
    enum verdict_effect effect;
    int64_t until;             /* DEFER: when it goes out instead; else WHEN_NONE */
    char message[200];         /* one sentence: what is in the way, and what helps */
};

/* A template (its version in force, or somebody's draft) offered for an exception, best first. */
struct candidate {
    int32_t template_id, version;
    char name[44], title[64];
    enum channel channel;
    char language[12];
    bool approved, fits;
    char why[120];             /* why it is offered, or why not: "customer's language", "no consent for SMS" */
};

struct macro {
    char name[44], title[64];
    char template[44];         /* "" no message */
    char channel[12];          /* name; "" the customer's best */
    char then_verb[12];        /* "wait" "snooze" "resolve" "work", "" none */
    int32_t for_minutes;       /* 0: not said */
    bool next_scan, shared;
    char resolution[24], tag[28];
    char says[200];            /* in words: "sends address_needed, waits 2 days, tags asked_address" */
};

/* Something being written and not sent. */
struct draft {
    bool present;
    enum channel channel;
    int32_t template_id, version;
    int64_t at;
    char *subject, *body;      /* owned */
};

/* The newest thing said about a parcel, by us or by the customer. */
struct told {
    bool present, inbound;
    int64_t at;
    enum channel channel;
    enum outreach_state state; /* outbound */
    char who[64], what[100];   /* role name or the customer's address; the template's title, the subject or the first words */
};

/* How many of several exceptions a template is made for, in any language and channel. */
struct fitting {
    char name[44], title[64];
    int32_t fits;
};

/* What the compose screen opens with. */
struct compose {
    int64_t exception_id;
    int64_t seen;              /* stamp: queueing is refused when something went out or came in after it */
    char utc_offset_name[48];  /* recipient's zone: "America/Chicago" */
    int32_t recipient_offset;  /* seconds east of UTC there, now */
    char email[164], phone[36];
    bool can[CHANNEL_COUNT];   /* an address that works and no refusal on file */
    char cannot[CHANNEL_COUNT][120];  /* why not */
    struct candidate *candidates; size_t candidate_count;
    struct macro *macros; size_t macro_count;
    struct draft draft;
    struct told told;
    struct fitting *fitting; size_t fitting_count;   /* asked for several exceptions: most fitting first; else none */
};

/* One message as its customer will get it. Texts owned; NULL is "". */
struct message {
    int64_t exception_id;
    int32_t template_id, version;     /* template_id 0: written by hand */
    enum channel channel;
    char language[12];
    char to[164];              /* e-mail address or E.164; "" none */
    char to_name[100];
    bool edited;
    char *subject, *body, *html;
    char *provider_vars;       /* JSON object text, NULL none */
    int64_t send_at;           /* when it would go out if queued now (undo window included) */
    int32_t undo_seconds;
    struct verdict *verdicts; size_t verdict_count;   /* worst first */
};
void message_finish(struct message *m);
void compose_finish(struct compose *c);
void draft_finish(struct draft *d);
/* The verdict that weighs most: block before defer before warn. */
const struct verdict *message_worst(const struct message *m);   /* NULL: nothing stands in its way */

/* What was said and answered on an exception, newest first: the messages tab. */
struct message_row {
    int64_t id, at;            /* at: queued, or received */
    bool inbound;
    enum channel channel;
    enum outreach_state state; /* outbound */
    char who[64];              /* role name, or the customer's address */
    char to[164], subject[200], template[44];
    char state_text[200];      /* "delivered 10:52, opened 10:58" comes from the instants; this is the reason, "" none */
    int64_t send_after, sent_at, delivered_at, opened_at, clicked_at, failed_at;
    int32_t tries;
    char driver[16];           /* inbound */
    char via[16];              /* inbound, by no channel of ours: "phone", "chat" …; "" else */
    char *body;                /* owned */
    char *attempts;            /* owned; a line an attempt, newest first: "10:51 sent 250 queued as 4F2"; "" none */
};
void message_row_finish(struct message_row *r);

#endif
