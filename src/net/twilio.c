/* twilio: POST /2010-04-01/Accounts/SID/Messages.json (github.com/twilio/twilio-oai, 2026-04; codes: twilio.com/docs/api/errors). */
#include <stdio.h>
#include <string.h>

#include "provider.h"

static bool check(struct channel_url *c, struct err *e)
{
    if (!c->user || !c->secret)
        return err_set(e, ERR_CONFIG, NULL, "no account or token: twilio://SID:TOKEN@?from=+15125550100");
    if (strspn(c->user, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") != strlen(c->user) || strlen(c->user) > 64)
        return err_set(e, ERR_CONFIG, NULL, "the account's SID is letters and digits (AC…)");
    if (!c->from)
        return err_set(e, ERR_CONFIG, NULL, "no sender: add from= with a number, a name, or a messaging service (MG…)");
    return !c->host || err_set(e, ERR_CONFIG, NULL, "twilio:// takes no host; use base= for another one");
}

static void put_address(struct buf *b, const struct channel_url *c, const char *key, const char *number)
{
    char address[200];
    snprintf(address, sizeof address, "%s%s", c->channel == CHANNEL_WHATSAPP ? "whatsapp:" : "", number);
    form_text(b, key, address);
}

static bool build(struct post *q, const struct channel_url *c, const struct outbox_message *m, struct err *e)
{
    char path[160];
    struct buf *b = &q->body;
    (void)e;
    snprintf(path, sizeof path, "/2010-04-01/Accounts/%s/Messages.json", c->user);
    post_url(q, c, path);
    put_address(b, c, "To", m->to);
    if (strncmp(c->from, "MG", 2) == 0 && strlen(c->from) == 34)
        form_text(b, "MessagingServiceSid", c->from);
    else
        put_address(b, c, "From", c->from);
    if (m->provider_template && *m->provider_template) {
        form_text(b, "ContentSid", m->provider_template);
        form_text(b, "ContentVariables", m->provider_vars);
    } else {
        form_text(b, "Body", m->body);
    }
    form_text(b, "StatusCallback", c->status);
    q->basic = true;
    post_header(q, "Accept", "application/json");
    post_header(q, "Content-Type", "application/x-www-form-urlencoded");
    return true;
}

static const struct {
    long code;
    enum outbox_outcome outcome;
    bool trouble, bad_address;
    const char *says;
} codes[] = {
    {20003, OUTBOX_RETRY, true, false, "it does not accept the SID and token of the channel"},
    {20005, OUTBOX_RETRY, true, false, "the account is not active"},
    {20404, OUTBOX_RETRY, true, false, "there is no such account or service; check the SID"},
    {20429, OUTBOX_RETRY, true, false, "that is more at once than it takes"},
    {14107, OUTBOX_RETRY, true, false, "that is more at once than it takes"},
    {21211, OUTBOX_FAILED, false, true, "it is no valid phone number"},
    {21214, OUTBOX_FAILED, false, true, "the number cannot be reached"},
    {21217, OUTBOX_FAILED, false, true, "it is no valid phone number"},
    {21212, OUTBOX_RETRY, true, false, "from= is no valid sender"},
    {21408, OUTBOX_FAILED, false, false, "the account may not send to that country; allow it there"},
    {21421, OUTBOX_FAILED, false, true, "it is no valid phone number"},
    {21603, OUTBOX_RETRY, true, false, "it wants a sender: set from="},
    {21606, OUTBOX_RETRY, true, false, "from= is not a sender of that account"},
    {21608, OUTBOX_FAILED, false, false, "a trial account sends to verified numbers only"},
    {21609, OUTBOX_RETRY, true, false, "status= is no address it can call"},
    {21610, OUTBOX_FAILED, false, false, "the customer has opted out with STOP; only the customer can take that back"},
    {21611, OUTBOX_RETRY, true, false, "the sender's queue is full"},
    {21612, OUTBOX_FAILED, false, false, "the number cannot be reached from this sender"},
    {21614, OUTBOX_FAILED, false, true, "the number takes no text messages"},
    {21617, OUTBOX_FAILED, false, false, "the message is longer than 1,600 characters"},
    {21659, OUTBOX_RETRY, true, false, "from= is not a sender of that account"},
    {21660, OUTBOX_RETRY, true, false, "from= is not a sender of that account"},
    {21703, OUTBOX_RETRY, true, false, "the messaging service has no sender"},
    {21705, OUTBOX_RETRY, true, false, "the messaging service is not valid"},
    {63003, OUTBOX_FAILED, false, true, "the number is not on WhatsApp"},
    {63007, OUTBOX_RETRY, true, false, "from= is no WhatsApp sender of that account"},
    {63016, OUTBOX_FAILED, false, false, "outside the 24-hour window WhatsApp takes approved templates only"},
    {63018, OUTBOX_RETRY, true, false, "that is more at once than it takes"},
    {63024, OUTBOX_FAILED, false, true, "it is no valid WhatsApp number"},
};

static void judge_error(const struct answer *a, struct verdict_of_provider *v)
{
    long code = answer_number(a->json, "code");
    char text[24];
    if (code < 0 || (a->status >= 500 && a->status != 503))
        return;
    snprintf(text, sizeof text, "%ld", code);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (codes[i].code != code)
            continue;
        judge_set(v, codes[i].outcome, codes[i].trouble, text, "Twilio answered %ld: %s", code, codes[i].says);
        v->r->bad_address = codes[i].bad_address;
        return;
    }
    judge_set(v, v->r->outcome, v->trouble, text, "Twilio answered %ld: %.130s", code, answer_text(a->json, "message"));
}

static void judge(const struct answer *a, struct verdict_of_provider *v)
{
    const char *sid = answer_text(a->json, "sid");
    const char *status = answer_text(a->json, "status");
    if (a->status == 201 && (strcmp(status, "failed") == 0 || strcmp(status, "undelivered") == 0 || strcmp(status, "canceled") == 0)) {
        judge_set(v, OUTBOX_FAILED, false, "201", "Twilio took it and says it %s: %.110s",
                  strcmp(status, "canceled") == 0 ? "was cancelled" : "failed", answer_text(a->json, "error_message"));
        judge_id(v, sid);
    } else if (a->status == 201) {
        judge_set(v, OUTBOX_SENT, false, "201", "%s", *sid ? "" : "Twilio took it; its answer after that could not be read, so receipts cannot be matched");
        judge_id(v, sid);
    } else if (a->status >= 400) {
        judge_error(a, v);
    }
}

const struct provider provider_twilio = {
    .scheme = "twilio", .name = "Twilio", .channels = CHANNEL_PHONES, .connections = 8, .base = "https://api.twilio.com",
    .example = "twilio://SID:TOKEN@?from=+15125550100&status=https://example.com/hooks/twilio",
    .help = "Twilio Messaging; from= may be a messaging service (MG…), status= gets its callbacks",
    .check = check, .build = build, .judge = judge,
};
