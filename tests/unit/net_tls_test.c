/* TLS is verified: a certificate nobody vouches for gets nothing; one that ca= vouches for is spoken to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "net_fixture.h"

struct server { pid_t pid; int in, port; char folder[200], certificate[240], key[240]; };

static pid_t start(char *const argv[], int in)
{
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(in >= 0 ? in : null, 0);
        dup2(null, 1);
        dup2(null, 2);
        execvp(argv[0], argv);
        _exit(127);
    }
    return pid;
}

/* A port nobody has. Those the kernel gives away by itself begin above, so nobody gets it before the server does by chance. */
static int free_port(void)
{
    enum { FIRST = 10000, COUNT = 20000 };
    static int tried;
    for (int i = 0; i < COUNT; i++) {
        int port = FIRST + (int)(((unsigned)getpid() * 31u + (unsigned)tried++) % COUNT);
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int fd = socket(AF_INET, SOCK_STREAM, 0), taken = bind(fd, (struct sockaddr *)&a, sizeof a);
        close(fd);
        if (taken == 0)
            return port;
    }
    fail_msg("no port is free");
    return 0;
}

/* False: the server has ended, for somebody else has its port. */
static bool wait_for_port(int port, pid_t server)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct loop *l = loop_create();
    bool up = false, gone = false;
    for (int64_t end = loop_now() + 60000; !up && !gone;) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        up = connect(fd, (struct sockaddr *)&a, sizeof a) == 0;
        close(fd);
        gone = waitpid(server, NULL, WNOHANG) == server;
        assert_true(loop_now() < end);
        loop_step(l, 20);
    }
    loop_destroy(l);
    return !gone;
}

/* openssl s_server gives what it reads to whoever connects: each client is answered before it asks. */
static bool start_server(struct server *s)
{
    const char *tmp = getenv("TMPDIR");
    int status, ends[2];
    char port[32];
    snprintf(s->folder, sizeof s->folder, "%s/net_tls.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(s->folder));
    snprintf(s->certificate, sizeof s->certificate, "%s/c.pem", s->folder);
    snprintf(s->key, sizeof s->key, "%s/k.pem", s->folder);
    char *make[] = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", s->key, "-out", s->certificate, NULL};
    waitpid(start(make, -1), &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return false;
    assert_int_equal(pipe(ends), 0);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    char *serve[] = {"openssl", "s_server", "-quiet", "-accept", port, "-cert", s->certificate, "-key", s->key, NULL};
    do {
        s->port = free_port();
        snprintf(port, sizeof port, "127.0.0.1:%d", s->port);
        s->pid = start(serve, ends[0]);
    } while (!wait_for_port(s->port, s->pid));
    close(ends[0]);
    s->in = ends[1];
    return true;
}

static void stop_server(struct server *s)
{
    if (s->pid) {
        close(s->in);
        kill(s->pid, SIGKILL);
        waitpid(s->pid, NULL, 0);
    }
    unlink(s->certificate);
    unlink(s->key);
    rmdir(s->folder);
}

#define TWILIO "twilio://AC00000000000000000000000000000000:tok@?from=%%2B15125550000&base=https://127.0.0.1:%d"

static void verified(void **state)
{
    (void)state;
    struct server s = {.pid = 0};
    if (!start_server(&s)) {
        stop_server(&s);
        skip();
    }
    struct channel_url c = a_channel(CHANNEL_SMS, TWILIO, s.port);
    struct outbox_message m = a_message(CHANNEL_SMS);
    struct got g = send_one(&c, &m, NULL);
    assert_int_equal(g.r.outcome, OUTBOX_RETRY);
    assert_true(g.trouble);
    assert_non_null(strstr(g.r.message, "Twilio has a certificate that is not trusted here"));
    assert_string_equal(g.r.code, "tls");
    c.ca = strdup(s.certificate);
    const char *answer = stub_http(201, "", "{\"sid\":\"SM9\"}");
    assert_int_equal(write(s.in, answer, strlen(answer)), strlen(answer));
    g = send_one(&c, &m, NULL);
    if (g.r.outcome != OUTBOX_SENT)
        fail_msg("%s: %s", outbox_outcome_name(g.r.outcome), g.r.message);
    assert_string_equal(g.r.provider_id, "SM9");
    channel_url_finish(&c);
    stop_server(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verified),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
