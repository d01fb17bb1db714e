/* The seconds in which a message can still be taken back, shown while they pass. */
#ifndef APP_COUNTDOWN_H
#define APP_COUNTDOWN_H

#include "app/app.h"

/* what: "SMS to Rosa Delgado", or "14 messages" (many) */
void countdown_start(struct model *m, struct effects *fx, const char *what, bool many, int64_t until);
void countdown_stop(struct model *m, struct effects *fx);
void countdown_timer(struct model *m, struct effects *fx);   /* TIMER_COUNTDOWN */
bool countdown_runs(const struct model *m);
/* "SMS to Rosa Delgado goes out in 8 s · u takes it back" */
void countdown_text(const struct model *m, const char *separator, char *out, size_t size);

#endif
