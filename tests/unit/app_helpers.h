/* A session without a terminal or a database: messages in, effects out, and a small server
 * that keeps a sorted list of exceptions. */
#ifndef APP_HELPERS_H
#define APP_HELPERS_H

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/app.h"
#include "base/die.h"
#include "base/when.h"

#define NOON INT64_C(1763812800000)   /* 2025-11-22T12:00:00Z, a Saturday */
#define SENT_MAX 64
#define WORLD_MAX 3000

struct rig {
    struct model m;
    struct keymap keymap;
    struct effects fx;
    struct request sent[SENT_MAX];    /* in order, not answered yet */
    int sent_count;
    int64_t timers[TIMER_COUNT];
    int64_t now, moved;
    struct when_zone zone;
    char copied[256], title[128];
    int redraws, bells, quits, reconnects, suspends;
};

static inline void rig_drain(struct rig *r)
{
    for (int i = 0; i < r->fx.count; i++) {
        struct effect *e = &r->fx.at[i];
        switch (e->kind) {
        case EFFECT_REQUEST:
            assert_true(r->sent_count < SENT_MAX);
            r->sent[r->sent_count++] = e->request;
            e->request = (struct request){0};
            break;
        case EFFECT_FORGET:
            for (int k = 0; k < r->sent_count; k++) {
                if (r->sent[k].number == e->number) {
                    request_finish(&r->sent[k]);
                    r->sent_count--;
                    memmove(&r->sent[k], &r->sent[k + 1], (size_t)(r->sent_count - k) * sizeof r->sent[0]);
                    break;
                }
            }
            break;
        case EFFECT_TIMER: r->timers[e->timer] = e->at; break;
        case EFFECT_COPY: snprintf(r->copied, sizeof r->copied, "%s", e->text); break;
        case EFFECT_TITLE: snprintf(r->title, sizeof r->title, "%s", e->text); break;
        case EFFECT_BELL: r->bells++; break;
        case EFFECT_REDRAW: r->redraws++; break;
        case EFFECT_SUSPEND: r->suspends++; break;
        case EFFECT_RECONNECT: r->reconnects++; break;
        case EFFECT_QUIT: r->quits++; break;
        }
    }
    effects_finish(&r->fx);
}

static inline void rig_send(struct rig *r, struct msg msg)
{
    msg.now = r->now;
    msg.zone = &r->zone;
    msg.moved = r->moved;
    r->moved = 0;
    app_update(&r->m, &msg, &r->fx);
    rig_drain(r);
}

static inline void rig_start(struct rig *r)
{
    size_t size;
    struct settings s = {.theme = "default", .title = true, .clipboard = true, .bell = true};
    const char *text = keymap_builtin("default", &size);
    *r = (struct rig){.now = NOON};
    for (int i = 0; i < TIMER_COUNT; i++)
        r->timers[i] = WHEN_NONE;
    assert_non_null(text);
    assert_int_equal(keymap_read(&r->keymap, "default.keys", text, size, NULL, NULL), 0);
    app_init(&r->m, &s, &r->keymap, 42);
    rig_send(r, (struct msg){.kind = MSG_RESIZE, .rows = 36, .cols = 120});
}

static inline void rig_stop(struct rig *r)
{
    for (int i = 0; i < r->sent_count; i++)
        request_finish(&r->sent[i]);
    app_finish(&r->m);
    keymap_finish(&r->keymap);
}

/* "jj<Enter>C-d": keys as keymaps write them. */
static inline void rig_keys(struct rig *r, const char *keys)
{
    for (size_t at = 0, n = strlen(keys), used; at < n; at += used) {
        struct key k;
        used = key_parse(keys + at, n - at, &k);
        if (!used && keys[at] == ' ') {
            k = (struct key){.code = ' '};
            used = 1;
        }
        assert_true(used > 0);
        rig_send(r, (struct msg){.kind = MSG_KEY, .key = k});
    }
}

static inline void rig_paste(struct rig *r, const char *text)
{
    char *copy = xstrdup(text);
    rig_send(r, (struct msg){.kind = MSG_PASTE, .text = copy});
    free(copy);
}

/* Puts the clock on the wall forward or back; timers run by another. */
static inline void rig_put_clock(struct rig *r, int64_t by)
{
    r->now += by;
    r->moved += by;
    for (int i = 0; i < TIMER_COUNT; i++)
        r->timers[i] += r->timers[i] == WHEN_NONE ? 0 : by;
}

/* Lets time pass; timers that come due fire in order. */
static inline void rig_pass(struct rig *r, int64_t ms)
{
    int64_t until = r->now + ms;
    for (;;) {
        int next = -1;
        for (int i = 0; i < TIMER_COUNT; i++)
            if (r->timers[i] != WHEN_NONE && r->timers[i] <= until && (next < 0 || r->timers[i] < r->timers[next]))
                next = i;
        if (next < 0)
            break;
        r->now = r->timers[next] > r->now ? r->timers[next] : r->now;
        r->timers[next] = WHEN_NONE;
        rig_send(r, (struct msg){.kind = MSG_TIMER, .timer = (enum timer_id)next});
    }
    r->now = until;
}

static inline int rig_find(const struct rig *r, enum request_kind kind)
{
    for (int i = 0; i < r->sent_count; i++)
        if (r->sent[i].kind == kind)
            return i;
    return -1;
}

static inline int rig_count(const struct rig *r, enum request_kind kind)
{
    int n = 0;
    for (int i = 0; i < r->sent_count; i++)
        n += r->sent[i].kind == kind;
    return n;
}

/* Takes a request out of those sent; the caller finishes it. */
static inline struct request rig_take(struct rig *r, int i)
{
    assert_in_range(i, 0, r->sent_count - 1);
    struct request q = r->sent[i];
    r->sent_count--;
    memmove(&r->sent[i], &r->sent[i + 1], (size_t)(r->sent_count - i) * sizeof r->sent[0]);
    return q;
}

static inline void rig_reply(struct rig *r, struct reply *reply)
{
    rig_send(r, (struct msg){.kind = MSG_REPLY, .reply = reply});
    reply_finish(reply);
}

static inline void rig_link(struct rig *r, enum link_state link, const char *why)
{
    struct msg msg = {.kind = MSG_LINK, .link = link, .retry_at = WHEN_NONE};
    if (why)
        err_set(&msg.link_error, ERR_UNREACHABLE, NULL, "%s", why);
    rig_send(r, msg);
}

/* --- the server -------------------------------------------------------------------------- */

struct world {
    struct queue_row rows[WORLD_MAX];  /* ascending by (key,id) */
    size_t count;
    int64_t next_id;
    enum role_level level;
    const char *taken;         /* of REQ_TAKEN */
    const char *changed_by;        /* null: nobody here */
    size_t kept;                   /* how many the selection by filter has */
    int64_t left_out;              /* the one of the window that is not in it; 0 none */
};
#define WORLD_SELECTION 77

static inline struct queue_row world_row(int64_t id, int64_t key)
{
    struct queue_row row = {.id = id, .key = key, .rev = 1, .matches = true, .state = STATE_NEW,
                            .kind = KIND_ADDRESS_ISSUE, .severity = SEVERITY_HIGH};
    snprintf(row.tracking_number, sizeof row.tracking_number, "TN%lld", (long long)id);
    return row;
}

static inline void world_put(struct world *w, const struct queue_row *row)
{
    size_t at = w->count;
    assert_true(w->count < WORLD_MAX);
    while (at && (w->rows[at - 1].key > row->key || (w->rows[at - 1].key == row->key && w->rows[at - 1].id > row->id))) {
        w->rows[at] = w->rows[at - 1];
        at--;
    }
    w->rows[at] = *row;
    w->count++;
}

static inline int64_t world_add(struct world *w, int64_t key)
{
    struct queue_row row = world_row(++w->next_id, key);
    world_put(w, &row);
    return row.id;
}

static inline size_t world_find(const struct world *w, int64_t id)
{
    for (size_t i = 0; i < w->count; i++)
        if (w->rows[i].id == id)
            return i;
    return SIZE_MAX;
}

static inline struct queue_row world_remove(struct world *w, int64_t id)
{
    size_t at = world_find(w, id);
    assert_true(at != SIZE_MAX);
    struct queue_row row = w->rows[at];
    w->count--;
    memmove(&w->rows[at], &w->rows[at + 1], (w->count - at) * sizeof w->rows[0]);
    return row;
}

static inline void world_page(const struct world *w, const struct page_request *q, struct page *out)
{
    size_t from = 0, to = w->count, limit = (size_t)q->limit;
    if (!q->from_start) {
        size_t at = 0;
        while (at < w->count && (w->rows[at].key < q->anchor_key ||
                                 (w->rows[at].key == q->anchor_key && w->rows[at].id < q->anchor_id)))
            at++;
        bool here = at < w->count && w->rows[at].key == q->anchor_key && w->rows[at].id == q->anchor_id;
        if (q->direction == PAGE_AFTER)
            from = here && !q->inclusive ? at + 1 : at;
        else
            to = here && q->inclusive ? at + 1 : at;
    }
    out->more = to - from > limit;
    if (out->more && q->direction == PAGE_AFTER)
        to = from + limit;
    else if (out->more)
        from = to - limit;
    out->count = to - from;
    out->rows = xcalloc(out->count, sizeof *out->rows);
    if (out->count)
        memcpy(out->rows, w->rows + from, out->count * sizeof *out->rows);
}

static inline void world_views(struct reply *reply)
{
    static const char *const names[] = {"Triage", "Mine", "Breaching"};
    static const char *const filters[] = {"state:new,working", "owner:me", "sla:<0m sort:severity"};
    reply->view_count = 3;
    reply->views = xcalloc(3, sizeof *reply->views);
    for (int i = 0; i < 3; i++) {
        struct saved_view *v = &reply->views[i];
        v->id = i + 1;
        v->position = i + 1;
        v->builtin = true;
        snprintf(v->name, sizeof v->name, "%s", names[i]);
        snprintf(v->filter, sizeof v->filter, "%s", filters[i]);
    }
}

static inline void world_context(const struct world *w, const struct request *q, struct reply *reply)
{
    size_t at = world_find(w, q->ids[0]);
    if (at == SIZE_MAX)
        return;
    reply->context = xcalloc(1, sizeof *reply->context);
    reply->context->row = w->rows[at];
    snprintf(reply->context->next_action, sizeof reply->context->next_action, "claim");
    snprintf(reply->context->next_label, sizeof reply->context->next_label, "claim it");
    snprintf(reply->context->tracking_url, sizeof reply->context->tracking_url, "https://example.com/%lld", (long long)q->ids[0]);
}

/* Executes a request the way the database would; acts succeed for every id. */
static inline void world_answer(struct world *w, const struct request *q, struct reply *reply)
{
    *reply = (struct reply){.kind = q->kind, .number = q->number, .ok = true};
    if (q->kind == REQ_HELLO) {
        snprintf(reply->hello.role, sizeof reply->hello.role, "maria");
        reply->hello.level = w->level ? w->level : ROLE_AGENT;
        snprintf(reply->hello.changed_by, sizeof reply->hello.changed_by, "%s", w->changed_by ? w->changed_by : "");
    } else if (q->kind == REQ_TAKEN) {
        snprintf(reply->summary, sizeof reply->summary, "%s", w->taken ? w->taken : "");
    } else if (q->kind == REQ_PAGE) {
        world_page(w, &q->page, &reply->page);
    } else if (q->kind == REQ_ROWS) {
        reply->page.rows = xcalloc(q->id_count, sizeof *reply->page.rows);
        for (size_t i = 0; i < q->id_count; i++) {
            size_t at = world_find(w, q->ids[i]);
            if (at != SIZE_MAX)
                reply->page.rows[reply->page.count++] = w->rows[at];
        }
    } else if (q->kind == REQ_COUNTS) {
        reply->counts.view_count = q->count_filter_count;
        reply->counts.fresh = reply->counts.open = (int64_t)w->count;
    } else if (q->kind == REQ_CONTEXT) {
        world_context(w, q, reply);
    } else if (q->kind == REQ_VIEWS) {
        world_views(reply);
    } else if (q->kind == REQ_SELECT) {
        w->kept = w->count;
        w->left_out = 0;
        reply->selection.number = WORLD_SELECTION;
        reply->selection.count = (int32_t)w->kept;
    } else if (q->kind == REQ_SELECT_CHANGE) {
        w->kept += q->drop ? -q->id_count : q->id_count;
        w->left_out = q->drop ? q->ids[0] : 0;
        reply->selection.count = (int32_t)w->kept;
    } else if (q->kind == REQ_SELECT_HAS) {
        size_t n = q->id_count ? q->id_count : w->count;
        reply->ids = xcalloc(n, sizeof *reply->ids);
        for (size_t i = 0; i < n; i++) {
            int64_t id = q->id_count ? q->ids[i] : w->rows[i].id;
            if (id != w->left_out)
                reply->ids[reply->id_count++] = id;
        }
    } else if (q->kind == REQ_ACT && q->brief) {
        assert_int_equal(q->ids[0], -WORLD_SELECTION);
        reply->of_many.done = w->kept;
        reply->result_count = 1;
        reply->results = xcalloc(1, sizeof *reply->results);
        reply->results[0] = (struct act_result){.id = w->rows[0].id, .ok = true, .code = "ok"};
    } else if (q->kind == REQ_ACT) {
        reply->result_count = q->id_count;
        reply->results = xcalloc(q->id_count, sizeof *reply->results);
        for (size_t i = 0; i < q->id_count; i++)
            reply->results[i] = (struct act_result){.id = q->ids[i], .ok = true, .code = "ok"};
    } else if (q->kind == REQ_IDS) {
        reply->id_count = w->count < (size_t)q->limit ? w->count : (size_t)q->limit;
        reply->ids_more = reply->id_count < w->count;
        reply->ids = xcalloc(reply->id_count, sizeof *reply->ids);
        for (size_t i = 0; i < reply->id_count; i++)
            reply->ids[i] = w->rows[i].id;
    }
}

/* Answers everything sent, and what that causes, until nothing is asked any more. */
static inline void rig_settle(struct rig *r, struct world *w)
{
    for (int guard = 0; r->sent_count; guard++) {
        struct request q = rig_take(r, 0);
        struct reply reply;
        assert_true(guard < 200);
        world_answer(w, &q, &reply);
        request_finish(&q);
        rig_reply(r, &reply);
    }
}

/* Answers one request of a kind. */
static inline void rig_answer(struct rig *r, struct world *w, enum request_kind kind)
{
    struct request q = rig_take(r, rig_find(r, kind));
    struct reply reply;
    world_answer(w, &q, &reply);
    request_finish(&q);
    rig_reply(r, &reply);
}

/* A live session on a world of n rows with keys 10, 20, 30 … */
static inline void rig_live(struct rig *r, struct world *w, int n)
{
    rig_start(r);
    *w = (struct world){0};
    for (int i = 1; i <= n; i++)
        world_add(w, i * 10);
    rig_link(r, LINK_LIVE, NULL);
    rig_settle(r, w);
    rig_pass(r, 2000);
    rig_settle(r, w);
}

static inline void rig_hint(struct rig *r, const struct queue_row *row, bool opened)
{
    struct hint_item item = {.id = row->id, .rev = row->rev, .state = row->state, .severity = row->severity,
                             .kind = row->kind, .urgency = row->key, .opened = opened};
    struct hint h = {.kind = HINT_EXCEPTIONS, .items = &item, .count = 1};
    rig_send(r, (struct msg){.kind = MSG_HINT, .hint = &h});
}

#endif
