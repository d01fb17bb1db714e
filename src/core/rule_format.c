/* Rules: their words, and what the database takes of them (it writes their text: rule_text() of 059_rules.sql). */
#include "core/rule.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define X(id, name, ...) name,
static const char *const events[] = {RULE_EVENTS(X)};
static const char *const does[] = {RULE_DOES(X)};
#undef X

const char *rule_event_name(enum rule_event v) { return (int)v >= 0 && v < RULE_EVENT_COUNT ? events[v] : "?"; }
const char *rule_do_name(enum rule_do d) { return (int)d >= 0 && d < RULE_DO_COUNT ? does[d] : "?"; }

bool rule_name_ok(const char *s)
{
    size_t n = strlen(s);
    return n > 0 && n <= 40 && *s >= 'a' && *s <= 'z' && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

void rule_finish(struct rule *r)
{
    free(r->filter);
    *r = (struct rule){.filter = NULL};
}

static void member(struct buf *b, const char *key, const char *text)
{
    buf_printf(b, ",\"%s\":", key);
    buf_put_json(b, text, strlen(text));
}

static void spec_action(struct buf *b, const struct rule_action *a)
{
    static const char *const keys[RULE_DO_COUNT] = {[RULE_DO_SEND] = "template", [RULE_DO_ASSIGN] = "to", [RULE_DO_TAG] = "tag"};
    buf_printf(b, "{\"do\":\"%s\"", rule_do_name(a->what));
    if (keys[a->what])
        member(b, keys[a->what], a->word);
    if (a->what == RULE_DO_SEND && a->channel != CHANNEL_COUNT)
        member(b, "channel", channel_name(a->channel));
    if (a->what == RULE_DO_CASE)
        member(b, "type", case_type_name(a->type));
    if (a->what == RULE_DO_SEVERITY)
        member(b, "severity", severity_name(a->severity));
    if (a->minutes)
        buf_printf(b, ",\"minutes\":%d", a->minutes);
    buf_puts(b, a->next_scan ? ",\"next_scan\":true}" : "}");
}

char *rule_spec(const struct rule *r)
{
    struct buf b;
    buf_init(&b, 0);
    buf_puts(&b, "{\"filter\":");
    buf_put_json(&b, r->filter, strlen(r->filter));
    buf_puts(&b, ",\"on\":[");
    for (int v = 0, n = 0; v < RULE_EVENT_COUNT; v++)
        if (r->events & 1u << v)
            buf_printf(&b, "%s\"%s\"", n++ ? "," : "", events[v]);
    buf_puts(&b, "],\"do\":[");
    for (size_t i = 0; i < r->action_count; i++) {
        buf_puts(&b, i ? "," : "");
        spec_action(&b, &r->actions[i]);
    }
    buf_puts(&b, "]}");
    return buf_take(&b);
}
