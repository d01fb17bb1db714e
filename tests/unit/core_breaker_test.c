#include "core/breaker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void fail_times(struct breaker *b, int n, int64_t now)
{
    for (int i = 0; i < n; i++) {
        breaker_start(b, now);
        breaker_end(b, true, now);
    }
}

static void opens_after_troubles_in_a_row(void **state)
{
    (void)state;
    struct breaker b = {0};
    fail_times(&b, BREAKER_TROUBLES - 1, 1000);
    assert_int_equal(breaker_room(&b, 1000), INT32_MAX);
    assert_false(breaker_end(&b, false, 1000));        /* one that went well begins the row anew */
    fail_times(&b, BREAKER_TROUBLES - 1, 1000);
    assert_false(breaker_is_open(&b));
    assert_true(breaker_end(&b, true, 1000));
    assert_true(breaker_is_open(&b));
    assert_int_equal(breaker_room(&b, 1000 + BREAKER_FIRST_MS - 1), 0);
}

static void lets_one_through_to_see(void **state)
{
    (void)state;
    struct breaker b = {0};
    fail_times(&b, BREAKER_TROUBLES, 0);
    int64_t now = BREAKER_FIRST_MS;
    assert_int_equal(breaker_room(&b, now), 1);
    breaker_start(&b, now);
    assert_int_equal(breaker_room(&b, now), 0);
    assert_true(breaker_end(&b, false, now));
    assert_false(breaker_is_open(&b));
    assert_int_equal(breaker_room(&b, now), INT32_MAX);
    /* given back without an answer: another one may go */
    fail_times(&b, BREAKER_TROUBLES, now);
    now += BREAKER_FIRST_MS;
    breaker_start(&b, now);
    breaker_unstart(&b);
    assert_int_equal(breaker_room(&b, now), 1);
}

static void waits_twice_as_long_each_time(void **state)
{
    (void)state;
    struct breaker b = {0};
    int64_t now = 0, wait = BREAKER_FIRST_MS;
    fail_times(&b, BREAKER_TROUBLES, now);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(b.until - now, wait);
        now = b.until;
        assert_int_equal(breaker_room(&b, now), 1);
        fail_times(&b, 1, now);
        wait = wait * 2 > BREAKER_MOST_MS ? BREAKER_MOST_MS : wait * 2;
    }
    assert_int_equal(wait, BREAKER_MOST_MS);
}

static void late_answers_do_not_prolong_it(void **state)
{
    (void)state;
    struct breaker b = {0};
    for (int i = 0; i < 8; i++)
        breaker_start(&b, 0);
    for (int i = 0; i < 8; i++)
        breaker_end(&b, true, i);
    assert_int_equal(b.until, BREAKER_TROUBLES - 1 + BREAKER_FIRST_MS);
    assert_true(breaker_end(&b, false, 9));            /* but a good one closes it */
    assert_false(breaker_is_open(&b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_after_troubles_in_a_row), cmocka_unit_test(lets_one_through_to_see),
        cmocka_unit_test(waits_twice_as_long_each_time), cmocka_unit_test(late_answers_do_not_prolong_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
