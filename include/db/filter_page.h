/* A filter as doorstep.filter_page() takes it, which answers pages of it: words and texts, what is excluded, times, what is missing. */
#ifndef DB_FILTER_PAGE_H
#define DB_FILTER_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/when.h"
#include "core/filter.h"

struct filter_page {
    char *words, *search;      /* text[] literals; owned; NULL: it cannot say all that the filter asks, or an index knows its rows as they are */
};
/* now, zone: which day is "today" for the reader. */
void filter_page_make(const struct filter *f, int64_t now, const struct when_zone *zone, struct filter_page *out);
void filter_page_finish(struct filter_page *page);

#endif
