/* What the relay and a dashboard hear from each other: any bytes in any pieces become lines, or the end of listening. Every line that
 * is taken names only channels anybody may ask for, and a payload as it is passed on has one line. */
#include <stdlib.h>
#include <string.h>

#include "core/hint.h"
#include "core/relay.h"
#include "fuzz.h"

/* Said again it is the same. */
static void sight_taken(const char *text)
{
    struct hint_sight *s = calloc(2, sizeof *s);
    struct buf said;
    if (hint_sight_parse(text, &s[0])) {
        buf_init(&said, 0);
        hint_sight_format(&s[0], &said);
        fuzz_require(s[0].count <= HINT_SIGHT_IDS && hint_sight_parse(buf_str(&said), &s[1]) && s[1].known == s[0].known && s[1].count == s[0].count);
        buf_finish(&said);
    }
    free(s);
}

static void line_taken(char *line)
{
    struct relay_line r;
    char payload[RELAY_LINE];
    if (!relay_read(line, &r))
        return;
    fuzz_require(r.word <= RELAY_BYE && r.count <= RELAY_NAMES);
    for (size_t i = 0; i < r.count; i++)
        fuzz_require(relay_channel(r.names[i]) && fuzz_inert(r.names[i], strlen(r.names[i]), false));
    if (r.word == RELAY_SIGHT)
        sight_taken(r.text);
    if (r.word != RELAY_HINT)
        return;
    relay_payload(r.text, payload);
    fuzz_require(strlen(payload) < RELAY_LINE && !strpbrk(payload, "\n\r\x1b"));
}

/* Fed in pieces of `step` bytes; returns how many lines came. */
static size_t feed(const uint8_t *data, size_t size, size_t step, bool take)
{
    struct relay_stream *s = calloc(1, sizeof *s);     /* on the heap: what leaves it is seen */
    size_t lines = 0;
    for (size_t at = 0; at < size;) {
        size_t room = relay_space(s), n = size - at < step ? size - at : step;
        fuzz_require(room <= RELAY_LINE - s->len);
        if (!room)
            break;
        n = n < room ? n : room;
        memcpy(s->data + s->len, data + at, n);
        s->len += n;
        at += n;
        for (char *line; (line = relay_next(s)); lines++)
            if (take)
                line_taken(line);
    }
    free(s);
    return lines;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t lines = feed(data, size, 1, false);
    fuzz_require(feed(data, size, SIZE_MAX, true) == lines && feed(data, size, 13, true) == lines);
    return 0;
}
