/* The reports on the screen: one report at a time, of a period, grouped one way; the cursor stands on a number, and Enter opens the
 * queue behind it. What there is of reports stands in core/report.h. */
#ifndef APP_REPORTS_H
#define APP_REPORTS_H

#include "app/call.h"

void reports_call(struct call *c);
void reports_move(struct model *m, enum action a);
/* Reads what the screen shows and has not, or not any more; old: time went on. */
void reports_follow(struct model *m, struct effects *fx);
void reports_old(struct model *m);
void reports_reply(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);
void reports_finish(struct model *m);

/* What was chosen in MENU_REPORT_PERIOD, MENU_REPORT_BY. */
void reports_chosen(struct model *m, struct effects *fx, enum menu_kind kind, const char *value);
/* What is typed in PROMPT_REPORT_PERIOD, PROMPT_REPORT_ONLY. */
bool reports_prompt(enum prompt_kind kind);
bool reports_check(struct model *m, size_t *at, struct err *e);
bool reports_submit(struct model *m, struct effects *fx, const char *text, struct err *e);

/* The column of the table the cursor is on; table.columns: none of them. */
size_t reports_column(const struct model *m);
/* May the cursor stand on this column? Those with a queue behind them. */
bool reports_opens(const struct table *t, size_t column);
int reports_hour(const struct model *m);                /* of a heat map, the cursor is on; -1: on no hour */
/* Behind the number under the cursor; "" none. */
void reports_filter(const struct model *m, char *out, size_t size);
/* Nobody has counted for so long that it has to be said. */
bool reports_lag(const struct model *m);
bool reports_narrows(const struct report_page *p);      /* does carrier: or kind: narrow this one? */
const char *reports_by(const struct report_page *p);   /* the grouping in force */
int reports_lines(const struct model *m);              /* rows of the table on the screen */
size_t reports_top(const struct model *m);             /* the first of them, with the cursor in sight however the screen changed */

#endif
