#include "app/clock.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app_helpers.h"

#include "app/app.h"
#include "app/control.h"
#include "app/countdown.h"

static struct rig rig;
static struct world world;
static const int64_t moves[] = {WHEN_HOUR, -WHEN_HOUR, WHEN_DAY, -WHEN_DAY, 20 * WHEN_SECOND, -20 * WHEN_SECOND};
enum { MOVES = sizeof moves / sizeof *moves };

static int live(void **state)
{
    (void)state;
    world = (struct world){.next_id = 1};
    rig_live(&rig, &world, 10);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    rig_stop(&rig);
    return 0;
}

static void undo_is_offered_as_long_as_it_is_possible(void **state)
{
    (void)state;
    for (int i = 0; i < MOVES; i++) {
        countdown_start(&rig.m, &rig.fx, "SMS to Rosa", false, rig.now + 10 * WHEN_SECOND);
        rig_drain(&rig);
        rig_pass(&rig, 3 * WHEN_SECOND);
        rig_put_clock(&rig, moves[i]);
        rig_pass(&rig, 6 * WHEN_SECOND);
        rig_settle(&rig, &world);
        assert_true(countdown_runs(&rig.m));
        assert_int_equal((rig.m.countdown.until - rig.now + 999) / 1000, 1);
        rig_pass(&rig, 1500);
        assert_false(countdown_runs(&rig.m));
        assert_string_equal(rig.m.toast, "SMS to Rosa is on its way");
        rig_pass(&rig, 5500);
        assert_string_equal(rig.m.toast, "");
    }
}

/* The clock on the screen goes on each minute, and with it the counters are read. */
static void minutes_go_on(void **state)
{
    (void)state;
    for (int i = 0; i < MOVES; i++) {
        rig_pass(&rig, 90 * WHEN_SECOND);
        rig_settle(&rig, &world);
        rig_put_clock(&rig, moves[i]);
        int64_t at = rig.now;
        for (int minute = 0; minute < 3; minute++) {
            int64_t before = rig.m.counts_asked_at;
            rig_pass(&rig, 90 * WHEN_SECOND);
            assert_true(rig.timers[TIMER_CLOCK] > rig.now && rig.timers[TIMER_CLOCK] <= rig.now + WHEN_MINUTE);    /* though nobody did anything */
            rig_settle(&rig, &world);
            assert_true(rig.m.counts_asked_at > at + minute * 90 * WHEN_SECOND && rig.m.counts_asked_at != before);
        }
    }
}

/* A hint is read as soon as ever, and what is old stays as old as it is. */
static void what_comes_is_read_and_ages_stay(void **state)
{
    (void)state;
    for (int i = 0; i < MOVES; i++) {
        rig_keys(&rig, "j");
        rig_pass(&rig, 10 * WHEN_SECOND);
        rig_settle(&rig, &world);
        int64_t age = rig.now - rig.m.queue.read_at, told = rig.now - rig.m.key_at;
        rig.m.touched_many = true;
        rig_put_clock(&rig, moves[i]);
        rig_send(&rig, (struct msg){.kind = MSG_RESIZE, .rows = 36, .cols = 120});
        assert_int_equal(rig.now - rig.m.key_at, told);
        assert_true(rig.now - rig.m.queue.read_at == age || rig.m.queue.read_at == rig.now);
        rig_pass(&rig, 2 * WHEN_SECOND);
        assert_true(rig_count(&rig, REQ_PAGE) == 1 && !rig.m.touched_many);
        rig_settle(&rig, &world);
        assert_true(rig.now >= rig.m.queue.read_at && rig.now - rig.m.queue.read_at <= 2 * WHEN_SECOND);
        assert_false(control_old(&rig.m));
    }
}

/* Who types on and on is kept every few seconds all the same. */
static void what_is_typed_is_kept_as_soon_as_ever(void **state)
{
    (void)state;
    for (int i = 0; i < MOVES; i++) {
        rig_keys(&rig, "nhe");
        rig_settle(&rig, &world);
        rig_put_clock(&rig, moves[i]);
        for (int tenths = 0; tenths < 60; tenths += 3) {
            rig_pass(&rig, 300);
            rig_keys(&rig, "x");
        }
        assert_int_equal(rig_count(&rig, REQ_TYPED_SAVE), 1);
        rig_keys(&rig, "<Esc>");
        rig_settle(&rig, &world);
    }
}

static void a_clock_that_is_wrong_is_told(void **state)
{
    (void)state;
    struct reply hello = {.kind = REQ_HELLO, .ok = true};
    static const struct { int64_t ahead; const char *toast; } t[] = {
        {50 * WHEN_SECOND, ""}, {-50 * WHEN_SECOND, ""},
        {WHEN_HOUR, "the clock here is 1h ahead of the database's: every time on this screen is the database's"},
        {-WHEN_HOUR + 40, "the clock here is 1h behind the database's: every time on this screen is the database's"},     /* the answer's way */
        {-90 * WHEN_MINUTE, "the clock here is 1h30m behind the database's: every time on this screen is the database's"},
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct reply r = hello;
        rig_link(&rig, LINK_CONNECTING, NULL);
        rig_link(&rig, LINK_LIVE, NULL);
        r.number = rig.sent[rig_find(&rig, REQ_HELLO)].number;
        r.hello = rig.m.hello;
        r.hello.now = rig.now - t[i].ahead;
        struct request q = rig_take(&rig, rig_find(&rig, REQ_HELLO));
        rig.m.toast[0] = '\0';
        rig_reply(&rig, &r);
        request_finish(&q);
        assert_string_equal(rig.m.toast, t[i].toast);
        rig_settle(&rig, &world);
    }
}

#define LIVE(f) cmocka_unit_test_setup_teardown(f, live, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE(undo_is_offered_as_long_as_it_is_possible), LIVE(minutes_go_on), LIVE(what_comes_is_read_and_ages_stay),
        LIVE(what_is_typed_is_kept_as_soon_as_ever), LIVE(a_clock_that_is_wrong_is_told),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
