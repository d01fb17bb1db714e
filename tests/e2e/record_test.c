/* A session recorded and played again: the same screens come out of a full record, the same shapes out of a scrubbed one, and
 * nothing that anybody was called, wrote or was told is in that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "e2e/world.h"

static char full[512], scrubbed[512];

static void paths(void)
{
    const char *keep = getenv("RECORD_INTO"), *folder = keep ? keep : getenv("TMPDIR");   /* tests/tools/record keeps them */
    snprintf(full, sizeof full, "%s/full%s", folder ? folder : "/tmp", keep ? ".rec" : "");
    snprintf(scrubbed, sizeof scrubbed, "%s/scrubbed%s", folder ? folder : "/tmp", keep ? ".rec" : "");
    unlink(full);
    unlink(scrubbed);
}

static void dashboard(struct terminal *t, const char *option, const char *path, int rows, int cols)
{
    char dsn[512];
    snprintf(dsn, sizeof dsn, "%s", world_dsn("maria"));
    terminal_open(t, (char *[]){getenv("DOORSTEP"), "--dsn", dsn, (char *)option, (char *)path, NULL}, "xterm-256color", rows, cols);
}

/* Escape and a letter right behind it would be one key: what it ends is seen to be gone first. */
static void back(struct terminal *t, const char *shown)
{
    SHOWS(*t, shown);
    terminal_type(t, "<Esc>");
    SHOWS_NO(*t, shown);
}

static void ends(struct terminal *t, int status)
{
    for (int i = 0; i < SOON / 50 && !t->closed; i++)
        terminal_pump(t, 50);
    assert_int_equal(terminal_close(t), status);
}

/* A piece of a day: looking, searching, claiming, noting, writing, another size, the connection cut. */
static void work(struct terminal *t, const char *tracking_number)
{
    char keys[200];
    SHOWS(*t, tracking_number);
    snprintf(keys, sizeof keys, "/<C-u>tracking:%s<Enter>", tracking_number);
    terminal_type(t, keys);
    SHOWS_NO(*t, "1ZRECORD0000000003");
    terminal_type(t, "l");
    back(t, "Esc back");
    terminal_type(t, "c");
    SHOWS(*t, "claimed");
    terminal_type(t, "nrang Mrs Winterbottom 5125550147<Enter>");
    SHOWS(*t, "added a note");
    terminal_type(t, "/<C-u>\"Delgado\" kind:address_issue<Enter>");
    SHOWS_NO(*t, "filter:");
    SHOWS_NO(*t, "1ZRECORD0000000003");
    terminal_type(t, "o");
    back(t, "of which type");
    terminal_type(t, "m");
    SHOWS(*t, "Message to Rosa Delgado");
    SHOWS(*t, "Hola, Rosa");
    terminal_type(t, "eDear Ottokar, your gate code is 4711-0815-4711 ");
    back(t, "Esc done");
    back(t, "Message to Rosa Delgado");
    SHOWS(*t, "Marks");
    terminal_resize(t, 24, 80);
    SHOWS(*t, "Via");
    terminal_type(t, ":note Pemberton wants it left at number 99<Enter>");
    SHOWS(*t, "added a note");
    world_sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'maria'");
    SHOWS(*t, "live");
    terminal_type(t, "<Esc>");
    SHOWS(*t, "1ZRECORD0000000003");
    terminal_type(t, "j?");
    back(t, "Keys, filters and signs");
    terminal_type(t, ":reports exceptions<Enter>");
    back(t, "Exceptions by carrier");
    terminal_type(t, ":dictionary<Enter>");
    back(t, "Put aside");
    SHOWS(*t, "Via");
    terminal_type(t, "q");
    ends(t, 0);
}

/* Runs doorstep, its output in out; the exit status. */
static int play(char *out, size_t size, char *const arguments[])
{
    int pipe_of[2], status;
    char *argv[10] = {"doorstep", "replay"};
    for (int i = 0; i < 7 && arguments[i]; i++)
        argv[i + 2] = arguments[i];
    if (pipe(pipe_of) != 0)
        exit(70);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(pipe_of[1], 1);
        dup2(pipe_of[1], 2);
        close(pipe_of[0]);
        execv(getenv("DOORSTEP"), argv);
        _exit(127);
    }
    close(pipe_of[1]);
    size_t used = 0;
    char rest[4096];
    for (ssize_t n; (n = used < size - 1 ? read(pipe_of[0], out + used, size - 1 - used) : read(pipe_of[0], rest, sizeof rest)) > 0;)
        used += used < size - 1 ? (size_t)n : 0;
    out[used] = '\0';
    close(pipe_of[0]);
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static char *slurp(const char *path, size_t *size)
{
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    *size = (size_t)ftell(f);
    rewind(f);
    char *text = calloc(*size + 1, 1);
    assert_int_equal(fread(text, 1, *size, f), *size);
    fclose(f);
    return text;
}

static char screens[1 << 20];

static void test_full_is_the_same(void **state)
{
    (void)state;
    struct terminal t;
    struct stat s;
    dashboard(&t, "--record-full", full, 36, 120);
    work(&t, "1ZRECORD0000000001");
    assert_int_equal(stat(full, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0600);
    int status = play(screens, sizeof screens, (char *[]){"--text", "--every", full, NULL});
    if (status != 0)
        fail_msg("%s", screens + (strlen(screens) > 300 ? strlen(screens) - 300 : 0));
    assert_non_null(strstr(screens, "Rosa Delgado"));
    assert_non_null(strstr(screens, "Winterbottom"));
    assert_non_null(strstr(screens, "Ottokar"));
    assert_non_null(strstr(screens, "connecting"));
    assert_int_equal(play(screens, sizeof screens, (char *[]){"--text", full, NULL}), 0);
    assert_non_null(strstr(screens, "live"));
}

static void test_scrubbed_has_nobody(void **state)
{
    (void)state;
    static const char *const known[] = {"Delgado", "delgado", "Rosa", "rosa", "1ZRECORD", "Winterbottom", "5125550147", "Ottokar", "4711-0815", "Pemberton",
                                        "left at", "maria", "Maria", "Lopez", "example.com", "Austin", "apartment", "Dear", "gate code"};
    struct terminal t;
    size_t size;
    dashboard(&t, "--record", scrubbed, 36, 120);
    work(&t, "1ZRECORD0000000002");
    char *text = slurp(scrubbed, &size);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (memmem(text, size, known[i], strlen(known[i])))
            fail_msg("the scrubbed record has \"%s\" in it: %.200s", known[i], (char *)memmem(text, size, known[i], strlen(known[i])) - 80);
    free(text);
}

static void test_scrubbed_goes_the_same_way(void **state)
{
    (void)state;
    int status = play(screens, sizeof screens, (char *[]){"--text", "--every", scrubbed, NULL});
    if (status != 0 || strstr(screens, "such places"))
        fail_msg("%s", screens + (strlen(screens) > 600 ? strlen(screens) - 600 : 0));
    assert_non_null(strstr(screens, "claimed #"));
    assert_non_null(strstr(screens, "added a note"));
    assert_non_null(strstr(screens, "address issue"));
}

static void test_a_full_disk_stops_the_record_alone(void **state)
{
    (void)state;
    struct terminal t;
    char command[1200], small[600];
    snprintf(small, sizeof small, "%s.small", full);
    snprintf(command, sizeof command, "ulimit -f 8; exec \"$DOORSTEP\" --dsn '%s' --record '%s'", world_dsn("maria"), small);
    terminal_open(&t, (char *[]){"/bin/bash", "-c", command, NULL}, "xterm-256color", 24, 80);
    SHOWS(t, "recording stopped");
    terminal_type(&t, "j");
    SHOWS(t, "live");
    terminal_type(&t, "q");
    ends(&t, 0);
    unlink(small);
}

static void test_torn_and_damaged(void **state)
{
    (void)state;
    size_t size;
    char torn[600];
    char *text = slurp(full, &size);
    snprintf(torn, sizeof torn, "%s.torn", full);
    FILE *f = fopen(torn, "w");
    fwrite(text, 1, size - 7, f);             /* killed in the middle of a line */
    fclose(f);
    assert_int_equal(play(screens, sizeof screens, (char *[]){"--text", torn, NULL}), 0);
    f = fopen(torn, "w");
    fwrite(text, 1, size / 2, f);
    fputs("\n12 k what\n", f);
    fclose(f);
    assert_int_equal(play(screens, sizeof screens, (char *[]){"--text", torn, NULL}), 65);
    assert_non_null(strstr(screens, ".torn:"));
    free(text);
    unlink(torn);
}

static void test_written_once_and_in_the_terminal(void **state)
{
    (void)state;
    struct terminal t;
    dashboard(&t, "--record", scrubbed, 24, 80);
    SHOWS(t, "is there already");
    ends(&t, 74);
    terminal_open(&t, (char *[]){getenv("DOORSTEP"), "replay", "--step", full, NULL}, "xterm-256color", 37, 120);
    SHOWS(t, "frame 1 of");
    terminal_type(&t, "<Right>");
    SHOWS(t, "frame 2 of");
    terminal_type(&t, "<Left>");
    SHOWS(t, "frame 1 of");
    terminal_type(&t, "<End>");
    SHOWS(t, "end");
    terminal_type(&t, "q");
    ends(&t, 0);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    paths();
    world_open();
    world_customer("Rosa", "1ZRECORD0000000001");
    world_customer("Rosa", "1ZRECORD0000000002");
    world_problem("1ZRECORD0000000003");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_is_the_same),
        cmocka_unit_test(test_scrubbed_has_nobody),
        cmocka_unit_test(test_scrubbed_goes_the_same_way),
        cmocka_unit_test(test_a_full_disk_stops_the_record_alone),
        cmocka_unit_test(test_torn_and_damaged),
        cmocka_unit_test(test_written_once_and_in_the_terminal),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_close();
    return failed;
}
