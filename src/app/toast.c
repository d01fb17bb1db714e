#include "app/toast.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "base/when.h"

enum { GOOD_STAYS = 5000 };

void toast_set(struct model *m, struct effects *fx, enum toast_level level, const char *fmt, ...)
{
    char text[sizeof m->toast];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    utf8_clean(text, strlen(text), m->toast, sizeof m->toast, UTF8_ONE_LINE);
    m->toast_level = level;
    m->toast_passes = false;
    m->toast_until = level == TOAST_GOOD ? m->now + GOOD_STAYS : WHEN_NONE;
    effects_timer(fx, TIMER_TOAST, m->toast_until);
}

void toast_clear(struct model *m)
{
    m->toast[0] = '\0';
    m->toast_passes = false;
    m->toast_until = WHEN_NONE;
}

void toast_error(struct model *m, struct effects *fx, const char *doing, const struct err *e)
{
    char line[sizeof e->where + sizeof e->text + 4];
    err_line(e, line, sizeof line);
    toast_set(m, fx, TOAST_BAD, "%s: %s", doing, line);
}

void toast_unread(struct model *m, struct effects *fx, const char *what, const struct reply *r)
{
    if (m->link != LINK_LIVE || r->error.code == ERR_UNREACHABLE)
        return;
    toast_error(m, fx, what, &r->error);
    m->toast_passes = err_retryable(r->error.code);
    m->toast_kind = r->kind;
}

void toast_read(struct model *m, enum request_kind kind)
{
    if (m->toast_passes && m->toast_kind == kind)
        toast_clear(m);
}

void toast_key(struct model *m)
{
    if (m->toast_until == WHEN_NONE)
        toast_clear(m);
}

void toast_timer(struct model *m, struct effects *fx)
{
    if (m->toast_until == WHEN_NONE)
        return;
    if (m->now >= m->toast_until)
        toast_clear(m);
    else
        effects_timer(fx, TIMER_TOAST, m->toast_until);
}
