/* The connection at work: answers, actions, notifications, and everything that breaks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/embed.h"
#include "base/when.h"
#include "db/db.h"
#include "db/migrate.h"
#include "db/pg.h"

extern const struct embed_file db_query_files[];

#define ROWS 300
#define PATIENCE_MS 60000

static const char sample[] =
    "DO $$ BEGIN\n"
    "  IF to_regrole('t_maria') IS NULL THEN CREATE ROLE t_maria LOGIN IN ROLE doorstep_agent; END IF;\n"
    "  IF to_regrole('t_dana') IS NULL THEN CREATE ROLE t_dana LOGIN IN ROLE doorstep_lead; END IF;\n"
    "  IF to_regrole('t_nobody') IS NULL THEN CREATE ROLE t_nobody LOGIN; END IF;\n"
    "END $$;\n"
    "SET search_path = doorstep, pg_temp;\n"
    "INSERT INTO agent (role, display_name) VALUES ('t_maria', 'Maria'), ('t_dana', 'Dana');\n"
    "INSERT INTO brand (code, name) VALUES ('acme', 'Acme');\n"
    "INSERT INTO carrier (code, name) VALUES ('ups', 'UPS') ON CONFLICT DO NOTHING;\n"
    "INSERT INTO customer (brand_id, external_id, name, email) SELECT id, 'c1', E'Rosa \\u202eDelgado', 'rosa@example.com' FROM brand WHERE code = 'acme';\n"
    "INSERT INTO orders (brand_id, order_number, customer_id, currency, total) SELECT brand_id, '10-1', id, 'USD', 148.2 FROM customer;\n"
    "INSERT INTO order_line (order_id, line, sku, title, quantity) SELECT id, 1, 'LAMP-2', 'Desk lamp', 2 FROM orders;\n"
    "INSERT INTO shipment (brand_id, carrier_id, tracking_number, order_id, customer_id)\n"
    "  SELECT o.brand_id, c.id, '1Z' || lpad(g::text, 6, '0'), o.id, o.customer_id\n"
    "    FROM orders o, carrier c, generate_series(1, 300) g WHERE c.code = 'ups';\n"
    "INSERT INTO exception (kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number,\n"
    "    order_id, order_number, customer_id, customer_name, first_response_due_at, resolve_due_at, opened_at, search)\n"
    "  SELECT CASE WHEN s.id % 3 = 0 THEN 'lost' ELSE 'held' END::exception_kind, 'high', 'carrier', s.brand_id, 'acme', s.id, s.carrier_id,\n"
    "    'ups', 'UPS', s.tracking_number, s.order_id, '10-1', s.customer_id, E'Rosa \\u202eDelgado', now() + s.id * interval '1 hour',\n"
    "    now() + s.id * interval '2 hours', '2026-11-21 10:00:00.5+00', search_words(s.tracking_number, '10-1', 'Rosa Delgado', '', '', '', '')\n"
    "    FROM shipment s ORDER BY s.id;\n";

static char *dsn_as(const char *role)
{
    const char *d = getenv("DOORSTEP_TEST_DSN");
    char *out = xcalloc(strlen(d) + 64, 1);
    snprintf(out, strlen(d) + 64, "%s user=%s", d, role);
    return out;
}

static PGconn *admin;

static char *sql(const char *text)
{
    static char value[200];
    PGresult *r = PQexec(admin, text);
    if (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK)
        fail_msg("%s: %s", text, PQresultErrorMessage(r));
    snprintf(value, sizeof value, "%s", PQntuples(r) ? PQgetvalue(r, 0, 0) : "");
    PQclear(r);
    return value;
}

static int set_up(void **state)
{
    (void)state;
    struct err e;
    const char *d = getenv("DOORSTEP_TEST_DSN");
    if (!d) {
        print_message("# DOORSTEP_TEST_DSN is not set: there is no database to try the connection on\n");
        return 0;
    }
    admin = pg_connect(d, "test", PG_CONNECT_MS, &e);
    if (!admin)
        fail_msg("%s", e.text);
    if (strcmp(sql("SELECT count(*) FROM doorstep.exception"), "0") == 0)
        sql(sample);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    PQfinish(admin);
    return 0;
}

/* --- a session that remembers what it was told --------------------------------- */

struct session {
    struct loop *loop;
    struct db *db;
    enum db_link state;
    int lives, downs, connecting;
    struct err why;
    int64_t retry_at;
    struct reply reply;        /* the last */
    uint32_t next, answered;
    int replies, in_doubt, hints;
    struct hint hint;          /* the last; items not kept */
};

static void on_link(void *ctx, enum db_link state, const struct err *why, int64_t retry_at)
{
    struct session *s = ctx;
    s->state = state;
    s->lives += state == DB_LIVE;
    s->downs += state == DB_DOWN;
    s->connecting += state == DB_CONNECTING;
    if (why)
        s->why = *why;
    s->retry_at = retry_at;
}

static void on_hint(void *ctx, const struct hint *h)
{
    struct session *s = ctx;
    s->hints++;
    s->hint = *h;
    if (h->count && h->items)
        s->hint.id = h->items[0].id;
    s->hint.items = NULL;
}

static void on_reply(void *ctx, struct reply *r)
{
    struct session *s = ctx;
    reply_finish(&s->reply);
    s->reply = *r;
    *r = (struct reply){ .kind = REQ_HELLO };
    s->answered = s->reply.number;
    s->replies++;
    s->in_doubt += s->reply.in_doubt;
}

static void open_with(struct session *s, const char *dsn, bool reconnect, int deadline_ms)
{
    *s = (struct session){ .loop = loop_create() };
    const struct db_options o = { .dsn = dsn, .application = "test", .listen = true, .reconnect = reconnect, .deadline_ms = deadline_ms };
    s->db = db_create(s->loop, &o, &(struct db_events){ s, on_link, on_hint, on_reply });
}

#define UNTIL(s, condition)                                            \
    do {                                                               \
        int64_t until_ = loop_now() + PATIENCE_MS;                     \
        while (!(condition)) {                                         \
            if (loop_now() > until_)                                   \
                fail_msg("never: %s (%s)", #condition, (s)->why.text); \
            loop_step((s)->loop, 100);                                 \
        }                                                              \
    } while (0)

static void open_as(struct session *s, const char *role)
{
    if (!admin)
        skip();
    char *d = dsn_as(role);
    open_with(s, d, true, 0);
    free(d);
    UNTIL(s, s->state == DB_LIVE);
}

static void shut(struct session *s)
{
    db_destroy(s->db);
    loop_destroy(s->loop);
    reply_finish(&s->reply);
}

static uint32_t submit(struct session *s, struct request r)
{
    r.number = ++s->next;
    db_submit(s->db, &r);
    return s->next;
}

static struct reply *ask(struct session *s, struct request r)
{
    uint32_t n = submit(s, r);
    UNTIL(s, s->answered == n);
    return &s->reply;
}

static struct request with_ids(enum request_kind kind, const int64_t *ids, size_t count)
{
    struct request r = { .kind = kind, .ids = xcalloc(count, sizeof *r.ids), .id_count = count };
    memcpy(r.ids, ids, count * sizeof *ids);
    return r;
}

static struct request act(enum verb verb, int64_t id, const char *key)
{
    struct request r = with_ids(REQ_ACT, &id, 1);
    r.verb = verb;
    r.act.until = WHEN_NONE;
    snprintf(r.key, sizeof r.key, "%s", key);
    return r;
}

static struct request page(const char *filter, enum page_direction direction, int limit)
{
    return (struct request){ .kind = REQ_PAGE,
                             .page = { .filter = xstrdup(filter), .from_start = true, .direction = direction, .limit = limit } };
}

/* --- reading --------------------------------------------------------------------- */

static void the_greeting_says_who_i_am(void **state)
{
    (void)state;
    struct session s;
    open_as(&s, "t_maria");
    for (int i = 0; i < 2; i++) {
        struct reply *r = ask(&s, (struct request){ .kind = REQ_HELLO });
        assert_true(r->ok);
        assert_string_equal(r->hello.role, "t_maria");
        assert_string_equal(r->hello.display_name, "Maria");
        assert_int_equal(r->hello.level, ROLE_AGENT);
        assert_int_equal(r->hello.schema_version, db_schema_wanted());
        assert_true(r->hello.timeline >= 1);
        assert_false(r->hello.read_only);
        assert_true(llabs(r->hello.now - loop_wall()) < 5000);
        assert_true(r->hello.server[0] != '\0');
    }
    shut(&s);
}

static void pages_follow_each_other_both_ways(void **state)
{
    (void)state;
    struct session s;
    open_as(&s, "t_maria");
    int64_t seen[ROWS + 1];
    size_t n = 0;
    struct request r = page("", PAGE_AFTER, 70);
    bool more = true;
    while (more && n < ROWS) {
        struct reply *p = ask(&s, r);
        assert_true(p->ok);
        for (size_t i = 0; i < p->page.count; i++)
            seen[n++] = p->page.rows[i].id;
        more = p->page.more;
        assert_int_equal(more, n < ROWS);
        const struct queue_row *last = &p->page.rows[p->page.count - 1];
        r = page("", PAGE_AFTER, 70);
        r.page.from_start = false;
        r.page.anchor_key = last->key;
        r.page.anchor_id = last->id;
    }
    request_finish(&r);
    assert_int_equal(n, ROWS);
    for (size_t i = 1; i < n; i++)
        assert_true(seen[i] > seen[i - 1]);

    struct reply *p = ask(&s, page("", PAGE_BEFORE, 10));
    assert_int_equal(p->page.count, 10);
    assert_true(p->page.more);
    assert_int_equal(p->page.rows[9].id, seen[ROWS - 1]);
    assert_int_equal(p->page.rows[0].id, seen[ROWS - 10]);
    struct queue_row anchor = p->page.rows[0];
    for (int inclusive = 0; inclusive < 2; inclusive++) {
        r = page("", PAGE_BEFORE, 3);
        r.page.from_start = false;
        r.page.inclusive = inclusive;
        r.page.anchor_key = anchor.key;
        r.page.anchor_id = anchor.id;
        p = ask(&s, r);
        assert_int_equal(p->page.count, 3);
        assert_int_equal(p->page.rows[2].id, seen[ROWS - 11 + inclusive]);
    }
    shut(&s);
}

static void a_row_is_whole_and_clean(void **state)
{
    (void)state;
    struct session s;
    open_as(&s, "t_maria");
    struct reply *p = ask(&s, page("kind:lost", PAGE_AFTER, 1));
    assert_int_equal(p->page.count, 1);
    const struct queue_row *r = &p->page.rows[0];
    assert_int_equal(r->kind, KIND_LOST);
    assert_int_equal(r->severity, SEVERITY_HIGH);
    assert_int_equal(r->state, STATE_NEW);
    assert_true(r->matches);
    assert_string_equal(r->customer, "Rosa Delgado");
    assert_string_equal(r->carrier_name, "UPS");
    assert_string_equal(r->owner, "");
    assert_int_equal(r->opened_at, INT64_C(1795255200500));
    assert_true(r->last_scan_at == WHEN_NONE);
    assert_true(r->due_at == r->first_response_due_at);
    int64_t id = r->id;
    struct request again = with_ids(REQ_ROWS, &id, 1);
    again.filter = xstrdup("kind:held");
    p = ask(&s, again);
    assert_int_equal(p->page.count, 1);
    assert_false(p->page.rows[0].matches);
    int64_t two[] = { id, 999999999 };
    again = with_ids(REQ_ROWS, two, 2);
    again.filter = xstrdup("kind:lost");
    p = ask(&s, again);
    assert_int_equal(p->page.count, 1);
    assert_true(p->page.rows[0].matches);
    shut(&s);
}

static void counts_ids_words_and_context(void **state)
{
    (void)state;
    /* the last are counted in another way than those beside them, which say the same */
    static const char *const filters[] = { "kind:lost", "tracking:1Z000001", "nonsense:", "owner:none", "owner:me", "owner:me -tag:nosuch",
                                           "severity:>=low", "severity:>=low -tag:nosuch" };
    size_t n = sizeof filters / sizeof *filters;
    struct session s;
    open_as(&s, "t_maria");
    struct request r = { .kind = REQ_COUNTS, .count_filters = xcalloc(n, sizeof *r.count_filters), .count_filter_count = n };
    for (size_t i = 0; i < n; i++)
        r.count_filters[i] = xstrdup(filters[i]);
    struct reply *p = ask(&s, r);
    assert_true(p->ok);
    assert_int_equal(p->counts.open, ROWS);
    assert_true(p->counts.sessions > 0);
    assert_int_equal(p->counts.view_count, n);
    assert_int_equal(p->counts.view[0], ROWS / 3);
    assert_int_equal(p->counts.view[1], 1);
    assert_int_equal(p->counts.view[2], 0);
    assert_true(p->counts.view[3] > 0);
    assert_int_equal(p->counts.view[4], p->counts.view[5]);
    assert_true(p->counts.view[6] != 0);
    assert_int_equal(p->counts.view[6], p->counts.view[7]);

    p = ask(&s, (struct request){ .kind = REQ_IDS, .filter = xstrdup("kind:lost"), .limit = 30 });
    assert_int_equal(p->id_count, 30);
    assert_true(p->ids_more);
    int64_t id = p->ids[0];

    p = ask(&s, (struct request){ .kind = REQ_WORDS });
    bool ups = false;
    for (size_t i = 0; i < p->words.count; i++)
        ups |= p->words.items[i].field == FIELD_CARRIER && strcmp(p->words.items[i].word, "ups") == 0;
    assert_true(ups);

    p = ask(&s, with_ids(REQ_CONTEXT, &id, 1));
    assert_true(p->ok);
    assert_non_null(p->context);
    assert_int_equal(p->context->row.id, id);
    assert_string_equal(p->context->email, "r…a@example.com");
    assert_string_equal(p->context->total, "148.20 USD");
    assert_int_equal(p->context->line_count, 1);
    assert_int_equal(p->context->lines[0].quantity, 2);
    assert_string_equal(p->context->next_action, "claim");
    int64_t none = 999999999;
    p = ask(&s, with_ids(REQ_CONTEXT, &none, 1));
    assert_true(p->ok);
    assert_null(p->context);
    shut(&s);
}

static void a_wrong_filter_points_at_its_column(void **state)
{
    (void)state;
    struct session s;
    open_as(&s, "t_maria");
    struct reply *p = ask(&s, page("kind:lsot", PAGE_AFTER, 10));
    assert_false(p->ok);
    assert_int_equal(p->error.code, ERR_USAGE);
    assert_non_null(strstr(p->error.where, "column"));
    assert_int_equal(s.state, DB_LIVE);
    shut(&s);
}

static void more_filters_than_statements_are_kept(void **state)
{
    (void)state;
    struct session s;
    open_as(&s, "t_maria");
    for (int round = 0; round < 2; round++)
        for (int i = 1; i <= 60; i++) {
            struct buf filter;
            buf_init(&filter, 0);
            buf_puts(&filter, "tier:a0");
            for (int k = 1; k < i; k++)
                buf_printf(&filter, ",a%d", k);
            struct reply *p = ask(&s, page(buf_str(&filter), PAGE_AFTER, 10));
            if (!p->ok)
                fail_msg("%d: %s", i, p->error.text);
            buf_finish(&filter);
        }
    shut(&s);
}

static void requests_overlap(void **state)
{
    (void)state;
    struct session s;
    open_as(&s, "t_maria");
    for (int i = 0; i < 40; i++)
        submit(&s, i % 7 ? page("kind:lost", PAGE_AFTER, 50) : page("kind:lsot", PAGE_AFTER, 1));
    db_forget(s.db, 39);       /* not sent yet: no answer */
    UNTIL(&s, s.replies == 39);
    loop_step(s.loop, 50);
    assert_int_equal(s.replies, 39);
    shut(&s);
}

/* --- doing ------------------------------------------------------------------------- */

static void acting_twice_with_one_key_is_once(void **state)
{
    (void)state;
    static const char key[] = "7b0e6c1c-5f0a-4a43-9a57-000000000001";
    struct session maria, dana;
    open_as(&maria, "t_maria");
    open_as(&dana, "t_dana");
    struct reply *p = ask(&maria, act(VERB_CLAIM, 5, key));
    assert_true(p->ok);
    assert_int_equal(p->result_count, 1);
    assert_true(p->results[0].ok);
    assert_string_equal(p->summary, "claimed #5");
    int32_t rev = p->results[0].rev;
    p = ask(&maria, act(VERB_CLAIM, 5, key));
    assert_int_equal(p->results[0].rev, rev);
    p = ask(&dana, act(VERB_CLAIM, 5, "7b0e6c1c-5f0a-4a43-9a57-000000000002"));
    assert_true(p->ok);
    assert_false(p->results[0].ok);
    assert_string_equal(p->results[0].code, "taken");
    assert_non_null(strstr(p->summary, "t_maria"));
    int64_t both[] = { 5, 6 };
    struct request two = with_ids(REQ_ACT, both, 2);
    two.verb = VERB_CLAIM;
    snprintf(two.key, sizeof two.key, "7b0e6c1c-5f0a-4a43-9a57-000000000004");
    p = ask(&dana, two);
    assert_int_equal(p->result_count, 2);
    assert_ptr_equal(strstr(p->summary, "claimed 1, 1 refused: t_maria claimed it"), p->summary);

    p = ask(&maria, (struct request){ .kind = REQ_UNDO_PEEK });
    assert_string_equal(p->summary, "claim of #5");
    struct request undo = { .kind = REQ_UNDO, .key = "7b0e6c1c-5f0a-4a43-9a57-000000000003" };
    p = ask(&maria, undo);
    assert_true(p->ok);
    assert_string_equal(p->summary, "taken back #5");
    assert_string_equal(sql("SELECT coalesce(owner, 'nobody') FROM doorstep.exception WHERE id = 5"), "nobody");
    shut(&maria);
    shut(&dana);
}

static void every_verb_has_its_arguments(void **state)
{
    (void)state;
    static const struct { enum verb verb; const char *text, *person, *code; bool scan; const char *now; } t[] = {
        { VERB_CLAIM, NULL, NULL, NULL, false, "working t_dana" },
        { VERB_NOTE, "called her", NULL, NULL, false, "working t_dana" },
        { VERB_SEVERITY, NULL, NULL, "critical", false, "working t_dana" },
        { VERB_SNOOZE, NULL, NULL, NULL, true, "snoozed t_dana" },
        { VERB_WORK, NULL, NULL, NULL, false, "working t_dana" },
        { VERB_WAIT, "for the carrier", NULL, NULL, false, "waiting t_dana" },
        { VERB_ASSIGN, NULL, "t_maria", NULL, false, "waiting t_maria" },
        { VERB_RELEASE, "wrong person", NULL, NULL, false, "new " },
        { VERB_RESOLVE, "done", NULL, "redelivery", false, "resolved t_dana" },
        { VERB_REOPEN, "not done", NULL, NULL, false, "new " },
    };
    struct session s;
    open_as(&s, "t_dana");
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        char key[KEY_TEXT];
        snprintf(key, sizeof key, "7b0e6c1c-5f0a-4a43-9a57-0000000001%02zu", i);
        struct request r = act(t[i].verb, 7, key);
        r.act.text = xstrdup(t[i].text);
        r.act.person = xstrdup(t[i].person);
        r.act.code = xstrdup(t[i].code);
        r.act.next_scan = t[i].scan;
        struct reply *p = ask(&s, r);
        if (!p->ok || !p->results[0].ok)
            fail_msg("%s: %s %s", verb_name(t[i].verb), p->error.text, p->summary);
        char *is = sql("SELECT state || ' ' || coalesce(owner, '') FROM doorstep.exception WHERE id = 7");
        if (strncmp(is, t[i].now, strcspn(t[i].now, " ")) != 0)
            fail_msg("%s: %s", verb_name(t[i].verb), is);
    }
    struct request next = act(VERB_TAKE_NEXT, 9, "7b0e6c1c-5f0a-4a43-9a57-000000000200");
    struct reply *p = ask(&s, next);
    assert_int_equal(p->results[0].id, 9);
    next = act(VERB_TAKE_NEXT, 9, "7b0e6c1c-5f0a-4a43-9a57-000000000201");
    next.id_count = 0;         /* of the whole queue */
    p = ask(&s, next);
    assert_true(p->results[0].ok);
    assert_true(p->results[0].id != 9);
    shut(&s);
}

static void views_are_kept_and_forgotten(void **state)
{
    (void)state;
    struct session s;
    open_as(&s, "t_maria");
    struct request save = { .kind = REQ_VIEW_SAVE, .key = "7b0e6c1c-5f0a-4a43-9a57-000000000301", .name = xstrdup("Lost ones"),
                            .filter = xstrdup("kind:lost"), .position = 8 };
    assert_true(ask(&s, save)->ok);
    struct reply *p = ask(&s, (struct request){ .kind = REQ_VIEWS });
    int found = 0;
    for (size_t i = 0; i < p->view_count; i++)
        found += strcmp(p->views[i].name, "Lost ones") == 0 && p->views[i].position == 8 && strcmp(p->views[i].owner, "t_maria") == 0;
    assert_int_equal(found, 1);
    assert_true(p->views[0].builtin);
    struct request shared = { .kind = REQ_VIEW_SAVE, .key = "7b0e6c1c-5f0a-4a43-9a57-000000000302", .name = xstrdup("x"), .shared = true };
    p = ask(&s, shared);
    assert_false(p->ok);
    assert_int_equal(p->error.code, ERR_REFUSED);
    for (int i = 0; i < 2; i++) {
        struct request gone = { .kind = REQ_VIEW_DELETE, .name = xstrdup("lost ones") };
        snprintf(gone.key, sizeof gone.key, "7b0e6c1c-5f0a-4a43-9a57-00000000031%c", '0' + i);
        assert_int_equal(ask(&s, gone)->ok, i == 0);
    }
    shut(&s);
}

/* --- notifications -------------------------------------------------------------------- */

static void changes_arrive_as_hints(void **state)
{
    (void)state;
    struct session s;
    open_as(&s, "t_maria");
    sql("UPDATE doorstep.exception SET rev = rev + 1, severity = 'low' WHERE id = 11");
    UNTIL(&s, s.hints == 1);
    assert_int_equal(s.hint.kind, HINT_EXCEPTIONS);
    assert_int_equal(s.hint.id, 11);
    sql("NOTIFY doorstep, 'what is this'");
    UNTIL(&s, s.hints == 2);
    assert_int_equal(s.hint.kind, HINT_MANY);
    int64_t id = 11;
    assert_true(ask(&s, with_ids(REQ_VIEWING, &id, 1))->ok);
    UNTIL(&s, s.hint.kind == HINT_PRESENCE);
    assert_string_equal(s.hint.role, "t_maria");
    shut(&s);
}

static void a_suspended_session_does_not_listen(void **state)
{
    (void)state;
    struct session s;
    open_as(&s, "t_maria");
    db_suspend(s.db);
    sql("NOTIFY doorstep, 'v'");
    assert_true(ask(&s, page("", PAGE_AFTER, 1))->ok);
    assert_int_equal(s.hints, 0);
    db_resume(s.db);
    UNTIL(&s, s.lives == 2);
    sql("NOTIFY doorstep, 'v'");
    UNTIL(&s, s.hints == 1);
    assert_int_equal(s.hint.kind, HINT_VIEWS);
    shut(&s);
}

/* Whose rights change says hello again, listens to what is theirs now, and everything is read again. */
static void a_session_becomes_what_its_person_becomes(void **state)
{
    (void)state;
    struct session s;
    open_as(&s, "t_dana");
    assert_int_equal(ask(&s, (struct request){ .kind = REQ_HELLO })->hello.level, ROLE_LEAD);
    sql("SELECT doorstep.user_grant('t_dana', 'agent')");
    UNTIL(&s, s.lives == 2);
    struct reply *r = ask(&s, (struct request){ .kind = REQ_HELLO });
    assert_int_equal(r->hello.level, ROLE_AGENT);
    sql("SELECT doorstep.user_scope('t_dana', '{unassigned}')");
    UNTIL(&s, s.lives == 3);
    assert_string_equal(ask(&s, (struct request){ .kind = REQ_HELLO })->hello.brand, "unassigned");
    int hints = s.hints;
    sql("UPDATE doorstep.exception SET rev = rev + 1 WHERE id = 12");
    sql("UPDATE doorstep.exception SET rev = rev + 1, brand_id = 0 WHERE id = 13");
    UNTIL(&s, s.hints > hints);
    assert_int_equal(s.hint.kind, HINT_EXCEPTIONS);
    assert_int_equal(s.hint.id, 13);           /* and nothing was heard of 12 */
    sql("UPDATE doorstep.exception SET rev = rev + 1, brand_id = (SELECT id FROM doorstep.brand WHERE code = 'acme') WHERE id = 13");
    UNTIL(&s, s.hint.kind == HINT_MANY);       /* it left: not where to */
    sql("SELECT doorstep.user_scope('t_dana', '{}')");
    UNTIL(&s, s.lives == 4);
    sql("UPDATE doorstep.exception SET rev = rev + 1 WHERE id = 12");
    UNTIL(&s, s.hint.kind == HINT_EXCEPTIONS && s.hint.id == 12);
    sql("SELECT doorstep.user_grant('t_dana', 'none')");
    UNTIL(&s, s.state == DB_DOWN);
    assert_int_equal(s.why.code, ERR_REFUSED);
    assert_true(s.retry_at < 0);
    sql("SELECT doorstep.user_grant('t_dana', 'lead')");
    shut(&s);
}

/* --- breaking ---------------------------------------------------------------------------- */

static void a_lost_connection_answers_everything_and_comes_back(void **state)
{
    (void)state;
    struct session s;
    open_as(&s, "t_maria");
    int pid = ask(&s, (struct request){ .kind = REQ_HELLO })->hello.backend_pid;
    char text[120];
    sql("BEGIN");
    sql("SELECT FROM doorstep.exception WHERE id = 13 FOR UPDATE");
    int before = s.replies;
    submit(&s, act(VERB_CLAIM, 13, "7b0e6c1c-5f0a-4a43-9a57-000000000401"));
    submit(&s, page("", PAGE_AFTER, 10));
    for (int i = 0; i < 5; i++)
        loop_step(s.loop, 20);
    assert_int_equal(s.replies, before);
    snprintf(text, sizeof text, "SELECT pg_terminate_backend(%d)", pid);
    sql(text);
    UNTIL(&s, s.replies == before + 2);
    sql("ROLLBACK");
    assert_int_equal(s.in_doubt, 1);
    assert_false(s.reply.ok);
    assert_int_equal(s.reply.error.code, ERR_UNREACHABLE);
    assert_int_equal(s.why.code, ERR_UNREACHABLE);
    if (s.state == DB_DOWN) {
        assert_true(s.retry_at > 0);
        struct reply *p = ask(&s, page("", PAGE_AFTER, 10));
        assert_false(p->ok);
        assert_int_equal(p->error.code, ERR_UNREACHABLE);
    }
    UNTIL(&s, s.lives == 2);
    assert_true(ask(&s, act(VERB_CLAIM, 13, "7b0e6c1c-5f0a-4a43-9a57-000000000401"))->results[0].ok);
    shut(&s);
}

/* libpq closes the socket of a server that ended: nobody may go on waiting for it. */
static void what_is_lost_is_waited_for_no_longer(void **state)
{
    (void)state;
    struct session s;
    open_as(&s, "t_maria");
    char text[120];
    sql("ALTER ROLE t_maria CONNECTION LIMIT 0");
    snprintf(text, sizeof text, "SELECT pg_terminate_backend(%d)", ask(&s, (struct request){ .kind = REQ_HELLO })->hello.backend_pid);
    sql(text);
    UNTIL(&s, s.state == DB_DOWN);
    int woken = 0;
    for (int steps = 0; steps < 200;) {
        bool down = s.state == DB_DOWN;
        int ran = loop_step(s.loop, down ? 0 : 100);
        if (down && s.state == DB_DOWN) {
            steps++;
            woken += ran;
        }
    }
    sql("ALTER ROLE t_maria CONNECTION LIMIT -1");
    assert_int_equal(woken, 0);
    UNTIL(&s, s.state == DB_LIVE);
    shut(&s);
}

static void a_slow_statement_costs_itself_only(void **state)
{
    (void)state;
    if (!admin)
        skip();
    struct session s;
    char *d = dsn_as("t_maria");
    open_with(&s, d, true, 30000);     /* the server gives it up three seconds before we do */
    free(d);
    UNTIL(&s, s.state == DB_LIVE);
    sql("BEGIN");
    sql("SELECT FROM doorstep.exception WHERE id = 17 FOR UPDATE");
    struct reply *p = ask(&s, act(VERB_CLAIM, 17, "7b0e6c1c-5f0a-4a43-9a57-000000000402"));
    sql("ROLLBACK");
    assert_false(p->ok);
    assert_false(p->in_doubt);
    assert_int_equal(p->error.code, ERR_AGAIN);
    assert_string_equal(p->error.sqlstate, "57014");
    assert_int_equal(s.downs, 0);
    assert_true(ask(&s, page("", PAGE_AFTER, 1))->ok);
    shut(&s);
}

static void an_action_on_many_may_take_longer(void **state)
{
    (void)state;
    if (!admin)
        skip();
    struct session s;
    char *d = dsn_as("t_maria");
    int64_t ids[3000];
    for (size_t i = 0; i < 3000; i++)
        ids[i] = 1000000 + (int64_t)i;
    ids[0] = 17;
    open_with(&s, d, true, 3000);
    free(d);
    UNTIL(&s, s.state == DB_LIVE);
    sql("BEGIN");
    sql("SELECT FROM doorstep.exception WHERE id = 17 FOR UPDATE");
    struct request r = with_ids(REQ_ACT, ids, 3000);
    r.verb = VERB_WORK;
    snprintf(r.key, sizeof r.key, "7b0e6c1c-5f0a-4a43-9a57-000000000403");
    int before = s.replies;
    submit(&s, r);
    for (int64_t until = loop_now() + 4500; loop_now() < until;)
        loop_step(s.loop, 50);
    assert_int_equal(s.replies, before);
    sql("ROLLBACK");
    UNTIL(&s, s.replies == before + 1);
    assert_true(s.reply.ok);
    assert_int_equal(s.reply.result_count, 3000);
    assert_int_equal(s.downs, 0);
    shut(&s);
}

/* A hundred rows are chosen, changed and acted on without their ids: what comes back is counts, and the first results. */
static void a_filter_is_selected_and_acted_on(void **state)
{
    (void)state;
    struct session s;
    open_as(&s, "t_maria");
    struct reply *p = ask(&s, (struct request){ .kind = REQ_SELECT, .filter = xstrdup("kind:lost,held") });
    assert_true(p->ok && !p->selection.more);
    int64_t number = p->selection.number, count = p->selection.count, all = -number;
    assert_true(count > 1);
    p = ask(&s, (struct request){ .kind = REQ_SELECT_HAS, .selection = number });
    assert_int_equal(p->id_count, count);
    int64_t out = p->ids[0];
    struct request r = with_ids(REQ_SELECT_CHANGE, &out, 1);
    r.selection = number;
    r.drop = true;
    p = ask(&s, r);
    assert_int_equal(p->selection.count, count - 1);
    r = with_ids(REQ_SELECT_HAS, &out, 1);
    r.selection = number;
    assert_int_equal(ask(&s, r)->id_count, 0);

    r = with_ids(REQ_ACT, &all, 1);
    r.verb = VERB_NOTE;
    r.act.text = xstrdup("one of many");
    r.brief = true;
    snprintf(r.key, sizeof r.key, "7b0e6c1c-5f0a-4a43-9a57-000000000501");
    p = ask(&s, r);
    assert_true(p->ok);
    assert_int_equal(p->of_many.done, count - 1);
    assert_int_equal(p->of_many.refused, 0);
    assert_int_equal(p->result_count, count - 1 < BRIEF_DONE ? count - 1 : BRIEF_DONE);
    assert_true(p->results[0].ok && p->results[0].id > 0);

    for (int again = 0; again < 2; again++) {        /* a tag they have is no change, and not said to be one */
        r = with_ids(REQ_ACT, &all, 1);
        r.verb = VERB_TAG;
        r.act.code = xstrdup("many");
        r.brief = true;
        snprintf(r.key, sizeof r.key, "7b0e6c1c-5f0a-4a43-9a57-00000000051%d", again);
        p = ask(&s, r);
        assert_int_equal(p->of_many.done, again ? 0 : count - 1);
        assert_int_equal(p->of_many.same, again ? count - 1 : 0);
    }
    assert_non_null(strstr(p->summary, "nothing changed: all "));

    int64_t gone = -1;
    r = with_ids(REQ_ACT, &gone, 1);
    r.verb = VERB_WORK;
    r.brief = true;
    snprintf(r.key, sizeof r.key, "7b0e6c1c-5f0a-4a43-9a57-000000000502");
    p = ask(&s, r);
    assert_int_equal(p->of_many.refused, 1);
    assert_string_equal(p->results[0].message, "this selection is no longer kept: choose again, nothing was done");
    shut(&s);
}

static void a_silent_server_is_given_up(void **state)
{
    (void)state;
    if (!admin)
        skip();
    struct session s;
    char *d = dsn_as("t_maria");
    open_with(&s, d, true, 600);
    free(d);
    UNTIL(&s, s.state == DB_LIVE);
    int pid = ask(&s, (struct request){ .kind = REQ_HELLO })->hello.backend_pid;
    if (kill(pid, SIGSTOP) != 0) {
        shut(&s);
        print_message("# the server belongs to somebody else: its backend cannot be stopped\n");
        skip();
    }
    struct reply *p = ask(&s, act(VERB_CLAIM, 19, "7b0e6c1c-5f0a-4a43-9a57-000000000403"));
    kill(pid, SIGCONT);
    assert_false(p->ok);
    assert_true(p->in_doubt);
    assert_int_equal(p->error.code, ERR_UNREACHABLE);
    UNTIL(&s, s.lives == 2);
    shut(&s);
}

static void what_does_not_get_better_is_not_tried_again(void **state)
{
    (void)state;
    if (!admin)
        skip();
    char *nobody = dsn_as("t_nobody"), *maria = dsn_as("t_maria");
    const struct { const char *dsn, *prepare, *undo; enum err_code code; const char *says; } t[] = {
        { nobody, NULL, NULL, ERR_REFUSED, "ask an administrator" },
        { maria, "INSERT INTO doorstep.schema_migration (version, name) VALUES (9999, 'x')",
          "DELETE FROM doorstep.schema_migration WHERE version = 9999", ERR_CONFIG, "upgrade this program" },
        { "host", NULL, NULL, ERR_CONFIG, "key=value" },
    };
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        struct session s;
        if (t[i].prepare)
            sql(t[i].prepare);
        open_with(&s, t[i].dsn, true, 0);
        submit(&s, page("", PAGE_AFTER, 1));
        UNTIL(&s, s.state == DB_DOWN && s.replies == 1);
        if (t[i].undo)
            sql(t[i].undo);
        assert_int_equal(s.retry_at, -1);
        assert_int_equal(s.why.code, t[i].code);
        assert_non_null(strstr(s.why.text, t[i].says));
        assert_false(s.reply.ok);
        if (t[i].undo) {
            db_retry_now(s.db);
            UNTIL(&s, s.state == DB_LIVE);
        }
        shut(&s);
    }
    free(nobody);
    free(maria);
}

static void an_absent_server_is_tried_again(void **state)
{
    (void)state;
    struct session s;
    open_with(&s, "host=/nonexistent dbname=x", true, 0);
    UNTIL(&s, s.downs == 3);
    assert_int_equal(s.why.code, ERR_UNREACHABLE);
    assert_true(s.retry_at > 0);
    shut(&s);
}

static void a_moved_schema_ends_the_session(void **state)
{
    (void)state;
    struct session s;
    open_as(&s, "t_maria");
    sql("NOTIFY doorstep, 's 9999'");
    UNTIL(&s, s.state == DB_DOWN);
    assert_int_equal(s.why.code, ERR_CONFIG);
    assert_int_equal(s.retry_at, -1);
    shut(&s);
}

/* --- commands ------------------------------------------------------------------------------ */

static void commands_ask_and_wait(void **state)
{
    (void)state;
    if (!admin)
        skip();
    struct err e;
    struct reply out;
    struct table t;
    char *d = dsn_as("t_dana");
    struct db_sync *s = db_sync_open(d, &e);
    free(d);
    assert_non_null(s);
    struct request r = {.kind = REQ_HELLO};
    assert_true(db_sync_ask(s, &r, &out, &e));
    assert_string_equal(out.hello.role, "t_dana");
    reply_finish(&out);
    r = page("kind:lost", PAGE_AFTER, 5);
    assert_true(db_sync_ask(s, &r, &out, &e));
    assert_int_equal(out.page.count, 5);
    reply_finish(&out);
    assert_true(db_sync_table(s, "view_list", NULL, 0, &t, &e));
    assert_int_equal(t.columns, 5);
    assert_string_equal(t.names[0], "key");
    assert_int_equal(t.types[0], 'n');
    assert_int_equal(t.types[4], 'b');
    assert_string_equal(t.cells[4], "t");
    table_finish(&t);
    const char *id = "5", *none = "999999999", *bad = "x";
    assert_true(db_sync_table(s, "show", &id, 1, &t, &e));
    assert_int_equal(t.types[0], 'j');
    assert_non_null(strstr(t.cells[0], "\"events\""));
    table_finish(&t);
    assert_true(db_sync_table(s, "show", &none, 1, &t, &e));
    assert_null(t.cells[0]);
    table_finish(&t);
    assert_false(db_sync_table(s, "show", &bad, 1, &t, &e));
    assert_int_equal(e.code, ERR_INPUT);
    assert_true(db_sync_table(s, "audit_verify", &(const char *){ NULL }, 1, &t, &e));
    table_finish(&t);
    db_sync_close(s);
    assert_null(db_sync_open("host=/nonexistent", &e));
    assert_int_equal(e.code, ERR_UNREACHABLE);
}

static void migrating_what_is_new_changes_nothing(void **state)
{
    (void)state;
    if (!admin)
        skip();
    struct migrate_result m;
    struct err e;
    assert_true(db_migrate(getenv("DOORSTEP_TEST_DSN"), false, &m, &e));
    assert_int_equal(m.applied, 0);
    assert_int_equal(m.from, db_schema_wanted());
    sql("INSERT INTO doorstep.schema_migration (version, name) VALUES (9999, 'x')");
    bool ok = db_migrate(getenv("DOORSTEP_TEST_DSN"), true, &m, &e);
    sql("DELETE FROM doorstep.schema_migration WHERE version = 9999");
    assert_false(ok);
    assert_int_equal(e.code, ERR_CONFIG);
}

/* As psql would run them; the file's name is the statement's. */
static void every_query_prepares(void **state)
{
    (void)state;
    if (!admin)
        skip();
    for (const struct embed_file *f = db_query_files; f->name; f++) {
        char deallocate[80];
        sql(f->data);
        snprintf(deallocate, sizeof deallocate, "DEALLOCATE %.*s", (int)strlen(f->name) - 4, f->name);
        sql(deallocate);
    }
}

static void the_lists_are_the_databases(void **state)
{
    (void)state;
    if (!admin)
        skip();
#define X(id, name, ...) name ","
    static const struct { const char *type, *names; } t[] = {
        { "exception_kind", KINDS(X) }, { "severity", SEVERITIES(X) }, { "exception_state", STATES(X) },
        { "fault", FAULTS(X) }, { "shipment_status", STATUSES(X) }, { "channel", CHANNELS(X) },
        { "outreach_state", OUTREACH_STATES(X) }, { "verdict_effect", EFFECTS_OF_VERDICTS(X) },
    };
#undef X
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        char query[160];
        PGresult *r;
        struct err e;
        snprintf(query, sizeof query, "SELECT array_to_string(enum_range(NULL::doorstep.%s), ',') || ','", t[i].type);
        r = pg_run(admin, query, 0, NULL, &e);
        assert_non_null(r);
        assert_string_equal(PQgetvalue(r, 0, 0), t[i].names);
        PQclear(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_greeting_says_who_i_am),
        cmocka_unit_test(pages_follow_each_other_both_ways),
        cmocka_unit_test(a_row_is_whole_and_clean),
        cmocka_unit_test(counts_ids_words_and_context),
        cmocka_unit_test(a_wrong_filter_points_at_its_column),
        cmocka_unit_test(more_filters_than_statements_are_kept),
        cmocka_unit_test(requests_overlap),
        cmocka_unit_test(acting_twice_with_one_key_is_once),
        cmocka_unit_test(every_verb_has_its_arguments),
        cmocka_unit_test(views_are_kept_and_forgotten),
        cmocka_unit_test(changes_arrive_as_hints),
        cmocka_unit_test(a_suspended_session_does_not_listen),
        cmocka_unit_test(a_session_becomes_what_its_person_becomes),
        cmocka_unit_test(a_lost_connection_answers_everything_and_comes_back),
        cmocka_unit_test(what_is_lost_is_waited_for_no_longer),
        cmocka_unit_test(a_slow_statement_costs_itself_only), cmocka_unit_test(an_action_on_many_may_take_longer),
        cmocka_unit_test(a_silent_server_is_given_up),
        cmocka_unit_test(what_does_not_get_better_is_not_tried_again),
        cmocka_unit_test(an_absent_server_is_tried_again),
        cmocka_unit_test(a_filter_is_selected_and_acted_on),
        cmocka_unit_test(a_moved_schema_ends_the_session),
        cmocka_unit_test(commands_ask_and_wait),
        cmocka_unit_test(migrating_what_is_new_changes_nothing),
        cmocka_unit_test(every_query_prepares),
        cmocka_unit_test(the_lists_are_the_databases),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
