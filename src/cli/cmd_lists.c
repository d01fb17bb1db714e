/* The commands that list or change small things: views, people, keymaps. */
#include "cli/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/keymap.h"
#include "base/buf.h"
#include "base/die.h"
#include "cli/session.h"
#include "run/file.h"
#include "run/random.h"

static bool is(const struct cli *c, const char *name) { return strcmp(c->command->name, name) == 0; }

/* Sends a request that only succeeds or fails, and says `done`. */
static int change(struct cli *c, struct request *ask, const char *done)
{
    struct err e = {0};
    struct reply answer = {0};
    struct db_sync *db = db_sync_open(c->dsn, &e);
    bool ok = db && db_sync_ask(db, ask, &answer, &e);
    if (ok)
        cli_say("%s", done);
    request_finish(ask);
    reply_finish(&answer);
    db_sync_close(db);
    return ok ? 0 : cli_fail(c, &e);
}

static int view_save(struct cli *c)
{
    struct err e = {0};
    int64_t key = 0;
    const char *filter = cli_value(c, "filter", "");
    struct filter parsed;
    if (!cli_number(c, "key", 1, 9, &key, &e) || !filter_parse(filter, &parsed, NULL, &e))
        return cli_fail(c, &e);
    filter_finish(&parsed);
    struct request ask = {.kind = REQ_VIEW_SAVE, .name = xstrdup(c->operands[0]), .filter = xstrdup(filter),
                          .position = (int)key, .shared = cli_flag(c, "shared")};
    random_key(ask.key);
    return change(c, &ask, "saved");
}

int cmd_view(struct cli *c)
{
    if (is(c, "view list"))
        return session_list(c, "view_list", NULL, 0, NULL, "no views");
    if (c->operand_count != 1)
        return cli_usage(c, "give the view's name, in quotes when it has blanks");
    if (is(c, "view save"))
        return view_save(c);
    struct request ask = {.kind = REQ_VIEW_DELETE, .name = xstrdup(c->operands[0])};
    random_key(ask.key);
    return change(c, &ask, "deleted");
}

/* The brands as an array literal for SQL; NULL when none was given (all brands). */
static char *brand_array(const struct cli *c)
{
    struct buf b;
    buf_init(&b, 4096);
    for (int i = 0; i < c->given_count; i++) {
        if (strcmp(c->given[i]->name, "brand") != 0)
            continue;
        buf_puts(&b, b.len ? ",\"" : "{\"");
        for (const char *s = c->values[i]; *s; s++) {
            if (*s == '"' || *s == '\\')
                buf_putc(&b, '\\');
            buf_putc(&b, *s);
        }
        buf_putc(&b, '"');
    }
    if (!b.len) {
        buf_finish(&b);
        return NULL;
    }
    buf_putc(&b, '}');
    return buf_take(&b);
}

int cmd_user(struct cli *c)
{
    if (is(c, "user list"))
        return session_list(c, "user_list", NULL, 0, NULL, "nobody yet; `doorstep user add` lets people in");
    bool add = is(c, "user add");
    if (c->operand_count != 1)
        return cli_usage(c, "give one role name");
    const char *level = cli_value(c, "level", add ? "agent" : NULL);
    char *brands = cli_flag(c, "all-brands") ? xstrdup("{}") : brand_array(c);
    const char *grant[] = {c->operands[0], level, brands};
    const char *adding[] = {c->operands[0], level, cli_value(c, "name", NULL), brands};
    struct err e = {0};
    struct table t = {0};
    struct db_sync *db = NULL;
    bool ok = add || level || brands || err_set(&e, ERR_USAGE, NULL, "change what? give --level, --brand or --all-brands");
    ok = ok && (db = db_sync_open(c->dsn, &e)) &&
         db_sync_table(db, add ? "user_add" : "user_grant", add ? adding : grant, add ? 4 : 3, &t, &e);
    if (ok && t.rows && t.cells[0])
        cli_say("%s", t.cells[0]);
    table_finish(&t);
    db_sync_close(db);
    free(brands);
    return ok ? 0 : cli_fail(c, &e);
}

static void say_keymap_error(void *ctx, const struct err *e)
{
    (void)ctx;
    cli_say("%s: %s", e->where, e->text);
}

int cmd_keymap(struct cli *c)
{
    struct err e = {0};
    if (is(c, "keymap show")) {
        size_t size = 0;
        const char *name = c->operand_count ? c->operands[0] : "default";
        const char *text = keymap_builtin(name, &size);
        if (!text)
            return cli_usage(c, "there is no built-in keymap \"%s\": default, vim, emacs", name);
        fwrite(text, 1, size, stdout);
        return 0;
    }
    if (c->operand_count != 1)
        return cli_usage(c, "give one keymap file");
    struct buf text;
    if (!file_read(c->operands[0], 1 << 20, &text, &e))
        return cli_fail(c, &e);
    struct keymap m;
    keymap_init(&m);
    size_t errors = keymap_read(&m, c->operands[0], buf_str(&text), text.len, say_keymap_error, NULL);
    cli_say("%s: %zu binding%s, %zu error%s", c->operands[0], m.count, m.count == 1 ? "" : "s", errors, errors == 1 ? "" : "s");
    keymap_finish(&m);
    buf_finish(&text);
    return errors ? err_exit_status(ERR_INPUT) : 0;
}
