/* What libpq says, made into errors a person can act on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "db/pg.h"

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

static void a_dsn_that_cannot_be_read_is_configuration(void **state)
{
    (void)state;
    static const char *const bad[] = { "host", "nosuchword=1", "postgresql://[::1", "host='x" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct err e;
        assert_null(pg_connect(bad[i], "test", 1000, &e));
        assert_int_equal(e.code, ERR_CONFIG);
        assert_string_equal(e.where, "--dsn");
        assert_null(strchr(e.text, '\n'));
    }
}

static void a_password_never_shows(void **state)
{
    (void)state;
    struct err e;
    assert_null(pg_connect("user=ann password=very s3cret", "test", 1000, &e));
    assert_null(strstr(e.text, "s3cret"));
    assert_null(pg_connect("postgresql://ann:s3cret@/x?host=/nonexistent", "test", 5000, &e));
    assert_int_equal(e.code, ERR_UNREACHABLE);
    assert_null(strstr(e.text, "s3cret"));
    assert_non_null(strstr(e.text, "check --dsn"));
}

/* Which host libpq tries first shows in its error's first line. */
static void hosts_take_turns(void **state)
{
    (void)state;
    static const char *const first[] = { "/none0/.s.PGSQL.10", "/none1/.s.PGSQL.11", "/none2/.s.PGSQL.12", "/none0/.s.PGSQL.10" };
    for (unsigned i = 0; i < 4; i++) {
        struct err e;
        PGconn *c = pg_connect_start("host=/none0,/none1,/none2 port=10,11,12", "test", i, &e);
        assert_non_null(c);
        while (PQstatus(c) != CONNECTION_BAD && PQconnectPoll(c) != PGRES_POLLING_FAILED)
            continue;
        pg_error_connection(&e, c, true);
        if (!strstr(e.text, first[i]))
            fail_msg("%u: %s", i, e.text);
        PQfinish(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positions_count_characters),
        cmocka_unit_test(sqlstates_have_codes),
        cmocka_unit_test(a_dsn_that_cannot_be_read_is_configuration),
        cmocka_unit_test(a_password_never_shows),
        cmocka_unit_test(hosts_take_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
