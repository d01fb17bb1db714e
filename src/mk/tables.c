/* Prints the README's tables from the tables the program runs on, so that they cannot drift.
 * usage: tables README >NEW   (copies README, filling what stands between
 * "<!-- table NAME -->" and "<!-- end -->") */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/keymap.h"
#include "cli/cli.h"
#include "core/filter.h"
#include "core/kind.h"
#include "core/outreach.h"
#include "core/template.h"
#include "net/channel.h"
#include "net/desk.h"
#include "net/poll.h"
#include "run/config.h"

/* A cell: '|' would end it. */
static void cell(const char *text)
{
    for (; *text; text++)
        fputs(*text == '|' ? "\\|" : (char[]){*text, 0}, stdout);
}

static void print_commands(void)
{
    puts("| command | does |\n|---|---|");
    for (const struct command *k = commands; k->name; k++) {
        printf("| `%s", k->name);
        for (const struct cli_option *o = k->options; o && o->name; o++)
            printf(" [--%s%s%s]", o->name, o->value ? " " : "", o->value ? o->value : "");
        printf("%s%s` | ", *k->operands ? " " : "", k->operands);
        cell(k->help);
        puts(" |");
    }
}

/* Every action that is not editing or moving in a prompt, with its key. */
static void print_keys(void)
{
    size_t size = 0;
    struct keymap m;
    const char *text = keymap_builtin("default", &size);
    keymap_init(&m);
    keymap_read(&m, "default", text, size, NULL, NULL);
    puts("| key | action | does |\n|---|---|---|");
    for (int a = 0; a < ACTION_COUNT; a++) {
        const struct action_info *info = action_info((enum action)a);
        char keys[64] = "";
        unsigned context = info->contexts & IN_QUEUE ? IN_QUEUE : info->contexts & IN_DETAIL ? IN_DETAIL : 0;
        if (!context)
            continue;
        if (!keymap_keys_of(&m, context, (enum action)a, NULL, keys, sizeof keys) &&
            (a != ACTION_VIEW || !keymap_keys_of(&m, context, ACTION_VIEW, "1", keys, sizeof keys)))
            keys[0] = '\0';
        fputs(*keys ? "| `" : "| ", stdout);
        cell(keys);
        printf("%s | `%s%s", *keys ? "`" : "", info->name, *info->argument ? " " : "");
        cell(info->argument);
        fputs("` | ", stdout);
        cell(info->help);
        puts(" |");
    }
    keymap_finish(&m);
}

static void print_filter(void)
{
    puts("| qualifier | means |\n|---|---|");
    for (int f = 0; f < FIELD_COUNT; f++) {
        printf("| `%s:` | ", filter_field_name((enum filter_field)f));
        cell(filter_field_help((enum filter_field)f));
        puts(" |");
    }
    for (int s = 0; s < SORT_COUNT; s++)
        printf("| `sort:%s` | %s |\n", sort_name((enum sort)s), sort_help((enum sort)s));
}

static void print_settings(void)
{
    puts("| setting | value |\n|---|---|");
    for (const struct config_key *k = config_keys(); k->name; k++)
        printf("| `%s` | %s |\n", k->name, k->help);
}

static void print_kinds(void)
{
    puts("| kind | fault | severity |\n|---|---|---|");
    for (int k = 0; k < KIND_COUNT; k++)
        printf("| `%s` | %s | %s |\n", kind_name((enum kind)k), fault_name(kind_fault((enum kind)k)),
               severity_name(kind_severity((enum kind)k)));
}

static void print_guardrails(void)
{
    puts("| in the way | means | passed by |\n|---|---|---|");
    for (int g = 0; g < GUARDRAIL_COUNT; g++)
        printf("| `%s` | %s | %s |\n", guardrail_name((enum guardrail)g), guardrail_label((enum guardrail)g),
               guardrail_passed_by((enum guardrail)g));
}

static void print_names(void)
{
    const char *name, *what, *example;
    puts("| name | is | for example |\n|---|---|---|");
    for (int i = 0; (name = template_name_at(i, &what, &example)); i++)
        printf("| `{{%s}}` | %s | %s |\n", name, what, example);
}

static void print_channels(void)
{
    const struct channel_help *h;
    puts("| URL | carries | |\n|---|---|---|");
    for (int i = 0; (h = channel_help_at(i)); i++) {
        printf("| `%s` | %s | ", h->example, h->channels);
        cell(h->help);
        puts(" |");
    }
}

static void print_helpdesks(void)
{
    const struct channel_help *h;
    puts("| URL | |\n|---|---|");
    for (int i = 0; (h = desk_help_at(i)); i++) {
        printf("| `%s` | ", h->example);
        cell(h->help);
        puts(" |");
    }
}

static void print_sources(void)
{
    const struct channel_help *h;
    puts("| URL | |\n|---|---|");
    for (int i = 0; (h = poll_help_at(i)); i++) {
        printf("| `%s` | ", h->example);
        cell(h->help);
        puts(" |");
    }
}

static const struct { const char *name; void (*print)(void); } tables[] = {
    {"commands", print_commands}, {"keys", print_keys}, {"filter", print_filter},
    {"settings", print_settings}, {"kinds", print_kinds}, {"guardrails", print_guardrails},
    {"names", print_names}, {"helpdesks", print_helpdesks}, {"channels", print_channels}, {"sources", print_sources},
};

int main(int argc, char **argv)
{
    char line[4096];
    FILE *in = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (!in) {
        fprintf(stderr, "tables: give the README\n");
        return 64;
    }
    bool skipping = false;
    while (fgets(line, sizeof line, in)) {
        char name[32];
        if (strncmp(line, "<!-- end -->", 12) == 0)
            skipping = false;
        if (!skipping)
            fputs(line, stdout);
        if (sscanf(line, "<!-- table %31[a-z] -->", name) != 1)
            continue;
        skipping = true;
        for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
            if (strcmp(tables[i].name, name) == 0)
                tables[i].print();
    }
    fclose(in);
    return 0;
}
