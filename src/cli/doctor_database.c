/* Doctor on the other side of the connection: the server, the schema, the role, what runs beside the dashboards. */
#include "doctor_in.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/versions.h"
#include "base/when.h"
#include "db/admin.h"
#include "db/migrate.h"
#include "loop/loop.h"

#define SKEW_WARN_MS 2000
#define SLOW_MS 300
#define CONNECTIONS_WARN 80    /* percent of those there are */
#define NOTIFY_WARN 10         /* percent of the queue of notifications; full, every commit that notifies fails */
#define NOTIFY_FAIL 50
#define DISK_WARN 10           /* percent free */
#define PASSWORD_WARN_MS (7 * WHEN_DAY)

static void check_server(struct doctor *d, const struct db_probe *p)
{
    doctor_say(d, FINE, ERR_NONE, "database", "%s at %s as %s%s", p->database, p->server, p->role,
        p->unix_socket ? "" : p->encrypted ? ", encrypted" : "");
    if (!p->unix_socket && !p->encrypted)
        doctor_say(d, WARN, ERR_NONE, "privacy", "the connection is not encrypted: add sslmode=require (or verify-full) to the DSN");
    if (p->server_version / 10000 < OLDEST_SERVER)
        doctor_say(d, FAIL, ERR_CONFIG, "server", "PostgreSQL %d is too old: %d or later is needed", p->server_version / 10000, OLDEST_SERVER);
    else
        doctor_say(d, FINE, ERR_NONE, "server", "PostgreSQL %d.%d, %" PRId64 " ms away", p->server_version / 10000,
            p->server_version % 10000, p->round_trip_ms);
    if (p->round_trip_ms > SLOW_MS)
        doctor_say(d, WARN, ERR_NONE, "distance", "an answer takes %" PRId64 " ms: run doorstep nearer to the database, over ssh", p->round_trip_ms);
    if (p->standby)
        doctor_say(d, FAIL, ERR_CONFIG, "writable", "this is a standby, which cannot be written or listened to: add target_session_attrs=read-write and the "
            "other hosts to the DSN");
    else if (p->read_only)
        doctor_say(d, FAIL, ERR_CONFIG, "writable", "sessions are read-only here (default_transaction_read_only): nothing could be claimed");
    else
        doctor_say(d, FINE, ERR_NONE, "writable", "a primary that takes writes");
}

static void check_version(struct doctor *d, int version)
{
    int wanted = db_schema_wanted();
    if (version == DB_SCHEMA_VERSION_NONE)
        doctor_say(d, FAIL, ERR_CONFIG, "schema", "this database has none: run doorstep migrate as its owner, or look at doorstep demo");
    else if (version < wanted)
        doctor_say(d, FAIL, ERR_CONFIG, "schema", "version %d, this program needs %d: run doorstep migrate", version, wanted);
    else if (version > wanted)
        doctor_say(d, FAIL, ERR_CONFIG, "schema", "version %d, this program knows only %d: upgrade doorstep", version, wanted);
    else
        doctor_say(d, FINE, ERR_NONE, "schema", "version %d", wanted);
}

static void check_schema(struct doctor *d, const struct db_probe *p)
{
    if (!p->schema_closed)
        check_version(d, p->schema_version);
    if (p->schema_closed || (p->level == ROLE_NONE && p->schema_version != DB_SCHEMA_VERSION_NONE))
        doctor_say(d, FAIL, ERR_REFUSED, "role", "%s may not use Doorstep: an admin runs doorstep user add %s --level agent", p->role, p->role);
    else if (p->level != ROLE_NONE)
        doctor_say(d, FINE, ERR_NONE, "role", "%s is %s", p->role, role_level_name(p->level));
}

/* The dashboard goes by the server's clock; what is typed on the command line is read by this machine's. */
static void say_skew(struct doctor *d, int64_t server_ahead)
{
    char span[16];
    when_format_apart(server_ahead, span, sizeof span);
    doctor_say(d, WARN, ERR_NONE, "clock", "this machine's clock is %s %s the server's: on the command line today, 2h and ages are wrong by that much; set both by NTP", span,
               server_ahead > 0 ? "behind" : "ahead of");
}

static void check_live(struct doctor *d, const struct db_probe *p)
{
    if (!p->same_backend)
        doctor_say(d, FAIL, ERR_CONFIG, "pooling", "two transactions met two different backends: a pooler in transaction mode is in between. Connect directly or use session pooling");
    else
        doctor_say(d, FINE, ERR_NONE, "pooling", "one session keeps one backend");
    if (p->standby)
        return;
    if (p->listen_works)
        doctor_say(d, FINE, ERR_NONE, "listen", "notifications arrive");
    else if (p->listen_error[0])
        doctor_say(d, FAIL, ERR_CONFIG, "listen", "LISTEN failed: %s", p->listen_error);
    else
        doctor_say(d, FAIL, ERR_CONFIG, "listen", "a notification of our own did not arrive: connect directly, not through a pooler in transaction mode");
    int64_t skew = p->skew_ms < 0 ? -p->skew_ms : p->skew_ms;
    if (skew > SKEW_WARN_MS + p->round_trip_ms)
        say_skew(d, p->skew_ms);
    else
        doctor_say(d, FINE, ERR_NONE, "clock", "server and this machine agree to %" PRId64 " ms", skew);
}

static void check_messages(struct doctor *d, const struct db_probe *p)
{
    for (int i = 0; i < p->health_count; i++)
        doctor_say(d, p->health[i].wrong ? WARN : FINE, ERR_NONE, p->health[i].subject, "%s", p->health[i].message);
}

/* ---- how the server is doing ---- */

static void check_connections(struct doctor *d, const struct db_load *l)
{
    int64_t percent = l->connections_most > 0 ? 100 * l->connections / l->connections_most : 0;
    if (percent >= CONNECTIONS_WARN)
        doctor_say(d, WARN, ERR_NONE, "sessions", "%" PRId64 " of %" PRId64 " connections are in use: raise max_connections, or put a pooler with "
                   "pool_mode = session in front", l->connections, l->connections_most);
    else
        doctor_say(d, FINE, ERR_NONE, "sessions", "%" PRId64 " of %" PRId64 " connections are in use", l->connections, l->connections_most);
    if (l->idle_transactions > 0)
        doctor_say(d, WARN, ERR_NONE, "sessions", "in %" PRId64 " of them a transaction has been open and idle, the longest for %d minutes (%s): that keeps tables from being "
                   "cleaned and notifications from being let go; end it with pg_terminate_backend(), and set idle_in_transaction_session_timeout",
                   l->idle_transactions, l->idle_minutes, l->idle_who);
}

static void check_notify(struct doctor *d, const struct db_load *l)
{
    if (l->notify_percent < NOTIFY_WARN)
        return;
    doctor_say(d, l->notify_percent >= NOTIFY_FAIL ? FAIL : WARN, ERR_AGAIN, "notices", "the queue of notifications is %d%% full, and when it is full nothing can "
               "be changed any more: a session that listens holds a transaction open or does not read; SELECT pid, application_name, xact_start FROM "
               "pg_stat_activity ORDER BY xact_start shows it, pg_terminate_backend(pid) ends it", l->notify_percent);
}

static void check_password(struct doctor *d, const struct db_load *l)
{
    int64_t left = l->password_until - loop_wall();
    if (l->password_until && left < PASSWORD_WARN_MS)
        doctor_say(d, WARN, ERR_NONE, "password", "this role's password ends in %" PRId64 " hours: have an administrator run ALTER ROLE … VALID UNTIL, before the next "
                   "reconnect fails", left > 0 ? left / WHEN_HOUR : 0);
}

/* Seen where the server is this machine, and its folder's name may be known. */
static void check_disk(struct doctor *d, const struct db_probe *p)
{
    struct statvfs disk;
    if (!p->unix_socket || !p->load.data_directory[0] || statvfs(p->load.data_directory, &disk) != 0 || disk.f_blocks == 0)
        return;
    int free_percent = (int)(100.0 * (double)disk.f_bavail / (double)disk.f_blocks);
    if (free_percent < DISK_WARN)
        doctor_say(d, WARN, ERR_NONE, "disk", "%d%% of the disk under %s are free: make room before the server stops taking changes", free_percent,
                   p->load.data_directory);
    else
        doctor_say(d, FINE, ERR_NONE, "disk", "%d%% free", free_percent);
}

/* Zero lost actions is a promise about what the server answered. */
static void check_crash(struct doctor *d, const struct db_load *l)
{
    if (!l->syncs)
        doctor_say(d, WARN, ERR_NONE, "crash", "fsync is off, so a power cut can ruin the whole database: set fsync = on, and make a new copy from a backup if there was one");
    else if (!l->waits)
        doctor_say(d, WARN, ERR_NONE, "crash", "synchronous_commit is off, so actions that were answered can be lost when the server crashes: set synchronous_commit = on "
                   "for the server, this database and its roles");
    else
        doctor_say(d, FINE, ERR_NONE, "crash", "what was answered outlives a crash of the server");
}

static void check_upkeep(struct doctor *d, const struct db_load *l)
{
    if (!l->autovacuum)
        doctor_say(d, WARN, ERR_NONE, "upkeep", "autovacuum is off, so tables grow and plans go wrong: set autovacuum = on");
    if (l->stale[0])
        doctor_say(d, WARN, ERR_NONE, "upkeep", "%s changed much since the planner last counted it: run ANALYZE, and see that autovacuum keeps up", l->stale);
}

void doctor_database(struct doctor *d, const char *dsn)
{
    struct db_probe p;
    struct err e = {0};
    if (!db_probe(dsn, &p, &e)) {
        doctor_say(d, FAIL, e.code, "database", "%s%s%s", e.where, e.where[0] ? ": " : "", e.text);
        return;
    }
    check_server(d, &p);
    if (!p.stalled) {
        check_schema(d, &p);
        check_live(d, &p);
    }
    if (p.load.known) {
        check_connections(d, &p.load);
        check_notify(d, &p.load);
        check_password(d, &p.load);
        check_disk(d, &p);
        check_crash(d, &p.load);
        check_upkeep(d, &p.load);
    }
    check_messages(d, &p);
    if (p.stalled)
        doctor_say(d, FAIL, ERR_UNREACHABLE, "answers", "the server took the connection and then said nothing for %d s: the network, or a proxy on the way, has "
                   "stalled, or the server is overloaded; try again nearer to it", DB_PROBE_PATIENCE_MS / 1000);
}
