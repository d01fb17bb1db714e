#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trouble.h"

static PGconn *owner;

static const char *need(const char *variable)
{
    const char *s = getenv(variable);
    if (!s) {
        fprintf(stderr, "%s is not set: run these tests with `make test`\n", variable);
        exit(70);
    }
    return s;
}

const char *world_dsn(const char *role)
{
    static char dsn[512];
    const char *base = need("DOORSTEP_TEST_DSN");
    const char *user = strstr(base, "user=");
    size_t before = user ? (size_t)(user - base) : strlen(base);
    const char *after = user ? user + strcspn(user, " ") : "";
    snprintf(dsn, sizeof dsn, "%.*suser=%s%s", (int)before, base, role, after);
    return dsn;
}

const char *world_user(const char *role) { return strstr(world_dsn(role), "user="); }

const char *world_sql(const char *sql)
{
    static char cell[4096];
    PGresult *r = PQexec(owner, sql);
    ExecStatusType status = PQresultStatus(r);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        fprintf(stderr, "%s\n%s", sql, PQerrorMessage(owner));
        exit(70);
    }
    snprintf(cell, sizeof cell, "%s", PQntuples(r) && PQnfields(r) ? PQgetvalue(r, 0, 0) : "");
    PQclear(r);
    return cell;
}

bool world_becomes(struct terminal *t, const char *sql, const char *expected)
{
    char query[1000];
    snprintf(query, sizeof query, "%s", sql);
    for (int64_t until = terminal_now_ns() + (int64_t)SOON * terminal_patience() * 1000000; terminal_now_ns() < until;) {
        if (strcmp(world_sql(query), expected) == 0)
            return true;
        if (!terminal_pump(t, 50) && t->closed)
            usleep(50000);
    }
    return false;
}

void world_connect(void)
{
    owner = PQconnectdb(need("DOORSTEP_TEST_DSN"));
    if (PQstatus(owner) != CONNECTION_OK) {
        fprintf(stderr, "%s", PQerrorMessage(owner));
        exit(70);
    }
}

static void name_cluster(const char *cluster)
{
    char dsn[700];
    const char *database = strstr(need("DOORSTEP_TEST_DSN"), "dbname=");
    snprintf(dsn, sizeof dsn, "host=%s/run user=test %s", cluster, database ? database : "");
    setenv("DOORSTEP_TEST_DSN", dsn, 1);
}

void world_move(const char *cluster)
{
    trouble_pg("copy", cluster, need("DOORSTEP_TEST_DSN"));
    name_cluster(cluster);
}

void world_is_on(const char *cluster)
{
    name_cluster(cluster);
    world_close();
    world_connect();
}

void world_open(void)
{
    world_connect();
    world_sql("CREATE ROLE feeder LOGIN IN ROLE doorstep_feed");
    world_sql("CREATE ROLE mailer LOGIN IN ROLE doorstep_worker");
    world_sql("SELECT doorstep.user_add('maria', 'agent', 'Maria Lopez'), doorstep.user_add('dana', 'agent', 'Dana Reyes'), "
              "doorstep.user_add('okafor', 'lead', 'Ben Okafor'), doorstep.user_add('eve', 'viewer', 'Eve Lund')");
}

void world_close(void) { PQfinish(owner); }

int world_run(const char *role, const char *input, char *const arguments[])
{
    int in[2], status;
    char dsn[512];
    char *argv[16] = {"doorstep", "--dsn", dsn};
    snprintf(dsn, sizeof dsn, "%s", world_dsn(role));
    for (int i = 0; i < 12 && arguments[i]; i++)
        argv[i + 3] = arguments[i];
    if (pipe(in) != 0)
        exit(70);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(in[0], 0);
        close(in[1]);
        if (!freopen("/dev/null", "w", stdout))
            _exit(127);
        execv(need("DOORSTEP"), argv);
        _exit(127);
    }
    close(in[0]);
    if (input && write(in[1], input, strlen(input)) < 0)
        perror("doorstep");
    close(in[1]);
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int world_ingest(const char *document) { return world_run("feeder", document, (char *[]){"ingest", NULL}); }

void world_problem(const char *tracking_number)
{
    char document[1024];
    snprintf(document, sizeof document,
             "{\"type\":\"event\",\"carrier\":\"ups\",\"tracking_number\":\"%s\",\"occurred_at\":\"%s\",\"provider\":\"shippo\","
             "\"code\":\"TRANSIT\",\"detail\":\"address_issue\",\"message\":\"Incorrect address - apartment number missing\","
             "\"location\":{\"city\":\"Austin\",\"region\":\"TX\",\"country\":\"US\"}}\n",
             tracking_number, world_sql("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"));
    if (world_ingest(document) != 0) {
        fprintf(stderr, "ingest refused %s\n", document);
        exit(70);
    }
}

void world_customer(const char *first_name, const char *tracking_number)
{
    char document[1024], mail[64];
    snprintf(mail, sizeof mail, "%s@example.com", first_name);
    mail[0] = (char)(mail[0] | 0x20);
    snprintf(document, sizeof document,
             "{\"type\":\"order\",\"order_number\":\"O-%s\",\"brand\":\"acme\",\"customer\":{\"external_id\":\"c-%s\",\"name\":\"%s Delgado\","
             "\"email\":\"%s\",\"language\":\"es\",\"time_zone\":\"America/Chicago\",\"tier\":\"gold\",\"consent\":{\"email\":true},"
             "\"preferred_channel\":\"email\"},\"shipments\":[{\"carrier\":\"ups\",\"tracking_number\":\"%s\"}]}\n",
             tracking_number, tracking_number, first_name, mail, tracking_number);
    if (world_ingest(document) != 0) {
        fprintf(stderr, "ingest refused %s\n", document);
        exit(70);
    }
    world_problem(tracking_number);
}

void world_dashboard(struct terminal *t, const char *role, int rows, int cols)
{
    char dsn[512];
    snprintf(dsn, sizeof dsn, "%s", world_dsn(role));
    terminal_open(t, (char *[]){(char *)need("DOORSTEP"), "--dsn", dsn, NULL}, "xterm-256color", rows, cols);
}
