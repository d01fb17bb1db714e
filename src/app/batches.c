/* The overrides tab of an exception, and the batches: those that wait for a second lead, and those that were. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/act.h"
#include "app/ask.h"
#include "app/call.h"
#include "app/cursor.h"
#include "app/dispatch.h"
#include "app/hints.h"
#include "app/lists.h"
#include "app/menu.h"
#include "app/override.h"
#include "app/prompt.h"
#include "app/toast.h"
#include "app/views.h"
#include "base/die.h"
#include "base/number.h"

void overrides_old(struct model *m) { m->overrides.stale = m->batches.stale = m->overriding.stale = true; }

/* --- reading ----------------------------------------------------------------------------------- */

static const char *const list_names[BATCH_LIST_COUNT] = {
    [BATCHES_PENDING] = "pending", [BATCHES_MINE] = "mine", [BATCHES_ALL] = "all"};

static void ask_tab(struct model *m, struct effects *fx)
{
    int64_t id = cursor_target(m);
    if (!id || (m->overrides.id == id && !m->overrides.stale))
        return;
    struct request r = {.kind = REQ_OVERRIDES, .ids = xcalloc(1, sizeof *r.ids), .id_count = 1, .limit = 100};
    r.ids[0] = id;
    ask_forget(m, fx, REQ_OVERRIDES);
    m->overrides.stale = false;
    ask_send(m, fx, &r, &(struct awaited){.id = id});
}

static void ask_batches(struct model *m, struct effects *fx)
{
    struct batches *b = &m->batches;
    if (!b->stale || ask_waiting(m, REQ_BATCHES))
        return;
    b->stale = false;
    struct request r = {.kind = REQ_BATCHES, .limit = 200, .control.list = xstrdup(list_names[b->which])};
    ask_send(m, fx, &r, &(struct awaited){.targets = (size_t)b->which});
}

/* One at a time: what changes while it is counted is counted afterwards. */
static void ask_preview(struct model *m, struct effects *fx)
{
    struct overriding *o = &m->overriding;
    if (!o->stale || !o->id_count || o->applying || ask_waiting(m, REQ_OVERRIDE_PREVIEW))
        return;
    o->stale = false;
    struct request r = {.kind = REQ_OVERRIDE_PREVIEW, .ids = xcalloc(o->id_count, sizeof *r.ids), .id_count = o->id_count};
    memcpy(r.ids, o->ids, o->id_count * sizeof *r.ids);
    r.control.status = o->status;
    r.control.until = o->until;
    ask_send(m, fx, &r, NULL);
}

void overrides_follow(struct model *m, struct effects *fx)
{
    if (m->link != LINK_LIVE)
        return;
    if (m->screen == SCREEN_DETAIL && m->tab == TAB_OVERRIDES)
        ask_tab(m, fx);
    if (m->screen == SCREEN_BATCHES)
        ask_batches(m, fx);
    if (m->screen == SCREEN_OVERRIDE)
        ask_preview(m, fx);
}

void overrides_reply(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    struct overrides *o = &m->overrides;
    if (!r->ok) {
        o->stale = true;
        toast_unread(m, fx, "overrides", r);
        return;
    }
    if (a->id != cursor_target(m))
        return;
    free(o->rows);
    *o = (struct overrides){.id = a->id, .rows = r->overrides, .count = r->override_count, .stale = o->stale};
    r->overrides = NULL;
    r->override_count = 0;
    overrides_follow(m, fx);
}

const struct override_row *overrides_force(const struct model *m)
{
    for (size_t i = 0; i < m->overrides.count; i++) {
        const struct override_row *o = &m->overrides.rows[i];
        if (strcmp(o->state, "active") == 0 || strcmp(o->state, "conflict") == 0)
            return o;
    }
    return NULL;
}

const struct batch_row *batches_chosen(const struct model *m)
{
    return m->batches.cursor < m->batches.count ? &m->batches.rows[m->batches.cursor] : NULL;
}

void batches_reply(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    struct batches *b = &m->batches;
    if (!r->ok) {
        b->stale = true;
        toast_unread(m, fx, "batches", r);
        return;
    }
    if ((enum batch_list)a->targets == b->which) {
        int64_t chosen = batches_chosen(m) ? batches_chosen(m)->id : 0;
        free(b->rows);
        b->rows = r->batches;
        b->count = r->batch_count;
        b->known = true;
        b->read_at = m->now;
        r->batches = NULL;
        r->batch_count = 0;
        b->cursor = b->cursor < b->count ? b->cursor : b->count ? b->count - 1 : 0;
        for (size_t i = 0; i < b->count; i++)
            if (b->rows[i].id == chosen)
                b->cursor = i;
    }
    overrides_follow(m, fx);
}

/* --- what can be done about a batch --------------------------------------------------------------- */

static const struct { enum action action; enum batch_op op; enum batch_state state; const char *doing, *past; } ops[] = {
    {ACTION_BATCH_APPROVE, BATCH_OP_APPROVE, BATCH_PENDING, "approve", "approved"},
    {ACTION_BATCH_REJECT, BATCH_OP_REJECT, BATCH_PENDING, "reject", "rejected"},
    {ACTION_BATCH_WITHDRAW, BATCH_OP_WITHDRAW, BATCH_PENDING, "withdraw", "withdrew"},
    {ACTION_BATCH_REVERT, BATCH_OP_REVERT, BATCH_APPLIED, "revert", "reverted"},
};
#define OPS (sizeof ops / sizeof ops[0])

static size_t find_op(enum action a)
{
    size_t i = 0;
    while (i < OPS && ops[i].action != a)
        i++;
    return i;
}

/* "" when it can be done, else why not and who may. */
static void why_not(const struct model *m, const struct batch_row *b, enum action a, char *out, size_t size)
{
    size_t i = find_op(a);
    out[0] = '\0';
    if (b->state != ops[i].state)
        snprintf(out, size, "batch %" PRId64 " is %s", b->id, batch_state_name(b->state));
    else if (a == ACTION_BATCH_WITHDRAW && !b->mine)
        snprintf(out, size, "only %s can withdraw batch %" PRId64 ", who asked for it", b->by, b->id);
    else if (a == ACTION_BATCH_APPROVE && b->mine)
        snprintf(out, size, "nobody approves their own: another lead has to look at batch %" PRId64, b->id);
    else if ((a == ACTION_BATCH_APPROVE || a == ACTION_BATCH_REJECT) && !b->may_decide)
        snprintf(out, size, b->mine ? "batch %" PRId64 " is yours: withdraw it instead" : "batch %" PRId64 " waits for a lead other than %s; ask %s",
                 b->id, b->by, act_a_lead(m));
    else if (a == ACTION_BATCH_REVERT && !b->active)
        snprintf(out, size, "of batch %" PRId64 " nothing is in force any more", b->id);
}

bool batches_offers(const struct model *m, const struct batch_row *b, enum action a)
{
    char why[200];
    if (!b || find_op(a) == OPS)
        return false;
    why_not(m, b, a, why, sizeof why);
    return !why[0];
}

static const struct batch_row *by_id(const struct model *m, int64_t id)
{
    for (size_t i = 0; i < m->batches.count; i++)
        if (m->batches.rows[i].id == id)
            return &m->batches.rows[i];
    return NULL;
}

static struct request make(const struct batch_row *b, enum action a, const char *why)
{
    struct request r = {.kind = REQ_BATCH_ACT, .ids = xcalloc(1, sizeof *r.ids), .id_count = 1};
    r.ids[0] = b->id;
    r.control.batch_op = ops[find_op(a)].op;
    r.control.text = why && why[0] ? xstrdup(why) : NULL;
    return r;
}

bool batches_run(struct model *m, struct effects *fx, enum action a, const char *arg, int64_t id, struct err *e)
{
    const struct batch_row *b = by_id(m, id);
    if (!b)
        return err_set(e, ERR_REFUSED, NULL, "batch %" PRId64 " is not in this list any more; nothing was done", id);
    if (m->link != LINK_LIVE)
        return err_set(e, ERR_UNREACHABLE, NULL, "not connected: nothing was done; try again when it is back");
    if (a == ACTION_BATCH_REVERT && strtoll(arg, NULL, 10) != b->active)
        return err_set(e, ERR_INPUT, NULL, "it is %" PRId32 " shipments, not %.12s; nothing was done", b->active, arg);
    struct request r = make(b, a, a == ACTION_BATCH_REJECT ? arg : NULL);
    return act_send(m, fx, &r, e);
}

static void ask_first(struct call *c, const struct batch_row *b)
{
    struct model *m = c->m;
    char line[140];
    int64_t *ids = xcalloc(1, sizeof *ids);
    ids[0] = b->id;
    if (c->action == ACTION_BATCH_REJECT) {
        prompt_open(m, c->fx, PROMPT_BATCH_REJECT, c->arg, ids, 1);
    } else if (c->action == ACTION_BATCH_REVERT && b->active > OVERRIDE_CONFIRM) {
        prompt_open(m, c->fx, PROMPT_BATCH_COUNT, "", ids, 1);
    } else {
        struct request r = make(b, c->action, NULL);
        int32_t n = c->action == ACTION_BATCH_REVERT ? b->active : b->shipments;
        free(ids);
        snprintf(line, sizeof line, "batch %" PRId64 ", %s shipment%s set to \"%s\" by %.40s", b->id, grouped(n).text, n == 1 ? "" : "s",
                 status_label(b->status), b->by);
        menu_confirm(m, &r, ops[find_op(c->action)].doing, line);
    }
}

static void show(struct call *c)
{
    struct model *m = c->m;
    if (m->screen != SCREEN_BATCHES)
        dispatch_enter(m, SCREEN_BATCHES);
    m->batches.stale = true;
    overrides_follow(m, c->fx);
}

/* All of it: what it has resolved, too. */
static void members(struct call *c, const struct batch_row *b)
{
    char text[100];
    snprintf(text, sizeof text, "batch:%" PRId64 " state:new,working,waiting,snoozed,resolved", b->id);
    while (c->m->screen != SCREEN_QUEUE)
        dispatch_leave(c->m, c->fx);
    views_filter(c->m, c->fx, text);
}

void batches_call(struct call *c)
{
    struct model *m = c->m;
    const struct batch_row *b = batches_chosen(m);
    char why[200];
    if (c->action == ACTION_BATCHES) {
        show(c);
    } else if (c->action == ACTION_NEXT_LIST || c->action == ACTION_PREV_LIST) {
        int step = c->action == ACTION_NEXT_LIST ? 1 : BATCH_LIST_COUNT - 1;
        ask_forget(m, c->fx, REQ_BATCHES);
        free(m->batches.rows);
        m->batches = (struct batches){.which = (enum batch_list)(((int)m->batches.which + step) % BATCH_LIST_COUNT), .stale = true};
        overrides_follow(m, c->fx);
    } else if (!b) {
        toast_set(m, c->fx, TOAST_INFO, m->batches.known ? "there is no batch here" : "still reading the batches");
    } else if (c->action == ACTION_SHOW_BATCH) {
        members(c, b);
    } else {
        why_not(m, b, c->action, why, sizeof why);
        if (why[0])
            toast_set(m, c->fx, TOAST_INFO, "%s", why);
        else
            ask_first(c, b);
    }
}

void batches_move(struct model *m, long by)
{
    long to = (long)m->batches.cursor + by, n = (long)m->batches.count;
    to = to >= n ? n - 1 : to;
    m->batches.cursor = to < 0 ? 0 : (size_t)to;
}

/* Results are batches': one was asked about. */
void batches_acted(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    char what[240];
    enum batch_op op = a->again.control.batch_op;
    if (act_failed(m, fx, a, r))
        return;
    lists_old(m);
    hints_all(m);
    if (!r->result_count) {
        toast_set(m, fx, TOAST_INFO, "%s", r->summary[0] ? r->summary : "nothing was done");
    } else if (!r->results[0].ok) {
        toast_set(m, fx, TOAST_BAD, "batch %" PRId64 ": %s", a->again.ids[0], r->results[0].message);
    } else {
        snprintf(what, sizeof what, "%s batch %" PRId64, ops[op].past, a->again.ids[0]);
        toast_set(m, fx, TOAST_GOOD, "%s%s%s", what, r->results[0].message[0] ? ": " : "", r->results[0].message);
    }
    lists_follow(m, fx);
    request_finish(&a->again);
}
