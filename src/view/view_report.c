/* A report: what it is about, the others, its numbers with bars, lines or shades, and what is behind the one under the cursor. */
#include "view/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/reports.h"
#include "base/buf.h"
#include "base/number.h"
#include "base/when.h"

enum { MARGIN = 2, WIDE = 110, NAME_MOST = 34, NAME_LEAST = 12, BAR_LEAST = 8, BAR_MOST = 40, SPARK_MOST = 16, COLUMNS = 40, BEFORE = 11, WORTH_MOST = 2, HOURS = 24 };

struct plan {                  /* where what stands; columns of the table that are shown */
    int name;
    int count;
    struct { size_t column; int left, width; const struct report_column *about; } at[COLUMNS];
    int bar_left, bar_width;   /* 0: none */
    size_t bar_column;
    double most;               /* the longest bar's number */
    struct buf text;           /* used again for each cell */
};

static const char *cell(const struct frame *f, size_t row, size_t column) { return table_cell(&f->m->reports.table, row, column); }

static const char *as_text(struct plan *p, enum report_unit unit, const char *value, int width, bool ascii)
{
    buf_reset(&p->text);
    report_cell(unit, value[0] ? value : NULL, (size_t)width, !ascii, &p->text);
    return buf_str(&p->text);
}

/* ---- what fits ---- */

static int widest(const struct frame *f, struct plan *p, size_t column, const struct report_column *about)
{
    const struct table *t = &f->m->reports.table;
    int width = text_columns(about->title);
    if (about->unit == UNIT_SPARK) {
        int64_t n[64];
        size_t most = 0;
        for (size_t i = 0; i < t->rows; i++) {
            size_t count = report_spark(table_cell(t, i, column), n, sizeof n / sizeof *n);
            most = count > most ? count : most;
        }
        return (int)most > SPARK_MOST ? SPARK_MOST : (int)most > width ? (int)most : width;
    }
    for (size_t i = 0; i < t->rows; i++) {
        int cells = text_columns(as_text(p, about->unit, table_cell(t, i, column), 0, f->s->ascii));
        width = cells > width ? cells : width;
    }
    return width;
}

/* What is worth most takes its room first; they stand in the table's order. */
static void plan_columns(const struct frame *f, struct plan *p, int left, int reserve)
{
    const struct table *t = &f->m->reports.table;
    int widths[COLUMNS] = {0}, room = f->m->cols - MARGIN - left - reserve;
    size_t columns = t->columns < COLUMNS ? t->columns : COLUMNS;
    for (int rank = WORTH_MOST; rank >= (f->m->cols >= WIDE ? 0 : 1); rank--)
        for (size_t i = 0; i < columns; i++) {
            const struct report_column *about = report_column(t->names[i]);
            if (!about || about->unit == UNIT_FILTER || about->unit == UNIT_TEXT || about->narrow != rank || strcmp(about->name, "hours") == 0)
                continue;
            int width = widest(f, p, i, about);
            if (width > room)
                continue;
            widths[i] = width;
            room -= width + 2;
        }
    for (size_t i = 0; i < columns; i++) {
        if (!widths[i])
            continue;
        p->at[p->count].column = i;
        p->at[p->count].left = left;
        p->at[p->count].width = widths[i];
        p->at[p->count++].about = report_column(t->names[i]);
        left += widths[i] + 2;
    }
    p->bar_left = left;
}

static double number(const char *s) { return strtod(s, NULL); }

static void plan_bars(const struct frame *f, struct plan *p)
{
    const struct table *t = &f->m->reports.table;
    enum report_chart chart = report_chart(f->m->reports.report);
    p->bar_column = table_column(t, report_main(f->m->reports.report));
    int room = f->m->cols - MARGIN - p->bar_left;
    if ((chart != CHART_BARS && chart != CHART_LINES) || p->bar_column == t->columns || room < BAR_LEAST)
        return;
    p->bar_width = room > BAR_MOST ? BAR_MOST : room;
    for (size_t i = 0; i < t->rows; i++) {
        double n = number(table_cell(t, i, p->bar_column));
        p->most = n > p->most ? n : p->most;
    }
}

static void make_plan(const struct frame *f, struct plan *p)
{
    const struct table *t = &f->m->reports.table;
    enum report_chart chart = report_chart(f->m->reports.report);
    *p = (struct plan){.name = NAME_LEAST};
    buf_init(&p->text, 0);
    for (size_t i = 0; i < t->rows; i++) {
        int n = text_columns(cell(f, i, table_column(t, "what")));
        p->name = n > p->name ? n : p->name;
    }
    int most = f->m->cols >= WIDE ? NAME_MOST : f->m->cols / 4;
    p->name = p->name > most ? most : p->name;
    int left = MARGIN + p->name + 2;
    if (chart == CHART_HEAT)
        plan_columns(f, p, left, 2 + HOURS);
    else
        plan_columns(f, p, left, chart == CHART_TABLE ? 0 : BAR_LEAST + 2);
    plan_bars(f, p);
}

/* ---- title and tabs ---- */

/* What it is narrowed to; a report that cannot be says so. */
static void draw_only(struct pen *p, const struct report_page *r)
{
    const struct { const char *name, *value; } only[] = {{"carrier", r->carrier}, {"kind", r->kind}, {"brand", r->brand}};
    char text[160] = "";
    for (size_t i = report_narrows(r->report) ? 0 : 2; i < sizeof only / sizeof *only; i++) {
        size_t used = strlen(text);
        if (only[i].value[0])
            snprintf(text + used, sizeof text - used, "%s %s:%s", used ? "" : "only", only[i].name, only[i].value);
    }
    text_fact(p, STYLE_WARN, text);
    if (!reports_narrows(r))
        text_fact(p, STYLE_WARN, r->carrier[0] && r->kind[0] ? "all carriers and kinds" : r->carrier[0] ? "all carriers" : "all kinds");
}

static void draw_title(const struct frame *f, int row)
{
    const struct model *m = f->m;
    const struct report_page *r = &m->reports;
    struct pen p = text_pen(f->s, row, MARGIN, m->cols - 2 * MARGIN);
    char now[80], was[80], when[TEXT_SHORT];
    text_put(&p, STYLE_STRONG, report_title(r->report));
    if (report_chart(r->report) != CHART_HEAT)     /* its title says by what */
        text_printf(&p, STYLE_STRONG, " by %s", reports_by(r));
    draw_only(&p, r);
    if (!r->known || !r->shown.to) {
        text_fact(&p, STYLE_ACCENT, r->period);
        return;
    }
    struct report_period before = report_period_previous(&r->shown, &m->zone);
    report_period_text(&r->shown, &m->zone, now, sizeof now);
    report_period_text(&before, &m->zone, was, sizeof was);
    text_moment(r->read_at, m->now, &m->zone, when, sizeof when);
    text_fact(&p, STYLE_ACCENT, now);
    text_factf(&p, STYLE_DIM, "read %s", when);
    if (p.end - p.col > text_columns(was) + BEFORE)
        text_factf(&p, STYLE_DIM, "before: %s", was);
}

static void draw_tabs(const struct frame *f, int row)
{
    struct pen p = text_pen(f->s, row, MARGIN, f->m->cols - 2 * MARGIN);
    for (int i = 0; i < REPORT_COUNT; i++) {
        bool here = (int)f->m->reports.report == i;
        if (f->m->cols >= WIDE)
            text_printf(&p, here ? STYLE_KEY : STYLE_DIM, "%d ", i + 1);
        text_printf(&p, here ? STYLE_STRONG : STYLE_DIM, "%s%s", report_name((enum report)i), here ? "*" : "");
        text_skip(&p, 2);
    }
}

/* ---- numbers ---- */

static void put_right(const struct frame *f, int row, int left, int width, enum style style, const char *text)
{
    int n = text_columns(text);
    screen_put(f->s, row, left + (n < width ? width - n : 0), n < width ? n : width, style, text);
}

static void draw_heads(const struct frame *f, const struct plan *p, int row)
{
    screen_fill(f->s, row, 0, f->m->cols, STYLE_HEADER, ' ');
    char by[32];
    snprintf(by, sizeof by, "%s", reports_by(&f->m->reports));
    by[0] = (char)(by[0] >= 'a' && by[0] <= 'z' ? by[0] - 32 : by[0]);
    screen_field(f->s, row, MARGIN, p->name, STYLE_HEADER, by);
    for (int i = 0; i < p->count; i++) {
        if (p->at[i].about->unit == UNIT_SPARK)
            screen_field(f->s, row, p->at[i].left, p->at[i].width, STYLE_HEADER, p->at[i].about->title);
        else
            put_right(f, row, p->at[i].left, p->at[i].width, STYLE_HEADER, p->at[i].about->title);
    }
    if (report_chart(f->m->reports.report) == CHART_HEAT)
        for (int h = 0; h < HOURS; h += 6) {
            char hour[16];
            snprintf(hour, sizeof hour, "%02d", h);
            screen_put(f->s, row, p->bar_left + h, 2, STYLE_HEADER, hour);
        }
}

/* More trouble than before, or late, is worth a look; the sign says it, too. */
static enum style style_of(const struct report_column *about, const char *value)
{
    if (about->unit == UNIT_DELTA && value[0])
        return number(value) >= 20 ? STYLE_WARN : STYLE_DIM;
    if (about->unit == UNIT_POINTS && value[0])
        return number(value) <= -2 ? STYLE_WARN : STYLE_DIM;
    return about->unit == UNIT_SPARK ? STYLE_ACCENT : STYLE_NORMAL;
}

/* A shade an hour, of the busiest hour there is; nothing is never drawn as something, nor something as nothing. */
static void draw_hours(const struct frame *f, const struct plan *p, int row, size_t line, int64_t busiest)
{
    static const char *const blocks[] = {"·", "░", "▒", "▓", "█"}, *const signs[] = {".", ":", "+", "#", "@"};
    int64_t n[HOURS] = {0};
    size_t count = report_spark(cell(f, line, table_column(&f->m->reports.table, "hours")), n, HOURS);
    for (size_t h = 0; h < count; h++) {
        int64_t step = n[h] <= 0 || busiest <= 0 ? 0 : 1 + (n[h] * 4 - 1) / busiest;
        step = step > 4 ? 4 : step;
        enum style style = step == 4 ? STYLE_BREACH : step == 3 ? STYLE_WARN : step ? STYLE_ACCENT : STYLE_DIM;
        bool chosen = line == f->m->reports.cursor && (int)h == reports_hour(f->m);
        screen_put(f->s, row, p->bar_left + (int)h, 1, chosen ? STYLE_CURSOR : style, f->s->ascii ? signs[step] : blocks[step]);
        if (chosen)
            f->s->cursor_col = p->bar_left + (int)h;
    }
}

static int64_t busiest_hour(const struct frame *f)
{
    const struct table *t = &f->m->reports.table;
    int64_t most = 0, n[HOURS];
    for (size_t i = 0; i < t->rows; i++) {
        size_t count = report_spark(table_cell(t, i, table_column(t, "hours")), n, HOURS);
        for (size_t h = 0; h < count; h++)
            most = n[h] > most ? n[h] : most;
    }
    return most;
}

/* A group as people read it: kinds and actions are words with blanks. */
static void name_of(const struct frame *f, size_t line, char *out, size_t size)
{
    const char *what = cell(f, line, table_column(&f->m->reports.table, "what")), *by = reports_by(&f->m->reports);
    snprintf(out, size, "%s", what[0] ? what : "not known");
    if (strcmp(by, "kind") == 0 || strcmp(by, "action") == 0 || strcmp(by, "driver") == 0)
        for (char *s = out; *s; s++)
            if (*s == '_')
                *s = ' ';
}

static void draw_line(const struct frame *f, struct plan *p, int row, size_t line, int64_t busiest)
{
    const struct model *m = f->m;
    bool here = line == m->reports.cursor;
    size_t chosen = reports_hour(m) < 0 ? reports_column(m) : m->reports.table.columns;
    if (here) {
        screen_put(f->s, row, 0, 1, STYLE_CURSOR, ">");
        f->s->cursor_row = row;
        f->s->cursor_col = 0;
    }
    char what[120];
    name_of(f, line, what, sizeof what);
    screen_field(f->s, row, MARGIN, p->name, here ? STYLE_STRONG : STYLE_NORMAL, what);
    for (int i = 0; i < p->count; i++) {
        const char *value = cell(f, line, p->at[i].column), *text = as_text(p, p->at[i].about->unit, value, p->at[i].width, f->s->ascii);
        enum style style = here && p->at[i].column == chosen ? STYLE_CURSOR : style_of(p->at[i].about, value);
        if (p->at[i].about->unit == UNIT_SPARK)
            screen_put(f->s, row, p->at[i].left, p->at[i].width, style, text);
        else
            put_right(f, row, p->at[i].left, p->at[i].width, style, text);
    }
    if (p->bar_width) {
        buf_reset(&p->text);
        report_bar(number(cell(f, line, p->bar_column)), p->most, (size_t)p->bar_width, !f->s->ascii, &p->text);
        screen_put(f->s, row, p->bar_left, p->bar_width, STYLE_ACCENT, buf_str(&p->text));
    }
    if (report_chart(m->reports.report) == CHART_HEAT)
        draw_hours(f, p, row, line, busiest);
}

/* ---- below ---- */

static void draw_nothing(const struct frame *f, int row)
{
    const struct report_page *r = &f->m->reports;
    int width = f->m->cols - 2 * MARGIN;
    bool failed = r->error[0] && !r->table.rows;
    const char *text = failed ? r->error : r->known ? "nothing of it in this period, nor in the one before; p chooses another"
        : f->m->link == LINK_LIVE ? "reading \u2026" : "not read yet: there is no connection";
    for (size_t at = 0, n = strlen(text), next; at < n; at += next) {
        size_t line = text_wrap(text + at, n - at, width, &next);
        screen_put_n(f->s, row++, MARGIN, width, failed ? STYLE_BAD : STYLE_DIM, text + at, line);
    }
}

/* Numbers that are not of now say so before anything else does. */
static void draw_age(const struct frame *f, struct pen *p)
{
    const struct report_page *r = &f->m->reports;
    char span[16];
    if (f->m->link != LINK_LIVE) {
        text_put(p, STYLE_WARN, r->known ? "no connection: not newer" : "no connection");
    } else if (reports_lag(f->m) && r->passed_at == WHEN_NONE) {
        text_put(p, STYLE_WARN, "nothing counted yet: is a worker running?");
    } else if (reports_lag(f->m)) {
        when_format_span(f->m->now - r->passed_at, span, sizeof span);
        text_printf(p, STYLE_WARN, "counted %s ago: is a worker running?", span);
    }
}

/* What the number under the cursor is. */
static void draw_number(const struct frame *f, struct pen *p)
{
    const struct table *t = &f->m->reports.table;
    size_t column = reports_column(f->m);
    int hour = reports_hour(f->m);
    int64_t n[HOURS] = {0};
    char count[TEXT_SHORT];
    const struct report_column *about = column < t->columns ? report_column(t->names[column]) : NULL;
    if (hour >= 0) {
        report_spark(cell(f, f->m->reports.cursor, table_column(t, "hours")), n, HOURS);
        number_text(n[hour], count, sizeof count);
        text_factf(p, STYLE_DIM, "%02d:00 to %02d:00: %s opened", hour, hour + 1, count);
    } else if (about) {
        text_factf(p, STYLE_DIM, "%s: %s", about->title, about->help);
    }
}

/* What the number under the cursor is, and what Enter opens. */
static void draw_foot(const struct frame *f, int row)
{
    const struct report_page *r = &f->m->reports;
    struct pen p = text_pen(f->s, row, MARGIN, f->m->cols - 2 * MARGIN);
    char count[TEXT_SHORT], filter[512];
    number_text((int64_t)r->table.rows, count, sizeof count);
    draw_age(f, &p);
    text_factf(&p, STYLE_DIM, "%s %s", count, r->table.rows == 1 ? "line" : "lines");
    if (!r->table.rows)
        return;
    draw_number(f, &p);
    reports_filter(f->m, filter, sizeof filter);
    struct pen q = text_pen(f->s, row + 1, MARGIN, f->m->cols - 2 * MARGIN);
    text_put(&q, STYLE_DIM, filter[0] ? "behind it: " : report_help(r->report));
    text_put(&q, STYLE_LINK, filter);
}

void view_report(const struct frame *f)
{
    const struct model *m = f->m;
    const struct report_page *r = &m->reports;
    struct plan p;
    int row = view_top(f), last = f->at.prompt_row - 3;
    make_plan(f, &p);
    draw_title(f, row);
    draw_tabs(f, row + 1);
    draw_heads(f, &p, row + 2);
    if (!r->table.rows)
        draw_nothing(f, row + 4);
    int64_t busiest = busiest_hour(f);
    size_t top = reports_top(m);
    for (size_t i = top; i < r->table.rows && row + 3 + (int)(i - top) < last; i++)
        draw_line(f, &p, row + 3 + (int)(i - top), i, busiest);
    view_rule(f, last, 0, m->cols);
    draw_foot(f, last + 1);
    buf_finish(&p.text);
}
