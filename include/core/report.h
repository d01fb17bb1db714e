/* Reports: which there are, how each is grouped and drawn, and the period they are about.
 *
 * A report is a named query (REQ_TABLE). Its parameters are the same for all, in this order, each a text or
 * NULL: $1 from, $2 to (instants on whole quarters of an hour, to not included), $3 grouping, $4 carrier code, $5 kind,
 * $6 brand code, $7 how the reader's clocks go (seconds east of UTC, and for each change a blank, its second since 1970, = and
 * the seconds east from then on), $8 and $9 the period before (report_params writes them). It answers a row a group in the
 * order to be shown; no row: nothing happened, in this period nor in the one before. Columns are found by the names of
 * REPORT_COLUMNS. Query "rollup_now" says how old it is.
 *
 * It is counted in quarters of an hour, so days and hours are the reader's wherever clocks are whole quarters from UTC and change
 * on them, as all do since 1972; elsewhere days begin with the quarter that midnight is in. */
#ifndef CORE_REPORT_H
#define CORE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/when.h"
#include "core/table.h"

enum report_chart {
    CHART_BARS,     /* a bar a row, of the report's main column */
    CHART_LINES,    /* a line over the rows: they are days in order */
    CHART_HEAT,     /* a cell an hour: column "hours" */
    CHART_TABLE     /* numbers side by side */
};

/* X(ID, name, title, query, groupings (the first is the default), chart, main column, help) */
#define REPORTS(X)                                                                                                                     \
    X(EXCEPTIONS, "exceptions", "Exceptions", "report_exceptions", "carrier service lane region kind brand hour day", CHART_BARS, "opened", \
      "how many were opened, against the period before, and how many of all were resolved and reopened")                              \
    X(HEAT, "heat", "Carrier by hour of day", "report_heat", "carrier", CHART_HEAT, "opened",                                         \
      "exceptions opened at each hour of the day")                                                                                    \
    X(ONTIME, "ontime", "On time", "report_ontime", "carrier service lane region brand day", CHART_BARS, "on_time",                   \
      "parcels delivered by the promised date, by the first estimate and by the last")                                                \
    X(RESPONSE, "response", "Response and resolution", "report_response", "kind carrier tier brand day", CHART_TABLE, "first_met_rate", \
      "time to first response and to resolution of what was opened, and whether the SLA was met")                                     \
    X(MESSAGES, "messages", "Messages", "report_messages", "template channel outcome brand day", CHART_BARS, "messages",              \
      "what became of messages, how long they took, replies and opt-outs")                                                            \
    X(CONTACTS, "contacts", "Contacts", "report_contacts", "driver channel brand day", CHART_BARS, "contacts",                        \
      "why customers got in touch, before or after our message, and how often again")                                                 \
    X(CSAT, "csat", "Customer satisfaction", "report_csat", "score carrier kind brand day", CHART_BARS, "answers",                    \
      "scores customers gave, 1 to 5; satisfied are 4 and 5")                                                                         \
    X(AGENTS, "agents", "Workload", "report_agents", "agent action brand hour day", CHART_BARS, "actions",                            \
      "what people did")

enum report {
#define X(id, ...) REPORT_##id,
    REPORTS(X)
#undef X
    REPORT_COUNT
};

enum report_unit {
    UNIT_TEXT,
    UNIT_COUNT,      /* a whole number */
    UNIT_PERCENT,    /* 93.4 */
    UNIT_DELTA,      /* +12.5: percent against the period before; NULL: nothing to compare with */
    UNIT_POINTS,     /* -1.4: percentage points against the period before */
    UNIT_SECONDS,    /* a duration */
    UNIT_SCORE,      /* 4.21 */
    UNIT_SPARK,      /* JSON array of counts over equal slices of the period (at most 31), or over what the help says */
    UNIT_FILTER      /* queue filter behind a number; "" or NULL: none */
};

/* X(name, title, unit, filter: the column that holds the filter behind this number, or "", narrow: its place on 80 columns, help).
 * Names mean the same in every report. */
#define REPORT_COLUMNS(X)                                                                                                    \
    X("what", "", UNIT_TEXT, "filter", 1, "the group")                                                                       \
    X("opened", "Opened", UNIT_COUNT, "filter", 2, "exceptions opened")                                                      \
    X("was", "Before", UNIT_COUNT, "was_filter", 1, "the same number in the period before")                                  \
    X("change", "Change", UNIT_DELTA, "", 1, "against the period before, in percent")                                        \
    X("share", "Share", UNIT_PERCENT, "", 0, "part of all")                                                                  \
    X("resolved", "Resolved", UNIT_COUNT, "resolved_filter", 1, "resolved in the period, whenever they were opened")         \
    X("reopened", "Reopened", UNIT_COUNT, "", 0, "opened again in the period")                                               \
    X("spark", "Over time", UNIT_SPARK, "", 1, "slices of the period, the first first")                                      \
    X("hours", "Hours", UNIT_SPARK, "", 1, "24 hours of the reader's day, from midnight")                                    \
    X("delivered", "Delivered", UNIT_COUNT, "", 1, "parcels delivered")                                                      \
    X("promised", "Promised", UNIT_COUNT, "", 0, "of these, with a promised date")                                           \
    X("late", "Late", UNIT_COUNT, "filter", 1, "of these, delivered after it; opens the exceptions late_promise")            \
    X("on_time", "On time", UNIT_PERCENT, "", 1, "delivered by the promised date, of those with one")                        \
    X("on_time_was", "Before", UNIT_PERCENT, "", 1, "the same in the period before")                                         \
    X("on_time_points", "Change", UNIT_POINTS, "", 0, "percentage points against the period before")                         \
    X("first_edd", "First EDD", UNIT_PERCENT, "", 1, "delivered by the carrier's first estimate")                            \
    X("last_edd", "Last EDD", UNIT_PERCENT, "", 0, "delivered by its last estimate")                                         \
    X("days_late", "Days", UNIT_SPARK, "", 0, "delivered 3 or more days early, 2, 1, on the promised day, 1 late, 2, 3, 4 to 6, 7 or more") \
    X("answered", "Answered", UNIT_COUNT, "", 1, "of these, had a first response")                                           \
    X("first_p50", "First p50", UNIT_SECONDS, "", 2, "half were answered within")                                            \
    X("first_p90", "First p90", UNIT_SECONDS, "", 1, "nine of ten were answered within")                                     \
    X("first_met", "First met", UNIT_COUNT, "", 0, "first responses in time")                                                \
    X("first_missed", "First late", UNIT_COUNT, "", 0, "first responses late, or due and not given")                         \
    X("first_met_rate", "First SLA", UNIT_PERCENT, "", 2, "first responses in time, of those given or due")                  \
    X("first_spread", "Spread", UNIT_SPARK, "", 0, "first responses within 5m 15m 30m 1h 2h 4h 8h 12h 1d 2d 3d 5d 7d 14d, or later") \
    X("closed", "Resolved", UNIT_COUNT, "", 1, "of these, resolved by now")                                                  \
    X("resolve_p50", "Solve p50", UNIT_SECONDS, "", 2, "half were resolved within")                                          \
    X("resolve_p90", "Solve p90", UNIT_SECONDS, "", 1, "nine of ten were resolved within")                                   \
    X("resolve_met", "Solve met", UNIT_COUNT, "", 0, "resolutions in time")                                                  \
    X("resolve_missed", "Solve late", UNIT_COUNT, "", 0, "resolutions late, or due and not given")                           \
    X("resolve_met_rate", "Solve SLA", UNIT_PERCENT, "", 2, "resolutions in time, of those given or due")                    \
    X("resolve_spread", "Spread", UNIT_SPARK, "", 0, "resolutions within, as of first responses")                            \
    X("messages", "Messages", UNIT_COUNT, "filter", 1, "messages queued")                                                    \
    X("sent", "Sent", UNIT_COUNT, "filter/taken", 1, "taken by the provider")                                                \
    X("delivered_messages", "Arrived", UNIT_COUNT, "filter/delivered", 0, "and it says that they arrived")                   \
    X("failed", "Failed", UNIT_COUNT, "filter/failed", 1, "did not arrive")                                                  \
    X("not_sent", "Not sent", UNIT_COUNT, "filter/not_sent", 0, "held, cancelled, or of unknown outcome")                    \
    X("send_p50", "Send p50", UNIT_SECONDS, "", 0, "half were sent within, from being queued")                               \
    X("send_p90", "Send p90", UNIT_SECONDS, "", 1, "nine of ten were sent within")                                           \
    X("replies", "Replies", UNIT_COUNT, "filter/replied", 0, "customers' answers to them")                                   \
    X("reply_rate", "Replied", UNIT_PERCENT, "", 1, "answers, of those sent")                                                \
    X("opt_outs", "Opt-outs", UNIT_COUNT, "filter/opted_out", 0, "answers that withdraw consent")                            \
    X("opt_out_rate", "Opted out", UNIT_PERCENT, "", 1, "opt-outs, of those sent")                                           \
    X("contacts", "Contacts", UNIT_COUNT, "filter", 1, "times customers got in touch")                                       \
    X("before_us", "Before us", UNIT_COUNT, "filter/before", 1, "before we had written to them of it")                       \
    X("after_us", "After us", UNIT_COUNT, "filter/after", 1, "after we had")                                                 \
    X("repeats", "Repeats", UNIT_COUNT, "filter/repeat", 1, "of the same parcel within 7 days of a contact before")          \
    X("repeat_rate", "Repeated", UNIT_PERCENT, "", 0, "of all")                                                              \
    X("answers", "Answers", UNIT_COUNT, "filter", 1, "scores given")                                                         \
    X("score", "Mean", UNIT_SCORE, "", 1, "mean score")                                                                      \
    X("satisfied", "Satisfied", UNIT_PERCENT, "", 1, "4 and 5")                                                              \
    X("scores", "1 to 5", UNIT_SPARK, "", 1, "how many gave each score")                                                     \
    X("actions", "Actions", UNIT_COUNT, "filter", 1, "things done")                                                          \
    X("claims", "Claims", UNIT_COUNT, "filter/claim", 1, "taken on")                                                         \
    X("sends", "Messages", UNIT_COUNT, "filter/send", 1, "messages written")                                                 \
    X("notes", "Notes", UNIT_COUNT, "filter/note", 0, "notes written")                                                       \
    X("resolves", "Resolved", UNIT_COUNT, "resolved_filter", 1, "resolved by hand")                                          \
    X("filter", "Filter", UNIT_FILTER, "", 0, "the queue behind the number")                                                 \
    X("was_filter", "Filter before", UNIT_FILTER, "", 0, "the queue behind the number before")                               \
    X("resolved_filter", "Filter resolved", UNIT_FILTER, "", 0, "the queue behind what was resolved")

struct report_column {
    const char *name, *title;
    enum report_unit unit;
    const char *filter;       /* column with the filter behind it, or ""; after a / the word that narrows down what happened */
    int narrow;               /* the higher, the earlier it has a place; 0: not on 80 columns */
    const char *help;
};

const char *report_name(enum report r);
const char *report_title(enum report r);
const char *report_query(enum report r);
const char *report_groupings(enum report r);     /* words separated by spaces */
enum report_chart report_chart(enum report r);
const char *report_main(enum report r);          /* the column its bars, lines or cells show */
const char *report_help(enum report r);
bool report_find(const char *name, enum report *out);
bool report_narrows(enum report r);              /* may it be asked of one carrier, of one kind? */
bool report_groups(enum report r, const char *by);           /* is it one of its groupings? */
const struct report_column *report_column(const char *name); /* NULL: none of that name */

/* The column of the table that holds the filter behind a column's numbers; t->columns when there is none. */
size_t report_filter_column(const struct table *t, size_t column);
/* The filter behind a cell: that of its row and its column; "" when there is none. Stays until the next call. */
const char *report_filter(const struct table *t, size_t row, size_t column);

/* A cell as people read it: "1,204" "93.4%" "+12.5%" "2h59m" "4.21"; "–" for NULL. A spark is drawn in at most
 * `width` cells (0: all), with blocks or, where `blocks` is false, with " .:-=+*#%@". */
void report_cell(enum report_unit unit, const char *cell, size_t width, bool blocks, struct buf *out);
/* Numbers of a spark, at most `most`; returns how many. */
size_t report_spark(const char *cell, int64_t *out, size_t most);
/* A bar of at most `width` cells for n of most, in eighths with blocks, else of '#'. */
void report_bar(double n, double most, size_t width, bool blocks, struct buf *out);

/* One cell of a heat map: " ░▒▓█", else " .+#@"; something is never drawn as nothing. */
const char *report_shade(int64_t n, int64_t most, bool blocks);

/* [from, to), instants on whole quarters of an hour. */
struct report_period { int64_t from, to; };

/* X(word, help): what parse takes besides N days ("7d"), N hours ("12h"), a day, and two days "2026-11-01..2026-11-15". */
#define REPORT_PERIODS(X)                                     \
    X("today", "since midnight")                              \
    X("yesterday", "the day before")                          \
    X("7d", "the last 7 days, today with them")               \
    X("30d", "the last 30 days, today with them")             \
    X("week", "since Monday")                                 \
    X("month", "since the first")                             \
    X("last week", "Monday to Sunday")                        \
    X("last month", "the month before")

enum { REPORT_DAYS_MOST = 400 };

/* Days begin at midnight where the reader is, be they 23, 24 or 25 hours long. A period that has not ended ends with the hour
 * that runs there. False: e says what can be written. */
bool report_period_parse(const char *text, int64_t now, const struct when_zone *zone, struct report_period *out, struct err *e);
/* What it is held against, as long: the time before a period of hours, the same hours of the days before one of
 * days, of the month before one that begins with the first and does not reach beyond the month. */
struct report_period report_period_previous(const struct report_period *p, const struct when_zone *zone);
/* "2026-11-01 to 2026-11-15", "2026-11-20", "2026-11-20 08:00 to 2026-11-20 14:00". */
void report_period_text(const struct report_period *p, const struct when_zone *zone, char *out, size_t size);

/* What a report is asked with. Texts are borrowed; "" or NULL: not limited, and the first grouping. */
struct report_ask {
    enum report report;
    struct report_period period;
    const char *by, *carrier, *kind, *brand;
    const struct when_zone *zone;
};
enum { REPORT_PARAMS = 9 };
struct report_params {
    const char *at[REPORT_PARAMS];   /* for REQ_TABLE with report_query(); points into itself and the ask's texts */
    char text[5][40], clocks[240];
};
void report_params(const struct report_ask *ask, struct report_params *out);

#endif
