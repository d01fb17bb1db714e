/* The queue: pages, rows, ids and counts under a filter. */
#include "db/call.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "db/decode.h"
#include "db/query.h"
#include "db/ways.h"

#define ROW(sql, type, member) COLUMN(sql, type, struct queue_row, member)
static const struct column row_columns[] = {
    ROW("key", INT, key),                  /* these two stand in the query's own text */
    ROW("matches", BOOL, matches),
    ROW("e.id", INT, id),
    ROW("e.rev", INT, rev),
    ROW("e.kind", KIND, kind),
    ROW("e.severity", SEVERITY, severity),
    ROW("e.state", STATE, state),
    ROW("e.effective_status", STATUS, effective_status),
    ROW("e.carrier_status", STATUS, carrier_status),
    ROW("e.marks", INT, marks),
    ROW("e.opened_at", INSTANT, opened_at),
    ROW("e.due_at", INSTANT, due_at),
    ROW("e.first_response_due_at", INSTANT, first_response_due_at),
    ROW("e.resolve_due_at", INSTANT, resolve_due_at),
    ROW("e.first_response_at", INSTANT, first_response_at),
    ROW("e.last_scan_at", INSTANT, last_scan_at),
    ROW("e.promised_at", INSTANT, promised_at),
    ROW("e.wake_at", INSTANT, wake_at),
    ROW("e.resolved_at", INSTANT, resolved_at),
    ROW("e.carrier", TEXT, carrier),
    ROW("e.carrier_name", TEXT, carrier_name),
    ROW("e.tracking_number", TEXT, tracking_number),
    ROW("e.order_number", TEXT, order_number),
    ROW("e.customer_name", TEXT, customer),
    ROW("e.tier", TEXT, tier),
    ROW("e.language", TEXT, language),
    ROW("e.country", TEXT, country),
    ROW("e.region", TEXT, region),
    ROW("e.city", TEXT, city),
    ROW("e.brand", TEXT, brand),
    ROW("e.owner", TEXT, owner),
    ROW("e.reason", TEXT, reason),
    ROW("array_to_string(e.tags, ',')", TEXT, tags),
    /* plain for nearly all of them: no function is called where there was never an outage */
    ROW("CASE WHEN e.outages = '{}' THEN 0 ELSE doorstep.outage_in(e.outages) END", INT, outage),
};
#define ROW_COLUMNS (sizeof row_columns / sizeof row_columns[0])
#define ROW_OWN 2              /* key and matches */

#define VIEW_COUNT_CAP 1000

/* The select list of a row: the same for ever, made once, for a new row's way to the screen
 * leads through here. */
static const char *select_list(void)
{
    static struct buf columns;
    if (!columns.len) {
        buf_init(&columns, 0);
        decode_select(&columns, row_columns + ROW_OWN, ROW_COLUMNS - ROW_OWN);
    }
    return buf_str(&columns);
}

static char *compose(const char *query, const char *where, const char *key, bool one)
{
    struct buf sql;
    buf_init(&sql, 0);
    const struct query_piece pieces[] = { { "key", key }, { "where", where }, { "columns", select_list() }, { "ids", "$1" } };
    /* By one id PostgreSQL settles on a generic plan and stops planning, which is two thirds
     * of the round trip; by an array it never does. */
    query_compose(&sql, query, pieces, one ? 4 : 3);
    return buf_take(&sql);
}

char *call_row_sql(const char *where, enum sort sort)
{
    return compose("queue_rows", where, filter_sql_key(sort), true);
}

void call_take_row(struct queue_row *out, const PGresult *r, int row)
{
    decode_row(r, row, row_columns, ROW_COLUMNS, out);
}

static void take_rows(struct call *c, const PGresult *r)
{
    int n = PQntuples(r);
    c->reply.page.rows = xcalloc((size_t)n, sizeof *c->reply.page.rows);
    c->reply.page.count = (size_t)n;
    for (int i = 0; i < n; i++)
        call_take_row(&c->reply.page.rows[i], r, i);
}

/* Parses and compiles; false: the reply is the error. */
bool call_filter(struct call *c, const char *text, struct filter_sql_options *o, struct filter_sql *q)
{
    struct filter f;
    if (!filter_parse(text ? text : "", &f, NULL, &c->reply.error)) {
        c->failed = true;
        return false;
    }
    filter_sql_make(&f, o, q);
    filter_finish(&f);
    return true;
}

void call_filter_params(struct call_part *p, const struct filter_sql *q)
{
    for (int i = 0; i < q->count; i++)
        call_param(p, q->params[i]);
}

static int clamp(int v, int most)
{
    return v < 1 ? 1 : v > most ? most : v;
}

/* --- pages ------------------------------------------------------------------- */

/* One row more than wanted says whether there are more. */
void call_page(struct call *c)
{
    struct page_request *page = &c->request.page;
    bool after = page->direction == PAGE_AFTER;
    struct ways w;
    if (!ways_parse(c, page->filter, (struct filter_sql_options){.first = 4, .now = c->now, .zone = &c->zone}, &w))
        return;
    page->limit = clamp(page->limit, PAGE_MAX);
    int64_t key = page->anchor_key, id = page->anchor_id;
    if (page->from_start) {
        key = after ? INT64_MIN : INT64_MAX;
        id = key;
    } else if (page->inclusive) {
        id += after ? -1 : 1;  /* ids are whole: (k, id) >= (K, I) is (k, id) > (K, I - 1) */
    }
    char *sql = w.page.words ? ways_page_sql(&w, after ? "queue_found_after" : "queue_found_before", select_list())
                : after ? ways_sql(&w, "queue_page_after", "queue_few_after", select_list())
                        : ways_sql(&w, "queue_page_before", "queue_few_before", select_list());
    struct call_part *p = call_sql(c, sql, take_rows);
    call_param_int(p, key);
    call_param_int(p, id);
    call_param_int(p, page->limit + 1);
    if (w.page.words) {
        call_param(p, w.page.words);
        call_param(p, w.page.search);
    } else {
        ways_params(p, &w);
    }
    ways_finish(&w);
}

void call_complete_page(struct call *c)
{
    struct page *page = &c->reply.page;
    size_t limit = (size_t)c->request.page.limit;
    page->more = page->count > limit;
    if (page->more)
        page->count = limit;
    if (c->request.page.direction == PAGE_AFTER)
        return;
    for (size_t i = 0; i < page->count / 2; i++) {
        struct queue_row swap = page->rows[i];
        page->rows[i] = page->rows[page->count - 1 - i];
        page->rows[page->count - 1 - i] = swap;
    }
}

void call_rows(struct call *c)
{
    struct filter_sql_options o = { .first = 2, .now = c->now, .zone = &c->zone };
    struct filter_sql q;
    if (!call_filter(c, c->request.filter, &o, &q))
        return;
    bool one = c->request.id_count == 1;
    struct call_part *p = call_sql(c, compose("queue_rows", buf_str(&q.where), q.key, one), take_rows);
    if (one)
        call_param_int(p, c->request.ids[0]);
    else
        call_param_ids(p, c->request.ids, c->request.id_count);
    call_filter_params(p, &q);
    filter_sql_finish(&q);
}

static void take_ids(struct call *c, const PGresult *r)
{
    size_t n = (size_t)PQntuples(r), limit = (size_t)c->request.limit;
    c->reply.ids_more = n > limit;
    c->reply.id_count = n > limit ? limit : n;
    c->reply.ids = xcalloc(c->reply.id_count, sizeof *c->reply.ids);
    for (size_t i = 0; i < c->reply.id_count; i++)
        c->reply.ids[i] = decode_int(r, (int)i, 0);
}

void call_ids(struct call *c)
{
    struct ways w;
    if (!ways_parse(c, c->request.filter, (struct filter_sql_options){.first = 2, .now = c->now, .zone = &c->zone, .search_index = true}, &w))
        return;
    c->request.limit = clamp(c->request.limit, ACT_MAX);
    struct call_part *p = call_sql(c, ways_sql(&w, "queue_ids", "queue_few_ids", NULL), take_ids);
    call_param_int(p, c->request.limit + 1);
    ways_params(p, &w);
    ways_finish(&w);
}

static void take_counts(struct call *c, const PGresult *r)
{
    struct counts *out = &c->reply.counts;
    for (int i = 0; i < PQntuples(r); i++) {
        int64_t view = decode_int(r, i, 0), n = decode_int(r, i, 1);
        if (view < 0) {
            out->sessions = n;
            continue;
        }
        if (view > 0 && (size_t)view <= out->view_count) {
            out->view[view - 1] = n >= VIEW_COUNT_CAP ? -VIEW_COUNT_CAP : n;
            continue;
        }
        out->fresh = n;
        out->mine = decode_int(r, i, 2);
        out->breaching = decode_int(r, i, 3);
        out->open = decode_int(r, i, 4);
    }
}

/* Open rows by state, carrier and kind are kept counted; only those terms may stand in f. */
static bool is_kept_counted(const struct filter *f)
{
    for (size_t i = 0; i < f->term_count; i++) {
        enum filter_field field = f->terms[i].field;
        if (field != FIELD_STATE && field != FIELD_KIND && field != FIELD_CARRIER)
            return false;
    }
    return true;
}

/* counts_by() names its columns as the table does. */
static void add_kept(struct buf *sql, size_t view, const struct filter_sql *q)
{
    buf_printf(sql, "\nUNION ALL SELECT %zu, coalesce(sum(e.n), 0)::bigint, 0, 0, 0 FROM kept e WHERE %s", view, buf_str(&q->where));
}

/* What is mine and open: the header's own number. */
static bool is_mine(const struct filter *f)
{
    const struct filter_term *t = f->terms;
    return f->term_count == 1 && t->op == OP_EQ && !t->negated && t->value_count == 1 &&
           (t->values[0].me || (t->field == FIELD_IS && t->values[0].number == FLAG_MINE));
}

/* By severity alone: a stretch of the index of that order, which nobody has to look for. */
static bool is_stretch(const struct filter *f)
{
    return f->term_count == 1 && f->terms[0].field == FIELD_SEVERITY && !f->terms[0].negated;
}

/* With resolved rows the order leads to the indexes they are in; the planner, who may not look at the state's statistics under row-level
 * security, would read the whole table. */
static void add_count(struct buf *sql, size_t view, const struct ways *w, int first)
{
    const char *order = w->along.resolved_too ? " ORDER BY e.k_updated, e.id" : "";
    if (!w->few.any) {
        buf_printf(sql, "\nUNION ALL SELECT %zu, count(*), 0, 0, 0 FROM (SELECT FROM doorstep.exception e WHERE %s%s LIMIT %d) x", view,
                   buf_str(&w->along.where), order, VIEW_COUNT_CAP);
        return;
    }
    buf_printf(sql,
               "\nUNION ALL SELECT %zu, CASE WHEN f.ids IS NULL THEN (SELECT count(*) FROM (SELECT FROM doorstep.exception e WHERE %s%s LIMIT %d) x)"
               " ELSE (SELECT count(*) FROM (SELECT FROM doorstep.exception e WHERE e.id = ANY (f.ids) AND %s LIMIT %d) x) END, 0, 0, 0"
               " FROM (SELECT doorstep.filter_few($%d, $%d, $%d) AS ids OFFSET 0) f",
               view, buf_str(&w->along.where), order, VIEW_COUNT_CAP, buf_str(&w->found.where), VIEW_COUNT_CAP, first, first + 1, first + 2);
}

/* One branch of the union a view. A filter that does not parse counts nothing: opening that
 * view says what is wrong with it. */
void call_counts(struct call *c)
{
    struct buf views, sql;
    struct ways w[VIEW_MAX];
    size_t n = c->request.count_filter_count > VIEW_MAX ? VIEW_MAX : c->request.count_filter_count;
    struct filter_sql_options o = { .first = 1, .now = c->now, .zone = &c->zone };
    buf_init(&views, 0);
    buf_init(&sql, 0);
    c->reply.counts.view_count = n;
    for (size_t i = 0; i < n; i++) {
        struct filter f;
        w[i] = (struct ways){.along = {.count = 0}};
        if (!filter_parse(c->request.count_filters[i], &f, NULL, NULL))
            continue;
        bool open = !filter_reaches_resolved(&f, false);
        if (open && is_mine(&f)) {
            buf_printf(&views, "\nUNION ALL SELECT %zu, h.mine, 0, 0, 0 FROM h", i + 1);
        } else if (open && is_kept_counted(&f)) {
            filter_sql_make(&f, &o, &w[i].along);
            add_kept(&views, i + 1, &w[i].along);
        } else if (open && is_stretch(&f)) {
            f.sort = SORT_SEVERITY;
            filter_sql_make(&f, &o, &w[i].along);
            add_count(&views, i + 1, &w[i], o.first);
        } else {
            ways_make(&w[i], &f, o);
            add_count(&views, i + 1, &w[i], o.first);
        }
        filter_finish(&f);
        o.first += ways_count(&w[i]);
    }
    const struct query_piece piece = { "views", buf_str(&views) };
    query_compose(&sql, "counts", &piece, 1);
    struct call_part *p = call_sql(c, buf_take(&sql), take_counts);
    for (size_t i = 0; i < n; i++) {
        ways_params(p, &w[i]);
        ways_finish(&w[i]);
    }
    buf_finish(&views);
    /* Whoever keeps counting keeps the clock of the snoozed, too: no worker need run for it.
     * After the counts, not to delay them; what wakes is told by a notification. */
    if (n)                     /* a first screen's numbers, alone, wait for nothing */
        call_query(c, "wake_due", NULL);
}
