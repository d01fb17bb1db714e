/* Statements whose answer is waited for, each with an end: what PQexec does, for servers that may fall silent. */
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

#include "db/pg.h"
#include "loop/loop.h"

static int answer_ms(const struct db_wait *w)
{
    return w && w->answer_ms ? w->answer_ms : DB_ANSWER_MS;
}

bool pg_until(const struct db_wait *w, int fd, bool write, int ms)
{
    struct pollfd p = {.fd = fd, .events = (short)(POLLIN | (write ? POLLOUT : 0))};
    if (w && w->until)
        return w->until(w->ctx, fd, write, ms);
    poll(&p, 1, ms);
    return true;
}

/* A cancel request would wait for the same dead peer, and so would a polite end: the socket is shut, and libpq finds it out. */
static bool hang_up(PGconn *c)
{
    if (PQsocket(c) >= 0)
        shutdown(PQsocket(c), SHUT_RDWR);
    PQconsumeInput(c);
    return false;
}

/* One wait. *heard: when there was a sign last. False: no connection any more, e says why. */
static bool wait_once(PGconn *c, const struct db_wait *w, bool write, int64_t *heard, struct err *e)
{
    int most = answer_ms(w);
    int64_t left = most == DB_FOREVER ? -1 : *heard + most - loop_now();
    if (most != DB_FOREVER && left <= 0) {
        pg_error_silent(e, c, most);
        return hang_up(c);
    }
    struct pollfd p = {.fd = PQsocket(c), .events = (short)(POLLIN | (write ? POLLOUT : 0))};
    if (!pg_until(w, p.fd, write, (int)left)) {
        err_set(e, ERR_AGAIN, NULL, "it was stopped before PostgreSQL answered");
        return hang_up(c);
    }
    if (poll(&p, 1, 0) <= 0)
        return true;
    *heard = loop_now();
    return !(p.revents & ~POLLOUT) || PQconsumeInput(c) || pg_error_connection(e, c, false);
}

bool pg_flush(PGconn *c, const struct db_wait *w, struct err *e)
{
    int64_t heard = loop_now();
    int left;
    while ((left = PQflush(c)) > 0)
        if (!wait_once(c, w, true, &heard, e))
            return false;
    return left == 0 || pg_error_connection(e, c, false);
}

bool pg_await(PGconn *c, const struct db_wait *w, struct err *e)
{
    int64_t heard = loop_now();
    if (!pg_flush(c, w, e))
        return false;
    while (PQisBusy(c))
        if (!wait_once(c, w, false, &heard, e))
            return false;
    return true;
}

static bool is_good(const PGresult *r)
{
    ExecStatusType status = PQresultStatus(r);
    return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_COPY_IN;
}

bool pg_error_of(struct err *e, const PGresult *r, const PGconn *c)
{
    bool said = PQresultErrorField(r, PG_DIAG_SQLSTATE) != NULL;
    if (PQstatus(c) == CONNECTION_BAD)
        return said ? pg_error_end(e, r, c) : pg_error_connection(e, c, false);
    return pg_error_result(e, r);
}

PGresult *pg_take(PGconn *c, const struct db_wait *w, struct err *e)
{
    PGresult *kept = NULL;
    bool up, more = true;
    while ((up = pg_await(c, w, e)) && more) {
        PGresult *r = PQgetResult(c);
        more = r && PQresultStatus(r) != PGRES_COPY_IN;
        bool keep = r && (!kept || is_good(kept));     /* the last, or the first that failed */
        PQclear(keep ? kept : r);
        kept = keep ? r : kept;
    }
    if (up && kept && is_good(kept))
        return kept;
    if (kept && !is_good(kept))
        pg_error_of(e, kept, c);                       /* what the server said before it went says more */
    else if (up)
        pg_error_connection(e, c, false);
    PQclear(kept);
    return NULL;
}

PGresult *pg_exec(PGconn *c, const struct pg_statement *s, const struct db_wait *w, struct err *e)
{
    if (PQsendQueryParams(c, s->sql, s->count, NULL, s->params, s->sizes, s->formats, 0))
        return pg_take(c, w, e);
    pg_error_connection(e, c, false);
    return NULL;
}

PGresult *pg_run(PGconn *c, const char *sql, int count, const char *const *params, struct err *e)
{
    return pg_exec(c, &(struct pg_statement){.sql = sql, .count = count, .params = params}, NULL, e);
}

bool pg_limit(PGconn *c, const struct db_wait *w, struct err *e)
{
    char sql[200];
    int ms = answer_ms(w);
    if (ms == DB_FOREVER)
        return true;
    /* who does other things meanwhile may be frozen with a transaction open, and others wait for what it locks */
    snprintf(sql, sizeof sql, "SELECT set_config('statement_timeout', '%d', false)%s", ms - ms / 10,
             w && w->until ? ", set_config('idle_in_transaction_session_timeout', '60000', false)" : "");
    PGresult *r = pg_exec(c, &(struct pg_statement){.sql = sql}, w, e);
    PQclear(r);
    return r != NULL;
}
