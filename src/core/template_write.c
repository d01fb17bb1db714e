/* Templates written as files, which reading gives back. */
#include "core/template.h"

static const char *kind_word(int i) { return i < KIND_COUNT ? kind_name((enum kind)i) : NULL; }
static const char *status_word(int i) { return i < STATUS_COUNT ? status_name((enum status)i) : NULL; }

/* A value keeps to its line. */
static void put_key(struct buf *out, const char *key, const char *value)
{
    if (!value || !*value)
        return;
    buf_printf(out, "%s: ", key);
    for (; *value; value++)
        buf_putc(out, *value == '\n' || *value == '\r' ? ' ' : *value);
    buf_putc(out, '\n');
}

static void put_bits(struct buf *out, const char *key, uint32_t bits, const char *(*word_at)(int))
{
    const char *before = "";
    if (!bits)
        return;
    buf_printf(out, "%s: ", key);
    for (int i = 0; word_at(i); i++)
        if (bits & UINT32_C(1) << i) {
            buf_printf(out, "%s%s", before, word_at(i));
            before = ", ";
        }
    buf_putc(out, '\n');
}

void template_write(const struct template_file *t, struct buf *out)
{
    buf_puts(out, "---\n");
    put_key(out, "name", t->name);
    put_key(out, "channel", t->has_channel ? channel_name(t->channel) : NULL);
    put_key(out, "language", t->language);
    put_key(out, "brand", t->brand);
    put_key(out, "title", t->title);
    put_bits(out, "kinds", t->kinds, kind_word);
    put_bits(out, "statuses", t->statuses, status_word);
    if (t->fresh_hours > 0)
        buf_printf(out, "fresh_hours: %d\n", t->fresh_hours);
    put_key(out, "subject", t->subject);
    put_key(out, "provider_template", t->provider_template);
    if (t->provider_name_count) {
        buf_puts(out, "provider_names: ");
        for (size_t i = 0; i < t->provider_name_count; i++)
            buf_printf(out, "%s%s", i ? ", " : "", t->provider_names[i]);
        buf_putc(out, '\n');
    }
    buf_printf(out, "---\n%s\n", t->body ? t->body : "");
    if (t->html)
        buf_printf(out, "--- html ---\n%s\n", t->html);
}
