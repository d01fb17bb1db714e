/* send: shows what customers would get and what stands in the way, and queues it. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "cli/ask.h"
#include "cli/preview.h"
#include "cli/session.h"
#include "run/random.h"

enum { SEND_MOST = 10000, SHOWN_MOST = 3 };   /* messages in one request; previews before the question */

struct sending {
    char template[44], channel[12];
    const char *macro, *pass;
    bool yes, preview;
    enum format format;
    struct previews previews;
    size_t queued, refused;
};

static bool read_options(const struct cli *c, struct sending *s, struct err *e)
{
    const char *channel = cli_value(c, "channel", ""), *template = cli_value(c, "template", "");
    enum channel ignored;
    *s = (struct sending){.macro = cli_value(c, "macro", NULL), .pass = cli_value(c, "pass", NULL), .yes = cli_flag(c, "yes"),
                          .preview = cli_flag(c, "preview")};
    snprintf(s->template, sizeof s->template, "%s", template);
    snprintf(s->channel, sizeof s->channel, "%s", channel);
    if (!cli_format(c, &s->format, e))
        return false;
    if (!*template && !s->macro)
        return err_set(e, ERR_USAGE, NULL, "which message? --template NAME, or --macro NAME; `doorstep template list` shows them");
    if (strlen(template) >= sizeof s->template)
        return err_set(e, ERR_USAGE, "--template", "no name is so long");
    if (*channel && !channel_parse(channel, strlen(channel), &ignored))
        return err_set(e, ERR_USAGE, "--channel", "\"%.40s\" is no channel: email, sms or whatsapp", channel);
    if (s->yes || s->preview || ask_terminal())
        return true;
    return err_set(e, ERR_USAGE, NULL, "there is no terminal to ask on: add --yes to send, or --preview to see what would be sent");
}

/* What the macro sends, where the command line says nothing else. */
static bool read_macro(struct db_sync *db, struct sending *s, struct err *e)
{
    struct table t = {0};
    if (!s->macro)
        return true;
    if (!db_sync_table(db, "macro_find", &s->macro, 1, &t, e))
        return false;
    bool found = t.rows > 0;
    if (found && !*s->template && t.cells[0])
        snprintf(s->template, sizeof s->template, "%s", t.cells[0]);
    if (found && !*s->channel && t.cells[1])
        snprintf(s->channel, sizeof s->channel, "%s", t.cells[1]);
    table_finish(&t);
    if (!found)
        return err_set(e, ERR_INPUT, NULL, "there is no macro \"%s\"; `doorstep macro list` shows them", s->macro);
    return *s->template || err_set(e, ERR_USAGE, NULL, "\"%s\" sends no message: use `doorstep macro run %s`, or add --template", s->macro, s->macro);
}

/* --- queueing ---------------------------------------------------------------------- */

static void print_result(struct sending *s, struct printer *p, const struct act_result *r)
{
    ask_print_one(p, r);
    s->queued += r->ok;
    s->refused += !r->ok;
}

static void print_skipped(struct sending *s, struct printer *p, const struct message *m)
{
    struct act_result r = {.id = m->exception_id, .code = "invalid"};
    const struct verdict *v = preview_reason(m, FATE_SKIPPED);
    if (v) {
        snprintf(r.code, sizeof r.code, "%s", guardrail_name(v->guardrail));
        memcpy(r.message, v->message, sizeof r.message);
    }
    print_result(s, p, &r);
}

/* Moves at most SEND_MOST that go, from *at on, into the request. */
static void take_some(struct sending *s, size_t *at, struct outreach_request *o)
{
    o->messages = xcalloc(SEND_MOST, sizeof *o->messages);
    for (; *at < s->previews.count && o->message_count < SEND_MOST; ++*at) {
        struct message *m = &s->previews.messages[*at];
        if (preview_fate(m, s->pass) == FATE_SKIPPED)
            continue;
        o->messages[o->message_count++] = *m;
        *m = (struct message){.exception_id = m->exception_id, .verdicts = NULL};
    }
}

static bool send_some(struct sending *s, struct db_sync *db, size_t *at, struct printer *p, struct err *e)
{
    struct request r = {.kind = REQ_SEND, .outreach = {.seen = -1, .pass = xstrdup(s->pass), .macro = xstrdup(s->macro)}};
    struct reply answer = {0};
    take_some(s, at, &r.outreach);
    if (r.outreach.message_count == 0) {
        request_finish(&r);
        return true;
    }
    random_key(r.key);
    bool ok = db_sync_ask(db, &r, &answer, e);
    for (size_t i = 0; ok && i < answer.result_count; i++)
        print_result(s, p, &answer.results[i]);
    if (ok)
        cli_say("%s", answer.summary);
    else if (answer.in_doubt)
        err_at(e, "it may be queued, `doorstep outreach list` shows it");
    reply_finish(&answer);
    return ok;
}

static bool send_all(struct sending *s, struct db_sync *db, struct err *e)
{
    struct printer *p = ask_print_begin(s->format, false);
    for (size_t i = 0; i < s->previews.count; i++)
        if (preview_fate(&s->previews.messages[i], s->pass) == FATE_SKIPPED)
            print_skipped(s, p, &s->previews.messages[i]);
    bool ok = true;
    for (size_t at = 0; ok && at < s->previews.count;)
        ok = send_some(s, db, &at, p, e);
    struct err ignored;
    return print_end(p, ok ? e : &ignored) && ok;
}

static int status_of(const struct sending *s)
{
    return !s->refused ? 0 : err_exit_status(s->queued ? ERR_PARTIAL : ERR_REFUSED);
}

static int go(struct cli *c, struct sending *s, struct db_sync *db)
{
    struct err e = {0};
    const struct previews *p = &s->previews;
    bool ask = !s->yes;
    if (s->preview || ask)
        if (!preview_print(p, s->template, s->preview ? s->format : FORMAT_TABLE, s->preview ? 0 : SHOWN_MOST, &e))
            return cli_fail(c, &e);
    if (s->preview)
        return 0;
    size_t going = preview_going(p, s->pass);
    if (ask || p->count > 1)
        preview_say_counts(p, s->pass);
    char what[48];
    snprintf(what, sizeof what, "Send %zu message%s", going, going == 1 ? "" : "s");
    if (ask && going && !ask_confirm(what, 0)) {
        cli_say("nothing was sent");
        return 0;
    }
    if (!send_all(s, db, &e))
        return cli_fail(c, &e);
    if (going == 0)
        cli_say("nothing was queued");
    return status_of(s);
}

int cmd_send(struct cli *c)
{
    struct err e = {0};
    struct sending s;
    int64_t *ids = NULL;
    size_t count = 0;
    if (!read_options(c, &s, &e))
        return cli_fail(c, &e);
    struct db_sync *db = db_sync_open(c->dsn, &e);
    int status;
    if (db && read_macro(db, &s, &e) && session_targets(c, db, &ids, &count, &e) &&
        preview_ask(db, ids, count, s.template, *s.channel ? s.channel : NULL, &s.previews, &e))
        status = go(c, &s, db);
    else
        status = cli_fail(c, &e);
    preview_finish(&s.previews);
    free(ids);
    db_sync_close(db);
    return status;
}
