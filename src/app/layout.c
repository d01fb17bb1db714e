/* Which line of the terminal is for what. */
#include "app/app.h"

#include <string.h>

#include "app/groups.h"
#include "base/utf8.h"

/* From 150 columns on the context has room beside the list; a list needs at least 85. */
enum { SMALLEST_ROWS = 16, SMALLEST_COLS = 60, WIDE_COLS = 150, CONTEXT_FROM_ROWS = 20 };

static int clamp(int v, int least, int most)
{
    return v < least ? least : v > most ? most : v;
}

/* The list has room for two and the board shows them all; elsewhere one says that there are some. */
static int banner_lines(const struct model *m)
{
    int live = m->screen == SCREEN_BOARD ? 0 : (int)m->control.state.outage_count;
    int most = m->screen == SCREEN_QUEUE && m->rows >= CONTEXT_FROM_ROWS ? 2 : 1;
    return live < most ? live : most;
}

/* Also while it is being tried again: what is read is not taken away and put back. */
static bool disconnected(const struct model *m)
{
    return m->link == LINK_DOWN || (m->link == LINK_CONNECTING && m->ever_live && m->link_error.text[0]);
}

/* The whole sentence, behind the age of the rows, where three lines are enough; else less of it. */
static int trouble_lines(const struct model *m)
{
    enum { AGE_COLS = 40 };                    /* "rows from 14:00, 23h59m old · ", and what wrapping wastes */
    bool below = !m->ever_live && m->screen == SCREEN_QUEUE;       /* the empty list says it */
    int width = !below ? AGE_COLS + (int)utf8_width(m->link_error.text, strlen(m->link_error.text)) : 0;
    return clamp(1 + width / (m->cols - 2), 1, 3);
}

void app_layout(const struct model *m, struct app_layout *out)
{
    *out = (struct app_layout){.banner_row = -1};
    out->too_small = m->rows < SMALLEST_ROWS || m->cols < SMALLEST_COLS;
    out->hint_row = m->rows - 1;
    out->prompt_row = m->rows - 2;
    out->body_top = 1;                         /* under the header */
    if (disconnected(m) && !out->too_small) {
        out->banner_row = out->body_top;
        out->banner_rows = trouble_lines(m);
        out->body_top += out->banner_rows;
    }
    out->outage_row = out->body_top;
    out->outage_rows = out->too_small ? 0 : banner_lines(m);
    out->body_top += out->outage_rows;
    out->tabs_row = out->body_top;
    out->heads_row = out->group_top = out->tabs_row + 1;
    out->group_top++;
    out->group_rows = out->too_small ? 0 : groups_lines(m);
    out->list_top = out->group_top + out->group_rows;
    int body = clamp(out->prompt_row - out->list_top, 1, 10000);
    out->list_rows = body;
    out->list_cols = m->cols;
    if (m->rows < CONTEXT_FROM_ROWS || out->too_small)
        return;
    if (m->cols >= WIDE_COLS) {
        out->context_cols = clamp(m->cols * 2 / 5, 60, 90);
        out->list_cols = m->cols - out->context_cols - 1;
        out->context_left = out->list_cols + 1;
        out->context_top = out->heads_row;
        out->context_rows = body + out->group_rows + 1;
    } else {
        out->context_cols = m->cols;
        out->context_rows = clamp(m->rows / 3, 7, 14);
        out->list_rows = body - out->context_rows - 1;   /* a rule between */
        out->context_top = out->list_top + out->list_rows + 1;
    }
}
