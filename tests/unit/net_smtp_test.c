/* SMTP: what each refusal at each command comes to, and that nothing ever waits for a stalling server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "net_fixture.h"

#define PLAIN "smtp://127.0.0.1:%d"
#define LOGIN "smtp://orders:tok%%2Fsecret@127.0.0.1:%d"

static struct got try(const char *url, const char *command, const char *answer, const struct net_options *o, int *connections)
{
    struct stub *s = stub_start(STUB_SMTP);
    stub_extensions(s, "250-AUTH PLAIN LOGIN\r\n");
    if (command)
        stub_answer(s, command, answer);
    struct channel_url c = a_channel(CHANNEL_EMAIL, url, stub_port(s));
    struct outbox_message m = a_message(CHANNEL_EMAIL);
    struct got g = send_one(&c, &m, o);
    if (connections)
        *connections = stub_connections(s);
    channel_url_finish(&c);
    stub_stop(s);
    return g;
}

static void replies(void **state)
{
    (void)state;
    static const struct {
        const char *url, *command, *answer;
        enum outbox_outcome outcome;
        bool trouble, bad;
        const char *code, *id, *says;
    } rows[] = {
        {PLAIN, NULL, NULL, OUTBOX_SENT, false, false, "250", "4F2A", "queued as"},
        {LOGIN, NULL, NULL, OUTBOX_SENT, false, false, "250", "4F2A", ""},
        {PLAIN, ".", "250 OK id=1tEabc-00\r\n", OUTBOX_SENT, false, false, "250", "1tEabc-00", ""},
        {PLAIN, "CONNECT", "421 too busy\r\n", OUTBOX_RETRY, true, false, "421", "", "too busy"},
        {PLAIN, "CONNECT", "554 go away\r\n", OUTBOX_RETRY, true, false, "554", "", "go away"},
        {PLAIN, "CONNECT", "\1c", OUTBOX_RETRY, true, false, "connection", "", ""},
        {LOGIN, "AUTH", "535 5.7.8 bad tok/secret\r\n", OUTBOX_RETRY, true, false, "535", "", "user and password"},
        {PLAIN, "MAIL", "451 later\r\n", OUTBOX_RETRY, false, false, "451", "", "the sender"},
        {PLAIN, "MAIL", "530 5.7.0 Authentication required\r\n", OUTBOX_RETRY, true, false, "530", "", "required"},
        {PLAIN, "MAIL", "550 5.1.8 no such sender domain\r\n", OUTBOX_FAILED, false, false, "550", "", "the sender"},
        {PLAIN, "RCPT", "450 4.2.0 greylisted\r\n", OUTBOX_RETRY, false, false, "450", "", "greylisted"},
        {PLAIN, "RCPT", "421 4.3.2 shutting down\r\n\1c", OUTBOX_RETRY, true, false, "421", "", "shutting down"},
        {PLAIN, "RCPT", "550 5.1.1 User unknown\r\n", OUTBOX_FAILED, false, true, "550", "", "User unknown"},
        {PLAIN, "RCPT", "550-5.1.1 The account\r\n550 5.1.1 does not exist\r\n", OUTBOX_FAILED, false, true, "550", "", "does not exist"},
        {PLAIN, "RCPT", "550 no such user\r\n", OUTBOX_FAILED, false, true, "550", "", ""},
        {PLAIN, "RCPT", "553 5.1.3 bad syntax\r\n", OUTBOX_FAILED, false, true, "553", "", ""},
        {PLAIN, "RCPT", "550 5.7.1 relaying denied\r\n", OUTBOX_FAILED, false, false, "550", "", "relaying denied"},
        {PLAIN, "RCPT", "552 5.2.2 mailbox full\r\n", OUTBOX_FAILED, false, false, "552", "", "full"},
        {PLAIN, "DATA", "451 4.3.0 no room\r\n", OUTBOX_RETRY, false, false, "451", "", "no room"},
        {PLAIN, "DATA", "554 5.6.0 no\r\n", OUTBOX_FAILED, false, false, "554", "", ""},
        {PLAIN, ".", "452 4.3.1 full\r\n", OUTBOX_RETRY, false, false, "452", "", "full"},
        {PLAIN, ".", "554 5.7.1 spam\r\n", OUTBOX_FAILED, false, false, "554", "", "spam"},
        {PLAIN, ".", "\1c", OUTBOX_UNKNOWN, true, false, "connection", "", "did not say"},
        {PLAIN, ".", "\1r", OUTBOX_UNKNOWN, true, false, "connection", "", "did not say"},
        {PLAIN, ".", "rubbish\r\n\1c", OUTBOX_UNKNOWN, true, false, "", "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct got g = try(rows[i].url, rows[i].command, rows[i].answer, NULL, NULL);
        if (g.r.outcome != rows[i].outcome || g.trouble != rows[i].trouble || g.r.bad_address != rows[i].bad ||
            (*rows[i].code && strcmp(g.r.code, rows[i].code) != 0) || strcmp(g.r.provider_id, rows[i].id) != 0 || !strstr(g.r.message, rows[i].says))
            fail_msg("%s %s\n  gave %s trouble %d bad %d code %s id %s: %s", rows[i].command ? rows[i].command : "good",
                     rows[i].answer ? rows[i].answer : "", outbox_outcome_name(g.r.outcome), g.trouble, g.r.bad_address, g.r.code,
                     g.r.provider_id, g.r.message);
        assert_null(strstr(g.r.message, "secret"));
    }
}

/* A worker held up in the middle of it: nothing is a message before its final dot. */
static void too_late_for_the_message(void **state)
{
    (void)state;
    static const char *const commands[] = {"MAIL", "RCPT", "DATA"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct stub *s = stub_start(STUB_SMTP);
        stub_answer(s, commands[i], i == 2 ? "\1d354 Go on\r\n" : "\1d250 Ok\r\n");
        struct channel_url c = a_channel(CHANNEL_EMAIL, PLAIN, stub_port(s));
        struct outbox_message m = a_message(CHANNEL_EMAIL);
        m.begin_by = net_clock() + 200;    /* the answer takes twice as long */
        struct got g = send_one(&c, &m, NULL);
        assert_int_equal(g.r.outcome, OUTBOX_RETURNED);
        assert_false(g.trouble);
        assert_int_equal(stub_messages(s), 0);
        channel_url_finish(&c);
        stub_stop(s);
    }
}

/* Messages to servers that keep one waiting, all at once: nobody's wait is another's. */
enum { ANSWER_MS = 4000, DOT_MS = 6000, LIBRARY_MS = 30000 };   /* the last: what libcurl and ours give, unless told */
struct attempt {
    struct stub *s;
    struct net *n;
    struct channel_url c;
    struct outbox_message m;
    struct got g;
    int64_t began, took;       /* until nothing was under way; -1 something is */
};

static void attempt_begin(struct attempt *a, struct loop *l, const char *url, const char *command, const char *answer)
{
    const struct net_options o = {.connect_ms = ANSWER_MS, .answer_ms = ANSWER_MS, .final_dot_ms = DOT_MS};
    *a = (struct attempt){.s = stub_start(STUB_SMTP), .n = net_create(l, &o), .m = a_message(CHANNEL_EMAIL), .began = loop_now(), .took = -1};
    stub_extensions(a->s, "250-AUTH PLAIN LOGIN\r\n");
    stub_answer(a->s, command, answer);
    a->c = a_channel(CHANNEL_EMAIL, url, stub_port(a->s));
    net_send(a->n, &a->c, &a->m, got_it, &a->g);
}

static void attempts_end(struct attempt *a, size_t count, struct loop *l)
{
    int64_t end = loop_now() + 2 * LIBRARY_MS;
    for (size_t under_way = count; under_way > 0;) {
        loop_step(l, 1000);
        for (size_t i = 0; i < count; i++)
            if (a[i].took < 0 && !net_under_way(a[i].n)) {
                a[i].took = loop_now() - a[i].began;
                under_way--;
            }
        assert_true(loop_now() < end);
    }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(a[i].g.times, 1);
        net_destroy(a[i].n);
        channel_url_finish(&a[i].c);
        stub_stop(a[i].s);
    }
    loop_destroy(l);
}

/* A server that stops answering at any command, and at QUIT: the loop goes on. */
static void stalling_servers(void **state)
{
    (void)state;
    static const struct { const char *command; enum outbox_outcome outcome; } rows[] = {
        {"CONNECT", OUTBOX_RETRY}, {"EHLO", OUTBOX_RETRY}, {"MAIL", OUTBOX_RETRY}, {"RCPT", OUTBOX_RETRY}, {"DATA", OUTBOX_RETRY},
        {".", OUTBOX_UNKNOWN}, {"QUIT", OUTBOX_SENT},
    };
    struct attempt a[sizeof rows / sizeof *rows];
    struct loop *l = loop_create();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        attempt_begin(&a[i], l, PLAIN, rows[i].command, "\1w");
    attempts_end(a, sizeof rows / sizeof *rows, l);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (a[i].g.r.outcome != rows[i].outcome)
            fail_msg("%s: %s, %s", rows[i].command, outbox_outcome_name(a[i].g.r.outcome), a[i].g.r.message);
        if (a[i].took >= LIBRARY_MS)
            fail_msg("%s: %d ms", rows[i].command, (int)a[i].took);
        if (*rows[i].command == '.')
            assert_true(a[i].took >= DOT_MS);   /* the wait after the dot is its own */
    }
}

/* A server that says a byte now and then, and never all of an answer, has no more time than one that says nothing. */
static void dripping_servers(void **state)
{
    (void)state;
    static const struct { const char *url, *command, *says; enum outbox_outcome outcome; } rows[] = {
        {PLAIN, "CONNECT", "\1d220-\r\n", OUTBOX_RETRY}, {PLAIN, "EHLO", "\1d250-\r\n", OUTBOX_RETRY}, {LOGIN, "AUTH", "\1d235-\r\n", OUTBOX_RETRY},
        {PLAIN, "MAIL", "\1d250-\r\n", OUTBOX_RETRY},    {PLAIN, "RCPT", "\1d250-\r\n", OUTBOX_RETRY}, {PLAIN, "DATA", "\1d354-\r\n", OUTBOX_RETRY},
        {PLAIN, "RCPT", "\1d25", OUTBOX_RETRY},          {PLAIN, ".", "\1d250-\r\n", OUTBOX_UNKNOWN},
    };
    struct attempt a[sizeof rows / sizeof *rows];
    struct loop *l = loop_create();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        attempt_begin(&a[i], l, rows[i].url, rows[i].command, rows[i].says);
    attempts_end(a, sizeof rows / sizeof *rows, l);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (a[i].g.r.outcome != rows[i].outcome || strcmp(a[i].g.r.code, "timeout") != 0 || a[i].took < ANSWER_MS || a[i].took >= LIBRARY_MS)
            fail_msg("%s %s: %s %s after %d ms, %s", rows[i].command, rows[i].says + 1, outbox_outcome_name(a[i].g.r.outcome), a[i].g.r.code,
                     (int)a[i].took, a[i].g.r.message);
}

/* One that never stops talking does not keep the loop from everything else. */
static void endless_answers(void **state)
{
    (void)state;
    int64_t before = loop_now();
    struct got g = try(PLAIN, "RCPT", "\1z", NULL, NULL);
    assert_int_equal(g.r.outcome, OUTBOX_RETRY);
    g = try(PLAIN, ".", "\1z", NULL, NULL);
    assert_int_equal(g.r.outcome, OUTBOX_UNKNOWN);
    assert_true(loop_now() - before < 30000);    /* which is what an answer may take */
}

/* After a refusal libcurl says QUIT, and would wait for the answer. */
static void a_refusal_and_no_answer_to_quit(void **state)
{
    (void)state;
    struct stub *s = stub_start(STUB_SMTP);
    struct loop *l = loop_create();
    struct net *n = net_create(l, NULL);
    stub_answer(s, "RCPT", "550 5.1.1 nobody\r\n");
    stub_answer(s, "QUIT", "\1w");
    struct channel_url c = a_channel(CHANNEL_EMAIL, PLAIN, stub_port(s));
    struct outbox_message m = a_message(CHANNEL_EMAIL);
    struct got got[3] = {{.times = 0}};
    int64_t before = loop_now();
    for (int i = 0; i < 3; i++) {
        net_send(n, &c, &m, got_it, &got[i]);
        run(l, n);
        assert_int_equal(got[i].r.outcome, OUTBOX_FAILED);
        assert_true(got[i].r.bad_address);
    }
    net_destroy(n);
    assert_true(loop_now() - before < 20000);    /* an answer may take half a minute */
    loop_destroy(l);
    channel_url_finish(&c);
    stub_stop(s);
}

static void one_connection_many_messages(void **state)
{
    (void)state;
    struct stub *s = stub_start(STUB_SMTP);
    struct loop *l = loop_create();
    struct net *n = net_create(l, NULL);
    struct channel_url c = a_channel(CHANNEL_EMAIL, PLAIN "?connections=2", stub_port(s));
    struct outbox_message m = a_message(CHANNEL_EMAIL);
    static struct got got[60];
    for (int i = 0; i < 60; i++)
        net_send(n, &c, &m, got_it, &got[i]);
    run(l, n);
    for (int i = 0; i < 60; i++)
        assert_int_equal(got[i].r.outcome, OUTBOX_SENT);
    assert_in_range(stub_connections(s), 1, 2);
    net_destroy(n);
    loop_destroy(l);
    channel_url_finish(&c);
    stub_stop(s);
}

static void what_the_server_hears(void **state)
{
    (void)state;
    static char dots[] = "First.\n.\n..two\n.one\nFrom here\nlast", to[] = "rosa@bücher.example", reply[] = "hilfe@acme.example",
                unsubscribe[] = "https://acme.example/u/1";
    struct stub *s = stub_start(STUB_SMTP);
    struct channel_url c = a_channel(CHANNEL_EMAIL, PLAIN, stub_port(s));
    struct outbox_message m = a_message(CHANNEL_EMAIL);
    m.body = dots;
    m.to = to;
    m.reply_to = reply;
    m.list_unsubscribe = unsubscribe;
    struct got g = send_one(&c, &m, NULL);
    assert_int_equal(g.r.outcome, OUTBOX_SENT);
    const char *said = stub_request(s, 0);
    static const char *const parts[] = {
        "MAIL FROM:<help@acme.example>", "RCPT TO:<rosa@xn--bcher-kva.example>\r\n", "\r\nTo: Rosa Delgado <rosa@xn--bcher-kva.example>\r\n",
        "\r\nFrom: \"Acme, Inc.\" <help@acme.example>\r\n", "\r\nReply-To: hilfe@acme.example\r\n", "\r\nMessage-ID: <48121.9f3c@doorstep>\r\n",
        "\r\nAuto-Submitted: auto-generated\r\n", "\r\nX-Auto-Response-Suppress: All\r\n", "\r\nList-Unsubscribe: <https://acme.example/u/1>\r\n",
        "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", "\r\nSubject: =?UTF-8?Q?=C2=BFD=C3=B3nde_entregamos=3F?=\r\n",
        "\r\nFirst.\r\n=2E\r\n=2E.two\r\n=2Eone\r\n=46rom here\r\nlast\r\n", "--\r\n.\r\n",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(said, parts[i]))
            fail_msg("no \"%s\" in:\n%s", parts[i], said);
    channel_url_finish(&c);
    stub_stop(s);
}

/* Lines of a body end before column 77, and nothing breaks out of a header. */
static void long_lines(void **state)
{
    (void)state;
    static char body[4 * 400 + 1], unsubscribe[] = "https://acme.example/u>, <https://else.example/u";
    struct stub *s = stub_start(STUB_SMTP);
    struct channel_url c = a_channel(CHANNEL_EMAIL, PLAIN, stub_port(s));
    struct outbox_message m = a_message(CHANNEL_EMAIL);
    for (size_t i = 0; i < 400; i++)
        memcpy(body + 4 * i, i < 200 ? "word" : "\xC3\xA9z=", 5);
    m.body = body;
    m.list_unsubscribe = unsubscribe;
    struct got g = send_one(&c, &m, NULL);
    assert_int_equal(g.r.outcome, OUTBOX_SENT);
    const char *said = strstr(stub_request(s, 0), "wordword");
    assert_non_null(said);
    assert_null(strstr(stub_request(s, 0), "List-Unsubscribe"));
    for (size_t n; *said; said += n + (said[n] != '\0')) {
        n = strcspn(said, "\n");
        assert_in_range(n, 0, 77);     /* with its \r */
    }
    channel_url_finish(&c);
    stub_stop(s);
}

/* Without TLS a name that is not loopback is not spoken to, even when it leads here. */
static void no_tls_no_message(void **state)
{
    (void)state;
    struct stub *s = stub_start(STUB_SMTP);
    struct channel_url c = a_channel(CHANNEL_EMAIL, LOGIN, stub_port(s));
    struct outbox_message m = a_message(CHANNEL_EMAIL);
    free(c.host);
    c.host = strdup("127.1");  /* the same host, by a name the rule for loopback does not know */
    struct got g = send_one(&c, &m, NULL);
    assert_int_equal(g.r.outcome, OUTBOX_RETRY);
    assert_true(g.trouble);
    assert_string_equal(g.r.code, "tls");
    assert_null(strstr(stub_request(s, 0), "AUTH"));
    channel_url_finish(&c);
    stub_stop(s);
}

/* Who says which certificates to trust wants TLS, on loopback too. */
static void certificates_mean_tls(void **state)
{
    (void)state;
    struct stub *s = stub_start(STUB_SMTP);
    struct channel_url c = a_channel(CHANNEL_EMAIL, LOGIN, stub_port(s));
    struct outbox_message m = a_message(CHANNEL_EMAIL);
    c.ca = strdup("/dev/null");
    struct got g = send_one(&c, &m, NULL);
    assert_int_equal(g.r.outcome, OUTBOX_RETRY);
    assert_string_equal(g.r.code, "tls");
    assert_null(strstr(stub_request(s, 0), "AUTH"));
    channel_url_finish(&c);
    stub_stop(s);
}

/* A server that closes after each message: the next one finds out, and nothing of it was lost. */
static void a_kept_connection_is_gone(void **state)
{
    (void)state;
    struct stub *s = stub_start(STUB_SMTP);
    struct loop *l = loop_create();
    struct net *n = net_create(l, NULL);
    stub_answer(s, ".", "250 2.0.0 Ok\r\n\1c");
    struct channel_url c = a_channel(CHANNEL_EMAIL, PLAIN "?connections=1", stub_port(s));
    struct outbox_message m = a_message(CHANNEL_EMAIL);
    struct got got[6] = {{.times = 0}};
    for (int i = 0; i < 6; i++)
        net_send(n, &c, &m, got_it, &got[i]);
    run(l, n);
    for (int i = 0; i < 6; i++)
        assert_int_equal(got[i].r.outcome, OUTBOX_SENT);
    assert_int_equal(stub_requests(s), 6);
    assert_int_equal(stub_connections(s), 6);
    net_destroy(n);
    loop_destroy(l);
    channel_url_finish(&c);
    stub_stop(s);
}

/* After a refusal the transaction is ended by RSET, and the connection is as good as before. */
static void a_refusal_keeps_the_connection(void **state)
{
    (void)state;
    struct stub *s = stub_start(STUB_SMTP);
    struct loop *l = loop_create();
    struct net *n = net_create(l, NULL);
    stub_answer(s, "RCPT TO:<nobody", "550 5.1.1 nobody\r\n");
    struct channel_url c = a_channel(CHANNEL_EMAIL, PLAIN "?connections=1", stub_port(s));
    struct outbox_message good = a_message(CHANNEL_EMAIL), bad = good;
    static char nobody[] = "nobody@example.com";
    bad.to = nobody;
    struct got got[4] = {{.times = 0}};
    for (int i = 0; i < 4; i++)
        net_send(n, &c, i % 2 ? &good : &bad, got_it, &got[i]);
    run(l, n);
    for (int i = 0; i < 4; i++)
        assert_int_equal(got[i].r.outcome, i % 2 ? OUTBOX_SENT : OUTBOX_FAILED);
    assert_int_equal(stub_connections(s), 1);
    assert_non_null(strstr(stub_request(s, 0), "\r\nRCPT TO:<nobody@example.com>\r\nRSET\r\nMAIL FROM:"));
    net_destroy(n);
    loop_destroy(l);
    channel_url_finish(&c);
    stub_stop(s);
}

static void letters_beyond_ascii(void **state)
{
    (void)state;
    static char to[] = "\xC3\xA9lodie@example.com";
    for (int i = 0; i < 2; i++) {
        struct stub *s = stub_start(STUB_SMTP);
        if (i)
            stub_answer(s, "EHLO", "250 stub\r\n");
        struct channel_url c = a_channel(CHANNEL_EMAIL, PLAIN, stub_port(s));
        struct outbox_message m = a_message(CHANNEL_EMAIL);
        m.to = to;
        struct got g = send_one(&c, &m, NULL);
        assert_int_equal(g.r.outcome, i ? OUTBOX_FAILED : OUTBOX_SENT);
        assert_false(g.r.bad_address);
        if (!i)
            assert_non_null(strstr(stub_request(s, 0), "MAIL FROM:<help@acme.example> SMTPUTF8\r\n"));
        else
            assert_non_null(strstr(g.r.message, "SMTPUTF8"));
        channel_url_finish(&c);
        stub_stop(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies),
        cmocka_unit_test(too_late_for_the_message),
        cmocka_unit_test(stalling_servers), cmocka_unit_test(dripping_servers), cmocka_unit_test(endless_answers),
        cmocka_unit_test(a_refusal_and_no_answer_to_quit),
        cmocka_unit_test(one_connection_many_messages),
        cmocka_unit_test(what_the_server_hears), cmocka_unit_test(long_lines),
        cmocka_unit_test(no_tls_no_message),
        cmocka_unit_test(certificates_mean_tls),
        cmocka_unit_test(a_kept_connection_is_gone),
        cmocka_unit_test(a_refusal_keeps_the_connection),
        cmocka_unit_test(letters_beyond_ascii),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
