#include "app/moment.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/when.h"

enum { MORNING = 9 * 60 };   /* a day without a time means when work begins */

static const char *const weekdays[] = {"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};
static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* 1970-01-01 was a Thursday. */
static int weekday(int64_t local) { return (int)((when_day_number(local) % 7 + 11) % 7); }

/* "9", "9:30", "09:00" -> minutes of the day; -1: not a time. */
static int parse_clock(const char *s, size_t n, bool bare_hour)
{
    int hour = 0, minute = 0;
    size_t i = 0, digits = 0;
    for (; i < n && s[i] >= '0' && s[i] <= '9' && i < 2; i++, digits++)
        hour = hour * 10 + s[i] - '0';
    if (!digits || hour > 23)
        return -1;
    if (i == n)
        return bare_hour ? hour * 60 : -1;
    if (s[i++] != ':' || n - i != 2)
        return -1;
    for (; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return -1;
        minute = minute * 10 + s[i] - '0';
    }
    return minute > 59 ? -1 : hour * 60 + minute;
}

/* Days from today of a word for a day; -1: no such word. */
static int parse_day(const char *s, size_t n, int64_t local)
{
    if (n == 5 && strncasecmp(s, "today", n) == 0)
        return 0;
    if (n >= 3 && n <= 8 && strncasecmp(s, "tomorrow", n) == 0)
        return 1;
    for (int d = 0; d < 7; d++)
        if (n >= 3 && n <= strlen(weekdays[d]) && strncasecmp(s, weekdays[d], n) == 0)
            return (d - weekday(local) + 7) % 7;
    return -1;
}

/* A day's word with or without a time, or a time alone. Local in, local out. */
static bool parse_words(const char *s, size_t n, int64_t local, int64_t *out)
{
    size_t first = strcspn(s, " ");
    first = first > n ? n : first;
    int minute = parse_clock(s, first, false), days = 0;
    bool named = minute < 0;
    if (named) {
        days = parse_day(s, first, local);
        size_t rest = first;
        while (rest < n && s[rest] == ' ')
            rest++;
        minute = rest < n ? parse_clock(s + rest, n - rest, true) : MORNING;
        if (days < 0)
            return false;
    } else if (first < n) {
        return false;
    }
    if (minute < 0)
        return false;
    *out = when_day_start(local) + days * WHEN_DAY + minute * WHEN_MINUTE;
    bool weekday_word = named && days == 0 && strncasecmp(s, "today", 5) != 0;
    if (*out <= local && (!named || weekday_word))
        *out += named ? 7 * WHEN_DAY : WHEN_DAY;
    return true;
}

static bool parse_date(const char *s, size_t n, const struct when_zone *zone, int64_t *out)
{
    bool zoned = false;
    if (!when_parse(s, n, out, &zoned))
        return false;
    if (!zoned)
        *out = when_instant(zone, *out + (n <= 10 ? MORNING * WHEN_MINUTE : 0));
    return true;
}

static bool parse(const char *s, int64_t now, const struct when_zone *zone, bool scan, struct moment *out, struct err *e)
{
    int64_t span, at, local = when_local(zone, now);
    while (*s == ' ')
        s++;
    size_t n = strlen(s);
    while (n && s[n - 1] == ' ')
        n--;
    *out = (struct moment){.at = WHEN_NONE};
    if (scan && n == 4 && strncasecmp(s, "scan", n) == 0) {
        out->next_scan = true;
        return true;
    }
    if (n && when_parse_duration(s, n, &span)) {
        if (span > 366 * WHEN_DAY)
            return err_set(e, ERR_INPUT, NULL, "at most a year ahead");
        at = now + span;
    } else if (n && parse_words(s, n, local, &at)) {
        local = at;
        at = when_instant(zone, local);
        if (at <= now && when_local(zone, local - when_offset(zone, now) * WHEN_SECOND) == local)
            at = local - when_offset(zone, now) * WHEN_SECOND;     /* clocks were put back: it shows that a second time */
    } else if (!n || !parse_date(s, n, zone, &at)) {
        return err_set(e, ERR_INPUT, NULL, "write 4h, 2d, 14:00, mon 9:00%s 2026-11-24 10:00%s", scan ? "," : " or", scan ? " or scan" : "");
    }
    if (at <= now)
        return err_set(e, ERR_INPUT, NULL, "that time is past");
    if (at - now > 366 * WHEN_DAY)
        return err_set(e, ERR_INPUT, NULL, "at most a year ahead");
    out->at = at;
    return true;
}

bool moment_parse(const char *s, int64_t now, const struct when_zone *zone, struct moment *out, struct err *e)
{
    return parse(s, now, zone, true, out, e);
}

bool moment_parse_at(const char *s, int64_t now, const struct when_zone *zone, struct moment *out, struct err *e)
{
    return parse(s, now, zone, false, out, e);
}

void moment_format(int64_t at, int64_t now, const struct when_zone *zone, char *out, size_t size)
{
    int64_t local = when_local(zone, at), here = when_local(zone, now);
    int64_t days = when_day_number(local) - when_day_number(here);
    struct when_civil c;
    when_to_civil(local, &c);
    if (days == 0)
        snprintf(out, size, "%02d:%02d", c.hour, c.minute);
    else if (days > 0 && days < 7)
        snprintf(out, size, "%c%.2s %02d:%02d", weekdays[weekday(local)][0] - 'a' + 'A',
                 weekdays[weekday(local)] + 1, c.hour, c.minute);
    else
        snprintf(out, size, "%d %s %02d:%02d", c.day, months[(c.month - 1) % 12], c.hour, c.minute);
}
