/* A mustache text into its tags, by the spec's rules for delimiters and for tags that stand
 * alone on their line. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "mustache_in.h"

enum { DEPTH_MAX = 128, PATH_SHOWN = 96 };

struct span {
    const char *at;
    size_t n;
};

struct parser {
    const char *path;
    const char *text;
    size_t size;
    size_t pos;                /* what is before it has become nodes */
    struct span open, close;   /* the delimiters in force */
    size_t counted;            /* line and column are those of this offset */
    int line, column;
    int moved;                 /* blanks put before each line: they do not count */
    size_t line_start;
    size_t sections[DEPTH_MAX];
    size_t depth;
    struct mustache_program *out;
    struct err *e;
};

/* One tag as it stands in the text. */
struct tag {
    size_t start, end;         /* offsets of its first character and past its last */
    char sigil;                /* one of # ^ / > & { = ! or 0 for a plain name */
    struct span content;       /* trimmed */
    int line, column;
};

bool mustache_fail(struct err *e, const char *path, int line, int column, const char *fmt, ...)
{
    char where[128], text[512];
    size_t n = strlen(path), skip = n > PATH_SHOWN ? n - PATH_SHOWN : 0;
    while (skip && skip < n && ((unsigned char)path[skip] & 0xC0) == 0x80)
        skip++;
    snprintf(where, sizeof where, "%s%s:%d:%d", skip ? "…" : "", path + skip, line, column);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    char clean[sizeof text];
    utf8_clean(text, strlen(text), clean, sizeof clean, UTF8_ONE_LINE);
    return err_set(e, ERR_INPUT, where, "%s", clean);
}

static bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f'; }

static struct span trim(struct span s)
{
    while (s.n && blank(s.at[0]))
        s.at++, s.n--;
    while (s.n && blank(s.at[s.n - 1]))
        s.n--;
    return s;
}

static bool has_blank(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (blank(s.at[i]))
            return true;
    return false;
}

static bool same(struct span a, const char *at, size_t n) { return a.n == n && memcmp(a.at, at, n) == 0; }

/* Offset of `what` from `from` on, or SIZE_MAX. */
static size_t find(const struct parser *p, size_t from, const char *what, size_t n)
{
    const char *at = from <= p->size ? memmem(p->text + from, p->size - from, what, n) : NULL;
    return at ? (size_t)(at - p->text) : SIZE_MAX;
}

/* Counts lines and characters up to an offset; offsets only grow. */
static void count_to(struct parser *p, size_t offset)
{
    for (; p->counted < offset; p->counted++) {
        unsigned char c = (unsigned char)p->text[p->counted];
        if (c == '\n') {
            p->line++;
            p->column = 1 - p->moved;
            p->line_start = p->counted + 1;
        } else if ((c & 0xC0) != 0x80) {
            p->column++;
        }
    }
}

/* A name for a message: not all of a long one. */
#define SHOWN(s) ((int)((s).n < 60 ? (s).n : 60)), (s).at
#define DELIMITER(s) ((int)((s).n < 16 ? (s).n : 16)), (s).at

static bool unclosed(const struct parser *p, const struct tag *t, bool brace)
{
    return mustache_fail(p->e, p->path, t->line, t->column,
                         "the tag that begins here is not closed: end it with %s%.*s",
                         t->sigil == '{' && brace ? "}" : t->sigil == '=' ? "=" : "", DELIMITER(p->close));
}

/* Reads the tag whose opening delimiter is at `start`. */
static bool read_tag(struct parser *p, size_t start, struct tag *t)
{
    size_t at = start + p->open.n;
    char ending[2 + 256];
    count_to(p, start);
    *t = (struct tag){.start = start, .line = p->line, .column = p->column};
    if (at < p->size && strchr("#^/>&{=!", p->text[at]) && p->text[at])
        t->sigil = p->text[at++];
    size_t extra = t->sigil == '{' || t->sigil == '=', n = extra + p->close.n;
    ending[0] = t->sigil == '{' ? '}' : '=';
    memcpy(ending + extra, p->close.at, p->close.n);
    size_t end = find(p, at, ending, n);
    if (end == SIZE_MAX)
        return unclosed(p, t, true);
    t->content = trim((struct span){p->text + at, end - at});
    t->end = end + n;
    return true;
}

static bool check_name(const struct parser *p, const struct tag *t)
{
    struct span s = t->content;
    if (memmem(s.at, s.n, p->open.at, p->open.n))
        return unclosed(p, t, true);
    if (s.n == 0)
        return mustache_fail(p->e, p->path, t->line, t->column, "this tag names nothing: put a name into it, or take it out");
    if (has_blank(s))
        return mustache_fail(p->e, p->path, t->line, t->column,
                             "\"%.*s\" is not a name: names have no blanks", SHOWN(s));
    if (t->sigil == 0 && strchr("#^/>&{=!", s.at[0]))
        return mustache_fail(p->e, p->path, t->line, t->column, "there is a blank before %c: write it right after %.*s",
                             s.at[0], DELIMITER(p->open));
    if (t->sigil == 0 && (s.at[0] == '<' || s.at[0] == '$'))
        return mustache_fail(p->e, p->path, t->line, t->column,
                             "\"%.*s\" is inheritance, which these templates do not have: use a partial or a section", SHOWN(s));
    return true;
}

static bool set_delimiters(struct parser *p, const struct tag *t)
{
    struct span all = t->content, first = all, last;
    first.n = 0;
    while (first.n < all.n && !blank(all.at[first.n]))
        first.n++;
    last = trim((struct span){all.at + first.n, all.n - first.n});
    if (!first.n || !last.n || has_blank(last) || memchr(all.at, '=', all.n) || first.n > 256 || last.n > 256)
        return mustache_fail(p->e, p->path, t->line, t->column,
                             "new delimiters are two words without = and with a blank between them: %.*s=<%% %%>=%.*s",
                             DELIMITER(p->open), DELIMITER(p->close));
    p->open = first;
    p->close = last;
    return true;
}

static struct mustache_node *push(struct parser *p, enum mustache_node_kind kind, const struct tag *t)
{
    struct mustache_node *n = vec_push(&p->out->nodes);
    *n = (struct mustache_node){.kind = kind, .text = t->content.at, .size = t->content.n, .line = t->line, .column = t->column};
    return n;
}

static void push_text(struct parser *p, size_t end)
{
    if (end > p->pos)
        *vec_push(&p->out->nodes) =
            (struct mustache_node){.kind = NODE_TEXT, .text = p->text + p->pos, .size = end - p->pos};
    p->pos = end;
}

static bool open_section(struct parser *p, const struct tag *t)
{
    if (p->depth == DEPTH_MAX)
        return mustache_fail(p->e, p->path, t->line, t->column, "sections are nested more than %d deep: close some first", DEPTH_MAX);
    p->sections[p->depth++] = p->out->nodes.len;
    push(p, t->sigil == '#' ? NODE_SECTION : NODE_INVERTED, t);
    return true;
}

static bool close_section(struct parser *p, const struct tag *t)
{
    struct span s = t->content;
    if (!p->depth)
        return mustache_fail(p->e, p->path, t->line, t->column,
                             "\"/%.*s\" closes nothing: no section is open here; take it out", SHOWN(s));
    size_t index = p->sections[p->depth - 1];
    const struct mustache_node *section = &p->out->nodes.at[index];
    struct span name = {section->text, section->size};
    if (!same(s, name.at, name.n))
        return mustache_fail(p->e, p->path, t->line, t->column,
                             "\"/%.*s\" closes another section than the open one: close \"%.*s\", opened at line %d, first",
                             SHOWN(s), SHOWN(name), section->line);
    p->depth--;
    p->out->nodes.at[index].partner = p->out->nodes.len;
    push(p, NODE_END, t)->partner = index;
    return true;
}

/* Is the tag alone on its line? Then the line goes: *from is its start, *to past its end. */
static bool alone(const struct parser *p, const struct tag *t, size_t *from, size_t *to)
{
    size_t start = t->start, end = t->end;
    if (!t->sigil || t->sigil == '&' || t->sigil == '{')
        return false;
    while (start > p->line_start && (p->text[start - 1] == ' ' || p->text[start - 1] == '\t'))
        start--;
    while (end < p->size && (p->text[end] == ' ' || p->text[end] == '\t'))
        end++;
    if (start != p->line_start)
        return false;
    if (end + 1 < p->size && p->text[end] == '\r' && p->text[end + 1] == '\n')
        end++;
    if (end < p->size && p->text[end] != '\n')
        return false;
    *from = start;
    *to = end < p->size ? end + 1 : end;
    return true;
}

static bool take_tag(struct parser *p, const struct tag *t, struct span indent)
{
    if (t->sigil == '!')
        return true;
    if (t->sigil == '=')
        return set_delimiters(p, t);
    if (!check_name(p, t))
        return false;
    switch (t->sigil) {
    case '#': case '^': return open_section(p, t);
    case '/': return close_section(p, t);
    case '>': {
        struct mustache_node *n = push(p, NODE_PARTIAL, t);
        n->indent = indent.at;
        n->indent_size = indent.n;
        return true;
    }
    default: push(p, t->sigil ? NODE_RAW : NODE_NAME, t); return true;
    }
}

static bool parse(struct parser *p)
{
    for (size_t start; (start = find(p, p->pos, p->open.at, p->open.n)) != SIZE_MAX;) {
        struct tag t;
        struct span indent = {NULL, 0};
        if (!read_tag(p, start, &t))
            return false;
        size_t from = t.start, to = t.end;
        if (alone(p, &t, &from, &to))
            indent = (struct span){p->text + from, t.start - from};
        push_text(p, from);
        if (!take_tag(p, &t, indent))
            return false;
        p->pos = to;
    }
    push_text(p, p->size);
    if (p->depth) {
        const struct mustache_node *s = &p->out->nodes.at[p->sections[p->depth - 1]];
        struct span name = {s->text, s->size};
        return mustache_fail(p->e, p->path, s->line, s->column, "the section \"%.*s\" opened here is never closed: add %.*s/%.*s%.*s",
                             SHOWN(name), DELIMITER(p->open), SHOWN(name), DELIMITER(p->close));
    }
    return true;
}

bool mustache_parse(const char *path, const char *text, size_t size, int line, int column, int moved,
                    struct mustache_program *out, struct err *e)
{
    struct parser p = {.path = path, .text = text, .size = size, .open = {"{{", 2}, .close = {"}}", 2},
                       .line = line, .column = column - moved, .moved = moved, .out = out, .e = e};
    *out = (struct mustache_program){0};
    if (parse(&p))
        return true;
    vec_finish(&out->nodes);
    return false;
}
