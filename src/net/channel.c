#include "net/channel.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/wipe.h"
#include "core/address.h"
#include "net/desk.h"
#include "net/poll.h"
#include "provider.h"

static const struct provider *const providers[] = {&provider_maildir,  &provider_smtp,   &provider_smtps,
                                                   &provider_sendgrid, &provider_postmark, &provider_twilio,
                                                   &provider_vonage,   &provider_webhook};
#define PROVIDERS (sizeof providers / sizeof *providers)

#define CONNECTIONS_MOST 64
#define RATE_MOST 100000.0

const char *channel_scheme(const struct channel_url *c) { return c->provider->scheme; }
bool channel_idempotent(const struct channel_url *c) { return c->provider->idempotent; }

const char *channel_variable(enum channel c)
{
    static const char *const names[] = {[CHANNEL_EMAIL] = "DOORSTEP_EMAIL_URL", [CHANNEL_SMS] = "DOORSTEP_SMS_URL",
                                        [CHANNEL_WHATSAPP] = "DOORSTEP_WHATSAPP_URL"};
    return (int)c >= 0 && c < CHANNEL_COUNT ? names[c] : "the channel";
}

const struct channel_help *channel_help_at(int i)
{
    static struct channel_help help[PROVIDERS];
    static char channels[PROVIDERS][40];
    if (i < 0 || (size_t)i >= PROVIDERS)
        return NULL;
    const struct provider *p = providers[i];
    size_t at = 0;
    for (int c = 0; c < CHANNEL_COUNT; c++)
        if (p->channels & CHANNEL_BIT(c))
            at += (size_t)snprintf(channels[i] + at, sizeof channels[i] - at, "%s%s", at ? ", " : "", channel_name((enum channel)c));
    help[i] = (struct channel_help){p->scheme, channels[i], p->example, p->help};
    return &help[i];
}

static void forget(char **text)
{
    wipe_free(*text);
    *text = NULL;
}

void channel_url_finish(struct channel_url *c)
{
    char **texts[] = {&c->host, &c->path, &c->user, &c->secret, &c->from, &c->from_name, &c->status, &c->base, &c->ca, &c->stream,
                      &c->requester};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        forget(texts[i]);
    *c = (struct channel_url){.port = 0};
}

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* Percent-decoding into heap memory; NULL when there is a control character or a broken escape. what names the part, for its
 * text may be a secret. */
static char *decode(const char *s, size_t n, const char *what, struct err *e)
{
    char *out = xcalloc(n + 1, 1);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        if (c == '%') {
            int high = i + 2 < n ? hex(s[i + 1]) : -1;
            int low = i + 2 < n ? hex(s[i + 2]) : -1;
            if (high < 0 || low < 0) {
                err_set(e, ERR_CONFIG, NULL, "%s has a %% without two hexadecimal digits after it; a %% itself is written %%25", what);
                forget(&out);
                return NULL;
            }
            c = (char)(high * 16 + low);
            i += 2;
        }
        if ((unsigned char)c < 0x20 || c == 0x7F) {
            err_set(e, ERR_CONFIG, NULL, "%s holds a control character; take it out", what);
            forget(&out);
            return NULL;
        }
        out[at++] = c;
    }
    return out;
}

bool channel_is_loopback(const char *host)
{
    if (strcasecmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 || strcmp(host, "[::1]") == 0)
        return true;
    unsigned a, b, c, d;
    char more;
    return sscanf(host, "%3u.%3u.%3u.%3u%c", &a, &b, &c, &d, &more) == 4 && a == 127 && b < 256 && c < 256 && d < 256;
}

/* Letters, digits, dots, hyphens, and what lies beyond ASCII; or an address in brackets. */
static bool is_host(const char *s)
{
    if (*s == '[') {
        size_t n = strspn(s + 1, "0123456789abcdefABCDEF:.");
        return n > 1 && strcmp(s + 1 + n, "]") == 0;
    }
    if (!*s || strlen(s) > 253 || *s == '.' || *s == '-')
        return false;
    for (; *s; s++)
        if (!isalnum((unsigned char)*s) && *s != '.' && *s != '-' && (unsigned char)*s < 0x80)
            return false;
    return true;
}

/* "host:port" or "host" */
static bool read_host(struct channel_url *c, const char *s, size_t n, struct err *e)
{
    const char *colon = memrchr(s, ':', n);
    if (colon && memchr(colon, ']', n - (size_t)(colon - s)))
        colon = NULL;
    size_t host = colon ? (size_t)(colon - s) : n;
    if (colon) {
        char *end;
        char digits[8];
        snprintf(digits, sizeof digits, "%.*s", (int)(n - host - 1 < 7 ? n - host - 1 : 7), colon + 1);
        long port = strtol(digits, &end, 10);
        if (end == digits || *end || port < 1 || port > 65535 || !isdigit((unsigned char)digits[0]))
            return err_set(e, ERR_CONFIG, NULL,
                           "what follows the host's colon is no port number; a / ? # @ or : in the user or password is written "
                           "%%2F %%3F %%23 %%40 %%3A");
        c->port = (int)port;
    }
    c->host = decode(s, host, "the host", e);
    if (!c->host)
        return false;
    if (!*c->host)
        forget(&c->host);
    if (c->host && !is_host(c->host))
        return err_set(e, ERR_CONFIG, NULL, "the host is not a host name; a / ? # or @ in the user or password is written %%2F %%3F "
                                            "%%23 %%40");
    return true;
}

/* "user:password@host:port" */
static bool read_authority(struct channel_url *c, const char *s, size_t n, struct err *e)
{
    const char *at = memrchr(s, '@', n);
    if (at) {
        size_t info = (size_t)(at - s);
        const char *colon = memchr(s, ':', info);
        size_t user = colon ? (size_t)(colon - s) : info;
        if (user && !(c->user = decode(s, user, "the user", e)))
            return false;
        if (colon && user + 1 < info && !(c->secret = decode(colon + 1, info - user - 1, "the password", e)))
            return false;
        n -= info + 1;
        s = at + 1;
    }
    return read_host(c, s, n, e);
}

/* ---- parameters ---- */

typedef bool check_fn(struct channel_url *c, const char *value, struct err *e);

static bool check_from(struct channel_url *c, const char *value, struct err *e)
{
    size_t n = strlen(value);
    if (c->channel == CHANNEL_EMAIL)
        return address_is_email(value, n) ? true : err_set(e, ERR_CONFIG, NULL, "from= is no e-mail address");
    bool name = n >= 3 && n <= 11 && strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 &+-_") == n;
    bool service = n == 34 && strncmp(value, "MG", 2) == 0 && strspn(value + 2, "0123456789abcdefABCDEF") == 32;
    if (address_is_phone(value, n) || name || service)
        return true;
    return err_set(e, ERR_CONFIG, NULL, "from= is no sender: a number like +15125550100, a name of 3 to 11 letters and digits, or a "
                                        "Twilio messaging service (MG…)");
}

/* http for loopback only; no user, no query: what is added must stay what it is. */
static bool check_base(struct channel_url *c, const char *value, struct err *e)
{
    const struct provider *p = c->provider;
    char scheme[16];
    snprintf(scheme, sizeof scheme, "%s://", p->mail ? p->scheme : "https");
    bool plain = !p->mail && strncmp(value, "http://", 7) == 0;
    size_t skip = plain ? 7 : strlen(scheme);
    if (!plain && strncmp(value, scheme, skip) != 0)
        return err_set(e, ERR_CONFIG, NULL, "base= has to begin with %s", scheme);
    if (strpbrk(value, "@?#\\ "))
        return err_set(e, ERR_CONFIG, NULL, "base= is a scheme, a host and a port, without user, ? or #");
    struct channel_url there = {.port = 0};
    size_t n = strcspn(value + skip, "/");
    bool good = read_host(&there, value + skip, n, e);
    if (good && !there.host)
        good = err_set(e, ERR_CONFIG, NULL, "base= names no host");
    if (good && plain && !channel_is_loopback(there.host))
        good = err_set(e, ERR_CONFIG, NULL, "base= is http to another machine; without TLS only loopback hosts are allowed");
    if (good && p->mail) {
        forget(&c->host);
        c->host = xstrdup(there.host);
        c->port = there.port;
    }
    channel_url_finish(&there);
    return good;
}

static bool check_requester(struct channel_url *c, const char *value, struct err *e)
{
    (void)c;
    return address_is_email(value, strlen(value)) ? true : err_set(e, ERR_CONFIG, NULL, "requester= is no e-mail address");
}

static bool check_status(struct channel_url *c, const char *value, struct err *e)
{
    (void)c;
    return strncmp(value, "https://", 8) == 0 && value[8] ? true : err_set(e, ERR_CONFIG, NULL, "status= has to be an https:// address");
}

static bool check_rate(struct channel_url *c, const char *value, struct err *e)
{
    char *end;
    c->rate = strtod(value, &end);
    if (end == value || *end || !(c->rate > 0 && c->rate <= RATE_MOST))
        return err_set(e, ERR_CONFIG, NULL, "rate= is messages a second, more than 0 and at most %.0f", RATE_MOST);
    return true;
}

static bool check_connections(struct channel_url *c, const char *value, struct err *e)
{
    char *end;
    long n = strtol(value, &end, 10);
    if (end == value || *end || n < 1 || n > CONNECTIONS_MOST)
        return err_set(e, ERR_CONFIG, NULL, "connections= is a number from 1 to %d", CONNECTIONS_MOST);
    c->connections = (int)n;
    return true;
}

#define KEPT(field) (offsetof(struct channel_url, field) + 1)
static const struct {
    const char *name, *only;   /* only: the one provider it is for */
    size_t kept;               /* where its text goes, plus one; 0: check keeps what it needs */
    check_fn *check;
} parameters[] = {
    {"base", NULL, KEPT(base), check_base},     {"from", NULL, KEPT(from), check_from},
    {"name", NULL, KEPT(from_name), NULL},      {"rate", NULL, 0, check_rate},
    {"connections", NULL, 0, check_connections}, {"ca", NULL, KEPT(ca), NULL},
    {"status", "twilio", KEPT(status), check_status}, {"stream", "postmark", KEPT(stream), NULL},
    {"secret", "webhook+https", KEPT(secret), NULL}, {"requester", "freshdesk", KEPT(requester), check_requester},
};
#define PARAMETERS (sizeof parameters / sizeof *parameters)

static bool set_parameter(struct channel_url *c, size_t i, const char *s, size_t n, struct err *e)
{
    char what[32];
    snprintf(what, sizeof what, "%s=", parameters[i].name);
    char *value = decode(s, n, what, e);
    bool good = value && (*value || err_set(e, ERR_CONFIG, NULL, "%s is empty; leave it out or give it a value", what));
    good = good && (!parameters[i].check || parameters[i].check(c, value, e));
    if (good && parameters[i].kept) {
        char **field = (char **)((char *)c + parameters[i].kept - 1);
        forget(field);
        *field = value;
        return true;
    }
    if (value)
        forget(&value);
    return good;
}

static bool read_parameter(struct channel_url *c, const char *s, size_t n, struct err *e)
{
    const char *equals = memchr(s, '=', n);
    size_t name = equals ? (size_t)(equals - s) : n;
    for (size_t i = 0; equals && i < PARAMETERS; i++) {
        if (strlen(parameters[i].name) != name || strncmp(parameters[i].name, s, name) != 0)
            continue;
        if (parameters[i].only && strcmp(parameters[i].only, c->provider->scheme) != 0)
            return err_set(e, ERR_CONFIG, NULL, "%s= is for %s only; take it out", parameters[i].name, parameters[i].only);
        return set_parameter(c, i, equals + 1, n - name - 1, e);
    }
    /* Not repeated: an & that should have been %26 puts half a secret here. */
    return err_set(e, ERR_CONFIG, NULL, "there is a parameter that is none of base from name rate connections ca status stream "
                                        "secret requester; an & inside a value is written %%26");
}

static bool read_parameters(struct channel_url *c, const char *s, struct err *e)
{
    for (bool more = *s != '\0'; more;) {
        size_t n = strcspn(s, "&");
        if (n && !read_parameter(c, s, n, e))
            return false;
        more = s[n] == '&';
        s += n + more;
    }
    return true;
}

static bool find_provider(enum channel channel, const char *url, struct channel_url *c, size_t *scheme, struct err *e)
{
    *scheme = strcspn(url, ":");
    for (size_t i = 0; url[*scheme] && i < PROVIDERS; i++)
        if (strlen(providers[i]->scheme) == *scheme && strncasecmp(providers[i]->scheme, url, *scheme) == 0)
            c->provider = providers[i];
    if (!c->provider)
        return err_set(e, ERR_CONFIG, NULL, "it begins with none of maildir: smtp:// smtps:// sendgrid:// postmark:// twilio:// "
                                            "vonage:// webhook+https://");
    if (!(c->provider->channels & CHANNEL_BIT(channel)))
        return err_set(e, ERR_CONFIG, NULL, "%s does not send %s", c->provider->scheme, channel_label(channel));
    return true;
}

/* What follows the scheme and its colon. */
static bool read_rest(const char *s, struct channel_url *c, struct err *e)
{
    c->connections = c->provider->connections;
    if (!c->provider->files) {
        if (strncmp(s, "//", 2) != 0)
            return err_set(e, ERR_CONFIG, NULL, "after %s: two slashes are missing", c->provider->scheme);
        s += 2;
        size_t n = strcspn(s, "/?#");
        if (!read_authority(c, s, n, e))
            return false;
        s += n;
    }
    size_t path = strcspn(s, "?#");
    if (s[path] == '#')
        return err_set(e, ERR_CONFIG, NULL, "there is a # in it; one inside a password or value is written %%23");
    if (path && !(c->path = c->provider->files ? decode(s, path, "the path", e) : xstrndup(s, path)))
        return false;
    return (!s[path] || read_parameters(c, s + path + 1, e)) && c->provider->check(c, e);
}

bool channel_url_read(enum channel channel, const char *url, struct channel_url *out, struct err *e)
{
    size_t scheme;
    *out = (struct channel_url){.channel = channel};
    if (find_provider(channel, url, out, &scheme, e) && read_rest(url + scheme + 1, out, e))
        return true;
    channel_url_finish(out);
    return err_at(e, "%s", channel_variable(channel));
}

/* ---- helpdesks (net/desk.h) ---- */

static const struct provider *const desks[] = {&provider_zendesk, &provider_freshdesk, &provider_desk_webhook};
#define DESKS (sizeof desks / sizeof *desks)

static bool read_desk(const char *url, struct channel_url *c, struct err *e)
{
    size_t scheme = strcspn(url, ":");
    for (size_t i = 0; url[scheme] && i < DESKS; i++)
        if (strlen(desks[i]->scheme) == scheme && strncasecmp(desks[i]->scheme, url, scheme) == 0)
            c->provider = desks[i];
    if (!c->provider)
        return err_set(e, ERR_CONFIG, NULL, "it begins with none of zendesk:// freshdesk:// webhook+https://");
    if (!read_rest(url + scheme + 1, c, e))
        return false;
    return (!c->from && !c->from_name) ||
           err_set(e, ERR_CONFIG, NULL, "from= and name= are for messages; a helpdesk's tickets are its account's own: take them out");
}

bool desk_url_read(const char *url, struct channel_url *out, struct err *e)
{
    *out = (struct channel_url){.port = 0};
    if (read_desk(url, out, e))
        return true;
    channel_url_finish(out);
    return err_at(e, "DOORSTEP_HELPDESK_URL");
}

const struct channel_help *desk_help_at(int i)
{
    static struct channel_help help;
    if (i < 0 || (size_t)i >= DESKS)
        return NULL;
    help = (struct channel_help){desks[i]->scheme, "cases", desks[i]->example, desks[i]->help};
    return &help;
}

/* ---- aggregators (net/poll.h) ---- */

static const struct provider *const sources[] = {&provider_poll_easypost, &provider_poll_shippo, &provider_poll_aftership, &provider_poll_shipengine};
#define SOURCES (sizeof sources / sizeof *sources)

const char *poll_source_at(int i) { return i >= 0 && (size_t)i < SOURCES ? sources[i]->scheme : NULL; }

bool poll_url_read(const char *source, const char *url, struct channel_url *out, struct err *e)
{
    size_t n = strlen(source);
    *out = (struct channel_url){.port = 0};
    for (size_t i = 0; i < SOURCES; i++)
        if (!strcmp(sources[i]->scheme, source))
            out->provider = sources[i];
    bool good = strncasecmp(url, source, n) == 0 && url[n] == ':';
    if (!good)
        err_set(e, ERR_CONFIG, NULL, "it has to begin with %s://", source);
    if (good && read_rest(url + n + 1, out, e))
        return true;
    channel_url_finish(out);
    return err_at(e, "the URL of %s", source);
}

const struct channel_help *poll_help_at(int i)
{
    static struct channel_help help;
    if (i < 0 || (size_t)i >= SOURCES)
        return NULL;
    help = (struct channel_help){sources[i]->scheme, "trackings", sources[i]->example, sources[i]->help};
    return &help;
}

void channel_url_show(const struct channel_url *c, char *out, size_t size)
{
    const struct provider *p = c->provider;
    char port[16] = "";
    if (c->port)
        snprintf(port, sizeof port, ":%d", c->port);
    if (p->files)
        snprintf(out, size, "%s in %s", p->scheme, c->path);
    else if (p->base && !c->base)
        snprintf(out, size, "%s%s%s", p->scheme, c->user ? " as " : "", c->user ? c->user : "");
    else
        snprintf(out, size, "%s to %s%s%s%s", p->scheme, c->base && !p->mail ? c->base : c->host, c->base && !p->mail ? "" : port,
                 c->user ? " as " : "", c->user ? c->user : "");
}
