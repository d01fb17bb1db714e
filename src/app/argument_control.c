/* Arguments of what is done to cases, overrides and batches. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/cases.h"
#include "app/moment.h"
#include "app/override.h"
#include "base/number.h"
#include "argument_in.h"

/* --- cases --------------------------------------------------------------------------- */

static bool check_case_note(struct check *c)
{
    if (!c->n)
        return err_set(c->e, ERR_INPUT, NULL, "write the note; internal: never sent to the customer");
    snprintf(c->hint, c->size, "internal: never sent to the customer");
    return true;
}

static bool check_subject(struct check *c)
{
    if (!c->n)
        return err_set(c->e, ERR_INPUT, NULL, "write the subject of the case");
    if (c->n > 200) {
        *c->at = 200;
        return err_set(c->e, ERR_INPUT, NULL, "a subject has at most 200 characters");
    }
    snprintf(c->hint, c->size, "the helpdesk sees it as the ticket's subject");
    return true;
}

/* "48122 #48123, 48125": numbers with what people put between them. */
static bool check_numbers(struct check *c)
{
    size_t count = 0;
    for (size_t i = 0; i < c->n; i++) {
        bool digit = c->arg[i] >= '0' && c->arg[i] <= '9', before = i && c->arg[i - 1] >= '0' && c->arg[i - 1] <= '9';
        count += digit && !before;
        if (!digit && !strchr(" ,#", c->arg[i])) {
            *c->at = i;
            return err_set(c->e, ERR_INPUT, NULL, "numbers, with blanks between: 48122 48123");
        }
    }
    if (!count)
        return err_set(c->e, ERR_INPUT, NULL, "write the numbers of the exceptions to link: 48122 48123");
    snprintf(c->hint, c->size, "links %s exception%s to the case", grouped((int64_t)count).text, count == 1 ? "" : "s");
    return true;
}

static bool check_case_number(struct check *c)
{
    size_t i = c->arg[0] == 'C' || c->arg[0] == 'c';
    if (!c->n)
        return err_set(c->e, ERR_INPUT, NULL, "write the case it goes into: C12");
    if (i == c->n || strspn(c->arg + i, "0123456789") + i != c->n || c->n > 18) {
        *c->at = i;
        return err_set(c->e, ERR_INPUT, NULL, "write one case's number: C12");
    }
    snprintf(c->hint, c->size, "its notes and links go to C%.*s, and it is closed", (int)(c->n - i), c->arg + i);
    return true;
}

/* The tags there are: of the case chosen, or of the one being opened. */
static const char *tags_now(const struct model *m)
{
    const struct support_case *c = cases_whole(m);
    return m->screen == SCREEN_CASE_NEW ? m->form.tags : c ? c->tags : "";
}

/* "photos -damaged" */
static bool check_case_tags(struct check *c)
{
    const char *now = tags_now(c->m);
    size_t on = 0, off = 0;
    if (!c->n)
        return now[0] ? err_set(c->e, ERR_INPUT, NULL, "a word puts a tag on, -word takes it off; now: %.150s", now)
                      : err_set(c->e, ERR_INPUT, NULL, "write the tags it gets; -word takes one off again");
    for (size_t i = 0, from; i < c->n; i++) {
        if (c->arg[i] == ' ')
            continue;
        bool minus = c->arg[i] == '-';
        for (from = i += minus; i < c->n && c->arg[i] != ' '; i++) {
            char ch = c->arg[i];
            if (!((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || (i > from && (ch == '_' || ch == '-'))) || i - from == 24) {
                *c->at = i;
                return err_set(c->e, ERR_INPUT, NULL, "a tag is small letters, digits, - and _, at most 24");
            }
        }
        if (i == from) {
            *c->at = i - 1;
            return err_set(c->e, ERR_INPUT, NULL, "which tag shall it lose? -word");
        }
        on += !minus;
        off += minus;
    }
    snprintf(c->hint, c->size, "puts on %s, takes off %s; now: %.150s", grouped((int64_t)on).text, grouped((int64_t)off).text, now[0] ? now : "none");
    return true;
}

void argument_case_tags(const struct model *m, const char *arg, size_t at, struct completion *out)
{
    size_t from = at;
    while (from && arg[from - 1] != ' ')
        from--;
    bool off = from < at && arg[from] == '-';
    out->from = from;
    out->to = at + strcspn(arg + at, " ");
    for (const char *s = tags_now(m); off && *(s += strspn(s, " ")); s += strcspn(s, " ")) {
        char word[40];
        snprintf(word, sizeof word, "-%.*s", (int)strcspn(s, " "), s);
        if (argument_begins(word, arg + from, at - from))
            argument_offer(out, word);
    }
    for (const char **w = m->word_lists[FIELD_TAG]; !off && w && *w; w++)
        if (argument_begins(*w, arg + from, at - from))
            argument_offer(out, *w);
}

static bool check_owner(struct check *c)
{
    if (!argument_person(c))
        return false;
    snprintf(c->hint, c->size, "gives the case to %.*s", (int)c->n, strcmp(c->arg, "me") == 0 ? c->m->hello.role : c->arg);
    return true;
}

/* --- overrides ------------------------------------------------------------------------ */

static bool check_why(struct check *c)
{
    if (!c->n)
        return err_set(c->e, ERR_INPUT, NULL, c->action == ACTION_BATCH_REJECT ? "say why, for who asked" : "say why it is so: required, whoever meets the override later reads it");
    snprintf(c->hint, c->size, c->action == ACTION_BATCH_REJECT ? "rejects the batch; who asked for it reads why" : "stays with the override, and in the activity");
    return true;
}

static bool check_until(struct check *c)
{
    struct moment when;
    char until[32];
    if (!c->n) {
        snprintf(c->hint, c->size, "as long as the policy says; or write 12h, 3d, mon 9:00");
        return true;
    }
    if (!moment_parse(c->arg, c->m->now, &c->m->zone, &when, c->e) || when.next_scan) {
        *c->at = 0;
        return err_set(c->e, ERR_INPUT, NULL, "write until when: 12h, 3d, mon 9:00; nothing for the usual");
    }
    moment_format(when.at, c->m->now, &c->m->zone, until, sizeof until);
    snprintf(c->hint, c->size, "holds until %s, then the carrier's word counts again", until);
    return true;
}

static int64_t count_wanted(const struct check *c)
{
    if (c->action == ACTION_OVERRIDE_APPLY)
        return c->m->overriding.preview ? c->m->overriding.preview->shipments : 0;
    return batches_chosen(c->m) ? batches_chosen(c->m)->active : 0;
}

/* Right as far as it is typed; whether it is all of it is looked at when it is taken. */
static bool check_count(struct check *c)
{
    char wanted[24], typed[24];
    snprintf(wanted, sizeof wanted, "%" PRId64, count_wanted(c));
    struct number shown = grouped(count_wanted(c));
    if (!c->n)
        return err_set(c->e, ERR_INPUT, NULL, c->action == ACTION_OVERRIDE_APPLY ? "type %s to override %s shipments" : "type %s to take back the overrides of %s shipments", shown.text, shown.text);
    if (!number_typed(c->arg, c->n, typed, sizeof typed) || strncmp(wanted, typed, strlen(typed)) != 0) {
        *c->at = 0;
        return err_set(c->e, ERR_INPUT, NULL, "that is not how many: type %s", shown.text);
    }
    snprintf(c->hint, c->size, "%s shipments", shown.text);
    return true;
}

static bool check_status(struct check *c)
{
    enum status s;
    if (!status_parse(c->arg, strcspn(c->arg, " "), &s) || !override_status_allowed(s)) {
        *c->at = 0;
        return err_set(c->e, ERR_INPUT, NULL, "not a status a person can set; Tab completes");
    }
    snprintf(c->hint, c->size, "%s: \"%s\"; the reason is asked for, then you see what it does", c->who, status_label(s));
    return true;
}

static bool check_search(struct check *c)
{
    snprintf(c->hint, c->size, c->n ? "only lines with this text" : "write a part of a line; nothing for all of them");
    return true;
}

static const struct { enum action action; argument_check_fn *check; } checks[] = {
    {ACTION_CASE, argument_list}, {ACTION_CASES, argument_list}, {ACTION_CASE_STATE, argument_list},
    {ACTION_CASE_PRIORITY, argument_list}, {ACTION_CASE_NOTE, check_case_note}, {ACTION_CASE_SUBJECT, check_subject},
    {ACTION_CASE_LINK, check_numbers}, {ACTION_CASE_MERGE, check_case_number}, {ACTION_CASE_OWNER, check_owner},
    {ACTION_CASE_TAG, check_case_tags},
    {ACTION_OVERRIDE, check_status}, {ACTION_OVERRIDE_NOTE, check_why}, {ACTION_BATCH_REJECT, check_why},
    {ACTION_OVERRIDE_UNTIL, check_until}, {ACTION_OVERRIDE_APPLY, check_count}, {ACTION_BATCH_REVERT, check_count},
    {ACTION_SHEET_SEARCH, check_search},
};

argument_check_fn *argument_control(enum action a)
{
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (checks[i].action == a)
            return checks[i].check;
    return NULL;
}
