/* The selection: ids, ascending, whether or not their rows are in the window. */
#ifndef APP_SELECT_H
#define APP_SELECT_H

#include "app/model.h"

bool select_has(const struct model *m, int64_t id);
void select_add(struct model *m, int64_t id);
void select_drop(struct model *m, int64_t id);
void select_clear(struct model *m);
void select_set(struct model *m, const int64_t *ids, size_t n);  /* in any order, twice is once */

#endif
