/* What a worker asks of the database when it is due: messages left behind, timelines to be told, sleepers to wake,
 * what control has due, and when there is something to do next. */
#include "base/log.h"
#include "loop/fault.h"
#include "worker_in.h"

enum { IDLE_MS = 60000, SETTLE_MS = 1000, CONTROL_MS = 2000, AGAIN_MS = 1000 };

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void ask(struct worker *w, enum request_kind kind, bool *asking, int64_t *at, enum fault_point fault)
{
    struct request r = {.kind = kind, .as_of = w->o->now};
    *asking = true;
    *at = NEVER;
    worker_ask(w, &r);
    FAULT_PASS(fault);
}

void due_turn(struct worker *w, int64_t now)
{
    if (w->untold && w->settle_at == NEVER && !w->settling)
        w->settle_at = now + SETTLE_MS;
    if (w->untold && worker_drained(w))
        w->settle_at = sooner(w->settle_at, now);
    if (!w->live)
        return;
    if (w->reap_at <= now && !w->reaping)
        ask(w, REQ_OUTBOX_REAP, &w->reaping, &w->reap_at, FAULT_AT_OUTBOX_REAP);
    if (w->settle_at <= now && !w->settling) {
        w->untold = false;
        ask(w, REQ_OUTBOX_SETTLE, &w->settling, &w->settle_at, FAULT_AT_OUTBOX_SETTLE);
    }
    if (w->control_at <= now && !w->controlling)
        ask(w, REQ_CONTROL_DUE, &w->controlling, &w->control_at, FAULT_AT_CONTROL_DUE);
    if (w->wake_at <= now && !w->waking)
        ask(w, REQ_OUTBOX_WAKE, &w->waking, &w->wake_at, FAULT_AT_OUTBOX_WAKE);
    if (w->next_at <= now && !w->nexting)
        ask(w, REQ_OUTBOX_NEXT, &w->nexting, &w->next_at, FAULT_NOWHERE);
}

static void say_missing(struct lane *l, int64_t due_ms)
{
    static const char *const variables[] = {
        [CHANNEL_EMAIL] = "DOORSTEP_EMAIL_URL", [CHANNEL_SMS] = "DOORSTEP_SMS_URL", [CHANNEL_WHATSAPP] = "DOORSTEP_WHATSAPP_URL",
    };
    if (l->open || l->missing_told || due_ms == OUTBOX_NOTHING)
        return;
    l->missing_told = true;
    log_line(LOG_WARN, "messages by %s wait, and this worker has no channel for them: set %s", channel_label(l->channel), variables[l->channel]);
}

/* Distances become instants; what is overdue and yet was not given waits a little longer each time. */
static void take_next(struct worker *w, const struct outbox_reply *o, int64_t now)
{
    enum { FIRST_MS = 20, MOST_MS = 1000 };
    for (int c = 0; c < CHANNEL_COUNT; c++) {
        struct lane *l = &w->lanes[c];
        say_missing(l, o->due_ms[c]);
        int pause = l->empty > 6 ? MOST_MS : l->empty ? FIRST_MS << (l->empty - 1) : 0;
        l->due_at = o->due_ms[c] == OUTBOX_NOTHING ? NEVER : now + (o->due_ms[c] > pause ? o->due_ms[c] : pause);
        l->waits = o->due_ms[c] != OUTBOX_NOTHING;
        if (l->due_at > now + IDLE_MS)
            l->due_at = NEVER; /* asked again before */
    }
    w->reap_at = o->lease_ms == OUTBOX_NOTHING ? NEVER : now + o->lease_ms + 1;
    if (!w->o->now)            /* else sleepers wake by another clock than the one this is told by */
        w->wake_at = o->wake_ms == OUTBOX_NOTHING ? NEVER : now + o->wake_ms;
    w->untold = w->untold || o->untold;
    w->next_at = sooner(w->next_at, now + IDLE_MS);
    w->nexted = true;
}

static void next_reply(struct worker *w, struct reply *r, int64_t now)
{
    w->nexting = false;
    if (r->ok)
        take_next(w, &r->outbox, now);
    else
        w->next_at = now + AGAIN_MS;
}

static void reap_reply(struct worker *w, struct reply *r, int64_t now)
{
    FAULT(OUTBOX_REAPED);
    w->reaping = false;
    w->next_at = r->ok ? now : now + AGAIN_MS;
    if (!r->ok || r->outbox.count == 0)
        return;
    w->counts.reaped += r->outbox.count;
    w->untold = true;
    log_line(LOG_WARN, "%d messages had been left behind by a worker that is gone", (int)r->outbox.count);
}

static void settle_reply(struct worker *w, struct reply *r, int64_t now)
{
    FAULT(OUTBOX_SETTLED);
    w->settling = false;
    w->counts.settled += r->ok ? r->outbox.count : 0;
    if (!r->ok) {
        w->untold = true;
        w->settle_at = now + AGAIN_MS;
    } else if (r->outbox.count > 0) {
        w->untold = true;      /* until a call finds none: some may have been passed over */
        w->settle_at = NEVER;  /* a second on, or as soon as nothing else is to be done */
    }
}

static void wake_reply(struct worker *w, struct reply *r, int64_t now)
{
    FAULT(OUTBOX_WOKEN);
    w->waking = false;
    w->counts.woken += r->ok ? r->outbox.count : 0;
    w->next_at = sooner(w->next_at, r->ok && r->outbox.count ? now : now + AGAIN_MS);
    if (w->o->now && r->ok && r->outbox.count)
        w->wake_at = now;
}

/* What overrides, outages and the board have due; at once again while there is something. */
static void control_reply(struct worker *w, const struct reply *r, int64_t now)
{
    FAULT(CONTROL_DONE);
    w->controlling = false;
    w->controlled = true;
    w->control_told = !r->ok;
    w->counts.control += r->ok ? r->desk.count : 0;
    w->control_at = r->ok && r->desk.count > 0 ? now : now + CONTROL_MS;
}

bool due_reply(struct worker *w, struct reply *r, int64_t now)
{
    if (r->kind == REQ_OUTBOX_NEXT)
        next_reply(w, r, now);
    else if (r->kind == REQ_OUTBOX_REAP)
        reap_reply(w, r, now);
    else if (r->kind == REQ_OUTBOX_SETTLE)
        settle_reply(w, r, now);
    else if (r->kind == REQ_OUTBOX_WAKE)
        wake_reply(w, r, now);
    else if (r->kind == REQ_CONTROL_DUE)
        control_reply(w, r, now);
    else
        return false;
    return true;
}

bool due_done(const struct worker *w, int64_t now)
{
    bool asking = w->reaping || w->settling || w->waking || w->nexting || w->controlling;
    return !asking && w->nexted && w->controlled && !w->untold && w->next_at > now && w->reap_at > now && w->wake_at > now && w->control_at > now;
}

int64_t due_next(const struct worker *w)
{
    int64_t at = NEVER;
    if (!w->live)
        return at;
    at = sooner(at, w->reaping ? NEVER : w->reap_at);
    at = sooner(at, w->settling ? NEVER : w->settle_at);
    at = sooner(at, w->waking ? NEVER : w->wake_at);
    at = sooner(at, w->nexting ? NEVER : w->next_at);
    return sooner(at, w->controlling ? NEVER : w->control_at);
}
