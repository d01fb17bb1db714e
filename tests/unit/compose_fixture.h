/* What the database answers about writing: candidates, a message, verdicts, macros. */
#ifndef TESTS_UNIT_COMPOSE_FIXTURE_H
#define TESTS_UNIT_COMPOSE_FIXTURE_H

#include <stdio.h>

#include "base/die.h"
#include "base/when.h"
#include "core/outreach.h"

#define SMS_ES "Hola Rosa: UPS no pudo entregar su paquete 1Z999AA10123456784 porque falta el numero de apartamento. " \
               "Responda a este mensaje con el numero y lo enviamos hoy mismo. Gracias, Dana de Acme"

static inline void compose_candidate_add(struct compose *c, int32_t id, const char *name, const char *title, enum channel channel,
                                         const char *language, bool approved, bool fits, const char *why)
{
    c->candidates = xrealloc(c->candidates, (c->candidate_count + 1) * sizeof *c->candidates);
    struct candidate *t = &c->candidates[c->candidate_count++];
    *t = (struct candidate){.template_id = id, .version = 1, .channel = channel, .approved = approved, .fits = fits};
    snprintf(t->name, sizeof t->name, "%s", name);
    snprintf(t->title, sizeof t->title, "%s", title);
    snprintf(t->language, sizeof t->language, "%s", language);
    snprintf(t->why, sizeof t->why, "%s", why);
}

static inline void compose_macro_add(struct compose *c, const char *name, const char *template, const char *says)
{
    c->macros = xrealloc(c->macros, (c->macro_count + 1) * sizeof *c->macros);
    struct macro *m = &c->macros[c->macro_count++];
    *m = (struct macro){.shared = true};
    snprintf(m->name, sizeof m->name, "%s", name);
    snprintf(m->title, sizeof m->title, "%s", name);
    snprintf(m->template, sizeof m->template, "%s", template);
    snprintf(m->channel, sizeof m->channel, "%s", template[0] ? "sms" : "");
    snprintf(m->says, sizeof m->says, "%s", says);
}

static inline struct compose *compose_fixture(int64_t id)
{
    struct compose *c = xcalloc(1, sizeof *c);
    c->exception_id = id;
    c->seen = 7;
    snprintf(c->utc_offset_name, sizeof c->utc_offset_name, "America/Chicago");
    c->recipient_offset = -6 * 3600;
    snprintf(c->email, sizeof c->email, "rosa@example.com");
    snprintf(c->phone, sizeof c->phone, "+15125550142");
    c->can[CHANNEL_EMAIL] = c->can[CHANNEL_SMS] = true;
    snprintf(c->cannot[CHANNEL_WHATSAPP], sizeof c->cannot[0], "no consent for WhatsApp on file");
    compose_candidate_add(c, 11, "address_issue", "Address needed", CHANNEL_SMS, "es", true, true, "customer's language");
    compose_candidate_add(c, 12, "address_issue", "Address needed", CHANNEL_SMS, "en", true, true, "brand's language");
    compose_candidate_add(c, 13, "late_promise", "Later than promised", CHANNEL_SMS, "es", false, false, "not for address issues; not approved yet");
    compose_candidate_add(c, 21, "address_issue", "Address needed", CHANNEL_EMAIL, "es", true, true, "customer's language");
    compose_macro_add(c, "ask_address", "address_issue", "sends address_issue by SMS, waits 2 days, tags asked_address");
    compose_macro_add(c, "park", "", "snoozes 1 day, tags parked");
    return c;
}

static inline struct message message_fixture(int64_t id, enum channel channel, const char *body)
{
    struct message m = {.exception_id = id, .template_id = 11, .version = 1, .channel = channel, .send_at = WHEN_NONE, .undo_seconds = 10};
    snprintf(m.language, sizeof m.language, "es");
    snprintf(m.to, sizeof m.to, "%s", channel == CHANNEL_EMAIL ? "rosa@example.com" : "+15125550142");
    snprintf(m.to_name, sizeof m.to_name, "Rosa Delgado");
    m.body = xstrdup(body);
    return m;
}

static inline void message_verdict(struct message *m, enum guardrail g, enum verdict_effect effect, int64_t until, const char *text)
{
    m->verdicts = xrealloc(m->verdicts, (m->verdict_count + 1) * sizeof *m->verdicts);
    struct verdict *v = &m->verdicts[m->verdict_count++];
    *v = (struct verdict){.guardrail = g, .effect = effect, .until = until};
    snprintf(v->message, sizeof v->message, "%s", text);
}

#endif
