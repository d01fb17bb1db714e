#include "app/window.h"

#include <stdlib.h>
#include <string.h>

#include "app/ask.h"
#include "app/groups.h"
#include "app/hints.h"
#include "base/die.h"

/* WINDOW_MAX holds a screen, a page above and one and a half below. */
enum { LINES_MOST = 150, STEP_LEAST = 10, STEP_MOST = 100 };

static size_t clamp(size_t v, size_t least, size_t most)
{
    return v < least ? least : v > most ? most : v;
}

size_t window_lines(const struct model *m)
{
    struct app_layout l;
    app_layout(m, &l);
    return clamp(l.list_rows > 0 ? (size_t)l.list_rows : 1, 1, LINES_MOST);
}

size_t window_step(const struct model *m) { return clamp(window_lines(m), STEP_LEAST, STEP_MOST); }

static void reserve(struct queue *q, size_t n)
{
    if (n <= q->cap)
        return;
    q->cap = n < 64 ? 64 : n + n / 4;
    q->rows = xrealloc(q->rows, q->cap * sizeof *q->rows);
}

size_t window_find(const struct model *m, int64_t id)
{
    for (size_t i = 0; i < m->queue.count; i++)
        if (m->queue.rows[i].id == id)
            return i;
    return SIZE_MAX;
}

size_t window_place(const struct model *m, int64_t key, int64_t id)
{
    size_t low = 0, high = m->queue.count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const struct queue_row *r = &m->queue.rows[mid];
        if (r->key < key || (r->key == key && r->id < id))
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

void window_remove(struct model *m, size_t at)
{
    struct queue *q = &m->queue;
    q->count--;
    memmove(&q->rows[at], &q->rows[at + 1], (q->count - at) * sizeof *q->rows);
    if (at < q->top)
        q->top--;
    if (at < q->cursor)
        q->cursor--;
}

void window_insert(struct model *m, size_t at, const struct queue_row *row)
{
    struct queue *q = &m->queue;
    reserve(q, q->count + 1);
    memmove(&q->rows[at + 1], &q->rows[at], (q->count - at) * sizeof *q->rows);
    q->rows[at] = *row;
    q->count++;
    if (at <= q->cursor && q->cursor_id)
        q->cursor++;
    /* at the very top a new first line is seen; above the fold it must not push the screen */
    if (at <= q->top && q->top)
        q->top++;
}

/* --- asking ------------------------------------------------------------------------- */

static void ask_page(struct model *m, struct effects *fx, enum page_goal goal, enum page_direction direction,
                     const struct queue_row *anchor, size_t limit)
{
    struct request r = {.kind = REQ_PAGE, .page = {
        .filter = groups_filter(m), .from_start = !anchor, .direction = direction, .limit = (int)limit,
        .inclusive = goal == PAGE_RELOAD,
    }};
    if (anchor) {
        r.page.anchor_key = anchor->key;
        r.page.anchor_id = anchor->id;
    }
    ask_send(m, fx, &r, &(struct awaited){
        .goal = goal, .direction = direction, .from_start = !anchor,
        .anchor_key = r.page.anchor_key, .anchor_id = r.page.anchor_id});
}

static bool page_waiting(const struct model *m, enum page_direction direction)
{
    for (int i = 0; i < m->awaiting_count; i++) {
        const struct awaited *a = &m->awaiting[i];
        if (a->kind == REQ_PAGE && (a->goal != PAGE_EXTEND || a->direction == direction))
            return true;
    }
    return false;
}

void window_show(struct model *m, struct effects *fx, enum page_goal goal, bool fresh_filter)
{
    ask_forget(m, fx, REQ_PAGE);
    if (fresh_filter) {
        ask_forget(m, fx, REQ_ROWS);
        m->reading_count = m->touched_count = 0;
        m->touched_many = false;
        m->queue.loading = true;
        m->queue.new_above = 0;
    }
    if (m->link == LINK_LIVE)
        ask_page(m, fx, goal, goal == PAGE_BOTTOM ? PAGE_BEFORE : PAGE_AFTER, NULL,
                 window_lines(m) + window_step(m));
}

void window_reload(struct model *m, struct effects *fx)
{
    struct queue *q = &m->queue;
    m->reloaded_at = m->now;
    if (q->loading || !q->count) {
        window_show(m, fx, PAGE_TOP, false);
        return;
    }
    ask_forget(m, fx, REQ_PAGE);
    size_t step = window_step(m), from = q->top > step ? q->top - step : 0;
    bool from_start = !from && !q->more_above;
    if (m->link == LINK_LIVE)
        ask_page(m, fx, PAGE_RELOAD, PAGE_AFTER, from_start ? NULL : &q->rows[from], window_lines(m) + 2 * step);
}

/* More rows where less than half a page is left. One request a direction is under way at
 * most, so a key held down never queues any. */
static void fill(struct model *m, struct effects *fx)
{
    struct queue *q = &m->queue;
    size_t lines = window_lines(m), step = window_step(m);
    if (m->link != LINK_LIVE || q->loading)
        return;
    if (!q->count) {
        if ((q->more_above || q->more_below) && !page_waiting(m, PAGE_AFTER))
            ask_page(m, fx, PAGE_TOP, PAGE_AFTER, NULL, lines + step);
        return;
    }
    size_t below = q->count > q->top + lines ? q->count - q->top - lines : 0;
    if (q->more_below && below <= step / 2 && !page_waiting(m, PAGE_AFTER))
        ask_page(m, fx, PAGE_EXTEND, PAGE_AFTER, &q->rows[q->count - 1], step);
    if (q->more_above && q->top <= step / 2 && !page_waiting(m, PAGE_BEFORE))
        ask_page(m, fx, PAGE_EXTEND, PAGE_BEFORE, &q->rows[0], step);
}

/* --- keeping the window in shape ---------------------------------------------------- */

/* An answer on its way would no longer join the rows we keep. */
static void forget_extending(struct model *m, struct effects *fx, enum page_direction direction)
{
    for (int i = m->awaiting_count - 1; i >= 0; i--) {
        struct awaited a = m->awaiting[i];
        if (a.kind == REQ_PAGE && a.goal == PAGE_EXTEND && a.direction == direction && ask_take(m, a.number, &a))
            effects_push(fx, EFFECT_FORGET)->number = a.number;
    }
}

static void drop_front(struct model *m, struct effects *fx, size_t n)
{
    struct queue *q = &m->queue;
    forget_extending(m, fx, PAGE_BEFORE);
    q->count -= n;
    memmove(q->rows, q->rows + n, q->count * sizeof *q->rows);
    q->top -= n;
    q->cursor -= n;
    q->more_above = true;
}

/* What left the filter stays to be seen, dimmed; beyond the screen nobody sees it. */
static void drop_unseen(struct model *m, size_t lines)
{
    struct queue *q = &m->queue;
    for (size_t i = q->count; i-- > 0;)
        if (!q->rows[i].matches && i != q->cursor && (i < q->top || i >= q->top + lines))
            window_remove(m, i);
}

static void keep_cursor_on_screen(struct queue *q, size_t lines)
{
    if (q->cursor < q->top)
        q->top = q->cursor;
    if (q->cursor >= q->top + lines)
        q->top = q->cursor - lines + 1;
    if (!q->more_below && q->top + lines > q->count)
        q->top = q->count > lines ? q->count - lines : 0;
}

void window_settle(struct model *m, struct effects *fx)
{
    struct queue *q = &m->queue;
    size_t lines = window_lines(m), step = window_step(m);
    if (!q->count) {
        q->top = q->cursor = 0;
        q->cursor_id = 0;
        q->new_above = 0;
        q->displaced = false;
        groups_empty(m);
        fill(m, fx);
        return;
    }
    if (q->cursor >= q->count)
        q->cursor = q->count - 1;
    q->cursor_id = q->rows[q->cursor].id;
    keep_cursor_on_screen(q, lines);
    drop_unseen(m, lines);
    keep_cursor_on_screen(q, lines);
    if (q->top > step + step / 2)
        drop_front(m, fx, q->top - step);
    if (q->count > q->top + lines + step + step / 2) {
        forget_extending(m, fx, PAGE_AFTER);
        q->count = q->top + lines + step;
        q->more_below = true;
    }
    if (!q->more_above && q->new_above > q->top)
        q->new_above = (uint32_t)q->top;
    fill(m, fx);
}

/* --- answers ------------------------------------------------------------------------ */

/* A row that moved to another page while we were reading: it is held once. The cursor's
 * row stays where it is until the cursor leaves. */
static bool keep_held(struct model *m, int64_t id)
{
    size_t at = window_find(m, id);
    if (at == SIZE_MAX)
        return false;
    if (at == m->queue.cursor) {
        m->queue.displaced = true;
        return true;
    }
    window_remove(m, at);
    return false;
}

static void extend(struct model *m, enum page_direction direction, const struct page *p)
{
    struct queue *q = &m->queue;
    reserve(q, q->count + p->count);
    for (size_t k = 0; k < p->count; k++) {
        const struct queue_row *row = &p->rows[direction == PAGE_AFTER ? k : p->count - 1 - k];
        if (keep_held(m, row->id))
            continue;
        bool first_line = direction == PAGE_BEFORE && !q->top;
        window_insert(m, direction == PAGE_AFTER ? q->count : 0, row);
        if (first_line)
            q->top++;    /* these are earlier rows, not new ones: the screen stays */
    }
    *(direction == PAGE_AFTER ? &q->more_below : &q->more_above) = p->more;
}

static void replace(struct model *m, const struct awaited *a, const struct page *p)
{
    struct queue *q = &m->queue;
    reserve(q, p->count);
    if (p->count)
        memcpy(q->rows, p->rows, p->count * sizeof *q->rows);
    q->count = p->count;
    q->more_above = a->direction == PAGE_BEFORE && p->more;
    q->more_below = a->direction == PAGE_AFTER && p->more;
    q->displaced = false;
    q->cursor = a->goal == PAGE_BOTTOM && q->count ? q->count - 1 : 0;
    q->top = q->cursor;
    q->cursor_id = q->count ? q->rows[q->cursor].id : 0;
    if (a->goal == PAGE_TOP)
        q->new_above = 0;
}

/* The same stretch read again. The cursor's row keeps its place and its line. */
static void reload(struct model *m, const struct awaited *a, const struct page *p)
{
    struct queue *q = &m->queue;
    struct queue_row held = q->rows[q->cursor];
    bool at_top = q->top == 0 && a->from_start;
    size_t line = q->cursor - q->top;
    replace(m, a, p);
    q->more_above = !a->from_start;
    size_t at = window_find(m, held.id);
    if (at != SIZE_MAX && q->rows[at].key != held.key) {
        int64_t old = held.key;
        held = q->rows[at];
        held.key = old;
        q->displaced = true;
        window_remove(m, at);
        at = SIZE_MAX;
    } else if (at == SIZE_MAX) {
        held.matches = false;
        hints_touch(m, held.id);       /* what has become of it */
    }
    q->cursor_id = 0;
    if (at == SIZE_MAX) {
        at = window_place(m, held.key, held.id);
        window_insert(m, at, &held);
    }
    q->cursor = at;
    q->cursor_id = held.id;
    q->top = at_top || at < line ? 0 : at - line;
}

static bool before(int64_t key, int64_t id, int64_t than_key, int64_t than_id)
{
    return key < than_key || (key == than_key && id < than_id);
}

/* The cursor's row lies outside the stretch that was read: it moved on meanwhile, or so many
 * rows came in before it. Then the stretch from the cursor on is read instead. */
static bool misses_cursor(const struct queue *q, const struct awaited *a, const struct page *p)
{
    const struct queue_row *cursor = &q->rows[q->cursor], *last = p->count ? &p->rows[p->count - 1] : NULL;
    return (!a->from_start && before(cursor->key, cursor->id, a->anchor_key, a->anchor_id)) ||
           (last && p->more && before(last->key, last->id, cursor->key, cursor->id));
}

void window_page(struct model *m, struct effects *fx, const struct awaited *a, const struct page *p)
{
    struct queue *q = &m->queue;
    if (a->goal == PAGE_RELOAD && q->count && misses_cursor(q, a, p)) {
        ask_page(m, fx, PAGE_RELOAD, PAGE_AFTER, &q->rows[q->cursor], window_lines(m) + window_step(m));
        return;
    }
    if (a->goal == PAGE_EXTEND)
        extend(m, a->direction, p);
    else if (a->goal == PAGE_RELOAD && q->count)
        reload(m, a, p);
    else
        replace(m, a, p);
    q->loading = false;
    q->read_at = m->now;
    window_settle(m, fx);
}
