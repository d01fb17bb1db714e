/* Keymap files: every mistake has a line and a column, reading goes on, and what was bound can be found and told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/keymap.h"
#include "fuzz.h"

static void report(void *ctx, const struct err *e)
{
    int line = 0, column = 0;
    ++*(size_t *)ctx;
    fuzz_error(e);
    fuzz_require(sscanf(e->where, "file:%d:%d", &line, &column) == 2 && line >= 1 && column >= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_in in = {data, size};
    size_t n, told = 0;
    char *text = fuzz_bytes(&in, &n);
    struct keymap m;
    keymap_init(&m);
    fuzz_require(keymap_read(&m, "file", text, n, report, &told) == told);
    for (size_t i = 0; i < m.count; i++) {
        const struct binding *b = &m.at[i], *found = NULL;
        char keys[80];
        fuzz_require(b->key_count >= 1 && b->key_count <= SEQUENCE_MAX && b->contexts && b->argument);
        fuzz_require(fuzz_inert(b->argument, strlen(b->argument), false));
        unsigned one = b->contexts & (~b->contexts + 1);
        keymap_find(&m, one, b->keys, b->key_count, &found);
        if (keymap_keys_of(&m, one, b->action, b->argument, keys, sizeof keys))
            fuzz_require(*keys && fuzz_inert(keys, strlen(keys), false));
    }
    keymap_finish(&m);
    free(text);
    return 0;
}
