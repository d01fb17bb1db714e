/* A provider on loopback that takes messages by HTTP and writes down each it was given.
 * usage: sink LOG [--delay MS] [--times N STATUS [RETRY-AFTER]]   prints its port; runs until a signal
 *   LOG      a line a request: its Idempotency-Key, or else what follows To= in its body
 *   --delay  answers only after so many milliseconds
 *   --times  the first N requests are answered with STATUS; 0: with the beginning of an answer and an end; -1: with nothing and an end */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 65536, CLIENTS = 1024 };

struct client {
    size_t used;
    int64_t answer_at;         /* with --delay; 0: nothing to answer */
    char data[MOST];
};

static struct client *clients[CLIENTS];
static FILE *written;
static long delay_ms, times, status = 500, retry_after, taken;

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void drop(int fd)
{
    free(clients[fd]);
    clients[fd] = NULL;
    close(fd);
}

static void send_all(int fd, const char *text, size_t n)
{
    while (n > 0) {
        ssize_t sent = write(fd, text, n);
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            return;
        text += sent > 0 ? sent : 0;
        n -= sent > 0 ? (size_t)sent : 0;
    }
}

static void answer(int fd)
{
    char text[512];
    const char *good = "{\"sid\": \"SM0123456789abcdef0123456789abcdef\", \"id\": \"sink-1\", \"status\": \"queued\"}";
    bool refuse = taken++ < times;
    const char *body = refuse && status ? "{\"code\": 20001, \"message\": \"not now\"}" : good;
    if (refuse && status == -1) {
        drop(fd);
        return;
    }
    char wait[64] = "";
    if (refuse && retry_after)
        snprintf(wait, sizeof wait, "Retry-After: %ld\r\n", retry_after);
    int n = snprintf(text, sizeof text, "HTTP/1.1 %ld Said\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\n\r\n%s",
                     refuse && status ? status : 201, wait, strlen(body), body);
    if (refuse && status == 0) {
        send_all(fd, text, 10);
        drop(fd);
        return;
    }
    send_all(fd, text, (size_t)n);
}

static void write_down(const char *head, size_t head_size, const char *body, size_t body_size)
{
    const char *from = memmem(head, head_size, "Idempotency-Key: ", 17);
    size_t most = 0;
    if (from) {
        from += 17;
        most = head_size - (size_t)(from - head);
    } else if ((from = memmem(body, body_size, "To=", 3))) {
        from += 3;
        most = body_size - (size_t)(from - body);
    }
    size_t n = 0;
    while (n < most && from[n] != '\r' && from[n] != '&')
        n++;
    fprintf(written, "%.*s\n", (int)n, from ? from : "");
}

/* True: a whole request was taken off the front. */
static bool take(int fd)
{
    struct client *c = clients[fd];
    const char *end = memmem(c->data, c->used, "\r\n\r\n", 4);
    if (!end)
        return false;
    size_t head = (size_t)(end - c->data) + 4, body = 0;
    for (const char *p = c->data; p < end; p++)
        if (*p == '\n' && strncasecmp(p + 1, "content-length:", 15) == 0)
            body = strtoul(p + 16, NULL, 10);
    if (c->used < head + body)
        return false;
    write_down(c->data, head, c->data + head, body);
    memmove(c->data, c->data + head + body, c->used - head - body);
    c->used -= head + body;
    return true;
}

static void on_readable(int fd)
{
    struct client *c = clients[fd];
    ssize_t n = read(fd, c->data + c->used, MOST - c->used);
    if (n == 0 || (n < 0 && errno != EAGAIN)) {
        drop(fd);
        return;
    }
    c->used += n > 0 ? (size_t)n : 0;
    while (clients[fd] && take(fd)) {
        fflush(written);       /* before the answer is read: a killed sender must find it written */
        if (!delay_ms)
            answer(fd);
        else
            c->answer_at = now_ms() + delay_ms;
    }
}

static int answer_due(void)
{
    int64_t now = now_ms(), first = INT64_MAX;
    for (int fd = 0; fd < CLIENTS && delay_ms; fd++) {
        struct client *c = clients[fd];
        if (c && c->answer_at && c->answer_at <= now) {
            c->answer_at = 0;
            answer(fd);
        } else if (c && c->answer_at && c->answer_at < first) {
            first = c->answer_at;
        }
    }
    return first == INT64_MAX ? -1 : (int)(first - now) + 1;
}

static void accept_all(int listener, int poll_fd)
{
    int fd, one = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (fd >= CLIENTS || !(clients[fd] = calloc(1, sizeof **clients))) {
            close(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.fd = fd});
    }
}

static int listen_on_loopback(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 128) != 0)
        exit(70);
    getsockname(fd, (struct sockaddr *)&at, &size);
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    return fd;
}

static void read_options(int argc, char **argv)
{
    written = argc > 1 ? fopen(argv[1], "a") : NULL;
    if (!written)
        exit(64);
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--delay") == 0 && i + 1 < argc) {
            delay_ms = strtol(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--times") == 0 && i + 2 < argc) {
            times = strtol(argv[++i], NULL, 10);
            status = strtol(argv[++i], NULL, 10);
            if (i + 1 < argc && argv[i + 1][0] != '-')
                retry_after = strtol(argv[++i], NULL, 10);
        } else {
            exit(64);
        }
    }
}

int main(int argc, char **argv)
{
    read_options(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    int listener = listen_on_loopback(), poll_fd = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN, .data.fd = listener});
    for (;;) {
        struct epoll_event events[64];
        int n = epoll_wait(poll_fd, events, 64, answer_due());
        for (int i = 0; i < n; i++) {
            if (events[i].data.fd == listener)
                accept_all(listener, poll_fd);
            else if (clients[events[i].data.fd])
                on_readable(events[i].data.fd);
        }
    }
}
