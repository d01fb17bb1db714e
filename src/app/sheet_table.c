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

const struct sheet_act sheet_acts[] = {
    {.action = ACTION_SHEET_OPEN, .sheet = SHEET_CONTACTS, .lists = EVERY_LIST, .word = "its exception", .does = SHEET_EXCEPTION, .params = {"$exception"}},
    {.action = ACTION_COUNT},
};
