/* audit verify|ends|log: whether the logs are whole, and what the log of control says. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/session.h"

/* What is not there for a reason: months that expired, people who were forgotten. */
static bool say_notes(struct db_sync *db, struct err *e)
{
    struct table t = {0};
    bool ok = db_sync_table(db, "audit_notes", NULL, 0, &t, e);
    for (size_t i = 0; ok && i < t.rows; i++)
        cli_say("%s", table_cell(&t, i, 0));
    table_finish(&t);
    return ok;
}

static int verify(struct cli *c)
{
    struct err e = {0};
    enum format format;
    int64_t id = 0;
    if (!cli_format(c, &format, &e) || !cli_number(c, "id", 1, INT64_MAX, &id, &e))
        return cli_fail(c, &e);
    const char *param = cli_value(c, "id", NULL);
    struct table t = {0};
    struct db_sync *db = db_sync_open(c->dsn, &e);
    bool ok = db && db_sync_table(db, "audit_verify", &param, 1, &t, &e);
    bool whole = ok && t.rows == 0;
    if (whole && format == FORMAT_TABLE)
        cli_say("every chain is whole");
    else if (ok)
        ok = session_print(&t, format, NULL, &e);
    table_finish(&t);
    if (ok && format == FORMAT_TABLE && !param)
        ok = say_notes(db, &e);
    db_sync_close(db);
    if (!ok)
        return cli_fail(c, &e);
    return whole ? 0 : err_exit_status(ERR_PARTIAL);
}

static int log_list(struct cli *c)
{
    struct err e = {0};
    int64_t limit = 100;
    char since[40], most[24];
    if (!cli_past(c, "since", since, sizeof since, &e) || !cli_number(c, "limit", 1, 10000, &limit, &e))
        return cli_fail(c, &e);
    snprintf(most, sizeof most, "%" PRId64, limit);
    const char *params[] = {cli_value(c, "subject", NULL), cli_value(c, "actor", NULL), since[0] ? since : NULL, most};
    return session_list(c, "audit_log", params, 4, NULL, "nothing was done");
}

static int ends(struct cli *c)
{
    struct err e = {0};
    char until[40];
    if (!cli_past(c, "until", until, sizeof until, &e))
        return cli_fail(c, &e);
    const char *param = until[0] ? until : NULL;
    return session_list(c, "audit_ends", &param, 1, NULL, "both logs are empty");
}

int cmd_audit(struct cli *c)
{
    if (strcmp(c->command->name, "audit verify") == 0)
        return verify(c);
    return strcmp(c->command->name, "audit log") == 0 ? log_list(c) : ends(c);
}
