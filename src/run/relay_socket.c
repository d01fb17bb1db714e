/* Where dashboards find the relay, and whom it lets in. */
#include "relay_in.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/die.h"

#define FIRST_GIVEN 3          /* SD_LISTEN_FDS_START of sd_listen_fds(3) */
#define BACKLOG 512            /* after a restart of the relay all dashboards come at once */

static bool number_is(const char *variable, long wanted)
{
    const char *s = getenv(variable);
    char *end;
    return s && *s && strtol(s, &end, 10) == wanted && !*end;
}

/* sd_listen_fds(3): one descriptor, and it is meant for this process. 1: there is one; 0: none; -1: *e. */
static int given(struct err *e)
{
    int listening = 0;
    socklen_t n = sizeof listening;
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    if (!getenv("LISTEN_FDS") || !number_is("LISTEN_PID", (long)getpid()))
        return 0;
    bool one = number_is("LISTEN_FDS", 1);
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDNAMES");
    if (one && getsockname(FIRST_GIVEN, (struct sockaddr *)&address, &size) == 0 && address.ss_family == AF_UNIX &&
        getsockopt(FIRST_GIVEN, SOL_SOCKET, SO_ACCEPTCONN, &listening, &n) == 0 && listening)
        return 1;
    err_set(e, ERR_CONFIG, "LISTEN_FDS", "systemd gave something else than one listening Unix stream socket: write one ListenStream= with a path");
    return -1;
}

static bool find_group(const char *name, gid_t *out, struct err *e)
{
    errno = 0;
    struct group *g = getgrnam(name);
    if (!g)
        return err_set(e, ERR_CONFIG, "--group", "there is no group \"%s\": make it with groupadd, and add the agents' accounts", name);
    *out = g->gr_gid;
    return true;
}

/* A socket nobody answers at was left by a relay that was killed. */
static bool in_use(const struct sockaddr_un *a)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool taken = connect(fd, (const struct sockaddr *)a, sizeof *a) == 0 || errno == EAGAIN;
    close(fd);
    return taken;
}

static bool refuse_path(struct err *e, const char *path, const char *what)
{
    return err_set(e, ERR_IO, path, "%s: %s; make its folder for the relay's account (RuntimeDirectory=doorstep does), or name another with --socket",
                   what, strerror(errno));
}

/* Of two relays that begin at once one finds the other's socket. Held until the descriptor is closed. */
static int lock_folder(const char *path)
{
    char folder[sizeof((struct sockaddr_un *)0)->sun_path];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = '\0';
    int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int tries = 0; fd >= 0 && tries < 50 && flock(fd, LOCK_EX | LOCK_NB) != 0; tries++)
        usleep(10000);         /* not for ever: whoever can read the folder can hold it */
    return fd;
}

static bool claim_path(struct relay_socket *s, const struct relay_options *o, const struct sockaddr_un *a, struct err *e)
{
    struct stat st;
    if (lstat(o->socket, &st) == 0 && !S_ISSOCK(st.st_mode))
        return err_set(e, ERR_CONFIG, o->socket, "there is something else already: remove it, or name another path with --socket");
    if (in_use(a))
        return err_set(e, ERR_REFUSED, o->socket, "another relay answers there: one is enough for all dashboards of a host and database");
    unlink(o->socket);
    s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t mask = umask(0177);             /* until the group is right, nobody else */
    bool bound = s->fd >= 0 && bind(s->fd, (const struct sockaddr *)a, sizeof *a) == 0;
    umask(mask);
    if (!bound)
        return refuse_path(e, o->socket, "cannot listen there");
    memcpy(s->path, a->sun_path, sizeof s->path);
    if (lstat(s->path, &st) == 0)
        s->device = st.st_dev, s->file = st.st_ino;
    if (o->group && chown(o->socket, (uid_t)-1, s->group) != 0)
        return err_set(e, ERR_IO, "--group", "the socket cannot be given to group %s: %s; the relay's account has to be a member of it", o->group, strerror(errno));
    if (chmod(o->socket, 0660) != 0 || listen(s->fd, BACKLOG) != 0)
        return refuse_path(e, o->socket, "cannot listen there");
    return true;
}

static bool make_socket(struct relay_socket *s, const struct relay_options *o, struct err *e)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    size_t n = strlen(o->socket);
    if (n >= sizeof a.sun_path)
        return err_set(e, ERR_CONFIG, "--socket", "a socket's path has at most %zu bytes", sizeof a.sun_path - 1);
    memcpy(a.sun_path, o->socket, n + 1);
    int folder = lock_folder(o->socket);
    bool made = claim_path(s, o, &a, e);
    if (folder >= 0)
        close(folder);
    return made;
}

bool relay_socket_open(struct relay_socket *s, const struct relay_options *o, struct err *e)
{
    *s = (struct relay_socket){.fd = -1};
    if (o->group && !find_group(o->group, &s->group, e))
        return false;
    int activated = given(e);
    bool good = activated > 0 || (activated == 0 && make_socket(s, o, e));
    if (activated > 0) {
        s->fd = FIRST_GIVEN;
        fcntl(s->fd, F_SETFD, FD_CLOEXEC);
        fcntl(s->fd, F_SETFL, O_NONBLOCK);
    }
    struct sockaddr_un a = {0};
    socklen_t size = sizeof a;
    struct stat st;
    if (good && !o->group) {
        good = getsockname(s->fd, (struct sockaddr *)&a, &size) == 0 && a.sun_path[0] == '/' && stat(a.sun_path, &st) == 0;
        if (good)
            s->group = st.st_gid;
        else
            err_set(e, ERR_CONFIG, "--group", "the socket is no file, so its group is not known: give --group");
    }
    if (!good)
        relay_socket_close(s);
    return good;
}

void relay_socket_close(struct relay_socket *s)
{
    struct stat st;
    if (s->path[0] && lstat(s->path, &st) == 0 && st.st_dev == s->device && st.st_ino == s->file)
        unlink(s->path);       /* first: the next relay's may stand there as soon as nobody answers */
    if (s->fd >= 0)
        close(s->fd);
    *s = (struct relay_socket){.fd = -1};
}

/* Where a directory gives people their groups, they may be in hundreds: the kernel says how much room all need (socket(7)). */
static bool in_group(int fd, gid_t group)
{
    socklen_t size = 256 * sizeof group;
    gid_t *groups = xcalloc(1, size);
    int got = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size);
    if (got != 0 && errno == ERANGE) {
        groups = xrealloc(groups, size);
        got = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size);
    }
    bool found = false;
    for (size_t i = 0; got == 0 && i < size / sizeof group; i++)
        found |= groups[i] == group;
    free(groups);
    return found;
}

bool relay_socket_trusts(const struct relay_socket *s, int fd)
{
    struct ucred peer = {.pid = 0};
    socklen_t n = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) != 0)
        return false;
    return peer.uid == 0 || peer.uid == geteuid() || peer.gid == s->group || in_group(fd, s->group);
}
