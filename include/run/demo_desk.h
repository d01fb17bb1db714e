/* The demo's colleagues write to customers, as people do: templates filled in, guardrails heeded. */
#ifndef RUN_DEMO_DESK_H
#define RUN_DEMO_DESK_H

#include <stdbool.h>

#include "base/err.h"

/* Sends the messages of their kinds for at most `most` of the exceptions a person works on, as that person. What
 * may not go out stays unsent. */
bool demo_desk_write(const char *dsn, int most, struct err *e);

#endif
