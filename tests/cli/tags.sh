#!/bin/bash
# Tags by commands: given, found, listed, taken back.
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

run as maria doorstep tag "$first" "$second" --tag VIP
expect_status 0 'tag'
expect_err_like '^doorstep: tagged 2$|tagged 2' 'says how many'
run as maria doorstep tag "$first" --tag asked_address
expect_status 0 'a second tag'
run as maria doorstep queue --format csv tag:asked_address
is "$(tail -n +2 out | cut -d, -f1)" "$first" 'found by it'
expect_out_like '"asked_address,vip"' 'and listed'
run as maria doorstep queue --format json "id:$second"
expect_out_like '"tags":"vip"' 'in JSON, too'
run as maria doorstep counts tag:vip,nothing
expect_out_like '2' 'counted'
run as maria doorstep counts tag:none
expect_out_like '0' 'none is without'
run as maria doorstep queue --format csv -- '-tag:asked_address'
is "$(tail -n +2 out | cut -d, -f1)" "$second" 'left out by it'
run as maria doorstep show "$first" --format json
expect_out_like '"tags": ?\["asked_address", ?"vip"\]' 'the document has a list'
run as maria doorstep undo
expect_status 0 'undo'
run as maria doorstep queue --format csv tag:asked_address
is "$(tail -n +2 out)" '' 'it is gone'
run as maria doorstep untag --filter tag:vip --tag vip
expect_status 0 'untag under a filter'
run as maria doorstep queue --format csv tag:vip
is "$(tail -n +2 out)" '' 'all are gone'

run as maria doorstep tag "$first"
expect_status 64 'a tag without a word'
expect_err_like 'which tag\? --tag TAG' 'says what is missing'
run as maria doorstep tag "$first" --tag 'No Tag'
expect_status 1 'a word that is no tag'
expect_err_like '"no tag" is no tag: use up to 24 small letters' 'says what one is'
run as eve doorstep tag "$first" --tag x
expect_status 77 'a viewer'
expect_err_like 'eve may not tag exceptions: it takes an agent' 'is told what it takes'
done_testing
