/* The verbs from the command line: claim, snooze, resolve … and undo. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "cli/ask.h"
#include "cli/session.h"
#include "run/random.h"

/* The command's name as a verb: "take-next" is take_next. */
static enum verb verb_of(const struct cli *c)
{
    char name[32];
    enum verb v = VERB_CLAIM;
    snprintf(name, sizeof name, "%s", c->command->name);
    for (char *s = name; *s; s++)
        *s = *s == '-' ? '_' : *s;
    if (!verb_parse(name, strlen(name), &v))
        die("command %s is no verb", name);
    return v;
}

/* --until: an instant, or for snooze the next scan. */
static bool read_until(const struct cli *c, struct request *r, struct err *e)
{
    struct moment m;
    bool ok = ask_moment(c, "until", r->verb == VERB_SNOOZE ? NULL : "only a snooze can last until the next scan", &m, e);
    r->act.until = m.at;
    r->act.next_scan = m.next_scan;
    return ok;
}

/* Which option a verb cannot do without. */
static const struct { enum verb verb; const char *option, *why; } needed[] = {
    {VERB_ASSIGN, "to", "who is to have it? --to PERSON"},
    {VERB_SNOOZE, "until", "until when? --until 4h, --until \"mon 9:00\", --until scan"},
    {VERB_NOTE, "text", "what is the note? --text TEXT"},
    {VERB_SEVERITY, "to", "which severity? --to low, medium, high or critical"},
    {VERB_RESOLVE, "code", "how did it end? --code CODE"},
    {VERB_TAG, "tag", "which tag? --tag TAG"},
    {VERB_UNTAG, "tag", "which tag? --tag TAG"},
};

static bool check_code(const struct cli *c, enum verb verb, struct err *e)
{
    const char *code = cli_value(c, "code", NULL);
    enum resolution ignored;
    if (verb != VERB_RESOLVE || !code || resolution_parse(code, strlen(code), &ignored))
        return true;
    struct buf list;
    buf_init(&list, sizeof e->text - 80);
    for (int i = 0; i < RESOLUTION_COUNT; i++)
        buf_printf(&list, "%s%s", i ? ", " : "", resolution_name((enum resolution)i));
    err_set(e, ERR_USAGE, "--code", "\"%.40s\" is none of %s", code, buf_str(&list));
    buf_finish(&list);
    return false;
}

static bool read_args(const struct cli *c, struct request *r, struct err *e)
{
    *r = (struct request){.kind = REQ_ACT, .verb = verb_of(c)};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (needed[i].verb == r->verb && !cli_flag(c, needed[i].option))
            return err_set(e, ERR_USAGE, NULL, "%s", needed[i].why);
    if (!check_code(c, r->verb, e) || !read_until(c, r, e))
        return false;
    r->act.take_over = cli_flag(c, "take-over");
    r->act.text = xstrdup(cli_value(c, "text", NULL));
    if (r->verb == VERB_ASSIGN)
        r->act.person = xstrdup(cli_value(c, "to", NULL));
    else
        r->act.code = xstrdup(cli_value(c, r->verb == VERB_SEVERITY ? "to" : r->verb == VERB_TAG || r->verb == VERB_UNTAG ? "tag" : "code", NULL));
    random_key(r->key);
    return true;
}

/* Sends the request and prints an answer an item. */
static int ask_and_print(struct cli *c, struct db_sync *db, struct request *r, enum format format)
{
    struct err e = {0};
    struct reply answer;
    bool ok = db_sync_ask(db, r, &answer, &e) && ask_print(&answer, format, true, &e);
    int status = ok ? ask_status_of(&answer) : 0;
    if (ok)
        ask_say(&answer);
    reply_finish(&answer);
    return ok ? status : cli_fail(c, &e);
}

/* What it is about, from the operands or --filter. */
static bool read_chosen(const struct cli *c, struct db_sync *db, struct request *r, struct err *e)
{
    struct chosen about;
    if (!session_chosen(c, db, &about, e))
        return false;
    r->ids = about.ids;
    r->id_count = about.count;
    r->brief = about.brief;
    return true;
}

int cmd_act(struct cli *c)
{
    struct err e = {0};
    enum format format;
    struct request r = {.kind = REQ_ACT};
    struct db_sync *db = NULL;
    int status;
    if (cli_format(c, &format, &e) && read_args(c, &r, &e) && (db = db_sync_open(c->dsn, &e)) &&
        (r.verb == VERB_TAKE_NEXT || read_chosen(c, db, &r, &e)))
        status = ask_and_print(c, db, &r, format);
    else
        status = cli_fail(c, &e);
    request_finish(&r);
    db_sync_close(db);
    return status;
}

/* What will be taken back, and what is newer and will not be. */
static bool say_undo(struct db_sync *db, struct err *e)
{
    struct reply peek = {0};
    struct request r = {.kind = REQ_UNDO_PEEK};
    bool ok = db_sync_ask(db, &r, &peek, e);
    if (ok && *peek.summary && peek.result_count)
        cli_say("%s", peek.results[0].message);
    if (ok && *peek.summary)
        cli_say("taking back: %s", peek.summary);
    reply_finish(&peek);
    return ok;
}

int cmd_undo(struct cli *c)
{
    struct err e = {0};
    enum format format;
    if (!cli_format(c, &format, &e))
        return cli_fail(c, &e);
    struct db_sync *db = db_sync_open(c->dsn, &e);
    if (!db)
        return cli_fail(c, &e);
    struct request r = {.kind = REQ_UNDO};
    random_key(r.key);
    int status = say_undo(db, &e) ? ask_and_print(c, db, &r, format) : cli_fail(c, &e);
    db_sync_close(db);
    return status;
}
