/* The sample world: the same every time, readable, and numbered as the carriers would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/when.h"
#include "run/world.h"

#define SEED 48121
#define NOW INT64_C(1795307000000)

static void same_twice(void **state)
{
    (void)state;
    struct buf a, b;
    struct world w;
    buf_init(&a, 0);
    buf_init(&b, 0);
    world_init(&w, SEED, NOW, 1750);
    for (int64_t n = 0; n < 200; n++)
        world_parcel(&w, n, &a);
    for (int64_t n = 0; n < 200; n++)
        world_parcel(&w, n, &b);
    assert_string_equal(buf_str(&a), buf_str(&b));
    buf_reset(&b);
    world_init(&w, SEED + 1, NOW, 1750);
    for (int64_t n = 0; n < 200; n++)
        world_parcel(&w, n, &b);
    assert_string_not_equal(buf_str(&a), buf_str(&b));
    buf_finish(&a);
    buf_finish(&b);
}

static void check_instant(const char *text, int64_t latest)
{
    int64_t at;
    assert_non_null(text);
    assert_true(when_parse(text, strlen(text), &at, NULL));
    assert_true(at <= latest && at > latest - 30 * WHEN_DAY);
}

/* One line: an order first, then scans of its parcel, none from the future. */
static void check_line(const char *line, size_t n, char *tracking, size_t size, int64_t latest)
{
    json_error_t why;
    json_t *d = json_loadb(line, n, 0, &why);
    assert_non_null(d);
    if (strcmp(json_string_value(json_object_get(d, "type")), "order") == 0) {
        json_t *s = json_array_get(json_object_get(d, "shipments"), 0);
        snprintf(tracking, size, "%s", json_string_value(json_object_get(s, "tracking_number")));
        check_instant(json_string_value(json_object_get(d, "placed_at")), latest);
    } else {
        assert_string_equal(json_string_value(json_object_get(d, "tracking_number")), tracking);
        check_instant(json_string_value(json_object_get(d, "occurred_at")), latest);
    }
    json_decref(d);
}

static int by_text(const void *a, const void *b) { return strcmp(a, b); }

static void documents_are_right(void **state)
{
    (void)state;
    enum { PARCELS = 2000 };
    static char numbers[PARCELS][40];
    struct world w;
    struct buf out;
    world_init(&w, SEED, NOW, PARCELS);
    buf_init(&out, 0);
    for (int n = 0; n < PARCELS; n++) {
        buf_reset(&out);
        world_parcel(&w, n, &out);
        for (const char *line = buf_str(&out), *end; (end = strchr(line, '\n')); line = end + 1)
            check_line(line, (size_t)(end - line), numbers[n], sizeof numbers[n], NOW);
    }
    buf_finish(&out);
    assert_string_equal(numbers[0], "1Z999AA10123456784");
    qsort(numbers, PARCELS, sizeof numbers[0], by_text);
    for (int n = 1; n < PARCELS; n++)
        assert_string_not_equal(numbers[n - 1], numbers[n]);
}

/* https://www.ups.com: letters count as (place in the alphabet + 1) mod 10, even places twice. */
static int ups_check_digit(const char *number)
{
    int sum = 0;
    for (int i = 2; i < 17; i++) {
        int v = number[i] <= '9' ? number[i] - '0' : (number[i] - 'A' + 2) % 10;
        sum += i % 2 ? 2 * v : v;
    }
    return (10 - sum % 10) % 10;
}

static void ups_numbers_check(void **state)
{
    (void)state;
    struct world w;
    struct buf out;
    int seen = 0;
    world_init(&w, SEED, NOW, 300);
    buf_init(&out, 0);
    for (int n = 0; n < 300; n++)
        world_parcel(&w, n, &out);
    for (const char *s = buf_str(&out); (s = strstr(s, "\"1Z")); s += 3, seen++) {
        assert_int_equal(strcspn(s + 1, "\""), 18);
        assert_int_equal(s[18] - '0', ups_check_digit(s + 1));
    }
    assert_true(seen > 50);
    buf_finish(&out);
}

static void life_goes_on(void **state)
{
    (void)state;
    struct world w;
    struct buf out;
    char tracking[40];
    int orders = 0;
    world_init(&w, SEED, NOW, 500);
    buf_init(&out, 0);
    for (int64_t step = 0; step < 400; step++) {
        buf_reset(&out);
        world_next(&w, step, NOW + step * WHEN_SECOND, &out);
        assert_true(out.len > 0);
        bool order = strstr(buf_str(&out), "\"type\":\"order\"") != NULL;
        orders += order;
        if (order)
            for (const char *line = buf_str(&out), *end; (end = strchr(line, '\n')); line = end + 1)
                check_line(line, (size_t)(end - line), tracking, sizeof tracking, NOW + step * WHEN_SECOND);
    }
    assert_int_equal(w.parcels, 500 + orders);
    assert_true(orders > 100 && orders < 300);
    buf_finish(&out);
}

/* The field of a document's first line, as an instant. */
static int64_t instant_of(const char *text, const char *field)
{
    int64_t at;
    const char *from = strstr(text, field);
    assert_non_null(from);
    from += strlen(field) + 3;
    assert_true(when_parse(from, strcspn(from, "\""), &at, NULL));
    return at;
}

/* A working day: some promises are broken, not half of them; and some carriers give another estimate. */
static void few_are_late(void **state)
{
    (void)state;
    enum { PARCELS = 1000 };
    struct world w;
    struct buf out;
    int late = 0, slipped = 0;
    world_init(&w, SEED, NOW, PARCELS);
    buf_init(&out, 0);
    for (int n = 0; n < PARCELS; n++) {
        buf_reset(&out);
        world_parcel(&w, n, &out);
        int64_t promised = instant_of(buf_str(&out), "promised_at");
        assert_true(promised > instant_of(buf_str(&out), "shipped_at"));
        late += promised <= NOW;
        for (const char *s = buf_str(&out); (s = strstr(s, "\"edd\"")); s++)
            if (instant_of(s, "edd") > promised) {
                slipped++;
                break;
            }
    }
    buf_finish(&out);
    assert_true(late > PARCELS / 12 && late < PARCELS / 6);
    assert_true(slipped > PARCELS / 40 && slipped < PARCELS / 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_twice),
        cmocka_unit_test(documents_are_right),
        cmocka_unit_test(ups_numbers_check),
        cmocka_unit_test(life_goes_on),
        cmocka_unit_test(few_are_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
