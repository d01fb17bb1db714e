/* Small texts everybody types or sends: times, durations, periods of reports, carriers, countries. */
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "core/report.h"
#include "feed/carrier.h"
#include "fuzz.h"

#define NOW INT64_C(1795305600000)

static void times(const char *s, size_t n)
{
    int64_t at, again, span;
    bool zoned;
    char text[40];
    if (when_parse(s, n, &at, &zoned)) {
        when_format_utc(at, text, sizeof text);
        fuzz_require(when_parse(text, strlen(text), &again, NULL) && again == at);
    }
    if (when_parse_duration(s, n, &span)) {
        fuzz_require(span >= 0);
        when_format_span(span, text, sizeof text);
        fuzz_require(*text && strlen(text) <= 24);
    }
}

static void period(const char *s)
{
    static const struct when_zone zone = {{-21600, -18000, -21600}, 2, {INT64_C(1772956800000), INT64_C(1793516400000)}};
    struct report_period p;
    struct err e = {0};
    char text[80];
    if (!report_period_parse(s, NOW, &zone, &p, &e)) {
        fuzz_error(&e);
        return;
    }
    fuzz_require(p.from < p.to && p.from % WHEN_HOUR == 0 && p.to % WHEN_HOUR == 0);
    struct report_period before = report_period_previous(&p, &zone);
    fuzz_require(before.from < before.to && before.from < p.from);
    report_period_text(&p, &zone, text, sizeof text);
    fuzz_require(fuzz_inert(text, strlen(text), false));
}

static void cells(const char *s)
{
    for (enum report_unit u = UNIT_TEXT; u <= UNIT_FILTER; u++)
        for (int blocks = 0; blocks < 2; blocks++) {
            struct buf out;
            buf_init(&out, 0);
            report_cell(u, s, 7, blocks, &out);
            buf_finish(&out);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_in in = {data, size};
    size_t n;
    char *bytes = fuzz_bytes(&in, &n), code[CARRIER_MOST + 1], country[2], *z = strndup(bytes, n);
    times(bytes, n);
    period(z);
    cells(z);
    size_t m = carrier_code(bytes, n, code);
    fuzz_require(m <= CARRIER_MOST && strlen(code) == m && strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789_") == m);
    if (carrier_country(bytes, n, country))
        fuzz_require(country[0] >= 'A' && country[0] <= 'Z' && country[1] >= 'A' && country[1] <= 'Z');
    free(bytes);
    free(z);
    return 0;
}
