#include "app/answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/act.h"
#include "app/ask.h"
#include "app/board.h"
#include "app/bulk.h"
#include "app/cases.h"
#include "app/compose.h"
#include "app/control.h"
#include "app/cursor.h"
#include "app/failover.h"
#include "app/groups.h"
#include "app/hints.h"
#include "app/jump.h"
#include "app/lists.h"
#include "app/macro.h"
#include "app/messages.h"
#include "app/outage.h"
#include "app/override.h"
#include "app/select.h"
#include "app/reports.h"
#include "app/sheet.h"
#include "app/toast.h"
#include "app/typed.h"
#include "app/undo.h"
#include "app/views.h"
#include "app/window.h"
#include "base/buf.h"
#include "base/die.h"
#include "base/number.h"
#include "base/when.h"

/* --- reads ----------------------------------------------------------------------------- */

/* What was read under other brands is no longer shown: what may be seen is being read again. */
static void forget_brands(struct model *m)
{
    if (m->context)
        context_finish(m->context);
    free(m->context);
    m->context = NULL;
    m->context_id = m->detail_id = 0;
    m->messages.stale = true;
    select_clear(m);
    m->place_count = 0;
    sheet_finish(m);
    if (m->screen != SCREEN_HELP)
        m->screen = SCREEN_QUEUE;
    else if (m->back_to == SCREEN_SHEET)
        m->back_to = SCREEN_QUEUE;
}

/* What one may do or see is another than a moment ago. */
static void say_rights(struct model *m, struct effects *fx, const struct hello *was)
{
    const struct hello *h = &m->hello;
    if (!was->role[0] || strcmp(was->role, h->role) != 0)
        return;
    const char *by = h->changed_by[0] ? h->changed_by : "an admin", *level = role_level_name(h->level), *article = h->level == ROLE_AGENT || h->level == ROLE_ADMIN ? "an" : "a";
    if (was->level != h->level && strcmp(was->brand, h->brand) != 0)
        toast_set(m, fx, TOAST_WARN, "you are now %s %s, for %s: %s changed that", article, level, h->brand, by);
    else if (was->level != h->level)
        toast_set(m, fx, TOAST_WARN, "you are now %s %s: %s changed that", article, level, by);
    else if (strcmp(was->brand, h->brand) != 0)
        toast_set(m, fx, TOAST_WARN, "you work for %s now: %s changed that", h->brand, by);
    if (strcmp(was->brand, h->brand) == 0)
        return;
    forget_brands(m);
    ask_words(m, fx);
    cursor_follow(m, fx, true);
}

/* Where they differ the database's is gone by from now on (run/tui.c), which whoever looks at the clock beside it should know. */
enum { CLOCKS_APART = 60 * 1000 };

static void compare_clocks(struct model *m, struct effects *fx)
{
    char span[16];
    int64_t ahead = m->now - m->hello.now;
    if (!m->hello.now || (ahead < CLOCKS_APART && ahead > -CLOCKS_APART))
        return;
    when_format_apart(ahead, span, sizeof span);
    toast_set(m, fx, TOAST_WARN, "the clock here is %s %s the database's: every time on this screen is the database's", span,
              ahead > 0 ? "ahead of" : "behind");
}

static void take_hello(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    (void)a;
    struct hello was = m->hello;
    m->hello = r->ok ? r->hello : was;
    if (!r->ok) {
        toast_unread(m, fx, "who am I", r);
        return;
    }
    say_rights(m, fx, &was);
    compare_clocks(m, fx);
    failover_look(m, fx);
}

static void take_page(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    if (r->ok) {
        toast_read(m, REQ_ROWS);           /* what was to be read row by row is in it */
        window_page(m, fx, a, &r->page);
        select_look(m, fx);
        if (a->goal == PAGE_TOP || a->goal == PAGE_BOTTOM)
            cursor_follow(m, fx, !m->context);
        return;
    }
    toast_unread(m, fx, "queue", r);
    if (m->link == LINK_LIVE && err_retryable(r->error.code))
        hints_failed(m, fx);
}

static void take_rows(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    (void)a;
    int64_t before = cursor_target(m);
    if (r->ok) {
        hints_rows(m, fx, &r->page);
        if (cursor_target(m) != before)    /* the first row of an empty list */
            cursor_follow(m, fx, !m->context);
        return;
    }
    toast_unread(m, fx, "queue", r);
    if (m->link == LINK_LIVE)
        hints_failed(m, fx);
}

static void title(struct model *m, struct effects *fx)
{
    struct buf b;
    if (!m->settings.title)
        return;
    buf_init(&b, 80);
    buf_printf(&b, "doorstep %s new, %s breaching", grouped(m->counts.fresh).text, grouped(m->counts.breaching).text);
    effects_push(fx, EFFECT_TITLE)->text = buf_take(&b);
}

/* The first screen's list, counters and context are on their way before what it can do without is asked for. */
static void settle(struct model *m, struct effects *fx)
{
    m->settled = m->link == LINK_LIVE;
    control_ask(m, fx);
    ask_counts(m, fx);
    ask_taken(m, fx);
}

static void take_counts(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    bool dirty = m->counts_dirty, waits = dirty && m->counts_due > m->now;
    m->counts_dirty = waits;
    if (!r->ok) {
        toast_unread(m, fx, "counters", r);
    } else {
        m->counts.sessions = r->counts.sessions;       /* nobody sees it */
        fx->unseen = m->counts_known && !m->counts_moved && memcmp(&m->counts, &r->counts, sizeof m->counts) == 0;
        bool changed = !m->counts_known || m->counts.fresh != r->counts.fresh ||
                       m->counts.breaching != r->counts.breaching;
        m->counts = r->counts;
        m->counts_known = true;
        m->counts_moved = false;
        /* the list of views may have changed while this was on its way */
        bool same = a->targets == m->view_count && r->counts.view_count >= a->targets;
        dirty = dirty || !same;
        for (size_t i = 0; same && i < m->view_count; i++)
            m->views[i].count = r->counts.view[i];
        groups_counted(m, fx, a->targets, &r->counts);
        if (changed)
            title(m, fx);
    }
    if (!m->settled)
        settle(m, fx);
    else if (dirty && !waits)
        ask_counts_many(m, fx);
}

static void take_context(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    if (!r->ok) {
        m->context_stale = m->context_stale || a->id == m->context_id;
        toast_unread(m, fx, "exception", r);
        return;
    }
    if (!r->context) {
        if (m->screen == SCREEN_DETAIL)
            toast_set(m, fx, TOAST_WARN, "#%" PRId64 " is gone, or no longer yours to see", a->id);
        return;
    }
    if (m->context) {
        context_finish(m->context);
        free(m->context);
    }
    if (m->context_id != a->id) {
        m->scroll = m->screen == SCREEN_DETAIL ? 0 : m->scroll;
        m->context_stale = false;
    }
    m->context = r->context;
    m->context_id = a->id;
    m->context_whole = a->whole;
    r->context = NULL;
    hints_context_viewers(m);
    if ((m->context_stale || (m->screen == SCREEN_DETAIL && !m->context_whole)) && a->id == cursor_target(m))
        ask_context(m, fx, a->id);
    lists_exception(m, fx);            /* it changed, or is another: what belongs to it may have */
}

static void free_words(struct model *m)
{
    for (size_t i = 0; i < m->words.count; i++) {
        free(m->words.items[i].word);
        free(m->words.items[i].label);
    }
    free(m->words.items);
    for (size_t f = 0; f < FIELD_COUNT; f++) {
        free(m->word_lists[f]);
        m->word_lists[f] = NULL;
    }
}

static void take_words(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    size_t count[FIELD_COUNT] = {0};
    (void)a, (void)fx;
    if (!r->ok)
        return;        /* completion knows less for now; the next prompt asks again */
    free_words(m);
    m->words = r->words;
    r->words = (struct words){0};
    for (size_t i = 0; i < m->words.count; i++)
        count[m->words.items[i].field]++;
    for (size_t i = 0; i < m->words.count; i++) {
        enum filter_field f = m->words.items[i].field;
        if (!m->word_lists[f])
            m->word_lists[f] = xcalloc(count[f] + 1, sizeof *m->word_lists[f]);
        m->word_lists[f][--count[f]] = m->words.items[i].word;
    }
}

static void take_views(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    (void)a;
    if (r->ok) {
        views_reply(m, fx, r);
        return;
    }
    toast_unread(m, fx, "views", r);
    if (!m->view_count && m->queue.loading)     /* without views the whole queue still is one */
        window_show(m, fx, PAGE_TOP, true);
}

static void take_ids(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    if (a->jump) {
        jump_reply(m, fx, r);
    } else if (a->outage) {
        outage_ids(m, fx, a, r);
    }
}

static void take_peek(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    (void)a;
    undo_peeked(m, fx, r);
}

static void take_taken(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    (void)a;
    if (r->ok && r->summary[0])
        toast_set(m, fx, TOAST_WARN, "%s", r->summary);
}

static void take_viewing(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    (void)fx;
    if (!r->ok && m->viewing_told == a->id)   /* nobody was told: the next rest says it again */
        m->viewing_told = 0;
}

/* What there is to write with, asked for by one of four. */
static void take_compose(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    if (r->ok && r->compose) {
        free(m->macros);
        m->macros = xcalloc(r->compose->macro_count, sizeof *m->macros);
        m->macro_count = r->compose->macro_count;
        if (m->macro_count)
            memcpy(m->macros, r->compose->macros, m->macro_count * sizeof *m->macros);
    }
    if (a->why == WHY_COMPOSE)
        compose_reply(m, fx, a, r);
    else if (!r->ok)
        toast_unread(m, fx, "message", r);
    else if (!r->compose)
        toast_set(m, fx, TOAST_WARN, "#%" PRId64 " is gone, or no longer yours to see", a->id);
    else if (a->why == WHY_BULK)
        bulk_templates(m, fx, a, r);
    else if (a->why == WHY_MACROS)
        macro_menu(m, fx, a, r);
    else
        macro_begin(m, fx, a->again.name, a, r);
    request_finish(&a->again);
}

static void take_preview(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    if (a->why == WHY_BULK)
        bulk_previewed(m, fx, r);
    else
        compose_previewed(m, fx, a, r);
}

static void take_table(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    (a->report ? reports_reply : sheet_reply)(m, fx, a, r);
}

static void (*const takers[])(struct model *, struct effects *, struct awaited *, struct reply *) = {
    [REQ_HELLO] = take_hello, [REQ_PAGE] = take_page, [REQ_ROWS] = take_rows, [REQ_COUNTS] = take_counts,
    [REQ_CONTEXT] = take_context, [REQ_ACT] = act_reply, [REQ_UNDO] = act_undo_reply,
    [REQ_UNDO_PEEK] = take_peek, [REQ_TAKEN] = take_taken, [REQ_VIEWING] = take_viewing, [REQ_VIEWS] = take_views,
    [REQ_VIEW_SAVE] = views_changed, [REQ_VIEW_DELETE] = views_changed, [REQ_WORDS] = take_words,
    [REQ_IDS] = take_ids, [REQ_SELECT] = select_kept, [REQ_SELECT_CHANGE] = select_kept, [REQ_SELECT_HAS] = select_members, [REQ_COMPOSE] = take_compose, [REQ_PREVIEW] = take_preview, [REQ_CHECK] = compose_checked,
    [REQ_SEND] = compose_sent, [REQ_DRAFT_SAVE] = compose_saved, [REQ_MESSAGES] = messages_reply,
    [REQ_OUTREACH_ACT] = messages_acted, [REQ_OVERRIDE_PREVIEW] = override_previewed, [REQ_OVERRIDE_APPLY] = override_applied, [REQ_OVERRIDE_REVERT] = override_reverted,
    [REQ_OVERRIDES] = overrides_reply, [REQ_BATCHES] = batches_reply, [REQ_BATCH_ACT] = batches_acted,
    [REQ_CASES] = cases_reply, [REQ_CASE] = cases_one, [REQ_CASE_ACT] = cases_acted,
    [REQ_CONTROL] = control_reply, [REQ_OUTAGE_LIST] = control_ended,
    [REQ_BOARD] = board_reply, [REQ_OUTAGE_PREVIEW] = outage_previewed, [REQ_OUTAGE_DECLARE] = outage_declared,
    [REQ_OUTAGE_ACT] = outage_acted, [REQ_TABLE] = take_table, [REQ_RULE_TEST] = sheet_reply, [REQ_TABLE_ACT] = sheet_acted,
    [REQ_GONE] = failover_gone, [REQ_TYPED] = typed_found, [REQ_TYPED_SAVE] = typed_kept,
};

void answer_take(struct model *m, struct effects *fx, struct reply *r)
{
    struct awaited a;
    if (!ask_take(m, r->number, &a))
        return;
    bool answered = r->ok && a.key[0];
    size_t done = answered ? act_count(&a, r).done : 0;
    char key[KEY_TEXT];
    memcpy(key, a.key, sizeof key);
    typed_answered(m, fx, &a, r);
    if (r->ok)
        toast_read(m, a.kind);
    takers[a.kind](m, fx, &a, r);
    if (answered)
        failover_keep(m, key, done);
}

/* --- the connection ---------------------------------------------------------------------- */

/* Everything is read again: what happened meanwhile was not told. */
static void is_live(struct model *m, struct effects *fx)
{
    m->ever_live = true;
    m->link_error = (struct err){0};
    m->touched_count = 0;
    m->touched_many = false;
    m->counts_asked_at = WHEN_NONE;
    m->viewing_told = 0;
    m->viewer_count = 0;
    ask_hello(m, fx);                  /* whose answer says whether changes are taken here */
    ask_again(m, fx);
    ask_views(m, fx);
    if (m->view_count || !m->queue.loading)
        window_reload(m, fx);          /* the first time the views say what to show */
    ask_counts_later(m, fx);
    if (m->settled)
        control_ask(m, fx);
    if (m->context_id)
        m->context_stale = true;
    cursor_follow(m, fx, true);
    compose_live(m, fx);
    typed_live(m, fx);
    bulk_live(m, fx);
    lists_old(m);
    lists_follow(m, fx);
}

void answer_link(struct model *m, struct effects *fx, const struct msg *msg)
{
    enum link_state before = m->link;
    bool was_down = m->link_error.text[0];     /* through the attempts in between, too */
    m->link = msg->link;
    m->retry_at = msg->retry_at;
    if (before != msg->link)
        m->link_since = m->now;
    if (msg->link == LINK_LIVE) {
        if (was_down && m->ever_live)
            toast_set(m, fx, TOAST_GOOD, "connected again");
        is_live(m, fx);
    } else if (msg->link == LINK_DOWN) {
        m->link_error = msg->link_error;
        if (!was_down && m->ever_live)         /* why, and what to do, stands in the banner, or in the list that is still empty */
            toast_set(m, fx, TOAST_BAD, "the connection is lost%s", m->queue.count ? "; what is shown stays, and ages" : "");
    }
    window_settle(m, fx);              /* a banner takes a line */
}
