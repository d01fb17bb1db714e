#include "app/cursor.h"

#include <stdlib.h>

#include "app/ask.h"
#include "app/hints.h"
#include "app/window.h"
#include "base/die.h"

/* Stepping costs nothing: only a rest reads the context and tells the others. */
enum { REST_CONTEXT = 120, REST_VIEWING = 1500 };

int64_t cursor_target(const struct model *m)
{
    if (m->screen == SCREEN_QUEUE && m->groups.on)
        return 0;              /* on an outage's line no exception is looked at */
    return m->screen == SCREEN_DETAIL && m->detail_id ? m->detail_id : m->queue.cursor_id;
}

const struct queue_row *cursor_row(const struct model *m)
{
    int64_t id = cursor_target(m);
    if (!id)
        return NULL;
    if (id == m->queue.cursor_id)
        return &m->queue.rows[m->queue.cursor];
    return m->context && m->context_id == id ? &m->context->row : NULL;
}

/* The cursor leaves: rows that were only kept for its sake go. */
static void leave(struct model *m, size_t to)
{
    struct queue *q = &m->queue;
    int64_t id = q->rows[to].id, old = q->cursor_id;
    bool displaced = q->displaced;
    q->displaced = false;
    q->cursor_id = 0;
    for (size_t i = q->count; i-- > 0;)
        if (q->rows[i].id != id && (!q->rows[i].matches || (displaced && q->rows[i].id == old)))
            window_remove(m, i);
    q->cursor = window_find(m, id);
    q->cursor_id = id;
    if (displaced)
        hints_touch(m, old);   /* it belongs to another place of this list */
}

/* The nearest row from `to` that still belongs here, looking on in the direction first. */
static size_t landing(const struct queue *q, size_t to, bool down)
{
    for (size_t i = to; i < q->count; down ? i++ : i--)   /* i-- below 0 wraps past count */
        if (q->rows[i].matches)
            return i;
    for (size_t i = to; i != q->cursor; down ? i-- : i++)
        if (q->rows[i].matches)
            return i;
    return q->cursor;
}

static void put(struct model *m, struct effects *fx, size_t to)
{
    if (to != m->queue.cursor) {
        leave(m, to);
        cursor_follow(m, fx, m->screen == SCREEN_DETAIL);
    }
    window_settle(m, fx);
}

static size_t offset(size_t from, long by, size_t most)
{
    if (by < 0)
        return from > (size_t)-by ? from - (size_t)-by : 0;
    return most - from > (size_t)by ? from + (size_t)by : most;
}

void cursor_move(struct model *m, struct effects *fx, long by)
{
    struct queue *q = &m->queue;
    m->detail_id = 0;
    if (!q->count || !by)
        return;
    put(m, fx, landing(q, offset(q->cursor, by, q->count - 1), by > 0));
}

void cursor_page(struct model *m, struct effects *fx, long lines)
{
    struct queue *q = &m->queue;
    if (!q->count)
        return;
    size_t screen = window_lines(m), last = q->count > screen ? q->count - screen : 0;
    q->top = offset(q->top, lines, q->top > last ? q->top : last);
    cursor_move(m, fx, lines);
}

void cursor_top(struct model *m, struct effects *fx)
{
    if (m->queue.more_above)
        window_show(m, fx, PAGE_TOP, false);
    else
        cursor_move(m, fx, -(long)m->queue.cursor);
    if (!m->queue.more_above)
        m->queue.new_above = 0;
}

void cursor_bottom(struct model *m, struct effects *fx)
{
    if (m->queue.more_below)
        window_show(m, fx, PAGE_BOTTOM, false);
    else
        cursor_move(m, fx, (long)(m->queue.count - m->queue.cursor));
}

bool cursor_to(struct model *m, struct effects *fx, int64_t id)
{
    size_t at = window_find(m, id);
    if (at == SIZE_MAX)
        return false;
    put(m, fx, at);
    return true;
}

/* Nothing is looked at: what was must not go on standing beside an empty list. */
static void forget_context(struct model *m)
{
    if (m->context)
        context_finish(m->context);
    free(m->context);
    m->context = NULL;
    m->context_id = 0;
    m->context_stale = false;
}

void cursor_follow(struct model *m, struct effects *fx, bool at_once)
{
    int64_t id = cursor_target(m);
    m->scroll = 0;
    if (!id) {
        forget_context(m);
        return;
    }
    if (at_once)
        cursor_context_timer(m, fx);
    else
        effects_timer(fx, TIMER_CONTEXT, m->now + REST_CONTEXT);
    effects_timer(fx, TIMER_VIEWING, m->now + REST_VIEWING);
}

void cursor_context_timer(struct model *m, struct effects *fx)
{
    int64_t id = cursor_target(m);
    if (id != m->context_id || m->context_stale || (m->screen == SCREEN_DETAIL && !m->context_whole))
        ask_context(m, fx, id);
}

void cursor_viewing_timer(struct model *m, struct effects *fx)
{
    int64_t id = cursor_target(m);
    if (id != m->viewing_told)
        cursor_tell(m, fx, id);
}

void cursor_tell(struct model *m, struct effects *fx, int64_t id)
{
    if (m->link != LINK_LIVE || m->hello.read_only)
        return;
    struct request r = {.kind = REQ_VIEWING, .id_count = 1};
    r.ids = xcalloc(1, sizeof *r.ids);
    r.ids[0] = id;
    if (ask_send(m, fx, &r, &(struct awaited){.id = id})) {
        m->viewing_told = id;
        m->viewing_told_at = m->now;
    }
}
