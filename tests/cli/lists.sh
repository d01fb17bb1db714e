#!/bin/bash
# Views, people, the dictionary; and cells that a spreadsheet or a terminal would act on.
. tests/tools/lib.sh
person feeder feed
run doorstep user add maria --name 'Maria Lopez'
expect_status 0 'user add'
run doorstep user add okafor --level lead
run doorstep user list --format csv
expect_out_like '^maria,agent,Maria Lopez,all brands,t' 'user list'
expect_out_like '^okafor,lead,' 'the lead too'
run doorstep user grant maria --level viewer
expect_status 0 'user grant'
run as maria doorstep user list
expect_status 77 'only admins list people'
run doorstep user add 'Robert"); DROP TABLE x;--'
if [ "$status" -ne 0 ]; then pass 'a hostile role name is refused'; else fail 'a hostile role name is refused'; fi
run doorstep user grant maria --level agent

run as maria doorstep view save 'UPS Texas' --filter 'carrier:ups region:TX' --key 9
expect_status 0 'view save'
run as maria doorstep view list --format csv
expect_out_like '^1,Triage,' 'built-in views'
expect_out_like '^9,UPS Texas,carrier:ups region:TX,maria,f' 'and mine'
run as okafor doorstep view list --format csv
if grep -q 'UPS Texas' out; then fail 'a personal view is only its owner'"'"'s'; else pass 'a personal view is only its owner'"'"'s'; fi
run as maria doorstep view save bad --filter 'carier:ups'
expect_status 64 'a view with a wrong filter'
run as maria doorstep view save everyone --filter 'carrier:ups' --shared
expect_status 77 'sharing is for leads'
run as maria doorstep view delete 'UPS Texas'
expect_status 0 'view delete'

run as maria doorstep dictionary list shippo --format csv
expect_out_like '^shippo,,ADDRESS_ISSUE,,delayed,open,address_issue,' 'the dictionary'
printf '%s\n' '{"type":"event","carrier":"ups","tracking_number":"1Z9","occurred_at":"2026-11-20T10:00:00Z","code":"ZZ","detail":"99","message":"=HYPERLINK(\"http://evil\")"}' |
    as feeder doorstep ingest >out
expect_out_like '"exceptions_opened":1,.*"unmapped":1' 'an unmapped code opens an exception'
run as maria doorstep dictionary unmapped --format csv
expect_out_like "^ups,ZZ,99,1,.*\"'=HYPERLINK" 'it is on the list; a formula is quoted'

printf '{"type":"event","carrier":"ups","tracking_number":"1Z8","occurred_at":"2026-11-20T10:00:00Z","provider":"shippo","code":"FAILURE","detail":"package_lost","message":"a\\u001b]0;owned\\u0007b\\u202ec\\u009dd"}\n' |
    as feeder doorstep ingest >out
run as maria doorstep show "$(as maria doorstep queue --format csv tracking:1Z8 | awk -F, 'NR==2{print $1}')"
if LC_ALL=C grep -q "$(printf '\033')" out; then fail 'no escape sequence comes through'; else pass 'no escape sequence comes through'; fi
done_testing
