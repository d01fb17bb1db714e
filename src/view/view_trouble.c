/* The connection's trouble, under the header: how old the rows are, what happened, and what to do about it. */
#include "view/parts.h"

#include <stdio.h>
#include <string.h>

#include "base/when.h"

enum { BANNER_TEXT = 80 + sizeof ((struct err *)0)->text };

/* "rows from 14:00, 3m old · " */
static void rows_age(const struct frame *f, char *out, size_t size)
{
    const struct model *m = f->m;
    char clock[TEXT_SHORT], span[TEXT_SHORT];
    out[0] = '\0';
    if (m->queue.count == 0 || m->queue.read_at == WHEN_NONE)
        return;
    text_clock(m->queue.read_at, &m->zone, clock, sizeof clock);
    when_format_span(m->now > m->queue.read_at ? m->now - m->queue.read_at : 0, span, sizeof span);
    if (strcmp(span, "now") == 0)
        snprintf(out, size, "rows from %s%s", clock, f->g->separator);
    else
        snprintf(out, size, "rows from %s, %s old%s", clock, span, f->g->separator);
}

static bool fits(const struct frame *f, const char *text)
{
    size_t n = strlen(text), at = 0, next;
    for (int i = 0; i < f->at.banner_rows && at < n; i++, at += next)
        text_wrap(text + at, n - at, f->m->cols - 2, &next);
    return at >= n;
}

/* What the server said of it goes first: " (connection refused)". */
static void drop_aside(char *text)
{
    char *open = strstr(text, " ("), *close = open ? strchr(open, ')') : NULL;
    for (char *inner = open; close && inner && (inner = strchr(inner + 2, '(')) && inner < close;)
        close = strchr(close + 1, ')') ? strchr(close + 1, ')') : close;
    if (close)
        memmove(open, close + 1, strlen(close + 1) + 1);
}

/* A word less of the cause, which ends where ": " begins the remedy. False: nothing can go any more. */
static bool drop_word(const struct frame *f, char *text)
{
    const char *dots = f->s->ascii ? "..." : "\u2026";
    char *remedy = NULL, kept[BANNER_TEXT];
    for (char *colon = text; (colon = strstr(colon, ": ")); colon++)
        remedy = colon;
    if (!remedy)
        return false;
    char *end = remedy;
    if ((size_t)(end - text) > strlen(dots) && memcmp(end - strlen(dots), dots, strlen(dots)) == 0)
        end -= strlen(dots);
    while (end > text && end[-1] == ' ')
        end--;
    while (end > text && end[-1] != ' ')
        end--;
    if (end == text)
        return false;
    snprintf(kept, sizeof kept, "%s%s", dots, remedy);
    memcpy(end, kept, strlen(kept) + 1);
    return true;
}

/* As much of it as there is room for: what to do stands to the last. */
static void shorten(const struct frame *f, const char *why, char *text, size_t size)
{
    char age[80], less[sizeof f->m->link_error.text];
    rows_age(f, age, sizeof age);
    snprintf(less, sizeof less, "%s", why);
    snprintf(text, size, "%s%s", age, less);
    if (fits(f, text))
        return;
    drop_aside(less);
    snprintf(text, size, "%s%s", age, less);
    if (fits(f, text))
        return;
    snprintf(text, size, "%s", less);
    while (!fits(f, text) && drop_word(f, text))
        ;
}

void view_banner(const struct frame *f)
{
    const struct model *m = f->m;
    char text[BANNER_TEXT];
    if (f->at.banner_row < 0)
        return;
    bool below = !m->ever_live && m->screen == SCREEN_QUEUE;       /* the empty list says it all */
    shorten(f, below ? "no connection to the database yet" : m->link_error.text[0] ? m->link_error.text : "the connection is lost", text, sizeof text);
    size_t n = strlen(text), at = 0, next;
    for (int i = 0; i < f->at.banner_rows; i++, at += next) {
        screen_fill(f->s, f->at.banner_row + i, 0, m->cols, STYLE_BANNER, ' ');
        size_t line = text_wrap(text + at, n - at, m->cols - 2, &next);
        if (i == f->at.banner_rows - 1)
            line = n - at;                     /* what has no room after all ends in dots */
        struct pen p = text_pen(f->s, f->at.banner_row + i, 1, m->cols - 2);
        char part[sizeof text];
        snprintf(part, sizeof part, "%.*s", (int)line, text + at);
        text_put(&p, STYLE_BANNER, part);
    }
}
