/* macro: one key for a message and what becomes of the exception with it. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/when.h"
#include "cli/change.h"
#include "cli/session.h"

static bool is(const struct cli *c, const char *name) { return strcmp(c->command->name, name) == 0; }

/* --for as minutes in *out; "" when it is not given. */
static bool read_minutes(const struct cli *c, char out[24], struct err *e)
{
    const char *text = cli_value(c, "for", NULL);
    int64_t ms;
    out[0] = '\0';
    if (!text)
        return true;
    if (!when_parse_duration(text, strlen(text), &ms) || ms < WHEN_MINUTE)
        return err_set(e, ERR_USAGE, "--for", "\"%.40s\" is no time such as 90m, 4h, 2d", text);
    snprintf(out, 24, "%" PRId64, ms / WHEN_MINUTE);
    return true;
}

static int save(struct cli *c)
{
    struct err e = {0};
    char minutes[24];
    struct buf json;
    if (!read_minutes(c, minutes, &e))
        return cli_fail(c, &e);
    buf_init(&json, 0);
    buf_putc(&json, '{');
    change_text(&json, "name", c->operands[0]);
    change_text(&json, "title", cli_value(c, "title", c->operands[0]));
    change_text(&json, "template", cli_value(c, "template", NULL));
    change_text(&json, "channel", cli_value(c, "channel", NULL));
    change_text(&json, "then", cli_value(c, "then", NULL));
    change_raw(&json, "for_minutes", *minutes ? minutes : NULL);
    change_raw(&json, "next_scan", cli_flag(c, "next-scan") ? "true" : "false");
    change_text(&json, "resolution", cli_value(c, "code", NULL));
    change_text(&json, "tag", cli_value(c, "tag", NULL));
    change_raw(&json, "shared", cli_flag(c, "shared") ? "true" : "false");
    buf_putc(&json, '}');
    const char *params[] = {buf_str(&json)};
    int status = change_one(c, NULL, "macro_save", params, 1, "saved");
    buf_finish(&json);
    return status;
}

/* Whether it sends a message: then `send` is what runs it. */
static bool sends_nothing(struct db_sync *db, const char *name, struct err *e)
{
    struct table t = {0};
    if (!db_sync_table(db, "macro_find", &name, 1, &t, e))
        return false;
    bool found = t.rows > 0, sends = found && t.cells[0];
    table_finish(&t);
    if (!found)
        return err_set(e, ERR_INPUT, NULL, "there is no macro \"%s\"; `doorstep macro list` shows them", name);
    return !sends || err_set(e, ERR_USAGE, NULL, "\"%s\" sends a message: use `doorstep send --macro %s`, which shows it first", name, name);
}

static int run(struct cli *c)
{
    struct err e = {0};
    struct chosen about = {0};
    const char *name = c->operands[0];
    c->operands++;             /* the rest are exceptions */
    c->operand_count--;
    struct db_sync *db = db_sync_open(c->dsn, &e);
    int status;
    if (db && sends_nothing(db, name, &e) && session_chosen(c, db, &about, &e))
        status = change_many(c, db, "macro_run", about.ids, about.count, &name, 1, "done with");
    else
        status = cli_fail(c, &e);
    free(about.ids);
    db_sync_close(db);
    return status;
}

int cmd_macro(struct cli *c)
{
    if (is(c, "macro list"))
        return session_list(c, "macro_list", NULL, 0, NULL, "no macros; `doorstep macro save` keeps one");
    if (c->operand_count == 0 || (c->operand_count > 1 && !is(c, "macro run")))
        return cli_usage(c, "give the macro's name");
    if (is(c, "macro save"))
        return save(c);
    if (is(c, "macro run"))
        return run(c);
    return change_one(c, NULL, "macro_delete", (const char *const *)c->operands, 1, "deleted");
}
