/* What frames every screen: the state of the world above, messages and keys below. */
#include "view/parts.h"

#include <stdio.h>
#include <string.h>

#include "app/board.h"
#include "app/cases.h"
#include "app/countdown.h"
#include "app/messages.h"
#include "app/override.h"
#include "base/when.h"

/* ---- first line ---- */

#define PROGRAM "doorstep"
enum { CLOCK = 5 };

struct counter { const char *label; int64_t n; enum style style; };

static void link_text(const struct frame *f, char *out, size_t size)
{
    const struct model *m = f->m;
    int64_t wait = m->retry_at == WHEN_NONE ? 0 : m->retry_at - m->now;
    if (m->link == LINK_LIVE)
        snprintf(out, size, "%s %s", f->g->live, m->hello.read_only ? "live, read only" : "live");
    else if (m->link == LINK_DOWN && wait > 0)
        snprintf(out, size, "%s %s in %d s", f->g->down, m->ever_live ? "reconnecting" : "connecting",
                 (int)((wait + WHEN_SECOND - 1) / WHEN_SECOND));
    else
        snprintf(out, size, "%s %s", f->g->down, m->ever_live ? "reconnecting" : "connecting");
}

/* "acme@pg1"; a socket's folder is this machine. */
static void place_text(const struct hello *h, char *out, size_t size)
{
    const char *what = strchr(h->brand, ' ') != NULL || h->brand[0] == '\0' ? h->database : h->brand;
    const char *where = h->server[0] == '/' || h->server[0] == '\0' ? "local" : h->server;
    if (what[0] == '\0')
        out[0] = '\0';
    else
        snprintf(out, size, "%.24s@%.24s", what, where);
}

static void draw_counters(const struct frame *f, struct pen *p, const struct counter *c, int count, int gap)
{
    bool old = f->m->link != LINK_LIVE;
    for (int i = 0; i < count; i++) {
        char n[TEXT_SHORT];
        text_number(c[i].n, n, sizeof n);
        if (i > 0)
            text_skip(p, gap);
        text_put(p, STYLE_DIM, c[i].label);
        text_skip(p, 1);
        text_put(p, old ? STYLE_DIM : c[i].style, f->m->counts_known ? n : f->g->none);
    }
}

static int counters_width(const struct counter *c, int count, bool known, int gap)
{
    int width = gap * (count - 1);
    for (int i = 0; i < count; i++) {
        char n[TEXT_SHORT];
        text_number(c[i].n, n, sizeof n);
        width += (int)strlen(c[i].label) + 1 + (known ? (int)strlen(n) : 1);
    }
    return width;
}

struct headline {
    char link[64], place[64], level[40];
    const char *role;
    int gap, count;            /* between counters; how many of them */
};

static int right_width(const struct headline *h)
{
    return text_columns(h->role) + text_columns(h->level) + (h->role[0] ? 2 : 0) + CLOCK;
}

/* Facts leave from the least needed on, until the rest fits: the server, the role's
 * level, the role, the space between counters, the last counter. */
static void fit_headline(const struct model *m, const struct counter *counters, struct headline *h)
{
    for (int step = 0; step < 5; step++) {
        int width = 1 + (int)strlen(PROGRAM) + 2 + text_columns(h->link) + 2 + (h->place[0] ? text_columns(h->place) + 2 : 0) +
                    counters_width(counters, h->count, m->counts_known, h->gap) + 2 + right_width(h) + 1;
        if (width <= m->cols)
            return;
        if (step == 0)
            h->place[0] = '\0';
        else if (step == 1)
            h->level[0] = '\0';
        else if (step == 2)
            h->role = "";
        else if (step == 3)
            h->gap = 1;
        else
            h->count--;
    }
}

static void draw_headline(const struct frame *f, const struct counter *counters, const struct headline *h)
{
    const struct model *m = f->m;
    char clock[TEXT_SHORT];
    int right = right_width(h);
    struct pen p = text_pen(f->s, 0, 1, m->cols - 1 - right - 2);
    text_put(&p, STYLE_STRONG, PROGRAM);
    text_skip(&p, 2);
    text_put(&p, m->link == LINK_LIVE ? STYLE_GOOD : STYLE_WARN, h->link);
    text_skip(&p, 2);
    if (h->place[0] != '\0') {
        text_put(&p, STYLE_DIM, h->place);
        text_skip(&p, 2);
    }
    draw_counters(f, &p, counters, h->count, h->gap);
    p = text_pen(f->s, 0, m->cols - 1 - right, right);
    text_put(&p, STYLE_NORMAL, h->role);
    text_put(&p, STYLE_DIM, h->level);
    text_clock(m->now, m->utc_offset, clock, sizeof clock);
    screen_put(f->s, 0, m->cols - 1 - CLOCK, CLOCK, STYLE_STRONG, clock);
}

void view_header(const struct frame *f)
{
    const struct model *m = f->m;
    struct counter counters[6] = {
        {"new", m->counts.fresh, STYLE_STRONG}, {"mine", m->counts.mine, STYLE_STRONG},
        {"breaching", m->counts.breaching, m->counts.breaching > 0 ? STYLE_BREACH : STYLE_STRONG},
    };
    struct headline h = {.role = m->hello.role, .gap = 2, .count = 3};
    if (m->control.state.pending_mine > 0)         /* what waits for this lead, and where the carrier contradicts this person */
        counters[h.count++] = (struct counter){m->cols < 70 ? "appr" : "to approve", m->control.state.pending_mine, STYLE_WARN};
    if (m->control.state.conflicts > 0)
        counters[h.count++] = (struct counter){"conflicts", m->control.state.conflicts, STYLE_WARN};
    counters[h.count++] = (struct counter){"open", m->counts.open, STYLE_STRONG};
    link_text(f, h.link, sizeof h.link);
    place_text(&m->hello, h.place, sizeof h.place);
    if (m->hello.level != ROLE_NONE)
        snprintf(h.level, sizeof h.level, "%s%s", f->g->separator, role_level_name(m->hello.level));
    fit_headline(m, counters, &h);
    draw_headline(f, counters, &h);
}

/* ---- the connection's trouble ---- */

void view_banner(const struct frame *f)
{
    const struct model *m = f->m;
    if (f->at.banner_row < 0)
        return;
    screen_fill(f->s, f->at.banner_row, 0, m->cols, STYLE_BANNER, ' ');
    struct pen p = text_pen(f->s, f->at.banner_row, 1, m->cols - 2);
    if (m->queue.count > 0 && m->queue.read_at != WHEN_NONE) {
        char clock[TEXT_SHORT], span[TEXT_SHORT];
        text_clock(m->queue.read_at, m->utc_offset, clock, sizeof clock);
        when_format_span(m->now > m->queue.read_at ? m->now - m->queue.read_at : 0, span, sizeof span);
        if (strcmp(span, "now") == 0)
            text_printf(&p, STYLE_BANNER, "rows from %s", clock);
        else
            text_printf(&p, STYLE_BANNER, "rows from %s, %s old", clock, span);
        text_put(&p, STYLE_BANNER, f->g->separator);
    }
    if (!m->ever_live)
        text_put(&p, STYLE_BANNER, "no connection to the database yet");
    else
        text_put(&p, STYLE_BANNER, m->link_error.text[0] ? m->link_error.text : "the connection is lost");
}

/* ---- saved views ---- */

static void tab_text(const struct frame *f, size_t i, bool counts, char *out, size_t size)
{
    const struct view_tab *t = &f->m->views[i];
    bool current = i == f->m->view;
    char number[16] = "", count[TEXT_SHORT + 4] = "", n[TEXT_SHORT];
    if (t->view.position > 0)
        snprintf(number, sizeof number, "%d ", t->view.position);
    if ((counts || current) && t->count != -1) {
        /* a negative count is "at least": -1000 stands for 999 and more */
        text_number(t->count < 0 ? -t->count - 1 : t->count, n, sizeof n);
        snprintf(count, sizeof count, " %s%s", n, t->count < 0 ? "+" : "");
    }
    snprintf(out, size, "%s%s%s%s", number, t->view.name, current ? "*" : "", count);
}

static int tabs_width(const struct frame *f, size_t from, size_t to, bool counts)
{
    int width = 0;
    for (size_t i = from; i < to; i++) {
        char text[160];
        tab_text(f, i, counts, text, sizeof text);
        width += text_columns(text) + 2;
    }
    return width;
}

static void draw_tabs(const struct frame *f, int row, int width)
{
    const struct model *m = f->m;
    bool counts = tabs_width(f, 0, m->view_count, true) <= width;
    size_t from = 0;
    while (from < m->view && tabs_width(f, from, m->view + 1, counts) > width)
        from++;
    struct pen p = text_pen(f->s, row, 1, width);
    for (size_t i = from; i < m->view_count && p.col < p.end; i++) {
        char text[160];
        tab_text(f, i, counts, text, sizeof text);
        if (p.begun && p.end - p.col < text_columns(text)) {
            p.end++;
            text_put(&p, STYLE_DIM, f->s->ascii ? ">" : "\u2026");
            break;
        }
        text_put(&p, i == m->view ? STYLE_ACCENT : STYLE_DIM, text);
        text_skip(&p, 2);
    }
}

/* Columns for the filter's text. Counts are worth more than the end of a view's own
 * filter; a filter typed over it is shown whole if it can be, up to half the line. */
static int filter_room(const struct frame *f, int width)
{
    enum { ENOUGH = 24 };
    const struct model *m = f->m;
    int filter = text_columns(m->filter) + (m->filter_edited ? 2 : 0);
    int least = m->filter_edited || filter < ENOUGH ? filter : ENOUGH;
    int counted = tabs_width(f, 0, m->view_count, true) + 2;
    int plain = tabs_width(f, 0, m->view_count, false) + 2;
    int room = counted + least <= width ? width - counted : plain + least <= width ? width - plain : width / 2;
    return room < 0 ? 0 : filter < room ? filter : room;
}

void view_tabs(const struct frame *f)
{
    const struct model *m = f->m;
    int row = f->at.tabs_row, width = m->cols - 2;
    char selected[64] = "";
    if (m->selected_count > 0) {
        char n[TEXT_SHORT];
        text_number((int64_t)m->selected_count, n, sizeof n);
        snprintf(selected, sizeof selected, "%s selected%s", n, m->filter[0] ? f->g->separator : "");
    }
    int chosen = text_columns(selected), room = filter_room(f, width - chosen);
    int left = m->cols - 1 - room - chosen;
    draw_tabs(f, row, left - 2 - 1);
    struct pen p = text_pen(f->s, row, left, room + chosen);
    text_put(&p, STYLE_SELECTED, selected);
    if (m->filter_edited)
        text_put(&p, STYLE_KEY, "/ ");
    text_put(&p, m->filter_edited ? STYLE_STRONG : STYLE_DIM, m->filter);
}

/* ---- the two lines below ---- */

void view_message(const struct frame *f)
{
    static const struct { const char *sign; enum style style; } levels[] = {
        [TOAST_INFO] = {"", STYLE_NORMAL}, [TOAST_GOOD] = {"", STYLE_GOOD},
        [TOAST_WARN] = {"! ", STYLE_WARN}, [TOAST_BAD] = {"! ", STYLE_BAD},
    };
    const struct model *m = f->m;
    int row = f->at.prompt_row;
    struct pen p = text_pen(f->s, row, 1, m->cols - 2);
    if (m->pending_count > 0) {
        char keys[SEQUENCE_MAX * 16] = "";
        size_t used = 0;
        for (int i = 0; i < m->pending_count && used + 24 < sizeof keys; i++) {
            key_format(&m->pending_keys[i], keys + used, 16);
            used += strlen(keys + used);
        }
        int width = text_columns(keys) + 1;
        screen_put(f->s, row, m->cols - 1 - width, width, STYLE_KEY, keys);
        screen_put(f->s, row, m->cols - 2, 1, STYLE_DIM, "-");
        p.end -= width + 2;
    }
    if (m->toast[0] != '\0') {
        text_put(&p, levels[m->toast_level].style, levels[m->toast_level].sign);
        text_put(&p, levels[m->toast_level].style, m->toast);
    } else if (countdown_runs(m)) {
        char counting[300];
        countdown_text(m, f->g->separator, counting, sizeof counting);
        text_put(&p, STYLE_GOOD, counting);
    } else {
        text_put(&p, STYLE_DIM, m->undo_text);
    }
}

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
    {ACTION_SHOW_CASE, "show"}, {ACTION_BACK, "back"}, {ACTION_NEXT_LIST, "next list"}, {ACTION_CASE_NOTE, "note"},
    {ACTION_CASE_STATE, "state"}, {ACTION_CASE_TAKE, "theirs"}, {ACTION_CASE_KEEP, "ours"}, {ACTION_CASE_RETRY, "tell again"},
    {ACTION_CASE_OWNER, "owner"}, {ACTION_CASE_PRIORITY, "priority"}, {ACTION_CASE_LINK, "link"}, {ACTION_CASE_MERGE, "merge"},
    {ACTION_UNDO, "undo"}, {ACTION_COUNT, NULL},
};
static const struct key_hint case_hints[] = {
    {ACTION_SHOW_CASE, "its exception"}, {ACTION_BACK, "back"}, {ACTION_CASE_NOTE, "note"}, {ACTION_CASE_STATE, "state"},
    {ACTION_CASE_PRIORITY, "priority"}, {ACTION_CASE_OWNER, "owner"}, {ACTION_PAGE_DOWN, "page down"}, {ACTION_UNDO, "undo"}, {ACTION_COUNT, NULL},
};
static const struct key_hint case_tab_hints[] = {
    {ACTION_BACK, "back"}, {ACTION_CASE_NOTE, "note on the case"}, {ACTION_CASE_STATE, "its state"}, {ACTION_NEXT_TAB, "next tab"},
    {ACTION_CASE, "open another"}, {ACTION_DOWN, "next case"}, {ACTION_CASES, "all cases"}, {ACTION_UNDO, "undo"},
    {ACTION_PAGE_DOWN, "page down"}, {ACTION_COUNT, NULL},
};
static const struct key_hint no_case_hints[] = {
    {ACTION_BACK, "back"}, {ACTION_CASE, "open a case"}, {ACTION_NEXT_TAB, "next tab"}, {ACTION_CASES, "all cases"},
    {ACTION_NEXT_ITEM, "next exception"}, {ACTION_COUNT, NULL},
};
static const struct key_hint form_hints[] = {
    {ACTION_CASE_OPEN, "open it"}, {ACTION_BACK, "cancel"}, {ACTION_CASE_NOTE, "note"}, {ACTION_CASE_SUBJECT, "subject"},
    {ACTION_CASE_PRIORITY, "priority"}, {ACTION_DOWN, "down"}, {ACTION_COUNT, NULL},
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
    {ACTION_BATCH_APPROVE, "approve"}, {ACTION_BATCH_REJECT, "reject"}, {ACTION_BATCH_WITHDRAW, "withdraw"},
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
    if (m->screen == SCREEN_BOARD && a == ACTION_DISMISS)
        return on == BOARD_SUGGESTION;
    if (m->screen == SCREEN_BOARD && (a == ACTION_OUTAGE_END || a == ACTION_OUTAGE_SET || a == ACTION_OUTAGE_MESSAGE))
        return on == BOARD_OUTAGE;
    if (m->screen == SCREEN_BOARD && a == ACTION_DECLARE)
        return on != BOARD_OUTAGE;
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
    if (a == ACTION_BATCH_APPROVE || a == ACTION_BATCH_REJECT || a == ACTION_BATCH_WITHDRAW || a == ACTION_BATCH_REVERT)
        return batches_offers(m, batches_chosen(m), a);
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
    while (h->word != NULL && draw_hint(f, &p, context, h, end))
        h++;
    draw_hint(f, &p, context, &help, f->m->cols - 1);
}
