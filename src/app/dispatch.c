#include "app/dispatch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/act.h"
#include "app/argument.h"
#include "app/ask.h"
#include "app/bulk.h"
#include "app/call.h"
#include "app/compose.h"
#include "app/cursor.h"
#include "app/jump.h"
#include "app/menu.h"
#include "app/messages.h"
#include "app/palette.h"
#include "app/prompt.h"
#include "app/select.h"
#include "app/toast.h"
#include "app/undo.h"
#include "app/views.h"
#include "app/window.h"
#include "base/die.h"

unsigned dispatch_context(const struct model *m)
{
    static const unsigned of_screen[] = {
        [SCREEN_QUEUE] = IN_QUEUE, [SCREEN_DETAIL] = IN_DETAIL, [SCREEN_HELP] = IN_HELP, [SCREEN_RESULTS] = IN_RESULTS,
        [SCREEN_COMPOSE] = IN_COMPOSE, [SCREEN_BULK] = IN_BULK};
    if (m->menu.kind != MENU_NONE)
        return IN_MENU;
    if (m->prompt.kind != PROMPT_NONE)
        return IN_PROMPT;
    return m->screen == SCREEN_COMPOSE && m->compose.editing != FIELD_NO_TEXT ? IN_EDITOR : of_screen[m->screen];
}

void dispatch_show(struct model *m, enum screen_id screen)
{
    if (m->screen != SCREEN_HELP && m->screen != SCREEN_RESULTS)
        m->back_to = m->screen;
    m->screen = screen;
    m->scroll = 0;
}

static void complain(struct call *c, const struct err *e) { toast_set(c->m, c->fx, TOAST_BAD, "%s", e->text); }

/* Checks an argument given with the key or the palette; no argument is fine here. */
static bool argument_fine(struct call *c)
{
    char hint[256];
    size_t at;
    struct err e = {0};
    if (!c->arg[0] || argument_check(c->m, c->action, c->arg, NULL, 0, hint, sizeof hint, &at, &e))
        return true;
    toast_set(c->m, c->fx, TOAST_BAD, "%s: %s", action_info(c->action)->name, e.text);
    return false;
}

/* --- moving --------------------------------------------------------------------------- */

static void do_move(struct call *c)
{
    struct model *m = c->m;
    bool back = c->action == ACTION_UP || c->action == ACTION_PAGE_UP || c->action == ACTION_HALF_UP ||
                c->action == ACTION_TOP;
    bool end = c->action == ACTION_TOP || c->action == ACTION_BOTTOM;
    bool page = c->action == ACTION_PAGE_DOWN || c->action == ACTION_PAGE_UP;
    bool half = c->action == ACTION_HALF_DOWN || c->action == ACTION_HALF_UP;
    long lines = m->screen == SCREEN_QUEUE ? (long)window_lines(m) : m->rows - 6;
    long by = end ? 1000000 : page ? (lines > 1 ? lines : 1) : half ? lines / 2 + 1 : 1;
    by = back ? -by : by;
    if (m->menu.kind != MENU_NONE) {
        menu_move(m, (int)by);
    } else if (m->screen == SCREEN_COMPOSE) {
        compose_move(m, c->fx, c->action);
    } else if (m->screen == SCREEN_BULK) {
        bulk_move(m, c->action);
    } else if (m->screen == SCREEN_DETAIL && m->tab == TAB_MESSAGES && !page && !half) {
        messages_move(m, (int)by);
    } else if (m->screen != SCREEN_QUEUE) {
        long to = m->scroll + by;
        m->scroll = to < 0 ? 0 : to > m->scroll_max ? m->scroll_max : (int)to;
    } else if (end) {
        (back ? cursor_top : cursor_bottom)(m, c->fx);
    } else if (page || half) {
        cursor_page(m, c->fx, by);
    } else {
        cursor_move(m, c->fx, by);
    }
}

static void do_open(struct call *c)
{
    c->m->screen = SCREEN_DETAIL;
    c->m->detail_id = 0;
    c->m->tab = TAB_SUMMARY;
    cursor_follow(c->m, c->fx, true);
    cursor_viewing_timer(c->m, c->fx);
}

static void do_back(struct call *c)
{
    struct model *m = c->m;
    if (m->menu.kind != MENU_NONE) {
        menu_close(m);
    } else if (m->prompt.kind != PROMPT_NONE) {
        /* sentences took time: the arrow brings them back, the next time */
        bool prose = m->prompt.kind == PROMPT_NOTE || m->prompt.kind == PROMPT_REOPEN ||
                     m->prompt.kind == PROMPT_RESOLVE_TEXT;
        prompt_close(m, prose);
    } else if (dispatch_context(m) == IN_EDITOR) {
        editor_call(c);
    } else if (m->screen == SCREEN_COMPOSE) {
        compose_leave(m, c->fx);
    } else if (m->screen == SCREEN_BULK) {
        bulk_leave(m, c->fx);
    } else if (m->screen == SCREEN_HELP || m->screen == SCREEN_RESULTS) {
        m->screen = m->back_to;
        m->scroll = 0;
    } else if (m->screen == SCREEN_DETAIL) {
        m->screen = SCREEN_QUEUE;
        m->detail_id = 0;
        cursor_follow(m, c->fx, false);
    } else if (m->selected_count) {
        select_clear(m);
        toast_clear(m);
    } else {
        views_restore(m, c->fx);
    }
}

static void do_tab(struct call *c)
{
    struct model *m = c->m;
    int step = c->action == ACTION_NEXT_TAB ? 1 : c->action == ACTION_PREV_TAB ? TAB_COUNT - 1 : 0;
    const char *word;
    m->scroll = 0;
    if (step) {
        m->tab = (enum tab_id)(((int)m->tab + step) % TAB_COUNT);
        messages_follow(m, c->fx);
        return;
    }
    for (int i = 0; (word = argument_word(ACTION_TAB, i, NULL)); i++) {
        if (strcmp(word, c->arg) == 0) {
            m->tab = (enum tab_id)i;
            messages_follow(m, c->fx);
            return;
        }
    }
    if (argument_fine(c))
        toast_set(m, c->fx, TOAST_BAD, "tab: say which: summary, timeline, messages or activity");
}

static void do_item(struct call *c)
{
    cursor_move(c->m, c->fx, c->action == ACTION_NEXT_ITEM ? 1 : -1);
    cursor_follow(c->m, c->fx, true);
    messages_follow(c->m, c->fx);
}

/* --- working -------------------------------------------------------------------------- */

/* What an action without its argument opens to get it. */
static const struct { enum action action; enum prompt_kind prompt; bool menu; } asks[] = {
    {ACTION_NOTE, PROMPT_NOTE, false},       {ACTION_SNOOZE, PROMPT_SNOOZE, false},
    {ACTION_WAIT, PROMPT_WAIT, false},       {ACTION_ASSIGN, PROMPT_ASSIGN, false},
    {ACTION_REOPEN, PROMPT_REOPEN, false},   {ACTION_RESOLVE, PROMPT_NONE, true},
    {ACTION_SEVERITY, PROMPT_NONE, true},    {ACTION_SORT, PROMPT_NONE, true},
    {ACTION_THEME, PROMPT_NONE, true},       {ACTION_FILTER, PROMPT_FILTER, false},
    {ACTION_SAVE_VIEW, PROMPT_VIEW_NAME, false}, {ACTION_JUMP, PROMPT_JUMP, false},
    {ACTION_COMMAND, PROMPT_COMMAND, false}, {ACTION_TAG, PROMPT_TAG, false}, {ACTION_UNTAG, PROMPT_UNTAG, false},
};

/* Opens the prompt or menu of an action; false: it needs none. ids moved in when true. */
static bool open_for(struct call *c, const char *text, int64_t *ids, size_t n)
{
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
        if (asks[i].action != c->action)
            continue;
        if (asks[i].menu)
            menu_open(c->m, c->action, ids, n);
        else
            prompt_open(c->m, c->fx, asks[i].prompt, text, ids, n);
        return true;
    }
    return false;
}

static void do_verb(struct call *c)
{
    size_t n = 0;
    struct err e = {0};
    int64_t *ids = c->action == ACTION_TAKE_NEXT ? NULL : act_targets(c->m, &n);
    bool other = c->action == ACTION_RESOLVE && strcmp(c->arg, resolution_name(RESOLUTION_OTHER)) == 0;
    if (other) {                     /* "other" alone says nothing: what happened is asked for */
        prompt_open(c->m, c->fx, PROMPT_RESOLVE_TEXT, "", ids, n);
        snprintf(c->m->prompt.code, sizeof c->m->prompt.code, "%s", c->arg);
        prompt_check(c->m);
    } else if (c->arg[0] || !open_for(c, "", ids, n)) {
        if (!act_run(c->m, c->fx, c->action, c->arg, ids, n, &e))
            complain(c, &e);
    }
}

static void do_next_step(struct call *c)
{
    struct model *m = c->m;
    int64_t id = cursor_target(m);
    const struct context *x = m->context;
    enum action a;
    if (m->screen == SCREEN_QUEUE && m->selected_count) {
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

static void do_undo(struct call *c) { undo_press(c->m, c->fx); }

static void do_copy(struct call *c)
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

static void do_select(struct call *c)
{
    struct model *m = c->m;
    int64_t id = m->queue.cursor_id;
    (select_has(m, id) ? select_drop : select_add)(m, id);
    cursor_move(m, c->fx, 1);
}

static void do_select_page(struct call *c)
{
    const struct queue *q = &c->m->queue;
    for (size_t i = q->top; i < q->count && i < q->top + window_lines(c->m); i++)
        if (q->rows[i].matches)
            select_add(c->m, q->rows[i].id);
}

static void do_select_all(struct call *c)
{
    struct request r = {.kind = REQ_IDS, .filter = xstrdup(c->m->filter), .limit = ACT_MAX};
    ask_forget(c->m, c->fx, REQ_IDS);
    if (ask_send(c->m, c->fx, &r, NULL))
        toast_set(c->m, c->fx, TOAST_INFO, "selecting everything under this filter...");
}

static void do_select_none(struct call *c)
{
    select_clear(c->m);
    toast_clear(c->m);
}

static void do_results(struct call *c)
{
    if (c->m->result_count)
        dispatch_show(c->m, SCREEN_RESULTS);
    else
        toast_set(c->m, c->fx, TOAST_INFO, "nothing was refused so far");
}

/* --- looking -------------------------------------------------------------------------- */

static void do_filter(struct call *c)
{
    if (!c->arg[0])
        open_for(c, c->m->filter, NULL, 0);
    else if (argument_fine(c))
        views_filter(c->m, c->fx, c->arg);
}

static void do_view(struct call *c)
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
        complain(c, &e);
}

static void do_save_view(struct call *c)
{
    struct err e = {0};
    if (!c->arg[0])
        open_for(c, "", NULL, 0);
    else if (argument_fine(c) && !views_save(c->m, c->fx, c->arg, &e))
        complain(c, &e);
}

static void do_delete_view(struct call *c)
{
    struct err e = {0};
    if (!views_delete(c->m, c->fx, &e))
        complain(c, &e);
}

static void do_sort(struct call *c)
{
    if (!c->arg[0])
        open_for(c, "", NULL, 0);
    else if (argument_fine(c))
        views_sort(c->m, c->fx, c->arg);
}

static void do_theme(struct call *c)
{
    if (!c->arg[0])
        open_for(c, "", NULL, 0);
    else if (argument_fine(c))
        snprintf(c->m->settings.theme, sizeof c->m->settings.theme, "%.23s", c->arg);
}

static void do_jump(struct call *c)
{
    struct err e = {0};
    if (!c->arg[0])
        open_for(c, "", NULL, 0);
    else if (!jump_start(c->m, c->fx, c->arg, &e))
        complain(c, &e);
}

static void do_refresh(struct call *c)
{
    if (c->m->screen == SCREEN_COMPOSE) {
        compose_call(c);
        return;
    }
    c->m->messages.stale = true;
    messages_follow(c->m, c->fx);
    ask_hello(c->m, c->fx);
    ask_views(c->m, c->fx);
    ask_counts(c->m, c->fx);
    ask_words(c->m, c->fx);
    window_reload(c->m, c->fx);
    ask_context(c->m, c->fx, cursor_target(c->m));
}

/* --- the program ---------------------------------------------------------------------- */

static void do_command(struct call *c)
{
    size_t n;
    int64_t *ids = act_targets(c->m, &n);
    open_for(c, "", ids, n);
}

static void do_help(struct call *c)
{
    if (c->m->screen == SCREEN_HELP)
        do_back(c);
    else
        dispatch_show(c->m, SCREEN_HELP);
}

static void do_redraw(struct call *c) { effects_push(c->fx, EFFECT_REDRAW); }

static void do_suspend(struct call *c)
{
    if (c->m->settings.suspend)
        effects_push(c->fx, EFFECT_SUSPEND);
    else
        toast_set(c->m, c->fx, TOAST_INFO, "this session has no shell to go to");
}

static void do_quit(struct call *c)
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

/* --- prompts and menus ---------------------------------------------------------------- */

static void do_accept(struct call *c)
{
    if (c->m->menu.kind != MENU_NONE)
        menu_accept(c->m, c->fx);
    else
        prompt_submit(c->m, c->fx);
}

static void do_complete(struct call *c) { prompt_complete(c->m, c->action == ACTION_COMPLETE_BACK); }

static void do_edit(struct call *c)
{
    if (dispatch_context(c->m) == IN_EDITOR)
        editor_call(c);
    else
        prompt_edit(c->m, c->action);
}

static void do_send(struct call *c) { (c->m->screen == SCREEN_BULK ? bulk_call : compose_call)(c); }

static void (*const handlers[ACTION_COUNT])(struct call *) = {
    [ACTION_DOWN] = do_move, [ACTION_UP] = do_move, [ACTION_PAGE_DOWN] = do_move, [ACTION_PAGE_UP] = do_move,
    [ACTION_HALF_DOWN] = do_move, [ACTION_HALF_UP] = do_move, [ACTION_TOP] = do_move, [ACTION_BOTTOM] = do_move,
    [ACTION_OPEN] = do_open, [ACTION_BACK] = do_back, [ACTION_NEXT_TAB] = do_tab, [ACTION_PREV_TAB] = do_tab,
    [ACTION_TAB] = do_tab, [ACTION_NEXT_ITEM] = do_item, [ACTION_PREV_ITEM] = do_item, [ACTION_JUMP] = do_jump,
    [ACTION_NEXT_STEP] = do_next_step, [ACTION_CLAIM] = do_verb, [ACTION_RELEASE] = do_verb,
    [ACTION_ASSIGN] = do_verb, [ACTION_TAKE_NEXT] = do_verb, [ACTION_SNOOZE] = do_verb, [ACTION_WAIT] = do_verb,
    [ACTION_WORK] = do_verb, [ACTION_NOTE] = do_verb, [ACTION_SEVERITY] = do_verb, [ACTION_RESOLVE] = do_verb,
    [ACTION_REOPEN] = do_verb, [ACTION_UNDO] = do_undo, [ACTION_COPY] = do_copy, [ACTION_COPY_LINK] = do_copy,
    [ACTION_SELECT] = do_select, [ACTION_SELECT_PAGE] = do_select_page, [ACTION_SELECT_ALL] = do_select_all,
    [ACTION_SELECT_NONE] = do_select_none, [ACTION_RESULTS] = do_results, [ACTION_FILTER] = do_filter,
    [ACTION_VIEW] = do_view, [ACTION_NEXT_VIEW] = do_view, [ACTION_PREV_VIEW] = do_view,
    [ACTION_SAVE_VIEW] = do_save_view, [ACTION_DELETE_VIEW] = do_delete_view, [ACTION_SORT] = do_sort,
    [ACTION_REFRESH] = do_refresh, [ACTION_COMMAND] = do_command, [ACTION_HELP] = do_help,
    [ACTION_THEME] = do_theme, [ACTION_REDRAW] = do_redraw, [ACTION_SUSPEND] = do_suspend,
    [ACTION_QUIT] = do_quit, [ACTION_ACCEPT] = do_accept, [ACTION_COMPLETE] = do_complete,
    [ACTION_COMPLETE_BACK] = do_complete, [ACTION_HISTORY_PREV] = do_edit, [ACTION_HISTORY_NEXT] = do_edit,
    [ACTION_EDIT_LEFT] = do_edit, [ACTION_EDIT_RIGHT] = do_edit, [ACTION_EDIT_WORD_LEFT] = do_edit,
    [ACTION_EDIT_WORD_RIGHT] = do_edit, [ACTION_EDIT_HOME] = do_edit, [ACTION_EDIT_END] = do_edit,
    [ACTION_EDIT_BACKSPACE] = do_edit, [ACTION_EDIT_DELETE] = do_edit, [ACTION_EDIT_KILL_WORD] = do_edit,
    [ACTION_EDIT_KILL_LINE] = do_edit, [ACTION_EDIT_KILL_END] = do_edit, [ACTION_EDIT_UP] = do_edit, [ACTION_EDIT_DOWN] = do_edit,
    [ACTION_EDIT_PAGE_UP] = do_edit, [ACTION_EDIT_PAGE_DOWN] = do_edit, [ACTION_EDIT_TOP] = do_edit,
    [ACTION_EDIT_BOTTOM] = do_edit, [ACTION_EDIT_NEWLINE] = do_edit, [ACTION_EDIT_UNDO] = do_edit,
    [ACTION_EDIT_REDO] = do_edit, [ACTION_TAG] = do_verb, [ACTION_UNTAG] = do_verb,
    [ACTION_MESSAGE] = bulk_call, [ACTION_MESSAGE_ALL] = bulk_call, [ACTION_MACRO] = macro_call,
    [ACTION_SEND] = do_send, [ACTION_PASS] = compose_call, [ACTION_NEXT_CHANNEL] = compose_call,
    [ACTION_PREV_CHANNEL] = compose_call, [ACTION_EDIT_TEXT] = compose_call, [ACTION_EDIT_SUBJECT] = compose_call,
    [ACTION_REVERT] = compose_call, [ACTION_DISCARD] = compose_call, [ACTION_NEXT_LIST] = bulk_call,
    [ACTION_PREV_LIST] = bulk_call, [ACTION_CANCEL_MESSAGE] = messages_call, [ACTION_RETRY_MESSAGE] = messages_call,
    [ACTION_MARK_SENT] = messages_call, [ACTION_MARK_FAILED] = messages_call,
};

void dispatch(struct model *m, struct effects *fx, enum action a, const char *arg)
{
    struct err e = {0};
    struct call c = {.m = m, .fx = fx, .action = a, .arg = arg};
    if (!handlers[a])
        die("action %s has no handler", action_info(a)->name);
    if (!(action_info(a)->contexts & dispatch_context(m)))
        toast_set(m, fx, TOAST_INFO, "%s does not work here", action_info(a)->name);
    else if (!act_allowed(m, a, &e))
        complain(&c, &e);
    else
        handlers[a](&c);
}
