#include "db/migrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/embed.h"
#include "db/pg.h"
#include "db/ship.h"
#include "db/statement.h"

extern const struct embed_file db_schema_files[];

/* Any constant will do, as long as no other program on the database uses it. */
#define LOCK_SQL "SELECT pg_advisory_lock(7236838415219)"
#define LOCK_WAIT_SQL "SET lock_timeout = '60s'"

/* A migration may rewrite a large table, and a server that does so says nothing for as long as it takes. That it is gone is
 * left to TCP here: keepalives and tcp_user_timeout end a connection whose other side does not acknowledge for half a minute. */
static const struct db_wait patient = { .answer_ms = DB_FOREVER };

static int file_version(const struct embed_file *f)
{
    return (int)strtol(f->name, NULL, 10);
}

int db_schema_wanted(void)
{
    int newest = DB_SCHEMA_VERSION_NONE;
    for (const struct embed_file *f = db_schema_files; f->name; f++)
        if (file_version(f) > newest)
            newest = file_version(f);
    return newest;
}

static bool run(PGconn *c, const char *sql, struct err *e)
{
    PGresult *r = pg_exec(c, &(struct pg_statement){ .sql = sql }, &patient, e);
    PQclear(r);
    return r != NULL;
}

static bool read_version(PGconn *c, int *version, struct err *e)
{
    *version = DB_SCHEMA_VERSION_NONE;
    PGresult *r = pg_run(c, "SELECT to_regclass('doorstep.schema_migration') IS NOT NULL", 0, NULL, e);
    if (!r)
        return false;
    bool there = strcmp(PQgetvalue(r, 0, 0), "t") == 0;
    PQclear(r);
    if (!there)
        return true;
    r = pg_run(c, "SELECT max(version) FROM doorstep.schema_migration", 0, NULL, e);
    if (!r)
        return false;
    if (!PQgetisnull(r, 0, 0))
        *version = (int)strtol(PQgetvalue(r, 0, 0), NULL, 10);
    PQclear(r);
    return true;
}

static bool refuse_newer(int version, struct err *e)
{
    if (version <= db_schema_wanted())
        return true;
    return err_set(e, ERR_CONFIG, NULL, "the database has schema version %d and this program knows only up to %d: upgrade doorstep",
                   version, db_schema_wanted());
}

/* Where the file went wrong: by the error's own position when it has one, else by the
 * number of statements that had succeeded before. */
static int error_line(const struct embed_file *f, const PGresult *r, int done)
{
    const char *position = PQresultErrorField(r, PG_DIAG_STATEMENT_POSITION);
    if (position)
        return pg_line_of(f->data, (int)strtol(position, NULL, 10));
    return statement_line(f->data, f->size, done);
}

static bool run_file(PGconn *c, const struct embed_file *f, struct err *e)
{
    if (!PQsendQuery(c, f->data))
        return pg_error_connection(e, c, false);
    bool ok = true;
    int done = 0;
    for (PGresult *r; pg_await(c, &patient, e) && (r = PQgetResult(c)) != NULL;) {
        ExecStatusType status = PQresultStatus(r);
        bool fine = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
        if (!fine && ok) {
            pg_error_of(e, r, c);
            err_at(e, "%s:%d", f->name, error_line(f, r, done));
            ok = false;
        }
        done++;
        PQclear(r);
    }
    if (ok && PQstatus(c) == CONNECTION_BAD)
        return pg_error_connection(e, c, false) || err_at(e, "%s", f->name);
    return ok;
}

/* A trigger tells the clients of the older schema. */
static bool record(PGconn *c, const struct embed_file *f, struct err *e)
{
    char version[16];
    snprintf(version, sizeof version, "%d", file_version(f));
    const char *params[] = { version, f->name };
    PGresult *r = pg_run(c, "INSERT INTO doorstep.schema_migration (version, name) VALUES ($1::int, $2)", 2, params, e);
    PQclear(r);
    return r ? true : err_at(e, "%s", f->name);
}

static bool apply(PGconn *c, const struct embed_file *f, struct err *e)
{
    if (run(c, "BEGIN", e) && run_file(c, f, e) && record(c, f, e) && run(c, "COMMIT", e))
        return true;
    run(c, "ROLLBACK", NULL);        /* e already says what happened */
    return false;
}

static bool apply_all(PGconn *c, struct migrate_result *out, struct err *e)
{
    for (const struct embed_file *f = db_schema_files; f->name; f++) {
        if (file_version(f) <= out->from)
            continue;
        if (!apply(c, f, e))
            return false;
        out->applied++;
        out->to = file_version(f);
    }
    return true;
}

static bool migrate(PGconn *c, bool check_only, struct migrate_result *out, struct err *e)
{
    bool locked = check_only || (run(c, LOCK_WAIT_SQL, e) && run(c, LOCK_SQL, e));
    if (!locked)
        return false;
    if (!read_version(c, &out->from, e) || !refuse_newer(out->from, e))
        return false;
    out->to = out->from;
    return check_only || (apply_all(c, out, e) && ship_messages(c, e));
}

bool db_migrate(const char *dsn, bool check_only, struct migrate_result *out, struct err *e)
{
    *out = (struct migrate_result){ .from = DB_SCHEMA_VERSION_NONE, .to = DB_SCHEMA_VERSION_NONE };
    PGconn *c = pg_connect(dsn, "doorstep migrate", PG_CONNECT_MS, e);
    if (!c)
        return false;
    PQsetErrorVerbosity(c, PQERRORS_DEFAULT);
    bool ok = migrate(c, check_only, out, e);
    PQfinish(c);  /* gives the lock back too */
    return ok;
}
