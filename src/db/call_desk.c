/* What a worker asks about cases and their helpdesk. */
#include "db/call.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/when.h"
#include "db/decode.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* --- claiming and asking --------------------------------------------------------------- */

enum { ID, FENCE, TRIES, OP, CASE, TYPE, PRIORITY, STATE, LEASE, SINCE, DESK_AT, NOTE_ID, TEXTS };

/* In the order of desk_claim.sql and desk_poll.sql, from TEXTS on. */
static const size_t texts[] = {
#define AT(member) offsetof(struct desk_job, member)
    AT(external_id), AT(key), AT(desk_id), AT(desk_state), AT(subject), AT(context), AT(note), AT(note_by), AT(tags), AT(brand), AT(tracking_number), AT(order_number),
#undef AT
};

static enum desk_op op_of(const char *word)
{
    int op = 0;
    while (op < DESK_OP_COUNT && strcmp(desk_op_name((enum desk_op)op), word) != 0)
        op++;
    if (op == DESK_OP_COUNT)
        die("a change of a case called \"%s\"", word);
    return (enum desk_op)op;
}

static void take_job(const PGresult *r, int row, struct desk_job *j)
{
    j->id = decode_int(r, row, ID);
    j->fence = (int32_t)decode_int(r, row, FENCE);
    j->tries = (int32_t)decode_int(r, row, TRIES);
    j->op = op_of(PQgetvalue(r, row, OP));
    j->case_id = decode_int(r, row, CASE);
    case_type_parse(PQgetvalue(r, row, TYPE), (size_t)PQgetlength(r, row, TYPE), &j->type);
    case_priority_parse(PQgetvalue(r, row, PRIORITY), (size_t)PQgetlength(r, row, PRIORITY), &j->priority);
    case_state_parse(PQgetvalue(r, row, STATE), (size_t)PQgetlength(r, row, STATE), &j->state);
    j->lease_until = decode_instant(r, row, LEASE);
    j->since = decode_instant(r, row, SINCE);
    j->desk_at = decode_instant(r, row, DESK_AT);
    j->note_id = decode_int(r, row, NOTE_ID);
    for (size_t t = 0; t < COUNT(texts); t++) {
        char *text = decode_lines(r, row, TEXTS + (int)t);
        memcpy((char *)j + texts[t], &text, sizeof text);
    }
}

static void take_jobs(struct call *c, const PGresult *r)
{
    struct desk_reply *out = &c->reply.desk;
    int n = PQntuples(r);
    if (PQnfields(r) != TEXTS + (int)COUNT(texts))
        die("a helpdesk's claim gives %d columns", PQnfields(r));
    out->jobs = xcalloc((size_t)n, sizeof *out->jobs);
    out->job_count = (size_t)n;
    for (int i = 0; i < n; i++)
        take_job(r, i, &out->jobs[i]);
}

void call_desk_claim(struct call *c)
{
    const struct desk_request *d = &c->request.desk;
    bool poll = c->request.kind == REQ_DESK_POLL;
    struct call_part *p = call_query(c, poll ? "desk_poll" : "desk_claim", take_jobs);
    call_param(p, d->worker);
    call_param(p, d->provider);
    call_param_int(p, d->limit);
    if (!poll)
        call_param_int(p, d->lease_s);
}

/* --- what became of it ------------------------------------------------------------------- */

static void put_key(struct buf *b, const char *key)
{
    if (b->data[b->len - 1] != '{')
        buf_putc(b, ',');
    buf_printf(b, "\"%s\":", key);
}

static void put_text(struct buf *b, const char *key, const char *s)
{
    if (!s || !*s)
        return;
    put_key(b, key);
    buf_put_json(b, s, strlen(s));
}

static void put_int(struct buf *b, const char *key, int64_t n)
{
    put_key(b, key);
    buf_printf(b, "%" PRId64, n);
}

static void put_at(struct buf *b, const char *key, int64_t at)
{
    char text[40];
    if (at == WHEN_NONE)
        return;
    when_format_utc(at, text, sizeof text);
    put_text(b, key, text);
}

static void put_notes(struct buf *b, const struct desk_result *r)
{
    if (!r->note_count)
        return;
    put_key(b, "notes");
    buf_putc(b, '[');
    for (size_t i = 0; i < r->note_count; i++) {
        const struct desk_note *n = &r->notes[i];
        buf_puts(b, i ? ",{" : "{");
        put_text(b, "id", n->id);
        put_text(b, "by", n->by);
        put_at(b, "at", n->at);
        put_key(b, "public");
        buf_puts(b, n->is_public ? "true" : "false");
        put_text(b, "text", n->text);
        buf_putc(b, '}');
    }
    buf_putc(b, ']');
}

static void put_result(struct buf *b, const struct desk_result *r, int64_t now)
{
    buf_putc(b, '{');
    put_int(b, "id", r->id);
    put_int(b, "fence", r->fence);
    put_text(b, "outcome", r->outcome == OUTBOX_SENT ? "done" : outbox_outcome_name(r->outcome));
    if (r->retry_at != WHEN_NONE)      /* as a distance: it is the server's clock that decides */
        put_int(b, "after_ms", r->retry_at > now ? r->retry_at - now : 0);
    put_int(b, "took_ms", r->took_ms);
    put_text(b, "code", r->code);
    put_text(b, "message", r->message);
    put_text(b, "desk_id", r->desk_id);
    put_text(b, "desk_url", r->desk_url);
    put_text(b, "desk_state", r->desk_state);
    put_text(b, "state", r->state_known ? case_state_name(r->state) : "");
    put_at(b, "desk_at", r->desk_at);
    put_notes(b, r);
    buf_putc(b, '}');
}

static void take_ids(struct call *c, const PGresult *r)
{
    struct desk_reply *out = &c->reply.desk;
    int n = PQntuples(r);
    out->ids = xcalloc((size_t)n, sizeof *out->ids);
    out->id_count = (size_t)n;
    for (int i = 0; i < n; i++)
        out->ids[i] = decode_int(r, i, 0);
}

void call_desk_record(struct call *c)
{
    const struct desk_request *d = &c->request.desk;
    struct call_part *p = call_query(c, "desk_record", take_ids);
    struct buf b;
    buf_init(&b, 0);
    buf_putc(&b, '[');
    for (size_t i = 0; i < d->result_count; i++) {
        if (i)
            buf_putc(&b, ',');
        put_result(&b, &d->results[i], c->now);
    }
    buf_putc(&b, ']');
    call_param(p, d->worker);
    call_param(p, d->provider);
    call_param(p, buf_str(&b));
    buf_finish(&b);
}

static void param_numbers(struct call *c, struct call_part *p, bool fences)
{
    const struct desk_request *d = &c->request.desk;
    struct buf b;
    buf_init(&b, 0);
    buf_putc(&b, '{');
    for (size_t i = 0; i < d->result_count; i++)
        buf_printf(&b, "%s%" PRId64, i ? "," : "", fences ? (int64_t)d->results[i].fence : d->results[i].id);
    buf_putc(&b, '}');
    call_param(p, buf_str(&b));
    buf_finish(&b);
}

void call_desk_extend(struct call *c)
{
    struct call_part *p = call_query(c, "desk_extend", take_ids);
    call_param(p, c->request.desk.worker);
    param_numbers(c, p, false);
    param_numbers(c, p, true);
    call_param_int(p, c->request.desk.lease_s);
}

/* --- the rest ------------------------------------------------------------------------ */

static void take_count(struct call *c, const PGresult *r)
{
    if (PQntuples(r) == 1)
        c->reply.desk.count = (int32_t)decode_int(r, 0, 0);
}

void call_desk_disown(struct call *c)
{
    struct call_part *p = call_query(c, "desk_disown", take_count);
    call_param(p, c->request.desk.worker);
    param_numbers(c, p, false);
}

void call_control_due(struct call *c) { call_as_of(c, call_query(c, "control_due", take_count)); }

static int64_t distance(const PGresult *r, int column)
{
    int64_t ms = decode_int(r, 0, column);
    return PQgetisnull(r, 0, column) ? OUTBOX_NOTHING : ms > 0 ? ms : 0;
}

static void take_next(struct call *c, const PGresult *r)
{
    struct desk_reply *out = &c->reply.desk;
    if (PQntuples(r) != 1)
        return;
    out->due_ms = distance(r, 0);
    out->lease_ms = distance(r, 1);
    out->poll_ms = distance(r, 2);
}

void call_desk_next(struct call *c) { call_param(call_query(c, "desk_next", take_next), c->request.desk.provider); }
