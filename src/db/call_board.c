/* The outage board: its lines, and what it suggests. */
#include "db/call.h"

#include <stdlib.h>

#include "base/die.h"
#include "db/decode.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* A line as it is read: what has a fraction comes in thousandths, the hours as words. */
struct line {
    struct board_row row;
    int64_t baseline, ratio, usual_gap;
    char spark[BOARD_HOURS * 12];
};

#define ROW(sql, type, member) COLUMN(sql, type, struct line, row.member)
#define LINE(sql, type, member) COLUMN(sql, type, struct line, member)
static const struct column line_columns[] = {          /* in the order of board.sql */
    ROW("carrier", TEXT, carrier), ROW("carrier_name", TEXT, carrier_name), ROW("service", TEXT, service), ROW("region", TEXT, region),
    ROW("lanes", INT, lanes), ROW("open", INT, open), ROW("new_hour", INT, new_hour), LINE("baseline", INT, baseline),
    LINE("ratio", INT, ratio), ROW("last_scan_at", INSTANT, last_scan_at), LINE("usual_gap_s", INT, usual_gap),
    LINE("spark", TEXT, spark), ROW("outage_id", INT, outage_id), ROW("suggested", BOOL, suggested), ROW("why", TEXT, why),
};

#define SUGGESTION(sql, type, member) COLUMN(sql, type, struct suggestion, member)
static const struct column suggestion_columns[] = {
    SUGGESTION("id", INT, id), SUGGESTION("scope", TEXT, scope), SUGGESTION("why", TEXT, why),
    SUGGESTION("kind", TEXT, kind), SUGGESTION("at", INSTANT, at),
};

static void take_spark(int32_t out[BOARD_HOURS], const char *s)
{
    for (int i = 0; i < BOARD_HOURS && *s; i++) {
        char *end;
        out[i] = (int32_t)strtol(s, &end, 10);
        s = *end == ' ' ? end + 1 : end;
    }
}

static void take_rows(struct call *c, const PGresult *r)
{
    int n = PQntuples(r);
    struct board *b = c->reply.board = xcalloc(1, sizeof *b);
    b->rows = xcalloc((size_t)n, sizeof *b->rows);
    b->count = (size_t)n;
    b->at = c->now;
    for (int i = 0; i < n; i++) {
        struct line line = {0};
        decode_row(r, i, line_columns, COUNT(line_columns), &line);
        take_spark(line.row.spark, line.spark);
        line.row.baseline = (double)line.baseline / 1000;
        line.row.ratio = (double)line.ratio / 1000;
        line.row.usual_gap_s = (double)line.usual_gap / 1000;
        b->rows[i] = line.row;
    }
}

static void take_suggestions(struct call *c, const PGresult *r)
{
    int n = PQntuples(r);
    struct board *b = c->reply.board;
    if (!b)                    /* the first part failed */
        return;
    b->suggestions = xcalloc((size_t)n, sizeof *b->suggestions);
    b->suggestion_count = (size_t)n;
    for (int i = 0; i < n; i++)
        decode_row(r, i, suggestion_columns, COUNT(suggestion_columns), &b->suggestions[i]);
}

void call_board(struct call *c)
{
    const char *carrier = c->request.control.carrier;
    call_param(call_query(c, "board", take_rows), carrier ? carrier : "");
    call_query(c, "outage_suggestions", take_suggestions);
}
