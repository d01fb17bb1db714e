/* hold: messages that stay back for a time: an outage, a wrong template. */
#include "cli/commands.h"

#include <stdlib.h>
#include <string.h>

#include "cli/change.h"
#include "cli/session.h"
#include "core/kind.h"

static bool is(const struct cli *c, const char *name) { return strcmp(c->command->name, name) == 0; }

static int set(struct cli *c)
{
    const char *kind = cli_value(c, "kind", NULL), *reason = cli_value(c, "reason", NULL);
    enum kind ignored;
    if (!reason)
        return cli_usage(c, "why are they held? --reason TEXT: whoever wants to send reads it");
    if (kind && !kind_parse(kind, strlen(kind), &ignored))
        return cli_usage(c, "--kind: \"%s\" is no kind of exception", kind);
    const char *params[] = {cli_value(c, "brand", NULL), cli_value(c, "carrier", NULL), cli_value(c, "region", NULL), kind, reason};
    return change_one(c, NULL, "hold_set", params, 5, "messages are held; `doorstep hold list` shows which, `doorstep hold end` lets them go");
}

int cmd_hold(struct cli *c)
{
    struct err e = {0};
    int64_t *ids = NULL;
    size_t count = 0;
    if (is(c, "hold list"))
        return session_list(c, "hold_list", NULL, 0, NULL, "nothing is held");
    if (is(c, "hold set"))
        return set(c);
    if (!change_numbers(c, 0, "hold", "hold list", &ids, &count, &e))
        return cli_fail(c, &e);
    free(ids);
    if (count != 1)
        return cli_usage(c, "give one hold's number");
    return change_one(c, NULL, "hold_end", (const char *const *)c->operands, 1, "ended; what waited goes out");
}
