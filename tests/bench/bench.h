/* What the benchmarks share: order statistics, and the printed line. */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static inline int bench_compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The q-quantile (0..1) of n values; sorts them. */
static inline int64_t bench_quantile(int64_t *v, size_t n, double q)
{
    qsort(v, n, sizeof *v, bench_compare);
    size_t i = (size_t)(q * (double)(n - 1) + 0.5);
    return v[i];
}

/* "figure   measured   wanted   met" */
static inline void bench_line(const char *figure, double value, const char *unit, double wanted, int at_most)
{
    int met = at_most ? value <= wanted : value >= wanted;
    printf("%-58s %9.2f %-7s %s %-8g %s\n", figure, value, unit, at_most ? "<=" : ">=", wanted, met ? "met" : "MISSED");
    fflush(stdout);
}

#endif
