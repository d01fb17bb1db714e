#include "app/compose.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ask.h"
#include "app/call.h"
#include "app/cursor.h"
#include "app/prompt.h"
#include "app/toast.h"
#include "app/undo.h"
#include "base/die.h"
#include "base/when.h"

/* --- what is offered ------------------------------------------------------------------ */

int compose_candidate_count(const struct model *m, enum channel channel)
{
    const struct compose *c = m->compose.c;
    int n = 0;
    for (size_t i = 0; c && i < c->candidate_count; i++)
        n += c->candidates[i].channel == channel;
    return n;
}

int compose_candidate(const struct model *m, int at)
{
    const struct compose *c = m->compose.c;
    for (size_t i = 0; c && i < c->candidate_count; i++)
        if (c->candidates[i].channel == m->compose.channel && at-- == 0)
            return (int)i;
    return -1;
}

const struct candidate *compose_chosen(const struct model *m)
{
    const struct composing *w = &m->compose;
    return w->c && w->choice >= 0 && (size_t)w->choice < w->c->candidate_count ? &w->c->candidates[w->choice] : NULL;
}

const char *compose_customer(const struct model *m)
{
    if (m->compose.message.to_name[0])
        return m->compose.message.to_name;
    const char *name = m->context && m->context_id == m->compose.id ? m->context->row.customer : "";
    return name[0] ? name : "the customer";
}

/* --- choosing ------------------------------------------------------------------------- */

static int64_t *one_id(int64_t id)
{
    int64_t *ids = xcalloc(1, sizeof *ids);
    ids[0] = id;
    return ids;
}

/* The message as far as it is known without asking: nothing in it yet. */
static void blank_message(struct model *m)
{
    struct composing *w = &m->compose;
    const struct candidate *t = compose_chosen(m);
    struct message *msg = &w->message;
    char name[sizeof msg->to_name];
    snprintf(name, sizeof name, "%s", msg->to_name);
    message_finish(msg);
    *msg = (struct message){.exception_id = w->id, .channel = w->channel, .send_at = WHEN_NONE};
    snprintf(msg->to_name, sizeof msg->to_name, "%s", name);
    snprintf(msg->to, sizeof msg->to, "%s", w->channel == CHANNEL_EMAIL ? w->c->email : w->c->phone);
    if (t) {
        msg->template_id = t->template_id;
        msg->version = t->version;
        snprintf(msg->language, sizeof msg->language, "%s", t->language);
    }
    w->shown = false;
    w->top = 0;
    w->pass[0] = w->trouble[0] = '\0';
    w->restored_at = WHEN_NONE;
}

static void preview(struct model *m, struct effects *fx)
{
    struct composing *w = &m->compose;
    const struct candidate *t = compose_chosen(m);
    ask_forget(m, fx, REQ_PREVIEW);
    ask_forget(m, fx, REQ_CHECK);
    w->checking = false;
    w->previewing = t && m->link == LINK_LIVE;
    if (!w->previewing)
        return;
    struct request r = {.kind = REQ_PREVIEW, .ids = one_id(w->id), .id_count = 1};
    r.outreach.template_id = t->template_id;
    r.outreach.version = t->version;
    ask_send(m, fx, &r, &(struct awaited){.id = w->id, .why = WHY_COMPOSE});
}

static void choose(struct model *m, struct effects *fx, int choice, enum channel channel)
{
    m->compose.choice = choice;
    m->compose.channel = channel;
    blank_message(m);
    preview(m, fx);
}

static int find_candidate(const struct compose *c, const char *name, const char *channel)
{
    for (size_t i = 0; i < c->candidate_count; i++)
        if (strcmp(c->candidates[i].name, name) == 0 &&
            (!channel[0] || strcmp(channel_name(c->candidates[i].channel), channel) == 0))
            return (int)i;
    return -1;
}

/* --- edits are not dropped without a word ------------------------------------------------ */

/* True: go ahead. An edited text goes only when the same key says so twice. */
static bool may_drop(struct call *c, const char *what)
{
    struct model *m = c->m;
    if (!m->compose.message.edited || m->armed == (int)c->action + 1) {
        m->armed = 0;
        return true;
    }
    m->armed = (int)c->action + 1;
    toast_set(m, c->fx, TOAST_WARN, "again %s, and what you wrote is gone", what);
    return false;
}

static void do_template(struct call *c)
{
    struct model *m = c->m;
    bool back = c->action == ACTION_UP || c->action == ACTION_TOP;
    int n = compose_candidate_count(m, m->compose.channel), at = -1;
    for (int i = 0; i < n; i++)
        if (compose_candidate(m, i) == m->compose.choice)
            at = i;
    int to = c->action == ACTION_TOP ? 0 : c->action == ACTION_BOTTOM ? n - 1 : back ? at - 1 : at + 1;
    to = to < 0 ? 0 : to >= n ? n - 1 : to;
    if (n && to != at && may_drop(c, "takes the other template"))
        choose(m, c->fx, compose_candidate(m, to), m->compose.channel);
}

static void do_channel(struct call *c)
{
    struct model *m = c->m;
    int step = c->action == ACTION_NEXT_CHANNEL ? 1 : CHANNEL_COUNT - 1;
    enum channel to = (enum channel)(((int)m->compose.channel + step) % CHANNEL_COUNT);
    const struct candidate *now = compose_chosen(m);
    if (!m->compose.c || !may_drop(c, "takes the other channel"))
        return;
    int choice = find_candidate(m->compose.c, now ? now->name : "", channel_name(to));
    for (size_t i = 0; choice < 0 && i < m->compose.c->candidate_count; i++)
        if (m->compose.c->candidates[i].channel == to)
            choice = (int)i;
    choose(m, c->fx, choice, to);
}

void compose_move(struct model *m, struct effects *fx, enum action a)
{
    struct composing *w = &m->compose;
    struct compose_layout l;
    compose_layout(m, &l);
    int page = l.text_rows > 1 ? l.text_rows - 1 : 1, row = 0, col;
    if (a == ACTION_PAGE_DOWN || a == ACTION_HALF_DOWN || a == ACTION_PAGE_UP || a == ACTION_HALF_UP) {
        const char *body = w->message.body ? w->message.body : "";
        editor_place(body, strlen(body), l.text_cols, strlen(body), &row, &col);
        int most = row + 1 > l.text_rows ? row + 1 - l.text_rows : 0;
        w->top += a == ACTION_PAGE_DOWN || a == ACTION_HALF_DOWN ? page : -page;
        w->top = w->top < 0 ? 0 : w->top > most ? most : w->top;
    } else if (w->c) {
        do_template(&(struct call){m, fx, a, ""});
    }
}

/* --- opening and leaving ---------------------------------------------------------------- */

void compose_finish_all(struct model *m)
{
    struct composing *w = &m->compose;
    if (w->c)
        compose_finish(w->c);
    free(w->c);
    message_finish(&w->message);
    editor_finish(&w->editor);
    *w = (struct composing){.restored_at = WHEN_NONE, .choice = -1};
}

static void begin(struct model *m, struct effects *fx, int64_t id, const struct macro *macro)
{
    struct composing *w = &m->compose;
    enum screen_id back = m->screen == SCREEN_COMPOSE ? w->back_to : m->screen == SCREEN_DETAIL ? SCREEN_DETAIL : SCREEN_QUEUE;
    struct macro chosen = macro ? *macro : (struct macro){.name = ""};
    if (w->unsaved)
        compose_timer(m, fx);          /* of another exception, left a moment ago */
    ask_forget(m, fx, REQ_PREVIEW);
    ask_forget(m, fx, REQ_CHECK);
    compose_finish_all(m);
    w->id = id;
    w->back_to = back;
    w->macro = chosen;
    m->screen = SCREEN_COMPOSE;
    m->scroll = 0;
    toast_clear(m);
    cursor_follow(m, fx, true);
}

static void ask_compose(struct model *m, struct effects *fx)
{
    struct request r = {.kind = REQ_COMPOSE, .ids = one_id(m->compose.id), .id_count = 1};
    ask_forget(m, fx, REQ_COMPOSE);
    m->compose.loading = true;
    ask_send(m, fx, &r, &(struct awaited){.id = m->compose.id, .why = WHY_COMPOSE});
}

void compose_open(struct model *m, struct effects *fx, int64_t id, const struct macro *macro)
{
    if (m->compose.taking_back && !macro) {        /* its text would be gone */
        m->compose.next_id = id;
        toast_set(m, fx, TOAST_INFO, "taking the last message back; then this one opens");
        return;
    }
    begin(m, fx, id, macro);
    ask_compose(m, fx);
}

static void restore(struct model *m, struct effects *fx)
{
    struct composing *w = &m->compose;
    struct draft *d = &w->c->draft;
    w->choice = -1;
    for (size_t i = 0; i < w->c->candidate_count; i++)
        if (w->c->candidates[i].template_id == d->template_id && w->c->candidates[i].version == d->version &&
            w->c->candidates[i].channel == d->channel)
            w->choice = (int)i;
    w->channel = d->channel;
    blank_message(m);
    w->message.template_id = d->template_id;
    w->message.version = d->version;
    w->message.subject = d->subject;
    w->message.body = d->body;
    w->message.edited = w->shown = true;
    w->restored_at = d->at;
    d->subject = d->body = NULL;
    w->typed_at = m->now;
    compose_timer(m, fx);
}

static void take(struct model *m, struct effects *fx, struct compose *c)
{
    struct composing *w = &m->compose;
    w->loading = false;
    w->c = c;
    int choice = w->macro.template[0] ? find_candidate(c, w->macro.template, w->macro.channel) : -1;
    if (w->macro.template[0] && choice < 0 && w->macro.channel[0])
        choice = find_candidate(c, w->macro.template, "");
    if (c->draft.present && !w->macro.name[0]) {
        restore(m, fx);
        return;
    }
    if (w->macro.template[0] && choice < 0) {
        toast_set(m, fx, TOAST_WARN, "%s: no template \"%s\" for this one; choose another, or write it yourself", w->macro.name,
                  w->macro.template);
    }
    if (choice < 0 && c->candidate_count)
        choice = 0;
    enum channel channel = choice >= 0 ? c->candidates[choice].channel : c->can[CHANNEL_EMAIL] || !c->can[CHANNEL_SMS]
                                       ? CHANNEL_EMAIL : CHANNEL_SMS;
    choose(m, fx, choice, channel);
}

void compose_show(struct model *m, struct effects *fx, struct compose *c, const struct macro *macro)
{
    begin(m, fx, c->exception_id, macro);
    take(m, fx, c);
}

void compose_reply(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    struct composing *w = &m->compose;
    if (a->why != WHY_COMPOSE || a->id != w->id || !w->loading) {
        request_finish(&a->again);
        return;
    }
    w->loading = false;
    if (!r->ok) {
        if (m->link == LINK_LIVE || !err_retryable(r->error.code))
            toast_error(m, fx, "message", &r->error);
        return;
    }
    if (!r->compose) {
        toast_set(m, fx, TOAST_WARN, "#%" PRId64 " is gone, or no longer yours to see", a->id);
        compose_leave(m, fx);
        return;
    }
    struct compose *c = r->compose;
    r->compose = NULL;
    if (!w->c) {
        take(m, fx, c);
        return;
    }
    compose_finish(w->c);              /* read again: what was written stays, what it is checked against is new */
    free(w->c);
    w->c = c;
    w->trouble[0] = '\0';
    int found = find_candidate(c, "", "");
    for (size_t i = 0; i < c->candidate_count; i++)
        if (c->candidates[i].template_id == w->message.template_id && c->candidates[i].channel == w->channel)
            found = (int)i;
    w->choice = found;
    if (w->message.edited) {
        w->typed_at = m->now;
        compose_timer(m, fx);
    } else {
        preview(m, fx);
    }
}

void compose_previewed(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    struct composing *w = &m->compose;
    if (a->id != w->id || w->message.edited)
        return;
    w->previewing = false;
    if (!r->ok) {
        if (m->link == LINK_LIVE)
            toast_error(m, fx, "preview", &r->error);
        return;
    }
    if (!r->message_count)
        return;
    message_finish(&w->message);
    w->message = r->messages[0];
    r->messages[0] = (struct message){.template_id = 0};
    w->message.channel = w->channel;
    w->shown = true;
}

void compose_leave(struct model *m, struct effects *fx)
{
    struct composing *w = &m->compose;
    if (w->editing != FIELD_NO_TEXT)
        editor_finish(&w->editor);
    w->editing = FIELD_NO_TEXT;
    if (w->unsaved)
        compose_timer(m, fx);
    ask_forget(m, fx, REQ_COMPOSE);
    ask_forget(m, fx, REQ_PREVIEW);
    ask_forget(m, fx, REQ_CHECK);
    w->loading = w->previewing = w->checking = false;
    m->screen = w->back_to;
    m->scroll = 0;
    if (w->message.edited && !w->sent)
        toast_set(m, fx, TOAST_GOOD, "kept as your draft");
}

/* --- the actions ------------------------------------------------------------------------- */

static void do_revert(struct call *c)
{
    if (compose_chosen(c->m) && may_drop(c, "brings the template's text back")) {
        struct composing *w = &c->m->compose;
        if (w->message.edited) {       /* the draft goes too */
            free(w->message.body);
            w->message.body = NULL;
            w->unsaved = true;
            w->typed_at = c->m->now;
            compose_timer(c->m, c->fx);
        }
        choose(c->m, c->fx, w->choice, w->channel);
    }
}

static void do_discard(struct call *c)
{
    struct composing *w = &c->m->compose;
    if (!w->message.edited) {
        compose_leave(c->m, c->fx);
        return;
    }
    if (!may_drop(c, "throws the draft away"))
        return;
    free(w->message.body);
    w->message.body = NULL;
    w->unsaved = true;
    compose_timer(c->m, c->fx);
    w->message.edited = false;
    compose_leave(c->m, c->fx);
    toast_set(c->m, c->fx, TOAST_INFO, "the draft is thrown away");
}

static void do_refresh(struct call *c)
{
    if (c->m->link == LINK_DOWN)
        effects_push(c->fx, EFFECT_RECONNECT);
    if (!ask_waiting(c->m, REQ_SEND))
        ask_compose(c->m, c->fx);
}

static void do_pass(struct call *c)
{
    struct err e = {0};
    if (!c->arg[0])
        prompt_open(c->m, c->fx, PROMPT_PASS, "", NULL, 0);
    else if (!compose_pass(c->m, c->arg, &e))
        toast_set(c->m, c->fx, TOAST_BAD, "%s", e.text);
}

void compose_call(struct call *c)
{
    static const struct { enum action action; void (*run)(struct call *); } table[] = {
        {ACTION_NEXT_CHANNEL, do_channel}, {ACTION_PREV_CHANNEL, do_channel}, {ACTION_REVERT, do_revert},
        {ACTION_DISCARD, do_discard}, {ACTION_REFRESH, do_refresh}, {ACTION_PASS, do_pass},
        {ACTION_EDIT_TEXT, editor_call}, {ACTION_EDIT_SUBJECT, editor_call}, {ACTION_SEND, compose_send},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].action == c->action)
            table[i].run(c);
}
