/* Writing to one customer: the templates offered, the message as it will arrive, what stands
 * in its way, and the text as edited. Nothing that was typed is lost: it is a draft in the
 * database after each pause, and stays here until that is known. */
#ifndef APP_COMPOSE_H
#define APP_COMPOSE_H

#include "app/app.h"

/* Opens the screen for an exception; macro may be NULL (not chosen by one). */
void compose_open(struct model *m, struct effects *fx, int64_t id, const struct macro *macro);
/* The same with what REQ_COMPOSE answered (moved out of *c) already. */
void compose_show(struct model *m, struct effects *fx, struct compose *c, const struct macro *macro);
void compose_leave(struct model *m, struct effects *fx);
void compose_finish_all(struct model *m);

/* The cursor of the templates (lines: up and down) or of the text (pages). */
void compose_move(struct model *m, struct effects *fx, enum action a);
/* Candidates of the channel shown, in the order offered: the i-th's index, or -1. */
int compose_candidate(const struct model *m, int i);
int compose_candidate_count(const struct model *m, enum channel channel);
const struct candidate *compose_chosen(const struct model *m);    /* NULL: written by hand, or nothing yet */

bool compose_pass(struct model *m, const char *reason, struct err *e);
void compose_typed(struct model *m, struct effects *fx);          /* the edited text changed */
void compose_timer(struct model *m, struct effects *fx);          /* TIMER_DRAFT */
void compose_live(struct model *m, struct effects *fx);           /* the connection is back */
void compose_keep(struct model *m, struct effects *fx);           /* sends off the draft that is not kept yet */
bool compose_unsaved(const struct model *m);                      /* text that no draft has yet */
void compose_taking_back(struct model *m);     /* asked for: what is opened meanwhile waits for the answer */
void compose_taken_back(struct model *m, struct effects *fx, bool done);     /* answered */

/* A copy of everything in a message; the caller finishes it. */
void compose_copy(const struct message *from, struct message *to);
/* "SMS to Rosa Delgado" */
void compose_what(const struct message *msg, const char *name, char *out, size_t size);
const char *compose_customer(const struct model *m);

/* Answers. */
void compose_reply(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);
void compose_previewed(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);
void compose_checked(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);
void compose_saved(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);
void compose_sent(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);

/* Where things stand on the screen; shared by update (rows of the edited text) and view. */
struct compose_layout {
    int told_row;              /* -1: nothing was said yet */
    int title_row, channel_row, list_top, list_rows, to_row;
    int subject_row;           /* -1: the channel has none */
    int text_top, text_rows, text_left, text_cols;
    int side_top, side_rows, side_left, side_cols;   /* verdicts */
    bool beside;               /* verdicts beside the text, else under it */
};
void compose_layout(const struct model *m, struct compose_layout *out);

#endif
