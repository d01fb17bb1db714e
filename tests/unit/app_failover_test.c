/* What a standby that took over never got is said: of what was done in part as well, and not before the new primary was asked. */
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

/* Connected again, to a server of that timeline. */
static void meet(int32_t timeline, bool standby)
{
    rig_link(&rig, LINK_DOWN, "gone");
    rig_link(&rig, LINK_LIVE, NULL);
    struct request q = rig_take(&rig, rig_find(&rig, REQ_HELLO));
    struct reply r;
    world_answer(&world, &q, &r);
    r.hello.timeline = timeline;
    r.hello.standby = r.hello.read_only = standby;
    request_finish(&q);
    rig_reply(&rig, &r);
}

static void claim_three(bool one_refused)
{
    rig_keys(&rig, "<Space><Space><Space>c");
    struct request q = rig_take(&rig, rig_find(&rig, REQ_ACT));
    struct reply r;
    assert_int_equal(q.id_count, 3);
    world_answer(&world, &q, &r);
    if (one_refused) {
        r.results[1] = (struct act_result){.id = q.ids[1], .code = "taken"};
        snprintf(r.results[1].message, sizeof r.results[1].message, "dana claimed it just now");
    }
    request_finish(&q);
    rig_reply(&rig, &r);
}

static void answer_gone(const char *key)
{
    struct request q = rig_take(&rig, rig_find(&rig, REQ_GONE));
    struct reply r = {.kind = REQ_GONE, .number = q.number, .ok = true};
    r.table.columns = r.table.rows = 1;
    r.table.names = xcalloc(1, sizeof *r.table.names);
    r.table.cells = xcalloc(1, sizeof *r.table.cells);
    r.table.cells[0] = xstrdup(key);
    request_finish(&q);
    rig_reply(&rig, &r);
}

static void what_was_done_in_part_is_missed_as_well(void **state)
{
    (void)state;
    meet(1, false);
    rig_settle(&rig, &world);
    claim_three(true);
    assert_non_null(strstr(rig.m.toast, "claimed 2, 1 refused"));
    rig_settle(&rig, &world);
    meet(2, false);
    assert_int_equal(rig_count(&rig, REQ_GONE), 1);
    char key[KEY_TEXT];
    memcpy(key, rig.m.done[0].key, sizeof key);
    answer_gone(key);
    assert_non_null(strstr(rig.m.toast, "the failover lost what the old server had answered, do it again"));
    assert_non_null(strstr(rig.m.toast, "claimed 2, 1 refused"));
    assert_int_equal(rig.m.done_count, 0);
}

/* It may be behind by what the new primary has: to do that again would be wrong. */
static void a_standby_of_the_new_primary_is_not_asked(void **state)
{
    (void)state;
    meet(1, false);
    rig_settle(&rig, &world);
    claim_three(false);
    rig_settle(&rig, &world);
    meet(2, true);
    assert_int_equal(rig_count(&rig, REQ_GONE), 0);
    rig_settle(&rig, &world);
    meet(2, false);
    assert_int_equal(rig_count(&rig, REQ_GONE), 1);
}

#define LIVE(f) cmocka_unit_test_setup_teardown(f, live, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE(what_was_done_in_part_is_missed_as_well), LIVE(a_standby_of_the_new_primary_is_not_asked),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
