/* Options of reading the queue and working on exceptions and cases. The table of commands is in commands.c. */
#include "cli/options.h"

#include "cli/print.h"

const struct cli_option queue_options[] = {
    CLI_FORMAT_OPTION,
    {"limit", "N", "at most this many rows (default 100; 0: all)", false},
    {0},
};
const struct cli_option format_options[] = {CLI_FORMAT_OPTION, {0}};
const struct cli_option view_save_options[] = {
    {"filter", "FILTER", "what the view shows", false},
    {"key", "N", "the number key, 1 to 9", false},
    {"shared", NULL, "for everyone (leads)", false},
    {0},
};
const struct cli_option target_options[] = {TARGET_OPTIONS, {0}};
const struct cli_option claim_options[] = {
    TARGET_OPTIONS, {"take-over", NULL, "also what belongs to somebody who is not here any more", false}, {0}};
const struct cli_option assign_options[] = {
    TARGET_OPTIONS, {"to", "PERSON", "the person's role name", false}, {0}};
const struct cli_option snooze_options[] = {
    TARGET_OPTIONS,
    {"until", "TIME", "4h, tomorrow 9:00, mon, 2026-11-24 10:00, or scan for the next scan", false},
    {0},
};
const struct cli_option wait_options[] = {
    TARGET_OPTIONS,
    {"until", "TIME", "when to look at it again: 2d, fri 9:00 (default: until somebody does)", false},
    {"text", "TEXT", "what is being waited for", false},
    {0},
};
const struct cli_option note_options[] = {
    TARGET_OPTIONS, {"text", "TEXT", "the note; internal, never sent", false}, {0}};
const struct cli_option severity_options[] = {
    TARGET_OPTIONS, {"to", "SEVERITY", "low, medium, high or critical", false}, {0}};
const struct cli_option resolve_options[] = {
    TARGET_OPTIONS,
    {"code", "CODE", "how it ended: delivered, address_fixed, reshipped, refunded … (a wrong one lists them)", false},
    {"text", "TEXT", "in your own words; needed for the code other", false},
    {0},
};
const struct cli_option reopen_options[] = {
    TARGET_OPTIONS, {"text", "TEXT", "why", false}, {0}};
const struct cli_option tag_options[] = {
    TARGET_OPTIONS, {"tag", "TAG", "up to 24 small letters, digits, _ and -", false}, {0}};
const struct cli_option contact_log_options[] = {
    TARGET_OPTIONS,
    {"driver", "DRIVER", "what about: wismo (where is my parcel), address, refund, damaged … (a wrong one lists them)", false},
    {"channel", "WAY", "phone (default), email, sms, whatsapp, chat, social, form, in_person or other", false},
    {"note", "TEXT", "what they said; internal, never sent", false},
    {0},
};
const struct cli_option contact_list_options[] = {
    CLI_FORMAT_OPTION,
    {"exception", "ID", "only about this exception", false},
    {"driver", "DRIVER", "only with this driver: wismo, refund, reply …", false},
    {"days", "N", "only of the last so many days", false},
    {"limit", "N", "at most so many, newest first (default 100)", false},
    {0},
};
const struct cli_option playbook_options[] = {CLI_FORMAT_OPTION, {"version", "N", "as it was in this version", false}, {0}};
#define CASE_FIELDS                                                                           \
    {"priority", "PRIORITY", "low, normal, high or urgent", false}, {"subject", "SUBJECT", "what it is about, in a few words", false}
const struct cli_option case_open_options[] = {
    TARGET_OPTIONS,
    {"type", "TYPE", "customer, carrier_trace, claim or internal", false},
    CASE_FIELDS,
    {"tag", "TAG", "may be given again (default: the exception's kind)", true},
    {"note", "NOTE", "a first note; internal, never sent", false},
    {0},
};
const struct cli_option case_note_options[] = {
    CLI_FORMAT_OPTION, {"text", "TEXT", "the note; internal, never sent", false}, {0}};
const struct cli_option case_set_options[] = {
    CLI_FORMAT_OPTION,
    {"state", "STATE", "open, pending, solved or closed; closed is final", false},
    CASE_FIELDS,
    {"owner", "PERSON", "who has it: a role name, me or none", false},
    {"tag", "TAG", "add it; may be given again", true},
    {"untag", "TAG", "take it off; may be given again", true},
    {0},
};
const struct cli_option case_merge_options[] = {{"into", "CASE", "the case that goes on", false}, {0}};
const struct cli_option case_list_options[] = {
    CLI_FORMAT_OPTION,
    {"state", "STATE", "only open, pending, solved or closed ones (default: open and pending)", false},
    {"mine", NULL, "only those I have", false},
    {"conflict", NULL, "only those that the helpdesk has changed otherwise", false},
    {"all", NULL, "whatever their state", false},
    {"exception", "ID", "only those of this exception", false},
    {"limit", "N", "at most this many (default 500)", false},
    {0},
};
