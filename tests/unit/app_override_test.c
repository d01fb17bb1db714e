/* Overrides and batches: looked at first, confirmed by their number, told exactly, taken back. */
#include "unit/app_helpers.h"
#include "unit/control_fixture.h"

#include "app/override.h"
#include "app/select.h"

static struct rig rig;
static struct world world;

static int live(void **state)
{
    (void)state;
    rig_live(&rig, &world, 400);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    rig_stop(&rig);
    return 0;
}

static void said(const char *what)
{
    if (!strstr(rig.m.toast, what))
        fail_msg("wanted \"%s\", said \"%s\"", what, rig.m.toast);
}

static void answer_preview(int64_t shipments)
{
    struct request q = rig_take(&rig, rig_find(&rig, REQ_OVERRIDE_PREVIEW));
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true, .preview = preview_fixture(shipments, rig.now + WHEN_DAY)};
    request_finish(&q);
    rig_reply(&rig, &r);
}

/* The batch first, then `skipped` exceptions that were left out. */
static void answer_apply(const char *code, bool ok, const char *message, size_t skipped)
{
    struct request q = rig_take(&rig, rig_find(&rig, REQ_OVERRIDE_APPLY));
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true, .result_count = 1 + skipped};
    r.results = xcalloc(r.result_count, sizeof *r.results);
    r.results[0] = (struct act_result){.ok = ok, .rev = 7};
    snprintf(r.results[0].code, sizeof r.results[0].code, "%s", code);
    snprintf(r.results[0].message, sizeof r.results[0].message, "%s", message);
    for (size_t i = 1; i <= skipped; i++) {
        r.results[i] = (struct act_result){.id = (int64_t)i};
        snprintf(r.results[i].message, sizeof r.results[i].message, "delivered meanwhile");
    }
    request_finish(&q);
    rig_reply(&rig, &r);
}

static void be_lead(void) { rig.m.hello.level = ROLE_LEAD; }

/* O, a status, a reason: the screen, with its numbers. */
static void open_screen(int64_t shipments)
{
    rig_keys(&rig, "O");
    assert_int_equal(rig.m.menu.kind, MENU_OVERRIDE_STATUS);
    rig_keys(&rig, "jj<Enter>");
    assert_int_equal(rig.m.menu.kind, MENU_OVERRIDE_REASON);
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig.m.screen, SCREEN_OVERRIDE);
    if (shipments)
        answer_preview(shipments);
}

static void one_by_an_agent(void **state)
{
    (void)state;
    open_screen(0);
    rig_keys(&rig, "<Enter>");
    said("being counted");
    answer_preview(1);
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig.m.prompt.kind, PROMPT_OVERRIDE_NOTE);      /* a note is required */
    rig_keys(&rig, "<Enter>");
    assert_string_not_equal(rig.m.prompt.error, "");
    rig_keys(&rig, "hub down<Enter>");
    rig_keys(&rig, "<Enter>");
    struct request *q = &rig.sent[rig_find(&rig, REQ_OVERRIDE_APPLY)];
    assert_int_equal(q->control.status, STATUS_DELAYED);
    assert_string_equal(q->control.code, "carrier_outage");
    assert_string_equal(q->control.text, "hub down");
    assert_true(q->control.until == WHEN_NONE);
    assert_int_equal(q->ids[0], 1);
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig_count(&rig, REQ_OVERRIDE_APPLY), 1);
    answer_apply("ok", true, "1 shipment is \"delayed\" until Mon 09:00", 0);
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
    said("1 shipment is \"delayed\" until Mon 09:00 \u00b7 u takes it back");
    assert_int_equal(rig.m.overriding.id_count, 0);
}

static void another_status_on_the_screen(void **state)
{
    (void)state;
    open_screen(1);
    rig_keys(&rig, "s");
    assert_int_equal(rig.m.menu.kind, MENU_OVERRIDE_STATUS);
    assert_non_null(strstr(rig.m.menu.title, "the status of #1:"));
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig.m.screen, SCREEN_OVERRIDE);
    assert_int_equal(rig.m.overriding.status, override_status_at(0));
    assert_int_equal(rig.m.overriding.id_count, 1);
    assert_int_equal(rig.sent[rig_find(&rig, REQ_OVERRIDE_PREVIEW)].control.status, override_status_at(0));
}

static void a_selection_takes_a_lead(void **state)
{
    (void)state;
    rig_keys(&rig, "xxxO");
    said("override of a selection takes a lead: ask a lead, or override one shipment");
    assert_int_equal(rig.m.menu.kind, MENU_NONE);
    be_lead();
    rig_keys(&rig, "O");
    assert_int_equal(rig.m.menu.kind, MENU_OVERRIDE_STATUS);
}

static void the_count_is_typed(void **state)
{
    (void)state;
    be_lead();
    rig_keys(&rig, "*");
    rig_settle(&rig, &world);
    open_screen(1312);
    rig_keys(&rig, "nhub down<Enter><Enter>");
    assert_int_equal(rig.m.prompt.kind, PROMPT_OVERRIDE_COUNT);
    assert_non_null(strstr(rig.m.prompt.hint, "type 1,312"));
    rig_keys(&rig, "1,31<Enter>");
    assert_non_null(strstr(rig.m.prompt.error, "it is 1,312 shipments, not 1,31"));
    assert_int_equal(rig_find(&rig, REQ_OVERRIDE_APPLY), -1);
    rig_keys(&rig, "9");
    assert_non_null(strstr(rig.m.prompt.error, "type 1,312"));
    rig_keys(&rig, "<BS>2<Enter>");
    struct request *q = &rig.sent[rig_find(&rig, REQ_OVERRIDE_APPLY)];
    assert_true(q->id_count == 1 && q->ids[0] == -WORLD_SELECTION);
    assert_string_equal(q->filter, rig.m.filter);                   /* how they were chosen */
    answer_apply("pending", true, "batch 7 waits for a second lead: 312 shipments", 2);
    assert_int_equal(select_total(&rig.m), 0);
    assert_int_equal(rig.m.screen, SCREEN_RESULTS);                 /* what was left out is listed */
    assert_int_equal(rig.m.result_count, 2);
    assert_non_null(strstr(rig.m.results_title, "asked for 398"));
    assert_null(strstr(rig.m.undo_text, "batch 7"));
}

static void nothing_to_do(void **state)
{
    (void)state;
    open_screen(0);
    struct request q = rig_take(&rig, rig_find(&rig, REQ_OVERRIDE_PREVIEW));
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true, .preview = preview_fixture(1, rig.now + WHEN_DAY)};
    r.preview->changes = 0;
    r.preview->same = 1;
    request_finish(&q);
    rig_reply(&rig, &r);
    rig_keys(&rig, "<Enter>");
    said("nothing to do: all are \"delayed\" already");
    assert_int_equal(rig.m.prompt.kind, PROMPT_NONE);
}

static void a_refusal_stays(void **state)
{
    (void)state;
    open_screen(1);
    rig_keys(&rig, "nwhy<Enter><Enter>");
    answer_apply("past", false, "the expiry is in the past: give a later one", 0);
    assert_int_equal(rig.m.screen, SCREEN_OVERRIDE);
    assert_non_null(strstr(rig.m.overriding.trouble, "in the past"));
    assert_string_equal(rig.m.overriding.note, "why");
    answer_preview(1);                                              /* counted again by itself */
    rig_keys(&rig, "<Esc>");
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
}

static void the_numbers_follow(void **state)
{
    (void)state;
    open_screen(1);
    rig_keys(&rig, "e3d<Enter>");
    struct request *q = &rig.sent[rig_find(&rig, REQ_OVERRIDE_PREVIEW)];
    assert_true(q->control.until == rig.now + 3 * WHEN_DAY);
    assert_true(override_counting(&rig.m));
    assert_non_null(rig.m.overriding.preview);                      /* the old numbers stay, marked */
    answer_preview(1);
    assert_false(override_counting(&rig.m));
    rig_keys(&rig, "eyesterday<Enter>");
    assert_string_not_equal(rig.m.prompt.error, "");
    rig_keys(&rig, "<Esc>");
    rig_pass(&rig, 5000);
    struct queue_row row = world.rows[0], other = world.rows[5];
    row.rev = other.rev = 2;
    rig_hint(&rig, &other, false);                                  /* not among them */
    assert_int_equal(rig_find(&rig, REQ_OVERRIDE_PREVIEW), -1);
    rig_hint(&rig, &row, false);
    assert_int_equal(rig_count(&rig, REQ_OVERRIDE_PREVIEW), 1);
    answer_preview(1);
    rig_hint(&rig, &row, false);                                    /* at most once a second */
    assert_int_equal(rig_find(&rig, REQ_OVERRIDE_PREVIEW), -1);
    assert_true(override_counting(&rig.m));
    rig_pass(&rig, 1100);
    assert_int_equal(rig_count(&rig, REQ_OVERRIDE_PREVIEW), 1);
}

static void a_lost_connection(void **state)
{
    (void)state;
    open_screen(0);
    rig_link(&rig, LINK_DOWN, "gone");
    rig_keys(&rig, "nhub down<Enter><Enter>");
    said("not connected");
    assert_string_equal(rig.m.overriding.note, "hub down");
    for (int i = rig.sent_count; i-- > 0;) {                        /* what was asked went with the connection */
        struct request q = rig_take(&rig, i);
        struct reply r = {.kind = q.kind, .number = q.number};
        err_set(&r.error, ERR_UNREACHABLE, NULL, "gone");
        request_finish(&q);
        rig_reply(&rig, &r);
    }
    rig_link(&rig, LINK_LIVE, NULL);
    answer_preview(1);
    assert_int_equal(rig.m.screen, SCREEN_OVERRIDE);
}

static void answer_overrides(void)
{
    struct request q = rig_take(&rig, rig_find(&rig, REQ_OVERRIDES));
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true};
    r.overrides = overrides_fixture(rig.now, &r.override_count);
    request_finish(&q);
    rig_reply(&rig, &r);
}

static void the_tab_takes_back(void **state)
{
    (void)state;
    rig_keys(&rig, "l");
    rig_settle(&rig, &world);
    rig_keys(&rig, "5");
    answer_overrides();
    rig_pass(&rig, 2000);
    assert_int_equal(rig_count(&rig, REQ_OVERRIDES), 0);            /* read once */
    assert_int_equal(overrides_force(&rig.m)->id, 31);
    rig_keys(&rig, "V");
    struct request q = rig_take(&rig, rig_find(&rig, REQ_OVERRIDE_REVERT));
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true, .result_count = 1};
    r.results = xcalloc(1, sizeof *r.results);
    r.results[0] = (struct act_result){.id = q.ids[0], .ok = true, .code = "ok"};
    request_finish(&q);
    rig_reply(&rig, &r);
    said("took back the override of #1");
    assert_null(strstr(rig.m.toast, "takes it back"));             /* O sets it again */
    assert_true(rig_find(&rig, REQ_OVERRIDES) >= 0);
}

static void answer_batches(void)
{
    struct request q = rig_take(&rig, rig_find(&rig, REQ_BATCHES));
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true};
    r.batches = batches_fixture(rig.now, &r.batch_count);
    request_finish(&q);
    rig_reply(&rig, &r);
}

static void answer_batch(bool ok, const char *message)
{
    struct request q = rig_take(&rig, rig_find(&rig, REQ_BATCH_ACT));
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true, .result_count = 1};
    r.results = xcalloc(1, sizeof *r.results);
    r.results[0] = (struct act_result){.id = q.ids[0], .ok = ok};
    snprintf(r.results[0].message, sizeof r.results[0].message, "%s", message);
    request_finish(&q);
    rig_reply(&rig, &r);
}

static void a_second_lead_decides(void **state)
{
    (void)state;
    be_lead();
    rig_keys(&rig, "B");
    assert_string_equal(rig.sent[rig_find(&rig, REQ_BATCHES)].control.list, "pending");
    answer_batches();
    rig_keys(&rig, "a");
    assert_int_equal(rig.m.menu.kind, MENU_CONFIRM);
    rig_keys(&rig, "y");
    assert_int_equal(rig.sent[rig_find(&rig, REQ_BATCH_ACT)].control.batch_op, BATCH_OP_APPROVE);
    answer_batch(true, "312 shipments are \"delayed\"");
    said("approved batch 9: 312 shipments are \"delayed\"");
    assert_null(strstr(rig.m.toast, "takes it back"));             /* which u does not: `override revert --batch` */
    answer_batches();
    rig_keys(&rig, "xwrong region<Enter>");
    struct request *q = &rig.sent[rig_find(&rig, REQ_BATCH_ACT)];
    assert_int_equal(q->control.batch_op, BATCH_OP_REJECT);
    assert_string_equal(q->control.text, "wrong region");
    answer_batch(false, "batch 9 was withdrawn by dana");
    said("batch 9: batch 9 was withdrawn by dana");
}

static void nobody_decides_their_own(void **state)
{
    (void)state;
    be_lead();
    rig_keys(&rig, "B");
    answer_batches();
    rig_keys(&rig, "ja");
    said("nobody approves their own: another lead has to look at batch 8");
    rig_keys(&rig, "x");
    said("withdraw it instead");
    rig_keys(&rig, "wy");
    assert_int_equal(rig.sent[rig_find(&rig, REQ_BATCH_ACT)].control.batch_op, BATCH_OP_WITHDRAW);
    answer_batch(true, "");
    answer_batches();
    rig_keys(&rig, "jV");                                           /* 20 in force: a question is enough */
    assert_int_equal(rig.m.menu.kind, MENU_CONFIRM);
    rig_keys(&rig, "n");
    rig.m.batches.rows[2].active = 21;
    rig_keys(&rig, "V");
    assert_int_equal(rig.m.prompt.kind, PROMPT_BATCH_COUNT);
    rig_keys(&rig, "21<Enter>");
    assert_int_equal(rig.sent[rig_find(&rig, REQ_BATCH_ACT)].control.batch_op, BATCH_OP_REVERT);
    rig.m.hello.level = ROLE_AGENT;                                 /* the role was taken away meanwhile */
    rig_keys(&rig, "a");
    said("only leads can");
}

static void enter_lists_what_is_in_a_batch(void **state)
{
    (void)state;
    rig_keys(&rig, "B<Enter>");                                     /* none is known yet */
    assert_int_equal(rig.m.screen, SCREEN_BATCHES);
    answer_batches();
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
    assert_string_equal(rig.m.filter, "batch:9 state:new,working,waiting,snoozed,resolved");
}

static void batches_change_under_the_eyes(void **state)
{
    (void)state;
    struct hint h = {.kind = HINT_CONTROL};
    rig_keys(&rig, "B");
    answer_batches();
    rig_pass(&rig, 2000);
    rig_send(&rig, (struct msg){.kind = MSG_HINT, .hint = &h});
    assert_int_equal(rig_count(&rig, REQ_BATCHES), 1);
    answer_batches();
    rig_send(&rig, (struct msg){.kind = MSG_HINT, .hint = &h});
    assert_int_equal(rig_count(&rig, REQ_BATCHES), 0);
    rig_pass(&rig, 1100);
    assert_int_equal(rig_count(&rig, REQ_BATCHES), 1);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, live, stop)
        T(one_by_an_agent), T(another_status_on_the_screen), T(a_selection_takes_a_lead), T(the_count_is_typed),
        T(a_refusal_stays), T(nothing_to_do), T(the_numbers_follow),
        T(a_lost_connection), T(the_tab_takes_back), T(a_second_lead_decides), T(nobody_decides_their_own),
        T(batches_change_under_the_eyes), T(enter_lists_what_is_in_a_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
