#include "relay_socket.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/utf8.h"
#include "core/relay.h"
#include "db/relay.h"

#define PROBE_MS 2000

/* Of a socket that systemd made, the peer is who called listen(2): root. */
static bool believable(int fd, const char *path)
{
    struct ucred peer = {.pid = 0};
    socklen_t n = sizeof peer;
    char folder[sizeof((struct sockaddr_un *)0)->sun_path];
    struct stat st;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) != 0)
        return false;
    if (peer.uid == 0 || peer.uid == geteuid())
        return true;
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (!slash || slash == folder)
        return false;
    *slash = '\0';
    return stat(folder, &st) == 0 && st.st_uid == peer.uid;
}

static void explain(char *why, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void explain(char *why, size_t size, const char *fmt, ...)
{
    va_list ap;
    if (!why)
        return;
    va_start(ap, fmt);
    vsnprintf(why, size, fmt, ap);
    va_end(ap);
}

int relay_socket_connect(const char *path, char *why, size_t size)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    size_t n = strlen(path);
    explain(why, size, "%s", "");
    if (n >= sizeof a.sun_path) {
        explain(why, size, "the path of a socket has at most %zu bytes", sizeof a.sun_path - 1);
        return -1;
    }
    memcpy(a.sun_path, path, n + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0) {
        if (believable(fd, path))
            return fd;
        explain(why, size, "who listens at %s is neither root, nor this account, nor the owner of that folder: not used", path);
    } else if (errno == ECONNREFUSED) {
        explain(why, size, "a relay that ended left %s: start it again", path);
    } else if (errno != ENOENT && errno != ENOTDIR) {
        explain(why, size, "%s: %s; become a member of the socket's group", path, strerror(errno));
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Lines until it answers the ping. */
static bool answers(int fd, struct relay_probe *out)
{
    static const char ask[] = "hello 1\nping 1\n";
    struct relay_stream in = {.len = 0};
    struct relay_line line;
    if (send(fd, ask, sizeof ask - 1, MSG_NOSIGNAL) != (ssize_t)sizeof ask - 1)
        return false;
    for (struct pollfd p = {.fd = fd, .events = POLLIN}; poll(&p, 1, PROBE_MS) > 0;) {
        size_t room = relay_space(&in);
        ssize_t n = room ? recv(fd, in.data + in.len, room, 0) : 0;
        if (n <= 0)
            return false;
        in.len += (size_t)n;
        for (char *text; (text = relay_next(&in));) {
            if (!relay_read(text, &line))
                return false;
            if (line.word == RELAY_BYE)
                utf8_clean(line.text, strlen(line.text), out->why, sizeof out->why, UTF8_ONE_LINE);
            if (line.word == RELAY_BYE || line.word == RELAY_PONG)
                return line.word == RELAY_PONG;
        }
    }
    return false;
}

void db_relay_probe(const char *path, struct relay_probe *out)
{
    *out = (struct relay_probe){.there = false};
    int fd = relay_socket_connect(path, out->why, sizeof out->why);
    out->there = fd >= 0 || out->why[0];
    if (fd < 0)
        return;
    out->works = answers(fd, out);
    if (!out->works && !out->why[0])
        snprintf(out->why, sizeof out->why, "what listens at %s does not answer as a relay: restart it", path);
    close(fd);
}
