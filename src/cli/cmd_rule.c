/* rule: what happens by itself, kept, tried on what happened, switched on and off. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "cli/ask.h"
#include "cli/change.h"
#include "cli/print.h"
#include "cli/session.h"
#include "core/request.h"
#include "core/rule.h"

enum { DAYS_MOST = 365, FIRINGS_MOST = 10000, HOUR_MOST = 100000, EXCEPTION_MOST = 1000, AGE_MOST = 720 };

static bool is(const struct cli *c, const char *name) { return strcmp(c->command->name, name) == 0; }

static int save(struct cli *c)
{
    struct err e = {0};
    struct rule r;
    if (c->operand_count != 2)
        return cli_usage(c, "give a name and the rule as one text: rule save gold-late 'when kind:late_promise tier:gold on opened do severity high'");
    if (!rule_name_ok(c->operands[0]))
        return cli_usage(c, "\"%.60s\" is no name of a rule: use up to 40 small letters, digits and -, beginning with a letter", c->operands[0]);
    if (!rule_parse(c->operands[1], &r, NULL, &e))
        return cli_fail(c, &e);
    char *spec = rule_spec(&r);
    const char *params[] = {c->operands[0], spec};
    int status = change_one(c, NULL, "rule_save", params, 2, "saved");
    free(spec);
    rule_finish(&r);
    return status;
}

/* {"gold-late","4"}: quoted, so that no name is more than one. */
static char *names(const struct cli *c)
{
    struct buf b;
    buf_init(&b, 0);
    buf_putc(&b, '{');
    for (int i = 0; i < c->operand_count; i++) {
        buf_puts(&b, i ? ",\"" : "\"");
        for (const char *s = c->operands[i]; *s; s++)
            buf_printf(&b, "%s%c", *s == '"' || *s == '\\' ? "\\" : "", *s);
        buf_putc(&b, '"');
    }
    buf_putc(&b, '}');
    return buf_take(&b);
}

static const char *number_or_null(const struct cli *c, const char *option, int64_t most, char out[24], struct err *e)
{
    int64_t n = 0;
    if (!cli_value(c, option, NULL) || !cli_number(c, option, 1, most, &n, e))
        return NULL;
    snprintf(out, 24, "%" PRId64, n);
    return out;
}

static int change(struct cli *c)
{
    static const struct { const char *command, *query; int params; } acts[] = {
        {"rule enable", "rule_enable", 4}, {"rule disable", "rule_disable", 1}, {"rule delete", "rule_delete", 1},
    };
    struct err e = {0};
    char percent[24], version[24], hour[24];
    if (c->operand_count != 1)
        return cli_usage(c, "give one rule's name; `doorstep rule list` shows them");
    char *one = names(c);
    const char *params[] = {one, number_or_null(c, "percent", 100, percent, &e), number_or_null(c, "version", INT32_MAX, version, &e),
                            number_or_null(c, "per-hour", HOUR_MOST, hour, &e)};
    int status = 0;
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
        if (is(c, acts[i].command))
            status = e.code ? cli_fail(c, &e) : change_one(c, NULL, acts[i].query, params, acts[i].params, "done");
    free(one);
    return status;
}

/* The text of a rule that is kept, by its name; heap. */
static char *text_of(struct db_sync *db, const char *name, struct err *e)
{
    struct table t = {0};
    char *text = NULL;
    if (!db_sync_table(db, "rule_list", &name, 1, &t, e))
        return NULL;
    if (t.rows)
        text = xstrdup(table_cell(&t, 0, table_column(&t, "text")));
    else
        err_set(e, ERR_INPUT, NULL, "there is no rule \"%.60s\"; `doorstep rule list` shows them", name);
    table_finish(&t);
    return text;
}

/* {"lost":3,"held":1} as "lost 3, held 1" and [16,15] as "#16 #15": names of kinds, carriers and guardrails have no marks in them. Heap. */
static char *listed(const char *json)
{
    const bool ids = json[0] == '[';
    struct buf b;
    buf_init(&b, 0);
    for (const char *s = json; *s; s++)
        if (*s == ',')
            buf_puts(&b, ids ? " #" : ", ");
        else if (*s == ':')
            buf_putc(&b, ' ');
        else if (*s == '[' && s[1] != ']')
            buf_putc(&b, '#');
        else if (!strchr("{}[]\"", *s))
            buf_putc(&b, *s);
    if (!b.len)
        buf_puts(&b, "none");
    return buf_take(&b);
}

/* A line for each thing that was counted: side by side they are wider than any terminal. */
static bool print_counts(const struct table *t, struct err *e)
{
    static const struct column columns[] = {{"what", COLUMN_TEXT, 1}, {"how_many", COLUMN_TEXT, 1}};
    struct printer *p = print_begin(stdout, FORMAT_TABLE, columns, 2);
    for (size_t i = 0; i < t->columns; i++) {
        if (strcmp(t->names[i], "says") == 0)
            continue;              /* a sentence of its own, below */
        char name[40];
        snprintf(name, sizeof name, "%s", t->names[i]);
        for (char *s = name; *s; s++)
            *s = *s == '_' ? ' ' : *s;
        const char *cell = table_cell(t, 0, i);
        char *text = t->types[i] == 'j' ? listed(cell) : xstrdup(cell);
        const char *row[] = {name, text};
        print_row(p, row);
        free(text);
    }
    return print_end(p, e);
}

static bool print_test(const struct reply *r, enum format format, struct err *e)
{
    const struct table *t = &r->table;
    bool ok = format == FORMAT_TABLE ? print_counts(t, e) : session_print(t, format, NULL, e);
    if (ok && format == FORMAT_TABLE)
        cli_say("%s", table_cell(t, 0, table_column(t, "says")));
    return ok;
}

/* A rule's text, or the name of one that is kept. */
static bool try_it(struct cli *c, struct db_sync *db, enum format format, int64_t days, struct err *e)
{
    const char *given = c->operands[0];
    char *text = strpbrk(given, " \t:") ? xstrdup(given) : text_of(db, given, e);
    struct rule r;
    bool ok = text && rule_parse(text, &r, NULL, e);
    free(text);
    if (!ok)
        return false;
    struct request q = {0};
    struct reply reply = {.kind = REQ_RULE_TEST};
    rule_ask_test(&r, (int)days, &q);
    rule_finish(&r);
    ok = db_sync_ask(db, &q, &reply, e) && print_test(&reply, format, e);
    reply_finish(&reply);
    return ok;
}

static int test(struct cli *c)
{
    struct err e = {0};
    enum format format;
    int64_t days = 7;
    if (c->operand_count != 1)
        return cli_usage(c, "give a rule's name, or a rule as one text");
    if (!cli_format(c, &format, &e) || !cli_number(c, "days", 1, DAYS_MOST, &days, &e))
        return cli_fail(c, &e);
    struct db_sync *db = db_sync_open(c->dsn, &e);
    bool ok = db && try_it(c, db, format, days, &e);
    db_sync_close(db);
    return ok ? 0 : cli_fail(c, &e);
}

static int history(struct cli *c)
{
    struct err e = {0};
    int64_t limit = 100;
    char most[24];
    if (c->operand_count != 1)
        return cli_usage(c, "give one rule's name; `doorstep rule list` shows them");
    if (!cli_number(c, "limit", 1, FIRINGS_MOST, &limit, &e))
        return cli_fail(c, &e);
    snprintf(most, sizeof most, "%" PRId64, limit);
    const char *params[] = {c->operands[0], most};
    return cli_flag(c, "versions") ? session_list(c, "rule_versions", params, 1, NULL, "no versions of that rule")
                                   : session_list(c, "rule_firings", params, 2, NULL, "it has done nothing yet");
}

/* Shown; with an option changed. */
static int limits(struct cli *c)
{
    struct err e = {0};
    char hour[24], exception[24], age[24];
    const char *params[] = {number_or_null(c, "per-hour", HOUR_MOST, hour, &e), number_or_null(c, "per-exception", EXCEPTION_MOST, exception, &e),
                            number_or_null(c, "event-hours", AGE_MOST, age, &e)};
    if (e.code)
        return cli_fail(c, &e);
    if (c->operand_count)
        return cli_usage(c, "say what to change by an option, such as --per-hour 200");
    return params[0] || params[1] || params[2] ? change_one(c, NULL, "rule_limits_set", params, 3, "saved")
                                               : session_list(c, "rule_limits", NULL, 0, NULL, "no limits");
}

static int release(struct cli *c)
{
    struct err e = {0};
    int64_t *ids = NULL;
    size_t count = 0;
    if (!change_numbers(c, 0, "exception", "queue", &ids, &count, &e))
        return cli_fail(c, &e);
    int status = change_many(c, NULL, "rule_release", ids, count, NULL, 0, "released");
    free(ids);
    return status;
}

int cmd_rule(struct cli *c)
{
    static const int widths[] = {2, 12, 2, 3, 30, 2, 5, 5, 4, 16, 8, 0, 7, 20, 0, 0, 0};
    const char *all = NULL;
    if (is(c, "rule list"))
        return session_list(c, "rule_list", &all, 1, widths, "no rules; `doorstep rule save` keeps one");
    if (is(c, "rule stop") || is(c, "rule go"))
        return change_one(c, NULL, is(c, "rule stop") ? "rule_stop" : "rule_go", NULL, 0, "done");
    if (is(c, "rule show") && c->operand_count == 1)
        return session_list(c, "rule_list", (const char *const *)c->operands, 1, widths, "there is no such rule; `doorstep rule list` shows them");
    if (is(c, "rule limits"))
        return limits(c);
    if (is(c, "rule release"))
        return release(c);
    if (is(c, "rule save"))
        return save(c);
    if (is(c, "rule test"))
        return test(c);
    return is(c, "rule history") ? history(c) : change(c);
}
