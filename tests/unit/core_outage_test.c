#include "core/outage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *spark(const int32_t *n, int count, bool ascii)
{
    static char out[128];
    memset(out, 'x', sizeof out);
    outage_spark(n, count, ascii, out, sizeof out);
    return out;
}

static void heights(void **state)
{
    (void)state;
    static const int32_t up[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    assert_string_equal(spark(up, 9, false), " ▁▂▃▄▅▆▇█");
    static const int32_t signs[] = {0, 1, 2, 3, 4, 5, 6, 7};
    assert_string_equal(spark(signs, 8, true), " .:-=+*#");
    static const int32_t large[] = {0, 1, 1000000, 2000000000};
    assert_string_equal(spark(large, 4, false), " ▁▁█");
}

static void few_are_no_spike(void **state)
{
    (void)state;
    static const int32_t one[] = {0, 1, 0};
    assert_string_equal(spark(one, 3, false), " ▂ ");
    assert_string_equal(spark(one, 3, true), " : ");
    static const int32_t none[] = {0, 0, -3};
    assert_string_equal(spark(none, 3, false), "   ");
}

static void room(void **state)
{
    (void)state;
    static const int32_t full[] = {9, 9, 9, 9};
    char small[8] = "xxxxxxx";
    outage_spark(full, 4, false, small, sizeof small);
    assert_string_equal(small, "██");
    char least[1] = "x";
    outage_spark(full, 4, true, least, 1);
    assert_string_equal(least, "");
    outage_spark(full, 4, true, least, 0);
    assert_string_equal(spark(full, 0, true), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(heights), cmocka_unit_test(few_are_no_spike), cmocka_unit_test(room)};
    return cmocka_run_group_tests_name("core/outage", tests, NULL, NULL);
}
