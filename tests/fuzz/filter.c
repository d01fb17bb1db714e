/* The filter language: what parses is written back and parses to the same; what does not has a column; completion at every
 * place offers what may stand there; its SQL holds nothing that was typed freely. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/filter.h"
#include "db/filter_sql.h"
#include "fuzz.h"

static void complete_everywhere(const char *text)
{
    size_t n = strlen(text);
    for (size_t at = 0; at <= n && at <= 300; at++) {
        struct completion c;
        filter_complete(text, at, NULL, &c);
        fuzz_require(c.from <= c.to && c.to <= n);
        for (size_t i = 0; i < c.count; i++)
            fuzz_require(*c.items[i] && fuzz_inert(c.items[i], strlen(c.items[i]), false) && (!i || strcmp(c.items[i - 1], c.items[i]) <= 0));
        completion_finish(&c);
    }
}

static void compile(const struct filter *f)
{
    struct filter_sql q;
    const struct when_zone zone = {.offset = {-21600}};
    struct filter_sql_options o = {.first = 3, .now = INT64_C(1795305600000), .zone = &zone, .search_index = true};
    filter_sql_make(f, &o, &q);
    const char *sql = buf_str(&q.where);
    fuzz_require(fuzz_inert(sql, q.where.len, true) && q.key && !strchr(sql, ';') && !strstr(sql, "--"));
    for (int i = 0; i < q.count; i++) {
        char name[16];
        snprintf(name, sizeof name, "$%d", 3 + i);
        fuzz_require(strstr(sql, name) && fuzz_inert(q.params[i], strlen(q.params[i]), true));
    }
    filter_sql_finish(&q);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_in in = {data, size};
    char *text = fuzz_text(&in);
    struct filter f, again;
    struct err e = {0};
    size_t at = SIZE_MAX;
    complete_everywhere(text);
    if (!filter_parse(text, &f, &at, &e)) {
        fuzz_error(&e);
        fuzz_require(strstr(e.where, "column ") && at <= strlen(text));
        free(text);
        return 0;
    }
    char *canonical = filter_format(&f);
    fuzz_require(fuzz_inert(canonical, strlen(canonical), false));
    if (strlen(canonical) <= 4096) {
        fuzz_require(filter_parse(canonical, &again, NULL, &e));
        char *twice = filter_format(&again);
        fuzz_require(!strcmp(canonical, twice) && again.term_count == f.term_count && again.sort == f.sort);
        fuzz_require(filter_moves(&f) == filter_moves(&again) && filter_reaches_resolved(&f, false) == filter_reaches_resolved(&again, false));
        filter_finish(&again);
        free(twice);
    }
    compile(&f);
    filter_finish(&f);
    free(canonical);
    free(text);
    return 0;
}
