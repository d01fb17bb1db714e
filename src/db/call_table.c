/* Queries of commands that list things: any columns, as text. */
#include "db/call.h"

#include "base/die.h"
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
