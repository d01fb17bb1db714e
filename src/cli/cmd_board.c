/* outage board, suggest, dismiss: what each carrier and lane has against what is usual, and what that suggests. */
#include "cli/commands.h"

#include <inttypes.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/when.h"
#include "cli/change.h"
#include "cli/session.h"

static bool is(const struct cli *c, const char *name) { return strcmp(c->command->name, name) == 0; }

/* A line's cells: programs get numbers, people what is drawn and said of them. */
struct cells {
    char lanes[16], open[24], fresh[16], baseline[32], ratio[32], at[40], gap[32], age[32], outage[16];
    char spark[BOARD_HOURS * 3 + 1], remark[200];
    struct buf hours;
    bool scanned;
};

static void fill(struct cells *x, const struct board_row *r, int64_t now)
{
    buf_init(&x->hours, 0);
    for (int i = 0; i < BOARD_HOURS; i++)
        buf_printf(&x->hours, "%s%" PRId32, i ? "," : "[", r->spark[i]);
    buf_putc(&x->hours, ']');
    snprintf(x->lanes, sizeof x->lanes, "%" PRId32, r->lanes);
    snprintf(x->open, sizeof x->open, "%" PRId64, r->open);
    snprintf(x->fresh, sizeof x->fresh, "%" PRId32, r->new_hour);
    snprintf(x->baseline, sizeof x->baseline, "%.2f", r->baseline);
    snprintf(x->ratio, sizeof x->ratio, "%.1f", r->ratio);
    snprintf(x->gap, sizeof x->gap, "%.0f", r->usual_gap_s);
    snprintf(x->outage, sizeof x->outage, "%" PRId32, r->outage_id);
    snprintf(x->remark, sizeof x->remark, "%s%s%s%s", r->outage_id ? "outage " : "", r->outage_id ? x->outage : "",
             r->outage_id && *r->why ? "; " : "", r->why);
    outage_spark(r->spark, BOARD_HOURS, strcmp(nl_langinfo(CODESET), "UTF-8") != 0, x->spark, sizeof x->spark);
    x->scanned = r->last_scan_at != WHEN_NONE;
    if (!x->scanned)
        return;
    when_format_utc(r->last_scan_at, x->at, sizeof x->at);
    when_format_span(now > r->last_scan_at ? now - r->last_scan_at : 0, x->age, sizeof x->age - 4);
    if (strcmp(x->age, "now") != 0)
        snprintf(x->age + strlen(x->age), sizeof " ago", " ago");
}

static const char *given(const char *text) { return *text ? text : NULL; }

static bool print_numbers(const struct board *b, enum format format, struct err *e)
{
    static const struct column columns[] = {
        {"carrier", COLUMN_TEXT, 0}, {"carrier_name", COLUMN_TEXT, 0}, {"region", COLUMN_TEXT, 0}, {"service", COLUMN_TEXT, 0},
        {"lanes", COLUMN_NUMBER, 0}, {"open", COLUMN_NUMBER, 0}, {"new_hour", COLUMN_NUMBER, 0}, {"baseline", COLUMN_NUMBER, 0},
        {"ratio", COLUMN_NUMBER, 0}, {"last_scan_at", COLUMN_WHEN, 0}, {"usual_gap_s", COLUMN_NUMBER, 0}, {"hours", COLUMN_JSON, 0},
        {"outage", COLUMN_NUMBER, 0}, {"suggested", COLUMN_BOOL, 0}, {"why", COLUMN_TEXT, 0}};
    struct printer *p = print_begin(stdout, format, columns, (int)(sizeof columns / sizeof *columns));
    for (size_t i = 0; i < b->count; i++) {
        const struct board_row *r = &b->rows[i];
        struct cells x = {0};
        fill(&x, r, b->at);
        print_row(p, (const char *const[]){r->carrier, r->carrier_name, given(r->region), given(r->service), x.lanes, x.open, x.fresh, x.baseline,
                                           x.ratio, x.scanned ? x.at : NULL, r->usual_gap_s > 0 ? x.gap : NULL, buf_str(&x.hours),
                                           r->outage_id ? x.outage : NULL, r->suggested ? "t" : "f", given(r->why)});
        buf_finish(&x.hours);
    }
    return print_end(p, e);
}

static bool print_table(const struct board *b, bool lanes, struct err *e)
{
    const struct column columns[] = {
        {"carrier", COLUMN_TEXT, lanes ? 0 : 10}, {"region", COLUMN_TEXT, lanes ? 6 : 0}, {"service", COLUMN_TEXT, lanes ? 8 : 0},
        {"open", COLUMN_NUMBER, 4}, {"new_hour", COLUMN_NUMBER, 4}, {"usual", COLUMN_NUMBER, 5}, {"ratio", COLUMN_NUMBER, 5},
        {"last_scan", COLUMN_TEXT, 9}, {"last_24_hours", COLUMN_TEXT, BOARD_HOURS}, {"remark", COLUMN_TEXT, 6}};
    struct printer *p = print_begin(stdout, FORMAT_TABLE, columns, (int)(sizeof columns / sizeof *columns));
    for (size_t i = 0; i < b->count; i++) {
        const struct board_row *r = &b->rows[i];
        struct cells x = {0};
        fill(&x, r, b->at);
        print_row(p, (const char *const[]){r->carrier_name, given(r->region), given(r->service), x.open, x.fresh, x.baseline, x.ratio,
                                           x.scanned ? x.age : NULL, x.spark, x.remark});
        buf_finish(&x.hours);
    }
    return print_end(p, e);
}

static int board(struct cli *c)
{
    struct err e = {0};
    enum format format;
    const char *carrier = c->operand_count ? c->operands[0] : "";
    if (c->operand_count > 1)
        return cli_usage(c, "give one carrier, or none for all of them");
    if (!cli_format(c, &format, &e))
        return cli_fail(c, &e);
    struct db_sync *db = db_sync_open(c->dsn, &e);
    struct request ask = {.kind = REQ_BOARD, .control.carrier = xstrdup(carrier)};
    struct reply answer = {.kind = REQ_BOARD};
    bool ok = db && db_sync_ask(db, &ask, &answer, &e);
    if (ok && *carrier && answer.board->count == 0)
        ok = err_set(&e, ERR_USAGE, carrier, "nothing is known of a carrier of that name; `doorstep outage board` lists them by theirs");
    else if (ok)
        ok = format == FORMAT_TABLE ? print_table(answer.board, *carrier != '\0', &e) : print_numbers(answer.board, format, &e);
    if (ok && format == FORMAT_TABLE && answer.board->count == 0)
        cli_say("no carrier has scanned anything yet");
    for (size_t i = 0; ok && format == FORMAT_TABLE && i < answer.board->suggestion_count; i++) {
        const struct suggestion *s = &answer.board->suggestions[i];
        cli_say("suggestion %" PRId32 ": %s%s%s", s->id, s->scope, *s->scope ? ": " : "", s->why);
    }
    request_finish(&ask);
    reply_finish(&answer);
    db_sync_close(db);
    return ok ? 0 : cli_fail(c, &e);
}

int cmd_board(struct cli *c)
{
    struct err e = {0};
    int64_t *ids = NULL;
    size_t count = 0;
    if (is(c, "outage board"))
        return board(c);
    if (is(c, "outage suggest"))
        return session_list(c, "suggestion_list", NULL, 0, NULL, "nothing is suggested: every carrier is as usual");
    if (!change_numbers(c, 0, "suggestion", "outage suggest", &ids, &count, &e))
        return cli_fail(c, &e);
    int status = change_many(c, NULL, "suggestion_dismiss", ids, count, NULL, 0, "dismissed");
    free(ids);
    return status;
}
