/* The outage board: what it suggests, what is live, and each carrier (or, one step further, each lane of one) against what is usual. */
#ifndef APP_BOARD_H
#define APP_BOARD_H

#include "app/call.h"

enum board_line_kind { BOARD_NOTHING, BOARD_SUGGESTION, BOARD_OUTAGE, BOARD_ROW };
struct board_line {            /* one of the three, borrowed */
    enum board_line_kind kind;
    const struct suggestion *suggestion;
    const struct outage_row *outage;
    const struct board_row *row;
};
size_t board_lines(const struct model *m);
struct board_line board_line(const struct model *m, size_t i);   /* BOARD_NOTHING past the end */
struct board_line board_chosen(const struct model *m);
const struct board *board_shown(const struct model *m);          /* carriers, or a carrier's lanes; NULL: not read yet */
/* Silent for longer than it usually is at this hour. */
bool board_silent(const struct board_row *r, int64_t now);
const char *board_sort_name(enum board_sort s);

void board_open(struct model *m, struct effects *fx);
void board_move(struct model *m, enum action a);
bool board_fold(struct model *m, struct effects *fx);            /* false: carriers are shown already */
/* Reads what the screen shows and has not, or not any more; old: it changed. */
void board_follow(struct model *m, struct effects *fx);
void board_old(struct model *m, struct effects *fx);
void board_reply(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);
void board_finish_all(struct model *m);
/* The filter an outage of the chosen line would have; "" none. */
void board_scope(const struct model *m, char *out, size_t size);

#endif
