#include "cli/queue_rows.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/when.h"

/* Name, type, narrowest width in a table (0: not shown there). */
static const struct column queue_columns[] = {
    {"id", COLUMN_NUMBER, 2},
    {"kind", COLUMN_TEXT, 4},
    {"severity", COLUMN_TEXT, 8},
    {"state", COLUMN_TEXT, 5},
    {"carrier", COLUMN_TEXT, 7},
    {"tracking_number", COLUMN_TEXT, 15},
    {"order_number", COLUMN_TEXT, 12},
    {"customer", COLUMN_TEXT, 8},
    {"tier", COLUMN_TEXT, 4},
    {"language", COLUMN_TEXT, 0},
    {"country", COLUMN_TEXT, 0},
    {"region", COLUMN_TEXT, 6},
    {"city", COLUMN_TEXT, 0},
    {"brand", COLUMN_TEXT, 0},
    {"owner", COLUMN_TEXT, 5},
    {"opened_at", COLUMN_WHEN, 0},
    {"due_at", COLUMN_WHEN, 6},
    {"first_response_due_at", COLUMN_WHEN, 0},
    {"resolve_due_at", COLUMN_WHEN, 0},
    {"first_response_at", COLUMN_WHEN, 0},
    {"last_scan_at", COLUMN_WHEN, 0},
    {"promised_at", COLUMN_WHEN, 0},
    {"wake_at", COLUMN_WHEN, 0},
    {"resolved_at", COLUMN_WHEN, 0},
    {"effective_status", COLUMN_TEXT, 0},
    {"carrier_status", COLUMN_TEXT, 0},
    {"reason", COLUMN_TEXT, 6},
    {"tags", COLUMN_TEXT, 0},
    {"outage", COLUMN_NUMBER, 0},
};
#define QUEUE_COLUMNS (int)(sizeof queue_columns / sizeof queue_columns[0])

struct printer *queue_rows_begin(enum format f) { return print_begin(stdout, f, queue_columns, QUEUE_COLUMNS); }

static const char *or_null(const char *s) { return *s ? s : NULL; }

void queue_rows_print(struct printer *p, const struct queue_row *r)
{
    const int64_t times[] = {r->opened_at, r->due_at, r->first_response_due_at, r->resolve_due_at, r->first_response_at,
                             r->last_scan_at, r->promised_at, r->wake_at, r->resolved_at};
    enum { TIMES = sizeof times / sizeof times[0] };
    char id[24], outage[16], text[TIMES][40];
    const char *when[TIMES];
    snprintf(id, sizeof id, "%" PRId64, r->id);
    snprintf(outage, sizeof outage, "%" PRId32, r->outage);
    for (int i = 0; i < TIMES; i++) {
        when[i] = times[i] == WHEN_NONE ? NULL : text[i];
        if (when[i])
            when_format_utc(times[i], text[i], sizeof text[i]);
    }
    const char *cells[] = {
        id, kind_name(r->kind), severity_name(r->severity), state_name(r->state), or_null(r->carrier),
        or_null(r->tracking_number), or_null(r->order_number), or_null(r->customer), or_null(r->tier),
        or_null(r->language), or_null(r->country), or_null(r->region), or_null(r->city), or_null(r->brand),
        or_null(r->owner), when[0], when[1], when[2], when[3], when[4], when[5], when[6], when[7], when[8],
        status_name(r->effective_status), status_name(r->carrier_status), or_null(r->reason),
        or_null(r->tags), r->outage ? outage : NULL,
    };
    _Static_assert(sizeof cells / sizeof cells[0] == QUEUE_COLUMNS, "a cell a column");
    print_row(p, cells);
}
