/* The message templates that are part of this program (src/db/message), put in force where nobody has
 * written their own: template_ship() of src/db/schema/017. For src/db alone. */
#ifndef DB_SHIP_H
#define DB_SHIP_H

#include <stdbool.h>

#include <libpq-fe.h>

#include "base/buf.h"
#include "base/embed.h"
#include "base/err.h"

/* Under the migration's lock, on a schema that is up to date. One look when they are the ones shipped last. */
bool ship_messages(PGconn *c, struct err *e);

/* The same of other files. */
bool ship_files(PGconn *c, const struct embed_file *files, struct err *e);

/* All files as the JSON array template_ship() reads, appended to out. False: one of them cannot be read. */
bool ship_json(const struct embed_file *files, struct buf *out, struct err *e);

#endif
