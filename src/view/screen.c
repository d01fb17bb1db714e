#include "view/screen.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/utf8.h"

/* Longest text one call can put: several times the widest terminal. */
#define CLEAN_MAX 4096

void screen_init(struct screen *s)
{
    memset(s, 0, sizeof *s);
}

void screen_finish(struct screen *s)
{
    free(s->cells);
    memset(s, 0, sizeof *s);
}

void screen_resize(struct screen *s, int rows, int cols)
{
    if (rows < 1)
        rows = 1;
    if (cols < 1)
        cols = 1;
    if (rows != s->rows || cols != s->cols) {
        s->cells = xrealloc(s->cells, (size_t)rows * (size_t)cols * sizeof *s->cells);
        s->rows = rows;
        s->cols = cols;
    }
    screen_clear(s);
}

void screen_clear(struct screen *s)
{
    size_t n = (size_t)s->rows * (size_t)s->cols;
    for (size_t i = 0; i < n; i++)
        s->cells[i] = (struct cell){.ch = ' ', .style = STYLE_NORMAL};
    s->cursor_row = s->cursor_col = 0;
    s->cursor_visible = false;
    s->link[0] = '\0';
    s->link_row = s->link_col = s->link_cols = 0;
}

static struct cell *cell_at(struct screen *s, int row, int col)
{
    return &s->cells[(size_t)row * (size_t)s->cols + (size_t)col];
}

/* Writing over one half of a wide character leaves the other half a blank. */
static void split_wide(struct screen *s, int row, int col)
{
    struct cell *c = cell_at(s, row, col);
    if (c->ch == 0 && col > 0)
        *(c - 1) = (struct cell){.ch = ' ', .style = (c - 1)->style};
    if (col + 1 < s->cols && (c + 1)->ch == 0)
        *(c + 1) = (struct cell){.ch = ' ', .style = (c + 1)->style};
}

static void set_cell(struct screen *s, int row, int col, enum style style, uint32_t ch)
{
    split_wide(s, row, col);
    *cell_at(s, row, col) = (struct cell){.ch = ch, .style = (uint8_t)style};
}

static void add_mark(struct cell *base, uint32_t mark)
{
    for (int i = 0; i < CELL_MARKS; i++)
        if (base->marks[i] == 0) {
            base->marks[i] = mark;
            return;
        }
}

/* Clips [col, col+width) to the grid; false when nothing is left. */
static bool clip(const struct screen *s, int row, int *col, int *width)
{
    if (row < 0 || row >= s->rows || *width <= 0 || *col >= s->cols)
        return false;
    if (*col < 0) {
        *width += *col;
        *col = 0;
    }
    if (*width > s->cols - *col)
        *width = s->cols - *col;
    return *width > 0;
}

static bool plain_ascii(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    return true;
}

static int put_ascii(struct screen *s, int row, int col, int width, enum style style, const char *text, size_t n)
{
    int used = n < (size_t)width ? (int)n : width;
    for (int i = 0; i < used; i++)
        set_cell(s, row, col + i, style, (unsigned char)text[i]);
    return used;
}

/* text is clean. A wide character that does not fit any more becomes a blank. */
static int put_clean(struct screen *s, int row, int col, int width, enum style style, const char *text, size_t n)
{
    struct cell *base = NULL;
    int used = 0;
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        i += utf8_decode(text + i, n - i, &cp);
        int w = utf8_cp_width(cp);
        if (w == 0) {
            if (base != NULL)
                add_mark(base, cp);
            continue;
        }
        if (used + w > width) {
            if (used < width)
                set_cell(s, row, col + used++, style, ' ');
            break;
        }
        set_cell(s, row, col + used, style, cp);
        base = cell_at(s, row, col + used);
        if (w == 2) {
            split_wide(s, row, col + used + 1);
            base->ch = cp;   /* split_wide saw the half being written */
            *(base + 1) = (struct cell){.ch = 0, .style = (uint8_t)style};
        }
        used += w;
    }
    return used;
}

int screen_put_n(struct screen *s, int row, int col, int width, enum style style, const char *text, size_t n)
{
    char clean[CLEAN_MAX];
    if (!clip(s, row, &col, &width))
        return 0;
    if (plain_ascii(text, n))
        return put_ascii(s, row, col, width, style, text, n);
    n = utf8_clean(text, n, clean, sizeof clean, UTF8_ONE_LINE);
    return put_clean(s, row, col, width, style, clean, n);
}

int screen_put(struct screen *s, int row, int col, int width, enum style style, const char *text)
{
    return screen_put_n(s, row, col, width, style, text, strlen(text));
}

/* Puts text, cut with an ellipsis, right-aligned when asked; pads with blanks. */
/* Text that is clean already. */
static int put_known(struct screen *s, int row, int col, int width, enum style style, const char *text, size_t n, bool plain)
{
    return plain ? put_ascii(s, row, col, width, style, text, n) : put_clean(s, row, col, width, style, text, n);
}

static void put_field(struct screen *s, int row, int col, int width, enum style style, const char *text, bool right)
{
    char buffer[CLEAN_MAX];
    size_t n = strlen(text);
    int full = width;
    if (!clip(s, row, &col, &width))
        return;
    bool plain = plain_ascii(text, n);
    if (!plain) {
        n = utf8_clean(text, n, buffer, sizeof buffer, UTF8_ONE_LINE);
        text = buffer;
    }
    size_t columns = plain ? n : utf8_width(text, n);
    if (columns <= (size_t)full) {
        int indent = right ? full - (int)columns : 0;
        screen_fill(s, row, col, indent, style, ' ');
        int used = indent < width ? put_known(s, row, col + indent, width - indent, style, text, n, plain) : 0;
        screen_fill(s, row, col + indent + used, width - indent - used, style, ' ');
        return;
    }
    const char *dots = !s->ascii ? "\u2026" : width >= 8 ? "..." : ".";
    int dots_columns = s->ascii && width >= 8 ? 3 : 1;
    size_t used;
    n = utf8_fit(text, n, (size_t)(width > dots_columns ? width - dots_columns : 0), &used);
    put_known(s, row, col, (int)used, style, text, n, plain);
    put_clean(s, row, col + (int)used, width - (int)used, style, dots, strlen(dots));
    screen_fill(s, row, col + (int)used + dots_columns, width - (int)used - dots_columns, style, ' ');
}

void screen_field(struct screen *s, int row, int col, int width, enum style style, const char *text)
{
    put_field(s, row, col, width, style, text, false);
}

void screen_field_right(struct screen *s, int row, int col, int width, enum style style, const char *text)
{
    put_field(s, row, col, width, style, text, true);
}

void screen_fill(struct screen *s, int row, int col, int width, enum style style, uint32_t ch)
{
    if (!clip(s, row, &col, &width))
        return;
    for (int i = 0; i < width; i++)
        set_cell(s, row, col + i, style, ch);
}

void screen_style(struct screen *s, int row, int col, int width, enum style style)
{
    if (!clip(s, row, &col, &width))
        return;
    for (int i = 0; i < width; i++)
        cell_at(s, row, col + i)->style = (uint8_t)style;
}
