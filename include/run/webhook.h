/* A webhook as a CGI/1.1 program (RFC 3875): one request in, one short answer out, the body into the inbox. */
#ifndef RUN_WEBHOOK_H
#define RUN_WEBHOOK_H

#include <stdbool.h>

#include "base/err.h"

#define WEBHOOK_MOST (1u << 20)      /* bytes of a body */
#define WEBHOOK_BODY_MS 10000        /* for all of it to come */

/* Reads the request from the environment and standard input, checks who sent it, stores it and answers on standard
 * output. channels: the file of secrets (run/secrets.h), NULL for the usual one. Always answers; false: what went wrong, for
 * the log (the client is told little). */
bool webhook_run(const char *dsn, const char *channels, struct err *e);

#endif
