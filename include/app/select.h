/* The selection. What is chosen row by row is ids here; what is chosen by filter is kept by the server, of which the number and the
 * size are known here, and which rows of the window are in it. Targets of an action (act_targets) are then one negative id. */
#ifndef APP_SELECT_H
#define APP_SELECT_H

#include "app/model.h"

struct call;

size_t select_total(const struct model *m);
/* How many exceptions targets are: n, or the size of the selection they stand for. */
size_t select_size(const struct model *m, const int64_t *ids, size_t n);
bool select_is_kept(const int64_t *ids, size_t n);

bool select_has(const struct model *m, int64_t id);
void select_put(struct model *m, struct effects *fx, const int64_t *ids, size_t n, bool in);   /* a person's: kept ones are told the server */
void select_clear(struct model *m);
void select_set(struct model *m, const int64_t *ids, size_t n);  /* in any order, twice is once */
void select_drop(struct model *m, int64_t id);                   /* it is done with */

/* By filter. */
void select_all(struct model *m, struct effects *fx);
void select_kept(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);      /* SELECT, SELECT_CHANGE */
void select_look(struct model *m, struct effects *fx);           /* the window has other rows: which of them are in it */
void select_members(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);   /* SELECT_HAS */

/* For what looks at each exception (messages, cases): true when the ids have to be fetched first, or are too many, which is
 * said; the action then goes on by itself. */
bool select_each(struct call *c);

#endif
