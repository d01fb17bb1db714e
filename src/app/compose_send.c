/* From the confirmed text to its place in the queue, and back when it is taken back. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/act.h"
#include "app/ask.h"
#include "app/bulk.h"
#include "app/call.h"
#include "app/compose.h"
#include "app/countdown.h"
#include "app/macro.h"
#include "app/moment.h"
#include "app/select.h"
#include "app/toast.h"
#include "app/undo.h"
#include "base/die.h"
#include "base/number.h"

void compose_copy(const struct message *from, struct message *to)
{
    *to = *from;
    to->subject = xstrdup(from->subject);
    to->body = xstrdup(from->body);
    to->html = xstrdup(from->html);
    to->provider_vars = xstrdup(from->provider_vars);
    to->verdicts = NULL;
    if (from->verdict_count) {
        to->verdicts = xcalloc(from->verdict_count, sizeof *to->verdicts);
        memcpy(to->verdicts, from->verdicts, from->verdict_count * sizeof *to->verdicts);
    }
}

void compose_what(const struct message *msg, const char *name, char *out, size_t size)
{
    snprintf(out, size, "%s to %s", channel_label(msg->channel), msg->to_name[0] ? msg->to_name : name);
}

/* --- asking ----------------------------------------------------------------------------- */

static const char *pass_key(const struct model *m, char *out, size_t size)
{
    return keymap_keys_of(m->keymap, IN_COMPOSE, ACTION_PASS, NULL, out, size) ? out : "pass-warnings";
}

/* DEFER weighs more than WARN, but a warning beside it has to be passed too. */
static const struct verdict *first_warning(const struct message *msg)
{
    for (size_t i = 0; i < msg->verdict_count; i++)
        if (msg->verdicts[i].effect == VERDICT_WARN)
            return &msg->verdicts[i];
    return NULL;
}

/* What keeps it from being sent, as a sentence; false: nothing does. */
static bool hindered(const struct model *m, char *out, size_t size)
{
    const struct composing *w = &m->compose;
    const struct verdict *worst = message_worst(&w->message), *warning = first_warning(&w->message);
    char key[64];
    out[0] = '\0';
    if (!w->c || w->loading || w->previewing)
        snprintf(out, size, "a moment: still reading it");
    else if (!w->message.body || !w->message.body[strspn(w->message.body, " \n")])
        snprintf(out, size, "there is no text to send");
    else if (w->checking)
        snprintf(out, size, "a moment: what you changed is being checked");
    else if (w->trouble[0])
        snprintf(out, size, "%s", w->trouble);
    else if (worst && worst->effect == VERDICT_BLOCK)
        snprintf(out, size, "%s: %s", guardrail_label(worst->guardrail), worst->message);
    else if (warning && !w->pass[0] && m->hello.level >= ROLE_LEAD)
        snprintf(out, size, "%s: %s; %s sends it all the same, with a reason", guardrail_label(warning->guardrail),
                 warning->message, pass_key(m, key, sizeof key));
    else if (warning && !w->pass[0])
        snprintf(out, size, "%s: %s; a lead can send it all the same", guardrail_label(warning->guardrail), warning->message);
    return out[0] != '\0';
}

bool compose_pass(struct model *m, const char *reason, struct err *e)
{
    if (m->hello.role[0] && m->hello.level < ROLE_LEAD)
        return err_set(e, ERR_REFUSED, NULL, "only a lead passes warnings; ask one to send it");
    if (m->screen == SCREEN_BULK)
        return bulk_pass(m, reason, e);
    if (!first_warning(&m->compose.message))
        return err_set(e, ERR_REFUSED, NULL, "no warning stands in its way");
    snprintf(m->compose.pass, sizeof m->compose.pass, "%s", reason);
    return true;
}

static void say_what(struct call *c)
{
    struct model *m = c->m;
    const struct message *msg = &m->compose.message;
    char what[160], when[32], keys[64] = "";
    const struct verdict *worst = message_worst(msg);
    compose_what(msg, compose_customer(m), what, sizeof what);
    keymap_keys_of(m->keymap, IN_COMPOSE, ACTION_SEND, NULL, keys, sizeof keys);
    if (worst && worst->effect == VERDICT_DEFER) {
        moment_format(worst->until, m->now, &m->zone, when, sizeof when);
        toast_set(m, c->fx, TOAST_WARN, "%s again queues it until %s here (%s): the %s, %s", keys, when,
                  guardrail_label(worst->guardrail), what, msg->to);
    } else {
        toast_set(m, c->fx, TOAST_WARN, "%s again sends the %s, %s (goes out in %d s)", keys, what, msg->to,
                  (int)msg->undo_seconds);
    }
}

void compose_send(struct call *c)
{
    struct model *m = c->m;
    struct composing *w = &m->compose;
    char why[512];
    struct err e = {0};
    if (ask_waiting(m, REQ_SEND))
        return;
    if (hindered(m, why, sizeof why)) {
        toast_set(m, c->fx, TOAST_WARN, "%s", why);
        return;
    }
    if (m->armed != ACTION_SEND + 1) {
        m->armed = ACTION_SEND + 1;
        say_what(c);
        return;
    }
    m->armed = 0;
    struct request r = {.kind = REQ_SEND, .ids = xcalloc(1, sizeof *r.ids), .id_count = 1};
    r.ids[0] = w->id;
    r.outreach.messages = xcalloc(1, sizeof *r.outreach.messages);
    r.outreach.message_count = 1;
    compose_copy(&w->message, &r.outreach.messages[0]);
    r.outreach.seen = w->c->seen;
    r.outreach.pass = w->pass[0] ? xstrdup(w->pass) : NULL;
    r.outreach.macro = w->macro.name[0] ? xstrdup(w->macro.name) : NULL;
    if (act_send(m, c->fx, &r, &e))
        toast_set(m, c->fx, TOAST_INFO, "queueing it...");
    else
        toast_set(m, c->fx, TOAST_BAD, "%s", e.text);
}

/* --- the answer --------------------------------------------------------------------------- */

static void refused(struct model *m, struct effects *fx, const struct act_result *r)
{
    struct composing *w = &m->compose;
    char key[64] = "";
    if (w->id != r->id || m->screen != SCREEN_COMPOSE) {
        toast_set(m, fx, TOAST_BAD, "#%" PRId64 ": %s", r->id, r->message);
        return;
    }
    keymap_keys_of(m->keymap, IN_COMPOSE, ACTION_REFRESH, NULL, key, sizeof key);
    snprintf(w->trouble, sizeof w->trouble, "%s%s%s%s", r->message, key[0] ? "; " : "", key,
             key[0] ? " reads it again, your text stays" : "");
    toast_set(m, fx, TOAST_BAD, "not sent: %s", w->trouble);
}

static void leave_sent(struct model *m, int64_t id)
{
    struct composing *w = &m->compose;
    if (w->id != id)
        return;
    w->sent = true;
    w->unsaved = w->checking = false;
    if (w->editing != FIELD_NO_TEXT)
        editor_finish(&w->editor);
    w->editing = FIELD_NO_TEXT;
    if (m->screen == SCREEN_COMPOSE)
        m->screen = w->back_to;
}

static void queued_one(struct model *m, struct effects *fx, const struct awaited *a, const struct act_result *r)
{
    const struct message *msg = &a->again.outreach.messages[0];
    char what[140], undo[200];
    compose_what(msg, m->compose.id == r->id ? compose_customer(m) : "the customer", what, sizeof what);
    leave_sent(m, r->id);
    snprintf(undo, sizeof undo, "the %s", what);
    undo_offer(m, undo);
    if (strcmp(r->code, "deferred") == 0)
        toast_set(m, fx, TOAST_GOOD, "%s: %s", what, r->message[0] ? r->message : "it waits, and goes out by itself");
    else
        countdown_start(m, fx, what, false, a->sent_at + 1000 * (int64_t)msg->undo_seconds);
    act_go_on(m, fx, r->id);
}

static void queued_many(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    size_t done = 0, later = 0;
    char what[140], undo[180];
    for (size_t i = 0; i < r->result_count; i++) {
        done += r->results[i].ok;
        later += r->results[i].ok && strcmp(r->results[i].code, "deferred") == 0;
        if (r->results[i].ok)
            select_drop(m, r->results[i].id);
    }
    int32_t seconds = a->again.outreach.messages[0].undo_seconds;
    bulk_finish(m);
    snprintf(what, sizeof what, "%s message%s", grouped((int64_t)done).text, done == 1 ? "" : "s");
    snprintf(undo, sizeof undo, "%s just queued", what);
    if (done)
        undo_offer(m, undo);
    size_t refused_count = act_keep_refused(m, r);
    if (done > later) {
        int n = snprintf(what, sizeof what, "%s message%s", grouped((int64_t)(done - later)).text, done - later == 1 ? "" : "s");
        if (later && n > 0)
            snprintf(what + n, sizeof what - (size_t)n, " (%s more wait for their time)", grouped((int64_t)later).text);
        countdown_start(m, fx, what, done - later > 1, a->sent_at + 1000 * (int64_t)seconds);
    }
    if (refused_count)
        act_say_refused(m, fx, "queued", done, refused_count);
    else if (later == done)
        toast_set(m, fx, TOAST_GOOD, "queued %s: all of them wait for their time", grouped((int64_t)done).text);
}

void compose_sent(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    bool bulk = a->again.outreach.seen < 0;
    if (act_failed(m, fx, a, r)) {
        if (bulk && !ask_waiting(m, REQ_SEND))
            bulk_leave(m, fx);
        return;
    }
    act_touch(m, fx, r);
    if (!a->again.outreach.message_count)
        macro_done(m, fx, a, r);
    else if (bulk)
        queued_many(m, fx, a, r);
    else if (r->result_count && r->results[0].ok)
        queued_one(m, fx, a, &r->results[0]);
    else if (r->result_count)
        refused(m, fx, &r->results[0]);
    else
        toast_set(m, fx, TOAST_WARN, "%s", r->summary[0] ? r->summary : "nothing was queued");
    request_finish(&a->again);
}

/* The countdown may be over on the screen before the answer is there: whose text it is is settled when it is asked. */
void compose_taking_back(struct model *m)
{
    struct composing *w = &m->compose;
    w->taking_back = m->countdown.what[0] && m->countdown.last && w->sent && w->message.edited;
}

/* Taken back to be said better: what was written by hand is a draft again. */
void compose_taken_back(struct model *m, struct effects *fx, bool done)
{
    struct composing *w = &m->compose;
    bool ours = w->taking_back;
    int64_t next = w->next_id;
    w->taking_back = false;
    w->next_id = 0;
    if (done)
        countdown_stop(m, fx);
    if (done && ours) {
        w->sent = false;
        w->unsaved = true;
        compose_timer(m, fx);
    }
    if (next)
        compose_open(m, fx, next, NULL);
}
