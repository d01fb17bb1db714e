/* override: what is in force and what waits, one batch with its shipments, and the limits. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "cli/change.h"
#include "cli/session.h"

static const int list_widths[] = {5, 7, 6, 4, 0, 0, 4, 4, 2, 16, 6, 8, 16, 0, 0, 0, 0, 0, 0, 0};

static int list(struct cli *c)
{
    struct err e = {0};
    int64_t batch = 0, limit = 100;
    char most[24], number[24];
    bool mine = cli_flag(c, "mine");
    if (!cli_number(c, "batch", 1, INT64_MAX, &batch, &e) || !cli_number(c, "limit", 1, 1000, &limit, &e))
        return cli_fail(c, &e);
    snprintf(most, sizeof most, "%" PRId64, limit);
    snprintf(number, sizeof number, "%" PRId64, batch);
    if (cli_flag(c, "conflicts")) {
        const char *params[] = {mine ? "true" : "false", most};
        return session_list(c, "override_conflicts", params, 2, NULL, "the carrier speaks against no override");
    }
    const char *params[] = {cli_flag(c, "pending") ? "pending" : mine ? "mine" : "all", most, batch ? number : NULL};
    return session_list(c, "override_list", params, 3, list_widths, cli_flag(c, "pending") ? "nothing waits for a second lead" : "no overrides");
}

static void print_fact(const char *name, const char *value)
{
    char text[2048];
    utf8_clean(value, strlen(value), text, sizeof text, UTF8_ONE_LINE);
    printf("%-12s %s\n", name, text);
}

static int show(struct cli *c)
{
    struct err e = {0};
    enum format format;
    int64_t *ids = NULL;
    size_t count = 0;
    char number[24];
    if (!cli_format(c, &format, &e) || !change_numbers(c, 0, "batch", "override list", &ids, &count, &e))
        return cli_fail(c, &e);
    snprintf(number, sizeof number, "%" PRId64, ids[0]);
    free(ids);
    if (count != 1)
        return cli_usage(c, "which batch? give one number");
    const char *batch[] = {"all", "1", number}, *members[] = {number, "100000"};
    struct table t = {0}, m = {0};
    struct db_sync *db = db_sync_open(c->dsn, &e);
    bool ok = db && db_sync_table(db, "override_list", batch, 3, &t, &e);
    if (ok && !t.rows)
        ok = err_set(&e, ERR_REFUSED, NULL, "there is no batch %s, or it has shipments of brands you do not see", number);
    for (size_t i = 0; ok && format == FORMAT_TABLE && i < t.columns; i++)
        if (t.cells[i] && *t.cells[i])
            print_fact(t.names[i], t.cells[i]);
    if (ok && format == FORMAT_TABLE)
        printf("\n");
    ok = ok && db_sync_table(db, "override_members", members, 2, &m, &e) && session_print(&m, format, NULL, &e);
    table_finish(&t);
    table_finish(&m);
    db_sync_close(db);
    return ok ? 0 : cli_fail(c, &e);
}

static int policy(struct cli *c)
{
    static const struct { const char *option, *key; int64_t most; } rules[] = {
        {"threshold", "threshold", 100000}, {"days", "days", 90}, {"pending-hours", "pending_hours", 720}, {"newer-hours", "newer_hours", 720}};
    struct err e = {0};
    struct buf json;
    buf_init(&json, 0);
    buf_puts(&json, "{");
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof rules / sizeof *rules; i++) {
        int64_t n = 0;
        char text[24];
        ok = cli_number(c, rules[i].option, 1, rules[i].most, &n, &e);
        snprintf(text, sizeof text, "%" PRId64, n);
        if (ok && n)
            change_raw(&json, rules[i].key, text);
    }
    bool change = json.len > 1;
    buf_puts(&json, "}");
    const char *params[] = {buf_str(&json)};
    int status = !ok ? cli_fail(c, &e)
               : change ? change_one(c, NULL, "override_policy_set", params, 1, "changed") : session_list(c, "override_policy", NULL, 0, NULL, "");
    buf_finish(&json);
    return status;
}

int cmd_override_read(struct cli *c)
{
    const char *name = c->command->name;
    return strcmp(name, "override list") == 0 ? list(c) : strcmp(name, "override show") == 0 ? show(c) : policy(c);
}
