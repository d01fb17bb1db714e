/* What a browser posts from a tracking page: read, bounded, or refused whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "core/form.h"

#define TOKEN "0123456789abcdef0123456789abcdef"

static void reads(enum form_action action, const char *body, enum form_answer wanted, const char *json)
{
    struct buf out;
    struct form_read read;
    buf_init(&out, 0);
    enum form_answer got = form_read(action, body, strlen(body), &out, &read);
    if (got != wanted || (json && strcmp(buf_str(&out), json) != 0))
        fail_msg("%s\ngot    %d %s\nwanted %d %s", body, (int)got, buf_str(&out), (int)wanted, json ? json : "");
    buf_finish(&out);
}

static void paths(void **state)
{
    (void)state;
    char token[FORM_TOKEN + 1];
    enum form_action action;
    assert_true(form_path("/form/" TOKEN "/pickup", token, &action));
    assert_string_equal(token, TOKEN);
    assert_int_equal(action, FORM_PICKUP);
    static const char *const none[] = {"", "/form/", "/form/" TOKEN, "/form/" TOKEN "/", "/form/" TOKEN "/pick", "/form/" TOKEN "/pickup/", "/form/" TOKEN "0/pickup",
                                       "/form/0123456789ABCDEF0123456789ABCDEF/day", "/form/../" TOKEN "/day", "/carrier/" TOKEN "/day"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(form_path(none[i], token, &action));
}

static void what_a_form_says(void **state)
{
    (void)state;
    reads(FORM_ADDRESS, "lang=es&website=&line1=Calle+Mayor+5&line2=&city=Le%C3%B3n&note=timbre%0D%0A4B", FORM_STORED,
          "{\"line1\":\"Calle Mayor 5\",\"city\":\"León\",\"note\":\"timbre\\n4B\"}");
    reads(FORM_DAY, "date=2028-02-29", FORM_STORED, "{\"date\":\"2028-02-29\"}");
    reads(FORM_FEEDBACK, "score=5&text=", FORM_STORED, "{\"score\":\"5\"}");
    reads(FORM_FEEDBACK, "text=%3Cscript%3E%22%26%22", FORM_STORED, "{\"text\":\"<script>\\\"&\\\"\"}");
    reads(FORM_PICKUP, "place=%E2%80%AEshop%01%1B%5B2J", FORM_STORED, "{\"place\":\"shop[2J\"}");
    reads(FORM_PICKUP, "place=a%FFb", FORM_STORED, "{\"place\":\"a\xEF\xBF\xBD" "b\"}");
}

static void what_is_empty(void **state)
{
    (void)state;
    reads(FORM_FEEDBACK, "", FORM_EMPTY, "{}");
    reads(FORM_FEEDBACK, "score=&text=++%0A", FORM_EMPTY, "{}");
    reads(FORM_ADDRESS, "line1=5&city=", FORM_EMPTY, NULL);
    reads(FORM_PICKUP, "note=please", FORM_EMPTY, NULL);
}

static void what_is_wrong(void **state)
{
    (void)state;
    static const struct { enum form_action action; const char *body; } wrong[] = {
        {FORM_DAY, "date=2027-02-29"}, {FORM_DAY, "date=2027-2-9"}, {FORM_DAY, "date=tomorrow"}, {FORM_DAY, "date=2027-02-019"},
        {FORM_FEEDBACK, "score=6"}, {FORM_FEEDBACK, "score=0"}, {FORM_FEEDBACK, "score=55"}, {FORM_FEEDBACK, "score=%35%00"},
        {FORM_FEEDBACK, "text=a&text=b"}, {FORM_FEEDBACK, "text=%G1"}, {FORM_FEEDBACK, "text=%1"}, {FORM_FEEDBACK, "text"},
        {FORM_FEEDBACK, "token=x&text=a"}, {FORM_FEEDBACK, "line1=x"}, {FORM_FEEDBACK, "lang=english&text=a"},
        {FORM_FEEDBACK, "lang=en&website=&score=1&text=a&&&&&&&&&&&&"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        reads(wrong[i].action, wrong[i].body, FORM_WRONG, NULL);
}

/* A field is as long as it may be in characters, however many bytes those are, and never cut. */
static void how_long(void **state)
{
    (void)state;
    char body[FORM_MOST + 2];
    struct buf out;
    struct form_read read;
    buf_init(&out, 0);
    memcpy(body, "text=", 6);
    for (int i = 0; i < 2000; i++)
        memcpy(body + 5 + i * 4, "\xF0\x9F\x93\xA6", 5);
    assert_int_equal(form_read(FORM_FEEDBACK, body, strlen(body), &out, &read), FORM_STORED);
    assert_int_equal(out.len, strlen("{\"text\":\"\"}") + 8000);
    memcpy(body + strlen(body), "xy", 3);
    assert_int_equal(form_read(FORM_FEEDBACK, body, strlen(body), &out, &read), FORM_WRONG);
    memset(body, 'a', sizeof body);
    assert_int_equal(form_read(FORM_FEEDBACK, body, FORM_MOST + 1, &out, &read), FORM_WRONG);
    buf_finish(&out);
}

static void robots_and_languages(void **state)
{
    (void)state;
    static const char body[] = "lang=de&website=http%3A%2F%2Fx&text=buy";
    struct buf out;
    struct form_read read;
    buf_init(&out, 0);
    assert_int_equal(form_read(FORM_FEEDBACK, body, strlen(body), &out, &read), FORM_STORED);
    assert_true(read.robot);
    assert_string_equal(read.language, "de");
    assert_string_equal(buf_str(&out), "{\"text\":\"buy\"}");
    buf_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths), cmocka_unit_test(what_a_form_says), cmocka_unit_test(what_is_empty),
        cmocka_unit_test(what_is_wrong), cmocka_unit_test(how_long), cmocka_unit_test(robots_and_languages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
