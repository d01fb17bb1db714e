/* The loader against a real database: what arrives, what counts, what an error leaves behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/feed_load.h"
#include "db/migrate.h"
#include "db/pg.h"

#define FIELDS 17              /* the columns of feed_stage after batch and seq */

static const char *dsn;
static PGconn *side;           /* looks at what the loader did */

static char *ask(const char *sql)
{
    static char answer[400];
    struct err e = { 0 };
    PGresult *r = pg_run(side, sql, 0, NULL, &e);
    if (!r)
        fail_msg("%s: %s", sql, e.text);
    snprintf(answer, sizeof answer, "%s", PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) > 0 ? PQgetvalue(r, 0, 0) : "");
    PQclear(r);
    return answer;
}

static bool scan(struct feed_load *l, const char *doc, const char *number, const char *at, const char *code,
                 const char *message, struct err *e)
{
    const char *f[FIELDS] = { doc, "e", "easypost", "ups", number, at, code, NULL, "", message };
    size_t n[FIELDS];
    for (int i = 0; i < FIELDS; i++)
        n[i] = f[i] ? strlen(f[i]) : 0;
    return feed_load_row(l, f, n, FIELDS, e);
}

static struct feed_load *opened(void)
{
    struct err e = { 0 };
    struct feed_load *l = feed_load_open(dsn, NULL, &e);
    if (!l)
        fail_msg("%s", e.text);
    return l;
}

static void test_load_and_again(void **state)
{
    (void)state;
    static const char hard[] = "tab\there \\ back\nline \\N 'quote' \xc3\xa9";
    for (int round = 0; round < 2; round++) {
        struct feed_load *l = opened();
        struct feed_counts c;
        struct err e = { 0 };
        assert_true(scan(l, "0", "LOAD1", "2026-11-20T10:00:00Z", "in_transit", hard, &e));
        assert_true(scan(l, "0", "LOAD1", "2026-11-20T11:00:00Z", "failure", NULL, &e));
        assert_true(feed_load_flush(l, &e));
        assert_true(scan(l, "0", "LOAD2", "2026-11-20T10:00:00Z", "no such code", "", &e));
        assert_true(feed_load_finish(l, &c, &e));
        assert_int_equal(c.accepted, round ? 0 : 2);
        assert_int_equal(c.duplicates, round ? 2 : 0);
        assert_int_equal(c.events, round ? 0 : 3);
        assert_int_equal(c.opened, round ? 0 : 2);
        assert_int_equal(c.unmapped, round ? 0 : 1);
        assert_true(feed_load_finish(l, &c, &e));      /* nothing new: the same counts */
        assert_int_equal(c.accepted, round ? 0 : 2);
        feed_load_close(l);
    }
    assert_string_equal(ask("SELECT message FROM doorstep.scan_event WHERE message LIKE 'tab%'"), hard);
    assert_string_equal(ask("SELECT count(*) FROM doorstep.scan_event e JOIN doorstep.shipment s ON s.id = e.shipment_id"
                            " WHERE s.tracking_number = 'LOAD1' AND e.message IS NULL"), "1");
    assert_string_equal(ask("SELECT count(*) FROM doorstep.feed_stage"), "0");
}

static void test_bad_row_takes_its_batch_only(void **state)
{
    (void)state;
    struct feed_load *l = opened();
    struct feed_counts c;
    struct err e = { 0 };
    assert_true(scan(l, "0", "GOOD1", "2026-11-20T10:00:00Z", "in_transit", "on", &e));
    assert_true(feed_load_flush(l, &e));
    assert_true(scan(l, "0", "GOOD2", "2026-11-20T10:00:00Z", "in_transit", "on", &e));
    assert_true(scan(l, "1", "BAD1", "not an instant", "in_transit", "on", &e));
    assert_false(feed_load_finish(l, &c, &e));
    assert_int_equal(e.code, ERR_INPUT);
    assert_int_equal(c.accepted, 1);
    assert_false(scan(l, "0", "GOOD3", "2026-11-20T10:00:00Z", "in_transit", "on", &e));
    assert_int_equal(e.code, ERR_AGAIN);
    feed_load_close(l);
    assert_string_equal(ask("SELECT string_agg(tracking_number, ' ') FROM doorstep.shipment WHERE tracking_number ~ '^(GOOD|BAD)'"), "GOOD1");
    assert_string_equal(ask("SELECT count(*) FROM doorstep.feed_stage"), "0");
}

static void test_lost_connection(void **state)
{
    (void)state;
    struct feed_load *l = opened();
    struct feed_counts c;
    struct err e = { 0 };
    assert_true(scan(l, "0", "LOST1", "2026-11-20T10:00:00Z", "in_transit", "on", &e));
    assert_string_equal(ask("SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
                            " WHERE application_name = 'doorstep-ingest' AND datname = current_database()"), "1");
    assert_false(feed_load_finish(l, &c, &e));
    assert_int_equal(e.code, ERR_AGAIN);
    assert_non_null(strstr(e.text, "run the same command again"));
    assert_int_equal(c.accepted, 0);
    feed_load_close(l);
    assert_string_equal(ask("SELECT count(*) FROM doorstep.shipment WHERE tracking_number = 'LOST1'"), "0");
}

static void test_refusals(void **state)
{
    (void)state;
    struct err e = { 0 };
    assert_null(feed_load_open("host=/nonexistent dbname=none", NULL, &e));
    assert_int_equal(e.code, ERR_UNREACHABLE);
    ask("INSERT INTO doorstep.schema_migration (version, name) VALUES (9999, 'later')");
    assert_null(feed_load_open(dsn, NULL, &e));
    assert_int_equal(e.code, ERR_CONFIG);
    assert_non_null(strstr(e.text, "9999"));
    ask("DELETE FROM doorstep.schema_migration WHERE version = 9999");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_load_and_again),
        cmocka_unit_test(test_bad_row_takes_its_batch_only),
        cmocka_unit_test(test_lost_connection),
        cmocka_unit_test(test_refusals),
    };
    dsn = getenv("DOORSTEP_TEST_DSN");
    struct err e = { 0 };
    struct migrate_result m;
    if (!dsn || !db_migrate(dsn, false, &m, &e) || !(side = pg_connect(dsn, "test", PG_CONNECT_MS, &e))) {
        fprintf(stderr, "no database: %s\n", e.text);
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    PQfinish(side);
    return failed;
}
