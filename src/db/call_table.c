/* Queries by name: those that list things, any columns, as text; those that act; a worker's passes. */
#include "db/call.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/die.h"
#include "base/when.h"
#include "db/db.h"
#include "db/decode.h"

/* pg_type's numbers for the built-in types never change. */
static const struct {
    Oid oid;
    char type;
} types[] = {
    { 16, 'b' },                                                                  /* bool */
    { 20, 'n' }, { 21, 'n' }, { 23, 'n' }, { 700, 'n' }, { 701, 'n' }, { 1700, 'n' },  /* int8 int2 int4 float4 float8 numeric */
    { 114, 'j' }, { 3802, 'j' },                                                  /* json jsonb */
    { 1184, 'w' },                                                                /* timestamptz */
};

static char type_of(Oid oid)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].oid == oid)
            return types[i].type;
    return 't';
}

static void take_table(struct call *c, const PGresult *r)
{
    struct table *t = c->table;
    t->columns = (size_t)PQnfields(r);
    t->rows = (size_t)PQntuples(r);
    t->names = xcalloc(t->columns, sizeof *t->names);
    t->types = xcalloc(t->columns, 1);
    t->cells = xcalloc(t->rows * t->columns, sizeof *t->cells);
    for (size_t i = 0; i < t->columns; i++) {
        t->names[i] = xstrdup(PQfname(r, (int)i));
        t->types[i] = type_of(PQftype(r, (int)i));
    }
    for (size_t row = 0; row < t->rows; row++)
        for (size_t i = 0; i < t->columns; i++)
            if (!PQgetisnull(r, (int)row, (int)i))
                t->cells[row * t->columns + i] = decode_lines(r, (int)row, (int)i);
}

struct call *call_table(const char *query, const char *const *params, int count, struct table *out)
{
    struct call *c = xcalloc(1, sizeof *c);
    c->text = true;
    c->table = out;
    struct call_part *p = call_query(c, query, take_table);
    for (int i = 0; i < count; i++)
        call_param(p, params[i]);
    return c;
}

enum { PATIENCE_MS = 120000 };

static void give_params(const struct call *c, struct call_part *p)
{
    for (size_t i = 0; i < c->request.table.param_count; i++)
        call_param(p, c->request.table.params[i]);
}

void call_table_read(struct call *c)
{
    c->text = true;
    c->table = &c->reply.table;
    if (c->request.table.patient)
        call_be_patient(c, PATIENCE_MS);
    give_params(c, call_query(c, c->request.table.query, take_table));
}

void call_typed(struct call *c)
{
    bool keep = c->request.kind == REQ_TYPED_SAVE;
    c->text = true;
    c->table = &c->reply.table;
    struct call_part *p = call_query(c, keep ? "typed_save" : "typed", keep ? NULL : take_table);
    call_param(p, c->request.name);
    call_param_int(p, c->request.control.id);
    if (keep)
        call_param(p, c->request.control.text);
}

void call_table_act(struct call *c)
{
    if (c->request.table.patient)
        call_be_patient(c, PATIENCE_MS);
    struct call_part *p = call_query(c, c->request.table.query, call_take_results);
    call_param(p, c->request.key);
    give_params(c, p);
}

void call_complete_table_act(struct call *c)
{
    call_summary(c, c->request.table.done ? c->request.table.done : "done");
}

/* One row: did jsonb, again boolean. */
static void take_pass(struct call *c, const PGresult *r)
{
    struct pass_reply *p = &c->reply.pass;
    if (PQntuples(r) != 1 || PQnfields(r) != 2)
        return;
    p->again = PQgetvalue(r, 0, 1)[0] == 't';
    call_take_did(c, PQgetvalue(r, 0, 0));
}

void call_take_did(struct call *c, const char *json)
{
    struct pass_reply *p = &c->reply.pass;
    json_t *did = json_loads(json, 0, NULL), *n;
    const char *what;
    p->did = xcalloc(json_object_size(did), sizeof *p->did);
    json_object_foreach(did, what, n) {
        struct pass_did *d = &p->did[p->did_count++];
        snprintf(d->what, sizeof d->what, "%s", what);
        d->count = (int32_t)json_integer_value(n);
        p->count += d->count;
    }
    json_decref(did);
}

/* Asked by a worker, which is patient: a pass works in batches. */
void call_pass(struct call *c)
{
    c->text = true;
    call_be_patient(c, PATIENCE_MS);
    call_as_of(c, call_query(c, c->request.table.query, take_pass));
}

void call_as_of(const struct call *c, struct call_part *p)
{
    char at[40];
    if (c->request.as_of)
        when_format_utc(c->request.as_of, at, sizeof at);
    call_param(p, c->request.as_of ? at : NULL);
}
