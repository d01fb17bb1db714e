/* A grid to the terminal. Rows that did not change since the last flush are not even shown
 * to ncurses; within the others ncurses finds the cheapest way. */
#include "term_state.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/die.h"

enum { PAIRS_MOST = 64, RUN = 128, ROOM = 4096, MOVE_COST = 8, LOOK_COST = 10 };

static struct {
    struct cell *shown;        /* what the terminal shows; NULL: not known */
    int rows, cols;
    struct look looks[STYLE_COUNT];
    attr_t attrs[STYLE_COUNT];
    short pairs[STYLE_COUNT];
    struct { int8_t fg, bg; } made[PAIRS_MOST];
    int made_count;            /* pair 0 is the terminal's own colours */
    bool looks_known, cursor_visible;
    size_t cost;               /* bytes of this frame */
    char link[256];
    int link_row, link_col, link_cols;
} draw;

void term_draw_open(void)
{
    memset(&draw, 0, sizeof draw);
    draw.made_count = 1;
    draw.made[0].fg = draw.made[0].bg = -1;
}

void term_draw_close(void)
{
    free(draw.shown);
    memset(&draw, 0, sizeof draw);
}

static void forget(void)
{
    free(draw.shown);
    draw.shown = NULL;
    draw.link[0] = '\0';
}

void term_redraw(void)
{
    if (!term.open)
        return;
    forget();
    clearok(curscr, TRUE);
}

/* ---- looks ---- */

static short pair_of(int fg, int bg)
{
    for (int i = 0; i < draw.made_count; i++)
        if (draw.made[i].fg == fg && draw.made[i].bg == bg)
            return (short)i;
    if (draw.made_count >= PAIRS_MOST || draw.made_count >= COLOR_PAIRS ||
        init_pair((short)draw.made_count, (short)fg, (short)bg) == ERR)
        return 0;
    draw.made[draw.made_count].fg = (int8_t)fg;
    draw.made[draw.made_count].bg = (int8_t)bg;
    return (short)draw.made_count++;
}

/* Eight colours have no bright half: bold stands in for it, in the foreground. */
static void translate(const struct look *look, attr_t *attrs, short *pair)
{
    int fg = look->fg, bg = look->bg;
    *attrs = (look->attrs & LOOK_BOLD ? A_BOLD : 0) | (look->attrs & LOOK_DIM ? A_DIM : 0) |
             (look->attrs & LOOK_REVERSE ? A_REVERSE : 0) | (look->attrs & LOOK_UNDERLINE ? A_UNDERLINE : 0);
    *pair = 0;
    if (!has_colors())
        return;
    if (fg >= COLORS) {
        *attrs |= A_BOLD;
        fg -= 8;
    }
    if (bg >= COLORS)
        bg -= 8;
    *pair = pair_of(fg, bg);
}

static void set_looks(const struct look *looks)
{
    if (draw.looks_known && memcmp(draw.looks, looks, sizeof draw.looks) == 0)
        return;
    memcpy(draw.looks, looks, sizeof draw.looks);
    draw.looks_known = true;
    for (int i = 0; i < STYLE_COUNT; i++)
        translate(&looks[i], &draw.attrs[i], &draw.pairs[i]);
    forget();
}

/* ---- cells ---- */

/* What people and the database write with: dashes, quotation marks, dots. */
static wchar_t plain_char(uint32_t ch)
{
    static const struct { uint32_t ch; wchar_t plain; } table[] = {
        {0x2013, L'-'}, {0x2014, L'-'}, {0x2018, L'\''}, {0x2019, L'\''}, {0x201c, L'"'}, {0x201d, L'"'}, {0x2026, L'.'}, {0xb7, L'-'}, {0xa0, L' '},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].ch == ch)
            return table[i].plain;
    return L'?';
}

/* What the terminal cannot show, or would show at another width, becomes a sign like it, or '?'. */
static wchar_t shown_char(const struct cell *c, int columns)
{
    if (c->ch >= 0x20 && c->ch < 0x7f)
        return (wchar_t)c->ch;
    return term.utf8 && wcwidth((wchar_t)c->ch) == columns ? (wchar_t)c->ch : plain_char(c->ch);
}

/* One grid cell (two columns when wide) to ncurses cells; returns how many those are. */
static int convert(const struct cell *c, bool wide, cchar_t *out)
{
    wchar_t text[CELL_MARKS + 2] = {shown_char(c, wide ? 2 : 1)};
    bool replaced = (uint32_t)text[0] != c->ch;
    int n = 1;
    for (int i = 0; i < CELL_MARKS && c->marks[i] != 0 && term.utf8 && !replaced; i++)
        if (wcwidth((wchar_t)c->marks[i]) == 0)
            text[n++] = (wchar_t)c->marks[i];
    setcchar(&out[0], text, draw.attrs[c->style], draw.pairs[c->style], NULL);
    if (!wide || !replaced)
        return 1;
    setcchar(&out[1], L" ", draw.attrs[c->style], draw.pairs[c->style], NULL);
    return 2;
}

/* What a run costs at most, about: ncurses does not say what it wrote. */
static size_t cost(const struct cell *row, int from, int to)
{
    size_t bytes = MOVE_COST;
    for (int i = from; i < to; i++) {
        bytes += row[i].ch == 0 ? 0 : row[i].ch < 0x80 ? 1 : row[i].ch < 0x800 ? 2 : row[i].ch < 0x10000 ? 3 : 4;
        if (i > from && row[i].style != row[i - 1].style)
            bytes += LOOK_COST;
    }
    return bytes;
}

static void put_run(const struct cell *row, int at, int from, int to, int cols)
{
    cchar_t run[RUN + 2];
    draw.cost += cost(row, from, to);
    while (from < to) {
        int start = from, n = 0;
        for (; from < to && n < RUN; from++) {
            if (row[from].ch == 0)
                continue;      /* the right half comes with the left one */
            n += convert(&row[from], from + 1 < cols && row[from + 1].ch == 0, &run[n]);
        }
        mvadd_wchnstr(at, start, run, n);
    }
}

static bool flush_row(const struct screen *s, int row)
{
    const struct cell *now = &s->cells[(size_t)row * (size_t)s->cols];
    struct cell *shown = &draw.shown[(size_t)row * (size_t)s->cols];
    int from = 0, to = s->cols;
    if (memcmp(now, shown, (size_t)s->cols * sizeof *now) == 0)
        return false;
    while (memcmp(&now[from], &shown[from], sizeof *now) == 0)
        from++;
    while (memcmp(&now[to - 1], &shown[to - 1], sizeof *now) == 0)
        to--;
    while (from > 0 && now[from].ch == 0)
        from--;                /* not from the middle of a wide character */
    while (to < s->cols && now[to].ch == 0)
        to++;
    put_run(now, row, from, to, s->cols);
    memcpy(shown, now, (size_t)s->cols * sizeof *now);
    return true;
}

static void know_nothing(const struct screen *s)
{
    size_t n = (size_t)s->rows * (size_t)s->cols;
    draw.shown = xcalloc(n, sizeof *draw.shown);
    for (size_t i = 0; i < n; i++)
        draw.shown[i].style = STYLE_COUNT;   /* equal to no cell */
    draw.rows = s->rows;
    draw.cols = s->cols;
}

/* ---- links: OSC 8 around the cells, once ncurses has put them there ---- */

static bool safe_link(const char *link)
{
    if (strncmp(link, "https://", 8) != 0 && strncmp(link, "http://", 7) != 0)
        return false;
    for (const char *c = link; *c != '\0'; c++)
        if (*c <= 0x20 || *c >= 0x7f)
            return false;
    return true;
}

static size_t add_look(char *out, size_t size, const struct look *look)
{
    size_t used = (size_t)snprintf(out, size, "\033[0%s%s%s%s", look->attrs & LOOK_BOLD ? ";1" : "", look->attrs & LOOK_DIM ? ";2" : "",
                                   look->attrs & LOOK_UNDERLINE ? ";4" : "", look->attrs & LOOK_REVERSE ? ";7" : "");
    if (has_colors() && look->fg >= 0)
        used += (size_t)snprintf(out + used, size - used, ";%d", look->fg < 8 ? 30 + look->fg : 82 + look->fg);
    if (has_colors() && look->bg >= 0)
        used += (size_t)snprintf(out + used, size - used, ";%d", look->bg < 8 ? 40 + look->bg : 92 + look->bg);
    return used + (size_t)snprintf(out + used, size - used, "m");
}

static bool same_link(const struct screen *s)
{
    return strcmp(s->link, draw.link) == 0 && s->link_row == draw.link_row && s->link_col == draw.link_col &&
           s->link_cols == draw.link_cols;
}

static void write_link(const struct screen *s)
{
    char out[ROOM];
    const struct cell *cells = &s->cells[(size_t)s->link_row * (size_t)s->cols + (size_t)s->link_col];
    size_t used = (size_t)snprintf(out, sizeof out, "\0337\033[%d;%dH", s->link_row + 1, s->link_col + 1);
    used += add_look(out + used, sizeof out - used, &draw.looks[cells[0].style]);
    used += (size_t)snprintf(out + used, sizeof out - used, "\033]8;;%s\033\\", s->link);
    for (int i = 0; i < s->link_cols && used + 16 < sizeof out; i++) {
        if (cells[i].ch < 0x20 || cells[i].ch >= 0x7f)
            return;            /* tracking numbers are plain; anything else stays without a link */
        out[used++] = (char)cells[i].ch;
    }
    used += (size_t)snprintf(out + used, sizeof out - used, "\033]8;;\033\\\0338");
    term_write(out, used);
}

static void flush_link(const struct screen *s, bool row_changed)
{
    if (!term.options.links || (term.kind != KIND_XTERM && term.kind != KIND_TMUX))
        return;
    if (same_link(s) && !row_changed)
        return;
    snprintf(draw.link, sizeof draw.link, "%s", s->link);
    draw.link_row = s->link_row;
    draw.link_col = s->link_col;
    draw.link_cols = s->link_cols;
    if (s->link_row >= 0 && s->link_row < s->rows && s->link_col >= 0 && s->link_cols > 0 &&
        s->link_col + s->link_cols <= s->cols && safe_link(s->link))
        write_link(s);
}

void term_flush(const struct screen *s, const struct look *looks)
{
    bool link_row_changed = false;
    if (!term.open || isendwin() || s->rows != LINES || s->cols != COLS)
        return;
    term_write_waiting();
    set_looks(looks);
    draw.cost = 0;
    if (draw.shown == NULL || draw.rows != s->rows || draw.cols != s->cols) {
        free(draw.shown);
        know_nothing(s);
    }
    for (int row = 0; row < s->rows; row++)
        if (flush_row(s, row) && row == s->link_row)
            link_row_changed = true;
    if (s->cursor_visible != draw.cursor_visible) {
        curs_set(s->cursor_visible ? 1 : 0);
        draw.cursor_visible = s->cursor_visible;
    }
    move(s->cursor_row, s->cursor_col);
    wnoutrefresh(stdscr);
    doupdate();
    flush_link(s, link_row_changed);
    term_pace_sent(draw.cost);
}
