#include "db/filter_page.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "core/kind.h"
#include "db/filter_few.h"
#include "db/filter_sql.h"

struct maker {
    struct buf words, search;
    int64_t now;
    const struct when_zone *zone;
    bool resolved_too, more;   /* more than states */
};

static const char *const operators[] = {[OP_EQ] = "<=", [OP_LT] = "<", [OP_LE] = "<=", [OP_GT] = ">", [OP_GE] = ">="};
/* a long time ago is an early instant */
static const char *const mirrored[] = {[OP_EQ] = "<=", [OP_LT] = ">", [OP_LE] = ">=", [OP_GT] = "<", [OP_GE] = "<="};

static void add(struct maker *m, const struct filter_term *t, struct buf *array, const char *element)
{
    struct buf b;
    buf_init(&b, 0);
    buf_printf(&b, "%s%s", t->negated ? "-" : "", element);
    filter_few_add(array, buf_str(&b));
    buf_finish(&b);
    m->more |= t->field != FIELD_STATE;
}

static void add_instant(struct maker *m, const struct filter_term *t, const char *since, const char *op, int64_t ms)
{
    struct buf b;
    buf_init(&b, 0);
    buf_printf(&b, "%s:%s:%s:%" PRId64, since, filter_field_name(t->field), op, ms);
    add(m, t, &m->words, buf_str(&b));
    buf_finish(&b);
}

/* Both ends of a day excluded would exclude everything. */
static bool add_date(struct maker *m, const struct filter_term *t)
{
    int64_t from, to;
    filter_sql_day(&t->values[0], m->now, m->zone, &from, &to);
    if (t->op != OP_EQ) {
        add_instant(m, t, "at", t->op == OP_LT || t->op == OP_LE ? "<" : ">=", t->op == OP_LE || t->op == OP_GT ? to : from);
        return true;
    }
    if (t->negated)
        return false;
    add_instant(m, t, "at", ">=", from);
    add_instant(m, t, "at", "<", to);
    return true;
}

static void add_prefix(struct maker *m, const struct filter_term *t)
{
    struct buf b;
    buf_init(&b, 0);
    buf_printf(&b, "prefix:%s:", filter_field_name(t->field));
    for (const char *s = t->values[0].text; *s; s++)
        buf_putc(&b, t->field == FIELD_ORDER ? *s : (char)toupper((unsigned char)*s));
    add(m, t, &m->words, buf_str(&b));
    buf_finish(&b);
}

/* Outages that are over count as none, which the row does not know. */
static bool add_none(struct maker *m, const struct filter_term *t)
{
    struct buf b;
    if (t->field == FIELD_OUTAGE || filter_field_type(t->field) == FILTER_PREFIX)
        return false;
    buf_init(&b, 0);
    buf_printf(&b, "none:%s", filter_field_name(t->field));
    add(m, t, &m->words, buf_str(&b));
    buf_finish(&b);
    return true;
}

static bool add_flag(struct maker *m, const struct filter_term *t)
{
    enum filter_flag flag = (enum filter_flag)t->values[0].number;
    bool paused = flag == FLAG_PAUSED && !m->resolved_too;
    if (flag != FLAG_BREACHED && flag != FLAG_UNOWNED && !paused)
        return false;
    add(m, t, &m->words, flag == FLAG_BREACHED ? "in:sla:<:0" : flag == FLAG_UNOWNED ? "none:owner" : "none:sla");
    return true;
}

/* What is no word of facets(). */
static bool add_other(struct maker *m, const struct filter_term *t)
{
    const struct filter_value *v = &t->values[0];
    enum filter_type type = filter_field_type(t->field);
    if (t->value_count != 1)
        return false;
    if (v->none)
        return add_none(m, t);
    switch ((int)type) {
    case FILTER_LEFT: add_instant(m, t, "in", operators[t->op], v->big); return true;
    case FILTER_AGO: add_instant(m, t, "in", mirrored[t->op], -v->big); return true;
    case FILTER_DATE: return add_date(m, t);
    case FILTER_PREFIX: add_prefix(m, t); return true;
    case FILTER_FLAG: return add_flag(m, t);
    default: return false;
    }
}

static bool add_term(struct maker *m, const struct filter_term *t)
{
    bool text = filter_field_type(t->field) == FILTER_TEXT;
    if (text ? t->value_count != 1 : t->field == FIELD_STATE && t->values[0].number == STATE_COUNT)
        return !text && !t->negated;          /* any state: nothing to ask */
    struct buf b;
    buf_init(&b, 0);
    if (text)
        filter_few_texts(&b, t);
    bool known = text || filter_few_words(&b, t);
    if (known)
        add(m, t, text ? &m->search : &m->words, buf_str(&b));
    buf_finish(&b);
    return known || add_other(m, t);
}

void filter_page_make(const struct filter *f, int64_t now, const struct when_zone *zone, struct filter_page *out)
{
    struct maker m = {.now = now, .zone = zone, .resolved_too = filter_reaches_resolved(f, false)};
    bool all = true;
    *out = (struct filter_page){0};
    buf_init(&m.words, 0);
    buf_init(&m.search, 0);
    buf_puts(&m.words, "{");
    buf_puts(&m.search, "{");
    if (m.resolved_too)
        filter_few_add(&m.words, "any");
    for (size_t i = 0; all && i < f->term_count; i++)
        all = add_term(&m, &f->terms[i]);
    buf_puts(&m.words, "}");
    buf_puts(&m.search, "}");
    if (all && (m.more || m.resolved_too)) {
        out->words = buf_take(&m.words);
        out->search = buf_take(&m.search);
    }
    buf_finish(&m.words);
    buf_finish(&m.search);
}

void filter_page_finish(struct filter_page *page)
{
    free(page->words);
    free(page->search);
    *page = (struct filter_page){0};
}
