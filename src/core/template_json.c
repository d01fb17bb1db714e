#include "core/template_json.h"

#include <inttypes.h>
#include <string.h>

/* "key":"text", or null where there is none. */
static void put_text(struct buf *out, const char *key, const char *text)
{
    buf_printf(out, "%s\"%s\":", out->data[out->len - 1] == '{' ? "" : ",", key);
    if (text && *text)
        buf_put_json(out, text, strlen(text));
    else
        buf_puts(out, "null");
}

/* "key":["a","b"] of the words whose bit is set. */
static void put_bits(struct buf *out, const char *key, uint32_t bits, int count, const char *(*name)(int i))
{
    const char *comma = "";
    buf_printf(out, ",\"%s\":[", key);
    for (int i = 0; i < count; i++)
        if (bits >> i & 1) {
            buf_printf(out, "%s\"%s\"", comma, name(i));
            comma = ",";
        }
    buf_putc(out, ']');
}

static void put_list(struct buf *out, const char *key, const char *const *items, size_t count)
{
    buf_printf(out, ",\"%s\":[", key);
    for (size_t i = 0; i < count; i++) {
        buf_puts(out, i ? "," : "");
        buf_put_json(out, items[i], strlen(items[i]));
    }
    buf_putc(out, ']');
}

static const char *kind_at(int i) { return kind_name((enum kind)i); }
static const char *status_at(int i) { return status_name((enum status)i); }

void template_json(const struct template_file *t, struct buf *out)
{
    const char *required[TEMPLATE_NAMES_MAX];
    size_t count = template_required(t, required);
    buf_putc(out, '{');
    put_text(out, "name", t->name);
    put_text(out, "channel", t->has_channel ? channel_name(t->channel) : NULL);
    put_text(out, "language", t->language);
    put_text(out, "brand", t->brand);
    put_text(out, "title", t->title);
    put_bits(out, "kinds", t->kinds, KIND_COUNT, kind_at);
    put_bits(out, "statuses", t->statuses, STATUS_COUNT, status_at);
    if (t->fresh_hours > 0)
        buf_printf(out, ",\"fresh_hours\":%" PRId32, t->fresh_hours);
    put_text(out, "subject", t->subject);
    put_text(out, "body", t->body);
    put_text(out, "html", t->html);
    put_list(out, "required", required, count);
    put_text(out, "provider_template", t->provider_template);
    put_list(out, "provider_names", (const char *const *)t->provider_names, t->provider_name_count);
    buf_putc(out, '}');
}
