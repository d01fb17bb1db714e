/* What doctor asks a database. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/admin.h"
#include "db/migrate.h"
#include "db/pg.h"
#include "loop/loop.h"
#include "probe_in.h"

#define APPLICATION "doorstep doctor"
#define LISTEN_WAIT_MS 2000

void probe_keep(char *out, size_t size, const char *text)
{
    text = text ? text : "";
    pg_clean(out, size, text, strlen(text));
}

/* PQexec with an end: a server that took the connection may say nothing any more. Then everything asked later is not
 * asked. NULL is a result without rows, as for libpq. */
PGresult *probe_ask(PGconn *c, const char *sql, struct db_probe *out)
{
    int64_t deadline = loop_now() + DB_PROBE_PATIENCE_MS;
    PGresult *last = NULL;
    if (out->stalled || !PQsendQuery(c, sql))
        return NULL;
    for (;;) {
        while (PQisBusy(c)) {
            struct pollfd p = {.fd = PQsocket(c), .events = POLLIN};
            int64_t left = deadline - loop_now();
            out->stalled = left <= 0 || (poll(&p, 1, (int)left) == 0 && loop_now() >= deadline);
            if (out->stalled || !PQconsumeInput(c)) {
                PQclear(last);
                return NULL;
            }
        }
        PGresult *r = PQgetResult(c);
        if (!r)
            return last;
        PQclear(last);
        last = r;
    }
}

/* One value, "" when the query fails or gives nothing. */
static void ask(PGconn *c, struct db_probe *p, const char *sql, char *out, size_t size)
{
    PGresult *r = probe_ask(c, sql, p);
    probe_keep(out, size, PQntuples(r) > 0 ? PQgetvalue(r, 0, 0) : "");
    PQclear(r);
}

static bool ask_yes(PGconn *c, struct db_probe *p, const char *sql)
{
    char answer[8];
    ask(c, p, sql, answer, sizeof answer);
    return answer[0] == 't';
}

static void probe_server(PGconn *c, struct db_probe *out)
{
    out->server_version = PQserverVersion(c);
    const char *host = PQhost(c);
    probe_keep(out->server, sizeof out->server, host && host[0] ? host : "the default socket");
    probe_keep(out->database, sizeof out->database, PQdb(c));
    out->unix_socket = host && (host[0] == '/' || host[0] == '@');
    out->encrypted = PQsslInUse(c) != 0;
    ask(c, out, "SELECT session_user", out->role, sizeof out->role);
    out->standby = ask_yes(c, out, "SELECT pg_is_in_recovery()");
    out->read_only = ask_yes(c, out, "SELECT current_setting('transaction_read_only')::bool");
}

static void probe_schema(PGconn *c, struct db_probe *out)
{
    char text[32];
    out->schema_version = DB_SCHEMA_VERSION_NONE;
    out->level = ROLE_NONE;
    if (!ask_yes(c, out, "SELECT to_regnamespace('doorstep') IS NOT NULL"))
        return;
    out->schema_closed = ask_yes(c, out, "SELECT NOT has_schema_privilege('doorstep', 'USAGE')");
    ask(c, out, "SELECT doorstep.schema_version()", text, sizeof text);
    if (text[0])
        out->schema_version = (int)strtol(text, NULL, 10);
    static const struct { const char *sql; enum role_level level; } groups[] = {
        {"SELECT pg_has_role(session_user, 'doorstep_admin', 'member')", ROLE_ADMIN},
        {"SELECT pg_has_role(session_user, 'doorstep_lead', 'member')", ROLE_LEAD},
        {"SELECT pg_has_role(session_user, 'doorstep_agent', 'member')", ROLE_AGENT},
        {"SELECT pg_has_role(session_user, 'doorstep_viewer', 'member')", ROLE_VIEWER},
    };
    for (size_t i = 0; i < sizeof groups / sizeof *groups && out->level == ROLE_NONE; i++)
        if (ask_yes(c, out, groups[i].sql))
            out->level = groups[i].level;
}

static void probe_health(PGconn *c, struct db_probe *out)
{
    if (out->schema_version != db_schema_wanted() || out->level == ROLE_NONE)
        return;
    PGresult *r = probe_ask(c, "SELECT subject, message, wrong FROM doorstep.health()", out);
    for (int i = 0; i < PQntuples(r) && i < HEALTH_MOST; i++) {
        struct db_health *h = &out->health[out->health_count++];
        probe_keep(h->subject, sizeof h->subject, PQgetvalue(r, i, 0));
        probe_keep(h->message, sizeof h->message, PQgetvalue(r, i, 1));
        h->wrong = PQgetvalue(r, i, 2)[0] == 't';
    }
    PQclear(r);
}

/* The server read its clock somewhere between `before` and `after`: the middle is the best guess. */
static void probe_clock(PGconn *c, struct db_probe *out)
{
    char text[32];
    int64_t before = loop_wall();
    ask(c, out, "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint", text, sizeof text);
    int64_t after = loop_wall();
    out->round_trip_ms = after - before;
    out->skew_ms = text[0] ? strtoll(text, NULL, 10) - (before + after) / 2 : 0;
}

/* A pooler in transaction mode gives each transaction whatever backend is free. To make that show, a second
 * connection holds a transaction open between our two: behind a pooler it takes the backend we had. */
static void probe_pooling(PGconn *c, const char *dsn, struct db_probe *out)
{
    char first[24], second[24];
    ask(c, out, "SELECT pg_backend_pid()", first, sizeof first);
    PGconn *other = pg_connect(dsn, APPLICATION, PG_CONNECT_MS, NULL);
    if (other)
        PQclear(probe_ask(other, "BEGIN; SELECT 1", out));
    ask(c, out, "SELECT pg_backend_pid()", second, sizeof second);
    PQfinish(other);
    out->same_backend = first[0] && strcmp(first, second) == 0;
}

static bool own_notification(PGconn *c)
{
    bool found = false;
    for (PGnotify *n; (n = PQnotifies(c)); PQfreemem(n))
        found = found || strcmp(n->relname, "doorstep_doctor") == 0;
    return found;
}

/* Listens here and notifies from a second connection, so that it is delivery that is tried. */
static void probe_listen(PGconn *c, const char *dsn, struct db_probe *out)
{
    PGresult *r = probe_ask(c, "LISTEN doorstep_doctor", out);
    if (PQresultStatus(r) != PGRES_COMMAND_OK) {
        probe_keep(out->listen_error, sizeof out->listen_error, PQresultErrorMessage(r));
        PQclear(r);
        return;
    }
    PQclear(r);
    struct err e = {0};
    PGconn *other = pg_connect(dsn, APPLICATION, PG_CONNECT_MS, &e);
    r = other ? probe_ask(other, "NOTIFY doorstep_doctor", out) : NULL;
    if (!other)
        probe_keep(out->listen_error, sizeof out->listen_error, e.text);
    PQclear(r);
    PQfinish(other);
    int64_t deadline = loop_now() + LISTEN_WAIT_MS;
    while (!out->listen_error[0] && !out->listen_works) {
        int64_t left = deadline - loop_now();
        struct pollfd p = {.fd = PQsocket(c), .events = POLLIN};
        if (left <= 0 || poll(&p, 1, (int)left) < 0 || !PQconsumeInput(c))
            break;
        out->listen_works = own_notification(c);
    }
    PQclear(probe_ask(c, "UNLISTEN doorstep_doctor", out));
}

bool db_probe(const char *dsn, struct db_probe *out, struct err *e)
{
    *out = (struct db_probe){0};
    PGconn *c = pg_connect(dsn, APPLICATION, PG_CONNECT_MS, e);
    if (!c)
        return false;
    probe_server(c, out);
    probe_schema(c, out);
    probe_load(c, out);
    probe_health(c, out);
    probe_clock(c, out);
    if (!out->stalled)
        probe_pooling(c, dsn, out);
    if (!out->standby && !out->stalled)
        probe_listen(c, dsn, out);
    PQfinish(c);
    return true;
}
