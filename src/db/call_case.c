/* Cases: the list, one with all there is, what a new one would be, and what is done to them. */
#include "db/call.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "db/decode.h"

enum { LIST_MOST = 500 };

#define COUNT(a) (sizeof (a) / sizeof *(a))
#define ROW(sql, type, member) COLUMN(sql, type, struct support_case, row.member)
/* A line's columns come first in those of a whole case. */
static const struct column columns[] = {
    ROW("id", INT, id), ROW("exception_id", INT, exception_id), ROW("rev", INT, rev), ROW("type", CASE_TYPE, type),
    ROW("state", CASE_STATE, state), ROW("priority", CASE_PRIORITY, priority), ROW("subject", TEXT, subject), ROW("owner", TEXT, owner),
    ROW("by", TEXT, by), ROW("carrier", TEXT, carrier), ROW("tracking_number", TEXT, tracking_number),
    ROW("customer_name", TEXT, customer_name), ROW("brand", TEXT, brand), ROW("created_at", INSTANT, created_at),
    ROW("updated_at", INSTANT, updated_at), ROW("links", INT, links), ROW("notes", INT, notes), ROW("desk", TEXT, desk),
    ROW("desk_id", TEXT, desk_id), ROW("desk_state", TEXT, desk_state), ROW("desk_url", TEXT, desk_url), ROW("sync", TEXT, sync),
    ROW("conflict", TEXT, conflict),
    COLUMN("context", LINES, struct support_case, context), COLUMN("tags", TEXT, struct support_case, tags),
    COLUMN("merged_into", INT, struct support_case, merged_into), COLUMN("existing", INT, struct support_case, existing),
};
enum { LINE_COLUMNS = 23 };
_Static_assert(offsetof(struct support_case, row) == 0, "a line is decoded as the beginning of a case");

#define NOTE(sql, type, member) COLUMN(sql, type, struct case_note, member)
static const struct column note_columns[] = {
    NOTE("id", INT, id), NOTE("at", INSTANT, at), NOTE("by", TEXT, by), NOTE("desk", BOOL, desk), NOTE("public", BOOL, is_public), NOTE("text", LINES, text),
};

#define SYNC(sql, type, member) COLUMN(sql, type, struct case_sync_row, member)
static const struct column sync_columns[] = {
    SYNC("at", INSTANT, at), SYNC("op", TEXT, op), SYNC("state", TEXT, state), SYNC("tries", INT, tries), SYNC("reason", TEXT, reason),
};

/* --- the list --------------------------------------------------------------- */

static void take_list(struct call *c, const PGresult *r)
{
    size_t n = (size_t)PQntuples(r);
    c->reply.cases = xcalloc(n, sizeof *c->reply.cases);
    c->reply.case_count = n;
    for (size_t i = 0; i < n; i++)
        decode_row(r, (int)i, columns, LINE_COLUMNS, &c->reply.cases[i]);
}

void call_cases(struct call *c)
{
    const struct request *r = &c->request;
    struct call_part *p = call_query(c, "case_list", take_list);
    call_param(p, r->id_count ? "all" : r->control.list ? r->control.list : "open");
    if (r->id_count)
        call_param_int(p, r->ids[0]);
    else
        call_param(p, NULL);
    call_param_int(p, r->limit > 0 ? r->limit : LIST_MOST);
}

/* --- one -------------------------------------------------------------------- */

static void take_case(struct call *c, const PGresult *r)
{
    if (PQntuples(r) != 1)
        return;
    c->reply.kase = xcalloc(1, sizeof *c->reply.kase);
    decode_row(r, 0, columns, COUNT(columns), c->reply.kase);
}

static void *take_rows(const PGresult *r, const struct column *of, size_t count, size_t size, size_t *n)
{
    *n = (size_t)PQntuples(r);
    char *items = xcalloc(*n, size);
    for (size_t i = 0; i < *n; i++)
        decode_row(r, (int)i, of, count, items + i * size);
    return items;
}

static void take_notes(struct call *c, const PGresult *r)
{
    struct support_case *k = c->reply.kase;
    if (k)
        k->notes = take_rows(r, note_columns, COUNT(note_columns), sizeof *k->notes, &k->note_count);
}

static void take_syncs(struct call *c, const PGresult *r)
{
    struct support_case *k = c->reply.kase;
    if (k)
        k->syncs = take_rows(r, sync_columns, COUNT(sync_columns), sizeof *k->syncs, &k->sync_count);
}

static void take_links(struct call *c, const PGresult *r)
{
    struct support_case *k = c->reply.kase;
    if (!k)
        return;
    k->link_count = (size_t)PQntuples(r);
    k->links = xcalloc(k->link_count, sizeof *k->links);
    for (size_t i = 0; i < k->link_count; i++)
        k->links[i] = decode_int(r, (int)i, 0);
}

void call_case(struct call *c)
{
    static const struct { const char *query; call_take_fn *take; } parts[] = {
        { "case_head", take_case }, { "case_notes", take_notes }, { "case_links", take_links }, { "case_syncs", take_syncs },
    };
    const struct request *r = &c->request;
    if (!r->control.id) {
        struct call_part *p = call_query(c, "case_draft", take_case);
        call_param_int(p, r->id_count ? r->ids[0] : 0);
        call_param(p, case_type_name(r->control.type));
        return;
    }
    for (size_t i = 0; i < COUNT(parts); i++)
        call_param_int(call_query(c, parts[i].query, parts[i].take), r->control.id);
}

/* --- what is done to them ----------------------------------------------------- */

static void put(struct buf *b, const char *key, const char *text)
{
    buf_printf(b, "%s\"%s\":", b->len > 1 ? "," : "", key);
    if (text)
        buf_put_json(b, text, strlen(text));
    else
        buf_puts(b, "null");
}

/* The changes as case_set() takes them. */
static char *changes(const struct control_request *q)
{
    struct buf b;
    buf_init(&b, 0);
    buf_putc(&b, '{');
    if (q->fields & CASE_SET_STATE)
        put(&b, "state", case_state_name(q->state));
    if (q->fields & CASE_SET_PRIORITY)
        put(&b, "priority", case_priority_name(q->priority));
    if (q->fields & CASE_SET_SUBJECT)
        put(&b, "subject", q->subject);
    if (q->fields & CASE_SET_OWNER)
        put(&b, "owner", q->person);
    if (q->fields & CASE_SET_TAG)
        put(&b, "tag", q->tag);
    if (q->fields & CASE_SET_UNTAG)
        put(&b, "untag", q->untag);
    buf_putc(&b, '}');
    return buf_take(&b);
}

static void open_params(struct call_part *p, const struct control_request *q)
{
    call_param(p, case_type_name(q->type));
    call_param(p, q->fields & CASE_SET_PRIORITY ? case_priority_name(q->priority) : NULL);
    call_param(p, q->subject);
    call_param(p, q->tag);
    call_param(p, q->text);
}

static void set_params(struct call_part *p, const struct control_request *q)
{
    char *json = changes(q);
    call_param(p, json);
    free(json);
}

static void text_params(struct call_part *p, const struct control_request *q) { call_param(p, q->text); }
static void case_params(struct call_part *p, const struct control_request *q) { call_param_int(p, q->id); }
static void other_params(struct call_part *p, const struct control_request *q) { call_param_int(p, q->other); }
static void no_params(struct call_part *p, const struct control_request *q) { (void)p; (void)q; }

/* one: control.id, or else the first of ids, where the others take all ids. */
static const struct { const char *query; bool one; void (*params)(struct call_part *p, const struct control_request *q); const char *done; } ops[CASE_OP_COUNT] = {
    [CASE_OP_OPEN] = { "case_open", false, open_params, "cases opened:" },
    [CASE_OP_NOTE] = { "case_note", false, text_params, "noted on" },
    [CASE_OP_SET] = { "case_set", false, set_params, "cases changed:" },
    [CASE_OP_LINK] = { "case_link", false, case_params, "linked" },
    [CASE_OP_UNLINK] = { "case_unlink", false, case_params, "unlinked" },
    [CASE_OP_MERGE] = { "case_merge", true, other_params, "merged" },
    [CASE_OP_RETRY] = { "case_retry", false, no_params, "told again:" },
    [CASE_OP_TAKE] = { "case_take_theirs", true, no_params, "taken:" },
    [CASE_OP_KEEP] = { "case_keep_ours", true, no_params, "kept:" },
};

void call_case_act(struct call *c)
{
    const struct request *r = &c->request;
    const struct control_request *q = &r->control;
    bool of_exceptions = q->case_op == CASE_OP_OPEN || q->case_op == CASE_OP_LINK || q->case_op == CASE_OP_UNLINK;
    struct call_part *p = call_query(c, ops[q->case_op].query, call_take_results);
    call_param(p, r->key);
    if (ops[q->case_op].one)
        call_param_int(p, q->id ? q->id : r->id_count ? r->ids[0] : 0);
    else if (!r->id_count && !of_exceptions)
        call_param_ids(p, &q->id, 1);
    else
        call_param_ids(p, r->ids, r->id_count);
    ops[q->case_op].params(p, q);
}

void call_complete_case(struct call *c)
{
    call_summary(c, ops[c->request.control.case_op].done);
}
