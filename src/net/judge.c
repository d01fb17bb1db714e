/* What an answer means. */
#include <curl/curl.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "provider.h"

void judge_set(struct verdict_of_provider *v, enum outbox_outcome o, bool trouble, const char *code, const char *fmt, ...)
{
    v->r->outcome = o;
    v->r->bad_address = false;
    v->trouble = trouble;
    if (code && code != v->r->code)
        snprintf(v->r->code, sizeof v->r->code, "%s", code);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(v->r->message, sizeof v->r->message, fmt, ap);
    va_end(ap);
}

void judge_id(struct verdict_of_provider *v, const char *id) { snprintf(v->r->provider_id, sizeof v->r->provider_id, "%s", id ? id : ""); }

const char *answer_text(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

long answer_number(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    if (json_is_integer(v))
        return (long)json_integer_value(v);
    char *end;
    const char *s = answer_text(o, key);
    long n = strtol(s, &end, 10);
    return *s && !*end && n >= 0 ? n : -1;
}

int64_t judge_retry_after(const char *value, int64_t wall)
{
    char *end;
    errno = 0;
    long long seconds = strtoll(value, &end, 10);
    while (*end == ' ' || *end == '\t')
        end++;
    int64_t at;
    if (end != value && !*end && seconds >= 0) {
        at = errno || seconds > WHEN_DAY / WHEN_SECOND ? wall + WHEN_DAY : wall + seconds * WHEN_SECOND;
    } else {
        time_t t = curl_getdate(value, NULL);   /* takes years of eleven digits */
        if (t < 0)
            return WHEN_NONE;
        at = t > (wall + WHEN_DAY) / WHEN_SECOND ? wall + WHEN_DAY : (int64_t)t * WHEN_SECOND;
    }
    return at < wall ? wall : at > wall + WHEN_DAY ? wall + WHEN_DAY : at;
}

/* What a status means where nothing more is known. Rows are looked up in order; from..to inclusive. */
static const struct {
    int from, to;
    enum outbox_outcome outcome, idempotent;   /* the second for a provider that can be asked twice */
    bool trouble;
    const char *says;
} statuses[] = {
    {200, 299, OUTBOX_UNKNOWN, OUTBOX_SENT, false, "that is not the answer to a message taken"},
    {300, 399, OUTBOX_RETRY, OUTBOX_RETRY, true, "it points elsewhere, and redirects are not followed; give the final address"},
    {401, 401, OUTBOX_RETRY, OUTBOX_RETRY, true, "it does not accept the credentials"},
    {402, 402, OUTBOX_RETRY, OUTBOX_RETRY, true, "the account has to be paid"},
    {403, 403, OUTBOX_RETRY, OUTBOX_RETRY, true, "it does not allow this to these credentials"},
    {404, 405, OUTBOX_RETRY, OUTBOX_RETRY, true, "nothing takes messages at that address"},
    {407, 407, OUTBOX_RETRY, OUTBOX_RETRY, true, "a proxy stands in between"},
    {408, 408, OUTBOX_RETRY, OUTBOX_RETRY, true, "it had not got the whole request in time"},
    {425, 425, OUTBOX_RETRY, OUTBOX_RETRY, true, "it asks to try again"},
    {429, 429, OUTBOX_RETRY, OUTBOX_RETRY, true, "that is more at once than it takes"},
    {400, 499, OUTBOX_FAILED, OUTBOX_FAILED, false, "it refuses the message as it is"},
    {503, 503, OUTBOX_RETRY, OUTBOX_RETRY, true, "it is not taking anything just now"},
    {500, 599, OUTBOX_UNKNOWN, OUTBOX_RETRY, true, "it failed, and may have sent it before that"},
    {0, 999, OUTBOX_UNKNOWN, OUTBOX_RETRY, true, "nobody knows what that means"},
};

void judge_status(const struct answer *a, struct verdict_of_provider *v)
{
    const struct provider *p = v->c->provider;
    size_t i = 0;
    while (a->status < statuses[i].from || a->status > statuses[i].to)
        i++;
    char code[8];
    snprintf(code, sizeof code, "%d", a->status);
    enum outbox_outcome o = p->idempotent ? statuses[i].idempotent : statuses[i].outcome;
    bool said = a->text && *a->text && !a->json && o != OUTBOX_SENT;
    if (o == OUTBOX_SENT)
        judge_set(v, o, false, code, "%s", "");
    else
        judge_set(v, o, statuses[i].trouble, code, "%s answered %d: %s%s%.80s%s", p->name, a->status, statuses[i].says,
                  said ? " (\"" : "", said ? a->text : "", said ? "\")" : "");
}
