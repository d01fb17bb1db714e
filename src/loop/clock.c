/* The clocks: monotonic, wall, and the local ones. */
#include "loop/loop.h"

#include <string.h>
#include <time.h>

static int64_t clock_ms(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t loop_now(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

int64_t loop_passed(void)
{
    return clock_ms(CLOCK_BOOTTIME);
}

/* What somebody who knows said the time was, and loop_passed() then. */
static int64_t told = WHEN_NONE, told_at;

int64_t loop_wall(void)
{
    return told == WHEN_NONE ? clock_ms(CLOCK_REALTIME) : told + loop_passed() - told_at;
}

void loop_wall_is(int64_t wall_ms)
{
    told = wall_ms;
    told_at = loop_passed();
}

static int32_t offset_at(int64_t wall_ms)
{
    time_t t = (time_t)(wall_ms / 1000);
    struct tm tm;
    if (!localtime_r(&t, &tm))
        return 0;
    return (int32_t)tm.tm_gmtoff;
}

/* The first second in (from, to] with the offset of `to`; there is one change between. */
static int64_t find_change(int64_t from, int64_t to)
{
    int32_t after = offset_at(to);
    while (to - from > WHEN_SECOND) {
        int64_t middle = from + (to - from) / WHEN_SECOND / 2 * WHEN_SECOND;
        if (offset_at(middle) == after)
            to = middle;
        else
            from = middle;
    }
    return to;
}

/* No place changes its clocks twice within a week. Should one change them more often than there is room for, the oldest go. */
static void find_changes(struct when_zone *z, int64_t from, int64_t to)
{
    *z = (struct when_zone){.offset = {offset_at(from)}};
    for (int64_t at = from; at < to; at += 7 * WHEN_DAY) {
        int32_t then = offset_at(at + 7 * WHEN_DAY);
        if (then == z->offset[z->count])
            continue;
        if (z->count == WHEN_CHANGES) {
            memmove(z->offset, z->offset + 1, WHEN_CHANGES * sizeof *z->offset);
            memmove(z->from, z->from + 1, (WHEN_CHANGES - 1) * sizeof *z->from);
            z->count--;
        }
        z->from[z->count] = find_change(at, at + 7 * WHEN_DAY);
        z->offset[++z->count] = then;
    }
}

const struct when_zone *loop_zone(int64_t wall_ms)
{
    static struct when_zone zone;
    static int64_t known = WHEN_NONE;          /* the hour it was found for */
    int64_t hour = wall_ms / WHEN_HOUR;
    if (hour == known)
        return &zone;
    int64_t week = wall_ms - wall_ms % (7 * WHEN_DAY);      /* the same all week: a record says what changes */
    find_changes(&zone, week - 798 * WHEN_DAY, week + 406 * WHEN_DAY);
    known = hour;
    return &zone;
}
