/* Channels as URLs: what is read, what is refused and how, and that no refusal repeats a secret. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "net/channel.h"

#define SID "AC00000000000000000000000000000000"

static void good(void **state)
{
    (void)state;
    static const struct {
        enum channel channel;
        const char *url, *show, *user, *secret, *from;
        int connections;
        bool idempotent;
    } rows[] = {
        {CHANNEL_EMAIL, "smtp://orders:p%2Fw%40d%3A%25@mail.example.com:587?from=a@b.example&connections=2", "smtp to mail.example.com:587 as orders",
         "orders", "p/w@d:%", "a@b.example", 2, false},
        {CHANNEL_EMAIL, "smtps://mail.example.com", "smtps to mail.example.com", NULL, NULL, NULL, 4, false},
        {CHANNEL_EMAIL, "smtp://[::1]:2525", "smtp to [::1]:2525", NULL, NULL, NULL, 4, false},
        {CHANNEL_EMAIL, "smtp://x.example?base=smtp://127.0.0.1:2525", "smtp to 127.0.0.1:2525", NULL, NULL, NULL, 4, false},
        {CHANNEL_EMAIL, "sendgrid://SG.key-1@?from=a@b.example&name=Acme%20%26%20Co", "sendgrid", NULL, "SG.key-1", "a@b.example", 8, false},
        {CHANNEL_EMAIL, "postmark://tok@?stream=late", "postmark", NULL, "tok", NULL, 8, false},
        {CHANNEL_SMS, "twilio://" SID ":tok@?from=+15125550100&status=https://x.example/s", "twilio as " SID, SID, "tok", "+15125550100", 8, false},
        {CHANNEL_WHATSAPP, "TWILIO://" SID ":tok@?from=MG00000000000000000000000000000000", "twilio as " SID, SID, "tok",
         "MG00000000000000000000000000000000", 8, false},
        {CHANNEL_SMS, "vonage://key:sec@?from=ACME&base=http://127.0.0.1:4010/", "vonage to http://127.0.0.1:4010/ as key", "key", "sec", "ACME", 8, false},
        {CHANNEL_SMS, "webhook+https://h.example:8443/in/x?secret=s%26s", "webhook+https to h.example:8443", NULL, "s&s", NULL, 8, true},
        {CHANNEL_EMAIL, "maildir:/var/mail/door%20step?from=a@b.example", "maildir in /var/mail/door step", NULL, NULL, "a@b.example", 1, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct channel_url c;
        struct err e = {0};
        char show[200];
        if (!channel_url_read(rows[i].channel, rows[i].url, &c, &e))
            fail_msg("%s: %s", rows[i].url, e.text);
        channel_url_show(&c, show, sizeof show);
        assert_string_equal(show, rows[i].show);
        assert_string_equal(c.user ? c.user : "-", rows[i].user ? rows[i].user : "-");
        assert_string_equal(c.secret ? c.secret : "-", rows[i].secret ? rows[i].secret : "-");
        assert_string_equal(c.from ? c.from : "-", rows[i].from ? rows[i].from : "-");
        assert_int_equal(c.connections, rows[i].connections);
        assert_int_equal(channel_idempotent(&c), rows[i].idempotent);
        channel_url_finish(&c);
        assert_null(c.secret);
    }
}

static void bad(void **state)
{
    (void)state;
    static const struct { enum channel channel; const char *url, *says; } rows[] = {
        {CHANNEL_SMS, "", "begins with none"},
        {CHANNEL_SMS, "ftp://hunter2@x", "begins with none"},
        {CHANNEL_SMS, "smtp://u:hunter2@x", "does not send SMS"},
        {CHANNEL_EMAIL, "twilio://" SID ":hunter2@?from=+15125550100", "does not send e-mail"},
        {CHANNEL_EMAIL, "smtp:mail.example.com", "two slashes"},
        {CHANNEL_EMAIL, "smtp://", "no host"},
        {CHANNEL_EMAIL, "smtp://u:hunter2/x@mail.example.com", "%2F"},
        {CHANNEL_EMAIL, "smtp://u:hunter2#x@mail.example.com", "%23"},
        {CHANNEL_EMAIL, "smtp://u@mail.example.com", "go together"},
        {CHANNEL_EMAIL, "smtp://mail.example.com:99999", "port number"},
        {CHANNEL_EMAIL, "smtp://mail.example.com:12ab", "port number"},
        {CHANNEL_EMAIL, "smtp://mail.exa mple.com", "host name"},
        {CHANNEL_EMAIL, "smtp://u:hunter2%0d%0aRSET@mail.example.com", "control character"},
        {CHANNEL_EMAIL, "smtp://u:hunter2%0@mail.example.com", "hexadecimal"},
        {CHANNEL_EMAIL, "smtp://u:hunter2%00@mail.example.com", "control character"},
        {CHANNEL_EMAIL, "smtp://m.example?from=hunter2", "no e-mail address"},
        {CHANNEL_EMAIL, "smtp://m.example?base=http://127.0.0.1", "begin with smtp://"},
        {CHANNEL_EMAIL, "smtp://m.example?connections=0", "from 1 to"},
        {CHANNEL_EMAIL, "smtp://m.example?rate=nan", "rate="},
        {CHANNEL_EMAIL, "smtp://m.example?rate=-1", "rate="},
        {CHANNEL_EMAIL, "smtp://m.example?hunter2=1", "is none of"},
        {CHANNEL_EMAIL, "smtp://m.example?from", "is none of"},
        {CHANNEL_EMAIL, "smtp://m.example?from=", "is empty"},
        {CHANNEL_EMAIL, "smtp://m.example?secret=hunter2", "webhook+https only"},
        {CHANNEL_EMAIL, "sendgrid://@", "no key"},
        {CHANNEL_EMAIL, "sendgrid://hunter2@api.example.com", "base="},
        {CHANNEL_EMAIL, "sendgrid://hunter2@?base=http://10.0.0.1", "loopback"},
        {CHANNEL_EMAIL, "sendgrid://hunter2@?base=http://127.0.0.1.example.com", "loopback"},
        {CHANNEL_EMAIL, "sendgrid://hunter2@?base=http://127.0.0.1@evil.example", "without user"},
        {CHANNEL_EMAIL, "sendgrid://hunter2@?base=file:///etc/passwd", "begin with https://"},
        {CHANNEL_EMAIL, "sendgrid://hunter2@?base=https://", "names no host"},
        {CHANNEL_SMS, "twilio://" SID "@?from=+15125550100", "no account or token"},
        {CHANNEL_SMS, "twilio://A%2F..:hunter2@?from=+15125550100", "letters and digits"},
        {CHANNEL_SMS, "twilio://" SID ":hunter2@", "no sender"},
        {CHANNEL_SMS, "twilio://" SID ":hunter2@?from=00015125550100", "no sender"},
        {CHANNEL_SMS, "twilio://" SID ":hunter2@?from=+15125550100&status=http://x", "https://"},
        {CHANNEL_SMS, "vonage://key@?from=ACME", "no key or secret"},
        {CHANNEL_SMS, "webhook+https:///x?secret=hunter2", "no host"},
        {CHANNEL_SMS, "maildir:", "no folder"},
        {CHANNEL_SMS, "maildir:/tmp/x?base=https://x", "base="},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct channel_url c;
        struct err e = {0};
        if (channel_url_read(rows[i].channel, rows[i].url, &c, &e))
            fail_msg("%s was read", rows[i].url);
        if (!strstr(e.text, rows[i].says) || strstr(e.text, "hunter2") || !strstr(e.where, "DOORSTEP_"))
            fail_msg("%s: %s: %s", rows[i].url, e.where, e.text);
        assert_int_equal(e.code, ERR_CONFIG);
        assert_null(c.secret);
        assert_null(c.user);
    }
}

static void the_table(void **state)
{
    (void)state;
    int n = 0;
    for (const struct channel_help *h; (h = channel_help_at(n)); n++) {
        assert_true(*h->scheme && *h->channels && *h->example && *h->help);
        assert_int_equal(strncmp(h->example, h->scheme, strlen(h->scheme)), 0);
    }
    assert_int_equal(n, 8);
    assert_null(channel_help_at(-1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good),
        cmocka_unit_test(bad),
        cmocka_unit_test(the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
