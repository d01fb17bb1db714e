#include "core/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/when.h"

#define NOW INT64_C(1800000000000)

static void pauses_double_with_full_jitter(void **state)
{
    (void)state;
    const struct retry_policy *p = retry_policy_of(CHANNEL_EMAIL);
    for (int tries = 1; tries < p->tries; tries++) {
        int64_t most = p->first_ms << (tries - 1), at;
        if (most > p->most_ms)
            most = p->most_ms;
        assert_true(retry_next(p, tries, NOW, NOW, WHEN_NONE, 0, &at));
        assert_int_equal(at, NOW + 1);                       /* from nearly nothing */
        assert_true(retry_next(p, tries, NOW, NOW, WHEN_NONE, (uint64_t)most - 1, &at));
        assert_int_equal(at, NOW + most);                    /* to all of it */
        assert_true(retry_next(p, tries, NOW, NOW, WHEN_NONE, UINT64_MAX, &at));
        assert_in_range(at - NOW, 1, (uint64_t)most);
    }
}

static void a_budget_of_tries(void **state)
{
    (void)state;
    int64_t at;
    assert_true(retry_next(retry_policy_of(CHANNEL_SMS), 7, NOW, NOW, WHEN_NONE, 5, &at));
    assert_false(retry_next(retry_policy_of(CHANNEL_SMS), 8, NOW, NOW, WHEN_NONE, 5, &at));
    assert_false(retry_next(retry_policy_of(CHANNEL_EMAIL), 9, NOW, NOW, WHEN_NONE, 5, &at));
}

static void a_budget_of_time(void **state)
{
    (void)state;
    int64_t at;
    /* an SMS is worth nothing after four hours, a mail lives a day */
    assert_true(retry_next(retry_policy_of(CHANNEL_SMS), 2, NOW - 3 * WHEN_HOUR, NOW, WHEN_NONE, 5, &at));
    assert_false(retry_next(retry_policy_of(CHANNEL_SMS), 2, NOW - 4 * WHEN_HOUR, NOW, WHEN_NONE, 5, &at));
    assert_true(retry_next(retry_policy_of(CHANNEL_EMAIL), 2, NOW - 5 * WHEN_HOUR, NOW, WHEN_NONE, 5, &at));
    assert_false(retry_next(retry_policy_of(CHANNEL_EMAIL), 2, NOW - 24 * WHEN_HOUR, NOW, WHEN_NONE, 5, &at));
    /* never refused before: the time begins now */
    assert_true(retry_next(retry_policy_of(CHANNEL_SMS), 1, WHEN_NONE, NOW, WHEN_NONE, 5, &at));
}

static void what_the_provider_asked_for(void **state)
{
    (void)state;
    const struct retry_policy *p = retry_policy_of(CHANNEL_WHATSAPP);
    int64_t at;
    assert_true(retry_next(p, 1, NOW, NOW, NOW + 90000, 7, &at));
    assert_int_equal(at, NOW + 90000);
    assert_true(retry_next(p, 1, NOW, NOW, NOW - 5, 7, &at));     /* in the past */
    assert_int_equal(at, NOW + 8);
    assert_false(retry_next(p, 1, NOW, NOW, NOW + 5 * WHEN_HOUR, 7, &at));   /* too late to be worth it */
}

static void says_why_it_gave_up(void **state)
{
    (void)state;
    char text[200];
    retry_gave_up(8, NOW - 3 * WHEN_HOUR - 12 * WHEN_MINUTE, NOW, "twilio is overloaded", text, sizeof text);
    assert_string_equal(text, "Given up after 8 tries in 3h12m: twilio is overloaded");
    retry_gave_up(1, WHEN_NONE, NOW, "twilio is overloaded", text, sizeof text);
    assert_string_equal(text, "Given up, the next try would be too late: twilio is overloaded");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses_double_with_full_jitter), cmocka_unit_test(a_budget_of_tries), cmocka_unit_test(a_budget_of_time),
        cmocka_unit_test(what_the_provider_asked_for), cmocka_unit_test(says_why_it_gave_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
