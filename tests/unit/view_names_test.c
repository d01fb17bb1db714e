/* Names as wide as eight letters, but made of wide, combining, right-to-left and pictured
 * characters: in every list nothing beside the name moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>

#include "app/cases.h"
#include "app/bulk.h"
#include "app/reports.h"
#include "app/sheet.h"
#include "base/utf8.h"
#include "unit/compose_fixture.h"
#include "unit/control_fixture.h"
#include "unit/sheet_fixture.h"
#include "unit/view_fixture.h"
#include "view/text.h"

#define PLAIN "QQQQQQQQ"
static const char *const names[] = {
    "\u5c71\u7530\u592a\u90ce", "Mu\u0308ller-J", "\u05db\u05d4\u05df \u05d9\u05e2\u05dc\u05d4", "\u0645\u062d\u0645\u0651\u062f \u0639\u0644\u064a",
    "\U0001f600\U0001f4e6\U0001f69a\U0001f3e0", "\u0e2a\u0e21\u0e0a\u0e32\u0e22\u0e43\u0e08\u0e14\u0e35", "a\u5c71b\U0001f4e6cd", "\uff26\uff35\uff2c\uff2c",
};
enum { NAMES = sizeof names / sizeof *names };

static void fill_queue(struct fixture *f, const char *name)
{
    for (size_t i = 0; i < f->m.queue.count; i++) {
        struct queue_row *r = &f->m.queue.rows[i];
        COPY_TEXT(r->customer, i % 2 ? name : "Delgado, Rosa");
        COPY_TEXT(r->carrier_name, i % 3 ? "UPS" : name);
        COPY_TEXT(r->tracking_number, i % 5 ? "1Z999AA10123456784" : name);
        COPY_TEXT(r->order_number, i % 3 ? "10-33812" : name);
        COPY_TEXT(r->owner, i % 4 ? "maria" : name);
        COPY_TEXT(r->tier, i % 4 == 1 ? name : "gold");
        COPY_TEXT(r->reason, i % 2 ? name : "Package damaged");
    }
    COPY_TEXT(f->m.context->row.customer, name);
    COPY_TEXT(f->m.context->row.city, name);
}

static void fill_detail(struct fixture *f, const char *name)
{
    fill_queue(f, name);
    f->m.screen = SCREEN_DETAIL;
}

static void fill_cases(struct fixture *f, const char *name)
{
    struct cases *c = &f->m.cases;
    f->m.screen = SCREEN_CASES;
    c->list.known = true;
    c->list.rows = case_fixture_rows(48121, FIXTURE_NOW, &c->list.count);
    c->list.read_at = FIXTURE_NOW;
    for (size_t i = 0; i < c->list.count; i++) {
        COPY_TEXT(c->list.rows[i].subject, i % 2 ? name : "Where is it");
        COPY_TEXT(c->list.rows[i].customer_name, i % 2 ? "Rosa" : name);
    }
}

static void fill_sheet(struct fixture *f, const char *name)
{
    static char lines[3][300];
    static const char *rows[3] = {lines[0], lines[1], lines[2]};
    struct sheet_page *p = &f->m.sheets.pages[0];
    f->m.screen = SCREEN_SHEET;
    f->m.sheets.at = 1;
    snprintf(lines[0], sizeof lines[0], "%s|X|48|%s|delayed|open|address_issue|high|%s|3", name, name, name);
    snprintf(lines[1], sizeof lines[1], "ups|%s|||delivered|done|||Delivered|1", name);
    snprintf(lines[2], sizeof lines[2], "17track||%s|%s|attempted|open|failed_attempt|medium|%s %s|1", name, name, name, name);
    *p = (struct sheet_page){.sheet = SHEET_DICTIONARY, .known = true, .read_at = AGO(MINUTES(2)),
                             .table = table_fixture("provider|code|detail|pattern|status|role|kind|severity|label|version", rows, 3)};
    p->widths = xcalloc(p->table.columns, sizeof *p->widths);
    for (size_t i = 0; i < p->table.rows * p->table.columns; i++) {
        const char *cell = p->table.cells[i] ? p->table.cells[i] : "";
        int width = (int)utf8_width(cell, strlen(cell));
        if (width > p->widths[i % p->table.columns])
            p->widths[i % p->table.columns] = width;
    }
}

static void fill_report(struct fixture *f, const char *name)
{
    static char lines[2][300];
    static const char *rows[2] = {lines[0], lines[1]};
    struct report_page *p = &f->m.reports;
    f->m.screen = SCREEN_REPORT;
    snprintf(lines[0], sizeof lines[0], "%s|12041|8031|49.9|60.2|9010|21|[80,12,40,99,120,30,44]|carrier:x|carrier:x|carrier:x", name);
    snprintf(lines[1], sizeof lines[1], "fedex|6020|6060|-0.7|30.1|4011|0|[10,12,14,9,20,0,0]|carrier:fedex|carrier:fedex|carrier:fedex");
    *p = (struct report_page){.report = REPORT_EXCEPTIONS, .period = "7d", .known = true, .read_at = AGO(MINUTES(1)),
        .table = table_fixture("what|opened|was|change|share|resolved|reopened|spark|filter|was_filter|resolved_filter", rows, 2)};
    assert_true(report_period_parse(p->period, FIXTURE_NOW, &f->m.zone, &p->shown, NULL));
}

static void fill_board(struct fixture *f, const char *name)
{
    static struct board_row lines[3];
    static struct board board;
    for (size_t i = 0; i < 3; i++) {
        lines[i] = (struct board_row){.open = 312, .last_scan_at = AGO(MINUTES(9)), .new_hour = 41, .baseline = 3.1, .ratio = 10.2, .usual_gap_s = 420, .lanes = 4};
        COPY_TEXT(lines[i].carrier, "ups");
        COPY_TEXT(lines[i].carrier_name, i == 1 ? name : "Royal M.");
    }
    board = (struct board){.rows = lines, .count = 3, .at = FIXTURE_NOW};
    f->m.screen = SCREEN_BOARD;
    f->m.board.read_at = FIXTURE_NOW;
    f->m.board.all = &board;
}

static void fill_bulk(struct fixture *f, const char *name)
{
    struct bulk *b = &f->m.bulk;
    f->m.screen = SCREEN_BULK;
    b->id_count = b->count = 4;
    snprintf(b->name, sizeof b->name, "address_issue");
    b->messages = xcalloc(4, sizeof *b->messages);
    for (size_t i = 0; i < 4; i++) {
        b->messages[i] = message_fixture(48121 + (int64_t)i, CHANNEL_SMS, "Hola, falta el piso");
        COPY_TEXT(b->messages[i].to_name, i % 2 ? name : "Rosa");
        if (i == 2)
            message_verdict(&b->messages[i], GUARDRAIL_NO_CONSENT, VERDICT_BLOCK, WHEN_NONE, name);
    }
    b->sum = (struct bulk_sum){.fate = {3, 0, 1}, .channel = {{3, 0, 0}}, .segments = 3, .customers = 4, .undo_seconds = 10};
}

static void fill_menu(struct fixture *f, const char *name)
{
    struct menu *menu = &f->m.menu;
    menu->kind = MENU_RESOLVE;
    COPY_TEXT(menu->title, name);
    menu->items = xcalloc(3, sizeof *menu->items);
    menu->count = 3;
    for (int i = 0; i < 3; i++) {
        menu->items[i] = (struct menu_item){.key = (char)('a' + i)};
        COPY_TEXT(menu->items[i].label, i == 1 ? name : "delivered");
    }
}

static const struct { const char *what; void (*fill)(struct fixture *, const char *); } lists[] = {
    {"queue", fill_queue}, {"detail", fill_detail}, {"cases", fill_cases}, {"sheet", fill_sheet}, {"report", fill_report}, {"board", fill_board},
    {"bulk", fill_bulk}, {"menu", fill_menu},
};

static void draw(struct fixture *f, size_t list, const char *name, int rows, int cols)
{
    fixture_init(f, rows, cols);
    f->m.countdown.until = WHEN_NONE;
    f->m.overriding.until = WHEN_NONE;
    lists[list].fill(f, name);
    view_render(&f->m, &f->s);
}

static void done(struct fixture *f)
{
    sheet_finish(&f->m);
    reports_finish(&f->m);
    cases_finish(&f->m);
    bulk_finish(&f->m);
    f->m.board.all = NULL;
    fixture_finish(f);
}

/* Where the plain one shows a letter of the name, or that it was cut, the other may show anything. */
static bool free_cell(uint32_t ch) { return ch == 'Q' || ch == 0x2026; }

static void same_but_for_the_name(const struct screen *plain, const struct screen *odd, const char *what, const char *name)
{
    for (int i = 0; i < plain->rows * plain->cols; i++) {
        uint32_t a = plain->cells[i].ch, b = odd->cells[i].ch;
        if (a != b && !free_cell(a))
            fail_msg("%s, \"%s\": line %d, column %d is U+%04X instead of U+%04X", what, name, i / plain->cols, i % plain->cols, b, a);
    }
}

static void nothing_moves(void **state)
{
    static const struct { int rows, cols; } sizes[] = {{36, 120}, {24, 80}, {16, 60}, {60, 200}};
    (void)state;
    for (size_t list = 0; list < sizeof lists / sizeof *lists; list++)
        for (size_t size = 0; size < 4; size++) {
            struct fixture plain, odd;
            size_t letters = 0;
            draw(&plain, list, PLAIN, sizes[size].rows, sizes[size].cols);
            for (int i = 0; i < plain.s.rows * plain.s.cols; i++)
                letters += plain.s.cells[i].ch == 'Q';
            if (size == 0 && letters < 4)
                fail_msg("%s at %dx%d does not show the name at all", lists[list].what, sizes[size].cols, sizes[size].rows);
            for (size_t i = 0; i < NAMES; i++) {
                draw(&odd, list, names[i], sizes[size].rows, sizes[size].cols);
                same_but_for_the_name(&plain.s, &odd.s, lists[list].what, names[i]);
                done(&odd);
            }
            done(&plain);
        }
}

static void the_names_are_as_wide(void **state)
{
    (void)state;
    for (size_t i = 0; i < NAMES; i++)
        assert_int_equal(text_columns(names[i]), 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_names_are_as_wide), cmocka_unit_test(nothing_moves)};
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
