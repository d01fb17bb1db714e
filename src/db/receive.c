#include "db/receive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "db/pg.h"

struct receive {
    PGconn *conn;
    struct db_wait wait;
};

struct receive *receive_open(const char *dsn, const char *application, const struct db_wait *wait, struct err *e)
{
    int answer = wait && wait->answer_ms > 0 ? wait->answer_ms : DB_ANSWER_MS;
    PGconn *conn = pg_connect_by(dsn, application, answer < PG_CONNECT_MS ? answer : PG_CONNECT_MS, wait, e);
    if (!conn)
        return NULL;
    if (!pg_limit(conn, wait, e)) {
        PQfinish(conn);
        return NULL;
    }
    struct receive *out = xcalloc(1, sizeof *out);
    out->conn = conn;
    out->wait = wait ? *wait : (struct db_wait){0};
    return out;
}

void receive_close(struct receive *r)
{
    if (!r)
        return;
    PQfinish(r->conn);
    free(r);
}

/* Runs one statement that answers rows; sizes and formats are for parameters that are bytes. NULL: e is filled. */
static PGresult *run(struct receive *r, const char *sql, int count, const char *const *params, const int *sizes, const int *formats,
                     struct err *e)
{
    PGresult *res = pg_exec(r->conn, &(struct pg_statement){sql, count, params, sizes, formats}, &r->wait, e);
    if (!res || PQresultStatus(res) == PGRES_TUPLES_OK)
        return res;
    PQclear(res);
    err_set(e, ERR_BUG, NULL, "a function of the inbox did not answer; tell the makers");
    return NULL;
}

bool receive_add(struct receive *r, const char *source, const char *content_type, const char *body, size_t size, struct err *e)
{
    const char *params[] = {source, content_type, body};
    const int sizes[] = {0, 0, (int)size}, formats[] = {0, 0, 1};
    PGresult *res = run(r, "SELECT doorstep.inbox_add($1, $2, $3::bytea)", 3, params, sizes, formats, e);
    PQclear(res);
    return res != NULL;
}

/* The server writes bytea as \x and hexadecimal digits. */
static char *bytes_of(const char *text, size_t *size)
{
    unsigned char *raw = PQunescapeBytea((const unsigned char *)text, size);
    if (!raw)
        die("out of memory");
    char *out = xcalloc(1, *size + 1);
    memcpy(out, raw, *size);
    PQfreemem(raw);
    return out;
}

bool receive_take(struct receive *r, int most, struct receive_item **items, size_t *count, struct err *e)
{
    char limit[16];
    const char *params[] = {limit};
    snprintf(limit, sizeof limit, "%d", most);
    *items = NULL;
    *count = 0;
    PGresult *res = run(r, "SELECT id, doorstep.epoch_ms(at), source, body FROM doorstep.inbox_take($1)", 1, params, NULL, NULL, e);
    if (!res)
        return false;
    *count = (size_t)PQntuples(res);
    *items = xcalloc(*count, sizeof **items);
    for (size_t i = 0; i < *count; i++) {
        struct receive_item *to = &(*items)[i];
        to->id = strtoll(PQgetvalue(res, (int)i, 0), NULL, 10);
        to->at = strtoll(PQgetvalue(res, (int)i, 1), NULL, 10);
        to->source = xstrdup(PQgetvalue(res, (int)i, 2));
        to->body = bytes_of(PQgetvalue(res, (int)i, 3), &to->size);
    }
    PQclear(res);
    return true;
}

void receive_items_free(struct receive_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(items[i].source);
        free(items[i].body);
    }
    free(items);
}

bool receive_end(struct receive *r, int64_t id, enum receive_end end, const char *why, struct err *e)
{
    static const char *const ends[] = {[RECEIVE_DONE] = "done", [RECEIVE_FAILED] = "failed", [RECEIVE_LATER] = "later"};
    char number[24];
    const char *params[] = {number, ends[end], why};
    snprintf(number, sizeof number, "%lld", (long long)id);
    PGresult *res = run(r, "SELECT doorstep.inbox_end($1, $2, $3)", 3, params, NULL, NULL, e);
    PQclear(res);
    return res != NULL;
}

static enum receive_outcome outcome_of(const char *word)
{
    static const char *const words[] = {[RECEIVE_MERGED] = "merged", [RECEIVE_DUPLICATE] = "duplicate",
                                        [RECEIVE_UNMATCHED] = "unmatched", [RECEIVE_EARLY] = "early"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(words[i], word))
            return (enum receive_outcome)i;
    die("receipts_merge answered \"%s\"", word);
}

bool receive_merge(struct receive *r, const char *items, struct receive_result *results, size_t count, struct err *e)
{
    const char *params[] = {items};
    PGresult *res = run(r, "SELECT inbound, outcome, consents, why FROM doorstep.receipts_merge($1::jsonb) ORDER BY ord", 1, params, NULL, NULL, e);
    if (!res)
        return false;
    bool good = (size_t)PQntuples(res) == count;
    for (size_t i = 0; good && i < count; i++) {
        struct receive_result *to = &results[i];
        to->inbound = *PQgetvalue(res, (int)i, 0) == 't';
        to->outcome = outcome_of(PQgetvalue(res, (int)i, 1));
        to->consents = (int)strtol(PQgetvalue(res, (int)i, 2), NULL, 10);
        pg_clean(to->why, sizeof to->why, PQgetvalue(res, (int)i, 3), (size_t)PQgetlength(res, (int)i, 3));
    }
    PQclear(res);
    return good || err_set(e, ERR_BUG, NULL, "receipts_merge answered for another number of items; tell the makers");
}

bool receive_told(struct receive *r, const char *items, int *unknown, struct err *e)
{
    const char *params[] = {items};
    PGresult *res = run(r, "SELECT case_id IS NULL FROM doorstep.desk_told($1::jsonb)", 1, params, NULL, NULL, e);
    *unknown = 0;
    for (int i = 0; res && i < PQntuples(res); i++)
        *unknown += *PQgetvalue(res, i, 0) == 't';
    PQclear(res);
    return res != NULL;
}

bool receive_form(struct receive *r, const char *token, const char *action, const char *fields, char code[8], char **facts, struct err *e)
{
    const char *params[] = {token, action, fields};
    PGresult *res = run(r, "SELECT code, answer FROM doorstep.form_add($1, $2, $3::jsonb)", 3, params, NULL, NULL, e);
    *facts = NULL;
    if (!res)
        return false;
    bool one = PQntuples(res) == 1;
    if (one) {
        snprintf(code, 8, "%s", PQgetvalue(res, 0, 0));
        *facts = PQgetisnull(res, 0, 1) ? NULL : xstrdup(PQgetvalue(res, 0, 1));
    }
    PQclear(res);
    return one || err_set(e, ERR_BUG, NULL, "form_add did not answer; tell the makers");
}

bool receive_form_merge(struct receive *r, const struct receive_item *item, char *why, size_t size, struct err *e)
{
    char at[24];
    const char *params[] = {item->body, at};
    snprintf(at, sizeof at, "%lld", (long long)item->at);
    PGresult *res = run(r, "SELECT coalesce(why, '') FROM doorstep.form_merge($1::jsonb, to_timestamp($2::bigint / 1000.0))", 2, params, NULL, NULL, e);
    if (!res)
        return false;
    *why = '\0';
    if (PQntuples(res) == 1)
        pg_clean(why, size, PQgetvalue(res, 0, 0), (size_t)PQgetlength(res, 0, 0));
    PQclear(res);
    return true;
}
