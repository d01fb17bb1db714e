/* What the providers share: a request to write, an answer to judge, and the table they stand in. */
#ifndef NET_PROVIDER_H
#define NET_PROVIDER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "core/outbox.h"
#include "net/channel.h"

#define REQUEST_HEADERS 12

/* What is asked of a provider; its memory is used again for the next message. */
struct post {
    struct buf url, body;
    struct buf lines;          /* headers: "Name: value", each with its NUL */
    size_t line[REQUEST_HEADERS];
    int line_count;
    bool basic;                /* the channel's user and secret go along, as Basic */
    bool key_as_user;          /* its secret alone, as the user of Basic */
    const char *method;        /* NULL: POST */
    bool harmless;             /* asking this twice does nothing more than once */
    struct buf mail_from, mail_to;     /* SMTP: the envelope */
    int64_t wall;              /* now, ms */
};
void post_init(struct post *q);
void post_reset(struct post *q);
void post_finish(struct post *q);
void post_header(struct post *q, const char *name, const char *value);   /* NULL or "": none */
/* The channel's base= or the provider's own host, then path. */
void post_url(struct post *q, const struct channel_url *c, const char *path);

/* JSON by the member; the comma is written where one is needed. */
void json_open(struct buf *b, const char *key, char bracket);      /* key NULL: an element, or the whole */
void json_close(struct buf *b, char bracket);
void json_text(struct buf *b, const char *key, const char *value); /* NULL value: left out */
void json_int(struct buf *b, const char *key, int64_t value);

/* provider_vars, if it is an object and not empty. */
void post_vars(struct buf *b, const char *key, const struct outbox_message *m);

/* application/x-www-form-urlencoded; NULL value: left out. */
void form_text(struct buf *b, const char *key, const char *value);

enum mail_phase { MAIL_NONE, MAIL_HELLO, MAIL_TLS, MAIL_AUTH, MAIL_RESET, MAIL_FROM, MAIL_RCPT, MAIL_DATA, MAIL_BODY, MAIL_DOT };

struct answer {
    int status;                /* of HTTP; the reply code of SMTP; 0: none came */
    const json_t *json;        /* an object, or NULL */
    const char *text;          /* the body's first line, or the reply's */
    bool cut;                  /* there was more than is kept */
    bool broken;               /* it broke off, or is not what it should be */
    const char *id;            /* X-Message-Id, or NULL */
    enum mail_phase phase;     /* SMTP: which command it answers */
};

struct verdict_of_provider {   /* starts from what the status says (judge_status) */
    struct outbox_result *r;
    bool trouble;
    const struct channel_url *c;
};

struct provider {
    const char *scheme;
    const char *name;          /* as sentences call it */
    unsigned channels;         /* bits of enum channel */
    bool idempotent;
    int connections;           /* at once unless connections= says otherwise */
    const char *base;          /* where its interface is; NULL: the URL says */
    bool mail;                 /* by SMTP */
    bool files;                /* no network: deliver */
    const struct desk_api *desk;       /* a helpdesk: takes cases, no messages */
    const struct poll_api *poll;       /* an aggregator: is asked about trackings, takes nothing */
    const char *example, *help;
    /* The parts a URL must have: false with what is missing. May fill in what follows from others. */
    bool (*check)(struct channel_url *c, struct err *e);
    bool (*build)(struct post *q, const struct channel_url *c, const struct outbox_message *m, struct err *e);
    void (*judge)(const struct answer *a, struct verdict_of_provider *v);
    bool (*deliver)(const struct channel_url *c, const struct outbox_message *m, int64_t wall, char *id, size_t id_size,
                    struct err *e);
};

/* A request that is no message: who writes it, and who reads what came of it. */
struct heard {                 /* good during the call */
    int status;                /* of HTTP; 0: no answer */
    const json_t *json;        /* an object or a list; NULL: neither */
    const char *text;          /* the answer's first line, or why there is none */
    const char *code;          /* "429", "timeout", "connection", "tls", "unsaid" */
    bool broken;               /* not all of it came, or it is no JSON */
    bool went_out;             /* they may have all of the request */
    bool unsaid;               /* it cannot be asked as it is: text says why */
    bool stopped;              /* this end hangs up, or its time to ask is over: nothing more can be asked; text says which */
    int64_t retry_at;          /* Retry-After; WHEN_NONE */
};
struct exchange {
    bool (*write)(void *ctx, struct post *q, struct err *e);
    void (*read)(void *ctx, const struct heard *h);
    void *ctx;
    const int64_t *begin_by;   /* as of a message; NULL: whenever */
};

extern const struct provider provider_zendesk, provider_freshdesk, provider_desk_webhook;   /* helpdesks: net/desk.h */
extern const struct provider provider_poll_easypost, provider_poll_aftership, provider_poll_shippo, provider_poll_shipengine;   /* net/poll.h */
extern const struct provider provider_smtp, provider_smtps, provider_sendgrid, provider_postmark, provider_twilio,
    provider_vonage, provider_webhook, provider_maildir;

#define CHANNEL_BIT(c) (1u << (unsigned)(c))
#define CHANNEL_PHONES (CHANNEL_BIT(CHANNEL_SMS) | CHANNEL_BIT(CHANNEL_WHATSAPP))
#define CHANNEL_ALL (CHANNEL_BIT(CHANNEL_EMAIL) | CHANNEL_PHONES)

/* 127.0.0.0/8, ::1 (with or without brackets), localhost. */
bool channel_is_loopback(const char *host);
/* "DOORSTEP_SMS_URL", for telling where to mend something. */
const char *channel_variable(enum channel c);

/* ---- messages ---- */

/* Everything that goes into a header or an envelope, just before it goes: false names what cannot go, and
 * *bad_address is set when that is the customer's address. */
bool message_check(const struct channel_url *c, const struct outbox_message *m, bool *bad_address, struct err *e);
const char *message_from(const struct channel_url *c, const struct outbox_message *m);       /* NULL: nobody */
const char *message_from_name(const struct channel_url *c, const struct outbox_message *m);  /* NULL: none */
/* Without angle brackets, if it came with them. */
void message_id_bare(const struct outbox_message *m, char *out, size_t size);
/* A whole message by RFC 5322 with text and HTML, lines ending in CR LF. wall: its Date, ms. */
void mime_write(const struct channel_url *c, const struct outbox_message *m, int64_t wall, struct buf *out);
/* The address with its host as A-labels (RFC 3490, 3492), as it goes into headers and envelopes. */
void mime_address(const char *address, struct buf *out);
/* "Name: value", encoded (RFC 2047) and folded where it must be; ends its line. */
void mime_header(struct buf *out, const char *name, const char *value);
void mime_date(int64_t wall, char *out, size_t size);
/* "<https://…>" for List-Unsubscribe; false when there is none. one_click: RFC 8058 applies. */
bool mime_unsubscribe(const struct outbox_message *m, char *out, size_t size, bool *one_click);

/* The HTML part: its own, or made from the text. */
void message_html(const struct outbox_message *m, struct buf *out);

/* webhook+https: its URL; the Doorstep-Signature of the body (c->secret is there). */
void webhook_address(struct post *q, const struct channel_url *c);
void webhook_sign(struct post *q, const struct channel_url *c);

/* ---- answers ---- */

/* What an HTTP status says by itself, for a provider that is idempotent or not. */
void judge_status(const struct answer *a, struct verdict_of_provider *v);
void judge_set(struct verdict_of_provider *v, enum outbox_outcome o, bool trouble, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* A member's text; a number or other thing gives "". */
const char *answer_text(const json_t *o, const char *key);
/* A member that is a number, or a text that is one; -1 when neither. */
long answer_number(const json_t *o, const char *key);
void judge_id(struct verdict_of_provider *v, const char *id);
/* Retry-After: seconds or an HTTP date, at most a day from now; WHEN_NONE when it is neither. */
int64_t judge_retry_after(const char *value, int64_t wall);

#endif
