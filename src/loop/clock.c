/* The clocks: monotonic, wall, and the local offset. */
#include "loop/loop.h"

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

int64_t loop_wall(void)
{
    return clock_ms(CLOCK_REALTIME);
}

int32_t loop_utc_offset(int64_t wall_ms)
{
    time_t t = (time_t)(wall_ms / 1000);
    struct tm tm;
    if (!localtime_r(&t, &tm))
        return 0;
    return (int32_t)tm.tm_gmtoff;
}
