/* Checks everything that a dashboard and what runs beside it need, a line each: ok, warn or fail, and what to do. */
#include "cli/commands.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "base/wipe.h"
#include "cli/cli.h"
#include "doctor_in.h"

void doctor_say(struct doctor *d, enum finding v, enum err_code code, const char *subject, const char *fmt, ...)
{
    static const char *const words[] = {[FINE] = "ok", [WARN] = "warn", [FAIL] = "fail"};
    char text[900], line[900];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    utf8_clean(text, strlen(text), line, sizeof line, UTF8_ONE_LINE);
    if (d->rows) {
        print_row(d->rows, (const char *[]){words[v], subject, line});
    } else {
        printf("%-4s  %-10s  %s\n", words[v], subject, line);
        fflush(stdout);        /* what comes next may take its time */
    }
    if (v == FAIL && d->worst < FAIL)
        d->code = code;
    if (v > d->worst)
        d->worst = v;
}

int cmd_doctor(struct cli *c)
{
    static const struct column columns[] = {
        {"finding", COLUMN_TEXT, 4}, {"subject", COLUMN_TEXT, 10}, {"message", COLUMN_TEXT, 20},
    };
    struct doctor d = {0};
    struct err e = {0};
    enum format format;
    char configured[512];
    if (!cli_format(c, &format, &e))
        return cli_fail(c, &e);
    if (format != FORMAT_TABLE)
        d.rows = print_begin(stdout, format, columns, 3);
    doctor_here(&d);
    doctor_config(&d, c->config, configured, sizeof configured);
    doctor_database(&d, c->dsn[0] ? c->dsn : configured);
    wipe(configured);
    if (d.rows && !print_end(d.rows, &e))
        return cli_fail(c, &e);
    return err_exit_status(d.code);
}
