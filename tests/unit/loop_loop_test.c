/* The poll loop: timers in order, descriptors, signals, and no wake-up without a reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "loop/loop.h"

struct seen { char order[32]; size_t n; struct loop *l; struct loop_timer *other; };
struct named { struct seen *seen; char name; };

static void note(void *ctx)
{
    struct named *n = ctx;
    n->seen->order[n->seen->n++] = n->name;
}

static void timers_run_in_order(void **state)
{
    (void)state;
    struct loop *l = loop_create();
    struct seen seen = { .n = 0 };
    static const int delay[] = { 5, 1, 4, 2, 3, 0, 9, 8 };
    struct loop_timer t[8];
    struct named name[8];
    int64_t now = loop_now();
    for (int i = 0; i < 8; i++) {
        name[i] = (struct named){ &seen, (char)('a' + delay[i]) };
        loop_timer_init(&t[i], note, &name[i]);
        loop_arm(l, &t[i], now + delay[i]);
    }
    loop_disarm(l, &t[2]);                 /* e never runs */
    loop_arm(l, &t[6], now);               /* j, moved to the front with f */
    loop_arm(l, &t[5], now + 20);          /* a, moved to the end */
    while (t[5].slot >= 0)
        loop_step(l, 1000);
    assert_string_equal(seen.order, "jbcdfia");
    assert_true(loop_now() >= now + 20);
    assert_true(t[2].at == INT64_MAX);
    loop_destroy(l);
}

static void rearm_at_once(void *ctx)
{
    struct seen *s = ctx;
    s->n++;
    loop_arm(s->l, s->other, loop_now());
}

static void a_timer_that_rearms_itself_runs_once_a_step(void **state)
{
    (void)state;
    struct loop *l = loop_create();
    struct loop_timer t;
    struct seen seen = { .l = l, .other = &t };
    loop_timer_init(&t, rearm_at_once, &seen);
    loop_arm(l, &t, loop_now());
    assert_int_equal(loop_step(l, 0), 1);
    assert_int_equal(loop_step(l, 0), 1);
    assert_int_equal(seen.n, 2);
    loop_destroy(l);
}

static void steal(void *ctx, int fd, unsigned events)
{
    struct seen *s = ctx;
    char c;
    assert_true(events & LOOP_READ);
    assert_int_equal(read(fd, &c, 1), 1);
    s->order[s->n++] = c;
}

static void descriptors_are_told_and_forgotten(void **state)
{
    (void)state;
    struct loop *l = loop_create();
    struct seen seen = { .n = 0 };
    int p[2];
    assert_int_equal(pipe(p), 0);
    loop_watch(l, p[0], LOOP_READ, steal, &seen);
    assert_int_equal(loop_step(l, 0), 0);
    assert_int_equal(write(p[1], "xy", 2), 2);
    assert_int_equal(loop_step(l, 1000), 1);
    loop_watch(l, p[0], 0, NULL, NULL);
    assert_int_equal(loop_step(l, 0), 0);
    loop_watch(l, p[0], LOOP_READ, steal, &seen);
    assert_int_equal(loop_step(l, 1000), 1);
    assert_string_equal(seen.order, "xy");
    close(p[0]);
    close(p[1]);
    loop_destroy(l);
}

struct pair { struct loop *l; int fd[2]; int ran; };

static void drop_the_other(void *ctx, int fd, unsigned events)
{
    struct pair *p = ctx;
    (void)events;
    p->ran++;
    loop_watch(p->l, p->fd[fd == p->fd[0]], 0, NULL, NULL);
}

static void a_callback_may_take_another_watch_away(void **state)
{
    (void)state;
    struct pair p = { .l = loop_create() };
    int a[2], b[2];
    assert_int_equal(pipe(a) | pipe(b), 0);
    p.fd[0] = a[0];
    p.fd[1] = b[0];
    loop_watch(p.l, a[0], LOOP_READ, drop_the_other, &p);
    loop_watch(p.l, b[0], LOOP_READ, drop_the_other, &p);
    assert_int_equal(write(a[1], "x", 1) + write(b[1], "x", 1), 2);
    assert_int_equal(loop_step(p.l, 1000), 1);
    assert_int_equal(p.ran, 1);
    close(a[0]); close(a[1]); close(b[0]); close(b[1]);
    loop_destroy(p.l);
}

static void hangup(void *ctx, int fd, unsigned events)
{
    struct seen *s = ctx;
    (void)fd;
    s->n++;
    assert_true(events & LOOP_ERROR);
    loop_watch(s->l, fd, 0, NULL, NULL);
}

static void a_hangup_is_an_event(void **state)
{
    (void)state;
    struct loop *l = loop_create();
    struct seen seen = { .l = l };
    int p[2];
    assert_int_equal(pipe(p), 0);
    loop_watch(l, p[0], LOOP_READ, hangup, &seen);
    close(p[1]);
    assert_int_equal(loop_step(l, 1000), 1);
    assert_int_equal(seen.n, 1);
    close(p[0]);
    loop_destroy(l);
}

static void on_usr1(void *ctx, int signo)
{
    assert_int_equal(signo, SIGUSR1);
    ++*(int *)ctx;
}

static void signals_arrive_on_the_loop(void **state)
{
    (void)state;
    struct loop *l = loop_create();
    int got = 0;
    loop_signal(l, SIGUSR1, on_usr1, &got);
    raise(SIGUSR1);
    raise(SIGUSR1);
    assert_int_equal(got, 0);
    for (int i = 0; i < 10 && !got; i++)   /* the first poll may be interrupted */
        loop_step(l, 1000);
    assert_int_equal(got, 1);
    loop_destroy(l);
}

static void an_idle_loop_sleeps(void **state)
{
    (void)state;
    struct loop *l = loop_create();
    int64_t before = loop_now();
    assert_int_equal(loop_step(l, 30), 0);
    assert_true(loop_now() - before >= 29);
    loop_destroy(l);
}

static void offsets_follow_the_zone(void **state)
{
    (void)state;
    static const struct { const char *tz; int64_t at; int32_t offset; } t[] = {
        { "UTC0", 0, 0 },
        { "CST6CDT,M3.2.0,M11.1.0", INT64_C(1795305600000), -6 * 3600 },  /* 2026-11-22 */
        { "CST6CDT,M3.2.0,M11.1.0", INT64_C(1783036800000), -5 * 3600 },  /* 2026-07-03 */
        { "IST-5:30", 0, 19800 },
    };
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        setenv("TZ", t[i].tz, 1);
        tzset();
        assert_int_equal(when_offset(loop_zone(t[i].at), t[i].at), t[i].offset);
    }
}

/* Somebody else's clock, and what passes. */
static void the_wall_clock_may_be_anothers(void **state)
{
    (void)state;
    int64_t before = loop_passed();
    loop_wall_is(INT64_C(1000));
    int64_t wall = loop_wall();
    assert_in_range(wall, 1000, 1000 + loop_passed() - before);
    loop_wall_is(WHEN_NONE);
    assert_true(loop_wall() > INT64_C(1600000000000));
}

/* The changes of some three years, and the same all week. */
static void zones_know_their_changes(void **state)
{
    (void)state;
    setenv("TZ", "CST6CDT,M3.2.0,M11.1.0", 1);
    tzset();
    struct when_zone z = *loop_zone(INT64_C(1795305600000));     /* 2026-11-22 */
    assert_true(z.count >= 6);
    bool found = false;
    for (int i = 0; i < z.count; i++)
        found |= z.from[i] == INT64_C(1793516400000) && z.offset[i] == -18000 && z.offset[i + 1] == -21600;
    assert_true(found);
    assert_int_equal(when_offset(&z, INT64_C(1783036800000)), -18000);
    assert_int_equal(when_offset(&z, INT64_C(1811894400000)), -18000);     /* 2027-06-02 */
    assert_true(when_zone_equal(&z, loop_zone(INT64_C(1795305600000) + WHEN_HOUR)));
    setenv("TZ", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 1);               /* Lord Howe */
    tzset();
    z = *loop_zone(INT64_C(1791000000000));
    assert_int_equal(when_offset(&z, INT64_C(1791041399000)), 37800);
    assert_int_equal(when_offset(&z, INT64_C(1791041400000)), 39600);
    setenv("TZ", "UTC0", 1);
    tzset();
    assert_int_equal(loop_zone(0)->count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_run_in_order),
        cmocka_unit_test(a_timer_that_rearms_itself_runs_once_a_step),
        cmocka_unit_test(descriptors_are_told_and_forgotten),
        cmocka_unit_test(a_callback_may_take_another_watch_away),
        cmocka_unit_test(a_hangup_is_an_event),
        cmocka_unit_test(signals_arrive_on_the_loop),
        cmocka_unit_test(an_idle_loop_sleeps),
        cmocka_unit_test(offsets_follow_the_zone),
        cmocka_unit_test(the_wall_clock_may_be_anothers), cmocka_unit_test(zones_know_their_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
