/* One function a command; the table is in src/cli/commands.c. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

struct cli;

int cmd_dashboard(struct cli *c);
int cmd_demo(struct cli *c);
int cmd_local(struct cli *c);
int cmd_migrate(struct cli *c);
int cmd_doctor(struct cli *c);
int cmd_ingest(struct cli *c);
int cmd_webhook(struct cli *c);
int cmd_queue(struct cli *c);
int cmd_show(struct cli *c);
int cmd_counts(struct cli *c);
int cmd_act(struct cli *c);
int cmd_undo(struct cli *c);
int cmd_view(struct cli *c);
int cmd_dictionary(struct cli *c);
int cmd_user(struct cli *c);
int cmd_audit(struct cli *c);
int cmd_template_render(struct cli *c);
int cmd_template_lint(struct cli *c);
int cmd_keymap(struct cli *c);
int cmd_replay(struct cli *c);
int cmd_send(struct cli *c);
int cmd_outreach(struct cli *c);
int cmd_board(struct cli *c);
int cmd_case(struct cli *c);
int cmd_template(struct cli *c);
int cmd_macro(struct cli *c);
int cmd_policy(struct cli *c);
int cmd_rule(struct cli *c);
int cmd_silence(struct cli *c);
int cmd_poll(struct cli *c);
int cmd_consent(struct cli *c);
int cmd_hold(struct cli *c);
int cmd_customer(struct cli *c);
int cmd_retention(struct cli *c);
int cmd_outage(struct cli *c);
int cmd_brand(struct cli *c);
int cmd_override(struct cli *c);
int cmd_override_read(struct cli *c);
int cmd_publish(struct cli *c);
int cmd_worker(struct cli *c);
int cmd_relay(struct cli *c);
int cmd_contact(struct cli *c);
int report_mismatch(struct cli *c);
int cmd_report(struct cli *c);
int cmd_duty(struct cli *c);
int cmd_playbook(struct cli *c);
int cmd_help(struct cli *c);

#endif
