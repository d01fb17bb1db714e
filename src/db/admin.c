#include "db/admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/pg.h"

#define APPLICATION "doorstep admin"

bool db_create_database(const char *dsn, const char *name, struct err *e)
{
    PGconn *c = pg_connect(dsn, APPLICATION, PG_CONNECT_MS, e);
    if (!c)
        return false;
    PGresult *r = pg_run(c, "SELECT 1 FROM pg_database WHERE datname = $1", 1, &name, e);
    bool ok = r != NULL;
    if (ok && PQntuples(r) == 0) {
        char sql[200];
        char *quoted = PQescapeIdentifier(c, name, strlen(name));
        snprintf(sql, sizeof sql, "CREATE DATABASE %s", quoted ? quoted : "");
        PQfreemem(quoted);
        PQclear(r);
        r = pg_run(c, sql, 0, NULL, e);
        ok = r != NULL;
    }
    PQclear(r);
    PQfinish(c);
    return ok;
}

static bool script_went(PGconn *c, const char *name, const char *sql, const PGresult *r, struct err *e)
{
    ExecStatusType status = PQresultStatus(r);
    const char *at = PQresultErrorField(r, PG_DIAG_STATEMENT_POSITION);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        return true;
    pg_error_of(e, r, c);
    return at ? err_at(e, "%s:%d", name, pg_line_of(sql, (int)strtol(at, NULL, 10))) : err_at(e, "%s", name);
}

bool db_run_script(const char *dsn, const char *name, const char *sql, struct err *e)
{
    PGconn *c = pg_connect(dsn, APPLICATION, PG_CONNECT_MS, e);
    if (!c)
        return false;
    static const struct db_wait patient = {.answer_ms = DB_FOREVER};   /* it may make a world, or drop one */
    bool ok = PQsendQuery(c, sql) || pg_error_connection(e, c, false);
    bool asked = ok;
    for (PGresult *r; asked && (asked = pg_await(c, &patient, ok ? e : NULL)) && (r = PQgetResult(c)) != NULL; PQclear(r))
        ok = ok && script_went(c, name, sql, r, e);
    ok = ok && (asked || err_at(e, "%s", name));
    PQfinish(c);
    return ok;
}

bool db_ask_text(const char *dsn, const char *sql, const char *param, char *out, size_t size, struct err *e)
{
    out[0] = '\0';
    PGconn *c = pg_connect(dsn, APPLICATION, PG_CONNECT_MS, e);
    if (!c)
        return false;
    PGresult *r = pg_run(c, sql, param ? 1 : 0, &param, e);
    if (PQntuples(r) > 0 && PQnfields(r) > 0)
        pg_clean(out, size, PQgetvalue(r, 0, 0), (size_t)PQgetlength(r, 0, 0));
    bool ok = r != NULL;
    PQclear(r);
    PQfinish(c);
    return ok;
}
