/* Which sheets there are: their lists, their columns, and what the keys do there. */
#include "app/sheet.h"

#include "core/kind.h"

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
    {"role", "Role", 0, 0, SHEET_WORD, 0},
    {"version", "Version", 0, 0, SHEET_NUMBER, 0},
    {.column = NULL},
};
static const struct sheet_column unmapped_columns[] = {
    {"provider", "Provider", 8, 12, SHEET_TEXT, 0},
    {"code", "Code", 6, 24, SHEET_TEXT, 0},
    {"detail", "Detail", 6, 24, SHEET_TEXT, 70},
    {"count", "Count", 6, 9, SHEET_NUMBER, 0},
    {"last_seen", "Last seen", 9, 11, SHEET_AGO, 0},
    {"sample", "Sample", 10, SHEET_REST, SHEET_TEXT, 0},
    {"sample_tracking", "Seen on", 0, 0, SHEET_TEXT, 0},
    {"first_seen", "First seen", 0, 0, SHEET_WHEN, 0},
    {.column = NULL},
};

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

enum { EVERY_LIST = 31 };

const struct sheet sheets[SHEET_COUNT] = {
    [SHEET_DICTIONARY] = {.opens = ACTION_DICTIONARY, .context = IN_DICTIONARY, .title = "Dictionary", .label = "dictionary: what carriers' codes mean",
        .lists = {
            {.name = "All", .query = "dictionary_list", .params = {"@search"}, .identity = {"provider", "code", "detail", "pattern"},
             .columns = dictionary_columns, .empty = "The dictionary has nothing like that."},
            {.name = "Unmapped", .query = "dictionary_unmapped", .identity = {"provider", "code", "detail"},
             .columns = unmapped_columns, .empty = "Every code that came has a meaning."},
        }},
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

#define RULE_ALWAYS .sheet = SHEET_RULES, .lists = EVERY_LIST, .does = SHEET_ACTS
const struct sheet_act sheet_acts[] = {
    {.action = ACTION_SHEET_OPEN, .sheet = SHEET_RULES, .lists = EVERY_LIST, .word = "what it did", .does = SHEET_SHOWS, .shows = SHEET_RULE, .params = {"$name"}},
    {.action = ACTION_RULE_OFF, RULE_ALWAYS, .word = "off", .what = "rule {name}", .query = "rule_disable", .params = {"[$name"}, .only = "state!=off",
     .unless = "rule {name} is off already", .done = "switched off"},
    {.action = ACTION_RULE_ON, RULE_ALWAYS, .word = "on", .what = "rule {name}", .query = "rule_enable", .params = {"[$name", "?0", "$version", "~"}, .done = "switched on",
     .steps = {{.kind = STEP_PERCENT, .label = "rule {name} for how many of a hundred shipments", .preset = "$percent",
                .hint = "it fires for that share of shipments, always the same ones"}}},
    {.action = ACTION_RULES_STOP, RULE_ALWAYS, .word = "stop all", .query = "rule_stop", .what = "all rules", .done = "stopped", .alone = true,
     .question = "all of them, until somebody lets them go on"},
    {.action = ACTION_RULES_GO, RULE_ALWAYS, .word = "let all go on", .query = "rule_go", .only = "state=stopped", .unless = "the rules are not stopped",
     .what = "all rules", .done = "let go on", .question = "what waited meanwhile is looked at now"},
    {.action = ACTION_RULE_DELETE, RULE_ALWAYS, .word = "delete", .what = "rule {name}", .query = "rule_delete", .params = {"[$name"}, .done = "deleted",
     .question = "{name}, what it did stays in the timelines"},
    {.action = ACTION_SHEET_OPEN, .sheet = SHEET_RULE, .lists = 1, .word = "its exception", .does = SHEET_EXCEPTION, .params = {"$exception"}},
    {.action = ACTION_SHEET_OPEN, .sheet = SHEET_CONTACTS, .lists = EVERY_LIST, .word = "its exception", .does = SHEET_EXCEPTION, .params = {"$exception"}},
    {.action = ACTION_COUNT},
};
