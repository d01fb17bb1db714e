/* Statements found in SQL text, so that a failed migration can name its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "db/pg.h"
#include "db/statement.h"

static const char text[] =
    "-- a comment; not a statement\n"
    "select 1;\n"
    ";\n"
    "/* ; /* nested ; */ ; */ select ';', \"a;b\", 'it''s;', E'\\';';\n"
    "create function f() returns int language sql as $body$\n"
    "  select 1; -- $$ ;\n"
    "$body$;\n"
    "do $$ begin; perform 1; end $$;\n"
    "\n"
    "select $1;\n"
    "select 9\n";

static void statements_begin_where_they_do(void **state)
{
    (void)state;
    static const int lines[] = { 2, 4, 5, 8, 10, 11, 11 };
    for (int i = 0; i < 7; i++)
        assert_int_equal(statement_line(text, strlen(text), i), lines[i]);
}

static void unfinished_text_does_not_run_over(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "'", "$$", "$a$ x $b$", "/* /* */", "E'\\", "\"", "-", "$", "--" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(statement_line(bad[i], strlen(bad[i]), 3), 1);
}

static void positions_count_characters(void **state)
{
    (void)state;
    assert_int_equal(pg_line_of("a\nb", 1), 1);
    assert_int_equal(pg_line_of("a\nb", 3), 2);
    assert_int_equal(pg_line_of("\xc3\xa9\xc3\xa9\nb", 4), 2);
    assert_int_equal(pg_line_of("\xc3\xa9\xc3\xa9\nb", 3), 1);
    assert_int_equal(pg_line_of("a\n", 99), 2);
}

static void sqlstates_have_codes(void **state)
{
    (void)state;
    static const struct { const char *state; enum err_code code; } t[] = {
        { "08006", ERR_UNREACHABLE }, { "57P01", ERR_UNREACHABLE }, { "57014", ERR_AGAIN },
        { "28P01", ERR_CONFIG }, { "3D000", ERR_CONFIG }, { "42501", ERR_REFUSED }, { "40001", ERR_AGAIN },
        { "53300", ERR_AGAIN }, { "P0001", ERR_REFUSED }, { "22P02", ERR_INPUT }, { "42601", ERR_BUG },
        { "42883", ERR_CONFIG }, { "25006", ERR_AGAIN }, { "XX000", ERR_BUG },
    };
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++)
        assert_int_equal(pg_error_code(t[i].state), t[i].code);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements_begin_where_they_do),
        cmocka_unit_test(unfinished_text_does_not_run_over),
        cmocka_unit_test(positions_count_characters),
        cmocka_unit_test(sqlstates_have_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
