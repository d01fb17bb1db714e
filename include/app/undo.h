/* Taking back my last action: u says what, u again does it. */
#ifndef APP_UNDO_H
#define APP_UNDO_H

#include "app/app.h"

void undo_offer(struct model *m, const char *what);   /* says what the key would take back */
void undo_press(struct model *m, struct effects *fx);
void undo_peeked(struct model *m, struct effects *fx, const struct reply *r);  /* REQ_UNDO_PEEK */

#endif
