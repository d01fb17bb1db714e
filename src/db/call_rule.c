/* Rules: what a worker does of one, from what it takes to what is kept; and what one would have done. */
#include "db/call.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "core/rule.h"
#include "db/decode.h"
#include "db/filter_sql.h"
#include "db/query.h"
#include "loop/fault.h"

enum { TAKEN_MOST = 200, LEASE_S = 60, PATIENCE_MS = 45000, DAYS_MOST = 365, SAMPLES = 10 };

static const char *const nothing = "{}";

/* The condition of a rule's filter; false: the sentence that says what is wrong with it. */
static bool condition(const struct call *c, const char *text, bool service, bool any_state, int first, struct filter_sql *q, struct err *e)
{
    struct filter f;
    struct filter_sql_options o = {.first = first, .now = c->now, .zone = &c->zone, .service = service, .any_state = any_state};
    if (!filter_parse(text, &f, NULL, e))
        return false;
    bool ok = rule_filter_check(text, &f, NULL, e);
    if (ok)
        filter_sql_make(&f, &o, q);
    filter_finish(&f);
    return ok;
}

static struct call_part *add_condition(struct call *c, const char *query, const struct filter_sql *q, call_take_fn *take)
{
    struct buf sql;
    buf_init(&sql, 0);
    const struct query_piece piece = {"where", buf_str(&q->where)};
    query_compose(&sql, query, &piece, 1);
    return call_sql(c, buf_take(&sql), take);
}

/* --- a worker's --------------------------------------------------------------- */

static void add_done(struct call *c, const char *moved)
{
    struct call_part *p = call_query(c, "rule_done", NULL);
    call_param(p, c->request.key);
    call_param_int(p, c->request.rule.id);
    call_param(p, moved);
}

static void take_fired(struct call *c, const PGresult *r)
{
    FAULT(RULES_FIRED);
    if (PQntuples(r) != 1)
        return;
    call_take_did(c, PQgetvalue(r, 0, 0));
    add_done(c, PQgetvalue(r, 0, 1));
}

static void add_fire(struct call *c)
{
    const struct rule_request *w = &c->request.rule;
    call_be_patient(c, PATIENCE_MS);
    struct call_part *p = call_query(c, "rule_fire", take_fired);
    call_param_int(p, w->id);
    call_param_int(p, w->version);
    call_param(p, w->asked);
    call_param(p, w->events);
    call_param(p, w->ids);
    call_param(p, w->revs);
    call_param_rendered(p, c->reply.messages, c->reply.message_count);
}

static void take_rendered(struct call *c, const PGresult *r)
{
    FAULT(RULES_RENDERED);
    call_take_messages(c, r);
    if (!c->failed)
        add_fire(c);
}

static void take_match(struct call *c, const PGresult *r)
{
    FAULT(RULES_MATCHED);
    struct rule_request *w = &c->request.rule;
    if (PQntuples(r) != 1)
        return;
    w->ids = decode_text(r, 0, 0);
    w->revs = decode_text(r, 0, 1);
    if (!w->sends || strcmp(w->ids, nothing) == 0) {
        add_fire(c);
        return;
    }
    struct call_part *p = call_query(c, "rule_render", take_rendered);
    call_param_int(p, w->id);
    call_param(p, w->ids);
}

/* A text that is no filter was saved by other hands: the rule says so, and is off. */
static void trip(struct call *c, const struct err *why)
{
    char text[400];
    struct call_part *p = call_query(c, "rule_trip", NULL);
    snprintf(text, sizeof text, "its filter cannot be read, %.60s: %.250s", why->where, why->text);
    call_param_int(p, c->request.rule.id);
    call_param_int(p, c->request.rule.version);
    call_param(p, text);
    add_done(c, nothing);
}

enum claim_column { CLAIM_RULE, CLAIM_VERSION, CLAIM_FILTER, CLAIM_RESOLVED, CLAIM_SENDS, CLAIM_IDS, CLAIM_EVENTS };

static bool is_true(const PGresult *r, enum claim_column column) { return PQgetvalue(r, 0, (int)column)[0] == 1; }

static void take_claim(struct call *c, const PGresult *r)
{
    struct rule_request *w = &c->request.rule;
    struct filter_sql q;
    struct err e = {0};
    c->reply.pass.again = PQntuples(r) > 0;
    if (PQntuples(r) == 0)
        return;
    FAULT(RULES_CLAIMED);
    w->id = (int32_t)decode_int(r, 0, CLAIM_RULE);
    w->version = (int32_t)decode_int(r, 0, CLAIM_VERSION);
    w->sends = is_true(r, CLAIM_SENDS);
    w->asked = decode_text(r, 0, CLAIM_IDS);
    w->events = decode_text(r, 0, CLAIM_EVENTS);
    c->request.filter = decode_text(r, 0, CLAIM_FILTER);
    if (strcmp(w->asked, nothing) == 0) {
        add_done(c, nothing);
    } else if (!condition(c, c->request.filter, true, is_true(r, CLAIM_RESOLVED), 2, &q, &e)) {
        trip(c, &e);
    } else {
        struct call_part *p = add_condition(c, "rule_match", &q, take_match);
        call_param(p, w->asked);
        for (int i = 0; i < q.count; i++)
            call_param(p, q.params[i]);
        filter_sql_finish(&q);
    }
}

/* One rule, with what it was given: whatever dies on the way, the next asks again and finds what was done. */
void call_rules(struct call *c)
{
    struct call_part *p = call_query(c, "rule_claim", take_claim);
    call_param(p, c->request.key);
    call_param_int(p, TAKEN_MOST);
    call_param_int(p, LEASE_S);
}

/* --- what one would have done ---------------------------------------------------- */

static void tally(json_t *counts, const char *what)
{
    json_object_set_new(counts, what, json_integer(json_integer_value(json_object_get(counts, what)) + 1));
}

enum test_column { TEST_ID, TEST_KIND, TEST_CARRIER, TEST_OPEN };

static void put_cell(struct table *t, const char *name, char type, char *cell)
{
    t->names = xrealloc(t->names, (t->columns + 1) * sizeof *t->names);
    t->types = xrealloc(t->types, t->columns + 1);
    t->cells = xrealloc(t->cells, (t->columns + 1) * sizeof *t->cells);
    t->names[t->columns] = xstrdup(name);
    t->types[t->columns] = type;
    t->cells[t->columns++] = cell;
    t->rows = 1;
}

static void put_number(struct table *t, const char *name, int64_t n)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, n);
    put_cell(t, name, 'n', xstrdup(text));
}

/* The same counts, the largest first. Takes them over. */
static json_t *most_first(json_t *counts)
{
    json_t *sorted = json_object(), *n;
    const char *key;
    while (json_object_size(counts)) {
        const char *most = NULL;
        json_int_t best = -1;
        json_object_foreach(counts, key, n)
            if (json_integer_value(n) > best) {
                most = key;
                best = json_integer_value(n);
            }
        json_object_set_new(sorted, most, json_integer(best));
        json_object_del(counts, most);
    }
    json_decref(counts);
    return sorted;
}

/* Takes the document over. */
static void put_json(struct table *t, const char *name, json_t *j)
{
    char *text = json_dumps(j, JSON_COMPACT);
    put_cell(t, name, 'j', xstrdup(text));
    free(text);
    json_decref(j);
}

/* The messages are asked for of those still open, the latest first: what is over gets none. */
static void ask_guardrails(struct call *c, const PGresult *r)
{
    int n = PQntuples(r);
    c->request.ids = xcalloc(PREVIEW_MAX, sizeof *c->request.ids);
    for (int i = 0; i < n && c->request.id_count < PREVIEW_MAX; i++)
        if (PQgetvalue(r, i, TEST_OPEN)[0] == 1)
            c->request.ids[c->request.id_count++] = decode_int(r, i, TEST_ID);
    if (c->request.outreach.name && c->request.id_count)
        call_preview(c);
}

static void take_test(struct call *c, const PGresult *r)
{
    struct table *t = &c->reply.table;
    json_t *kinds = json_object(), *carriers = json_object(), *samples = json_array();
    int64_t open = 0;
    for (int i = 0; i < PQntuples(r); i++) {
        char *kind = decode_text(r, i, TEST_KIND), *carrier = decode_text(r, i, TEST_CARRIER);
        tally(kinds, kind);
        tally(carriers, carrier);
        free(kind);
        free(carrier);
        open += PQgetvalue(r, i, TEST_OPEN)[0] == 1;
        if (i < SAMPLES)
            json_array_append_new(samples, json_integer(decode_int(r, i, TEST_ID)));
    }
    put_number(t, "days", c->request.rule.days);
    put_number(t, "fired", PQntuples(r));
    put_number(t, "open", open);
    put_json(t, "by_kind", most_first(kinds));
    put_json(t, "by_carrier", most_first(carriers));
    put_json(t, "samples", samples);
    ask_guardrails(c, r);
}

void call_rule_test(struct call *c)
{
    struct filter_sql q;
    struct rule_request *w = &c->request.rule;
    w->days = w->days < 1 ? 7 : w->days > DAYS_MOST ? DAYS_MOST : w->days;
    if (!condition(c, c->request.filter ? c->request.filter : "", false, true, 3, &q, &c->reply.error)) {
        c->failed = true;
        return;
    }
    call_be_patient(c, PATIENCE_MS);
    struct call_part *p = add_condition(c, "rule_test", &q, take_test);
    call_param(p, w->events);
    call_param_int(p, w->days);
    for (int i = 0; i < q.count; i++)
        call_param(p, q.params[i]);
    filter_sql_finish(&q);
}

struct verdicts { int64_t blocked, deferred; json_t *by; };

/* Nobody passes a rule's warnings: a warning is in its way as a block is. */
static void judge(const struct message *m, struct verdicts *v)
{
    const struct verdict *worst = NULL;
    for (size_t i = 0; i < m->verdict_count; i++)
        if (!worst || m->verdicts[i].effect == VERDICT_BLOCK || (worst->effect == VERDICT_DEFER && m->verdicts[i].effect != VERDICT_DEFER))
            worst = &m->verdicts[i];
    if (!worst)
        return;
    if (worst->effect == VERDICT_DEFER) {
        v->deferred++;
        return;
    }
    v->blocked++;
    tally(v->by, guardrail_name(worst->guardrail));
}

/* "would have fired for 212 exceptions in the last 7 days; of the 180 still open 14 blocked by guardrails, 3 later" */
static char *in_words(const struct call *c, const struct verdicts *v, int64_t looked)
{
    const struct table *t = &c->reply.table;
    struct buf b;
    buf_init(&b, 0);
    buf_printf(&b, "would have fired for %s exceptions in the last %d days, by what they are now", t->cells[1], c->request.rule.days);
    if (c->request.outreach.name && looked)
        buf_printf(&b, "; of the %s%" PRId64 " still open %" PRId64 " would be blocked by guardrails, %" PRId64 " sent later",
                   looked == PREVIEW_MAX ? "latest " : "", looked, v->blocked, v->deferred);
    else if (c->request.outreach.name)
        buf_puts(&b, "; none is still open, so guardrails were not asked");
    return buf_take(&b);
}

void call_complete_rule_test(struct call *c)
{
    struct table *t = &c->reply.table;
    struct verdicts v = {.by = json_object()};
    for (size_t i = 0; i < c->reply.message_count; i++)
        judge(&c->reply.messages[i], &v);
    int64_t looked = (int64_t)c->reply.message_count;
    char *words = in_words(c, &v, looked);
    put_number(t, "looked_at", looked);
    put_number(t, "blocked", v.blocked);
    put_number(t, "deferred", v.deferred);
    put_json(t, "blocked_by", most_first(v.by));
    put_cell(t, "says", 't', words);
}
