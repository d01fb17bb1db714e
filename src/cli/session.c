#include "cli/session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/vec.h"

bool session_read_only(void)
{
    const char *value = getenv("DOORSTEP_READ_ONLY");
    return value && *value && strcmp(value, "0") != 0;
}

const char *session_report_dsn(const struct cli *c)
{
    const char *replica = getenv("DOORSTEP_REPORT_DSN");
    return replica && *replica ? replica : c->dsn;
}

char *session_filter(const struct cli *c, int first, struct err *e)
{
    struct buf text;
    buf_init(&text, 0);
    for (int i = first; i < c->operand_count; i++)
        buf_printf(&text, "%s%s", i > first ? " " : "", c->operands[i]);
    struct filter f;
    if (!filter_parse(buf_str(&text), &f, NULL, e)) {
        buf_finish(&text);
        return NULL;
    }
    filter_finish(&f);
    return buf_take(&text);
}

#define TOO_MANY "reaches more than %d exceptions; narrow it down"

enum { ID_DIGITS = 19 };     /* of the largest 64-bit number */

struct targets {
    VEC(int64_t) ids;
};

bool session_id(const char *text, int64_t *out, struct err *e)
{
    const char *digits = text[0] == '#' ? text + 1 : text;
    char *end = NULL;
    errno = 0;
    long long n = strtoll(digits, &end, 10);
    *out = n;
    return (*digits >= '0' && *digits <= '9' && !*end && n > 0 && !errno && end - digits <= ID_DIGITS) ||
           err_set(e, ERR_USAGE, NULL, "\"%s\" is not an exception's number; `doorstep queue` lists them", text);
}

static bool add_id(struct targets *t, const char *text, struct err *e)
{
    int64_t n;
    if (!session_id(text, &n, e))
        return false;
    if (t->ids.len == ACT_MAX)
        return err_set(e, ERR_USAGE, NULL, "more than %d exceptions at once; narrow it down", ACT_MAX);
    *vec_push(&t->ids) = n;
    return true;
}

static bool ids_from_input(struct targets *t, struct err *e)
{
    char word[32];             /* a longer one comes in pieces, and its first is refused as too long */
    while (scanf("%31s", word) == 1)
        if (!add_id(t, word, e))
            return err_at(e, "standard input");
    return !ferror(stdin) || err_set(e, ERR_IO, "standard input", "%s; nothing was done", strerror(errno));
}

static bool ids_under_filter(struct db_sync *db, const char *filter, struct targets *t, struct err *e)
{
    struct request ask = {.kind = REQ_IDS, .filter = xstrdup(filter), .limit = ACT_MAX};
    struct reply answer;
    bool ok = db_sync_ask(db, &ask, &answer, e);
    if (ok && answer.ids_more)
        ok = err_set(e, ERR_USAGE, "--filter", TOO_MANY, ACT_MAX);
    for (size_t i = 0; ok && i < answer.id_count; i++)
        *vec_push(&t->ids) = answer.ids[i];
    reply_finish(&answer);
    return ok;
}

bool session_chosen(const struct cli *c, struct db_sync *db, struct chosen *out, struct err *e)
{
    const char *filter = cli_value(c, "filter", NULL);
    *out = (struct chosen){0};
    if (!filter || c->operand_count) {
        bool ok = session_targets(c, db, &out->ids, &out->count, e);
        out->size = out->count;
        return ok;
    }
    struct request ask = {.kind = REQ_SELECT, .filter = xstrdup(filter)};
    struct reply answer;
    bool ok = db_sync_ask(db, &ask, &answer, e);
    if (ok && answer.selection.more)
        ok = err_set(e, ERR_USAGE, "--filter", TOO_MANY, ACT_MAX);
    if (ok && answer.selection.count) {
        out->ids = xcalloc(1, sizeof *out->ids);
        out->ids[0] = -answer.selection.number;
        out->count = 1;
        out->size = (size_t)answer.selection.count;
    }
    out->brief = out->size > BRIEF_REFUSED;
    reply_finish(&answer);
    return ok;
}

bool session_targets(const struct cli *c, struct db_sync *db, int64_t **out, size_t *count, struct err *e)
{
    struct targets t = {0};
    const char *filter = cli_value(c, "filter", NULL);
    bool ok = true;
    if (filter && c->operand_count)
        ok = err_set(e, ERR_USAGE, NULL, "give numbers or --filter, not both");
    else if (!filter && !c->operand_count)
        ok = err_set(e, ERR_USAGE, NULL, "which exceptions? give their numbers, or --filter FILTER");
    else if (filter)
        ok = ids_under_filter(db, filter, &t, e);
    for (int i = 0; ok && i < c->operand_count; i++)
        ok = strcmp(c->operands[i], "-") == 0 ? ids_from_input(&t, e) : add_id(&t, c->operands[i], e);
    if (!ok) {
        vec_finish(&t.ids);
        return false;
    }
    *out = t.ids.at;
    *count = t.ids.len;
    return true;
}

static enum column_type column_type(char letter)
{
    switch (letter) {
    case 'n': return COLUMN_NUMBER;
    case 'b': return COLUMN_BOOL;
    case 'j': return COLUMN_JSON;
    case 'w': return COLUMN_WHEN;
    default: return COLUMN_TEXT;
    }
}

bool session_print(const struct table *t, enum format format, const int *widths, struct err *e)
{
    struct column *columns = xcalloc(t->columns, sizeof *columns);
    for (size_t i = 0; i < t->columns; i++)
        columns[i] = (struct column){t->names[i], column_type(t->types[i]), widths ? widths[i] : 1};
    struct printer *p = print_begin(stdout, format, columns, (int)t->columns);
    for (size_t r = 0; r < t->rows; r++)
        print_row(p, (const char *const *)t->cells + r * t->columns);
    bool ok = print_end(p, e);
    free(columns);
    return ok;
}

int session_list(struct cli *c, const char *query, const char *const *params, int count, const int *widths,
                 const char *when_empty)
{
    struct err e = {0};
    enum format format;
    if (!cli_format(c, &format, &e))
        return cli_fail(c, &e);
    struct db_sync *db = db_sync_open(c->dsn, &e);
    struct table t = {0};
    bool ok = db && db_sync_table(db, query, params, count, &t, &e);
    if (ok && t.rows == 0 && format == FORMAT_TABLE)
        cli_say("%s", when_empty);
    else if (ok)
        ok = session_print(&t, format, widths, &e);
    table_finish(&t);
    db_sync_close(db);
    return ok ? 0 : cli_fail(c, &e);
}
