#!/bin/bash
# Silence by commands: thresholds, what a worker finds at a given time and says of it, warnings, sleepers.
# shellcheck source=tests/tools/lib.sh
. tests/tools/lib.sh
person feeder feed
person post worker
for name in maria:agent okafor:lead; do sql "SELECT doorstep.user_add('${name%:*}', '${name#*:}')" >/dev/null; done
at() { date -u -d "$1" +%FT%TZ; }
event() { # NUMBER TIME
    printf '{"type":"event","carrier":"ups","tracking_number":"%s","provider":"shippo","occurred_at":"%s","code":"TRANSIT"}\n' "$1" "$(at "$2")"
}
once() { run as post doorstep worker --once "$@"; }
passes() { sed -n 's/.*"passes":{"sweep":\({[^}]*}\).*/\1/p' out; }
{
    printf '{"type":"order","order_number":"10-1","brand":"acme","customer":{"external_id":"c1","name":"Rosa Delgado"},"shipments":[{"carrier":"UPS","tracking_number":"1Z1","promised_at":"%s"}]}\n' "$(at '+2 days')"
    event 1Z1 '-30 minutes'
    event 1Z2 '-30 minutes'
} | as feeder doorstep ingest >out

# --- thresholds ---------------------------------------------------------------------------
run as maria doorstep silence list --format csv
is "$(sed -n 2p out | tr -d '\r')" ',,48,72,7,2,carriers,30' 'what holds for everything comes first'
run as maria doorstep silence set --stalled 24h
expect_status 77 'agents change none'
run as okafor doorstep silence set --carrier ups --service '*Saver*' --not-shipped 1d --stalled 36h --pickup 5d --pickup-warning 1d
expect_status 0 'a lead does'
expect_err 'saved; parcels on their way are looked at again by it' 'and is told'
run as maria doorstep silence list --format csv
is "$(grep -F 'ups,*' out | tr -d '\r')" 'ups,*saver*,24,36,5,1,carriers,' 'of a carrier and a service'
for wrong in '--stalled 90m' '--stalled soon' '--pickup 36h' '--warning 90s' ''; do
    # shellcheck disable=SC2086  # several words
    run as okafor doorstep silence set $wrong
    expect_status 64 "refused before asking: silence set $wrong"
done
run as okafor doorstep silence set --carrier nobody --stalled 2d
expect_err_like 'there is no carrier "nobody"' 'a carrier nobody knows'
run as okafor doorstep silence set --pickup 2d --pickup-warning 2d
expect_err_like 'is told at once: give less' 'a warning as long as the stay'
run as okafor doorstep silence set --carrier ups --warning 10m
expect_err_like "everybody's" 'warnings are for all carriers'
run as okafor doorstep silence set --stalled 0h
expect_err_like 'stalled: give 1 to 2,160 business hours' 'what fits is said in the words of people'
run as okafor doorstep silence delete
expect_err_like 'stays: change it instead' 'what holds for everything stays'
run as okafor doorstep silence delete --carrier ups --service '*saver*'
expect_err 'deleted' 'another goes'
is "$(sql "SELECT string_agg(verb, ' ' ORDER BY seq) FROM doorstep.control_log WHERE subject LIKE 'silence %' AND actor = 'okafor'")" 'add remove' 'the log of control has both'

# --- what is found ------------------------------------------------------------------------
once --now yesterday
expect_status 64 'a time that is none'
run as post doorstep worker --now "$(at now)"
expect_err 'doorstep worker: --now: a worker that goes on keeps its own time: give --once with it' 'only with --once'
once
expect_out_like '^{"sent":0,"retried":0,"failed":0,"unknown":0,"woken":0,"settled":0,"reaped":0,"inbox":0,"control":0,"helpdesk":{"told":0,"retried":0,"refused":0},"passes":{' 'nothing yet'
once --now "$(at '+49 hours')"
is "$(passes)" '{"late_promise":1}' 'the promise has passed'
once --now "$(at '+49 hours')"
is "$(passes)" '' 'once'
id=$(sql "SELECT id FROM doorstep.exception WHERE tracking_number = '1Z1'")
run as maria doorstep show "$id"
expect_out_like 'sweep.*opened it: late promise, promised ' 'the timeline says who and why'
run as okafor doorstep silence set --stalled 1h
once --now "$(at '+26 hours')"
is "$(passes)" '{"stalled":2}' 'a shorter threshold counts at once, for those looked at already, too'
is "$(sql "SELECT string_agg(tracking_number || ' ' || kind, ', ' ORDER BY id) FROM doorstep.exception")" '1Z1 late_promise, 1Z2 stalled' 'one exception a parcel'
event 1Z2 '-1 minute' | as feeder doorstep ingest >out
is "$(sql "SELECT state || ' ' || resolution FROM doorstep.exception WHERE tracking_number = '1Z2'")" 'resolved carrier_fixed' 'a scan ends it'

# --- before it is too late, and sleepers --------------------------------------------------------
sql "UPDATE doorstep.exception SET first_response_due_at = now() + interval '20 minutes' WHERE id = $id" >/dev/null
run as maria doorstep queue --format csv is:warned
is "$(grep -c 1Z1 out)" 0 'nobody was warned'
once
expect_out_like '"warnings":{"warned":1}' 'what is due in 20 minutes'
run as maria doorstep queue --format csv is:warned
is "$(grep -c 1Z1 out)" 1 'is found'
run as maria doorstep show "$id"
expect_out_like 'first response is due in (1[5-9]|20) minutes, at ' 'and told'
run as maria doorstep snooze "$id" --until "$(at '+3 days')"
once --now "$(at '+2 days')"
expect_out_like '"woken":0' 'asleep'
once --now "$(at '+4 days')"
expect_out_like '"woken":1' 'its time came'
done_testing
