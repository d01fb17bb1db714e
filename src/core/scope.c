#include "core/scope.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "core/kind.h"

/* In the order they stand in a scope's text. */
static const struct {
    enum filter_field field;
    const char *name;
} fields[] = {
    {FIELD_CARRIER, "carrier"}, {FIELD_SERVICE, "service"}, {FIELD_BRAND, "brand"}, {FIELD_COUNTRY, "country"},
    {FIELD_REGION, "region"},   {FIELD_CITY, "city"},       {FIELD_POSTAL, "postal"}, {FIELD_KIND, "kind"},
};
enum { SCOPE_FIELDS = sizeof fields / sizeof fields[0] };

static int field_of(const struct filter_term *t)
{
    for (int i = 0; i < SCOPE_FIELDS; i++)
        if (fields[i].field == t->field)
            return i;
    return -1;
}

static bool refuse(const char *text, size_t column, size_t *at, struct err *e, const char *why)
{
    char where[32];
    snprintf(where, sizeof where, "column %zu", utf8_width(text, column) + 1);
    if (at)
        *at = column;
    return err_set(e, ERR_USAGE, where, "%s", why);
}

static bool refuse_field(const char *text, const struct filter_term *t, size_t *at, struct err *e)
{
    char why[240];
    if (t->field == FIELD_TEXT)
        snprintf(why, sizeof why, "words are no scope – say where and who carries it: carrier:ups region:TX");
    else
        snprintf(why, sizeof why, "%s: is no scope, as it changes by itself or by what people do – use carrier, service, brand, country, region, city, postal or kind",
                 filter_field_name(t->field));
    return refuse(text, t->column, at, e, why);
}

/* Two terms of one name would have to hold both, which two values of one property never do. */
static bool check(const char *text, const struct filter *f, size_t *at, struct err *e)
{
    bool seen[SCOPE_FIELDS] = {false}, named = false, placed = false;
    for (size_t i = 0; i < f->term_count; i++) {
        const struct filter_term *t = &f->terms[i];
        int field = field_of(t);
        if (field < 0)
            return refuse_field(text, t, at, e);
        for (size_t k = 0; k < t->value_count; k++)
            if (t->values[k].none)
                return refuse(text, t->column, at, e, "what is not known is no scope – name what is out");
        if (t->negated)
            continue;
        if (seen[field])
            return refuse(text, t->column, at, e, "it is named twice, and nothing is both – write the alternatives with a comma: region:TX,OK");
        seen[field] = named = true;
        placed |= t->field != FIELD_BRAND && t->field != FIELD_KIND;
    }
    if (f->sort_given)
        return refuse(text, 0, at, e, "an order is no part of a scope – leave sort: out");
    if (!f->term_count)
        return refuse(text, 0, at, e, "say what is out: a carrier, a region, such as carrier:ups region:TX");
    if (!named)
        return refuse(text, 0, at, e, "it only says what is not in it – name what is out, such as carrier:ups region:TX");
    return placed || refuse(text, 0, at, e, "a brand or a kind alone is no outage – name the carrier too, or a service, country, region, city or postal code");
}

static void add_values(struct buf *out, const struct filter_term *t, bool *any)
{
    for (size_t i = 0; i < t->value_count; i++) {
        const struct filter_value *v = &t->values[i];
        const char *word = t->field == FIELD_KIND ? kind_name((enum kind)v->number) : v->text;
        buf_puts(out, *any ? "," : "");
        buf_put_json(out, word, strlen(word));
        *any = true;
    }
}

/* Members of an object, those that are negated or those that are not: "region":["TX"] */
static void add_members(struct buf *out, const struct filter *f, bool negated)
{
    bool first = true;
    for (int k = 0; k < SCOPE_FIELDS; k++) {
        bool any = false;
        for (size_t i = 0; i < f->term_count; i++) {
            const struct filter_term *t = &f->terms[i];
            if (t->field != fields[k].field || t->negated != negated)
                continue;
            if (!any)
                buf_printf(out, "%s\"%s\":[", first ? "" : ",", fields[k].name);
            add_values(out, t, &any);
            first = false;
        }
        buf_puts(out, any ? "]" : "");
    }
}

static bool excludes(const struct filter *f)
{
    for (size_t i = 0; i < f->term_count; i++)
        if (f->terms[i].negated)
            return true;
    return false;
}

char *scope_from_filter(const char *text, size_t *at, struct err *e)
{
    struct filter f;
    if (!filter_parse(text, &f, at, e))
        return NULL;
    char *json = NULL;
    if (check(text, &f, at, e)) {
        struct buf out;
        buf_init(&out, 0);
        buf_putc(&out, '{');
        add_members(&out, &f, false);
        if (excludes(&f)) {
            buf_puts(&out, ",\"not\":{");
            add_members(&out, &f, true);
            buf_putc(&out, '}');
        }
        buf_putc(&out, '}');
        json = buf_take(&out);
    }
    filter_finish(&f);
    return json;
}
