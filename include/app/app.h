/* The pure half of the dashboard: a model, and one function that changes it. */
#ifndef APP_APP_H
#define APP_APP_H

#include "app/effect.h"
#include "app/model.h"
#include "app/msg.h"

/* keymap is borrowed and must outlive the model. seed makes the client keys: give
 * randomness in life, a constant in tests. */
void app_init(struct model *m, const struct settings *s, struct keymap *keymap, uint64_t seed);
void app_finish(struct model *m);

/* Handles one message, appends what is to be done outside to *fx. */
void app_update(struct model *m, struct msg *msg, struct effects *fx);

/* What the current screen gives the list: rows for queue lines, and whether the context
 * stands beside the list or under it. Shared by update (paging) and view (drawing). */
struct app_layout {
    bool too_small;            /* below 60x16 */
    int list_top, list_rows;   /* queue lines, without the column heads */
    int list_cols;
    int context_top, context_left, context_rows, context_cols;   /* rows 0: no context shown */
    int prompt_row, hint_row;
    int banner_row, banner_rows;   /* of a lost connection; -1: none */
    int outage_row, outage_rows;   /* live outages; rows 0: none */
    int body_top;              /* the first row that is the screen's own */
    int tabs_row, heads_row;   /* of the queue: views, column heads */
    int group_top, group_rows; /* of the queue: a line for each outage; rows 0: none */
};
void app_layout(const struct model *m, struct app_layout *out);

#endif
