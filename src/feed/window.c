#include "feed/window.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"

enum { CHUNK = 256 << 10 };

void window_init(struct window *w, struct split_source source)
{
    *w = (struct window){.source = source, .line = 1, .column = 1};
}

void window_finish(struct window *w)
{
    free(w->data);
    *w = (struct window){0};
}

void window_count(struct window *w, size_t at)
{
    if (at == w->counted)
        return;
    const char *from = w->data + w->counted, *end = w->data + at, *last = NULL;
    for (const char *p = from; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++) {
        w->line++;
        last = p;
    }
    if (last)
        w->column = (size_t)(end - last);
    else
        w->column += (size_t)(end - from);
    w->counted = at;
}

void window_cut(struct window *w, size_t keep)
{
    window_count(w, w->pos);
    w->end = w->pos = w->counted = w->begin + keep;
}

/* Room for a chunk behind `end`. What is kept moves to the front only when it must. */
static void make_room(struct window *w)
{
    if (w->begin == w->end) {
        window_count(w, w->end);
        w->begin = w->pos = w->end = w->counted = 0;
    } else if (w->cap - w->end < CHUNK && w->begin > 0) {
        if (w->counted < w->begin)
            window_count(w, w->begin);
        memmove(w->data, w->data + w->begin, w->end - w->begin);
        w->pos -= w->begin;
        w->end -= w->begin;
        w->counted -= w->begin;
        w->begin = 0;
    }
    if (w->cap - w->end < CHUNK) {
        w->cap = w->cap ? w->cap * 2 : (size_t)CHUNK * 2;
        w->data = xrealloc(w->data, w->cap);
    }
}

bool window_fill(struct window *w, struct err *e)
{
    make_room(w);
    long n = w->source.read(w->source.self, w->data + w->end, CHUNK, e);
    if (n < 0)
        return false;
    w->ended = n == 0;
    w->end += (size_t)n;
    return true;
}

bool window_start(struct window *w, struct err *e)
{
    while (!w->ended && w->end < 3)
        if (!window_fill(w, e))
            return false;
    if (w->end >= 3 && !memcmp(w->data, "\xEF\xBB\xBF", 3))
        w->pos = w->begin = w->counted = 3;
    return true;
}
