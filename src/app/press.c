#include "app/press.h"

#include <stdio.h>
#include <string.h>

#include "app/compose.h"
#include "app/cursor.h"
#include "app/dispatch.h"
#include "app/groups.h"
#include "app/menu.h"
#include "app/prompt.h"
#include "app/toast.h"
#include "base/number.h"
#include "base/utf8.h"
#include "base/when.h"

enum { SEQUENCE_WAIT = 1000 };

/* What was said before doing it counts only when the very next key confirms it. */
static void disarm(struct model *m, enum action but)
{
    m->next_step_shown = m->next_step_shown && but == ACTION_NEXT_STEP;
    m->undo_armed = m->undo_armed && but == ACTION_UNDO;
    m->quit_armed = m->quit_armed && but == ACTION_QUIT;
    m->armed = m->armed == (int)but + 1 ? m->armed : 0;
}

static void run(struct model *m, struct effects *fx, const struct binding *b)
{
    m->pending_count = 0;
    effects_timer(fx, TIMER_KEYS, WHEN_NONE);
    disarm(m, b->action);
    dispatch(m, fx, b->action, b->argument);
}

static bool is_text(const struct key *k)
{
    return !k->mods && k->code >= ' ' && k->code < KEY_BASE && k->code != 0x7f;
}

/* Into the message being edited. */
static void type(struct model *m, struct effects *fx, const char *text, size_t n, bool typed)
{
    if (!editor_insert(&m->compose.editor, text, n, typed))
        toast_set(m, fx, TOAST_WARN, "a message has at most %s bytes: the rest was left out", grouped(EDITOR_MOST).text);
    compose_typed(m, fx);
}

/* A toast is not seen while something is typed. */
static void into_prompt(struct model *m, const char *text, size_t n)
{
    struct prompt *p = &m->prompt;
    if (prompt_insert(m, text, n))
        return;
    p->error_at = SIZE_MAX;
    snprintf(p->error, sizeof p->error, "there is room for %s bytes here: the rest was left out", grouped(PROMPT_TEXT - 1).text);
}

/* The keys that led nowhere: typed text in a prompt, else a word about them. */
static void lead_nowhere(struct model *m, struct effects *fx)
{
    bool prompt = dispatch_context(m) == IN_PROMPT, editor = dispatch_context(m) == IN_EDITOR;
    char names[80] = "";
    for (int i = 0; i < m->pending_count; i++) {
        struct key k = m->pending_keys[i];
        if (k.code == KEY__SPACE)
            k.code = ' ';
        char ch[4], name[24];
        if (prompt && is_text(&k))
            into_prompt(m, ch, utf8_encode(k.code, ch));
        else if (editor && is_text(&k))
            type(m, fx, ch, utf8_encode(k.code, ch), true);
        key_format(&m->pending_keys[i], name, sizeof name);
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", used ? " " : "", name);
    }
    m->pending_count = 0;
    effects_timer(fx, TIMER_KEYS, WHEN_NONE);
    disarm(m, ACTION_COUNT);
    if (!prompt && !editor && !m->toast[0])
        toast_set(m, fx, TOAST_INFO, "%s does nothing here; ? shows the keys", names);
}

static void click(struct model *m, struct effects *fx, const struct key *k)
{
    struct app_layout l;
    app_layout(m, &l);
    int line = k->row - l.list_top, group = k->row - l.group_top;
    if (dispatch_context(m) == IN_QUEUE && group >= 0 && group < l.group_rows && k->col < l.list_cols) {
        groups_click(m, fx, group);
        return;
    }
    if (dispatch_context(m) != IN_QUEUE || line < 0 || line >= l.list_rows || k->col >= l.list_cols)
        return;
    size_t at = m->queue.top + (size_t)line;
    if (at >= m->queue.count)
        return;
    disarm(m, ACTION_COUNT);
    bool on_line = m->groups.on;
    groups_put(m, fx, 0);
    if (m->queue.rows[at].id == m->queue.cursor_id && !on_line)
        dispatch(m, fx, ACTION_OPEN, "");
    else
        cursor_to(m, fx, m->queue.rows[at].id);
}

static enum keymap_answer find(const struct model *m, unsigned context, const struct binding **b)
{
    enum keymap_answer answer = keymap_find(m->keymap, context, m->pending_keys, m->pending_count, b);
    unsigned under = answer == KEYMAP_NONE ? dispatch_under(m) : 0;
    return under ? keymap_find(m->keymap, under, m->pending_keys, m->pending_count, b) : answer;
}

void press_key(struct model *m, struct effects *fx, struct key key)
{
    const struct binding *b;
    m->key_at = m->now;
    m->queue.fresh_id = 0;
    toast_key(m);
    if (key.code == ' ')
        key.code = KEY__SPACE;
    if (key.code == KEY__CLICK) {
        click(m, fx, &key);
        return;
    }
    unsigned context = dispatch_context(m);
    if (context == IN_MENU && !m->pending_count && menu_letter(m, fx, &key))
        return;
    m->pending_keys[m->pending_count++] = key;
    enum keymap_answer answer = find(m, context, &b);
    if (answer == KEYMAP_FOUND)
        run(m, fx, b);
    else if (answer == KEYMAP_PREFIX && m->pending_count < SEQUENCE_MAX)
        effects_timer(fx, TIMER_KEYS, m->now + SEQUENCE_WAIT);
    else
        lead_nowhere(m, fx);
}

void press_timer(struct model *m, struct effects *fx)
{
    const struct binding *b = NULL;
    if (!m->pending_count)
        return;
    find(m, dispatch_context(m), &b);
    if (b)
        run(m, fx, b);       /* short for itself and the beginning of longer ones */
    else
        lead_nowhere(m, fx);
}

void press_paste(struct model *m, struct effects *fx, const char *text)
{
    m->key_at = m->now;
    if (dispatch_context(m) == IN_PROMPT && text)
        into_prompt(m, text, strlen(text));
    else if (dispatch_context(m) == IN_EDITOR && text)
        type(m, fx, text, strlen(text), false);
    else    /* never as keys: a pasted line must not resolve anything */
        toast_set(m, fx, TOAST_INFO, "pasting works where text is typed: / filter, : command, n note");
}
