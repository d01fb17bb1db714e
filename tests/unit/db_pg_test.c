/* What libpq says, made into errors a person can act on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/die.h"
#include "db/backoff.h"
#include "db/pg.h"
#include "db/trouble.h"
#include "loop/loop.h"

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
        assert_int_equal(trouble_code(t[i].state), t[i].code);
}

/* Whole sentences: they name the place and what to do, and leave the server's inside out. */
static void troubles_are_sentences(void **state)
{
    (void)state;
    static const struct { const char *state, *said, *text; } t[] = {
        {"57P01", "terminating connection due to administrator command",
         "PostgreSQL at pg1 is being restarted, or ended this session: wait a moment, and tell whoever runs it if this lasts"},
        {"57P03", "the database system is starting up",
         "PostgreSQL at pg1 is starting or stopping: wait a moment, and tell whoever runs it if this lasts"},
        {"28P01", "password authentication failed for user \"maria\"",
         "PostgreSQL at pg1 does not take the password, which is wrong, changed or expired (password authentication failed for user "
         "\"maria\"): put the right one into ~/.pgpass, or ask an administrator for it"},
        {"28000", "role \"maria\" is not permitted to log in",
         "PostgreSQL at pg1 does not let you in (role \"maria\" is not permitted to log in): ask an administrator for a login, or for this machine "
         "to be allowed"},
        {"53300", "sorry, too many clients already",
         "PostgreSQL at pg1 has no connection left (sorry, too many clients already): wait, end sessions that nobody needs, or ask an administrator for more"},
        {"53100", "could not extend file \"base/5/16400\": No space left on device",
         "the disk of PostgreSQL at pg1 is full, nothing was changed: tell whoever runs it; reading goes on"},
        {"42P05", "prepared statement \"hello\" already exists",
         "the pooler before PostgreSQL at pg1 changes the session between transactions, and Doorstep needs one that stays: set pool_mode = session "
         "for it, or connect past the pooler"},
        {"23505", "duplicate key", "duplicate key"},
        {"42883", "function x() does not exist", "function x() does not exist: the schema does not fit this program: run `doorstep migrate`"},
    };
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        struct err e;
        assert_false(trouble_set(&e, t[i].state, "pg1", t[i].said, ""));
        assert_string_equal(e.text, t[i].text);
        assert_string_equal(e.sqlstate, t[i].state);
    }
    struct err e;
    trouble_set(&e, "53100", NULL, "", "");
    assert_string_equal(e.text, "the disk of PostgreSQL is full, nothing was changed: tell whoever runs it; reading goes on");
    trouble_set(&e, "53200", "pg1", "out of shared memory", "You might need to increase max_locks_per_transaction.");
    assert_string_equal(e.text, "PostgreSQL at pg1 has no room left for locks, nothing was changed: try again in a moment; if this lasts, ask whoever runs it "
                        "for a larger max_locks_per_transaction");
    assert_int_equal(e.code, ERR_AGAIN);
    trouble_set(&e, "42703", NULL, "no column", "perhaps you meant y");
    assert_string_equal(e.text, "no column: perhaps you meant y");
}

/* Five hundred who lost one server in one moment. */
static void nobody_comes_back_in_step(void **state)
{
    (void)state;
    enum { CLIENTS = 500, TRIES = 40, BIN_MS = 100, BINS = 1000 };
    static int bins[BINS];
    const struct err gone = {.code = ERR_UNREACHABLE};
    for (uint64_t c = 1; c <= CLIENTS; c++) {
        struct backoff b;
        int64_t at = 0;
        backoff_init(&b, c * UINT64_C(0x9e3779b97f4a7c15));
        for (int i = 0; i < TRIES; i++) {
            int64_t wait = backoff_next(&b, &gone, false, false);
            assert_in_range(wait, 200, 2000);          /* a promoted standby is found within three seconds */
            at += wait;
            if (at < (int64_t)BINS * BIN_MS)
                bins[at / BIN_MS]++;
        }
    }
    for (int i = 20; i < 300; i++)                     /* after the first two seconds */
        assert_in_range(bins[i], 1, 100);              /* 500 in 1.5 s are 33 in a tenth of it */
}

static void what_a_person_mends_is_looked_at_again(void **state)
{
    (void)state;
    struct backoff b;
    backoff_init(&b, 5);
    const struct err password = {.code = ERR_CONFIG, .sqlstate = "28P01"}, version = {.code = ERR_CONFIG}, refused = {.code = ERR_REFUSED, .sqlstate = "42501"},
                     gone = {.code = ERR_UNREACHABLE};
    assert_in_range(backoff_next(&b, &password, false, false), 30000, 60000);
    assert_int_equal(backoff_next(&b, &password, false, true), -1);
    assert_int_equal(backoff_next(&b, &version, false, false), -1);
    assert_int_equal(backoff_next(&b, &refused, false, false), -1);
    assert_in_range(backoff_next(&b, &gone, true, false), 0, 200);
    for (int i = 0; i < 100; i++)
        backoff_next(&b, &gone, false, false);
    assert_in_range(backoff_next(&b, &gone, false, false), 5000, 10000);
    backoff_reset(&b);
    assert_in_range(backoff_next(&b, &gone, false, false), 200, 400);
    assert_int_equal(backoff_patience(&b, 1), PG_CONNECT_MS);
    assert_int_equal(backoff_patience(&b, 2), 1000);
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
    assert_non_null(strstr(e.text, "--dsn"));
}

/* Which host libpq tries first shows in its error's first line. */
static void hosts_take_turns(void **state)
{
    (void)state;
    static const char *const first[] = { "/none0/.s.PGSQL.10", "/none1/.s.PGSQL.11", "/none2/.s.PGSQL.12", "/none0/.s.PGSQL.10", "/none1/.s.PGSQL.11" };
    /* wherever the hosts are named: in the DSN, the environment, a service file */
    static const char *const dsns[] = { "host=/none0,/none1,/none2 port=10,11,12", "", "service=three" };
    char service[] = "/tmp/doorstep-service.XXXXXX";
    int file = mkstemp(service);
    assert_true(file >= 0 && dprintf(file, "[three]\nhost=/none0,/none1,/none2\nport=10,11,12\n") > 0);
    close(file);
    for (unsigned i = 0; i < 12; i++) {
        struct err e;
        bool environment = i / 4 == 1;
        (environment ? setenv("PGHOST", "/none0,/none1,/none2", 1) : unsetenv("PGHOST"));
        (environment ? setenv("PGPORT", "10,11,12", 1) : unsetenv("PGPORT"));
        setenv("PGSERVICEFILE", service, 1);
        PGconn *c = pg_connect_start(dsns[i / 4], "test", i % 4, &e);
        assert_non_null(c);
        while (PQstatus(c) != CONNECTION_BAD && PQconnectPoll(c) != PGRES_POLLING_FAILED)
            continue;
        pg_error_connection(&e, c, true);
        if (!strstr(PQerrorMessage(c), first[i % 4]) || strstr(PQerrorMessage(c), first[i % 4]) > strstr(PQerrorMessage(c), first[i % 4 + 1]))
            fail_msg("%u: %s", i, PQerrorMessage(c));
        assert_int_equal(pg_hosts(c), 3);
        assert_int_equal(pg_host_number(c), 2);            /* in the order it tried them */
        if (!strstr(e.text, "none of the 3 servers"))
            fail_msg("%s", e.text);
        PQfinish(c);
    }
    unsetenv("PGSERVICEFILE");
    unlink(service);
}

/* A server that lets everybody in and then neither reads nor says anything, its socket open. */
static pid_t silent_server(const char *dir)
{
    static const unsigned char welcome[] = {'R', 0, 0, 0, 8, 0, 0, 0, 0, 'Z', 0, 0, 0, 5, 'I'};
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof at.sun_path, "%s/.s.PGSQL.5432", dir);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(listener, 8), 0);
    pid_t child = fork();
    if (child != 0) {
        close(listener);
        return child;
    }
    alarm(600);                /* whatever becomes of the test */
    for (char startup[1000];;) {
        int fd = accept(listener, NULL, NULL);
        if (read(fd, startup, sizeof startup) > 0 && write(fd, welcome, sizeof welcome) < 0)
            _exit(1);
    }
}

static bool not_for_long(void *ctx, int fd, bool write, int ms)
{
    int *times = ctx;
    (void)fd;
    (void)write;
    (void)ms;
    return ++*times < 3;
}

static void a_silent_server_is_left(void **state)
{
    (void)state;
    char dir[] = "/tmp/doorstep-silent.XXXXXX", dsn[100], path[100];
    int asked = 0;
    assert_non_null(mkdtemp(dir));
    snprintf(dsn, sizeof dsn, "host=%s user=ann dbname=x", dir);
    snprintf(path, sizeof path, "%s/.s.PGSQL.5432", dir);
    pid_t server = silent_server(dir);
    char *large = xcalloc(1, 20000001);
    memset(large, 'x', 20000000);
    const char *const texts[] = {"x", large};          /* a question nobody answers; and one that nobody even reads */
    for (int i = 0; i < 3; i++) {
        const struct db_wait wait = i < 2 ? (struct db_wait){.answer_ms = 300} : (struct db_wait){.until = not_for_long, .ctx = &asked};
        struct err e = {0};
        PGconn *c = pg_connect(dsn, "test", 30000, &e);
        assert_non_null(c);
        int64_t began = loop_now();
        assert_null(pg_exec(c, &(struct pg_statement){.sql = "SELECT $1", .count = 1, .params = &texts[i % 2]}, &wait, &e));
        assert_in_range(loop_now() - began, i < 2 ? 300 : 0, 30000);      /* DB_ANSWER_MS is a minute */
        assert_int_equal(e.code, i < 2 ? ERR_UNREACHABLE : ERR_AGAIN);
        assert_non_null(strstr(e.text, i < 2 ? "gave no sign" : "was stopped"));
        assert_int_equal(PQstatus(c), CONNECTION_BAD);
        assert_null(pg_run(c, "SELECT 1", 0, NULL, &e));           /* at once: nobody waits a second time */
        assert_in_range(loop_now() - began, 0, 30000);
        assert_int_equal(e.code, ERR_UNREACHABLE);
        PQfinish(c);
    }
    assert_int_equal(asked, 3);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    free(large);
    unlink(path);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positions_count_characters),
        cmocka_unit_test(sqlstates_have_codes),
        cmocka_unit_test(troubles_are_sentences),
        cmocka_unit_test(nobody_comes_back_in_step),
        cmocka_unit_test(what_a_person_mends_is_looked_at_again),
        cmocka_unit_test(a_dsn_that_cannot_be_read_is_configuration),
        cmocka_unit_test(a_password_never_shows),
        cmocka_unit_test(hosts_take_turns),
        cmocka_unit_test(a_silent_server_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
