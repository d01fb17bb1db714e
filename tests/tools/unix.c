/* Unix stream sockets for scripts.
 *   unix talk PATH [FILE]       sends standard input, prints what comes until the other end closes;
 *                               with FILE reads nothing before that file is there
 *   unix listen PATH COMMAND…   runs COMMAND as systemd would behind a socket unit: a listening socket as
 *                               descriptor 3, LISTEN_FDS and LISTEN_PID (sd_listen_fds(3)) */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int opened(const char *path, struct sockaddr_un *a)
{
    *a = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(a->sun_path, sizeof a->sun_path, "%s", path);
    return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int copy(int from, int to)
{
    static char block[65536];
    ssize_t n = read(from, block, sizeof block);
    return n > 0 && write(to, block, (size_t)n) == n;
}

static int talk(const char *path, const char *until)
{
    struct sockaddr_un a;
    int fd = opened(path, &a), typing = 1, reading = until == NULL;
    signal(SIGPIPE, SIG_IGN);
    if (connect(fd, (struct sockaddr *)&a, sizeof a) != 0) {
        perror(path);
        return 1;
    }
    for (;;) {
        struct pollfd p[2] = {{.fd = typing ? 0 : -1, .events = POLLIN}, {.fd = reading ? fd : -1, .events = POLLIN}};
        poll(p, 2, 20);
        if (p[0].revents)
            typing = copy(0, fd);
        if (p[1].revents && !copy(fd, 1))
            return 0;
        reading = reading || access(until, F_OK) == 0;
    }
}

static int listen_for(const char *path, char **command)
{
    struct sockaddr_un a;
    char pid[16];
    int fd = opened(path, &a);
    unlink(path);
    if (bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 16) != 0 || (fd != 3 && dup2(fd, 3) != 3)) {
        perror(path);
        return 1;
    }
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    setenv("LISTEN_FDS", "1", 1);
    setenv("LISTEN_PID", pid, 1);
    execvp(command[0], command);
    perror(command[0]);
    return 127;
}

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "talk") == 0)
        return talk(argv[2], argv[3]);
    if (argc > 3 && strcmp(argv[1], "listen") == 0)
        return listen_for(argv[2], argv + 3);
    return 64;
}
