#include "app/select.h"

#include <stdlib.h>
#include <string.h>

#include "app/ask.h"
#include "app/call.h"
#include "app/dispatch.h"
#include "app/groups.h"
#include "app/toast.h"
#include "base/die.h"
#include "base/number.h"

size_t select_total(const struct model *m) { return m->kept.number ? m->kept.count : m->selected_count; }

bool select_is_kept(const int64_t *ids, size_t n) { return n == 1 && ids[0] < 0; }

size_t select_size(const struct model *m, const int64_t *ids, size_t n)
{
    return select_is_kept(ids, n) && -ids[0] == m->kept.number ? m->kept.count : n;
}

/* Where id is, or would stand. */
static size_t place(const struct model *m, int64_t id)
{
    size_t low = 0, high = m->selected_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (m->selected[mid] < id)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

bool select_has(const struct model *m, int64_t id)
{
    size_t at = place(m, id);
    return at < m->selected_count && m->selected[at] == id;
}

static void reserve(struct model *m, size_t n)
{
    if (n <= m->selected_cap)
        return;
    size_t cap = m->selected_cap ? m->selected_cap : 32;
    while (cap < n)
        cap *= 2;
    m->selected = xrealloc(m->selected, cap * sizeof *m->selected);
    m->selected_cap = cap;
}

static void add(struct model *m, int64_t id)
{
    size_t at = place(m, id);
    if (m->selected_count >= ACT_MAX || (at < m->selected_count && m->selected[at] == id))
        return;
    reserve(m, m->selected_count + 1);
    memmove(&m->selected[at + 1], &m->selected[at], (m->selected_count - at) * sizeof *m->selected);
    m->selected[at] = id;
    m->selected_count++;
}

void select_drop(struct model *m, int64_t id)
{
    size_t at = place(m, id);
    if (at == m->selected_count || m->selected[at] != id)
        return;
    m->selected_count--;
    memmove(&m->selected[at], &m->selected[at + 1], (m->selected_count - at) * sizeof *m->selected);
}

void select_clear(struct model *m)
{
    m->selected_count = 0;
    m->kept.number = 0;
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void set(struct model *m, const int64_t *ids, size_t n)
{
    n = n > ACT_MAX ? ACT_MAX : n;
    m->selected_count = 0;
    if (!n)
        return;
    reserve(m, n);
    memcpy(m->selected, ids, n * sizeof *ids);
    qsort(m->selected, n, sizeof *m->selected, ascending);
    size_t kept = 1;
    for (size_t i = 1; i < n; i++)
        if (m->selected[i] != m->selected[kept - 1])
            m->selected[kept++] = m->selected[i];
    m->selected_count = kept;
}

void select_set(struct model *m, const int64_t *ids, size_t n)
{
    m->kept.number = 0;
    set(m, ids, n);
}

/* --- kept by the server --------------------------------------------------------------- */

/* False: it stays as it is. */
static bool change_kept(struct model *m, struct effects *fx, const int64_t *ids, size_t n, bool in)
{
    if (m->link != LINK_LIVE) {
        toast_set(m, fx, TOAST_WARN, "not connected, and the server keeps this selection: it stays as it is");
        return false;
    }
    if (in && m->kept.count + n > ACT_MAX) {
        toast_set(m, fx, TOAST_WARN, "at most %s exceptions are selected at once: take others out first", grouped(ACT_MAX).text);
        return false;
    }
    struct request r = {.kind = REQ_SELECT_CHANGE, .selection = m->kept.number, .drop = !in, .ids = xcalloc(n, sizeof *r.ids), .id_count = n};
    memcpy(r.ids, ids, n * sizeof *ids);
    if (!ask_send(m, fx, &r, &(struct awaited){.id = m->kept.number}))
        return false;
    m->kept.count += in ? n : -n;                      /* the answer says how many it really are */
    return true;
}

void select_put(struct model *m, struct effects *fx, const int64_t *ids, size_t n, bool in)
{
    int64_t *changed = xcalloc(n, sizeof *changed);
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (select_has(m, ids[i]) != in)
            changed[count++] = ids[i];
    if (m->kept.number && count && !change_kept(m, fx, changed, count, in))
        count = 0;
    for (size_t i = 0; i < count; i++)
        (in ? add : select_drop)(m, changed[i]);
    free(changed);
    if (m->kept.number && count) {
        ask_forget(m, fx, REQ_SELECT_HAS);             /* an answer on its way knows nothing of this */
        select_look(m, fx);
    }
}

void select_all(struct model *m, struct effects *fx)
{
    struct request r = {.kind = REQ_SELECT, .filter = groups_filter(m)};
    ask_forget(m, fx, REQ_SELECT);
    if (ask_send(m, fx, &r, NULL))
        toast_set(m, fx, TOAST_INFO, "selecting everything under this filter...");
}

void select_kept(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    bool change = a->kind == REQ_SELECT_CHANGE;
    if (change && a->id != m->kept.number)
        return;
    if (!r->ok) {
        if (change)
            select_clear(m);
        toast_error(m, fx, change ? "selection" : "select all", &r->error);
        return;
    }
    if (!change) {
        select_clear(m);
        m->kept.number = r->selection.number;
    }
    m->kept.count = (size_t)r->selection.count;
    if (!change && !m->kept.count)
        toast_set(m, fx, TOAST_INFO, "nothing is under this filter to select");
    else if (!change)
        toast_set(m, fx, TOAST_GOOD, r->selection.more ? "selected the first %s; there are more" : "selected %s", grouped((int64_t)m->kept.count).text);
    if (!m->kept.count)
        select_clear(m);
    else if (!change)
        select_look(m, fx);
}

void select_look(struct model *m, struct effects *fx)
{
    const struct queue *q = &m->queue;
    if (!m->kept.number || !q->count || m->link != LINK_LIVE)
        return;
    for (int i = 0; i < m->awaiting_count; i++)
        if (m->awaiting[i].kind == REQ_SELECT_HAS && m->awaiting[i].each)
            return;                                    /* all of them are on their way */
    struct request r = {.kind = REQ_SELECT_HAS, .selection = m->kept.number, .ids = xcalloc(q->count, sizeof *r.ids), .id_count = q->count};
    for (size_t i = 0; i < q->count; i++)
        r.ids[i] = q->rows[i].id;
    ask_forget(m, fx, REQ_SELECT_HAS);
    ask_send(m, fx, &r, &(struct awaited){.id = m->kept.number});
}

bool select_each(struct call *c)
{
    struct model *m = c->m;
    if (!m->kept.number || m->screen != SCREEN_QUEUE)
        return false;
    if (m->kept.count > BULK_MAX) {
        toast_set(m, c->fx, TOAST_WARN, "%s are too many to be looked at one by one, at most %s; narrow the filter and go on in parts",
                  grouped((int64_t)m->kept.count).text, grouped(BULK_MAX).text);
        return true;
    }
    struct request r = {.kind = REQ_SELECT_HAS, .selection = m->kept.number};
    struct awaited about = {.id = m->kept.number, .each = 1 + (int)c->action, .again = {.name = xstrdup(c->arg)}};
    ask_forget(m, c->fx, REQ_SELECT_HAS);
    if (!ask_send(m, c->fx, &r, &about))
        request_finish(&about.again);
    return true;
}

void select_members(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    bool mine = a->id == m->kept.number;
    if (!r->ok && mine) {
        if (m->link == LINK_LIVE && !err_retryable(r->error.code))
            select_clear(m);
        toast_unread(m, fx, "selection", r);
    } else if (r->ok && mine && a->each && m->screen == SCREEN_QUEUE) {
        select_set(m, r->ids, r->id_count);
        dispatch(m, fx, (enum action)(a->each - 1), a->again.name);
    } else if (r->ok && mine && !a->each) {
        set(m, r->ids, r->id_count);
    }
    request_finish(&a->again);
}
