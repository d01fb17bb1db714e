/* The screens of writing to customers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>

#include "app/bulk.h"
#include "app/compose.h"
#include "app/messages.h"
#include "unit/compose_fixture.h"
#include "unit/golden.h"

static void finish(struct fixture *f)
{
    compose_finish_all(&f->m);
    bulk_finish(&f->m);
    messages_finish(&f->m);
    fixture_finish(f);
}

static void compare(struct fixture *f, const char *name)
{
    golden_compare(f, name, false);
    finish(f);
}

static struct composing *begin(struct fixture *f, int rows, int cols)
{
    fixture_init(f, rows, cols);
    struct composing *w = &f->m.compose;
    f->m.screen = SCREEN_COMPOSE;
    f->m.countdown.until = WHEN_NONE;
    *w = (struct composing){.id = 48121, .restored_at = WHEN_NONE, .shown = true, .channel = CHANNEL_SMS};
    w->c = compose_fixture(48121);
    w->message = message_fixture(48121, CHANNEL_SMS, SMS_ES);
    return w;
}

static void told(struct composing *w, bool inbound, enum outreach_state state, const char *who, const char *what)
{
    w->c->told = (struct told){.present = true, .inbound = inbound, .at = AGO(HOURS(2)), .channel = CHANNEL_SMS, .state = state};
    snprintf(w->c->told.who, sizeof w->c->told.who, "%s", who);
    snprintf(w->c->told.what, sizeof w->c->told.what, "%s", what);
}

static void clean_sms(void **state)
{
    static const struct { int rows, cols; const char *name; } sizes[] = {
        {36, 120, "compose_sms_120x36"}, {24, 80, "compose_sms_80x24"}, {16, 60, "compose_sms_60x16"}};
    struct fixture f;
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        told(begin(&f, sizes[i].rows, sizes[i].cols), false, OUTREACH_DELIVERED, "dana", "Delayed by weather");
        compare(&f, sizes[i].name);
    }
    begin(&f, 24, 80);
    f.m.settings.ascii = true;
    compare(&f, "compose_sms_ascii");
}

static void verdicts(void **state)
{
    struct fixture f;
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct composing *w = begin(&f, i ? 24 : 36, i ? 80 : 120);
        message_verdict(&w->message, GUARDRAIL_REPEATED, VERDICT_BLOCK, WHEN_NONE, "dana sent her the same at 10:51 today");
        message_verdict(&w->message, GUARDRAIL_QUIET_HOURS, VERDICT_DEFER, IN(HOURS(18)), "nobody is written to after 21:00 there");
        message_verdict(&w->message, GUARDRAIL_STALE, VERDICT_WARN, WHEN_NONE, "the last scan is 3 days old");
        snprintf(w->macro.name, sizeof w->macro.name, "ask_address");
        snprintf(w->macro.says, sizeof w->macro.says, "sends address_issue by SMS, waits 2 days, tags asked_address");
        compare(&f, i ? "compose_blocked_80x24" : "compose_blocked_120x36");
    }
}

static void email(void **state)
{
    struct fixture f;
    struct composing *w = begin(&f, 36, 120);
    (void)state;
    message_finish(&w->message);
    w->channel = CHANNEL_EMAIL;
    w->choice = 3;
    w->message = message_fixture(48121, CHANNEL_EMAIL,
        "Hola Rosa:\n\nUPS intent\u00f3 entregar su l\u00e1mpara de escritorio hoy a las 08:12, pero en la etiqueta falta el n\u00famero de apartamento.\n\n"
        "Responda a este correo con el n\u00famero y lo enviamos hoy mismo.\n\nGracias,\nDana\nAcme");
    told(w, true, OUTREACH_DELIVERED, "+15125550142", "es el piso 3, gracias");
    w->message.subject = xstrdup("Falta el n\u00famero de apartamento de su pedido 10-33812");
    w->message.html = xstrdup("<p>Hola Rosa</p>");
    compare(&f, "compose_email");
}

/* The text being edited, with characters of two columns and of none. */
static void editing(void **state)
{
    struct fixture f;
    struct composing *w = begin(&f, 24, 80);
    const char *text = "\u5c71\u7530\u592a\u90ce\u69d8: \u304a\u8377\u7269\u306e\u4f4f\u6240\u306b\u90e8\u5c4b\u756a\u53f7\u304c\u3042\u308a\u307e\u305b\u3093\u3002\u3053\u306e\u30e1\u30fc\u30eb\u306b\u8fd4\u4fe1\u3057\u3066\u304f\u3060\u3055\u3044\u3002\u3042\u308a\u304c\u3068\u3046\u3054\u3056\u3044\u307e\u3059\u3002\n\n"
                       "Mu\u0308ller, the fla\u0301t number is all that is missing; answer with it and we bring it today.";
    (void)state;
    message_finish(&w->message);
    w->message = message_fixture(48121, CHANNEL_SMS, text);
    w->message.edited = true;
    w->editing = FIELD_BODY;
    w->checking = true;
    editor_open(&w->editor, text, false);
    w->editor.at = strlen(text) - strlen("bring it today.");
    compare(&f, "compose_editing");
}

static void draft_and_trouble(void **state)
{
    struct fixture f;
    struct composing *w = begin(&f, 24, 80);
    (void)state;
    w->message.edited = true;
    w->restored_at = AGO(MINUTES(20));
    told(w, false, OUTREACH_FAILED, "dana", "Address needed");
    snprintf(w->trouble, sizeof w->trouble, "dana wrote to her 40 s ago; r reads it again, your text stays");
    f.m.link = LINK_DOWN;
    err_set(&f.m.link_error, ERR_UNREACHABLE, NULL, "no answer from pg1");
    compare(&f, "compose_draft_offline");
}

static void nothing_yet(void **state)
{
    struct fixture f;
    struct composing *w = begin(&f, 24, 80);
    (void)state;
    message_finish(&w->message);
    w->channel = CHANNEL_WHATSAPP;
    w->choice = -1;
    w->shown = false;
    compare(&f, "compose_no_template");
    w = begin(&f, 24, 80);
    compose_finish_all(&f.m);
    *w = (struct composing){.id = 48121, .loading = true, .restored_at = WHEN_NONE, .choice = -1};
    compare(&f, "compose_loading");
}

static void fill_bulk(struct fixture *f, size_t previewed)
{
    struct bulk *b = &f->m.bulk;
    f->m.screen = SCREEN_BULK;
    f->m.countdown.until = WHEN_NONE;
    b->id_count = 9812;
    snprintf(b->name, sizeof b->name, "address_issue");
    b->messages = xcalloc(8, sizeof *b->messages);
    b->count = 8;
    for (size_t i = 0; i < 8; i++) {
        b->messages[i] = message_fixture(48121 + (int64_t)i, i % 3 ? CHANNEL_SMS : CHANNEL_EMAIL, SMS_ES);
        if (i == 2)
            message_verdict(&b->messages[i], GUARDRAIL_QUIET_HOURS, VERDICT_DEFER, IN(HOURS(18)), "nobody is written to after 21:00 there");
        if (i == 4)
            message_verdict(&b->messages[i], GUARDRAIL_NO_CONSENT, VERDICT_BLOCK, WHEN_NONE, "she said STOP on 3 Nov");
        if (i == 5)
            message_verdict(&b->messages[i], GUARDRAIL_STALE, VERDICT_WARN, WHEN_NONE, "the last scan is 3 days old");
    }
    b->sum = (struct bulk_sum){.fate = {9640, 100, 72}, .warned = 12, .channel = {{5000, 4640, 0}, {0, 100, 0}}, .segments = 9480,
                               .later_from = IN(HOURS(18)), .later_to = IN(HOURS(21)), .customers = 9701, .undo_seconds = 10};
    b->sum.why[GUARDRAIL_NO_CONSENT] = 40;
    b->sum.why[GUARDRAIL_NO_ADDRESS] = 20;
    b->sum.why[GUARDRAIL_STALE] = 12;
    b->cursor = 2;
    if (previewed == 9812)
        b->id_count = 8;
}

static void bulk(void **state)
{
    static const struct { int rows, cols; size_t previewed; const char *name; } screens[] = {
        {36, 120, 9812, "bulk_120x36"}, {24, 80, 4000, "bulk_80x24"}, {16, 60, 4000, "bulk_60x16"}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct fixture f;
        fixture_init(&f, screens[i].rows, screens[i].cols);
        fill_bulk(&f, screens[i].previewed);
        compare(&f, screens[i].name);
    }
}

static void fill_messages(struct fixture *f)
{
    static const struct { bool inbound; enum outreach_state state; int64_t at; const char *who, *why, *attempts; } rows[] = {
        {false, OUTREACH_UNKNOWN, AGO(MINUTES(4)), "maria", "the connection broke after the text was handed over", "13:59 unknown: connection reset after 412 bytes"},
        {true, OUTREACH_QUEUED, AGO(MINUTES(50)), "+15125550142", "", ""},
        {false, OUTREACH_DELIVERED, AGO(HOURS(4)), "dana", "", "10:51 sent 250 queued as 4F2"},
        {false, OUTREACH_CANCELLED, AGO(DAYS(1)), "dana", "taken back by dana", ""},
        {true, OUTREACH_DELIVERED, AGO(DAYS(2)), "dana", "", ""},
    };
    enum { ROWS = sizeof rows / sizeof *rows };
    f->m.screen = SCREEN_DETAIL;
    f->m.tab = TAB_MESSAGES;
    f->m.messages = (struct messages){.id = 48121, .count = ROWS, .rows = xcalloc(ROWS, sizeof *f->m.messages.rows)};
    for (size_t i = 0; i < ROWS; i++) {
        struct message_row *r = &f->m.messages.rows[i];
        *r = (struct message_row){.id = 9 - (int64_t)i, .at = rows[i].at, .inbound = rows[i].inbound, .channel = CHANNEL_SMS,
            .state = rows[i].state, .send_after = WHEN_NONE, .sent_at = WHEN_NONE, .delivered_at = WHEN_NONE, .opened_at = WHEN_NONE,
            .clicked_at = WHEN_NONE, .failed_at = WHEN_NONE, .tries = 1};
        COPY_TEXT(r->who, rows[i].who);
        COPY_TEXT(r->to, "+15125550142");
        COPY_TEXT(r->state_text, rows[i].why);
        COPY_TEXT(r->template, rows[i].inbound ? "" : "address_issue");
        r->body = xstrdup(rows[i].inbound ? "It is 4B, second floor" : SMS_ES);
        r->attempts = xstrdup(rows[i].attempts);
    }
    COPY_TEXT(f->m.messages.rows[4].via, "phone");
    free(f->m.messages.rows[4].body);
    f->m.messages.rows[4].body = xstrdup("where is my parcel");
    f->m.messages.rows[2].delivered_at = AGO(HOURS(4) - MINUTES(1));
    f->m.messages.rows[2].opened_at = AGO(HOURS(4) - MINUTES(7));
}

static void messages(void **state)
{
    struct fixture f;
    (void)state;
    for (int i = 0; i < 2; i++) {
        fixture_init(&f, i ? 24 : 36, i ? 80 : 120);
        fill_messages(&f);
        f.m.messages.cursor = i ? 2 : 0;
        compare(&f, i ? "messages_80x24" : "messages_120x36");
    }
}

static void countdown(void **state)
{
    struct fixture f;
    (void)state;
    fixture_init(&f, 24, 80);
    f.m.countdown = (struct countdown){.until = FIXTURE_NOW + 7400, .last = true};
    COPY_TEXT(f.m.countdown.what, "SMS to Rosa Delgado");
    COPY_TEXT(f.m.queue.rows[0].tags, "asked_address");
    COPY_TEXT(f.m.context->row.tags, "asked_address");
    compare(&f, "countdown");
}

/* Every size: what is drawn stays printable, and the caret on the screen. */
static void every_size(void **state)
{
    (void)state;
    for (int rows = 1; rows <= 40; rows += rows < 14 ? 6 : 3)
        for (int cols = 1; cols <= 170; cols += cols < 58 ? 19 : 7)
            for (int what = 0; what < 5; what++) {
                struct fixture f;
                if (what < 3) {
                    struct composing *w = begin(&f, rows, cols);
                    w->channel = what ? CHANNEL_EMAIL : CHANNEL_SMS;
                    for (int i = 0; i < 6; i++)
                        message_verdict(&w->message, (enum guardrail)i, VERDICT_WARN, WHEN_NONE, "a sentence that is longer than the column it stands in, by far");
                    w->editing = what == 2 ? FIELD_SUBJECT : FIELD_BODY;
                    editor_open(&w->editor, "\u5c71\u7530 " SMS_ES SMS_ES SMS_ES, what == 2);
                } else {
                    fixture_init(&f, rows, cols);
                    (what == 3 ? fill_messages(&f) : fill_bulk(&f, 9812));
                }
                view_render(&f.m, &f.s);
                for (int i = 0; i < rows * cols; i++) {
                    const struct cell *c = &f.s.cells[i];
                    assert_true(c->ch == 0 || (c->ch >= 0x20 && c->ch != 0x7f));
                    assert_true(c->ch != 0 || (i % cols > 0 && utf8_cp_width(f.s.cells[i - 1].ch) == 2));
                }
                assert_in_range(f.s.cursor_row, 0, rows - 1);
                assert_in_range(f.s.cursor_col, 0, cols - 1);
                finish(&f);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean_sms), cmocka_unit_test(verdicts), cmocka_unit_test(email), cmocka_unit_test(editing),
        cmocka_unit_test(draft_and_trouble), cmocka_unit_test(nothing_yet), cmocka_unit_test(bulk), cmocka_unit_test(messages),
        cmocka_unit_test(countdown), cmocka_unit_test(every_size),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
