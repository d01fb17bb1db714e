/* Working on exceptions, and choosing which. */
#include "dispatch_in.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/act.h"
#include "app/argument.h"
#include "app/ask.h"
#include "app/cursor.h"
#include "app/groups.h"
#include "app/dispatch.h"
#include "app/keymap.h"
#include "app/menu.h"
#include "app/palette.h"
#include "app/prompt.h"
#include "app/select.h"
#include "app/toast.h"
#include "app/undo.h"
#include "app/window.h"
#include "base/die.h"

void work_verb(struct call *c)
{
    size_t n = 0;
    struct err e = {0};
    int64_t *ids = c->action == ACTION_TAKE_NEXT ? NULL : act_targets(c->m, &n);
    bool other = c->action == ACTION_RESOLVE && strcmp(c->arg, resolution_name(RESOLUTION_OTHER)) == 0;
    if (other) {                     /* "other" alone says nothing: what happened is asked for */
        prompt_open(c->m, c->fx, PROMPT_RESOLVE_TEXT, "", ids, n);
        snprintf(c->m->prompt.code, sizeof c->m->prompt.code, "%s", c->arg);
        prompt_check(c->m);
    } else if (c->arg[0] || !dispatch_ask(c, "", ids, n)) {
        if (!act_run(c->m, c->fx, c->action, c->arg, ids, n, &e))
            dispatch_complain(c, &e);
    }
}

void work_next_step(struct call *c)
{
    struct model *m = c->m;
    int64_t id = cursor_target(m);
    const struct context *x = m->context;
    enum action a;
    if (m->screen == SCREEN_QUEUE && select_total(m)) {
        toast_set(m, c->fx, TOAST_INFO, "the next step is for one exception; drop the selection first");
        return;
    }
    if (!x || m->context_id != id) {
        cursor_context_timer(m, c->fx);
        toast_set(m, c->fx, TOAST_INFO, "reading #%" PRId64 "; press again to see its next step", id);
        return;
    }
    size_t n = strcspn(x->next_action, " ");
    if (!n || !action_parse(x->next_action, n, &a) || !palette_lists(a) || a == ACTION_NEXT_STEP) {
        toast_set(m, c->fx, TOAST_INFO, "nothing is recommended for it now");
        return;
    }
    if (!m->next_step_shown || m->next_step_id != id) {
        m->next_step_shown = true;
        m->next_step_id = id;
        char keys[64] = "";
        keymap_keys_of(m->keymap, IN_LISTS, ACTION_NEXT_STEP, NULL, keys, sizeof keys);
        toast_set(m, c->fx, TOAST_INFO, "%s%sagain: %s%s%s", keys, keys[0] ? " " : "",
                  x->next_label[0] ? x->next_label : action_info(a)->name, x->next_then[0] ? "; then " : "", x->next_then);
        return;
    }
    m->next_step_shown = false;
    dispatch(m, c->fx, a, x->next_argument[0] ? x->next_argument : x->next_action + n + strspn(x->next_action + n, " "));
}

void work_undo(struct call *c) { undo_press(c->m, c->fx); }

void work_copy(struct call *c)
{
    struct model *m = c->m;
    const struct queue_row *row = cursor_row(m);
    bool link = c->action == ACTION_COPY_LINK;
    if (!row || (link && (!m->context || m->context_id != row->id))) {
        toast_set(m, c->fx, TOAST_INFO, "still reading it; press again");
        return;
    }
    const char *text = link ? m->context->tracking_url : row->tracking_number;
    if (!text[0]) {
        toast_set(m, c->fx, TOAST_INFO, link ? "the carrier has no tracking page for it" : "it has no tracking number");
    } else if (!m->settings.clipboard) {
        toast_set(m, c->fx, TOAST_INFO, "the clipboard is turned off; here it is: %s", text);
    } else {
        effects_push(c->fx, EFFECT_COPY)->text = xstrdup(text);
        toast_set(m, c->fx, TOAST_GOOD, "copied %s", text);
    }
}

/* --- choosing ------------------------------------------------------------------------- */

void choose_row(struct call *c)
{
    struct model *m = c->m;
    int64_t id = m->queue.cursor_id;
    select_put(m, c->fx, &id, 1, !select_has(m, id));
    cursor_move(m, c->fx, 1);
}

void choose_page(struct call *c)
{
    const struct queue *q = &c->m->queue;
    int64_t ids[WINDOW_MAX];
    size_t n = 0;
    for (size_t i = q->top; i < q->count && i < q->top + window_lines(c->m) && n < WINDOW_MAX; i++)
        if (q->rows[i].matches)
            ids[n++] = q->rows[i].id;
    select_put(c->m, c->fx, ids, n, true);
}

void choose_all(struct call *c)
{
    select_all(c->m, c->fx);
}

void choose_none(struct call *c)
{
    select_clear(c->m);
    toast_clear(c->m);
}

void choose_results(struct call *c)
{
    if (c->m->result_count)
        dispatch_show(c->m, SCREEN_RESULTS);
    else
        toast_set(c->m, c->fx, TOAST_INFO, "nothing was refused so far");
}
