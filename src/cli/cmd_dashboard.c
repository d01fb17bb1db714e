/* doorstep alone: the dashboard. */
#include "cli/commands.h"

#include <stdio.h>

#include "base/wipe.h"
#include "cli/cli.h"
#include "run/tui.h"

int cmd_dashboard(struct cli *c)
{
    struct err e = {0};
    struct config config;
    if (!config_read(c->config, &config, NULL, NULL, &e))
        return cli_fail(c, &e);
    struct tui_options o = {.dsn = *c->dsn ? c->dsn : config.dsn, .config = &config, .record = c->record, .record_full = c->record_full};
    bool good = tui_run(&o, &e);
    wipe(config.dsn);
    return good ? 0 : cli_fail(c, &e);
}
