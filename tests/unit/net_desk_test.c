/* Cases on their way to helpdesks: what is asked, what nobody outside may read, what each answer means, what is looked up first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/when.h"
#include "net/desk.h"
#include "net/mac.h"
#include "net_stub.h"

#define EXTERNAL "doorstep-12-9f3c1a2b"
static const char zendesk[] = "zendesk://agent%%40shop.com:geheim42@acme?base=http://127.0.0.1:%d";
static const char freshdesk[] = "freshdesk://geheim42@acme?requester=desk%%40shop.com&base=http://127.0.0.1:%d";
static const char hook[] = "webhook+https://desk.example/cases?secret=geheim42&base=http://127.0.0.1:%d";

struct got { int times; bool trouble; struct desk_result r; };

static void got_it(void *ctx, const struct desk_result *r, bool trouble)
{
    struct got *g = ctx;
    g->times++;
    g->trouble = trouble;
    g->r = *r;
}

static char t_external[] = EXTERNAL, t_key[] = EXTERNAL "-77", t_id[] = "71", t_subject[] = "Claim: 1Z999 is damaged", t_open[] = "open",
            t_context[] = "Last scan  2026-11-21 10:51 Austin TX: damaged <b>\nCustomer   Rosa Delgado, gold", t_note[] = "Carrier wants photos & a form.\nBy Friday.",
            t_by[] = "Maria", t_tags[] = "damaged vip", t_brand[] = "acme", t_number[] = "1Z999", t_order[] = "10-33812";

static struct desk_job a_job(enum desk_op op)
{
    bool create = op == DESK_CREATE, comment = op == DESK_COMMENT;
    return (struct desk_job){.id = 77, .fence = 1, .op = op, .case_id = 12, .external_id = t_external, .key = t_key, .desk_id = create ? NULL : t_id,
                             .desk_state = create ? NULL : t_open, .desk_at = WHEN_NONE, .since = 1795305600000, .note_id = comment ? 34 : 0,
                             .subject = create ? t_subject : NULL, .context = create ? t_context : NULL, .note = comment ? t_note : NULL,
                             .note_by = comment ? t_by : NULL, .tags = t_tags, .brand = t_brand, .tracking_number = t_number, .order_number = t_order,
                             .type = CASE_CLAIM, .priority = CASE_PRIORITY_HIGH, .state = op == DESK_STATUS ? CASE_STATE_SOLVED : CASE_STATE_OPEN};
}

static struct channel_url a_desk(const char *url, int port)
{
    struct err e = {0};
    struct channel_url out;
    char text[400];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, sizeof text, url, port);
#pragma GCC diagnostic pop
    if (!desk_url_read(text, &out, &e))
        fail_msg("%s: %s: %s", text, e.where, e.text);
    return out;
}

/* One change through a net of its own, against answers given before. */
static struct got send_one(struct stub *s, const char *url, const struct desk_job *j)
{
    struct channel_url c = a_desk(url, stub_port(s));
    struct loop *l = loop_create();
    struct net *n = net_create(l, &(struct net_options){.answer_ms = 3000});
    struct got g = {.times = 0};
    int64_t until = loop_now() + 60000;
    desk_send(n, &c, j, got_it, &g);
    assert_int_equal(g.times, 0);
    while (!g.times) {
        assert_true(loop_now() < until);
        loop_step(l, 1000);
    }
    net_destroy(n);
    loop_destroy(l);
    channel_url_finish(&c);
    assert_int_equal(g.times, 1);
    assert_int_equal(g.r.id, j->id);
    assert_int_equal(g.r.fence, j->fence);
    if (strstr(g.r.message, "geheim42"))
        fail_msg("a secret is told: %s", g.r.message);
    return g;
}

static json_t *body_of(struct stub *s, int i)
{
    const char *body = strstr(stub_request(s, i), "\r\n\r\n");
    json_t *json = body ? json_loads(body + 4, 0, NULL) : NULL;
    if (!json)
        fail_msg("request %d has no JSON: %s", i, stub_request(s, i));
    return json;
}

static bool begins(struct stub *s, int i, const char *line) { return strncmp(stub_request(s, i), line, strlen(line)) == 0; }

static const char *text_at(const json_t *o, const char *key)
{
    const char *t = json_string_value(json_object_get(o, key));
    return t ? t : "";
}

#define TICKET(state) "{\"ticket\":{\"id\":71,\"status\":\"" state "\",\"updated_at\":\"2026-11-22T10:00:00Z\",\"external_id\":\"" EXTERNAL "\"}}"
#define FRESH(number) "{\"id\":71,\"status\":" number ",\"updated_at\":\"2026-11-22T10:00:00Z\",\"created_at\":\"2026-11-22T09:00:00Z\",\"tags\":[\"doorstep\",\"" EXTERNAL "\"]}"

/* ---- what is asked ---- */

static void zendesk_create(void **state)
{
    (void)state;
    struct stub *s = stub_start(STUB_HTTP);
    struct desk_job j = a_job(DESK_CREATE);
    stub_say(s, stub_http(201, "", TICKET("new")));
    struct got g = send_one(s, zendesk, &j);
    assert_int_equal(g.r.outcome, OUTBOX_SENT);
    assert_string_equal(g.r.desk_id, "71");
    assert_string_equal(g.r.desk_url, "https://acme.zendesk.com/agent/tickets/71");
    assert_string_equal(g.r.desk_state, "new");
    assert_true(g.r.state_known && g.r.state == CASE_STATE_OPEN);
    assert_int_equal(stub_requests(s), 1);
    assert_true(begins(s, 0, "POST /api/v2/tickets.json HTTP/1.1"));
    assert_non_null(strstr(stub_request(s, 0), "Idempotency-Key: " EXTERNAL "-77\r\n"));
    /* agent@shop.com/token:geheim42 */
    assert_non_null(strstr(stub_request(s, 0), "Authorization: Basic YWdlbnRAc2hvcC5jb20vdG9rZW46Z2VoZWltNDI=\r\n"));
    json_t *json = body_of(s, 0), *ticket = json_object_get(json, "ticket"), *comment = json_object_get(ticket, "comment");
    assert_true(json_is_false(json_object_get(comment, "public")));
    assert_non_null(strstr(text_at(comment, "body"), "Austin TX: damaged <b>"));
    assert_string_equal(text_at(ticket, "external_id"), EXTERNAL);
    assert_string_equal(text_at(ticket, "priority"), "high");
    assert_string_equal(text_at(ticket, "status"), "open");
    assert_null(json_object_get(ticket, "requester"));
    assert_null(json_object_get(ticket, "requester_id"));
    assert_int_equal(json_array_size(json_object_get(ticket, "tags")), 4);
    json_decref(json);
    stub_stop(s);
}

static void freshdesk_create(void **state)
{
    (void)state;
    struct stub *s = stub_start(STUB_HTTP);
    struct desk_job j = a_job(DESK_CREATE);
    stub_say(s, stub_http(201, "", FRESH("2")));
    struct got g = send_one(s, freshdesk, &j);
    assert_int_equal(g.r.outcome, OUTBOX_SENT);
    assert_string_equal(g.r.desk_url, "https://acme.freshdesk.com/a/tickets/71");
    assert_string_equal(g.r.desk_state, "open");
    assert_true(begins(s, 0, "POST /api/v2/tickets HTTP/1.1"));
    assert_non_null(strstr(stub_request(s, 0), "Authorization: Basic Z2VoZWltNDI6WA==\r\n"));      /* geheim42:X */
    json_t *json = body_of(s, 0);
    assert_string_equal(text_at(json, "email"), "desk@shop.com");
    assert_int_equal(json_integer_value(json_object_get(json, "priority")), 3);
    assert_int_equal(json_integer_value(json_object_get(json, "status")), 2);
    assert_int_equal(json_integer_value(json_object_get(json, "source")), 2);
    assert_non_null(strstr(text_at(json, "description"), "damaged &lt;b&gt;<br>Customer"));
    assert_string_equal(json_string_value(json_array_get(json_object_get(json, "tags"), 2)), EXTERNAL);
    json_decref(json);
    stub_stop(s);
}

static void comments_are_private(void **state)
{
    (void)state;
    struct desk_job j = a_job(DESK_COMMENT);
    struct stub *s = stub_start(STUB_HTTP);
    stub_say(s, stub_http(200, "", TICKET("open")));
    assert_int_equal(send_one(s, zendesk, &j).r.outcome, OUTBOX_SENT);
    assert_true(begins(s, 0, "PUT /api/v2/tickets/71.json HTTP/1.1"));
    json_t *json = body_of(s, 0), *comment = json_object_get(json_object_get(json, "ticket"), "comment");
    assert_true(json_is_false(json_object_get(comment, "public")));
    assert_string_equal(text_at(comment, "body"), "Carrier wants photos & a form.\nBy Friday.\n\n[Doorstep note 34, by Maria]");
    json_decref(json);
    stub_stop(s);
    s = stub_start(STUB_HTTP);
    stub_say(s, stub_http(201, "", "{\"id\":900,\"private\":true}"));
    assert_int_equal(send_one(s, freshdesk, &j).r.outcome, OUTBOX_SENT);
    assert_true(begins(s, 0, "POST /api/v2/tickets/71/notes HTTP/1.1"));
    json = body_of(s, 0);
    assert_true(json_is_true(json_object_get(json, "private")));
    assert_string_equal(text_at(json, "body"), "Carrier wants photos &amp; a form.<br>By Friday.<br><br>[Doorstep note 34, by Maria]");
    json_decref(json);
    stub_stop(s);
    s = stub_start(STUB_HTTP);
    stub_say(s, stub_http(204, "", ""));
    assert_int_equal(send_one(s, hook, &j).r.outcome, OUTBOX_SENT);
    json = body_of(s, 0);
    assert_true(json_is_true(json_object_get(json, "internal")));
    assert_string_equal(text_at(json, "note"), t_note);
    assert_string_equal(text_at(json, "id"), EXTERNAL "-77");
    json_decref(json);
    stub_stop(s);
}

static void a_state_is_looked_at_first(void **state)
{
    (void)state;
    struct desk_job j = a_job(DESK_STATUS);
    struct stub *s = stub_start(STUB_HTTP);
    stub_say(s, stub_http(200, "", TICKET("open")));
    stub_say(s, stub_http(200, "", TICKET("solved")));
    struct got g = send_one(s, zendesk, &j);
    assert_int_equal(g.r.outcome, OUTBOX_SENT);
    assert_string_equal(g.r.desk_state, "solved");
    assert_true(begins(s, 0, "GET /api/v2/tickets/71.json HTTP/1.1"));
    assert_true(begins(s, 1, "PUT /api/v2/tickets/71.json HTTP/1.1"));
    json_t *json = body_of(s, 1), *ticket = json_object_get(json, "ticket");
    assert_string_equal(text_at(ticket, "status"), "solved");
    assert_string_equal(text_at(ticket, "updated_stamp"), "2026-11-22T10:00:00Z");
    assert_true(json_is_true(json_object_get(ticket, "safe_update")));
    assert_null(json_object_get(ticket, "comment"));
    json_decref(json);
    stub_stop(s);
    s = stub_start(STUB_HTTP);
    stub_say(s, stub_http(200, "", FRESH("2")));
    stub_say(s, stub_http(200, "", FRESH("4")));
    g = send_one(s, freshdesk, &j);
    assert_int_equal(g.r.outcome, OUTBOX_SENT);
    assert_true(begins(s, 1, "PUT /api/v2/tickets/71 HTTP/1.1"));
    assert_non_null(strstr(stub_request(s, 1), "{\"status\":4}"));
    assert_string_equal(g.r.desk_state, "resolved");
    stub_stop(s);
}

static void a_state_of_theirs_is_not_written_over(void **state)
{
    (void)state;
    static const struct { const char *url, *look; } desks[] = {{zendesk, TICKET("pending")}, {freshdesk, FRESH("3")}};
    struct desk_job j = a_job(DESK_STATUS);
    for (size_t i = 0; i < 2; i++) {
        struct stub *s = stub_start(STUB_HTTP);
        stub_say(s, stub_http(200, "", desks[i].look));
        struct got g = send_one(s, desks[i].url, &j);
        assert_int_equal(g.r.outcome, OUTBOX_FAILED);
        assert_string_equal(g.r.code, "conflict");
        assert_string_equal(g.r.desk_state, "pending");
        assert_true(g.r.state_known && g.r.state == CASE_STATE_PENDING);
        assert_false(g.trouble);
        assert_int_equal(stub_requests(s), 1);
        stub_stop(s);
    }
    /* changed between our look and our word: Zendesk says 409, and it is looked at again */
    struct stub *s = stub_start(STUB_HTTP);
    stub_say(s, stub_http(200, "", TICKET("open")));
    stub_say(s, stub_http(409, "", "{\"error\":\"UpdateConflict\"}"));
    stub_say(s, stub_http(200, "", TICKET("hold")));
    struct got g = send_one(s, zendesk, &j);
    assert_string_equal(g.r.code, "conflict");
    assert_string_equal(g.r.desk_state, "hold");
    assert_int_equal(stub_requests(s), 3);
    stub_stop(s);
    /* a system of one's own says so itself */
    s = stub_start(STUB_HTTP);
    stub_say(s, stub_http(409, "", "{\"state\":\"pending\"}"));
    g = send_one(s, hook, &j);
    assert_string_equal(g.r.code, "conflict");
    assert_string_equal(g.r.desk_state, "pending");
    stub_stop(s);
}

static void what_is_so_already_is_not_said(void **state)
{
    (void)state;
    struct desk_job j = a_job(DESK_STATUS);
    struct stub *s = stub_start(STUB_HTTP);
    stub_say(s, stub_http(200, "", TICKET("closed")));
    assert_int_equal(send_one(s, zendesk, &j).r.outcome, OUTBOX_SENT);   /* closed is more than solved */
    assert_int_equal(stub_requests(s), 1);
    stub_stop(s);
}

/* ---- a second try looks first ---- */

static void a_creation_is_looked_for(void **state)
{
    (void)state;
    struct desk_job j = a_job(DESK_CREATE);
    j.fence = 2;
    struct stub *s = stub_start(STUB_HTTP);
    stub_say(s, stub_http(200, "", "{\"tickets\":[{\"id\":71,\"status\":\"open\",\"external_id\":\"" EXTERNAL "\"}],\"count\":1}"));
    struct got g = send_one(s, zendesk, &j);
    assert_int_equal(g.r.outcome, OUTBOX_SENT);
    assert_string_equal(g.r.desk_id, "71");
    assert_int_equal(stub_requests(s), 1);
    assert_true(begins(s, 0, "GET /api/v2/tickets.json?external_id=" EXTERNAL " HTTP/1.1"));
    stub_stop(s);
    s = stub_start(STUB_HTTP);
    stub_say(s, stub_http(200, "", "{\"tickets\":[],\"count\":0}"));
    stub_say(s, stub_http(201, "", TICKET("open")));
    g = send_one(s, zendesk, &j);
    assert_int_equal(g.r.outcome, OUTBOX_SENT);
    assert_true(begins(s, 1, "POST /api/v2/tickets.json"));
    stub_stop(s);
    s = stub_start(STUB_HTTP);
    stub_say(s, stub_http(200, "", "[{\"id\":70,\"status\":2,\"tags\":[\"doorstep\"],\"created_at\":\"2026-11-22T10:00:00Z\"}," FRESH("2") "]"));
    g = send_one(s, freshdesk, &j);
    assert_int_equal(g.r.outcome, OUTBOX_SENT);
    assert_string_equal(g.r.desk_id, "71");
    assert_int_equal(stub_requests(s), 1);
    assert_true(begins(s, 0, "GET /api/v2/tickets?email=desk%40shop.com&updated_since=2026-11-21T23%3A55%3A00Z&order_by=created_at&order_type=desc&per_page=100&page=1 "));
    stub_stop(s);
    s = stub_start(STUB_HTTP);
    stub_say(s, stub_http(200, "", "[]"));
    stub_say(s, stub_http(201, "", FRESH("2")));
    g = send_one(s, freshdesk, &j);
    assert_int_equal(g.r.outcome, OUTBOX_SENT);
    assert_int_equal(stub_requests(s), 2);
    stub_stop(s);
}

static void a_full_page_is_not_all(void **state)
{
    (void)state;
    struct desk_job j = a_job(DESK_CREATE);
    char *page = calloc(1, 20000), *answer = calloc(1, 21000);
    j.fence = 2;
    page[0] = '[';
    for (int i = 0; i < 100; i++)
        snprintf(page + strlen(page), 20000 - strlen(page), "%s{\"id\":%d,\"status\":2,\"tags\":[],\"created_at\":\"2026-11-22T10:00:00Z\"}", i ? "," : "", i);
    snprintf(page + strlen(page), 20000 - strlen(page), "]");
    snprintf(answer, 21000, "HTTP/1.1 200 Said\r\nContent-Length: %zu\r\n\r\n%s", strlen(page), page);
    struct stub *s = stub_start(STUB_HTTP);
    stub_say(s, answer);
    stub_say(s, stub_http(200, "", "[" FRESH("2") "]"));
    struct got g = send_one(s, freshdesk, &j);
    assert_int_equal(g.r.outcome, OUTBOX_SENT);
    assert_string_equal(g.r.desk_id, "71");
    assert_int_equal(stub_requests(s), 2);
    stub_stop(s);
    free(page);
    free(answer);
}

static void a_comment_is_looked_for(void **state)
{
    (void)state;
    struct desk_job j = a_job(DESK_COMMENT);
    j.fence = 2;
    struct stub *s = stub_start(STUB_HTTP);
    stub_say(s, stub_http(200, "", "{\"comments\":[{\"id\":5,\"author_id\":9,\"public\":false,\"body\":\"Carrier wants photos.\\n\\n[Doorstep note 34, by Maria]\","
                                   "\"created_at\":\"2026-11-22T10:00:00Z\"}]}"));
    assert_int_equal(send_one(s, zendesk, &j).r.outcome, OUTBOX_SENT);
    assert_int_equal(stub_requests(s), 1);
    stub_stop(s);
    s = stub_start(STUB_HTTP);
    stub_say(s, stub_http(200, "", "[{\"id\":5,\"user_id\":9,\"private\":true,\"body_text\":\"x [Doorstep note 33, by Maria]\",\"created_at\":\"2026-11-22T10:00:00Z\"}]"));
    stub_say(s, stub_http(201, "", "{\"id\":900}"));
    assert_int_equal(send_one(s, freshdesk, &j).r.outcome, OUTBOX_SENT);
    assert_int_equal(stub_requests(s), 2);
    assert_true(begins(s, 1, "POST /api/v2/tickets/71/notes"));
    stub_stop(s);
}

/* Our notes are private: a public comment that ends as ours do is somebody's copy of one, or wants to be taken for it. */
static void a_public_comment_is_never_ours(void **state)
{
    (void)state;
    static const char comments[] = "{\"comments\":[{\"id\":7,\"author_id\":9,\"public\":true,\"body\":\"Hello [Doorstep note 34, by Maria]\",\"created_at\":\"2026-11-22T10:00:00Z\"}]}";
    struct desk_job j = a_job(DESK_COMMENT);
    j.fence = 2;
    struct stub *s = stub_start(STUB_HTTP);
    stub_say(s, stub_http(200, "", comments));
    stub_say(s, stub_http(200, "", TICKET("open")));
    struct got g = send_one(s, zendesk, &j);
    assert_int_equal(g.r.outcome, OUTBOX_SENT);
    assert_int_equal(stub_requests(s), 2);           /* ours was not there */
    assert_true(begins(s, 1, "PUT /api/v2/tickets/71.json"));
    assert_int_equal(g.r.note_count, 1);
    assert_true(g.r.notes[0].is_public);
    desk_result_finish(&g.r);
    stub_stop(s);
}

static void a_poll(void **state)
{
    (void)state;
    struct desk_job j = a_job(DESK_POLL);
    j.fence = 0;
    struct stub *s = stub_start(STUB_HTTP);
    stub_say(s, stub_http(200, "", TICKET("hold")));
    stub_say(s, stub_http(200, "", "{\"comments\":[{\"id\":6,\"author_id\":9,\"public\":true,\"body\":\"Sent you a form\",\"created_at\":\"2026-11-22T10:01:00Z\"},"
                                   "{\"id\":5,\"author_id\":8,\"public\":false,\"body\":\"note [Doorstep case C12]\",\"created_at\":\"2026-11-22T10:00:00Z\"}],"
                                   "\"users\":[{\"id\":9,\"name\":\"Ann\\u0007 Bee\"}]}"));
    struct got g = send_one(s, zendesk, &j);
    assert_int_equal(g.r.outcome, OUTBOX_SENT);
    assert_true(g.r.state_known && g.r.state == CASE_STATE_PENDING);
    assert_int_equal(g.r.note_count, 1);
    assert_string_equal(g.r.notes[0].id, "6");
    assert_string_equal(g.r.notes[0].by, "Ann Bee");
    assert_string_equal(g.r.notes[0].text, "Sent you a form");
    assert_true(g.r.notes[0].is_public);
    desk_result_finish(&g.r);
    stub_stop(s);
    /* unchanged since: its comments are not asked for */
    j.desk_at = 1795341600000;
    s = stub_start(STUB_HTTP);
    stub_say(s, stub_http(200, "", TICKET("open")));
    assert_int_equal(send_one(s, zendesk, &j).r.outcome, OUTBOX_SENT);
    assert_int_equal(stub_requests(s), 1);
    stub_stop(s);
    /* a state a shop made itself is none of ours */
    j.desk_at = WHEN_NONE;
    s = stub_start(STUB_HTTP);
    stub_say(s, stub_http(200, "", FRESH("12")));
    stub_say(s, stub_http(200, "", "[]"));
    g = send_one(s, freshdesk, &j);
    assert_false(g.r.state_known);
    assert_string_equal(g.r.desk_state, "12");
    stub_stop(s);
}

/* ---- what each answer means ---- */

#define ZEN_REFUSAL "{\"error\":\"RecordInvalid\",\"description\":\"Record validation errors\",\"details\":{\"base\":[{\"description\":\"Subject: \\u202ecannot be blank\"}]}}"
#define FRESH_REFUSAL "{\"description\":\"Validation failed\",\"errors\":[{\"field\":\"email\",\"message\":\"It should be a valid email\",\"code\":\"invalid_value\"}]}"

static void answers(void **state)
{
    (void)state;
    static const struct { const char *url; enum desk_op op; int status; const char *body; enum outbox_outcome outcome; bool trouble; const char *code, *says; } rows[] = {
        {zendesk, DESK_CREATE, 401, "{\"error\":\"Couldn't authenticate you\"}", OUTBOX_RETURNED, true, "401", "credentials"},
        {zendesk, DESK_CREATE, 403, "{}", OUTBOX_RETURNED, true, "403", "does not allow"},
        {zendesk, DESK_CREATE, 404, "{}", OUTBOX_RETURNED, true, "404", "no helpdesk at the address"},
        {zendesk, DESK_COMMENT, 404, "{\"error\":\"RecordNotFound\"}", OUTBOX_FAILED, false, "gone", "Zendesk has no ticket 71 any more"},
        {zendesk, DESK_STATUS, 410, "{}", OUTBOX_FAILED, false, "gone", "no ticket 71"},
        {zendesk, DESK_POLL, 404, "{}", OUTBOX_FAILED, false, "gone", "no ticket 71"},
        {zendesk, DESK_CREATE, 409, "{}", OUTBOX_RETRY, false, "409", "being changed"},
        {zendesk, DESK_COMMENT, 409, "{}", OUTBOX_RETRY, false, "409", "being changed"},
        {zendesk, DESK_CREATE, 422, ZEN_REFUSAL, OUTBOX_FAILED, false, "422", "Zendesk refuses it: \"Record validation errors; Subject: cannot be blank\""},
        {zendesk, DESK_CREATE, 400, "not JSON at all", OUTBOX_FAILED, false, "400", "not JSON at all"},
        {zendesk, DESK_CREATE, 429, "{}", OUTBOX_RETRY, true, "429", "more at once"},
        {zendesk, DESK_CREATE, 500, "{}", OUTBOX_UNKNOWN, true, "500", "it failed"},
        {zendesk, DESK_COMMENT, 502, "{}", OUTBOX_UNKNOWN, true, "502", "it failed"},
        {zendesk, DESK_STATUS, 500, "{}", OUTBOX_RETRY, true, "500", "it failed"},
        {zendesk, DESK_CREATE, 503, "{}", OUTBOX_RETRY, true, "503", "not taking"},
        {zendesk, DESK_CREATE, 302, "{}", OUTBOX_RETURNED, true, "302", "redirects"},
        {zendesk, DESK_CREATE, 201, "<html>hello", OUTBOX_UNKNOWN, true, "201", "cannot be read"},
        {zendesk, DESK_STATUS, 200, "[]", OUTBOX_RETRY, true, "200", "cannot be read"},
        {freshdesk, DESK_CREATE, 401, "{\"code\":\"invalid_credentials\",\"message\":\"no\"}", OUTBOX_RETURNED, true, "401", "credentials"},
        {freshdesk, DESK_CREATE, 400, FRESH_REFUSAL, OUTBOX_FAILED, false, "400", "Freshdesk refuses it: \"Validation failed; email: It should be a valid email\""},
        {freshdesk, DESK_CREATE, 409, "{}", OUTBOX_RETRY, false, "409", "being changed"},
        {freshdesk, DESK_COMMENT, 404, "", OUTBOX_FAILED, false, "gone", "Freshdesk has no ticket 71"},
        {freshdesk, DESK_CREATE, 429, "{}", OUTBOX_RETRY, true, "429", "more at once"},
        {freshdesk, DESK_COMMENT, 500, "{}", OUTBOX_UNKNOWN, true, "500", "it failed"},
        {hook, DESK_CREATE, 200, "", OUTBOX_SENT, false, "", ""},
        {hook, DESK_CREATE, 409, "{}", OUTBOX_SENT, false, "", ""},
        {hook, DESK_COMMENT, 404, "{}", OUTBOX_RETURNED, true, "404", "no helpdesk at the address"},
        {hook, DESK_COMMENT, 410, "{}", OUTBOX_FAILED, false, "gone", "no ticket 71"},
        {hook, DESK_CREATE, 422, "{\"message\":\"unknown brand\"}", OUTBOX_FAILED, false, "422", "the helpdesk refuses it: \"unknown brand\""},
        {hook, DESK_CREATE, 500, "{}", OUTBOX_RETRY, true, "500", "it failed"},
        {hook, DESK_CREATE, 401, "{}", OUTBOX_RETURNED, true, "401", "credentials"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct stub *s = stub_start(STUB_HTTP);
        struct desk_job j = a_job(rows[i].op);
        stub_say(s, stub_http(rows[i].status, rows[i].status == 429 ? "Retry-After: 37\r\n" : "Location: http://127.0.0.1:1/\r\n", rows[i].body));
        struct got g = send_one(s, rows[i].url, &j);
        if (g.r.outcome != rows[i].outcome || g.trouble != rows[i].trouble || strcmp(g.r.code, rows[i].code) != 0 || !strstr(g.r.message, rows[i].says))
            fail_msg("row %zu: %s %d \"%s\": %s", i, outbox_outcome_name(g.r.outcome), g.trouble, g.r.code, g.r.message);
        int64_t now = loop_wall();
        if (rows[i].status == 429)
            assert_true(g.r.retry_at > now + 30000 && g.r.retry_at <= now + 37000);
        assert_int_equal(stub_requests(s), 1);
        stub_stop(s);
    }
}

/* It broke off after the question was out, or before. */
static void silences(void **state)
{
    (void)state;
    static const struct { const char *url; enum desk_op op; enum outbox_outcome outcome; } rows[] = {
        {zendesk, DESK_CREATE, OUTBOX_UNKNOWN}, {zendesk, DESK_COMMENT, OUTBOX_UNKNOWN}, {zendesk, DESK_STATUS, OUTBOX_RETRY},
        {freshdesk, DESK_CREATE, OUTBOX_UNKNOWN}, {freshdesk, DESK_COMMENT, OUTBOX_UNKNOWN}, {hook, DESK_CREATE, OUTBOX_RETRY},
    };
    static const char *const deeds[] = {"\1c", "\1r", "\1w", "HTTP/1.1 20\1c"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t d = 0; d < (i < 2 ? 4 : 2); d++) {
            struct stub *s = stub_start(STUB_HTTP);
            struct desk_job j = a_job(rows[i].op);
            stub_say(s, deeds[d]);
            struct got g = send_one(s, rows[i].url, &j);
            if (g.r.outcome != rows[i].outcome || !g.trouble)
                fail_msg("row %zu, deed %zu: %s: %s", i, d, outbox_outcome_name(g.r.outcome), g.r.message);
            assert_int_equal(stub_requests(s), 1);
            stub_stop(s);
        }
    struct stub *s = stub_start(STUB_HTTP);
    struct desk_job j = a_job(DESK_CREATE);
    char url[200];
    snprintf(url, sizeof url, "zendesk://a%%%%40b.example:t@acme?base=http://127.0.0.1:%%d");
    int port = stub_port(s);
    stub_stop(s);              /* nobody listens there any more */
    struct channel_url c = a_desk(url, port);
    struct loop *l = loop_create();
    struct net *n = net_create(l, NULL);
    struct got g = {.times = 0};
    desk_send(n, &c, &j, got_it, &g);
    while (!g.times)
        loop_step(l, 5000);
    assert_int_equal(g.r.outcome, OUTBOX_RETRY);   /* certainly not there */
    net_destroy(n);
    loop_destroy(l);
    channel_url_finish(&c);
}

/* This end stops in the middle: what may have gone out is not known, and nothing more is asked. */
static void stopping(void **state)
{
    (void)state;
    struct stub *s = stub_start(STUB_HTTP);
    struct desk_job j = a_job(DESK_CREATE);
    struct channel_url c = a_desk(freshdesk, stub_port(s));
    struct loop *l = loop_create();
    struct net *n = net_create(l, NULL);
    struct got g = {.times = 0};
    stub_say(s, "\1w");
    desk_send(n, &c, &j, got_it, &g);
    int64_t until = loop_now() + 60000;
    while (!stub_requests(s) && loop_now() < until)
        loop_step(l, 20);
    net_destroy(n);
    assert_int_equal(g.times, 1);
    assert_int_equal(g.r.outcome, OUTBOX_UNKNOWN);
    loop_destroy(l);
    channel_url_finish(&c);
    stub_stop(s);
}

/* A ticket's number from elsewhere does not become part of a path. */
/* A change held for too long may be another's: no ticket is made, nor a comment after what was only looked at. */
static void too_late(void **state)
{
    (void)state;
    static const char *const urls_of[] = {zendesk, freshdesk, hook};
    for (size_t i = 0; i < sizeof urls_of / sizeof *urls_of; i++) {
        struct stub *s = stub_start(STUB_HTTP);
        struct desk_job j = a_job(DESK_CREATE);
        j.begin_by = net_clock();
        struct got g = send_one(s, urls_of[i], &j);
        assert_int_equal(g.r.outcome, OUTBOX_RETURNED);
        assert_string_equal(g.r.code, "stopped");
        assert_non_null(strstr(g.r.message, "held up"));
        assert_false(g.trouble);
        assert_int_equal(stub_requests(s), 0);
        stub_stop(s);
    }
}

static void numbers_only(void **state)
{
    (void)state;
    static char evil[] = "71/../../users", other[] = "CASE-9";
    char *const ids[] = {evil, other};
    static const char *const urls[] = {zendesk, freshdesk};
    for (int i = 0; i < 4; i++) {
        struct stub *s = stub_start(STUB_HTTP);
        struct desk_job j = a_job(i < 2 ? DESK_COMMENT : DESK_POLL);
        j.desk_id = ids[i % 2];
        struct got g = send_one(s, urls[i / 2], &j);
        assert_int_equal(g.r.outcome, OUTBOX_FAILED);
        assert_string_equal(g.r.code, "unsaid");
        assert_int_equal(stub_connections(s), 0);
        stub_stop(s);
    }
}

static void only_plain_https_is_a_link(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "http://desk.example/K-9", "javascript:alert(1)", "https://desk.example/\\u001b]8;;http://evil\\u0007", "https://desk.example/\\u202egpj", "https://desk.example/a b",
        "https://desk.example/\\\"onclick", "https://desk.example/\\u009b31m", "file:///etc/passwd", "",
    };
    char answer[300];
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct stub *s = stub_start(STUB_HTTP);
        struct desk_job j = a_job(DESK_CREATE);
        snprintf(answer, sizeof answer, "{\"id\":\"K-9\",\"url\":\"%s\",\"state\":\"open\"}", urls[i]);
        stub_say(s, stub_http(201, "", answer));
        struct got g = send_one(s, hook, &j);
        assert_int_equal(g.r.outcome, OUTBOX_SENT);
        assert_string_equal(g.r.desk_url, "");
        stub_stop(s);
    }
}

static void signed_for_a_system_of_ones_own(void **state)
{
    (void)state;
    struct stub *s = stub_start(STUB_HTTP);
    struct desk_job j = a_job(DESK_CREATE);
    stub_say(s, stub_http(201, "", "{\"id\":\"K-9\",\"url\":\"https://desk.example/K-9\",\"state\":\"open\"}"));
    struct got g = send_one(s, hook, &j);
    assert_string_equal(g.r.desk_id, "K-9");
    assert_string_equal(g.r.desk_url, "https://desk.example/K-9");
    const char *request = stub_request(s, 0), *stamp = strstr(request, "Doorstep-Signature: t="), *body = strstr(request, "\r\n\r\n") + 4;
    assert_non_null(stamp);
    assert_true(begins(s, 0, "POST /cases HTTP/1.1"));
    char mac[MAC_HEX];
    stamp += strlen("Doorstep-Signature: t=");
    size_t digits = strspn(stamp, "0123456789");
    mac_stamped_hex("geheim42", stamp, digits, body, strlen(body), mac);
    assert_memory_equal(stamp + digits + 4, mac, MAC_HEX - 1);
    stub_stop(s);
    /* that says nothing: its ticket is called as we call it */
    s = stub_start(STUB_HTTP);
    stub_say(s, stub_http(204, "", ""));
    g = send_one(s, hook, &j);
    assert_string_equal(g.r.desk_id, EXTERNAL);
    assert_string_equal(g.r.desk_state, "open");
    stub_stop(s);
}

static void urls(void **state)
{
    (void)state;
    static const struct { const char *url, *says; } bad[] = {
        {"zendesk://acme", "agent%40shop.com:TOKEN@acme"}, {"zendesk://a%40b.example@acme", "TOKEN"}, {"freshdesk://KEY@acme", "requester="},
        {"freshdesk://KEY@acme?requester=nobody", "e-mail address"}, {"freshdesk://KEY:X@acme?requester=a%40b.example", "APIKEY@acme"},
        {"sendgrid://KEY@", "zendesk:// freshdesk:// webhook+https://"}, {"zendesk://a%40b.example:t@acme?from=x%40b.example", "account's own"},
        {"zendesk://a%40b.example:t@acme?requester=x%40b.example", "freshdesk only"}, {"webhook+https:///x", "no host"},
        {"zendesk://a%40b.example:geheim42@acme?base=http://example.com", "loopback"},
    };
    struct channel_url c;
    char shown[200];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err e = {0};
        if (desk_url_read(bad[i].url, &c, &e))
            fail_msg("%s is taken", bad[i].url);
        if (!strstr(e.text, bad[i].says) || strstr(e.text, "geheim42") || strcmp(e.where, "DOORSTEP_HELPDESK_URL") != 0)
            fail_msg("%s: %s: %s", bad[i].url, e.where, e.text);
    }
    c = a_desk("zendesk://agent%%40shop.com:geheim42@acme", 0);
    channel_url_show(&c, shown, sizeof shown);
    assert_string_equal(shown, "zendesk to https://acme.zendesk.com as agent@shop.com/token");
    channel_url_finish(&c);
    c = a_desk("freshdesk://geheim42@acme?requester=a%%40b.example", 0);
    channel_url_show(&c, shown, sizeof shown);
    assert_string_equal(shown, "freshdesk to https://acme.freshdesk.com");
    channel_url_finish(&c);
    for (int i = 0; desk_help_at(i); i++)
        assert_true(desk_help_at(i)->help[0] && desk_help_at(i)->example[0]);
    assert_null(desk_help_at(3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zendesk_create), cmocka_unit_test(freshdesk_create), cmocka_unit_test(comments_are_private), cmocka_unit_test(a_state_is_looked_at_first),
        cmocka_unit_test(a_state_of_theirs_is_not_written_over), cmocka_unit_test(what_is_so_already_is_not_said), cmocka_unit_test(a_creation_is_looked_for),
        cmocka_unit_test(a_full_page_is_not_all), cmocka_unit_test(a_comment_is_looked_for), cmocka_unit_test(a_public_comment_is_never_ours), cmocka_unit_test(a_poll), cmocka_unit_test(answers),
        cmocka_unit_test(silences), cmocka_unit_test(stopping), cmocka_unit_test(too_late), cmocka_unit_test(numbers_only), cmocka_unit_test(only_plain_https_is_a_link), cmocka_unit_test(signed_for_a_system_of_ones_own), cmocka_unit_test(urls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
