/* retention: how long what is kept, and letting go of what is past its time. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/when.h"
#include "cli/change.h"
#include "cli/print.h"
#include "cli/session.h"

static bool is(const struct cli *c, const char *name) { return strcmp(c->command->name, name) == 0; }

/* "400d", "400", or "always". */
static bool read_days(const char *text, char out[24], struct err *e)
{
    int64_t ms;
    size_t n = strlen(text);
    if (strcmp(text, "always") == 0) {
        out[0] = '\0';
        return true;
    }
    if (n > 0 && n < 7 && strspn(text, "0123456789") == n) {
        snprintf(out, 24, "%s", text);
        return true;
    }
    if (!when_parse_duration(text, n, &ms) || ms % (24 * WHEN_HOUR) || ms <= 0)
        return err_set(e, ERR_USAGE, NULL, "\"%.40s\" are no days such as 400d, nor \"always\"", text);
    snprintf(out, 24, "%" PRId64, ms / (24 * WHEN_HOUR));
    return true;
}

static int set(struct cli *c)
{
    struct err e = {0};
    char days[24], done[120];
    if (c->operand_count != 2)
        return cli_usage(c, "give a table and how long it is kept: doorstep retention set outreach 400d");
    if (!read_days(c->operands[1], days, &e))
        return cli_fail(c, &e);
    const char *params[] = {c->operands[0], days[0] ? days : NULL, cli_flag(c, "yes") ? "t" : "f"};
    if (days[0])
        snprintf(done, sizeof done, "%.40s is kept %s days", c->operands[0], days);
    else
        snprintf(done, sizeof done, "%.40s is kept for good", c->operands[0]);
    return change_one(c, NULL, "retention_set", params, 3, done);
}

enum { TABLES_MAX = 256 };
struct gone {
    char name[64], what[200];
    int64_t rows;
};

/* Adds what a batch did to the line of its table. */
static void add(struct gone *all, size_t *count, const struct table *t)
{
    for (size_t i = 0; i < t->rows; i++) {
        size_t k = 0;
        while (k < *count && strcmp(all[k].name, table_cell(t, i, 0)) != 0)
            k++;
        if (k == TABLES_MAX)
            continue;
        if (k == *count) {
            memset(&all[k], 0, sizeof all[k]);
            snprintf(all[k].name, sizeof all[k].name, "%s", table_cell(t, i, 0));
            snprintf(all[k].what, sizeof all[k].what, "%s", table_cell(t, i, 2));
            ++*count;
        }
        all[k].rows += strtoll(table_cell(t, i, 1), NULL, 10);
    }
}

static bool print(const struct gone *all, size_t count, enum format format, struct err *e)
{
    static const struct column columns[] = {{"table", COLUMN_TEXT, 10}, {"rows", COLUMN_NUMBER, 6}, {"what", COLUMN_TEXT, 10}};
    struct printer *p = print_begin(stdout, format, columns, 3);
    for (size_t i = 0; i < count; i++) {
        char rows[24];
        snprintf(rows, sizeof rows, "%" PRId64, all[i].rows);
        print_row(p, (const char *const[]){all[i].name, rows, all[i].what});
    }
    return print_end(p, e);
}

/* All there is, a batch at a time: nobody else waits for longer than one. */
static int run(struct cli *c)
{
    struct err e = {0};
    enum format format;
    struct gone *all = xcalloc(TABLES_MAX, sizeof *all);
    size_t count = 0;
    bool dry = cli_flag(c, "dry-run"), more = true;
    const char *params[] = {dry ? "t" : "f", NULL};
    bool ok = cli_format(c, &format, &e);
    struct db_sync *db = ok ? db_sync_open(c->dsn, &e) : NULL;
    for (ok = ok && db; ok && more;) {
        struct table t = {0};
        ok = db_sync_table(db, "retention_run", params, 2, &t, &e);
        more = ok && t.rows && !dry;
        if (ok)
            add(all, &count, &t);
        table_finish(&t);
    }
    db_sync_close(db);
    if (ok && count == 0 && format == FORMAT_TABLE)
        cli_say("nothing is past its time");
    else if (ok)
        ok = print(all, count, format, &e);
    free(all);
    return ok ? 0 : cli_fail(c, &e);
}

int cmd_retention(struct cli *c)
{
    static const int widths[] = {10, 5, 7, 6, 20, 0};
    if (is(c, "retention list"))
        return session_list(c, "retention_list", NULL, 0, widths, "nothing is kept");
    return is(c, "retention set") ? set(c) : run(c);
}
