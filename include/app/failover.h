/* A standby that took over may not have what the old primary said it had: PostgreSQL replicates a moment later, unless it is told to
 * wait. What this session was told is done is looked up there by its keys, and what is gone is said. */
#ifndef APP_FAILOVER_H
#define APP_FAILOVER_H

#include "app/app.h"

void failover_keep(struct model *m, const char *key, size_t done);    /* an action was answered, `done` by its results, and that has just been said */
void failover_look(struct model *m, struct effects *fx);      /* who answers now is known */
void failover_gone(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);   /* REQ_GONE */

#endif
