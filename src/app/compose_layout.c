/* Which line of the compose screen is for what. */
#include "app/compose.h"

enum { BESIDE_FROM = 100, SIDE = 40, TEXT_MOST = 78, MARGIN = 2, TALL = 30, MEDIUM = 22 };

static int clamp(int v, int least, int most) { return v < least ? least : v > most ? most : v; }

void compose_layout(const struct model *m, struct compose_layout *out)
{
    struct app_layout at;
    app_layout(m, &at);
    int top = at.body_top, bottom = at.prompt_row;
    int offered = compose_candidate_count(m, m->compose.channel);
    bool subject = m->compose.channel == CHANNEL_EMAIL;
    int told = m->compose.c && m->compose.c->told.present;
    *out = (struct compose_layout){.title_row = top, .told_row = told ? top + 1 : -1, .channel_row = top + 1 + told,
                                   .list_top = top + 2 + told, .subject_row = -1};
    out->list_rows = clamp(offered, 1, m->rows >= TALL ? 6 : m->rows >= MEDIUM ? 4 : 2 - told);
    out->to_row = out->list_top + out->list_rows + 1;      /* a rule between */
    out->text_top = out->to_row + 1;
    if (subject)
        out->subject_row = out->text_top++;
    out->text_top += m->rows >= MEDIUM;                    /* a blank line above the text */
    out->text_left = MARGIN;
    out->beside = m->cols >= BESIDE_FROM;
    int room = bottom - out->text_top;
    if (out->beside) {
        out->side_cols = SIDE;
        out->side_left = m->cols - SIDE - 1;
        out->side_top = out->to_row;
        out->side_rows = bottom - out->to_row;
        out->text_rows = room;
        out->text_cols = clamp(out->side_left - MARGIN - 3, 10, TEXT_MOST);
    } else {
        out->side_rows = clamp(room / 3, 2, 6);
        out->side_cols = m->cols - 2 * MARGIN;
        out->side_left = MARGIN;
        out->side_top = bottom - out->side_rows;
        out->text_rows = clamp(room - out->side_rows - 1, 1, 1000);
        out->text_cols = clamp(m->cols - 2 * MARGIN - 1, 10, TEXT_MOST);
    }
}
