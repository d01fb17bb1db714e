/* A box in the middle: something to choose, or a question. */
#include "view/parts.h"

#include <stdio.h>
#include <string.h>

enum { LEAST = 36, MOST = 76, SIDES = 4 };   /* a border and a blank on either side */

static int title_lines(const char *title, int width)
{
    int lines = 0;
    for (size_t at = 0, n = strlen(title), next; at < n; at += next, lines++)
        text_wrap(title + at, n - at, width, &next);
    return lines;
}

static int box_width(const struct frame *f)
{
    const struct menu *menu = &f->m->menu;
    int width = text_columns(menu->title);
    for (int i = 0; i < menu->count; i++) {
        int columns = text_columns(menu->items[i].label) + 6;
        width = columns > width ? columns : width;
    }
    int most = f->m->cols - SIDES < MOST ? f->m->cols - SIDES : MOST;
    width = width < LEAST ? LEAST : width;
    return (width > most ? most : width) + SIDES;
}

static int draw_title(const struct frame *f, int row, int col, int width)
{
    const char *title = f->m->menu.title;
    for (size_t at = 0, n = strlen(title), next; at < n; at += next) {
        size_t line = text_wrap(title + at, n - at, width, &next);
        screen_put_n(f->s, row++, col, width, STYLE_STRONG, title + at, line);
    }
    return row;
}

static void draw_item(const struct frame *f, int row, int col, int width, int i)
{
    const struct menu *menu = &f->m->menu;
    bool here = i == menu->cursor;
    char key[2] = {menu->items[i].key, '\0'};
    struct pen p = text_pen(f->s, row, col, width);
    text_field(&p, 2, here ? STYLE_CURSOR : STYLE_NORMAL, here ? "> " : "");
    text_field(&p, 3, STYLE_KEY, key);
    text_field(&p, width - 5, here ? STYLE_STRONG : STYLE_NORMAL, menu->items[i].label);
    if (here) {
        f->s->cursor_row = row;
        f->s->cursor_col = col;
    }
}

/* A long menu shows the part around its cursor. */
void view_menu(const struct frame *f)
{
    const struct menu *menu = &f->m->menu;
    if (menu->kind == MENU_NONE)
        return;
    int width = box_width(f), inner = width - SIDES;
    int titles = title_lines(menu->title, inner), gap = menu->count > 0 ? 1 : 0;
    int room = f->at.prompt_row - 2 - 2 - titles - gap;
    int shown = menu->count < room ? menu->count : room;
    int first = menu->cursor >= shown ? menu->cursor - shown + 1 : 0;
    int rows = 2 + titles + gap + shown;
    int top = (f->at.prompt_row - rows) / 2, left = (f->m->cols - width) / 2;
    if (top < 1)
        top = 1;
    view_box(f, top, left, rows, width);
    int row = draw_title(f, top + 1, left + 2, inner) + gap;
    for (int i = first; i < first + shown; i++)
        draw_item(f, row++, left + 2, inner, i);
    if (shown < menu->count) {
        char at[48];
        snprintf(at, sizeof at, " %d of %d ", menu->cursor + 1, menu->count);
        screen_put(f->s, top + rows - 1, left + width - 2 - text_columns(at), text_columns(at), STYLE_DIM, at);
    }
}
