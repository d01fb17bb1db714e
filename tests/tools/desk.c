/* A helpdesk on loopback, as far as Zendesk's API goes: tickets with a state and comments, kept in memory.
 * usage: desk LOG [--delay MS] [--times N STATUS] [--from N]   prints its port; runs until a signal
 *   LOG      a line a request: "create EXTERNAL-ID", "find", "look ID", "comments ID", "comment ID", "status ID STATE", "refused"
 *   --delay  it does what it is asked at once and answers only after so many milliseconds
 *   --times  the first N requests are answered with STATUS and do nothing
 *   --from   the first ticket is number N + 1
 * GET /set/ID/STATE changes a ticket as an agent there would, GET /say/ID/WORD comments on it, GET /delete/ID; GET /count says how many.
 * It knows no Idempotency-Key. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 65536, CLIENTS = 64, TICKETS = 1000, COMMENTS = 20 };

struct comment { bool theirs; char text[400]; };       /* JSON, escaped as it came */
struct ticket { char external[64], state[16]; struct comment comments[COMMENTS]; int count; bool gone; };
struct client { int fd; size_t used; int64_t answer_at; char in[MOST], out[MOST]; };

static struct ticket tickets[TICKETS + 1];             /* from 1 */
static struct client *clients[CLIENTS];
static FILE *written;
static long delay_ms, times, status, taken;
static int count, from, second;

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void note(const char *what, const char *more)
{
    fprintf(written, "%s%s%s\n", what, *more ? " " : "", more);
    fflush(written);           /* before the answer is read: a killed worker must find it written */
}

/* The text of a member, wherever it stands, as it is escaped. */
static void member(const char *body, const char *key, char *out, size_t size)
{
    char name[40];
    snprintf(name, sizeof name, "\"%s\":\"", key);
    const char *at = strstr(body, name);
    size_t n = 0;
    for (at = at ? at + strlen(name) : ""; *at && *at != '"' && n + 2 < size; at++) {
        out[n++] = *at;
        if (*at == '\\' && at[1])
            out[n++] = *++at;
    }
    out[n] = '\0';
}

static void put_ticket(char *out, size_t size, int id)
{
    snprintf(out, size, "{\"ticket\":{\"id\":%d,\"external_id\":\"%s\",\"status\":\"%s\",\"updated_at\":\"2026-11-22T10:%02d:%02dZ\"}}", id, tickets[id].external,
             tickets[id].state, second / 60 % 60, second % 60);
}

static void comment(int id, bool theirs, const char *text)
{
    struct ticket *t = &tickets[id];
    if (t->count < COMMENTS) {
        t->comments[t->count].theirs = theirs;
        snprintf(t->comments[t->count++].text, sizeof t->comments[0].text, "%s", text);
    }
}

static int create(const char *body)
{
    char text[400], pub[8] = "";
    struct ticket *t = &tickets[++count];
    member(body, "external_id", t->external, sizeof t->external);
    member(body, "status", t->state, sizeof t->state);
    member(body, "body", text, sizeof text);
    comment(count, false, text);
    snprintf(pub, sizeof pub, "%s", strstr(body, "\"public\":false") ? "" : "PUBLIC");
    note("create", t->external);
    if (*pub)
        note(pub, "");
    return count;
}

static void change(int id, const char *body)
{
    char text[400], number[40];
    if (strstr(body, "\"comment\":")) {
        member(body, "body", text, sizeof text);
        comment(id, false, text);
        snprintf(number, sizeof number, "%d%s", id, strstr(body, "\"public\":false") ? "" : " PUBLIC");
        note("comment", number);
        return;
    }
    member(body, "status", tickets[id].state, sizeof tickets[id].state);
    snprintf(number, sizeof number, "%d %s", id, tickets[id].state);
    note("status", number);
}

static void find(const char *external, char *out, size_t size)
{
    note("find", "");
    for (int i = from + 1; i <= count; i++)
        if (strncmp(external, tickets[i].external, strlen(tickets[i].external)) == 0) {
            char one[400];
            put_ticket(one, sizeof one, i);
            one[strlen(one) - 1] = '\0';
            snprintf(out, size, "{\"tickets\":[%s]}", one + strlen("{\"ticket\":"));
            return;
        }
    snprintf(out, size, "{\"tickets\":[]}");
}

static void list_comments(int id, char *out, size_t size)
{
    size_t n = (size_t)snprintf(out, size, "{\"users\":[{\"id\":9,\"name\":\"Ann\"}],\"comments\":[");
    for (int i = tickets[id].count; i-- > 0 && n < size;)
        n += (size_t)snprintf(out + n, size - n, "{\"id\":%d,\"author_id\":9,\"public\":%s,\"created_at\":\"2026-11-22T10:00:00Z\",\"body\":\"%s\"}%s", id * 100 + i,
                              tickets[id].comments[i].theirs ? "true" : "false", tickets[id].comments[i].text, i ? "," : "");
    if (n < size)
        snprintf(out + n, size - n, "]}");
}

/* What an agent there does. */
static bool by_hand(const char *path, char *out, size_t size)
{
    int id = 0;
    char word[64] = "";
    if (sscanf(path, "/set/%d/%15[a-z]", &id, word) == 2 && id <= count)
        snprintf(tickets[id].state, sizeof tickets[id].state, "%.15s", word);
    else if (sscanf(path, "/say/%d/%60[a-z]", &id, word) == 2 && id <= count)
        comment(id, true, word);
    else if (sscanf(path, "/delete/%d", &id) == 1 && id <= count)
        tickets[id].gone = true;
    else if (strncmp(path, "/count", 6) != 0)
        return false;
    second++;
    snprintf(out, size, "{\"count\":%d}", count - from);
    return true;
}

static int serve(const char *request, const char *body, char *out, size_t size)
{
    char method[8] = "", path[300] = "", number[16];
    int id = 0;
    sscanf(request, "%7s %299s", method, path);
    if (by_hand(path, out, size))
        return 200;
    if (taken++ < times) {
        note("refused", "");
        snprintf(out, size, "{\"error\":\"not now\"}");
        return (int)status;
    }
    if (strncmp(path, "/api/v2/tickets.json?external_id=", 33) == 0) {
        find(path + 33, out, size);
        return 200;
    }
    if (strcmp(path, "/api/v2/tickets.json") == 0 && count < TICKETS) {
        second++;
        put_ticket(out, size, create(body));
        return 201;
    }
    if (sscanf(path, "/api/v2/tickets/%d", &id) != 1 || id <= from || id > count || tickets[id].gone) {
        snprintf(out, size, "{\"error\":\"RecordNotFound\"}");
        return 404;
    }
    snprintf(number, sizeof number, "%d", id);
    if (strstr(path, "/comments.json")) {
        note("comments", number);
        list_comments(id, out, size);
        return 200;
    }
    if (*method == 'P') {
        second++;
        change(id, body);
    } else {
        note("look", number);
    }
    put_ticket(out, size, id);
    return 200;
}

/* True: a whole request was taken, and its answer waits. */
static bool take(struct client *c)
{
    static char body[MOST], json[MOST - 200];
    c->in[c->used] = '\0';
    const char *end = strstr(c->in, "\r\n\r\n"), *length = strcasestr(c->in, "content-length:");
    if (!end)
        return false;
    size_t head = (size_t)(end - c->in) + 4, more = length && length < end ? strtoul(length + 15, NULL, 10) : 0;
    if (c->used < head + more || more >= sizeof body)
        return false;
    memcpy(body, c->in + head, more);
    body[more] = '\0';
    json[0] = '\0';
    int code = serve(c->in, body, json, sizeof json);
    snprintf(c->out, sizeof c->out, "HTTP/1.1 %d Said\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", code, strlen(json), json);
    memmove(c->in, c->in + head + more, c->used - head - more);
    c->used -= head + more;
    c->answer_at = now_ms() + delay_ms;
    return true;
}

static void drop(int i)
{
    close(clients[i]->fd);
    free(clients[i]);
    clients[i] = NULL;
}

static void send_out(int i)
{
    const char *s = clients[i]->out;
    clients[i]->answer_at = 0;
    for (size_t n = strlen(s); n > 0;) {
        ssize_t sent = send(clients[i]->fd, s, n, MSG_NOSIGNAL);
        if (sent <= 0) {
            drop(i);
            return;
        }
        s += sent;
        n -= (size_t)sent;
    }
}

static void on_readable(int i)
{
    struct client *c = clients[i];
    ssize_t n = read(c->fd, c->in + c->used, MOST - 1 - c->used);
    if (n <= 0) {
        drop(i);
        return;
    }
    c->used += (size_t)n;
    take(c);
}

static void accept_one(int listener)
{
    int fd = accept(listener, NULL, NULL), i = 0;
    while (i < CLIENTS && clients[i])
        i++;
    if (fd >= 0 && i < CLIENTS && (clients[i] = calloc(1, sizeof **clients)))
        clients[i]->fd = fd;
    else if (fd >= 0)
        close(fd);
}

static int listen_on_loopback(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 64) != 0)
        exit(70);
    getsockname(fd, (struct sockaddr *)&at, &size);
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    return fd;
}

int main(int argc, char **argv)
{
    written = argc > 1 ? fopen(argv[1], "a") : NULL;
    if (!written)
        return 64;
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--delay") == 0 && i + 1 < argc) {
            delay_ms = strtol(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--from") == 0 && i + 1 < argc) {
            count = from = (int)strtol(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--times") == 0 && i + 2 < argc) {
            times = strtol(argv[++i], NULL, 10);
            status = strtol(argv[++i], NULL, 10);
        } else {
            return 64;
        }
    }
    signal(SIGPIPE, SIG_IGN);
    int listener = listen_on_loopback();
    for (;;) {
        struct pollfd fds[CLIENTS + 1] = {{.fd = listener, .events = POLLIN}};
        int wait = -1;
        for (int i = 0; i < CLIENTS; i++) {
            fds[i + 1] = (struct pollfd){.fd = clients[i] ? clients[i]->fd : -1, .events = POLLIN};
            if (clients[i] && clients[i]->answer_at)
                wait = 10;
        }
        if (poll(fds, CLIENTS + 1, wait) < 0 && errno != EINTR)
            return 70;
        for (int i = 0; i < CLIENTS; i++)
            if (clients[i] && fds[i + 1].revents)
                on_readable(i);
        for (int i = 0; i < CLIENTS; i++)
            if (clients[i] && clients[i]->answer_at && clients[i]->answer_at <= now_ms())
                send_out(i);
        if (fds[0].revents)
            accept_one(listener);
    }
}
