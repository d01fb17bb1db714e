/* The messages of a record, each into the model. */
#include "run/replay_in.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "app/prompt.h"
#include "base/die.h"
#include "base/when.h"
#include "db/trace.h"
#include "run/record_in.h"

#define ROWS_MOST 400
#define COLS_MOST 1000
#define WAITING_MOST 64        /* what was forgotten may be answered all the same, or not */

/* --- what is asked --------------------------------------------------------------- */

static void drop_asked(struct replay *r, size_t i)
{
    struct asked *at = r->asked.at.at;
    request_finish(&at[i].request);
    memmove(&at[i], &at[i + 1], (r->asked.at.len - i - 1) * sizeof *at);
    r->asked.at.len--;
}

/* The session did not ask what is left without a number: there is no answer to it. */
void replay_close_asked(struct replay *r)
{
    for (size_t i = r->asked.at.len; i-- > 0;)
        if (!r->asked.at.at[i].recorded) {
            replay_differs(r, "something was asked before this that the session did not ask");
            drop_asked(r, i);
        }
    while (r->asked.at.len > WAITING_MOST)
        drop_asked(r, 0);
}

bool replay_take_asked(struct replay *r, struct quote *q)
{
    int64_t number, kind;
    if (!quote_take_int(q, 1, UINT32_MAX, &number) || !quote_take_int(q, 0, INT32_MAX, &kind))
        return false;
    for (size_t i = 0; i < r->asked.at.len; i++) {
        struct asked *a = &r->asked.at.at[i];
        if (!a->recorded && (r->other || (int64_t)a->request.kind == kind)) {
            a->recorded = (uint32_t)number;
            return true;
        }
    }
    replay_differs(r, "the session asked something here (request %" PRId64 ") that is not asked now", number);
    return true;
}

/* --- messages ------------------------------------------------------------------ */

static void update(struct replay *r, struct msg *msg)
{
    struct effects fx = {.count = 0};
    msg->now = r->now;
    msg->zone = &r->zone;
    msg->moved = r->moved;
    r->moved = 0;
    r->messages++;
    app_update(&r->model, msg, &fx);
    for (int i = 0; i < fx.count; i++) {
        if (fx.at[i].kind == EFFECT_REQUEST) {
            vec_push(&r->asked.at)->request = fx.at[i].request;
            fx.at[i].request = (struct request){.kind = REQ_HELLO};
        }
    }
    effects_finish(&fx);
}

static bool take_error(struct replay *r, struct quote *q, struct err *out)
{
    int code;
    *out = (struct err){.code = ERR_NONE};
    if (!replay_take_small(q, 0, ERR_CONFIG, &code) || !replay_take_text(r, q, out->sqlstate, sizeof out->sqlstate) ||
        !replay_take_text(r, q, out->where, sizeof out->where) || !replay_take_text(r, q, out->text, sizeof out->text))
        return false;
    out->code = (enum err_code)code;
    return true;
}

static bool play_key(struct replay *r, struct quote *q, struct err *e)
{
    int code, mods, row, col;
    (void)e;
    if (!replay_take_small(q, 0, KEY_LIMIT, &code) || !replay_take_small(q, 0, KEY_CTRL | KEY_ALT, &mods) || !replay_take_small(q, INT16_MIN, INT16_MAX, &row) ||
        !replay_take_small(q, INT16_MIN, INT16_MAX, &col))
        return false;
    update(r, &(struct msg){.kind = MSG_KEY,
                            .key = {.code = (uint32_t)code, .mods = (uint8_t)mods, .row = (int16_t)row, .col = (int16_t)col}});
    return true;
}

static bool play_paste(struct replay *r, struct quote *q, struct err *e)
{
    (void)e;
    if (!quote_take(q, &r->text))
        return false;
    char *text = xstrndup(buf_str(&r->text), r->text.len);
    update(r, &(struct msg){.kind = MSG_PASTE, .text = text});
    free(text);
    return true;
}

static bool play_size(struct replay *r, struct quote *q, struct err *e)
{
    struct msg msg = {.kind = MSG_RESIZE};
    (void)e;
    if (!replay_take_small(q, 1, ROWS_MOST, &msg.rows) || !replay_take_small(q, 1, COLS_MOST, &msg.cols))
        return false;
    if (r->rows) {
        msg.rows = r->rows;
        msg.cols = r->cols;
    }
    screen_resize(&r->screen, msg.rows, msg.cols);
    update(r, &msg);
    return true;
}

static int find_word(struct quote *q, const char *const *words, int count)
{
    int i = 0;
    while (i < count && !quote_take_word(q, words[i]))
        i++;
    return i;
}

static bool play_timer(struct replay *r, struct quote *q, struct err *e)
{
    (void)e;
    int id = find_word(q, record_timers, TIMER_COUNT);
    if (id == TIMER_COUNT)
        return false;
    update(r, &(struct msg){.kind = MSG_TIMER, .timer = (enum timer_id)id});
    return true;
}

static bool play_hint(struct replay *r, struct quote *q, struct err *e)
{
    struct hint h;
    (void)e;
    if (!quote_take(q, &r->text) || !hint_parse(buf_str(&r->text), &h))
        return false;
    update(r, &(struct msg){.kind = MSG_HINT, .hint = &h});
    hint_finish(&h);
    return true;
}

static bool play_link(struct replay *r, struct quote *q, struct err *e)
{
    struct msg msg = {.kind = MSG_LINK, .retry_at = WHEN_NONE};
    int64_t in;
    (void)e;
    int link = find_word(q, record_links, 3);
    if (link == 3 || !take_error(r, q, &msg.link_error))
        return false;
    msg.link = (enum link_state)link;
    if (!quote_take_word(q, "-")) {
        if (!quote_take_int(q, -WHEN_DAY, WHEN_DAY, &in))
            return false;
        msg.retry_at = r->now + in;
    }
    update(r, &msg);
    return true;
}

static bool play_resume(struct replay *r, struct quote *q, struct err *e)
{
    (void)q;
    (void)e;
    update(r, &(struct msg){.kind = MSG_RESUME});
    return true;
}

static bool play_quit(struct replay *r, struct quote *q, struct err *e)
{
    (void)q;
    (void)e;
    update(r, &(struct msg){.kind = MSG_QUIT});
    return true;
}

static bool play_typed(struct replay *r, struct quote *q, struct err *e)
{
    (void)e;
    if (!quote_take(q, &r->text))
        return false;
    if (r->model.prompt.kind != PROMPT_NONE) {
        prompt_edit(&r->model, ACTION_EDIT_END);
        prompt_edit(&r->model, ACTION_EDIT_KILL_LINE);
        prompt_insert(&r->model, buf_str(&r->text), r->text.len);
    }
    return true;
}

static bool play_reply(struct replay *r, struct quote *q, struct err *e)
{
    int64_t number;
    struct err failed;
    static const char *const words[] = {"ok", "failed", "doubt"};
    if (!quote_take_int(q, 1, UINT32_MAX, &number))
        return false;
    int end = find_word(q, words, 3);
    if (end == 3 || (end && !take_error(r, q, &failed)) || !quote_take_word(q, "|"))
        return false;
    size_t i = 0;
    while (i < r->asked.at.len && r->asked.at.at[i].recorded != number)
        i++;
    if (i == r->asked.at.len) {
        replay_differs(r, "an answer comes to what was not asked");
        q->at = q->end;
        return true;
    }
    struct reply reply;
    bool fine = trace_reply(&r->asked.at.at[i].request, r->now, &r->zone, q, end ? &failed : NULL, &reply, e);
    drop_asked(r, i);
    if (!fine)
        return false;
    reply.in_doubt = end == 2;
    update(r, &(struct msg){.kind = MSG_REPLY, .reply = &reply});
    reply_finish(&reply);
    return true;
}

static const struct { const char *tag; bool (*play)(struct replay *, struct quote *, struct err *); } tags[] = {
    {"k", play_key},  {"p", play_paste}, {"z", play_size},   {"t", play_timer}, {"h", play_hint},
    {"l", play_link}, {"r", play_reply}, {"u", play_resume}, {"q", play_quit},  {"T", play_typed},
};

bool replay_play(struct replay *r, struct quote *q, struct err *e)
{
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (quote_take_word(q, tags[i].tag))
            return tags[i].play(r, q, e) && quote_done(q);
    return false;
}

void replay_drop_asked(struct replay *r)
{
    while (r->asked.at.len)
        drop_asked(r, r->asked.at.len - 1);
    vec_finish(&r->asked.at);
}
