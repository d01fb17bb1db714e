/* An e-mail we write: lines short enough, nothing but ASCII, no header more than we wrote whatever the texts are, and our own reader
 * finds the subject and the text again. Texts: to, name, from, from's name, subject, body, HTML, reply to, unsubscribe, message id. */
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/utf8.h"
#include "feed/receipt.h"
#include "fuzz.h"
#include "src/net/provider.h"

static const char *const known[] = {"From", "To", "Subject", "Date", "Message-ID", "Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post",
                                    "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Auto-Submitted", "Content-Language", "X-Auto-Response-Suppress"};

static void header_line(const char *s, size_t n)
{
    if (*s == ' ' || *s == '\t')
        return;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i]) < n && !strncmp(s, known[i], strlen(known[i])) && s[strlen(known[i])] == ':')
            return;
    fuzz_broken("a header we know", __FILE__, __LINE__);
}

static void look(const struct buf *out)
{
    bool head = true, address = false;     /* addresses may hold UTF-8 before their @ (RFC 6532) */
    for (const char *s = buf_str(out), *end; *s; s = end + 2) {
        end = strstr(s, "\r\n");
        fuzz_require(end);
        size_t n = (size_t)(end - s);
        fuzz_require(n <= 998 && !memchr(s, '\r', n) && !memchr(s, '\n', n));
        if (*s != ' ' && *s != '\t')
            address = head && (!strncmp(s, "From:", 5) || !strncmp(s, "To:", 3) || !strncmp(s, "Reply-To:", 9));
        fuzz_require(fuzz_inert(s, n, false));
        for (size_t i = 0; i < n; i++)
            fuzz_require(address || (unsigned char)s[i] < 0x80);
        if (head && n)
            header_line(s, n);
        head = head && n;
    }
}

static void read_back(const struct buf *out, const struct outbox_message *m)
{
    json_t *mail = receipt_mail(buf_str(out), out->len), *inner = json_object_get(mail, "doorstep_mail");
    fuzz_require(json_is_object(inner));
    const char *subject = json_string_value(json_object_get(inner, "subject"));
    fuzz_require(!*m->subject || (subject && utf8_valid(subject, strlen(subject))));
    json_decref(mail);
}

static char *cleaned(struct fuzz_in *in, enum utf8_lines lines)
{
    char *raw = fuzz_text(in);
    size_t n = strlen(raw);
    char *out = xcalloc(3 * n + 1, 1);
    utf8_clean(raw, n, out, 3 * n + 1, lines);
    free(raw);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_in in = {data, size};
    struct outbox_message m = {.id = 7, .fence = 1, .channel = CHANNEL_EMAIL, .exception_id = 48121};
    struct channel_url c;
    struct err e = {0};
    bool bad;
    char **headers[] = {&m.to, &m.to_name, &m.from_email, &m.from_name, &m.subject}, **rest[] = {&m.reply_to, &m.list_unsubscribe, &m.message_id};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        *headers[i] = cleaned(&in, UTF8_ONE_LINE);
    m.body = cleaned(&in, UTF8_KEEP_NEWLINES);
    m.html = cleaned(&in, UTF8_KEEP_NEWLINES);
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        *rest[i] = fuzz_text(&in);      /* as they come: message_check has to stop what must not go out */
    if (!*m.html)
        free(m.html), m.html = NULL;
    fuzz_require(channel_url_read(CHANNEL_EMAIL, "smtp://127.0.0.1:25?from=shop%40example.com", &c, &e));
    if (message_check(&c, &m, &bad, &e)) {
        struct buf out;
        buf_init(&out, 0);
        mime_write(&c, &m, INT64_C(1795305600000), &out);
        look(&out);
        read_back(&out, &m);
        buf_finish(&out);
    } else {
        fuzz_error(&e);
    }
    channel_url_finish(&c);
    outbox_message_finish(&m);
    return 0;
}
