#!/bin/bash
# Everybody uses control at once: leads override, approve, take back, declare outages that overlap, change and end them; agents work,
# open, close and merge cases; the carrier agrees and contradicts; the helpdesk answers; the worker's clock runs. Then everything
# that is kept twice still agrees. What each does comes from a fixed seed; STORM_SECONDS: how long at least; STORM_SEED: a number, for another one.
# shellcheck source=tests/tools/lib.sh
. tests/tools/lib.sh
seconds=${STORM_SECONDS:-8}
for name in ann ben; do sql "SELECT doorstep.user_add('$name', 'agent')" >/dev/null; done
for name in lea lou; do sql "SELECT doorstep.user_add('$name', 'lead')" >/dev/null; done
person feeder feed
person post worker

# Forty parcels in trouble, in two regions; five of them with an older exception, resolved; a clock that stops at night.
scan() { # NUMBER STATUS SECONDS-AGO
    printf '{"type":"event","carrier":"ups","tracking_number":"S%s","provider":"doorstep","occurred_at":"%s","code":"%s"}\n' "$1" "$(date -u -d "-$3 seconds" +%Y-%m-%dT%H:%M:%SZ)" "$2"
}
for n in $(seq 1 40); do scan "$n" lost 90000; done | as feeder doorstep ingest --format doorstep >/dev/null 2>&1
sql "SET search_path = doorstep;
    UPDATE control_policy SET override_threshold = 3;
    UPDATE shipment SET region = CASE WHEN id % 3 = 0 THEN 'CA' ELSE 'TX' END;
    UPDATE exception e SET region = s.region FROM shipment s WHERE s.id = e.shipment_id;
    INSERT INTO exception (kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number, region, carrier_status, effective_status, state, resolved_at, resolution, calendar_id, first_left_s, resolve_left_s)
    SELECT 'stalled', 'low', 'carrier', brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number, region, carrier_status, effective_status, 'resolved', now() - interval '2 days', 'refunded', calendar_id, 3600, 7200
      FROM exception ORDER BY id LIMIT 5;
    UPDATE desk_setting SET provider = 'zendesk', said_at = now(), worker = 'w'" >/dev/null
is "$(sql "SELECT count(*) FROM doorstep.exception")" 45 'forty parcels in trouble, five of them twice'

# say WHO SEED CALLS: calls at random until the time is over; what was refused by the database is left in said.WHO
say() {
    local n=0
    while storming; do
        n=$((n + 1))
        awk -v seed="${STORM_SEED:-}$2$n" -v calls="$3" 'BEGIN {
            srand(seed)
            n = split(calls, call, "|")
            for (i = 1; i <= 20; i++) {
                text = call[1 + int(rand() * n)]
                ids = ""
                of = 1 + int(rand() * 6)
                for (k = 1; k <= of; k++) ids = ids (k > 1 ? "," : "") 1 + int(rand() * 45)
                gsub(":key", "md5(\x27" seed "-" i "\x27)::uuid", text)
                gsub(":ids", "\x27{" ids "}\x27", text)
                gsub(":one", "\x27{" 1 + int(rand() * 45) "}\x27", text)
                gsub(":flag", rand() < 0.5 ? "true" : "false", text)
                split("delivered lost delayed returned in_transit available_for_pickup cancelled", st, " ")
                gsub(":status", "\x27" st[1 + int(rand() * 7)] "\x27", text)
                gsub(":until", rand() < 0.3 ? "clock_timestamp() + interval \x27" int(200 + 800 * rand()) " ms\x27" : "NULL", text)
                split("{\"region\":[\"TX\"]};{\"carrier\":[\"ups\"],\"region\":[\"CA\"]};{\"carrier\":[\"ups\"]};{\"carrier\":[\"ups\"],\"kind\":[\"lost\"]}", scope, ";")
                gsub(":scope", "\x27" scope[1 + int(rand() * 4)] "\x27", text)
                print "SELECT count(*) FROM " text ";"
                if (rand() < 0.1) print "SELECT count(*) FROM " text ";"
            }
        }' | psql -XAtq -d "${DSN/user=test/user=$1} options='-csearch_path=doorstep -cstatement_timeout=120s'" -f - 2>>"said.$1.$2" >/dev/null || true
    done
}
live="(SELECT id FROM outage WHERE ended_at IS NULL ORDER BY random() LIMIT 1)"
lives="ARRAY(SELECT id FROM outage WHERE ended_at IS NULL ORDER BY random() LIMIT 2)"
some() { echo "ARRAY(SELECT id FROM override_batch WHERE state = '$1' ORDER BY random() LIMIT 2)"; }
case_of() { echo "coalesce((SELECT id FROM support_case WHERE state IN ($1) ORDER BY random() LIMIT 1), 0)"; }
cases="ARRAY(SELECT id FROM support_case WHERE state <> 'closed' ORDER BY random() LIMIT 3)"
apply="override_apply(:key, :ids, :status, 'other', 'storm', :until)|override_apply(:key, :ids, :status, 'other', 'storm', :until, $live)"
decide="override_batch_act(:key, $(some pending), 'approve')|override_batch_act(:key, $(some pending), 'approve')|override_batch_act(:key, $(some pending), 'reject')|override_batch_act(:key, $(some pending), 'withdraw')|override_batch_act(:key, $(some applied), 'revert')|override_revert(:key, :ids)"
outage="outage_declare(:key, :scope, 'storm', :flag, :flag, NULL, NULL, :until)|outage_declare(:key, :scope, 'storm', false, true, :status, NULL, :until)|outage_end(:key, $lives)|outage_set(:key, $live, '{\"pause_sla\": :flag, \"hold_messages\": :flag}')"
work="claim(:key, :ids)|release(:key, :ids)|wait(:key, :ids, :until)|snooze(:key, :ids, :until, true)|work(:key, :ids)|resolve(:key, :ids, 'refunded')|resolve(:key, :ids, 'refunded')|reopen(:key, :ids)|reopen(:key, :ids)|take_next(:key)|severity(:key, :ids, 'high')"
desk="case_open(:key, :ids, 'claim')|case_open(:key, :ids, 'customer')|case_set(:key, $cases, '{\"state\": \"solved\"}')|case_set(:key, $cases, '{\"state\": \"open\"}')|case_set(:key, $cases, '{\"state\": \"closed\"}')|case_note(:key, $cases, 'so it is')|case_merge(:key, $(case_of "'open','solved'"), $(case_of "'open','solved'"))|case_link(:key, $(case_of "'open'"), :ids)|case_unlink(:key, $(case_of "'open'"), :ids)"

# The carrier: now this, now that, of the last day in no order.
load() {
    local n=0
    while storming; do
        n=$((n + 1))
        awk -v seed="${STORM_SEED:-}$1$n" -v now="$(date +%s)" 'BEGIN {
            srand(seed)
            split("in_transit out_for_delivery delivered lost delayed available_for_pickup damaged returning in_transit delivered", st, " ")
            for (i = 1; i <= 12; i++)
                printf "{\"type\":\"event\",\"carrier\":\"ups\",\"tracking_number\":\"S%d\",\"provider\":\"doorstep\",\"occurred_at\":\"%s\",\"code\":\"%s\"}\n",
                    1 + int(rand() * 40), strftime("%Y-%m-%dT%H:%M:%SZ", now - (rand() < 0.7 ? 0 : 86400 * rand()), 1), st[1 + int(rand() * 10)]
        }' >"scans.$1"
        as feeder doorstep ingest --format doorstep "scans.$1" >>load.out 2>&1 || echo "ERROR: ingest $?" >>"said.load.$1"
        sleep 0.1
    done
}
# The worker's part of it, and a helpdesk that answers at once.
toil() {
    local n=0
    while storming; do
        n=$((n + 1))
        {
            echo "SELECT control_due(); SELECT wake_due(); SELECT outbox_settle();"
            echo "SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'fence', fence, 'outcome', 'done', 'desk_id', 'T' || case_id, 'state', state, 'desk_state', state, 'desk_at', clock_timestamp())), '[]') AS items FROM desk_claim('w$1', 'zendesk', 20, 30) \\gset"
            echo "SELECT count(*) FROM desk_record('w$1', 'zendesk', :'items');"
            echo "SELECT count(*) FROM (SELECT jsonb_agg(jsonb_build_object('desk', 'zendesk', 'desk_id', 'T' || id, 'state', s.state, 'desk_state', s.state, 'desk_at', clock_timestamp())) AS i FROM generate_series($((1 + n % 20)), $((3 + n % 20))) id, (SELECT (ARRAY['open', 'pending', 'solved'])[1 + $n % 3] AS state) s) c, LATERAL desk_told(c.i);"
        } | psql -XAtq -d "${DSN/user=test/user=post} options='-csearch_path=doorstep -cstatement_timeout=120s'" -f - 2>>"said.post.$1" >/dev/null || true
        sleep 0.05
    done
}

# What has to have happened for it to count.
enough() {
    [ "$(sql "SET search_path = doorstep; SELECT (SELECT count(*) > 5 FROM outage WHERE ended_at IS NOT NULL) AND (SELECT count(DISTINCT state) >= 6 FROM status_override) AND (SELECT count(*) > 5 FROM support_case)
            AND (SELECT count(*) > 0 FROM activity WHERE verb = 'override_conflict')")" = t ]
}
jobs=()
say ann 1 "$work|$desk|override_apply(:key, :one, :status, 'other', 'storm', :until)|override_revert(:key, :one)|undo(:key)" & jobs+=($!)
say ben 2 "$work|$desk|undo(:key)" & jobs+=($!)
say lea 3 "$apply|$decide|$outage|$work|undo(:key)|undo(:key)" & jobs+=($!)
say lou 4 "$apply|$decide|$outage|$desk|undo(:key)" & jobs+=($!)
load 1 & jobs+=($!)
load 2 & jobs+=($!)
toil 1 & jobs+=($!)
toil 2 & jobs+=($!)
storm "$seconds" enough
for job in "${jobs[@]}"; do wait "$job"; done
is "$(cat said.* 2>/dev/null | grep ERROR | sed 's/^psql:[^ ]* //' | sort | uniq -c | sort -rn | head -n 8)" '' 'nobody met an error: no deadlock, nothing unforeseen'

# the clock does what is left to do
calm() { [ "$(psql -XAtq -d "${DSN/user=test/user=post}" -c 'SELECT doorstep.control_due()')" = 0 ]; }
eventually 20 'the clock comes to rest' calm

# none QUERY LABEL [e]: nothing is wrong; e: the first column is exceptions, and what happened to those that are wrong is told
none() {
    local wrong ids
    wrong=$(sql "SET search_path = doorstep, public; $1" 2>&1 | head -n 6)
    is "$wrong" '' "$2"
    ids=$(cut -d '|' -f 1 <<<"$wrong" | grep -E '^[0-9]+$' | head -n 2 | paste -sd ,)
    [ "${3:-}" != e ] || [ -z "$ids" ] || sql "SELECT '#   ', exception_id, seq, at, actor, verb, text, before, after, key FROM doorstep.activity WHERE exception_id IN ($ids) ORDER BY exception_id, seq"
}
stormed \
    "there was a storm ($(sql "SELECT string_agg(state || ' ' || n, ', ' ORDER BY state) FROM (SELECT state, count(*) AS n FROM doorstep.status_override GROUP BY 1) x"))"
none "SELECT s.id, s.effective_status, s.carrier_status, s.override_id, o.status, o.state FROM shipment s LEFT JOIN status_override o ON o.id = s.override_id AND o.state IN ('active', 'conflict')
       WHERE s.effective_status <> coalesce(o.status, s.carrier_status) OR (s.override_id IS NULL) <> (o.id IS NULL)" 'what is effective is the override in force, else the carrier''s'
none "SELECT o.id, o.shipment_id FROM status_override o WHERE o.state IN ('active', 'conflict') AND NOT EXISTS (SELECT FROM shipment s WHERE s.override_id = o.id)" 'nothing else is in force'
none "SELECT e.id, e.state, e.marks, e.effective_status, s.effective_status, e.carrier_status, s.carrier_status, e.last_scan_at, s.last_scan_at, o.state FROM exception e JOIN shipment s ON s.id = e.shipment_id LEFT JOIN status_override o ON o.id = s.override_id
       WHERE (e.marks & 2 <> 0) <> (s.override_id IS NOT NULL) OR e.marks & 1 <> 0 AND o.state IS DISTINCT FROM 'conflict'
          OR e.state <> 'resolved' AND ((e.effective_status, e.carrier_status, e.last_scan_at) IS DISTINCT FROM (s.effective_status, s.carrier_status, s.last_scan_at) OR (e.marks & 1 <> 0) <> coalesce(o.state = 'conflict', false))" 'exceptions show it, and the conflicts' e
none "SELECT e.id, e.marks FROM exception e WHERE (e.marks & 128 <> 0) <> EXISTS (SELECT FROM case_link l JOIN support_case c ON c.id = l.case_id WHERE l.exception_id = e.id AND c.state IN ('open', 'pending'))" 'a mark where a case is open' e
none "SELECT shipment_id, type FROM support_case WHERE state IN ('open', 'pending') GROUP BY 1, 2 HAVING count(*) > 1" 'one open case a parcel and type'
none "SELECT shipment_id FROM exception WHERE state <> 'resolved' GROUP BY 1 HAVING count(*) > 1" 'one open exception a parcel'
none "SELECT e.id, e.state, e.outages, outages_of(e), e.sla_held FROM exception e
       WHERE e.state <> 'resolved' AND (e.outages <> outages_of(e) OR e.sla_held <> EXISTS (SELECT FROM outage o WHERE o.id = ANY (e.outages) AND o.ended_at IS NULL AND o.pause_sla))" \
    'each is in its outages, and its clock held where one of them pauses' e
none "SELECT e.id, e.outages FROM exception e WHERE e.sla_held AND NOT EXISTS (SELECT FROM outage o WHERE o.id = ANY (e.outages) AND o.ended_at IS NULL AND o.pause_sla)" 'none is held by nothing' e
none "SELECT * FROM (SELECT outage_id, brand_id, sum(n) AS n, sum(fresh) AS fresh FROM outage_counter c JOIN outage o ON o.id = c.outage_id AND o.ended_at IS NULL GROUP BY 1, 2 HAVING sum(n) <> 0 OR sum(fresh) <> 0) c
       FULL JOIN (SELECT o AS outage_id, brand_id, count(*) AS n, count(*) FILTER (WHERE state = 'new') AS fresh FROM exception e, unnest(e.outages) o
                   WHERE state <> 'resolved' AND o IN (SELECT id FROM outage WHERE ended_at IS NULL) GROUP BY 1, 2) r USING (outage_id, brand_id)
       WHERE (c.n, c.fresh) IS DISTINCT FROM (r.n, r.fresh)" 'outages count what is in them'
none "SELECT id, state, sla_held, first_response_due_at, resolve_due_at, first_left_s, resolve_left_s FROM exception
       WHERE CASE WHEN state IN ('waiting', 'snoozed') OR state <> 'resolved' AND sla_held THEN num_nonnulls(first_response_due_at, resolve_due_at) > 0 OR num_nulls(first_left_s, resolve_left_s) > 0
                  WHEN state IN ('new', 'working') THEN num_nulls(first_response_due_at, resolve_due_at) > 0 OR num_nonnulls(first_left_s, resolve_left_s) > 0
                  ELSE num_nulls(first_left_s, resolve_left_s) > 0 END" 'every clock runs, or stands with what was left' e
none "SELECT * FROM (SELECT lane_id, sum(n) AS n FROM lane_open GROUP BY 1 HAVING sum(n) <> 0) o
       FULL JOIN (SELECT l.id AS lane_id, count(*) AS n FROM exception e JOIN lane l ON (l.carrier_id, l.region, l.service, l.brand_id) = (e.carrier_id, coalesce(e.region, ''), coalesce(e.service, ''), e.brand_id)
                   WHERE e.state <> 'resolved' GROUP BY 1) r USING (lane_id) WHERE o.n IS DISTINCT FROM r.n" 'lanes count what is open'
none "SELECT b.id, b.state, b.applied, b.skipped, count(*) FROM override_batch b JOIN status_override o ON o.batch_id = b.id
       WHERE b.state IN ('pending', 'rejected', 'withdrawn', 'lapsed') AND o.state <> 'pending' OR b.state IN ('applied', 'reverted') AND o.state = 'pending' GROUP BY b.id" 'batches and their members agree'
none "SELECT b.id FROM override_batch b JOIN outage x ON x.id = b.outage_id WHERE x.ended_at IS NOT NULL AND b.state = 'pending'" 'no batch waits for an outage that is over'
none "SELECT * FROM audit_verify()" 'every chain is whole'
none "SELECT * FROM control_verify()" 'that of control, too'
none "SELECT * FROM (SELECT exception_id, seq, before ->> 'state' AS found, lag(after ->> 'state') OVER w AS left_so, count(*) OVER w AS nth
                       FROM activity WHERE after ? 'state' WINDOW w AS (PARTITION BY exception_id ORDER BY seq)) x WHERE nth > 1 AND found IS DISTINCT FROM left_so" 'the activity of every state is unbroken' e
none "SELECT * FROM (SELECT brand_id, carrier_id, kind, state, sum(n) AS n FROM counter GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0) c
       FULL JOIN (SELECT brand_id, carrier_id, kind, state, count(*) AS n FROM exception GROUP BY 1, 2, 3, 4) r
       USING (brand_id, carrier_id, kind, state) WHERE c.n IS DISTINCT FROM r.n" 'counters are what there is'
done_testing
