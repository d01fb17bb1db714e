/* The same screen on every terminal: while rows change and windows are dragged from size to size, each
 * shows in the end, character for character, what xterm shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "e2e/world.h"

#define PARCELS 30
#define LINE 1024

static struct terminal xterm;
static int round_number;

static const struct { int rows, cols; } sizes[] = {{24, 80}, {16, 60}, {36, 120}, {60, 200}};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* Wide, combining, right-to-left and pictured names among plain ones; some rows leave, others come back. */
static void change_some(void)
{
    char sql[900];
    int n = round_number++;
    snprintf(sql, sizeof sql,
             "UPDATE doorstep.exception SET rev = rev + 1, severity = (enum_range(NULL::doorstep.severity))[1 + (id + %d) %% 4], "
             "customer_name = (ARRAY['Rosa Delgado', '\u5c71\u7530 \u592a\u90ce', 'Mu\u0308ller, Ju\u0308rgen', '\u05db\u05d4\u05df, \u05d9\u05e2\u05dc', "
             "'\U0001f4e6 Parcel \U0001f69a', '\u0e2a\u0e21\u0e0a\u0e32\u0e22 \u0e43\u0e08\u0e14\u0e35', '\uff26\uff35\uff2c\uff2c width'])[1 + (id + %d) %% 7] || ' %d' "
             "WHERE id %% 3 = %d %% 3",
             n, n, n, n);
    world_sql(sql);
}

static void pump_both(struct terminal *t, int ms)
{
    for (int64_t end = terminal_now_ns() + (int64_t)ms * 1000000; terminal_now_ns() < end;) {
        terminal_pump(&xterm, 2);
        terminal_pump(t, 2);
    }
}

/* The first line that differs, -1 when none does; `a` is what xterm shows. The views' counters are
 * asked for now and then, by each session when it likes: their line is not looked at. */
static int differs(struct terminal *t, char *a, char *b)
{
    for (int row = 0; row < t->rows; row += row == 0 ? 2 : 1) {
        snprintf(a, LINE, "%s", terminal_line(&xterm, row));
        snprintf(b, LINE, "%s", terminal_line(t, row));
        if (strcmp(a, b) != 0)
            return row;
    }
    return -1;
}

static void shows_the_same(struct terminal *t, const char *name)
{
    char a[LINE], b[LINE];
    int row = 0, turns = 0;
    pump_both(t, 40);
    for (int64_t end = terminal_now_ns() + (int64_t)SOON * 1000000; (row = differs(t, a, b)) >= 0 && terminal_now_ns() < end; turns++) {
        if (turns % 5 == 0) {         /* each cursor went with its row, and kept it where it was */
            terminal_type(&xterm, "j<Home>");
            terminal_type(t, "j<Home>");
        }
        pump_both(t, 25);
    }
    if (row >= 0) {
        terminal_dump(t);
        fprintf(stderr, "%s\n", a);
        fail_msg("%s at %dx%d: line %d should be as above", name, t->cols, t->rows, row);
    }
    if (t->rows >= 16 && terminal_find(t, "1ZTERM") < 0) {
        terminal_dump(t);
        fail_msg("%s at %dx%d shows no rows", name, t->cols, t->rows);
    }
}

static bool coloured(struct terminal *t)
{
    for (int row = 0; row < t->rows; row++)
        for (int col = 0; col < t->cols; col++) {
            VTermScreenCell cell;
            vterm_screen_get_cell(t->screen, (VTermPos){.row = row, .col = col}, &cell);
            if (!VTERM_COLOR_IS_DEFAULT_FG(&cell.fg) || !VTERM_COLOR_IS_DEFAULT_BG(&cell.bg))
                return true;
        }
    return false;
}

static void begin(struct terminal *t, const char *environment, const char *term)
{
    char dsn[512];
    snprintf(dsn, sizeof dsn, "%s", world_dsn("maria"));
    terminal_open(t, (char *[]){"env", (char *)environment, getenv("DOORSTEP"), "--dsn", dsn, NULL}, term, xterm.rows, xterm.cols);
    if (!terminal_wait(t, "1ZTERM", SOON)) {
        terminal_dump(t);
        fail_msg("%s does not begin", term);
    }
}

/* Dragged through all sizes while rows change, then looked at in each. */
static void drag(struct terminal *t, const char *name)
{
    for (int i = 0; i < 2 * SIZES; i++) {
        terminal_resize(&xterm, sizes[i % SIZES].rows, sizes[i % SIZES].cols);
        terminal_resize(t, sizes[i % SIZES].rows, sizes[i % SIZES].cols);
        change_some();
        terminal_type(t, i % 2 ? "j" : "<PgDn>");
        pump_both(t, 15);
        change_some();
    }
    for (int i = 0; i < SIZES; i++) {
        change_some();
        terminal_resize(&xterm, sizes[i].rows, sizes[i].cols);
        terminal_resize(t, sizes[i].rows, sizes[i].cols);
        change_some();
        shows_the_same(t, name);
    }
}

static void test_every_terminal(void **state)
{
    static const struct { const char *term, *environment; bool colours; } terms[] = {
        {"xterm-256color", "A=1", true}, {"screen-256color", "A=1", true}, {"tmux-256color", "A=1", true}, {"linux", "A=1", true},
        {"vt100", "A=1", false}, {"vt220", "A=1", false}, {"xterm-256color", "NO_COLOR=1", false}, {"xterm-mono", "A=1", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        struct terminal t;
        begin(&t, terms[i].environment, terms[i].term);
        drag(&t, terms[i].term);
        if (coloured(&t) != terms[i].colours)
            fail_msg("%s, %s: colours %s", terms[i].term, terms[i].environment, terms[i].colours ? "are missing" : "where there should be none");
        assert_int_equal(terminal_close(&t), 0);
    }
}

/* A window made small and large again before the program looks: its size is as ever, but what was cut off is drawn again. */
static void test_there_and_back(void **state)
{
    struct terminal t;
    int status, rows = xterm.rows, cols = xterm.cols;
    (void)state;
    begin(&t, "A=1", "xterm-256color");
    shows_the_same(&t, "before");
    kill(t.pid, SIGSTOP);
    assert_int_equal(waitpid(t.pid, &status, WUNTRACED), t.pid);
    assert_true(WIFSTOPPED(status));
    terminal_resize(&t, 16, 60);
    terminal_resize(&t, rows, cols);
    kill(t.pid, SIGCONT);
    shows_the_same(&t, "there and back");
    assert_int_equal(terminal_close(&t), 0);
}

static bool shows_what(struct terminal *t, const char *text, const char *no_more)
{
    return (!text || terminal_find(t, text) >= 0) && (!no_more || terminal_find(t, no_more) < 0);
}

/* Help, the board, reports, a sheet and the detail, on the terminals that are least like xterm. */
static void test_other_screens(void **state)
{
    static const char *const terms[] = {"vt100", "linux"};
    /* An Esc is waited for: with a key right behind it, it would be Alt. */
    static const struct { const char *keys, *shows, *no_more; } screens[] = {
        {"?", "Keys, filters and signs", NULL}, {"<Esc>", NULL, "Keys, filters and signs"}, {":board<Enter>", "Outage board", NULL}, {"<Esc>", NULL, "Outage board"},
        {":reports<Enter>", "Exceptions by carrier", NULL}, {"<Esc>", NULL, "Exceptions by carrier"}, {":dictionary<Enter>", "Put aside", NULL}, {"<Esc>", NULL, "Put aside"},
        {"l", "1 Summary*", NULL}, {"<Tab>", "2 Timeline*", NULL}, {"<Tab>", "3 Messages*", NULL}, {"<Esc>", NULL, "3 Messages*"},
        {"m", NULL, NULL}, {"<PgDn>", NULL, NULL}, {"<Esc>", NULL, "Message to"},
    };
    char a[LINE], b[LINE];
    (void)state;
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        struct terminal t;
        begin(&t, "A=1", terms[i]);
        shows_the_same(&t, terms[i]);
        for (size_t j = 0; j < sizeof screens / sizeof *screens; j++) {
            int row = 0;
            terminal_type(&xterm, screens[j].keys);
            terminal_type(&t, screens[j].keys);
            for (int64_t end = terminal_now_ns() + (int64_t)SOON * 1000000; !(shows_what(&xterm, screens[j].shows, screens[j].no_more) &&
                 shows_what(&t, screens[j].shows, screens[j].no_more)) && terminal_now_ns() < end;)
                pump_both(&t, 20);
            pump_both(&t, 80);
            for (int64_t end = terminal_now_ns() + (int64_t)SOON * 1000000; (row = differs(&t, a, b)) >= 0 && terminal_now_ns() < end;)
                pump_both(&t, 20);
            if (row >= 0)
                fail_msg("%s after \"%s\", line %d:\n%s\ninstead of\n%s", terms[i], screens[j].keys, row, b, a);
        }
        assert_int_equal(terminal_close(&t), 0);
    }
}

/* The tracking numbers of seven rows stand under their title. */
static bool keeps_columns(struct terminal *t)
{
    int head = terminal_find(t, "Tracking number");
    const char *at = head < 0 ? NULL : strstr(terminal_line(t, head), "Tracking number");
    if (!at)
        return false;
    long column = at - terminal_line(t, head);
    for (int row = head + 1; row < head + 8; row++) {
        at = strstr(terminal_line(t, row), "1ZTERM");
        if (!at || at - terminal_line(t, row) != column)
            return false;
    }
    return true;
}

/* A locale that knows nothing but ASCII gets nothing else, and keeps its columns. */
static void test_ascii(void **state)
{
    struct terminal t;
    (void)state;
    begin(&t, "LC_ALL=C", "vt100");
    for (int i = 0; i < 6; i++) {
        change_some();
        terminal_settle(&t, 80, 400);
    }
    for (int64_t end = terminal_now_ns() + (int64_t)SOON * 1000000; !keeps_columns(&t) && terminal_now_ns() < end;)
        terminal_pump(&t, 20);
    for (size_t i = 0; i < t.tail_len; i++)
        assert_true((unsigned char)t.tail[i] < 0x80);
    assert_true(keeps_columns(&t));
    assert_int_equal(terminal_close(&t), 0);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    world_open();
    for (int i = 0; i < PARCELS; i++) {
        char number[32];
        snprintf(number, sizeof number, "1ZTERM%012d", i);
        world_problem(number);
    }
    world_dashboard(&xterm, "maria", 24, 80);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_terminal), cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_other_screens),
        cmocka_unit_test(test_ascii),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    terminal_close(&xterm);
    world_close();
    return failed;
}
