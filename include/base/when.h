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

#endif
