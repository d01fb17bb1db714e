#include "run/replay_in.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/utf8.h"
#include "base/when.h"
#include "db/migrate.h"
#include "run/record.h"
#include "run/record_in.h"
#include "view/view.h"

#define CHUNK (64u << 10)
#define BINDINGS_MOST 10000

/* --- lines --------------------------------------------------------------------- */

static bool fill(struct replay *r)
{
    char chunk[CHUNK];
    if (r->at) {
        memmove(r->unread.data, r->unread.data + r->at, r->unread.len - r->at);
        buf_cut(&r->unread, r->unread.len - r->at);
        r->at = 0;
    }
    size_t n = r->unread.len < RECORD_LINE_MOST ? r->source.read(r->source.ctx, chunk, sizeof chunk) : 0;
    buf_add(&r->unread, chunk, n);
    return n > 0;
}

/* The next whole line without its end; false: there is none. */
static bool next_line(struct replay *r, struct quote *q)
{
    size_t looked = r->at;
    const char *end = NULL;
    for (;;) {
        end = r->unread.len > looked ? memchr(r->unread.data + looked, '\n', r->unread.len - looked) : NULL;
        if (end)
            break;
        looked = r->unread.len - r->at;
        if (!fill(r))
            return false;
    }
    *q = (struct quote){r->unread.data + r->at, end};
    r->at = (size_t)(end - r->unread.data) + 1;
    r->line++;
    return true;
}

static bool damaged(const struct replay *r, struct err *e, const char *what)
{
    char where[sizeof e->where];
    snprintf(where, sizeof where, "%.100s:%zu", r->name, r->line);
    return err_set(e, ERR_INPUT, where, "%s: the record is damaged here, or of another version of this program", what);
}

void replay_differs(struct replay *r, const char *fmt, ...)
{
    char text[200];
    va_list ap;
    if (r->differences++ || r->rows)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    snprintf(r->first, sizeof r->first, "%.180s:%zu: %s", r->name, r->line, text);
}

/* A text of the line, cleaned. */
bool replay_take_text(struct replay *r, struct quote *q, char *out, size_t size)
{
    if (!quote_take(q, &r->text))
        return false;
    utf8_clean(buf_str(&r->text), r->text.len, out, size, UTF8_ONE_LINE);
    return true;
}

bool replay_take_small(struct quote *q, int64_t min, int64_t max, int *out)
{
    int64_t v;
    if (!quote_take_int(q, min, max, &v))
        return false;
    *out = (int)v;
    return true;
}

/* --- how it begins --------------------------------------------------------------- */

static bool take_magic(struct replay *r, struct quote *q, struct err *e)
{
    int64_t version, schema;
    if (!quote_take_word(q, RECORD_MAGIC) || !quote_take_int(q, 1, INT32_MAX, &version)) {
        r->line = 1;
        return damaged(r, e, "this is no record of a session");
    }
    if (version != RECORD_VERSION)
        return err_set(e, ERR_INPUT, r->name, "this record is of format %d and this program reads %d: play it with the program that made it",
                       (int)version, RECORD_VERSION);
    bool fine = quote_take(q, &r->text) && quote_take_int(q, 0, INT32_MAX, &schema);
    r->other = fine && schema != db_schema_wanted();
    r->full = fine && quote_take_word(q, "full");
    return (fine && (r->full || quote_take_word(q, "scrubbed"))) || damaged(r, e, "its first line is not whole");
}

static bool take_settings(struct replay *r, struct quote *q)
{
    struct settings *s = &r->settings;
    for (size_t i = 0; i < sizeof record_switches / sizeof *record_switches; i++) {
        int64_t on;
        if (!quote_take_int(q, 0, 1, &on))
            return false;
        *(bool *)((char *)s + record_switches[i].offset) = on;
    }
    return replay_take_text(r, q, s->theme, sizeof s->theme) && replay_take_text(r, q, s->user_keymap, sizeof s->user_keymap) &&
           replay_take_text(r, q, s->notice, sizeof s->notice);
}

static bool take_binding(struct replay *r, struct quote *q)
{
    struct binding b = {0};
    const char *name;
    int64_t contexts, code, mods;
    char argument[PROMPT_TEXT];
    if (r->keymap.count == BINDINGS_MOST || !quote_take_int(q, 1, UINT32_MAX, &contexts))
        return false;
    size_t n = quote_take_any(q, &name);
    bool known = action_parse(name, n, &b.action);
    if (!replay_take_text(r, q, argument, sizeof argument))
        return false;
    b.contexts = (unsigned)contexts;
    b.argument = argument;
    while (!quote_done(q) && b.key_count < SEQUENCE_MAX) {
        if (!quote_take_int(q, 0, KEY_LIMIT, &code) || !quote_take_int(q, 0, KEY_CTRL | KEY_ALT, &mods))
            return false;
        b.keys[b.key_count++] = (struct key){.code = (uint32_t)code, .mods = (uint8_t)mods};
    }
    if (known && b.key_count)
        keymap_bind(&r->keymap, &b);
    else if (!known)
        replay_differs(r, "a key is bound to what this program does not know");
    return quote_done(q);
}

static bool take_zone(struct quote *q, struct when_zone *out)
{
    struct when_zone z = {.count = 0};
    int64_t offset, from;
    if (!quote_take_int(q, -WHEN_DAY / 1000, WHEN_DAY / 1000, &offset))
        return false;
    for (z.offset[0] = (int32_t)offset; !quote_done(q) && z.count < WHEN_CHANGES; z.offset[++z.count] = (int32_t)offset) {
        if (!quote_take_int(q, z.count ? z.from[z.count - 1] : -NOW_MOST, NOW_MOST, &from) ||
            !quote_take_int(q, -WHEN_DAY / 1000, WHEN_DAY / 1000, &offset))
            return false;
        z.from[z.count] = from;
    }
    *out = z;
    return quote_done(q);
}

static bool begin(struct replay *r, struct quote *q)
{
    int64_t seed, odd;
    if (!quote_take_int(q, 0, INT64_MAX, &seed) || !quote_take_int(q, 0, 1, &odd) || !quote_take_int(q, 0, NOW_MOST, &r->now) ||
        !take_zone(q, &r->zone))
        return false;
    r->began = r->now;
    app_init(&r->model, &r->settings, &r->keymap, (uint64_t)seed << 1 | (uint64_t)odd);
    r->screen.ascii = r->settings.ascii;
    screen_resize(&r->screen, r->model.rows, r->model.cols);
    return r->begun = true;
}

static bool read_beginning(struct replay *r, struct err *e)
{
    struct quote q;
    if (!next_line(r, &q)) {
        r->line = 1;
        return damaged(r, e, "there is no whole line in it");
    }
    if (!take_magic(r, &q, e))
        return false;
    while (!r->begun && next_line(r, &q)) {
        bool fine = quote_take_word(&q, "settings") ? take_settings(r, &q)
                    : quote_take_word(&q, "b")      ? take_binding(r, &q)
                                                    : quote_take_word(&q, "begin") && begin(r, &q);
        if (!fine)
            return damaged(r, e, "how the session began is not to be read");
    }
    r->ended = !r->begun;
    return true;
}

/* --- steps --------------------------------------------------------------------- */

static bool play_frame(struct replay *r, struct quote *q)
{
    const char *hex;
    char *end;
    size_t n = quote_take_any(q, &hex);
    if (n != 16)
        return false;
    uint64_t recorded = strtoull(hex, &end, 16);
    if (end != hex + n)
        return false;
    view_render(&r->model, &r->screen);
    r->model.scroll_max = view_scroll_max(&r->model);
    if (!r->rows && record_hash(&r->screen, r->full) != recorded)
        replay_differs(r, "the screen drawn here is not the session's");
    return true;
}

static bool play_timed(struct replay *r, struct quote *q, struct err *e)
{
    int64_t ms;
    if (!quote_take_int(q, -NOW_MOST, NOW_MOST, &ms) || r->now + ms < 0 || r->now + ms > NOW_MOST)
        return false;
    replay_close_asked(r);
    r->now += ms;
    return replay_play(r, q, e);
}

static enum replay_event play_line(struct replay *r, struct quote *q, struct err *e)
{
    bool fine;
    enum replay_event event = REPLAY_MESSAGE;
    e->code = ERR_NONE;
    if (quote_take_word(q, "a")) {
        fine = replay_take_asked(r, q);
    } else if (quote_take_word(q, "f")) {
        fine = play_frame(r, q);
        event = REPLAY_FRAME;
    } else if (quote_take_word(q, "o")) {
        fine = take_zone(q, &r->zone);
    } else if (quote_take_word(q, "j")) {
        fine = quote_take_int(q, -NOW_MOST, NOW_MOST, &r->moved);
    } else {
        fine = play_timed(r, q, e);
    }
    if (fine)
        return event;
    if (e->code == ERR_NONE)
        damaged(r, e, "this line is not to be read");
    else
        err_at(e, "%.100s:%zu", r->name, r->line);
    r->ended = true;
    return REPLAY_DAMAGED;
}

enum replay_event replay_step(struct replay *r, struct err *e)
{
    struct quote q;
    if (!r->begun && !r->ended && !read_beginning(r, e)) {
        r->ended = true;
        return REPLAY_DAMAGED;
    }
    if (r->ended || !next_line(r, &q)) {
        r->ended = true;
        return REPLAY_END;
    }
    return play_line(r, &q, e);
}

struct replay *replay_create(const char *name, const struct replay_source *source, int rows, int cols)
{
    struct replay *r = xcalloc(1, sizeof *r);
    utf8_clean(name, strlen(name), r->name, sizeof r->name, UTF8_ONE_LINE);
    r->source = *source;
    r->rows = rows;
    r->cols = cols;
    buf_init(&r->unread, 0);
    buf_init(&r->text, 0);
    keymap_init(&r->keymap);
    screen_init(&r->screen);
    return r;
}

void replay_destroy(struct replay *r)
{
    if (!r)
        return;
    replay_drop_asked(r);
    if (r->begun)
        app_finish(&r->model);
    screen_finish(&r->screen);
    keymap_finish(&r->keymap);
    buf_finish(&r->unread);
    buf_finish(&r->text);
    free(r);
}

const struct model *replay_model(const struct replay *r) { return &r->model; }
const struct screen *replay_screen(const struct replay *r) { return &r->screen; }
int64_t replay_at(const struct replay *r) { return r->now - r->began; }
size_t replay_messages(const struct replay *r) { return r->messages; }

bool replay_full(const struct replay *r) { return r->full; }

size_t replay_differences(const struct replay *r, const char **first)
{
    if (first)
        *first = r->first;
    return r->rows ? 0 : r->differences;
}

void replay_text(const struct screen *s, struct buf *out)
{
    for (int row = 0; row < s->rows; row++) {
        const struct cell *line = &s->cells[(size_t)row * (size_t)s->cols];
        size_t kept = out->len;
        for (int i = 0; i < s->cols; i++) {
            uint32_t chars[1 + CELL_MARKS] = {line[i].ch};
            memcpy(chars + 1, line[i].marks, sizeof line[i].marks);
            for (size_t k = 0; k < sizeof chars / sizeof *chars && chars[k]; k++) {
                char bytes[4];
                buf_add(out, bytes, utf8_encode(chars[k], bytes));
            }
            if (line[i].ch && line[i].ch != ' ')
                kept = out->len;
        }
        buf_cut(out, kept);
        buf_putc(out, '\n');
    }
}
