#!/bin/bash
# The rules of contact by commands: policies, consent, holds.
# shellcheck source=tests/tools/lib.sh
. tests/tools/lib.sh
person feeder feed
for name in maria:agent okafor:lead eve:viewer; do sql "SELECT doorstep.user_add('${name%:*}', '${name#*:}')" >/dev/null; done
{
    printf '{"type":"order","order_number":"10-1","brand":"acme","customer":{"external_id":"c1","name":"Rosa Delgado","email":"rosa@example.com","language":"en","consent":{"email":true}},"shipments":[{"carrier":"UPS","tracking_number":"1Z1"}]}\n'
    printf '{"type":"event","carrier":"ups","tracking_number":"1Z1","provider":"shippo","occurred_at":"%s","code":"TRANSIT","detail":"address_issue"}\n' "$(date -u -d '-30 minutes' +%FT%TZ)"
} | as feeder doorstep ingest >out
id=$(sql 'SELECT id FROM doorstep.exception')

# --- policies -----------------------------------------------------------------------------
run as maria doorstep policy list --format csv
expect_status 0 'everybody may read them'
is "$(sed -n '3p' out | tr -d '\r')" ',,email,,,,3,24,72,168,f,10,3' 'e-mail: never quiet, three a day'
run as maria doorstep policy set --cap 1/24h
expect_status 77 'agents change none'
run as okafor doorstep policy set --brand acme --country us --channel sms --quiet 20:30-09:00 --quiet-days sat,sun --cap 1/2d --repeat 7d --stale 24h --consent assumed --undo 30s --segments 4
expect_status 0 'a lead does'
expect_err 'saved' 'and is told'
run as maria doorstep policy list --format csv
is "$(tail -n 1 out | tr -d '\r')" 'acme,US,sms,20:30,09:00,"6,7",1,48,168,24,f,30,4' 'every setting'
run as okafor doorstep policy set --brand acme --country us --channel sms --quiet none --quiet-days none --undo 0
run as maria doorstep policy list --format csv
is "$(tail -n 1 out | tr -d '\r')" 'acme,US,sms,,,,1,48,168,24,f,0,4' 'what is not given stays'
for wrong in '--quiet 9-17' '--quiet 25:00-26:00' '--quiet-days someday' '--cap two' '--cap 2/soon' '--repeat 90m' '--consent maybe' '--undo 2h' '--segments 11' '--channel fax --cap 1/1h' ''; do
    # shellcheck disable=SC2086  # several words
    run as okafor doorstep policy set $wrong
    expect_status 64 "refused before asking: policy set $wrong"
done
run as okafor doorstep policy set --brand nobody --cap 1/1h
expect_status 65 'a brand there is not'
run as okafor doorstep policy set --country Texas --cap 1/1h
expect_err 'doorstep policy set: "Texas" is no country: two letters, such as US' 'a country there is not'
run as okafor doorstep policy delete --brand acme --country US --channel sms
expect_status 0 'deleted'
run as okafor doorstep policy delete --brand acme --country US --channel sms
expect_status 77 'there is none any more'
run as okafor doorstep policy delete
expect_status 65 'the widest stays'

# --- consent -------------------------------------------------------------------------------
run as maria doorstep consent show "$id" --format csv
is "$(cut -d, -f2-6 out | tr -d '\r')" 'channel,given,source,actor,note
email,t,order,feed,' 'from the order'
run as maria doorstep consent show 999
expect_err 'doorstep consent show: there is no exception #999, or it belongs to a brand you do not see' 'an exception there is not'
run as maria doorstep consent withdraw "$id"
expect_status 64 'of which channel?'
run as maria doorstep consent withdraw "$id" --channel email --note 'said so on the phone'
expect_status 0 'withdrawn'
run as maria doorstep consent show "$id" --format csv
is "$(sed -n 2p out | cut -d, -f2- | tr -d '\r')" 'email,f,agent,maria,said so on the phone' 'with who, how and when'
run as maria doorstep send "$id" --template address_issue --channel email --yes
expect_status 77 'and nothing is sent'
expect_out_like 'no_consent' 'for that reason'
run as maria doorstep consent set "$id" --channel email --note 'wrote to us'
expect_status 0 'given again'
run as maria doorstep send "$id" --template address_issue --preview --format csv
expect_out_like ',email,en,rosa@example.com,' 'and it may go'
run as maria doorstep consent do-not-contact "$id" --note 'a lawyer wrote'
expect_status 0 'no messages at all'
run as maria doorstep send "$id" --template address_issue --channel email --yes
expect_out_like 'do_not_contact' 'none'
run as maria doorstep consent do-not-contact "$id" --off
expect_status 1 'back only with a reason' || true
run as maria doorstep consent do-not-contact "$id" --off --note 'settled'
expect_status 0 'with one it is'
run as eve doorstep consent set "$id" --channel email
expect_status 77 'a viewer changes nothing'
sql "UPDATE doorstep.customer SET email_bad = 'mailbox full for a year'"
run as maria doorstep send "$id" --template address_issue --channel email --yes
expect_out_like 'takes no mail' 'an address that takes nothing'
run as maria doorstep consent address-ok "$id" --channel email
expect_status 0 'is put right'
run as maria doorstep send "$id" --template address_issue --channel email --preview
expect_out_like 'rosa@example.com' 'and used again'

# --- holds ------------------------------------------------------------------------------------
run as maria doorstep hold set --reason 'UPS is down'
expect_status 77 'agents hold nothing'
run as okafor doorstep hold set --carrier ups
expect_status 64 'a hold needs a reason'
run as okafor doorstep hold set --carrier ups --kind nonsense --reason x
expect_status 64 'a kind there is not'
run as okafor doorstep hold set --carrier nobody --reason x
expect_status 65 'a carrier there is not'
run as okafor doorstep hold set --carrier ups --reason 'UPS is down'
expect_status 0 'held'
run as maria doorstep hold list --format csv
is "$(sed -n 2p out | cut -d, -f1-6)" '1,,ups,,,UPS is down' 'what is held, and why'
run as maria doorstep send "$id" --template address_issue --channel email --yes
expect_out_like 'outage_hold .*UPS is down' 'who sends reads it'
run as okafor doorstep hold end 99
expect_status 77 'no such hold'
run as okafor doorstep hold end 1
expect_status 0 'ended'
run as maria doorstep hold list
expect_err 'nothing is held' 'nothing is held any more'
run as maria doorstep send "$id" --template address_issue --channel email --yes
expect_status 0 'and it goes out'
done_testing
