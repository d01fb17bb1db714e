/* One message on its way through libcurl, and the channel's handles. */
#ifndef NET_TRANSFER_H
#define NET_TRANSFER_H

#include <curl/curl.h>

#include "base/vec.h"
#include "net/net.h"
#include "provider.h"

#define ANSWER_MOST (64u << 10)

struct job {                   /* a message that was given to us and has not been reported */
    struct job *next;
    const struct channel_url *c;
    const struct outbox_message *m;
    net_done_fn *done;
    void *ctx;
    int64_t started;           /* monotonic ms */
    struct outbox_result r;    /* once it is judged */
    bool trouble;
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
    struct loop_timer timer;   /* runs at `until`, which moves on with progress */
    int64_t until;
    size_t offset;             /* of the body: handed to libcurl so far */
    struct buf answer;
    bool cut;
    char retry_after[64], id[96];
    enum mail_phase phase, answered;    /* the command on its way; the one the last reply was for */
    int reply;
    char reply_text[200];
    curl_socket_t fd;
    char error[CURL_ERROR_SIZE];
};

struct line {                  /* everything that goes to one place as one account */
    struct line *next;
    struct net *net;
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

/* What libcurl's end of it means: fills t->job->r and trouble. */
void transfer_judge(struct transfer *t, CURLcode rc, bool expired);
/* May the provider have all of it? */
bool transfer_went_out(const struct transfer *t);

/* r as for a message that was not tried. */
void result_start(struct outbox_result *r, const struct outbox_message *m);
/* Cleans the sentence and takes the channel's secret out of it. */
void result_clean(struct outbox_result *r, const struct channel_url *c);

#endif
