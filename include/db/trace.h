/* What the database answered, as text that gives the same reply again: the cells that came, in front of all decoding.
 * A session that is recorded keeps these; a replay puts them back where they came from. */
#ifndef DB_TRACE_H
#define DB_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/quote.h"
#include "base/when.h"
#include "core/request.h"
#include "core/scrub.h"

struct db;

/* From now on each reply is told, before the reply itself, with the text trace_reply() reads. scrub is borrowed. */
typedef void db_trace_fn(void *ctx, const struct reply *r, const char *text);
void db_trace(struct db *db, const struct scrub *scrub, db_trace_fn *fn, void *ctx);

/* Answers r (moved, zeroed) with what trace says, and failed where it is not NULL; *out is the caller's: reply_finish(). False: it is damaged, or of another
 * query than r asks by now; e says so without a place. No connection, no clock: now and zone are the reader's then. */
bool trace_reply(struct request *r, int64_t now, const struct when_zone *zone, struct quote *trace, const struct err *failed, struct reply *out,
                 struct err *e);

#endif
