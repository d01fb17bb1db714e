/* A grid of cells: what the screen should look like. Filled by view_render, flushed by
 * term. One block of memory; drawing never allocates. */
#ifndef VIEW_SCREEN_H
#define VIEW_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a piece of text means; the theme decides how that looks. X(ID, name) */
#define STYLES(X)                                                                            \
    X(NORMAL, "normal") X(DIM, "dim") X(STRONG, "strong") X(HEADER, "header") X(BAR, "bar")   \
    X(ACCENT, "accent") X(CURSOR, "cursor") X(SELECTED, "selected")                           \
    X(LOW, "low") X(MEDIUM, "medium") X(HIGH, "high") X(CRITICAL, "critical")                 \
    X(BREACH, "breach") X(WARN, "warn") X(GOOD, "good") X(BAD, "bad") X(LINK, "link")         \
    X(KEY, "key") X(RULE, "rule") X(INPUT, "input") X(INPUT_ERROR, "input_error") X(BANNER, "banner")

enum style {
#define X(id, name) STYLE_##id,
    STYLES(X)
#undef X
    STYLE_COUNT
};

/* How a style looks; term translates it to the terminal. */
enum look_attr { LOOK_BOLD = 1, LOOK_DIM = 2, LOOK_REVERSE = 4, LOOK_UNDERLINE = 8 };

struct look {
    int8_t fg, bg;               /* -1 the terminal's own, 0..15 */
    uint8_t attrs;               /* LOOK_* */
};

#define CELL_MARKS 2             /* combining marks kept on one base */

struct cell {
    uint32_t ch;                 /* base code point; 0: right half of a wide character */
    uint32_t marks[CELL_MARKS];  /* combining marks, 0 when none */
    uint8_t style;               /* enum style */
};

struct screen {
    int rows, cols;
    struct cell *cells;          /* rows * cols */
    bool ascii;                  /* what is cut ends in dots instead of an ellipsis */
    int cursor_row, cursor_col;  /* where the terminal's cursor rests */
    bool cursor_visible;         /* only in text inputs */
    char link[256];              /* OSC 8 target for the cells below; "" none */
    int link_row, link_col, link_cols;
};

void screen_init(struct screen *s);
void screen_finish(struct screen *s);
void screen_resize(struct screen *s, int rows, int cols);  /* clears */
void screen_clear(struct screen *s);                       /* keeps `ascii` */

/* Writes cleaned UTF-8 from (row,col), cutting at col+width and at the edge; returns
 * columns used. Characters that are not printable never reach a cell. */
int screen_put(struct screen *s, int row, int col, int width, enum style style, const char *text);
int screen_put_n(struct screen *s, int row, int col, int width, enum style style, const char *text, size_t n);
/* The same, ending in an ellipsis when cut, padded with blanks to `width`. */
void screen_field(struct screen *s, int row, int col, int width, enum style style, const char *text);
void screen_field_right(struct screen *s, int row, int col, int width, enum style style, const char *text);
/* `ch` must be one column wide. */
void screen_fill(struct screen *s, int row, int col, int width, enum style style, uint32_t ch);
void screen_style(struct screen *s, int row, int col, int width, enum style style);

#endif
