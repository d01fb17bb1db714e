/* Which sheets there are: their lists and columns. What the keys do there stands in sheet_keys.c. */
#include "app/sheet.h"

#include "core/rule.h"

enum { TRY_DAYS = 7 };

/* --- the dictionary -------------------------------------------------------------------------- */

static const struct sheet_column dictionary_columns[] = {
    {"provider", "Provider", 8, 12, SHEET_TEXT, 0},
    {"code", "Code", 6, 24, SHEET_TEXT, 0},
    {"detail", "Detail", 6, 24, SHEET_TEXT, 70},
    {"status", "Status", 12, 20, SHEET_WORD, 0},
    {"kind", "Kind", 8, 18, SHEET_WORD, 0},
    {"severity", "Severity", 8, 8, SHEET_TEXT, 130},
    {"label", "Label", 10, SHEET_REST, SHEET_TEXT, 0},
    {"pattern", "Where the text has", 0, 0, SHEET_TEXT, 0},
    {"says", "Customers read", 0, 0, SHEET_TEXT, 0},
    {"wording", "Wording", 0, 0, SHEET_TEXT, 0},
    {"clears", "Ends", 0, 0, SHEET_WORD, 0},
    {"role", "Role", 0, 0, SHEET_WORD, 0},
    {"priority", "Priority", 0, 0, SHEET_NUMBER, 0},
    {"version", "Version", 0, 0, SHEET_NUMBER, 0},
    {.column = NULL},
};
static const struct sheet_column unmapped_columns[] = {
    {"provider", "Provider", 8, 12, SHEET_TEXT, 0},
    {"code", "Code", 6, 24, SHEET_TEXT, 0},
    {"detail", "Detail", 6, 24, SHEET_TEXT, 70},
    {"count", "Seen", 5, 9, SHEET_NUMBER, 0},
    {"open", "Open", 4, 6, SHEET_NUMBER, 0},
    {"drafts", "Drafts", 6, 6, SHEET_NUMBER, 100},
    {"last_seen", "Last seen", 9, 11, SHEET_AGO, 70},
    {"sample", "Sample", 10, SHEET_REST, SHEET_TEXT, 0},
    {"sample_tracking", "Seen on", 0, 0, SHEET_TEXT, 0},
    {"first_seen", "First seen", 0, 0, SHEET_WHEN, 0},
    {"ignored_by", "Put aside by", 0, 0, SHEET_TEXT, 0},
    {"ignored_reason", "Because", 0, 0, SHEET_TEXT, 0},
    {"samples", "Samples", 0, 0, SHEET_PARTS, 0},
    {.column = NULL},
};
static const struct sheet_column draft_columns[] = {
    {"id", "Draft", 5, 6, SHEET_TEXT, 0},
    {"subject", "About", 12, 32, SHEET_TEXT, 0},
    {"becomes", "Becomes", 12, SHEET_REST, SHEET_TEXT, 0},
    {"by", "By", 8, 14, SHEET_TEXT, 0},
    {"at", "Drafted", 9, 11, SHEET_AGO, 80},
    {"was", "Was", 0, 0, SHEET_TEXT, 0},
    {"label", "Label", 0, 0, SHEET_TEXT, 0},
    {"says", "Customers read", 0, 0, SHEET_TEXT, 0},
    {"note", "Note", 0, 0, SHEET_TEXT, 0},
    {.column = NULL},
};
static const struct sheet_column job_columns[] = {
    {"id", "Job", 4, 6, SHEET_TEXT, 0},
    {"state", "Is", 7, 9, SHEET_WORD, 0},
    {"subject", "Reads anew", 12, SHEET_REST, SHEET_TEXT, 0},
    {"done", "Done", 6, 11, SHEET_NUMBER, 0},
    {"total", "Of", 6, 11, SHEET_NUMBER, 0},
    {"changed", "Changed", 7, 9, SHEET_NUMBER, 70},
    {"opened", "Opened", 6, 8, SHEET_NUMBER, 80},
    {"resolved", "Closed", 6, 8, SHEET_NUMBER, 80},
    {"by", "By", 8, 14, SHEET_TEXT, 100},
    {"version", "Version", 0, 0, SHEET_NUMBER, 0},
    {"since", "Since", 0, 0, SHEET_WHEN, 0},
    {"moved", "Kind changed", 0, 0, SHEET_NUMBER, 0},
    {"asked_at", "Asked for", 0, 0, SHEET_WHEN, 0},
    {"ended_at", "Ended", 0, 0, SHEET_WHEN, 0},
    {.column = NULL},
};
static const struct sheet_column entry_columns[] = {
    {"version", "Version", 7, 7, SHEET_NUMBER, 0},
    {"reading", "Reads as", 12, 44, SHEET_TEXT, 0},
    {"label", "Label", 10, SHEET_REST, SHEET_TEXT, 0},
    {"scans", "Scans", 6, 9, SHEET_NUMBER, 0},
    {"open", "Open", 5, 7, SHEET_NUMBER, 0},
    {"made_at", "Made", 12, 13, SHEET_WHEN, 80},
    {"made_by", "By", 8, 14, SHEET_TEXT, 90},
    {"code", "Code", 0, 0, SHEET_TEXT, 0},
    {"detail", "Detail", 0, 0, SHEET_TEXT, 0},
    {"pattern", "Where the text has", 0, 0, SHEET_TEXT, 0},
    {"made_note", "Note", 0, 0, SHEET_TEXT, 0},
    {"ended_in", "Until version", 0, 0, SHEET_NUMBER, 0},
    {"ended_at", "Until", 0, 0, SHEET_WHEN, 0},
    {"labels", "Labels", 0, 0, SHEET_PARTS, 0},
    {"words", "Customers read", 0, 0, SHEET_PARTS, 0},
    {.column = NULL},
};
static const struct sheet_column change_columns[] = {
    {"what", "What", 8, 10, SHEET_WORD, 0},
    {"count", "How many", 8, 10, SHEET_NUMBER, 0},
    {"was", "Was", 10, 40, SHEET_WORD, 0},
    {"becomes", "Becomes", 10, SHEET_REST, SHEET_WORD, 0},
    {"carrier", "Carrier", 7, 14, SHEET_TEXT, 0},
    {"more", "And more", 0, 0, SHEET_FLAG, 0},
    {"ids", "Some of them", 0, 0, SHEET_PARTS, 0},
    {.column = NULL},
};
#define CODES_OF(tab, which, none) {.name = tab, .query = "dictionary_unmapped", .params = {which, "~"}, \
    .identity = {"provider", "code", "detail"}, .columns = unmapped_columns, .empty = none}
#define CHANGES .identity = {"what", "was", "becomes", "carrier"}, .columns = change_columns, .patient = true, .empty = "Nothing would change."

/* --- rules ------------------------------------------------------------------------------------------- */

static const struct sheet_column rule_columns[] = {
    {"name", "Rule", 8, 30, SHEET_TEXT, 0},
    {"state", "Is", 7, 7, SHEET_TEXT, 0},
    {"percent", "Share", 5, 5, SHEET_NUMBER, 0},
    {"fired_7d", "Fired 7d", 8, 8, SHEET_NUMBER, 0},
    {"blocked_7d", "Blocked", 7, 7, SHEET_NUMBER, 70},
    {"held", "Held", 5, 7, SHEET_NUMBER, 90},
    {"last_fired_at", "Last", 9, 11, SHEET_AGO, 100},
    {"text", "What it does", 12, SHEET_REST, SHEET_TEXT, 0},
    {"trouble", "Trouble", 0, 0, SHEET_TEXT, 0},
    {"version", "Version", 0, 0, SHEET_NUMBER, 0},
    {"per_hour", "Most an hour", 0, 0, SHEET_NUMBER, 0},
    {"by", "Written by", 0, 0, SHEET_TEXT, 0},
    {"at", "Written", 0, 0, SHEET_WHEN, 0},
    {"switched_by", "Switched by", 0, 0, SHEET_TEXT, 0},
    {"switched_at", "Switched", 0, 0, SHEET_WHEN, 0},
    {.column = NULL},
};
static const struct sheet_column firing_columns[] = {
    {"at", "When", 12, 13, SHEET_WHEN, 0},
    {"exception", "Exception", 9, 9, SHEET_TEXT, 0},
    {"outcome", "Outcome", 8, 8, SHEET_TEXT, 0},
    {"kind", "Kind", 8, 18, SHEET_WORD, 90},
    {"carrier", "Carrier", 7, 12, SHEET_TEXT, 110},
    {"what", "What", 12, SHEET_REST, SHEET_TEXT, 0},
    {"event", "Fired on", 0, 0, SHEET_WORD, 0},
    {"version", "Version", 0, 0, SHEET_NUMBER, 0},
    {"tracking_number", "Parcel", 0, 0, SHEET_TEXT, 0},
    {"retry_at", "Tried again", 0, 0, SHEET_WHEN, 0},
    {.column = NULL},
};
static const struct sheet_column rule_text_columns[] = {
    {"version", "Version", 7, 7, SHEET_NUMBER, 0},
    {"at", "When", 12, 13, SHEET_WHEN, 0},
    {"by", "Who", 8, 16, SHEET_TEXT, 0},
    {"text", "What it did", 12, SHEET_REST, SHEET_TEXT, 0},
    {.column = NULL},
};

static const struct sheet_column try_columns[] = {
    {"says", "In short", 20, SHEET_REST, SHEET_TEXT, 0},
    {"fired", "Fires for", 6, 6, SHEET_NUMBER, 0},
    {"open", "Still open", 5, 5, SHEET_NUMBER, 0},
    {"blocked", "Blocked", 0, 0, SHEET_NUMBER, 0},
    {"deferred", "Sent later", 0, 0, SHEET_NUMBER, 0},
    {"blocked_by", "Blocked by", 0, 0, SHEET_PARTS, 0},
    {"by_kind", "Of kinds", 0, 0, SHEET_PARTS, 0},
    {"by_carrier", "Of carriers", 0, 0, SHEET_PARTS, 0},
    {"samples", "Some of them", 0, 0, SHEET_PARTS, 0},
    {.column = NULL},
};

static bool ask_try(const struct sheet_page *p, struct request *r, struct err *e)
{
    struct rule rule;
    *r = (struct request){0};
    if (!rule_parse(p->args[1] ? p->args[1] : "", &rule, NULL, e))
        return false;
    rule_ask_test(&rule, TRY_DAYS, r);
    rule_finish(&rule);
    return true;
}

/* --- playbooks ----------------------------------------------------------------------------------------- */

static const struct sheet_column playbook_columns[] = {
    {"kind", "Kind", 12, 24, SHEET_WORD, 0},
    {"steps", "Steps", 5, 6, SHEET_NUMBER, 0},
    {"version", "Version", 7, 7, SHEET_NUMBER, 0},
    {"by", "Written by", 10, 20, SHEET_TEXT, 0},
    {"at", "Written", 9, 11, SHEET_AGO, 0},
    {.column = NULL},
};
static const struct sheet_column step_columns[] = {
    {"step", "Step", 4, 4, SHEET_NUMBER, 0},
    {"label", "What", 12, SHEET_REST, SHEET_TEXT, 0},
    {"owner", "Whose", 6, 10, SHEET_TEXT, 0},
    {"after", "After", 5, 12, SHEET_TEXT, 0},
    {"condition", "If", 6, 34, SHEET_TEXT, 0},
    {"action", "Action", 6, 10, SHEET_TEXT, 100},
    {"argument", "With", 6, 24, SHEET_TEXT, 100},
    {.column = NULL},
};

/* --- what customers were told, and what was so --------------------------------------------------------- */

static const struct sheet_column mismatch_columns[] = {
    {"at", "When", 12, 13, SHEET_WHEN, 0},
    {"finding", "Finding", 12, 12, SHEET_TEXT, 0},
    {"hours", "Hours", 5, 7, SHEET_TEXT, 80},
    {"exception", "Exception", 9, 9, SHEET_TEXT, 0},
    {"kind", "Kind", 8, 18, SHEET_WORD, 90},
    {"carrier", "Carrier", 7, 12, SHEET_TEXT, 110},
    {"says", "What was not so", 12, SHEET_REST, SHEET_TEXT, 0},
    {"known", "At that time", 0, 0, SHEET_TEXT, 0},
    {"tracking_number", "Parcel", 0, 0, SHEET_TEXT, 0},
    {"template", "Template", 0, 0, SHEET_TEXT, 0},
    {"by", "Sent by", 0, 0, SHEET_TEXT, 0},
    {"message", "Message", 0, 0, SHEET_TEXT, 0},
    {"brand", "Brand", 0, 0, SHEET_TEXT, 0},
    {.column = NULL},
};
#define MISMATCHES_OF(tab, finding, none) {.name = tab, .query = "mismatch_list", .params = {"~", "~", finding, "~", "~", "=500"}, \
    .identity = {"id"}, .columns = mismatch_columns, .empty = none}

/* --- who got in touch ---------------------------------------------------------------------------- */

static const struct sheet_column contact_columns[] = {
    {"at", "When", 12, 13, SHEET_WHEN, 0},
    {"driver", "What about", 10, 16, SHEET_WORD, 0},
    {"via", "Came by", 8, 10, SHEET_WORD, 70},
    {"before_message", "Before us", 9, 9, SHEET_FLAG, 90},
    {"repeat", "Again", 5, 6, SHEET_FLAG, 0},
    {"exception", "Exception", 9, 9, SHEET_TEXT, 0},
    {"brand", "Brand", 6, 12, SHEET_TEXT, 130},
    {"by", "Logged by", 9, 14, SHEET_TEXT, 110},
    {"text", "Words", 10, SHEET_REST, SHEET_TEXT, 0},
    {.column = NULL},
};
#define CONTACTS_WITH(tab, driver, none) {.name = tab, .query = "contact_list", .params = {"~", driver, "~", "=500"}, \
    .identity = {"id"}, .columns = contact_columns, .empty = none}

/* --- the log of control ------------------------------------------------------------------------ */

static const struct sheet_column log_columns[] = {
    {"at", "When", 12, 13, SHEET_WHEN, 0},
    {"actor", "Who", 8, 16, SHEET_TEXT, 0},
    {"subject", "What", 10, 24, SHEET_TEXT, 0},
    {"verb", "Did", 7, 14, SHEET_WORD, 0},
    {"brand", "Brand", 6, 14, SHEET_TEXT, 110},
    {"text", "", 10, SHEET_REST, SHEET_TEXT, 0},
    {"before", "Before", 0, 0, SHEET_TEXT, 0},
    {"after", "After", 0, 0, SHEET_TEXT, 0},
    {.column = NULL},
};

const struct sheet sheets[SHEET_COUNT] = {
    [SHEET_DICTIONARY] = {.opens = ACTION_DICTIONARY, .context = IN_DICTIONARY, .title = "Dictionary", .label = "dictionary: what carriers' codes mean",
        .lists = {
            {.name = "All", .query = "dictionary_list", .params = {"~", "@search", "~", "~"}, .identity = {"provider", "code", "detail", "pattern"},
             .columns = dictionary_columns, .empty = "The dictionary is empty."},
            CODES_OF("Unmapped", "=open", "Every code that came has a meaning."),
            {.name = "Drafts", .query = "dictionary_drafts", .params = {"=draft", "~"}, .identity = {"id"}, .columns = draft_columns,
             .empty = "No draft waits for a lead."},
            CODES_OF("Put aside", "=ignored", "No unknown code was put aside."),
            {.name = "Jobs", .query = "dictionary_jobs", .identity = {"id"}, .columns = job_columns, .empty = "No history was read anew."},
        }},
    [SHEET_ENTRY] = {.context = IN_DICTIONARY, .title = "{^0} {^1} {^2}",
        .lists = {
            {.name = "Versions", .query = "dictionary_history", .params = {"^0", "^1", "^2"}, .identity = {"id"}, .columns = entry_columns,
             .empty = "The dictionary never had it."},
        }},
    [SHEET_DRAFT] = {.context = IN_DICTIONARY, .title = "Draft {^0} would change",
        .lists = {{.name = "All", .query = "dictionary_preview", .params = {"^0", "=30"}, CHANGES}}},
    [SHEET_REREAD] = {.context = IN_DICTIONARY, .title = "{^0} {^1} read anew would change",
        .lists = {{.name = "All", .query = "dictionary_reprocess_preview", .params = {"^0", "^1", "=30"}, CHANGES}}},
    [SHEET_RULES] = {.opens = ACTION_RULES, .context = IN_RULES, .title = "Rules", .label = "rules: what is done by itself", .live = true,
        .lists = {
            {.name = "All", .query = "rule_list", .params = {"~"}, .identity = {"id"}, .columns = rule_columns, .empty = "There is no rule yet."},
        }},
    [SHEET_RULE] = {.title = "Rule {^0}", .live = true,
        .lists = {
            {.name = "Firings", .query = "rule_firings", .params = {"^0", "=500"}, .identity = {"exception", "at"}, .columns = firing_columns,
             .empty = "It did nothing yet."},
            {.name = "Texts", .query = "rule_versions", .params = {"^0"}, .identity = {"version"}, .columns = rule_text_columns,
             .empty = "Its texts are for who works for all brands."},
        }},
    [SHEET_TRY] = {.title = "Rule {^0}, tried on the last 7 days",
        .lists = {{.name = "All", .query = "rule_test", .ask = ask_try, .whole = true, .identity = {"days"}, .columns = try_columns, .empty = "It could not be tried."}}},
    [SHEET_PLAYBOOKS] = {.opens = ACTION_PLAYBOOKS, .title = "Playbooks", .label = "playbooks: what is done about each kind, step by step",
        .lists = {{.name = "All", .query = "playbook_list", .identity = {"kind"}, .columns = playbook_columns, .empty = "There is no playbook."}}},
    [SHEET_STEPS_OF] = {.title = "Playbook {^0}",
        .lists = {{.name = "All", .query = "playbook_show", .params = {"^0", "~"}, .identity = {"step"}, .columns = step_columns, .empty = "It has no steps."}}},
    [SHEET_MISMATCHES] = {.opens = ACTION_MISMATCHES, .title = "Mismatches", .label = "mismatches: what customers were told, and what was so", .live = true,
        .lists = {
            MISMATCHES_OF("All", "~", "What customers were told was so, in time and once."),
            MISMATCHES_OF("Contradicted", "=contradicted", "Nothing that customers were told was contradicted."),
            MISMATCHES_OF("Late", "=late", "No customer was told late."),
            MISMATCHES_OF("Missing", "=missing", "Every customer was told who had to be."),
            MISMATCHES_OF("Repeated", "=repeated", "Nobody was told the same twice."),
        }},
    [SHEET_CONTACTS] = {.opens = ACTION_CONTACTS, .title = "Contacts", .label = "contacts: customers who got in touch, and what about", .live = true,
        .lists = {
            CONTACTS_WITH("All", "~", "No customer got in touch."),
            CONTACTS_WITH("Where is it", "=wismo", "No customer asked where a parcel is."),
            CONTACTS_WITH("Address", "=address", "No customer sent an address."),
            CONTACTS_WITH("Refund", "=refund", "No customer wants the money back."),
            CONTACTS_WITH("Complaint", "=complaint", "No customer complained."),
        }},
    [SHEET_LOG] = {.opens = ACTION_AUDIT_LOG, .title = "Log of control", .label = "log: who changed what everybody works by",
        .lists = {
            {.name = "All", .query = "audit_log", .params = {"~", "~", "~", "=200"}, .identity = {"seq"},
             .columns = log_columns, .empty = "Nobody changed anything yet."},
        }},
};
