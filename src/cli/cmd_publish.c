/* doorstep publish: tracking pages as files for a web server. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "cli/cli.h"
#include "run/publish.h"

static void print_counts(const struct publish_counts *n)
{
    printf("{\"pages\":%" PRId64 ",\"written\":%" PRId64 ",\"unchanged\":%" PRId64 ",\"removed\":%" PRId64 ",\"all\":%s}\n", n->looked, n->written,
           n->unchanged, n->removed, n->all ? "true" : "false");
    fflush(stdout);
}

/* --brand acme --brand zeta as a PostgreSQL array. */
static bool read_brands(const struct cli *c, struct buf *out)
{
    for (int i = 0; i < c->given_count; i++) {
        if (strcmp(c->given[i]->name, "brand") != 0)
            continue;
        buf_putc(out, out->len ? ',' : '{');
        buf_put_json(out, c->values[i], strlen(c->values[i]));   /* an array's quoting is a JSON string's, for what a code may be */
    }
    if (out->len)
        buf_putc(out, '}');
    return out->len > 0;
}

int cmd_publish(struct cli *c)
{
    struct err e = {0};
    struct buf brands;
    struct publish_options o = {.dsn = c->dsn, .dir = cli_value(c, "out", NULL), .all = cli_flag(c, "all"), .follow = cli_flag(c, "follow")};
    if (!o.dir || !*o.dir || c->operand_count)
        return cli_usage(c, "say where the pages go: --out DIR");
    if (o.follow && cli_value(c, "now", NULL))
        return cli_usage(c, "who follows keeps the real time: leave --now out");
    if (!cli_now(c, &o.now, &e))
        return cli_fail(c, &e);
    buf_init(&brands, 0);
    if (read_brands(c, &brands))
        o.brands = buf_str(&brands);
    int status = publish_run(&o, print_counts, &e) ? 0 : cli_fail(c, &e);
    buf_finish(&brands);
    return status;
}
