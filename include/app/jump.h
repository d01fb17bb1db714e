/* Looking one exception up by its number, or by a tracking or order number. */
#ifndef APP_JUMP_H
#define APP_JUMP_H

#include "app/app.h"

bool jump_start(struct model *m, struct effects *fx, const char *text, struct err *e);
void jump_reply(struct model *m, struct effects *fx, const struct reply *r);

#endif
