/* What is done to an outage that is there: ending it, writing to everybody in it, dismissing what is none. */
#include "app/outage.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/act.h"
#include "app/ask.h"
#include "app/board.h"
#include "app/bulk.h"
#include "app/control.h"
#include "app/dispatch.h"
#include "app/groups.h"
#include "app/menu.h"
#include "app/toast.h"
#include "base/die.h"
#include "base/number.h"
#include "base/when.h"
#include "outage_in.h"

#define WORDING "carrier_outage"     /* the template that speaks of an outage */

void outage_to_queue(struct model *m, struct effects *fx)
{
    while (m->screen != SCREEN_QUEUE)
        dispatch_leave(m, fx);
}

/* --- which one --------------------------------------------------------------------------- */

/* The one named, else the one under the cursor or shown, else the only one. NULL: said. */
static const struct outage_row *which(struct call *c)
{
    struct model *m = c->m;
    const struct control_state *s = &m->control.state;
    struct board_line l = m->screen == SCREEN_BOARD ? board_chosen(m) : (struct board_line){.kind = BOARD_NOTHING};
    int32_t id = c->arg[0] ? (int32_t)strtol(c->arg, NULL, 10)
               : l.kind == BOARD_OUTAGE ? l.outage->id
               : l.kind == BOARD_ROW && l.row->outage_id ? l.row->outage_id
               : m->screen != SCREEN_QUEUE ? 0 : m->groups.on ? m->groups.on : m->groups.open;
    const struct outage_row *o = id ? control_outage(m, id) : s->outage_count == 1 ? &s->outages[0] : NULL;
    if (o)
        return o;
    if (!s->outage_count)
        toast_set(m, c->fx, TOAST_INFO, "no outage is live");
    else if (id)
        toast_set(m, c->fx, TOAST_INFO, "outage %" PRId32 " is not live", id);
    else
        toast_set(m, c->fx, TOAST_INFO, "%s: %zu are live; put the cursor on one, or write its number: %s %" PRId32,
                  action_info(c->action)->name, s->outage_count, action_info(c->action)->name, s->outages[0].id);
    return NULL;
}

/* --- ending ------------------------------------------------------------------------------ */

/* What ending it sets going, of what it holds. */
static void end_does(const struct outage_row *o, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "outage %" PRId32 ", %.60s", o->id, o->title);
    const char *joint = ": ";
    if (o->overridden && used < size) {
        used += (size_t)snprintf(out + used, size - used, "%s%s overrides are taken back", joint, grouped(o->overridden).text);
        joint = ", ";
    }
    if (o->hold_messages && o->held && used < size) {
        used += (size_t)snprintf(out + used, size - used, "%s%s held messages are checked again and go", joint, grouped(o->held).text);
        joint = ", ";
    }
    if (o->pause_sla && used < size) {
        used += (size_t)snprintf(out + used, size - used, "%sclocks run again", joint);
        joint = ", ";
    }
    if (used < size)
        snprintf(out + used, size - used, "%s%s exceptions are left to follow up", joint, grouped(o->exceptions).text);
}

static void ask_end(struct call *c)
{
    char what[200];
    const struct outage_row *o = which(c);
    if (!o)
        return;
    struct request r = {.kind = REQ_OUTAGE_ACT, .name = xstrdup("end"), .ids = xcalloc(1, sizeof *r.ids), .id_count = 1};
    r.ids[0] = o->id;
    r.control.until = WHEN_NONE;
    end_does(o, what, sizeof what);
    menu_confirm(c->m, &r, "end", what);
}

static void dismiss(struct call *c)
{
    struct board_line l = board_chosen(c->m);
    struct err e = {0};
    if (l.kind != BOARD_SUGGESTION) {
        toast_set(c->m, c->fx, TOAST_INFO, "dismiss is for a suggestion; this line is none");
        return;
    }
    struct request r = {.kind = REQ_OUTAGE_ACT, .name = xstrdup("dismiss"), .ids = xcalloc(1, sizeof *r.ids), .id_count = 1};
    r.ids[0] = l.suggestion->id;
    if (!act_send(c->m, c->fx, &r, &e))
        toast_set(c->m, c->fx, TOAST_BAD, "%s", e.text);
}

/* What is left of an ended one is what is wanted next. */
static void follow_up(struct model *m, struct effects *fx, int32_t id)
{
    outage_to_queue(m, fx);
    groups_show(m, fx, id);
}

void outage_acted(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    char what[160];
    if (act_failed(m, fx, a, r))
        return;
    const struct act_result *x = r->result_count ? &r->results[0] : NULL;
    const char *name = a->again.name;
    bool set = strcmp(name, "set") == 0, end = strcmp(name, "end") == 0;
    if (!x || !x->ok) {
        snprintf(m->declaring.trouble, sizeof m->declaring.trouble, "%s", x ? x->message : "it is not there any more");
        toast_set(m, fx, TOAST_BAD, "%s", m->declaring.trouble);
    } else {
        if (end)
            snprintf(what, sizeof what, "ended outage %" PRId64, x->id);
        else
            snprintf(what, sizeof what, set ? "changed outage %" PRId64 : "dismissed suggestion %" PRId64, x->id);
        if (set && m->screen == SCREEN_OUTAGE)
            dispatch_leave(m, fx);
        if (end)
            follow_up(m, fx, (int32_t)x->id);
        toast_set(m, fx, TOAST_GOOD, "%s", x->message[0] ? x->message : what);
    }
    control_ask(m, fx);
    board_old(m, fx);
    request_finish(&a->again);
}

/* --- writing to everybody in it ------------------------------------------------------------ */

static void ask_ids(struct call *c)
{
    char filter[48];
    const struct outage_row *o = which(c);
    if (!o)
        return;
    snprintf(filter, sizeof filter, "outage:%" PRId32, o->id);
    struct request r = {.kind = REQ_IDS, .filter = xstrdup(filter), .limit = BULK_MAX + 1};
    ask_forget(c->m, c->fx, REQ_IDS);
    if (ask_send(c->m, c->fx, &r, &(struct awaited){.outage = o->id}))
        toast_set(c->m, c->fx, TOAST_INFO, "looking up who is in outage %" PRId32 "...", o->id);
}

void outage_ids(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    if (!r->ok)
        toast_error(m, fx, "outage-message", &r->error);
    else if (!r->id_count)
        toast_set(m, fx, TOAST_INFO, "nobody is in outage %" PRId64 " any more", (int64_t)a->outage);
    else {
        bulk_start(m, fx, r->ids, r->id_count, WORDING, "", NULL);
        r->ids = NULL;
        r->id_count = 0;
    }
}

void outage_call(struct call *c)
{
    if (c->action == ACTION_OUTAGE_END)
        ask_end(c);
    else if (c->action == ACTION_OUTAGE_MESSAGE)
        ask_ids(c);
    else if (c->action == ACTION_DISMISS)
        dismiss(c);
    else if (c->action != ACTION_OUTAGE_SET)
        declare_call(c);
    else {
        const struct outage_row *o = which(c);
        if (o)
            declare_change(c->m, c->fx, o);
    }
}
