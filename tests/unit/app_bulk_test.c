/* Writing to many: chosen, previewed in parts, summed up, asked about once, queued once. */
#include "unit/app_helpers.h"
#include "unit/compose_fixture.h"

#include "app/bulk.h"
#include "app/countdown.h"
#include "app/select.h"

static struct rig rig;
static struct world world;
enum { ALL = 2500 };

static int live(void **state)
{
    (void)state;
    rig_live(&rig, &world, ALL);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    rig_stop(&rig);
    return 0;
}

static void answer_compose(void)
{
    struct request q = rig_take(&rig, rig_find(&rig, REQ_COMPOSE));
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true, .compose = compose_fixture(q.ids[0])};
    request_finish(&q);
    rig_reply(&rig, &r);
}

/* Every tenth is blocked, every tenth and one waits, every tenth and two is warned about. */
static size_t answer_part(void)
{
    struct request q = rig_take(&rig, rig_find(&rig, REQ_PREVIEW));
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true, .message_count = q.id_count};
    size_t n = q.id_count;
    assert_true(n <= PREVIEW_MAX);
    r.messages = xcalloc(n, sizeof *r.messages);
    for (size_t i = 0; i < n; i++) {
        struct message *m = &r.messages[i];
        *m = message_fixture(q.ids[i], CHANNEL_SMS, "Hola");
        snprintf(m->to, sizeof m->to, "+1512%06d", (int)(q.ids[i] / 2));      /* two parcels each */
        if (q.ids[i] % 10 == 0)
            message_verdict(m, GUARDRAIL_NO_CONSENT, VERDICT_BLOCK, WHEN_NONE, "she said STOP");
        if (q.ids[i] % 10 == 1)
            message_verdict(m, GUARDRAIL_QUIET_HOURS, VERDICT_DEFER, rig.now + WHEN_HOUR, "at night");
        if (q.ids[i] % 10 == 2)
            message_verdict(m, GUARDRAIL_STALE, VERDICT_WARN, WHEN_NONE, "old");
        if (q.ids[i] % 20 == 2)                                 /* it would wait as well: the warning is what keeps it */
            message_verdict(m, GUARDRAIL_QUIET_HOURS, VERDICT_DEFER, rig.now + WHEN_HOUR, "at night");
    }
    request_finish(&q);
    rig_reply(&rig, &r);
    return n;
}

static void open_all(void)
{
    rig_keys(&rig, "*");
    rig_settle(&rig, &world);
    rig_keys(&rig, "m");
    rig_answer(&rig, &world, REQ_SELECT_HAS);                   /* each of them is looked at: now the ids are read */
    answer_compose();
    assert_int_equal(rig.m.menu.kind, MENU_TEMPLATE);
    assert_int_equal(rig.m.menu.count, 2);                      /* each name once */
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig.m.menu.kind, MENU_CHANNEL);
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig.m.screen, SCREEN_BULK);
}

static void answer_send(const int64_t *refused)
{
    struct request q = rig_take(&rig, rig_find(&rig, REQ_SEND));
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true, .result_count = q.outreach.message_count};
    r.results = xcalloc(r.result_count, sizeof *r.results);
    for (size_t i = 0; i < r.result_count; i++) {
        struct act_result *one = &r.results[i];
        one->id = q.outreach.messages[i].exception_id;
        one->ok = !refused || one->id != *refused;
        snprintf(one->code, sizeof one->code, "%s", !one->ok ? "blocked" : one->id % 10 == 1 ? "deferred" : "ok");
        snprintf(one->message, sizeof one->message, "%s", one->ok ? "" : "she said STOP meanwhile");
    }
    request_finish(&q);
    rig_reply(&rig, &r);
}

/* Keys that come before everything is selected are not for the one exception under the cursor. */
static void nothing_is_done_while_everything_is_being_selected(void **state)
{
    (void)state;
    rig_keys(&rig, "*m");
    assert_int_equal(rig_find(&rig, REQ_COMPOSE), -1);
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
    assert_non_null(strstr(rig.m.toast, "everything under this filter is still being selected, nothing was done"));
    rig_keys(&rig, "c");
    assert_int_equal(rig_find(&rig, REQ_ACT), -1);
    rig_settle(&rig, &world);
    assert_int_equal(select_total(&rig.m), ALL);
    rig_keys(&rig, "m");
    assert_null(strstr(rig.m.toast, "still being selected"));
}

/* What is made for none of those selected is left out, and how much that is is said. */
static void what_fits_none_is_left_out(void **state)
{
    static const struct fitting all[] = {{"late", "Later than promised", 2000}, {"lost", "Lost", 500}, {"hold", "Held", 0}, {"duty", "Duty", 0}};
    (void)state;
    for (size_t from = 0; from <= 2; from += 2) {               /* the second time with those alone that fit none */
        rig_keys(&rig, "*");
        rig_settle(&rig, &world);
        rig_keys(&rig, "m");
        rig_answer(&rig, &world, REQ_SELECT_HAS);
        struct request q = rig_take(&rig, rig_find(&rig, REQ_COMPOSE));
        struct reply r = {.kind = q.kind, .number = q.number, .ok = true, .compose = compose_fixture(q.ids[0])};
        r.compose->fitting_count = 4 - from;
        r.compose->fitting = xcalloc(r.compose->fitting_count, sizeof all[0]);
        memcpy(r.compose->fitting, all + from, r.compose->fitting_count * sizeof all[0]);
        request_finish(&q);
        rig_reply(&rig, &r);
        if (from) {
            assert_int_equal(rig.m.menu.kind, MENU_NONE);
            assert_string_equal(rig.m.toast, "none of the 2 templates is made for the kind and status of any of these");
            return;
        }
        assert_string_equal(rig.m.menu.title, "Which message to 2,500 exceptions; 2 templates for other kinds or statuses are left out");
        assert_int_equal(rig.m.menu.count, 2);
        assert_string_equal(rig.m.menu.items[0].label, "Later than promised  (fits 2,000 of 2,500)");
        rig_keys(&rig, "<Esc>");
        rig_keys(&rig, "<Esc>");
    }
}

static void previewed_in_parts(void **state)
{
    size_t parts = 0, seen = 0;
    (void)state;
    open_all();
    const struct request *q = &rig.sent[rig_find(&rig, REQ_PREVIEW)];
    assert_string_equal(q->outreach.name, "address_issue");
    assert_null(q->outreach.channel);
    while (rig_find(&rig, REQ_PREVIEW) >= 0) {
        assert_int_equal(rig_count(&rig, REQ_PREVIEW), 1);      /* one at a time */
        seen += answer_part();
        assert_int_equal(rig.m.bulk.count, seen);
        parts++;
    }
    assert_int_equal(parts, 3);
    assert_int_equal(seen, ALL);
    const struct bulk_sum *s = &rig.m.bulk.sum;
    assert_int_equal(s->fate[BULK_LATER], ALL / 10);
    assert_int_equal(s->fate[BULK_SKIPPED], ALL / 5);
    assert_int_equal(s->fate[BULK_NOW], ALL - ALL / 10 - ALL / 5);
    assert_int_equal(s->channel[0][CHANNEL_EMAIL] + s->channel[0][CHANNEL_SMS], s->fate[BULK_NOW]);
    assert_int_equal(s->channel[1][CHANNEL_EMAIL] + s->channel[1][CHANNEL_SMS], s->fate[BULK_LATER]);
    assert_int_equal(s->warned, ALL / 10);
    assert_int_equal(s->why[GUARDRAIL_NO_CONSENT], ALL / 10);
    assert_int_equal(s->why[GUARDRAIL_STALE], ALL / 10);
    assert_int_equal(s->why[GUARDRAIL_QUIET_HOURS], 0);
    assert_int_equal(s->later_from, rig.now + WHEN_HOUR);
    assert_true(s->customers > ALL / 3 && s->customers < s->fate[BULK_NOW]);
}

/* Not at once again: what failed on a server in trouble would fail as fast as it is asked. */
static void a_part_that_failed_waits_to_be_asked_for(void **state)
{
    (void)state;
    open_all();
    size_t first = answer_part();
    struct request q = rig_take(&rig, rig_find(&rig, REQ_PREVIEW));
    struct reply r = {.kind = q.kind, .number = q.number};
    err_set(&r.error, ERR_AGAIN, NULL, "no memory");
    request_finish(&q);
    rig_reply(&rig, &r);
    assert_string_equal(rig.m.toast, "preview: no memory");
    assert_true(rig.m.bulk.halted);
    assert_int_equal(rig_find(&rig, REQ_PREVIEW), -1);
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig_count(&rig, REQ_PREVIEW), 1);
    assert_false(rig.m.bulk.halted);
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig_count(&rig, REQ_PREVIEW), 1);          /* it is on its way */
    size_t next = answer_part();
    assert_int_equal(rig.m.bulk.count, first + next);
}

static void asked_once_and_queued_once(void **state)
{
    int64_t refused = 33;
    (void)state;
    open_all();
    rig_keys(&rig, "<Enter>");                                  /* not before all are previewed */
    assert_int_equal(rig.m.menu.kind, MENU_NONE);
    while (rig_find(&rig, REQ_PREVIEW) >= 0)
        answer_part();
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig.m.menu.kind, MENU_BULK);
    assert_non_null(strstr(rig.m.menu.title, "Queue 2,000 messages to 1,"));
    rig_keys(&rig, "<Enter>");                                  /* Enter alone says no */
    assert_int_equal(rig_count(&rig, REQ_SEND), 0);
    assert_int_equal(rig.m.bulk.count, ALL);                    /* nothing is lost by that */
    rig_keys(&rig, "<Enter>y");
    assert_int_equal(rig_count(&rig, REQ_SEND), 1);
    const struct request *q = &rig.sent[rig_find(&rig, REQ_SEND)];
    assert_int_equal(q->outreach.message_count, 2000);
    assert_int_equal(q->outreach.seen, -1);
    for (size_t i = 0; i < q->outreach.message_count; i++)
        assert_int_not_equal(q->outreach.messages[i].exception_id % 10, 0);
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig.m.menu.kind, MENU_NONE);               /* it is on its way */
    answer_send(&refused);
    assert_non_null(strstr(rig.m.toast, "queued 1,999, 1 refused: #33 she said STOP meanwhile"));
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
    assert_int_equal(rig.m.result_count, 1);
    assert_int_equal(rig.m.results[0].id, 33);
    assert_string_equal(rig.m.results_title, "queued 1,999, refused 1");
    assert_true(rig.timers[TIMER_COUNTDOWN] != WHEN_NONE);
    char text[200];
    countdown_text(&rig.m, " - ", text, sizeof text);
    assert_string_equal(text, "1,749 messages (250 more wait for their time) go out in 10 s - u takes them back");
    assert_int_equal(rig.m.selected_count, ALL - 1999);         /* what was not sent stays chosen */
    rig_keys(&rig, "u");
    assert_int_equal(rig_count(&rig, REQ_UNDO), 1);             /* all of them, at once */
}

static void leads_pass_warnings(void **state)
{
    (void)state;
    rig.m.hello.level = ROLE_LEAD;
    open_all();
    while (rig_find(&rig, REQ_PREVIEW) >= 0)
        answer_part();
    rig_keys(&rig, "pthe carrier said so<Enter>");
    assert_int_equal(rig.m.bulk.sum.fate[BULK_SKIPPED], ALL / 10);
    assert_int_equal(rig.m.bulk.sum.warned, 0);
    rig_keys(&rig, "<Enter>y");
    const struct request *q = &rig.sent[rig_find(&rig, REQ_SEND)];
    assert_int_equal(q->outreach.message_count, ALL - ALL / 10);
    assert_string_equal(q->outreach.pass, "the carrier said so");
}

static void lists_and_cursor(void **state)
{
    (void)state;
    open_all();
    answer_part();
    rig_keys(&rig, "<Tab><Tab>");                               /* those that wait */
    assert_int_equal(rig.m.bulk.list, LIST_LATER);
    assert_int_equal(bulk_chosen(&rig.m)->exception_id % 10, 1);
    rig_keys(&rig, "jj");
    assert_int_equal(bulk_chosen(&rig.m)->exception_id, 21);
    rig_keys(&rig, "G");
    assert_int_equal(bulk_chosen(&rig.m)->exception_id, 991);
    rig_keys(&rig, "<Tab>");
    assert_int_equal(bulk_chosen(&rig.m)->exception_id, 2);
}

static void escape_stops_it(void **state)
{
    (void)state;
    open_all();
    answer_part();
    rig_keys(&rig, "<Esc>");
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
    assert_int_equal(rig_count(&rig, REQ_PREVIEW), 0);          /* nobody waits for the rest */
    assert_string_equal(rig.m.toast, "stopped; nothing was sent");
    assert_int_equal(rig.m.selected_count, ALL);
}

static void a_lost_connection_goes_on_where_it_was(void **state)
{
    (void)state;
    open_all();
    answer_part();
    struct request q = rig_take(&rig, rig_find(&rig, REQ_PREVIEW));
    struct reply r = {.kind = q.kind, .number = q.number};
    err_set(&r.error, ERR_UNREACHABLE, NULL, "gone");
    request_finish(&q);
    rig_link(&rig, LINK_DOWN, "gone");
    rig_reply(&rig, &r);
    assert_int_equal(rig_count(&rig, REQ_PREVIEW), 0);
    rig_link(&rig, LINK_LIVE, NULL);
    const struct request *next = &rig.sent[rig_find(&rig, REQ_PREVIEW)];
    assert_int_equal(next->ids[0], 1001);
}

static void macros_go_to_many(void **state)
{
    (void)state;
    rig_keys(&rig, "xxx:macro ask_address<Enter>");
    answer_compose();
    assert_int_equal(rig.m.screen, SCREEN_BULK);
    assert_int_equal(rig.m.bulk.id_count, 3);
    assert_string_equal(rig.sent[rig_find(&rig, REQ_PREVIEW)].outreach.channel, "sms");
    answer_part();
    rig_keys(&rig, "<Enter>");
    assert_non_null(strstr(rig.m.menu.title, "Queue 2 messages to 2 customers, then ask_address?"));
    rig_keys(&rig, "y");
    assert_string_equal(rig.sent[rig_find(&rig, REQ_SEND)].outreach.macro, "ask_address");
}

#define LIVE(f) cmocka_unit_test_setup_teardown(f, live, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE(nothing_is_done_while_everything_is_being_selected), LIVE(what_fits_none_is_left_out), LIVE(previewed_in_parts), LIVE(a_part_that_failed_waits_to_be_asked_for),
        LIVE(asked_once_and_queued_once), LIVE(leads_pass_warnings), LIVE(lists_and_cursor),
        LIVE(escape_stops_it), LIVE(a_lost_connection_goes_on_where_it_was), LIVE(macros_go_to_many),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
