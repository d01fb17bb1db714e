#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/utf8.h"
#include "base/when.h"
#include "base/wipe.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "loop/loop.h"
#include "run/config.h"

#define GIVEN_MAX (int)(sizeof((struct cli *)0)->given / sizeof((struct cli *)0)->given[0])

const struct cli_option cli_globals[] = {
    {"dsn", "DSN", "the database: a libpq connection string (default: PG* variables, service file)", false},
    {"config", "FILE", "configuration (default: doorstep/config in the XDG config folder)", false},
    {"read-only", NULL, "look on: change nothing, tell nobody what is looked at (also DOORSTEP_READ_ONLY=1)", false},
    {"record", "FILE", "dashboard: write what happens to a new file, to be played by `doorstep replay FILE`; names, numbers and texts are masked in it", false},
    {"record-full", "FILE", "the same with everything that was on the screen: keep that file as customers' data are kept", false},
    {"help", NULL, "this text, or a command's own", false},
    {"version", NULL, "the version", false},
    {NULL, NULL, NULL, false},
};

/* Known for every command: --help. */
static const struct cli_option help_option = {"help", NULL, "this text", false};

static void say_clean(FILE *out, const char *text)
{
    char line[2048];
    utf8_clean(text, strlen(text), line, sizeof line, UTF8_ONE_LINE);
    fprintf(out, "%s\n", line);
}

void cli_say(const char *fmt, ...)
{
    char text[2048];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    say_clean(stderr, text);
}

int cli_fail(const struct cli *c, const struct err *e)
{
    char line[sizeof e->where + sizeof e->text + 4];
    err_line(e, line, sizeof line);
    cli_say("doorstep%s%s: %s", c->command ? " " : "", c->command ? c->command->name : "", line);
    return err_exit_status(e->code);
}

int cli_usage(const struct cli *c, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    const char *name = c->command ? c->command->name : "";
    cli_say("doorstep%s%s: %s", *name ? " " : "", name, text);
    if (c->command)
        cli_say("usage: doorstep [--dsn DSN] [--config FILE] %s%s%s%s", name, c->command->options ? " [OPTIONS]" : "",
                *c->command->operands ? " " : "", c->command->operands);
    else
        cli_say("usage: doorstep [--dsn DSN] [--config FILE] [COMMAND …]; `doorstep help` lists the commands");
    return err_exit_status(ERR_USAGE);
}

static const struct cli_option *option_in(const struct cli_option *table, const char *name, size_t n)
{
    for (; table && table->name; table++)
        if (strlen(table->name) == n && memcmp(table->name, name, n) == 0)
            return table;
    return NULL;
}

/* What people type, or paste, goes to the database or a screen, unless it names a file; it is made inert where it stands. */
static int check_text(const struct cli *c, const char *kind, const char *option, char *text)
{
    struct err e = {0};
    char where[40] = "";
    size_t n = strlen(text);
    if (strstr(kind, "FILE") || strstr(kind, "DIR") || !n)
        return 0;
    if (utf8_valid(text, n)) {
        if (strcmp(kind, "DSN") == 0)
            return 0;      /* a password may have anything in it */
        char *clean = xcalloc(n + 1, 1);
        n = utf8_clean(text, n, clean, n + 1, UTF8_KEEP_NEWLINES);
        memcpy(text, clean, n + 1);
        free(clean);
        return 0;
    }
    if (option)
        snprintf(where, sizeof where, "--%s", option);
    err_set(&e, ERR_INPUT, where, "\"%s\" is not UTF-8; set the terminal, or convert the text, to UTF-8", text);
    return cli_fail(c, &e);
}

/* Reads one "--name", "--name=value" or "--name value" at argv[*i]; 0 or an exit status. */
static int read_option(struct cli *c, const struct cli_option *table, char **argv, int argc, int *i)
{
    static char nothing[] = "";
    char *name = argv[*i] + 2, *value = nothing;
    size_t n = strcspn(name, "=");
    const struct cli_option *o = option_in(table, name, n);
    if (!o && strcmp(name, "help") == 0)
        o = &help_option;
    if (!o)
        return cli_usage(c, "there is no option --%.*s", (int)n, name);
    if (c->given_count == GIVEN_MAX)
        return cli_usage(c, "more than %d options", GIVEN_MAX);
    for (int k = 0; k < c->given_count && !o->many; k++)
        if (c->given[k] == o)
            return cli_usage(c, "--%s is given twice", o->name);
    if (!o->value && name[n] == '=')
        return cli_usage(c, "--%s takes no value", o->name);
    if (o->value && name[n] == '=')
        value = name + n + 1;
    else if (o->value && *i + 1 < argc)
        value = argv[++*i];
    else if (o->value)
        return cli_usage(c, "--%s needs a value: --%s %s", o->name, o->name, o->value);
    c->given[c->given_count] = o;
    c->values[c->given_count++] = value;
    return o->value ? check_text(c, o->value, o->name, value) : 0;
}

/* Finds the command at argv[0], two words first; *used is how many words it took. */
static const struct command *command_at(char **argv, int argc, int *used)
{
    char two[64];
    if (argc > 1) {
        snprintf(two, sizeof two, "%s %s", argv[0], argv[1]);
        for (const struct command *k = commands; k->name; k++)
            if (strcmp(k->name, two) == 0) {
                *used = 2;
                return k;
            }
    }
    for (const struct command *k = commands; k->name; k++)
        if (strcmp(k->name, argv[0]) == 0) {
            *used = 1;
            return k;
        }
    return NULL;
}

static int unknown_command(struct cli *c, char **argv)
{
    struct buf subs;
    buf_init(&subs, 256);
    size_t n = strlen(argv[0]);
    for (const struct command *k = commands; k->name; k++)
        if (strncmp(k->name, argv[0], n) == 0 && k->name[n] == ' ')
            buf_printf(&subs, "%s%s", subs.len ? ", " : "", k->name);
    int status = subs.len ? cli_usage(c, "\"%s\" needs a second word: %s", argv[0], buf_str(&subs))
                          : cli_usage(c, "there is no command \"%s\"", argv[0]);
    buf_finish(&subs);
    return status;
}

/* Options and operands of the command itself; "--" ends the options. */
static int read_command_line(struct cli *c, char **argv, int argc)
{
    c->operands = argv;
    bool options = true;
    for (int i = 0; i < argc; i++) {
        if (options && strcmp(argv[i], "--") == 0) {
            options = false;
        } else if (options && strncmp(argv[i], "--", 2) == 0) {
            int status = read_option(c, c->command->options, argv, argc, &i);
            if (status)
                return status;
        } else if (options && argv[i][0] == '-' && argv[i][1] && !c->command->operands[0]) {
            return cli_usage(c, "there is no option %s", argv[i]);
        } else if (!c->command->operands[0]) {
            return cli_usage(c, "it takes no operand: \"%s\"", argv[i]);
        } else {
            int status = check_text(c, c->command->operands, NULL, argv[i]);
            if (status)
                return status;
            c->operands[c->operand_count++] = argv[i];
        }
    }
    return 0;
}

static int read_globals(struct cli *c, char **argv, int argc, int *at)
{
    for (; *at < argc && strncmp(argv[*at], "-", 1) == 0; ++*at) {
        if (strncmp(argv[*at], "--", 2) != 0 || !argv[*at][2])
            return cli_usage(c, "there is no option %s before the command", argv[*at]);
        int status = read_option(c, cli_globals, argv, argc, at);
        if (status)
            return status;
    }
    c->dsn = cli_value(c, "dsn", "");
    c->config = cli_value(c, "config", NULL);
    c->record_full = cli_flag(c, "record-full");
    c->record = cli_value(c, c->record_full ? "record-full" : "record", NULL);
    if (c->record_full && cli_flag(c, "record"))
        return cli_usage(c, "--record and --record-full are one or the other");
    c->read_only = cli_flag(c, "read-only") || session_read_only();
    return 0;
}

/* Commands that do nothing but change, by connections of their own. */
static bool refuse_read_only(const struct cli *c, struct err *e)
{
    static int (*const writers[])(struct cli *) = {cmd_migrate, cmd_ingest, cmd_worker, cmd_webhook, cmd_demo};
    for (size_t i = 0; c->read_only && i < sizeof writers / sizeof *writers; i++)
        if (c->command->run == writers[i])
            return err_set(e, ERR_REFUSED, NULL, "this session is read-only, nothing was done: leave out --read-only (DOORSTEP_READ_ONLY)");
    return true;
}

/* What they record is a dashboard. */
static bool refuse_record(const struct cli *c, struct err *e)
{
    if (!c->record || c->command->run == cmd_demo)
        return true;
    return err_set(e, ERR_USAGE, NULL, "--record%s is for the dashboard: doorstep --record%s FILE", c->record_full ? "-full" : "", c->record_full ? "-full" : "");
}

/* The configuration's database, where the command line names none. What else is wrong with the
 * file is for the dashboard and doctor to say. */
static bool take_dsn(struct cli *c, struct config *config, struct err *e)
{
    if (*c->dsn || c->command->run == cmd_doctor)
        return true;
    if (!config_read(c->config, config, NULL, NULL, e))
        return false;
    c->dsn = config->dsn;
    return true;
}

int cli_main(int argc, char **argv)
{
    static struct config config;
    struct err e = {0};
    struct cli c = {.dsn = ""};
    int at = 1;
    int status = read_globals(&c, argv, argc, &at);
    if (status)
        return status;
    if (cli_flag(&c, "version")) {
        printf("doorstep %s\n", DOORSTEP_VERSION);
        return 0;
    }
    bool help = cli_flag(&c, "help");
    c.given_count = 0;
    if (c.read_only)
        db_read_only();
    if (help)
        return cmd_help(&c);
    if (at == argc)
        return cmd_dashboard(&c);
    int used = 0;
    c.command = command_at(argv + at, argc - at, &used);
    if (!c.command)
        return unknown_command(&c, argv + at);
    at += used;
    status = read_command_line(&c, argv + at, argc - at);
    if (status)
        return status;
    if (cli_flag(&c, "help"))
        return cmd_help(&c);
    status = refuse_read_only(&c, &e) && refuse_record(&c, &e) && take_dsn(&c, &config, &e) ? c.command->run(&c) : cli_fail(&c, &e);
    wipe(config.dsn);
    if (fflush(stdout) != 0 && status == 0)
        status = cli_fail(&c, &(struct err){.code = ERR_IO, .text = "writing the output failed; is the disk full?"});
    return status;
}

bool cli_flag(const struct cli *c, const char *option) { return cli_value(c, option, NULL) != NULL; }

const char *cli_value(const struct cli *c, const char *option, const char *otherwise)
{
    for (int i = c->given_count - 1; i >= 0; i--)
        if (strcmp(c->given[i]->name, option) == 0)
            return c->values[i];
    return otherwise;
}

bool cli_number(const struct cli *c, const char *option, int64_t min, int64_t max, int64_t *out, struct err *e)
{
    const char *s = cli_value(c, option, NULL);
    if (!s)
        return true;
    char *end = NULL;
    long long n = strtoll(s, &end, 10);
    if (!*s || *end || n < min || n > max)
        return err_set(e, ERR_USAGE, NULL, "--%s takes a whole number from %lld to %lld, not \"%s\"", option,
                       (long long)min, (long long)max, s);
    *out = n;
    return true;
}

bool cli_past(const struct cli *c, const char *option, char *out, size_t size, struct err *e)
{
    const char *text = cli_value(c, option, NULL);
    int64_t at, ms;
    out[0] = '\0';
    if (!text)
        return true;
    if (when_parse_duration(text, strlen(text), &ms))
        at = loop_wall() - ms;
    else if (!when_parse(text, strlen(text), &at, NULL))
        return err_set(e, ERR_USAGE, NULL, "--%s takes how long ago (3d, 12h) or a date (2026-11-21), not \"%.40s\"", option, text);
    when_format_utc(at, out, size);
    return true;
}

bool cli_now(const struct cli *c, int64_t *out, struct err *e)
{
    const char *text = cli_value(c, "now", NULL);
    int64_t at;
    if (!text)
        return true;
    if (!when_parse(text, strlen(text), &at, NULL) || at <= 0)
        return err_set(e, ERR_USAGE, "--now", "\"%.40s\" is no instant: write it as 2026-11-21T16:51:00Z", text);
    *out = at;
    return true;
}
