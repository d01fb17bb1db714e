#include "core/outage.h"

#include <stdlib.h>
#include <string.h>

void control_state_finish(struct control_state *s)
{
    free(s->outages);
    *s = (struct control_state){0};
}

void board_finish(struct board *b)
{
    free(b->rows);
    free(b->suggestions);
    *b = (struct board){0};
}

/* The height of n as a step of 0 .. top. What is there at all is never drawn as nothing. */
static int step(int32_t n, int32_t tallest, int top)
{
    if (n <= 0)
        return 0;
    int of = (int)(((int64_t)n * top + tallest / 2) / tallest);
    return of < 1 ? 1 : of;
}

void outage_spark(const int32_t *n, int count, bool ascii, char *out, size_t size)
{
    static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const signs[] = {" ", ".", ":", "-", "=", "+", "*", "#"};
    const char *const *steps = ascii ? signs : blocks;
    int top = ascii ? (int)(sizeof signs / sizeof *signs) - 1 : (int)(sizeof blocks / sizeof *blocks) - 1;
    int32_t tallest = 4;
    for (int i = 0; i < count; i++)
        tallest = n[i] > tallest ? n[i] : tallest;
    size_t used = 0;
    for (int i = 0; i < count; i++) {
        const char *s = steps[step(n[i], tallest, top)];
        size_t length = strlen(s);
        if (used + length >= size)
            break;
        memcpy(out + used, s, length);
        used += length;
    }
    if (size)
        out[used] = '\0';
}
