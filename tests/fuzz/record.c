/* A record of a session, as somebody sends it with a report of a mistake. */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "run/replay.h"

struct bytes { const uint8_t *at; size_t left; };

static size_t give(void *ctx, char *out, size_t size)
{
    struct bytes *b = ctx;
    size_t n = b->left < size ? b->left : size;
    if (n)
        memcpy(out, b->at, n);
    b->at += n;
    b->left -= n;
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes b = {data, size};
    struct err e = {0};
    struct replay *r = replay_create("fuzz.rec", &(struct replay_source){give, &b}, 0, 0);
    enum replay_event event;
    while ((event = replay_step(r, &e)) == REPLAY_MESSAGE || event == REPLAY_FRAME) {
        if (event == REPLAY_MESSAGE)
            continue;
        struct buf text;
        buf_init(&text, 0);
        replay_text(replay_screen(r), &text);
        fuzz_require(fuzz_inert(buf_str(&text), text.len, true));
        buf_finish(&text);
    }
    if (event == REPLAY_DAMAGED)
        fuzz_error(&e);
    replay_destroy(r);
    return 0;
}
