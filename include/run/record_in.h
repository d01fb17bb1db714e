/* What writing and reading a record share. */
#ifndef RUN_RECORD_IN_H
#define RUN_RECORD_IN_H

#include "app/app.h"
#include "core/scrub.h"

#define RECORD_MAGIC "doorstep-record"
#define RECORD_VERSION 1
#define RECORD_LINE_MOST (64u << 20)   /* bytes: an answer of a hundred thousand rows */

extern const char *const record_timers[TIMER_COUNT];
extern const char *const record_links[3];            /* enum link_state */

/* Settings that are switches, in the order they are written. */
struct record_switch { size_t offset; };
extern const struct record_switch record_switches[7];

/* Typed text, as a scrubbed record keeps it. */
void record_typed(const struct scrub *s, struct buf *out, enum prompt_kind kind, const char *text);
void record_argument(const struct scrub *s, struct buf *out, enum action a, const char *text);
bool record_takes(const struct model *m, const struct key *k);   /* this key takes what is in the prompt */

#endif
