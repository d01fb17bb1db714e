/* Commands that change something by one query of src/db/query, which answers (id, ok, code,
 * message, rev) a row. */
#ifndef CLI_CHANGE_H
#define CLI_CHANGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "cli/cli.h"
#include "db/db.h"

/* One thing: says `done`, or the answer's own sentence. Returns the exit status; a refusal is its
 * sentence. The query's first parameter is a fresh key, then come params. db may be NULL: connects. */
int change_one(struct cli *c, struct db_sync *db, const char *query, const char *const *params, int count, const char *done);

/* Many: prints an answer an item (--format) and says "`done` 3, 1 refused: …". The second parameter
 * is the ids. Exit status as of the verbs: 0, 1 some refused, 77 nobody of that role may. */
int change_many(struct cli *c, struct db_sync *db, const char *query, const int64_t *ids, size_t id_count,
                const char *const *params, int count, const char *done);

/* Numbers from the operands (from `first` on), "-" for standard input; `what` is "message" and `list` the
 * command that lists them. Heap. */
bool change_numbers(const struct cli *c, int first, const char *what, const char *list, int64_t **ids, size_t *count, struct err *e);

/* Members of a JSON object, begun with "{": a text, or (raw) a number or word as it is. NULL adds nothing. */
void change_text(struct buf *object, const char *key, const char *text);
void change_raw(struct buf *object, const char *key, const char *json);

#endif
