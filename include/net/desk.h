/* Talking to helpdesks, over the same net as messages. DOORSTEP_HELPDESK_URL is one of
 *
 *     zendesk://agent%40shop.com:TOKEN@acme          acme.zendesk.com, with that agent's API token
 *     freshdesk://APIKEY@acme?requester=desk%40shop.com      acme.freshdesk.com; requester= is whose tickets ours are
 *     webhook+https://host/path?secret=…             a system of one's own (net/desk_webhook.c says what it gets)
 *
 * with base= rate= connections= ca= as for channels (net/channel.h).
 *
 * What goes there is for colleagues: comments are private notes, the requester is never the customer, and no address and no
 * phone number of a customer is part of it. A change is made once: a second try (fence over 1) looks first whether the one before
 * arrived, by our external id or by the number in the note's last line. A state is never written over one we did not know: what
 * the helpdesk has is read first. */
#ifndef NET_DESK_H
#define NET_DESK_H

#include <stdbool.h>

#include "base/err.h"
#include "core/desk.h"
#include "net/channel.h"
#include "net/net.h"

bool desk_url_read(const char *url, struct channel_url *out, struct err *e);
const struct channel_help *desk_help_at(int i);        /* i-th kind of helpdesk; NULL past the end */

/* Outcomes: SENT (done); RETRY and UNKNOWN (again later, retry_at as asked for or WHEN_NONE); FAILED for good: code "conflict" when
 * the ticket has another state than we knew (it comes along), "gone" when there is no such ticket; RETURNED when it is not
 * about this change: the credentials, the address, this end stops. trouble: leave the helpdesk alone for a while.
 * r is the callee's to keep: it owns the comments. */
typedef void desk_done_fn(void *ctx, const struct desk_result *r, bool trouble);

/* Starts j; c and j live until done is called, which is never from inside this call. done as in net_send. */
void desk_send(struct net *n, const struct channel_url *c, const struct desk_job *j, desk_done_fn *done, void *ctx);

#endif
