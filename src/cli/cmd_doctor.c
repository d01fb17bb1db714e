/* Checks everything a dashboard needs, a line each: ok, warn or fail, and what to do. */
#include "cli/commands.h"

#include <inttypes.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cli/cli.h"
#include "db/admin.h"
#include "db/migrate.h"
#include "run/config.h"
#include "term/probe.h"

#define OLDEST_SERVER 150000
#define SKEW_WARN_MS 2000
#define SLOW_MS 300

enum finding { FINE, WARN, FAIL };

struct doctor {
    int worst;                 /* enum finding */
    enum err_code code;        /* of the first failure */
};

__attribute__((format(printf, 5, 6)))
static void say(struct doctor *d, enum finding v, enum err_code code, const char *subject, const char *fmt, ...)
{
    static const char *const words[] = {[FINE] = "ok", [WARN] = "warn", [FAIL] = "fail"};
    char text[900], line[900];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    utf8_clean(text, strlen(text), line, sizeof line, UTF8_ONE_LINE);
    printf("%-4s  %-10s  %s\n", words[v], subject, line);
    if (v == FAIL && d->worst < FAIL)
        d->code = code;
    if ((int)v > d->worst)
        d->worst = (int)v;
}

/* ---- this side ---- */

static void check_terminal(struct doctor *d)
{
    const char *name = getenv("TERM");
    struct term_probe t;
    term_probe(name, &t);
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        say(d, WARN, ERR_NONE, "terminal", "not a terminal here, so the dashboard cannot open; commands work. With ssh, ask for one: ssh -t");
    else if (!name || !*name)
        say(d, FAIL, ERR_CONFIG, "terminal", "TERM is not set: export TERM=xterm-256color");
    else if (!t.known)
        say(d, FAIL, ERR_CONFIG, "terminal", "this machine does not know TERM=%s: install ncurses-term, or export TERM=xterm-256color", name);
    else if (!t.moves)
        say(d, FAIL, ERR_CONFIG, "terminal", "TERM=%s cannot place the cursor: use a real terminal, or the commands", name);
    else if (t.colors < 8)
        say(d, FINE, ERR_NONE, "terminal", "%s, no colour: the mono theme is used", name);
    else
        say(d, FINE, ERR_NONE, "terminal", "%s, %d colours%s", name, t.colors,
            getenv("NO_COLOR") ? ", not used because NO_COLOR is set" : "");
}

static void check_locale(struct doctor *d)
{
    const char *set = nl_langinfo(CODESET);
    if (strcmp(set, "UTF-8") == 0)
        say(d, FINE, ERR_NONE, "locale", "UTF-8");
    else
        say(d, WARN, ERR_NONE, "locale", "characters are %s, so everything beyond ASCII is replaced: export LC_ALL=C.UTF-8", set);
}

struct complaints {
    struct doctor *doctor;
    const char *subject;
    int count;
};

static void complain(void *ctx, const struct err *e)
{
    struct complaints *c = ctx;
    char line[sizeof e->where + sizeof e->text + 4];
    err_line(e, line, sizeof line);
    say(c->doctor, WARN, ERR_CONFIG, c->subject, "%s", line);
    c->count++;
}

/* Returns the configuration's DSN, "" when it has none, in out. */
static void check_config(struct doctor *d, const char *path, char *out, size_t size)
{
    struct complaints in_file = {d, "config", 0}, in_keys = {d, "keymap", 0};
    static struct config config;
    struct keymap keys;
    struct err e = {0};
    out[0] = '\0';
    if (!config_read(path, &config, complain, &in_file, &e)) {
        say(d, FAIL, ERR_CONFIG, "config", "%s%s%s", e.where, e.where[0] ? ": " : "", e.text);
        return;
    }
    if (!in_file.count)
        say(d, FINE, ERR_NONE, "config", "%s", path ? path : "the defaults and the file in the XDG config folder, if any");
    keymap_init(&keys);
    config_keymap(&config, &keys, complain, &in_keys);
    if (!in_keys.count)
        say(d, FINE, ERR_NONE, "keymap", "%s, %zu bindings", config.keymap, keys.count);
    keymap_finish(&keys);
    snprintf(out, size, "%s", config.dsn);
}

/* ---- the database ---- */

static void check_server(struct doctor *d, const struct db_probe *p)
{
    say(d, FINE, ERR_NONE, "database", "%s at %s as %s%s", p->database, p->server, p->role,
        p->unix_socket ? "" : p->encrypted ? ", encrypted" : "");
    if (!p->unix_socket && !p->encrypted)
        say(d, WARN, ERR_NONE, "privacy", "the connection is not encrypted: add sslmode=require (or verify-full) to the DSN");
    if (p->server_version < OLDEST_SERVER)
        say(d, FAIL, ERR_CONFIG, "server", "PostgreSQL %d is too old: 15 or later is needed", p->server_version / 10000);
    else
        say(d, FINE, ERR_NONE, "server", "PostgreSQL %d.%d, %" PRId64 " ms away", p->server_version / 10000,
            p->server_version % 10000, p->round_trip_ms);
    if (p->round_trip_ms > SLOW_MS)
        say(d, WARN, ERR_NONE, "distance", "an answer takes %" PRId64 " ms: run doorstep nearer to the database, over ssh", p->round_trip_ms);
    if (p->standby)
        say(d, FAIL, ERR_CONFIG, "writable", "this is a standby, which cannot be written or listened to: add target_session_attrs=read-write and the "
            "other hosts to the DSN");
    else if (p->read_only)
        say(d, FAIL, ERR_CONFIG, "writable", "sessions are read-only here (default_transaction_read_only): nothing could be claimed");
    else
        say(d, FINE, ERR_NONE, "writable", "a primary that takes writes");
}

static void check_version(struct doctor *d, int version)
{
    int wanted = db_schema_wanted();
    if (version == DB_SCHEMA_VERSION_NONE)
        say(d, FAIL, ERR_CONFIG, "schema", "this database has none: run doorstep migrate as its owner, or look at doorstep demo");
    else if (version < wanted)
        say(d, FAIL, ERR_CONFIG, "schema", "version %d, this program needs %d: run doorstep migrate", version, wanted);
    else if (version > wanted)
        say(d, FAIL, ERR_CONFIG, "schema", "version %d, this program knows only %d: upgrade doorstep", version, wanted);
    else
        say(d, FINE, ERR_NONE, "schema", "version %d", wanted);
}

static void check_schema(struct doctor *d, const struct db_probe *p)
{
    if (!p->schema_closed)
        check_version(d, p->schema_version);
    if (p->schema_closed || (p->level == ROLE_NONE && p->schema_version != DB_SCHEMA_VERSION_NONE))
        say(d, FAIL, ERR_REFUSED, "role", "%s may not use Doorstep: an admin runs doorstep user add %s --level agent", p->role, p->role);
    else if (p->level != ROLE_NONE)
        say(d, FINE, ERR_NONE, "role", "%s is %s", p->role, role_level_name(p->level));
}

static void check_live(struct doctor *d, const struct db_probe *p)
{
    if (!p->same_backend)
        say(d, FAIL, ERR_CONFIG, "pooling", "two transactions met two different backends: a pooler in transaction mode is in between. Connect directly or use session pooling");
    else
        say(d, FINE, ERR_NONE, "pooling", "one session keeps one backend");
    if (p->standby)
        return;
    if (p->listen_works)
        say(d, FINE, ERR_NONE, "listen", "notifications arrive");
    else if (p->listen_error[0])
        say(d, FAIL, ERR_CONFIG, "listen", "LISTEN failed: %s", p->listen_error);
    else
        say(d, FAIL, ERR_CONFIG, "listen", "a notification of our own did not arrive: connect directly, not through a pooler in transaction mode");
    int64_t skew = p->skew_ms < 0 ? -p->skew_ms : p->skew_ms;
    if (skew > SKEW_WARN_MS + p->round_trip_ms)
        say(d, WARN, ERR_NONE, "clock", "the server's clock is %" PRId64 " s %s: due times look wrong by that much; synchronise both (NTP)",
            skew / 1000, p->skew_ms > 0 ? "ahead" : "behind");
    else
        say(d, FINE, ERR_NONE, "clock", "server and this machine agree to %" PRId64 " ms", skew);
}

static void check_messages(struct doctor *d, const struct db_probe *p)
{
    for (int i = 0; i < p->health_count; i++)
        say(d, p->health[i].wrong ? WARN : FINE, ERR_NONE, p->health[i].subject, "%s", p->health[i].message);
}

int cmd_doctor(struct cli *c)
{
    struct doctor d = {0};
    struct db_probe p;
    struct err e = {0};
    char configured[512];
    check_terminal(&d);
    check_locale(&d);
    check_config(&d, c->config, configured, sizeof configured);
    if (db_probe(c->dsn[0] ? c->dsn : configured, &p, &e)) {
        check_server(&d, &p);
        check_schema(&d, &p);
        check_live(&d, &p);
        check_messages(&d, &p);
    } else {
        say(&d, FAIL, e.code, "database", "%s", e.text);
    }
    return err_exit_status(d.code);
}
