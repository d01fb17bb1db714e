/* The screens of sheets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>

#include "app/sheet.h"
#include "base/utf8.h"
#include "unit/golden.h"
#include "unit/sheet_fixture.h"

static const struct { int rows, cols; const char *name; } sizes[] = {{36, 120, "120x36"}, {24, 80, "80x24"}, {16, 60, "60x16"}};
#define SIZES (sizeof sizes / sizeof sizes[0])

static const char dictionary_columns[] = "provider|code|detail|pattern|status|role|kind|severity|label|version";
static const char *const dictionary[] = {
    "ups|X|48||delayed|open|address_issue|high|Address incorrect or incomplete|3",
    "ups|D|||delivered|done|||Delivered|1",
    "17track||DELIVERYFAILURE_NOBODY||attempted|open|failed_attempt|medium|Recipient not reached at delivery|1",
    "japanpost|\u4e0d\u5728|||attempted|open|failed_attempt|medium|\u304a\u5c4a\u3051\u5148\u306b\u3054\u4e0d\u5728\u306e\u305f\u3081\u6301\u3061\u623b\u308a\u307e\u3057\u305f|2",
    "shippo|PACKAGE_HELD_AT_THE_LOCAL_FACILITY_FOR_AN_UNKNOWN_REASON|||held|open|held|medium|Held at the local facility for a reason that the carrier did not give, which as a rule means that somebody has to ask; the customer is told when it is known|14",
    "usps|OF|||out_for_delivery|normal|||Out for delivery|1",
};
#define DICTIONARY (sizeof dictionary / sizeof dictionary[0])

/* As sheet_open() and sheet_reply() leave it. */
static struct sheet_page *begin(struct fixture *f, int rows, int cols, enum sheet_id id, size_t list, const char *columns, const char *const *lines, size_t count)
{
    fixture_init(f, rows, cols);
    f->m.screen = SCREEN_SHEET;
    f->m.countdown.until = WHEN_NONE;
    f->m.sheets.at = 1;
    struct sheet_page *p = &f->m.sheets.pages[0];
    *p = (struct sheet_page){.sheet = id, .list = list, .known = true, .read_at = AGO(MINUTES(2)), .table = table_fixture(columns, lines, count)};
    p->widths = xcalloc(p->table.columns, sizeof *p->widths);
    for (size_t i = 0; i < p->table.rows * p->table.columns; i++) {
        const char *cell = p->table.cells[i] ? p->table.cells[i] : "";
        int width = (int)utf8_width(cell, strlen(cell));
        size_t column = i % p->table.columns;
        p->widths[column] = width > p->widths[column] ? width : p->widths[column];
    }
    return p;
}

static void compare(struct fixture *f, const char *name, const char *size)
{
    char full[80];
    snprintf(full, sizeof full, "%s_%s", name, size);
    golden_compare(f, full, false);
    sheet_finish(&f->m);
    fixture_finish(f);
}

static void the_dictionary(void **state)
{
    struct fixture f;
    (void)state;
    for (size_t i = 0; i < SIZES; i++) {
        begin(&f, sizes[i].rows, sizes[i].cols, SHEET_DICTIONARY, 0, dictionary_columns, dictionary, DICTIONARY)->cursor = 4;
        compare(&f, "sheet", sizes[i].name);
    }
    begin(&f, 60, 200, SHEET_DICTIONARY, 0, dictionary_columns, dictionary, DICTIONARY);
    compare(&f, "sheet", "200x60");
    begin(&f, 24, 80, SHEET_DICTIONARY, 0, dictionary_columns, dictionary, DICTIONARY);
    f.m.settings.ascii = true;
    compare(&f, "sheet_ascii", "80x24");
}

static void a_line_in_full(void **state)
{
    struct fixture f;
    (void)state;
    struct sheet_page *p = begin(&f, 16, 60, SHEET_DICTIONARY, 0, dictionary_columns, dictionary, DICTIONARY);
    p->cursor = 4;
    p->whole = true;
    compare(&f, "sheet_whole", "60x16");
}

/* Nothing there, nothing found, not read yet, and not connected: each says which. */
static void when_there_is_nothing(void **state)
{
    struct fixture f;
    (void)state;
    begin(&f, 16, 60, SHEET_DICTIONARY, 1, "provider|code", NULL, 0);
    compare(&f, "sheet_empty", "60x16");
    struct sheet_page *p = begin(&f, 16, 60, SHEET_DICTIONARY, 0, dictionary_columns, NULL, 0);
    COPY_TEXT(p->search, "zebra");
    compare(&f, "sheet_not_found", "60x16");
    begin(&f, 16, 60, SHEET_CONTACTS, 0, "id", NULL, 0)->known = false;
    compare(&f, "sheet_reading", "60x16");
    begin(&f, 24, 80, SHEET_DICTIONARY, 0, dictionary_columns, dictionary, DICTIONARY);
    f.m.link = LINK_DOWN;
    f.m.retry_at = IN(4000);
    compare(&f, "sheet_down", "80x24");
}

static void contacts(void **state)
{
    static const char *const rows[] = {
        "4|2026-11-21T20:01:00Z|48121|acme|wismo|phone|maria|t|t|Where is it? She rang twice this morning.",
        "3|2026-11-21T18:40:00Z|48124|acme|address|email||f|f|\u4f4f\u6240\u304c\u9055\u3044\u307e\u3059\u3002\u6b63\u3057\u3044\u756a\u5730\u306f4\u756a\u5730\u3067\u3059\u3002",
        "2|2026-11-19T09:00:00Z||borealis|refund|email||||Please just refund it.",
    };
    struct fixture f;
    (void)state;
    for (size_t i = 0; i < SIZES; i++) {
        begin(&f, sizes[i].rows, sizes[i].cols, SHEET_CONTACTS, 0, "id|at|exception|brand|driver|via|by|before_message|repeat|text", rows, 3)->cursor = 1;
        compare(&f, "sheet_contacts", sizes[i].name);
    }
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_dictionary), cmocka_unit_test(a_line_in_full), cmocka_unit_test(when_there_is_nothing), cmocka_unit_test(contacts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
