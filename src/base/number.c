#include "base/number.h"

#include <inttypes.h>
#include <stdio.h>

struct number grouped(int64_t n)
{
    struct number out = {""};
    char digits[24];
    int count = snprintf(digits, sizeof digits, "%" PRIu64, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
    size_t at = 0;
    if (n < 0)
        out.text[at++] = '-';
    for (int i = 0; i < count; i++) {
        out.text[at++] = digits[i];
        int left = count - 1 - i;
        if (left > 0 && left % 3 == 0)
            out.text[at++] = ',';
    }
    out.text[at] = '\0';
    return out;
}

void number_text(int64_t n, char *out, size_t size) { snprintf(out, size, "%s", grouped(n).text); }

bool number_typed(const char *s, size_t n, char *out, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        if (s[i] == ',' && used)
            continue;
        if (s[i] < '0' || s[i] > '9' || used + 1 >= size)
            return false;
        out[used++] = s[i];
    }
    out[used] = '\0';
    return true;
}
