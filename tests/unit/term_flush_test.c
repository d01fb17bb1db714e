/* What a frame costs on the wire, and that the terminal gets what the grid says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>

#include "unit/term_fixture.h"
#include "unit/view_fixture.h"
#include "view/theme.h"

static struct far_end far_end;
static struct fixture fixture;

static void begin(const char *name, int rows, int cols)
{
    struct err e = {0};
    far_open(&far_end, name, rows, cols);
    struct term_options o = {.in = far_end.slave, .out = far_end.slave, .title = true, .clipboard = true, .links = true, .bell = true};
    if (!term_open(&o, &e))
        fail_msg("%s", e.text);
    fixture_init(&fixture, rows, cols);
    fixture.m.settings.links = true;
}

static void end(void)
{
    fixture_finish(&fixture);
    far_close(&far_end);
}

static size_t frame(const char *theme)
{
    view_render(&fixture.m, &fixture.s);
    term_flush(&fixture.s, theme_find(theme)->look);
    return far_read(&far_end);
}

static void cursor_step(void)
{
    struct queue *q = &fixture.m.queue;
    q->cursor++;
    q->cursor_id = q->rows[q->cursor].id;
}

static void costs(void **state)
{
    /* "contrast" paints its own background, which every change of look has to state again. */
    static const struct { const char *theme; size_t step, leaving; } tried[] = {
        {"default", 60, 60}, {"light", 60, 60}, {"mono", 60, 60}, {"contrast", 70, 90},
    };
    (void)state;
    for (size_t i = 0; i < sizeof tried / sizeof tried[0]; i++) {
        begin("xterm-256color", 36, 120);
        size_t first = frame(tried[i].theme);
        assert_in_range(first, 1000, 8000);
        assert_int_equal(frame(tried[i].theme), 0);
        cursor_step();
        size_t leaving = frame(tried[i].theme);     /* the context says it is of another row */
        cursor_step();
        size_t step = frame(tried[i].theme);
        struct queue_row *r = &fixture.m.queue.rows[5];
        r->state = STATE_WORKING;
        r->marks = MARK_NOTE | MARK_ESCALATED;
        r->severity = SEVERITY_CRITICAL;
        r->due_at = AGO(MINUTES(90));
        COPY_TEXT(r->owner, "okafor");
        size_t row = frame(tried[i].theme);
        print_message("%s: first %zu, step %zu and %zu, row %zu bytes\n", tried[i].theme, first, leaving, step, row);
        assert_in_range(step, 1, tried[i].step);
        assert_in_range(leaving, 1, tried[i].leaving);
        assert_in_range(row, 1, 250);
        end();
    }
}

static void other_terminals(void **state)
{
    static const char *const names[] = {"xterm", "screen", "screen-256color", "linux", "vt100"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        begin(names[i], 24, 80);
        assert_in_range(frame("default"), 1000, 8000);
        assert_non_null(strstr(far_end.got, "1Z999AA10123456784"));
        bool plain = strcmp(names[i], "linux") == 0 || strcmp(names[i], "vt100") == 0;
        assert_true((strstr(far_end.got, "\x1b]8;;https://www.ups.com/") != NULL) == (i == 0));
        assert_true(term_copy("1Z999") == !plain);
        term_title("doorstep 31 new\x1b]0;x");
        far_read(&far_end);
        assert_true((strstr(far_end.got, "52;c;MVo5OTk=") != NULL) == !plain);
        assert_true((strstr(far_end.got, "\x1b]2;doorstep 31 new]0;x\a") != NULL) == !plain);
        end();
    }
}

/* Inside tmux the clipboard's sequence goes out twice: for tmux, and wrapped for the
 * terminal around it. Too much for a clipboard is refused, not cut. */
static void copying_in_tmux(void **state)
{
    static char much[TERM_COPY_MAX + 2];
    (void)state;
    begin("screen-256color", 24, 80);
    term_close();
    setenv("TMUX", "/tmp/x", 1);
    struct err e;
    struct term_options o = {.in = far_end.slave, .out = far_end.slave, .clipboard = true};
    assert_true(term_open(&o, &e));
    far_read(&far_end);
    assert_true(term_copy("1Z999"));
    far_read(&far_end);
    assert_string_equal(far_end.got, "\x1b]52;c;MVo5OTk=\a\x1bPtmux;\x1b\x1b]52;c;MVo5OTk=\a\x1b\\");
    memset(much, 'x', sizeof much - 1);
    assert_false(term_copy(much));
    assert_int_equal(far_read(&far_end), 0);
    unsetenv("TMUX");
    end();
}

/* The locale cannot show them: no byte beyond ASCII leaves, and columns stay. */
static void ascii_locale(void **state)
{
    (void)state;
    setlocale(LC_ALL, "C");
    begin("vt100", 24, 80);
    fixture.m.settings.ascii = true;
    COPY_TEXT(fixture.m.queue.rows[1].customer, "O\u2019Neil\u2013Ro\u2026");   /* people's signs have signs like them */
    frame("mono");
    assert_non_null(strstr(far_end.got, "O'Neil-Ro."));
    for (size_t i = 0; i < far_end.len; i++)
        assert_true((unsigned char)far_end.got[i] < 0x80);
    end();
    setlocale(LC_ALL, "C.UTF-8");
}

static void resize_and_redraw(void **state)
{
    int rows, cols;
    struct winsize size = {.ws_row = 30, .ws_col = 100};
    (void)state;
    begin("xterm-256color", 24, 80);
    frame("default");
    assert_int_equal(ioctl(far_end.master, TIOCSWINSZ, &size), 0);
    term_resized(&rows, &cols);
    assert_int_equal(rows, 30);
    assert_int_equal(cols, 100);
    assert_int_equal(frame("default"), 0);           /* a frame of the old size is not drawn */
    fixture.m.rows = rows;
    fixture.m.cols = cols;
    screen_resize(&fixture.s, rows, cols);
    assert_in_range(frame("default"), 1000, 8000);
    assert_int_equal(frame("default"), 0);
    term_redraw();
    assert_in_range(frame("default"), 1000, 8000);
    assert_in_range(frame("mono"), 100, 8000);       /* another theme, the same text */
    end();
}

/* The terminal is left as it was found: alternate screen, cursor, pastes, title. */
static void leaving(void **state)
{
    struct termios before, during, after;
    (void)state;
    far_open(&far_end, "xterm-256color", 24, 80);
    tcgetattr(fileno(far_end.slave), &before);
    far_close(&far_end);
    begin("xterm-256color", 24, 80);
    frame("default");
    term_title("x");
    tcgetattr(fileno(far_end.slave), &during);
    assert_false(during.c_lflag & (ICANON | ECHO | ISIG));
    far_read(&far_end);
    term_suspend();
    far_read(&far_end);
    assert_non_null(strstr(far_end.got, "\x1b[?1049l"));
    assert_non_null(strstr(far_end.got, "\x1b[?2004l"));
    assert_int_equal(frame("default"), 0);
    term_resume();
    assert_in_range(frame("default"), 1000, 8000);
    assert_non_null(strstr(far_end.got, "\x1b[?2004h"));
    term_title("y");
    far_read(&far_end);
    term_close();
    far_read(&far_end);
    static const char *const wanted[] = {"\x1b[?1049l", "\x1b[?2004l", "\x1b[?12l\x1b[?25h", "\x1b]2;\a\x1b[23;2t"};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        assert_non_null(strstr(far_end.got, wanted[i]));
    tcgetattr(fileno(far_end.slave), &after);
    assert_int_equal(after.c_lflag & (ICANON | ECHO | ISIG), before.c_lflag & (ICANON | ECHO | ISIG));
    end();
}

/* A stopped terminal takes nothing: the program is told before it writes into it. */
static void slow_terminal(void **state)
{
    (void)state;
    begin("xterm-256color", 24, 80);
    frame("default");
    assert_true(term_writable());
    assert_int_equal(tcflow(fileno(far_end.slave), TCOOFF), 0);
    assert_false(term_writable());
    assert_int_equal(tcflow(fileno(far_end.slave), TCOON), 0);
    assert_true(term_writable());
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(costs), cmocka_unit_test(other_terminals), cmocka_unit_test(copying_in_tmux),
        cmocka_unit_test(ascii_locale),
        cmocka_unit_test(resize_and_redraw), cmocka_unit_test(leaving), cmocka_unit_test(slow_terminal),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
