/* Filters, views and orders; the program itself. */
#include "dispatch_in.h"

#include <stdio.h>
#include <string.h>

#include "app/act.h"
#include "app/ask.h"
#include "app/compose.h"
#include "app/control.h"
#include "app/cursor.h"
#include "app/dispatch.h"
#include "app/jump.h"
#include "app/lists.h"
#include "app/menu.h"
#include "app/prompt.h"
#include "app/sheet.h"
#include "app/toast.h"
#include "app/views.h"
#include "app/window.h"

void look_filter(struct call *c)
{
    if (!c->arg[0])
        dispatch_ask(c, c->m->filter, NULL, 0);
    else if (dispatch_argument_fine(c))
        views_filter(c->m, c->fx, c->arg);
}

void look_view(struct call *c)
{
    size_t index;
    struct err e = {0};
    if (c->action == ACTION_VIEW && !c->arg[0])
        toast_set(c->m, c->fx, TOAST_INFO, "view: write its number or name");
    else if (c->action != ACTION_VIEW)
        views_step(c->m, c->fx, c->action == ACTION_NEXT_VIEW ? 1 : -1);
    else if (views_find(c->m, c->arg, &index, &e))
        views_show(c->m, c->fx, index);
    else
        dispatch_complain(c, &e);
}

void look_save_view(struct call *c)
{
    struct err e = {0};
    if (!c->arg[0])
        dispatch_ask(c, "", NULL, 0);
    else if (dispatch_argument_fine(c) && !views_save(c->m, c->fx, c->arg, &e))
        dispatch_complain(c, &e);
}

void look_delete_view(struct call *c)
{
    struct err e = {0};
    if (!views_delete(c->m, c->fx, &e))
        dispatch_complain(c, &e);
}

void look_sort(struct call *c)
{
    if (!c->arg[0])
        dispatch_ask(c, "", NULL, 0);
    else if (dispatch_argument_fine(c))
        views_sort(c->m, c->fx, c->arg);
}

void look_theme(struct call *c)
{
    if (!c->arg[0])
        dispatch_ask(c, "", NULL, 0);
    else if (dispatch_argument_fine(c))
        snprintf(c->m->settings.theme, sizeof c->m->settings.theme, "%.23s", c->arg);
}

void look_jump(struct call *c)
{
    struct err e = {0};
    if (!c->arg[0])
        dispatch_ask(c, "", NULL, 0);
    else if (!jump_start(c->m, c->fx, c->arg, &e))
        dispatch_complain(c, &e);
}

void look_refresh(struct call *c)
{
    if (c->m->screen == SCREEN_COMPOSE) {
        compose_call(c);
        return;
    }
    if (c->m->link != LINK_LIVE) {         /* everything is read again when it is back */
        effects_push(c->fx, EFFECT_RECONNECT);
        return;
    }
    lists_old(c->m);
    lists_follow(c->m, c->fx);
    ask_hello(c->m, c->fx);
    ask_views(c->m, c->fx);
    ask_counts(c->m, c->fx);
    control_ask(c->m, c->fx);
    ask_words(c->m, c->fx);
    window_reload(c->m, c->fx);
    ask_context(c->m, c->fx, cursor_target(c->m));
}

/* A search given by name narrows at once; without one it is typed, from what is searched for now. */
void look_search(struct call *c)
{
    const struct sheet_page *p = sheet_shown(c->m);
    if (c->arg[0])
        sheet_call(c);
    else if (p)
        prompt_open(c->m, c->fx, PROMPT_SHEET_SEARCH, p->search, NULL, 0);
}

void look_knowledge(struct call *c)
{
    struct model *m = c->m;
    menu_begin(m, MENU_KNOWLEDGE, "What is known", NULL, 0);
    for (size_t i = 0; i < SHEET_COUNT; i++)
        if (sheets[i].label)
            menu_add(m, action_info(sheets[i].opens)->name, sheets[i].label);
}

/* --- the program ---------------------------------------------------------------------- */

void program_command(struct call *c)
{
    size_t n;
    int64_t *ids = act_targets(c->m, &n);
    dispatch_ask(c, "", ids, n);
}

void program_help(struct call *c)
{
    if (c->m->screen == SCREEN_HELP)
        move_back(c);
    else
        dispatch_show(c->m, SCREEN_HELP);
}

void program_redraw(struct call *c) { effects_push(c->fx, EFFECT_REDRAW); }

void program_suspend(struct call *c)
{
    if (c->m->settings.suspend)
        effects_push(c->fx, EFFECT_SUSPEND);
    else
        toast_set(c->m, c->fx, TOAST_INFO, "this session has no shell to go to");
}

void program_quit(struct call *c)
{
    struct model *m = c->m;
    int missing = ask_unanswered(m);
    if (missing && !m->quit_armed) {
        m->quit_armed = true;
        toast_set(m, c->fx, TOAST_WARN, "%d action%s without an answer yet; again to leave all the same", missing,
                  missing == 1 ? " is" : "s are");
        return;
    }
    if (compose_unsaved(m) && m->link != LINK_LIVE && m->armed != ACTION_QUIT + 1) {
        m->armed = ACTION_QUIT + 1;
        toast_set(m, c->fx, TOAST_WARN, "not connected: your draft is not kept yet; again to leave without it");
        return;
    }
    if (m->viewing_told)
        cursor_tell(m, c->fx, 0);
    m->quitting = true;
    effects_push(c->fx, EFFECT_QUIT);
}
