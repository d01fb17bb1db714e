/* One poll loop: descriptors, timers, signals. Monotonic time in ms. */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/when.h"

struct loop;

enum loop_io { LOOP_READ = 1, LOOP_WRITE = 2, LOOP_ERROR = 4 };

typedef void loop_io_fn(void *ctx, int fd, unsigned events);
typedef void loop_timer_fn(void *ctx);
typedef void loop_signal_fn(void *ctx, int signo);

struct loop *loop_create(void);
void loop_destroy(struct loop *l);

/* Watches fd for `events` (replaces an earlier watch of it; 0 takes it away). */
void loop_watch(struct loop *l, int fd, unsigned events, loop_io_fn *fn, void *ctx);

/* A timer is the caller's memory; armed with loop_arm, once. Re-arming moves it. */
struct loop_timer {
    int64_t at;                /* monotonic ms; INT64_MAX when not armed */
    loop_timer_fn *fn;
    void *ctx;
    int slot;                  /* the loop's; -1 when not armed */
};
void loop_timer_init(struct loop_timer *t, loop_timer_fn *fn, void *ctx);
void loop_arm(struct loop *l, struct loop_timer *t, int64_t at);
void loop_disarm(struct loop *l, struct loop_timer *t);

/* Signals arrive through a pipe, on the loop. */
void loop_signal(struct loop *l, int signo, loop_signal_fn *fn, void *ctx);

/* Waits for at most timeout_ms (-1: until something happens) and runs what is due, each
 * ready descriptor and due timer once. Returns how many callbacks ran. */
int loop_step(struct loop *l, int timeout_ms);

int64_t loop_now(void);        /* monotonic ms */
int64_t loop_wall(void);       /* ms since the epoch, by this machine's clock until loop_wall_is() */
/* From now on loop_wall() is this and what passes, wherever this machine's clock is put; WHEN_NONE: by that clock again. */
void loop_wall_is(int64_t wall_ms);
int64_t loop_passed(void);     /* monotonic ms, those with them in which the machine slept */
/* The local clocks around an instant: from some 800 days before it, which is as far as a report and what it is compared with
 * reach, to some 400 after. Kept while it is asked about the same hour; holds until the next call. */
const struct when_zone *loop_zone(int64_t wall_ms);

#endif
