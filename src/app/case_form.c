/* A case before it is opened: the context as it will be sent, what can be changed of it, and sending it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/act.h"
#include "app/ask.h"
#include "app/call.h"
#include "app/cases.h"
#include "app/cursor.h"
#include "app/dispatch.h"
#include "app/lists.h"
#include "app/menu.h"
#include "app/select.h"
#include "app/toast.h"
#include "app/undo.h"
#include "base/buf.h"
#include "base/die.h"
#include "base/number.h"

/* --- which type ---------------------------------------------------------------------------- */

static enum case_type suggested(const struct model *m)
{
    const struct queue_row *row = cursor_row(m);
    if (row && (row->kind == KIND_LOST || row->kind == KIND_DAMAGED))
        return CASE_CLAIM;
    return row && row->kind == KIND_STALLED ? CASE_CARRIER_TRACE : CASE_CUSTOMER;
}

/* The letters stay with the types, whichever is suggested. */
static void open_menu(struct model *m, int64_t *ids, size_t n)
{
    static const struct { enum case_type type; char key; const char *label; } items[] = {
        {CASE_CUSTOMER, 'c', "customer: a complaint, a question, an address to put right"},
        {CASE_CARRIER_TRACE, 't', "carrier trace: where is it"},
        {CASE_CLAIM, 'l', "claim: lost or damaged, somebody pays"},
        {CASE_INTERNAL, 'i', "internal: for ourselves"},
    };
    enum case_type first = suggested(m);
    char title[120];
    if (n == 1)
        snprintf(title, sizeof title, "Open a case for #%" PRId64 ", of which type", ids[0]);
    else
        snprintf(title, sizeof title, "Open %s cases, one for each exception selected. Of which type", grouped((int64_t)n).text);
    menu_begin(m, MENU_CASE_TYPE, title, ids, n);
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < sizeof items / sizeof items[0]; i++)
            if ((items[i].type == first) == !pass)
                menu_add_as(m, items[i].key, case_type_name(items[i].type), items[i].label);
}

void form_call(struct call *c)
{
    struct model *m = c->m;
    enum case_type type;
    size_t n;
    if (c->action == ACTION_CASE_OPEN) {
        const struct case_form *f = &m->form;
        char title[120];
        if (f->opening || !f->draft) {
            toast_set(m, c->fx, TOAST_INFO, f->opening ? "it is being opened" : "a moment: the context is being read");
        } else if (f->id_count > 1) {
            snprintf(title, sizeof title, "Open %s cases (%s), one for each exception?", grouped((int64_t)f->id_count).text, case_type_label(f->type));
            menu_question(m, MENU_CASES, title);
        } else {
            form_send(m, c->fx);
        }
        return;
    }
    if (select_each(c))
        return;
    int64_t *ids = act_targets(m, &n);
    if (!c->arg[0]) {
        open_menu(m, ids, n);
    } else if (case_type_parse(c->arg, strcspn(c->arg, " "), &type)) {
        form_open(m, c->fx, ids, n, type);
    } else {
        free(ids);
        toast_set(m, c->fx, TOAST_BAD, "case: say which type: customer, carrier_trace, claim or internal");
    }
}

/* --- the form -------------------------------------------------------------------------------- */

void form_finish(struct model *m)
{
    struct case_form *f = &m->form;
    if (f->draft)
        support_case_finish(f->draft);
    free(f->draft);
    free(f->ids);
    *f = (struct case_form){.ids = NULL};
}

void form_open(struct model *m, struct effects *fx, int64_t *ids, size_t n, enum case_type type)
{
    form_finish(m);
    m->form = (struct case_form){.ids = ids, .id_count = n, .type = type, .priority = CASE_PRIORITY_NORMAL};
    dispatch_enter(m, SCREEN_CASE_NEW);
    toast_clear(m);
    form_follow(m, fx);
}

void form_follow(struct model *m, struct effects *fx)
{
    struct case_form *f = &m->form;
    if (f->draft || !f->id_count || m->link != LINK_LIVE || ask_waiting(m, REQ_CASE))
        return;
    struct request r = {.kind = REQ_CASE, .ids = xcalloc(1, sizeof *r.ids), .id_count = 1, .control.type = f->type};
    r.ids[0] = f->ids[0];
    ask_send(m, fx, &r, NULL);
}

void form_draft(struct model *m, struct effects *fx, struct reply *r)
{
    struct case_form *f = &m->form;
    if (m->screen != SCREEN_CASE_NEW && m->back_to != SCREEN_CASE_NEW)
        return;
    if (!r->ok) {
        if (m->link == LINK_LIVE && !err_retryable(r->error.code))
            snprintf(f->trouble, sizeof f->trouble, "%.250s", r->error.text);
        else
            toast_unread(m, fx, "case", r);
        return;
    }
    if (!r->kase) {
        snprintf(f->trouble, sizeof f->trouble, "#%" PRId64 " is gone, or not yours to see", f->id_count ? f->ids[0] : 0);
        return;
    }
    if (r->kase->existing && f->id_count == 1) {
        int64_t id = r->kase->existing;
        char keys[64] = "";
        keymap_keys_of(m->keymap, IN_CASE, ACTION_CASE_NOTE, NULL, keys, sizeof keys);
        form_finish(m);
        dispatch_leave(m, fx);
        cases_show(m, fx, id);
        toast_set(m, fx, TOAST_INFO, "C%" PRId64 " is open already: %s%sadds a note", id, keys, keys[0] ? " " : "");
        return;
    }
    f->draft = r->kase;
    r->kase = NULL;
    if (!f->priority_set)
        f->priority = f->draft->row.priority;
    if (!f->subject_set)
        snprintf(f->subject, sizeof f->subject, "%s", f->draft->row.subject);
    if (!f->tags_set)
        snprintf(f->tags, sizeof f->tags, "%s", f->draft->tags);
}

/* "photos -damaged": puts on and takes off. */
static bool form_tags(struct case_form *f, const char *arg, struct err *e)
{
    struct buf b;
    buf_init(&b, 0);
    buf_printf(&b, " %s ", f->tags);
    for (const char *s = arg; *(s += strspn(s, " ")); s += strcspn(s, " ")) {
        char word[40];
        bool off = *s == '-';
        snprintf(word, sizeof word, " %.*s ", (int)(strcspn(s, " ") - off), s + off);
        char *text = buf_take(&b), *at = strstr(text, word);
        size_t n = at ? (size_t)(at - text) : strlen(text);
        buf_init(&b, 0);
        buf_printf(&b, "%.*s%s%s", (int)n, text, at ? at + strlen(word) - 1 : "", off ? "" : word + 1);
        free(text);
    }
    char *text = buf_take(&b);
    size_t n = strlen(text);
    bool fits = n < sizeof f->tags;
    if (fits)
        snprintf(f->tags, sizeof f->tags, "%.*s", (int)(n > 2 ? n - 2 : 0), text + 1);
    free(text);
    f->tags_set = f->tags_set || fits;
    return fits || err_set(e, ERR_INPUT, NULL, "too many tags: take one off first");
}

bool form_run(struct model *m, enum action a, const char *arg, struct err *e)
{
    struct case_form *f = &m->form;
    size_t n = strlen(arg);
    while (n && arg[n - 1] == ' ')
        n--;
    if (f->opening)
        return err_set(e, ERR_AGAIN, NULL, "it is being opened as it is; change the case when it is there");
    f->trouble[0] = '\0';
    if (a == ACTION_CASE_PRIORITY) {
        f->priority_set = case_priority_parse(arg, strcspn(arg, " "), &f->priority) || f->priority_set;
    } else if (a == ACTION_CASE_TAG) {
        return form_tags(f, arg, e);
    } else if (a == ACTION_CASE_SUBJECT) {
        if (!n)
            return err_set(e, ERR_INPUT, NULL, "a case needs a subject");
        snprintf(f->subject, sizeof f->subject, "%.*s", (int)(n < sizeof f->subject ? n : sizeof f->subject - 1), arg);
        f->subject_set = true;
    } else {
        snprintf(f->note, sizeof f->note, "%.*s", (int)n, arg);
    }
    return true;
}

/* --- opening it -------------------------------------------------------------------------------- */

void form_send(struct model *m, struct effects *fx)
{
    struct case_form *f = &m->form;
    struct err e = {0};
    if (m->link != LINK_LIVE) {
        toast_set(m, fx, TOAST_BAD, "not connected any more: nothing was opened; it stays here until it is back");
        return;
    }
    struct request r = {.kind = REQ_CASE_ACT, .ids = xcalloc(f->id_count, sizeof *r.ids), .id_count = f->id_count};
    memcpy(r.ids, f->ids, f->id_count * sizeof *r.ids);
    r.control.case_op = CASE_OP_OPEN;
    r.control.type = f->type;
    r.control.priority = f->priority;
    r.control.fields = f->id_count == 1 || f->priority_set ? CASE_SET_PRIORITY : 0;
    if (f->id_count == 1 || f->subject_set) {
        r.control.subject = xstrdup(f->subject);
        r.control.fields |= CASE_SET_SUBJECT;
    }
    r.control.tag = f->tags_set ? xstrdup(f->tags) : NULL;
    r.control.text = f->note[0] ? xstrdup(f->note) : NULL;
    f->opening = act_send(m, fx, &r, &e);
    if (f->opening)
        toast_set(m, fx, TOAST_INFO, f->id_count == 1 ? "opening the case..." : "opening %s cases...", grouped((int64_t)f->id_count).text);
    else
        toast_set(m, fx, TOAST_BAD, "%s", e.text);
}

static void tell_opened(struct model *m, struct effects *fx, const struct reply *r, size_t done, size_t fresh)
{
    char what[120], keys[64] = "";
    bool one = r->result_count == 1;
    if (one)
        snprintf(what, sizeof what, "%.110s", r->results[0].message);
    else
        snprintf(what, sizeof what, "opened %s case%s", grouped((int64_t)fresh).text, fresh == 1 ? "" : "s");
    if (fresh) {
        undo_offer(m, what);
        keymap_keys_of(m->keymap, IN_LISTS, ACTION_UNDO, NULL, keys, sizeof keys);
    }
    char linked[60] = "";
    if (!one && done > fresh)
        snprintf(linked, sizeof linked, ", %s had one and are linked to it", grouped((int64_t)(done - fresh)).text);
    toast_set(m, fx, fresh ? TOAST_GOOD : TOAST_INFO, "%s%s%s%s%s", what, linked,
              keys[0] ? m->settings.ascii ? " - " : " \u00b7 " : "", keys, keys[0] ? done == 1 ? " takes it back" : " takes them back" : "");
}

void form_opened(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    size_t done = 0, fresh = 0;
    bool mine = m->screen == SCREEN_CASE_NEW && m->form.opening;
    (void)a;
    for (size_t i = 0; i < r->result_count; i++) {
        done += r->results[i].ok;
        fresh += r->results[i].ok && strcmp(r->results[i].code, "same") != 0;
        if (r->results[i].ok)
            select_drop(m, r->results[i].id);
    }
    m->form.opening = false;
    if (mine && !done && r->result_count == 1) {           /* it stays, with what stands in the way */
        snprintf(m->form.trouble, sizeof m->form.trouble, "%s", r->results[0].message);
        return;
    }
    if (mine) {
        form_finish(m);
        dispatch_leave(m, fx);
    }
    if (done)
        tell_opened(m, fx, r, done, fresh);
    size_t refused = act_keep_refused(m, r);
    if (refused)
        act_say_refused(m, fx, "opened", done, refused);
}
