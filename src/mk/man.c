/* Prints a man page from its template, filling the lines "@NAME@" from the tables the program runs on.
 * usage: man TEMPLATE */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/keymap.h"
#include "base/utf8.h"
#include "cli/cli.h"
#include "core/filter.h"
#include "core/kind.h"
#include "core/outreach.h"
#include "net/channel.h"
#include "net/desk.h"
#include "net/poll.h"
#include "run/config.h"

/* ---- text ---- */

/* Characters that roff names, or that pages have a custom for. */
static void character(uint32_t c)
{
    static const struct { uint32_t code; const char *roff; } names[] = {
        {0x2026, "\\&..."}, {0x2013, "\\(en"}, {0x2014, "\\(em"}, {0x2019, "\\(cq"}, {'\\', "\\e"}, {'-', "\\-"},
        {'\'', "\\(aq"}, {'^', "\\(ha"}, {'~', "\\(ti"}, {'`', "\\(ga"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].code == c) {
            fputs(names[i].roff, stdout);
            return;
        }
    if (c < 0x80)
        putchar((int)c);
    else
        printf("\\[u%04X]", (unsigned)c);
}

/* A text within a line: what stands between backquotes is bold. */
static void text(const char *s)
{
    bool bold = false;
    size_t n = strlen(s);
    for (size_t at = 0, step; at < n; at += step) {
        uint32_t c;
        step = utf8_decode(s + at, n - at, &c);
        if (c == '`')
            fputs((bold = !bold) ? "\\fB" : "\\fR", stdout);
        else if (c == '-' && at && isalpha((unsigned char)s[at - 1]))
            putchar('-');
        else
            character(c);
    }
}

/* As it is typed. */
static void literal(const char *s)
{
    size_t n = strlen(s);
    for (size_t at = 0, step; at < n; at += step) {
        uint32_t c;
        step = utf8_decode(s + at, n - at, &c);
        character(c);
    }
}

/* A paragraph's line: a control character in front would be a request. */
static void line(const char *s)
{
    if (*s == '.' || *s == '\'')
        fputs("\\&", stdout);
    text(s);
    putchar('\n');
}

static void term(const char *what, const char *help)
{
    fputs(".TP\n\\fB", stdout);
    literal(what);
    fputs("\\fR\n", stdout);
    line(help);
}

/* ---- doorstep(1) ---- */

static void option(const struct cli_option *o)
{
    fputs(".TP\n\\fB", stdout);
    printf("\\-\\-");
    literal(o->name);
    fputs("\\fR", stdout);
    if (o->value) {
        fputs(" \\fI", stdout);
        literal(o->value);
        fputs("\\fR", stdout);
    }
    putchar('\n');
    line(o->help);
}

static void print_globals(void)
{
    for (const struct cli_option *o = cli_globals; o->name; o++)
        option(o);
}

static void print_commands(void)
{
    for (const struct command *k = commands; k->name; k++) {
        fputs(".SS doorstep ", stdout);
        literal(k->name);
        if (k->options)
            fputs(" [options]", stdout);
        if (*k->operands) {
            fputs(" \\fI", stdout);
            literal(k->operands);
            fputs("\\fR", stdout);
        }
        putchar('\n');
        line(k->help);
        for (const struct cli_option *o = k->options; o && o->name; o++)
            option(o);
    }
}

static void print_settings(void)
{
    for (const struct config_key *k = config_keys(); k->name; k++)
        term(k->name, k->help);
}

static void print_exits(void)
{
    static const struct { enum err_code code; const char *help; } codes[] = {
        {ERR_NONE, "All of it was done."},
        {ERR_PARTIAL, "Some items were refused or failed; each is said on standard error."},
        {ERR_USAGE, "The command line is wrong."},
        {ERR_INPUT, "What was given is wrong: a document, a filter, a number of nothing."},
        {ERR_UNREACHABLE, "The database, or a service, cannot be reached; trying again later may help."},
        {ERR_BUG, "A mistake in the program; please report it."},
        {ERR_IO, "Reading or writing a file failed."},
        {ERR_AGAIN, "It could not be done just now; the same again may work."},
        {ERR_REFUSED, "A rule or a permission refused it."},
        {ERR_CONFIG, "The configuration, the connection string, the schema or a right is wrong, and will be wrong again."},
    };
    char number[12];
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        snprintf(number, sizeof number, "%d", err_exit_status(codes[i].code));
        term(number, codes[i].help);
    }
}

static void print_kinds(void)
{
    char help[120];
    for (int k = 0; k < KIND_COUNT; k++) {
        snprintf(help, sizeof help, "%s; fault: %s; severity: %s", kind_label((enum kind)k), fault_name(kind_fault((enum kind)k)),
                 severity_name(kind_severity((enum kind)k)));
        term(kind_name((enum kind)k), help);
    }
}

static void print_guardrails(void)
{
    char help[160];
    for (int g = 0; g < GUARDRAIL_COUNT; g++) {
        snprintf(help, sizeof help, "%s; passed by: %s", guardrail_label((enum guardrail)g), guardrail_passed_by((enum guardrail)g));
        term(guardrail_name((enum guardrail)g), help);
    }
}

static void print_urls(const struct channel_help *(*at)(int i))
{
    const struct channel_help *h;
    for (int i = 0; (h = at(i)); i++)
        term(h->example, h->help);
}
static void print_channels(void) { print_urls(channel_help_at); }
static void print_helpdesks(void) { print_urls(desk_help_at); }
static void print_sources(void) { print_urls(poll_help_at); }

/* ---- doorstep-keymap(5) ---- */

static void print_key_names(void)
{
    static const char *const names[] = {
#define X(id, name) name,
        KEYS(X)
#undef X
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        printf(".BR <%s>", names[i]);
        puts(i + 1 < sizeof names / sizeof *names ? " ," : " .");
    }
}

/* The names of the contexts an action may be bound in. */
static void contexts_of(unsigned bits, char *out, size_t size)
{
    const char *name;
    unsigned one;
    size_t len = 0;
    out[0] = '\0';
    for (int i = 0; (name = action_context_at(i, &one)); i++) {
        bool single = (one & (one - 1)) == 0;
        if (!single || !(bits & one))
            continue;
        int n = snprintf(out + len, size - len, "%s%s", len ? ", " : "", name);
        len += n > 0 ? (size_t)n : 0;
    }
}

static void print_contexts(void)
{
    const char *name;
    unsigned bits;
    for (int i = 0; (name = action_context_at(i, &bits)); i++) {
        char all[400];
        bool single = (bits & (bits - 1)) == 0;
        contexts_of(bits, all, sizeof all);
        term(name, single ? action_context_help(bits) : all);
    }
}

static void print_actions(void)
{
    struct keymap m;
    size_t size = 0;
    const char *builtin = keymap_builtin("default", &size);
    keymap_init(&m);
    keymap_read(&m, "default", builtin, size, NULL, NULL);
    for (int a = 0; a < ACTION_COUNT; a++) {
        const struct action_info *info = action_info((enum action)a);
        char keys[64], all[400];
        printf(".TP\n\\fB");
        literal(info->name);
        fputs("\\fR", stdout);
        if (*info->argument) {
            fputs(" \\fI", stdout);
            literal(info->argument);
            fputs("\\fR", stdout);
        }
        putchar('\n');
        line(info->help);
        contexts_of(info->contexts, all, sizeof all);
        fputs(".br\nIn: ", stdout);
        text(all);
        if (keymap_keys_of(&m, info->contexts, (enum action)a, NULL, keys, sizeof keys)) {
            fputs(".\nDefault key: \\fB", stdout);
            literal(keys);
            fputs("\\fR", stdout);
        }
        puts(".");
    }
    keymap_finish(&m);
}

/* ---- doorstep-filter(7) ---- */

static void print_qualifiers(void)
{
    static const char *const aliases[] = {
#define X(id, name, aliases, type, help) aliases,
        FILTER_FIELDS(X)
#undef X
    };
    for (int f = 0; f < FIELD_COUNT; f++) {
        char name[64];
        snprintf(name, sizeof name, "%s:", filter_field_name((enum filter_field)f));
        term(name, filter_field_help((enum filter_field)f));
        if (*aliases[f]) {
            fputs("Also \\fB", stdout);
            literal(aliases[f]);
            puts(":\\fR.");
        }
    }
}

static void print_sorts(void)
{
    for (int s = 0; s < SORT_COUNT; s++) {
        char name[40];
        snprintf(name, sizeof name, "sort:%s", sort_name((enum sort)s));
        term(name, sort_help((enum sort)s));
    }
}

static void print_words(const char *(*name)(int i), int count)
{
    for (int i = 0; i < count; i++) {
        fputs("\\fB", stdout);
        literal(name(i));
        puts(i + 1 < count ? "\\fR," : "\\fR.");
    }
}
static const char *status_at(int i) { return status_name((enum status)i); }
static const char *flag_at(int i)
{
    static const char *const names[] = {
#define X(id, name) name,
        FILTER_FLAGS(X)
#undef X
    };
    return names[i];
}
static void print_statuses(void) { print_words(status_at, STATUS_COUNT); }
static void print_flags(void) { print_words(flag_at, FLAG_COUNT); }

static const struct { const char *name; void (*print)(void); } tables[] = {
    {"globals", print_globals}, {"commands", print_commands}, {"settings", print_settings}, {"exits", print_exits},
    {"kinds", print_kinds}, {"guardrails", print_guardrails}, {"channels", print_channels}, {"helpdesks", print_helpdesks},
    {"sources", print_sources}, {"contexts", print_contexts}, {"keys", print_key_names}, {"actions", print_actions},
    {"qualifiers", print_qualifiers}, {"sorts", print_sorts}, {"statuses", print_statuses}, {"flags", print_flags},
};

static bool fill(const char *wanted)
{
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (strcmp(tables[i].name, wanted) == 0) {
            tables[i].print();
            return true;
        }
    fprintf(stderr, "man: there is no table \"%s\"\n", wanted);
    return false;
}

int main(int argc, char **argv)
{
    char row[2048], name[32];
    FILE *in = argc == 2 ? fopen(argv[1], "r") : NULL;
    bool good = true;
    if (!in) {
        fprintf(stderr, "man: give the template\n");
        return 64;
    }
    while (fgets(row, sizeof row, in)) {
        char *version = strstr(row, "@VERSION@");
        if (version)
            printf("%.*s%s%s", (int)(version - row), row, DOORSTEP_VERSION, version + strlen("@VERSION@"));
        else if (sscanf(row, "@%31[a-z]@", name) == 1)
            good = fill(name) && good;
        else
            fputs(row, stdout);
    }
    fclose(in);
    return good ? 0 : 70;
}
