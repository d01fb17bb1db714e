/* outage: declaring, ending, changing and listing outages. (board, suggest and dismiss: cmd_board.c) */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/when.h"
#include "cli/ask.h"
#include "cli/change.h"
#include "cli/session.h"
#include "core/scope.h"
#include "run/random.h"

static bool is(const struct cli *c, const char *name) { return strcmp(c->command->name, name) == 0; }

/* --until: an instant, "none" for until somebody ends it; absent: WHEN_NONE. */
static bool read_until(const struct cli *c, int64_t *out, struct err *e)
{
    struct moment m;
    *out = WHEN_NONE;
    if (strcmp(cli_value(c, "until", "none"), "none") == 0)
        return true;
    bool ok = ask_moment(c, "until", "an outage ends at a time, not with a scan", &m, e);
    *out = m.at;
    return ok;
}

static bool read_status(const struct cli *c, enum status *out, struct err *e)
{
    const char *text = cli_value(c, "override", NULL);
    *out = STATUS_COUNT;
    return !text || ask_status(text, "--override", out, e);
}

/* --- declaring ------------------------------------------------------------------ */

static void say_preview(const struct outage_preview *p)
{
    cli_say("%s (%s)", p->title, p->scope);
    cli_say("  %" PRId64 " of %" PRId64 " open exceptions, %" PRId64 " with an owner; %" PRId64 " parcels on their way",
            p->exceptions, p->open, p->owned, p->shipments);
    cli_say("  %" PRId64 " queued messages, %" PRId64 " clocks that run", p->messages, p->clocks);
    if (p->overlaps)
        cli_say("  overlaps with %" PRId32 " live outage%s: the strictest holds", p->overlaps, p->overlaps == 1 ? "" : "s");
    if (*p->warning)
        cli_say("  %s", p->warning);
}

/* Looks first, and asks unless --yes. *go false: e where it was refused, else the person said no. */
static bool look(struct cli *c, struct db_sync *db, const char *scope, bool *go, struct err *e)
{
    struct request ask = {.kind = REQ_OUTAGE_PREVIEW, .control = {.scope = xstrdup(scope), .until = WHEN_NONE}};
    struct reply answer;
    bool ok = db_sync_ask(db, &ask, &answer, e);
    const struct outage_preview *p = answer.outage_preview;
    if (ok && !p)
        ok = err_set(e, ERR_BUG, NULL, "the database gave no preview");
    if (ok && *p->title)
        say_preview(p);
    if (ok && !p->allowed)
        ok = err_set(e, ERR_REFUSED, NULL, "%s", p->refusal);
    *go = ok && (cli_flag(c, "yes") || ask_confirm("Declare it", p->exceptions));
    reply_finish(&answer);
    return ok;
}

/* One result: its sentence; a refusal is an error. */
static bool tell(const struct reply *answer, struct err *e)
{
    const struct act_result *r = answer->results;
    if (answer->result_count != 1)
        return err_set(e, ERR_BUG, NULL, "the database gave %zu answers", answer->result_count);
    if (!r->ok)
        return ask_refused(r, e);
    cli_say("%s", r->message);
    return true;
}

static int ask_one(struct cli *c, struct db_sync *db, struct request *r)
{
    struct err e = {0};
    struct reply answer;
    random_key(r->key);
    bool ok = db_sync_ask(db, r, &answer, &e);
    if (!ok && answer.in_doubt)
        err_at(&e, "it may have been done, `doorstep outage list` shows it");
    ok = ok && tell(&answer, &e);
    reply_finish(&answer);
    return ok ? 0 : cli_fail(c, &e);
}

static int declare(struct cli *c)
{
    struct err e = {0};
    const char *filter = cli_value(c, "scope", NULL), *message = cli_value(c, "message", NULL);
    enum status status;
    int64_t until;
    bool go = false;
    if (!filter)
        return cli_usage(c, "what is out? --scope \"carrier:ups region:TX\"");
    if (!message || !*message)
        return cli_usage(c, "what is known? --message TEXT: everybody reads it while the outage lasts");
    if (!cli_flag(c, "yes") && !ask_terminal())
        return cli_usage(c, "there is no terminal to ask on: add --yes");
    char *scope = scope_from_filter(filter, NULL, &e);
    if (!scope || !read_status(c, &status, &e) || !read_until(c, &until, &e)) {
        free(scope);
        return cli_fail(c, &e);
    }
    struct db_sync *db = db_sync_open(c->dsn, &e);
    int result = 0;
    if (!db || !look(c, db, scope, &go, &e))
        result = cli_fail(c, &e);
    else if (!go)
        cli_say("nothing was declared");
    else {
        struct request r = {.kind = REQ_OUTAGE_DECLARE,
                            .control = {.scope = xstrdup(scope), .text = xstrdup(message), .status = status, .until = until,
                                        .hold = cli_flag(c, "hold-messages"), .pause = cli_flag(c, "pause-sla")}};
        result = ask_one(c, db, &r);
    }
    db_sync_close(db);
    free(scope);
    return result;
}

/* --- ending, changing ----------------------------------------------------------- */

static int act(struct cli *c, const char *what, struct control_request control)
{
    struct err e = {0};
    int64_t *ids = NULL;
    size_t count = 0;
    struct request r = {.kind = REQ_OUTAGE_ACT, .control = control};
    if (!change_numbers(c, 0, "outage", "outage list", &ids, &count, &e)) {
        request_finish(&r);
        return cli_fail(c, &e);
    }
    if (count != 1) {
        free(ids);
        request_finish(&r);
        return cli_usage(c, "give one outage's number");
    }
    r.name = xstrdup(what);
    r.ids = ids;
    r.id_count = count;
    struct db_sync *db = db_sync_open(c->dsn, &e);
    int result = db ? ask_one(c, db, &r) : cli_fail(c, &e);
    request_finish(&r);
    db_sync_close(db);
    return result;
}

static int set(struct cli *c)
{
    struct err e = {0};
    struct control_request o = {.status = STATUS_COUNT};
    bool hold = cli_flag(c, "hold-messages"), pause = cli_flag(c, "pause-sla");
    if ((hold && cli_flag(c, "no-hold-messages")) || (pause && cli_flag(c, "no-pause-sla")))
        return cli_usage(c, "that is yes and no at once: give one of the two");
    if (!read_until(c, &o.until, &e))
        return cli_fail(c, &e);
    o.hold = hold;
    o.pause = pause;
    o.fields = (cli_flag(c, "message") ? (unsigned)OUTAGE_SET_TEXT : 0u) | (cli_flag(c, "until") ? (unsigned)OUTAGE_SET_UNTIL : 0u) |
               (hold || cli_flag(c, "no-hold-messages") ? (unsigned)OUTAGE_SET_HOLD : 0u) |
               (pause || cli_flag(c, "no-pause-sla") ? (unsigned)OUTAGE_SET_PAUSE : 0u);
    if (!o.fields)
        return cli_usage(c, "what shall change? --message, --until, --hold-messages, --no-hold-messages, --pause-sla or --no-pause-sla");
    o.text = xstrdup(cli_value(c, "message", NULL));
    return act(c, "set", o);
}

/* --- reading -------------------------------------------------------------------- */

static int show(struct cli *c)
{
    static const int widths[] = {2, 4, 5, 7, 4, 5, 10, 5, 4, 10, 9, 4, 10, 10, 8, 8, 8, 0};
    static const int follow_widths[] = {2, 4, 8, 5, 7, 15, 8, 4, 5, 8, 8, 7, 4, 0};
    struct err e = {0};
    enum format format;
    int64_t limit = 100, *ids = NULL;
    size_t count = 0;
    if (!cli_format(c, &format, &e) || !cli_number(c, "limit", 1, ACT_MAX, &limit, &e) ||
        !change_numbers(c, 0, "outage", "outage list", &ids, &count, &e))
        return cli_fail(c, &e);
    int64_t id = ids[0];
    free(ids);
    if (count != 1 || id > INT32_MAX)
        return cli_usage(c, "give one outage's number");
    char number[24], most[24];
    snprintf(number, sizeof number, "%" PRId64, id);
    snprintf(most, sizeof most, "%" PRId64, limit);
    struct table t = {0}, open = {0};
    struct db_sync *db = db_sync_open(c->dsn, &e);
    bool ok = db && db_sync_table(db, "outage_table", (const char *const[]){"true", number}, 2, &t, &e);
    if (ok && t.rows == 0)
        ok = err_set(&e, ERR_INPUT, NULL, "there is no outage %s; `doorstep outage list --all` shows them", number);
    ok = ok && db_sync_table(db, "outage_follow_up", (const char *const[]){number, most}, 2, &open, &e);
    if (ok && format == FORMAT_TABLE) {
        ok = session_print(&t, format, widths, &e);
        printf("\n");
    }
    if (ok && format == FORMAT_TABLE && open.rows == 0)
        cli_say("no open exception is in it");
    else if (ok)
        ok = session_print(&open, format, follow_widths, &e);
    table_finish(&t);
    table_finish(&open);
    db_sync_close(db);
    return ok ? 0 : cli_fail(c, &e);
}

static int list(struct cli *c)
{
    static const int widths[] = {2, 4, 5, 7, 4, 5, 10, 5, 4, 10, 9, 4, 10, 10, 0, 0, 0, 0};
    const char *params[] = {cli_flag(c, "all") ? "true" : "false", NULL};
    return session_list(c, "outage_table", params, 2, widths, cli_flag(c, "all") ? "there was no outage yet" : "no outage is live; --all shows those that ended");
}

int cmd_outage(struct cli *c)
{
    if (is(c, "outage declare"))
        return declare(c);
    if (is(c, "outage set"))
        return set(c);
    if (is(c, "outage list"))
        return list(c);
    if (is(c, "outage show"))
        return show(c);
    return act(c, "end", (struct control_request){.status = STATUS_COUNT, .until = WHEN_NONE, .text = xstrdup(cli_value(c, "note", NULL))});
}
