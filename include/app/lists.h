/* What is shown beside the queue (messages, cases, overrides, batches …) and has to be read again when hints say so,
 * when the connection is back, or when another exception is looked at. */
#ifndef APP_LISTS_H
#define APP_LISTS_H

#include "app/app.h"

/* Everything of that kind is out of date: read again where it is shown. */
void lists_old(struct model *m);
/* The exception looked at changed, or is another. */
void lists_exception(struct model *m, struct effects *fx);
/* Reads what the screen shows and has not, or not any more. */
void lists_follow(struct model *m, struct effects *fx);

bool lists_none(const struct model *m);     /* nothing is shown that hints about any exception are for */
/* A hint: what is shown is read again, at most once a second. */
void lists_hint(struct model *m, struct effects *fx, const struct hint *h);
void lists_timer(struct model *m, struct effects *fx);      /* TIMER_LISTS */

#endif
