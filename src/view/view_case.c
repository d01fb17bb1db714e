/* Cases: the tab of an exception, everybody's list, one in full, and one before it is opened. */
#include "view/parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/cases.h"
#include "base/when.h"

enum { MARGIN = 2, INDENT = 4, NAME = 12, WIDE_FROM = 110 };

static struct pen line(const struct frame *f, struct pager *p)
{
    return text_pen(f->s, view_pager_row(p), MARGIN, f->m->cols - 2 * MARGIN);
}

static void paragraph(const struct frame *f, struct pager *p, int indent, enum style style, const char *text)
{
    int width = f->m->cols - 2 * MARGIN - indent;
    size_t len = strlen(text), from = 0, next = 0, end;
    width = width > 100 ? 100 : width;
    do {
        end = editor_row(text, len, from, width, &next);
        struct pen pen = line(f, p);
        text_skip(&pen, indent);
        text_printf(&pen, style, "%.*s", (int)(end - from), text + from);
        from = next;
    } while (end < len);
}

/* "Subject     …", going on under itself. */
static void fact(const struct frame *f, struct pager *p, const char *name, enum style style, const char *value)
{
    size_t n = strlen(value);
    for (size_t at = 0, next; at < n; at += next) {
        size_t used = text_wrap(value + at, n - at, f->m->cols - 2 * MARGIN - NAME, &next);
        struct pen pen = line(f, p);
        text_field(&pen, NAME, STYLE_DIM, at == 0 ? name : "");
        text_printf(&pen, style, "%.*s", (int)used, value + at);
    }
}

static enum style priority_style(enum case_priority p)
{
    return p == CASE_PRIORITY_URGENT ? STYLE_CRITICAL : p == CASE_PRIORITY_HIGH ? STYLE_HIGH : p == CASE_PRIORITY_LOW ? STYLE_DIM : STYLE_NORMAL;
}

static enum style state_style(enum case_state s) { return s == CASE_STATE_OPEN ? STYLE_STRONG : s == CASE_STATE_PENDING ? STYLE_NORMAL : STYLE_DIM; }

/* What the helpdesk knows: trouble first. */
static enum style desk_text(const struct case_row *r, char *out, size_t size)
{
    const char *desk = r->desk[0] ? r->desk : "the helpdesk";
    if (r->conflict[0] != '\0')
        snprintf(out, size, "! both sides changed");
    else if (strcmp(r->sync, "failed") == 0)
        snprintf(out, size, "! %s was not told", desk);
    else if (strcmp(r->sync, "unknown") == 0)
        snprintf(out, size, "? it is not known whether %s heard", desk);
    else if (r->sync[0] != '\0')
        snprintf(out, size, "~ on its way to %s", desk);
    else if (r->desk_id[0] != '\0')
        snprintf(out, size, "%s %s%s%s", r->desk, r->desk_id, r->desk_state[0] ? ", " : "", r->desk_state);
    else
        out[0] = '\0';
    return out[0] == '!' || out[0] == '?' ? STYLE_WARN : STYLE_DIM;
}

/* The same in the column of a list: a word or two, or a sign. */
static void desk_brief(const struct case_row *r, bool sign, char *out, size_t size)
{
    char text[120];
    desk_text(r, text, sizeof text);
    bool trouble = text[0] == '!' || text[0] == '?' || text[0] == '~';
    if (sign || text[0] == '\0')
        snprintf(out, size, "%.*s", trouble ? 1 : 0, text);
    else if (trouble)
        snprintf(out, size, "%s", text[0] == '~' ? "~ telling" : r->conflict[0] ? "! conflict" : text[0] == '!' ? "! not told" : "? unknown");
    else
        snprintf(out, size, "%s", r->desk_id);
}

/* Columns of a list: what stands left of the subject, and right of it. */
enum { LEFT = 2 + 7 + 8 + 9, TYPE_WIDE = 14, TYPE = 9, PARCEL = 21, OWNER = 9, AGE = 5, DESK = 11, SIGN = 2, PEOPLE_FROM = 78 };

static int right_of(const struct frame *f, bool parcel)
{
    bool wide = f->m->cols >= WIDE_FROM;
    return (wide && parcel ? PARCEL : 0) + (f->m->cols >= PEOPLE_FROM ? OWNER + AGE : 0) + (wide ? DESK : SIGN);
}

static void draw_row(const struct frame *f, struct pen *p, const struct case_row *r, bool here, bool parcel)
{
    const struct model *m = f->m;
    bool wide = m->cols >= WIDE_FROM;
    char id[32], age[TEXT_SHORT], desk[120];
    enum style trouble = desk_text(r, desk, sizeof desk);
    int subject = p->end - p->col - LEFT - (wide ? TYPE_WIDE : TYPE) - right_of(f, parcel);
    desk_brief(r, !wide, desk, sizeof desk);
    snprintf(id, sizeof id, "C%" PRId64, r->id);
    when_format_span(m->now > r->created_at ? m->now - r->created_at : 0, age, sizeof age);
    text_field(p, 2, here ? STYLE_CURSOR : STYLE_NORMAL, here ? ">" : "");
    text_field(p, 7, STYLE_ACCENT, id);
    text_field(p, wide ? TYPE_WIDE : TYPE, STYLE_NORMAL, r->type == CASE_CARRIER_TRACE && !wide ? "trace" : case_type_label(r->type));
    text_field(p, 8, state_style(r->state), case_state_name(r->state));
    text_field(p, 9, priority_style(r->priority), case_priority_name(r->priority));
    text_field(p, subject - 1, here ? STYLE_STRONG : STYLE_NORMAL, r->subject);
    text_skip(p, 1);
    if (wide && parcel)
        text_field(p, PARCEL, STYLE_NORMAL, r->tracking_number);
    if (m->cols >= PEOPLE_FROM) {
        text_field(p, OWNER, strcmp(r->owner, m->hello.role) == 0 ? STYLE_STRONG : STYLE_DIM, r->owner[0] ? r->owner : f->g->none);
        text_field(p, AGE, STYLE_DIM, age);
    }
    text_put(p, trouble, desk);
}

/* ---- one in full ---- */

/* The keys that help now, of those that do something to a case. */
static void draw_offers(const struct frame *f, struct pager *p, const struct case_row *r)
{
    static const struct { enum action action; const char *word; } offers[] = {
        {ACTION_CASE_TAKE, "take theirs"}, {ACTION_CASE_KEEP, "keep ours"}, {ACTION_CASE_RETRY, "tell them again"},
        {ACTION_CASE_NOTE, "note"}, {ACTION_CASE_STATE, "state"}, {ACTION_CASE_PRIORITY, "priority"}, {ACTION_CASE_OWNER, "owner"},
        {ACTION_CASE_LINK, "link"}, {ACTION_CASE_MERGE, "merge"}, {ACTION_CASE_SUBJECT, "subject"},
    };
    struct pen pen = line(f, p);
    text_skip(&pen, INDENT);
    for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++) {
        char keys[64];
        if (!cases_offers(r, offers[i].action) || !keymap_keys_of(f->m->keymap, IN_CASE, offers[i].action, NULL, keys, sizeof keys))
            continue;
        if (pen.col + text_columns(keys) + 1 + text_columns(offers[i].word) > pen.end) {
            pen = line(f, p);
            text_skip(&pen, INDENT);
        }
        text_put(&pen, STYLE_KEY, keys);
        text_printf(&pen, STYLE_DIM, " %s", offers[i].word);
        text_skip(&pen, 2);
    }
}

static void draw_desk(const struct frame *f, struct pager *p, const struct case_row *r, const struct support_case *c)
{
    char desk[300];
    enum style style = desk_text(r, desk, sizeof desk);
    if (desk[0] == '\0')
        return;
    fact(f, p, "Helpdesk", style, desk);
    fact(f, p, "", STYLE_LINK, r->desk_url);
    fact(f, p, "", STYLE_WARN, r->conflict);
    if (style == STYLE_WARN && c != NULL && c->sync_count > 0 && r->conflict[0] == '\0')
        fact(f, p, "", STYLE_WARN, c->syncs[0].reason);
}

static void draw_notes(const struct frame *f, struct pager *p, const struct support_case *c)
{
    const struct model *m = f->m;
    if (c->note_count == 0) {
        fact(f, p, "Notes", STYLE_DIM, "none yet");
        return;
    }
    for (size_t i = c->note_count; i-- > 0;) {     /* the newest is read first */
        const struct case_note *n = &c->notes[i];
        char moment[TEXT_SHORT], who[160];
        text_moment(n->at, m->now, m->utc_offset, moment, sizeof moment);
        snprintf(who, sizeof who, "%s %s%s", moment, n->by, !n->desk ? "" : n->is_public ? ", at the helpdesk, to the customer" : ", at the helpdesk");
        fact(f, p, i + 1 == c->note_count ? "Notes" : "", STYLE_ACCENT, who);
        paragraph(f, p, NAME, STYLE_NORMAL, n->text != NULL ? n->text : "");
    }
}

static void draw_links(const struct frame *f, struct pager *p, const struct support_case *c)
{
    char text[400] = "";
    size_t used = 0;
    for (size_t i = 0; i < c->link_count && used + 32 < sizeof text; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s#%" PRId64, i ? "  " : "", c->links[i]);
    if (c->link_count > 1)
        fact(f, p, "Exceptions", STYLE_NORMAL, text);
}

static void draw_people(const struct frame *f, struct pager *p, const struct case_row *r)
{
    char text[200], ago[TEXT_SHORT];
    text_ago(r->created_at, f->m->now, ago, sizeof ago);
    snprintf(text, sizeof text, "%s%s, opened by %s%s%s", r->owner[0] ? r->owner : "nobody's", r->owner[0] ? "'s" : "", r->by, ago[0] ? " " : "", ago);
    fact(f, p, "Whose", STYLE_NORMAL, text);
}

static void draw_whole(const struct frame *f, struct pager *p, const struct case_row *r, const struct support_case *c)
{
    draw_offers(f, p, r);
    fact(f, p, "Subject", STYLE_STRONG, r->subject);
    draw_people(f, p, r);
    if (c != NULL)
        fact(f, p, "Tags", STYLE_ACCENT, c->tags);
    draw_desk(f, p, r, c);
    if (c == NULL) {
        fact(f, p, "Notes", STYLE_DIM, f->m->link == LINK_LIVE ? "reading them..." : "not connected: they come when it is back");
        return;
    }
    draw_notes(f, p, c);
    draw_links(f, p, c);
}

/* Lines "Last scan  …": what is too long goes on under the text, not under the name. */
static void context_lines(const struct frame *f, struct pager *p, const char *context)
{
    enum { HANG = 11 };
    int width = f->m->cols - 2 * MARGIN;
    for (const char *s = context; *s != '\0'; s += strcspn(s, "\n"), s += *s == '\n') {
        size_t len = strcspn(s, "\n"), at = 0, next = 0;
        do {
            int indent = at > 0 ? HANG : 0;
            size_t used = text_wrap(s + at, len - at, width - indent, &next);
            struct pen pen = line(f, p);
            text_skip(&pen, indent);
            text_printf(&pen, STYLE_NORMAL, "%.*s", (int)used, s + at);
            at += next;
        } while (at < len && next > 0);
    }
}

static void draw_context(const struct frame *f, struct pager *p, const char *context)
{
    if (context == NULL || context[0] == '\0')
        return;
    line(f, p);
    struct pen pen = line(f, p);
    text_put(&pen, STYLE_ACCENT, "Context, as it was sent");
    context_lines(f, p, context);
}

static void draw_syncs(const struct frame *f, struct pager *p, const struct support_case *c)
{
    const struct model *m = f->m;
    if (c->sync_count == 0)
        return;
    line(f, p);
    struct pen head = line(f, p);
    text_put(&head, STYLE_ACCENT, "What the helpdesk was told");
    for (size_t i = 0; i < c->sync_count; i++) {
        const struct case_sync_row *s = &c->syncs[i];
        char moment[TEXT_SHORT];
        bool bad = strcmp(s->state, "failed") == 0 || strcmp(s->state, "unknown") == 0;
        struct pen pen = line(f, p);
        text_moment(s->at, m->now, m->utc_offset, moment, sizeof moment);
        text_field(&pen, 14, STYLE_DIM, moment);
        text_field(&pen, 9, STYLE_NORMAL, s->op);
        text_field(&pen, 9, bad ? STYLE_WARN : STYLE_NORMAL, s->state);
        if (s->tries > 1)
            text_printf(&pen, STYLE_DIM, "%d tries  ", (int)s->tries);
        text_put(&pen, bad ? STYLE_WARN : STYLE_DIM, s->reason);
    }
}

/* ---- the tab ---- */

static void draw_tab(const struct frame *f, struct pager *p)
{
    const struct cases *c = &f->m->cases;
    const struct support_case *whole = cases_whole(f->m);
    for (size_t i = 0; i < c->tab.count; i++) {
        bool here = i == c->tab.cursor;
        struct pen pen = line(f, p);
        draw_row(f, &pen, &c->tab.rows[i], here, false);
        if (!here)
            continue;
        draw_whole(f, p, &c->tab.rows[i], whole);
        if (whole != NULL)
            draw_context(f, p, whole->context);
        line(f, p);
    }
}

void view_case_tab(const struct frame *f, const struct context *x, struct pager *p)
{
    const struct cases *c = &f->m->cases;
    struct pen pen;
    char keys[64] = "";
    if (c->of == x->row.id && c->tab.known && c->tab.count > 0) {
        draw_tab(f, p);
        return;
    }
    pen = line(f, p);
    if (c->of != x->row.id || !c->tab.known) {
        text_put(&pen, STYLE_DIM, f->m->link == LINK_LIVE ? "Reading the cases..." : "Not connected: its cases are read when it is back.");
        return;
    }
    keymap_keys_of(f->m->keymap, IN_DETAIL, ACTION_CASE, NULL, keys, sizeof keys);
    text_put(&pen, STYLE_DIM, "No case was opened for this shipment. ");
    text_put(&pen, STYLE_KEY, keys);
    text_put(&pen, STYLE_DIM, keys[0] ? " opens one, with its context filled in." : "");
}

/* ---- everybody's ---- */

static void draw_lists(const struct frame *f, int row)
{
    static const char *const names[CASE_LIST_COUNT] = {"Open", "Mine", "Conflicts", "All"};
    const struct cases *c = &f->m->cases;
    struct pen p = text_pen(f->s, row, MARGIN, f->m->cols - 2 * MARGIN);
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
    struct pen p = text_pen(f->s, row, MARGIN + 2, f->m->cols - 2 * MARGIN - 2);
    text_field(&p, 7, STYLE_DIM, "Case");
    text_field(&p, wide ? TYPE_WIDE : TYPE, STYLE_DIM, "Type");
    text_field(&p, 8, STYLE_DIM, "State");
    text_field(&p, 9, STYLE_DIM, "Priority");
    text_put(&p, STYLE_DIM, "Subject");
    p.col = f->m->cols - MARGIN - right_of(f, true);
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
        struct pen p = text_pen(f->s, top + 3, MARGIN, f->m->cols - 2 * MARGIN);
        bool reading = l->rows == NULL && l->read_at == 0;
        text_put(&p, STYLE_DIM, !reading ? none[f->m->cases.which] : f->m->link == LINK_LIVE ? "Reading the cases..."
                                : "Not connected: the cases are read when it is back.");
        return;
    }
    size_t first = l->cursor >= (size_t)rows ? l->cursor - (size_t)rows + 1 : 0;
    for (int i = 0; i < rows && first + (size_t)i < l->count; i++) {
        struct pen p = text_pen(f->s, top + 2 + i, MARGIN, f->m->cols - 2 * MARGIN);
        draw_row(f, &p, &l->rows[first + (size_t)i], first + (size_t)i == l->cursor, true);
    }
}

/* ---- one ---- */

void view_case(const struct frame *f, struct pager *p)
{
    const struct case_row *r = cases_chosen(f->m);
    const struct support_case *c = cases_whole(f->m);
    struct pen title = line(f, p);
    if (r == NULL) {
        text_printf(&title, STYLE_STRONG, "C%lld", (long long)f->m->cases.wanted);
        text_put(&title, STYLE_DIM, f->m->link == LINK_LIVE ? "  reading it..." : "  not connected: it is read when it is back");
        return;
    }
    text_printf(&title, STYLE_STRONG, "C%" PRId64, r->id);
    title.begun = true;
    text_fact(&title, STYLE_NORMAL, case_type_label(r->type));
    text_fact(&title, state_style(r->state), case_state_name(r->state));
    text_fact(&title, priority_style(r->priority), case_priority_name(r->priority));
    text_factf(&title, STYLE_NORMAL, "%s %s", r->carrier, r->tracking_number);
    text_fact(&title, STYLE_NORMAL, r->customer_name);
    if (c != NULL && c->merged_into != 0)
        text_factf(&title, STYLE_WARN, "merged into C%" PRId64, c->merged_into);
    draw_whole(f, p, r, c);
    if (c == NULL)
        return;
    draw_context(f, p, c->context);
    draw_syncs(f, p, c);
}

/* ---- before it is opened ---- */

static void form_field(const struct frame *f, struct pager *p, enum action a, const char *name, enum style style, const char *value)
{
    char keys[64] = "", label[40];
    keymap_keys_of(f->m->keymap, IN_FORM, a, NULL, keys, sizeof keys);
    snprintf(label, sizeof label, "%.3s %s", keys, name);
    fact(f, p, label, style, value);
}

void view_case_form(const struct frame *f, struct pager *p)
{
    const struct case_form *form = &f->m->form;
    char keys[64] = "", who[60];
    struct pen title = line(f, p);
    if (form->id_count == 1)
        snprintf(who, sizeof who, "for #%" PRId64, form->ids[0]);
    else
        snprintf(who, sizeof who, "for each of %zu exceptions", form->id_count);
    text_printf(&title, STYLE_STRONG, "New case: %s, %s", case_type_label(form->type), who);
    view_rule(f, view_pager_row(p), 0, f->m->cols);
    if (form->trouble[0] != '\0')
        paragraph(f, p, 0, STYLE_BAD, form->trouble);
    if (form->draft == NULL) {
        struct pen wait = line(f, p);
        text_put(&wait, STYLE_DIM, form->trouble[0] ? "" : f->m->link == LINK_LIVE ? "Reading what belongs into it..."
                                   : "Not connected: it is filled in when it is back.");
        return;
    }
    bool own = form->id_count > 1 && !form->subject_set;
    form_field(f, p, ACTION_CASE_SUBJECT, "Subject", STYLE_STRONG, form->subject);
    if (own)
        fact(f, p, "", STYLE_DIM, "the others get their own, as this one has");
    form_field(f, p, ACTION_CASE_PRIORITY, "Priority", priority_style(form->priority), case_priority_name(form->priority));
    form_field(f, p, ACTION_CASE_NOTE, "Note", form->note[0] ? STYLE_NORMAL : STYLE_DIM, form->note[0] ? form->note : "none; internal, never sent to the customer");
    fact(f, p, "  Tags", STYLE_ACCENT, form->draft->tags);
    line(f, p);
    struct pen head = line(f, p);
    text_put(&head, STYLE_ACCENT, form->id_count == 1 ? "Context, as it will be sent" : "Context of the first, as it will be sent; each has its own");
    context_lines(f, p, form->draft->context != NULL ? form->draft->context : "");
    if (form->id_count > 1) {
        line(f, p);
        paragraph(f, p, 0, STYLE_DIM, "Where one of this type is open already, the exception is linked to it instead.");
    }
    line(f, p);
    struct pen offer = line(f, p);
    keymap_keys_of(f->m->keymap, IN_FORM, ACTION_CASE_OPEN, NULL, keys, sizeof keys);
    text_put(&offer, STYLE_KEY, keys);
    text_put(&offer, form->opening ? STYLE_DIM : STYLE_NORMAL, form->opening ? " opening..." : form->id_count == 1 ? " opens it" : " opens them");
}
