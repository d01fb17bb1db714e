/* A case in full: the tab of an exception, and the screen of one. */
#include "case_in.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/cases.h"

/* ---- lines ---- */

struct pen case_line(const struct frame *f, struct pager *p)
{
    return text_pen(f->s, view_pager_row(p), CASE_MARGIN, f->m->cols - 2 * CASE_MARGIN);
}

void case_paragraph(const struct frame *f, struct pager *p, int indent, enum style style, const char *text)
{
    int width = f->m->cols - 2 * CASE_MARGIN - indent;
    size_t len = strlen(text), from = 0, next = 0, end;
    width = width > 100 ? 100 : width;
    do {
        end = editor_row(text, len, from, width, &next);
        struct pen pen = case_line(f, p);
        text_skip(&pen, indent);
        text_printf(&pen, style, "%.*s", (int)(end - from), text + from);
        from = next;
    } while (end < len);
}

void case_fact(const struct frame *f, struct pager *p, const char *name, enum style style, const char *value)
{
    size_t n = strlen(value);
    for (size_t at = 0, next; at < n; at += next) {
        size_t used = text_wrap(value + at, n - at, f->m->cols - 2 * CASE_MARGIN - CASE_NAME, &next);
        struct pen pen = case_line(f, p);
        text_field(&pen, CASE_NAME, STYLE_DIM, at == 0 ? name : "");
        text_printf(&pen, style, "%.*s", (int)used, value + at);
    }
}

void case_context(const struct frame *f, struct pager *p, const char *context)
{
    enum { HANG = 11 };
    int width = f->m->cols - 2 * CASE_MARGIN;
    for (const char *s = context; *s != '\0'; s += strcspn(s, "\n"), s += *s == '\n') {
        size_t len = strcspn(s, "\n"), at = 0, next = 0;
        do {
            int indent = at > 0 ? HANG : 0;
            size_t used = text_wrap(s + at, len - at, width - indent, &next);
            struct pen pen = case_line(f, p);
            text_skip(&pen, indent);
            text_printf(&pen, STYLE_NORMAL, "%.*s", (int)used, s + at);
            at += next;
        } while (at < len && next > 0);
    }
}

enum style case_priority_style(enum case_priority p)
{
    return p == CASE_PRIORITY_URGENT ? STYLE_CRITICAL : p == CASE_PRIORITY_HIGH ? STYLE_HIGH : p == CASE_PRIORITY_LOW ? STYLE_DIM : STYLE_NORMAL;
}

enum style case_state_style(enum case_state s) { return s == CASE_STATE_OPEN ? STYLE_STRONG : s == CASE_STATE_PENDING ? STYLE_NORMAL : STYLE_DIM; }

/* ---- one in full ---- */

/* The keys that help now, of those that do something to a case. */
static void draw_offers(const struct frame *f, struct pager *p, const struct case_row *r)
{
    static const struct { enum action action; const char *word; } offers[] = {
        {ACTION_CASE_TAKE, "take theirs"}, {ACTION_CASE_KEEP, "keep ours"}, {ACTION_CASE_RETRY, "tell them again"},
        {ACTION_CASE_NOTE, "note"}, {ACTION_CASE_STATE, "state"}, {ACTION_CASE_PRIORITY, "priority"}, {ACTION_CASE_OWNER, "owner"},
        {ACTION_CASE_TAG, "tags"}, {ACTION_CASE_LINK, "link"}, {ACTION_CASE_MERGE, "merge"}, {ACTION_CASE_SUBJECT, "subject"},
    };
    const struct model *m = f->m;
    struct pen pen = {.row = -1};
    if (m->hello.level != ROLE_NONE && m->hello.level < ROLE_AGENT)
        return;
    for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++) {
        char keys[64];
        if (!cases_offers(r, offers[i].action) || !keymap_keys_of(m->keymap, IN_CASE, offers[i].action, NULL, keys, sizeof keys))
            continue;
        if (pen.col + text_columns(keys) + 1 + text_columns(offers[i].word) > pen.end) {
            pen = case_line(f, p);
            text_skip(&pen, CASE_INDENT);
        }
        text_put(&pen, STYLE_KEY, keys);
        text_printf(&pen, STYLE_DIM, " %s", offers[i].word);
        text_skip(&pen, 2);
    }
}

/* What stands in the way of telling them: of the newest change that failed, or else that is tried again. */
static const struct case_sync_row *desk_trouble(const struct support_case *c)
{
    const struct case_sync_row *tried = NULL;
    for (size_t i = 0; c != NULL && i < c->sync_count; i++) {
        const struct case_sync_row *s = &c->syncs[i];
        if (strcmp(s->state, "failed") == 0 || strcmp(s->state, "unknown") == 0)
            return s;
        if (tried == NULL && s->tries > 0 && (strcmp(s->state, "queued") == 0 || strcmp(s->state, "sending") == 0))
            tried = s;
    }
    return tried;
}

static void draw_desk(const struct frame *f, struct pager *p, const struct case_row *r, const struct support_case *c)
{
    char desk[300];
    enum style style = case_desk(r, desk, sizeof desk);
    if (desk[0] == '\0')
        return;
    case_fact(f, p, "Helpdesk", style, desk);
    case_fact(f, p, "", STYLE_LINK, r->desk_url);
    case_fact(f, p, "", STYLE_WARN, r->conflict);
    const struct case_sync_row *trouble = r->conflict[0] == '\0' ? desk_trouble(c) : NULL;
    if (trouble != NULL)
        case_fact(f, p, "", STYLE_WARN, trouble->reason);
}

static void draw_notes(const struct frame *f, struct pager *p, const struct support_case *c)
{
    const struct model *m = f->m;
    if (c->note_count == 0) {
        case_fact(f, p, "Notes", STYLE_DIM, "none yet");
        return;
    }
    for (size_t i = c->note_count; i-- > 0;) {     /* the newest is read first */
        const struct case_note *n = &c->notes[i];
        char moment[TEXT_SHORT], who[160];
        text_moment(n->at, m->now, &m->zone, moment, sizeof moment);
        snprintf(who, sizeof who, "%s %s%s", moment, n->by, !n->desk ? "" : n->is_public ? ", at the helpdesk, to the customer" : ", at the helpdesk");
        case_fact(f, p, i + 1 == c->note_count ? "Notes" : "", STYLE_ACCENT, who);
        case_paragraph(f, p, CASE_NAME, STYLE_NORMAL, n->text != NULL ? n->text : "");
    }
}

static void draw_links(const struct frame *f, struct pager *p, const struct support_case *c)
{
    char text[400] = "";
    size_t used = 0;
    for (size_t i = 0; i < c->link_count && used + 32 < sizeof text; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s#%" PRId64, i ? "  " : "", c->links[i]);
    if (c->link_count > 1)
        case_fact(f, p, "Exceptions", STYLE_NORMAL, text);
}

static void draw_people(const struct frame *f, struct pager *p, const struct case_row *r)
{
    char text[200], ago[TEXT_SHORT];
    text_ago(r->created_at, f->m->now, ago, sizeof ago);
    snprintf(text, sizeof text, "%s%s, opened by %s%s%s", r->owner[0] ? r->owner : "nobody's", r->owner[0] ? "'s" : "", r->by, ago[0] ? " " : "", ago);
    case_fact(f, p, "Whose", STYLE_NORMAL, text);
}

static void draw_whole(const struct frame *f, struct pager *p, const struct case_row *r, const struct support_case *c)
{
    draw_offers(f, p, r);
    case_fact(f, p, "Subject", STYLE_STRONG, r->subject);
    draw_people(f, p, r);
    if (c != NULL)
        case_fact(f, p, "Tags", STYLE_ACCENT, c->tags);
    draw_desk(f, p, r, c);
    if (c == NULL) {
        case_fact(f, p, "Notes", STYLE_DIM, f->m->link == LINK_LIVE ? "reading them..." : "not connected: they come when it is back");
        return;
    }
    draw_notes(f, p, c);
    draw_links(f, p, c);
}

static void draw_context(const struct frame *f, struct pager *p, const char *context)
{
    if (context == NULL || context[0] == '\0')
        return;
    case_line(f, p);
    struct pen pen = case_line(f, p);
    text_put(&pen, STYLE_ACCENT, "Context when it was opened");
    case_context(f, p, context);
}

static void draw_syncs(const struct frame *f, struct pager *p, const struct support_case *c)
{
    const struct model *m = f->m;
    if (c->sync_count == 0)
        return;
    case_line(f, p);
    struct pen head = case_line(f, p);
    text_put(&head, STYLE_ACCENT, "What the helpdesk was told");
    for (size_t i = 0; i < c->sync_count; i++) {
        const struct case_sync_row *s = &c->syncs[i];
        char moment[TEXT_SHORT];
        bool bad = strcmp(s->state, "failed") == 0 || strcmp(s->state, "unknown") == 0;
        struct pen pen = case_line(f, p);
        text_moment(s->at, m->now, &m->zone, moment, sizeof moment);
        text_field(&pen, 14, STYLE_DIM, moment);
        text_field(&pen, 9, STYLE_NORMAL, s->op);
        text_field(&pen, 9, bad ? STYLE_WARN : STYLE_NORMAL, s->state);
        if (s->tries > 1)
            text_printf(&pen, STYLE_DIM, "%d tries  ", (int)s->tries);
        text_put(&pen, bad ? STYLE_WARN : STYLE_DIM, s->reason);
    }
}

/* ---- the tab ---- */

/* All of them above, so that none is overlooked below the one that is shown. */
static void draw_tab(const struct frame *f, struct pager *p)
{
    enum { MOST = 6 };
    const struct cases *c = &f->m->cases;
    const struct support_case *whole = cases_whole(f->m);
    size_t first = c->tab.cursor >= MOST ? c->tab.cursor - MOST + 1 : 0, n = c->tab.count - first < MOST ? c->tab.count - first : MOST;
    for (size_t i = first; i < first + n; i++) {
        struct pen pen = case_line(f, p);
        case_row(f, &pen, &c->tab.rows[i], i == c->tab.cursor, false);
    }
    if (n < c->tab.count) {
        struct pen pen = case_line(f, p);
        text_skip(&pen, CASE_INDENT);
        text_printf(&pen, STYLE_DIM, "%zu to %zu of its %zu cases", first + 1, first + n, c->tab.count);
    }
    if (c->tab.count > 1)
        case_line(f, p);
    draw_whole(f, p, &c->tab.rows[c->tab.cursor], whole);
    if (whole != NULL)
        draw_context(f, p, whole->context);
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
    pen = case_line(f, p);
    if (c->of != x->row.id || !c->tab.known) {
        text_put(&pen, STYLE_DIM, f->m->link == LINK_LIVE ? "Reading the cases..." : "Not connected: its cases are read when it is back.");
        return;
    }
    keymap_keys_of(f->m->keymap, IN_DETAIL, ACTION_CASE, NULL, keys, sizeof keys);
    text_put(&pen, STYLE_DIM, "No case was opened for this shipment. ");
    text_put(&pen, STYLE_KEY, keys);
    text_put(&pen, STYLE_DIM, keys[0] ? " opens one, with its context filled in." : "");
}

/* ---- one ---- */

void view_case(const struct frame *f, struct pager *p)
{
    const struct case_row *r = cases_chosen(f->m);
    const struct support_case *c = cases_whole(f->m);
    struct pen title = case_line(f, p);
    if (r == NULL) {
        text_printf(&title, STYLE_STRONG, "C%lld", (long long)f->m->cases.wanted);
        text_put(&title, STYLE_DIM, f->m->link == LINK_LIVE ? "  reading it..." : "  not connected: it is read when it is back");
        return;
    }
    text_printf(&title, STYLE_STRONG, "C%" PRId64, r->id);
    title.begun = true;
    text_fact(&title, STYLE_NORMAL, case_type_label(r->type));
    text_fact(&title, case_state_style(r->state), case_state_name(r->state));
    text_fact(&title, case_priority_style(r->priority), case_priority_name(r->priority));
    text_fact(&title, STYLE_NORMAL, r->tracking_number);
    text_fact(&title, STYLE_NORMAL, r->customer_name);
    if (c != NULL && c->merged_into != 0)
        text_factf(&title, STYLE_WARN, "merged into C%" PRId64, c->merged_into);
    draw_whole(f, p, r, c);
    if (c == NULL)
        return;
    draw_context(f, p, c->context);
    draw_syncs(f, p, c);
}

