/* Where words and values of a filter begin and end, and how they are quoted. */
#include "filter_in.h"

#include <string.h>
#include <strings.h>

static bool one_of(char c, const char *set) { return c && strchr(set, c); }

size_t filter_until(const char *s, size_t n, size_t i, const char *stops, size_t *open)
{
    *open = SIZE_MAX;
    for (; i < n; i++) {
        if (*open != SIZE_MAX) {
            if (s[i] == '\\' && i + 1 < n)
                i++;
            else if (s[i] == '"')
                *open = SIZE_MAX;
        } else if (s[i] == '"') {
            *open = i;
        } else if (one_of(s[i], stops)) {
            return i;
        }
    }
    return n;
}

bool filter_unquote(const char *s, size_t from, size_t to, struct buf *out)
{
    bool inside = false, quoted = false;
    for (size_t i = from; i < to; i++) {
        if (s[i] == '"') {
            inside = !inside;
            quoted = true;
            continue;
        }
        if (inside && s[i] == '\\' && i + 1 < to && (s[i + 1] == '"' || s[i + 1] == '\\'))
            i++;
        buf_putc(out, s[i]);
    }
    return quoted;
}

static void quote(struct buf *out, const char *value)
{
    buf_putc(out, '"');
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            buf_putc(out, '\\');
        buf_putc(out, *value);
    }
    buf_putc(out, '"');
}

void filter_quote(struct buf *out, const char *value)
{
    bool special = !*value || one_of(*value, "-<>") || strcasecmp(value, "me") == 0 || strcasecmp(value, "none") == 0;
    if (!special && !strpbrk(value, FILTER_BLANKS "\",:")) {
        buf_puts(out, value);
        return;
    }
    quote(out, value);
}

void filter_quote_event(struct buf *out, const char *words, const char *when)
{
    struct buf whole;
    buf_init(&whole, 0);
    buf_printf(&whole, "%s%s%s", words, *when ? "@" : "", when);
    if (!*when && strchr(words, '@'))
        quote(out, words);
    else
        filter_quote(out, buf_str(&whole));
    buf_finish(&whole);
}

static const char *const op_texts[] = {[OP_EQ] = "", [OP_LT] = "<", [OP_LE] = "<=", [OP_GT] = ">", [OP_GE] = ">="};

size_t filter_read_op(const char *s, size_t n, enum filter_op *op)
{
    *op = OP_EQ;
    if (!n || (s[0] != '<' && s[0] != '>'))
        return 0;
    bool equal = n > 1 && s[1] == '=';
    *op = s[0] == '<' ? (equal ? OP_LE : OP_LT) : (equal ? OP_GE : OP_GT);
    return equal ? 2 : 1;
}

const char *filter_op_text(enum filter_op op) { return op_texts[op]; }
