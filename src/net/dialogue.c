/* The mail transaction: MAIL, RCPT, DATA and the message, over a connection that libcurl made.
 *
 * libcurl connects, starts TLS and logs in (CURLOPT_CONNECT_ONLY). The rest is said here, because libcurl waits for
 * the answer to a message's final dot with everything else standing still (smtp_done, 7.88), minutes if the server likes. */
#include <stdio.h>
#include <string.h>

#include "loop/fault.h"
#include "transfer.h"

static void on_io(void *ctx, int fd, unsigned events);

static void watch(struct transfer *t)
{
    unsigned events = LOOP_READ | (t->offset < t->out.len ? LOOP_WRITE : 0u);
    if (events == t->watched)
        return;
    t->watched = events;
    loop_watch(t->line->net_loop, t->fd, events, on_io, t);
}

/* A command's whole answer has so long from here on: that something comes does not make it longer. */
static void say(struct transfer *t, enum mail_phase phase, const char *command, const char *address, const char *more)
{
    t->phase = phase;
    t->offset = 0;
    t->replied = 0;
    t->until = loop_now() + t->line->answer_ms;
    buf_reset(&t->out);
    buf_puts(&t->out, command);
    if (address)
        buf_printf(&t->out, "<%s>%s", address, more);
    buf_puts(&t->out, "\r\n");
}

static bool beyond_ascii(const struct buf *b)
{
    for (size_t i = 0; i < b->len; i++)
        if ((unsigned char)b->data[i] >= 0x80)
            return true;
    return false;
}

static bool wants_utf8(const struct transfer *t) { return beyond_ascii(&t->q.mail_from) || beyond_ascii(&t->q.mail_to); }

/* An address the server has not said it can take. */
static bool unspeakable(const struct transfer *t) { return wants_utf8(t) && !t->utf8; }

static void say_from(struct transfer *t) { say(t, MAIL_FROM, "MAIL FROM:", buf_str(&t->q.mail_from), wants_utf8(t) ? " SMTPUTF8" : ""); }

/* The message, dots at the beginning of lines doubled, and the dot that ends it. */
static void say_message(struct transfer *t)
{
    const char *s = buf_str(&t->q.body);
    say(t, MAIL_BODY, "", NULL, NULL);
    buf_reset(&t->out);
    while (*s) {
        size_t n = strcspn(s, "\n");
        n += s[n] == '\n';
        if (*s == '.')
            buf_putc(&t->out, '.');
        buf_add(&t->out, s, n);
        s += n;
    }
    buf_puts(&t->out, ".\r\n");
    t->taken_by = loop_now() + t->line->dot_ms;
}

void dialogue_start(struct transfer *t)
{
    t->watched = 0;
    t->heard = 0;
    t->answers = 0;
    t->reply = 0;
    if (t->begun || unspeakable(t))
        say(t, MAIL_RESET, "RSET", NULL, NULL);
    else
        say_from(t);
    loop_arm(t->line->net_loop, &t->timer, t->until);
    watch(t);
}

bool dialogue_alive(struct transfer *t)
{
    char some[64];
    size_t n;
    return curl_easy_recv(t->easy, some, sizeof some, &n) == CURLE_AGAIN;  /* an end, or words nobody asked for */
}

static void over(struct transfer *t, CURLcode rc)
{
    struct line *l = t->line;
    t->keep = rc == CURLE_OK && t->reply != 421;
    transfer_finish(t, rc, false);
    line_start_waiting(l);
}

/* A kept connection may have ended while nobody looked: nothing of this message went out, so another one is made. */
static void broken(struct transfer *t, CURLcode rc)
{
    if (t->kept && !t->answers) {
        transfer_reconnect(t);
        return;
    }
    if (t->phase != MAIL_DOT || t->reply < 400)
        t->reply = 0;
    over(t, rc == CURLE_OK ? CURLE_RECV_ERROR : rc);
}

static bool refuse_address(struct transfer *t)
{
    t->phase = t->answered = MAIL_RCPT;
    t->reply = 553;
    t->begun = false;
    snprintf(t->reply_text, sizeof t->reply_text, "5.6.7 it does not offer SMTPUTF8, which the address needs");
    over(t, CURLE_OK);
    return false;
}

/* False: it is over. */
static bool next(struct transfer *t)
{
    static const struct { enum mail_phase asked; int low, high; } good[] = {
        {MAIL_RESET, 200, 299}, {MAIL_FROM, 200, 299}, {MAIL_RCPT, 200, 299}, {MAIL_DATA, 354, 354},
    };
    if (t->kept && !t->answers && t->reply == 421) {
        broken(t, CURLE_OK);
        return false;
    }
    t->answers++;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (good[i].asked != t->phase || t->reply < good[i].low || t->reply > good[i].high)
            continue;
        t->begun = t->phase != MAIL_RESET;
        if (unspeakable(t))
            return refuse_address(t);
        if (t->phase == MAIL_RESET)
            say_from(t);
        else if (t->phase == MAIL_FROM)
            say(t, MAIL_RCPT, "RCPT TO:", buf_str(&t->q.mail_to), "");
        else if (t->phase == MAIL_RCPT)
            say(t, MAIL_DATA, "DATA", NULL, NULL);
        else
            say_message(t);
        return true;
    }
    t->begun = t->phase != MAIL_DOT;   /* a transaction is open: RSET before the next */
    over(t, CURLE_OK);
    return false;
}

/* One line of a reply. False: the dialogue is over. */
static bool hear(struct transfer *t, const char *line, size_t n)
{
    bool last = n < 4 || line[3] != '-';
    transfer_reply(t, line, n);
    if (t->reply < 100 || t->reply > 599) {
        t->reply = 0;
        over(t, CURLE_WEIRD_SERVER_REPLY);
        return false;
    }
    return !last || next(t);
}

/* False: the dialogue is over. */
static bool listen_to(struct transfer *t)
{
    for (;;) {
        size_t n;
        if (t->heard == sizeof t->line_in)
            t->heard = sizeof t->line_in / 2;   /* a line without an end: its first half is enough */
        CURLcode rc = curl_easy_recv(t->easy, t->line_in + t->heard, sizeof t->line_in - t->heard, &n);
        if (rc == CURLE_AGAIN)
            return true;
        if (rc != CURLE_OK || n == 0) {
            broken(t, rc);
            return false;
        }
        t->heard += n;
        t->replied += n;
        if (t->replied > ANSWER_MOST) {
            t->reply = 0;
            over(t, CURLE_WEIRD_SERVER_REPLY);
            return false;
        }
        for (char *end; (end = memchr(t->line_in, '\n', t->heard));) {
            char line[sizeof t->line_in];
            size_t size = (size_t)(end - t->line_in) + 1;
            memcpy(line, t->line_in, size);
            memmove(t->line_in, end + 1, t->heard - size);
            t->heard -= size;
            if (!hear(t, line, size))
                return false;
        }
    }
}

/* False: the dialogue is over. */
static bool talk(struct transfer *t)
{
    while (t->offset < t->out.len) {
        size_t n = 0;
        if (t->phase == MAIL_BODY)
            FAULT(NET_BODY);
        if (transfer_late(t)) {            /* nothing is a message before its final dot */
            over(t, CURLE_ABORTED_BY_CALLBACK);
            return false;
        }
        CURLcode rc = curl_easy_send(t->easy, t->out.data + t->offset, t->out.len - t->offset, &n);
        if (rc == CURLE_AGAIN)
            return true;
        if (rc != CURLE_OK) {
            broken(t, rc);
            return false;
        }
        t->offset += n;
        if (t->phase == MAIL_BODY) {       /* a slow server takes a long message bit by bit, within limits */
            t->until = loop_now() + t->line->answer_ms;
            t->until = t->until < t->taken_by ? t->until : t->taken_by;
        }
    }
    if (t->phase == MAIL_BODY) {
        t->phase = MAIL_DOT;
        t->until = loop_now() + t->line->dot_ms;
        loop_arm(t->line->net_loop, &t->timer, t->until);
    }
    return true;
}

static void on_io(void *ctx, int fd, unsigned events)
{
    struct transfer *t = ctx;
    (void)fd;
    (void)events;
    /* What was heard may have to be answered at once, so talking comes twice. */
    if (talk(t) && listen_to(t) && talk(t))
        watch(t);
}
