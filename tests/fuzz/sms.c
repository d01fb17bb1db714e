/* How a text is cut into SMS: never more parts than units, one more character never makes it shorter; words that opt out and
 * addresses on the side, for they read the same texts. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "core/address.h"
#include "core/optout.h"
#include "core/sms.h"
#include "fuzz.h"

static void parts(const char *s, size_t n)
{
    struct sms_size m = sms_measure(s, n);
    int single = m.ucs2 ? 70 : 160, joined = m.ucs2 ? 67 : 153;
    fuzz_require(m.units >= 0 && (size_t)m.units <= 2 * n && m.left >= 0 && m.left <= single);
    fuzz_require((m.segments == 0) == (m.units == 0) && (m.units > single || m.segments <= 1));
    fuzz_require(m.segments <= 1 || (m.units <= m.segments * joined && m.units + m.segments + m.left >= m.segments * joined));
    fuzz_require((m.first != 0) == m.ucs2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_in in = {data, size};
    size_t n;
    char *text = fuzz_bytes(&in, &n), *s = malloc(3 * n + 1), masked[40];
    parts(text, n);
    n = utf8_clean(text, n, s, 3 * n + 1, UTF8_KEEP_NEWLINES);
    int units = 0;
    for (size_t i = 0; i < n && i < 400;) {
        uint32_t cp;
        i += utf8_decode(s + i, n - i, &cp);
        struct sms_size m = sms_measure(s, i);
        fuzz_require(m.units >= units || m.ucs2);
        units = m.units;
    }
    fuzz_require(optout_of(s, n) <= OPTOUT_START);
    fuzz_require(!address_is_email(s, n) || (address_is_header_safe(s, n) && memchr(s, '@', n) && !memchr(s, ' ', n)));
    fuzz_require(!address_is_phone(s, n) || (n >= 8 && n <= 16 && *s == '+'));
    address_mask(s, masked, sizeof masked);
    fuzz_require(fuzz_inert(masked, strlen(masked), false) || memchr(s, '\n', n));
    free(text);
    free(s);
    return 0;
}
