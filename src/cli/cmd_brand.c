/* brand: who its messages come from, where they are answered, how it speaks. */
#include "cli/commands.h"

#include <string.h>

#include "base/buf.h"
#include "cli/change.h"
#include "cli/session.h"

/* --support '' takes it back. */
static bool read_settings(const struct cli *c, struct buf *json, struct err *e)
{
    static const struct { const char *option, *key; } settings[] = {
        {"name", "name"}, {"language", "language"}, {"time-zone", "time_zone"}, {"from-name", "from_name"}, {"from", "from_email"},
        {"reply-to", "reply_to"}, {"support", "support"}, {"unsubscribe", "list_unsubscribe"}, {"tracking-url", "tracking_url"},
        {"page-url", "page_url"}, {"form-url", "form_url"}, {"contact-url", "contact_url"}, {"page-color", "page_color"},
    };
    buf_putc(json, '{');
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        const char *text = cli_value(c, settings[i].option, NULL);
        if (text && !*text)
            change_raw(json, settings[i].key, "null");
        else
            change_text(json, settings[i].key, text);
    }
    if (json->len == 1)
        return err_set(e, ERR_USAGE, NULL, "change what? `doorstep help brand set` lists it");
    buf_putc(json, '}');
    return true;
}

int cmd_brand(struct cli *c)
{
    /* code, name, language, zone, from name, from, reply to, support; the rest is for programs */
    static const int widths[] = {1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0};
    struct err e = {0};
    struct buf json;
    if (strcmp(c->command->name, "brand list") == 0)
        return session_list(c, "brand_list", NULL, 0, widths, "no brands: the feed brings them");
    if (c->operand_count != 1)
        return cli_usage(c, "give one brand's code; `doorstep brand list` shows them");
    buf_init(&json, 0);
    bool ok = read_settings(c, &json, &e);
    const char *params[] = {c->operands[0], buf_str(&json)};
    int status = ok ? change_one(c, NULL, "brand_set", params, 2, "saved") : cli_fail(c, &e);
    buf_finish(&json);
    return status;
}
