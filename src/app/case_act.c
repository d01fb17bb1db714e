/* What is done to a case: keys, the questions they ask, and the answers. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/act.h"
#include "app/argument.h"
#include "app/ask.h"
#include "app/call.h"
#include "app/cases.h"
#include "app/cursor.h"
#include "app/dispatch.h"
#include "app/lists.h"
#include "app/menu.h"
#include "app/prompt.h"
#include "app/select.h"
#include "app/toast.h"
#include "app/undo.h"
#include "base/buf.h"
#include "base/die.h"

/* How each gets its argument: typed, chosen, or none and done at once. */
enum needs { DONE_AT_ONCE, TYPED, CHOSEN };
static const struct { enum action action; enum needs needs; enum prompt_kind prompt; enum menu_kind menu; const char *title; } ways[] = {
    {ACTION_CASE_NOTE, TYPED, PROMPT_CASE_NOTE, MENU_NONE, NULL},
    {ACTION_CASE_SUBJECT, TYPED, PROMPT_CASE_SUBJECT, MENU_NONE, NULL},
    {ACTION_CASE_OWNER, TYPED, PROMPT_CASE_OWNER, MENU_NONE, NULL},
    {ACTION_CASE_LINK, TYPED, PROMPT_CASE_LINK, MENU_NONE, NULL},
    {ACTION_CASE_MERGE, TYPED, PROMPT_CASE_MERGE, MENU_NONE, NULL},
    {ACTION_CASE_TAG, TYPED, PROMPT_CASE_TAG, MENU_NONE, NULL},
    {ACTION_CASE_STATE, CHOSEN, PROMPT_NONE, MENU_CASE_STATE, "Where does it stand"},
    {ACTION_CASE_PRIORITY, CHOSEN, PROMPT_NONE, MENU_CASE_PRIORITY, "Its priority"},
    {ACTION_CASE_RETRY, DONE_AT_ONCE, PROMPT_NONE, MENU_NONE, NULL},
    {ACTION_CASE_TAKE, DONE_AT_ONCE, PROMPT_NONE, MENU_NONE, NULL},
    {ACTION_CASE_KEEP, DONE_AT_ONCE, PROMPT_NONE, MENU_NONE, NULL},
};
#define WAYS (sizeof ways / sizeof ways[0])

bool cases_offers(const struct case_row *r, enum action a)
{
    if (!r)
        return false;
    if (a == ACTION_CASE_RETRY)
        return strcmp(r->sync, "failed") == 0 || strcmp(r->sync, "unknown") == 0;
    if (a == ACTION_CASE_TAKE || a == ACTION_CASE_KEEP)
        return r->conflict[0] != '\0';
    return r->state != CASE_STATE_CLOSED || a == ACTION_SHOW_CASE;      /* closed is final */
}

/* --- the request ------------------------------------------------------------------------- */

static int64_t *one_id(int64_t id)
{
    int64_t *ids = xcalloc(1, sizeof *ids);
    ids[0] = id;
    return ids;
}

/* "48122 #48123": the numbers in it. */
static int64_t *numbers(const char *s, size_t *n)
{
    int64_t *ids = NULL;
    *n = 0;
    while (*(s += strcspn(s, "0123456789")) && *n < 500) {
        ids = xrealloc(ids, (*n + 1) * sizeof *ids);
        ids[(*n)++] = strtoll(s, NULL, 10);
        s += strspn(s, "0123456789");
    }
    return ids;
}

static char *trimmed(const char *arg)
{
    size_t n = strlen(arg);
    while (n && arg[n - 1] == ' ')
        n--;
    return xstrndup(arg, n);
}

/* "photos -damaged": what is put on, or what is taken off. NULL: nothing. */
static char *tag_words(const char *arg, bool off)
{
    struct buf b;
    buf_init(&b, 0);
    for (const char *s = arg; *(s += strspn(s, " ")); s += strcspn(s, " "))
        if ((*s == '-') == off)
            buf_printf(&b, "%s%.*s", b.len ? " " : "", (int)(strcspn(s, " ") - off), s + off);
    char *words = b.len ? buf_take(&b) : NULL;
    buf_finish(&b);
    return words;
}

static void fill_set(const struct model *m, enum action a, const char *arg, struct control_request *c)
{
    size_t n = strcspn(arg, " ");
    if (a == ACTION_CASE_STATE && case_state_parse(arg, n, &c->state))
        c->fields = CASE_SET_STATE;
    if (a == ACTION_CASE_PRIORITY && case_priority_parse(arg, n, &c->priority))
        c->fields = CASE_SET_PRIORITY;
    if (a == ACTION_CASE_SUBJECT) {
        c->fields = CASE_SET_SUBJECT;
        c->subject = trimmed(arg);
    }
    if (a == ACTION_CASE_TAG) {
        c->tag = tag_words(arg, false);
        c->untag = tag_words(arg, true);
        c->fields = (c->tag ? CASE_SET_TAG : 0u) | (c->untag ? CASE_SET_UNTAG : 0u);
    }
    if (a == ACTION_CASE_OWNER) {
        c->fields = CASE_SET_OWNER;
        c->person = n == 2 && strncmp(arg, "me", 2) == 0 ? xstrdup(m->hello.role) : xstrndup(arg, n);
    }
}

static void fill(const struct model *m, enum action a, const char *arg, int64_t id, struct request *r)
{
    static const struct { enum action action; enum case_op op; } ops[] = {
        {ACTION_CASE_NOTE, CASE_OP_NOTE}, {ACTION_CASE_LINK, CASE_OP_LINK}, {ACTION_CASE_MERGE, CASE_OP_MERGE},
        {ACTION_CASE_RETRY, CASE_OP_RETRY}, {ACTION_CASE_TAKE, CASE_OP_TAKE}, {ACTION_CASE_KEEP, CASE_OP_KEEP},
    };
    r->control.id = id;
    r->control.case_op = CASE_OP_SET;
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
        if (ops[i].action == a)
            r->control.case_op = ops[i].op;
    if (a == ACTION_CASE_LINK) {
        r->ids = numbers(arg, &r->id_count);
        return;
    }
    r->ids = one_id(id);
    r->id_count = 1;
    if (a == ACTION_CASE_NOTE)
        r->control.text = trimmed(arg);
    if (a == ACTION_CASE_MERGE)
        r->control.other = strtoll(arg + strcspn(arg, "0123456789"), NULL, 10);
    fill_set(m, a, arg, &r->control);
}

bool cases_run(struct model *m, struct effects *fx, enum action a, const char *arg, int64_t id, struct err *e)
{
    char hint[256];
    size_t at;
    struct request r = {.kind = REQ_CASE_ACT};
    if (m->screen == SCREEN_CASE_NEW)
        return form_run(m, a, arg, e);
    if (m->link != LINK_LIVE)
        return err_set(e, ERR_UNREACHABLE, NULL, "%s: not connected, nothing was done; try again when it is back", action_info(a)->name);
    if (!argument_check(m, a, arg, NULL, 0, hint, sizeof hint, &at, e))
        return false;
    fill(m, a, arg, id, &r);
    if (!act_send(m, fx, &r, e))
        return false;
    toast_set(m, fx, TOAST_INFO, "telling the database of C%" PRId64 "...", id);
    return true;
}

/* --- the keys ------------------------------------------------------------------------------ */

/* Those selected in the queue are what one wants to link, most likely. */
static void selected_text(const struct model *m, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < m->selected_count && select_total(m) <= 20 && used + 24 < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%" PRId64, i ? " " : "", m->selected[i]);
}

static void open_prompt(struct call *c, enum prompt_kind kind, const struct case_row *r)
{
    struct model *m = c->m;
    char text[PROMPT_TEXT] = "";
    if (kind == PROMPT_CASE_LINK)
        selected_text(m, text, sizeof text);
    else if (kind == PROMPT_CASE_SUBJECT)
        snprintf(text, sizeof text, "%s", r ? r->subject : m->form.subject);
    else if (kind == PROMPT_CASE_NOTE && !r)
        snprintf(text, sizeof text, "%s", m->form.note);
    prompt_open(m, c->fx, kind, text, one_id(r ? r->id : 0), 1);
}

static void open_menu(struct call *c, enum action a, enum menu_kind kind, const char *title, const struct case_row *r)
{
    struct model *m = c->m;
    char line[160];
    const char *word, *label;
    int now = kind == MENU_CASE_STATE ? (int)(r ? r->state : CASE_STATE_OPEN) : (int)(r ? r->priority : m->form.priority);
    if (r)
        snprintf(line, sizeof line, "%s: C%" PRId64, title, r->id);
    menu_begin(m, kind, r ? line : title, one_id(r ? r->id : 0), 1);
    for (int i = 0; (word = argument_word(a, i, &label)); i++)
        menu_add(m, word, word);
    m->menu.cursor = now;
}

static void ask_or_do(struct call *c, size_t way)
{
    struct model *m = c->m;
    struct err e = {0};
    const struct case_row *r = cases_chosen(m);
    if (!r && m->screen != SCREEN_CASE_NEW) {
        toast_set(m, c->fx, TOAST_INFO, "%s: there is no case here", action_info(c->action)->name);
    } else if (r && !cases_offers(r, c->action)) {
        toast_set(m, c->fx, TOAST_INFO, r->state == CASE_STATE_CLOSED    ? "C%" PRId64 " is closed, and that is final: open a new case"
                                        : c->action == ACTION_CASE_RETRY ? "C%" PRId64 ": there is nothing the helpdesk missed"
                                                                       : "C%" PRId64 ": both sides say the same", r->id);
    } else if (c->arg[0] || ways[way].needs == DONE_AT_ONCE) {
        if (!cases_run(m, c->fx, c->action, c->arg, r ? r->id : 0, &e))
            toast_set(m, c->fx, TOAST_BAD, "%s", e.text);
    } else if (ways[way].needs == TYPED) {
        open_prompt(c, ways[way].prompt, r);
    } else {
        open_menu(c, c->action, ways[way].menu, ways[way].title, r);
    }
}

static void show(struct call *c)
{
    struct model *m = c->m;
    const struct case_row *r = cases_chosen(m);
    if (!r) {
        toast_set(m, c->fx, TOAST_INFO, m->screen != SCREEN_CASES || m->cases.list.rows || m->cases.list.read_at ? "there is no case here" : "still reading the cases");
    } else if (m->screen == SCREEN_CASES) {
        cases_show(m, c->fx, r->id);
    } else {
        int64_t id = r->exception_id;
        dispatch_enter(m, SCREEN_DETAIL);
        m->detail_id = id;
        m->tab = TAB_CASE;
        cursor_follow(m, c->fx, true);
        lists_follow(m, c->fx);
    }
}

static void list(struct call *c)
{
    struct model *m = c->m;
    const char *word;
    int step = c->action == ACTION_NEXT_LIST ? 1 : c->action == ACTION_PREV_LIST ? CASE_LIST_COUNT - 1 : 0;
    enum case_list which = (enum case_list)(((int)m->cases.which + step) % CASE_LIST_COUNT);
    for (int i = 0; c->arg[0] && (word = argument_word(ACTION_CASES, i, NULL)); i++)
        if (strcmp(word, c->arg) == 0)
            which = (enum case_list)i;
    if (m->screen != SCREEN_CASES)
        dispatch_enter(m, SCREEN_CASES);
    if (which != m->cases.which) {
        free(m->cases.list.rows);
        m->cases.list = (struct case_rows){.rows = NULL};
    }
    m->cases.which = which;
    m->cases.list.stale = true;
    cases_follow(m, c->fx);
}

void cases_call(struct call *c)
{
    if (c->action == ACTION_SHOW_CASE) {
        show(c);
        return;
    }
    for (size_t i = 0; i < WAYS; i++) {
        if (ways[i].action == c->action) {
            ask_or_do(c, i);
            return;
        }
    }
    list(c);
}

void cases_choose(struct model *m, struct effects *fx, enum menu_kind kind, const char *value, int64_t *ids, size_t n)
{
    struct err e = {0};
    enum case_type type;
    if (kind == MENU_CASE_TYPE && case_type_parse(value, strlen(value), &type)) {
        form_open(m, fx, ids, n, type);
        return;
    }
    if (kind == MENU_CASES && strcmp(value, "yes") == 0)
        form_send(m, fx);
    else if (kind == MENU_CASES)
        toast_set(m, fx, TOAST_INFO, "nothing was opened");
    else if (n && !cases_run(m, fx, kind == MENU_CASE_STATE ? ACTION_CASE_STATE : ACTION_CASE_PRIORITY, value, ids[0], &e))
        toast_set(m, fx, TOAST_BAD, "%s", e.text);
    free(ids);
}

/* --- the answer ---------------------------------------------------------------------------- */

static bool undoable(enum case_op op) { return op == CASE_OP_OPEN || op == CASE_OP_SET || op == CASE_OP_LINK || op == CASE_OP_UNLINK; }

/* The database's own words when it has any, else what was done. */
static void tell(struct model *m, struct effects *fx, const struct awaited *a, const struct act_result *r)
{
    char what[160], keys[64] = "";
    int64_t id = a->again.control.id;
    bool same = strcmp(r->code, "same") == 0;
    snprintf(what, sizeof what, "%s C%" PRId64, case_op_past(a->again.control.case_op), id);
    if (!same && undoable(a->again.control.case_op)) {
        undo_offer(m, what);
        keymap_keys_of(m->keymap, IN_LISTS, ACTION_UNDO, NULL, keys, sizeof keys);
    }
    toast_set(m, fx, same ? TOAST_INFO : TOAST_GOOD, "%s%s%s%s", r->message[0] ? r->message : what,
              keys[0] ? m->settings.ascii ? " - " : " \u00b7 " : "", keys, keys[0] ? " takes it back" : "");
}

void cases_acted(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    enum case_op op = a->again.control.case_op;
    if (act_failed(m, fx, a, r)) {
        m->form.opening = m->form.opening && ask_waiting(m, REQ_CASE_ACT);     /* asked again, it still is */
        return;
    }
    lists_old(m);
    if (op == CASE_OP_OPEN || op == CASE_OP_LINK || op == CASE_OP_UNLINK)
        act_touch(m, fx, r);
    if (op == CASE_OP_OPEN)
        form_opened(m, fx, a, r);
    else if (!r->result_count)
        toast_set(m, fx, TOAST_INFO, "%s", r->summary[0] ? r->summary : "nothing was done");
    else if (r->results[0].ok)
        tell(m, fx, a, &r->results[0]);
    else
        toast_set(m, fx, TOAST_BAD, "C%" PRId64 ": %s", a->again.control.id, r->results[0].message);
    if (op == CASE_OP_MERGE && r->result_count && r->results[0].ok && m->screen == SCREEN_CASE)
        m->cases.wanted = a->again.control.other;
    lists_follow(m, fx);
    request_finish(&a->again);
}
