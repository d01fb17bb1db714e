/* Freshdesk's API v2: https://developers.freshdesk.com/api/
 *
 * The API key as the user of Basic authentication. POST and GET /api/v2/tickets, GET and PUT /api/v2/tickets/ID, POST
 * /api/v2/tickets/ID/notes ("private": true), GET /api/v2/tickets/ID/conversations. There is no Idempotency-Key, and
 * unique_external_id is the requester's, not the ticket's: our external id is a tag, and a ticket is found by it among those of
 * requester= since the change was queued (the list is current; the search index is minutes behind). The requester is who a
 * ticket's mails go to, so it is the account's own address and has to be given: never a customer's. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/when.h"
#include "desk_in.h"

/* By number; what a shop added itself (8 and more) is told by number and is no state of ours. */
static const char *const names[] = {
    [2] = "open", [3] = "pending", [4] = "resolved", [5] = "closed", [6] = "waiting on customer", [7] = "waiting on third party",
};
static const struct desk_word words[] = {
    {"open", CASE_STATE_OPEN}, {"pending", CASE_STATE_PENDING}, {"resolved", CASE_STATE_SOLVED}, {"closed", CASE_STATE_CLOSED},
    {"waiting on customer", CASE_STATE_PENDING}, {"waiting on third party", CASE_STATE_PENDING}, {NULL, CASE_STATE_OPEN},
};
static const char *const states[CASE_STATE_COUNT] = {
    [CASE_STATE_OPEN] = "open", [CASE_STATE_PENDING] = "pending", [CASE_STATE_SOLVED] = "resolved", [CASE_STATE_CLOSED] = "closed",
};
static const int numbers[CASE_STATE_COUNT] = {[CASE_STATE_OPEN] = 2, [CASE_STATE_PENDING] = 3, [CASE_STATE_SOLVED] = 4, [CASE_STATE_CLOSED] = 5};
static const int priorities[CASE_PRIORITY_COUNT] = {[CASE_PRIORITY_LOW] = 1, [CASE_PRIORITY_NORMAL] = 2, [CASE_PRIORITY_HIGH] = 3, [CASE_PRIORITY_URGENT] = 4};
enum { SOURCE_PORTAL = 2, PER_PAGE = 100 };

static bool check(struct channel_url *c, struct err *e)
{
    char text[200];
    if (!c->host || !c->user || c->secret)
        return err_set(e, ERR_CONFIG, NULL, "it has to be freshdesk://APIKEY@acme?requester=…: an agent's API key and the account's name");
    if (!c->requester)
        return err_set(e, ERR_CONFIG, NULL, "requester= is missing: an address of your own, which Freshdesk writes to instead of the customer");
    if (strlen(c->host) > 100)
        return err_set(e, ERR_CONFIG, NULL, "the account's name is too long to be one");
    c->secret = c->user;       /* never shown, and cut out of what is told */
    c->user = NULL;
    if (!strchr(c->host, '.')) {
        snprintf(text, sizeof text, "%s.freshdesk.com", c->host);
        free(c->host);
        c->host = xstrdup(text);
    }
    if (!c->base) {
        snprintf(text, sizeof text, "https://%s", c->host);
        c->base = xstrdup(text);
    }
    return true;
}

static void put_html(struct buf *b, const char *key, const struct desk_try *t, void (*put)(const struct desk_try *t, struct buf *out))
{
    struct buf text, html;
    buf_init(&text, 0);
    buf_init(&html, 0);
    put(t, &text);
    desk_put_html(&html, buf_str(&text));
    json_text(b, key, buf_str(&html));
    buf_finish(&text);
    buf_finish(&html);
}

static void put_create(struct post *q, const struct desk_try *t)
{
    struct buf *b = &q->body;
    json_text(b, "subject", t->j->subject);
    put_html(b, "description", t, desk_put_context);
    json_text(b, "email", t->c->requester);
    json_int(b, "priority", priorities[t->j->priority]);
    json_int(b, "status", numbers[t->j->state]);
    json_int(b, "source", SOURCE_PORTAL);
    desk_put_tags(b, t, t->j->external_id);
}

static void put_note(struct post *q, const struct desk_try *t)
{
    put_html(&q->body, "body", t, desk_put_note);
    buf_puts(&q->body, ",\"private\":true");
}

static void put_status(struct post *q, const struct desk_try *t) { json_int(&q->body, "status", numbers[t->j->state]); }

/* A ticket of ours is not older than the change that makes it; clocks differ a little. */
static int64_t not_before(const struct desk_try *t) { return t->j->since == WHEN_NONE ? t->wall - 29 * WHEN_DAY : t->j->since - 5 * WHEN_MINUTE; }

static void put_path(struct post *q, const struct desk_try *t)
{
    static const char *const more[] = {
        [STEP_FIND] = "", [STEP_CREATE] = "", [STEP_LOOK] = "", [STEP_STATUS] = "", [STEP_COMMENT] = "/notes", [STEP_COMMENTS] = "/conversations?per_page=100",
    };
    struct buf path;
    char since[40];
    buf_init(&path, 0);
    if (t->step == STEP_FIND) {
        when_format_utc(not_before(t) / WHEN_SECOND * WHEN_SECOND, since, sizeof since);
        form_text(&path, "email", t->c->requester);
        form_text(&path, "updated_since", since);
        buf_printf(&path, "&order_by=created_at&order_type=desc&per_page=%d&page=%d", PER_PAGE, t->page);
        post_url(q, t->c, "/api/v2/tickets?");
    } else if (t->step == STEP_CREATE) {
        post_url(q, t->c, "/api/v2/tickets");
    } else {
        buf_printf(&path, "%.24s%s", t->j->desk_id, more[t->step]);
        post_url(q, t->c, "/api/v2/tickets/");
    }
    buf_puts(&q->url, buf_str(&path));
    buf_finish(&path);
}

static bool write_it(struct post *q, const struct desk_try *t, struct err *e)
{
    static void (*const puts_it[])(struct post *q, const struct desk_try *t) = {
        [STEP_CREATE] = put_create, [STEP_COMMENT] = put_note, [STEP_STATUS] = put_status, [STEP_FIND] = NULL, [STEP_COMMENTS] = NULL, [STEP_LOOK] = NULL,
    };
    if (t->step != STEP_CREATE && t->step != STEP_FIND && !desk_is_number(t->j->desk_id))
        return err_set(e, ERR_INPUT, NULL, "the ticket's number is none of Freshdesk's: is this case from another helpdesk?");
    put_path(q, t);
    q->key_as_user = true;
    post_header(q, "Accept", "application/json");
    q->method = !puts_it[t->step] ? "GET" : t->step == STEP_STATUS ? "PUT" : "POST";
    if (!puts_it[t->step])
        return true;
    q->harmless = t->step == STEP_STATUS;
    post_header(q, "Content-Type", "application/json");
    json_open(&q->body, NULL, '{');
    puts_it[t->step](q, t);
    json_close(&q->body, '}');
    return true;
}

static bool ticket(struct desk_try *t, const json_t *json)
{
    long status = answer_number(json, "status");
    char number[24];
    if (t->step == STEP_COMMENT)
        return true;           /* the note's, not the ticket's */
    if (!json_is_integer(json_object_get(json, "id")))
        return false;
    desk_take_id(t, json_object_get(json, "id"));
    snprintf(number, sizeof number, "%ld", status);
    desk_take_state(t, status >= 2 && status < (long)(sizeof names / sizeof *names) ? names[status] : number);
    desk_take_time(t, answer_text(json, "updated_at"));
    snprintf(t->r.desk_url, sizeof t->r.desk_url, "https://%.100s/a/tickets/%.24s", t->c->host, t->r.desk_id);
    return true;
}

static bool has_tag(const json_t *one, const char *tag)
{
    const json_t *word;
    size_t i;
    json_array_foreach(json_object_get(one, "tags"), i, word)
        if (json_is_string(word) && strcmp(json_string_value(word), tag) == 0)
            return true;
    return false;
}

static enum desk_found find(struct desk_try *t, const json_t *json)
{
    const json_t *one;
    size_t i;
    int64_t at = INT64_MAX;
    json_array_foreach(json, i, one) {
        const char *made = answer_text(one, "created_at");
        if (has_tag(one, t->j->external_id) && ticket(t, one))
            return FOUND_IT;
        when_parse(made, strlen(made), &at, NULL);
    }
    return json_array_size(json) == PER_PAGE && at >= not_before(t) ? FOUND_MORE : FOUND_NOT;
}

/* Names of people are a request of their own there; "agent 43" says enough. */
static bool comments(struct desk_try *t, const json_t *json)
{
    const json_t *one;
    size_t i;
    char by[48];
    json_array_foreach(json, i, one) {
        bool incoming = json_is_true(json_object_get(one, "incoming"));
        snprintf(by, sizeof by, "%s %ld", incoming ? "requester" : "agent", answer_number(one, "user_id"));
        desk_take_note(t, json_object_get(one, "id"), by, answer_text(one, "created_at"), !json_is_true(json_object_get(one, "private")), answer_text(one, "body_text"));
    }
    return json_is_array(json);
}

/* {"description": "Validation failed", "errors": [{"field": "email", "message": "It should be a valid email", "code": "invalid_value"}]} */
static void refusal(const json_t *json, struct buf *out)
{
    const json_t *one;
    size_t i;
    buf_puts(out, *answer_text(json, "description") ? answer_text(json, "description") : answer_text(json, "message"));
    json_array_foreach(json_object_get(json, "errors"), i, one)
        buf_printf(out, "; %s: %s", answer_text(one, "field"), answer_text(one, "message"));
}

static const struct desk_api api = {"Freshdesk", true, words, states, write_it, ticket, find, comments, refusal};

const struct provider provider_freshdesk = {
    .scheme = "freshdesk", .name = "Freshdesk", .connections = 2, .desk = &api, .check = check,
    .example = "freshdesk://APIKEY@acme?requester=desk%40shop.com", .help = "tickets with private notes at acme.freshdesk.com; requester= is an address of your own, "
                                                                        "which Freshdesk writes to instead of the customer",
};
