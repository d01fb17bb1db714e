#include "run/relay.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/log.h"
#include "loop/loop.h"
#include "relay_in.h"

#define OWN_FILES 32           /* descriptors that are no client's */
#define AGAIN_MS 1000          /* after the machine had no descriptor for one who connects */

/* --- channels ----------------------------------------------------------------------- */

static struct channel *find_channel(struct relay *r, const char *name)
{
    for (size_t i = 0; i < r->channels.len; i++)
        if (strcmp(r->channels.at[i]->name, name) == 0)
            return r->channels.at[i];
    return NULL;
}

static struct channel *use_channel(struct relay *r, const char *name)
{
    struct channel *ch = find_channel(r, name);
    if (!ch) {
        ch = xcalloc(1, sizeof *ch);
        snprintf(ch->name, sizeof ch->name, "%s", name);
        ch->asked = 1;
        *vec_push(&r->channels) = ch;
        db_listen_to(r->db, name, true);
    }
    ch->users++;
    return ch;
}

/* A LISTEN under way is waited for: asked again meanwhile, nobody may be told it holds before it does. */
static void forget_unused(struct relay *r)
{
    size_t kept = 0;
    for (size_t i = 0; i < r->channels.len; i++) {
        struct channel *ch = r->channels.at[i];
        if (ch->users || ch->asked) {
            r->channels.at[kept++] = ch;
            continue;
        }
        db_listen_to(r->db, ch->name, false);
        free(ch);
    }
    r->channels.len = kept;
}

static void release(struct client *c)
{
    for (size_t i = 0; i < c->has.len; i++)
        c->has.at[i]->users--;
    c->has.len = 0;
    c->waiting = false;
}

static void tell_if_ready(struct client *c)
{
    for (size_t i = 0; i < c->has.len; i++)
        if (c->has.at[i]->asked)
            return;
    c->waiting = false;
    loop_arm(c->relay->loop, &c->relay->sweep, 0);
    client_say(c, "have %u", (unsigned)c->want);
}

void relay_want(struct relay *r, struct client *c, const struct relay_line *line)
{
    release(c);
    const char *why = !r->up ? "the relay has no connection to the database now"
                      : strcmp(line->identity, r->identity) != 0 ? "the relay listens to another database: give both the same DSN, or the relay a socket of its own"
                      : line->timeline != r->timeline ? "the relay and the dashboard are on different sides of a failover" : NULL;
    for (size_t i = 0; !why && i < line->count; i++) {
        struct channel *ch = use_channel(r, line->names[i]);
        if (client_has(c, ch))
            ch->users--;       /* named twice */
        else
            *vec_push(&c->has) = ch;
    }
    forget_unused(r);
    c->want = line->number;
    c->waiting = !why;
    if (why)
        client_say(c, "no %u %s", (unsigned)line->number, why);
    else
        tell_if_ready(c);
}

/* --- the database ------------------------------------------------------------------- */

static void on_up(void *ctx, const char *identity, int32_t timeline)
{
    struct relay *r = ctx;
    snprintf(r->identity, sizeof r->identity, "%s", identity);
    r->timeline = timeline;
    r->up = true;
    log_line(LOG_INFO, "relay: connected, timeline %d, %zu dashboards", (int)timeline, r->clients.len);
    for (size_t i = 0; i < r->clients.len; i++)
        if (r->clients.at[i]->greeted)
            client_say(r->clients.at[i], "up");
}

/* What was listened to is forgotten: whoever wants it again reads everything again. */
static void on_down(void *ctx, const struct err *why, int64_t retry_at)
{
    struct relay *r = ctx;
    char line[sizeof why->where + sizeof why->text + 4];
    err_line(why, line, sizeof line);
    if (r->up || r->why.code == ERR_NONE)
        log_line(LOG_WARN, "relay: %s", line);
    bool was_up = r->up;
    r->up = false;
    r->why = *why;
    r->stop |= retry_at < 0;
    for (size_t i = 0; i < r->clients.len; i++) {
        release(r->clients.at[i]);
        if (was_up && r->clients.at[i]->greeted)
            client_say(r->clients.at[i], "down %s", line);
    }
    for (size_t i = 0; i < r->channels.len; i++)
        free(r->channels.at[i]);
    r->channels.len = 0;
    loop_arm(r->loop, &r->sweep, 0);
}

static void on_listening(void *ctx, const char *name)
{
    struct relay *r = ctx;
    struct channel *ch = find_channel(r, name);
    if (!ch || !ch->asked)
        return;
    ch->asked--;
    for (size_t i = 0; i < r->clients.len; i++)
        if (r->clients.at[i]->waiting && client_has(r->clients.at[i], ch))
            tell_if_ready(r->clients.at[i]);
    forget_unused(r);
}

static bool at_once(const struct client *c, const struct hint *h) { return !c->sight || hint_in_sight(c->sight, h); }

/* First whom it concerns: a few of hundreds, who all wake up for it. */
static void on_notify(void *ctx, const char *name, const char *payload)
{
    struct relay *r = ctx;
    struct channel *ch = find_channel(r, name);
    char line[RELAY_LINE + 8] = "hint ";
    if (!ch)
        return;
    relay_payload(payload, line + 5);
    struct hint h;
    hint_parse(line + 5, &h);      /* what is none may be anything, and stands for much */
    size_t n = strlen(line);
    line[n++] = '\n';
    for (size_t i = 0; i < r->clients.len; i++)
        if (client_has(r->clients.at[i], ch) && at_once(r->clients.at[i], &h))
            client_send(r->clients.at[i], line, n, true);
    for (size_t i = 0; i < r->clients.len; i++)
        if (client_has(r->clients.at[i], ch) && !at_once(r->clients.at[i], &h))
            client_later(r->clients.at[i], line, n);
    hint_finish(&h);
}

/* --- clients ------------------------------------------------------------------------ */

static void on_sweep(void *ctx)
{
    struct relay *r = ctx;
    size_t kept = 0;
    for (size_t i = 0; i < r->clients.len; i++) {
        struct client *c = r->clients.at[i];
        if (!c->gone) {
            r->clients.at[kept++] = c;
            continue;
        }
        release(c);
        client_close(c);
    }
    r->clients.len = kept;
    for (size_t i = 0; i < kept; i++)
        client_lines(r->clients.at[i]);
    forget_unused(r);
}

static void turn_away(int fd, const char *why)
{
    struct buf b;
    buf_init(&b, 400);
    buf_printf(&b, "hello %d\nbye %s\n", RELAY_VERSION, why);
    if (send(fd, buf_str(&b), b.len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        log_line(LOG_DEBUG, "relay: who was turned away did not wait to hear why");
    buf_finish(&b);
    close(fd);
}

static void on_connect(void *ctx, int fd, unsigned events);

static void on_again(void *ctx)
{
    struct relay *r = ctx;
    loop_watch(r->loop, r->socket.fd, LOOP_READ, on_connect, r);
}

/* Out of descriptors or memory whoever knocks stays at the door, and the socket is ready at once again: it is left alone for a moment, and
 * said once. The dashboard goes on by itself meanwhile. */
static void cannot_take(struct relay *r, int why)
{
    if (why == EAGAIN || why == EWOULDBLOCK || why == EINTR || why == ECONNABORTED)
        return;
    if (!r->full)
        log_line(LOG_ERROR, "relay: nobody more can connect now (%s), %zu dashboards: raise LimitNOFILE, or ulimit -n; tried again every second", strerror(why),
                 r->clients.len);
    r->full = true;
    loop_watch(r->loop, r->socket.fd, 0, NULL, NULL);
    loop_arm(r->loop, &r->again, loop_now() + AGAIN_MS);
}

static void on_connect(void *ctx, int fd, unsigned events)
{
    struct relay *r = ctx;
    (void)events;
    int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (peer < 0) {
        cannot_take(r, errno);
        return;
    }
    r->full = false;
    if (!relay_socket_trusts(&r->socket, peer))
        turn_away(peer, "this relay takes its own account, root and its socket's group: become a member of that group");
    else if (r->clients.len >= (size_t)r->clients_most)
        turn_away(peer, "this relay has as many dashboards as it may: start it with a larger --clients-max");
    else
        *vec_push(&r->clients) = client_open(r, peer);
}

/* --- start and end ------------------------------------------------------------------ */

static void on_signal(void *ctx, int signo)
{
    struct relay *r = ctx;
    (void)signo;
    r->stop = true;
    r->why.code = ERR_NONE;
}

static bool room_for(int clients, struct err *e)
{
    struct rlimit l;
    rlim_t wanted = (rlim_t)clients + OWN_FILES;
    if (getrlimit(RLIMIT_NOFILE, &l) != 0 || l.rlim_cur >= wanted)
        return true;
    l.rlim_cur = l.rlim_max < wanted ? l.rlim_max : wanted;
    if (l.rlim_cur < wanted || setrlimit(RLIMIT_NOFILE, &l) != 0)
        return err_set(e, ERR_CONFIG, "--clients-max", "%d dashboards need %d open files and this process may have %d: raise LimitNOFILE, or ulimit -n",
                       clients, clients + OWN_FILES, (int)l.rlim_max);
    return true;
}

static void finish(struct relay *r)
{
    for (size_t i = 0; i < r->clients.len; i++) {
        client_say(r->clients.at[i], "bye the relay ends");
        client_close(r->clients.at[i]);
    }
    for (size_t i = 0; i < r->channels.len; i++)
        free(r->channels.at[i]);
    vec_finish(&r->clients);
    vec_finish(&r->channels);
    db_listen_destroy(r->db);
    relay_socket_close(&r->socket);
    loop_destroy(r->loop);
}

bool relay_run(const struct relay_options *o, struct err *e)
{
    static const int ending[] = {SIGTERM, SIGINT, SIGHUP};
    struct relay r = {.clients_most = o->clients_most};
    if (!room_for(o->clients_most, e) || !relay_socket_open(&r.socket, o, e))
        return false;
    r.loop = loop_create();
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
        loop_signal(r.loop, ending[i], on_signal, &r);
    signal(SIGPIPE, SIG_IGN);
    loop_timer_init(&r.sweep, on_sweep, &r);
    loop_timer_init(&r.again, on_again, &r);
    loop_watch(r.loop, r.socket.fd, LOOP_READ, on_connect, &r);
    r.db = db_listen_create(r.loop, o->dsn, "doorstep relay", &(struct db_listen_events){&r, on_up, on_down, on_listening, on_notify});
    while (!r.stop)
        loop_step(r.loop, -1);
    *e = r.why;
    finish(&r);
    return e->code == ERR_NONE;
}
