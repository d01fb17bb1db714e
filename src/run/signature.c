#include "run/signature.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/vec.h"
#include "base/when.h"
#include "net/mac.h"

enum { CODED_MOST = 8192, REPLAY_MS = 5 * 60 * 1000 };

static const char *header(const struct signature_input *in, const char *name)
{
    const char *value = in->header(in->ctx, name);
    return value ? value : "";
}

/* ---- base64 (RFC 4648) by the library ---- */

/* Bytes of s in out, which holds 3/4 of its length; -1: not base64. */
static int decode64(const char *s, unsigned char *out, size_t size)
{
    size_t n = strlen(s);
    if (!n || n % 4 || n > CODED_MOST || n / 4 * 3 > size)
        return -1;
    int got = EVP_DecodeBlock(out, (const unsigned char *)s, (int)n);
    return got < 0 ? -1 : got - (s[n - 1] == '=') - (s[n - 2] == '=');
}

static const char *check_mac(const char *given, const char *wanted)
{
    return mac_same(given, wanted) ? NULL : "the signature is not the one of this body and our secret";
}

/* ---- the checks ---- */

static const char *check_basic(const struct signature_input *in, const char *wanted)
{
    const char *given = header(in, "HTTP_AUTHORIZATION");
    unsigned char plain[CODED_MOST];
    if (strncasecmp(given, "Basic ", 6) != 0)
        return "no Basic authentication came with it (the web server must pass Authorization on)";
    const char *coded = strchr(given, ' ');
    int n = decode64(coded + strspn(coded, " "), plain, sizeof plain - 1);
    if (n < 0)
        return "its Basic authentication is not base64";
    plain[n] = '\0';
    bool good = (size_t)n == strlen((char *)plain) && mac_same((char *)plain, wanted);
    explicit_bzero(plain, sizeof plain);
    return good ? NULL : "its user and password are not ours";
}

static const char *check_easypost(const struct signature_input *in)
{
    static const char prefix[] = "hmac-sha256-hex=";
    char mac[MAC_HEX];
    const char *given = header(in, "HTTP_X_HMAC_SIGNATURE");
    for (const char *s = in->secret; *s; s++)
        if ((unsigned char)*s >= 0x80)
            return "EasyPost's secret must be ASCII here: choose another one at EasyPost";
    if (strncmp(given, prefix, sizeof prefix - 1) != 0)
        return "no X-Hmac-Signature: set a webhook secret at EasyPost";
    mac_hex(in->secret, in->body, in->size, mac);
    return check_mac(given + sizeof prefix - 1, mac);
}

/* ---- Twilio: a form's fields, decoded, in the order of their names ---- */

struct pair { char *name, *value; };

static int hex_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static char *decode_part(const char *s, size_t n)
{
    char *out = xcalloc(1, n + 1);
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        bool coded = s[i] == '%' && i + 2 < n && hex_of(s[i + 1]) >= 0 && hex_of(s[i + 2]) >= 0;
        out[used++] = coded ? (char)(hex_of(s[i + 1]) * 16 + hex_of(s[i + 2])) : s[i] == '+' ? ' ' : s[i];
        i += coded ? 2 : 0;
    }
    return out;
}

static int by_name(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : strcmp(x->value, y->value);
}

static void add_fields(struct buf *b, const char *body, size_t size)
{
    struct { VEC(struct pair) all; } form = {0};
    for (size_t at = 0; at < size;) {
        const char *end = memchr(body + at, '&', size - at);
        size_t n = end ? (size_t)(end - body) - at : size - at;
        const char *sign = memchr(body + at, '=', n);
        size_t name = sign ? (size_t)(sign - body) - at : n;
        if (n)
            *vec_push(&form.all) = (struct pair){decode_part(body + at, name), decode_part(body + at + name + (sign != NULL), sign ? n - name - 1 : 0)};
        at += n + 1;
    }
    if (form.all.len)
        qsort(form.all.at, form.all.len, sizeof *form.all.at, by_name);
    for (size_t i = 0; i < form.all.len; i++) {
        buf_puts(b, form.all.at[i].name);
        buf_puts(b, form.all.at[i].value);
        free(form.all.at[i].name);
        free(form.all.at[i].value);
    }
    vec_finish(&form.all);
}

static const char *check_body_hash(const struct signature_input *in, const char *given)
{
    char hash[MAC_HEX], asked[MAC_HEX];
    size_t n = strcspn(given, "&");
    mac_hash_hex(in->body, in->size, hash);
    snprintf(asked, sizeof asked, "%.*s", n < sizeof asked ? (int)n : 0, given);
    return mac_same(asked, hash) ? NULL : "bodySHA256 is not the hash of this body";
}

static const char *check_twilio(const struct signature_input *in)
{
    const char *given = header(in, "HTTP_X_TWILIO_SIGNATURE"), *hash = strstr(in->url, "bodySHA256=");
    char mac[MAC_SHA1_BASE64];
    bool form = !strncasecmp(in->content_type, "application/x-www-form-urlencoded", 33);
    const char *wrong = hash ? check_body_hash(in, hash + 11) : NULL;
    if (wrong)
        return wrong;
    if (!form && !hash)
        return "neither a form nor with bodySHA256 in its URL: nothing signs this body";
    if (!*given)
        return "no X-Twilio-Signature";
    struct buf text;
    buf_init(&text, 0);
    buf_puts(&text, in->url);
    if (form)
        add_fields(&text, in->body, in->size);
    mac_sha1_base64(in->secret, buf_str(&text), text.len, mac);
    buf_finish(&text);
    return mac_same(given, mac)
               ? NULL : "the signature is not the one of this request and our token; is webhook.url the address Twilio calls?";
}

/* ---- SendGrid ---- */

static EVP_PKEY *public_key(const char *coded)
{
    unsigned char der[1024];
    const unsigned char *at = der;
    int n = decode64(coded, der, sizeof der);
    EVP_PKEY *key = n > 0 ? d2i_PUBKEY(NULL, &at, n) : NULL;
    if (key && EVP_PKEY_get_base_id(key) == EVP_PKEY_EC)
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

static bool verified(EVP_PKEY *key, const char *stamp, const struct signature_input *in, const unsigned char *sig, size_t n)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = ctx && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
                EVP_DigestVerifyUpdate(ctx, stamp, strlen(stamp)) == 1 && EVP_DigestVerifyUpdate(ctx, in->body, in->size) == 1 &&
                EVP_DigestVerifyFinal(ctx, sig, n) == 1;
    EVP_MD_CTX_free(ctx);
    return good;
}

static const char *check_sendgrid(const struct signature_input *in)
{
    const char *coded = header(in, "HTTP_X_TWILIO_EMAIL_EVENT_WEBHOOK_SIGNATURE");
    const char *stamp = header(in, "HTTP_X_TWILIO_EMAIL_EVENT_WEBHOOK_TIMESTAMP");
    unsigned char sig[256];
    int n = decode64(coded, sig, sizeof sig);
    if (n <= 0 || !*stamp)
        return "no signature: switch on the signed event webhook at SendGrid";
    EVP_PKEY *key = public_key(in->secret);
    if (!key)
        return "webhook.sendgrid is not a public key: copy the verification key from SendGrid";
    bool good = verified(key, stamp, in, sig, (size_t)n);
    EVP_PKEY_free(key);
    return good ? NULL : "the signature is not SendGrid's of this body";
}

/* ---- ours: Doorstep-Signature: t=1795305600,v1=… ---- */

static const char *check_generic(const struct signature_input *in)
{
    const char *given = header(in, "HTTP_DOORSTEP_SIGNATURE");
    char mac[MAC_HEX];
    size_t digits = !strncmp(given, "t=", 2) ? strspn(given + 2, "0123456789") : 0;
    if (!digits || digits > 12 || strncmp(given + 2 + digits, ",v1=", 4) != 0)
        return "no Doorstep-Signature of the shape t=SECONDS,v1=HEX";
    int64_t age = in->now - strtoll(given + 2, NULL, 10) * WHEN_SECOND;
    if (age > REPLAY_MS || age < -REPLAY_MS)
        return "its signature is more than five minutes old (or the clocks differ)";
    mac_stamped_hex(in->secret, given + 2, digits, in->body, in->size, mac);
    return check_mac(given + 2 + digits + 4, mac);
}

/* ---- helpdesks ---- */

static const char *check_zendesk(const struct signature_input *in)
{
    const char *coded = header(in, "HTTP_X_ZENDESK_WEBHOOK_SIGNATURE"), *stamp = header(in, "HTTP_X_ZENDESK_WEBHOOK_SIGNATURE_TIMESTAMP");
    unsigned char sig[64];
    char given[MAC_HEX] = "", mac[MAC_HEX];
    int n = decode64(coded, sig, sizeof sig);
    if (n != (MAC_HEX - 1) / 2 || !*stamp)
        return "no X-Zendesk-Webhook-Signature: is it called by a Zendesk webhook?";
    for (int i = 0; i < n; i++)
        snprintf(given + (ptrdiff_t)2 * i, 3, "%02x", sig[i]);
    struct buf text;
    buf_init(&text, 0);
    buf_puts(&text, stamp);
    buf_add(&text, in->body, in->size);
    mac_hex(in->secret, buf_str(&text), text.len, mac);
    buf_finish(&text);
    return check_mac(given, mac);
}

static const char *check_freshdesk(const struct signature_input *in)
{
    const char *given = header(in, "HTTP_X_DOORSTEP_TOKEN");
    if (!*given)
        return "no X-Doorstep-Token: add that header to the automation's webhook";
    return mac_same(given, in->secret) ? NULL : "its X-Doorstep-Token is not ours";
}

static const struct { const char *name; const char *(*check)(const struct signature_input *in); } checks[] = {
    {"easypost", check_easypost}, {"twilio", check_twilio}, {"sendgrid", check_sendgrid}, {"zendesk", check_zendesk}, {"freshdesk", check_freshdesk},
};

const char *signature_wrong(const struct signature_input *in)
{
    const char *slash = strchr(in->source, '/'), *name = slash ? slash + 1 : in->source;
    if (!in->secret || !*in->secret)
        return "no secret is configured for it: set one, or say \"unsigned\"";
    if (!strcmp(in->secret, "unsigned"))
        return NULL;
    if (!strncmp(in->secret, "basic ", 6))
        return check_basic(in, in->secret + 6);
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (!strcmp(checks[i].name, name))
            return checks[i].check(in);
    return check_generic(in);
}
