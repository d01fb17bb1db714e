/* Overrides: the tab of a shipment's, and what one would do before it is done. */
#include "view/parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/override.h"
#include "base/number.h"
#include "base/when.h"

enum { MARGIN = 2, NAME = 14, COUNT = 9 };

static struct pen line(const struct frame *f, struct pager *p)
{
    return text_pen(f->s, view_pager_row(p), MARGIN, f->m->cols - 2 * MARGIN);
}

static void wrapped(const struct frame *f, struct pager *p, int indent, enum style style, const char *text)
{
    size_t n = strlen(text);
    for (size_t at = 0, next; at < n; at += next) {
        size_t used = text_wrap(text + at, n - at, f->m->cols - 2 * MARGIN - indent, &next);
        struct pen pen = line(f, p);
        text_skip(&pen, indent);
        text_printf(&pen, style, "%.*s", (int)used, text + at);
    }
}

/* ---- the tab ---- */

static const char *reason_words(const char *name)
{
    enum override_reason r;
    return override_reason_parse(name, strlen(name), &r) ? override_reason_label(r) : name;
}

/* What became of it, in words. */
static enum style became(const struct frame *f, const struct override_row *o, char *out, size_t size)
{
    static const struct { const char *state, *words; } words[] = {
        {"pending", "waits for a second lead"}, {"agreed", "the carrier says the same by now"}, {"expired", "expired"},
        {"reverted", "taken back"}, {"replaced", "replaced by a newer one"}, {"skipped", "not applied"},
    };
    char moment[TEXT_SHORT];
    bool active = strcmp(o->state, "active") == 0, conflict = strcmp(o->state, "conflict") == 0;
    out[0] = '\0';
    if (active || conflict) {
        text_moment(o->expires_at, f->m->now, &f->m->zone, moment, sizeof moment);
        snprintf(out, size, "in force%s%s", o->expires_at == WHEN_NONE ? "" : " until ", o->expires_at == WHEN_NONE ? "" : moment);
        return conflict ? STYLE_WARN : STYLE_GOOD;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].state, o->state) == 0)
            snprintf(out, size, "%s", words[i].words);
    size_t used = strlen(out);
    if (o->ended_at != WHEN_NONE && o->ended_at != 0) {
        text_moment(o->ended_at, f->m->now, &f->m->zone, moment, sizeof moment);
        snprintf(out + used, size - used, " %s%s%s", moment, o->ended_by[0] ? " by " : "", o->ended_by);
    }
    return STYLE_DIM;
}

static void draw_override(const struct frame *f, struct pager *p, const struct override_row *o)
{
    const struct model *m = f->m;
    char moment[TEXT_SHORT], what[160], fate[160];
    enum style style = became(f, o, fate, sizeof fate);
    struct pen pen = line(f, p);
    text_moment(o->at, m->now, &m->zone, moment, sizeof moment);
    text_field(&pen, 14, STYLE_DIM, moment);
    text_put(&pen, STYLE_STRONG, status_label(o->status));
    text_printf(&pen, STYLE_NORMAL, " by %s", o->by);
    pen.begun = true;
    text_fact(&pen, style, fate);
    wrapped(f, p, 14, STYLE_NORMAL, reason_words(o->reason));
    wrapped(f, p, 14, STYLE_NORMAL, o->note);
    if (o->conflict_at != WHEN_NONE && o->conflict_at != 0) {
        text_moment(o->conflict_at, m->now, &m->zone, moment, sizeof moment);
        snprintf(what, sizeof what, "! the carrier said \"%s\" at %s", status_label(o->conflict_status), moment);
        wrapped(f, p, 14, STYLE_WARN, what);
    }
    wrapped(f, p, 14, STYLE_DIM, o->skip_reason);
    if (o->batch_size > 1 || o->outage_id != 0) {
        snprintf(what, sizeof what, "batch %" PRId64 ", %s shipment%s", o->batch_id, grouped(o->batch_size).text, o->batch_size == 1 ? "" : "s");
        size_t used = strlen(what);
        if (o->outage_id != 0)
            snprintf(what + used, sizeof what - used, ", outage %" PRId32, o->outage_id);
        wrapped(f, p, 14, STYLE_DIM, what);
    }
}

static void draw_offer(const struct frame *f, struct pager *p, bool force)
{
    char keys[64];
    struct pen pen = line(f, p);
    if (keymap_keys_of(f->m->keymap, IN_DETAIL, ACTION_OVERRIDE, NULL, keys, sizeof keys)) {
        text_put(&pen, STYLE_KEY, keys);
        text_put(&pen, STYLE_DIM, force ? " another status" : " sets the status by hand");
        text_skip(&pen, 3);
    }
    if (force && keymap_keys_of(f->m->keymap, IN_DETAIL, ACTION_OVERRIDE_REVERT, NULL, keys, sizeof keys)) {
        text_put(&pen, STYLE_KEY, keys);
        text_put(&pen, STYLE_DIM, " takes it back: the carrier's word counts again");
    }
}

void view_overrides_tab(const struct frame *f, const struct context *c, struct pager *p)
{
    const struct overrides *o = &f->m->overrides;
    const struct queue_row *r = &c->row;
    bool differ = r->carrier_status != r->effective_status;
    struct pen pen = line(f, p);
    text_field(&pen, NAME, STYLE_DIM, "Carrier says");
    text_field(&pen, 24, differ ? STYLE_WARN : STYLE_NORMAL, status_label(r->carrier_status));
    text_put(&pen, STYLE_DIM, "Counts as  ");
    text_put(&pen, STYLE_STRONG, status_label(r->effective_status));
    draw_offer(f, p, o->id == r->id && overrides_force(f->m) != NULL);
    line(f, p);
    if (o->id != r->id || (o->count == 0)) {
        pen = line(f, p);
        text_put(&pen, STYLE_DIM, o->id == r->id ? "Nobody has set its status by hand." : f->m->link == LINK_LIVE ? "Reading the overrides..."
                                  : "Not connected: its overrides are read when it is back.");
        return;
    }
    for (size_t i = 0; i < o->count; i++) {
        draw_override(f, p, &o->rows[i]);
        line(f, p);
    }
}

/* ---- before it is done ---- */

static void field(const struct frame *f, struct pager *p, enum action a, const char *name, enum style style, const char *value)
{
    char keys[64] = "", label[40];
    struct pen pen = line(f, p);
    keymap_keys_of(f->m->keymap, IN_OVERRIDE, a, NULL, keys, sizeof keys);
    snprintf(label, sizeof label, "%.3s %s", keys, name);
    text_field(&pen, NAME, STYLE_DIM, label);
    text_put(&pen, style, value);
}

static void counted(const struct frame *f, struct pager *p, int64_t n, enum style style, const char *words)
{
    char text[TEXT_SHORT];
    int row = view_pager_row(p);
    number_text(n, text, sizeof text);
    if (row >= 0)
        screen_field_right(f->s, row, MARGIN, COUNT, n != 0 ? STYLE_STRONG : STYLE_DIM, text);
    struct pen pen = text_pen(f->s, row, MARGIN + COUNT + 2, f->m->cols - 2 * MARGIN - COUNT - 2);
    text_put(&pen, n != 0 ? style : STYLE_DIM, words);
}

static void draw_numbers(const struct frame *f, struct pager *p, const struct override_preview *v)
{
    char line_text[120], label[60];
    snprintf(label, sizeof label, "\"%s\"", status_label(f->m->overriding.status));
    snprintf(line_text, sizeof line_text, "shipment%s, of %s exception%s asked for", v->shipments == 1 ? "" : "s", grouped(v->asked).text, v->asked == 1 ? "" : "s");
    counted(f, p, v->shipments, STYLE_NORMAL, line_text);
    snprintf(line_text, sizeof line_text, "become %s", label);
    counted(f, p, v->changes, STYLE_NORMAL, line_text);
    if (v->same != 0)
        counted(f, p, v->same, STYLE_NORMAL, "are that already");
    if (v->overridden != 0)
        counted(f, p, v->overridden, STYLE_WARN, "are overridden already: this replaces it");
    snprintf(line_text, sizeof line_text, "had a scan in the last %d h that says something else", (int)v->newer_hours);
    counted(f, p, v->newer, STYLE_WARN, line_text);
    counted(f, p, v->resolves, STYLE_NORMAL, "exceptions are resolved by it");
    if (v->keeps_case != 0)
        counted(f, p, v->keeps_case, STYLE_NORMAL, "would be, but a case is open: they stay");
    counted(f, p, v->stays, STYLE_NORMAL, "exceptions stay open");
    if (v->clocks != 0)
        counted(f, p, v->clocks, STYLE_NORMAL, "SLA clocks stop with it");
    if (v->messages != 0)
        counted(f, p, v->messages, STYLE_WARN, "queued messages it contradicts: held when their time comes");
    if (v->denied != 0)
        counted(f, p, v->denied, STYLE_WARN, "not yours to see, or gone: left out");
}

/* By carrier and the status now, most first; as many as help. */
static void draw_groups(const struct frame *f, struct pager *p, const struct override_preview *v)
{
    line(f, p);
    struct pen head = line(f, p);
    text_put(&head, STYLE_ACCENT, "By carrier and status now");
    for (size_t i = 0; i < v->group_count; i++) {
        char words[80];
        snprintf(words, sizeof words, "%-12s %s", v->groups[i].carrier, status_label(v->groups[i].status));
        counted(f, p, v->groups[i].count, STYLE_NORMAL, words);
    }
}

static void draw_age(const struct frame *f, struct pager *p)
{
    const struct overriding *o = &f->m->overriding;
    struct pen pen = line(f, p);
    char ago[TEXT_SHORT];
    text_put(&pen, STYLE_ACCENT, "What it does");
    if (o->preview == NULL || !override_counting(f->m))
        return;
    when_format_span(f->m->now > o->preview_at ? f->m->now - o->preview_at : 0, ago, sizeof ago);
    if (strcmp(ago, "now") == 0)
        snprintf(ago, sizeof ago, "a moment");
    text_skip(&pen, 2);
    text_printf(&pen, STYLE_WARN, "counted %s ago, %s", ago, f->m->link == LINK_LIVE ? "being counted again..." : "not connected");
}

static void draw_end(const struct frame *f, struct pager *p, const struct override_preview *v)
{
    char keys[64] = "", words[200], n[TEXT_SHORT];
    const struct overriding *o = &f->m->overriding;
    if (!v->allowed) {
        wrapped(f, p, 0, STYLE_BAD, v->refusal[0] ? v->refusal : "You may not override these; ask a lead.");
        return;
    }
    if (v->needs_approval) {
        number_text(v->alone, n, sizeof n);
        snprintf(words, sizeof words, "%s%s%s %s: a second lead has to approve it before it takes effect.", v->alone ? "With the " : "", v->alone ? n : "",
                 v->alone ? " of yours in the last hour more than" : "More than", grouped(v->threshold).text);
        wrapped(f, p, 0, STYLE_WARN, words);
    }
    keymap_keys_of(f->m->keymap, IN_OVERRIDE, ACTION_OVERRIDE_APPLY, NULL, keys, sizeof keys);
    number_text(v->shipments, n, sizeof n);
    struct pen pen = line(f, p);
    text_put(&pen, STYLE_KEY, keys);
    if (o->applying)
        text_put(&pen, STYLE_DIM, " it is being done...");
    else if (o->note[0] == '\0')
        text_put(&pen, STYLE_NORMAL, " asks why first: a note is required");
    else if (v->shipments > OVERRIDE_CONFIRM)
        text_printf(&pen, STYLE_NORMAL, " %s; you type %s to confirm", v->needs_approval ? "asks a second lead" : "does it", n);
    else
        text_printf(&pen, STYLE_NORMAL, " %s", v->needs_approval ? "asks a second lead" : "does it; undo takes it back");
}

void view_override(const struct frame *f, struct pager *p)
{
    const struct model *m = f->m;
    const struct overriding *o = &m->overriding;
    const struct override_preview *v = o->preview;
    char until[TEXT_SHORT], text[120];
    int64_t at = o->until != WHEN_NONE ? o->until : v != NULL ? v->expires_at : WHEN_NONE;
    struct pen title = line(f, p);
    if (o->id_count == 1)
        text_printf(&title, STYLE_STRONG, "Override #%" PRId64, o->id_count != 0 ? o->ids[0] : 0);
    else
        text_printf(&title, STYLE_STRONG, "Override %s exceptions", grouped((int64_t)o->id_count).text);
    view_rule(f, view_pager_row(p), 0, m->cols);
    if (o->trouble[0] != '\0')
        wrapped(f, p, 0, STYLE_BAD, o->trouble);
    field(f, p, ACTION_OVERRIDE_STATUS, "Status", STYLE_STRONG, status_label(o->status));
    field(f, p, ACTION_OVERRIDE_REASON, "Reason", STYLE_NORMAL, override_reason_label(o->reason));
    text_moment(at, m->now, &m->zone, until, sizeof until);
    snprintf(text, sizeof text, "%s%s", at == WHEN_NONE ? "as long as the policy says" : until, o->until == WHEN_NONE && at != WHEN_NONE ? ", as the policy says" : "");
    field(f, p, ACTION_OVERRIDE_UNTIL, "Until", STYLE_NORMAL, text);
    field(f, p, ACTION_OVERRIDE_NOTE, "Note", o->note[0] ? STYLE_NORMAL : STYLE_WARN, o->note[0] ? o->note : "required: why is it so");
    line(f, p);
    draw_age(f, p);
    if (v == NULL) {
        struct pen wait = line(f, p);
        text_put(&wait, STYLE_DIM, o->trouble[0] ? "" : m->link == LINK_LIVE ? "Counting..." : "Not connected: it is counted when it is back.");
        return;
    }
    draw_numbers(f, p, v);
    line(f, p);
    draw_end(f, p, v);
    if (v->group_count > 0)
        draw_groups(f, p, v);
}
