/* Outages on everybody's screen: the banner's state, the lines in the queue, the board, declaring and ending. */
#include "unit/app_helpers.h"

#include "app/board.h"
#include "app/control.h"
#include "app/cursor.h"
#include "app/groups.h"
#include "app/select.h"
#include "app/window.h"

static struct rig rig;
static struct world world;

#define COPY(to, from) snprintf((to), sizeof(to), "%s", (from))

static struct outage_row outage(int32_t id, const char *title, const char *by, int64_t exceptions)
{
    struct outage_row o = {.id = id, .started_at = NOON - WHEN_HOUR, .until = WHEN_NONE, .ended_at = WHEN_NONE,
                           .exceptions = exceptions, .fresh = 41, .held = 28, .hold_messages = true};
    COPY(o.title, title);
    COPY(o.scope, "carrier:ups region:TX");
    COPY(o.by, by);
    COPY(o.message, "UPS scans are late");
    return o;
}

static void fill(struct control_state *s, const struct outage_row *rows, size_t n)
{
    s->outages = xcalloc(n ? n : 1, sizeof *s->outages);
    s->outage_count = n;
    for (size_t i = 0; i < n; i++)
        s->outages[i] = rows[i];
}

/* Answers what was asked of outages with these; everything else as the world does. */
static void answer(const struct outage_row *rows, size_t n)
{
    for (int guard = 0; rig.sent_count; guard++) {
        struct request q = rig_take(&rig, 0);
        struct reply reply;
        assert_true(guard < 200);
        world_answer(&world, &q, &reply);
        if (q.kind == REQ_CONTROL)
            fill(&reply.control, rows, n);
        for (size_t i = 0; q.kind == REQ_COUNTS && i < q.count_filter_count; i++)
            reply.counts.view[i] = strstr(q.count_filters[i], "outage:") ? (strstr(q.count_filters[i], "owner:none") ? 5 : 12) : 3;
        request_finish(&q);
        rig_reply(&rig, &reply);
    }
}

static void hint(void)
{
    struct hint h = {.kind = HINT_CONTROL};
    rig_pass(&rig, 1000);
    rig_send(&rig, (struct msg){.kind = MSG_HINT, .hint = &h});
}

static void declared(const struct outage_row *rows, size_t n)
{
    hint();
    answer(rows, n);
    rig_pass(&rig, 2000);
    answer(rows, n);
}

static int live(void **state)
{
    (void)state;
    rig_live(&rig, &world, 60);
    return 0;
}

static int lead(void **state)
{
    (void)state;
    rig_live(&rig, &world, 60);
    rig.m.hello.level = ROLE_LEAD;
    return 0;
}

static int stop(void **state)
{
    (void)state;
    rig_stop(&rig);
    return 0;
}

/* ---- what everybody's screen says ---- */

static void a_hint_is_read_at_once_and_one_meanwhile_again(void **state)
{
    struct hint h = {.kind = HINT_CONTROL};
    (void)state;
    rig_pass(&rig, 1000);
    rig_send(&rig, (struct msg){.kind = MSG_HINT, .hint = &h});
    assert_int_equal(rig_count(&rig, REQ_CONTROL), 1);
    for (int i = 0; i < 5; i++)
        rig_send(&rig, (struct msg){.kind = MSG_HINT, .hint = &h});
    rig_pass(&rig, 1000);
    assert_int_equal(rig_count(&rig, REQ_CONTROL), 1);
    rig_settle(&rig, &world);
    rig_pass(&rig, 1000);
    rig_settle(&rig, &world);
    assert_false(rig.m.control.again);
}

static void a_flood_of_hints_is_a_few_readings(void **state)
{
    struct hint h = {.kind = HINT_CONTROL};
    int asked = 0;
    (void)state;
    rig_pass(&rig, 1000);
    for (int i = 0; i < 100; i++) {
        rig_send(&rig, (struct msg){.kind = MSG_HINT, .hint = &h});
        asked += rig_count(&rig, REQ_CONTROL);
        rig_settle(&rig, &world);
        rig_pass(&rig, 10);
    }
    assert_in_range(asked, 2, 8);
}

static void it_is_read_each_minute(void **state)
{
    (void)state;
    int64_t before = rig.m.control.read_at;
    rig_pass(&rig, 60000);
    assert_int_equal(rig_count(&rig, REQ_CONTROL), 1);
    rig_settle(&rig, &world);
    assert_true(rig.m.control.read_at > before);
}

static void a_new_outage_is_told_with_the_bell_but_not_to_its_author(void **state)
{
    struct outage_row o[] = {outage(3, "UPS region:TX", "okafor", 312), outage(4, "FedEx", "maria", 20)};
    (void)state;
    int bells = rig.bells;
    hint();
    answer(o, 1);
    assert_non_null(strstr(rig.m.toast, "outage 3 declared by okafor: UPS region:TX, 312 exceptions"));
    assert_int_equal(rig.bells, bells + 1);
    hint();
    answer(o, 2);
    assert_int_equal(rig.bells, bells + 1);
    assert_non_null(control_outage(&rig.m, 4));
}

static void the_end_is_told_with_who_and_what_is_left(void **state)
{
    struct outage_row o = outage(3, "UPS region:TX", "okafor", 312);
    (void)state;
    declared(&o, 1);
    hint();
    for (int i = rig_find(&rig, REQ_CONTROL); i >= 0; i = -1) {
        struct request q = rig_take(&rig, i);
        struct reply none = {.kind = REQ_CONTROL, .number = q.number, .ok = true};
        request_finish(&q);
        rig_reply(&rig, &none);
    }
    struct request q = rig_take(&rig, rig_find(&rig, REQ_OUTAGE_LIST));
    struct reply list = {.kind = REQ_OUTAGE_LIST, .number = q.number, .ok = true};
    request_finish(&q);
    o.ended_at = NOON;
    o.follow_up = 87;
    COPY(o.ended_by, "okafor");
    fill(&list.control, &o, 1);
    rig_reply(&rig, &list);
    assert_string_equal(rig.m.toast, "outage 3 ended by okafor: 87 to follow up (outage:3)");
    assert_int_equal(rig.m.control.state.outage_count, 0);
}

static void without_a_connection_it_stays_and_is_old(void **state)
{
    struct outage_row o = outage(3, "UPS region:TX", "okafor", 312);
    (void)state;
    declared(&o, 1);
    assert_false(control_old(&rig.m));
    rig_link(&rig, LINK_DOWN, "gone");
    assert_int_equal(rig.m.control.state.outage_count, 1);
    assert_true(control_old(&rig.m));
}

/* ---- lines in the queue ---- */

static void its_exceptions_are_left_out_and_counted(void **state)
{
    struct outage_row o = outage(3, "UPS region:TX", "okafor", 312);
    (void)state;
    hint();
    struct request q = rig_take(&rig, rig_find(&rig, REQ_CONTROL));
    struct reply r = {.kind = REQ_CONTROL, .number = q.number, .ok = true};
    request_finish(&q);
    fill(&r.control, &o, 1);
    rig_reply(&rig, &r);
    int at = rig_find(&rig, REQ_PAGE);
    assert_true(at >= 0);
    assert_string_equal(rig.sent[at].page.filter, "state:new,working -outage:3");
    answer(&o, 1);
    rig_pass(&rig, 2000);
    answer(&o, 1);
    assert_int_equal(groups_lines(&rig.m), 1);
    const struct outage_group *g = groups_line(&rig.m, 0);
    assert_int_equal(g->here, 12);
    assert_int_equal(g->fresh, 5);
    assert_int_equal(rig.m.views[0].count, 3);
}

static void the_row_under_the_cursor_stays_when_lines_come(void **state)
{
    struct outage_row o = outage(3, "UPS region:TX", "okafor", 312);
    (void)state;
    rig_keys(&rig, "jjj");
    int64_t id = rig.m.queue.cursor_id;
    declared(&o, 1);
    assert_int_equal(rig.m.queue.cursor_id, id);
    assert_int_equal(rig.m.groups.on, 0);
    assert_int_equal(cursor_target(&rig.m), id);
}

static void the_cursor_goes_up_to_a_line_and_keys_say_what_to_do(void **state)
{
    struct outage_row o[] = {outage(3, "UPS region:TX", "okafor", 312), outage(4, "FedEx", "dana", 20)};
    (void)state;
    declared(o, 2);
    rig_keys(&rig, "k");
    assert_int_equal(rig.m.groups.on, 4);
    rig_keys(&rig, "k");
    assert_int_equal(rig.m.groups.on, 3);
    assert_int_equal(cursor_target(&rig.m), 0);
    rig_keys(&rig, "c");
    assert_int_equal(rig_count(&rig, REQ_ACT), 0);
    assert_non_null(strstr(rig.m.toast, "outage 3 is many"));
    rig_keys(&rig, "jj");
    assert_int_equal(rig.m.groups.on, 0);
    assert_int_equal(rig.m.queue.cursor, 0);
    rig_keys(&rig, "gg");
    assert_int_equal(rig.m.groups.on, 3);
}

static void opening_shows_its_rows_and_back_is_the_line(void **state)
{
    struct outage_row o = outage(3, "UPS region:TX", "okafor", 312);
    (void)state;
    declared(&o, 1);
    rig_keys(&rig, "k<Enter>");
    assert_int_equal(rig.m.groups.open, 3);
    assert_string_equal(rig.m.filter, "state:new,working outage:3");
    int at = rig_find(&rig, REQ_PAGE);
    assert_string_equal(rig.sent[at].page.filter, "state:new,working outage:3");
    answer(&o, 1);
    assert_int_equal(groups_lines(&rig.m), 1);
    rig_keys(&rig, "h");
    assert_int_equal(rig.m.groups.open, 0);
    assert_int_equal(rig.m.groups.on, 3);
    assert_string_equal(rig.m.filter, "state:new,working");
    assert_false(rig.m.filter_edited);
    answer(&o, 1);
    rig_keys(&rig, "l");
    answer(&o, 1);
    assert_int_equal(rig.m.groups.open, 3);
    rig_keys(&rig, "<Esc>");
    assert_int_equal(rig.m.groups.on, 3);
}

static void who_looks_for_something_particular_sees_rows(void **state)
{
    static const char *const particular[] = {"delgado", "tracking:1Z9", "order:10-3", "id:48121", "owner:me", "state:resolved", "is:mine"};
    struct outage_row o = outage(3, "UPS region:TX", "okafor", 312);
    (void)state;
    declared(&o, 1);
    for (size_t i = 0; i < sizeof particular / sizeof particular[0]; i++) {
        char keys[64];
        snprintf(keys, sizeof keys, "/C-u%s<Enter>", particular[i]);
        rig_keys(&rig, keys);
        assert_int_equal(rig.m.groups.count, 0);
        answer(&o, 1);
    }
    rig_keys(&rig, "/C-ucarrier:ups<Enter>");
    assert_int_equal(rig.m.groups.count, 1);
    rig_keys(&rig, "T");
    assert_int_equal(rig.m.groups.count, 0);
    rig_keys(&rig, "T");
    assert_int_equal(rig.m.groups.count, 1);
}

static void an_outage_that_ends_under_the_cursor_leaves_no_row_there(void **state)
{
    struct outage_row o = outage(3, "UPS region:TX", "okafor", 312);
    (void)state;
    declared(&o, 1);
    rig_keys(&rig, "k");
    declared(NULL, 0);
    assert_int_equal(rig.m.groups.on, 3);
    assert_int_equal(cursor_target(&rig.m), 0);
    rig_keys(&rig, "c");
    assert_int_equal(rig_count(&rig, REQ_ACT), 0);
    rig_keys(&rig, "j");
    assert_int_equal(rig.m.groups.on, 0);
    assert_int_equal(groups_lines(&rig.m), 0);
    assert_true(cursor_target(&rig.m) != 0);
}

static void a_selection_is_acted_on_from_the_line(void **state)
{
    struct outage_row o = outage(3, "UPS region:TX", "okafor", 312);
    (void)state;
    declared(&o, 1);
    rig_keys(&rig, "x");
    rig_keys(&rig, "gg");
    assert_int_equal(rig.m.groups.on, 3);
    rig_keys(&rig, "c");
    assert_int_equal(rig_count(&rig, REQ_ACT), 1);
}

static void writing_to_all_takes_everybody_in_it_and_its_wording(void **state)
{
    struct outage_row o = outage(3, "UPS region:TX", "okafor", 312);
    (void)state;
    declared(&o, 1);
    rig_keys(&rig, "kM");
    int at = rig_find(&rig, REQ_IDS);
    assert_true(at >= 0);
    assert_string_equal(rig.sent[at].filter, "outage:3");
    struct request q = rig_take(&rig, at);
    struct reply r;
    world_answer(&world, &q, &r);
    request_finish(&q);
    rig_reply(&rig, &r);
    assert_int_equal(rig.m.screen, SCREEN_BULK);
    assert_string_equal(rig.m.bulk.name, "carrier_outage");
    assert_int_equal(rig.m.bulk.id_count, 60);
    assert_int_equal(rig_count(&rig, REQ_PREVIEW), 1);
}

/* ---- ending ---- */

static void ending_says_what_it_does_asks_and_shows_what_is_left(void **state)
{
    struct outage_row o = outage(3, "UPS region:TX", "okafor", 312);
    (void)state;
    o.overridden = 214;
    declared(&o, 1);
    rig_keys(&rig, "E");
    assert_int_equal(rig.m.menu.kind, MENU_CONFIRM);
    assert_non_null(strstr(rig.m.menu.title, "214 overrides are taken back"));
    assert_non_null(strstr(rig.m.menu.title, "28 held messages"));
    rig_keys(&rig, "y");
    struct request q = rig_take(&rig, rig_find(&rig, REQ_OUTAGE_ACT));
    assert_string_equal(q.name, "end");
    assert_int_equal(q.ids[0], 3);
    struct reply r = {.kind = REQ_OUTAGE_ACT, .number = q.number, .ok = true, .result_count = 1,
                      .results = xcalloc(1, sizeof *r.results)};
    r.results[0] = (struct act_result){.id = 3, .ok = true, .code = "ok", .message = "ended outage 3: 87 to follow up"};
    request_finish(&q);
    rig_reply(&rig, &r);
    assert_string_equal(rig.m.filter, "outage:3");
    assert_int_equal(rig.m.groups.open, 3);
    assert_string_equal(rig.m.toast, "ended outage 3: 87 to follow up");
    q = rig_take(&rig, rig_find(&rig, REQ_CONTROL));
    struct reply none = {.kind = REQ_CONTROL, .number = q.number, .ok = true};
    request_finish(&q);
    rig_reply(&rig, &none);
    assert_string_equal(groups_outage(&rig.m, 3)->title, "UPS region:TX");   /* the line above its rows still names it */
    q = rig_take(&rig, rig_find(&rig, REQ_OUTAGE_LIST));
    struct reply list = {.kind = REQ_OUTAGE_LIST, .number = q.number, .ok = true};
    request_finish(&q);
    o.ended_at = NOON;
    o.follow_up = 87;
    fill(&list.control, &o, 1);
    rig_reply(&rig, &list);
    assert_int_equal(groups_outage(&rig.m, 3)->follow_up, 87);
    assert_null(control_outage(&rig.m, 3));
    answer(NULL, 0);
    rig_keys(&rig, "<Esc>");
    assert_null(groups_outage(&rig.m, 3));
    assert_string_equal(rig.m.filter, "state:new,working");
}

static void agents_are_told_who_may(void **state)
{
    struct outage_row o = outage(3, "UPS region:TX", "okafor", 312);
    (void)state;
    declared(&o, 1);
    rig_keys(&rig, "E");
    assert_int_equal(rig.m.menu.kind, MENU_NONE);
    assert_non_null(strstr(rig.m.toast, "only leads can"));
    rig_keys(&rig, "D");
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
    assert_non_null(strstr(rig.m.toast, "only leads can"));
}

/* ---- declaring ---- */

static void preview(int64_t exceptions, bool allowed, const char *refusal)
{
    struct request q = rig_take(&rig, rig_find(&rig, REQ_OUTAGE_PREVIEW));
    struct reply r = {.kind = REQ_OUTAGE_PREVIEW, .number = q.number, .ok = true,
                      .outage_preview = xcalloc(1, sizeof *r.outage_preview)};
    assert_non_null(q.control.scope);
    request_finish(&q);
    r.outage_preview->exceptions = exceptions;
    r.outage_preview->allowed = allowed;
    COPY(r.outage_preview->title, "UPS region:TX");
    COPY(r.outage_preview->refusal, refusal);
    rig_reply(&rig, &r);
}

static void declaring_asks_for_what_is_missing_and_for_the_count(void **state)
{
    (void)state;
    rig_keys(&rig, "D");
    assert_int_equal(rig.m.screen, SCREEN_OUTAGE);
    assert_int_equal(rig.m.prompt.kind, PROMPT_SCOPE);     /* the queue's filter is no scope */
    rig_keys(&rig, "carrier:ups<Enter>");
    preview(1312, true, "");
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig.m.prompt.kind, PROMPT_OUTAGE_TEXT);
    rig_keys(&rig, "late scans<Enter><Enter>");
    assert_int_equal(rig.m.prompt.kind, PROMPT_OUTAGE_COUNT);
    rig_keys(&rig, "1,3");                                 /* on the way to it, as it is shown */
    assert_null(strstr(rig.m.prompt.error, "not how many"));
    rig_keys(&rig, "3<Enter>");
    assert_non_null(strstr(rig.m.prompt.error, "that is not how many"));
    assert_int_equal(rig_count(&rig, REQ_OUTAGE_DECLARE), 0);
    assert_non_null(strstr(rig.m.prompt.error, "type 1,312"));
    rig_keys(&rig, "<BS>12<Enter>");
    struct request q = rig_take(&rig, rig_find(&rig, REQ_OUTAGE_DECLARE));
    assert_string_equal(q.control.text, "late scans");
    assert_true(q.control.hold);
    assert_false(q.control.pause);
    assert_int_equal(q.control.status, STATUS_COUNT);
    assert_int_equal(q.control.until, WHEN_NONE);
    assert_true(q.key[0] != '\0');
    struct reply r = {.kind = REQ_OUTAGE_DECLARE, .number = q.number, .ok = true, .result_count = 1,
                      .results = xcalloc(1, sizeof *r.results)};
    r.results[0] = (struct act_result){.id = 3, .ok = true, .code = "ok"};
    request_finish(&q);
    rig_reply(&rig, &r);
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
    assert_string_equal(rig.m.toast, "declared outage 3");
    assert_non_null(strstr(rig.m.undo_text, "declared outage 3"));
    assert_true(rig_find(&rig, REQ_CONTROL) >= 0);
}

static void a_refusal_is_said_and_the_form_stays(void **state)
{
    (void)state;
    rig_keys(&rig, ":outage-declare carrier:ups<Enter>");
    preview(312, false, "carrier:ups is every open exception: narrow it by a region");
    rig_keys(&rig, "<Enter>late<Enter><Enter>");
    assert_int_equal(rig.m.prompt.kind, PROMPT_NONE);
    assert_non_null(strstr(rig.m.toast, "narrow it"));
    assert_int_equal(rig.m.screen, SCREEN_OUTAGE);
    rig_keys(&rig, "<Esc>");
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
}

static void few_are_asked_about_with_yes_or_no(void **state)
{
    (void)state;
    rig_keys(&rig, ":outage-declare carrier:ups<Enter>");
    preview(7, true, "");
    rig_keys(&rig, "<Enter>late<Enter><Enter>");
    assert_int_equal(rig.m.menu.kind, MENU_CONFIRM);
    rig_keys(&rig, "y");
    assert_int_equal(rig_count(&rig, REQ_OUTAGE_DECLARE), 1);
}

static void fields_are_changed_where_the_cursor_is(void **state)
{
    (void)state;
    rig_keys(&rig, ":outage-declare carrier:ups<Enter>");
    preview(7, true, "");
    rig_keys(&rig, "jj<Space>j<Space>");
    assert_false(rig.m.declaring.hold);
    assert_true(rig.m.declaring.pause);
    rig_keys(&rig, "j<Space>");
    assert_int_equal(rig.m.menu.kind, MENU_OUTAGE_STATUS);
    rig_keys(&rig, "j<Enter>");
    assert_int_equal(rig.m.declaring.status, override_status_at(0));
    rig_keys(&rig, "j<Space>4h<Enter>");
    assert_int_equal(rig.m.declaring.until, rig.now + 4 * WHEN_HOUR);
}

static void changing_sends_what_changed(void **state)
{
    struct outage_row o = outage(3, "UPS region:TX", "okafor", 312);
    (void)state;
    declared(&o, 1);
    rig_keys(&rig, ":outage-set 3<Enter>");
    assert_int_equal(rig.m.declaring.id, 3);
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig_count(&rig, REQ_OUTAGE_ACT), 0);
    rig_keys(&rig, "jj<Space><Enter>");
    struct request q = rig_take(&rig, rig_find(&rig, REQ_OUTAGE_ACT));
    assert_string_equal(q.name, "set");
    assert_int_equal(q.control.fields, OUTAGE_SET_PAUSE);
    assert_true(q.control.pause);
    request_finish(&q);
}

/* ---- the board ---- */

static void board_answer(void)
{
    static const struct { const char *carrier; int64_t open; double ratio; } rows[] = {
        {"fedex", 90, 1.1}, {"ups", 312, 10.2}, {"usps", 40, 0.8}};
    int at = rig_find(&rig, REQ_BOARD);
    assert_true(at >= 0);
    struct request q = rig_take(&rig, at);
    struct reply r = {.kind = REQ_BOARD, .number = q.number, .ok = true, .board = xcalloc(1, sizeof *r.board)};
    bool lanes = q.control.carrier && q.control.carrier[0];
    request_finish(&q);
    r.board->count = lanes ? 2 : 3;
    r.board->rows = xcalloc(3, sizeof *r.board->rows);
    for (size_t i = 0; i < r.board->count; i++) {
        struct board_row *b = &r.board->rows[i];
        COPY(b->carrier, lanes ? "ups" : rows[i].carrier);
        COPY(b->carrier_name, lanes ? "ups" : rows[i].carrier);
        if (lanes) {
            COPY(b->service, "2nd day");
            COPY(b->region, i ? "CA" : "TX");
        }
        b->open = rows[i].open;
        b->ratio = rows[i].ratio;
        b->last_scan_at = WHEN_NONE;
    }
    if (!lanes) {
        r.board->suggestions = xcalloc(1, sizeof *r.board->suggestions);
        r.board->suggestion_count = 1;
        r.board->suggestions[0] = (struct suggestion){.id = 9, .scope = "carrier:ups region:TX", .why = "41 new", .at = NOON};
    }
    rig_reply(&rig, &r);
}

static void the_board_is_sorted_and_the_cursor_goes_with_its_line(void **state)
{
    (void)state;
    rig_keys(&rig, "b");
    assert_int_equal(rig.m.screen, SCREEN_BOARD);
    board_answer();
    assert_int_equal(board_line(&rig.m, 0).kind, BOARD_SUGGESTION);
    assert_string_equal(board_line(&rig.m, 1).row->carrier, "ups");
    rig_keys(&rig, "j");
    assert_int_equal(rig_count(&rig, REQ_BOARD), 0);                /* read once a minute, not with each key */
    rig_keys(&rig, "SS");
    assert_string_equal(board_line(&rig.m, 1).row->carrier, "fedex");
    assert_string_equal(board_chosen(&rig.m).row->carrier, "ups");
    rig_pass(&rig, 60000);
    board_answer();
    assert_string_equal(board_chosen(&rig.m).row->carrier, "ups");
}

static void a_carrier_opens_into_lanes_and_back(void **state)
{
    (void)state;
    rig_keys(&rig, "b");
    board_answer();
    rig_keys(&rig, "j<Enter>");
    assert_string_equal(rig.sent[rig_find(&rig, REQ_BOARD)].control.carrier, "ups");
    board_answer();
    assert_int_equal(board_lines(&rig.m), 2);
    rig_keys(&rig, "G");
    assert_string_equal(board_chosen(&rig.m).row->region, "TX");
    rig_keys(&rig, "D");
    assert_string_equal(rig.m.declaring.scope, "carrier:ups service:\"2nd day\" region:TX");
    rig_keys(&rig, "<Esc>");
    assert_int_equal(rig.m.screen, SCREEN_BOARD);
    rig_keys(&rig, "<Esc>");
    assert_string_equal(board_chosen(&rig.m).row->carrier, "ups");
    rig_keys(&rig, "<Esc>");
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
}

static void a_suggestion_is_declared_or_dismissed(void **state)
{
    (void)state;
    rig_keys(&rig, "b");
    board_answer();
    rig_keys(&rig, "x");
    struct request q = rig_take(&rig, rig_find(&rig, REQ_OUTAGE_ACT));
    assert_string_equal(q.name, "dismiss");
    assert_int_equal(q.ids[0], 9);
    request_finish(&q);
    rig_keys(&rig, "D");
    assert_string_equal(rig.m.declaring.scope, "carrier:ups region:TX");
}

static void silence_is_longer_than_usual(void **state)
{
    struct board_row r = {.last_scan_at = NOON - WHEN_HOUR, .usual_gap_s = 60};
    (void)state;
    assert_true(board_silent(&r, NOON));
    r.usual_gap_s = 7200;
    assert_false(board_silent(&r, NOON));
    r.usual_gap_s = 0;
    assert_false(board_silent(&r, NOON));
}

#define T(f, begin) cmocka_unit_test_setup_teardown(f, begin, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_hint_is_read_at_once_and_one_meanwhile_again, live), T(a_flood_of_hints_is_a_few_readings, live),
        T(it_is_read_each_minute, live), T(a_new_outage_is_told_with_the_bell_but_not_to_its_author, live),
        T(the_end_is_told_with_who_and_what_is_left, live), T(without_a_connection_it_stays_and_is_old, live),
        T(its_exceptions_are_left_out_and_counted, live), T(the_row_under_the_cursor_stays_when_lines_come, live),
        T(the_cursor_goes_up_to_a_line_and_keys_say_what_to_do, live), T(opening_shows_its_rows_and_back_is_the_line, live),
        T(who_looks_for_something_particular_sees_rows, live), T(an_outage_that_ends_under_the_cursor_leaves_no_row_there, live),
        T(a_selection_is_acted_on_from_the_line, live), T(writing_to_all_takes_everybody_in_it_and_its_wording, live),
        T(ending_says_what_it_does_asks_and_shows_what_is_left, lead), T(agents_are_told_who_may, live),
        T(declaring_asks_for_what_is_missing_and_for_the_count, lead), T(a_refusal_is_said_and_the_form_stays, lead),
        T(few_are_asked_about_with_yes_or_no, lead), T(fields_are_changed_where_the_cursor_is, lead),
        T(changing_sends_what_changed, lead), T(the_board_is_sorted_and_the_cursor_goes_with_its_line, live),
        T(a_carrier_opens_into_lanes_and_back, lead), T(a_suggestion_is_declared_or_dismissed, lead),
        cmocka_unit_test(silence_is_longer_than_usual),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
