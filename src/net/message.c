/* What has to be right about a message before any of it goes on the wire. */
#include <stdio.h>
#include <string.h>

#include "core/address.h"
#include "core/template.h"
#include "provider.h"

const char *message_from(const struct channel_url *c, const struct outbox_message *m)
{
    return c->channel == CHANNEL_EMAIL && m->from_email && *m->from_email ? m->from_email : c->from;
}

const char *message_from_name(const struct channel_url *c, const struct outbox_message *m)
{
    const char *name = m->from_name && *m->from_name ? m->from_name : c->from_name;
    return name && *name ? name : NULL;
}

void message_id_bare(const struct outbox_message *m, char *out, size_t size)
{
    const char *s = m->message_id ? m->message_id : "";
    size_t n = strlen(s);
    if (n > 1 && s[0] == '<' && s[n - 1] == '>') {
        s++;
        n -= 2;
    }
    snprintf(out, size, "%.*s", (int)n, s);
}

void message_html(const struct outbox_message *m, struct buf *out)
{
    if (m->html && *m->html)
        buf_puts(out, m->html);
    else
        template_html(m->body ? m->body : "", m->language && *m->language ? m->language : "en", out);
}

/* Printable ASCII without what would end a Message-ID, and short enough for a line and a file's name. */
static bool is_message_id(const char *s)
{
    size_t n = strlen(s);
    if (n < 3 || n > 180 || !strchr(s, '@') || *s == '.')
        return false;
    for (; *s; s++)
        if (*s <= 0x20 || *s >= 0x7F || strchr("<>()[]\\,;:\"/", *s))
            return false;
    return true;
}

static bool check_headers(const struct outbox_message *m, struct err *e)
{
    const struct { const char *name, *value; } fields[] = {
        {"the customer's name", m->to_name}, {"the sender's name", m->from_name},   {"the sender", m->from_email},
        {"the reply address", m->reply_to},  {"the unsubscribe address", m->list_unsubscribe},
        {"the subject", m->subject},         {"the language", m->language},         {"the brand", m->brand},
        {"the provider's template", m->provider_template}, {"the tracking number", m->tracking_number},
        {"the order number", m->order_number},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (fields[i].value && !address_is_header_safe(fields[i].value, strlen(fields[i].value)))
            return err_set(e, ERR_INPUT, NULL, "%s holds a line break or control character, which no header may hold; correct it and "
                                               "send again", fields[i].name);
    return true;
}

static bool check_sender(const struct channel_url *c, const struct outbox_message *m, struct err *e)
{
    const char *from = message_from(c, m);
    if (from && c->channel == CHANNEL_EMAIL && !address_is_email(from, strlen(from)))
        return err_set(e, ERR_INPUT, NULL, "the brand's sender is no e-mail address; a lead can correct it");
    if (c->channel == CHANNEL_EMAIL && m->reply_to && *m->reply_to && !address_is_email(m->reply_to, strlen(m->reply_to)))
        return err_set(e, ERR_INPUT, NULL, "the brand's reply address is no e-mail address; a lead can correct it");
    return true;
}

bool message_check(const struct channel_url *c, const struct outbox_message *m, bool *bad_address, struct err *e)
{
    char id[256];
    size_t n = m->to ? strlen(m->to) : 0;
    *bad_address = false;
    if (m->channel != c->channel)
        return err_set(e, ERR_BUG, NULL, "a message for %s was given to the channel for %s", channel_label(m->channel), channel_label(c->channel));
    if (!n)
        return err_set(e, ERR_INPUT, NULL, "there is no address to send to; enter one and send again");
    *bad_address = !(c->channel == CHANNEL_EMAIL ? address_is_email(m->to, n) : address_is_phone(m->to, n));
    if (*bad_address)
        return err_set(e, ERR_INPUT, NULL, c->channel == CHANNEL_EMAIL ? "the address is no e-mail address; correct it and send again"
                                                                       : "the number is no phone number like +15125550100; correct it and send again");
    message_id_bare(m, id, sizeof id);
    if (!is_message_id(id))
        return err_set(e, ERR_BUG, NULL, "the message's id is not one");
    if (!(m->body && *m->body) && !(m->provider_template && *m->provider_template))
        return err_set(e, ERR_INPUT, NULL, "the message is empty; write something and send again");
    return check_headers(m, e) && check_sender(c, m, e);
}
