/* What the database says has changed, read and put into the window.
 *
 * The first hint is read at once; more that come while a read is under way wait for it, a
 * trickle until its answer, a flood until 50 ms have passed. What is more than a hint tells of means the whole window,
 * if it may be about that at all: hundreds of sessions hear of it at the same moment, so each reads at a time of its
 * own, within 3 ms for each session there is, and single rows meanwhile as ever. */
#ifndef APP_HINTS_H
#define APP_HINTS_H

#include "app/app.h"

void hints_take(struct model *m, struct effects *fx, const struct hint *h);
/* This exception changed, for all we know; read with the rest at the end of this update. */
void hints_touch(struct model *m, int64_t id);
/* The whole window is old, and its person waits for it: read at once. */
void hints_all(struct model *m);
/* The same, known to every session at the same moment. */
void hints_all_apart(struct model *m);
/* How long after the others', in ms, this session's turn comes when all do the same at one moment; 0 for a few. */
int64_t hints_apart(const struct model *m);
/* Reads what waits, when nothing is in the way: after every message. timer: TIMER_REFRESH. */
void hints_read(struct model *m, struct effects *fx, bool timer);
void hints_rows(struct model *m, struct effects *fx, const struct page *p);  /* the answer */
void hints_failed(struct model *m, struct effects *fx);  /* there will be none */

/* What hints have to say of to change what the screen shows: whoever passes hints on may tell of other things a moment later. */
void hints_sight(const struct model *m, struct hint_sight *out);

/* Who looks at what. */
void hints_context_viewers(struct model *m);  /* a context was read: its names join the table */
void hints_forget_viewers(struct model *m);   /* drops those not heard of for minutes */

#endif
