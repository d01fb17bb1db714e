/* What a customer gets of a template. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/utf8.h"
#include "template_in.h"

/* No message is near it; a template that grows past it is a mistake. */
enum { TEXT_MAX = 256 * 1024 };

static char *clean(const struct buf *b, enum utf8_lines lines)
{
    /* a malformed byte becomes three */
    size_t size = b->len * 3 + 1;
    char *out = xcalloc(size, 1);
    utf8_clean(buf_str(b), b->len, out, size, lines);
    return out;
}

/* Blanks at line ends go, and of empty lines in a row, and around the text, all but one between. In place. */
static void close_holes(char *s)
{
    char *to = s;
    size_t empty = 2;                 /* line ends just written; as if an empty line stood before */
    for (const char *line = s; *line;) {
        size_t n = strcspn(line, "\n"), kept = n;
        bool ends = line[n] == '\n';
        const char *next = line + n + ends;
        while (kept && line[kept - 1] == ' ')
            kept--;
        if (kept || empty < 2) {
            memmove(to, line, kept);
            to += kept;
            if (ends)
                *to++ = '\n';         /* overwrites what was read: a line is no longer than it was */
            empty = kept ? 1 : empty + 1;
        }
        line = next;
    }
    while (to > s && to[-1] == '\n')
        to--;
    *to = '\0';
}

/* One line without doubled blanks. In place. */
static void squeeze(char *s)
{
    char *to = s;
    for (const char *at = s; *at; at++)
        if (*at != ' ' || (to > s && to[-1] != ' '))
            *to++ = *at;
    while (to > s && to[-1] == ' ')
        to--;
    *to = '\0';
}

static bool render(const struct template_text *t, const char *part, const char *text, const json_t *data,
                   enum mustache_escape escape, struct buf *b, struct err *e)
{
    char path[160];
    snprintf(path, sizeof path, "%s%s", t->path, part);
    buf_init(b, TEXT_MAX);
    if (mustache_render(path, text, strlen(text), data, NULL, escape, b, e))
        return true;
    buf_finish(b);
    return false;
}

static bool render_part(const struct template_text *t, const char *part, const char *text, const json_t *data,
                        enum mustache_escape escape, enum utf8_lines lines, char **out, struct err *e)
{
    struct buf b;
    *out = NULL;
    if (!text)
        return true;
    if (!render(t, part, text, data, escape, &b, e))
        return false;
    *out = clean(&b, lines);
    buf_finish(&b);
    (lines == UTF8_ONE_LINE ? squeeze : close_holes)(*out);
    return true;
}

bool template_render(const struct template_text *t, const json_t *data, char **subject, char **body, char **html, struct err *e)
{
    *subject = *body = *html = NULL;
    if (render_part(t, " (subject)", t->subject, data, MUSTACHE_NONE, UTF8_ONE_LINE, subject, e) &&
        render_part(t, "", t->body, data, MUSTACHE_NONE, UTF8_KEEP_NEWLINES, body, e) &&
        render_part(t, " (html)", t->html, data, MUSTACHE_HTML, UTF8_KEEP_NEWLINES, html, e))
        return true;
    free(*subject);
    free(*body);
    free(*html);
    *subject = *body = *html = NULL;
    return false;
}
