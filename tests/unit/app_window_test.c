/* The window onto a queue that changes while one moves through it. */
#include "unit/app_helpers.h"

#include "app/window.h"

static struct rig rig;
static struct world world;

static void check_shape(void)
{
    const struct queue *q = &rig.m.queue;
    size_t lines = window_lines(&rig.m);
    int after = 0, before = 0;
    assert_true(q->count <= WINDOW_MAX);
    for (size_t i = 1; i < q->count; i++)
        assert_true(q->rows[i - 1].key < q->rows[i].key ||
                    (q->rows[i - 1].key == q->rows[i].key && q->rows[i - 1].id < q->rows[i].id));
    if (q->count) {
        assert_true(q->cursor < q->count);
        assert_int_equal(q->rows[q->cursor].id, q->cursor_id);
        assert_true(q->cursor >= q->top && q->cursor < q->top + lines);
    } else {
        assert_int_equal(q->cursor_id, 0);
    }
    for (int i = 0; i < rig.m.awaiting_count; i++) {
        const struct awaited *a = &rig.m.awaiting[i];
        after += a->kind == REQ_PAGE && a->direction == PAGE_AFTER;
        before += a->kind == REQ_PAGE && a->direction == PAGE_BEFORE;
    }
    assert_true(after <= 1 && before <= 1);
}

/* With nothing under way the held rows are a gapless stretch of the sorted list. */
static void check_true_stretch(void)
{
    const struct queue *q = &rig.m.queue;
    size_t first = SIZE_MAX, matched = 0;
    for (size_t i = 0; i < q->count; i++) {
        if (!q->rows[i].matches || (q->displaced && i == q->cursor))
            continue;
        size_t at = world_find(&world, q->rows[i].id);
        assert_true(at != SIZE_MAX);
        assert_int_equal(world.rows[at].key, q->rows[i].key);
        if (first == SIZE_MAX)
            first = at;
        size_t skipped = 0;    /* the cursor's row, shown elsewhere until the cursor leaves it */
        if (q->displaced) {
            size_t away = world_find(&world, q->cursor_id);
            skipped = away != SIZE_MAX && away > first && away < at;
        }
        assert_int_equal(at, first + matched + skipped);
        matched++;
    }
    if (!q->more_below && matched && !q->displaced)
        assert_int_equal(first + matched, world.count);
    if (!q->more_above && matched && !q->displaced)
        assert_int_equal(first, 0);
}

static uint64_t dice_state;
static uint32_t dice(uint32_t n)
{
    dice_state = dice_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(dice_state >> 33) % n;
}

/* What the server sent and the client has not seen yet, in order. */
struct event { bool is_hint; struct reply reply; struct queue_row row; bool opened, many; };
static struct event stream[4096];
static size_t stream_from, stream_to;

static void push_hint(const struct queue_row *row, bool opened, bool many)
{
    stream[stream_to++ % 4096] = (struct event){.is_hint = true, .row = *row, .opened = opened, .many = many};
}

static void change_world(void)
{
    uint32_t what = dice(10);
    if (what < 4 || world.count < 5) {
        int64_t id = world_add(&world, dice(6000));
        push_hint(&world.rows[world_find(&world, id)], true, dice(20) == 0);
        return;
    }
    struct queue_row row = world_remove(&world, world.rows[dice((uint32_t)world.count)].id);
    row.rev++;
    if (what < 7) {
        row.state = STATE_RESOLVED;
    } else {
        row.key = what == 9 ? row.key : what == 8 ? row.key + dice(400) - 200 : (int64_t)dice(6000);
        world_put(&world, &row);
    }
    push_hint(&row, false, dice(20) == 0);
}

static void execute_one(void)
{
    if (!rig.sent_count)
        return;
    struct request q = rig_take(&rig, 0);
    struct event *e = &stream[stream_to++ % 4096];
    *e = (struct event){0};
    world_answer(&world, &q, &e->reply);
    request_finish(&q);
}

static void deliver_one(void)
{
    if (stream_from == stream_to)
        return;
    struct event *e = &stream[stream_from++ % 4096];
    struct hint many = {.kind = HINT_MANY, .count = 1000};
    if (!e->is_hint)
        rig_reply(&rig, &e->reply);
    else if (e->many)
        rig_send(&rig, (struct msg){.kind = MSG_HINT, .hint = &many});
    else
        rig_hint(&rig, &e->row, e->opened);
}

static void press_something(void)
{
    static const char *const keys[] = {"j", "j", "j", "k", "k", "C-f", "C-f", "C-b", "C-d", "C-u", "G", "gg", "<PgDn>", "<PgUp>"};
    rig_keys(&rig, keys[dice(sizeof keys / sizeof keys[0])]);
}

static void come_to_rest(void)
{
    for (int guard = 0; rig.sent_count || stream_from != stream_to || rig.m.touched_count || rig.m.touched_many; guard++) {
        assert_true(guard < 1000);
        execute_one();
        deliver_one();
        rig_pass(&rig, 20);
    }
}

static void walk(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        dice_state = seed;
        stream_from = stream_to = 0;
        rig_live(&rig, &world, seed % 4 == 0 ? 7 : 500);
        for (int step = 0; step < 1500; step++) {
            uint32_t what = dice(seed % 3 ? 12 : 18);   /* a third of the walks: answers come late */
            int64_t id = rig.m.queue.cursor_id;
            bool moved = false;
            if (what < 4)
                press_something(), moved = true;
            else if (what < 6 || what >= 12)
                change_world();
            else if (what < 8)
                execute_one();
            else if (what < 11)
                deliver_one(), moved = true;   /* a jump's page may come */
            else
                rig_pass(&rig, dice(60));
            if (!moved)
                assert_int_equal(rig.m.queue.cursor_id, id);
            check_shape();
            if (step % 100 == 99) {
                come_to_rest();
                check_shape();
                rig_keys(&rig, step % 200 == 99 ? "j" : "k");
                come_to_rest();
                check_true_stretch();
            }
        }
        rig_stop(&rig);
    }
}

static void starts_at_the_top(void **state)
{
    (void)state;
    rig_live(&rig, &world, 300);
    assert_int_equal(rig.m.queue.cursor, 0);
    assert_string_equal(rig.m.filter, "state:new,working");
    assert_true(rig.m.queue.more_below);
    assert_false(rig.m.queue.more_above);
    assert_true(rig.m.queue.count < 3 * window_lines(&rig.m));
    assert_true(rig.m.counts_known);
    assert_non_null(rig.m.context);
    rig_stop(&rig);
}

static void a_held_key_queues_nothing(void **state)
{
    (void)state;
    rig_live(&rig, &world, 2000);
    for (int i = 0; i < 500; i++)
        rig_keys(&rig, "j");
    assert_int_equal(rig_count(&rig, REQ_PAGE), 1);
    assert_int_equal(rig_count(&rig, REQ_CONTEXT), 0);
    rig_settle(&rig, &world);
    rig_keys(&rig, "G");
    rig_settle(&rig, &world);
    assert_int_equal(rig.m.queue.cursor_id, world.rows[1999].id);
    assert_false(rig.m.queue.more_below);
    rig_keys(&rig, "gg");
    rig_settle(&rig, &world);
    assert_int_equal(rig.m.queue.cursor_id, world.rows[0].id);
    rig_stop(&rig);
}

static void new_rows_above_are_counted(void **state)
{
    (void)state;
    rig_live(&rig, &world, 300);
    for (int i = 0; i < 4; i++) {
        rig_keys(&rig, "C-f");
        rig_settle(&rig, &world);
    }
    int64_t top_id = rig.m.queue.rows[rig.m.queue.top].id, cursor = rig.m.queue.cursor_id;
    for (int i = 0; i < 3; i++) {
        int64_t id = world_add(&world, 1 + i);
        rig_hint(&rig, &world.rows[world_find(&world, id)], true);
        rig_settle(&rig, &world);
    }
    assert_int_equal(rig.m.queue.new_above, 3);
    assert_int_equal(rig.m.queue.rows[rig.m.queue.top].id, top_id);
    assert_int_equal(rig.m.queue.cursor_id, cursor);
    rig_keys(&rig, "gg");
    rig_settle(&rig, &world);
    assert_int_equal(rig.m.queue.new_above, 0);
    rig_stop(&rig);
}

static void a_new_row_appears_at_its_place(void **state)
{
    (void)state;
    rig_live(&rig, &world, 5);
    rig_keys(&rig, "jj");
    int64_t cursor = rig.m.queue.cursor_id;
    int64_t id = world_add(&world, 5);
    rig_hint(&rig, &world.rows[0], true);
    assert_int_equal(rig_count(&rig, REQ_ROWS), 1);   /* at once, no timer */
    rig_settle(&rig, &world);
    assert_int_equal(rig.m.queue.rows[0].id, id);
    assert_int_equal(rig.m.queue.top, 0);
    assert_int_equal(rig.m.queue.fresh_id, id);
    assert_int_equal(rig.m.queue.cursor_id, cursor);
    assert_int_equal(rig.m.queue.cursor, 3);
    rig_stop(&rig);
}

static void what_left_stays_until_the_cursor_moves(void **state)
{
    (void)state;
    rig_live(&rig, &world, 5);
    rig_keys(&rig, "j");
    int64_t id = rig.m.queue.cursor_id;
    struct queue_row row = world_remove(&world, id);
    row.rev++;
    rig_hint(&rig, &row, false);
    rig_settle(&rig, &world);
    assert_int_equal(rig.m.queue.cursor_id, id);
    assert_false(rig.m.queue.rows[1].matches);
    rig_keys(&rig, "j");
    assert_int_equal(rig.m.queue.count, 4);
    assert_int_equal(rig.m.queue.cursor_id, world.rows[1].id);
    rig_stop(&rig);
}

static void a_row_that_sorts_elsewhere_goes_when_left(void **state)
{
    (void)state;
    rig_live(&rig, &world, 5);
    int64_t id = rig.m.queue.cursor_id;
    struct queue_row row = world_remove(&world, id);
    row.rev++;
    row.key = 45;
    world_put(&world, &row);
    rig_hint(&rig, &row, false);
    rig_settle(&rig, &world);
    assert_int_equal(rig.m.queue.rows[0].id, id);
    assert_true(rig.m.queue.displaced);
    rig_keys(&rig, "j");
    rig_settle(&rig, &world);
    assert_int_equal(rig.m.queue.count, 5);
    assert_int_equal(rig.m.queue.rows[3].id, id);
    assert_int_equal(rig.m.queue.cursor, 0);
    rig_stop(&rig);
}

static void hints_elsewhere_ask_nothing(void **state)
{
    (void)state;
    rig_live(&rig, &world, 500);
    struct queue_row far = world.rows[450];
    rig_hint(&rig, &far, false);
    assert_int_equal(rig_count(&rig, REQ_ROWS), 0);
    rig_stop(&rig);
}

static void a_flood_of_hints_is_gathered(void **state)
{
    (void)state;
    rig_live(&rig, &world, 100);
    for (size_t i = 0; i < 12; i++)
        rig_hint(&rig, &world.rows[i], false);
    assert_int_equal(rig_count(&rig, REQ_ROWS), 1);
    rig_settle(&rig, &world);
    assert_int_equal(rig.m.touched_count, 11);
    rig_pass(&rig, 49);
    assert_int_equal(rig_count(&rig, REQ_ROWS), 0);
    rig_pass(&rig, 2);
    assert_int_equal(rig_count(&rig, REQ_ROWS), 1);
    assert_int_equal(rig.sent[rig_find(&rig, REQ_ROWS)].id_count, 11);
    rig_stop(&rig);
}

/* The list, the header's counters and the first row's context are asked for before the views' counters and what else there is. */
static void the_first_screen_comes_first(void **state)
{
    (void)state;
    rig_start(&rig);
    world = (struct world){0};
    for (int i = 1; i <= 50; i++)
        world_add(&world, i * 10);
    rig_link(&rig, LINK_LIVE, NULL);
    rig_answer(&rig, &world, REQ_VIEWS);
    assert_int_equal(rig.sent[rig_find(&rig, REQ_COUNTS)].count_filter_count, 0);
    rig_answer(&rig, &world, REQ_PAGE);
    assert_int_equal(rig_count(&rig, REQ_CONTEXT), 1);
    assert_int_equal(rig_count(&rig, REQ_CONTROL) + rig_count(&rig, REQ_TAKEN), 0);
    rig_answer(&rig, &world, REQ_COUNTS);
    assert_int_equal(rig.m.counts.open, 50);
    assert_int_equal(rig.sent[rig_find(&rig, REQ_COUNTS)].count_filter_count, rig.m.view_count);
    assert_true(rig_find(&rig, REQ_CONTEXT) < rig_find(&rig, REQ_CONTROL));
    assert_true(rig_find(&rig, REQ_CONTEXT) < rig_find(&rig, REQ_COUNTS));
    assert_int_equal(rig_count(&rig, REQ_TAKEN), 1);
    rig_settle(&rig, &world);
    rig_stop(&rig);
}

static void counters_are_read_once_a_second(void **state)
{
    (void)state;
    int asked = 0;
    rig_live(&rig, &world, 50);
    for (int i = 0; i < 30; i++) {        /* three seconds of hints */
        rig_hint(&rig, &world.rows[0], false);
        asked += rig_count(&rig, REQ_COUNTS);
        rig_settle(&rig, &world);
        rig_pass(&rig, 100);
    }
    assert_in_range(asked, 2, 4);
    rig_stop(&rig);
}

static void idle_wakes_with_the_minute_only(void **state)
{
    (void)state;
    rig_live(&rig, &world, 50);
    rig_pass(&rig, 10000);
    rig_settle(&rig, &world);
    for (int i = 0; i < TIMER_COUNT; i++)
        if (i != TIMER_CLOCK)
            assert_int_equal(rig.timers[i], WHEN_NONE);
    assert_int_equal(rig.timers[TIMER_CLOCK] % WHEN_MINUTE, 0);
    rig_stop(&rig);
}

/* Nobody notifies of time: due times that pass are asked for with the clock. */
static void the_minute_reads_what_time_moves(void **state)
{
    (void)state;
    rig_live(&rig, &world, 50);
    rig_pass(&rig, 10000);
    rig_settle(&rig, &world);
    rig_pass(&rig, WHEN_MINUTE);
    assert_int_equal(rig_count(&rig, REQ_COUNTS), 1);
    assert_int_equal(rig_count(&rig, REQ_PAGE), 0);
    rig_settle(&rig, &world);
    rig_keys(&rig, "/");
    rig_keys(&rig, "C-uis:breached<Enter>");
    rig_settle(&rig, &world);
    rig_pass(&rig, 5000);
    rig_settle(&rig, &world);
    rig_pass(&rig, WHEN_MINUTE);
    assert_string_equal(rig.m.filter, "is:breached");
    assert_int_equal(rig_count(&rig, REQ_PAGE), 1);
    rig_stop(&rig);
}

static void rows_stay_when_the_connection_goes(void **state)
{
    (void)state;
    rig_live(&rig, &world, 50);
    size_t count = rig.m.queue.count;
    int64_t cursor = rig.m.queue.cursor_id, read_at = rig.m.queue.read_at;
    rig_link(&rig, LINK_DOWN, "server closed the connection");
    rig_keys(&rig, "jj");
    assert_int_equal(rig.m.queue.count, count);
    assert_int_equal(rig.sent_count, 0);
    assert_int_equal(rig.m.queue.read_at, read_at);
    assert_int_equal(rig.m.link, LINK_DOWN);
    assert_string_equal(rig.m.link_error.text, "server closed the connection");
    rig_pass(&rig, 60000);
    rig_link(&rig, LINK_LIVE, NULL);
    assert_int_equal(rig_count(&rig, REQ_PAGE), 1);
    assert_int_equal(rig_count(&rig, REQ_HELLO), 1);
    rig_settle(&rig, &world);
    assert_true(rig.m.queue.read_at > read_at);
    assert_int_equal(rig.m.queue.cursor_id, cursor + 2);
    rig_stop(&rig);
}

static void a_failed_read_is_tried_again_later(void **state)
{
    (void)state;
    rig_live(&rig, &world, 50);
    rig_hint(&rig, &world.rows[0], false);
    struct request q = rig_take(&rig, rig_find(&rig, REQ_ROWS));
    struct reply reply = {.kind = REQ_ROWS, .number = q.number};
    err_set(&reply.error, ERR_AGAIN, NULL, "took too long");
    request_finish(&q);
    rig_reply(&rig, &reply);
    assert_string_equal(rig.m.toast, "queue: took too long");
    for (int i = 0; i < 19; i++) {
        rig_pass(&rig, 100);
        rig_hint(&rig, &world.rows[1], false);
        assert_int_equal(rig_count(&rig, REQ_ROWS) + rig_count(&rig, REQ_PAGE), 0);
    }
    rig_pass(&rig, 200);
    assert_int_equal(rig_count(&rig, REQ_PAGE), 1);
    assert_string_equal(rig.m.toast, "queue: took too long");
    rig_settle(&rig, &world);
    assert_string_equal(rig.m.toast, "");            /* no longer so */
    check_true_stretch();
    assert_false(rig.m.touched_many);
    /* a connection that broke is the banner's to tell */
    rig_hint(&rig, &world.rows[0], false);
    q = rig_take(&rig, rig_find(&rig, REQ_ROWS));
    reply = (struct reply){.kind = REQ_ROWS, .number = q.number};
    err_set(&reply.error, ERR_UNREACHABLE, NULL, "it broke");
    request_finish(&q);
    rig_reply(&rig, &reply);
    assert_string_equal(rig.m.toast, "");
    rig_stop(&rig);
}

static void answers_nobody_awaits_are_dropped(void **state)
{
    (void)state;
    rig_live(&rig, &world, 50);
    struct reply reply = {.kind = REQ_PAGE, .number = 9999, .ok = true};
    rig_reply(&rig, &reply);
    assert_true(rig.m.queue.count > 0);
    rig_stop(&rig);
}

static void small_screens_and_resizes(void **state)
{
    static const struct { int rows, cols; bool too_small, context; } t[] = {
        {24, 80, false, true}, {16, 60, false, false}, {15, 60, true, false}, {60, 200, false, true},
        {1, 1, true, false}, {36, 120, false, true},
    };
    (void)state;
    rig_live(&rig, &world, 400);
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        struct app_layout l;
        rig_send(&rig, (struct msg){.kind = MSG_RESIZE, .rows = t[i].rows, .cols = t[i].cols});
        rig_settle(&rig, &world);
        app_layout(&rig.m, &l);
        assert_int_equal(l.too_small, t[i].too_small);
        assert_int_equal(l.context_rows > 0, t[i].context);
        assert_true(l.list_rows >= 1);
        if (!l.too_small)
            assert_true(l.list_top + l.list_rows <= l.prompt_row);
        rig_keys(&rig, "C-fC-fj");
        rig_settle(&rig, &world);
        check_shape();
    }
    rig_stop(&rig);
}

static void an_answer_that_no_longer_joins_is_dropped(void **state)
{
    struct reply reply;
    (void)state;
    rig_live(&rig, &world, 1000);
    for (int i = 0; i < 6; i++) {
        rig_keys(&rig, "C-f");
        rig_settle(&rig, &world);
    }
    while (rig_find(&rig, REQ_PAGE) < 0)
        rig_keys(&rig, "j");
    struct request q = rig_take(&rig, rig_find(&rig, REQ_PAGE));   /* on its way: too late to cancel */
    assert_int_equal(q.page.direction, PAGE_AFTER);
    world_answer(&world, &q, &reply);
    request_finish(&q);
    for (int i = 0; i < 6; i++) {
        rig_keys(&rig, "C-b");
        rig_settle(&rig, &world);
    }
    rig_keys(&rig, "C-d");
    assert_true(rig.m.queue.rows[rig.m.queue.count - 1].key < reply.page.rows[0].key - 10);
    rig_reply(&rig, &reply);
    check_true_stretch();
    rig_stop(&rig);
}

static void a_flood_before_the_cursor_leaves_no_gap(void **state)
{
    struct hint many = {.kind = HINT_MANY, .count = 1000};
    (void)state;
    rig_live(&rig, &world, 300);
    rig_keys(&rig, "jjjjj");
    int64_t cursor = rig.m.queue.cursor_id;
    for (int i = 0; i < 400; i++)
        world_add(&world, 25);
    rig_send(&rig, (struct msg){.kind = MSG_HINT, .hint = &many});
    rig_settle(&rig, &world);
    assert_int_equal(rig.m.queue.cursor_id, cursor);
    check_shape();
    check_true_stretch();
    rig_keys(&rig, "kkkkkjjjjjjjjjj");
    rig_settle(&rig, &world);
    check_true_stretch();
    rig_stop(&rig);
}

static void hints_wait_for_a_page_under_way(void **state)
{
    (void)state;
    rig_live(&rig, &world, 500);
    while (rig_find(&rig, REQ_PAGE) < 0)
        rig_keys(&rig, "j");
    rig_hint(&rig, &world.rows[3], false);
    assert_int_equal(rig_count(&rig, REQ_ROWS), 0);
    struct request q = rig_take(&rig, rig_find(&rig, REQ_PAGE));
    struct reply reply;
    world_answer(&world, &q, &reply);
    request_finish(&q);
    rig_reply(&rig, &reply);
    assert_int_equal(rig_count(&rig, REQ_ROWS), 1);
    rig_stop(&rig);
}

/* Any keys at all, on any screen, with answers, losses and hints in between. */
static void monkey(void **state)
{
    (void)state;
    for (uint64_t seed = 100; seed < 120; seed++) {
        dice_state = seed;
        stream_from = stream_to = 0;
        rig_live(&rig, &world, 200);
        for (int step = 0; step < 1500 && !rig.quits; step++) {
            uint32_t what = dice(40);
            struct key key = {.code = dice(3) ? ' ' + dice(95) : KEY_BASE + dice(KEY_LIMIT - KEY_BASE)};
            key.mods = dice(8) ? 0 : KEY_CTRL;
            key.row = (int16_t)dice(40);
            if (key.code == 'q' || (key.code == 'c' && key.mods))
                key.code = 'j';
            if (what == 0)
                rig_link(&rig, dice(2) ? LINK_LIVE : LINK_DOWN, "gone");
            else if (what == 1)
                rig_send(&rig, (struct msg){.kind = MSG_RESIZE, .rows = 1 + (int)dice(200), .cols = 1 + (int)dice(250)});
            else if (what < 6)
                rig_settle(&rig, &world);
            else if (what < 9)
                change_world();
            else if (what < 12)
                deliver_one();
            else if (what == 12)
                rig_pass(&rig, dice(3000));
            else
                rig_send(&rig, (struct msg){.kind = MSG_KEY, .key = key});
            check_shape();
            assert_int_equal(strlen(rig.m.prompt.text), rig.m.prompt.len);
            assert_true(rig.m.prompt.at <= rig.m.prompt.len);
        }
        while (stream_from != stream_to)
            deliver_one();
        rig_stop(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_at_the_top), cmocka_unit_test(walk), cmocka_unit_test(monkey),
        cmocka_unit_test(an_answer_that_no_longer_joins_is_dropped),
        cmocka_unit_test(a_flood_before_the_cursor_leaves_no_gap), cmocka_unit_test(hints_wait_for_a_page_under_way),
        cmocka_unit_test(a_held_key_queues_nothing), cmocka_unit_test(new_rows_above_are_counted),
        cmocka_unit_test(a_new_row_appears_at_its_place), cmocka_unit_test(what_left_stays_until_the_cursor_moves),
        cmocka_unit_test(a_row_that_sorts_elsewhere_goes_when_left), cmocka_unit_test(hints_elsewhere_ask_nothing),
        cmocka_unit_test(a_flood_of_hints_is_gathered), cmocka_unit_test(the_first_screen_comes_first), cmocka_unit_test(counters_are_read_once_a_second),
        cmocka_unit_test(idle_wakes_with_the_minute_only), cmocka_unit_test(the_minute_reads_what_time_moves), cmocka_unit_test(rows_stay_when_the_connection_goes),
        cmocka_unit_test(a_failed_read_is_tried_again_later),
        cmocka_unit_test(answers_nobody_awaits_are_dropped), cmocka_unit_test(small_screens_and_resizes),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
