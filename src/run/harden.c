#include "run/harden.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/die.h"
#include "base/wipe.h"

void harden_process(void)
{
    struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
        die("cannot turn core dumps off, and one would hold passwords; look at the limits this is started with");
}

/* The password of a URL's USER:PASSWORD@, in its authority alone; returns its length. */
static size_t in_url(const char *s, size_t *at)
{
    const char *authority = strstr(s, "://");
    if (!authority)
        return 0;
    authority += 3;
    size_t n = strcspn(authority, "/?#");
    const char *end = memchr(authority, '@', n), *colon = end ? memchr(authority, ':', (size_t)(end - authority)) : NULL;
    /* an @ inside the password belongs to it: the last one ends it */
    for (const char *more = end; more && (more = memchr(more + 1, '@', n - (size_t)(more + 1 - authority)));)
        end = more;
    if (!colon)
        return 0;
    *at = (size_t)(colon + 1 - s);
    return (size_t)(end - colon - 1);
}

/* A libpq value (quoted with ', \ before what is meant as it is; in a URL's query up to &) from s on. */
static size_t value_length(const char *s)
{
    size_t n = 0;
    bool quoted = *s == '\'';
    for (n = quoted; s[n] && (quoted ? s[n] != '\'' : !strchr(" \t\r\n&", s[n])); n++)
        n += s[n] == '\\' && s[n + 1];
    return n + (quoted && s[n]);
}

static void hide(char *s, size_t n) { memset(s, 'x', n); }

static bool holds_password(const char *s)
{
    size_t at;
    return strcasestr(s, "password") || strcasestr(s, "secret=") || in_url(s, &at);
}

static void hide_in(char *s)
{
    static const char *const keys[] = {"password", "sslpassword", "secret"};
    size_t at, n = in_url(s, &at);
    if (n)
        hide(s + at, n);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        for (char *p = s; (p = strcasestr(p, keys[i]));) {
            p += strlen(keys[i]);
            p += strspn(p, " \t");
            if (*p != '=')
                continue;
            p += 1 + strspn(p + 1, " \t");
            n = value_length(p);
            hide(p, n);
            p += n;
        }
}

void harden_forget(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (holds_password(argv[i]))
            wipe(argv[i]);
}

void harden_arguments(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (!holds_password(argv[i]))
            continue;
        char *shown = argv[i];
        argv[i] = xstrdup(shown);      /* for the life of the process */
        hide_in(shown);
    }
}
