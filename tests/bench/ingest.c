/* Documents of 2 to 3 kB with five scans, from a file into PostgreSQL with everything merged,
 * against jansson alone parsing the same file; then while 20 clients LISTEN, with and without anything said to them.
 * usage: ingest DOORSTEP DSN FILE DOCUMENTS OWNER_DSN */
#include <jansson.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "../e2e/terminal.h"

static const char *const cities[] = {"AUSTIN", "SOUTH SAN FRANCISCO", "MEMPHIS", "LOUISVILLE", "HODGKINS"};

static void write_event(FILE *f, int k, int n, bool bad)
{
    fprintf(f,
            "%s{\"object\":\"TrackingDetail\",\"message\":\"%s\",\"description\":\"%s\",\"status\":\"%s\",\"status_detail\":\"%s\","
            "\"datetime\":\"2026-11-%02dT%02d:%02d:00Z\",\"source\":\"UPS\",\"carrier_code\":\"%s\",\"tracking_location\":{\"object\":\"TrackingLocation\","
            "\"city\":\"%s\",\"state\":\"TX\",\"country\":\"US\",\"zip\":\"787%02d\"},\"est_delivery_date\":null,\"extra\":{\"facility\":\"%s GATEWAY\","
            "\"leg\":%d,\"sorted\":true,\"belt\":\"B-%d\"}}",
            k ? "," : "", bad ? "Incorrect address - apartment number missing" : "Arrived at facility",
            bad ? "The apartment number is missing; we are trying to update it" : "The parcel has arrived at a facility and will go on from here",
            bad ? "in_transit" : "in_transit", bad ? "address_correction" : "arrived_at_facility", 10 + k * 2, n % 24, n % 60,
            bad ? "X" : "AR", cities[k], n % 100, cities[k], k, n % 40);
}

/* One line a tracker; every third has a problem at the end. */
static void write_documents(const char *path, int from, int count)
{
    FILE *f = fopen(path, "w");
    if (!f) {
        perror(path);
        exit(1);
    }
    for (int n = from; n < from + count; n++) {
        fprintf(f,
                "{\"id\":\"trk_%08d\",\"object\":\"Tracker\",\"mode\":\"production\",\"tracking_code\":\"1ZBENCH%010d\",\"status\":\"in_transit\","
                "\"status_detail\":\"%s\",\"created_at\":\"2026-11-09T10:51:54Z\",\"updated_at\":\"2026-11-19T10:51:54Z\",\"signed_by\":null,"
                "\"weight\":17.6,\"est_delivery_date\":\"2026-11-21T00:00:00Z\",\"shipment_id\":null,\"carrier\":\"UPS\",\"public_url\":"
                "\"https://track.example.com/%08d\",\"fees\":[],\"carrier_detail\":{\"object\":\"CarrierDetail\",\"service\":\"Ground\","
                "\"container_type\":null,\"est_delivery_date_local\":null},\"tracking_details\":[",
                n, n, n % 3 ? "arrived_at_facility" : "address_correction", n);
        for (int k = 0; k < 5; k++)
            write_event(f, k, n, k == 4 && n % 3 == 0);
        fputs("]}\n", f);
    }
    fclose(f);
}

static double parse_alone(const char *path, long *bytes)
{
    FILE *f = fopen(path, "r");
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    int64_t start = terminal_now_ns();
    while ((n = getline(&line, &cap, f)) > 0) {
        json_t *j = json_loadb(line, (size_t)n, 0, NULL);
        if (!j)
            exit(1);
        json_decref(j);
        *bytes += n;
    }
    free(line);
    fclose(f);
    return (double)(terminal_now_ns() - start) / 1e9;
}

static double run_ingest(char *doorstep, char *dsn, char *path, bool quiet)
{
    int64_t start = terminal_now_ns();
    pid_t pid = fork();
    if (pid == 0) {
        if (quiet && !freopen("/dev/null", "w", stdout))
            _exit(126);
        execl(doorstep, doorstep, "--dsn", dsn, "ingest", path, (char *)NULL);
        _exit(127);
    }
    int status;
    waitpid(pid, &status, 0);
    if (status) {
        fprintf(stderr, "ingest: doorstep ingest failed\n");
        exit(1);
    }
    return (double)(terminal_now_ns() - start) / 1e9;
}

enum { LISTENERS = 20, ROUNDS = 3 };

static void run_sql(PGconn *conn, const char *sql)
{
    PGresult *r = PQexec(conn, sql);
    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK) {
        fprintf(stderr, "ingest: %s", PQerrorMessage(conn));
        exit(1);
    }
    PQclear(r);
}

/* Documents never seen before, in turns with the notification and without it: what is said of exceptions leads through hint_tell(). */
static void notify_costs(char **argv, int count)
{
    PGconn *owner = PQconnectdb(argv[5]), *listener[LISTENERS];
    int64_t best[2] = {INT64_MAX, INT64_MAX};
    for (int i = 0; i < LISTENERS; i++)
        run_sql(listener[i] = PQconnectdb(argv[2]), "LISTEN doorstep");
    run_sql(owner, "CREATE TEMP TABLE said AS SELECT pg_get_functiondef('doorstep.hint_tell'::regproc) AS def");
    for (int round = 0; round < 2 * ROUNDS; round++) {
        bool silent = round % 2;
        run_sql(owner, silent ? "DO $$ BEGIN EXECUTE (SELECT regexp_replace(def, 'AS \\$function\\$.*\\$function\\$', 'AS $function$ BEGIN END $function$') FROM said); END $$"
                              : "DO $$ BEGIN EXECUTE (SELECT def FROM said); END $$");
        write_documents(argv[3], (round + 4) * count, count);     /* the first ones were four times as many */
        int64_t took = (int64_t)(run_ingest(argv[1], argv[2], argv[3], true) * 1e6);
        best[silent] = took < best[silent] ? took : best[silent];
    }
    run_sql(owner, "DO $$ BEGIN EXECUTE (SELECT def FROM said); END $$");
    for (int i = 0; i < LISTENERS; i++)
        PQfinish(listener[i]);
    PQfinish(owner);
    printf("# %d documents a run, 20 listeners: with notifications %.0f a second, without %.0f\n", count, count * 1e6 / (double)best[0], count * 1e6 / (double)best[1]);
    bench_line("ingest with notifications / without", (double)best[1] / (double)best[0], "x", 0.8, 0);
}

int main(int argc, char **argv)
{
    if (argc != 6)
        return 64;
    int count = (int)strtol(argv[4], NULL, 10);
    long bytes = 0;
    write_documents(argv[3], 0, count);
    parse_alone(argv[3], &bytes);
    double alone = parse_alone(argv[3], &bytes);
    fputs("# ", stdout);
    fflush(stdout);
    double ours = run_ingest(argv[1], argv[2], argv[3], false);
    printf("# %d documents of %ld bytes: jansson alone %.0f a second, ingest %.0f a second\n", count, bytes / 2 / count,
           count / alone, count / ours);
    bench_line("ingest end to end / jansson alone", alone / ours, "x", 0.2, 0);
    notify_costs(argv, count / 4);
    return 0;
}
