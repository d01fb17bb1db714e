#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static const struct {
    int exit_status;
    bool retryable;
    const char *name;
} codes[] = {
#define X(id, exit_status, retryable, name) [id] = {exit_status, retryable, name},
    ERR_CODES(X)
#undef X
};

/* What a message quotes may have come from anywhere. `said` is longer than its place, so that the cut is utf8_clean's, at a character. */
static void take(char *to, size_t size, const char *said) { utf8_clean(said, strlen(said), to, size, UTF8_ONE_LINE); }

bool err_set(struct err *e, enum err_code code, const char *where, const char *fmt, ...)
{
    if (!e)
        return false;
    char said[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(said, sizeof said, fmt, ap);
    va_end(ap);
    struct err made = {.code = code};
    take(made.where, sizeof made.where, where ? where : "");
    take(made.text, sizeof made.text, said);
    *e = made;
    return false;
}

bool err_at(struct err *e, const char *fmt, ...)
{
    if (!e)
        return false;
    char said[1024], place[sizeof e->where];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(said, sizeof said, fmt, ap);
    va_end(ap);
    take(place, sizeof place, said);
    size_t used = strlen(place);
    if (e->where[0] && used + 2 < sizeof place) {
        memcpy(place + used, ": ", 3);
        take(place + used + 2, sizeof place - used - 2, e->where);
    }
    memcpy(e->where, place, sizeof place);
    return false;
}

int err_exit_status(enum err_code code) { return codes[code].exit_status; }
bool err_retryable(enum err_code code) { return codes[code].retryable; }
const char *err_name(enum err_code code) { return codes[code].name; }

void err_line(const struct err *e, char *out, unsigned long size)
{
    char line[sizeof e->where + sizeof e->text + 3];
    snprintf(line, sizeof line, "%s%s%s", e->where, e->where[0] ? ": " : "", e->text);
    take(out, size, line);
}
