#include "app/control.h"

#include <inttypes.h>
#include <string.h>

#include "app/ask.h"
#include "app/groups.h"
#include "app/toast.h"
#include "base/number.h"
#include "base/when.h"

enum { CONTROL_EVERY = 250, OLD_AFTER = 3 * WHEN_MINUTE };

void control_ask(struct model *m, struct effects *fx)
{
    struct control *c = &m->control;
    if (m->link != LINK_LIVE)
        return;
    if (ask_waiting(m, REQ_CONTROL)) {
        c->again = true;       /* what is on its way may be older than what just happened */
        return;
    }
    c->again = false;
    c->asked_at = m->now;
    ask_send(m, fx, &(struct request){.kind = REQ_CONTROL}, NULL);
}

void control_hint(struct model *m, struct effects *fx)
{
    int64_t due = m->control.asked_at == WHEN_NONE ? m->now : m->control.asked_at + CONTROL_EVERY;
    if (m->now >= due)
        control_ask(m, fx);
    else
        effects_timer(fx, TIMER_CONTROL, due);
}

void control_timer(struct model *m, struct effects *fx) { control_ask(m, fx); }

const struct outage_row *control_outage(const struct model *m, int32_t id)
{
    for (size_t i = 0; i < m->control.state.outage_count; i++)
        if (m->control.state.outages[i].id == id)
            return &m->control.state.outages[i];
    return NULL;
}

bool control_old(const struct model *m)
{
    return m->link != LINK_LIVE || (m->control.read_at != WHEN_NONE && m->now - m->control.read_at > OLD_AFTER);
}

/* --- what is new since the last reading -------------------------------------------------- */

static bool among(const struct control_state *s, int32_t id)
{
    for (size_t i = 0; i < s->outage_count; i++)
        if (s->outages[i].id == id)
            return true;
    return false;
}

/* Whoever declared it knows: the answer said so. */
static void tell_new(struct model *m, struct effects *fx, const struct control_state *old)
{
    const struct outage_row *last = NULL;
    size_t n = 0;
    for (size_t i = 0; i < m->control.state.outage_count; i++) {
        const struct outage_row *o = &m->control.state.outages[i];
        if (among(old, o->id) || strcmp(o->by, m->hello.role) == 0)
            continue;
        last = o;
        n++;
    }
    if (!n)
        return;
    if (n == 1)
        toast_set(m, fx, TOAST_WARN, "outage %" PRId32 " declared by %s: %s, %s exception%s%s%s", last->id, last->by,
                  last->title, grouped(last->exceptions).text, last->exceptions == 1 ? "" : "s", last->message[0] ? ". " : "", last->message);
    else
        toast_set(m, fx, TOAST_WARN, "%zu outages were declared, the last by %s: %s", n, last->by, last->title);
    if (m->settings.bell)
        effects_push(fx, EFFECT_BELL);
}

/* Who ended it and what is left to do stands in the list of all outages. */
static void ask_ended(struct model *m, struct effects *fx, const struct control_state *old)
{
    for (size_t i = 0; i < old->outage_count; i++) {
        if (control_outage(m, old->outages[i].id))
            continue;
        groups_ended(m, &old->outages[i]);
        ask_forget(m, fx, REQ_OUTAGE_LIST);
        ask_send(m, fx, &(struct request){.kind = REQ_OUTAGE_LIST}, &(struct awaited){.id = old->outages[i].id});
    }
}

void control_reply(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    struct control *c = &m->control;
    (void)a;
    if (!r->ok) {
        toast_unread(m, fx, "outages", r);
        return;
    }
    struct control_state old = c->state;
    bool first = !c->known;
    c->state = r->control;
    r->control = (struct control_state){.outages = NULL};
    c->known = true;
    c->read_at = m->now;
    if (!first) {
        tell_new(m, fx, &old);
        ask_ended(m, fx, &old);
    }
    control_state_finish(&old);
    groups_sync(m, fx);
    if (c->again)
        control_hint(m, fx);
}

void control_ended(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    for (size_t i = 0; r->ok && i < r->control.outage_count; i++) {
        const struct outage_row *o = &r->control.outages[i];
        if (o->id != a->id || o->ended_at == WHEN_NONE)
            continue;
        if (m->groups.ended.id == o->id || m->groups.open == o->id)
            groups_ended(m, o);
        if (strcmp(o->ended_by, m->hello.role) != 0)
            toast_set(m, fx, TOAST_GOOD, "outage %" PRId32 " ended%s%s: %s to follow up (outage:%" PRId32 ")", o->id,
                      o->ended_by[0] ? " by " : "", o->ended_by, grouped(o->follow_up).text, o->id);
    }
}
