/* Draws the model into a grid. Pure: the same model gives the same cells. */
#ifndef VIEW_VIEW_H
#define VIEW_VIEW_H

#include "app/model.h"
#include "view/screen.h"

/* s must be m->rows x m->cols. */
void view_render(const struct model *m, struct screen *s);

/* How far the current screen can scroll, for update to bound m->scroll. */
int view_scroll_max(const struct model *m);

#endif
