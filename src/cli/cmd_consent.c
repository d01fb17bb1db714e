/* consent: on which channels a customer wants to hear from us, since when, and who said so. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/change.h"
#include "cli/session.h"
#include "core/outreach.h"

static bool is(const struct cli *c, const char *name) { return strcmp(c->command->name, name) == 0; }

static bool is_there(struct cli *c, const char *const *id, struct err *e)
{
    struct table t = {0};
    struct db_sync *db = db_sync_open(c->dsn, e);
    bool ok = db && db_sync_table(db, "exception_there", id, 1, &t, e) &&
              (t.rows || err_set(e, ERR_REFUSED, NULL, "there is no exception #%s, or it belongs to a brand you do not see", id[0]));
    table_finish(&t);
    db_sync_close(db);
    return ok;
}

static int show(struct cli *c)
{
    struct err e = {0};
    int64_t id;
    char text[24];
    if (c->operand_count != 1)
        return cli_usage(c, "whose consent? give one exception's number");
    if (!session_id(c->operands[0], &id, &e))
        return cli_fail(c, &e);
    snprintf(text, sizeof text, "%" PRId64, id);
    const char *const params[] = {text};
    if (!is_there(c, params, &e))
        return cli_fail(c, &e);
    return session_list(c, "consent_history", params, 1, NULL, "nothing is on file about this customer's consent");
}

/* An address that took nothing was put right. */
static int address_ok(struct cli *c, const char *channel)
{
    struct err e = {0};
    int64_t id;
    char text[24];
    if (c->operand_count != 1)
        return cli_usage(c, "whose address? give one exception's number");
    if (!session_id(c->operands[0], &id, &e))
        return cli_fail(c, &e);
    snprintf(text, sizeof text, "%" PRId64, id);
    const char *params[] = {text, channel};
    return change_one(c, NULL, "address_ok", params, 2, "the address takes messages again");
}

int cmd_consent(struct cli *c)
{
    struct err e = {0};
    struct chosen about = {0};
    enum channel ignored;
    bool contact = is(c, "consent do-not-contact");
    const char *channel = cli_value(c, "channel", NULL), *note = cli_value(c, "note", "");
    if (is(c, "consent show"))
        return show(c);
    if (!contact && !channel)
        return cli_usage(c, "which channel? --channel email, sms or whatsapp");
    if (channel && !channel_parse(channel, strlen(channel), &ignored))
        return cli_usage(c, "--channel takes email, sms or whatsapp, not \"%s\"", channel);
    if (is(c, "consent address-ok"))
        return address_ok(c, channel);
    const char *off = cli_flag(c, "off") ? "false" : "true";
    const char *given = is(c, "consent set") ? "true" : "false";
    const char *consent[] = {channel, given, note}, *silence[] = {off, note};
    struct db_sync *db = db_sync_open(c->dsn, &e);
    int status;
    if (db && session_chosen(c, db, &about, &e))
        status = contact ? change_many(c, db, "do_not_contact", about.ids, about.count, silence, 2, "noted for")
                         : change_many(c, db, "consent_set", about.ids, about.count, consent, 3, "noted for");
    else
        status = cli_fail(c, &e);
    free(about.ids);
    db_sync_close(db);
    return status;
}
