/* Filters as SQL: the text, its parameters, and what the real schema makes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "db/db.h"
#include "db/filter_sql.h"
#include "db/pg.h"

#define OPEN "e.state <> 'resolved'"
#define NOW INT64_C(1795305600000)     /* 2026-11-22T00:00:00Z */
#define AGO(n) "(extract(epoch FROM now()) * 1000)::bigint - $" n "::bigint"
#define SEARCH(n) "e.id = ANY (ARRAY(SELECT doorstep.search_ids($" n ")))"

static const struct {
    const char *filter, *where, *params;  /* params joined by | */
} cases[] = {
    { "", OPEN, "" },
    { "kind:lost", OPEN " AND e.kind = 'lost'", "" },
    { "kind:lost,damaged", OPEN " AND e.kind IN ('lost', 'damaged')", "" },
    { "-kind:lost", OPEN " AND (e.kind = 'lost') IS NOT TRUE", "" },
    { "severity:>=high", OPEN " AND e.severity >= 'high'", "" },
    { "fault:carrier", OPEN " AND e.fault = 'carrier'", "" },
    { "status:held", OPEN " AND e.effective_status = 'held'", "" },
    { "carrier_status:returned", OPEN " AND e.carrier_status = 'returned'", "" },
    { "state:new", OPEN " AND e.state = 'new'", "" },
    { "state:new,resolved", "true AND e.state IN ('new', 'resolved')", "" },
    { "-state:resolved", OPEN " AND (e.state = 'resolved') IS NOT TRUE", "" },
    { "-state:new", "true AND (e.state = 'new') IS NOT TRUE", "" },
    { "state:resolved -state:resolved", OPEN " AND e.state = 'resolved' AND (e.state = 'resolved') IS NOT TRUE", "" },
    { "carrier:UPS", OPEN " AND e.carrier = $4", "ups" },
    { "carrier:ups,fedex", OPEN " AND (e.carrier = $4 OR e.carrier = $5)", "ups|fedex" },
    { "region:tx -tier:gold", OPEN " AND lower(e.region) = lower($4) AND (lower(e.tier) = lower($5)) IS NOT TRUE", "tx|gold" },
    { "owner:me,none,dana", OPEN " AND (e.owner = session_user::text COLLATE \"default\" OR e.owner IS NULL OR e.owner = $4)", "dana" },
    { "-owner:none", OPEN " AND (e.owner IS NULL) IS NOT TRUE", "" },
    { "tracking:1z99", OPEN " AND (e.tracking_number >= $4 AND e.tracking_number < $4 || chr(1114111))", "1Z99" },
    { "order:10-3", OPEN " AND (e.order_number >= $4 AND e.order_number < $4 || chr(1114111))", "10-3" },
    { "sla:>1h", OPEN " AND (coalesce(e.due_at > now() + $4::bigint * interval '1 ms', false) AND e.k_urgency >= floor(extract(epoch FROM now()) +"
                  " $4::bigint / 1000.0)::bigint * 4 AND e.k_urgency < 274877906940)", "3600000" },
    { "sla:<30m", OPEN " AND (coalesce(e.due_at < now() + $4::bigint * interval '1 ms', false) AND e.k_urgency < (floor(extract(epoch FROM now()) +"
                  " $4::bigint / 1000.0)::bigint + 1) * 4)", "1800000" },
    { "sla:none", OPEN " AND (e.due_at IS NULL AND e.k_urgency >= 274877906940)", "" },
    { "scan:>24h", OPEN " AND (coalesce(e.last_scan_at < now() - $4::bigint * interval '1 ms', false) AND e.k_scan <= " AGO("4") " + 1)", "86400000" },
    { "age:<2d", OPEN " AND (coalesce(e.opened_at > now() - $4::bigint * interval '1 ms', false) AND e.k_oldest >= " AGO("4") " - 1)", "172800000" },
    { "age:<2d sort:newest", OPEN " AND (coalesce(e.opened_at > now() - $4::bigint * interval '1 ms', false) AND e.k_oldest >= " AGO("4") " - 1"
                  " AND e.k_newest <= $4::bigint - (extract(epoch FROM now()) * 1000)::bigint + 1)", "172800000" },
    { "severity:high,medium sort:severity", OPEN " AND e.severity IN ('high', 'medium') AND e.k_severity >= 68719476736 AND e.k_severity < 206158430208", "" },
    { "age:<=2d", OPEN " AND (coalesce(e.opened_at >= now() - $4::bigint * interval '1 ms', false) AND e.k_oldest >= " AGO("4") " - 1)", "172800000" },
    { "age:>=2d", OPEN " AND (coalesce(e.opened_at <= now() - $4::bigint * interval '1 ms', false) AND e.k_oldest <= " AGO("4") " + 1)", "172800000" },
    { "promised:<2026-11-21", OPEN " AND coalesce(e.promised_at < timestamptz 'epoch' + $4::bigint * interval '1 ms', false) AND e.k_promised <= $4::bigint + 1", "1795240800000" },
    { "promised:>2026-11-21", OPEN " AND coalesce(e.promised_at >= timestamptz 'epoch' + $4::bigint * interval '1 ms', false) AND e.k_promised >= $4::bigint - 1", "1795327200000" },
    /* 18:00 of the 21st at UTC-6: today is the 21st */
    { "promised:today", OPEN " AND (coalesce(e.promised_at >= timestamptz 'epoch' + $4::bigint * interval '1 ms', false) AND e.k_promised >= $4::bigint - 1 AND"
                        " coalesce(e.promised_at < timestamptz 'epoch' + $5::bigint * interval '1 ms', false) AND e.k_promised <= $5::bigint + 1)", "1795240800000|1795327200000" },
    { "id:48121", OPEN " AND e.id = $4::bigint", "48121" },
    { "tag:VIP", OPEN " AND e.id = ANY (ARRAY(SELECT doorstep.tag_ids(ARRAY[$4::text])))", "vip" },
    { "tag:a,b", OPEN " AND (e.id = ANY (ARRAY(SELECT doorstep.tag_ids(ARRAY[$4::text]))) OR e.id = ANY (ARRAY(SELECT doorstep.tag_ids(ARRAY[$5::text]))))", "a|b" },
    { "-tag:a", OPEN " AND ($4::text = ANY (e.tags)) IS NOT TRUE", "a" },
    { "outage:3", OPEN " AND e.id = ANY (ARRAY(SELECT doorstep.outage_ids(ARRAY[$4::int])))", "3" },
    { "-outage:3", OPEN " AND (e.outages @> ARRAY[$4::int]) IS NOT TRUE", "3" },
    { "batch:7", OPEN " AND e.id = ANY (ARRAY(SELECT doorstep.batch_ids($4::bigint)))", "7" },
    { "contact:Wismo/phone", OPEN " AND e.id = ANY (ARRAY(SELECT doorstep.happened_ids('contact', $4)))", "wismo/phone" },
    { "-did:Maria@2026-11-21 state:any", "true AND (e.id = ANY (ARRAY(SELECT doorstep.happened_ids('did', $4, $5::bigint, $6::bigint)))) IS NOT TRUE AND true", "Maria|1795240800000|1795327200000" },
    { "csat:1@today", OPEN " AND e.id = ANY (ARRAY(SELECT doorstep.happened_ids('csat', $4, $5::bigint, $6::bigint)))", "1|1795240800000|1795327200000" },
    { "outage:none", OPEN " AND NOT (e.outages && (SELECT doorstep.outages_live()))", "" },
    { "outage:3 state:resolved", "true AND e.outages @> ARRAY[$4::int] AND e.state = 'resolved'", "3" },
    { "tag:none", OPEN " AND e.tags = '{}'", "" },
    { "tag:a state:resolved", "true AND $4::text = ANY (e.tags) AND e.state = 'resolved'", "a" },
    { "is:unowned", OPEN " AND e.owner IS NULL", "" },
    { "is:noted", OPEN " AND e.marks & 4 <> 0", "" },
    { "delgado", OPEN " AND ((" SEARCH("4") "))", "%delgado%" },
    { "ab", OPEN " AND ((" SEARCH("4") "))", "% ab%" },
    { "\"z a_ \303\251t\303\251 \303\251t\"", OPEN " AND ((" SEARCH("4") " AND " SEARCH("5") " AND " SEARCH("6") " AND " SEARCH("7") "))", "% z%|% a\\_%|%\303\251t\303\251%|% \303\251t%" },
    { "\"@ \345\244\252\351\203\216\"", OPEN " AND ((" SEARCH("4") " AND " SEARCH("5") "))", "%@%|%\345\244\252\351\203\216%" },
    { "state:resolved delgado", "true AND e.state = 'resolved' AND ((e.id = ANY (ARRAY(SELECT doorstep.search_all_ids($4)))))", "%delgado%" },
    { "\"rosa delgado\"", OPEN " AND ((" SEARCH("4") " AND " SEARCH("5") "))", "%rosa%|%delgado%" },
    { "\"1z 999-aa1\"", OPEN " AND (e.tracking_number = $4 OR (" SEARCH("5") " AND " SEARCH("6") "))", "1Z999AA1|% 1z%|%999-aa1%" },
    { "\"100%_\\\\x\"", OPEN " AND ((" SEARCH("4") "))", "%100\\%\\_\\\\x%" },
    { "customer:555", OPEN " AND ((" SEARCH("4") " AND (' ' || lower(e.customer_name) LIKE lower($4) OR doorstep.customer_reached_at(e.customer_id, $4))))", "%555%" },
    { "reason:weather", OPEN " AND ((" SEARCH("4") " AND ' ' || lower(e.reason) LIKE lower($4)))", "%weather%" },
};

static void make(const char *text, bool index, struct filter_sql *q)
{
    struct filter f;
    struct err e;
    const struct when_zone zone = {.offset = {-6 * 3600}};
    const struct filter_sql_options o = { .first = 4, .now = NOW, .zone = &zone, .search_index = index };
    if (!filter_parse(text, &f, NULL, &e))
        fail_msg("%s: %s", text, e.text);
    filter_sql_make(&f, &o, q);
    filter_finish(&f);
}

static void filters_become_conditions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct filter_sql q;
        struct buf params;
        make(cases[i].filter, true, &q);
        buf_init(&params, 0);
        for (int p = 0; p < q.count; p++)
            buf_printf(&params, "%s%s", p ? "|" : "", q.params[p]);
        print_message("# %s\n", cases[i].filter);
        assert_string_equal(buf_str(&q.where), cases[i].where);
        assert_string_equal(buf_str(&params), cases[i].params);
        buf_finish(&params);
        filter_sql_finish(&q);
    }
}

/* Chicago: 2026-11-01 has 25 hours there, 2026-03-08 has 23; Kathmandu is 5:45 east. Dates go back to what was on the wall then. */
static void days_are_as_long_as_clocks_make_them(void **state)
{
    static const struct when_zone chicago = {{-21600, -18000, -21600}, 2, {INT64_C(1772956800000), INT64_C(1793516400000)}}, kathmandu = {.offset = {20700}};
    static const struct { const struct when_zone *zone; const char *now, *filter, *from, *to; } t[] = {
        {&chicago, "2026-11-01T18:00Z", "done:today", "2026-11-01T05:00Z", "2026-11-02T06:00Z"},
        {&chicago, "2026-11-02T05:30Z", "done:today", "2026-11-01T05:00Z", "2026-11-02T06:00Z"},
        {&chicago, "2026-11-02T06:00Z", "done:yesterday", "2026-11-01T05:00Z", "2026-11-02T06:00Z"},
        {&chicago, "2026-11-22T12:00Z", "done:2026-03-08", "2026-03-08T06:00Z", "2026-03-09T05:00Z"},
        {&chicago, "2026-11-22T12:00Z", "done:2026-10-31..2026-11-02", "2026-10-31T05:00Z", "2026-11-03T06:00Z"},
        {&chicago, "2026-11-22T12:00Z", "done:2026-07-03", "2026-07-03T05:00Z", "2026-07-04T05:00Z"},
        {&kathmandu, "2026-11-22T18:20Z", "done:today", "2026-11-22T18:15Z", "2026-11-23T18:15Z"},
        {&kathmandu, "2028-02-29T12:00Z", "done:2028-02-29", "2028-02-28T18:15Z", "2028-02-29T18:15Z"},
        {&kathmandu, "2026-12-31T18:15Z", "done:today", "2026-12-31T18:15Z", "2027-01-01T18:15Z"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct filter f;
        struct filter_sql q;
        struct filter_sql_options o = {.first = 1, .zone = t[i].zone};
        int64_t from, to;
        assert_true(when_parse(t[i].now, strlen(t[i].now), &o.now, NULL) && when_parse(t[i].from, strlen(t[i].from), &from, NULL) &&
                    when_parse(t[i].to, strlen(t[i].to), &to, NULL));
        assert_true(filter_parse(t[i].filter, &f, NULL, NULL));
        filter_sql_make(&f, &o, &q);
        if (q.count != 2 || strtoll(q.params[0], NULL, 10) != from || strtoll(q.params[1], NULL, 10) != to)
            fail_msg("%s: %s %s", t[i].filter, q.params[0], q.count > 1 ? q.params[1] : "");
        filter_sql_finish(&q);
        filter_finish(&f);
    }
    struct filter f;
    struct filter_sql q;
    assert_true(filter_parse("hour:9", &f, NULL, NULL));
    filter_sql_make(&f, &(struct filter_sql_options){.first = 1, .zone = &chicago}, &q);
    assert_non_null(strstr(buf_str(&q.where), "(e.k_oldest / 900000 + 72 + (e.k_oldest >= 1772956800000)::int * 4"
                                              " + (e.k_oldest >= 1793516400000)::int * -4) / 4 % 24 = $1::bigint"));
    filter_sql_finish(&q);
    filter_sql_make(&f, &(struct filter_sql_options){.first = 1, .zone = &kathmandu}, &q);
    assert_non_null(strstr(buf_str(&q.where), "(e.k_oldest / 900000 + 119) / 4 % 24 = $1::bigint"));
    filter_sql_finish(&q);
    filter_finish(&f);
}

static void sorts_have_their_keys(void **state)
{
    (void)state;
    for (int s = 0; s < SORT_COUNT; s++) {
        char text[40], key[40];
        struct filter_sql q;
        snprintf(text, sizeof text, "sort:%s", sort_name((enum sort)s));
        snprintf(key, sizeof key, "e.k_%s", sort_name((enum sort)s));
        make(text, true, &q);
        assert_string_equal(q.key, key);
        filter_sql_finish(&q);
    }
}

/* Typed text never becomes part of the statement. */
static void nothing_typed_is_in_the_text(void **state)
{
    (void)state;
    static const char *const fields[] = { "carrier", "service", "brand", "owner", "tier", "language", "country", "region", "city",
                                          "postal", "tracking", "order", "customer", "reason", "tag", "text" };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        char text[80];
        struct filter_sql q;
        snprintf(text, sizeof text, "%s:\"zq';--\"", fields[i]);
        make(text, true, &q);
        assert_null(strstr(buf_str(&q.where), "zq"));
        assert_null(strstr(buf_str(&q.where), "--"));
        assert_true(q.count > 0);
        filter_sql_finish(&q);
    }
}

/* --- with a database -------------------------------------------------------- */

static const char *dsn(void)
{
    const char *d = getenv("DOORSTEP_TEST_DSN");
    if (!d) {
        print_message("# DOORSTEP_TEST_DSN is not set: no database to try this on\n");
        skip();
    }
    return d;
}

static void every_filter_runs(void **state)
{
    (void)state;
    struct err e;
    PGconn *c = pg_connect(dsn(), "test", 10000, &e);
    assert_non_null(c);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int index = 0; index < 2; index++) {
            struct filter_sql q;
            struct buf sql;
            const char *params[16] = { "0", "0", "10" };
            make(cases[i].filter, index, &q);
            for (int p = 0; p < q.count; p++)
                params[3 + p] = q.params[p];
            buf_init(&sql, 0);
            buf_printf(&sql, "SELECT e.id FROM doorstep.exception e WHERE (%s, e.id) > ($1, $2) AND %s ORDER BY %s, e.id LIMIT $3", q.key,
                       buf_str(&q.where), q.key);
            PGresult *r = pg_run(c, buf_str(&sql), 3 + q.count, params, &e);
            if (!r)
                fail_msg("%s: %s", cases[i].filter, e.text);
            PQclear(r);
            buf_finish(&sql);
            filter_sql_finish(&q);
        }
    PQfinish(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_become_conditions),
        cmocka_unit_test(days_are_as_long_as_clocks_make_them), cmocka_unit_test(sorts_have_their_keys),
        cmocka_unit_test(nothing_typed_is_in_the_text),
        cmocka_unit_test(every_filter_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
