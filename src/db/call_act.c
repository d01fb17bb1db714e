/* What people do: verbs, undo, saved views; and the sentence that says what became of it. */
#include "db/call.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/when.h"
#include "db/decode.h"
#include "db/query.h"

enum argument { ARG_END, ARG_TEXT, ARG_PERSON, ARG_CODE, ARG_UNTIL, ARG_NEXT_SCAN, ARG_TAKE_OVER };

/* Parameters of each verb's query behind the key and the ids. */
static const struct {
    const char *query;
    enum argument args[3];
} verbs[VERB_COUNT] = {
    [VERB_CLAIM] = { "act_claim", { ARG_TAKE_OVER } },
    [VERB_RELEASE] = { "act_release", { ARG_TEXT } },
    [VERB_ASSIGN] = { "act_assign", { ARG_PERSON } },
    [VERB_TAKE_NEXT] = { "act_take_next", { ARG_END } },
    [VERB_SNOOZE] = { "act_snooze", { ARG_UNTIL, ARG_NEXT_SCAN } },
    [VERB_WAIT] = { "act_wait", { ARG_UNTIL, ARG_TEXT } },
    [VERB_WORK] = { "act_work", { ARG_END } },
    [VERB_NOTE] = { "act_note", { ARG_TEXT } },
    [VERB_SEVERITY] = { "act_severity", { ARG_CODE } },
    [VERB_RESOLVE] = { "act_resolve", { ARG_CODE, ARG_TEXT } },
    [VERB_REOPEN] = { "act_reopen", { ARG_TEXT } },
    [VERB_TAG] = { "act_tag", { ARG_CODE } },
    [VERB_UNTAG] = { "act_untag", { ARG_CODE } },
    [VERB_CONTACT] = { "act_contact", { ARG_CODE } },
};

static void argument(struct call_part *p, enum argument arg, const struct act_args *act)
{
    char until[40];
    if (arg == ARG_UNTIL) {
        when_format_utc(act->until == WHEN_NONE ? 0 : act->until, until, sizeof until);
        call_param(p, act->until == WHEN_NONE ? NULL : until);
    } else if (arg == ARG_NEXT_SCAN || arg == ARG_TAKE_OVER) {
        call_param(p, (arg == ARG_NEXT_SCAN ? act->next_scan : act->take_over) ? "true" : "false");
    } else {
        call_param(p, arg == ARG_TEXT ? act->text : arg == ARG_PERSON ? act->person : act->code);
    }
}

#define RESULT(sql, type, member) COLUMN(sql, type, struct act_result, member)
static const struct column result_columns[] = {
    RESULT("id", INT, id), RESULT("ok", BOOL, ok), RESULT("code", TEXT, code), RESULT("message", TEXT, message), RESULT("rev", INT, rev),
};

void call_take_results(struct call *c, const PGresult *r)
{
    int n = PQntuples(r);
    c->reply.results = xcalloc((size_t)n, sizeof *c->reply.results);
    c->reply.result_count = (size_t)n;
    for (int i = 0; i < n; i++)
        decode_row(r, i, result_columns, sizeof result_columns / sizeof result_columns[0], &c->reply.results[i]);
}

/* Of a brief answer: a row with how many were done (in code), refused (in message) and so already (in rev), then the first that were refused and the first that were done. */
#define TEXT(x) #x
#define NUMBER(x) TEXT(x)
static const char brief_begin[] = "WITH a AS MATERIALIZED (\n";
static const char brief_end[] =
    ")\nSELECT id, ok, code, CASE WHEN id < 0 THEN 'this selection is no longer kept: choose again, nothing was done' ELSE message END AS message, rev\n"
    "  FROM (SELECT 0 AS part, 0::bigint AS id, true AS ok, (count(*) FILTER (WHERE ok))::text AS code, (count(*) FILTER (WHERE NOT ok))::text AS message,\n"
    "               (count(*) FILTER (WHERE ok AND code = 'same'))::int AS rev FROM a\n"
    "        UNION ALL (SELECT 1, id, ok, code, message, rev FROM a WHERE NOT ok ORDER BY id LIMIT " NUMBER(BRIEF_REFUSED) ")\n"
    "        UNION ALL (SELECT 2, id, ok, code, message, rev FROM a WHERE ok ORDER BY code = 'same', id LIMIT " NUMBER(BRIEF_DONE) ")) x ORDER BY part, id";

static void take_brief(struct call *c, const PGresult *r)
{
    struct reply *reply = &c->reply;
    call_take_results(c, r);
    if (!reply->result_count)
        return;
    reply->of_many.done = strtoull(reply->results[0].code, NULL, 10);
    reply->of_many.refused = strtoull(reply->results[0].message, NULL, 10);
    reply->of_many.same = (size_t)reply->results[0].rev;
    reply->of_many.done -= reply->of_many.same;
    reply->result_count--;
    memmove(reply->results, reply->results + 1, reply->result_count * sizeof *reply->results);
}

struct call_part *call_acting(struct call *c, const char *query)
{
    struct buf sql;
    if (!c->request.brief)
        return call_query(c, query, call_take_results);
    buf_init(&sql, 0);
    buf_puts(&sql, brief_begin);
    query_compose(&sql, query, NULL, 0);
    buf_puts(&sql, brief_end);
    return call_sql(c, buf_take(&sql), take_brief);
}

/* An action on many takes the server about 0.15 ms each: ACT_MAX of them are longer than a
 * page may take. */
enum { MANY = 1000, PATIENCE_MS = 90000 };

void call_act(struct call *c)
{
    const struct request *r = &c->request;
    if (r->id_count > MANY || r->brief)
        call_be_patient(c, PATIENCE_MS);
    struct call_part *p = call_acting(c, verbs[r->verb].query);
    call_param(p, r->key);
    /* without candidates the next one of the whole queue is taken */
    if (r->verb == VERB_TAKE_NEXT && r->id_count == 0)
        call_param(p, NULL);
    else
        call_param_ids(p, r->ids, r->id_count);
    for (int i = 0; i < 3 && verbs[r->verb].args[i] != ARG_END; i++)
        argument(p, verbs[r->verb].args[i], &r->act);
}

void call_undo(struct call *c)
{
    call_be_patient(c, PATIENCE_MS);        /* nobody knows of how many */
    call_param(call_acting(c, "undo"), c->request.key);
}

/* "claimed 3, 1 refused: maria claimed it 2 min ago" */
void call_summary(struct call *c, const char *done)
{
    struct reply *reply = &c->reply;
    const struct act_result *first_ok = NULL, *first_refused = NULL;
    size_t ok = 0, refused = 0, same = 0;
    for (size_t i = 0; i < reply->result_count; i++) {
        const struct act_result *r = &reply->results[i];
        const struct act_result **first = r->ok ? &first_ok : &first_refused;
        *first = *first ? *first : r;
        bool nothing = r->ok && strcmp(r->code, "same") == 0;
        ok += r->ok && !nothing;
        same += nothing;
        refused += !r->ok;
    }
    if (c->request.brief) {
        ok = reply->of_many.done;
        refused = reply->of_many.refused;
        same = reply->of_many.same;
    }
    char *out = reply->summary;
    size_t size = sizeof reply->summary;
    if (ok + same == 1 && refused == 0 && first_ok->message[0])
        snprintf(out, size, "%s", first_ok->message);   /* "it is yours already" */
    else if (same && ok == 0 && refused == 0)
        snprintf(out, size, "nothing changed: all %zu were so already", same);
    else if (same && refused == 0)
        snprintf(out, size, "%s %zu; %zu were so already", done, ok, same);
    else if (ok == 1 && refused == 0)
        snprintf(out, size, "%s #%" PRId64, done, first_ok->id);
    else if (ok > 0 && refused == 0)
        snprintf(out, size, "%s %zu", done, ok);
    else if (ok > 0)
        snprintf(out, size, "%s %zu, %zu refused: %.180s", done, ok, refused, first_refused->message);
    else if (refused > 1)
        snprintf(out, size, "all %zu refused: %s", refused, first_refused->message);
    else
        snprintf(out, size, "%s", refused ? first_refused->message : "nothing to do");
}

void call_complete_act(struct call *c)
{
    call_summary(c, c->request.kind == REQ_UNDO ? "taken back" : verb_past(c->request.verb));
}

static void take_peek(struct call *c, const PGresult *r)
{
    if (PQntuples(r) != 1)
        return;
    pg_clean(c->reply.summary, sizeof c->reply.summary, PQgetvalue(r, 0, 0), (size_t)PQgetlength(r, 0, 0));
    if (PQgetisnull(r, 0, 1))
        return;
    c->reply.results = xcalloc(1, sizeof *c->reply.results);
    c->reply.result_count = 1;
    pg_clean(c->reply.results->message, sizeof c->reply.results->message, PQgetvalue(r, 0, 1), (size_t)PQgetlength(r, 0, 1));
}

void call_undo_peek(struct call *c)
{
    call_query(c, "undo_peek", take_peek);
}

static void take_taken(struct call *c, const PGresult *r)
{
    if (PQntuples(r) == 1)
        pg_clean(c->reply.summary, sizeof c->reply.summary, PQgetvalue(r, 0, 0), (size_t)PQgetlength(r, 0, 0));
}

void call_taken(struct call *c)
{
    call_query(c, "taken_from_me", take_taken);
}

/* A view has one result, and a refusal is the reply's error. */
static void take_view(struct call *c, const PGresult *r)
{
    call_take_results(c, r);
    const struct act_result *first = c->reply.results;
    if (c->reply.result_count != 1 || first->ok)
        return;
    c->failed = true;
    err_set(&c->reply.error, strcmp(first->code, "invalid") == 0 ? ERR_INPUT : ERR_REFUSED, NULL, "%s", first->message);
}

void call_view_save(struct call *c)
{
    struct call_part *p = call_query(c, "view_save", take_view);
    call_param(p, c->request.key);
    call_param(p, c->request.name);
    call_param(p, c->request.filter ? c->request.filter : "");
    call_param_int(p, c->request.position);
    call_param(p, c->request.shared ? "true" : "false");
}

void call_view_delete(struct call *c)
{
    struct call_part *p = call_query(c, "view_delete", take_view);
    call_param(p, c->request.key);
    call_param(p, c->request.name);
}
