/* Sheets: which are open, reading them, moving in them. */
#include "app/sheet.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ask.h"
#include "app/dispatch.h"
#include "app/toast.h"
#include "base/buf.h"
#include "base/die.h"
#include "base/utf8.h"

enum { FACTS_FROM_ROWS = 20, FACTS_LEAST = 6, FACTS_MOST = 16, WIDEST = 400 };

/* --- which one ----------------------------------------------------------------------------- */

const struct sheet_page *sheet_shown(const struct model *m)
{
    return m->screen == SCREEN_SHEET && m->sheets.at ? &m->sheets.pages[m->sheets.at - 1] : NULL;
}

static struct sheet_page *shown(struct model *m)
{
    return m->screen == SCREEN_SHEET && m->sheets.at ? &m->sheets.pages[m->sheets.at - 1] : NULL;
}

const struct sheet_list *sheet_list_of(const struct sheet_page *p) { return &sheets[p->sheet].lists[p->list]; }

unsigned sheet_context(const struct model *m)
{
    const struct sheet_page *p = sheet_shown(m);
    return p && sheets[p->sheet].context ? sheets[p->sheet].context : IN_SHEET;
}

int sheet_fact_rows(const struct model *m)
{
    struct app_layout l;
    app_layout(m, &l);
    int rows = (l.prompt_row - l.body_top - 2) * 2 / 5;
    return m->rows < FACTS_FROM_ROWS ? 0 : rows < FACTS_LEAST ? FACTS_LEAST : rows > FACTS_MOST ? FACTS_MOST : rows;
}

/* Under the title and the column heads; a rule stands over what the chosen line says. */
int sheet_lines(const struct model *m)
{
    struct app_layout l;
    app_layout(m, &l);
    int facts = sheet_fact_rows(m), rows = l.prompt_row - l.body_top - 2 - (facts ? facts + 1 : 0);
    return rows < 1 ? 1 : rows;
}

/* --- the cursor ------------------------------------------------------------------------------ */

/* The columns a line is known by, joined by what no cell holds. */
static char *identity(const struct sheet_page *p, size_t row)
{
    const struct sheet_list *l = sheet_list_of(p);
    struct buf b;
    buf_init(&b, 0);
    for (size_t i = 0; i < SHEET_IDENTITY && l->identity[i]; i++)
        buf_printf(&b, "%s\x1f", table_cell(&p->table, row, table_column(&p->table, l->identity[i])));
    return buf_take(&b);
}

/* What is on the screen stays there as far as it goes. */
static void settle(const struct model *m, struct sheet_page *p)
{
    size_t lines = (size_t)sheet_lines(m), last = p->table.rows > lines ? p->table.rows - lines : 0;
    p->top = p->cursor < p->top ? p->cursor : p->cursor >= p->top + lines ? p->cursor - lines + 1 : p->top;
    p->top = p->top > last ? last : p->top;
}

static void put_cursor(const struct model *m, struct sheet_page *p, size_t to)
{
    free(p->line);
    p->line = NULL;
    p->cursor = p->table.rows == 0 ? 0 : to >= p->table.rows ? p->table.rows - 1 : to;
    if (p->table.rows)
        p->line = identity(p, p->cursor);
    settle(m, p);
}

void sheet_seek(struct model *m, int64_t id)
{
    struct sheet_page *p = m->sheets.at ? &m->sheets.pages[m->sheets.at - 1] : NULL;
    if (!p)
        return;
    struct buf b;
    buf_init(&b, 0);
    buf_printf(&b, "%" PRId64 "\x1f", id);
    free(p->line);
    p->line = buf_take(&b);
}

/* The cursor goes with its line; one that is gone leaves it at the same height. */
static void find_again(const struct model *m, struct sheet_page *p)
{
    size_t to = p->cursor;
    for (size_t i = 0; i < p->table.rows && p->line; i++) {
        char *id = identity(p, i);
        bool same = strcmp(id, p->line) == 0;
        free(id);
        if (!same)
            continue;
        p->top += i > p->cursor && p->top + (i - p->cursor) < p->table.rows ? i - p->cursor : 0;
        to = i;
        break;
    }
    put_cursor(m, p, to);
}

void sheet_move(struct model *m, enum action a)
{
    struct sheet_page *p = shown(m);
    bool back = a == ACTION_UP || a == ACTION_PAGE_UP || a == ACTION_HALF_UP || a == ACTION_TOP;
    bool page = a == ACTION_PAGE_DOWN || a == ACTION_PAGE_UP, half = a == ACTION_HALF_DOWN || a == ACTION_HALF_UP;
    if (!p)
        return;
    long lines = sheet_lines(m), n = (long)p->table.rows, at = (long)p->cursor;
    long by = a == ACTION_TOP || a == ACTION_BOTTOM ? n : page ? lines : half ? lines / 2 + 1 : 1;
    if (p->whole) {
        long to = m->scroll + (back ? -by : by);
        m->scroll = to < 0 ? 0 : to > m->scroll_max ? m->scroll_max : (int)to;
        return;
    }
    at += back ? -by : by;
    put_cursor(m, p, at < 0 ? 0 : (size_t)at);
}

/* --- opening and closing ----------------------------------------------------------------------- */

static void forget_table(struct sheet_page *p)
{
    table_finish(&p->table);
    free(p->widths);
    free(p->line);
    p->widths = NULL;
    p->line = NULL;
    p->cursor = p->top = 0;
    p->known = p->whole = false;
    p->waiting = 0;
    p->stale = true;
}

static void close_page(struct sheet_page *p)
{
    forget_table(p);
    for (size_t i = 0; i < SHEET_ARGS; i++)
        free(p->args[i]);
    *p = (struct sheet_page){.sheet = SHEET_DICTIONARY};
}

void sheet_return(struct model *m, int at)
{
    for (; m->sheets.at > at; m->sheets.at--)
        close_page(&m->sheets.pages[m->sheets.at - 1]);
}

void sheet_forget(struct model *m)
{
    struct sheets *s = &m->sheets;
    table_finish(&s->row);
    for (size_t i = 0; i < SHEET_ARGS; i++) {
        free(s->args[i]);
        s->args[i] = NULL;
    }
    for (size_t i = 0; i < SHEET_STEPS; i++) {
        free(s->answers[i]);
        s->answers[i] = NULL;
    }
    s->asking = NULL;
    s->step = 0;
}

void sheet_finish(struct model *m)
{
    sheet_return(m, 0);
    sheet_forget(m);
}

bool sheet_fold(struct model *m)
{
    struct sheet_page *p = shown(m);
    if (!p || !p->whole || sheet_list_of(p)->whole)
        return false;
    p->whole = false;
    m->scroll = 0;
    return true;
}

void sheet_open(struct model *m, struct effects *fx, enum sheet_id id, char *const *args)
{
    struct sheet_page *p = shown(m);
    if (p && p->sheet == id && !args) {          /* it is open: read again */
        p->stale = true;
        sheet_follow(m, fx);
        return;
    }
    if (m->sheets.at == SHEETS_MAX) {
        toast_set(m, fx, TOAST_INFO, "that is as deep as it goes: back first");
        return;
    }
    dispatch_enter(m, SCREEN_SHEET);
    p = &m->sheets.pages[m->sheets.at++];
    *p = (struct sheet_page){.sheet = id, .stale = true};
    for (size_t i = 0; i < SHEET_ARGS && args; i++)
        p->args[i] = xstrdup(args[i]);
    sheet_follow(m, fx);
}

/* --- reading ------------------------------------------------------------------------------------- */

void sheet_old(struct model *m)
{
    for (int i = 0; i < m->sheets.at; i++)
        m->sheets.pages[i].stale = true;
}

bool sheet_concerns(const struct model *m, const struct hint *h)
{
    const struct sheet_page *p = sheet_shown(m);
    if (!p)
        return false;
    return h->kind == HINT_KNOWLEDGE || (sheets[p->sheet].live && (h->kind == HINT_EXCEPTIONS || h->kind == HINT_MANY));
}

static bool make_request(const struct sheet_page *p, struct request *r, struct err *e)
{
    const struct sheet_list *l = sheet_list_of(p);
    if (l->ask)
        return l->ask(p, r, e);
    *r = (struct request){.kind = REQ_TABLE, .table = {.query = l->query, .patient = l->patient}};
    for (size_t i = 0; i < SHEET_PARAMS && l->params[i]; i++) {
        const char *from = l->params[i];
        bool searching = strcmp(from, "@search") == 0 && p->search[0];
        table_request_param(&r->table, searching ? p->search : from[0] == '^' ? p->args[from[1] - '0'] : from[0] == '=' ? from + 1 : NULL);
    }
    return true;
}

/* One at a time: what changes while it is read is read afterwards. */
void sheet_follow(struct model *m, struct effects *fx)
{
    struct sheet_page *p = shown(m);
    if (!p || !p->stale || p->waiting || m->link != LINK_LIVE)
        return;
    struct request r;
    struct err e = {0};
    if (!make_request(p, &r, &e)) {
        p->stale = false;
        p->known = true;
        toast_set(m, fx, TOAST_BAD, "%s", e.text);
        return;
    }
    p->stale = false;
    if (ask_send(m, fx, &r, NULL))
        p->waiting = m->last_number;
    else
        p->stale = true;
}

static void measure(struct sheet_page *p)
{
    const struct table *t = &p->table;
    free(p->widths);
    p->widths = xcalloc(t->columns, sizeof *p->widths);
    for (size_t row = 0; row < t->rows; row++) {
        for (size_t i = 0; i < t->columns; i++) {
            const char *cell = table_cell(t, row, i);
            size_t n = strnlen(cell, WIDEST);
            int width = (int)utf8_width(cell, n);
            p->widths[i] = width > p->widths[i] ? width : p->widths[i];
        }
    }
}

void sheet_reply(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    struct sheet_page *p = NULL;
    for (int i = 0; i < m->sheets.at; i++)
        if (m->sheets.pages[i].waiting == a->number)
            p = &m->sheets.pages[i];
    if (!p)
        return;                /* it is closed, or shows another list by now */
    p->waiting = 0;
    if (!r->ok) {
        p->stale = err_retryable(r->error.code);
        p->known = p->known || !p->stale;
        toast_unread(m, fx, sheet_list_of(p)->name, r);
        return;
    }
    table_finish(&p->table);
    p->table = r->table;
    r->table = (struct table){.rows = 0};
    bool first = !p->known;
    p->known = true;
    p->read_at = m->now;
    measure(p);
    find_again(m, p);
    p->whole = p->table.rows && (p->whole || (sheet_list_of(p)->whole && first));
    sheet_follow(m, fx);
}

/* --- lists of one sheet, and searching ---------------------------------------------------------------- */

static bool searches(const struct sheet_list *l)
{
    for (size_t i = 0; i < SHEET_PARAMS && l->params[i]; i++)
        if (strcmp(l->params[i], "@search") == 0)
            return true;
    return false;
}

bool sheet_has(const struct model *m, enum action a)
{
    const struct sheet_page *p = sheet_shown(m);
    return p && (a == ACTION_SHEET_SEARCH ? searches(sheet_list_of(p)) : sheets[p->sheet].lists[1].name != NULL);
}

static void next_list(struct call *c, struct sheet_page *p)
{
    size_t count = 0;
    while (count < SHEET_LISTS && sheets[p->sheet].lists[count].name)
        count++;
    p->list = (p->list + (c->action == ACTION_NEXT_LIST ? 1 : count - 1)) % count;
    forget_table(p);
    if (!searches(sheet_list_of(p)))
        p->search[0] = '\0';
    c->m->scroll = 0;
    sheet_follow(c->m, c->fx);
}

static void search(struct call *c, struct sheet_page *p)
{
    if (!searches(sheet_list_of(p))) {
        toast_set(c->m, c->fx, TOAST_INFO, "this list is read whole: there is no search in it");
        return;
    }
    snprintf(p->search, sizeof p->search, "%.*s", (int)sizeof p->search - 1, c->arg);
    for (size_t n = strlen(p->search); n && p->search[n - 1] == ' '; n--)
        p->search[n - 1] = '\0';
    p->waiting = 0;
    p->stale = true;
    p->top = 0;
    sheet_follow(c->m, c->fx);
}

void sheet_call(struct call *c)
{
    struct sheet_page *p = shown(c->m);
    const struct sheet_act *act;
    for (size_t i = 0; i < SHEET_COUNT; i++) {
        if (sheets[i].opens == c->action) {
            sheet_open(c->m, c->fx, (enum sheet_id)i, NULL);
            return;
        }
    }
    if (!p)
        return;
    if (c->action == ACTION_NEXT_LIST || c->action == ACTION_PREV_LIST) {
        next_list(c, p);
    } else if (c->action == ACTION_SHEET_SEARCH) {
        search(c, p);
    } else if ((act = sheet_offers(c->m, c->action)) != NULL) {
        sheet_run(c, act);
    } else if (c->action == ACTION_SHEET_OPEN || c->action == ACTION_SHEET_WHOLE) {
        p->whole = !p->whole && p->table.rows;
        c->m->scroll = 0;
    } else {
        sheet_run(c, NULL);
    }
}
