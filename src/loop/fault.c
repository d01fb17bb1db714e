#include "loop/fault.h"

#ifdef DOORSTEP_FAULTS

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NAMES(id, name, scenario) {name, scenario},
static const struct { const char *name, *scenario; } points[] = {FAULT_POINTS(NAMES)};

static enum { KILL, STOP, CUT } way;
static enum fault_point where = FAULT_NOWHERE;
static long left = 1;

enum { SOCKETS_MOST = 1024 };

/* Those whose other end is a server's socket file. */
static void cut_database(void)
{
    for (int fd = 3; fd < SOCKETS_MOST; fd++) {
        struct sockaddr_un at = {.sun_family = AF_UNSPEC};
        socklen_t size = sizeof at;
        if (getpeername(fd, (struct sockaddr *)&at, &size) == 0 && at.sun_family == AF_UNIX && strstr(at.sun_path, ".s.PGSQL."))
            shutdown(fd, SHUT_RDWR);
    }
}

static _Noreturn void usage(const char *given)
{
    fprintf(stderr, "DOORSTEP_FAULT=%s is not NAME[:N][=kill|stop|cut]; DOORSTEP_FAULT=list prints the names\n", given);
    exit(64);
}

static void list(void)
{
    for (size_t i = 0; i < FAULT_NOWHERE; i++)
        printf("%s %s\n", points[i].name, points[i].scenario);
    exit(0);
}

/* What stands after the name. */
static bool read_rest(const char *s)
{
    char *end = NULL;
    if (*s == ':') {
        left = strtol(s + 1, &end, 10);
        if (end == s + 1 || left < 1)
            return false;
        s = end;
    }
    if (*s == '=')
        s++;
    else
        return *s == '\0';
    way = strcmp(s, "stop") == 0 ? STOP : strcmp(s, "cut") == 0 ? CUT : KILL;
    return way != KILL || strcmp(s, "kill") == 0;
}

void fault_begin(void)
{
    const char *given = getenv("DOORSTEP_FAULT");
    if (!given || !*given)
        return;
    if (strcmp(given, "list") == 0)
        list();
    size_t n = strcspn(given, ":=");
    for (size_t i = 0; i < FAULT_NOWHERE; i++)
        if (strlen(points[i].name) == n && strncmp(points[i].name, given, n) == 0)
            where = (enum fault_point)i;
    if (where == FAULT_NOWHERE || !read_rest(given + n))
        usage(given);
}

void fault_pass(enum fault_point at)
{
    if (at == FAULT_NOWHERE || at != where || --left != 0)
        return;
    if (way == CUT)
        cut_database();
    else
        kill(getpid(), way == STOP ? SIGSTOP : SIGKILL);
}

#endif
