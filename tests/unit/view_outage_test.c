/* Outages: the banner, the lines above the list, the board, declaring one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>

#include "unit/golden.h"

static struct outage_row rows[4];

static void fill_rows(void)
{
    static const struct { const char *title, *scope, *by, *message; int64_t at, exceptions, fresh, held; bool hold, pause; } from[] = {
        {"UPS region:TX", "carrier:ups region:TX", "okafor", "UPS Dallas hub is flooded, no scans since 11", AGO(MINUTES(163)), 312, 41, 28, true, true},
        {"FedEx service:ground", "carrier:fedex service:ground", "dana", "FedEx Ground scans come hours late", AGO(HOURS(26)), 1204, 0, 0, false, false},
        {"Evri", "carrier:evri", "okafor", "Strike", AGO(MINUTES(20)), 1, 1, 3, true, false},
        {"DHL Express country:JP", "carrier:dhl country:JP", "dana", "Customs are closed", AGO(DAYS(2)), 57, 2, 9, true, true},
    };
    for (size_t i = 0; i < 4; i++) {
        rows[i] = (struct outage_row){.id = (int32_t)i + 3, .started_at = from[i].at, .until = i == 2 ? IN(HOURS(4)) : WHEN_NONE,
            .ended_at = WHEN_NONE, .exceptions = from[i].exceptions, .fresh = from[i].fresh, .held = from[i].held,
            .hold_messages = from[i].hold, .pause_sla = from[i].pause, .overridden = i ? 0 : 214};
        COPY_TEXT(rows[i].title, from[i].title);
        COPY_TEXT(rows[i].scope, from[i].scope);
        COPY_TEXT(rows[i].by, from[i].by);
        COPY_TEXT(rows[i].message, from[i].message);
    }
}

/* A session with n live outages, standing as lines above the list. */
static void init(struct fixture *f, int height, int width, size_t n)
{
    fixture_init(f, height, width);
    fill_rows();
    struct model *m = &f->m;
    m->hello.level = ROLE_LEAD;
    m->control.known = true;
    m->control.read_at = FIXTURE_NOW;
    m->control.state.outages = rows;
    m->control.state.outage_count = n;
    m->groups.count = n;
    for (size_t i = 0; i < n; i++)
        m->groups.at[i] = (struct outage_group){.id = rows[i].id, .here = i == 1 ? -1000 : rows[i].exceptions,
                                                .fresh = rows[i].fresh, .breaching = i == 1 ? 5 : 0};
}

static void compare(struct fixture *f, const char *name, bool styles)
{
    golden_compare(f, name, styles);
    fixture_finish(f);
}

static void queue(void **state)
{
    static const struct { int rows, cols; size_t n; const char *name; bool styles, ascii; } shots[] = {
        {24, 80, 1, "outage_queue_80x24", true, false}, {36, 120, 2, "outage_queue_120x36", true, false},
        {16, 60, 1, "outage_queue_60x16", false, false}, {24, 80, 4, "outage_queue_four", false, false},
        {60, 200, 4, "outage_queue_200x60", false, false}, {24, 80, 2, "outage_queue_ascii", false, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof shots / sizeof shots[0]; i++) {
        struct fixture f;
        init(&f, shots[i].rows, shots[i].cols, shots[i].n);
        f.m.settings.ascii = shots[i].ascii;
        compare(&f, shots[i].name, shots[i].styles);
    }
}

static void on_a_line(void **state)
{
    struct fixture f;
    (void)state;
    init(&f, 24, 80, 2);
    f.m.groups.on = 3;
    compare(&f, "outage_line_80x24", true);
    init(&f, 60, 200, 2);
    f.m.groups.on = 3;
    compare(&f, "outage_line_200x60", false);
    init(&f, 24, 80, 2);                      /* it ended while the cursor stood on it */
    f.m.control.state.outages = rows + 1;
    f.m.control.state.outage_count = f.m.groups.count = 1;
    f.m.groups.at[0] = f.m.groups.at[1];
    f.m.groups.on = 3;
    f.m.groups.ended = rows[0];
    f.m.groups.ended.ended_at = FIXTURE_NOW;
    f.m.groups.ended.follow_up = 87;
    COPY_TEXT(f.m.groups.ended.ended_by, "okafor");
    f.m.groups.ended_line = (struct outage_group){.id = 3, .here = 87};
    compare(&f, "outage_line_ended", false);
    init(&f, 24, 80, 1);                      /* the filter hides some of it; what was said takes two lines */
    f.m.groups.at[0].here = 25;
    COPY_TEXT(f.m.toast, "outage 3 declared: UPS region:TX, 312 exceptions; automatic messages are held; batch 7 waits for a second lead");
    f.m.toast_level = TOAST_GOOD;
    compare(&f, "outage_line_said", false);
}

static void opened(void **state)
{
    struct fixture f;
    (void)state;
    init(&f, 24, 80, 1);
    f.m.groups.count = 0;
    f.m.groups.open = 3;
    COPY_TEXT(f.m.filter, "state:new,working outage:3");
    f.m.filter_edited = true;
    for (size_t i = 0; i < f.m.queue.count; i++) {     /* its clocks stand, but the snoozed and resolved ones have none */
        f.m.queue.rows[i].outage = 3;
        f.m.queue.rows[i].due_at = WHEN_NONE;
    }
    compare(&f, "outage_open", false);
    init(&f, 24, 80, 0);                      /* it ended meanwhile */
    f.m.groups.open = 3;
    COPY_TEXT(f.m.filter, "outage:3");
    f.m.filter_edited = true;
    f.m.groups.shown = rows[0];
    f.m.groups.shown.ended_at = FIXTURE_NOW;
    f.m.groups.shown.follow_up = 87;
    COPY_TEXT(f.m.groups.shown.ended_by, "okafor");
    compare(&f, "outage_open_ended", false);
}

static void elsewhere(void **state)
{
    struct fixture f;
    (void)state;
    init(&f, 24, 80, 2);
    f.m.screen = SCREEN_DETAIL;
    compare(&f, "outage_detail", false);
    init(&f, 24, 80, 1);
    f.m.link = LINK_DOWN;
    f.m.retry_at = IN(3400);
    f.m.control.read_at = AGO(MINUTES(4));
    f.m.queue.read_at = AGO(MINUTES(4));
    COPY_TEXT(f.m.link_error.text, "The server closed the connection; trying again by itself.");
    compare(&f, "outage_disconnected", false);
}

/* ---- the board ---- */

static struct suggestion suggestions[1];
static struct board_row lines[6];

static struct board *board(bool lanes)
{
    static struct board b;
    static const struct { const char *carrier, *name, *service, *region; int64_t open, scan; int32_t hour; double usual, ratio, gap; int32_t outage; bool suggested; } from[] = {
        {"ups", "UPS", "ground", "TX", 312, AGO(MINUTES(179)), 41, 3.1, 10.2, 420, 3, false},
        {"evri", "Evri", "standard", "", 96, AGO(MINUTES(2)), 14, 5.0, 2.5, 300, 0, true},
        {"fedex", "FedEx", "ground", "CA", 1204, AGO(MINUTES(1)), 22, 19.4, 1.1, 60, 0, false},
        {"usps", "USPS", "priority", "NY", 88, AGO(MINUTES(9)), 4, 6.2, 0.7, 900, 0, false},
        {"royalmail", "Royal Mail International", "tracked 48", "ENG", 12, WHEN_NONE, 0, 0.3, 0.8, 0, 0, false},
    };
    for (size_t i = 0; i < 5; i++) {
        struct board_row *r = &lines[i];
        *r = (struct board_row){.open = from[i].open, .last_scan_at = from[i].scan, .new_hour = from[i].hour, .baseline = from[i].usual,
            .ratio = from[i].ratio, .usual_gap_s = from[i].gap, .outage_id = from[i].outage, .suggested = from[i].suggested, .lanes = 4};
        COPY_TEXT(r->carrier, lanes ? "ups" : from[i].carrier);
        COPY_TEXT(r->carrier_name, lanes ? "UPS" : from[i].name);
        COPY_TEXT(r->service, lanes ? from[i].service : "");
        COPY_TEXT(r->region, lanes ? from[i].region : "");
        for (int h = 0; h < BOARD_HOURS; h++)
            r->spark[h] = i == 0 ? (h < 20 ? h % 3 : (h - 19) * 9) : i == 4 ? 0 : (int32_t)((h * 7 + (int)i * 3) % 11);
    }
    suggestions[0] = (struct suggestion){.id = 9, .at = AGO(MINUTES(6)), .kind = "rate"};
    COPY_TEXT(suggestions[0].scope, "carrier:evri");
    COPY_TEXT(suggestions[0].why, "14 new in the last hour against 5 usually");
    b = (struct board){.rows = lines, .count = 5, .suggestions = lanes ? NULL : suggestions, .suggestion_count = !lanes, .at = FIXTURE_NOW};
    return &b;
}

static void boards(void **state)
{
    static const struct { int rows, cols; const char *name; bool ascii, lanes, styles; size_t cursor; } shots[] = {
        {24, 80, "board_80x24", false, false, true, 0}, {36, 120, "board_120x36", false, false, true, 1},
        {16, 60, "board_60x16", false, false, false, 6}, {24, 80, "board_ascii", true, false, false, 2},
        {24, 80, "board_lanes_80x24", false, true, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof shots / sizeof shots[0]; i++) {
        struct fixture f;
        init(&f, shots[i].rows, shots[i].cols, 2);
        f.m.screen = SCREEN_BOARD;
        f.m.settings.ascii = shots[i].ascii;
        f.m.board.read_at = FIXTURE_NOW;
        f.m.board.cursor = shots[i].cursor;
        *(shots[i].lanes ? &f.m.board.lanes : &f.m.board.all) = board(shots[i].lanes);
        COPY_TEXT(f.m.board.carrier, shots[i].lanes ? "ups" : "");
        compare(&f, shots[i].name, shots[i].styles);
    }
    struct fixture f;
    init(&f, 24, 80, 2);                           /* no number is cut, however many there are */
    f.m.screen = SCREEN_BOARD;
    f.m.board.read_at = FIXTURE_NOW;
    f.m.board.all = board(false);
    lines[0].open = 1294421;
    lines[0].new_hour = 126693;
    lines[0].ratio = 40868.7;
    lines[1].baseline = 12345.6;
    rows[1].until = IN(HOURS(20));                 /* when it ends by itself comes before who declared it when */
    compare(&f, "board_many", false);
    init(&f, 24, 80, 0);
    f.m.screen = SCREEN_BOARD;
    compare(&f, "board_loading", false);
}

/* ---- declaring ---- */

static struct outage_preview preview;

static void declaring(struct fixture *f, int height, int width)
{
    init(f, height, width, 0);
    struct declaring *d = &f->m.declaring;
    f->m.screen = SCREEN_OUTAGE;
    preview = (struct outage_preview){.exceptions = 312, .open = 1204, .owned = 271, .shipments = 3120, .messages = 28, .clocks = 290, .allowed = true};
    COPY_TEXT(preview.title, "UPS region:TX");
    *d = (struct declaring){.hold = true, .status = STATUS_COUNT, .until = WHEN_NONE, .preview = &preview, .read_at = FIXTURE_NOW};
    COPY_TEXT(d->scope, "carrier:ups region:TX");
    COPY_TEXT(d->message, "UPS Dallas hub is flooded, no scans since 11; do not promise dates to Texas");
}

static void declare(void **state)
{
    static const struct { int rows, cols; const char *name; bool ascii, styles; } shots[] = {
        {24, 80, "declare_80x24", false, true}, {36, 120, "declare_120x36", false, true}, {16, 60, "declare_60x16", false, false},
        {24, 80, "declare_ascii", true, false},
    };
    struct fixture f;
    (void)state;
    for (size_t i = 0; i < sizeof shots / sizeof shots[0]; i++) {
        declaring(&f, shots[i].rows, shots[i].cols);
        f.m.settings.ascii = shots[i].ascii;
        compare(&f, shots[i].name, shots[i].styles);
    }
    declaring(&f, 24, 80);
    f.m.declaring.field = FORM_PAUSE;
    f.m.declaring.pause = true;
    f.m.declaring.status = STATUS_DELAYED;
    f.m.declaring.until = IN(HOURS(20));
    preview.overlaps = 1;
    preview.allowed = false;
    COPY_TEXT(preview.warning, "that is every open exception of UPS");
    COPY_TEXT(preview.refusal, "that is everything: say a carrier, service, region or brand");
    compare(&f, "declare_refused", false);
    declaring(&f, 24, 80);
    f.m.declaring.preview = NULL;
    f.m.declaring.scope[0] = f.m.declaring.message[0] = '\0';
    compare(&f, "declare_empty", false);
    declaring(&f, 24, 80);
    f.m.declaring.preview = NULL;
    f.m.declaring.id = 3;
    f.m.declaring.was = rows[0];
    f.m.declaring.field = FORM_MESSAGE;
    compare(&f, "declare_change", false);
}

/* At every size each screen stays within its cells. */
static void every_size(void **state)
{
    (void)state;
    for (int height = 1; height <= 40; height += height < 14 ? 6 : 3)
        for (int width = 1; width <= 170; width += width < 58 ? 19 : 7)
            for (int what = 0; what < 5; what++) {
                struct fixture f;
                declaring(&f, height, width);
                f.m.screen = what < 2 ? SCREEN_QUEUE : what < 4 ? SCREEN_BOARD : SCREEN_OUTAGE;
                f.m.control.state.outage_count = f.m.groups.count = what == 4 ? 0 : 4;
                for (size_t i = 0; i < 4; i++)
                    f.m.groups.at[i] = (struct outage_group){.id = rows[i].id, .here = 9};
                f.m.groups.on = what == 1 ? 5 : 0;
                f.m.board.all = board(false);
                f.m.board.cursor = what == 3 ? 9 : 0;
                view_render(&f.m, &f.s);
                for (int i = 0; i < f.s.rows * f.s.cols; i++)
                    assert_true(f.s.cells[i].style < STYLE_COUNT);
                assert_in_range(f.s.cursor_row, 0, f.s.rows - 1);
                fixture_finish(&f);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queue), cmocka_unit_test(on_a_line), cmocka_unit_test(opened), cmocka_unit_test(elsewhere),
        cmocka_unit_test(boards), cmocka_unit_test(declare), cmocka_unit_test(every_size),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
