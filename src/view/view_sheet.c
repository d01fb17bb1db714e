/* A sheet: its lists, a line each, and what the chosen line says in full. */
#include "view/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/sheet.h"
#include "base/number.h"
#include "base/when.h"

enum { MARGIN = 2, GAP = 1, HEADS = 16, COLUMNS_MOST = 16, WHEN_WIDE = 13, AGO_WIDE = 11, FLAG_WIDE = 4 };

struct grid {                      /* the columns that are shown, and where each is in the answer */
    const struct sheet_column *columns[COLUMNS_MOST];
    size_t at[COLUMNS_MOST];
    int width[COLUMNS_MOST], count;
};

static struct pen at_row(const struct frame *f, int row) { return text_pen(f->s, row, MARGIN, f->m->cols - 2 * MARGIN); }

/* ---- cells ---- */

static void write_when(const struct frame *f, enum sheet_format format, const char *cell, char *out, size_t size)
{
    int64_t at;
    if (!when_parse(cell, strlen(cell), &at, NULL))
        snprintf(out, size, "%s", cell);
    else if (format == SHEET_AGO)
        text_ago(at, f->m->now, out, size);
    else
        text_moment(at, f->m->now, &f->m->zone, out, size);
}

/* JSON for people: names and values, without what only tells them apart. */
static void write_parts(const char *s, char *out, size_t size)
{
    bool quoted = false;
    size_t used = 0;
    for (; *s != '\0' && used + 3 < size; s++) {
        if (*s == '"') {
            quoted = !quoted;
        } else if (quoted) {
            s += *s == '\\' && s[1] != '\0';
            out[used++] = *s == '_' ? ' ' : *s;
        } else if (strchr("{}[] ", *s) == NULL) {
            out[used++] = *s;
            if (*s == ',' || *s == ':')
                out[used++] = ' ';
        }
    }
    out[used] = '\0';
}

static void write_cell(const struct frame *f, const struct sheet_column *c, const char *cell, char *out, size_t size)
{
    char *end;
    out[0] = '\0';
    if (cell[0] == '\0' || strcmp(cell, "[]") == 0 || strcmp(cell, "{}") == 0)
        return;
    if (c->format == SHEET_WHEN || c->format == SHEET_AGO) {
        write_when(f, c->format, cell, out, size);
        return;
    }
    if (c->format == SHEET_FLAG) {
        snprintf(out, size, "%s", cell[0] == 't' ? "yes" : "");
        return;
    }
    long long n = c->format == SHEET_NUMBER ? strtoll(cell, &end, 10) : 0;
    if (c->format == SHEET_NUMBER && *end == '\0')
        number_text(n, out, size);
    else
        snprintf(out, size, "%s", cell);
    if (c->format == SHEET_PARTS)
        write_parts(cell, out, size);
    for (char *s = out; c->format == SHEET_WORD && *s != '\0'; s++)
        *s = *s == '_' ? ' ' : *s;
}

/* ---- columns ---- */

static int wanted(const struct sheet_page *p, const struct sheet_column *c, size_t at)
{
    int head = text_columns(c->head), cells = c->format == SHEET_WHEN ? WHEN_WIDE : c->format == SHEET_AGO ? AGO_WIDE
                  : c->format == SHEET_FLAG ? FLAG_WIDE : p->widths != NULL && at < p->table.columns ? p->widths[at] : 0;
    if (c->format == SHEET_NUMBER)
        cells += (cells - 1) / 3;
    int want = cells > head ? cells : head;
    return want > c->most ? c->most : want;
}

static int taken(const struct grid *g)
{
    int width = MARGIN + GAP * (g->count > 0 ? g->count - 1 : 0);
    for (int i = 0; i < g->count; i++)
        width += g->width[i];
    return width;
}

/* Of columns that do not fit the one meant for the widest screens goes first, of equals the last. */
static void drop_one(struct grid *g)
{
    int worst = g->count - 1;
    for (int i = g->count - 1; i >= 0; i--)
        worst = g->columns[i]->from > g->columns[worst]->from ? i : worst;
    g->count--;
    for (int i = worst; i < g->count; i++) {
        g->columns[i] = g->columns[i + 1];
        g->at[i] = g->at[i + 1];
        g->width[i] = g->width[i + 1];
    }
}

/* Each gets what it needs at least; what is left goes to those that want more, a column of the screen at a time. */
static void lay_out(const struct frame *f, const struct sheet_page *p, struct grid *g)
{
    int room = f->m->cols - 2 * MARGIN;
    *g = (struct grid){.count = 0};
    for (const struct sheet_column *c = sheet_list_of(p)->columns; c->column != NULL && g->count < COLUMNS_MOST; c++) {
        if (c->most == 0 || f->m->cols < c->from)
            continue;
        g->columns[g->count] = c;
        g->at[g->count] = table_column(&p->table, c->column);
        g->width[g->count++] = c->least;
    }
    while (g->count > 1 && taken(g) > room)
        drop_one(g);
    for (int left = room - taken(g), given = 1; left > 0 && given > 0;) {
        given = 0;
        for (int i = 0; i < g->count && left > 0; i++) {
            bool more = g->width[i] < wanted(p, g->columns[i], g->at[i]);
            g->width[i] += more;
            left -= more;
            given += more;
        }
    }
}

static void put_field(const struct frame *f, struct pen *p, const struct sheet_column *c, int width, enum style style, const char *text)
{
    if (p->end - p->col < width)
        width = p->end - p->col;
    if (width > 0 && c->format == SHEET_NUMBER) {
        screen_field_right(f->s, p->row, p->col, width, style, text);
        text_skip(p, width);
    } else {
        text_field(p, width, style, text);
    }
    text_skip(p, GAP);
}

static void draw_heads(const struct frame *f, int row, const struct grid *g)
{
    struct pen p = at_row(f, row);
    text_skip(&p, 2);
    for (int i = 0; i < g->count; i++)
        put_field(f, &p, g->columns[i], g->width[i], STYLE_DIM, g->columns[i]->head);
}

static void draw_line(const struct frame *f, int row, const struct sheet_page *page, const struct grid *g, size_t at)
{
    bool here = at == page->cursor;
    struct pen p = at_row(f, row);
    text_field(&p, 2, here ? STYLE_CURSOR : STYLE_NORMAL, here ? ">" : "");
    for (int i = 0; i < g->count; i++) {
        char text[512];
        write_cell(f, g->columns[i], table_cell(&page->table, at, g->at[i]), text, sizeof text);
        put_field(f, &p, g->columns[i], g->width[i], i == 0 ? STYLE_ACCENT : here ? STYLE_STRONG : STYLE_NORMAL, text);
    }
}

/* ---- the chosen line ---- */

static void fact(const struct frame *f, struct pager *p, const char *head, const char *text)
{
    size_t n = strlen(text);
    for (size_t at = 0, next; at < n; at += next) {
        size_t used = text_wrap(text + at, n - at, f->m->cols - 2 * MARGIN - HEADS, &next);
        struct pen pen = at_row(f, view_pager_row(p));
        text_field(&pen, HEADS, STYLE_DIM, at == 0 ? head : "");
        text_printf(&pen, STYLE_NORMAL, "%.*s", (int)used, text + at);
    }
}

static void draw_facts(const struct frame *f, struct pager *p, const struct sheet_page *page)
{
    for (const struct sheet_column *c = sheet_list_of(page)->columns; c->column != NULL; c++) {
        char text[8192];
        write_cell(f, c, table_cell(&page->table, page->cursor, table_column(&page->table, c->column)), text, sizeof text);
        fact(f, p, c->head, text);
    }
}

void view_sheet_line(const struct frame *f, struct pager *p)
{
    const struct sheet_page *page = sheet_shown(f->m);
    char title[240];
    sheet_sentence(&page->table, 0, page->args, NULL, sheets[page->sheet].title, title, sizeof title);
    struct pen pen = at_row(f, p->top);
    text_put(&pen, STYLE_STRONG, title);
    view_rule(f, p->top + 1, 0, f->m->cols);
    p->top += 2;
    p->rows -= 2;
    draw_facts(f, p, page);
}

/* ---- all of it ---- */

/* As many as were asked for: there may be more. */
static bool cut_off(const struct sheet_page *page)
{
    const struct sheet_list *l = sheet_list_of(page);
    for (size_t i = 0; i < SHEET_PARAMS && l->params[i] != NULL; i++)
        if (l->params[i][0] == '=' && page->table.rows > 0 && strtoull(l->params[i] + 1, NULL, 10) == page->table.rows)
            return true;
    return false;
}

static void draw_title(const struct frame *f, int row, const struct sheet_page *page)
{
    const struct sheet *sheet = &sheets[page->sheet];
    char title[240], n[TEXT_SHORT], at[TEXT_SHORT];
    struct pen p = at_row(f, row);
    sheet_sentence(&page->table, 0, page->args, NULL, sheet->title, title, sizeof title);
    number_text((int64_t)page->table.rows, n, sizeof n);
    text_put(&p, STYLE_STRONG, title);
    text_skip(&p, 2);
    if (page->search[0] != '\0')
        text_printf(&p, STYLE_ACCENT, "/%.40s  ", page->search);
    text_moment(page->read_at, f->m->now, &f->m->zone, at, sizeof at);
    if (page->known && f->m->link != LINK_LIVE)
        text_printf(&p, STYLE_WARN, "as of %s  ", at);
    for (size_t i = 0; i < SHEET_LISTS && sheet->lists[i].name != NULL; i++) {
        bool here = i == page->list, only = i == 0 && sheet->lists[1].name == NULL;
        if (!only)
            text_printf(&p, here ? STYLE_ACCENT : STYLE_DIM, "%s%s", sheet->lists[i].name, here ? "*" : "");
        if (here && page->known)
            text_printf(&p, STYLE_NORMAL, "%s%s%s", only ? "" : " ", n, cut_off(page) ? "+" : "");
        text_skip(&p, 2);
    }
}

static void draw_nothing(const struct frame *f, int row, const struct sheet_page *page)
{
    const char *text = page->known ? sheet_list_of(page)->empty
                       : f->m->link == LINK_LIVE ? "Reading..." : "Not connected: it is read when the connection is back.";
    if (page->known && page->search[0] != '\0')
        text = "No line has what was searched for; search for nothing to see all.";
    size_t n = strlen(text);
    for (size_t at = 0, next; at < n; at += next) {
        size_t used = text_wrap(text + at, n - at, f->m->cols - 2 * MARGIN, &next);
        struct pen p = at_row(f, row++);
        text_printf(&p, STYLE_DIM, "%.*s", (int)used, text + at);
    }
}

void view_sheet(const struct frame *f)
{
    const struct sheet_page *page = sheet_shown(f->m);
    int top = view_top(f), lines = sheet_lines(f->m), facts = sheet_fact_rows(f->m);
    struct grid g;
    draw_title(f, top, page);
    if (page->table.rows == 0) {
        draw_nothing(f, top + 2, page);
        return;
    }
    lay_out(f, page, &g);
    draw_heads(f, top + 1, &g);
    size_t last = page->table.rows > (size_t)lines ? page->table.rows - (size_t)lines : 0;
    size_t first = page->top > last ? last : page->top;      /* the screen may have grown since */
    if (page->cursor >= first + (size_t)lines)
        first = page->cursor - (size_t)lines + 1;
    for (int i = 0; i < lines && first + (size_t)i < page->table.rows; i++)
        draw_line(f, top + 2 + i, page, &g, first + (size_t)i);
    if (facts == 0)
        return;
    int used = page->table.rows < (size_t)lines ? (int)page->table.rows : lines;     /* what a short list leaves is theirs, too */
    view_rule(f, top + 2 + used, 0, f->m->cols);
    struct pager p = {.top = top + 3 + used, .rows = facts + lines - used};
    draw_facts(f, &p, page);
}
