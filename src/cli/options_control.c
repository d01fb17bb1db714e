/* Options of what holds for many parcels at once: overrides, outages, rules, thresholds of silence, the dictionary. The table of commands is in commands.c. */
#include "cli/options.h"

#include "cli/print.h"

const struct cli_option override_apply_options[] = {
    TARGET_OPTIONS,
    {"status", "STATUS", "what it is: delivered, lost, delayed, returned, in_transit, available_for_pickup, cancelled …", false},
    {"reason", "REASON", "carrier_outage, carrier_confirmed, customer_confirmed, proof_of_delivery, wrong_scan, warehouse or other", false},
    {"note", "TEXT", "what you know, and from whom", false},
    {"expires", "WHEN", "until when it holds at most: 7d, \"mon 9:00\" (default: the policy's days)", false},
    {"outage", "N", "part of this outage: it ends with it", false},
    {"preview", NULL, "only show what would change", false},
    {"yes", NULL, "do not ask", false},
    {0},
};
const struct cli_option override_revert_options[] = {
    TARGET_OPTIONS, {"batch", "BATCH", "all of this batch", false}, {"note", "TEXT", "why", false}, {0}};
const struct cli_option override_decide_options[] = {CLI_FORMAT_OPTION, {"note", "TEXT", "why", false}, {0}};
const struct cli_option override_list_options[] = {
    CLI_FORMAT_OPTION,
    {"batch", "BATCH", "only this one", false},
    {"pending", NULL, "those that wait for a second lead", false},
    {"conflicts", NULL, "shipments whose carrier says something else since", false},
    {"mine", NULL, "my own", false},
    {"limit", "N", "at most this many (default 100)", false},
    {0},
};
const struct cli_option override_policy_options[] = {
    CLI_FORMAT_OPTION,
    {"threshold", "N", "more shipments than this need a second lead (leads make it smaller, admins larger)", false},
    {"days", "N", "how long an override lasts where nothing is said", false},
    {"pending-hours", "N", "after this time a batch nobody approved lapses", false},
    {"newer-hours", "N", "the preview counts scans of the last so many hours that say something else", false},
    {0},
};
const struct cli_option outage_declare_options[] = {
    {"scope", "FILTER", "what is out: carrier, service, brand, country, region, city, postal, kind: \"carrier:ups region:TX\"", false},
    {"message", "TEXT", "what is known; everybody reads it while the outage lasts", false},
    {"hold-messages", NULL, "hold messages in it, but for the outage's own wording, template carrier_outage", false},
    {"pause-sla", NULL, "its clocks stand", false},
    {"override", "STATUS", "set the effective status of its parcels until it ends: delayed, …", false},
    {"until", "TIME", "end it by itself then: 6h, tomorrow 9:00 (default: when somebody ends it)", false},
    {"yes", NULL, "do not ask first", false},
    {0},
};
const struct cli_option outage_end_options[] = {{"note", "TEXT", "how it ended", false}, {0}};
const struct cli_option outage_set_options[] = {
    {"message", "TEXT", "what is known", false},
    {"until", "TIME", "when it ends by itself, or none", false},
    {"hold-messages", NULL, "hold messages from now on", false},
    {"no-hold-messages", NULL, "let them go", false},
    {"pause-sla", NULL, "clocks stand from now on", false},
    {"no-pause-sla", NULL, "they run", false},
    {0},
};
const struct cli_option outage_list_options[] = {
    CLI_FORMAT_OPTION, {"all", NULL, "those that ended, too", false}, {0}};
const struct cli_option outage_show_options[] = {
    CLI_FORMAT_OPTION, {"limit", "N", "at most this many exceptions (default 100)", false}, {0}};
const struct cli_option rule_test_options[] = {
    CLI_FORMAT_OPTION, {"days", "N", "over so many days (default 7)", false}, {0},
};
const struct cli_option rule_enable_options[] = {
    {"percent", "N", "for so many of a hundred shipments (default: as before, at first all)", false},
    {"version", "N", "only if this is its version", false},
    {"per-hour", "N", "more exceptions within an hour switch it off (default 500)", false},
    {0},
};
const struct cli_option rule_history_options[] = {
    CLI_FORMAT_OPTION,
    {"limit", "N", "at most so many, newest first (default 100)", false},
    {"versions", NULL, "the texts it had", false},
    {0},
};
const struct cli_option rule_limits_options[] = {
    CLI_FORMAT_OPTION,
    {"per-hour", "N", "a rule that would fire for more exceptions within an hour switches itself off", false},
    {"per-exception", "N", "all rules together act on one exception so many times a day", false},
    {"event-hours", "N", "what happened longer ago is acted on no more", false},
    {0},
};
#define SILENCE_SCOPE \
    {"carrier", "CARRIER", "only of this carrier", false}, \
    {"service", "SERVICE", "only of this service; * stands for any letters: *express*", false}
const struct cli_option silence_set_options[] = {
    SILENCE_SCOPE,
    {"not-shipped", "TIME", "a label without a scan is in trouble after so many business hours: 48h", false},
    {"stalled", "TIME", "a parcel is after so many business hours without a scan: 72h", false},
    {"pickup", "TIME", "a pickup point sends it back after so many days: 7d", false},
    {"pickup-warning", "TIME", "somebody is told so many days before that: 2d", false},
    {"warning", "TIME", "and of what is due so many minutes before: 30m; of all carriers, 0 for never", false},
    {0},
};
const struct cli_option silence_delete_options[] = {SILENCE_SCOPE, {0}};
const struct cli_option dictionary_list_options[] = {
    CLI_FORMAT_OPTION,
    {"text", "WORDS", "entries that have all these words somewhere", false},
    {"kind", "KIND", "entries that open, watch for or end this kind", false},
    {"version", "N", "as the dictionary stood then", false},
    {0},
};
const struct cli_option dictionary_lookup_options[] = {CLI_FORMAT_OPTION, {"text", "TEXT", "the carrier's words", false}, {0}};
const struct cli_option dictionary_unmapped_options[] = {
    CLI_FORMAT_OPTION, {"ignored", NULL, "those put aside", false}, {"all", NULL, "both", false}, {0}};
const struct cli_option dictionary_ignore_options[] = {
    {"reason", "TEXT", "why it may wait", false}, {"back", NULL, "put it on the list again", false}, {0}};
const struct cli_option dictionary_set_options[] = {
    {"text", "REGEX", "only where the carrier's words are like this, in any case of letters", false},
    {"kind", "KIND", "the exception it speaks of", false},
    {"status", "STATUS", "the status it means; none: leaves it", false},
    {"role", "ROLE", "open an exception, watch (a timer may), normal, or clear (ends kinds)", false},
    {"severity", "SEVERITY", "when it is not the kind's own", false},
    {"clears", "KINDS", "the kinds it ends, with commas; all: as a delivery does", false},
    {"label", "TEXT", "for agents, at most 60 characters", false},
    {"wording", "WORDING", "what customers read; none: nothing (default: the kind's own)", false},
    {"priority", "N", "-2 to 1: before how exactly it fits; 1 is a final word, -1 says little", false},
    {"note", "TEXT", "why", false},
    {0},
};
const struct cli_option dictionary_retire_options[] = {
    {"text", "REGEX", "the entry that looks for this", false}, {"note", "TEXT", "why", false}, {0}};
const struct cli_option dictionary_note_options[] = {{"note", "TEXT", "why", false}, {0}};
const struct cli_option dictionary_drafts_options[] = {
    CLI_FORMAT_OPTION, {"mine", NULL, "mine, whatever became of them", false}, {"all", NULL, "everybody's", false}, {0}};
const struct cli_option dictionary_preview_options[] = {
    CLI_FORMAT_OPTION, {"days", "N", "of scans of the last N days (default 30)", false}, {0}};
const struct cli_option dictionary_approve_options[] = {
    {"expect", "N", "exceptions it will close, where that is more than a lead closes alone", false},
    {"reprocess", NULL, "read what was scanned anew, too: the worker does", false},
    {"days", "N", "how far back (default 30)", false},
    {0},
};
const struct cli_option dictionary_reprocess_options[] = {
    CLI_FORMAT_OPTION,
    {"provider", "PROVIDER", "whose scans (default: all)", false},
    {"code", "CODE", "only those with this code", false},
    {"days", "N", "how far back (default 30)", false},
    {"preview", NULL, "only say what it would do", false},
    {"expect", "N", "exceptions it will close, where that is more than a lead closes alone", false},
    {0},
};
