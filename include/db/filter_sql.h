/* A parsed filter as SQL: a condition on table doorstep.exception (alias e), and the
 * ascending key column of its order.
 *
 * Whatever was typed freely is a bind parameter. The words of the closed lists (kinds,
 * states …) stand in the text as constants of our own tables, because PostgreSQL matches
 * partial indexes and statistics by constants only. */
#ifndef DB_FILTER_SQL_H
#define DB_FILTER_SQL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/when.h"
#include "core/filter.h"

struct filter_sql {
    struct buf where;          /* parameters numbered from `first` */
    char **params; int count;  /* text values; owned */
    const char *key;           /* "e.k_urgency" */
    bool resolved_too;         /* the filter reaches resolved rows: partial indexes do not apply */
};
struct filter_sql_options {
    int first;                 /* the number of the first parameter ($first) */
    int64_t now;               /* ms; with the zone says which day is "today" for the reader. */
    const struct when_zone *zone;      /* borrowed. Durations count from the server's clock */
    bool search_index;         /* find words through the trigram index; false: the rows are known already */
    bool found;                /* what has the texts was found already: filter_few */
    bool any_state;            /* resolved rows, too, where the filter says nothing of states */
    bool service;              /* a worker asks, whom what is kept for people's brands answers nothing */
};
void filter_sql_make(const struct filter *f, const struct filter_sql_options *o, struct filter_sql *out);
void filter_sql_finish(struct filter_sql *q);

/* What a date means to the reader at this instant: [*from, *to), in ms. */
void filter_sql_day(const struct filter_value *v, int64_t now, const struct when_zone *zone, int64_t *from, int64_t *to);

/* The key column of an order: "e.k_urgency". */
const char *filter_sql_key(enum sort s);

#endif
