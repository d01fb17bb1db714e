#!/bin/bash
# A database that has been worked in, brought up to date: the schema as it was deployed (version 50), filled and worked in through its own
# functions, then migrated. Nothing is lost, the logs stay whole, and what is new knows what was there.
. tests/tools/lib.sh
OLD=50
admin=$DSN
name=upgrade_$$
psql -XAtq -d "$admin" -c "CREATE DATABASE $name" || exit 70
trap 'psql -XAtq -d "$admin" -c "DROP DATABASE IF EXISTS $name WITH (FORCE)"' EXIT
DSN=$(sed -E "s/dbname=[^ ]+/dbname=$name/" <<<"$DSN")

for file in "$ROOT"/src/db/schema/[0-9]*.sql; do
    version=$((10#$(basename "$file" | cut -c1-3)))
    [ "$version" -gt "$OLD" ] || psql -XAtq -v ON_ERROR_STOP=1 -d "$DSN" -f "$file" >/dev/null 2>err || fail "version $version" "$(cat err)"
    [ "$version" -gt "$OLD" ] || sql "INSERT INTO doorstep.schema_migration (version, name) VALUES ($version, '$(basename "$file")')" >/dev/null
done
is "$(sql 'SELECT doorstep.schema_version()')" "$OLD" 'the schema as it was'
run doorstep queue
expect_status 78 'a newer program says that it wants a newer schema'
expect_err_like 'doorstep migrate' 'and what to do'

# Parcels: on time, late, silent, in trouble; one of them twice
psql -XAtq -v ON_ERROR_STOP=1 -d "$DSN" >/dev/null <<'SQL'
INSERT INTO doorstep.feed_stage (batch, seq, doc, rec, provider, carrier, tracking_number, occurred_at, code, detail, message, edd, data)
SELECT '00000000-0000-4000-8000-000000000001', row_number() OVER (), n, rec, 'ups', 'ups', 'OLD' || n, now() - h * interval '1 hour', code, detail, 'x', CASE WHEN rec = 's' THEN now() + interval '2 days' END,
       CASE WHEN rec = 's' THEN jsonb_build_object('promised_at', CASE WHEN n % 3 = 0 THEN now() - interval '2 days' ELSE now() + interval '1 day' END) END
  FROM generate_series(1, 300) n, (VALUES ('e', 600, 'I', 'DP', true), ('e', 30, 'X', '48', false), ('s', NULL, NULL, NULL, true)) v(rec, h, code, detail, every)
 WHERE v.every OR n % 2 = 0;
SELECT doorstep.feed_merge('00000000-0000-4000-8000-000000000001');
CREATE ROLE maria LOGIN IN ROLE doorstep_agent;
SET SESSION AUTHORIZATION maria;
SELECT doorstep.claim(gen_random_uuid(), ARRAY(SELECT id FROM doorstep.exception ORDER BY id LIMIT 40));
SELECT doorstep.note(gen_random_uuid(), ARRAY(SELECT id FROM doorstep.exception ORDER BY id LIMIT 20), 'called the depot');
SELECT doorstep.resolve(gen_random_uuid(), ARRAY(SELECT id FROM doorstep.exception ORDER BY id LIMIT 10), 'no_action', NULL);
SELECT doorstep.wait(gen_random_uuid(), ARRAY(SELECT id FROM doorstep.exception ORDER BY id OFFSET 12 LIMIT 5), now() + interval '1 day', 'for the address');
SQL
facts() { sql "SELECT (SELECT count(*) FROM doorstep.scan_event), (SELECT count(*) FROM doorstep.activity), (SELECT count(*) FROM doorstep.exception), (SELECT md5(string_agg(encode(hash, 'hex'), '' ORDER BY exception_id, seq)) FROM doorstep.activity)"; }
before=$(facts)
run doorstep migrate
expect_status 0 'migrated'
expect_out_like "^version $OLD -> version $(basename "$(find "$ROOT/src/db/schema" -name '[0-9]*.sql' | sort | tail -1)" | cut -c1-3 | sed 's/^0*//'): " 'and says so'
is "$(facts)" "$before" 'no scan, no entry, no exception is lost or changed'
run doorstep audit verify
expect_status 0 'every chain is whole'
is "$(sql "SELECT count(*) FROM doorstep.scan_event s WHERE s.tableoid = 'doorstep.scan_event_p1'::regclass")" "$(cut -d'|' -f1 <<<"$before")" 'scans are the first partition'

# What is new finds what was there
run doorstep worker --once
expect_status 0 'a worker makes its passes'
is "$(sql "SELECT count(*) FROM doorstep.exception WHERE kind = 'late_promise' AND state <> 'resolved'")" "$(sql "SELECT count(*) FROM generate_series(1, 300) n WHERE n % 3 = 0 AND n % 2 = 1")" 'promises that passed before are found'
is "$(sql "SELECT count(*) > 0 FROM doorstep.exception WHERE kind = 'stalled' AND state <> 'resolved'")" t 'and so is silence'
is "$(sql "SELECT count(*) FROM doorstep.exception GROUP BY shipment_id, state <> 'resolved' HAVING state <> 'resolved' AND count(*) > 1")" '' 'never two for a parcel'
run doorstep report exceptions --by kind --format csv
expect_out_like '^address_issue,150,' 'reports count what was opened before'
is "$(sql "SELECT count(*) = (SELECT count(DISTINCT shipment_id) FROM doorstep.exception) FROM doorstep.page")" t 'each has a page'
run doorstep audit verify
expect_status 0 'and the chains stay whole'
is "$(sql "SET ROLE maria; SELECT action FROM doorstep.next_step((SELECT id FROM doorstep.exception WHERE owner = 'maria' AND state = 'working' ORDER BY id LIMIT 1))" | wc -l)" 1 'playbooks know where work stands'
done_testing
