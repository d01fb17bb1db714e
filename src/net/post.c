/* Writing requests: headers, JSON and forms into memory that is used again. */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "core/address.h"
#include "provider.h"

#define URL_MOST 4096
#define LINES_MOST 16384

void post_init(struct post *q)
{
    *q = (struct post){.line_count = 0};
    buf_init(&q->url, URL_MOST);
    buf_init(&q->body, 0);
    buf_init(&q->lines, LINES_MOST);
    buf_init(&q->mail_from, URL_MOST);
    buf_init(&q->mail_to, URL_MOST);
}

void post_reset(struct post *q)
{
    buf_reset(&q->url);
    buf_reset(&q->body);
    buf_reset(&q->lines);
    buf_reset(&q->mail_from);
    buf_reset(&q->mail_to);
    q->line_count = 0;
    q->basic = q->key_as_user = q->harmless = false;
    q->method = NULL;
}

void post_finish(struct post *q)
{
    buf_finish(&q->url);
    buf_finish(&q->body);
    if (q->lines.data)
        explicit_bzero(q->lines.data, q->lines.cap);  /* keys go in headers */
    buf_finish(&q->lines);
    buf_finish(&q->mail_from);
    buf_finish(&q->mail_to);
}

void post_header(struct post *q, const char *name, const char *value)
{
    if (!value || !*value || q->line_count == REQUEST_HEADERS)
        return;
    q->line[q->line_count++] = q->lines.len;
    buf_puts(&q->lines, name);
    buf_puts(&q->lines, ": ");
    buf_puts(&q->lines, value);
    buf_add(&q->lines, "", 1);
}

void post_url(struct post *q, const struct channel_url *c, const char *path)
{
    const char *base = c->base ? c->base : c->provider->base;
    size_t n = strlen(base);
    while (n && base[n - 1] == '/')
        n--;
    buf_add(&q->url, base, n);
    buf_puts(&q->url, path);
}

static void comma_key(struct buf *b, const char *key)
{
    if (b->len && !strchr("[{:,", b->data[b->len - 1]))
        buf_putc(b, ',');
    if (key) {
        buf_put_json(b, key, strlen(key));
        buf_putc(b, ':');
    }
}

void json_open(struct buf *b, const char *key, char bracket)
{
    comma_key(b, key);
    buf_putc(b, bracket);
}

void json_close(struct buf *b, char bracket) { buf_putc(b, bracket); }

void json_text(struct buf *b, const char *key, const char *value)
{
    if (!value)
        return;
    comma_key(b, key);
    buf_put_json(b, value, strlen(value));
}

void json_int(struct buf *b, const char *key, int64_t value)
{
    comma_key(b, key);
    buf_printf(b, "%" PRId64, value);
}

void post_vars(struct buf *b, const char *key, const struct outbox_message *m)
{
    json_t *vars = m->provider_vars ? json_loads(m->provider_vars, 0, NULL) : NULL;
    if (json_is_object(vars) && json_object_size(vars)) {
        comma_key(b, key);
        buf_puts(b, m->provider_vars);
    }
    json_decref(vars);
}

void form_text(struct buf *b, const char *key, const char *value)
{
    static const char digits[] = "0123456789ABCDEF";
    if (!value)
        return;
    if (b->len)
        buf_putc(b, '&');
    buf_puts(b, key);
    buf_putc(b, '=');
    for (const unsigned char *s = (const unsigned char *)value; *s; s++) {
        if (isalnum(*s) || strchr("-._~", *s)) {
            buf_putc(b, (char)*s);
        } else {
            char escape[3] = {'%', digits[*s >> 4], digits[*s & 15]};
            buf_add(b, escape, sizeof escape);
        }
    }
}
