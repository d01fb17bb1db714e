#!/bin/bash
# Overrides from the command line: looking first, confirming, the second lead, what is refused, races.
# shellcheck source=tests/tools/lib.sh
. tests/tools/lib.sh
# shellcheck disable=SC2317  # `as` runs doorstep
for p in "lea lead" "lou lead" "maria agent" "vic viewer"; do
    # shellcheck disable=SC2086
    person $p
done
sql "CREATE ROLE feeder LOGIN IN ROLE doorstep_feed" >/dev/null
scan() { # NUMBER STATUS SECONDS-AGO
    printf '{"type":"event","carrier":"ups","tracking_number":"OV%s","provider":"doorstep","occurred_at":"%s","code":"%s"}\n' "$1" "$(date -u -d "-$3 seconds" +%Y-%m-%dT%H:%M:%SZ)" "$2"
}
for n in $(seq 1 60); do scan "$n" lost 7200; done | as feeder doorstep ingest --format doorstep >/dev/null 2>&1
is "$(sql "SELECT count(*) FROM doorstep.exception WHERE state = 'new'")" 60 'sixty parcels in trouble'
id() { sql "SELECT id FROM doorstep.exception WHERE tracking_number = 'OV$1'"; }

# --- bad input
run as lea doorstep override apply "$(id 1)" --status lost --note 'they said' --yes
expect_status 64 'no reason is refused'
expect_err_like 'why\? --reason with one of carrier_outage' 'and says which there are'
run as lea doorstep override apply "$(id 1)" --status lost --reason other --yes
expect_status 64 'no note'
run as lea doorstep override apply "$(id 1)" --status attempted --reason other --note 'they said' --yes
expect_status 64 'an impossible status'
expect_err_like 'possible are delivered, lost, delayed' 'the possible ones are named'
run as lea doorstep override apply "$(id 1)" --status delayed --reason other --note 'they said' --expires 2020-01-01 --yes
expect_err_like 'past' 'a date in the past is refused'
for f in '' 'sort:newest' 'state:new,working -carrier:dhl'; do
    run as lea doorstep override apply --filter "$f" --status delayed --reason other --note 'they said' --yes
    expect_status 64 "the filter \"$f\" is refused"
    expect_err_like 'every open exception: narrow it down' 'as everything'
done
run as lea doorstep override apply --filter 'carrier:dhl' --status delayed --reason other --note 'they said' --yes
expect_status 65 'a filter of nothing is refused'
expect_err_like 'nothing is selected' 'and says so'
run as lea doorstep override apply "$(id 1)" --status delayed --reason other --note 'they said'
expect_status 64 'without a terminal nothing is overridden unasked'
run as maria doorstep override apply "$(id 1)" "$(id 2)" --status delayed --reason other --note 'they said' --yes
expect_status 77 'agents override one'
expect_err_like 'agents override one shipment an action, leads a selection' 'the sentence says who may'
is "$(sql 'SELECT count(*) FROM doorstep.override_batch')" 0 'nothing of that did anything'

# --- one
run as maria doorstep override apply "$(id 1)" --status delayed --preview --format json
expect_out_like '"what":"changes","carrier":null,"status":null,"count":1' 'a preview for programs'
run as maria doorstep override apply "$(id 1)" --status delayed --reason other --note 'they said' --yes
expect_status 0 'an agent overrides one'
expect_err_like '^(doorstep[^:]*: )?1 shipment is "delayed" until 20' 'and reads what it did'
run as maria doorstep show "$(id 1)"
expect_out_like '^  delayed by maria, active until 20.*: other – they said' 'show says who set it, until when and why'
run as maria doorstep show "$(id 1)" --format json
expect_out_like '"overrides": \[\{.*"by": "maria"' 'the document, too'
run as maria doorstep undo
expect_status 0 'undone'
is "$(sql "SELECT effective_status FROM doorstep.shipment WHERE tracking_number = 'OV1'")" lost 'as before'

run as maria doorstep override apply "$(id 1)" --status delayed --reason other --note 'they said' --yes
run as maria doorstep override revert "$(id 1)" --note '100%s wrong'
expect_status 0 'taken back, saying why'
is "$(sql "SELECT text FROM doorstep.activity WHERE verb = 'override_revert' ORDER BY at DESC LIMIT 1")" "took back maria's override \"delayed\": it is \"lost\" again – 100%s wrong" 'the timeline tells it'
# --- the second lead
run as lea doorstep override apply --filter 'carrier:ups' --status delayed --reason carrier_outage --note 'hub flooded' --yes
expect_status 0 'sixty are asked for'
expect_err_like 'batch [0-9]+ waits for a second lead: 60 shipments are more than the 50' 'and wait'
b=$(sql 'SELECT max(id) FROM doorstep.override_batch')
run as lea doorstep override list --format json
expect_out_like '"at":"20[0-9T:.-]+Z",.*"expires_at":"20[0-9T:.-]+Z"' 'times as everywhere'
run as lea doorstep override approve "$b"
expect_status 77 'nobody approves their own batch'
expect_err_like 'nobody approves their own override' 'says why'
run as lou doorstep override list --pending --format csv
expect_out_like "^$b,pending,delayed,60" 'another lead sees it'
run as lea doorstep resolve "$(id 3)" --code refunded
for i in 1 2; do
    as lou doorstep override approve "$b" >"$WORK/approve$i" 2>&1 &
    eval "p$i=$!"
done
# shellcheck disable=SC2154
wait "$p1"; s1=$?
# shellcheck disable=SC2154
wait "$p2"; s2=$?
is "$(printf '%s\n' "$s1" "$s2" | sort -n | tr '\n' ' ')" '1 1 ' 'of two approvals at once one is partial, one refused'
is "$(cat "$WORK/approve1" "$WORK/approve2" | grep -c 'lou approved batch')" 1 'which says who was first'
is "$(sql "SELECT applied, skipped FROM doorstep.override_batch WHERE id = $b")" '59|1' 'what was resolved meanwhile is skipped, the rest applied'
sql "UPDATE doorstep.override_batch SET note = note || E' \\x1b[2J' WHERE id = $b" >/dev/null
run as lou doorstep override show "$b"
is "$(grep -c "$(printf '\033')" "$WORK/out")" 0 'nothing of it reaches the terminal as a command'
expect_out_like 'skipped.*lea resolved it meanwhile' 'and said of each'
run as vic doorstep override revert --batch "$b"
expect_status 77 'viewers take nothing back'
run as lou doorstep override revert --batch "$b" --note 'over'
expect_status 0 'taken back'
expect_err_like '59 shipments as before' 'all of it'
run as lou doorstep undo
expect_status 1 'which is not taken back'
expect_out_like 'nothing of the last hour to take back: the taking back of overrides stays' 'as is said'
is "$(sql "SELECT count(*) FROM doorstep.exception WHERE effective_status <> 'lost' OR marks & 3 <> 0")" 0 'exactly'

# --- rules
run as lea doorstep override policy --threshold 100
expect_status 77 'a lead does not widen the rule'
run as lea doorstep override policy --threshold 30
expect_status 0 'but makes it stricter'
sql 'UPDATE doorstep.control_policy SET override_threshold = 1000' >/dev/null

# --- overrides, carriers and claims at once
for k in 1 2 3 4; do
    as lea doorstep override apply --filter carrier:ups --status delayed --reason carrier_outage --note "round $k" --yes >/dev/null 2>>"$WORK/storm" &
    for n in $(seq 1 60); do scan "$n" "$( [ $((n % 3)) -eq 0 ] && echo in_transit || echo out_for_delivery)" $((200 - k * 20)); done | as feeder doorstep ingest --format doorstep >/dev/null 2>>"$WORK/storm" &
    as maria doorstep claim --filter 'carrier:ups owner:none' >/dev/null 2>>"$WORK/storm" &
    as lou doorstep override revert --filter carrier:ups >/dev/null 2>>"$WORK/storm" &
    wait
done
is "$(grep -ci deadlock "$WORK/storm")" 0 'no deadlock'
is "$(sql "SELECT count(*) FROM doorstep.shipment s LEFT JOIN doorstep.status_override o ON o.id = s.override_id AND o.state IN ('active', 'conflict')
            WHERE s.effective_status <> coalesce(o.status, s.carrier_status) OR (s.override_id IS NULL) <> (o.id IS NULL)")" 0 'what is effective is the override in force, else the carrier''s'
is "$(sql "SELECT count(*) FROM doorstep.status_override o WHERE o.state IN ('active', 'conflict') AND NOT EXISTS (SELECT FROM doorstep.shipment s WHERE s.override_id = o.id)")" 0 'nothing else is in force'
is "$(sql "SELECT count(*) FROM doorstep.exception e JOIN doorstep.shipment s ON s.id = e.shipment_id WHERE (e.marks & 2 <> 0) <> (s.override_id IS NOT NULL) OR e.state <> 'resolved' AND e.effective_status <> s.effective_status")" 0 'exceptions show it'
run as lea doorstep audit verify
expect_status 0 'every chain is whole'
done_testing
