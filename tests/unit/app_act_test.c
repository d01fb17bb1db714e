/* Doing things: targets, confirmations, answers, lost answers, undo, who may. */
#include "unit/app_helpers.h"

#include "app/select.h"
#include "core/contact.h"

static struct rig rig;
static struct world world;

static int live(void **state)
{
    (void)state;
    rig_live(&rig, &world, 60);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    rig_stop(&rig);
    return 0;
}

/* Answers the act under way: every id in `refused` (0-ended) is refused. */
static void answer_act(const int64_t *refused)
{
    struct reply reply;
    struct request q = rig_take(&rig, rig_find(&rig, REQ_ACT));
    world_answer(&world, &q, &reply);
    for (size_t i = 0; i < reply.result_count; i++) {
        for (const int64_t *id = refused; id && *id; id++) {
            if (reply.results[i].id == *id) {
                reply.results[i].ok = false;
                snprintf(reply.results[i].message, sizeof reply.results[i].message, "maria claimed it 4 s ago");
            }
        }
    }
    request_finish(&q);
    rig_reply(&rig, &reply);
}

static void a_claim_is_not_shown_before_its_answer(void **state)
{
    (void)state;
    rig_keys(&rig, "c");
    assert_non_null(strstr(rig.m.toast, "claiming #1"));
    assert_string_equal(rig.m.queue.rows[0].owner, "");
    answer_act(NULL);
    assert_string_equal(rig.m.toast, "claimed #1");
    assert_string_equal(rig.m.undo_text, "u takes back: claimed #1");
    assert_int_equal(rig.m.queue.cursor_id, 1);      /* one goes on to work on it */
    assert_int_equal(rig_count(&rig, REQ_ROWS), 1);  /* and it is read, not guessed */
}

static void resolving_goes_to_the_next(void **state)
{
    (void)state;
    rig_keys(&rig, "e");
    assert_int_equal(rig.m.menu.kind, MENU_RESOLVE);
    assert_int_equal(rig.m.menu.count, RESOLUTION_COUNT);
    rig_keys(&rig, "<Down><Enter>");
    assert_int_equal(rig.m.prompt.kind, PROMPT_RESOLVE_TEXT);
    rig_keys(&rig, "flat 3<Enter>");
    int at = rig_find(&rig, REQ_ACT);
    assert_string_equal(rig.sent[at].act.code, "address_fixed");
    assert_string_equal(rig.sent[at].act.text, "flat 3");
    answer_act(NULL);
    assert_int_equal(rig.m.queue.cursor_id, 2);
    rig_keys(&rig, ":resolve other<Enter><Enter>");
    assert_int_equal(rig.m.prompt.kind, PROMPT_RESOLVE_TEXT);   /* other needs a text */
    assert_int_equal(rig_find(&rig, REQ_ACT), -1);
    rig_keys(&rig, "dog ate it<Enter>");
    at = rig_find(&rig, REQ_ACT);
    assert_string_equal(rig.sent[at].act.code, "other");
    assert_string_equal(rig.sent[at].act.text, "dog ate it");
}

static void menu_letters_are_distinct(void **state)
{
    static const char *const opens[] = {"e", "s", "S", ":theme<Enter>", "I"};
    (void)state;
    for (size_t k = 0; k < sizeof opens / sizeof *opens; k++) {
        rig_keys(&rig, opens[k]);
        assert_true(rig.m.menu.count >= 4);
        for (int i = 0; i < rig.m.menu.count; i++) {
            assert_true(rig.m.menu.items[i].key >= 'a' && rig.m.menu.items[i].key <= 'z');
            for (int j = 0; j < i; j++)
                assert_int_not_equal(rig.m.menu.items[i].key, rig.m.menu.items[j].key);
        }
        rig_keys(&rig, "<Esc>");
    }
    rig_keys(&rig, "s");
    char key[2] = {rig.m.menu.items[SEVERITY_CRITICAL].key, '\0'};
    rig_keys(&rig, key);
    assert_string_equal(rig.sent[rig_find(&rig, REQ_ACT)].act.code, "critical");
}

static void a_contact_takes_two_keys(void **state)
{
    (void)state;
    rig_keys(&rig, "I");
    assert_int_equal(rig.m.menu.kind, MENU_CONTACT);
    assert_int_equal(rig.m.menu.count, CONTACT_DRIVER_COUNT);
    assert_string_equal(rig.m.menu.title, "What do they want: #1");
    for (int i = 0; i < CONTACT_DRIVER_COUNT; i++)
        assert_int_equal(rig.m.menu.items[i].key, contact_driver_key((enum contact_driver)i));
    rig_keys(&rig, "n");
    assert_int_equal(rig.m.menu.kind, MENU_NONE);
    int at = rig_find(&rig, REQ_ACT);
    assert_int_equal(rig.sent[at].verb, VERB_CONTACT);
    assert_string_equal(rig.sent[at].act.code, "not_received");
    answer_act(NULL);
    assert_string_equal(rig.m.toast, "logged a contact about #1: delivered, but not received");
    assert_string_equal(rig.m.undo_text, "u takes back: logged a contact about #1: delivered, but not received");
    assert_int_equal(rig.m.queue.cursor_id, 1);      /* one goes on with the customer on the phone */
    rig_keys(&rig, "<Tab>I<Esc>");
    assert_int_equal(rig_find(&rig, REQ_ACT), -1);
    rig_keys(&rig, ":contact refund<Enter>");
    assert_string_equal(rig.sent[rig_find(&rig, REQ_ACT)].act.code, "refund");
    answer_act(NULL);
    rig_keys(&rig, ":contact pigeon<Enter>");
    assert_int_equal(rig_find(&rig, REQ_ACT), -1);
}

/* Refused because whoever has #1 is gone. */
static void answer_away(void)
{
    struct reply reply;
    struct request q = rig_take(&rig, rig_find(&rig, REQ_ACT));
    world_answer(&world, &q, &reply);
    assert_false(q.act.take_over);
    for (size_t i = 0; i < reply.result_count; i++) {
        reply.results[i].ok = false;
        snprintf(reply.results[i].code, sizeof reply.results[i].code, "away");
        snprintf(reply.results[i].message, sizeof reply.results[i].message, "maria claimed it 3 h ago but is not here any more");
    }
    request_finish(&q);
    rig_reply(&rig, &reply);
}

static void a_claim_of_somebody_gone_takes_two_keys(void **state)
{
    (void)state;
    rig_keys(&rig, "c");
    answer_away();
    assert_string_equal(rig.m.toast, "#1: maria claimed it 3 h ago but is not here any more");
    assert_int_equal(rig.m.toast_level, TOAST_WARN);
    rig_keys(&rig, "c");
    struct request q = rig_take(&rig, rig_find(&rig, REQ_ACT));
    assert_true(q.act.take_over);
    request_finish(&q);
}

static void another_key_between_takes_nothing_over(void **state)
{
    (void)state;
    rig_keys(&rig, "c");
    answer_away();
    rig_keys(&rig, "jc");
    struct request q = rig_take(&rig, rig_find(&rig, REQ_ACT));
    assert_false(q.act.take_over);
    request_finish(&q);
}

static void several_of_people_gone_are_offered_together(void **state)
{
    (void)state;
    rig_keys(&rig, "xxc");
    answer_away();
    assert_string_equal(rig.m.toast, "claimed 0; 2 are of people who are not here any more: claim once more to take them over");
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
    rig_keys(&rig, "c");
    struct request q = rig_take(&rig, rig_find(&rig, REQ_ACT));
    assert_true(q.act.take_over);
    assert_int_equal(q.id_count, 2);
    request_finish(&q);
}

static void what_was_taken_over_is_told_at_the_start(void **state)
{
    (void)state;
    static struct rig fresh;
    static struct world w = {.taken = "while you were away dana took over #7, which was yours"};
    rig_start(&fresh);
    rig_link(&fresh, LINK_LIVE, NULL);
    rig_settle(&fresh, &w);
    assert_string_equal(fresh.m.toast, w.taken);
    rig_link(&fresh, LINK_DOWN, "the server is gone");
    rig_link(&fresh, LINK_LIVE, NULL);
    assert_int_equal(rig_find(&fresh, REQ_TAKEN), -1);      /* once */
    rig_stop(&fresh);
}

static void a_lost_claim_says_who_won(void **state)
{
    static const int64_t refused[] = {1, 0};
    (void)state;
    rig_keys(&rig, "c");
    answer_act(refused);
    assert_string_equal(rig.m.toast, "#1: maria claimed it 4 s ago");
    assert_int_equal(rig.m.toast_level, TOAST_BAD);
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
}

static void what_was_so_already_is_said(void **state)
{
    struct reply same = {.kind = REQ_ACT, .ok = true, .result_count = 1};
    (void)state;
    rig_keys(&rig, "c");
    same.number = rig.sent[rig_find(&rig, REQ_ACT)].number;
    same.results = xcalloc(1, sizeof *same.results);
    same.results[0] = (struct act_result){.id = 1, .ok = true, .code = "same", .message = "it is yours already"};
    rig_reply(&rig, &same);
    assert_string_equal(rig.m.toast, "#1: it is yours already");
    assert_string_equal(rig.m.undo_text, "");
}

static void what_was_done_is_said_in_full(void **state)
{
    static const struct { const char *keys, *said; } rows[] = {
        {":assign dana<Enter>", "assigned #1 to dana"}, {":snooze scan<Enter>", "snoozed #1 until the next scan"},
        {":severity low<Enter>", "changed the severity of #1 to low"}, {"nx<Enter>", "added a note to #1"},
        {":resolve refunded<Enter>", "resolved #1: refunded"},
    };
    static const int64_t refused[] = {1, 0};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rig_keys(&rig, "gg");
        rig_keys(&rig, rows[i].keys);
        answer_act(NULL);
        assert_string_equal(rig.m.toast, rows[i].said);
    }
    rig_keys(&rig, "ggxxc");
    answer_act(refused);
    assert_string_equal(rig.m.undo_text, "u takes back: claimed #2");
}

static void a_connection_that_is_back_is_said(void **state)
{
    (void)state;
    rig_link(&rig, LINK_DOWN, "gone");
    rig_keys(&rig, "c");
    assert_non_null(strstr(rig.m.toast, "nothing was done; try again"));
    rig_link(&rig, LINK_CONNECTING, NULL);
    rig_link(&rig, LINK_DOWN, "still gone");        /* the banner says it: no message to be lost under it */
    assert_non_null(strstr(rig.m.toast, "nothing was done; try again"));
    rig_link(&rig, LINK_CONNECTING, NULL);
    rig_link(&rig, LINK_LIVE, NULL);
    assert_string_equal(rig.m.toast, "connected again");
}

static void bulk_keeps_the_refused_selected(void **state)
{
    static const int64_t refused[] = {2, 4, 0};
    (void)state;
    rig_keys(&rig, "xxxxx");
    assert_int_equal(rig.m.selected_count, 5);
    rig_keys(&rig, "c");
    assert_int_equal(rig.sent[rig_find(&rig, REQ_ACT)].id_count, 5);
    answer_act(refused);
    assert_non_null(strstr(rig.m.toast, "claimed 3, 2 refused"));
    assert_int_equal(rig.m.screen, SCREEN_RESULTS);
    assert_int_equal(rig.m.result_count, 2);
    assert_int_equal(rig.m.selected_count, 2);
    assert_true(select_has(&rig.m, 2) && select_has(&rig.m, 4));
    rig_keys(&rig, "q");
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
    rig_keys(&rig, "!?q<Esc>");                      /* results, help over it, back to the list */
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
}

static void many_targets_are_confirmed(void **state)
{
    (void)state;
    rig_keys(&rig, "*");
    rig_settle(&rig, &world);
    assert_int_equal(select_total(&rig.m), 60);
    assert_true(rig.m.selected_count <= rig.m.queue.count);      /* the rows in sight alone */
    rig_keys(&rig, "r");
    assert_int_equal(rig.m.menu.kind, MENU_CONFIRM);
    assert_non_null(strstr(rig.m.menu.title, "60 exceptions"));
    rig_keys(&rig, "<Enter>");                       /* Enter alone is no */
    assert_int_equal(rig_find(&rig, REQ_ACT), -1);
    rig_keys(&rig, "ry");
    const struct request *q = &rig.sent[rig_find(&rig, REQ_ACT)];
    assert_true(q->brief && q->id_count == 1 && q->ids[0] == -WORLD_SELECTION);
    rig_answer(&rig, &world, REQ_ACT);
    assert_non_null(strstr(rig.m.toast, "released 60 exceptions"));
    assert_int_equal(select_total(&rig.m), 0);
    assert_true(rig_find(&rig, REQ_PAGE) >= 0);                  /* far more changed than was told one by one */
}

static void rows_leave_and_join_a_selection_by_filter(void **state)
{
    (void)state;
    rig_keys(&rig, "*");
    rig_settle(&rig, &world);
    int64_t id = rig.m.queue.cursor_id;
    assert_true(select_has(&rig.m, id));
    rig_keys(&rig, "x");
    const struct request *q = &rig.sent[rig_find(&rig, REQ_SELECT_CHANGE)];
    assert_true(q->drop && q->ids[0] == id && q->selection == WORLD_SELECTION);
    assert_false(select_has(&rig.m, id));
    assert_int_equal(select_total(&rig.m), 59);
    rig_settle(&rig, &world);
    rig_keys(&rig, "kX");                            /* the page again: that row alone joins */
    q = &rig.sent[rig_find(&rig, REQ_SELECT_CHANGE)];
    assert_true(!q->drop && q->id_count == 1 && q->ids[0] == id);
    rig_settle(&rig, &world);
    assert_int_equal(select_total(&rig.m), 60);
    rig_keys(&rig, "-");
    assert_int_equal(select_total(&rig.m), 0);
}

/* Which rows are in it was asked before one left it, and is answered afterwards; a row comes in by a hint. */
static void marks_are_those_of_the_selection(void **state)
{
    (void)state;
    rig_keys(&rig, "*");
    rig_settle(&rig, &world);
    struct queue_row row = world_row(++world.next_id, 15);
    world_put(&world, &row);
    rig_hint(&rig, &row, false);
    rig_answer(&rig, &world, REQ_ROWS);
    assert_false(select_has(&rig.m, row.id));
    struct request early = rig_take(&rig, rig_find(&rig, REQ_SELECT_HAS));
    struct reply all;
    world_answer(&world, &early, &all);
    request_finish(&early);
    rig_keys(&rig, "x");
    rig_reply(&rig, &all);
    assert_false(select_has(&rig.m, 1));
    rig_settle(&rig, &world);
    assert_false(select_has(&rig.m, 1));
    assert_true(select_has(&rig.m, row.id));
}

static void a_selection_has_at_most_what_an_action_may_have(void **state)
{
    (void)state;
    rig_keys(&rig, "*");
    rig_settle(&rig, &world);
    rig_keys(&rig, "x");
    rig_settle(&rig, &world);
    rig.m.kept.count = ACT_MAX;
    rig_keys(&rig, "kx");
    assert_int_equal(rig_find(&rig, REQ_SELECT_CHANGE), -1);
    assert_false(select_has(&rig.m, 1));
    assert_string_equal(rig.m.toast, "at most 100,000 exceptions are selected at once: take others out first");
}

/* The server let it go, or its answer came for another one. */
static void a_selection_that_is_gone_is_said(void **state)
{
    (void)state;
    rig_keys(&rig, "*");
    rig_settle(&rig, &world);
    rig_keys(&rig, "ry");
    struct request q = rig_take(&rig, rig_find(&rig, REQ_ACT));
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true, .of_many = {.refused = 1}, .result_count = 1};
    r.results = xcalloc(1, sizeof *r.results);
    r.results[0] = (struct act_result){.id = q.ids[0], .code = "gone", .message = "this selection is no longer kept: choose again, nothing was done"};
    request_finish(&q);
    rig_reply(&rig, &r);
    assert_string_equal(rig.m.toast, "this selection is no longer kept: choose again, nothing was done");
    assert_int_equal(select_total(&rig.m), 0);
}

/* What nothing was changed of is said to be so, and not offered to be taken back. */
static void of_many_what_was_so_already_is_told_apart(void **state)
{
    (void)state;
    for (int changed = 0; changed < 2; changed++) {
        rig_keys(&rig, "*");
        rig_settle(&rig, &world);
        rig_keys(&rig, "c");
        assert_string_equal(rig.m.menu.title, "Claim 60 exceptions?");
        rig_keys(&rig, "y");
        struct request q = rig_take(&rig, rig_find(&rig, REQ_ACT));
        struct reply r = {.kind = q.kind, .number = q.number, .ok = true, .of_many = {.done = (size_t)changed, .same = 60 - (size_t)changed}, .result_count = 2};
        r.results = xcalloc(2, sizeof *r.results);
        r.results[0] = (struct act_result){.id = 3, .ok = true, .code = "same", .message = "it is yours already"};
        r.results[1] = (struct act_result){.id = 7, .ok = true, .code = "same"};
        snprintf(r.results[1].code, sizeof r.results[1].code, "%s", changed ? "ok" : "same");
        request_finish(&q);
        rig_reply(&rig, &r);
        assert_string_equal(rig.m.toast, changed ? "claimed #7; 59 were so already" : "nothing changed: all 60 were so already");
        assert_string_equal(rig.m.undo_text, changed ? "u takes back: claimed #7" : "");
        rig_settle(&rig, &world);
    }
}

static void a_question_reads_as_one(void **state)
{
    static const struct { const char *keys, *asks; } all[] = {
        {"z2h<Enter>", "Snooze 60 exceptions until "}, {"Lflood<Enter>", "Give 60 exceptions the tag flood?"}, {"W", "Work on 60 exceptions?"},
        {"w<Enter>", "Make 60 exceptions wait for the customer, SLA clock stopped?"}, {"nso<Enter>", "Add this note to 60 exceptions?"},
        {"ainés<Enter>", "Hand 60 exceptions to inés?"}, {"r", "Release 60 exceptions?"},
    };
    (void)state;
    rig_keys(&rig, "*");
    rig_settle(&rig, &world);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        rig_keys(&rig, all[i].keys);
        assert_int_equal(rig.m.menu.kind, MENU_CONFIRM);
        assert_memory_equal(rig.m.menu.title, all[i].asks, strlen(all[i].asks));
        rig_keys(&rig, "n");
    }
}

/* The answer came after the cursor had gone on: c is for the row it is on now. */
static void taking_over_is_of_the_row_that_was_asked(void **state)
{
    (void)state;
    rig_keys(&rig, "cj");
    struct request q = rig_take(&rig, rig_find(&rig, REQ_ACT));
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true, .result_count = 1, .results = xcalloc(1, sizeof *r.results)};
    r.results[0] = (struct act_result){.id = q.ids[0], .code = "away", .message = "ines claimed it, but is not here any more"};
    request_finish(&q);
    rig_reply(&rig, &r);
    assert_non_null(strstr(rig.m.toast, "not here any more"));
    rig_keys(&rig, "c");
    assert_false(rig.sent[rig_find(&rig, REQ_ACT)].act.take_over);
}

static void a_lost_answer_is_asked_again_once_with_its_key(void **state)
{
    char key[KEY_TEXT], text[] = "call back";
    (void)state;
    rig_keys(&rig, "n");
    rig_paste(&rig, text);
    rig_keys(&rig, "<Enter>");
    struct request q = rig_take(&rig, rig_find(&rig, REQ_ACT));
    memcpy(key, q.key, sizeof key);
    assert_int_equal(strlen(key), 36);
    assert_int_equal(key[14], '4');
    rig_link(&rig, LINK_DOWN, "gone");
    struct reply lost = {.kind = REQ_ACT, .number = q.number, .in_doubt = true};
    err_set(&lost.error, ERR_UNREACHABLE, NULL, "gone");
    request_finish(&q);
    rig_reply(&rig, &lost);
    assert_int_equal(rig_find(&rig, REQ_ACT), -1);
    rig_keys(&rig, "q");                             /* leaving would lose sight of it */
    assert_int_equal(rig.quits, 0);
    rig_link(&rig, LINK_LIVE, NULL);
    assert_int_equal(rig_count(&rig, REQ_ACT), 1);
    assert_string_equal(rig.sent[rig_find(&rig, REQ_ACT)].key, key);
    assert_string_equal(rig.sent[rig_find(&rig, REQ_ACT)].act.text, text);
    rig_settle(&rig, &world);
    assert_string_equal(rig.m.toast, "added a note to #1");
    rig_link(&rig, LINK_DOWN, "gone");
    rig_link(&rig, LINK_LIVE, NULL);
    assert_int_equal(rig_find(&rig, REQ_ACT), -1);
}

/* Asked again, and down once more before the question was sent: the first one may still have happened. */
static void a_doubt_outlives_a_second_failure(void **state)
{
    (void)state;
    rig_keys(&rig, "c");
    struct request q = rig_take(&rig, rig_find(&rig, REQ_ACT));
    rig_link(&rig, LINK_DOWN, "gone");
    struct reply lost = {.kind = REQ_ACT, .number = q.number, .in_doubt = true};
    err_set(&lost.error, ERR_UNREACHABLE, NULL, "gone");
    rig_reply(&rig, &lost);
    rig_link(&rig, LINK_LIVE, NULL);
    struct request again = rig_take(&rig, rig_find(&rig, REQ_ACT));
    rig_link(&rig, LINK_DOWN, "gone");
    struct reply unsent = {.kind = REQ_ACT, .number = again.number};
    err_set(&unsent.error, ERR_UNREACHABLE, NULL, "not connected: nothing was sent");
    rig_reply(&rig, &unsent);
    rig_link(&rig, LINK_LIVE, NULL);
    assert_int_equal(rig_count(&rig, REQ_ACT), 1);
    assert_string_equal(rig.sent[rig_find(&rig, REQ_ACT)].key, q.key);
    struct request third = rig_take(&rig, rig_find(&rig, REQ_ACT));
    struct reply refused = {.kind = REQ_ACT, .number = third.number};   /* heard and answered: that settles it */
    err_set(&refused.error, ERR_AGAIN, NULL, "too slow");
    rig_reply(&rig, &refused);
    assert_int_equal(rig_find(&rig, REQ_ACT), -1);
    request_finish(&q);
    request_finish(&again);
    request_finish(&third);
}

static void unanswered_actions_do_not_pile_up(void **state)
{
    (void)state;
    for (int i = 0; i < 12; i++)
        rig_keys(&rig, "jc");
    assert_int_equal(rig_count(&rig, REQ_ACT), 8);
    assert_non_null(strstr(rig.m.toast, "8 actions have no answer yet"));
    answer_act(NULL);
    rig_keys(&rig, "c");
    assert_int_equal(rig_count(&rig, REQ_ACT), 8);
}

static void nothing_typed_is_lost_when_the_connection_goes(void **state)
{
    (void)state;
    rig_keys(&rig, "nabc");
    rig_link(&rig, LINK_DOWN, "gone");
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig.m.prompt.kind, PROMPT_NOTE);
    assert_string_equal(rig.m.prompt.text, "abc");
    assert_non_null(strstr(rig.m.prompt.error, "not connected"));
    rig_link(&rig, LINK_LIVE, NULL);
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig_count(&rig, REQ_ACT), 1);
    assert_int_equal(rig.m.prompt.kind, PROMPT_NONE);
}

static void targets_are_fixed_when_the_prompt_opens(void **state)
{
    (void)state;
    rig_keys(&rig, "jn");
    struct queue_row row = world_remove(&world, 2);
    row.rev++;
    rig_hint(&rig, &row, false);
    rig_settle(&rig, &world);
    rig_keys(&rig, "x<Enter>");
    assert_int_equal(rig.sent[rig_find(&rig, REQ_ACT)].ids[0], 2);
}

static void undo_says_first(void **state)
{
    struct reply peek = {.kind = REQ_UNDO_PEEK, .ok = true, .summary = "claim of #48121"};
    (void)state;
    rig_keys(&rig, "uu");
    assert_int_equal(rig_find(&rig, REQ_UNDO), -1);
    peek.number = rig.sent[rig_find(&rig, REQ_UNDO_PEEK)].number;
    rig_reply(&rig, &peek);
    assert_string_equal(rig.m.toast, "u again takes back: claim of #48121");
    rig_keys(&rig, "j");                             /* another key: not armed any more */
    assert_false(rig.m.undo_armed);
    rig.sent_count = 0;
    rig_keys(&rig, "u");
    peek.number = rig.sent[rig_find(&rig, REQ_UNDO_PEEK)].number;
    peek.ok = true;
    snprintf(peek.summary, sizeof peek.summary, "claim of #48121");
    rig_reply(&rig, &peek);
    rig_keys(&rig, "u");
    assert_int_equal(rig_count(&rig, REQ_UNDO), 1);
    assert_int_equal(strlen(rig.sent[rig_find(&rig, REQ_UNDO)].key), 36);
}

/* What is undone may be a batch or a case: then no exception is named. */
static void undo_refused_of_no_exception(void **state)
{
    struct reply r = {.kind = REQ_UNDO, .ok = true, .of_many = {.refused = 1}, .result_count = 1};
    (void)state;
    rig_keys(&rig, "u");
    struct reply peek = {.kind = REQ_UNDO_PEEK, .ok = true, .summary = "batch 5", .number = rig.sent[rig_find(&rig, REQ_UNDO_PEEK)].number};
    rig_reply(&rig, &peek);
    rig_keys(&rig, "u");
    r.number = rig.sent[rig_find(&rig, REQ_UNDO)].number;
    r.results = xcalloc(1, sizeof *r.results);
    snprintf(r.results->code, sizeof r.results->code, "stale");
    snprintf(r.results->message, sizeof r.results->message, "dana took back batch 5 just now");
    rig_reply(&rig, &r);
    assert_string_equal(rig.m.toast, "dana took back batch 5 just now");
}

static void undo_names_what_stays(void **state)
{
    (void)state;
    for (int older = 0; older < 2; older++) {
        struct reply peek = {.kind = REQ_UNDO_PEEK, .ok = true, .result_count = 1};
        peek.results = xcalloc(1, sizeof *peek.results);
        snprintf(peek.results->message, sizeof peek.results->message, "the note on #5 stays");
        snprintf(peek.summary, sizeof peek.summary, "%s", older ? "claim of #48121" : "");
        rig_keys(&rig, "u");
        peek.number = rig.sent[rig_find(&rig, REQ_UNDO_PEEK)].number;
        rig_reply(&rig, &peek);
        assert_string_equal(rig.m.toast, older ? "the note on #5 stays; u again takes back: claim of #48121" : "there is nothing of yours to take back: the note on #5 stays");
        assert_int_equal(rig.m.undo_armed, older);
        rig_settle(&rig, &world);
    }
}

static void next_step_is_shown_then_done(void **state)
{
    (void)state;
    rig_keys(&rig, "<Enter>");
    assert_true(rig.m.next_step_shown);
    assert_non_null(strstr(rig.m.toast, "claim it"));
    assert_int_equal(rig_find(&rig, REQ_ACT), -1);
    rig_keys(&rig, "?<Esc>");
    assert_false(rig.m.next_step_shown);
    rig_keys(&rig, "<Enter><Enter>");
    assert_int_equal(rig.sent[rig_find(&rig, REQ_ACT)].verb, VERB_CLAIM);
}

static void viewers_may_only_look(void **state)
{
    (void)state;
    rig.m.hello.level = ROLE_VIEWER;
    rig_keys(&rig, "c");
    assert_int_equal(rig_find(&rig, REQ_ACT), -1);
    assert_non_null(strstr(rig.m.toast, " is a viewer; ask "));
    rig_keys(&rig, ":claim<Enter>");
    assert_int_equal(rig.m.prompt.kind, PROMPT_COMMAND);
    assert_non_null(strstr(rig.m.prompt.error, "only agents can"));
    rig_keys(&rig, "<Esc>");
    rig.m.hello.level = ROLE_AGENT;
    rig_keys(&rig, "D");
    assert_non_null(strstr(rig.m.toast, " is an agent; ask "));
}

static void take_next_goes_there(void **state)
{
    struct reply taken = {.kind = REQ_ACT, .ok = true, .result_count = 1};
    (void)state;
    rig_keys(&rig, "t");
    int at = rig_find(&rig, REQ_ACT);
    assert_int_equal(rig.sent[at].verb, VERB_TAKE_NEXT);
    taken.number = rig.sent[at].number;
    taken.results = xcalloc(1, sizeof *taken.results);
    taken.results[0] = (struct act_result){.id = 5, .ok = true};
    rig_reply(&rig, &taken);
    assert_int_equal(rig.m.queue.cursor_id, 5);
    assert_int_equal(rig_count(&rig, REQ_CONTEXT), 1);
}

static void jump_tries_one_kind_of_number_after_the_other(void **state)
{
    static const char *const stages[] = {"id:794608", "tracking:\"794608\"", "order:\"794608\""};
    (void)state;
    rig_keys(&rig, "#794608<Enter>");
    for (int i = 0; i < 3; i++) {
        struct request q = rig_take(&rig, rig_find(&rig, REQ_IDS));
        struct reply reply = {.kind = REQ_IDS, .number = q.number, .ok = true};
        assert_memory_equal(q.filter, stages[i], strlen(stages[i]));
        struct filter f;
        assert_true(filter_parse(q.filter, &f, NULL, NULL));
        filter_finish(&f);
        request_finish(&q);
        if (i == 2) {
            reply.ids = xcalloc(1, sizeof *reply.ids);
            reply.ids[0] = 59;
            reply.id_count = 1;
        }
        rig_reply(&rig, &reply);
    }
    assert_int_equal(rig.m.screen, SCREEN_DETAIL);
    rig_settle(&rig, &world);
    assert_int_equal(rig.m.context_id, 59);
}

static void stepping_reads_no_context_until_it_rests(void **state)
{
    (void)state;
    rig_keys(&rig, "jjjj");
    assert_int_equal(rig_count(&rig, REQ_CONTEXT), 0);
    rig_pass(&rig, 130);
    assert_int_equal(rig_count(&rig, REQ_CONTEXT), 1);
    assert_int_equal(rig.sent[rig_find(&rig, REQ_CONTEXT)].ids[0], 5);
    rig_settle(&rig, &world);
    assert_int_equal(rig_count(&rig, REQ_VIEWING), 0);
    rig_pass(&rig, 1500);
    assert_int_equal(rig.sent[rig_find(&rig, REQ_VIEWING)].ids[0], 5);
    rig_settle(&rig, &world);
    rig_keys(&rig, "q");
    assert_int_equal(rig.sent[rig_find(&rig, REQ_VIEWING)].ids[0], 0);
    assert_int_equal(rig.quits, 1);
}

static void who_is_viewing_is_shown(void **state)
{
    struct hint h = {.kind = HINT_PRESENCE, .id = 1, .role = "dana"};
    (void)state;
    rig_send(&rig, (struct msg){.kind = MSG_HINT, .hint = &h});
    assert_string_equal(rig.m.context->viewers, "dana");
    snprintf(h.role, sizeof h.role, "maria");        /* me */
    rig_send(&rig, (struct msg){.kind = MSG_HINT, .hint = &h});
    assert_string_equal(rig.m.context->viewers, "dana");
    snprintf(h.role, sizeof h.role, "okafor");
    rig_send(&rig, (struct msg){.kind = MSG_HINT, .hint = &h});
    assert_string_equal(rig.m.context->viewers, "dana, okafor");
    rig_pass(&rig, 7 * WHEN_MINUTE);
    assert_string_equal(rig.m.context->viewers, "");
}

static void a_change_to_the_context_is_read_even_while_it_is_read(void **state)
{
    struct queue_row row = world.rows[0];
    (void)state;
    row.rev = 2;
    rig_hint(&rig, &row, false);
    assert_int_equal(rig_count(&rig, REQ_CONTEXT), 1);
    row.rev = 3;
    rig_hint(&rig, &row, false);
    assert_int_equal(rig_count(&rig, REQ_CONTEXT), 1);
    struct request q = rig_take(&rig, rig_find(&rig, REQ_CONTEXT));
    struct reply reply;
    world_answer(&world, &q, &reply);
    request_finish(&q);
    rig_reply(&rig, &reply);
    assert_int_equal(rig_count(&rig, REQ_CONTEXT), 1);
}

static void views_on_number_keys(void **state)
{
    (void)state;
    rig_keys(&rig, "3");
    assert_int_equal(rig.m.view, 2);
    assert_string_equal(rig.m.filter, "sla:<0m sort:severity");
    rig_settle(&rig, &world);
    rig_keys(&rig, "]");
    assert_int_equal(rig.m.view, 0);
    rig_keys(&rig, "9");
    assert_int_equal(rig.m.view, 0);
    assert_non_null(strstr(rig.m.toast, "no view \"9\""));
    rig_keys(&rig, "+mine too<Enter>");
    assert_string_equal(rig.sent[rig_find(&rig, REQ_VIEW_SAVE)].name, "mine too");
    assert_string_equal(rig.sent[rig_find(&rig, REQ_VIEW_SAVE)].filter, "state:new,working");
    rig_settle(&rig, &world);
    rig_keys(&rig, ":delete-view<Enter>");           /* built in: not mine */
    assert_int_equal(rig.m.menu.kind, MENU_NONE);
    assert_non_null(strstr(rig.m.toast, "not a view of yours"));
}

static void copying(void **state)
{
    (void)state;
    rig_keys(&rig, "y");
    assert_string_equal(rig.copied, "TN1");
    rig_keys(&rig, "Y");
    assert_string_equal(rig.copied, "https://example.com/1");
    rig.copied[0] = '\0';
    rig.m.settings.clipboard = false;
    rig_keys(&rig, "y");
    assert_string_equal(rig.copied, "");
    assert_non_null(strstr(rig.m.toast, "TN1"));
}

static void detail_moves_through_items_and_tabs(void **state)
{
    (void)state;
    rig_keys(&rig, "<Tab>");
    assert_int_equal(rig.m.screen, SCREEN_DETAIL);
    rig_keys(&rig, "<Tab><Tab><Tab><Tab><Tab>");
    assert_int_equal(rig.m.tab, TAB_ACTIVITY);
    rig_keys(&rig, "1J");
    assert_int_equal(rig.m.tab, TAB_SUMMARY);
    assert_int_equal(rig.m.queue.cursor_id, 2);
    assert_int_equal(rig_count(&rig, REQ_CONTEXT), 1);   /* at once */
    rig.m.scroll_max = 3;
    rig_keys(&rig, "jjjjj");
    assert_int_equal(rig.m.scroll, 3);
    rig_keys(&rig, "q");
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
    assert_int_equal(rig.quits, 0);
}

#define LIVE(f) cmocka_unit_test_setup_teardown(f, live, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE(a_claim_is_not_shown_before_its_answer), LIVE(resolving_goes_to_the_next), LIVE(menu_letters_are_distinct), LIVE(a_contact_takes_two_keys),
        LIVE(a_claim_of_somebody_gone_takes_two_keys), LIVE(another_key_between_takes_nothing_over), LIVE(several_of_people_gone_are_offered_together),
        LIVE(what_was_taken_over_is_told_at_the_start),
        LIVE(a_lost_claim_says_who_won), LIVE(what_was_so_already_is_said), LIVE(what_was_done_is_said_in_full), LIVE(a_connection_that_is_back_is_said), LIVE(bulk_keeps_the_refused_selected), LIVE(many_targets_are_confirmed), LIVE(rows_leave_and_join_a_selection_by_filter), LIVE(a_selection_that_is_gone_is_said), LIVE(marks_are_those_of_the_selection), LIVE(a_selection_has_at_most_what_an_action_may_have), LIVE(of_many_what_was_so_already_is_told_apart), LIVE(a_question_reads_as_one), LIVE(taking_over_is_of_the_row_that_was_asked),
        LIVE(a_lost_answer_is_asked_again_once_with_its_key), LIVE(a_doubt_outlives_a_second_failure), LIVE(unanswered_actions_do_not_pile_up), LIVE(nothing_typed_is_lost_when_the_connection_goes),
        LIVE(targets_are_fixed_when_the_prompt_opens), LIVE(undo_says_first), LIVE(undo_refused_of_no_exception), LIVE(undo_names_what_stays), LIVE(next_step_is_shown_then_done),
        LIVE(viewers_may_only_look), LIVE(take_next_goes_there), LIVE(jump_tries_one_kind_of_number_after_the_other),
        LIVE(stepping_reads_no_context_until_it_rests), LIVE(who_is_viewing_is_shown),
        LIVE(a_change_to_the_context_is_read_even_while_it_is_read), LIVE(views_on_number_keys), LIVE(copying),
        LIVE(detail_moves_through_items_and_tabs),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
