/* What is typed at length in a prompt (a note, a reason, words about an outage) outlives the session: it is kept on the server after each
 * pause, offered when that prompt is opened on the same thing again, and forgotten once what was sent was done, or with Esc. */
#ifndef APP_TYPED_H
#define APP_TYPED_H

#include "app/app.h"

void typed_follow(struct model *m, struct effects *fx);   /* after each message: was a prompt opened, typed in, left? */
void typed_keep(struct model *m, struct effects *fx);     /* TIMER_TYPED, and the end of the session */
void typed_answered(struct model *m, struct effects *fx, const struct awaited *a, const struct reply *r);   /* any request, before its reply is taken */
void typed_live(struct model *m, struct effects *fx);     /* connected again */
bool typed_unsaved(const struct model *m);
void typed_found(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);   /* REQ_TYPED */
void typed_kept(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);    /* REQ_TYPED_SAVE */

#endif
