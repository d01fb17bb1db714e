/* utf8_clean makes any bytes inert, twice is once, a shorter place gets a beginning of it, and widths add up. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "fuzz.h"

static void measure(const char *s, size_t n)
{
    size_t columns = utf8_width(s, n), used;
    for (size_t room = 0; room <= columns + 1 && room < 200; room++) {
        size_t fits = utf8_fit(s, n, room, &used);
        fuzz_require(fits <= n && used <= room && utf8_valid(s, fits) && utf8_width(s, fits) == used);
        fuzz_require(room < columns || fits == n);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *s = (const char *)data;
    size_t place = 3 * size + 1;
    char *clean = malloc(place), *again = malloc(place);
    for (int lines = 0; lines < 2; lines++) {
        enum utf8_lines how = lines ? UTF8_KEEP_NEWLINES : UTF8_ONE_LINE;
        size_t n = utf8_clean(s, size, clean, place, how);
        fuzz_require(n < place && clean[n] == '\0' && strlen(clean) == n && fuzz_inert(clean, n, lines));
        fuzz_require(utf8_clean(clean, n, again, place, how) == n && !memcmp(clean, again, n));
        for (size_t room = 1; room <= n && room < 40; room++) {
            char *small = malloc(room);
            size_t m = utf8_clean(s, size, small, room, how);
            fuzz_require(m < room && !memcmp(small, clean, m) && utf8_valid(small, m));
            free(small);
        }
        measure(clean, n);
        if (!lines)
            fuzz_require(utf8_width(clean, n) <= 2 * n);
    }
    struct buf json;
    buf_init(&json, 0);
    buf_put_json(&json, s, size);
    fuzz_require(fuzz_inert(json.data, json.len, false));
    json_t *j = json_loadb(json.data, json.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    fuzz_require(json_is_string(j) && (!utf8_valid(s, size) || (json_string_length(j) == size && !memcmp(json_string_value(j), s, size))));
    json_decref(j);
    buf_finish(&json);
    free(clean);
    free(again);
    return 0;
}
