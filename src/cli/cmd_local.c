/* The private PostgreSQL alone: local start, stop, status, dsn, destroy. */
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "run/local.h"

#define DSN_MAX 1200

static bool start(struct local *l, struct err *e)
{
    char dsn[DSN_MAX];
    if (!local_start(l, false, e))
        return false;
    local_dsn(l, NULL, NULL, dsn, sizeof dsn);
    printf("%s\n", dsn);
    return true;
}

static bool stop(struct local *l, struct err *e) { return local_stop(l, e); }
static bool destroy(struct local *l, struct err *e) { return local_destroy(l, e); }

/* Exit status as for a service: 0 it runs, 1 it does not. */
static int status(const struct local *l)
{
    bool running = local_running(l);
    printf("%s: %s\n", l->dir, running ? "running" : local_exists(l) ? "stopped" : "not made yet");
    return running ? 0 : err_exit_status(ERR_PARTIAL);
}

static int dsn(const struct local *l)
{
    char text[DSN_MAX];
    local_dsn(l, NULL, NULL, text, sizeof text);
    printf("%s\n", text);
    if (!local_running(l))
        cli_say("it is not running: doorstep local start");
    return 0;
}

static const struct {
    const char *name;
    bool alone;                /* nobody else may be at it meanwhile */
    bool (*act)(struct local *l, struct err *e);
    int (*show)(const struct local *l);
} actions[] = {
    {"local start", true, start, NULL},
    {"local stop", true, stop, NULL},
    {"local destroy", true, destroy, NULL},
    {"local status", false, NULL, status},
    {"local dsn", false, NULL, dsn},
};

int cmd_local(struct cli *c)
{
    struct err e = {0};
    struct local l;
    size_t i = 0;
    while (i + 1 < sizeof actions / sizeof *actions && strcmp(actions[i].name, c->command->name) != 0)
        i++;
    if (!local_init(&l, cli_value(c, "dir", NULL), "local", &e))
        return cli_fail(c, &e);
    if (actions[i].show)
        return actions[i].show(&l);
    /* Stopping or removing what is not there is done already, and must not make a folder. */
    if (actions[i].act != start && !local_present(&l))
        return 0;
    bool ok = (!actions[i].alone || local_lock(&l, &e)) && actions[i].act(&l, &e);
    local_unlock(&l);
    return ok ? 0 : cli_fail(c, &e);
}
