/* The screen that declares an outage or changes one: what it is about, what it holds, and beside it what it would do. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/act.h"
#include "app/argument.h"
#include "app/ask.h"
#include "app/board.h"
#include "app/control.h"
#include "app/cursor.h"
#include "app/dispatch.h"
#include "app/menu.h"
#include "app/moment.h"
#include "app/outage.h"
#include "app/prompt.h"
#include "app/toast.h"
#include "app/undo.h"
#include "base/buf.h"
#include "base/die.h"
#include "base/number.h"
#include "base/when.h"
#include "core/scope.h"
#include "outage_in.h"

void outage_finish(struct model *m)
{
    free(m->declaring.preview);
    m->declaring = (struct declaring){.until = WHEN_NONE, .status = STATUS_COUNT};
}

bool outage_offers(const struct model *m, enum outage_form_field f)
{
    return !m->declaring.id || (f != FORM_SCOPE && f != FORM_STATUS);
}

/* --- the preview --------------------------------------------------------------------------- */

void outage_follow(struct model *m, struct effects *fx)
{
    struct declaring *d = &m->declaring;
    if (m->screen != SCREEN_OUTAGE || d->id || !d->scope[0] || d->preview || m->link != LINK_LIVE ||
        ask_waiting(m, REQ_OUTAGE_PREVIEW))
        return;
    struct request r = {.kind = REQ_OUTAGE_PREVIEW};
    r.control.scope = scope_from_filter(d->scope, NULL, NULL);
    r.control.until = WHEN_NONE;
    r.control.status = STATUS_COUNT;
    if (r.control.scope)
        ask_send(m, fx, &r, NULL);
}

static void look_again(struct model *m, struct effects *fx)
{
    free(m->declaring.preview);
    m->declaring.preview = NULL;
    m->declaring.trouble[0] = '\0';
    ask_forget(m, fx, REQ_OUTAGE_PREVIEW);
    outage_follow(m, fx);
}

void outage_previewed(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    struct declaring *d = &m->declaring;
    (void)a;
    if (!r->ok) {
        if (m->link == LINK_LIVE)
            snprintf(d->trouble, sizeof d->trouble, "%.299s", r->error.text);
        return;
    }
    if (m->screen != SCREEN_OUTAGE && m->back_to != SCREEN_OUTAGE)
        return;
    free(d->preview);
    d->preview = r->outage_preview;
    r->outage_preview = NULL;
    d->read_at = m->now;
    (void)fx;
}

/* --- opening ------------------------------------------------------------------------------- */

static void open_form(struct model *m, struct effects *fx)
{
    outage_finish(m);
    ask_forget(m, fx, REQ_OUTAGE_PREVIEW);
    toast_clear(m);
    if (m->screen != SCREEN_OUTAGE)
        dispatch_enter(m, SCREEN_OUTAGE);
}

void declare_change(struct model *m, struct effects *fx, const struct outage_row *o)
{
    struct outage_row was = *o;
    open_form(m, fx);
    struct declaring *d = &m->declaring;
    d->id = was.id;
    d->was = was;
    snprintf(d->scope, sizeof d->scope, "%s", was.scope);
    snprintf(d->message, sizeof d->message, "%s", was.message);
    d->hold = was.hold_messages;
    d->pause = was.pause_sla;
    d->until = was.until;
    d->field = FORM_MESSAGE;
}

/* What an outage of here would be about, where something is looked at that could be one. */
static void likely_scope(const struct model *m, char *out, size_t size)
{
    out[0] = '\0';
    if (m->screen == SCREEN_BOARD) {
        board_scope(m, out, size);
        return;
    }
    const struct queue_row *row = m->screen == SCREEN_DETAIL ? cursor_row(m) : NULL;
    if (row && row->carrier[0])
        snprintf(out, size, "carrier:%s%s%s", row->carrier, row->region[0] ? " region:" : "", row->region);
    else if (m->screen == SCREEN_QUEUE)
        snprintf(out, size, "%s", m->filter);
    char *scope = scope_from_filter(out, NULL, NULL);
    if (!scope)
        out[0] = '\0';
    free(scope);
}

static void prompt_for(struct model *m, struct effects *fx, enum outage_form_field field)
{
    struct declaring *d = &m->declaring;
    if (field == FORM_SCOPE)
        prompt_open(m, fx, PROMPT_SCOPE, d->scope, NULL, 0);
    else if (field == FORM_MESSAGE)
        prompt_open(m, fx, PROMPT_OUTAGE_TEXT, d->message, NULL, 0);
    else
        prompt_open(m, fx, PROMPT_OUTAGE_UNTIL, "", NULL, 0);
    d->field = field;
}

static void begin(struct call *c)
{
    char scope[sizeof c->m->declaring.scope];
    struct err e = {0};
    if (c->arg[0]) {
        char *json = scope_from_filter(c->arg, NULL, &e);
        if (!json) {
            toast_set(c->m, c->fx, TOAST_BAD, "outage-declare: %s", e.text);
            return;
        }
        free(json);
        snprintf(scope, sizeof scope, "%s", c->arg);
    } else {
        likely_scope(c->m, scope, sizeof scope);
    }
    open_form(c->m, c->fx);
    memcpy(c->m->declaring.scope, scope, sizeof scope);
    c->m->declaring.hold = true;
    if (scope[0])
        outage_follow(c->m, c->fx);
    else
        prompt_for(c->m, c->fx, FORM_SCOPE);
}

/* --- changing what stands there ------------------------------------------------------------- */

void outage_move(struct model *m, enum action a)
{
    bool back = a == ACTION_UP || a == ACTION_PAGE_UP || a == ACTION_HALF_UP || a == ACTION_TOP;
    bool end = a == ACTION_TOP || a == ACTION_BOTTOM;
    int at = (int)m->declaring.field, step = back ? -1 : 1;
    do {
        int to = at + step;
        if (to < 0 || to >= FORM_FIELDS)
            break;
        at = to;
        if (outage_offers(m, (enum outage_form_field)at))
            m->declaring.field = (enum outage_form_field)at;
    } while (end || !outage_offers(m, (enum outage_form_field)at));
}

static void choose_status(struct model *m)
{
    enum status s;
    menu_begin(m, MENU_OUTAGE_STATUS, "While it lasts, the status of its parcels is", NULL, 0);
    menu_add(m, "none", "what the carrier says: no override");
    for (int i = 0; (s = override_status_at(i)) != STATUS_COUNT; i++)
        menu_add(m, status_name(s), status_label(s));
}

void outage_chosen(struct model *m, const char *status)
{
    enum status s;
    m->declaring.status = status_parse(status, strlen(status), &s) ? s : STATUS_COUNT;
}

static void change(struct call *c)
{
    struct declaring *d = &c->m->declaring;
    if (d->field == FORM_HOLD)
        d->hold = !d->hold;
    else if (d->field == FORM_PAUSE)
        d->pause = !d->pause;
    else if (d->field == FORM_STATUS)
        choose_status(c->m);
    else
        prompt_for(c->m, c->fx, d->field);
}

/* --- its prompts ----------------------------------------------------------------------------- */

bool outage_prompt(enum prompt_kind kind)
{
    return kind == PROMPT_OUTAGE_TEXT || kind == PROMPT_OUTAGE_UNTIL || kind == PROMPT_OUTAGE_COUNT;
}

static size_t trimmed(const struct prompt *p)
{
    size_t n = p->len;
    while (n && p->text[n - 1] == ' ')
        n--;
    return n;
}

static bool check_text(struct prompt *p, size_t n, size_t *at, struct err *e)
{
    if (!n)
        return err_set(e, ERR_INPUT, NULL, "say what everybody should know: it stands on every screen while the outage lasts");
    if (n >= sizeof ((struct declaring *)0)->message) {
        *at = sizeof ((struct declaring *)0)->message - 1;
        return err_set(e, ERR_INPUT, NULL, "at most %zu bytes: it is one line on every screen",
                       sizeof ((struct declaring *)0)->message - 1);
    }
    snprintf(p->hint, sizeof p->hint, "stands on every screen while the outage lasts; customers do not see it");
    return true;
}

static bool check_until(struct model *m, size_t n, size_t *at, struct err *e)
{
    struct prompt *p = &m->prompt;
    struct moment when;
    char text[sizeof p->text], until[32];
    snprintf(text, sizeof text, "%.*s", (int)n, p->text);
    if (!n) {
        snprintf(p->hint, sizeof p->hint, "until somebody ends it; or write when it ends by itself: 4h, tomorrow 9:00");
        return true;
    }
    if (!moment_parse(text, m->now, &m->zone, &when, e) || when.next_scan) {
        *at = 0;
        return err_set(e, ERR_INPUT, NULL, "write when it ends by itself: 4h, 18:00, tomorrow 9:00, mon; or nothing");
    }
    moment_format(when.at, m->now, &m->zone, until, sizeof until);
    snprintf(p->hint, sizeof p->hint, "ends by itself at %s", until);
    return true;
}

static bool check_count(struct model *m, size_t n, size_t *at, struct err *e)
{
    struct prompt *p = &m->prompt;
    const struct outage_preview *v = m->declaring.preview;
    char want[24], typed[24];
    snprintf(want, sizeof want, "%" PRId64, v ? v->exceptions : 0);
    struct number shown = grouped(v ? v->exceptions : 0);
    bool digits = number_typed(p->text, n, typed, sizeof typed);
    if (digits && strcmp(want, typed) == 0) {
        snprintf(p->hint, sizeof p->hint, "declares the outage: %s exceptions", shown.text);
        return true;
    }
    *at = 0;
    if (!digits || strncmp(want, typed, strlen(typed)) != 0)
        return err_set(e, ERR_INPUT, NULL, "that is not how many: it takes %s exceptions with it; type %s, Esc goes back", shown.text, shown.text);
    return err_set(e, ERR_INPUT, NULL, "it takes %s exceptions with it: type %s to declare it", shown.text, shown.text);
}

bool outage_check(struct model *m, size_t *at, struct err *e)
{
    size_t n = trimmed(&m->prompt);
    if (m->prompt.kind == PROMPT_OUTAGE_TEXT)
        return check_text(&m->prompt, n, at, e);
    return (m->prompt.kind == PROMPT_OUTAGE_UNTIL ? check_until : check_count)(m, n, at, e);
}

static bool send(struct model *m, struct effects *fx, struct err *e);

bool outage_submit(struct model *m, struct effects *fx, struct err *e)
{
    struct declaring *d = &m->declaring;
    enum prompt_kind kind = m->prompt.kind;
    struct moment when = {.at = WHEN_NONE};
    char text[sizeof m->prompt.text];
    snprintf(text, sizeof text, "%.*s", (int)trimmed(&m->prompt), m->prompt.text);
    if (kind == PROMPT_OUTAGE_COUNT && !send(m, fx, e))
        return false;
    if (kind == PROMPT_SCOPE) {
        snprintf(d->scope, sizeof d->scope, "%.*s", (int)sizeof d->scope - 1, text);
        look_again(m, fx);
    } else if (kind == PROMPT_OUTAGE_TEXT) {
        snprintf(d->message, sizeof d->message, "%.*s", (int)sizeof d->message - 1, text);
    } else if (kind == PROMPT_OUTAGE_UNTIL) {
        d->until = text[0] && moment_parse(text, m->now, &m->zone, &when, NULL) ? when.at : WHEN_NONE;
    }
    return true;
}

/* --- doing it -------------------------------------------------------------------------------- */

static struct request make_request(const struct declaring *d)
{
    struct request r = {.kind = d->id ? REQ_OUTAGE_ACT : REQ_OUTAGE_DECLARE};
    r.control.text = xstrdup(d->message);
    r.control.hold = d->hold;
    r.control.pause = d->pause;
    r.control.until = d->until;
    r.control.status = d->status;
    if (d->id) {
        r.name = xstrdup("set");
        r.ids = xcalloc(1, sizeof *r.ids);
        r.ids[0] = d->id;
        r.id_count = 1;
        r.control.fields = (strcmp(d->message, d->was.message) != 0 ? OUTAGE_SET_TEXT : 0u) |
                           (d->until != d->was.until ? OUTAGE_SET_UNTIL : 0u) |
                           (d->hold != d->was.hold_messages ? OUTAGE_SET_HOLD : 0u) |
                           (d->pause != d->was.pause_sla ? OUTAGE_SET_PAUSE : 0u);
    } else {
        r.control.scope = scope_from_filter(d->scope, NULL, NULL);
        if (d->status != STATUS_COUNT)
            r.control.code = xstrdup(override_reason_name(OVERRIDE_REASON_CARRIER_OUTAGE));
    }
    return r;
}

static bool send(struct model *m, struct effects *fx, struct err *e)
{
    if (m->link != LINK_LIVE)
        return err_set(e, ERR_UNREACHABLE, NULL, "not connected: nothing was declared; it stays here until it is back");
    struct request r = make_request(&m->declaring);
    m->declaring.trouble[0] = '\0';
    if (!act_send(m, fx, &r, e))
        return false;
    toast_set(m, fx, TOAST_INFO, m->declaring.id ? "changing it..." : "declaring it...");
    return true;
}

/* What is missing before it can be declared; true: nothing. */
static bool complete(struct call *c)
{
    struct model *m = c->m;
    struct declaring *d = &m->declaring;
    if (!d->scope[0]) {
        prompt_for(m, c->fx, FORM_SCOPE);
    } else if (!d->message[0]) {
        prompt_for(m, c->fx, FORM_MESSAGE);
    } else if (!d->id && !d->preview) {
        toast_set(m, c->fx, TOAST_INFO, d->trouble[0] ? "%s" : "a moment: looking at what it would do", d->trouble);
        outage_follow(m, c->fx);
    } else if (!d->id && !d->preview->allowed) {
        toast_set(m, c->fx, TOAST_BAD, "%s", d->preview->refusal);
    } else {
        return true;
    }
    return false;
}

static void confirm(struct call *c)
{
    struct model *m = c->m;
    struct err e = {0};
    char what[200];
    if (ask_waiting(m, REQ_OUTAGE_DECLARE) || ask_waiting(m, REQ_OUTAGE_ACT)) {
        toast_set(m, c->fx, TOAST_INFO, "it is being done");
    } else if (!complete(c)) {
        return;
    } else if (m->declaring.id) {
        struct request r = make_request(&m->declaring);
        unsigned fields = r.control.fields;
        request_finish(&r);
        if (!fields)
            toast_set(m, c->fx, TOAST_INFO, "nothing was changed yet: Space changes what the cursor is on");
        else if (!send(m, c->fx, &e))
            toast_set(m, c->fx, TOAST_BAD, "%s", e.text);
    } else if (m->declaring.preview->exceptions > ACT_CONFIRM) {
        prompt_open(m, c->fx, PROMPT_OUTAGE_COUNT, "", NULL, 0);
    } else {
        struct request r = make_request(&m->declaring);
        snprintf(what, sizeof what, "outage of %.60s, %s exceptions", m->declaring.preview->title,
                 grouped(m->declaring.preview->exceptions).text);
        menu_confirm(m, &r, "declare", what);
    }
}

void outage_declared(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    char what[160];
    if (act_failed(m, fx, a, r))
        return;
    const struct act_result *x = r->result_count ? &r->results[0] : NULL;
    if (!x || !x->ok) {
        snprintf(m->declaring.trouble, sizeof m->declaring.trouble, "%s", x ? x->message : "nothing was declared");
        toast_set(m, fx, TOAST_BAD, "%s", m->declaring.trouble);
    } else {
        snprintf(what, sizeof what, "declared outage %" PRId64, x->id);
        if (m->screen == SCREEN_OUTAGE)
            dispatch_leave(m, fx);
        undo_offer(m, what);
        toast_set(m, fx, TOAST_GOOD, "%s", x->message[0] ? x->message : what);
        control_ask(m, fx);
        board_old(m, fx);
    }
    request_finish(&a->again);
}

void declare_call(struct call *c)
{
    if (c->action == ACTION_DECLARE)
        begin(c);
    else if (c->action == ACTION_CHANGE_FIELD)
        change(c);
    else
        confirm(c);
}
