/* Cases through the connection: what a new one would be, all that is done to them, and what is read of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "db/db.h"
#include "db/pg.h"

static const char sample[] =
    "DO $$ BEGIN IF to_regrole('k_maria') IS NULL THEN CREATE ROLE k_maria LOGIN IN ROLE doorstep_agent; END IF; END $$;\n"
    "SET search_path = doorstep, pg_temp;\n"
    "INSERT INTO brand (code, name) VALUES ('acme', 'Acme');\n"
    "INSERT INTO shipment (brand_id, carrier_id, tracking_number)\n"
    "  SELECT b.id, c.id, 'K' || g FROM brand b, carrier c, generate_series(1, 3) g WHERE b.code = 'acme' AND c.code = 'ups' ORDER BY g;\n"
    "INSERT INTO exception (kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number, opened_at, search)\n"
    "  SELECT 'damaged', 'critical', 'carrier', brand_id, 'acme', id, carrier_id, 'ups', 'UPS', tracking_number, now(), '' FROM shipment ORDER BY id;\n";

static PGconn *admin;
static struct db_sync *db;
static int64_t first;          /* exception; two more follow */
static unsigned keys;

static int64_t sql(const char *text)
{
    if (!admin)
        skip();
    PGresult *r = PQexec(admin, text);
    if (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK)
        fail_msg("%s in %.200s", PQresultErrorMessage(r), text);
    int64_t n = PQntuples(r) ? strtoll(PQgetvalue(r, 0, 0), NULL, 10) : 0;
    PQclear(r);
    return n;
}

static int set_up(void **state)
{
    (void)state;
    struct err e;
    char dsn[400];
    if (!getenv("DOORSTEP_TEST_DSN"))
        return 0;
    admin = PQconnectdb(getenv("DOORSTEP_TEST_DSN"));
    sql(sample);
    first = sql("SELECT min(id) FROM doorstep.exception");
    snprintf(dsn, sizeof dsn, "%s user=k_maria", getenv("DOORSTEP_TEST_DSN"));
    db = db_sync_open(dsn, &e);
    if (!db)
        fail_msg("%s", e.text);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    db_sync_close(db);
    PQfinish(admin);
    return 0;
}

static struct reply ask(struct request *r)
{
    struct err e = {0};
    struct reply answer;
    if (!db)
        skip();
    if (!db_sync_ask(db, r, &answer, &e))
        fail_msg("%s", e.text);
    return answer;
}

static struct request act(enum case_op op, int64_t id, size_t count)
{
    struct request r = {.kind = REQ_CASE_ACT, .ids = xcalloc(count + 1, sizeof *r.ids), .id_count = count};
    for (size_t i = 0; i < count; i++)
        r.ids[i] = id + (int64_t)i;
    r.control.case_op = op;
    snprintf(r.key, sizeof r.key, "7b3ae0f1-0000-4000-8000-0000000000%02u", ++keys % 100);
    return r;
}

static void says(struct request *r, const char *summary)
{
    struct reply answer = ask(r);
    assert_string_equal(answer.summary, summary);
    reply_finish(&answer);
}

static struct support_case *read_case(struct reply *answer, int64_t id)
{
    struct request r = {.kind = REQ_CASE, .control.id = id};
    *answer = ask(&r);
    assert_non_null(answer->kase);
    return answer->kase;
}

static void a_draft(void **state)
{
    (void)state;
    struct request r = {.kind = REQ_CASE, .ids = xcalloc(1, sizeof *r.ids), .id_count = 1, .control.type = CASE_CLAIM};
    r.ids[0] = first;
    struct reply answer = ask(&r);
    assert_non_null(answer.kase);
    assert_int_equal(answer.kase->row.type, CASE_CLAIM);
    assert_int_equal(answer.kase->row.priority, CASE_PRIORITY_URGENT);
    assert_string_equal(answer.kase->row.subject, "Claim: UPS K1, damaged");
    assert_string_equal(answer.kase->tags, "damaged");
    assert_non_null(strstr(answer.kase->context, "Last scan  never scanned"));
    assert_int_equal(answer.kase->row.id, 0);
    assert_int_equal(answer.kase->existing, 0);
    reply_finish(&answer);
    struct request none = {.kind = REQ_CASE, .control.id = 999999};
    answer = ask(&none);
    assert_null(answer.kase);
    reply_finish(&answer);
}

static void a_case(void **state)
{
    (void)state;
    char text[80];
    struct request r = act(CASE_OP_OPEN, first, 1);
    r.control.type = CASE_CLAIM;
    r.control.fields = CASE_SET_PRIORITY;
    r.control.priority = CASE_PRIORITY_LOW;
    r.control.subject = xstrdup("Broken");
    r.control.tag = xstrdup("b a");
    r.control.text = xstrdup("in two\nlines");
    struct reply answer = ask(&r);
    int64_t id = sql("SELECT max(id) FROM doorstep.support_case");
    snprintf(text, sizeof text, "opened case C%" PRId64, id);
    assert_string_equal(answer.summary, text);
    reply_finish(&answer);

    r = act(CASE_OP_SET, id, 1);
    r.control.fields = CASE_SET_STATE | CASE_SET_OWNER | CASE_SET_TAG | CASE_SET_UNTAG;
    r.control.state = CASE_STATE_PENDING;
    r.control.tag = xstrdup("c");
    r.control.untag = xstrdup("b");
    snprintf(text, sizeof text, "C%" PRId64 " is pending", id);
    says(&r, text);
    r = act(CASE_OP_NOTE, id, 1);
    r.control.text = xstrdup("more");
    snprintf(text, sizeof text, "added a note to C%" PRId64, id);
    says(&r, text);
    r = act(CASE_OP_LINK, first + 1, 2);
    r.control.id = id;
    says(&r, "linked 2");
    r = act(CASE_OP_UNLINK, first + 2, 1);
    r.control.id = id;
    snprintf(text, sizeof text, "unlinked #%" PRId64 " from C%" PRId64, first + 2, id);
    says(&r, text);

    struct support_case *k = read_case(&answer, id);
    assert_int_equal(k->row.state, CASE_STATE_PENDING);
    assert_int_equal(k->row.priority, CASE_PRIORITY_LOW);
    assert_string_equal(k->row.subject, "Broken");
    assert_string_equal(k->row.owner, "");
    assert_string_equal(k->row.by, "k_maria");
    assert_string_equal(k->row.brand, "acme");
    assert_string_equal(k->tags, "a c");
    assert_int_equal(k->note_count, 2);
    assert_string_equal(k->notes[0].text, "in two\nlines");
    assert_false(k->notes[0].desk || k->notes[0].is_public);
    assert_int_equal(k->link_count, 2);
    assert_int_equal(k->links[1], first + 1);
    assert_int_equal(k->row.links, 2);
    reply_finish(&answer);
}

static void merged(void **state)
{
    (void)state;
    char text[80];
    int64_t into = sql("SELECT max(id) FROM doorstep.support_case");
    struct request r = act(CASE_OP_OPEN, first + 2, 1);
    r.control.type = CASE_INTERNAL;
    struct reply answer = ask(&r);
    reply_finish(&answer);
    r = act(CASE_OP_MERGE, into + 1, 1);
    r.control.id = into + 1;
    r.control.other = into;
    snprintf(text, sizeof text, "merged C%" PRId64 " into C%" PRId64 "; that cannot be taken back", into + 1, into);
    says(&r, text);
    struct support_case *k = read_case(&answer, into + 1);
    assert_int_equal(k->merged_into, into);
    assert_int_equal(k->row.state, CASE_STATE_CLOSED);
    reply_finish(&answer);
    k = read_case(&answer, into);
    assert_int_equal(k->note_count, 4);
    assert_int_equal(k->link_count, 3);
    reply_finish(&answer);
}

static void lists(void **state)
{
    (void)state;
    static const struct { const char *list; size_t count; } wanted[] = {{NULL, 1}, {"open", 1}, {"mine", 0}, {"pending", 1}, {"closed", 1}, {"all", 2}, {"conflict", 0}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct request r = {.kind = REQ_CASES, .control.list = wanted[i].list ? xstrdup(wanted[i].list) : NULL};
        struct reply answer = ask(&r);
        assert_int_equal(answer.case_count, wanted[i].count);
        reply_finish(&answer);
    }
    struct request r = {.kind = REQ_CASES, .ids = xcalloc(1, sizeof *r.ids), .id_count = 1};
    r.ids[0] = first + 2;
    struct reply answer = ask(&r);
    assert_int_equal(answer.case_count, 2);
    reply_finish(&answer);
}

static void without_a_helpdesk(void **state)
{
    (void)state;
    static const enum case_op ops[] = {CASE_OP_RETRY, CASE_OP_TAKE, CASE_OP_KEEP};
    int64_t id = sql("SELECT min(id) FROM doorstep.support_case");
    for (size_t i = 0; i < 3; i++) {
        struct request r = act(ops[i], id, 1);
        r.control.id = id;
        struct reply answer = ask(&r);
        assert_int_equal(answer.result_count, 1);
        assert_true(answer.summary[0]);
        reply_finish(&answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_draft), cmocka_unit_test(a_case), cmocka_unit_test(merged), cmocka_unit_test(lists), cmocka_unit_test(without_a_helpdesk),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
