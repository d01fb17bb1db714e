/* The message line. Good news goes by itself; trouble stays until the next key. */
#ifndef APP_TOAST_H
#define APP_TOAST_H

#include "app/app.h"

void toast_set(struct model *m, struct effects *fx, enum toast_level level, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void toast_clear(struct model *m);
/* The reason of an error, with what was being done in front. */
void toast_error(struct model *m, struct effects *fx, const char *doing, const struct err *e);
/* What was being read cannot be read. While the connection is gone that is said already; what may pass goes with toast_read(). */
void toast_unread(struct model *m, struct effects *fx, const char *what, const struct reply *r);
void toast_read(struct model *m, enum request_kind kind);       /* one of this kind was read */
void toast_key(struct model *m);                         /* a key was pressed */
void toast_timer(struct model *m, struct effects *fx);   /* TIMER_TOAST */

#endif
