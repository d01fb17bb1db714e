#!/bin/bash
# One customer found, exported, forgotten: no trace in a dump, the audit clean, the same numbers; and how long what is kept.
. tests/tools/lib.sh
person maria agent
person lea lead
person adam admin
person fay feed
as fay doorstep ingest >/dev/null 2>&1 <<'JSON'
{"type":"order","order_number":"P-1","brand":"acme","placed_at":"2026-11-18T09:12:00Z","currency":"USD","total":"20.00","lines":[{"sku":"L","title":"Lamp","quantity":1}],"customer":{"external_id":"c-1","name":"Xenobia Quartzmann","email":"xenobia@quartz.example","phone":"+15125550199","language":"en","consent":{"email":true,"sms":false}},"shipments":[{"carrier":"ups","tracking_number":"1ZPRIVACY1","destination":{"city":"Quartzville","region":"TX","postal_code":"78799","country":"US","access_instructions":"gate Quartz"}}]}
{"type":"order","order_number":"P-2","brand":"acme","placed_at":"2026-11-18T09:12:00Z","customer":{"external_id":"c-2","name":"Omar Other","email":"omar@other.example"},"shipments":[{"carrier":"ups","tracking_number":"1ZPRIVACY2","destination":{"city":"Austin","region":"TX","country":"US"}}]}
{"type":"event","carrier":"ups","tracking_number":"1ZPRIVACY1","occurred_at":"2026-11-20T10:00:00Z","code":"ZZ9","message":"Left with Quartzmann","location":{"city":"Quartzville","region":"TX","country":"US"}}
{"type":"event","carrier":"ups","tracking_number":"1ZPRIVACY2","occurred_at":"2026-11-20T10:00:00Z","code":"ZZ9","message":"Held","location":{"city":"Austin","region":"TX","country":"US"}}
JSON
id=$(sql "SELECT id FROM doorstep.customer WHERE external_id = 'c-1'")
e=$(sql "SELECT id FROM doorstep.exception WHERE tracking_number = '1ZPRIVACY1'")
is "$(sql 'SELECT count(*) FROM doorstep.exception')" 2 'two parcels in trouble'

# found and shown
run as maria doorstep customer find quartzmann --format json
expect_status 0 'find'
expect_out_like '"email":"x…a@quartz\.example"' 'masks the address'
run as maria doorstep customer find nobody-of-that-name
expect_err_like 'nobody of that name' 'finds nobody'
run as maria doorstep show "$e" --format json
expect_out_like 'x…a@quartz\.example' 'the exception has it masked'
run as maria doorstep customer show "$id" --format json
expect_out_like '"email":"xenobia@quartz\.example"' 'show has it in clear'
run as lea doorstep customer access --customer "$id" --format csv
expect_out_like "maria,$id,Xenobia Quartzmann,show" 'which is recorded'
run as maria doorstep customer access
expect_status 77 'leads read who looked'
run as maria doorstep queue customer:xenobia@quartz --format json
expect_out_like '1ZPRIVACY1' 'the filter finds by address all the same'

# exported
as maria doorstep note "$e" --text 'Mrs Quartzmann is angry' >/dev/null 2>&1
as maria doorstep case open "$e" --type customer --subject 'Quartzmann wants a word' --note 'ask Quartzmann' >/dev/null 2>&1
run as lea doorstep customer export "$id"
expect_status 0 'export'
is "$(psql -XAtq -d "$DSN" -v doc="$(cat "$WORK/out")" <<<"SELECT concat_ws(' ', j #>> '{customer,email}', j #>> '{orders,0,order_number}', j #>> '{shipment,0,tracking_number}', j #>> '{scan_event,0,message}', jsonb_array_length(j -> 'consent_change')) FROM (SELECT :'doc'::jsonb AS j) x")" \
    'xenobia@quartz.example P-1 1ZPRIVACY1 Left with Quartzmann 2' 'is one document of all there is'
run as maria doorstep customer export "$id"
expect_status 77 'not for agents'

# forgotten
counts() { sql "SELECT count(*) || ' ' || (SELECT count(*) FROM doorstep.scan_event) || ' ' || (SELECT string_agg(kind || ':' || n, ',' ORDER BY kind) FROM (SELECT kind, sum(n) AS n FROM doorstep.counter GROUP BY 1) x) || ' ' || (SELECT count(*) FROM doorstep.consent_change) FROM doorstep.exception"; }
before=$(counts)
pg_dump -d "$DSN" >"$WORK/dump" 2>/dev/null
for trace in 5125550199 '(^|[^0-9a-f.])78799([^0-9a-f.]|$)'; do
    run grep -Eq "$trace" "$WORK/dump"
    expect_status 0 'a dump has them before'
done
run as lea doorstep customer forget "$id" --yes
expect_status 64 'a reason is asked for'
run as lea doorstep customer forget "$id" --reason 'asked for it'
expect_status 64 'and a yes, where nobody can be asked'
run as lea doorstep customer forget "$id" --reason 'asked for it' --yes
expect_status 1 'not while an exception is open'
expect_out_like "#$e of theirs is open" 'which is named'
run as maria doorstep customer forget "$id" --reason 'asked for it' --yes --under-way
expect_status 77 'not by agents'
run as lea doorstep customer forget "$id" --reason 'asked for it' --yes --under-way
expect_status 0 'forget'
pg_dump -d "$DSN" >"$WORK/dump" 2>/dev/null
# of numbers as they would stand alone: a fraction of a second, a key may have the same digits in it
run grep -Eic 'quartz|xenobia|5125550199|(^|[^0-9a-f.])(5550199|78799)([^0-9a-f.]|$)' "$WORK/dump"
expect_out 0 'a dump of the database has no trace'
run grep -c 'omar@other.example' "$WORK/dump"
expect_status 0 'but of everybody else'
is "$(counts)" "$before" 'the numbers are the same'
run as maria doorstep show "$e"
expect_out_like '^to {13}[A-Z]{2}( [A-Z]{2})?$' 'where to, as far as it is still known'
run as lea doorstep audit verify
expect_status 0 'the audit is clean'
expect_err_like 'redacted: [0-9]+ rows' 'and says what was redacted'
run as lea doorstep customer find c-1
expect_out_like 'forgotten customer' 'their number still finds that they are forgotten'

# how long
run as lea doorstep retention list --format csv
expect_out_like '^outreach,400,30,blank,' 'what is kept how long'
run as adam doorstep retention set outreach 20d
expect_status 77 'a short time'
expect_err_like 'needs --yes' 'needs to be meant'
run as adam doorstep retention set outreach 200d
expect_err 'outreach is kept 200 days' 'is set'
run as lea doorstep retention set outreach 300d
expect_status 77 'by admins'
sql "INSERT INTO doorstep.draft (role, exception_id, channel, body, updated_at) SELECT 'maria', $e, 'sms', 'x', now() - interval '100 days'"
run as adam doorstep retention run --dry-run --format csv
expect_out_like '^draft,1,drafts nobody went on with' 'a dry run counts'
run as adam doorstep retention run --format csv
expect_out_like '^draft,1,drafts nobody went on with' 'a run does it'
run as adam doorstep retention run
expect_err 'nothing is past its time' 'once'
done_testing
