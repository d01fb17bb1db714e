/* Declaring an outage, changing one, ending it, writing to everybody in it. */
#ifndef APP_OUTAGE_H
#define APP_OUTAGE_H

#include "app/call.h"

/* Leaves whatever is shown for the queue. */
void outage_to_queue(struct model *m, struct effects *fx);

/* The screen that declares (or changes) one. */
void outage_follow(struct model *m, struct effects *fx);         /* reads the preview that is missing */
void outage_move(struct model *m, enum action a);
void outage_finish(struct model *m);
/* Fields of it that can be changed: scope and override are settled once it is declared. */
bool outage_offers(const struct model *m, enum outage_form_field f);

/* Its prompts: the line typed is right; what it does is in m->prompt.hint. */
bool outage_prompt(enum prompt_kind kind);
bool outage_check(struct model *m, size_t *at, struct err *e);
bool outage_submit(struct model *m, struct effects *fx, struct err *e);
void outage_chosen(struct model *m, const char *status);         /* MENU_OUTAGE_STATUS */

void outage_previewed(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);   /* REQ_OUTAGE_PREVIEW */
void outage_declared(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);    /* REQ_OUTAGE_DECLARE */
void outage_acted(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);       /* REQ_OUTAGE_ACT */
void outage_ids(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);         /* REQ_IDS of one, to write to */

#endif
