/* Options of what is set up, fed, run and kept. The table of commands is in commands.c. */
#include "cli/options.h"

#include "cli/print.h"

const struct cli_option demo_options[] = {
    {"headless", NULL, "no dashboard: print the DSN and run until a signal", false},
    {"rate", "N", "new carrier scans a minute (default 30)", false},
    {"reset", NULL, "throw the demo's database away first", false},
    {"dir", "DIR", "where the demo keeps its database", false},
    {0},
};
const struct cli_option local_options[] = {
    {"dir", "DIR", "the folder of the private database", false},
    {0},
};
const struct cli_option migrate_options[] = {
    {"check", NULL, "only say which version the database has", false},
    {0},
};
const struct cli_option ingest_options[] = {
    {"format", "FORMAT", "auto (default); easypost, shippo, aftership, shipengine, 17track; carriers' own fedex, ups, usps, dhl, canada_post; doorstep; what comes back from "
     "providers: twilio, sendgrid, postmark, dsn, receipt", false},
    {"rejects", "FILE", "write what was refused here, one JSON object a line", false},
    {0},
};
const struct cli_option poll_options[] = {
    {"source", "SOURCE", "only easypost, shippo, aftership or shipengine (default: all that have a URL)", false},
    {"others", "SOURCE", "whom to ask about parcels nobody told anything of (default: the only source there is)", false},
    {"limit", "N", "ask each source about at most this many parcels (default 10000)", false},
    {"channels", "FILE", "the file of secrets (default: DOORSTEP_CHANNELS, else ~/.config/doorstep/channels)", false},
    {"now", "TIME", "as if it were this time, for tests: 2026-11-21T16:51:00Z", false},
    {0},
};
const struct cli_option poll_set_options[] = {
    {"busy", "TIME", "between two questions, with an exception open or on its last way: 30m", false},
    {"usual", "TIME", "while it is on its way: 4h", false},
    {"idle", "TIME", "before that, and while it waits to be collected: 12h", false},
    {"give-up", "DAYS", "ask no more so many days after it was first seen", false},
    {0},
};
const struct cli_option webhook_options[] = {
    {"channels", "FILE", "the file of secrets (default: DOORSTEP_CHANNELS, else ~/.config/doorstep/channels)", false},
    {0},
};
const struct cli_option worker_options[] = {
    {"once", NULL, "do what is due, then end, and print what was done as JSON", false},
    {"now", "TIME", "with --once: as if it were then, 2026-11-21T16:51:00Z say, for tests and replays; messages go by the real time", false},
    {"channel", "CHANNEL", "only email, sms or whatsapp; may be given again", true},
    {"channels", "FILE", "the channels' URLs (default: the environment, then doorstep/channels in the configuration folder)", false},
    {"name", "NAME", "how attempts name this worker (default: the host's name)", false},
    {"lease", "SECONDS", "how long a message stays this worker's when it is killed (default 60)", false},
    {0},
};
const struct cli_option relay_options[] = {
    {"socket", "FILE", "where dashboards find it (default: /run/doorstep/relay.sock; systemd's socket unit goes first)", false},
    {"group", "GROUP", "the members of this group may connect (default: those of the socket's group)", false},
    {"clients-max", "N", "take at most so many dashboards (default 2000)", false},
    {0},
};
const struct cli_option publish_options[] = {
    {"out", "DIR", "the folder they go to, for a web server; empty at first", false},
    {"all", NULL, "look at every page, not only at what changed since the last time", false},
    {"follow", NULL, "go on: publish what changes, every few seconds", false},
    {"brand", "BRAND", "only this brand's pages; may be given again", true},
    {"now", "TIME", "as if it were then, for a trial: 2026-11-21T16:51:00Z", false},
    {0},
};
const struct cli_option replay_options[] = {
    {"speed", "N", "so many times as fast; 0: as fast as the terminal takes it (default 1)", false},
    {"step", NULL, "begin paused: Space goes on, Left and Right show one screen after the other", false},
    {"size", "COLUMNSxROWS", "as if the terminal had had this size", false},
    {"text", NULL, "no terminal: print the last screen as text; exit status 1 where it is not what was recorded", false},
    {"at", "SECONDS", "with --text: the screen so long after the beginning", false},
    {"every", NULL, "with --text: every screen that differs from the one before, with its time", false},
    {0},
};
const struct cli_option user_add_options[] = {
    {"level", "LEVEL", "viewer, agent (default), lead or admin", false},
    {"name", "NAME", "how people see them: \"Maria Lopez\"", false},
    {"brand", "BRAND", "only this brand; may be given again (default: all)", true},
    {0},
};
const struct cli_option user_grant_options[] = {
    {"level", "LEVEL", "viewer, agent, lead, admin, or none to lock them out", false},
    {"brand", "BRAND", "only this brand; may be given again", true},
    {"all-brands", NULL, "no longer limited to brands", false},
    {0},
};
const struct cli_option retention_set_options[] = {{"yes", NULL, "yes, as short as that", false}, {0}};
const struct cli_option retention_run_options[] = {
    CLI_FORMAT_OPTION,
    {"dry-run", NULL, "only say how many rows of what would go", false},
    {0},
};
