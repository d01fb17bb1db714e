/* One message as its customer will get it, what it could be instead, and what stands in its way. */
#include "view/parts.h"

#include <stdio.h>
#include <string.h>

#include "app/compose.h"
#include "base/utf8.h"
#include "base/when.h"
#include "core/sms.h"

enum { MARGIN = 2 };

static struct pen line(const struct frame *f, int row)
{
    return text_pen(f->s, row, MARGIN, f->m->cols - 2 * MARGIN);
}

/* ---- above: who, by which channel, with which template ---- */

static void draw_title(const struct frame *f, int row)
{
    const struct model *m = f->m;
    const struct compose *c = m->compose.c;
    struct pen p = line(f, row);
    char clock[TEXT_SHORT], there[96] = "";
    if (c != NULL) {
        text_clock(m->now, &(struct when_zone){.offset = {c->recipient_offset}}, clock, sizeof clock);
        bool zone = c->utc_offset_name[0] != '\0' && m->cols >= 76;     /* the name of who is written to comes first */
        snprintf(there, sizeof there, "there it is %s%s%s", clock, zone ? f->g->separator : "", zone ? c->utc_offset_name : "");
    }
    int width = text_columns(there);
    p.end -= width > 0 ? width + 2 : 0;
    text_printf(&p, STYLE_STRONG, "Message to %s", compose_customer(m));
    bool known = m->context != NULL && m->context_id == m->compose.id;
    if (known && strcmp(m->context->row.tier, "standard") != 0)
        text_fact(&p, STYLE_STRONG, m->context->row.tier);
    text_factf(&p, STYLE_ACCENT, "#%lld", (long long)m->compose.id);
    if (known)
        text_fact(&p, STYLE_NORMAL, kind_label(m->context->row.kind));
    if (p.end - p.col >= 0)
        screen_put(f->s, row, m->cols - MARGIN - width, width, STYLE_DIM, there);
}

/* What the customer knows already, or said last: nobody should have to look for it before writing. */
static void draw_told(const struct frame *f, int row)
{
    const struct told *t = &f->m->compose.c->told;
    struct pen p = line(f, row);
    char ago[TEXT_SHORT];
    text_ago(t->at, f->m->now, ago, sizeof ago);
    if (strcmp(ago, "now") == 0)
        snprintf(ago, sizeof ago, "just now");
    if (t->inbound) {
        text_printf(&p, STYLE_ACCENT, "%s %s wrote %s: %s", f->g->in, compose_customer(f->m), ago, t->what);
        return;
    }
    bool bad = t->state == OUTREACH_FAILED || t->state == OUTREACH_UNKNOWN || t->state == OUTREACH_HELD;
    bool gone = t->state == OUTREACH_SENT || t->state == OUTREACH_DELIVERED;
    text_printf(&p, bad ? STYLE_WARN : STYLE_NORMAL, "%s %s %s by %s: %s", f->g->out, gone ? "told" : "written", ago, t->who, t->what);
    text_fact(&p, STYLE_DIM, channel_label(t->channel));
    text_factf(&p, bad ? STYLE_WARN : STYLE_DIM, "%s%s", bad ? "! " : "", outreach_state_label(t->state));
}

static void draw_channels(const struct frame *f, int row)
{
    const struct composing *w = &f->m->compose;
    struct pen p = line(f, row);
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        bool here = (enum channel)i == w->channel, can = w->c == NULL || w->c->can[i];
        text_printf(&p, here ? STYLE_ACCENT : STYLE_DIM, "%s%s%s", channel_label((enum channel)i), here ? "*" : "",
                    can ? "" : " (cannot)");
        text_skip(&p, 3);
    }
    if (w->c != NULL && !w->c->can[w->channel])
        text_put(&p, STYLE_WARN, w->c->cannot[w->channel]);
}

static void draw_candidate(const struct frame *f, int row, int index)
{
    const struct model *m = f->m;
    const struct candidate *t = &m->compose.c->candidates[index];
    bool here = index == m->compose.choice;
    struct pen p = line(f, row);
    int name = m->cols >= 100 ? 36 : m->cols >= 76 ? 26 : 20;
    text_field(&p, 2, here ? STYLE_CURSOR : STYLE_NORMAL, here ? ">" : "");
    text_field(&p, 2, t->fits ? STYLE_GOOD : STYLE_WARN, t->fits ? f->g->yes : f->g->no);
    text_field(&p, name, here ? STYLE_STRONG : t->fits ? STYLE_NORMAL : STYLE_DIM, t->title[0] ? t->title : t->name);
    text_skip(&p, 1);
    text_field(&p, 6, STYLE_NORMAL, t->language);
    text_field(&p, 10, t->approved ? STYLE_NORMAL : STYLE_WARN, t->approved ? "approved" : "draft");
    text_put(&p, STYLE_DIM, t->why);
}

static void draw_templates(const struct frame *f, const struct compose_layout *l)
{
    const struct model *m = f->m;
    int total = compose_candidate_count(m, m->compose.channel), at = 0;
    for (int i = 0; i < total; i++)
        if (compose_candidate(m, i) == m->compose.choice)
            at = i;
    int first = at >= l->list_rows ? at - l->list_rows + 1 : 0;
    for (int i = first; i < total && i < first + l->list_rows; i++)
        draw_candidate(f, l->list_top + i - first, compose_candidate(m, i));
    if (total == 0 && m->compose.c != NULL) {
        struct pen p = line(f, l->list_top);
        text_printf(&p, STYLE_DIM, "No template for this by %s.", channel_label(m->compose.channel));
    }
    view_rule(f, l->list_top + l->list_rows, 0, m->cols);
    if (total > l->list_rows) {
        char n[48];
        snprintf(n, sizeof n, " %d of %d ", at + 1, total);
        screen_put(f->s, l->list_top + l->list_rows, m->cols - 2 - text_columns(n), text_columns(n), STYLE_DIM, n);
    }
}

/* ---- the message ---- */

static const char *body_of(const struct model *m)
{
    const struct composing *w = &m->compose;
    const char *text = w->editing == FIELD_BODY ? w->editor.text : w->message.body;
    return text != NULL ? text : "";
}

static void sms_facts(struct pen *p, const char *body)
{
    struct sms_size size = sms_measure(body, strlen(body));
    if (size.segments == 0)
        return;
    text_factf(p, size.segments > 1 ? STYLE_STRONG : STYLE_NORMAL, "%d segment%s", size.segments, size.segments == 1 ? "" : "s");
    if (size.first != 0) {         /* one character makes all of it dear: it is named */
        char ch[5] = "", clean[8];
        utf8_encode(size.first, ch);
        utf8_clean(ch, strlen(ch), clean, sizeof clean, UTF8_ONE_LINE);
        text_factf(p, STYLE_WARN, "%s because of %s", sms_encoding_name(&size), clean[0] ? clean : "a hidden character");
    } else {
        text_fact(p, STYLE_NORMAL, sms_encoding_name(&size));
    }
    text_factf(p, STYLE_NORMAL, "%d of %d", size.units, size.units + size.left);
}

static void draw_to(const struct frame *f, const struct compose_layout *l)
{
    const struct composing *w = &f->m->compose;
    struct pen p = text_pen(f->s, l->to_row, MARGIN, (l->beside ? l->side_left - 2 : f->m->cols - MARGIN) - MARGIN);
    text_field(&p, 9, STYLE_DIM, "To");
    p.begun = false;
    text_fact(&p, w->message.to[0] ? STYLE_STRONG : STYLE_WARN, w->message.to[0] ? w->message.to : w->shown ? "no address" : "");
    text_fact(&p, STYLE_NORMAL, w->message.language);
    if (w->channel == CHANNEL_SMS)
        sms_facts(&p, body_of(f->m));
    if (w->message.html != NULL && w->message.html[0] != '\0')
        text_fact(&p, STYLE_DIM, "with an HTML part");
}

/* On the rule above the text: that it is not the template's any more. */
static void draw_edited(const struct frame *f, int row)
{
    const struct composing *w = &f->m->compose;
    char moment[TEXT_SHORT];
    struct pen p = line(f, row);
    if (!w->message.edited)
        return;
    text_put(&p, STYLE_ACCENT, " edited");
    if (w->restored_at != WHEN_NONE) {
        text_moment(w->restored_at, f->m->now, &f->m->zone, moment, sizeof moment);
        text_printf(&p, STYLE_ACCENT, "%syour draft of %s", f->g->separator, moment);
    }
    text_put(&p, STYLE_ACCENT, " ");
}

static void draw_subject(const struct frame *f, const struct compose_layout *l)
{
    const struct composing *w = &f->m->compose;
    bool edited = w->editing == FIELD_SUBJECT;
    const char *text = edited ? w->editor.text : w->message.subject != NULL ? w->message.subject : "";
    struct pen p = text_pen(f->s, l->subject_row, MARGIN, l->text_cols);
    text_field(&p, 9, STYLE_DIM, "Subject");
    int width = p.end - p.col;
    if (!edited) {
        text_put(&p, STYLE_STRONG, text[0] ? text : w->shown ? "(none)" : "");
        return;
    }
    size_t from = 0;
    uint32_t cp;
    while (from < w->editor.at && (int)utf8_width(text + from, w->editor.at - from) >= width)
        from += utf8_decode(text + from, w->editor.at - from, &cp);
    screen_put_n(f->s, l->subject_row, p.col, width, STYLE_INPUT, text + from, w->editor.len - from);
    f->s->cursor_row = l->subject_row;
    f->s->cursor_col = p.col + (int)utf8_width(text + from, w->editor.at - from);
    f->s->cursor_visible = true;
}

/* Why there is no text, where it would stand. */
static const char *instead(const struct model *m)
{
    const struct composing *w = &m->compose;
    if (w->c == NULL && m->link != LINK_LIVE)
        return "Not connected: this is read as soon as it is back.";
    if (w->loading || w->c == NULL)
        return "Reading the templates...";
    if (w->previewing)
        return m->link == LINK_LIVE ? "Filling it in..." : "Not connected: this is filled in as soon as it is back.";
    if (w->message.body != NULL && w->message.body[0] != '\0')
        return "";
    return compose_chosen(m) == NULL ? "Nothing is written yet: e writes it by hand, Tab looks at another channel."
                                     : "This template cannot be filled in here; what is missing stands with the reasons.";
}

/* Rows of the text, the chosen part of them on the screen; returns how many there are. */
static int draw_rows(const struct frame *f, const struct compose_layout *l, const char *text, enum style style)
{
    const struct composing *w = &f->m->compose;
    size_t len = strlen(text), from = 0, next = 0, end = 0;
    int row = 0;
    do {
        end = editor_row(text, len, from, l->text_cols, &next);
        if (row >= w->top && row < w->top + l->text_rows)
            screen_put_n(f->s, l->text_top + row - w->top, l->text_left, l->text_cols, style, text + from, end - from);
        from = next;
        row++;
    } while (end < len);
    return row;
}

static void draw_caret(const struct frame *f, const struct compose_layout *l, const char *text)
{
    const struct composing *w = &f->m->compose;
    int row, col;
    editor_place(text, w->editor.len, l->text_cols, w->editor.at, &row, &col);
    if (row < w->top || row >= w->top + l->text_rows)
        return;
    f->s->cursor_row = l->text_top + row - w->top;
    f->s->cursor_col = l->text_left + col;
    f->s->cursor_visible = true;
}

static void draw_text(const struct frame *f, const struct compose_layout *l)
{
    const struct composing *w = &f->m->compose;
    const char *text = body_of(f->m), *none = instead(f->m);
    bool editing = w->editing == FIELD_BODY;
    if (!editing && none[0] != '\0') {
        draw_rows(f, &(struct compose_layout){.text_top = l->text_top, .text_left = l->text_left, .text_cols = l->text_cols,
                                              .text_rows = l->text_rows}, none, STYLE_DIM);
        return;
    }
    int rows = draw_rows(f, l, text, editing ? STYLE_INPUT : STYLE_NORMAL);
    if (editing)
        draw_caret(f, l, text);
    if (rows > l->text_rows) {
        char n[64];
        int last = w->top + l->text_rows < rows ? w->top + l->text_rows : rows;
        snprintf(n, sizeof n, " lines %d-%d of %d ", w->top + 1, last, rows);
        int right = l->beside ? l->side_left - 2 : f->m->cols - MARGIN;
        screen_put(f->s, l->list_top + l->list_rows, right - text_columns(n), text_columns(n), STYLE_DIM, n);
    }
}

/* ---- what stands in its way ---- */

struct side { const struct frame *f; int row, end, left, width; };

static void side_text(struct side *s, enum style style, const char *sign, const char *text)
{
    size_t n = strlen(text), at = 0;
    int indent = sign[0] ? 2 : 0;
    do {
        size_t next = n - at, used = text_wrap(text + at, n - at, s->width - indent, &next);
        if (s->row >= s->end)
            return;
        struct pen p = text_pen(s->f->s, s->row, s->left, s->width);
        if (at == 0 && indent)
            text_put(&p, style, sign);
        p.col = s->left + indent;
        bool cut = s->row + 1 == s->end && at + next < n;    /* no room for the rest: the line says that there is one */
        text_printf(&p, style, "%.*s%s", (int)used, text + at, cut && (int)used + 3 < s->width - indent ? "..." : "");
        s->row++;
        at += next;
    } while (at < n);
}

static void draw_verdict(struct side *s, const struct verdict *v)
{
    static const enum style styles[VERDICT_COUNT] = {[VERDICT_WARN] = STYLE_WARN, [VERDICT_DEFER] = STYLE_NORMAL, [VERDICT_BLOCK] = STYLE_BAD};
    const struct glyphs *g = s->f->g;
    const struct model *m = s->f->m;
    const char *sign = v->effect == VERDICT_BLOCK ? g->no : v->effect == VERDICT_DEFER ? g->pause : "!";
    size_t n = strlen(v->message);
    const char *stop = n > 0 && strchr(".!?", v->message[n - 1]) == NULL ? "." : "";
    char text[420], until[TEXT_SHORT], more[140] = "";
    if (v->effect == VERDICT_DEFER && v->until != WHEN_NONE) {
        text_moment(v->until, m->now, &m->zone, until, sizeof until);
        snprintf(more, sizeof more, "%s Waits until %s here.", stop, until);
    } else if (v->effect == VERDICT_WARN) {
        snprintf(more, sizeof more, "%s May be passed by %s.", stop, guardrail_passed_by(v->guardrail));
    }
    snprintf(text, sizeof text, "%s: %s%s", guardrail_label(v->guardrail), v->message, more);
    side_text(s, styles[v->effect], sign, text);
}

static void draw_goes(struct side *s)
{
    const struct model *m = s->f->m;
    const struct composing *w = &m->compose;
    const struct verdict *worst = message_worst(&w->message);
    char text[320];
    if (w->pass[0] != '\0') {
        snprintf(text, sizeof text, "You pass the warnings: %s", w->pass);
        side_text(s, STYLE_ACCENT, "", text);
    }
    if (w->macro.name[0] != '\0') {
        snprintf(text, sizeof text, "Macro %s: %s", w->macro.title[0] ? w->macro.title : w->macro.name, w->macro.says);
        side_text(s, STYLE_ACCENT, "", text);
    }
    if (m->link == LINK_LIVE && w->trouble[0] == '\0' && (worst == NULL || worst->effect == VERDICT_WARN)) {
        snprintf(text, sizeof text, "It goes out %d s after you confirm; until then it can be taken back.", (int)w->message.undo_seconds);
        side_text(s, STYLE_DIM, "", text);
    }
}

static void draw_side(const struct frame *f, const struct compose_layout *l)
{
    const struct composing *w = &f->m->compose;
    struct side s = {f, l->side_top, l->side_top + l->side_rows, l->side_left, l->side_cols};
    if (!l->beside)
        view_rule(f, l->side_top - 1, 0, f->m->cols);
    for (int row = l->side_top; l->beside && row < s.end; row++)
        screen_fill(f->s, row, l->side_left - 2, 1, STYLE_RULE, f->g->vertical);
    if (w->trouble[0] != '\0')
        side_text(&s, STYLE_BAD, f->g->no, w->trouble);
    if (f->m->link != LINK_LIVE)
        side_text(&s, STYLE_WARN, "!", "Not connected: it cannot be sent now. What you wrote stays, and is kept when it is back.");
    if (!w->shown)
        return;
    if (w->checking && f->m->link != LINK_LIVE)
        return;                        /* what stood there was said of another text */
    if (w->checking) {
        side_text(&s, STYLE_DIM, f->g->stale, "Checking what you changed");
        return;
    }
    for (size_t i = 0; i < w->message.verdict_count; i++)
        draw_verdict(&s, &w->message.verdicts[i]);
    if (w->message.verdict_count == 0 && w->trouble[0] == '\0')
        side_text(&s, STYLE_GOOD, f->g->yes, "nothing in the way");
    draw_goes(&s);
}

void view_compose(const struct frame *f)
{
    struct compose_layout l;
    compose_layout(f->m, &l);
    draw_title(f, l.title_row);
    if (l.told_row >= 0)
        draw_told(f, l.told_row);
    draw_channels(f, l.channel_row);
    draw_templates(f, &l);
    draw_edited(f, l.list_top + l.list_rows);
    draw_to(f, &l);
    if (l.subject_row >= 0)
        draw_subject(f, &l);
    draw_text(f, &l);
    draw_side(f, &l);
}
