/* Options of telling customers: messages, their templates and guardrails, and who customers are. The table of commands is in commands.c. */
#include "cli/options.h"

#include "cli/print.h"

const struct cli_option send_options[] = {
    TARGET_OPTIONS,
    {"template", "NAME", "what to send: a template's name; the customer's language is chosen", false},
    {"macro", "NAME", "a macro: its message, and what becomes of the exceptions with it", false},
    {"channel", "CHANNEL", "email, sms or whatsapp (default: each customer's best)", false},
    {"preview", NULL, "only show what each customer would get, and what stands in the way", false},
    {"yes", NULL, "do not ask first", false},
    {"pass", "REASON", "let warnings pass, for this reason (leads)", false},
    {0},
};
const struct cli_option outreach_list_options[] = {
    CLI_FORMAT_OPTION,
    {"state", "STATE", "only queued, sending, sent, delivered, failed, unknown, held or cancelled ones", false},
    {"exception", "ID", "only those of this exception", false},
    {"limit", "N", "at most this many (default 100)", false},
    {0},
};
const struct cli_option outreach_resolve_options[] = {
    CLI_FORMAT_OPTION, {"as", "OUTCOME", "what happened: sent, failed, or retry to send it again", false}, {0}};
#define TEMPLATE_OPTIONS                                                                      \
    {"channel", "CHANNEL", "email, sms or whatsapp", false}, {"language", "LANGUAGE", "en, es, fr …", false}, \
    {"brand", "BRAND", "the brand's own one (default: the one for all brands)", false}
const struct cli_option template_options[] = {
    TEMPLATE_OPTIONS, {"version", "N", "this version (default: the newest)", false}, {0}};
const struct cli_option template_retire_options[] = {TEMPLATE_OPTIONS, {0}};
const struct cli_option template_render_options[] = {
    {"template", "FILE", "the mustache text, - for standard input; of a template with a head (--- to ---) its text is taken", false},
    {"data", "FILE", "JSON, - for standard input", false},
    {"partials", "DIR", "where {{>name}} finds name.mustache, else name", false},
    {"escape", "HOW", "html (default) or none", false},
    {"sms", NULL, "print how the result travels as SMS instead: encoding, segments, units (escape none)", false},
    {0},
};
const struct cli_option macro_save_options[] = {
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
const struct cli_option policy_set_options[] = {
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
const struct cli_option policy_delete_options[] = {POLICY_SCOPE, {0}};
const struct cli_option consent_options[] = {
    TARGET_OPTIONS,
    {"channel", "CHANNEL", "email, sms or whatsapp", false},
    {"note", "TEXT", "how we know", false},
    {0},
};
const struct cli_option address_ok_options[] = {{"channel", "CHANNEL", "email, sms or whatsapp", false}, {0}};
const struct cli_option contact_options[] = {
    TARGET_OPTIONS, {"note", "TEXT", "how we know", false}, {"off", NULL, "they may be written to again", false}, {0}};
const struct cli_option hold_options[] = {
    {"reason", "TEXT", "why, for those who want to send", false},
    {"brand", "BRAND", "only this brand's messages", false},
    {"carrier", "CARRIER", "only about this carrier's parcels", false},
    {"region", "REGION", "only to this region", false},
    {"kind", "KIND", "only about this kind of exception", false},
    {0},
};
const struct cli_option brand_options[] = {
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
const struct cli_option customer_find_options[] = {
    CLI_FORMAT_OPTION,
    {"limit", "N", "at most this many (default 20)", false},
    {0},
};
const struct cli_option customer_forget_options[] = {
    CLI_FORMAT_OPTION,
    {"reason", "TEXT", "why, for the log of control: \"asked for it on 3 May\"; no names", false},
    {"under-way", NULL, "also while a parcel is under way or an exception open: nobody can be told of it afterwards", false},
    {"yes", NULL, "do not ask", false},
    {0},
};
const struct cli_option customer_access_options[] = {
    CLI_FORMAT_OPTION,
    {"customer", "CUSTOMER", "only to this one's", false},
    {"person", "ROLE", "only by this person", false},
    {"since", "TIME", "only since then: 3d, 2026-11-21", false},
    {"limit", "N", "at most this many (default 100)", false},
    {0},
};
