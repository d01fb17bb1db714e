/* Writing to one customer: what is asked, what is kept, what is sent, and taking it back. */
#include "unit/app_helpers.h"
#include "unit/compose_fixture.h"

#include "app/compose.h"
#include "app/countdown.h"

static struct rig rig;
static struct world world;

static int live(void **state)
{
    (void)state;
    rig_live(&rig, &world, 10);
    rig.m.hello.level = ROLE_AGENT;
    return 0;
}

static int stop(void **state)
{
    (void)state;
    rig_stop(&rig);
    return 0;
}

static struct request take(enum request_kind kind)
{
    int at = rig_find(&rig, kind);
    assert_true(at >= 0);
    return rig_take(&rig, at);
}

static void answer_compose(const char *draft)
{
    struct request q = take(REQ_COMPOSE);
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true, .compose = compose_fixture(q.ids[0])};
    if (draft)
        r.compose->draft = (struct draft){.present = true, .channel = CHANNEL_SMS, .template_id = 11, .version = 1,
                                          .at = rig.now - 60000, .body = xstrdup(draft)};
    request_finish(&q);
    rig_reply(&rig, &r);
}

/* The message asked for, as its template gives it; or with what stands in its way. */
static void answer_message(enum request_kind kind, enum guardrail g, int effect)
{
    struct request q = take(kind);
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true, .message_count = 1};
    r.messages = xcalloc(1, sizeof *r.messages);
    r.messages[0] = message_fixture(1, q.outreach.template_id == 21 ? CHANNEL_EMAIL : CHANNEL_SMS, SMS_ES);
    r.messages[0].html = xstrdup("<p>Hola</p>");
    if (effect >= 0)
        message_verdict(&r.messages[0], g, (enum verdict_effect)effect, rig.now + WHEN_HOUR, "because of it");
    request_finish(&q);
    rig_reply(&rig, &r);
}

static void answer_send(const char *code, bool ok, const char *message)
{
    struct request q = take(REQ_SEND);
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true, .result_count = 1, .results = xcalloc(1, sizeof *r.results)};
    r.results[0] = (struct act_result){.id = q.ids[0], .ok = ok};
    snprintf(r.results[0].code, sizeof r.results[0].code, "%s", code);
    snprintf(r.results[0].message, sizeof r.results[0].message, "%s", message);
    request_finish(&q);
    rig_reply(&rig, &r);
}

static void open_clean(void)
{
    rig_keys(&rig, "m");
    answer_compose(NULL);
    answer_message(REQ_PREVIEW, 0, -1);
}

static void answer_draft(void)
{
    struct request q = take(REQ_DRAFT_SAVE);
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true};
    request_finish(&q);
    rig_reply(&rig, &r);
}

static void the_best_template_is_filled_in(void **state)
{
    (void)state;
    rig_keys(&rig, "m");
    assert_int_equal(rig.m.screen, SCREEN_COMPOSE);
    assert_true(rig.m.compose.loading);
    answer_compose(NULL);
    int at = rig_find(&rig, REQ_PREVIEW);
    assert_int_equal(rig.sent[at].ids[0], 1);
    assert_int_equal(rig.sent[at].outreach.template_id, 11);
    answer_message(REQ_PREVIEW, 0, -1);
    assert_string_equal(rig.m.compose.message.body, SMS_ES);
    rig_keys(&rig, "j");                             /* the next template, previewed */
    assert_int_equal(rig.sent[rig_find(&rig, REQ_PREVIEW)].outreach.template_id, 12);
    rig_keys(&rig, "j");                             /* the one before is not wanted any more */
    assert_int_equal(rig_count(&rig, REQ_PREVIEW), 1);
    assert_int_equal(rig.sent[rig_find(&rig, REQ_PREVIEW)].outreach.template_id, 13);
    rig_keys(&rig, "k<S-Tab>");                      /* the same by e-mail */
    assert_int_equal(rig.m.compose.channel, CHANNEL_EMAIL);
    assert_int_equal(rig.sent[rig_find(&rig, REQ_PREVIEW)].outreach.template_id, 21);
    rig_keys(&rig, "<S-Tab>");                       /* no template there */
    assert_int_equal(rig.m.compose.channel, CHANNEL_WHATSAPP);
    assert_int_equal(rig.m.compose.choice, -1);
    assert_int_equal(rig_count(&rig, REQ_PREVIEW), 0);
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig_count(&rig, REQ_SEND), 0);
    rig_keys(&rig, "q");
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
}

static void enter_says_and_enter_sends(void **state)
{
    (void)state;
    open_clean();
    rig_keys(&rig, "<Enter>");
    assert_non_null(strstr(rig.m.toast, "Enter again sends the SMS to Rosa Delgado, +15125550142 (goes out in 10 s)"));
    assert_int_equal(rig_count(&rig, REQ_SEND), 0);
    rig_keys(&rig, "<PgDn><Enter>");                 /* another key between: it says so again */
    assert_int_equal(rig_count(&rig, REQ_SEND), 0);
    rig_keys(&rig, "<Enter><Enter><Enter>");
    assert_int_equal(rig_count(&rig, REQ_SEND), 1);
    const struct request *q = &rig.sent[rig_find(&rig, REQ_SEND)];
    assert_int_equal(q->outreach.seen, 7);
    assert_string_equal(q->outreach.messages[0].body, SMS_ES);
    assert_string_equal(q->outreach.messages[0].html, "<p>Hola</p>");
    assert_true(q->key[0] != '\0');
    assert_null(q->outreach.macro);
    answer_send("ok", true, "");
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
    assert_int_equal(rig.m.queue.cursor_id, 2);      /* on to the next */
}

static void the_countdown_counts_and_ends(void **state)
{
    char text[200];
    (void)state;
    open_clean();
    rig_keys(&rig, "<Enter><Enter>");
    answer_send("ok", true, "");
    assert_true(rig.timers[TIMER_COUNTDOWN] != WHEN_NONE);
    rig_settle(&rig, &world);
    rig_pass(&rig, 3100);
    countdown_text(&rig.m, " - ", text, sizeof text);
    assert_string_equal(text, "SMS to Rosa Delgado goes out in 7 s - u takes it back");
    rig_pass(&rig, 7000);
    assert_string_equal(rig.m.toast, "SMS to Rosa Delgado is on its way");
    assert_int_equal(rig.timers[TIMER_COUNTDOWN], WHEN_NONE);    /* no wake-ups afterwards */
    rig_keys(&rig, "u");                             /* too late for one press: what is there is asked */
    assert_int_equal(rig_count(&rig, REQ_UNDO), 0);
    assert_int_equal(rig_count(&rig, REQ_UNDO_PEEK), 1);
}

static void answer_undo(void)
{
    struct request q = take(REQ_UNDO);
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true, .of_many = {.done = 1}, .result_count = 1, .results = xcalloc(1, sizeof *r.results)};
    r.results[0] = (struct act_result){.id = 1, .ok = true, .code = "ok"};
    request_finish(&q);
    rig_reply(&rig, &r);
}

static void one_press_takes_it_back(void **state)
{
    (void)state;
    open_clean();
    rig_keys(&rig, "e<End>!<Esc>");
    answer_draft();
    answer_message(REQ_CHECK, 0, -1);
    rig_keys(&rig, "<Enter><Enter>");
    assert_null(rig.sent[rig_find(&rig, REQ_SEND)].outreach.messages[0].html);   /* made from another text */
    assert_true(rig.sent[rig_find(&rig, REQ_SEND)].outreach.messages[0].edited);
    answer_send("ok", true, "");
    rig_pass(&rig, 2000);
    rig_keys(&rig, "u");
    answer_undo();
    assert_non_null(strstr(rig.m.toast, "took back: the SMS to Rosa Delgado"));
    assert_int_equal(rig.timers[TIMER_COUNTDOWN], WHEN_NONE);
    struct request q = take(REQ_DRAFT_SAVE);         /* what was written by hand is not lost with it */
    assert_non_null(strstr(q.outreach.messages[0].body, "!"));
    request_finish(&q);
}

/* The answer may take longer than the countdown, and the person may be faster than it: the text is a draft before it is opened again. */
static void a_text_taken_back_is_there_however_fast_it_is_opened(void **state)
{
    (void)state;
    open_clean();
    rig_keys(&rig, "e<End>!<Esc>");
    answer_draft();
    answer_message(REQ_CHECK, 0, -1);
    rig_keys(&rig, "<Enter><Enter>");
    answer_send("ok", true, "");
    rig_pass(&rig, 9000);
    rig_keys(&rig, "u");
    rig_pass(&rig, 3000);
    assert_int_equal(rig.timers[TIMER_COUNTDOWN], WHEN_NONE);
    rig_keys(&rig, "m");
    assert_int_equal(rig_count(&rig, REQ_COMPOSE), 0);
    assert_string_equal(rig.m.toast, "taking the last message back; then this one opens");
    answer_undo();
    assert_true(rig_find(&rig, REQ_DRAFT_SAVE) >= 0);
    assert_true(rig_find(&rig, REQ_DRAFT_SAVE) < rig_find(&rig, REQ_COMPOSE));
    assert_int_equal(rig.m.screen, SCREEN_COMPOSE);
    struct request q = take(REQ_DRAFT_SAVE);
    assert_non_null(strstr(q.outreach.messages[0].body, "!"));
    request_finish(&q);
    assert_false(rig.m.compose.taking_back);
    assert_int_equal(rig.m.compose.next_id, 0);
}

/* After another action u would take that one back: then it says so first, as ever. */
static void another_action_ends_the_one_press(void **state)
{
    (void)state;
    open_clean();
    rig_keys(&rig, "<Enter><Enter>");
    answer_send("ok", true, "");
    rig_keys(&rig, "c");
    rig_settle(&rig, &world);
    rig_keys(&rig, "u");
    assert_int_equal(rig_count(&rig, REQ_UNDO), 0);
    assert_int_equal(rig_count(&rig, REQ_UNDO_PEEK), 1);
}

static void a_block_is_passed_by_nobody(void **state)
{
    (void)state;
    rig.m.hello.level = ROLE_LEAD;
    rig_keys(&rig, "m");
    answer_compose(NULL);
    answer_message(REQ_PREVIEW, GUARDRAIL_NO_CONSENT, VERDICT_BLOCK);
    rig_keys(&rig, "<Enter><Enter>");
    assert_int_equal(rig_count(&rig, REQ_SEND), 0);
    assert_string_equal(rig.m.toast, "no consent: because of it");
    rig_keys(&rig, "pall the same<Enter>");
    assert_int_equal(rig.m.prompt.kind, PROMPT_PASS);           /* there is no warning to pass */
    rig_keys(&rig, "<Esc><Enter><Enter>");
    assert_int_equal(rig_count(&rig, REQ_SEND), 0);
}

static void a_warning_is_passed_by_leads_with_a_reason(void **state)
{
    (void)state;
    rig_keys(&rig, "m");
    answer_compose(NULL);
    answer_message(REQ_PREVIEW, GUARDRAIL_STALE, VERDICT_WARN);
    rig_keys(&rig, "<Enter><Enter>");
    assert_int_equal(rig_count(&rig, REQ_SEND), 0);
    rig_keys(&rig, "pshe asked<Enter>");                        /* an agent may not */
    assert_non_null(strstr(rig.m.prompt.error, "only a lead"));
    rig_keys(&rig, "<Esc>");
    rig.m.hello.level = ROLE_LEAD;
    rig_keys(&rig, "p<Enter>");                                 /* nor without a reason */
    assert_int_equal(rig.m.prompt.kind, PROMPT_PASS);
    rig_keys(&rig, "she asked for it<Enter><Enter><Enter>");
    struct request q = take(REQ_SEND);
    assert_string_equal(q.outreach.pass, "she asked for it");
    request_finish(&q);
}

static void waiting_is_said_before(void **state)
{
    (void)state;
    rig_keys(&rig, "m");
    answer_compose(NULL);
    answer_message(REQ_PREVIEW, GUARDRAIL_QUIET_HOURS, VERDICT_DEFER);
    rig_keys(&rig, "<Enter>");
    assert_non_null(strstr(rig.m.toast, "queues it until 13:00 here (quiet hours)"));
    rig_keys(&rig, "<Enter>");
    answer_send("deferred", true, "goes out at 13:00, when quiet hours end");
    assert_non_null(strstr(rig.m.toast, "when quiet hours end"));
    assert_int_equal(rig.timers[TIMER_COUNTDOWN], WHEN_NONE);
}

static void what_is_typed_is_a_draft_after_a_pause(void **state)
{
    (void)state;
    open_clean();
    rig_keys(&rig, "eHi <End>");
    assert_int_equal(rig_count(&rig, REQ_DRAFT_SAVE), 0);       /* not with every key */
    rig_pass(&rig, 600);
    rig_keys(&rig, "x");
    rig_pass(&rig, 600);
    assert_int_equal(rig_count(&rig, REQ_DRAFT_SAVE), 0);
    rig_pass(&rig, 200);
    struct request q = take(REQ_DRAFT_SAVE);
    assert_int_equal(strncmp(q.outreach.messages[0].body, "Hi Hola", 7), 0);
    assert_true(q.outreach.messages[0].edited);
    request_finish(&q);
    rig_keys(&rig, "<Esc><Enter>");
    assert_non_null(strstr(rig.m.toast, "being checked"));      /* not before its verdicts are known */
    answer_message(REQ_CHECK, 0, -1);
    assert_string_not_equal(rig.m.compose.message.body, SMS_ES); /* the check changes verdicts, not the text */
    rig_keys(&rig, "<Enter>");
    assert_non_null(strstr(rig.m.toast, "again sends"));
    for (int i = 0; i < 20; i++) {                              /* somebody who never pauses is kept all the same */
        rig_keys(&rig, i ? "y" : "e");
        rig_pass(&rig, 500);
    }
    assert_true(rig_count(&rig, REQ_DRAFT_SAVE) >= 1);
}

static void a_dropped_connection_keeps_the_text(void **state)
{
    (void)state;
    open_clean();
    rig_keys(&rig, "eHi ");
    rig_link(&rig, LINK_DOWN, "gone");
    rig_keys(&rig, "there ");
    rig_pass(&rig, 3000);
    assert_int_equal(rig_count(&rig, REQ_DRAFT_SAVE), 0);
    rig_keys(&rig, "<Esc><Enter>");
    assert_non_null(strstr(rig.m.toast, "not connected"));
    assert_int_equal(rig.m.screen, SCREEN_COMPOSE);
    rig_link(&rig, LINK_LIVE, NULL);
    struct request q = take(REQ_DRAFT_SAVE);
    assert_int_equal(strncmp(q.outreach.messages[0].body, "Hi there Hola", 13), 0);
    struct reply r = {.kind = q.kind, .number = q.number, .in_doubt = true};
    err_set(&r.error, ERR_UNREACHABLE, NULL, "gone again");
    request_finish(&q);
    rig_reply(&rig, &r);
    rig_pass(&rig, 6000);                                       /* not kept: tried again */
    assert_int_equal(rig_count(&rig, REQ_DRAFT_SAVE), 1);
}

static void a_draft_comes_back(void **state)
{
    (void)state;
    rig_keys(&rig, "m");
    answer_compose("written before");
    assert_string_equal(rig.m.compose.message.body, "written before");
    assert_int_equal(rig.m.compose.restored_at, rig.now - 60000);
    assert_int_equal(rig_count(&rig, REQ_PREVIEW), 0);
    assert_string_equal(rig.sent[rig_find(&rig, REQ_CHECK)].outreach.messages[0].to, "+15125550142");
    rig_keys(&rig, "j");                                        /* another template would drop it: said first */
    assert_string_equal(rig.m.compose.message.body, "written before");
    rig_keys(&rig, "<PgUp>j");
    assert_string_equal(rig.m.compose.message.body, "written before");
    rig_keys(&rig, "RR");                                       /* the template's own text again; the draft is dropped */
    struct request q = take(REQ_DRAFT_SAVE);
    assert_true(!q.outreach.messages[0].body || !q.outreach.messages[0].body[0]);
    request_finish(&q);
    answer_message(REQ_PREVIEW, 0, -1);
    assert_string_equal(rig.m.compose.message.body, SMS_ES);
    assert_false(rig.m.compose.message.edited);
}

static void somebody_else_wrote_meanwhile(void **state)
{
    (void)state;
    open_clean();
    rig_keys(&rig, "eHi <Esc>");
    answer_message(REQ_CHECK, 0, -1);
    rig_keys(&rig, "<Enter><Enter>");
    answer_send("stale", false, "dana wrote to her 40 s ago");
    assert_int_equal(rig.m.screen, SCREEN_COMPOSE);
    assert_int_equal(strncmp(rig.m.compose.message.body, "Hi Hola", 7), 0);
    assert_non_null(strstr(rig.m.toast, "dana wrote to her 40 s ago; r reads it again, your text stays"));
    rig_keys(&rig, "<Enter><Enter>");
    assert_int_equal(rig_count(&rig, REQ_SEND), 0);
    rig_keys(&rig, "r");
    answer_compose(NULL);
    answer_message(REQ_CHECK, 0, -1);
    assert_int_equal(strncmp(rig.m.compose.message.body, "Hi Hola", 7), 0);
    rig_keys(&rig, "<Enter><Enter>");
    assert_int_equal(rig_count(&rig, REQ_SEND), 1);
}

/* The connection dies with the answer on its way: asked again with the same key. */
static void a_lost_answer_sends_once(void **state)
{
    char key[KEY_TEXT];
    (void)state;
    open_clean();
    rig_keys(&rig, "<Enter><Enter>");
    struct request q = take(REQ_SEND);
    struct reply r = {.kind = q.kind, .number = q.number, .in_doubt = true};
    memcpy(key, q.key, sizeof key);
    err_set(&r.error, ERR_UNREACHABLE, NULL, "gone");
    request_finish(&q);
    rig_link(&rig, LINK_DOWN, "gone");
    rig_reply(&rig, &r);
    assert_non_null(strstr(rig.m.toast, "it happens once"));
    rig_keys(&rig, "<Enter><Enter>");
    rig_link(&rig, LINK_LIVE, NULL);
    assert_int_equal(rig_count(&rig, REQ_SEND), 1);
    const struct request *again = &rig.sent[rig_find(&rig, REQ_SEND)];
    assert_string_equal(again->key, key);
    assert_string_equal(again->outreach.messages[0].body, SMS_ES);
    answer_send("ok", true, "");
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
}

static void macros_show_the_text_before(void **state)
{
    (void)state;
    rig_keys(&rig, ";");
    answer_compose(NULL);
    assert_int_equal(rig.m.menu.kind, MENU_MACRO);
    assert_int_equal(rig.m.menu.count, 2);
    assert_non_null(strstr(rig.m.menu.items[0].label, "waits 2 days"));
    rig_keys(&rig, "<Enter>");
    answer_compose(NULL);
    assert_int_equal(rig.m.screen, SCREEN_COMPOSE);
    answer_message(REQ_PREVIEW, 0, -1);
    rig_keys(&rig, "<Enter><Enter>");
    struct request q = take(REQ_SEND);
    assert_string_equal(q.outreach.macro, "ask_address");
    request_finish(&q);
}

static void a_macro_without_a_message_is_an_act(void **state)
{
    (void)state;
    rig_keys(&rig, ":macro park<Enter>");
    answer_compose(NULL);
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
    const struct request *q = &rig.sent[rig_find(&rig, REQ_SEND)];
    assert_int_equal(q->outreach.message_count, 0);
    assert_string_equal(q->outreach.macro, "park");
    assert_int_equal(q->ids[0], 1);
    answer_send("ok", true, "");
    assert_string_equal(rig.m.toast, "did park: #1");
    assert_string_equal(rig.m.undo_text, "u takes back: park: #1");
    rig_keys(&rig, ":macro nosuch<Enter>");
    answer_compose(NULL);
    assert_non_null(strstr(rig.m.toast, "no macro \"nosuch\""));
}

static void the_next_step_may_be_a_macro(void **state)
{
    (void)state;
    snprintf(rig.m.context->next_action, sizeof rig.m.context->next_action, "macro");
    snprintf(rig.m.context->next_argument, sizeof rig.m.context->next_argument, "ask_address");
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig_count(&rig, REQ_COMPOSE), 0);
    rig_keys(&rig, "<Enter>");
    answer_compose(NULL);
    assert_int_equal(rig.m.screen, SCREEN_COMPOSE);
    assert_string_equal(rig.m.compose.macro.name, "ask_address");
}

static void pastes_go_into_the_text(void **state)
{
    (void)state;
    open_clean();
    rig_paste(&rig, "not as keys: q");
    assert_int_equal(rig.m.screen, SCREEN_COMPOSE);
    rig_keys(&rig, "e");
    rig_paste(&rig, "one\r\ntwo\x1b[31m");
    assert_int_equal(strncmp(rig.m.compose.message.body, "one\ntwo[31mHola", 14), 0);
    rig_keys(&rig, "C-z");
    assert_string_equal(rig.m.compose.message.body, SMS_ES);
    rig_keys(&rig, "<Esc>E");                                   /* an SMS has no subject */
    assert_int_equal(rig.m.compose.editing, FIELD_NO_TEXT);
}

static void leaving_keeps_the_draft(void **state)
{
    (void)state;
    open_clean();
    rig_keys(&rig, "eHi <Esc>");
    rig_keys(&rig, "<Esc>");
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
    assert_string_equal(rig.m.toast, "kept as your draft");
    assert_int_equal(rig_count(&rig, REQ_DRAFT_SAVE), 1);
    rig_keys(&rig, "q");                                        /* the runner waits for the answer */
    assert_int_equal(rig.quits, 1);
    assert_true(compose_unsaved(&rig.m));
    answer_draft();
    assert_false(compose_unsaved(&rig.m));
}

/* The session ends from outside in the middle of a word. */
static void the_end_sends_the_draft_off(void **state)
{
    (void)state;
    open_clean();
    rig_keys(&rig, "eHi ");
    assert_int_equal(rig_count(&rig, REQ_DRAFT_SAVE), 0);
    rig_send(&rig, (struct msg){.kind = MSG_QUIT});
    assert_int_equal(rig_count(&rig, REQ_DRAFT_SAVE), 1);
    assert_int_equal(strncmp(rig.sent[rig_find(&rig, REQ_DRAFT_SAVE)].outreach.messages[0].body, "Hi Hola", 7), 0);
    assert_true(compose_unsaved(&rig.m));
    answer_draft();
    assert_false(compose_unsaved(&rig.m));
    rig_send(&rig, (struct msg){.kind = MSG_QUIT});
    assert_int_equal(rig_count(&rig, REQ_DRAFT_SAVE), 0);
}

/* Without a connection nothing can be kept: leaving says so first. */
static void leaving_without_a_connection_asks(void **state)
{
    (void)state;
    open_clean();
    rig_link(&rig, LINK_DOWN, "gone");
    rig_keys(&rig, "eHi <Esc>");
    rig_keys(&rig, "<Esc>");
    rig_keys(&rig, "q");
    assert_int_equal(rig.quits, 0);
    rig_keys(&rig, "q");
    assert_int_equal(rig.quits, 1);
}

/* Another exception is open when the answer about the draft gets lost: it is kept all the same. */
static void a_draft_left_behind_is_kept(void **state)
{
    (void)state;
    open_clean();
    rig_keys(&rig, "eHi <Esc>");
    rig_keys(&rig, "<Esc>");
    rig_keys(&rig, "j");
    rig_keys(&rig, "m");
    struct request q = take(REQ_DRAFT_SAVE);
    struct reply r = {.kind = q.kind, .number = q.number, .in_doubt = true};
    err_set(&r.error, ERR_UNREACHABLE, NULL, "gone");
    request_finish(&q);
    rig_link(&rig, LINK_DOWN, "gone");
    rig_reply(&rig, &r);
    rig_link(&rig, LINK_LIVE, NULL);
    q = take(REQ_DRAFT_SAVE);
    assert_int_equal(q.outreach.messages[0].exception_id, 1);
    assert_int_equal(strncmp(q.outreach.messages[0].body, "Hi Hola", 7), 0);
    request_finish(&q);
    assert_int_equal(rig_count(&rig, REQ_COMPOSE), 1);          /* and what is open is read after all */
    assert_int_equal(rig.sent[rig_find(&rig, REQ_COMPOSE)].ids[0], 2);
}

static void tags_are_put_on(void **state)
{
    (void)state;
    rig_keys(&rig, "LNo such<Enter>");
    assert_int_equal(rig_count(&rig, REQ_ACT), 0);
    rig_keys(&rig, "C-uvip-2<Enter>");
    const struct request *q = &rig.sent[rig_find(&rig, REQ_ACT)];
    assert_int_equal(q->verb, VERB_TAG);
    assert_string_equal(q->act.code, "vip-2");
    rig_settle(&rig, &world);
    assert_string_equal(rig.m.toast, "tagged #1: vip-2");
}

static void messages_say_what_helps(void **state)
{
    (void)state;
    rig_keys(&rig, "<Tab>3");
    struct request q = take(REQ_MESSAGES);
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true, .row_count = 2, .rows = xcalloc(2, sizeof *r.rows)};
    assert_int_equal(q.ids[0], 1);
    r.rows[0] = (struct message_row){.id = 71, .state = OUTREACH_UNKNOWN, .channel = CHANNEL_SMS};
    r.rows[1] = (struct message_row){.id = 70, .state = OUTREACH_QUEUED, .channel = CHANNEL_SMS};
    request_finish(&q);
    rig_reply(&rig, &r);
    rig_keys(&rig, "X");                                        /* nothing to stop: it may have gone out */
    assert_int_equal(rig.m.menu.kind, MENU_NONE);
    rig_keys(&rig, "Sy");
    q = take(REQ_OUTREACH_ACT);
    assert_string_equal(q.name, "sent");
    assert_int_equal(q.ids[0], 71);
    r = (struct reply){.kind = q.kind, .number = q.number, .ok = true, .result_count = 1, .results = xcalloc(1, sizeof *r.results)};
    r.results[0] = (struct act_result){.id = 71, .ok = true, .code = "ok"};
    request_finish(&q);
    rig_reply(&rig, &r);
    assert_string_equal(rig.m.toast, "noted: it went out");
    assert_int_equal(rig_count(&rig, REQ_MESSAGES), 1);         /* and read again */
    rig_keys(&rig, "jXn");
    assert_int_equal(rig_count(&rig, REQ_OUTREACH_ACT), 0);
    rig_keys(&rig, "Xy");
    assert_string_equal(rig.sent[rig_find(&rig, REQ_OUTREACH_ACT)].name, "cancel");
}

#define LIVE(f) cmocka_unit_test_setup_teardown(f, live, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE(the_best_template_is_filled_in), LIVE(enter_says_and_enter_sends), LIVE(the_countdown_counts_and_ends),
        LIVE(one_press_takes_it_back), LIVE(a_text_taken_back_is_there_however_fast_it_is_opened), LIVE(another_action_ends_the_one_press), LIVE(a_block_is_passed_by_nobody),
        LIVE(a_warning_is_passed_by_leads_with_a_reason), LIVE(waiting_is_said_before),
        LIVE(what_is_typed_is_a_draft_after_a_pause), LIVE(a_dropped_connection_keeps_the_text), LIVE(a_draft_comes_back),
        LIVE(somebody_else_wrote_meanwhile), LIVE(a_lost_answer_sends_once), LIVE(macros_show_the_text_before),
        LIVE(a_macro_without_a_message_is_an_act), LIVE(the_next_step_may_be_a_macro), LIVE(pastes_go_into_the_text),
        LIVE(leaving_keeps_the_draft), LIVE(the_end_sends_the_draft_off),
        LIVE(leaving_without_a_connection_asks), LIVE(a_draft_left_behind_is_kept), LIVE(tags_are_put_on), LIVE(messages_say_what_helps),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
