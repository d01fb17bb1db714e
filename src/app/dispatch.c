#include "app/dispatch.h"

#include <string.h>

#include "app/act.h"
#include "app/argument.h"
#include "app/cases.h"
#include "app/cursor.h"
#include "app/groups.h"
#include "app/lists.h"
#include "app/menu.h"
#include "app/prompt.h"
#include "app/reports.h"
#include "app/sheet.h"
#include "app/toast.h"
#include "base/die.h"
#include "dispatch_in.h"

unsigned dispatch_context(const struct model *m)
{
    static const unsigned of_screen[] = {
        [SCREEN_QUEUE] = IN_QUEUE, [SCREEN_DETAIL] = IN_DETAIL, [SCREEN_HELP] = IN_HELP, [SCREEN_RESULTS] = IN_RESULTS,
        [SCREEN_COMPOSE] = IN_COMPOSE, [SCREEN_BULK] = IN_BULK,
        [SCREEN_CASES] = IN_CASES, [SCREEN_CASE] = IN_CASES, [SCREEN_CASE_NEW] = IN_FORM, [SCREEN_OVERRIDE] = IN_OVERRIDE,
        [SCREEN_BATCHES] = IN_BATCHES, [SCREEN_BOARD] = IN_BOARD, [SCREEN_OUTAGE] = IN_OUTAGE, [SCREEN_SHEET] = IN_SHEET, [SCREEN_REPORT] = IN_REPORT};
    if (m->menu.kind != MENU_NONE)
        return IN_MENU;
    if (m->prompt.kind != PROMPT_NONE)
        return IN_PROMPT;
    if (m->screen == SCREEN_DETAIL && m->tab == TAB_CASE && cases_chosen(m))
        return IN_CASE;
    if (m->screen == SCREEN_SHEET)
        return sheet_context(m);
    return m->screen == SCREEN_COMPOSE && m->compose.editing != FIELD_NO_TEXT ? IN_EDITOR : of_screen[m->screen];
}

unsigned dispatch_under(const struct model *m)
{
    unsigned context = dispatch_context(m);
    if (m->screen == SCREEN_SHEET && context == sheet_context(m))
        return IN_SHEET;
    return context == IN_CASES ? IN_CASE : context == IN_CASE ? IN_DETAIL : 0;
}

void dispatch_show(struct model *m, enum screen_id screen)
{
    if (m->screen != SCREEN_HELP && m->screen != SCREEN_RESULTS)
        m->back_to = m->screen;
    m->screen = screen;
    m->scroll = 0;
}

void dispatch_enter(struct model *m, enum screen_id screen)
{
    if (m->place_count == PLACES_MAX) {        /* who came that far does not go back all the way one by one */
        m->place_count--;
        memmove(&m->places[0], &m->places[1], (size_t)m->place_count * sizeof m->places[0]);
    }
    m->places[m->place_count++] = (struct place){m->screen, m->detail_id, m->cases.wanted, m->tab, m->sheets.at};
    m->screen = screen;
    m->scroll = 0;
}

void dispatch_leave(struct model *m, struct effects *fx)
{
    struct place to = {.screen = SCREEN_QUEUE};
    if (m->place_count)
        to = m->places[--m->place_count];
    m->screen = to.screen;
    m->detail_id = to.detail_id;
    m->cases.wanted = to.case_id;
    m->tab = to.tab;
    m->scroll = 0;
    sheet_return(m, to.sheet);
    if (m->screen == SCREEN_QUEUE)
        m->place_count = 0;
    if (m->screen == SCREEN_QUEUE || m->screen == SCREEN_DETAIL)
        cursor_follow(m, fx, m->screen == SCREEN_DETAIL);
    lists_follow(m, fx);
}

void dispatch_complain(struct call *c, const struct err *e) { toast_set(c->m, c->fx, TOAST_BAD, "%s", e->text); }

bool dispatch_argument_fine(struct call *c)
{
    char hint[256];
    size_t at;
    struct err e = {0};
    if (!c->arg[0] || argument_check(c->m, c->action, c->arg, NULL, 0, hint, sizeof hint, &at, &e))
        return true;
    toast_set(c->m, c->fx, TOAST_BAD, "%s: %s", action_info(c->action)->name, e.text);
    return false;
}

/* What an action without its argument opens to get it. */
static const struct { enum action action; enum prompt_kind prompt; bool menu; } asks[] = {
    {ACTION_NOTE, PROMPT_NOTE, false},       {ACTION_SNOOZE, PROMPT_SNOOZE, false},
    {ACTION_WAIT, PROMPT_WAIT, false},       {ACTION_ASSIGN, PROMPT_ASSIGN, false},
    {ACTION_REOPEN, PROMPT_REOPEN, false},   {ACTION_RESOLVE, PROMPT_NONE, true},
    {ACTION_SEVERITY, PROMPT_NONE, true},    {ACTION_SORT, PROMPT_NONE, true},
    {ACTION_THEME, PROMPT_NONE, true},       {ACTION_FILTER, PROMPT_FILTER, false},
    {ACTION_SAVE_VIEW, PROMPT_VIEW_NAME, false}, {ACTION_JUMP, PROMPT_JUMP, false},
    {ACTION_COMMAND, PROMPT_COMMAND, false}, {ACTION_TAG, PROMPT_TAG, false}, {ACTION_UNTAG, PROMPT_UNTAG, false},
    {ACTION_CONTACT, PROMPT_NONE, true},
};

bool dispatch_ask(struct call *c, const char *text, int64_t *ids, size_t n)
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

/* --- prompts and menus ---------------------------------------------------------------- */

static void type_accept(struct call *c)
{
    if (c->m->menu.kind != MENU_NONE)
        menu_accept(c->m, c->fx);
    else
        prompt_submit(c->m, c->fx);
}

static void type_complete(struct call *c) { prompt_complete(c->m, c->action == ACTION_COMPLETE_BACK); }

static void type_edit(struct call *c)
{
    if (dispatch_context(c->m) == IN_EDITOR)
        editor_call(c);
    else
        prompt_edit(c->m, c->action);
}

static void do_send(struct call *c) { (c->m->screen == SCREEN_BULK ? bulk_call : compose_call)(c); }

static void do_list(struct call *c)
{
    enum screen_id s = c->m->screen;
    (s == SCREEN_BULK ? bulk_call : s == SCREEN_BATCHES ? batches_call : s == SCREEN_SHEET ? sheet_call : cases_call)(c);
}

static void (*const handlers[ACTION_COUNT])(struct call *) = {
    [ACTION_DOWN] = move_lines, [ACTION_UP] = move_lines, [ACTION_PAGE_DOWN] = move_lines, [ACTION_PAGE_UP] = move_lines,
    [ACTION_HALF_DOWN] = move_lines, [ACTION_HALF_UP] = move_lines, [ACTION_TOP] = move_lines, [ACTION_BOTTOM] = move_lines,
    [ACTION_OPEN] = move_open, [ACTION_BACK] = move_back, [ACTION_NEXT_TAB] = move_tab, [ACTION_PREV_TAB] = move_tab,
    [ACTION_TAB] = move_tab, [ACTION_NEXT_ITEM] = move_item, [ACTION_PREV_ITEM] = move_item, [ACTION_JUMP] = look_jump,
    [ACTION_NEXT_STEP] = work_next_step, [ACTION_CLAIM] = work_verb, [ACTION_RELEASE] = work_verb,
    [ACTION_ASSIGN] = work_verb, [ACTION_TAKE_NEXT] = work_verb, [ACTION_SNOOZE] = work_verb, [ACTION_WAIT] = work_verb,
    [ACTION_WORK] = work_verb, [ACTION_NOTE] = work_verb, [ACTION_SEVERITY] = work_verb, [ACTION_RESOLVE] = work_verb,
    [ACTION_REOPEN] = work_verb, [ACTION_UNDO] = work_undo, [ACTION_COPY] = work_copy, [ACTION_COPY_LINK] = work_copy,
    [ACTION_SELECT] = choose_row, [ACTION_SELECT_PAGE] = choose_page, [ACTION_SELECT_ALL] = choose_all,
    [ACTION_SELECT_NONE] = choose_none, [ACTION_RESULTS] = choose_results, [ACTION_FILTER] = look_filter,
    [ACTION_VIEW] = look_view, [ACTION_NEXT_VIEW] = look_view, [ACTION_PREV_VIEW] = look_view,
    [ACTION_SAVE_VIEW] = look_save_view, [ACTION_DELETE_VIEW] = look_delete_view, [ACTION_SORT] = look_sort,
    [ACTION_REFRESH] = look_refresh, [ACTION_COMMAND] = program_command, [ACTION_HELP] = program_help,
    [ACTION_THEME] = look_theme, [ACTION_REDRAW] = program_redraw, [ACTION_SUSPEND] = program_suspend,
    [ACTION_QUIT] = program_quit, [ACTION_ACCEPT] = type_accept, [ACTION_COMPLETE] = type_complete,
    [ACTION_COMPLETE_BACK] = type_complete, [ACTION_HISTORY_PREV] = type_edit, [ACTION_HISTORY_NEXT] = type_edit,
    [ACTION_EDIT_LEFT] = type_edit, [ACTION_EDIT_RIGHT] = type_edit, [ACTION_EDIT_WORD_LEFT] = type_edit,
    [ACTION_EDIT_WORD_RIGHT] = type_edit, [ACTION_EDIT_HOME] = type_edit, [ACTION_EDIT_END] = type_edit,
    [ACTION_EDIT_BACKSPACE] = type_edit, [ACTION_EDIT_DELETE] = type_edit, [ACTION_EDIT_KILL_WORD] = type_edit,
    [ACTION_EDIT_KILL_LINE] = type_edit, [ACTION_EDIT_KILL_END] = type_edit, [ACTION_EDIT_UP] = type_edit, [ACTION_EDIT_DOWN] = type_edit,
    [ACTION_EDIT_PAGE_UP] = type_edit, [ACTION_EDIT_PAGE_DOWN] = type_edit, [ACTION_EDIT_TOP] = type_edit,
    [ACTION_EDIT_BOTTOM] = type_edit, [ACTION_EDIT_NEWLINE] = type_edit, [ACTION_EDIT_UNDO] = type_edit,
    [ACTION_EDIT_REDO] = type_edit, [ACTION_TAG] = work_verb, [ACTION_UNTAG] = work_verb, [ACTION_CONTACT] = work_verb,
    [ACTION_MESSAGE] = bulk_call, [ACTION_MESSAGE_ALL] = bulk_call, [ACTION_MACRO] = macro_call,
    [ACTION_SEND] = do_send, [ACTION_PASS] = compose_call, [ACTION_NEXT_CHANNEL] = compose_call,
    [ACTION_PREV_CHANNEL] = compose_call, [ACTION_EDIT_TEXT] = compose_call, [ACTION_EDIT_SUBJECT] = compose_call,
    [ACTION_REVERT] = compose_call, [ACTION_DISCARD] = compose_call, [ACTION_NEXT_LIST] = do_list,
    [ACTION_PREV_LIST] = do_list, [ACTION_CANCEL_MESSAGE] = messages_call, [ACTION_RETRY_MESSAGE] = messages_call,
    [ACTION_MARK_SENT] = messages_call, [ACTION_MARK_FAILED] = messages_call,
    [ACTION_CASE] = form_call, [ACTION_CASE_OPEN] = form_call, [ACTION_CASES] = cases_call, [ACTION_SHOW_CASE] = cases_call,
    [ACTION_CASE_NOTE] = cases_call, [ACTION_CASE_STATE] = cases_call, [ACTION_CASE_PRIORITY] = cases_call,
    [ACTION_CASE_OWNER] = cases_call, [ACTION_CASE_SUBJECT] = cases_call, [ACTION_CASE_LINK] = cases_call,
    [ACTION_CASE_MERGE] = cases_call, [ACTION_CASE_TAG] = cases_call, [ACTION_CASE_RETRY] = cases_call, [ACTION_CASE_TAKE] = cases_call,
    [ACTION_CASE_KEEP] = cases_call, [ACTION_OVERRIDE] = override_call, [ACTION_OVERRIDE_APPLY] = override_call,
    [ACTION_OVERRIDE_NOTE] = override_call, [ACTION_OVERRIDE_UNTIL] = override_call, [ACTION_OVERRIDE_STATUS] = override_call,
    [ACTION_OVERRIDE_REASON] = override_call, [ACTION_OVERRIDE_REVERT] = override_call, [ACTION_BATCHES] = batches_call, [ACTION_SHOW_BATCH] = batches_call,
    [ACTION_BATCH_APPROVE] = batches_call, [ACTION_BATCH_REJECT] = batches_call, [ACTION_BATCH_WITHDRAW] = batches_call,
    [ACTION_BATCH_REVERT] = batches_call,
    [ACTION_BOARD] = board_call, [ACTION_UNFOLD] = board_call, [ACTION_BOARD_SORT] = board_call, [ACTION_FOLD] = groups_call,
    [ACTION_GROUP] = groups_call, [ACTION_DECLARE] = outage_call, [ACTION_OUTAGE_SET] = outage_call,
    [ACTION_OUTAGE_END] = outage_call, [ACTION_OUTAGE_MESSAGE] = outage_call, [ACTION_DISMISS] = outage_call,
    [ACTION_CHANGE_FIELD] = outage_call, [ACTION_OUTAGE_CONFIRM] = outage_call,
    [ACTION_REPORTS] = reports_call, [ACTION_NEXT_REPORT] = reports_call, [ACTION_PREV_REPORT] = reports_call, [ACTION_REPORT_PERIOD] = reports_call,
    [ACTION_REPORT_BY] = reports_call, [ACTION_REPORT_ONLY] = reports_call, [ACTION_REPORT_LEFT] = reports_call, [ACTION_REPORT_RIGHT] = reports_call,
    [ACTION_REPORT_QUEUE] = reports_call,
    [ACTION_KNOWLEDGE] = look_knowledge, [ACTION_DICTIONARY] = sheet_call, [ACTION_AUDIT_LOG] = sheet_call, [ACTION_CONTACTS] = sheet_call, [ACTION_RULES] = sheet_call,
    [ACTION_RULE_OFF] = sheet_call, [ACTION_RULE_ON] = sheet_call, [ACTION_RULE_DELETE] = sheet_call, [ACTION_RULES_STOP] = sheet_call,
    [ACTION_RULES_GO] = sheet_call, [ACTION_MISMATCHES] = sheet_call, [ACTION_PLAYBOOKS] = sheet_call, [ACTION_MAP_CODE] = sheet_call, [ACTION_RELABEL] = sheet_call,
    [ACTION_REWORD] = sheet_call, [ACTION_RETIRE] = sheet_call, [ACTION_IGNORE_CODE] = sheet_call, [ACTION_DRAFT_APPROVE] = sheet_call,
    [ACTION_DRAFT_REJECT] = sheet_call, [ACTION_REREAD] = sheet_call, [ACTION_RULE_NEW] = sheet_call, [ACTION_RULE_TEST] = sheet_call, [ACTION_RULE_EDIT] = sheet_call,
    [ACTION_SHEET_OPEN] = sheet_call, [ACTION_SHEET_WHOLE] = sheet_call, [ACTION_SHEET_SEARCH] = look_search,
};

void dispatch(struct model *m, struct effects *fx, enum action a, const char *arg)
{
    struct err e = {0};
    struct call c = {.m = m, .fx = fx, .action = a, .arg = arg};
    if (!handlers[a])
        die("action %s has no handler", action_info(a)->name);
    if (!(action_info(a)->contexts & (dispatch_context(m) | dispatch_under(m))))
        toast_set(m, fx, TOAST_INFO, "%s does not work here", action_info(a)->name);
    else if (groups_take(&c))
        return;
    else if (!act_allowed(m, a, &e))
        dispatch_complain(&c, &e);
    else
        handlers[a](&c);
}
