/* doorstep webhook: what a web server runs for each request. */
#include "cli/commands.h"

#include "cli/cli.h"
#include "run/webhook.h"

int cmd_webhook(struct cli *c)
{
    struct err e;
    if (webhook_run(c->dsn, cli_value(c, "channels", NULL), &e))
        return 0;
    int status = cli_fail(c, &e);
    return e.code == ERR_USAGE ? status : 0;   /* the answer was given; servers log a failed program as their own fault */
}
