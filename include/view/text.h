/* Putting text on a line: a pen that moves right, the decorations with their ASCII
 * stand-ins, and numbers, times and spans written for people. */
#ifndef VIEW_TEXT_H
#define VIEW_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/when.h"
#include "view/screen.h"

struct glyphs {
    const char *live, *down;          /* beside the connection's state */
    const char *separator;            /* between facts on one line */
    const char *none;                 /* stands where there is no value */
    const char *fresh, *up, *pointer;
    const char *yes, *no, *pause;     /* nothing in the way, something is, it waits */
    const char *out, *in;             /* what we wrote, what the customer wrote */
    const char *closed, *opened;      /* before a line that stands for many: its rows hidden, shown */
    const char *stale;                /* before what is about to be replaced */
    const char *top_left, *top_right, *bottom_left, *bottom_right;
    uint32_t horizontal, vertical;
};
const struct glyphs *text_glyphs(bool ascii);

/* Writes pieces one after another between two columns of a row. A row below 0 draws
 * nothing but still counts columns, so that a scrolled-out line costs no special case. */
struct pen {
    struct screen *s;
    int row, col, end;
    bool begun;                       /* text_fact: something stands before */
};
struct pen text_pen(struct screen *s, int row, int col, int width);
void text_put(struct pen *p, enum style style, const char *text);
void text_printf(struct pen *p, enum style style, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same after a separator, when something stands before; nothing for an empty text. */
void text_fact(struct pen *p, enum style style, const char *text);
void text_factf(struct pen *p, enum style style, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* A left-aligned field of `width` columns, then the pen stands behind it. The blanks after
 * the text are plain: a style with a background would make a block of them. */
void text_field(struct pen *p, int width, enum style style, const char *text);
void text_skip(struct pen *p, int columns);

int text_columns(const char *text);   /* width of a text once cleaned */

/* Bytes of the next line of at most `width` columns, broken at a blank or newline when
 * there is one; *next is where the line after it begins. */
size_t text_wrap(const char *text, size_t n, int width, size_t *next);

#define TEXT_SHORT 32                 /* enough for any of these */
void text_left(int64_t ms, char *out, size_t size);                        /* "0:07" "-0:12" "2d" */
void text_clock(int64_t at, const struct when_zone *zone, char *out, size_t size);         /* "14:03" */
/* "today" "tomorrow" "Sat 21 Nov", with the year when it is another; `none` for no instant. */
void text_day(int64_t at, int64_t now, const struct when_zone *zone, const char *none, char *out, size_t size);
/* "14:03" on the day of now, else "21 Nov 14:03"; "" for none. */
void text_moment(int64_t at, int64_t now, const struct when_zone *zone, char *out, size_t size);
void text_ago(int64_t at, int64_t now, char *out, size_t size);            /* "2h59m ago"; "" for none */
int64_t text_day_number(int64_t at, const struct when_zone *zone);         /* days since 1970 there */

#endif
