/* What can be asked of the database, and what it answers: pure data, shared by the
 * dashboard (which asks through effects) and the commands (which ask and wait).
 *
 * A request carries a number; its reply carries the same one. An act carries a key
 * made by the client, so that asking again after a lost answer does it once. */
#ifndef CORE_REQUEST_H
#define CORE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "core/case.h"
#include "core/desk.h"
#include "core/exception.h"
#include "core/filter.h"
#include "core/outage.h"
#include "core/outbox.h"
#include "core/outreach.h"
#include "core/override.h"
#include "core/table.h"
#include "core/verb.h"

enum role_level { ROLE_NONE, ROLE_VIEWER, ROLE_AGENT, ROLE_LEAD, ROLE_ADMIN };
const char *role_level_name(enum role_level r);

enum request_kind {
    REQ_HELLO,       /* who am I, which schema, which server */
    REQ_PAGE,        /* a page of the queue */
    REQ_ROWS,        /* these ids, under the same filter */
    REQ_COUNTS,      /* header counters, and one count a view */
    REQ_CONTEXT,     /* everything about one exception */
    REQ_ACT,         /* do a verb to some exceptions */
    REQ_UNDO,        /* take back my last undoable action; key as for an act */
    REQ_UNDO_PEEK,   /* what would be undone */
    REQ_TAKEN,       /* which of mine were taken over while I was away: reply.summary, "" for none; said once */
    REQ_VIEWING,     /* tell the others what I look at; id 0: nothing */
    REQ_VIEWS,       /* saved views, mine and everyone's */
    REQ_VIEW_SAVE,
    REQ_VIEW_DELETE,
    REQ_WORDS,       /* completion words: carriers, people, brands, regions, tiers, languages … */
    REQ_IDS,         /* ids of all rows under a filter, at most `limit`, for bulk selection */
    REQ_COMPOSE,     /* what the compose screen opens with: ids[0]; of several also what fits how many */
    REQ_PREVIEW,     /* templates rendered for exceptions (ids), with their verdicts: outreach below */
    REQ_CHECK,       /* verdicts of a text as edited: outreach.messages[0] */
    REQ_SEND,        /* queue messages, or with none run outreach.macro on ids; key as for an act */
    REQ_DRAFT_SAVE,  /* keep outreach.messages[0] as my draft; an empty body forgets it */
    REQ_MESSAGES,    /* what was said and answered: ids[0] */
    REQ_OUTREACH_ACT,/* to messages (ids are outreach ids; answered as an act): name is "cancel", "retry", or what became of
                        one whose outcome is not known: "sent", "failed", "again"; key as for an act */
    REQ_OUTBOX_CLAIM,   /* a worker's: messages to send now */
    REQ_OUTBOX_RECORD,  /* what became of them */
    REQ_OUTBOX_EXTEND,  /* longer leases for those in results (id, fence) */
    REQ_OUTBOX_DISOWN,  /* back to the queue: what is claimed in my name and not in results */
    REQ_OUTBOX_REAP,    /* claims whose worker is gone */
    REQ_OUTBOX_SETTLE,  /* timelines told what became of messages */
    REQ_OUTBOX_WAKE,    /* snoozed and waiting exceptions whose time came */
    REQ_OUTBOX_NEXT,    /* when there is something to do next */
    REQ_CONTROL,        /* live outages, what waits for approval, conflicts: reply.control */
    REQ_CASES,          /* the case list: control.list, or those of an exception: ids[0]; reply.cases */
    REQ_CASE,           /* one case: control.id; or what a new one would be: ids[0], control.type; reply.kase */
    REQ_CASE_ACT,       /* control.case_op; ids are exceptions' for OPEN, LINK, UNLINK, else cases'; key as for an act */
    REQ_OVERRIDE_PREVIEW, /* control.status for the shipments of ids; reply.preview */
    REQ_OVERRIDE_APPLY, /* control: status, code, text, until, outage, filter as chosen; results are exceptions'; key */
    REQ_OVERRIDE_REVERT,/* the override in force on the shipment of each of ids; text: why, or NULL; key */
    REQ_OVERRIDES,      /* of ids[0]'s shipment; reply.overrides */
    REQ_BATCHES,        /* control.list: "pending" (default), "mine", "all"; reply.batches */
    REQ_BATCH_ACT,      /* control.batch_op on batches ids, control.text why; key. Results are batches' */
    REQ_OUTAGE_PREVIEW, /* control.scope; reply.outage_preview */
    REQ_OUTAGE_DECLARE, /* control: scope, text, hold, pause, status (STATUS_COUNT none), code, until; key. The result is the outage */
    REQ_OUTAGE_ACT,     /* name "end", "set" (text, until, hold, pause as given) on outages ids, or "dismiss" on suggestions; key */
    REQ_OUTAGE_LIST,    /* ended ones too, newest first; reply.control.outages */
    REQ_BOARD,          /* control.carrier "" all carriers, else that one's lanes; reply.board */
    REQ_DESK_CLAIM,     /* a worker's: what a helpdesk has to be told now; desk below */
    REQ_DESK_RECORD,    /* what became of it */
    REQ_DESK_EXTEND, REQ_DESK_DISOWN,   /* as for messages */
    REQ_DESK_POLL,      /* cases to ask the helpdesk about, oldest look first */
    REQ_DESK_NEXT,      /* milliseconds until something is due */
    REQ_CONTROL_DUE,    /* a worker's: overrides that expired, outages whose time came, batches that lapsed, what the board suggests */
    REQ_TABLE,          /* a query of src/db/query that only reads: table.query with table.params; reply.table. What sheets show */
    REQ_TABLE_ACT,      /* one that acts, answering (id, ok, code, message, rev): its first parameter is the key, then table.params */
    REQ_RULES,          /* a worker's: what one rule has to do now; key: a name for what it takes; reply.pass */
    REQ_RULE_TEST,      /* filter, rule.events, rule.days and, where it sends, outreach.name and channel, over what happened; reply.table, one row */
    REQ_SELECT,         /* everything under `filter` becomes a selection kept by the server, in the filter's order, at most ACT_MAX; reply.selection */
    REQ_SELECT_CHANGE,  /* exceptions ids into `selection`, or out of it (drop); reply.selection */
    REQ_SELECT_HAS,     /* which of ids are in `selection`; without ids: all of them, for what looks at each one; reply.ids */
    REQ_PASS,           /* a worker's: one pass of table.query ("pass_sweep"), as of `as_of`; reply.pass */
    REQ_TYPED,          /* what I was typing in a prompt: name, and of what it is: control.id (0: of nothing); reply.table, one row of text and when, or none */
    REQ_TYPED_SAVE,     /* keep it: control.text; an empty text forgets it */
    REQ_GONE            /* which of these keys (table.params[0], an array's text) no action has: reply.table, their texts */
};

/* Where exceptions are acted on (ACT, OVERRIDE_PREVIEW, _APPLY, _REVERT) a single negative id, -N, stands for all of selection N. */
#define BRIEF_REFUSED 1000   /* results of a brief answer: so many of what was refused, */
#define BRIEF_DONE 200       /* and so many of what was done */
#define COUNTS_CAP 10000     /* counts.mine and .breaching are counted no further: this many stand for more */
#define PAGE_MAX 512         /* rows in one page request */
#define ACT_MAX 100000       /* ids in one act */
#define KEY_TEXT 37          /* a UUID's text with its NUL */
#define VIEW_MAX 64          /* saved views a client shows and counts */

enum page_direction { PAGE_AFTER, PAGE_BEFORE };

struct page_request {
    char *filter;            /* text; owned; "" for everything open. Its sort: term is the order */
    bool from_start;         /* no anchor: the first rows (PAGE_AFTER) or the last (PAGE_BEFORE) */
    int64_t anchor_key, anchor_id;  /* rows strictly after/before (key,id) */
    bool inclusive;          /* the anchor row itself too */
    enum page_direction direction;
    int limit;
};

struct act_args {            /* all owned, NULL when the verb does not use it */
    char *text;              /* note, resolve, wait, reopen, release: free text */
    char *person;            /* assign: role name; release of another's: NULL */
    char *code;              /* resolve: resolution name; severity: severity name; tag, untag: the tag */
    int64_t until;           /* snooze, wait: instant, or WHEN_NONE */
    bool next_scan;          /* snooze: until the next scan */
    bool take_over;          /* claim: also what belongs to somebody who is gone */
};

/* Composing and sending. */
struct outreach_request {
    int32_t template_id, version;    /* PREVIEW of one: which; 0: by name */
    char *name;                      /* PREVIEW: template by name, the customer's language and best channel; owned */
    char *channel;                   /* PREVIEW by name: only this channel; NULL: the customer's best; owned */
    struct message *messages;        /* CHECK, SEND, DRAFT_SAVE; owned. SEND takes those without a verdict in the way;
                                        SEND of none, with ids and a macro, runs the macro's state and tag alone */
    size_t message_count;
    int64_t seen;                    /* SEND: compose.seen; -1: not asked (bulk) */
    char *pass;                      /* SEND: a lead's reason to pass warnings; NULL none; owned */
    char *macro;                     /* SEND: what becomes of the exceptions with it: a macro's name; NULL none; owned */
};
#define PREVIEW_MAX 1000     /* exceptions in one PREVIEW */

/* Cases, overrides, outages. */
enum case_field { CASE_SET_STATE = 1, CASE_SET_PRIORITY = 2, CASE_SET_SUBJECT = 4, CASE_SET_OWNER = 8, CASE_SET_TAG = 16, CASE_SET_UNTAG = 32 };
enum outage_field { OUTAGE_SET_TEXT = 1, OUTAGE_SET_UNTIL = 2, OUTAGE_SET_HOLD = 4, OUTAGE_SET_PAUSE = 8 };
struct control_request {
    int64_t id, other;         /* CASE, CASE_ACT: the case; MERGE: into which */
    enum case_op case_op;
    unsigned fields;           /* CASE_ACT SET, OUTAGE_ACT set: which of the following */
    enum case_type type;
    enum case_priority priority;
    enum case_state state;
    enum batch_op batch_op;
    enum status status;        /* OVERRIDE_*; OUTAGE_DECLARE: STATUS_COUNT for none */
    char *code;                /* OVERRIDE_APPLY, OUTAGE_DECLARE: reason's name; owned, as all texts here; NULL not given */
    char *text;                /* note, message, why */
    char *subject, *person, *tag, *untag;
    char *list;                /* CASES: "open", "mine", "conflict", a state, "all"; BATCHES */
    char *scope;               /* OUTAGE_*: scope_from_filter()'s JSON */
    char *carrier;             /* BOARD */
    int64_t until;             /* OVERRIDE_APPLY, OUTAGE_*: WHEN_NONE not given */
    int32_t outage;            /* OVERRIDE_APPLY: part of it; 0 none */
    bool hold, pause;
};
struct desk_request {
    char worker[64], provider[24];
    int limit, lease_s;
    struct desk_result *results;     /* RECORD, and what a poll or a webhook told (id the case's, fence 0); EXTEND, DISOWN: id and fence; owned */
    size_t result_count;
};

/* By name: what has no shape of its own here. */
struct table_request {
    const char *query;         /* the name of a query of src/db/query; static */
    const char *done;          /* TABLE_ACT: the summary's first word, "switched off"; static */
    char **params; size_t param_count;   /* text; owned, each NULL for SQL NULL */
    bool patient;              /* it may take the server two minutes */
};
void table_request_param(struct table_request *t, const char *value);   /* appends a copy */

/* What a worker asks. */
struct outbox_request {
    char worker[64];                 /* a name that no other process has */
    char provider[24];               /* CLAIM: scheme of the channel's URL */
    enum channel channel;            /* CLAIM */
    bool idempotent;                 /* CLAIM: asking that provider twice sends once */
    int limit, lease_s;              /* CLAIM, EXTEND */
    struct outbox_result *results;   /* RECORD: all of each; EXTEND, DISOWN: id and fence; owned */
    size_t result_count;
};
#define OUTBOX_CLAIM_MAX 200

struct rule_request {
    char *events;                    /* TEST: "{opened,reply}"; owned, as all texts here. RULES: of each asked about, as it was claimed */
    int days;                        /* TEST */
    int32_t id, version;             /* RULES: worked out on the way */
    bool sends;
    char *asked, *ids, *revs;        /* arrays as PostgreSQL writes them */
};

struct request {
    enum request_kind kind;
    uint32_t number;
    char key[KEY_TEXT];      /* REQ_ACT, REQ_UNDO, REQ_VIEW_*: client-made UUID */
    char *filter;            /* REQ_ROWS, REQ_IDS: filter text; REQ_VIEW_SAVE: the view's; owned */
    struct page_request page;        /* REQ_PAGE */
    int64_t *ids;                    /* REQ_ROWS, REQ_ACT; REQ_CONTEXT and REQ_VIEWING use ids[0]; owned */
    size_t id_count;
    enum verb verb;                  /* REQ_ACT */
    struct act_args act;             /* REQ_ACT */
    char *name;                      /* REQ_VIEW_SAVE, REQ_VIEW_DELETE: the view's name; REQ_OUTREACH_ACT: what; owned */
    int position;                    /* REQ_VIEW_SAVE: number key 1..9, 0 for none */
    bool shared;                     /* REQ_VIEW_SAVE: for everyone (leads) */
    int64_t selection;               /* SELECT_CHANGE, SELECT_HAS */
    bool drop;                       /* SELECT_CHANGE */
    bool brief;                      /* ACT, UNDO, OVERRIDE_REVERT: results are the first ones only, refused before done; reply.of_many says how many there are */
    int limit;                       /* REQ_IDS; REQ_CONTEXT: scans and activity rows each */
    bool whole;                      /* REQ_CONTEXT: its playbook's steps, too */
    char **count_filters;            /* REQ_COUNTS: one filter a view; owned array of owned texts */
    size_t count_filter_count;
    struct outreach_request outreach; /* PREVIEW, CHECK, SEND, DRAFT_SAVE */
    struct outbox_request outbox;    /* OUTBOX_* */
    struct control_request control;  /* CASE*, OVERRIDE*, BATCH*, OUTAGE*, BOARD */
    struct desk_request desk;        /* DESK_* */
    struct table_request table;      /* TABLE, TABLE_ACT, PASS */
    struct rule_request rule;        /* RULES, RULE_TEST */
    int64_t as_of;                   /* OUTBOX_WAKE, CONTROL_DUE, PASS: judged as if it were then; 0: by the server's clock */
};

struct hello {
    char role[64];           /* who I am to PostgreSQL */
    char display_name[96];
    enum role_level level;
    bool worker;             /* nobody's role, a worker's */
    char database[64], server[96];   /* "pg1" or the socket's folder */
    char brand[64];          /* the one brand I am limited to, or "all brands" */
    int schema_version;
    int32_t timeline;
    int32_t backend_pid;
    int64_t now;             /* server clock */
    bool read_only;          /* standby, --read-only or default_transaction_read_only */
    bool standby;
    char changed_by[64];     /* who made me what I am, where that was a moment ago and is in the log; "" */
};

struct page {
    struct queue_row *rows;  /* ascending in the page's order whichever the direction */
    size_t count;
    bool more;               /* further rows in the direction asked */
};

struct counts {
    int64_t fresh, mine, breaching, open;      /* "new" is `fresh`: state new and unowned */
    int64_t view[VIEW_MAX];  /* as asked; capped counts are negative: -1000 means "999+" */
    size_t view_count;
    int64_t sessions;        /* connected to the database; 0: not known */
};

struct saved_view {
    int64_t id;
    char name[48];
    char filter[512];
    int position;            /* number key, 0 for none */
    char owner[64];          /* "" for everyone's */
    bool builtin;
};

struct act_result {
    int64_t id;
    bool ok;
    char code[32];           /* "ok" "taken" "gone" "resolved" "denied" "stale" … stable words */
    char message[200];       /* one sentence when not ok */
    int32_t rev;
};

struct words {
    struct { enum filter_field field; char *word; char *label; } *items;  /* owned */
    size_t count;
};

#define OUTBOX_NOTHING INT64_MAX

struct outbox_reply {
    struct outbox_message *messages; size_t message_count;   /* CLAIM; owned */
    int64_t *ids; size_t id_count;   /* EXTEND: those still held; RECORD: those that counted; owned */
    int32_t count;                   /* DISOWN, REAP, SETTLE, WAKE: how many */
    int64_t due_ms[CHANNEL_COUNT];   /* NEXT: milliseconds until a message of the channel is due, or OUTBOX_NOTHING */
    int64_t lease_ms, wake_ms;       /* NEXT: until a lease ends, until an exception wakes */
    bool untold;                     /* NEXT: something to settle */
};

struct desk_reply {
    struct desk_job *jobs; size_t job_count;         /* CLAIM, POLL; owned */
    int64_t *ids; size_t id_count;   /* EXTEND: still held; RECORD: those that counted; owned */
    int32_t count;                   /* DISOWN, CONTROL_DUE: how many */
    int64_t due_ms, lease_ms, poll_ms;               /* NEXT: OUTBOX_NOTHING when nothing waits */
};

struct pass_did { char what[40]; int32_t count; };
struct pass_reply {
    struct pass_did *did; size_t did_count;   /* nothing: none; owned */
    int32_t count;             /* their sum */
    bool again;                /* there is more: ask again now */
};

struct reply {
    enum request_kind kind;
    uint32_t number;
    bool ok;
    bool in_doubt;           /* the connection died after sending: a write may have happened */
    struct err error;        /* when not ok */
    struct hello hello;
    struct page page;                                    /* PAGE, ROWS */
    struct counts counts;
    struct context *context;                             /* heap; NULL: no such exception (or not mine to see) */
    struct saved_view *views; size_t view_count;
    struct act_result *results; size_t result_count;     /* ACT, UNDO, SEND, OUTREACH_ACT; UNDO_PEEK: one that says what is newer and stays, or none */
    struct { size_t done, refused, same; } of_many;      /* of a brief request; same: done without a change */
    struct { int64_t number; int32_t count; bool more; } selection;   /* SELECT, SELECT_CHANGE; more: the filter had more than fit */
    char summary[240];                                   /* ACT, UNDO, UNDO_PEEK: one sentence */
    struct words words;
    int64_t *ids; size_t id_count; bool ids_more;        /* IDS, SELECT_HAS */
    struct compose *compose;                             /* COMPOSE; heap; NULL: no such exception (or not mine to see) */
    struct message *messages; size_t message_count;      /* PREVIEW, CHECK: as asked, in the order of ids */
    struct message_row *rows; size_t row_count;          /* MESSAGES */
    struct outbox_reply outbox;                          /* OUTBOX_* */
    struct control_state control;                        /* CONTROL, OUTAGE_LIST */
    struct case_row *cases; size_t case_count;           /* CASES */
    struct support_case *kase;                           /* CASE; heap; NULL: no such case (or not mine to see) */
    struct override_preview *preview;                    /* OVERRIDE_PREVIEW; heap */
    struct override_row *overrides; size_t override_count;   /* OVERRIDES */
    struct batch_row *batches; size_t batch_count;       /* BATCHES */
    struct outage_preview *outage_preview;               /* OUTAGE_PREVIEW; heap */
    struct board *board;                                 /* BOARD; heap */
    struct desk_reply desk;                              /* DESK_*, CONTROL_DUE */
    struct table table;                                  /* TABLE */
    struct pass_reply pass;                              /* PASS */
};

void request_finish(struct request *r);   /* frees what it owns, zeroes it */
void reply_finish(struct reply *r);

#endif
