/* Threads and blocking calls: the opposite of what it tests. */
#include "net_stub.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/vec.h"

struct answer { char command[24]; char *text; };

struct stub {
    enum stub_kind kind;
    int listener, port, quit[2];
    pthread_t acceptor;
    pthread_mutex_t lock;
    VEC(pthread_t) threads;
    VEC(char *) says;
    size_t said;
    VEC(struct answer) answers;
    char *extensions;
    VEC(char *) requests;
    int connections;
};

struct peer { struct stub *s; int fd; struct buf in; };

static void remember(struct stub *s, const char *text, size_t n)
{
    pthread_mutex_lock(&s->lock);
    *vec_push(&s->requests) = xstrndup(text, n);
    pthread_mutex_unlock(&s->lock);
}

/* More from the client; false: it is gone, or the stub stops. */
static bool receive(struct peer *p)
{
    char some[65536];
    struct pollfd fds[2] = {{.fd = p->fd, .events = POLLIN}, {.fd = p->s->quit[0], .events = POLLIN}};
    if (poll(fds, 2, 30000) <= 0 || fds[1].revents)
        return false;
    ssize_t n = recv(p->fd, some, sizeof some, 0);
    if (n <= 0)
        return false;
    buf_add(&p->in, some, (size_t)n);
    return true;
}

static bool give(struct peer *p, const char *s, size_t n)
{
    while (n) {
        ssize_t some = send(p->fd, s, n, MSG_NOSIGNAL);
        if (some <= 0)
            return false;
        s += some;
        n -= (size_t)some;
    }
    return true;
}

static bool zeros(struct peer *p)
{
    static const char block[65536];
    for (int i = 0; i < 1600; i++)
        if (!give(p, block, sizeof block))
            return false;
    return true;
}

/* A client that went shows as a failing send. */
static bool drip(struct peer *p, const char *text)
{
    struct pollfd quit = {.fd = p->s->quit[0], .events = POLLIN};
    for (size_t i = 0; poll(&quit, 1, 50) == 0; i++)
        if (!give(p, text + i % strlen(text), 1))
            return false;
    return false;
}

static bool deed(struct peer *p, char what)
{
    struct linger hard = {.l_onoff = 1, .l_linger = 0};
    switch (what) {
    case 'r':
        setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        return false;
    case 'w':
        while (receive(p))
            buf_reset(&p->in);
        return false;
    case 'z': return zeros(p);
    default: return false;
    }
}

/* False: the connection ends here. */
static bool speak(struct peer *p, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\1");
        if (!give(p, text, n))
            return false;
        text += n;
        if (*text) {
            if (text[1] == 'd')
                return drip(p, text + 2);
            if (!deed(p, text[1]))
                return false;
            text += 2;
        }
    }
    return true;
}

static const char *next_say(struct stub *s)
{
    pthread_mutex_lock(&s->lock);
    const char *text = s->says.len ? s->says.at[s->said < s->says.len ? s->said : s->says.len - 1] : "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n";
    s->said++;
    pthread_mutex_unlock(&s->lock);
    return text;
}

static void serve_http(struct peer *p)
{
    for (;;) {
        const char *end;
        while (!(end = strstr(buf_str(&p->in), "\r\n\r\n")))
            if (!receive(p))
                return;
        size_t head = (size_t)(end - p->in.data) + 4, body = 0;
        const char *length = strcasestr(p->in.data, "content-length:");
        if (length && length < end)
            body = strtoul(length + 15, NULL, 10);
        while (p->in.len < head + body)
            if (!receive(p))
                return;
        remember(p->s, p->in.data, head + body);
        memmove(p->in.data, p->in.data + head + body, p->in.len - head - body);
        buf_cut(&p->in, p->in.len - head - body);
        if (!speak(p, next_say(p->s)))
            return;
    }
}

static const char *answer_to(struct stub *s, const char *command, const char *otherwise)
{
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->answers.len; i++)
        if (strncasecmp(s->answers.at[i].command, command, strlen(s->answers.at[i].command)) == 0)
            otherwise = s->answers.at[i].text;
    pthread_mutex_unlock(&s->lock);
    return otherwise;
}

/* One line into line, out of in. */
static bool read_line(struct peer *p, char *line, size_t size)
{
    const char *end;
    while (!(end = strstr(buf_str(&p->in), "\r\n")))
        if (!receive(p))
            return false;
    size_t n = (size_t)(end - p->in.data);
    snprintf(line, size, "%.*s", (int)n, p->in.data);
    memmove(p->in.data, end + 2, p->in.len - n - 2);
    buf_cut(&p->in, p->in.len - n - 2);
    return true;
}

static bool serve_data(struct peer *p, struct buf *said)
{
    char line[4096];
    while (read_line(p, line, sizeof line)) {
        buf_printf(said, "%s\r\n", line);
        if (strcmp(line, ".") == 0) {
            remember(p->s, buf_str(said), said->len);
            buf_reset(said);
            return speak(p, answer_to(p->s, ".", "250 2.0.0 Ok: queued as 4F2A\r\n"));
        }
    }
    return false;
}

static void serve_smtp(struct peer *p)
{
    char line[4096], hello[512];
    struct buf said;
    buf_init(&said, 0);
    snprintf(hello, sizeof hello, "250-stub\r\n%s250 SMTPUTF8\r\n", p->s->extensions ? p->s->extensions : "");
    bool on = speak(p, answer_to(p->s, "CONNECT", "220 stub ESMTP\r\n"));
    while (on && read_line(p, line, sizeof line)) {
        buf_printf(&said, "%s\r\n", line);
        bool data = strncasecmp(line, "DATA", 4) == 0;
        const char *good = strncasecmp(line, "EHLO", 4) == 0 ? hello : strncasecmp(line, "AUTH", 4) == 0 ? "235 2.7.0 Ok\r\n" :
                           data ? "354 Go on\r\n" : strncasecmp(line, "QUIT", 4) == 0 ? "221 Bye\r\n" : "250 2.1.0 Ok\r\n";
        const char *reply = answer_to(p->s, line, good);
        on = speak(p, reply);
        if (on && data && *reply == '3')
            on = serve_data(p, &said);
    }
    if (said.len)
        remember(p->s, buf_str(&said), said.len);
    buf_finish(&said);
}

static void *serve(void *ctx)
{
    struct peer *p = ctx;
    switch (p->s->kind) {
    case STUB_HTTP: serve_http(p); break;
    case STUB_SMTP: serve_smtp(p); break;
    case STUB_SILENT: deed(p, 'w'); break;
    }
    close(p->fd);
    buf_finish(&p->in);
    free(p);
    return NULL;
}

static void *accept_all(void *ctx)
{
    struct stub *s = ctx;
    for (;;) {
        struct pollfd fds[2] = {{.fd = s->listener, .events = POLLIN}, {.fd = s->quit[0], .events = POLLIN}};
        if (poll(fds, 2, -1) <= 0 || fds[1].revents)
            return NULL;
        int fd = accept(s->listener, NULL, NULL);
        if (fd < 0)
            continue;
        struct peer *p = xcalloc(1, sizeof *p);
        *p = (struct peer){.s = s, .fd = fd};
        buf_init(&p->in, 0);
        pthread_t thread;
        pthread_mutex_lock(&s->lock);
        s->connections++;
        if (pthread_create(&thread, NULL, serve, p) != 0)
            die("no thread");
        *vec_push(&s->threads) = thread;
        pthread_mutex_unlock(&s->lock);
    }
}

struct stub *stub_start(enum stub_kind kind)
{
    struct stub *s = xcalloc(1, sizeof *s);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    s->kind = kind;
    pthread_mutex_init(&s->lock, NULL);
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&a, sizeof a) != 0 || listen(s->listener, 64) != 0 ||
        getsockname(s->listener, (struct sockaddr *)&a, &size) != 0 || pipe(s->quit) != 0 ||
        pthread_create(&s->acceptor, NULL, accept_all, s) != 0)
        die("the stub does not start");
    s->port = ntohs(a.sin_port);
    return s;
}

void stub_stop(struct stub *s)
{
    if (write(s->quit[1], "q", 1) != 1)
        die("the stub does not stop");
    pthread_join(s->acceptor, NULL);
    for (size_t i = 0; i < s->threads.len; i++)
        pthread_join(s->threads.at[i], NULL);
    close(s->listener);
    close(s->quit[0]);
    close(s->quit[1]);
    for (size_t i = 0; i < s->says.len; i++)
        free(s->says.at[i]);
    for (size_t i = 0; i < s->answers.len; i++)
        free(s->answers.at[i].text);
    for (size_t i = 0; i < s->requests.len; i++)
        free(s->requests.at[i]);
    vec_finish(&s->says);
    vec_finish(&s->answers);
    vec_finish(&s->requests);
    vec_finish(&s->threads);
    free(s->extensions);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

int stub_port(const struct stub *s) { return s->port; }

void stub_say(struct stub *s, const char *answer)
{
    pthread_mutex_lock(&s->lock);
    *vec_push(&s->says) = xstrdup(answer);
    pthread_mutex_unlock(&s->lock);
}

void stub_answer(struct stub *s, const char *command, const char *answer)
{
    pthread_mutex_lock(&s->lock);
    struct answer *a = vec_push(&s->answers);
    snprintf(a->command, sizeof a->command, "%s", command);
    a->text = xstrdup(answer);
    pthread_mutex_unlock(&s->lock);
}

void stub_extensions(struct stub *s, const char *lines) { s->extensions = xstrdup(lines); }

int stub_requests(struct stub *s)
{
    pthread_mutex_lock(&s->lock);
    int n = (int)s->requests.len;
    pthread_mutex_unlock(&s->lock);
    return n;
}

const char *stub_request(struct stub *s, int i)
{
    pthread_mutex_lock(&s->lock);
    const char *text = i < (int)s->requests.len ? s->requests.at[i] : "";
    pthread_mutex_unlock(&s->lock);
    return text;
}

int stub_connections(struct stub *s)
{
    pthread_mutex_lock(&s->lock);
    int n = s->connections;
    pthread_mutex_unlock(&s->lock);
    return n;
}

const char *stub_http(int status, const char *headers, const char *body)
{
    static char texts[8][4096];
    static int next;
    char *text = texts[next++ % 8];
    snprintf(text, sizeof texts[0], "HTTP/1.1 %d Said\r\n%sContent-Length: %zu\r\n\r\n%s", status, headers, strlen(body), body);
    return text;
}
