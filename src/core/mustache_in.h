/* What the parser of mustache texts gives to the renderer. */
#ifndef CORE_MUSTACHE_IN_H
#define CORE_MUSTACHE_IN_H

#include "base/vec.h"
#include "core/mustache.h"

enum mustache_node_kind { NODE_TEXT, NODE_NAME, NODE_RAW, NODE_SECTION, NODE_INVERTED, NODE_END, NODE_PARTIAL };

struct mustache_node {
    enum mustache_node_kind kind;
    const char *text;          /* what stands there (NODE_TEXT), else the name */
    size_t size;
    size_t partner;            /* of a section its end; of an end its section: indices */
    const char *indent;        /* NODE_PARTIAL alone on its line: the blanks before it */
    size_t indent_size;
    int line, column;          /* of the tag */
};

/* Texts point into the parsed one. */
struct mustache_program {
    VEC(struct mustache_node) nodes;
};

/* line, column: where in the file the text begins; moved: how many blanks each of its lines has got in front. False: e is filled; *out is empty then. Otherwise the caller
 * finishes out->nodes. */
bool mustache_parse(const char *path, const char *text, size_t size, int line, int column, int moved,
                    struct mustache_program *out, struct err *e);

/* Fills e with "path:line:col" (a long path from its end) and the sentence; returns false. */
bool mustache_fail(struct err *e, const char *path, int line, int column, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

#endif
