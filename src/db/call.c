#include "db/call.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "db/db.h"
#include "db/decode.h"
#include "db/query.h"

/* --- parts ------------------------------------------------------------------ */

static struct call_part *add_part(struct call *c, call_take_fn *take)
{
    if (c->parts == CALL_PARTS)
        die("a request of more than %d statements", CALL_PARTS);
    struct call_part *p = &c->part[c->parts++];
    p->take = take;
    return p;
}

struct call_part *call_query(struct call *c, const char *query, call_take_fn *take)
{
    struct call_part *p = add_part(c, take);
    p->query = query;
    return p;
}

struct call_part *call_sql(struct call *c, char *sql, call_take_fn *take)
{
    struct call_part *p = add_part(c, take);
    p->sql = sql;
    return p;
}

static void add_param(struct call_part *p, char *value)
{
    p->params = xrealloc(p->params, ((size_t)p->count + 1) * sizeof *p->params);
    p->params[p->count++] = value;
}

void call_param(struct call_part *p, const char *value)
{
    add_param(p, xstrdup(value));
}

void call_param_int(struct call_part *p, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    add_param(p, xstrdup(text));
}

void call_param_ids(struct call_part *p, const int64_t *ids, size_t count) { add_param(p, query_ids(ids, count)); }

void call_be_patient(struct call *c, int ms)
{
    c->patience_ms = ms;
    call_param_int(call_query(c, "patience", NULL), ms - ms / 10);
}

/* --- the small requests ----------------------------------------------------- */

#define HELLO(sql, type, member) COLUMN(sql, type, struct hello, member)
static const struct column hello_columns[] = {
    HELLO("role", TEXT, role),
    HELLO("display_name", TEXT, display_name),
    HELLO("level", INT, level),            /* a word: decoded apart */
    HELLO("database", TEXT, database),
    HELLO("server", TEXT, server),
    HELLO("brand", TEXT, brand),
    HELLO("schema_version", INT, schema_version),
    HELLO("timeline", INT, timeline),
    HELLO("backend_pid", INT, backend_pid),
    HELLO("now", INSTANT, now),
    HELLO("read_only", BOOL, read_only),
    HELLO("standby", BOOL, standby),
    HELLO("changed_by", TEXT, changed_by),
};
#define HELLO_LEVEL 2

static enum role_level level_of(const char *s, size_t n)
{
    for (int l = ROLE_ADMIN; l > ROLE_NONE; l--) {
        const char *name = role_level_name((enum role_level)l);
        if (strlen(name) == n && strncmp(name, s, n) == 0)
            return (enum role_level)l;
    }
    return ROLE_NONE;
}

static void take_hello(struct call *c, const PGresult *r)
{
    if (PQntuples(r) != 1)
        return;
    struct hello *h = &c->reply.hello;
    decode_row(r, 0, hello_columns, sizeof hello_columns / sizeof hello_columns[0], h);
    h->level = level_of(PQgetvalue(r, 0, HELLO_LEVEL), (size_t)PQgetlength(r, 0, HELLO_LEVEL));
    h->worker = strcmp(PQgetvalue(r, 0, HELLO_LEVEL), "worker") == 0;
}

static void hello(struct call *c)
{
    call_query(c, "hello", take_hello);
}

static bool read_only_sessions;

void db_read_only(void) { read_only_sessions = true; }

struct call *call_greeting(bool listen, int statement_timeout_ms)
{
    struct call *c = xcalloc(1, sizeof *c);
    c->greeting = true;
    c->request.kind = c->reply.kind = REQ_HELLO;
    struct call_part *settings = call_query(c, "settings", NULL);
    call_param_int(settings, statement_timeout_ms);
    call_param(settings, read_only_sessions ? "true" : "false");
    if (listen)
        call_query(c, "listen", NULL);
    hello(c);
    return c;
}

struct call *call_listen(void)
{
    struct call *c = xcalloc(1, sizeof *c);
    c->quiet = true;
    call_query(c, "listen", NULL);
    return c;
}

struct call *call_command(const char *sql)
{
    struct call *c = xcalloc(1, sizeof *c);
    c->quiet = true;
    call_sql(c, xstrdup(sql), NULL);
    return c;
}

static void take_pulse(struct call *c, const PGresult *r)
{
    if (PQntuples(r) != 1)
        return;
    c->reply.hello.backend_pid = (int32_t)strtol(PQgetvalue(r, 0, 0), NULL, 10);
    c->reply.hello.standby = PQgetvalue(r, 0, 1)[0] == 't';
}

struct call *call_pulse(void)
{
    struct call *c = call_command("SELECT pg_backend_pid(), pg_is_in_recovery()");
    c->pulse = c->text = true;
    c->part[0].take = take_pulse;
    return c;
}

bool call_again(struct call *c)
{
    const char *state = c->reply.error.sqlstate;
    bool met = c->failed && (strcmp(state, "40P01") == 0 || strcmp(state, "40001") == 0);
    for (int i = 0; met && i < c->at; i++)
        met = c->part[i].take == NULL;
    if (!met || c->again == 2)
        return false;
    c->again++;
    c->at = 0;
    c->failed = false;
    c->reply.error = (struct err){.code = ERR_NONE};
    return true;
}

void call_afresh(struct call *c)
{
    reply_finish(&c->reply);
    c->reply = (struct reply){.kind = c->request.kind, .number = c->request.number};
    c->next = NULL;
    c->at = 0;
    c->failed = false;
    for (int i = 0; i < c->parts; i++)
        c->part[i].before = 0;
    if (c->table)
        table_finish(c->table);
}

static void viewing(struct call *c)
{
    call_param_int(call_query(c, "viewing", NULL), c->request.id_count ? c->request.ids[0] : 0);
}

#define VIEW(sql, type, member) COLUMN(sql, type, struct saved_view, member)
static const struct column view_columns[] = {
    VIEW("id", INT, id), VIEW("name", TEXT, name), VIEW("filter", TEXT, filter), VIEW("position", INT, position),
    VIEW("owner", TEXT, owner), VIEW("builtin", BOOL, builtin),
};

static void take_views(struct call *c, const PGresult *r)
{
    int n = PQntuples(r);
    c->reply.views = xcalloc((size_t)n, sizeof *c->reply.views);
    c->reply.view_count = (size_t)n;
    for (int i = 0; i < n; i++)
        decode_row(r, i, view_columns, sizeof view_columns / sizeof view_columns[0], &c->reply.views[i]);
}

static void views(struct call *c)
{
    call_query(c, "views", take_views);
}

static enum filter_field field_named(const char *name, size_t n)
{
    int f = 0;
    while (f < FIELD_COUNT && (strlen(filter_field_name((enum filter_field)f)) != n ||
                               strncmp(filter_field_name((enum filter_field)f), name, n) != 0))
        f++;
    return (enum filter_field)f;
}

static void take_words(struct call *c, const PGresult *r)
{
    struct words *w = &c->reply.words;
    int n = PQntuples(r);
    w->items = xcalloc((size_t)n, sizeof *w->items);
    for (int i = 0; i < n; i++) {
        enum filter_field f = field_named(PQgetvalue(r, i, 0), (size_t)PQgetlength(r, i, 0));
        if (f == FIELD_COUNT)
            continue;          /* a word list of a newer schema */
        w->items[w->count].field = f;
        w->items[w->count].word = decode_text(r, i, 1);
        w->items[w->count++].label = decode_text(r, i, 2);
    }
}

static void words(struct call *c)
{
    call_query(c, "words", take_words);
}

/* --- all requests ----------------------------------------------------------- */

static const struct {
    void (*build)(struct call *c);
    void (*complete)(struct call *c);
    bool writes;
} kinds[] = {
    [REQ_HELLO] = { hello, NULL, false },
    [REQ_PAGE] = { call_page, call_complete_page, false },
    [REQ_ROWS] = { call_rows, NULL, false },
    [REQ_COUNTS] = { call_counts, NULL, false },
    [REQ_CONTEXT] = { call_context, NULL, false },
    [REQ_ACT] = { call_act, call_complete_act, true },
    [REQ_UNDO] = { call_undo, call_complete_act, true },
    [REQ_UNDO_PEEK] = { call_undo_peek, NULL, false },
    [REQ_TAKEN] = { call_taken, NULL, false },
    [REQ_VIEWING] = { viewing, NULL, false },
    [REQ_VIEWS] = { views, NULL, false },
    [REQ_VIEW_SAVE] = { call_view_save, NULL, true },
    [REQ_VIEW_DELETE] = { call_view_delete, NULL, true },
    [REQ_WORDS] = { words, NULL, false },
    [REQ_IDS] = { call_ids, NULL, false },
    [REQ_COMPOSE] = { call_compose, NULL, false },
    [REQ_PREVIEW] = { call_preview, NULL, false },
    [REQ_CHECK] = { call_check, NULL, false },
    [REQ_SEND] = { call_send, call_complete_send, true },
    [REQ_DRAFT_SAVE] = { call_draft_save, NULL, false },   /* saving again is the same */
    [REQ_MESSAGES] = { call_messages, NULL, false },
    [REQ_OUTREACH_ACT] = { call_outreach_act, NULL, true },
    [REQ_OUTBOX_CLAIM] = { call_outbox_claim, NULL, true },
    [REQ_OUTBOX_RECORD] = { call_outbox_record, NULL, true },
    [REQ_OUTBOX_EXTEND] = { call_outbox_extend, NULL, true },
    [REQ_OUTBOX_DISOWN] = { call_outbox_disown, NULL, true },
    [REQ_OUTBOX_REAP] = { call_outbox_work, NULL, true },
    [REQ_OUTBOX_SETTLE] = { call_outbox_work, NULL, true },
    [REQ_OUTBOX_WAKE] = { call_outbox_work, NULL, true },
    [REQ_OUTBOX_NEXT] = { call_outbox_next, NULL, false },
    [REQ_DESK_CLAIM] = { call_desk_claim, NULL, true },
    [REQ_DESK_RECORD] = { call_desk_record, NULL, true },
    [REQ_DESK_EXTEND] = { call_desk_extend, NULL, true },
    [REQ_DESK_DISOWN] = { call_desk_disown, NULL, true },
    [REQ_DESK_POLL] = { call_desk_claim, NULL, true },
    [REQ_DESK_NEXT] = { call_desk_next, NULL, false },
    [REQ_BOARD] = { call_board, NULL, false },
    [REQ_CONTROL_DUE] = { call_control_due, NULL, true },
    [REQ_CONTROL] = { call_control, NULL, false },
    [REQ_OUTAGE_PREVIEW] = { call_outage_preview, NULL, false },
    [REQ_OUTAGE_DECLARE] = { call_outage_declare, call_complete_outage, true },
    [REQ_OUTAGE_ACT] = { call_outage_act, call_complete_outage, true },
    [REQ_OUTAGE_LIST] = { call_outage_list, NULL, false },
    [REQ_OVERRIDE_PREVIEW] = { call_override_preview, NULL, false },
    [REQ_OVERRIDE_APPLY] = { call_override_apply, call_complete_override, true },
    [REQ_OVERRIDE_REVERT] = { call_override_revert, call_complete_override, true },
    [REQ_OVERRIDES] = { call_overrides, NULL, false },
    [REQ_BATCHES] = { call_batches, NULL, false },
    [REQ_BATCH_ACT] = { call_batch_act, call_complete_override, true },
    [REQ_CASES] = { call_cases, NULL, false },
    [REQ_CASE] = { call_case, NULL, false },
    [REQ_CASE_ACT] = { call_case_act, call_complete_case, true },
    [REQ_TABLE] = { call_table_read, NULL, false },
    [REQ_TABLE_ACT] = { call_table_act, call_complete_table_act, true },
    [REQ_SELECT] = { call_select, NULL, false },          /* lost on the way it is asked for anew */
    [REQ_SELECT_CHANGE] = { call_select_change, NULL, false },
    [REQ_SELECT_HAS] = { call_select_has, NULL, false },
    [REQ_PASS] = { call_pass, NULL, true },
    [REQ_TYPED] = { call_typed, NULL, false },
    [REQ_TYPED_SAVE] = { call_typed, NULL, false },        /* saving again is the same */
    [REQ_GONE] = { call_table_read, NULL, false },
    [REQ_RULES] = { call_rules, NULL, true },
    [REQ_RULE_TEST] = { call_rule_test, call_complete_rule_test, false },
};

struct call *call_create(struct request *r, int64_t now, const struct when_zone *zone)
{
    struct call *c = xcalloc(1, sizeof *c);
    c->request = *r;
    *r = (struct request){ .kind = REQ_HELLO };
    c->reply.kind = c->request.kind;
    c->reply.number = c->request.number;
    c->now = now;
    c->zone = *zone;
    if ((size_t)c->request.kind >= sizeof kinds / sizeof kinds[0] || !kinds[c->request.kind].build)
        die("request %d has no call", (int)c->request.kind);
    kinds[c->request.kind].build(c);
    return c;
}

void call_complete(struct call *c)
{
    c->reply.ok = !c->failed;
    if (c->reply.ok && kinds[c->request.kind].complete)
        kinds[c->request.kind].complete(c);
}

bool call_writes(const struct call *c)
{
    return c->keyed || kinds[c->request.kind].writes;
}

void call_destroy(struct call *c)
{
    for (int i = 0; i < c->parts; i++) {
        for (int p = 0; p < c->part[i].count; p++)
            free(c->part[i].params[p]);
        free(c->part[i].params);
        free(c->part[i].sql);
        free(c->part[i].evicted.sql);
    }
    if (c->trace)
        buf_finish(c->trace);
    free(c->trace);
    request_finish(&c->request);
    reply_finish(&c->reply);
    free(c);
}

void call_destroy_list(struct call *list)
{
    for (struct call *next; list; list = next) {
        next = list->next;
        call_destroy(list);
    }
}
