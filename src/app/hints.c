#include "app/hints.h"

#include <stdlib.h>
#include <string.h>

#include "app/ask.h"
#include "app/board.h"
#include "app/control.h"
#include "app/cursor.h"
#include "app/groups.h"
#include "app/lists.h"
#include "app/select.h"
#include "app/window.h"
#include "base/die.h"
#include "base/when.h"

enum { TRICKLE = 4, FLOOD_EVERY = 50, RELOAD_EVERY = 100, RELOAD_EACH = 3, RELOAD_MOST = 3000, FAILED_WAIT = 2000, EARLY = 50 };

/* --- collecting --------------------------------------------------------------------- */

void hints_all(struct model *m)
{
    m->touched_many = true;
    m->many_due = WHEN_NONE;
}

/* How long all sessions that read a window anew at the same moment take over it: a few milliseconds of the server's each. */
static int64_t apart(const struct model *m)
{
    int64_t ms = m->counts.sessions * RELOAD_EACH;
    return ms > RELOAD_MOST ? RELOAD_MOST : ms;
}

int64_t hints_apart(const struct model *m) { return apart(m) * m->spread / 1000; }

void hints_all_apart(struct model *m)
{
    if (m->touched_many)
        return;
    m->touched_many = true;
    m->many_due = m->now + hints_apart(m);
}

static void collect(struct model *m, int64_t id, bool opened)
{
    for (size_t i = 0; i < m->touched_count; i++) {
        if (m->touched[i].id == id) {
            m->touched[i].opened |= opened;
            return;
        }
    }
    if (m->touched_count == TOUCHED_MAX) {
        m->touched_count = 0;
        hints_all_apart(m);
    }
    if (m->touched_count == m->touched_cap) {
        m->touched_cap = m->touched_cap ? 2 * m->touched_cap : 16;
        m->touched = xrealloc(m->touched, m->touched_cap * sizeof *m->touched);
    }
    m->touched[m->touched_count++] = (struct touched){id, opened};
}

/* What is on its way may have been read before the change: a relay's hint comes by another way, and overtakes it. */
static bool being_read(const struct model *m, int64_t id)
{
    for (size_t i = 0; i < m->reading_count; i++)
        if (m->reading[i].id == id)
            return true;
    return ask_waiting(m, REQ_PAGE);
}

/* Of which kinds and urgencies a row of the window is. */
static void window_words(const struct model *m, struct hint_sight *out)
{
    const struct queue *q = &m->queue;
    const struct filter_reach *f = &m->filter_reach;
    bool by_urgency = m->sort == SORT_URGENCY && q->count && !q->loading;
    out->known = true;
    out->states = f->states & (m->filter_resolved ? UINT32_MAX : ~(1u << STATE_RESOLVED)) & ((1u << STATE_COUNT) - 1);
    out->severities = f->severities & ((1u << SEVERITY_COUNT) - 1);
    out->kinds = f->kinds & ((1u << KIND_COUNT) - 1);
    out->urgency_from = by_urgency && q->more_above ? q->rows[0].key : INT64_MIN;   /* above the window only new ones are counted */
    out->urgency_to = by_urgency && q->more_below ? q->rows[q->count - 1].key : INT64_MAX;
    out->count = 0;
}

/* Could it be a row of the window, before or after the change? */
static bool concerns(const struct model *m, const struct hint_sight *words, const struct hint_item *h)
{
    return window_find(m, h->id) != SIZE_MAX || being_read(m, h->id) || hint_item_within(words, h);
}

static bool within(const struct hint_reach *r, int64_t id) { return id >= r->id_from && id <= r->id_to; }

/* Could one of so many be a row of the window, before or after? */
static bool many_concern(const struct model *m, const struct hint_reach *r)
{
    const struct queue *q = &m->queue;
    struct hint_sight words;
    if (!r->known || q->loading || ask_waiting(m, REQ_PAGE))
        return true;
    for (size_t i = 0; !r->opened && i < q->count; i++)
        if (within(r, q->rows[i].id))
            return true;
    for (size_t i = 0; i < m->reading_count; i++)
        if (within(r, m->reading[i].id))
            return true;
    window_words(m, &words);
    return hint_many_within(&words, r);
}

/* Where lists, or pages, are read by any hint, all come at once. */
void hints_sight(const struct model *m, struct hint_sight *out)
{
    const struct queue *q = &m->queue;
    window_words(m, out);
    out->known = !q->loading && lists_none(m);
    if (m->context_id)
        out->ids[out->count++] = m->context_id;
    for (size_t i = 0; i < q->count && out->count < HINT_SIGHT_IDS; i++)
        out->ids[out->count++] = q->rows[i].id;
}

void hints_touch(struct model *m, int64_t id) { collect(m, id, false); }

static void touch_context(struct model *m, struct effects *fx)
{
    m->context_stale = true;
    if (m->context_id == cursor_target(m))
        ask_context(m, fx, m->context_id);
}

static void take_exceptions(struct model *m, struct effects *fx, const struct hint *h)
{
    struct hint_sight words;
    window_words(m, &words);
    for (size_t i = 0; i < h->count; i++) {
        const struct hint_item *item = &h->items[i];
        if (m->context_id && item->id == m->context_id && (!m->context || item->rev != m->context->row.rev))
            touch_context(m, fx);
        if (concerns(m, &words, item))
            collect(m, item->id, item->opened);
        m->counts.open += item->opened && item->state != STATE_RESOLVED;   /* as far as a hint says it; read again before long */
        m->counts.fresh += item->opened && item->state == STATE_NEW;
        m->counts_moved |= item->opened;
    }
    ask_counts_later(m, fx);
}

static void take_many(struct model *m, struct effects *fx, const struct hint_reach *r)
{
    bool context = m->context_id && (!r->known || (!r->opened && within(r, m->context_id)));
    m->context_stale |= context;       /* the window's turn is its, too */
    if (context || many_concern(m, r))
        hints_all_apart(m);
    ask_counts_many(m, fx);
}

/* --- reading ------------------------------------------------------------------------ */

static void read_rows(struct model *m, struct effects *fx)
{
    struct request r = {.kind = REQ_ROWS, .filter = groups_filter(m), .id_count = m->touched_count};
    r.ids = xcalloc(m->touched_count, sizeof *r.ids);
    m->reading = xrealloc(m->reading, m->touched_count * sizeof *m->reading);
    for (size_t i = 0; i < m->touched_count; i++) {
        r.ids[i] = m->touched[i].id;
        m->reading[i] = m->touched[i];
    }
    m->reading_count = m->touched_count;
    m->touched_count = 0;
    m->rows_asked_at = m->now;
    ask_send(m, fx, &r, NULL);
}

static void read_all(struct model *m, struct effects *fx)
{
    m->touched_many = false;
    m->many_due = WHEN_NONE;
    m->touched_count = 0;
    window_reload(m, fx);
    if (m->context_stale && m->context_id == cursor_target(m))
        ask_context(m, fx, m->context_id);
}

static int64_t rows_due(const struct model *m)
{
    return m->touched_count > TRICKLE && m->rows_asked_at != WHEN_NONE ? m->rows_asked_at + FLOOD_EVERY : m->now;
}

static int64_t all_due(const struct model *m)
{
    int64_t every = m->many_due != WHEN_NONE && apart(m) > RELOAD_EVERY ? apart(m) : RELOAD_EVERY, due = m->now;
    if (m->reloaded_at != WHEN_NONE)
        due = m->reloaded_at + every;
    return m->many_due != WHEN_NONE && m->many_due > due ? m->many_due : due;
}

void hints_read(struct model *m, struct effects *fx, bool timer)
{
    if (m->link != LINK_LIVE || (!m->touched_count && !m->touched_many))
        return;
    /* a page under way is read first: rows at its edge could not be placed yet */
    if (ask_waiting(m, REQ_PAGE) || ask_waiting(m, REQ_ROWS))
        return;
    int64_t rows = rows_due(m), all = all_due(m);
    bool first = m->touched_many && (m->many_due == WHEN_NONE || !m->touched_count || all <= rows);
    int64_t due = first ? all : rows;
    if (m->now < due && !(timer && due - m->now < EARLY))    /* timers and the clock are not quite one */
        effects_timer(fx, TIMER_REFRESH, due);
    else if (first)
        read_all(m, fx);
    else
        read_rows(m, fx);
}

void hints_failed(struct model *m, struct effects *fx)
{
    m->reading_count = 0;
    hints_all(m);
    m->reloaded_at = m->now + FAILED_WAIT - RELOAD_EVERY;   /* not sooner, whatever comes meanwhile */
    effects_timer(fx, TIMER_REFRESH, m->now + FAILED_WAIT);
}

/* --- merging ------------------------------------------------------------------------ */

static bool place_new(struct model *m, const struct queue_row *row, bool opened)
{
    struct queue *q = &m->queue;
    size_t at = window_place(m, row->key, row->id), top = q->top;
    if (at == 0 && q->more_above) {
        q->new_above += opened;
        return false;
    }
    if (at == q->count && q->more_below)
        return false;
    bool first = !q->count;
    window_insert(m, at, row);
    if (first)
        q->cursor = q->top = 0, q->cursor_id = row->id;
    q->new_above += opened && q->top > top;
    if (opened)
        q->fresh_id = row->id;
    return true;
}

static void left_filter(struct model *m, size_t at, const struct queue_row *row)
{
    struct queue_row *held = &m->queue.rows[at];
    int64_t key = held->key;
    if (row)
        *held = *row;
    held->key = key;
    held->matches = false;
}

/* A row as it is now, into its place. False: its place is outside the window. */
static bool merge(struct model *m, const struct queue_row *row, bool opened)
{
    struct queue *q = &m->queue;
    size_t at = window_find(m, row->id);
    if (at == SIZE_MAX)
        return place_new(m, row, opened);
    struct queue_row *held = &q->rows[at];
    if (row->rev < held->rev)
        return true;
    if (at == q->cursor) {
        int64_t key = held->key;
        *held = *row;
        held->key = key;
        q->displaced = key != row->key;
        return true;
    }
    if (held->key == row->key) {
        *held = *row;
        return true;
    }
    window_remove(m, at);
    return place_new(m, row, false);
}

static const struct queue_row *find_row(const struct page *p, int64_t id)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->rows[i].id == id)
            return &p->rows[i];
    return NULL;
}

void hints_rows(struct model *m, struct effects *fx, const struct page *p)
{
    struct queue *q = &m->queue;
    size_t count = m->reading_count;
    bool came = false;
    m->reading_count = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t id = m->reading[i].id;
        const struct queue_row *row = find_row(p, id);
        size_t at = window_find(m, id);
        if (row && row->matches) {
            if (!merge(m, row, m->reading[i].opened) && ask_waiting(m, REQ_PAGE))
                collect(m, id, false);
            came |= at == SIZE_MAX;
            if (m->reading[i].opened && row->severity == SEVERITY_CRITICAL && m->settings.bell)
                effects_push(fx, EFFECT_BELL);
        } else if (at != SIZE_MAX) {
            left_filter(m, at, row);
        }
    }
    q->read_at = m->now;
    window_settle(m, fx);
    if (came)
        select_look(m, fx);
}

/* --- who is viewing ----------------------------------------------------------------- */

enum { VIEWER_FORGOTTEN = 5 * 60 * 1000 };

static void drop_viewer(struct model *m, int i)
{
    m->viewer_count--;
    memmove(&m->viewers[i], &m->viewers[i + 1], (size_t)(m->viewer_count - i) * sizeof m->viewers[0]);
}

/* Hundreds of people move about: only who is, or was, at what is shown here shows. */
static bool viewers_differ(const struct model *m, const char *before)
{
    return m->context && strcmp(before, m->context->viewers) != 0;
}

static void see_viewer(struct model *m, int64_t id, const char *role, size_t n)
{
    struct viewer v = {.id = id, .at = m->now};
    if (!n || n >= sizeof v.role)
        return;
    memcpy(v.role, role, n);
    if (strcmp(v.role, m->hello.role) == 0)
        return;
    for (int i = m->viewer_count - 1; i >= 0; i--)
        if (strcmp(m->viewers[i].role, v.role) == 0)
            drop_viewer(m, i);
    if (!id)
        return;
    if (m->viewer_count == VIEWERS_MAX)
        drop_viewer(m, 0);
    m->viewers[m->viewer_count++] = v;
}

/* context->viewers is the sentence the screen shows; the table keeps it true. */
static void write_viewers(struct model *m)
{
    if (!m->context)
        return;
    char *out = m->context->viewers;
    size_t size = sizeof m->context->viewers, len = 0;
    out[0] = '\0';
    for (int i = 0; i < m->viewer_count; i++) {
        size_t n = strlen(m->viewers[i].role);
        if (m->viewers[i].id != m->context_id || len + n + 3 > size)
            continue;
        if (len) {
            memcpy(out + len, ", ", 2);
            len += 2;
        }
        memcpy(out + len, m->viewers[i].role, n + 1);
        len += n;
    }
}

void hints_context_viewers(struct model *m)
{
    char names[sizeof m->context->viewers];
    memcpy(names, m->context->viewers, sizeof names);
    for (const char *s = names; *s;) {
        size_t n = strcspn(s, ",");
        see_viewer(m, m->context_id, s, n);
        s += n;
        s += strspn(s, ", ");
    }
    write_viewers(m);
}

void hints_forget_viewers(struct model *m)
{
    for (int i = m->viewer_count - 1; i >= 0; i--)
        if (m->now - m->viewers[i].at > VIEWER_FORGOTTEN)
            drop_viewer(m, i);
    write_viewers(m);
}

void hints_take(struct model *m, struct effects *fx, const struct hint *h)
{
    char before[sizeof m->context->viewers] = "";
    fx->unseen = true;                 /* what is asked for now shows once it is answered */
    lists_hint(m, fx, h);
    switch (h->kind) {
    case HINT_EXCEPTIONS:
        take_exceptions(m, fx, h);
        break;
    case HINT_MANY:
        take_many(m, fx, &h->reach);
        break;
    case HINT_PRESENCE:
        if (m->context)
            memcpy(before, m->context->viewers, sizeof before);
        see_viewer(m, h->id, h->role, strlen(h->role));
        write_viewers(m);
        fx->unseen = !viewers_differ(m, before);
        break;
    case HINT_VIEWS:
        ask_views(m, fx);
        break;
    case HINT_CONTROL:
        control_hint(m, fx);
        board_old(m, fx);
        break;
    case HINT_SCHEMA:   /* the connection checks the version itself and says what to do */
    case HINT_OUTBOX:   /* for workers */
    case HINT_DESK:
    case HINT_KNOWLEDGE:
    case HINT_RIGHTS:   /* the connection says hello again, and then everything is read again */
        break;
    }
}
