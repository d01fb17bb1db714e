#include "cli/change.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/vec.h"
#include "cli/print.h"
#include "cli/session.h"
#include "core/request.h"
#include "db/query.h"
#include "run/random.h"

enum { PARAMS_MAX = 16 };
enum answer_column { ANSWER_ID, ANSWER_OK, ANSWER_CODE, ANSWER_MESSAGE, ANSWER_REV, ANSWER_COLUMNS };

static const char *answer(const struct table *t, size_t row, enum answer_column column)
{
    const char *cell = t->cells[row * t->columns + (size_t)column];
    return cell ? cell : "";
}

/* An empty sentence is none. */
static void drop_empty(struct table *t)
{
    for (size_t i = 0; i < t->rows; i++) {
        char **cell = &t->cells[i * t->columns + ANSWER_MESSAGE];
        if (*cell && !**cell) {
            free(*cell);
            *cell = NULL;
        }
    }
}

static bool is_ok(const struct table *t, size_t row)
{
    return answer(t, row, ANSWER_OK)[0] == 't';
}

static bool ask(struct db_sync *db, const char *query, const char *ids, const char *const *params, int count, struct table *t, struct err *e)
{
    char key[KEY_TEXT];
    const char *all[PARAMS_MAX];
    int n = 0;
    if (count + 2 > PARAMS_MAX)
        die("%s has more than %d parameters", query, PARAMS_MAX);
    random_key(key);
    all[n++] = key;
    if (ids)
        all[n++] = ids;
    for (int i = 0; i < count; i++)
        all[n++] = params[i];
    if (!db_sync_change(db, query, all, n, t, e))
        return false;
    if (t->columns != ANSWER_COLUMNS)
        die("%s answers %zu columns where %d are read", query, t->columns, ANSWER_COLUMNS);
    drop_empty(t);
    return true;
}

static bool refused(const struct table *t, struct err *e)
{
    const char *code = answer(t, 0, ANSWER_CODE);
    return err_set(e, strcmp(code, "invalid") == 0 ? ERR_INPUT : ERR_REFUSED, NULL, "%s", answer(t, 0, ANSWER_MESSAGE));
}

int change_one(struct cli *c, struct db_sync *db, const char *query, const char *const *params, int count, const char *done)
{
    struct err e = {0};
    struct table t = {0};
    struct db_sync *own = db ? NULL : db_sync_open(c->dsn, &e);
    bool ok = (db || own) && ask(db ? db : own, query, NULL, params, count, &t, &e);
    if (ok && t.rows && !is_ok(&t, 0))
        ok = refused(&t, &e);
    else if (ok)
        cli_say("%s", t.rows && *answer(&t, 0, ANSWER_MESSAGE) ? answer(&t, 0, ANSWER_MESSAGE) : done);
    table_finish(&t);
    db_sync_close(own);
    return ok ? 0 : cli_fail(c, &e);
}

/* "cancelled 3, 1 refused: …" */
static void say_summary(const struct table *t, const char *done)
{
    size_t ok = 0, first = 0;
    for (size_t i = 0; i < t->rows; i++) {
        ok += is_ok(t, i);
        if (!is_ok(t, i) && is_ok(t, first))
            first = i;
    }
    size_t bad = t->rows - ok;
    const char *why = t->rows ? answer(t, first, ANSWER_MESSAGE) : "";
    if (t->rows == 0)
        cli_say("nothing to do");
    else if (bad == 0 && ok == 1 && *why)
        cli_say("%s", why);
    else if (bad == 0)
        cli_say("%s %zu", done, ok);
    else if (ok)
        cli_say("%s %zu, %zu refused: %s", done, ok, bad, why);
    else if (bad > 1)
        cli_say("all %zu refused: %s", bad, why);
    else
        cli_say("%s", why);
}

static int status_of(const struct table *t)
{
    size_t bad = 0, denied = 0;
    for (size_t i = 0; i < t->rows; i++) {
        bad += !is_ok(t, i);
        denied += strcmp(answer(t, i, ANSWER_CODE), "denied") == 0;
    }
    return !bad ? 0 : err_exit_status(denied == t->rows ? ERR_REFUSED : ERR_PARTIAL);
}

int change_many(struct cli *c, struct db_sync *db, const char *query, const int64_t *ids, size_t id_count,
                const char *const *params, int count, const char *done)
{
    static const int widths[ANSWER_COLUMNS] = {2, 3, 5, 7, 0};
    struct err e = {0};
    struct table t = {0};
    enum format format;
    if (!cli_format(c, &format, &e))
        return cli_fail(c, &e);
    char *array = query_ids(ids, id_count);
    struct db_sync *own = db ? NULL : db_sync_open(c->dsn, &e);
    bool ok = (db || own) && ask(db ? db : own, query, array, params, count, &t, &e) && session_print(&t, format, widths, &e);
    int status = ok ? status_of(&t) : 0;
    if (ok)
        say_summary(&t, done);
    table_finish(&t);
    db_sync_close(own);
    free(array);
    return ok ? status : cli_fail(c, &e);
}

struct numbers {
    VEC(int64_t) v;
};

static bool add(struct numbers *n, const char *text, const char *what, const char *list, struct err *e)
{
    struct err ignored;
    int64_t id;
    if ((text[0] == 'C' || text[0] == 'c') && strcmp(what, "case") == 0)
        text++;                /* as people write it */
    if (!session_id(text, &id, &ignored))
        return err_set(e, ERR_USAGE, NULL, "\"%.60s\" is not a %s's number; `doorstep %s` lists them", text, what, list);
    if (n->v.len == ACT_MAX)
        return err_set(e, ERR_USAGE, NULL, "more than %d at once", ACT_MAX);
    *vec_push(&n->v) = id;
    return true;
}

static bool add_input(struct numbers *n, const char *what, const char *list, struct err *e)
{
    char word[32];             /* a longer one comes in pieces, and its first is refused as too long */
    while (scanf("%31s", word) == 1)
        if (!add(n, word, what, list, e))
            return err_at(e, "standard input");
    return !ferror(stdin) || err_set(e, ERR_IO, "standard input", "%s; nothing was done", strerror(errno));
}

bool change_numbers(const struct cli *c, int first, const char *what, const char *list, int64_t **ids, size_t *count, struct err *e)
{
    struct numbers n = {0};
    bool ok = c->operand_count > first || err_set(e, ERR_USAGE, NULL, "which %s? give its number; `doorstep %s` lists them", what, list);
    for (int i = first; ok && i < c->operand_count; i++)
        ok = strcmp(c->operands[i], "-") == 0 ? add_input(&n, what, list, e) : add(&n, c->operands[i], what, list, e);
    if (!ok) {
        vec_finish(&n.v);
        return false;
    }
    *ids = n.v.at;
    *count = n.v.len;
    return true;
}

static void put_key(struct buf *object, const char *key)
{
    buf_printf(object, "%s\"%s\":", object->data[object->len - 1] == '{' ? "" : ",", key);
}

void change_text(struct buf *object, const char *key, const char *text)
{
    if (!text)
        return;
    put_key(object, key);
    buf_put_json(object, text, strlen(text));
}

void change_raw(struct buf *object, const char *key, const char *json)
{
    if (!json)
        return;
    put_key(object, key);
    buf_puts(object, json);
}
