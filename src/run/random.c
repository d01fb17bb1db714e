#include "run/random.h"

#include <stdio.h>
#include <sys/random.h>

#include "base/die.h"

static void fill(void *out, size_t n)
{
    if (getrandom(out, n, 0) != (ssize_t)n)
        die("the system gives no random bytes");
}

uint64_t random_seed(void)
{
    uint64_t seed;
    fill(&seed, sizeof seed);
    return seed;
}

void random_key(char out[KEY_TEXT])
{
    unsigned char b[16];
    fill(b, sizeof b);
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    snprintf(out, KEY_TEXT, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2],
             b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}
