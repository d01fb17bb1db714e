/* A question to an aggregator: asked, read, and asked again for the next page. */
#include "net/poll.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/when.h"
#include "poll_in.h"

enum { PAGES_MOST = 50 };

const char *poll_carrier_name(const struct poll_carrier *table, const char *ours)
{
    for (; table->ours; table++)
        if (!strcmp(table->ours, ours))
            return table->theirs;
    return ours;
}

/* The key stands where a user would, so that nothing shows it. */
bool poll_check(struct channel_url *c, struct err *e)
{
    if (!c->user || c->secret || (c->host && *c->host))
        return err_set(e, ERR_CONFIG, NULL, "it has to be %s: the key, and an @ after it", c->provider->example);
    c->secret = c->user;
    c->user = NULL;
    return true;
}

size_t poll_batch(const struct channel_url *c) { return c->provider->poll->batch; }

static void end(struct poll_try *t, enum poll_outcome outcome, const char *why, int64_t retry_at, bool refused)
{
    const struct poll_answer a = {outcome, why, retry_at, refused};
    t->ev->done(t->ev->ctx, t->p, t->count, &a);
    free(t);
}

static void went_well(struct poll_try *t, const struct heard *h)
{
    const struct poll_api *api = t->c->provider->poll;
    char why[160];
    if (!h->json || h->broken) {
        snprintf(why, sizeof why, "%s answered %d, and what came with it cannot be read", api->name, h->status);
        end(t, POLL_FAILED, why, WHEN_NONE, false);
        return;
    }
    bool known = !api->knows || api->knows(h->json) || t->pages > 0;
    if (known) {
        char *text = json_dumps(h->json, JSON_COMPACT);
        if (!text)
            die("out of memory");
        t->ev->document(t->ev->ctx, text, strlen(text));
        free(text);
    }
    if (known && api->next && ++t->pages < PAGES_MOST && api->next(h->json, t->page, sizeof t->page)) {
        net_exchange(t->net, t->c, &t->x);
        return;
    }
    snprintf(why, sizeof why, "%s knows nothing of it", api->name);
    end(t, known ? POLL_OK : POLL_NONE, known ? "" : why, WHEN_NONE, false);
}

static void went_wrong(struct poll_try *t, const struct heard *h)
{
    const char *name = t->c->provider->poll->name;
    bool refused = h->status == 401 || h->status == 402 || h->status == 403 || (h->status >= 300 && h->status < 400);
    bool later = h->status == 429 || h->status == 503;
    char why[400];
    if (h->status == 404 || (h->status == 400 && t->count == 1) || h->status == 422) {
        snprintf(why, sizeof why, "%s does not know it (%d)", name, h->status);
        end(t, POLL_NONE, why, WHEN_NONE, false);
    } else if (refused) {
        snprintf(why, sizeof why, "%s answered %d: it does not accept the key of its URL; nothing is asked until that is put right", name, h->status);
        end(t, POLL_LATER, why, WHEN_NONE, true);
    } else {
        snprintf(why, sizeof why, "%s answered %d%s%.120s", name, h->status, later ? ": it asks to be left alone for a while" : ": ", later ? "" : h->text);
        end(t, later ? POLL_LATER : POLL_FAILED, why, h->retry_at, false);
    }
}

static void on_read(void *ctx, const struct heard *h)
{
    struct poll_try *t = ctx;
    char why[300];
    if (h->status >= 200 && h->status <= 299) {
        went_well(t, h);
    } else if (h->status) {
        went_wrong(t, h);
    } else if (h->stopped) {
        end(t, POLL_LATER, "stopped before it was answered", WHEN_NONE, false);
    } else {
        snprintf(why, sizeof why, "%s could not be reached or did not answer (%.120s)", t->c->provider->poll->name, h->text);
        end(t, POLL_FAILED, why, WHEN_NONE, false);
    }
}

static bool on_write(void *ctx, struct post *q, struct err *e)
{
    struct poll_try *t = ctx;
    (void)e;
    q->method = "GET";
    q->harmless = true;
    post_header(q, "Accept", "application/json");
    t->c->provider->poll->write(q, t);
    return true;
}

void poll_ask(struct net *n, const struct channel_url *c, const struct poll_parcel *p, size_t count, const struct poll_events *ev)
{
    struct poll_try *t = xcalloc(1, sizeof *t);
    *t = (struct poll_try){.net = n, .c = c, .p = p, .count = count, .ev = ev};
    t->x = (struct exchange){on_write, on_read, t, NULL};
    net_exchange(n, c, &t->x);
}
