/* The numbers of a hint's text, for the files that read some. */
#ifndef CORE_HINT_IN_H
#define CORE_HINT_IN_H

#include <stdbool.h>
#include <stdint.h>

struct hint_range { int64_t least, most; };

/* A decimal number of [least, most] at *p, which moves past it. */
bool hint_number(const char **p, int64_t least, int64_t most, int64_t *out);
/* count of them with ':' between. */
bool hint_numbers(const char **p, const struct hint_range *range, int count, int64_t *out);

#endif
