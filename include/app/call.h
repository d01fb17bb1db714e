/* One action being done: what the dispatcher hands to the part of the program it belongs to. */
#ifndef APP_CALL_H
#define APP_CALL_H

#include "app/app.h"

struct call {
    struct model *m;
    struct effects *fx;
    enum action action;
    const char *arg;           /* "" when none */
};

void compose_call(struct call *c);   /* one message: writing it and sending it */
void editor_call(struct call *c);    /* editing the text of one message */
void compose_send(struct call *c);
void bulk_call(struct call *c);      /* many messages */
void macro_call(struct call *c);
void messages_call(struct call *c);  /* the messages tab */
void cases_call(struct call *c);     /* cases: their list and what is done to one */
void override_call(struct call *c);
void batches_call(struct call *c);
void form_call(struct call *c);      /* a case before it is opened */
void board_call(struct call *c);     /* the outage board */
void outage_call(struct call *c);    /* declaring, changing and ending outages */

#endif
