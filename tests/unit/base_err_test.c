#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void an_error_reads_as_place_and_sentence(void **state)
{
    struct err e;
    char line[700], shorter[12];
    (void)state;
    assert_false(err_set(&e, ERR_INPUT, NULL, "no %s", "JSON"));
    assert_int_equal(e.code, ERR_INPUT);
    assert_string_equal(e.sqlstate, "");
    err_line(&e, line, sizeof line);
    assert_string_equal(line, "no JSON");
    assert_false(err_at(&e, "line %d", 7));
    assert_false(err_at(&e, "feed.json"));
    err_line(&e, line, sizeof line);
    assert_string_equal(line, "feed.json: line 7: no JSON");
    err_line(&e, shorter, sizeof shorter);
    assert_string_equal(shorter, "feed.json: ");
    assert_false(err_set(NULL, ERR_IO, "x", "nobody asks"));
    assert_false(err_at(NULL, "x"));
}

static void long_texts_are_cut_inside(void **state)
{
    char word[1000];
    struct err e;
    (void)state;
    memset(word, 'w', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    err_set(&e, ERR_IO, word, "%s", word);
    assert_int_equal(strlen(e.where), sizeof e.where - 1);
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
    err_at(&e, "file");
    assert_int_equal(strncmp(e.where, "file: www", 9), 0);
    assert_true(strlen(e.where) < sizeof e.where);
    err_at(&e, "%s", word);
    assert_true(strlen(e.where) < sizeof e.where);
}

static void codes_have_their_exit_status(void **state)
{
    static const struct { enum err_code code; int status; bool again; } rows[] = {
        {ERR_NONE, 0, false}, {ERR_PARTIAL, 1, false}, {ERR_USAGE, 64, false}, {ERR_INPUT, 65, false},
        {ERR_UNREACHABLE, 69, true}, {ERR_BUG, 70, false}, {ERR_IO, 74, false}, {ERR_AGAIN, 75, true},
        {ERR_REFUSED, 77, false}, {ERR_CONFIG, 78, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(err_exit_status(rows[i].code), rows[i].status);
        assert_int_equal(err_retryable(rows[i].code), rows[i].again);
        assert_true(strlen(err_name(rows[i].code)) > 1);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_reads_as_place_and_sentence),
        cmocka_unit_test(long_texts_are_cut_inside),
        cmocka_unit_test(codes_have_their_exit_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
