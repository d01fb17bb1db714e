/* A request as statements to send, and their results as a reply. For src/db alone. */
#ifndef DB_CALL_H
#define DB_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/when.h"
#include "core/request.h"
#include "db/pg.h"
#include "db/statements.h"

#define CALL_PARTS 8

struct call;
struct scrub;
typedef void call_take_fn(struct call *c, const PGresult *r);

/* One statement: an embedded query as it is, or composed SQL. */
struct call_part {             /* a take function may add further ones: they follow in a transaction of their own */
    const char *query;         /* name of the embedded query; NULL: sql */
    char *sql;                 /* owned */
    char **params;             /* text, owned; NULL for SQL NULL */
    int count;
    call_take_fn *take;         /* its rows; NULL: nobody reads them */
    char name[32];             /* the prepared statement, once sent */
    int before;                /* results still to come ahead of the rows: deallocate, prepare */
    struct prepared evicted;   /* what is deallocated before it; sql NULL: nothing */
};

struct call {
    struct call *next;
    struct request request;
    struct reply reply;
    int64_t now;               /* the reader's clock and zone: what a filter means by "today" */
    struct when_zone zone;
    struct call_part part[CALL_PARTS];
    int parts, at;             /* at: whose result comes next */
    bool greeting, quiet;      /* the connection's own: hello, or nobody waits for it */
    bool pulse;                /* quiet, and only asks whether the session is what it was */
    int again;                 /* how often it was sent anew */
    bool keyed;                /* what it writes has a key, though it is no request */
    bool kept;                 /* whoever submitted it destroys it, after its reply */
    bool text;                 /* results as text, for struct table */
    struct table *table;       /* where call_table() leaves them; borrowed */
    bool failed;               /* reply.error holds the first error */
    int64_t sent_at;           /* monotonic ms; 0: not yet */
    int patience_ms;           /* its deadline when later than the connection's */
    struct buf *trace;         /* what was read, kept for a record; NULL: nobody keeps one */
    const struct scrub *scrub; /* how; borrowed */
};

/* Moves the request (zeroing it) and works out its statements. When the request itself is
 * wrong the call has no parts and its reply is the error. Never NULL. */
struct call *call_create(struct request *r, int64_t now, const struct when_zone *zone);

/* What a connection says first: settings, its channels, hello; the answer is a REQ_HELLO reply. Who
 * listens has sent LISTEN doorstep before, in a transaction of its own. */
struct call *call_greeting(bool listen, int statement_timeout_ms);

/* My channels and no others of ours; nobody is told. */
struct call *call_listen(void);

/* A bare command of the connection's own, like the greeting: nobody is told. */
struct call *call_command(const char *sql);

/* The shortest question there is: answered within CALL_PULSE_MS, or the connection is gone. backend_pid and standby are in
 * the reply's hello. */
#define CALL_PULSE_MS 4000
struct call *call_pulse(void);

/* It failed because another transaction was in the way (40001, 40P01: it was rolled back whole), for the first or second
 * time, and nothing of it was read yet: it is as before it was sent. */
bool call_again(struct call *c);

/* Its answer was lost: as it was before it was sent, to be asked again with the same key. */
void call_afresh(struct call *c);

/* A query whose rows become text in *out, which is filled before the reply comes. */
struct call *call_table(const char *query, const char *const *params, int count, struct table *out);

/* After the last part: puts rows in order, makes the summary. */
void call_complete(struct call *c);
bool call_writes(const struct call *c);   /* lost on the way, it may still have happened */
void call_destroy(struct call *c);
void call_destroy_list(struct call *list);

/* For the builders. Parameters are copied; NULL is SQL NULL. */
struct call_part *call_query(struct call *c, const char *query, call_take_fn *take);
struct call_part *call_sql(struct call *c, char *sql, call_take_fn *take);   /* takes sql over */
void call_param(struct call_part *p, const char *value);
void call_param_int(struct call_part *p, int64_t value);
void call_as_of(const struct call *c, struct call_part *p);   /* the instant the request is judged by; NULL: the server's */
void call_param_ids(struct call_part *p, const int64_t *ids, size_t count);
/* Before the query that takes long: the call may, and the server gives up a little earlier than we do. */
void call_be_patient(struct call *c, int ms);

/* The requests' own builders: call_queue.c, call_context.c, call_act.c, call_compose.c, call_outreach.c. */
void call_page(struct call *c);
void call_rows(struct call *c);
void call_ids(struct call *c);
void call_select(struct call *c);
void call_select_change(struct call *c);
void call_select_has(struct call *c);
void call_counts(struct call *c);
void call_context(struct call *c);
void call_act(struct call *c);
void call_undo(struct call *c);
void call_table_read(struct call *c);
void call_table_act(struct call *c);
void call_typed(struct call *c);
void call_complete_table_act(struct call *c);
void call_pass(struct call *c);
void call_take_did(struct call *c, const char *json);      /* {"what": count} into reply.pass */
void call_rules(struct call *c);
void call_rule_test(struct call *c);
void call_complete_rule_test(struct call *c);
/* Rows of preview.sql as reply.messages, rendered and not judged; and the items outreach_send takes, with {"exception", "cannot"} for those without a text. */
void call_take_messages(struct call *c, const PGresult *r);
void call_param_rendered(struct call_part *p, const struct message *messages, size_t count);
void call_undo_peek(struct call *c);
void call_taken(struct call *c);
void call_view_save(struct call *c);
void call_view_delete(struct call *c);
void call_outbox_claim(struct call *c);
void call_outbox_record(struct call *c);
void call_outbox_extend(struct call *c);
void call_outbox_disown(struct call *c);
void call_outbox_work(struct call *c);
void call_outbox_next(struct call *c);
void call_desk_claim(struct call *c);          /* and REQ_DESK_POLL */
void call_desk_record(struct call *c);
void call_desk_extend(struct call *c);
void call_desk_disown(struct call *c);
void call_desk_next(struct call *c);
void call_control_due(struct call *c);
void call_complete_page(struct call *c);
void call_complete_act(struct call *c);
void call_compose(struct call *c);
void call_preview(struct call *c);
void call_check(struct call *c);
void call_send(struct call *c);
void call_outreach_act(struct call *c);
void call_draft_save(struct call *c);
void call_messages(struct call *c);
void call_control(struct call *c);
void call_outage_preview(struct call *c);
void call_outage_declare(struct call *c);
void call_outage_act(struct call *c);
void call_outage_list(struct call *c);
void call_complete_outage(struct call *c);
void call_cases(struct call *c);
void call_case(struct call *c);
void call_case_act(struct call *c);
void call_complete_case(struct call *c);
void call_override_preview(struct call *c);
void call_override_apply(struct call *c);
void call_override_revert(struct call *c);
void call_batch_act(struct call *c);
void call_complete_override(struct call *c);
void call_batches(struct call *c);
void call_overrides(struct call *c);
void call_board(struct call *c);
void call_complete_send(struct call *c);

/* A filter's text as conditions and parameters; false: the reply is the error. Then filter_sql_finish(). */
struct filter_sql;
struct filter_sql_options;
bool call_filter(struct call *c, const char *text, struct filter_sql_options *o, struct filter_sql *q);
void call_filter_params(struct call_part *p, const struct filter_sql *q);

/* Results of a write, and its sentence: "claimed 3, 1 refused: …". */
void call_take_results(struct call *c, const PGresult *r);
/* The query that acts, its parameters still to come; of a brief request it is wrapped so that only the first results travel. */
struct call_part *call_acting(struct call *c, const char *query);
void call_summary(struct call *c, const char *done);

/* SQL of the one row $1 under a condition, and its reading. */
char *call_row_sql(const char *where, enum sort sort);
void call_take_row(struct queue_row *out, const PGresult *r, int row);

#endif
