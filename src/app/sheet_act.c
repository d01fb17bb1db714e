/* What is done about a line of a sheet: asked step by step, sent, and told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/act.h"
#include "app/ask.h"
#include "app/cursor.h"
#include "app/dispatch.h"
#include "app/keymap.h"
#include "app/lists.h"
#include "app/menu.h"
#include "app/prompt.h"
#include "app/sheet.h"
#include "app/toast.h"
#include "app/views.h"
#include "base/buf.h"
#include "base/die.h"
#include "base/number.h"

/* --- what it takes from where ------------------------------------------------------------------ */

static const char *value(const struct table *t, size_t row, char *const *args, char *const *answers, const char *from)
{
    size_t i = from[0] ? (size_t)(from[1] - '0') : 0;
    if (from[0] == '^')
        return i < SHEET_ARGS && args && args[i] ? args[i] : "";
    if (from[0] == '?' || from[0] == '#')
        return i < SHEET_STEPS && answers && answers[i] ? answers[i] : "";
    return from[0] == '$' ? table_cell(t, row, table_column(t, from + 1)) : from[0] == '=' ? from + 1 : "";
}

void sheet_sentence(const struct table *t, size_t row, char *const *args, char *const *answers, const char *text,
                    char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    while (*text && used + 1 < size) {
        size_t n = strcspn(text, "{");
        used += (size_t)snprintf(out + used, size - used, "%.*s", (int)n, text);
        text += n;
        if (!*text || used + 1 >= size)
            break;
        char from[40];
        n = strcspn(text, "}");
        bool special = text[1] == '^' || text[1] == '?';
        snprintf(from, sizeof from, "%s%.*s", special ? "" : "$", (int)(n - 1), text + 1);
        used += (size_t)snprintf(out + used, size - used, "%s", value(t, row, args, answers, from));
        text += n + (text[n] == '}');
    }
}

static bool fits(const struct sheet_page *p, const struct sheet_act *a)
{
    if (!a->only)
        return true;
    size_t n = strcspn(a->only, "!=");
    bool wanted = a->only[n] == '=';
    char column[40];
    snprintf(column, sizeof column, "%.*s", (int)n, a->only);
    const char *cell = table_cell(&p->table, p->cursor, table_column(&p->table, column));
    return (strcmp(cell, a->only + n + (wanted ? 1 : 2)) == 0) == wanted;
}

static const struct sheet_act *find(const struct sheet_page *p, enum action a, bool fitting)
{
    for (const struct sheet_act *i = sheet_acts; p && i->action != ACTION_COUNT; i++)
        if (i->action == a && i->sheet == p->sheet && (i->lists & 1u << p->list) &&
            (!fitting || i->alone || (p->table.rows && fits(p, i))))
            return i;
    return NULL;
}

const struct sheet_act *sheet_offers(const struct model *m, enum action a) { return find(sheet_shown(m), a, true); }

/* --- steps --------------------------------------------------------------------------------------- */

static void say(const struct model *m, const char *text, char *out, size_t size)
{
    const struct sheets *s = &m->sheets;
    sheet_sentence(&s->row, 0, s->args, s->answers, text, out, size);
}

static char *array_of(const char *v)
{
    struct buf b;
    buf_init(&b, 0);
    buf_puts(&b, "{\"");
    for (; *v; v++)
        buf_printf(&b, "%s%c", *v == '"' || *v == '\\' ? "\\" : "", *v);
    buf_puts(&b, "\"}");
    return buf_take(&b);
}

/* "a=$b,c==word}" */
static char *object_of(const struct model *m, const char *from)
{
    struct buf b;
    buf_init(&b, 0);
    buf_putc(&b, '{');
    for (size_t n; *from && *from != '}'; from += n + (from[n] == ',')) {
        char source[40];
        size_t name = strcspn(from, "=");
        n = strcspn(from, ",}");
        snprintf(source, sizeof source, "%.*s", (int)(n - name - 1), from + name + 1);
        const char *v = value(&m->sheets.row, 0, m->sheets.args, m->sheets.answers, source);
        if (!v[0])
            continue;
        buf_printf(&b, "%s\"%.*s\": ", b.len > 1 ? ", " : "", (int)name, from);
        buf_put_json(&b, v, strlen(v));
    }
    buf_putc(&b, '}');
    return buf_take(&b);
}

static char *param(const struct model *m, const char *from)
{
    const struct sheets *s = &m->sheets;
    if (from[0] == '~')
        return NULL;
    if (from[0] == '[')
        return array_of(value(&s->row, 0, s->args, s->answers, from + 1));
    if (from[0] == '{')
        return object_of(m, from + 1);
    if (from[0] == '#')
        return s->asking->steps[from[1] - '0'].make(value(&s->row, 0, s->args, s->answers, from));
    if (strcmp(from, "@total") == 0)
        return xstrdup(s->total);
    if (from[0] == '$') {                  /* what is nothing in the list, and what is an empty text, stay that */
        size_t column = table_column(&s->row, from + 1);
        return column < s->row.columns ? xstrdup(s->row.cells[column]) : NULL;
    }
    const char *v = value(&s->row, 0, s->args, s->answers, from);
    return v[0] ? xstrdup(v) : NULL;
}

static void send(struct model *m, struct effects *fx)
{
    const struct sheet_act *a = m->sheets.asking;
    struct request r = {.kind = REQ_TABLE_ACT, .table = {.query = a->query, .done = a->done, .patient = a->patient}};
    struct err e = {0};
    char text[240];
    for (size_t i = 0; i < SHEET_PARAMS && a->params[i]; i++) {
        char *v = param(m, a->params[i]);
        table_request_param(&r.table, v);
        free(v);
    }
    say(m, a->what, text, sizeof text);
    r.name = xstrdup(text);
    if (a->question) {
        say(m, a->question, text, sizeof text);
        menu_confirm(m, &r, action_info(a->action)->name, text);
    } else if (!act_send(m, fx, &r, &e)) {
        toast_set(m, fx, TOAST_BAD, "%s", e.text);
    }
    sheet_forget(m);
}

/* Few are not counted out. */
static bool skipped(const struct model *m, const struct sheet_step *s)
{
    if (s->kind != STEP_COUNT)
        return false;
    char *wanted = param(m, s->preset);
    bool few = !wanted || strtoll(wanted, NULL, 10) <= SHEET_TYPED;
    free(wanted);
    return few;
}

static void ask_step(struct model *m, struct effects *fx)
{
    const struct sheet_act *a = m->sheets.asking;
    const struct sheet_step *s = m->sheets.step < SHEET_STEPS ? &a->steps[m->sheets.step] : NULL;
    char text[240];
    const char *word, *label;
    while (s && s->kind != STEP_END && skipped(m, s)) {
        m->sheets.answers[m->sheets.step++] = xstrdup("");
        s = m->sheets.step < SHEET_STEPS ? s + 1 : NULL;
    }
    if (!s || s->kind == STEP_END) {
        send(m, fx);
    } else if (s->kind == STEP_MENU) {
        say(m, s->label, text, sizeof text);
        menu_begin(m, MENU_SHEET, text, NULL, 0);
        char *now = s->preset ? param(m, s->preset) : NULL;
        for (int i = 0; (word = s->word(i, &label)); i++) {
            menu_add(m, word, label);
            m->menu.cursor = now && strcmp(word, now) == 0 ? i : m->menu.cursor;
        }
        free(now);
    } else {
        char *preset = s->preset && s->kind != STEP_COUNT ? param(m, s->preset) : NULL;
        prompt_open(m, fx, PROMPT_SHEET, preset ? preset : "", NULL, 0);
        free(preset);
    }
}

static void answered(struct model *m, struct effects *fx, const char *text)
{
    free(m->sheets.answers[m->sheets.step]);
    m->sheets.answers[m->sheets.step++] = xstrdup(text);
    ask_step(m, fx);
}

void sheet_chosen(struct model *m, struct effects *fx, const char *text)
{
    if (m->sheets.asking)
        answered(m, fx, text);
}

static void copy_row(const struct sheet_page *p, struct table *out)
{
    const struct table *t = &p->table;
    *out = (struct table){.columns = t->columns, .rows = 1};
    out->names = xcalloc(t->columns, sizeof *out->names);
    out->cells = xcalloc(t->columns, sizeof *out->cells);
    for (size_t i = 0; i < t->columns; i++) {
        out->names[i] = xstrdup(t->names[i]);
        out->cells[i] = p->cursor < t->rows ? xstrdup(t->cells[p->cursor * t->columns + i]) : NULL;
    }
}

/* "count what=closed" of the whole list. */
static void add_up(const struct table *t, const char *total, char *out, size_t size)
{
    char column[40], other[40];
    size_t n = strcspn(total, " "), name = strcspn(total + n, "=");
    snprintf(column, sizeof column, "%.*s", (int)n, total);
    snprintf(other, sizeof other, "%.*s", (int)(name - 1), total + n + 1);
    long long sum = 0;
    for (size_t i = 0; i < t->rows; i++)
        if (strcmp(table_cell(t, i, table_column(t, other)), total + n + name + 1) == 0)
            sum += strtoll(table_cell(t, i, table_column(t, column)), NULL, 10);
    snprintf(out, size, "%lld", sum);
}

/* --- doing it --------------------------------------------------------------------------------------- */

static void show_exception(struct call *c, const char *number)
{
    struct model *m = c->m;
    int64_t id = strtoll(number + strcspn(number, "0123456789"), NULL, 10);     /* the first of a list */
    if (!id) {
        toast_set(m, c->fx, TOAST_INFO, "there is no exception behind this line");
        return;
    }
    dispatch_enter(m, SCREEN_DETAIL);
    m->detail_id = id;
    m->tab = TAB_TIMELINE;
    cursor_follow(m, c->fx, true);
    lists_follow(m, c->fx);
}

static void show_queue(struct call *c, const char *filter)
{
    while (c->m->screen != SCREEN_QUEUE)
        dispatch_leave(c->m, c->fx);
    views_filter(c->m, c->fx, filter);
}

static void go(struct call *c, const struct sheet_act *act)
{
    struct model *m = c->m;
    char text[240], *args[SHEET_ARGS] = {NULL};
    if (act->does == SHEET_QUEUE) {
        say(m, act->params[0], text, sizeof text);
        sheet_forget(m);
        show_queue(c, text);
        return;
    }
    for (size_t i = 0; i < SHEET_ARGS && act->params[i]; i++)
        args[i] = param(m, act->params[i]);
    sheet_forget(m);
    if (act->does == SHEET_EXCEPTION)
        show_exception(c, args[0] ? args[0] : "");
    else
        sheet_open(m, c->fx, act->shows, args);
    for (size_t i = 0; i < SHEET_ARGS; i++)
        free(args[i]);
}

/* Why not: another list has it, this line does not allow it, or there is none. */
static void refuse(struct call *c)
{
    const struct sheet_page *p = sheet_shown(c->m);
    const struct sheet_act *act = find(p, c->action, false);
    char text[240];
    if (act && !p->table.rows) {
        toast_set(c->m, c->fx, TOAST_INFO, p->known ? "there is no line here" : "still reading");
    } else if (act && act->unless) {
        sheet_sentence(&p->table, p->cursor, p->args, NULL, act->unless, text, sizeof text);
        toast_set(c->m, c->fx, TOAST_INFO, "%s", text);
    } else {
        toast_set(c->m, c->fx, TOAST_INFO, "%s is nothing for this list", action_info(c->action)->name);
    }
}

void sheet_run(struct call *c, const struct sheet_act *act)
{
    struct model *m = c->m;
    const struct sheet_page *p = sheet_shown(m);
    if (!act) {
        refuse(c);
        return;
    }
    if (!p->known) {               /* what is done is done about what was seen */
        toast_set(m, c->fx, TOAST_INFO, "still reading: a moment");
        return;
    }
    sheet_forget(m);
    m->sheets.asking = act;
    copy_row(p, &m->sheets.row);
    if (act->total)
        add_up(&p->table, act->total, m->sheets.total, sizeof m->sheets.total);
    for (size_t i = 0; i < SHEET_ARGS; i++)
        m->sheets.args[i] = xstrdup(p->args[i]);
    if (act->does == SHEET_ACTS)
        ask_step(m, c->fx);
    else
        go(c, act);
}

void sheet_knowledge(struct model *m, struct effects *fx, const char *word)
{
    enum action a;
    if (action_parse(word, strlen(word), &a))
        dispatch(m, fx, a, "");
}

/* --- the line being typed ------------------------------------------------------------------------------ */

bool sheet_prompt(enum prompt_kind k) { return k == PROMPT_SHEET; }

static const struct sheet_step *step_of(const struct model *m)
{
    return m->sheets.asking ? &m->sheets.asking->steps[m->sheets.step] : NULL;
}

const char *sheet_label(const struct model *m, char *out, size_t size)
{
    const struct sheet_step *s = step_of(m);
    say(m, s ? s->label : "", out, size);
    return out;
}

static bool check_count(struct model *m, const struct sheet_step *s, size_t *at, struct err *e)
{
    const char *text = m->prompt.text;
    char *wanted = param(m, s->preset), typed[24];
    size_t n = strcspn(text, " ");
    bool empty = !n, whole = wanted && number_typed(text, n, typed, sizeof typed) && strcmp(wanted, typed) == 0;
    *at = whole || empty ? SIZE_MAX : 0;
    if (!whole)
        err_set(e, ERR_INPUT, NULL, empty ? "type %s to go on: %s" : "that is not how many: type %s",
                grouped(wanted ? strtoll(wanted, NULL, 10) : 0).text, m->prompt.hint);
    free(wanted);
    return whole;
}

static bool check_percent(const struct model *m, size_t *at, struct err *e)
{
    char *end;
    long n = strtol(m->prompt.text, &end, 10);
    if (end != m->prompt.text && !end[strspn(end, " %")] && n >= 1 && n <= 100)
        return true;
    *at = 0;
    return err_set(e, ERR_INPUT, NULL, "write how many of a hundred: 1 to 100");
}

bool sheet_check(struct model *m, size_t *at, struct err *e)
{
    struct prompt *p = &m->prompt;
    const struct sheet_step *s = step_of(m);
    char hint[sizeof p->hint];
    if (!s)
        return err_set(e, ERR_INPUT, NULL, "what this was for is gone: cancel it");
    say(m, s->hint ? s->hint : "", hint, sizeof hint);
    memcpy(p->hint, hint, sizeof hint);
    if (s->kind == STEP_COUNT)
        return check_count(m, s, at, e);
    if (s->kind == STEP_PERCENT)
        return check_percent(m, at, e);
    if (s->kind == STEP_TEXT && !p->text[strspn(p->text, " ")])
        return err_set(e, ERR_INPUT, NULL, "%s", hint[0] ? hint : "write something");
    return !s->check || s->check(p->text, at, e);
}

bool sheet_submit(struct model *m, struct effects *fx, const char *text, struct err *e)
{
    const struct sheet_step *s = step_of(m);
    char typed[PROMPT_TEXT];
    if (m->link != LINK_LIVE)
        return err_set(e, ERR_UNREACHABLE, NULL, "not connected: nothing was done; try again when it is back");
    text += strspn(text, " ");
    snprintf(typed, sizeof typed, "%s", text);
    size_t n = s->kind == STEP_PERCENT ? strspn(typed, "0123456789") : strlen(typed);
    while (n && typed[n - 1] == ' ')
        n--;
    typed[n] = '\0';
    prompt_close(m, s->kind == STEP_TEXT || s->kind == STEP_OPTIONAL);
    answered(m, fx, typed);
    return true;
}

/* --- the answer ---------------------------------------------------------------------------------------- */

/* The page was about what is decided now. */
static void leave_done(struct model *m, struct effects *fx, const char *query)
{
    const struct sheet_page *p = sheet_shown(m);
    for (const struct sheet_act *i = sheet_acts; p && i->action != ACTION_COUNT; i++) {
        if (i->leaves && i->sheet == p->sheet && strcmp(i->query, query) == 0) {
            dispatch_leave(m, fx);
            return;
        }
    }
}

/* What is done next is done about what was made, not about the line the cursor happened to be on. */
static void seek_made(struct model *m, const char *query, int64_t id)
{
    const struct sheet_page *p = sheet_shown(m);
    for (const struct sheet_act *i = sheet_acts; p && i->action != ACTION_COUNT; i++)
        if (i->made && i->sheet == p->sheet && strcmp(i->query, query) == 0)
            sheet_seek(m, id);
}

/* The answer in its own sentence; what takes it back is said by its key here, where the database names a command. */
static void say_answer(struct model *m, struct effects *fx, const char *query, const struct act_result *one)
{
    const struct sheet_page *p = sheet_shown(m);
    bool ok = strcmp(one->code, "ok") == 0;
    char keys[32];
    for (const struct sheet_act *i = sheet_acts; ok && p && i->action != ACTION_COUNT; i++)
        if (i->back_word && i->sheet == p->sheet && strcmp(i->query, query) == 0 &&
            keymap_keys_of(m->keymap, sheet_context(m), i->back, NULL, keys, sizeof keys)) {
            toast_set(m, fx, TOAST_GOOD, "%.*s; %s %s", (int)strcspn(one->message, ";"), one->message, keys, i->back_word);
            return;
        }
    toast_set(m, fx, !one->ok ? TOAST_BAD : ok ? TOAST_GOOD : TOAST_INFO, "%s", one->message);
}

void sheet_acted(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    size_t done = 0, first = 0;
    if (act_failed(m, fx, a, r))
        return;
    for (size_t i = r->result_count; i-- > 0;) {
        done += r->results[i].ok;
        first = r->results[i].ok ? first : i;
    }
    const char *what = a->again.name ? a->again.name : "it", *past = a->again.table.done;
    const struct act_result *one = r->result_count ? &r->results[first] : NULL;
    if (!one)
        toast_set(m, fx, TOAST_INFO, "%s: nothing was done", what);
    else if (r->result_count == 1 && one->message[0])      /* a sentence of its own */
        say_answer(m, fx, a->again.table.query, one);
    else if (done == r->result_count)
        toast_set(m, fx, TOAST_GOOD, "%s %s", past, what);
    else
        toast_set(m, fx, TOAST_WARN, "%s %s, %s refused: %s", past, grouped((int64_t)done).text, grouped((int64_t)(r->result_count - done)).text,
                  one->message);
    lists_old(m);
    if (one && done == r->result_count) {
        leave_done(m, fx, a->again.table.query);
        seek_made(m, a->again.table.query, one->id);
    }
    lists_follow(m, fx);
    request_finish(&a->again);
}
