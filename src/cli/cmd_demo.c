/* The demo: everything in one command. */
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "run/demo.h"

#define RATE_MAX 6000

static void warn(void *ctx, const struct err *e)
{
    (void)ctx;
    cli_say("%s: %s", e->where, e->text);
}

static void ready(const char *dsn)
{
    printf("%s\n", dsn);
    fflush(stdout);
    cli_say("ready, as " DEMO_PERSON " (agent); user=okafor is a lead, user=carrier_feed may ingest. Ctrl-C ends it");
}

int cmd_demo(struct cli *c)
{
    struct err e = {0};
    struct config config;
    struct demo_options o = {.dir = cli_value(c, "dir", NULL), .headless = cli_flag(c, "headless"),
                             .reset = cli_flag(c, "reset"), .rate = 30, .config = &config, .say = cli_say, .ready = ready,
                             .record = c->record, .record_full = c->record_full};
    if (!cli_number(c, "rate", 0, RATE_MAX, &o.rate, &e) || !config_read(c->config, &config, warn, NULL, &e))
        return cli_fail(c, &e);
    if (!o.headless && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)))
        return cli_usage(c, "the dashboard needs a terminal here; --headless runs without one");
    return demo_run(&o, &e) ? 0 : cli_fail(c, &e);
}
