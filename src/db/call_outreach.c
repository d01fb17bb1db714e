/* Messages: templates filled in here with what the database knows of each customer, the verdicts
 * on them, and queueing them. */
#include "db/call.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/when.h"
#include "core/template.h"
#include "db/decode.h"

#define COUNT(a) (sizeof (a) / sizeof *(a))

/* --- messages as the database reads them ------------------------------------------ */

static json_t *text_or_null(const char *s)
{
    json_t *text = s && *s ? json_string(s) : NULL;
    return text ? text : json_null();
}

static json_t *item_of(const struct message *m)
{
    json_t *vars = m->provider_vars ? json_loads(m->provider_vars, 0, NULL) : NULL;
    bool by_hand = m->template_id == 0;
    return json_pack("{sI so so ss ss so so ss so sb so}", "exception", (json_int_t)m->exception_id,
                     "template", by_hand ? json_null() : json_integer(m->template_id),
                     "version", by_hand ? json_null() : json_integer(m->version), "channel", channel_name(m->channel),
                     "language", m->language, "to", text_or_null(m->to), "subject", text_or_null(m->subject),
                     "body", m->body ? m->body : "", "html", text_or_null(m->html), "edited", (int)m->edited,
                     "vars", vars ? vars : json_null());
}

/* A message there is no template for has no text at all: it is neither checked nor sent. */
static bool has_text(const struct message *m)
{
    return m->body != NULL;
}

static void param_items(struct call_part *p, const struct message *messages, size_t count)
{
    json_t *items = json_array();
    for (size_t i = 0; i < count; i++)
        if (has_text(&messages[i]) && json_array_append_new(items, item_of(&messages[i])) != 0)
            die("a message's text is not UTF-8");
    char *text = json_dumps(items, JSON_COMPACT);
    call_param(p, text);
    free(text);
    json_decref(items);
}

void call_param_rendered(struct call_part *p, const struct message *messages, size_t count)
{
    json_t *items = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct message *m = &messages[i];
        const char *why = m->verdict_count ? m->verdicts[0].message : "there is no text for it";
        json_t *item = has_text(m) ? item_of(m) : json_pack("{sI ss}", "exception", (json_int_t)m->exception_id, "cannot", why);
        if (json_array_append_new(items, item) != 0)
            die("a message's text is not UTF-8");
    }
    char *text = json_dumps(items, JSON_COMPACT);
    call_param(p, text);
    free(text);
    json_decref(items);
}

/* Many take longer than a page may. */
enum { MANY = 200, PATIENCE_MS = 90000 };

static void be_patient(struct call *c, size_t count)
{
    if (count > MANY)
        call_be_patient(c, PATIENCE_MS);
}

/* --- verdicts ----------------------------------------------------------------------- */

struct check_row {
    int64_t ord, exception_id;
    struct verdict verdict;
    char to[164];
    int64_t send_at;
    int32_t undo_seconds;
};
#define CHECK(sql, type, member) COLUMN(sql, type, struct check_row, member)
static const struct column check_columns[] = {
    CHECK("ord", INT, ord), CHECK("exception_id", INT, exception_id), CHECK("guardrail", GUARDRAIL, verdict.guardrail),
    CHECK("effect", EFFECT, verdict.effect), CHECK("until", INSTANT, verdict.until), CHECK("message", TEXT, verdict.message),
    CHECK("to_address", TEXT, to), CHECK("send_at", INSTANT, send_at), CHECK("undo_seconds", INT, undo_seconds),
};
#define CHECK_GUARDRAIL 2

static void add_verdict(struct message *m, const struct verdict *v)
{
    m->verdicts = xrealloc(m->verdicts, (m->verdict_count + 1) * sizeof *m->verdicts);
    m->verdicts[m->verdict_count++] = *v;
}

/* Rows come in the order of the items, which are the messages with a text. */
static void take_check(struct call *c, const PGresult *r)
{
    size_t at = 0, ord = 0;
    for (int i = 0; i < PQntuples(r); i++) {
        struct check_row row = { .ord = 0 };
        decode_row(r, i, check_columns, COUNT(check_columns), &row);
        while (at < c->reply.message_count && ord < (size_t)row.ord)
            ord += has_text(&c->reply.messages[at++]);
        if (at == 0 || ord != (size_t)row.ord)
            die("the verdicts name message %" PRId64 " of %zu", row.ord, c->reply.message_count);
        struct message *m = &c->reply.messages[at - 1];
        if (row.to[0])
            memcpy(m->to, row.to, sizeof m->to);
        m->send_at = row.send_at;
        m->undo_seconds = row.undo_seconds;
        if (!PQgetisnull(r, i, CHECK_GUARDRAIL))
            add_verdict(m, &row.verdict);
    }
}

static void ask_verdicts(struct call *c)
{
    size_t with_text = 0;
    for (size_t i = 0; i < c->reply.message_count; i++)
        with_text += has_text(&c->reply.messages[i]);
    if (with_text == 0)
        return;
    be_patient(c, with_text);
    param_items(call_query(c, "outreach_check", take_check), c->reply.messages, c->reply.message_count);
}

/* The reply's messages are the request's, judged. */
void call_check(struct call *c)
{
    struct outreach_request *o = &c->request.outreach;
    c->reply.messages = o->messages;
    c->reply.message_count = o->message_count;
    o->messages = NULL;
    o->message_count = 0;
    for (size_t i = 0; i < c->reply.message_count; i++) {
        struct message *m = &c->reply.messages[i];
        free(m->verdicts);
        m->verdicts = NULL;
        m->verdict_count = 0;
        m->send_at = WHEN_NONE;
        if (!m->body)
            m->body = xstrdup("");
    }
    ask_verdicts(c);
    if (c->parts == 0)
        c->failed = !err_set(&c->reply.error, ERR_BUG, NULL, "there is no message to check");
}

/* --- rendering ------------------------------------------------------------------------ */

enum preview_column {
    PREVIEW_EXCEPTION, PREVIEW_TEMPLATE, PREVIEW_VERSION, PREVIEW_CHANNEL, PREVIEW_LANGUAGE, PREVIEW_SUBJECT, PREVIEW_BODY,
    PREVIEW_HTML, PREVIEW_PROVIDER_TEMPLATE, PREVIEW_PROVIDER_NAMES, PREVIEW_DATA, PREVIEW_TO, PREVIEW_TO_NAME, PREVIEW_CODE,
    PREVIEW_MESSAGE, PREVIEW_COLUMNS
};

static const char *raw(const PGresult *r, int row, enum preview_column column)
{
    return PQgetisnull(r, row, (int)column) ? NULL : PQgetvalue(r, row, (int)column);
}

static void clean(char *out, size_t size, const PGresult *r, int row, enum preview_column column)
{
    pg_clean(out, size, PQgetvalue(r, row, (int)column), (size_t)PQgetlength(r, row, (int)column));
}

/* "customer.first_name" of the data; "" where there is none. */
static const char *named(const json_t *data, const char *name)
{
    char group[32];
    const char *dot = name ? strchr(name, '.') : NULL;
    if (!dot || (size_t)(dot - name) >= sizeof group)
        return "";
    memcpy(group, name, (size_t)(dot - name));
    group[dot - name] = '\0';
    const char *text = json_string_value(json_object_get(json_object_get(data, group), dot + 1));
    return text ? text : "";
}

/* The provider's own template is filled by number: {"1": "Rosa", …}. */
static char *provider_vars(const char *names_text, const json_t *data)
{
    json_t *names = json_loads(names_text ? names_text : "[]", 0, NULL), *vars = json_object();
    for (size_t i = 0; i < json_array_size(names); i++) {
        char number[24];
        snprintf(number, sizeof number, "%zu", i + 1);
        json_object_set_new(vars, number, json_string(named(data, json_string_value(json_array_get(names, i)))));
    }
    char *text = json_dumps(vars, JSON_COMPACT);
    json_decref(names);
    json_decref(vars);
    return text;
}

static bool render(const PGresult *r, int row, struct message *m, struct err *e)
{
    char path[80];
    const char *text = raw(r, row, PREVIEW_DATA);
    json_t *data = json_loads(text ? text : "{}", 0, NULL);
    snprintf(path, sizeof path, "template %" PRId32 " version %" PRId32, m->template_id, m->version);
    const struct template_text t = { path, raw(r, row, PREVIEW_SUBJECT), raw(r, row, PREVIEW_BODY), raw(r, row, PREVIEW_HTML) };
    bool ok = template_render(&t, data, &m->subject, &m->body, &m->html, e);
    if (ok && raw(r, row, PREVIEW_PROVIDER_TEMPLATE))
        m->provider_vars = provider_vars(raw(r, row, PREVIEW_PROVIDER_NAMES), data);
    json_decref(data);
    return ok;
}

/* Why there is no template for this one: a verdict like the others, so that people see it in the same place. */
static void cannot(const PGresult *r, int row, struct message *m)
{
    struct verdict v = { .guardrail = GUARDRAIL_NOT_APPROVED, .effect = VERDICT_BLOCK, .until = WHEN_NONE };
    const char *code = raw(r, row, PREVIEW_CODE);
    if (code && strcmp(code, "gone") == 0)
        v.guardrail = GUARDRAIL_NO_ADDRESS;
    else if (code)
        guardrail_parse(code, strlen(code), &v.guardrail);
    clean(v.message, sizeof v.message, r, row, PREVIEW_MESSAGE);
    add_verdict(m, &v);
}

static bool take_message(const PGresult *r, int row, struct message *m, struct err *e)
{
    m->exception_id = decode_int(r, row, PREVIEW_EXCEPTION);
    m->template_id = (int32_t)decode_int(r, row, PREVIEW_TEMPLATE);
    m->version = (int32_t)decode_int(r, row, PREVIEW_VERSION);
    m->send_at = WHEN_NONE;
    channel_parse(PQgetvalue(r, row, PREVIEW_CHANNEL), (size_t)PQgetlength(r, row, PREVIEW_CHANNEL), &m->channel);
    clean(m->language, sizeof m->language, r, row, PREVIEW_LANGUAGE);
    clean(m->to, sizeof m->to, r, row, PREVIEW_TO);
    clean(m->to_name, sizeof m->to_name, r, row, PREVIEW_TO_NAME);
    if (m->template_id)
        return render(r, row, m, e);
    if (PQgetisnull(r, row, PREVIEW_CHANNEL))
        cannot(r, row, m);
    else
        m->body = xstrdup("");    /* by hand: nothing is written yet */
    return true;
}

void call_take_messages(struct call *c, const PGresult *r)
{
    int n = PQntuples(r);
    if (PQnfields(r) != PREVIEW_COLUMNS)
        die("the preview gives %d columns where %d are read", PQnfields(r), PREVIEW_COLUMNS);
    c->reply.messages = xcalloc((size_t)n, sizeof *c->reply.messages);
    c->reply.message_count = (size_t)n;
    for (int i = 0; i < n && !c->failed; i++)
        c->failed = !take_message(r, i, &c->reply.messages[i], &c->reply.error);
}

/* The verdicts need the texts: they are asked for once these are made. */
static void take_preview(struct call *c, const PGresult *r)
{
    call_take_messages(c, r);
    if (!c->failed)
        ask_verdicts(c);
}

void call_preview(struct call *c)
{
    const struct request *r = &c->request;
    if (r->id_count > PREVIEW_MAX) {
        c->failed = !err_set(&c->reply.error, ERR_BUG, NULL, "a preview of %zu messages at once; %d are the most", r->id_count, PREVIEW_MAX);
        return;
    }
    be_patient(c, r->id_count);
    struct call_part *p = call_query(c, "preview", take_preview);
    call_param_ids(p, r->ids, r->id_count);
    call_param_int(p, r->outreach.template_id);
    call_param_int(p, r->outreach.version);
    call_param(p, r->outreach.name);
    call_param(p, r->outreach.channel);
}

/* --- sending ---------------------------------------------------------------------------- */

/* Without messages it is a macro that sends none: what becomes of the exceptions alone. */
void call_send(struct call *c)
{
    const struct request *r = &c->request;
    const struct outreach_request *o = &r->outreach;
    bool macro = o->message_count == 0 && o->macro;
    be_patient(c, macro ? r->id_count : o->message_count);
    struct call_part *p = call_query(c, macro ? "macro_run" : "outreach_send", call_take_results);
    call_param(p, r->key);
    if (macro) {
        call_param_ids(p, r->ids, r->id_count);
        call_param(p, o->macro);
        return;
    }
    param_items(p, o->messages, o->message_count);
    call_param_int(p, o->seen);
    call_param(p, o->macro);
    call_param(p, o->pass);
}

/* What is done about messages already queued; of an unknown outcome, what it turned out to be. */
void call_outreach_act(struct call *c)
{
    static const struct word { const char *word, *query, *outcome; } words[] = {
        { "cancel", "outreach_cancel", NULL }, { "retry", "outreach_retry", NULL }, { "sent", "outreach_resolve", "sent" },
        { "failed", "outreach_resolve", "failed" }, { "again", "outreach_resolve", "retry" },
    };
    const struct request *r = &c->request;
    const struct word *w = NULL;
    for (size_t i = 0; i < COUNT(words); i++)
        if (r->name && strcmp(words[i].word, r->name) == 0)
            w = &words[i];
    if (!w)
        die("nothing \"%s\" is done to messages", r->name ? r->name : "");
    struct call_part *p = call_query(c, w->query, call_take_results);
    call_param(p, r->key);
    call_param_ids(p, r->ids, r->id_count);
    if (w->outcome)
        call_param(p, w->outcome);
}

struct tally {
    size_t queued, later, refused;
    const struct act_result *last_queued, *first_refused;
};

static struct tally count_results(const struct reply *reply)
{
    struct tally t = { .queued = 0 };
    for (size_t i = 0; i < reply->result_count; i++) {
        const struct act_result *r = &reply->results[i];
        bool later = strcmp(r->code, "deferred") == 0;
        t.later += r->ok && later;
        t.queued += r->ok && !later;
        t.refused += !r->ok;
        if (r->ok)
            t.last_queued = r;
        else if (!t.first_refused)
            t.first_refused = r;
    }
    return t;
}

/* "queued the SMS to Rosa Delgado: goes out in 10 s" */
static void say_one(const struct call *c, const struct act_result *r, char *out, size_t size)
{
    const struct message *m = &c->request.outreach.messages[0];
    char when[240] = "";
    if (r->message[0])
        snprintf(when, sizeof when, "%s", r->message);
    else if (m->undo_seconds > 0)
        snprintf(when, sizeof when, "goes out in %" PRId32 " s", m->undo_seconds);
    else
        snprintf(when, sizeof when, "goes out at once");
    snprintf(out, size, "queued the %s to %.60s: %.150s", channel_label(m->channel), m->to_name[0] ? m->to_name : m->to, when);
}

/* "queued 9812, 120 go out later, 68 refused: …" */
static void say_many(const struct tally *t, char *out, size_t size)
{
    struct buf b;
    buf_init(&b, size - 1);
    buf_printf(&b, "queued %zu", t->queued);
    if (t->later)
        buf_printf(&b, ", %zu go out later", t->later);
    if (t->refused)
        buf_printf(&b, ", %zu refused: %.150s", t->refused, t->first_refused->message);
    memcpy(out, buf_str(&b), b.len + 1);
    buf_finish(&b);
}

void call_complete_send(struct call *c)
{
    const struct tally t = count_results(&c->reply);
    char *out = c->reply.summary;
    size_t size = sizeof c->reply.summary, ok = t.queued + t.later;
    if (c->request.outreach.message_count == 0)
        call_summary(c, "done with");
    else if (ok == 1 && t.refused == 0)
        say_one(c, t.last_queued, out, size);
    else if (ok == 0 && t.refused > 1)
        snprintf(out, size, "all %zu refused: %s", t.refused, t.first_refused->message);
    else if (ok == 0)
        snprintf(out, size, "%s", t.refused ? t.first_refused->message : "nothing to send");
    else
        say_many(&t, out, size);
}
