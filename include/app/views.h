/* Saved views and the filter in force. */
#ifndef APP_VIEWS_H
#define APP_VIEWS_H

#include "app/app.h"

void views_show(struct model *m, struct effects *fx, size_t index);
void views_step(struct model *m, struct effects *fx, int by);
/* "3" or a name; false: e says there is none. */
bool views_find(const struct model *m, const char *arg, size_t *index, struct err *e);

/* A valid filter text replaces the view's until it is restored. */
void views_filter(struct model *m, struct effects *fx, const char *text);
void views_restore(struct model *m, struct effects *fx);
void views_sort(struct model *m, struct effects *fx, const char *name);

bool views_save(struct model *m, struct effects *fx, const char *name, struct err *e);
bool views_delete(struct model *m, struct effects *fx, struct err *e);   /* asks first */

void views_reply(struct model *m, struct effects *fx, struct reply *r);  /* REQ_VIEWS */
void views_changed(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);  /* SAVE, DELETE */

#endif
