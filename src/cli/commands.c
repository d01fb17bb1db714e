#include "cli/commands.h"

#include "cli/cli.h"
#include "cli/print.h"

/* Sample world and private database */
static const struct cli_option demo_options[] = {
    {"headless", NULL, "no dashboard: print the DSN and run until a signal", false},
    {"rate", "N", "new carrier scans a minute (default 30)", false},
    {"reset", NULL, "throw the demo's database away first", false},
    {"dir", "DIR", "where the demo keeps its database", false},
    {0},
};
static const struct cli_option local_options[] = {
    {"dir", "DIR", "the folder of the private database", false},
    {0},
};
static const struct cli_option migrate_options[] = {
    {"check", NULL, "only say which version the database has", false},
    {0},
};

static const struct cli_option ingest_options[] = {
    {"format", "FORMAT", "auto (default); easypost, shippo, aftership, shipengine, 17track; carriers' own fedex, ups, usps, dhl, canada_post; doorstep; what comes back from "
     "providers: twilio, sendgrid, postmark, dsn, receipt", false},
    {"rejects", "FILE", "write what was refused here, one JSON object a line", false},
    {0},
};

static const struct cli_option poll_options[] = {
    {"source", "SOURCE", "only easypost, shippo, aftership or shipengine (default: all that have a URL)", false},
    {"others", "SOURCE", "whom to ask about parcels nobody told anything of (default: the only source there is)", false},
    {"limit", "N", "ask each source about at most this many parcels (default 10000)", false},
    {"channels", "FILE", "the file of secrets (default: DOORSTEP_CHANNELS, else ~/.config/doorstep/channels)", false},
    {"now", "TIME", "as if it were this time, for tests: 2026-11-21T16:51:00Z", false},
    {0},
};
static const struct cli_option poll_set_options[] = {
    {"busy", "TIME", "between two questions, with an exception open or on its last way: 30m", false},
    {"usual", "TIME", "while it is on its way: 4h", false},
    {"idle", "TIME", "before that, and while it waits to be collected: 12h", false},
    {"give-up", "DAYS", "ask no more so many days after it was first seen", false},
    {0},
};
static const struct cli_option webhook_options[] = {
    {"channels", "FILE", "the file of secrets (default: DOORSTEP_CHANNELS, else ~/.config/doorstep/channels)", false},
    {0},
};

/* Reading */
static const struct cli_option queue_options[] = {
    CLI_FORMAT_OPTION,
    {"limit", "N", "at most this many rows (default 100; 0: all)", false},
    {0},
};
static const struct cli_option format_options[] = {CLI_FORMAT_OPTION, {0}};

/* Work: every verb takes exceptions by number, or all under a filter */
#define TARGET_OPTIONS                                                                        \
    CLI_FORMAT_OPTION, {"filter", "FILTER", "act on everything under this filter", false}
static const struct cli_option target_options[] = {TARGET_OPTIONS, {0}};
static const struct cli_option assign_options[] = {
    TARGET_OPTIONS, {"to", "PERSON", "the person's role name", false}, {0}};
static const struct cli_option snooze_options[] = {
    TARGET_OPTIONS,
    {"until", "TIME", "4h, tomorrow 9:00, mon, 2026-11-24 10:00, or scan for the next scan", false},
    {0},
};
static const struct cli_option wait_options[] = {
    TARGET_OPTIONS,
    {"until", "TIME", "when to look at it again: 2d, fri 9:00 (default: until somebody does)", false},
    {"text", "TEXT", "what is being waited for", false},
    {0},
};
static const struct cli_option note_options[] = {
    TARGET_OPTIONS, {"text", "TEXT", "the note; internal, never sent", false}, {0}};
static const struct cli_option severity_options[] = {
    TARGET_OPTIONS, {"to", "SEVERITY", "low, medium, high or critical", false}, {0}};
static const struct cli_option resolve_options[] = {
    TARGET_OPTIONS,
    {"code", "CODE", "how it ended: delivered, address_fixed, reshipped, refunded … (a wrong one lists them)", false},
    {"text", "TEXT", "in your own words; needed for the code other", false},
    {0},
};
static const struct cli_option reopen_options[] = {
    TARGET_OPTIONS, {"text", "TEXT", "why", false}, {0}};

static const struct cli_option tag_options[] = {
    TARGET_OPTIONS, {"tag", "TAG", "up to 24 small letters, digits, _ and -", false}, {0}};

static const struct cli_option contact_log_options[] = {
    TARGET_OPTIONS,
    {"driver", "DRIVER", "what about: wismo (where is my parcel), address, refund, damaged … (a wrong one lists them)", false},
    {"channel", "WAY", "phone (default), email, sms, whatsapp, chat, social, form, in_person or other", false},
    {"note", "TEXT", "what they said; internal, never sent", false},
    {0},
};
static const struct cli_option contact_list_options[] = {
    CLI_FORMAT_OPTION,
    {"exception", "ID", "only about this exception", false},
    {"driver", "DRIVER", "only with this driver: wismo, refund, reply …", false},
    {"days", "N", "only of the last so many days", false},
    {"limit", "N", "at most so many, newest first (default 100)", false},
    {0},
};

static const struct cli_option playbook_options[] = {CLI_FORMAT_OPTION, {"version", "N", "as it was in this version", false}, {0}};
static const struct cli_option mismatch_options[] = {
    CLI_FORMAT_OPTION,
    {"finding", "FINDING", "only contradicted, late, missing or repeated", false},
    {"kind", "KIND", "only of this kind of exception", false},
    {"carrier", "CARRIER", "only of this carrier's parcels", false},
    {"days", "N", "of the last so many days (default 7)", false},
    {"from", "DATE", "from this day on", false},
    {"to", "DATE", "to this day, not included", false},
    {"totals", NULL, "added up by finding", false},
    {"limit", "N", "at most so many, newest first (default 100)", false},
    {0},
};

/* Outreach */
static const struct cli_option send_options[] = {
    TARGET_OPTIONS,
    {"template", "NAME", "what to send: a template's name; the customer's language is chosen", false},
    {"macro", "NAME", "a macro: its message, and what becomes of the exceptions with it", false},
    {"channel", "CHANNEL", "email, sms or whatsapp (default: each customer's best)", false},
    {"preview", NULL, "only show what each customer would get, and what stands in the way", false},
    {"yes", NULL, "do not ask first", false},
    {"pass", "REASON", "let warnings pass, for this reason (leads)", false},
    {0},
};
static const struct cli_option outreach_list_options[] = {
    CLI_FORMAT_OPTION,
    {"state", "STATE", "only queued, sending, sent, delivered, failed, unknown, held or cancelled ones", false},
    {"exception", "ID", "only those of this exception", false},
    {"limit", "N", "at most this many (default 100)", false},
    {0},
};
static const struct cli_option outreach_resolve_options[] = {
    CLI_FORMAT_OPTION, {"as", "OUTCOME", "what happened: sent, failed, or retry to send it again", false}, {0}};

/* Cases */
#define CASE_FIELDS                                                                           \
    {"priority", "PRIORITY", "low, normal, high or urgent", false}, {"subject", "SUBJECT", "what it is about, in a few words", false}
static const struct cli_option case_open_options[] = {
    TARGET_OPTIONS,
    {"type", "TYPE", "customer, carrier_trace, claim or internal", false},
    CASE_FIELDS,
    {"tag", "TAG", "may be given again (default: the exception's kind)", true},
    {"note", "NOTE", "a first note; internal, never sent", false},
    {0},
};
static const struct cli_option case_note_options[] = {
    CLI_FORMAT_OPTION, {"text", "TEXT", "the note; internal, never sent", false}, {0}};
static const struct cli_option case_set_options[] = {
    CLI_FORMAT_OPTION,
    {"state", "STATE", "open, pending, solved or closed; closed is final", false},
    CASE_FIELDS,
    {"owner", "PERSON", "who has it: a role name, me or none", false},
    {"tag", "TAG", "add it; may be given again", true},
    {"untag", "TAG", "take it off; may be given again", true},
    {0},
};
static const struct cli_option case_merge_options[] = {{"into", "CASE", "the case that goes on", false}, {0}};
static const struct cli_option case_list_options[] = {
    CLI_FORMAT_OPTION,
    {"state", "STATE", "only open, pending, solved or closed ones (default: open and pending)", false},
    {"mine", NULL, "only those I have", false},
    {"conflict", NULL, "only those that the helpdesk has changed otherwise", false},
    {"all", NULL, "whatever their state", false},
    {"exception", "ID", "only those of this exception", false},
    {"limit", "N", "at most this many (default 500)", false},
    {0},
};
#define TEMPLATE_OPTIONS                                                                      \
    {"channel", "CHANNEL", "email, sms or whatsapp", false}, {"language", "LANGUAGE", "en, es, fr …", false}, \
    {"brand", "BRAND", "the brand's own one (default: the one for all brands)", false}
static const struct cli_option template_options[] = {
    TEMPLATE_OPTIONS, {"version", "N", "this version (default: the newest)", false}, {0}};
static const struct cli_option template_retire_options[] = {TEMPLATE_OPTIONS, {0}};
static const struct cli_option rule_test_options[] = {
    CLI_FORMAT_OPTION, {"days", "N", "over so many days (default 7)", false}, {0},
};
static const struct cli_option rule_enable_options[] = {
    {"percent", "N", "for so many of a hundred shipments (default: as before, at first all)", false},
    {"version", "N", "only if this is its version", false},
    {"per-hour", "N", "more exceptions within an hour switch it off (default 500)", false},
    {0},
};
static const struct cli_option rule_history_options[] = {
    CLI_FORMAT_OPTION,
    {"limit", "N", "at most so many, newest first (default 100)", false},
    {"versions", NULL, "the texts it had", false},
    {0},
};
static const struct cli_option macro_save_options[] = {
    {"title", "TITLE", "as people see it (default: the name)", false},
    {"template", "NAME", "the message it sends", false},
    {"channel", "CHANNEL", "email, sms or whatsapp (default: each customer's best)", false},
    {"then", "VERB", "and then wait, snooze, resolve or work", false},
    {"for", "TIME", "wait, snooze: how long: 4h, 2d", false},
    {"next-scan", NULL, "snooze: until the next scan", false},
    {"code", "CODE", "resolve: how it ended", false},
    {"tag", "TAG", "and give it this tag", false},
    {"shared", NULL, "for everyone (leads)", false},
    {0},
};
#define POLICY_SCOPE                                                                          \
    {"brand", "BRAND", "only for this brand (default: all)", false},                          \
    {"country", "COUNTRY", "only for customers there: US, DE … (default: all)", false},       \
    {"channel", "CHANNEL", "only for email, sms or whatsapp (default: all)", false}
static const struct cli_option policy_set_options[] = {
    POLICY_SCOPE,
    {"quiet", "HOURS", "no messages from one hour to the other of the customer's day: 21:00-08:00, or none", false},
    {"quiet-days", "DAYS", "nor on these days: sat,sun, or none", false},
    {"cap", "N/TIME", "at most so many in that time: 2/24h", false},
    {"repeat", "TIME", "the same text again only after this time: 72h", false},
    {"stale", "TIME", "tracking older than this is too old to speak of: 48h", false},
    {"consent", "WHICH", "required, or assumed until the customer says no", false},
    {"undo", "TIME", "how long a message waits to be taken back: 10s", false},
    {"segments", "N", "the longest SMS, in segments", false},
    {0},
};
#define SILENCE_SCOPE \
    {"carrier", "CARRIER", "only of this carrier", false}, \
    {"service", "SERVICE", "only of this service; * stands for any letters: *express*", false}
static const struct cli_option silence_set_options[] = {
    SILENCE_SCOPE,
    {"not-shipped", "TIME", "a label without a scan is in trouble after so many business hours: 48h", false},
    {"stalled", "TIME", "a parcel is after so many business hours without a scan: 72h", false},
    {"pickup", "TIME", "a pickup point sends it back after so many days: 7d", false},
    {"pickup-warning", "TIME", "somebody is told so many days before that: 2d", false},
    {"warning", "TIME", "and of what is due so many minutes before: 30m; of all carriers, 0 for never", false},
    {0},
};
static const struct cli_option silence_delete_options[] = {SILENCE_SCOPE, {0}};
static const struct cli_option policy_delete_options[] = {POLICY_SCOPE, {0}};
static const struct cli_option consent_options[] = {
    TARGET_OPTIONS,
    {"channel", "CHANNEL", "email, sms or whatsapp", false},
    {"note", "TEXT", "how we know", false},
    {0},
};
static const struct cli_option address_ok_options[] = {{"channel", "CHANNEL", "email, sms or whatsapp", false}, {0}};
static const struct cli_option contact_options[] = {
    TARGET_OPTIONS, {"note", "TEXT", "how we know", false}, {"off", NULL, "they may be written to again", false}, {0}};
static const struct cli_option hold_options[] = {
    {"reason", "TEXT", "why, for those who want to send", false},
    {"brand", "BRAND", "only this brand's messages", false},
    {"carrier", "CARRIER", "only about this carrier's parcels", false},
    {"region", "REGION", "only to this region", false},
    {"kind", "KIND", "only about this kind of exception", false},
    {0},
};

static const struct cli_option outage_declare_options[] = {
    {"scope", "FILTER", "what is out: carrier, service, brand, country, region, city, postal, kind: \"carrier:ups region:TX\"", false},
    {"message", "TEXT", "what is known; everybody reads it while the outage lasts", false},
    {"hold-messages", NULL, "hold messages in it, but for the outage's own wording, template carrier_outage", false},
    {"pause-sla", NULL, "its clocks stand", false},
    {"override", "STATUS", "set the effective status of its parcels until it ends: delayed, …", false},
    {"until", "TIME", "end it by itself then: 6h, tomorrow 9:00 (default: when somebody ends it)", false},
    {"yes", NULL, "do not ask first", false},
    {0},
};
static const struct cli_option outage_end_options[] = {{"note", "TEXT", "how it ended", false}, {0}};
static const struct cli_option outage_set_options[] = {
    {"message", "TEXT", "what is known", false},
    {"until", "TIME", "when it ends by itself, or none", false},
    {"hold-messages", NULL, "hold messages from now on", false},
    {"no-hold-messages", NULL, "let them go", false},
    {"pause-sla", NULL, "clocks stand from now on", false},
    {"no-pause-sla", NULL, "they run", false},
    {0},
};
static const struct cli_option outage_list_options[] = {
    CLI_FORMAT_OPTION, {"all", NULL, "those that ended, too", false}, {0}};
static const struct cli_option outage_show_options[] = {
    CLI_FORMAT_OPTION, {"limit", "N", "at most this many exceptions (default 100)", false}, {0}};

static const struct cli_option brand_options[] = {
    {"name", "NAME", "the shop's name, as customers read it", false},
    {"language", "LANGUAGE", "what is spoken where a customer's language is not known: en", false},
    {"time-zone", "ZONE", "likewise: America/Chicago", false},
    {"from-name", "NAME", "who e-mails come from (default: the name)", false},
    {"from", "ADDRESS", "and from which address (default: the channel's from=)", false},
    {"reply-to", "ADDRESS", "where answers go (default: there too)", false},
    {"support", "TEXT", "how to reach the shop, as customers read it", false},
    {"unsubscribe", "URL", "the List-Unsubscribe of e-mails: https://… or mailto:…", false},
    {"tracking-url", "URL", "the shop's own page to follow a parcel, {} for its number (default: the carrier's)", false},
    {"page-url", "URL", "where `doorstep publish`'s pages are served from; without it the brand has none", false},
    {"form-url", "URL", "where `doorstep webhook` answers their forms; without it they have none", false},
    {"contact-url", "URL", "the shop's contact form, for pages: tracking_number= and state= are added", false},
    {"page-color", "COLOR", "the pages' color: #0b6e4f", false},
    {0},
};

static const struct cli_option publish_options[] = {
    {"out", "DIR", "the folder they go to, for a web server; empty at first", false},
    {"all", NULL, "look at every page, not only at what changed since the last time", false},
    {"follow", NULL, "go on: publish what changes, every few seconds", false},
    {"brand", "BRAND", "only this brand's pages; may be given again", true},
    {"now", "TIME", "as if it were then, for a trial: 2026-11-21T16:51:00Z", false},
    {0},
};

static const struct cli_option view_save_options[] = {
    {"filter", "FILTER", "what the view shows", false},
    {"key", "N", "the number key, 1 to 9", false},
    {"shared", NULL, "for everyone (leads)", false},
    {0},
};
static const struct cli_option user_add_options[] = {
    {"level", "LEVEL", "viewer, agent (default), lead or admin", false},
    {"name", "NAME", "how people see them: \"Maria Lopez\"", false},
    {"brand", "BRAND", "only this brand; may be given again (default: all)", true},
    {0},
};
static const struct cli_option user_grant_options[] = {
    {"level", "LEVEL", "viewer, agent, lead, admin, or none to lock them out", false},
    {"brand", "BRAND", "only this brand; may be given again", true},
    {"all-brands", NULL, "no longer limited to brands", false},
    {0},
};
static const struct cli_option template_render_options[] = {
    {"template", "FILE", "the mustache text, - for standard input; of a template with a head (--- to ---) its text is taken", false},
    {"data", "FILE", "JSON, - for standard input", false},
    {"partials", "DIR", "where {{>name}} finds name.mustache, else name", false},
    {"escape", "HOW", "html (default) or none", false},
    {"sms", NULL, "print how the result travels as SMS instead: encoding, segments, units (escape none)", false},
    {0},
};
static const struct cli_option audit_options[] = {
    CLI_FORMAT_OPTION, {"id", "ID", "only this exception's chain", false}, {0}};
static const struct cli_option audit_log_options[] = {
    CLI_FORMAT_OPTION,
    {"subject", "SUBJECT", "only of this: \"outage 3\", \"user maria\", or all of a sort: outage, batch, case, user, policy, hold …", false},
    {"actor", "ROLE", "only what this person did", false},
    {"since", "WHEN", "only since then: 3d, 12h, or a date", false},
    {"limit", "N", "at most so many, newest first (default 100)", false},
    {0},
};
static const struct cli_option audit_ends_options[] = {
    CLI_FORMAT_OPTION, {"until", "WHEN", "only rows up to then, to compare with a line kept from that time", false}, {0}};

static const struct cli_option worker_options[] = {
    {"once", NULL, "do what is due, then end, and print what was done as JSON", false},
    {"now", "TIME", "with --once: as if it were then, 2026-11-21T16:51:00Z say, for tests and replays; messages go by the real time", false},
    {"channel", "CHANNEL", "only email, sms or whatsapp; may be given again", true},
    {"channels", "FILE", "the channels' URLs (default: the environment, then doorstep/channels in the configuration folder)", false},
    {"name", "NAME", "how attempts name this worker (default: the host's name)", false},
    {"lease", "SECONDS", "how long a message stays this worker's when it is killed (default 60)", false},
    {0},
};

static const struct cli_option dictionary_list_options[] = {
    CLI_FORMAT_OPTION,
    {"text", "WORDS", "entries that have all these words somewhere", false},
    {"kind", "KIND", "entries that open, watch for or end this kind", false},
    {"version", "N", "as the dictionary stood then", false},
    {0},
};
static const struct cli_option dictionary_lookup_options[] = {CLI_FORMAT_OPTION, {"text", "TEXT", "the carrier's words", false}, {0}};
static const struct cli_option dictionary_unmapped_options[] = {
    CLI_FORMAT_OPTION, {"ignored", NULL, "those put aside", false}, {"all", NULL, "both", false}, {0}};
static const struct cli_option dictionary_ignore_options[] = {
    {"reason", "TEXT", "why it may wait", false}, {"back", NULL, "put it on the list again", false}, {0}};
static const struct cli_option dictionary_set_options[] = {
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
static const struct cli_option dictionary_retire_options[] = {
    {"text", "REGEX", "the entry that looks for this", false}, {"note", "TEXT", "why", false}, {0}};
static const struct cli_option dictionary_note_options[] = {{"note", "TEXT", "why", false}, {0}};
static const struct cli_option dictionary_drafts_options[] = {
    CLI_FORMAT_OPTION, {"mine", NULL, "mine, whatever became of them", false}, {"all", NULL, "everybody's", false}, {0}};
static const struct cli_option dictionary_preview_options[] = {
    CLI_FORMAT_OPTION, {"days", "N", "of scans of the last N days (default 30)", false}, {0}};
static const struct cli_option dictionary_approve_options[] = {
    {"expect", "N", "exceptions it will close, where that is more than a lead closes alone", false},
    {"reprocess", NULL, "read what was scanned anew, too: the worker does", false},
    {"days", "N", "how far back (default 30)", false},
    {0},
};
static const struct cli_option dictionary_reprocess_options[] = {
    CLI_FORMAT_OPTION,
    {"provider", "PROVIDER", "whose scans (default: all)", false},
    {"code", "CODE", "only those with this code", false},
    {"days", "N", "how far back (default 30)", false},
    {"preview", NULL, "only say what it would do", false},
    {"expect", "N", "exceptions it will close, where that is more than a lead closes alone", false},
    {0},
};

static const struct cli_option override_apply_options[] = {
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
static const struct cli_option override_revert_options[] = {
    TARGET_OPTIONS, {"batch", "BATCH", "all of this batch", false}, {"note", "TEXT", "why", false}, {0}};
static const struct cli_option override_decide_options[] = {CLI_FORMAT_OPTION, {"note", "TEXT", "why", false}, {0}};
static const struct cli_option override_list_options[] = {
    CLI_FORMAT_OPTION,
    {"batch", "BATCH", "only this one", false},
    {"pending", NULL, "those that wait for a second lead", false},
    {"conflicts", NULL, "shipments whose carrier says something else since", false},
    {"mine", NULL, "my own", false},
    {"limit", "N", "at most this many (default 100)", false},
    {0},
};
static const struct cli_option override_policy_options[] = {
    CLI_FORMAT_OPTION,
    {"threshold", "N", "more shipments than this need a second lead (leads make it smaller, admins larger)", false},
    {"days", "N", "how long an override lasts where nothing is said", false},
    {"pending-hours", "N", "after this time a batch nobody approved lapses", false},
    {"newer-hours", "N", "the preview counts scans of the last so many hours that say something else", false},
    {0},
};

static const struct cli_option retention_set_options[] = {{"yes", NULL, "yes, as short as that", false}, {0}};
static const struct cli_option retention_run_options[] = {
    CLI_FORMAT_OPTION,
    {"dry-run", NULL, "only say how many rows of what would go", false},
    {0},
};
static const struct cli_option customer_find_options[] = {
    CLI_FORMAT_OPTION,
    {"limit", "N", "at most this many (default 20)", false},
    {0},
};
static const struct cli_option customer_forget_options[] = {
    CLI_FORMAT_OPTION,
    {"reason", "TEXT", "why, for the log of control: \"asked for it on 3 May\"; no names", false},
    {"under-way", NULL, "also while a parcel is under way or an exception open: nobody can be told of it afterwards", false},
    {"yes", NULL, "do not ask", false},
    {0},
};
static const struct cli_option customer_access_options[] = {
    CLI_FORMAT_OPTION,
    {"customer", "CUSTOMER", "only to this one's", false},
    {"person", "ROLE", "only by this person", false},
    {"since", "TIME", "only since then: 3d, 2026-11-21", false},
    {"limit", "N", "at most this many (default 100)", false},
    {0},
};

static const struct cli_option report_options[] = {
    CLI_FORMAT_OPTION,
    {"period", "PERIOD", "today, yesterday, 7d (default), 30d, week, month, last week, last month, 2026-11-20, 2026-11-01..2026-11-15", false},
    {"from", "DAY", "its first day, instead of --period", false},
    {"to", "DAY", "and its last; today without it", false},
    {"by", "GROUP", "one of what `doorstep report list` names: carrier, service, lane, kind, hour, day …", false},
    {"carrier", "CARRIER", "of this carrier only", false},
    {"kind", "KIND", "of this kind only", false},
    {"brand", "BRAND", "of this brand only", false},
    {0},
};
static const struct cli_option report_rebuild_options[] = {
    CLI_FORMAT_OPTION,
    {"period", "PERIOD", "as of reports (default 30d)", false},
    {"from", "DAY", "the first day, instead of --period", false},
    {"to", "DAY", "and the last; today without it", false},
    {0},
};

const struct command commands[] = {
    {"demo", "", "a private database with a sample world and a live feed, and the dashboard on it", demo_options, cmd_demo},
    {"local start", "", "start a private PostgreSQL", local_options, cmd_local},
    {"local stop", "", "stop it", local_options, cmd_local},
    {"local status", "", "is it running?", local_options, cmd_local},
    {"local dsn", "", "print its connection string", local_options, cmd_local},
    {"local destroy", "", "stop it and delete its data", local_options, cmd_local},
    {"migrate", "", "bring the database's schema to this program's version", migrate_options, cmd_migrate},
    {"doctor", "", "check terminal, database, schema and rights, and say what to do", NULL, cmd_doctor},
    {"ingest", "[FILE…]", "read carriers' and order documents, and what comes back from message providers, from files or standard input", ingest_options, cmd_ingest},
    {"poll", "", "ask aggregators about parcels that no webhook tells of, as far as they are due", poll_options, cmd_poll},
    {"poll list", "", "how that goes (leads)", format_options, cmd_poll},
    {"poll set", "SOURCE", "how often a source is asked (leads)", poll_set_options, cmd_poll},
    {"webhook", "", "take a provider's webhook: a CGI program for a web server", webhook_options, cmd_webhook},
    {"queue", "[FILTER]", "list exceptions", queue_options, cmd_queue},
    {"show", "ID", "everything about one exception", format_options, cmd_show},
    {"counts", "[FILTER]", "the counters of the queue, or how many a filter has", format_options, cmd_counts},
    {"claim", "ID…", "make exceptions mine", target_options, cmd_act},
    {"release", "ID…", "give them back to the queue", target_options, cmd_act},
    {"assign", "ID…", "hand them to somebody", assign_options, cmd_act},
    {"take-next", "", "take the most urgent one nobody owns", format_options, cmd_act},
    {"snooze", "ID…", "out of sight for a time, until a time, or until the next scan", snooze_options, cmd_act},
    {"wait", "ID…", "waiting on the customer; stops the SLA clock", wait_options, cmd_act},
    {"work", "ID…", "back to working: wakes snoozed and waiting ones", target_options, cmd_act},
    {"note", "ID…", "add an internal note", note_options, cmd_act},
    {"severity", "ID…", "set the severity", severity_options, cmd_act},
    {"resolve", "ID…", "resolve with a resolution code", resolve_options, cmd_act},
    {"reopen", "ID…", "open resolved ones again", reopen_options, cmd_act},
    {"tag", "ID…", "give them a tag, to find them by: tag:TAG", tag_options, cmd_act},
    {"untag", "ID…", "take a tag off them", tag_options, cmd_act},
    {"contact log", "ID…", "log that the customers got in touch, and what about", contact_log_options, cmd_contact},
    {"report", "NAME", "a report: exceptions, heat, ontime, response, messages, contacts, csat, agents", report_options, cmd_report},
    {"report list", "", "the reports, and what each can be seen by", format_options, cmd_report},
    {"report rebuild", "", "make anew what reports add up, and say what differed (leads)", report_rebuild_options, cmd_report},
    {"report mismatch", "", "messages against what was true: contradicted, late, missing, repeated", mismatch_options, report_mismatch},
    {"playbook list", "", "each kind's playbook, its version and whose that is", format_options, cmd_playbook},
    {"playbook show", "KIND|ID", "its steps; of an exception: what is done, next and later", playbook_options, cmd_playbook},
    {"playbook set", "KIND FILE", "its steps all anew, from what `playbook show KIND --format json` prints (leads)", NULL, cmd_playbook},
    {"duty list", "", "within how many hours customers are to be told, by kind", format_options, cmd_duty},
    {"duty set", "KIND HOURS|none", "change that (leads)", NULL, cmd_duty},
    {"contact list", "", "who got in touch: before or after our message, and again", contact_list_options, cmd_contact},
    {"undo", "", "take back my last undoable action", format_options, cmd_undo},
    {"send", "ID…", "tell customers: shows what each gets and what stands in the way, asks, queues", send_options, cmd_send},
    {"rule list", "", "rules: what happens by itself, and what each did in the last seven days", format_options, cmd_rule},
    {"rule show", "NAME", "one rule", format_options, cmd_rule},
    {"rule save", "NAME TEXT", "keep a rule, off at first: 'when kind:address_issue on opened do send address_issue by sms'", NULL, cmd_rule},
    {"rule test", "NAME|TEXT", "what a rule would have done, and what guardrails would have stopped", rule_test_options, cmd_rule},
    {"rule enable", "NAME", "switch a rule on, for a share of shipments first (leads)", rule_enable_options, cmd_rule},
    {"rule disable", "NAME", "switch a rule off, at once (leads)", NULL, cmd_rule},
    {"rule delete", "NAME", "delete a rule; what it did stays in the timelines (leads)", NULL, cmd_rule},
    {"rule history", "NAME", "what a rule did last, or its texts", rule_history_options, cmd_rule},
    {"rule stop", "", "stop all rules (leads)", NULL, cmd_rule},
    {"rule go", "", "let the rules go on (leads)", NULL, cmd_rule},
    {"macro list", "", "macros: a message and what becomes of the exception with it", format_options, cmd_macro},
    {"macro save", "NAME", "keep a macro", macro_save_options, cmd_macro},
    {"macro delete", "NAME", "delete a macro", NULL, cmd_macro},
    {"macro run", "NAME ID…", "run a macro that sends no message (`send --macro` runs the others)", target_options, cmd_macro},
    {"outreach list", "", "messages, first those a person has to look at", outreach_list_options, cmd_outreach},
    {"outreach show", "MESSAGE", "everything about one message", format_options, cmd_outreach},
    {"outreach cancel", "MESSAGE…", "take back messages that have not gone out", format_options, cmd_outreach},
    {"outreach retry", "MESSAGE…", "queue failed, held and cancelled messages again", format_options, cmd_outreach},
    {"outreach resolve-unknown", "MESSAGE…", "say what became of messages that may have gone out", outreach_resolve_options, cmd_outreach},
    {"override apply", "ID…", "set the effective status by hand: shows what it would change, asks", override_apply_options, cmd_override},
    {"override revert", "ID…", "take overrides back: the status before is effective again", override_revert_options, cmd_override},
    {"override approve", "BATCH…", "put a batch of somebody else's in force (leads)", override_decide_options, cmd_override},
    {"override reject", "BATCH…", "refuse it (leads)", override_decide_options, cmd_override},
    {"override withdraw", "BATCH…", "take back what I asked for, before it is approved", override_decide_options, cmd_override},
    {"override list", "", "batches of overrides, newest first", override_list_options, cmd_override_read},
    {"override show", "BATCH", "a batch and what it did to each shipment", format_options, cmd_override_read},
    {"override policy", "", "how much one may override alone, and how long it lasts", override_policy_options, cmd_override_read},
    {"case open", "ID…", "open a case of each parcel, its context filled in", case_open_options, cmd_case},
    {"case note", "CASE…", "add an internal note", case_note_options, cmd_case},
    {"case set", "CASE…", "change state, priority, subject, owner, tags", case_set_options, cmd_case},
    {"case solve", "CASE…", "it is solved: an exception whose parcel is delivered resolves with its last case", format_options, cmd_case},
    {"case close", "CASE…", "it is over; that is final", format_options, cmd_case},
    {"case reopen", "CASE…", "open solved ones again", format_options, cmd_case},
    {"case link", "CASE ID…", "these exceptions belong to it, too", target_options, cmd_case},
    {"case unlink", "CASE ID…", "they do not", target_options, cmd_case},
    {"case merge", "CASE", "close it and go on with another, which gets its exceptions and shows its notes", case_merge_options, cmd_case},
    {"case list", "", "cases, most urgent first", case_list_options, cmd_case},
    {"case show", "CASE", "everything about one case", format_options, cmd_case},
    {"case retry", "CASE…", "tell the helpdesk again what it would not take", format_options, cmd_case},
    {"case take-theirs", "CASE", "settle a conflict as the helpdesk has it", NULL, cmd_case},
    {"case keep-ours", "CASE", "settle a conflict as we have it", NULL, cmd_case},
    {"outage board", "[CARRIER]", "each carrier, or a carrier's regions and services, against what is usual there", format_options, cmd_board},
    {"outage suggest", "", "the outages the board suggests", format_options, cmd_board},
    {"outage dismiss", "N…", "quiet a suggestion for 12 hours (leads)", format_options, cmd_board},
    {"template list", "[NAME]", "templates and their versions", format_options, cmd_template},
    {"template show", "NAME", "a template as it is written", template_options, cmd_template},
    {"template import", "FILE…", "check template files and add them as drafts", NULL, cmd_template},
    {"template export", "[DIR]", "write all templates as files", NULL, cmd_template},
    {"template approve", "NAME", "put a version in force (leads)", template_options, cmd_template},
    {"template retire", "NAME", "take a template out of use (leads)", template_retire_options, cmd_template},
    {"consent show", "ID", "a customer's consent as it changed", format_options, cmd_consent},
    {"consent set", "ID…", "these customers agree to a channel", consent_options, cmd_consent},
    {"consent withdraw", "ID…", "these customers do not", consent_options, cmd_consent},
    {"consent do-not-contact", "ID…", "these customers want no messages at all", contact_options, cmd_consent},
    {"consent address-ok", "ID", "an address that took nothing is right again", address_ok_options, cmd_consent},
    {"customer find", "TEXT", "customers by name, e-mail, phone, shop's number, order or tracking number", customer_find_options, cmd_customer},
    {"customer show", "CUSTOMER", "who one is and how to reach them; that it was looked at is recorded", format_options, cmd_customer},
    {"customer export", "CUSTOMER", "everything about one customer as a JSON document (leads)", NULL, cmd_customer},
    {"customer forget", "CUSTOMER…", "erase the person, keep the numbers (leads); it does not come back", customer_forget_options, cmd_customer},
    {"customer access", "", "who looked at whose contact details (leads)", customer_access_options, cmd_customer},
    {"policy list", "", "when and how often customers are written to", format_options, cmd_policy},
    {"policy set", "", "change that for a brand, country or channel (leads)", policy_set_options, cmd_policy},
    {"policy delete", "", "let the wider policy hold again (leads)", policy_delete_options, cmd_policy},
    {"silence list", "", "when a parcel nobody hears of is in trouble: business hours without a scan, days at a pickup point", format_options, cmd_silence},
    {"silence set", "", "change that, for all or for a carrier and service (leads)", silence_set_options, cmd_silence},
    {"silence delete", "", "let the wider threshold hold again (leads)", silence_delete_options, cmd_silence},
    {"hold list", "", "messages that are held back now", format_options, cmd_hold},
    {"hold set", "", "hold messages back: of a brand, carrier, region, kind (leads)", hold_options, cmd_hold},
    {"hold end", "HOLD", "let them go (leads)", NULL, cmd_hold},
    {"outage declare", "", "a carrier or region is out: shows what that takes in, asks, declares (leads)", outage_declare_options, cmd_outage},
    {"outage end", "OUTAGE", "it is over: overrides reverted, clocks run, messages go, and whom to follow up (leads)", outage_end_options, cmd_outage},
    {"outage set", "OUTAGE", "change one that lasts (leads)", outage_set_options, cmd_outage},
    {"outage list", "", "live outages", outage_list_options, cmd_outage},
    {"outage show", "OUTAGE", "one outage and its open exceptions, worst first: whom to follow up", outage_show_options, cmd_outage},
    {"brand list", "", "brands, and how they write to customers", format_options, cmd_brand},
    {"brand set", "BRAND", "change that (leads); an empty value takes a setting back", brand_options, cmd_brand},
    {"worker", "", "send queued messages, wake what is due, find what is late, read what came by webhooks", worker_options, cmd_worker},
    {"publish", "", "write customers' tracking pages as files for a web server", publish_options, cmd_publish},
    {"view list", "", "saved views", format_options, cmd_view},
    {"view save", "NAME", "keep a filter as a view", view_save_options, cmd_view},
    {"view delete", "NAME", "delete a view of mine", NULL, cmd_view},
    {"dictionary list", "[PROVIDER]", "what carriers' codes mean", dictionary_list_options, cmd_dictionary},
    {"dictionary show", "PROVIDER [CODE[/DETAIL]]", "all an entry ever said, its words, the scans and exceptions it made", format_options, cmd_dictionary},
    {"dictionary lookup", "PROVIDER CODE [DETAIL]", "what would be made of a scan, the entry that speaks first", dictionary_lookup_options, cmd_dictionary},
    {"dictionary unmapped", "[PROVIDER]", "codes the dictionary does not know, most seen first", dictionary_unmapped_options, cmd_dictionary},
    {"dictionary ignore", "PROVIDER CODE[/DETAIL]", "put such a code aside until it is seen ten times as often", dictionary_ignore_options, cmd_dictionary},
    {"dictionary set", "PROVIDER CODE[/DETAIL]", "draft an entry; what is left out stays as it is", dictionary_set_options, cmd_dictionary},
    {"dictionary retire", "PROVIDER CODE[/DETAIL]", "draft the end of an entry", dictionary_retire_options, cmd_dictionary},
    {"dictionary word", "WORDING LANGUAGE TEXT", "draft what customers read of a status", dictionary_note_options, cmd_dictionary},
    {"dictionary label", "PROVIDER CODE[/DETAIL] LANGUAGE TEXT", "draft an entry's label in another language", dictionary_retire_options, cmd_dictionary},
    {"dictionary drafts", "", "drafts that wait for a lead", dictionary_drafts_options, cmd_dictionary},
    {"dictionary preview", "DRAFT", "what a draft would do to exceptions and to scans of the last days", dictionary_preview_options, cmd_dictionary},
    {"dictionary approve", "DRAFT", "make it the next version (leads of all brands)", dictionary_approve_options, cmd_dictionary},
    {"dictionary reject", "DRAFT", "refuse a draft, or withdraw one's own", dictionary_note_options, cmd_dictionary},
    {"dictionary reprocess", "", "have the worker read history anew (leads of all brands)", dictionary_reprocess_options, cmd_dictionary},
    {"dictionary jobs", "", "what is being read anew, and how far it is", format_options, cmd_dictionary},
    {"dictionary language", "LANGUAGE", "the language I read labels in; none: as they were written", NULL, cmd_dictionary},
    {"retention list", "", "how long what is kept (leads)", format_options, cmd_retention},
    {"retention set", "TABLE DAYS", "change that: 400d, or always (admins)", retention_set_options, cmd_retention},
    {"retention run", "", "let go now of what is past its time (admins); a worker does it by itself", retention_run_options, cmd_retention},
    {"user list", "", "who may use this database, and as what", format_options, cmd_user},
    {"user add", "ROLE", "let a person in", user_add_options, cmd_user},
    {"user grant", "ROLE", "change a person's level or brands", user_grant_options, cmd_user},
    {"audit verify", "", "check the hash chains of the activity and the log of control; names every row that was tampered with", audit_options, cmd_audit},
    {"audit log", "", "what was done to outages, batches, cases, people and rules, by whom, from what to what", audit_log_options, cmd_audit},
    {"audit ends", "", "both logs as one line, to keep elsewhere and compare: what no chain can prove of itself", audit_ends_options, cmd_audit},
    {"template render", "", "print what a mustache text gives for data", template_render_options, cmd_template_render},
    {"template lint", "FILE…", "check message templates and say everything that is wrong", NULL, cmd_template_lint},
    {"keymap check", "FILE", "read a keymap and say what is wrong with it", NULL, cmd_keymap},
    {"keymap show", "[NAME]", "print a built-in keymap: default, vim or emacs", NULL, cmd_keymap},
    {"help", "[COMMAND]", "this list, or one command's options", NULL, cmd_help},
    {0},
};
