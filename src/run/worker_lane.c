/* A lane: the messages of one channel, from the claim to the provider's answer.
 *
 * What a lane holds is little: a worker that is killed leaves it behind, and of a provider that cannot be
 * asked twice a person has to find out. So it claims for the connections that are free, and ahead of
 * them only what it would send within PACE_MS; where asking twice is harmless, a batch. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/die.h"
#include "base/log.h"
#include "base/when.h"
#include "core/address.h"
#include "core/retry.h"
#include "loop/fault.h"
#include "worker_in.h"

enum {
    PACE_MS = 20,
    EMPTY_FIRST_MS = 20,       /* claims that gave nothing though something was due (others hold it) */
    EMPTY_MOST_MS = 1000,
    BURST_MS = 100             /* of rate= at once */
};

/* --- lists ------------------------------------------------------------------------- */

static void push(struct job_list *list, struct job *j)
{
    j->next = NULL;
    j->before = list->last;
    if (list->last)
        list->last->next = j;
    else
        list->first = j;
    list->last = j;
    list->count++;
}

static void unlink_job(struct job_list *list, struct job *j)
{
    if (j->before)
        j->before->next = j->next;
    else
        list->first = j->next;
    if (j->next)
        j->next->before = j->before;
    else
        list->last = j->before;
    list->count--;
}

static void free_job(struct job *j)
{
    outbox_message_finish(&j->m);
    free(j);
}

void lane_drop(struct lane *l, struct job *j)
{
    unlink_job(&l->ready, j);
    free_job(j);
}

/* --- rate --------------------------------------------------------------------------- */

static double burst(const struct lane *l)
{
    double most = l->url.rate * BURST_MS / 1000;
    return most < 1 ? 1 : most;
}

static void refill(struct lane *l, int64_t now)
{
    if (l->url.rate <= 0)
        return;
    l->tokens += (double)(now - l->tokens_at) * l->url.rate / 1000;
    l->tokens_at = now;
    if (l->tokens > burst(l))
        l->tokens = burst(l);
}

static bool may_by_rate(const struct lane *l)
{
    return l->url.rate <= 0 || l->tokens >= 1;
}

static void keep_pace(struct lane *l, int64_t now)
{
    int64_t since = now - l->pace_at;
    if (since >= PACE_MS) {
        l->pace = (int)(l->pace_count * PACE_MS / since);
        l->pace_count = 0;
        l->pace_at = now;
    }
    l->pace_count++;
}

/* --- sending ---------------------------------------------------------------------------- */

static void give_back(struct lane *l, struct job *j)
{
    struct outbox_result r = {.id = j->m.id, .fence = j->m.fence, .outcome = OUTBOX_RETURNED, .retry_at = WHEN_NONE,
                              .message = "Given back before it was tried"};
    record_add(l->w, &r);
    lane_drop(l, j);
}

void lane_give_back(struct lane *l)
{
    while (l->ready.first)
        give_back(l, l->ready.first);
}

static void tell(const struct lane *l, const struct job *j, const struct outbox_result *r)
{
    static const enum log_level levels[] = {
        [OUTBOX_SENT] = LOG_DEBUG, [OUTBOX_RETRY] = LOG_WARN, [OUTBOX_FAILED] = LOG_WARN,
        [OUTBOX_UNKNOWN] = LOG_WARN, [OUTBOX_RETURNED] = LOG_INFO,
    };
    char to[64];
    address_mask(j->m.to ? j->m.to : "", to, sizeof to);
    log_line(levels[r->outcome], "%s %" PRId64 " to %s: %s%s%s", channel_label(l->channel), r->id, to, outbox_outcome_name(r->outcome),
             r->message[0] ? ": " : "", r->message);
}

/* What the policy makes of "not now". */
static void decide(struct lane *l, const struct job *j, struct outbox_result *r)
{
    int64_t wall = loop_wall(), at;
    if (r->outcome != OUTBOX_RETRY)
        return;
    l->w->chance = l->w->chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    if (retry_next(retry_policy_of(l->channel), j->m.tries + 1, j->m.since, wall, r->retry_at, l->w->chance >> 17, &at)) {
        r->retry_at = at;
        return;
    }
    char last[sizeof r->message];
    snprintf(last, sizeof last, "%s", r->message);
    retry_gave_up(j->m.tries + 1, j->m.since, wall, last, r->message, sizeof r->message);
    r->outcome = OUTBOX_FAILED;
}

void worker_watch(struct breaker *b, const char *shown, bool trouble, int64_t retry_at, int64_t *not_before, int64_t now)
{
    if (trouble && retry_at != WHEN_NONE && now + retry_at - loop_wall() > *not_before)
        *not_before = now + retry_at - loop_wall();
    if (!breaker_end(b, trouble, now))
        return;
    if (breaker_is_open(b))
        log_line(LOG_WARN, "%s is in trouble: left alone for %d s", shown, (int)(b->wait_ms / 1000));
    else
        log_line(LOG_INFO, "%s is well again", shown);
}

static void watch_provider(struct lane *l, const struct outbox_result *r, bool trouble, int64_t now)
{
    if (r->outcome == OUTBOX_RETURNED) {
        breaker_unstart(&l->breaker);
        return;
    }
    l->troubled = trouble;
    worker_watch(&l->breaker, l->shown, trouble, r->retry_at, &l->not_before, now);
}

static void on_done(void *ctx, const struct outbox_result *result, bool trouble)
{
    struct job *j = ctx;
    struct lane *l = j->lane;
    struct outbox_result r = *result;
    int64_t now = loop_now();
    unlink_job(&l->under_way, j);
    keep_pace(l, now);
    watch_provider(l, &r, trouble, now);
    FAULT(OUTBOX_DONE);
    decide(l, j, &r);
    tell(l, j, &r);
    record_add(l->w, &r);
    free_job(j);
}

static void start(struct lane *l, struct job *j, int64_t now)
{
    unlink_job(&l->ready, j);
    push(&l->under_way, j);
    j->started_at = now;
    breaker_start(&l->breaker, now);
    if (l->url.rate > 0)
        l->tokens -= 1;
    FAULT(OUTBOX_JUDGED);
    net_send(l->w->net, &l->url, &j->m, on_done, j);
}

void lane_lease(struct job *j, int64_t from)
{
    int64_t lease_s = j->lane->w->lease_s;
    j->lease_until = from + lease_s * 1000;
    j->m.begin_by = j->lease_until - lease_s * 100;    /* a tenth to spare */
}

/* A process that was frozen, or a machine that slept, wakes with leases that others may have by now. */
static bool lease_holds(const struct job *j) { return net_clock() < j->m.begin_by; }

static void start_what_may(struct lane *l, int64_t now)
{
    while (l->ready.first && l->under_way.count < l->url.connections && l->not_before <= now && may_by_rate(l) &&
           breaker_room(&l->breaker, now) > 0) {
        struct job *j = l->ready.first;
        if (lease_holds(j))
            start(l, j, now);
        else
            give_back(l, j);
    }
}

/* --- claiming ----------------------------------------------------------------------------- */

static int wanted(const struct lane *l, int64_t now)
{
    int room = l->url.connections - l->under_way.count - l->ready.count;
    int most = room + (l->pace < OUTBOX_CLAIM_MAX ? l->pace : OUTBOX_CLAIM_MAX);
    /* few claims of some are cheaper than many of one */
    if (!l->idempotent && l->under_way.count + l->ready.count > 0 && most < (l->url.connections + l->pace) / 2)
        return 0;
    if (l->idempotent)
        most = l->ready.count < OUTBOX_CLAIM_MAX ? OUTBOX_CLAIM_MAX : 0;
    if (l->url.rate > 0) {
        int soon = (int)(l->tokens + l->url.rate) - l->ready.count;     /* within a second */
        soon = soon < 1 && l->ready.count == 0 ? 1 : soon;
        most = most < soon ? most : soon;
    }
    int32_t allowed = breaker_room(&l->breaker, now);
    most = allowed < most ? (l->ready.count ? 0 : (int)allowed) : most;
    return most > OUTBOX_CLAIM_MAX ? OUTBOX_CLAIM_MAX : most;
}

static void claim(struct lane *l, int limit)
{
    struct request r = {.kind = REQ_OUTBOX_CLAIM};
    r.outbox.channel = l->channel;
    r.outbox.idempotent = l->idempotent;
    r.outbox.limit = limit;
    snprintf(r.outbox.provider, sizeof r.outbox.provider, "%s", channel_scheme(&l->url));
    l->claiming = true;
    l->claim_limit = limit;
    l->claim_at = net_clock();
    worker_ask(l->w, &r);
    FAULT(OUTBOX_CLAIM);
}

static void claim_what_may(struct lane *l, int64_t now)
{
    const struct worker *w = l->w;
    if (!w->live || w->stop_at != NEVER || l->claiming || w->disowning || w->doubt || l->due_at > now || l->not_before > now)
        return;
    int limit = wanted(l, now);
    if (limit > 0)
        claim(l, limit);
}

void lane_claimed(struct lane *l, struct reply *r)
{
    int64_t now = loop_now();
    l->claiming = false;
    if (!r->ok) {
        if (r->in_doubt) {
            l->w->doubt = true;
            l->w->disown_again = now + WORKER_DEADLINE_MS;
        }
        l->due_at = now + EMPTY_MOST_MS;
        return;
    }
    struct outbox_reply *got = &r->outbox;
    for (size_t i = 0; i < got->message_count; i++) {
        struct job *j = xcalloc(1, sizeof *j);
        j->lane = l;
        j->m = got->messages[i];
        lane_lease(j, l->claim_at);
        push(&l->ready, j);
    }
    int taken = (int)got->message_count;
    got->message_count = 0;    /* moved */
    if (taken > 0)
        FAULT(OUTBOX_CLAIMED);
    if (taken == l->claim_limit) {
        l->empty = 0;
        return;                /* there may be more at once */
    }
    l->due_at = NEVER;         /* until the database says when */
    l->empty = taken ? 0 : l->empty + 1;
    l->w->next_at = now;
}

/* --- the lane ------------------------------------------------------------------------------- */

void lane_open(struct lane *l, struct worker *w, enum channel c)
{
    l->w = w;
    l->channel = c;
    l->due_at = NEVER;
    l->idempotent = channel_idempotent(&l->url);
    l->tokens_at = l->pace_at = loop_now();
    l->tokens = burst(l);
    channel_url_show(&l->url, l->shown, sizeof l->shown);
}

void lane_close(struct lane *l)
{
    while (l->ready.first)
        lane_drop(l, l->ready.first);
    channel_url_finish(&l->url);
}

bool lane_idle(const struct lane *l)
{
    return !l->claiming && l->ready.count == 0 && l->under_way.count == 0;
}

bool lane_barred(const struct lane *l, int64_t now)
{
    return l->not_before > now || breaker_room(&l->breaker, now) == 0;
}

void lane_turn(struct lane *l, int64_t now)
{
    if (!l->open)
        return;
    refill(l, now);
    if (l->w->stop_at != NEVER || (l->ready.count > 1 && breaker_is_open(&l->breaker)))
        lane_give_back(l);
    start_what_may(l, now);
    claim_what_may(l, now);
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t lane_next(const struct lane *l, int64_t now)
{
    if (!l->open || (l->ready.count == 0 && (l->due_at == NEVER || l->claiming || l->w->stop_at != NEVER)))
        return NEVER;
    int64_t at = l->ready.count ? now : l->due_at;
    if (l->not_before > at)
        at = l->not_before;
    if (breaker_is_open(&l->breaker) && l->breaker.until > at)
        at = l->breaker.until;
    if (!may_by_rate(l))
        at = at > now ? at : now + 1 + (int64_t)((1 - l->tokens) * 1000 / l->url.rate);
    /* busy ones are turned by their answers */
    bool full = l->under_way.count >= l->url.connections || (breaker_is_open(&l->breaker) && l->breaker.probing);
    if (at <= now && (full || l->claiming || !l->w->live || wanted(l, now) == 0))
        return NEVER;
    return sooner(at, NEVER);
}
