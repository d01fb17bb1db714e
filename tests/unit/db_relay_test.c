/* The dashboard's side of the relay, against relays that are full, lose their database, go away, or are not to be believed. The clock
 * is the test's, and so are the database's answers (tests.mk wraps loop_now and wire_send). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/die.h"
#include "db/call.h"
#include "db/relay.h"
#include "db/wire.h"

#define STEP_MS 50

static int64_t now = 1000000;
static struct table *question; /* what the session is asked by the relay's client: whom it listens to */
static struct call *asked;

int64_t __wrap_loop_now(void);
void __wrap_wire_send(struct wire *w, struct call *c);

int64_t __wrap_loop_now(void) { return now; }

void __wrap_wire_send(struct wire *w, struct call *c)
{
    (void)w;
    if (!c->table) {
        call_destroy(c);
        return;
    }
    question = c->table;
    asked = c;
}

static struct fixture {
    struct loop *loop;
    struct db_relay *client;
    char path[100];
    int listening, peer;
    const char *greeting;      /* what it says to whoever comes */
    bool closes;               /* at once */
    int came, took, lost;
    char heard[4000];
} f;

static void on_hint(void *ctx, const char *payload) { (void)ctx, (void)payload; }
static void on_took(void *ctx) { (void)ctx, f.took++; }

/* As the session does: it listens by itself again, then offers. */
static void on_lost(void *ctx)
{
    (void)ctx;
    f.lost++;
    db_relay_greet(f.client);
    db_relay_offer(f.client);
}

static struct sockaddr_un address(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    return a;
}

static int listen_at(const char *path)
{
    struct sockaddr_un a = address(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    unlink(path);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(fd, 16), 0);
    return fd;
}

static void say(const char *line) { assert_int_equal(send(f.peer, line, strlen(line), MSG_NOSIGNAL), strlen(line)); }

static void hang_up(void)
{
    close(f.peer);
    f.peer = -1;
}

static void serve(void)
{
    int peer = accept4(f.listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (peer >= 0) {
        assert_int_equal(f.peer, -1);
        f.peer = peer;
        f.came++;
        say(f.greeting);
        if (f.closes)
            hang_up();
    }
    if (f.peer < 0)
        return;
    size_t used = strlen(f.heard);
    ssize_t n = recv(f.peer, f.heard + used, sizeof f.heard - 1 - used, 0);
    if (n >= 0)
        f.heard[used + (size_t)n] = '\0';
    if (n == 0)
        hang_up();
}

static void pass(int64_t ms)
{
    for (int64_t until = now + ms; now < until; now += STEP_MS) {
        loop_step(f.loop, 0);
        serve();
    }
}

static bool until_heard(const char *text)
{
    for (int64_t until = now + 60000; !strstr(f.heard, text) && now < until;)
        pass(STEP_MS);
    return strstr(f.heard, text) != NULL;
}

static void answer(void)
{
    static const char *const names[] = {"identity", "timeline", "channels"}, *const cells[] = {"73401.5", "1", "doorstep"};
    struct call *c = asked;
    for (int64_t until = now + 60000; !(c = asked) && now < until;)
        pass(STEP_MS);
    assert_non_null(c);
    *question = (struct table){.columns = 3, .rows = 1, .names = xcalloc(3, sizeof(char *)), .types = xcalloc(3, 1), .cells = xcalloc(3, sizeof(char *))};
    for (int i = 0; i < 3; i++) {
        question->names[i] = xstrdup(names[i]);
        question->cells[i] = xstrdup(cells[i]);
    }
    asked = NULL;
    assert_true(db_relay_answered(f.client, c));
    call_destroy(c);
}

static int set_up(void **state)
{
    (void)state;
    f = (struct fixture){.loop = loop_create(), .peer = -1, .greeting = "hello 1\n"};
    snprintf(f.path, sizeof f.path, "%.70s/r", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    f.listening = listen_at(f.path);
    static struct wire none;
    f.client = db_relay_create(f.loop, &none, f.path, 4711, &(struct db_relay_events){NULL, on_hint, on_took, on_lost});
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    db_relay_destroy(f.client);
    if (asked)
        call_destroy(asked);
    asked = NULL;
    loop_destroy(f.loop);
    close(f.listening);
    if (f.peer >= 0)
        close(f.peer);
    unlink(f.path);
    return 0;
}

/* It says hello to everybody, and to those it has no room for goodbye: they come again ever more seldom. */
static void test_full(void **state)
{
    (void)state;
    f.greeting = "hello 1\nbye this relay has as many dashboards as it may\n";
    f.closes = true;
    db_relay_offer(f.client);
    pass(120000);
    assert_in_range(f.came, 3, 9);
}

static void take_over(void)
{
    int took = f.took;
    db_relay_offer(f.client);
    answer();
    assert_true(until_heard("want "));
    char line[40];
    snprintf(line, sizeof line, "have %ld\n", strtol(strstr(f.heard, "want ") + 5, NULL, 10));
    say(line);
    answer();
    assert_int_equal(f.took, took + 1);
}

/* One that had us is looked for again soon, each time it goes. */
static void test_restarted(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        take_over();
        f.heard[0] = '\0';
        hang_up();
        pass(2000);
        assert_int_equal(f.lost, i + 1);
        assert_int_equal(f.came, i + 2);
    }
}

/* Its database went while it was asked: it says so, and no answer to the question will come. The connection stays. */
static void test_down_meanwhile(void **state)
{
    (void)state;
    db_relay_offer(f.client);
    answer();
    assert_true(until_heard("want 1 73401.5 1 doorstep\n"));
    say("down PostgreSQL is being restarted\n");
    pass(30000);
    assert_int_equal(f.came, 1);
    say("up\n");
    answer();
    assert_true(until_heard("want 2 "));
}

/* The session's own connection went meanwhile. */
static void test_greeted_meanwhile(void **state)
{
    (void)state;
    db_relay_offer(f.client);
    answer();
    assert_true(until_heard("want 1 "));
    db_relay_greet(f.client);
    say("have 1\n");
    pass(30000);
    assert_int_equal(f.came, 1);
    assert_int_equal(f.took, 0);
    f.heard[0] = '\0';
    take_over();
}

/* Who says nothing, ever, is left. */
static void test_silent(void **state)
{
    (void)state;
    take_over();
    pass(10000);
    db_relay_look(f.client);
    pass(2900);
    assert_int_equal(f.lost, 0);
    pass(600);
    assert_int_equal(f.lost, 1);
}

/* Whoever may write to /tmp may put a socket there before the relay begins. */
static void test_somebody_elses(void **state)
{
    struct relay_probe probe;
    int ready[2];
    char folder[120], path[140];
    (void)state;
    if (geteuid() != 0)
        skip();
    snprintf(folder, sizeof folder, "%s.d", f.path);
    snprintf(path, sizeof path, "%s/sock", folder);
    mkdir(folder, 0700);
    assert_int_equal(chmod(folder, 01777), 0);
    assert_int_equal(pipe(ready), 0);
    pid_t other = fork();
    if (other == 0) {
        if (chdir(folder) != 0 || setgid(65534) != 0 || setuid(65534) != 0)
            _exit(1);
        listen_at("sock");     /* whatever leads there is not theirs to pass */
        chmod("sock", 0777);
        if (write(ready[1], "", 1) == 1)
            pause();
        _exit(0);
    }
    char byte;
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    db_relay_probe(path, &probe);
    bool theirs = strstr(probe.why, "is neither root, nor this account, nor the owner of that folder: not used") != NULL;
    assert_int_equal(chown(folder, 65534, 65534), 0);
    struct relay_probe owners;
    kill(other, SIGTERM);
    waitpid(other, NULL, 0);
    close(ready[0]);
    db_relay_probe(path, &owners);
    unlink(path);
    rmdir(folder);
    assert_true(probe.there && !probe.works && theirs);
    assert_non_null(strstr(owners.why, "a relay that ended left"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_full, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_restarted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_down_meanwhile, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_greeted_meanwhile, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_silent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_somebody_elses, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
