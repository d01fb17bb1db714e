/* playbook list|show|set: the steps that settle a kind of exception. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "cli/change.h"
#include "cli/input.h"
#include "cli/session.h"
#include "core/kind.h"
#include "core/playbook.h"

enum { MOST_BYTES = 65536 };

static int show(struct cli *c)
{
    static const int of_kind[] = {4, 9, 16, 6, 6, 16, 1}, of_one[] = {4, 6, 20, 6, 9, 16, 1, 1};
    struct err e = {0};
    enum kind kind;
    int64_t id, version = 0;
    char number[24];
    if (c->operand_count != 1)
        return cli_usage(c, "give a kind, or an exception's number");
    const char *what = c->operands[0];
    if (!cli_number(c, "version", 1, INT32_MAX, &version, &e))
        return cli_fail(c, &e);
    if (kind_parse(what, strlen(what), &kind)) {
        snprintf(number, sizeof number, "%" PRId64, version);
        const char *params[] = {what, version ? number : NULL};
        return session_list(c, "playbook_show", params, 2, of_kind, "there is no such version");
    }
    if (!session_id(what, &id, &e))
        return cli_usage(c, "that is no kind of exception, and no exception's number; `doorstep playbook list` has the kinds");
    snprintf(number, sizeof number, "%" PRId64, id);
    const char *params[] = {number};
    return session_list(c, "playbook_steps", params, 1, of_one, "there is no such exception, or it belongs to a brand you do not see");
}

static int set(struct cli *c)
{
    struct err e = {0};
    struct buf text;
    enum kind kind;
    if (c->operand_count != 2)
        return cli_usage(c, "give a kind and the file with its steps, - for standard input");
    if (!kind_parse(c->operands[0], strlen(c->operands[0]), &kind))
        return cli_usage(c, "the first word is no kind of exception; `doorstep playbook list` has them");
    bool ok = cli_read(c->operands[1], MOST_BYTES, &text, &e) && (playbook_steps_read(buf_str(&text), text.len, &e) || err_at(&e, "%s", cli_input_name(c->operands[1])));
    const char *params[] = {c->operands[0], ok ? buf_str(&text) : NULL};
    int status = ok ? change_one(c, NULL, "playbook_set", params, 2, "kept") : cli_fail(c, &e);
    buf_finish(&text);
    return status;
}

int cmd_playbook(struct cli *c)
{
    if (strcmp(c->command->name, "playbook show") == 0)
        return show(c);
    if (strcmp(c->command->name, "playbook set") == 0)
        return set(c);
    return session_list(c, "playbook_list", NULL, 0, NULL, "there are no playbooks");
}
