/* doorstep worker: sends what is queued, and does what the clock brings about. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "cli/cli.h"
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

/* One object, the same members always; of passes those that did something. */
static void print_counts(const struct worker_counts *n)
{
    const struct { const char *name; int64_t count; } members[] = {
        {"sent", n->sent}, {"retried", n->retried}, {"failed", n->failed}, {"unknown", n->unknown}, {"woken", n->woken},
        {"settled", n->settled}, {"reaped", n->reaped}, {"inbox", n->inbox}, {"control", n->control},
    };
    struct buf b;
    buf_init(&b, 0);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        buf_printf(&b, "%s\"%s\":%" PRId64, i ? "," : "{", members[i].name, members[i].count);
    buf_printf(&b, ",\"helpdesk\":{\"told\":%" PRId64 ",\"retried\":%" PRId64 ",\"refused\":%" PRId64 "},\"passes\":{", n->desk_told, n->desk_again,
               n->desk_failed);
    for (size_t i = 0; i < n->did_count; i++) {
        const struct worker_did *d = &n->did[i];
        bool first = i == 0 || d->pass != d[-1].pass;
        if (first)
            buf_printf(&b, "%s\"%s\":{", i ? "}," : "", d->pass);
        else
            buf_putc(&b, ',');
        buf_put_json(&b, d->what, strlen(d->what));
        buf_printf(&b, ":%" PRId64, d->count);
    }
    buf_puts(&b, n->did_count ? "}}}" : "}}");
    puts(buf_str(&b));
    buf_finish(&b);
}

static bool read_now(const struct cli *c, struct worker_options *o, struct err *e)
{
    if (cli_value(c, "now", NULL) && !o->once)
        return err_set(e, ERR_USAGE, "--now", "a worker that goes on keeps its own time: give --once with it");
    return cli_now(c, &o->now, e);
}

int cmd_worker(struct cli *c)
{
    struct err e = {0};
    struct worker_counts n = {0};
    struct worker_options o = {.dsn = c->dsn, .name = cli_value(c, "name", NULL), .secrets = cli_value(c, "channels", NULL),
                               .once = cli_flag(c, "once")};
    int64_t lease = 60;
    if (!read_channels(c, o.only, &e) || !read_now(c, &o, &e) || !cli_number(c, "lease", LEASE_LEAST_S, LEASE_MOST_S, &lease, &e))
        return cli_fail(c, &e);
    o.lease_s = (int)lease;
    bool good = worker_run(&o, &n, &e);
    if (o.once && n.began)
        print_counts(&n);
    worker_counts_finish(&n);
    return good ? 0 : cli_fail(c, &e);
}
