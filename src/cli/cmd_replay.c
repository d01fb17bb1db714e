/* A recorded session, shown again. */
#include "cli/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "run/play.h"

#define ROWS_MOST 400
#define COLS_MOST 1000

/* --size 120x36 */
static bool take_size(const struct cli *c, struct play_options *o, struct err *e)
{
    const char *text = cli_value(c, "size", NULL);
    char *end = NULL;
    if (!text)
        return true;
    long cols = strtol(text, &end, 10), rows = *end == 'x' ? strtol(end + 1, &end, 10) : 0;
    if (*end || cols < 1 || cols > COLS_MOST || rows < 1 || rows > ROWS_MOST)
        return err_set(e, ERR_USAGE, NULL, "--size takes COLUMNSxROWS, 120x36 say, at most %dx%d, not \"%.40s\"", COLS_MOST, ROWS_MOST, text);
    o->cols = (int)cols;
    o->rows = (int)rows;
    return true;
}

int cmd_replay(struct cli *c)
{
    struct err e = {0};
    struct play_options o = {.speed = 1, .at = -1, .step = cli_flag(c, "step"), .every = cli_flag(c, "every")};
    int64_t seconds = -1;
    bool text = cli_flag(c, "text");
    if (c->operand_count != 1)
        return cli_usage(c, "it plays one record: the file that --record wrote");
    if (!text && (o.every || cli_flag(c, "at")))
        return cli_usage(c, "--at and --every go with --text");
    if (text && (o.step || cli_flag(c, "speed")))
        return cli_usage(c, "--step and --speed go without --text");
    o.path = c->operands[0];
    if (!cli_number(c, "speed", 0, 1000, &o.speed, &e) || !cli_number(c, "at", 0, INT32_MAX, &seconds, &e) || !take_size(c, &o, &e))
        return cli_fail(c, &e);
    o.at = seconds < 0 ? -1 : seconds * 1000 + 999;
    if (!text && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))) {
        err_set(&e, ERR_CONFIG, NULL, "playing needs a terminal on standard input and output; --text prints the last screen, --text --every each of them");
        return cli_fail(c, &e);
    }
    bool fine = text ? play_text(&o, stdout, &e) : play_terminal(&o, &e);
    if (fine && e.text[0])
        cli_say("%s", e.text);
    return fine ? 0 : cli_fail(c, &e);
}
