#include "base/when.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Days since 1970-01-01 of a date, counting years from 1 March so that the leap day
 * comes last; 400 years are 146097 days. */
static int64_t days_from_date(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void date_from_days(int64_t days, struct when_civil *out)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t month = (5 * doy + 2) / 153;
    out->day = (int)(doy - (153 * month + 2) / 5 + 1);
    out->month = (int)(month < 10 ? month + 3 : month - 9);
    out->year = (int)(yoe + era * 400 + (out->month <= 2));
}

int64_t when_from_civil(const struct when_civil *c)
{
    return days_from_date(c->year, c->month, c->day) * WHEN_DAY + c->hour * WHEN_HOUR + c->minute * WHEN_MINUTE +
           c->second * WHEN_SECOND + c->millisecond;
}

void when_to_civil(int64_t at, struct when_civil *out)
{
    int64_t days = at / WHEN_DAY;
    int64_t rest = at % WHEN_DAY;
    if (rest < 0) {
        rest += WHEN_DAY;
        days--;
    }
    date_from_days(days, out);
    out->hour = (int)(rest / WHEN_HOUR);
    out->minute = (int)(rest / WHEN_MINUTE % 60);
    out->second = (int)(rest / WHEN_SECOND % 60);
    out->millisecond = (int)(rest % WHEN_SECOND);
}

int32_t when_offset(const struct when_zone *z, int64_t at)
{
    int i = z->count;
    while (i > 0 && at < z->from[i - 1])
        i--;
    return z->offset[i];
}

bool when_zone_equal(const struct when_zone *a, const struct when_zone *b)
{
    size_t n = (size_t)a->count;
    return a->count == b->count && memcmp(a->offset, b->offset, (n + 1) * sizeof *a->offset) == 0 &&
           memcmp(a->from, b->from, n * sizeof *a->from) == 0;
}

int64_t when_local(const struct when_zone *z, int64_t at) { return at + when_offset(z, at) * WHEN_SECOND; }

int64_t when_instant(const struct when_zone *z, int64_t local)
{
    for (int i = 0; i < z->count; i++) {
        int64_t after = local - z->offset[i + 1] * WHEN_SECOND;
        if (local - z->offset[i] * WHEN_SECOND < z->from[i] || after < z->from[i])   /* before the change, or skipped by it */
            return local - z->offset[i] * WHEN_SECOND;
    }
    return local - z->offset[z->count] * WHEN_SECOND;
}

int64_t when_day_number(int64_t local) { return local / WHEN_DAY - (local % WHEN_DAY < 0); }
int64_t when_day_start(int64_t local) { return when_day_number(local) * WHEN_DAY; }

struct text {
    const char *s, *end;
};

static bool next_is(const struct text *t, const char *any)
{
    if (t->s == t->end)
        return false;
    for (; *any; any++)
        if (*t->s == *any)
            return true;
    return false;
}

static bool eat(struct text *t, const char *any)
{
    bool found = next_is(t, any);
    t->s += found;
    return found;
}

/* Exactly `digits` digits with a value of [least, most]. */
static bool digits(struct text *t, int count, int least, int most, int *out)
{
    int v = 0;
    for (int i = 0; i < count; i++, t->s++) {
        if (t->s == t->end || *t->s < '0' || *t->s > '9')
            return false;
        v = v * 10 + (*t->s - '0');
    }
    *out = v;
    return v >= least && v <= most;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

static bool read_date(struct text *t, struct when_civil *c)
{
    return digits(t, 4, 1, 9999, &c->year) && eat(t, "-") && digits(t, 2, 1, 12, &c->month) && eat(t, "-") &&
           digits(t, 2, 1, month_days(c->year, c->month), &c->day);
}

static bool read_fraction(struct text *t, struct when_civil *c)
{
    int worth = 100;
    const char *start = t->s;
    for (; t->s < t->end && *t->s >= '0' && *t->s <= '9'; t->s++, worth /= 10)
        c->millisecond += worth * (*t->s - '0');
    return t->s > start;
}

static bool read_time(struct text *t, struct when_civil *c)
{
    if (!digits(t, 2, 0, 23, &c->hour) || !eat(t, ":") || !digits(t, 2, 0, 59, &c->minute))
        return false;
    if (!eat(t, ":"))
        return true;
    if (!digits(t, 2, 0, 60, &c->second))
        return false;
    if (eat(t, ".,") && !read_fraction(t, c))
        return false;
    if (c->second == 60) {  /* a leap second: Unix time has none, so the last moment before */
        c->second = 59;
        c->millisecond = 999;
    }
    return true;
}

static bool read_zone(struct text *t, int64_t *offset)
{
    *offset = 0;
    if (eat(t, "Zz"))
        return true;
    int sign = next_is(t, "-") ? -1 : 1;
    int hour, minute = 0;
    if (!eat(t, "+-") || !digits(t, 2, 0, 23, &hour))
        return false;
    if (t->s < t->end) {
        eat(t, ":");
        if (!digits(t, 2, 0, 59, &minute))
            return false;
    }
    *offset = sign * (hour * WHEN_HOUR + minute * WHEN_MINUTE);
    return true;
}

bool when_parse(const char *s, size_t n, int64_t *out, bool *zoned)
{
    struct text t = {s, s + n};
    struct when_civil c = {0};
    int64_t offset = 0;
    bool has_zone = false;
    if (!read_date(&t, &c))
        return false;
    if (t.s < t.end) {
        if (!eat(&t, "Tt ") || !read_time(&t, &c))
            return false;
        has_zone = t.s < t.end;
        if (has_zone && !read_zone(&t, &offset))
            return false;
    }
    if (t.s < t.end)
        return false;
    *out = when_from_civil(&c) - offset;
    when_to_civil(*out, &c);
    if (c.year < 1 || c.year > 9999)       /* the zone took it out of the years there are */
        return false;
    if (zoned)
        *zoned = has_zone;
    return true;
}

void when_format_utc(int64_t at, char *out, size_t size)
{
    struct when_civil c;
    if (at == WHEN_NONE) {
        snprintf(out, size, "%s", "");
        return;
    }
    when_to_civil(at, &c);
    int n = snprintf(out, size, "%04d-%02d-%02dT%02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute, c.second);
    if (n < 0 || (size_t)n >= size)
        return;
    if (c.millisecond)
        snprintf(out + n, size - (size_t)n, ".%03dZ", c.millisecond);
    else
        snprintf(out + n, size - (size_t)n, "Z");
}

static const struct { char letter; int64_t worth; } units[] = {
    {'w', 7 * WHEN_DAY}, {'d', WHEN_DAY}, {'h', WHEN_HOUR}, {'m', WHEN_MINUTE}, {'s', WHEN_SECOND},
};
enum { UNITS = sizeof units / sizeof *units };

bool when_parse_duration(const char *s, size_t n, int64_t *out_ms)
{
    struct text t = {s, s + n};
    int64_t sum = 0;
    size_t unit = 0;  /* largest first, each once: "1h30m", not "30m1h" */
    if (!n)
        return false;
    while (t.s < t.end) {
        int64_t v = 0;
        const char *start = t.s;
        for (; t.s < t.end && *t.s >= '0' && *t.s <= '9'; t.s++)
            if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *t.s - '0', &v))
                return false;
        if (t.s == start || t.s == t.end)
            return false;
        while (unit < UNITS && units[unit].letter != *t.s)
            unit++;
        if (unit == UNITS || __builtin_mul_overflow(v, units[unit].worth, &v) || __builtin_add_overflow(sum, v, &sum))
            return false;
        unit++;
        t.s++;
    }
    *out_ms = sum;
    return true;
}

void when_format_span(int64_t ms, char *out, size_t size)
{
    int64_t minutes = ms / WHEN_MINUTE, hours = ms / WHEN_HOUR, days = ms / WHEN_DAY;
    long long major, minor = 0;
    char big, small = 0;
    if (minutes < 1) {
        snprintf(out, size, "now");
        return;
    }
    if (hours < 1)
        major = minutes, big = 'm';
    else if (hours < 10)
        major = hours, big = 'h', minor = minutes % 60, small = 'm';
    else if (days < 1)
        major = hours, big = 'h';
    else if (days < 10)
        major = days, big = 'd', minor = hours % 24, small = 'h';
    else if (days < 35)
        major = days, big = 'd';
    else
        major = days / 7 < 99999 ? days / 7 : 99999, big = 'w';
    if (minor)
        snprintf(out, size, "%lld%c%lld%c", major, big, minor, small);
    else
        snprintf(out, size, "%lld%c", major, big);
}

void when_format_apart(int64_t ms, char *out, size_t size)
{
    int64_t by = ms < 0 ? -ms : ms, seconds = (by + WHEN_SECOND / 2) / WHEN_SECOND;
    if (seconds < 60)
        snprintf(out, size, "%" PRId64 " s", seconds);
    else
        when_format_span(by + WHEN_MINUTE / 2, out, size);
}
