/* A session written down as it happens, so that it can be played again (run/replay.h). One line an event, in ASCII:
 *
 *   doorstep-record 1 "version" SCHEMA full|scrubbed
 *   settings …, b … (a binding of the keymap each), begin SEED NOW ZONE; then MS TAG …, MS since the line before:
 *   k CODE MODS ROW COL     a key            p "text"    pasted             z ROWS COLS   the terminal's size
 *   t TIMER                 a timer          h "payload" a hint             u, q          back from the shell; the end
 *   l LINK CODE "sqlstate" "where" "text" MS|-   the connection; the next try in so many ms
 *   r NUMBER ok|failed|doubt [CODE "sqlstate" "where" "text"] | …   an answer, and what it was read from (db/trace.h)
 *   T "text"                what is in the prompt, as scrubbed, before the key that takes it
 * and without time, behind what they belong to: a NUMBER KIND, a request that the event made; o ZONE, other clocks;
 * j MS, the clock was put forward or back by so many before what comes next; f HASH, a frame was drawn, and looked like that.
 * A ZONE is base/when.h's: seconds east of UTC, and for each change when it is and how many they are then.
 *
 * Scrubbed, no personal data is in it (core/scrub.h): what the database answered is masked, and what was typed into a line or
 * a text, its letters and digits one by one; the filters and commands made of it keep what is not somebody's. */
#ifndef RUN_RECORD_H
#define RUN_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "app/app.h"
#include "base/when.h"
#include "db/trace.h"
#include "view/screen.h"

struct record;

/* Makes the file, which must not be there, for its owner alone. NULL: e says why. */
struct record *record_open(const char *path, bool full, struct err *e);
struct record *record_to(int fd, bool full);            /* to an open descriptor, which record_close() closes */
void record_close(struct record *r);                    /* NULL is fine, here and everywhere below */

/* Before the first message. */
void record_begin(struct record *r, const struct model *m, int64_t now, const struct when_zone *zone);
const struct scrub *record_scrub(const struct record *r);
void record_trace(void *r, const struct reply *reply, const char *text);   /* a db_trace_fn */

/* Around each app_update, and after a frame was drawn. They only remember. */
void record_message(struct record *r, const struct model *m, const struct msg *msg);
void record_asked(struct record *r, const struct effects *fx);
void record_frame(struct record *r, const struct screen *s);

/* Once a turn: writes what is remembered. False, once: it could not be written, e says so, and nothing is recorded any more. */
bool record_flush(struct record *r, struct err *e);

/* What a screen looks like, as one number: all of it, or only its shape, as scrubbing leaves it. */
uint64_t record_hash(const struct screen *s, bool full);

#endif
