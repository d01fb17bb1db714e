/* Overrides: a status set by hand, looked at before it is; the tab of those of a shipment; batches that wait or were applied. */
#ifndef APP_OVERRIDE_H
#define APP_OVERRIDE_H

#include "app/app.h"

/* More shipments than this are confirmed by typing how many. */
#define OVERRIDE_CONFIRM 20

void override_finish(struct model *m);                     /* all of them */
void override_choose(struct model *m, struct effects *fx, enum menu_kind kind, const char *value, int64_t *ids, size_t n);
bool override_run(struct model *m, struct effects *fx, enum action a, const char *arg, int64_t id, struct err *e);
/* Whether exceptions of the hint are among those about to be overridden. */
bool override_concerns(const struct model *m, const struct hint *h);
/* The numbers shown are not those of now: they are being counted again, or cannot be. */
bool override_counting(const struct model *m);

/* The overrides tab and the batches screen, and the preview. */
void overrides_old(struct model *m);
void overrides_follow(struct model *m, struct effects *fx);
const struct override_row *overrides_force(const struct model *m);   /* the one in force; NULL none */
const struct batch_row *batches_chosen(const struct model *m);
void batches_move(struct model *m, long by);
bool batches_offers(const struct model *m, const struct batch_row *b, enum action a);
bool batches_run(struct model *m, struct effects *fx, enum action a, const char *arg, int64_t id, struct err *e);

void override_previewed(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);
void override_applied(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);     /* APPLY */
void override_reverted(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);    /* REVERT */
void overrides_reply(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);
void batches_reply(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);
void batches_acted(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);

#endif
