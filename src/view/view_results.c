/* What an action did to each of many: the refused ones with their reasons. */
#include "view/parts.h"

#include <stdio.h>

void view_results(const struct frame *f, struct pager *p)
{
    const struct model *m = f->m;
    struct pen title = text_pen(f->s, p->top, 2, m->cols - 4);
    text_put(&title, STYLE_STRONG, m->results_title);
    view_rule(f, p->top + 1, 0, m->cols);
    p->top += 2;
    p->rows -= 2;
    for (size_t i = 0; i < m->result_count; i++) {
        const struct act_result *r = &m->results[i];
        char id[32] = "";
        if (r->id)
            snprintf(id, sizeof id, "#%lld", (long long)r->id);
        struct pen line = text_pen(f->s, view_pager_row(p), 2, m->cols - 4);
        text_field(&line, 12, STYLE_STRONG, id);
        text_field(&line, 14, r->ok ? STYLE_GOOD : STYLE_WARN, r->ok ? "done" : r->code);
        text_put(&line, STYLE_NORMAL, r->message);
    }
    if (m->result_count == 0) {
        struct pen line = text_pen(f->s, view_pager_row(p), 2, m->cols - 4);
        text_put(&line, STYLE_DIM, "Nothing was refused.");
    }
}
