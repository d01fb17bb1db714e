#include "app/messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/act.h"
#include "app/ask.h"
#include "app/call.h"
#include "app/cursor.h"
#include "app/menu.h"
#include "app/toast.h"
#include "base/die.h"

void messages_finish(struct model *m)
{
    for (size_t i = 0; i < m->messages.count; i++)
        message_row_finish(&m->messages.rows[i]);
    free(m->messages.rows);
    m->messages = (struct messages){.id = 0};
}

void messages_follow(struct model *m, struct effects *fx)
{
    int64_t id = cursor_target(m);
    if (m->screen != SCREEN_DETAIL || m->tab != TAB_MESSAGES || m->link != LINK_LIVE || !id)
        return;
    if (m->messages.id == id && !m->messages.stale)
        return;
    struct request r = {.kind = REQ_MESSAGES, .ids = xcalloc(1, sizeof *r.ids), .id_count = 1, .limit = 200};
    r.ids[0] = id;
    ask_forget(m, fx, REQ_MESSAGES);
    m->messages.stale = false;
    ask_send(m, fx, &r, &(struct awaited){.id = id});
}

void messages_reply(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    if (!r->ok) {
        m->messages.stale = true;
        toast_unread(m, fx, "messages", r);
        return;
    }
    if (a->id != cursor_target(m))
        return;
    int64_t chosen = messages_chosen(m) && m->messages.id == a->id ? messages_chosen(m)->id : 0;
    bool stale = m->messages.stale;
    messages_finish(m);
    m->messages = (struct messages){.id = a->id, .rows = r->rows, .count = r->row_count, .stale = stale};
    r->rows = NULL;
    r->row_count = 0;
    for (size_t i = 0; i < m->messages.count; i++)
        if (m->messages.rows[i].id == chosen)
            m->messages.cursor = i;
    messages_follow(m, fx);
}

const struct message_row *messages_chosen(const struct model *m)
{
    return m->messages.cursor < m->messages.count ? &m->messages.rows[m->messages.cursor] : NULL;
}

void messages_move(struct model *m, int by)
{
    long to = (long)m->messages.cursor + by, n = (long)m->messages.count;
    to = to >= n ? n - 1 : to;
    m->messages.cursor = to < 0 ? 0 : (size_t)to;
    m->scroll = 0;
}

/* --- what can be done about one --------------------------------------------------------------- */

static const struct { enum action action; enum outreach_state state; const char *word, *before, *after; } offers[] = {
    {ACTION_CANCEL_MESSAGE, OUTREACH_QUEUED, "cancel", "Stop the ", ""},
    {ACTION_CANCEL_MESSAGE, OUTREACH_HELD, "cancel", "Stop the ", ""},
    {ACTION_RETRY_MESSAGE, OUTREACH_FAILED, "retry", "Send the ", " again"},
    {ACTION_RETRY_MESSAGE, OUTREACH_HELD, "retry", "Send the ", " again"},
    {ACTION_RETRY_MESSAGE, OUTREACH_CANCELLED, "retry", "Send the ", " after all"},
    {ACTION_RETRY_MESSAGE, OUTREACH_UNKNOWN, "again", "The ", " may have gone out already. Send it a second time"},
    {ACTION_MARK_SENT, OUTREACH_UNKNOWN, "sent", "The ", " did go out"},
    {ACTION_MARK_FAILED, OUTREACH_UNKNOWN, "failed", "The ", " did not go out"},
};
#define OFFERS (sizeof offers / sizeof offers[0])

static size_t find_offer(const struct message_row *r, enum action a)
{
    size_t i = 0;
    while (i < OFFERS && (r->inbound || offers[i].action != a || offers[i].state != r->state))
        i++;
    return i;
}

bool messages_offers(const struct message_row *r, enum action a) { return find_offer(r, a) < OFFERS; }

void messages_call(struct call *c)
{
    struct model *m = c->m;
    const struct message_row *r = messages_chosen(m);
    char what[160], line[160];
    if (m->tab != TAB_MESSAGES || m->messages.id != cursor_target(m) || !r) {
        toast_set(m, c->fx, TOAST_INFO, "%s: choose a message in the messages tab first", action_info(c->action)->name);
        return;
    }
    size_t i = find_offer(r, c->action);
    if (i == OFFERS) {
        toast_set(m, c->fx, TOAST_INFO, "%s is not for it: %s", action_info(c->action)->name,
                  r->inbound ? "the customer wrote it" : outreach_state_label(r->state));
        return;
    }
    struct request q = {.kind = REQ_OUTREACH_ACT, .ids = xcalloc(1, sizeof *q.ids), .id_count = 1, .name = xstrdup(offers[i].word)};
    q.ids[0] = r->id;
    snprintf(what, sizeof what, "%s to %.100s", channel_label(r->channel), r->to);
    snprintf(line, sizeof line, "%s%.90s%s", offers[i].before, what, offers[i].after);
    menu_confirm(m, &q, "message", line);
}

void messages_acted(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    static const struct { const char *word, *past; } past[] = {
        {"cancel", "stopped; it does not go out"}, {"retry", "it is in the queue again"}, {"again", "it is in the queue again"},
        {"sent", "noted: it went out"}, {"failed", "noted: it did not go out"},
    };
    if (act_failed(m, fx, a, r))
        return;
    m->messages.stale = true;
    m->context_stale = true;
    if (r->result_count && !r->results[0].ok)
        toast_set(m, fx, TOAST_BAD, "%s", r->results[0].message);
    for (size_t i = 0; r->result_count && r->results[0].ok && i < sizeof past / sizeof past[0]; i++)
        if (strcmp(past[i].word, a->again.name) == 0)
            toast_set(m, fx, TOAST_GOOD, "%s", past[i].past);
    messages_follow(m, fx);
    ask_context(m, fx, cursor_target(m));
    request_finish(&a->again);
}
