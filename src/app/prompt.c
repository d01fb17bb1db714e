#include "app/prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ask.h"
#include "base/die.h"
#include "base/utf8.h"

static void forget_options(struct prompt *p)
{
    completion_finish(&p->options);
    p->options = (struct completion){0};
    p->option = -1;
}

void prompt_open(struct model *m, struct effects *fx, enum prompt_kind kind, const char *text,
                 int64_t *ids, size_t id_count)
{
    struct prompt *p = &m->prompt;
    prompt_close(m, false);
    p->kind = kind;
    p->ids = ids;
    p->id_count = id_count;
    p->len = utf8_clean(text, strlen(text), p->text, sizeof p->text, UTF8_ONE_LINE);
    if (p->len && p->text[p->len - 1] != ' ' && p->len + 1 < sizeof p->text) {
        p->text[p->len++] = ' ';      /* what is typed next is the next word */
        p->text[p->len] = '\0';
    }
    p->at = p->len;
    if (!m->words.count)
        ask_words(m, fx);
    prompt_check(m);
}

void prompt_restore(struct model *m, const char *text)
{
    struct prompt *p = &m->prompt;
    p->len = p->at = utf8_clean(text, strlen(text), p->text, sizeof p->text, UTF8_ONE_LINE);
    p->history = -1;
    prompt_check(m);
}

static void remember(struct model *m)
{
    const char *text = m->prompt.text;
    if (!text[0])
        return;
    for (int i = 0; i < m->history_count; i++) {
        if (m->history[i].kind == m->prompt.kind && strcmp(m->history[i].text, text) == 0) {
            struct typed same = m->history[i];
            m->history_count--;
            memmove(&m->history[i], &m->history[i + 1], (size_t)(m->history_count - i) * sizeof m->history[0]);
            m->history[m->history_count++] = same;
            return;
        }
    }
    if (m->history_count == HISTORY_MAX) {
        free(m->history[0].text);
        m->history_count--;
        memmove(&m->history[0], &m->history[1], (size_t)m->history_count * sizeof m->history[0]);
    }
    m->history[m->history_count++] = (struct typed){m->prompt.kind, xstrdup(text)};
}

void prompt_close(struct model *m, bool kept)
{
    if (kept)
        remember(m);
    m->typing.taken = kept;
    forget_options(&m->prompt);
    free(m->prompt.ids);
    m->prompt = (struct prompt){.option = -1, .history = -1, .error_at = SIZE_MAX};
}

/* --- editing ------------------------------------------------------------------------ */

/* A character is a base with the zero-width marks behind it. */
static size_t next_char(const struct prompt *p, size_t at)
{
    uint32_t cp;
    if (at < p->len)
        at += utf8_decode(p->text + at, p->len - at, &cp);
    while (at < p->len) {
        size_t n = utf8_decode(p->text + at, p->len - at, &cp);
        if (utf8_cp_width(cp))
            break;
        at += n;
    }
    return at;
}

static size_t char_left(const struct prompt *p)
{
    size_t from = 0;
    for (size_t next = next_char(p, 0); next < p->at; next = next_char(p, next))
        from = next;
    return from;
}

static size_t char_right(const struct prompt *p) { return next_char(p, p->at); }

static size_t word_left(const struct prompt *p)
{
    size_t at = p->at;
    while (at && p->text[at - 1] == ' ')
        at--;
    while (at && p->text[at - 1] != ' ')
        at--;
    return at;
}

static size_t word_right(const struct prompt *p)
{
    size_t at = p->at;
    while (at < p->len && p->text[at] == ' ')
        at++;
    while (at < p->len && p->text[at] != ' ')
        at++;
    return at;
}

static size_t line_start(const struct prompt *p) { (void)p; return 0; }
static size_t line_end(const struct prompt *p) { return p->len; }

/* Each edit goes to a place, and takes away what lies between or does not. */
static const struct { enum action action; size_t (*place)(const struct prompt *); bool erases; } edits[] = {
    {ACTION_EDIT_LEFT, char_left, false},
    {ACTION_EDIT_RIGHT, char_right, false},
    {ACTION_EDIT_WORD_LEFT, word_left, false},
    {ACTION_EDIT_WORD_RIGHT, word_right, false},
    {ACTION_EDIT_HOME, line_start, false},
    {ACTION_EDIT_END, line_end, false},
    {ACTION_EDIT_BACKSPACE, char_left, true},
    {ACTION_EDIT_DELETE, char_right, true},
    {ACTION_EDIT_KILL_WORD, word_left, true},
    {ACTION_EDIT_KILL_LINE, line_start, true},
    {ACTION_EDIT_KILL_END, line_end, true},
};

static void erase(struct prompt *p, size_t from, size_t to)
{
    memmove(p->text + from, p->text + to, p->len - to + 1);
    p->len -= to - from;
    p->at = from;
}

bool prompt_insert(struct model *m, const char *text, size_t n)
{
    struct prompt *p = &m->prompt;
    size_t room = sizeof p->text - p->len, most = 3 * n + 1;      /* a byte that is not text becomes three */
    char *clean = xcalloc(most, 1);
    size_t all = utf8_clean(text, n, clean, most, UTF8_ONE_LINE);
    n = all < room ? all : utf8_clean(text, n, clean, room, UTF8_ONE_LINE);
    memmove(p->text + p->at + n, p->text + p->at, p->len - p->at + 1);
    memcpy(p->text + p->at, clean, n);
    p->len += n;
    p->at += n;
    p->history = -1;
    prompt_check(m);
    free(clean);
    return n == all;
}

static void show_history(struct model *m, int index)
{
    struct prompt *p = &m->prompt;
    if (p->history < 0) {
        memcpy(p->stem, p->text, sizeof p->stem);
        p->stem_at = p->at;
    }
    const char *text = index < m->history_count ? m->history[index].text : p->stem;
    p->len = (size_t)snprintf(p->text, sizeof p->text, "%s", text);
    p->at = p->len;
    prompt_check(m);
    p->history = index < m->history_count ? index : -1;
}

/* Earlier inputs of this prompt that begin as what was typed before browsing began. */
static void browse(struct model *m, int step)
{
    const struct prompt *p = &m->prompt;
    const char *begin = p->history < 0 ? p->text : p->stem;
    size_t n = strlen(begin);
    int i = p->history < 0 ? m->history_count : p->history;
    for (i += step; i >= 0 && i < m->history_count; i += step) {
        if (m->history[i].kind == p->kind && strncmp(m->history[i].text, begin, n) == 0) {
            show_history(m, i);
            return;
        }
    }
    if (i >= m->history_count && p->history >= 0)
        show_history(m, m->history_count);
}

bool prompt_edit(struct model *m, enum action a)
{
    struct prompt *p = &m->prompt;
    if (a == ACTION_HISTORY_PREV || a == ACTION_HISTORY_NEXT) {
        browse(m, a == ACTION_HISTORY_PREV ? -1 : 1);
        return true;
    }
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        if (edits[i].action != a)
            continue;
        size_t at = p->at, to = edits[i].place(p);
        if (edits[i].erases && at != to) {
            erase(p, at < to ? at : to, at < to ? to : at);
            p->history = -1;
        } else if (!edits[i].erases) {
            p->at = to;
        }
        prompt_check(m);   /* completion depends on where the caret is, too */
        return true;
    }
    return false;
}

/* --- completion --------------------------------------------------------------------- */

static void put_option(struct prompt *p, int option)
{
    const char *item = p->options.items[option];
    size_t from = p->options.from, to = p->options.to;
    if (from + strlen(item) + strlen(p->stem + to) >= sizeof p->text)
        return;
    p->len = (size_t)snprintf(p->text, sizeof p->text, "%.*s%s%s", (int)from, p->stem, item, p->stem + to);
    p->at = from + strlen(item);
    p->option = option;
}

void prompt_complete(struct model *m, bool back)
{
    struct prompt *p = &m->prompt;
    int count = (int)p->options.count, option = p->option;
    if (!count)
        return;
    if (option < 0) {
        memcpy(p->stem, p->text, sizeof p->stem);
        p->stem_at = p->at;
    }
    option = option < 0 ? (back ? count - 1 : 0) : (option + (back ? count - 1 : 1)) % count;
    put_option(p, option);
    if (count == 1) {            /* nothing to choose from: go on from here */
        prompt_check(m);
        return;
    }
    /* the same choices stay on the screen while cycling: only the verdict is new */
    struct completion kept = p->options;
    p->options = (struct completion){0};
    prompt_check(m);
    forget_options(p);
    p->options = kept;
    p->option = option;
}
