/* One message on its way through libcurl, and the channel's handles. */
#ifndef NET_TRANSFER_H
#define NET_TRANSFER_H

#include <curl/curl.h>

#include "base/vec.h"
#include "net/net.h"
#include "provider.h"

#define ANSWER_MOST (64u << 10)
#define DESK_ANSWER_MOST (1u << 20)    /* a page of comments */
#define POLL_ANSWER_MOST (16u << 20)   /* a page of trackings */

struct job {                   /* a message that was given to us and has not been reported */
    struct job *next;
    const struct channel_url *c;
    const struct outbox_message *m;
    net_done_fn *done;
    void *ctx;
    int64_t started;           /* monotonic ms */
    const int64_t *begin_by;   /* the message's or exchange's; NULL: whenever */
    struct outbox_result r;    /* once it is judged */
    bool trouble;
    const struct exchange *x;  /* instead of a message; its answer: */
    struct heard heard;
    json_t *json;              /* owned until it is reported */
    char heard_text[200], heard_code[16];
};

struct jobs { struct job *first, *last; };
void jobs_push(struct jobs *q, struct job *j);
struct job *jobs_pop(struct jobs *q);

struct transfer {              /* a place for one message at a time; as many as the channel has connections */
    struct line *line;
    struct transfer *next;     /* in the list of idle or busy ones */
    CURL *easy;
    struct job *job;           /* NULL: idle */
    struct post q;
    struct curl_slist nodes[REQUEST_HEADERS + 1];
    struct loop_timer timer;   /* runs at `until`, which each command sets anew */
    int64_t until;
    size_t offset;             /* of the body: handed to libcurl so far */
    struct buf answer;
    bool cut;
    bool late;                 /* begin_by came before all was written: it is broken off */
    char retry_after[64], id[96];
    enum mail_phase phase, answered;    /* the command on its way; the one the last reply was for */
    int reply;
    char reply_text[200];
    curl_socket_t fd;
    /* SMTP: */
    struct buf out;            /* what is being said; offset counts in it */
    char line_in[1024];        /* what is being heard: an unfinished line */
    size_t heard, replied;     /* replied: bytes of the answer to the command on its way */
    int64_t taken_by;          /* when the server has to have taken the message */
    unsigned watched;
    int answers;               /* heard for this message */
    bool open;                 /* connected and logged in */
    bool kept;                 /* and that since before this message */
    bool keep;                 /* it is good for another message */
    bool begun;                /* a transaction was begun and not ended */
    bool utf8;                 /* the server takes SMTPUTF8 */
    int64_t idle_since;
    char error[CURL_ERROR_SIZE];
};

struct line {                  /* everything that goes to one place as one account */
    struct line *next;
    struct net *net;
    struct loop *net_loop;
    const struct provider *provider;
    enum channel channel;
    char *host, *base, *user, *ca;
    int port, connections;
    int answer_ms, dot_ms;     /* of net_options */
    CURLM *multi;              /* NULL: files */
    struct loop_timer timer;
    struct jobs waiting;
    struct transfer *idle, *busy;
    int transfers;
    VEC(int) fds;              /* open sockets, to shut down before they are closed */
};

/* Makes the place; its handle has all that stays the same from message to message. */
struct transfer *transfer_create(struct line *l, const struct net_options *o);
void transfer_destroy(struct transfer *t);

/* Writes the request of t->job and sets the handle up; false: it cannot be sent, t->job->r says why. */
bool transfer_prepare(struct transfer *t, const struct net_options *o);

/* A reply's line, from libcurl or from us. */
void transfer_reply(struct transfer *t, const char *line, size_t n);

/* SMTP over an open connection; nothing is reported from inside dialogue_start. */
void dialogue_start(struct transfer *t);
bool dialogue_alive(struct transfer *t);

/* net.c's, for the dialogue: the message is over; another connection for it; the next message. */
void transfer_finish(struct transfer *t, CURLcode rc, bool expired);
void transfer_reconnect(struct transfer *t);
void line_start_waiting(struct line *l);

/* Looked at right before anything is written; once late, always late. */
bool transfer_late(struct transfer *t);

/* What libcurl's end of it means: fills t->job->r and trouble. */
void transfer_judge(struct transfer *t, CURLcode rc, bool expired);
/* May the provider have all of it? */
bool transfer_went_out(const struct transfer *t);

/* Asks c's provider; x lives until its read is called, which is never from inside this call. For helpdesks (desk.c). */
void net_exchange(struct net *n, const struct channel_url *c, const struct exchange *x);

/* r as for a message that was not tried. */
void result_start(struct outbox_result *r, const struct outbox_message *m);
/* Its lease was over before it was written. */
void result_late(struct outbox_result *r);
/* Cleans the sentence and takes the channel's secret out of it. */
void result_clean(struct outbox_result *r, const struct channel_url *c);

#endif
