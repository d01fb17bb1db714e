/* The words of playbooks' steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "app/action.h"
#include "core/playbook.h"

static void steps_are_actions(void **state)
{
    static const char *const names[] = {
#define X(name) name,
        PLAYBOOK_ACTIONS(X)
#undef X
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        enum action a;
        assert_true(action_parse(names[i], strlen(names[i]), &a));
        assert_true(playbook_action(names[i]));
    }
    assert_false(playbook_action("quit"));
    assert_false(playbook_action(""));
}

static void conditions_are_checked(void **state)
{
    static const char *const good[] = {"", "  ", "told", "-replied told", "status:lost", "-status:in_transit,delayed", "severity:high,critical tier:gold", " case  -case ", "tier:très_bon"};
    static const char *const bad[] = {"tolds", "tol", "-", "--told", "told:yes", "status", "status:", "status:gone", "status:lost,", "severity:,high", "tier:", "tier:a:b", "told,case"};
    struct err e = {0};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(playbook_condition(good[i], &e));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        e = (struct err){0};
        assert_false(playbook_condition(bad[i], &e));
        assert_int_equal(e.code, ERR_INPUT);
        assert_non_null(strstr(e.text, "is no condition: use told"));
    }
}

/* The sentence names every term. */
static void every_term_is_named(void **state)
{
    struct err e = {0};
    (void)state;
    assert_false(playbook_condition("nothing", &e));
#define X(name, values, says) assert_non_null(strstr(e.text, (values) ? name ":…" : name));
    PLAYBOOK_TERMS(X)
#undef X
    assert_non_null(strstr(e.text, "use told, replied,"));
    assert_non_null(strstr(e.text, " or severity:…, with - before what must not be"));
}

static void steps_are_read(void **state)
{
    static const char good[] = "[{\"action\": \"note\", \"label\": \"x\", \"condition\": \"told\"}, {\"action\": \"case\"}]";
    static const char *const bad[] = {"", "{", "{}", "1", "[{\"action\": \"fly\"}]", "[{\"action\": \"note\", \"condition\": \"hungry\"}]"};
    struct err e = {0};
    (void)state;
    assert_true(playbook_steps_read(good, sizeof good - 1, &e));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(playbook_steps_read(bad[i], strlen(bad[i]), &e));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_actions), cmocka_unit_test(conditions_are_checked), cmocka_unit_test(every_term_is_named), cmocka_unit_test(steps_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
