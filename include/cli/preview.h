/* Messages as their customers will get them, with what stands in the way of each: for `doorstep send`. */
#ifndef CLI_PREVIEW_H
#define CLI_PREVIEW_H

#include "cli/print.h"
#include "core/outreach.h"
#include "db/db.h"

struct previews {
    struct message *messages;  /* owned */
    size_t count;
};
void preview_finish(struct previews *p);

/* Templates by name for ids, in their order; channel NULL: each customer's best. */
bool preview_ask(struct db_sync *db, const int64_t *ids, size_t count, const char *name, const char *channel, struct previews *out, struct err *e);

/* On stdout: all of them, or for people the first `most` (0: all). */
bool preview_print(const struct previews *p, const char *name, enum format format, size_t most, struct err *e);

enum fate { FATE_NOW, FATE_LATER, FATE_SKIPPED };
/* pass: a lead lets warnings pass. */
enum fate preview_fate(const struct message *m, bool pass);
/* The verdict that makes it so; NULL: none. */
const struct verdict *preview_reason(const struct message *m, enum fate fate);
size_t preview_going(const struct previews *p, bool pass);
/* On stderr: how many go now, later, not at all, a channel a line, and why. */
void preview_say_counts(const struct previews *p, bool pass);

#endif
