/* Messages wait here until their channel has a connection free, and are told of here. */
#include "net/net.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/die.h"
#include "base/when.h"
#include "loop/fault.h"
#include "transfer.h"

/* Files are written between two looks at everything else. */
#define FILES_AT_ONCE 16

struct net {
    struct loop *loop;
    struct net_options o;
    char *user_agent;
    struct line *lines;
    struct job *spare;         /* kept for the next message */
    struct jobs judged;        /* reported from the loop, never from inside net_send */
    struct loop_timer report;
    int under_way;
    bool closing;
};

int net_under_way(const struct net *n) { return n->under_way; }

int64_t net_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- reporting ---- */

static void report(struct net *n, struct job *j)
{
    struct job told = *j;
    j->next = n->spare;
    n->spare = j;
    n->under_way--;
    if (told.x) {
        told.heard.json = told.json;
        told.heard.text = told.heard_text;
        told.heard.code = told.heard_code;
        told.x->read(told.x->ctx, &told.heard);
        json_decref(told.json);
        return;
    }
    int64_t took = loop_now() - told.started;
    told.r.took_ms = took > INT_MAX ? INT_MAX : (int32_t)took;
    result_clean(&told.r, told.c);
    told.done(told.ctx, &told.r, told.trouble);
}

static void report_judged(void *ctx)
{
    struct net *n = ctx;
    struct jobs now = n->judged;  /* what is added meanwhile waits for the next step */
    n->judged = (struct jobs){NULL, NULL};
    for (struct job *j; (j = jobs_pop(&now));)
        report(n, j);
}

static void judged(struct net *n, struct job *j)
{
    jobs_push(&n->judged, j);
    loop_arm(n->loop, &n->report, loop_now());
}

/* ---- transfers ---- */

static void unlink_busy(struct transfer *t)
{
    struct transfer **at = &t->line->busy;
    while (*at != t)
        at = &(*at)->next;
    *at = t->next;
    t->next = t->line->idle;
    t->line->idle = t;
}

/* Lets the connection go. libcurl closes that of a handle that is taken away in the middle; shut down before that, it has
 * nobody to say QUIT to and wait for. */
static void let_go(struct transfer *t)
{
    struct line *l = t->line;
    if (l->provider->mail && t->fd != CURL_SOCKET_BAD) {
        loop_watch(l->net->loop, t->fd, 0, NULL, NULL);
        shutdown(t->fd, SHUT_RDWR);
    }
    curl_multi_remove_handle(l->multi, t->easy);
    t->open = t->begun = t->utf8 = false;
    t->fd = CURL_SOCKET_BAD;
}

/* The transfer is over: its place is free before its message is told of. */
void transfer_finish(struct transfer *t, CURLcode rc, bool expired)
{
    struct line *l = t->line;
    struct job *j = t->job;
    loop_disarm(l->net->loop, &t->timer);
    FAULT(NET_ANSWERED);
    transfer_judge(t, rc, expired);
    if (t->open && t->keep) {
        loop_watch(l->net->loop, t->fd, 0, NULL, NULL);
        t->idle_since = loop_now();
    } else {
        let_go(t);
    }
    t->job = NULL;
    unlink_busy(t);
    report(l->net, j);
}

/* Nothing came for too long. */
static void expire(void *ctx)
{
    struct transfer *t = ctx;
    struct line *l = t->line;
    if (loop_now() < t->until) {
        loop_arm(l->net->loop, &t->timer, t->until);
        return;
    }
    t->keep = false;
    transfer_finish(t, CURLE_OPERATION_TIMEDOUT, true);
    line_start_waiting(l);
}

static struct transfer *take_place(struct line *l)
{
    struct transfer *t = l->idle;
    if (t) {
        l->idle = t->next;
    } else if (l->transfers < l->connections) {
        t = transfer_create(l, &l->net->o);
        loop_timer_init(&t->timer, expire, t);
        l->transfers++;
    } else {
        return NULL;
    }
    t->next = l->busy;
    l->busy = t;
    return t;
}

static void hand_over(struct transfer *t)
{
    CURLMcode rc = curl_multi_add_handle(t->line->multi, t->easy);
    if (rc != CURLM_OK)
        die("libcurl does not take a message: %s", curl_multi_strerror(rc));
}

void transfer_reconnect(struct transfer *t)
{
    let_go(t);
    t->kept = false;
    t->phase = t->answered = MAIL_NONE;
    t->reply = 0;
    t->until = loop_now() + t->line->net->o.connect_ms + t->line->answer_ms;
    hand_over(t);
}

/* Mail servers close what is idle; one that did not may have forgotten. */
#define IDLE_MOST_MS 60000

static void start_transfer(struct transfer *t)
{
    loop_arm(t->line->net->loop, &t->timer, t->until);
    t->kept = t->open;
    t->keep = false;
    if (t->open && loop_now() - t->idle_since < IDLE_MOST_MS && dialogue_alive(t)) {
        dialogue_start(t);
        return;
    }
    if (t->open)
        let_go(t);
    t->kept = false;
    hand_over(t);
}

void line_start_waiting(struct line *l)
{
    while (l->waiting.first) {
        struct transfer *t = take_place(l);
        if (!t)
            return;
        t->job = jobs_pop(&l->waiting);
        if (transfer_prepare(t, &l->net->o)) {
            FAULT(NET_PREPARED);
            start_transfer(t);
            continue;
        }
        judged(l->net, t->job);
        t->job = NULL;
        unlink_busy(t);
    }
}

/* ---- libcurl on the loop ---- */

/* Connected and logged in: the handle stays where it is, and the message is said over it. */
static bool connected(struct transfer *t, CURLcode rc)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    if (rc != CURLE_OK || curl_easy_getinfo(t->easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK || fd == CURL_SOCKET_BAD)
        return false;
    t->fd = fd;
    t->open = true;
    dialogue_start(t);
    return true;
}

static void tell_finished(struct line *l)
{
    int left;
    for (CURLMsg *m; (m = curl_multi_info_read(l->multi, &left));) {
        if (m->msg != CURLMSG_DONE)
            continue;
        CURLcode rc = m->data.result;  /* m dies with the next call */
        struct transfer *t = NULL;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        if (!l->provider->mail || !connected(t, rc))
            transfer_finish(t, rc, false);
    }
    line_start_waiting(l);
}

static void on_io(void *ctx, int fd, unsigned events)
{
    struct line *l = ctx;
    int running;
    int mask = (events & LOOP_READ ? CURL_CSELECT_IN : 0) | (events & LOOP_WRITE ? CURL_CSELECT_OUT : 0) |
               (events & LOOP_ERROR ? CURL_CSELECT_ERR : 0);
    curl_multi_socket_action(l->multi, fd, mask, &running);
    tell_finished(l);
}

static void on_timer(void *ctx)
{
    struct line *l = ctx;
    int running;
    curl_multi_socket_action(l->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    tell_finished(l);
}

static int want_io(CURL *easy, curl_socket_t fd, int what, void *ctx, void *unused)
{
    struct line *l = ctx;
    struct transfer *t = NULL;
    (void)unused;
    unsigned events = (what == CURL_POLL_IN || what == CURL_POLL_INOUT ? LOOP_READ : 0u) |
                      (what == CURL_POLL_OUT || what == CURL_POLL_INOUT ? LOOP_WRITE : 0u);
    if (events && curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t) == CURLE_OK && t)
        t->fd = fd;
    if (what == CURL_POLL_IN)
        FAULT(NET_WRITTEN);
    loop_watch(l->net->loop, fd, events, on_io, l);
    return 0;
}

static int want_timer(CURLM *multi, long ms, void *ctx)
{
    struct line *l = ctx;
    (void)multi;
    if (ms < 0)
        loop_disarm(l->net->loop, &l->timer);
    else
        loop_arm(l->net->loop, &l->timer, loop_now() + ms);
    return 0;
}

/* ---- files ---- */

static void deliver_files(void *ctx)
{
    struct line *l = ctx;
    for (int i = 0; i < FILES_AT_ONCE && l->waiting.first; i++) {
        struct job *j = jobs_pop(&l->waiting);
        struct err e = {0};
        if (j->m->begin_by && net_clock() >= j->m->begin_by) {
            result_late(&j->r);
            judged(l->net, j);
            continue;
        }
        j->trouble = !l->provider->deliver(j->c, j->m, loop_wall(), j->r.provider_id, sizeof j->r.provider_id, &e);
        j->r.outcome = j->trouble ? OUTBOX_RETRY : OUTBOX_SENT;
        snprintf(j->r.message, sizeof j->r.message, "%.199s", j->trouble ? e.text : "");
        snprintf(j->r.code, sizeof j->r.code, "%s", j->trouble ? "file" : "");
        judged(l->net, j);
    }
    if (l->waiting.first)
        loop_arm(l->net->loop, &l->timer, loop_now());
}

/* ---- lines ---- */

static bool same(const char *a, const char *b) { return a == b || (a && b && strcmp(a, b) == 0); }

static int port_of(const struct channel_url *c)
{
    return c->port ? c->port : strcmp(c->provider->scheme, "smtps") == 0 ? 465 : c->provider->mail ? 587 : 0;
}

static struct line *create_line(struct net *n, const struct channel_url *c)
{
    struct line *l = xcalloc(1, sizeof *l);
    *l = (struct line){.next = n->lines, .net = n, .net_loop = n->loop, .provider = c->provider, .channel = c->channel, .host = xstrdup(c->host),
                       .base = xstrdup(c->base), .user = xstrdup(c->user), .ca = xstrdup(c->ca), .port = port_of(c),
                       .connections = c->connections, .answer_ms = n->o.answer_ms, .dot_ms = n->o.final_dot_ms};
    n->lines = l;
    loop_timer_init(&l->timer, c->provider->files ? deliver_files : on_timer, l);
    if (c->provider->files)
        return l;
    l->multi = curl_multi_init();
    if (!l->multi)
        die("libcurl gives no handle");
    curl_multi_setopt(l->multi, CURLMOPT_SOCKETFUNCTION, want_io);
    curl_multi_setopt(l->multi, CURLMOPT_SOCKETDATA, l);
    curl_multi_setopt(l->multi, CURLMOPT_TIMERFUNCTION, want_timer);
    curl_multi_setopt(l->multi, CURLMOPT_TIMERDATA, l);
    curl_multi_setopt(l->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    curl_multi_setopt(l->multi, CURLMOPT_MAXCONNECTS, (long)c->connections + 1);
    return l;
}

static struct line *find_line(struct net *n, const struct channel_url *c)
{
    for (struct line *l = n->lines; l; l = l->next)
        if (l->provider == c->provider && l->channel == c->channel && l->connections == c->connections && l->port == port_of(c) &&
            same(l->host, c->host) && same(l->base, c->base) && same(l->user, c->user) && same(l->ca, c->ca))
            return l;
    return create_line(n, c);
}

static void destroy_line(struct line *l)
{
    for (struct transfer *t, *lists[] = {l->idle, l->busy}, **list = lists; list < lists + 2; list++)
        while ((t = *list)) {
            *list = t->next;
            transfer_destroy(t);
        }
    if (l->multi)
        curl_multi_cleanup(l->multi);
    loop_disarm(l->net->loop, &l->timer);
    vec_finish(&l->fds);
    free(l->host);
    free(l->base);
    free(l->user);
    free(l->ca);
    free(l);
}

/* ---- the whole ---- */

static struct job *new_job(struct net *n)
{
    struct job *j = n->spare;
    if (n->closing)
        die("a message was given to a net that is being destroyed");
    if (j)
        n->spare = j->next;
    else
        j = xcalloc(1, sizeof *j);
    n->under_way++;
    return j;
}

void net_exchange(struct net *n, const struct channel_url *c, const struct exchange *x)
{
    struct job *j = new_job(n);
    *j = (struct job){.c = c, .x = x, .begin_by = x->begin_by, .started = loop_now()};
    struct line *l = find_line(n, c);
    jobs_push(&l->waiting, j);
    line_start_waiting(l);
}

static void start_libcurl(void)
{
    static bool started;
    struct sigaction act;
    if (started)
        return;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        die("libcurl does not start");
    /* A peer that is gone is an error of write(), not a reason to die. */
    if (sigaction(SIGPIPE, NULL, &act) == 0 && act.sa_handler == SIG_DFL)
        signal(SIGPIPE, SIG_IGN);
    started = true;
}

struct net *net_create(struct loop *loop, const struct net_options *o)
{
    start_libcurl();
    struct net *n = xcalloc(1, sizeof *n);
    n->loop = loop;
    n->user_agent = xstrdup(o && o->user_agent ? o->user_agent : "doorstep");
    n->o = (struct net_options){.connect_ms = o && o->connect_ms ? o->connect_ms : 10000,
                                .answer_ms = o && o->answer_ms ? o->answer_ms : 30000,
                                .final_dot_ms = o && o->final_dot_ms ? o->final_dot_ms : 300000,
                                .user_agent = n->user_agent};
    loop_timer_init(&n->report, report_judged, n);
    return n;
}

static void give_back(struct net *n, struct job *j, bool maybe)
{
    j->heard = (struct heard){.stopped = true, .went_out = maybe, .retry_at = WHEN_NONE};
    snprintf(j->heard_text, sizeof j->heard_text, "the worker stopped");
    j->r.outcome = maybe ? OUTBOX_UNKNOWN : OUTBOX_RETURNED;
    snprintf(j->r.message, sizeof j->r.message, "%s", maybe ? "the worker stopped before the provider answered" : "the worker stopped");
    report(n, j);
}

static void stop_line(struct line *l)
{
    struct net *n = l->net;
    for (size_t i = 0; i < l->fds.len; i++)
        shutdown(l->fds.at[i], SHUT_RDWR);
    for (struct transfer *t; (t = l->busy);) {
        struct job *j = t->job;
        bool maybe = transfer_went_out(t) && !l->provider->idempotent;
        loop_disarm(n->loop, &t->timer);
        let_go(t);
        t->job = NULL;
        unlink_busy(t);
        give_back(n, j, maybe);
    }
    for (struct transfer *t = l->idle; t; t = t->next)
        if (t->open)
            let_go(t);
    for (struct job *j; (j = jobs_pop(&l->waiting));)
        give_back(n, j, false);
}

void net_destroy(struct net *n)
{
    if (!n)
        return;
    n->closing = true;
    loop_disarm(n->loop, &n->report);
    for (struct line *l = n->lines; l; l = l->next)
        stop_line(l);
    report_judged(n);
    for (struct line *l; (l = n->lines);) {
        n->lines = l->next;
        destroy_line(l);
    }
    for (struct job *j; (j = n->spare);) {
        n->spare = j->next;
        free(j);
    }
    free(n->user_agent);
    free(n);
}

void net_send(struct net *n, const struct channel_url *c, const struct outbox_message *m, net_done_fn *done, void *ctx)
{
    struct err e = {0};
    struct job *j = new_job(n);
    *j = (struct job){.c = c, .m = m, .begin_by = &m->begin_by, .done = done, .ctx = ctx, .started = loop_now()};
    result_start(&j->r, m);
    if (!message_check(c, m, &j->r.bad_address, &e)) {
        j->r.outcome = OUTBOX_FAILED;
        snprintf(j->r.message, sizeof j->r.message, "%.199s", e.text);
        judged(n, j);
        return;
    }
    struct line *l = find_line(n, c);
    jobs_push(&l->waiting, j);
    if (l->multi)
        line_start_waiting(l);
    else
        loop_arm(n->loop, &l->timer, loop_now());
}
