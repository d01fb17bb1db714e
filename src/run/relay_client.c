#include "relay_in.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/die.h"
#include "loop/loop.h"

#define LATER_MOST 4096        /* bytes that can wait */
#define TURN_MS 5              /* between the moments of two clients */

/* Hints by their first letter, and what stands for any number of them that were dropped. */
static const struct { char letter; const char *instead; } kinds[] = {
    {'e', "m 1"}, {'m', "m 1"}, {'p', "m 1"}, {'v', "v"}, {'u', "u"}, {'k', "k"}, {'o', "o"}, {'d', "d"}, {'r', "r *"}, {'s', NULL},
};
#define LETTERS (sizeof kinds / sizeof *kinds)

/* --- what it is told ------------------------------------------------------------ */

static void on_client(void *ctx, int fd, unsigned events);

static void close_soon(struct client *c)
{
    if (c->gone)
        return;
    c->gone = true;
    loop_watch(c->relay->loop, c->fd, 0, NULL, NULL);
    loop_arm(c->relay->loop, &c->relay->sweep, 0);
}

/* How much of it the other end takes now; it may be none. */
static size_t send_now(struct client *c, const char *s, size_t n)
{
    ssize_t sent;
    do
        sent = send(c->fd, s, n, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
        close_soon(c);
    return sent < 0 ? 0 : (size_t)sent;
}

static void watch(struct client *c)
{
    unsigned events = (c->waiting ? 0U : LOOP_READ) | (c->out ? LOOP_WRITE : 0U) | LOOP_ERROR;
    if (c->watched == events || c->gone)
        return;
    c->watched = events;
    loop_watch(c->relay->loop, c->fd, events, on_client, c);
}

static void miss(struct client *c, const char *payload)
{
    size_t k = 0;
    while (k < LETTERS && kinds[k].letter != payload[0])
        k++;
    c->missed |= k < LETTERS ? 1u << k : 1u;     /* a kind unknown here: much has changed */
    if (payload[0] == 's')
        c->schema = (int)strtol(payload + 1, NULL, 10);
}

/* Drops the hints that wait, but for a line half sent, and remembers their kinds. Answers stay. */
static void collapse(struct client *c)
{
    size_t from = c->out_sent;
    while (from < c->out_len && (from ? c->out[from - 1] != '\n' : c->half))
        from++;
    char *kept = c->out + from, *end = c->out + c->out_len;
    for (char *line = kept, *next; line < end; line = next) {
        next = (char *)memchr(line, '\n', (size_t)(end - line)) + 1;
        if (strncmp(line, "hint ", 5) == 0) {
            miss(c, line + 5);
            continue;
        }
        memmove(kept, line, (size_t)(next - line));
        kept += next - line;
    }
    c->out_len = (size_t)(kept - c->out);
}

static void keep(struct client *c, const char *line, size_t n)
{
    if (!c->out)
        c->out = xcalloc(1, RELAY_KEPT);
    memcpy(c->out + c->out_len, line, n);
    c->out_len += n;
    watch(c);
}

static void send_now_or_keep(struct client *c, const char *s, size_t n)
{
    size_t sent = send_now(c, s, n);
    c->half = sent && s[sent - 1] != '\n';
    if (sent < n && !c->gone)
        keep(c, s + sent, n - sent);
}

static void send_line(struct client *c, const char *line, size_t n, bool hint)
{
    if (c->gone)
        return;
    if (hint && c->missed) {
        miss(c, line + 5);
        return;
    }
    if (!c->out) {
        send_now_or_keep(c, line, n);
        return;
    }
    bool full = c->out_len + n > RELAY_KEPT;
    if (full) {
        collapse(c);
        if (hint)
            miss(c, line + 5);
    }
    if (full && !hint && c->out_len + n > RELAY_KEPT)
        close_soon(c);         /* it asks and never reads an answer */
    else if (!full || !hint)
        keep(c, line, n);
}

/* All that could wait, in one piece, so that the dashboard wakes up once. */
static void send_later(struct client *c)
{
    struct buf b = c->later;
    buf_init(&c->later, 0);
    loop_disarm(c->relay->loop, &c->turn);
    if (!c->out && !c->missed && !c->gone) {
        send_now_or_keep(c, b.data, b.len);
        buf_reset(&b);
    }
    for (const char *line = buf_str(&b), *next; *line; line = next) {
        next = strchr(line, '\n') + 1;
        send_line(c, line, (size_t)(next - line), strncmp(line, "hint ", 5) == 0);
    }
    buf_finish(&b);
}

static void on_turn(void *ctx) { send_later(ctx); }

void client_send(struct client *c, const char *line, size_t n, bool hint)
{
    if (!c->later.len || c->gone) {
        send_line(c, line, n, hint);
        return;
    }
    buf_add(&c->later, line, n);
    send_later(c);
}

/* Each client has its own moments, as the others do not: whoever has to hear something at once finds few others awake. */
void client_later(struct client *c, const char *line, size_t n)
{
    if (c->gone)
        return;
    int64_t now = loop_now(), own = (int64_t)c->fd * TURN_MS % RELAY_LATER_MS;
    if (c->later.len + n > LATER_MOST) {
        client_send(c, line, n, true);
        return;
    }
    if (!c->later.len)
        loop_arm(c->relay->loop, &c->turn, now + 1 + (own + RELAY_LATER_MS - (now + 1) % RELAY_LATER_MS) % RELAY_LATER_MS);
    buf_add(&c->later, line, n);
}

void client_say(struct client *c, const char *fmt, ...)
{
    struct buf b;
    va_list ap;
    buf_init(&b, RELAY_LINE - 1);
    va_start(ap, fmt);
    buf_vprintf(&b, fmt, ap);
    va_end(ap);
    buf_putc(&b, '\n');
    client_send(c, buf_str(&b), b.len, false);
    buf_finish(&b);
}

static void send_missed(struct client *c)
{
    char line[64];
    const char *last = "";
    unsigned missed = c->missed;
    c->missed = 0;
    for (size_t k = 0; k < LETTERS; k++) {
        const char *instead = kinds[k].instead ? kinds[k].instead : "";
        if (!(missed & 1u << k) || (*instead && strcmp(last, instead) == 0))
            continue;
        last = instead;
        int n = *instead ? snprintf(line, sizeof line, "hint %s\n", instead) : snprintf(line, sizeof line, "hint s %d\n", c->schema);
        client_send(c, line, (size_t)n, true);
    }
}

static void flush(struct client *c)
{
    c->out_sent += send_now(c, c->out + c->out_sent, c->out_len - c->out_sent);
    if (c->gone || c->out_sent < c->out_len)
        return;
    free(c->out);
    c->out = NULL;
    c->out_len = c->out_sent = 0;
    watch(c);
    send_missed(c);
}

bool client_has(const struct client *c, const struct channel *ch)
{
    for (size_t i = 0; i < c->has.len; i++)
        if (c->has.at[i] == ch)
            return true;
    return false;
}

/* --- what it says ---------------------------------------------------------------- */

static bool take_sight(struct client *c, const char *text)
{
    if (!c->sight)
        c->sight = xcalloc(1, sizeof *c->sight);
    return hint_sight_parse(text, c->sight);
}

/* False: it is none of ours. */
static bool take_line(struct client *c, char *text)
{
    struct relay_line line;
    if (!relay_read(text, &line) || (!c->greeted && line.word != RELAY_HELLO))
        return false;
    switch (line.word) {
    case RELAY_HELLO:
        c->greeted = line.number == RELAY_VERSION;
        client_say(c, "hello %d", RELAY_VERSION);
        if (!c->greeted)
            client_say(c, "bye this relay speaks version %d and the dashboard %u: install the same Doorstep on both sides, and restart the relay",
                       RELAY_VERSION, (unsigned)line.number);
        return c->greeted;
    case RELAY_WANT: relay_want(c->relay, c, &line); return true;
    case RELAY_SIGHT: return take_sight(c, line.text);
    case RELAY_PING: client_say(c, "pong %u", (unsigned)line.number); return true;
    case RELAY_HAVE: case RELAY_NO: case RELAY_HINT: case RELAY_DOWN: case RELAY_UP: case RELAY_PONG: case RELAY_BYE: break;
    }
    return false;
}

static void read_lines(struct client *c)
{
    if (c->waiting) {          /* not read from: it hung up */
        close_soon(c);
        return;
    }
    size_t room = relay_space(&c->in);
    ssize_t n = room ? recv(c->fd, c->in.data + c->in.len, room, MSG_DONTWAIT) : 0;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return;
    if (n <= 0) {
        close_soon(c);
        return;
    }
    c->in.len += (size_t)n;
    client_lines(c);
}

/* One want at a time: what it says meanwhile stays unread, so that nobody makes the relay ask the database without end. */
void client_lines(struct client *c)
{
    for (char *line; !c->gone && !c->waiting && (line = relay_next(&c->in));)
        if (!take_line(c, line))
            close_soon(c);
    watch(c);
}

static void on_client(void *ctx, int fd, unsigned events)
{
    struct client *c = ctx;
    (void)fd;
    if (c->gone)
        return;
    if (events & (LOOP_READ | LOOP_ERROR))
        read_lines(c);
    if ((events & LOOP_WRITE) && !c->gone && c->out)
        flush(c);
}

struct client *client_open(struct relay *r, int fd)
{
    struct client *c = xcalloc(1, sizeof *c);
    c->relay = r;
    c->fd = fd;
    buf_init(&c->later, 0);
    loop_timer_init(&c->turn, on_turn, c);
    watch(c);
    return c;
}

void client_close(struct client *c)
{
    if (!c->gone)
        loop_watch(c->relay->loop, c->fd, 0, NULL, NULL);
    close(c->fd);
    loop_disarm(c->relay->loop, &c->turn);
    buf_finish(&c->later);
    free(c->sight);
    free(c->out);
    vec_finish(&c->has);
    free(c);
}
