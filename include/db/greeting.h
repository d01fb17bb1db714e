/* What a connection learns from hello(), and whether it may go on with it. For src/db alone. */
#ifndef DB_GREETING_H
#define DB_GREETING_H

#include <stdbool.h>

#include "core/request.h"

/* The level and the schema's version fit this program; worker: a worker's role will do. */
bool greeting_fits(const struct hello *h, bool worker, struct err *e);
bool greeting_version(int version, struct err *e);     /* the schema's; db_schema_wanted() is what fits */

/* A standby that was promoted moves to a higher timeline; the old primary, come back, does not. *seen: the highest so far. */
bool greeting_timeline(const struct hello *h, int32_t *seen, struct err *e);

/* hello() failed: most likely there is no schema, or no right to it. */
void greeting_explain(struct err *e, const char *user);

/* Why what would write is refused unsent, in a session that is read-only. Returns false. */
bool greeting_read_only(const struct hello *h, struct err *e);

/* The same of a session that is nothing without writing: ERR_AGAIN. */
bool greeting_writable(const struct hello *h, struct err *e);

#endif
