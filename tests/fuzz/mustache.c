/* Mustache itself: template, data as JSON, a partial. It ends, stays within its limit, and escapes for HTML. */
#include <stdlib.h>
#include <string.h>

#include "core/mustache.h"
#include "fuzz.h"

static bool find(void *ctx, const char *name, size_t n, struct mustache_source *out)
{
    (void)name, (void)n;
    *out = *(const struct mustache_source *)ctx;
    return true;
}

static bool visit(void *ctx, const struct mustache_use *use, struct err *e)
{
    (void)ctx, (void)e;
    fuzz_require(use->line >= 1 && use->column >= 1 && use->size > 0);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_in in = {data, size};
    size_t n[3];
    char *part[3];
    struct err e = {0};
    for (int i = 0; i < 3; i++)
        part[i] = fuzz_bytes(&in, &n[i]);
    struct mustache_source whole = {"t", part[0], n[0], 3}, values = {"d", part[1], n[1], 0}, partial = {"p", part[2], n[2], 0};
    struct mustache_partials partials = {&partial, find};
    for (int escape = 0; escape < 2; escape++) {
        struct buf out;
        buf_init(&out, 20000);
        e = (struct err){0};
        if (!mustache_render_json(&whole, &values, &partials, escape ? MUSTACHE_NONE : MUSTACHE_HTML, &out, &e))
            fuzz_require(e.code != ERR_NONE && *e.where && *e.text);
        fuzz_require(out.len <= 20000);
        buf_finish(&out);
    }
    mustache_walk("t", part[0], n[0], 1, 1, visit, NULL, &e);
    for (int i = 0; i < 3; i++)
        free(part[i]);
    return 0;
}
