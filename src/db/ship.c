#include "db/ship.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/template_json.h"
#include "db/pg.h"

extern const struct embed_file db_message_files[];

bool ship_json(const struct embed_file *files, struct buf *out, struct err *e)
{
    buf_putc(out, '[');
    for (const struct embed_file *f = files; f->name; f++) {
        struct template_file t;
        if (!template_read(f->name, f->data, f->size, &t, e))
            return false;
        buf_puts(out, f == files ? "" : ",");
        template_json(&t, out);
        template_file_finish(&t);
    }
    buf_putc(out, ']');
    return true;
}

/* FNV-1a over names and texts: whether they are the ones shipped last, not a proof of anything. */
static uint64_t add_to_mark(uint64_t mark, const char *s, size_t n)
{
    for (size_t i = 0; i <= n; i++)    /* the NUL too: it stands between two texts */
        mark = (mark ^ (unsigned char)s[i]) * UINT64_C(1099511628211);
    return mark;
}

static void mark_of(const struct embed_file *files, char *out, size_t size)
{
    uint64_t mark = UINT64_C(14695981039346656037);
    size_t count = 0;
    for (const struct embed_file *f = files; f->name; f++, count++)
        mark = add_to_mark(add_to_mark(mark, f->name, strlen(f->name)), f->data, f->size);
    snprintf(out, size, "%zu-%016" PRIx64, count, mark);
}

/* Also when they cannot be asked for: shipping again says what is wrong. */
static bool is_shipped(PGconn *c, const char *mark)
{
    PGresult *r = pg_run(c, "SELECT FROM doorstep.template_shipping WHERE mark = $1", 1, &mark, NULL);
    bool found = r && PQntuples(r) == 1;
    PQclear(r);
    return found;
}

static bool run(PGconn *c, const char *sql, int count, const char *const *params, struct err *e)
{
    PGresult *r = pg_run(c, sql, count, params, e);
    PQclear(r);
    return r != NULL;
}

bool ship_files(PGconn *c, const struct embed_file *files, struct err *e)
{
    char mark[48];
    struct buf json;
    mark_of(files, mark, sizeof mark);
    if (!run(c, "SET ROLE doorstep_owner", 0, NULL, e))
        return false;
    bool ok = is_shipped(c, mark);
    if (!ok) {
        buf_init(&json, 0);
        ok = ship_json(files, &json, e) &&
             run(c, "SELECT doorstep.template_ship($1::jsonb, $2)", 2, (const char *const[]){ buf_str(&json), mark }, e);
        buf_finish(&json);
    }
    return run(c, "RESET ROLE", 0, NULL, ok ? e : NULL) && ok;
}

bool ship_messages(PGconn *c, struct err *e)
{
    return ship_files(c, db_message_files, e);
}
