#include "app/reports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ask.h"
#include "app/dispatch.h"
#include "app/menu.h"
#include "app/prompt.h"
#include "app/toast.h"
#include "app/views.h"
#include "base/die.h"
#include "base/when.h"

enum { CHROME = 6,             /* title, reports, heads; a rule and what the number is */
       HOURS = 24, LAGS = 5 * 60 * 1000 };

/* --- what is shown ------------------------------------------------------------------------ */

const char *reports_by(const struct report_page *p)
{
    static char first[24];
    if (p->by[0] && report_groups(p->report, p->by))
        return p->by;
    const char *all = report_groupings(p->report);
    snprintf(first, sizeof first, "%.*s", (int)strcspn(all, " "), all);
    return first;
}

bool reports_opens(const struct table *t, size_t column)
{
    const struct report_column *c = column < t->columns ? report_column(t->names[column]) : NULL;
    return c && c->unit == UNIT_COUNT && report_filter_column(t, column) < t->columns;
}

size_t reports_column(const struct model *m)
{
    const struct table *t = &m->reports.table;
    size_t wanted = table_column(t, m->reports.column);
    if (wanted < t->columns && reports_opens(t, wanted))
        return wanted;
    for (size_t i = 0; i < t->columns; i++)
        if (reports_opens(t, i))
            return i;
    return t->columns;
}

int reports_hour(const struct model *m)
{
    const struct report_page *p = &m->reports;
    return report_chart(p->report) == CHART_HEAT && strcmp(p->column, "hours") == 0 && p->table.rows ? p->hour : -1;
}

void reports_filter(const struct model *m, char *out, size_t size)
{
    const struct table *t = &m->reports.table;
    size_t column = reports_column(m), row = m->reports.cursor;
    const char *filter = column < t->columns && reports_hour(m) < 0 ? report_filter(t, row, column) : table_cell(t, row, table_column(t, "filter"));
    if (reports_hour(m) >= 0 && filter[0])
        snprintf(out, size, "hour:%d %s", reports_hour(m), filter);
    else
        snprintf(out, size, "%s", filter);
}

bool reports_lag(const struct model *m)
{
    const struct report_page *p = &m->reports;
    return p->age_known && (p->passed_at == WHEN_NONE || m->now - p->passed_at > LAGS);
}

bool reports_narrows(const struct report_page *p)
{
    return report_narrows(p->report) || (!p->carrier[0] && !p->kind[0]);
}

int reports_lines(const struct model *m)
{
    struct app_layout l;
    app_layout(m, &l);
    int lines = l.prompt_row - l.body_top - CHROME;
    return lines > 1 ? lines : 1;
}

size_t reports_top(const struct model *m)
{
    const struct report_page *p = &m->reports;
    size_t lines = (size_t)reports_lines(m);
    return p->cursor < p->top ? p->cursor : p->cursor >= p->top + lines ? p->cursor - lines + 1 : p->top;
}

/* The cursor stays with its group, wherever that is by now. */
static void find_again(struct report_page *p)
{
    const struct table *t = &p->table;
    for (size_t i = 0; i < t->rows && p->line[0]; i++)
        if (strcmp(table_cell(t, i, table_column(t, "what")), p->line) == 0) {
            p->cursor = i;
            return;
        }
    p->cursor = p->cursor >= t->rows ? (t->rows ? t->rows - 1 : 0) : p->cursor;
}

static void remember(struct report_page *p)
{
    snprintf(p->line, sizeof p->line, "%s", table_cell(&p->table, p->cursor, table_column(&p->table, "what")));
}

static void keep_in_sight(struct model *m)
{
    m->reports.top = reports_top(m);
}

/* --- reading -------------------------------------------------------------------------------- */

static void set_period(struct report_page *p, const char *text)
{
    snprintf(p->period, sizeof p->period, "%s", text);
}

void reports_follow(struct model *m, struct effects *fx)
{
    struct report_page *p = &m->reports;
    struct report_params params;
    struct err e;
    if (m->screen != SCREEN_REPORT || m->link != LINK_LIVE || p->asking || (p->known && !p->stale))
        return;
    bool narrows = report_narrows(p->report);
    struct report_ask ask = {.report = p->report, .by = reports_by(p), .carrier = narrows ? p->carrier : NULL, .kind = narrows ? p->kind : NULL,
                             .brand = p->brand, .zone = &m->zone};
    if (!report_period_parse(p->period, m->now, &m->zone, &ask.period, &e)) {
        set_period(p, "7d");   /* a period that was right when it was written and is not any more */
        report_period_parse(p->period, m->now, &m->zone, &ask.period, &e);
    }
    report_params(&ask, &params);
    struct request r = {.kind = REQ_TABLE};
    r.table.query = report_query(p->report);
    for (size_t i = 0; i < REPORT_PARAMS; i++)
        table_request_param(&r.table, params.at[i]);
    p->asked_for = ask.period;
    p->stale = false;
    p->asking = ask_send(m, fx, &r, &(struct awaited){.report = true});
    if (!p->asking_age) {
        struct request age = {.kind = REQ_TABLE, .table.query = "rollup_now"};
        p->asking_age = ask_send(m, fx, &age, &(struct awaited){.report = true, .age = true});
    }
}

void reports_old(struct model *m) { m->reports.stale = true; }

/* What is not known is not warned of. */
static void take_age(struct report_page *p, const struct reply *r)
{
    p->asking_age = false;
    p->age_known = r->ok && r->table.rows;
    if (!p->age_known)
        return;
    const char *passed = table_cell(&r->table, 0, table_column(&r->table, "passed_at"));
    if (!when_parse(passed, strlen(passed), &p->passed_at, NULL))
        p->passed_at = WHEN_NONE;
}

void reports_reply(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    struct report_page *p = &m->reports;
    if (a->age) {
        take_age(p, r);
        return;
    }
    p->asking = false;
    if (p->other) {            /* another report is wanted by now, whatever became of this one */
        p->other = false;
        reports_follow(m, fx);
        return;
    }
    if (!r->ok) {
        p->stale = true;
        snprintf(p->error, sizeof p->error, "%.239s", r->error.text);
        if (m->link == LINK_LIVE && !err_retryable(r->error.code)) {
            p->known = true;
            p->stale = false;
        }
        toast_unread(m, fx, "report", r);
        return;
    }
    table_finish(&p->table);
    p->table = r->table;
    r->table = (struct table){.rows = 0};
    p->known = true;
    p->error[0] = '\0';
    p->shown = p->asked_for;
    p->read_at = m->now;
    find_again(p);
    keep_in_sight(m);
    reports_follow(m, fx);     /* time went on, or the period changed */
}

void reports_finish(struct model *m) { table_finish(&m->reports.table); }

/* Something else is to be shown: nothing of before stays, for its numbers would be taken for the new ones. */
static void read_anew(struct model *m, struct effects *fx)
{
    struct report_page *p = &m->reports;
    table_finish(&p->table);
    p->known = false;
    p->stale = true;
    p->error[0] = '\0';
    p->other = p->asking;
    p->cursor = p->top = 0;
    p->line[0] = '\0';
    reports_follow(m, fx);
}

/* --- choosing ------------------------------------------------------------------------------- */

static void show(struct model *m, struct effects *fx, enum report r)
{
    struct report_page *p = &m->reports;
    bool same = p->known && p->report == r;
    p->report = r;
    if (same)
        reports_old(m);
    if (same)
        reports_follow(m, fx);
    else
        read_anew(m, fx);
}

/* "", or a report's name. */
static void open_named(struct call *c)
{
    struct report_page *p = &c->m->reports;
    enum report r = p->report;
    if (c->arg[0] && !report_find(c->arg, &r)) {
        toast_set(c->m, c->fx, TOAST_BAD, "there is no report \"%.40s\": exceptions, heat, ontime, response, messages, contacts, csat, agents", c->arg);
        return;
    }
    if (!p->period[0])
        set_period(p, "7d");
    if (c->m->screen != SCREEN_REPORT)
        dispatch_enter(c->m, SCREEN_REPORT);
    show(c->m, c->fx, r);
}

static void step(struct model *m, struct effects *fx, int by)
{
    int next = ((int)m->reports.report + by + REPORT_COUNT) % REPORT_COUNT;
    show(m, fx, (enum report)next);
}

static void period_menu(struct model *m)
{
    menu_begin(m, MENU_REPORT_PERIOD, "Period", NULL, 0);
#define X(word, help) menu_add(m, word, help);
    REPORT_PERIODS(X)
#undef X
    menu_add(m, "other", "another: 3d, 12h, 2026-11-20, 2026-11-01..2026-11-15");
}

static void grouping_menu(struct model *m)
{
    const char *all = report_groupings(m->reports.report);
    menu_begin(m, MENU_REPORT_BY, "Grouped by", NULL, 0);
    for (size_t n; *all; all += n + (all[n] == ' ')) {
        char word[24];
        n = strcspn(all, " ");
        snprintf(word, sizeof word, "%.*s", (int)n, all);
        menu_add(m, word, word);
    }
}

void reports_chosen(struct model *m, struct effects *fx, enum menu_kind kind, const char *value)
{
    struct report_page *p = &m->reports;
    if (kind == MENU_REPORT_BY) {
        snprintf(p->by, sizeof p->by, "%s", value);
        read_anew(m, fx);
    } else if (strcmp(value, "other") == 0) {
        prompt_open(m, fx, PROMPT_REPORT_PERIOD, "", NULL, 0);
    } else {
        set_period(p, value);
        read_anew(m, fx);
    }
}

/* --- typing --------------------------------------------------------------------------------- */

/* "carrier:ups kind:stalled brand:acme", each at most once; into a page that is given up when it is wrong. */
static bool read_only_part(struct report_page *p, const char *s, size_t n, struct err *e)
{
    const struct { const char *name; char *to; size_t size; } parts[] = {
        {"carrier:", p->carrier, sizeof p->carrier}, {"kind:", p->kind, sizeof p->kind}, {"brand:", p->brand, sizeof p->brand},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t name = strlen(parts[i].name);
        if (n < name || strncmp(s, parts[i].name, name) != 0)
            continue;
        if (n == name || n - name >= parts[i].size)
            return err_set(e, ERR_INPUT, NULL, "%s needs a code after it", parts[i].name);
        snprintf(parts[i].to, parts[i].size, "%.*s", (int)(n - name), s + name);
        enum kind kind;
        return i != 1 || kind_parse(p->kind, strlen(p->kind), &kind) || err_set(e, ERR_INPUT, NULL, "there is no kind \"%s\"", p->kind);
    }
    return err_set(e, ERR_INPUT, NULL, "a report is narrowed by carrier:, kind: and brand:, as in carrier:ups kind:stalled");
}

static bool read_only(const char *text, struct report_page *out, size_t *at, struct err *e)
{
    out->carrier[0] = out->kind[0] = out->brand[0] = '\0';
    for (const char *s = text; *s;) {
        size_t n = strcspn(s, " ");
        *at = (size_t)(s - text);
        if (n && !read_only_part(out, s, n, e))
            return false;
        s += n + (s[n] == ' ');
    }
    return true;
}

bool reports_prompt(enum prompt_kind kind) { return kind == PROMPT_REPORT_PERIOD || kind == PROMPT_REPORT_ONLY; }

/* What is typed without the blanks around it. */
static void trimmed(const char *text, char *out, size_t size)
{
    text += strspn(text, " ");
    size_t n = strlen(text);
    while (n && text[n - 1] == ' ')
        n--;
    snprintf(out, size, "%.*s", (int)n, text);
}

bool reports_check(struct model *m, size_t *at, struct err *e)
{
    struct prompt *p = &m->prompt;
    struct report_page scratch = {.known = false};
    struct report_period period;
    char text[PROMPT_TEXT], shown[80];
    *at = SIZE_MAX;
    trimmed(p->text, text, sizeof text);
    if (p->kind == PROMPT_REPORT_ONLY) {
        snprintf(p->hint, sizeof p->hint, "%s", text[0] ? "" : "nothing: all of it; or carrier:ups kind:stalled brand:acme");
        return read_only(p->text, &scratch, at, e);
    }
    if (!report_period_parse(text, m->now, &m->zone, &period, e))
        return false;
    report_period_text(&period, &m->zone, shown, sizeof shown);
    snprintf(p->hint, sizeof p->hint, "%s", shown);
    return true;
}

bool reports_submit(struct model *m, struct effects *fx, const char *text, struct err *e)
{
    struct report_page *p = &m->reports;
    size_t at;
    char clean[PROMPT_TEXT];
    trimmed(text, clean, sizeof clean);
    if (m->prompt.kind == PROMPT_REPORT_ONLY && !read_only(clean, p, &at, e))
        return false;
    if (m->prompt.kind == PROMPT_REPORT_PERIOD)
        snprintf(p->period, sizeof p->period, "%.*s", (int)sizeof p->period - 1, clean);
    prompt_close(m, true);
    read_anew(m, fx);
    return true;
}

static void ask_only(struct call *c)
{
    const struct report_page *p = &c->m->reports;
    char text[160] = "";
    const struct { const char *name, *value; } parts[] = {{"carrier", p->carrier}, {"kind", p->kind}, {"brand", p->brand}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t used = strlen(text);
        if (parts[i].value[0])
            snprintf(text + used, sizeof text - used, "%s%s:%s", used ? " " : "", parts[i].name, parts[i].value);
    }
    prompt_open(c->m, c->fx, PROMPT_REPORT_ONLY, text, NULL, 0);
}

/* --- the cursor ----------------------------------------------------------------------------- */

void reports_move(struct model *m, enum action a)
{
    struct report_page *p = &m->reports;
    bool back = a == ACTION_UP || a == ACTION_PAGE_UP || a == ACTION_HALF_UP || a == ACTION_TOP;
    long n = (long)p->table.rows, at = (long)p->cursor;
    long by = a == ACTION_TOP || a == ACTION_BOTTOM ? n : a == ACTION_UP || a == ACTION_DOWN ? 1 : reports_lines(m);
    at += back ? -by : by;
    at = at >= n ? n - 1 : at;
    p->cursor = at < 0 ? 0 : (size_t)at;
    remember(p);
    keep_in_sight(m);
}

static bool next_column(struct model *m, size_t at, size_t by)
{
    const struct table *t = &m->reports.table;
    for (size_t i = at; i < t->columns; i += by)
        if (reports_opens(t, i)) {
            snprintf(m->reports.column, sizeof m->reports.column, "%s", t->names[i]);
            return true;
        }
    return false;
}

static void on_hour(struct report_page *p, int hour)
{
    snprintf(p->column, sizeof p->column, "hours");
    p->hour = hour;
}

/* Numbers side by side; in a heat map its hours stand to the right of them, and the first number to the right of the last hour. */
static void move_column(struct model *m, int by)
{
    struct report_page *p = &m->reports;
    size_t at = reports_column(m), columns = p->table.columns;
    int hour = reports_hour(m);
    bool heat = report_chart(p->report) == CHART_HEAT && p->table.rows;
    if (hour >= 0 && hour + by >= 0 && hour + by < HOURS)
        p->hour += by;
    else if (hour >= 0)
        next_column(m, by > 0 ? 0 : columns - 1, (size_t)by);
    else if (at < columns && !next_column(m, at + (size_t)by, (size_t)by) && heat)
        on_hour(p, by > 0 ? 0 : HOURS - 1);
}

static void open_queue(struct call *c)
{
    struct model *m = c->m;
    char filter[512];
    reports_filter(m, filter, sizeof filter);
    if (!filter[0]) {
        toast_set(m, c->fx, TOAST_INFO, m->reports.table.rows ? "there is no queue behind this line" : "there is no number here");
        return;
    }
    while (m->screen != SCREEN_QUEUE)
        dispatch_leave(m, c->fx);
    views_filter(m, c->fx, filter);
}

void reports_call(struct call *c)
{
    switch ((int)c->action) {
    case ACTION_REPORTS: open_named(c); break;
    case ACTION_NEXT_REPORT: step(c->m, c->fx, 1); break;
    case ACTION_PREV_REPORT: step(c->m, c->fx, -1); break;
    case ACTION_REPORT_PERIOD: period_menu(c->m); break;
    case ACTION_REPORT_BY: grouping_menu(c->m); break;
    case ACTION_REPORT_ONLY: ask_only(c); break;
    case ACTION_REPORT_LEFT: move_column(c->m, -1); break;
    case ACTION_REPORT_RIGHT: move_column(c->m, 1); break;
    case ACTION_REPORT_QUEUE: open_queue(c); break;
    }
}
