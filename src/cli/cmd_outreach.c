/* outreach: what went out or waits to, and what a person has to decide about it. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "cli/change.h"
#include "cli/session.h"
#include "core/outreach.h"

static bool check_state(const char *state, struct err *e)
{
    enum outreach_state ignored;
    if (!state || outreach_state_parse(state, strlen(state), &ignored))
        return true;
    return err_set(e, ERR_USAGE, "--state", "\"%.40s\" is none of queued, sending, sent, delivered, failed, unknown, held, cancelled", state);
}

static int list(struct cli *c)
{
    struct err e = {0};
    int64_t limit = 100, exception = 0;
    const char *of = cli_value(c, "exception", NULL), *state = cli_value(c, "state", NULL);
    char limit_text[24], id_text[24];
    if (!check_state(state, &e) || !cli_number(c, "limit", 1, 100000, &limit, &e) || (of && !session_id(of, &exception, &e)))
        return cli_fail(c, &e);
    snprintf(limit_text, sizeof limit_text, "%" PRId64, limit);
    snprintf(id_text, sizeof id_text, "%" PRId64, exception);
    const char *params[] = {state, of ? id_text : NULL, limit_text};
    static const int widths[] = {2, 2, 5, 7, 2, 8, 4, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 4};
    return session_list(c, "outreach_list", params, 3, widths, "no messages");
}

/* --- one message ---------------------------------------------------------------- */

static const char *cell(const struct table *t, size_t row, const char *name)
{
    for (size_t i = 0; i < t->columns; i++)
        if (strcmp(t->names[i], name) == 0)
            return t->cells[row * t->columns + i];
    return NULL;
}

static void show_page(const struct table *t, const struct table *attempts, const struct table *receipts)
{
    static const struct { const char *name, *label; } lines[] = {
        {"exception", "exception"}, {"to", "to"}, {"template", "template"}, {"language", "language"}, {"by", "by"},
        {"created_at", "written"}, {"send_after", "goes out"}, {"deferred", "because"}, {"sent_at", "sent"}, {"delivered_at", "delivered"},
        {"opened_at", "opened"}, {"clicked_at", "clicked"}, {"failed_at", "failed"}, {"reason", "reason"}, {"passed", "passed"},
        {"pass_reason", "passed for"}, {"message_id", "message id"}, {"provider", "provider"}, {"provider_id", "its number"}, {"subject", "subject"},
    };
    printf("%s %s, %s\n", cell(t, 0, "channel"), cell(t, 0, "id"), cell(t, 0, "state"));
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const char *text = cell(t, 0, lines[i].name);
        if (text && *text)
            printf("%-14s %s\n", lines[i].label, text);
    }
    printf("\n%s\n", cell(t, 0, "body"));
    for (size_t i = 0; i < attempts->rows; i++)
        printf("%s  %s  %s%s%s%s%s\n", i ? "" : "\nattempts, newest first\n", cell(attempts, i, "at"), cell(attempts, i, "outcome"),
               *cell(attempts, i, "code") ? " " : "", cell(attempts, i, "code"), *cell(attempts, i, "message") ? ": " : "",
               cell(attempts, i, "message"));
    for (size_t i = 0; i < receipts->rows; i++)
        printf("%s  %s  %s%s%s%s%s\n", i ? "" : "\nwhat the provider told, newest first\n", cell(receipts, i, "at"), cell(receipts, i, "what"),
               *cell(receipts, i, "code") ? " " : "", cell(receipts, i, "code"), *cell(receipts, i, "message") ? ": " : "",
               cell(receipts, i, "message"));
}

static bool show_for_people(struct db_sync *db, const char *const *id, const struct table *t, struct err *e)
{
    struct table attempts = {0}, receipts = {0};
    bool ok = db_sync_table(db, "outreach_attempts", id, 1, &attempts, e) && db_sync_table(db, "outreach_receipts", id, 1, &receipts, e);
    if (ok)
        show_page(t, &attempts, &receipts);
    table_finish(&attempts);
    table_finish(&receipts);
    return ok;
}

static int show(struct cli *c)
{
    struct err e = {0};
    enum format format;
    int64_t *ids = NULL;
    size_t count = 0;
    char text[24];
    if (!cli_format(c, &format, &e) || !change_numbers(c, 0, "message", "outreach list", &ids, &count, &e))
        return cli_fail(c, &e);
    int64_t id = ids[0];
    free(ids);
    if (count != 1)
        return cli_usage(c, "which message? give one number");
    snprintf(text, sizeof text, "%" PRId64, id);
    const char *const params[] = {text};
    struct table t = {0};
    struct db_sync *db = db_sync_open(c->dsn, &e);
    bool ok = db && db_sync_table(db, "outreach_show", params, 1, &t, &e);
    if (ok && !t.rows)
        ok = err_set(&e, ERR_REFUSED, NULL, "there is no message %" PRId64 ", or it belongs to a brand you do not see", id);
    if (ok)
        ok = format == FORMAT_TABLE ? show_for_people(db, params, &t, &e) : session_print(&t, format, NULL, &e);
    table_finish(&t);
    db_sync_close(db);
    return ok ? 0 : cli_fail(c, &e);
}

/* --- decisions -------------------------------------------------------------------- */

int cmd_outreach(struct cli *c)
{
    static const struct { const char *name, *query, *done; } changes[] = {
        {"outreach cancel", "outreach_cancel", "cancelled"},
        {"outreach retry", "outreach_retry", "queued again"},
        {"outreach resolve-unknown", "outreach_resolve", "settled"},
    };
    struct err e = {0};
    int64_t *ids = NULL;
    size_t count = 0;
    if (strcmp(c->command->name, "outreach list") == 0)
        return list(c);
    if (strcmp(c->command->name, "outreach show") == 0)
        return show(c);
    size_t which = 0;
    while (strcmp(changes[which].name, c->command->name) != 0)
        which++;
    bool resolve = which == 2;
    const char *as = cli_value(c, "as", NULL);
    if (resolve && (!as || (strcmp(as, "sent") != 0 && strcmp(as, "failed") != 0 && strcmp(as, "retry") != 0)))
        return cli_usage(c, "what happened to it? --as sent, --as failed, or --as retry to send it again");
    if (!change_numbers(c, 0, "message", "outreach list", &ids, &count, &e))
        return cli_fail(c, &e);
    int status = change_many(c, NULL, changes[which].query, ids, count, &as, resolve ? 1 : 0, changes[which].done);
    free(ids);
    return status;
}
