/* vonage: POST /v1/messages (Vonage Messages API 1.4). Numbers go without the plus. */
#include <stdio.h>
#include <string.h>

#include "core/address.h"
#include "provider.h"

static bool check(struct channel_url *c, struct err *e)
{
    if (!c->user || !c->secret)
        return err_set(e, ERR_CONFIG, NULL, "no key or secret: vonage://KEY:SECRET@?from=ACME");
    if (!c->from)
        return err_set(e, ERR_CONFIG, NULL, "no sender: add from= with a number or a name");
    return !c->host || err_set(e, ERR_CONFIG, NULL, "vonage:// takes no host; use base= for another one");
}

static const char *number(const char *s) { return address_is_phone(s, strlen(s)) ? s + 1 : s; }

/* "1", "2", … of the variables, in their order. */
static void put_parameters(struct buf *b, const struct outbox_message *m)
{
    json_t *vars = m->provider_vars ? json_loads(m->provider_vars, 0, NULL) : NULL;
    if (!json_is_object(vars) || !json_object_size(vars)) {
        json_decref(vars);
        return;
    }
    json_open(b, "parameters", '[');
    for (size_t i = 1; i <= json_object_size(vars); i++) {
        char key[24];
        snprintf(key, sizeof key, "%zu", i);
        json_text(b, NULL, answer_text(vars, key));
    }
    json_close(b, ']');
    json_decref(vars);
}

static void put_template(struct buf *b, const struct outbox_message *m)
{
    char locale[16];
    snprintf(locale, sizeof locale, "%s", m->language && *m->language ? m->language : "en");
    for (char *s = locale; *s; s++)
        if (*s == '-')
            *s = '_';
    json_text(b, "message_type", "template");
    json_open(b, "template", '{');
    json_text(b, "name", m->provider_template);
    put_parameters(b, m);
    json_close(b, '}');
    json_open(b, "whatsapp", '{');
    json_text(b, "policy", "deterministic");
    json_text(b, "locale", locale);
    json_close(b, '}');
}

static bool build(struct post *q, const struct channel_url *c, const struct outbox_message *m, struct err *e)
{
    char ref[256];
    struct buf *b = &q->body;
    (void)e;
    message_id_bare(m, ref, sizeof ref);
    post_url(q, c, "/v1/messages");
    json_open(b, NULL, '{');
    json_text(b, "channel", channel_name(c->channel));
    json_text(b, "to", number(m->to));
    json_text(b, "from", number(c->from));
    if (c->channel == CHANNEL_WHATSAPP && m->provider_template && *m->provider_template) {
        put_template(b, m);
    } else {
        json_text(b, "message_type", "text");
        json_text(b, "text", m->body);
    }
    json_text(b, "client_ref", ref);
    json_close(b, '}');
    q->basic = true;
    post_header(q, "Accept", "application/json");
    post_header(q, "Content-Type", "application/json");
    return true;
}

/* The SMS API's way of answering, which some gateways keep: 200 with a status in it. */
static void judge_status_in_body(const struct answer *a, struct verdict_of_provider *v)
{
    const json_t *first = json_array_get(json_object_get(a->json, "messages"), 0);
    long status = answer_number(first ? first : a->json, "status");
    const char *text = answer_text(first, "error-text");
    char code[24];
    if (status < 0)
        return;  /* 200 says nothing by itself (judge_status: unknown) */
    snprintf(code, sizeof code, "%ld", status);
    if (status == 0)
        judge_set(v, OUTBOX_SENT, false, code, "%s", "");
    else if (status == 1 || status == 4 || status == 5 || status == 9)
        judge_set(v, status == 5 ? OUTBOX_UNKNOWN : OUTBOX_RETRY, true, code, "Vonage answered with status %ld: %.110s", status, text);
    else
        judge_set(v, OUTBOX_FAILED, false, code, "Vonage answered with status %ld: %.110s", status, text);
    if (status == 0)
        judge_id(v, answer_text(first, "message-id"));
}

/* RFC 7807: type, title, detail, and which parameters were wrong. */
static void judge_problem(const struct answer *a, struct verdict_of_provider *v)
{
    const char *title = answer_text(a->json, "title"), *detail = answer_text(a->json, "detail");
    const json_t *wrong = json_object_get(a->json, "invalid_parameters");
    bool refused = v->r->outcome == OUTBOX_FAILED;
    bool to = strcasestr(title, "recipient") || strstr(detail, "`to`"), from = strcasestr(title, "sender") || strstr(detail, "`from`");
    for (size_t i = 0; i < json_array_size(wrong); i++) {
        const char *name = answer_text(json_array_get(wrong, i), "name");
        to = to || strcmp(name, "to") == 0;
        from = from || strcmp(name, "from") == 0;
    }
    if (!*title && !*detail)
        return;
    judge_set(v, refused && from && !to ? OUTBOX_RETRY : v->r->outcome, v->trouble || (refused && from && !to), v->r->code,
              "Vonage answered %d: %.50s%s%.80s", a->status, title, *detail ? ": " : "", detail);
    v->r->bad_address = refused && to;
}

static void judge(const struct answer *a, struct verdict_of_provider *v)
{
    if (a->status == 202) {
        const char *id = answer_text(a->json, "message_uuid");
        judge_set(v, OUTBOX_SENT, false, "202", "%s", *id ? "" : "Vonage took it; its answer after that could not be read, so receipts cannot be matched by its id");
        judge_id(v, id);
    } else if (a->status < 300) {
        judge_status_in_body(a, v);
    } else {
        judge_problem(a, v);
    }
}

const struct provider provider_vonage = {
    .scheme = "vonage", .name = "Vonage", .channels = CHANNEL_PHONES, .connections = 8, .base = "https://api.nexmo.com",
    .example = "vonage://KEY:SECRET@?from=ACME", .help = "Vonage Messages API", .check = check, .build = build, .judge = judge,
};
