/* A network in between that can fall silent without closing: a TCP proxy on loopback before a Unix socket.
 * usage: stall SOCKET      prints its port; reads words from standard input, a line each, answers each with the same word;
 *                          ends with standard input
 *   go        forwards both ways; what was held back goes on
 *   up        forwards nothing more to the server        down   nothing more to the client        both   neither
 *   down N    like down, after N more bytes: in the middle of a result
 *   cut       closes every connection, and refuses new ones until `go`
 * New connections are taken always, as by a host that swallows what it is sent. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PAIRS = 64, CHUNK = 16384 };

/* One way of one connection: read from `from`, what is not written yet. */
struct way { int from, to; size_t have, done; char data[CHUNK]; };
struct pair { bool open; struct way up, down; };

static struct pair pairs[PAIRS];
static bool hold_up, hold_down, refusing;
static long down_left = -1;        /* bytes that still go down; -1: as many as there are */

static void close_pair(struct pair *p)
{
    close(p->up.from);
    close(p->down.from);
    p->open = false;
}

static int dial(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static void take(int listener, const char *path)
{
    int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC), server = client < 0 || refusing ? -1 : dial(path);
    struct pair *p = pairs;
    while (p < pairs + PAIRS && p->open)
        p++;
    if (server < 0 || p == pairs + PAIRS) {
        if (client >= 0)
            close(client);
        if (server >= 0)
            close(server);
        return;
    }
    p->open = true;
    p->up = (struct way){.from = client, .to = server};
    p->down = (struct way){.from = server, .to = client};
}

/* False: this way is at its end. */
static bool forward(struct way *w, bool readable, bool hold, bool down)
{
    if (readable && w->have == 0) {
        ssize_t n = read(w->from, w->data, sizeof w->data);
        if (n <= 0)
            return n < 0 && (errno == EINTR || errno == EAGAIN);
        w->have = (size_t)n;
        w->done = 0;
    }
    size_t left = w->have - w->done;
    if (down && down_left >= 0 && (long)left > down_left)
        left = (size_t)down_left;
    if (hold || left == 0)
        return true;
    ssize_t n = send(w->to, w->data + w->done, left, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0)
        return errno == EINTR || errno == EAGAIN;
    w->done += (size_t)n;
    if (down && down_left >= 0)
        down_left -= n;
    if (w->done == w->have)
        w->have = w->done = 0;
    return true;
}

static void obey(char *word)
{
    word[strcspn(word, "\n")] = '\0';
    bool cut = strcmp(word, "cut") == 0, both = strcmp(word, "both") == 0;
    if (!cut) {
        hold_up = both || strcmp(word, "up") == 0;
        hold_down = both || strcmp(word, "down") == 0;
        down_left = strncmp(word, "down ", 5) == 0 ? strtol(word + 5, NULL, 10) : -1;
    }
    refusing = cut;
    for (int i = 0; cut && i < PAIRS; i++)
        if (pairs[i].open)
            close_pair(&pairs[i]);
    printf("%s\n", word);
    fflush(stdout);
}

static void turn(int listener, const char *path)
{
    struct pollfd p[2 + 2 * PAIRS] = {{.fd = listener, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
    bool waits = false;
    for (int i = 0; i < PAIRS; i++) {
        const struct pair *q = &pairs[i];
        p[2 + 2 * i] = (struct pollfd){.fd = q->open && q->up.have == 0 ? q->up.from : -1, .events = POLLIN};
        p[3 + 2 * i] = (struct pollfd){.fd = q->open && q->down.have == 0 ? q->down.from : -1, .events = POLLIN};
        waits = waits || (q->open && (q->up.have || q->down.have));
    }
    if (poll(p, 2 + 2 * PAIRS, waits ? 5 : -1) < 0)
        return;
    for (int i = 0; i < PAIRS; i++)
        if (pairs[i].open && (!forward(&pairs[i].up, p[2 + 2 * i].revents, hold_up, false) ||
                              !forward(&pairs[i].down, p[3 + 2 * i].revents, hold_down, true)))
            close_pair(&pairs[i]);
    if (p[0].revents)
        take(listener, path);
    char word[64];
    if (p[1].revents) {
        ssize_t n = read(0, word, sizeof word - 1);
        if (n <= 0)
            exit(0);
        word[n] = '\0';
        obey(word);
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    signal(SIGPIPE, SIG_IGN);
    if (argc != 2 || listener < 0 || bind(listener, (struct sockaddr *)&at, size) != 0 || listen(listener, 64) != 0 ||
        getsockname(listener, (struct sockaddr *)&at, &size) != 0) {
        fprintf(stderr, "usage: stall SOCKET\n");
        return 64;
    }
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    for (;;)
        turn(listener, argv[1]);
}
