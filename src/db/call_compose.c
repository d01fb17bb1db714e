/* What the compose screen opens with, drafts, and what was said and answered so far. */
#include "db/call.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/utf8.h"
#include "base/when.h"
#include "db/decode.h"

#define COUNT(a) (sizeof (a) / sizeof *(a))

/* --- a document's members into structs ----------------------------------------- */

enum member_type { MEMBER_TEXT, MEMBER_INT, MEMBER_BOOL, MEMBER_CHANNEL };
struct member {
    const char *name;
    enum member_type type;
    size_t offset, size;
};
#define MEMBER(name, type, of, member) { name, MEMBER_##type, offsetof(of, member), sizeof((of *)0)->member }

static void read_member(const struct member *m, const json_t *value, char *out)
{
    if (m->type == MEMBER_TEXT) {
        pg_clean(out, m->size, json_is_string(value) ? json_string_value(value) : "", json_string_length(value));
    } else if (m->type == MEMBER_BOOL) {
        bool yes = json_is_true(value);
        memcpy(out, &yes, sizeof yes);
    } else if (m->type == MEMBER_CHANNEL) {
        enum channel c = CHANNEL_EMAIL;
        if (json_is_string(value))
            channel_parse(json_string_value(value), json_string_length(value), &c);
        memcpy(out, &c, sizeof c);
    } else {
        int64_t wide = json_integer_value(value);
        int32_t narrow = wide > INT32_MAX ? INT32_MAX : wide < INT32_MIN ? INT32_MIN : (int32_t)wide;
        memcpy(out, m->size == sizeof wide ? (const void *)&wide : (const void *)&narrow, m->size);
    }
}

static void read_object(const json_t *object, const struct member *members, size_t count, void *out)
{
    for (size_t i = 0; i < count; i++)
        read_member(&members[i], json_object_get(object, members[i].name), (char *)out + members[i].offset);
}

static char *read_lines(const json_t *value)
{
    if (!json_is_string(value))
        return NULL;
    size_t n = json_string_length(value), size = 3 * n + 1;
    char *text = xcalloc(size, 1);
    utf8_clean(json_string_value(value), n, text, size, UTF8_KEEP_NEWLINES);
    return text;
}

/* --- composing -------------------------------------------------------------------- */

static const struct member compose_members[] = {
    MEMBER("exception", INT, struct compose, exception_id),
    MEMBER("seen", INT, struct compose, seen),
    MEMBER("recipient_zone", TEXT, struct compose, utc_offset_name),
    MEMBER("recipient_offset_s", INT, struct compose, recipient_offset),
    MEMBER("email", TEXT, struct compose, email),
    MEMBER("phone", TEXT, struct compose, phone),
};
static const struct member candidate_members[] = {
    MEMBER("template", INT, struct candidate, template_id),
    MEMBER("version", INT, struct candidate, version),
    MEMBER("name", TEXT, struct candidate, name),
    MEMBER("title", TEXT, struct candidate, title),
    MEMBER("channel", CHANNEL, struct candidate, channel),
    MEMBER("language", TEXT, struct candidate, language),
    MEMBER("approved", BOOL, struct candidate, approved),
    MEMBER("fits", BOOL, struct candidate, fits),
    MEMBER("why", TEXT, struct candidate, why),
};
static const struct member macro_members[] = {
    MEMBER("name", TEXT, struct macro, name),
    MEMBER("title", TEXT, struct macro, title),
    MEMBER("template", TEXT, struct macro, template),
    MEMBER("channel", TEXT, struct macro, channel),
    MEMBER("then", TEXT, struct macro, then_verb),
    MEMBER("for_minutes", INT, struct macro, for_minutes),
    MEMBER("next_scan", BOOL, struct macro, next_scan),
    MEMBER("shared", BOOL, struct macro, shared),
    MEMBER("resolution", TEXT, struct macro, resolution),
    MEMBER("tag", TEXT, struct macro, tag),
    MEMBER("says", TEXT, struct macro, says),
};
static const struct member draft_members[] = {
    MEMBER("channel", CHANNEL, struct draft, channel),
    MEMBER("template", INT, struct draft, template_id),
    MEMBER("version", INT, struct draft, version),
};

static void read_channels(const json_t *channels, struct compose *out)
{
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        const json_t *one = json_object_get(channels, channel_name((enum channel)i));
        const json_t *why = json_object_get(one, "why");
        out->can[i] = json_is_true(json_object_get(one, "can"));
        pg_clean(out->cannot[i], sizeof out->cannot[i], json_is_string(why) ? json_string_value(why) : "", json_string_length(why));
    }
}

static void read_draft(const json_t *draft, struct draft *out)
{
    if (!json_is_object(draft))
        return;
    const json_t *at = json_object_get(draft, "at");
    out->present = true;
    read_object(draft, draft_members, COUNT(draft_members), out);
    out->subject = read_lines(json_object_get(draft, "subject"));
    out->body = read_lines(json_object_get(draft, "body"));
    if (!json_is_string(at) || !when_parse(json_string_value(at), json_string_length(at), &out->at, NULL))
        out->at = WHEN_NONE;
}

static void read_told(const json_t *told, struct told *out)
{
    static const struct member members[] = {
        MEMBER("inbound", BOOL, struct told, inbound), MEMBER("channel", CHANNEL, struct told, channel),
        MEMBER("who", TEXT, struct told, who), MEMBER("what", TEXT, struct told, what),
    };
    const json_t *at = json_object_get(told, "at"), *state = json_object_get(told, "state");
    if (!json_is_object(told) || !json_is_string(at) || !when_parse(json_string_value(at), json_string_length(at), &out->at, NULL))
        return;
    out->present = true;
    read_object(told, members, COUNT(members), out);
    if (json_is_string(state))
        outreach_state_parse(json_string_value(state), json_string_length(state), &out->state);
}

static void *read_list(const json_t *list, const struct member *members, size_t count, size_t size, size_t *n)
{
    *n = json_array_size(list);
    char *items = xcalloc(*n, size);
    for (size_t i = 0; i < *n; i++)
        read_object(json_array_get(list, i), members, count, items + i * size);
    return items;
}

static void read_fitting(const PGresult *r, struct compose *out)
{
    static const struct member members[] = {
        MEMBER("name", TEXT, struct fitting, name), MEMBER("title", TEXT, struct fitting, title), MEMBER("fits", INT, struct fitting, fits),
    };
    if (PQgetisnull(r, 0, 1))
        return;
    json_t *list = json_loadb(PQgetvalue(r, 0, 1), (size_t)PQgetlength(r, 0, 1), 0, NULL);
    out->fitting = read_list(list, members, COUNT(members), sizeof *out->fitting, &out->fitting_count);
    json_decref(list);
}

static void take_compose(struct call *c, const PGresult *r)
{
    if (PQntuples(r) != 1 || PQgetisnull(r, 0, 0))
        return;
    json_t *doc = json_loadb(PQgetvalue(r, 0, 0), (size_t)PQgetlength(r, 0, 0), 0, NULL);
    struct compose *out = c->reply.compose = xcalloc(1, sizeof *out);
    read_object(doc, compose_members, COUNT(compose_members), out);
    read_channels(json_object_get(doc, "channels"), out);
    read_draft(json_object_get(doc, "draft"), &out->draft);
    out->candidates = read_list(json_object_get(doc, "candidates"), candidate_members, COUNT(candidate_members),
                                sizeof *out->candidates, &out->candidate_count);
    out->macros = read_list(json_object_get(doc, "macros"), macro_members, COUNT(macro_members), sizeof *out->macros, &out->macro_count);
    read_told(json_object_get(doc, "told"), &out->told);
    read_fitting(r, out);
    json_decref(doc);
}

void call_compose(struct call *c)
{
    struct call_part *p = call_query(c, "compose", take_compose);
    call_param_int(p, c->request.id_count ? c->request.ids[0] : 0);
    call_param_ids(p, c->request.ids, c->request.id_count);
}

void call_draft_save(struct call *c)
{
    static const struct message none;
    const struct message *m = c->request.outreach.message_count ? c->request.outreach.messages : &none;
    struct call_part *p = call_query(c, "draft_save", NULL);
    call_param_int(p, m->exception_id);
    call_param(p, channel_name(m->channel));
    if (m->template_id) {
        call_param_int(p, m->template_id);
        call_param_int(p, m->version);
    } else {
        call_param(p, NULL);
        call_param(p, NULL);
    }
    call_param(p, m->subject);
    call_param(p, m->body ? m->body : "");
}

/* --- what was said ------------------------------------------------------------------ */

#define ROW(sql, type, member) COLUMN(sql, type, struct message_row, member)
static const struct column row_columns[] = {
    ROW("id", INT, id), ROW("at", INSTANT, at), ROW("inbound", BOOL, inbound), ROW("channel", CHANNEL, channel),
    ROW("state", OUTREACH, state), ROW("who", TEXT, who), ROW("to_address", TEXT, to), ROW("subject", TEXT, subject),
    ROW("template", TEXT, template), ROW("state_text", TEXT, state_text), ROW("send_after", INSTANT, send_after),
    ROW("sent_at", INSTANT, sent_at), ROW("delivered_at", INSTANT, delivered_at), ROW("opened_at", INSTANT, opened_at),
    ROW("clicked_at", INSTANT, clicked_at), ROW("failed_at", INSTANT, failed_at), ROW("tries", INT, tries),
    ROW("driver", TEXT, driver), ROW("via", TEXT, via), ROW("body", LINES, body), ROW("attempts", LINES, attempts),
};

static void take_messages(struct call *c, const PGresult *r)
{
    int n = PQntuples(r);
    c->reply.rows = xcalloc((size_t)n, sizeof *c->reply.rows);
    c->reply.row_count = (size_t)n;
    for (int i = 0; i < n; i++)
        decode_row(r, i, row_columns, COUNT(row_columns), &c->reply.rows[i]);
}

void call_messages(struct call *c)
{
    int limit = c->request.limit;
    struct call_part *p = call_query(c, "messages", take_messages);
    call_param_int(p, c->request.id_count ? c->request.ids[0] : 0);
    call_param_int(p, limit < 1 || limit > 1000 ? 200 : limit);
}
