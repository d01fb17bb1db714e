/* Which line of the terminal is for what. */
#include "app/app.h"

/* From 150 columns on the context has room beside the list; a list needs at least 85. */
enum { SMALLEST_ROWS = 16, SMALLEST_COLS = 60, WIDE_COLS = 150, CONTEXT_FROM_ROWS = 20 };

static int clamp(int v, int least, int most)
{
    return v < least ? least : v > most ? most : v;
}

void app_layout(const struct model *m, struct app_layout *out)
{
    *out = (struct app_layout){.banner_row = -1};
    out->too_small = m->rows < SMALLEST_ROWS || m->cols < SMALLEST_COLS;
    out->hint_row = m->rows - 1;
    out->prompt_row = m->rows - 2;
    out->list_top = 3;                         /* header, views, column heads */
    if (m->link == LINK_DOWN && !out->too_small) {
        out->banner_row = 1;
        out->list_top++;
    }
    int body = clamp(out->prompt_row - out->list_top, 1, 10000);
    out->list_rows = body;
    out->list_cols = m->cols;
    if (m->rows < CONTEXT_FROM_ROWS || out->too_small)
        return;
    if (m->cols >= WIDE_COLS) {
        out->context_cols = clamp(m->cols * 2 / 5, 60, 90);
        out->list_cols = m->cols - out->context_cols - 1;
        out->context_left = out->list_cols + 1;
        out->context_top = out->list_top - 1;
        out->context_rows = body + 1;
    } else {
        out->context_cols = m->cols;
        out->context_rows = clamp(m->rows / 3, 7, 14);
        out->list_rows = body - out->context_rows - 1;   /* a rule between */
        out->context_top = out->list_top + out->list_rows + 1;
    }
}
