/* Everything about one exception: its row, then what stands around it. */
#include "db/call.h"

#include <string.h>

#include "base/die.h"
#include "db/decode.h"

#define HEAD(sql, type, member) COLUMN(sql, type, struct context, member)
static const struct column head_columns[] = {
    HEAD("service", TEXT, service),
    HEAD("status_reason", TEXT, status_reason),
    HEAD("edd_at", INSTANT, edd_at),
    HEAD("shipped_at", INSTANT, shipped_at),
    HEAD("placed_at", INSTANT, placed_at),
    HEAD("total", TEXT, total),
    HEAD("customer_external_id", TEXT, customer_external_id),
    HEAD("email", TEXT, email),
    HEAD("phone", TEXT, phone),
    HEAD("time_zone", TEXT, time_zone),
    HEAD("consent", TEXT, consent),
    HEAD("preferred_channel", TEXT, preferred_channel),
    HEAD("postal_code", TEXT, postal_code),
    HEAD("address_type", TEXT, address_type),
    HEAD("access_instructions", TEXT, access_instructions),
    HEAD("resolution", TEXT, resolution),
    HEAD("resolution_text", TEXT, resolution_text),
    HEAD("next_action", TEXT, next_action),
    HEAD("next_argument", TEXT, next_argument),
    HEAD("next_label", TEXT, next_label),
    HEAD("next_then", TEXT, next_then),
    HEAD("viewers", TEXT, viewers),
    HEAD("tracking_url", TEXT, tracking_url),
};

static const struct column said_columns[] = {HEAD("said", TEXT, said), HEAD("said_at", INSTANT, said_at)};

#define SCAN(sql, type, member) COLUMN(sql, type, struct scan, member)
static const struct column scan_columns[] = {
    SCAN("occurred_at", INSTANT, occurred_at), SCAN("status", STATUS, status), SCAN("is_exception", BOOL, is_exception),
    SCAN("code", TEXT, code), SCAN("label", TEXT, label), SCAN("message", TEXT, message), SCAN("place", TEXT, place),
};

#define ACTIVITY(sql, type, member) COLUMN(sql, type, struct activity_row, member)
static const struct column activity_columns[] = {
    ACTIVITY("at", INSTANT, at), ACTIVITY("actor", TEXT, actor), ACTIVITY("verb", TEXT, verb), ACTIVITY("text", TEXT, text),
};

#define LINE(sql, type, member) COLUMN(sql, type, struct order_line, member)
static const struct column line_columns[] = {
    LINE("sku", TEXT, sku), LINE("title", TEXT, title), LINE("quantity", INT, quantity),
};

#define STEP(sql, type, member) COLUMN(sql, type, struct playbook_step, member)
static const struct column step_columns[] = {
    STEP("step", INT, step), STEP("state", TEXT, state), STEP("at", INSTANT, at), STEP("owner", TEXT, owner), STEP("action", TEXT, action),
    STEP("argument", TEXT, argument), STEP("label", TEXT, label), STEP("says", TEXT, says),
};

/* All rows of r, at most `most`, as an array; *more: there was one further. */
static void *take_all(const PGresult *r, const struct column *columns, size_t count, size_t size, size_t most, size_t *n, bool *more)
{
    size_t rows = (size_t)PQntuples(r);
    *more = rows > most;
    *n = *more ? most : rows;
    char *items = xcalloc(*n, size);
    for (size_t i = 0; i < *n; i++)
        decode_row(r, (int)i, columns, count, items + i * size);
    return items;
}
#define TAKE_ALL(r, columns, type, most, n, more) \
    take_all(r, columns, sizeof columns / sizeof columns[0], sizeof(type), most, n, more)

/* The row comes first: without it there is no context, and the rest is left alone. */
static void take_row(struct call *c, const PGresult *r)
{
    if (PQntuples(r) != 1)
        return;
    c->reply.context = xcalloc(1, sizeof *c->reply.context);
    call_take_row(&c->reply.context->row, r, 0);
}

static void take_head(struct call *c, const PGresult *r)
{
    if (c->reply.context && PQntuples(r) == 1)
        decode_row(r, 0, head_columns, sizeof head_columns / sizeof head_columns[0], c->reply.context);
}

static void take_said(struct call *c, const PGresult *r)
{
    if (c->reply.context && PQntuples(r) == 1)
        decode_row(r, 0, said_columns, sizeof said_columns / sizeof said_columns[0], c->reply.context);
}

static void take_scans(struct call *c, const PGresult *r)
{
    struct context *x = c->reply.context;
    if (x)
        x->scans = TAKE_ALL(r, scan_columns, struct scan, (size_t)c->request.limit, &x->scan_count, &x->more_scans);
}

static void take_activity(struct call *c, const PGresult *r)
{
    struct context *x = c->reply.context;
    if (x)
        x->activity = TAKE_ALL(r, activity_columns, struct activity_row, (size_t)c->request.limit, &x->activity_count, &x->more_activity);
}

static void take_lines(struct call *c, const PGresult *r)
{
    struct context *x = c->reply.context;
    bool more;
    if (x)
        x->lines = TAKE_ALL(r, line_columns, struct order_line, SIZE_MAX, &x->line_count, &more);
}

static void take_steps(struct call *c, const PGresult *r)
{
    struct context *x = c->reply.context;
    bool more;
    if (x)
        x->steps = TAKE_ALL(r, step_columns, struct playbook_step, SIZE_MAX, &x->step_count, &more);
}

void call_context(struct call *c)
{
    static const struct { const char *query; call_take_fn *take; bool limited; } around[] = {
        { "context_head", take_head, false },         { "context_scans", take_scans, true },
        { "context_activity", take_activity, true },  { "context_lines", take_lines, false },
        { "context_steps", take_steps, false },       { "context_said", take_said, false },
    };
    int64_t id = c->request.id_count ? c->request.ids[0] : 0;
    if (c->request.limit < 1 || c->request.limit > 10000)
        c->request.limit = 50;
    call_param_int(call_sql(c, call_row_sql("true", SORT_URGENCY), take_row), id);
    for (size_t i = 0; i < sizeof around / sizeof around[0]; i++) {
        if (around[i].take == take_steps && !c->request.whole)
            continue;
        struct call_part *p = call_query(c, around[i].query, around[i].take);
        call_param_int(p, id);
        if (around[i].limited)
            call_param_int(p, c->request.limit + 1);
    }
}
