#include "cli/ask.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/when.h"
#include "core/override.h"
#include "loop/loop.h"

enum { TYPED_MOST = 20 };      /* more than this are confirmed by typing how many */

bool ask_moment(const struct cli *c, const char *option, const char *no_scan, struct moment *out, struct err *e)
{
    char name[32];
    const char *text = cli_value(c, option, NULL);
    int64_t now = loop_wall();
    *out = (struct moment){.at = WHEN_NONE};
    if (!text)
        return true;
    snprintf(name, sizeof name, "--%s", option);
    bool scan = strcasecmp(text, "scan") == 0;
    if (scan && no_scan)
        return err_set(e, ERR_USAGE, name, "%s", no_scan);
    if (!(no_scan ? moment_parse_at : moment_parse)(text, now, loop_zone(now), out, e))
        return err_at(e, "%s", name);
    return true;
}

bool ask_status(const char *text, const char *option, enum status *out, struct err *e)
{
    if (text && status_parse(text, strlen(text), out) && override_status_allowed(*out))
        return true;
    struct buf list;
    buf_init(&list, sizeof e->text - 80);
    for (int i = 0; override_status_at(i) < STATUS_COUNT; i++)
        buf_printf(&list, "%s%s", i ? ", " : "", status_name(override_status_at(i)));
    if (text)
        err_set(e, ERR_USAGE, option, "nobody can set a parcel to \"%.40s\": possible are %s", text, buf_str(&list));
    else
        err_set(e, ERR_USAGE, NULL, "what is it really? %s with one of %s", option, buf_str(&list));
    buf_finish(&list);
    return false;
}

bool ask_terminal(void) { return isatty(STDIN_FILENO) && isatty(STDERR_FILENO); }

bool ask_confirm(const char *what, int64_t n)
{
    char line[32] = "", wanted[24];
    snprintf(wanted, sizeof wanted, "%" PRId64, n);
    if (n > TYPED_MOST)
        fprintf(stderr, "%s? Type %s, how many it is, anything else to leave it: ", what, wanted);
    else
        fprintf(stderr, "%s? [y/N] ", what);
    fflush(stderr);
    if (!fgets(line, sizeof line, stdin))
        return false;
    line[strcspn(line, "\r\n")] = '\0';
    return n > TYPED_MOST ? strcmp(line, wanted) == 0 : line[0] == 'y' || line[0] == 'Y';
}

struct printer *ask_print_begin(enum format format, bool rev)
{
    static const struct column columns[] = {{"id", COLUMN_NUMBER, 2}, {"ok", COLUMN_BOOL, 3}, {"code", COLUMN_TEXT, 5},
                                            {"message", COLUMN_TEXT, 7}, {"rev", COLUMN_NUMBER, 0}};
    return print_begin(stdout, format, columns, rev ? 5 : 4);
}

void ask_print_one(struct printer *p, const struct act_result *a)
{
    char id[24], rev[16];
    snprintf(id, sizeof id, "%" PRId64, a->id);
    snprintf(rev, sizeof rev, "%" PRId32, a->rev);
    print_row(p, (const char *const[]){id, a->ok ? "t" : "f", a->code, *a->message ? a->message : NULL, rev});
}

/* How many a brief answer is about; 0: it is none. */
static size_t of_many(const struct reply *r) { return r->of_many.done + r->of_many.same + r->of_many.refused; }

bool ask_print(const struct reply *r, enum format format, bool rev, struct err *e)
{
    bool brief = of_many(r) > 0;
    struct printer *p = ask_print_begin(format, rev);
    for (size_t i = 0; i < r->result_count; i++)
        if (!brief || !r->results[i].ok)
            ask_print_one(p, &r->results[i]);
    return print_end(p, e);
}

int ask_status_of(const struct reply *r)
{
    size_t refused = 0, denied = 0;
    for (size_t i = 0; i < r->result_count; i++) {
        refused += !r->results[i].ok;
        denied += strcmp(r->results[i].code, "denied") == 0;
    }
    bool all = denied == r->result_count && (!of_many(r) || r->of_many.refused == of_many(r));
    return !refused ? 0 : err_exit_status(all ? ERR_REFUSED : ERR_PARTIAL);
}

void ask_say(const struct reply *r)
{
    if (*r->summary)
        cli_say("%s", r->summary);
    if (of_many(r) && r->of_many.refused > BRIEF_REFUSED)
        cli_say("of those refused the first %d are listed", BRIEF_REFUSED);
    else if (r->of_many.refused)
        cli_say("only what was refused is listed");
}

bool ask_refused(const struct act_result *a, struct err *e)
{
    return err_set(e, strcmp(a->code, "invalid") == 0 ? ERR_INPUT : ERR_REFUSED, NULL, "%s", a->message);
}
