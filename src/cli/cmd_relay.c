/* doorstep relay: listens once for all dashboards of a host. */
#include "cli/commands.h"

#include "cli/cli.h"
#include "core/relay.h"
#include "run/relay.h"

enum { CLIENTS = 2000, CLIENTS_MOST = 60000 };

int cmd_relay(struct cli *c)
{
    struct err e = {0};
    int64_t most = CLIENTS;
    if (!cli_number(c, "clients-max", 1, CLIENTS_MOST, &most, &e))
        return cli_fail(c, &e);
    struct relay_options o = {.dsn = c->dsn, .socket = cli_value(c, "socket", RELAY_SOCKET), .group = cli_value(c, "group", NULL),
                              .clients_most = (int)most};
    return relay_run(&o, &e) ? 0 : cli_fail(c, &e);
}
