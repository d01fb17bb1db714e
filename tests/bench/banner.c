/* How long an outage's banner takes to reach open sessions: 200 connections LISTEN and read control_state() on the hint,
 * as dashboards do, while a lead declares. Beside it the floor: the same hint to as many listeners who read nothing.
 * usage: banner AGENT_DSN LEAD_DSN [SESSIONS] */
#include <libpq-fe.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST = 1000, ROUNDS = 5, DEADLINE_MS = 10000 };

struct session {
    PGconn *conn;
    bool asked, done;
};

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void die(const char *what, const PGconn *c)
{
    fprintf(stderr, "banner: %s: %s", what, c ? PQerrorMessage(c) : "no answer in time\n");
    exit(1);
}

static PGconn *open_one(const char *dsn)
{
    PGconn *c = PQconnectdb(dsn);
    if (PQstatus(c) != CONNECTION_OK)
        die("connect", c);
    return c;
}

static char *run(PGconn *c, const char *sql)
{
    PGresult *r = PQexec(c, sql);
    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
        die(sql, c);
    char *value = PQntuples(r) ? strdup(PQgetvalue(r, 0, 0)) : NULL;
    PQclear(r);
    return value;
}

static bool hinted(PGconn *c)
{
    bool found = false;
    for (PGnotify *n = PQnotifies(c); n; n = PQnotifies(c)) {
        found |= strcmp(n->extra, "u") == 0;
        PQfreemem(n);
    }
    return found;
}

/* What a session does with what came: asks on the hint, is done with the answer. */
static void step(struct session *s, bool reads)
{
    if (!PQconsumeInput(s->conn))
        die("read", s->conn);
    if (!s->asked && hinted(s->conn)) {
        s->asked = true;
        s->done = !reads;
        if (reads && !PQsendQueryPrepared(s->conn, "state", 0, NULL, NULL, NULL, 0))
            die("ask", s->conn);
    }
    while (s->asked && !s->done && !PQisBusy(s->conn)) {
        PGresult *r = PQgetResult(s->conn);
        s->done = r == NULL;
        if (r && PQresultStatus(r) != PGRES_TUPLES_OK)
            die("answer", s->conn);
        PQclear(r);
    }
}

/* Until all have it; ms since `from`. */
static double wait_all(struct session *all, int n, bool reads, double from)
{
    static struct pollfd polls[MOST];
    int done = 0;
    while (done < n) {
        if (now_ms() - from > DEADLINE_MS)
            die("a banner", NULL);
        for (int i = 0; i < n; i++)
            polls[i] = (struct pollfd){.fd = all[i].done ? -1 : PQsocket(all[i].conn), .events = POLLIN};
        if (poll(polls, (nfds_t)n, 100) < 0)
            die("poll", NULL);
        for (int i = 0; i < n; i++)
            if (polls[i].revents && !all[i].done) {
                step(&all[i], reads);
                done += all[i].done;
            }
    }
    return now_ms() - from;
}

static double round_of(struct session *all, int n, PGconn *lead, const char *sql, bool reads)
{
    for (int i = 0; i < n; i++) {
        PQconsumeInput(all[i].conn);
        hinted(all[i].conn);
        all[i].asked = all[i].done = false;
    }
    free(run(lead, sql));      /* committed when it returns: from here on it is told */
    return wait_all(all, n, reads, now_ms());
}

int main(int argc, char **argv)
{
    static struct session all[MOST];
    int n = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 200;
    if (argc < 3 || n < 1 || n > MOST)
        return 64;
    for (int i = 0; i < n; i++) {
        all[i].conn = open_one(argv[1]);
        free(run(all[i].conn, "LISTEN doorstep"));
        PQclear(PQprepare(all[i].conn, "state", "SELECT doorstep.control_state()", 0, NULL));
        PQclear(PQexecPrepared(all[i].conn, "state", 0, NULL, NULL, NULL, 0));     /* a dashboard reads it as it opens */
        PQsetnonblocking(all[i].conn, 1);
    }
    PGconn *lead = open_one(argv[2]);
    double worst = 0, floor = 0;
    for (int i = 0; i < ROUNDS; i++) {
        char sql[256];
        double bare = round_of(all, n, lead, "NOTIFY doorstep, 'u'", false);
        snprintf(sql, sizeof sql, "SELECT message FROM doorstep.outage_declare(gen_random_uuid(), '{\"city\": [\"bench %d\"]}', 'bench', true, true, NULL, NULL, NULL)", i);
        double full = round_of(all, n, lead, sql, true);
        floor = bare > floor ? bare : floor;
        worst = full > worst ? full : worst;
        round_of(all, n, lead, "SELECT count(*) FROM doorstep.outage_end(gen_random_uuid(), ARRAY(SELECT id FROM doorstep.outage WHERE ended_at IS NULL AND message = 'bench'), NULL)", true);
    }
    printf("banner        %d sessions: worst %.0f ms, bare hint %.0f ms, ratio %.1f\n", n, worst, floor, worst / (floor > 0 ? floor : 1));
    for (int i = 0; i < n; i++)
        PQfinish(all[i].conn);
    PQfinish(lead);
    return 0;
}
