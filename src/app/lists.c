#include "app/lists.h"

#include "app/board.h"
#include "app/cases.h"
#include "app/messages.h"
#include "app/outage.h"
#include "app/override.h"
#include "app/reports.h"
#include "app/sheet.h"
#include "base/when.h"

enum { LISTS_EVERY = 1000 };

void lists_old(struct model *m)
{
    m->board.stale = true;
    m->messages.stale = true;
    cases_old(m);
    overrides_old(m);
    sheet_old(m);
    reports_old(m);
}

/* The list of cases and of batches belong to nobody in particular: they do not change with the cursor. */
void lists_exception(struct model *m, struct effects *fx)
{
    m->messages.stale = m->cases.tab.stale = m->overrides.stale = true;
    m->cases.shown_stale = m->cases.shown_stale || m->screen == SCREEN_DETAIL;
    lists_follow(m, fx);
}

void lists_follow(struct model *m, struct effects *fx)
{
    messages_follow(m, fx);
    cases_follow(m, fx);
    overrides_follow(m, fx);
    board_follow(m, fx);
    outage_follow(m, fx);
    sheet_follow(m, fx);
    reports_follow(m, fx);
}

/* Whether the screen shows something a hint of that kind is about. */
static bool concerns(const struct model *m, const struct hint *h)
{
    if (m->screen == SCREEN_OVERRIDE)
        return h->kind == HINT_MANY || (h->kind == HINT_EXCEPTIONS && override_concerns(m, h));
    if (m->screen == SCREEN_SHEET)
        return sheet_concerns(m, h);
    if (m->screen == SCREEN_BATCHES)
        return h->kind == HINT_CONTROL;
    if (m->screen == SCREEN_CASES || m->screen == SCREEN_CASE)
        return h->kind == HINT_EXCEPTIONS || h->kind == HINT_MANY || h->kind == HINT_CONTROL;
    return false;
}

bool lists_none(const struct model *m)
{
    return m->screen != SCREEN_OVERRIDE && m->screen != SCREEN_SHEET && m->screen != SCREEN_CASES && m->screen != SCREEN_CASE;
}

void lists_hint(struct model *m, struct effects *fx, const struct hint *h)
{
    if (!concerns(m, h))
        return;
    lists_old(m);
    if (m->lists_read_at == WHEN_NONE || m->now >= m->lists_read_at + LISTS_EVERY)
        lists_timer(m, fx);
    else
        effects_timer(fx, TIMER_LISTS, m->lists_read_at + LISTS_EVERY);
}

void lists_timer(struct model *m, struct effects *fx)
{
    m->lists_read_at = m->now;
    lists_follow(m, fx);
}
