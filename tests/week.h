/* A session of a week, made up: the model at work, on a server that answers as a recorded one did but for a million rows.
 * For the benchmark (bench/week.c) and a short one among the tests. */
#ifndef TESTS_WEEK_H
#define TESTS_WEEK_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "base/die.h"
#include "base/vec.h"
#include "base/when.h"
#include "db/trace.h"
#include "run/record.h"
#include "view/view.h"

#define REQUESTS_MOST 256
#define QUEUE INT64_C(1000000)
#define COLUMNS_MOST 200
#define WEEK (7 * WHEN_DAY)

/* --- patterns: what the recorded server answered ---------------------------------- */

static char *patterns[REQUESTS_MOST];
static struct { char *head, *cells[COLUMNS_MOST]; int count, key, id; } row;   /* of the queue */

/* The next value of a line, as it is written. */
static char *word(char **at)
{
    char *from = *at, *to = from;
    if (*to == '"')
        for (to++; *to != '"'; to++)
            to += *to == '\\';
    to += strcspn(to, " ");
    *at = *to ? to + 1 : to;
    return xstrndup(from, (size_t)(to - from));
}

/* The first row of the page that was recorded is the pattern of all. */
static inline void learn_row(void)
{
    char *at = patterns[REQ_PAGE];
    struct buf head;
    if (!at || strncmp(at, "R ", 2) != 0)
        die("there is no page in that record");
    buf_init(&head, 0);
    free(word(&at));
    free(word(&at));
    char *columns = word(&at), *binary = word(&at);
    row.count = (int)strtol(columns, NULL, 10);
    buf_printf(&head, "%s %s", columns, binary);
    for (int i = 0; i < row.count; i++) {
        char *name = word(&at), *type = word(&at);
        row.key = strcmp(name, "\"key\"") == 0 ? i : row.key;
        row.id = strcmp(name, "\"id\"") == 0 ? i : row.id;
        buf_printf(&head, " %s %s", name, type);
        free(name);
        free(type);
    }
    for (int i = 0; i < row.count; i++)
        row.cells[i] = word(&at);
    row.head = buf_take(&head);
    free(columns);
    free(binary);
}

static inline void learn(const char *path)
{
    FILE *f = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    long kind_of[4096] = {0}, number, kind;
    if (!f)
        die("%s cannot be read", path);
    while (getline(&line, &room, f) > 0) {
        line[strcspn(line, "\n")] = '\0';
        char *trace = strstr(line, " ok | ");
        if (sscanf(line, "a %ld %ld", &number, &kind) == 2 && number < 4096 && kind < REQUESTS_MOST) {
            kind_of[number] = kind + 1;
        } else if (trace && sscanf(line, "%*d r %ld ", &number) == 1 && number < 4096 && kind_of[number] && strlen(trace) > 6) {
            char **pattern = &patterns[kind_of[number] - 1];
            if (!*pattern || strlen(*pattern) < strlen(trace + 6)) {
                free(*pattern);
                *pattern = xstrdup(trace + 6);
            }
        }
    }
    free(line);
    fclose(f);
    learn_row();
}

static inline void unlearn(void)
{
    for (size_t i = 0; i < REQUESTS_MOST; i++) {
        free(patterns[i]);
        patterns[i] = NULL;
    }
    for (int i = 0; i < row.count; i++)
        free(row.cells[i]);
    free(row.head);
    row.head = NULL;
    row.count = 0;
}

static void put_rows(struct buf *out, const int64_t *ids, int count)
{
    buf_printf(out, "R %d %s", count, row.head);
    for (int i = 0; i < count; i++)
        for (int c = 0; c < row.count; c++)
            if (c == row.id || c == row.key)
                quote_put_int(out, ids[i]);
            else
                quote_put_word(out, row.cells[c]);
}

static void put_page(struct buf *out, const struct page_request *p)
{
    int64_t ids[PAGE_MAX + 1], step = p->direction == PAGE_AFTER ? 1 : -1;
    int64_t id = p->from_start ? (step > 0 ? 1 : QUEUE) : p->anchor_id + (p->inclusive ? 0 : step);
    int count = 0, limit = p->limit < 1 ? 1 : p->limit > PAGE_MAX ? PAGE_MAX : p->limit;
    for (; count <= limit && id >= 1 && id <= QUEUE; id += step)
        ids[count++] = id;
    put_rows(out, ids, count);
}

static void put_answer(struct buf *out, const struct request *r)
{
    if (r->kind == REQ_PAGE) {
        put_page(out, &r->page);
    } else if (r->kind == REQ_ROWS) {
        int count = r->id_count > 200 ? 200 : (int)r->id_count;
        put_rows(out, r->ids, count);
    } else if (patterns[r->kind]) {
        buf_puts(out, patterns[r->kind]);
    }
}

/* --- the session that is recorded ---------------------------------------------- */

struct session {
    struct record *record;
    struct model m;
    struct keymap keymap;
    struct screen screen;
    struct { VEC(struct request) asked; } waiting;
    int64_t timers[TIMER_COUNT], now;
    uint64_t random;
    long events, frames;
};

static uint32_t draw(struct session *s, uint32_t below)
{
    s->random = s->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(s->random >> 33) % below;
}

static const struct when_zone utc;

static void update(struct session *s, struct msg *msg)
{
    struct effects fx = {.count = 0};
    msg->now = s->now;
    msg->zone = &utc;
    record_message(s->record, &s->m, msg);
    app_update(&s->m, msg, &fx);
    record_asked(s->record, &fx);
    for (int i = 0; i < fx.count; i++) {
        if (fx.at[i].kind == EFFECT_TIMER) {
            s->timers[fx.at[i].timer] = fx.at[i].at;
        } else if (fx.at[i].kind == EFFECT_REQUEST) {
            *vec_push(&s->waiting.asked) = fx.at[i].request;
            fx.at[i].request = (struct request){.kind = REQ_HELLO};
        }
    }
    effects_finish(&fx);
    s->events++;
}

static void answer(struct session *s)
{
    while (s->waiting.asked.len) {
        struct request r = s->waiting.asked.at[0];
        struct reply reply = {.kind = r.kind, .number = r.number};
        struct err e;
        struct buf text;
        memmove(s->waiting.asked.at, s->waiting.asked.at + 1, (s->waiting.asked.len - 1) * sizeof r);
        s->waiting.asked.len--;
        buf_init(&text, 0);
        put_answer(&text, &r);
        struct quote q = {buf_str(&text), buf_str(&text) + text.len};
        struct reply none = reply;
        if (text.len && trace_reply(&r, s->now, &utc, &q, NULL, &reply, &e)) {
            record_trace(s->record, &reply, buf_str(&text));
        } else {                   /* the recorded session never asked that, or asked it otherwise */
            reply = none;
            err_set(&reply.error, ERR_AGAIN, NULL, "the week's server does not know that");
            request_finish(&r);
        }
        s->now += 3;
        update(s, &(struct msg){.kind = MSG_REPLY, .reply = &reply});
        reply_finish(&reply);
        buf_finish(&text);
    }
}

static void frame(struct session *s)
{
    view_render(&s->m, &s->screen);
    record_frame(s->record, &s->screen);
    s->m.scroll_max = view_scroll_max(&s->m);
    s->frames++;
}

static void press(struct session *s, const char *keys)
{
    while (*keys) {
        struct key k = {.code = (unsigned char)*keys};
        size_t used = key_parse(keys, strlen(keys), &k);
        keys += used ? used : 1;
        update(s, &(struct msg){.kind = MSG_KEY, .key = k});
        answer(s);
    }
}

static void hint(struct session *s)
{
    struct hint_item items[8];
    struct hint h = {.kind = HINT_EXCEPTIONS, .items = items, .count = 1 + draw(s, 8)};
    for (size_t i = 0; i < h.count; i++)
        items[i] = (struct hint_item){.id = 1 + draw(s, draw(s, 2) ? 200 : (uint32_t)QUEUE), .rev = (int32_t)draw(s, 1000), .severity = SEVERITY_HIGH,
                                      .urgency = (int64_t)draw(s, (uint32_t)QUEUE), .opened = draw(s, 4) == 0};
    update(s, &(struct msg){.kind = MSG_HINT, .hint = &h});
}

static void person(struct session *s)
{
    static const char *const habits[] = {"j", "j", "j", "k", "<PgDn>", "<PgUp>", "gg", "G", "l", "<Esc>", "/kind:lost<Enter>", "<Esc>", "?", "<Esc>", "1", "2", "x", "<Esc>",
                                         ":cases<Enter>", "<Esc>", ":board<Enter>", "<Esc>", "m", "<Esc>", "nan innocent note", "<Esc>"};
    press(s, habits[draw(s, sizeof habits / sizeof *habits)]);
}

static void run_timers(struct session *s)
{
    for (int id = 0; id < TIMER_COUNT; id++)
        if (s->timers[id] != WHEN_NONE && s->timers[id] <= s->now) {
            s->timers[id] = WHEN_NONE;
            update(s, &(struct msg){.kind = MSG_TIMER, .timer = (enum timer_id)id});
            answer(s);
        }
}

static void live(struct session *s, long events)
{
    const int64_t begin = s->now;
    update(s, &(struct msg){.kind = MSG_RESIZE, .rows = 36, .cols = 120});
    update(s, &(struct msg){.kind = MSG_LINK, .link = LINK_LIVE, .retry_at = WHEN_NONE});
    answer(s);
    for (long i = 0; s->events < events; i++) {
        int64_t due = begin + WEEK / events * s->events;
        s->now = due > s->now ? due : s->now + 1;
        run_timers(s);
        hint(s);
        if (draw(s, 8) == 0)
            person(s);
        answer(s);
        if (i % 4 == 0)
            frame(s);
        if (!record_flush(s->record, NULL))
            die("the record cannot be written");
    }
}

/* Into fd, which is closed. Learn from a full record first. */
static inline void make_week(int fd, long events)
{
    struct settings settings = {.theme = "default"};
    struct session s = {.record = record_to(fd, true), .now = INT64_C(1763812800000), .random = 7};
    size_t size;
    const char *text = keymap_builtin("default", &size);
    keymap_init(&s.keymap);
    keymap_read(&s.keymap, "default", text, size, NULL, NULL);
    app_init(&s.m, &settings, &s.keymap, 42);
    screen_init(&s.screen);
    screen_resize(&s.screen, 36, 120);
    for (int i = 0; i < TIMER_COUNT; i++)
        s.timers[i] = WHEN_NONE;
    record_begin(s.record, &s.m, s.now, &utc);
    live(&s, events);
    record_close(s.record);
    while (s.waiting.asked.len)
        request_finish(&s.waiting.asked.at[--s.waiting.asked.len]);
    vec_finish(&s.waiting.asked);
    app_finish(&s.m);
    screen_finish(&s.screen);
    keymap_finish(&s.keymap);
}

#endif
