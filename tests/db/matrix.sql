-- Every function and every table of the schema against every role. What is not stated here
-- fails: who adds a function or a table says in this file who may use it.
BEGIN;
\ir fixture.psql
SELECT plan(18);

CREATE ROLE t_feed LOGIN IN ROLE doorstep_feed;
CREATE TEMP TABLE role_kind (kind text, role text, ord int);
INSERT INTO role_kind VALUES ('viewer', 't_vic', 1), ('agent', 't_maria', 2), ('limited', 't_zoe', 3), ('lead', 't_lea', 4),
    ('admin', 't_adam', 5), ('feed', 't_feed', 6), ('worker', 't_will', 7), ('stranger', 't_nobody', 8);

-- ---------------------------------------------------------------- functions: who may call what

CREATE TEMP TABLE callers (roles text, functions text[]);
INSERT INTO callers VALUES
    ('people', ARRAY['assign', 'audit_verify', 'claim', 'context_activity', 'context_head', 'context_lines', 'context_scans', 'counts_by',
        'filter_words', 'header_counts', 'health', 'inbox_failed', 'next_step', 'note', 'release', 'reopen', 'replied_ids', 'resolve', 'search_ids', 'severity',
        'show_json', 'snooze', 'take_next', 'undo', 'undo_peek', 'user_add', 'user_grant', 'user_list', 'user_scope', 'view_delete', 'view_save',
        'viewers', 'viewing', 'wait', 'work',
        'compose', 'macro_delete', 'macro_save', 'messages', 'outreach_data', 'outreach_render_set', 'tag', 'tag_ids', 'template_approve', 'template_find', 'template_import', 'template_retire', 'templates_fit', 'untag']),
    ('people', ARRAY['address_ok', 'brand_set', 'consent_history', 'consent_set', 'do_not_contact', 'draft_save', 'hold_end', 'hold_set', 'macro_run', 'outreach_cancel', 'outreach_check',
        'outreach_resolve', 'outreach_retry', 'outreach_send', 'policy_delete', 'policy_set']),
    ('people feed worker', ARRAY['epoch_ms', 'epoch_s', 'json_instant', 'kind_fault', 'kind_severity', 'level_name', 'map_rank', 'map_reason',
        'my_brands', 'my_level', 'norm_code', 'role_level', 'schema_version', 'search_words', 'sees_brand', 'severity_order', 'status_lookup']),
    ('people worker', ARRAY['hello', 'wake_due']),
    ('worker', ARRAY['outbox_claim', 'outbox_disown', 'outbox_extend', 'outbox_next', 'outbox_reap', 'outbox_record', 'outbox_settle', 'business_add', 'business_add_s', 'business_between', 'business_clock']),
    ('feed worker', ARRAY['feed_merge', 'inbox_add', 'inbox_end', 'inbox_take', 'receipts_merge']),
    ('', ARRAY['message_domain', 'say_count', 'wrong_brand_setting', 'address_is_bad', 'answer_merge_one', 'answer_target', 'came_back', 'channel_name', 'consent_of_address', 'customers_at',
        'outreach_by_message', 'outreach_of_answer', 'outreach_of_receipt', 'receipt_apply', 'receipt_merge_one',
        'act', 'action_begin', 'action_end', 'activity_link', 'ago', 'answers', 'apply_changes', 'awake', 'business_due', 'business_left',
        'calendar_changed', 'calendar_rebuild', 'clean_text', 'counter_compact', 'decide_assign', 'decide_claim', 'decide_note', 'decide_release',
        'decide_reopen', 'decide_resolve', 'decide_severity', 'decide_snooze', 'decide_undo', 'decide_wait', 'decide_work', 'done', 'ends_silence',
        'exception_changed', 'exception_opened', 'feed_instant', 'feed_merge_exceptions', 'feed_merge_orders', 'feed_merge_scans',
        'feed_merge_shipments', 'feed_orders', 'feed_shipments', 'feed_stage_empty', 'feed_text', 'hint_item', 'is_resolved', 'lock_exceptions',
        'map_clears', 'next_due', 'no_change', 'other_open', 'owned_by', 'refusal', 'refuse', 'refuse_change', 'require_level', 'role_brands',
        'say_consent', 'say_instant', 'scan_ends', 'schema_moved', 'seen', 'shipment_problem', 'sla_hidden', 'sla_shift', 'sla_start', 'sla_start_again',
        'sla_stop', 'outbox_guard', 'outbox_patch', 'outbox_says', 'outbox_word', 'undo_candidate', 'user_check_name', 'views_changed', 'wake_many', 'wrong_until',
        'candidates', 'channel_address', 'channel_barriers', 'channel_label', 'channels_of', 'day_there', 'decide_tag', 'decide_untag', 'file_list', 'first_name', 'languages_of', 'last_told', 'macro_json', 'macro_says', 'macro_wrong', 'my_macros', 'outreach_facts', 'phone_e164', 'recipient_zone', 'say_date', 'say_day', 'say_items', 'say_minutes', 'say_moment', 'say_money', 'say_month', 'say_place', 'say_weekday', 'spoken', 'tags_with', 'template_add', 'template_lock', 'template_names', 'template_of', 'template_same', 'template_ship', 'template_wrong', 'url_encode', 'wrong_tag', 'zone_known']);
INSERT INTO callers VALUES ('', ARRAY['clean_message', 'consent_changed', 'consent_source', 'contact_act', 'contact_decide', 'counts_as_told', 'customer_kept', 'decide_macro',
    'decide_message', 'each_item', 'each_outgoing', 'guard_lasts', 'guard_stamps', 'guardrails', 'is_email', 'json_id', 'lock_for_outreach', 'macro_args', 'macro_step', 'mask_address', 'message_word',
    'other_ways', 'outreach_act', 'outreach_items', 'outreach_news', 'outreach_stamp', 'policy_for', 'quiet_until', 'say_local', 'sms_segments', 'text_hash', 'wrong_brand',
    'wrong_policy']);
-- 068, 069
INSERT INTO callers VALUES ('worker', ARRAY['page_changed', 'page_epoch']), ('feed worker', ARRAY['form_add', 'form_merge']),
    ('people', ARRAY['customer_said']), ('', ARRAY['asked_afterwards', 'asks_afterwards', 'form_day', 'form_says', 'form_text', 'is_page_base', 'page_can', 'page_facts', 'page_ink', 'page_link', 'page_made', 'page_moved', 'page_next', 'page_stage',
        'page_token']);
-- 029, 046, 049, 050
INSERT INTO callers VALUES ('', ARRAY['action_end_as', 'control_write', 'health_of_control', 'health_of_messages', 'patch_function', 'undo_special']), ('worker', ARRAY['control_due']);
-- 079
INSERT INTO callers VALUES ('people', ARRAY['typed_save']);
INSERT INTO callers VALUES ('people', ARRAY['taken_from_me']), ('', ARRAY['away_after', 'away_since', 'owners_away']);
-- 054, 055
INSERT INTO callers VALUES ('worker', ARRAY['pass_sweep', 'pass_warn']), ('people', ARRAY['silence_delete', 'silence_set']),
    ('', ARRAY['as_of', 'promise_doubtful', 'edd_fold', 'promise_ends', 'promise_missed', 'say_business_days', 'say_on', 'say_slip', 'silence_holds', 'silence_over', 'sweep_look', 'sweep_policy_of', 'watch_arm', 'watch_fill', 'wrong_silence']);
-- 064
INSERT INTO callers VALUES ('people', ARRAY['chosen', 'selection_change', 'selection_has', 'selection_keep']), ('', ARRAY['selection_mine']);
INSERT INTO callers VALUES ('feed worker', ARRAY['poll_enrol', 'poll_claim', 'poll_record']), ('people', ARRAY['poll_list', 'poll_set']), ('', ARRAY['poll_every', 'poll_over', 'poll_settings', 'health_of_learning', 'health_of_history']);
INSERT INTO callers VALUES ('people', ARRAY['case_draft', 'case_link', 'case_list', 'case_merge', 'case_note', 'case_open', 'case_set', 'case_show', 'case_unlink']),
    ('', ARRAY['case_changed', 'case_context', 'case_difference', 'case_existing', 'case_follows', 'case_gone', 'case_held_open', 'case_ids', 'case_is_closed', 'case_lock', 'case_note_add',
        'case_refuse', 'case_relink', 'case_says', 'case_subject', 'case_tags_of', 'case_tell', 'case_touched', 'case_unrelink', 'case_untell', 'case_urgency', 'case_word', 'cases_of', 'clean_line',
        'html_words', 'internal_notes', 'note_repeated', 'plain_words', 'repeats', 'undo_of_case_link', 'undo_of_case_open', 'undo_of_case_set', 'undo_of_case_unlink', 'vars_repeat', 'wrong_case_set',
        'wrong_note', 'wrong_subject', 'wrong_tags', 'wrong_word']);
INSERT INTO callers VALUES ('people', ARRAY['case_keep_ours', 'case_retry', 'case_take_theirs']),
    ('worker', ARRAY['desk_claim', 'desk_disown', 'desk_extend', 'desk_next', 'desk_poll', 'desk_reap', 'desk_record', 'desk_told']),
    ('', ARRAY['case_sync_add', 'desk_act', 'desk_agrees', 'desk_ask_next', 'desk_compare', 'desk_conflict', 'desk_external', 'desk_follow', 'desk_gone', 'desk_in_use', 'desk_label', 'desk_learn',
        'desk_lock', 'desk_may_go', 'desk_pending', 'desk_record_one', 'desk_retry', 'desk_said', 'desk_settle', 'desk_take_notes', 'desk_tell']);
INSERT INTO callers VALUES
    ('people', ARRAY['override_preview', 'override_apply', 'override_batch_act', 'override_revert', 'override_batches', 'overrides', 'conflict_ids', 'batch_ids', 'control_policy_set']),
    ('worker', ARRAY['override_due']),
    ('', ARRAY['override_statuses', 'override_resolution', 'status_word', 'say_overridden', 'override_wrong', 'override_denied', 'override_members', 'override_announce', 'override_effect',
        'override_before', 'override_unset', 'override_left', 'override_says', 'batch_json', 'override_approve', 'override_take_back', 'batch_exceptions', 'batch_refused', 'undo_of_override',
        'override_end_outage', 'override_ended', 'override_lock', 'override_alone', 'override_everything', 'override_holder', 'override_meaning', 'override_author', 'override_meet']);
INSERT INTO callers VALUES ('people', ARRAY['undo_stays', 'audit_ends', 'control_list', 'control_verify', 'works_with']), ('people worker', ARRAY['listen']),
    ('', ARRAY['control_watch', 'hint_tell', 'require_all_brands', 'rights_moved', 'say_brands', 'scope_limits']);
INSERT INTO callers VALUES ('people', ARRAY['board', 'outage_suggestions', 'suggestion_dismiss']),
    ('', ARRAY['exception_lanes', 'hod_of', 'hour_of', 'lane_due', 'lane_fill', 'lane_fold', 'lane_fresh', 'lane_judge', 'lane_keep', 'lane_learn', 'lane_make', 'lane_scans', 'lane_scope', 'lanes_in',
        'outage_declared', 'rate_left', 'rates_left', 'say_rate', 'say_why', 'silences']);
-- 035
INSERT INTO callers VALUES ('people', ARRAY['control_state', 'outage_declare', 'outage_end', 'outage_ids', 'outage_in', 'outage_list', 'outage_preview', 'outage_seen', 'outage_set',
        'scope_text', 'scope_value', 'scope_words']),
    ('', ARRAY['control_changed', 'exception_outages', 'scope_has', 'hold_release', 'in_outage', 'key_within', 'outage_brand', 'outage_counter_fold', 'outage_due', 'outage_finish', 'outage_lock', 'outage_hold',
        'outage_not_mine', 'outage_override', 'outage_refresh', 'outage_row', 'outage_wrong', 'outages_of', 'scope_begins', 'scope_count', 'scope_covers', 'scope_mine', 'scope_misshapen',
        'control_strays', 'scope_brands', 'scope_part', 'scope_shown', 'scope_sorted', 'undo_out_of_reach', 'scope_term', 'scope_title', 'scope_where', 'undo_clock', 'undo_of_outage_declare']);
-- 059, 060, 071
INSERT INTO callers VALUES ('people', ARRAY['rule_history']), ('people worker', ARRAY['outages_live']), ('worker', ARRAY['rule_claim', 'rule_done', 'rule_fire', 'rule_render', 'rule_trip']),
    ('', ARRAY['acting', 'acting_level', 'rule_apply', 'rule_decide', 'rule_keep', 'rule_outage_ended', 'rule_plan', 'rule_signature']);
INSERT INTO callers VALUES ('people', ARRAY['rule_delete', 'rule_disable', 'rule_enable', 'rule_firings', 'rule_limits', 'rule_limits_set', 'rule_list', 'rule_release', 'rule_save', 'rule_versions', 'rules_stop']),
    ('', ARRAY['rule_act', 'rule_action_text', 'rule_bucket', 'rule_episode', 'rule_events_of', 'rule_hears', 'rule_listens', 'rule_named', 'rule_not_ready', 'rule_span', 'rule_switch_off',
        'rule_switch_on', 'rule_tell', 'rule_text', 'rule_wrong', 'rule_wrong_action', 'rule_wrong_person']);
-- 056
INSERT INTO callers VALUES ('people', ARRAY['playbook_after', 'playbook_set', 'playbook_steps']),
    ('', ARRAY['playbook_done', 'playbook_following', 'playbook_holds', 'playbook_json', 'playbook_minutes', 'playbook_says', 'playbook_walk', 'playbook_wrong', 'playbook_wrong_condition']);
-- 057
INSERT INTO callers VALUES ('people', ARRAY['message_duty_set', 'mismatch_totals', 'mismatches']), ('worker', ARRAY['pass_truth']),
    ('', ARRAY['say_span', 'truth_against', 'truth_judge', 'truth_of', 'truth_status']);
-- 058
INSERT INTO callers VALUES ('people', ARRAY['contact_log']),
    ('', ARRAY['contact_before', 'contact_complete', 'contact_counted', 'contact_driver_of', 'contact_via', 'contact_way', 'decide_contact', 'undo_of_contact']);
-- 051, 052
INSERT INTO callers VALUES ('people', ARRAY['audit_notes', 'retention_list', 'retention_run', 'retention_set']), ('worker', ARRAY['pass_partitions', 'pass_retention']),
    ('', ARRAY['activity_expired', 'part_alone', 'part_cut', 'part_drop', 'part_due', 'part_has_rows', 'part_is_old', 'part_make', 'part_next_id', 'part_replace', 'part_sequence', 'redacted_content', 'redaction_digest',
        'redactions_forged', 'retention_rows', 'retention_step']);
-- 061, 062, 070
INSERT INTO callers VALUES ('people', ARRAY['dictionary_approve', 'dictionary_draft_save', 'dictionary_drafts', 'dictionary_history', 'dictionary_ignore', 'dictionary_jobs', 'dictionary_list',
        'dictionary_lookup', 'dictionary_preview', 'dictionary_reject', 'dictionary_reprocess', 'dictionary_reprocess_preview', 'dictionary_todo', 'label_language', 'say_reading']),
    ('worker', ARRAY['pass_remap']),
    ('', ARRAY['dictionary_moved', 'dictionary_read', 'dictionary_scans', 'dictionary_take', 'dictionary_with', 'dictionary_wrong', 'refuse_reading', 'remap_ahead', 'remap_batch', 'remap_bound', 'remap_days',
        'remap_job', 'remap_plan', 'remap_preview', 'remap_readings', 'remap_slots', 'say_draft', 'say_entry', 'wrong_pattern', 'wrong_words']);
-- 053, 072
INSERT INTO callers VALUES ('people', ARRAY['contact_access_list', 'customer_export', 'customer_find', 'customer_forget', 'customer_show', 'message_to', 'search_all_ids', 'filter_few', 'filter_page']),
    ('people worker', ARRAY['customer_reached_at', 'search_fits']),
    ('', ARRAY['access_expire', 'access_months', 'contact_seen', 'customer_suppress', 'document_text', 'erase_rows', 'feed_external', 'json_ascii', 'queue_json', 'forget_refused', 'forget_rows', 'keyed_hash', 'personal_ids', 'personal_of', 'redact',
        'redacted_fields', 'shipment_erased']);
INSERT INTO callers VALUES ('', ARRAY['facets', 'facet_brands', 'facet_columns', 'facet_index', 'facet_own', 'facet_owner', 'facet_rows', 'facet_texts', 'facet_words', 'words_like',
    'page_count', 'page_found', 'page_from', 'page_of', 'page_stretches', 'page_term', 'page_terms', 'page_walk']);      -- 076, 083, 093, 101
-- 065 to 067, 073, 084
INSERT INTO callers VALUES ('people', ARRAY['happened_ids', 'report_agents', 'report_contacts', 'report_csat', 'report_exceptions', 'report_heat', 'report_messages', 'report_ontime', 'report_response',
        'rollup_now', 'rollup_rebuild']), ('worker', ARRAY['pass_rollup']),
    ('', ARRAY['brand_rolls', 'clock_days', 'clock_instant', 'contact_rolls', 'days_late', 'quarter_at', 'quarter_no', 'zone_clocks', 'exception_rolls', 'hour_at', 'hour_no', 'is_person', 'outreach_rolls', 'on_hours', 'report_change', 'report_clock', 'report_counts', 'report_besides', 'report_filter', 'report_frame', 'report_happened', 'report_hours',
        'report_key', 'report_keys', 'report_part', 'report_slice', 'report_source', 'report_stretch', 'report_percent', 'report_percentile', 'report_range', 'report_span', 'report_spans', 'report_term', 'report_what', 'report_word', 'rollup_agents',
        'rollup_bounds', 'rollup_bucket', 'rollup_build', 'rollup_columns', 'rollup_contacts', 'rollup_deliveries', 'rollup_exceptions', 'rollup_keep', 'rollup_messages', 'rollup_part_dropped', 'rollup_rows',
        'rollup_subjects', 'shipment_rolls', 'shipment_rolls_new', 'was_in_time']);
CREATE TEMP VIEW our_functions AS
    SELECT p.oid, p.proname::text AS name FROM pg_proc p
     WHERE p.pronamespace = 'doorstep'::regnamespace AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e');

SELECT set_eq($$ SELECT DISTINCT name FROM our_functions $$, $$ SELECT unnest(functions) FROM callers $$, 'each function''s callers are stated here');
SELECT is_empty($$
    SELECT f.name, k.kind FROM our_functions f CROSS JOIN role_kind k JOIN callers c ON f.name = ANY (c.functions)
     WHERE has_function_privilege(k.role, f.oid, 'EXECUTE')
           <> CASE WHEN k.kind IN ('feed', 'worker') THEN k.kind = ANY (string_to_array(c.roles, ' '))
                   WHEN k.kind = 'stranger' THEN false ELSE c.roles LIKE 'people%' END $$, 'and may call it, nobody else');
SELECT is_empty($$ SELECT f.name FROM our_functions f JOIN pg_proc p ON p.oid = f.oid
                    WHERE p.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0) $$, 'none is PUBLIC''s');
SELECT is_empty($$ SELECT f.name FROM our_functions f JOIN pg_proc p ON p.oid = f.oid
                    WHERE p.prosecdef AND p.proconfig[1] IS DISTINCT FROM 'search_path=doorstep, pg_temp' $$, 'a definer function pins its search_path');

-- ---------------------------------------------------------------- functions: what they answer

-- What a call answers to a role: its codes or value, "refused" when it may not. All is undone.
CREATE FUNCTION pg_temp.outcome(p_role text, p_call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    EXECUTE format('SET SESSION AUTHORIZATION %I', p_role);
    EXECUTE p_call INTO said;
    RAISE SQLSTATE 'ZZ001' USING MESSAGE = coalesce(said, 'nothing');
EXCEPTION
    WHEN SQLSTATE 'ZZ001' THEN RETURN sqlerrm;
    WHEN insufficient_privilege THEN RETURN 'refused';
END
$$;

-- 900001 is of a brand that "limited" does not work for, 900007 of the one they do. t_maria has
-- both, with a key that is told to everybody.
SET SESSION AUTHORIZATION t_maria;
SELECT count(*) AS claimed FROM claim(pg_temp.key(1), '{900001,900007}') \gset
RESET SESSION AUTHORIZATION;
UPDATE exception SET service = 'Acme Gold Air', tags = '{seen}', marks = marks | 256, rev = rev + 1 WHERE id = 900001;
UPDATE exception SET service = 'Zeta Ground', tags = '{seen}', marks = marks | 256, rev = rev + 1 WHERE id = 900007;
INSERT INTO sla_policy (brand_id, first_response_minutes, resolution_minutes, calendar_id)
    SELECT b, 77, 777, id FROM calendar, unnest('{9001,9002}'::int[]) b WHERE name = 't-always';
INSERT INTO unmapped_code (provider, code, detail, sample, sample_tracking) VALUES ('t-ups', 'Q1', '', 'for Acme', 'TEST1'), ('t-ups', 'Q7', '', 'for Zeta', 'TEST7');
INSERT INTO saved_view (owner, name, filter) VALUES ('t_maria', 'Their first', 'brand:t-acme');
INSERT INTO template (name, channel, language, brand_id) VALUES ('t_matrix', 'sms', 'en', 9001), ('t_matrix', 'sms', 'en', 9002);
INSERT INTO template_version (template_id, version, title, body, author)
    SELECT id, 1, 'T', CASE brand_id WHEN 9001 THEN 'From Acme' ELSE 'From Zeta' END, 't_lea' FROM template WHERE name = 't_matrix';
INSERT INTO contact (brand_id, exception_id, channel, from_address, at, text, provider, provider_id)
    SELECT e.brand_id, e.id, 'sms', '+15125550100', now(), 'to ' || e.brand, 't-matrix', e.id FROM exception e WHERE e.id IN (900001, 900007);
INSERT INTO draft (role, exception_id, channel, body) VALUES ('t_maria', 900001, 'sms', 'to Acme'), ('t_zoe', 900007, 'sms', 'to Zeta');
INSERT INTO typed (role, prompt, of, exception_id, text) VALUES ('t_maria', 'note', 900001, 900001, 'of Acme'), ('t_zoe', 'note', 900007, 900007, 'of Zeta');

CREATE TEMP TABLE calls (name text, call text, viewer text, agent text, limited text, lead text, admin text);
INSERT INTO calls
SELECT verb, format('SELECT string_agg(code, '','' ORDER BY id) FROM doorstep.%s(gen_random_uuid(), ''{900001,900007}''%s)', verb, args),
       'denied,denied', agent, limited, lead, lead
  FROM (VALUES ('claim', '', 'same,same', 'gone,taken', 'taken,taken'), ('release', '', 'ok,ok', 'gone,denied', 'ok,ok'),
               ('assign', ', ''t_bob''', 'ok,ok', 'gone,denied', 'ok,ok'), ('assign', ', ''t_zoe''', 'invalid,ok', 'gone,denied', 'invalid,ok'),
               ('snooze', ', now() + interval ''1 day''', 'ok,ok', 'gone,ok', 'ok,ok'), ('wait', '', 'ok,ok', 'gone,ok', 'ok,ok'),
               ('work', '', 'same,same', 'gone,same', 'same,same'), ('note', ', ''hello''', 'ok,ok', 'gone,ok', 'ok,ok'),
               ('severity', ', ''low''', 'ok,ok', 'gone,ok', 'ok,ok'), ('resolve', ', ''no_action''', 'ok,ok', 'gone,ok', 'ok,ok'),
               ('tag', ', ''vip''', 'ok,ok', 'gone,ok', 'ok,ok'), ('untag', ', ''vip''', 'same,same', 'gone,same', 'same,same'),
               ('reopen', '', 'not_resolved,not_resolved', 'gone,not_resolved', 'not_resolved,not_resolved')) v(verb, args, agent, limited, lead);
INSERT INTO calls VALUES
    ('take_next', 'SELECT id || code FROM doorstep.take_next(gen_random_uuid(), ''{900002,900008}'')', '0denied', '900002ok', '900008ok', '900002ok', '900002ok'),
    ('undo', 'SELECT string_agg(code, '','') FROM doorstep.undo(gen_random_uuid())', 'denied', 'ok,ok', 'gone', 'gone', 'gone'),
    ('undo_peek', 'SELECT doorstep.undo_peek()', 'nothing', 'claim of 2 exceptions', 'nothing', 'nothing', 'nothing'),
    ('taken_from_me', 'SELECT doorstep.taken_from_me()', 'nothing', 'nothing', 'nothing', 'nothing', 'nothing'),
    ('undo_stays', 'SELECT doorstep.undo_stays()', 'nothing', 'nothing', 'nothing', 'nothing', 'nothing'),
    ('claim', 'SELECT string_agg(code, '','') FROM doorstep.claim(pg_temp.key(1), ''{900002}'')', 'refused', 'ok,ok', 'refused', 'refused', 'refused'),
    ('inbox_failed', 'SELECT count(*) FROM doorstep.inbox_failed()', 'refused', 'refused', 'refused', '0', '0'),
    ('address_ok', 'SELECT code FROM doorstep.address_ok(gen_random_uuid(), 900001, ''email'')', 'denied', 'same', 'gone', 'same', 'same'),
    ('consent_history', 'SELECT count(*) FROM doorstep.consent_history(900001)', '2', '2', '0', '2', '2'),
    ('consent_set', 'SELECT string_agg(code, '','' ORDER BY id) FROM doorstep.consent_set(gen_random_uuid(), ''{900001,900007}'', ''email'', false)', 'denied,denied', 'ok,invalid', 'gone,invalid', 'ok,invalid', 'ok,invalid'),
    ('do_not_contact', 'SELECT string_agg(code, '','' ORDER BY id) FROM doorstep.do_not_contact(gen_random_uuid(), ''{900001,900007}'', true)', 'denied,denied', 'ok,invalid', 'gone,invalid', 'ok,invalid', 'ok,invalid'),
    ('draft_save', 'SELECT doorstep.draft_save(900001, ''email'', NULL, NULL, ''s'', ''t'')', 'refused', '', '', '', ''),
    ('typed_save', 'SELECT doorstep.typed_save(''note'', 900001, ''half a note'')', 'refused', '', '', '', ''),
    ('hold_set', 'SELECT code FROM doorstep.hold_set(gen_random_uuid(), NULL, NULL, NULL, NULL, ''snow'')', 'refused', 'refused', 'refused', 'ok', 'ok'),
    ('hold_end', 'SELECT code FROM doorstep.hold_end(gen_random_uuid(), 0)', 'refused', 'refused', 'refused', 'gone', 'gone'),
    ('policy_set', 'SELECT code FROM doorstep.policy_set(gen_random_uuid(), NULL, NULL, ''sms'', ''{"cap": 9}'')', 'refused', 'refused', 'refused', 'ok', 'ok'),
    ('brand_set', 'SELECT code FROM doorstep.brand_set(gen_random_uuid(), ''t-acme'', ''{"support": "help"}'')', 'refused', 'refused', 'refused', 'ok', 'ok'),
    ('silence_set', 'SELECT code FROM doorstep.silence_set(gen_random_uuid(), NULL, NULL, ''{"stalled_h": 48}'')', 'refused', 'refused', 'refused', 'ok', 'ok'),
    ('silence_delete', 'SELECT code FROM doorstep.silence_delete(gen_random_uuid(), NULL, ''*express*'')', 'refused', 'refused', 'refused', 'ok', 'ok'),
    ('policy_delete', 'SELECT code FROM doorstep.policy_delete(gen_random_uuid(), NULL, NULL, ''sms'')', 'refused', 'refused', 'refused', 'ok', 'ok'),
    ('macro_run', 'SELECT string_agg(code, '','') FROM doorstep.macro_run(gen_random_uuid(), ''{900001}'', ''no_such'')', 'denied', 'invalid', 'invalid', 'invalid', 'invalid'),
    ('outreach_cancel', 'SELECT string_agg(code, '','') FROM doorstep.outreach_cancel(gen_random_uuid(), ''{0}'')', 'denied', 'gone', 'gone', 'gone', 'gone'),
    ('outreach_retry', 'SELECT string_agg(code, '','') FROM doorstep.outreach_retry(gen_random_uuid(), ''{0}'')', 'denied', 'gone', 'gone', 'gone', 'gone'),
    ('outreach_resolve', 'SELECT string_agg(code, '','') FROM doorstep.outreach_resolve(gen_random_uuid(), ''{0}'', ''sent'')', 'denied', 'gone', 'gone', 'gone', 'gone'),
    ('outreach_check', 'SELECT string_agg(guardrail, '','') FROM doorstep.outreach_check(''[{"exception": 900001, "channel": "email", "subject": "s", "body": "x"}]'')', 'not_approved', 'not_approved', 'no_address', 'not_approved', 'not_approved'),
    ('outreach_send', 'SELECT string_agg(code, '','') FROM doorstep.outreach_send(gen_random_uuid(), ''[{"exception": 900001, "channel": "email", "subject": "s", "body": "x"}, {"exception": 900007, "channel": "email", "subject": "s", "body": "x"}]'')',
     'denied,denied', 'warned,blocked', 'gone,blocked', 'warned,blocked', 'warned,blocked'),
    ('wake_due', 'SELECT doorstep.wake_due()', '0', '0', '0', '0', '0'),
    ('hello', 'SELECT level || '', '' || brand FROM doorstep.hello()', 'viewer, all brands', 'agent, all brands', 'agent, t-zeta', 'lead, all brands', 'admin, all brands'),
    ('health', 'SELECT string_agg(subject, '','') FROM doorstep.health()', 'worker,messages,dictionary', 'worker,messages,dictionary', 'worker,messages', 'worker,messages,dictionary', 'worker,messages,dictionary'),
    ('header_counts', 'SELECT open || '' '' || fresh FROM doorstep.header_counts()', '8 6', '8 6', '2 1', '8 6', '8 6'),
    ('counts_by', 'SELECT sum(n) FROM doorstep.counts_by()', '8', '8', '2', '8', '8'),
    ('search_ids', 'SELECT count(*) FROM doorstep.search_ids(''%test%'')', '8', '8', '2', '8', '8'),
    ('search_all_ids', 'SELECT count(*) FROM doorstep.search_all_ids(''%test%'')', '8', '8', '2', '8', '8'),
    ('search_fits', 'SELECT count(*) FROM doorstep.shipment s WHERE doorstep.search_fits(s.id, ''%TEST%'')', '8', '8', '2', '8', '8'),
    ('next_step', 'SELECT count(*) FROM doorstep.next_step(900001)', '0', '1', '0', '1', '1'),
    ('context_head', 'SELECT email FROM doorstep.context_head(900001)', 'r…a@example.com', 'r…a@example.com', 'nothing', 'r…a@example.com', 'r…a@example.com'),
    ('context_scans', 'SELECT count(*) FROM doorstep.context_scans(900001, 10)', '1', '1', '0', '1', '1'),
    ('context_activity', 'SELECT count(*) FROM doorstep.context_activity(900001, 10)', '1', '1', '0', '1', '1'),
    ('context_lines', 'SELECT count(*) FROM doorstep.context_lines(900001)', '1', '1', '0', '1', '1'),
    ('show_json', 'SELECT doorstep.show_json(900001) ->> ''id''', '900001', '900001', 'nothing', '900001', '900001'),
    ('compose', 'SELECT doorstep.compose(900001) ->> ''exception''', '900001', '900001', 'nothing', '900001', '900001'),
    ('templates_fit', 'SELECT max((f ->> ''fits'')::int) FROM jsonb_array_elements(doorstep.templates_fit(''{900001,900007}'')) f', '2', '2', '1', '2', '2'),
    ('messages', 'SELECT count(*) FROM doorstep.messages(900001, 10)', '1', '1', '0', '1', '1'),
    ('outreach_data', 'SELECT count(*) FROM doorstep.outreach_data(''{900001,900007}'')', '2', '2', '1', '2', '2'),
    ('outreach_render_set', 'SELECT string_agg(code, '','' ORDER BY ord) FROM doorstep.outreach_render_set(''{900001,900007}'', NULL, NULL, NULL, ''sms'')',
     'ok,ok', 'ok,ok', 'gone,ok', 'ok,ok', 'ok,ok'),
    ('filter_few', 'SELECT cardinality(doorstep.filter_few(''{}'', ''{%test%}'', false))', '8', '8', '2', '8', '8'),
    ('filter_page', 'SELECT cardinality(doorstep.filter_page(''{}'', ''{%test%}'', ''newest'', -9223372036854775808, 0, true, 9))', '8', '8', '2', '8', '8'),
    ('tag_ids', 'SELECT count(*) FROM doorstep.tag_ids(''{seen}'')', '2', '2', '1', '2', '2'),
    ('replied_ids', 'SELECT count(*) FROM doorstep.replied_ids()', '2', '2', '1', '2', '2'),
    ('template_find', 'SELECT doorstep.template_find(''t_matrix'', ''sms'', ''en'', ''t-acme'') IS NOT NULL', 'true', 'true', 'false', 'true', 'true'),
    ('template_import', 'SELECT code FROM doorstep.template_import(gen_random_uuid(), ''{"name": "t_matrix", "channel": "sms", "language": "fr", "title": "T", "body": "x"}'')',
     'refused', 'ok', 'invalid', 'ok', 'ok'),
    ('template_approve', 'SELECT code FROM doorstep.template_approve(gen_random_uuid(), doorstep.template_find(''t_matrix'', ''sms'', ''en'', ''t-acme''), 1)',
     'refused', 'refused', 'refused', 'ok', 'ok'),
    ('template_retire', 'SELECT code FROM doorstep.template_retire(gen_random_uuid(), doorstep.template_find(''t_matrix'', ''sms'', ''en'', ''t-acme''))',
     'refused', 'refused', 'refused', 'same', 'same'),
    ('macro_save', 'SELECT code FROM doorstep.macro_save(gen_random_uuid(), ''{"name": "t-own", "title": "T", "tag": "x"}'')', 'refused', 'ok', 'ok', 'ok', 'ok'),
    ('macro_save', 'SELECT code FROM doorstep.macro_save(gen_random_uuid(), ''{"name": "t-ours", "title": "T", "tag": "x", "shared": true}'')',
     'refused', 'refused', 'refused', 'ok', 'ok'),
    ('macro_delete', 'SELECT code FROM doorstep.macro_delete(gen_random_uuid(), ''address_issue'')', 'refused', 'denied', 'denied', 'ok', 'ok'),
    ('viewing', 'SELECT doorstep.viewing(900001)', '', '', '', '', ''),
    ('viewers', 'SELECT count(*) FROM doorstep.viewers(900001)', '0', '0', '0', '0', '0'),
    ('filter_words', 'SELECT string_agg(word, '','' ORDER BY word) FROM doorstep.filter_words() WHERE word ~ ''Acme|Zeta|t-(a|z)''', 'Acme Gold Air,Zeta Ground,t-acme,t-zeta',
     'Acme Gold Air,Zeta Ground,t-acme,t-zeta', 'Zeta Ground,t-zeta', 'Acme Gold Air,Zeta Ground,t-acme,t-zeta', 'Acme Gold Air,Zeta Ground,t-acme,t-zeta'),
    ('view_save', 'SELECT code FROM doorstep.view_save(gen_random_uuid(), ''own'', ''kind:lost'')', 'ok', 'ok', 'ok', 'ok', 'ok'),
    ('view_save', 'SELECT code FROM doorstep.view_save(gen_random_uuid(), ''ours'', ''kind:lost'', 0, true)', 'refused', 'refused', 'refused', 'ok', 'ok'),
    ('view_delete', 'SELECT code FROM doorstep.view_delete(gen_random_uuid(), ''their FIRST'')', 'gone', 'ok', 'gone', 'gone', 'gone'),
    ('audit_verify', 'SELECT count(*) FROM doorstep.audit_verify(900001)', 'refused', 'refused', 'refused', '0', '0'),
    ('user_add', 'SELECT doorstep.user_add(''t_x'', ''viewer'')', 'refused', 'refused', 'refused', 'refused', ''),
    ('user_grant', 'SELECT doorstep.user_grant(''t_bob'', ''lead'')', 'refused', 'refused', 'refused', 'refused', ''),
    ('user_scope', 'SELECT doorstep.user_scope(''t_maria'', ''{t-zeta}'')', 'refused', 'refused', 'refused', 'refused', ''),
    ('user_list', 'SELECT count(*) > 5 FROM doorstep.user_list()', 'refused', 'refused', 'refused', 'refused', 'true');

INSERT INTO support_case (id, brand_id, shipment_id, exception_id, type, subject, by) OVERRIDING SYSTEM VALUE
    SELECT id, brand_id, id, id, 'claim', 'about ' || tracking_number, 't_maria' FROM exception WHERE id IN (900001, 900007);
INSERT INTO case_link (case_id, exception_id, by) SELECT id, id, 't_maria' FROM support_case;
INSERT INTO case_note (case_id, by, text) SELECT id, 't_maria', subject FROM support_case;
INSERT INTO calls
SELECT verb, format('SELECT string_agg(code, '','' ORDER BY id) FROM doorstep.%s(gen_random_uuid(), %s)', verb, args), CASE WHEN pair THEN 'denied,denied' ELSE 'denied' END, agent, limited, agent, agent
  FROM (VALUES ('case_open', '''{900001,900007}'', ''claim''', true, 'same,same', 'gone,same'), ('case_note', '''{900001,900007}'', ''hello''', true, 'ok,ok', 'gone,ok'),
               ('case_set', '''{900001,900007}'', ''{"state": "solved"}''', true, 'ok,ok', 'gone,ok'), ('case_link', '900001, ''{900002,900008}''', true, 'ok,invalid', 'gone,gone'),
               ('case_unlink', '900001, ''{900001}''', false, 'invalid', 'gone'), ('case_merge', '900001, 900007', false, 'invalid', 'gone')) v(verb, args, pair, agent, limited);
INSERT INTO calls VALUES
    ('case_draft', 'SELECT doorstep.case_draft(900001, ''claim'') ->> ''existing''', '900001', '900001', 'nothing', '900001', '900001'),
    ('case_list', 'SELECT count(*) FROM doorstep.case_list(''all'')', '2', '2', '1', '2', '2'),
    ('case_show', 'SELECT doorstep.case_show(900001) ->> ''id''', '900001', '900001', 'nothing', '900001', '900001');
INSERT INTO calls VALUES
    ('case_retry', 'SELECT string_agg(code, '','') FROM doorstep.case_retry(gen_random_uuid(), ''{0}'')', 'denied', 'gone', 'gone', 'gone', 'gone'),
    ('case_take_theirs', 'SELECT code FROM doorstep.case_take_theirs(gen_random_uuid(), 0)', 'denied', 'gone', 'gone', 'gone', 'gone'),
    ('case_keep_ours', 'SELECT code FROM doorstep.case_keep_ours(gen_random_uuid(), 0)', 'denied', 'gone', 'gone', 'gone', 'gone');
-- an outage of each brand, and one of everybody's
INSERT INTO outage (id, scope, scope_text, title, message, hold_messages, pause_sla, brands, by, key) OVERRIDING SYSTEM VALUE
    SELECT 9000 + n, jsonb_build_object('city', jsonb_build_array('M' || n)), 'city:M' || n, 'city:M' || n, 'x', false, false,
           CASE n WHEN 1 THEN '{9001}' WHEN 2 THEN '{9002}' END::int[], 't_lea', gen_random_uuid() FROM generate_series(1, 3) n;
INSERT INTO calls VALUES
    ('control_state', 'SELECT jsonb_array_length(doorstep.control_state() -> ''outages'')', '3', '3', '2', '3', '3'),
    ('outage_declare', 'SELECT code FROM doorstep.outage_declare(gen_random_uuid(), ''{"city": ["Q"]}'', ''x'', true, true, NULL, NULL, NULL)', 'denied', 'denied', 'denied', 'ok', 'ok'),
    ('outage_end', 'SELECT code FROM doorstep.outage_end(gen_random_uuid(), ''{9001}'', NULL)', 'denied', 'denied', 'denied', 'ok', 'ok'),
    ('outage_set', 'SELECT code FROM doorstep.outage_set(gen_random_uuid(), 9001, ''{"message": "y"}'')', 'denied', 'denied', 'denied', 'ok', 'ok'),
    ('outage_ids', 'SELECT count(*) FROM doorstep.outage_ids(''{9001}'')', '0', '0', '0', '0', '0'),
    ('outage_in', 'SELECT doorstep.outage_in(''{9001}'')', '9001', '9001', '0', '9001', '9001'),
    ('outage_seen', 'SELECT doorstep.outage_seen(9001)', 'true', 'true', 'false', 'true', 'true'),
    ('outage_list', 'SELECT count(*) FROM doorstep.outage_list(true)', '3', '3', '2', '3', '3'),
    ('outage_preview', 'SELECT allowed FROM doorstep.outage_preview(''{"city": ["Q"]}'')', 'false', 'false', 'false', 'true', 'true'),
    ('outages_live', 'SELECT cardinality(doorstep.outages_live())', '3', '3', '2', '3', '3'),
    ('scope_text', 'SELECT doorstep.scope_text(''{"region": ["TX"]}'')', 'region:TX', 'region:TX', 'region:TX', 'region:TX', 'region:TX'),
    ('scope_value', 'SELECT doorstep.scope_value(''a b'')', '"a b"', '"a b"', '"a b"', '"a b"', '"a b"'),
    ('scope_words', 'SELECT doorstep.scope_words(''{"city": ["Q"]}'', ''-'')', '-city:Q', '-city:Q', '-city:Q', '-city:Q', '-city:Q');
INSERT INTO outage_suggestion (id, scope, scope_text, why, kind, brand_id) OVERRIDING SYSTEM VALUE
    SELECT id, '{"carrier": ["t-ups"]}', 'carrier:t-ups', 'of ' || brand, 'rate', brand_id FROM exception WHERE id IN (900001, 900007);
INSERT INTO rule (name, version, filter, events, actions, text, brands, by, at) VALUES
    ('t-every', 1, 'brand:t-acme', '{opened}', '[{"do": "tag", "tag": "x"}]', 'when brand:t-acme on opened do tag x', NULL, 't_lea', now()),
    ('t-zeta-own', 1, 'kind:lost', '{opened}', '[{"do": "tag", "tag": "x"}]', 'when kind:lost on opened do tag x', '{9002}', 't_zoe', now());
INSERT INTO rule_version (rule_id, version, filter, events, actions, text, brands, by, at)
    SELECT id, version, filter, events, actions, text, brands, by, at FROM rule WHERE name LIKE 't-%';
INSERT INTO rule_firing (rule_id, exception_id, episode, version, shipment_id, brand_id, event, at, outcome)
    SELECT r.id, e.id, 0, 1, e.shipment_id, e.brand_id, 'opened', now(), 'done' FROM rule r, exception e WHERE r.name = 't-every' AND e.id IN (900001, 900007);
INSERT INTO calls VALUES
    ('rule_list', 'SELECT fired_7d || '' '' || text FROM doorstep.rule_list(''t-every'')', '2 when brand:t-acme on opened do tag x', '2 when brand:t-acme on opened do tag x',
        '1 everybody''s: who works for all brands reads it', '2 when brand:t-acme on opened do tag x', '2 when brand:t-acme on opened do tag x'),
    ('rule_list', 'SELECT name FROM doorstep.rule_list(''t-zeta-own'')', 't-zeta-own', 't-zeta-own', 't-zeta-own', 't-zeta-own', 't-zeta-own'),
    ('rule_firings', 'SELECT count(*) FROM doorstep.rule_firings(''t-every'', 10)', '2', '2', '1', '2', '2'),
    ('rule_versions', 'SELECT count(*) FROM doorstep.rule_versions(''t-every'')', '1', '1', '0', '1', '1'),
    ('rule_versions', 'SELECT count(*) FROM doorstep.rule_versions(''t-zeta-own'')', '1', '1', '1', '1', '1'),
    ('rule_history', 'SELECT count(*) FROM doorstep.rule_history(''{opened}'', 7)', '0', '0', '0', '0', '0'),
    ('rule_save', 'SELECT code FROM doorstep.rule_save(gen_random_uuid(), ''t-every'', ''{"filter": "kind:lost", "on": ["opened"], "do": [{"do": "tag", "tag": "x"}]}'')', 'refused', 'ok', 'denied', 'ok', 'ok'),
    ('rule_enable', 'SELECT string_agg(code, '','' ORDER BY id) FROM doorstep.rule_enable(gen_random_uuid(), ''{t-every,t-zeta-own}'')', 'refused', 'refused', 'refused', 'ok,ok', 'ok,ok'),
    ('rule_disable', 'SELECT string_agg(code, '','' ORDER BY id) FROM doorstep.rule_disable(gen_random_uuid(), ''{t-every,nothing}'')', 'refused', 'refused', 'refused', 'gone,same', 'gone,same'),
    ('rule_delete', 'SELECT string_agg(code, '','' ORDER BY id) FROM doorstep.rule_delete(gen_random_uuid(), ''{t-every}'')', 'refused', 'refused', 'refused', 'ok', 'ok'),
    ('rule_limits', 'SELECT per_hour FROM doorstep.rule_limits()', '500', '500', '500', '500', '500'),
    ('rule_limits_set', 'SELECT code FROM doorstep.rule_limits_set(gen_random_uuid(), 400, NULL, NULL)', 'refused', 'refused', 'refused', 'ok', 'ok'),
    ('rule_release', 'SELECT string_agg(code, '','' ORDER BY id) FROM doorstep.rule_release(gen_random_uuid(), ''{900001,900007}'')', 'refused', 'same,same', 'gone,same', 'same,same', 'same,same'),
    ('rules_stop', 'SELECT code FROM doorstep.rules_stop(gen_random_uuid(), true)', 'refused', 'refused', 'refused', 'ok', 'ok');
-- the dictionary is everybody's: one by one who works for all brands decides
INSERT INTO dictionary_draft (id, what, wording, language, text, by) OVERRIDING SYSTEM VALUE VALUES (900001, 'word', 'lost', 'pt', 'Perdido.', 't_maria');
INSERT INTO calls VALUES
    ('dictionary_list', 'SELECT count(*) > 100 FROM doorstep.dictionary_list(NULL, NULL, NULL, NULL)', 'true', 'true', 'true', 'true', 'true'),
    ('dictionary_lookup', 'SELECT count(*) FROM doorstep.dictionary_lookup(''ups'', ''X'', ''48'', NULL)', '2', '2', '2', '2', '2'),
    ('say_reading', 'SELECT doorstep.say_reading(''open'', ''lost'', ''lost'', NULL, ''{}'')', 'opens lost, status lost', 'opens lost, status lost', 'opens lost, status lost', 'opens lost, status lost', 'opens lost, status lost'),
    ('dictionary_history', 'SELECT count(*) FROM doorstep.dictionary_history(''ups'', ''X'', ''48'')', '1', '1', '1', '1', '1'),
    ('dictionary_jobs', 'SELECT count(*) FROM doorstep.dictionary_jobs()', '0', '0', '0', '0', '0'),
    ('dictionary_drafts', 'SELECT by || '' '' || may_decide FROM doorstep.dictionary_drafts()', 't_maria false', 't_maria false', 't_maria false', 't_maria true', 't_maria true'),
    ('dictionary_todo', 'SELECT string_agg(code, '','' ORDER BY code) FROM doorstep.dictionary_todo(''all'', ''t-ups'')', 'Q1,Q7', 'Q1,Q7', 'nothing', 'Q1,Q7', 'Q1,Q7'),
    ('dictionary_draft_save', 'SELECT code FROM doorstep.dictionary_draft_save(gen_random_uuid(), ''{"what": "word", "wording": "lost", "language": "it", "text": "Perso."}'')', 'refused', 'ok', 'ok', 'ok', 'ok'),
    ('dictionary_preview', 'SELECT count(*) FROM doorstep.dictionary_preview(900001)', 'refused', '1', '1', '1', '1'),
    ('dictionary_reprocess_preview', 'SELECT count(*) > 0 FROM doorstep.dictionary_reprocess_preview(''t-ups'', ''X'')', 'refused', 'true', 'true', 'true', 'true'),
    ('dictionary_approve', 'SELECT code FROM doorstep.dictionary_approve(gen_random_uuid(), 900001)', 'refused', 'refused', 'refused', 'ok', 'ok'),
    ('dictionary_reject', 'SELECT code FROM doorstep.dictionary_reject(gen_random_uuid(), 900001, NULL)', 'refused', 'ok', 'refused', 'ok', 'ok'),
    ('dictionary_ignore', 'SELECT code FROM doorstep.dictionary_ignore(gen_random_uuid(), ''t-ups'', ''Q1'', NULL, ''noise'')', 'refused', 'ok', 'gone', 'ok', 'ok'),
    ('dictionary_reprocess', 'SELECT code FROM doorstep.dictionary_reprocess(gen_random_uuid(), ''t-ups'', ''X'', 7, NULL)', 'refused', 'refused', 'refused', 'ok', 'ok'),
    ('label_language', 'SELECT code FROM doorstep.label_language(gen_random_uuid(), ''es'')', 'ok', 'ok', 'ok', 'ok', 'ok');
INSERT INTO calls VALUES
    ('board', 'SELECT sum(open) FROM doorstep.board()', '8', '8', '2', '8', '8'),
    ('board', 'SELECT count(*) FROM doorstep.board(''t-ups'')', '3', '3', '2', '3', '3'),
    ('outage_suggestions', 'SELECT count(*) FROM doorstep.outage_suggestions()', '2', '2', '1', '2', '2'),
    ('suggestion_dismiss', 'SELECT string_agg(code, '','') FROM doorstep.suggestion_dismiss(gen_random_uuid(), ''{900001,900007}'')', 'refused', 'refused', 'refused', 'ok,ok', 'ok,ok');

INSERT INTO override_batch (id, key, by, state, status, reason, note, expires_at, shipments, applied, brands) OVERRIDING SYSTEM VALUE
    SELECT id, gen_random_uuid(), 't_bob', 'applied', 'delayed', 'other', 'of ' || tracking_number, now() + interval '1 day', 1, 1, ARRAY[brand_id] FROM exception WHERE id IN (900001, 900007);
INSERT INTO calls VALUES
    ('override_preview', 'SELECT shipments || '' '' || coalesce(denied, 0) || '' '' || allowed FROM doorstep.override_preview(''{900001,900007}'', ''lost'')', '2 0 false', '2 0 false', '1 1 true', '2 0 true', '2 0 true'),
    ('override_apply', 'SELECT string_agg(code, '','' ORDER BY id) FROM doorstep.override_apply(gen_random_uuid(), ''{900001,900007}'', ''lost'', ''other'', ''gone for good'')', 'denied', 'denied', 'ok,gone', 'ok', 'ok'),
    ('override_apply', 'SELECT string_agg(code, '','' ORDER BY id) FROM doorstep.override_apply(gen_random_uuid(), ''{900001}'', ''lost'', ''other'', ''gone for good'')', 'denied', 'ok', 'gone,gone', 'ok', 'ok'),
    ('override_batch_act', 'SELECT string_agg(code, '','' ORDER BY id) FROM doorstep.override_batch_act(gen_random_uuid(), ''{900001,900007}'', ''approve'')', 'denied,denied', 'denied,denied', 'gone,denied', 'stale,stale', 'stale,stale'),
    ('override_batch_act', 'SELECT string_agg(code, '','' ORDER BY id) FROM doorstep.override_batch_act(gen_random_uuid(), ''{900001,900007}'', ''revert'')', 'denied,denied', 'denied,denied', 'gone,denied', 'stale,stale', 'stale,stale'),
    ('override_revert', 'SELECT string_agg(code, '','' ORDER BY id) FROM doorstep.override_revert(gen_random_uuid(), ''{900001,900007}'')', 'denied,denied', 'denied,denied', 'gone,same', 'same,same', 'same,same'),
    ('override_batches', 'SELECT count(*) FROM doorstep.override_batches(''all'')', '2', '2', '1', '2', '2'),
    ('overrides', 'SELECT count(*) FROM doorstep.overrides(900001)', '0', '0', '0', '0', '0'),
    ('conflict_ids', 'SELECT count(*) FROM doorstep.conflict_ids()', '0', '0', '0', '0', '0'),
    ('batch_ids', 'SELECT count(*) FROM doorstep.batch_ids(900001)', '0', '0', '0', '0', '0'),
    ('happened_ids', 'SELECT count(*) FROM unnest(''{message,contact,csat,did}''::text[]) w, doorstep.happened_ids(w, ''nothing'')', '0', '0', '0', '0', '0'),
    ('chosen', 'SELECT doorstep.chosen(''{900001,900007}'')', '{900001,900007}', '{900001,900007}', '{900001,900007}', '{900001,900007}', '{900001,900007}'),
    ('selection_keep', 'SELECT n FROM doorstep.selection_keep(''{900001,900007}'')', 'refused', '2', '2', '2', '2'),
    ('selection_has', 'SELECT doorstep.selection_has(number, ''{900007}'') FROM doorstep.selection_keep(''{900001,900007}'')', 'refused', '900007', '900007', '900007', '900007'),
    ('selection_change', 'SELECT doorstep.selection_change(number, ''{900007}'', false) FROM doorstep.selection_keep(''{900001,900007}'')', 'refused', '1', '1', '1', '1'),
    ('poll_list', 'SELECT DISTINCT ''ok'' FROM doorstep.poll_list()', 'refused', 'refused', 'refused', 'ok', 'ok'),
    ('poll_set', 'SELECT code FROM doorstep.poll_set(gen_random_uuid(), ''easypost'', ''{"busy_minutes": 30}'')', 'refused', 'refused', 'refused', 'ok', 'ok'),
    ('control_policy_set', 'SELECT code FROM doorstep.control_policy_set(gen_random_uuid(), ''{"threshold": 10}'')', 'refused', 'refused', 'refused', 'ok', 'ok'),
    ('control_policy_set', 'SELECT code FROM doorstep.control_policy_set(gen_random_uuid(), ''{"threshold": 100}'')', 'refused', 'refused', 'refused', 'denied', 'ok');

INSERT INTO calls VALUES
    ('listen', 'SELECT doorstep.listen()', '', '', '', '', ''),
    ('works_with', 'SELECT doorstep.works_with(''t_bob'') || '' '' || doorstep.works_with(''t_zoe'')', 'true true', 'true true', 'true true', 'true true', 'true true'),
    ('control_list', 'SELECT count(*) FROM doorstep.control_list(NULL, ''t_nobody'', NULL, 10)', 'refused', 'refused', 'refused', '0', '0'),
    ('control_verify', 'SELECT count(*) FILTER (WHERE problem <> ''inserted'') FROM doorstep.control_verify()', 'refused', 'refused', 'refused', '0', '0'),
    ('audit_ends', 'SELECT rows > 0 FROM doorstep.audit_ends()', 'refused', 'refused', 'refused', 'true', 'true');
INSERT INTO calls VALUES
    ('playbook_after', 'SELECT doorstep.playbook_after(120)', '2h', '2h', '2h', '2h', '2h'),
    ('playbook_set', 'SELECT code FROM doorstep.playbook_set(gen_random_uuid(), ''other'', ''[{"action": "note", "label": "x"}]'')', 'refused', 'refused', 'refused', 'ok', 'ok'),
    ('customer_said', 'SELECT count(*) FROM doorstep.customer_said(900001)', '1', '1', '0', '1', '1'),
    ('playbook_steps', 'SELECT count(*) FROM doorstep.playbook_steps(900001)', '5', '5', '0', '5', '5'),
    ('message_duty_set', 'SELECT code FROM doorstep.message_duty_set(gen_random_uuid(), ''lost'', 2)', 'refused', 'refused', 'refused', 'ok', 'ok'),
    ('mismatches', 'SELECT count(*) FROM doorstep.mismatches(NULL, NULL, NULL, NULL, NULL, 10)', '0', '0', '0', '0', '0'),
    ('mismatch_totals', 'SELECT sum(findings) FROM doorstep.mismatch_totals(NULL, NULL, NULL, NULL)', '0', '0', '0', '0', '0'),
    ('contact_log', 'SELECT string_agg(code, '','' ORDER BY id) FROM doorstep.contact_log(gen_random_uuid(), ''{900001,900007}'', ''wismo'')', 'denied,denied', 'ok,ok', 'gone,ok', 'ok,ok', 'ok,ok');
INSERT INTO calls VALUES
    ('audit_notes', 'SELECT count(*) FROM doorstep.audit_notes()', 'refused', 'refused', 'refused', '0', '0'),
    ('retention_list', 'SELECT count(*) > 40 FROM doorstep.retention_list()', 'refused', 'refused', 'refused', 'true', 'true'),
    ('retention_run', 'SELECT count(*) FROM doorstep.retention_run(true)', 'refused', 'refused', 'refused', 'refused', '0'),
    ('retention_set', 'SELECT code FROM doorstep.retention_set(gen_random_uuid(), ''draft'', 60)', 'refused', 'refused', 'refused', 'refused', 'ok');
INSERT INTO calls VALUES
    ('customer_find', 'SELECT count(*) FROM doorstep.customer_find(''Rosa'', 5)', 'refused', '1', '0', '1', '1'),
    ('customer_show', 'SELECT email FROM doorstep.customer_show((SELECT min(id) FROM doorstep.customer WHERE external_id = ''t-1''))', 'refused', 'rosa@example.com', 'nothing', 'rosa@example.com', 'rosa@example.com'),
    ('customer_export', 'SELECT doorstep.customer_export((SELECT id FROM doorstep.customer WHERE external_id = ''t-1'')) #>> ''{customer,name}''', 'refused', 'refused', 'refused', 'Rosa Delgado', 'Rosa Delgado'),
    ('customer_forget', 'SELECT code FROM doorstep.customer_forget(gen_random_uuid(), ''{0}'', ''asked'')', 'refused', 'refused', 'refused', 'gone', 'gone'),
    ('customer_reached_at', 'SELECT doorstep.customer_reached_at((SELECT min(id) FROM doorstep.customer WHERE external_id = ''t-1''), ''rosa@%'')', 'true', 'true', 'false', 'true', 'true'),
    ('contact_access_list', 'SELECT count(*) FROM doorstep.contact_access_list(NULL, NULL, NULL, 10)', 'refused', 'refused', 'refused', '0', '0'),
    ('message_to', 'SELECT doorstep.message_to(0)', 'nothing', 'nothing', 'nothing', 'nothing', 'nothing');
INSERT INTO calls
SELECT 'report_' || r, format('SELECT count(*) FROM doorstep.report_%s(now() - interval ''9 days'', now())', r), '0', '0', '0', '0', '0'
  FROM unnest('{agents,contacts,csat,exceptions,heat,messages,ontime,response}'::text[]) r;
INSERT INTO calls VALUES ('rollup_now', 'SELECT count(*) FROM doorstep.rollup_now()', '1', '1', '1', '1', '1'),
    ('rollup_rebuild', 'SELECT count(*) FROM doorstep.rollup_rebuild(now(), now() + interval ''1 hour'')', 'refused', 'refused', 'refused', '5', '5');
SELECT set_eq($$ SELECT DISTINCT name FROM calls $$, $$ SELECT unnest(functions) FROM callers WHERE roles IN ('people', 'people worker') $$,
              'each function of people''s is called here');
SELECT results_eq($$ SELECT c.call, k.kind, pg_temp.outcome(k.role, c.call) FROM calls c CROSS JOIN role_kind k WHERE k.ord <= 5 ORDER BY c.call, k.ord $$,
                  $$ SELECT c.call, k.kind, CASE k.kind WHEN 'viewer' THEN viewer WHEN 'agent' THEN agent WHEN 'limited' THEN limited
                                                 WHEN 'lead' THEN lead ELSE admin END
                       FROM calls c CROSS JOIN role_kind k WHERE k.ord <= 5 ORDER BY c.call, k.ord $$, 'people get the answer of their level and brands');
SELECT is_empty($$ SELECT c.call, k.kind FROM calls c CROSS JOIN role_kind k WHERE k.ord > 5 AND NOT (c.name IN ('hello', 'listen', 'outages_live', 'wake_due') AND k.kind = 'worker')
                    AND pg_temp.outcome(k.role, c.call) <> 'refused' $$, 'feed, worker and strangers get none');
SELECT is_empty($$ SELECT call, said FROM (SELECT call, pg_temp.outcome('t_zoe', regexp_replace(call, '^SELECT .* FROM (doorstep\.\w+\()', 'SELECT string_agg(x::text, '' '') FROM \1')
                                                                                 || CASE WHEN call ~ 'FROM doorstep\.\w+\(' THEN ' x' ELSE '' END) AS said FROM calls
                                           WHERE name NOT IN ('filter_words')) y
                    WHERE said ~* 'acme|delgado|rosa@|T-ORDER-1|LAMP-2|TEST[1-6]' $$, 'no answer names anything of another brand');

-- ---------------------------------------------------------------- tables: who may read what

CREATE TEMP TABLE readers (roles text, tables text[]);
INSERT INTO readers VALUES
    ('people', ARRAY['action_log', 'activity', 'agent', 'agent_scope', 'calendar', 'calendar_holiday', 'calendar_hours', 'customer',
        'filter_word', 'order_line', 'orders', 'playbook', 'resolution', 'saved_view', 'scan_event', 'shipment', 'sla_policy',
        'consent_change', 'contact', 'contact_policy', 'draft', 'message_hold', 'macro', 'outreach', 'outreach_attempt', 'outreach_receipt', 'status_phrase', 'template', 'template_version']),
    ('people feed worker', ARRAY['brand', 'carrier', 'dictionary_version', 'schema_migration', 'status_map', 'status_wording', 'unmapped_code']),
    ('people', ARRAY['sweep_policy']), ('people worker', ARRAY['due_warning']), ('', ARRAY['silence', 'watch', 'watch_again']),
    ('', ARRAY['calendar_stretch', 'counter', 'outage_counter', 'feed_stage', 'inbox', 'presence', 'taken_over', 'template_shipping']);
INSERT INTO readers VALUES
    ('people', ARRAY['support_case', 'case_link', 'case_note', 'case_sync', 'case_attempt', 'override_batch', 'override_reason', 'status_override', 'outage', 'lane',
        'lane_hour', 'outage_suggestion', 'control_log', 'control_policy']),
    ('', ARRAY['control_head', 'lane_open']);
INSERT INTO readers VALUES ('people', ARRAY['contact_driver', 'message_duty', 'playbook_step', 'playbook_version', 'truth_finding']), ('', ARRAY['truth_due', 'truth_mark']);
INSERT INTO readers VALUES ('', ARRAY['hint_channel']), ('people', ARRAY['typed']);
INSERT INTO readers VALUES ('', ARRAY['poll_source', 'poll_state']);
INSERT INTO readers VALUES ('', ARRAY['selection', 'selection_item']);
INSERT INTO readers VALUES ('', ARRAY['desk_setting']);
INSERT INTO readers VALUES ('', ARRAY['lane_clock', 'lane_usual']);
INSERT INTO readers VALUES ('', ARRAY['page']), ('people', ARRAY['csat']);     -- 068, 069
INSERT INTO readers VALUES ('people', ARRAY['exception_hold', 'rule', 'rule_firing', 'rule_version']), ('people worker', ARRAY['exception']), ('', ARRAY['rule_event', 'rule_setting']);
INSERT INTO readers VALUES ('', ARRAY['history_part', 'redaction', 'retention_policy']);
INSERT INTO readers VALUES ('people', ARRAY['status_label']), ('', ARRAY['dictionary_draft', 'dictionary_job', 'scan_reading', 'status_wording_was']);
INSERT INTO readers VALUES ('', ARRAY['contact_access', 'personal_table', 'privacy_key', 'suppressed']);
INSERT INTO readers VALUES ('', ARRAY['rollup_agent', 'rollup_contact', 'rollup_delivery', 'rollup_dirty', 'rollup_exception', 'rollup_exception_sum', 'rollup_message', 'rollup_state', 'rollup_time']);
CREATE TEMP VIEW our_tables AS
    SELECT c.oid, c.relname::text AS name FROM pg_class c WHERE c.relnamespace = 'doorstep'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition;   -- partitions: tests/db/partitions.sql

SELECT set_eq('SELECT name FROM our_tables', 'SELECT unnest(tables) FROM readers', 'each table''s readers are stated here');
SELECT is_empty($$
    SELECT t.name, k.kind FROM our_tables t CROSS JOIN role_kind k JOIN readers r ON t.name = ANY (r.tables)
     WHERE has_any_column_privilege(k.role, t.oid, 'SELECT')
           <> CASE WHEN k.kind IN ('feed', 'worker') THEN k.kind = ANY (string_to_array(r.roles, ' '))
                   WHEN k.kind = 'stranger' THEN false ELSE r.roles LIKE 'people%' END $$, 'and may read it, nobody else');
SELECT set_eq($$ SELECT DISTINCT t.name || '.' || a.attname FROM our_tables t JOIN readers r ON t.name = ANY (r.tables) AND r.roles <> '' JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
                  CROSS JOIN role_kind k WHERE k.ord <= 5 AND NOT has_column_privilege(k.role, t.oid, a.attnum, 'SELECT') $$,
              $$ VALUES ('customer.email'), ('customer.phone'), ('customer.email_bad'), ('customer.phone_bad'), ('outreach.to_address'), ('contact.from_address'), ('exception.search') $$, 'but for addresses, which functions tell and record');
SELECT set_eq($$ SELECT t.name, k.kind, p FROM our_tables t CROSS JOIN role_kind k
                  CROSS JOIN unnest('{INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) p WHERE has_table_privilege(k.role, t.oid, p) $$,
              $$ VALUES ('feed_stage', 'feed', 'INSERT'), ('feed_stage', 'worker', 'INSERT') $$, 'the feed''s stage is all that anybody writes');
SELECT is_empty($$ SELECT c.relname, k.kind FROM pg_class c CROSS JOIN role_kind k WHERE c.relnamespace = 'doorstep'::regnamespace AND c.relkind = 'S'
                    AND has_sequence_privilege(k.role, c.oid, 'USAGE, SELECT, UPDATE') $$, 'sequences are nobody''s');

-- all a limited agent can read, as text: nothing in it is another brand's
SELECT is_empty($$ SELECT t.name, said FROM our_tables t JOIN readers r ON t.name = ANY (r.tables) AND r.roles <> ''
                    CROSS JOIN LATERAL pg_temp.outcome('t_zoe', format('SELECT string_agg(to_jsonb(x)::text, '' '') FROM (SELECT %s FROM %I) x', (
                        SELECT string_agg(quote_ident(a.attname), ', ') FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped AND has_column_privilege('t_zoe', t.oid, a.attnum, 'SELECT')), t.name)) said
                    WHERE said ~* 'acme|delgado|rosa@|T-ORDER-1|LAMP-2|TEST[1-6]|"brand_id": 9001|90000[1-6]' $$, 'no table shows a limited agent another brand');
SELECT is(pg_temp.outcome('t_zoe', $$ SELECT count(*) || ' ' || (SELECT count(*) FROM sla_policy WHERE brand_id IS NOT NULL) || ' '
                                             || (SELECT count(*) FROM unmapped_code WHERE provider = 't-ups') FROM activity $$), '1 1 1', 'and shows them their own');

-- a lead of some brands reads answers given to others no more than their exceptions
INSERT INTO agent_scope VALUES ('t_lea', 9002);
SELECT is(pg_temp.outcome('t_lea', 'SELECT count(*) FROM action_log WHERE who <> session_user'), '0', 'nor does the log of actions show a limited lead');
DELETE FROM agent_scope WHERE role = 't_lea';

-- ---------------------------------------------------------------- odd arguments

SELECT results_eq($$ SELECT id, code FROM note(gen_random_uuid(), '{900002,NULL,-1,0,900002,9223372036854775807}', 'hm') $$,
                  $$ VALUES (-1::bigint, 'gone'), (0, 'gone'), (900002, 'ok'), (9223372036854775807, 'gone') $$, 'ids: null, twice, and none of ours');
SELECT throws_like($$ SELECT * FROM claim(gen_random_uuid(), ARRAY(SELECT generate_series(1, 100001)::bigint)) $$, '%at most 100,000%', 'and too many');

SELECT finish();
ROLLBACK;
