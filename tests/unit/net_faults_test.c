/* What every provider's answers, and the lack of one, come to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "net_fixture.h"

#define TWILIO "twilio://AC00000000000000000000000000000000:tok-secret@?from=%%2B15125550000&base=http://127.0.0.1:%d"
#define VONAGE "vonage://key:tok-secret@?from=ACME&base=http://127.0.0.1:%d"
#define SENDGRID "sendgrid://tok-secret@?base=http://127.0.0.1:%d"
#define POSTMARK "postmark://tok-secret@?base=http://127.0.0.1:%d"
#define HOOK "webhook+https://h.example/in?secret=tok-secret&base=http://127.0.0.1:%d"

enum { CALM, TROUBLE, BAD };
static const struct row {
    const char *url;
    enum channel channel;
    int status;
    const char *headers, *body;
    enum outbox_outcome outcome;
    int how;
    const char *code, *id, *says;
} rows[] = {
    {TWILIO, CHANNEL_SMS, 201, "", "{\"sid\":\"SM1\",\"status\":\"queued\"}", OUTBOX_SENT, CALM, "201", "SM1", ""},
    {TWILIO, CHANNEL_WHATSAPP, 201, "", "{\"sid\":\"SM1\"}", OUTBOX_SENT, CALM, "201", "SM1", ""},
    {TWILIO, CHANNEL_SMS, 201, "", "{\"sid\":\"SM", OUTBOX_SENT, CALM, "201", "", "could not be read"},
    {TWILIO, CHANNEL_SMS, 201, "", "{\"sid\":\"SM1\",\"status\":\"failed\",\"error_message\":\"no\"}", OUTBOX_FAILED, CALM, "201", "SM1", "failed"},
    {TWILIO, CHANNEL_SMS, 200, "", "<html>portal</html>", OUTBOX_UNKNOWN, CALM, "200", "", "portal"},
    {TWILIO, CHANNEL_SMS, 400, "", "{\"code\":21211,\"message\":\"Invalid 'To'\"}", OUTBOX_FAILED, BAD, "21211", "", "no valid phone"},
    {TWILIO, CHANNEL_SMS, 400, "", "{\"code\":21614,\"message\":\"x\"}", OUTBOX_FAILED, BAD, "21614", "", "no text messages"},
    {TWILIO, CHANNEL_SMS, 400, "", "{\"code\":21610,\"message\":\"x\"}", OUTBOX_FAILED, CALM, "21610", "", "opted out"},
    {TWILIO, CHANNEL_SMS, 400, "", "{\"code\":29999,\"message\":\"Odd thing\"}", OUTBOX_FAILED, CALM, "29999", "", "Odd thing"},
    {TWILIO, CHANNEL_SMS, 400, "", "{\"code\":212", OUTBOX_FAILED, CALM, "400", "", "refuses"},
    {TWILIO, CHANNEL_SMS, 401, "", "{\"code\":20003,\"message\":\"Authenticate tok-secret\"}", OUTBOX_RETRY, TROUBLE, "20003", "", "SID and token"},
    {TWILIO, CHANNEL_SMS, 401, "", "", OUTBOX_RETRY, TROUBLE, "401", "", "Twilio answered 401: it does not accept the credentials"},
    {TWILIO, CHANNEL_SMS, 404, "", "{\"code\":20404,\"message\":\"x\"}", OUTBOX_RETRY, TROUBLE, "20404", "", "SID"},
    {TWILIO, CHANNEL_SMS, 429, "Retry-After: 7\r\n", "{\"code\":20429,\"message\":\"x\"}", OUTBOX_RETRY, TROUBLE, "20429", "", "at once"},
    {TWILIO, CHANNEL_SMS, 503, "Retry-After: 7\r\n", "", OUTBOX_RETRY, TROUBLE, "503", "", "just now"},
    {TWILIO, CHANNEL_SMS, 500, "", "{\"code\":20500,\"message\":\"x\"}", OUTBOX_UNKNOWN, TROUBLE, "500", "", "may have sent"},
    {TWILIO, CHANNEL_SMS, 502, "", "<html>bad gateway", OUTBOX_UNKNOWN, TROUBLE, "502", "", "bad gateway"},
    {TWILIO, CHANNEL_SMS, 302, "Location: file:///etc/passwd\r\n", "", OUTBOX_RETRY, TROUBLE, "302", "", "redirects"},
    {VONAGE, CHANNEL_SMS, 202, "", "{\"message_uuid\":\"u-1\"}", OUTBOX_SENT, CALM, "202", "u-1", ""},
    {VONAGE, CHANNEL_SMS, 202, "", "junk", OUTBOX_SENT, CALM, "202", "", "could not be read"},
    {VONAGE, CHANNEL_SMS, 200, "", "{\"messages\":[{\"status\":\"0\",\"message-id\":\"m1\"}]}", OUTBOX_SENT, CALM, "0", "m1", ""},
    {VONAGE, CHANNEL_SMS, 200, "", "{\"messages\":[{\"status\":\"1\",\"error-text\":\"Throttled\"}]}", OUTBOX_RETRY, TROUBLE, "1", "", "Throttled"},
    {VONAGE, CHANNEL_SMS, 200, "", "{\"messages\":[{\"status\":\"6\",\"error-text\":\"Unroutable\"}]}", OUTBOX_FAILED, CALM, "6", "", "Unroutable"},
    {VONAGE, CHANNEL_SMS, 200, "", "{}", OUTBOX_UNKNOWN, CALM, "200", "", ""},
    {VONAGE, CHANNEL_SMS, 422, "", "{\"title\":\"Invalid recipient\",\"detail\":\"The `to` parameter is invalid\"}", OUTBOX_FAILED, BAD, "422", "", "Invalid recipient"},
    {VONAGE, CHANNEL_SMS, 422, "", "{\"title\":\"Invalid sender\",\"detail\":\"The `from` parameter is invalid\"}", OUTBOX_RETRY, TROUBLE, "422", "", "Invalid sender"},
    {VONAGE, CHANNEL_SMS, 422, "", "{\"title\":\"Invalid params\",\"detail\":\"x\",\"invalid_parameters\":[{\"name\":\"to\"}]}", OUTBOX_FAILED, BAD, "422", "", "Invalid params"},
    {VONAGE, CHANNEL_SMS, 401, "", "{\"title\":\"Unauthorized\",\"detail\":\"d\"}", OUTBOX_RETRY, TROUBLE, "401", "", "Unauthorized"},
    {VONAGE, CHANNEL_SMS, 402, "", "{\"title\":\"Payment Required\",\"detail\":\"low balance\"}", OUTBOX_RETRY, TROUBLE, "402", "", "low balance"},
    {VONAGE, CHANNEL_WHATSAPP, 429, "Retry-After: 7\r\n", "{\"title\":\"Rate Limit Hit\",\"detail\":\"d\"}", OUTBOX_RETRY, TROUBLE, "429", "", "Rate Limit"},
    {VONAGE, CHANNEL_SMS, 500, "", "{\"title\":\"Internal error\",\"detail\":\"d\"}", OUTBOX_UNKNOWN, TROUBLE, "500", "", "Internal"},
    {SENDGRID, CHANNEL_EMAIL, 202, "X-Message-Id: sg.1\r\n", "", OUTBOX_SENT, CALM, "202", "sg.1", ""},
    {SENDGRID, CHANNEL_EMAIL, 200, "", "", OUTBOX_UNKNOWN, CALM, "200", "", ""},
    {SENDGRID, CHANNEL_EMAIL, 400, "", "{\"errors\":[{\"field\":\"personalizations.0.to.0.email\",\"message\":\"Does not contain a valid address.\"}]}", OUTBOX_FAILED, BAD, "400", "", "valid address"},
    {SENDGRID, CHANNEL_EMAIL, 400, "", "{\"errors\":[{\"field\":\"from.email\",\"message\":\"bad from\"}]}", OUTBOX_RETRY, TROUBLE, "400", "", "bad from"},
    {SENDGRID, CHANNEL_EMAIL, 401, "", "{\"errors\":[{\"field\":null,\"message\":\"key tok-secret is wrong\"}]}", OUTBOX_RETRY, TROUBLE, "401", "", "wrong"},
    {SENDGRID, CHANNEL_EMAIL, 413, "", "{\"errors\":[{\"message\":\"too large\"}]}", OUTBOX_FAILED, CALM, "413", "", "too large"},
    {SENDGRID, CHANNEL_EMAIL, 429, "Retry-After: 7\r\n", "", OUTBOX_RETRY, TROUBLE, "429", "", "at once"},
    {SENDGRID, CHANNEL_EMAIL, 500, "", "", OUTBOX_UNKNOWN, TROUBLE, "500", "", ""},
    {POSTMARK, CHANNEL_EMAIL, 200, "", "{\"ErrorCode\":0,\"Message\":\"OK\",\"MessageID\":\"pm-1\"}", OUTBOX_SENT, CALM, "200", "pm-1", ""},
    {POSTMARK, CHANNEL_EMAIL, 200, "", "{\"ErrorCode\":406,\"Message\":\"inactive\"}", OUTBOX_FAILED, BAD, "406", "", "inactive"},
    {POSTMARK, CHANNEL_EMAIL, 200, "", "{\"Mess", OUTBOX_UNKNOWN, CALM, "200", "", ""},
    {POSTMARK, CHANNEL_EMAIL, 422, "", "{\"ErrorCode\":406,\"Message\":\"inactive\"}", OUTBOX_FAILED, BAD, "406", "", "inactive"},
    {POSTMARK, CHANNEL_EMAIL, 422, "", "{\"ErrorCode\":300,\"Message\":\"Invalid 'To' address\"}", OUTBOX_FAILED, BAD, "300", "", "Invalid 'To'"},
    {POSTMARK, CHANNEL_EMAIL, 422, "", "{\"ErrorCode\":300,\"Message\":\"Invalid 'From' address\"}", OUTBOX_FAILED, CALM, "300", "", "Invalid 'From'"},
    {POSTMARK, CHANNEL_EMAIL, 401, "", "{\"ErrorCode\":10,\"Message\":\"x\"}", OUTBOX_RETRY, TROUBLE, "10", "", "token"},
    {POSTMARK, CHANNEL_EMAIL, 429, "Retry-After: 7\r\n", "", OUTBOX_RETRY, TROUBLE, "429", "", "at once"},
    {POSTMARK, CHANNEL_EMAIL, 500, "", "{\"ErrorCode\":-1}", OUTBOX_UNKNOWN, TROUBLE, "500", "", ""},
    {HOOK, CHANNEL_SMS, 200, "", "{\"id\":\"w1\"}", OUTBOX_SENT, CALM, "200", "w1", ""},
    {HOOK, CHANNEL_EMAIL, 204, "", "", OUTBOX_SENT, CALM, "204", "", ""},
    {HOOK, CHANNEL_SMS, 200, "", "fine", OUTBOX_SENT, CALM, "200", "", ""},
    {HOOK, CHANNEL_SMS, 409, "", "", OUTBOX_SENT, CALM, "409", "", "already"},
    {HOOK, CHANNEL_SMS, 400, "", "no such brand", OUTBOX_FAILED, CALM, "400", "", "no such brand"},
    {HOOK, CHANNEL_SMS, 401, "", "", OUTBOX_RETRY, TROUBLE, "401", "", ""},
    {HOOK, CHANNEL_SMS, 408, "", "", OUTBOX_RETRY, TROUBLE, "408", "", ""},
    {HOOK, CHANNEL_SMS, 425, "", "", OUTBOX_RETRY, TROUBLE, "425", "", ""},
    {HOOK, CHANNEL_SMS, 429, "Retry-After: 7\r\n", "", OUTBOX_RETRY, TROUBLE, "429", "", ""},
    {HOOK, CHANNEL_SMS, 500, "", "", OUTBOX_RETRY, TROUBLE, "500", "", ""},
    {HOOK, CHANNEL_SMS, 307, "Location: http://127.0.0.1/\r\n", "", OUTBOX_RETRY, TROUBLE, "307", "", "redirects"},
};

static void check_row(const struct row *w, const struct got *g, const char *what)
{
    if (g->r.outcome != w->outcome || g->trouble != (w->how == TROUBLE) || g->r.bad_address != (w->how == BAD) ||
        strcmp(g->r.code, w->code) != 0 || strcmp(g->r.provider_id, w->id) != 0 || !strstr(g->r.message, w->says))
        fail_msg("%s\n  %d %s\n  gave %s trouble %d bad %d code %s id %s: %s", what, w->status, w->body, outbox_outcome_name(g->r.outcome),
                 g->trouble, g->r.bad_address, g->r.code, g->r.provider_id, g->r.message);
    assert_null(strstr(g->r.message, "tok-secret"));
}

static void answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *w = &rows[i];
        struct stub *s = stub_start(STUB_HTTP);
        stub_say(s, stub_http(w->status, w->headers, w->body));
        struct channel_url c = a_channel(w->channel, w->url, stub_port(s));
        struct outbox_message m = a_message(w->channel);
        int64_t before = loop_wall();
        struct got g = send_one(&c, &m, NULL);
        check_row(w, &g, w->url);
        assert_int_equal(stub_requests(s), 1);
        if (strstr(w->headers, "Retry-After"))
            assert_true(g.r.retry_at >= before + 6999 && g.r.retry_at <= loop_wall() + 7001);
        else
            assert_true(g.r.retry_at == WHEN_NONE);
        channel_url_finish(&c);
        stub_stop(s);
    }
}

/* Faults below HTTP: what a provider that can be asked twice makes of them, and one that cannot. */
static void broken_answers(void **state)
{
    (void)state;
    static const struct { const char *answer; enum outbox_outcome once, twice; } faults[] = {
        {"\1c", OUTBOX_UNKNOWN, OUTBOX_RETRY},
        {"\1r", OUTBOX_UNKNOWN, OUTBOX_RETRY},
        {"\1w", OUTBOX_UNKNOWN, OUTBOX_RETRY},
        {"HTTP/1.1 20\1c", OUTBOX_UNKNOWN, OUTBOX_RETRY},
        {"HTTP/1.1 20\1w", OUTBOX_UNKNOWN, OUTBOX_RETRY},
        {"SSH-2.0-OpenSSH\r\n\r\n\1c", OUTBOX_UNKNOWN, OUTBOX_RETRY},
        {"HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{\"sid\":\1c", OUTBOX_SENT, OUTBOX_SENT},
        {"HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{\"sid\":\1w", OUTBOX_SENT, OUTBOX_SENT},
        {"HTTP/1.1 201 Created\r\nContent-Length: 104857600\r\n\r\n\1z", OUTBOX_SENT, OUTBOX_SENT},
        {"HTTP/1.1 400 No\r\nContent-Length: 104857600\r\n\r\n\1z", OUTBOX_FAILED, OUTBOX_FAILED},
        {"HTTP/1.1 500 No\r\nContent-Length: 104857600\r\n\r\n\1z", OUTBOX_UNKNOWN, OUTBOX_RETRY},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", OUTBOX_RETRY, OUTBOX_RETRY},
    };
    const struct net_options o = {.connect_ms = 3000, .answer_ms = 1500};
    for (size_t i = 0; i < 2 * (sizeof faults / sizeof *faults); i++) {
        struct stub *s = stub_start(STUB_HTTP);
        stub_say(s, faults[i / 2].answer);
        struct channel_url c = a_channel(CHANNEL_SMS, i % 2 ? HOOK : TWILIO, stub_port(s));
        struct outbox_message m = a_message(CHANNEL_SMS);
        int64_t before = loop_now();
        struct got g = send_one(&c, &m, &o);
        if (g.r.outcome != (i % 2 ? faults[i / 2].twice : faults[i / 2].once))
            fail_msg("%s, %s: %s, %s", channel_scheme(&c), faults[i / 2].answer, outbox_outcome_name(g.r.outcome), g.r.message);
        assert_true(loop_now() - before < 20000);    /* without limits of ours: half a minute */
        assert_int_equal(stub_requests(s), 1);  /* nothing is asked twice behind our back */
        channel_url_finish(&c);
        stub_stop(s);
    }
}

/* A kept connection that dies under the next message: libcurl would ask again by itself. */
static void a_kept_connection_dies(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct stub *s = stub_start(STUB_HTTP);
        struct loop *l = loop_create();
        struct net *n = net_create(l, NULL);
        struct channel_url c = a_channel(CHANNEL_SMS, i ? HOOK : TWILIO, stub_port(s));
        struct outbox_message m = a_message(CHANNEL_SMS);
        struct got g = {.times = 0};
        stub_say(s, stub_http(201, "", "{\"sid\":\"SM1\"}"));
        stub_say(s, "\1c");
        stub_say(s, stub_http(201, "", "{\"sid\":\"SM2\"}"));
        net_send(n, &c, &m, got_it, &g);
        run(l, n);
        assert_int_equal(g.r.outcome, OUTBOX_SENT);
        net_send(n, &c, &m, got_it, &g);
        run(l, n);
        assert_int_equal(g.r.outcome, i ? OUTBOX_SENT : OUTBOX_UNKNOWN);
        assert_int_equal(stub_requests(s), i ? 3 : 2);
        net_destroy(n);
        loop_destroy(l);
        channel_url_finish(&c);
        stub_stop(s);
    }
}

static void nobody_there(void **state)
{
    (void)state;
    static const struct { const char *url; enum channel channel; } urls[] = {
        {TWILIO, CHANNEL_SMS}, {VONAGE, CHANNEL_SMS}, {SENDGRID, CHANNEL_EMAIL}, {POSTMARK, CHANNEL_EMAIL}, {HOOK, CHANNEL_SMS},
        {"smtp://127.0.0.1:%d", CHANNEL_EMAIL},
    };
    struct stub *s = stub_start(STUB_SILENT);
    int port = stub_port(s);
    stub_stop(s);
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct channel_url c = a_channel(urls[i].channel, urls[i].url, port);
        struct outbox_message m = a_message(urls[i].channel);
        struct got g = send_one(&c, &m, NULL);
        assert_int_equal(g.r.outcome, OUTBOX_RETRY);
        assert_true(g.trouble);
        assert_string_equal(g.r.code, "connection");
        channel_url_finish(&c);
    }
}

static void destroying_does_not_wait(void **state)
{
    (void)state;
    static const struct { const char *url; enum channel channel; enum outbox_outcome outcome; } urls[] = {
        {TWILIO, CHANNEL_SMS, OUTBOX_UNKNOWN}, {HOOK, CHANNEL_SMS, OUTBOX_RETURNED}, {"smtp://127.0.0.1:%d", CHANNEL_EMAIL, OUTBOX_RETURNED},
    };
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        bool mail = urls[i].channel == CHANNEL_EMAIL;
        struct stub *s = stub_start(mail ? STUB_SILENT : STUB_HTTP);
        stub_say(s, "\1w");
        struct loop *l = loop_create();
        struct net *n = net_create(l, NULL);
        struct channel_url c = a_channel(urls[i].channel, urls[i].url, stub_port(s));
        struct outbox_message m = a_message(urls[i].channel);
        struct got got[40] = {{.times = 0}};
        c.connections = 4;
        for (int k = 0; k < 40; k++)
            net_send(n, &c, &m, got_it, &got[k]);
        int64_t end = loop_now() + 60000;
        while ((mail ? stub_connections(s) : stub_requests(s)) < 4) {
            assert_true(loop_now() < end);
            loop_step(l, 5);
        }
        assert_int_equal(net_under_way(n), 40);
        assert_int_equal(stub_connections(s), 4);
        int64_t before = loop_now();
        net_destroy(n);
        assert_true(loop_now() - before < 20000);    /* none of them is waited for */
        int maybe = 0;
        for (int k = 0; k < 40; k++) {
            assert_int_equal(got[k].times, 1);
            maybe += got[k].r.outcome == OUTBOX_UNKNOWN;
            assert_true(got[k].r.outcome == OUTBOX_RETURNED || got[k].r.outcome == urls[i].outcome);
        }
        assert_int_equal(maybe, urls[i].outcome == OUTBOX_UNKNOWN ? 4 : 0);
        loop_destroy(l);
        channel_url_finish(&c);
        stub_stop(s);
    }
}

/* What a worker has held for too long may be another's: none of it is written, over a new connection or a kept one, and nobody
 * takes the provider to be in trouble. */
static void too_late(void **state)
{
    (void)state;
    static const struct { const char *url; enum channel channel; } urls[] = {
        {TWILIO, CHANNEL_SMS}, {HOOK, CHANNEL_SMS}, {SENDGRID, CHANNEL_EMAIL}, {"smtp://127.0.0.1:%d", CHANNEL_EMAIL},
    };
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct stub *s = stub_start(strncmp(urls[i].url, "smtp", 4) == 0 ? STUB_SMTP : STUB_HTTP);
        struct loop *l = loop_create();
        struct net *n = net_create(l, NULL);
        struct channel_url c = a_channel(urls[i].channel, urls[i].url, stub_port(s));
        c.connections = 1;
        stub_say(s, stub_http(strcmp(urls[i].url, SENDGRID) == 0 ? 202 : 201, "", "{\"sid\":\"SM1\"}"));
        struct outbox_message late = a_message(urls[i].channel), good = late;
        late.begin_by = net_clock();
        good.begin_by = net_clock() + 60000;
        struct got got[3] = {{.times = 0}};
        net_send(n, &c, &late, got_it, &got[0]);
        net_send(n, &c, &good, got_it, &got[1]);
        net_send(n, &c, &late, got_it, &got[2]);
        run(l, n);
        assert_int_equal(got[1].r.outcome, OUTBOX_SENT);
        for (int k = 0; k < 3; k += 2) {
            assert_int_equal(got[k].r.outcome, OUTBOX_RETURNED);
            assert_false(got[k].trouble);
            assert_non_null(strstr(got[k].r.message, "Given back before it was sent"));
        }
        assert_int_equal(stub_messages(s), 1);
        net_destroy(n);
        loop_destroy(l);
        channel_url_finish(&c);
        stub_stop(s);
    }
}

static void too_late_for_a_file(void **state)
{
    (void)state;
    char url[200];
    snprintf(url, sizeof url, "maildir:%s/late", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    struct channel_url c = a_channel(CHANNEL_EMAIL, url, 0);
    struct outbox_message m = a_message(CHANNEL_EMAIL);
    m.begin_by = net_clock();
    assert_int_equal(send_one(&c, &m, NULL).r.outcome, OUTBOX_RETURNED);
    m.begin_by += 60000;
    assert_int_equal(send_one(&c, &m, NULL).r.outcome, OUTBOX_SENT);
    channel_url_finish(&c);
}

static void connections_are_used_again(void **state)
{
    (void)state;
    struct stub *s = stub_start(STUB_HTTP);
    struct loop *l = loop_create();
    struct net *n = net_create(l, NULL);
    struct channel_url c = a_channel(CHANNEL_SMS, TWILIO "&connections=3", stub_port(s));
    struct outbox_message m = a_message(CHANNEL_SMS);
    static struct got got[300];
    stub_say(s, stub_http(201, "", "{\"sid\":\"SM1\"}"));
    for (int i = 0; i < 300; i++)
        net_send(n, &c, &m, got_it, &got[i]);
    run(l, n);
    for (int i = 0; i < 300; i++)
        assert_int_equal(got[i].r.outcome, OUTBOX_SENT);
    assert_int_equal(stub_requests(s), 300);
    assert_in_range(stub_connections(s), 1, 3);
    net_destroy(n);
    loop_destroy(l);
    channel_url_finish(&c);
    stub_stop(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(broken_answers),
        cmocka_unit_test(a_kept_connection_dies),
        cmocka_unit_test(nobody_there),
        cmocka_unit_test(destroying_does_not_wait),
        cmocka_unit_test(too_late),
        cmocka_unit_test(too_late_for_a_file),
        cmocka_unit_test(connections_are_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
