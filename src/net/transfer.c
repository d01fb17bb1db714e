/* Handles: what libcurl is told for every message and for one. */
#include "transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/die.h"
#include "base/when.h"
#include "loop/fault.h"

#define set(easy, option, value)                                                 \
    do {                                                                         \
        CURLcode set_rc = curl_easy_setopt(easy, option, value);                 \
        if (set_rc != CURLE_OK)                                                  \
            die("libcurl does not take " #option ": %s", curl_easy_strerror(set_rc)); \
    } while (0)

/* ---- sockets: known while they are open ---- */

static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *a)
{
    struct line *l = ctx;
    (void)purpose;
    int fd = socket(a->family, a->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->protocol);
    if (fd >= 0)
        *vec_push(&l->fds) = fd;
    return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static int close_socket(void *ctx, curl_socket_t fd)
{
    struct line *l = ctx;
    for (size_t i = 0; i < l->fds.len; i++)
        if (l->fds.at[i] == fd) {
            l->fds.at[i] = l->fds.at[--l->fds.len];
            break;
        }
    return close(fd);
}

/* ---- what goes out ---- */

bool transfer_late(struct transfer *t)
{
    const int64_t *by = t->job->begin_by;
    t->late = t->late || (by && *by && net_clock() >= *by);
    return t->late;
}

/* Connected, nothing of the request written. */
static int before_request(void *ctx, char *peer, char *own, int peer_port, int own_port)
{
    (void)peer, (void)own, (void)peer_port, (void)own_port;
    FAULT(NET_CONNECTED);
    return transfer_late(ctx) ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static size_t read_body(char *to, size_t size, size_t count, void *ctx)
{
    struct transfer *t = ctx;
    FAULT(NET_BODY);
    if (transfer_late(t))
        return CURL_READFUNC_ABORT;
    size_t left = t->q.body.len - t->offset;
    size_t n = size * count < left ? size * count : left;
    if (n)
        memcpy(to, buf_str(&t->q.body) + t->offset, n);
    t->offset += n;
    return n;
}

/* libcurl asks to begin again when a kept connection turns out dead: a provider that cannot be asked twice may have got it
 * before the connection died. */
static int seek_body(void *ctx, curl_off_t offset, int origin)
{
    struct transfer *t = ctx;
    if (origin != SEEK_SET || offset != 0 || (t->offset == t->q.body.len && !t->line->provider->idempotent && !t->q.harmless))
        return CURL_SEEKFUNC_FAIL;
    t->offset = 0;
    return CURL_SEEKFUNC_OK;
}

/* ---- what comes in ---- */

static size_t keep_body(char *from, size_t size, size_t count, void *ctx)
{
    struct transfer *t = ctx;
    buf_add(&t->answer, from, size * count);
    t->cut = t->cut || t->answer.full;
    return t->answer.full ? 0 : size * count;
}

static void keep_header(const char *line, size_t n, const char *name, char *out, size_t size)
{
    size_t skip = strlen(name);
    if (n <= skip || strncasecmp(line, name, skip) != 0)
        return;
    while (skip < n && (line[skip] == ' ' || line[skip] == '\t'))
        skip++;
    while (n > skip && strchr("\r\n \t", line[n - 1]))
        n--;
    snprintf(out, size, "%.*s", (int)(n - skip), line + skip);
}

static size_t http_header(char *line, size_t size, size_t count, void *ctx)
{
    struct transfer *t = ctx;
    size_t n = size * count;
    FAULT(NET_ANSWER);
    if (*line == 'r' || *line == 'R')
        keep_header(line, n, "Retry-After:", t->retry_after, sizeof t->retry_after);
    else if (*line == 'x' || *line == 'X')
        keep_header(line, n, "X-Message-Id:", t->id, sizeof t->id);
    return n;
}

void transfer_reply(struct transfer *t, const char *line, size_t n)
{
    int code = 0;
    for (size_t i = 0; i < 3 && i < n && line[i] >= '0' && line[i] <= '9'; i++)
        code = code * 10 + line[i] - '0';
    size_t skip = n > 3 ? 4 : n;
    while (n > skip && strchr("\r\n ", line[n - 1]))
        n--;
    t->reply = code;
    t->answered = t->phase;
    snprintf(t->reply_text, sizeof t->reply_text, "%.*s", (int)(n - skip), line + skip);
    if (t->phase == MAIL_HELLO && strcasecmp(t->reply_text, "SMTPUTF8") == 0)
        t->utf8 = true;
}

static size_t mail_reply(char *line, size_t size, size_t count, void *ctx)
{
    transfer_reply(ctx, line, size * count);
    return size * count;
}

/* Which command is on its way: its whole answer has so long, however it trickles in. After QUIT libcurl would wait for the answer with everything standing still: the other end is
 * told that this is all, and the answer is not waited for. */
static int mail_command(CURL *easy, curl_infotype type, char *data, size_t n, void *ctx)
{
    static const struct { const char *word; enum mail_phase phase; } commands[] = {
        {"EHLO ", MAIL_HELLO}, {"HELO ", MAIL_HELLO}, {"STARTTLS", MAIL_TLS}, {"AUTH ", MAIL_AUTH},
    };
    struct transfer *t = ctx;
    (void)easy;
    if (type != CURLINFO_HEADER_OUT)
        return 0;
    if (n >= 4 && memcmp(data, "QUIT", 4) == 0) {
        if (t->fd != CURL_SOCKET_BAD)
            shutdown(t->fd, SHUT_RDWR);
        return 0;
    }
    if (t->job) {
        t->until = loop_now() + t->line->answer_ms;
        loop_arm(t->line->net_loop, &t->timer, t->until);
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (n >= strlen(commands[i].word) && memcmp(data, commands[i].word, strlen(commands[i].word)) == 0)
            t->phase = commands[i].phase;
    return 0;
}

/* ---- handles ---- */

static void set_common(struct transfer *t, const struct net_options *o)
{
    CURL *h = t->easy;
    const struct line *l = t->line;
    set(h, CURLOPT_PRIVATE, (void *)t);
    set(h, CURLOPT_NOSIGNAL, 1L);
    set(h, CURLOPT_ERRORBUFFER, t->error);
    set(h, CURLOPT_USERAGENT, o->user_agent);
    set(h, CURLOPT_FOLLOWLOCATION, 0L);
    set(h, CURLOPT_REDIR_PROTOCOLS_STR, "https");
    set(h, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    set(h, CURLOPT_PROXY, "");
    set(h, CURLOPT_SSL_VERIFYPEER, 1L);
    set(h, CURLOPT_SSL_VERIFYHOST, 2L);
    set(h, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (l->ca)
        set(h, CURLOPT_CAINFO, l->ca);
    set(h, CURLOPT_CONNECTTIMEOUT_MS, (long)o->connect_ms);
    set(h, CURLOPT_TCP_KEEPALIVE, 1L);
    set(h, CURLOPT_MAXAGE_CONN, 60L);
    set(h, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    set(h, CURLOPT_OPENSOCKETDATA, (void *)l);
    set(h, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    set(h, CURLOPT_CLOSESOCKETDATA, (void *)l);
    set(h, CURLOPT_READFUNCTION, read_body);
    set(h, CURLOPT_READDATA, (void *)t);
    set(h, CURLOPT_HEADERDATA, (void *)t);
    set(h, CURLOPT_WRITEFUNCTION, keep_body);
    set(h, CURLOPT_WRITEDATA, (void *)t);
#if LIBCURL_VERSION_NUM >= 0x075700
    set(h, CURLOPT_QUICK_EXIT, 1L);
#endif
}

static void set_http(struct transfer *t)
{
    CURL *h = t->easy;
    const struct line *l = t->line;
    bool plain = l->base && strncmp(l->base, "http://", 7) == 0;
    set(h, CURLOPT_PROTOCOLS_STR, plain ? "http" : "https");
    set(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    set(h, CURLOPT_POST, 1L);
    set(h, CURLOPT_HEADERFUNCTION, http_header);
    set(h, CURLOPT_SEEKFUNCTION, seek_body);
    set(h, CURLOPT_SEEKDATA, (void *)t);
    set(h, CURLOPT_PREREQFUNCTION, before_request);
    set(h, CURLOPT_PREREQDATA, (void *)t);
}

static void set_mail(struct transfer *t)
{
    CURL *h = t->easy;
    const struct line *l = t->line;
    bool near = channel_is_loopback(l->host) && !l->ca;   /* who names certificates wants TLS */
    char url[600];
    snprintf(url, sizeof url, "%s://%s:%d", l->provider->scheme, l->host, l->port);
    set(h, CURLOPT_URL, url);
    set(h, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    /* Opportunistic TLS can be taken away on the way; on loopback there is no way. */
    set(h, CURLOPT_USE_SSL, (long)(near ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    set(h, CURLOPT_CONNECT_ONLY, 1L);   /* the rest is the dialogue's */
    set(h, CURLOPT_SASL_IR, 1L);
    set(h, CURLOPT_HEADERFUNCTION, mail_reply);
    set(h, CURLOPT_VERBOSE, 1L);
    set(h, CURLOPT_DEBUGFUNCTION, mail_command);
    set(h, CURLOPT_DEBUGDATA, (void *)t);
}

struct transfer *transfer_create(struct line *l, const struct net_options *o)
{
    struct transfer *t = xcalloc(1, sizeof *t);
    t->line = l;
    t->fd = CURL_SOCKET_BAD;
    t->easy = curl_easy_init();
    if (!t->easy)
        die("libcurl gives no handle");
    post_init(&t->q);
    buf_init(&t->answer, l->provider->poll ? POLL_ANSWER_MOST : l->provider->desk ? DESK_ANSWER_MOST : ANSWER_MOST);
    buf_init(&t->out, 0);
    set_common(t, o);
    if (l->provider->mail)
        set_mail(t);
    else
        set_http(t);
    return t;
}

void transfer_destroy(struct transfer *t)
{
    curl_easy_cleanup(t->easy);
    post_finish(&t->q);
    buf_finish(&t->answer);
    buf_finish(&t->out);
    free(t);
}

static void link_headers(struct transfer *t)
{
    static char no_expect[] = "Expect:";
    t->nodes[0] = (struct curl_slist){no_expect, NULL};
    for (int i = 0; i < t->q.line_count; i++) {
        t->nodes[i + 1] = (struct curl_slist){t->q.lines.data + t->q.line[i], NULL};
        t->nodes[i].next = &t->nodes[i + 1];
    }
    set(t->easy, CURLOPT_HTTPHEADER, t->nodes);
}

static void prepare_http(struct transfer *t)
{
    const struct channel_url *c = t->job->c;
    bool get = t->q.method && strcmp(t->q.method, "GET") == 0;
    set(t->easy, CURLOPT_URL, buf_str(&t->q.url));
    link_headers(t);
    if (get)
        set(t->easy, CURLOPT_HTTPGET, 1L);
    else
        set(t->easy, CURLOPT_POST, 1L);
    set(t->easy, CURLOPT_CUSTOMREQUEST, get ? NULL : t->q.method);
    set(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->q.body.len);
    /* Asked again by libcurl itself when a kept connection dies: only where that does no harm (seek_body). */
    if (!get)
        set(t->easy, CURLOPT_POSTFIELDS, c->provider->idempotent || t->q.harmless ? buf_str(&t->q.body) : NULL);
    set(t->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    set(t->easy, CURLOPT_USERNAME, t->q.key_as_user ? c->secret : t->q.basic ? c->user : NULL);
    set(t->easy, CURLOPT_PASSWORD, t->q.key_as_user ? "X" : t->q.basic ? c->secret : NULL);
}

static void prepare_mail(struct transfer *t)
{
    const struct channel_url *c = t->job->c;
    set(t->easy, CURLOPT_USERNAME, c->user);
    set(t->easy, CURLOPT_PASSWORD, c->secret);
}

/* libcurl passes line breaks on: the last look at what it is given. */
static bool is_safe(const struct post *q)
{
    const struct buf *texts[] = {&q->url, &q->mail_from, &q->mail_to};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t k = 0; k < texts[i]->len; k++)
            if ((unsigned char)texts[i]->data[k] <= 0x20 || texts[i]->data[k] == 0x7F)
                return false;
    for (size_t k = 0; k < q->lines.len; k++)
        if (q->lines.data[k] && ((unsigned char)q->lines.data[k] < 0x20 || q->lines.data[k] == 0x7F))
            return false;
    return !q->url.full && !q->lines.full && !q->mail_from.full && !q->mail_to.full;
}

bool transfer_prepare(struct transfer *t, const struct net_options *o)
{
    struct job *j = t->job;
    struct err e = {0};
    t->offset = 0;
    t->cut = t->late = false;
    t->retry_after[0] = t->id[0] = t->error[0] = t->reply_text[0] = '\0';
    t->phase = t->answered = MAIL_NONE;
    t->reply = 0;
    t->answers = 0;
    if (!t->open)
        t->fd = CURL_SOCKET_BAD;
    t->until = loop_now() + o->answer_ms + (j->c->provider->mail ? o->connect_ms : 0);
    buf_reset(&t->answer);
    post_reset(&t->q);
    t->q.wall = loop_wall();
    bool good = j->x ? j->x->write(j->x->ctx, &t->q, &e) : j->c->provider->build(&t->q, j->c, j->m, &e);
    if (good && !is_safe(&t->q))
        good = err_set(&e, ERR_INPUT, NULL, "the message holds a line break where none may be; correct it and send again");
    if (!good && j->x) {
        j->heard = (struct heard){.unsaid = true, .retry_at = WHEN_NONE};
        snprintf(j->heard_text, sizeof j->heard_text, "%.199s", e.text);
        snprintf(j->heard_code, sizeof j->heard_code, "unsaid");
        return false;
    }
    if (!good) {
        j->r.outcome = e.code == ERR_CONFIG ? OUTBOX_RETRY : OUTBOX_FAILED;
        j->trouble = e.code == ERR_CONFIG;
        snprintf(j->r.message, sizeof j->r.message, "%.199s", e.text);
        return false;
    }
    if (j->c->provider->mail)
        prepare_mail(t);
    else
        prepare_http(t);
    return true;
}
