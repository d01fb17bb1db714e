#include "app/board.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ask.h"
#include "app/dispatch.h"
#include "app/groups.h"
#include "app/outage.h"
#include "app/toast.h"
#include "base/die.h"
#include "base/when.h"

/* --- lines --------------------------------------------------------------------------------- */

const struct board *board_shown(const struct model *m)
{
    return m->board.carrier[0] ? m->board.lanes : m->board.all;
}

/* Suggestions and outages stand above the carriers only. */
size_t board_lines(const struct model *m)
{
    const struct board *b = board_shown(m);
    size_t rows = b ? b->count : 0;
    if (m->board.carrier[0])
        return rows;
    return rows + m->control.state.outage_count + (b ? b->suggestion_count : 0);
}

struct board_line board_line(const struct model *m, size_t i)
{
    const struct board *b = board_shown(m);
    if (!m->board.carrier[0]) {
        size_t suggestions = b ? b->suggestion_count : 0, outages = m->control.state.outage_count;
        if (i < suggestions)
            return (struct board_line){.kind = BOARD_SUGGESTION, .suggestion = &b->suggestions[i]};
        i -= suggestions;
        if (i < outages)
            return (struct board_line){.kind = BOARD_OUTAGE, .outage = &m->control.state.outages[i]};
        i -= outages;
    }
    if (b && i < b->count)
        return (struct board_line){.kind = BOARD_ROW, .row = &b->rows[i]};
    return (struct board_line){.kind = BOARD_NOTHING};
}

/* What a line is, however the others move: the cursor stays with it. */
static void identity(const struct board_line *l, char *out, size_t size)
{
    out[0] = '\0';
    if (l->kind == BOARD_SUGGESTION)
        snprintf(out, size, "s%" PRId32, l->suggestion->id);
    else if (l->kind == BOARD_OUTAGE)
        snprintf(out, size, "o%" PRId32, l->outage->id);
    else if (l->kind == BOARD_ROW)
        snprintf(out, size, "r%s/%s/%s", l->row->carrier, l->row->service, l->row->region);
}

static void remember(struct model *m)
{
    struct board_line l = board_chosen(m);
    identity(&l, m->board.line, sizeof m->board.line);
}

/* The cursor goes with its line; a line that is gone leaves it at the same height. */
static void find_again(struct model *m)
{
    struct board_page *p = &m->board;
    size_t n = board_lines(m);
    char id[sizeof p->line];
    for (size_t i = 0; i < n && p->line[0]; i++) {
        struct board_line l = board_line(m, i);
        identity(&l, id, sizeof id);
        if (strcmp(id, p->line) == 0) {
            p->cursor = i;
            return;
        }
    }
    p->cursor = p->cursor >= n ? (n ? n - 1 : 0) : p->cursor;
    remember(m);
}

struct board_line board_chosen(const struct model *m) { return board_line(m, m->board.cursor); }

void board_move(struct model *m, enum action a)
{
    bool back = a == ACTION_UP || a == ACTION_PAGE_UP || a == ACTION_HALF_UP || a == ACTION_TOP;
    long n = (long)board_lines(m), at = (long)m->board.cursor;
    long by = a == ACTION_TOP || a == ACTION_BOTTOM ? n : a == ACTION_UP || a == ACTION_DOWN ? 1 : m->rows - 6;
    at += back ? -by : by;
    at = at >= n ? n - 1 : at;
    m->board.cursor = at < 0 ? 0 : (size_t)at;
    remember(m);
}

bool board_silent(const struct board_row *r, int64_t now)
{
    return r->usual_gap_s > 0 && r->last_scan_at != WHEN_NONE && (double)(now - r->last_scan_at) > r->usual_gap_s * 1000;
}

/* --- order ---------------------------------------------------------------------------------- */

static int by_place(const struct board_row *x, const struct board_row *y)
{
    int c = strcmp(x->carrier_name, y->carrier_name);
    c = c ? c : strcmp(x->region, y->region);
    return c ? c : strcmp(x->service, y->service);
}

static int by_name(const void *a, const void *b) { return by_place(a, b); }

static int by_open(const void *a, const void *b)
{
    const struct board_row *x = a, *y = b;
    return x->open != y->open ? (x->open < y->open ? 1 : -1) : by_place(x, y);
}

static int by_ratio(const void *a, const void *b)
{
    const struct board_row *x = a, *y = b;
    return x->ratio < y->ratio ? 1 : x->ratio > y->ratio ? -1 : by_open(a, b);
}

static const struct { const char *name; int (*compare)(const void *, const void *); } sorts[] = {
    [BOARD_BY_RATIO] = {"ratio", by_ratio}, [BOARD_BY_OPEN] = {"open", by_open}, [BOARD_BY_NAME] = {"name", by_name},
};

const char *board_sort_name(enum board_sort s) { return sorts[s].name; }

static void put_in_order(struct model *m)
{
    struct board *const boards[] = {m->board.all, m->board.lanes};
    for (size_t i = 0; i < sizeof boards / sizeof boards[0]; i++)
        if (boards[i] && boards[i]->count)
            qsort(boards[i]->rows, boards[i]->count, sizeof *boards[i]->rows, sorts[m->board.sort].compare);
    find_again(m);
}

/* --- reading --------------------------------------------------------------------------------- */

static void drop(struct board **b)
{
    if (*b)
        board_finish(*b);
    free(*b);
    *b = NULL;
}

void board_finish_all(struct model *m)
{
    drop(&m->board.all);
    drop(&m->board.lanes);
}

void board_follow(struct model *m, struct effects *fx)
{
    struct board_page *p = &m->board;
    if (m->screen != SCREEN_BOARD || m->link != LINK_LIVE || ask_waiting(m, REQ_BOARD) || (board_shown(m) && !p->stale))
        return;
    struct request r = {.kind = REQ_BOARD};
    r.control.carrier = xstrdup(p->carrier);
    p->stale = false;
    ask_send(m, fx, &r, &(struct awaited){.from_start = !p->carrier[0]});
}

void board_old(struct model *m, struct effects *fx)
{
    m->board.stale = true;
    board_follow(m, fx);
}

void board_reply(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    struct board_page *p = &m->board;
    if (!r->ok) {
        p->stale = true;
        toast_unread(m, fx, "board", r);
        return;
    }
    if (!r->board || (!a->from_start && !p->carrier[0]))
        return;
    if (a->from_start || strcmp(r->board->count ? r->board->rows[0].carrier : p->carrier, p->carrier) == 0) {
        struct board **to = a->from_start ? &p->all : &p->lanes;
        drop(to);
        *to = r->board;
        r->board = NULL;
    }
    p->read_at = m->now;
    put_in_order(m);
    board_follow(m, fx);       /* something else is shown by now, or a hint came */
}

/* --- what the keys do ------------------------------------------------------------------------ */

void board_open(struct model *m, struct effects *fx)
{
    if (m->screen != SCREEN_BOARD)
        dispatch_enter(m, SCREEN_BOARD);
    m->board.stale = true;
    board_follow(m, fx);
    find_again(m);
}

bool board_fold(struct model *m, struct effects *fx)
{
    struct board_page *p = &m->board;
    if (!p->carrier[0])
        return false;
    ask_forget(m, fx, REQ_BOARD);
    snprintf(p->line, sizeof p->line, "r%s//", p->carrier);
    p->carrier[0] = '\0';
    drop(&p->lanes);
    find_again(m);
    board_follow(m, fx);
    return true;
}

static void unfold_row(struct model *m, struct effects *fx, const struct board_row *row)
{
    struct board_page *p = &m->board;
    if (p->carrier[0]) {
        toast_set(m, fx, TOAST_INFO, "a lane goes no further; D declares an outage of it");
        return;
    }
    ask_forget(m, fx, REQ_BOARD);
    snprintf(p->carrier, sizeof p->carrier, "%s", row->carrier);
    p->cursor = 0;
    p->line[0] = '\0';
    drop(&p->lanes);
    board_follow(m, fx);
}

static void unfold(struct call *c)
{
    struct model *m = c->m;
    struct board_line l = board_chosen(m);
    if (l.kind == BOARD_ROW) {
        unfold_row(m, c->fx, l.row);
    } else if (l.kind == BOARD_OUTAGE) {
        int32_t id = l.outage->id;
        outage_to_queue(m, c->fx);
        groups_show(m, c->fx, id);
    } else if (l.kind == BOARD_SUGGESTION) {
        dispatch(m, c->fx, ACTION_DECLARE, "");
    }
}

static void add_word(char *out, size_t size, const char *field, const char *word)
{
    size_t used = strlen(out);
    bool plain = word[0] != '\0';
    for (const char *s = word; *s; s++)
        plain = plain && (isalnum((unsigned char)*s) || *s == '_' || *s == '-');
    if (word[0])
        snprintf(out + used, size - used, plain ? "%s%s:%s" : "%s%s:\"%s\"", used ? " " : "", field, word);
}

void board_scope(const struct model *m, char *out, size_t size)
{
    struct board_line l = board_chosen(m);
    out[0] = '\0';
    if (l.kind == BOARD_SUGGESTION)
        snprintf(out, size, "%s", l.suggestion->scope);
    if (l.kind != BOARD_ROW)
        return;
    add_word(out, size, "carrier", l.row->carrier);
    add_word(out, size, "service", l.row->service);
    add_word(out, size, "region", l.row->region);
}

void board_call(struct call *c)
{
    struct model *m = c->m;
    if (c->action == ACTION_BOARD) {
        board_open(m, c->fx);
    } else if (c->action == ACTION_UNFOLD) {
        unfold(c);
    } else if (c->action == ACTION_BOARD_SORT) {
        m->board.sort = (enum board_sort)((m->board.sort + 1) % BOARD_SORTS);
        put_in_order(m);
        toast_set(m, c->fx, TOAST_INFO, "sorted by %s", board_sort_name(m->board.sort));
    } else if (!board_fold(m, c->fx)) {
        dispatch(m, c->fx, ACTION_BACK, "");
    }
}
