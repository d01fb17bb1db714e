/* report: a report as a table with bars and sparklines, as JSON or CSV; what reports there are; rebuilding what they add up.
 * (report mismatch: report_mismatch.c) */
#include "cli/commands.h"

#include <inttypes.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/when.h"
#include "cli/session.h"
#include "core/report.h"
#include "loop/loop.h"

enum { BAR_CELLS = 20, HEAT_HOURS = 24, LATE_MS = 5 * 60 * 1000 };

static bool blocks(void) { return strcmp(nl_langinfo(CODESET), "UTF-8") == 0; }

/* --period, or --from and --to. */
static bool read_period(const struct cli *c, const char *otherwise, const struct when_zone *zone, struct report_period *out, struct err *e)
{
    const char *from = cli_value(c, "from", NULL), *to = cli_value(c, "to", NULL), *period = cli_value(c, "period", NULL);
    char text[40];
    if (period && (from || to))
        return err_set(e, ERR_USAGE, NULL, "give --period, or --from and --to, not both");
    if (to && !from)
        return err_set(e, ERR_USAGE, NULL, "since when? give --from, too");
    if (!from)
        return report_period_parse(period ? period : otherwise, loop_wall(), zone, out, e);
    if (!to) {
        when_format_utc(when_local(zone, loop_wall()), text, sizeof text);
        text[strcspn(text, "T")] = '\0';
        to = text;
    }
    char both[192];
    snprintf(both, sizeof both, "%.60s..%.60s", from, to);
    return report_period_parse(both, loop_wall(), zone, out, e);
}

/* --- what is printed --------------------------------------------------------------- */

static double most_of(const struct table *t, size_t column)
{
    double most = 0;
    for (size_t r = 0; r < t->rows; r++) {
        double n = strtod(table_cell(t, r, column), NULL);
        most = n > most ? n : most;
    }
    return most;
}

static void heat_line(const struct table *t, size_t row, size_t column, int64_t most, struct buf *out)
{
    int64_t n[HEAT_HOURS];
    size_t count = report_spark(table_cell(t, row, column), n, HEAT_HOURS);
    for (size_t i = 0; i < count; i++)
        buf_puts(out, report_shade(n[i], most, blocks()));
}

static int64_t hottest(const struct table *t, size_t column)
{
    int64_t n[HEAT_HOURS], most = 0;
    for (size_t r = 0; r < t->rows; r++)
        for (size_t i = report_spark(table_cell(t, r, column), n, HEAT_HOURS); i-- > 0;)
            most = n[i] > most ? n[i] : most;
    return most;
}

/* Numbers stand to the right, drawings and words to the left. */
static enum column_type side(enum report_unit unit)
{
    return unit == UNIT_TEXT || unit == UNIT_SPARK || unit == UNIT_FILTER ? COLUMN_TEXT : COLUMN_NUMBER;
}

struct drawn {                    /* a column of the printed table */
    size_t source;
    const struct report_column *column;
    bool bar;
};

static size_t choose(const struct table *t, enum report r, struct drawn *out)
{
    size_t n = 0;
    for (size_t i = 0; i < t->columns; i++) {
        const struct report_column *c = report_column(t->names[i]);
        if (!c || c->unit == UNIT_FILTER)
            continue;
        out[n++] = (struct drawn){i, c, false};
        if (report_chart(r) == CHART_BARS && strcmp(c->name, report_main(r)) == 0)
            out[n++] = (struct drawn){i, c, true};
    }
    return n;
}

static void draw(const struct table *t, enum report r, size_t row, const struct drawn *d, double most, int64_t hot, struct buf *out)
{
    const char *cell = t->cells[row * t->columns + d->source];
    if (d->bar)
        report_bar(strtod(cell ? cell : "0", NULL), most, BAR_CELLS, blocks(), out);
    else if (report_chart(r) == CHART_HEAT && d->column->unit == UNIT_SPARK)
        heat_line(t, row, d->source, hot, out);
    else
        report_cell(d->column->unit, cell, 0, blocks(), out);
}

static bool print_drawn(const struct table *t, enum report r, const char *by, struct err *e)
{
    struct drawn *d = xcalloc(2 * t->columns, sizeof *d);
    struct column *columns = xcalloc(2 * t->columns, sizeof *columns);
    size_t n = choose(t, r, d);
    for (size_t i = 0; i < n; i++)
        columns[i] = d[i].bar ? (struct column){" ", COLUMN_TEXT, 1}
                   : (struct column){d[i].column->unit == UNIT_TEXT ? by : report_chart(r) == CHART_HEAT && d[i].column->unit == UNIT_SPARK
                                     ? "0     6     12    18" : d[i].column->title, side(d[i].column->unit), 1};
    size_t hours = table_column(t, "hours");
    double most = most_of(t, table_column(t, report_main(r)));
    int64_t hot = hours < t->columns ? hottest(t, hours) : 0;
    struct printer *p = print_begin(stdout, FORMAT_TABLE, columns, (int)n);
    for (size_t row = 0; row < t->rows; row++) {
        struct buf *text = xcalloc(n, sizeof *text);
        const char **cells = xcalloc(n, sizeof *cells);
        for (size_t i = 0; i < n; i++) {
            buf_init(&text[i], 0);
            draw(t, r, row, &d[i], most, hot, &text[i]);
            cells[i] = buf_str(&text[i]);
        }
        print_row(p, cells);
        for (size_t i = 0; i < n; i++)
            buf_finish(&text[i]);
        free(text);
        free(cells);
    }
    bool ok = print_end(p, e);
    free(columns);
    free(d);
    return ok;
}

/* --- what is said beside it -------------------------------------------------------- */

static void say_period(const struct report_ask *ask, const char *by)
{
    char now[80], was[80];
    struct report_period before = report_period_previous(&ask->period, ask->zone);
    report_period_text(&ask->period, ask->zone, now, sizeof now);
    report_period_text(&before, ask->zone, was, sizeof was);
    cli_say("%s by %s, %s, against %s", report_title(ask->report), by, now, was);
}

static void say_empty(const struct report_ask *ask, const struct table *now)
{
    char period[80];
    report_period_text(&ask->period, ask->zone, period, sizeof period);
    const char *since = table_cell(now, 0, table_column(now, "since"));
    if (*since)
        cli_say("nothing to report from %s; exceptions are counted since %.10s", period, since);
    else
        cli_say("nothing to report from %s: nothing was counted yet, which `doorstep worker` does", period);
}

/* Numbers are as old as the last time a worker took in what changed; within a few minutes that is as it should be. */
static void say_age(const struct table *now)
{
    const char *passed = table_cell(now, 0, table_column(now, "passed_at")), *waiting = table_cell(now, 0, table_column(now, "waiting"));
    int64_t at, age = 0;
    char span[16], text[48];
    snprintf(text, sizeof text, "%s hours", waiting);
    if (when_parse(passed, strlen(passed), &at, NULL))
        age = loop_wall() - at;
    else if (strcmp(waiting, "0") == 0)
        return;
    when_format_span(age > 0 ? age : 0, span, sizeof span);
    if (age && age < LATE_MS)
        return;
    if (strcmp(waiting, "0") != 0)
        cli_say("%s changed since and %s not counted yet%s%s%s: is a worker running?", strcmp(waiting, "1") == 0 ? "1 hour" : text, strcmp(waiting, "1") == 0 ? "is" : "are", age ? " (" : "", age ? span : "", age ? " ago)" : "");
    else
        cli_say("as of %s ago: is a worker running?", span);
}

static bool is_empty(const struct table *t, enum report r)
{
    return t->rows == 0 || (report_chart(r) != CHART_TABLE && !(most_of(t, table_column(t, report_main(r))) > 0));
}

/* --- commands ---------------------------------------------------------------------- */

static bool read_ask(struct cli *c, struct report_ask *ask, struct err *e)
{
    *ask = (struct report_ask){.zone = loop_zone(loop_wall()), .by = cli_value(c, "by", NULL), .carrier = cli_value(c, "carrier", NULL),
                               .kind = cli_value(c, "kind", NULL), .brand = cli_value(c, "brand", NULL)};
    if (!report_find(c->operands[0], &ask->report))
        return err_set(e, ERR_USAGE, NULL, "there is no report \"%s\"; `doorstep report list` names them", c->operands[0]);
    if (ask->by && !report_groups(ask->report, ask->by))
        return err_set(e, ERR_USAGE, NULL, "%s is not grouped by \"%s\": --by takes one of %s", report_name(ask->report), ask->by, report_groupings(ask->report));
    return read_period(c, "7d", ask->zone, &ask->period, e);
}

static int show(struct cli *c)
{
    struct err e = {0};
    enum format format;
    struct report_ask ask;
    struct report_params p;
    if (c->operand_count != 1)
        return cli_usage(c, "which report? `doorstep report list` names them");
    if (!cli_format(c, &format, &e) || !read_ask(c, &ask, &e))
        return cli_fail(c, &e);
    report_params(&ask, &p);
    struct table t = {0}, now = {0};
    struct db_sync *db = db_sync_open(session_report_dsn(c), &e);
    bool ok = db && db_sync_table(db, report_query(ask.report), p.at, REPORT_PARAMS, &t, &e) && db_sync_table(db, "rollup_now", NULL, 0, &now, &e);
    if (ok && format == FORMAT_TABLE && t.rows)
        say_period(&ask, p.at[2]);
    if (ok && (t.rows || format != FORMAT_TABLE))
        ok = format == FORMAT_TABLE ? print_drawn(&t, ask.report, p.at[2], &e) : session_print(&t, format, NULL, &e);
    if (ok && is_empty(&t, ask.report))
        say_empty(&ask, &now);
    if (ok)
        say_age(&now);
    table_finish(&t);
    table_finish(&now);
    db_sync_close(db);
    return ok ? 0 : cli_fail(c, &e);
}

static int list(struct cli *c)
{
    static const struct column columns[] = {{"name", COLUMN_TEXT, 4}, {"title", COLUMN_TEXT, 5}, {"by", COLUMN_TEXT, 2}, {"help", COLUMN_TEXT, 4}};
    struct err e = {0};
    enum format format;
    if (!cli_format(c, &format, &e))
        return cli_fail(c, &e);
    struct printer *p = print_begin(stdout, format, columns, 4);
    for (int i = 0; i < REPORT_COUNT; i++) {
        enum report r = (enum report)i;
        print_row(p, (const char *const[]){report_name(r), report_title(r), report_groupings(r), report_help(r)});
    }
    return print_end(p, &e) ? 0 : cli_fail(c, &e);
}

enum { ROLLUPS_MOST = 16 };
struct rebuilt {
    char name[32], first[40];
    int64_t hours, rows, differing;
};

static void add(struct rebuilt *all, size_t *count, const struct table *t)
{
    for (size_t r = 0; r < t->rows && r < ROLLUPS_MOST; r++) {
        struct rebuilt *x = &all[r];
        snprintf(x->name, sizeof x->name, "%s", table_cell(t, r, 0));
        x->hours += strtoll(table_cell(t, r, 1), NULL, 10);
        x->rows += strtoll(table_cell(t, r, 2), NULL, 10);
        x->differing += strtoll(table_cell(t, r, 3), NULL, 10);
        if (!x->first[0])
            snprintf(x->first, sizeof x->first, "%s", table_cell(t, r, 4));
        *count = r + 1;
    }
}

static bool print_rebuilt(const struct rebuilt *all, size_t count, enum format format, int64_t *differing, struct err *e)
{
    static const struct column columns[] = {{"rollup", COLUMN_TEXT, 6}, {"hours", COLUMN_NUMBER, 5}, {"rows", COLUMN_NUMBER, 4},
                                            {"differing_hours", COLUMN_NUMBER, 9}, {"first_differing", COLUMN_WHEN, 5}};
    struct printer *p = print_begin(stdout, format, columns, 5);
    for (size_t i = 0; i < count; i++) {
        char hours[24], rows[24], apart[24];
        snprintf(hours, sizeof hours, "%" PRId64, all[i].hours);
        snprintf(rows, sizeof rows, "%" PRId64, all[i].rows);
        snprintf(apart, sizeof apart, "%" PRId64, all[i].differing);
        print_row(p, (const char *const[]){all[i].name, hours, rows, apart, all[i].first[0] ? all[i].first : NULL});
        *differing += all[i].differing;
    }
    return print_end(p, e);
}

/* A day at a time: nobody waits long for the worker's own pass. */
static int rebuild(struct cli *c)
{
    struct err e = {0};
    enum format format;
    struct report_period p;
    struct rebuilt all[ROLLUPS_MOST] = {0};
    size_t count = 0;
    int64_t differing = 0;
    if (!cli_format(c, &format, &e) || !read_period(c, "30d", loop_zone(loop_wall()), &p, &e))
        return cli_fail(c, &e);
    struct db_sync *db = db_sync_open(c->dsn, &e);
    bool ok = db != NULL;
    p.from -= p.from % WHEN_HOUR;           /* whole hours of UTC are made anew */
    for (int64_t at = p.from; ok && at < p.to; at += WHEN_DAY) {
        char from[40], to[40];
        struct table t = {0};
        when_format_utc(at, from, sizeof from);
        when_format_utc(at + WHEN_DAY < p.to ? at + WHEN_DAY : p.to, to, sizeof to);
        ok = db_sync_table(db, "rollup_rebuild", (const char *const[]){from, to}, 2, &t, &e);
        add(all, &count, &t);
        table_finish(&t);
    }
    db_sync_close(db);
    if (!ok || !print_rebuilt(all, count, format, &differing, &e))
        return cli_fail(c, &e);
    if (differing)
        cli_say("%" PRId64 " hours differed and are right now: something was written past the functions", differing);
    else
        cli_say("nothing differed");
    return differing ? err_exit_status(ERR_PARTIAL) : 0;
}

int cmd_report(struct cli *c)
{
    if (strcmp(c->command->name, "report list") == 0)
        return list(c);
    return strcmp(c->command->name, "report rebuild") == 0 ? rebuild(c) : show(c);
}
