/* customer: one customer's data found, shown, exported, forgotten, and who looked at it. */
#include "cli/commands.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/change.h"
#include "cli/session.h"

static bool is(const struct cli *c, const char *name) { return strcmp(c->command->name, name) == 0; }

static int find(struct cli *c)
{
    struct err e = {0};
    int64_t limit = 20;
    char most[24];
    if (c->operand_count != 1)
        return cli_usage(c, "whom? give a name, an e-mail address, a phone, an order or tracking number; several words in quotes");
    if (!cli_number(c, "limit", 1, 1000, &limit, &e))
        return cli_fail(c, &e);
    snprintf(most, sizeof most, "%" PRId64, limit);
    const char *params[] = {c->operands[0], most};
    return session_list(c, "customer_find", params, 2, NULL, "nobody of that name, address or number");
}

/* One customer's number, checked. NULL: said why. */
static const char *one(struct cli *c)
{
    struct err e = {0};
    int64_t *ids = NULL;
    size_t count = 0;
    if (!change_numbers(c, 0, "customer", "customer find", &ids, &count, &e)) {
        cli_fail(c, &e);
        return NULL;
    }
    free(ids);
    if (count == 1)
        return c->operands[0];
    cli_usage(c, "give one customer's number: doorstep customer find shows it");
    return NULL;
}

static int export(struct cli *c)
{
    struct err e = {0};
    const char *id = one(c);
    if (!id)
        return err_exit_status(ERR_USAGE);
    struct table t = {0};
    struct db_sync *db = db_sync_open(c->dsn, &e);
    bool ok = db && db_sync_table(db, "customer_export", &id, 1, &t, &e);
    if (ok && (t.rows != 1 || !t.cells[0]))
        ok = err_set(&e, ERR_REFUSED, NULL, "there is no customer %s, or not for you: doorstep customer find", id);
    if (ok && (fputs(t.cells[0], stdout) < 0 || putchar('\n') == EOF || fflush(stdout) != 0))
        ok = err_set(&e, ERR_IO, "standard output", "%s", strerror(errno));
    table_finish(&t);
    db_sync_close(db);
    return ok ? 0 : cli_fail(c, &e);
}

static int forget(struct cli *c)
{
    struct err e = {0};
    int64_t *ids = NULL;
    size_t count = 0;
    char what[160];
    const char *reason = cli_value(c, "reason", NULL);
    if (!reason || !*reason)
        return cli_usage(c, "why? --reason TEXT: the log of control keeps it, so name nobody in it");
    if (!change_numbers(c, 0, "customer", "customer find", &ids, &count, &e))
        return cli_fail(c, &e);
    int status;
    snprintf(what, sizeof what, "erase %zu %s for good, all that was said to and by them with it", count, count == 1 ? "person" : "people");
    if (!cli_flag(c, "yes") && !ask_terminal())
        status = cli_usage(c, "nobody is there to ask: --yes erases without asking");
    else if (!cli_flag(c, "yes") && !ask_confirm(what, count > 1 ? (int64_t)count : 0)) {
        cli_say("nothing was erased");
        status = 0;
    } else {
        const char *params[] = {reason, cli_flag(c, "under-way") ? "t" : "f"};
        status = change_many(c, NULL, "customer_forget", ids, count, params, 2, "forgotten");
    }
    free(ids);
    return status;
}

static int access_list(struct cli *c)
{
    struct err e = {0};
    int64_t limit = 100, customer = 0;
    char since[40], most[24];
    if (!cli_past(c, "since", since, sizeof since, &e) || !cli_number(c, "limit", 1, 10000, &limit, &e) || !cli_number(c, "customer", 1, INT64_MAX, &customer, &e))
        return cli_fail(c, &e);
    snprintf(most, sizeof most, "%" PRId64, limit);
    const char *params[] = {cli_value(c, "customer", NULL), cli_value(c, "person", NULL), since[0] ? since : NULL, most};
    return session_list(c, "contact_access", params, 4, NULL, "nobody looked at any");
}

int cmd_customer(struct cli *c)
{
    if (is(c, "customer find"))
        return find(c);
    if (is(c, "customer export"))
        return export(c);
    if (is(c, "customer forget"))
        return forget(c);
    if (is(c, "customer access"))
        return access_list(c);
    const char *id = one(c);
    return id ? session_list(c, "customer_show", &id, 1, NULL, "there is no such customer, or not for you") : err_exit_status(ERR_USAGE);
}
