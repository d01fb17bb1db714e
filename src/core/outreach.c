#include "core/outreach.h"

#include <stdlib.h>

#include "core/words.h"

#define COUNT(a) (sizeof (a) / sizeof *(a))
#define X(id, name, label) {name, label},
static const struct word channels[] = {CHANNELS(X)};
static const struct word states[] = {OUTREACH_STATES(X)};
#undef X
#define X(id, name, label, pass) {name, label},
static const struct word guardrails[] = {GUARDRAILS(X)};
#undef X
#define X(id, name, label, pass) {pass, ""},
static const struct word passes[] = {GUARDRAILS(X)};
#undef X
#define X(id, name) {name, name},
static const struct word effects[] = {EFFECTS_OF_VERDICTS(X)};
#undef X

const char *channel_name(enum channel c) { return word_at(channels, COUNT(channels), (int)c)->name; }
const char *channel_label(enum channel c) { return word_at(channels, COUNT(channels), (int)c)->label; }
const char *outreach_state_name(enum outreach_state s) { return word_at(states, COUNT(states), (int)s)->name; }
const char *outreach_state_label(enum outreach_state s) { return word_at(states, COUNT(states), (int)s)->label; }
const char *guardrail_name(enum guardrail g) { return word_at(guardrails, COUNT(guardrails), (int)g)->name; }
const char *guardrail_label(enum guardrail g) { return word_at(guardrails, COUNT(guardrails), (int)g)->label; }
const char *guardrail_passed_by(enum guardrail g) { return word_at(passes, COUNT(passes), (int)g)->name; }
const char *verdict_effect_name(enum verdict_effect e) { return word_at(effects, COUNT(effects), (int)e)->name; }

WORDS_PARSE(channel_parse, channel, channels)
WORDS_PARSE(outreach_state_parse, outreach_state, states)
WORDS_PARSE(guardrail_parse, guardrail, guardrails)
WORDS_PARSE(verdict_effect_parse, verdict_effect, effects)

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
