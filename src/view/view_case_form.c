/* A case before it is opened. */
#include "case_in.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

#include "app/cases.h"

static void form_field(const struct frame *f, struct pager *p, enum action a, const char *name, enum style style, const char *value)
{
    char keys[64] = "", label[40];
    keymap_keys_of(f->m->keymap, IN_FORM, a, NULL, keys, sizeof keys);
    snprintf(label, sizeof label, "%.3s %s", keys, name);
    case_fact(f, p, label, style, value);
}

void view_case_form(const struct frame *f, struct pager *p)
{
    const struct case_form *form = &f->m->form;
    char keys[64] = "", who[60];
    struct pen title = case_line(f, p);
    if (form->id_count == 1)
        snprintf(who, sizeof who, "for #%" PRId64, form->ids[0]);
    else
        snprintf(who, sizeof who, "for each of %s exceptions", grouped((int64_t)form->id_count).text);
    text_printf(&title, STYLE_STRONG, "New case: %s, %s", case_type_label(form->type), who);
    view_rule(f, view_pager_row(p), 0, f->m->cols);
    if (form->trouble[0] != '\0')
        case_paragraph(f, p, 0, STYLE_BAD, form->trouble);
    if (form->draft == NULL) {
        struct pen wait = case_line(f, p);
        text_put(&wait, STYLE_DIM, form->trouble[0] ? "" : f->m->link == LINK_LIVE ? "Reading what belongs into it..."
                                   : "Not connected: it is filled in when it is back.");
        return;
    }
    bool own = form->id_count > 1 && !form->subject_set;
    form_field(f, p, ACTION_CASE_SUBJECT, "Subject", STYLE_STRONG, form->subject);
    if (own)
        case_fact(f, p, "", STYLE_DIM, "the others get their own, as this one has");
    form_field(f, p, ACTION_CASE_PRIORITY, "Priority", case_priority_style(form->priority), case_priority_name(form->priority));
    form_field(f, p, ACTION_CASE_NOTE, "Note", form->note[0] ? STYLE_NORMAL : STYLE_DIM, form->note[0] ? form->note : "none; internal, never sent to the customer");
    form_field(f, p, ACTION_CASE_TAG, "Tags", form->tags[0] ? STYLE_ACCENT : STYLE_DIM, form->tags[0] ? form->tags : "none");
    case_line(f, p);
    struct pen head = case_line(f, p);
    text_put(&head, STYLE_ACCENT, form->id_count == 1 ? "Context that goes with it" : "Context that goes with the first; each has its own");
    case_context(f, p, form->draft->context != NULL ? form->draft->context : "");
    if (form->id_count > 1) {
        case_line(f, p);
        case_paragraph(f, p, 0, STYLE_DIM, "Where one of this type is open already, the exception is linked to it instead.");
    }
    case_line(f, p);
    struct pen offer = case_line(f, p);
    keymap_keys_of(f->m->keymap, IN_FORM, ACTION_CASE_OPEN, NULL, keys, sizeof keys);
    text_put(&offer, STYLE_KEY, keys);
    text_put(&offer, form->opening ? STYLE_DIM : STYLE_NORMAL, form->opening ? " opening..." : form->id_count == 1 ? " opens it" : " opens them");
}
