/* override: the effective status set by hand, of one shipment or of many; deciding what waits, and taking back.
 * (list, show and policy: cmd_override_read.c) */
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
#include "core/filter.h"
#include "core/override.h"
#include "run/random.h"

struct wish {
    enum status status;
    const char *reason, *note, *filter;
    int64_t until;
    int32_t outage;
    bool yes, preview;
    enum format format;
};

static bool is(const struct cli *c, const char *name) { return strcmp(c->command->name, name) == 0; }

/* --- what is asked for, refused before the database is ----------------------------- */

static bool read_reason(const char *text, struct err *e)
{
    char list[200];
    size_t used = 0;
    enum override_reason ignored;
    if (text && override_reason_parse(text, strlen(text), &ignored))
        return true;
    for (int i = 0; i < OVERRIDE_REASON_COUNT; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", override_reason_name((enum override_reason)i));
    if (!text)
        return err_set(e, ERR_USAGE, NULL, "why? --reason with one of %s", list);
    return err_set(e, ERR_USAGE, "--reason", "\"%.40s\" is no reason: use one of %s", text, list);
}

/* A filter that leaves nothing out is a slip of the hand. */
static bool check_filter(const char *text, struct err *e)
{
    struct filter f;
    if (!text)
        return true;
    if (!filter_parse(text, &f, NULL, e))
        return err_at(e, "--filter");
    bool narrow = false;                 /* a state, or what it shall not be, bounds nothing */
    for (size_t i = 0; i < f.term_count; i++)
        narrow |= !f.terms[i].negated && f.terms[i].field != FIELD_STATE;
    filter_finish(&f);
    return narrow || err_set(e, ERR_USAGE, "--filter", "\"%.40s\" is every open exception: narrow it down, carrier:ups region:TX say", text);
}

static bool read_wish(const struct cli *c, struct wish *w, struct err *e)
{
    int64_t outage = 0;
    struct moment until;
    *w = (struct wish){.reason = cli_value(c, "reason", NULL), .note = cli_value(c, "note", NULL), .filter = cli_value(c, "filter", NULL),
                       .yes = cli_flag(c, "yes"), .preview = cli_flag(c, "preview")};
    if (!cli_format(c, &w->format, e) || !ask_status(cli_value(c, "status", NULL), "--status", &w->status, e) || !check_filter(w->filter, e) ||
        !ask_moment(c, "expires", "an override lasts until a time; what the carrier says later is minded anyway", &until, e) || !cli_number(c, "outage", 1, INT32_MAX, &outage, e))
        return false;
    w->until = until.at;
    w->outage = (int32_t)outage;
    if (w->preview)
        return true;
    if (!read_reason(w->reason, e))
        return false;
    if (!w->note)
        return err_set(e, ERR_USAGE, NULL, "what do you know, and from whom? --note TEXT: everybody reads it in the timeline");
    if (w->yes || ask_terminal())
        return true;
    return err_set(e, ERR_USAGE, NULL, "there is no terminal to ask on: add --yes to override, or --preview to see what would change");
}

/* --- looking first -------------------------------------------------------------------- */

static void say_some(const char *label, int64_t n, const char *means)
{
    if (n)
        cli_say("  %9" PRId64 "  %s%s%s", n, label, *means ? ": " : "", means);
}

static void say_preview(const struct override_preview *p, enum status status)
{
    char until[40], newer[64], before[80] = "";
    when_format_utc(p->expires_at, until, sizeof until);
    snprintf(newer, sizeof newer, "have a scan of the last %" PRId32 " h that says something else", p->newer_hours);
    cli_say("%" PRId64 " shipment%s become%s \"%s\" until %s", p->changes, p->changes == 1 ? "" : "s", p->changes == 1 ? "s" : "", status_label(status), until);
    for (size_t i = 0; i < p->group_count; i++)
        cli_say("  %9" PRId64 "  %s, %s now", p->groups[i].count, p->groups[i].carrier, status_label(p->groups[i].status));
    say_some("are that already", p->same, "left as they are");
    say_some("are overridden already", p->overridden, "this one replaces it");
    say_some(newer, p->newer, "");
    say_some("exceptions resolve with it", p->resolves, "");
    say_some("have an open case", p->keeps_case, "they stay open");
    say_some("exceptions stay open", p->stays, "");
    say_some("SLA clocks stop", p->clocks, "");
    say_some("queued messages say something else", p->messages, "they are held when their time comes");
    say_some("are not there, or not yours to see", p->denied, "");
    if (p->needs_approval && p->alone)
        snprintf(before, sizeof before, "with the %" PRId64 " you gave this status in the last hour ", p->alone);
    if (p->needs_approval)
        cli_say("%smore than %" PRId32 ": it waits for a second lead, and changes nothing before", before, p->threshold);
}

static void print_number(struct printer *out, const char *what, const char *carrier, const char *status, int64_t n)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, n);
    print_row(out, (const char *const[]){what, carrier, status, text});
}

/* For programs: a line a fact, and one for each carrier and status there is now. */
static bool print_preview(const struct override_preview *p, enum format format, struct err *e)
{
    static const struct column columns[] = {{"what", COLUMN_TEXT, 4}, {"carrier", COLUMN_TEXT, 4}, {"status", COLUMN_TEXT, 4}, {"count", COLUMN_NUMBER, 5}};
    const struct { const char *name; int64_t n; } facts[] = {
        {"asked", p->asked}, {"shipments", p->shipments}, {"changes", p->changes}, {"same", p->same}, {"overridden", p->overridden}, {"newer_scan", p->newer},
        {"resolves", p->resolves}, {"keeps_case", p->keeps_case}, {"stays_open", p->stays}, {"clocks_stop", p->clocks}, {"messages_held", p->messages},
        {"denied", p->denied}, {"needs_approval", p->needs_approval},
    };
    struct printer *out = print_begin(stdout, format, columns, 4);
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        print_number(out, facts[i].name, NULL, NULL, facts[i].n);
    for (size_t i = 0; i < p->group_count; i++)
        print_number(out, "now", p->groups[i].carrier, status_name(p->groups[i].status), p->groups[i].count);
    return print_end(out, e);
}

/* --- answers ---------------------------------------------------------------------------- */

/* Asks, prints, sums up. */
static int ask(struct cli *c, struct db_sync *db, struct request *r, enum format format, bool all)
{
    struct err e = {0};
    struct reply answer = {0};
    random_key(r->key);
    bool ok = db_sync_ask(db, r, &answer, &e);
    int status = 0;
    if (!ok && answer.in_doubt)
        err_at(&e, "it may be done, `doorstep override list --mine` shows it");
    if (ok && answer.result_count == 1 && !answer.results[0].ok && answer.results[0].id == 0) {
        ok = ask_refused(&answer.results[0], &e);
    } else if (ok) {
        if (format != FORMAT_TABLE || answer.result_count > 1 || all)
            ok = ask_print(&answer, format, false, &e);
        ask_say(&answer);
        status = ask_status_of(&answer);
    }
    reply_finish(&answer);
    return ok ? status : cli_fail(c, &e);
}

static int64_t *copy_ids(const int64_t *ids, size_t count)
{
    int64_t *copy = xcalloc(count, sizeof *copy);
    if (count)
        memcpy(copy, ids, count * sizeof *copy);
    return copy;
}

/* --- apply --------------------------------------------------------------------------------- */

static int go(struct cli *c, struct db_sync *db, const struct wish *w, const int64_t *ids, size_t count)
{
    struct err e = {0};
    struct reply look = {0};
    struct request r = {.kind = REQ_OVERRIDE_PREVIEW, .ids = copy_ids(ids, count), .id_count = count, .control = {.status = w->status, .until = w->until}};
    int status = 0;
    if (!db_sync_ask(db, &r, &look, &e) || !look.preview) {
        reply_finish(&look);
        return cli_fail(c, &e);
    }
    const struct override_preview *p = look.preview;
    if (!p->allowed)
        status = (err_set(&e, count ? ERR_REFUSED : ERR_INPUT, NULL, "%s", p->refusal), cli_fail(c, &e));
    else if (w->preview && w->format != FORMAT_TABLE)
        status = print_preview(p, w->format, &e) ? 0 : cli_fail(c, &e);
    else if (w->preview || !w->yes)
        say_preview(p, w->status);
    if (p->allowed && !w->preview && (w->yes || p->changes == 0 || ask_confirm("Override", p->changes))) {
        struct request apply = {.kind = REQ_OVERRIDE_APPLY, .ids = copy_ids(ids, count), .id_count = count, .filter = xstrdup(w->filter),
                                .control = {.status = w->status, .until = w->until, .outage = w->outage, .code = xstrdup(w->reason), .text = xstrdup(w->note)}};
        status = ask(c, db, &apply, w->format, false);
    } else if (p->allowed && !w->preview) {
        cli_say("nothing was overridden");
    }
    reply_finish(&look);
    return status;
}

static int apply(struct cli *c)
{
    struct err e = {0};
    struct wish w;
    struct chosen about = {0};
    if (!read_wish(c, &w, &e))
        return cli_fail(c, &e);
    struct db_sync *db = db_sync_open(c->dsn, &e);
    int status = db && (w.preview ? session_targets(c, db, &about.ids, &about.count, &e) : session_chosen(c, db, &about, &e)) ? go(c, db, &w, about.ids, about.count) : cli_fail(c, &e);
    free(about.ids);
    db_sync_close(db);
    return status;
}

/* --- taking back, deciding ---------------------------------------------------------------- */

static int act_on_batches(struct cli *c, enum batch_op op, int64_t *ids, size_t count)
{
    struct err e = {0};
    enum format format;
    const char *note = cli_value(c, "note", NULL);
    if (!cli_format(c, &format, &e)) {
        free(ids);
        return cli_fail(c, &e);
    }
    struct request r = {.kind = REQ_BATCH_ACT, .ids = ids, .id_count = count, .control = {.batch_op = op, .text = xstrdup(note)}};
    struct db_sync *db = db_sync_open(c->dsn, &e);
    int status;
    if (db) {
        status = ask(c, db, &r, format, false);
    } else {
        request_finish(&r);
        status = cli_fail(c, &e);
    }
    db_sync_close(db);
    return status;
}

static int revert(struct cli *c)
{
    struct err e = {0};
    enum format format;
    int64_t batch = 0;
    struct chosen about = {0};
    if (!cli_format(c, &format, &e) || !cli_number(c, "batch", 1, INT64_MAX, &batch, &e) || !check_filter(cli_value(c, "filter", NULL), &e))
        return cli_fail(c, &e);
    if (batch && (c->operand_count || cli_value(c, "filter", NULL)))
        return cli_usage(c, "give exceptions or --batch, not both");
    if (batch)
        return act_on_batches(c, BATCH_OP_REVERT, copy_ids(&batch, 1), 1);
    struct db_sync *db = db_sync_open(c->dsn, &e);
    int status;
    if (db && session_chosen(c, db, &about, &e)) {
        struct request r = {.kind = REQ_OVERRIDE_REVERT, .ids = about.ids, .id_count = about.count, .brief = about.brief,
                            .control = {.text = about.count ? xstrdup(cli_value(c, "note", NULL)) : NULL}};
        status = about.count ? ask(c, db, &r, format, true) : cli_fail(c, (err_set(&e, ERR_INPUT, NULL, "no exception is under that filter"), &e));
    } else {
        status = cli_fail(c, &e);
    }
    db_sync_close(db);
    return status;
}

static int decide(struct cli *c, enum batch_op op)
{
    struct err e = {0};
    int64_t *ids = NULL;
    size_t count = 0;
    if (!change_numbers(c, 0, "batch", "override list", &ids, &count, &e))
        return cli_fail(c, &e);
    return act_on_batches(c, op, ids, count);
}

int cmd_override(struct cli *c)
{
    if (is(c, "override apply"))
        return apply(c);
    if (is(c, "override revert"))
        return revert(c);
    return decide(c, is(c, "override approve") ? BATCH_OP_APPROVE : is(c, "override reject") ? BATCH_OP_REJECT : BATCH_OP_WITHDRAW);
}
