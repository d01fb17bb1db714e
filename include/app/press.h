/* Keys: sequences to actions, characters into prompts. */
#ifndef APP_PRESS_H
#define APP_PRESS_H

#include "app/app.h"

void press_key(struct model *m, struct effects *fx, struct key key);
void press_timer(struct model *m, struct effects *fx);                    /* TIMER_KEYS */
void press_paste(struct model *m, struct effects *fx, const char *text);

#endif
