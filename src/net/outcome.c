/* The end of a transfer: what libcurl and the provider said, as an outcome. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/when.h"
#include "transfer.h"

void result_start(struct outbox_result *r, const struct outbox_message *m)
{
    *r = (struct outbox_result){.id = m->id, .fence = m->fence, .outcome = OUTBOX_RETURNED, .retry_at = WHEN_NONE};
}

void result_late(struct outbox_result *r)
{
    r->outcome = OUTBOX_RETURNED;
    snprintf(r->message, sizeof r->message, "Given back before it was sent: this worker was held up for longer than it may keep a message");
}

/* Some repeat what they were given. Done before anything is cut, or half of it would be left. */
static void hide_secret(char *s, size_t n, const struct channel_url *c)
{
    size_t secret = c->secret ? strlen(c->secret) : 0;
    if (secret < 4)
        return;
    for (char *at; (at = memmem(s, n, c->secret, secret)); s = at + secret) {
        n -= (size_t)(at - s) + secret;
        memset(at, '*', secret);
    }
}

void result_clean(struct outbox_result *r, const struct channel_url *c)
{
    char text[sizeof r->message];
    hide_secret(r->message, strlen(r->message), c);
    utf8_clean(r->message, strlen(r->message), text, sizeof text, UTF8_ONE_LINE);
    memcpy(r->message, text, sizeof text);
    utf8_clean(r->provider_id, strlen(r->provider_id), text, sizeof r->provider_id, UTF8_ONE_LINE);
    memcpy(r->provider_id, text, sizeof r->provider_id);
}

bool transfer_went_out(const struct transfer *t)
{
    if (t->line->provider->mail)
        return t->phase == MAIL_DOT;
    return t->line->provider->idempotent || t->q.harmless || t->offset == t->q.body.len;
}

/* Where libcurl's own words say little. */
static const struct { CURLcode rc; const char *says; } silences[] = {
    {CURLE_GOT_NOTHING, "it closed the connection"},
    {CURLE_UNSUPPORTED_PROTOCOL, "what came is not HTTP"},
    {CURLE_WEIRD_SERVER_REPLY, "what came is no answer"},
};

static const char *silence(const struct transfer *t, CURLcode rc, bool expired)
{
    if (expired)
        return "no answer in time";
    for (size_t i = 0; i < sizeof silences / sizeof *silences; i++)
        if (silences[i].rc == rc)
            return silences[i].says;
    return t->error[0] ? t->error : curl_easy_strerror(rc);
}

/* No answer: what is known is how far the question got. */
static void judge_silence(struct transfer *t, CURLcode rc, bool expired, struct verdict_of_provider *v)
{
    const struct provider *p = t->line->provider;
    const char *why = silence(t, rc, expired);
    const char *code = expired || rc == CURLE_OPERATION_TIMEDOUT ? "timeout" : "connection";
    if (transfer_went_out(t) && !p->idempotent)
        judge_set(v, OUTBOX_UNKNOWN, true, code, "%s got the message and did not say what became of it (%.90s)", p->name, why);
    else if (rc == CURLE_PEER_FAILED_VERIFICATION && !expired)
        judge_set(v, OUTBOX_RETRY, true, "tls", "%s has a certificate that is not trusted here, so nothing was sent (%.70s); ca= names a file of those to trust",
                  p->name, why);
    else
        judge_set(v, OUTBOX_RETRY, true, code, "%s could not be reached or did not answer (%.110s)", p->name, why);
}

/* The first line of the body, for telling. */
static void first_line(const struct buf *b, char *out, size_t size)
{
    const char *s = buf_str(b) + strspn(buf_str(b), " \t\r\n");
    utf8_clean(s, strcspn(s, "\r\n"), out, size, UTF8_ONE_LINE);
}

static void judge_http(struct transfer *t, CURLcode rc, struct verdict_of_provider *v, int status)
{
    char line[100];
    json_t *json = NULL;
    if (t->answer.len)
        hide_secret(t->answer.data, t->answer.len, v->c);
    if (t->answer.len && t->answer.data[strspn(t->answer.data, " \t\r\n")] == '{')
        json = json_loadb(t->answer.data, t->answer.len, 0, NULL);
    first_line(&t->answer, line, sizeof line);
    struct answer a = {.status = status, .json = json_is_object(json) ? json : NULL, .text = line, .cut = t->cut,
                       .broken = (rc != CURLE_OK && !t->cut) || (!json && t->answer.len), .id = t->id[0] ? t->id : NULL};
    judge_status(&a, v);
    v->c->provider->judge(&a, v);
    if (v->r->outcome == OUTBOX_RETRY && t->retry_after[0])
        v->r->retry_at = judge_retry_after(t->retry_after, loop_wall());
    json_decref(json);
}

/* What came of an exchange: whoever asked judges it. */
static void hear(struct transfer *t, CURLcode rc, bool expired)
{
    struct job *j = t->job;
    long status = 0;
    char text[sizeof j->heard_text];
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    j->heard = (struct heard){.retry_at = WHEN_NONE, .went_out = transfer_went_out(t)};
    if (t->late && status < 200) {
        j->heard.stopped = true;
        j->heard.went_out = false;
        snprintf(j->heard_text, sizeof j->heard_text, "the worker was held up for longer than it may keep a case's change");
        return;
    }
    if (status < 200) {
        snprintf(text, sizeof text, "%.190s", silence(t, rc, expired));
        hide_secret(text, strlen(text), j->c);
        utf8_clean(text, strlen(text), j->heard_text, sizeof j->heard_text, UTF8_ONE_LINE);
        snprintf(j->heard_code, sizeof j->heard_code, "%s", expired || rc == CURLE_OPERATION_TIMEDOUT ? "timeout" :
                 rc == CURLE_PEER_FAILED_VERIFICATION ? "tls" : "connection");
        return;
    }
    if (t->answer.len) {
        hide_secret(t->answer.data, t->answer.len, j->c);
        j->json = json_loadb(t->answer.data, t->answer.len, 0, NULL);
    }
    first_line(&t->answer, j->heard_text, sizeof j->heard_text);
    snprintf(j->heard_code, sizeof j->heard_code, "%ld", status);
    j->heard.status = (int)status;
    j->heard.broken = rc != CURLE_OK || t->cut || (!j->json && t->answer.len);
    if (t->retry_after[0])
        j->heard.retry_at = judge_retry_after(t->retry_after, loop_wall());
}

void transfer_judge(struct transfer *t, CURLcode rc, bool expired)
{
    struct job *j = t->job;
    struct verdict_of_provider v = {.r = &j->r, .c = j->c};
    long status = 0;
    if (j->x) {
        hear(t, rc, expired);
        return;
    }
    if (t->late) {
        result_late(&j->r);
        return;
    }
    if (!t->line->provider->mail) {
        curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
        if (status >= 200)
            judge_http(t, rc, &v, (int)status);
        else
            judge_silence(t, rc, expired, &v);
    } else {
        hide_secret(t->reply_text, strlen(t->reply_text), j->c);
        /* A reply counts for the command it answers; silence, for how far we got. */
        struct answer a = {.status = t->reply, .text = t->reply_text, .phase = t->answered, .broken = rc != CURLE_OK};
        bool answered = t->reply && t->answered == t->phase && !expired &&
                        (rc == CURLE_OK || t->reply >= 400 || t->reply < 200);
        if (answered)
            v.c->provider->judge(&a, &v);
        else
            judge_silence(t, rc, expired, &v);
        if (rc == CURLE_USE_SSL_FAILED)
            judge_set(&v, OUTBOX_RETRY, true, "tls", "%s offers no TLS, and without it nothing is sent; have it offer STARTTLS, or use smtps://",
                      j->c->host);
        if (rc == CURLE_LOGIN_DENIED)
            judge_set(&v, OUTBOX_RETRY, true, j->r.code, "the mail server does not accept the user and password of %s",
                      channel_variable(j->c->channel));
    }
    j->trouble = v.trouble;
}
