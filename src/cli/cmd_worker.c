/* doorstep worker: sends what is queued. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "run/process.h"
#include "run/worker.h"

enum { LEASE_LEAST_S = 1, LEASE_MOST_S = 3600 };

static bool read_channels(const struct cli *c, bool only[CHANNEL_COUNT], struct err *e)
{
    for (int i = 0; i < c->given_count; i++) {
        enum channel which;
        if (strcmp(c->given[i]->name, "channel") != 0)
            continue;
        if (!channel_parse(c->values[i], strlen(c->values[i]), &which))
            return err_set(e, ERR_USAGE, "--channel", "there is no channel \"%s\": email, sms or whatsapp", c->values[i]);
        only[which] = true;
    }
    return true;
}

int cmd_worker(struct cli *c)
{
    struct err e = {0};
    struct worker_counts n = {0};
    struct worker_options o = {.dsn = c->dsn, .name = cli_value(c, "name", NULL), .secrets = cli_value(c, "channels", NULL),
                               .once = cli_flag(c, "once")};
    int64_t lease = 60;
    if (!read_channels(c, o.only, &e) || !cli_number(c, "lease", LEASE_LEAST_S, LEASE_MOST_S, &lease, &e))
        return cli_fail(c, &e);
    o.lease_s = (int)lease;
    process_keep_secrets();
    bool good = worker_run(&o, &n, &e);
    if (o.once && (good || e.code != ERR_CONFIG))
        printf("sent %" PRId64 ", to be tried again %" PRId64 ", failed %" PRId64 ", unknown %" PRId64 "\n", n.sent, n.retried, n.failed, n.unknown);
    if (o.once && n.desk_told + n.desk_again + n.desk_failed)
        printf("helpdesk: told %" PRId64 ", to be told again %" PRId64 ", refused %" PRId64 "\n", n.desk_told, n.desk_again, n.desk_failed);
    return good ? 0 : cli_fail(c, &e);
}
