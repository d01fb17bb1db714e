/* The part of a source that is in memory, and where in the source that is. */
#ifndef FEED_WINDOW_H
#define FEED_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "feed/split.h"

struct window {
    struct split_source source;
    char *data;             /* [begin,end) is kept; [pos,end) is not looked at yet */
    size_t cap, begin, pos, end;
    bool ended;             /* the source has no more */
    size_t counted;         /* line and column are those of data[counted], from 1 */
    int64_t line;
    size_t column;
};

void window_init(struct window *w, struct split_source source);
void window_finish(struct window *w);
/* The first bytes; a byte-order mark before them is none of the text. */
bool window_start(struct window *w, struct err *e);
/* More bytes behind `end`; what lies before `begin` is dropped, and indices move with it. */
bool window_fill(struct window *w, struct err *e);
/* Counts lines and columns on to data[at]; never back. */
void window_count(struct window *w, size_t at);
/* Forgets all but the first `keep` bytes from begin on; pos and end are behind them then. */
void window_cut(struct window *w, size_t keep);

#endif
