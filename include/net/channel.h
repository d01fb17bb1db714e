/* Channels as URLs: DOORSTEP_EMAIL_URL, DOORSTEP_SMS_URL, DOORSTEP_WHATSAPP_URL, from the environment or from a file
 * that others cannot read.
 *
 *     smtp://user:pass@host:587   smtps://…   sendgrid://KEY@   postmark://TOKEN@   twilio://SID:TOKEN@?from=+1…&status=https://…
 *     vonage://KEY:SECRET@?from=ACME   webhook+https://host/path?secret=…   maildir:PATH
 *
 * Common parameters: base= (another host, for tests: "http://127.0.0.1:4010"), rate= (messages a second), connections=
 * (at once), from= (sender when the brand has none), name= (and its name), ca= (a file of certificates to trust instead of the
 * system's), stream= (Postmark's). smtp:// wants STARTTLS, except from loopback hosts without ca=, where it uses none. User, password and
 * parameters are percent-decoded, and so is the path of maildir:. */
#ifndef NET_CHANNEL_H
#define NET_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "core/outreach.h"

struct provider;

struct channel_url {           /* texts owned; NULL when not given */
    const struct provider *provider;
    enum channel channel;
    char *host, *path;
    int port;                  /* 0: the provider's */
    char *user, *secret;
    char *from, *from_name, *status, *base;
    char *ca;                  /* PEM file of certificates to trust; NULL: the system's */
    char *stream;              /* Postmark's message stream; NULL: its default */
    char *requester;           /* Freshdesk's: whose tickets ours are; never a customer */
    double rate;               /* messages a second; 0: no limit of our own */
    int connections;           /* at once; default the provider's */
};
void channel_url_finish(struct channel_url *c);   /* overwrites secrets before freeing */

/* False: out is empty, and e names the parameter or part and the remedy, and holds nothing of the secret. */
bool channel_url_read(enum channel channel, const char *url, struct channel_url *out, struct err *e);

/* "smtp to mail.example.com:587 as orders": what may be shown. */
void channel_url_show(const struct channel_url *c, char *out, size_t size);

const char *channel_scheme(const struct channel_url *c);       /* "smtp" "twilio" … */
bool channel_idempotent(const struct channel_url *c);          /* asking twice sends once */

/* The table of providers, for help and the README: i-th, NULL past the end. */
struct channel_help { const char *scheme, *channels, *example, *help; };
const struct channel_help *channel_help_at(int i);

#endif
