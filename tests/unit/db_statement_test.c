/* Statements found in SQL text, so that a failed migration can name its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements_begin_where_they_do),
        cmocka_unit_test(unfinished_text_does_not_run_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
