/* A rule, tried on what happened before: what is asked. */
#include "base/buf.h"
#include "base/die.h"
#include "core/request.h"
#include "core/rule.h"

void rule_ask_test(const struct rule *r, int days, struct request *q)
{
    *q = (struct request){.kind = REQ_RULE_TEST};
    struct buf events;
    buf_init(&events, 0);
    buf_putc(&events, '{');
    for (int v = 0; v < RULE_EVENT_COUNT; v++)
        if (r->events & 1u << v)
            buf_printf(&events, "%s%s", events.len > 1 ? "," : "", rule_event_name((enum rule_event)v));
    buf_putc(&events, '}');
    q->rule.events = buf_take(&events);
    q->rule.days = days;
    q->filter = xstrdup(r->filter);
    for (size_t i = 0; i < r->action_count; i++) {
        const struct rule_action *a = &r->actions[i];
        if (a->what != RULE_DO_SEND)
            continue;
        q->outreach.name = xstrdup(a->word);
        q->outreach.channel = a->channel == CHANNEL_COUNT ? NULL : xstrdup(channel_name(a->channel));
    }
}
