/* "4h", "tomorrow 14:00", "mon": the times people type, in their own zone. */
#ifndef APP_MOMENT_H
#define APP_MOMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/when.h"

struct moment {
    int64_t at;        /* instant; WHEN_NONE with next_scan */
    bool next_scan;    /* "scan": until the next scan */
};

/* A duration from now, a clock time (today, or tomorrow when it is past), today, tomorrow or
 * a weekday with or without a time (09:00), a date with or without one, or "scan". Always
 * in the future and at most a year ahead. Clock times are by the clock on the wall of the day they are of. */
bool moment_parse(const char *s, int64_t now, const struct when_zone *zone, struct moment *out, struct err *e);

/* The same where a scan ends nothing: "scan" is refused, and not offered by the error. */
bool moment_parse_at(const char *s, int64_t now, const struct when_zone *zone, struct moment *out, struct err *e);

/* "14:00" today, "Mon 09:00" within a week, else "24 Nov 09:00", local. */
void moment_format(int64_t at, int64_t now, const struct when_zone *zone, char *out, size_t size);

#endif
