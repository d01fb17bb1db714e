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

/* A text and where it is from. */
struct mustache_source {
    const char *path, *text;
    size_t size;
    int line;                  /* where it begins in its file, for errors; 0 is 1 */
};
/* Where a partial's text comes from. False: there is none of that name (it renders as nothing, as
 * the spec says). Path and text must live until the rendering ends. */
struct mustache_partials {
    void *ctx;
    bool (*find)(void *ctx, const char *name, size_t n, struct mustache_source *out);
};

/* Appends what a template gives for data. partials may be NULL. False: a syntax error, or it would not end;
 * e->where is "path:line:col" (1-based; col in characters), e->text what is wrong and how to put it right. What
 * was appended before stays. Sections and partials go 128 deep at most, the work is bounded, the output is by
 * out's limit. False for a section are: nothing of that name, null, false, 0, "" and the empty list. */
bool mustache_render(const char *path, const char *text, size_t size, const json_t *data, const struct mustache_partials *partials,
                     enum mustache_escape escape, struct buf *out, struct err *e);

/* The same of a text that may stand further down in its file, for data that are JSON text of any type. */
bool mustache_render_json(const struct mustache_source *whole, const struct mustache_source *data,
                          const struct mustache_partials *partials, enum mustache_escape escape, struct buf *out, struct err *e);

/* Every tag that names something, in order, for checking a template without data. line and column: where in its file
 * the text begins (1, 1 for a whole one). */
enum mustache_tag { MUSTACHE_NAME, MUSTACHE_RAW, MUSTACHE_SECTION, MUSTACHE_INVERTED, MUSTACHE_END, MUSTACHE_PARTIAL };
struct mustache_use {
    enum mustache_tag tag;
    const char *name;          /* not terminated; trimmed; dotted as written; "." is the implicit iterator */
    size_t size;
    int line, column;          /* of the tag, from 1 */
};
/* False from visit stops with its error. */
bool mustache_walk(const char *path, const char *text, size_t size, int line, int column,
                   bool (*visit)(void *ctx, const struct mustache_use *use, struct err *e), void *ctx, struct err *e);

#endif
