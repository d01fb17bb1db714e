/* What goes out: requests to the field, files, and nothing that a line break in a message could add. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <jansson.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "net/mac.h"
#include "net_fixture.h"

static const struct { const char *url; enum channel channel; } network[] = {
    {"twilio://AC00000000000000000000000000000000:tok@?from=%%2B15125550000&base=http://127.0.0.1:%d", CHANNEL_SMS},
    {"vonage://key:sec@?from=%%2B15125550000&base=http://127.0.0.1:%d", CHANNEL_SMS},
    {"sendgrid://key@?base=http://127.0.0.1:%d", CHANNEL_EMAIL},
    {"postmark://key@?base=http://127.0.0.1:%d", CHANNEL_EMAIL},
    {"webhook+https://h.example/in?secret=sec&base=http://127.0.0.1:%d", CHANNEL_EMAIL},
    {"webhook+https://h.example/in?secret=sec&base=http://127.0.0.1:%d", CHANNEL_SMS},
    {"smtp://127.0.0.1:%d", CHANNEL_EMAIL},
};
#define NETWORK (sizeof network / sizeof *network)

/* Every text that is bound for a header, with a line break in it: refused, and nothing goes out. */
static void line_breaks(void **state)
{
    (void)state;
    static char evil[] = "x\r\nBcc: eve@example.com", newline[] = "x\nRCPT TO:<eve@example.com>", bell[] = "x\ax";
    static char *const texts[] = {evil, newline, bell};
    for (size_t i = 0; i < NETWORK; i++) {
        struct stub *s = stub_start(network[i].channel == CHANNEL_EMAIL && strncmp(network[i].url, "smtp", 4) == 0 ? STUB_SMTP : STUB_HTTP);
        struct channel_url c = a_channel(network[i].channel, network[i].url, stub_port(s));
        for (size_t k = 0; k < 11 * 3; k++) {
            struct outbox_message m = a_message(network[i].channel);
            char **fields[11] = {&m.to, &m.to_name, &m.from_name, &m.from_email, &m.reply_to, &m.list_unsubscribe, &m.subject,
                                 &m.language, &m.message_id, &m.provider_template, &m.brand};
            *fields[k / 3] = texts[k % 3];
            struct got g = send_one(&c, &m, NULL);
            if (g.r.outcome != OUTBOX_FAILED)
                fail_msg("%s, field %zu: %s", network[i].url, k / 3, outbox_outcome_name(g.r.outcome));
            assert_int_equal(g.r.bad_address, k / 3 == 0);
            assert_null(strstr(g.r.message, "eve"));
        }
        assert_int_equal(stub_connections(s), 0);
        channel_url_finish(&c);
        stub_stop(s);
    }
}

static void not_addresses(void **state)
{
    (void)state;
    static char *const mails[] = {"", "rosa", "rosa@", "a b@example.com", "rosa@example.com NOTIFY=NEVER", "<rosa@example.com>", "a@b@c.example"},
                *const phones[] = {"", "5125550100", "+0123456789", "+1512555010x", "whatsapp:+15125550100", "+1512 5550100", "rosa@example.com"};
    for (size_t i = 0; i < NETWORK; i++) {
        struct stub *s = stub_start(STUB_HTTP);
        struct channel_url c = a_channel(network[i].channel, network[i].url, stub_port(s));
        for (size_t k = 0; k < 7; k++) {
            struct outbox_message m = a_message(network[i].channel);
            m.to = network[i].channel == CHANNEL_EMAIL ? mails[k] : phones[k];
            struct got g = send_one(&c, &m, NULL);
            assert_int_equal(g.r.outcome, OUTBOX_FAILED);
        }
        assert_int_equal(stub_connections(s), 0);
        channel_url_finish(&c);
        stub_stop(s);
    }
}

/* The request of one message; the caller frees. */
static char *request_of(const char *url, struct outbox_message *m)
{
    struct stub *s = stub_start(STUB_HTTP);
    stub_say(s, stub_http(202, "", "{}"));
    struct channel_url c = a_channel(m->channel, url, stub_port(s));
    send_one(&c, m, NULL);
    char *text = strdup(stub_request(s, 0));
    channel_url_finish(&c);
    stub_stop(s);
    return text;
}

static const char *text_at(const json_t *o, const char *path)
{
    char key[40];
    while (*path && o) {
        size_t n = strcspn(path, ".");
        snprintf(key, sizeof key, "%.*s", (int)n, path);
        o = key[0] >= '0' && key[0] <= '9' ? json_array_get(o, (size_t)(key[0] - '0')) : json_object_get(o, key);
        path += n + (path[n] == '.');
    }
    return json_is_string(o) ? json_string_value(o) : "(none)";
}

static void check_json(const char *request, const char *const (*want)[2])
{
    json_t *o = json_loads(strstr(request, "\r\n\r\n") + 4, 0, NULL);
    if (!o)
        fail_msg("no JSON: %s", request);
    for (; (*want)[0]; want++)
        if (strcmp(text_at(o, (*want)[0]), (*want)[1]) != 0)
            fail_msg("%s is \"%s\", not \"%s\"", (*want)[0], text_at(o, (*want)[0]), (*want)[1]);
    json_decref(o);
}

static void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no \"%s\" in:\n%s", part, text);
}

static void requests(void **state)
{
    (void)state;
    static char unsubscribe[] = "https://acme.example/u", reply[] = "r@acme.example", content[] = "HX00000000000000000000000000000000",
                vars[] = "{\"1\":\"Rosa\",\"2\":\"UPS\"}";
    struct outbox_message m = a_message(CHANNEL_SMS);
    char *r = request_of(network[0].url, &m);
    has(r, "POST /2010-04-01/Accounts/AC00000000000000000000000000000000/Messages.json HTTP/1.1\r\n");
    has(r, "Authorization: Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDp0b2s=\r\n");
    has(r, "Content-Type: application/x-www-form-urlencoded\r\n");
    has(r, "\r\n\r\nTo=%2B15125550100&From=%2B15125550000&Body=Hola%20Rosa%2C%0A%0Asu%20paquete%201Z999%20espera.");
    assert_null(strstr(r, "Expect"));
    free(r);
    m = a_message(CHANNEL_WHATSAPP);
    m.provider_template = content;
    m.provider_vars = vars;
    r = request_of("twilio://AC00000000000000000000000000000000:tok@?from=%%2B15125550000&status=https://x.example/s&base=http://127.0.0.1:%d", &m);
    has(r, "\r\n\r\nTo=whatsapp%3A%2B15125550100&From=whatsapp%3A%2B15125550000&ContentSid=HX00000000000000000000000000000000&"
           "ContentVariables=%7B%221%22%3A%22Rosa%22%2C%222%22%3A%22UPS%22%7D&StatusCallback=https%3A%2F%2Fx.example%2Fs");
    free(r);
    m = a_message(CHANNEL_SMS);
    r = request_of("twilio://AC00000000000000000000000000000000:tok@?from=MG00000000000000000000000000000000&base=http://127.0.0.1:%d", &m);
    has(r, "&MessagingServiceSid=MG00000000000000000000000000000000&Body=");
    free(r);

    r = request_of(network[1].url, &m);
    has(r, "POST /v1/messages HTTP/1.1\r\n");
    has(r, "Authorization: Basic a2V5OnNlYw==\r\n");
    check_json(r, (const char *const[][2]){{"channel", "sms"}, {"to", "15125550100"}, {"from", "15125550000"}, {"message_type", "text"},
                                           {"text", text_body}, {"client_ref", text_id}, {NULL, NULL}});
    free(r);
    m = a_message(CHANNEL_WHATSAPP);
    m.provider_template = content;
    m.provider_vars = vars;
    r = request_of(network[1].url, &m);
    check_json(r, (const char *const[][2]){{"channel", "whatsapp"}, {"message_type", "template"}, {"template.name", content},
                                           {"template.parameters.0", "Rosa"}, {"template.parameters.1", "UPS"}, {"whatsapp.policy", "deterministic"},
                                           {"whatsapp.locale", "es"}, {NULL, NULL}});
    free(r);

    m = a_message(CHANNEL_EMAIL);
    m.list_unsubscribe = unsubscribe;
    m.reply_to = reply;
    r = request_of(network[2].url, &m);
    has(r, "POST /v3/mail/send HTTP/1.1\r\n");
    has(r, "Authorization: Bearer key\r\n");
    check_json(r, (const char *const[][2]){
        {"personalizations.0.to.0.email", text_mail}, {"personalizations.0.to.0.name", text_name}, {"personalizations.0.custom_args.outreach", text_id},
        {"from.email", text_from}, {"from.name", text_acme}, {"reply_to.email", reply}, {"subject", text_subject},
        {"content.0.type", "text/plain"}, {"content.0.value", text_body}, {"content.1.type", "text/html"}, {"headers.Message-ID", "<48121.9f3c@doorstep>"},
        {"headers.Auto-Submitted", "auto-generated"}, {"headers.List-Unsubscribe", "<https://acme.example/u>"},
        {"headers.List-Unsubscribe-Post", "List-Unsubscribe=One-Click"}, {NULL, NULL}});
    free(r);

    r = request_of(network[3].url, &m);
    has(r, "POST /email HTTP/1.1\r\n");
    has(r, "X-Postmark-Server-Token: key\r\n");
    check_json(r, (const char *const[][2]){
        {"From", "\"Acme, Inc.\" <help@acme.example>"}, {"To", "\"Rosa Delgado\" <rosa@example.com>"}, {"Subject", text_subject},
        {"TextBody", text_body}, {"ReplyTo", reply}, {"Headers.0.Name", "Message-ID"}, {"Headers.0.Value", "<48121.9f3c@doorstep>"},
        {"MessageStream", "outbound"}, {"Metadata.outreach", text_id}, {NULL, NULL}});
    free(r);
}

static void the_signature(void **state)
{
    (void)state;
    struct outbox_message m = a_message(CHANNEL_EMAIL);
    char *r = request_of(network[4].url, &m);
    has(r, "POST /in HTTP/1.1\r\n");
    has(r, "Idempotency-Key: 48121.9f3c@doorstep\r\n");
    check_json(r, (const char *const[][2]){{"id", text_id}, {"idempotency_key", text_id}, {"channel", "email"}, {"to", text_mail}, {"to_name", text_name},
                                           {"from", text_from}, {"from_name", text_acme}, {"language", "es"}, {"subject", text_subject},
                                           {"text", text_body}, {NULL, NULL}});
    const char *t = strstr(r, "Doorstep-Signature: t="), *body = strstr(r, "\r\n\r\n") + 4;
    assert_non_null(t);
    t += strlen("Doorstep-Signature: t=");
    size_t digits = strspn(t, "0123456789");
    char hex[MAC_HEX];
    struct buf text;
    buf_init(&text, 0);
    buf_printf(&text, "%.*s.%s", (int)digits, t, body);
    mac_hex("sec", buf_str(&text), text.len, hex);
    buf_finish(&text);
    assert_int_equal(strncmp(t + digits, ",v1=", 4), 0);
    assert_int_equal(strncmp(t + digits + 4, hex, 64), 0);
    free(r);
}

/* ---- files ---- */

static int count_in(const char *folder, const char *part, char *name, size_t size)
{
    char path[300];
    int n = 0;
    snprintf(path, sizeof path, "%s/%s", folder, part);
    DIR *d = opendir(path);
    for (struct dirent *f; d && (f = readdir(d));)
        if (f->d_name[0] != '.') {
            snprintf(name, size, "%s/%s", path, f->d_name);
            n++;
        }
    if (d)
        closedir(d);
    return n;
}

static char *whole_file(const char *path)
{
    FILE *f = fopen(path, "r");
    char *text = calloc(1, 65536);
    assert_non_null(f);
    assert_non_null(text);
    size_t n = fread(text, 1, 65535, f);
    text[n] = '\0';
    fclose(f);
    return text;
}

static void files(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    char base[200], folder[240], url[300], path[600], seen[700];
    struct stat st;
    snprintf(base, sizeof base, "%s/net_files.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(base));
    snprintf(folder, sizeof folder, "%s/a/b", base);
    snprintf(url, sizeof url, "maildir:%s?from=help@acme.example", folder);
    struct channel_url c = a_channel(CHANNEL_EMAIL, url, 0);
    struct outbox_message m = a_message(CHANNEL_EMAIL);
    for (int i = 0; i < 3; i++) {
        struct got g = send_one(&c, &m, NULL);
        assert_int_equal(g.r.outcome, OUTBOX_SENT);
        assert_string_equal(g.r.provider_id, "48121.9f3c@doorstep.eml");
    }
    assert_int_equal(count_in(folder, "new", path, sizeof path), 1);
    assert_int_equal(stat(folder, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    char *text = whole_file(path);
    has(text, "Message-ID: <48121.9f3c@doorstep>\n");
    assert_null(strchr(text, '\r'));
    free(text);
    /* A reader has moved it on; the second delivery of a message whose answer was lost does not bring it back. */
    snprintf(seen, sizeof seen, "%s/cur/48121.9f3c@doorstep.eml:2,S", folder);
    assert_int_equal(rename(path, seen), 0);
    m.fence = 2;
    send_one(&c, &m, NULL);
    assert_int_equal(count_in(folder, "new", path, sizeof path), 0);
    assert_int_equal(count_in(folder, "tmp", path, sizeof path), 0);
    unlink(seen);
    channel_url_finish(&c);

    snprintf(url, sizeof url, "maildir:%s?from=%%%%2B15125550000", folder);
    c = a_channel(CHANNEL_SMS, url, 0);
    m = a_message(CHANNEL_SMS);
    assert_int_equal(send_one(&c, &m, NULL).r.outcome, OUTBOX_SENT);
    assert_int_equal(count_in(folder, "new", path, sizeof path), 1);
    text = whole_file(path);
    has(text, "Channel: sms\nTo: +15125550100\n");
    has(text, "\nFrom: +15125550000\n");
    has(text, "\nLanguage: es\n\nHola Rosa,\n\nsu paquete 1Z999 espera.\n");
    free(text);
    unlink(path);
    channel_url_finish(&c);

    /* A folder that cannot be is the channel's trouble, not the message's. */
    c = a_channel(CHANNEL_SMS, "maildir:/dev/null/x", 0);
    struct got g = send_one(&c, &m, NULL);
    assert_int_equal(g.r.outcome, OUTBOX_RETRY);
    assert_true(g.trouble);
    channel_url_finish(&c);
    static const char *const parts[] = {"a/b/tmp", "a/b/new", "a/b/cur", "a/b", "a", ""};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        snprintf(seen, sizeof seen, "%s/%s", base, parts[i]);
        assert_int_equal(rmdir(seen), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_breaks),
        cmocka_unit_test(not_addresses),
        cmocka_unit_test(requests),
        cmocka_unit_test(the_signature),
        cmocka_unit_test(files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
