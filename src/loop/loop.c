#include "loop/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "base/vec.h"

struct watch {
    loop_io_fn *fn;
    void *ctx;
    unsigned events;
    bool fresh;                /* added since the last poll: its revents are not its own */
};

struct handler {
    int signo;
    loop_signal_fn *fn;
    void *ctx;
    struct sigaction before;
};

struct loop {
    VEC(struct pollfd) fds;    /* fds.at[i] belongs to watches.at[i]; fd -1: taken away */
    VEC(struct watch) watches;
    VEC(struct loop_timer *) heap;
    VEC(struct handler) handlers;
    int pipe[2];
};

/* One process, one set of signal handlers: the loop that registered first owns them. */
static volatile sig_atomic_t signal_fd = -1;

static void on_signal(int signo)
{
    int saved = errno;
    unsigned char byte = (unsigned char)signo;
    /* A full pipe already holds enough to wake the loop. */
    ssize_t n = write(signal_fd, &byte, 1);
    (void)n;
    errno = saved;
}

struct loop *loop_create(void)
{
    struct loop *l = xcalloc(1, sizeof *l);
    l->pipe[0] = l->pipe[1] = -1;
    return l;
}

void loop_destroy(struct loop *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->handlers.len; i++)
        sigaction(l->handlers.at[i].signo, &l->handlers.at[i].before, NULL);
    if (l->pipe[0] >= 0) {
        signal_fd = -1;
        close(l->pipe[0]);
        close(l->pipe[1]);
    }
    for (size_t i = 0; i < l->heap.len; i++) {
        l->heap.at[i]->slot = -1;
        l->heap.at[i]->at = INT64_MAX;
    }
    vec_finish(&l->fds);
    vec_finish(&l->watches);
    vec_finish(&l->heap);
    vec_finish(&l->handlers);
    free(l);
}

/* --- descriptors --------------------------------------------------------- */

static short poll_events(unsigned events)
{
    return (short)(((events & LOOP_READ) ? POLLIN : 0) | ((events & LOOP_WRITE) ? POLLOUT : 0));
}

static unsigned loop_events(short revents)
{
    unsigned e = 0;
    if (revents & (POLLIN | POLLHUP))
        e |= LOOP_READ;
    if (revents & POLLOUT)
        e |= LOOP_WRITE;
    if (revents & (POLLERR | POLLHUP | POLLNVAL))
        e |= LOOP_ERROR;
    return e;
}

static size_t find_fd(const struct loop *l, int fd)
{
    for (size_t i = 0; i < l->fds.len; i++)
        if (l->fds.at[i].fd == fd)
            return i;
    return SIZE_MAX;
}

void loop_watch(struct loop *l, int fd, unsigned events, loop_io_fn *fn, void *ctx)
{
    size_t i = find_fd(l, fd);
    if (!events) {
        if (i != SIZE_MAX)
            l->fds.at[i].fd = -1;  /* swept before the next poll: a callback may be running */
        return;
    }
    bool known = i != SIZE_MAX && l->watches.at[i].fn == fn && l->watches.at[i].ctx == ctx;
    if (i == SIZE_MAX) {
        i = l->fds.len;
        *vec_push(&l->fds) = (struct pollfd){ .fd = fd };
        *vec_push(&l->watches) = (struct watch){ .fresh = true };
    }
    l->fds.at[i].events = poll_events(events);
    l->watches.at[i] = (struct watch){ .fn = fn, .ctx = ctx, .events = events,
                                       .fresh = known ? l->watches.at[i].fresh : true };
}

static void sweep_fds(struct loop *l)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->fds.len; i++) {
        if (l->fds.at[i].fd < 0)
            continue;
        l->fds.at[kept] = l->fds.at[i];
        l->watches.at[kept] = l->watches.at[i];
        l->watches.at[kept].fresh = false;
        kept++;
    }
    l->fds.len = l->watches.len = kept;
}

static int run_fds(struct loop *l)
{
    int ran = 0;
    size_t count = l->fds.len;  /* those added by a callback wait for the next poll */
    for (size_t i = 0; i < count; i++) {
        struct pollfd p = l->fds.at[i];
        struct watch w = l->watches.at[i];
        if (p.fd < 0 || !p.revents || w.fresh)
            continue;
        unsigned e = loop_events(p.revents) & (w.events | LOOP_ERROR);
        if (!e)
            continue;
        w.fn(w.ctx, p.fd, e);
        ran++;
    }
    return ran;
}

/* --- timers: a binary heap of the callers' timers ------------------------ */

void loop_timer_init(struct loop_timer *t, loop_timer_fn *fn, void *ctx)
{
    *t = (struct loop_timer){ .at = INT64_MAX, .fn = fn, .ctx = ctx, .slot = -1 };
}

static void put(struct loop *l, size_t slot, struct loop_timer *t)
{
    l->heap.at[slot] = t;
    t->slot = (int)slot;
}

static void sift_up(struct loop *l, size_t slot)
{
    struct loop_timer *t = l->heap.at[slot];
    while (slot > 0 && l->heap.at[(slot - 1) / 2]->at > t->at) {
        put(l, slot, l->heap.at[(slot - 1) / 2]);
        slot = (slot - 1) / 2;
    }
    put(l, slot, t);
}

static void sift_down(struct loop *l, size_t slot)
{
    struct loop_timer *t = l->heap.at[slot];
    for (;;) {
        size_t child = 2 * slot + 1;
        if (child >= l->heap.len)
            break;
        if (child + 1 < l->heap.len && l->heap.at[child + 1]->at < l->heap.at[child]->at)
            child++;
        if (l->heap.at[child]->at >= t->at)
            break;
        put(l, slot, l->heap.at[child]);
        slot = child;
    }
    put(l, slot, t);
}

void loop_arm(struct loop *l, struct loop_timer *t, int64_t at)
{
    if (t->slot < 0) {
        *vec_push(&l->heap) = t;
        t->slot = (int)l->heap.len - 1;
    }
    t->at = at;
    sift_up(l, (size_t)t->slot);
    sift_down(l, (size_t)t->slot);
}

void loop_disarm(struct loop *l, struct loop_timer *t)
{
    if (t->slot < 0)
        return;
    size_t slot = (size_t)t->slot;
    struct loop_timer *last = l->heap.at[--l->heap.len];
    t->slot = -1;
    t->at = INT64_MAX;
    if (last == t)
        return;
    put(l, slot, last);
    sift_up(l, slot);
    sift_down(l, (size_t)last->slot);
}

static int run_timers(struct loop *l)
{
    int ran = 0;
    int64_t now = loop_now();
    /* `now` is read once, so a timer that re-arms itself for "at once" runs in the next step. */
    size_t most = l->heap.len;
    while (most-- > 0 && l->heap.len > 0 && l->heap.at[0]->at <= now) {
        struct loop_timer *t = l->heap.at[0];
        loop_disarm(l, t);
        t->fn(t->ctx);
        ran++;
    }
    return ran;
}

static int poll_timeout(const struct loop *l, int timeout_ms)
{
    if (l->heap.len == 0)
        return timeout_ms;
    int64_t left = l->heap.at[0]->at - loop_now();
    if (left < 0)
        left = 0;
    if (timeout_ms >= 0 && timeout_ms < left)
        return timeout_ms;
    return left > INT_MAX ? INT_MAX : (int)left;
}

/* --- signals ------------------------------------------------------------- */

static void run_signals(void *ctx, int fd, unsigned events)
{
    struct loop *l = ctx;
    unsigned char bytes[64];
    bool seen[NSIG] = { false };
    (void)events;
    for (;;) {
        ssize_t n = read(fd, bytes, sizeof bytes);
        if (n <= 0)
            break;
        for (ssize_t i = 0; i < n; i++)
            if (bytes[i] < NSIG)
                seen[bytes[i]] = true;
    }
    for (size_t i = 0; i < l->handlers.len; i++) {
        struct handler h = l->handlers.at[i];
        if (seen[h.signo] && h.fn)
            h.fn(h.ctx, h.signo);
    }
}

static void open_pipe(struct loop *l)
{
    if (pipe2(l->pipe, O_NONBLOCK | O_CLOEXEC) != 0)
        die("cannot make a pipe for signals: %s", strerror(errno));
    signal_fd = l->pipe[1];
    loop_watch(l, l->pipe[0], LOOP_READ, run_signals, l);
}

void loop_signal(struct loop *l, int signo, loop_signal_fn *fn, void *ctx)
{
    if (l->pipe[0] < 0)
        open_pipe(l);
    struct handler *h = NULL;
    for (size_t i = 0; i < l->handlers.len; i++)
        if (l->handlers.at[i].signo == signo)
            h = &l->handlers.at[i];
    struct sigaction act = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
    sigemptyset(&act.sa_mask);
    if (!h) {
        h = vec_push(&l->handlers);
        h->signo = signo;
        sigaction(signo, &act, &h->before);
    } else {
        sigaction(signo, &act, NULL);
    }
    h->fn = fn;
    h->ctx = ctx;
}

/* --- the step ------------------------------------------------------------ */

int loop_step(struct loop *l, int timeout_ms)
{
    sweep_fds(l);
    int n = poll(l->fds.at, (nfds_t)l->fds.len, poll_timeout(l, timeout_ms));
    if (n < 0 && errno != EINTR && errno != EAGAIN)
        die("poll: %s", strerror(errno));
    int ran = n > 0 ? run_fds(l) : 0;
    return ran + run_timers(l);
}
