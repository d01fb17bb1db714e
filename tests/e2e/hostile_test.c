/* A dashboard among hostile texts, and as an SSH forced command: nothing of the data steers the terminal, and nobody gets from
 * the screen to a shell or a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "e2e/world.h"

static struct terminal t;

/* ---- what it wrote to the terminal ---- */

static void looks_inert(const char *screen)
{
    static const char *const evil[] = {"\x1b]0;pwned", "\x1b[41mpwned", "\x07\x1b[41m", "\xC2\x9B", "\x9b\x34\x32m", "\xE2\x80\xAE", "\xE2\x80\x8B",
                                       "\xEF\xBB\xBF", "\xE2\x81\xA6"};
    for (size_t i = 0; i < sizeof evil / sizeof *evil; i++)
        if (memmem(t.tail, t.tail_len, evil[i], strlen(evil[i])))
            fail_msg("on %s the terminal got sequence %zu of the data", screen, i);
    t.tail_len = 0;
}

static void fill_the_database(void)
{
    static char sql[16384];
    FILE *f = fopen("tests/tools/hostile.sql", "r");
    assert_non_null(f);
    sql[fread(sql, 1, sizeof sql - 1, f)] = '\0';
    fclose(f);
    int columns = (int)strtol(world_sql(sql), NULL, 10);
    assert_true(columns > 40);
}

static void test_no_text_steers_the_terminal(void **state)
{
    (void)state;
    static const char *const screens[] = {"<Down>", "l", "2", "3", "4", "5", "6", "q", "m", "<Esc>", ":cases<Enter>", "<Esc>", ":batches<Enter>", "<Esc>",
                                          ":board<Enter>", "<Esc>", ":rules<Enter>", "<Esc>", ":dictionary<Enter>", "<Esc>", ":contacts<Enter>", "<Esc>",
                                          ":report response<Enter>", "<Esc>", "?", "<Esc>", "O", "<Esc>", "o", "<Esc>", "a", "<Esc>", "V", "<Esc>", "/pwn<Enter>", "/<C-u><Enter>"};
    world_customer("Rosa", "1ZHOSTILE00000001");
    assert_int_equal(world_run("maria", NULL, (char *[]){"note", "--filter", "tracking:1ZHOSTILE00000001", "--text", "a note", NULL}), 0);
    world_run("maria", NULL, (char *[]){"case", "open", "--filter", "tracking:1ZHOSTILE00000001", "--type", "customer", "--subject", "a subject", NULL});
    world_run("maria", NULL, (char *[]){"contact", "log", "--filter", "tracking:1ZHOSTILE00000001", "--driver", "wismo", "--note", "said", NULL});
    fill_the_database();
    world_dashboard(&t, "maria", 36, 120);
    SHOWS(t, "pwned");
    looks_inert("the queue");
    for (size_t i = 0; i < sizeof screens / sizeof *screens; i++) {
        terminal_type(&t, screens[i]);
        terminal_settle(&t, screens[i][0] == '<' ? 400 : 120, 3000);   /* behind an Esc a key would be Alt with it */
        looks_inert(screens[i]);
    }
    SHOWS(t, "pwned");
    for (int row = 0; row < 36; row++)      /* no cell beyond its line, whatever its width was said to be */
        assert_true(strlen(terminal_line(&t, row)) < 120 * 4);
    assert_int_equal(terminal_close(&t), 0);
}

/* ---- the process ---- */

/* A number of /proc/PID/stat, counted as in proc(5) from 1. */
static long stat_field(int number, char *state)
{
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)t.pid);
    FILE *f = fopen(path, "r");
    assert_true(f && fgets(line, sizeof line, f));
    fclose(f);
    char *s = strrchr(line, ')') + 2;
    *state = *s;
    for (int i = 3; i < number; i++)
        s = strchr(s, ' ') + 1;
    return strtol(s, NULL, 10);
}

static int entries(const char *of)
{
    char path[64];
    int n = 0;
    snprintf(path, sizeof path, "/proc/%d/%s", (int)t.pid, of);
    DIR *d = opendir(path);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

/* Is the descriptor a file that can be written? The terminal, sockets, pipes and the like are none. */
static bool is_writable_file(const char *name)
{
    char path[300], target[512] = "", line[128];
    unsigned flags = 0;
    snprintf(path, sizeof path, "/proc/%d/fd/%s", (int)t.pid, name);
    ssize_t n = readlink(path, target, sizeof target - 1);
    if (n < 0 || target[0] != '/' || !strncmp(target, "/dev/", 5))
        return false;
    snprintf(path, sizeof path, "/proc/%d/fdinfo/%s", (int)t.pid, name);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f))
        sscanf(line, "flags: %o", &flags);
    if (f)
        fclose(f);
    return (flags & O_ACCMODE) != O_RDONLY;
}

static void holds_nothing(const char *after)
{
    char path[64], children[256] = "", state;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)t.pid);
    DIR *d = opendir(path);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));)
        if (e->d_name[0] != '.' && is_writable_file(e->d_name))
            fail_msg("after %s it has a file open for writing (descriptor %s)", after, e->d_name);
    closedir(d);
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)t.pid, (int)t.pid);
    FILE *f = fopen(path, "r");
    if (f && fgets(children, sizeof children, f))
        fail_msg("after %s it has a child: %s", after, children);
    if (f)
        fclose(f);
    /* memory faults and time of children it waited for: none was ever there */
    if (stat_field(11, &state) || stat_field(13, &state) || stat_field(16, &state) || stat_field(17, &state))
        fail_msg("after %s it had a child", after);
    if (state == 'T')
        fail_msg("after %s it is stopped, and its parent has the terminal", after);
    assert_int_equal(entries("task"), 1);       /* no thread: nothing for a thread sanitizer to look at */
}

static void test_no_way_to_a_shell_or_a_file(void **state)
{
    (void)state;
    static const char *const tries[] = {"\x1a", "!", "|", ":!sh<Enter>", "<Esc>", ":shell<Enter>", "<Esc>", ":edit /etc/passwd<Enter>", "<Esc>", ":write /tmp/x<Enter>", "<Esc>",
                                        ":suspend<Enter>", "<Esc>", ":record /tmp/x<Enter>", "<Esc>", ":replay /tmp/x<Enter>", "<Esc>", ":template export /tmp<Enter>", "<Esc>",
                                        "n$(touch x)`touch y`;!sh<Esc>", "/| sh<Enter>", "<Esc>", "m<Esc>", "e<Esc>", "?!<Esc>", "v!<Esc>", "\x1c", "\x1d", "\x1e", "y", "Y"};
    char marker[512], script[600], home[600];
    const char *tmp = getenv("TMPDIR");
    snprintf(marker, sizeof marker, "%s/reached", tmp ? tmp : "/tmp");
    snprintf(script, sizeof script, "%s/editor", tmp ? tmp : "/tmp");
    snprintf(home, sizeof home, "%s/forced", tmp ? tmp : "/tmp");
    FILE *f = fopen(script, "w");
    assert_non_null(f);
    fprintf(f, "#!/bin/sh\n: >%s\n", marker);
    fclose(f);
    assert_int_equal(chmod(script, 0755), 0);
    assert_int_equal(mkdir(home, 0755), 0);
    static const char *const programs[] = {"EDITOR", "VISUAL", "PAGER", "SHELL", "BROWSER", "LESSOPEN", "MANPAGER"};
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        setenv(programs[i], script, 1);
    setenv("SSH_ORIGINAL_COMMAND", script, 1);
    setenv("HOME", home, 1);
    world_problem("1ZFORCED000000001");
    world_dashboard(&t, "maria", 24, 80);
    SHOWS(t, "live");
    holds_nothing("the start");
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        terminal_type(&t, tries[i]);
        terminal_settle(&t, 80, 800);
        holds_nothing(tries[i]);
    }
    assert_false(t.closed);
    assert_int_equal(terminal_close(&t), 0);
    assert_int_not_equal(access(marker, F_OK), 0);
    assert_int_equal(rmdir(home), 0);           /* still empty */
}

/* No core file, others of the same user cannot look into it, and `ps` shows no password. */
static void test_secrets_stay_inside(void **state)
{
    (void)state;
    char dsn[600], path[64], line[512], shown[2048] = "";
    snprintf(dsn, sizeof dsn, "%s password=s3cret-word", world_dsn("maria"));
    terminal_open(&t, (char *[]){getenv("DOORSTEP"), "--dsn", dsn, NULL}, "xterm-256color", 24, 80);
    SHOWS(t, "live");
    snprintf(path, sizeof path, "/proc/%d/limits", (int)t.pid);
    FILE *f = fopen(path, "r");
    bool none = false;
    while (f && fgets(line, sizeof line, f)) {
        char soft[32], hard[32];
        if (sscanf(line, "Max core file size %31s %31s", soft, hard) == 2)
            none = !strcmp(soft, "0") && !strcmp(hard, "0");
    }
    assert_true(f && none);
    fclose(f);
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)t.pid);
    f = fopen(path, "r");
    assert_non_null(f);
    size_t n = fread(shown, 1, sizeof shown, f);
    fclose(f);
    assert_non_null(memmem(shown, n, "password=xxxxxx", 15));
    assert_null(memmem(shown, n, "s3cret", 6));
    assert_int_equal(terminal_close(&t), 0);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    world_open();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_way_to_a_shell_or_a_file),
        cmocka_unit_test(test_secrets_stay_inside),
        cmocka_unit_test(test_no_text_steers_the_terminal),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_close();
    return failed;
}
