#include "run/secrets.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/wipe.h"
#include "run/file.h"

enum { FILE_MOST = 64 << 10, LINE_NAME_MOST = 64 };

void secrets_finish(struct secrets *s)
{
    for (size_t i = 0; i < s->all.len; i++) {
        free(s->all.at[i].name);
        wipe_free(s->all.at[i].value);
    }
    vec_finish(&s->all);
}

/* The file to read: heap; NULL: there is no place for one. */
static char *default_path(void)
{
    const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    struct buf path;
    buf_init(&path, 0);
    if (xdg && *xdg == '/')
        buf_printf(&path, "%s/doorstep/channels", xdg);
    else if (home && *home == '/')
        buf_printf(&path, "%s/.config/doorstep/channels", home);
    char *taken = path.len ? buf_take(&path) : NULL;
    buf_finish(&path);
    return taken;
}

static bool is_private(const char *path, struct err *e)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return err_set(e, ERR_CONFIG, path, "cannot be read (%s); name the file the channels stand in", strerror(errno));
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        return err_set(e, ERR_CONFIG, path, "others may read it, and it holds secrets; run `chmod 600` on it");
    return st.st_uid == geteuid() || st.st_uid == 0 ||
           err_set(e, ERR_CONFIG, path, "belongs to another user, and it holds secrets; give it to the one that runs this program");
}

static bool is_name(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!islower((unsigned char)s[i]) && !isdigit((unsigned char)s[i]) && s[i] != '.' && s[i] != '_')
            return false;
    return n > 0 && n < LINE_NAME_MOST;
}

static bool read_line(struct secrets *out, const char *path, int number, const char *s, size_t n, struct err *e)
{
    while (n && isspace((unsigned char)s[n - 1]))
        n--;
    while (n && isspace((unsigned char)*s))
        s++, n--;
    if (!n || *s == '#')
        return true;
    const char *sign = memchr(s, '=', n);
    size_t name = sign ? (size_t)(sign - s) : 0, value = sign ? name + 1 : n;
    while (name && s[name - 1] == ' ')
        name--;
    while (value < n && isspace((unsigned char)s[value]))
        value++;
    if (!is_name(s, name)) {
        err_set(e, ERR_CONFIG, NULL, "no line of secrets; write name = value, as in webhook.twilio = …");
        return err_at(e, "%s:%d", path, number);
    }
    *vec_push(&out->all) = (struct secret){xstrndup(s, name), xstrndup(s + value, n - value)};
    return true;
}

static bool read_lines(struct secrets *out, const char *path, const struct buf *text, struct err *e)
{
    int number = 1;
    for (size_t at = 0; at < text->len; number++) {
        const char *end = memchr(text->data + at, '\n', text->len - at);
        size_t n = end ? (size_t)(end - text->data) - at : text->len - at;
        if (!read_line(out, path, number, text->data + at, n, e))
            return false;
        at += n + 1;
    }
    return true;
}

bool secrets_read(const char *path, struct secrets *out, struct err *e)
{
    struct buf text;
    const char *named = path ? path : getenv("DOORSTEP_CHANNELS");
    char *place = named && *named ? xstrdup(named) : default_path();
    *out = (struct secrets){0};
    if (!place || (!(named && *named) && access(place, F_OK) != 0)) {
        free(place);
        return true;
    }
    bool good = is_private(place, e) && file_read(place, FILE_MOST, &text, e);
    if (good) {
        good = read_lines(out, place, &text, e);
        explicit_bzero(text.data, text.len);
        buf_finish(&text);
    }
    free(place);
    return good;
}

const char *secrets_get(const struct secrets *s, const char *name)
{
    char env[LINE_NAME_MOST + 16];
    int n = snprintf(env, sizeof env, "DOORSTEP_%s", name);
    for (int i = 0; i < n; i++)
        env[i] = env[i] == '.' ? '_' : (char)toupper((unsigned char)env[i]);
    const char *value = getenv(env);
    if (value && *value)
        return value;
    for (size_t i = s->all.len; i-- > 0;)
        if (!strcmp(s->all.at[i].name, name))
            return *s->all.at[i].value ? s->all.at[i].value : NULL;
    return NULL;
}
