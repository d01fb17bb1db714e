/* The command line: one table of commands, one parser of options, one printer. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct cli_option {
    const char *name;          /* "format": --format; NULL ends a table */
    const char *value;         /* name of its value for help ("FORMAT"), NULL for a flag */
    const char *help;
    bool many;                 /* may be given again */
};

struct command;

struct cli {                   /* one run of the program */
    const char *dsn;           /* --dsn, else "" (libpq's own defaults) */
    const char *config;        /* --config, else NULL: the XDG file */
    const char *record;        /* --record or --record-full: the file; else NULL */
    bool record_full;
    bool read_only;            /* --read-only, or DOORSTEP_READ_ONLY is set and not 0 */
    const struct command *command;
    const struct cli_option *given[64];  /* parallel: options in the order they came */
    const char *values[64];
    int given_count;
    char **operands;           /* what is not an option */
    int operand_count;
};

struct command {
    const char *name;          /* "queue", or "local start" for a sub-command */
    const char *operands;      /* "[FILTER]" */
    const char *help;          /* one line */
    const struct cli_option *options;   /* NULL: none */
    int (*run)(struct cli *c); /* returns the exit status */
};

extern const struct command commands[];  /* ends with name NULL; order is the help's */
extern const struct cli_option cli_globals[];  /* what stands before a command; ends with name NULL */

/* Parses argv and runs. Returns the exit status. */
int cli_main(int argc, char **argv);

bool cli_flag(const struct cli *c, const char *option);
const char *cli_value(const struct cli *c, const char *option, const char *otherwise);  /* the last given */
/* A whole number in [min,max]; false: e is ERR_USAGE. Absent: *out untouched. */
bool cli_number(const struct cli *c, const char *option, int64_t min, int64_t max, int64_t *out, struct err *e);
/* "3d" ago, a date or an instant, in UTC as the server reads it; absent: "". False: e is ERR_USAGE. */
bool cli_past(const struct cli *c, const char *option, char *out, size_t size, struct err *e);
/* --now, the time a pass is given. Absent: *out untouched. */
bool cli_now(const struct cli *c, int64_t *out, struct err *e);

/* "doorstep queue: column 6: …" on stderr, cleaned; returns the exit status. */
int cli_fail(const struct cli *c, const struct err *e);
/* The same for a wrong call: adds the usage line; returns 64. */
int cli_usage(const struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A progress or result line on stderr. */
void cli_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
