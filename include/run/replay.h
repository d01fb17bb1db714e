/* A record (run/record.h) played again: the same messages into the same update, the same frames out of the same views. No
 * database, no clock, no terminal; all it reads are the bytes it is given. */
#ifndef RUN_REPLAY_H
#define RUN_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/app.h"
#include "view/screen.h"

struct replay;

struct replay_source {         /* bytes in order; 0: there are no more */
    size_t (*read)(void *ctx, char *out, size_t size);
    void *ctx;
};

/* name: as errors call it. rows, cols: a terminal of that size instead of the recorded ones; 0: those. */
struct replay *replay_create(const char *name, const struct replay_source *source, int rows, int cols);
void replay_destroy(struct replay *r);

enum replay_event {
    REPLAY_MESSAGE,            /* one was handled */
    REPLAY_FRAME,              /* replay_screen() is what was drawn now */
    REPLAY_END,                /* of the record, or of its last whole line */
    REPLAY_DAMAGED             /* e says where and why (ERR_INPUT); nothing follows */
};
enum replay_event replay_step(struct replay *r, struct err *e);

const struct model *replay_model(const struct replay *r);
const struct screen *replay_screen(const struct replay *r);
int64_t replay_at(const struct replay *r);        /* ms since the record began */
size_t replay_messages(const struct replay *r);   /* handled so far */

/* Where it went another way than the session did, or looked otherwise: how often, and the first time ("FILE:LINE: …"; "" never). Of a
 * scrubbed record only shapes are compared; with another size nothing. */
bool replay_full(const struct replay *r);         /* nothing was scrubbed */
size_t replay_differences(const struct replay *r, const char **first);

/* The screen's lines as text, without blanks at their ends. */
void replay_text(const struct screen *s, struct buf *out);

#endif
