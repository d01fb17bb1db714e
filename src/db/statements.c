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

static void evict(struct statements *s, char evicted[32])
{
    size_t oldest = 0;
    for (size_t i = 1; i < s->known.len; i++)
        if (s->known.at[i].used < s->known.at[oldest].used)
            oldest = i;
    memcpy(evicted, s->known.at[oldest].name, sizeof s->known.at[oldest].name);
    remove_at(s, oldest);
}

const char *statements_find(struct statements *s, const char *sql, bool fixed, bool *prepare, char evicted[32])
{
    evicted[0] = '\0';
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
    if (fixed)
        snprintf(p->name, sizeof p->name, "%s", sql);
    else
        snprintf(p->name, sizeof p->name, "q%u", ++s->made);
    *prepare = true;
    return p->name;
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
