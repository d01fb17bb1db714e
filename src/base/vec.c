#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"

void vec_grow(void **at, size_t *len, size_t *cap, size_t size, size_t more)
{
    if (*len + more > *cap) {
        size_t want = *cap ? *cap * 2 : 8;
        while (want < *len + more)
            want *= 2;
        *at = xrealloc(*at, want * size);
        *cap = want;
    }
    memset((char *)*at + *len * size, 0, more * size);
    *len += more;
}

void vec_release(void **at, size_t *len, size_t *cap)
{
    free(*at);
    *at = NULL;
    *len = *cap = 0;
}
