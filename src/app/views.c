#include "app/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "app/act.h"
#include "app/ask.h"
#include "app/cursor.h"
#include "app/groups.h"
#include "app/menu.h"
#include "app/toast.h"
#include "app/window.h"
#include "base/die.h"

/* --- the filter in force -------------------------------------------------------------- */

static void set_filter(struct model *m, struct effects *fx, const char *text)
{
    struct filter f;
    snprintf(m->filter, sizeof m->filter, "%s", text);
    m->sort = SORT_URGENCY;
    m->filter_resolved = true;
    m->filter_moves = false;
    m->filter_reach = (struct filter_reach){UINT32_MAX, UINT32_MAX, UINT32_MAX};
    if (filter_parse(m->filter, &f, NULL, NULL)) {
        m->sort = f.sort;
        m->filter_resolved = f.mentions_state;
        m->filter_moves = filter_moves(&f);
        filter_reach(&f, &m->filter_reach);
        filter_finish(&f);
    }
    groups_filtered(m);
    ask_forget(m, fx, REQ_IDS);      /* "everything" meant the old filter */
    window_show(m, fx, PAGE_TOP, true);
}

void views_filter(struct model *m, struct effects *fx, const char *text)
{
    m->filter_edited = m->view >= m->view_count || strcmp(text, m->views[m->view].view.filter) != 0;
    set_filter(m, fx, text);
}

void views_restore(struct model *m, struct effects *fx)
{
    if (m->filter_edited && m->view < m->view_count)
        views_show(m, fx, m->view);
}

void views_sort(struct model *m, struct effects *fx, const char *name)
{
    struct filter f;
    enum sort sort;
    if (!sort_parse(name, strlen(name), &sort) || !filter_parse(m->filter, &f, NULL, NULL))
        return;
    f.sort = sort;
    f.sort_given = true;
    char *text = filter_format(&f);
    filter_finish(&f);
    if (strlen(text) < sizeof m->filter)
        views_filter(m, fx, text);
    else
        toast_set(m, fx, TOAST_BAD, "the filter has become too long to sort by %s; shorten it", name);
    free(text);
}

/* --- choosing -------------------------------------------------------------------------- */

void views_show(struct model *m, struct effects *fx, size_t index)
{
    m->view = index;
    m->filter_edited = false;
    set_filter(m, fx, m->views[index].view.filter);
}

void views_step(struct model *m, struct effects *fx, int by)
{
    if (m->view_count)
        views_show(m, fx, (m->view + m->view_count + (size_t)(by + (int)m->view_count)) % m->view_count);
}

bool views_find(const struct model *m, const char *arg, size_t *index, struct err *e)
{
    for (size_t i = 0; i < m->view_count; i++) {
        const struct saved_view *v = &m->views[i].view;
        bool numbered = arg[0] >= '1' && arg[0] <= '9' && !arg[1] && v->position == arg[0] - '0';
        if (numbered || strcasecmp(v->name, arg) == 0) {
            *index = i;
            return true;
        }
    }
    return err_set(e, ERR_INPUT, NULL, "no view \"%.40s\"; + saves this filter as one", arg);
}

/* --- the list of views ----------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
    const struct saved_view *x = a, *y = b;
    int px = x->position ? x->position : 1000, py = y->position ? y->position : 1000;
    if (px != py)
        return px - py;
    return x->builtin != y->builtin ? (x->builtin ? -1 : 1) : strcasecmp(x->name, y->name);
}

static bool number_taken(const struct saved_view *v, size_t n, int number)
{
    for (size_t i = 0; i < n; i++)
        if (v[i].position == number)
            return true;
    return false;
}

/* Views without a number get the free ones, so that each has its key while there are any. */
static void give_numbers(struct saved_view *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (int number = 1; !v[i].position && number <= 9; number++)
            if (!number_taken(v, n, number))
                v[i].position = number;
    qsort(v, n, sizeof *v, by_number);
}

static int64_t count_of(const struct view_tab *tabs, size_t n, const struct saved_view *v)
{
    for (size_t i = 0; i < n; i++)
        if (tabs[i].view.id == v->id && strcmp(tabs[i].view.filter, v->filter) == 0)
            return tabs[i].count;
    return -1;
}

void views_reply(struct model *m, struct effects *fx, struct reply *r)
{
    struct saved_view current = m->view < m->view_count ? m->views[m->view].view : (struct saved_view){0};
    size_t n = r->view_count < VIEW_MAX ? r->view_count : VIEW_MAX;
    bool first = !m->view_count;
    give_numbers(r->views, n);
    struct view_tab *old = xcalloc(m->view_count, sizeof *old);
    size_t old_count = m->view_count;
    memcpy(old, m->views, old_count * sizeof *old);
    m->view_count = n;
    m->view = n;
    for (size_t i = 0; i < n; i++) {
        m->views[i] = (struct view_tab){.view = r->views[i], .count = count_of(old, old_count, &r->views[i])};
        if (r->views[i].id == current.id && !first)
            m->view = i;
    }
    free(old);
    if (first && n && !m->filter_edited)
        views_show(m, fx, 0);
    else if (m->view < n && !m->filter_edited && strcmp(m->views[m->view].view.filter, m->filter) != 0)
        views_show(m, fx, m->view);    /* somebody changed it */
    else if (m->view < n)
        m->filter_edited = strcmp(m->views[m->view].view.filter, m->filter) != 0;
    else {
        m->view = 0;                   /* it is gone; its filter stays in force */
        m->filter_edited = true;
        if (m->queue.loading)
            window_show(m, fx, PAGE_TOP, true);
    }
    ask_counts(m, fx);
}

bool views_save(struct model *m, struct effects *fx, const char *name, struct err *e)
{
    if (strlen(m->filter) >= sizeof m->views[0].view.filter)
        return err_set(e, ERR_INPUT, NULL, "the filter is too long for a view: at most %zu bytes",
                       sizeof m->views[0].view.filter - 1);
    struct request r = {.kind = REQ_VIEW_SAVE, .name = xstrdup(name), .filter = xstrdup(m->filter)};
    for (size_t i = 0; i < m->view_count; i++)     /* the same name keeps its number */
        if (strcmp(m->views[i].view.name, name) == 0 && !m->views[i].view.builtin)
            r.position = m->views[i].view.position;
    return act_send(m, fx, &r, e);
}

bool views_delete(struct model *m, struct effects *fx, struct err *e)
{
    (void)fx;
    if (m->view >= m->view_count)
        return err_set(e, ERR_INPUT, NULL, "there is no view to delete");
    const struct saved_view *v = &m->views[m->view].view;
    if (v->builtin || strcmp(v->owner, m->hello.role) != 0)
        return err_set(e, ERR_REFUSED, NULL, "%s is not a view of yours: it stays", v->name);
    struct request r = {.kind = REQ_VIEW_DELETE, .name = xstrdup(v->name)};
    menu_confirm(m, &r, "delete view", m->views[m->view].view.name);
    return true;
}

void views_changed(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    if (act_failed(m, fx, a, r))
        return;
    toast_set(m, fx, TOAST_GOOD, "%s view %s", a->kind == REQ_VIEW_SAVE ? "saved" : "deleted", a->again.name);
    if (a->kind == REQ_VIEW_DELETE)
        m->filter_edited = true;      /* what is shown goes on being shown, without a view */
    request_finish(&a->again);
    ask_views(m, fx);
}
