/* Outages in the queue. The exceptions of live outages are left out of the list and stand above it as one line each, unless the
 * filter looks for something particular, or whoever sits here turned that off. The cursor can stand on such a line; then no row is
 * looked at, and keys that would act on one say what to do instead. Opened, the line gives way to the outage's own rows. */
#ifndef APP_GROUPS_H
#define APP_GROUPS_H

#include "app/call.h"

/* The filter the rows are read under: the one in force, without what stands in the lines. Heap, the caller frees. */
char *groups_filter(const struct model *m);
int groups_lines(const struct model *m);          /* of the screen they take */
/* The i-th of them, from the first shown; NULL past the end. */
const struct outage_group *groups_line(const struct model *m, int i);
/* An outage as the line says it: a live one, or the ended one the cursor stands on. */
const struct outage_row *groups_outage(const struct model *m, int32_t id);

void groups_filtered(struct model *m);                            /* another filter is in force; rows are read by the caller */
void groups_sync(struct model *m, struct effects *fx);            /* other outages are live: the rows are read again */
void groups_ended(struct model *m, const struct outage_row *o);   /* before groups_sync */
void groups_empty(struct model *m);                               /* no rows: the cursor needs a line */
void groups_count(struct model *m, struct request *counts); /* adds its filters to those counted, at most VIEW_MAX */
void groups_counted(struct model *m, struct effects *fx, size_t from, const struct counts *c);

/* The cursor. step: up from the first row, down from a line; false: rows as ever. */
bool groups_step(struct model *m, struct effects *fx, enum action a);
void groups_put(struct model *m, struct effects *fx, int32_t id);   /* 0: to the rows */

void groups_open(struct model *m, struct effects *fx, int32_t id);   /* its rows under the filter in force */
void groups_show(struct model *m, struct effects *fx, int32_t id);   /* all its rows: what is left of an ended one */
void groups_click(struct model *m, struct effects *fx, int line);
bool groups_close(struct model *m, struct effects *fx);           /* false: none is open */
/* An action while the cursor is on a line; false: it does not concern rows, go on. */
bool groups_take(struct call *c);
void groups_call(struct call *c);                                 /* fold, group-outages */

#endif
