#include "run/webhook.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/utf8.h"
#include "db/receive.h"
#include "feed/case.h"
#include "feed/feed.h"
#include "loop/loop.h"
#include "run/secrets.h"
#include "run/signature.h"
#include "webhook_in.h"

/* What the client is told: a status and the least that helps. */
static const struct { int status; const char *phrase, *headers, *says; } answers[] = {
    [WEBHOOK_STORED] = {204, "No Content", "", ""},
    [WEBHOOK_MALFORMED] = {400, "Bad Request", "", "The body is not what its length says."},
    [WEBHOOK_FORBIDDEN] = {403, "Forbidden", "", "Not signed as it should be."},
    [WEBHOOK_NO_PATH] = {404, "Not Found", "", "No such webhook."},
    [WEBHOOK_NO_METHOD] = {405, "Method Not Allowed", "Allow: POST\r\n", "Only POST."},
    [WEBHOOK_TOO_SLOW] = {408, "Request Timeout", "", "The body took too long."},
    [WEBHOOK_NO_LENGTH] = {411, "Length Required", "", "Send Content-Length."},
    [WEBHOOK_TOO_LARGE] = {413, "Content Too Large", "", "At most 1 MiB."},
    [WEBHOOK_OUR_FAULT] = {503, "Service Unavailable", "Retry-After: 30\r\n", "Try again later."},
};

const struct db_wait webhook_wait = {.answer_ms = 6000};

const char *webhook_variable(const char *name)
{
    const char *value = getenv(name);
    return value ? value : "";
}

static const char *header(void *ctx, const char *name)
{
    (void)ctx;
    return getenv(name);
}

static bool give(enum webhook_answer a)
{
    printf("Status: %d %s\r\n%s", answers[a].status, answers[a].phrase, answers[a].headers);
    if (*answers[a].says)
        printf("Content-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n\r\n%s\n", strlen(answers[a].says) + 1, answers[a].says);
    else
        printf("\r\n");
    return fflush(stdout) == 0;
}

/* "/receipt/twilio" -> "receipt/twilio", for what there is a format of. */
static bool source_of(const char *path, char *out, size_t size)
{
    static const char *const kinds[] = {"/carrier/", "/receipt/", "/case/"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t n = strlen(kinds[i]);
        if (strncmp(path, kinds[i], n) != 0 || !(i == 2 ? feed_has_desk(path + n) : feed_has_format(path + n, i == 1)))
            continue;
        return (size_t)snprintf(out, size, "%s", path + 1) < size;
    }
    return false;
}

static enum webhook_answer body_size(size_t most, size_t *out)
{
    const char *text = webhook_variable("CONTENT_LENGTH");
    size_t digits = strspn(text, "0123456789");
    if (!*text)
        return WEBHOOK_NO_LENGTH;
    if (text[digits] || digits > 12)
        return text[digits] ? WEBHOOK_MALFORMED : WEBHOOK_TOO_LARGE;
    *out = strtoul(text, NULL, 10);
    return *out > most ? WEBHOOK_TOO_LARGE : *out ? WEBHOOK_STORED : WEBHOOK_MALFORMED;
}

/* Exactly size bytes; there may be more on the descriptor (RFC 3875 §4.2), which are not ours. */
static enum webhook_answer read_body(char *to, size_t size)
{
    int64_t until = loop_now() + WEBHOOK_BODY_MS;
    for (size_t have = 0; have < size;) {
        int64_t left = until - loop_now();
        struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
        int ready = left > 0 ? poll(&p, 1, (int)left) : 0;
        if (ready == 0)
            return WEBHOOK_TOO_SLOW;
        ssize_t n = ready > 0 ? read(STDIN_FILENO, to + have, size - have) : -1;
        if (n == 0 || (n < 0 && errno != EINTR))
            return WEBHOOK_MALFORMED;
        have += n > 0 ? (size_t)n : 0;
    }
    return WEBHOOK_STORED;
}

/* The URL as the provider called it. webhook.url says scheme and host where the server is behind another. */
static char *url_of(const struct secrets *s)
{
    const char *base = secrets_get(s, "webhook.url"), *uri = webhook_variable("REQUEST_URI"), *query = webhook_variable("QUERY_STRING");
    bool tls = !strcasecmp(webhook_variable("HTTPS"), "on") || !strcmp(webhook_variable("REQUEST_SCHEME"), "https");
    struct buf b;
    buf_init(&b, 8192);
    if (base)
        buf_add(&b, base, strlen(base) - (base[strlen(base) - 1] == '/'));
    else
        buf_printf(&b, "%s://%s", tls ? "https" : "http", *webhook_variable("HTTP_HOST") ? webhook_variable("HTTP_HOST") : webhook_variable("SERVER_NAME"));
    if (*uri)
        buf_puts(&b, uri);
    else
        buf_printf(&b, "%s%s%s%s", webhook_variable("SCRIPT_NAME"), webhook_variable("PATH_INFO"), *query ? "?" : "", query);
    return buf_take(&b);
}

static enum webhook_answer check(const char *source, const char *channels, const char *body, size_t size, struct err *e)
{
    struct secrets secrets;
    char name[64];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(name, sizeof name, "webhook.%s", strchr(source, '/') + 1);
    if (!secrets_read(channels, &secrets, e)) {
        secrets_finish(&secrets);
        return WEBHOOK_OUR_FAULT;
    }
    char *url = url_of(&secrets);
    struct signature_input in = {.source = source, .secret = secrets_get(&secrets, name), .url = url, .content_type = webhook_variable("CONTENT_TYPE"),
                                 .body = body, .size = size, .now = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, .header = header};
    const char *wrong = signature_wrong(&in);
    free(url);
    secrets_finish(&secrets);
    if (!wrong)
        return WEBHOOK_STORED;
    err_set(e, ERR_REFUSED, source, "%s", wrong);
    return WEBHOOK_FORBIDDEN;
}

static enum webhook_answer store(const char *dsn, const char *source, const char *body, size_t size, struct err *e)
{
    char type[200];
    utf8_clean(webhook_variable("CONTENT_TYPE"), strlen(webhook_variable("CONTENT_TYPE")), type, sizeof type, UTF8_ONE_LINE);
    struct receive *r = receive_open(dsn, "doorstep-webhook", &webhook_wait, e);
    bool good = r && receive_add(r, source, type, body, size, e);
    receive_close(r);
    return good ? WEBHOOK_STORED : WEBHOOK_OUR_FAULT;
}

enum webhook_answer webhook_body(size_t most, char **body, size_t *size)
{
    *body = NULL;
    enum webhook_answer a = body_size(most, size);
    if (a != WEBHOOK_STORED)
        return a;
    *body = xcalloc(1, *size + 1);
    return read_body(*body, *size);
}

static enum webhook_answer handle(const char *dsn, const char *channels, struct err *e)
{
    char source[48];
    size_t size = 0;
    if (!source_of(webhook_variable("PATH_INFO"), source, sizeof source))
        return WEBHOOK_NO_PATH;
    if (strcmp(webhook_variable("REQUEST_METHOD"), "POST") != 0)
        return WEBHOOK_NO_METHOD;
    char *body;
    enum webhook_answer a = webhook_body(WEBHOOK_MOST, &body, &size);
    if (a == WEBHOOK_STORED)
        a = check(source, channels, body, size, e);
    if (a == WEBHOOK_STORED)
        a = store(dsn, source, body, size, e);
    free(body);
    return a;
}

bool webhook_run(const char *dsn, const char *channels, struct err *e)
{
    *e = (struct err){0};
    if (!getenv("GATEWAY_INTERFACE"))
        return err_set(e, ERR_USAGE, NULL, "a web server runs this as a CGI program; README.md's part on webhooks shows how");
    if (strncmp(webhook_variable("PATH_INFO"), "/form/", 6) == 0)
        return webhook_form(dsn, e);
    enum webhook_answer a = handle(dsn, channels, e);
    if (!give(a))
        return err_set(e, ERR_IO, "standard output", "%s", strerror(errno));
    if (a == WEBHOOK_STORED)
        return true;
    if (e->code == ERR_NONE)
        err_set(e, ERR_INPUT, webhook_variable("PATH_INFO"), "answered %d: %s", answers[a].status, answers[a].says);
    return false;
}
