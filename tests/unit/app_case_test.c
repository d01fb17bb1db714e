/* Cases: the tab, the list, one before it is opened, and what is done to one. */
#include "unit/app_helpers.h"
#include "unit/control_fixture.h"

#include "app/cases.h"

static struct rig rig;
static struct world world;

static int live(void **state)
{
    (void)state;
    rig_live(&rig, &world, 50);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    rig_stop(&rig);
    return 0;
}

static void answer_cases(void)
{
    struct request q = rig_take(&rig, rig_find(&rig, REQ_CASES));
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true};
    r.cases = case_fixture_rows(q.id_count ? q.ids[0] : 1, rig.now, &r.case_count);
    request_finish(&q);
    rig_reply(&rig, &r);
}

/* A case in full, or what a new one would be. */
static void answer_case(int64_t existing)
{
    struct request q = rig_take(&rig, rig_find(&rig, REQ_CASE));
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true};
    if (q.control.id) {
        struct case_row row = case_fixture_row(q.control.id, 1, CASE_CLAIM, rig.now, "Claim: lamp arrived broken");
        if (q.control.id == 14)
            snprintf(row.conflict, sizeof row.conflict, "both changed it");
        r.kase = case_fixture(&row, rig.now);
    } else {
        r.kase = case_fixture_draft(q.ids[0], q.control.type, existing);
    }
    request_finish(&q);
    rig_reply(&rig, &r);
}

static void answer_act(bool ok, const char *code, const char *message)
{
    struct request q = rig_take(&rig, rig_find(&rig, REQ_CASE_ACT));
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true, .result_count = q.id_count};
    r.results = xcalloc(q.id_count, sizeof *r.results);
    for (size_t i = 0; i < q.id_count; i++) {
        r.results[i] = (struct act_result){.id = q.ids[i], .ok = ok};
        snprintf(r.results[i].code, sizeof r.results[i].code, "%s", code);
        snprintf(r.results[i].message, sizeof r.results[i].message, "%s", message);
    }
    request_finish(&q);
    rig_reply(&rig, &r);
}

static void said(const char *what)
{
    if (!strstr(rig.m.toast, what))
        fail_msg("wanted \"%s\", said \"%s\"", what, rig.m.toast);
}

static void opens_in_three_keys(void **state)
{
    (void)state;
    rig_keys(&rig, "o");
    assert_int_equal(rig.m.menu.kind, MENU_CASE_TYPE);
    assert_string_equal(rig.m.menu.items[0].value, "customer");     /* an address issue */
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig.m.screen, SCREEN_CASE_NEW);
    rig_keys(&rig, "<Enter>");
    said("a moment");                                               /* not before it is seen */
    assert_int_equal(rig_find(&rig, REQ_CASE_ACT), -1);
    answer_case(0);
    rig_keys(&rig, "<Enter>");
    struct request *q = &rig.sent[rig_find(&rig, REQ_CASE_ACT)];
    assert_int_equal(q->control.case_op, CASE_OP_OPEN);
    assert_int_equal(q->control.type, CASE_CUSTOMER);
    assert_string_equal(q->control.subject, "UPS 1Z999AA10123456784: address issue");
    assert_null(q->control.text);
    assert_int_equal(strlen(q->key), KEY_TEXT - 1);
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig_count(&rig, REQ_CASE_ACT), 1);             /* once */
    answer_act(true, "ok", "opened case C12");
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
    said("opened case C12 \u00b7 u takes it back");
    assert_non_null(strstr(rig.m.undo_text, "opened case C12"));
}

static void the_kind_suggests_the_type(void **state)
{
    static const struct { enum kind kind; const char *first; } kinds[] = {
        {KIND_LOST, "claim"}, {KIND_DAMAGED, "claim"}, {KIND_STALLED, "carrier_trace"}, {KIND_REFUSED, "customer"}};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        rig.m.queue.rows[0].kind = kinds[i].kind;
        rig_keys(&rig, "o");
        assert_string_equal(rig.m.menu.items[0].value, kinds[i].first);
        rig_keys(&rig, "l");                                        /* the letters stay with the types */
        assert_int_equal(rig.m.form.type, CASE_CLAIM);
        rig_keys(&rig, "q");
        assert_int_equal(rig.m.screen, SCREEN_QUEUE);
        rig_settle(&rig, &world);
    }
}

static void the_open_one_is_shown_instead(void **state)
{
    (void)state;
    rig_keys(&rig, "oc");
    answer_case(12);
    assert_int_equal(rig.m.screen, SCREEN_CASE);
    said("C12 is open already: n adds a note");
    answer_case(0);
    rig_keys(&rig, "n");
    assert_int_equal(rig.m.prompt.kind, PROMPT_CASE_NOTE);
    rig_keys(&rig, "called<Enter>");
    struct request *q = &rig.sent[rig_find(&rig, REQ_CASE_ACT)];
    assert_int_equal(q->control.case_op, CASE_OP_NOTE);
    assert_int_equal(q->control.id, 12);
    assert_string_equal(q->control.text, "called");
    answer_act(true, "ok", "");
    said("added a note to case C12");
    rig_keys(&rig, "q");
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
}

static void a_refusal_stays_on_the_form(void **state)
{
    (void)state;
    rig_keys(&rig, "oc");
    answer_case(0);
    rig_keys(&rig, "ncalled them<Enter>ssubject<Enter>ph");
    assert_string_equal(rig.m.form.note, "called them");
    assert_int_equal(rig.m.form.priority, CASE_PRIORITY_HIGH);
    rig_keys(&rig, "<Enter>");
    answer_act(false, "resolved", "it was resolved by dana");
    assert_int_equal(rig.m.screen, SCREEN_CASE_NEW);
    assert_string_equal(rig.m.form.trouble, "it was resolved by dana");
    assert_string_equal(rig.m.form.note, "called them");            /* nothing typed is lost */
}

static void a_selection_gets_one_each(void **state)
{
    (void)state;
    rig_keys(&rig, "xxx");
    rig_keys(&rig, "o");
    assert_non_null(strstr(rig.m.menu.title, "Open 3 cases"));
    rig_keys(&rig, "t");
    answer_case(12);                                                /* of the first: it is linked, the others open theirs */
    assert_int_equal(rig.m.screen, SCREEN_CASE_NEW);
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig.m.menu.kind, MENU_CASES);
    rig_keys(&rig, "<Enter>");
    said("nothing was opened");                                     /* Enter alone says no */
    rig_keys(&rig, "<Enter>y");
    struct request *q = &rig.sent[rig_find(&rig, REQ_CASE_ACT)];
    assert_int_equal(q->id_count, 3);
    assert_null(q->control.subject);                                /* each has its own */
    assert_int_equal(q->control.fields, 0);
    answer_act(true, "ok", "opened case");
    said("opened 3 cases \u00b7 u takes them back");
    assert_int_equal(rig.m.selected_count, 0);
}

static void the_tab_acts_on_its_case(void **state)
{
    (void)state;
    rig_keys(&rig, "l");
    rig_settle(&rig, &world);
    rig_keys(&rig, "4");
    rig_keys(&rig, "n");
    assert_int_equal(rig.m.prompt.kind, PROMPT_NOTE);               /* no case is known yet: the exception's note */
    rig_keys(&rig, "<Esc>");
    answer_cases();
    answer_case(0);
    assert_int_equal(cases_chosen(&rig.m)->id, 14);
    rig_keys(&rig, "s");
    assert_int_equal(rig.m.menu.kind, MENU_CASE_STATE);
    rig_keys(&rig, "s");                                            /* solved */
    struct request *q = &rig.sent[rig_find(&rig, REQ_CASE_ACT)];
    assert_int_equal(q->control.fields, CASE_SET_STATE);
    assert_int_equal(q->control.state, CASE_STATE_SOLVED);
    answer_act(true, "ok", "");
    said("changed case C14 \u00b7 u takes it back");
    assert_true(rig_find(&rig, REQ_CASES) >= 0);                    /* read again */
    rig_keys(&rig, "j");
    assert_int_equal(cases_chosen(&rig.m)->id, 12);
    rig_keys(&rig, "T");
    said("both sides say the same");
    rig_keys(&rig, "kT");
    rig_keys(&rig, "J");                                            /* the detail's own keys still work */
    assert_int_equal(rig.m.queue.cursor_id, 2);
}

static void the_list_is_read_again(void **state)
{
    (void)state;
    rig_keys(&rig, "C");
    answer_cases();
    rig_keys(&rig, "qC");
    assert_int_equal(rig.m.screen, SCREEN_CASES);
    assert_int_equal(rig_count(&rig, REQ_CASES), 1);
    static const enum hint_kind kinds[] = {HINT_CONTROL, HINT_EXCEPTIONS, HINT_MANY};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct hint h = {.kind = kinds[i]};
        answer_cases();
        rig_pass(&rig, 5000);
        assert_int_equal(rig_count(&rig, REQ_CASES), 0);
        rig_send(&rig, (struct msg){.kind = MSG_HINT, .hint = &h});
        rig_pass(&rig, 5000);
        assert_int_equal(rig_count(&rig, REQ_CASES), 1);
    }
}

static void the_list_and_back(void **state)
{
    (void)state;
    rig_keys(&rig, "C<Enter>");
    said("still reading");                                          /* not: there is none */
    assert_int_equal(rig.m.screen, SCREEN_CASES);
    assert_string_equal(rig.sent[rig_find(&rig, REQ_CASES)].control.list, "open");
    answer_cases();
    rig_keys(&rig, "<Tab><Tab>");
    assert_int_equal(rig_count(&rig, REQ_CASES), 1);                /* the lists passed by are not waited for */
    assert_string_equal(rig.sent[rig_find(&rig, REQ_CASES)].control.list, "conflict");
    answer_cases();
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig.m.screen, SCREEN_CASE);
    answer_case(0);
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig.m.screen, SCREEN_DETAIL);
    assert_int_equal(rig.m.tab, TAB_CASE);
    assert_int_equal(rig.m.detail_id, 1);
    rig_keys(&rig, "<Esc>");
    assert_int_equal(rig.m.screen, SCREEN_CASE);
    rig_keys(&rig, "q");
    assert_int_equal(rig.m.screen, SCREEN_CASES);
    assert_int_equal(rig.m.cases.which, CASES_CONFLICT);
    rig_keys(&rig, "?q");
    assert_int_equal(rig.m.screen, SCREEN_CASES);
    rig_keys(&rig, "q");
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
    assert_int_equal(rig.m.place_count, 0);
}

static void link_and_merge(void **state)
{
    (void)state;
    rig_keys(&rig, "C");
    answer_cases();
    rig_keys(&rig, "L7 x<Enter>");
    assert_string_not_equal(rig.m.prompt.error, "");                /* "x" is no number */
    rig_keys(&rig, "<BS>#8<Enter>");
    struct request q = rig_take(&rig, rig_find(&rig, REQ_CASE_ACT));
    assert_int_equal(q.control.case_op, CASE_OP_LINK);
    assert_int_equal(q.control.id, 14);
    assert_int_equal(q.id_count, 2);
    assert_int_equal(q.ids[1], 8);
    request_finish(&q);
    rig_keys(&rig, "MC12<Enter>");
    q = rig_take(&rig, rig_find(&rig, REQ_CASE_ACT));
    assert_int_equal(q.control.case_op, CASE_OP_MERGE);
    assert_int_equal(q.control.other, 12);
    request_finish(&q);
}

/* The answer is lost: it is asked again with the same key, and the form waits for it. */
static void a_lost_answer(void **state)
{
    (void)state;
    rig_keys(&rig, "oc");
    answer_case(0);
    rig_keys(&rig, "<Enter>");
    struct request q = rig_take(&rig, rig_find(&rig, REQ_CASE_ACT));
    struct reply r = {.kind = q.kind, .number = q.number, .in_doubt = true};
    char key[KEY_TEXT];
    memcpy(key, q.key, sizeof key);
    request_finish(&q);
    err_set(&r.error, ERR_UNREACHABLE, NULL, "server closed the connection");
    rig_link(&rig, LINK_DOWN, "server closed the connection");
    rig_reply(&rig, &r);
    assert_int_equal(rig.m.screen, SCREEN_CASE_NEW);
    rig_link(&rig, LINK_LIVE, NULL);
    int again = rig_find(&rig, REQ_CASE_ACT);
    assert_true(again >= 0);
    assert_string_equal(rig.sent[again].key, key);
    assert_string_equal(rig.sent[again].control.subject, "UPS 1Z999AA10123456784: address issue");
    answer_act(true, "ok", "opened case C12");
    said("opened case C12");
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
}

/* What is being opened is opened as it was: the fields wait. */
static void an_open_form_stays_as_it_was_sent(void **state)
{
    (void)state;
    rig_keys(&rig, "oc");
    answer_case(0);
    rig_keys(&rig, "pn<Enter>");
    enum case_priority sent = rig.m.form.priority;
    rig_keys(&rig, "pu");
    assert_int_equal(rig.m.form.priority, sent);
    said("it is being opened");
    rig_keys(&rig, "nlate<Enter>");
    assert_string_equal(rig.m.form.note, "");
    assert_int_equal(rig.m.prompt.kind, PROMPT_CASE_NOTE);          /* what was typed is not lost */
}

static void tags_of_a_case(void **state)
{
    (void)state;
    rig_keys(&rig, "C");
    answer_cases();
    rig_keys(&rig, "tPhotos<Enter>");
    assert_string_not_equal(rig.m.prompt.error, "");                /* no capitals */
    rig_keys(&rig, "<Esc>tphotos -damaged box-open<Enter>");
    struct request q = rig_take(&rig, rig_find(&rig, REQ_CASE_ACT));
    assert_int_equal(q.control.case_op, CASE_OP_SET);
    assert_int_equal(q.control.fields, CASE_SET_TAG | CASE_SET_UNTAG);
    assert_string_equal(q.control.tag, "photos box-open");
    assert_string_equal(q.control.untag, "damaged");
    request_finish(&q);
    rig_keys(&rig, "t-<Enter>");
    assert_non_null(strstr(rig.m.prompt.error, "which tag"));
}

static void tags_of_a_new_one(void **state)
{
    (void)state;
    rig_keys(&rig, "oc");
    answer_case(0);
    assert_string_equal(rig.m.form.tags, rig.m.form.draft->tags);
    rig_keys(&rig, "t-ups photos photos<Enter>");
    assert_string_equal(rig.m.form.tags, "address_issue photos");
    rig_keys(&rig, "t-address_issue -photos<Enter><Enter>");
    struct request *q = &rig.sent[rig_find(&rig, REQ_CASE_ACT)];
    assert_string_equal(q->control.tag, "");                        /* none, not those of the draft */
}

static void a_closed_case_is_left_alone(void **state)
{
    (void)state;
    rig_keys(&rig, "C");
    answer_cases();
    rig.m.cases.list.rows[0].state = CASE_STATE_CLOSED;
    rig_keys(&rig, "n");
    assert_int_equal(rig.m.prompt.kind, PROMPT_NONE);
    said("closed, and that is final");
}

/* "C12" is a case; where there is none of that number it may be an order. */
static void jump_to_a_case(void **state)
{
    (void)state;
    rig_keys(&rig, "#c12<Enter>");
    assert_int_equal(rig.m.screen, SCREEN_CASE);
    assert_int_equal(rig.m.cases.wanted, 12);
    answer_case(0);
    rig_keys(&rig, "q");
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
    rig_keys(&rig, "#C77<Enter>");
    struct request q = rig_take(&rig, rig_find(&rig, REQ_CASE));
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true};
    request_finish(&q);
    rig_reply(&rig, &r);
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
    assert_non_null(strstr(rig.sent[rig_find(&rig, REQ_IDS)].filter, "C77"));
    rig_keys(&rig, "#C11031500001879<Enter>");                      /* OnTrac's */
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
    assert_non_null(strstr(rig.sent[rig_find(&rig, REQ_IDS)].filter, "C11031500001879"));
}

static void viewers_are_told_who_may(void **state)
{
    (void)state;
    rig.m.hello.level = ROLE_VIEWER;
    rig_keys(&rig, "o");
    said("only agents can");
    assert_int_equal(rig.m.menu.kind, MENU_NONE);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, live, stop)
        T(opens_in_three_keys), T(the_kind_suggests_the_type), T(the_open_one_is_shown_instead), T(a_refusal_stays_on_the_form),
        T(a_selection_gets_one_each), T(the_tab_acts_on_its_case), T(the_list_is_read_again), T(the_list_and_back), T(link_and_merge), T(a_lost_answer),
        T(an_open_form_stays_as_it_was_sent), T(tags_of_a_case), T(tags_of_a_new_one), T(a_closed_case_is_left_alone), T(jump_to_a_case),
        T(viewers_are_told_who_may),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
