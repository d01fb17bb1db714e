/* webhook+https for cases: a helpdesk of one's own. Documented here.
 *
 * POST, Content-Type: application/json; charset=utf-8
 *     Idempotency-Key: the change's, the same at every try
 *     Doorstep-Signature: t=UNIX SECONDS,v1=HEX     as of net/webhook.c, when secret= is given
 *
 *     {"id": the key, "op": "create" | "comment" | "status", "case": 12, "external_id": "doorstep-12-9f3c1a2b",
 *      "ticket": what was answered as id to "create",
 *      "type": "customer" | "carrier_trace" | "claim" | "internal", "priority": "low" | "normal" | "high" | "urgent",
 *      "state": "open" | "pending" | "solved" | "closed", "known_state": the state last heard from there,
 *      "subject": …, "context": …, "tags": […],             of "create"
 *      "note": …, "note_id": 34, "note_by": …,              of "comment"
 *      "internal": true,                                    always: nothing of it is for the customer
 *      "brand": …, "tracking_number": …, "order_number": …, "sent_at": "2026-11-22T03:00:00Z"}
 *
 * Answers: 2xx, with {"id": …, "url": "https://…", "state": …} if it likes; 409 was there already, or for "status" with a
 * "state" that is another: a conflict, which a person settles; 410 the ticket is gone; 408, 425, 429, 5xx, no answer: asked
 * again, with Retry-After obeyed; 401, 403, 404, 405 and redirects: set up wrongly, everything waits; other 4xx: refused for good.
 * What happens there later it tells by `doorstep webhook`, path /case/doorstep (run/inbox_case.c). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "desk_in.h"

static const struct desk_word words[] = {
    {"open", CASE_STATE_OPEN}, {"pending", CASE_STATE_PENDING}, {"solved", CASE_STATE_SOLVED}, {"closed", CASE_STATE_CLOSED}, {NULL, CASE_STATE_OPEN},
};
static const char *const states[CASE_STATE_COUNT] = {
    [CASE_STATE_OPEN] = "open", [CASE_STATE_PENDING] = "pending", [CASE_STATE_SOLVED] = "solved", [CASE_STATE_CLOSED] = "closed",
};

static bool check(struct channel_url *c, struct err *e)
{
    return c->host || c->base || err_set(e, ERR_CONFIG, NULL, "no host: webhook+https://host/path?secret=…");
}

static void put_create(struct buf *b, const struct desk_try *t)
{
    json_text(b, "subject", t->j->subject);
    json_text(b, "context", t->j->context);
    desk_put_tags(b, t, NULL);
}

static void put_note(struct buf *b, const struct desk_try *t)
{
    json_text(b, "note", t->j->note);
    json_int(b, "note_id", t->j->note_id);
    json_text(b, "note_by", t->j->note_by);
}

static bool write_it(struct post *q, const struct desk_try *t, struct err *e)
{
    const struct desk_job *j = t->j;
    struct buf *b = &q->body;
    char at[40];
    (void)e;
    when_format_utc(q->wall / WHEN_SECOND * WHEN_SECOND, at, sizeof at);
    webhook_address(q, t->c);
    q->harmless = true;
    json_open(b, NULL, '{');
    json_text(b, "id", j->key);
    json_text(b, "op", desk_op_name(j->op));
    json_int(b, "case", j->case_id);
    json_text(b, "external_id", j->external_id);
    json_text(b, "ticket", j->desk_id);
    json_text(b, "type", case_type_name(j->type));
    json_text(b, "priority", case_priority_name(j->priority));
    json_text(b, "state", case_state_name(j->state));
    json_text(b, "known_state", j->desk_state);
    if (j->op == DESK_CREATE)
        put_create(b, t);
    else if (j->op == DESK_COMMENT)
        put_note(b, t);
    buf_puts(b, ",\"internal\":true");
    json_text(b, "brand", j->brand);
    json_text(b, "tracking_number", j->tracking_number);
    json_text(b, "order_number", j->order_number);
    json_text(b, "sent_at", at);
    json_close(b, '}');
    post_header(q, "Content-Type", "application/json; charset=utf-8");
    post_header(q, "Idempotency-Key", j->key);
    if (t->c->secret)
        webhook_sign(q, t->c);
    return true;
}

/* It is shown, and people click on it: https, and plain printable characters. */
static bool is_link(const char *url)
{
    for (const char *c = url; *c; c++)
        if (*c <= 0x20 || *c >= 0x7f || strchr("\"<>", *c))
            return false;
    return strncmp(url, "https://", 8) == 0;
}

/* Where it says nothing, its ticket is called as we call it, and is as we said. */
static bool ticket(struct desk_try *t, const json_t *json)
{
    const char *state = answer_text(json, "state"), *url = answer_text(json, "url");
    if (t->j->op == DESK_CREATE)
        desk_take_id(t, json_object_get(json, "id"));
    if (*state)
        desk_take_state(t, state);
    if (is_link(url) && strlen(url) < sizeof t->r.desk_url)
        snprintf(t->r.desk_url, sizeof t->r.desk_url, "%s", url);
    return json_is_object(json);
}

static enum desk_found find(struct desk_try *t, const json_t *json)
{
    (void)t;
    (void)json;
    return FOUND_NOT;          /* never asked */
}

static bool comments(struct desk_try *t, const json_t *json)
{
    (void)t;
    (void)json;
    return false;
}

static void refusal(const json_t *json, struct buf *out) { buf_puts(out, *answer_text(json, "message") ? answer_text(json, "message") : answer_text(json, "error")); }

static const struct desk_api api = {"the helpdesk", false, words, states, write_it, ticket, find, comments, refusal};

const struct provider provider_desk_webhook = {
    .scheme = "webhook+https", .name = "the helpdesk", .idempotent = true, .connections = 4, .desk = &api, .check = check,
    .example = "webhook+https://desk.example.com/cases?secret=…", .help = "JSON to a system of your own, signed, with an Idempotency-Key; it tells what happens there by "
                                                                          "`doorstep webhook`",
};
