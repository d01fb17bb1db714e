/* Everybody loses the database in one moment and comes back: how long after it takes connections again all dashboards are
 * live and show what changed meanwhile, and what it costs the server.
 * usage: herd DOORSTEP OWNER_DSN AGENT_DSN RELAY_SOCKET|off SESSIONS PG_TOOL CLUSTER */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "crowd.h"

#define TOKEN "QZJXWVKPYG"     /* of a tracking number: alike to nothing at its place, so that it is written out whole */
#define PATIENCE_S 120

static void tool(const char *pg, const char *what, const char *dir)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        execl(pg, pg, what, dir, (char *)NULL);
        _exit(127);
    }
    while (waitpid(pid, &status, WNOHANG) == 0)
        drain_all(20);         /* everybody says meanwhile that it is gone */
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail("the database could not be restarted");
}

/* One of each kind, due before all others: on top of every dashboard's list. */
static void change(PGconn *c)
{
    for (size_t i = 0; i <= sizeof kinds / sizeof *kinds; i++) {
        char sql[1500];
        snprintf(sql, sizeof sql,
                 "WITH src AS (SELECT * FROM doorstep.exception WHERE tracking_number = 'BENCH000000000003'), "
                 "s AS (INSERT INTO doorstep.shipment (brand_id, carrier_id, tracking_number) SELECT brand_id, carrier_id, '" TOKEN "%02d' FROM src "
                 "RETURNING id, tracking_number) "
                 "INSERT INTO doorstep.exception (kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, "
                 "tracking_number, customer_name, reason, first_response_due_at, resolve_due_at) "
                 "SELECT '%s', 'critical', fault, brand_id, brand, s.id, carrier_id, carrier, carrier_name, s.tracking_number, customer_name, reason, "
                 "now() - interval '400 days', now() FROM src, s",
                 (int)i, i < sizeof kinds / sizeof *kinds ? kinds[i] : "other");
        run(c, sql);
    }
}

static int asked_once(PGconn *c, const char *sql)
{
    PGresult *r = PQexec(c, sql);
    int n = PQntuples(r) ? (int)strtol(PQgetvalue(r, 0, 0), NULL, 10) : 0;
    PQclear(r);
    return n;
}

static int told(void)
{
    int n = 0;
    for (int i = 0; i < WATCHED; i++)
        n += terminal_find(&watched[i], TOKEN) >= 0 && terminal_find(&watched[i], "live") >= 0;
    for (int i = 0; i < other_count; i++)
        n += others[i].told;
    return n;
}

static pid_t postmaster_of(const char *cluster)
{
    char path[400], line[40] = "";
    snprintf(path, sizeof path, "%s/data/postmaster.pid", cluster);
    FILE *f = fopen(path, "r");
    if (!f || !fgets(line, sizeof line, f))
        fail("no server there");
    fclose(f);
    return (pid_t)strtol(line, NULL, 10);
}

/* The ones that ended take their time with them: their parent has it. */
static double cpu_with_ended(pid_t postmaster)
{
    char path[64], text[1024];
    unsigned long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)postmaster);
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f)
        fclose(f);
    text[n] = '\0';
    char *after = strrchr(text, ')');
    if (after && sscanf(after + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
        fail("no times in /proc");
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK) + cpu_of_server(postmaster);
}

static int64_t came[4096];

int main(int argc, char **argv)
{
    if (argc != 8 || strtol(argv[5], NULL, 10) > 4096)
        return 64;
    crowd_init(&argv[1], (int)strtol(argv[5], NULL, 10));
    open_all();
    double clients = cpu_of_sessions();
    tool(argv[6], "down", argv[7]);
    awaited = TOKEN;
    tool(argv[6], "up", argv[7]);
    int64_t up = terminal_now_ns();
    PGconn *c = connect_to(crowd.owner);
    change(c);
    pid_t postmaster = postmaster_of(argv[7]);
    int all = WATCHED + other_count, there = 0, most = 0, refused = 0;
    while (there < all && terminal_now_ns() - up < INT64_C(1000000000) * PATIENCE_S) {
        drain_for(50);
        int busy = asked_once(c, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND state = 'active' AND pid <> pg_backend_pid()");
        most = busy > most ? busy : most;
        for (int now = told(); there < now; there++)
            came[there] = terminal_now_ns() - up;
    }
    refused = all - there;
    double seconds = there ? (double)came[there - 1] / 1e9 : 0;
    printf("# %d dashboards after a restart of the database: half of them live and right after %.1f s, all after %.1f s; the most that asked at once %d; "
           "CPU until then: PostgreSQL %.1f s, dashboards %.1f s\n",
           all, there ? (double)came[there / 2] / 1e9 : 0, seconds, most, cpu_with_ended(postmaster), cpu_of_sessions() - clients);
    bench_line("a restart of the database: dashboards that did not come back", refused, "", 0, 1);
    bench_line("a restart of the database: until the last is live, a hundred", seconds * 100 / all, "s", 5, 1);
    PQfinish(c);
    close_all();
    return 0;
}
