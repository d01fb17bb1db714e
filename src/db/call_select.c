/* Selections: what a filter gives is kept by the server, and only its number and size come here. */
#include "db/call.h"

#include "base/die.h"
#include "db/decode.h"
#include "db/ways.h"

enum { PATIENCE_MS = 60000 };

static void take_selection(struct call *c, const PGresult *r)
{
    if (PQntuples(r) != 1)
        return;
    c->reply.selection.number = decode_int(r, 0, 0);
    c->reply.selection.count = (int32_t)decode_int(r, 0, 1);
    c->reply.selection.more = PQgetvalue(r, 0, 2)[0] != 0;
}

/* One more than wanted says whether there are more. */
void call_select(struct call *c)
{
    struct ways w;
    if (!ways_parse(c, c->request.filter, (struct filter_sql_options){.first = 2, .now = c->now, .zone = &c->zone, .search_index = true}, &w))
        return;
    call_be_patient(c, PATIENCE_MS);
    struct call_part *p = call_sql(c, ways_sql(&w, "selection_keep", "selection_few", NULL), take_selection);
    call_param_int(p, ACT_MAX + 1);
    ways_params(p, &w);
    ways_finish(&w);
}

void call_select_change(struct call *c)
{
    struct call_part *p = call_query(c, "selection_change", take_selection);
    call_param_int(p, c->request.selection);
    call_param_ids(p, c->request.ids, c->request.id_count);
    call_param(p, c->request.drop ? "false" : "true");
}

static void take_members(struct call *c, const PGresult *r)
{
    size_t n = (size_t)PQntuples(r);
    c->reply.ids = xcalloc(n, sizeof *c->reply.ids);
    c->reply.id_count = n;
    for (size_t i = 0; i < n; i++)
        c->reply.ids[i] = decode_int(r, (int)i, 0);
}

void call_select_has(struct call *c)
{
    bool all = c->request.id_count == 0;
    struct call_part *p = call_query(c, all ? "selection_ids" : "selection_has", take_members);
    call_param_int(p, c->request.selection);
    if (!all)
        call_param_ids(p, c->request.ids, c->request.id_count);
}
