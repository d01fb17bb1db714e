#include "app/typed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    return ask_send(m, fx, &r, &(struct awaited){.id = of, .targets = (size_t)prompt});
}

/* Enter puts these into a form, which may yet be lost; what is sent with it forgets them. */
static const struct { enum prompt_kind prompt; enum request_kind sent; } forms[] = {
    {PROMPT_CASE_NOTE, REQ_CASE_ACT}, {PROMPT_CASE_SUBJECT, REQ_CASE_ACT}, {PROMPT_OVERRIDE_NOTE, REQ_OVERRIDE_APPLY}, {PROMPT_OUTAGE_TEXT, REQ_OUTAGE_DECLARE},
};

static bool into_form(const struct typing *t)
{
    for (size_t i = 0; t->of == 0 && i < sizeof forms / sizeof forms[0]; i++)
        if (forms[i].prompt == t->kind)
            return true;
    return false;
}

void typed_sent(struct model *m, struct effects *fx, enum request_kind kind)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (forms[i].sent == kind)
            send(m, fx, REQ_TYPED_SAVE, forms[i].prompt, 0, "");
}

/* What was sent is on its way before this, on the same connection. */
static void leave(struct model *m, struct effects *fx)
{
    if (m->typing.taken && into_form(&m->typing))
        typed_keep(m, fx);
    else if (m->typing.saved)
        send(m, fx, REQ_TYPED_SAVE, m->typing.kind, m->typing.of, "");
    m->typing = (struct typing){.kind = PROMPT_NONE};
    effects_timer(fx, TIMER_TYPED, WHEN_NONE);
}

static void enter(struct model *m, struct effects *fx)
{
    struct typing *t = &m->typing;
    t->kind = m->prompt.kind;
    t->of = about(&m->prompt);
    memcpy(t->text, m->prompt.text, sizeof t->text);
    t->taken = false;
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
    if (r->ok || (enum prompt_kind)a->targets != t->kind || a->id != t->of)
        return;
    t->unsaved_since = t->unsaved ? t->unsaved_since : m->now;
    t->unsaved = true;
    if (m->link == LINK_LIVE && err_retryable(r->error.code))
        effects_timer(fx, TIMER_TYPED, m->now + LONGEST);
}
