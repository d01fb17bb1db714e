/* silence: when a parcel nobody hears of is in trouble. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/when.h"
#include "cli/change.h"
#include "cli/session.h"

static bool is(const struct cli *c, const char *name) { return strcmp(c->command->name, name) == 0; }

static const struct {
    const char *option, *key, *example;
    int64_t unit;
} settings[] = {
    {"not-shipped", "not_shipped_h", "a whole number of hours such as 48h or 2d", WHEN_HOUR},
    {"stalled", "stalled_h", "a whole number of hours such as 72h or 3d", WHEN_HOUR},
    {"pickup", "pickup_days", "a whole number of days such as 7d", WHEN_DAY},
    {"pickup-warning", "pickup_warn_days", "a whole number of days such as 2d, or 0", WHEN_DAY},
    {"warning", "warn_minutes", "a whole number of minutes such as 30m, or 0 for none", WHEN_MINUTE},
};

static bool read_settings(const struct cli *c, struct buf *json, struct err *e)
{
    buf_putc(json, '{');
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        const char *text = cli_value(c, settings[i].option, NULL);
        int64_t ms = 0;
        char option[24], number[24];
        if (!text)
            continue;
        snprintf(option, sizeof option, "--%s", settings[i].option);
        if (strcmp(text, "0") != 0 && (!when_parse_duration(text, strlen(text), &ms) || ms % settings[i].unit))
            return err_set(e, ERR_USAGE, option, "\"%.40s\" is not %s", text, settings[i].example);
        snprintf(number, sizeof number, "%" PRId64, ms / settings[i].unit);
        change_raw(json, settings[i].key, number);
    }
    if (json->len == 1)
        return err_set(e, ERR_USAGE, NULL, "change what? --not-shipped, --stalled, --pickup, --pickup-warning or --warning");
    buf_putc(json, '}');
    return true;
}

int cmd_silence(struct cli *c)
{
    struct err e = {0};
    struct buf json;
    const char *params[] = {cli_value(c, "carrier", NULL), cli_value(c, "service", NULL), NULL};
    if (is(c, "silence list"))
        return session_list(c, "silence_list", NULL, 0, NULL, "no thresholds");
    if (is(c, "silence delete"))
        return change_one(c, NULL, "silence_delete", params, 2, "deleted");
    buf_init(&json, 0);
    bool ok = read_settings(c, &json, &e);
    params[2] = buf_str(&json);
    int status = ok ? change_one(c, NULL, "silence_set", params, 3, "saved; parcels on their way are looked at again by it") : cli_fail(c, &e);
    buf_finish(&json);
    return status;
}
