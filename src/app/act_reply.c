/* What an action became: told, undone if need be, and the cursor moved on. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/act.h"
#include "app/ask.h"
#include "app/compose.h"
#include "app/cursor.h"
#include "app/dispatch.h"
#include "app/hints.h"
#include "app/lists.h"
#include "app/moment.h"
#include "app/select.h"
#include "app/toast.h"
#include "app/undo.h"
#include "base/die.h"
#include "base/number.h"
#include "base/when.h"
#include "core/contact.h"

static bool is_same(const struct act_result *r) { return r->ok && strcmp(r->code, "same") == 0; }

/* 0: nothing was done. */
static int64_t first_done(const struct reply *r)
{
    for (size_t i = 0; i < r->result_count; i++)
        if (r->results[i].ok && !is_same(&r->results[i]))
            return r->results[i].id;
    return 0;
}

struct act_count act_count(const struct awaited *a, const struct reply *r)
{
    struct act_count n = {0};
    if (a->again.brief)
        return (struct act_count){r->of_many.done, r->of_many.refused, r->of_many.same};
    for (size_t i = 0; i < r->result_count; i++)
        ++*(!r->results[i].ok ? &n.refused : is_same(&r->results[i]) ? &n.same : &n.done);
    return n;
}

/* Keeps the refused ones for the results screen; returns how many. */
size_t act_keep_refused(struct model *m, struct reply *r)
{
    size_t kept = 0;
    for (size_t i = 0; i < r->result_count; i++)
        if (!r->results[i].ok)
            r->results[kept++] = r->results[i];
    if (!kept)
        return 0;
    free(m->results);
    m->results = r->results;
    m->result_count = kept;
    r->results = NULL;
    r->result_count = 0;
    return kept;
}

static void select_refused(struct model *m)
{
    int64_t *ids = xcalloc(m->result_count, sizeof *ids);
    for (size_t i = 0; i < m->result_count; i++)
        ids[i] = m->results[i].id;
    select_set(m, ids, m->result_count);
    free(ids);
}

/* "snoozed #17 until Mon 09:00", "assigned 3 exceptions to ines". */
static void tell_done(const struct model *m, const struct awaited *a, int64_t first, size_t done, char *out, size_t size)
{
    const struct act_args *args = &a->again.act;
    char which[48], when[32];
    enum contact_driver driver;
    enum resolution resolution;
    if (done == 1)
        snprintf(which, sizeof which, "#%" PRId64, first);
    else
        snprintf(which, sizeof which, "%s exceptions", grouped((int64_t)done).text);
    int n = snprintf(out, size, "%s %s", verb_past(a->verb), which);
    if (n < 0 || (size_t)n >= size)
        return;
    out += n;
    size -= (size_t)n;
    if (a->verb == VERB_ASSIGN && args->person)
        snprintf(out, size, " to %s", args->person);
    else if (a->verb == VERB_SEVERITY && args->code)
        snprintf(out, size, " to %s", args->code);
    else if ((a->verb == VERB_TAG || a->verb == VERB_UNTAG) && args->code)
        snprintf(out, size, ": %s", args->code);
    else if (a->verb == VERB_CONTACT && args->code && contact_driver_parse(args->code, strlen(args->code), &driver))
        snprintf(out, size, ": %s", contact_driver_label(driver));
    else if (a->verb == VERB_RESOLVE && args->code && resolution_parse(args->code, strlen(args->code), &resolution))
        snprintf(out, size, ": %s", resolution_label(resolution));
    else if (a->verb == VERB_SNOOZE && args->next_scan)
        snprintf(out, size, " until the next scan");
    else if ((a->verb == VERB_SNOOZE || a->verb == VERB_WAIT) && args->until != WHEN_NONE) {
        moment_format(args->until, m->now, &m->zone, when, sizeof when);
        snprintf(out, size, " until %s", when);
    }
}

void act_say_refused(struct model *m, struct effects *fx, const char *past, size_t done, size_t refused)
{
    const struct act_result *first = &m->results[0];
    snprintf(m->results_title, sizeof m->results_title, "%s %s, refused %s", past, grouped((int64_t)done).text, grouped((int64_t)refused).text);
    if (!done && refused == 1 && first->id <= 0) {         /* of no exception: a batch, a case, a selection */
        toast_set(m, fx, TOAST_BAD, "%s", first->message);
        return;
    }
    if (!done && refused == 1) {
        toast_set(m, fx, TOAST_BAD, "#%" PRId64 ": %s", first->id, first->message);
        return;
    }
    toast_set(m, fx, TOAST_WARN, "%s %s, %s refused: #%" PRId64 " %s", past, grouped((int64_t)done).text, grouped((int64_t)refused).text, first->id,
              first->message);
    if (refused > 1 && m->prompt.kind == PROMPT_NONE && m->menu.kind == MENU_NONE && m->screen != SCREEN_RESULTS) {
        dispatch_show(m, SCREEN_RESULTS);
    }
}

/* "… is not here any more": the same key again takes it over. False: somebody among them is. */
static bool offer_taking_over(struct model *m, struct effects *fx, const struct awaited *a, size_t done, size_t refused)
{
    for (size_t i = 0; i < m->result_count; i++)
        if (strcmp(m->results[i].code, "away") != 0)
            return false;
    bool asked_here = refused > 1 || cursor_target(m) == m->results[0].id;     /* the next c may be meant for another row by now */
    m->armed = asked_here ? ACTION_CLAIM + 1 : m->armed;
    if (refused == 1 && !done)
        toast_set(m, fx, TOAST_WARN, "#%" PRId64 ": %s", m->results[0].id, m->results[0].message);
    else
        toast_set(m, fx, TOAST_WARN, "%s %s; %s are of people who are not here any more: claim once more to take them over", verb_past(a->verb),
                  grouped((int64_t)done).text, grouped((int64_t)refused).text);
    return true;
}

/* What changed is read again even if its notification is late; a note of the ids suffices. */
void act_touch(struct model *m, struct effects *fx, const struct reply *r)
{
    for (size_t i = 0; i < r->result_count; i++) {
        if (r->results[i].id == m->context_id)
            m->context_stale = true;
        if (r->result_count <= TOUCHED_MAX && r->results[i].ok)
            hints_touch(m, r->results[i].id);
    }
    size_t all = r->of_many.done + r->of_many.refused + r->of_many.same;
    if (r->result_count > TOUCHED_MAX || all > r->result_count)
        hints_all(m);
    m->context_stale = m->context_stale || all > r->result_count;
    if (m->context_stale && m->context_id == cursor_target(m))
        ask_context(m, fx, m->context_id);
    ask_counts_soon(m, fx);
}

/* These end the work on an exception for now: the next one is what is wanted. After claim,
 * note or severity one stays, to go on with it. */
static bool moves_on(enum verb v)
{
    return v == VERB_RESOLVE || v == VERB_SNOOZE || v == VERB_WAIT || v == VERB_RELEASE || v == VERB_ASSIGN;
}

void act_go_on(struct model *m, struct effects *fx, int64_t id)
{
    if (m->prompt.kind != PROMPT_NONE || m->menu.kind != MENU_NONE || m->queue.cursor_id != id)
        return;
    if (m->screen == SCREEN_DETAIL && m->detail_id)   /* looked up by itself: there is no next */
        return;
    cursor_move(m, fx, 1);
    if (m->queue.cursor_id == id)
        cursor_move(m, fx, -1);
}

static void show_taken(struct model *m, struct effects *fx, int64_t id)
{
    if (m->prompt.kind != PROMPT_NONE || m->menu.kind != MENU_NONE)
        return;
    if (!cursor_to(m, fx, id)) {
        m->detail_id = id;
        m->screen = SCREEN_DETAIL;
        m->tab = TAB_SUMMARY;
    }
    m->context_stale = m->context_stale || m->context_id == id;
    cursor_follow(m, fx, true);
}

/* What nothing was changed of is no part of what was done, and nothing to take back. */
static void succeeded(struct model *m, struct effects *fx, const struct awaited *a, const struct reply *r, struct act_count n)
{
    char what[160];
    int64_t first = r->result_count ? r->results[0].id : a->id;
    tell_done(m, a, first_done(r), n.done, what, sizeof what);
    if (!n.done && n.same == 1)
        toast_set(m, fx, TOAST_INFO, "#%" PRId64 ": %s", first, r->results[0].message);    /* "it is yours already" */
    else if (!n.done)
        toast_set(m, fx, TOAST_INFO, "nothing changed: all %s were so already", grouped((int64_t)n.same).text);
    else if (n.same)
        toast_set(m, fx, TOAST_GOOD, "%s; %s were so already", what, grouped((int64_t)n.same).text);
    else
        toast_set(m, fx, TOAST_GOOD, "%s", what);
    if (verb_undoable(a->verb) && n.done)
        undo_offer(m, what);
    if (a->verb == VERB_TAKE_NEXT)
        show_taken(m, fx, first);
    else if (n.done + n.same == 1 && moves_on(a->verb))
        act_go_on(m, fx, first);
}

void act_reply(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    if (act_failed(m, fx, a, r))
        return;
    char what[160];
    struct act_count n = act_count(a, r);
    tell_done(m, a, first_done(r), n.done, what, sizeof what);
    act_touch(m, fx, r);
    for (size_t i = 0; i < r->result_count; i++)
        if (r->results[i].ok)
            select_drop(m, r->results[i].id);
    if (select_is_kept(a->again.ids, a->again.id_count) && -a->again.ids[0] == m->kept.number)
        select_clear(m);
    if (!r->result_count && a->verb == VERB_TAKE_NEXT)
        toast_set(m, fx, TOAST_INFO, "everything has an owner: nothing is left to take");
    else if (!r->result_count)
        toast_set(m, fx, TOAST_INFO, "%s", r->summary[0] ? r->summary : "nothing was done");
    else if (!n.refused)
        succeeded(m, fx, a, r, n);
    bool bulk = a->targets > 1;
    if (act_keep_refused(m, r)) {
        if (bulk && m->results[0].id > 0)
            select_refused(m);
        if (n.done && verb_undoable(a->verb))
            undo_offer(m, what);
        if (!offer_taking_over(m, fx, a, n.done, n.refused))
            act_say_refused(m, fx, verb_past(a->verb), n.done, n.refused);
    }
    request_finish(&a->again);
}

void act_undo_reply(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    bool unheard = !r->ok && act_unheard(m, a, r);
    if (act_failed(m, fx, a, r)) {
        if (!unheard)
            compose_taken_back(m, fx, false);
        return;
    }
    char back[sizeof m->undo_text];
    const char *what = strstr(m->undo_text, ": ");   /* what was said it would take back */
    snprintf(back, sizeof back, "took back%s", what ? what : "");
    m->undo_text[0] = '\0';
    size_t done = act_count(a, r).done, refused = act_count(a, r).refused;
    act_touch(m, fx, r);
    if (act_keep_refused(m, r))
        act_say_refused(m, fx, "took back", done, refused);
    else
        toast_set(m, fx, TOAST_GOOD, "%s", done ? back : r->summary[0] ? r->summary : "nothing was taken back");
    lists_old(m);
    lists_follow(m, fx);
    compose_taken_back(m, fx, done > 0);
    request_finish(&a->again);
}
