/* help: the list of commands, or one command's options. */
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "cli/cli.h"

static void print_options(const struct cli_option *o)
{
    for (; o && o->name; o++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
        printf("  %-20s %s\n", left, o->help);
    }
}

static int one_command(const struct command *k)
{
    printf("doorstep %s%s%s: %s\n", k->name, *k->operands ? " " : "", k->operands, k->help);
    print_options(k->options);
    return 0;
}

static void all_commands(void)
{
    printf("doorstep [--dsn DSN] [--config FILE] [COMMAND …]\n\n"
           "Without a command: the dashboard. The database is libpq's default (PG* variables,\n"
           "service file, .pgpass) unless --dsn names one.\n\n");
    for (const struct command *k = commands; k->name; k++) {
        char left[64];
        snprintf(left, sizeof left, "%s%s%s", k->name, *k->operands ? " " : "", k->operands);
        int width = (int)utf8_width(left, strlen(left));
        printf("  %s%*s %s\n", left, width < 24 ? 24 - width : 0, "", k->help);
    }
    printf("\n`doorstep help COMMAND` tells a command's options. Exit status: 0 done, 1 some items refused,\n"
           "64 usage, 65 bad input, 69 unreachable, 70 bug, 74 I/O, 75 try again, 77 refused, 78 configuration.\n");
}

int cmd_help(struct cli *c)
{
    if (c->command && strcmp(c->command->name, "help") != 0)
        return one_command(c->command);
    if (c->operand_count == 0) {
        all_commands();
        return 0;
    }
    char name[64];
    snprintf(name, sizeof name, "%s%s%s", c->operands[0], c->operand_count > 1 ? " " : "",
             c->operand_count > 1 ? c->operands[1] : "");
    size_t n = strlen(name);
    int found = 0;
    for (const struct command *k = commands; k->name; k++)
        if (strncmp(k->name, name, n) == 0 && (!k->name[n] || k->name[n] == ' ')) {
            one_command(k);
            found++;
        }
    return found ? 0 : cli_usage(c, "there is no command \"%s\"", name);
}
