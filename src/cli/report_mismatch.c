/* report mismatch: what the truth audit found of messages sent, and not sent. duty: which messages are due, and when. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "cli/change.h"
#include "cli/session.h"
#include "core/kind.h"
#include "loop/loop.h"

struct period { char from[40], to[40]; };

static bool read_day(const struct cli *c, const char *option, char *out, size_t size, struct err *e)
{
    const char *text = cli_value(c, option, NULL);
    int64_t at;
    if (!text)
        return true;
    if (!when_parse(text, strlen(text), &at, NULL))
        return err_set(e, ERR_USAGE, NULL, "--%s takes a date (2026-11-21) or an instant, not \"%.40s\"", option, text);
    when_format_utc(at, out, size);
    return true;
}

/* --from and --to, or the last --days (7). */
static bool read_period(const struct cli *c, struct period *p, struct err *e)
{
    int64_t days = 7;
    *p = (struct period){.from = ""};
    if (cli_value(c, "days", NULL) && (cli_value(c, "from", NULL) || cli_value(c, "to", NULL)))
        return err_set(e, ERR_USAGE, NULL, "give --days, or --from and --to");
    if (!cli_number(c, "days", 1, 36500, &days, e) || !read_day(c, "from", p->from, sizeof p->from, e) || !read_day(c, "to", p->to, sizeof p->to, e))
        return false;
    if (!p->from[0] && !p->to[0])
        when_format_utc(loop_wall() - days * WHEN_DAY, p->from, sizeof p->from);
    if (p->from[0] && p->to[0] && strcmp(p->from, p->to) >= 0)
        return err_set(e, ERR_USAGE, NULL, "--from is not before --to: nothing lies between them");
    return true;
}

static bool check_words(const struct cli *c, struct err *e)
{
    static const char *const findings[] = {"contradicted", "late", "missing", "repeated"};
    const char *finding = cli_value(c, "finding", NULL), *kind = cli_value(c, "kind", NULL);
    enum kind ignored;
    bool known = !finding;
    for (size_t i = 0; finding && i < sizeof findings / sizeof *findings; i++)
        known = known || strcmp(findings[i], finding) == 0;
    if (!known)
        return err_set(e, ERR_USAGE, "--finding", "\"%.40s\" is none of contradicted, late, missing, repeated", finding);
    return !kind || kind_parse(kind, strlen(kind), &ignored) || err_set(e, ERR_USAGE, "--kind", "\"%.40s\" is no kind of exception", kind);
}

int report_mismatch(struct cli *c)
{
    static const int widths[] = {0, 20, 12, 6, 9, 8, 0, 8, 18, 16, 0, 8, 0, 1};
    struct err e = {0};
    struct period p;
    int64_t limit = 100;
    char most[24];
    const char *finding = cli_value(c, "finding", NULL), *kind = cli_value(c, "kind", NULL), *carrier = cli_value(c, "carrier", NULL);
    if (c->operand_count)
        return cli_usage(c, "`doorstep report mismatch` takes options only");
    if (!check_words(c, &e) || !read_period(c, &p, &e) || !cli_number(c, "limit", 1, 10000, &limit, &e))
        return cli_fail(c, &e);
    snprintf(most, sizeof most, "%" PRId64, limit);
    const char *from = p.from[0] ? p.from : NULL, *to = p.to[0] ? p.to : NULL;
    const char *totals[] = {from, to, kind, carrier}, *list[] = {from, to, finding, kind, carrier, most};
    if (cli_flag(c, "totals") && finding)
        return cli_usage(c, "--totals adds up every finding: leave --finding out");
    struct cli reads = *c;     /* a replica will do */
    reads.dsn = session_report_dsn(c);
    if (cli_flag(c, "totals"))
        return session_list(&reads, "mismatch_totals", totals, 4, NULL, "nothing was found");
    return session_list(&reads, "mismatch_list", list, 6, widths, "nothing was found: what was said was true and in time, as far as the worker has looked");
}

int cmd_duty(struct cli *c)
{
    if (strcmp(c->command->name, "duty list") == 0)
        return session_list(c, "message_duty_list", NULL, 0, NULL, "no message is due");
    char *end = NULL;
    enum kind kind;
    if (c->operand_count != 2)
        return cli_usage(c, "give a kind and the hours within which customers are told, or none: `doorstep duty set lost 8`");
    if (!kind_parse(c->operands[0], strlen(c->operands[0]), &kind))
        return cli_usage(c, "the first word is no kind of exception; `doorstep duty list` has them");
    bool none = strcmp(c->operands[1], "none") == 0;
    long hours = strtol(c->operands[1], &end, 10);
    if (!none && (end == c->operands[1] || *end || hours < 1 || hours > 720))
        return cli_usage(c, "hours are 1 to 720, or none");
    const char *params[] = {c->operands[0], none ? NULL : c->operands[1]};
    return change_one(c, NULL, "message_duty_set", params, 2, "kept; what falls due from now on goes by it");
}
