/* A notification's payload, which any role that may NOTIFY can send. */
#include <stdlib.h>
#include <string.h>

#include "core/hint.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_in in = {data, size};
    char *payload = fuzz_text(&in);
    struct hint h;
    if (hint_parse(payload, &h)) {
        fuzz_require(h.kind <= HINT_RIGHTS && fuzz_inert(h.role, strlen(h.role), false));
        for (size_t i = 0; h.kind == HINT_EXCEPTIONS && i < h.count; i++)
            fuzz_require(h.items[i].state < STATE_COUNT && h.items[i].severity < SEVERITY_COUNT && h.items[i].kind < KIND_COUNT);
    }
    hint_finish(&h);
    free(payload);
    return 0;
}
