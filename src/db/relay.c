#include "db/relay.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/die.h"
#include "core/hint.h"
#include "core/relay.h"
#include "core/table.h"
#include "db/wire.h"
#include "relay_socket.h"

#define TAKE_OVER_MS 300       /* first of all the screen */
#define SPREAD_MS 1500         /* takes over so much later at most: all do so after a restart */
#define FALL_SPREAD_MS 200
#define ANSWER_MS 3000
#define LOOK_MS 7000           /* not more often is it asked whether it is there */
#define RETRY_MS 1000
#define RETRY_MOST_MS 60000

enum step {
    AWAY,                      /* no connection */
    MET,                       /* connected; it hears nothing for us */
    ASKED,                     /* which channels do we listen to? */
    WANTED,                    /* told it; the answer is to come */
    SURE,                      /* it has them; are they still ours? */
    HOLDS,
};

struct db_relay {
    struct loop *loop;
    struct wire *wire;
    struct table names;        /* query relay's answer */
    struct db_relay_events ev;
    char *path;
    uint64_t random;
    enum step state;
    int fd;
    bool offered;              /* the session listens: it may be taken over */
    bool met;                  /* there was one: it is looked for again by itself */
    bool resting;              /* it has no database, or not ours */
    uint32_t number, pinged;   /* of the last want and ping; pinged 0: none under way */
    struct buf wanted;         /* identity, timeline, channels, as sent */
    struct hint_sight sight;   /* as the relay was told; not known: nothing */
    struct loop_timer turn, answer, retry, fall;
    int64_t looked_at, retry_at;
    unsigned attempt;
    struct relay_stream in;
};

static uint64_t next_random(struct db_relay *r, uint64_t below)
{
    r->random ^= r->random << 13;
    r->random ^= r->random >> 7;
    r->random ^= r->random << 17;
    return r->random % below;
}

static void disconnect(struct db_relay *r)
{
    loop_disarm(r->loop, &r->turn);
    loop_disarm(r->loop, &r->answer);
    if (r->fd >= 0) {
        loop_watch(r->loop, r->fd, 0, NULL, NULL);
        close(r->fd);
    }
    r->fd = -1;
    r->pinged = 0;
    r->resting = false;
    r->sight.known = false;
    r->in.len = r->in.taken = 0;
    r->state = AWAY;
}

static void fall_back(struct db_relay *r)
{
    r->offered = false;
    loop_arm(r->loop, &r->fall, loop_now() + (int64_t)next_random(r, FALL_SPREAD_MS));
}

static void lose(struct db_relay *r)
{
    int64_t ms = RETRY_MS;
    bool held = r->state == HOLDS;
    for (unsigned i = 0; i < r->attempt && ms < RETRY_MOST_MS; i++)
        ms *= 2;
    disconnect(r);
    r->attempt++;
    ms = ms / 2 + (int64_t)next_random(r, (uint64_t)ms);
    r->retry_at = loop_now() + (r->met ? ms : RETRY_MOST_MS);
    if (r->met && ms < RETRY_MOST_MS)
        loop_arm(r->loop, &r->retry, r->retry_at);     /* later on it is looked for when something is asked anyway */
    if (held)
        fall_back(r);
}

static void tell(struct db_relay *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A few hundred bytes now and then, to somebody who does nothing but read: no room is the end. */
static void tell(struct db_relay *r, const char *fmt, ...)
{
    struct buf b;
    va_list ap;
    buf_init(&b, RELAY_LINE - 1);
    va_start(ap, fmt);
    buf_vprintf(&b, fmt, ap);
    va_end(ap);
    buf_putc(&b, '\n');
    bool sent = send(r->fd, buf_str(&b), b.len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)b.len;
    buf_finish(&b);
    if (!sent)
        loop_arm(r->loop, &r->answer, 0);
}

static void expect_answer(struct db_relay *r) { loop_arm(r->loop, &r->answer, loop_now() + ANSWER_MS); }

static void on_no_answer(void *ctx) { lose(ctx); }

/* --- taking over ------------------------------------------------------------------- */

static void arm_turn(struct db_relay *r)
{
    if (r->offered && !r->resting && r->state != AWAY && r->state != HOLDS)
        loop_arm(r->loop, &r->turn, loop_now() + TAKE_OVER_MS + (int64_t)next_random(r, SPREAD_MS));
}

/* In transactions of their own: what was listened to shows once it has committed. */
static void ask(struct db_relay *r)
{
    struct call *c = call_table("relay", NULL, 0, &r->names);
    c->quiet = true;
    wire_send(r->wire, call_listen());
    wire_send(r->wire, c);
}

static void on_turn(void *ctx)
{
    struct db_relay *r = ctx;
    r->state = ASKED;
    ask(r);
}

static void take_names(struct db_relay *r, const struct table *t)
{
    if (r->state != ASKED && r->state != SURE)
        return;
    struct buf now;
    const char *identity = table_cell(t, 0, table_column(t, "identity")), *channels = table_cell(t, 0, table_column(t, "channels"));
    buf_init(&now, RELAY_LINE - 32);
    buf_printf(&now, "%s %s %s", identity, table_cell(t, 0, table_column(t, "timeline")), channels);
    if (!*identity || !*channels || now.full) {
        r->state = MET;        /* a standby, or a server that does not say who it is */
        buf_finish(&now);
    } else if (r->state == SURE && strcmp(buf_str(&now), buf_str(&r->wanted)) == 0) {
        r->state = HOLDS;
        r->offered = false;
        r->attempt = 0;        /* not by its hello: one that is full says that, too, before it closes */
        buf_finish(&now);
        r->ev.took(r->ev.ctx);
    } else {
        buf_finish(&r->wanted);
        r->wanted = now;
        r->state = WANTED;
        expect_answer(r);
        tell(r, "want %u %s", (unsigned)++r->number, buf_str(&r->wanted));
    }
}

bool db_relay_answered(struct db_relay *r, const struct call *c)
{
    if (!r || c->table != &r->names)
        return false;
    if (!c->failed)
        take_names(r, &r->names);
    table_finish(&r->names);
    return true;
}

/* --- what it says -------------------------------------------------------------------- */

/* No answer to a want is waited for any more. */
static void drop_want(struct db_relay *r)
{
    if (r->state == WANTED && !r->pinged)
        loop_disarm(r->loop, &r->answer);
    r->state = MET;
}

static void rest(struct db_relay *r)
{
    bool held = r->state == HOLDS;
    r->resting = true;
    drop_want(r);
    loop_disarm(r->loop, &r->turn);
    if (held)
        fall_back(r);
}

/* What was waited for came, whatever it says; a ping under way or another want is waited for anew. */
static void heard_back(struct db_relay *r, enum relay_word word)
{
    r->pinged = word == RELAY_PONG ? 0 : r->pinged;
    loop_disarm(r->loop, &r->answer);
    if (word == RELAY_HELLO)
        arm_turn(r);
    else if (r->pinged || r->state == WANTED)
        expect_answer(r);
}

/* False: it is no relay, or wants to be left alone. */
static bool take_line(struct db_relay *r, char *text)
{
    struct relay_line line;
    if (!relay_read(text, &line))
        return false;
    bool wanted = r->state == WANTED && line.number == r->number;
    switch (line.word) {
    case RELAY_HELLO:
        r->met = line.number == RELAY_VERSION;
        if (r->met)
            heard_back(r, line.word);
        return r->met;
    case RELAY_HAVE:
        if (wanted) {
            r->state = SURE;
            ask(r);
            heard_back(r, line.word);
        }
        return true;
    case RELAY_NO:
        if (wanted) {
            rest(r);
            heard_back(r, line.word);
        }
        return true;
    case RELAY_PONG:
        if (line.number == r->pinged)
            heard_back(r, line.word);
        return true;
    case RELAY_HINT: r->ev.hint(r->ev.ctx, line.text); return true;
    case RELAY_DOWN: rest(r); return true;
    case RELAY_UP:
        r->resting = false;
        arm_turn(r);
        return true;
    case RELAY_BYE: case RELAY_WANT: case RELAY_SIGHT: case RELAY_PING: return false;
    }
    return false;
}

static void on_readable(void *ctx, int fd, unsigned events)
{
    struct db_relay *r = ctx;
    (void)events;
    size_t room = relay_space(&r->in);
    ssize_t n = room ? recv(fd, r->in.data + r->in.len, room, MSG_DONTWAIT) : 0;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return;
    if (n <= 0) {
        lose(r);
        return;
    }
    r->in.len += (size_t)n;
    for (char *line; r->fd >= 0 && (line = relay_next(&r->in));)
        if (!take_line(r, line)) {
            lose(r);
            return;
        }
}

/* --- finding it ----------------------------------------------------------------------- */

static void connect_now(void *ctx)
{
    struct db_relay *r = ctx;
    loop_disarm(r->loop, &r->retry);
    if (r->fd >= 0)
        return;
    r->fd = relay_socket_connect(r->path, NULL, 0);
    r->state = MET;            /* for lose(), too */
    if (r->fd < 0) {
        lose(r);
        return;
    }
    loop_watch(r->loop, r->fd, LOOP_READ, on_readable, r);
    expect_answer(r);
    tell(r, "hello %d", RELAY_VERSION);
}

static void on_fall(void *ctx)
{
    struct db_relay *r = ctx;
    r->ev.lost(r->ev.ctx);
}

struct db_relay *db_relay_create(struct loop *loop, struct wire *wire, const char *path, uint64_t random, const struct db_relay_events *ev)
{
    struct db_relay *r = xcalloc(1, sizeof *r);
    r->loop = loop;
    r->wire = wire;
    r->ev = *ev;
    r->path = xstrdup(path);
    r->random = random | 1;
    r->fd = -1;
    buf_init(&r->wanted, 0);
    loop_timer_init(&r->turn, on_turn, r);
    loop_timer_init(&r->answer, on_no_answer, r);
    loop_timer_init(&r->retry, connect_now, r);
    loop_timer_init(&r->fall, on_fall, r);
    return r;
}

void db_relay_destroy(struct db_relay *r)
{
    if (!r)
        return;
    db_relay_leave(r);
    buf_finish(&r->wanted);
    table_finish(&r->names);
    free(r->path);
    free(r);
}

void db_relay_greet(struct db_relay *r)
{
    if (!r)
        return;
    r->offered = false;
    loop_disarm(r->loop, &r->turn);
    loop_disarm(r->loop, &r->fall);
    if (r->state != AWAY)
        drop_want(r);
}

void db_relay_offer(struct db_relay *r)
{
    if (!r)
        return;
    r->offered = true;
    r->resting = false;
    if (r->state == AWAY && loop_now() >= r->retry_at)
        connect_now(r);        /* goes on when it has said hello */
    else
        arm_turn(r);
}

void db_relay_look(struct db_relay *r)
{
    int64_t now = loop_now();
    if (!r || now - r->looked_at < LOOK_MS)
        return;
    r->looked_at = now;
    if (r->state == AWAY && r->offered && now >= r->retry_at)
        connect_now(r);
    else if (r->state == HOLDS && !r->pinged) {
        r->pinged = ++r->number;
        expect_answer(r);
        tell(r, "ping %u", (unsigned)r->pinged);
    }
}

static bool same_sight(const struct hint_sight *a, const struct hint_sight *b)
{
    if (!a->known || !b->known)
        return a->known == b->known;
    return a->states == b->states && a->severities == b->severities && a->kinds == b->kinds && a->urgency_from == b->urgency_from &&
           a->urgency_to == b->urgency_to && a->count == b->count && memcmp(a->ids, b->ids, a->count * sizeof *a->ids) == 0;
}

void db_relay_sight(struct db_relay *r, const struct hint_sight *s)
{
    struct buf line;
    if (!r || r->state != HOLDS || same_sight(s, &r->sight))
        return;
    r->sight = *s;
    buf_init(&line, RELAY_LINE - 16);
    hint_sight_format(s, &line);
    tell(r, "sight %s", line.full ? "*" : buf_str(&line));     /* more than a line has room for: everything at once */
    buf_finish(&line);
}

void db_relay_leave(struct db_relay *r)
{
    if (!r)
        return;
    disconnect(r);
    loop_disarm(r->loop, &r->retry);
    loop_disarm(r->loop, &r->fall);
    r->offered = false;
    r->attempt = 0;
    r->retry_at = 0;
}
