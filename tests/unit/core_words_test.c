/* The closed lists of the domain, and what the finish functions own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/die.h"
#include "core/contact.h"
#include "core/kind.h"
#include "core/request.h"
#include "core/verb.h"

/* Every name of a list is read back to its own number; near misses are not names. */
#define WALK(type, count, name_of, parse)                              \
    do {                                                               \
        for (int i = 0; i < (count); i++) {                            \
            enum type got = (enum type)((count) + 1);                  \
            const char *name = name_of((enum type)i);                  \
            size_t n = strlen(name);                                   \
            assert_true(n > 0 && strspn(name, "abcdefghijklmnopqrstuvwxyz_") == n); \
            assert_true(parse(name, n, &got));                         \
            assert_int_equal(got, i);                                  \
            assert_false(parse(name, n - 1, &got));                    \
        }                                                              \
        enum type got;                                                 \
        assert_false(parse("", 0, &got));                              \
        assert_false(parse("nothing_like_it", 15, &got));              \
        assert_string_equal(name_of((enum type)(count)), "?");         \
        assert_string_equal(name_of((enum type)-1), "?");              \
    } while (0)

static void names_are_read_back(void **state)
{
    (void)state;
    WALK(kind, KIND_COUNT, kind_name, kind_parse);
    WALK(severity, SEVERITY_COUNT, severity_name, severity_parse);
    WALK(state, STATE_COUNT, state_name, state_parse);
    WALK(status, STATUS_COUNT, status_name, status_parse);
    WALK(resolution, RESOLUTION_COUNT, resolution_name, resolution_parse);
    WALK(verb, VERB_COUNT, verb_name, verb_parse);
    WALK(contact_driver, CONTACT_DRIVER_COUNT, contact_driver_name, contact_driver_parse);
    WALK(contact_way, CONTACT_WAY_COUNT, contact_way_name, contact_way_parse);
}

static void labels_and_facts(void **state)
{
    (void)state;
    assert_string_equal(kind_label(KIND_LATE_PROMISE), "late");
    assert_int_equal(kind_fault(KIND_CUSTOMS_HOLD), FAULT_CUSTOMS);
    assert_int_equal(kind_fault(KIND_NOT_SHIPPED), FAULT_RETAILER);
    assert_int_equal(kind_severity(KIND_LOST), SEVERITY_CRITICAL);
    assert_int_equal(kind_severity(KIND_DELAY_WEATHER), SEVERITY_LOW);
    assert_int_equal(kind_fault((enum kind)99), kind_fault(KIND_OTHER));
    assert_int_equal(kind_severity((enum kind)-1), kind_severity(KIND_OTHER));
    assert_string_equal(kind_label((enum kind)99), "?");
    assert_string_equal(status_label(STATUS_PRE_TRANSIT), "label created");
    assert_string_equal(status_label((enum status)99), "?");
    assert_string_equal(resolution_label(RESOLUTION_OTHER), "other, see note");
    assert_string_equal(contact_driver_label(CONTACT_WISMO), "where is my parcel");
    assert_int_equal(contact_driver_key(CONTACT_WISMO), 'w');
    assert_int_equal(contact_driver_key((enum contact_driver)99), '\0');
    assert_string_equal(contact_way_label(CONTACT_BY_IN_PERSON), "in person");
    assert_string_equal(verb_past(VERB_WAIT), "started waiting on");
    assert_string_equal(verb_past((enum verb)99), "?");
    assert_true(verb_undoable(VERB_RESOLVE));
    assert_false(verb_undoable(VERB_NOTE));
    assert_false(verb_undoable((enum verb)99));
    assert_string_equal(role_level_name(ROLE_LEAD), "lead");
    assert_string_equal(role_level_name((enum role_level)99), "?");
}

static bool all_zero(const void *p, size_t n)
{
    const char *s = p;
    while (n && !s[n - 1])
        n--;
    return n == 0;
}

/* What is forgotten here shows as a leak under the address sanitizer. */
static void finishing_frees_and_zeroes(void **state)
{
    struct request r = {
        .kind = REQ_ACT, .filter = xstrdup("kind:lost"), .page.filter = xstrdup(""), .ids = xcalloc(2, sizeof *r.ids),
        .id_count = 2, .act = {.text = xstrdup("t"), .person = xstrdup("p"), .code = xstrdup("c")},
        .name = xstrdup("Mine"), .count_filters = xcalloc(2, sizeof(char *)), .count_filter_count = 2,
    };
    struct reply p = {
        .page.rows = xcalloc(1, sizeof *p.page.rows), .context = xcalloc(1, sizeof *p.context),
        .views = xcalloc(1, sizeof *p.views), .results = xcalloc(1, sizeof *p.results),
        .ids = xcalloc(1, sizeof *p.ids),
    };
    (void)state;
    r.count_filters[1] = xstrdup("is:mine");
    p.context->lines = xcalloc(1, sizeof *p.context->lines);
    p.context->scans = xcalloc(1, sizeof *p.context->scans);
    p.context->activity = xcalloc(1, sizeof *p.context->activity);
    p.words.items = xcalloc(1, sizeof *p.words.items);
    p.words.count = 1;
    p.words.items[0].word = xstrdup("ups");
    p.words.items[0].label = xstrdup("UPS");
    for (int twice = 0; twice < 2; twice++) {
        request_finish(&r);
        reply_finish(&p);
        assert_true(all_zero(&r, sizeof r));
        assert_true(all_zero(&p, sizeof p));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_read_back),
        cmocka_unit_test(labels_and_facts),
        cmocka_unit_test(finishing_frees_and_zeroes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
