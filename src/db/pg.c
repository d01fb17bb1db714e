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

/* First match wins; a prefix of two characters is a class. */
static const struct {
    const char *state;
    enum err_code code;
    const char *remedy;        /* added when the server gave no hint */
} classes[] = {
    { "08",    ERR_UNREACHABLE, NULL },
    { "57P",   ERR_UNREACHABLE, NULL },
    { "57014", ERR_AGAIN,       "the database took too long; narrow the filter or try again" },
    { "28",    ERR_CONFIG,      "check the user and password of the connection, or ask an administrator for a login" },
    { "3D000", ERR_CONFIG,      "check the database name of the connection" },
    { "3F000", ERR_CONFIG,      "the schema is not there: run `doorstep migrate`" },
    { "42P01", ERR_CONFIG,      "the schema does not fit this program: run `doorstep migrate`" },
    { "42703", ERR_CONFIG,      "the schema does not fit this program: run `doorstep migrate`" },
    { "42883", ERR_CONFIG,      "the schema does not fit this program: run `doorstep migrate`" },
    { "42501", ERR_REFUSED,     "ask an administrator for a role that may do this" },
    { "25006", ERR_AGAIN,       "the server is read-only; try again when a primary is back" },
    { "40",    ERR_AGAIN,       NULL },
    { "53",    ERR_AGAIN,       "the server is short of resources; try again" },
    { "55P03", ERR_AGAIN,       "somebody else holds the lock; try again" },
    { "P0",    ERR_REFUSED,     NULL },
    { "22",    ERR_INPUT,       NULL },
    { "23",    ERR_INPUT,       NULL },
};

static size_t class_of(const char *sqlstate)
{
    size_t i = 0;
    while (i < sizeof classes / sizeof classes[0] &&
           strncmp(sqlstate, classes[i].state, strlen(classes[i].state)) != 0)
        i++;
    return i;
}

enum err_code pg_error_code(const char *sqlstate)
{
    size_t i = class_of(sqlstate);
    return i < sizeof classes / sizeof classes[0] ? classes[i].code : ERR_BUG;
}

void pg_clean(char *out, size_t size, const char *text, size_t n)
{
    utf8_clean(text, n, out, size, UTF8_ONE_LINE);
}

bool pg_error_result(struct err *e, const PGresult *r)
{
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    const char *hint = PQresultErrorField(r, PG_DIAG_MESSAGE_HINT);
    if (!text)
        text = PQresultErrorMessage(r);
    size_t i = state ? class_of(state) : sizeof classes / sizeof classes[0];
    bool known = i < sizeof classes / sizeof classes[0];
    const char *raised = PQresultErrorField(r, PG_DIAG_SOURCE_FUNCTION);
    if (!hint && known && !(raised && strcmp(raised, "exec_stmt_raise") == 0))
        hint = classes[i].remedy;  /* what our own functions raise says the remedy itself */
    enum err_code code = known ? classes[i].code : state ? ERR_BUG : ERR_UNREACHABLE;
    char clean[400], advice[200];
    pg_clean(clean, sizeof clean, text, strcspn(text, "\n"));
    pg_clean(advice, sizeof advice, hint ? hint : "", hint ? strlen(hint) : 0);
    err_set(e, code, NULL, "%s%s%s", clean, advice[0] ? ": " : "", advice);
    if (e && state)
        snprintf(e->sqlstate, sizeof e->sqlstate, "%s", state);
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

bool pg_error_connection(struct err *e, const PGconn *c, bool connecting)
{
    char state[6], clean[380];
    const char *text = find_sqlstate(PQerrorMessage(c), state);
    pg_clean(clean, sizeof clean, text, strcspn(text, "\n"));
    size_t i = state[0] ? class_of(state) : sizeof classes / sizeof classes[0];
    bool known = i < sizeof classes / sizeof classes[0];
    if (connecting && PQconnectionNeedsPassword(c))
        err_set(e, ERR_CONFIG, NULL, "the server wants a password: put it into ~/.pgpass or name that file in PGPASSFILE");
    else if (known && classes[i].remedy)
        err_set(e, classes[i].code, NULL, "%s: %s", clean, classes[i].remedy);
    else if (connecting)
        err_set(e, ERR_UNREACHABLE, NULL, "cannot connect to PostgreSQL: %s; check --dsn or PGHOST, and that the server runs",
                clean[0] ? clean : "no answer");
    else
        err_set(e, ERR_UNREACHABLE, NULL, "the connection to PostgreSQL was lost: %s", clean[0] ? clean : "closed");
    if (e)
        snprintf(e->sqlstate, sizeof e->sqlstate, "%s", state);
    return false;
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

static void word(struct connect_words *w, const char *key, const char *value)
{
    w->key[w->count] = key;
    w->value[w->count++] = value;
}

/* libpq's PQconnectPoll does not leave a host that swallows packets, so after a time-out
 * the next try begins with the next host. */
static void rotate_hosts(struct connect_words *w, const PQconninfoOption *given, unsigned rotate)
{
    static const char *const lists[] = { "host", "hostaddr", "port" };
    for (const PQconninfoOption *o = given; rotate && o->keyword; o++)
        for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
            if (o->val && strcmp(o->keyword, lists[i]) == 0 && strchr(o->val, ',')) {
                w->own[w->owned] = rotated(o->val, rotate);
                word(w, lists[i], w->own[w->owned++]);
            }
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
    word(&w, "keepalives_idle", "15");
    word(&w, "keepalives_interval", "5");
    word(&w, "keepalives_count", "3");
    word(&w, "tcp_user_timeout", "30000");
    word(&w, "dbname", dsn ? dsn : "");
    rotate_hosts(&w, given, rotate);
    word(&w, "client_encoding", "UTF8");
    PGconn *c = PQconnectStartParams(w.key, w.value, 1);
    if (!c)
        die("out of memory");
    PQsetNoticeReceiver(c, no_notice, NULL);
    PQsetErrorVerbosity(c, PQERRORS_VERBOSE);
    for (int i = 0; i < w.owned; i++)
        free(w.own[i]);
    PQconninfoFree(given);
    return c;
}

static int64_t monotonic_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool wait_connected(PGconn *c, int timeout_ms, struct err *e)
{
    int64_t until = monotonic_ms() + timeout_ms;
    PostgresPollingStatusType status = PQstatus(c) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (status == PGRES_POLLING_READING || status == PGRES_POLLING_WRITING) {
        struct pollfd p = { .fd = PQsocket(c), .events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT };
        int64_t left = until - monotonic_ms();
        if (left <= 0)
            return err_set(e, ERR_UNREACHABLE, NULL, "PostgreSQL did not answer within %d s; check --dsn or PGHOST, and that the server runs",
                           timeout_ms / 1000);
        if (poll(&p, 1, (int)left) > 0)
            status = PQconnectPoll(c);
    }
    return status == PGRES_POLLING_OK || pg_error_connection(e, c, true);
}

PGconn *pg_connect(const char *dsn, const char *application, int timeout_ms, struct err *e)
{
    PGconn *c = pg_connect_start(dsn, application, 0, e);
    if (c && !wait_connected(c, timeout_ms, e)) {
        PQfinish(c);
        return NULL;
    }
    return c;
}

PGresult *pg_run(PGconn *c, const char *sql, int count, const char *const *params, struct err *e)
{
    PGresult *r = PQexecParams(c, sql, count, NULL, params, NULL, NULL, 0);
    ExecStatusType status = PQresultStatus(r);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
        return r;
    if (PQstatus(c) == CONNECTION_BAD)
        pg_error_connection(e, c, false);
    else
        pg_error_result(e, r);
    PQclear(r);
    return NULL;
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
