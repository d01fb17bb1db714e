/* Where the person is: the cursor of the queue, and what follows it when it rests. */
#ifndef APP_CURSOR_H
#define APP_CURSOR_H

#include "app/app.h"

void cursor_move(struct model *m, struct effects *fx, long by);
void cursor_page(struct model *m, struct effects *fx, long lines);  /* the screen moves along */
void cursor_top(struct model *m, struct effects *fx);
void cursor_bottom(struct model *m, struct effects *fx);
/* False: its row is not in the window. */
bool cursor_to(struct model *m, struct effects *fx, int64_t id);

/* The exception the person looks at: what the detail shows, else the cursor's. 0: none. */
int64_t cursor_target(const struct model *m);
/* Its row: of the window, or of the context when it shows that one; NULL when not read. */
const struct queue_row *cursor_row(const struct model *m);

/* The target changed: its context is read once the cursor rests, or at once. */
void cursor_follow(struct model *m, struct effects *fx, bool at_once);
void cursor_context_timer(struct model *m, struct effects *fx);
void cursor_viewing_timer(struct model *m, struct effects *fx);
/* Says to the others that this session looks at id; 0: at nothing. */
void cursor_tell(struct model *m, struct effects *fx, int64_t id);

#endif
