/* policy: when customers may be written to, how often, and how soon a message goes. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/when.h"
#include "cli/change.h"
#include "cli/session.h"
#include "core/outreach.h"

static bool is(const struct cli *c, const char *name) { return strcmp(c->command->name, name) == 0; }

/* "21:00" */
static bool is_clock(const char *s, size_t n)
{
    if (n != 5 || s[2] != ':' || strspn(s, "0123456789") != 2 || strspn(s + 3, "0123456789") < 2)
        return false;
    return (s[0] - '0') * 10 + (s[1] - '0') < 24 && s[3] < '6';
}

/* --quiet 21:00-08:00, or none */
static bool read_quiet(const char *text, struct buf *json, struct err *e)
{
    char from[6] = "", to[6] = "";
    if (strcmp(text, "none") == 0) {
        change_raw(json, "quiet_from", "null");
        change_raw(json, "quiet_to", "null");
        return true;
    }
    const char *dash = strchr(text, '-');
    if (!dash || !is_clock(text, (size_t)(dash - text)) || !is_clock(dash + 1, strlen(dash + 1)))
        return err_set(e, ERR_USAGE, "--quiet", "\"%.40s\" are no hours such as 21:00-08:00, or none", text);
    memcpy(from, text, 5);
    memcpy(to, dash + 1, 5);
    change_text(json, "quiet_from", from);
    change_text(json, "quiet_to", to);
    return true;
}

/* --quiet-days sat,sun, or none */
static bool read_days(const char *text, struct buf *json, struct err *e)
{
    static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    char list[64] = "[";
    size_t used = 1;
    for (const char *s = text; strcmp(text, "none") != 0 && *s;) {
        size_t n = strcspn(s, ","), day = 0;
        while (day < 7 && (n != 3 || strncmp(s, days[day], 3) != 0))
            day++;
        if (day == 7 || used > sizeof list - 4)
            return err_set(e, ERR_USAGE, "--quiet-days", "\"%.40s\" are no days such as sat,sun, or none", text);
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%zu", used > 1 ? "," : "", day + 1);
        s += n + (s[n] == ',');
    }
    snprintf(list + used, sizeof list - used, "]");
    change_raw(json, "quiet_days", list);
    return true;
}

/* Whole hours: "48h", "2d". */
static bool read_hours(const char *option, const char *text, int64_t least, char out[24], struct err *e)
{
    int64_t ms;
    if (!when_parse_duration(text, strlen(text), &ms) || ms % WHEN_HOUR || ms < least * WHEN_HOUR || ms > 8760 * WHEN_HOUR)
        return err_set(e, ERR_USAGE, option, "\"%.40s\" is no whole number of hours such as 24h or 2d", text);
    snprintf(out, 24, "%" PRId64, ms / WHEN_HOUR);
    return true;
}

/* --cap 2/24h */
static bool read_cap(const char *text, struct buf *json, struct err *e)
{
    char count[24], hours[24];
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 4 || text[digits] != '/')
        return err_set(e, ERR_USAGE, "--cap", "\"%.40s\" is no cap such as 2/24h: two messages in a day", text);
    snprintf(count, sizeof count, "%.*s", (int)digits, text);
    if (!read_hours("--cap", text + digits + 1, 1, hours, e))
        return false;
    change_raw(json, "cap", count);
    change_raw(json, "cap_hours", hours);
    return true;
}

static bool read_repeat(const char *text, struct buf *json, struct err *e)
{
    char hours[24];
    if (!read_hours("--repeat", text, 0, hours, e))
        return false;
    change_raw(json, "repeat_hours", hours);
    return true;
}

static bool read_stale(const char *text, struct buf *json, struct err *e)
{
    char hours[24];
    if (!read_hours("--stale", text, 1, hours, e))
        return false;
    change_raw(json, "stale_hours", hours);
    return true;
}

static bool read_consent(const char *text, struct buf *json, struct err *e)
{
    bool required = strcmp(text, "required") == 0;
    if (!required && strcmp(text, "assumed") != 0)
        return err_set(e, ERR_USAGE, "--consent", "takes required, or assumed (until they say no), not \"%.40s\"", text);
    change_raw(json, "consent_required", required ? "true" : "false");
    return true;
}

static bool read_undo(const char *text, struct buf *json, struct err *e)
{
    char seconds[24];
    int64_t ms;
    bool none = strcmp(text, "0") == 0;
    if (none)
        ms = 0;
    else if (!when_parse_duration(text, strlen(text), &ms) || ms % WHEN_SECOND || ms > WHEN_HOUR)
        return err_set(e, ERR_USAGE, "--undo", "\"%.40s\" is no time such as 10s, up to 1h; 0 for none", text);
    snprintf(seconds, sizeof seconds, "%" PRId64, ms / WHEN_SECOND);
    change_raw(json, "undo_seconds", seconds);
    return true;
}

static bool read_segments(const char *text, struct buf *json, struct err *e)
{
    size_t n = strlen(text);
    if (n == 0 || n > 2 || strspn(text, "0123456789") != n || text[0] == '0' || (n == 2 && strcmp(text, "10") != 0))
        return err_set(e, ERR_USAGE, "--segments", "takes 1 to 10, not \"%.40s\"", text);
    change_raw(json, "max_segments", text);
    return true;
}

static const struct {
    const char *option;
    bool (*read)(const char *text, struct buf *json, struct err *e);
} settings[] = {
    {"quiet", read_quiet}, {"quiet-days", read_days}, {"cap", read_cap}, {"repeat", read_repeat}, {"stale", read_stale},
    {"consent", read_consent}, {"undo", read_undo}, {"segments", read_segments},
};

static bool read_settings(const struct cli *c, struct buf *json, struct err *e)
{
    buf_putc(json, '{');
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        const char *text = cli_value(c, settings[i].option, NULL);
        if (text && !settings[i].read(text, json, e))
            return false;
    }
    if (json->len == 1)
        return err_set(e, ERR_USAGE, NULL, "change what? --quiet, --quiet-days, --cap, --repeat, --stale, --consent, --undo or --segments");
    buf_putc(json, '}');
    return true;
}

int cmd_policy(struct cli *c)
{
    struct err e = {0};
    struct buf json;
    enum channel ignored;
    const char *params[] = {cli_value(c, "brand", NULL), cli_value(c, "country", NULL), cli_value(c, "channel", NULL), NULL};
    if (is(c, "policy list"))
        return session_list(c, "policy_list", NULL, 0, NULL, "no policies");
    if (params[2] && !channel_parse(params[2], strlen(params[2]), &ignored))
        return cli_usage(c, "--channel takes email, sms or whatsapp, not \"%s\"", params[2]);
    if (is(c, "policy delete"))
        return change_one(c, NULL, "policy_delete", params, 3, "deleted");
    buf_init(&json, 0);
    bool ok = read_settings(c, &json, &e);
    params[3] = buf_str(&json);
    int status = ok ? change_one(c, NULL, "policy_set", params, 4, "saved") : cli_fail(c, &e);
    buf_finish(&json);
    return status;
}
