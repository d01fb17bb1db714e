/* The folder of published pages, held by one program at a time. For publish.c. */
#ifndef RUN_PUBLISH_DIR_H
#define RUN_PUBLISH_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct publish_state {         /* DIR/.doorstep-pages; zeroes: nothing was published yet */
    int64_t mark;              /* up to when changes are in the pages, ms */
    int64_t all;               /* when every page was looked at, ms */
    char epoch[96];            /* what all of them rest on */
};

struct publish_token { char text[33]; };

struct publish_dir {
    const char *path;
    int fd;
    int sub[256];              /* folders by the token's first two digits; -1: not open */
    const char *index;         /* what stands in each folder's index.html, so that no server lists it */
    size_t index_size;
    struct publish_state state;
};

enum publish_put { PUBLISH_FAILED, PUBLISH_SAME, PUBLISH_WRITTEN };

bool publish_dir_open(struct publish_dir *d, const char *path, const char *index, size_t index_size, struct err *e);
void publish_dir_close(struct publish_dir *d);
bool publish_dir_keep(struct publish_dir *d, struct err *e);        /* writes state */

/* token: 32 digits. */
enum publish_put publish_dir_put(struct publish_dir *d, const char *token, const char *text, size_t size, struct err *e);
bool publish_dir_remove(struct publish_dir *d, const char *token, int64_t *removed, struct err *e);
/* Removes every page whose token is not among `count` sorted ones, and what a run that was ended left half-written. */
bool publish_dir_sweep(struct publish_dir *d, const struct publish_token *tokens, size_t count, int64_t *removed, struct err *e);
/* What was written is on the disk. */
bool publish_dir_sync(struct publish_dir *d, struct err *e);

#endif
