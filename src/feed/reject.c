#include "feed/reject.h"

#include <string.h>

void reject_json(const struct feed_reject *r, struct buf *out)
{
    buf_puts(out, "{\"source\":");
    buf_put_json(out, r->source, strlen(r->source));
    buf_printf(out, ",\"line\":%lld,\"reason\":", (long long)r->line);
    buf_put_json(out, r->reason, strlen(r->reason));
    buf_puts(out, ",\"document\":");
    buf_put_json(out, r->text, r->size);
    buf_puts(out, "}\n");
}
