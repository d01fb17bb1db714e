/* Bringing a database to this program's schema. */
#include "cli/commands.h"

#include <stdio.h>

#include "cli/cli.h"
#include "db/migrate.h"

static void version_text(int version, char *out, size_t size)
{
    if (version == DB_SCHEMA_VERSION_NONE)
        snprintf(out, size, "no schema");
    else
        snprintf(out, size, "version %d", version);
}

int cmd_migrate(struct cli *c)
{
    struct err e = {0};
    struct migrate_result done = {0};
    char from[32], to[32];
    bool check = cli_flag(c, "check");
    if (!db_migrate(c->dsn, check, &done, &e))
        return cli_fail(c, &e);
    version_text(done.from, from, sizeof from);
    version_text(check ? db_schema_wanted() : done.to, to, sizeof to);
    if (check && done.from != db_schema_wanted()) {
        printf("the database has %s, this program needs %s: run doorstep migrate\n", from, to);
        return err_exit_status(ERR_CONFIG);
    }
    if (check || done.applied == 0)
        printf("the database has %s: nothing to do\n", from);
    else
        printf("%s -> %s: %d migration%s applied\n", from, to, done.applied, done.applied == 1 ? "" : "s");
    return 0;
}
