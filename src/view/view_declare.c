/* Declaring or changing an outage: what is set on the left, what it would do beside it or below. */
#include "view/parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/act.h"
#include "app/outage.h"
#include "base/number.h"
#include "base/when.h"

enum { MARGIN = 2, LABEL = 15, BESIDE_FROM = 100, SIDE = 44, TALL = 20 };

struct area { int top, bottom, left, width; };

static const char *const labels[FORM_FIELDS] = {
    [FORM_SCOPE] = "Outage of", [FORM_MESSAGE] = "Everybody reads", [FORM_HOLD] = "Messages", [FORM_PAUSE] = "SLA",
    [FORM_STATUS] = "Status", [FORM_UNTIL] = "Ends",
};

static void field_text(const struct frame *f, enum outage_form_field field, char *out, size_t size)
{
    const struct model *m = f->m;
    const struct declaring *d = &m->declaring;
    char when[TEXT_SHORT];
    text_moment(d->until, m->now, &m->zone, when, sizeof when);
    switch (field) {
    case FORM_SCOPE: snprintf(out, size, "%s", d->scope[0] ? d->scope : "not said yet"); break;
    case FORM_MESSAGE: snprintf(out, size, "%s", d->message[0] ? d->message : "not written yet"); break;
    case FORM_HOLD: snprintf(out, size, "%s", d->hold ? "[x] automatic messages are held until it ends" : "[ ] messages go out as ever"); break;
    case FORM_PAUSE: snprintf(out, size, "%s", d->pause ? "[x] clocks stand still until it ends" : "[ ] clocks run"); break;
    case FORM_STATUS:
        if (d->status == STATUS_COUNT)
            snprintf(out, size, "what the carrier says, no override");
        else
            snprintf(out, size, "\"%s\" while it lasts", status_label(d->status));
        break;
    case FORM_UNTIL: snprintf(out, size, "%s%s", d->until == WHEN_NONE ? "when somebody ends it" : "by itself at ", d->until == WHEN_NONE ? "" : when); break;
    case FORM_FIELDS: break;
    }
}

static int wrapped(const struct frame *f, int row, const struct area *a, int indent, enum style style, const char *text)
{
    int width = a->width - indent;
    for (size_t at = 0, n = strlen(text), next; at < n; at += next) {
        size_t used = text_wrap(text + at, n - at, width, &next);
        if (row < a->bottom)
            screen_put_n(f->s, row, a->left + indent, width, style, text + at, used);
        row++;
    }
    return row;
}

static int draw_fields(const struct frame *f, const struct area *a)
{
    const struct declaring *d = &f->m->declaring;
    int row = a->top;
    for (int i = 0; i < FORM_FIELDS; i++) {
        enum outage_form_field field = (enum outage_form_field)i;
        bool here = d->field == field, missing = (field == FORM_SCOPE && !d->scope[0]) || (field == FORM_MESSAGE && !d->message[0]);
        char text[PROMPT_TEXT + 8];
        if (d->id && field == FORM_STATUS)
            continue;
        if (here && row < a->bottom) {
            screen_put(f->s, row, 0, 1, STYLE_CURSOR, ">");
            f->s->cursor_row = row;
            f->s->cursor_col = 0;
        }
        if (row < a->bottom)
            screen_put(f->s, row, a->left, LABEL, STYLE_DIM, labels[i]);
        field_text(f, field, text, sizeof text);
        enum style style = missing ? STYLE_WARN : here ? STYLE_STRONG : STYLE_NORMAL;
        if (f->m->rows >= TALL)
            row = wrapped(f, row, a, LABEL + 1, style, text);
        else if (row < a->bottom)      /* what it would do matters more than the end of a text */
            screen_field(f->s, row++, a->left + LABEL + 1, a->width - LABEL - 1, style, text);
    }
    return row;
}

/* ---- what it would do ---- */

static int effect(const struct frame *f, int row, const struct area *a, int64_t n, enum style style, const char *fmt)
{
    char number[TEXT_SHORT], text[300];
    number_text(n, number, sizeof number);
    if (row < a->bottom)
        screen_field_right(f->s, row, a->left, 8, n ? STYLE_STRONG : STYLE_DIM, number);
    snprintf(text, sizeof text, "%s", fmt);
    return wrapped(f, row, a, 9, style, text);
}

static int draw_numbers(const struct frame *f, int row, const struct area *a, const struct outage_preview *v)
{
    const struct declaring *d = &f->m->declaring;
    char text[200], open[TEXT_SHORT];
    number_text(v->open, open, sizeof open);
    snprintf(text, sizeof text, "of %s open exceptions, %s with an owner", open, grouped(v->owned).text);
    row = effect(f, row, a, v->exceptions, STYLE_NORMAL, text);
    row = effect(f, row, a, v->shipments, STYLE_NORMAL, d->status == STATUS_COUNT ? "parcels on their way"
                 : "parcels on their way get the status; where that is many, a second lead approves it first");
    row = effect(f, row, a, v->messages, STYLE_NORMAL, d->hold ? "queued messages are held" : "queued messages go out all the same");
    row = effect(f, row, a, v->clocks, STYLE_NORMAL, d->pause ? "SLA clocks stand still" : "SLA clocks go on running");
    if (v->overlaps > 0)
        row = effect(f, row, a, v->overlaps, STYLE_WARN, v->overlaps == 1 ? "live outage overlaps with it: the stricter holds"
                                                                          : "live outages overlap with it: the strictest holds");
    return row;
}

static int draw_preview(const struct frame *f, const struct area *a)
{
    const struct model *m = f->m;
    const struct declaring *d = &m->declaring;
    const struct outage_preview *v = d->preview;
    char when[TEXT_SHORT], text[320];
    int row = a->top;
    struct pen p = text_pen(f->s, row++, a->left, a->width);
    text_put(&p, STYLE_ACCENT, d->id ? "As it stands" : "What it would do");
    if (v != NULL) {
        text_moment(d->read_at, m->now, &m->zone, when, sizeof when);
        text_factf(&p, STYLE_DIM, "as of %s", when);
        row = draw_numbers(f, row, a, v);
    } else if (d->id) {
        number_text(d->was.exceptions, when, sizeof when);
        snprintf(text, sizeof text, "%s exceptions, %s messages held", when, grouped(d->was.held).text);
        row = wrapped(f, row, a, 0, STYLE_NORMAL, text);
    } else {
        row = wrapped(f, row, a, 0, STYLE_DIM, !d->scope[0] ? "Say first what it is about." : m->link != LINK_LIVE
                      ? "Not connected: it is looked up when the connection is back." : d->trouble[0] ? "It could not be looked up." : "looking...");
    }
    if (v != NULL && v->warning[0] != '\0') {
        snprintf(text, sizeof text, "! %s", v->warning);
        row = wrapped(f, row, a, 0, STYLE_WARN, text);
    }
    if ((v != NULL && !v->allowed) || d->trouble[0] != '\0') {
        snprintf(text, sizeof text, "! %s", d->trouble[0] ? d->trouble : v->refusal);
        row = wrapped(f, row, a, 0, STYLE_BAD, text);
    }
    return row;
}

void view_declare(const struct frame *f)
{
    const struct model *m = f->m;
    const struct declaring *d = &m->declaring;
    bool beside = m->cols >= BESIDE_FROM;
    int top = f->at.body_top;
    struct area left = {.top = top + 2, .bottom = f->at.prompt_row, .left = MARGIN,
                        .width = m->cols - 2 * MARGIN - (beside ? SIDE + 2 : 0)};
    struct pen p = text_pen(f->s, top, MARGIN, m->cols - 2 * MARGIN);
    if (d->id)
        text_printf(&p, STYLE_STRONG, "Change outage %" PRId32, d->id);
    else
        text_put(&p, STYLE_STRONG, "Declare an outage");
    if (d->preview != NULL)
        text_fact(&p, STYLE_NORMAL, d->preview->title);
    view_rule(f, top + 1, 0, m->cols);
    int row = draw_fields(f, &left);
    struct area right = {.top = left.top, .bottom = left.bottom, .left = m->cols - SIDE, .width = SIDE - MARGIN};
    if (!beside) {
        bool rule = m->rows >= TALL && row < left.bottom;
        if (rule)
            view_rule(f, row, 0, m->cols);
        right = (struct area){.top = row + rule, .bottom = left.bottom, .left = MARGIN, .width = m->cols - 2 * MARGIN};
    }
    if (right.top < right.bottom)
        draw_preview(f, &right);
}
