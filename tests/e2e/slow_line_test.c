/* A line of 4 KB a second behind a network that buffers a megabyte: the screen is about now, and keys
 * are answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "e2e/world.h"

#define RATE 4096
#define PARCELS 30
#define STORM_MS 6000
#define HELD_MS 2000
#define EVERY_MS 40
#define ROUNDS_MOST 1000
#define ROUNDS_LEAST 50
#define KEY_MOST_MS 60000    /* behind all that was drawn it would come later */

static struct terminal t;
static int64_t written_ns[ROUNDS_MOST];   /* when round i was in the database */
static int rounds;
static int64_t pumped_ns, pause_ms;          /* when last, and the longest time nobody read what the program wrote */

static int64_t ms_since(int64_t ns) { return (terminal_now_ns() - ns) / 1000000; }

static void pump(int ms)
{
    int64_t pause = pumped_ns ? ms_since(pumped_ns) : 0;
    pause_ms = pause > pause_ms ? pause : pause_ms;
    terminal_pump(&t, ms);
    pumped_ns = terminal_now_ns();
}

/* Every row changes, in three columns, and says which round it is of. */
static void change_all(void)
{
    char sql[300];
    snprintf(sql, sizeof sql,
             "UPDATE doorstep.exception SET customer_name = 'Round %04d', severity = '%s', kind = '%s', rev = rev + 1",
             rounds, rounds % 2 ? "high" : "critical", rounds % 2 ? "damaged" : "lost");
    world_sql(sql);
    written_ns[rounds++] = terminal_now_ns();
}

/* The oldest round on the screen; -1 when there is none. */
static int shown_round(void)
{
    int least = -1;
    for (int row = 0; row < t.rows; row++) {
        const char *at = strstr(terminal_line(&t, row), "Round ");
        int round = at ? (int)strtol(at + 6, NULL, 10) : -1;
        if (at && (least < 0 || round < least))
            least = round;
    }
    return least;
}

/* How old what is shown is: since when there is something newer. */
static int64_t lag_ms(void)
{
    int round = shown_round();
    return round < 0 || round + 1 >= rounds ? 0 : ms_since(written_ns[round + 1]);
}

/* A key that opens a line at the bottom, or closes it. */
static int64_t key_ms(const char *key)
{
    char before[512];
    snprintf(before, sizeof before, "%s", terminal_line(&t, t.rows - 1));
    int64_t began = terminal_now_ns(), changed = began;
    terminal_type(&t, key);
    while (strcmp(terminal_line(&t, t.rows - 1), before) == 0 && ms_since(began) < KEY_MOST_MS) {
        pump(5);
        if (ms_since(changed) >= EVERY_MS) {
            change_all();
            changed = terminal_now_ns();
        }
    }
    return ms_since(began);
}

/* A key held down, ten times as fast as a keyboard repeats it: its frames are twenty a second, and
 * what is shown when it is let go is where it led to. */
static void test_a_held_key(void **state)
{
    size_t markers = 0;
    int64_t began = terminal_now_ns();
    (void)state;
    t.tail_len = 0;
    for (int64_t i = 0; ms_since(began) < HELD_MS; i++) {
        terminal_type(&t, i / 10 % 2 ? "k" : "j");
        terminal_pump(&t, 3);
    }
    terminal_settle(&t, 150, 1000);
    for (size_t i = 0; i < t.tail_len; i++)
        markers += t.tail[i] == '>';
    int64_t took = ms_since(began);
    print_message("# %zu frames in %lld ms\n", markers, (long long)took);
    assert_in_range(markers, 1, took / 50 + 10);       /* six may be saved up */
    terminal_type(&t, "<Home>");
    for (began = terminal_now_ns(); terminal_line(&t, 3)[0] != '>' && ms_since(began) < SOON;)
        terminal_pump(&t, 20);
    assert_int_equal(terminal_line(&t, 3)[0], '>');
}

static void test_no_backlog(void **state)
{
    (void)state;
    bool open = false;
    int64_t lag_most = 0, key_most = 0, began = terminal_now_ns(), changed = 0, pressed = began;
    terminal_slow_line(&t, RATE);
    while ((ms_since(began) < STORM_MS || rounds <= ROUNDS_LEAST) && rounds < ROUNDS_MOST - 100) {
        if (ms_since(changed) >= EVERY_MS) {
            change_all();
            changed = terminal_now_ns();
        }
        pump(5);
        int64_t lag = lag_ms();
        lag_most = lag > lag_most ? lag : lag_most;
        if (ms_since(pressed) < 800)
            continue;
        int64_t key = key_ms(open ? "<Esc>" : "/");
        open = !open;
        key_most = key > key_most ? key : key_most;
        pressed = terminal_now_ns();
    }
    if (open)
        terminal_type(&t, "<Esc>");
    print_message("# %d rounds; at most %lld ms behind, a key answered in at most %lld ms, %zu bytes on their way\n",
                  rounds, (long long)lag_most, (long long)key_most, t.held_most);
    /* Bytes, not seconds, which are the machine's: what is on its way is as old as its bytes take. Who is not read for three
     * seconds may take an answer for lost, and draw once more (src/term/term_pace.c). */
    assert_in_range(t.held_most, 1, 6000 + 2 * pause_ms);
    assert_in_range(key_most, 0, KEY_MOST_MS - 1);
    assert_true(rounds > ROUNDS_LEAST);
}

/* When it is over the last state is there, whole. */
static void test_the_end_is_shown(void **state)
{
    char last[32];
    (void)state;
    change_all();
    snprintf(last, sizeof last, "Round %04d", rounds - 1);
    SHOWS(t, last);
    for (int64_t began = terminal_now_ns(); shown_round() != rounds - 1 && ms_since(began) < SOON;)
        terminal_pump(&t, 20);
    assert_int_equal(shown_round(), rounds - 1);
}

static void test_leaving_is_quiet(void **state)
{
    (void)state;
    int64_t began = terminal_now_ns();
    change_all();
    terminal_type(&t, "q");
    while (!t.closed && ms_since(began) < SOON)
        terminal_pump(&t, 20);
    assert_true(t.closed);
    assert_int_equal(terminal_close(&t), 0);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    world_open();
    for (int i = 0; i < PARCELS; i++) {
        char number[32];
        snprintf(number, sizeof number, "1ZSLOW%010d", i);
        world_problem(number);
    }
    world_dashboard(&t, "maria", 36, 120);
    if (!terminal_wait(&t, "1ZSLOW0000000003", SOON))
        terminal_dump(&t);
    terminal_settle(&t, 300, 2000);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_held_key),
        cmocka_unit_test(test_no_backlog),
        cmocka_unit_test(test_the_end_is_shown),
        cmocka_unit_test(test_leaving_is_quiet),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_close();
    return failed;
}
