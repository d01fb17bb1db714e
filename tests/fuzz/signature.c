/* Signatures of webhooks: whatever comes, nobody gets in who does not know the secret, and why says nothing of it. Texts: a letter
 * for the source, two headers, URL, content type, body. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "run/signature.h"

static const struct { const char *source, *secret; } sources[] = {
    {"carrier/easypost", "qQ7-easypost"}, {"receipt/twilio", "qQ7-twilio"}, {"case/zendesk", "qQ7-zendesk"}, {"case/freshdesk", "qQ7-freshdesk"},
    {"receipt/postmark", "basic shop:qQ7-postmark"}, {"carrier/doorstep", "qQ7-ours"}, {"case/doorstep", "qQ7-case"}, {"carrier/ups", NULL},
    {"receipt/sendgrid", "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="}};

static char *const *given;

static const char *header(void *ctx, const char *name)
{
    (void)ctx;
    bool time = strstr(name, "TIME") != NULL;
    return *given[time] ? given[time] : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_in in = {data, size};
    size_t which = fuzz_choice(&in, sizeof sources / sizeof *sources), n;
    char *two[2] = {fuzz_text(&in), NULL}, *url, *type;
    two[1] = fuzz_text(&in);
    given = two;
    url = fuzz_text(&in);
    type = fuzz_text(&in);
    char *body = fuzz_bytes(&in, &n);
    struct signature_input s = {.source = sources[which].source, .secret = sources[which].secret, .url = url, .content_type = type,
                                .body = body, .size = n, .now = INT64_C(1795305600000), .header = header};
    const char *wrong = signature_wrong(&s);
    fuzz_require(memmem(data, size, "qQ7", 3) || (wrong && *wrong && !strstr(wrong, "qQ7")));     /* the fuzzer learns what it is compared with */
    free(two[0]), free(two[1]), free(url), free(type), free(body);
    return 0;
}
