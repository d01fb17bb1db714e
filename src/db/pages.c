#include "db/pages.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "db/migrate.h"
#include "db/pg.h"

enum { BATCH = 1000 };

struct pages { PGconn *conn; };

static bool check_version(PGconn *conn, struct err *e)
{
    PGresult *r = pg_limit(conn, NULL, e) ? pg_run(conn, "SELECT doorstep.schema_version()", 0, NULL, e) : NULL;
    if (!r)
        return false;
    int found = (int)strtol(PQgetvalue(r, 0, 0), NULL, 10);
    PQclear(r);
    return found == db_schema_wanted() ||
           err_set(e, ERR_CONFIG, NULL, "the database has schema version %d, this program needs %d: %s", found, db_schema_wanted(),
                   found < db_schema_wanted() ? "run `doorstep migrate`" : "install the newer doorstep");
}

struct pages *pages_open(const char *dsn, struct err *e)
{
    PGconn *conn = pg_connect(dsn, "doorstep publish", PG_CONNECT_MS, e);
    if (!conn)
        return NULL;
    if (!check_version(conn, e)) {
        PQfinish(conn);
        return NULL;
    }
    struct pages *p = xcalloc(1, sizeof *p);
    p->conn = conn;
    return p;
}

void pages_close(struct pages *p)
{
    if (!p)
        return;
    PQfinish(p->conn);
    free(p);
}

static bool say_right(struct err *e)
{
    if (e->code == ERR_REFUSED)
        err_set(e, ERR_REFUSED, NULL, "publishing pages needs a role in doorstep_worker");
    return false;
}

bool pages_epoch(struct pages *p, int64_t *now_ms, char epoch[40], struct err *e)
{
    PGresult *r = pg_run(p->conn, "SELECT now_ms, epoch FROM doorstep.page_epoch()", 0, NULL, e);
    if (!r)
        return say_right(e);
    *now_ms = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
    snprintf(epoch, 40, "%s", PQgetvalue(r, 0, 1));
    PQclear(r);
    return true;
}

static bool send_ask(struct pages *p, const struct pages_ask *ask, const char *after, struct err *e)
{
    static const char sql[] =
        "SELECT shipment_id, token, data FROM doorstep.page_changed(to_timestamp($1::bigint / 1000.0), $2::bigint, $3::int, $4::text[],"
        " to_timestamp($5::bigint / 1000.0))";
    char since[24], now[24], limit[12];
    snprintf(since, sizeof since, "%" PRId64, ask->since_ms);
    snprintf(now, sizeof now, "%" PRId64, ask->now_ms);
    snprintf(limit, sizeof limit, "%d", BATCH);
    const char *params[] = {ask->since_ms == PAGES_ALL ? NULL : since, after, limit, ask->brands, ask->now_ms ? now : NULL};
    return PQsendQueryParams(p->conn, sql, 5, NULL, params, NULL, NULL, 0) == 1 || pg_error_connection(e, p->conn, false);
}

/* All of what was asked for last. */
static PGresult *take(struct pages *p, struct err *e)
{
    PGresult *r = pg_take(p->conn, NULL, e);
    if (!r)
        say_right(e);
    return r;
}

static bool tell_rows(const PGresult *r, bool (*tell)(void *ctx, const struct page_row *row, struct err *e), void *ctx, struct err *e)
{
    for (int i = 0; i < PQntuples(r); i++) {
        bool none = PQgetisnull(r, i, 2) == 1;
        if (strspn(PQgetvalue(r, i, 1), "0123456789abcdef") != 32 || PQgetlength(r, i, 1) != 32)    /* a file's name is made of it */
            return err_set(e, ERR_BUG, NULL, "page_changed did not answer tokens; tell the makers");
        struct page_row row = {PQgetvalue(r, i, 1), none ? NULL : PQgetvalue(r, i, 2), none ? 0 : (size_t)PQgetlength(r, i, 2)};
        if (!tell(ctx, &row, e))
            return false;
    }
    return true;
}

bool pages_each(struct pages *p, const struct pages_ask *ask, bool (*tell)(void *ctx, const struct page_row *row, struct err *e), void *ctx,
                struct err *e)
{
    if (!send_ask(p, ask, "0", e))
        return false;
    for (bool more = true; more;) {
        struct err ignored;
        PGresult *r = take(p, e);
        if (!r)
            return false;
        int count = PQntuples(r);
        more = count == BATCH;
        bool good = (!more || send_ask(p, ask, PQgetvalue(r, count - 1, 0), e)) && tell_rows(r, tell, ctx, e);
        PQclear(r);
        if (!good) {
            if (more)
                PQclear(take(p, &ignored));
            return false;
        }
    }
    return true;
}
