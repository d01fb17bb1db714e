/* One override on its way: to what, why, until when, what it would do, and doing it. */
#include "app/override.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/act.h"
#include "app/argument.h"
#include "app/ask.h"
#include "app/call.h"
#include "app/cursor.h"
#include "app/dispatch.h"
#include "app/hints.h"
#include "app/lists.h"
#include "app/menu.h"
#include "app/moment.h"
#include "app/prompt.h"
#include "app/select.h"
#include "app/toast.h"
#include "app/undo.h"
#include "base/die.h"
#include "base/number.h"
#include "base/when.h"

/* --- to what, and why ------------------------------------------------------------------------- */

/* ids: the menu's from here on; NULL on the screen, where they are chosen already. */
static void status_menu(struct model *m, int64_t *ids, size_t n)
{
    char title[120], who[48];
    const int64_t *of = ids ? ids : m->overriding.ids;
    const struct queue_row *row = n == 1 && !select_is_kept(of, n) ? cursor_row(m) : NULL;
    argument_targets(m, of, n, who, sizeof who);
    snprintf(title, sizeof title, "Override the status of %s: what is it really", who);
    menu_begin(m, MENU_OVERRIDE_STATUS, title, ids, n);
    for (int i = 0; override_status_at(i) != STATUS_COUNT; i++) {
        enum status s = override_status_at(i);
        char label[120];
        bool now = row && row->id == of[0] && row->effective_status == s;
        snprintf(label, sizeof label, "%s%s", status_label(s), now ? "  (it is that now)" : "");
        menu_add(m, status_name(s), label);
    }
}

static void reason_menu(struct model *m, int64_t *ids, size_t n)
{
    char title[120];
    snprintf(title, sizeof title, "\"%s\": how do we know", status_label(m->overriding.status));
    menu_begin(m, MENU_OVERRIDE_REASON, title, ids, n);
    for (int i = 0; i < OVERRIDE_REASON_COUNT; i++)
        menu_add(m, override_reason_name((enum override_reason)i), override_reason_label((enum override_reason)i));
}

static void forget(struct model *m)
{
    struct overriding *o = &m->overriding;
    if (o->preview)
        override_preview_finish(o->preview);
    free(o->preview);
    free(o->ids);
    *o = (struct overriding){.until = WHEN_NONE};
}

static void show(struct model *m, struct effects *fx, int64_t *ids, size_t n, enum override_reason reason)
{
    enum status status = m->overriding.status;
    bool selected = m->screen == SCREEN_QUEUE && select_total(m);
    forget(m);
    m->overriding = (struct overriding){.ids = ids, .id_count = n, .status = status, .reason = reason, .until = WHEN_NONE, .stale = true};
    if (selected)
        snprintf(m->overriding.chosen, sizeof m->overriding.chosen, "%.190s", m->filter);
    dispatch_enter(m, SCREEN_OVERRIDE);
    toast_clear(m);
    overrides_follow(m, fx);
}

/* A change of what it is to be: on the screen already the numbers are counted again. */
void override_choose(struct model *m, struct effects *fx, enum menu_kind kind, const char *value, int64_t *ids, size_t n)
{
    struct overriding *o = &m->overriding;
    enum override_reason reason = OVERRIDE_REASON_OTHER;
    if (kind == MENU_OVERRIDE_STATUS) {
        status_parse(value, strlen(value), &o->status);
        o->stale = true;
    } else {
        override_reason_parse(value, strlen(value), &reason);
    }
    if (m->screen == SCREEN_OVERRIDE) {
        if (kind == MENU_OVERRIDE_REASON)
            o->reason = reason;
        o->trouble[0] = '\0';
        free(ids);
        overrides_follow(m, fx);
    } else if (kind == MENU_OVERRIDE_STATUS) {
        reason_menu(m, ids, n);
    } else {
        show(m, fx, ids, n, reason);
    }
}

static void begin(struct call *c)
{
    struct model *m = c->m;
    enum status status = STATUS_COUNT;
    size_t n;
    int64_t *ids = act_targets(m, &n);
    if (select_size(m, ids, n) > 1 && m->hello.role[0] && m->hello.level < ROLE_LEAD) {
        toast_set(m, c->fx, TOAST_BAD, "override of a selection takes a lead: ask %s, or override one shipment", act_a_lead(m));
        free(ids);
        return;
    }
    if (c->arg[0] && !(status_parse(c->arg, strcspn(c->arg, " "), &status) && override_status_allowed(status))) {
        toast_set(m, c->fx, TOAST_BAD, "override: \"%.30s\" is not a status a person can set; without it there is a list", c->arg);
        free(ids);
        return;
    }
    m->overriding.status = status;
    if (status == STATUS_COUNT)
        status_menu(m, ids, n);
    else
        reason_menu(m, ids, n);
}

/* --- what it would do ---------------------------------------------------------------------------- */

bool override_counting(const struct model *m) { return m->overriding.stale || ask_waiting(m, REQ_OVERRIDE_PREVIEW); }

bool override_concerns(const struct model *m, const struct hint *h)
{
    const struct overriding *o = &m->overriding;
    bool kept = select_is_kept(o->ids, o->id_count);
    for (size_t i = 0; i < h->count; i++) {
        if (kept && select_has(m, h->items[i].id))     /* of a selection the server keeps, those in sight */
            return true;
        size_t low = 0, high = o->id_count;
        while (low < high) {
            size_t mid = low + (high - low) / 2;
            if (o->ids[mid] < h->items[i].id)
                low = mid + 1;
            else
                high = mid;
        }
        if (low < o->id_count && o->ids[low] == h->items[i].id)
            return true;
    }
    return false;
}

void override_previewed(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    struct overriding *o = &m->overriding;
    (void)a;
    if (!o->id_count)
        return;
    if (!r->ok || !r->preview) {
        o->stale = true;
        if (!r->ok && m->link == LINK_LIVE && !err_retryable(r->error.code)) {
            o->stale = false;          /* asking again would say the same */
            snprintf(o->trouble, sizeof o->trouble, "%.250s", r->error.text);
        } else if (!r->ok) {
            toast_unread(m, fx, "override", r);
        }
        return;
    }
    if (o->preview)
        override_preview_finish(o->preview);
    free(o->preview);
    o->preview = r->preview;
    r->preview = NULL;
    o->preview_at = m->now;
    overrides_follow(m, fx);           /* something changed meanwhile */
}

/* --- doing it -------------------------------------------------------------------------------------- */

static bool send(struct model *m, struct effects *fx, struct err *e)
{
    struct overriding *o = &m->overriding;
    struct request r = {.kind = REQ_OVERRIDE_APPLY, .ids = xcalloc(o->id_count, sizeof *r.ids), .id_count = o->id_count};
    memcpy(r.ids, o->ids, o->id_count * sizeof *r.ids);
    r.control.status = o->status;
    r.control.code = xstrdup(override_reason_name(o->reason));
    r.control.text = xstrdup(o->note);
    r.control.until = o->until;
    r.filter = o->chosen[0] ? xstrdup(o->chosen) : NULL;
    o->trouble[0] = '\0';
    o->applying = act_send(m, fx, &r, e);
    if (o->applying)
        toast_set(m, fx, TOAST_INFO, "overriding %s shipment%s...", grouped(o->preview->shipments).text, o->preview->shipments == 1 ? "" : "s");
    return o->applying;
}

static void open_prompt(struct model *m, struct effects *fx, enum prompt_kind kind, const char *text)
{
    int64_t *none = xcalloc(1, sizeof *none);
    prompt_open(m, fx, kind, text, none, 1);
}

static void apply(struct call *c)
{
    struct model *m = c->m;
    struct overriding *o = &m->overriding;
    struct err e = {0};
    if (o->applying)
        toast_set(m, c->fx, TOAST_INFO, "it is being done");
    else if (!o->preview || override_counting(m))
        toast_set(m, c->fx, TOAST_INFO, "a moment: what it would do is being counted");
    else if (!o->preview->allowed)
        toast_set(m, c->fx, TOAST_BAD, "%s", o->preview->refusal[0] ? o->preview->refusal : "you may not override these; ask a lead");
    else if (!o->preview->shipments)
        toast_set(m, c->fx, TOAST_WARN, "no shipment is left of these: nothing to override");
    else if (o->preview->same == o->preview->shipments)
        toast_set(m, c->fx, TOAST_INFO, "nothing to do: all are \"%s\" already", status_label(o->status));
    else if (!o->note[0])
        open_prompt(m, c->fx, PROMPT_OVERRIDE_NOTE, "");
    else if (o->preview->shipments > OVERRIDE_CONFIRM)
        open_prompt(m, c->fx, PROMPT_OVERRIDE_COUNT, "");
    else if (!send(m, c->fx, &e))
        toast_set(m, c->fx, TOAST_BAD, "%s", e.text);
}

static bool run_until(struct model *m, struct effects *fx, const char *arg, struct err *e)
{
    struct overriding *o = &m->overriding;
    struct moment when = {.at = WHEN_NONE};
    if (arg[strspn(arg, " ")] && !moment_parse_at(arg, m->now, &m->zone, &when, e))
        return false;
    o->until = when.at;
    o->stale = true;
    overrides_follow(m, fx);
    return true;
}

bool override_run(struct model *m, struct effects *fx, enum action a, const char *arg, int64_t id, struct err *e)
{
    struct overriding *o = &m->overriding;
    size_t n = strlen(arg);
    (void)id;
    while (n && arg[n - 1] == ' ')
        n--;
    if (a == ACTION_OVERRIDE_UNTIL)
        return run_until(m, fx, arg, e);
    if (a == ACTION_OVERRIDE_NOTE) {
        if (!n)
            return err_set(e, ERR_INPUT, NULL, "say why: whoever meets this override later reads it");
        snprintf(o->note, sizeof o->note, "%.*s", (int)n, arg);
        return true;
    }
    if (m->link != LINK_LIVE)
        return err_set(e, ERR_UNREACHABLE, NULL, "not connected: nothing was done; try again when it is back");
    if (!o->preview || override_counting(m))
        return err_set(e, ERR_AGAIN, NULL, "the numbers are being counted again; look at them once more");
    char typed[24];
    if (!number_typed(arg, n, typed, sizeof typed) || strtoll(typed, NULL, 10) != o->preview->shipments)
        return err_set(e, ERR_INPUT, NULL, "it is %s shipments, not %.*s; nothing was done", grouped(o->preview->shipments).text, (int)n, arg);
    return send(m, fx, e);
}

/* --- the keys ------------------------------------------------------------------------------------------ */

static void revert(struct call *c)
{
    struct model *m = c->m;
    struct err e = {0};
    size_t n;
    int64_t *ids = act_targets(m, &n);
    char line[140];
    if (select_size(m, ids, n) > 1 && m->hello.role[0] && m->hello.level < ROLE_LEAD) {
        toast_set(m, c->fx, TOAST_BAD, "taking back the overrides of a selection takes a lead: ask %s, or do it one by one", act_a_lead(m));
        free(ids);
        return;
    }
    struct request r = {.kind = REQ_OVERRIDE_REVERT, .ids = ids, .id_count = n};
    bool one = select_size(m, ids, n) == 1 && !select_is_kept(ids, n);
    if (one)
        snprintf(line, sizeof line, "take back the override of #%" PRId64 ", so that the carrier's word counts again", ids[0]);
    else
        snprintf(line, sizeof line, "take back the overrides of %s exceptions, so that the carriers' word counts again", grouped((int64_t)select_size(m, ids, n)).text);
    if (m->screen == SCREEN_DETAIL && m->tab == TAB_OVERRIDES && m->overrides.id == ids[0] && !overrides_force(m)) {
        toast_set(m, c->fx, TOAST_INFO, "no override is in force here: the carrier's word counts");
        request_finish(&r);
    } else if (one && m->tab == TAB_OVERRIDES && m->screen == SCREEN_DETAIL) {
        if (!act_send(m, c->fx, &r, &e))        /* what it takes back stands on the screen */
            toast_set(m, c->fx, TOAST_BAD, "%s", e.text);
    } else {
        menu_confirm(m, &r, NULL, line);
    }
}

void override_call(struct call *c)
{
    struct model *m = c->m;
    struct err e = {0};
    struct overriding *o = &m->overriding;
    if (c->action == ACTION_OVERRIDE) {
        begin(c);
    } else if (c->action == ACTION_OVERRIDE_REVERT) {
        revert(c);
    } else if (o->applying) {
        toast_set(m, c->fx, TOAST_INFO, "it is being done");
    } else if (c->action == ACTION_OVERRIDE_APPLY && !c->arg[0]) {
        apply(c);
    } else if (c->action == ACTION_OVERRIDE_STATUS) {
        status_menu(m, NULL, o->id_count);
    } else if (c->action == ACTION_OVERRIDE_REASON) {
        reason_menu(m, NULL, o->id_count);
    } else if (c->arg[0]) {
        if (!override_run(m, c->fx, c->action, c->arg, 0, &e))
            toast_set(m, c->fx, TOAST_BAD, "%s", e.text);
    } else {
        open_prompt(m, c->fx, c->action == ACTION_OVERRIDE_NOTE ? PROMPT_OVERRIDE_NOTE : PROMPT_OVERRIDE_UNTIL,
                    c->action == ACTION_OVERRIDE_NOTE ? o->note : "");
    }
}

/* --- the answers ------------------------------------------------------------------------------------------ */

static void say(struct model *m, struct effects *fx, enum toast_level level, const char *what, bool undoable, const char *keep)
{
    char keys[64] = "";
    if (undoable) {
        undo_offer(m, keep);
        keymap_keys_of(m->keymap, IN_LISTS, ACTION_UNDO, NULL, keys, sizeof keys);
    }
    toast_set(m, fx, level, "%s%s%s%s", what, keys[0] ? m->settings.ascii ? " - " : " \u00b7 " : "", keys, keys[0] ? " takes it back" : "");
}

/* The first result is the batch; the others were skipped or refused. */
void override_applied(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    bool mine = m->screen == SCREEN_OVERRIDE && m->overriding.applying;
    if (act_failed(m, fx, a, r)) {
        m->overriding.applying = m->overriding.applying && ask_waiting(m, REQ_OVERRIDE_APPLY);     /* asked again, it still is */
        return;
    }
    m->overriding.applying = false;
    struct act_result batch = r->result_count ? r->results[0] : (struct act_result){.ok = false};
    bool pending = strcmp(batch.code, "pending") == 0, done_now = strcmp(batch.code, "ok") == 0;
    if (!batch.ok && mine) {
        snprintf(m->overriding.trouble, sizeof m->overriding.trouble, "%s", batch.message[0] ? batch.message : r->summary);
        m->overriding.stale = true;
    } else if (batch.ok && mine) {
        forget(m);
        dispatch_leave(m, fx);
    }
    lists_old(m);
    hints_all(m);
    m->context_stale = m->context_stale || m->context_id;
    if (batch.ok)
        select_clear(m);
    size_t done = (size_t)(a->targets > r->result_count ? a->targets - r->result_count + 1 : 0);
    if (batch.ok)
        say(m, fx, pending ? TOAST_WARN : done_now ? TOAST_GOOD : TOAST_INFO, batch.message, done_now, batch.message);
    else
        toast_set(m, fx, TOAST_BAD, "override: %s", batch.message[0] ? batch.message : r->summary);
    if (batch.ok && r->result_count > 1) {
        r->result_count--;
        memmove(r->results, r->results + 1, r->result_count * sizeof *r->results);
        if (act_keep_refused(m, r))
            act_say_refused(m, fx, pending ? "asked for" : "overrode", done, m->result_count);
    }
    ask_context(m, fx, cursor_target(m));
    lists_follow(m, fx);
    request_finish(&a->again);
}

void override_reverted(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    if (act_failed(m, fx, a, r))
        return;
    char what[120];
    size_t done = act_count(a, r).done, same = act_count(a, r).same;
    if (done == 1 && !same && r->results[0].ok)
        snprintf(what, sizeof what, "took back the override of #%" PRId64, r->results[0].id);
    else
        snprintf(what, sizeof what, "took back %s overrides", grouped((int64_t)done).text);
    lists_old(m);
    act_touch(m, fx, r);
    if (done)
        toast_set(m, fx, TOAST_GOOD, "%s", what);      /* which u does not take back: O sets it again */
    else if (same == 1)
        toast_set(m, fx, TOAST_INFO, "#%" PRId64 ": %s", r->results[0].id, r->results[0].message);
    else if (same)
        toast_set(m, fx, TOAST_INFO, "none of the %s had an override in force: nothing changed", grouped((int64_t)same).text);
    else if (!r->result_count)
        toast_set(m, fx, TOAST_INFO, "%s", r->summary[0] ? r->summary : "no override was in force");
    size_t refused = act_keep_refused(m, r);
    if (refused)
        act_say_refused(m, fx, "took back", done, refused);
    lists_follow(m, fx);
    request_finish(&a->again);
}

void override_finish(struct model *m)
{
    forget(m);
    free(m->overrides.rows);
    free(m->batches.rows);
    m->overrides.rows = NULL;
    m->batches.rows = NULL;
}
