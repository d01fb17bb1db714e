/* The last line: the keys that help here, in order of need. */
#include "view/parts.h"

#include <stdio.h>
#include <string.h>

#include "app/board.h"
#include "app/cases.h"
#include "app/messages.h"
#include "app/override.h"
#include "app/reports.h"
#include "app/sheet.h"

enum { OFFERS_FIRST = 2 };

struct key_hint { enum action action; const char *word; };

static const struct key_hint queue_hints[] = {
    {ACTION_NEXT_STEP, "next step"}, {ACTION_CLAIM, "claim"}, {ACTION_RESOLVE, "resolve"},
    {ACTION_FILTER, "filter"}, {ACTION_OPEN, "detail"}, {ACTION_MESSAGE, "message"}, {ACTION_SNOOZE, "snooze"}, {ACTION_WAIT, "wait"},
    {ACTION_NOTE, "note"}, {ACTION_CASE, "case"}, {ACTION_OVERRIDE, "override"}, {ACTION_SELECT, "select"}, {ACTION_TAKE_NEXT, "take next"}, {ACTION_COMMAND, "command"},
    {ACTION_UNDO, "undo"}, {ACTION_ASSIGN, "assign"}, {ACTION_RELEASE, "release"}, {ACTION_COPY, "copy number"},
    {ACTION_SORT, "sort"}, {ACTION_QUIT, "quit"}, {ACTION_COUNT, NULL},
};
static const struct key_hint detail_hints[] = {
    {ACTION_BACK, "back"}, {ACTION_NEXT_STEP, "next step"}, {ACTION_NEXT_TAB, "next tab"},
    {ACTION_CLAIM, "claim"}, {ACTION_MESSAGE, "message"}, {ACTION_RESOLVE, "resolve"}, {ACTION_NOTE, "note"},
    {ACTION_CASE, "case"}, {ACTION_OVERRIDE, "override"}, {ACTION_NEXT_ITEM, "next exception"},
    {ACTION_SNOOZE, "snooze"}, {ACTION_WAIT, "wait"}, {ACTION_UNDO, "undo"}, {ACTION_COPY, "copy number"},
    {ACTION_COMMAND, "command"}, {ACTION_COUNT, NULL},
};
static const struct key_hint page_hints[] = {
    {ACTION_BACK, "back"}, {ACTION_DOWN, "down"}, {ACTION_UP, "up"}, {ACTION_PAGE_DOWN, "page down"},
    {ACTION_PAGE_UP, "page up"}, {ACTION_COUNT, NULL},
};
static const struct key_hint prompt_hints[] = {
    {ACTION_ACCEPT, "do it"}, {ACTION_BACK, "cancel"}, {ACTION_COMPLETE, "complete"},
    {ACTION_HISTORY_PREV, "earlier input"}, {ACTION_EDIT_KILL_LINE, "clear"}, {ACTION_COUNT, NULL},
};
static const struct key_hint menu_hints[] = {
    {ACTION_ACCEPT, "choose"}, {ACTION_BACK, "cancel"}, {ACTION_COUNT, NULL},
};

static const struct key_hint compose_hints[] = {
    {ACTION_SEND, "send"}, {ACTION_EDIT_TEXT, "edit"}, {ACTION_DOWN, "next template"}, {ACTION_NEXT_CHANNEL, "channel"},
    {ACTION_BACK, "leave"}, {ACTION_EDIT_SUBJECT, "subject"}, {ACTION_PASS, "pass warnings"}, {ACTION_REVERT, "template's text"},
    {ACTION_DISCARD, "discard"}, {ACTION_REFRESH, "read again"}, {ACTION_PAGE_DOWN, "page down"}, {ACTION_COUNT, NULL},
};
static const struct key_hint editor_hints[] = {
    {ACTION_BACK, "done"}, {ACTION_EDIT_UNDO, "undo"}, {ACTION_EDIT_REDO, "redo"}, {ACTION_EDIT_KILL_WORD, "delete word"},
    {ACTION_EDIT_KILL_END, "delete to end"}, {ACTION_EDIT_TOP, "beginning"}, {ACTION_EDIT_BOTTOM, "end"}, {ACTION_COUNT, NULL},
};
static const struct key_hint bulk_hints[] = {
    {ACTION_SEND, "send"}, {ACTION_NEXT_LIST, "next list"}, {ACTION_DOWN, "down"}, {ACTION_UP, "up"},
    {ACTION_PASS, "pass warnings"}, {ACTION_BACK, "cancel"}, {ACTION_COUNT, NULL},
};
static const struct key_hint messages_hints[] = {
    {ACTION_BACK, "back"}, {ACTION_DOWN, "next message"}, {ACTION_MESSAGE, "message"}, {ACTION_NEXT_TAB, "next tab"},
    {ACTION_RETRY_MESSAGE, "send again"}, {ACTION_CANCEL_MESSAGE, "stop"}, {ACTION_MARK_SENT, "went out"},
    {ACTION_MARK_FAILED, "did not"}, {ACTION_PAGE_DOWN, "page down"}, {ACTION_COUNT, NULL},
};

static const struct key_hint cases_hints[] = {
    {ACTION_SHOW_CASE, "show"}, {ACTION_BACK, "back"}, {ACTION_NEXT_LIST, "next list"},
    {ACTION_CASE_TAKE, "theirs"}, {ACTION_CASE_KEEP, "ours"}, {ACTION_CASE_RETRY, "tell again"}, {ACTION_CASE_NOTE, "note"}, {ACTION_CASE_STATE, "state"},
    {ACTION_CASE_OWNER, "owner"}, {ACTION_CASE_PRIORITY, "priority"}, {ACTION_CASE_LINK, "link"}, {ACTION_CASE_MERGE, "merge"},
    {ACTION_UNDO, "undo"}, {ACTION_COUNT, NULL},
};
static const struct key_hint case_hints[] = {
    {ACTION_SHOW_CASE, "its exception"}, {ACTION_BACK, "back"}, {ACTION_CASE_TAKE, "theirs"}, {ACTION_CASE_KEEP, "ours"},
    {ACTION_CASE_RETRY, "tell again"}, {ACTION_CASE_NOTE, "note"}, {ACTION_CASE_STATE, "state"},
    {ACTION_CASE_PRIORITY, "priority"}, {ACTION_CASE_OWNER, "owner"}, {ACTION_PAGE_DOWN, "page down"}, {ACTION_UNDO, "undo"}, {ACTION_COUNT, NULL},
};
static const struct key_hint case_tab_hints[] = {
    {ACTION_BACK, "back"}, {ACTION_CASE_TAKE, "theirs"}, {ACTION_CASE_KEEP, "ours"}, {ACTION_CASE_RETRY, "tell again"},
    {ACTION_CASE_NOTE, "note on the case"}, {ACTION_CASE_STATE, "its state"}, {ACTION_NEXT_TAB, "next tab"},
    {ACTION_CASE, "open another"}, {ACTION_DOWN, "next case"}, {ACTION_CASES, "all cases"}, {ACTION_UNDO, "undo"},
    {ACTION_PAGE_DOWN, "page down"}, {ACTION_COUNT, NULL},
};
static const struct key_hint no_case_hints[] = {
    {ACTION_BACK, "back"}, {ACTION_CASE, "open a case"}, {ACTION_NEXT_TAB, "next tab"}, {ACTION_CASES, "all cases"},
    {ACTION_NEXT_ITEM, "next exception"}, {ACTION_COUNT, NULL},
};
static const struct key_hint form_hints[] = {
    {ACTION_CASE_OPEN, "open it"}, {ACTION_BACK, "cancel"}, {ACTION_CASE_NOTE, "note"}, {ACTION_CASE_SUBJECT, "subject"},
    {ACTION_CASE_PRIORITY, "priority"}, {ACTION_CASE_TAG, "tags"}, {ACTION_DOWN, "down"}, {ACTION_COUNT, NULL},
};
static const struct key_hint override_hints[] = {
    {ACTION_OVERRIDE_APPLY, "do it"}, {ACTION_BACK, "cancel"}, {ACTION_OVERRIDE_NOTE, "note"}, {ACTION_OVERRIDE_UNTIL, "until"},
    {ACTION_OVERRIDE_STATUS, "status"}, {ACTION_OVERRIDE_REASON, "reason"}, {ACTION_DOWN, "down"}, {ACTION_COUNT, NULL},
};
static const struct key_hint overrides_hints[] = {
    {ACTION_BACK, "back"}, {ACTION_OVERRIDE, "override"}, {ACTION_OVERRIDE_REVERT, "take it back"}, {ACTION_NEXT_TAB, "next tab"},
    {ACTION_BATCHES, "batches"}, {ACTION_UNDO, "undo"}, {ACTION_NEXT_ITEM, "next exception"}, {ACTION_COUNT, NULL},
};
static const struct key_hint batches_hints[] = {
    {ACTION_SHOW_BATCH, "open"}, {ACTION_BATCH_APPROVE, "approve"}, {ACTION_BATCH_REJECT, "reject"}, {ACTION_BATCH_WITHDRAW, "withdraw"},
    {ACTION_BATCH_REVERT, "take back"}, {ACTION_NEXT_LIST, "next list"}, {ACTION_BACK, "back"}, {ACTION_UNDO, "undo"}, {ACTION_COUNT, NULL},
};
static const struct key_hint board_hints[] = {
    {ACTION_UNFOLD, "open"}, {ACTION_DECLARE, "declare"}, {ACTION_DISMISS, "dismiss"}, {ACTION_OUTAGE_END, "end"},
    {ACTION_OUTAGE_SET, "change"}, {ACTION_OUTAGE_MESSAGE, "write to all"}, {ACTION_BACK, "back"}, {ACTION_BOARD_SORT, "sort"},
    {ACTION_REFRESH, "read again"}, {ACTION_UNDO, "undo"}, {ACTION_COMMAND, "command"}, {ACTION_COUNT, NULL},
};
static const struct key_hint outage_hints[] = {
    {ACTION_OUTAGE_CONFIRM, "do it"}, {ACTION_CHANGE_FIELD, "change"}, {ACTION_DOWN, "down"}, {ACTION_UP, "up"},
    {ACTION_BACK, "leave it"}, {ACTION_REFRESH, "look again"}, {ACTION_COUNT, NULL},
};
static const struct key_hint report_hints[] = {
    {ACTION_REPORT_QUEUE, "queue behind it"}, {ACTION_NEXT_REPORT, "next report"}, {ACTION_REPORT_PERIOD, "period"}, {ACTION_REPORT_BY, "group by"},
    {ACTION_REPORT_ONLY, "narrow"}, {ACTION_BACK, "back"}, {ACTION_REPORT_RIGHT, "next number"}, {ACTION_REFRESH, "read again"}, {ACTION_COUNT, NULL},
};
/* What the chosen line offers stands between these. */
static const struct key_hint sheet_hints[] = {
    {ACTION_NEXT_LIST, "next list"}, {ACTION_BACK, "back"}, {ACTION_SHEET_SEARCH, "search"}, {ACTION_SHEET_WHOLE, "all of it"},
    {ACTION_REFRESH, "read again"}, {ACTION_KNOWLEDGE, "other lists"}, {ACTION_COUNT, NULL},
};
static const struct key_hint sheet_line_hints[] = {
    {ACTION_BACK, "back"}, {ACTION_DOWN, "down"}, {ACTION_UP, "up"}, {ACTION_COUNT, NULL},
};
static const struct key_hint group_hints[] = {
    {ACTION_OPEN, "its exceptions"}, {ACTION_MESSAGE_ALL, "write to all"}, {ACTION_OUTAGE_END, "end it"},
    {ACTION_OUTAGE_SET, "change it"}, {ACTION_DOWN, "on to the list"}, {ACTION_BOARD, "board"}, {ACTION_GROUP, "ungroup"},
    {ACTION_COMMAND, "command"}, {ACTION_COUNT, NULL},
};

static const struct key_hint *hints_of(const struct model *m, unsigned *context)
{
    static const struct { unsigned context; const struct key_hint *hints; } screens[] = {
        [SCREEN_QUEUE] = {IN_QUEUE, queue_hints}, [SCREEN_DETAIL] = {IN_DETAIL, detail_hints},
        [SCREEN_HELP] = {IN_HELP, page_hints}, [SCREEN_RESULTS] = {IN_RESULTS, page_hints},
        [SCREEN_COMPOSE] = {IN_COMPOSE, compose_hints}, [SCREEN_BULK] = {IN_BULK, bulk_hints},
        [SCREEN_CASES] = {IN_CASES | IN_CASE, cases_hints}, [SCREEN_CASE] = {IN_CASES | IN_CASE, case_hints},
        [SCREEN_CASE_NEW] = {IN_FORM, form_hints}, [SCREEN_OVERRIDE] = {IN_OVERRIDE, override_hints},
        [SCREEN_BATCHES] = {IN_BATCHES, batches_hints},
        [SCREEN_BOARD] = {IN_BOARD, board_hints}, [SCREEN_OUTAGE] = {IN_OUTAGE, outage_hints},
        [SCREEN_SHEET] = {IN_SHEET, sheet_hints}, [SCREEN_REPORT] = {IN_REPORT, report_hints},
    };
    if (m->prompt.kind != PROMPT_NONE) {
        *context = IN_PROMPT;
        return prompt_hints;
    }
    if (m->menu.kind != MENU_NONE) {
        *context = IN_MENU;
        return menu_hints;
    }
    if (m->screen == SCREEN_COMPOSE && m->compose.editing != FIELD_NO_TEXT) {
        *context = IN_EDITOR;
        return editor_hints;
    }
    *context = screens[m->screen].context;
    if (sheet_shown(m) != NULL) {
        *context |= sheet_context(m);
        return sheet_shown(m)->whole ? sheet_line_hints : sheet_hints;
    }
    if (m->screen == SCREEN_DETAIL && m->tab == TAB_CASE && cases_chosen(m) != NULL) {
        *context |= IN_CASE;
        return case_tab_hints;
    }
    if (m->screen == SCREEN_DETAIL && m->tab == TAB_CASE)
        return no_case_hints;
    if (m->screen == SCREEN_DETAIL && m->tab == TAB_OVERRIDES)
        return overrides_hints;
    if (m->screen == SCREEN_DETAIL && m->tab == TAB_MESSAGES)
        return messages_hints;
    if (m->screen == SCREEN_QUEUE && m->groups.on)
        return group_hints;
    return screens[m->screen].hints;
}

/* A viewer's hints do not offer what the role may not do. */
static bool may(const struct model *m, enum action a)
{
    unsigned needs = action_info(a)->needs;
    enum role_level least = needs & NEED_LEAD ? ROLE_LEAD : needs & NEED_AGENT ? ROLE_AGENT : ROLE_NONE;
    return m->hello.level >= least || m->hello.level == ROLE_NONE;
}

/* Nor do they offer what there is nothing of. */
static bool useful(const struct model *m, enum action a)
{
    const struct message_row *r = messages_chosen(m);
    if (m->screen == SCREEN_QUEUE && m->groups.on && m->groups.on == m->groups.ended.id)
        return a != ACTION_OUTAGE_END && a != ACTION_OUTAGE_SET && a != ACTION_MESSAGE_ALL;
    enum board_line_kind on = m->screen == SCREEN_BOARD ? board_chosen(m).kind : BOARD_NOTHING;
    if (a == ACTION_SHEET_SEARCH || a == ACTION_NEXT_LIST)
        return m->screen != SCREEN_SHEET || sheet_has(m, a);
    if (m->screen == SCREEN_BOARD && a == ACTION_DISMISS)
        return on == BOARD_SUGGESTION;
    if (m->screen == SCREEN_BOARD && (a == ACTION_OUTAGE_END || a == ACTION_OUTAGE_SET || a == ACTION_OUTAGE_MESSAGE))
        return on == BOARD_OUTAGE;
    if (m->screen == SCREEN_BOARD && a == ACTION_DECLARE)
        return on != BOARD_OUTAGE;
    if (m->screen == SCREEN_DETAIL && m->tab == TAB_CASE && a == ACTION_DOWN)
        return m->cases.tab.count > 1;
    if ((m->screen == SCREEN_CASE_NEW && a == ACTION_DOWN) || (m->screen == SCREEN_CASE && a == ACTION_PAGE_DOWN))
        return m->scroll_max > 0;
    if (a == ACTION_EDIT_SUBJECT)
        return m->compose.channel == CHANNEL_EMAIL;
    if (a == ACTION_REVERT || a == ACTION_DISCARD)
        return m->compose.message.edited;
    if (a == ACTION_PASS)
        return m->hello.level >= ROLE_LEAD;
    if (a == ACTION_RETRY_MESSAGE || a == ACTION_CANCEL_MESSAGE || a == ACTION_MARK_SENT || a == ACTION_MARK_FAILED)
        return r != NULL && messages_offers(r, a);
    if (a >= ACTION_SHOW_CASE && a <= ACTION_CASE_KEEP)
        return m->screen == SCREEN_CASE_NEW || cases_offers(cases_chosen(m), a);
    if (a == ACTION_SHOW_BATCH)
        return batches_chosen(m) != NULL;
    if (a == ACTION_BATCH_APPROVE || a == ACTION_BATCH_REJECT || a == ACTION_BATCH_WITHDRAW || a == ACTION_BATCH_REVERT)
        return batches_offers(m, batches_chosen(m), a);
    if (a == ACTION_REPORT_QUEUE) {
        char filter[512];
        reports_filter(m, filter, sizeof filter);
        return filter[0] != 0;
    }
    if (a == ACTION_OVERRIDE_REVERT)
        return m->overrides.id == m->context_id && overrides_force(m) != NULL;
    return true;
}

/* Draws one hint if it fits before `end`; false when it did not. */
static bool draw_hint(const struct frame *f, struct pen *p, unsigned context, const struct key_hint *h, int end)
{
    char keys[64];
    if (!may(f->m, h->action) || !useful(f->m, h->action) || !keymap_keys_of(f->m->keymap, context, h->action, NULL, keys, sizeof keys))
        return true;
    int gap = p->begun ? 2 : 0;
    if (p->col + gap + text_columns(keys) + 1 + text_columns(h->word) > end)
        return false;
    text_skip(p, gap);
    text_put(p, STYLE_KEY, keys);
    text_skip(p, 1);
    text_put(p, STYLE_DIM, h->word);
    return true;
}

/* What can be done about the chosen line of a sheet, in the order of its table: from the `first` on, at most so many. */
static void draw_offers(const struct frame *f, struct pen *p, unsigned context, int end, int first, int most)
{
    int i = 0;
    for (const struct sheet_act *a = sheet_acts; a->action != ACTION_COUNT && i < first + most; a++) {
        if (sheet_offers(f->m, a->action) != a || !may(f->m, a->action) || i++ < first)
            continue;
        if (!draw_hint(f, p, context, &(struct key_hint){a->action, a->word}, end))
            return;
    }
}

/* As many as fit, in order of need, and always the way to the rest of them. */
void view_hints(const struct frame *f)
{
    static const struct key_hint help = {ACTION_HELP, "help"};
    unsigned context;
    const struct key_hint *h = hints_of(f->m, &context);
    int end = f->m->cols - 1;
    char keys[64];
    if (keymap_keys_of(f->m->keymap, context, ACTION_HELP, NULL, keys, sizeof keys))
        end -= 2 + text_columns(keys) + 1 + (int)strlen(help.word);
    struct pen p = text_pen(f->s, f->at.hint_row, 1, f->m->cols - 2);
    bool sheet = f->m->screen == SCREEN_SHEET && (context & IN_SHEET);
    if (sheet)
        draw_offers(f, &p, context, end, 0, OFFERS_FIRST);
    while (h->word != NULL && draw_hint(f, &p, context, h, end)) {
        if (sheet && h->action == (sheet_shown(f->m)->whole ? ACTION_BACK : ACTION_SHEET_SEARCH))
            draw_offers(f, &p, context, end, OFFERS_FIRST, 100);
        h++;
    }
    draw_hint(f, &p, context, &help, f->m->cols - 1);
}
