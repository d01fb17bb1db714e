/* Doctor on this side of the connection: terminal, locale, libraries, files. */
#include "doctor_in.h"

#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/versions.h"
#include "base/wipe.h"
#include "core/relay.h"
#include "db/admin.h"
#include "db/relay.h"
#include "feed/feed.h"
#include "net/version.h"
#include "run/config.h"
#include "run/secrets.h"
#include "term/probe.h"

static void check_terminal(struct doctor *d)
{
    const char *name = getenv("TERM");
    struct term_probe t;
    term_probe(name, &t);
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        doctor_say(d, WARN, ERR_NONE, "terminal", "not a terminal here, so the dashboard cannot open; commands work. With ssh, ask for one: ssh -t");
    else if (!name || !*name)
        doctor_say(d, FAIL, ERR_CONFIG, "terminal", "TERM is not set: export TERM=xterm-256color");
    else if (!t.known)
        doctor_say(d, FAIL, ERR_CONFIG, "terminal", "this machine does not know TERM=%s: install ncurses-term, or export TERM=xterm-256color", name);
    else if (!t.moves)
        doctor_say(d, FAIL, ERR_CONFIG, "terminal", "TERM=%s cannot place the cursor: use a real terminal, or the commands", name);
    else if (t.colors < 8)
        doctor_say(d, FINE, ERR_NONE, "terminal", "%s, no colour: the mono theme is used", name);
    else
        doctor_say(d, FINE, ERR_NONE, "terminal", "%s, %d colours%s", name, t.colors,
            getenv("NO_COLOR") ? ", not used because NO_COLOR is set" : "");
}

static void check_locale(struct doctor *d)
{
    const char *set = nl_langinfo(CODESET);
    if (strcmp(set, "UTF-8") == 0)
        doctor_say(d, FINE, ERR_NONE, "locale", "UTF-8");
    else
        doctor_say(d, WARN, ERR_NONE, "locale", "characters are %s, so everything beyond ASCII is replaced: export LC_ALL=C.UTF-8", set);
}

/* What is loaded now, which need not be what the program was built with. */
static void check_libraries(struct doctor *d)
{
    static const struct { const char *name, *package; int oldest; int (*now)(void); } libraries[] = {
#define X(id, name, major, minor, dev, package) {name, package, VERSION_NUMBER(major, minor), NOW_##id},
#define NOW_LIBPQ   db_libpq_version
#define NOW_CURL    net_curl_version
#define NOW_JANSSON feed_jansson_version
#define NOW_OPENSSL net_openssl_version
#define NOW_NCURSES term_ncurses_version
        LIBRARIES(X)
#undef X
    };
    char all[200] = "";
    size_t len = 0;
    bool old = false;
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        int now = libraries[i].now(), least = libraries[i].oldest;
        if (now < least) {
            old = true;
            doctor_say(d, FAIL, ERR_CONFIG, "libraries", "%s is version %d.%d and has to be %d.%d or later: upgrade the package %s", libraries[i].name,
                       now / 1000, now % 1000, least / 1000, least % 1000, libraries[i].package);
        }
        int n = snprintf(all + len, sizeof all - len, "%s%s %d.%d", len ? ", " : "", libraries[i].name, now / 1000, now % 1000);
        len += n > 0 && len + (size_t)n < sizeof all ? (size_t)n : 0;
    }
    if (!old)
        doctor_say(d, FINE, ERR_NONE, "libraries", "%s", all);
}

/* The file of secrets, where there is one: a worker would refuse to start. */
static void check_channels(struct doctor *d)
{
    struct secrets s;
    struct err e = {0};
    if (!secrets_read(NULL, &s, &e))
        doctor_say(d, FAIL, ERR_CONFIG, "channels", "%s%s%s", e.where, e.where[0] ? ": " : "", e.text);
    else if (s.all.len)
        doctor_say(d, FINE, ERR_NONE, "channels", "the channels file has %zu lines, and nobody else can read it", s.all.len);
    secrets_finish(&s);
}

void doctor_here(struct doctor *d)
{
    check_terminal(d);
    check_locale(d);
    check_libraries(d);
    check_channels(d);
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
    doctor_say(c->doctor, WARN, ERR_CONFIG, c->subject, "%s", line);
    c->count++;
}

/* Where there is none each dashboard listens by itself, which is as good. */
static void check_relay(struct doctor *d, const char *path)
{
    struct relay_probe r;
    if (!*path)
        return;
    db_relay_probe(path, &r);
    if (r.works)
        doctor_say(d, FINE, ERR_NONE, "relay", "one listens for this host's dashboards at %s", path);
    else if (r.there)
        doctor_say(d, WARN, ERR_NONE, "relay", "%s", r.why);
    else if (access(path, F_OK) == 0 || strcmp(path, RELAY_SOCKET) != 0)      /* one that is named is meant to be there */
        doctor_say(d, WARN, ERR_NONE, "relay", "nothing answers at %s, so each dashboard listens by itself: systemctl restart doorstep-relay.socket, or start "
                   "\"doorstep relay --socket %s\"", path, path);
}

void doctor_config(struct doctor *d, const char *path, char *out, size_t size)
{
    struct complaints in_file = {d, "config", 0}, in_keys = {d, "keymap", 0};
    static struct config config;
    struct keymap keys;
    struct err e = {0};
    out[0] = '\0';
    if (!config_read(path, &config, complain, &in_file, &e)) {
        doctor_say(d, FAIL, ERR_CONFIG, "config", "%s%s%s", e.where, e.where[0] ? ": " : "", e.text);
        return;
    }
    if (!in_file.count)
        doctor_say(d, FINE, ERR_NONE, "config", "%s", path ? path : "the defaults and the file in the XDG config folder, if any");
    keymap_init(&keys);
    config_keymap(&config, &keys, complain, &in_keys);
    if (!in_keys.count)
        doctor_say(d, FINE, ERR_NONE, "keymap", "%s, %zu bindings", config.keymap, keys.count);
    keymap_finish(&keys);
    check_relay(d, config.relay);
    snprintf(out, size, "%s", config.dsn);
    wipe(config.dsn);
}
