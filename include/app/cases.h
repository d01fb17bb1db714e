/* Cases: the tab of an exception, everybody's list, one in full, and what is done to one. */
#ifndef APP_CASES_H
#define APP_CASES_H

#include "app/app.h"

/* The case keys act on: the tab's, the list's, or the one shown. NULL: none is there. */
const struct case_row *cases_chosen(const struct model *m);
/* The chosen one with its notes; NULL: not read yet. */
const struct support_case *cases_whole(const struct model *m);

void cases_old(struct model *m);
void cases_follow(struct model *m, struct effects *fx);
void cases_finish(struct model *m);
void cases_move(struct model *m, struct effects *fx, long by);
void cases_show(struct model *m, struct effects *fx, int64_t id);     /* SCREEN_CASE */

/* Whether an action fits the chosen case now: hints leave the others out. */
bool cases_offers(const struct case_row *r, enum action a);
/* Does an action that changes case `id`, its argument being there. */
bool cases_run(struct model *m, struct effects *fx, enum action a, const char *arg, int64_t id, struct err *e);
/* A menu was answered: the type of a new case, a state, a priority, or "go ahead". */
void cases_choose(struct model *m, struct effects *fx, enum menu_kind kind, const char *value, int64_t *ids, size_t n);

void cases_reply(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);    /* REQ_CASES */
void cases_one(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);      /* REQ_CASE */
void cases_acted(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);    /* REQ_CASE_ACT */

/* A case before it is opened: what would be sent, changed where it should be. */
void form_open(struct model *m, struct effects *fx, int64_t *ids, size_t n, enum case_type type);
void form_finish(struct model *m);
void form_follow(struct model *m, struct effects *fx);       /* reads the draft that is missing */
bool form_run(struct model *m, enum action a, const char *arg, struct err *e);
void form_send(struct model *m, struct effects *fx);
void form_draft(struct model *m, struct effects *fx, struct reply *r);
/* The answer to opening; moves results out when some were refused. */
void form_opened(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);

#endif
