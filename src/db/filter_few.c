#include "db/filter_few.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/utf8.h"
#include "core/kind.h"

#define BETWEEN '\x1f'         /* no text has it: utf8_clean */

/* Trigrams find no two characters in the middle of a word. Signs alone begin no word, and Chinese or Japanese has no blanks
 * between its words, of which many are this short: those are looked for anywhere. */
static bool begins_words(const char *s, size_t n)
{
    bool letter = false;
    uint32_t cp;
    for (int count = 0; n > 0; count++) {
        size_t eaten = utf8_decode(s, n, &cp);
        if (count == 2 || cp >= 0x2e80)
            return false;
        letter |= cp < 0x80 ? isalnum((int)cp) != 0 : cp >= 0xc0;
        s += eaten;
        n -= eaten;
    }
    return letter;
}

/* '%word%' with LIKE's own characters taken literally. Lower-casing beyond ASCII is the
 * server's, as it was for the column. */
char *filter_text_pattern(const char *s, size_t n)
{
    struct buf b;
    buf_init(&b, 0);
    buf_puts(&b, begins_words(s, n) ? "% " : "%");
    for (size_t i = 0; i < n; i++) {
        if (strchr("%_\\", s[i]))
            buf_putc(&b, '\\');
        buf_putc(&b, s[i]);
    }
    buf_putc(&b, '%');
    return buf_take(&b);
}

/* A number as it is printed on labels, "1Z 999 AA1-0123", in the form it is stored in;
 * NULL when the text cannot be one. */
char *filter_text_number(const char *s)
{
    struct buf b;
    bool digit = false, other = false;
    buf_init(&b, 0);
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        digit |= isdigit(c) != 0;
        if (isalnum(c))
            buf_putc(&b, (char)toupper(c));
        else
            other |= c != ' ' && c != '-';
    }
    if (digit && !other && b.len >= 6)
        return buf_take(&b);
    buf_finish(&b);
    return NULL;
}

const char *filter_closed_name(enum filter_field field, int number)
{
    enum filter_type type = filter_field_type(field);
    if (type == FILTER_KIND)
        return kind_name((enum kind)number);
    if (type == FILTER_SEVERITY)
        return severity_name((enum severity)number);
    if (type == FILTER_STATE)
        return state_name((enum state)number);
    return type == FILTER_FAULT ? fault_name((enum fault)number) : status_name((enum status)number);
}

/* Words of facets(): the field's, where the index has it. */
static const char *const facet_of[FIELD_COUNT] = {
    [FIELD_KIND] = "kind", [FIELD_SEVERITY] = "severity", [FIELD_STATE] = "state", [FIELD_FAULT] = "fault", [FIELD_STATUS] = "status",
    [FIELD_CARRIER_STATUS] = "carrier_status", [FIELD_CARRIER] = "carrier", [FIELD_SERVICE] = "service", [FIELD_BRAND] = "brand",
    [FIELD_OWNER] = "owner", [FIELD_TIER] = "tier", [FIELD_LANGUAGE] = "language", [FIELD_COUNTRY] = "country", [FIELD_REGION] = "region",
    [FIELD_CITY] = "city", [FIELD_TAG] = "tag", [FIELD_OUTAGE] = "outage", [FIELD_IS] = "mark",
};
static const int mark_of[FLAG_COUNT] = {
    [FLAG_OVERRIDDEN] = 2, [FLAG_NOTED] = 4, [FLAG_UNMAPPED] = 8, [FLAG_REOPENED] = 16, [FLAG_ESCALATED] = 32, [FLAG_TOLD] = 64, [FLAG_CASE] = 128,
};

static void add_word(struct buf *b, const struct filter_term *t, const struct filter_value *v)
{
    const char *name = facet_of[t->field];
    if (v->me || (t->field == FIELD_IS && v->number == FLAG_MINE))
        buf_puts(b, "mine");
    else if (t->field == FIELD_IS)
        buf_printf(b, "%s:%d", name, mark_of[v->number]);
    else if (t->field == FIELD_OUTAGE)
        buf_printf(b, "%s:%" PRId64, name, v->big);
    else
        buf_printf(b, "%s:%s", name, v->text ? v->text : filter_closed_name(t->field, v->number));
}

static bool has_word(const struct filter_term *t, const struct filter_value *v)
{
    bool any = t->field == FIELD_STATE && v->number == STATE_COUNT;
    bool marked = t->field != FIELD_IS || v->number == FLAG_MINE || mark_of[v->number];
    return !v->none && !any && marked;
}

/* "severity:>=high" in the severities it means; false: in no words. */
static bool add_compared(struct buf *b, const struct filter_term *t)
{
    if (t->field != FIELD_SEVERITY || t->value_count != 1)
        return false;
    for (int i = 0, n = 0; i < SEVERITY_COUNT; i++) {
        int than = t->values[0].number;
        if (t->op == OP_LT ? i < than : t->op == OP_LE ? i <= than : t->op == OP_GT ? i > than : i >= than)
            buf_printf(b, "%s%s:%s", n++ ? (char[]){BETWEEN, '\0'} : "", facet_of[FIELD_SEVERITY], severity_name((enum severity)i));
    }
    return b->len > 0;
}

bool filter_few_words(struct buf *b, const struct filter_term *t)
{
    if (!facet_of[t->field])
        return false;
    if (t->op != OP_EQ)
        return add_compared(b, t);
    for (size_t i = 0; i < t->value_count; i++) {
        if (!has_word(t, &t->values[i]))
            return false;
        if (i > 0)
            buf_putc(b, BETWEEN);
        add_word(b, t, &t->values[i]);
    }
    return true;
}

void filter_few_texts(struct buf *b, const struct filter_term *t)
{
    if (t->field != FIELD_TEXT)
        buf_printf(b, ":%s", filter_field_name(t->field));
    char *number = t->field == FIELD_TEXT ? filter_text_number(t->values[0].text) : NULL;
    if (number)
        buf_printf(b, "=%s", number);
    free(number);
    for (const char *s = t->values[0].text; *(s += strspn(s, " \t"));) {
        size_t n = strcspn(s, " \t");
        char *pattern = filter_text_pattern(s, n);
        buf_printf(b, "%s%s", b->len ? (char[]){BETWEEN, '\0'} : "", pattern);
        free(pattern);
        s += n;
    }
}

void filter_few_add(struct buf *array, const char *s)
{
    buf_puts(array, array->len > 1 ? ",\"" : "\"");
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            buf_putc(array, '\\');
        buf_putc(array, *s);
    }
    buf_putc(array, '"');
}

void filter_few_make(const struct filter *f, struct filter_few *out)
{
    struct buf words, search;
    buf_init(&words, 0);
    buf_init(&search, 0);
    *out = (struct filter_few){.open = !filter_reaches_resolved(f, false), .texts = true};
    buf_putc(&words, '{');
    buf_putc(&search, '{');
    for (size_t i = 0; i < f->term_count; i++) {
        const struct filter_term *t = &f->terms[i];
        bool text = filter_field_type(t->field) == FILTER_TEXT;
        struct buf b;
        buf_init(&b, 0);
        if (text && !t->negated && t->value_count == 1)
            filter_few_texts(&b, t);
        else if (text)
            out->texts = false;
        else if (t->negated || !filter_few_words(&b, t))
            buf_cut(&b, 0);
        if (b.len > 0) {
            filter_few_add(text ? &search : &words, buf_str(&b));
            out->any |= t->field != FIELD_STATE;     /* states alone have indexes of their own */
        }
        buf_finish(&b);
    }
    buf_putc(&words, '}');
    buf_putc(&search, '}');
    out->words = buf_take(&words);
    out->search = buf_take(&search);
}

void filter_few_finish(struct filter_few *few)
{
    free(few->words);
    free(few->search);
    *few = (struct filter_few){0};
}
