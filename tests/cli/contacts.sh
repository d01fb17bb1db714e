#!/bin/bash
# Customers who got in touch, by commands: logged, listed, taken back; and what the program and the database call it.
. tests/tools/lib.sh
person feeder feed
sql "SELECT doorstep.user_add('maria', 'agent')" >/dev/null
sql "SELECT doorstep.user_add('eve', 'viewer')" >/dev/null
for n in 1 2; do
    printf '{"type":"event","carrier":"ups","tracking_number":"1Z000000000000000%s","provider":"shippo","occurred_at":"%s","code":"FAILURE","detail":"package_lost","message":"Lost","location":{"country":"US"}}\n' \
        "$n" "$(date -u -d "-$n minutes" +%FT%TZ)"
done >events
run as feeder doorstep ingest events
expect_status 0 'two parcels'
first=$(sql "SELECT id FROM doorstep.exception WHERE tracking_number = '1Z0000000000000001'")
second=$(sql "SELECT id FROM doorstep.exception WHERE tracking_number = '1Z0000000000000002'")

run as maria doorstep contact log "$first" "$second" --driver wismo
expect_status 0 'logged about two'
expect_err_like 'logged 2' 'says how many'
run as maria doorstep contact log "$first" --driver refund --channel chat --note 'will not wait any longer'
expect_status 0 'again, with a note'
run as maria doorstep contact list --format csv --exception "$first"
is "$(tr -d '\r' <out | cut -d, -f3,5-)" "exception,driver,via,by,before_message,repeat,text
$first,refund,chat,maria,t,t,will not wait any longer
$first,wismo,phone,maria,t,f," 'listed, newest first'
run as maria doorstep contact list --format json --driver wismo --days 1
is "$(grep -c wismo out)" 2 'by driver'
run as maria doorstep show "$first"
expect_out_like 'the customer got in touch in a chat: wants the money back' 'the timeline says so'
run as maria doorstep undo
expect_status 0 'taken back'
expect_err_like "taking back: contact of #$first" 'which is said first'
run as maria doorstep contact list --format csv --exception "$first"
is "$(tail -n +2 out | wc -l)" 1 'it is listed no more'
run as maria doorstep contact log "$first" --driver pigeons
expect_status 64 'no driver'
expect_err_like '"pigeons" is none of wismo, address, reschedule' 'lists them'
run as maria doorstep contact log "$first"
expect_status 64 'none at all'
run as maria doorstep contact log "$first" --driver wismo --channel pigeon
expect_status 64 'a way there is not'
run as maria doorstep contact log 999999 --driver wismo
expect_status 1 'no such exception'
run as maria doorstep contact list --driver pigeons
expect_status 64 'a list by no driver'
run as eve doorstep contact log "$first" --driver wismo
expect_status 77 'a viewer'
expect_err_like 'eve may not log contacts: it takes an agent' 'is told what it takes'

# the words of core/contact.h are the database's
run as maria doorstep contact log "$first"
is "$(sed 's/.*--driver: //' err)" "$(sql "SELECT string_agg(code, ', ' ORDER BY position) FROM doorstep.contact_driver WHERE key IS NOT NULL")" 'the same drivers in the same order'
is "$(sed -n 's/^    X([A-Z_]*, *"\([a-z_]*\)", *.\(.\)., *"\([^"]*\)").*/\1|\2|\3/p' "$ROOT/include/core/contact.h")" \
    "$(sql 'SELECT code, key, label FROM doorstep.contact_driver WHERE key IS NOT NULL ORDER BY position')" 'with the same letters and labels'
run as maria doorstep contact list --driver x
is "$(sed 's/.*none of //' err)" "$(sql "SELECT string_agg(code, ', ' ORDER BY position) FROM doorstep.contact_driver")" 'and those that only the inbox finds'
done_testing
