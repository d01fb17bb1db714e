/* From an action's name to what it does. */
#ifndef APP_DISPATCH_H
#define APP_DISPATCH_H

#include "app/app.h"

/* The one context bit keys are looked up in now. */
unsigned dispatch_context(const struct model *m);
/* Where they are looked up when that one has none: the detail under a case of its tab. 0: nowhere. */
unsigned dispatch_under(const struct model *m);

/* Does an action, or says in the message line why not. arg: "" when none. */
void dispatch(struct model *m, struct effects *fx, enum action a, const char *arg);

/* A screen over the list or the detail; back returns to what was there. */
void dispatch_show(struct model *m, enum screen_id screen);

/* A screen from which one may go further: entering remembers what was there, leaving returns to it. */
void dispatch_enter(struct model *m, enum screen_id screen);
void dispatch_leave(struct model *m, struct effects *fx);

#endif
