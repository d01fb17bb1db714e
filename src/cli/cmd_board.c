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

/* What a table of carriers does not show; of one carrier's lanes the carrier. */
enum { BOARD_COLUMNS = 17 };
static void columns_of(bool lanes, struct column out[BOARD_COLUMNS])
{
    const struct column columns[BOARD_COLUMNS] = {
        {"carrier", COLUMN_TEXT, 0}, {"carrier_name", COLUMN_TEXT, lanes ? 0 : 10}, {"region", COLUMN_TEXT, lanes ? 6 : 0},
        {"service", COLUMN_TEXT, lanes ? 8 : 0}, {"lanes", COLUMN_NUMBER, 0}, {"open", COLUMN_NUMBER, 4}, {"new_hour", COLUMN_NUMBER, 4},
        {"baseline", COLUMN_NUMBER, 5}, {"ratio", COLUMN_NUMBER, 5}, {"last_scan_at", COLUMN_WHEN, 0}, {"usual_gap_s", COLUMN_NUMBER, 0},
        {"last_scan", COLUMN_TEXT, 9}, {"last_24_hours", COLUMN_TEXT, BOARD_HOURS}, {"hours", COLUMN_JSON, 0}, {"outage", COLUMN_NUMBER, 0},
        {"suggested", COLUMN_BOOL, 0}, {"remark", COLUMN_TEXT, 6}};
    memcpy(out, columns, sizeof columns);
}

/* For people the cells of a line; programs get the numbers those are made of. */
static void print_line(struct printer *p, const struct board_row *r, int64_t now, bool ascii)
{
    char lanes[16], open[24], fresh[16], baseline[32], ratio[32], at[40], gap[32], age[32], spark[BOARD_HOURS * 3 + 1], outage[16], remark[200];
    struct buf hours;
    buf_init(&hours, 0);
    for (int i = 0; i < BOARD_HOURS; i++)
        buf_printf(&hours, "%s%" PRId32, i ? "," : "[", r->spark[i]);
    buf_putc(&hours, ']');
    snprintf(lanes, sizeof lanes, "%" PRId32, r->lanes);
    snprintf(open, sizeof open, "%" PRId64, r->open);
    snprintf(fresh, sizeof fresh, "%" PRId32, r->new_hour);
    snprintf(baseline, sizeof baseline, "%.2f", r->baseline);
    snprintf(ratio, sizeof ratio, "%.1f", r->ratio);
    snprintf(gap, sizeof gap, "%.0f", r->usual_gap_s);
    snprintf(outage, sizeof outage, "%" PRId32, r->outage_id);
    snprintf(remark, sizeof remark, "%s%s%s%s", r->outage_id ? "outage " : "", r->outage_id ? outage : "", r->outage_id && *r->why ? "; " : "", r->why);
    bool scanned = r->last_scan_at != WHEN_NONE;
    if (scanned) {
        when_format_utc(r->last_scan_at, at, sizeof at);
        when_format_span(now > r->last_scan_at ? now - r->last_scan_at : 0, age, sizeof age - 4);
        if (strcmp(age, "now") != 0)
            strncat(age, " ago", sizeof age - strlen(age) - 1);
    }
    outage_spark(r->spark, BOARD_HOURS, ascii, spark, sizeof spark);
    print_row(p, (const char *const[]){r->carrier, r->carrier_name, *r->region ? r->region : NULL, *r->service ? r->service : NULL, lanes, open,
                                       fresh, baseline, ratio, scanned ? at : NULL, r->usual_gap_s > 0 ? gap : NULL, scanned ? age : NULL, spark,
                                       buf_str(&hours), r->outage_id ? outage : NULL, r->suggested ? "t" : "f", remark});
    buf_finish(&hours);
}

static bool print_board(const struct board *b, bool lanes, enum format format, struct err *e)
{
    struct column columns[BOARD_COLUMNS];
    columns_of(lanes, columns);
    bool ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    struct printer *p = print_begin(stdout, format, columns, BOARD_COLUMNS);
    for (size_t i = 0; i < b->count; i++)
        print_line(p, &b->rows[i], b->at, ascii);
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
        ok = print_board(answer.board, *carrier != '\0', format, &e);
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
        return session_list(c, "outage_suggestions", NULL, 0, NULL, "nothing is suggested: every carrier is as usual");
    if (!change_numbers(c, 0, "suggestion", "outage suggest", &ids, &count, &e))
        return cli_fail(c, &e);
    int status = change_many(c, NULL, "suggestion_dismiss", ids, count, NULL, 0, "dismissed");
    free(ids);
    return status;
}
