/* What was said and answered on an exception: the messages tab of the detail. */
#ifndef APP_MESSAGES_H
#define APP_MESSAGES_H

#include "app/app.h"

/* Reads them when the tab shows and they are not those of the exception looked at. */
void messages_follow(struct model *m, struct effects *fx);
void messages_reply(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);
void messages_acted(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);   /* REQ_OUTREACH_ACT */
void messages_move(struct model *m, int by);
void messages_finish(struct model *m);
const struct message_row *messages_chosen(const struct model *m);   /* NULL: none */
/* Whether one of the tab's actions fits a message's state. */
bool messages_offers(const struct message_row *r, enum action a);

#endif
