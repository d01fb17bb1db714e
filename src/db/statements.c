#include "db/statements.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"

static void remove_at(struct statements *s, size_t i)
{
    free(s->known.at[i].sql);
    s->known.at[i] = s->known.at[--s->known.len];
}

static void evict(struct statements *s, struct prepared *evicted)
{
    size_t oldest = s->known.len;
    for (size_t i = 0; i < s->known.len; i++)
        if (!s->known.at[i].fixed && (oldest == s->known.len || s->known.at[i].used < s->known.at[oldest].used))
            oldest = i;
    if (oldest == s->known.len)
        return;
    *evicted = s->known.at[oldest];
    s->known.at[oldest] = s->known.at[--s->known.len];
}

const char *statements_find(struct statements *s, const char *sql, bool fixed, bool *prepare, struct prepared *evicted)
{
    *evicted = (struct prepared){.sql = NULL};
    *prepare = false;
    for (size_t i = 0; i < s->known.len; i++)
        if (strcmp(s->known.at[i].sql, sql) == 0) {
            s->known.at[i].used = ++s->clock;
            return s->known.at[i].name;
        }
    if (s->known.len >= STATEMENTS_MAX)
        evict(s, evicted);
    struct prepared *p = vec_push(&s->known);
    p->sql = xstrdup(sql);
    p->used = ++s->clock;
    p->fixed = fixed;
    if (fixed)
        snprintf(p->name, sizeof p->name, "%s", sql);
    else
        snprintf(p->name, sizeof p->name, "q%u", ++s->made);
    *prepare = true;
    return p->name;
}

void statements_restore(struct statements *s, struct prepared *evicted)
{
    *vec_push(&s->known) = *evicted;
    *evicted = (struct prepared){.sql = NULL};
}

void statements_drop(struct statements *s, const char *name)
{
    for (size_t i = 0; i < s->known.len; i++)
        if (strcmp(s->known.at[i].name, name) == 0) {
            remove_at(s, i);
            return;
        }
}

void statements_clear(struct statements *s)
{
    while (s->known.len > 0)
        remove_at(s, s->known.len - 1);
    vec_finish(&s->known);
    s->made = 0;
}
