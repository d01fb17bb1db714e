/* The worker into a sink on loopback, 8 connections, against a minimal program that claims batches of a
 * hundred with SKIP LOCKED from a bare table, posts them by curl multi and records the result.
 * usage: worker DOORSTEP DSN SINK MESSAGES      (MESSAGES are queued by e-mail, tests/tools/outbox.sql) */
#include <curl/curl.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "../e2e/terminal.h"

enum { CONNECTIONS = 8, BATCH = 100 };

static double wall(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static PGresult *run(PGconn *db, const char *sql)
{
    PGresult *r = PQexec(db, sql);
    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK) {
        fprintf(stderr, "worker: %s", PQerrorMessage(db));
        exit(1);
    }
    return r;
}

static void just_run(PGconn *db, const char *sql)
{
    PQclear(run(db, sql));
}

static double number(PGconn *db, const char *sql)
{
    PGresult *r = run(db, sql);
    double v = strtod(PQgetvalue(r, 0, 0), NULL);
    PQclear(r);
    return v;
}

static pid_t start_sink(char *sink, int *port)
{
    static char nowhere[] = "/dev/null";
    int ends[2];
    char text[16] = "";
    if (pipe(ends) != 0)
        exit(1);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], 1);
        execl(sink, sink, nowhere, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    if (read(ends[0], text, sizeof text - 1) <= 0)
        exit(1);
    close(ends[0]);
    *port = (int)strtol(text, NULL, 10);
    return pid;
}

/* --- the minimal program --------------------------------------------------------- */

static size_t ignore(char *data, size_t size, size_t n, void *ctx)
{
    (void)data;
    (void)ctx;
    return size * n;
}

struct post { CURL *easy; struct curl_slist *headers; char body[1024]; };

static void begin_post(struct post *p, CURLM *multi, const char *url, const PGresult *r, int row)
{
    char key[128];
    snprintf(key, sizeof key, "Idempotency-Key: %s", PQgetvalue(r, row, 1));
    snprintf(p->body, sizeof p->body, "{\"id\":\"%s\",\"to\":\"%s\",\"subject\":\"%s\",\"text\":\"%.400s\"}", PQgetvalue(r, row, 1), PQgetvalue(r, row, 2),
             PQgetvalue(r, row, 3), "Hello, your parcel could not be delivered: the street number is missing. Please write to us.");
    curl_slist_free_all(p->headers);
    p->headers = curl_slist_append(NULL, "Content-Type: application/json");
    p->headers = curl_slist_append(p->headers, key);
    curl_easy_setopt(p->easy, CURLOPT_URL, url);
    curl_easy_setopt(p->easy, CURLOPT_POSTFIELDS, p->body);
    curl_easy_setopt(p->easy, CURLOPT_HTTPHEADER, p->headers);
    curl_easy_setopt(p->easy, CURLOPT_WRITEFUNCTION, ignore);
    curl_easy_setopt(p->easy, CURLOPT_PRIVATE, p);
    curl_multi_add_handle(multi, p->easy);
}

/* All rows of r, CONNECTIONS at once. */
static void post_all(CURLM *multi, struct post *posts, const char *url, const PGresult *r)
{
    int next = 0, n = PQntuples(r), done = 0, running, left;
    for (; next < n && next < CONNECTIONS; next++)
        begin_post(&posts[next], multi, url, r, next);
    while (done < n) {
        curl_multi_perform(multi, &running);
        CURLMsg *m;
        while ((m = curl_multi_info_read(multi, &left))) {
            if (m->msg != CURLMSG_DONE)
                continue;
            struct post *p;
            long status = 0;
            curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &p);
            curl_easy_getinfo(m->easy_handle, CURLINFO_RESPONSE_CODE, &status);
            if (m->data.result != CURLE_OK || status != 201)
                exit(1);
            curl_multi_remove_handle(multi, p->easy);
            done++;
            if (next < n)
                begin_post(p, multi, url, r, next++);
        }
        if (done < n)
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
}

static double bare(PGconn *db, int port, int count)
{
    char url[64], sql[256];
    struct post posts[CONNECTIONS] = {0};
    CURLM *multi = curl_multi_init();
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", port);
    for (int i = 0; i < CONNECTIONS; i++)
        posts[i].easy = curl_easy_init();
    just_run(db, "CREATE TABLE bare (id bigint PRIMARY KEY, key text NOT NULL, to_address text, subject text, body text, state text NOT NULL DEFAULT 'queued', "
                 "send_after timestamptz NOT NULL DEFAULT now(), sent_at timestamptz) WITH (fillfactor = 70)");
    just_run(db, "CREATE INDEX ON bare (send_after, id) WHERE state = 'queued'");
    snprintf(sql, sizeof sql, "INSERT INTO bare SELECT i, md5(i::text), 'c' || i || '@example.com', 'About your parcel', repeat('x', 100) FROM generate_series(1, %d) i", count);
    just_run(db, sql);
    just_run(db, "VACUUM ANALYZE bare");
    PQclear(PQprepare(db, "claim", "UPDATE bare SET state = 'sending' WHERE id = ANY (ARRAY(SELECT id FROM bare WHERE state = 'queued' AND send_after <= now() "
                                   "ORDER BY send_after, id LIMIT 100 FOR UPDATE SKIP LOCKED)) RETURNING id, key, to_address, subject, body", 0, NULL));
    PQclear(PQprepare(db, "record", "UPDATE bare SET state = 'sent', sent_at = now() WHERE id = ANY ($1::bigint[])", 1, NULL));
    double begun = wall();
    for (;;) {
        PGresult *r = PQexecPrepared(db, "claim", 0, NULL, NULL, NULL, 0);
        int n = PQntuples(r);
        if (n == 0)
            break;
        post_all(multi, posts, url, r);
        char ids[BATCH * 22] = "{";
        size_t used = 1;
        for (int i = 0; i < n; i++)
            used += (size_t)snprintf(ids + used, sizeof ids - used, "%s%s", i ? "," : "", PQgetvalue(r, i, 0));
        snprintf(ids + used, sizeof ids - used, "}");
        PQclear(PQexecPrepared(db, "record", 1, (const char *const[]){ids}, NULL, NULL, 0));
        PQclear(r);
    }
    double took = wall() - begun;
    if ((int)number(db, "SELECT count(*) FROM bare WHERE state = 'sent'") != count)
        exit(1);
    just_run(db, "DROP TABLE bare");
    return took;
}

/* --- ours -------------------------------------------------------------------------- */

/* Seconds until the last was recorded; *all: until the timelines were told and the program ended. */
static double ours(PGconn *db, char *doorstep, char *dsn, int port, int count, double *all)
{
    char url[160];
    snprintf(url, sizeof url, "webhook+https://example.com/in?base=http://127.0.0.1:%d&connections=%d&secret=bench", port, CONNECTIONS);
    setenv("DOORSTEP_EMAIL_URL", url, 1);
    double begun = wall();
    pid_t pid = fork();
    int status;
    if (pid == 0) {
        execl(doorstep, doorstep, "--dsn", dsn, "worker", "--once", (char *)NULL);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    *all = wall() - begun;
    if (status || (int)number(db, "SELECT count(*) FROM doorstep.outreach WHERE state = 'sent' AND told") != count) {
        fprintf(stderr, "worker: not all was sent\n");
        exit(1);
    }
    return number(db, "SELECT extract(epoch FROM max(sent_at)) FROM doorstep.outreach") - begun;
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 64;
    int count = (int)strtol(argv[4], NULL, 10), port;
    PGconn *db = PQconnectdb(argv[2]);
    double all;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    pid_t sink = start_sink(argv[3], &port);
    just_run(db, "SET client_min_messages = warning");
    double minimal = bare(db, port, count);
    double took = ours(db, argv[1], argv[2], port, count, &all);
    kill(sink, SIGTERM);
    printf("# %d messages: the minimal program %.0f a second, the worker %.0f, with every timeline told %.0f\n", count, count / minimal, count / took, count / all);
    bench_line("worker into a sink / minimal program", minimal / took, "x", 0.5, 0);
    PQfinish(db);
    return 0;
}
