/* A filter as SQL in both ways: along its order, and of the few that an index finds. What reads under a filter is made of this: pages,
 * ids, selections, counts. */
#ifndef DB_WAYS_H
#define DB_WAYS_H

#include "db/call.h"
#include "db/filter_few.h"
#include "db/filter_page.h"
#include "db/filter_sql.h"
#include "db/query.h"

/* Parameters from options.first on: filter_few()'s three where few.any, then those of along, then those of found. */
struct ways {
    struct filter_few few;
    struct filter_page page;
    struct filter_sql along, found;     /* found: where few.any */
    enum sort sort;
};

/* options.search_index says how the way along finds words where few.any; else it uses the index. */
void ways_make(struct ways *w, const struct filter *f, struct filter_sql_options options);
/* Of a filter's text; false: the reply is the error. */
bool ways_parse(struct call *c, const char *text, struct filter_sql_options options, struct ways *w);
int ways_count(const struct ways *w);                       /* of parameters */
void ways_params(struct call_part *p, const struct ways *w);
/* Where page.words: a page's query, $4 and $5 of which are page's words and texts; owned by the caller. */
char *ways_page_sql(const struct ways *w, const char *query, const char *columns);
/* The first query along the order, the second where few may be found; owned by the caller. columns: piece "columns", NULL for none. */
char *ways_sql(const struct ways *w, const char *along, const char *few, const char *columns);
void ways_finish(struct ways *w);

#endif
