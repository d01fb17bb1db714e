/* Drafts of prompts: when they are kept, and when they are forgotten. */
#include "unit/app_helpers.h"

static struct rig rig;
static struct world world;

static int live(void **state)
{
    (void)state;
    rig_live(&rig, &world, 30);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    rig_stop(&rig);
    return 0;
}

static const struct request *draft(enum request_kind kind)
{
    int i = rig_find(&rig, kind);
    assert_true(i >= 0);
    return &rig.sent[i];
}

/* ERR_NONE: done. */
static void answer(enum request_kind kind, enum err_code code)
{
    int i = rig_find(&rig, kind);
    assert_true(i >= 0);
    struct request q = rig_take(&rig, i);
    struct reply r = {.kind = kind, .number = q.number};
    if (code == ERR_NONE)
        world_answer(&world, &q, &r);
    else
        err_set(&r.error, code, NULL, "gone");
    r.ok = code == ERR_NONE;
    request_finish(&q);
    rig_reply(&rig, &r);
}

/* What was refused is kept as a draft, what was done is not, and nothing is kept twice. */
static void what_is_sent_is_a_draft_until_it_was_done(void **state)
{
    (void)state;
    rig_keys(&rig, "nhe has a dog");
    answer(REQ_TYPED, ERR_NONE);
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig_count(&rig, REQ_TYPED_SAVE), 0);           /* it may well be done */
    rig_keys(&rig, "n");
    assert_int_equal(rig_count(&rig, REQ_TYPED), 0);                /* what is under way is no draft */
    rig_keys(&rig, "<Esc>");
    answer(REQ_ACT, ERR_AGAIN);
    assert_string_equal(draft(REQ_TYPED_SAVE)->control.text, "he has a dog");
    answer(REQ_TYPED_SAVE, ERR_NONE);
    rig_keys(&rig, "nand a cat");
    rig_pass(&rig, 800);
    answer(REQ_TYPED, ERR_NONE);
    answer(REQ_TYPED_SAVE, ERR_NONE);
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig_count(&rig, REQ_TYPED_SAVE), 0);
    answer(REQ_ACT, ERR_NONE);
    assert_string_equal(draft(REQ_TYPED_SAVE)->control.text, "");
    answer(REQ_TYPED_SAVE, ERR_NONE);
}

static void a_draft_that_is_over_is_forgotten_when_connected_again(void **state)
{
    (void)state;
    rig_keys(&rig, "nnever mind");
    rig_pass(&rig, 800);
    answer(REQ_TYPED_SAVE, ERR_NONE);
    rig_keys(&rig, "<Esc>");
    assert_string_equal(draft(REQ_TYPED_SAVE)->control.text, "");
    answer(REQ_TYPED_SAVE, ERR_UNREACHABLE);
    rig_link(&rig, LINK_DOWN, "gone");
    assert_int_equal(rig_count(&rig, REQ_TYPED_SAVE), 0);
    rig_link(&rig, LINK_LIVE, NULL);
    assert_int_equal(rig_count(&rig, REQ_TYPED_SAVE), 1);
    assert_string_equal(draft(REQ_TYPED_SAVE)->control.text, "");
    answer(REQ_TYPED_SAVE, ERR_NONE);
    rig_link(&rig, LINK_DOWN, "gone");
    rig_link(&rig, LINK_LIVE, NULL);
    assert_int_equal(rig_count(&rig, REQ_TYPED_SAVE), 0);
}

/* Who cannot tell whether it was done is not the end of it: no draft of what may well be done, and none of it is left over. */
static void a_draft_waits_for_who_can_tell(void **state)
{
    (void)state;
    rig_keys(&rig, "nhe has a dog");
    answer(REQ_TYPED, ERR_NONE);
    rig_pass(&rig, 800);
    answer(REQ_TYPED_SAVE, ERR_NONE);
    rig_keys(&rig, "<Enter>");
    struct request q = rig_take(&rig, rig_find(&rig, REQ_ACT));
    rig_link(&rig, LINK_DOWN, "gone");
    struct reply lost = {.kind = REQ_ACT, .number = q.number, .in_doubt = true};
    err_set(&lost.error, ERR_UNREACHABLE, NULL, "gone");
    request_finish(&q);
    rig_reply(&rig, &lost);
    rig_link(&rig, LINK_LIVE, NULL);
    answer(REQ_HELLO, ERR_NONE);
    rig.m.hello.read_only = rig.m.hello.standby = true;
    answer(REQ_ACT, ERR_REFUSED);
    assert_int_equal(rig_count(&rig, REQ_TYPED_SAVE), 0);
    rig_link(&rig, LINK_DOWN, "gone");
    rig_link(&rig, LINK_LIVE, NULL);
    answer(REQ_HELLO, ERR_NONE);
    answer(REQ_ACT, ERR_NONE);
    assert_string_equal(draft(REQ_TYPED_SAVE)->control.text, "");
}

#define LIVE(f) cmocka_unit_test_setup_teardown(f, live, stop)

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        LIVE(what_is_sent_is_a_draft_until_it_was_done), LIVE(a_draft_that_is_over_is_forgotten_when_connected_again),
        LIVE(a_draft_waits_for_who_can_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
