/* A network that falls silent without closing, four ways at once: every screen says so within seconds, what was asked for
 * happens once, and all of them are true again when it moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "e2e/trouble.h"
#include "e2e/world.h"

enum { WAYS = 4 };
static const struct way {
    const char *word;          /* what the network does */
    const char *row;           /* and whose claim is on its way then; "" nothing is */
} ways[WAYS] = {
    {"down", "1ZSTALLDOWN000001"},     /* done, and the answer lost: a COMMIT nobody hears of */
    {"up", "1ZSTALLUP00000001"},       /* it never gets there */
    {"down 300", "1ZSTALLMID0000001"}, /* the answer breaks off in its middle */
    {"both", ""},                      /* nobody asks anything: a key that does nothing is enough to notice */
};

static char cluster[300];
static struct terminal t[WAYS];
static struct line lines[WAYS];

static void open_behind(struct terminal *out, const struct line *l, int rows, int cols)
{
    char dsn[600];
    const char *base = world_user("maria");
    snprintf(dsn, sizeof dsn, "host=127.0.0.1 port=%d %s", l->port, base);
    terminal_open(out, (char *[]){getenv("DOORSTEP"), "--dsn", dsn, NULL}, "xterm-256color", rows, cols);
}

/* Whoever asks for nothing presses a key now and then that does nothing. */
static void pump_all(void)
{
    static int64_t typed_at;
    bool type = terminal_now_ns() - typed_at > 1000000000;
    typed_at = type ? terminal_now_ns() : typed_at;
    for (int i = 0; i < WAYS; i++) {
        if (type && !ways[i].row[0])
            terminal_type(&t[i], "k");
        terminal_pump(&t[i], 10);
    }
}

/* Before the deadline, with every screen alive. */
#define ALL_COME_TO(condition)                                                                        \
    for (int i = 0; i < WAYS; i++) {                                                                  \
        int64_t until = terminal_now_ns() + (int64_t)SOON * 1000000;                                  \
        while (!(condition) && terminal_now_ns() < until)                                             \
            pump_all();                                                                               \
        if (!(condition)) {                                                                           \
            terminal_dump(&t[i]);                                                                     \
            fail_msg("%s: never %s", ways[i].word, #condition);                                       \
        }                                                                                             \
    }

/* In hundredths of a second: when the kernel itself will ask whether the other side of what goes to this port is there. */
static unsigned kernel_looks_in(int port)
{
    char text[300];
    unsigned to, state, timer, when, soonest = UINT32_MAX;
    FILE *f = fopen("/proc/net/tcp", "r");
    assert_non_null(f);
    while (fgets(text, sizeof text, f))
        if (sscanf(text, " %*d: %*x:%*x %*x:%x %x %*x:%*x %x:%x", &to, &state, &timer, &when) == 4 && (int)to == port && state == 1 && timer == 2)
            soonest = when < soonest ? when : soonest;
    fclose(f);
    return soonest;
}

static void test_stalls(void **state)
{
    (void)state;
    char sql[300], find[64];
    for (int i = 0; i < WAYS; i++)
        if (ways[i].row[0])
            world_problem(ways[i].row);
    for (int i = 0; i < WAYS; i++) {
        line_open(&lines[i], cluster);
        open_behind(&t[i], &lines[i], 24, 80);
        SHOWS(t[i], "live");
        SHOWS_NO(t[i], "(loading");      /* rows that are read can grow old */
        unsigned looks_in;
        for (int64_t until = terminal_now_ns() + (int64_t)SOON * 1000000; (looks_in = kernel_looks_in(lines[i].port)) > 600 && terminal_now_ns() < until;)
            terminal_pump(&t[i], 20);        /* while something is on its way there, the kernel's timer is another */
        assert_in_range(looks_in, 0, 600);
        if (!ways[i].row[0])
            continue;
        snprintf(find, sizeof find, "/<C-u>tracking:%s<Enter>", ways[i].row);
        terminal_type(&t[i], find);
        SHOWS(t[i], ways[i].row);
        terminal_settle(&t[i], 300, 2000);
    }
    for (int i = 0; i < WAYS; i++) {
        line_is(&lines[i], ways[i].word);
        if (ways[i].row[0])
            terminal_type(&t[i], "c");
    }
    int64_t struck = terminal_now_ns();
    ALL_COME_TO(terminal_find(&t[i], "gave no sign for") >= 0)
    print_message("# noticed after %d ms\n", (int)((terminal_now_ns() - struck) / 1000000));
    for (int i = 0; i < WAYS; i++) {
        SHOWS(t[i], "rows from");
        line_is(&lines[i], "go");
    }
    ALL_COME_TO(terminal_find(&t[i], "live") >= 0 && terminal_find(&t[i], "rows from") < 0)
    for (int i = 0; i < WAYS; i++) {
        if (!ways[i].row[0])
            continue;
        snprintf(sql, sizeof sql, "SELECT count(*) FROM doorstep.activity a JOIN doorstep.exception e ON e.id = a.exception_id "
                 "WHERE e.tracking_number = '%s' AND a.verb = 'claim'", ways[i].row);
        BECOMES(t[i], sql, "1");
        SHOWS(t[i], "maria");
    }
}

/* Milliseconds until a dashboard is live. */
static int live_after(const char *hosts)
{
    struct terminal other;
    char dsn[600];
    snprintf(dsn, sizeof dsn, "%s %s", hosts, world_user("maria"));
    int64_t began = terminal_now_ns();
    terminal_open(&other, (char *[]){getenv("DOORSTEP"), "--dsn", dsn, NULL}, "xterm-256color", 24, 80);
    SHOWS(other, "live");
    int64_t took = terminal_now_ns() - began;
    assert_int_equal(terminal_close(&other), 0);
    return (int)(took / 1000000);
}

/* Two servers are named, and the first swallows what it is sent: it costs a second, not the ten that a connection may take. */
static void test_a_host_that_swallows(void **state)
{
    (void)state;
    char hosts[100];
    snprintf(hosts, sizeof hosts, "host=127.0.0.1 port=%d", lines[1].port);
    int straight = live_after(hosts);
    line_is(&lines[0], "both");
    snprintf(hosts, sizeof hosts, "host=127.0.0.1,127.0.0.1 port=%d,%d", lines[0].port, lines[1].port);
    int past = live_after(hosts);
    if (past > straight + 9000)
        fail_msg("it took %d ms to get past it, and %d without it", past, straight);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    trouble_dir(cluster, sizeof cluster, "a");
    world_move(cluster);
    world_open();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stalls),
        cmocka_unit_test(test_a_host_that_swallows),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    for (int i = 0; i < WAYS; i++) {
        terminal_close(&t[i]);
        line_close(&lines[i]);
    }
    world_close();
    trouble_pg("stop", cluster, NULL);
    return failed;
}
