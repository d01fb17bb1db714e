#include "db/feed_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/buf.h"
#include "base/die.h"
#include "db/migrate.h"
#include "db/pg.h"
#include "loop/fault.h"

/* Rows of a batch are collected here as COPY text while the server still merges the batch
 * before; COPY and merge are one transaction, so that a batch is there whole or not at all. */
struct feed_load {
    PGconn *conn;
    struct db_wait wait;
    struct buf text;           /* the batch being collected */
    int rows;                  /* in it */
    char batch[37];            /* its uuid */
    bool merging;              /* a merge is on its way; nothing else may be sent */
    bool failed;               /* an error was given: the rest is refused */
    struct feed_counts sum;
};

static const char copy_sql[] = "COPY doorstep.feed_stage FROM STDIN";
static const char merge_sql[] =
    "SELECT accepted, duplicates, events, opened, updated, resolved, unmapped FROM doorstep.feed_merge($1::uuid)";

/* A lost connection leaves open whether the batch was committed. Both are safe: merging it
 * again changes nothing. e is filled. */
static bool fail(struct feed_load *l, struct err *e)
{
    struct err why = *e;
    l->failed = true;
    if (PQstatus(l->conn) != CONNECTION_BAD)
        return false;
    return err_set(e, ERR_AGAIN, NULL,
                   "%s; run the same command again, what is in the database already counts as duplicate", why.text);
}

static bool check_version(PGconn *conn, struct err *e)
{
    PGresult *r = pg_run(conn, "SELECT doorstep.schema_version()", 0, NULL, e);
    if (!r)
        return false;
    int found = (int)strtol(PQgetvalue(r, 0, 0), NULL, 10);
    PQclear(r);
    if (found == db_schema_wanted())
        return true;
    return err_set(e, ERR_CONFIG, NULL, "the database has schema version %d, this program needs %d: %s", found, db_schema_wanted(),
                   found < db_schema_wanted() ? "run `doorstep migrate`" : "install the newer doorstep");
}

struct feed_load *feed_load_open(const char *dsn, const struct db_wait *wait, struct err *e)
{
    PGconn *conn = pg_connect_by(dsn, "doorstep-ingest", PG_CONNECT_MS, wait, e);
    if (!conn)
        return NULL;
    struct db_wait w = wait ? *wait : (struct db_wait){.answer_ms = DB_BATCH_MS};
    if (!check_version(conn, e) || !pg_limit(conn, &w, e)) {
        PQfinish(conn);
        return NULL;
    }
    struct feed_load *l = xcalloc(1, sizeof *l);
    l->conn = conn;
    l->wait = w;
    buf_init(&l->text, 0);
    return l;
}

void feed_load_close(struct feed_load *l)
{
    if (!l)
        return;
    PQfinish(l->conn);
    buf_finish(&l->text);
    free(l);
}

/* A random (version 4) uuid: nobody else's batch. */
static void new_batch(char out[37])
{
    unsigned char b[16];
    if (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b)
        die("no random numbers from the system");
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    char *p = out;
    for (size_t i = 0; i < sizeof b; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *p++ = '-';
        p += snprintf(p, 3, "%02x", b[i]);
    }
}

static char escape_of(char c)
{
    switch (c) {
    case '\\': return '\\';
    case '\t': return 't';
    case '\n': return 'n';
    case '\r': return 'r';
    default: return '\0';
    }
}

/* One field of COPY's text format; absent and empty are both NULL. */
static void add_field(struct buf *b, const char *s, size_t n)
{
    if (!s || n == 0) {
        buf_puts(b, "\\N");
        return;
    }
    size_t done = 0;
    for (size_t i = 0; i < n; i++) {
        char esc = escape_of(s[i]);
        if (!esc)
            continue;
        buf_add(b, s + done, i - done);
        buf_putc(b, '\\');
        buf_putc(b, esc);
        done = i + 1;
    }
    buf_add(b, s + done, n - done);
}

bool feed_load_row(struct feed_load *l, const char *const *fields, const size_t *sizes, int count, struct err *e)
{
    if (l->failed)
        return err_set(e, ERR_AGAIN, NULL, "loading stopped at an earlier error; run the command again");
    if (l->rows == 0)
        new_batch(l->batch);
    buf_printf(&l->text, "%s\t%d", l->batch, l->rows++);
    for (int i = 0; i < count; i++) {
        buf_putc(&l->text, '\t');
        add_field(&l->text, fields[i], fields[i] ? sizes[i] : 0);
    }
    buf_putc(&l->text, '\n');
    return true;
}

static void add_counts(struct feed_counts *sum, const PGresult *r)
{
    int64_t *const to[] = { &sum->accepted, &sum->duplicates, &sum->events, &sum->opened,
                            &sum->updated, &sum->resolved, &sum->unmapped };
    for (int i = 0; i < (int)(sizeof to / sizeof to[0]) && i < PQnfields(r); i++)
        *to[i] += strtoll(PQgetvalue(r, 0, i), NULL, 10);
}

static bool run(struct feed_load *l, const char *sql, struct err *e)
{
    PGresult *r = pg_exec(l->conn, &(struct pg_statement){.sql = sql}, &l->wait, e);
    PQclear(r);
    return r != NULL;
}

/* Leaves a transaction that failed, so that the connection is clean; its own error is not news. */
static void roll_back(struct feed_load *l)
{
    if (PQstatus(l->conn) != CONNECTION_BAD)
        run(l, "ROLLBACK", NULL);
}

/* Waits for the merge under way: its counts, COMMIT's answer, the end of the pipeline. Only
 * a committed batch is counted. */
static bool await_merge(struct feed_load *l, struct err *e)
{
    if (!l->merging)
        return true;
    l->merging = false;
    bool ok = true, synced = false, committed = false;
    struct feed_counts counts = l->sum;
    while (!synced && pg_await(l->conn, &l->wait, ok ? e : NULL)) {
        PGresult *r = PQgetResult(l->conn);
        if (!r)
            continue;          /* the end of one statement's results */
        ExecStatusType status = PQresultStatus(r);
        if (status == PGRES_TUPLES_OK && PQntuples(r) == 1)
            add_counts(&counts, r);
        else if (status == PGRES_COMMAND_OK)
            committed = true;
        else if (status == PGRES_FATAL_ERROR && ok)
            ok = pg_error_of(e, r, l->conn);
        synced = status == PGRES_PIPELINE_SYNC;
        PQclear(r);
    }
    if (synced)
        PQexitPipelineMode(l->conn);
    if (ok && synced && committed) {
        l->sum = counts;
        FAULT(INGEST_DONE);
        return true;
    }
    if (synced)
        roll_back(l);
    return fail(l, e);
}

static bool put_text(struct feed_load *l, struct err *e)
{
    const size_t piece = 1 << 16;
    for (size_t at = 0; at < l->text.len; at += piece) {
        size_t n = l->text.len - at < piece ? l->text.len - at : piece;
        if (PQputCopyData(l->conn, l->text.data + at, (int)n) != 1)
            return pg_error_connection(e, l->conn, false);
        if (!pg_flush(l->conn, &l->wait, e))
            return false;
    }
    return PQputCopyEnd(l->conn, NULL) == 1 || pg_error_connection(e, l->conn, false);
}

static bool copy_batch(struct feed_load *l, struct err *e)
{
    if (!run(l, "BEGIN", e) || !run(l, copy_sql, e) || !put_text(l, e))
        return false;
    PGresult *r = pg_take(l->conn, &l->wait, e);
    PQclear(r);
    FAULT(INGEST_COPIED);
    return r != NULL;
}

/* Merge and COMMIT leave together: the server commits, notifies and lets go of its locks
 * also while this program is busy parsing. */
static bool start_merge(struct feed_load *l)
{
    const char *param = l->batch;
    if (!PQenterPipelineMode(l->conn))
        return false;
    l->merging = PQsendQueryParams(l->conn, merge_sql, 1, NULL, &param, NULL, NULL, 0) &&
                 PQsendQueryParams(l->conn, "COMMIT", 0, NULL, NULL, NULL, NULL, 0) && PQpipelineSync(l->conn);
    FAULT(INGEST_SENT);
    return l->merging;
}

bool feed_load_flush(struct feed_load *l, struct err *e)
{
    if (l->failed)
        return err_set(e, ERR_AGAIN, NULL, "loading stopped at an earlier error; run the command again");
    if (!await_merge(l, e))
        return false;
    if (l->rows == 0)
        return true;
    if (!copy_batch(l, e)) {
        roll_back(l);
        return fail(l, e);
    }
    buf_reset(&l->text);
    l->rows = 0;
    if (start_merge(l))
        return true;
    pg_error_connection(e, l->conn, false);
    return fail(l, e);
}

bool feed_load_finish(struct feed_load *l, struct feed_counts *out, struct err *e)
{
    bool ok = feed_load_flush(l, e) && await_merge(l, e);
    *out = l->sum;             /* also after an error: what was committed before it */
    return ok;
}
