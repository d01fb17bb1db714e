/* What a failing server means, said once: for the dashboard, the commands, the worker and doctor alike.
 * SQLSTATEs: PostgreSQL's manual, appendix A. For src/db alone. */
#ifndef DB_TROUBLE_H
#define DB_TROUBLE_H

#include "base/err.h"

/* A pooler that gives each transaction another server connection. */
#define TROUBLE_POOLING "the pooler before PostgreSQL@ changes the session between transactions, and Doorstep needs one that stays: set " \
                        "pool_mode = session for it, or connect past the pooler"

/* The setting that the server's advice names when its table of locks is full; in any language. */
#define TROUBLE_LOCKS "max_locks_per_transaction"

/* The code of a SQLSTATE; ERR_BUG for what nobody has foreseen. */
enum err_code trouble_code(const char *sqlstate);

/* The sentence of a SQLSTATE into e, with sqlstate; returns false. place: where the server is ("pg1", a socket's folder;
 * NULL: not said); said: the server's own words, cleaned; hint: its advice, "" none. A state without a sentence of its own
 * keeps the server's words and gets the advice, or a remedy. */
bool trouble_set(struct err *e, const char *sqlstate, const char *place, const char *said, const char *hint);

#endif
