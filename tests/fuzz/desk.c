/* What a helpdesk's webhook says of tickets: a letter for the helpdesk, then the body. */
#include <stdlib.h>
#include <string.h>

#include "feed/case.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"zendesk", "freshdesk", "doorstep"};
    struct fuzz_in in = {data, size};
    size_t n, which = fuzz_choice(&in, 3);
    char *body = fuzz_bytes(&in, &n);
    struct buf out;
    struct err e = {0};
    buf_init(&out, 0);
    if (feed_case(names[which], body, n, &out, &e)) {
        json_t *j = json_loadb(buf_str(&out), out.len, JSON_REJECT_DUPLICATES, NULL);
        fuzz_require(json_is_array(j) && fuzz_json_inert(j) && fuzz_inert(out.data, out.len, true));
        json_decref(j);
    } else {
        fuzz_error(&e);
    }
    buf_finish(&out);
    free(body);
    return 0;
}
