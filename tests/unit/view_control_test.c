/* The screens of cases, overrides and batches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>

#include "app/cases.h"
#include "app/override.h"
#include "unit/control_fixture.h"
#include "unit/golden.h"

static const struct { int rows, cols; const char *name; } sizes[] = {{36, 120, "120x36"}, {24, 80, "80x24"}, {16, 60, "60x16"}};
#define SIZES (sizeof sizes / sizeof sizes[0])

static void compare(struct fixture *f, const char *name, size_t size)
{
    char full[80];
    snprintf(full, sizeof full, "%s_%s", name, sizes[size].name);
    golden_compare(f, full, false);
    cases_finish(&f->m);
    override_finish(&f->m);
    fixture_finish(f);
}

static void begin(struct fixture *f, size_t size, enum screen_id screen)
{
    fixture_init(f, sizes[size].rows, sizes[size].cols);
    f->m.screen = screen;
    f->m.countdown.until = WHEN_NONE;
    f->m.overriding.until = WHEN_NONE;
}

static void case_tab(void **state)
{
    struct fixture f;
    (void)state;
    for (size_t i = 0; i < SIZES; i++) {
        begin(&f, i, SCREEN_DETAIL);
        struct cases *c = &f.m.cases;
        f.m.tab = TAB_CASE;
        c->of = 48121;
        c->tab.known = true;
        c->tab.rows = case_fixture_rows(48121, FIXTURE_NOW, &c->tab.count);
        c->shown = case_fixture(&c->tab.rows[0], FIXTURE_NOW);
        compare(&f, "case_tab", i);
    }
    begin(&f, 1, SCREEN_DETAIL);
    f.m.tab = TAB_CASE;
    f.m.cases.of = 48121;
    f.m.cases.tab.known = true;
    compare(&f, "case_tab_empty", 1);
}

static void case_list(void **state)
{
    struct fixture f;
    (void)state;
    for (size_t i = 0; i < SIZES; i++) {
        begin(&f, i, SCREEN_CASES);
        struct cases *c = &f.m.cases;
        c->list.known = true;
        c->list.rows = case_fixture_rows(48121, FIXTURE_NOW, &c->list.count);
        c->list.read_at = FIXTURE_NOW;
        c->list.cursor = 1;
        compare(&f, "cases", i);
    }
    begin(&f, 1, SCREEN_CASES);
    f.m.link = LINK_DOWN;
    f.m.retry_at = IN(4000);
    compare(&f, "cases_down", 1);
}

static void one_case(void **state)
{
    struct fixture f;
    (void)state;
    for (size_t i = 0; i < SIZES; i++) {
        begin(&f, i, SCREEN_CASE);
        size_t n;
        struct case_row *rows = case_fixture_rows(48121, FIXTURE_NOW, &n);
        f.m.cases.wanted = 14;
        f.m.cases.shown = case_fixture(&rows[0], FIXTURE_NOW);
        free(rows);
        compare(&f, "case", i);
    }
}

static void new_case(void **state)
{
    struct fixture f;
    (void)state;
    for (size_t i = 0; i < SIZES; i++) {
        begin(&f, i, SCREEN_CASE_NEW);
        struct case_form *form = &f.m.form;
        *form = (struct case_form){.type = CASE_CLAIM, .priority = CASE_PRIORITY_HIGH, .id_count = i == 1 ? 12 : 1, .ids = xcalloc(12, sizeof *form->ids)};
        form->ids[0] = 48121;
        form->draft = case_fixture_draft(48121, CASE_CLAIM, 0);
        COPY_TEXT(form->subject, form->draft->row.subject);
        COPY_TEXT(form->tags, form->draft->tags);
        if (i == 0)
            COPY_TEXT(form->note, "The customer sent photographs; the box was open when it came.");
        if (i == 2)
            COPY_TEXT(form->trouble, "#48121 was resolved by dana a moment ago");
        compare(&f, "case_new", i);
    }
}

static void overrides_tab(void **state)
{
    struct fixture f;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        begin(&f, i, SCREEN_DETAIL);
        f.m.tab = TAB_OVERRIDES;
        f.m.context->row.carrier_status = STATUS_OUT_FOR_DELIVERY;
        f.m.overrides.id = 48121;
        f.m.overrides.rows = overrides_fixture(FIXTURE_NOW, &f.m.overrides.count);
        compare(&f, "overrides_tab", i);
    }
}

static void override(void **state)
{
    struct fixture f;
    (void)state;
    for (size_t i = 0; i < SIZES; i++) {
        begin(&f, i, SCREEN_OVERRIDE);
        struct overriding *o = &f.m.overriding;
        f.m.hello.level = ROLE_LEAD;
        *o = (struct overriding){.id_count = 343, .ids = xcalloc(343, sizeof *o->ids), .status = STATUS_DELAYED, .until = WHEN_NONE, .preview_at = AGO(12000)};
        o->preview = preview_fixture(312, IN(DAYS(2)));
        o->stale = i == 0;
        if (i != 1)
            COPY_TEXT(o->note, "UPS hub in Dallas is down since the storm; scans come late");
        compare(&f, "override", i);
    }
    begin(&f, 1, SCREEN_OVERRIDE);
    f.m.overriding = (struct overriding){.id_count = 1, .ids = xcalloc(1, sizeof *f.m.overriding.ids), .status = STATUS_LOST, .until = WHEN_NONE};
    f.m.overriding.ids[0] = 48121;
    compare(&f, "override_counting", 1);
}

static void batches(void **state)
{
    struct fixture f;
    (void)state;
    for (size_t i = 0; i < SIZES; i++) {
        begin(&f, i, SCREEN_BATCHES);
        struct batches *b = &f.m.batches;
        f.m.hello.level = ROLE_LEAD;
        b->rows = batches_fixture(FIXTURE_NOW, &b->count);
        b->known = true;
        b->which = BATCHES_ALL;
        b->cursor = i;
        b->rows[0].status = STATUS_AVAILABLE_FOR_PICKUP;          /* longer than its column at 80 */
        f.m.control.state.pending_mine = 2;                       /* the badge */
        f.m.control.state.conflicts = i == 0 ? 3 : 0;
        compare(&f, "batches", i);
    }
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(case_tab), cmocka_unit_test(case_list), cmocka_unit_test(one_case), cmocka_unit_test(new_case),
        cmocka_unit_test(overrides_tab), cmocka_unit_test(override), cmocka_unit_test(batches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
