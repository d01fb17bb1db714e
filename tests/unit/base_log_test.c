#include "base/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int ends[2];

/* What reached the pipe since the last call. */
static const char *said(void)
{
    static char text[4096];
    ssize_t n = read(ends[0], text, sizeof text - 1);
    text[n < 0 ? 0 : n] = '\0';
    return text;
}

static int open_pipe(void **state)
{
    (void)state;
    return pipe2(ends, O_NONBLOCK);
}

static void a_line_is_one_clean_line(void **state)
{
    (void)state;
    log_open(ends[1], LOG_INFO);
    log_line(LOG_WARN, "carrier %s is down", "ups\x1b[2J\nfake: line\xE2\x80\xAE");
    assert_string_equal(said(), "doorstep: warning: carrier ups[2J fake: line is down\n");
}

static void levels_and_nowhere(void **state)
{
    (void)state;
    log_open(ends[1], LOG_WARN);
    log_line(LOG_INFO, "not asked for");
    assert_string_equal(said(), "");
    log_line(LOG_ERROR, "asked for");
    assert_string_equal(said(), "doorstep: error: asked for\n");
    log_open(-1, LOG_DEBUG);
    log_line(LOG_ERROR, "nowhere");
    assert_string_equal(said(), "");
}

static void a_long_line_is_cut_and_still_ends(void **state)
{
    char word[3000];
    (void)state;
    memset(word, 'x', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    log_open(ends[1], LOG_DEBUG);
    log_line(LOG_DEBUG, "%s", word);
    const char *line = said();
    assert_in_range(strlen(line), 1000, 1100);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void a_full_pipe_does_not_stop_the_program(void **state)
{
    (void)state;
    log_open(ends[1], LOG_DEBUG);
    for (int i = 0; i < 5000; i++)
        log_line(LOG_DEBUG, "a line of some forty characters, number %d", i);
    assert_int_equal(strncmp(said(), "doorstep: debug: a line", 23), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_one_clean_line),
        cmocka_unit_test(levels_and_nowhere),
        cmocka_unit_test(a_long_line_is_cut_and_still_ends),
        cmocka_unit_test(a_full_pipe_does_not_stop_the_program),
    };
    return cmocka_run_group_tests(tests, open_pipe, NULL);
}
