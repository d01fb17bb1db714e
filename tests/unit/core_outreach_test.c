/* The words of outreach, what weighs most on a message, and what the finish functions own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/die.h"
#include "core/outbox.h"
#include "core/outreach.h"

/* Every name is read back to its own number, differs from the others; near misses are not names. */
#define WALK(type, count, name_of, parse)                              \
    do {                                                               \
        for (int i = 0; i < (count); i++) {                            \
            enum type got = (enum type)((count) + 1);                  \
            const char *name = name_of((enum type)i);                  \
            size_t n = strlen(name);                                   \
            assert_true(n > 0 && strspn(name, "abcdefghijklmnopqrstuvwxyz_") == n); \
            assert_true(parse(name, n, &got));                         \
            assert_int_equal(got, i);                                  \
            got = (enum type)((count) + 1);                            \
            assert_false(parse(name, n - 1, &got));                    \
            assert_false(parse(name, n + 1, &got));                    \
            assert_int_equal(got, (count) + 1);                        \
        }                                                              \
        enum type got;                                                 \
        assert_false(parse("", 0, &got));                              \
        assert_false(parse("Email", 5, &got));                         \
        assert_string_equal(name_of((enum type)(count)), "?");         \
        assert_string_equal(name_of((enum type)-1), "?");              \
    } while (0)

static void names_are_read_back(void **state)
{
    (void)state;
    WALK(channel, CHANNEL_COUNT, channel_name, channel_parse);
    WALK(outreach_state, OUTREACH_STATE_COUNT, outreach_state_name, outreach_state_parse);
    WALK(guardrail, GUARDRAIL_COUNT, guardrail_name, guardrail_parse);
    WALK(verdict_effect, VERDICT_COUNT, verdict_effect_name, verdict_effect_parse);
}

static void everything_has_words_for_people(void **state)
{
    (void)state;
    for (int i = 0; i < CHANNEL_COUNT; i++)
        assert_true(*channel_label((enum channel)i) != '\0');
    for (int i = 0; i < OUTREACH_STATE_COUNT; i++)
        assert_true(*outreach_state_label((enum outreach_state)i) != '\0');
    for (int i = 0; i < GUARDRAIL_COUNT; i++)
        assert_true(*guardrail_label((enum guardrail)i) != '\0' && *guardrail_passed_by((enum guardrail)i) != '\0');
    assert_string_equal(channel_label(CHANNEL_EMAIL), "e-mail");
    assert_string_equal(outreach_state_label(OUTREACH_UNKNOWN), "may have gone out: somebody has to find out");
    assert_string_equal(guardrail_passed_by(GUARDRAIL_NO_CONSENT), "nobody");
    assert_string_equal(guardrail_passed_by(GUARDRAIL_STALE), "a lead, with a reason");
    assert_string_equal(channel_label((enum channel)99), "?");
    assert_string_equal(outreach_state_label((enum outreach_state)99), "?");
    assert_string_equal(guardrail_label((enum guardrail)-1), "?");
    assert_string_equal(guardrail_passed_by((enum guardrail)99), "?");
    assert_string_equal(outbox_outcome_name(OUTBOX_SENT), "sent");
    assert_string_equal(outbox_outcome_name(OUTBOX_UNKNOWN), "unknown");
}

static void the_worst_verdict(void **state)
{
    static const struct { enum verdict_effect effects[4]; size_t count; int worst; } rows[] = {
        {{VERDICT_WARN}, 0, -1},
        {{VERDICT_WARN}, 1, 0},
        {{VERDICT_WARN, VERDICT_DEFER, VERDICT_BLOCK}, 3, 2},
        {{VERDICT_DEFER, VERDICT_WARN}, 2, 0},
        {{VERDICT_WARN, VERDICT_BLOCK, VERDICT_DEFER, VERDICT_BLOCK}, 4, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct verdict verdicts[4] = {{.message = ""}};
        struct message m = {.verdicts = verdicts, .verdict_count = rows[i].count};
        for (size_t k = 0; k < rows[i].count; k++)
            verdicts[k].effect = rows[i].effects[k];
        const struct verdict *worst = message_worst(&m);
        assert_ptr_equal(worst, rows[i].worst < 0 ? NULL : &verdicts[rows[i].worst]);
    }
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
    struct message m = {.exception_id = 1, .subject = xstrdup("s"), .body = xstrdup("b"), .html = xstrdup("h"), .provider_vars = xstrdup("{}"),
                        .verdicts = xcalloc(2, sizeof *m.verdicts), .verdict_count = 2};
    struct compose c = {.exception_id = 1, .candidates = xcalloc(1, sizeof *c.candidates), .macros = xcalloc(1, sizeof *c.macros),
                        .draft = {.present = true, .subject = xstrdup("s"), .body = xstrdup("b")}};
    struct message_row r = {.id = 1, .body = xstrdup("b"), .attempts = xstrdup("a")};
    struct outbox_message o = {.id = 1, .to = xstrdup("t"), .to_name = xstrdup("n"), .from_name = xstrdup("f"), .from_email = xstrdup("e"),
                               .reply_to = xstrdup("r"), .list_unsubscribe = xstrdup("u"), .brand = xstrdup("b"), .language = xstrdup("l"),
                               .subject = xstrdup("s"), .body = xstrdup("b"), .html = xstrdup("h"), .provider_template = xstrdup("p"),
                               .provider_vars = xstrdup("v"), .message_id = xstrdup("m"), .tracking_number = xstrdup("1Z"), .order_number = xstrdup("10")};
    (void)state;
    for (int twice = 0; twice < 2; twice++) {
        message_finish(&m);
        compose_finish(&c);
        message_row_finish(&r);
        outbox_message_finish(&o);
        assert_true(all_zero(&m, sizeof m) && all_zero(&c, sizeof c) && all_zero(&r, sizeof r) && all_zero(&o, sizeof o));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_read_back),
        cmocka_unit_test(everything_has_words_for_people),
        cmocka_unit_test(the_worst_verdict),
        cmocka_unit_test(finishing_frees_and_zeroes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
