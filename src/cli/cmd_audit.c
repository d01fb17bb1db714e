/* audit verify|ends|log: whether the logs are whole, and what the log of control says. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "cli/session.h"
#include "loop/loop.h"

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

/* "3d" ago, or a date or an instant; as the server reads it. */
static bool read_instant(const struct cli *c, const char *option, char *out, size_t size, struct err *e)
{
    const char *text = cli_value(c, option, NULL);
    int64_t at, ms;
    out[0] = '\0';
    if (!text)
        return true;
    if (when_parse_duration(text, strlen(text), &ms))
        at = loop_wall() - ms;
    else if (!when_parse(text, strlen(text), &at, NULL))
        return err_set(e, ERR_USAGE, NULL, "--%s takes how long ago (3d, 12h) or a date (2026-11-21), not \"%s\"", option, text);
    when_format_utc(at, out, size);
    return true;
}

static int log_list(struct cli *c)
{
    struct err e = {0};
    int64_t limit = 100;
    char since[40], most[24];
    if (!read_instant(c, "since", since, sizeof since, &e) || !cli_number(c, "limit", 1, 10000, &limit, &e))
        return cli_fail(c, &e);
    snprintf(most, sizeof most, "%" PRId64, limit);
    const char *params[] = {cli_value(c, "subject", NULL), cli_value(c, "actor", NULL), since[0] ? since : NULL, most};
    return session_list(c, "audit_log", params, 4, NULL, "nothing was done");
}

static int ends(struct cli *c)
{
    struct err e = {0};
    char until[40];
    if (!read_instant(c, "until", until, sizeof until, &e))
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
