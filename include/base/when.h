/* Instants and durations as data; no clock and no time-zone database here.
 *
 * An instant is milliseconds since 1970-01-01T00:00:00Z in an int64_t named *_ms
 * or *_at; WHEN_NONE means "there is none". */
#ifndef BASE_WHEN_H
#define BASE_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WHEN_NONE INT64_MIN
#define WHEN_SECOND INT64_C(1000)
#define WHEN_MINUTE (60 * WHEN_SECOND)
#define WHEN_HOUR (60 * WHEN_MINUTE)
#define WHEN_DAY (24 * WHEN_HOUR)

struct when_civil {
    int year, month, day;      /* month 1..12 */
    int hour, minute, second, millisecond;
};

/* The clocks of one place over some years: seconds east of UTC before the first change, and from each change on; before the
 * first and after the last as then. All zero is UTC; .offset = {s} a place that changes nothing. */
enum { WHEN_CHANGES = 8 };
struct when_zone {
    int32_t offset[WHEN_CHANGES + 1];
    int count;                         /* of changes */
    int64_t from[WHEN_CHANGES];        /* ascending; offset[i + 1] holds from from[i] on */
};

int32_t when_offset(const struct when_zone *z, int64_t at);
bool when_zone_equal(const struct when_zone *a, const struct when_zone *b);

/* What the clock on the wall there shows at an instant, as if it were UTC's. */
int64_t when_local(const struct when_zone *z, int64_t at);
/* And back: when a clock there shows that. Where clocks are put back it does so twice, and the first time is meant; where they
 * are put forward, never: then so long after the change as it is after the time that was skipped to. */
int64_t when_instant(const struct when_zone *z, int64_t local);

/* Where the day that holds a local time begins; days since 1970 of it. */
int64_t when_day_start(int64_t local);
int64_t when_day_number(int64_t local);

/* Proleptic Gregorian, UTC. */
int64_t when_from_civil(const struct when_civil *c);
void when_to_civil(int64_t at, struct when_civil *out);

/* RFC 3339 and the ISO 8601 shapes carriers send: "2026-11-21", with "T" or a
 * space and a time to the minute, second or fraction, and "Z", "+01:00", "+0100",
 * "+01" or nothing (then `*zoned` is false and UTC is assumed). False: not one.
 * zoned may be NULL. Reads exactly the whole string. */
bool when_parse(const char *s, size_t n, int64_t *out, bool *zoned);

/* "2026-11-21T16:51:00Z" (millisecond part only when not zero). */
void when_format_utc(int64_t at, char *out, size_t size);

/* "30m" "24h" "3d" "2w" "90s", and sums like "1h30m" -> milliseconds. */
bool when_parse_duration(const char *s, size_t n, int64_t *out_ms);

/* At most 7 columns, for people: "now" "41m" "2h59m" "3d4h" "12d" "5w"; the sign
 * is the caller's. ms must be >= 0. */
void when_format_span(int64_t ms, char *out, size_t size);
/* The same of how far two clocks are apart, whichever is ahead: to the nearest second ("12 s") or, from a minute on, to the nearest
 * minute, for the answer that says so was itself on its way. */
void when_format_apart(int64_t ms, char *out, size_t size);

#endif
