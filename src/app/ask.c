#include "app/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/compose.h"
#include "app/groups.h"
#include "base/die.h"
#include "base/when.h"

enum { CONTEXT_LINES = 200, COUNTS_EVERY = 1000, COUNTS_MOST = 24000, COUNTS_BUSY = 4, COUNTS_SOONEST = 200, COUNTS_EACH = 30 };

static uint64_t random_next(uint64_t *seed)
{
    /* splitmix64: enough for uniqueness, and the same run gives the same keys */
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void ask_key(struct model *m, char out[KEY_TEXT])
{
    uint64_t a = random_next(&m->seed), b = random_next(&m->seed);
    snprintf(out, KEY_TEXT, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32), (unsigned)(a >> 16 & 0xffff),
             (unsigned)(a & 0xfff), (unsigned)(0x8000 | (b >> 48 & 0x3fff)),
             (unsigned long long)(b & UINT64_C(0xffffffffffff)));
}

bool ask_send(struct model *m, struct effects *fx, struct request *r, const struct awaited *about)
{
    if (m->awaiting_count == AWAITING_MAX) {
        request_finish(r);
        return false;
    }
    struct awaited *a = &m->awaiting[m->awaiting_count++];
    *a = about ? *about : (struct awaited){0};
    a->number = r->number = ++m->last_number;
    a->kind = r->kind;
    a->sent_at = m->now;
    a->in_doubt = false;
    effects_push(fx, EFFECT_REQUEST)->request = *r;
    *r = (struct request){0};
    return true;
}

bool ask_waiting(const struct model *m, enum request_kind kind)
{
    for (int i = 0; i < m->awaiting_count; i++)
        if (m->awaiting[i].kind == kind)
            return true;
    return false;
}

static void drop(struct model *m, int i)
{
    m->awaiting_count--;
    memmove(&m->awaiting[i], &m->awaiting[i + 1], (size_t)(m->awaiting_count - i) * sizeof m->awaiting[0]);
}

bool ask_take(struct model *m, uint32_t number, struct awaited *out)
{
    for (int i = 0; i < m->awaiting_count; i++) {
        if (m->awaiting[i].number == number && !m->awaiting[i].in_doubt) {
            *out = m->awaiting[i];
            drop(m, i);
            return true;
        }
    }
    return false;
}

void ask_doubt(struct model *m, struct awaited *a)
{
    if (m->awaiting_count == AWAITING_MAX) {  /* it was in the table a moment ago: cannot happen */
        request_finish(&a->again);
        return;
    }
    a->in_doubt = a->doubted = true;
    m->awaiting[m->awaiting_count++] = *a;
}

static char **copy_texts(char *const *from, size_t count)
{
    char **to = xcalloc(count, sizeof *to);
    for (size_t i = 0; i < count; i++)
        to[i] = xstrdup(from[i]);
    return to;
}

static void copy_outreach(const struct outreach_request *from, struct outreach_request *to)
{
    to->name = xstrdup(from->name);
    to->channel = xstrdup(from->channel);
    to->pass = xstrdup(from->pass);
    to->macro = xstrdup(from->macro);
    to->messages = NULL;
    if (from->message_count)
        to->messages = xcalloc(from->message_count, sizeof *to->messages);
    for (size_t i = 0; i < from->message_count; i++)
        compose_copy(&from->messages[i], &to->messages[i]);
}

static void copy_control(const struct control_request *from, struct control_request *to)
{
    to->code = xstrdup(from->code);
    to->text = xstrdup(from->text);
    to->subject = xstrdup(from->subject);
    to->person = xstrdup(from->person);
    to->tag = xstrdup(from->tag);
    to->untag = xstrdup(from->untag);
    to->list = xstrdup(from->list);
    to->scope = xstrdup(from->scope);
    to->carrier = xstrdup(from->carrier);
}

static void copy_table(const struct table_request *from, struct table_request *to)
{
    to->params = NULL;
    to->param_count = 0;
    for (size_t i = 0; i < from->param_count; i++)
        table_request_param(to, from->params[i]);
}

void ask_copy(const struct request *from, struct request *to)
{
    *to = *from;
    to->filter = xstrdup(from->filter);
    to->page.filter = xstrdup(from->page.filter);
    to->act.text = xstrdup(from->act.text);
    to->act.person = xstrdup(from->act.person);
    to->act.code = xstrdup(from->act.code);
    to->name = xstrdup(from->name);
    if (from->ids) {
        to->ids = xcalloc(from->id_count, sizeof *to->ids);
        memcpy(to->ids, from->ids, from->id_count * sizeof *to->ids);
    }
    if (from->count_filters)
        to->count_filters = copy_texts(from->count_filters, from->count_filter_count);
    copy_outreach(&from->outreach, &to->outreach);
    copy_control(&from->control, &to->control);
    copy_table(&from->table, &to->table);
}

void ask_again(struct model *m, struct effects *fx)
{
    for (int i = 0; i < m->awaiting_count; i++) {
        struct awaited *a = &m->awaiting[i];
        if (!a->in_doubt)
            continue;
        struct request r;
        ask_copy(&a->again, &r);
        a->number = r.number = ++m->last_number;
        a->sent_at = m->now;
        a->in_doubt = false;
        effects_push(fx, EFFECT_REQUEST)->request = r;
    }
}

int ask_unanswered(const struct model *m)
{
    int n = 0;
    for (int i = 0; i < m->awaiting_count; i++)
        n += m->awaiting[i].key[0] != '\0';   /* has a key: is asked again */
    return n;
}

void ask_forget(struct model *m, struct effects *fx, enum request_kind kind)
{
    for (int i = m->awaiting_count - 1; i >= 0; i--) {
        if (m->awaiting[i].kind != kind)
            continue;
        effects_push(fx, EFFECT_FORGET)->number = m->awaiting[i].number;
        request_finish(&m->awaiting[i].again);
        drop(m, i);
    }
}

static void ask_once(struct model *m, struct effects *fx, enum request_kind kind)
{
    if (m->link == LINK_LIVE && !ask_waiting(m, kind))
        ask_send(m, fx, &(struct request){.kind = kind}, NULL);
}

void ask_hello(struct model *m, struct effects *fx) { ask_once(m, fx, REQ_HELLO); }
void ask_views(struct model *m, struct effects *fx) { ask_once(m, fx, REQ_VIEWS); }
void ask_taken(struct model *m, struct effects *fx) { ask_once(m, fx, REQ_TAKEN); }
void ask_words(struct model *m, struct effects *fx) { ask_once(m, fx, REQ_WORDS); }

/* Hundreds of sessions count after the same change: together not more than one every COUNTS_EACH, so each less often the more there are,
 * and not all at one moment. */
static int64_t apart(const struct model *m)
{
    int64_t ms = m->counts.sessions * COUNTS_EACH;
    return ms > COUNTS_MOST ? COUNTS_MOST : ms;
}

static int64_t at_least(const struct model *m, int64_t every)
{
    int64_t least = apart(m) > COUNTS_EVERY ? apart(m) : COUNTS_EVERY;
    return every < least ? least : every > COUNTS_MOST ? COUNTS_MOST : every;
}

void ask_counts(struct model *m, struct effects *fx)
{
    if (m->link != LINK_LIVE || ask_waiting(m, REQ_COUNTS))
        return;
    size_t views = m->settled ? m->view_count : 0;
    struct request r = {.kind = REQ_COUNTS, .count_filter_count = views};
    r.count_filters = xcalloc(VIEW_MAX, sizeof *r.count_filters);
    for (size_t i = 0; i < views; i++)
        r.count_filters[i] = xstrdup(m->views[i].view.filter);
    if (m->settled)
        groups_count(m, &r);
    m->counts_dirty = false;
    m->counts_asked_at = m->now;
    bool busy = m->counts_hints > COUNTS_BUSY * (m->counts_every / COUNTS_EVERY);
    m->counts_every = at_least(m, busy ? 2 * m->counts_every : 0);
    m->counts_hints = 0;
    ask_send(m, fx, &r, &(struct awaited){.targets = views});
}

static void arm_counts(struct model *m, struct effects *fx, int64_t at)
{
    m->counts_dirty = true;
    m->counts_due = at;
    effects_timer(fx, TIMER_COUNTS, at);
}

void ask_counts_later(struct model *m, struct effects *fx)
{
    m->counts_hints++;
    if (m->counts_dirty)
        return;
    int64_t at = m->now + COUNTS_SOONEST + apart(m) * m->spread / 1000, every = at_least(m, m->counts_every);
    if (every > COUNTS_EVERY)
        every += every * m->spread / 4000;
    if (m->counts_asked_at != WHEN_NONE && m->counts_asked_at + every > at)
        at = m->counts_asked_at + every;
    arm_counts(m, fx, at);
}

/* More changed than a hint tells of, which the counters cannot follow by themselves: they are read as soon as so many sessions may. */
void ask_counts_many(struct model *m, struct effects *fx)
{
    int64_t at = m->now + COUNTS_SOONEST + apart(m) * m->spread / 1000;
    if (m->counts_asked_at != WHEN_NONE && m->counts_asked_at + at_least(m, 0) > at)
        at = m->counts_asked_at + at_least(m, 0);
    if (!m->counts_dirty || m->counts_due == WHEN_NONE || m->counts_due > at)
        arm_counts(m, fx, at);
}

void ask_counts_soon(struct model *m, struct effects *fx)
{
    int64_t at = m->now + COUNTS_SOONEST;
    if (m->counts_asked_at != WHEN_NONE && m->counts_asked_at + COUNTS_EVERY > at)
        at = m->counts_asked_at + COUNTS_EVERY;
    arm_counts(m, fx, at);
}

void ask_counts_within(struct model *m, struct effects *fx, int64_t ms)
{
    arm_counts(m, fx, m->now + ms * m->spread / 1000);
}

void ask_context(struct model *m, struct effects *fx, int64_t id)
{
    if (m->link != LINK_LIVE || !id)
        return;
    for (int i = 0; i < m->awaiting_count; i++)
        if (m->awaiting[i].kind == REQ_CONTEXT && m->awaiting[i].id == id)
            return;
    ask_forget(m, fx, REQ_CONTEXT);   /* the cursor went on: the old one is no longer wanted */
    struct request r = {.kind = REQ_CONTEXT, .id_count = 1, .limit = CONTEXT_LINES, .whole = m->screen == SCREEN_DETAIL};
    r.ids = xcalloc(1, sizeof *r.ids);
    r.ids[0] = id;
    if (id == m->context_id)
        m->context_stale = false;     /* a hint that comes from now on needs another read */
    ask_send(m, fx, &r, &(struct awaited){.id = id, .whole = m->screen == SCREEN_DETAIL});
}
