#include "app/macro.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/act.h"
#include "app/argument.h"
#include "app/ask.h"
#include "app/bulk.h"
#include "app/call.h"
#include "app/compose.h"
#include "app/menu.h"
#include "app/select.h"
#include "app/toast.h"
#include "app/undo.h"
#include "base/die.h"
#include "base/number.h"

/* Macros belong to exceptions: what there is for the first of these is asked, and what it is for
 * stays with the question. ids moved. */
static void ask(struct model *m, struct effects *fx, enum compose_why why, const char *name, int64_t *ids, size_t n)
{
    struct request r = {.kind = REQ_COMPOSE, .ids = xcalloc(1, sizeof *r.ids), .id_count = 1};
    struct awaited about = {.id = ids[0], .why = why};
    about.again = (struct request){.kind = REQ_COMPOSE, .ids = ids, .id_count = n, .name = xstrdup(name)};
    r.ids[0] = ids[0];
    ask_forget(m, fx, REQ_COMPOSE);
    if (!ask_send(m, fx, &r, &about))
        request_finish(&about.again);
}

void macro_run(struct model *m, struct effects *fx, const char *name, int64_t *ids, size_t n)
{
    ask(m, fx, WHY_MACRO, name, ids, n);
}

void macro_call(struct call *c)
{
    size_t n;
    if (select_each(c))
        return;
    int64_t *ids = act_targets(c->m, &n);
    if (!n)
        return;
    ask(c->m, c->fx, c->arg[0] ? WHY_MACRO : WHY_MACROS, c->arg, ids, n);
    toast_set(c->m, c->fx, TOAST_INFO, "reading what there is for it...");
}

void macro_menu(struct model *m, struct effects *fx, const struct awaited *a, struct reply *r)
{
    const struct compose *c = r->compose;
    char who[48], title[120];
    if (!c->macro_count) {
        toast_set(m, fx, TOAST_INFO, "there is no macro yet; a lead makes them with doorstep macro");
        return;
    }
    argument_targets(m, a->again.ids, a->again.id_count, who, sizeof who);
    snprintf(title, sizeof title, "Macro for %s", who);
    int64_t *ids = xcalloc(a->again.id_count, sizeof *ids);
    memcpy(ids, a->again.ids, a->again.id_count * sizeof *ids);
    menu_begin(m, MENU_MACRO, title, ids, a->again.id_count);
    for (size_t i = 0; i < c->macro_count; i++) {
        char label[sizeof m->menu.items[0].label];
        snprintf(label, sizeof label, "%.40s: %.76s", c->macros[i].title[0] ? c->macros[i].title : c->macros[i].name,
                 c->macros[i].says);
        menu_add(m, c->macros[i].name, label);
    }
    toast_clear(m);
}

/* Without a message it is an act like any other. */
static void run_act(struct model *m, struct effects *fx, const struct macro *macro, struct awaited *a)
{
    struct err e = {0};
    char who[48], what[300];
    struct request r = {.kind = REQ_SEND, .ids = a->again.ids, .id_count = a->again.id_count};
    a->again.ids = NULL;
    r.outreach.seen = -1;
    r.outreach.macro = xstrdup(macro->name);
    argument_targets(m, r.ids, r.id_count, who, sizeof who);
    snprintf(what, sizeof what, "%s: %s", who, macro->says);
    if (r.id_count > ACT_CONFIRM)
        menu_confirm(m, &r, macro->title, what);
    else if (!act_send(m, fx, &r, &e))
        toast_set(m, fx, TOAST_BAD, "%s", e.text);
    else
        toast_set(m, fx, TOAST_INFO, "%s...", what);
}

void macro_begin(struct model *m, struct effects *fx, const char *name, struct awaited *a, struct reply *r)
{
    const struct macro *macro = NULL;
    for (size_t i = 0; i < r->compose->macro_count; i++)
        if (strcmp(r->compose->macros[i].name, name) == 0)
            macro = &r->compose->macros[i];
    if (!macro) {
        toast_set(m, fx, TOAST_BAD, "no macro \"%s\"; macro without a name lists them", name);
    } else if (!macro->template[0]) {
        run_act(m, fx, macro, a);
    } else if (a->again.id_count > 1) {
        int64_t *ids = a->again.ids;
        a->again.ids = NULL;
        bulk_start(m, fx, ids, a->again.id_count, macro->template, macro->channel, macro);
    } else {
        struct compose *c = r->compose;
        r->compose = NULL;
        compose_show(m, fx, c, macro);
    }
}

void macro_done(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    size_t done = 0;
    char what[140], who[48];
    for (size_t i = 0; i < r->result_count; i++) {
        done += r->results[i].ok;
        if (r->results[i].ok)
            select_drop(m, r->results[i].id);
    }
    argument_targets(m, a->again.ids, done == a->again.id_count ? done : 2, who, sizeof who);
    if (done == a->again.id_count)
        snprintf(what, sizeof what, "%s: %s", a->again.outreach.macro, who);
    else
        snprintf(what, sizeof what, "%s: %s exceptions", a->again.outreach.macro, grouped((int64_t)done).text);
    if (done)
        undo_offer(m, what);
    int64_t first = a->again.id_count == 1 ? a->again.ids[0] : 0;
    size_t refused = act_keep_refused(m, r);
    if (refused)
        act_say_refused(m, fx, a->again.outreach.macro, done, refused);
    else
        toast_set(m, fx, TOAST_GOOD, "did %s", what);
    if (done && first)
        act_go_on(m, fx, first);
}
