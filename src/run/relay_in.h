/* The relay's parts to each other. */
#ifndef RUN_RELAY_IN_H
#define RUN_RELAY_IN_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/vec.h"
#include "core/hint.h"
#include "core/relay.h"
#include "db/listen.h"
#include "loop/loop.h"
#include "run/relay.h"

/* --- relay_socket.c --- */

struct relay_socket {
    int fd;
    gid_t group;               /* its members may connect */
    char path[108];            /* ours, removed at the end; "" when it was given to us */
    dev_t device; ino_t file;  /* which it is: another relay's may stand there by then */
};
/* The socket systemd gives (sd_listen_fds(3)), or one made at o->socket. */
bool relay_socket_open(struct relay_socket *s, const struct relay_options *o, struct err *e);
void relay_socket_close(struct relay_socket *s);
/* May the process at the other end of fd hear anything? */
bool relay_socket_trusts(const struct relay_socket *s, int fd);

/* --- relay_client.c: one dashboard, what it says, what it is told --- */

struct relay;

struct channel {
    char name[48];
    int users;                 /* clients that want it */
    int asked;                 /* LISTENs whose end is not known yet */
};

struct client {
    struct relay *relay;
    int fd;
    bool greeted, gone;        /* gone: closed after the callback that is running */
    bool half;                 /* what waits begins inside a line */
    unsigned watched;          /* for what */
    struct relay_stream in;
    char *out;                 /* what waits, RELAY_KEPT bytes; NULL: nothing */
    size_t out_len, out_sent;
    unsigned missed;           /* kinds of hints dropped, bits by relay_client.c's table */
    int schema;                /* of a dropped `s` */
    bool waiting;              /* for the database to listen to all of `want` */
    uint32_t want;
    VEC(struct channel *) has;
    struct hint_sight *sight;  /* NULL: it did not say */
    struct buf later;          /* hints that can wait */
    struct loop_timer turn;    /* to send them */
};

struct client *client_open(struct relay *r, int fd);
void client_lines(struct client *c);   /* no longer waiting: takes what it said meanwhile */
void client_close(struct client *c);
/* A line with its newline. What is no hint (a few bytes an answer) is never dropped. */
void client_send(struct client *c, const char *line, size_t n, bool hint);
void client_later(struct client *c, const char *line, size_t n);   /* a hint that can wait; whatever is sent before its time takes it along */
void client_say(struct client *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool client_has(const struct client *c, const struct channel *ch);

/* --- relay.c: the database's side, who hears what --- */

struct relay {
    struct loop *loop;
    struct relay_socket socket;
    struct db_listen *db;
    VEC(struct client *) clients;
    VEC(struct channel *) channels;
    int clients_most;
    bool up, stop;
    bool full;                 /* the last who connected could not be taken */
    char identity[64];
    int32_t timeline;
    struct err why;            /* why it is not up, or ends */
    struct loop_timer sweep;   /* closes who is gone */
    struct loop_timer again;   /* listens again, after it could not take somebody */
};

/* The channels of the line are the client's from now on, and those before are not. */
void relay_want(struct relay *r, struct client *c, const struct relay_line *line);

#endif
