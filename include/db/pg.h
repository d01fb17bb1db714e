/* What everything in db shares about libpq: how to connect, and what its errors mean.
 * For src/db alone: no other module includes this header. */
#ifndef DB_PG_H
#define DB_PG_H

#include <stdbool.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "base/err.h"
#include "db/wait.h"

#define PG_CONNECT_MS 10000    /* how long a connection may take to come up */
/* Of a TCP peer that does not acknowledge; seconds, and ms. Whoever waits long for an answer of a server that is there needs no more. */
#define PG_KEEPALIVE_IDLE 15
#define PG_KEEPALIVE_INTERVAL 5
#define PG_KEEPALIVE_COUNT 3
#define PG_USER_TIMEOUT_MS 30000
#define PG_GLANCE_MS 1000      /* how long a host may give no sign meanwhile, where there are others */

/* Fills e from a failed result, one cleaned line with the server's hint; returns false. */
bool pg_error_result(struct err *e, const PGresult *r);

/* The same of a result that ends the connection (FATAL). */
bool pg_error_end(struct err *e, const PGresult *r, const PGconn *c);

/* Fills e from a connection that failed or broke; connecting: it never was up. Returns false. */
bool pg_error_connection(struct err *e, const PGconn *c, bool connecting);

/* Where the connection goes, as people say it: "pg1", "pg1:5433", "/run/postgresql". */
void pg_place(const PGconn *c, char *out, size_t size);

/* PQconnectStart with this program's options: UTF-8, keepalives, application name, no
 * notices. dsn may be NULL or "". NULL when the DSN cannot be read: e says where it is wrong.
 * rotate > 0 starts with that host of a multi-host DSN (modulo their number). */
PGconn *pg_connect_start(const char *dsn, const char *application, unsigned rotate, struct err *e);

/* The same of one that says nothing, for so long. */
bool pg_error_silent(struct err *e, const PGconn *c, int64_t ms);

/* How many hosts its DSN names, and which of them (0: the first) it is or was connected to, or was trying. */
unsigned pg_hosts(PGconn *c);
unsigned pg_host_number(PGconn *c);

/* Connects and waits, at most timeout_ms (answer_ms of w is for later). Looking a host's name up is the system's, and blocks. */
PGconn *pg_connect(const char *dsn, const char *application, int timeout_ms, struct err *e);
PGconn *pg_connect_by(const char *dsn, const char *application, int timeout_ms, const struct db_wait *w, struct err *e);

/* One statement with text parameters; sizes and formats are for parameters that are bytes. */
struct pg_statement {
    const char *sql;
    int count;
    const char *const *params;
    const int *sizes, *formats;
};

/* Below, w may be NULL. A server that gives no sign for so long fails it: the connection is at its end then, and whatever is
 * asked of it later fails at once.
 * Runs a statement and waits: its rows, its success, or that it wants COPY's data. NULL: e is filled. */
PGresult *pg_exec(PGconn *c, const struct pg_statement *s, const struct db_wait *w, struct err *e);
PGresult *pg_run(PGconn *c, const char *sql, int count, const char *const *params, struct err *e);

/* The same of what was sent already (PQsendQuery…): the last of its results, or NULL if one failed. */
PGresult *pg_take(PGconn *c, const struct db_wait *w, struct err *e);

/* Until PQgetResult does not block; until all that was written is sent. */
bool pg_await(PGconn *c, const struct db_wait *w, struct err *e);
bool pg_flush(PGconn *c, const struct db_wait *w, struct err *e);
bool pg_until(const struct db_wait *w, int fd, bool write, int ms);

/* Has the server give up by itself, a little before we do: nothing of ours goes on there unheard. */
bool pg_limit(PGconn *c, const struct db_wait *w, struct err *e);

/* Fills e from a failed result, or from the end of its connection. Returns false. */
bool pg_error_of(struct err *e, const PGresult *r, const PGconn *c);

/* Copies text from the server, cleaned, into a fixed field. */
void pg_clean(char *out, size_t size, const char *text, size_t n);

/* The line (1-based) of the character with this 1-based index, as PostgreSQL counts them. */
int pg_line_of(const char *text, int character);

/* PQgetvalue, "" for what is outside of r, as of NULL: results are also put together from records that others made. */
char *pg_value(const PGresult *r, int row, int column);
#define PQgetvalue(r, row, column) pg_value(r, row, column)

#endif
