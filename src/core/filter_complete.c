/* Filters: what could be typed at the cursor. */
#include "core/filter.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/die.h"
#include "filter_in.h"

struct offer {
    const char *prefix;  /* typed so far, unquoted */
    struct completion *out;
};

static void offer(struct offer *o, const char *word, const char *tail)
{
    if (strncasecmp(word, o->prefix, strlen(o->prefix)) != 0)
        return;
    struct buf b;
    buf_init(&b, 0);
    buf_puts(&b, word);
    buf_puts(&b, tail);
    struct completion *c = o->out;
    c->items = xrealloc(c->items, (c->count + 1) * sizeof *c->items);
    c->items[c->count++] = buf_take(&b);
}

static void offer_qualifiers(struct offer *o)
{
    for (int i = 0; i < FIELD_COUNT; i++)
        offer(o, filter_field_name((enum filter_field)i), ":");
    offer(o, FILTER_SORT_NAME, ":");
}

/* Words the database knows; what is inserted is quoted when it has to be. */
static void offer_words(struct offer *o, const char *const *list)
{
    for (; list && *list; list++) {
        struct buf quoted;
        if (strncasecmp(*list, o->prefix, strlen(o->prefix)) != 0)
            continue;
        struct offer any = {"", o->out};
        buf_init(&quoted, 0);
        filter_quote(&quoted, *list);
        offer(&any, buf_str(&quoted), "");
        buf_finish(&quoted);
    }
}

static void offer_values(struct offer *o, enum filter_field f, bool compared, const struct filter_words *words)
{
    enum filter_type type = filter_field_type(f);
    if (compared && !filter_field_compares(f))
        return;
    for (int i = 0; i < filter_choice_count(type); i++)
        offer(o, filter_choice(type, i), "");
    if (filter_field_has_none(f) && !compared)
        offer(o, "none", "");
    if (type == FILTER_EVENT)
        offer(o, "any", "");
    if (type == FILTER_PERSON)
        offer(o, "me", "");
    if (type == FILTER_DATE) {
        offer(o, "today", "");
        offer(o, "tomorrow", "");
        offer(o, "yesterday", "");
    }
    if (words)
        offer_words(o, words->list[f]);
}

/* The start of the word, or of the alternative in it, that holds offset `at`. */
static size_t start_of(const char *text, size_t from, size_t at, const char *stops)
{
    size_t open, stop;
    while ((stop = filter_until(text, at, from, stops, &open)) < at)
        from = stop + 1;
    return from;
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void sort_and_unify(struct completion *c)
{
    size_t kept = 0;
    if (c->count)
        qsort(c->items, c->count, sizeof *c->items, by_text);
    for (size_t i = 0; i < c->count; i++) {
        if (kept && strcmp(c->items[kept - 1], c->items[i]) == 0)
            free(c->items[i]);
        else
            c->items[kept++] = c->items[i];
    }
    c->count = kept;
}

/* Completes what follows the colon of a qualifier. */
static void complete_value(const char *text, size_t name, size_t colon, size_t at, const struct filter_words *words,
                           struct completion *out)
{
    size_t open, n = strlen(text), size = colon - name;
    bool is_sort = size == strlen(FILTER_SORT_NAME) && strncasecmp(text + name, FILTER_SORT_NAME, size) == 0;
    int field = filter_field_find(text + name, size);
    enum filter_op op;
    size_t from = start_of(text, colon + 1, at, ",");
    from += filter_read_op(text + from, at - from, &op);
    out->from = from;
    out->to = filter_until(text, n, from, FILTER_BLANKS ",", &open);
    struct buf prefix;
    buf_init(&prefix, 0);
    filter_unquote(text, from, at, &prefix);
    struct offer o = {buf_str(&prefix), out};
    if (is_sort)
        for (int i = 0; i < SORT_COUNT; i++)
            offer(&o, sort_name((enum sort)i), "");
    else if (field >= 0)
        offer_values(&o, (enum filter_field)field, op != OP_EQ, words);
    buf_finish(&prefix);
}

static void complete_qualifier(const char *text, size_t from, size_t at, struct completion *out)
{
    size_t open, n = strlen(text);
    out->from = from;
    out->to = filter_until(text, n, from, FILTER_BLANKS ":", &open);
    if (out->to < n && text[out->to] == ':')
        out->to++;
    if (memchr(text + from, '"', at - from))
        return;  /* quoted text is searched for, it names nothing */
    char *prefix = xstrndup(text + from, at - from);
    struct offer o = {prefix, out};
    offer_qualifiers(&o);
    free(prefix);
}

void filter_complete(const char *text, size_t at, const struct filter_words *words, struct completion *out)
{
    size_t open, n = strlen(text);
    if (at > n)
        at = n;
    *out = (struct completion){.from = at, .to = at};
    size_t from = start_of(text, 0, at, FILTER_BLANKS);
    from += from < at && text[from] == '-';
    size_t colon = filter_until(text, at, from, ":", &open);
    if (colon < at)
        complete_value(text, from, colon, at, words, out);
    else
        complete_qualifier(text, from, at, out);
    sort_and_unify(out);
}

void completion_finish(struct completion *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->items[i]);
    free(c->items);
    *c = (struct completion){0};
}
