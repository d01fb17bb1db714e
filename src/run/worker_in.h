/* What the worker's files share. */
#ifndef RUN_WORKER_IN_H
#define RUN_WORKER_IN_H

#include "base/vec.h"
#include "core/breaker.h"
#include "core/request.h"
#include "db/db.h"
#include "loop/loop.h"
#include "net/net.h"
#include "run/inbox.h"
#include "run/worker.h"

#define NEVER INT64_MAX        /* as an instant: not at all */
#define WORKER_DEADLINE_MS 30000   /* of a request to the database */

struct lane;
struct worker;

/* A message this worker holds. */
struct job {
    struct job *next, *before; /* in one of its lane's lists */
    struct lane *lane;
    struct outbox_message m;
    int64_t lease_until;       /* by net_clock(); m.begin_by is a tenth before it */
    int64_t started_at;        /* monotonic */
};
struct job_list { struct job *first, *last; int count; };

/* A channel and its provider. Invariant: a job is in ready (not begun) or under_way (net has it), never both. */
struct lane {
    struct worker *w;
    enum channel channel;
    bool open;                 /* it has a URL, and is asked for */
    bool missing_told;
    struct channel_url url;
    bool idempotent;
    char shown[160];
    struct job_list ready, under_way;
    bool claiming;
    int claim_limit;
    int64_t claim_at;          /* net_clock() when it was asked */
    int64_t due_at;            /* monotonic: when to claim next */
    int empty;                 /* claims in a row that gave nothing though something was due */
    int64_t not_before;        /* monotonic: the provider asked for a pause */
    struct breaker breaker;
    bool troubled;             /* its last answer was trouble */
    bool waits;                /* messages of it are queued, due or not */
    double tokens;             /* of rate= */
    int64_t tokens_at;
    int pace, pace_count;      /* ended in the last PACE_MS, and so far in these */
    int64_t pace_at;
};

/* The helpdesk: what cases have to be told (worker_desk.c). */
struct desk_held;
struct desk_lane {
    struct worker *w;
    bool open;                 /* there is a URL */
    struct channel_url url;
    char shown[160];
    struct desk_held *held;    /* begun */
    int count;
    VEC(struct desk_result) pending;   /* to be recorded; the first `recording` are being */
    size_t recording;
    bool one_by_one;
    bool claiming, nexting, extending, disowning, doubt, nexted, waits, troubled;
    int claim_limit, empty, poll_empty;        /* empty: claims and polls in a row that gave nothing */
    int64_t claim_at, extend_sent;             /* by net_clock() */
    int64_t due_at, poll_at, next_at, record_at, extend_at, disown_again, not_before;    /* monotonic */
    struct breaker breaker;
    double tokens;
    int64_t tokens_at;
};

/* What the clock brings about (worker_pass.c): one after another, on a connection of their own, so that sending never waits for them. */
#define PASS_MOST 24
struct pass_state {
    int64_t at;                /* monotonic: when to ask next */
    bool done;                 /* with --once: there is no more */
    bool told;                 /* its failure is */
};
struct passes {
    struct worker *w;
    struct db *db;
    bool live, asked;
    int asking;                /* which, while asked */
    struct pass_state of[PASS_MOST];
    struct err failed;         /* with --once: the first that could not be done */
};

/* Results sent to be recorded, kept until the answer. */
struct batch { uint32_t number; struct outbox_result *results; size_t count; bool used; };
#define BATCHES 4

struct worker {
    const struct worker_options *o;
    char name[64];
    int lease_s;
    struct loop *loop;
    struct db *db, *books;     /* claims; and what is written down beside them */
    struct net *net;
    struct inbox *inbox;
    struct lane lanes[CHANNEL_COUNT];
    struct desk_lane desk;
    struct passes passes;
    bool live, db_live, books_live, down_told;   /* live: both are */
    uint32_t next_number;
    VEC(struct outbox_result) pending;
    struct batch batches[BATCHES];
    bool one_by_one;           /* a batch was refused: find out which */
    int64_t flush_at, extend_at, extend_sent;
    bool extending, doubt, disowning;
    int64_t disown_again;
    /* what is asked for, when (monotonic), and what is being asked */
    int64_t next_at, reap_at, settle_at, wake_at, inbox_at;
    bool nexting, reaping, settling, waking, untold, nexted;
    int64_t control_at;        /* control_due() */
    bool controlling, controlled, control_told;
    bool inbox_empty;
    struct err inbox_failed;   /* why it could not be read last; said once */
    bool inbox_busy, inbox_woken;  /* it is being read; its connection has something to say */
    int64_t stop_at;           /* NEVER: not stopping */
    bool aborted, finished;
    struct err fatal;
    struct worker_counts counts, said;
    int64_t say_at;
    struct loop_timer timer;
    uint64_t chance;
};

/* worker_open.c: reads the URLs, and takes them out of the environment */
bool lanes_open(struct worker *w, struct err *e);

/* worker_due.c */
void due_turn(struct worker *w, int64_t now);
bool due_reply(struct worker *w, struct reply *r, int64_t now);     /* false: not one of its own */
bool due_done(const struct worker *w, int64_t now);    /* nothing is asked, and nothing due */
int64_t due_next(const struct worker *w);

/* worker_pass.c */
void passes_open(struct passes *p, struct worker *w);
void passes_close(struct passes *p);
void passes_turn(struct passes *p, int64_t now);
bool passes_done(const struct passes *p);              /* with --once: none has more to do */
int64_t passes_next(const struct passes *p, int64_t now);
bool passes_ended_well(const struct passes *p, struct err *e);

/* worker.c */
bool worker_drained(const struct worker *w);           /* holds no message, and nothing to record */

/* worker_lane.c */
void lane_open(struct lane *l, struct worker *w, enum channel c);
void lane_close(struct lane *l);
void lane_turn(struct lane *l, int64_t now);   /* starts and claims what it may */
void lane_claimed(struct lane *l, struct reply *r);
void lane_give_back(struct lane *l);           /* what is not begun */
void lane_drop(struct lane *l, struct job *j); /* it is not ours any more */
void lane_lease(struct job *j, int64_t from);  /* it is ours for a lease from then on */
int64_t lane_next(const struct lane *l, int64_t now);   /* when to look again */
bool lane_idle(const struct lane *l);          /* holds nothing and asks for nothing */
bool lane_barred(const struct lane *l, int64_t now);    /* its provider is left alone for now */
/* After an answer, a message's or a helpdesk's: the pause that was asked for, and what the breaker makes of it, which is logged. */
void worker_watch(struct breaker *b, const char *shown, bool trouble, int64_t retry_at, int64_t *not_before, int64_t now);

/* worker_desk.c */
void desk_open(struct desk_lane *l, struct worker *w);         /* its url is read */
void desk_close(struct desk_lane *l);
void desk_turn(struct desk_lane *l, int64_t now);
bool desk_reply_of(struct desk_lane *l, struct reply *r, int64_t now);     /* false: not one of its own */
void desk_wake(struct desk_lane *l, int64_t now);      /* something was queued */
bool desk_idle(const struct desk_lane *l);
bool desk_done(const struct desk_lane *l, int64_t now);
int64_t desk_next_at(const struct desk_lane *l, int64_t now);

/* worker_record.c */
void record_add(struct worker *w, const struct outbox_result *r);
void record_turn(struct worker *w, int64_t now);
bool record_reply(struct worker *w, struct reply *r);   /* false: not one of its own */
bool record_idle(const struct worker *w);
int64_t record_next(const struct worker *w);
void record_finish(struct worker *w);
size_t record_unwritten(const struct worker *w);
void extend_turn(struct worker *w, int64_t now);
int64_t extend_next(const struct worker *w);
void extend_reply(struct worker *w, struct reply *r, int64_t now);
void disown_turn(struct worker *w, int64_t now);
void disown_reply(struct worker *w, struct reply *r);
uint32_t worker_ask(struct worker *w, struct request *r);   /* numbers, names and submits it */

#endif
