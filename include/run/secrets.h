/* Secrets by name, from the environment or from a file that nobody else can read.
 *
 * The file has lines `name = value`, blank lines and # comments; names are lower-case words with dots:
 * `email.url`, `sms.url`, `whatsapp.url` (channels), `helpdesk.url` (cases), `webhook.twilio`, `webhook.url` (doorstep webhook). The environment's
 * DOORSTEP_EMAIL_URL, DOORSTEP_WEBHOOK_TWILIO … (upper case, _ for dots) goes before it. */
#ifndef RUN_SECRETS_H
#define RUN_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/vec.h"

struct secret { char *name, *value; };
struct secrets { VEC(struct secret) all; };

/* path NULL: DOORSTEP_CHANNELS, else doorstep/channels in the XDG config folder, which may be absent; a named one must
 * exist. Refused: a file that its group or others can read, one of another user (but root's), a line that is none. *out
 * is to be finished in any case. Errors hold nothing of a value. */
bool secrets_read(const char *path, struct secrets *out, struct err *e);
void secrets_finish(struct secrets *s);        /* overwrites the values before it frees them */

/* The environment's, else the file's; NULL: neither, or empty. Good until secrets_finish. */
const char *secrets_get(const struct secrets *s, const char *name);

#endif
