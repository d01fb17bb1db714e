#include "db/filter_sql.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/utf8.h"
#include "base/when.h"
#include "core/kind.h"

struct maker {
    struct filter_sql *q;
    const struct filter_sql_options *o;
};

/* How stored text compares with what was typed: codes are kept in one case, names in any. */
enum fold { FOLD_NONE, FOLD_LOWER, FOLD_UPPER, FOLD_BOTH };

static const struct {
    const char *column;
    enum fold fold;
} columns[FIELD_COUNT] = {
    [FIELD_KIND] = { "e.kind", FOLD_NONE },
    [FIELD_SEVERITY] = { "e.severity", FOLD_NONE },
    [FIELD_STATE] = { "e.state", FOLD_NONE },
    [FIELD_FAULT] = { "e.fault", FOLD_NONE },
    [FIELD_STATUS] = { "e.effective_status", FOLD_NONE },
    [FIELD_CARRIER_STATUS] = { "e.carrier_status", FOLD_NONE },
    [FIELD_CARRIER] = { "e.carrier", FOLD_LOWER },
    [FIELD_SERVICE] = { "e.service", FOLD_BOTH },
    [FIELD_BRAND] = { "e.brand", FOLD_BOTH },
    [FIELD_OWNER] = { "e.owner", FOLD_NONE },
    [FIELD_TIER] = { "e.tier", FOLD_BOTH },
    [FIELD_LANGUAGE] = { "e.language", FOLD_BOTH },
    [FIELD_COUNTRY] = { "e.country", FOLD_BOTH },
    [FIELD_REGION] = { "e.region", FOLD_BOTH },
    [FIELD_CITY] = { "e.city", FOLD_BOTH },
    [FIELD_POSTAL] = { "e.postal_code", FOLD_UPPER },
    [FIELD_TRACKING] = { "e.tracking_number", FOLD_UPPER },
    [FIELD_ORDER] = { "e.order_number", FOLD_NONE },
    [FIELD_CUSTOMER] = { "e.customer_name", FOLD_NONE },
    [FIELD_REASON] = { "e.reason", FOLD_NONE },
    [FIELD_SLA] = { "e.due_at", FOLD_NONE },
    [FIELD_AGE] = { "e.opened_at", FOLD_NONE },
    [FIELD_SCAN] = { "e.last_scan_at", FOLD_NONE },
    [FIELD_PROMISED] = { "e.promised_at", FOLD_NONE },
    [FIELD_ON] = { "e.opened_at", FOLD_NONE },
    [FIELD_DONE] = { "e.resolved_at", FOLD_NONE },
    [FIELD_HOUR] = { NULL, FOLD_NONE },
    [FIELD_TAG] = { "e.tags", FOLD_LOWER },
    [FIELD_OUTAGE] = { "e.outages", FOLD_NONE },
    [FIELD_MESSAGE] = { NULL, FOLD_LOWER },
    [FIELD_CONTACT] = { NULL, FOLD_LOWER },
    [FIELD_CSAT] = { NULL, FOLD_LOWER },
    [FIELD_DID] = { NULL, FOLD_NONE },
    [FIELD_BATCH] = { NULL, FOLD_NONE },
    [FIELD_IS] = { NULL, FOLD_NONE },
    [FIELD_ID] = { "e.id", FOLD_NONE },
    [FIELD_TEXT] = { NULL, FOLD_NONE },
};

/* the few warned of what is still to come; and of this due time */
static const char warned[] =
    "(e.id = ANY (ARRAY(SELECT w.exception_id FROM doorstep.due_warning w WHERE w.due_at > now())) AND "
    "EXISTS (SELECT FROM doorstep.due_warning w WHERE w.exception_id = e.id AND w.due_at = e.due_at))";

static const char *const flags[FLAG_COUNT] = {
    [FLAG_BREACHED] = "(e.due_at < now() AND e.k_urgency < (floor(extract(epoch FROM now()))::bigint + 1) * 4)",
    [FLAG_PAUSED] = "(e.due_at IS NULL AND e.state <> 'resolved')",
    [FLAG_UNOWNED] = "e.owner IS NULL",
    [FLAG_MINE] = "e.owner = session_user::text",
    /* the bits of enum mark */
    [FLAG_REOPENED] = "e.marks & 16 <> 0",
    [FLAG_ESCALATED] = "e.marks & 32 <> 0",
    [FLAG_NOTED] = "e.marks & 4 <> 0",
    [FLAG_UNMAPPED] = "e.marks & 8 <> 0",
    [FLAG_OVERRIDDEN] = "e.marks & 2 <> 0",
    [FLAG_TOLD] = "e.marks & 64 <> 0",
    [FLAG_REPLIED] = "e.id = ANY (ARRAY(SELECT doorstep.replied_ids()))",
    [FLAG_CONFLICT] = "e.id = ANY (ARRAY(SELECT doorstep.conflict_ids()))",
    [FLAG_CASE] = "e.marks & 128 <> 0",
    [FLAG_WARNED] = warned,
};

static const char *const keys[SORT_COUNT] = {
    [SORT_URGENCY] = "e.k_urgency",   [SORT_SEVERITY] = "e.k_severity", [SORT_NEWEST] = "e.k_newest",
    [SORT_OLDEST] = "e.k_oldest",     [SORT_SCAN] = "e.k_scan",         [SORT_PROMISED] = "e.k_promised",
    [SORT_UPDATED] = "e.k_updated",
};

static const char *const operators[] = {
    [OP_EQ] = "=", [OP_LT] = "<", [OP_LE] = "<=", [OP_GT] = ">", [OP_GE] = ">=",
};
/* the same seen from the other side: a long time ago is an early instant */
static const char *const mirrored[] = {
    [OP_EQ] = "<=", [OP_LT] = ">", [OP_LE] = ">=", [OP_GT] = "<", [OP_GE] = "<=",
};

const char *filter_sql_key(enum sort s)
{
    return keys[s];
}

/* Takes over value; returns its parameter number. */
static int bind(struct maker *m, char *value)
{
    struct filter_sql *q = m->q;
    q->params = xrealloc(q->params, ((size_t)q->count + 1) * sizeof *q->params);
    q->params[q->count] = value;
    return m->o->first + q->count++;
}

static int bind_number(struct maker *m, int64_t v)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, v);
    return bind(m, xstrdup(text));
}

static void fold_into(struct buf *b, const char *s, enum fold fold)
{
    /* Non-ASCII letters of FOLD_BOTH are folded by the server; codes have none. */
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        buf_putc(b, (char)(fold == FOLD_LOWER ? tolower(c) : fold == FOLD_UPPER ? toupper(c) : c));
    }
}

static char *folded(const char *s, enum fold fold)
{
    struct buf b;
    buf_init(&b, 0);
    buf_add(&b, "", 0);
    fold_into(&b, s, fold);
    return buf_take(&b);
}

/* --- one value of each type; each writes a complete condition -------------- */

static const char *closed_name(enum filter_field field, int number)
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

static bool is_any(const struct filter_term *t, const struct filter_value *v)
{
    return t->field == FIELD_STATE && v->number == STATE_COUNT;
}

static void closed(struct maker *m, const struct filter_term *t, const struct filter_value *v)
{
    if (is_any(t, v)) {
        buf_puts(&m->q->where, "true");
        return;
    }
    buf_printf(&m->q->where, "%s %s '%s'", columns[t->field].column, operators[t->op], closed_name(t->field, v->number));
}

static void word(struct maker *m, const struct filter_term *t, const struct filter_value *v)
{
    enum fold fold = columns[t->field].fold;
    int n = bind(m, folded(v->text, fold));
    buf_printf(&m->q->where, fold == FOLD_BOTH ? "lower(%s) = lower($%d)" : "%s = $%d", columns[t->field].column, n);
}

static void person(struct maker *m, const struct filter_term *t, const struct filter_value *v)
{
    (void)t;
    if (v->me)
        buf_puts(&m->q->where, "e.owner = session_user::text");
    else
        buf_printf(&m->q->where, "e.owner = $%d", bind(m, xstrdup(v->text)));
}

/* A range, because LIKE with a parameter cannot use a b-tree; the columns are COLLATE "C",
 * where no text is beyond the last code point. */
static void prefix(struct maker *m, const struct filter_term *t, const struct filter_value *v)
{
    int n = bind(m, folded(v->text, columns[t->field].fold));
    const char *c = columns[t->field].column;
    buf_printf(&m->q->where, "(%s >= $%d AND %s < $%d || chr(1114111))", c, n, c, n);
}

/* '%word%' with LIKE's own characters taken literally. Lower-casing beyond ASCII is the
 * server's, as it was for the column. */
static char *like_pattern(const char *s, size_t n)
{
    struct buf b;
    buf_init(&b, 0);
    buf_putc(&b, '%');
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
static char *as_number(const char *s)
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

static void one_word(struct maker *m, enum filter_field field, const char *s, size_t n)
{
    int p = bind(m, like_pattern(s, n));
    struct buf *w = &m->q->where;
    /* Nobody reads `search`, in which addresses stand, too: search_ids() finds open rows by its trigram index, search_all_ids()
     * looks at the resolved ones as well, search_fits() at a row that is known. */
    if (m->o->search_index)
        buf_printf(w, "e.id = ANY (ARRAY(SELECT doorstep.%s($%d)))", m->q->resolved_too ? "search_all_ids" : "search_ids", p);
    else
        buf_printf(w, "doorstep.search_fits(e.id, $%d)", p);
    /* search holds all of it; this narrows it down */
    if (field == FIELD_REASON)
        buf_printf(w, " AND lower(e.reason) LIKE lower($%d)", p);
    else if (field == FIELD_CUSTOMER)
        buf_printf(w, " AND (lower(e.customer_name) LIKE lower($%d) OR doorstep.customer_reached_at(e.customer_id, $%d))", p, p);
}

static void text(struct maker *m, const struct filter_term *t, const struct filter_value *v)
{
    struct buf *w = &m->q->where;
    char *number = t->field == FIELD_TEXT ? as_number(v->text) : NULL;
    buf_putc(w, '(');
    if (number) {
        int n = bind(m, number);
        buf_printf(w, "e.tracking_number = $%d OR ", n);
    }
    const char *s = v->text;
    bool first = true;
    buf_putc(w, '(');
    for (;;) {
        s += strspn(s, " \t");
        size_t n = strcspn(s, " \t");
        if (n == 0)
            break;
        buf_puts(w, first ? "" : " AND ");
        one_word(m, t->field, s, n);
        first = false;
        s += n;
    }
    buf_puts(w, first ? "true))" : "))");
}

static void left(struct maker *m, const struct filter_term *t, const struct filter_value *v)
{
    const char *op = t->op == OP_EQ ? "<=" : operators[t->op];
    int n = bind_number(m, v->big);
    struct buf *w = &m->q->where;
    buf_printf(w, "(e.due_at %s now() + $%d::bigint * interval '1 ms'", op, n);
    /* k_urgency is due_at's seconds * 4 + severity: the same bound for the index's sake */
    if (op[0] == '<')
        buf_printf(w, " AND e.k_urgency < (floor(extract(epoch FROM now()) + $%d::bigint / 1000.0)::bigint + 1) * 4", n);
    buf_putc(w, ')');
}

static void ago(struct maker *m, const struct filter_term *t, const struct filter_value *v)
{
    int n = bind_number(m, v->big);
    buf_printf(&m->q->where, "%s %s now() - $%d::bigint * interval '1 ms'", columns[t->field].column, mirrored[t->op], n);
}

static int64_t floor_day(int64_t ms)
{
    int64_t day = ms / WHEN_DAY - (ms % WHEN_DAY < 0);
    return day * WHEN_DAY;
}

/* When it was opened is a sort key's, too, in whole milliseconds and downwards: that has an index over all rows. */
static void instant(struct maker *m, struct buf *w, const char *column, const char *op, int64_t at)
{
    if (strcmp(column, columns[FIELD_ON].column) == 0) {
        buf_printf(w, "e.k_newest %s $%d::bigint", op[0] == '<' ? ">" : "<=", bind_number(m, -at));
        return;
    }
    int n = bind_number(m, at);
    buf_printf(w, "%s %s timestamptz 'epoch' + $%d::bigint * interval '1 ms'", column, op, n);
}

/* What a date means to the reader: [*from, *to). */
static void reach(const struct maker *m, const struct filter_value *v, int64_t *from, int64_t *to)
{
    int64_t zone = (int64_t)m->o->utc_offset * 1000;
    *from = v->day_from;
    *to = v->day_to;
    if (v->relative) {
        *from = floor_day(m->o->now + zone) + v->day_offset * WHEN_DAY - zone;
        *to = *from + WHEN_DAY;
    } else if (v->local) {
        *from -= zone;
        *to -= zone;
    }
}

static void date(struct maker *m, const struct filter_term *t, const struct filter_value *v)
{
    int64_t from, to;
    reach(m, v, &from, &to);
    struct buf *w = &m->q->where;
    const char *c = columns[t->field].column;
    if (t->op == OP_EQ) {
        buf_putc(w, '(');
        instant(m, w, c, ">=", from);
        buf_puts(w, " AND ");
        instant(m, w, c, "<", to);
        buf_putc(w, ')');
        return;
    }
    /* "before the day", "until its end", "after it", "from its beginning" */
    bool end = t->op == OP_LE || t->op == OP_GT;
    instant(m, w, c, t->op == OP_LT || t->op == OP_LE ? "<" : ">=", end ? to : from);
}

/* Like words: tag_ids() reads the index of the open rows' tags for a reader under row-level
 * security. An exclusion asks the row itself. */
static void tag(struct maker *m, const struct filter_term *t, const struct filter_value *v)
{
    int n = bind(m, folded(v->text, FOLD_LOWER));
    bool index = m->o->search_index && !m->q->resolved_too && !t->negated;
    buf_printf(&m->q->where, index ? "e.id = ANY (ARRAY(SELECT doorstep.tag_ids(ARRAY[$%d::text])))" : "$%d::text = ANY (e.tags)", n);
}

/* Likewise. An exception keeps the outages it was in, so those that ended can be asked for, too. */
static void outage(struct maker *m, const struct filter_term *t, const struct filter_value *v)
{
    int n = bind_number(m, v->big);
    bool index = m->o->search_index && !m->q->resolved_too && !t->negated;
    buf_printf(&m->q->where, index ? "e.id = ANY (ARRAY(SELECT doorstep.outage_ids(ARRAY[$%d::int])))" : "e.outages @> ARRAY[$%d::int]", n);
}

/* What happened is found by when it did, whoever reads. */
static void event(struct maker *m, const struct filter_term *t, const struct filter_value *v)
{
    int what = bind(m, folded(v->text, columns[t->field].fold));
    struct buf *w = &m->q->where;
    buf_printf(w, "e.id = ANY (ARRAY(SELECT doorstep.happened_ids('%s', $%d", filter_field_name(t->field), what);
    if (v->relative || v->day_to) {
        int64_t from, to;
        reach(m, v, &from, &to);
        int a = bind_number(m, from);
        int b = bind_number(m, to);
        buf_printf(w, ", $%d::bigint, $%d::bigint", a, b);
    }
    buf_puts(w, ")))");
}

static void flag(struct maker *m, const struct filter_term *t, const struct filter_value *v)
{
    (void)t;
    /* the same bits: replied_ids() and conflict_ids() are for who reads under row-level security */
    if (m->o->service && v->number == FLAG_REPLIED)
        buf_puts(&m->q->where, "e.marks & 256 <> 0");
    else if (m->o->service && v->number == FLAG_CONFLICT)
        buf_puts(&m->q->where, "e.marks & 1 <> 0");
    else
        buf_puts(&m->q->where, flags[v->number]);
}

static void number(struct maker *m, const struct filter_term *t, const struct filter_value *v)
{
    int n = bind_number(m, v->big);
    if (t->field == FIELD_HOUR)
        buf_printf(&m->q->where, "(e.k_oldest / 3600000 + %d) %% 24 = $%d::bigint", (m->o->utc_offset + 24 * 3600) / 3600, n);
    else if (t->field == FIELD_BATCH)
        buf_printf(&m->q->where, "e.id = ANY (ARRAY(SELECT doorstep.batch_ids($%d::bigint)))", n);
    else
        buf_printf(&m->q->where, "%s %s $%d::bigint", columns[t->field].column, operators[t->op], n);
}

typedef void value_fn(struct maker *m, const struct filter_term *t, const struct filter_value *v);

static value_fn *const makers[] = {
    [FILTER_KIND] = closed,   [FILTER_SEVERITY] = closed, [FILTER_STATE] = closed, [FILTER_STATUS] = closed,
    [FILTER_FAULT] = closed,  [FILTER_WORD] = word,       [FILTER_PERSON] = person, [FILTER_PREFIX] = prefix,
    [FILTER_TEXT] = text,     [FILTER_LEFT] = left,       [FILTER_AGO] = ago,      [FILTER_DATE] = date,
    [FILTER_TAG] = tag,       [FILTER_FLAG] = flag,       [FILTER_NUMBER] = number,
    [FILTER_OUTAGE] = outage, [FILTER_EVENT] = event,
};

/* --- terms ----------------------------------------------------------------- */

static bool is_list(const struct filter_term *t)
{
    enum filter_type type = filter_field_type(t->field);
    for (size_t i = 0; i < t->value_count; i++)
        if (is_any(t, &t->values[i]))
            return false;
    return t->op == OP_EQ && (type == FILTER_KIND || type == FILTER_SEVERITY || type == FILTER_STATE ||
                              type == FILTER_STATUS || type == FILTER_FAULT);
}

/* kind IN (…) instead of a row of ORs */
static void list(struct maker *m, const struct filter_term *t)
{
    struct buf *w = &m->q->where;
    if (t->value_count == 1) {
        closed(m, t, &t->values[0]);
        return;
    }
    buf_printf(w, "%s IN (", columns[t->field].column);
    for (size_t i = 0; i < t->value_count; i++)
        buf_printf(w, "%s'%s'", i ? ", " : "", closed_name(t->field, t->values[i].number));
    buf_putc(w, ')');
}

/* How a field's column says none. Of outages it means no live one: asked once a statement, not once a row. */
static void none(struct buf *w, enum filter_field field)
{
    if (field == FIELD_OUTAGE)
        buf_printf(w, "NOT (%s && (SELECT doorstep.outages_live()))", columns[field].column);
    else
        buf_printf(w, field == FIELD_TAG ? "%s = '{}'" : "%s IS NULL", columns[field].column);
}

static void alternatives(struct maker *m, const struct filter_term *t)
{
    struct buf *w = &m->q->where;
    for (size_t i = 0; i < t->value_count; i++) {
        if (i > 0)
            buf_puts(w, " OR ");
        if (t->values[i].none)
            none(w, t->field);
        else
            makers[filter_field_type(t->field)](m, t, &t->values[i]);
    }
}

static void term(struct maker *m, const struct filter_term *t)
{
    struct buf *w = &m->q->where;
    bool parentheses = t->negated || (t->value_count > 1 && !is_list(t));
    buf_puts(w, parentheses ? "(" : "");
    if (is_list(t))
        list(m, t);
    else
        alternatives(m, t);
    buf_puts(w, parentheses ? ")" : "");
    /* what is not known does not have the property that was excluded */
    buf_puts(w, t->negated ? " IS NOT TRUE" : "");
}

void filter_sql_make(const struct filter *f, const struct filter_sql_options *o, struct filter_sql *out)
{
    *out = (struct filter_sql){ .key = keys[f->sort], .resolved_too = filter_reaches_resolved(f, o->any_state) };
    buf_init(&out->where, 0);
    struct maker m = { .q = out, .o = o };
    /* exactly the partial indexes' predicate */
    buf_puts(&out->where, out->resolved_too ? "true" : "e.state <> 'resolved'");
    for (size_t i = 0; i < f->term_count; i++) {
        buf_puts(&out->where, " AND ");
        term(&m, &f->terms[i]);
    }
}

void filter_sql_finish(struct filter_sql *q)
{
    for (int i = 0; i < q->count; i++)
        free(q->params[i]);
    free(q->params);
    buf_finish(&q->where);
    *q = (struct filter_sql){ .count = 0 };
}
