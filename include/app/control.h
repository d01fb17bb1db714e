/* What everybody's screen says of outages, of batches that wait for a second lead, and of conflicts: model.control. It is read
 * when the connection is there, when a hint says it changed, and each minute; while the connection is down it stays and ages. */
#ifndef APP_CONTROL_H
#define APP_CONTROL_H

#include "app/app.h"

void control_ask(struct model *m, struct effects *fx);      /* now, unless it is being read */
void control_hint(struct model *m, struct effects *fx);     /* HINT_CONTROL: at once, in a flood a few times a second */
void control_timer(struct model *m, struct effects *fx);    /* TIMER_CONTROL */
void control_reply(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);   /* REQ_CONTROL */
void control_ended(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);   /* REQ_OUTAGE_LIST */

/* A live outage by its number; NULL: none. */
const struct outage_row *control_outage(const struct model *m, int32_t id);
/* It was read too long ago to be taken for true: the connection is down, or answers stay away. */
bool control_old(const struct model *m);

#endif
