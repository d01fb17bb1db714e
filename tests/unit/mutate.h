/* Damage by a fixed sequence: bytes changed, cut, left out and doubled. */
#ifndef TESTS_UNIT_MUTATE_H
#define TESTS_UNIT_MUTATE_H

#include <stdint.h>
#include <string.h>

#include "base/buf.h"

static uint64_t seed = 20261122;

/* The sequence's next number below n. */
static size_t below(size_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return n ? (size_t)(seed >> 33) % n : 0;
}

/* At `times` places; bytes are those that mean something where b is read. */
static void mutate(struct buf *b, size_t times, const char *bytes, size_t count)
{
    while (times-- && b->len) {
        size_t at = below(b->len), n = below(b->len - at < 40 ? b->len - at : 40);
        char copy[40];
        switch (below(5)) {
        case 0: b->data[at] = bytes[below(count)]; break;
        case 1: b->data[at] = (char)below(256); break;
        case 2: buf_cut(b, at); break;
        case 3:
            memmove(b->data + at, b->data + at + n, b->len - at - n);
            buf_cut(b, b->len - n);
            break;
        default:
            memcpy(copy, b->data + at, n);
            buf_add(b, copy, n);
        }
    }
}

#endif
