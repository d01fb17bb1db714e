#include "app/groups.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ask.h"
#include "app/control.h"
#include "app/cursor.h"
#include "app/dispatch.h"
#include "app/select.h"
#include "app/toast.h"
#include "app/views.h"
#include "app/window.h"
#include "base/buf.h"
#include "base/die.h"

enum { SHOWN_TALL = 3, SHOWN_SHORT = 1, TALL = 22, COUNTS_EACH = 3 };

/* --- which filters show lines ------------------------------------------------------------ */

static bool has_resolved(const struct filter_term *t)
{
    for (size_t i = 0; i < t->value_count; i++)
        if (t->values[i].number == STATE_RESOLVED || t->values[i].number == STATE_COUNT)
            return true;
    return false;
}

static bool has_me(const struct filter_term *t)
{
    for (size_t i = 0; i < t->value_count; i++)
        if (t->values[i].me)
            return true;
    return false;
}

/* Whoever looks for a parcel, a customer or their own work wants to see the rows. */
static bool particular(const struct filter_term *t)
{
    static const char *const fields[] = {"outage", "batch", "id", "tracking", "order", "customer", "text"};
    const char *name = filter_field_name(t->field);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (strcmp(name, fields[i]) == 0)
            return true;
    if (t->negated)
        return false;
    if (filter_field_type(t->field) == FILTER_EVENT)
        return true;
    return (t->field == FIELD_OWNER && has_me(t)) || (t->field == FIELD_STATE && has_resolved(t)) ||
           (t->field == FIELD_IS && t->values[0].number == FLAG_MINE);
}

static bool wanted(const struct model *m)
{
    struct filter f;
    bool yes = !m->groups.off && filter_parse(m->filter, &f, NULL, NULL);
    if (!yes)
        return false;
    for (size_t i = 0; i < f.term_count; i++)
        yes = yes && !particular(&f.terms[i]);
    filter_finish(&f);
    return yes;
}

char *groups_filter(const struct model *m)
{
    const struct groups *g = &m->groups;
    struct buf b;
    buf_init(&b, sizeof m->filter + 16 * GROUPS_MAX);
    buf_puts(&b, m->filter);
    for (size_t i = 0; i < g->count; i++)
        buf_printf(&b, "%s%" PRId32, i ? "," : m->filter[0] ? " -outage:" : "-outage:", g->at[i].id);
    return buf_take(&b);
}

/* --- which lines there are ---------------------------------------------------------------- */

static size_t find(const struct groups *g, int32_t id)
{
    size_t i = 0;
    while (i < g->count && g->at[i].id != id)
        i++;
    return i;
}

/* Nothing of it is under this filter: it needs no line. Not counted yet, it has one. */
static bool has_line(const struct model *m, const struct outage_group *g) { return g->here != 0 || g->id == m->groups.on; }

static size_t line_count(const struct model *m)
{
    size_t n = m->groups.ended.id != 0;
    for (size_t i = 0; i < m->groups.count; i++)
        n += has_line(m, &m->groups.at[i]);
    return n;
}

/* The ended one, which only the cursor keeps, stands first. */
static const struct outage_group *nth(const struct model *m, size_t n)
{
    const struct groups *g = &m->groups;
    if (g->ended.id && !n)
        return &g->ended_line;
    n -= g->ended.id != 0;
    for (size_t i = 0; i < g->count; i++)
        if (has_line(m, &g->at[i]) && n-- == 0)
            return &g->at[i];
    return NULL;
}

static size_t line_of(const struct model *m, int32_t id)
{
    size_t n = line_count(m), i = 0;
    while (i < n && nth(m, i)->id != id)
        i++;
    return i;
}

static size_t shown(const struct model *m)
{
    size_t most = m->rows >= TALL ? SHOWN_TALL : SHOWN_SHORT, n = line_count(m);
    return n < most ? n : most;
}

int groups_lines(const struct model *m)
{
    return m->screen != SCREEN_QUEUE ? 0 : m->groups.open ? 1 : (int)shown(m);
}

const struct outage_group *groups_line(const struct model *m, int i)
{
    size_t lines = shown(m), at = m->groups.on ? line_of(m, m->groups.on) : 0;
    return nth(m, (size_t)i + (at >= lines && lines ? at - lines + 1 : 0));
}

const struct outage_row *groups_outage(const struct model *m, int32_t id)
{
    const struct outage_row *o = control_outage(m, id);
    const struct groups *g = &m->groups;
    return o ? o : g->ended.id == id ? &g->ended : g->open == id && g->shown.id == id ? &g->shown : NULL;
}

/* True: others than before. What is known of those that stay is kept. */
static bool collect(struct model *m)
{
    struct groups old = m->groups, *g = &m->groups;
    const struct control_state *s = &m->control.state;
    bool group = wanted(m), same = true;
    g->count = 0;
    for (size_t i = 0; group && i < s->outage_count && g->count < GROUPS_MAX; i++) {
        size_t at = find(&old, s->outages[i].id);
        same = same && at == g->count && at < old.count;
        g->at[g->count++] = at < old.count ? old.at[at]
                          : (struct outage_group){.id = s->outages[i].id, .here = -1, .fresh = -1, .breaching = -1};
    }
    if (g->on && find(g, g->on) == g->count && g->ended.id != g->on)
        g->on = 0;
    return !same || g->count != old.count;
}

void groups_filtered(struct model *m)
{
    struct groups *g = &m->groups;
    if (g->open && strcmp(m->filter, g->opened) != 0)
        g->open = 0;
    g->ended.id = 0;
    collect(m);
    for (size_t i = 0; i < g->count; i++)
        g->at[i].here = g->at[i].fresh = g->at[i].breaching = -1;
    g->counted_count = 0;      /* counts under way are of the filter before */
    if (g->count && !m->counts_dirty) {
        m->counts_dirty = true;
        m->counts_due = WHEN_NONE;     /* with what is asked next */
    }
}

void groups_sync(struct model *m, struct effects *fx)
{
    if (!collect(m))
        return;
    ask_forget(m, fx, REQ_ROWS);       /* read under the filter before */
    m->reading_count = 0;
    ask_counts_later(m, fx);
    if (m->queue.loading)
        window_show(m, fx, PAGE_TOP, true);
    else
        window_reload(m, fx);
    window_settle(m, fx);              /* the lines take some of the screen */
}

void groups_empty(struct model *m)
{
    if (!m->queue.loading && !m->groups.on && !m->groups.open && line_count(m))
        m->groups.on = nth(m, 0)->id;
}

void groups_ended(struct model *m, const struct outage_row *o)
{
    if (m->groups.open == o->id)
        m->groups.shown = *o;
    if (m->groups.on != o->id && m->groups.ended.id != o->id)
        return;
    m->groups.ended = *o;
    m->groups.ended_line = (struct outage_group){.id = o->id, .here = o->follow_up, .fresh = -1, .breaching = -1};
}

/* --- how many under this filter ------------------------------------------------------------ */

void groups_count(struct model *m, struct request *r)
{
    static const char *const more[COUNTS_EACH] = {"", " owner:none", " sla:<0m"};
    for (size_t i = 0; i < m->groups.count; i++) {
        for (int k = 0; k < COUNTS_EACH && r->count_filter_count < VIEW_MAX; k++) {
            struct buf b;
            buf_init(&b, sizeof m->filter);
            buf_printf(&b, "%s outage:%" PRId32 "%s", m->filter, m->groups.at[i].id, more[k]);
            r->count_filters[r->count_filter_count++] = buf_take(&b);
        }
    }
    m->groups.counted_count = m->groups.count;
    for (size_t i = 0; i < m->groups.count; i++)
        m->groups.counted[i] = m->groups.at[i].id;
}

void groups_counted(struct model *m, struct effects *fx, size_t from, const struct counts *c)
{
    struct groups *g = &m->groups;
    size_t lines = line_count(m);
    for (size_t i = 0; i < g->counted_count && from + (i + 1) * COUNTS_EACH <= c->view_count; i++) {
        size_t at = find(g, g->counted[i]);
        const int64_t *n = &c->view[from + i * COUNTS_EACH];
        if (at < g->count)
            g->at[at] = (struct outage_group){.id = g->counted[i], .here = n[0], .fresh = n[1], .breaching = n[2]};
    }
    if (lines != line_count(m))
        window_settle(m, fx);
}

/* --- the cursor ----------------------------------------------------------------------------- */

void groups_put(struct model *m, struct effects *fx, int32_t id)
{
    struct groups *g = &m->groups;
    if (g->on == id)
        return;
    g->on = id;
    if (g->ended.id && g->ended.id != id)
        g->ended.id = 0;
    window_settle(m, fx);
    cursor_follow(m, fx, false);
}

static bool at_top(const struct queue *q) { return !q->count || (!q->cursor && !q->more_above); }

static void down_from(struct model *m, struct effects *fx, size_t line)
{
    const struct outage_group *next = nth(m, line + 1);
    if (next) {
        groups_put(m, fx, next->id);
    } else if (m->queue.count) {
        groups_put(m, fx, 0);
        cursor_top(m, fx);     /* rows may have come in above it meanwhile */
    }
}

bool groups_step(struct model *m, struct effects *fx, enum action a)
{
    size_t n = line_count(m), line = m->groups.on ? line_of(m, m->groups.on) : n;
    bool up = a == ACTION_UP || a == ACTION_PAGE_UP || a == ACTION_HALF_UP || a == ACTION_TOP;
    if (m->screen != SCREEN_QUEUE || m->groups.open || !n)
        return false;
    if (a == ACTION_TOP) {
        cursor_top(m, fx);
        groups_put(m, fx, nth(m, 0)->id);
    } else if (m->groups.on && up) {
        groups_put(m, fx, nth(m, line && a == ACTION_UP ? line - 1 : 0)->id);
    } else if (m->groups.on && a == ACTION_DOWN) {
        down_from(m, fx, line);
    } else if (m->groups.on) {
        if (m->queue.count)
            groups_put(m, fx, 0);
        return false;          /* further than a line: on among the rows */
    } else if (up && at_top(&m->queue)) {
        groups_put(m, fx, nth(m, a == ACTION_UP ? n - 1 : 0)->id);
    } else if (!m->queue.count) {
        groups_put(m, fx, nth(m, 0)->id);
    } else {
        return false;
    }
    return true;
}

/* --- opening and closing -------------------------------------------------------------------- */

static void show_rows(struct model *m, struct effects *fx, int32_t id, const char *text)
{
    struct groups *g = &m->groups;
    const struct outage_row *o = groups_outage(m, id);
    if (o && o != &g->shown)
        g->shown = *o;
    if (!g->open)              /* from one outage to another: back is to the list */
        memcpy(g->before, m->filter, sizeof g->before);
    snprintf(g->opened, sizeof g->opened, "%s", text);
    g->open = id;
    g->on = 0;
    views_filter(m, fx, g->opened);
    toast_clear(m);
}

void groups_open(struct model *m, struct effects *fx, int32_t id)
{
    char text[sizeof m->filter];
    const char *filter = m->groups.open ? m->groups.before : m->filter;
    int n = snprintf(text, sizeof text, "%s%soutage:%" PRId32, filter, filter[0] ? " " : "", id);
    if (n < 0 || (size_t)n >= sizeof text)
        toast_set(m, fx, TOAST_BAD, "the filter is too long to add outage:%" PRId32 " to it; shorten it", id);
    else
        show_rows(m, fx, id, text);
}

void groups_show(struct model *m, struct effects *fx, int32_t id)
{
    char text[32];
    snprintf(text, sizeof text, "outage:%" PRId32, id);
    show_rows(m, fx, id, text);
}

bool groups_close(struct model *m, struct effects *fx)
{
    struct groups *g = &m->groups;
    int32_t id = g->open;
    char text[sizeof g->before];
    if (!id)
        return false;
    memcpy(text, g->before, sizeof text);
    g->open = 0;
    views_filter(m, fx, text);
    if (find(g, id) < g->count)
        groups_put(m, fx, id);
    return true;
}

void groups_click(struct model *m, struct effects *fx, int line)
{
    const struct outage_group *g = m->groups.open ? NULL : groups_line(m, line);
    if (m->groups.open)
        groups_close(m, fx);
    else if (g && g->id == m->groups.on)
        groups_open(m, fx, g->id);
    else if (g)
        groups_put(m, fx, g->id);
}

static void say(struct call *c)
{
    const struct model *m = c->m;
    char open[64] = "", all[64] = "", many[64] = "";
    keymap_keys_of(m->keymap, IN_QUEUE, ACTION_OPEN, NULL, open, sizeof open);
    keymap_keys_of(m->keymap, IN_QUEUE, ACTION_SELECT_ALL, NULL, all, sizeof all);
    keymap_keys_of(m->keymap, IN_QUEUE, ACTION_MESSAGE_ALL, NULL, many, sizeof many);
    toast_set(c->m, c->fx, TOAST_INFO, "outage %" PRId32 " is many: %s opens it, then %s selects all of them; %s writes to all",
              m->groups.on, open, all, many);
}

bool groups_take(struct call *c)
{
    struct model *m = c->m;
    unsigned needs = action_info(c->action)->needs;
    if (m->screen != SCREEN_QUEUE || !m->groups.on || m->menu.kind != MENU_NONE || m->prompt.kind != PROMPT_NONE)
        return false;
    if (c->action == ACTION_OPEN || c->action == ACTION_NEXT_STEP)
        groups_open(m, c->fx, m->groups.on);
    else if (!(needs & (NEED_ROW | NEED_TARGET)) || (needs & NEED_TARGET && select_total(m)))
        return false;
    else if (c->action == ACTION_MESSAGE || c->action == ACTION_MESSAGE_ALL)
        dispatch(m, c->fx, ACTION_OUTAGE_MESSAGE, "");
    else
        say(c);
    return true;
}

void groups_call(struct call *c)
{
    struct model *m = c->m;
    if (c->action == ACTION_FOLD) {
        if (!groups_close(m, c->fx))
            toast_set(m, c->fx, TOAST_INFO, "no outage is open here");
        return;
    }
    m->groups.off = !m->groups.off;
    toast_set(m, c->fx, TOAST_INFO, "%s", !m->control.state.outage_count ? "no outage is live; the list is as ever"
              : m->groups.off ? "outages stand among the rest" : "outages stand as a line each");
    groups_sync(m, c->fx);
}
