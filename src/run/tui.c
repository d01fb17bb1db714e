#include "run/tui.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/ask.h"
#include "app/compose.h"
#include "app/hints.h"
#include "app/toast.h"
#include "app/typed.h"
#include "base/log.h"
#include "base/vec.h"
#include "base/when.h"
#include "db/db.h"
#include "loop/fault.h"
#include "loop/loop.h"
#include "run/random.h"
#include "run/record.h"
#include "term/term.h"
#include "view/theme.h"
#include "view/view.h"

/* However fast events come: twenty frames a second, with a few saved up for the moments
 * when several answers arrive together, the last of them for keys: those draw at once, but for one held down. */
#define FRAME_MS 50
#define FRAMES_SAVED 6
#define FRAMES_FOR_KEYS 2
/* The first frame waits this long for the first page, so that a start is one picture. */
#define FIRST_FRAME_MS 150
/* How long the end waits for the server to have what was typed and confirmed last. */
#define LAST_WORDS_MS 1000
/* A clock is kept right in smaller steps than this: that is nothing to tell. */
#define MOVED_MS 1000
#define CLOCKS_AGREE_MS 2000       /* an answer may be as long on its way */

struct tui;

struct tui_timer {
    struct loop_timer timer;
    struct tui *tui;
    enum timer_id id;
};

struct tui {
    struct loop *loop;
    struct db *db;
    struct record *record;         /* of what happens here; NULL: none is kept */
    struct model model;
    struct keymap keymap;
    struct screen screen;
    struct tui_timer timers[TIMER_COUNT];
    struct loop_timer frame;
    struct { VEC(struct reply) late; } queue;   /* answers that came while a message was handled */
    bool handling;                 /* inside app_update or its effects */
    bool dirty;                    /* the model changed since the last frame */
    bool urgent;                   /* by the person: draw without waiting */
    bool begun;                    /* the first frame was drawn */
    bool dropped;                  /* it ends by a signal or a hang-up, not by the person */
    int64_t frames_at;             /* monotonic; when `frames` was last topped up */
    int64_t frames;                /* that may be drawn now */
    int64_t apart;                 /* the clock on the wall from loop_passed() */
    struct err ended;              /* why it must end, when not by the person */
};

static void handle(struct tui *t, struct msg *msg);

/* ------------------------------------------------------------------ effects */

static void on_timer(void *ctx)
{
    struct tui_timer *timer = ctx;
    handle(timer->tui, &(struct msg){.kind = MSG_TIMER, .timer = timer->id});
}

static void arm(struct tui *t, enum timer_id id, int64_t at)
{
    if (at == WHEN_NONE)
        loop_disarm(t->loop, &t->timers[id].timer);
    else
        loop_arm(t->loop, &t->timers[id].timer, loop_now() + (at > t->model.now ? at - t->model.now : 0));
}

static void take_size(struct tui *t)
{
    struct msg msg = {.kind = MSG_RESIZE};
    term_resized(&msg.rows, &msg.cols);
    screen_resize(&t->screen, msg.rows, msg.cols);
    handle(t, &msg);
}

static void suspend(struct tui *t)
{
    db_suspend(t->db);
    term_suspend();
    raise(SIGSTOP);
    term_resume();
    db_resume(t->db);
    take_size(t);              /* while it was stopped only the shell was told of a new size */
    handle(t, &(struct msg){.kind = MSG_RESUME});
}

static void run_effect(struct tui *t, struct effect *fx)
{
    switch (fx->kind) {
    case EFFECT_REQUEST: db_submit(t->db, &fx->request); break;
    case EFFECT_FORGET: db_forget(t->db, fx->number); break;
    case EFFECT_TIMER: arm(t, fx->timer, fx->at); break;
    case EFFECT_BELL: term_bell(); break;
    case EFFECT_COPY: term_copy(fx->text); break;
    case EFFECT_TITLE: term_title(fx->text); break;
    case EFFECT_REDRAW: term_redraw(); break;
    case EFFECT_SUSPEND: suspend(t); break;
    case EFFECT_RECONNECT: db_retry_now(t->db); break;
    case EFFECT_QUIT: t->model.quitting = true; break;
    }
}

/* ------------------------------------------------------------------ messages */

static void stamp(struct tui *t, struct msg *msg)
{
    msg->now = loop_wall();
    int64_t moved = msg->now - loop_passed() - t->apart;
    msg->moved = moved > MOVED_MS || moved < -MOVED_MS ? moved : 0;
    t->apart += msg->moved;
    msg->zone = loop_zone(msg->now);
}

/* The database's clock is the one that rules: ages, due times and undo go by it, whatever is done to this machine's. */
static void follow_clock(int64_t database)
{
    int64_t wall = loop_wall(), ahead = wall - database;
    loop_wall_is(!database || (ahead < CLOCKS_AGREE_MS && ahead > -CLOCKS_AGREE_MS) ? wall : database);
}

static void update_once(struct tui *t, struct msg *msg)
{
    struct effects fx = {.count = 0};
    bool hello = msg->kind == MSG_REPLY && msg->reply->kind == REQ_HELLO && msg->reply->ok;
    int64_t database = hello ? msg->reply->hello.now : 0;
    stamp(t, msg);
    record_message(t->record, &t->model, msg);
    app_update(&t->model, msg, &fx);
    record_asked(t->record, &fx);
    t->dirty |= !fx.unseen;
    for (int i = 0; i < fx.count; i++)
        run_effect(t, &fx.at[i]);
    effects_finish(&fx);
    if (hello)
        follow_clock(database);
}

/* One message at a time: an effect may be answered at once (a request while the connection
 * is down), and that answer waits its turn. */
static void handle(struct tui *t, struct msg *msg)
{
    bool outer = !t->handling;
    t->handling = true;
    update_once(t, msg);
    for (size_t i = 0; outer && i < t->queue.late.len; i++) {
        struct reply r = t->queue.late.at[i];   /* a copy: the queue may grow */
        update_once(t, &(struct msg){.kind = MSG_REPLY, .reply = &r});
        reply_finish(&r);
    }
    if (outer) {
        t->queue.late.len = 0;
        t->handling = false;
    }
}

static void on_link(void *ctx, enum db_link state, const struct err *why, int64_t retry_at)
{
    struct tui *t = ctx;
    static const enum link_state states[] = {
        [DB_CONNECTING] = LINK_CONNECTING, [DB_LIVE] = LINK_LIVE, [DB_DOWN] = LINK_DOWN};
    struct msg msg = {.kind = MSG_LINK, .link = states[state], .retry_at = WHEN_NONE};
    if (why)
        msg.link_error = *why;
    if (state == DB_DOWN && retry_at >= 0)
        msg.retry_at = loop_wall() + (retry_at - loop_now());
    /* There is nothing to show yet, or what is shown is no longer this person's to see: say it plainly and leave. */
    if (state == DB_DOWN && why && (!t->model.ever_live || (why->code == ERR_REFUSED && retry_at < 0))) {
        t->ended = *why;
        t->model.quitting = true;
        return;
    }
    handle(t, &msg);
}

static void on_hint(void *ctx, const struct hint *h)
{
    handle(ctx, &(struct msg){.kind = MSG_HINT, .hint = h});
}

static void on_reply(void *ctx, struct reply *r)
{
    struct tui *t = ctx;
    if (r->kind == REQ_DRAFT_SAVE && r->ok)
        FAULT(DRAFT_SAVED);
    if (t->handling) {
        *vec_push(&t->queue.late) = *r;
        *r = (struct reply){.kind = r->kind};
        return;
    }
    handle(t, &(struct msg){.kind = MSG_REPLY, .reply = r});
}

/* What is typed is answered at once; an answer of the terminal alone hurries nothing. */
static void take_input(struct tui *t)
{
    struct term_event in;
    while (term_next(&in)) {
        t->urgent = true;
        db_look(t->db);            /* whoever types wants to know */
        handle(t, &(struct msg){.kind = in.paste ? MSG_PASTE : MSG_KEY, .key = in.key, .text = in.paste});
        free(in.paste);
    }
}

static void on_input(void *ctx, int fd, unsigned events)
{
    struct tui *t = ctx;
    (void)fd;
    take_input(t);
    if ((events & LOOP_ERROR) || term_gone())
        t->dropped = t->model.quitting = true;
}

static void on_resize(void *ctx, int signo)
{
    struct tui *t = ctx;
    (void)signo;
    take_size(t);
    t->urgent = true;
}

static void on_quit_signal(void *ctx, int signo)
{
    struct tui *t = ctx;
    (void)signo;
    t->dropped = t->model.quitting = true;
}

/* SIGTSTP from outside: the same way out as the key, so that the server is not left
 * with a stopped listener. */
static void on_stop_signal(void *ctx, int signo)
{
    (void)signo;
    suspend(ctx);
}

/* ------------------------------------------------------------------ drawing */

/* The loop woke for it; draw_if_due() follows. */
static void on_frame(void *ctx)
{
    struct tui *t = ctx;
    t->urgent |= !t->begun;
}

static void draw(struct tui *t)
{
    const struct theme *theme = theme_find(t->model.settings.theme);
    view_render(&t->model, &t->screen);
    record_frame(t->record, &t->screen);
    term_flush(&t->screen, (theme ? theme : &themes[0])->look);
    t->model.scroll_max = view_scroll_max(&t->model);
    t->dirty = t->urgent = false;
    loop_disarm(t->loop, &t->frame);
}

/* May a frame be drawn now? If not, the frame timer is armed for when it may. */
static bool frame_allowed(struct tui *t)
{
    int64_t now = loop_now(), more = (now - t->frames_at) / FRAME_MS;
    if (more > 0) {
        t->frames = t->frames + more > FRAMES_SAVED ? FRAMES_SAVED : t->frames + more;
        t->frames_at = now;
    }
    if (t->frames <= (t->urgent ? 0 : FRAMES_FOR_KEYS)) {
        loop_arm(t->loop, &t->frame, t->frames_at + FRAME_MS);
        return false;
    }
    t->frames--;
    return true;
}

/* At most one frame a turn, and none while the terminal is still busy with the last one. */
static void draw_if_due(struct tui *t)
{
    if (!t->dirty || (!t->begun && t->model.queue.loading && !t->urgent))
        return;
    if (!term_writable()) {
        loop_arm(t->loop, &t->frame, loop_now() + FRAME_MS);
    } else if (frame_allowed(t)) {
        t->begun = true;
        draw(t);
    }
}

static void tell_sight(struct tui *t)
{
    struct hint_sight s;
    hints_sight(&t->model, &s);
    db_sight(t->db, &s);
}

/* ------------------------------------------------------------------ recording */

static bool begin_record(struct tui *t, const struct tui_options *o, struct err *e)
{
    int64_t now = loop_wall();
    if (!o->record)
        return true;
    t->record = record_open(o->record, o->record_full, e);
    record_begin(t->record, &t->model, now, loop_zone(now));
    return t->record != NULL;
}

/* What cannot be recorded is said, and does not stand in anybody's way. */
static void keep_record(struct tui *t)
{
    struct err e;
    struct effects fx = {.count = 0};
    if (record_flush(t->record, &e))
        return;
    toast_set(&t->model, &fx, TOAST_WARN, "%s", e.text);
    for (int i = 0; i < fx.count; i++)
        run_effect(t, &fx.at[i]);
    effects_finish(&fx);
    t->dirty = true;
}

/* ------------------------------------------------------------------ start and end */

static bool open_terminal(struct tui *t, const struct settings *s, struct err *e)
{
    struct term_options o = {.mouse = s->mouse, .title = s->title, .clipboard = s->clipboard, .links = s->links, .bell = s->bell};
    if (!term_open(&o, e))
        return false;
    take_size(t);
    return true;
}

static void watch_signals(struct tui *t)
{
    static const int quitting[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT};
    loop_signal(t->loop, SIGWINCH, on_resize, t);
    loop_signal(t->loop, SIGTSTP, on_stop_signal, t);
    for (size_t i = 0; i < sizeof quitting / sizeof *quitting; i++)
        loop_signal(t->loop, quitting[i], on_quit_signal, t);
    signal(SIGPIPE, SIG_IGN);
}

static void init(struct tui *t, const struct tui_options *o)
{
    *t = (struct tui){.loop = loop_create(), .frames = FRAMES_SAVED, .frames_at = loop_now(), .apart = loop_wall() - loop_passed()};
    screen_init(&t->screen);
    config_keymap(o->config, &t->keymap, NULL, NULL);   /* mistakes are the first message */
    app_init(&t->model, &o->config->settings, &t->keymap, random_seed());
    loop_timer_init(&t->frame, on_frame, t);
    for (int i = 0; i < TIMER_COUNT; i++) {
        t->timers[i].tui = t;
        t->timers[i].id = (enum timer_id)i;
        loop_timer_init(&t->timers[i].timer, on_timer, &t->timers[i]);
    }
}

/* A session that is dropped loses nothing: what was typed up to now becomes a draft, and what
 * was confirmed reaches the server, before the connection is let go. */
static void say_last_words(struct tui *t)
{
    int64_t until = loop_now() + LAST_WORDS_MS, left;
    if (t->dropped)
        take_input(t);             /* typed before it was */
    loop_watch(t->loop, term_fd(), 0, NULL, NULL);     /* a terminal that hung up is always ready */
    handle(t, &(struct msg){.kind = MSG_QUIT});
    while ((compose_unsaved(&t->model) || typed_unsaved(&t->model) || ask_unanswered(&t->model)) && t->model.link == LINK_LIVE && (left = until - loop_now()) > 0)
        loop_step(t->loop, (int)left);
}

static void finish(struct tui *t)
{
    term_close();
    db_destroy(t->db);
    record_close(t->record);
    for (size_t i = 0; i < t->queue.late.len; i++)
        reply_finish(&t->queue.late.at[i]);
    vec_finish(&t->queue.late);
    app_finish(&t->model);
    screen_finish(&t->screen);
    keymap_finish(&t->keymap);
    loop_destroy(t->loop);
}

bool tui_run(const struct tui_options *o, struct err *e)
{
    struct tui t;
    if (!term_check(&(struct term_options){.in = NULL}, e))   /* before anything is asked of the server */
        return false;
    init(&t, o);
    if (!begin_record(&t, o, e)) {
        finish(&t);
        return false;
    }
    t.handling = true;               /* hold early answers until the terminal is there */
    struct db_events events = {.ctx = &t, .link = on_link, .hint = on_hint, .reply = on_reply};
    t.db = db_create(t.loop, &(struct db_options){.dsn = o->dsn, .application = "doorstep", .listen = true, .relay = o->config->relay, .reconnect = true},
                     &events);
    if (t.record)
        db_trace(t.db, record_scrub(t.record), record_trace, t.record);
    t.handling = false;
    loop_step(t.loop, 0);            /* the server gets to work while the terminal is set up */
    loop_step(t.loop, 0);
    watch_signals(&t);
    bool ok = !t.model.quitting && open_terminal(&t, &o->config->settings, e);
    if (ok) {
        log_open(-1, LOG_ERROR);
        loop_watch(t.loop, term_fd(), LOOP_READ, on_input, &t);
        loop_arm(t.loop, &t.frame, loop_now() + FIRST_FRAME_MS);
    }
    while (ok && !t.model.quitting) {
        loop_step(t.loop, -1);
        draw_if_due(&t);
        tell_sight(&t);
        keep_record(&t);
    }
    if (ok) {
        say_last_words(&t);
        log_open(2, LOG_WARN);
    }
    finish(&t);
    if (t.ended.code) {
        *e = t.ended;
        return false;
    }
    return ok;
}
