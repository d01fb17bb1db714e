/* doorstep template lint: everything wrong with message template files, without a database. */
#include "cli/commands.h"

#include "cli/cli.h"
#include "cli/input.h"
#include "core/template.h"

enum { TEMPLATE_MOST = 1 << 20 };

static void say_problem(void *ctx, const struct err *e)
{
    (void)ctx;
    cli_say("%s: %s", e->where, e->text);
}

int cmd_template_lint(struct cli *c)
{
    size_t problems = 0;
    bool unread = false;
    if (c->operand_count == 0)
        return cli_usage(c, "which files?");
    for (int i = 0; i < c->operand_count; i++) {
        struct err e = {0};
        struct buf text;
        if (!cli_read(c->operands[i], TEMPLATE_MOST, &text, &e)) {
            say_problem(NULL, &e);
            unread = unread || e.code == ERR_IO;
            problems++;
            continue;
        }
        problems += template_check(cli_input_name(c->operands[i]), buf_str(&text), text.len, say_problem, NULL);
        buf_finish(&text);
    }
    cli_say("%d template%s, %zu problem%s", c->operand_count, c->operand_count == 1 ? "" : "s", problems, problems == 1 ? "" : "s");
    return unread ? err_exit_status(ERR_IO) : problems ? err_exit_status(ERR_INPUT) : 0;
}
