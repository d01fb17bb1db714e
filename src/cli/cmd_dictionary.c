/* dictionary: what carriers' codes mean, looked at, drafted, previewed, approved, and history read anew by it. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "cli/change.h"
#include "cli/session.h"

enum { CODE_MOST = 160, NUMBER_TEXT = 24 };

/* "X/48", "X", "*\/48": a code and a detail; "" is none. */
struct code {
    char code[CODE_MOST], *detail;
};

static bool is(const struct cli *c, const char *name) { return strcmp(c->command->name + strlen("dictionary "), name) == 0; }

static bool read_code(const char *text, struct code *out, struct err *e)
{
    if (strlen(text) >= sizeof out->code)
        return err_set(e, ERR_USAGE, NULL, "a code has at most %d characters", CODE_MOST - 1);
    snprintf(out->code, sizeof out->code, "%s", text);
    out->detail = strchr(out->code, '/');
    if (out->detail)
        *out->detail++ = '\0';
    return true;
}

static const char *given(const char *text) { return text && *text ? text : NULL; }

/* The value of an option that is a number, as text; NULL when it was not given. */
static bool number_text(const struct cli *c, const char *option, int64_t max, char out[NUMBER_TEXT], const char **text, struct err *e)
{
    int64_t n = -1;
    if (!cli_number(c, option, option[0] == 'e' ? 0 : 1, max, &n, e))
        return false;
    snprintf(out, NUMBER_TEXT, "%" PRId64, n);
    *text = n < 0 ? NULL : out;
    return true;
}

/* --- looking ------------------------------------------------------------------------ */

static int list(struct cli *c)
{
    static const int widths[] = {8, 6, 6, 10, 8, 5, 8, 4, 20, 3, 0, 0, 0, 0, 0};
    struct err e = {0};
    char version[NUMBER_TEXT];
    const char *params[] = {c->operand_count ? c->operands[0] : NULL, cli_value(c, "text", NULL), cli_value(c, "kind", NULL), NULL};
    if (!number_text(c, "version", INT32_MAX, version, &params[3], &e))
        return cli_fail(c, &e);
    bool narrowed = params[1] || params[2] || params[3];
    return session_list(c, "dictionary_list", params, 4, widths, narrowed ? "no entry is like that" : "the dictionary knows no such provider");
}

static int show(struct cli *c)
{
    static const int widths[] = {0, 8, 6, 6, 10, 20, 16, 8, 0, 3, 0, 6, 0, 4, 0, 5, 4, 0, 0};
    struct err e = {0};
    struct code code = {0};
    if (c->operand_count < 1 || c->operand_count > 2)
        return cli_usage(c, "give a provider and a code: ups X/48");
    if (c->operand_count == 2 && !read_code(c->operands[1], &code, &e))
        return cli_fail(c, &e);
    const char *params[] = {c->operands[0], given(code.code), given(code.detail)};
    return session_list(c, "dictionary_history", params, 3, widths, "the dictionary never had such an entry");
}

static int lookup(struct cli *c)
{
    static const int widths[] = {8, 6, 6, 10, 20, 16, 20, 3, 5, 0};
    struct err e = {0};
    struct code code = {0};
    if (c->operand_count < 1 || c->operand_count > 3)
        return cli_usage(c, "give a provider, a code and what it comes with: ups X 48 --text \"Incorrect address\"");
    if (c->operand_count > 1 && !read_code(c->operands[1], &code, &e))
        return cli_fail(c, &e);
    const char *params[] = {c->operands[0], code.code, c->operand_count > 2 ? c->operands[2] : code.detail, cli_value(c, "text", NULL)};
    return session_list(c, "dictionary_lookup", params, 4, widths, "no entry speaks: it opens an exception of kind other, and goes on the list of `doorstep dictionary unmapped`");
}

static int unmapped(struct cli *c)
{
    static const int widths[] = {8, 6, 6, 6, 0, 10, 20, 10, 4, 6, 0, 0, 0, 0};
    const char *params[] = {cli_flag(c, "all") ? "all" : cli_flag(c, "ignored") ? "ignored" : "open", c->operand_count ? c->operands[0] : NULL};
    return session_list(c, "dictionary_unmapped", params, 2, widths, cli_flag(c, "ignored") ? "none is put aside" : "every code seen so far is in the dictionary");
}

static int drafts(struct cli *c)
{
    static const int widths[] = {2, 0, 12, 20, 16, 0, 12, 10, 6, 10, 6, 0, 0, 0, 0, 0, 0};
    const char *params[] = {cli_flag(c, "all") ? "all" : cli_flag(c, "mine") ? "mine" : "draft", NULL};
    return session_list(c, "dictionary_drafts", params, 2, widths, "no drafts wait");
}

static bool draft_number(const struct cli *c, char out[NUMBER_TEXT], struct err *e)
{
    int64_t *ids = NULL;
    size_t n = 0;
    if (!change_numbers(c, 0, "draft", "dictionary drafts", &ids, &n, e))
        return false;
    snprintf(out, NUMBER_TEXT, "%" PRId64, ids[0]);
    free(ids);
    return n == 1 || err_set(e, ERR_USAGE, NULL, "one draft at a time");
}

static int preview(struct cli *c)
{
    static const int widths[] = {8, 12, 12, 7, 5, 4, 10};
    struct err e = {0};
    char id[NUMBER_TEXT], days[NUMBER_TEXT];
    const char *params[] = {id, NULL};
    if (!draft_number(c, id, &e) || !number_text(c, "days", 400, days, &params[1], &e))
        return cli_fail(c, &e);
    return session_list(c, "dictionary_preview", params, 2, widths, "it changes nothing that was scanned");
}

/* --- drafting ----------------------------------------------------------------------- */

static int draft(struct cli *c, struct buf *object)
{
    change_text(object, "note", cli_value(c, "note", NULL));
    buf_putc(object, '}');
    const char *params[] = {buf_str(object)};
    int status = change_one(c, NULL, "dictionary_draft", params, 1, "drafted");
    buf_finish(object);
    return status;
}

static void begin(struct buf *object, const char *what)
{
    buf_init(object, 0);
    buf_puts(object, "{");
    change_text(object, "what", what);
}

/* The entry it is about: provider, code, detail and the text it looks for. */
static void about(struct cli *c, const struct code *code, struct buf *object)
{
    change_text(object, "provider", c->operands[0]);
    change_text(object, "code", given(code->code));
    change_text(object, "detail", given(code->detail));
    change_text(object, "pattern", cli_value(c, "text", NULL));
}

static int set(struct cli *c)
{
    static const char *const fields[] = {"kind", "status", "role", "severity", "clears", "wording", "priority", "label"};
    struct err e = {0};
    struct code code;
    struct buf object;
    bool retire = is(c, "retire");
    if (c->operand_count != 2)
        return cli_usage(c, "give a provider and a code: ups X/48; \"*\" where any code will do");
    if (!read_code(c->operands[1], &code, &e))
        return cli_fail(c, &e);
    begin(&object, retire ? "retire" : "entry");
    about(c, &code, &object);
    for (size_t i = 0; !retire && i < sizeof fields / sizeof *fields; i++)
        change_text(&object, fields[i], cli_value(c, fields[i], NULL));
    return draft(c, &object);
}

static int word(struct cli *c)
{
    struct buf object;
    if (c->operand_count != 3)
        return cli_usage(c, "give the wording's name, a language and the text in quotes");
    begin(&object, "word");
    change_text(&object, "wording", c->operands[0]);
    change_text(&object, "language", c->operands[1]);
    change_text(&object, "text", c->operands[2]);
    return draft(c, &object);
}

static int label(struct cli *c)
{
    struct err e = {0};
    struct code code;
    struct buf object;
    if (c->operand_count != 4)
        return cli_usage(c, "give a provider, a code, a language and the label in quotes");
    if (!read_code(c->operands[1], &code, &e))
        return cli_fail(c, &e);
    begin(&object, "label");
    about(c, &code, &object);
    change_text(&object, "language", c->operands[2]);
    change_text(&object, "label", c->operands[3]);
    return draft(c, &object);
}

/* --- deciding ----------------------------------------------------------------------- */

static int approve(struct cli *c)
{
    struct err e = {0};
    char id[NUMBER_TEXT], expect[NUMBER_TEXT], days[NUMBER_TEXT];
    const char *params[] = {id, NULL, NULL};
    if (!draft_number(c, id, &e) || !number_text(c, "expect", INT32_MAX, expect, &params[1], &e) || !number_text(c, "days", 400, days, &params[2], &e))
        return cli_fail(c, &e);
    if (params[2] && !cli_flag(c, "reprocess"))
        return cli_usage(c, "--days says how far back --reprocess reads anew");
    if (cli_flag(c, "reprocess") && !params[2])
        params[2] = "30";
    return change_one(c, NULL, "dictionary_approve", params, 3, "approved");
}

static int reject(struct cli *c)
{
    struct err e = {0};
    char id[NUMBER_TEXT];
    const char *params[] = {id, cli_value(c, "note", NULL)};
    if (!draft_number(c, id, &e))
        return cli_fail(c, &e);
    return change_one(c, NULL, "dictionary_reject", params, 2, "rejected");
}

static int ignore(struct cli *c)
{
    struct err e = {0};
    struct code code;
    const char *reason = cli_value(c, "reason", NULL);
    if (c->operand_count != 2)
        return cli_usage(c, "give the provider and the code as `doorstep dictionary unmapped` lists them: ups X9/48");
    if (!reason == !cli_flag(c, "back"))
        return cli_usage(c, "why may it wait? --reason TEXT; or --back puts it on the list again");
    if (!read_code(c->operands[1], &code, &e))
        return cli_fail(c, &e);
    const char *params[] = {c->operands[0], code.code, code.detail ? code.detail : "", reason};
    return change_one(c, NULL, "dictionary_ignore", params, 4, "put aside");
}

static int reprocess(struct cli *c)
{
    static const int widths[] = {8, 12, 12, 7, 5, 4, 10};
    struct err e = {0};
    char expect[NUMBER_TEXT], days[NUMBER_TEXT];
    const char *params[] = {cli_value(c, "provider", NULL), cli_value(c, "code", NULL), "30", NULL}, *asked = NULL;
    if (!number_text(c, "days", 400, days, &asked, &e) || !number_text(c, "expect", INT32_MAX, expect, &params[3], &e))
        return cli_fail(c, &e);
    if (asked)
        params[2] = asked;
    if (params[1] && !params[0])
        return cli_usage(c, "whose code? add --provider");
    if (!cli_flag(c, "preview"))
        return change_one(c, NULL, "dictionary_reprocess", params, 4, "read anew");
    if (!params[0])
        return cli_usage(c, "a preview is of one --provider");
    return session_list(c, "dictionary_reprocess_preview", params, 3, widths, "it changes nothing that was scanned");
}

static int jobs(struct cli *c)
{
    static const int widths[] = {2, 7, 3, 12, 0, 6, 6, 6, 6, 6, 6, 6, 10, 10};
    return session_list(c, "dictionary_jobs", NULL, 0, widths, "nothing was read anew yet");
}

static int language(struct cli *c)
{
    if (c->operand_count != 1)
        return cli_usage(c, "give a language, \"es\", or \"none\" for labels as they were written");
    const char *params[] = {strcmp(c->operands[0], "none") == 0 ? NULL : c->operands[0]};
    return change_one(c, NULL, "label_language", params, 1, "kept");
}

int cmd_dictionary(struct cli *c)
{
    static const struct {
        const char *name;
        int (*run)(struct cli *);
    } table[] = {
        {"list", list}, {"show", show}, {"lookup", lookup}, {"unmapped", unmapped}, {"ignore", ignore}, {"set", set}, {"retire", set}, {"word", word}, {"label", label},
        {"drafts", drafts}, {"preview", preview}, {"approve", approve}, {"reject", reject}, {"reprocess", reprocess}, {"jobs", jobs}, {"language", language},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (is(c, table[i].name))
            return table[i].run(c);
    die("no such command: %s", c->command->name);
}
