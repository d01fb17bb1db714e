#include "core/outreach.h"

#include <stdlib.h>
#include <string.h>

struct words { const char *name, *label, *more; };

#define COUNT(a) (sizeof (a) / sizeof *(a))
static const struct words channels[] = {
#define X(id, name, label) {name, label, NULL},
    CHANNELS(X)
#undef X
};
static const struct words states[] = {
#define X(id, name, label) {name, label, NULL},
    OUTREACH_STATES(X)
#undef X
};
static const struct words guardrails[] = {
#define X(id, name, label, pass) {name, label, pass},
    GUARDRAILS(X)
#undef X
};
static const struct words effects[] = {
#define X(id, name) {name, name, NULL},
    EFFECTS_OF_VERDICTS(X)
#undef X
};

static const struct words *at(const struct words *table, size_t count, int i)
{
    static const struct words none = {"?", "?", "?"};
    return i >= 0 && (size_t)i < count ? &table[i] : &none;
}

static bool find(const struct words *table, size_t count, const char *s, size_t n, int *out)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(table[i].name) == n && memcmp(table[i].name, s, n) == 0) {
            *out = (int)i;
            return true;
        }
    return false;
}

const char *channel_name(enum channel c) { return at(channels, COUNT(channels), (int)c)->name; }
const char *channel_label(enum channel c) { return at(channels, COUNT(channels), (int)c)->label; }
const char *outreach_state_name(enum outreach_state s) { return at(states, COUNT(states), (int)s)->name; }
const char *outreach_state_label(enum outreach_state s) { return at(states, COUNT(states), (int)s)->label; }
const char *guardrail_name(enum guardrail g) { return at(guardrails, COUNT(guardrails), (int)g)->name; }
const char *guardrail_label(enum guardrail g) { return at(guardrails, COUNT(guardrails), (int)g)->label; }
const char *guardrail_passed_by(enum guardrail g) { return at(guardrails, COUNT(guardrails), (int)g)->more; }
const char *verdict_effect_name(enum verdict_effect e) { return at(effects, COUNT(effects), (int)e)->name; }

#define PARSE(function, type, table)                                \
    bool function(const char *s, size_t n, enum type *out)          \
    {                                                               \
        int i = 0;                                                  \
        bool ok = find(table, COUNT(table), s, n, &i);              \
        if (ok)                                                     \
            *out = (enum type)i;                                    \
        return ok;                                                  \
    }
PARSE(channel_parse, channel, channels)
PARSE(outreach_state_parse, outreach_state, states)
PARSE(guardrail_parse, guardrail, guardrails)
PARSE(verdict_effect_parse, verdict_effect, effects)

void draft_finish(struct draft *d)
{
    free(d->subject);
    free(d->body);
    *d = (struct draft){.present = false};
}

void message_finish(struct message *m)
{
    free(m->subject);
    free(m->body);
    free(m->html);
    free(m->provider_vars);
    free(m->verdicts);
    *m = (struct message){.template_id = 0};
}

void compose_finish(struct compose *c)
{
    free(c->candidates);
    free(c->macros);
    free(c->fitting);
    draft_finish(&c->draft);
    *c = (struct compose){.exception_id = 0};
}

void message_row_finish(struct message_row *r)
{
    free(r->body);
    free(r->attempts);
    *r = (struct message_row){.id = 0};
}

const struct verdict *message_worst(const struct message *m)
{
    const struct verdict *worst = NULL;
    for (size_t i = 0; i < m->verdict_count; i++)
        if (!worst || m->verdicts[i].effect > worst->effect)
            worst = &m->verdicts[i];
    return worst;
}
