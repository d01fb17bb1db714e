#include "app/bulk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/act.h"
#include "app/argument.h"
#include "app/ask.h"
#include "app/call.h"
#include "app/compose.h"
#include "app/menu.h"
#include "app/prompt.h"
#include "app/select.h"
#include "app/toast.h"
#include "base/die.h"
#include "base/number.h"
#include "base/when.h"
#include "core/sms.h"

/* --- choosing what to send --------------------------------------------------------------- */

static bool too_many(struct model *m, struct effects *fx, size_t n)
{
    if (n <= BULK_MAX)
        return false;
    toast_set(m, fx, TOAST_WARN, "%s are too many for one sending, at most %s; narrow the filter and send in parts", grouped((int64_t)n).text,
              grouped(BULK_MAX).text);
    return true;
}

void bulk_open(struct model *m, struct effects *fx, int64_t *ids, size_t n)
{
    if (!n || too_many(m, fx, n)) {
        free(ids);
        return;
    }
    struct request r = {.kind = REQ_COMPOSE, .ids = xcalloc(n, sizeof *r.ids), .id_count = n};
    struct awaited about = {.id = ids[0], .why = WHY_BULK};
    about.again = (struct request){.kind = REQ_COMPOSE, .ids = ids, .id_count = n};
    memcpy(r.ids, ids, n * sizeof *ids);
    ask_forget(m, fx, REQ_COMPOSE);
    if (ask_send(m, fx, &r, &about))
        toast_set(m, fx, TOAST_INFO, "reading the templates...");
    else
        request_finish(&about.again);
}

/* One exception has its templates in order; several have those that are made for any of them, by how many. */
static size_t offer_fitting(struct model *m, const struct compose *c, size_t n)
{
    char label[sizeof m->menu.items[0].label];
    size_t offered = 0;
    for (size_t i = 0; i < c->fitting_count; i++) {
        const struct fitting *t = &c->fitting[i];
        const char *title = t->title[0] ? t->title : t->name;
        if (t->fits <= 0)
            continue;
        offered++;
        if ((size_t)t->fits >= n)
            snprintf(label, sizeof label, "%.80s  (fits all)", title);
        else
            snprintf(label, sizeof label, "%.44s  (fits %s of %s)", title, grouped(t->fits).text, grouped((int64_t)n).text);
        menu_add(m, t->name, label);
    }
    return offered;
}

static bool named_before(const struct compose *c, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(c->candidates[i].name, c->candidates[at].name) == 0)
            return true;
    return false;
}

void bulk_templates(struct model *m, struct effects *fx, const struct awaited *a, struct reply *r)
{
    const struct compose *c = r->compose;
    char who[48], title[120];
    if (!c->candidate_count && !c->fitting_count) {
        toast_set(m, fx, TOAST_WARN, "there is no template to send; a lead imports and approves them");
        return;
    }
    argument_targets(m, a->again.ids, a->again.id_count, who, sizeof who);
    snprintf(title, sizeof title, "Which message to %s", who);
    int64_t *ids = xcalloc(a->again.id_count, sizeof *ids);
    memcpy(ids, a->again.ids, a->again.id_count * sizeof *ids);
    menu_begin(m, MENU_TEMPLATE, title, ids, a->again.id_count);
    size_t offered = offer_fitting(m, c, a->again.id_count), others = c->fitting_count - offered;
    if (c->fitting_count && !offered) {
        menu_close(m);
        toast_set(m, fx, TOAST_WARN, "none of the %s templates is made for the kind and status of any of these", grouped((int64_t)others).text);
        return;
    }
    if (others)
        snprintf(m->menu.title, sizeof m->menu.title, "%s; %s template%s for other kinds or statuses %s left out", title,
                 grouped((int64_t)others).text, others == 1 ? "" : "s", others == 1 ? "is" : "are");
    for (size_t i = 0; i < c->candidate_count && !c->fitting_count; i++)
        if (!named_before(c, i))
            menu_add(m, c->candidates[i].name, c->candidates[i].title);
    toast_clear(m);
}

void bulk_choose(struct model *m, struct effects *fx, enum menu_kind kind, const char *value, int64_t *ids, size_t n)
{
    if (kind == MENU_CHANNEL) {
        bulk_start(m, fx, ids, n, m->bulk.name, strcmp(value, "best") == 0 ? "" : value, NULL);
        return;
    }
    bulk_finish(m);
    snprintf(m->bulk.name, sizeof m->bulk.name, "%.43s", value);
    menu_begin(m, MENU_CHANNEL, "By which channel", ids, n);
    menu_add(m, "best", "the best for each customer: what they prefer, agreed to and can be reached by");
    for (int i = 0; i < CHANNEL_COUNT; i++)
        menu_add(m, channel_name((enum channel)i), channel_label((enum channel)i));
}

/* --- the preview, a part at a time -------------------------------------------------------- */

static void next_part(struct model *m, struct effects *fx)
{
    struct bulk *b = &m->bulk;
    size_t left = b->id_count - b->count, n = left < PREVIEW_MAX ? left : PREVIEW_MAX;
    if (!n || m->link != LINK_LIVE)
        return;
    b->halted = false;
    struct request r = {.kind = REQ_PREVIEW, .ids = xcalloc(n, sizeof *r.ids), .id_count = n};
    memcpy(r.ids, b->ids + b->count, n * sizeof *r.ids);
    r.outreach.name = xstrdup(b->name);
    r.outreach.channel = b->channel[0] ? xstrdup(b->channel) : NULL;
    ask_send(m, fx, &r, &(struct awaited){.why = WHY_BULK, .targets = n});
}

void bulk_start(struct model *m, struct effects *fx, int64_t *ids, size_t n, const char *name, const char *channel,
                const struct macro *macro)
{
    struct bulk *b = &m->bulk;
    char template[sizeof b->name];
    struct macro chosen = macro ? *macro : (struct macro){.name = ""};
    if (too_many(m, fx, n)) {
        free(ids);
        return;
    }
    snprintf(template, sizeof template, "%s", name);
    bulk_finish(m);
    ask_forget(m, fx, REQ_PREVIEW);
    *b = (struct bulk){.ids = ids, .id_count = n, .back_to = m->screen == SCREEN_DETAIL || m->screen == SCREEN_BOARD ? m->screen : SCREEN_QUEUE,
                       .macro = chosen};
    memcpy(b->name, template, sizeof template);
    snprintf(b->channel, sizeof b->channel, "%.11s", channel);
    b->messages = xcalloc(n, sizeof *b->messages);
    b->sum = (struct bulk_sum){.later_from = WHEN_NONE, .later_to = WHEN_NONE};
    m->screen = SCREEN_BULK;
    m->scroll = 0;
    toast_clear(m);
    next_part(m, fx);
}

void bulk_finish(struct model *m)
{
    struct bulk *b = &m->bulk;
    for (size_t i = 0; b->messages && i < b->count; i++)
        message_finish(&b->messages[i]);
    free(b->messages);
    free(b->ids);
    enum screen_id back = b->back_to;
    if (m->screen == SCREEN_BULK)
        m->screen = back;
    *b = (struct bulk){.back_to = back};
}

void bulk_leave(struct model *m, struct effects *fx)
{
    bool unfinished = m->bulk.count < m->bulk.id_count;
    ask_forget(m, fx, REQ_PREVIEW);
    bulk_finish(m);
    m->scroll = 0;
    toast_set(m, fx, TOAST_INFO, unfinished ? "stopped; nothing was sent" : "nothing was sent");
}

/* --- summing up ---------------------------------------------------------------------------- */

enum bulk_fate bulk_fate(const struct model *m, const struct message *msg)
{
    const struct verdict *worst = message_worst(msg);
    bool warned = false;
    for (size_t i = 0; i < msg->verdict_count; i++)
        warned = warned || msg->verdicts[i].effect == VERDICT_WARN;
    if (!msg->body || !msg->body[0] || (worst && worst->effect == VERDICT_BLOCK) || (warned && !m->bulk.pass[0]))
        return BULK_SKIPPED;
    return worst && worst->effect == VERDICT_DEFER ? BULK_LATER : BULK_NOW;
}

const struct verdict *bulk_verdict(const struct model *m, const struct message *msg)
{
    const struct verdict *worst = message_worst(msg);
    if (!worst || worst->effect == VERDICT_BLOCK || bulk_fate(m, msg) != BULK_SKIPPED)
        return worst;
    for (size_t i = 0; i < msg->verdict_count; i++)
        if (msg->verdicts[i].effect == VERDICT_WARN)
            return &msg->verdicts[i];
    return worst;
}

static void count_message(struct model *m, const struct message *msg)
{
    struct bulk_sum *s = &m->bulk.sum;
    enum bulk_fate fate = bulk_fate(m, msg);
    const struct verdict *worst = bulk_verdict(m, msg);
    s->fate[fate]++;
    if (fate == BULK_SKIPPED) {
        bool blocked = !worst || worst->effect == VERDICT_BLOCK || !msg->body || !msg->body[0];
        s->warned += !blocked;
        s->why[worst ? worst->guardrail : GUARDRAIL_UNFILLED]++;
        return;
    }
    s->channel[fate == BULK_LATER][msg->channel]++;
    if (msg->channel == CHANNEL_SMS)
        s->segments += (size_t)sms_measure(msg->body, strlen(msg->body)).segments;
    s->undo_seconds = !s->undo_seconds || msg->undo_seconds < s->undo_seconds ? msg->undo_seconds : s->undo_seconds;
    if (fate == BULK_LATER) {
        int64_t at = worst->until;
        s->later_from = s->later_from == WHEN_NONE || at < s->later_from ? at : s->later_from;
        s->later_to = s->later_to == WHEN_NONE || at > s->later_to ? at : s->later_to;
    }
}

static int by_text(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static size_t count_customers(const struct model *m)
{
    const struct bulk *b = &m->bulk;
    const char **to = xcalloc(b->count + 1, sizeof *to);
    size_t n = 0, different = 0;
    for (size_t i = 0; i < b->count; i++)
        if (bulk_fate(m, &b->messages[i]) != BULK_SKIPPED)
            to[n++] = b->messages[i].to;
    qsort(to, n, sizeof *to, by_text);
    for (size_t i = 0; i < n; i++)
        different += i == 0 || strcmp(to[i - 1], to[i]) != 0;
    free(to);
    return different;
}

static void sum_again(struct model *m)
{
    m->bulk.sum = (struct bulk_sum){.later_from = WHEN_NONE, .later_to = WHEN_NONE};
    for (size_t i = 0; i < m->bulk.count; i++)
        count_message(m, &m->bulk.messages[i]);
    m->bulk.sum.customers = count_customers(m);
}

void bulk_previewed(struct model *m, struct effects *fx, struct reply *r)
{
    struct bulk *b = &m->bulk;
    if (m->screen != SCREEN_BULK && m->back_to != SCREEN_BULK)
        return;
    if (!r->ok) {
        b->halted = m->link == LINK_LIVE;
        toast_unread(m, fx, "preview", r);
        return;
    }
    size_t before = b->count;
    for (size_t i = 0; i < r->message_count && b->count < b->id_count; i++) {
        b->messages[b->count++] = r->messages[i];
        r->messages[i] = (struct message){.template_id = 0};
        count_message(m, &b->messages[b->count - 1]);
    }
    if (b->count == before) {          /* they are all gone: nothing more will come of these */
        b->id_count = before;
    }
    if (b->count < b->id_count)
        next_part(m, fx);
    else
        b->sum.customers = count_customers(m);
}

void bulk_live(struct model *m, struct effects *fx)
{
    if (m->bulk.count < m->bulk.id_count && !ask_waiting(m, REQ_PREVIEW))
        next_part(m, fx);
}

bool bulk_pass(struct model *m, const char *reason, struct err *e)
{
    if (!m->bulk.sum.warned && !m->bulk.pass[0])
        return err_set(e, ERR_REFUSED, NULL, "no warning stands in the way of any of them");
    snprintf(m->bulk.pass, sizeof m->bulk.pass, "%s", reason);
    sum_again(m);
    m->bulk.cursor = 0;
    return true;
}

/* --- the list ------------------------------------------------------------------------------- */

bool bulk_listed(const struct model *m, const struct message *msg)
{
    return m->bulk.list == LIST_ALL || (int)m->bulk.list == (int)bulk_fate(m, msg) + 1;
}

static size_t listed_count(const struct model *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->bulk.count; i++)
        n += bulk_listed(m, &m->bulk.messages[i]);
    return n;
}

const struct message *bulk_chosen(const struct model *m)
{
    size_t at = m->bulk.cursor;
    for (size_t i = 0; i < m->bulk.count; i++)
        if (bulk_listed(m, &m->bulk.messages[i]) && at-- == 0)
            return &m->bulk.messages[i];
    return NULL;
}

int bulk_list_rows(const struct model *m)
{
    int rows = (m->rows - 12) / 2;
    return rows < 3 ? 3 : rows;
}

void bulk_move(struct model *m, enum action a)
{
    long n = (long)listed_count(m), page = bulk_list_rows(m), at = (long)m->bulk.cursor;
    bool back = a == ACTION_UP || a == ACTION_PAGE_UP || a == ACTION_HALF_UP || a == ACTION_TOP;
    long by = a == ACTION_TOP || a == ACTION_BOTTOM ? n : a == ACTION_UP || a == ACTION_DOWN ? 1 : page;
    at += back ? -by : by;
    at = at >= n ? n - 1 : at;
    m->bulk.cursor = at < 0 ? 0 : (size_t)at;
}

/* --- sending ------------------------------------------------------------------------------- */

static void ask_first(struct call *c)
{
    struct model *m = c->m;
    const struct bulk *b = &m->bulk;
    size_t n = b->sum.fate[BULK_NOW] + b->sum.fate[BULK_LATER];
    char title[160];
    if (b->sending) {
        toast_set(m, c->fx, TOAST_INFO, "they are being queued");
    } else if (b->count < b->id_count) {
        toast_set(m, c->fx, TOAST_INFO, "a moment: %s of %s are previewed", grouped((int64_t)b->count).text, grouped((int64_t)b->id_count).text);
        bulk_live(m, c->fx);
    } else if (!n) {
        toast_set(m, c->fx, TOAST_WARN, "none of them can go out; the list says why");
    } else {
        snprintf(title, sizeof title, "Queue %s message%s to %s customer%s%s%.40s?", grouped((int64_t)n).text, n == 1 ? "" : "s",
                 grouped((int64_t)b->sum.customers).text, b->sum.customers == 1 ? "" : "s", b->macro.name[0] ? ", then " : "", b->macro.name);
        menu_question(m, MENU_BULK, title);
    }
}

void bulk_send(struct model *m, struct effects *fx)
{
    struct bulk *b = &m->bulk;
    struct err e = {0};
    size_t n = b->sum.fate[BULK_NOW] + b->sum.fate[BULK_LATER];
    if (m->link != LINK_LIVE) {
        toast_set(m, fx, TOAST_BAD, "not connected any more: nothing was sent");
        return;
    }
    struct request r = {.kind = REQ_SEND};
    r.outreach.messages = xcalloc(n, sizeof *r.outreach.messages);
    r.outreach.seen = -1;
    r.outreach.pass = b->pass[0] ? xstrdup(b->pass) : NULL;
    r.outreach.macro = b->macro.name[0] ? xstrdup(b->macro.name) : NULL;
    for (size_t i = 0; i < b->count; i++)
        if (bulk_fate(m, &b->messages[i]) != BULK_SKIPPED)
            compose_copy(&b->messages[i], &r.outreach.messages[r.outreach.message_count++]);
    b->sending = act_send(m, fx, &r, &e);
    if (b->sending)
        toast_set(m, fx, TOAST_INFO, "queueing %s messages...", grouped((int64_t)n).text);
    else
        toast_set(m, fx, TOAST_BAD, "%s", e.text);
}

static void do_list(struct call *c)
{
    int step = c->action == ACTION_NEXT_LIST ? 1 : LIST_COUNT - 1;
    c->m->bulk.list = (enum bulk_list)(((int)c->m->bulk.list + step) % LIST_COUNT);
    c->m->bulk.cursor = 0;
}

void bulk_call(struct call *c)
{
    if (c->action == ACTION_SEND) {
        ask_first(c);
    } else if (c->action == ACTION_MESSAGE_ALL || c->action == ACTION_MESSAGE) {
        size_t n;
        if (select_each(c))
            return;
        int64_t *ids = act_targets(c->m, &n);
        if (n == 1 && c->action == ACTION_MESSAGE)
            compose_open(c->m, c->fx, ids[0], NULL);
        else {
            bulk_open(c->m, c->fx, ids, n);
            ids = NULL;
        }
        free(ids);
    } else {
        do_list(c);
    }
}
