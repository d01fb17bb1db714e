/* What message providers send back, against the items it must give: tests/fixtures/receipts/items.txt has a heading a file
 * and then what the sink got. With RECEIPT_ITEMS in the environment the program prints such a file instead, for reading before
 * it is accepted by hand. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "feed_world.h"

#define FIXTURES "tests/fixtures/receipts/"

static int is_document(const struct dirent *d) { return d->d_name[0] != '.' && strcmp(d->d_name, "items.txt") != 0; }

static void read_all(struct feed_world *w)
{
    char path[512];
    struct dirent **names;
    struct err e;
    int count = scandir(FIXTURES, &names, is_document, alphasort);
    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        size_t size;
        snprintf(path, sizeof path, FIXTURES "%s", names[i]->d_name);
        char *text = feed_world_file(path, &size);
        buf_printf(&w->out, "== %s\n", names[i]->d_name);
        assert_true(feed_world_take(w, "auto", text, size, &e));
        free(text);
        free(names[i]);
    }
    free(names);
}

static void fixtures(void **state)
{
    (void)state;
    struct feed_world w;
    size_t size;
    feed_world_init(&w);
    read_all(&w);
    char *wanted = feed_world_file(FIXTURES "items.txt", &size);
    assert_string_equal(buf_str(&w.out), wanted);
    free(wanted);
    buf_finish(&w.out);
}

/* What a text gives, in any format or the one named. */
static void gives(const char *format, const char *text, size_t size, const char *wanted)
{
    struct feed_world w;
    struct err e;
    feed_world_init(&w);
    assert_true(feed_world_take(&w, format, text, size, &e));
    if (!strstr(buf_str(&w.out), wanted))
        fail_msg("%.200s\n  gave   %s  wanted %s", text, buf_str(&w.out), wanted);
    buf_finish(&w.out);
}
#define GIVES(text, wanted) gives("auto", text, strlen(text), wanted)

static void forms(void **state)
{
    (void)state;
    GIVES("MessageSid=SM1&MessageStatus=sent&To=%2B15125550188&From=%2B1\r\nMessageSid=SM2&MessageStatus=sent&To=%2B15125550188&From=%2B1\n",
          "\"event\":\"SM2:sent\"");
    GIVES("MessageSid=SM1&MessageStatus=lost&To=%2B15125550188&From=%2B1", "line 1 refused: twilio: MessageStatus: \"lost\"");
    GIVES("MessageSid=SM1&Body=%zz&From=%2B15125550188", "not a form");
    GIVES("MessageSid=SM1&Body=a%00b%1b%5B31m%E2%80%AEc&From=%2B15125550188", "\"text\":\"ab[31mc\"");
    GIVES("MessageSid=SM1&Body=%ff%fe&From=%2B15125550188", "\xEF\xBF\xBD");
    GIVES("MessageSid=SM1&Body=hi&From=SHORTCODE", "is not a phone number");
    GIVES("a=b&c=d", "no known document by its shape");
    GIVES("MessageSid=SM1&Body=help&OptOutType=HELP&From=%2B15125550188", "\"driver\":\"reply\"");
    GIVES("MessageSid=SM1&Body=hello&OptOutType=START&From=%2B15125550188", "\"driver\":\"opt_in\"");
    GIVES("MessageSid=SM1&Body=%EF%BC%B3%EF%BC%B4%EF%BC%AF%EF%BC%B0&From=%2B15125550188", "\"driver\":\"opt_out\"");
    GIVES("SmsSid=SM1&SmsStatus=failed&ErrorCode=21610&To=%2B15125550188&From=%2B1", "\"what\":\"unsubscribed\"");
}

#define MAIL "From: a@b.example\nMessage-ID: <1@b>\n"
static void mails(void **state)
{
    (void)state;
    GIVES(MAIL "\nhello\n-- \nRosa\n", "\"text\":\"hello\"");
    GIVES(MAIL "\n> quoted\nbelow it\n", "\"text\":\"> quoted\\nbelow it\"");
    GIVES(MAIL "\nstop\n\nOn Monday Acme wrote:\n> hello\n", "\"driver\":\"opt_out\"");
    GIVES(MAIL "\nplease stop by at five\n", "\"driver\":\"reply\"");
    GIVES(MAIL "Precedence: auto_reply\n\nstop\n", "\"driver\":\"auto_reply\"");
    GIVES(MAIL "Content-Type: multipart/mixed; boundary=\"x\"\n\n--x\n\nfirst\n--x\nContent-Disposition: attachment\n\nsecond\n", "\"text\":\"first\"");
    GIVES(MAIL "Content-Transfer-Encoding: base64\n\naGVsbG8=\n", "\"text\":\"hello\"");
    GIVES(MAIL "Content-Transfer-Encoding: base64\n\n####\n", "\"driver\":\"reply\"");
    GIVES("From: nobody\nMessage-ID: <1@b>\n\nhello\n", "\"nobody\" is not an e-mail address");
    GIVES("From: a@b.example\n\nno id\n", "no id");
    GIVES("From MAILER-DAEMON Sat Nov 21\nFrom: a@b.example\nMessage-ID: <1@b>\n\nhello\n", "\"text\":\"hello\"");
    GIVES("Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\nA: b\n\nFinal-Recipient: rfc822;a@b\nAction: failed\n--x--\n",
          "does not carry the message's header");
}

/* Nested without end, cut anywhere: an answer in any case. */
static void hostile(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 0);
    buf_puts(&b, MAIL);
    for (int i = 0; i < 3000; i++)
        buf_printf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
    gives("auto", buf_str(&b), b.len, "\"driver\":\"reply\"");
    buf_reset(&b);
    size_t size;
    char *dsn = feed_world_file(FIXTURES "dsn.eml", &size);
    for (size_t n = 1; n < size; n++) {
        char *cut = malloc(n);
        assert_non_null(cut);
        memcpy(cut, dsn, n);
        struct feed_world w;
        struct err e;
        feed_world_init(&w);
        assert_true(feed_world_take(&w, "dsn", cut, n, &e));
        assert_true(w.items + w.rejects <= 1);
        buf_finish(&w.out);
        free(cut);
    }
    free(dsn);
    buf_finish(&b);
}

static void too_large(void **state)
{
    (void)state;
    size_t size = ((size_t)16 << 20) + 10;
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, 'x', size);
    memcpy(text, MAIL "\n", sizeof MAIL);
    gives("auto", text, size, "larger than 16 MiB");
    free(text);
}

/* As a named format, too; and a receipt is none of the carriers'. */
static void named(void **state)
{
    (void)state;
    const char json[] = "{\"type\":\"inbound\",\"id\":\"1\",\"channel\":\"email\",\"from\":\"A@B.example\",\"at\":\"2026-11-21T16:52:00Z\",\"text\":\"D\xC3\xA9sabonner !\"}";
    gives("receipt", json, sizeof json - 1, "\"address\":\"a@b.example\"");
    gives("receipt", json, sizeof json - 1, "\"driver\":\"opt_out\"");
    gives("easypost", json, sizeof json - 1, "refused");
    gives("sendgrid", json, sizeof json - 1, "refused");
    const char sent[] = "[{\"MessageSid\":\"SM1\",\"MessageStatus\":\"sent\",\"To\":\"+15125550188\",\"From\":\"+1\"}]";
    gives("twilio", sent, sizeof sent - 1, "\"event\":\"SM1:sent\"");
    assert_true(feed_has_format("twilio", true) && !feed_has_format("twilio", false));
    assert_true(feed_has_format("easypost", false) && !feed_has_format("easypost", true) && !feed_has_format("auto", false));
}

int main(void)
{
    if (getenv("RECEIPT_ITEMS")) {
        struct feed_world w;
        feed_world_init(&w);
        read_all(&w);
        fputs(buf_str(&w.out), stdout);
        buf_finish(&w.out);
        return 0;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(fixtures), cmocka_unit_test(forms),    cmocka_unit_test(mails),
                                       cmocka_unit_test(hostile),  cmocka_unit_test(too_large), cmocka_unit_test(named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
