/* What the two halves of doctor's look at a database share. */
#ifndef DB_PROBE_IN_H
#define DB_PROBE_IN_H

#include "db/admin.h"
#include "db/pg.h"

/* A query's last result within DB_PROBE_PATIENCE_MS, else NULL and out->stalled. */
PGresult *probe_ask(PGconn *c, const char *sql, struct db_probe *out);
/* Cleaned; NULL is "". */
void probe_keep(char *out, size_t size, const char *text);
void probe_load(PGconn *c, struct db_probe *out);

#endif
