#include "db/query.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/die.h"
#include "base/embed.h"

extern const struct embed_file db_query_files[];

static const struct embed_file *find(const char *name)
{
    size_t n = strlen(name);
    for (const struct embed_file *f = db_query_files; f->name; f++)
        if (strncmp(f->name, name, n) == 0 && strcmp(f->name + n, ".sql") == 0)
            return f;
    die("query %s is not part of this program", name);
}

const char *query_text(const char *name)
{
    return find(name)->data;
}

/* From behind "PREPARE name (types) AS" to before the last semicolon. */
static void body(const struct embed_file *f, const char **from, const char **to)
{
    const char *prepare = strstr(f->data, "PREPARE ");
    const char *as = prepare ? strstr(prepare, " AS\n") : NULL;
    const char *end = strrchr(f->data, ';');
    if (!as || !end || end < as)
        die("query %s is not of the form PREPARE … AS\n…;", f->name);
    *from = as + 4;
    *to = end;
}

static const char *piece_sql(const char *name, size_t n, const struct query_piece *pieces, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(pieces[i].name) == n && strncmp(pieces[i].name, name, n) == 0)
            return pieces[i].sql;
    return NULL;
}

void query_compose(struct buf *out, const char *name, const struct query_piece *pieces, size_t count)
{
    const struct embed_file *f = find(name);
    const char *at, *to;
    body(f, &at, &to);
    for (;;) {
        const char *mark = memmem(at, (size_t)(to - at), "/*{", 3);
        if (!mark)
            break;
        const char *word = mark + 3;
        const char *open = strstr(word, "*/");
        const char *close = open ? strstr(open, "/*}*/") : NULL;
        if (!close || close > to)
            die("query %s: a mark is not closed", f->name);
        buf_add(out, at, (size_t)(mark - at));
        const char *sql = piece_sql(word, (size_t)(open - word), pieces, count);
        if (sql)
            buf_puts(out, sql);
        else
            buf_add(out, open + 2, (size_t)(close - open - 2));
        at = close + 5;
    }
    buf_add(out, at, (size_t)(to - at));
}

char *query_ids(const int64_t *ids, size_t count)
{
    struct buf b;
    buf_init(&b, 0);
    buf_putc(&b, '{');
    for (size_t i = 0; i < count; i++)
        buf_printf(&b, "%s%" PRId64, i ? "," : "", ids[i]);
    buf_putc(&b, '}');
    return buf_take(&b);
}
