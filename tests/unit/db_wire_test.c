/* The connection below the requests: what is prepared on the server, and what we believe is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "db/wire.h"

#define PATIENCE_MS 20000

struct line {
    struct loop *loop;
    struct wire wire;
    int done, failed;
    bool up, lost;
    char last[40];             /* the SQLSTATE of the last failure */
};
static long counted;

static void on_up(void *ctx) { ((struct line *)ctx)->up = true; }
static void on_notify(void *ctx, const char *channel, const char *payload) { (void)ctx, (void)channel, (void)payload; }

static void on_done(void *ctx, struct call *c)
{
    struct line *l = ctx;
    l->done++;
    l->failed += c->failed;
    if (c->failed)
        snprintf(l->last, sizeof l->last, "%s", c->reply.error.sqlstate);
    call_destroy(c);
}

static void on_lost(void *ctx, const struct err *why, struct call *under_way)
{
    (void)why;
    ((struct line *)ctx)->lost = true;
    call_destroy_list(under_way);
}

static void until_done(struct line *l, int n)
{
    for (int64_t end = loop_now() + PATIENCE_MS; l->done < n && !l->lost && loop_now() < end;)
        loop_step(l->loop, 50);
    assert_int_equal(l->done, n);
}

static void take_count(struct call *c, const PGresult *r)
{
    (void)c;
    counted = strtol(PQgetvalue(r, 0, 0), NULL, 10);
}

static struct call *sql(const char *first, const char *second)
{
    struct call *c = call_command(first);
    c->text = true;
    if (second)
        call_sql(c, xstrdup(second), NULL);
    return c;
}

/* A statement that was to make room, behind one that failed: the server has it still, so we have not forgotten it. */
static void what_was_not_deallocated_is_known(void **state)
{
    (void)state;
    struct err e;
    struct line l = {.loop = loop_create()};
    char text[64];
    wire_init(&l.wire, l.loop, PATIENCE_MS, &(struct wire_events){&l, on_up, on_done, on_notify, on_lost});
    assert_true(wire_connect(&l.wire, getenv("DOORSTEP_TEST_DSN"), "test", 0, &e));
    for (int64_t end = loop_now() + PATIENCE_MS; !l.up && !l.lost && loop_now() < end;)
        loop_step(l.loop, 50);
    assert_true(l.up);
    for (int i = 0; i < STATEMENTS_MAX; i++) {
        snprintf(text, sizeof text, "SELECT %d", i);
        wire_send(&l.wire, sql(text, NULL));
    }
    until_done(&l, STATEMENTS_MAX);
    for (int i = 0; i < 5; i++) {
        snprintf(text, sizeof text, "SELECT 1 / 0 AS made_%d", i);
        char more[64];
        snprintf(more, sizeof more, "SELECT 'behind it %d'", i);
        wire_send(&l.wire, sql(text, more));
    }
    until_done(&l, STATEMENTS_MAX + 5);
    assert_int_equal(l.failed, 5);
    assert_string_equal(l.last, "22012");
    struct call *count = sql("SELECT count(*) FROM pg_prepared_statements", NULL);
    count->part[0].take = take_count;
    wire_send(&l.wire, count);
    until_done(&l, STATEMENTS_MAX + 6);
    assert_int_equal(counted, l.wire.statements.known.len);
    wire_finish(&l.wire);
    loop_destroy(l.loop);
}

/* Queries of a name are prepared under it: one that made room and could not would be in its own way. */
static void an_embedded_query_stays(void **state)
{
    (void)state;
    struct statements s = {.clock = 0};
    struct prepared evicted;
    bool prepare;
    char text[32];
    statements_find(&s, "hello", true, &prepare, &evicted);
    for (int i = 0; i < 2 * STATEMENTS_MAX; i++) {
        snprintf(text, sizeof text, "SELECT %d", i);
        statements_find(&s, text, false, &prepare, &evicted);
        assert_true(prepare);
        assert_true(!evicted.sql || strcmp(evicted.name, "hello") != 0);
        free(evicted.sql);
    }
    assert_string_equal(statements_find(&s, "hello", true, &prepare, &evicted), "hello");
    assert_false(prepare);
    assert_int_equal(s.known.len, STATEMENTS_MAX);
    statements_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_not_deallocated_is_known),
        cmocka_unit_test(an_embedded_query_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
