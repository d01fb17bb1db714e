#include "db/pg.h"

#include <ctype.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/utf8.h"
#include "base/wipe.h"
#include "db/trouble.h"

void pg_clean(char *out, size_t size, const char *text, size_t n)
{
    utf8_clean(text, n, out, size, UTF8_ONE_LINE);
}

bool pg_error_result(struct err *e, const PGresult *r)
{
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    const char *hint = PQresultErrorField(r, PG_DIAG_MESSAGE_HINT);
    const char *raised = PQresultErrorField(r, PG_DIAG_SOURCE_FUNCTION);
    if (!text)
        text = PQresultErrorMessage(r);
    char clean[400], advice[200];
    pg_clean(clean, sizeof clean, text, strcspn(text, "\n"));
    pg_clean(advice, sizeof advice, hint ? hint : "", hint ? strlen(hint) : 0);
    if (!state)
        return err_set(e, ERR_UNREACHABLE, NULL, "the connection to PostgreSQL broke (%s): check the network, and try again", clean);
    if (!raised || strcmp(raised, "exec_stmt_raise") != 0)
        return trouble_set(e, state, NULL, clean, advice);
    /* what our own functions raise says the remedy itself */
    err_set(e, trouble_code(state), NULL, "%s%s%s", clean, advice[0] ? ": " : "", advice);
    if (e)
        snprintf(e->sqlstate, sizeof e->sqlstate, "%s", state);
    return false;
}

bool pg_error_end(struct err *e, const PGresult *r, const PGconn *c)
{
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE), *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    char clean[300], place[160];
    if (!state)
        return pg_error_connection(e, c, false);
    pg_clean(clean, sizeof clean, text ? text : "", text ? strlen(text) : 0);
    pg_place(c, place, sizeof place);
    trouble_set(e, state, place, clean, "");
    if (e && e->code == ERR_BUG)
        e->code = ERR_UNREACHABLE;
    return false;
}

/* Verbose errors read "FATAL:  28P01: password …"; the severity word may be translated,
 * the five characters are not. */
static const char *find_sqlstate(const char *message, char state[6])
{
    for (const char *p = strstr(message, ":  "); p; p = strstr(p + 3, ":  ")) {
        size_t n = 0;
        while (n < 5 && (isdigit((unsigned char)p[3 + n]) || isupper((unsigned char)p[3 + n])))
            n++;
        if (n == 5 && p[8] == ':') {
            memcpy(state, p + 3, 5);
            state[5] = '\0';
            return p + 9 + (p[9] == ' ');
        }
    }
    state[0] = '\0';
    return message;
}

void pg_place(const PGconn *c, char *out, size_t size)
{
    const char *host = PQhost(c), *port = PQport(c);
    bool socket = host && (host[0] == '/' || host[0] == '@');
    char text[160];
    if (!host || !host[0])
        snprintf(text, sizeof text, "its usual socket");
    else if (socket || !port || !port[0] || strcmp(port, "5432") == 0)
        snprintf(text, sizeof text, "%s", host);
    else
        snprintf(text, sizeof text, "%s:%s", host, port);
    pg_clean(out, size, text, strlen(text));
}

/* libpq gives a line to each host it tried, and a second one of advice: "connection to server at "pg1" (…), port 5432 failed:
 * Connection refused", "Is the server running on that host…". The last host's reason is where the trying ended. */
static void last_reason(const char *message, char *out, size_t size)
{
    const char *reason = message;
    for (const char *p = strstr(message, " failed: "); p; p = strstr(p + 1, " failed: "))
        reason = p + strlen(" failed: ");
    pg_clean(out, size, reason, strcspn(reason, "\n"));
}

static int hosts_tried(const char *message)
{
    int n = 0;
    for (const char *p = strstr(message, " failed: "); p; p = strstr(p + 1, " failed: "))
        n++;
    return n;
}

static bool not_connected(struct err *e, const char *message, const char *place)
{
    char reason[300];
    int tried = hosts_tried(message);
    last_reason(message, reason, sizeof reason);
    if (tried > 1)
        return err_set(e, ERR_UNREACHABLE, NULL, "none of the %d servers tried for PostgreSQL takes the connection (%s, the last: %s): wait for the "
                       "failover to end, or check --dsn or PGHOST", tried, place, reason);
    return err_set(e, ERR_UNREACHABLE, NULL, "PostgreSQL at %s does not answer (%s): check that it runs, and --dsn or PGHOST", place,
                   reason[0] ? reason : "no reason given");
}

bool pg_error_connection(struct err *e, const PGconn *c, bool connecting)
{
    char state[6], clean[300], place[160];
    const char *message = PQerrorMessage(c), *text = find_sqlstate(message, state);
    pg_clean(clean, sizeof clean, text, strcspn(text, "\n"));
    pg_place(c, place, sizeof place);
    if (connecting && PQconnectionNeedsPassword(c))
        return err_set(e, ERR_CONFIG, NULL, "PostgreSQL at %s wants a password: put it into ~/.pgpass, or name that file in PGPASSFILE", place);
    if (state[0])
        return trouble_set(e, state, place, clean, strstr(message, TROUBLE_LOCKS) ? TROUBLE_LOCKS : "");
    if (connecting)
        return not_connected(e, message, place);
    return err_set(e, ERR_UNREACHABLE, NULL, "the connection to PostgreSQL at %s was lost (%s): wait a moment, and tell whoever runs it if this lasts",
                   place, clean[0] ? clean : "closed");
}

static void no_notice(void *ctx, const PGresult *r)
{
    (void)ctx;
    (void)r;
}

/* "a,b,c" started at item `from`: "b,c,a". One item stays as it is. */
static char *rotated(const char *list, unsigned from)
{
    unsigned items = 1;
    for (const char *p = list; *p; p++)
        items += *p == ',';
    const char *start = list;
    for (unsigned i = 0; i < from % items; i++)
        start = strchr(start, ',') + 1;
    struct buf b;
    buf_init(&b, 0);
    buf_puts(&b, start);
    if (start > list) {
        buf_putc(&b, ',');
        buf_add(&b, list, (size_t)(start - list) - 1);
    }
    return buf_take(&b);
}

struct connect_words {
    const char *key[64], *value[64];
    char *own[3];
    int count, owned;
};

#define TEXT_OF(number) #number
#define TEXT(macro) TEXT_OF(macro)

static void word(struct connect_words *w, const char *key, const char *value)
{
    w->key[w->count] = key;
    w->value[w->count++] = value;
}

/* What the DSN, the environment and a service file say together. That value of sslmode is refused, so nothing is connected to. */
static PQconninfoOption *given_everywhere(const char *dsn)
{
    static const char *const keys[] = { "dbname", "sslmode", NULL };
    PGconn *c = PQconnectStartParams(keys, (const char *const[]){ dsn ? dsn : "", "-", NULL }, 1);
    PQconninfoOption *all = PQconninfo(c);
    PQfinish(c);
    return all;
}

/* libpq's PQconnectPoll does not leave a host that swallows packets, so after a time-out
 * the next try begins with the next host. */
static void rotate_hosts(struct connect_words *w, const char *dsn, unsigned rotate)
{
    static const char *const lists[] = { "host", "hostaddr", "port" };
    PQconninfoOption *all = rotate ? given_everywhere(dsn) : NULL;
    for (const PQconninfoOption *o = all; o && o->keyword; o++)
        for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
            if (o->val && strcmp(o->keyword, lists[i]) == 0 && strchr(o->val, ',')) {
                w->own[w->owned] = rotated(o->val, rotate);
                word(w, lists[i], w->own[w->owned++]);
            }
    PQconninfoFree(all);
}

/* Both copies of the whole string: libpq frees them as they are. */
static void forget(PQconninfoOption *all)
{
    for (PQconninfoOption *o = all; o && o->keyword; o++)
        wipe(o->val);
    PQconninfoFree(all);
}

PGconn *pg_connect_start(const char *dsn, const char *application, unsigned rotate, struct err *e)
{
    char *why = NULL;
    PQconninfoOption *given = PQconninfoParse(dsn ? dsn : "", &why);
    if (!given) {
        /* other complaints quote the place they stumbled at, which may be half a password */
        bool harmless = why && strncmp(why, "invalid connection option", 25) == 0;
        char clean[200];
        pg_clean(clean, sizeof clean, harmless ? why : "it cannot be read", harmless ? strcspn(why, "\n") : 17);
        PQfreemem(why);
        err_set(e, ERR_CONFIG, "--dsn", "%s: write key=value pairs or postgresql://user@host/database", clean);
        return NULL;
    }
    struct connect_words w = { .count = 0 };
    /* What stands before the DSN it may override; what stands after, not. A TCP peer that
     * vanished is noticed within half a minute. */
    word(&w, "fallback_application_name", application ? application : "doorstep");
    word(&w, "keepalives_idle", TEXT(PG_KEEPALIVE_IDLE));
    word(&w, "keepalives_interval", TEXT(PG_KEEPALIVE_INTERVAL));
    word(&w, "keepalives_count", TEXT(PG_KEEPALIVE_COUNT));
    word(&w, "tcp_user_timeout", TEXT(PG_USER_TIMEOUT_MS));
    word(&w, "dbname", dsn ? dsn : "");
    rotate_hosts(&w, dsn, rotate);
    word(&w, "client_encoding", "UTF8");
    PGconn *c = PQconnectStartParams(w.key, w.value, 1);
    if (!c)
        die("out of memory");
    PQsetNoticeReceiver(c, no_notice, NULL);
    PQsetErrorVerbosity(c, PQERRORS_VERBOSE);
    for (int i = 0; i < w.owned; i++)
        free(w.own[i]);
    forget(given);
    return c;
}

bool pg_error_silent(struct err *e, const PGconn *c, int64_t ms)
{
    char place[160];
    pg_place(c, place, sizeof place);
    return err_set(e, ERR_UNREACHABLE, NULL, "PostgreSQL at %s gave no sign for %d s: check the network and that it runs, and --dsn or PGHOST", place,
                   (int)((ms + 500) / 1000));
}

static char *conninfo(PGconn *c, const char *keyword)
{
    PQconninfoOption *all = PQconninfo(c);
    char *value = NULL;
    for (const PQconninfoOption *o = all; o && o->keyword && !value; o++)
        if (strcmp(o->keyword, keyword) == 0 && o->val)
            value = xstrdup(o->val);
    forget(all);
    return value;
}

static unsigned items_of(const char *list)
{
    unsigned n = list && *list ? 1 : 0;
    for (const char *p = list; p && *p; p++)
        n += *p == ',';
    return n;
}

unsigned pg_hosts(PGconn *c)
{
    char *hosts = conninfo(c, "host"), *addresses = conninfo(c, "hostaddr");
    unsigned n = items_of(hosts), m = items_of(addresses);
    free(hosts);
    free(addresses);
    return n > m ? n : m;
}

/* Is this item of the list (a list of one stands for all)? No list: anything is. */
static bool item_is(const char *list, unsigned item, const char *is)
{
    const char *p = list;
    if (!list || !*list || !is)
        return true;
    for (unsigned i = 0; i < item && strchr(p, ','); i++)
        p = strchr(p, ',') + 1;
    size_t n = strcspn(p, ",");
    return n == 0 || (strlen(is) == n && strncmp(p, is, n) == 0);
}

unsigned pg_host_number(PGconn *c)
{
    char *hosts = conninfo(c, "host"), *ports = conninfo(c, "port");
    unsigned n = items_of(hosts), i = 0;
    while (i + 1 < n && !(item_is(hosts, i, PQhost(c)) && item_is(ports, i, PQport(c))))
        i++;
    free(hosts);
    free(ports);
    return i;
}

static int64_t monotonic_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* patience_ms: without a step forward; *silent: that was it. */
static bool wait_connected(PGconn *c, const struct db_wait *w, int timeout_ms, int patience_ms, bool *silent, struct err *e)
{
    int64_t began = monotonic_ms(), most = began + timeout_ms, until = began + patience_ms;
    *silent = false;
    PostgresPollingStatusType status = PQstatus(c) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (status == PGRES_POLLING_READING || status == PGRES_POLLING_WRITING) {
        struct pollfd p = { .fd = PQsocket(c), .events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT };
        int64_t left = until - monotonic_ms();
        if (left <= 0) {
            *silent = true;
            return pg_error_silent(e, c, monotonic_ms() - began);
        }
        if (!pg_until(w, p.fd, p.events == POLLOUT, (int)left))
            return err_set(e, ERR_AGAIN, NULL, "it was stopped before PostgreSQL answered");
        if (poll(&p, 1, 0) <= 0)
            continue;
        status = PQconnectPoll(c);
        until = monotonic_ms() + patience_ms;
        if (until > most)
            until = most;
    }
    return status == PGRES_POLLING_OK || pg_error_connection(e, c, true);
}

PGconn *pg_connect_by(const char *dsn, const char *application, int timeout_ms, const struct db_wait *w, struct err *e)
{
    unsigned rotate = 0, tried = 0, hosts;
    PGconn *c = NULL;
    bool up = false, silent;
    do {
        c = pg_connect_start(dsn, application, rotate, e);
        if (!c)
            return NULL;
        hosts = pg_hosts(c);
        up = wait_connected(c, w, timeout_ms, hosts > 1 ? PG_GLANCE_MS : timeout_ms, &silent, e);
        if (!up) {
            rotate += pg_host_number(c) + 1;
            PQfinish(c);
        }
    } while (!up && silent && ++tried < hosts);
    if (!up)
        return NULL;
    PQsetnonblocking(c, 1);        /* a long statement to a server that does not read would be waited for without an end */
    return c;
}

PGconn *pg_connect(const char *dsn, const char *application, int timeout_ms, struct err *e)
{
    return pg_connect_by(dsn, application, timeout_ms, NULL, e);
}

int pg_line_of(const char *text, int character)
{
    int line = 1;
    for (const char *p = text; *p && character > 1; p++) {
        line += *p == '\n';
        /* continuation bytes belong to the character before */
        character -= ((unsigned char)p[1] & 0xC0) != 0x80;
    }
    return line;
}

#undef PQgetvalue
char *pg_value(const PGresult *r, int row, int column)
{
    static char nothing[1];
    char *value = row >= 0 && row < PQntuples(r) && column >= 0 && column < PQnfields(r) ? PQgetvalue(r, row, column) : NULL;
    return value ? value : nothing;
}
