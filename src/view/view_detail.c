/* One exception on the whole screen: summary, timeline, activity. */
#include "view/parts.h"

#include <stdio.h>
#include <string.h>

#include "base/when.h"

enum { MARGIN = 2, NAME = 16, TWO_COLUMNS_FROM = 110 };

/* ---- summary: names and values, in one column or two ---- */

struct sheet {
    const struct frame *f;
    struct pager *p;
    int left, width;
};

static struct pen next_line(struct sheet *s)
{
    return text_pen(s->f->s, view_pager_row(s->p), s->left, s->width);
}

static void heading(struct sheet *s, const char *text)
{
    if (s->p->count > 0)
        next_line(s);
    struct pen p = next_line(s);
    text_put(&p, STYLE_ACCENT, text);
}

/* A value too long for the line goes on under itself. */
static void fact(struct sheet *s, const char *name, enum style style, const char *value)
{
    size_t n = strlen(value);
    if (n == 0)
        return;
    for (size_t at = 0, next; at < n; at += next) {
        size_t line = text_wrap(value + at, n - at, s->width - NAME, &next);
        char part[1024];
        snprintf(part, sizeof part, "%.*s", (int)line, value + at);
        struct pen p = next_line(s);
        text_field(&p, NAME, STYLE_DIM, at == 0 ? name : "");
        text_put(&p, style, part);
    }
}

static void fact_moment(struct sheet *s, const char *name, int64_t at)
{
    const struct model *m = s->f->m;
    char moment[TEXT_SHORT], ago[TEXT_SHORT] = "", line[2 * TEXT_SHORT + 8];
    if (at == WHEN_NONE)
        return;
    text_moment(at, m->now, &m->zone, moment, sizeof moment);
    if (at <= m->now)
        text_ago(at, m->now, ago, sizeof ago);
    snprintf(line, sizeof line, "%s%s%s", moment, ago[0] ? ", " : "", ago);
    fact(s, name, STYLE_NORMAL, line);
}

static void fact_day(struct sheet *s, const char *name, int64_t at)
{
    char day[TEXT_SHORT];
    text_day(at, s->f->m->now, &s->f->m->zone, "none", day, sizeof day);
    fact(s, name, at == WHEN_NONE ? STYLE_DIM : STYLE_NORMAL, day);
}

/* What is over runs no longer, met or not. */
static void fact_due(struct sheet *s, const char *name, int64_t due, bool met, bool over)
{
    const struct model *m = s->f->m;
    char left[TEXT_SHORT], moment[TEXT_SHORT], line[3 * TEXT_SHORT];
    if (due == WHEN_NONE)
        return;
    text_moment(due, m->now, &m->zone, moment, sizeof moment);
    if (met || over)
        snprintf(line, sizeof line, "by %s, %s", moment, met ? "done" : "none given");
    else {
        int64_t ms = due - m->now;
        text_left(ms < 0 ? -ms : ms, left, sizeof left);
        snprintf(line, sizeof line, "by %s, %s%s %s", moment, ms < 0 ? "! " : "", left, ms < 0 ? "late" : "left");
    }
    fact(s, name, !met && !over && due < m->now ? STYLE_BREACH : STYLE_NORMAL, line);
}

static void summary_exception(struct sheet *s, const struct context *c)
{
    const struct queue_row *r = &c->row;
    char line[320];
    heading(s, "Exception");
    snprintf(line, sizeof line, "%s, %s", kind_label(r->kind), severity_name(r->severity));
    fact(s, "What", STYLE_STRONG, line);
    fact(s, "Reason", STYLE_NORMAL, r->reason[0] ? r->reason : "none given");
    fact(s, "From", STYLE_DIM, c->status_reason);
    fact(s, "Heard", STYLE_WARN, c->said);
    snprintf(line, sizeof line, "%s%s%s", state_name(r->state), r->owner[0] ? ", owned by " : ", nobody's", r->owner);
    fact(s, "State", STYLE_NORMAL, line);
    fact(s, "Tags", STYLE_ACCENT, r->tags);
    fact_moment(s, "Opened", r->opened_at);
    fact_due(s, "First response", r->first_response_due_at, r->first_response_at != WHEN_NONE, r->state == STATE_RESOLVED);
    fact_due(s, "Resolution", r->resolve_due_at, r->resolved_at != WHEN_NONE, r->state == STATE_RESOLVED);
    if (r->state == STATE_SNOOZED)
        fact_moment(s, "Wakes", r->wake_at);
    fact_moment(s, "Resolved", r->resolved_at);
    if (c->resolution[0] != '\0') {
        snprintf(line, sizeof line, "%s%s%s", c->resolution, c->resolution_text[0] ? ": " : "", c->resolution_text);
        fact(s, "How", STYLE_NORMAL, line);
    }
    struct pen p = next_line(s);
    text_field(&p, NAME, STYLE_DIM, "Next");
    view_next_step(s->f, c, &p, false);
    fact(s, "Then", STYLE_DIM, c->next_then);
}

/* "x done  send …", "> now  open a claim …", "  then  resolve …, after 2 days". */
static void summary_playbook(struct sheet *s, const struct context *c)
{
    static const struct { const char *state, *sign, *word; enum style style; } states[] = {
        {"done", "x", "done", STYLE_DIM}, {"now", ">", "now", STYLE_STRONG}, {"later", " ", "later", STYLE_NORMAL},
        {"when", " ", "if", STYLE_DIM}, {"then", " ", "then", STYLE_NORMAL}, {"itself", " ", "itself", STYLE_DIM},
    };
    if (c->step_count > 0)
        heading(s, "Playbook");
    for (size_t i = 0; i < c->step_count; i++) {
        const struct playbook_step *step = &c->steps[i];
        char name[NAME], when[TEXT_SHORT] = "", text[360];
        size_t k = 0;
        while (k + 1 < sizeof states / sizeof *states && strcmp(states[k].state, step->state) != 0)
            k++;
        if (step->at != WHEN_NONE && strcmp(step->state, "now") != 0)
            text_moment(step->at, s->f->m->now, &s->f->m->zone, when, sizeof when);
        snprintf(name, sizeof name, "%s %.11s", states[k].sign, states[k].word);
        snprintf(text, sizeof text, "%s%s%s%s%s%s", strcmp(step->owner, "lead") == 0 ? "a lead: " : "", step->label, when[0] ? ", " : "", when,
                 step->says[0] ? ", " : "", step->says);
        fact(s, name, states[k].style, text);
    }
}

static void summary_shipment(struct sheet *s, const struct context *c)
{
    const struct queue_row *r = &c->row;
    char line[320];
    heading(s, "Shipment");
    fact(s, "Tracking number", STYLE_STRONG, r->tracking_number);
    snprintf(line, sizeof line, "%s%s%s", r->carrier_name[0] ? r->carrier_name : r->carrier, c->service[0] ? " " : "", c->service);
    fact(s, "Carrier", STYLE_NORMAL, line);
    fact(s, "Status", STYLE_NORMAL, status_label(r->effective_status));
    if (r->carrier_status != r->effective_status)
        fact(s, "Carrier says", STYLE_WARN, status_label(r->carrier_status));
    fact_day(s, "Promised", r->promised_at);
    fact_day(s, "EDD", c->edd_at);
    fact_moment(s, "Shipped", c->shipped_at);
    fact_moment(s, "Last scan", r->last_scan_at);
    fact(s, "Link", STYLE_LINK, c->tracking_url);
}

static void summary_customer(struct sheet *s, const struct context *c)
{
    const struct queue_row *r = &c->row;
    char line[320];
    heading(s, "Customer");
    fact(s, "Name", STYLE_STRONG, r->customer[0] ? r->customer : "not known");
    fact(s, "Tier", STYLE_NORMAL, r->tier);
    fact(s, "Language", STYLE_NORMAL, r->language);
    fact(s, "E-mail", STYLE_NORMAL, c->email);
    fact(s, "Phone", STYLE_NORMAL, c->phone);
    fact(s, "Consent", STYLE_NORMAL, c->consent);
    fact(s, "Prefers", STYLE_NORMAL, c->preferred_channel);
    fact(s, "Time zone", STYLE_NORMAL, c->time_zone);
    fact(s, "Customer id", STYLE_NORMAL, c->customer_external_id);
    heading(s, "Destination");
    snprintf(line, sizeof line, "%s%s%s%s%s%s%s", r->city, r->city[0] ? " " : "", r->region, r->region[0] ? " " : "",
             c->postal_code, c->postal_code[0] ? " " : "", r->country);
    fact(s, "Place", STYLE_NORMAL, line);
    fact(s, "Address type", STYLE_NORMAL, c->address_type);
    fact(s, "Access", STYLE_NORMAL, c->access_instructions);
}

static void summary_order(struct sheet *s, const struct context *c)
{
    const struct queue_row *r = &c->row;
    char line[320];
    if (r->order_number[0] == '\0' && c->line_count == 0)
        return;
    heading(s, "Order");
    fact(s, "Number", STYLE_STRONG, r->order_number);
    fact(s, "Brand", STYLE_NORMAL, r->brand);
    fact_moment(s, "Placed", c->placed_at);
    fact(s, "Total", STYLE_NORMAL, c->total);
    for (size_t i = 0; i < c->line_count; i++) {
        snprintf(line, sizeof line, "%d x %s (%s)", (int)c->lines[i].quantity, c->lines[i].title, c->lines[i].sku);
        fact(s, i == 0 ? "Lines" : "", STYLE_NORMAL, line);
    }
}

static void draw_summary(const struct frame *f, const struct context *c, struct pager *p)
{
    bool two = f->m->cols >= TWO_COLUMNS_FROM;
    int width = two ? f->m->cols / 2 - MARGIN - 1 : f->m->cols - 2 * MARGIN;
    struct pager right = *p;
    struct sheet s = {f, p, MARGIN, width};
    summary_exception(&s, c);
    summary_playbook(&s, c);
    summary_shipment(&s, c);
    if (two)
        s = (struct sheet){f, &right, f->m->cols / 2 + 1, width};
    summary_customer(&s, c);
    summary_order(&s, c);
    if (two && right.count > p->count)
        p->count = right.count;
}

/* ---- timeline and activity: what happened, newest first, a rule between days ---- */

struct story {
    const struct frame *f;
    struct pager *p;
    int64_t day;          /* of the line before; INT64_MIN at the beginning */
    int who;              /* columns of who or what, before the text */
};

static void day_rule(struct story *s, int64_t at)
{
    const struct model *m = s->f->m;
    int64_t day = text_day_number(at, &m->zone);
    char name[TEXT_SHORT];
    if (day == s->day)
        return;
    if (s->day != INT64_MIN)
        view_pager_row(s->p);
    s->day = day;
    int row = view_pager_row(s->p);
    text_day(at, m->now, &m->zone, "", name, sizeof name);
    struct pen p = text_pen(s->f->s, row, MARGIN, m->cols - 2 * MARGIN);
    text_put(&p, STYLE_STRONG, name);
    text_skip(&p, 1);
    if (row >= 0)
        view_rule(s->f, row, p.col, p.end - p.col);
}

/* "10:51 ! who   what they said, going on under itself". */
static void story_line(struct story *s, int64_t at, const char *sign, enum style who_style, const char *who, const char *text)
{
    const struct model *m = s->f->m;
    char clock[TEXT_SHORT];
    int indent = 5 + 3 + s->who + 2;
    int width = m->cols - 2 * MARGIN - indent;
    day_rule(s, at);
    text_clock(at, &m->zone, clock, sizeof clock);
    size_t n = strlen(text), offset = 0;
    do {
        size_t next = n - offset, line = text_wrap(text + offset, n - offset, width, &next);
        char part[1024];
        snprintf(part, sizeof part, "%.*s", (int)line, text + offset);
        struct pen p = text_pen(s->f->s, view_pager_row(s->p), MARGIN, m->cols - 2 * MARGIN);
        if (offset == 0) {
            text_put(&p, STYLE_DIM, clock);
            text_skip(&p, 1);
            text_field(&p, 2, sign[0] == '!' ? STYLE_BREACH : STYLE_DIM, sign);
            text_field(&p, s->who, who_style, who);
            text_skip(&p, 2);
        } else {
            text_skip(&p, indent);
        }
        text_put(&p, STYLE_NORMAL, part);
        offset += next;
    } while (offset < n);
}

/* As wide as what stands there, within reason: the words beside it need the rest. */
static int who_columns(const struct frame *f, const struct context *c, bool scans)
{
    int most = f->m->cols >= 100 ? 36 : f->m->cols >= 80 ? 24 : 18, wide = 8;
    for (size_t i = 0; i < c->activity_count + (scans ? c->scan_count : 0); i++) {
        int columns = text_columns(i < c->activity_count ? c->activity[i].actor : view_scan_label(&c->scans[i - c->activity_count]));
        wide = columns > wide ? columns : wide;
    }
    return wide < most ? wide : most;
}

static void story_scan(struct story *s, const struct scan *e)
{
    char text[400];
    const char *words = view_scan_words(e);
    snprintf(text, sizeof text, "%s%s%s", e->place, e->place[0] && words[0] ? s->f->g->separator : "", words);
    story_line(s, e->occurred_at, e->is_exception ? "!" : "", STYLE_NORMAL, view_scan_label(e), text);
}

static void story_activity(struct story *s, const struct activity_row *a)
{
    bool me = strcmp(a->actor, s->f->m->hello.role) == 0;
    story_line(s, a->at, "@", me ? STYLE_STRONG : STYLE_ACCENT, a->actor, a->text);
}

static void story_end(struct story *s, bool more)
{
    struct pen p = text_pen(s->f->s, view_pager_row(s->p), MARGIN, s->f->m->cols - 2 * MARGIN);
    if (more)
        text_put(&p, STYLE_DIM, "There is more before this; `doorstep show` prints all of it.");
}

static void draw_timeline(const struct frame *f, const struct context *c, struct pager *p)
{
    struct story s = {f, p, INT64_MIN, who_columns(f, c, true)};
    size_t scan = 0, act = 0;
    while (scan < c->scan_count || act < c->activity_count) {
        bool take_scan = act == c->activity_count ||
                         (scan < c->scan_count && c->scans[scan].occurred_at > c->activity[act].at);
        if (take_scan)
            story_scan(&s, &c->scans[scan++]);
        else
            story_activity(&s, &c->activity[act++]);
    }
    story_end(&s, c->more_scans || c->more_activity);
}

static void draw_activity(const struct frame *f, const struct context *c, struct pager *p)
{
    struct story s = {f, p, INT64_MIN, who_columns(f, c, false)};
    for (size_t i = 0; i < c->activity_count; i++)
        story_activity(&s, &c->activity[i]);
    story_end(&s, c->more_activity);
}

/* ---- the screen ---- */

/* Where six names do not fit, only the one shown has its whole name. */
static void draw_tab_line(const struct frame *f, int row)
{
    static const char *const names[TAB_COUNT] = {"Summary", "Timeline", "Messages", "Case", "Overrides", "Activity"};
    static const char *const brief[TAB_COUNT] = {"Sum", "Time", "Msgs", "Case", "Ovr", "Act"};
    static const char *const words[TAB_COUNT] = {"summary", "timeline", "messages", "case", "overrides", "activity"};
    struct pen p = text_pen(f->s, row, MARGIN, f->m->cols - 2 * MARGIN);
    for (int i = 0; i < TAB_COUNT; i++) {
        char keys[32] = "";
        bool current = (enum tab_id)i == f->m->tab;
        const char *name = current || f->m->cols >= 74 ? names[i] : brief[i];
        keymap_keys_of(f->m->keymap, IN_DETAIL, ACTION_TAB, words[i], keys, sizeof keys);
        text_printf(&p, current ? STYLE_ACCENT : STYLE_DIM, "%s%s%s%s", keys, keys[0] ? " " : "", name, current ? "*" : "");
        text_skip(&p, 2);
    }
}

void view_detail(const struct frame *f, struct pager *p)
{
    typedef void tab_fn(const struct frame *, const struct context *, struct pager *);
    static tab_fn *const tabs[TAB_COUNT] = {draw_summary, draw_timeline, view_messages, view_case_tab, view_overrides_tab, draw_activity};
    const struct context *c = f->m->context;
    const struct model *m = f->m;
    int64_t wanted = m->detail_id != 0 ? m->detail_id : m->queue.cursor_id;
    int top = p->top;
    p->top += 3;
    p->rows -= 3;
    draw_tab_line(f, top + 1);
    view_rule(f, top + 2, 0, m->cols);
    struct pen title = text_pen(f->s, top, MARGIN, m->cols - 2 * MARGIN);
    if (c == NULL) {
        text_printf(&title, STYLE_DIM, "#%lld", (long long)wanted);
        return;
    }
    view_context_title(f, c, &title, c->row.id != wanted);
    tabs[m->tab](f, c, p);
}
