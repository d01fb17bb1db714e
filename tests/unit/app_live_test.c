/* What changes elsewhere: rows, counters, the bell and the title while one looks on. */
#include "unit/app_helpers.h"

#include "app/act.h"
#include "app/hints.h"
#include "app/select.h"
#include "app/window.h"

static struct rig rig;
static struct world world;

static int live(void **state)
{
    (void)state;
    rig_live(&rig, &world, 300);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    rig_stop(&rig);
    return 0;
}

/* A row as the database has it after a change, and the hint of it. */
static void change(struct queue_row row)
{
    world_remove(&world, row.id);
    row.rev++;
    world_put(&world, &row);
    rig_hint(&rig, &row, false);
}

/* Pages down until rows are held above the screen. */
static void go_down(void)
{
    for (int i = 0; i < 4; i++) {
        rig_keys(&rig, "C-f");
        rig_settle(&rig, &world);
    }
    assert_true(rig.m.queue.top > 1 && rig.m.queue.more_below);
}

static void a_row_that_goes_above_the_screen_moves_nothing(void **state)
{
    (void)state;
    go_down();
    rig_keys(&rig, "jjj");
    int64_t top = rig.m.queue.rows[rig.m.queue.top].id, cursor = rig.m.queue.cursor_id;
    size_t line = rig.m.queue.cursor - rig.m.queue.top;
    struct queue_row row = rig.m.queue.rows[rig.m.queue.top - 1];
    row.key = 2990;                                  /* far below now */
    change(row);
    rig_settle(&rig, &world);
    assert_int_equal(window_find(&rig.m, row.id), SIZE_MAX);
    assert_int_equal(rig.m.queue.rows[rig.m.queue.top].id, top);
    assert_int_equal(rig.m.queue.cursor_id, cursor);
    assert_int_equal(rig.m.queue.cursor - rig.m.queue.top, line);
}

static void an_older_row_does_not_replace_a_newer(void **state)
{
    (void)state;
    struct queue_row row = world.rows[2];
    snprintf(row.owner, sizeof row.owner, "dana");
    row.rev = 7;
    change(row);
    rig_settle(&rig, &world);
    assert_string_equal(rig.m.queue.rows[2].owner, "dana");
    rig_hint(&rig, &world.rows[2], false);
    struct request q = rig_take(&rig, rig_find(&rig, REQ_ROWS));
    struct reply late;
    world_answer(&world, &q, &late);
    late.page.rows[0].rev = 1;
    late.page.rows[0].owner[0] = '\0';
    request_finish(&q);
    rig_reply(&rig, &late);
    assert_string_equal(rig.m.queue.rows[2].owner, "dana");
}

static void a_step_passes_over_what_left_the_list(void **state)
{
    (void)state;
    struct queue_row row = world_remove(&world, world.rows[1].id);
    rig_hint(&rig, &row, false);
    rig_settle(&rig, &world);
    assert_false(rig.m.queue.rows[1].matches);       /* still to be seen, dimmed */
    rig_keys(&rig, "j");
    assert_int_equal(rig.m.queue.cursor_id, world.rows[1].id);
}

/* The answer to a reading again begins where the screen was; the cursor has gone above it. */
static void a_cursor_that_left_the_stretch_being_read_stays(void **state)
{
    (void)state;
    go_down();
    while (rig.m.queue.top < window_step(&rig.m) + 5) {
        rig_keys(&rig, "j");
        rig_settle(&rig, &world);
    }
    rig_pass(&rig, 1000);
    rig_settle(&rig, &world);
    rig_send(&rig, (struct msg){.kind = MSG_HINT, .hint = &(struct hint){.kind = HINT_MANY, .count = 1000}});
    rig_pass(&rig, 200);
    int at = rig_find(&rig, REQ_PAGE);
    assert_true(at >= 0);
    assert_false(rig.sent[at].page.from_start);
    while (rig.m.queue.cursor)
        rig_keys(&rig, "k");
    int64_t cursor = rig.m.queue.cursor_id;
    assert_true(rig.m.queue.rows[0].key < rig.sent[at].page.anchor_key);
    rig_settle(&rig, &world);
    assert_int_equal(rig.m.queue.cursor_id, cursor);
    assert_true(rig.m.queue.rows[rig.m.queue.cursor].matches);
    for (size_t i = 1; i < rig.m.queue.count; i++)   /* no gap behind it */
        assert_int_equal(rig.m.queue.rows[i].key, rig.m.queue.rows[i - 1].key + 10);
}

/* Far behind the window, of no kind that the filter lets through, or of rows that are none of the window's. */
static void so_many_that_are_none_of_its_rows_are_not_read(void **state)
{
    (void)state;
    const struct queue *q = &rig.m.queue;
    struct hint_reach all = {.known = true, .opened = true, .id_from = 1, .id_to = 9000000, .states = 31, .severities = 15, .kinds = (1u << KIND_COUNT) - 1,
                             .urgency_from = q->rows[q->count - 1].key + 1, .urgency_to = INT64_MAX};
    struct hint h = {.kind = HINT_MANY, .count = 8000, .reach = all};
    assert_true(q->more_below);
    rig_send(&rig, (struct msg){.kind = MSG_HINT, .hint = &h});
    rig_pass(&rig, 500);
    assert_int_equal(rig_count(&rig, REQ_PAGE) + rig_count(&rig, REQ_CONTEXT), 0);
    h.reach.urgency_from = q->rows[q->count - 1].key;
    rig_send(&rig, (struct msg){.kind = MSG_HINT, .hint = &h});
    rig_pass(&rig, 500);
    assert_int_equal(rig_count(&rig, REQ_PAGE), 1);
    rig_settle(&rig, &world);
    h.reach = (struct hint_reach){.known = true, .id_from = q->rows[3].id, .id_to = q->rows[3].id, .states = 1u << STATE_RESOLVED, .severities = 1, .kinds = 1};
    rig_send(&rig, (struct msg){.kind = MSG_HINT, .hint = &h});    /* a row it shows has left */
    rig_pass(&rig, 500);
    assert_int_equal(rig_count(&rig, REQ_PAGE), 1);
    rig_settle(&rig, &world);
    h.reach.id_from = h.reach.id_to = 9000000;
    rig_send(&rig, (struct msg){.kind = MSG_HINT, .hint = &h});
    rig_pass(&rig, 500);
    assert_int_equal(rig_count(&rig, REQ_PAGE), 0);
}

/* What a relay is told to tell first is what is taken for the window's here. */
static void what_is_in_sight_is_what_concerns_it(void **state)
{
    (void)state;
    static struct hint_sight s;
    const struct queue *q = &rig.m.queue;
    hints_sight(&rig.m, &s);
    assert_true(s.known && q->more_below && !q->more_above);
    assert_int_equal(s.urgency_to, q->rows[q->count - 1].key);
    assert_int_equal(s.urgency_from, INT64_MIN);
    assert_int_equal(s.count, q->count + 1);
    assert_int_equal(s.ids[0], rig.m.context_id);
    assert_int_equal(s.ids[s.count - 1], q->rows[q->count - 1].id);
    assert_int_equal(s.states >> STATE_RESOLVED & 1, 0);
    rig.m.screen = SCREEN_CASES;       /* lists of cases are read again by any of them */
    hints_sight(&rig.m, &s);
    assert_false(s.known);
    rig.m.screen = SCREEN_QUEUE;
    rig.m.queue.loading = true;
    hints_sight(&rig.m, &s);
    assert_false(s.known);
    rig.m.queue.loading = false;
}

/* With hundreds of others: at a moment of its own; a single row in between is read at once. */
static void a_flood_is_not_read_by_everybody_at_once(void **state)
{
    (void)state;
    rig.m.counts.sessions = 500;
    rig.m.spread = 600;
    rig_pass(&rig, 5000);
    rig_settle(&rig, &world);
    rig_send(&rig, (struct msg){.kind = MSG_HINT, .hint = &(struct hint){.kind = HINT_MANY, .count = 8000}});
    rig_pass(&rig, 880);
    assert_int_equal(rig_count(&rig, REQ_PAGE), 0);
    rig_hint(&rig, &rig.m.queue.rows[2], false);
    assert_int_equal(rig_count(&rig, REQ_ROWS), 1);
    rig_settle(&rig, &world);
    assert_true(rig.m.touched_many);
    rig_pass(&rig, 30);
    assert_int_equal(rig_count(&rig, REQ_PAGE), 1);
    rig_settle(&rig, &world);
    rig_send(&rig, (struct msg){.kind = MSG_HINT, .hint = &(struct hint){.kind = HINT_MANY, .count = 8000}});
    rig_pass(&rig, 1400);
    assert_int_equal(rig_count(&rig, REQ_PAGE), 0);
    rig_pass(&rig, 110);
    assert_int_equal(rig_count(&rig, REQ_PAGE), 1);
    rig_settle(&rig, &world);
}

/* Nor do all draw the new minute at once. */
static void the_clock_of_hundreds_goes_on_one_after_the_other(void **state)
{
    (void)state;
    rig_pass(&rig, WHEN_MINUTE);
    assert_int_equal(rig.timers[TIMER_CLOCK] % WHEN_MINUTE, 0);
    rig_settle(&rig, &world);
    rig.m.counts.sessions = 500;
    rig.m.spread = 600;
    rig_pass(&rig, WHEN_MINUTE);
    assert_int_equal(rig.timers[TIMER_CLOCK] % WHEN_MINUTE, 900);
    int64_t at = rig.timers[TIMER_CLOCK];
    rig_keys(&rig, "j");
    assert_int_equal(rig.timers[TIMER_CLOCK], at);
}

static void open_one(enum severity severity, bool bell)
{
    struct queue_row row = world_row(++world.next_id, 5);
    row.severity = severity;
    world_put(&world, &row);
    rig.m.settings.bell = bell;
    rig_hint(&rig, &row, true);
    rig_settle(&rig, &world);
}

static void the_bell_is_for_a_new_critical_one(void **state)
{
    (void)state;
    open_one(SEVERITY_HIGH, true);
    assert_int_equal(rig.bells, 0);
    open_one(SEVERITY_CRITICAL, true);
    assert_int_equal(rig.bells, 1);
    change(world.rows[world_find(&world, world.next_id)]);
    rig_settle(&rig, &world);
    assert_int_equal(rig.bells, 1);
    open_one(SEVERITY_CRITICAL, false);
    assert_int_equal(rig.bells, 1);
}

static void the_title_has_the_counters(void **state)
{
    (void)state;
    assert_string_equal(rig.title, "doorstep 300 new, 0 breaching");
    rig.m.settings.title = false;
    open_one(SEVERITY_LOW, false);
    rig_pass(&rig, 2000);
    rig_settle(&rig, &world);
    assert_int_equal(rig.m.counts.fresh, 301);
    assert_string_equal(rig.title, "doorstep 300 new, 0 breaching");
}

/* Counts of the views as they were when asked for: a view more or less since, and they are
 * asked for again instead of standing beside the wrong names. */
static void counts_of_other_views_are_asked_again(void **state)
{
    (void)state;
    struct reply old = {.kind = REQ_COUNTS, .ok = true};
    rig_hint(&rig, &world.rows[0], false);
    rig_pass(&rig, 2000);
    int at = rig_find(&rig, REQ_COUNTS);
    assert_true(at >= 0);
    struct request q = rig_take(&rig, at);
    old.number = q.number;
    old.counts.view_count = q.count_filter_count - 1;
    old.counts.view[0] = 77;
    request_finish(&q);
    rig_settle(&rig, &world);
    rig_reply(&rig, &old);
    assert_int_not_equal(rig.m.views[0].count, 77);
    rig_pass(&rig, 2000);
    assert_true(rig_find(&rig, REQ_COUNTS) >= 0);
}

/* Five hundred count after one change: not in the same moment, and together not more than some thirty times a second. */
static void the_more_sessions_the_rarer_the_counters(void **state)
{
    (void)state;
    rig.m.counts.sessions = 500;
    rig.m.spread = 900;
    rig_pass(&rig, 20000);             /* the clock's own reading, if it is just due */
    rig_settle(&rig, &world);
    rig.m.counts.sessions = 500;
    rig_hint(&rig, &world.rows[0], false);
    rig_pass(&rig, 13000);
    assert_int_equal(rig_find(&rig, REQ_COUNTS), -1);
    rig_pass(&rig, 1000);
    assert_true(rig_find(&rig, REQ_COUNTS) >= 0);
    rig_settle(&rig, &world);
    rig.m.counts.sessions = 500;
    rig_hint(&rig, &world.rows[0], false);
    rig_pass(&rig, 13000);
    assert_int_equal(rig_find(&rig, REQ_COUNTS), -1);
    rig_keys(&rig, "c");               /* what one does oneself shows at once */
    rig_settle(&rig, &world);
    rig_pass(&rig, 1000);
    assert_true(rig_find(&rig, REQ_COUNTS) >= 0);
}

static void what_is_selected_twice_is_selected_once(void **state)
{
    static const int64_t ids[] = {9, 4, 9, 1, 4};
    (void)state;
    select_set(&rig.m, ids, 5);
    assert_int_equal(rig.m.selected_count, 3);
    assert_true(select_has(&rig.m, 1) && select_has(&rig.m, 4) && select_has(&rig.m, 9));
    assert_false(select_has(&rig.m, 5));
}

/* The connection said hello again, because an admin changed what the person may do. */
static void who_loses_their_level_with_the_screen_open_is_told(void **state)
{
    struct err e;
    (void)state;
    world.level = ROLE_LEAD;
    rig_link(&rig, LINK_LIVE, NULL);
    rig_settle(&rig, &world);
    assert_int_equal(rig.m.hello.level, ROLE_LEAD);
    world.level = ROLE_VIEWER;
    world.changed_by = "amara";
    rig_link(&rig, LINK_LIVE, NULL);
    rig_settle(&rig, &world);
    assert_string_equal(rig.m.toast, "you are now a viewer: amara changed that");
    assert_false(act_allowed(&rig.m, ACTION_CLAIM, &e));
    assert_non_null(strstr(e.text, "maria is a viewer"));
    rig.m.hello.level = ROLE_AGENT;
    rig.m.hello.read_only = true;
    assert_false(act_allowed(&rig.m, ACTION_CLAIM, &e));
    assert_non_null(strstr(e.text, "--read-only"));
    rig.m.hello.read_only = false;
    world.level = ROLE_NONE;
}

#define LIVE(test) cmocka_unit_test_setup_teardown(test, live, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE(a_row_that_goes_above_the_screen_moves_nothing), LIVE(an_older_row_does_not_replace_a_newer),
        LIVE(a_step_passes_over_what_left_the_list), LIVE(a_cursor_that_left_the_stretch_being_read_stays),
        LIVE(so_many_that_are_none_of_its_rows_are_not_read), LIVE(what_is_in_sight_is_what_concerns_it),
        LIVE(a_flood_is_not_read_by_everybody_at_once),
        LIVE(the_clock_of_hundreds_goes_on_one_after_the_other),
        LIVE(the_bell_is_for_a_new_critical_one), LIVE(the_title_has_the_counters),
        LIVE(counts_of_other_views_are_asked_again), LIVE(the_more_sessions_the_rarer_the_counters),
        LIVE(what_is_selected_twice_is_selected_once),
        LIVE(who_loses_their_level_with_the_screen_open_is_told),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
