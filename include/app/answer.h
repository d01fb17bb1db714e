/* Answers of the database, and the connection they come by. */
#ifndef APP_ANSWER_H
#define APP_ANSWER_H

#include "app/app.h"

void answer_take(struct model *m, struct effects *fx, struct reply *r);
void answer_link(struct model *m, struct effects *fx, const struct msg *msg);

#endif
