/* Many messages before they go: how many now, later and not at all, and each one's text. */
#include "view/parts.h"

#include <stdio.h>
#include <string.h>

#include "app/bulk.h"
#include "base/number.h"
#include "base/when.h"

enum { MARGIN = 2, NAME = 10, COUNT = 8 };

static struct pen line(const struct frame *f, int row)
{
    return text_pen(f->s, row, MARGIN, f->m->cols - 2 * MARGIN);
}

static void number(struct pen *p, const struct frame *f, size_t n)
{
    char text[TEXT_SHORT];
    number_text((int64_t)n, text, sizeof text);
    if (p->row >= 0)
        screen_field_right(f->s, p->row, p->col, COUNT, n ? STYLE_STRONG : STYLE_DIM, text);
    text_skip(p, COUNT + 2);
    p->begun = false;
}

static void draw_title(const struct frame *f, int row)
{
    const struct bulk *b = &f->m->bulk;
    struct pen p = line(f, row);
    char n[TEXT_SHORT];
    enum channel channel;
    bool one = channel_parse(b->channel, strlen(b->channel), &channel);
    number_text((int64_t)b->id_count, n, sizeof n);
    text_printf(&p, STYLE_STRONG, "\"%s\" to %s exceptions", b->name, n);
    text_factf(&p, STYLE_NORMAL, "by %s", one ? channel_label(channel) : "the best channel for each");
    if (b->macro.name[0] != '\0')
        text_factf(&p, STYLE_ACCENT, "macro %s: %s", b->macro.name, b->macro.says);
}

static void draw_progress(const struct frame *f, int row)
{
    const struct bulk *b = &f->m->bulk;
    struct pen p = line(f, row);
    char done[TEXT_SHORT], all[TEXT_SHORT], keys[64];
    int width = f->m->cols >= 100 ? 40 : 20;
    int filled = b->id_count > 0 ? (int)((size_t)width * b->count / b->id_count) : width;
    number_text((int64_t)b->count, done, sizeof done);
    number_text((int64_t)b->id_count, all, sizeof all);
    if (b->sending || b->count < b->id_count) {
        text_put(&p, STYLE_DIM, "[");
        screen_fill(f->s, row, p.col, filled, STYLE_ACCENT, '#');
        screen_fill(f->s, row, p.col + filled, width - filled, STYLE_DIM, '.');
        text_skip(&p, width);
        text_put(&p, STYLE_DIM, "] ");
    }
    if (b->sending)
        text_put(&p, STYLE_STRONG, "queueing them...");
    else if (b->count < b->id_count && b->halted && f->m->link == LINK_LIVE)
        text_printf(&p, STYLE_WARN, "%s of %s previewed, then it failed: %s goes on", done, all,
                    keymap_keys_of(f->m->keymap, IN_BULK, ACTION_SEND, NULL, keys, sizeof keys) ? keys : "send");
    else if (b->count < b->id_count)
        text_printf(&p, STYLE_NORMAL, "%s of %s previewed%s", done, all,
                    f->m->link == LINK_LIVE ? "" : ", goes on when the connection is back");
    else
        text_printf(&p, STYLE_GOOD, "%s previewed", done);
    if (b->pass[0] != '\0')
        text_factf(&p, STYLE_ACCENT, "warnings passed: %s", b->pass);
}

static void channels(struct pen *p, const size_t *count)
{
    char n[TEXT_SHORT];
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        number_text((int64_t)count[i], n, sizeof n);
        if (count[i] > 0)
            text_factf(p, STYLE_NORMAL, "%s %s", channel_label((enum channel)i), n);
    }
}

static void draw_now(const struct frame *f, int row)
{
    const struct bulk_sum *s = &f->m->bulk.sum;
    struct pen p = line(f, row);
    char n[TEXT_SHORT];
    text_field(&p, NAME, STYLE_GOOD, "go now");
    number(&p, f, s->fate[BULK_NOW]);
    channels(&p, s->channel[0]);
    number_text((int64_t)s->segments, n, sizeof n);
    if (s->segments > s->channel[0][CHANNEL_SMS] + s->channel[1][CHANNEL_SMS])
        text_factf(&p, STYLE_WARN, "%s SMS segments in all", n);
}

static void draw_later(const struct frame *f, int row)
{
    const struct model *m = f->m;
    const struct bulk_sum *s = &m->bulk.sum;
    struct pen p = line(f, row);
    char from[TEXT_SHORT], to[TEXT_SHORT];
    text_field(&p, NAME, STYLE_NORMAL, "later");
    number(&p, f, s->fate[BULK_LATER]);
    channels(&p, s->channel[1]);
    if (s->later_from == WHEN_NONE)
        return;
    text_moment(s->later_from, m->now, &m->zone, from, sizeof from);
    text_moment(s->later_to, m->now, &m->zone, to, sizeof to);
    if (strcmp(from, to) == 0)
        text_factf(&p, STYLE_NORMAL, "at %s", from);
    else
        text_factf(&p, STYLE_NORMAL, "from %s until %s", from, to);
}

static void draw_skipped(const struct frame *f, int row)
{
    const struct bulk_sum *s = &f->m->bulk.sum;
    struct pen p = line(f, row);
    char n[TEXT_SHORT];
    text_field(&p, NAME, STYLE_WARN, "skipped");
    number(&p, f, s->fate[BULK_SKIPPED]);
    if (s->warned > 0) {
        number_text((int64_t)s->warned, n, sizeof n);
        text_factf(&p, STYLE_WARN, "%s a lead may pass", n);
    }
    for (int i = 0; i < GUARDRAIL_COUNT; i++) {
        number_text((int64_t)s->why[i], n, sizeof n);
        if (s->why[i] > 0)
            text_factf(&p, STYLE_NORMAL, "%s %s", guardrail_label((enum guardrail)i), n);
    }
}

static void draw_lists(const struct frame *f, int row)
{
    static const char *const names[LIST_COUNT] = {"All", "Now", "Later", "Skipped"};
    struct pen p = line(f, row);
    for (int i = 0; i < LIST_COUNT; i++) {
        bool here = (enum bulk_list)i == f->m->bulk.list;
        text_printf(&p, here ? STYLE_ACCENT : STYLE_DIM, "%s%s", names[i], here ? "*" : "");
        text_skip(&p, 2);
    }
}

static void draw_item(const struct frame *f, int row, const struct message *msg, bool here)
{
    const struct model *m = f->m;
    const struct verdict *worst = bulk_verdict(m, msg);
    enum bulk_fate fate = bulk_fate(m, msg);
    struct pen p = line(f, row);
    char id[32], moment[TEXT_SHORT];
    snprintf(id, sizeof id, "#%lld", (long long)msg->exception_id);
    text_field(&p, 2, here ? STYLE_CURSOR : STYLE_NORMAL, here ? ">" : "");
    text_field(&p, 2, fate == BULK_NOW ? STYLE_GOOD : fate == BULK_LATER ? STYLE_NORMAL : STYLE_WARN,
               fate == BULK_NOW ? f->g->yes : fate == BULK_LATER ? f->g->pause : f->g->no);
    text_field(&p, 10, STYLE_ACCENT, id);
    text_field(&p, m->cols >= 100 ? 28 : 18, here ? STYLE_STRONG : STYLE_NORMAL, msg->to_name);
    text_skip(&p, 1);
    text_field(&p, 9, STYLE_NORMAL, msg->body && msg->body[0] ? channel_label(msg->channel) : "");
    text_field(&p, 4, STYLE_DIM, msg->language);
    if (fate == BULK_LATER && worst != NULL && worst->until != WHEN_NONE) {
        text_moment(worst->until, m->now, &m->zone, moment, sizeof moment);
        text_printf(&p, STYLE_NORMAL, "at %s: ", moment);
    }
    if (worst != NULL)
        text_printf(&p, fate == BULK_SKIPPED ? STYLE_WARN : STYLE_DIM, "%s: %s", guardrail_label(worst->guardrail), worst->message);
}

static void draw_list(const struct frame *f, int top, int rows)
{
    const struct bulk *b = &f->m->bulk;
    size_t first = b->cursor >= (size_t)rows ? b->cursor - (size_t)rows + 1 : 0, at = 0;
    for (size_t i = 0; i < b->count && at < first + (size_t)rows; i++) {
        if (!bulk_listed(f->m, &b->messages[i]))
            continue;
        if (at >= first)
            draw_item(f, top + (int)(at - first), &b->messages[i], at == b->cursor);
        at++;
    }
    if (at == 0) {
        struct pen p = line(f, top);
        text_put(&p, STYLE_DIM, b->count ? "None of them." : "");
    }
}

static void draw_text(const struct frame *f, int top, int bottom)
{
    const struct message *msg = bulk_chosen(f->m);
    int width = f->m->cols - 2 * MARGIN;
    width = width > 78 ? 78 : width;
    if (msg == NULL || top >= bottom)
        return;
    struct pen p = line(f, top++);
    text_put(&p, STYLE_DIM, "To ");
    text_put(&p, STYLE_STRONG, msg->to[0] ? msg->to : "no address");
    if (msg->subject != NULL)
        text_fact(&p, STYLE_NORMAL, msg->subject);
    const char *text = msg->body != NULL ? msg->body : "";
    size_t len = strlen(text), from = 0, next = 0, end;
    do {
        end = editor_row(text, len, from, width, &next);
        if (top < bottom)
            screen_put_n(f->s, top++, MARGIN, width, STYLE_NORMAL, text + from, end - from);
        from = next;
    } while (end < len && top < bottom);
}

void view_bulk(const struct frame *f)
{
    int top = f->at.body_top, rows = bulk_list_rows(f->m);
    draw_title(f, top);
    draw_progress(f, top + 1);
    draw_now(f, top + 2);
    draw_later(f, top + 3);
    draw_skipped(f, top + 4);
    view_rule(f, top + 5, 0, f->m->cols);
    draw_lists(f, top + 6);
    draw_list(f, top + 7, rows);
    view_rule(f, top + 7 + rows, 0, f->m->cols);
    draw_text(f, top + 8 + rows, f->at.prompt_row);
}
