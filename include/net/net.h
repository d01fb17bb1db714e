/* Talking to message providers: libcurl's multi interface on the loop.
 *
 * A channel is a provider with its address and secrets, read from a URL (net/channel.h). net_send()
 * starts one message and calls back once with what became of it. Connections are kept and used again. TLS is verified;
 * redirects are not followed; http and smtp without TLS only to loopback hosts; no .netrc, no proxy from the environment. */
#ifndef NET_NET_H
#define NET_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "core/outbox.h"
#include "loop/loop.h"
#include "net/channel.h"

struct net;

/* What a try came to; RETRY carries in retry_at what the provider asked for (Retry-After, as wall ms), or
 * WHEN_NONE: then the caller's policy decides. r is good during the call only. */
typedef void net_done_fn(void *ctx, const struct outbox_result *r, bool provider_in_trouble);

struct net_options {
    int connect_ms;            /* 0: 10000 */
    int answer_ms;             /* to the end of an HTTP answer, or of that to an SMTP command; 0: 30000 */
    int final_dot_ms;          /* SMTP: for taking the message, and from its end to the end of the answer; 0: 300000 */
    const char *user_agent;    /* "doorstep/0.1.0" */
};
struct net *net_create(struct loop *loop, const struct net_options *o);
/* Ends what is under way: each is reported (UNKNOWN where it may have gone out, else RETURNED), then all is freed. Never
 * blocks on a peer (SMTP sockets are shut down first). */
void net_destroy(struct net *n);

/* Starts m on c; m and c must live until done is called, which is never from inside this call. done may send the next
 * message; it must not destroy n, and sends nothing any more while n is being destroyed. Messages beyond the channel's
 * connections= wait here for a free one, and their time for an answer begins when they get it. A message the provider cannot
 * take (a line break in a header field, no address) is FAILED like any other answer. */
void net_send(struct net *n, const struct channel_url *c, const struct outbox_message *m, net_done_fn *done, void *ctx);

int net_under_way(const struct net *n);

/* Milliseconds since the machine started, those it slept included: what begin_by is by. A message (or a helpdesk's change) whose
 * begin_by has come when its first byte is to be written is RETURNED, and certainly not sent; so is one whose last part is still
 * to be written, where the provider does nothing before it has that (SMTP's final dot; a body of those that cannot be asked
 * twice). Between that look and the system call after it lie microseconds in which nothing can look. */
int64_t net_clock(void);

#endif
