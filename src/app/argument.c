#include "app/argument.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "app/moment.h"
#include "app/select.h"
#include "base/die.h"
#include "base/number.h"
#include "core/contact.h"
#include "core/report.h"
#include "core/scope.h"
#include "argument_in.h"

void argument_targets(const struct model *m, const int64_t *ids, size_t n, char *out, size_t size)
{
    if (n == 1 && !select_is_kept(ids, n))
        snprintf(out, size, "#%" PRId64, ids[0]);
    else
        snprintf(out, size, "%s exception%s", grouped((int64_t)select_size(m, ids, n)).text, select_size(m, ids, n) == 1 ? "" : "s");
}

/* --- closed lists ------------------------------------------------------------------- */

static const char *const theme_words[] = {"default", "light", "contrast", "mono"};
static const char *const theme_labels[] = {
    "for dark terminals", "for light terminals", "high contrast", "no colours at all"};
static const char *const tab_words[] = {"summary", "timeline", "messages", "case", "overrides", "activity"};
static const char *const tab_labels[] = {"everything at a glance", "every scan", "what the customer was told, and answered",
                                         "its cases", "the status set by hand, and the carrier's", "what people and rules did"};
static const char *const case_lists[] = {"open", "mine", "conflict", "all"};

const char *argument_word(enum action a, int i, const char **label)
{
    const char *none = NULL, **l = label ? label : &none;
    *l = "";
    if (i < 0)
        return NULL;
    if (a == ACTION_SEVERITY && i < SEVERITY_COUNT)
        return severity_name((enum severity)i);
    if (a == ACTION_RESOLVE && i < RESOLUTION_COUNT) {
        *l = resolution_label((enum resolution)i);
        return resolution_name((enum resolution)i);
    }
    if (a == ACTION_CONTACT && i < CONTACT_DRIVER_COUNT) {
        *l = contact_driver_label((enum contact_driver)i);
        return contact_driver_name((enum contact_driver)i);
    }
    if (a == ACTION_SORT && i < SORT_COUNT) {
        *l = sort_help((enum sort)i);
        return sort_name((enum sort)i);
    }
    if (a == ACTION_THEME && i < 4) {
        *l = theme_labels[i];
        return theme_words[i];
    }
    if (a == ACTION_TAB && i < TAB_COUNT) {
        *l = tab_labels[i];
        return tab_words[i];
    }
    if (a == ACTION_REPORTS && i < REPORT_COUNT) {
        *l = report_title((enum report)i);
        return report_name((enum report)i);
    }
    if (a == ACTION_CASES && i < CASE_LIST_COUNT)
        return case_lists[i];
    if (a == ACTION_CASE && i < CASE_TYPE_COUNT) {
        *l = case_type_label((enum case_type)i);
        return case_type_name((enum case_type)i);
    }
    if (a == ACTION_OVERRIDE && override_status_at(i) != STATUS_COUNT) {
        *l = status_label(override_status_at(i));
        return status_name(override_status_at(i));
    }
    if (a == ACTION_CASE_STATE && i < CASE_STATE_COUNT)
        return case_state_name((enum case_state)i);
    if (a == ACTION_CASE_PRIORITY && i < CASE_PRIORITY_COUNT)
        return case_priority_name((enum case_priority)i);
    return NULL;
}

/* --- checks: one a kind of argument -------------------------------------------------- */

bool argument_list(struct check *c)
{
    size_t n = strcspn(c->arg, " ");   /* resolve takes a text behind the code */
    n = c->action == ACTION_RESOLVE ? n : c->n;
    const char *label, *word;
    char choices[300] = "";
    for (int i = 0; (word = argument_word(c->action, i, &label)); i++) {
        if (strlen(word) == n && memcmp(word, c->arg, n) == 0) {
            snprintf(c->hint, c->size, "%s", label);
            if (c->action == ACTION_RESOLVE)
                snprintf(c->hint, c->size, "resolves %s: %s", c->who, label);
            if (c->action == ACTION_CONTACT)
                snprintf(c->hint, c->size, "logs a contact about %s: %s", c->who, label);
            if (c->action == ACTION_SEVERITY)
                snprintf(c->hint, c->size, "makes %s %s", c->who, word);
            return true;
        }
        size_t used = strlen(choices);
        snprintf(choices + used, sizeof choices - used, "%s%s", i ? " " : "", word);
    }
    *c->at = 0;
    return err_set(c->e, ERR_INPUT, NULL, "choose one of: %s", choices);
}

static bool check_snooze(struct check *c)
{
    struct moment when;
    if (!moment_parse(c->arg, c->m->now, &c->m->zone, &when, c->e)) {
        *c->at = 0;
        return false;
    }
    char until[32] = "the next scan";
    if (!when.next_scan)
        moment_format(when.at, c->m->now, &c->m->zone, until, sizeof until);
    snprintf(c->hint, c->size, "snoozes %s until %s", c->who, until);
    return true;
}

static bool check_wait(struct check *c)
{
    struct moment when;
    if (!c->n) {
        snprintf(c->hint, c->size, "makes %s wait for the customer, SLA clock stopped; or give a time to look again", c->who);
        return true;
    }
    if (!moment_parse(c->arg, c->m->now, &c->m->zone, &when, c->e) || when.next_scan) {
        *c->at = 0;
        return err_set(c->e, ERR_INPUT, NULL, "write how long: 4h, 2d, tomorrow 9:00, mon; or nothing for no limit");
    }
    char until[32];
    moment_format(when.at, c->m->now, &c->m->zone, until, sizeof until);
    snprintf(c->hint, c->size, "makes %s wait for the customer until %s, SLA clock stopped", c->who, until);
    return true;
}

bool argument_person(struct check *c)
{
    if (!c->n)
        return err_set(c->e, ERR_INPUT, NULL, "write who; Tab completes");
    if (memchr(c->arg, ' ', c->n)) {
        *c->at = strcspn(c->arg, " ");
        return err_set(c->e, ERR_INPUT, NULL, "one person only; Tab completes");
    }
    snprintf(c->hint, c->size, "hands %s to %.*s", c->who, (int)c->n,
             strcmp(c->arg, "me") == 0 ? c->m->hello.role : c->arg);
    return true;
}

static bool check_note(struct check *c)
{
    if (!c->n)
        return err_set(c->e, ERR_INPUT, NULL, "write the note; customers never see it");
    snprintf(c->hint, c->size, "adds this note to %s; customers never see it", c->who);
    return true;
}

static bool check_reopen(struct check *c)
{
    snprintf(c->hint, c->size, "opens %s again%s", c->who, c->n ? "" : "; say why if you like");
    return true;
}

static bool check_filter(struct check *c)
{
    struct filter f;
    size_t at = 0;
    if (!filter_parse(c->arg, &f, &at, c->e)) {
        *c->at = at;
        return false;
    }
    snprintf(c->hint, c->size, "sorted by %s%s", sort_name(f.sort),
             f.mentions_state ? "" : "; open ones, as no state: is given");
    filter_finish(&f);
    return true;
}

static bool check_view(struct check *c)
{
    for (size_t i = 0; i < c->m->view_count; i++) {
        const struct saved_view *v = &c->m->views[i].view;
        if ((c->n == 1 && c->arg[0] == '0' + v->position) || strcasecmp(v->name, c->arg) == 0) {
            snprintf(c->hint, c->size, "%s", v->filter);
            return true;
        }
    }
    *c->at = 0;
    return err_set(c->e, ERR_INPUT, NULL, "no view \"%s\"; Tab completes, + saves this filter as one", c->arg);
}

static bool check_name(struct check *c)
{
    if (!c->n)
        return err_set(c->e, ERR_INPUT, NULL, "write a name for the view");
    if (c->n >= sizeof c->m->views[0].view.name) {
        *c->at = sizeof c->m->views[0].view.name - 1;
        return err_set(c->e, ERR_INPUT, NULL, "at most %zu characters", sizeof c->m->views[0].view.name - 1);
    }
    if (c->m->filter[0])
        snprintf(c->hint, c->size, "keeps \"%s\" as a view of yours", c->m->filter);
    else
        snprintf(c->hint, c->size, "keeps everything open as a view of yours");
    return true;
}

static bool check_jump(struct check *c)
{
    if (!c->n || c->n >= sizeof c->m->jump)
        return err_set(c->e, ERR_INPUT, NULL, "write an exception, tracking or order number, or a case: C12");
    snprintf(c->hint, c->size, "looks for it among all exceptions and cases");
    return true;
}

static bool check_tag(struct check *c)
{
    if (!c->n)
        return err_set(c->e, ERR_INPUT, NULL, "write the tag: small letters, digits, - and _");
    for (size_t i = 0; i < c->n; i++) {
        char ch = c->arg[i];
        if (!((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || (i && (ch == '_' || ch == '-'))) || i == 24) {
            *c->at = i;
            return err_set(c->e, ERR_INPUT, NULL, "a tag is small letters, digits, - and _, at most 24");
        }
    }
    snprintf(c->hint, c->size, c->action == ACTION_TAG ? "gives %s the tag %.*s" : "takes off %s the tag %.*s", c->who, (int)c->n, c->arg);
    return true;
}

static bool check_reason(struct check *c)
{
    if (!c->n)
        return err_set(c->e, ERR_INPUT, NULL, "say why it goes out all the same; it stays with the message");
    snprintf(c->hint, c->size, "passes the warnings; your reason stays with the message");
    return true;
}

static bool check_macro(struct check *c)
{
    for (size_t i = 0; i < c->m->macro_count; i++)
        if (strlen(c->m->macros[i].name) == c->n && memcmp(c->m->macros[i].name, c->arg, c->n) == 0)
            snprintf(c->hint, c->size, "%s: %s", c->who, c->m->macros[i].says);
    return true;               /* which there are is asked when it is run */
}

static bool check_scope(struct check *c)
{
    size_t at = 0;
    char *scope = scope_from_filter(c->arg, &at, c->e);
    if (!scope)
        *c->at = at;
    else
        snprintf(c->hint, c->size, "an outage of it; what that would do is shown first");
    free(scope);
    return scope != NULL;
}

/* An outage's number; none is the one under the cursor, or the only one. */
static bool check_outage(struct check *c)
{
    for (size_t i = 0; i < c->n; i++) {
        if (c->arg[i] >= '0' && c->arg[i] <= '9' && i < 9)
            continue;
        *c->at = i;
        return err_set(c->e, ERR_INPUT, NULL, "write the outage's number, as the banner's board shows it; or nothing for this one");
    }
    return true;
}

static const struct { enum action action; bool (*check)(struct check *); } checks[] = {
    {ACTION_SEVERITY, argument_list}, {ACTION_CONTACT, argument_list}, {ACTION_RESOLVE, argument_list}, {ACTION_SORT, argument_list},
    {ACTION_THEME, argument_list}, {ACTION_TAB, argument_list}, {ACTION_REPORTS, argument_list}, {ACTION_SNOOZE, check_snooze},
    {ACTION_WAIT, check_wait}, {ACTION_ASSIGN, argument_person}, {ACTION_NOTE, check_note},
    {ACTION_REOPEN, check_reopen}, {ACTION_FILTER, check_filter}, {ACTION_VIEW, check_view},
    {ACTION_SAVE_VIEW, check_name}, {ACTION_JUMP, check_jump}, {ACTION_TAG, check_tag}, {ACTION_UNTAG, check_tag},
    {ACTION_PASS, check_reason}, {ACTION_MACRO, check_macro}, {ACTION_DECLARE, check_scope},
    {ACTION_OUTAGE_END, check_outage}, {ACTION_OUTAGE_SET, check_outage}, {ACTION_OUTAGE_MESSAGE, check_outage},
};

bool argument_check(const struct model *m, enum action a, const char *arg, const int64_t *ids, size_t n,
                    char *hint, size_t size, size_t *at, struct err *e)
{
    struct check c = {.m = m, .action = a, .arg = arg, .hint = hint, .size = size, .at = at, .e = e};
    c.n = strlen(arg);
    while (c.n && arg[c.n - 1] == ' ')
        c.n--;
    *at = SIZE_MAX;
    hint[0] = '\0';
    argument_targets(m, ids, n, c.who, sizeof c.who);
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (checks[i].action == a)
            return checks[i].check(&c);
    argument_check_fn *more = argument_control(a);
    if (more)
        return more(&c);
    if (!c.n)
        return true;
    *at = 0;
    return err_set(e, ERR_INPUT, NULL, "%s takes nothing more", action_info(a)->name);
}

/* --- completion --------------------------------------------------------------------- */

void argument_offer(struct completion *c, const char *item)
{
    c->items = xrealloc(c->items, (c->count + 1) * sizeof *c->items);
    c->items[c->count++] = xstrdup(item);
}

bool argument_begins(const char *word, const char *s, size_t n) { return strncasecmp(word, s, n) == 0; }

static void offer_list(enum action a, const char *arg, size_t n, struct completion *out)
{
    const char *word;
    for (int i = 0; (word = argument_word(a, i, NULL)); i++)
        if (argument_begins(word, arg, n))
            argument_offer(out, word);
}

static void offer_people(const struct model *m, const char *arg, size_t n, struct completion *out)
{
    if (argument_begins("me", arg, n))
        argument_offer(out, "me");
    for (const char **w = m->word_lists[FIELD_OWNER]; w && *w; w++)
        if (argument_begins(*w, arg, n) && strcmp(*w, "me") != 0 && strcmp(*w, "none") != 0)
            argument_offer(out, *w);
}

static void offer_moments(const char *arg, size_t n, bool scan, struct completion *out)
{
    static const char *const words[] = {"1h", "4h", "tomorrow 9:00", "2d", "monday", "scan"};
    for (size_t i = 0; i < sizeof words / sizeof words[0] - !scan; i++)
        if (argument_begins(words[i], arg, n))
            argument_offer(out, words[i]);
}

/* Tags in use, which macros put on. */
static void offer_tags(const struct model *m, const char *arg, size_t n, struct completion *out)
{
    for (const char **w = m->word_lists[FIELD_TAG]; w && *w; w++)
        if (argument_begins(*w, arg, n))
            argument_offer(out, *w);
}

void argument_complete(const struct model *m, enum action a, const char *arg, size_t at, struct completion *out)
{
    *out = (struct completion){.from = 0, .to = strlen(arg)};
    struct filter_words words;
    if (a == ACTION_FILTER || a == ACTION_DECLARE) {
        for (int f = 0; f < FIELD_COUNT; f++)
            words.list[f] = m->word_lists[f];
        filter_complete(arg, at, &words, out);
    } else if (a == ACTION_ASSIGN || a == ACTION_CASE_OWNER) {
        offer_people(m, arg, at, out);
    } else if (a == ACTION_SNOOZE || a == ACTION_WAIT || a == ACTION_OVERRIDE_UNTIL) {
        offer_moments(arg, at, a == ACTION_SNOOZE, out);
    } else if (a == ACTION_MACRO) {
        for (size_t i = 0; i < m->macro_count; i++)
            if (argument_begins(m->macros[i].name, arg, at))
                argument_offer(out, m->macros[i].name);
    } else if (a == ACTION_TAG || a == ACTION_UNTAG) {
        offer_tags(m, arg, at, out);
    } else if (a == ACTION_CASE_TAG) {
        argument_case_tags(m, arg, at, out);
    } else if (a == ACTION_VIEW) {
        for (size_t i = 0; i < m->view_count; i++)
            if (argument_begins(m->views[i].view.name, arg, at))
                argument_offer(out, m->views[i].view.name);
    } else {
        offer_list(a, arg, at, out);
    }
}
