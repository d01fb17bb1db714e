/* Who signed a webhook: good, forged, of another body, replayed, unsigned, each provider's way; and the file of secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/mac.h"
#include "run/secrets.h"
#include "run/signature.h"

#define NOW INT64_C(1795305600000)
#define BODY "{\"a\":1}"

struct headers { const char *name[3], *value[3]; };

static const char *header(void *ctx, const char *name)
{
    const struct headers *h = ctx;
    for (size_t i = 0; i < 3 && h->name[i]; i++)
        if (!strcmp(h->name[i], name))
            return h->value[i];
    return NULL;
}

static const char *ask(const char *source, const char *secret, const char *body, struct headers *h)
{
    struct signature_input in = {.source = source, .secret = secret, .url = "https://hooks.example.com/hook/receipt/twilio",
                                 .content_type = "application/x-www-form-urlencoded", .body = body, .size = strlen(body), .now = NOW,
                                 .header = header, .ctx = h};
    return signature_wrong(&in);
}

static void nothing_configured(void **state)
{
    (void)state;
    struct headers h = {0};
    assert_non_null(ask("receipt/twilio", NULL, BODY, &h));
    assert_non_null(ask("receipt/twilio", "", BODY, &h));
    assert_null(ask("receipt/twilio", "unsigned", BODY, &h));
    assert_non_null(ask("receipt/twilio", "unsigned ", BODY, &h));
    for (const char *const *s = (const char *const[]){"carrier/easypost", "receipt/twilio", "receipt/sendgrid", "receipt/receipt", NULL}; *s; s++)
        assert_non_null(ask(*s, "secret", BODY, &h));
}

/* RFC 4231's second case says what the HMAC is. */
static void easypost(void **state)
{
    (void)state;
    struct headers h = {{"HTTP_X_HMAC_SIGNATURE"}, {"hmac-sha256-hex=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"}};
    assert_null(ask("carrier/easypost", "Jefe", "what do ya want for nothing?", &h));
    assert_non_null(ask("carrier/easypost", "Jefe", "what do ya want for nothing!", &h));
    assert_non_null(ask("carrier/easypost", "jefe", "what do ya want for nothing?", &h));
    assert_non_null(ask("carrier/easypost", "J\xC3\xA9", "what do ya want for nothing?", &h));
    h.value[0] = "hmac-sha256-hex=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec384";
    assert_non_null(ask("carrier/easypost", "Jefe", "what do ya want for nothing?", &h));
    h.value[0] = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert_non_null(ask("carrier/easypost", "Jefe", "what do ya want for nothing?", &h));
}

static void twilio_sign(const char *text, const char *token, char out[MAC_SHA1_BASE64])
{
    mac_sha1_base64(token, text, strlen(text), out);
}

static void twilio(void **state)
{
    (void)state;
    char sig[MAC_SHA1_BASE64];
    struct headers h = {{"HTTP_X_TWILIO_SIGNATURE"}, {sig}};
    twilio_sign("https://hooks.example.com/hook/receipt/twilioBodyhola qu\xC3\xA9 talFrom+15125550188MessageSidSM1", "token", sig);
    assert_null(ask("receipt/twilio", "token", "MessageSid=SM1&From=%2B15125550188&Body=hola+qu%C3%A9+tal", &h));
    assert_non_null(ask("receipt/twilio", "token", "MessageSid=SM1&From=%2B15125550189&Body=hola+qu%C3%A9+tal", &h));
    assert_non_null(ask("receipt/twilio", "token", "MessageSid=SM1&From=%2B15125550188&Body=hola+qu%C3%A9+tal&More=1", &h));
    assert_non_null(ask("receipt/twilio", "other", "MessageSid=SM1&From=%2B15125550188&Body=hola+qu%C3%A9+tal", &h));
    sig[0] = sig[0] == 'A' ? 'B' : 'A';
    assert_non_null(ask("receipt/twilio", "token", "MessageSid=SM1&From=%2B15125550188&Body=hola+qu%C3%A9+tal", &h));
}

static void twilio_json(void **state)
{
    (void)state;
    char sig[MAC_SHA1_BASE64], url[256], hash[MAC_HEX];
    struct headers h = {{"HTTP_X_TWILIO_SIGNATURE"}, {sig}};
    mac_hash_hex(BODY, strlen(BODY), hash);
    snprintf(url, sizeof url, "https://hooks.example.com/t?bodySHA256=%s", hash);
    twilio_sign(url, "token", sig);
    struct signature_input in = {.source = "receipt/twilio", .secret = "token", .url = url, .content_type = "application/json", .body = BODY,
                                 .size = strlen(BODY), .now = NOW, .header = header, .ctx = &h};
    assert_null(signature_wrong(&in));
    in.body = "{\"a\":2}";
    assert_non_null(signature_wrong(&in));
    in.body = BODY;
    in.url = "https://hooks.example.com/t";
    twilio_sign(in.url, "token", sig);
    assert_non_null(signature_wrong(&in));     /* nothing would sign its body */
}

/* Made once with openssl: a P-256 key, and its signature of "1795305600" and the body. */
#define SENDGRID_KEY "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMYToXjU48ZEjDoBzkEpz6vbcdp3Usf0CLkkNzYIWTJNorasG9YmLe8C0EPqUj3zlp/hBo0sk+sDqFZAaYPTLLw=="
#define SENDGRID_OTHER_KEY "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEk/bcmF7ft81Ael5I0RRqDqUWChtEdMswpjkNtzcW5E+ujQvRkU772NF1F772opt7816NLayYxdINm+qZonmJPg=="
#define SENDGRID_SIGNATURE \
    "MEUCIDRgiXDNet14bbteScifJprjDgMimhg2Ushl/N3bCYp/AiEA1889FOE8J7I+/2HHqjEiypl9ZFYsv7NLSUnPA3eUtts="

static void sendgrid(void **state)
{
    (void)state;
    struct headers h = {{"HTTP_X_TWILIO_EMAIL_EVENT_WEBHOOK_SIGNATURE", "HTTP_X_TWILIO_EMAIL_EVENT_WEBHOOK_TIMESTAMP"},
                        {SENDGRID_SIGNATURE, "1795305600"}};
    assert_null(ask("receipt/sendgrid", SENDGRID_KEY, "[" BODY "]", &h));
    assert_non_null(ask("receipt/sendgrid", SENDGRID_KEY, "[" BODY "] ", &h));
    assert_non_null(ask("receipt/sendgrid", SENDGRID_OTHER_KEY, "[" BODY "]", &h));
    assert_non_null(ask("receipt/sendgrid", "not a key", "[" BODY "]", &h));
    h.value[1] = "1795305601";
    assert_non_null(ask("receipt/sendgrid", SENDGRID_KEY, "[" BODY "]", &h));
    h.value[0] = "AAAA";
    assert_non_null(ask("receipt/sendgrid", SENDGRID_KEY, "[" BODY "]", &h));
}

static void generic_sign(int64_t t, const char *secret, char *out, size_t size)
{
    char text[128], hex[MAC_HEX];
    snprintf(text, sizeof text, "%lld." BODY, (long long)t);
    mac_hex(secret, text, strlen(text), hex);
    snprintf(out, size, "t=%lld,v1=%s", (long long)t, hex);
}

static void generic(void **state)
{
    (void)state;
    char sig[128];
    struct headers h = {{"HTTP_DOORSTEP_SIGNATURE"}, {sig}};
    generic_sign(NOW / 1000 - 299, "secret", sig, sizeof sig);
    assert_null(ask("receipt/receipt", "secret", BODY, &h));
    assert_null(ask("carrier/doorstep", "secret", BODY, &h));
    assert_non_null(ask("receipt/receipt", "secret", "{\"a\":2}", &h));
    sig[2]++;
    assert_non_null(ask("receipt/receipt", "secret", BODY, &h));
    generic_sign(NOW / 1000 - 301, "secret", sig, sizeof sig);     /* the same request again, later */
    assert_non_null(ask("receipt/receipt", "secret", BODY, &h));
    generic_sign(NOW / 1000 + 301, "secret", sig, sizeof sig);
    assert_non_null(ask("receipt/receipt", "secret", BODY, &h));
    for (const char *const *s = (const char *const[]){"", "t=", "t=1", "t=,v1=", "t=99999999999999999999,v1=00", "v1=00", NULL}; *s; s++) {
        h.value[0] = *s;
        assert_non_null(ask("receipt/receipt", "secret", BODY, &h));
    }
}

static void basic(void **state)
{
    (void)state;
    struct headers h = {{"HTTP_AUTHORIZATION"}, {"Basic dXNlcjpwYXNz"}};
    assert_null(ask("receipt/postmark", "basic user:pass", BODY, &h));
    assert_non_null(ask("receipt/postmark", "basic user:past", BODY, &h));
    assert_non_null(ask("receipt/postmark", "basic user:passs", BODY, &h));
    for (const char *const *s = (const char *const[]){"Basic ", "Basic", "Bearer dXNlcjpwYXNz", "Basic !!!!", "", NULL}; *s; s++) {
        h.value[0] = *s;
        assert_non_null(ask("receipt/postmark", "basic user:pass", BODY, &h));
    }
}

/* ---- the file ---- */

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void secrets_file(void **state)
{
    (void)state;
    char path[] = "/tmp/doorstep-secrets-XXXXXX";
    struct secrets s;
    struct err e;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    write_file(path, "# ours\n\nwebhook.twilio = a=b c \r\n  sms.url=twilio://x\nwebhook.empty =\nwebhook.twilio = last", 0600);
    assert_true(secrets_read(path, &s, &e));
    assert_string_equal(secrets_get(&s, "webhook.twilio"), "last");
    assert_string_equal(secrets_get(&s, "sms.url"), "twilio://x");
    assert_null(secrets_get(&s, "webhook.empty"));
    assert_null(secrets_get(&s, "webhook.other"));
    setenv("DOORSTEP_WEBHOOK_TWILIO", "of the environment", 1);
    assert_string_equal(secrets_get(&s, "webhook.twilio"), "of the environment");
    unsetenv("DOORSTEP_WEBHOOK_TWILIO");
    secrets_finish(&s);
    for (const mode_t *m = (const mode_t[]){0640, 0604, 0660, 0}; *m; m++) {
        chmod(path, *m);
        assert_false(secrets_read(path, &s, &e));
        assert_non_null(strstr(e.text, "chmod 600"));
        secrets_finish(&s);
    }
    write_file(path, "webhook.twilio = x\nPASSWORD hunter2\n", 0600);
    assert_false(secrets_read(path, &s, &e));
    assert_non_null(strstr(e.where, ":2"));
    assert_null(strstr(e.text, "hunter2"));
    secrets_finish(&s);
    unlink(path);
    assert_false(secrets_read(path, &s, &e));
    secrets_finish(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_configured), cmocka_unit_test(easypost), cmocka_unit_test(twilio), cmocka_unit_test(twilio_json),
        cmocka_unit_test(sendgrid),           cmocka_unit_test(generic),  cmocka_unit_test(basic),  cmocka_unit_test(secrets_file)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
