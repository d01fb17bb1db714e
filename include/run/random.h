/* Randomness from the system, for client-made keys. */
#ifndef RUN_RANDOM_H
#define RUN_RANDOM_H

#include <stdint.h>

#include "core/request.h"

uint64_t random_seed(void);
/* A version 4 UUID (RFC 9562) as text. */
void random_key(char out[KEY_TEXT]);

#endif
