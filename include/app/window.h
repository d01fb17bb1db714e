/* The window onto the queue: the rows on the screen and about a page either way, however
 * long the queue is. Rows come by pages anchored at a row's (key,id). */
#ifndef APP_WINDOW_H
#define APP_WINDOW_H

#include "app/app.h"

/* Rows of the list on the screen, and rows in a page asked for. */
size_t window_lines(const struct model *m);
size_t window_step(const struct model *m);

/* Other rows: PAGE_TOP or PAGE_BOTTOM. fresh_filter: what is under way belongs to another
 * filter and is forgotten. The old rows stay until the new ones come. */
void window_show(struct model *m, struct effects *fx, enum page_goal goal, bool fresh_filter);
void window_reload(struct model *m, struct effects *fx);
/* An answer to either, or to the window's own asking for more. */
void window_page(struct model *m, struct effects *fx, const struct awaited *a, const struct page *p);

/* Index of an id, or SIZE_MAX. */
size_t window_find(const struct model *m, int64_t id);
/* First index whose (key,id) is not before the given. */
size_t window_place(const struct model *m, int64_t key, int64_t id);
void window_remove(struct model *m, size_t at);
void window_insert(struct model *m, size_t at, const struct queue_row *row);

/* After any change: the cursor is on the screen, far rows are let go, missing ones asked for. */
void window_settle(struct model *m, struct effects *fx);

#endif
