/* What the asynchronous connection shows to the blocking one. For src/db alone. */
#ifndef DB_DB_IN_H
#define DB_DB_IN_H

#include "db/call.h"
#include "db/db.h"

/* db_submit for what is no request of its own. Takes c over. */
void db_submit_call(struct db *db, struct call *c);

/* When down: connects again until somebody takes changes who is not left behind by a failover; link() tells. */
void db_settle(struct db *db);

#endif
