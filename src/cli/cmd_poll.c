/* poll: asks aggregators about parcels that no webhook tells of. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/when.h"
#include "cli/change.h"
#include "cli/cli.h"
#include "cli/session.h"
#include "run/poll.h"

static void say(const char *line) { cli_say("%s", line); }

static void print_counts(const struct poll_counts *n)
{
    printf("{\"taken_up\":%" PRId64 ",\"asked\":%" PRId64 ",\"answered\":%" PRId64 ",\"unknown\":%" PRId64 ",\"failed\":%" PRId64
           ",\"documents\":%" PRId64 ",\"rejected\":%" PRId64 ",\"accepted\":%" PRId64 ",\"duplicates\":%" PRId64 ",\"events\":%" PRId64
           ",\"exceptions_opened\":%" PRId64 ",\"exceptions_updated\":%" PRId64 ",\"exceptions_resolved\":%" PRId64 ",\"unmapped\":%" PRId64 "}\n",
           n->enrolled, n->asked, n->answered, n->unknown, n->failed, n->documents, n->rejected, n->feed.accepted, n->feed.duplicates,
           n->feed.events, n->feed.opened, n->feed.updated, n->feed.resolved, n->feed.unmapped);
}

static int poll_now(struct cli *c)
{
    struct err e = {0};
    struct poll_counts n = {0};
    struct poll_options o = {.dsn = c->dsn, .secrets = cli_value(c, "channels", NULL), .only = cli_value(c, "source", NULL),
                             .others = cli_value(c, "others", NULL), .now = WHEN_NONE, .say = say};
    int64_t limit = 10000;
    if (!cli_number(c, "limit", 1, 1000000, &limit, &e) || !cli_now(c, &o.now, &e))
        return cli_fail(c, &e);
    o.limit = (int)limit;
    bool good = poll_run(&o, &n, &e);
    print_counts(&n);
    return good ? n.rejected > 0 : cli_fail(c, &e);
}

/* --busy 30m: whole minutes. */
static bool read_pause(const struct cli *c, const char *option, const char *member, struct buf *json, struct err *e)
{
    const char *text = cli_value(c, option, NULL);
    char digits[24];
    int64_t ms;
    if (!text)
        return true;
    if (!when_parse_duration(text, strlen(text), &ms) || ms % WHEN_MINUTE || ms > 10080 * WHEN_MINUTE)
        return err_set(e, ERR_USAGE, option, "\"%.40s\" is no pause such as 30m or 4h", text);
    snprintf(digits, sizeof digits, "%" PRId64, ms / WHEN_MINUTE);
    change_raw(json, member, digits);
    return true;
}

static int poll_set(struct cli *c)
{
    struct err e = {0};
    struct buf json;
    char digits[24];
    int64_t days = 0;
    buf_init(&json, 0);
    buf_putc(&json, '{');
    bool good = read_pause(c, "busy", "busy_minutes", &json, &e) && read_pause(c, "usual", "usual_minutes", &json, &e) &&
                read_pause(c, "idle", "idle_minutes", &json, &e) && cli_number(c, "give-up", 1, 730, &days, &e);
    if (good && days) {
        snprintf(digits, sizeof digits, "%" PRId64, days);
        change_raw(&json, "give_up_days", digits);
    }
    if (good && json.len == 1)
        good = err_set(&e, ERR_USAGE, NULL, "nothing is said that should change: give --busy, --usual, --idle or --give-up");
    buf_putc(&json, '}');
    const char *params[] = {c->operand_count ? c->operands[0] : "", buf_str(&json)};
    int status = good ? change_one(c, NULL, "poll_set", params, 2, "set") : cli_fail(c, &e);
    buf_finish(&json);
    return status;
}

int cmd_poll(struct cli *c)
{
    if (strcmp(c->command->name, "poll set") == 0)
        return c->operand_count == 1 ? poll_set(c) : cli_usage(c, "name one source: easypost, shippo, aftership or shipengine");
    if (c->operand_count)
        return cli_usage(c, "it takes options only");
    if (strcmp(c->command->name, "poll list") == 0)
        return session_list(c, "poll_list", NULL, 0, NULL, "no sources");
    return poll_now(c);
}
