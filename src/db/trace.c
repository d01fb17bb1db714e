/* A trace is one line of values (base/quote.h). Of REQ_HELLO, which the connection may answer by itself: H and what struct hello
 * holds. Else, of each result that is read: R, rows, columns, 1 where it is binary; each column's name and type; the cells row by
 * row: NULL as "-", whole numbers and instants as numbers, all else as text. */
#include "db/trace.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/utf8.h"
#include "db/decode.h"
#include "db/trace_in.h"

#define CELLS_MOST (1 << 22)   /* rows times columns */
#define COLUMNS_MOST 200
#define ROWS_MOST (1 << 20)

/* pg_type's numbers for the built-in types never change. A number travels as so many bytes. */
enum { OID_BOOL = 16, OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23, OID_INSTANT = 1184, OID_JSONB = 3802 };
static const struct { Oid oid; int bytes; } numbers[] = {
    { OID_BOOL, 1 }, { OID_INT8, 8 }, { OID_INT2, 2 }, { OID_INT4, 4 }, { OID_INSTANT, 8 },
};
/* What is a number, a time or a switch in text, too: nothing of it is a person's. */
static const Oid harmless[] = { OID_BOOL, OID_INT8, OID_INT2, OID_INT4, OID_INSTANT, 26, 700, 701, 1700, 1082, 1083, 1114, 1186, 1266, 2278, 2950 };

static int number_bytes(Oid type)
{
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (numbers[i].oid == type)
            return numbers[i].bytes;
    return 0;
}

static bool is_harmless(Oid type)
{
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
        if (harmless[i] == type)
            return true;
    return false;
}

/* --- writing ------------------------------------------------------------------- */

void trace_begin(const struct tracer *t, struct call *c)
{
    if (!t->tell || c->trace)
        return;
    c->trace = xcalloc(1, sizeof *c->trace);
    buf_init(c->trace, 0);
    c->scrub = t->scrub;
}

static void put_text(const struct call *c, const char *column, Oid type, const char *s, size_t n, bool binary)
{
    struct buf kept;
    buf_init(&kept, 0);
    if (is_harmless(type)) {
        buf_add(&kept, s, n);
    } else if (binary && type == OID_JSONB && n) {
        buf_putc(&kept, s[0]);     /* the version of its format */
        scrub_cell(c->scrub, &kept, column, s + 1, n - 1);
    } else {
        scrub_cell(c->scrub, &kept, column, s, n);
    }
    quote_put(c->trace, buf_str(&kept), kept.len);
    buf_finish(&kept);
}

/* Rows of our own making, views say, have names of ours. */
static bool is_ours(const PGresult *r, int row)
{
    int column = PQfnumber(r, "builtin");
    return column >= 0 && PQgetlength(r, row, column) == 1 && (PQgetvalue(r, row, column)[0] == 1 || PQgetvalue(r, row, column)[0] == 't');
}

static void put_cell(struct call *c, const PGresult *r, int row, int column)
{
    Oid type = PQftype(r, column);
    bool binary = PQfformat(r, column) == 1;
    int bytes = binary ? number_bytes(type) : 0;
    if (PQgetisnull(r, row, column))
        quote_put_word(c->trace, "-");
    else if (bytes && PQgetlength(r, row, column) == bytes)
        quote_put_int(c->trace, decode_int(r, row, column));
    else if (is_ours(r, row))
        quote_put(c->trace, PQgetvalue(r, row, column), (size_t)PQgetlength(r, row, column));
    else
        put_text(c, PQfname(r, column), type, PQgetvalue(r, row, column), (size_t)PQgetlength(r, row, column), binary);
}

void trace_result(struct call *c, const PGresult *r)
{
    if (!c->trace)
        return;
    int rows = PQntuples(r), columns = PQnfields(r);
    quote_put_word(c->trace, "R");
    quote_put_int(c->trace, rows);
    quote_put_int(c->trace, columns);
    quote_put_int(c->trace, columns ? PQfformat(r, 0) : 0);
    for (int i = 0; i < columns; i++) {
        quote_put(c->trace, PQfname(r, i), strlen(PQfname(r, i)));
        quote_put_int(c->trace, PQftype(r, i));
    }
    for (int row = 0; row < rows; row++)
        for (int i = 0; i < columns; i++)
            put_cell(c, r, row, i);
}

/* --- who I am ------------------------------------------------------------------ */

#define MEMBER(member, class) { offsetof(struct hello, member), sizeof((struct hello *)0)->member, class }
enum hello_class { HELLO_CODE, HELLO_NAME, HELLO_PLACE };
static const struct { size_t offset, size; enum hello_class class; } hello_texts[] = {
    MEMBER(role, HELLO_NAME), MEMBER(display_name, HELLO_NAME), MEMBER(database, HELLO_PLACE), MEMBER(server, HELLO_PLACE),
    MEMBER(brand, HELLO_CODE), MEMBER(changed_by, HELLO_NAME),
};
#define HELLO_TEXTS (sizeof hello_texts / sizeof hello_texts[0])

static void put_hello(struct buf *out, const struct scrub *s, const struct hello *h)
{
    const int64_t values[] = { h->level, h->worker, h->schema_version, h->timeline, s->off ? h->backend_pid : 0, h->now, h->read_only, h->standby };
    quote_put_word(out, "H");
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        quote_put_int(out, values[i]);
    for (size_t i = 0; i < HELLO_TEXTS; i++) {
        const char *text = (const char *)h + hello_texts[i].offset;
        struct buf kept;
        buf_init(&kept, 0);
        if (hello_texts[i].class == HELLO_CODE)
            buf_puts(&kept, text);
        else if (hello_texts[i].class == HELLO_NAME)
            scrub_name(s, &kept, text, strlen(text));
        else
            scrub_mask(s, &kept, text, strlen(text));
        quote_put(out, buf_str(&kept), kept.len);
        buf_finish(&kept);
    }
}

static bool take_hello(struct quote *q, struct hello *h)
{
    int64_t v[8];
    static const int64_t most[] = { ROLE_ADMIN, 1, INT32_MAX, INT32_MAX, INT32_MAX, INT64_MAX / 2, 1, 1 };
    struct buf text;
    buf_init(&text, 4096);
    bool fine = quote_take_word(q, "H");
    for (size_t i = 0; fine && i < sizeof v / sizeof v[0]; i++)
        fine = quote_take_int(q, 0, most[i], &v[i]);
    if (fine)
        *h = (struct hello){ .level = (enum role_level)v[0], .worker = v[1], .schema_version = (int)v[2], .timeline = (int32_t)v[3],
                             .backend_pid = (int32_t)v[4], .now = v[5], .read_only = v[6], .standby = v[7] };
    for (size_t i = 0; fine && i < HELLO_TEXTS; i++) {
        fine = quote_take(q, &text);
        utf8_clean(buf_str(&text), text.len, (char *)h + hello_texts[i].offset, hello_texts[i].size, UTF8_ONE_LINE);
    }
    buf_finish(&text);
    return fine;
}

void trace_tell(const struct tracer *t, const struct call *c)
{
    struct buf hello;
    if (!t->tell)
        return;
    buf_init(&hello, 0);
    if (c->request.kind == REQ_HELLO && !c->failed)
        put_hello(&hello, t->scrub, &c->reply.hello);
    t->tell(t->ctx, &c->reply, c->request.kind == REQ_HELLO ? buf_str(&hello) : c->trace ? buf_str(c->trace) : "");
    buf_finish(&hello);
}

/* --- reading ------------------------------------------------------------------- */

static bool damaged(struct err *e, const char *what)
{
    return err_set(e, ERR_INPUT, NULL, "the answer kept here has %s: the record is damaged, or of another version of this program", what);
}

struct result {                /* being put together */
    PGresult *r;
    int rows, columns;
    bool binary;
    Oid types[COLUMNS_MOST];
    struct buf text;
};

static bool take_columns(struct result *x, struct quote *q, int count)
{
    PGresAttDesc attributes[COLUMNS_MOST];
    char *names[COLUMNS_MOST];
    int known = 0;
    bool fine = true;
    for (; fine && known < count; known++) {
        int64_t type;
        fine = quote_take(q, &x->text) && quote_take_int(q, 0, UINT32_MAX, &type);
        names[known] = xstrdup(buf_str(&x->text));
        if (fine)
            x->types[known] = (Oid)type;
        attributes[known] = (PGresAttDesc){ .name = names[known], .format = x->binary, .typid = x->types[known], .typlen = -1, .atttypmod = -1 };
    }
    fine = fine && (count == 0 || PQsetResultAttrs(x->r, count, attributes));
    while (known > 0)
        free(names[--known]);
    x->columns = fine ? count : 0;
    return fine;
}

static bool set_number(struct result *x, int row, int column, int64_t v)
{
    char bytes[8];
    int n = number_bytes(x->types[column]);
    for (int i = 0; i < n; i++)
        bytes[i] = (char)((uint64_t)v >> 8 * (n - 1 - i));
    return n && x->binary && PQsetvalue(x->r, row, column, bytes, n);
}

static bool take_cell(struct result *x, struct quote *q, int row, int column)
{
    int64_t v;
    if (quote_take_word(q, "-"))
        return PQsetvalue(x->r, row, column, NULL, -1);
    if (quote_take_int(q, INT64_MIN, INT64_MAX, &v))
        return set_number(x, row, column, v);
    return quote_take(q, &x->text) && x->text.len <= INT32_MAX / 4 &&
           PQsetvalue(x->r, row, column, x->text.len ? x->text.data : (char[]){ "" }, (int)x->text.len);
}

/* NULL: there is none that is whole. */
static PGresult *take_result(struct quote *q)
{
    struct result x = { .r = NULL };
    int64_t rows, columns, binary;
    if (!quote_take_word(q, "R") || !quote_take_int(q, 0, ROWS_MOST, &rows) || !quote_take_int(q, 0, COLUMNS_MOST, &columns) ||
        !quote_take_int(q, 0, 1, &binary) || rows * columns > CELLS_MOST)
        return NULL;
    x.r = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    if (!x.r)
        die("out of memory");
    x.rows = (int)rows;
    x.binary = binary;
    buf_init(&x.text, 0);
    bool fine = take_columns(&x, q, (int)columns);
    for (int row = 0; fine && row < x.rows; row++)
        for (int i = 0; fine && i < x.columns; i++)
            fine = take_cell(&x, q, row, i);
    buf_finish(&x.text);
    if (fine)
        return x.r;
    PQclear(x.r);
    return NULL;
}

/* Whoever reads a result gets it as from the connection. */
static bool feed(struct call *c, struct quote *q, struct err *e)
{
    while (!quote_done(q)) {
        while (c->at < c->parts && !c->part[c->at].take)
            c->at++;
        PGresult *r = take_result(q);
        if (!r)
            return damaged(e, "a result that is not whole");
        bool fits = c->at < c->parts;
        if (fits)
            c->part[c->at++].take(c, r);
        PQclear(r);
        if (!fits)
            return damaged(e, "more results than were asked for");
    }
    return true;
}

bool trace_reply(struct request *r, int64_t now, const struct when_zone *zone, struct quote *trace, const struct err *failed, struct reply *out,
                 struct err *e)
{
    struct call *c = call_create(r, now, zone);
    bool odd = false, fine;
    decode_forgive(&odd);
    if (c->request.kind == REQ_HELLO)
        fine = quote_done(trace) || (take_hello(trace, &c->reply.hello) && quote_done(trace)) || damaged(e, "a hello that is not whole");
    else
        fine = feed(c, trace, e);
    if (failed) {
        c->failed = true;
        c->reply.error = *failed;
    }
    if (fine)
        call_complete(c);
    decode_forgive(NULL);
    if (fine && odd)
        fine = damaged(e, "other columns than are read");
    *out = c->reply;
    c->reply = (struct reply){ .kind = REQ_HELLO };
    call_destroy(c);
    if (!fine)
        reply_finish(out);
    return fine;
}
