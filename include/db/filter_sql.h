/* A parsed filter as SQL: a condition on table doorstep.exception (alias e) with bind
 * parameters only, and the ascending key column of its order. */
#ifndef DB_FILTER_SQL_H
#define DB_FILTER_SQL_H

#include "base/buf.h"
#include "core/filter.h"

struct filter_sql {
    struct buf where;          /* "true" at least; parameters numbered from `first` */
    char **params; int count;  /* text values; owned */
    const char *key;           /* "e.k_urgency" */
    bool resolved_too;         /* the filter reaches resolved rows: partial indexes do not apply */
};
/* first: the number of the first parameter ($first). */
void filter_sql_make(const struct filter *f, int first, struct filter_sql *out);
void filter_sql_finish(struct filter_sql *q);

#endif
