#!/bin/bash
# Everything that learns at once: two feeds tell of parcels late, twice and out of order, with estimates that slip and promises that move; the clock
# runs ahead in sweeps; rules fire, their workers are killed in between; people work, log contacts, take back, override and declare outages; the
# dictionary is changed and history read anew; somebody is forgotten; reports are rolled up. Then everything that is kept twice still agrees, and
# nothing happened twice. What each does comes from a fixed seed; STORM_SECONDS: how long at least; STORM_SEED: a number, for another one.
# shellcheck source=tests/tools/lib.sh
. tests/tools/lib.sh
seconds=${STORM_SECONDS:-8}
for name in ann ben; do sql "SELECT doorstep.user_add('$name', 'agent')" >/dev/null; done
for name in lea lou; do sql "SELECT doorstep.user_add('$name', 'lead')" >/dev/null; done
person feeder feed
person post worker
parcels=40

# ---------------------------------------------------------------- before
# Forty parcels of twenty customers; promises around now, in zones apart; every fourth is not scanned yet.
orders() {
    awk -v n="$parcels" -v now="$(date +%s)" 'BEGIN {
        split("America/New_York America/Los_Angeles Europe/Berlin Asia/Tokyo", zone, " ")
        split("gold silver basic", tier, " ")
        for (i = 1; i <= n; i++)
            printf "{\"type\":\"order\",\"order_number\":\"L-%d\",\"brand\":\"acme\",\"customer\":{\"external_id\":\"c%d\",\"name\":\"Rosa Delgado %d\",\"email\":\"rosa%d@example.com\",\"phone\":\"+1512555%04d\",\"language\":\"en\",\"tier\":\"%s\",\"time_zone\":\"%s\",\"consent\":{\"email\":true,\"sms\":true}},\"shipments\":[{\"carrier\":\"ups\",\"tracking_number\":\"L%d\",\"promised_at\":\"%s\"}]}\n",
                i, 1 + i % 20, 1 + i % 20, 1 + i % 20, 1000 + i % 20, tier[1 + i % 3], zone[1 + i % 4], i, strftime(i % 2 ? "%Y-%m-%dT00:00:00Z" : "%Y-%m-%dT%H:%M:%SZ", now + (i % 7 - 3) * 86400, 1)
    }'
}
# scans SEED N: of the last four days in no order, each fourth with an estimate; codes nobody knows among them
scans() {
    awk -v seed="$1" -v n="$2" -v most="$parcels" -v now="$(date +%s)" 'BEGIN {
        srand(seed)
        split("in_transit out_for_delivery delivered lost delayed available_for_pickup damaged returning in_transit in_transit in_transit exception failed_attempt storm_a storm_b label_created", st, " ")
        for (i = 1; i <= n; i++) {
            edd = rand() < 0.25 ? sprintf(",\"edd\":\"%s\"", strftime("%Y-%m-%dT00:00:00Z", now + int(rand() * 8 - 3) * 86400, 1)) : ""
            code = st[1 + int(rand() * 16)]
            line = sprintf("{\"type\":\"event\",\"carrier\":\"ups\",\"tracking_number\":\"L%d\",\"provider\":\"%s\",\"occurred_at\":\"%s\",\"code\":\"%s\"%s}",
                1 + int(rand() * most), code ~ /^storm/ ? "easypost" : "doorstep", strftime("%Y-%m-%dT%H:%M:%SZ", now - (rand() < 0.5 ? 0 : 4 * 86400 * rand()), 1), code, edd)
            print line
            if (rand() < 0.2) print line
        }
    }'
}
orders >orders.jsonl
{ cat orders.jsonl; scans "7${STORM_SEED:-}" 60; } | as feeder doorstep ingest --format doorstep >/dev/null 2>&1
is "$(sql "SELECT count(*) FROM doorstep.shipment")" $parcels 'forty parcels'
sql "UPDATE doorstep.control_policy SET override_threshold = 1000;
     UPDATE doorstep.contact_policy SET quiet_from = NULL, quiet_to = NULL, cap = 50, undo_seconds = 1" >/dev/null
rule() { as lea doorstep rule save "$1" "$2" >/dev/null 2>&1; as lea doorstep rule enable "$1" --per-hour 100000 >/dev/null 2>&1; }
rule tag-gold 'when tier:gold on opened,escalated do tag gold_watch; severity high'
rule hand-lost 'when kind:lost,damaged do assign ann; case carrier_trace'
rule tell-late 'when kind:late_promise,stalled,not_shipped on opened,stalled do send late_promise by email; tag told'
rule sleep-delay 'when kind:delay_carrier do snooze 2h or scan; hold 4h'
rule after 'when carrier:ups on resolved do tag over'
rule answer 'when carrier:ups on reply do severity high'
is "$(sql "SELECT count(*) FROM doorstep.rule WHERE enabled")" 6 'six rules are on'
sql "UPDATE doorstep.rule_setting SET per_exception = 1000" >/dev/null

# ---------------------------------------------------------------- who does what
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
                of = 1 + int(rand() * 5)
                for (k = 1; k <= of; k++) ids = ids (k > 1 ? "," : "") 1 + int(rand() * 60)
                gsub(":key", "md5(\x27" seed "-" i "\x27)::uuid", text)
                gsub(":ids", "\x27{" ids "}\x27", text)
                gsub(":one", "\x27{" 1 + int(rand() * 60) "}\x27", text)
                gsub(":number", 1 + int(rand() * 20), text)
                gsub(":flag", rand() < 0.5 ? "true" : "false", text)
                split("delivered lost delayed returned in_transit available_for_pickup cancelled", st, " ")
                gsub(":status", "\x27" st[1 + int(rand() * 7)] "\x27", text)
                split("wismo address refund damaged reply", dr, " ")
                gsub(":driver", "\x27" dr[1 + int(rand() * 4)] "\x27", text)
                split("tag-gold hand-lost tell-late sleep-delay after answer", ru, " ")
                gsub(":rule", "\x27{" ru[1 + int(rand() * 6)] "," ru[1 + int(rand() * 6)] "}\x27", text)
                gsub(":storm", rand() < 0.5 ? "storm_a" : "storm_b", text)
                gsub(":until", rand() < 0.3 ? "clock_timestamp() + interval \x27" int(200 + 800 * rand()) " ms\x27" : "NULL", text)
                print "SELECT count(*) FROM " text ";"
                if (rand() < 0.1) print "SELECT count(*) FROM " text ";"
            }
        }' | psql -XAtq -d "${DSN/user=test/user=$1} options='-csearch_path=doorstep -cstatement_timeout=120s'" -f - 2>>"said.$1.$2" >/dev/null || true
    done
}
lives="ARRAY(SELECT id FROM outage WHERE ended_at IS NULL)"
work="claim(:key, :ids)|release(:key, :ids)|wait(:key, :ids, :until)|snooze(:key, :ids, :until, true)|work(:key, :ids)|resolve(:key, :ids, 'refunded')|resolve(:key, :ids, 'refunded')|reopen(:key, :ids)|reopen(:key, :ids)|take_next(:key)|severity(:key, :ids, 'high')"
talk="contact_log(:key, :ids, :driver, 'phone', 'they said so')|contact_log(:key, :ids, :driver)|contact_log(:key, :one, :driver)|undo(:key)|undo(:key)"
lead="override_apply(:key, :ids, :status, 'other', 'storm', :until)|override_revert(:key, :ids)|outage_declare(:key, '{\"carrier\": [\"ups\"], \"kind\": [\"lost\", \"stalled\"]}', 'storm', :flag, :flag, NULL, NULL, clock_timestamp() + interval '700 ms')|outage_end(:key, $lives)|outage_end(:key, $lives)|outage_end(:key, $lives)|outage_end(:key, $lives)"
rules="rule_disable(:key, :rule)|rule_enable(:key, :rule)|rule_enable(:key, :rule)|rule_enable(:key, :rule, 50)|rule_enable(:key, :rule, 100)|rules_stop(:key, :flag)|rules_stop(:key, false)|rule_save(:key, 'after', '{\"filter\": \"carrier:ups tier:gold\", \"on\": [\"resolved\"], \"do\": [{\"do\": \"tag\", \"tag\": \"over\"}]}')|rule_save(:key, 'after', '{\"filter\": \"carrier:ups\", \"on\": [\"resolved\"], \"do\": [{\"do\": \"tag\", \"tag\": \"over\"}]}')"
words="dictionary_draft_save(:key, '{\"what\": \"entry\", \"provider\": \"easypost\", \"code\": \":storm\", \"role\": \"open\", \"status\": \"delayed\", \"kind\": \"lost\", \"severity\": \"high\", \"label\": \"storm\"}')|dictionary_draft_save(:key, '{\"what\": \"entry\", \"provider\": \"easypost\", \"code\": \":storm\", \"role\": \"normal\", \"status\": \"in_transit\", \"label\": \"calm\"}')|dictionary_approve(:key, (SELECT max(id) FROM dictionary_drafts()), 0, 30)|dictionary_approve(:key, (SELECT max(id) FROM dictionary_drafts()), 0, 30)|dictionary_reprocess(:key, 'easypost', NULL, 30, 0)"
people="customer_forget(:key, ARRAY[:number]::bigint[], 'asked for it', true)|silence_set(:key, 'ups', NULL, '{\"stalled_h\": 48}')|silence_set(:key, 'ups', NULL, '{\"stalled_h\": 24}')|rollup_rebuild(clock_timestamp() - interval '1 day', clock_timestamp())"

load() { # the carrier, and the shop that tells of its orders again with other promises
    local n=0
    while storming; do
        n=$((n + 1))
        {
            scans "${STORM_SEED:-}$1$n" 12
            [ $((n % 5)) -ne 0 ] || sed -n "$((1 + n % parcels))p" orders.jsonl | sed "s/\"promised_at\":\"[^\"]*\"/\"promised_at\":\"$(date -u -d "$((n % 5 - 2)) days" +%Y-%m-%dT00:00:00Z)\"/"
        } >"scans.$1"
        as feeder doorstep ingest --format doorstep "scans.$1" >>load.out 2>>"load.err" || echo "ERROR: ingest $?: $(tail -n 1 load.err)" >>"said.load.$1"
        sleep 0.1
    done
}
# The passes at times that go ahead, as psql; never further than the sweep of the end.
sweep() {
    local n=0
    while storming; do
        n=$((n + 1))
        {
            echo "SELECT * FROM pass_sweep(clock_timestamp() + interval '$((n % 3)) minutes'); SELECT * FROM pass_sweep();"
            echo "SELECT * FROM pass_warn(); SELECT * FROM pass_truth(NULL); SELECT * FROM pass_rollup(NULL); SELECT * FROM pass_remap(NULL);"
            echo "SELECT wake_due(); SELECT control_due(); SELECT outbox_settle();"
            [ $((n % 7)) -ne 0 ] || echo "SELECT * FROM pass_retention(NULL); SELECT * FROM pass_partitions(clock_timestamp() + interval '$((n / 7)) months');"
        } | psql -XAtq -d "${DSN/user=test/user=post} options='-csearch_path=doorstep -cstatement_timeout=120s'" -f - 2>>"said.post.$1" >/dev/null || true
        sleep 0.05
    done
}
# A real worker that is killed wherever it is, and one that comes after it.
toil() {
    local n=0 pid
    while storming; do
        n=$((n + 1))
        (exec "$DOORSTEP" --dsn "${DSN/user=test/user=post}" worker --once >/dev/null 2>>"toil.$1") &
        pid=$!
        if [ $((n % 3)) -ne 0 ]; then
            sleep "0.$((100 + (n * 137 + $1 * 53) % 800))"
            kill -9 $pid 2>/dev/null
        fi
        wait $pid 2>/dev/null
        psql -XAtq -d "$DSN" -c "UPDATE doorstep.rule_event SET lease_until = '-infinity' WHERE claim IS NOT NULL AND lease_until > now() AND lease_until < now() + interval '59 seconds'" 2>>"said.lease.$1" || true
    done
}

# What has to have happened for it to count.
enough() {
    [ "$(sql "SET search_path = doorstep; SELECT (SELECT count(DISTINCT rule_id) >= 3 FROM rule_firing WHERE outcome = 'done') AND (SELECT count(*) > 3 FROM activity WHERE actor = 'sweep') AND (SELECT max(version) > 2 FROM dictionary_version)
            AND (SELECT count(*) > 5 FROM contact) AND (SELECT count(*) > 5 FROM activity WHERE verb IN ('reopen', 'reopened'))")" = t ]
}
jobs=()
say ann 1 "$work|$talk" & jobs+=($!)
say ben 2 "$work|$talk" & jobs+=($!)
say lea 3 "$lead|$work|$rules|undo(:key)" & jobs+=($!)
say lou 4 "$lead|$words|$people|undo(:key)|$rules" & jobs+=($!)
say lea 5 "$words|$rules|$talk" & jobs+=($!)
load 1 & jobs+=($!)
load 2 & jobs+=($!)
sweep 1 & jobs+=($!)
sweep 2 & jobs+=($!)
toil 1 & jobs+=($!)
toil 2 & jobs+=($!)
storm "$seconds" enough
for job in "${jobs[@]}"; do wait "$job"; done
is "$(cat said.* 2>/dev/null | grep ERROR | sed 's/^psql:[^ ]* //' | sort | uniq -c | sort -rn | head -n 8)" '' 'nobody met an error: no deadlock, nothing unforeseen'
is "$(grep -hE 'not made' toil.* | sed 's/^[^ ]* //' | sort | uniq -c | head -n 5)" '' 'nor did a worker'

# ---------------------------------------------------------------- afterwards
sql "SET search_path = doorstep; UPDATE rule_event SET lease_until = '-infinity'; UPDATE rule_setting SET stopped = false;
     UPDATE outreach SET lease_until = now() WHERE state = 'sending'" >/dev/null 2>&1
sql "SELECT FROM doorstep.outage_end(gen_random_uuid(), ARRAY(SELECT id FROM doorstep.outage WHERE ended_at IS NULL))" >/dev/null 2>&1
calm() { as post doorstep worker --once "$@" >calm.out 2>calm.err && grep -q '"passes":{}' calm.out; }
eventually 30 'a worker that is left alone comes to rest' calm
later=$(date -u -d '+40 days' +%FT%TZ)
run as post doorstep worker --once --now "$later"
expect_status 0 'and finds in forty days what is silent then'
eventually 30 'and comes to rest again: what ends then is looked at once more' calm --now "$later"

# none QUERY LABEL [e]: nothing is wrong; e: the first column is exceptions, and what happened to those that are wrong is told
none() {
    local wrong ids
    wrong=$(sql "SET search_path = doorstep, public; $1" 2>&1 | head -n 6)
    is "$wrong" '' "$2"
    ids=$(cut -d '|' -f 1 <<<"$wrong" | grep -E '^[0-9]+$' | head -n 2 | paste -sd ,)
    [ "${3:-}" != e ] || [ -z "$ids" ] || sql "SELECT '#   ', exception_id, seq, at, actor, verb, text, before, after, key FROM doorstep.activity WHERE exception_id IN ($ids) ORDER BY exception_id, seq"
}
stormed \
    "there was a storm ($(sql "SELECT string_agg(what || ' ' || n, ', ') FROM (SELECT 'rules ' || outcome AS what, count(*) AS n FROM doorstep.rule_firing GROUP BY 1 UNION ALL SELECT verb, count(*) FROM doorstep.activity WHERE actor = 'sweep' GROUP BY 1
        UNION ALL SELECT 'version', max(version) FROM doorstep.dictionary_version UNION ALL SELECT 'messages', count(*) FROM doorstep.outreach UNION ALL SELECT 'forgotten', count(*) FROM doorstep.customer WHERE forgotten_at IS NOT NULL) x"))"
none "SELECT shipment_id FROM exception WHERE state <> 'resolved' GROUP BY 1 HAVING count(*) > 1" 'one open exception a parcel'
none "SELECT exception_id, reason, count(*) FROM (SELECT a.exception_id, e.shipment_id, a.after ->> 'kind' AS kind, split_part(a.text, ': ', 2) AS reason FROM activity a JOIN exception e ON e.id = a.exception_id
        WHERE a.actor = 'sweep' AND a.verb IN ('opened', 'reopened')) x GROUP BY shipment_id, kind, exception_id, reason HAVING count(*) > 1" 'no silence is opened twice' e
none "SELECT e.id, e.kind, s.effective_status, s.carrier_status FROM exception e JOIN shipment s ON s.id = e.shipment_id
       WHERE e.state <> 'resolved' AND e.kind = 'late_promise' AND s.carrier_status = 'delivered' AND s.override_id IS NULL AND e.marks & 128 = 0
         AND NOT EXISTS (SELECT FROM activity a WHERE a.exception_id = e.id AND a.verb = 'reopen')" 'nothing that is delivered is late, but what somebody opened again' e
none "SELECT w.shipment_id, w.look_at FROM watch w WHERE w.look_at < clock_timestamp() + interval '40 days'" 'nothing waits to be looked at'
none "SELECT s.id FROM shipment s WHERE NOT silence_over(s.effective_status) AND NOT silence_over(s.carrier_status) AND NOT EXISTS (SELECT FROM watch w WHERE w.shipment_id = s.id)" 'everything under way is watched'
none "SELECT y.shipment_id, y.kind FROM silence y JOIN shipment s ON s.id = y.shipment_id WHERE silence_over(s.carrier_status) AND s.override_id IS NULL" 'what has ended is not silent'
none "SELECT a.exception_id, a.actor, count(*), rule_episode(a.exception_id) FROM activity a WHERE a.actor LIKE 'rule %' AND a.verb = 'rule' AND a.text NOT LIKE 'waits:%' GROUP BY 1, 2 HAVING count(*) > 1 + rule_episode(a.exception_id)" 'a rule acts once an exception and reopening' e
none "SELECT f.rule_id, f.exception_id, f.episode, rule_episode(f.exception_id) FROM rule_firing f WHERE f.outcome = 'held' AND f.episode < rule_episode(f.exception_id)" 'nothing is held for what is over'
none "SELECT count(*) FROM rule_event HAVING count(*) > 0" 'no event is left'
none "SELECT o.exception_id, o.by, count(*) FROM outreach o WHERE o.by LIKE 'rule %' GROUP BY 1, 2 HAVING count(*) > 1 + rule_episode(o.exception_id)" 'no message twice' e
none "SELECT c.exception_id, c.type, count(*) FROM (SELECT l.exception_id, k.type FROM case_link l JOIN support_case k ON k.id = l.case_id WHERE k.state IN ('open', 'pending')) c GROUP BY 1, 2 HAVING count(*) > 1" 'no case twice' e
none "SELECT id, state, sla_held, first_response_due_at, resolve_due_at, first_left_s, resolve_left_s FROM exception
       WHERE CASE WHEN state IN ('waiting', 'snoozed') OR state <> 'resolved' AND sla_held THEN num_nonnulls(first_response_due_at, resolve_due_at) > 0 OR num_nulls(first_left_s, resolve_left_s) > 0
                  WHEN state IN ('new', 'working') THEN num_nulls(first_response_due_at, resolve_due_at) > 0 OR num_nonnulls(first_left_s, resolve_left_s) > 0
                  ELSE num_nulls(first_left_s, resolve_left_s) > 0 END" 'every clock runs, or stands with what was left' e
none "SELECT e.id, e.state, e.outages, outages_of(e), e.sla_held FROM exception e
       WHERE e.state <> 'resolved' AND (e.outages <> outages_of(e) OR e.sla_held <> EXISTS (SELECT FROM outage o WHERE o.id = ANY (e.outages) AND o.ended_at IS NULL AND o.pause_sla))" 'each is in its outages' e
none "SELECT e.id, e.effective_status, s.effective_status, e.carrier_status, s.carrier_status, e.promised_at, s.promised_at, e.edd_at, s.edd_at FROM exception e JOIN shipment s ON s.id = e.shipment_id
       WHERE e.state <> 'resolved' AND (e.effective_status, e.carrier_status, e.last_scan_at, e.promised_at, e.edd_at) IS DISTINCT FROM (s.effective_status, s.carrier_status, s.last_scan_at, s.promised_at, s.edd_at)" 'exceptions say what their parcels do' e
none "SELECT * FROM (SELECT exception_id, seq, before ->> 'state' AS found, lag(after ->> 'state') OVER w AS left_so, count(*) OVER w AS nth
                       FROM activity WHERE after ? 'state' WINDOW w AS (PARTITION BY exception_id ORDER BY seq)) x WHERE nth > 1 AND found IS DISTINCT FROM left_so" 'the activity of every state is unbroken' e
none "SELECT * FROM (SELECT brand_id, carrier_id, kind, state, sum(n) AS n FROM counter GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0) c
       FULL JOIN (SELECT brand_id, carrier_id, kind, state, count(*) AS n FROM exception GROUP BY 1, 2, 3, 4) r
       USING (brand_id, carrier_id, kind, state) WHERE c.n IS DISTINCT FROM r.n" 'counters are what there is'
none "SELECT k.id, k.repeat_of, contact_before(k) FROM contact k WHERE k.repeat_of IS DISTINCT FROM contact_before(k)" 'each contact repeats the one before it'
none "SELECT * FROM audit_verify()" 'every chain is whole'
none "SELECT * FROM control_verify()" 'that of control, too'
psql -XAtq -d "${DSN/user=test/user=lea}" -c "SELECT * FROM doorstep.rollup_rebuild(clock_timestamp() - interval '10 days', clock_timestamp() + interval '50 days')" >rebuilt 2>&1
is "$(cut -d '|' -f 1,4 rebuilt | paste -sd ' ')" 'exception|0 message|0 contact|0 agent|0 delivery|0' 'rollups are what they are made of'
done_testing
