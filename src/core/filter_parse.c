/* Filters: from text to terms. */
#include "core/filter.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/die.h"
#include "base/utf8.h"
#include "filter_in.h"

enum { TEXT_MOST = 4096, TERMS_MOST = 64, VALUES_MOST = 64 };

struct parser {
    const char *text;
    size_t n, at;
    size_t trouble;  /* where it went wrong */
    struct filter *out;
    struct err *e;
};

/* Says what is wrong at a byte offset; the sentence quotes the text, so it is cleaned. */
static bool fail(struct parser *p, size_t at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static bool fail(struct parser *p, size_t at, const char *fmt, ...)
{
    char where[32], said[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(said, sizeof said, fmt, ap);
    va_end(ap);
    p->trouble = at;
    snprintf(where, sizeof where, "column %zu", utf8_width(p->text, at) + 1);
    if (p->e) {
        err_set(p->e, ERR_USAGE, where, "%s", "");
        utf8_clean(said, strlen(said), p->e->text, sizeof p->e->text, UTF8_ONE_LINE);
    }
    return false;
}

static bool blank(char c) { return c && strchr(FILTER_BLANKS, c); }

/* Up to 40 columns of the text, to be quoted in a sentence. */
static int shown(const struct parser *p, size_t from, size_t to)
{
    return (int)utf8_fit(p->text + from, to - from, 40, NULL);
}

/* A value's text [from,to): unquoted and cleaned, heap. NULL when nothing is left. */
static char *value_text(const struct parser *p, size_t from, size_t to, bool *quoted)
{
    struct buf raw;
    buf_init(&raw, 0);
    *quoted = filter_unquote(p->text, from, to, &raw);
    size_t size = raw.len * 3 + 1;  /* a malformed byte becomes three */
    char *text = xcalloc(size, 1);
    utf8_clean(buf_str(&raw), raw.len, text, size, UTF8_ONE_LINE);
    buf_finish(&raw);
    if (text[strspn(text, " ")])
        return text;
    free(text);
    return NULL;
}

/* The end of the value or word that starts at `from`. */
static bool find_end(struct parser *p, size_t from, const char *stops, size_t *end)
{
    size_t open;
    *end = filter_until(p->text, p->n, from, stops, &open);
    return open == SIZE_MAX || fail(p, open, "this quote is never closed – add a \" where the text ends");
}

static struct filter_value *add_value(struct filter_term *t)
{
    t->values = xrealloc(t->values, (t->value_count + 1) * sizeof *t->values);
    t->values[t->value_count] = (struct filter_value){0};
    return &t->values[t->value_count++];
}

/* Reads [from,to) into a new value of the term; *none says that it was the word none. */
static bool read_value(struct parser *p, struct filter_term *t, size_t from, size_t to, bool compared, bool *none)
{
    bool quoted;
    if (t->value_count == VALUES_MOST)
        return fail(p, from, "more than %d values in one term – split the filter", VALUES_MOST);
    char *text = value_text(p, from, to, &quoted);
    if (!text)
        return fail(p, from, "%s: has no value here – %s", filter_field_name(t->field), filter_field_help(t->field));
    if (text[0] == ':' && !quoted) {   /* Tab wrote one, the hand another */
        free(text);
        return fail(p, from, "one colon is enough – or quote the value");
    }
    struct buf why;
    buf_init(&why, 480);
    struct filter_value *v = add_value(t);
    bool fine = filter_value_read(t->field, text, quoted, compared, v, &why);
    *none = v->none;
    if (!fine)
        fail(p, from, "%s", buf_str(&why));
    buf_finish(&why);
    free(text);
    return fine;
}

static bool read_values(struct parser *p, struct filter_term *t)
{
    size_t plain = 0;  /* values that are not the word none */
    for (;;) {
        size_t from = p->at, end;
        enum filter_op op;
        bool none = false;
        from += filter_read_op(p->text + from, p->n - from, &op);
        if (!find_end(p, from, FILTER_BLANKS ",", &end) || !read_value(p, t, from, end, op != OP_EQ, &none))
            return false;
        plain += !none;
        if (op != OP_EQ)
            t->op = op;
        if (t->op != OP_EQ && plain > 1)
            return fail(p, p->at, "a comparison takes one value – write a second term instead");
        p->at = end;
        if (p->at == p->n || p->text[p->at] != ',')
            return true;
        p->at++;
    }
}

/* A word without qualifier. Commas separate alternatives; an empty one is forgiven,
 * because names are shown as "Delgado, Rosa". */
static bool read_bare(struct parser *p, struct filter_term *t, size_t end)
{
    t->field = FIELD_TEXT;
    while (p->at < end) {
        size_t stop, from = p->at;
        bool none = false;
        if (!find_end(p, from, FILTER_BLANKS ",", &stop))
            return false;
        if (stop > from && !read_value(p, t, from, stop, false, &none))
            return false;
        p->at = stop + (stop < end);
    }
    if (!t->value_count)
        return fail(p, t->column, "there is nothing to search for here – write a word, or take the sign away");
    return true;
}

static bool read_sort(struct parser *p, bool negated, size_t start)
{
    size_t from = p->at, end;
    if (negated)
        return fail(p, start, "sort: cannot be negated – choose another order, such as sort:oldest");
    if (p->out->sort_given)
        return fail(p, start, "sort: is given twice – keep one");
    if (!find_end(p, from, FILTER_BLANKS, &end))
        return false;
    p->out->sort_given = sort_parse(p->text + from, end - from, &p->out->sort);
    p->at = end;
    if (p->out->sort_given)
        return true;
    char word[48];
    snprintf(word, sizeof word, "%.*s", shown(p, from, end), p->text + from);
    struct filter_near near = {.word = word};
    char all[160] = "";
    for (int i = 0; i < SORT_COUNT; i++) {
        filter_near_try(&near, sort_name((enum sort)i));
        size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s", i ? ", " : "", sort_name((enum sort)i));
    }
    if (near.best)
        return fail(p, from, "unknown order \"%s\" – did you mean \"%s\"?", word, near.best);
    return fail(p, from, "unknown order \"%s\" – one of %s", word, all);
}

static bool unknown_qualifier(struct parser *p, size_t from, size_t colon)
{
    char word[64];
    if (from == colon)
        return fail(p, from, "a qualifier is missing before the colon – write it, as in carrier:ups, or quote the word");
    snprintf(word, sizeof word, "%.*s", shown(p, from, colon), p->text + from);
    struct filter_near near = {.word = word};
    for (int i = 0; i < FIELD_COUNT; i++)
        filter_near_try(&near, filter_field_name((enum filter_field)i));
    filter_near_try(&near, FILTER_SORT_NAME);
    if (near.best)
        return fail(p, from, "unknown qualifier \"%s\" – did you mean \"%s\"?", word, near.best);
    return fail(p, from, "unknown qualifier \"%s\" – put the whole word in quotes to search for it", word);
}

/* The colon that ends a qualifier's name, or SIZE_MAX when the word is a bare one. */
static size_t find_colon(const struct parser *p)
{
    for (size_t i = p->at; i < p->n && !blank(p->text[i]) && p->text[i] != '"'; i++)
        if (p->text[i] == ':')
            return i;
    return SIZE_MAX;
}

/* Fills a term from the text at p->at; *is_sort when it was the order instead. */
static bool read_term(struct parser *p, struct filter_term *t, bool *is_sort)
{
    size_t start = p->at;
    t->column = start;
    t->negated = p->text[p->at] == '-';
    p->at += t->negated;
    size_t colon = find_colon(p);
    if (colon == SIZE_MAX) {
        size_t end;
        return find_end(p, p->at, FILTER_BLANKS, &end) && read_bare(p, t, end);
    }
    size_t from = p->at, size = colon - from;
    p->at = colon + 1;
    *is_sort = size == strlen(FILTER_SORT_NAME) && strncasecmp(p->text + from, FILTER_SORT_NAME, size) == 0;
    if (*is_sort)
        return read_sort(p, t->negated, start);
    int field = filter_field_find(p->text + from, size);
    if (field < 0)
        return unknown_qualifier(p, from, colon);
    t->field = (enum filter_field)field;
    return read_values(p, t);
}

static void term_finish(struct filter_term *t)
{
    for (size_t i = 0; i < t->value_count; i++)
        free(t->values[i].text);
    free(t->values);
}

static bool read_all(struct parser *p)
{
    struct filter *f = p->out;
    if (p->n > TEXT_MOST)
        return fail(p, 0, "a filter has at most %d bytes, this one has %zu – shorten it", TEXT_MOST, p->n);
    for (;;) {
        while (p->at < p->n && blank(p->text[p->at]))
            p->at++;
        if (p->at == p->n)
            return true;
        struct filter_term t = {0};
        bool is_sort = false;
        if (!read_term(p, &t, &is_sort)) {
            term_finish(&t);
            return false;
        }
        t.end = p->at;
        if (is_sort)
            continue;
        if (f->term_count == TERMS_MOST) {
            term_finish(&t);
            return fail(p, t.column, "more than %d terms – shorten the filter", TERMS_MOST);
        }
        f->terms = xrealloc(f->terms, (f->term_count + 1) * sizeof *f->terms);
        f->terms[f->term_count++] = t;
        f->mentions_state |= (t.field == FIELD_STATE || t.field == FIELD_DONE) && !t.negated;
    }
}

bool filter_parse(const char *text, struct filter *out, size_t *at, struct err *e)
{
    struct parser p = {.text = text, .n = strlen(text), .out = out, .e = e};
    *out = (struct filter){.sort = SORT_URGENCY};
    if (read_all(&p))
        return true;
    if (at)
        *at = p.trouble;
    filter_finish(out);
    return false;
}

void filter_finish(struct filter *f)
{
    for (size_t i = 0; i < f->term_count; i++)
        term_finish(&f->terms[i]);
    free(f->terms);
    *f = (struct filter){.sort = SORT_URGENCY};
}
