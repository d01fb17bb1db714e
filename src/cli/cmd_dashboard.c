/* doorstep alone: the dashboard. */
#include "cli/commands.h"

#include <stdio.h>

#include "cli/cli.h"
#include "run/tui.h"

static void warn(void *ctx, const struct err *e)
{
    (void)ctx;
    cli_say("%s: %s", e->where, e->text);
}

int cmd_dashboard(struct cli *c)
{
    struct err e = {0};
    struct config config;
    if (!config_read(c->config, &config, warn, NULL, &e))
        return cli_fail(c, &e);
    struct tui_options o = {.dsn = *c->dsn ? c->dsn : config.dsn, .config = &config};
    return tui_run(&o, &e) ? 0 : cli_fail(c, &e);
}
