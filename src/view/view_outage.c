/* Outages on every screen: the banner under the header, the lines above the list, and what one is about beside it. */
#include "view/parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/control.h"
#include "app/groups.h"
#include "base/number.h"
#include "base/when.h"

/* ---- the banner ---- */

enum { WORDS = 16, FACT = 300 };   /* a message cut shorter than that says nothing */

/* Facts of one outage, and the order in which they leave a narrow line. */
enum fact { SINCE, BY, HOW_MANY, AS_OF, HELD, PAUSED, MESSAGE, FACTS };
static const enum fact leaving[] = {MESSAGE, BY, SINCE, PAUSED, HELD};

static void count_text(int64_t n, const char *one, const char *many, char *out, size_t size)
{
    char number[TEXT_SHORT];
    number_text(n, number, sizeof number);
    snprintf(out, size, "%s %s", number, n == 1 ? one : many);
}

static void fill(const struct frame *f, const struct outage_row *o, char facts[FACTS][FACT])
{
    const struct model *m = f->m;
    char at[TEXT_SHORT];
    text_moment(o->started_at, m->now, &m->zone, at, sizeof at);
    snprintf(facts[SINCE], FACT, "since %s", at);
    snprintf(facts[BY], FACT, "by %s", o->by);
    count_text(o->exceptions, "exception", "exceptions", facts[HOW_MANY], FACT);
    if (control_old(m)) {
        text_moment(m->control.read_at, m->now, &m->zone, at, sizeof at);
        snprintf(facts[AS_OF], FACT, "as of %s", at);
    }
    snprintf(facts[HELD], FACT, "%s", o->hold_messages ? "messages held" : "");
    snprintf(facts[PAUSED], FACT, "%s", o->pause_sla ? "SLA paused" : "");
    if (o->message[0] != '\0')
        snprintf(facts[MESSAGE], FACT, "\"%s\"", o->message);
}

static int facts_width(const struct frame *f, char facts[FACTS][FACT])
{
    int width = 0, gap = text_columns(f->g->separator);
    for (int i = 0; i < FACTS; i++)
        if (facts[i][0] != '\0')
            width += text_columns(facts[i]) + (i == BY && facts[SINCE][0] != '\0' ? 1 : gap);
    return width;
}

static void fit(const struct frame *f, char facts[FACTS][FACT], int room)
{
    for (size_t i = 0; i < sizeof leaving / sizeof leaving[0] && facts_width(f, facts) > room; i++) {
        int over = facts_width(f, facts) - room, width = text_columns(facts[leaving[i]]);
        if (leaving[i] == MESSAGE && width - over >= WORDS)
            return;            /* the pen cuts it */
        facts[leaving[i]][0] = '\0';
    }
}

static void draw_outage(const struct frame *f, int row, int end, const struct outage_row *o)
{
    char facts[FACTS][FACT] = {{0}};
    struct pen p = text_pen(f->s, row, 1, end - 1);
    text_put(&p, STYLE_BANNER, "OUTAGE");
    text_skip(&p, 1);
    text_put(&p, STYLE_STRONG, o->title);
    fill(f, o, facts);
    fit(f, facts, p.end - p.col);
    for (int i = 0; i < FACTS; i++) {
        enum style style = i == HOW_MANY ? STYLE_STRONG : i == AS_OF ? STYLE_DIM : STYLE_WARN;
        if (i == BY && facts[SINCE][0] != '\0' && facts[BY][0] != '\0')
            text_printf(&p, style, " %s", facts[BY]);
        else
            text_fact(&p, style, facts[i]);
    }
}

void view_outage_banner(const struct frame *f)
{
    const struct control_state *s = &f->m->control.state;
    int rows = f->at.outage_rows, end = f->m->cols - 1;
    for (int i = 0; i < rows; i++) {
        int right = end;
        if (i == rows - 1 && s->outage_count > (size_t)rows) {
            char more[80], key[64] = "board";
            keymap_keys_of(f->m->keymap, IN_LISTS, ACTION_BOARD, NULL, key, sizeof key);
            snprintf(more, sizeof more, "and %zu more: %s", s->outage_count - (size_t)rows, key);
            right -= text_columns(more) + 2;
            screen_put(f->s, f->at.outage_row + i, right + 2, end - right - 2, STYLE_BANNER, more);
        }
        draw_outage(f, f->at.outage_row + i, right, &s->outages[i]);
    }
}

/* ---- the lines above the list ---- */

static void number(struct pen *p, int64_t n, enum style style, const char *one, const char *many, const char *joint)
{
    char text[TEXT_SHORT];
    if (n == -1)
        return;
    number_text(n < 0 ? -n - 1 : n, text, sizeof text);
    text_printf(p, n ? style : STYLE_DIM, "%s%s%s %s", joint, text, n < 0 ? "+" : "", n == 1 ? one : many);
}

/* What is counted under this filter; until it is, what the outage has in all. */
static void draw_numbers(struct pen *p, const struct outage_group *g, const struct outage_row *o)
{
    if (g->here >= 0 && g->here < o->exceptions) {     /* the filter hides some of them */
        char here[TEXT_SHORT];
        number_text(g->here, here, sizeof here);
        text_printf(p, STYLE_STRONG, "%s of ", here);
        number(p, o->exceptions, STYLE_STRONG, "exception", "exceptions", "");
    } else {
        number(p, g->here == -1 ? o->exceptions : g->here, STYLE_STRONG, "exception", "exceptions", "");
    }
    number(p, g->here == -1 ? o->fresh : g->fresh, STYLE_NORMAL, "nobody's", "nobody's", ", ");
    if (!o->pause_sla)
        number(p, g->breaching, STYLE_BREACH, "breaching", "breaching", ", ");
    else
        text_put(p, STYLE_DIM, ", SLA paused");
}

static void draw_group(const struct frame *f, int row, const struct outage_group *g)
{
    const struct outage_row *o = groups_outage(f->m, g->id);
    bool here = f->m->groups.on == g->id;
    struct pen p = text_pen(f->s, row, 0, f->at.list_cols);
    if (o == NULL)
        return;
    screen_put(f->s, row, 0, 1, here ? STYLE_CURSOR : STYLE_NORMAL, here ? ">" : " ");
    if (here) {
        f->s->cursor_row = row;
        f->s->cursor_col = 0;
    }
    text_skip(&p, 2);
    text_printf(&p, STYLE_ACCENT, "%s outage %" PRId32, f->g->closed, g->id);
    text_skip(&p, 2);
    text_put(&p, here ? STYLE_STRONG : STYLE_NORMAL, o->title);
    text_skip(&p, 2);
    if (f->m->groups.ended.id == g->id) {
        text_printf(&p, STYLE_GOOD, "ended%s%s: ", o->ended_by[0] ? " by " : "", o->ended_by);
        number(&p, o->follow_up, STYLE_STRONG, "to follow up", "to follow up", "");
    } else {
        draw_numbers(&p, g, o);
    }
}

/* How many are left is known once the end has been read. */
static void draw_left(struct pen *p, const struct outage_row *o)
{
    if (o != NULL)
        text_skip(p, 2);
    if (o == NULL || o->ended_at == WHEN_NONE) {
        text_put(p, STYLE_GOOD, "ended; these are left to follow up");
        return;
    }
    text_printf(p, STYLE_GOOD, "ended%s%s: ", o->ended_by[0] ? " by " : "", o->ended_by);
    number(p, o->follow_up, STYLE_STRONG, "to follow up", "to follow up", "");
}

static void draw_open(const struct frame *f, int row)
{
    const struct model *m = f->m;
    const struct outage_row *o = groups_outage(m, m->groups.open);
    char fold[64] = "", back[64] = "";
    struct pen p = text_pen(f->s, row, 0, f->at.list_cols);
    text_skip(&p, 2);
    text_printf(&p, STYLE_ACCENT, "%s outage %" PRId32, f->g->opened, m->groups.open);
    text_skip(&p, 2);
    if (o != NULL)
        text_put(&p, STYLE_STRONG, o->title);
    if (control_outage(m, m->groups.open) == NULL)
        draw_left(&p, o);
    keymap_keys_of(m->keymap, IN_QUEUE, ACTION_FOLD, NULL, fold, sizeof fold);
    keymap_keys_of(m->keymap, IN_QUEUE, ACTION_BACK, NULL, back, sizeof back);
    text_skip(&p, 2);
    text_printf(&p, STYLE_KEY, "%s%s%s", fold, fold[0] && back[0] ? "  " : "", back);
    text_put(&p, STYLE_DIM, " back to all");
}

void view_groups(const struct frame *f)
{
    if (f->m->groups.open != 0 && f->at.group_rows > 0) {
        draw_open(f, f->at.group_top);
        return;
    }
    for (int i = 0; i < f->at.group_rows; i++) {
        const struct outage_group *g = groups_line(f->m, i);
        if (g != NULL)
            draw_group(f, f->at.group_top + i, g);
    }
}

/* ---- what it is about, where the context of a row would stand ---- */

static void fact_line(const struct frame *f, int *row, const char *what, const char *text)
{
    const struct app_layout *at = &f->at;
    int left = at->context_left + 1, width = at->context_cols - 2 - 11;
    if (text[0] == '\0')
        return;
    if (*row < at->context_top + at->context_rows)
        screen_put(f->s, *row, left, 10, STYLE_DIM, what);
    for (size_t i = 0, n = strlen(text), next; i < n && *row < at->context_top + at->context_rows; i += next, (*row)++) {
        size_t used = text_wrap(text + i, n - i, width, &next);
        screen_put_n(f->s, *row, left + 11, width, STYLE_NORMAL, text + i, used);
    }
}

static void keys_line(const struct frame *f, int *row)
{
    static const struct { enum action action; const char *word; } keys[] = {
        {ACTION_OPEN, "its exceptions"}, {ACTION_MESSAGE_ALL, "write to all"}, {ACTION_OUTAGE_END, "end it (leads)"},
        {ACTION_OUTAGE_SET, "change it (leads)"},
    };
    const struct app_layout *at = &f->at;
    struct pen p = text_pen(f->s, *row, at->context_left + 1, at->context_cols - 2);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char name[64];
        if (!keymap_keys_of(f->m->keymap, IN_QUEUE, keys[i].action, NULL, name, sizeof name))
            continue;
        text_skip(&p, p.begun ? 2 : 0);
        text_printf(&p, STYLE_KEY, "%s ", name);
        text_put(&p, STYLE_DIM, keys[i].word);
    }
    ++*row;
}

void view_outage_facts(const struct frame *f, const struct outage_row *o)
{
    const struct model *m = f->m;
    char line[300], when[TEXT_SHORT], n[48];
    int row = f->at.context_top;
    struct pen p = text_pen(f->s, row++, f->at.context_left + 1, f->at.context_cols - 2);
    text_printf(&p, STYLE_STRONG, "outage %" PRId32 " %s", o->id, o->title);
    text_moment(o->started_at, m->now, &m->zone, when, sizeof when);
    text_factf(&p, STYLE_NORMAL, "since %s by %s", when, o->by);
    text_moment(m->control.read_at, m->now, &m->zone, when, sizeof when);
    text_factf(&p, STYLE_DIM, "numbers of %s", when);
    if (f->m->groups.ended.id != o->id)
        keys_line(f, &row);
    fact_line(f, &row, "Scope", o->scope);
    fact_line(f, &row, "Everybody", o->message);
    if (f->m->groups.ended.id == o->id) {
        char key[64] = "open";
        keymap_keys_of(m->keymap, IN_QUEUE, ACTION_OPEN, NULL, key, sizeof key);
        snprintf(line, sizeof line, "%s to follow up; %s shows them", grouped(o->follow_up).text, key);
        fact_line(f, &row, "Ended", line);
        return;
    }
    count_text(o->exceptions, "open", "open", n, sizeof n);
    snprintf(line, sizeof line, "%s, %s of them nobody's", n, grouped(o->fresh).text);
    fact_line(f, &row, "Exceptions", line);
    snprintf(line, sizeof line, o->hold_messages ? "%s held until it ends" : "not held", grouped(o->held).text);
    fact_line(f, &row, "Messages", line);
    fact_line(f, &row, "SLA", o->pause_sla ? "clocks stand still until it ends" : "clocks run");
    snprintf(line, sizeof line, "%s shipment%s", grouped(o->overridden).text, o->overridden == 1 ? "" : "s");
    fact_line(f, &row, "Overridden", o->overridden ? line : "");
    text_moment(o->until, m->now, &m->zone, when, sizeof when);
    fact_line(f, &row, "Ends", o->until == WHEN_NONE ? "when somebody ends it" : when);
}
