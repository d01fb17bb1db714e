/* buf and vec: what holds other things. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/vec.h"

static void a_buffer_grows_and_is_always_terminated(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, 0);
    assert_string_equal(buf_str(&b), "");
    buf_puts(&b, NULL);
    for (int i = 0; i < 1000; i++) {
        buf_printf(&b, "%03d", i);
        assert_int_equal(b.len, (i + 1) * 3);
        assert_int_equal(b.data[b.len], '\0');
    }
    assert_int_equal(strncmp(buf_str(&b), "000001002", 9), 0);
    assert_string_equal(buf_str(&b) + 2994, "998999");
    assert_false(b.full);
    buf_cut(&b, 3);
    buf_cut(&b, 10);
    buf_putc(&b, 'x');
    assert_string_equal(buf_str(&b), "000x");
    buf_reset(&b);
    assert_string_equal(buf_str(&b), "");
    buf_add(&b, "a\0b", 3);
    assert_int_equal(b.len, 3);
    char *taken = buf_take(&b);
    assert_memory_equal(taken, "a\0b", 4);
    assert_int_equal(b.len, 0);
    free(taken);
    buf_finish(&b);
}

static void a_ceiling_cuts_and_says_so(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, 8);
    buf_puts(&b, "12345678");
    assert_false(b.full);
    buf_putc(&b, '9');
    assert_true(b.full);
    assert_string_equal(buf_str(&b), "12345678");
    buf_reset(&b);
    assert_false(b.full);
    buf_puts(&b, "12");
    buf_printf(&b, "%s-%d", "abc", 12345);
    assert_true(b.full);
    assert_string_equal(buf_str(&b), "12abc-12");
    char *taken = buf_take(&b);
    free(taken);
    buf_puts(&b, "123456789");
    assert_string_equal(buf_str(&b), "12345678");
    buf_finish(&b);
}

static void an_empty_buffer_can_be_taken(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, 4);
    char *taken = buf_take(&b);
    assert_string_equal(taken, "");
    free(taken);
    buf_finish(&b);
}

static void an_array_grows_with_zeroed_elements(void **state)
{
    struct { int64_t id; char name[24]; } *one;
    VEC(__typeof__(*one)) rows = {0};
    (void)state;
    for (int i = 0; i < 100; i++) {
        one = vec_push(&rows);
        assert_int_equal(one->id, 0);
        assert_int_equal(one->name[0], 0);
        one->id = i;
        memset(one->name, 'x', sizeof one->name);
    }
    assert_int_equal(rows.len, 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(rows.at[i].id, i);
    vec_finish(&rows);
    assert_null(rows.at);
    assert_int_equal(rows.len + rows.cap, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_buffer_grows_and_is_always_terminated),
        cmocka_unit_test(a_ceiling_cuts_and_says_so),
        cmocka_unit_test(an_empty_buffer_can_be_taken),
        cmocka_unit_test(an_array_grows_with_zeroed_elements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
