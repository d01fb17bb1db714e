/* Doing a verb to exceptions: targets, the request, its confirmation and its answer.
 * Nothing changes on the screen before the database has answered. */
#ifndef APP_ACT_H
#define APP_ACT_H

#include "app/app.h"

/* The selection, else the exception looked at; heap, NULL and 0 when there is none. */
int64_t *act_targets(const struct model *m, size_t *n);

/* Whether an action's preconditions hold now; false: e says what is missing. */
bool act_allowed(const struct model *m, enum action a, struct err *e);

/* Somebody to ask: a lead's name when the list of people says who leads, else "a lead". */
const char *act_a_lead(const struct model *m);

/* Does an action that is a verb, to ids (moved in). More than ACT_CONFIRM of them ask
 * first. False: nothing was done, e says why. */
#define ACT_CONFIRM 20
bool act_run(struct model *m, struct effects *fx, enum action a, const char *arg, int64_t *ids, size_t n,
             struct err *e);

/* Sends a request that carries a key (ACT, UNDO, VIEW_*), remembering a copy in case its
 * answer gets lost. Moves r. */
bool act_send(struct model *m, struct effects *fx, struct request *r, struct err *e);

void act_reply(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);
void act_undo_reply(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);

/* Nobody knows yet whether it was done: it is asked again, or waits for who can tell. */
bool act_unheard(const struct model *m, const struct awaited *a, const struct reply *r);
/* A keyed request failed or its answer got lost; true when that was it. */
bool act_failed(struct model *m, struct effects *fx, struct awaited *a, const struct reply *r);

/* What every answer with results does: the rows are read again, the refused ones kept for
 * the results screen (how many), said, and the cursor goes on to the next exception. */
struct act_count { size_t done, refused, same; };   /* same: it was so already */
struct act_count act_count(const struct awaited *a, const struct reply *r);   /* before the results are moved */
void act_touch(struct model *m, struct effects *fx, const struct reply *r);
size_t act_keep_refused(struct model *m, struct reply *r);
void act_say_refused(struct model *m, struct effects *fx, const char *past, size_t done, size_t refused);
void act_go_on(struct model *m, struct effects *fx, int64_t id);

#endif
