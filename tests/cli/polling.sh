#!/bin/bash
# Aggregators asked about parcels that no webhook tells of: who is asked what, what is due, and what no, not now and nonsense do.
. tests/tools/lib.sh
track=$(dirname "$DOORSTEP")/tests/tool_track
track_pid='' port=''
trap 'kill $track_pid 2>/dev/null' EXIT
person post worker
person lea lead
person maria agent
start() { # ARG…: an aggregator, its log empty
    [ -z "$track_pid" ] || { kill "$track_pid"; wait "$track_pid" 2>/dev/null; }
    : >track.log
    rm -f port
    "$track" track.log "$@" >port 2>/dev/null &
    track_pid=$!
    eventually 5 'an aggregator on loopback' test -s port
    port=$(cat port)
    unset DOORSTEP_EASYPOST_URL DOORSTEP_AFTERSHIP_URL DOORSTEP_SHIPPO_URL DOORSTEP_SHIPENGINE_URL
}
at() { export "DOORSTEP_${1^^}_URL=$1://geheim42@?base=http://127.0.0.1:$port&connections=1"; }
label() { # NUMBER…: parcels with an order and no scan
    local n
    for n; do
        printf '{"type":"order","order_number":"O-%s","brand":"acme","customer":{"id":"%s","name":"Rosa"},"shipments":[{"carrier":"ups","tracking_number":"%s"}]}\n' "$n" "$n" "$n"
    done | "$DOORSTEP" --dsn "$DSN" ingest >/dev/null
}
kind() { sql "SELECT coalesce(max(e.kind::text), '-') || ' ' || max(s.carrier_status) FROM doorstep.shipment s LEFT JOIN doorstep.exception e ON e.shipment_id = s.id WHERE s.tracking_number = '$1'"; }
due() { sql "UPDATE doorstep.poll_state SET next_at = now() - interval '1 min'" >/dev/null; }
poll() { run as post doorstep poll "$@"; }
in_days() { date -u -d "+$1 days" +%FT%TZ; }
counts() { printf '"asked":%s,"answered":%s,"unknown":%s,"failed":%s' "$@"; }

# Nobody to ask
run as post doorstep poll
expect_status 78 'without a source'
expect_err 'doorstep poll: there is nobody to ask: set DOORSTEP_EASYPOST_URL, DOORSTEP_SHIPPO_URL, DOORSTEP_AFTERSHIP_URL or DOORSTEP_SHIPENGINE_URL' 'it says what to set'

# EasyPost, one number a question, page after page
label 1ZP1 NONE1 MANY1 BROKEN1
start; at easypost
poll
expect_out_like "\"taken_up\":4,$(counts 0 0 0 0)" 'what came just now is not due yet'
due
poll
expect_status 69 'one answer cannot be read'
expect_out_like "$(counts 4 2 1 1).*\"documents\":3" 'two answered, one unknown, one broken'
is "$(grep -c before_id track.log) $(wc -l <track.log)" '1 5' 'the second page was asked for'
is "$(kind 1ZP1) / $(kind NONE1)" 'undeliverable undeliverable / - unknown' 'what they said is an exception here'
is "$(cat out err track.log | grep -c geheim42)" 0 'the key shows nowhere'
poll
expect_out_like "$(counts 0 0 0 0)" 'nothing is due: nobody is asked'
is "$(sql "SELECT string_agg(tries || ' ' || (said IS NOT NULL), ',' ORDER BY tracking_number) FROM doorstep.poll_state p JOIN doorstep.shipment s ON s.id = p.shipment_id")" \
    '0 false,1 true,0 false,1 true' 'who did not answer is remembered'
is "$(sql "SELECT bool_and(next_at > now() + interval '50 min') FROM doorstep.poll_state")" t 'the next question is an hour away, or more'

# What a webhook tells of, what is over
sql "UPDATE doorstep.poll_state SET asked_at = NULL" >/dev/null
printf '{"type":"event","carrier":"ups","tracking_number":"NONE1","occurred_at":"2026-11-21T11:00:00Z","code":"I"}\n{"type":"event","carrier":"ups","tracking_number":"BROKEN1","occurred_at":"2026-11-21T11:00:00Z","code":"D"}\n' |
    "$DOORSTEP" --dsn "$DSN" ingest >/dev/null
due
start; at easypost
poll
is "$(grep -c 'NONE1\|BROKEN1' track.log)" 0 'neither is asked about'
is "$(sql "SELECT count(*) FROM doorstep.poll_state p JOIN doorstep.shipment s ON s.id = p.shipment_id WHERE tracking_number = 'BROKEN1'")" 0 'and the delivered one is forgotten'

# Not now: Retry-After is obeyed, and nothing is lost
start --times 1 429 120; at easypost
then=$(in_days 2)
poll --limit 10 --now "$then"
expect_status 75 'they ask to be left alone'
expect_out_like "$(counts 0 0 0 0)" 'nobody was asked'
poll --now "$then"
is "$(wc -l <track.log)" 1 'and nobody is, for two minutes'
poll --now "$(in_days 3)"
expect_status 0 'afterwards they answer'
start --times 5 401; at easypost
poll --now "$(in_days 6)"
expect_status 78 'a key that is not accepted'
expect_err_like 'EasyPost answered 401: it does not accept the key of its URL' 'it says so'
is "$(grep -c . track.log)" 1 'and asks no more'

# The others: fifty numbers at once, one a question; only a configured one is asked
label 1ZA1 1ZA2 NONE2
start; at aftership
sql "DELETE FROM doorstep.poll_state" >/dev/null
poll
due
poll
expect_out_like "$(counts 3 3 0 0)" 'AfterShip: all in one question'
is "$(sed 's/[A-Z0-9]*[12]\(%2C\|&\)/N\1/g' track.log)" '/tracking/2024-10/trackings?tracking_numbers=N%2CN%2CN&limit=200' 'as its documents say'
is "$(kind 1ZA1)" 'failed_attempt attempted' 'and they are exceptions here'
for source in shippo shipengine; do
    label "1ZS${source^^}" "NONE${source^^}"
    start; at $source
    sql "DELETE FROM doorstep.poll_state; UPDATE doorstep.poll_source SET enrolled = (SELECT max(id) - 2 FROM doorstep.shipment)" >/dev/null
    poll
    due
    poll
    expect_out_like "$(counts 2 1 1 0)" "$source: one known, one not"
    is "$(kind "1ZS${source^^}")" "$(case $source in shippo) echo 'undeliverable undeliverable' ;; *) echo 'other delayed' ;; esac)" "$source: what it said"
done
is "$(head -1 track.log)" '/v1/tracking?carrier_code=ups&tracking_number=1ZSSHIPENGINE' 'ShipEngine as its OpenAPI document says'

# Two who poll share the work
sql "DELETE FROM doorstep.poll_state; UPDATE doorstep.poll_source SET hold_until = NULL, enrolled = (SELECT max(id) FROM doorstep.shipment)" >/dev/null
# shellcheck disable=SC2046
label $(seq -f '1ZT%03g' 1 60)
start; at easypost
poll
due
"$DOORSTEP" --dsn "${DSN/user=test/user=post}" poll >one & other=$!
"$DOORSTEP" --dsn "${DSN/user=test/user=post}" poll >two
wait $other
is "$(wc -l <track.log) $(sort -u track.log | wc -l)" '60 60' 'nobody is asked twice'

# People
run as lea doorstep poll set easypost --busy 15m --give-up 30
expect_status 0 'a lead sets how often'
run as lea doorstep poll list --format csv
expect_out_like 'easypost,60,.*15m,240m,720m,30' 'and sees it'
run as lea doorstep poll set easypost --busy 1m
expect_status 65 'a minute is too often'
run as maria doorstep poll set easypost --busy 1h
expect_status 77 'an agent does not'
is "$(sql "SELECT count(*) FROM doorstep.control_log WHERE subject = 'poll easypost'")" 1 'it is in the log of control'
done_testing
