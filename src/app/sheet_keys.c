/* What the keys do in sheets: of the first that fits, the list and the line. */
#include <stdio.h>
#include <string.h>

#include "app/sheet.h"
#include "core/kind.h"
#include "core/rule.h"

/* --- what there is to choose from -------------------------------------------------------------------- */

static const char *status_word(int i, const char **label)
{
    *label = i < STATUS_COUNT ? status_label((enum status)i) : NULL;
    return i < STATUS_COUNT ? status_name((enum status)i) : NULL;
}

static const char *kind_word(int i, const char **label)
{
    *label = i == 0 ? "no exception: an ordinary scan" : i <= KIND_COUNT ? kind_label((enum kind)(i - 1)) : NULL;
    return i == 0 ? "none" : i <= KIND_COUNT ? kind_name((enum kind)(i - 1)) : NULL;
}

static const char *days_word(int i, const char **label)
{
    static const struct { const char *days, *label; } words[] = {
        {"30", "scans of the last 30 days are read anew, as shown"}, {"90", "scans of the last 90 days are read anew"},
        {"", "it holds for scans from now on"},
    };
    bool there = i < (int)(sizeof words / sizeof words[0]);
    *label = there ? words[i].label : NULL;
    return there ? words[i].days : NULL;
}

/* --- what is typed --------------------------------------------------------------------------------------- */

static bool check_rule_name(const char *text, size_t *at, struct err *e)
{
    char name[48];
    size_t n = strcspn(text, " ");
    snprintf(name, sizeof name, "%.*s", n < sizeof name ? (int)n : (int)sizeof name - 1, text);
    if (rule_name_ok(name) && !text[n + strspn(text + n, " ")])
        return true;
    *at = 0;
    return err_set(e, ERR_INPUT, NULL, "a rule's name is small letters, digits and -, at most 40, beginning with a letter");
}

static bool check_rule(const char *text, size_t *at, struct err *e)
{
    struct rule r;
    if (!rule_parse(text, &r, at, e))
        return false;
    rule_finish(&r);
    return true;
}

static char *make_rule(const char *text)
{
    struct rule r;
    if (!rule_parse(text, &r, NULL, NULL))
        return NULL;
    char *spec = rule_spec(&r);
    rule_finish(&r);
    return spec;
}

/* --- the table ---------------------------------------------------------------------------------------------- */

enum { ALL = 1, UNMAPPED = 2, DRAFTS = 4, ASIDE = 8, EVERY = 31 };

#define OPENS(of, in, hint, to, ...) {.action = ACTION_SHEET_OPEN, .sheet = of, .lists = in, .word = hint, .does = SHEET_SHOWS, .shows = to, .params = {__VA_ARGS__}}
#define TO_EXCEPTION(of, in, hint, column) {.action = ACTION_SHEET_OPEN, .sheet = of, .lists = in, .word = hint, .does = SHEET_EXCEPTION, .params = {column}}
#define DOES(key, of, in, hint) .action = key, .sheet = of, .lists = in, .word = hint, .does = SHEET_ACTS
#define STATUS_STEP(now) {.kind = STEP_MENU, .label = "What does {provider} {code} {detail} say of the parcel", .word = status_word, .preset = now}
#define KIND_STEP(now) {.kind = STEP_MENU, .label = "Which exception does it open", .word = kind_word, .preset = now}
#define LABEL_STEP(now) {.kind = STEP_TEXT, .label = "label", .hint = "what agents read in the timeline, at most 60 characters", .preset = now}
#define NOTE_STEP {.kind = STEP_OPTIONAL, .label = "note", .hint = "why, for the lead who approves it; or just Enter"}
#define LANGUAGE_STEP {.kind = STEP_TEXT, .label = "language", .hint = "of the text: en, es, fr, pt-br"}
#define MEANING "{provider=$provider,code=$code,detail=$detail,pattern=$pattern,status=?0,kind=?1,label=?2,note=?3}"

const struct sheet_act sheet_acts[] = {
    OPENS(SHEET_DICTIONARY, ALL, "versions", SHEET_ENTRY, "$provider", "$code", "$detail"),
    OPENS(SHEET_DICTIONARY, DRAFTS, "preview", SHEET_DRAFT, "$id"),
    {DOES(ACTION_MAP_CODE, SHEET_DICTIONARY, UNMAPPED | ASIDE, "map it"), .query = "dictionary_draft", .params = {MEANING}, .what = "{provider} {code} {detail}",
     .done = "drafted", .steps = {STATUS_STEP(NULL), KIND_STEP(NULL), LABEL_STEP(NULL), NOTE_STEP}},
    {DOES(ACTION_MAP_CODE, SHEET_DICTIONARY, ALL, "map anew"), .query = "dictionary_draft", .params = {MEANING}, .what = "{provider} {code} {detail}",
     .done = "drafted", .steps = {STATUS_STEP("$status"), KIND_STEP("$kind"), LABEL_STEP("$label"), NOTE_STEP}},
    {DOES(ACTION_RELABEL, SHEET_DICTIONARY, ALL, "label"), .query = "dictionary_draft", .params = {"{what==label,entry=$id,language=?0,label=?1,note=?2}"},
     .what = "label of {provider} {code} {detail}", .done = "drafted", .steps = {LANGUAGE_STEP, LABEL_STEP("$label"), NOTE_STEP}},
    {DOES(ACTION_REWORD, SHEET_DICTIONARY, ALL, "wording"), .query = "dictionary_draft", .params = {"{what==word,wording=$wording,language=?0,text=?1,note=?2}"},
     .only = "wording!=", .unless = "customers are told nothing of {provider} {code} {detail}", .what = "wording {wording}", .done = "drafted",
     .steps = {LANGUAGE_STEP, {.kind = STEP_TEXT, .label = "customers read", .hint = "a sentence as customers read it, in that language", .preset = "$says"}, NOTE_STEP}},
    {DOES(ACTION_IGNORE_CODE, SHEET_DICTIONARY, UNMAPPED, "put aside"), .query = "dictionary_ignore", .params = {"$provider", "$code", "$detail", "?0"},
     .what = "{provider} {code} {detail}", .done = "put aside",
     .steps = {{.kind = STEP_TEXT, .label = "put aside because", .hint = "it comes back when it was seen ten times as often"}}},
    {DOES(ACTION_IGNORE_CODE, SHEET_DICTIONARY, ASIDE, "back on the list"), .query = "dictionary_ignore", .params = {"$provider", "$code", "$detail", "~"},
     .what = "{provider} {code} {detail}", .done = "put back"},
    {.action = ACTION_DRAFT_APPROVE, .sheet = SHEET_DICTIONARY, .lists = DRAFTS, .word = "approve", .does = SHEET_SHOWS, .shows = SHEET_DRAFT, .params = {"$id"}},
    {DOES(ACTION_DRAFT_REJECT, SHEET_DICTIONARY, DRAFTS, "reject"), .query = "dictionary_reject", .params = {"$id", "?0"}, .what = "draft {id}", .done = "rejected",
     .steps = {{.kind = STEP_TEXT, .label = "reject because", .hint = "who drafted it reads why"}}},
    {DOES(ACTION_RETIRE, SHEET_DICTIONARY, ALL, "retire"), .query = "dictionary_draft", .params = {"{what==retire,entry=$id,note=?0}"},
     .what = "retiring {provider} {code} {detail}", .done = "drafted",
     .steps = {{.kind = STEP_OPTIONAL, .label = "retire it because", .hint = "why, for the lead who approves it; or just Enter"}}},
    {.action = ACTION_REREAD, .sheet = SHEET_DICTIONARY, .lists = ALL, .word = "read anew", .does = SHEET_SHOWS, .shows = SHEET_REREAD, .params = {"$provider", "$code"}},
    TO_EXCEPTION(SHEET_DRAFT, EVERY, "one of them", "$ids"),
    {DOES(ACTION_DRAFT_APPROVE, SHEET_DRAFT, EVERY, "approve"), .query = "dictionary_approve", .params = {"^0", "@total", "?0"}, .what = "draft {^0}",
     .done = "approved", .total = "count what=closed", .alone = true, .patient = true, .leaves = true,
     .steps = {{.kind = STEP_MENU, .label = "Approve draft {^0}", .word = days_word},
               {.kind = STEP_COUNT, .label = "how many exceptions are closed", .hint = "that many exceptions are closed", .preset = "@total"}}},
    {DOES(ACTION_DRAFT_REJECT, SHEET_DRAFT, EVERY, "reject"), .query = "dictionary_reject", .params = {"^0", "?0"}, .what = "draft {^0}", .done = "rejected", .alone = true, .leaves = true,
     .steps = {{.kind = STEP_TEXT, .label = "reject because", .hint = "who drafted it reads why"}}},
    TO_EXCEPTION(SHEET_REREAD, EVERY, "one of them", "$ids"),
    {DOES(ACTION_REREAD, SHEET_REREAD, EVERY, "read anew"), .query = "dictionary_reprocess", .params = {"^0", "^1", "=30", "@total"}, .what = "{^0} {^1}",
     .done = "being read anew:", .total = "count what=closed", .alone = true, .patient = true, .leaves = true, .question = "scans of {^0} {^1} of the last 30 days are read anew, as shown",
     .steps = {{.kind = STEP_COUNT, .label = "how many exceptions are closed", .hint = "that many exceptions are closed", .preset = "@total"}}},

    OPENS(SHEET_RULES, EVERY, "what it did", SHEET_RULE, "$name"),
    {DOES(ACTION_RULE_OFF, SHEET_RULES, EVERY, "off"), .query = "rule_disable", .params = {"[$name"}, .only = "state!=off", .unless = "rule {name} is off already",
     .what = "rule {name}", .done = "switched off"},
    {DOES(ACTION_RULE_ON, SHEET_RULES, EVERY, "on"), .query = "rule_enable", .params = {"[$name", "?0", "$version", "~"}, .what = "rule {name}", .done = "switched on",
     .steps = {{.kind = STEP_PERCENT, .label = "rule {name} for how many of a hundred shipments", .preset = "$percent",
                .hint = "it fires for that share of shipments, always the same ones"}}},
    {.action = ACTION_RULE_TEST, .sheet = SHEET_RULES, .lists = EVERY, .word = "dry run", .does = SHEET_SHOWS, .shows = SHEET_TRY, .params = {"$name", "$text"}},
    TO_EXCEPTION(SHEET_TRY, EVERY, "one of them", "$samples"),
    {DOES(ACTION_RULE_EDIT, SHEET_RULES, EVERY, "edit"), .query = "rule_save", .params = {"$name", "#0"}, .what = "rule {name}", .done = "saved",
     .steps = {{.kind = STEP_TEXT, .label = "rule {name}", .hint = "when FILTER on opened do send TEMPLATE; tag TAG", .preset = "$text", .check = check_rule, .make = make_rule}}},
    {DOES(ACTION_RULE_NEW, SHEET_RULES, EVERY, "new"), .query = "rule_save", .params = {"?0", "#1"}, .what = "rule {?0}", .done = "saved", .alone = true, .made = true,
     .steps = {{.kind = STEP_TEXT, .label = "name of the rule", .hint = "small letters, digits and -: gold-late", .check = check_rule_name},
               {.kind = STEP_TEXT, .label = "rule {?0}", .hint = "when FILTER on opened do send TEMPLATE; tag TAG", .check = check_rule, .make = make_rule}}},
    {DOES(ACTION_RULES_STOP, SHEET_RULES, EVERY, "stop all"), .query = "rule_stop", .what = "all rules", .done = "stopped", .alone = true,
     .back = ACTION_RULES_GO, .back_word = "lets them go on", .question = "all of them, until somebody lets them go on"},
    {DOES(ACTION_RULES_GO, SHEET_RULES, EVERY, "let all go on"), .query = "rule_go", .only = "state=stopped", .unless = "the rules are not stopped",
     .what = "all rules", .done = "let go on", .question = "what waited meanwhile is looked at now"},
    {DOES(ACTION_RULE_DELETE, SHEET_RULES, EVERY, "delete"), .query = "rule_delete", .params = {"[$name"}, .what = "rule {name}", .done = "deleted",
     .question = "{name}, what it did stays in the timelines"},
    TO_EXCEPTION(SHEET_RULE, 1, "its exception", "$exception"),
    OPENS(SHEET_PLAYBOOKS, EVERY, "its steps", SHEET_STEPS_OF, "$kind"),
    TO_EXCEPTION(SHEET_MISMATCHES, EVERY, "its exception", "$exception"),
    TO_EXCEPTION(SHEET_CONTACTS, EVERY, "its exception", "$exception"),
    {.action = ACTION_COUNT},
};
