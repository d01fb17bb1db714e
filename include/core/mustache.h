/* Mustache, as the mustache spec's core modules define it (github.com/mustache/spec, v1.4:
 * comments, delimiters, interpolation, inverted, partials, sections). No lambdas, no
 * inheritance. Pure: data are jansson values, read only. */
#ifndef CORE_MUSTACHE_H
#define CORE_MUSTACHE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

enum mustache_escape {
    MUSTACHE_HTML,             /* {{ }} escapes & < > " (the spec's &quot;); {{{ }}} and {{& }} do not */
    MUSTACHE_NONE              /* nothing is escaped: plain text and SMS */
};

/* Where a partial's text comes from; NULL: there is none of that name (it renders as nothing, as
 * the spec says). The text must live until the rendering ends. */
struct mustache_partials {
    void *ctx;
    const char *(*find)(void *ctx, const char *name, size_t n, size_t *size);
};

/* Appends what a template gives for data. partials may be NULL. False: a syntax error;
 * e->where is "path:line:col" (1-based; col in characters), e->text what is wrong and how to put it right. What
 * was appended before stays. Depth of nesting and of partials is bounded (128), so is the output by out's limit. */
bool mustache_render(const char *path, const char *text, size_t size, const json_t *data, const struct mustache_partials *partials,
                     enum mustache_escape escape, struct buf *out, struct err *e);

/* Every tag that names something, in order, for checking a template without data. */
enum mustache_tag { MUSTACHE_NAME, MUSTACHE_SECTION, MUSTACHE_INVERTED, MUSTACHE_END, MUSTACHE_PARTIAL };
struct mustache_use {
    enum mustache_tag tag;
    const char *name;          /* not terminated; trimmed; dotted as written; "." is the implicit iterator */
    size_t size;
    int line, column;          /* of the tag, from 1 */
};
/* False from visit stops with its error. */
bool mustache_walk(const char *path, const char *text, size_t size,
                   bool (*visit)(void *ctx, const struct mustache_use *use, struct err *e), void *ctx, struct err *e);

#endif
