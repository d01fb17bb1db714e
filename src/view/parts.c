#include "view/parts.h"

int view_pager_row(struct pager *p)
{
    int line = p->count++ - p->scroll;
    return line >= 0 && line < p->rows ? p->top + line : -1;
}

int view_top(const struct frame *f) { return f->at.body_top; }

void view_rule(const struct frame *f, int row, int col, int width)
{
    screen_fill(f->s, row, col, width, STYLE_RULE, f->g->horizontal);
}

void view_box(const struct frame *f, int row, int col, int rows, int cols)
{
    struct screen *s = f->s;
    for (int r = row; r < row + rows; r++) {
        screen_fill(s, r, col, cols, STYLE_NORMAL, ' ');
        screen_fill(s, r, col, 1, STYLE_RULE, f->g->vertical);
        screen_fill(s, r, col + cols - 1, 1, STYLE_RULE, f->g->vertical);
    }
    view_rule(f, row, col, cols);
    view_rule(f, row + rows - 1, col, cols);
    screen_put(s, row, col, 1, STYLE_RULE, f->g->top_left);
    screen_put(s, row, col + cols - 1, 1, STYLE_RULE, f->g->top_right);
    screen_put(s, row + rows - 1, col, 1, STYLE_RULE, f->g->bottom_left);
    screen_put(s, row + rows - 1, col + cols - 1, 1, STYLE_RULE, f->g->bottom_right);
}
