/* What the two halves of the CGI program share: reading a request. For webhook*.c. */
#ifndef RUN_WEBHOOK_IN_H
#define RUN_WEBHOOK_IN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "db/wait.h"

enum webhook_answer {
    WEBHOOK_STORED, WEBHOOK_MALFORMED, WEBHOOK_FORBIDDEN, WEBHOOK_NO_PATH, WEBHOOK_NO_METHOD, WEBHOOK_TOO_SLOW, WEBHOOK_NO_LENGTH,
    WEBHOOK_TOO_LARGE, WEBHOOK_OUR_FAULT
};

/* A provider waits some ten seconds for its answer and comes again; what is in doubt by then comes twice, and counts once. */
extern const struct db_wait webhook_wait;

const char *webhook_variable(const char *name);        /* of the request; "" when it is not set */

/* The request's body, at most `most` bytes, within WEBHOOK_BODY_MS. *body is the caller's, or NULL. */
enum webhook_answer webhook_body(size_t most, char **body, size_t *size);

/* A tracking page's form (/form/TOKEN/ACTION): answers a page for people, whatever came. False: what went wrong, for the log. */
bool webhook_form(const char *dsn, struct err *e);

#endif
