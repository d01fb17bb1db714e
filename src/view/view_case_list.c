/* Cases, a line each: what one looks like, and everybody's list. */
#include "case_in.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "app/cases.h"
#include "base/when.h"

enum { WIDE_FROM = 110 };

/* A helpdesk of one's own has no name that says anything. */
static const char *desk_name(const struct case_row *r)
{
    return strcmp(r->desk, "zendesk") == 0 ? "Zendesk" : strcmp(r->desk, "freshdesk") == 0 ? "Freshdesk" : NULL;
}

enum style case_desk(const struct case_row *r, char *out, size_t size)
{
    const char *name = desk_name(r), *desk = name != NULL ? name : "the helpdesk";
    if (r->conflict[0] != '\0')
        snprintf(out, size, "! both sides changed");
    else if (strcmp(r->sync, "failed") == 0)
        snprintf(out, size, "! %s was not told", desk);
    else if (strcmp(r->sync, "unknown") == 0)
        snprintf(out, size, "? it is not known whether %s heard", desk);
    else if (r->sync[0] != '\0')
        snprintf(out, size, "~ on its way to %s", desk);
    else if (r->desk_id[0] != '\0')
        snprintf(out, size, "%s %s%s%s", name != NULL ? name : "ticket", r->desk_id, r->desk_state[0] ? ", " : "", r->desk_state);
    else
        out[0] = '\0';
    return out[0] == '!' || out[0] == '?' ? STYLE_WARN : STYLE_DIM;
}

/* The same in the column of a list: a word or two, or a sign. */
static void desk_brief(const struct case_row *r, bool sign, char *out, size_t size)
{
    char text[120];
    case_desk(r, text, sizeof text);
    bool trouble = text[0] == '!' || text[0] == '?' || text[0] == '~';
    if (sign || text[0] == '\0')
        snprintf(out, size, "%.*s", trouble ? 1 : 0, text);
    else if (trouble)
        snprintf(out, size, "%s", text[0] == '~' ? "~ telling" : r->conflict[0] ? "! conflict" : text[0] == '!' ? "! not told" : "? unknown");
    else
        snprintf(out, size, "%s", r->desk_id);
}

/* Columns of a list: what stands left of the subject, and right of it. */
enum { LEFT = 2 + 7 + 8 + 9, TYPE_WIDE = 14, TYPE = 9, PARCEL = 24, OWNER = 9, AGE = 5, DESK = 11, SIGN = 2, PEOPLE_FROM = 78 };

static int right_of(const struct frame *f, bool listed)
{
    bool wide = f->m->cols >= WIDE_FROM;
    return (wide && listed ? PARCEL : 0) + (f->m->cols >= PEOPLE_FROM ? OWNER + AGE : 0) + (wide ? DESK : SIGN);
}

/* A subject without what stands beside it: of "Claim: UPS 1Z…, damaged" the line has the type, and maybe the parcel. */
enum { CARRIER_WIDEST = 24 };
static const char *brief_subject(const struct case_row *r, bool parcel)
{
    const char *s = r->subject, *label = case_type_label(r->type), *at;
    size_t n = strlen(label);
    if (strncasecmp(s, label, n) == 0 && s[n] == ':' && s[n + 1] == ' ' && s[n + 2] != '\0')
        s += n + 2;
    n = strlen(r->tracking_number);
    if (n == 0 || (at = strstr(s, r->tracking_number)) == NULL || at - s > CARRIER_WIDEST || strncmp(at + n, ", ", 2) != 0 || at[n + 2] == '\0')
        return s;
    return parcel ? at + n + 2 : at;       /* where there is little room, the number rather than whose it is */
}

void case_row(const struct frame *f, struct pen *p, const struct case_row *r, bool here, bool listed)
{
    const struct model *m = f->m;
    bool wide = m->cols >= WIDE_FROM, parcel = wide && listed;
    char id[32], age[TEXT_SHORT], desk[120];
    enum style trouble = case_desk(r, desk, sizeof desk);
    int subject = p->end - p->col - LEFT - (wide ? TYPE_WIDE : TYPE) - right_of(f, listed);
    desk_brief(r, !wide, desk, sizeof desk);
    snprintf(id, sizeof id, "C%" PRId64, r->id);
    when_format_span(m->now > r->created_at ? m->now - r->created_at : 0, age, sizeof age);
    text_field(p, 2, here ? STYLE_CURSOR : STYLE_NORMAL, here ? ">" : "");
    text_field(p, 7, STYLE_ACCENT, id);
    text_field(p, wide ? TYPE_WIDE : TYPE, STYLE_NORMAL, r->type == CASE_CARRIER_TRACE && !wide ? "trace" : case_type_label(r->type));
    text_field(p, 8, case_state_style(r->state), case_state_name(r->state));
    text_field(p, 9, case_priority_style(r->priority), case_priority_name(r->priority));
    text_field(p, subject - 1, here ? STYLE_STRONG : STYLE_NORMAL, brief_subject(r, parcel || !listed));
    text_skip(p, 1);
    if (parcel)
        text_field(p, PARCEL, STYLE_NORMAL, r->tracking_number);
    if (m->cols >= PEOPLE_FROM) {
        text_field(p, OWNER, strcmp(r->owner, m->hello.role) == 0 ? STYLE_STRONG : STYLE_DIM, r->owner[0] ? r->owner : f->g->none);
        text_field(p, AGE, STYLE_DIM, age);
    }
    text_put(p, trouble, desk);
}

/* ---- everybody's ---- */

static void draw_lists(const struct frame *f, int row)
{
    static const char *const names[CASE_LIST_COUNT] = {"Open", "Mine", "Conflicts", "All"};
    const struct cases *c = &f->m->cases;
    struct pen p = text_pen(f->s, row, CASE_MARGIN, f->m->cols - 2 * CASE_MARGIN);
    text_put(&p, STYLE_STRONG, "Cases");
    text_skip(&p, 3);
    for (int i = 0; i < CASE_LIST_COUNT; i++) {
        bool here = (enum case_list)i == c->which;
        text_printf(&p, here ? STYLE_ACCENT : STYLE_DIM, "%s%s", names[i], here ? "*" : "");
        if (here && c->list.rows != NULL)
            text_printf(&p, STYLE_NORMAL, " %zu%s", c->list.count, c->list.count >= 500 ? "+" : "");
        text_skip(&p, 2);
    }
}

static void draw_heads(const struct frame *f, int row)
{
    bool wide = f->m->cols >= WIDE_FROM;
    struct pen p = text_pen(f->s, row, CASE_MARGIN + 2, f->m->cols - 2 * CASE_MARGIN - 2);
    text_field(&p, 7, STYLE_DIM, "Case");
    text_field(&p, wide ? TYPE_WIDE : TYPE, STYLE_DIM, "Type");
    text_field(&p, 8, STYLE_DIM, "State");
    text_field(&p, 9, STYLE_DIM, "Priority");
    text_put(&p, STYLE_DIM, "Subject");
    p.col = f->m->cols - CASE_MARGIN - right_of(f, true);
    if (wide)
        text_field(&p, PARCEL, STYLE_DIM, "Parcel");
    if (f->m->cols >= PEOPLE_FROM) {
        text_field(&p, OWNER, STYLE_DIM, "Owner");
        text_field(&p, AGE, STYLE_DIM, "Age");
    }
    text_put(&p, STYLE_DIM, wide ? "Helpdesk" : "");
}

void view_cases(const struct frame *f)
{
    static const char *const none[CASE_LIST_COUNT] = {"No case is open.", "No open case is yours.",
                                                      "No conflicts: the helpdesk and we say the same.", "No case was opened yet: o on an exception opens one."};
    const struct case_rows *l = &f->m->cases.list;
    int top = view_top(f), rows = f->at.prompt_row - top - 2;
    draw_lists(f, top);
    draw_heads(f, top + 1);
    if (l->count == 0) {
        struct pen p = text_pen(f->s, top + 3, CASE_MARGIN, f->m->cols - 2 * CASE_MARGIN);
        bool reading = l->rows == NULL && l->read_at == 0;
        text_put(&p, STYLE_DIM, !reading ? none[f->m->cases.which] : f->m->link == LINK_LIVE ? "Reading the cases..."
                                : "Not connected: the cases are read when it is back.");
        return;
    }
    size_t first = l->cursor >= (size_t)rows ? l->cursor - (size_t)rows + 1 : 0;
    for (int i = 0; i < rows && first + (size_t)i < l->count; i++) {
        struct pen p = text_pen(f->s, top + 2 + i, CASE_MARGIN, f->m->cols - 2 * CASE_MARGIN);
        case_row(f, &p, &l->rows[first + (size_t)i], first + (size_t)i == l->cursor, true);
    }
}
