/* How long one message's preview takes beyond the two round trips it needs: a template filled in,
 * and the verdicts on it.
 * usage: preview OWNER_DSN AGENT_DSN */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/die.h"
#include "bench.h"
#include "db/db.h"

#define TIMES 300

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static PGresult *query(PGconn *c, const char *sql)
{
    PGresult *r = PQexec(c, sql);
    if (PQresultStatus(r) != PGRES_TUPLES_OK || PQntuples(r) == 0)
        die("preview: %s gives no row: %s", sql, PQerrorMessage(c));
    return r;
}

static int64_t preview(struct db_sync *db, int64_t id)
{
    struct err e;
    struct reply answer;
    struct request r = {.kind = REQ_PREVIEW, .ids = xcalloc(1, sizeof *r.ids), .id_count = 1,
                        .outreach = {.name = xstrdup("address_issue"), .channel = xstrdup("email")}};
    r.ids[0] = id;
    int64_t from = now_us();
    if (!db_sync_ask(db, &r, &answer, &e) || answer.message_count != 1 || !answer.messages[0].body)
        die("preview of #%lld: %s", (long long)id, answer.ok ? "no message" : e.text);
    int64_t took = now_us() - from;
    reply_finish(&answer);
    return took;
}

int main(int argc, char **argv)
{
    struct err e;
    int64_t trip[TIMES], took[TIMES];
    if (argc != 3)
        return 64;
    PGconn *owner = PQconnectdb(argv[1]);
    struct db_sync *db = db_sync_open(argv[2], &e);
    if (!db)
        die("preview: %s", e.text);
    PGresult *ids = query(owner, "SELECT id FROM doorstep.exception WHERE state <> 'resolved' AND customer_id IS NOT NULL ORDER BY id LIMIT 100");
    for (int i = 0; i < TIMES; i++) {
        int64_t from = now_us();
        PQclear(query(owner, "SELECT 1"));
        trip[i] = now_us() - from;
        took[i] = preview(db, strtoll(PQgetvalue(ids, i % PQntuples(ids), 0), NULL, 10));
    }
    int64_t trips = 2 * bench_quantile(trip, TIMES, 0.5);
    bench_line("preview of a message beyond its two round trips, median", (double)(bench_quantile(took, TIMES, 0.5) - trips) / 1000, "ms", 10, 1);
    printf("# 99 in 100: %.2f ms\n", (double)(bench_quantile(took, TIMES, 0.99) - trips) / 1000);
    PQclear(ids);
    PQfinish(owner);
    db_sync_close(db);
    return 0;
}
