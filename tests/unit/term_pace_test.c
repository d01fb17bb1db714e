/* A terminal behind a slow line: frames wait for it, keys do not; one that does not answer is not
 * waited for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>

#include "unit/term_fixture.h"
#include "unit/view_fixture.h"
#include "view/theme.h"

#define ASKED "\x1b[5n"
#define ANSWER "\x1b[0n"

static struct far_end far_end;
static struct fixture fixture;

static void begin(int rows, int cols)
{
    struct err e = {0};
    far_open(&far_end, "xterm-256color", rows, cols);
    struct term_options o = {.in = far_end.slave, .out = far_end.slave, .title = true, .clipboard = true, .bell = true};
    if (!term_open(&o, &e))
        fail_msg("%s", e.text);
    fixture_init(&fixture, rows, cols);
}

static void end(void)
{
    fixture_finish(&fixture);
    far_close(&far_end);
}

static void frame(const char *theme)
{
    view_render(&fixture.m, &fixture.s);
    term_flush(&fixture.s, theme_find(theme)->look);
    far_read(&far_end);
}

/* Nothing of it is a key; true when a key came beside it. */
static bool answer(const char *bytes, uint32_t key)
{
    struct term_event e;
    far_type(&far_end, bytes, strlen(bytes));
    struct pollfd p = {.fd = term_fd(), .events = POLLIN};
    assert_true(poll(&p, 1, FAR_MS) > 0);
    bool came = term_next(&e);
    if (came)
        assert_int_equal(e.key.code, key);
    assert_false(term_next(&e));
    return came;
}

static bool asked(void) { return strstr(far_end.got, ASKED) != NULL; }

static void frames_wait_for_the_answer(void **state)
{
    (void)state;
    begin(36, 120);
    frame("default");
    assert_true(asked());                            /* at the start */
    assert_true(term_writable());                    /* who knows whether it ever answers */
    assert_false(answer(ANSWER, 0));
    assert_false(term_writable());                   /* the first frame is on its way */
    far_read(&far_end);
    assert_true(asked());
    assert_true(answer("j" ANSWER, 'j'));            /* a key is a key all the same */
    assert_true(term_writable());
    frame("default");
    assert_false(asked());                           /* nothing was drawn */
    frame("mono");
    assert_true(asked());
    assert_false(term_writable());
    assert_false(answer(ANSWER ANSWER ANSWER, 0));   /* more than were asked for */
    assert_true(term_writable());
    end();
}

/* Small frames go out without waiting for each other. */
static void little_is_not_held_back(void **state)
{
    (void)state;
    begin(36, 120);
    frame("default");
    answer(ANSWER, 0);
    answer(ANSWER, 0);
    far_read(&far_end);
    for (int i = 0; i < 4; i++) {
        fixture.m.queue.cursor++;
        fixture.m.queue.cursor_id = fixture.m.queue.rows[fixture.m.queue.cursor].id;
        frame("default");
        assert_true(term_writable());
        assert_false(asked());
    }
    end();
}

static void a_silent_terminal_is_not_waited_for(void **state)
{
    static const char *const looks[] = {"mono", "default", "light"};
    (void)state;
    begin(36, 120);
    for (size_t i = 0; i < 9; i++) {
        frame(looks[i % 3]);
        assert_true(term_writable());
        assert_true(i == 0 || !asked());
    }
    end();
}

/* An answer that is lost is waited for for some seconds, not for ever, also after the next one came. */
static void a_lost_answer_does_not_freeze(void **state)
{
    (void)state;
    begin(16, 60);
    frame("default");
    answer(ANSWER, 0);
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    do {
        poll(NULL, 0, 20);
        clock_gettime(CLOCK_MONOTONIC, &to);
    } while (!term_writable() && to.tv_sec - from.tv_sec < FAR_MS / 1000);
    assert_in_range(to.tv_sec - from.tv_sec, 2, FAR_MS / 1000 - 1);
    assert_false(answer(ANSWER, 0));                 /* one of two */
    frame("mono");
    assert_false(term_writable());
    assert_false(answer(ANSWER, 0));
    far_read(&far_end);
    assert_true(asked());                            /* about the frame behind the question */
    assert_false(answer(ANSWER, 0));
    assert_true(term_writable());
    end();
}

/* A bell, a title or a copy for a stopped terminal stops nobody, and the last two come later. */
static void what_is_beside_the_frames_does_not_wait(void **state)
{
    struct timespec from, to;
    (void)state;
    begin(36, 120);
    frame("default");
    assert_int_equal(tcflow(fileno(far_end.slave), TCOOFF), 0);
    clock_gettime(CLOCK_MONOTONIC, &from);           /* each would wait for a second */
    for (int i = 0; i < 10; i++) {
        term_bell();
        term_title("31 new");
    }
    assert_true(term_copy("1Z999"));
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_true(to.tv_sec - from.tv_sec < 10);
    assert_int_equal(tcflow(fileno(far_end.slave), TCOON), 0);
    frame("default");
    assert_non_null(strstr(far_end.got, "\x1b]2;31 new\a"));
    assert_non_null(strstr(far_end.got, "52;c;MVo5OTk="));
    end();
}

/* The answers still due are not typed at the shell that comes after. */
static void answers_do_not_reach_the_shell(void **state)
{
    (void)state;
    begin(36, 120);
    frame("default");
    answer(ANSWER, 0);
    far_type(&far_end, ANSWER, 4);
    struct pollfd p = {.fd = fileno(far_end.slave), .events = POLLIN};
    assert_int_equal(poll(&p, 1, FAR_MS), 1);
    term_close();
    assert_int_equal(poll(&p, 1, 0), 0);
    end();
}

static int ticks;

/* The far end reads after a while; until then the program is only disturbed. */
static void on_tick(int signo)
{
    static char drained[1 << 17];
    (void)signo;
    if (++ticks == 3 && read(far_end.master, drained, sizeof drained) < 0)
        ticks = 0;
}

/* How much a pty takes is the kernel's affair and moves while it is looked at, so it is filled with
 * the sequences themselves: one of them is in its midst when there is no room left. */
static void a_signal_cuts_no_sequence(void **state)
{
    char text[TERM_COPY_MAX + 1] = "", some[64];
    (void)state;
    begin(24, 80);
    int fd = fileno(far_end.slave), flags = fcntl(fd, F_GETFL);
    memset(text, 'y', sizeof text - 1);
    far_read(&far_end);
    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    fcntl(far_end.master, F_SETFL, fcntl(far_end.master, F_GETFL) | O_NONBLOCK);
    struct sigaction tick = {.sa_handler = on_tick}, before;
    sigaction(SIGALRM, &tick, &before);
    const struct itimerval often = {{0, 20000}, {0, 20000}}, never = {{0, 0}, {0, 0}};
    for (int i = 0; ticks < 3 && i < 1000; i++) {
        ticks = 0;                                     /* those that came beside the writing */
        setitimer(ITIMER_REAL, &often, NULL);
        assert_true(term_copy(text));
        setitimer(ITIMER_REAL, &never, NULL);
        if (!term_writable() && ticks < 3)             /* full between two of them */
            assert_true(read(far_end.master, some, sizeof some) != 0);
    }
    sigaction(SIGALRM, &before, NULL);
    fcntl(fd, F_SETFL, flags);
    far_read(&far_end);
    assert_true(ticks >= 3);
    assert_true(far_end.len > 0 && far_end.got[far_end.len - 1] == '\a');
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_wait_for_the_answer), cmocka_unit_test(little_is_not_held_back),
        cmocka_unit_test(a_silent_terminal_is_not_waited_for), cmocka_unit_test(a_lost_answer_does_not_freeze),
        cmocka_unit_test(what_is_beside_the_frames_does_not_wait), cmocka_unit_test(answers_do_not_reach_the_shell),
        cmocka_unit_test(a_signal_cuts_no_sequence),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
