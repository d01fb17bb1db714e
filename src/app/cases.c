#include "app/cases.h"

#include <stdlib.h>

#include "app/ask.h"
#include "app/cursor.h"
#include "app/dispatch.h"
#include "app/jump.h"
#include "app/toast.h"
#include "base/die.h"

/* --- which one ------------------------------------------------------------------------- */

static const struct case_row *row_of(const struct case_rows *l)
{
    return l->cursor < l->count ? &l->rows[l->cursor] : NULL;
}

static bool on_tab(const struct model *m) { return m->screen == SCREEN_DETAIL && m->tab == TAB_CASE; }

const struct case_row *cases_chosen(const struct model *m)
{
    const struct cases *c = &m->cases;
    if (m->screen == SCREEN_CASES)
        return row_of(&c->list);
    if (m->screen == SCREEN_CASE)
        return c->shown && c->shown->row.id == c->wanted ? &c->shown->row : NULL;
    return on_tab(m) && c->of == cursor_target(m) ? row_of(&c->tab) : NULL;
}

const struct support_case *cases_whole(const struct model *m)
{
    const struct case_row *r = cases_chosen(m);
    return r && m->cases.shown && m->cases.shown->row.id == r->id ? m->cases.shown : NULL;
}

/* --- reading ---------------------------------------------------------------------------- */

void cases_old(struct model *m)
{
    m->cases.tab.stale = m->cases.list.stale = m->cases.shown_stale = true;
}

static void ask_tab(struct model *m, struct effects *fx)
{
    struct cases *c = &m->cases;
    int64_t id = cursor_target(m);
    if (!id || (c->of == id && c->tab.known && !c->tab.stale))
        return;
    struct request r = {.kind = REQ_CASES, .ids = xcalloc(1, sizeof *r.ids), .id_count = 1, .limit = 100};
    r.ids[0] = id;
    ask_forget(m, fx, REQ_CASES);
    c->tab.stale = false;
    ask_send(m, fx, &r, &(struct awaited){.id = id});
}

static const char *const list_names[CASE_LIST_COUNT] = {
    [CASES_OPEN] = "open", [CASES_MINE] = "mine", [CASES_CONFLICT] = "conflict", [CASES_ALL] = "all"};

static void ask_list(struct model *m, struct effects *fx)
{
    struct cases *c = &m->cases;
    if (c->list.known && !c->list.stale)
        return;
    struct request r = {.kind = REQ_CASES, .limit = 500};
    r.control.list = xstrdup(list_names[c->which]);
    ask_forget(m, fx, REQ_CASES);
    c->list.stale = false;
    c->list.known = true;              /* asked: not again until it is out of date */
    ask_send(m, fx, &r, &(struct awaited){.id = 0, .targets = (size_t)c->which});
}

static void ask_whole(struct model *m, struct effects *fx, int64_t id)
{
    struct cases *c = &m->cases;
    if (!id || (c->shown && c->shown->row.id == id && !c->shown_stale))
        return;
    for (int i = 0; i < m->awaiting_count; i++)
        if (m->awaiting[i].kind == REQ_CASE && m->awaiting[i].id == id && !c->shown_stale)
            return;
    ask_forget(m, fx, REQ_CASE);
    c->shown_stale = false;
    struct request r = {.kind = REQ_CASE, .control.id = id};
    ask_send(m, fx, &r, &(struct awaited){.id = id});
}

void cases_follow(struct model *m, struct effects *fx)
{
    if (m->link != LINK_LIVE)
        return;
    if (m->screen == SCREEN_CASES)
        ask_list(m, fx);
    if (on_tab(m)) {
        ask_tab(m, fx);
        ask_whole(m, fx, cases_chosen(m) ? cases_chosen(m)->id : 0);
    }
    if (m->screen == SCREEN_CASE)
        ask_whole(m, fx, m->cases.wanted);
    if (m->screen == SCREEN_CASE_NEW)
        form_follow(m, fx);
}

static void forget_shown(struct model *m)
{
    if (m->cases.shown)
        support_case_finish(m->cases.shown);
    free(m->cases.shown);
    m->cases.shown = NULL;
}

void cases_finish(struct model *m)
{
    forget_shown(m);
    free(m->cases.tab.rows);
    free(m->cases.list.rows);
    m->cases = (struct cases){.of = 0};
    form_finish(m);
}

/* Other rows; the cursor stays on the case it was on. */
static void take_rows(struct case_rows *l, struct reply *r, int64_t now)
{
    int64_t chosen = row_of(l) ? row_of(l)->id : 0;
    bool stale = l->stale;
    size_t at = l->cursor;
    free(l->rows);
    *l = (struct case_rows){.rows = r->cases, .count = r->case_count, .known = true, .stale = stale, .read_at = now};
    r->cases = NULL;
    r->case_count = 0;
    l->cursor = at < l->count ? at : l->count ? l->count - 1 : 0;
    for (size_t i = 0; i < l->count; i++)
        if (l->rows[i].id == chosen)
            l->cursor = i;
}

void cases_reply(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    struct cases *c = &m->cases;
    struct case_rows *l = a->id ? &c->tab : &c->list;
    if (!r->ok) {
        l->stale = true;
        toast_unread(m, fx, "cases", r);
        return;
    }
    if (a->id ? a->id != cursor_target(m) : (enum case_list)a->targets != c->which)
        return;
    if (a->id && a->id != c->of) {
        l->cursor = 0;
        l->count = 0;
    }
    c->of = a->id ? a->id : c->of;
    take_rows(l, r, m->now);
    cases_follow(m, fx);
}

void cases_one(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    if (!a->id) {
        form_draft(m, fx, r);
        return;
    }
    if (!r->ok) {
        m->cases.shown_stale = true;
        toast_unread(m, fx, "case", r);
        return;
    }
    if (!r->kase) {
        if (jump_no_case(m, fx, a->id))
            return;
        toast_set(m, fx, TOAST_WARN, "C%lld is gone, or not yours to see", (long long)a->id);
        if (m->screen == SCREEN_CASE && m->cases.wanted == a->id)
            dispatch_leave(m, fx);
        return;
    }
    forget_shown(m);
    m->jump[0] = '\0';
    m->cases.shown = r->kase;
    r->kase = NULL;
    cases_follow(m, fx);
}

/* --- moving ------------------------------------------------------------------------------ */

void cases_move(struct model *m, struct effects *fx, long by)
{
    struct case_rows *l = m->screen == SCREEN_CASES ? &m->cases.list : &m->cases.tab;
    long to = (long)l->cursor + by, n = (long)l->count;
    to = to >= n ? n - 1 : to;
    l->cursor = to < 0 ? 0 : (size_t)to;
    m->scroll = 0;
    cases_follow(m, fx);
}

void cases_show(struct model *m, struct effects *fx, int64_t id)
{
    if (m->screen != SCREEN_CASE)
        dispatch_enter(m, SCREEN_CASE);
    m->cases.wanted = id;
    m->scroll = 0;
    cases_follow(m, fx);
}
