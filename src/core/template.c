/* The closed set of names, and what a template needs of it. */
#include "core/template.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "filter_in.h"
#include "mustache_in.h"
#include "template_in.h"

static const struct { const char *name, *what, *example; } names[] = {
#define X(name, what, example) {name, what, example},
    TEMPLATE_NAMES(X)
#undef X
};
enum { NAME_COUNT = sizeof names / sizeof *names };
_Static_assert((int)NAME_COUNT <= (int)TEMPLATE_NAMES_MAX, "TEMPLATE_NAMES_MAX is too small");

const char *template_name_at(int i, const char **what, const char **example)
{
    if (i < 0 || i >= NAME_COUNT)
        return NULL;
    *what = names[i].what;
    *example = names[i].example;
    return names[i].name;
}

int template_name_find(const char *s, size_t n)
{
    for (int i = 0; i < NAME_COUNT; i++)
        if (strlen(names[i].name) == n && memcmp(names[i].name, s, n) == 0)
            return i;
    return -1;
}

static const char *last_part(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

const char *template_name_near(const char *s, size_t n)
{
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), s);
    struct filter_near near = {.word = word};
    for (int i = 0; i < NAME_COUNT; i++)
        filter_near_try(&near, names[i].name);
    if (near.best)
        return near.best;
    near.word = last_part(word);
    int best = -1;
    for (int i = 0; i < NAME_COUNT; i++) {
        const char *before = near.best;
        filter_near_try(&near, last_part(names[i].name));
        best = near.best != before ? i : best;
    }
    return best < 0 ? NULL : names[best].name;
}

json_t *template_sample(void)
{
    json_t *all = json_object();
    for (int i = 0; i < NAME_COUNT; i++) {
        const char *dot = strchr(names[i].name, '.');
        size_t n = (size_t)(dot - names[i].name);
        json_t *group = json_object_getn(all, names[i].name, n);
        if (!group) {
            group = json_object();
            json_object_setn_new(all, names[i].name, n, group);
        }
        json_object_set_new(group, dot + 1, json_string(names[i].example));
    }
    return all;
}

void template_file_finish(struct template_file *t)
{
    free(t->subject);
    free(t->body);
    free(t->html);
    for (size_t i = 0; i < t->provider_name_count; i++)
        free(t->provider_names[i]);
    free(t->provider_names);
    *t = (struct template_file){.name = ""};
}

struct template_part_text template_part(const struct template_file *t, enum template_part part)
{
    struct template_part_text parts[PART_COUNT] = {
        [PART_SUBJECT] = {"subject", t->subject, t->subject_line, t->subject_column},
        [PART_BODY] = {"text", t->body, t->body_line, 1},
        [PART_HTML] = {"HTML", t->html, t->html_line, 1},
    };
    struct template_part_text p = parts[part];
    p.line = p.line > 0 ? p.line : 1;
    p.column = p.column > 0 ? p.column : 1;
    return p;
}

void template_problem(struct template_problems *p, int line, int column, const char *fmt, ...)
{
    char text[400];
    struct err e = {0};
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    mustache_fail(&e, p->path, line > 0 ? line : 1, column > 0 ? column : 1, "%s", text);
    p->tell(p->ctx, &e);
    p->told++;
}

/* ---- sections around a tag ---- */

void template_scope_pass(struct template_scope *s, const struct mustache_use *u)
{
    bool opens = u->tag == MUSTACHE_SECTION || u->tag == MUSTACHE_INVERTED;
    if (opens && s->depth < sizeof s->at / sizeof *s->at) {
        s->at[s->depth].name = u->name;
        s->at[s->depth].size = u->size;
        s->at[s->depth++].inverted = u->tag == MUSTACHE_INVERTED;
    } else if (u->tag == MUSTACHE_END && s->depth) {
        s->depth--;
    }
}

bool template_scope_has(const struct template_scope *s, const char *name, size_t n, bool inverted)
{
    for (size_t i = 0; i < s->depth; i++)
        if (s->at[i].inverted == inverted && s->at[i].size == n && memcmp(s->at[i].name, name, n) == 0)
            return true;
    return false;
}

struct need {
    struct template_scope scope;
    bool *needed;
};

static bool note_need(void *ctx, const struct mustache_use *u, struct err *e)
{
    struct need *n = ctx;
    (void)e;
    template_scope_pass(&n->scope, u);
    int i = u->tag == MUSTACHE_NAME || u->tag == MUSTACHE_RAW ? template_name_find(u->name, u->size) : -1;
    if (i >= 0 && !template_scope_has(&n->scope, u->name, u->size, false))
        n->needed[i] = true;
    return true;
}

size_t template_required(const struct template_file *t, const char *out[TEMPLATE_NAMES_MAX])
{
    bool needed[NAME_COUNT] = {false};
    size_t count = 0;
    for (int i = 0; i < PART_COUNT; i++) {
        struct template_part_text part = template_part(t, (enum template_part)i);
        struct need n = {.needed = needed};
        struct err e;
        if (part.text)
            mustache_walk("", part.text, strlen(part.text), 1, 1, note_need, &n, &e);
    }
    for (size_t i = 0; i < t->provider_name_count; i++) {
        int at = template_name_find(t->provider_names[i], strlen(t->provider_names[i]));
        if (at >= 0)
            needed[at] = true;
    }
    for (int i = 0; i < NAME_COUNT; i++)
        if (needed[i])
            out[count++] = names[i].name;
    return count;
}
