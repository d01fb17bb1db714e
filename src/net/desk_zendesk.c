/* Zendesk Support's Ticketing API: https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/
 *
 * "email/token:TOKEN" as Basic authentication. POST /api/v2/tickets.json, PUT and GET /api/v2/tickets/ID.json, GET
 * /api/v2/tickets.json?external_id=…, GET /api/v2/tickets/ID/comments.json. Idempotency-Key is kept there for two hours; our
 * external id for ever. A comment of "public": false is an internal note, and a ticket that begins with one mails nobody; without a
 * requester it is the agent's own. safe_update with updated_stamp refuses (409) what was decided on an older look. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/when.h"
#include "desk_in.h"

/* "new" is open to us, "hold" waits for somebody else. A ticket is closed by Zendesk's own automations: we solve it. */
static const struct desk_word words[] = {
    {"new", CASE_STATE_OPEN}, {"open", CASE_STATE_OPEN}, {"pending", CASE_STATE_PENDING}, {"hold", CASE_STATE_PENDING},
    {"solved", CASE_STATE_SOLVED}, {"closed", CASE_STATE_CLOSED}, {NULL, CASE_STATE_OPEN},
};
static const char *const states[CASE_STATE_COUNT] = {
    [CASE_STATE_OPEN] = "open", [CASE_STATE_PENDING] = "pending", [CASE_STATE_SOLVED] = "solved", [CASE_STATE_CLOSED] = "solved",
};
static const char *const priorities[CASE_PRIORITY_COUNT] = {
    [CASE_PRIORITY_LOW] = "low", [CASE_PRIORITY_NORMAL] = "normal", [CASE_PRIORITY_HIGH] = "high", [CASE_PRIORITY_URGENT] = "urgent",
};

static bool check(struct channel_url *c, struct err *e)
{
    static const char suffix[] = "/token";
    char text[400];
    if (!c->host || !c->user || !c->secret)
        return err_set(e, ERR_CONFIG, NULL, "it has to be zendesk://agent%%40shop.com:TOKEN@acme: an agent's e-mail, its API token and the account's name");
    if (strlen(c->host) > 100 || strlen(c->user) > 200)
        return err_set(e, ERR_CONFIG, NULL, "the account or the agent is too long to be one");
    size_t n = strlen(c->user);
    if (n < sizeof suffix || strcmp(c->user + n - (sizeof suffix - 1), suffix) != 0) {
        snprintf(text, sizeof text, "%s%s", c->user, suffix);
        free(c->user);
        c->user = xstrdup(text);
    }
    if (!strchr(c->host, '.')) {
        snprintf(text, sizeof text, "%s.zendesk.com", c->host);
        free(c->host);
        c->host = xstrdup(text);
    }
    if (!c->base) {
        snprintf(text, sizeof text, "https://%s", c->host);
        c->base = xstrdup(text);
    }
    return true;
}

static void put_comment(struct buf *b, const char *text)
{
    json_open(b, "comment", '{');
    json_text(b, "body", text);
    buf_puts(b, ",\"public\":false");
    json_close(b, '}');
}

static void put_create(struct post *q, const struct desk_try *t)
{
    struct buf *b = &q->body, text;
    buf_init(&text, 0);
    desk_put_context(t, &text);
    json_text(b, "subject", t->j->subject);
    json_text(b, "external_id", t->j->external_id);
    json_text(b, "priority", priorities[t->j->priority]);
    json_text(b, "status", states[t->j->state]);
    desk_put_tags(b, t, NULL);
    put_comment(b, buf_str(&text));
    buf_finish(&text);
    post_header(q, "Idempotency-Key", t->j->key);
}

static void put_note(struct post *q, const struct desk_try *t)
{
    struct buf text;
    buf_init(&text, 0);
    desk_put_note(t, &text);
    put_comment(&q->body, buf_str(&text));
    buf_finish(&text);
}

static void put_status(struct post *q, const struct desk_try *t)
{
    char stamp[40];
    json_text(&q->body, "status", states[t->j->state]);
    if (t->r.desk_at == WHEN_NONE)
        return;
    when_format_utc(t->r.desk_at, stamp, sizeof stamp);
    json_text(&q->body, "updated_stamp", stamp);
    buf_puts(&q->body, ",\"safe_update\":true");
}

static void put_path(struct post *q, const struct desk_try *t)
{
    char path[200];
    if (t->step == STEP_CREATE || t->step == STEP_FIND)
        snprintf(path, sizeof path, "/api/v2/tickets.json%s%.120s", t->step == STEP_FIND ? "?external_id=" : "", t->step == STEP_FIND ? t->j->external_id : "");
    else
        snprintf(path, sizeof path, "/api/v2/tickets/%.24s%s.json%s", t->j->desk_id, t->step == STEP_COMMENTS ? "/comments" : "",
                 t->step == STEP_COMMENTS ? "?include=users&sort_order=desc&per_page=50" : "");
    post_url(q, t->c, path);
}

static bool write_it(struct post *q, const struct desk_try *t, struct err *e)
{
    static void (*const puts_it[])(struct post *q, const struct desk_try *t) = {
        [STEP_CREATE] = put_create, [STEP_COMMENT] = put_note, [STEP_STATUS] = put_status, [STEP_FIND] = NULL, [STEP_COMMENTS] = NULL, [STEP_LOOK] = NULL,
    };
    if (t->step != STEP_CREATE && t->step != STEP_FIND && !desk_is_number(t->j->desk_id))
        return err_set(e, ERR_INPUT, NULL, "the ticket's number is none of Zendesk's: is this case from another helpdesk?");
    put_path(q, t);
    q->basic = true;
    post_header(q, "Accept", "application/json");
    q->method = !puts_it[t->step] ? "GET" : t->step == STEP_CREATE ? "POST" : "PUT";
    if (!puts_it[t->step])
        return true;
    q->harmless = t->step == STEP_STATUS;
    post_header(q, "Content-Type", "application/json");
    json_open(&q->body, NULL, '{');
    json_open(&q->body, "ticket", '{');
    puts_it[t->step](q, t);
    json_close(&q->body, '}');
    json_close(&q->body, '}');
    return true;
}

static bool take_ticket(struct desk_try *t, const json_t *ticket)
{
    if (!json_is_integer(json_object_get(ticket, "id")))
        return false;
    desk_take_id(t, json_object_get(ticket, "id"));
    desk_take_state(t, answer_text(ticket, "status"));
    desk_take_time(t, answer_text(ticket, "updated_at"));
    snprintf(t->r.desk_url, sizeof t->r.desk_url, "https://%.100s/agent/tickets/%.24s", t->c->host, t->r.desk_id);
    return true;
}

static bool ticket(struct desk_try *t, const json_t *json) { return take_ticket(t, json_object_get(json, "ticket")); }

static enum desk_found find(struct desk_try *t, const json_t *json)
{
    const json_t *list = json_object_get(json, "tickets"), *one;
    size_t i;
    json_array_foreach(list, i, one)
        if (strcmp(answer_text(one, "external_id"), t->j->external_id) == 0 && take_ticket(t, one))
            return FOUND_IT;
    return FOUND_NOT;
}

static const char *name_of(const json_t *json, const json_t *author)
{
    const json_t *one;
    size_t i;
    json_array_foreach(json_object_get(json, "users"), i, one)
        if (json_is_integer(author) && json_equal(json_object_get(one, "id"), author))
            return answer_text(one, "name");
    return "";
}

/* Newest first, as asked; kept oldest first. */
static bool comments(struct desk_try *t, const json_t *json)
{
    const json_t *list = json_object_get(json, "comments");
    for (size_t i = json_array_size(list); i-- > 0;) {
        const json_t *one = json_array_get(list, i);
        desk_take_note(t, json_object_get(one, "id"), name_of(json, json_object_get(one, "author_id")), answer_text(one, "created_at"),
                       !json_is_false(json_object_get(one, "public")), *answer_text(one, "plain_body") ? answer_text(one, "plain_body") : answer_text(one, "body"));
    }
    return json_is_array(list);
}

/* {"error": "RecordInvalid", "description": "Record validation errors", "details": {"base": [{"description": "Subject: cannot be blank"}]}};
 * error is an object with title and message in some. */
static void refusal(const json_t *json, struct buf *out)
{
    const json_t *error = json_object_get(json, "error"), *list;
    const char *key;
    buf_puts(out, *answer_text(json, "description") ? answer_text(json, "description") : json_is_object(error) ? answer_text(error, "message") : answer_text(json, "error"));
    json_object_foreach((json_t *)json_object_get(json, "details"), key, list) {
        const char *says = answer_text(json_array_get(list, 0), "description");
        if (*says)
            buf_printf(out, "; %s", says);
    }
}

static const struct desk_api api = {"Zendesk", true, words, states, write_it, ticket, find, comments, refusal};

const struct provider provider_zendesk = {
    .scheme = "zendesk", .name = "Zendesk", .connections = 2, .desk = &api, .check = check,
    .example = "zendesk://agent%40shop.com:TOKEN@acme", .help = "tickets with internal notes at acme.zendesk.com, found again by external id",
};
