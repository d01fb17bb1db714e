/* contact log|list: customers who got in touch, what about, before or after our message, and again. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/when.h"
#include "cli/change.h"
#include "cli/session.h"
#include "core/contact.h"
#include "loop/loop.h"

/* What only the inbox finds, beside those a person logs. */
static const char *const heard[] = {"reply", "feedback", "opt_out", "opt_in", "auto_reply"};
enum { HEARD = sizeof heard / sizeof *heard };

static bool check_driver(const char *s, bool listing, struct err *e)
{
    enum contact_driver ignored;
    struct buf list;
    if (s && contact_driver_parse(s, strlen(s), &ignored))
        return true;
    for (int i = 0; s && listing && i < HEARD; i++)
        if (strcmp(heard[i], s) == 0)
            return true;
    buf_init(&list, sizeof e->text - 80);
    for (int i = 0; i < CONTACT_DRIVER_COUNT; i++)
        buf_printf(&list, "%s%s", i ? ", " : "", contact_driver_name((enum contact_driver)i));
    for (int i = 0; listing && i < HEARD; i++)
        buf_printf(&list, ", %s", heard[i]);
    if (s)
        err_set(e, ERR_USAGE, "--driver", "\"%.40s\" is none of %s", s, buf_str(&list));
    else
        err_set(e, ERR_USAGE, NULL, "what about? --driver: %s", buf_str(&list));
    buf_finish(&list);
    return false;
}

static bool check_way(const char *s, struct err *e)
{
    enum contact_way ignored;
    return !s || contact_way_parse(s, strlen(s), &ignored) ||
           err_set(e, ERR_USAGE, "--channel", "\"%.40s\" is none of email, sms, whatsapp, phone, chat, social, form, in_person, other", s);
}

static int log_one(struct cli *c)
{
    struct err e = {0};
    struct chosen about = {0};
    struct db_sync *db = NULL;
    const char *driver = cli_value(c, "driver", NULL), *way = cli_value(c, "channel", NULL);
    const char *params[] = {driver, way, cli_value(c, "note", NULL)};
    int status;
    if (check_driver(driver, false, &e) && check_way(way, &e) && (db = db_sync_open(c->dsn, &e)) && session_chosen(c, db, &about, &e))
        status = change_many(c, db, "contact_log", about.ids, about.count, params, 3, "logged");
    else
        status = cli_fail(c, &e);
    free(about.ids);
    db_sync_close(db);
    return status;
}

static int list(struct cli *c)
{
    static const int widths[] = {6, 20, 9, 0, 12, 9, 0, 14, 6, 1};
    struct err e = {0};
    int64_t limit = 100, exception = 0, ago = 0;
    const char *of = cli_value(c, "exception", NULL), *days = cli_value(c, "days", NULL);
    char of_text[24], since[40] = "", most[24];
    if (c->operand_count)
        return cli_usage(c, "`doorstep contact list` takes no numbers; --exception ID shows one's");
    if (!cli_number(c, "limit", 1, 10000, &limit, &e) || !cli_number(c, "days", 1, 36500, &ago, &e) ||
        (cli_value(c, "driver", NULL) && !check_driver(cli_value(c, "driver", NULL), true, &e)) || (of && !session_id(of, &exception, &e)))
        return cli_fail(c, &e);
    snprintf(of_text, sizeof of_text, "%" PRId64, exception);
    snprintf(most, sizeof most, "%" PRId64, limit);
    if (days)
        when_format_utc(loop_wall() - ago * 86400000, since, sizeof since);
    const char *params[] = {of ? of_text : NULL, cli_value(c, "driver", NULL), days ? since : NULL, most};
    return session_list(c, "contact_list", params, 4, widths, "nobody got in touch");
}

int cmd_contact(struct cli *c)
{
    return strcmp(c->command->name, "contact log") == 0 ? log_one(c) : list(c);
}
