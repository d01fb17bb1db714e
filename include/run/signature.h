/* Is a webhook from whom it says it is? One check a provider, all in constant time. */
#ifndef RUN_SIGNATURE_H
#define RUN_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A header by its CGI name ("HTTP_X_TWILIO_SIGNATURE"); NULL: not sent. */
typedef const char *signature_header_fn(void *ctx, const char *name);

struct signature_input {
    const char *source;        /* "carrier/easypost", "receipt/twilio", "case/zendesk" */
    const char *secret;        /* as configured; NULL: none */
    const char *url;           /* as the provider called it, with its query */
    const char *content_type;  /* "" none */
    const char *body;
    size_t size;
    int64_t now;               /* ms, for signatures that carry a time */
    signature_header_fn *header;
    void *ctx;
};

/* A secret of "unsigned" lets everything in that comes to its path; "basic USER:PASSWORD" asks for HTTP Basic
 * authentication (Postmark's way). Otherwise, by the name in the path:
 *   easypost   X-Hmac-Signature: hmac-sha256-hex= of the body (the secret in ASCII, where NFKD changes nothing); the later
 *              X-Hmac-Signature-V2 is not looked at
 *   twilio     X-Twilio-Signature: HMAC-SHA1 of the URL and the form's fields sorted; of the URL alone where it has bodySHA256
 *   sendgrid   X-Twilio-Email-Event-Webhook-Signature and -Timestamp: ECDSA P-256; the secret is the public key (base64 DER)
 *   zendesk    X-Zendesk-Webhook-Signature: base64 of HMAC-SHA256 of -Signature-Timestamp and the body. It is not asked how old it is:
 *              such a webhook only has us look at a ticket
 *   freshdesk  X-Doorstep-Token: the secret itself, as Freshdesk's automations can send it
 *   others     Doorstep-Signature: t=UNIX-SECONDS,v1=HEX, HMAC-SHA256 of "t.body", at most five minutes old
 * NULL: good. Else why not, for the log; nothing of the secret in it. */
const char *signature_wrong(const struct signature_input *in);

#endif
