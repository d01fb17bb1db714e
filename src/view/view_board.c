/* The outage board: suggestions and live outages first, then carriers (or one's lanes) against what is usual for them. */
#include "view/parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/board.h"
#include "app/control.h"
#include "base/number.h"
#include "base/when.h"

enum { MARGIN = 2, WIDE = 100, SPARK_LEAST = 76 };

static struct pen line(const struct frame *f, int row) { return text_pen(f->s, row, MARGIN, f->m->cols - 2 * MARGIN); }

/* ---- columns ---- */

enum column { NAME, OPEN, NEW, USUAL, RATIO, SCAN, SPARK, NOTE, COLUMNS };
static const char *const heads[COLUMNS] = {"Carrier", "Open", "New/h", "Usual", "Ratio", "Last scan", "24 hours", ""};
struct widths { int of[COLUMNS]; };

/* Numbers are never cut: a column is as wide as its longest. */
static void widen(int *width, const char *text)
{
    int columns = text_columns(text);
    *width = columns > *width ? columns : *width;
}

static void usual_text(const struct board_row *r, char *out, size_t size)
{
    if (r->baseline < 1000)
        snprintf(out, size, "%.1f", r->baseline);
    else
        number_text((int64_t)r->baseline, out, size);
}

static struct widths plan(const struct frame *f)
{
    int cols = f->m->cols - 2 * MARGIN;
    struct widths w = {.of = {0, 6, 5, 6, 5, 10, cols >= WIDE ? BOARD_HOURS : cols + 4 >= SPARK_LEAST ? BOARD_HOURS / 2 : 0, 10}};
    const struct board *b = board_shown(f->m);
    for (size_t i = 0; b && i < b->count; i++) {
        char usual[TEXT_SHORT];
        usual_text(&b->rows[i], usual, sizeof usual);
        widen(&w.of[OPEN], grouped(b->rows[i].open).text);
        widen(&w.of[NEW], grouped(b->rows[i].new_hour).text);
        widen(&w.of[USUAL], usual);
    }
    int used = 0;
    for (int i = OPEN; i < COLUMNS; i++)
        used += w.of[i] > 0 ? w.of[i] + 1 : 0;
    w.of[NAME] = cols - used;
    if (w.of[NAME] > 34)
        w.of[NAME] = 34;
    return w;
}

static int column_left(const struct widths *w, enum column c)
{
    int left = MARGIN;
    for (int i = NAME; i < (int)c; i++)
        left += w->of[i] > 0 ? w->of[i] + 1 : 0;
    return left;
}

static void put_right(const struct frame *f, int row, const struct widths *w, enum column c, enum style style, const char *text)
{
    int columns = text_columns(text), used = columns < w->of[c] ? columns : w->of[c];
    screen_put(f->s, row, column_left(w, c) + w->of[c] - used, used, style, text);
}

/* ---- a carrier or lane ---- */

/* The region tells lanes apart: where room is short, the service is cut. */
static void lane_text(const struct frame *f, const struct board_row *r, int room, char *out, size_t size)
{
    const char *region = r->region[0] ? r->region : "region not known", *service = r->service[0] ? r->service : "any service";
    const char *cut = f->s->ascii ? ">" : "\u2026";
    int left = room - text_columns(region) - text_columns(f->g->separator);
    size_t n = strlen(service);
    if (text_columns(service) <= left || left < 2) {
        snprintf(out, size, "%s%s%s", service, f->g->separator, region);
        return;
    }
    char part[sizeof r->service];
    do {
        while (n && ((unsigned char)service[--n] & 0xC0) == 0x80)
            continue;
        snprintf(part, sizeof part, "%.*s", (int)n, service);
    } while (n && text_columns(part) > left - 1);
    snprintf(out, size, "%s%s%s%s", part, cut, f->g->separator, region);
}

static void name_text(const struct frame *f, const struct board_row *r, int room, char *out, size_t size)
{
    const char *name = r->carrier_name[0] ? r->carrier_name : r->carrier;
    if (f->m->board.carrier[0] == '\0')
        snprintf(out, size, "%s", name);
    else
        lane_text(f, r, room, out, size);
}

static void spark_text(const struct frame *f, const struct board_row *r, int cells, char *out, size_t size)
{
    int32_t n[BOARD_HOURS] = {0};
    int each = BOARD_HOURS / cells;
    for (int i = 0; i < BOARD_HOURS; i++)
        n[i / each] += r->spark[i];
    outage_spark(n, cells, f->m->settings.ascii, out, size);
}

/* Twice the usual and more than a handful is worth a look; the number says it, too. */
static enum style ratio_style(const struct board_row *r)
{
    return r->ratio >= 3 && r->new_hour >= 5 ? STYLE_BREACH : r->ratio >= 2 && r->new_hour >= 5 ? STYLE_WARN : STYLE_NORMAL;
}

static void note_text(const struct board_row *r, char *out, size_t size)
{
    if (r->outage_id)
        snprintf(out, size, "outage %" PRId32, r->outage_id);
    else
        snprintf(out, size, "%s", r->suggested ? "suggested" : "");
}

static void draw_row(const struct frame *f, int row, const struct widths *w, const struct board_row *r, bool here)
{
    const struct model *m = f->m;
    char text[300];
    name_text(f, r, w->of[NAME], text, sizeof text);
    screen_field(f->s, row, column_left(w, NAME), w->of[NAME], here ? STYLE_STRONG : STYLE_NORMAL, text);
    number_text(r->open, text, sizeof text);
    put_right(f, row, w, OPEN, STYLE_NORMAL, text);
    number_text(r->new_hour, text, sizeof text);
    put_right(f, row, w, NEW, ratio_style(r), text);
    usual_text(r, text, sizeof text);
    put_right(f, row, w, USUAL, STYLE_DIM, text);
    if (r->ratio < 1000)
        snprintf(text, sizeof text, "%.*f%s", r->ratio < 100 ? 1 : 0, r->ratio, ratio_style(r) == STYLE_BREACH ? "!" : "");
    else
        snprintf(text, sizeof text, "999+%s", ratio_style(r) == STYLE_BREACH ? "!" : "");
    put_right(f, row, w, RATIO, ratio_style(r), text);
    bool silent = board_silent(r, m->now);
    text_ago(r->last_scan_at, m->now, text, sizeof text);
    if (silent && strlen(text) > 4)      /* "2h59m ago" and a sign are one too many */
        snprintf(strrchr(text, ' ') ? strrchr(text, ' ') : text, 3, " !");
    put_right(f, row, w, SCAN, silent ? STYLE_WARN : STYLE_NORMAL, text[0] ? text : f->g->none);
    if (w->of[SPARK] > 0) {
        spark_text(f, r, w->of[SPARK], text, sizeof text);
        screen_put(f->s, row, column_left(w, SPARK), w->of[SPARK], STYLE_ACCENT, text);
    }
    note_text(r, text, sizeof text);
    screen_field(f->s, row, column_left(w, NOTE), w->of[NOTE], r->outage_id ? STYLE_BANNER : STYLE_WARN, text);
}

static void draw_heads(const struct frame *f, int row, const struct widths *w)
{
    screen_fill(f->s, row, 0, f->m->cols, STYLE_HEADER, ' ');
    for (int i = NAME; i < COLUMNS; i++) {
        const char *head = i == NAME && f->m->board.carrier[0] ? "Lane" : heads[i];
        if (w->of[i] <= 0)
            continue;
        if (i == NAME || i == SPARK)
            screen_field(f->s, row, column_left(w, (enum column)i), w->of[i], STYLE_HEADER, head);
        else
            put_right(f, row, w, (enum column)i, STYLE_HEADER, head);
    }
}

/* ---- what stands above them ---- */

static void draw_suggestion(const struct frame *f, int row, const struct suggestion *s, bool here)
{
    char ago[TEXT_SHORT];
    struct pen p = line(f, row);
    text_put(&p, STYLE_WARN, "suggested");
    text_skip(&p, 2);
    text_put(&p, here ? STYLE_STRONG : STYLE_NORMAL, s->scope);
    text_ago(s->at, f->m->now, ago, sizeof ago);
    text_fact(&p, STYLE_DIM, ago);
    text_fact(&p, STYLE_NORMAL, s->why);
}

static void fact_count(struct pen *p, int64_t n, const char *word)
{
    char text[TEXT_SHORT];
    number_text(n, text, sizeof text);
    text_factf(p, STYLE_NORMAL, "%s %s", text, word);
}

/* What it does to everybody comes before who and when: where room is short, that is cut. */
static void draw_outage(const struct frame *f, int row, const struct outage_row *o, bool here)
{
    const struct model *m = f->m;
    char when[TEXT_SHORT];
    struct pen p = line(f, row);
    text_printf(&p, STYLE_BANNER, "outage %" PRId32, o->id);
    text_skip(&p, 2);
    text_put(&p, here ? STYLE_STRONG : STYLE_NORMAL, o->title);
    fact_count(&p, o->exceptions, o->exceptions == 1 ? "exception" : "exceptions");
    if (o->hold_messages)
        fact_count(&p, o->held, "messages held");
    if (o->pause_sla)
        text_fact(&p, STYLE_NORMAL, "SLA paused");
    if (o->until != WHEN_NONE) {
        text_moment(o->until, m->now, &m->zone, when, sizeof when);
        text_factf(&p, STYLE_NORMAL, "until %s", when);
    }
    text_moment(o->started_at, m->now, &m->zone, when, sizeof when);
    text_factf(&p, STYLE_NORMAL, "since %s by %s", when, o->by);
    if (o->fresh > 0)
        fact_count(&p, o->fresh, "nobody's");
    if (o->overridden > 0)
        fact_count(&p, o->overridden, "overridden");
}

static void draw_title(const struct frame *f, int row)
{
    const struct model *m = f->m;
    struct pen p = line(f, row);
    char when[TEXT_SHORT];
    const struct board *b = board_shown(m);
    if (m->board.carrier[0] == '\0')
        text_put(&p, STYLE_STRONG, "Outage board");
    else
        text_printf(&p, STYLE_STRONG, "Outage board, lanes of %s", b && b->count ? b->rows[0].carrier_name : m->board.carrier);
    text_factf(&p, STYLE_DIM, "by %s", board_sort_name(m->board.sort));
    if (b == NULL)
        return;
    bool old = m->link != LINK_LIVE || m->now - m->board.read_at > 3 * WHEN_MINUTE;
    text_moment(m->board.read_at, m->now, &m->zone, when, sizeof when);
    text_factf(&p, old ? STYLE_WARN : STYLE_DIM, old ? "numbers of %s, not newer" : "numbers of %s", when);
}

static void draw_line(const struct frame *f, int row, const struct widths *w, const struct board_line *l, bool here)
{
    if (here) {
        screen_put(f->s, row, 0, 1, STYLE_CURSOR, ">");
        f->s->cursor_row = row;
        f->s->cursor_col = 0;
    }
    if (l->kind == BOARD_SUGGESTION)
        draw_suggestion(f, row, l->suggestion, here);
    else if (l->kind == BOARD_OUTAGE)
        draw_outage(f, row, l->outage, here);
    else if (l->kind == BOARD_ROW)
        draw_row(f, row, w, l->row, here);
}

static void draw_nothing(const struct frame *f, int row)
{
    const struct model *m = f->m;
    struct pen p = line(f, row);
    if (board_shown(m) == NULL)
        text_put(&p, STYLE_DIM, m->link == LINK_LIVE ? "reading the board..." : "not connected: the board is read when it is back");
    else
        text_put(&p, STYLE_DIM, m->board.carrier[0] ? "It has no lanes you may see." : "No carrier has an open exception or a scan of late.");
}

void view_board(const struct frame *f)
{
    const struct model *m = f->m;
    struct widths w = plan(f);
    size_t n = board_lines(m), above = 0;
    while (above < n && board_line(m, above).kind != BOARD_ROW)
        above++;
    int top = f->at.body_top + 1, bottom = f->at.prompt_row, room = bottom - top - 1 - (above > 0);
    size_t first = m->board.cursor >= (size_t)room ? m->board.cursor - (size_t)room + 1 : 0;
    draw_title(f, f->at.body_top);
    int row = top;
    for (size_t i = first; i <= n && row < bottom; i++) {
        if (i == (first > above ? first : above)) {
            row += i > first;
            draw_heads(f, row++, &w);
        }
        struct board_line l = board_line(m, i);
        if (i < n && row < bottom)
            draw_line(f, row++, &w, &l, i == m->board.cursor);
    }
    if (board_shown(m) == NULL || board_shown(m)->count == 0)
        draw_nothing(f, row < bottom ? row : bottom - 1);
}
