/* What a provider, a helpdesk or an aggregator answers: a letter for whose it is, a line with the status, the body. One verdict in
 * one inert sentence; never "sent" of a status that refuses. */
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "core/desk.h"
#include "fuzz.h"
#include "src/net/desk_in.h"
#include "src/net/poll_in.h"

static const char *const messages[] = {"twilio://AC00000000000000000000000000000000:tok@?from=%2B15125550000", "vonage://key:sec@?from=ACME",
                                       "sendgrid://key@", "postmark://key@", "webhook+https://h.example/in?secret=sec"};
static const enum channel channels[] = {CHANNEL_SMS, CHANNEL_SMS, CHANNEL_EMAIL, CHANNEL_EMAIL, CHANNEL_SMS};
static const char *const desks[] = {"zendesk://agent%40shop.com:TOKEN@acme", "freshdesk://APIKEY@acme?requester=desk%40shop.com",
                                    "webhook+https://h.example/in?secret=sec"};
static const struct { const char *source, *url; } polls[] = {
    {"easypost", "easypost://K@"}, {"aftership", "aftership://K@"}, {"shippo", "shippo://K@"}, {"shipengine", "shipengine://K@"}};
enum { MESSAGES = 5, DESKS = 3, POLLS = 4 };

static void message(size_t which, int status, const char *body, const json_t *json)
{
    struct channel_url c;
    struct err e = {0};
    fuzz_require(channel_url_read(channels[which], messages[which], &c, &e));
    struct outbox_result r = {.id = 7, .retry_at = WHEN_NONE};
    struct verdict_of_provider v = {&r, false, &c};
    char line[200];
    snprintf(line, sizeof line, "%.*s", (int)strcspn(body, "\r\n"), body);
    struct answer a = {.status = status, .json = json_is_object(json) ? json : NULL, .text = line, .broken = !json};
    judge_status(&a, &v);
    c.provider->judge(&a, &v);
    result_clean(&r, &c);
    bool there_already = c.provider->idempotent && status == 409;
    fuzz_require(r.outcome <= OUTBOX_RETURNED && (r.outcome != OUTBOX_SENT || (status >= 200 && status < 300) || there_already));
    fuzz_require(fuzz_inert(r.message, strlen(r.message), false) && fuzz_inert(r.code, strlen(r.code), false) &&
                 fuzz_inert(r.provider_id, strlen(r.provider_id), false));
    fuzz_require(r.outcome == OUTBOX_SENT || *r.message);
    channel_url_finish(&c);
}

static void desk(size_t which, const json_t *json)
{
    static char external[] = "doorstep-12-9f3c", number[] = "35436";
    struct desk_job j = {.id = 3, .fence = 2, .op = DESK_COMMENT, .case_id = 12, .external_id = external, .desk_id = number, .note_id = 34};
    struct channel_url c;
    struct err e = {0};
    fuzz_require(desk_url_read(desks[which], &c, &e));
    struct desk_try t = {.c = &c, .j = &j, .r = {.desk_at = WHEN_NONE}};
    const struct desk_api *api = c.provider->desk;
    struct buf words;
    buf_init(&words, 300);
    api->find(&t, json);
    api->ticket(&t, json);
    api->comments(&t, json);
    api->refusal(json, &words);
    fuzz_require(words.len <= 300);
    fuzz_require(fuzz_inert(t.r.desk_id, strlen(t.r.desk_id), false) && fuzz_inert(t.r.desk_state, strlen(t.r.desk_state), false));
    fuzz_require(fuzz_inert(t.r.desk_url, strlen(t.r.desk_url), false) && (!*t.r.desk_url || !strncmp(t.r.desk_url, "https://", 8)));
    for (size_t i = 0; i < t.r.note_count; i++)
        fuzz_require(fuzz_inert(t.r.notes[i].text, strlen(t.r.notes[i].text), true) && fuzz_inert(t.r.notes[i].by, strlen(t.r.notes[i].by), false) &&
                     fuzz_inert(t.r.notes[i].id, strlen(t.r.notes[i].id), false));
    buf_finish(&words);
    desk_result_finish(&t.r);
    channel_url_finish(&c);
}

static void page(size_t which, const json_t *json)
{
    struct channel_url c;
    struct err e = {0};
    char token[200] = "";
    fuzz_require(poll_url_read(polls[which].source, polls[which].url, &c, &e));
    const struct poll_api *api = c.provider->poll;
    if (api->next && api->next(json, token, sizeof token))
        fuzz_require(*token && strlen(token) < sizeof token);
    if (api->knows)
        api->knows(json);
    channel_url_finish(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_in in = {data, size};
    size_t which = fuzz_choice(&in, MESSAGES + DESKS + POLLS);
    char *status = fuzz_text(&in), *body = fuzz_text(&in);
    json_t *json = json_loads(body, 0, NULL);
    fuzz_require(judge_retry_after(status, INT64_C(1795305600000)) <= INT64_C(1795305600000) + WHEN_DAY);
    if (which < MESSAGES)
        message(which, (int)(200 + strtoul(status, NULL, 10) % 400), body, json);
    else if (json && which < MESSAGES + DESKS)
        desk(which - MESSAGES, json);
    else if (json)
        page(which - MESSAGES - DESKS, json);
    json_decref(json);
    free(status);
    free(body);
    return 0;
}
