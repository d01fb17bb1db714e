/* Batches of overrides: what waits for a second lead, what was applied, and what can be done about each. */
#include "view/parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/override.h"
#include "base/number.h"
#include "base/when.h"

enum { MARGIN = 2, NAME = 12 };

static struct pen at_row(const struct frame *f, int row) { return text_pen(f->s, row, MARGIN, f->m->cols - 2 * MARGIN); }

static void draw_lists(const struct frame *f, int row)
{
    static const char *const names[BATCH_LIST_COUNT] = {"Waiting", "Mine", "All"};
    const struct batches *b = &f->m->batches;
    struct pen p = at_row(f, row);
    text_put(&p, STYLE_STRONG, "Batches of overrides");
    text_skip(&p, 3);
    for (int i = 0; i < BATCH_LIST_COUNT; i++) {
        bool here = (enum batch_list)i == b->which;
        text_printf(&p, here ? STYLE_ACCENT : STYLE_DIM, "%s%s", names[i], here ? "*" : "");
        if (here && b->known)
            text_printf(&p, STYLE_NORMAL, " %s", grouped((int64_t)b->count).text);
        text_skip(&p, 2);
    }
}

static enum style state_style(enum batch_state s)
{
    return s == BATCH_PENDING ? STYLE_WARN : s == BATCH_APPLIED ? STYLE_GOOD : STYLE_DIM;
}

static void draw_row(const struct frame *f, int row, const struct batch_row *b, bool here)
{
    const struct model *m = f->m;
    struct pen p = at_row(f, row);
    char id[24], n[TEXT_SHORT], moment[TEXT_SHORT];
    snprintf(id, sizeof id, "%" PRId64, b->id);
    number_text(b->shipments, n, sizeof n);
    text_moment(b->at, m->now, &m->zone, moment, sizeof moment);
    text_field(&p, 2, here ? STYLE_CURSOR : STYLE_NORMAL, here ? ">" : "");
    text_field(&p, 6, STYLE_ACCENT, id);
    text_field(&p, 10, state_style(b->state), b->state == BATCH_PENDING ? "waiting" : batch_state_name(b->state));
    if (p.row >= 0)
        screen_field_right(f->s, p.row, p.col, 8, STYLE_STRONG, n);
    text_skip(&p, 9);
    text_field(&p, m->cols >= 100 ? 20 : 15, STYLE_NORMAL, status_label(b->status));
    text_skip(&p, 1);             /* a long one is cut, and does not touch the name */
    text_field(&p, m->cols >= 100 ? 14 : 9, b->mine ? STYLE_STRONG : STYLE_NORMAL, b->mine ? "me" : b->by);
    text_skip(&p, 1);
    text_field(&p, 13, STYLE_DIM, moment);
    if (b->conflicts != 0)
        text_printf(&p, STYLE_WARN, "%" PRId32 " conflict%s  ", b->conflicts, b->conflicts == 1 ? "" : "s");
    text_put(&p, STYLE_DIM, b->note);
}

/* ---- the chosen one ---- */

struct sheet { const struct frame *f; int row, end; };

static void fact(struct sheet *s, const char *name, enum style style, const char *value)
{
    size_t n = strlen(value);
    for (size_t at = 0, next; at < n && s->row < s->end; at += next) {
        size_t used = text_wrap(value + at, n - at, s->f->m->cols - 2 * MARGIN - NAME, &next);
        struct pen pen = at_row(s->f, s->row++);
        text_field(&pen, NAME, STYLE_DIM, at == 0 ? name : "");
        text_printf(&pen, style, "%.*s", (int)used, value + at);
    }
}

static void decided(struct sheet *s, const char *name, int64_t at, const char *by)
{
    char moment[TEXT_SHORT], text[160];
    if (at == WHEN_NONE || at == 0)
        return;
    text_moment(at, s->f->m->now, &s->f->m->zone, moment, sizeof moment);
    snprintf(text, sizeof text, "%s%s%s", moment, by[0] ? " by " : "", by);
    fact(s, name, STYLE_NORMAL, text);
}

static void draw_offers(struct sheet *s, const struct batch_row *b)
{
    static const struct { enum action action; const char *word; } offers[] = {
        {ACTION_BATCH_APPROVE, "approve"}, {ACTION_BATCH_REJECT, "reject"}, {ACTION_BATCH_WITHDRAW, "withdraw"},
        {ACTION_BATCH_REVERT, "take all of it back"},
    };
    const struct model *m = s->f->m;
    struct pen pen = at_row(s->f, s->row++);
    bool any = false;
    for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++) {
        char keys[64];
        bool lead = (action_info(offers[i].action)->needs & NEED_LEAD) == 0 || m->hello.level >= ROLE_LEAD;
        if (!lead || !batches_offers(m, b, offers[i].action) || !keymap_keys_of(m->keymap, IN_BATCHES, offers[i].action, NULL, keys, sizeof keys))
            continue;
        text_put(&pen, STYLE_KEY, keys);
        text_printf(&pen, STYLE_NORMAL, " %s", offers[i].word);
        text_skip(&pen, 3);
        any = true;
    }
    if (!any && b->state == BATCH_PENDING)
        text_put(&pen, STYLE_DIM, b->mine ? "Waits for a lead other than you." : "Waits for a lead other than who asked.");
}

static void draw_whole(const struct frame *f, int top, const struct batch_row *b)
{
    struct sheet s = {f, top, f->at.prompt_row};
    char text[300], until[TEXT_SHORT];
    enum override_reason reason;
    bool known = override_reason_parse(b->reason, strlen(b->reason), &reason);
    if (s.row >= s.end)
        return;
    draw_offers(&s, b);
    text_moment(b->expires_at, f->m->now, &f->m->zone, until, sizeof until);
    snprintf(text, sizeof text, "batch %" PRId64 ": %s shipment%s to \"%s\"%s%s%s", b->id, grouped(b->shipments).text, b->shipments == 1 ? "" : "s",
             status_label(b->status), b->expires_at == WHEN_NONE ? "" : " until ", b->expires_at == WHEN_NONE ? "" : until, b->outage_id ? ", with an outage" : "");
    fact(&s, "What", STYLE_STRONG, text);
    fact(&s, "Reason", STYLE_NORMAL, known ? override_reason_label(reason) : b->reason);
    fact(&s, "Note", STYLE_NORMAL, b->note);
    fact(&s, "Chosen by", STYLE_DIM, b->chosen);
    decided(&s, "Asked for", b->at, b->by);
    decided(&s, b->state == BATCH_REJECTED ? "Rejected" : b->state == BATCH_PENDING ? "" : "Approved", b->state == BATCH_PENDING ? WHEN_NONE : b->decided_at, b->decided_by);
    decided(&s, "Ended", b->ended_at, b->ended_by);
    if (b->state == BATCH_APPLIED || b->state == BATCH_REVERTED) {
        snprintf(text, sizeof text, "%" PRId32 " applied, %" PRId32 " skipped; %" PRId32 " in force now", b->applied, b->skipped, b->active);
        fact(&s, "Shipments", STYLE_NORMAL, text);
    }
    if (b->conflicts != 0) {
        snprintf(text, sizeof text, "! on %" PRId32 " the carrier says something else by now (is:conflict finds them)", b->conflicts);
        fact(&s, "", STYLE_WARN, text);
    }
}

void view_batches(const struct frame *f)
{
    static const char *const none[BATCH_LIST_COUNT] = {"Nothing waits for a second lead.", "You asked for no batch yet.", "There is no batch yet."};
    const struct batches *b = &f->m->batches;
    int top = view_top(f), rows = (f->at.prompt_row - top) / 2 - 1;
    draw_lists(f, top);
    if (b->count == 0) {
        struct pen p = at_row(f, top + 2);
        text_put(&p, STYLE_DIM, b->known ? none[b->which] : f->m->link == LINK_LIVE ? "Reading the batches..."
                                : "Not connected: the batches are read when it is back.");
        return;
    }
    size_t first = b->cursor >= (size_t)rows ? b->cursor - (size_t)rows + 1 : 0;
    int shown = 0;
    for (; shown < rows && first + (size_t)shown < b->count; shown++)
        draw_row(f, top + 1 + shown, &b->rows[first + (size_t)shown], first + (size_t)shown == b->cursor);
    view_rule(f, top + 1 + shown, 0, f->m->cols);
    draw_whole(f, top + 2 + shown, &b->rows[b->cursor]);
}
