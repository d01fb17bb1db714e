#include "run/config.h"

#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "core/relay.h"
#include "run/file.h"
#include "view/theme.h"

#define CONFIG_MOST (64u << 10)
#define KEYMAP_MOST (256u << 10)

typedef bool set_fn(struct config *c, size_t offset, const char *value, struct err *e);

static bool set_switch(struct config *c, size_t offset, const char *value, struct err *e)
{
    bool on = strcmp(value, "on") == 0;
    if (!on && strcmp(value, "off") != 0)
        return err_set(e, ERR_CONFIG, NULL, "\"%s\" should be on or off", value);
    memcpy((char *)c + offset, &on, sizeof on);
    return true;
}

static bool set_theme(struct config *c, size_t offset, const char *value, struct err *e)
{
    (void)offset;
    if (!theme_find(value))
        return err_set(e, ERR_CONFIG, NULL, "there is no theme \"%s\": default, light, contrast, mono", value);
    snprintf(c->settings.theme, sizeof c->settings.theme, "%s", value);
    return true;
}

static bool set_keymap(struct config *c, size_t offset, const char *value, struct err *e)
{
    (void)offset;
    size_t size;
    if (!keymap_builtin(value, &size))
        return err_set(e, ERR_CONFIG, NULL, "there is no keymap \"%s\": default, vim, emacs", value);
    snprintf(c->keymap, sizeof c->keymap, "%s", value);
    return true;
}

static bool set_dsn(struct config *c, size_t offset, const char *value, struct err *e)
{
    (void)offset;
    if (strlen(value) >= sizeof c->dsn)
        return err_set(e, ERR_CONFIG, NULL, "the connection string is longer than %zu bytes", sizeof c->dsn - 1);
    memcpy(c->dsn, value, strlen(value) + 1);
    return true;
}

static bool set_relay(struct config *c, size_t offset, const char *value, struct err *e)
{
    (void)offset;
    bool off = strcmp(value, "off") == 0;
    if (!off && (value[0] != '/' || strlen(value) >= sizeof c->relay))
        return err_set(e, ERR_CONFIG, NULL, "\"%s\" should be off, or the whole path of a relay's socket, of at most %zu bytes", value, sizeof c->relay - 1);
    snprintf(c->relay, sizeof c->relay, "%s", off ? "" : value);
    return true;
}

#define SETTING(field) (offsetof(struct config, settings) + offsetof(struct settings, field))
static const struct {
    struct config_key key;
    set_fn *set;
    size_t offset;
} keys[] = {
    {{"dsn", "the database, a libpq connection string"}, set_dsn, 0},
    {{"relay", "the socket of `doorstep relay`, or off (default: /run/doorstep/relay.sock, where there is one)"}, set_relay, 0},
    {{"theme", "default, light, contrast or mono"}, set_theme, 0},
    {{"keymap", "the keymap to start from: default, vim or emacs"}, set_keymap, 0},
    {{"ascii", "on: no characters beyond ASCII for decoration"}, set_switch, SETTING(ascii)},
    {{"bell", "on: ring when a critical exception arrives"}, set_switch, SETTING(bell)},
    {{"title", "on: counts in the terminal's title"}, set_switch, SETTING(title)},
    {{"mouse", "on: wheel and click"}, set_switch, SETTING(mouse)},
    {{"clipboard", "on: copy by OSC 52"}, set_switch, SETTING(clipboard)},
    {{"links", "on: tracking numbers are links (OSC 8)"}, set_switch, SETTING(links)},
    {{"suspend", "on: C-z stops the program; leave it off for forced commands"}, set_switch, SETTING(suspend)},
};
#define KEY_ROWS (sizeof keys / sizeof keys[0])

const struct config_key *config_keys(void)
{
    static struct config_key out[KEY_ROWS + 1];
    for (size_t i = 0; i < KEY_ROWS; i++)
        out[i] = keys[i].key;
    return out;
}

/* Cuts blanks off both ends, in place. */
static char *trim(char *s)
{
    s += strspn(s, " \t\r");
    size_t n = strlen(s);
    while (n && strchr(" \t\r", s[n - 1]))
        s[--n] = '\0';
    return s;
}

/* Tells of a mistake, and keeps the first for the dashboard to say. */
struct mistakes {
    struct config *config;
    config_warn_fn *warn;
    void *ctx;
};

static void mistake(void *ctx, const struct err *e)
{
    struct mistakes *m = ctx;
    struct settings *s = &m->config->settings;
    if (!s->notice[0])
        err_line(e, s->notice, sizeof s->notice);
    if (m->warn)
        m->warn(m->ctx, e);
}

static bool set_line(struct config *c, char *line, struct err *e)
{
    char *equals = strchr(line, '=');
    if (!equals)
        return err_set(e, ERR_CONFIG, NULL, "this line should be KEY = VALUE, as in theme = light");   /* it may hold a password */
    *equals = '\0';
    const char *name = trim(line);
    for (size_t i = 0; i < KEY_ROWS; i++)
        if (strcmp(keys[i].key.name, name) == 0)
            return keys[i].set(c, keys[i].offset, trim(equals + 1), e);
    return err_set(e, ERR_CONFIG, NULL, "there is no setting \"%s\"; the README lists them", name);
}

static void read_lines(struct config *c, const char *path, char *text, struct mistakes *m)
{
    int number = 0;
    for (char *next; text; text = next) {
        next = strchr(text, '\n');
        if (next)
            *next++ = '\0';
        number++;
        char *line = trim(text);
        struct err e = {0};
        if (!*line || *line == '#' || set_line(c, line, &e))
            continue;
        err_at(&e, "%s:%d", path, number);
        mistake(m, &e);
    }
}

/* The path of a file of ours in the XDG config folder; false when there is no home. */
static bool xdg_path(const char *name, char *out, size_t size)
{
    const char *folder = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    if (folder && folder[0] == '/')
        snprintf(out, size, "%s/doorstep/%s", folder, name);
    else if (home && home[0] == '/')
        snprintf(out, size, "%s/.config/doorstep/%s", home, name);
    else
        return false;
    return true;
}

static void read_environment(struct config *c, struct mistakes *m)
{
    const char *relay = getenv("DOORSTEP_RELAY");
    struct err e = {0};
    if (!relay || !*relay || set_relay(c, 0, relay, &e))
        return;
    err_at(&e, "DOORSTEP_RELAY");
    mistake(m, &e);
}

bool config_read(const char *path, struct config *out, config_warn_fn *warn, void *ctx, struct err *e)
{
    *out = (struct config){.settings = {.theme = "default", .bell = true, .title = true, .clipboard = true, .links = true},
                           .keymap = "default", .relay = RELAY_SOCKET};
    out->settings.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    const char *no_color = getenv("NO_COLOR");
    if (no_color && *no_color)
        snprintf(out->settings.theme, sizeof out->settings.theme, "mono");
    struct mistakes told = {out, warn, ctx};
    char found[512];
    if (path || (xdg_path("config", found, sizeof found) && access(found, R_OK) == 0)) {
        struct buf text;
        if (!file_read(path ? path : found, CONFIG_MOST, &text, e))
            return false;
        size_t size = text.len;
        char *copy = buf_take(&text);
        read_lines(out, path ? path : found, copy, &told);
        explicit_bzero(copy, size);            /* dsn may hold a password */
        free(copy);
    }
    read_environment(out, &told);
    return true;
}

void config_keymap(struct config *c, struct keymap *m, config_warn_fn *warn, void *ctx)
{
    size_t size = 0;
    const char *builtin = keymap_builtin(c->keymap, &size);
    keymap_init(m);
    struct mistakes told = {c, warn, ctx};
    keymap_read(m, c->keymap, builtin, size, mistake, &told);
    char path[sizeof c->settings.user_keymap];
    if (!xdg_path("keys", path, sizeof path) || access(path, R_OK) != 0)
        return;
    struct buf text;
    struct err e = {0};
    if (!file_read(path, KEYMAP_MOST, &text, &e)) {
        mistake(&told, &e);
        return;
    }
    keymap_read(m, path, buf_str(&text), text.len, mistake, &told);
    buf_finish(&text);
    memcpy(c->settings.user_keymap, path, sizeof path);
}
