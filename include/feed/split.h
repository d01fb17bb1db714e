/* Cuts a stream of bytes into JSON documents without building them.
 *
 * A stream is any mix of documents one after another, one a line, pretty-printed, and
 * arrays of them. A provider's list page ({"trackers":[…]}) counts as a list as well:
 * its elements are the documents and the page around them is not one, so that a page of
 * any size needs the memory of its largest element. Only brackets and strings are looked
 * at; whether a piece is good JSON its parser says.
 *
 * A document that cannot be right (a line break inside a string, brackets that do not
 * match, a new document where a value cannot stand) is handed out as broken, and reading
 * goes on at the next line that begins one with no deeper indentation. */
#ifndef FEED_SPLIT_H
#define FEED_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Fills at most `size` bytes; 0 at the end of the stream, -1 with *e filled. */
struct split_source {
    void *self;
    long (*read)(void *self, char *to, size_t size, struct err *e);
};

enum split_kind { SPLIT_END, SPLIT_DOCUMENT, SPLIT_BROKEN };

struct split_piece {
    enum split_kind kind;
    const char *text;       /* the splitter's memory: good until the next call */
    size_t size;
    int64_t line;           /* where it begins, from 1 */
    size_t column;
    const char *why;        /* SPLIT_BROKEN: a sentence that begins after "line:col: " */
    int64_t why_line;
    size_t why_column;
};

/* The largest document taken; of a larger one the first SPLIT_KEEP bytes come as broken. */
#define SPLIT_BOUND ((size_t)16 << 20)
#define SPLIT_KEEP ((size_t)64 << 10)

struct split;
struct split *split_create(struct split_source source, size_t bound);
void split_destroy(struct split *s);

/* The next piece. false: the source failed. */
bool split_next(struct split *s, struct split_piece *out, struct err *e);

#endif
