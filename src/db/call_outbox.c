/* What a worker asks of the outbox. */
#include "db/call.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/when.h"
#include "db/decode.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* --- claiming ------------------------------------------------------------------ */

enum { ID, FENCE, TRIES, CHANNEL, EXCEPTION, LEASE, SINCE, TEXTS };

/* In the order of outbox_claim.sql, from TEXTS on. */
static const size_t texts[] = {
#define AT(member) offsetof(struct outbox_message, member)
    AT(to), AT(to_name), AT(from_name), AT(from_email), AT(reply_to), AT(list_unsubscribe), AT(brand), AT(language),
    AT(subject), AT(body), AT(html), AT(provider_template), AT(provider_vars), AT(message_id), AT(tracking_number), AT(order_number),
#undef AT
};

static void take_claimed(struct call *c, const PGresult *r)
{
    struct outbox_reply *out = &c->reply.outbox;
    int n = PQntuples(r);
    if (PQnfields(r) != TEXTS + (int)COUNT(texts))
        die("outbox_claim gives %d columns", PQnfields(r));
    out->messages = xcalloc((size_t)n, sizeof *out->messages);
    out->message_count = (size_t)n;
    for (int i = 0; i < n; i++) {
        struct outbox_message *m = &out->messages[i];
        m->id = decode_int(r, i, ID);
        m->fence = (int32_t)decode_int(r, i, FENCE);
        m->tries = (int32_t)decode_int(r, i, TRIES);
        m->exception_id = decode_int(r, i, EXCEPTION);
        m->lease_until = decode_instant(r, i, LEASE);
        m->since = decode_instant(r, i, SINCE);
        channel_parse(PQgetvalue(r, i, CHANNEL), (size_t)PQgetlength(r, i, CHANNEL), &m->channel);
        for (size_t t = 0; t < COUNT(texts); t++) {
            /* the text the agent saw, which is without what steers terminals and turns text; net looks at line breaks in headers */
            char *text = decode_lines(r, i, TEXTS + (int)t);
            memcpy((char *)m + texts[t], &text, sizeof text);
        }
    }
}

void call_outbox_claim(struct call *c)
{
    const struct outbox_request *o = &c->request.outbox;
    struct call_part *p = call_query(c, "outbox_claim", take_claimed);
    call_param(p, o->worker);
    call_param(p, channel_name(o->channel));
    call_param(p, o->provider);
    call_param(p, o->idempotent ? "true" : "false");
    call_param_int(p, o->limit);
    call_param_int(p, o->lease_s);
}

/* --- arrays of what happened ------------------------------------------------------- */

typedef void put_fn(struct buf *b, const struct call *c, const struct outbox_result *r);

static void put_int(struct buf *b, int64_t n)
{
    buf_printf(b, "%" PRId64, n);
}

static void put_text(struct buf *b, const char *s)
{
    buf_putc(b, '"');
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            buf_putc(b, '\\');
        buf_putc(b, *s);
    }
    buf_putc(b, '"');
}

/* An instant as a distance: it is the server's clock that decides. */
static void put_after(struct buf *b, const struct call *c, const struct outbox_result *r)
{
    int64_t ms = r->retry_at == WHEN_NONE ? 0 : r->retry_at - c->now;
    put_int(b, ms > 0 ? ms : 0);
}

#define PUT(name, how) \
    static void name(struct buf *b, const struct call *c, const struct outbox_result *r) { (void)c; how; }
PUT(put_id, put_int(b, r->id))
PUT(put_fence, put_int(b, r->fence))
PUT(put_outcome, buf_puts(b, outbox_outcome_name(r->outcome)))
PUT(put_bad, buf_putc(b, r->bad_address ? 't' : 'f'))
PUT(put_took, put_int(b, r->took_ms))
PUT(put_code, put_text(b, r->code))
PUT(put_provider_id, put_text(b, r->provider_id))
PUT(put_message, put_text(b, r->message))
#undef PUT

static void param_array(struct call *c, struct call_part *p, put_fn *put)
{
    const struct outbox_request *o = &c->request.outbox;
    struct buf b;
    buf_init(&b, 0);
    buf_putc(&b, '{');
    for (size_t i = 0; i < o->result_count; i++) {
        if (i)
            buf_putc(&b, ',');
        put(&b, c, &o->results[i]);
    }
    buf_putc(&b, '}');
    call_param(p, buf_str(&b));
    buf_finish(&b);
}

static void take_ids(struct call *c, const PGresult *r)
{
    struct outbox_reply *out = &c->reply.outbox;
    int n = PQntuples(r);
    out->ids = xcalloc((size_t)n, sizeof *out->ids);
    out->id_count = (size_t)n;
    for (int i = 0; i < n; i++)
        out->ids[i] = decode_int(r, i, 0);
}

void call_outbox_record(struct call *c)
{
    static put_fn *const arrays[] = {
        put_id, put_fence, put_outcome, put_bad, put_after, put_took, put_code, put_provider_id, put_message,
    };
    struct call_part *p = call_query(c, "outbox_record", take_ids);
    call_param(p, c->request.outbox.worker);
    for (size_t i = 0; i < COUNT(arrays); i++)
        param_array(c, p, arrays[i]);
}

void call_outbox_extend(struct call *c)
{
    struct call_part *p = call_query(c, "outbox_extend", take_ids);
    call_param(p, c->request.outbox.worker);
    param_array(c, p, put_id);
    param_array(c, p, put_fence);
    call_param_int(p, c->request.outbox.lease_s);
}

/* --- the rest ------------------------------------------------------------------------ */

static void take_count(struct call *c, const PGresult *r)
{
    if (PQntuples(r) == 1)
        c->reply.outbox.count = (int32_t)decode_int(r, 0, 0);
}

void call_outbox_disown(struct call *c)
{
    struct call_part *p = call_query(c, "outbox_disown", take_count);
    call_param(p, c->request.outbox.worker);
    param_array(c, p, put_id);
}

void call_outbox_work(struct call *c)
{
    enum request_kind kind = c->request.kind;
    struct call_part *p = call_query(c, kind == REQ_OUTBOX_REAP ? "outbox_reap" : kind == REQ_OUTBOX_SETTLE ? "outbox_settle" : "outbox_wake", take_count);
    if (kind == REQ_OUTBOX_WAKE)
        call_as_of(c, p);
}

static int64_t distance(const PGresult *r, int column)
{
    int64_t ms = decode_int(r, 0, column);
    return PQgetisnull(r, 0, column) ? OUTBOX_NOTHING : ms > 0 ? ms : 0;
}

static void take_next(struct call *c, const PGresult *r)
{
    struct outbox_reply *out = &c->reply.outbox;
    if (PQntuples(r) != 1)
        return;
    for (int i = 0; i < CHANNEL_COUNT; i++)
        out->due_ms[i] = distance(r, i);
    out->lease_ms = distance(r, CHANNEL_COUNT);
    out->wake_ms = distance(r, CHANNEL_COUNT + 1);
    out->untold = *PQgetvalue(r, 0, CHANNEL_COUNT + 2) != 0;
}

void call_outbox_next(struct call *c)
{
    call_query(c, "outbox_next", take_next);
}
