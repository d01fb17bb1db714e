#include "core/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/when.h"

static const struct {
    const char *name, *title, *query, *groupings, *main, *help;
    enum report_chart chart;
} reports[] = {
#define X(id, name, title, query, groupings, chart, main, help) {name, title, query, groupings, main, help, chart},
    REPORTS(X)
#undef X
};

static const struct report_column columns[] = {
#define X(name, title, unit, filter, narrow, help) {name, title, unit, filter, narrow, help},
    REPORT_COLUMNS(X)
#undef X
};

const char *report_name(enum report r) { return reports[r].name; }
const char *report_title(enum report r) { return reports[r].title; }
const char *report_query(enum report r) { return reports[r].query; }
const char *report_groupings(enum report r) { return reports[r].groupings; }
enum report_chart report_chart(enum report r) { return reports[r].chart; }
const char *report_main(enum report r) { return reports[r].main; }
const char *report_help(enum report r) { return reports[r].help; }

bool report_find(const char *name, enum report *out)
{
    for (int i = 0; i < REPORT_COUNT; i++)
        if (strcmp(reports[i].name, name) == 0) {
            *out = (enum report)i;
            return true;
        }
    return false;
}

bool report_narrows(enum report r) { return r != REPORT_MESSAGES && r != REPORT_CONTACTS && r != REPORT_AGENTS; }

bool report_groups(enum report r, const char *by)
{
    size_t n = strlen(by);
    for (const char *s = reports[r].groupings; *s;) {
        size_t size = strcspn(s, " ");
        if (size == n && strncmp(s, by, n) == 0)
            return true;
        s += size + (s[size] == ' ');
    }
    return false;
}

const struct report_column *report_column(const char *name)
{
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (strcmp(columns[i].name, name) == 0)
            return &columns[i];
    return NULL;
}

size_t report_filter_column(const struct table *t, size_t column)
{
    const struct report_column *c = column < t->columns ? report_column(t->names[column]) : NULL;
    char name[32];
    if (!c || !*c->filter)
        return t->columns;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(c->filter, "/"), c->filter);
    return table_column(t, name);
}

const char *report_filter(const struct table *t, size_t row, size_t column)
{
    static char narrowed[1024];
    size_t from = report_filter_column(t, column);
    const char *filter = from < t->columns ? table_cell(t, row, from) : "";
    const char *word = from < t->columns ? strchr(report_column(t->names[column])->filter, '/') : NULL;
    const char *when = strrchr(filter, '@');
    if (!word || !when)
        return filter;
    snprintf(narrowed, sizeof narrowed, "%.*s%s%s", (int)(when - filter), filter, word, when);
    return narrowed;
}

/* --- what is asked --------------------------------------------------------------- */

static const char *given(const char *text) { return text && *text ? text : NULL; }

/* As $7 wants them; what lies far from the period is left out. */
static void write_clocks(const struct when_zone *z, int64_t from, int64_t to, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "%" PRId32, when_offset(z, from));
    for (int i = 0; i < z->count && used < size; i++)
        if (z->from[i] > from && z->from[i] < to)
            used += (size_t)snprintf(out + used, size - used, " %" PRId64 "=%" PRId32, z->from[i] / WHEN_SECOND, z->offset[i + 1]);
}

void report_params(const struct report_ask *ask, struct report_params *out)
{
    struct report_period was = report_period_previous(&ask->period, ask->zone);
    const char *first = reports[ask->report].groupings;
    when_format_utc(ask->period.from, out->text[0], sizeof out->text[0]);
    when_format_utc(ask->period.to, out->text[1], sizeof out->text[1]);
    when_format_utc(was.from, out->text[2], sizeof out->text[2]);
    when_format_utc(was.to, out->text[3], sizeof out->text[3]);
    snprintf(out->text[4], sizeof out->text[4], "%.*s", (int)strcspn(first, " "), first);
    write_clocks(ask->zone, was.from - 2 * WHEN_DAY, ask->period.to + 2 * WHEN_DAY, out->clocks, sizeof out->clocks);
    const char *at[REPORT_PARAMS] = {out->text[0], out->text[1], given(ask->by) ? ask->by : out->text[4], given(ask->carrier),
                                     given(ask->kind), given(ask->brand), out->clocks, out->text[2], out->text[3]};
    memcpy(out->at, at, sizeof at);
}

/* --- the period ------------------------------------------------------------------ */

#define QUARTER (15 * WHEN_MINUTE)     /* what rollups count by */

static int64_t floor_to(int64_t at, int64_t unit) { return (at / unit - (at % unit < 0)) * unit; }

/* The quarter of an hour in which a day begins where the reader is; days are counted since 1970. */
static int64_t day_start(int64_t day, const struct when_zone *zone) { return floor_to(when_instant(zone, day * WHEN_DAY), QUARTER); }

static int64_t day_of(int64_t at, const struct when_zone *zone) { return when_day_number(when_local(zone, at)); }

/* The day at the end of the quarter that begins with an instant. Where midnight is on no whole quarter, it begins in it. */
static int64_t day_within(int64_t at, const struct when_zone *zone) { return day_of(at + QUARTER - 1, zone); }
static bool begins_day(int64_t at, const struct when_zone *zone) { return day_start(day_within(at, zone), zone) == at; }

/* When the hour that runs on the wall there is over. */
static int64_t next_hour(int64_t now, const struct when_zone *zone)
{
    int64_t local = when_local(zone, now), end = now + floor_to(local, WHEN_HOUR) + WHEN_HOUR - local;
    return floor_to(end + QUARTER - 1, QUARTER);
}

/* The first of the month that holds a day, or of one so many months away. */
static int64_t month_start(int64_t day, int months)
{
    struct when_civil c;
    when_to_civil(day * WHEN_DAY, &c);
    int month = c.year * 12 + c.month - 1 + months;
    struct when_civil first = {.year = month / 12, .month = month % 12 + 1, .day = 1};
    return when_from_civil(&first) / WHEN_DAY;
}

static int64_t week_start(int64_t day) { return day - ((day + 3) % 7 + 7) % 7; }     /* 1970-01-01 was a Thursday */

static bool named(const char *text, int64_t now, const struct when_zone *zone, struct report_period *out)
{
    int64_t today = day_of(now, zone), end = next_hour(now, zone), week = week_start(today), month = month_start(today, 0);
    const struct { const char *word; struct report_period p; } words[] = {
        {"today", {day_start(today, zone), end}},
        {"yesterday", {day_start(today - 1, zone), day_start(today, zone)}},
        {"week", {day_start(week, zone), end}},
        {"last week", {day_start(week - 7, zone), day_start(week, zone)}},
        {"month", {day_start(month, zone), end}},
        {"last month", {day_start(month_start(today, -1), zone), day_start(month, zone)}},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].word, text) == 0) {
            *out = words[i].p;
            return true;
        }
    return false;
}

/* "7d": so many days, today with them; "12h": so many hours, the running one with them. */
static bool lasting(const char *text, int64_t now, const struct when_zone *zone, struct report_period *out)
{
    int64_t ms;
    if (!when_parse_duration(text, strlen(text), &ms) || ms < WHEN_HOUR)
        return false;
    out->to = next_hour(now, zone);
    out->from = ms % WHEN_DAY ? out->to - floor_to(ms + WHEN_HOUR - 1, WHEN_HOUR) : day_start(day_of(now, zone) - ms / WHEN_DAY + 1, zone);
    return true;
}

/* A day, or an instant; *end is where what it names is over. */
static bool one_day(const char *s, size_t n, const struct when_zone *zone, int64_t *start, int64_t *end)
{
    bool zoned, day = n == strlen("2026-11-21");
    int64_t at;
    if (!when_parse(s, n, &at, &zoned))
        return false;
    *start = floor_to(zoned ? at : when_instant(zone, at), QUARTER);
    *end = day ? day_start(when_day_number(at) + 1, zone) : *start;
    return true;
}

static bool written(const char *text, const struct when_zone *zone, struct report_period *out)
{
    int64_t between;
    const char *dots = strstr(text, "..");
    if (!dots)
        return one_day(text, strlen(text), zone, &out->from, &out->to) && out->from < out->to;
    return one_day(text, (size_t)(dots - text), zone, &out->from, &between) && one_day(dots + 2, strlen(dots + 2), zone, &between, &out->to);
}

bool report_period_parse(const char *text, int64_t now, const struct when_zone *zone, struct report_period *out, struct err *e)
{
    struct report_period p;
    if (!named(text, now, zone, &p) && !lasting(text, now, zone, &p) && !written(text, zone, &p))
        return err_set(e, ERR_USAGE, NULL, "\"%.60s\" is not a period – write today, yesterday, 7d, 30d, week, last week, month, last month, "
                       "2026-11-20 or 2026-11-01..2026-11-15", text);
    if (p.from >= p.to)
        return err_set(e, ERR_USAGE, NULL, "\"%.60s\" ends before it begins – write the earlier day first", text);
    if (p.to - p.from > REPORT_DAYS_MOST * WHEN_DAY + 2 * WHEN_HOUR)      /* clocks may have gone back */
        return err_set(e, ERR_USAGE, NULL, "a report reaches over %d days at most – give a shorter period", REPORT_DAYS_MOST);
    if (p.from >= next_hour(now, zone))
        return err_set(e, ERR_USAGE, NULL, "\"%.60s\" has not begun – give a period of the past", text);
    p.to = p.to > next_hour(now, zone) ? next_hour(now, zone) : p.to;
    *out = p;
    return true;
}

struct report_period report_period_previous(const struct report_period *p, const struct when_zone *zone)
{
    int64_t length = p->to - p->from, from = p->from - length, to = p->from;
    if (begins_day(p->from, zone)) {
        int64_t day = day_within(p->from, zone), count = day_of(p->to - 1, zone) - day + 1;
        bool month = month_start(day, 0) == day && p->to <= day_start(month_start(day, 1), zone) && length > 7 * WHEN_DAY;
        int64_t was = month ? month_start(day, -1) : day - count;
        from = day_start(was, zone);
        to = begins_day(p->to, zone) ? day_start(was + count, zone) : from + length;    /* days that are over are held against whole ones */
    }
    return (struct report_period){from, to < p->from ? to : p->from};
}

void report_period_text(const struct report_period *p, const struct when_zone *zone, char *out, size_t size)
{
    bool from_day = begins_day(p->from, zone), to_day = begins_day(p->to, zone);
    struct when_civil a, b;
    when_to_civil(from_day ? day_within(p->from, zone) * WHEN_DAY : when_local(zone, p->from), &a);
    when_to_civil(from_day && to_day ? (day_within(p->to, zone) - 1) * WHEN_DAY : when_local(zone, p->to), &b);
    char first[48], last[48];
    snprintf(first, sizeof first, from_day ? "%04d-%02d-%02d" : "%04d-%02d-%02d %02d:%02d", a.year, a.month, a.day, a.hour, a.minute);
    snprintf(last, sizeof last, from_day && to_day ? "%04d-%02d-%02d" : "%04d-%02d-%02d %02d:%02d", b.year, b.month, b.day, b.hour, b.minute);
    if (from_day && to_day && strcmp(first, last) == 0)
        snprintf(out, size, "%s", first);
    else
        snprintf(out, size, "%s to %s", first, last);
}
