/* What is kept from others on the host: no core file, no password in `ps`, and no secret in memory once it was wiped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/wipe.h"
#include "db/db.h"
#include "db/listen.h"
#include "loop/loop.h"
#include "net/channel.h"
#include "run/config.h"
#include "run/harden.h"
#include "run/inbox.h"
#include "run/process.h"
#include "run/secrets.h"

static int hardened(void *ctx)
{
    (void)ctx;
    struct rlimit core = {1, 1};
    harden_process();
    return getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 && core.rlim_max == 0 && prctl(PR_GET_DUMPABLE) == 0 ? 0 : 1;
}

static void leaves_no_core_dump(void **state)
{
    (void)state;
    struct err e = {0};
    int status;
    pid_t pid = process_fork(hardened, NULL, &(struct process_options){.death_signal = SIGKILL}, &e);
    assert_true(pid > 0);
    assert_true(process_wait(pid, loop_now() + 60000, &status));
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void arguments_show_no_password(void **state)
{
    (void)state;
    static const struct { const char *given, *shown; } t[] = {
        {"--dsn=host=pg1 password=s3cret user=maria", "--dsn=host=pg1 password=xxxxxx user=maria"},
        {"host=pg1 PASSWORD = 'it\\'s x' user=maria", "host=pg1 PASSWORD = xxxxxxxxx user=maria"},
        {"--dsn=postgresql://maria:s3@cret@pg1/acme?sslpassword=abc&x=y", "--dsn=postgresql://maria:xxxxxxx@pg1/acme?sslpassword=xxx&x=y"},
        {"postgres://maria@pg1/acme?password=abc", "postgres://maria@pg1/acme?password=xxx"},
        {"webhook+https://h.example/in?secret=abc&rate=2", "webhook+https://h.example/in?secret=xxx&rate=2"},
        {"password=", "password="},
        {"carrier:ups https://track.example/a:b@c", "carrier:ups https://track.example/a:b@c"},
        {"the password is with Maria", "the password is with Maria"},
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        char *original = strdup(t[i].given), program[] = "doorstep", *argv[] = {program, original, NULL};
        harden_arguments(2, argv);
        assert_string_equal(original, t[i].shown);
        assert_string_equal(argv[1], t[i].given);
        if (argv[1] != original)
            free(argv[1]);
        free(original);
    }
}

/* The secret as it is looked for must not be found itself: it is kept turned, and turned back a byte at a time. */
static const char turned[] = {'z' ^ 85, 'Q' ^ 85, '7' ^ 85, '-' ^ 85, 's' ^ 85, 'e' ^ 85, 'c' ^ 85, 'r' ^ 85, 'e' ^ 85, 't' ^ 85, '-' ^ 85, 'w' ^ 85, 'o' ^ 85, 'r' ^ 85, 'd' ^ 85};
enum { LENGTH = sizeof turned };

static void put_secret(char *to)
{
    for (size_t i = 0; i < LENGTH; i++)
        to[i] = turned[i] ^ 85;
}

static int in_block(const char *s, size_t n)
{
    int found = 0;
    for (size_t i = 0; i + LENGTH <= n; i++) {
        size_t k = 0;
        while (k < LENGTH && (char)(s[i + k] ^ 85) == turned[k])
            k++;
        found += k == LENGTH;
    }
    return found;
}

/* How often it stands in memory that this process can write: heap, stacks, data. Stack below this function included. */
static int in_memory(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    int mem = open("/proc/self/mem", O_RDONLY), found = 0;
    static char block[1 << 16];
    char line[512], rights[8];
    unsigned long from, to;
    assert_true(maps && mem >= 0);
    while (fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3 || rights[1] != 'w')
            continue;
        if (to - from > 1UL << 32)             /* a sanitizer's own books */
            continue;
        for (unsigned long at = from; at < to; at += sizeof block - LENGTH) {
            size_t n = to - at < sizeof block ? to - at : sizeof block;
            ssize_t got = pread(mem, block, n, (off_t)at);
            if (got > 0 && !((unsigned long)block >= at && (unsigned long)block < at + (unsigned long)got))
                found += in_block(block, (size_t)got);
        }
    }
    explicit_bzero(block, sizeof block);
    fclose(maps);
    close(mem);
    return found;
}

/* Writes the file without leaving the secret here. */
static void write_file(char path[64])
{
    char text[200] = "email.url = smtp://shop:               @127.0.0.1:25\nwebhook.twilio =                ";
    put_secret(strstr(text, "shop:") + 5);
    put_secret(strstr(text, "twilio = ") + 9);
    snprintf(path, 64, "/tmp/doorstep-harden.XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0 && fchmod(fd, 0600) == 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    explicit_bzero(text, sizeof text);
}

static void wiped_secrets_are_gone(void **state)
{
    (void)state;
    char path[64];
    struct secrets s;
    struct channel_url c;
    struct err e = {0};
    write_file(path);
    assert_int_equal(in_memory(), 0);
    assert_true(secrets_read(path, &s, &e));
    assert_true(channel_url_read(CHANNEL_EMAIL, secrets_get(&s, "email.url"), &c, &e));
    assert_non_null(secrets_get(&s, "webhook.twilio"));
    assert_true(in_memory() >= 3);              /* it sees what is there */
    secrets_finish(&s);
    channel_url_finish(&c);
    assert_int_equal(in_memory(), 0);
    unlink(path);
}

/* A connection string, kept to connect again: in the file of settings, on the command line, in each part that connects. */
static void connection_strings_are_gone(void **state)
{
    (void)state;
    char path[64] = "/tmp/doorstep-harden.XXXXXX", text[200] = "theme = light\ndsn = host=pg1 user=maria password=               ";
    struct err e = {0};
    put_secret(strstr(text, "password=") + 9);
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    explicit_bzero(text, sizeof text);
    static struct config config;
    assert_true(config_read(path, &config, NULL, NULL, &e));
    unlink(path);
    assert_int_equal(in_memory(), 1);          /* the one to connect by */
    char program[] = "doorstep", *given = strdup(config.dsn), *argv[] = {program, given, NULL};
    harden_arguments(2, argv);
    assert_int_equal(in_memory(), 2);          /* that, and the copy of the argument */
    struct loop *l = loop_create();
    struct db *db = db_create(l, &(struct db_options){.dsn = argv[1], .application = "test"}, &(struct db_events){.ctx = NULL});
    struct db_listen *listen = db_listen_create(l, argv[1], "test", &(struct db_listen_events){.ctx = NULL});
    struct inbox *inbox = inbox_create(argv[1], &(struct db_wait){.until = NULL});
    assert_int_equal(in_memory(), 5);
    inbox_destroy(inbox);
    db_listen_destroy(listen);
    db_destroy(db);
    loop_destroy(l);
    harden_forget(2, argv);
    wipe(config.dsn);
    assert_int_equal(in_memory(), 0);
    free(argv[1]);
    free(given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_no_core_dump),
        cmocka_unit_test(arguments_show_no_password),
        cmocka_unit_test(wiped_secrets_are_gone),
        cmocka_unit_test(connection_strings_are_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
