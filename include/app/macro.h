/* Macros: a message, a state, a tag, in one press; the customer's text is always seen before. */
#ifndef APP_MACRO_H
#define APP_MACRO_H

#include "app/app.h"

void macro_menu(struct model *m, struct effects *fx, const struct awaited *a, struct reply *r);  /* REQ_COMPOSE */
void macro_begin(struct model *m, struct effects *fx, const char *name, struct awaited *a, struct reply *r);
/* One was chosen from the menu; ids moved. */
void macro_run(struct model *m, struct effects *fx, const char *name, int64_t *ids, size_t n);
/* One without a message was run. */
void macro_done(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);

#endif
