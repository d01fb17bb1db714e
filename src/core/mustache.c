#include "core/mustache.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mustache_in.h"

/* What one rendering may do: nodes and list items visited plus bytes of partials read. A text that calls
 * itself twice would otherwise double its work at each of 128 levels. */
enum { DEPTH_MAX = 128, WORK_MAX = 1 << 25 };

struct context {
    const json_t *value;
    const struct context *below;
};

struct renderer {
    const struct mustache_partials *partials;
    enum mustache_escape escape;
    struct buf *out;
    struct err *e;
    int sections, partials_open;
    size_t work;
};

/* The text being rendered. */
struct source {
    const char *path;
    const struct mustache_program *program;
};

static bool render_nodes(struct renderer *r, const struct source *s, size_t from, size_t to, const struct context *top);

static bool fail(const struct renderer *r, const struct source *s, const struct mustache_node *n, const char *text)
{
    while (n->kind == NODE_TEXT && n > s->program->nodes.at)
        n--;
    return mustache_fail(r->e, s->path, n->line ? n->line : 1, n->line ? n->column : 1, "%s", text);
}

static bool endless(const struct renderer *r, const struct source *s, const struct mustache_node *n)
{
    return fail(r, s, n, "this does not come to an end: too much is repeated; does a partial call itself?");
}

/* ---- names ---- */

static const json_t *find_first(const struct context *c, const char *name, size_t n)
{
    for (; c; c = c->below) {
        const json_t *found = json_object_getn(c->value, name, n);
        if (found)
            return found;
    }
    return NULL;
}

/* The first part is looked for through the whole stack, the others only in what came before. A name
 * that begins with a dot is looked for in the topmost context alone. */
static const json_t *look_up(const struct context *top, const char *name, size_t n)
{
    if (n == 1 && *name == '.')
        return top->value;
    const json_t *v = top->value;
    bool first = true;
    if (*name == '.')
        name++, n--, first = false;
    for (;;) {
        const char *dot = memchr(name, '.', n);
        size_t part = dot ? (size_t)(dot - name) : n;
        v = first ? find_first(top, name, part) : json_object_getn(v, name, part);
        if (!v || !dot)
            return v;
        first = false;
        n -= part + 1;
        name = dot + 1;
    }
}

static bool truthy(const json_t *v)
{
    if (!v)
        return false;
    switch (json_typeof(v)) {
    case JSON_NULL: case JSON_FALSE: return false;
    case JSON_ARRAY: return json_array_size(v) > 0;
    case JSON_STRING: return json_string_length(v) > 0;
    case JSON_INTEGER: return json_integer_value(v) != 0;
    case JSON_REAL: return json_real_value(v) < 0 || json_real_value(v) > 0;
    case JSON_OBJECT: case JSON_TRUE: break;
    }
    return true;
}

/* ---- values ---- */

static void put_escaped(struct buf *out, const char *s, size_t n)
{
    static const struct { char c; const char *as; } entities[] = {
        {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"},
    };
    size_t from = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < sizeof entities / sizeof *entities; k++)
            if (s[i] == entities[k].c) {
                buf_add(out, s + from, i - from);
                buf_puts(out, entities[k].as);
                from = i + 1;
            }
    buf_add(out, s + from, n - from);
}

/* The shortest digits that are the number again; a point whatever the locale has. */
static void real_text(double d, char out[40])
{
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(out, 40, "%.*g", precision, d);
        if (!(strtod(out, NULL) < d) && !(strtod(out, NULL) > d))
            break;
    }
    char *digits = out + (*out == '-'), *after = digits + strspn(digits, "0123456789");
    if (*after && *after != '.' && *after != 'e') {
        size_t separator = strcspn(after, "0123456789e");
        *after = '.';
        memmove(after + 1, after + separator, strlen(after + separator) + 1);
    }
}

static void put_value(const struct renderer *r, const json_t *v, bool raw)
{
    char number[40];
    char *json = NULL;
    const char *s = "";
    size_t n = 0;
    if (!v || json_is_null(v))
        return;
    if (json_is_string(v)) {
        s = json_string_value(v);
        n = json_string_length(v);
    } else {
        if (json_is_integer(v))
            snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
        else if (json_is_real(v))
            real_text(json_real_value(v), number);
        else
            json = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
        s = json ? json : json_is_number(v) ? number : "";
        n = strlen(s);
    }
    if (raw || r->escape == MUSTACHE_NONE)
        buf_add(r->out, s, n);
    else
        put_escaped(r->out, s, n);
    free(json);
}

/* ---- sections and partials ---- */

static bool render_inside(struct renderer *r, const struct source *s, size_t at, const struct context *top)
{
    const struct mustache_node *n = &s->program->nodes.at[at];
    if (r->sections == DEPTH_MAX)
        return fail(r, s, n, "sections are nested more than 128 deep here: does a partial call itself without an end?");
    if (++r->work > WORK_MAX)
        return endless(r, s, n);
    r->sections++;
    bool ok = render_nodes(r, s, at + 1, n->partner, top);
    r->sections--;
    return ok;
}

static bool render_section(struct renderer *r, const struct source *s, size_t at, const struct context *top)
{
    const struct mustache_node *n = &s->program->nodes.at[at];
    const json_t *v = look_up(top, n->text, n->size);
    if (truthy(v) == (n->kind == NODE_INVERTED))
        return true;
    if (n->kind == NODE_INVERTED)
        return render_inside(r, s, at, top);
    if (!json_is_array(v))
        return render_inside(r, s, at, &(struct context){v, top});
    for (size_t i = 0; i < json_array_size(v); i++)
        if (!render_inside(r, s, at, &(struct context){json_array_get(v, i), top}))
            return false;
    return true;
}

/* A partial alone on its line: its indentation goes before each of its lines. */
static void indent_lines(struct buf *b, const char *text, size_t size, const char *indent, size_t n)
{
    for (size_t at = 0; at < size;) {
        const char *newline = memchr(text + at, '\n', size - at);
        size_t line = newline ? (size_t)(newline - text) + 1 - at : size - at;
        buf_add(b, indent, n);
        buf_add(b, text + at, line);
        at += line;
    }
}

/* moved: by how many blanks a partial stands further right than in its file. */
static bool render_text(struct renderer *r, const struct mustache_source *p, int moved, const struct context *top)
{
    struct mustache_program program;
    if (!mustache_parse(p->path, p->text, p->size, p->line > 0 ? p->line : 1, 1, moved, &program, r->e))
        return false;
    struct source s = {p->path, &program};
    bool ok = render_nodes(r, &s, 0, program.nodes.len, top);
    vec_finish(&program.nodes);
    return ok;
}

static bool render_partial(struct renderer *r, const struct source *s, const struct mustache_node *n, const struct context *top)
{
    struct mustache_source p = {NULL, NULL, 0, 1};
    if (!r->partials || !r->partials->find(r->partials->ctx, n->text, n->size, &p))
        return true;
    if (r->partials_open == DEPTH_MAX)
        return fail(r, s, n, "partials are nested more than 128 deep here: one that calls itself needs a section around the call that ends");
    struct buf indented;
    buf_init(&indented, WORK_MAX);
    if (n->indent_size) {
        indent_lines(&indented, p.text, p.size, n->indent, n->indent_size);
        p.text = buf_str(&indented);
        p.size = indented.len;
    }
    r->work += p.size;
    r->partials_open++;
    bool ok = r->work > WORK_MAX || indented.full ? endless(r, s, n) : render_text(r, &p, (int)n->indent_size, top);
    r->partials_open--;
    buf_finish(&indented);
    return ok;
}

static bool render_node(struct renderer *r, const struct source *s, size_t *at, const struct context *top)
{
    const struct mustache_node *n = &s->program->nodes.at[*at];
    switch (n->kind) {
    case NODE_TEXT: buf_add(r->out, n->text, n->size); return true;
    case NODE_NAME: case NODE_RAW: put_value(r, look_up(top, n->text, n->size), n->kind == NODE_RAW); return true;
    case NODE_PARTIAL: return render_partial(r, s, n, top);
    case NODE_END: return true;
    case NODE_SECTION: case NODE_INVERTED: break;
    }
    bool ok = render_section(r, s, *at, top);
    *at = n->partner;
    return ok;
}

static bool render_nodes(struct renderer *r, const struct source *s, size_t from, size_t to, const struct context *top)
{
    for (size_t i = from; i < to; i++) {
        const struct mustache_node *n = &s->program->nodes.at[i];
        if (++r->work > WORK_MAX)
            return endless(r, s, n);
        if (!render_node(r, s, &i, top))
            return false;
        if (r->out->full)
            return fail(r, s, n, "the text gets too long here: shorten it or the lists it repeats");
    }
    return true;
}

static bool render_all(const struct mustache_source *whole, const json_t *data, const struct mustache_partials *partials,
                       enum mustache_escape escape, struct buf *out, struct err *e)
{
    struct renderer r = {.partials = partials, .escape = escape, .out = out, .e = e};
    struct context bottom = {data, NULL};
    return render_text(&r, whole, 0, &bottom);
}

bool mustache_render(const char *path, const char *text, size_t size, const json_t *data, const struct mustache_partials *partials,
                     enum mustache_escape escape, struct buf *out, struct err *e)
{
    return render_all(&(struct mustache_source){path, text, size, 1}, data, partials, escape, out, e);
}

bool mustache_render_json(const struct mustache_source *whole, const struct mustache_source *data,
                          const struct mustache_partials *partials, enum mustache_escape escape, struct buf *out, struct err *e)
{
    json_error_t why;
    json_t *value = json_loadb(data->text, data->size, JSON_DECODE_ANY, &why);
    if (!value)
        return mustache_fail(e, data->path, why.line, why.column, "this is not JSON: %s", why.text);
    bool ok = render_all(whole, value, partials, escape, out, e);
    json_decref(value);
    return ok;
}

bool mustache_walk(const char *path, const char *text, size_t size, int line, int column,
                   bool (*visit)(void *ctx, const struct mustache_use *use, struct err *e), void *ctx, struct err *e)
{
    static const enum mustache_tag tags[] = {
        [NODE_NAME] = MUSTACHE_NAME, [NODE_RAW] = MUSTACHE_RAW, [NODE_SECTION] = MUSTACHE_SECTION,
        [NODE_INVERTED] = MUSTACHE_INVERTED, [NODE_END] = MUSTACHE_END, [NODE_PARTIAL] = MUSTACHE_PARTIAL,
    };
    struct mustache_program program;
    bool ok = mustache_parse(path, text, size, line, column, 0, &program, e);
    for (size_t i = 0; ok && i < program.nodes.len; i++) {
        const struct mustache_node *n = &program.nodes.at[i];
        struct mustache_use use = {tags[n->kind], n->text, n->size, n->line, n->column};
        ok = n->kind == NODE_TEXT || visit(ctx, &use, e);
    }
    vec_finish(&program.nodes);
    return ok;
}
