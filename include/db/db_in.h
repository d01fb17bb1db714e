/* What the asynchronous connection shows to the blocking one. For src/db alone. */
#ifndef DB_DB_IN_H
#define DB_DB_IN_H

#include "db/call.h"
#include "db/db.h"

/* any_schema: live without hello and version check. */
struct db *db_create_any(struct loop *loop, const struct db_options *o, const struct db_events *ev, bool any_schema);
void db_submit_call(struct db *db, struct call *c);
const struct hello *db_hello(const struct db *db);

#endif
