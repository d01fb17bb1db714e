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

/* What the client is told: a status and the least that helps. */
enum answer { STORED, MALFORMED, FORBIDDEN, NO_PATH, NO_METHOD, TOO_SLOW, NO_LENGTH, TOO_LARGE, OUR_FAULT };
static const struct { int status; const char *phrase, *headers, *says; } answers[] = {
    [STORED] = {204, "No Content", "", ""},
    [MALFORMED] = {400, "Bad Request", "", "The body is not what its length says."},
    [FORBIDDEN] = {403, "Forbidden", "", "Not signed as it should be."},
    [NO_PATH] = {404, "Not Found", "", "No such webhook."},
    [NO_METHOD] = {405, "Method Not Allowed", "Allow: POST\r\n", "Only POST."},
    [TOO_SLOW] = {408, "Request Timeout", "", "The body took too long."},
    [NO_LENGTH] = {411, "Length Required", "", "Send Content-Length."},
    [TOO_LARGE] = {413, "Content Too Large", "", "At most 1 MiB."},
    [OUR_FAULT] = {503, "Service Unavailable", "Retry-After: 30\r\n", "Try again later."},
};

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value ? value : "";
}

static const char *header(void *ctx, const char *name)
{
    (void)ctx;
    return getenv(name);
}

static bool give(enum answer a)
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

static enum answer body_size(size_t *out)
{
    const char *text = variable("CONTENT_LENGTH");
    size_t digits = strspn(text, "0123456789");
    if (!*text)
        return NO_LENGTH;
    if (text[digits] || digits > 12)
        return text[digits] ? MALFORMED : TOO_LARGE;
    *out = strtoul(text, NULL, 10);
    return *out > WEBHOOK_MOST ? TOO_LARGE : *out ? STORED : MALFORMED;
}

/* Exactly size bytes; there may be more on the descriptor (RFC 3875 §4.2), which are not ours. */
static enum answer read_body(char *to, size_t size)
{
    int64_t until = loop_now() + WEBHOOK_BODY_MS;
    for (size_t have = 0; have < size;) {
        int64_t left = until - loop_now();
        struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
        int ready = left > 0 ? poll(&p, 1, (int)left) : 0;
        if (ready == 0)
            return TOO_SLOW;
        ssize_t n = ready > 0 ? read(STDIN_FILENO, to + have, size - have) : -1;
        if (n == 0 || (n < 0 && errno != EINTR))
            return MALFORMED;
        have += n > 0 ? (size_t)n : 0;
    }
    return STORED;
}

/* The URL as the provider called it. webhook.url says scheme and host where the server is behind another. */
static char *url_of(const struct secrets *s)
{
    const char *base = secrets_get(s, "webhook.url"), *uri = variable("REQUEST_URI"), *query = variable("QUERY_STRING");
    bool tls = !strcasecmp(variable("HTTPS"), "on") || !strcmp(variable("REQUEST_SCHEME"), "https");
    struct buf b;
    buf_init(&b, 8192);
    if (base)
        buf_add(&b, base, strlen(base) - (base[strlen(base) - 1] == '/'));
    else
        buf_printf(&b, "%s://%s", tls ? "https" : "http", *variable("HTTP_HOST") ? variable("HTTP_HOST") : variable("SERVER_NAME"));
    if (*uri)
        buf_puts(&b, uri);
    else
        buf_printf(&b, "%s%s%s%s", variable("SCRIPT_NAME"), variable("PATH_INFO"), *query ? "?" : "", query);
    return buf_take(&b);
}

static enum answer check(const char *source, const char *channels, const char *body, size_t size, struct err *e)
{
    struct secrets secrets;
    char name[64];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(name, sizeof name, "webhook.%s", strchr(source, '/') + 1);
    if (!secrets_read(channels, &secrets, e)) {
        secrets_finish(&secrets);
        return OUR_FAULT;
    }
    char *url = url_of(&secrets);
    struct signature_input in = {.source = source, .secret = secrets_get(&secrets, name), .url = url, .content_type = variable("CONTENT_TYPE"),
                                 .body = body, .size = size, .now = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, .header = header};
    const char *wrong = signature_wrong(&in);
    free(url);
    secrets_finish(&secrets);
    if (!wrong)
        return STORED;
    err_set(e, ERR_REFUSED, source, "%s", wrong);
    return FORBIDDEN;
}

static enum answer store(const char *dsn, const char *source, const char *body, size_t size, struct err *e)
{
    char type[200];
    utf8_clean(variable("CONTENT_TYPE"), strlen(variable("CONTENT_TYPE")), type, sizeof type, UTF8_ONE_LINE);
    struct receive *r = receive_open(dsn, "doorstep-webhook", e);
    bool good = r && receive_add(r, source, type, body, size, e);
    receive_close(r);
    return good ? STORED : OUR_FAULT;
}

static enum answer handle(const char *dsn, const char *channels, struct err *e)
{
    char source[48];
    size_t size = 0;
    if (!source_of(variable("PATH_INFO"), source, sizeof source))
        return NO_PATH;
    if (strcmp(variable("REQUEST_METHOD"), "POST") != 0)
        return NO_METHOD;
    enum answer a = body_size(&size);
    if (a != STORED)
        return a;
    char *body = xcalloc(1, size + 1);
    a = read_body(body, size);
    if (a == STORED)
        a = check(source, channels, body, size, e);
    if (a == STORED)
        a = store(dsn, source, body, size, e);
    free(body);
    return a;
}

bool webhook_run(const char *dsn, const char *channels, struct err *e)
{
    *e = (struct err){0};
    if (!getenv("GATEWAY_INTERFACE"))
        return err_set(e, ERR_USAGE, NULL, "a web server runs this as a CGI program; README.md's part on webhooks shows how");
    enum answer a = handle(dsn, channels, e);
    if (!give(a))
        return err_set(e, ERR_IO, "standard output", "%s", strerror(errno));
    if (a == STORED)
        return true;
    if (e->code == ERR_NONE)
        err_set(e, ERR_INPUT, variable("PATH_INFO"), "answered %d: %s", answers[a].status, answers[a].says);
    return false;
}
