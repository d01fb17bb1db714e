/* Moving: lines, screens, tabs. */
#include "dispatch_in.h"

#include <string.h>

#include "app/argument.h"
#include "app/board.h"
#include "app/bulk.h"
#include "app/cases.h"
#include "app/compose.h"
#include "app/cursor.h"
#include "app/dispatch.h"
#include "app/groups.h"
#include "app/lists.h"
#include "app/menu.h"
#include "app/messages.h"
#include "app/outage.h"
#include "app/override.h"
#include "app/prompt.h"
#include "app/select.h"
#include "app/reports.h"
#include "app/sheet.h"
#include "app/toast.h"
#include "app/views.h"
#include "app/window.h"

void move_lines(struct call *c)
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
    } else if (m->screen == SCREEN_CASES || (m->screen == SCREEN_DETAIL && m->tab == TAB_CASE && !page && !half)) {
        cases_move(m, c->fx, by);
    } else if (m->screen == SCREEN_SHEET) {
        sheet_move(m, c->action);
    } else if (m->screen == SCREEN_REPORT) {
        reports_move(m, c->action);
    } else if (m->screen == SCREEN_BATCHES) {
        batches_move(m, by);
    } else if (m->screen == SCREEN_BOARD) {
        board_move(m, c->action);
    } else if (m->screen == SCREEN_OUTAGE) {
        outage_move(m, c->action);
    } else if (m->screen == SCREEN_DETAIL && m->tab == TAB_MESSAGES && !page && !half) {
        messages_move(m, (int)by);
    } else if (m->screen != SCREEN_QUEUE) {
        long to = m->scroll + by;
        m->scroll = to < 0 ? 0 : to > m->scroll_max ? m->scroll_max : (int)to;
    } else if (groups_step(m, c->fx, c->action)) {
        return;
    } else if (end) {
        (back ? cursor_top : cursor_bottom)(m, c->fx);
    } else if (page || half) {
        cursor_page(m, c->fx, by);
    } else {
        cursor_move(m, c->fx, by);
    }
}

void move_open(struct call *c)
{
    c->m->screen = SCREEN_DETAIL;
    c->m->detail_id = 0;
    c->m->tab = TAB_SUMMARY;
    cursor_follow(c->m, c->fx, true);
    cursor_viewing_timer(c->m, c->fx);
}

void move_back(struct call *c)
{
    struct model *m = c->m;
    if (m->menu.kind != MENU_NONE) {
        menu_close(m);
    } else if (m->prompt.kind != PROMPT_NONE) {
        /* sentences took time: the arrow brings them back, the next time */
        bool prose = m->prompt.kind == PROMPT_NOTE || m->prompt.kind == PROMPT_REOPEN ||
                     m->prompt.kind == PROMPT_RESOLVE_TEXT || m->prompt.kind == PROMPT_CASE_NOTE ||
                     m->prompt.kind == PROMPT_OVERRIDE_NOTE || m->prompt.kind == PROMPT_SHEET || m->prompt.kind == PROMPT_BATCH_REJECT;
        prompt_close(m, prose);
        m->typing.taken = false;
    } else if (dispatch_context(m) == IN_EDITOR) {
        editor_call(c);
    } else if (m->screen == SCREEN_COMPOSE) {
        compose_leave(m, c->fx);
    } else if (m->screen == SCREEN_BULK) {
        bulk_leave(m, c->fx);
    } else if (m->screen == SCREEN_HELP || m->screen == SCREEN_RESULTS) {
        m->screen = m->back_to;
        m->scroll = 0;
    } else if ((m->screen == SCREEN_BOARD && board_fold(m, c->fx)) || sheet_fold(m)) {
        return;
    } else if (m->screen != SCREEN_QUEUE) {
        if (m->screen == SCREEN_CASE_NEW && !m->form.opening)
            form_finish(m);
        dispatch_leave(m, c->fx);
    } else if (select_total(m)) {
        select_clear(m);
        toast_clear(m);
    } else if (!groups_close(m, c->fx)) {
        views_restore(m, c->fx);
    }
}

void move_tab(struct call *c)
{
    struct model *m = c->m;
    int step = c->action == ACTION_NEXT_TAB ? 1 : c->action == ACTION_PREV_TAB ? TAB_COUNT - 1 : 0;
    const char *word;
    m->scroll = 0;
    if (step) {
        m->tab = (enum tab_id)(((int)m->tab + step) % TAB_COUNT);
        lists_follow(m, c->fx);
        return;
    }
    for (int i = 0; (word = argument_word(ACTION_TAB, i, NULL)); i++) {
        if (strcmp(word, c->arg) == 0) {
            m->tab = (enum tab_id)i;
            lists_follow(m, c->fx);
            return;
        }
    }
    if (dispatch_argument_fine(c))
        toast_set(m, c->fx, TOAST_BAD, "tab: say which: summary, timeline, messages, case, overrides or activity");
}

void move_item(struct call *c)
{
    cursor_move(c->m, c->fx, c->action == ACTION_NEXT_ITEM ? 1 : -1);
    cursor_follow(c->m, c->fx, true);
    lists_follow(c->m, c->fx);
}
