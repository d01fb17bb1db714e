/* The pane under or beside the list: enough of one exception to judge it. */
#include "view/parts.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "app/groups.h"
#include "base/when.h"

enum { LABEL = 9,             /* "Reason", "Next": what stands before the text */
       ROOM_FOR_NONE = 40 };  /* columns left that allow saying what there is not */

/* Others looking at it: what notifications told since, else what the database knew. */
static void viewers_text(const struct model *m, const struct context *c, char *out, size_t size)
{
    size_t used = 0;
    int count = 0;
    out[0] = '\0';
    for (int i = 0; i < m->viewer_count; i++) {
        const struct viewer *v = &m->viewers[i];
        if (v->id != c->row.id || strcmp(v->role, m->hello.role) == 0)
            continue;
        int n = snprintf(out + used, size - used, "%s%s", count++ ? ", " : "", v->role);
        if (n < 0 || (size_t)n >= size - used)
            return;
        used += (size_t)n;
    }
    if (count == 0)
        snprintf(out, size, "%s", c->viewers);
}

void view_context_title(const struct frame *f, const struct context *c, struct pen *p, bool stale)
{
    const struct model *m = f->m;
    const struct queue_row *r = &c->row;
    char day[TEXT_SHORT], viewers[200];
    /* One cell in the margin, not another look for the line: a cursor step stays cheap. */
    if (stale && p->row >= 0)
        screen_put(f->s, p->row, p->col - 1, 1, STYLE_NORMAL, f->g->stale);
    text_printf(p, STYLE_ACCENT, "#%lld", (long long)r->id);
    text_skip(p, 1);
    text_put(p, STYLE_STRONG, kind_label(r->kind));
    text_factf(p, STYLE_NORMAL, "%s%s%s", r->carrier_name[0] ? r->carrier_name : r->carrier, c->service[0] ? " " : "", c->service);
    if (r->promised_at != WHEN_NONE) {
        text_day(r->promised_at, m->now, &m->zone, "", day, sizeof day);
        text_factf(p, STYLE_NORMAL, "promised %s", day);
    }
    text_day(c->edd_at, m->now, &m->zone, "none", day, sizeof day);
    if (c->edd_at != WHEN_NONE || p->end - p->col > ROOM_FOR_NONE)
        text_factf(p, STYLE_DIM, "EDD %s", day);
    viewers_text(m, c, viewers, sizeof viewers);
    if (viewers[0] != '\0')
        text_factf(p, STYLE_WARN, "%s %s viewing", viewers, strchr(viewers, ',') != NULL ? "are" : "is");
}

static void draw_who(const struct frame *f, const struct context *c, struct pen *p)
{
    const struct queue_row *r = &c->row;
    (void)f;
    text_put(p, STYLE_STRONG, r->customer[0] ? r->customer : "no customer known");
    text_fact(p, STYLE_NORMAL, r->tier);
    text_fact(p, STYLE_NORMAL, r->language);
    text_fact(p, STYLE_NORMAL, c->consent);
}

static void draw_order(const struct frame *f, const struct context *c, struct pen *p)
{
    const struct queue_row *r = &c->row;
    (void)f;
    if (r->order_number[0] != '\0')
        text_factf(p, STYLE_NORMAL, "order %s", r->order_number);
    text_fact(p, STYLE_NORMAL, c->total);
    text_factf(p, STYLE_NORMAL, "%s%s%s", r->city, r->city[0] && r->region[0] ? " " : "", r->region);
    text_fact(p, STYLE_NORMAL, c->address_type);
    if (c->access_instructions[0] != '\0')
        text_fact(p, STYLE_NORMAL, "access instructions on file");
}

static void draw_person(const struct frame *f, const struct context *c, struct pen *p)
{
    draw_who(f, c, p);
    draw_order(f, c, p);
}

static void draw_number(const struct frame *f, const struct context *c, struct pen *p)
{
    const struct queue_row *r = &c->row;
    int col = p->col;
    text_put(p, c->tracking_url[0] ? STYLE_LINK : STYLE_NORMAL, r->tracking_number);
    if (c->tracking_url[0] != '\0' && f->m->settings.links && f->s->rows > 0 && p->row >= 0) {
        snprintf(f->s->link, sizeof f->s->link, "%s", c->tracking_url);
        f->s->link_row = p->row;
        f->s->link_col = col;
        f->s->link_cols = p->col - col;
    }
    text_fact(p, STYLE_NORMAL, status_label(r->effective_status));
    if (r->carrier_status != r->effective_status)
        text_factf(p, STYLE_WARN, "carrier says %s", status_label(r->carrier_status));
    text_factf(p, STYLE_NORMAL, "%s, %s", state_name(r->state), r->owner[0] ? r->owner : "nobody's");
    if (r->tags[0] != '\0')
        text_factf(p, STYLE_ACCENT, "tagged %s", r->tags);
}

void view_next_step(const struct frame *f, const struct context *c, struct pen *p, bool with_then)
{
    char keys[64];
    bool armed = f->m->next_step_shown && f->m->next_step_id == c->row.id;
    if (c->next_label[0] == '\0') {
        text_put(p, STYLE_DIM, "nothing to do but wait for news");
        return;
    }
    if (keymap_keys_of(f->m->keymap, IN_LISTS, ACTION_NEXT_STEP, NULL, keys, sizeof keys)) {
        text_put(p, STYLE_KEY, keys);
        text_put(p, armed ? STYLE_ACCENT : STYLE_NORMAL, armed ? " again to " : "  ");
    }
    text_put(p, armed ? STYLE_ACCENT : STYLE_STRONG, c->next_label);
    if (with_then && c->next_then[0] != '\0') {
        text_skip(p, 3);
        text_printf(p, STYLE_DIM, "then: %s", c->next_then);
    }
}

static void draw_words(const struct frame *f, const struct context *c, struct pen *p)
{
    (void)f;
    if (c->row.reason[0] != '\0')
        text_printf(p, STYLE_NORMAL, "\"%s\"", c->row.reason);
    else
        text_put(p, STYLE_DIM, "none given");
}

static void draw_source(const struct frame *f, const struct context *c, struct pen *p)
{
    (void)f;
    text_put(p, STYLE_DIM, c->status_reason);
}

static void draw_reason(const struct frame *f, const struct context *c, struct pen *p)
{
    draw_words(f, c, p);
    text_skip(p, 2);
    draw_source(f, c, p);
}

/* Their wish is why somebody looks. */
static void draw_said(const struct frame *f, const struct context *c, struct pen *p)
{
    char moment[TEXT_SHORT];
    text_moment(c->said_at, f->m->now, &f->m->zone, moment, sizeof moment);
    text_put(p, STYLE_WARN, c->said);
    text_skip(p, 2);
    text_put(p, STYLE_DIM, moment);
}

static void draw_next(const struct frame *f, const struct context *c, struct pen *p)
{
    view_next_step(f, c, p, true);
}

static void draw_step(const struct frame *f, const struct context *c, struct pen *p)
{
    view_next_step(f, c, p, false);
}

static void draw_then(const struct frame *f, const struct context *c, struct pen *p)
{
    (void)f;
    text_put(p, STYLE_DIM, c->next_then);
}

static void draw_title(const struct frame *f, const struct context *c, struct pen *p)
{
    view_context_title(f, c, p, c->row.id != f->m->queue.cursor_id);
}

/* Widths that fit the scans in sight; the carrier's own words have what is left. */
struct scan_columns { int time, label, place; };

const char *view_scan_label(const struct scan *e)
{
    return e->label[0] ? e->label : status_label(e->status);
}

const char *view_scan_words(const struct scan *e)
{
    return strcasecmp(e->message, view_scan_label(e)) == 0 ? "" : e->message;
}

static int larger(int a, int b) { return a > b ? a : b; }
static int smaller(int a, int b) { return a < b ? a : b; }

static struct scan_columns measure_scans(const struct frame *f, const struct context *c, int rows, int width)
{
    struct scan_columns s = {.time = 5};
    for (int i = 0; i < rows && (size_t)i < c->scan_count; i++) {
        const struct scan *e = &c->scans[i];
        char moment[TEXT_SHORT];
        text_moment(e->occurred_at, f->m->now, &f->m->zone, moment, sizeof moment);
        s.time = larger(s.time, text_columns(moment));
        s.label = larger(s.label, text_columns(view_scan_label(e)));
        s.place = larger(s.place, text_columns(e->place));
    }
    s.label = smaller(s.label, width * 2 / 5);
    s.place = smaller(s.place, width / 5);
    return s;
}

static void draw_scan(const struct frame *f, const struct scan *e, struct pen *p, const struct scan_columns *s)
{
    char moment[TEXT_SHORT];
    text_moment(e->occurred_at, f->m->now, &f->m->zone, moment, sizeof moment);
    screen_field_right(f->s, p->row, p->col, s->time, STYLE_DIM, moment);
    text_skip(p, s->time + 1);
    text_field(p, 2, STYLE_BREACH, e->is_exception ? "!" : "");
    text_field(p, s->label, STYLE_NORMAL, view_scan_label(e));
    text_skip(p, 2);
    text_field(p, s->place, STYLE_DIM, e->place);
    text_skip(p, s->place > 0 ? 2 : 0);
    text_put(p, STYLE_DIM, view_scan_words(e));
}

static int draw_scans(const struct frame *f, const struct context *c, int row, int left, int width, int rows)
{
    struct scan_columns s = measure_scans(f, c, rows, width);
    for (int i = 0; i < rows && (size_t)i < c->scan_count; i++) {
        struct pen p = text_pen(f->s, row + i, left, width);
        draw_scan(f, &c->scans[i], &p, &s);
    }
    if (rows > 0 && c->scan_count == 0)
        screen_put(f->s, row, left, width, STYLE_DIM, "No scan yet.");
    return s.time;
}

/* What people did, where a tall pane has room for it. */
static void draw_activity(const struct frame *f, const struct context *c, int row, int left, int width, int rows, int time)
{
    int shown = smaller(rows, (int)c->activity_count);
    char moment[TEXT_SHORT];
    for (int i = 0; i < shown; i++) {
        text_moment(c->activity[i].at, f->m->now, &f->m->zone, moment, sizeof moment);
        time = larger(time, text_columns(moment));
    }
    for (int i = 0; i < shown; i++) {
        const struct activity_row *a = &c->activity[i];
        struct pen p = text_pen(f->s, row + i, left, width);
        text_moment(a->at, f->m->now, &f->m->zone, moment, sizeof moment);
        screen_field_right(f->s, p.row, p.col, time, STYLE_DIM, moment);
        text_skip(&p, time + 1);
        text_field(&p, 2, STYLE_NORMAL, "@");
        text_field(&p, 10, STYLE_ACCENT, a->actor);
        text_skip(&p, 1);
        text_put(&p, STYLE_NORMAL, a->text);
    }
}

struct pane_line {
    const char *label;
    void (*draw)(const struct frame *f, const struct context *c, struct pen *p);
};
static const struct pane_line asked = {"Heard", draw_said};   /* before what is next, where they asked something */
/* In the order in which a pane too small for all gives them up from the end. */
static const struct pane_line dense[] = {
    {"", draw_title}, {"Reason", draw_reason}, {"Next", draw_next}, {"Customer", draw_person}, {"Tracking", draw_number},
    {NULL, NULL},
};
/* Where there is height to spare: one thing a line. */
static const struct pane_line tall[] = {
    {"", draw_title}, {"Reason", draw_words}, {" ", draw_source}, {"Next", draw_step}, {"then", draw_then},
    {"Customer", draw_who}, {" ", draw_order}, {"Tracking", draw_number}, {NULL, NULL},
};
enum { TALL_FROM = 20 };

static void draw_pane(const struct frame *f, const struct context *c, int top, int left, int rows, int width)
{
    const struct pane_line *lines = rows >= TALL_FROM ? tall : dense;
    int used = 0;
    bool said = false;
    for (const struct pane_line *l = lines; used < rows && l->label != NULL; used++) {
        bool wish = c->said[0] != '\0' && l->draw == (lines == tall ? draw_step : draw_next) && !said;
        const struct pane_line *line = wish ? &asked : l++;
        struct pen p = text_pen(f->s, top + used, left, width);
        said = said || wish;
        if (line->label[0] != '\0') {
            text_field(&p, LABEL, STYLE_DIM, line->label);
            p.begun = false;
        }
        line->draw(f, c, &p);
    }
    if (lines == tall)
        used++;
    int time = draw_scans(f, c, top + used, left, width, rows - used);
    used += (c->scan_count > 0 ? (int)c->scan_count : 1) + 1;
    draw_activity(f, c, top + used, left, width, rows - used, time);
}

void view_context(const struct frame *f)
{
    const struct app_layout *at = &f->at;
    if (at->context_rows <= 0)
        return;
    if (at->context_left > 0)
        screen_fill(f->s, at->heads_row, at->context_left - 1, 1, STYLE_RULE, f->g->vertical);
    for (int row = at->heads_row + 1; at->context_left > 0 && row < at->context_top + at->context_rows; row++)
        screen_fill(f->s, row, at->context_left - 1, 1, STYLE_RULE, f->g->vertical);
    if (at->context_left == 0)
        view_rule(f, at->context_top - 1, 0, f->m->cols);
    const struct outage_row *outage = f->m->groups.on ? groups_outage(f->m, f->m->groups.on) : NULL;
    if (outage != NULL)
        view_outage_facts(f, outage);
    else if (f->m->context != NULL && f->m->queue.count > 0)
        draw_pane(f, f->m->context, at->context_top, at->context_left + 1, at->context_rows, at->context_cols - 2);
}
