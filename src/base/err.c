#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    int exit_status;
    bool retryable;
    const char *name;
} codes[] = {
#define X(id, exit_status, retryable, name) [id] = {exit_status, retryable, name},
    ERR_CODES(X)
#undef X
};

bool err_set(struct err *e, enum err_code code, const char *where, const char *fmt, ...)
{
    if (!e)
        return false;
    memset(e, 0, sizeof *e);
    e->code = code;
    snprintf(e->where, sizeof e->where, "%s", where ? where : "");
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->text, sizeof e->text, fmt, ap);
    va_end(ap);
    return false;
}

bool err_at(struct err *e, const char *fmt, ...)
{
    if (!e)
        return false;
    char place[sizeof e->where];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(place, sizeof place, fmt, ap);
    va_end(ap);
    size_t used = strlen(place);
    if (e->where[0] && used + 2 < sizeof place)
        snprintf(place + used, sizeof place - used, ": %.*s", (int)(sizeof place - used - 3), e->where);
    memcpy(e->where, place, sizeof place);
    return false;
}

int err_exit_status(enum err_code code) { return codes[code].exit_status; }
bool err_retryable(enum err_code code) { return codes[code].retryable; }
const char *err_name(enum err_code code) { return codes[code].name; }

void err_line(const struct err *e, char *out, unsigned long size)
{
    if (e->where[0])
        snprintf(out, size, "%s: %s", e->where, e->text);
    else
        snprintf(out, size, "%s", e->text);
}
