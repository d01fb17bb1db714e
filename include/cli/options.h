/* The options of commands, by subject (src/cli/options_*.c); src/cli/commands.c has the commands themselves. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli/cli.h"

/* What every verb takes: exceptions by number, or all under a filter (and cli/print.h's format). */
#define TARGET_OPTIONS                                                                        \
    CLI_FORMAT_OPTION, {"filter", "FILTER", "act on everything under this filter", false}

/* options_run.c */
extern const struct cli_option demo_options[], local_options[], migrate_options[], ingest_options[],
    poll_options[], poll_set_options[], webhook_options[], worker_options[], relay_options[], publish_options[],
    replay_options[], user_add_options[], user_grant_options[], retention_set_options[], retention_run_options[];
/* options_work.c */
extern const struct cli_option queue_options[], format_options[], view_save_options[], target_options[], claim_options[],
    assign_options[], snooze_options[], wait_options[], note_options[], severity_options[], resolve_options[],
    reopen_options[], tag_options[], contact_log_options[], contact_list_options[], playbook_options[],
    case_open_options[], case_note_options[], case_set_options[], case_merge_options[], case_list_options[];
/* options_outreach.c */
extern const struct cli_option send_options[], outreach_list_options[], outreach_resolve_options[],
    template_options[], template_retire_options[], template_render_options[], macro_save_options[],
    policy_set_options[], policy_delete_options[], consent_options[], address_ok_options[], contact_options[],
    hold_options[], brand_options[], customer_find_options[], customer_forget_options[],
    customer_access_options[];
/* options_control.c */
extern const struct cli_option override_apply_options[], override_revert_options[], override_decide_options[],
    override_list_options[], override_policy_options[], outage_declare_options[], outage_end_options[],
    outage_set_options[], outage_list_options[], outage_show_options[], rule_test_options[],
    rule_enable_options[], rule_history_options[], rule_limits_options[], silence_set_options[], silence_delete_options[],
    dictionary_list_options[], dictionary_lookup_options[], dictionary_unmapped_options[],
    dictionary_ignore_options[], dictionary_set_options[], dictionary_retire_options[],
    dictionary_note_options[], dictionary_drafts_options[], dictionary_preview_options[],
    dictionary_approve_options[], dictionary_reprocess_options[];
/* options_report.c */
extern const struct cli_option report_options[], report_rebuild_options[], mismatch_options[],
    audit_options[], audit_log_options[], audit_ends_options[];

#endif
