/* One message to many: previewed in parts, summed up, asked about once, queued at once. */
#ifndef APP_BULK_H
#define APP_BULK_H

#include "app/app.h"

/* Asks what could be written (ids moved), then lets a template and a channel be chosen. */
void bulk_open(struct model *m, struct effects *fx, int64_t *ids, size_t n);
/* Straight to the preview: ids moved; channel "" is the best for each; macro may be NULL. */
void bulk_start(struct model *m, struct effects *fx, int64_t *ids, size_t n, const char *name, const char *channel,
                const struct macro *macro);
void bulk_leave(struct model *m, struct effects *fx);
void bulk_finish(struct model *m);
void bulk_choose(struct model *m, struct effects *fx, enum menu_kind kind, const char *value, int64_t *ids, size_t n);

/* What becomes of one message. A warning counts as skipped until a lead passed it. */
enum bulk_fate { BULK_NOW, BULK_LATER, BULK_SKIPPED };
enum bulk_fate bulk_fate(const struct model *m, const struct message *msg);
/* The verdict that decides it: of the skipped the block, else the warning nobody passed; NULL: none. */
const struct verdict *bulk_verdict(const struct model *m, const struct message *msg);
bool bulk_listed(const struct model *m, const struct message *msg);
const struct message *bulk_chosen(const struct model *m);   /* under the cursor; NULL: none */
void bulk_move(struct model *m, enum action a);
int bulk_list_rows(const struct model *m);

bool bulk_pass(struct model *m, const char *reason, struct err *e);
void bulk_send(struct model *m, struct effects *fx);        /* the question was answered with yes */
void bulk_live(struct model *m, struct effects *fx);

void bulk_templates(struct model *m, struct effects *fx, const struct awaited *a, struct reply *r);  /* REQ_COMPOSE */
void bulk_previewed(struct model *m, struct effects *fx, struct reply *r);

#endif
