#include "app/act.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/argument.h"
#include "app/ask.h"
#include "app/cursor.h"
#include "app/menu.h"
#include "app/moment.h"
#include "app/select.h"
#include "app/toast.h"
#include "base/die.h"
#include "base/when.h"

enum { UNANSWERED_MOST = 8 };

static const struct { enum action action; enum verb verb; const char *doing; } verbs[] = {
    {ACTION_CLAIM, VERB_CLAIM, "claiming"},         {ACTION_RELEASE, VERB_RELEASE, "releasing"},
    {ACTION_ASSIGN, VERB_ASSIGN, "assigning"},      {ACTION_TAKE_NEXT, VERB_TAKE_NEXT, "taking the next one"},
    {ACTION_SNOOZE, VERB_SNOOZE, "snoozing"},       {ACTION_WAIT, VERB_WAIT, "setting to waiting"},
    {ACTION_WORK, VERB_WORK, "setting to working"}, {ACTION_NOTE, VERB_NOTE, "adding a note to"},
    {ACTION_SEVERITY, VERB_SEVERITY, "changing the severity of"},
    {ACTION_RESOLVE, VERB_RESOLVE, "resolving"},    {ACTION_REOPEN, VERB_REOPEN, "reopening"},
    {ACTION_TAG, VERB_TAG, "tagging"},              {ACTION_UNTAG, VERB_UNTAG, "untagging"},
    {ACTION_CONTACT, VERB_CONTACT, "logging a contact about"},
};
#define VERBS_COUNT (sizeof verbs / sizeof verbs[0])

static const char *doing(enum verb v)
{
    for (size_t i = 0; i < VERBS_COUNT; i++)
        if (verbs[i].verb == v)
            return verbs[i].doing;
    return "doing";
}

static bool find_verb(enum action a, enum verb *out)
{
    for (size_t i = 0; i < VERBS_COUNT; i++) {
        if (verbs[i].action == a) {
            *out = verbs[i].verb;
            return true;
        }
    }
    return false;
}

int64_t *act_targets(const struct model *m, size_t *n)
{
    int64_t one = cursor_target(m);
    const int64_t *from = &one;
    *n = one ? 1 : 0;
    int64_t kept = -m->kept.number;
    if (kept && m->screen == SCREEN_QUEUE) {
        from = &kept;
        *n = 1;
    } else if (m->selected_count && m->screen == SCREEN_QUEUE) {
        from = m->selected;
        *n = m->selected_count;
    }
    if (!*n)
        return NULL;
    int64_t *ids = xcalloc(*n, sizeof *ids);
    memcpy(ids, from, *n * sizeof *ids);
    return ids;
}

/* --- may it be done ------------------------------------------------------------------ */

const char *act_a_lead(const struct model *m)
{
    for (size_t i = 0; i < m->words.count; i++)
        if (m->words.items[i].field == FIELD_OWNER && m->words.items[i].label &&
            strstr(m->words.items[i].label, "lead"))
            return m->words.items[i].word;
    return "a lead";
}

static bool check_role(const struct model *m, enum action a, struct err *e)
{
    unsigned needs = action_info(a)->needs;
    enum role_level least = needs & NEED_LEAD ? ROLE_LEAD : ROLE_AGENT;
    if (!(needs & (NEED_AGENT | NEED_LEAD)) || !m->hello.role[0])   /* not told yet: the database decides anyway */
        return true;
    if (m->hello.read_only)
        return m->hello.standby
                   ? err_set(e, ERR_REFUSED, NULL, "%s: %s is read-only, a standby; connect to the primary to work", action_info(a)->name,
                             m->hello.server)
                   : err_set(e, ERR_REFUSED, NULL, "%s: this session is read-only; start doorstep without --read-only to work",
                             action_info(a)->name);
    if (m->hello.level >= least)
        return true;
    return err_set(e, ERR_REFUSED, NULL, "%s: only %ss can, and %s is %s %s; ask %s", action_info(a)->name,
                   role_level_name(least), m->hello.role, m->hello.level == ROLE_AGENT || m->hello.level == ROLE_ADMIN ? "an" : "a",
                   role_level_name(m->hello.level), act_a_lead(m));
}

bool act_allowed(const struct model *m, enum action a, struct err *e)
{
    unsigned needs = action_info(a)->needs;
    const char *name = action_info(a)->name;
    if ((needs & (NEED_ROW | NEED_TARGET)) && !cursor_target(m) && !(needs & NEED_TARGET && select_total(m)))
        return err_set(e, ERR_REFUSED, NULL, "%s: there is no exception here", name);
    if ((needs & NEED_LIVE) && m->link != LINK_LIVE)
        return err_set(e, ERR_UNREACHABLE, NULL,
                       "%s: not connected, nothing was done; try again when it is back", name);
    if ((needs & NEED_TARGET) && m->screen == SCREEN_QUEUE && ask_waiting(m, REQ_SELECT))     /* it would be for the one under the cursor */
        return err_set(e, ERR_AGAIN, NULL, "%s: everything under this filter is still being selected, nothing was done; again in a moment", name);
    return check_role(m, a, e);
}

/* --- doing it ------------------------------------------------------------------------ */

static void fill_args(const struct model *m, enum action a, const char *arg, struct act_args *args)
{
    struct moment when = {.at = WHEN_NONE};
    size_t word = strcspn(arg, " ");
    args->until = WHEN_NONE;
    args->take_over = a == ACTION_CLAIM && m->armed == ACTION_CLAIM + 1;
    if (a == ACTION_NOTE || a == ACTION_REOPEN)
        args->text = arg[0] ? xstrdup(arg) : NULL;
    if (a == ACTION_ASSIGN)
        args->person = word == 2 && strncmp(arg, "me", 2) == 0 ? xstrdup(m->hello.role) : xstrndup(arg, word);
    if (a == ACTION_SEVERITY || a == ACTION_RESOLVE || a == ACTION_TAG || a == ACTION_UNTAG || a == ACTION_CONTACT)
        args->code = xstrndup(arg, word);
    if (a == ACTION_RESOLVE && arg[word + strspn(arg + word, " ")])
        args->text = xstrdup(arg + word + strspn(arg + word, " "));
    if ((a == ACTION_SNOOZE || a == ACTION_WAIT) && moment_parse(arg, m->now, &m->zone, &when, NULL)) {
        args->until = when.at;
        args->next_scan = when.next_scan;
    }
}

bool act_send(struct model *m, struct effects *fx, struct request *r, struct err *e)
{
    if (ask_unanswered(m) >= UNANSWERED_MOST) {
        request_finish(r);
        return err_set(e, ERR_AGAIN, NULL, "%d actions have no answer yet; wait for them", UNANSWERED_MOST);
    }
    struct awaited about = {.verb = r->verb, .targets = select_size(m, r->ids, r->id_count), .id = r->id_count ? r->ids[0] : 0};
    r->brief = r->kind == REQ_UNDO || ((r->kind == REQ_ACT || r->kind == REQ_OVERRIDE_REVERT) && select_is_kept(r->ids, r->id_count));
    ask_key(m, r->key);
    memcpy(about.key, r->key, sizeof about.key);
    ask_copy(r, &about.again);
    if (r->kind == REQ_ACT) {
        char who[48];
        argument_targets(m, r->ids, r->id_count, who, sizeof who);
        toast_set(m, fx, TOAST_INFO, "%s%s%s...", doing(r->verb), r->id_count ? " " : "", r->id_count ? who : "");
    }
    if (ask_send(m, fx, r, &about))
        return true;
    request_finish(&about.again);
    return err_set(e, ERR_AGAIN, NULL, "too many answers are missing; wait for them");
}

/* What the prompt says it does ("snoozes 60 exceptions until 15:00") is the question, too: "Snooze 60 exceptions until 15:00?" */
static void ask_first(struct model *m, struct request *r, enum action a, char *hint, const char *who)
{
    char what[256];
    size_t word = strcspn(hint, " ");
    hint[strcspn(hint, ";")] = '\0';
    if (word > 1 && hint[word - 1] == 's')
        snprintf(what, sizeof what, "%.*s%s", (int)word - 1, hint, hint + word);
    else
        snprintf(what, sizeof what, "%s %s", a == ACTION_WORK ? "work on" : action_info(a)->name, who);
    menu_confirm(m, r, NULL, what);
}

bool act_run(struct model *m, struct effects *fx, enum action a, const char *arg, int64_t *ids, size_t n,
             struct err *e)
{
    char hint[256], who[48];
    size_t at;
    struct request r = {.kind = REQ_ACT, .ids = ids, .id_count = n};
    arg += strspn(arg, " ");
    if (!find_verb(a, &r.verb) || !act_allowed(m, a, e) ||
        !argument_check(m, a, arg, ids, n, hint, sizeof hint, &at, e)) {
        free(ids);
        return false;
    }
    fill_args(m, a, arg, &r.act);
    m->armed = a == ACTION_CLAIM ? 0 : m->armed;
    if (select_size(m, ids, n) <= ACT_CONFIRM)
        return act_send(m, fx, &r, e);
    argument_targets(m, ids, n, who, sizeof who);
    ask_first(m, &r, a, hint, who);
    return true;
}

/* --- the answer ---------------------------------------------------------------------- */

bool act_unheard(const struct model *m, const struct awaited *a, const struct reply *r)
{
    return r->in_doubt || (!r->ok && a->doubted && (m->link != LINK_LIVE || m->hello.read_only || r->error.code == ERR_UNREACHABLE));
}

bool act_failed(struct model *m, struct effects *fx, struct awaited *a, const struct reply *r)
{
    if (r->ok)
        return false;
    const char *what = a->kind == REQ_ACT ? doing(a->verb) : a->kind == REQ_UNDO ? "undo" : a->kind == REQ_SEND ? "sending"
                     : a->kind == REQ_OUTREACH_ACT ? "message" : a->kind == REQ_CASE_ACT ? "case"
                     : a->kind == REQ_OVERRIDE_APPLY || a->kind == REQ_OVERRIDE_REVERT ? "override" : a->kind == REQ_BATCH_ACT ? "batch"
                     : a->kind == REQ_OUTAGE_DECLARE || a->kind == REQ_OUTAGE_ACT ? "outage"
                     : a->kind == REQ_TABLE_ACT && a->again.name ? a->again.name : "saved views";
    if (!act_unheard(m, a, r)) {
        if (a->doubted)        /* what failed is the question */
            toast_set(m, fx, TOAST_BAD, "%s: nobody could say whether it was done, look before you do it again: %s", what, r->error.text);
        else
            toast_error(m, fx, what, &r->error);
        request_finish(&a->again);
        return true;
    }
    ask_doubt(m, a);
    if (m->link != LINK_LIVE)
        toast_set(m, fx, TOAST_WARN,
                  "%s: the connection died before the answer; asked again when it is back, it happens once", what);
    else if (m->hello.read_only)
        toast_set(m, fx, TOAST_WARN, "%s: the connection died before the answer; asked again when the primary is back, it happens once", what);
    else
        ask_again(m, fx);
    return true;
}
