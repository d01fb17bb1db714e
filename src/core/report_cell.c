/* Reports: how numbers are written and drawn. */
#include "core/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"

static const char *const eighths[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const signs[] = {" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"};

#define SPARK_MOST (INT64_C(1) << 53)
size_t report_spark(const char *cell, int64_t *out, size_t most)
{
    size_t n = 0;
    while (*cell && n < most) {
        char *end;
        long long v = strtoll(cell, &end, 10);
        if (end == cell) {
            cell++;
            continue;
        }
        /* counts of things: as many as can be added up and multiplied */
        out[n++] = v > SPARK_MOST ? SPARK_MOST : v < -SPARK_MOST ? -SPARK_MOST : v;
        cell = end;
    }
    return n;
}

/* Neighbours are added up where there are more numbers than cells. */
static size_t narrow(int64_t *n, size_t count, size_t width)
{
    if (!width || count <= width)
        return count;
    size_t each = (count + width - 1) / width, made = 0;
    for (size_t i = 0; i < count; i += each, made++) {
        int64_t sum = 0;
        for (size_t k = i; k < i + each && k < count; k++)
            sum += n[k];
        n[made] = sum;
    }
    return made;
}

static void draw_spark(const char *cell, size_t width, bool blocks, struct buf *out)
{
    enum { MOST = 64 };
    int64_t n[MOST], tallest = 1;
    const char *const *steps = blocks ? eighths : signs;
    int64_t top = (int64_t)(blocks ? sizeof eighths / sizeof *eighths : sizeof signs / sizeof *signs) - 1;
    size_t count = narrow(n, report_spark(cell, n, MOST), width);
    for (size_t i = 0; i < count; i++)
        tallest = n[i] > tallest ? n[i] : tallest;
    for (size_t i = 0; i < count; i++)    /* something is never drawn as nothing */
        buf_puts(out, steps[n[i] <= 0 ? 0 : (n[i] * top + tallest - 1) / tallest]);
}

void report_bar(double n, double most, size_t width, bool blocks, struct buf *out)
{
    static const char *const parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    if (!(n > 0) || !(most > 0))
        return;
    double part = n / most < 1 ? n / most : 1;
    size_t steps = (size_t)(part * (double)width * (blocks ? 8 : 1) + 0.5);
    steps = steps ? steps : 1;
    for (size_t i = 0; i < steps / (blocks ? 8 : 1); i++)
        buf_puts(out, blocks ? "█" : "#");
    if (blocks)
        buf_puts(out, parts[steps % 8]);
}

const char *report_shade(int64_t n, int64_t most, bool blocks)
{
    static const char *const shades[] = {" ", "░", "▒", "▓", "█"}, *const letters[] = {" ", ".", "+", "#", "@"};
    int64_t step = n <= 0 || most <= 0 ? 0 : n >= most ? 4 : (n * 4 + most - 1) / most;
    return blocks ? shades[step] : letters[step];
}

/* "-1204" as "-1,204" */
static void thousands(const char *cell, struct buf *out)
{
    const char *s = cell;
    if (*s == '-')
        buf_putc(out, *s++);
    size_t n = strspn(s, "0123456789");
    for (size_t i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0)
            buf_putc(out, ',');
        buf_putc(out, s[i]);
    }
    buf_puts(out, s + n);
}

static int64_t milliseconds(const char *seconds)
{
    int64_t n = strtoll(seconds, NULL, 10);
    return n < 0 ? 0 : n > INT64_MAX / WHEN_SECOND ? INT64_MAX : n * WHEN_SECOND;
}

void report_cell(enum report_unit unit, const char *cell, size_t width, bool blocks, struct buf *out)
{
    char span[16];
    if (!cell || (!*cell && unit != UNIT_TEXT)) {
        buf_puts(out, blocks ? "–" : "-");
        return;
    }
    switch (unit) {
    case UNIT_COUNT:
        thousands(cell, out);
        break;
    case UNIT_PERCENT:
        buf_printf(out, "%s%%", cell);
        break;
    case UNIT_DELTA:
    case UNIT_POINTS:
        buf_puts(out, *cell == '-' || strtod(cell, NULL) == 0.0 ? "" : "+");
        buf_printf(out, unit == UNIT_DELTA ? "%s%%" : "%s", cell);
        break;
    case UNIT_SECONDS:
        when_format_span(milliseconds(cell), span, sizeof span);
        buf_puts(out, span);
        break;
    case UNIT_SPARK:
        draw_spark(cell, width, blocks, out);
        break;
    case UNIT_TEXT:
    case UNIT_SCORE:
    case UNIT_FILTER:
        buf_puts(out, cell);
        break;
    }
}
