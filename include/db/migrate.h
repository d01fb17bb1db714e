/* The schema: numbered migrations embedded from src/db/schema, applied under an advisory lock. */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include "base/err.h"

#define DB_SCHEMA_VERSION_NONE (-1)

int db_schema_wanted(void);    /* the newest migration this program carries */

struct migrate_result { int from, to; int applied; };
/* check_only: reads, changes nothing. ERR_CONFIG when the database is newer than this program. */
bool db_migrate(const char *dsn, bool check_only, struct migrate_result *out, struct err *e);

#endif
