/* What the database says has changed, read and put into the window.
 *
 * The first hint is read at once; more that come while a read is under way wait for it, a
 * trickle until its answer, a flood until 50 ms have passed. */
#ifndef APP_HINTS_H
#define APP_HINTS_H

#include "app/app.h"

void hints_take(struct model *m, struct effects *fx, const struct hint *h);
/* This exception changed, for all we know; read with the rest at the end of this update. */
void hints_touch(struct model *m, int64_t id);
/* Reads what waits, when nothing is in the way: after every message. timer: TIMER_REFRESH. */
void hints_read(struct model *m, struct effects *fx, bool timer);
void hints_rows(struct model *m, struct effects *fx, const struct page *p);  /* the answer */
void hints_failed(struct model *m, struct effects *fx);  /* there will be none */

/* Who looks at what. */
void hints_context_viewers(struct model *m);  /* a context was read: its names join the table */
void hints_forget_viewers(struct model *m);   /* drops those not heard of for minutes */

#endif
