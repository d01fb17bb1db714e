/* Options of looking back: reports, messages against the truth, both logs. The table of commands is in commands.c. */
#include "cli/options.h"

#include "cli/print.h"

const struct cli_option report_options[] = {
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
const struct cli_option report_rebuild_options[] = {
    CLI_FORMAT_OPTION,
    {"period", "PERIOD", "as of reports (default 30d)", false},
    {"from", "DAY", "the first day, instead of --period", false},
    {"to", "DAY", "and the last; today without it", false},
    {0},
};
const struct cli_option mismatch_options[] = {
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
const struct cli_option audit_options[] = {
    CLI_FORMAT_OPTION, {"id", "ID", "only this exception's chain", false}, {0}};
const struct cli_option audit_log_options[] = {
    CLI_FORMAT_OPTION,
    {"subject", "SUBJECT", "only of this: \"outage 3\", \"user maria\", or all of a sort: outage, batch, case, user, policy, hold …", false},
    {"actor", "ROLE", "only what this person did", false},
    {"since", "WHEN", "only since then: 3d, 12h, or a date", false},
    {"limit", "N", "at most so many, newest first (default 100)", false},
    {0},
};
const struct cli_option audit_ends_options[] = {
    CLI_FORMAT_OPTION, {"until", "WHEN", "only rows up to then, to compare with a line kept from that time", false}, {0}};
