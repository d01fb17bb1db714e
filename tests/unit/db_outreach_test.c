/* Composing and sending through the connection: texts made here of what the database knows, the
 * verdicts on them, and what is queued. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/when.h"
#include "db/db.h"
#include "db/pg.h"

#define KEY "6a3ae0f1-0000-4000-8000-0000000000%02d"

static const char sample[] =
    "DO $$ BEGIN\n"
    "  IF to_regrole('o_maria') IS NULL THEN CREATE ROLE o_maria LOGIN IN ROLE doorstep_lead; END IF;\n"
    "  IF to_regrole('o_eve') IS NULL THEN CREATE ROLE o_eve LOGIN IN ROLE doorstep_viewer; END IF;\n"
    "END $$;\n"
    "SET search_path = doorstep, pg_temp;\n"
    "INSERT INTO agent (role, display_name) VALUES ('o_maria', 'Maria Lopez'), ('o_eve', 'Eve');\n"
    "INSERT INTO brand (code, name) VALUES ('acme', 'Acme');\n"
    "INSERT INTO customer (brand_id, external_id, name, email, phone, language, time_zone, consent)\n"
    "  SELECT b.id, 'c' || g, CASE g WHEN 1 THEN E'Rosa \\u202eDelgado' ELSE 'Customer ' || g END, CASE WHEN g <> 2 THEN 'c' || g || '@example.com' END,\n"
    "         '+1512555' || lpad(g::text, 4, '0'), CASE g WHEN 1 THEN 'es' ELSE 'en' END, 'UTC', '{\"email\": true, \"sms\": true}'\n"
    "    FROM brand b, generate_series(1, 60) g WHERE b.code = 'acme';\n"
    "INSERT INTO orders (brand_id, order_number, customer_id, currency, total)\n"
    "  SELECT brand_id, '10-' || substr(external_id, 2), id, 'USD', 148.2 FROM customer;\n"
    "INSERT INTO shipment (brand_id, carrier_id, tracking_number, order_id, customer_id, effective_status, last_scan_at)\n"
    "  SELECT o.brand_id, c.id, '1Z' || o.order_number, o.id, o.customer_id, 'held', now() FROM orders o, carrier c WHERE c.code = 'ups' ORDER BY o.id;\n"
    "INSERT INTO exception (kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number,\n"
    "    order_id, order_number, customer_id, customer_name, language, effective_status, country, opened_at, search)\n"
    "  SELECT 'address_issue', 'high', 'carrier', s.brand_id, 'acme', s.id, s.carrier_id, 'ups', 'UPS', s.tracking_number, s.order_id, o.order_number,\n"
    "         s.customer_id, c.name, c.language, 'held', 'US', now(), ''\n"
    "    FROM shipment s JOIN orders o ON o.id = s.order_id JOIN customer c ON c.id = s.customer_id ORDER BY s.id;\n"
    "UPDATE contact_policy SET quiet_from = NULL, quiet_to = NULL;\n"
    "INSERT INTO template (name, channel, language) VALUES ('note', 'email', 'en'), ('note', 'sms', 'es'), ('broken', 'email', 'en'), ('note', 'whatsapp', 'en');\n"
    "INSERT INTO template_version (template_id, version, state, title, subject, body, required, provider_template, provider_names, author)\n"
    "  SELECT id, 1, 'approved', 'A note', CASE channel WHEN 'email' THEN 'Order {{order.number}}' END,\n"
    "         CASE name WHEN 'broken' THEN 'Hi {{#x}}' ELSE E'Hi {{customer.first_name}},\\n{{brand.name}} & {{agent.first_name}}' END,\n"
    "         '{customer.first_name}', CASE channel WHEN 'whatsapp' THEN 'HX1' END,\n"
    "         CASE channel WHEN 'whatsapp' THEN '{customer.first_name,order.number}'::text[] ELSE '{}' END, 'test' FROM template WHERE name IN ('note', 'broken');\n"
    "INSERT INTO macro (name, title, template, then_verb, for_minutes, tag) VALUES ('ask', 'Ask', 'note', 'wait', 60, 'asked');\n";

static PGconn *admin;
static struct db_sync *db;
static int64_t first;          /* Rosa's exception; the others follow */

static char *sql(const char *text)
{
    static char value[400];
    PGresult *r = PQexec(admin, text);
    if (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK)
        fail_msg("%s in %.200s", PQresultErrorMessage(r), text);
    snprintf(value, sizeof value, "%s", PQntuples(r) ? PQgetvalue(r, 0, 0) : "");
    PQclear(r);
    return value;
}

static struct db_sync *open_as(const char *role)
{
    char dsn[400];
    struct err e;
    snprintf(dsn, sizeof dsn, "%s user=%s", getenv("DOORSTEP_TEST_DSN"), role);
    struct db_sync *s = db_sync_open(dsn, &e);
    if (!s)
        fail_msg("%s", e.text);
    return s;
}

static int set_up(void **state)
{
    (void)state;
    struct err e;
    if (!getenv("DOORSTEP_TEST_DSN"))
        return 0;
    admin = pg_connect(getenv("DOORSTEP_TEST_DSN"), "test", PG_CONNECT_MS, &e);
    if (!admin)
        fail_msg("%s", e.text);
    sql(sample);
    first = strtoll(sql("SELECT min(id) FROM doorstep.exception"), NULL, 10);
    db = open_as("o_maria");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    db_sync_close(db);
    PQfinish(admin);
    return 0;
}

static struct reply reply;     /* the last answer */

static bool ask_of(struct db_sync *s, struct request r)
{
    if (!s)
        skip();
    struct err e = { .code = ERR_NONE };
    reply_finish(&reply);
    return db_sync_ask(s, &r, &reply, &e);
}

static bool ask(struct request r)
{
    bool ok = ask_of(db, r);
    if (!ok)
        print_message("# %s\n", reply.error.text);
    return ok;
}

static struct request about(enum request_kind kind, int64_t id, size_t count)
{
    struct request r = { .kind = kind, .ids = xcalloc(count, sizeof *r.ids), .id_count = count };
    for (size_t i = 0; i < count; i++)
        r.ids[i] = id + (int64_t)i;
    return r;
}

static struct request preview(int64_t id, size_t count, const char *name, const char *channel)
{
    struct request r = about(REQ_PREVIEW, id, count);
    r.outreach.name = xstrdup(name);
    r.outreach.channel = xstrdup(channel);
    return r;
}

/* The previewed message i, moved into a request. */
static struct request with_message(enum request_kind kind, size_t i, int key)
{
    struct request r = { .kind = kind, .outreach = { .seen = -1, .messages = xcalloc(1, sizeof(struct message)), .message_count = 1 } };
    r.outreach.messages[0] = reply.messages[i];
    reply.messages[i] = (struct message){ .template_id = 0 };
    snprintf(r.key, sizeof r.key, KEY, key);
    return r;
}

static struct request by_hand(enum request_kind kind, int64_t id, enum channel channel, const char *body, int key)
{
    struct request r = { .kind = kind, .outreach = { .seen = -1, .messages = xcalloc(1, sizeof(struct message)), .message_count = 1 } };
    r.outreach.messages[0] = (struct message){ .exception_id = id, .channel = channel, .language = "en", .edited = true, .body = xstrdup(body),
                                               .subject = xstrdup(channel == CHANNEL_EMAIL ? "S" : NULL) };
    r.outreach.pass = xstrdup(kind == REQ_SEND ? "asked on the phone" : NULL);   /* no approved template */
    snprintf(r.key, sizeof r.key, KEY, key);
    return r;
}

/* --- composing -------------------------------------------------------------------- */

static void composing_opens_with_everything(void **state)
{
    (void)state;
    assert_true(ask(about(REQ_COMPOSE, first, 1)));
    const struct compose *c = reply.compose;
    assert_non_null(c);
    assert_int_equal(c->exception_id, first);
    assert_string_equal(c->email, "c1@example.com");
    assert_string_equal(c->phone, "+15125550001");
    assert_string_equal(c->utc_offset_name, "UTC");
    assert_int_equal(c->recipient_offset, 0);
    assert_true(c->can[CHANNEL_EMAIL]);
    assert_true(c->can[CHANNEL_SMS]);
    assert_false(c->can[CHANNEL_WHATSAPP]);
    assert_true(c->cannot[CHANNEL_WHATSAPP][0] != '\0');
    assert_true(c->candidate_count > 3);
    assert_true(c->candidates[0].fits && c->candidates[0].approved && c->candidates[0].template_id > 0);
    assert_string_equal(c->candidates[0].name, "address_issue");
    assert_string_equal(c->candidates[0].language, "es");
    const struct macro *ask_macro = NULL;
    for (size_t i = 0; i < c->macro_count; i++)
        if (strcmp(c->macros[i].name, "ask") == 0)
            ask_macro = &c->macros[i];
    assert_non_null(ask_macro);
    assert_string_equal(ask_macro->template, "note");
    assert_string_equal(ask_macro->then_verb, "wait");
    assert_int_equal(ask_macro->for_minutes, 60);
    assert_string_equal(ask_macro->tag, "asked");
    assert_true(ask_macro->shared && !ask_macro->next_scan && ask_macro->says[0]);
    assert_false(c->draft.present);
    assert_true(ask(about(REQ_COMPOSE, 999999, 1)));
    assert_null(reply.compose);
}

static void drafts_are_kept_and_forgotten(void **state)
{
    (void)state;
    struct request r = by_hand(REQ_DRAFT_SAVE, first + 30, CHANNEL_SMS, "Dear\nyou \xe2\x82\xac", 0);
    assert_true(ask(r));
    r = by_hand(REQ_DRAFT_SAVE, first + 30, CHANNEL_EMAIL, "Dear\nyou \xe2\x82\xac\n", 0);
    r.outreach.messages[0].template_id = (int32_t)strtol(sql("SELECT id FROM doorstep.template WHERE name = 'note' AND channel = 'email'"), NULL, 10);
    r.outreach.messages[0].version = 1;
    assert_true(ask(r));
    assert_true(ask(about(REQ_COMPOSE, first + 30, 1)));
    const struct draft *d = &reply.compose->draft;
    assert_true(d->present);
    assert_int_equal(d->channel, CHANNEL_EMAIL);
    assert_string_equal(d->subject, "S");
    assert_string_equal(d->body, "Dear\nyou \xe2\x82\xac\n");
    assert_int_equal(d->version, 1);
    assert_true(d->at != WHEN_NONE && d->at > INT64_C(1600000000000));
    assert_true(ask(by_hand(REQ_DRAFT_SAVE, first + 30, CHANNEL_EMAIL, "", 0)));
    assert_true(ask(about(REQ_COMPOSE, first + 30, 1)));
    assert_false(reply.compose->draft.present);
}

/* --- previews ----------------------------------------------------------------------- */

static void a_preview_is_what_the_customer_gets(void **state)
{
    (void)state;
    assert_true(ask(preview(first, 1, "note", "sms")));
    assert_int_equal(reply.message_count, 1);
    const struct message *m = &reply.messages[0];
    assert_int_equal(m->exception_id, first);
    assert_true(m->template_id > 0 && m->version == 1);
    assert_int_equal(m->channel, CHANNEL_SMS);
    assert_string_equal(m->language, "es");
    assert_string_equal(m->to, "+15125550001");
    assert_string_equal(m->to_name, "Rosa Delgado");
    assert_string_equal(m->body, "Hi Rosa,\nAcme & Maria");
    assert_null(m->subject);
    assert_null(m->provider_vars);
    assert_int_equal(m->verdict_count, 0);
    assert_int_equal(m->undo_seconds, 10);
    assert_true(m->send_at != WHEN_NONE && !m->edited);
}

static void verdicts_come_with_each_of_many(void **state)
{
    (void)state;
    assert_true(ask(preview(first, 60, "note", "email")));
    assert_int_equal(reply.message_count, 60);
    for (size_t i = 0; i < 60; i++) {
        char body[80], subject[40];
        const struct message *m = &reply.messages[i];
        assert_int_equal(m->exception_id, first + (int64_t)i);
        snprintf(body, sizeof body, "Hi %s,\nAcme & Maria", i ? "Customer" : "Rosa");
        snprintf(subject, sizeof subject, "Order 10-%zu", i + 1);
        assert_string_equal(m->body, body);
        assert_string_equal(m->subject, subject);
        assert_int_equal(m->verdict_count, i == 1);
    }
    const struct verdict *v = message_worst(&reply.messages[1]);
    assert_int_equal(v->guardrail, GUARDRAIL_NO_ADDRESS);
    assert_int_equal(v->effect, VERDICT_BLOCK);
    assert_true(v->message[0] && v->until == WHEN_NONE);
}

static void where_no_template_fits_it_is_said_among_the_verdicts(void **state)
{
    (void)state;
    struct request r = preview(first + 58, 3, "note", NULL);   /* the last is no exception */
    assert_true(ask(r));
    assert_int_equal(reply.message_count, 3);
    assert_int_equal(reply.messages[0].verdict_count, 0);
    assert_non_null(reply.messages[1].body);
    const struct message *none = &reply.messages[2];
    assert_null(none->body);
    assert_int_equal(none->template_id, 0);
    assert_int_equal(none->verdict_count, 1);
    assert_int_equal(none->verdicts[0].effect, VERDICT_BLOCK);
    assert_non_null(strstr(none->verdicts[0].message, "there is no exception"));
    assert_true(ask(preview(999990, 2, "note", NULL)));
    assert_int_equal(reply.message_count, 2);
    assert_null(reply.messages[1].body);
}

static void a_provider_gets_its_variables(void **state)
{
    (void)state;
    assert_true(ask(preview(first + 3, 1, "note", "whatsapp")));
    assert_string_equal(reply.messages[0].provider_vars, "{\"1\":\"Customer\",\"2\":\"10-4\"}");
    assert_int_equal(message_worst(&reply.messages[0])->guardrail, GUARDRAIL_NO_CONSENT);
}

static void what_is_wrong_with_a_preview_is_said(void **state)
{
    (void)state;
    assert_false(ask_of(db, preview(first, 1, "nonsense", NULL)));
    assert_non_null(strstr(reply.error.text, "there is no template \"nonsense\""));
    assert_false(ask_of(db, preview(first + 2, 1, "broken", "email")));
    assert_non_null(strstr(reply.error.where, "template "));
    assert_non_null(strstr(reply.error.where, ":1:4"));
    assert_false(ask_of(db, preview(first, PREVIEW_MAX + 1, "note", NULL)));
    assert_int_equal(reply.error.code, ERR_BUG);
    assert_true(ask(preview(first, 1, "note", "sms")));       /* and the connection goes on */
}

/* --- several at once ------------------------------------------------------------------ */

struct session {
    struct loop *loop;
    struct db *db;
    uint32_t order[8];
    int answered, bad;
};

static void on_link(void *ctx, enum db_link state, const struct err *why, int64_t retry_at)
{
    (void)ctx, (void)state, (void)why, (void)retry_at;
}

static void on_reply(void *ctx, struct reply *r)
{
    struct session *s = ctx;
    s->bad += !r->ok || (r->kind == REQ_PREVIEW && (r->message_count != 1 || r->messages[0].send_at == WHEN_NONE));
    s->order[s->answered++ & 7] = r->number;
}

/* The second statement of a preview goes out behind what was asked meanwhile, and both come whole. */
static void previews_overlap_with_other_requests(void **state)
{
    (void)state;
    if (!db)
        skip();
    char dsn[400];
    struct session s = { .loop = loop_create() };
    snprintf(dsn, sizeof dsn, "%s user=o_maria", getenv("DOORSTEP_TEST_DSN"));
    s.db = db_create(s.loop, &(struct db_options){ .dsn = dsn, .application = "test" },
                     &(struct db_events){ .ctx = &s, .link = on_link, .reply = on_reply });
    for (uint32_t n = 1; n <= 6; n++) {
        struct request r = n % 2 ? preview(first + (int64_t)n, 1, "address_issue", "email") : about(REQ_CONTEXT, first, 1);
        r.number = n;
        if (n == 3) {
            free(r.outreach.channel);
            r.outreach.channel = xstrdup("sms");
        }
        db_submit(s.db, &r);
    }
    int64_t until = loop_now() + 60000;
    while (s.answered < 6 && loop_now() < until)
        loop_step(s.loop, 100);
    assert_int_equal(s.answered, 6);
    assert_int_equal(s.bad, 0);
    assert_int_equal(s.order[0], 2);
    for (uint32_t n = 1, seen; n <= 6; n++) {
        seen = 0;
        for (int i = 0; i < 6; i++)
            seen += s.order[i] == n;
        assert_int_equal(seen, 1);
    }
    db_destroy(s.db);
    loop_destroy(s.loop);
}

/* A connection that ends between the two statements: the preview fails, and nothing is in doubt. */
static void a_preview_cut_in_the_middle_fails(void **state)
{
    (void)state;
    struct db_sync *cut = open_as("o_maria");
    sql("CREATE FUNCTION pg_temp.x() RETURNS int LANGUAGE sql RETURN 1");
    sql("ALTER FUNCTION doorstep.outreach_check(jsonb) RENAME TO outreach_check_kept");
    sql("CREATE FUNCTION doorstep.outreach_check(p_items jsonb) RETURNS TABLE (ord int, exception_id bigint, guardrail text, effect doorstep.verdict_effect,"
        " until timestamptz, message text, to_address text, send_at timestamptz, undo_seconds int) LANGUAGE plpgsql SECURITY DEFINER AS"
        " $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(20); END $$");
    bool ok = ask_of(cut, preview(first, 1, "note", "sms"));
    sql("DROP FUNCTION doorstep.outreach_check(jsonb)");
    sql("ALTER FUNCTION doorstep.outreach_check_kept(jsonb) RENAME TO outreach_check");
    db_sync_close(cut);
    assert_false(ok);
    assert_false(reply.in_doubt);
    assert_int_equal(reply.error.code, ERR_UNREACHABLE);
    assert_true(ask(preview(first, 1, "note", "sms")));
}

/* --- checking and sending ---------------------------------------------------------------- */

static void an_edited_text_is_checked_as_it_is(void **state)
{
    (void)state;
    assert_true(ask(preview(first + 5, 1, "note", "email")));
    struct request r = with_message(REQ_CHECK, 0, 0);
    struct message *m = &r.outreach.messages[0];
    free(m->body);
    m->body = xstrdup("Quite \"another\" text\n\\ <\xe2\x82\xac>");
    m->edited = true;
    assert_true(ask(r));
    assert_int_equal(reply.message_count, 1);
    assert_string_equal(reply.messages[0].body, "Quite \"another\" text\n\\ <\xe2\x82\xac>");
    assert_int_equal(reply.messages[0].verdict_count, 0);
    assert_string_equal(reply.messages[0].to, "c6@example.com");
    assert_true(ask(by_hand(REQ_CHECK, first + 1, CHANNEL_EMAIL, "By hand", 0)));
    assert_int_equal(message_worst(&reply.messages[0])->guardrail, GUARDRAIL_NO_ADDRESS);
    assert_false(ask_of(db, (struct request){ .kind = REQ_CHECK }));
}

static void a_key_sends_once(void **state)
{
    (void)state;
    for (int again = 0; again < 2; again++) {
        assert_true(ask(preview(first + 10, 1, "note", "email")));
        assert_true(ask(with_message(REQ_SEND, 0, 10)));
        assert_int_equal(reply.result_count, 1);
        assert_true(reply.results[0].ok);
        assert_string_equal(reply.results[0].code, "ok");
        assert_string_equal(reply.summary, "queued the e-mail to Customer 11: goes out in 10 s");
    }
    char query[160];
    snprintf(query, sizeof query, "SELECT count(*) || ' ' || min(body) FROM doorstep.outreach WHERE exception_id = %" PRId64, first + 10);
    assert_string_equal(sql(query), "1 Hi Customer,\nAcme & Maria");
}

static void what_came_between_is_noticed(void **state)
{
    (void)state;
    assert_true(ask(about(REQ_COMPOSE, first + 12, 1)));
    int64_t seen = reply.compose->seen;
    assert_true(ask(by_hand(REQ_SEND, first + 12, CHANNEL_EMAIL, "First", 12)));
    assert_true(reply.results[0].ok);
    struct request r = by_hand(REQ_SEND, first + 12, CHANNEL_EMAIL, "Second", 13);
    r.outreach.seen = seen;
    assert_true(ask(r));
    assert_false(reply.results[0].ok);
    assert_string_equal(reply.results[0].code, "stale");
    assert_string_equal(reply.summary, reply.results[0].message);
}

static void many_are_queued_with_an_answer_each(void **state)
{
    (void)state;
    assert_true(ask(preview(first + 20, 8, "note", "email")));
    struct request r = { .kind = REQ_SEND, .outreach = { .seen = -1, .messages = reply.messages, .message_count = reply.message_count,
                                                         .macro = xstrdup("ask") } };
    reply.messages = NULL;
    reply.message_count = 0;
    r.outreach.messages[3].exception_id = first + 1;          /* has no address */
    snprintf(r.key, sizeof r.key, KEY, 20);
    assert_true(ask(r));
    assert_int_equal(reply.result_count, 8);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(reply.results[i].ok, i != 3);
    assert_string_equal(reply.results[3].code, "blocked");
    char start[48] = "queued 7, 1 refused: ";
    assert_memory_equal(reply.summary, start, strlen(start));
    char query[160];
    snprintf(query, sizeof query, "SELECT string_agg(DISTINCT state || ' ' || tags::text, ',') FROM doorstep.exception WHERE id = %" PRId64, first + 20);
    assert_string_equal(sql(query), "waiting {asked}");
}

static void a_macro_without_a_message_runs_alone(void **state)
{
    (void)state;
    sql("INSERT INTO doorstep.macro (name, title, then_verb, tag) VALUES ('seen', 'Seen', 'work', 'seen')");
    struct request r = about(REQ_SEND, first + 40, 2);
    r.outreach.macro = xstrdup("seen");
    snprintf(r.key, sizeof r.key, KEY, 40);
    assert_true(ask(r));
    assert_int_equal(reply.result_count, 2);
    assert_true(reply.results[1].ok);
    assert_string_equal(reply.summary, "done with 2");
}

static void who_may_not_is_told(void **state)
{
    (void)state;
    struct db_sync *eve = open_as("o_eve");
    assert_true(ask_of(eve, preview(first + 45, 1, "note", "email")));
    assert_true(ask_of(eve, with_message(REQ_SEND, 0, 45)));
    assert_string_equal(reply.results[0].code, "denied");
    assert_false(ask_of(eve, by_hand(REQ_DRAFT_SAVE, first, CHANNEL_SMS, "x", 0)));
    assert_int_equal(reply.error.code, ERR_REFUSED);
    db_sync_close(eve);
}

/* --- what was said ----------------------------------------------------------------------- */

static void messages_tell_what_was_said(void **state)
{
    (void)state;
    assert_true(ask(by_hand(REQ_SEND, first + 50, CHANNEL_SMS, "Two\nlines", 50)));
    assert_true(reply.results[0].ok);
    char text[1200];
    snprintf(text, sizeof text,
             "UPDATE doorstep.outreach SET state = 'failed', reason = E'refused \\u001b[31mtwice', tries = 2 WHERE exception_id = %" PRId64 ";"
             "INSERT INTO doorstep.outreach_attempt (outreach_id, fence, at, outcome, code, message, worker)"
             " SELECT id, g, '2026-11-22 10:00:00+00', 'retry', '429', 'slower', 'w' FROM doorstep.outreach, generate_series(1, 2) g WHERE exception_id = %" PRId64 ";"
             "INSERT INTO doorstep.contact (brand_id, customer_id, exception_id, channel, from_address, at, text, provider, provider_id)"
             " SELECT brand_id, customer_id, id, 'sms', '+15125550051', now() + interval '1 s', E'What?\\nWhere?', 'test', '1'"
             "   FROM doorstep.exception WHERE id = %" PRId64, first + 50, first + 50, first + 50);
    sql(text);
    assert_true(ask(about(REQ_MESSAGES, first + 50, 1)));
    assert_int_equal(reply.row_count, 2);
    const struct message_row *in = &reply.rows[0], *out = &reply.rows[1];
    assert_true(in->inbound && !out->inbound);
    assert_string_equal(in->body, "What?\nWhere?");
    assert_string_equal(in->who, "+1 … 51");
    assert_string_equal(in->driver, "reply");
    assert_int_equal(out->channel, CHANNEL_SMS);
    assert_int_equal(out->state, OUTREACH_FAILED);
    assert_string_equal(out->state_text, "refused [31mtwice");
    assert_string_equal(out->who, "o_maria");
    assert_string_equal(out->to, "+1 … 51");
    assert_string_equal(out->body, "Two\nlines");
    assert_int_equal(out->tries, 2);
    assert_true(out->sent_at == WHEN_NONE && out->send_after != WHEN_NONE);
    assert_non_null(strstr(out->attempts, "retry 429 slower\n"));
}

static void the_words_are_the_databases(void **state)
{
    (void)state;
    if (!admin)
        skip();
    struct buf b;
    buf_init(&b, 0);
    for (int i = 0; i < CHANNEL_COUNT; i++)
        buf_printf(&b, "%s ", channel_name((enum channel)i));
    assert_string_equal(sql("SELECT string_agg(x::text, ' ') || ' ' FROM unnest(enum_range(NULL::doorstep.channel)) x"), buf_str(&b));
    buf_reset(&b);
    for (int i = 0; i < OUTREACH_STATE_COUNT; i++)
        buf_printf(&b, "%s ", outreach_state_name((enum outreach_state)i));
    assert_string_equal(sql("SELECT string_agg(x::text, ' ') || ' ' FROM unnest(enum_range(NULL::doorstep.outreach_state)) x"), buf_str(&b));
    buf_reset(&b);
    for (int i = 0; i < VERDICT_COUNT; i++)
        buf_printf(&b, "%s ", verdict_effect_name((enum verdict_effect)i));
    assert_string_equal(sql("SELECT string_agg(x::text, ' ') || ' ' FROM unnest(enum_range(NULL::doorstep.verdict_effect)) x"), buf_str(&b));
    buf_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(composing_opens_with_everything),
        cmocka_unit_test(drafts_are_kept_and_forgotten),
        cmocka_unit_test(a_preview_is_what_the_customer_gets),
        cmocka_unit_test(verdicts_come_with_each_of_many),
        cmocka_unit_test(where_no_template_fits_it_is_said_among_the_verdicts),
        cmocka_unit_test(a_provider_gets_its_variables),
        cmocka_unit_test(what_is_wrong_with_a_preview_is_said),
        cmocka_unit_test(previews_overlap_with_other_requests),
        cmocka_unit_test(a_preview_cut_in_the_middle_fails),
        cmocka_unit_test(an_edited_text_is_checked_as_it_is),
        cmocka_unit_test(a_key_sends_once),
        cmocka_unit_test(what_came_between_is_noticed),
        cmocka_unit_test(many_are_queued_with_an_answer_each),
        cmocka_unit_test(a_macro_without_a_message_runs_alone),
        cmocka_unit_test(who_may_not_is_told),
        cmocka_unit_test(messages_tell_what_was_said),
        cmocka_unit_test(the_words_are_the_databases),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
