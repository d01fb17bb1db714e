#include "run/record.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/dispatch.h"
#include "base/die.h"
#include "base/vec.h"
#include "base/when.h"
#include "db/migrate.h"
#include "run/random.h"
#include "run/record_in.h"

/* Answers whose message has not been handled yet. */
struct traced { uint32_t number; char *text; };

struct record {
    int fd;
    char path[256];
    struct scrub scrub;
    struct buf text;           /* not written yet */
    int64_t now;
    struct when_zone zone;
    struct { VEC(struct traced) traced; } waiting;
    bool stopped;
};

/* Past this nothing is kept back for a disk that does not take it. */
#define UNWRITTEN_MOST (64u << 20)

const char *const record_timers[TIMER_COUNT] = {
    [TIMER_CLOCK] = "clock", [TIMER_CONTEXT] = "context", [TIMER_REFRESH] = "refresh", [TIMER_COUNTS] = "counts", [TIMER_TOAST] = "toast",
    [TIMER_KEYS] = "keys", [TIMER_VIEWING] = "viewing", [TIMER_TYPED] = "typed", [TIMER_DRAFT] = "draft", [TIMER_COUNTDOWN] = "countdown", [TIMER_LISTS] = "lists",
    [TIMER_CONTROL] = "control",
};
const char *const record_links[3] = {[LINK_CONNECTING] = "connecting", [LINK_LIVE] = "live", [LINK_DOWN] = "down"};

#define SWITCH(member) {offsetof(struct settings, member)}
const struct record_switch record_switches[7] = {
    SWITCH(ascii), SWITCH(bell), SWITCH(title), SWITCH(mouse), SWITCH(clipboard), SWITCH(links), SWITCH(suspend),
};

/* --- the file ------------------------------------------------------------------ */

struct record *record_to(int fd, bool full)
{
    struct record *r = xcalloc(1, sizeof *r);
    r->fd = fd;
    r->scrub.off = full;
    r->scrub.key[0] = random_seed();
    r->scrub.key[1] = random_seed();
    buf_init(&r->text, UNWRITTEN_MOST);
    return r;
}

struct record *record_open(const char *path, bool full, struct err *e)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
    if (fd < 0 && errno == EEXIST)
        err_set(e, ERR_IO, NULL, "%s is there already and is not written over: give the record another name, or remove it", path);
    else if (fd < 0)
        err_set(e, ERR_IO, NULL, "%s cannot be made (%s): choose a folder that you may write to", path, strerror(errno));
    if (fd < 0)
        return NULL;
    signal(SIGXFSZ, SIG_IGN);      /* a limit on files stops the record, as a full disk does, not the session */
    struct record *r = record_to(fd, full);
    snprintf(r->path, sizeof r->path, "%s", path);
    return r;
}

void record_close(struct record *r)
{
    if (!r)
        return;
    record_flush(r, NULL);
    close(r->fd);
    for (size_t i = 0; i < r->waiting.traced.len; i++)
        free(r->waiting.traced.at[i].text);
    vec_finish(&r->waiting.traced);
    buf_finish(&r->text);
    free(r);
}

bool record_flush(struct record *r, struct err *e)
{
    size_t done = 0;
    ssize_t n = 0;
    if (!r || r->stopped)
        return true;
    while (done < r->text.len && !r->text.full && ((n = write(r->fd, r->text.data + done, r->text.len - done)) > 0 || errno == EINTR))
        done += n > 0 ? (size_t)n : 0;
    if (done == r->text.len && !r->text.full) {
        buf_reset(&r->text);
        return true;
    }
    const char *why = r->text.full ? "one answer is too large" : n < 0 ? strerror(errno) : "nothing more is taken";
    r->stopped = true;
    buf_reset(&r->text);
    return err_set(e, ERR_IO, NULL, "recording stopped (%s): %s has what happened until now; your work goes on", why, r->path);
}

/* --- lines --------------------------------------------------------------------- */

static void put_text(struct record *r, void (*scrub)(const struct scrub *, struct buf *, const char *, size_t), const char *text)
{
    struct buf kept;
    buf_init(&kept, 0);
    scrub(&r->scrub, &kept, text, strlen(text));
    quote_put(&r->text, buf_str(&kept), kept.len);
    buf_finish(&kept);
}

static void put_line_end(struct record *r) { buf_putc(&r->text, '\n'); }

static void put_error(struct record *r, const struct err *e)
{
    quote_put_int(&r->text, e->code);
    quote_put(&r->text, e->sqlstate, strlen(e->sqlstate));
    put_text(r, scrub_mask, e->where);
    put_text(r, scrub_mask, e->text);
}

static void put_bindings(struct record *r, const struct keymap *map)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct binding *b = &map->at[i];
        struct buf argument;
        buf_init(&argument, 0);
        record_argument(&r->scrub, &argument, b->action, b->argument);
        quote_put_word(&r->text, "b");
        quote_put_int(&r->text, b->contexts);
        quote_put_word(&r->text, action_info(b->action)->name);
        quote_put(&r->text, buf_str(&argument), argument.len);
        for (int k = 0; k < b->key_count; k++) {
            quote_put_int(&r->text, b->keys[k].code);
            quote_put_int(&r->text, b->keys[k].mods);
        }
        put_line_end(r);
        buf_finish(&argument);
    }
}

static void put_zone(struct record *r, const struct when_zone *zone)
{
    quote_put_int(&r->text, zone->offset[0]);
    for (int i = 0; i < zone->count; i++) {
        quote_put_int(&r->text, zone->from[i]);
        quote_put_int(&r->text, zone->offset[i + 1]);
    }
    r->zone = *zone;
}

void record_begin(struct record *r, const struct model *m, int64_t now, const struct when_zone *zone)
{
    if (!r)
        return;
    quote_put_word(&r->text, RECORD_MAGIC);
    quote_put_int(&r->text, RECORD_VERSION);
    quote_put(&r->text, DOORSTEP_VERSION, strlen(DOORSTEP_VERSION));
    quote_put_int(&r->text, db_schema_wanted());
    quote_put_word(&r->text, r->scrub.off ? "full" : "scrubbed");
    put_line_end(r);
    quote_put_word(&r->text, "settings");
    for (size_t i = 0; i < sizeof record_switches / sizeof *record_switches; i++)
        quote_put_int(&r->text, *((const bool *)((const char *)&m->settings + record_switches[i].offset)));
    quote_put(&r->text, m->settings.theme, strlen(m->settings.theme));
    put_text(r, scrub_mask, m->settings.user_keymap);
    put_text(r, scrub_mask, m->settings.notice);
    put_line_end(r);
    put_bindings(r, m->keymap);
    quote_put_word(&r->text, "begin");
    quote_put_int(&r->text, (int64_t)(m->seed >> 1));
    quote_put_int(&r->text, (int64_t)(m->seed & 1));
    quote_put_int(&r->text, r->now = now);
    put_zone(r, zone);
    put_line_end(r);
}

const struct scrub *record_scrub(const struct record *r) { return &r->scrub; }

/* --- answers ------------------------------------------------------------------- */

void record_trace(void *ctx, const struct reply *reply, const char *text)
{
    struct record *r = ctx;
    if (!r->stopped)
        *vec_push(&r->waiting.traced) = (struct traced){reply->number, xstrdup(text)};
}

/* NULL: none was told. The caller frees it. */
static char *take_trace(struct record *r, uint32_t number)
{
    for (size_t i = 0; i < r->waiting.traced.len; i++) {
        struct traced *t = &r->waiting.traced.at[i];
        if (t->number != number)
            continue;
        char *text = t->text;
        *t = r->waiting.traced.at[--r->waiting.traced.len];
        return text;
    }
    return NULL;
}

static void put_reply(struct record *r, const struct reply *reply)
{
    char *trace = take_trace(r, reply->number);
    quote_put_int(&r->text, reply->number);
    quote_put_word(&r->text, reply->ok ? "ok" : reply->in_doubt ? "doubt" : "failed");
    if (!reply->ok)
        put_error(r, &reply->error);
    quote_put_word(&r->text, "|");
    if (trace && *trace)
        quote_put_word(&r->text, trace);
    free(trace);
}

/* --- messages ------------------------------------------------------------------ */

static void put_hint(struct record *r, const struct hint *h)
{
    struct buf payload, role;
    buf_init(&payload, 0);
    buf_init(&role, 0);
    scrub_name(&r->scrub, &role, h->role, strlen(h->role));
    hint_format(h, buf_str(&role), &payload);
    quote_put(&r->text, buf_str(&payload), payload.len);
    buf_finish(&payload);
    buf_finish(&role);
}

static void put_key(struct record *r, const struct model *m, struct key k)
{
    bool typing = (dispatch_context(m) & IN_TEXT) != 0;
    if (typing && !k.mods && k.code < KEY_BASE && !r->scrub.off) {
        k.code = scrub_char(k.code);
        k.code = k.code ? k.code : 0x200B;     /* a mark becomes a key that types nothing */
    }
    quote_put_int(&r->text, k.code);
    quote_put_int(&r->text, k.mods);
    quote_put_int(&r->text, k.row);
    quote_put_int(&r->text, k.col);
}

static void put_message(struct record *r, const struct model *m, const struct msg *msg)
{
    static const char *const tags[] = {[MSG_KEY] = "k", [MSG_RESIZE] = "z", [MSG_TIMER] = "t", [MSG_PASTE] = "p", [MSG_LINK] = "l",
                                       [MSG_REPLY] = "r", [MSG_HINT] = "h", [MSG_RESUME] = "u", [MSG_QUIT] = "q"};
    quote_put_word(&r->text, tags[msg->kind]);
    switch (msg->kind) {
    case MSG_KEY: put_key(r, m, msg->key); break;
    case MSG_RESIZE:
        quote_put_int(&r->text, msg->rows);
        quote_put_int(&r->text, msg->cols);
        break;
    case MSG_TIMER: quote_put_word(&r->text, record_timers[msg->timer]); break;
    case MSG_PASTE: put_text(r, scrub_mask, msg->text ? msg->text : ""); break;
    case MSG_LINK:
        quote_put_word(&r->text, record_links[msg->link]);
        put_error(r, &msg->link_error);
        if (msg->retry_at == WHEN_NONE)
            quote_put_word(&r->text, "-");
        else
            quote_put_int(&r->text, msg->retry_at - msg->now);
        break;
    case MSG_REPLY: put_reply(r, msg->reply); break;
    case MSG_HINT: put_hint(r, msg->hint); break;
    case MSG_RESUME: case MSG_QUIT: break;
    }
    put_line_end(r);
}

static void put_time(struct record *r, int64_t now)
{
    quote_put_int(&r->text, now - r->now);
    r->now = now;
}

void record_message(struct record *r, const struct model *m, const struct msg *msg)
{
    if (!r || r->stopped)
        return;
    if (!when_zone_equal(msg->zone, &r->zone)) {
        quote_put_word(&r->text, "o");
        put_zone(r, msg->zone);
        put_line_end(r);
    }
    if (msg->moved) {
        quote_put_word(&r->text, "j");
        quote_put_int(&r->text, msg->moved);
        put_line_end(r);
    }
    put_time(r, msg->now);
    if (msg->kind == MSG_KEY && !r->scrub.off && record_takes(m, &msg->key)) {
        struct buf typed;
        buf_init(&typed, 0);
        record_typed(&r->scrub, &typed, m->prompt.kind, m->prompt.text);
        quote_put_word(&r->text, "T");
        quote_put(&r->text, buf_str(&typed), typed.len);
        put_line_end(r);
        put_time(r, msg->now);
        buf_finish(&typed);
    }
    put_message(r, m, msg);
}

void record_asked(struct record *r, const struct effects *fx)
{
    for (int i = 0; r && !r->stopped && i < fx->count; i++) {
        if (fx->at[i].kind != EFFECT_REQUEST)
            continue;
        quote_put_word(&r->text, "a");
        quote_put_int(&r->text, fx->at[i].request.number);
        quote_put_int(&r->text, fx->at[i].request.kind);
        put_line_end(r);
    }
}

/* --- frames -------------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, uint64_t v)
{
    hash = (hash ^ v) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

uint64_t record_hash(const struct screen *s, bool full)
{
    uint64_t hash = mix((uint64_t)s->rows << 32 | (uint64_t)s->cols, full);
    for (size_t i = 0; i < (size_t)s->rows * (size_t)s->cols; i++) {
        const struct cell *c = &s->cells[i];
        hash = mix(hash, (uint64_t)(full ? c->ch : scrub_char(c->ch)) << 8 | c->style);
        for (int k = 0; full && k < CELL_MARKS && c->marks[k]; k++)
            hash = mix(hash, c->marks[k]);
    }
    return hash;
}

void record_frame(struct record *r, const struct screen *s)
{
    if (r && !r->stopped)
        buf_printf(&r->text, "f %016" PRIx64 "\n", record_hash(s, r->scrub.off));
}
