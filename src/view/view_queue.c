/* The list: which columns fit, and what each says of a row. */
#include "view/parts.h"

#include <stdio.h>
#include <string.h>

#include "app/select.h"
#include "base/utf8.h"
#include "base/when.h"

/* Text of one cell; returns how it looks. */
typedef enum style column_fn(const struct frame *f, const struct queue_row *r, char *out, size_t size);

enum { RIGHT = 1,           /* aligned */
       CLOSE = 2,           /* one blank before it, not more */
       MIDDLE = 4,          /* cut in the middle: its end tells it apart */
       FIRST = 8 };         /* takes spare columns before the others */

struct column {
    const char *head, *narrow_head;
    column_fn *text;
    int least, good, most;  /* columns it needs, those it should have, those it can use */
    int keep;               /* the higher, the later it leaves a narrow list; 0 never leaves */
    unsigned how;
};

static const char *none(const struct frame *f) { return f->g->none; }

static bool breached(const struct queue_row *r, int64_t now)
{
    return r->state != STATE_RESOLVED && r->due_at != WHEN_NONE && r->due_at < now;
}

/* Its clocks stand: its customer was asked, or an outage that it is in pauses them. Only of one without a due time. */
static bool paused(const struct frame *f, const struct queue_row *r)
{
    const struct control_state *c = &f->m->control.state;
    bool open = r->state == STATE_NEW || r->state == STATE_WORKING;
    for (size_t i = 0; open && r->outage && i < c->outage_count; i++)
        if (c->outages[i].pause_sla)
            return true;
    return r->state == STATE_WAITING;
}

static enum style sla_text(const struct frame *f, const struct queue_row *r, char *out, size_t size)
{
    if (r->state == STATE_RESOLVED || r->due_at == WHEN_NONE) {
        snprintf(out, size, "%s", r->state == STATE_RESOLVED ? "done" : paused(f, r) ? "paused" : none(f));
        return STYLE_DIM;
    }
    int64_t left = r->due_at - f->m->now;
    text_left(left, out, size);
    return left < 0 ? STYLE_BREACH : left < 30 * WHEN_MINUTE ? STYLE_WARN : STYLE_NORMAL;
}

static enum style severity_text(const struct frame *f, const struct queue_row *r, char *out, size_t size)
{
    static const struct { const char *word; enum style style; } severities[SEVERITY_COUNT] = {
        {"low", STYLE_LOW}, {"med", STYLE_MEDIUM}, {"high", STYLE_HIGH}, {"crit", STYLE_CRITICAL},
    };
    (void)f;
    if (r->severity >= SEVERITY_COUNT) {
        snprintf(out, size, "?");
        return STYLE_NORMAL;
    }
    snprintf(out, size, "%s", severities[r->severity].word);
    return severities[r->severity].style;
}

static enum style kind_text(const struct frame *f, const struct queue_row *r, char *out, size_t size)
{
    (void)f;
    snprintf(out, size, "%s", kind_label(r->kind));
    return STYLE_NORMAL;
}

static enum style put_or_none(const struct frame *f, const char *text, enum style style, char *out, size_t size)
{
    snprintf(out, size, "%s", text[0] ? text : none(f));
    return text[0] ? style : STYLE_DIM;
}

static enum style carrier_text(const struct frame *f, const struct queue_row *r, char *out, size_t size)
{
    return put_or_none(f, r->carrier_name[0] ? r->carrier_name : r->carrier, STYLE_NORMAL, out, size);
}

static enum style tracking_text(const struct frame *f, const struct queue_row *r, char *out, size_t size)
{
    return put_or_none(f, r->tracking_number, STYLE_NORMAL, out, size);
}

static enum style customer_text(const struct frame *f, const struct queue_row *r, char *out, size_t size)
{
    return put_or_none(f, r->customer, STYLE_NORMAL, out, size);
}

static enum style tier_text(const struct frame *f, const struct queue_row *r, char *out, size_t size)
{
    (void)f;
    snprintf(out, size, "%s", r->tier);
    return STYLE_NORMAL;
}

static enum style order_text(const struct frame *f, const struct queue_row *r, char *out, size_t size)
{
    return put_or_none(f, r->order_number, STYLE_DIM, out, size);
}

static enum style scan_text(const struct frame *f, const struct queue_row *r, char *out, size_t size)
{
    char ago[TEXT_SHORT];
    text_ago(r->last_scan_at, f->m->now, ago, sizeof ago);
    return put_or_none(f, ago, STYLE_DIM, out, size);
}

static enum style state_text(const struct frame *f, const struct queue_row *r, char *out, size_t size)
{
    (void)f;
    snprintf(out, size, "%c", view_state_letter(r->state));
    return STYLE_NORMAL;
}

static enum style owner_text(const struct frame *f, const struct queue_row *r, char *out, size_t size)
{
    bool me = strcmp(r->owner, f->m->hello.role) == 0;
    return put_or_none(f, r->owner, me ? STYLE_STRONG : STYLE_NORMAL, out, size);
}

static enum style marks_text(const struct frame *f, const struct queue_row *r, char *out, size_t size)
{
    view_marks(r, f->m->now, out, size);
    return out[0] == '!' ? STYLE_BREACH : STYLE_NORMAL;
}

static enum style reason_text(const struct frame *f, const struct queue_row *r, char *out, size_t size)
{
    (void)f;
    snprintf(out, size, "%s", r->reason);
    return STYLE_DIM;
}

static const struct column columns[] = {
    {"SLA", "SLA", sla_text, 6, 6, 6, 0, RIGHT | CLOSE},
    {"Sev", "Sev", severity_text, 4, 4, 4, 0, 0},
    {"Kind", "Kind", kind_text, 14, 16, 17, 0, 0},
    {"Carrier", "Via", carrier_text, 5, 7, 12, 6, 0},
    {"Tracking number", "Tracking number", tracking_text, 18, 18, 22, 0, MIDDLE},
    {"Customer", "Customer", customer_text, 10, 18, 28, 0, FIRST},
    {"Tier", "Tier", tier_text, 4, 8, 8, 4, CLOSE},
    {"Order", "Order", order_text, 10, 10, 12, 2, 0},
    {"Last scan", "Last scan", scan_text, 9, 9, 9, 3, 0},
    {"", "", state_text, 1, 1, 1, 0, 0},
    {"Owner", "Owner", owner_text, 6, 6, 10, 5, CLOSE},
    {"Marks", "", marks_text, 3, 5, 6, 7, 0},
    {"Reason", "Reason", reason_text, 20, 24, 60, 1, 0},
};
enum { COLUMNS = sizeof columns / sizeof columns[0], MARKER = 2, ROOMY = 100 };

struct plan { int width[COLUMNS]; int gap; };   /* width 0: left out */

static int gap_before(const struct plan *p, int i)
{
    return i == 0 ? 0 : columns[i].how & CLOSE ? 1 : p->gap;
}

static int plan_width(const struct plan *p)
{
    int width = MARKER;
    for (int i = 0; i < COLUMNS; i++)
        if (p->width[i] > 0)
            width += gap_before(p, i) + p->width[i];
    return width;
}

/* Gives spare columns out one at a time, so that all grow alike. */
static void grow(struct plan *p, int *spare, unsigned how, bool to_most)
{
    for (bool grew = true; *spare > 0 && grew;) {
        grew = false;
        for (int i = 0; i < COLUMNS && *spare > 0; i++) {
            int limit = to_most ? columns[i].most : columns[i].good;
            if (p->width[i] == 0 || p->width[i] >= limit || (columns[i].how & how) != how)
                continue;
            p->width[i]++;
            (*spare)--;
            grew = true;
        }
    }
}

/* Depends on the width alone, so that columns stand still while rows change. */
static struct plan make_plan(int width)
{
    bool roomy = width >= ROOMY;
    struct plan p = {.gap = roomy ? 2 : 1};
    for (int i = 0; i < COLUMNS; i++)
        p.width[i] = roomy ? columns[i].good : columns[i].least;
    for (int keep = 1; plan_width(&p) > width && keep <= COLUMNS; keep++)
        for (int i = 0; i < COLUMNS; i++)
            if (columns[i].keep == keep)
                p.width[i] = 0;
    int spare = width - plan_width(&p);
    grow(&p, &spare, FIRST, false);
    grow(&p, &spare, 0, false);
    grow(&p, &spare, 0, true);
    return p;
}

char view_state_letter(enum state s)
{
    static const char letters[STATE_COUNT] = {' ', '*', '~', 'z', 'v'};
    return s < STATE_COUNT ? letters[s] : '?';
}

void view_marks(const struct queue_row *r, int64_t now, char *out, size_t size)
{
    static const struct { uint32_t bit; char letter; } letters[] = {
        {MARK_REPLY, 'R'}, {MARK_CONFLICT, 'x'}, {MARK_ESCALATED, '^'}, {MARK_REOPENED, 'r'}, {MARK_UNMAPPED, '?'},
        {MARK_CASE, 'C'}, {MARK_OVERRIDE, 'o'}, {MARK_MESSAGE, 'm'}, {MARK_NOTE, 'n'},
    };
    size_t used = 0;
    if (breached(r, now) && used + 1 < size)
        out[used++] = '!';
    for (size_t i = 0; i < sizeof letters / sizeof letters[0] && used + 1 < size; i++)
        if (r->marks & letters[i].bit)
            out[used++] = letters[i].letter;
    out[used] = '\0';
}

/* "94001108…95647382": numbers of one carrier begin alike, their ends tell them apart. */
static void draw_middle(const struct frame *f, int row, int col, int width, enum style style, const char *text)
{
    size_t n = strlen(text);
    int tail = width / 2;
    if (text_columns(text) <= width || utf8_width(text, n) != n) {
        screen_field(f->s, row, col, width, style, text);
        return;
    }
    screen_field(f->s, row, col, width - tail, style, text);
    screen_put(f->s, row, col + width - tail, tail, style, text + n - (size_t)tail);
}

static void draw_cell(const struct frame *f, const struct column *c, int row, int col, int width, const struct queue_row *r)
{
    char text[200];
    enum style style = c->text(f, r, text, sizeof text);
    if (!r->matches)
        style = STYLE_DIM;
    int used = text_columns(text);
    used = used < width ? used : width;
    if (c->how & MIDDLE)
        draw_middle(f, row, col, width, style, text);
    else
        screen_field(f->s, row, c->how & RIGHT ? col + width - used : col, used, style, text);
}

/* Only these two columns tell the cursor, so that a step costs a few bytes. */
static void draw_marker(const struct frame *f, int row, const struct queue_row *r)
{
    const struct model *m = f->m;
    bool here = r->id == m->queue.cursor_id && !m->groups.on, chosen = select_has(m, r->id), fresh = r->id == m->queue.fresh_id;
    enum style style = here ? STYLE_CURSOR : chosen ? STYLE_SELECTED : fresh ? STYLE_GOOD : STYLE_NORMAL;
    screen_put(f->s, row, 0, 1, style, here ? ">" : " ");
    screen_put(f->s, row, 1, 1, style, chosen ? "+" : fresh ? f->g->fresh : " ");
    if (here) {
        f->s->cursor_row = row;
        f->s->cursor_col = 0;
    }
}

static void draw_row(const struct frame *f, const struct plan *p, int row, const struct queue_row *r)
{
    int col = MARKER;
    draw_marker(f, row, r);
    for (int i = 0; i < COLUMNS; i++) {
        if (p->width[i] == 0)
            continue;
        col += gap_before(p, i);
        draw_cell(f, &columns[i], row, col, p->width[i], r);
        col += p->width[i];
    }
}

/* Names of the columns; at the right what is true of the list as a whole. */
static void draw_heads(const struct frame *f, const struct plan *p, int row)
{
    const struct queue *q = &f->m->queue;
    int col = MARKER, width = f->at.list_cols;
    screen_fill(f->s, row, 0, width, STYLE_HEADER, ' ');
    for (int i = 0; i < COLUMNS; i++) {
        if (p->width[i] == 0)
            continue;
        col += gap_before(p, i);
        const char *head = (int)strlen(columns[i].head) <= p->width[i] ? columns[i].head : columns[i].narrow_head;
        if (columns[i].how & RIGHT)
            screen_field_right(f->s, row, col, p->width[i], STYLE_HEADER, head);
        else
            screen_field(f->s, row, col, p->width[i], STYLE_HEADER, head);
        col += p->width[i];
    }
    char note[64] = "";
    if (q->new_above > 0)
        snprintf(note, sizeof note, " %s %u new above ", f->g->up, (unsigned)q->new_above);
    else if (q->loading && q->count > 0 && f->m->link != LINK_LIVE)
        snprintf(note, sizeof note, " rows of the filter before ");
    else if (q->loading && q->count > 0)
        snprintf(note, sizeof note, " loading%s ", f->s->ascii ? "..." : "\u2026");
    int columns_used = text_columns(note);
    screen_put(f->s, row, width - columns_used, columns_used, STYLE_ACCENT, note);
}

static void draw_sentence(const struct frame *f, int *row, enum style style, const char *text)
{
    int width = f->at.list_cols - 8;
    for (size_t at = 0, n = strlen(text), next; at < n && *row < f->at.list_top + f->at.list_rows; at += next) {
        size_t line = text_wrap(text + at, n - at, width, &next);
        screen_put_n(f->s, (*row)++, 4, width, style, text + at, line);
    }
}

static void draw_no_filter_matches(const struct frame *f, int *row)
{
    const struct model *m = f->m;
    char keys[64], line[PROMPT_TEXT + 64];
    draw_sentence(f, row, STYLE_STRONG, "Nothing here.");
    snprintf(line, sizeof line, "The filter is: %s", m->filter[0] ? m->filter : "everything open");
    draw_sentence(f, row, STYLE_DIM, line);
    if (m->filter_edited && keymap_keys_of(m->keymap, IN_QUEUE, ACTION_BACK, NULL, keys, sizeof keys))
        snprintf(line, sizeof line, "%s clears the filter.", keys);
    else if (keymap_keys_of(m->keymap, IN_QUEUE, ACTION_NEXT_VIEW, NULL, keys, sizeof keys))
        snprintf(line, sizeof line, "%s shows the next view.", keys);
    else
        return;
    draw_sentence(f, row, STYLE_DIM, line);
}

/* An empty list says why it is empty. */
static void draw_empty(const struct frame *f)
{
    const struct model *m = f->m;
    int row = f->at.list_top + 1;
    if (m->link == LINK_DOWN && !m->ever_live) {
        draw_sentence(f, &row, STYLE_STRONG, m->link_error.text);
        draw_sentence(f, &row, STYLE_DIM, "Rows come as soon as the connection does; it is tried again by itself.");
    } else if (m->link != LINK_LIVE && m->queue.loading) {
        draw_sentence(f, &row, STYLE_DIM, "(not read yet: rows come as soon as the connection does)");
    } else if (m->queue.loading || !m->ever_live) {
        draw_sentence(f, &row, STYLE_DIM, f->s->ascii ? "(loading...)" : "(loading\u2026)");
    } else {
        draw_no_filter_matches(f, &row);
    }
}

void view_queue(const struct frame *f)
{
    const struct queue *q = &f->m->queue;
    struct plan p = make_plan(f->at.list_cols);
    draw_heads(f, &p, f->at.heads_row);
    view_groups(f);
    if (q->count == 0) {
        draw_empty(f);
        return;
    }
    for (int i = 0; i < f->at.list_rows && q->top + (size_t)i < q->count; i++)
        draw_row(f, &p, f->at.list_top + i, &q->rows[q->top + (size_t)i]);
}
