#include "app/typed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/act.h"
#include "app/ask.h"
#include "app/moment.h"
#include "app/prompt.h"
#include "base/die.h"
#include "base/when.h"

/* A pause in typing; and somebody who never pauses is not kept waiting. */
enum { PAUSE = 700, LONGEST = 5000 };

/* Prompts of more than a word or two, and their names on the server. */
static const struct { enum prompt_kind kind; const char *name; } kept[] = {
    {PROMPT_NOTE, "note"}, {PROMPT_RESOLVE_TEXT, "resolve"}, {PROMPT_REOPEN, "reopen"}, {PROMPT_CASE_NOTE, "case_note"},
    {PROMPT_CASE_SUBJECT, "case_subject"}, {PROMPT_OVERRIDE_NOTE, "override_note"}, {PROMPT_BATCH_REJECT, "batch_reject"},
    {PROMPT_OUTAGE_TEXT, "outage"},
};

static const char *name_of(enum prompt_kind kind)
{
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        if (kept[i].kind == kind)
            return kept[i].name;
    return NULL;
}

/* A kept selection is no one's in particular. */
static int64_t about(const struct prompt *p) { return p->id_count && p->ids[0] > 0 ? p->ids[0] : 0; }

static bool send(struct model *m, struct effects *fx, enum request_kind kind, enum prompt_kind prompt, int64_t of, const char *text)
{
    struct request r = {.kind = kind, .control = {.id = of}};
    if (m->link != LINK_LIVE)
        return false;
    r.name = xstrdup(name_of(prompt));
    r.control.text = xstrdup(text);
    return ask_send(m, fx, &r, &(struct awaited){.id = of, .targets = (size_t)prompt, .forgets = text && !text[0]});
}

/* --- drafts whose prompt is closed ------------------------------------------------------------ */

static struct left_draft *find_left(struct model *m, enum prompt_kind kind, int64_t of)
{
    for (int i = 0; i < m->left_count; i++)
        if (m->left[i].kind == kind && m->left[i].of == of)
            return &m->left[i];
    return NULL;
}

static struct left_draft *add_left(struct model *m, enum prompt_kind kind, int64_t of)
{
    struct left_draft *l = find_left(m, kind, of);
    if (l)
        return l;
    if (m->left_count == LEFT_MAX)         /* the oldest stays on the server until its prompt is opened again */
        memmove(&m->left[0], &m->left[1], (size_t)--m->left_count * sizeof m->left[0]);
    l = &m->left[m->left_count++];
    *l = (struct left_draft){.kind = kind, .of = of};
    return l;
}

static void drop_left(struct model *m, const struct left_draft *l)
{
    size_t at = (size_t)(l - m->left);
    m->left_count--;
    memmove(&m->left[at], &m->left[at + 1], ((size_t)m->left_count - at) * sizeof m->left[0]);
}

/* Now, or as soon as there is a connection. */
static void forget(struct model *m, struct effects *fx, enum prompt_kind kind, int64_t of)
{
    struct left_draft *l = find_left(m, kind, of);
    if (!send(m, fx, REQ_TYPED_SAVE, kind, of, ""))
        add_left(m, kind, of)->over = true;
    else if (l)
        drop_left(m, l);
}

/* --- what becomes of an action that was typed ----------------------------------------------------- */

static const struct { enum verb verb; enum prompt_kind prompt; } verbs[] = {
    {VERB_NOTE, PROMPT_NOTE}, {VERB_RESOLVE, PROMPT_RESOLVE_TEXT}, {VERB_REOPEN, PROMPT_REOPEN},
};

/* Enter puts these into a form, which is sent as one of these. */
static const struct { enum prompt_kind prompt; enum request_kind sent; } forms[] = {
    {PROMPT_CASE_NOTE, REQ_CASE_ACT}, {PROMPT_CASE_SUBJECT, REQ_CASE_ACT}, {PROMPT_OVERRIDE_NOTE, REQ_OVERRIDE_APPLY},
    {PROMPT_OUTAGE_TEXT, REQ_OUTAGE_DECLARE}, {PROMPT_OUTAGE_TEXT, REQ_OUTAGE_ACT},
};

/* The text of an action, and the prompt it was typed into; NULL: none. */
static const char *text_of(const struct awaited *a, enum prompt_kind *prompt)
{
    const struct request *r = &a->again;
    for (size_t i = 0; a->kind == REQ_ACT && i < sizeof verbs / sizeof verbs[0]; i++)
        if (verbs[i].verb == a->verb && (*prompt = verbs[i].prompt))
            return r->act.text;
    if (a->kind == REQ_BATCH_ACT && (*prompt = PROMPT_BATCH_REJECT))
        return r->control.text;
    if (a->kind == REQ_CASE_ACT && r->control.case_op == CASE_OP_NOTE && (*prompt = PROMPT_CASE_NOTE))
        return r->control.text;
    if (a->kind == REQ_CASE_ACT && r->control.case_op == CASE_OP_SET && (*prompt = PROMPT_CASE_SUBJECT))
        return r->control.subject;
    return NULL;
}

static int64_t subject_of(const struct awaited *a) { return a->id > 0 ? a->id : 0; }

static bool under_way(const struct model *m, enum prompt_kind kind, int64_t of)
{
    enum prompt_kind prompt = PROMPT_NONE;
    for (int i = 0; i < m->awaiting_count; i++)
        if (text_of(&m->awaiting[i], &prompt) && prompt == kind && subject_of(&m->awaiting[i]) == of)
            return true;
    return false;
}

static void form_sent(struct model *m, struct effects *fx, const struct awaited *a)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (forms[i].sent == a->kind && find_left(m, forms[i].prompt, 0))
            forget(m, fx, forms[i].prompt, 0);
}

void typed_answered(struct model *m, struct effects *fx, const struct awaited *a, const struct reply *r)
{
    enum prompt_kind prompt = PROMPT_NONE;
    const char *text = text_of(a, &prompt);
    struct left_draft *l = text ? find_left(m, prompt, subject_of(a)) : NULL;
    struct act_count n = act_count(a, r);
    bool done = r->ok && (n.done || n.same || !n.refused);
    if (act_unheard(m, a, r))
        return;
    if (l && done && l->saved)
        forget(m, fx, prompt, subject_of(a));
    else if (l && (done || send(m, fx, REQ_TYPED_SAVE, prompt, subject_of(a), text)))     /* what was refused may be typed on */
        drop_left(m, l);
    if (!text && done && a->key[0] && (a->kind != REQ_CASE_ACT || a->again.control.case_op == CASE_OP_OPEN))
        form_sent(m, fx, a);
}

/* --- the open prompt -------------------------------------------------------------------------- */

/* What is sent stays a draft until that was done. What Enter only put into a form, or asked about, stays one too. */
static void leave(struct model *m, struct effects *fx)
{
    struct typing *t = &m->typing;
    if (t->taken) {
        if (!under_way(m, t->kind, t->of))
            typed_keep(m, fx);
        add_left(m, t->kind, t->of)->saved |= t->saved;
    } else if (t->saved) {
        forget(m, fx, t->kind, t->of);
    }
    *t = (struct typing){.kind = PROMPT_NONE};
    effects_timer(fx, TIMER_TYPED, WHEN_NONE);
}

static void enter(struct model *m, struct effects *fx)
{
    struct typing *t = &m->typing;
    t->kind = m->prompt.kind;
    t->of = about(&m->prompt);
    memcpy(t->text, m->prompt.text, sizeof t->text);
    t->taken = false;
    if (!under_way(m, t->kind, t->of))         /* what is sent is no draft */
        send(m, fx, REQ_TYPED, t->kind, t->of, NULL);
}

void typed_follow(struct model *m, struct effects *fx)
{
    struct typing *t = &m->typing;
    const struct prompt *p = &m->prompt;
    bool same = t->kind == p->kind && t->of == about(p);
    if (!same && t->kind != PROMPT_NONE)
        leave(m, fx);
    if (!name_of(p->kind))
        return;
    if (!same) {
        enter(m, fx);
        return;
    }
    if (strcmp(t->text, p->text) == 0)
        return;
    memcpy(t->text, p->text, sizeof t->text);
    t->unsaved_since = t->unsaved ? t->unsaved_since : m->now;
    t->touched = t->unsaved = true;
    int64_t at = m->now + PAUSE, latest = t->unsaved_since + LONGEST;
    effects_timer(fx, TIMER_TYPED, at < latest ? at : latest);
}

void typed_keep(struct model *m, struct effects *fx)
{
    struct typing *t = &m->typing;
    if (!t->unsaved || !send(m, fx, REQ_TYPED_SAVE, t->kind, t->of, t->text))
        return;
    t->saved = true;
    t->unsaved = false;
}

void typed_live(struct model *m, struct effects *fx)
{
    for (int i = m->left_count; i-- > 0;)
        if (m->left[i].over)
            forget(m, fx, m->left[i].kind, m->left[i].of);
    if (m->typing.unsaved)
        effects_timer(fx, TIMER_TYPED, m->now);
}

bool typed_unsaved(const struct model *m) { return m->typing.unsaved || ask_waiting(m, REQ_TYPED_SAVE); }

void typed_found(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    struct typing *t = &m->typing;
    const struct table *found = &r->table;
    char at[32];
    (void)fx;
    if (!r->ok || found->rows != 1 || found->columns != 2 || t->touched || (enum prompt_kind)a->targets != t->kind || a->id != t->of)
        return;
    t->saved = true;
    if (m->prompt.text[0])     /* begun with another text */
        return;
    prompt_restore(m, found->cells[0]);
    memcpy(t->text, m->prompt.text, sizeof t->text);
    moment_format(strtoll(found->cells[1], NULL, 10), m->now, &m->zone, at, sizeof at);
    snprintf(m->prompt.hint, sizeof m->prompt.hint, "draft of %s: Enter takes it, Esc discards it", at);     /* until the next key */
}

/* It is no reason to stop anybody who types: what is not kept yet is tried again with the next pause, or when connected again. */
void typed_kept(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    struct typing *t = &m->typing;
    if (!r->ok && a->forgets && err_retryable(r->error.code))
        add_left(m, (enum prompt_kind)a->targets, a->id)->over = true;
    if (r->ok || a->forgets || (enum prompt_kind)a->targets != t->kind || a->id != t->of)
        return;
    t->unsaved_since = t->unsaved ? t->unsaved_since : m->now;
    t->unsaved = true;
    if (m->link == LINK_LIVE && err_retryable(r->error.code))
        effects_timer(fx, TIMER_TYPED, m->now + LONGEST);
}
