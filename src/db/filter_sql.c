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
#include "db/filter_few.h"

struct maker {
    struct filter_sql *q;
    const struct filter_sql_options *o;
    enum sort sort;
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

/* k_urgency is due_at's seconds * 4 + severity; without due_at it is NEVER or more. */
#define NEVER "274877906940"
static const char paused[] = "(e.due_at IS NULL AND e.state <> 'resolved' AND e.k_urgency >= " NEVER ")";

/* the few warned of what is still to come; and of this due time */
static const char warned[] =
    "(e.id = ANY (ARRAY(SELECT w.exception_id FROM doorstep.due_warning w WHERE w.due_at > now())) AND "
    "EXISTS (SELECT FROM doorstep.due_warning w WHERE w.exception_id = e.id AND w.due_at = e.due_at))";

static const char *const flags[FLAG_COUNT] = {
    [FLAG_BREACHED] = "(e.due_at < now() AND e.k_urgency < (floor(extract(epoch FROM now()))::bigint + 1) * 4)",
    [FLAG_PAUSED] = paused,
    [FLAG_UNOWNED] = "e.owner IS NULL",
    [FLAG_MINE] = "e.owner = session_user::text COLLATE \"default\"",
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
    buf_printf(&m->q->where, "%s %s '%s'", columns[t->field].column, operators[t->op], filter_closed_name(t->field, v->number));
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
        buf_puts(&m->q->where, "e.owner = session_user::text COLLATE \"default\"");
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

static void one_word(struct maker *m, enum filter_field field, const char *s, size_t n)
{
    struct buf *w = &m->q->where;
    if (m->o->found) {
        buf_puts(w, "true");
        return;
    }
    int p = bind(m, filter_text_pattern(s, n));
    /* Nobody reads `search`, in which addresses stand, too: search_ids() finds open rows by its trigram index, search_all_ids()
     * looks at the resolved ones as well, search_fits() at a row that is known. */
    if (m->o->search_index)
        buf_printf(w, "e.id = ANY (ARRAY(SELECT doorstep.%s($%d)))", m->q->resolved_too ? "search_all_ids" : "search_ids", p);
    else
        buf_printf(w, "doorstep.search_fits(e.id, $%d)", p);
    /* search holds all of it; this narrows it down */
    if (field == FIELD_REASON)
        buf_printf(w, " AND ' ' || lower(e.reason) LIKE lower($%d)", p);
    else if (field == FIELD_CUSTOMER)
        buf_printf(w, " AND (' ' || lower(e.customer_name) LIKE lower($%d) OR doorstep.customer_reached_at(e.customer_id, $%d))", p, p);
}

static void text(struct maker *m, const struct filter_term *t, const struct filter_value *v)
{
    struct buf *w = &m->q->where;
    char *number = t->field == FIELD_TEXT ? filter_text_number(v->text) : NULL;
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

/* A sort key has whole seconds or milliseconds of the same instant: the same bound, a little wider, for the index's sake. The exact
 * condition beside it stands in coalesce(), or the planner would take both for independent, and the rows for few. */
static void key_bound(struct maker *m, const char *key, const char *op, const char *ms, int n)
{
    bool below = op[0] == '<';
    buf_printf(&m->q->where, " AND %s %s %s$%d::bigint %c 1", key, below ? "<=" : ">=", ms, n, below ? '+' : '-');
}

static void left(struct maker *m, const struct filter_term *t, const struct filter_value *v)
{
    const char *op = t->op == OP_EQ ? "<=" : operators[t->op];
    int n = bind_number(m, v->big);
    struct buf *w = &m->q->where;
    buf_printf(w, "(coalesce(e.due_at %s now() + $%d::bigint * interval '1 ms', false)", op, n);
    if (op[0] == '<')
        buf_printf(w, " AND e.k_urgency < (floor(extract(epoch FROM now()) + $%d::bigint / 1000.0)::bigint + 1) * 4)", n);
    else
        buf_printf(w, " AND e.k_urgency >= floor(extract(epoch FROM now()) + $%d::bigint / 1000.0)::bigint * 4 AND e.k_urgency < " NEVER ")", n);
}

static void ago(struct maker *m, const struct filter_term *t, const struct filter_value *v)
{
    int n = bind_number(m, v->big);
    const char *op = mirrored[t->op];
    buf_printf(&m->q->where, "(coalesce(%s %s now() - $%d::bigint * interval '1 ms', false)", columns[t->field].column, op, n);
    key_bound(m, t->field == FIELD_SCAN ? "e.k_scan" : "e.k_oldest", op, "(extract(epoch FROM now()) * 1000)::bigint - ", n);
    if (t->field == FIELD_AGE && m->sort == SORT_NEWEST)
        buf_printf(&m->q->where, " AND e.k_newest %s $%d::bigint - (extract(epoch FROM now()) * 1000)::bigint %c 1", op[0] == '<' ? ">=" : "<=", n,
                   op[0] == '<' ? '-' : '+');
    buf_putc(&m->q->where, ')');
}

/* When it was opened is a sort key's, too, in whole milliseconds and downwards: that has an index over all rows. */
static void instant(struct maker *m, struct buf *w, const char *column, const char *op, int64_t at)
{
    if (strcmp(column, columns[FIELD_ON].column) == 0) {
        buf_printf(w, "e.k_newest %s $%d::bigint", op[0] == '<' ? ">" : "<=", bind_number(m, -at));
        return;
    }
    int n = bind_number(m, at);
    bool keyed = strcmp(column, columns[FIELD_PROMISED].column) == 0;
    buf_printf(w, "%s%s %s timestamptz 'epoch' + $%d::bigint * interval '1 ms'%s", keyed ? "coalesce(" : "", column, op, n, keyed ? ", false)" : "");
    if (keyed)
        key_bound(m, "e.k_promised", op, "", n);
}

void filter_sql_day(const struct filter_value *v, int64_t now, const struct when_zone *zone, int64_t *from, int64_t *to)
{
    *from = v->day_from;
    *to = v->day_to;
    if (v->relative)
        *to = (*from = when_day_start(when_local(zone, now)) + v->day_offset * WHEN_DAY) + WHEN_DAY;
    if (v->relative || v->local) {
        *from = when_instant(zone, *from);
        *to = when_instant(zone, *to);
    }
}

static void date(struct maker *m, const struct filter_term *t, const struct filter_value *v)
{
    int64_t from, to;
    filter_sql_day(v, m->o->now, m->o->zone, &from, &to);
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
        filter_sql_day(v, m->o->now, m->o->zone, &from, &to);
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

/* In quarters of an hour, as reports count them. */
static void hour_of_day(struct maker *m, const struct when_zone *z, int n)
{
    struct buf *w = &m->q->where;
    buf_printf(w, "(e.k_oldest / 900000 + %d", (z->offset[0] + 24 * 3600) / 900);
    for (int i = 0; i < z->count; i++)
        buf_printf(w, " + (e.k_oldest >= %" PRId64 ")::int * %d", z->from[i], (z->offset[i + 1] + 24 * 3600) / 900 - (z->offset[i] + 24 * 3600) / 900);
    buf_printf(w, ") / 4 %% 24 = $%d::bigint", n);
}

static void number(struct maker *m, const struct filter_term *t, const struct filter_value *v)
{
    int n = bind_number(m, v->big);
    if (t->field == FIELD_HOUR)
        hour_of_day(m, m->o->zone, n);
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
        buf_printf(w, "%s'%s'", i ? ", " : "", filter_closed_name(t->field, t->values[i].number));
    buf_putc(w, ')');
}

/* How a field's column says none. Of outages it means no live one: asked once a statement, not once a row. */
static void none(struct buf *w, enum filter_field field)
{
    if (field == FIELD_OUTAGE)
        buf_printf(w, "NOT (%s && (SELECT doorstep.outages_live()))", columns[field].column);
    else
        buf_printf(w, field == FIELD_TAG ? "%s = '{}'" : field == FIELD_SLA ? "(%s IS NULL AND e.k_urgency >= " NEVER ")" : "%s IS NULL", columns[field].column);
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

static bool severity_meant(const struct filter_term *t, int severity)
{
    for (size_t i = 0; i < t->value_count; i++) {
        int than = t->values[i].number;
        if (t->op == OP_LT ? severity < than : t->op == OP_LE ? severity <= than : t->op == OP_GT ? severity > than :
            t->op == OP_GE ? severity >= than : severity == than)
            return true;
    }
    return false;
}

/* Where they stand in their own order: it is not walked from its beginning to what comes last. */
static void severity_keys(struct maker *m, const struct filter_term *t)
{
    int first = SEVERITY_COUNT, last = -1;
    for (int i = 0; i < SEVERITY_COUNT; i++)
        if (severity_meant(t, i)) {
            first = SEVERITY_COUNT - 1 - i < first ? SEVERITY_COUNT - 1 - i : first;
            last = SEVERITY_COUNT - 1 - i > last ? SEVERITY_COUNT - 1 - i : last;
        }
    if (last >= 0)
        buf_printf(&m->q->where, " AND e.k_severity >= %" PRId64 " AND e.k_severity < %" PRId64, first * (INT64_C(1) << 36), (last + 1) * (INT64_C(1) << 36));
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
    if (t->field == FIELD_SEVERITY && !t->negated && m->sort == SORT_SEVERITY)
        severity_keys(m, t);
    /* what is not known does not have the property that was excluded */
    buf_puts(w, t->negated ? " IS NOT TRUE" : "");
}

void filter_sql_make(const struct filter *f, const struct filter_sql_options *o, struct filter_sql *out)
{
    *out = (struct filter_sql){ .key = keys[f->sort], .resolved_too = filter_reaches_resolved(f, o->any_state) };
    buf_init(&out->where, 0);
    struct maker m = { .q = out, .o = o, .sort = f->sort };
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
