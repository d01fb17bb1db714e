/* The helpdesk's lane: what cases have to be told there, and what is asked of them.
 *
 * It holds only what it has begun, as many as the helpdesk takes at once. What it asks for it asks over the connection that
 * results are written by, so a claim that follows a result sees it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/log.h"
#include "base/when.h"
#include "core/retry.h"
#include "loop/fault.h"
#include "net/desk.h"
#include "worker_in.h"

enum { IDLE_MS = 60000, AGAIN_MS = 500, EMPTY_FIRST_MS = 20, EMPTY_MOST_MS = 1000, WAIT_MS = 60000 };

/* A case waits longer than a message: it is told for half a day before a person has to see to it. */
static const struct retry_policy policy = {.tries = 60, .first_ms = 2000, .most_ms = 15 * WHEN_MINUTE, .span_ms = 30 * WHEN_DAY};

struct desk_held {             /* a change, or a case to ask about, that net has */
    struct desk_held *next;
    struct desk_lane *lane;
    struct desk_job j;
};

static void ask(struct desk_lane *l, struct request *r)
{
    struct worker *w = l->w;
    r->number = ++w->next_number;
    r->desk.lease_s = w->lease_s;
    memcpy(r->desk.worker, w->name, sizeof r->desk.worker);
    snprintf(r->desk.provider, sizeof r->desk.provider, "%s", channel_scheme(&l->url));
    db_submit(w->books, r);
}

/* --- results: kept until they are written --------------------------------------------------- */

static struct desk_result copy_result(const struct desk_result *from)
{
    struct desk_result to = *from;
    to.notes = xcalloc(from->note_count, sizeof *to.notes);
    for (size_t i = 0; i < from->note_count; i++) {
        to.notes[i] = from->notes[i];
        to.notes[i].text = xstrdup(from->notes[i].text);
    }
    return to;
}

static void drop_result(struct desk_lane *l, size_t i)
{
    desk_result_finish(&l->pending.at[i]);
    l->pending.len--;
    memmove(l->pending.at + i, l->pending.at + i + 1, (l->pending.len - i) * sizeof *l->pending.at);
}

static void record(struct desk_lane *l, int64_t now)
{
    if (!l->w->live || l->recording || !l->pending.len || l->record_at > now)
        return;
    struct request r = {.kind = REQ_DESK_RECORD};
    l->recording = l->one_by_one ? 1 : l->pending.len;
    r.desk.result_count = l->recording;
    r.desk.results = xcalloc(l->recording, sizeof *r.desk.results);
    for (size_t i = 0; i < l->recording; i++)
        r.desk.results[i] = copy_result(&l->pending.at[i]);
    ask(l, &r);
    FAULT(DESK_RECORD);
}

static void recorded(struct desk_lane *l, const struct reply *r, int64_t now)
{
    FAULT(DESK_RECORDED);
    size_t count = l->recording;
    bool hopeless = !r->ok && !err_retryable(r->error.code);
    l->recording = 0;
    if (hopeless && count == 1)
        log_line(LOG_ERROR, "what became of a case's change (%" PRId64 ", %s) cannot be recorded: %s", l->pending.at[0].id,
                 outbox_outcome_name(l->pending.at[0].outcome), r->error.text);
    l->one_by_one = !r->ok && hopeless && count > 1;
    l->record_at = r->ok || hopeless ? now : now + AGAIN_MS;
    if (r->ok && r->desk.id_count < count)
        log_line(LOG_INFO, "%zu answers of the helpdesk came too late: those changes were another worker's by then", count - r->desk.id_count);
    if (!r->ok && !(hopeless && count == 1))
        return;
    while (count--)
        drop_result(l, 0);
    l->due_at = l->next_at = now;      /* the case's next may go */
    l->empty = 0;
}

/* --- the helpdesk's answers ------------------------------------------------------------------ */

static void tell(const struct desk_lane *l, const struct desk_job *j, const struct desk_result *r)
{
    bool fine = r->outcome == OUTBOX_SENT;
    log_line(fine ? LOG_DEBUG : r->outcome == OUTBOX_RETURNED && !r->code[0] ? LOG_INFO : LOG_WARN, "case C%" PRId64 " (%s) to %s: %s%s%s", j->case_id, desk_op_name(j->op),
             channel_scheme(&l->url), fine ? "done" : outbox_outcome_name(r->outcome), r->message[0] ? ": " : "", r->message);
}

/* When it goes again; when no more. */
static void decide(struct desk_lane *l, const struct desk_job *j, struct desk_result *r)
{
    int64_t wall = loop_wall(), at;
    char last[sizeof r->message];
    if (r->outcome == OUTBOX_RETURNED && r->retry_at == WHEN_NONE && strcmp(r->code, "stopped") != 0)
        r->retry_at = wall + WAIT_MS;
    if (r->outcome != OUTBOX_RETRY && r->outcome != OUTBOX_UNKNOWN)
        return;
    l->w->chance = l->w->chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    if (retry_next(&policy, j->tries + 1, WHEN_NONE, wall, r->retry_at, l->w->chance >> 17, &at)) {
        r->retry_at = at;
        return;
    }
    r->retry_at = WHEN_NONE;   /* of an unknown one: a person finds out */
    if (r->outcome != OUTBOX_RETRY)
        return;
    snprintf(last, sizeof last, "%s", r->message);
    retry_gave_up(j->tries + 1, j->since, wall, last, r->message, sizeof r->message);
    r->outcome = OUTBOX_FAILED;
}

static void watch(struct desk_lane *l, const struct desk_result *r, bool trouble, int64_t now)
{
    if (r->outcome == OUTBOX_RETURNED && !trouble) {
        breaker_unstart(&l->breaker);
        return;
    }
    l->troubled = trouble;
    worker_watch(&l->breaker, l->shown, trouble, r->retry_at, &l->not_before, now);
}

static void count_it(struct worker_counts *n, const struct desk_job *j, const struct desk_result *r)
{
    if (j->op == DESK_POLL)
        return;
    n->desk_told += r->outcome == OUTBOX_SENT;
    n->desk_failed += r->outcome == OUTBOX_FAILED;
    n->desk_again += r->outcome == OUTBOX_RETRY || r->outcome == OUTBOX_UNKNOWN || r->outcome == OUTBOX_RETURNED;
}

static void on_done(void *ctx, const struct desk_result *result, bool trouble)
{
    struct desk_held *h = ctx, **at;
    struct desk_lane *l = h->lane;
    struct desk_result r = *result;
    for (at = &l->held; *at != h; at = &(*at)->next)
        ;
    *at = h->next;
    l->count--;
    FAULT(DESK_DONE);
    watch(l, &r, trouble, loop_now());
    decide(l, &h->j, &r);
    tell(l, &h->j, &r);
    count_it(&l->w->counts, &h->j, &r);
    /* asked again by itself; only what was heard is news */
    if (h->j.op == DESK_POLL && r.outcome != OUTBOX_SENT && strcmp(r.code, "gone") != 0)
        desk_result_finish(&r);
    else
        *vec_push(&l->pending) = r;
    desk_job_finish(&h->j);
    free(h);
}

static void start(struct desk_lane *l, struct desk_job *j, int64_t now)
{
    struct desk_held *h = xcalloc(1, sizeof *h);
    h->j = *j;
    *j = (struct desk_job){0};
    h->lane = l;
    h->next = l->held;
    l->held = h;
    l->count++;
    l->tokens -= l->url.rate > 0;
    breaker_start(&l->breaker, now);
    desk_send(l->w->net, &l->url, &h->j, on_done, h);
}

/* --- claiming and asking ---------------------------------------------------------------------- */

static void refill(struct desk_lane *l, int64_t now)
{
    l->tokens += (double)(now - l->tokens_at) * l->url.rate / 1000;
    l->tokens_at = now;
    if (l->tokens > 1)
        l->tokens = 1;         /* no bursts: helpdesks count by the minute */
}

static int room(const struct desk_lane *l, int64_t now)
{
    int free_places = l->url.connections - l->count;
    int32_t allowed = breaker_room(&l->breaker, now);
    if (l->url.rate > 0 && free_places > (int)l->tokens)
        free_places = (int)l->tokens;
    return free_places < allowed ? free_places : (int)allowed;
}

static void claim(struct desk_lane *l, int64_t now)
{
    const struct worker *w = l->w;
    if (!w->live || w->stop_at != NEVER || l->claiming || l->disowning || l->doubt || l->not_before > now || (l->due_at > now && l->poll_at > now))
        return;
    int limit = room(l, now);
    if (limit <= 0)
        return;
    struct request r = {.kind = l->due_at <= now ? REQ_DESK_CLAIM : REQ_DESK_POLL};
    r.desk.limit = limit;
    l->claiming = true;
    l->claim_limit = limit;
    l->claim_at = net_clock();
    ask(l, &r);
    FAULT(DESK_CLAIM);
}

/* A tenth of the lease to spare. */
static int64_t begin_by(const struct desk_lane *l, int64_t leased) { return leased + l->w->lease_s * INT64_C(900); }

static void claimed(struct desk_lane *l, struct reply *r, int64_t now)
{
    bool poll = r->kind == REQ_DESK_POLL;
    int64_t *at = poll ? &l->poll_at : &l->due_at;
    int *empty = poll ? &l->poll_empty : &l->empty;
    l->claiming = false;
    if (!r->ok) {
        if (r->in_doubt && !poll) {
            l->doubt = true;
            l->disown_again = now + WORKER_DEADLINE_MS;
        }
        *at = now + EMPTY_MOST_MS;
        return;
    }
    if (r->desk.job_count > 0)
        FAULT(DESK_CLAIMED);
    /* who was frozen in between has leases that others may have by now: they end by themselves */
    int64_t by = begin_by(l, l->claim_at);
    for (size_t i = 0; i < r->desk.job_count; i++) {
        r->desk.jobs[i].begin_by = poll ? 0 : by;      /* asking does nothing there */
        if (l->w->net && net_clock() < by)
            start(l, &r->desk.jobs[i], now);
    }
    if ((int)r->desk.job_count == l->claim_limit)
        return;                /* there may be more at once */
    *at = NEVER;               /* until the database says when */
    *empty = r->desk.job_count ? 0 : *empty + 1;
    l->next_at = now;
}

/* What is due and yet was not given (others hold it) waits a little longer each time. */
static int pause_after(int empty) { return empty > 6 ? EMPTY_MOST_MS : empty ? EMPTY_FIRST_MS << (empty - 1) : 0; }

static void nexted(struct desk_lane *l, const struct reply *r, int64_t now)
{
    l->nexting = false;
    if (!r->ok) {
        l->next_at = now + EMPTY_MOST_MS;
        return;
    }
    int64_t due = r->desk.due_ms < r->desk.lease_ms ? r->desk.due_ms : r->desk.lease_ms, poll = r->desk.poll_ms;
    due = due < pause_after(l->empty) ? pause_after(l->empty) : due;
    poll = poll < pause_after(l->poll_empty) ? pause_after(l->poll_empty) : poll;
    l->due_at = due > IDLE_MS ? NEVER : now + due + (due == r->desk.lease_ms);
    l->poll_at = poll > IDLE_MS ? NEVER : now + poll;
    l->waits = r->desk.due_ms != OUTBOX_NOTHING;
    l->next_at = now + IDLE_MS;
    l->nexted = true;
}

static void ask_next(struct desk_lane *l, int64_t now)
{
    if (!l->w->live || l->nexting || l->claiming || l->next_at > now)
        return;
    struct request r = {.kind = REQ_DESK_NEXT};
    l->nexting = true;
    l->next_at = NEVER;
    ask(l, &r);
}

/* --- leases ------------------------------------------------------------------------------------ */

static void ask_about_held(struct desk_lane *l, struct request *r)
{
    size_t n = 0;
    r->desk.results = xcalloc((size_t)l->count + l->pending.len + 1, sizeof *r->desk.results);
    for (const struct desk_held *h = l->held; h; h = h->next)
        if (h->j.fence)
            r->desk.results[n++] = (struct desk_result){.id = h->j.id, .fence = h->j.fence};
    for (size_t i = 0; i < l->pending.len; i++)
        if (l->pending.at[i].fence)
            r->desk.results[n++] = (struct desk_result){.id = l->pending.at[i].id, .fence = l->pending.at[i].fence};
    r->desk.result_count = n;
}

static void keep_leases(struct desk_lane *l, int64_t now)
{
    const struct worker *w = l->w;
    if (l->disown_again <= now) {
        l->disown_again = NEVER;
        l->doubt = true;
    }
    if (w->live && l->doubt && !l->disowning && !l->claiming) {
        struct request r = {.kind = REQ_DESK_DISOWN};
        ask_about_held(l, &r);
        l->disowning = true;
        ask(l, &r);
    }
    if (!w->live || l->extending || l->extend_at > now)
        return;
    struct request r = {.kind = REQ_DESK_EXTEND};
    l->extend_at = now + w->lease_s * INT64_C(1000) / 3;
    ask_about_held(l, &r);
    if (!r.desk.result_count) {
        request_finish(&r);
        return;
    }
    l->extending = true;
    l->extend_sent = net_clock();
    ask(l, &r);
}

static void extended(struct desk_lane *l, const struct reply *r, int64_t now)
{
    l->extending = false;
    l->extend_at = r->ok ? l->extend_at : now + AGAIN_MS;
    for (struct desk_held *h = l->held; r->ok && h; h = h->next)
        for (size_t i = 0; h->j.fence && i < r->desk.id_count; i++)
            if (r->desk.ids[i] == h->j.id)
                h->j.begin_by = begin_by(l, l->extend_sent);
}

static void disowned(struct desk_lane *l, const struct reply *r, int64_t now)
{
    l->disowning = false;
    l->doubt = false;
    if (!r->ok)
        l->disown_again = now + AGAIN_MS;
    if (r->ok && r->desk.count > 0)
        l->next_at = now;
}

/* --- the lane ------------------------------------------------------------------------------------ */

bool desk_reply_of(struct desk_lane *l, struct reply *r, int64_t now)
{
    switch ((int)r->kind) {
    case REQ_DESK_CLAIM: case REQ_DESK_POLL: claimed(l, r, now); return true;
    case REQ_DESK_RECORD: recorded(l, r, now); return true;
    case REQ_DESK_EXTEND: extended(l, r, now); return true;
    case REQ_DESK_DISOWN: disowned(l, r, now); return true;
    case REQ_DESK_NEXT: nexted(l, r, now); return true;
    default: return false;
    }
}

void desk_open(struct desk_lane *l, struct worker *w)
{
    l->w = w;
    l->open = true;
    l->tokens = 1;
    l->due_at = l->tokens_at = l->extend_at = loop_now();
    l->poll_at = l->next_at = l->disown_again = NEVER;
    channel_url_show(&l->url, l->shown, sizeof l->shown);
}

void desk_close(struct desk_lane *l)
{
    while (l->pending.len)
        drop_result(l, 0);
    vec_finish(&l->pending);
    channel_url_finish(&l->url);
}

void desk_wake(struct desk_lane *l, int64_t now)
{
    l->due_at = l->next_at = now;
    l->empty = l->poll_empty = 0;
}

bool desk_idle(const struct desk_lane *l) { return !l->claiming && l->count == 0 && l->pending.len == 0; }

/* For --once: nothing is due, or the helpdesk is left alone. */
bool desk_done(const struct desk_lane *l, int64_t now)
{
    bool barred = l->not_before > now || breaker_room(&l->breaker, now) == 0;
    if (!l->open)
        return true;
    if (!desk_idle(l) || !l->nexted || l->nexting || l->doubt || l->disowning || (l->next_at <= now && !barred))
        return false;
    bool due = l->due_at != NEVER && (l->due_at <= now || l->empty > 0) && l->empty < 5 && l->due_at < now + EMPTY_MOST_MS;
    bool poll = l->poll_at != NEVER && (l->poll_at <= now || l->poll_empty > 0) && l->poll_empty < 5 && l->poll_at < now + EMPTY_MOST_MS;
    return barred || (!due && !poll);
}

void desk_turn(struct desk_lane *l, int64_t now)
{
    if (!l->open)
        return;
    refill(l, now);
    record(l, now);
    keep_leases(l, now);
    if (!l->w->aborted) {
        claim(l, now);
        ask_next(l, now);
    }
}

static int64_t sooner(int64_t a, int64_t b) { return a < b ? a : b; }

int64_t desk_next_at(const struct desk_lane *l, int64_t now)
{
    const struct worker *w = l->w;
    if (!l->open)
        return NEVER;
    int64_t at = l->disown_again;
    if (!w->live)
        return at;
    at = sooner(at, l->extending ? NEVER : l->extend_at);
    at = sooner(at, l->pending.len && !l->recording ? l->record_at : NEVER);
    if (w->stop_at != NEVER)
        return at;
    at = sooner(at, l->nexting || l->claiming ? NEVER : l->next_at);
    int64_t work = l->claiming || l->doubt || l->disowning || l->count >= l->url.connections ? NEVER : sooner(l->due_at, l->poll_at);
    if (work != NEVER && breaker_is_open(&l->breaker))
        work = l->breaker.probing ? NEVER : l->breaker.until > work ? l->breaker.until : work;
    if (work != NEVER && l->not_before > work)
        work = l->not_before;
    if (work != NEVER && l->url.rate > 0 && l->tokens < 1)
        work = work > now ? work : now + 1 + (int64_t)((1 - l->tokens) * 1000 / l->url.rate);
    return sooner(at, work);
}
