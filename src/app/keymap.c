#include "app/keymap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/embed.h"
#include "base/utf8.h"

extern const struct embed_file app_keymap_files[];

struct reader {
    struct keymap *map;
    const char *path;
    int line;
    const char *start;     /* of the line, for columns */
    keymap_error_fn *report;
    void *ctx;
    size_t errors;
};

struct word { const char *s; size_t n; };

void keymap_init(struct keymap *m) { *m = (struct keymap){0}; }

void keymap_finish(struct keymap *m)
{
    for (size_t i = 0; i < m->count; i++)
        free(m->at[i].argument);
    free(m->at);
    keymap_init(m);
}

__attribute__((format(printf, 3, 4)))
static void complain(struct reader *r, const char *at, const char *fmt, ...)
{
    char text[sizeof ((struct err *)0)->text];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    struct err e = {.code = ERR_CONFIG};
    snprintf(e.where, sizeof e.where, "%.90s:%d:%zu", r->path, r->line, (size_t)(at - r->start) + 1);
    utf8_clean(text, strlen(text), e.text, sizeof e.text, UTF8_ONE_LINE);
    r->errors++;
    if (r->report)
        r->report(r->ctx, &e);
}

/* A word as a message shows it: never a screenful. */
#define SHOWN(w) ((w).n > 40 ? 40 : (int)(w).n), (w).s

static struct word next_word(const char **at, const char *end)
{
    while (*at < end && (**at == ' ' || **at == '\t'))
        ++*at;
    const char *from = *at;
    while (*at < end && **at != ' ' && **at != '\t')
        ++*at;
    return (struct word){from, (size_t)(*at - from)};
}

static bool word_is(struct word w, const char *s)
{
    return strlen(s) == w.n && memcmp(w.s, s, w.n) == 0;
}

/* A run of keys written together: "gg", "C-xC-s", "<Esc>"; 0 after complaining. */
static int read_keys(struct reader *r, struct word w, struct key keys[SEQUENCE_MAX])
{
    int count = 0;
    for (size_t at = 0; at < w.n;) {
        struct word rest = {w.s + at, w.n - at};
        if (count == SEQUENCE_MAX) {
            complain(r, rest.s, "more than 4 keys in a sequence, from \"%.*s\" on: use fewer", SHOWN(rest));
            return 0;
        }
        size_t used = key_parse(rest.s, rest.n, &keys[count]);
        if (!used) {
            complain(r, rest.s, "\"%.*s\" is not a key: write a letter, C-x, M-x or a name like <Enter>", SHOWN(rest));
            return 0;
        }
        at += used;
        count++;
    }
    return count;
}

static bool same_keys(const struct binding *b, const struct key *keys, int n)
{
    if (b->key_count != n)
        return false;
    for (int i = 0; i < n; i++)
        if (!key_equal(&b->keys[i], &keys[i]))
            return false;
    return true;
}

/* Takes the sequence out of the contexts, so that what is bound later wins. */
static void unbind(struct keymap *m, unsigned contexts, const struct key *keys, int n)
{
    size_t kept = 0;
    for (size_t i = 0; i < m->count; i++) {
        struct binding *b = &m->at[i];
        if (same_keys(b, keys, n))
            b->contexts &= ~contexts;
        if (b->contexts)
            m->at[kept++] = *b;
        else
            free(b->argument);
    }
    m->count = kept;
}

static void add(struct keymap *m, const struct binding *b)
{
    if (m->count == m->cap) {
        m->cap = m->cap ? 2 * m->cap : 64;
        m->at = xrealloc(m->at, m->cap * sizeof *m->at);
    }
    m->at[m->count++] = *b;
}

void keymap_bind(struct keymap *m, const struct binding *b)
{
    struct binding copy = *b;
    copy.argument = xstrdup(b->argument);
    add(m, &copy);
}

/* The second half of a bind line, contexts and keys being known. */
static void read_action(struct reader *r, const char *at, const char *end, struct binding *b)
{
    struct word name = next_word(&at, end);
    if (!name.n) {
        complain(r, name.s, "the action is missing: bind <context> <keys> <action>");
        return;
    }
    if (!action_parse(name.s, name.n, &b->action)) {
        complain(r, name.s, "there is no action \"%.*s\": the help screen lists them", SHOWN(name));
        return;
    }
    const struct action_info *info = action_info(b->action);
    if (!(info->contexts & b->contexts)) {
        complain(r, name.s, "\"%.*s\" does nothing in that context: the help screen says where it works", SHOWN(name));
        return;
    }
    b->contexts &= info->contexts;
    struct word argument = next_word(&at, end);
    if (argument.n)
        argument.n = (size_t)(end - argument.s);
    if (argument.n && !info->argument[0]) {
        complain(r, argument.s, "\"%.*s\" is too much: this action takes no argument", SHOWN(argument));
        return;
    }
    b->argument = xcalloc(3 * argument.n + 1, 1);      /* a malformed byte becomes three */
    if (argument.n)
        utf8_clean(argument.s, argument.n, b->argument, 3 * argument.n + 1, UTF8_ONE_LINE);
    unbind(r->map, b->contexts, b->keys, b->key_count);
    add(r->map, b);
}

static void read_bind(struct reader *r, const char *at, const char *end, bool binding)
{
    struct binding b = {0};
    struct word context = next_word(&at, end);
    b.contexts = action_context_parse(context.s, context.n);
    if (!b.contexts) {
        complain(r, context.s, "\"%.*s\" is not a context: queue, detail, lists, help, results, prompt, menu or any",
                 SHOWN(context));
        return;
    }
    struct word keys = next_word(&at, end);
    if (!keys.n) {
        complain(r, keys.s, "the keys are missing: bind <context> <keys> <action>");
        return;
    }
    b.key_count = read_keys(r, keys, b.keys);
    if (!b.key_count)
        return;
    if (binding) {
        read_action(r, at, end, &b);
        return;
    }
    struct word more = next_word(&at, end);
    if (more.n)
        complain(r, more.s, "\"%.*s\" is too much: unbind <context> <keys>", SHOWN(more));
    else
        unbind(r->map, b.contexts, b.keys, b.key_count);
}

static void read_line(struct reader *r, const char *s, const char *end)
{
    while (end > s && (end[-1] == '\r' || end[-1] == ' ' || end[-1] == '\t'))
        end--;
    r->start = s;
    struct word first = next_word(&s, end);
    if (!first.n || first.s[0] == '#')
        return;
    if (word_is(first, "bind"))
        read_bind(r, s, end, true);
    else if (word_is(first, "unbind"))
        read_bind(r, s, end, false);
    else
        complain(r, first.s, "\"%.*s\" is not a command: write bind, unbind or a # comment", SHOWN(first));
}

size_t keymap_read(struct keymap *m, const char *path, const char *text, size_t n,
                   keymap_error_fn *report, void *ctx)
{
    struct reader r = {.map = m, .path = path, .report = report, .ctx = ctx};
    for (const char *s = text, *end = text + n; s < end;) {
        const char *eol = memchr(s, '\n', (size_t)(end - s));
        r.line++;
        read_line(&r, s, eol ? eol : end);
        s = eol ? eol + 1 : end;
    }
    return r.errors;
}

enum keymap_answer keymap_find(const struct keymap *m, unsigned context, const struct key *keys, int n,
                               const struct binding **out)
{
    bool longer = false;
    *out = NULL;
    for (size_t i = 0; i < m->count; i++) {
        const struct binding *b = &m->at[i];
        if (!(b->contexts & context) || b->key_count < n)
            continue;
        int same = 0;
        while (same < n && key_equal(&b->keys[same], &keys[same]))
            same++;
        if (same < n)
            continue;
        if (b->key_count == n)
            *out = b;
        else
            longer = true;
    }
    return longer ? KEYMAP_PREFIX : *out ? KEYMAP_FOUND : KEYMAP_NONE;
}

bool keymap_keys_of(const struct keymap *m, unsigned context, enum action a, const char *argument,
                    char *out, size_t size)
{
    for (size_t i = 0; i < m->count; i++) {
        const struct binding *b = &m->at[i];
        if (b->action != a || !(b->contexts & context) || strcmp(b->argument, argument ? argument : "") != 0)
            continue;
        size_t len = 0;
        out[0] = '\0';
        for (int k = 0; k < b->key_count && len < size; k++) {
            char name[24];
            key_format(&b->keys[k], name, sizeof name);
            /* "gg" reads as one word; named keys and chords need the space */
            bool apart = k && (strlen(name) > 1 || b->keys[k - 1].mods || b->keys[k - 1].code >= KEY_BASE);
            int wrote = snprintf(out + len, size - len, "%s%s", apart ? " " : "", name);
            len += wrote > 0 ? (size_t)wrote : 0;
        }
        return true;
    }
    return false;
}

const char *keymap_builtin(const char *name, size_t *size)
{
    size_t n = strlen(name);
    for (const struct embed_file *f = app_keymap_files; f->name; f++) {
        if (strncmp(f->name, name, n) == 0 && strcmp(f->name + n, ".keys") == 0) {
            *size = f->size;
            return f->data;
        }
    }
    return NULL;
}
