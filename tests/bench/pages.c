/* Pages of the queue in the world of scale.sql: every order, every filter in every order and searches, as somebody under row-level security.
 * What the server takes (planning and running), beside fetching the same rows by primary key. A page that takes more than a second is ended,
 * and counts as a miss of that long.
 * usage: pages DSN [all]      all: a line for each page, not only for those over three times their rows */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/die.h"
#include "bench.h"
#include "core/filter.h"
#include "db/call.h"

enum { ROWS = 60, ROUNDS = 3, TOO_LONG_MS = 1000 };

/* Values that are common, rare, or there is nothing of, of each qualifier; what is excluded; both together. */
static const char *const filters[] = {
    "", "state:new", "state:new,working owner:none", "state:working", "state:waiting,snoozed", "state:snoozed", "kind:late_promise", "kind:other",
    "kind:tracking_error,other", "-kind:late_promise", "severity:critical", "severity:low", "severity:>=high", "severity:<high", "fault:carrier", "fault:customs", "status:delayed",
    "status:returned", "status:in_transit", "carrier_status:held", "carrier:ups", "carrier:royal_mail", "carrier:nobody", "-carrier:ups", "service:ground", "service:white_glove",
    "brand:bench", "brand:atelier", "brand:tiny", "brand:nobody", "owner:agent1", "owner:agent60", "owner:nobody", "owner:none", "owner:me", "-owner:none", "tier:gold", "tier:diamond", "tier:none",
    "lang:es", "lang:sv", "country:US", "country:MX", "country:IS", "region:TX", "region:WY", "region:ZZ", "region:none", "city:\"City 3\"", "city:\"City 1999\"", "city:nowhere", "postal:787",
    "postal:78701", "postal:9", "tracking:BENCH00000000001", "tracking:BENCH", "tracking:1Z", "order:B-1", "order:B-12345", "sla:<30m", "sla:<0m", "sla:<-1h", "sla:>4d", "sla:>5d", "sla:none",
    "age:>2d", "age:<1h", "age:>19d", "age:>30d", "scan:>24h", "scan:<1h", "scan:>60d", "scan:none", "promised:today", "promised:<2020-01-01", "promised:>=+3d", "promised:none", "on:today", "on:2020-01-01",
    "hour:14", "tag:vip", "tag:fragile", "tag:unicorn", "tag:nothing", "tag:none", "-tag:vip", "outage:1", "outage:none", "message:failed", "message:any@today", "contact:wismo@today", "csat:1", "did:agent7@today",
    "batch:1", "is:breached", "is:paused", "is:unowned", "is:mine", "is:reopened", "is:escalated", "is:noted", "is:told", "is:replied", "is:unmapped", "is:overridden", "is:conflict", "is:case",
    "is:warned", "id:12345", "carrier:ups region:TX severity:>=high", "kind:lost region:WY", "carrier:gls service:saver tier:gold region:HI", "carrier:royal_mail service:saver region:HI brand:maison",
    "carrier:ups -region:TX -kind:late_promise", "state:waiting tag:vip", "is:case is:escalated", "is:reopened kind:other", "state:resolved", "state:any", "state:any tag:unicorn", "state:any region:WY",
    "state:any kind:other carrier:royal_mail", "state:resolved owner:agent60", "done:today", "done:2020-01-01", "state:any owner:agent1", "state:any is:case", "state:any customer:delgado", "state:resolved is:overridden",
};
static const char *const searches[] = {
    "delgado", "del", "nak", "\"rosa delgado\"", "100", "example.com", "\"City 19\"", "c123", "zzzzqq", "xq7", "5120012345", "BENCH000000012345", "\"1 512 001\"", "customer:moreau", "reason:customs", "reason:weather",
    "ben", "-delgado", "delgado region:WY", "del carrier:royal_mail", "okoye state:any", "nobodyatall state:any",
    /* typed step by step: what begins many words, few, none */
    "b", "r", "z", "9", "be", "ro", "bx", "1z", "zz", "\"rosa d\"", "\"rosa z\"", "z region:WY", "customer:z", "customer:\"rosa weber\"", "z state:any",
};

struct took { double ms; long pages, rows; };

static void stop(PGconn *conn, const char *what)
{
    fprintf(stderr, "pages: %s: %s", what, PQerrorMessage(conn));
    exit(1);
}

/* The number behind a word of EXPLAIN's JSON; the first, which is the whole's. */
static double number(const char *json, const char *word)
{
    const char *at = strstr(json, word);
    return at ? strtod(at + strlen(word), NULL) : 0;
}

static bool timed_out(const PGresult *r)
{
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    return state && strcmp(state, "57014") == 0;
}

/* The best of a few rounds; of what is slow, one. */
static struct took explain(PGconn *conn, const struct call_part *p)
{
    struct took best = {TOO_LONG_MS, 0, 0};
    size_t size = strlen(p->sql) + 64;
    char *sql = xcalloc(size, 1);
    snprintf(sql, size, "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) %s", p->sql);
    for (int i = 0; i < ROUNDS; i++) {
        PGresult *r = PQexecParams(conn, sql, p->count, NULL, (const char *const *)p->params, NULL, NULL, 0);
        bool late = timed_out(r);
        if (!late && PQresultStatus(r) != PGRES_TUPLES_OK)
            stop(conn, p->sql);
        const char *json = late ? "" : PQgetvalue(r, 0, 0);
        double ms = late ? TOO_LONG_MS : number(json, "\"Planning Time\": ") + number(json, "\"Execution Time\": ");
        if (ms < best.ms)
            best = (struct took){ms, (long)(number(json, "\"Shared Hit Blocks\": ") + number(json, "\"Shared Read Blocks\": ")), (long)number(json, "\"Actual Rows\": ")};
        PQclear(r);
        if (ms > 100)
            break;
    }
    free(sql);
    return best;
}

/* NULL: they take too long. */
static char *ids_of(PGconn *conn, const struct call_part *p)
{
    PGresult *r = PQexecParams(conn, p->sql, p->count, NULL, (const char *const *)p->params, NULL, NULL, 0);
    bool late = timed_out(r);
    if (!late && PQresultStatus(r) != PGRES_TUPLES_OK)
        stop(conn, p->sql);
    int column = PQfnumber(r, "id");
    struct buf b;
    buf_init(&b, 0);
    buf_add(&b, "", 0);
    for (int i = 0; i < PQntuples(r); i++)
        buf_printf(&b, "%s%s", i ? "," : "", PQgetvalue(r, i, column));
    PQclear(r);
    if (!late)
        return buf_take(&b);
    buf_finish(&b);
    return NULL;
}

static struct call *page(const char *filter, const char *sort, bool from_start, bool down, int64_t key, int64_t id)
{
    char text[256];
    snprintf(text, sizeof text, "%s sort:%s", filter, sort);
    struct request r = {.kind = REQ_PAGE, .page = {.filter = xstrdup(text), .from_start = from_start, .anchor_key = key, .anchor_id = id,
                                                   .direction = down ? PAGE_AFTER : PAGE_BEFORE, .limit = ROWS}};
    struct call *c = call_create(&r, (int64_t)time(NULL) * 1000, &(struct when_zone){.count = 0});
    if (c->parts == 0) {
        fprintf(stderr, "pages: %s: %s\n", text, c->reply.error.text);
        exit(1);
    }
    return c;
}

/* The same rows by primary key, everything of them a page shows. */
static struct took floor_of(PGconn *conn, const char *ids)
{
    struct request r = {.kind = REQ_ROWS, .filter = xstrdup("state:any")};
    char *rest = (char *)(uintptr_t)ids;
    r.ids = xcalloc(ROWS + 1, sizeof *r.ids);
    while (*rest)
        if ((r.ids[r.id_count++] = strtoll(rest, &rest, 10)) && *rest == ',')
            rest++;
    for (; r.id_count < 2; r.id_count++)      /* one alone is asked in another way */
        r.ids[r.id_count] = 1;
    struct call *c = call_create(&r, (int64_t)time(NULL) * 1000, &(struct when_zone){.count = 0});
    struct took t = explain(conn, &c->part[0]);
    call_destroy(c);
    return t;
}

struct worst { double ratio, ms; long pages; int count, over, late; };

static void measure(PGconn *conn, struct worst *w, struct call *c, const char *what, const char *sort, bool all)
{
    char *ids = ids_of(conn, &c->part[0]);
    struct took t = ids ? explain(conn, &c->part[0]) : (struct took){TOO_LONG_MS, 0, 0};
    double ratio = ids ? t.ms / floor_of(conn, ids).ms : TOO_LONG_MS;
    w->count++;
    w->over += ratio > 3;
    w->late += !ids;
    w->ratio = ratio > w->ratio ? ratio : w->ratio;
    w->ms = t.ms > w->ms ? t.ms : w->ms;
    w->pages = t.pages > w->pages ? t.pages : w->pages;
    if (all || ratio > 3)
        printf("# %8.2f ms %7.2f x %8ld pages %3ld rows  %s sort:%s\n", t.ms, ratio, t.pages, t.rows, what, sort);
    free(ids);
    call_destroy(c);
}

static void anchor(PGconn *owner, const char *sort, int64_t at, int64_t *key, int64_t *id)
{
    char sql[300];
    snprintf(sql, sizeof sql, "SELECT k_%s, id FROM doorstep.exception WHERE state <> 'resolved' ORDER BY k_%s, id OFFSET %lld LIMIT 1", sort, sort, (long long)at);
    PGresult *r = PQexec(owner, sql);
    if (PQntuples(r) != 1)
        stop(owner, sql);
    *key = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
    *id = strtoll(PQgetvalue(r, 0, 1), NULL, 10);
    PQclear(r);
}

static int64_t one(PGconn *conn, const char *sql)
{
    PGresult *r = PQexec(conn, sql);
    if (PQresultStatus(r) != PGRES_TUPLES_OK)
        stop(conn, sql);
    int64_t n = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
    PQclear(r);
    return n;
}

static void orders(PGconn *conn, bool all)
{
    struct worst w = {0};
    int64_t open = one(conn, "SELECT open FROM doorstep.header_counts()");
    for (int s = 0; s < SORT_COUNT; s++) {
        const char *sort = sort_name((enum sort)s);
        int64_t key, id;
        measure(conn, &w, page("", sort, true, true, 0, 0), "top", sort, all);
        measure(conn, &w, page("", sort, true, false, 0, 0), "bottom", sort, all);
        anchor(conn, sort, open / 2, &key, &id);
        measure(conn, &w, page("", sort, false, true, key, id), "down from the middle", sort, all);
        measure(conn, &w, page("", sort, false, false, key, id), "up from the middle", sort, all);
    }
    bench_line("a page in any order, anywhere / by primary key, worst", w.ratio, "x", 3, 1);
}

static void filtered(PGconn *conn, const char *const *list, size_t n, const char *what, bool all, double most)
{
    struct worst w = {0};
    for (size_t i = 0; i < n; i++)
        for (int s = 0; s < SORT_COUNT; s++) {
            char up[300];
            snprintf(up, sizeof up, "up: %s", list[i]);
            measure(conn, &w, page(list[i], sort_name((enum sort)s), true, true, 0, 0), list[i], sort_name((enum sort)s), all);
            measure(conn, &w, page(list[i], sort_name((enum sort)s), true, false, 0, 0), up, sort_name((enum sort)s), all);
        }
    printf("# %s: %d pages, %d of them within 3 of the primary key, %d ended after a second; at most %ld pages of memory\n", what, w.count, w.count - w.over,
           w.late, w.pages);
    bench_line(what, w.ms, "ms", most, 1);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 64;
    bool all = argc > 2;
    PGconn *conn = PQconnectdb(argv[1]);
    if (PQstatus(conn) != CONNECTION_OK)
        stop(conn, "connecting");
    PQclear(PQexec(conn, "SET jit = off"));
    orders(conn, all);
    PQclear(PQexec(conn, "SET statement_timeout = 1000"));
    filtered(conn, filters, sizeof filters / sizeof *filters, "any filter in any order, its first or last page", all, 20);
    filtered(conn, searches, sizeof searches / sizeof *searches, "any search in any order, its first or last page", all, 20);
    PQfinish(conn);
    return 0;
}
