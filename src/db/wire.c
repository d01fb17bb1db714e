#include "db/wire.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "db/query.h"
#include "db/trace_in.h"
#include "loop/fault.h"

/* A statement that runs too long is given up by the server first (statement_timeout, set a
 * little lower). When even that answer does not come, server or network are gone, and a
 * cancel request would wait for the same dead peer: the connection is closed instead, and a
 * write that was under way is in doubt, to be asked again with its key. */

static void on_io(void *ctx, int fd, unsigned events);
static void on_connecting(void *ctx, int fd, unsigned events);

static void on_deadline(void *ctx);

void wire_init(struct wire *w, struct loop *loop, int deadline_ms, const struct wire_events *ev)
{
    *w = (struct wire){ .loop = loop, .ev = *ev, .fd = -1, .deadline_ms = deadline_ms };
    loop_timer_init(&w->deadline, on_deadline, w);
}

/* Waits for the connection's socket, or with no events no longer. libpq goes on with another socket while it connects, and closes one by
 * itself where the server ended: its number is nobody's then, or somebody else's in a moment. */
static void watch(struct wire *w, unsigned events, loop_io_fn *fn)
{
    int fd = events ? PQsocket(w->conn) : -1;
    if (w->fd >= 0 && w->fd != fd)
        loop_watch(w->loop, w->fd, 0, NULL, NULL);
    w->fd = fd;
    if (fd >= 0)
        loop_watch(w->loop, fd, events, fn, w);
}

struct call *wire_close(struct wire *w)
{
    struct call *under_way = w->first;
    loop_disarm(w->loop, &w->deadline);
    if (w->conn) {
        w->host = pg_host_number(w->conn);
        watch(w, 0, NULL);
        PQfinish(w->conn);
    }
    statements_clear(&w->statements);
    w->conn = NULL;
    w->up = w->broken = false;
    w->first = w->last = NULL;
    w->under_way = 0;
    return under_way;
}

void wire_finish(struct wire *w)
{
    for (struct call *c = wire_close(w), *next; c; c = next) {
        next = c->next;
        call_destroy(c);
    }
}

static void lose(struct wire *w, const struct err *why)
{
    struct call *under_way = wire_close(w);
    w->ev.lost(w->ev.ctx, why, under_way);
}

static void lose_connection(struct wire *w)
{
    struct err why;
    pg_error_connection(&why, w->conn, !w->up);
    lose(w, &why);
}

static void give_up(struct wire *w, int64_t silent_ms)
{
    struct err why;
    pg_error_silent(&why, w->conn, silent_ms);
    w->timed_out = w->move_on = true;
    lose(w, &why);
}

static void on_deadline(void *ctx)
{
    struct wire *w = ctx;
    if (w->broken)
        lose_connection(w);
    else
        give_up(w, loop_now() - (w->first && w->up ? w->first->sent_at : w->begun_at));
}

/* The oldest call's time counts; later ones have theirs once it is done. */
static void watch_deadline(struct wire *w)
{
    if (w->broken)
        return;
    if (w->first) {
        int wait = w->first->patience_ms > w->deadline_ms ? w->first->patience_ms : w->deadline_ms;
        if (w->first->pulse && wait > CALL_PULSE_MS)
            wait = CALL_PULSE_MS;
        loop_arm(w->loop, &w->deadline, w->first->sent_at + wait);
    } else {
        loop_disarm(w->loop, &w->deadline);
    }
}

/* --- connecting -------------------------------------------------------------- */

/* A host that swallows packets is left soon while there are others; each step forward gives it more time. */
static void watch_connecting(struct wire *w)
{
    int64_t at = loop_now() + w->patience_ms, most = w->begun_at + PG_CONNECT_MS;
    loop_arm(w->loop, &w->deadline, at < most ? at : most);
}

bool wire_connect(struct wire *w, const char *dsn, const char *application, unsigned rotate, struct err *e)
{
    w->timed_out = w->move_on = false;
    w->conn = pg_connect_start(dsn, application, rotate, e);
    if (!w->conn)
        return false;
    w->move_on = true;             /* until it is up */
    w->came_up = false;
    w->hosts = pg_hosts(w->conn);
    w->begun_at = loop_now();
    w->patience_ms = backoff_patience(w->backoff, w->hosts);
    if (PQstatus(w->conn) == CONNECTION_BAD) {
        pg_error_connection(e, w->conn, true);
        wire_close(w);
        return false;
    }
    watch_connecting(w);
    watch(w, LOOP_WRITE, on_connecting);
    return true;
}

/* A peer in the network that vanished while nobody asks it anything: the kernel finds out, and nobody wakes up meanwhile. Who says in
 * the DSN how has that. */
static void watch_silence(int fd)
{
    static const struct { int option, before, now; } options[] = {
        {TCP_KEEPIDLE, PG_KEEPALIVE_IDLE, 6}, {TCP_KEEPINTVL, PG_KEEPALIVE_INTERVAL, 2}, {TCP_KEEPCNT, PG_KEEPALIVE_COUNT, 3},
        {TCP_USER_TIMEOUT, PG_USER_TIMEOUT_MS, 12000},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        int value = 0;
        socklen_t size = sizeof value;
        if (getsockopt(fd, IPPROTO_TCP, options[i].option, &value, &size) == 0 && value == options[i].before)
            setsockopt(fd, IPPROTO_TCP, options[i].option, &options[i].now, sizeof options[i].now);
    }
}

static void came_up(struct wire *w)
{
    watch_silence(PQsocket(w->conn));
    loop_disarm(w->loop, &w->deadline);
    w->up = w->came_up = true;
    w->move_on = false;
    w->heard_at = loop_now();
    PQsetnonblocking(w->conn, 1);
    PQenterPipelineMode(w->conn);
    watch(w, LOOP_READ, on_io);
    w->ev.up(w->ev.ctx);
}

static void on_connecting(void *ctx, int fd, unsigned events)
{
    struct wire *w = ctx;
    (void)fd;
    (void)events;
    watch(w, 0, NULL);
    PostgresPollingStatusType status = PQconnectPoll(w->conn);
    if (status == PGRES_POLLING_OK)
        came_up(w);
    else if (status == PGRES_POLLING_FAILED)
        lose_connection(w);
    else {
        watch_connecting(w);
        watch(w, status == PGRES_POLLING_READING ? LOOP_READ : LOOP_WRITE, on_connecting);
    }
}

/* --- sending ----------------------------------------------------------------- */

static bool send_prepare(struct wire *w, struct call_part *p)
{
    bool prepare;
    free(p->evicted.sql);
    const char *name = statements_find(&w->statements, p->query ? p->query : p->sql, p->query != NULL, &prepare, &p->evicted);
    memcpy(p->name, name, sizeof p->name);
    if (p->evicted.sql) {
        char sql[48] = "DEALLOCATE ";
        memcpy(sql + strlen(sql), p->evicted.name, strlen(p->evicted.name) + 1);
        p->before++;
        if (!PQsendQueryParams(w->conn, sql, 0, NULL, NULL, NULL, NULL, 0))
            return false;
    }
    if (!prepare)
        return true;
    p->before++;
    if (p->query)
        return PQsendQueryParams(w->conn, query_text(p->query), 0, NULL, NULL, NULL, NULL, 0);
    return PQsendPrepare(w->conn, p->name, p->sql, 0, NULL);
}

static bool send_all(struct wire *w, struct call *c)
{
    for (int i = c->at; i < c->parts; i++) {
        struct call_part *p = &c->part[i];
        if (!send_prepare(w, p) ||
            !PQsendQueryPrepared(w->conn, p->name, p->count, (const char *const *)p->params, NULL, NULL, c->text ? 0 : 1))
            return false;
    }
    return PQpipelineSync(w->conn) != 0;
}

/* False: it failed; the reader will find out. */
static bool flush(struct wire *w)
{
    int left = PQflush(w->conn);
    watch(w, LOOP_READ | (left > 0 ? LOOP_WRITE : 0U), on_io);
    return left >= 0;
}

void wire_send(struct wire *w, struct call *c)
{
    c->next = NULL;
    c->sent_at = loop_now();
    if (w->last)
        w->last->next = c;
    else
        w->first = c;
    w->last = c;
    w->under_way++;
    if (!w->broken && send_all(w, c) && flush(w)) {
        if (call_writes(c))
            FAULT(CALL_SENT);
        if (w->first == c)
            watch_deadline(w);
        return;
    }
    w->broken = true;          /* told later: the caller is in the middle of something */
    loop_arm(w->loop, &w->deadline, 0);
}

/* --- results ----------------------------------------------------------------- */

static void take_result(struct wire *w, struct call *c, const PGresult *r)
{
    if (c->at >= c->parts)
        return;
    struct call_part *p = &c->part[c->at];
    ExecStatusType status = PQresultStatus(r);
    bool fine = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
    if (!fine && status != PGRES_PIPELINE_ABORTED && !c->failed) {
        c->failed = true;
        pg_error_result(&c->reply.error, r);
    }
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    bool preparing = p->before == 1;
    if (!fine && (preparing || (state && strcmp(state, "26000") == 0)))
        statements_drop(&w->statements, p->name);
    if (p->before == 2 && status == PGRES_PIPELINE_ABORTED)
        statements_restore(&w->statements, &p->evicted);
    if (p->before > 0) {
        p->before--;
        return;
    }
    c->at++;
    if (fine && p->take) {
        trace_result(c, r);
        p->take(c, r);
    }
}

/* Errors that end the connection come as an answer to whatever was asked last. */
static bool is_end(const PGresult *r)
{
    const char *severity = PQresultErrorField(r, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (PQresultStatus(r) != PGRES_FATAL_ERROR)
        return false;
    return !severity || strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0;
}

static void finish_first(struct wire *w)
{
    struct call *c = w->first;
    w->first = c->next;
    if (!w->first)
        w->last = NULL;
    else
        w->first->sent_at = loop_now();
    w->under_way--;
    c->next = NULL;
    watch_deadline(w);
    if (call_writes(c))
        FAULT(CALL_ANSWERED);
    if (!c->failed && c->at < c->parts)
        wire_send(w, c);       /* its results asked for more: behind what others asked meanwhile */
    else
        w->ev.done(w->ev.ctx, c);
}

/* False: the connection is at its end, *why says so. */
static bool read_results(struct wire *w, struct err *why)
{
    int nothing = 0;           /* a NULL ends each statement's results; two in a row: no more to come */
    while (w->first && !PQisBusy(w->conn) && nothing < 2) {
        PGresult *r = PQgetResult(w->conn);
        if (!r) {
            nothing++;
            continue;
        }
        nothing = 0;
        if (is_end(r)) {
            pg_error_end(why, r, w->conn);
            PQclear(r);
            return false;
        }
        bool sync = PQresultStatus(r) == PGRES_PIPELINE_SYNC;
        if (!sync)
            take_result(w, w->first, r);
        PQclear(r);
        if (sync)
            finish_first(w);
    }
    return true;
}

static void read_notifies(struct wire *w)
{
    PGnotify *n;
    while (w->conn && (n = PQnotifies(w->conn)) != NULL) {
        w->ev.notify(w->ev.ctx, n->relname, n->extra);
        PQfreemem(n);
    }
}

/* What watch_silence() asked for has come. */
static bool fell_silent(int fd)
{
    int error = 0;
    socklen_t size = sizeof error;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == ETIMEDOUT;
}

static void on_io(void *ctx, int fd, unsigned events)
{
    struct wire *w = ctx;
    struct err why;
    if (w->reading)
        return;                /* somebody drains from inside a callback */
    if ((events & LOOP_ERROR) && fell_silent(fd)) {
        give_up(w, loop_now() - w->heard_at);
        return;
    }
    w->reading = true;
    bool read = events & (LOOP_READ | LOOP_ERROR);
    w->heard_at = read ? loop_now() : w->heard_at;
    bool alive = !read || PQconsumeInput(w->conn);
    if (!alive)
        watch(w, 0, NULL);     /* before anybody opens something else */
    bool ended = !read_results(w, &why);
    if (w->conn && !ended)
        read_notifies(w);
    bool flushed = !w->conn || ended || !alive || !(events & LOOP_WRITE) || flush(w);
    w->reading = false;
    if (!w->conn)
        return;
    if (ended)
        lose(w, &why);
    else if (!alive || !flushed)
        lose_connection(w);
}

void wire_drain(struct wire *w, int ms)
{
    int64_t until = loop_now() + ms, now;
    while (w->conn && w->up && w->under_way > 0 && !w->reading && (now = loop_now()) < until) {
        struct pollfd p = { .fd = PQsocket(w->conn), .events = (short)(POLLIN | (PQflush(w->conn) > 0 ? POLLOUT : 0)) };
        if (poll(&p, 1, (int)(until - now)) > 0)
            on_io(w, p.fd, LOOP_READ | ((p.revents & POLLOUT) ? LOOP_WRITE : 0U));
    }
}
