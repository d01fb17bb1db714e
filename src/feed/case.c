#include "feed/case.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/utf8.h"
#include "base/when.h"
#include "core/case.h"

enum { NOTES_MOST = 200, NOTE_MOST = 8000 };

static const char *const names[] = {"zendesk", "freshdesk", "doorstep"};

bool feed_has_desk(const char *name)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void put_key(struct buf *b, const char *key)
{
    if (b->data[b->len - 1] != '{')
        buf_putc(b, ',');
    buf_printf(b, "\"%s\":", key);
}

/* A text or a number, cleaned; nothing where there is neither. */
static bool put(struct buf *b, const char *key, const json_t *value, size_t most, enum utf8_lines lines)
{
    char number[24];
    const char *text = json_string_value(value);
    if (json_is_integer(value)) {
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        text = number;
    }
    if (!text || !*text)
        return false;
    char *clean = xcalloc(1, most);
    size_t n = utf8_clean(text, strlen(text), clean, most, lines);
    if (n) {
        put_key(b, key);
        buf_put_json(b, clean, n);
    }
    free(clean);
    return n > 0;
}

static bool put_time(struct buf *b, const char *key, const json_t *value, struct err *e)
{
    const char *text = json_string_value(value);
    char out[40];
    int64_t at;
    if (!value)
        return true;
    if (!text || !when_parse(text, strlen(text), &at, NULL))
        return err_set(e, ERR_INPUT, NULL, "%s is no time like 2026-11-21T16:51:00Z", key);
    when_format_utc(at, out, sizeof out);
    put_key(b, key);
    buf_put_json(b, out, strlen(out));
    return true;
}

/* ---- helpdesks that only say which ---- */

static bool which(const char *name, const json_t *json, struct buf *out, struct err *e)
{
    static const char *const places[][2] = {{"detail", "id"}, {"ticket", "id"}, {"freshdesk_webhook", "ticket_id"}, {NULL, "ticket_id"}, {NULL, "id"}};
    buf_puts(out, "[{");
    put_key(out, "desk");
    buf_put_json(out, name, strlen(name));
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const json_t *from = places[i][0] ? json_object_get(json, places[i][0]) : json;
        if (put(out, "desk_id", json_object_get(from, places[i][1]), 64, UTF8_ONE_LINE)) {
            buf_puts(out, "}]");
            return true;
        }
    }
    return err_set(e, ERR_INPUT, NULL, "there is no ticket's number in it: have %s send {\"ticket_id\": …}", name);
}

/* ---- one that says all ---- */

static bool put_state(struct buf *b, const json_t *value, struct err *e)
{
    const char *text = json_string_value(value);
    enum case_state state;
    if (!value)
        return true;
    if (!text || !case_state_parse(text, strlen(text), &state))
        return err_set(e, ERR_INPUT, NULL, "state should be open, pending, solved or closed");
    put_key(b, "state");
    buf_put_json(b, text, strlen(text));
    put_key(b, "desk_state");
    buf_put_json(b, text, strlen(text));
    return true;
}

static bool put_comments(struct buf *b, const json_t *list, struct err *e)
{
    const json_t *one;
    size_t i;
    if (!list)
        return true;
    if (!json_is_array(list) || json_array_size(list) > NOTES_MOST)
        return err_set(e, ERR_INPUT, NULL, "comments should be a list of at most %d", NOTES_MOST);
    put_key(b, "notes");
    buf_putc(b, '[');
    json_array_foreach(list, i, one) {
        buf_puts(b, i ? ",{" : "{");
        put(b, "id", json_object_get(one, "id"), 64, UTF8_ONE_LINE);
        put(b, "by", json_object_get(one, "by"), 64, UTF8_ONE_LINE);
        put_key(b, "public");
        buf_puts(b, json_is_true(json_object_get(one, "public")) ? "true" : "false");
        if (!put_time(b, "at", json_object_get(one, "at"), e) || !put(b, "text", json_object_get(one, "text"), NOTE_MOST, UTF8_KEEP_NEWLINES))
            return e->code != ERR_NONE ? false : err_set(e, ERR_INPUT, NULL, "a comment has no text");
        buf_putc(b, '}');
    }
    buf_putc(b, ']');
    return true;
}

static bool all_of_it(const json_t *json, struct buf *out, struct err *e)
{
    buf_puts(out, "[{\"desk\":\"webhook+https\"");
    bool ticket = put(out, "desk_id", json_object_get(json, "ticket"), 64, UTF8_ONE_LINE);
    bool external = put(out, "external_id", json_object_get(json, "external_id"), 64, UTF8_ONE_LINE);
    if (!ticket && !external)
        return err_set(e, ERR_INPUT, NULL, "it says neither \"ticket\" nor \"external_id\"");
    put(out, "desk_url", json_object_get(json, "url"), 256, UTF8_ONE_LINE);
    if (!put_state(out, json_object_get(json, "state"), e) || !put_time(out, "desk_at", json_object_get(json, "updated_at"), e) ||
        !put_comments(out, json_object_get(json, "comments"), e))
        return false;
    if (json_is_true(json_object_get(json, "deleted")))
        buf_puts(out, ",\"code\":\"gone\"");
    buf_puts(out, "}]");
    return true;
}

bool feed_case(const char *name, const char *body, size_t size, struct buf *out, struct err *e)
{
    json_error_t why;
    json_t *json = json_loadb(body, size, JSON_REJECT_DUPLICATES, &why);
    bool good = json_is_object(json);
    *e = (struct err){0};
    if (!good)
        err_set(e, ERR_INPUT, NULL, "it is no JSON object");
    else
        good = strcmp(name, "doorstep") == 0 ? all_of_it(json, out, e) : which(name, json, out, e);
    json_decref(json);
    return good;
}
