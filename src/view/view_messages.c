/* The messages tab: what the customer was told and answered, newest first; the chosen one in full. */
#include "view/parts.h"

#include <stdio.h>
#include <string.h>

#include "app/messages.h"
#include "base/when.h"
#include "core/contact.h"

enum { MARGIN = 2, INDENT = 6 };

static struct pen line(const struct frame *f, struct pager *p)
{
    return text_pen(f->s, view_pager_row(p), MARGIN, f->m->cols - 2 * MARGIN);
}

static void paragraph(const struct frame *f, struct pager *p, enum style style, const char *text)
{
    int width = f->m->cols - 2 * MARGIN - INDENT;
    width = width > 90 ? 90 : width;
    size_t len = strlen(text), from = 0, next = 0, end;
    do {
        end = editor_row(text, len, from, width, &next);
        struct pen pen = line(f, p);
        text_skip(&pen, INDENT);
        text_printf(&pen, style, "%.*s", (int)(end - from), text + from);
        from = next;
    } while (end < len);
}

static void instant(const struct frame *f, struct pen *p, const char *what, int64_t at)
{
    char moment[TEXT_SHORT];
    if (at == WHEN_NONE)
        return;
    text_moment(at, f->m->now, &f->m->zone, moment, sizeof moment);
    text_factf(p, STYLE_NORMAL, "%s %s", what, moment);
}

/* "delivered 10:52 · opened 10:58", or what keeps it. */
static void draw_state(const struct frame *f, struct pen *p, const struct message_row *r)
{
    bool bad = r->state == OUTREACH_FAILED || r->state == OUTREACH_UNKNOWN || r->state == OUTREACH_HELD;
    if (r->inbound) {              /* what it says, in its first line */
        const char *body = r->body != NULL ? r->body + strspn(r->body, " \n") : "";
        text_factf(p, STYLE_ACCENT, "the customer %s%s%.*s", r->via[0] != '\0' ? "got in touch" : "wrote", body[0] ? ": " : "", (int)strcspn(body, "\n"), body);
        return;
    }
    if (r->state == OUTREACH_DELIVERED && r->delivered_at != WHEN_NONE)
        instant(f, p, "delivered", r->delivered_at);
    else
        text_factf(p, bad ? STYLE_WARN : STYLE_NORMAL, "%s%s", bad ? "! " : "", outreach_state_label(r->state));
    if (r->state == OUTREACH_QUEUED)
        instant(f, p, "from", r->send_after);
    if (r->state == OUTREACH_SENT)
        instant(f, p, "at", r->sent_at);
    if (r->state == OUTREACH_FAILED)
        instant(f, p, "at", r->failed_at);
    instant(f, p, "opened", r->opened_at);
    instant(f, p, "clicked", r->clicked_at);
    if (r->tries > 1)
        text_factf(p, STYLE_DIM, "%d attempts", (int)r->tries);
    text_fact(p, bad ? STYLE_WARN : STYLE_DIM, r->state_text);
}

/* By which way they came, where that is no channel of ours. */
static const char *way(const struct message_row *r)
{
    enum contact_way w;
    return contact_way_parse(r->via, strlen(r->via), &w) ? contact_way_label(w) : r->via;
}

static void draw_row(const struct frame *f, struct pager *p, const struct message_row *r, bool here)
{
    struct pen pen = line(f, p);
    char moment[TEXT_SHORT];
    text_moment(r->at, f->m->now, &f->m->zone, moment, sizeof moment);
    text_field(&pen, 2, here ? STYLE_CURSOR : STYLE_NORMAL, here ? ">" : "");
    text_field(&pen, 13, STYLE_DIM, moment);
    text_field(&pen, 3, r->inbound ? STYLE_ACCENT : STYLE_DIM, r->inbound ? f->g->in : f->g->out);
    text_field(&pen, 9, STYLE_STRONG, r->via[0] != '\0' ? way(r) : channel_label(r->channel));
    text_field(&pen, f->m->cols >= 100 ? 20 : 12, STYLE_NORMAL, r->who);
    text_skip(&pen, 1);
    pen.begun = false;
    draw_state(f, &pen, r);
}

/* The keys that help, of those that fit its state. */
static void draw_offers(const struct frame *f, struct pager *p, const struct message_row *r)
{
    static const struct { enum action action; const char *word; } offers[] = {
        {ACTION_RETRY_MESSAGE, "send it again"}, {ACTION_CANCEL_MESSAGE, "stop it"},
        {ACTION_MARK_SENT, "it did go out"}, {ACTION_MARK_FAILED, "it did not go out"},
    };
    struct pen pen = {.s = NULL};
    for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++) {
        char keys[64];
        if (!messages_offers(r, offers[i].action) ||
            !keymap_keys_of(f->m->keymap, IN_DETAIL, offers[i].action, NULL, keys, sizeof keys))
            continue;
        if (pen.s == NULL) {
            pen = line(f, p);
            text_skip(&pen, INDENT);
        }
        text_put(&pen, STYLE_KEY, keys);
        text_printf(&pen, STYLE_NORMAL, " %s", offers[i].word);
        text_skip(&pen, 3);
    }
}

static const char *advice(const struct message_row *r)
{
    if (r->inbound)
        return "";
    return r->state == OUTREACH_UNKNOWN ? "The provider did not say whether it took it. Look there, or ask the customer, before it is sent twice."
         : r->state == OUTREACH_FAILED ? "Put right what the reason names, or use another channel; then send it again."
         : r->state == OUTREACH_HELD ? "It does not go out by itself: what it says may not be true any more."
         : "";
}

static void draw_whole(const struct frame *f, struct pager *p, const struct message_row *r)
{
    struct pen pen = line(f, p);
    text_skip(&pen, INDENT);
    text_printf(&pen, STYLE_DIM, "%s %s", !r->inbound ? "to" : r->via[0] != '\0' ? "logged by" : "from", r->inbound ? r->who : r->to);
    pen.begun = true;
    text_fact(&pen, STYLE_DIM, r->template);
    if (r->subject[0] != '\0')
        paragraph(f, p, STYLE_STRONG, r->subject);
    if (r->body != NULL && r->body[0] != '\0')
        paragraph(f, p, STYLE_NORMAL, r->body);
    if (r->attempts != NULL && r->attempts[0] != '\0')
        paragraph(f, p, STYLE_DIM, r->attempts);
    if (advice(r)[0] != '\0')
        paragraph(f, p, STYLE_WARN, advice(r));
    if (!r->inbound)
        draw_offers(f, p, r);
    line(f, p);
}

static void draw_all(const struct frame *f, struct pager *p, int *from, int *to)
{
    const struct messages *t = &f->m->messages;
    for (size_t i = 0; i < t->count; i++) {
        bool here = i == t->cursor;
        if (here)
            *from = p->count;
        draw_row(f, p, &t->rows[i], here);
        if (here)
            draw_whole(f, p, &t->rows[i]);
        if (here)
            *to = p->count;
    }
}

/* The chosen one stands on the screen, from its beginning when it is too long for it. */
void view_messages(const struct frame *f, const struct context *c, struct pager *p)
{
    const struct messages *t = &f->m->messages;
    struct screen nothing = {.rows = 0, .cols = f->m->cols};
    struct frame off = *f;
    struct pager measure = {.top = 0, .rows = 0};
    int from = 0, to = 0;
    if (t->id != c->row.id || t->count == 0) {
        struct pen pen = line(f, p);
        text_put(&pen, STYLE_DIM, t->id != c->row.id ? "Reading the messages..." : "Nobody wrote to the customer yet, nor they to us.");
        return;
    }
    off.s = &nothing;
    draw_all(&off, &measure, &from, &to);
    int scroll = to > p->rows ? to - p->rows : 0;
    scroll = scroll > from ? from : scroll;
    p->scroll += p->rows > 0 ? scroll : 0;
    draw_all(f, p, &from, &to);
}
