/* What frames every screen: the state of the world above, messages and keys below. */
#include "view/parts.h"

#include <stdio.h>
#include <string.h>

#include "app/countdown.h"
#include "app/select.h"
#include "base/number.h"
#include "base/when.h"

/* ---- first line ---- */

#define PROGRAM "doorstep"
enum { CLOCK = 5 };

struct counter { const char *label; int64_t n; enum style style; bool capped; };

static void link_text(const struct frame *f, char *out, size_t size)
{
    const struct model *m = f->m;
    int64_t wait = m->retry_at == WHEN_NONE ? 0 : m->retry_at - m->now;
    if (m->link == LINK_LIVE)
        snprintf(out, size, "%s %s", f->g->live, m->hello.read_only ? "live, read only" : "live");
    else if (m->link == LINK_DOWN && wait > 0)
        snprintf(out, size, "%s %s in %d s", f->g->down, m->ever_live ? "reconnecting" : "connecting",
                 (int)((wait + WHEN_SECOND - 1) / WHEN_SECOND));
    else if (m->link == LINK_DOWN && m->ever_live)
        snprintf(out, size, "%s disconnected", f->g->down);    /* and not tried again by itself */
    else             /* as wide as the wait before it, so that nothing beside it moves */
        snprintf(out, size, "%s %s now ", f->g->down, m->ever_live ? "reconnecting" : "connecting");
}

/* "acme@pg1"; a socket's folder is this machine. */
static void place_text(const struct hello *h, char *out, size_t size)
{
    const char *what = strchr(h->brand, ' ') != NULL || h->brand[0] == '\0' ? h->database : h->brand;
    const char *where = h->server[0] == '/' || h->server[0] == '\0' ? "local" : h->server;
    if (what[0] == '\0')
        out[0] = '\0';
    else
        snprintf(out, size, "%.24s@%.24s", what, where);
}

/* "4"; "10,000+" of what is counted no further; a dash before it is known. */
static void counter_text(const struct frame *f, const struct counter *c, char *out, size_t size)
{
    char n[TEXT_SHORT];
    number_text(c->n, n, sizeof n);
    snprintf(out, size, "%s%s", f->m->counts_known ? n : f->g->none, f->m->counts_known && c->capped && c->n >= COUNTS_CAP ? "+" : "");
}

static void draw_counters(const struct frame *f, struct pen *p, const struct counter *c, int count, int gap)
{
    bool old = f->m->link != LINK_LIVE;
    for (int i = 0; i < count; i++) {
        char n[TEXT_SHORT + 8];
        counter_text(f, &c[i], n, sizeof n);
        if (i > 0)
            text_skip(p, gap);
        text_put(p, STYLE_DIM, c[i].label);
        text_skip(p, 1);
        text_put(p, old ? STYLE_DIM : c[i].style, n);
    }
}

static int counters_width(const struct frame *f, const struct counter *c, int count, int gap)
{
    int width = gap * (count - 1);
    for (int i = 0; i < count; i++) {
        char n[TEXT_SHORT + 8];
        counter_text(f, &c[i], n, sizeof n);
        width += (int)strlen(c[i].label) + 1 + text_columns(n);
    }
    return width;
}

struct headline {
    char link[64], place[64], level[40];
    const char *role;
    int gap, count;            /* between counters; how many of them */
};

static int right_width(const struct headline *h)
{
    return text_columns(h->role) + text_columns(h->level) + (h->role[0] ? 2 : 0) + CLOCK;
}

/* Facts leave from the least needed on, until the rest fits: the server, the role's
 * level, the role, the space between counters, counters from the last on: none is cut in two. */
static void fit_headline(const struct frame *f, const struct counter *counters, struct headline *h)
{
    const struct model *m = f->m;
    for (int step = 0; step < 4 || h->count > 1; step++) {
        int width = 1 + (int)strlen(PROGRAM) + 2 + text_columns(h->link) + 2 + (h->place[0] ? text_columns(h->place) + 2 : 0) +
                    counters_width(f, counters, h->count, h->gap) + 2 + right_width(h) + 1;
        if (width <= m->cols)
            return;
        if (step == 0)
            h->place[0] = '\0';
        else if (step == 1)
            h->level[0] = '\0';
        else if (step == 2)
            h->role = "";
        else if (step == 3)
            h->gap = 1;
        else
            h->count--;
    }
}

static void draw_headline(const struct frame *f, const struct counter *counters, const struct headline *h)
{
    const struct model *m = f->m;
    char clock[TEXT_SHORT];
    int right = right_width(h);
    struct pen p = text_pen(f->s, 0, 1, m->cols - 1 - right - 2);
    text_put(&p, STYLE_STRONG, PROGRAM);
    text_skip(&p, 2);
    text_put(&p, m->link == LINK_LIVE ? STYLE_GOOD : STYLE_WARN, h->link);
    text_skip(&p, 2);
    if (h->place[0] != '\0') {
        text_put(&p, STYLE_DIM, h->place);
        text_skip(&p, 2);
    }
    draw_counters(f, &p, counters, h->count, h->gap);
    p = text_pen(f->s, 0, m->cols - 1 - right, right);
    text_put(&p, STYLE_NORMAL, h->role);
    text_put(&p, STYLE_DIM, h->level);
    text_clock(m->now, &m->zone, clock, sizeof clock);
    screen_put(f->s, 0, m->cols - 1 - CLOCK, CLOCK, STYLE_STRONG, clock);
}

void view_header(const struct frame *f)
{
    const struct model *m = f->m;
    struct counter counters[6] = {
        {"new", m->counts.fresh, STYLE_STRONG, false}, {"mine", m->counts.mine, STYLE_STRONG, true},
        {"breaching", m->counts.breaching, m->counts.breaching > 0 ? STYLE_BREACH : STYLE_STRONG, true},
    };
    struct headline h = {.role = m->hello.role, .gap = 2, .count = 3};
    if (m->control.state.pending_mine > 0)         /* what waits for this lead, and where the carrier contradicts this person */
        counters[h.count++] = (struct counter){m->cols < 70 ? "appr" : "to approve", m->control.state.pending_mine, STYLE_WARN, false};
    if (m->control.state.conflicts > 0)
        counters[h.count++] = (struct counter){"conflicts", m->control.state.conflicts, STYLE_WARN, false};
    counters[h.count++] = (struct counter){"open", m->counts.open, STYLE_STRONG, false};
    link_text(f, h.link, sizeof h.link);
    place_text(&m->hello, h.place, sizeof h.place);
    if (m->hello.level != ROLE_NONE)
        snprintf(h.level, sizeof h.level, "%s%s", f->g->separator, role_level_name(m->hello.level));
    fit_headline(f, counters, &h);
    draw_headline(f, counters, &h);
}

/* ---- saved views ---- */

static void tab_text(const struct frame *f, size_t i, bool counts, char *out, size_t size)
{
    const struct view_tab *t = &f->m->views[i];
    bool current = i == f->m->view;
    char number[16] = "", count[TEXT_SHORT + 4] = "", n[TEXT_SHORT];
    if (t->view.position > 0)
        snprintf(number, sizeof number, "%d ", t->view.position);
    if ((counts || current) && t->count != -1) {
        /* a negative count is "at least": -1000 stands for 999 and more */
        number_text(t->count < 0 ? -t->count - 1 : t->count, n, sizeof n);
        snprintf(count, sizeof count, " %s%s", n, t->count < 0 ? "+" : "");
    }
    snprintf(out, size, "%s%s%s%s", number, t->view.name, current ? "*" : "", count);
}

static int tabs_width(const struct frame *f, size_t from, size_t to, bool counts)
{
    int width = 0;
    for (size_t i = from; i < to; i++) {
        char text[160];
        tab_text(f, i, counts, text, sizeof text);
        width += text_columns(text) + 2;
    }
    return width;
}

static void draw_tabs(const struct frame *f, int row, int width)
{
    const struct model *m = f->m;
    bool counts = tabs_width(f, 0, m->view_count, true) <= width;
    size_t from = 0;
    while (from < m->view && tabs_width(f, from, m->view + 1, counts) > width)
        from++;
    struct pen p = text_pen(f->s, row, 1, width);
    for (size_t i = from; i < m->view_count && p.col < p.end; i++) {
        char text[160];
        tab_text(f, i, counts, text, sizeof text);
        if (p.begun && p.end - p.col < text_columns(text)) {
            p.end++;
            text_put(&p, STYLE_DIM, f->s->ascii ? ">" : "\u2026");
            break;
        }
        text_put(&p, i == m->view ? STYLE_ACCENT : STYLE_DIM, text);
        text_skip(&p, 2);
    }
}

/* Columns for the filter's text. Counts are worth more than the end of a view's own
 * filter; a filter typed over it is shown whole if it can be, up to half the line. */
static int filter_room(const struct frame *f, int width)
{
    enum { ENOUGH = 24 };
    const struct model *m = f->m;
    int filter = text_columns(m->filter) + (m->filter_edited ? 2 : 0);
    int least = m->filter_edited || filter < ENOUGH ? filter : ENOUGH;
    int counted = tabs_width(f, 0, m->view_count, true) + 2;
    int plain = tabs_width(f, 0, m->view_count, false) + 2;
    int room = counted + least <= width ? width - counted : plain + least <= width ? width - plain : width / 2;
    return room < 0 ? 0 : filter < room ? filter : room;
}

void view_tabs(const struct frame *f)
{
    const struct model *m = f->m;
    int row = f->at.tabs_row, width = m->cols - 2;
    char selected[64] = "";
    if (select_total(m) > 0) {
        char n[TEXT_SHORT];
        number_text((int64_t)select_total(m), n, sizeof n);
        snprintf(selected, sizeof selected, "%s selected%s", n, m->filter[0] ? f->g->separator : "");
    }
    int chosen = text_columns(selected), room = filter_room(f, width - chosen);
    int left = m->cols - 1 - room - chosen;
    draw_tabs(f, row, left - 2 - 1);
    struct pen p = text_pen(f->s, row, left, room + chosen);
    text_put(&p, STYLE_SELECTED, selected);
    if (m->filter_edited)
        text_put(&p, STYLE_KEY, "/ ");
    text_put(&p, m->filter_edited ? STYLE_STRONG : STYLE_DIM, m->filter);
}

/* ---- the two lines below ---- */

/* One that does not fit its line takes the line above, too, for as long as it stands. */
static void draw_toast(const struct frame *f, struct pen *p, enum style style, const char *sign)
{
    char text[sizeof f->m->toast + 4];
    size_t next = 0, used;
    int above = p->row - 1;
    snprintf(text, sizeof text, "%s%s", sign, f->m->toast);
    if (text_columns(text) <= p->end - p->col || above <= view_top(f)) {
        text_put(p, style, text);
        return;
    }
    used = text_wrap(text, strlen(text), f->m->cols - 2, &next);
    screen_fill(f->s, above, 0, f->m->cols, STYLE_NORMAL, ' ');
    if (f->s->link_row == above)
        f->s->link[0] = '\0';
    screen_put_n(f->s, above, 1, f->m->cols - 2, style, text, used);
    text_put(p, style, text + next);
}

void view_message(const struct frame *f)
{
    static const struct { const char *sign; enum style style; } levels[] = {
        [TOAST_INFO] = {"", STYLE_NORMAL}, [TOAST_GOOD] = {"", STYLE_GOOD},
        [TOAST_WARN] = {"! ", STYLE_WARN}, [TOAST_BAD] = {"! ", STYLE_BAD},
    };
    const struct model *m = f->m;
    int row = f->at.prompt_row;
    struct pen p = text_pen(f->s, row, 1, m->cols - 2);
    if (m->pending_count > 0) {
        char keys[SEQUENCE_MAX * 16] = "";
        size_t used = 0;
        for (int i = 0; i < m->pending_count && used + 24 < sizeof keys; i++) {
            key_format(&m->pending_keys[i], keys + used, 16);
            used += strlen(keys + used);
        }
        int width = text_columns(keys) + 1;
        screen_put(f->s, row, m->cols - 1 - width, width, STYLE_KEY, keys);
        screen_put(f->s, row, m->cols - 2, 1, STYLE_DIM, "-");
        p.end -= width + 2;
    }
    if (m->toast[0] != '\0') {
        draw_toast(f, &p, levels[m->toast_level].style, levels[m->toast_level].sign);
    } else if (countdown_runs(m)) {
        char counting[300];
        countdown_text(m, f->g->separator, counting, sizeof counting);
        text_put(&p, STYLE_GOOD, counting);
    } else {
        text_put(&p, STYLE_DIM, m->undo_text);
    }
}
