#!/bin/bash
# The truth audit by commands: a worker's pass finds what was said too late, never or wrongly; the report lists it.
. tests/tools/lib.sh
person feeder feed
person will worker
sql "SELECT doorstep.user_add('maria', 'agent')" >/dev/null
sql "SELECT doorstep.user_add('lea', 'lead')" >/dev/null
event() { # NUMBER CODE DETAIL AGO
    printf '{"type":"event","carrier":"ups","tracking_number":"%s","order_number":"O-%s","brand":"acme","provider":"shippo","occurred_at":"%s","code":"%s","detail":"%s","location":{"country":"US"}}\n' \
        "$1" "$1" "$(date -u -d "-$4" +%FT%TZ)" "$2" "$3"
}
for n in 1 2; do
    printf '{"type":"order","brand":"acme","order_number":"O-1Z000000000000000%s","customer":{"external_id":"c%s","name":"Rosa","email":"rosa%s@example.com","language":"en","consent":{"email":true}},"shipments":[{"carrier":"ups","tracking_number":"1Z000000000000000%s"}]}\n' "$n" "$n" "$n" "$n"
    event "1Z000000000000000$n" TRANSIT delayed '3 hours'
done >events
run as feeder doorstep ingest events
expect_status 0 'two parcels are late'
first=$(sql "SELECT id FROM doorstep.exception WHERE tracking_number = '1Z0000000000000001'")
second=$(sql "SELECT id FROM doorstep.exception WHERE tracking_number = '1Z0000000000000002'")

audit() { as will doorstep worker --once "$@" 2>/dev/null | grep -o '"truth audit": *{[^}]*}'; }
is "$(audit)" '' 'nothing to say yet'
run as maria doorstep report mismatch
expect_err_like 'nothing was found' 'so the report says'

# the first is told that it is delayed, when it was delivered already
DOORSTEP_EMAIL_URL="maildir:$WORK/box?from=orders@example.com"
export DOORSTEP_EMAIL_URL
sql "UPDATE doorstep.contact_policy SET undo_seconds = 0" >/dev/null
run as maria doorstep send "$first" --template delay_carrier --channel email --yes
expect_status 0 'the first is told'
run as will doorstep worker --once
is "$(sql "SELECT state FROM doorstep.outreach")" sent 'it went out'
event 1Z0000000000000001 DELIVERED delivered '10 minutes' >late
run as feeder doorstep ingest late
expect_status 0 'a scan comes late'
is "$(audit | tr -d ' ')" '"truthaudit":{"contradicted":1}' 'what was said was not true any more'
run as maria doorstep report mismatch --format csv --finding contradicted
is "$(tail -n +2 out | cut -d, -f3,5,9,10,13)" "contradicted,$first,1Z0000000000000001,delay_carrier,knowable" 'listed, with what one could know'
expect_out_like 'said ""Delayed by the carrier"" (9|10) min after it was delivered; that scan came' 'in words'

# the second is told nothing
is "$(audit --now "$(date -u -d '+50 hours' +%FT%TZ)" | tr -d ' ')" '"truthaudit":{"missing":1}' 'two days later a message is missing'
run as maria doorstep report mismatch --format json --from "$(date -u -d '+1 day' +%F)" --kind delay_carrier --carrier ups
expect_out_like "\"exception\":$second" 'that is listed, too'
expect_out_like 'nobody told the customer within 48 h: delay carrier wants a message' 'with the rule'
run as maria doorstep report mismatch --totals --format csv --days 30
is "$(tr -d '\r' <out | cut -d, -f1-3 | tr '\n' ' ')" 'finding,findings,exceptions contradicted,1,1 late,0,0 missing,1,1 repeated,0,0 ' 'added up'

run as lea doorstep duty set delay_carrier 12
expect_status 0 'a lead changes the rule'
run as maria doorstep duty list --format csv
expect_out_like '^delay_carrier,12' 'which is listed'
run as lea doorstep duty set delay_carrier none
expect_status 0 'takes it away'
run as maria doorstep duty set lost 2
expect_status 77 'an agent does not'
run as lea doorstep duty set lost soon
expect_status 64 'no hours'
run as maria doorstep report mismatch --finding lies
expect_status 64 'no finding'
run as maria doorstep report mismatch --days 3 --from 2026-11-01
expect_status 64 'two periods'
run as maria doorstep report mismatch --from 2026-11-02 --to 2026-11-01
expect_status 64 'an empty one'
done_testing
