#include "app/countdown.h"

#include <inttypes.h>
#include <stdio.h>

#include "app/toast.h"
#include "base/when.h"

bool countdown_runs(const struct model *m) { return m->countdown.what[0] && m->now < m->countdown.until; }

void countdown_start(struct model *m, struct effects *fx, const char *what, bool many, int64_t until)
{
    m->countdown = (struct countdown){.until = until, .many = many, .last = true};
    snprintf(m->countdown.what, sizeof m->countdown.what, "%s", what);
    toast_clear(m);
    countdown_timer(m, fx);
}

void countdown_stop(struct model *m, struct effects *fx)
{
    m->countdown = (struct countdown){.until = WHEN_NONE};
    effects_timer(fx, TIMER_COUNTDOWN, WHEN_NONE);
}

void countdown_timer(struct model *m, struct effects *fx)
{
    if (!m->countdown.what[0])
        return;
    if (countdown_runs(m)) {
        int64_t left = m->countdown.until - m->now;   /* the number on the screen changes with each whole second left */
        effects_timer(fx, TIMER_COUNTDOWN, m->now + (left % 1000 ? left % 1000 : 1000));
        return;
    }
    if (!m->toast[0])
        toast_set(m, fx, TOAST_GOOD, "%s %s way", m->countdown.what, m->countdown.many ? "are on their" : "is on its");
    if (m->countdown.last)
        m->undo_text[0] = '\0';
    countdown_stop(m, fx);
}

void countdown_text(const struct model *m, const char *separator, char *out, size_t size)
{
    char keys[64];
    int64_t seconds = (m->countdown.until - m->now + 999) / 1000;
    int n = snprintf(out, size, "%s %s out in %" PRId64 " s", m->countdown.what, m->countdown.many ? "go" : "goes", seconds);
    if (n > 0 && (size_t)n < size && m->countdown.last &&
        keymap_keys_of(m->keymap, IN_LISTS, ACTION_UNDO, NULL, keys, sizeof keys))
        snprintf(out + n, size - (size_t)n, "%s%s takes %s back", separator, keys, m->countdown.many ? "them" : "it");
}
