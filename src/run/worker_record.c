/* What the worker tells the database of the messages it holds: results, in batches and kept until they
 * are written; longer leases; and what it was given and never got to know of. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/log.h"
#include "loop/fault.h"
#include "worker_in.h"

enum { FLUSH_MS = 5, BATCH = 200, AGAIN_MS = 500 };

uint32_t worker_ask(struct worker *w, struct request *r)
{
    r->number = ++w->next_number;
    r->outbox.lease_s = w->lease_s;
    memcpy(r->outbox.worker, w->name, sizeof r->outbox.worker);
    uint32_t number = r->number;
    /* claims are told apart by their lane */
    if (r->kind == REQ_OUTBOX_CLAIM)
        r->number = (uint32_t)r->outbox.channel;
    bool claims = r->kind == REQ_OUTBOX_CLAIM || r->kind == REQ_OUTBOX_DISOWN || r->kind == REQ_OUTBOX_EXTEND || r->kind == REQ_OUTBOX_NEXT;
    db_submit(claims ? w->db : w->books, r);
    return number;
}

static struct outbox_result *copy(const struct outbox_result *from, size_t count)
{
    struct outbox_result *to = xcalloc(count, sizeof *to);
    memcpy(to, from, count * sizeof *to);
    return to;
}

/* --- results ------------------------------------------------------------------------- */

static void count_result(struct worker_counts *n, enum outbox_outcome o)
{
    int64_t *const which[] = {
        [OUTBOX_SENT] = &n->sent, [OUTBOX_RETRY] = &n->retried, [OUTBOX_FAILED] = &n->failed,
        [OUTBOX_UNKNOWN] = &n->unknown, [OUTBOX_RETURNED] = &n->returned,
    };
    ++*which[o];
}

void record_add(struct worker *w, const struct outbox_result *r)
{
    if (w->pending.len == 0)
        w->flush_at = loop_now() + FLUSH_MS;
    *vec_push(&w->pending) = *r;
    count_result(&w->counts, r->outcome);
}

static struct batch *free_batch(struct worker *w)
{
    for (size_t i = 0; i < BATCHES; i++)
        if (!w->batches[i].used)
            return &w->batches[i];
    return NULL;
}

static void send_batch(struct worker *w, struct batch *b, size_t count)
{
    struct request r = {.kind = REQ_OUTBOX_RECORD};
    b->used = true;
    b->count = r.outbox.result_count = count;
    b->results = copy(w->pending.at, count);
    r.outbox.results = copy(w->pending.at, count);
    w->pending.len -= count;
    memmove(w->pending.at, w->pending.at + count, w->pending.len * sizeof *w->pending.at);
    b->number = worker_ask(w, &r);
    FAULT(OUTBOX_RECORD);
}

static bool nothing_to_wait_for(const struct worker *w)
{
    for (int c = 0; c < CHANNEL_COUNT; c++)
        if (w->lanes[c].ready.count || w->lanes[c].under_way.count)
            return false;
    return true;
}

void record_turn(struct worker *w, int64_t now)
{
    while (w->live && w->pending.len > 0 &&
           (w->pending.len >= BATCH || w->flush_at <= now || w->one_by_one || nothing_to_wait_for(w))) {
        struct batch *b = free_batch(w);
        if (!b)
            return;
        size_t most = w->one_by_one ? 1 : BATCH;
        send_batch(w, b, w->pending.len < most ? w->pending.len : most);
        w->flush_at = now + FLUSH_MS;
    }
}

/* Back in front; what can never be written is told and let go: its lease ends by itself. */
static void not_recorded(struct worker *w, struct batch *b, const struct err *why)
{
    bool hopeless = !err_retryable(why->code);
    if (hopeless && b->count == 1) {
        log_line(LOG_ERROR, "what became of message %" PRId64 " (%s) cannot be recorded: %s", b->results[0].id,
                 outbox_outcome_name(b->results[0].outcome), why->text);
        return;
    }
    w->one_by_one = w->one_by_one || hopeless;
    for (size_t i = 0; i < b->count; i++)
        *vec_push(&w->pending) = b->results[i];
    memmove(w->pending.at + b->count, w->pending.at, (w->pending.len - b->count) * sizeof *w->pending.at);
    memcpy(w->pending.at, b->results, b->count * sizeof *b->results);
    w->flush_at = loop_now() + AGAIN_MS;
}

static void recorded(struct worker *w, const struct batch *b)
{
    for (size_t i = 0; i < b->count; i++) {
        bool again = b->results[i].outcome == OUTBOX_RETRY || b->results[i].outcome == OUTBOX_RETURNED;
        if (again)
            w->next_at = loop_now();   /* it is queued: when is it due? */
        else
            w->untold = true;
    }
}

bool record_reply(struct worker *w, struct reply *r)
{
    if (r->kind != REQ_OUTBOX_RECORD)
        return false;
    FAULT(OUTBOX_RECORDED);
    for (size_t i = 0; i < BATCHES; i++) {
        struct batch *b = &w->batches[i];
        if (!b->used || b->number != r->number)
            continue;
        if (r->ok)
            recorded(w, b);
        else
            not_recorded(w, b, &r->error);
        if (r->ok && r->outbox.id_count < b->count)
            log_line(LOG_INFO, "%zu results came too late: those messages were another worker's by then", b->count - r->outbox.id_count);
        free(b->results);
        *b = (struct batch){.used = false};
    }
    w->one_by_one = w->one_by_one && w->pending.len > 0;
    return true;
}

size_t record_unwritten(const struct worker *w)
{
    size_t n = w->pending.len;
    for (size_t i = 0; i < BATCHES; i++)
        n += w->batches[i].used ? w->batches[i].count : 0;
    return n;
}

bool record_idle(const struct worker *w)
{
    return record_unwritten(w) == 0;
}

int64_t record_next(const struct worker *w)
{
    bool room = false;
    for (size_t i = 0; i < BATCHES; i++)
        room = room || !w->batches[i].used;
    return w->pending.len && w->live && room ? w->flush_at : NEVER;
}

void record_finish(struct worker *w)
{
    for (size_t i = 0; i < BATCHES; i++)
        free(w->batches[i].results);
    vec_finish(&w->pending);
}

/* --- leases ----------------------------------------------------------------------------- */

static void add_held(struct outbox_result *out, size_t *n, const struct job_list *list)
{
    for (const struct job *j = list->first; j; j = j->next)
        out[(*n)++] = (struct outbox_result){.id = j->m.id, .fence = j->m.fence};
}

/* All that is held or was held and is not recorded yet. */
static void ask_about_held(struct worker *w, struct request *r)
{
    size_t most = record_unwritten(w), n = 0;
    for (int c = 0; c < CHANNEL_COUNT; c++)
        most += (size_t)(w->lanes[c].ready.count + w->lanes[c].under_way.count);
    r->outbox.results = xcalloc(most + 1, sizeof *r->outbox.results);
    for (int c = 0; c < CHANNEL_COUNT; c++) {
        add_held(r->outbox.results, &n, &w->lanes[c].ready);
        add_held(r->outbox.results, &n, &w->lanes[c].under_way);
    }
    for (size_t i = 0; i < w->pending.len; i++)
        r->outbox.results[n++] = w->pending.at[i];
    for (size_t b = 0; b < BATCHES; b++)
        for (size_t i = 0; w->batches[b].used && i < w->batches[b].count; i++)
            r->outbox.results[n++] = w->batches[b].results[i];
    r->outbox.result_count = n;
}

void extend_turn(struct worker *w, int64_t now)
{
    if (!w->live || w->extending || w->extend_at > now)
        return;
    w->extend_at = now + w->lease_s * INT64_C(1000) / 3;
    struct request r = {.kind = REQ_OUTBOX_EXTEND};
    ask_about_held(w, &r);
    if (r.outbox.result_count == 0) {
        request_finish(&r);
        return;
    }
    w->extending = true;
    w->extend_sent = net_clock();
    worker_ask(w, &r);
    FAULT(OUTBOX_EXTEND);
}

int64_t extend_next(const struct worker *w) { return w->live && !w->extending ? w->extend_at : NEVER; }

static int by_number(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void renew(struct worker *w, struct job_list *list, const struct outbox_reply *held, bool begun)
{
    for (struct job *j = list->first, *next; j; j = next) {
        next = j->next;
        bool ours = bsearch(&j->m.id, held->ids, held->id_count, sizeof *held->ids, by_number) != NULL;
        if (ours)
            lane_lease(j, w->extend_sent);
        else if (!begun && j->lease_until < w->extend_sent + w->lease_s * INT64_C(1000) / 2)
            lane_drop(j->lane, j);     /* another's by now (one just claimed was not asked about) */
    }
}

void extend_reply(struct worker *w, struct reply *r, int64_t now)
{
    FAULT(OUTBOX_EXTENDED);
    w->extending = false;
    if (!r->ok) {
        w->extend_at = now + AGAIN_MS;
        return;
    }
    if (r->outbox.id_count)
        qsort(r->outbox.ids, r->outbox.id_count, sizeof *r->outbox.ids, by_number);
    for (int c = 0; c < CHANNEL_COUNT; c++) {
        renew(w, &w->lanes[c].ready, &r->outbox, false);
        renew(w, &w->lanes[c].under_way, &r->outbox, true);
    }
}

/* A claim whose answer was lost may have happened, or still be happening: what is ours by name and not held goes
 * back, now and once more when the server has given such a statement up. Never beside a claim, whose messages we
 * would give away. */
void disown_turn(struct worker *w, int64_t now)
{
    if (w->disown_again <= now) {
        w->disown_again = NEVER;
        w->doubt = true;
    }
    if (!w->live || !w->doubt || w->disowning)
        return;
    for (int c = 0; c < CHANNEL_COUNT; c++)
        if (w->lanes[c].claiming)
            return;
    struct request r = {.kind = REQ_OUTBOX_DISOWN};
    ask_about_held(w, &r);
    w->disowning = true;
    worker_ask(w, &r);
}

void disown_reply(struct worker *w, struct reply *r)
{
    w->disowning = false;
    w->doubt = false;
    if (!r->ok)
        w->disown_again = loop_now() + AGAIN_MS;
    if (r->ok && r->outbox.count > 0) {
        log_line(LOG_INFO, "%d messages claimed while the connection broke go back to the queue", (int)r->outbox.count);
        w->next_at = loop_now();
    }
}
