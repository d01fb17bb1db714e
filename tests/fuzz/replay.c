/* Records of sessions, as anybody may hand one over: they are played to their end or to what is wrong with them, and what they show is
 * inert. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "run/replay.h"

struct bytes { const uint8_t *at; size_t left; };

static size_t read_some(void *ctx, char *out, size_t size)
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
    struct bytes bytes = {data, size};
    struct replay_source source = {read_some, &bytes};
    struct replay *r = replay_create("record", &source, size % 2 ? 24 : 0, size % 2 ? 80 : 0);
    struct err e = {0};
    enum replay_event event;
    int frames = 0;
    for (int steps = 0; (event = replay_step(r, &e)) != REPLAY_END && event != REPLAY_DAMAGED && steps < 2000; steps++) {
        if (event != REPLAY_FRAME || ++frames > 20)
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
