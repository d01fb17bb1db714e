/* Prints shell completion from the tables the program runs on: commands, options, and the values of closed lists.
 * usage: complete TEMPLATE   (copies one of src/mk/complete, with the answers for its line "@answers@")
 *        complete check      (exit 1, and a line for each value nothing is decided of) */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "core/case.h"
#include "core/contact.h"
#include "core/filter.h"
#include "core/kind.h"
#include "core/outreach.h"
#include "core/override.h"
#include "core/report.h"
#include "feed/format.h"
#include "net/poll.h"

#define NAME_OF(function, source, type, count) \
    static const char *function(int i) { return i < (int)(count) ? source((type)i) : NULL; }
NAME_OF(kind_at, kind_name, enum kind, KIND_COUNT)
NAME_OF(severity_at, severity_name, enum severity, SEVERITY_COUNT)
NAME_OF(status_at, status_name, enum status, STATUS_COUNT)
NAME_OF(resolution_at, resolution_name, enum resolution, RESOLUTION_COUNT)
NAME_OF(channel_at, channel_name, enum channel, CHANNEL_COUNT)
NAME_OF(outreach_at, outreach_state_name, enum outreach_state, OUTREACH_STATE_COUNT)
NAME_OF(driver_at, contact_driver_name, enum contact_driver, CONTACT_DRIVER_COUNT)
NAME_OF(way_at, contact_way_name, enum contact_way, CONTACT_WAY_COUNT)
NAME_OF(case_type_at, case_type_name, enum case_type, CASE_TYPE_COUNT)
NAME_OF(case_state_at, case_state_name, enum case_state, CASE_STATE_COUNT)
NAME_OF(priority_at, case_priority_name, enum case_priority, CASE_PRIORITY_COUNT)
NAME_OF(reason_at, override_reason_name, enum override_reason, OVERRIDE_REASON_COUNT)
static const char *override_at(int i)
{
    enum status s = override_status_at(i);
    return s < STATUS_COUNT ? status_name(s) : NULL;
}
#define X(id, name, ...) name,
static const char *const reports[] = {REPORTS(X) NULL};
#undef X
static const char *report_at(int i) { return reports[i]; }
static const char *format_at(int i) { return formats[i] ? formats[i]->name : NULL; }
static const char *source_at(int i)
{
    const struct channel_help *h = poll_help_at(i);
    return h ? h->scheme : NULL;
}

enum way { FREE, WORDS, FILES, FOLDERS, FILTER, COMMAND };
typedef const char *word_fn(int i);

/* What a value's name in a command's help stands for: the first row that fits. command "": every one. */
static const struct closed {
    const char *command, *value;
    enum way way;
    word_fn *at;               /* the list, then `words` */
    const char *words;
} closed[] = {
    {"ingest", "FORMAT", WORDS, format_at, "auto"},
    {"", "FORMAT", WORDS, NULL, "table json csv"},
    {"", "KIND", WORDS, kind_at, ""},
    {"", "KINDS", WORDS, kind_at, "all"},
    {"playbook", "KIND|ID", WORDS, kind_at, ""},
    {"duty", "HOURS|none", WORDS, NULL, "none"},
    {"", "SEVERITY", WORDS, severity_at, ""},
    {"dictionary", "STATUS", WORDS, status_at, "none"},
    {"", "STATUS", WORDS, override_at, ""},
    {"outreach", "STATE", WORDS, outreach_at, ""},
    {"case", "STATE", WORDS, case_state_at, ""},
    {"case", "TYPE", WORDS, case_type_at, ""},
    {"case", "PRIORITY", WORDS, priority_at, ""},
    {"", "CHANNEL", WORDS, channel_at, ""},
    {"contact", "WAY", WORDS, way_at, ""},
    {"contact", "DRIVER", WORDS, driver_at, ""},
    {"resolve", "CODE", WORDS, resolution_at, ""},
    {"macro", "CODE", WORDS, resolution_at, ""},
    {"macro", "VERB", WORDS, NULL, "wait snooze resolve work"},
    {"override", "REASON", WORDS, reason_at, ""},
    {"outreach", "OUTCOME", WORDS, NULL, "sent failed retry"},
    {"report mismatch", "FINDING", WORDS, NULL, "contradicted late missing repeated"},
    {"report", "NAME", WORDS, report_at, ""},
    {"report", "GROUP", WORDS, NULL, "carrier service lane region kind brand hour day tier template channel outcome driver score agent action"},
    {"report", "PERIOD", WORDS, NULL, "today yesterday 7d 30d week month"},
    {"keymap", "NAME", WORDS, NULL, "default vim emacs"},
    {"poll", "SOURCE", WORDS, source_at, ""},
    {"user", "LEVEL", WORDS, NULL, "viewer agent lead admin none"},
    {"policy", "WHICH", WORDS, NULL, "required assumed"},
    {"template", "HOW", WORDS, NULL, "html none"},
    {"dictionary", "ROLE", WORDS, NULL, "open watch normal clear"},
    {"dictionary", "PROVIDER", WORDS, format_at, ""},
    {"snooze", "TIME", WORDS, NULL, "1h 4h 1d tomorrow scan"},
    {"", "FILTER", FILTER, NULL, ""},
    {"", "FILE", FILES, NULL, ""},
    {"", "DIR", FOLDERS, NULL, ""},
    {"help", "COMMAND", COMMAND, NULL, ""},
};

/* Values nobody can list beforehand: numbers, times, texts, and what only the database knows. */
static const char *const open_values =
    " ADDRESS BATCH BRAND CARRIER CASE CODE CODE[/DETAIL] COLOR COUNTRY CUSTOMER DATE DAY DAYS DETAIL DRAFT DSN HOLD HOURS ID LANGUAGE MESSAGE N"
    " N/TIME NAME NAME|TEXT NOTE OUTAGE PERSON PROVIDER REASON REGEX REGION ROLE SECONDS SERVICE SUBJECT TABLE TAG TEXT TIME TITLE URL WHEN WORDING"
    " WORDS ZONE GROUP COLUMNSxROWS ";

static const struct closed *closed_of(const char *command, const char *value)
{
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
        size_t n = strlen(closed[i].command);
        if (strcmp(closed[i].value, value) == 0 && strncmp(command, closed[i].command, n) == 0 &&
            (!n || !command[n] || command[n] == ' '))
            return &closed[i];
    }
    return NULL;
}

/* The n-th operand's name without brackets and dots; the last one again where it may be given again. */
static bool operand_at(const struct command *k, int n, char out[40])
{
    const char *s = k->operands, *last = s;
    bool again = strstr(s, "…") != NULL;
    for (int i = 0; *s; i++) {
        last = s;
        size_t len = strcspn(s, " ");
        s += len + (s[len] == ' ');
        if (i == n)
            break;
        if (!*s && !again)
            return false;
    }
    if (!*last)
        return false;
    if (*last == '[')
        last++;
    size_t len = strcspn(last, " ");
    snprintf(out, 40, "%.*s", (int)len, last);
    char *dots = strstr(out, "…");
    if (dots)
        *dots = '\0';
    len = strlen(out);
    int deep = 0;
    for (size_t i = 0; i < len; i++)
        deep += out[i] == '[' ? 1 : out[i] == ']' ? -1 : 0;
    if (deep < 0)
        out[len - 1] = '\0';
    return true;
}

enum { OPERANDS = 4 };         /* more than any command names; what is given again is told of so often */

/* ---- answers: each shell writes a question and the words that answer it in its own way ---- */

struct shell {
    const char *file;          /* how its template ends */
    const char *ask, *words, *end;   /* before the question, between it and its words, after them */
    void (*item)(const char *word, const char *help);
};

/* In single quotes; `escape` are characters that get a backslash besides. */
static void quoted(const char *s, const char *escape, const char *quote)
{
    putchar('\'');
    for (; *s; s++)
        if (*s == '\'')
            fputs(quote, stdout);
        else
            printf("%s%c", strchr(escape, *s) ? "\\" : "", *s);
    putchar('\'');
}

static void bash_item(const char *word, const char *help)
{
    (void)help;
    putchar(' ');
    quoted(word, "", "'\\''");
}

/* zsh's _describe parts a word from its description by a colon. */
static void zsh_item(const char *word, const char *help)
{
    char both[400];
    size_t n = 0;
    for (const char *s = word; *s && n < 100; s++) {
        if (*s == ':' || *s == '\\')
            both[n++] = '\\';
        both[n++] = *s;
    }
    snprintf(both + n, sizeof both - n, "%s%s", *help ? ":" : "", help);
    putchar(' ');
    quoted(both, "", "'\\''");
}

static void fish_item(const char *word, const char *help)
{
    putchar(' ');
    quoted(word, "\\", "\\'");
    putchar(' ');
    quoted(help, "\\", "\\'");
}

static const struct shell shells[] = {
    {".bash", "    '", "') words=(", ") ;;\n", bash_item},
    {"_doorstep", "    '", "') answers=(", ") ;;\n", zsh_item},
    {".fish", "        case '", "'\n            set -g __doorstep_words", "\n", fish_item},
};

static void answer(const struct shell *sh, const struct closed *c)
{
    static const char *const marks[] = {[FILES] = "@files", [FOLDERS] = "@folders", [FILTER] = "@filter", [COMMAND] = "@first"};
    char words[200];
    if (!c)
        return;
    if (c->way != WORDS) {
        sh->item(marks[c->way], "");
        return;
    }
    for (int i = 0; c->at && c->at(i); i++)
        sh->item(c->at(i), "");
    snprintf(words, sizeof words, "%s", c->words);
    for (char *s = words; *s;) {
        size_t n = strcspn(s, " ");
        char *next = s + n + (s[n] == ' ');
        s[n] = '\0';
        sh->item(s, "");
        s = next;
    }
}

__attribute__((format(printf, 2, 3)))
static void ask(const struct shell *sh, const char *fmt, ...)
{
    char question[120];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(question, sizeof question, fmt, ap);
    va_end(ap);
    printf("%s%s%s", sh->ask, question, sh->words);
}

/* ---- the questions ---- */

static size_t first_word(const char *name) { return strcspn(name, " "); }

static bool same_first(const struct command *a, const struct command *b)
{
    size_t n = first_word(a->name);
    return n == first_word(b->name) && memcmp(a->name, b->name, n) == 0;
}

/* Is it the first command that begins with its word? */
static bool leads(const struct command *k)
{
    for (const struct command *o = commands; o < k; o++)
        if (same_first(o, k))
            return false;
    return true;
}

/* What a first word is about: the command's help, or the second words there are. */
static void first_help(const struct command *k, char *out, size_t size)
{
    size_t len = 0;
    out[0] = '\0';
    for (const struct command *o = commands; o->name; o++) {
        if (!same_first(o, k))
            continue;
        const char *more = o->name + first_word(o->name);
        if (!*more) {
            snprintf(out, size, "%s", o->help);
            return;
        }
        int n = snprintf(out + len, size - len, "%s%s", len ? ", " : "", more + 1);
        len = n > 0 && len + (size_t)n < size ? len + (size_t)n : size - 1;
    }
}

static void ask_commands(const struct shell *sh)
{
    char word[32], help[200];
    ask(sh, "first");
    for (const struct command *k = commands; k->name; k++)
        if (leads(k)) {
            snprintf(word, sizeof word, "%.*s", (int)first_word(k->name), k->name);
            first_help(k, help, sizeof help);
            sh->item(word, help);
        }
    fputs(sh->end, stdout);
    for (const struct command *k = commands; k->name; k++) {
        if (!leads(k))
            continue;
        size_t n = first_word(k->name);
        ask(sh, "second %.*s", (int)n, k->name);
        for (const struct command *o = k; o->name; o++)
            if (same_first(o, k) && o->name[n])
                sh->item(o->name + n + 1, o->help);
        fputs(sh->end, stdout);
    }
}

static void ask_options(const struct shell *sh, const char *command, const struct cli_option *options)
{
    char name[64];
    ask(sh, "options%s%s", *command ? " " : "", command);
    for (const struct cli_option *o = options; o && o->name; o++) {
        snprintf(name, sizeof name, "--%s", o->name);
        sh->item(name, o->help);
    }
    fputs(sh->end, stdout);
    for (const struct cli_option *o = options; o && o->name; o++) {
        if (!o->value)
            continue;
        ask(sh, "value%s%s --%s", *command ? " " : "", command, o->name);
        answer(sh, closed_of(command, o->value));
        fputs(sh->end, stdout);
    }
}

static void ask_operands(const struct shell *sh, const struct command *k)
{
    char name[40];
    for (int i = 0; i < OPERANDS && operand_at(k, i, name); i++) {
        ask(sh, "operand %s %d", k->name, i + 1);
        answer(sh, closed_of(k->name, name));
        fputs(sh->end, stdout);
    }
}

/* The filter language: qualifiers, and the values of closed lists. */
static void ask_filter(const struct shell *sh)
{
    char name[48];
    ask(sh, "filter");
    for (int f = 0; f < FIELD_COUNT; f++) {
        snprintf(name, sizeof name, "%s:", filter_field_name((enum filter_field)f));
        sh->item(name, filter_field_help((enum filter_field)f));
    }
    sh->item("sort:", "the order");
    fputs(sh->end, stdout);
    for (int f = 0; f < FIELD_COUNT; f++) {
        struct completion found;
        snprintf(name, sizeof name, "%s:", filter_field_name((enum filter_field)f));
        ask(sh, "filter %s", name);
        filter_complete(name, strlen(name), NULL, &found);
        for (size_t i = 0; i < found.count; i++)
            sh->item(found.items[i], "");
        completion_finish(&found);
        fputs(sh->end, stdout);
    }
    ask(sh, "filter sort:");
    for (int s = 0; s < SORT_COUNT; s++)
        sh->item(sort_name((enum sort)s), sort_help((enum sort)s));
    fputs(sh->end, stdout);
}

static void print_all(const struct shell *sh)
{
    ask_commands(sh);
    ask_options(sh, "", cli_globals);
    for (const struct command *k = commands; k->name; k++) {
        ask_options(sh, k->name, k->options);
        ask_operands(sh, k);
    }
    ask_filter(sh);
}

/* ---- is everything decided? ---- */

static int undecided(const char *command, const char *value)
{
    char word[60];
    snprintf(word, sizeof word, " %s ", value);
    if (closed_of(command, value) || strstr(open_values, word))
        return 0;
    printf("%s: say in src/mk/complete.c what completes %s\n", command, value);
    return 1;
}

static int check(void)
{
    int missing = 0;
    char name[40];
    for (const struct command *k = commands; k->name; k++) {
        for (const struct cli_option *o = k->options; o && o->name; o++)
            missing += o->value ? undecided(k->name, o->value) : 0;
        for (int i = 0; i < OPERANDS && operand_at(k, i, name); i++)
            missing += undecided(k->name, name);
    }
    return missing > 0;
}

int main(int argc, char **argv)
{
    char line[1024];
    if (argc == 2 && strcmp(argv[1], "check") == 0)
        return check();
    FILE *in = argc == 2 ? fopen(argv[1], "r") : NULL;
    const struct shell *sh = NULL;
    for (size_t i = 0; in && i < sizeof shells / sizeof *shells; i++)
        if (strstr(argv[1], shells[i].file))
            sh = &shells[i];
    if (!sh) {
        fprintf(stderr, "complete: give one of the files in src/mk/complete\n");
        return 64;
    }
    while (fgets(line, sizeof line, in))
        if (strstr(line, "@answers@"))
            print_all(sh);
        else
            fputs(line, stdout);
    fclose(in);
    return 0;
}
