/* Looking one exception up by its number, or by a tracking or order number; a case by C12. */
#ifndef APP_JUMP_H
#define APP_JUMP_H

#include "app/app.h"

bool jump_start(struct model *m, struct effects *fx, const char *text, struct err *e);
/* The case looked for is not there: goes on with what else may be numbered like that. False: none was looked for. */
bool jump_no_case(struct model *m, struct effects *fx, int64_t id);
void jump_reply(struct model *m, struct effects *fx, const struct reply *r);

#endif
