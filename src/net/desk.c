/* A case's change on its way to a helpdesk: which step comes next, and what it all came to. */
#include "net/desk.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/utf8.h"
#include "base/when.h"
#include "desk_in.h"

enum { PAGES_MOST = 10, LOOKS_MOST = 2, NOTES_MOST = 100, NOTE_MOST = 8000 };

/* ---- what the helpdesk says ---- */

static void take(char *to, size_t size, const char *s)
{
    utf8_clean(s, strlen(s), to, size, UTF8_ONE_LINE);
}

void desk_take_id(struct desk_try *t, const json_t *id)
{
    if (json_is_integer(id))
        snprintf(t->r.desk_id, sizeof t->r.desk_id, "%" JSON_INTEGER_FORMAT, json_integer_value(id));
    else if (json_is_string(id))
        take(t->r.desk_id, sizeof t->r.desk_id, json_string_value(id));
}

void desk_take_state(struct desk_try *t, const char *theirs)
{
    const struct desk_word *w = t->c->provider->desk->words;
    take(t->r.desk_state, sizeof t->r.desk_state, theirs);
    t->r.state_known = false;
    for (; w->theirs; w++)
        if (strcmp(w->theirs, t->r.desk_state) == 0) {
            t->r.state = w->ours;
            t->r.state_known = true;
        }
}

void desk_take_time(struct desk_try *t, const char *text)
{
    int64_t at;
    if (when_parse(text, strlen(text), &at, NULL))
        t->r.desk_at = at;
}

/* The number in "[Doorstep note 34, by maria]" at the text's end; 0: the context; -1: it is not ours. */
static int64_t our_number(const char *text)
{
    static const char mark[] = "[Doorstep ";
    size_t n = strlen(text);
    const char *at = NULL;
    while (n && strchr(" \t\r\n", text[n - 1]))
        n--;
    if (!n || text[n - 1] != ']')
        return -1;
    for (const char *s = text; (s = strstr(s, mark)); s++)
        at = s;
    if (!at)
        return -1;
    at += sizeof mark - 1;
    return strncmp(at, "note ", 5) == 0 ? strtoll(at + 5, NULL, 10) : strncmp(at, "case ", 5) == 0 ? 0 : -1;
}

void desk_take_note(struct desk_try *t, const json_t *id, const char *by, const char *at, bool is_public, const char *text)
{
    int64_t ours = is_public ? -1 : our_number(text);      /* none of ours is: who copies its last line has not written it */
    struct desk_note *note;
    if (ours > 0 && ours == t->j->note_id)
        t->r.outcome = OUTBOX_SENT;    /* the one we came for is there */
    if (ours >= 0 || !*text || t->r.note_count == NOTES_MOST)
        return;
    t->r.notes = xrealloc(t->r.notes, (t->r.note_count + 1) * sizeof *t->r.notes);
    note = &t->r.notes[t->r.note_count++];
    *note = (struct desk_note){.at = WHEN_NONE, .is_public = is_public, .text = xcalloc(1, NOTE_MOST)};
    utf8_clean(text, strlen(text), note->text, NOTE_MOST, UTF8_KEEP_NEWLINES);
    if (json_is_integer(id))
        snprintf(note->id, sizeof note->id, "%" JSON_INTEGER_FORMAT, json_integer_value(id));
    else if (json_is_string(id))
        take(note->id, sizeof note->id, json_string_value(id));
    take(note->by, sizeof note->by, by);
    if (!when_parse(at, strlen(at), &note->at, NULL))
        note->at = WHEN_NONE;
}

/* ---- what we say ---- */

bool desk_is_number(const char *s)
{
    return s && *s && strlen(s) < 20 && s[strspn(s, "0123456789")] == '\0';
}

void desk_put_context(const struct desk_try *t, struct buf *out)
{
    const struct desk_job *j = t->j;
    buf_printf(out, "%s case C%" PRId64, case_type_label(j->type), j->case_id);
    if (j->tracking_number)
        buf_printf(out, ", tracking number %s", j->tracking_number);
    if (j->order_number)
        buf_printf(out, ", order %s", j->order_number);
    if (j->brand)
        buf_printf(out, ", brand %s", j->brand);
    buf_printf(out, "\n\n%s%s[Doorstep case C%" PRId64 "]", j->context ? j->context : "", j->context && *j->context ? "\n\n" : "", j->case_id);
}

void desk_put_note(const struct desk_try *t, struct buf *out)
{
    buf_printf(out, "%s\n\n[Doorstep note %" PRId64 "%s%s]", t->j->note ? t->j->note : "", t->j->note_id, t->j->note_by ? ", by " : "",
               t->j->note_by ? t->j->note_by : "");
}

void desk_put_tags(struct buf *b, const struct desk_try *t, const char *more)
{
    const char *s = t->j->tags ? t->j->tags : "";
    char word[64];
    json_open(b, "tags", '[');
    json_text(b, NULL, "doorstep");
    json_text(b, NULL, case_type_name(t->j->type));
    json_text(b, NULL, more);
    for (size_t n; *s; s += n + (s[n] != '\0')) {
        n = strcspn(s, " ");
        snprintf(word, sizeof word, "%.*s", (int)(n < 60 ? n : 60), s);
        json_text(b, NULL, n ? word : NULL);
    }
    json_close(b, ']');
}

void desk_put_html(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '&')
            buf_puts(out, "&amp;");
        else if (*text == '<')
            buf_puts(out, "&lt;");
        else if (*text == '>')
            buf_puts(out, "&gt;");
        else if (*text == '\n')
            buf_puts(out, "<br>");
        else
            buf_putc(out, *text);
    }
}

/* ---- the end ---- */

static void say(struct desk_try *t, enum outbox_outcome o, const char *code, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
static void say(struct desk_try *t, enum outbox_outcome o, const char *code, const char *fmt, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    t->r.outcome = o;
    snprintf(t->r.code, sizeof t->r.code, "%s", code);
    utf8_clean(text, strlen(text), t->r.message, sizeof t->r.message, UTF8_ONE_LINE);
}

static void end(struct desk_try *t, bool trouble)
{
    int64_t took = loop_now() - t->started;
    t->r.took_ms = took > INT_MAX ? INT_MAX : (int32_t)took;
    t->done(t->ctx, &t->r, trouble);
    free(t);
}

static void done(struct desk_try *t)
{
    const struct desk_job *j = t->j;
    t->r.outcome = OUTBOX_SENT;
    if (!t->c->provider->desk->asks) {         /* it need not say anything: then it is as we said */
        if (j->op == DESK_CREATE && !t->r.desk_id[0])
            snprintf(t->r.desk_id, sizeof t->r.desk_id, "%s", j->external_id);
        if (j->op != DESK_COMMENT && !t->r.desk_state[0])
            desk_take_state(t, case_state_name(j->state));
    }
    end(t, false);
}

static void ask(struct desk_try *t, enum desk_step step)
{
    t->step = step;
    t->looks += step == STEP_LOOK;
    net_exchange(t->net, t->c, &t->x);
}

/* ---- what went well ---- */

static void looked(struct desk_try *t)
{
    const struct desk_job *j = t->j;
    const char *wanted = t->c->provider->desk->states[j->state];
    bool agrees = strcmp(t->r.desk_state, wanted) == 0 || (t->r.state_known && t->r.state == CASE_STATE_CLOSED && j->state == CASE_STATE_SOLVED);
    if (j->op == DESK_POLL) {
        if (j->desk_at != WHEN_NONE && t->r.desk_at == j->desk_at)
            done(t);           /* nothing happened there since */
        else
            ask(t, STEP_COMMENTS);
    } else if (agrees) {
        done(t);
    } else if (j->desk_state && strcmp(j->desk_state, t->r.desk_state) != 0) {
        say(t, OUTBOX_FAILED, "conflict", "%s has it as %s meanwhile, so %s was not written over that", t->c->provider->desk->name, t->r.desk_state,
            case_state_name(j->state));
        end(t, false);
    } else {
        ask(t, STEP_STATUS);
    }
}

static void searched(struct desk_try *t, enum desk_found found)
{
    if (found == FOUND_IT) {
        done(t);
    } else if (found == FOUND_NOT) {
        ask(t, STEP_CREATE);
    } else if (++t->page <= PAGES_MOST) {
        ask(t, STEP_FIND);
    } else {
        say(t, OUTBOX_UNKNOWN, "search", "%s has too many tickets since then to find ours among them", t->c->provider->desk->name);
        end(t, false);
    }
}

static void unreadable(struct desk_try *t, const struct heard *h)
{
    bool made = t->step == STEP_CREATE || t->step == STEP_COMMENT;
    say(t, made ? OUTBOX_UNKNOWN : OUTBOX_RETRY, h->code, "%s answered %d, and what came with it cannot be read", t->c->provider->desk->name, h->status);
    end(t, true);
}

static void went_well(struct desk_try *t, const struct heard *h)
{
    const struct desk_api *api = t->c->provider->desk;
    bool read = h->json && !h->broken;
    switch (t->step) {
    case STEP_FIND:
        if (read && json_is_object(h->json) + json_is_array(h->json)) {
            searched(t, api->find(t, h->json));
            return;
        }
        break;
    case STEP_CREATE:
        if ((read && api->ticket(t, h->json)) || !api->asks) {
            done(t);
            return;
        }
        break;
    case STEP_COMMENTS:
        t->r.outcome = OUTBOX_RETURNED;
        if (read && api->comments(t, h->json)) {
            if (t->j->op == DESK_COMMENT && t->r.outcome != OUTBOX_SENT)
                ask(t, STEP_COMMENT);
            else
                done(t);
            return;
        }
        break;
    case STEP_COMMENT: case STEP_STATUS:
        if (read)
            api->ticket(t, h->json);
        done(t);
        return;
    case STEP_LOOK:
        if (read && api->ticket(t, h->json)) {
            looked(t);
            return;
        }
        break;
    }
    unreadable(t, h);
}

/* ---- what did not ---- */

/* What a status means where the provider says nothing of its own. Rows are looked up in order. */
enum meaning { OF_THE_CHANNEL, GONE, CROSSED, LATER, REFUSED, BROKE };
static const struct { int from, to; enum meaning meaning; const char *says; } statuses[] = {
    {300, 399, OF_THE_CHANNEL, "it points elsewhere, and redirects are not followed; give the final address"},
    {401, 401, OF_THE_CHANNEL, "it does not accept the credentials of DOORSTEP_HELPDESK_URL"},
    {402, 402, OF_THE_CHANNEL, "the account has to be paid"},
    {403, 403, OF_THE_CHANNEL, "it does not allow this to the credentials of DOORSTEP_HELPDESK_URL"},
    {404, 404, GONE, "there is no helpdesk at the address of DOORSTEP_HELPDESK_URL"},
    {405, 407, OF_THE_CHANNEL, "nothing takes cases at the address of DOORSTEP_HELPDESK_URL"},
    {408, 408, LATER, "it had not got the whole request in time"},
    {409, 409, CROSSED, "the ticket was being changed at that moment"},
    {410, 410, GONE, "there is no helpdesk at the address of DOORSTEP_HELPDESK_URL"},
    {425, 425, LATER, "it asks to try again"},
    {429, 429, LATER, "that is more at once than it takes"},
    {400, 499, REFUSED, "it refuses this as it is"},
    {503, 503, LATER, "it is not taking anything just now"},
    {0, 999, BROKE, "it failed"},
};

static void refused(struct desk_try *t, const struct heard *h)
{
    struct buf words;
    buf_init(&words, 300);
    if (h->json)
        t->c->provider->desk->refusal(h->json, &words);
    if (!words.len)
        buf_puts(&words, h->json ? "" : h->text);
    say(t, OUTBOX_FAILED, h->code, "%s refuses it%s%s%s", t->c->provider->desk->name, words.len ? ": \"" : "", buf_str(&words), words.len ? "\"" : "");
    buf_finish(&words);
    end(t, false);
}

/* Somebody changed it between our look and our word: look again. A helpdesk of one's own says with it what it has. */
static void crossed(struct desk_try *t, const struct heard *h)
{
    const struct desk_api *api = t->c->provider->desk;
    bool says = !api->asks && h->json && api->ticket(t, h->json);
    if (!api->asks && t->step == STEP_STATUS && says && t->r.desk_state[0] && strcmp(t->r.desk_state, case_state_name(t->j->state)) != 0) {
        say(t, OUTBOX_FAILED, "conflict", "%s has it as %s meanwhile, so %s was not written over that", api->name, t->r.desk_state, case_state_name(t->j->state));
        end(t, false);
    } else if (!api->asks) {
        done(t);               /* it was there already */
    } else if (t->step == STEP_STATUS && t->looks < LOOKS_MOST) {
        ask(t, STEP_LOOK);
    } else {
        say(t, OUTBOX_RETRY, h->code, "%s answered 409: the ticket was being changed at that moment", api->name);
        end(t, false);
    }
}

static void went_wrong(struct desk_try *t, const struct heard *h)
{
    const struct desk_api *api = t->c->provider->desk;
    bool makes = (t->step == STEP_CREATE || t->step == STEP_COMMENT) && api->asks;
    bool of_ticket = t->j->desk_id && t->step != STEP_FIND && t->step != STEP_CREATE && (api->asks || h->status == 410);
    size_t i = 0;
    while (h->status < statuses[i].from || h->status > statuses[i].to)
        i++;
    enum meaning m = statuses[i].meaning;
    if (m == CROSSED) {
        crossed(t, h);
    } else if (m == REFUSED) {
        refused(t, h);
    } else if (m == GONE && of_ticket) {
        say(t, OUTBOX_FAILED, "gone", "%s has no ticket %s any more", api->name, t->j->desk_id);
        end(t, false);
    } else {
        say(t, m == LATER ? OUTBOX_RETRY : m == BROKE ? (makes ? OUTBOX_UNKNOWN : OUTBOX_RETRY) : OUTBOX_RETURNED, h->code, "%s answered %d: %s", api->name,
            h->status, statuses[i].says);
        t->r.retry_at = h->retry_at;
        end(t, true);
    }
}

static void no_answer(struct desk_try *t, const struct heard *h)
{
    const char *name = t->c->provider->desk->name;
    bool makes = (t->step == STEP_CREATE || t->step == STEP_COMMENT) && t->c->provider->desk->asks;
    if (h->unsaid)
        say(t, OUTBOX_FAILED, "unsaid", "%s", h->text);
    else if (h->went_out && makes)
        say(t, OUTBOX_UNKNOWN, h->code, "%s got it and did not say what became of it (%.90s); that is found out first", name, h->text);
    else if (h->stopped)
        say(t, OUTBOX_RETURNED, "stopped", "%s", h->text);
    else
        say(t, OUTBOX_RETRY, h->code, "%s could not be reached or did not answer (%.110s)", name, h->text);
    end(t, !h->unsaid && !h->stopped);
}

/* ---- the exchange ---- */

static bool on_write(void *ctx, struct post *q, struct err *e)
{
    struct desk_try *t = ctx;
    t->wall = q->wall;
    return t->c->provider->desk->write(q, t, e);
}

static void on_read(void *ctx, const struct heard *h)
{
    struct desk_try *t = ctx;
    if (h->stopped || !h->status)
        no_answer(t, h);
    else if (h->status >= 200 && h->status <= 299)
        went_well(t, h);
    else
        went_wrong(t, h);
}

static enum desk_step first_step(const struct desk_job *j, bool asks)
{
    bool again = j->fence > 1 && asks;
    switch (j->op) {
    case DESK_CREATE: return again ? STEP_FIND : STEP_CREATE;
    case DESK_COMMENT: return again ? STEP_COMMENTS : STEP_COMMENT;
    case DESK_STATUS: return asks ? STEP_LOOK : STEP_STATUS;
    case DESK_POLL: case DESK_OP_COUNT: break;
    }
    return STEP_LOOK;
}

void desk_send(struct net *n, const struct channel_url *c, const struct desk_job *j, desk_done_fn *on_done, void *ctx)
{
    struct desk_try *t = xcalloc(1, sizeof *t);
    *t = (struct desk_try){.net = n, .c = c, .j = j, .done = on_done, .ctx = ctx, .page = 1, .started = loop_now()};
    t->x = (struct exchange){on_write, on_read, t, &j->begin_by};
    t->r = (struct desk_result){.id = j->id, .fence = j->fence, .outcome = OUTBOX_RETURNED, .retry_at = WHEN_NONE, .desk_at = WHEN_NONE};
    ask(t, first_step(j, c->provider->desk->asks));
}
