#include "run/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "loop/loop.h"

bool process_unprivileged(struct process_user *out, struct err *e)
{
    *out = (struct process_user){0};
    if (geteuid() != 0)
        return true;
    static const char *const names[] = {"postgres", "nobody"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct passwd *pw = getpwnam(names[i]);
        if (!pw)
            continue;
        out->drop = true;
        out->uid = pw->pw_uid;
        out->gid = pw->pw_gid;
        snprintf(out->name, sizeof out->name, "%s", names[i]);
        return true;
    }
    return err_set(e, ERR_CONFIG, NULL,
                   "PostgreSQL does not run as root, and there is no user postgres or nobody: run as a normal user");
}

bool process_become(const struct process_user *u)
{
    if (!u || !u->drop)
        return true;
    return setgroups(0, NULL) == 0 && setgid(u->gid) == 0 && setuid(u->uid) == 0;
}

static void forget_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int s = 1; s < NSIG; s++)
        if (s != SIGKILL && s != SIGSTOP)
            signal(s, SIG_DFL);
}

/* The child's side of a start: everything between fork and its real work. */
static bool settle(const struct process_options *o, pid_t parent)
{
    forget_signals();
    setsid();
    if (!process_become(o->user) || chdir("/") != 0)
        return false;
    /* After the change of user, which would clear it. */
    if (o->death_signal > 0 && (prctl(PR_SET_PDEATHSIG, o->death_signal) != 0 || getppid() != parent))
        return false;
    umask(077);
    int in = open("/dev/null", O_RDWR | O_CLOEXEC);
    int out = o->output > 0 ? o->output
              : o->log      ? open(o->log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600)
                            : in;
    return in >= 0 && out >= 0 && dup2(in, 0) >= 0 && dup2(out, 1) >= 0 && dup2(out, 2) >= 0;
}

pid_t process_start(const char *const *argv, const struct process_options *o, struct err *e)
{
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0) {
        err_set(e, ERR_AGAIN, NULL, "cannot start %s: %s", argv[0], strerror(errno));
        return -1;
    }
    if (pid == 0) {
        if (settle(o, parent)) {
            execv(argv[0], (char *const *)argv);
            dprintf(2, "cannot run %s: %s\n", argv[0], strerror(errno));
        }
        _exit(127);
    }
    return pid;
}

pid_t process_fork(int (*fn)(void *ctx), void *ctx, const struct process_options *o, struct err *e)
{
    pid_t parent = getpid();
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) {
        err_set(e, ERR_AGAIN, NULL, "cannot start another process: %s", strerror(errno));
        return -1;
    }
    if (pid == 0)
        _exit(settle(o, parent) ? fn(ctx) : 127);
    return pid;
}

static void nap(long ms)
{
    struct timespec t = {ms / 1000, (ms % 1000) * 1000000};
    nanosleep(&t, NULL);
}

bool process_wait(pid_t pid, int64_t deadline_ms, int *status)
{
    for (;;) {
        pid_t ended = waitpid(pid, status, WNOHANG);
        if (ended == pid || (ended < 0 && errno == ECHILD))
            return true;
        if (loop_now() >= deadline_ms)
            return false;
        nap(10);
    }
}

void process_end(pid_t pid, const int *signals, int64_t patience_ms)
{
    int status;
    for (; *signals; signals++) {
        kill(pid, *signals);
        if (process_wait(pid, loop_now() + patience_ms, &status))
            return;
    }
    kill(pid, SIGKILL);
    process_wait(pid, loop_now() + patience_ms, &status);
}

/* Reads all a child prints, keeping the beginning in out and the end in tail. */
static bool read_output(int fd, int64_t deadline, char *out, size_t size, char *tail, size_t tail_size)
{
    size_t used = 0, kept = 0;
    char block[4096];
    for (;;) {
        int64_t left = deadline - loop_now();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int ready = left > 0 ? poll(&p, 1, (int)left) : 0;
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return false;
        ssize_t n = read(fd, block, sizeof block);
        if (n <= 0)
            return n == 0;
        for (ssize_t i = 0; i < n; i++) {
            if (out && used + 1 < size)
                out[used++] = block[i];
            if (kept + 1 == tail_size) {
                memmove(tail, tail + tail_size / 2, tail_size - 1 - tail_size / 2);
                kept = tail_size - 1 - tail_size / 2;
            }
            tail[kept++] = block[i];
        }
        if (out)
            out[used] = '\0';
        tail[kept] = '\0';
    }
}

bool process_run(const char *const *argv, const struct process_user *user, int64_t timeout_ms, char *out, size_t size,
                 struct err *e)
{
    int ends[2];
    if (out && size)
        out[0] = '\0';
    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_set(e, ERR_AGAIN, NULL, "cannot start %s: %s", argv[0], strerror(errno));
    struct process_options o = {.user = user, .output = ends[1], .death_signal = SIGTERM};
    pid_t pid = process_start(argv, &o, e);
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return false;
    }
    int64_t deadline = loop_now() + timeout_ms;
    char tail[400] = "";
    bool whole = read_output(ends[0], deadline, out, size, tail, sizeof tail);
    close(ends[0]);
    int status = 0;
    if (!whole || !process_wait(pid, deadline, &status)) {
        process_end(pid, (const int[]){SIGTERM, 0}, 1000);
        return err_set(e, ERR_AGAIN, NULL, "%s took longer than %d s", argv[0], (int)(timeout_ms / 1000));
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return err_set(e, ERR_BUG, NULL, "%s failed: %s", argv[0], tail[0] ? tail : "it printed nothing");
    return true;
}
