/* The text of a message being edited, and what becomes of it after each pause: the draft is
 * kept, the verdicts are looked at again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ask.h"
#include "app/call.h"
#include "app/compose.h"
#include "app/toast.h"
#include "base/die.h"
#include "base/when.h"

/* A pause in typing; and somebody who never pauses is not kept waiting for the draft. */
enum { PAUSE = 700, LONGEST = 5000 };

static char **field(struct composing *w)
{
    return w->editing == FIELD_SUBJECT ? &w->message.subject : &w->message.body;
}

static void begin(struct call *c, enum compose_field which)
{
    struct composing *w = &c->m->compose;
    if (which == FIELD_SUBJECT && w->channel != CHANNEL_EMAIL) {
        toast_set(c->m, c->fx, TOAST_INFO, "%s has no subject", channel_label(w->channel));
        return;
    }
    if (!w->c || w->previewing || ask_waiting(c->m, REQ_SEND)) {
        toast_set(c->m, c->fx, TOAST_INFO, "a moment: %s", w->c && !w->previewing ? "it is being queued" : "still reading it");
        return;
    }
    w->editing = which;
    const char *text = *field(w);
    editor_open(&w->editor, text ? text : "", which == FIELD_SUBJECT);
    w->editor.at = which == FIELD_SUBJECT ? w->editor.len : 0;
    w->top = 0;
}

/* The caret stays on the screen; the text moves no more than it must. */
static void show_caret(struct model *m)
{
    struct composing *w = &m->compose;
    struct compose_layout l;
    int row, col;
    if (w->editing != FIELD_BODY)
        return;
    compose_layout(m, &l);
    editor_place(w->editor.text, w->editor.len, l.text_cols, w->editor.at, &row, &col);
    w->top = row < w->top ? row : row >= w->top + l.text_rows ? row - l.text_rows + 1 : w->top;
}

void compose_typed(struct model *m, struct effects *fx)
{
    struct composing *w = &m->compose;
    char **text = field(w);
    show_caret(m);
    if (strcmp(*text ? *text : "", w->editor.text) == 0)
        return;
    free(*text);
    *text = xstrdup(w->editor.text);
    free(w->message.html);             /* made from the template's text, which this is not any more */
    free(w->message.provider_vars);
    w->message.html = w->message.provider_vars = NULL;
    w->message.edited = w->shown = true;
    w->unsaved_since = w->unsaved ? w->unsaved_since : m->now;
    w->unsaved = w->checking = true;
    w->typed_at = m->now;
    w->trouble[0] = w->pass[0] = '\0';
    int64_t at = m->now + PAUSE, latest = w->unsaved_since + LONGEST;
    effects_timer(fx, TIMER_DRAFT, at < latest ? at : latest);
}

bool compose_unsaved(const struct model *m) { return m->compose.unsaved || ask_waiting(m, REQ_DRAFT_SAVE); }

/* A request that carries the message as it stands. */
static bool ask_about(struct model *m, struct effects *fx, enum request_kind kind)
{
    struct request r = {.kind = kind};
    struct awaited about = {.id = m->compose.id};
    if (kind == REQ_CHECK)
        ask_forget(m, fx, kind);       /* only the newest text's verdicts are wanted; of drafts, none is dropped */
    r.outreach.messages = xcalloc(1, sizeof *r.outreach.messages);
    r.outreach.message_count = 1;
    compose_copy(&m->compose.message, &r.outreach.messages[0]);
    if (kind == REQ_DRAFT_SAVE)
        ask_copy(&r, &about.again);
    if (ask_send(m, fx, &r, &about))
        return true;
    request_finish(&about.again);
    return false;
}

void compose_keep(struct model *m, struct effects *fx)
{
    struct composing *w = &m->compose;
    if (w->id && w->unsaved && !w->sent && m->link == LINK_LIVE && ask_about(m, fx, REQ_DRAFT_SAVE))
        w->unsaved = false;
}

void compose_timer(struct model *m, struct effects *fx)
{
    struct composing *w = &m->compose;
    effects_timer(fx, TIMER_DRAFT, WHEN_NONE);
    if (!w->id || m->link != LINK_LIVE || w->sent)
        return;
    compose_keep(m, fx);
    if (m->screen == SCREEN_COMPOSE && w->message.body && w->message.edited)
        w->checking = ask_about(m, fx, REQ_CHECK);
    else
        w->checking = false;
}

void compose_saved(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    struct composing *w = &m->compose;
    bool later = !r->ok && (r->in_doubt || err_retryable(r->error.code) || m->link != LINK_LIVE);
    if (later && a->id != w->id) {     /* of an exception left since: kept as it was sent */
        ask_doubt(m, a);
        return;
    }
    request_finish(&a->again);
    if (r->ok || a->id != w->id)
        return;
    w->unsaved = true;
    if (later)
        effects_timer(fx, TIMER_DRAFT, m->now + LONGEST);
    else
        toast_error(m, fx, "draft", &r->error);
}

void compose_checked(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    struct composing *w = &m->compose;
    if (a->id != w->id)
        return;
    if (!r->ok) {
        if (m->link == LINK_LIVE)
            toast_error(m, fx, "check", &r->error);
        return;
    }
    w->checking = w->typed_at > a->sent_at;     /* typed since: the next answer counts */
    if (!r->message_count)
        return;
    struct message *got = &r->messages[0], *to = &w->message;
    free(to->verdicts);
    to->verdicts = got->verdicts;
    to->verdict_count = got->verdict_count;
    got->verdicts = NULL;
    got->verdict_count = 0;
    to->send_at = got->send_at;
    to->undo_seconds = got->undo_seconds;
    if (got->to[0])
        snprintf(to->to, sizeof to->to, "%s", got->to);
    if (got->to_name[0])
        snprintf(to->to_name, sizeof to->to_name, "%s", got->to_name);
}

void compose_live(struct model *m, struct effects *fx)
{
    struct composing *w = &m->compose;
    if (!w->id)
        return;
    if (m->screen == SCREEN_COMPOSE && !w->c) {
        compose_open(m, fx, w->id, &w->macro);
        return;
    }
    if (w->unsaved || w->checking) {
        w->typed_at = m->now;
        compose_timer(m, fx);
    }
    if (m->screen == SCREEN_COMPOSE && (w->previewing || !w->shown))
        compose_call(&(struct call){m, fx, ACTION_REFRESH, ""});
}

/* --- the keys --------------------------------------------------------------------------- */

static void end_editing(struct call *c)
{
    struct composing *w = &c->m->compose;
    editor_finish(&w->editor);
    w->editing = FIELD_NO_TEXT;
    if (w->unsaved)
        compose_timer(c->m, c->fx);
}

static void change(struct call *c)
{
    struct composing *w = &c->m->compose;
    struct compose_layout l;
    compose_layout(c->m, &l);
    if (c->action == ACTION_EDIT_UNDO || c->action == ACTION_EDIT_REDO) {
        bool undo = c->action == ACTION_EDIT_UNDO;
        if (!(undo ? editor_undo : editor_redo)(&w->editor))
            toast_set(c->m, c->fx, TOAST_INFO, undo ? "nothing to take back" : "nothing to do again");
    } else if (c->action == ACTION_EDIT_NEWLINE && w->editing == FIELD_SUBJECT) {
        end_editing(c);
        return;
    } else {
        editor_do(&w->editor, c->action, l.text_cols, l.text_rows);
    }
    compose_typed(c->m, c->fx);
}

void editor_call(struct call *c)
{
    if (c->action == ACTION_EDIT_TEXT || c->action == ACTION_EDIT_SUBJECT)
        begin(c, c->action == ACTION_EDIT_TEXT ? FIELD_BODY : FIELD_SUBJECT);
    else if (c->action == ACTION_BACK)
        end_editing(c);
    else
        change(c);
}
