#!/bin/bash
# From a document to a resolved exception, by commands alone.
. tests/tools/lib.sh
person feeder feed
for name in maria dana; do sql "SELECT doorstep.user_add('$name', 'agent')" >/dev/null; done
sql "SELECT doorstep.user_add('eve', 'viewer')" >/dev/null

event() { # TRACKING CODE DETAIL MESSAGE MINUTES-AGO
    printf '{"type":"event","carrier":"ups","tracking_number":"%s","provider":"shippo","occurred_at":"%s","code":"%s","detail":"%s","message":"%s","location":{"city":"Austin","region":"TX","country":"US"}}\n' \
        "$1" "$(date -u -d "-$5 minutes" +%FT%TZ)" "$2" "$3" "$4"
}
{
    event 1Z0000000000000001 TRANSIT address_issue 'Apartment number missing' 30
    event 1Z0000000000000002 FAILURE package_lost 'Parcel lost' 20
    event 1Z0000000000000003 DELIVERED delivered 'Delivered' 10
} >events
run as feeder doorstep ingest events
expect_status 0 'ingest'
expect_out '{"documents":3,"accepted":3,"duplicates":0,"rejected":0,"events":3,"exceptions_opened":2,"exceptions_updated":0,"exceptions_resolved":0,"unmapped":0,"receipts":0,"inbound":0,"consent_changes":0}' 'its counts'
run as feeder doorstep ingest <events
expect_out '{"documents":3,"accepted":0,"duplicates":3,"rejected":0,"events":0,"exceptions_opened":0,"exceptions_updated":0,"exceptions_resolved":0,"unmapped":0,"receipts":0,"inbound":0,"consent_changes":0}' 'the same again changes nothing and says so'

run as maria doorstep queue --format csv sort:severity
is "$(cut -d, -f2-6 out | tr -d '\r')" 'kind,severity,state,carrier,tracking_number
lost,critical,new,ups,1Z0000000000000002
address_issue,high,new,ups,1Z0000000000000001' 'the queue as CSV: two rows, the delivered parcel is none'
run as maria doorstep queue --format json kind:lost
expect_out_like '"kind":"lost","severity":"critical","state":"new","carrier":"ups","tracking_number":"1Z0000000000000002"' 'JSON, filtered'
python3 -c 'import json,sys; r=json.load(open("out")); sys.exit(not (len(r)==1 and set("id kind severity state carrier tracking_number order_number customer tier language country region owner opened_at first_response_due_at resolve_due_at last_scan_at promised_at effective_status carrier_status reason".split()) <= set(r[0])))' 2>err
is $? 0 'it parses and has every documented key'
lost=$(as maria doorstep queue --format csv kind:lost | awk -F, 'NR==2{print $1}')
address=$(as maria doorstep queue --format csv kind:address_issue | awk -F, 'NR==2{print $1}')

run as maria doorstep claim "$lost" --format json
expect_status 0 'claim'
expect_out_like "\"id\":$lost,\"ok\":true,\"code\":\"ok\"" 'its answer'
run as dana doorstep claim "$lost" --format json
expect_status 1 'a claim that lost'
expect_out_like '"ok":false,"code":"taken","message":"maria' 'says who won'
run as dana doorstep take-next --format csv
expect_out_like "^$address,true,|^$address,t,|^$address," 'take-next gives the free one'
run as eve doorstep claim "$address"
expect_status 77 'a viewer is refused'
expect_err_like 'eve may not claim exceptions: it takes an agent' 'and told what it takes'
run as eve doorstep take-next
expect_status 77 'whatever it is'
run as eve doorstep queue --format csv
is "$(wc -l <out)" 3 'but may read'

run as maria doorstep note "$lost" --text 'Carrier trace opened'
expect_status 0 'note'
run as maria doorstep snooze "$lost" --until 4h
expect_status 0 'snooze'
run as maria doorstep counts --format json state:snoozed
expect_out_like '"counter":"filter","count":1,' 'it is counted as snoozed'
run as maria doorstep undo
expect_status 0 'undo of the snooze'
is "$(as maria doorstep queue --format csv "id:$lost" | awk -F, 'NR==2{print $4}')" working 'and it is working again'
run as maria doorstep resolve "$lost" --code other
expect_status 1 'resolving as "other" without a text is refused'
run as maria doorstep resolve "$lost" --code reshipped
expect_status 0 'resolve'
run as maria doorstep queue state:resolved --format csv
is "$(wc -l <out)" 2 'it is among the resolved'
run as maria doorstep reopen "$lost" --text 'customer says no'
expect_status 0 'reopen'

run as maria doorstep show "$lost" --format json
python3 -c 'import json,sys; d=json.load(open("out")); sys.exit(not (d["id"]=='"$lost"' and d["events"] and d["activity"] and "customer" in d and "order" in d and "next_step" in d))' 2>err
is $? 0 'show: one document with events, activity, customer, order, next step'
psql -XAtq -d "${DSN/user=test/user=dana}" -c "SELECT doorstep.viewing($lost)" -c 'SELECT pg_sleep(600)' >/dev/null 2>&1 &
looking=$!
eventually 10 'show says who looks at it' sh -c "'$DOORSTEP' --dsn '${DSN/user=test/user=maria}' show $lost | grep -Eq '^viewing +dana'"
run as maria doorstep show "$lost" --format json
expect_out_like '"viewers": \[\{[^]]*"role": "dana"' 'in the document, too'
kill "$looking" 2>/dev/null
run as maria doorstep show "$lost"
expect_out_like 'Carrier trace opened' 'show for people has the note'
run as maria doorstep show 999999
expect_status 77 'an exception that is not there'

run as maria doorstep wait "$lost" --until scan
expect_status 64 'waiting until the next scan'
expect_err_like '--until: only a snooze' 'is what a snooze is for'
run as maria doorstep release "$lost" "$address"
expect_status 1 'giving back one of mine and one of hers'
expect_err 'released 1, 1 refused: dana has it: they or a lead can release it' 'is counted, and the refusal said'
run as maria doorstep claim "$lost"
expect_status 0 'mine again'
run as maria doorstep claim --filter 'kind:nonsense'
expect_status 64 'a wrong --filter'
run as maria doorstep release --filter 'owner:me'
expect_status 0 'an act on everything under a filter'
run as maria doorstep queue owner:me
expect_err_like 'no exception matches' 'and none is left'

# what is under a filter stays in the server; too many for an answer each are counted, and those refused are named
for n in $(seq 1001 2005); do
    printf '{"type":"event","carrier":"dhl","tracking_number":"JD00000000000%s","provider":"shippo","occurred_at":"%s","code":"FAILURE","detail":"package_lost","message":"Lost"}\n' "$n" "$(date -u +%FT%TZ)"
done >many
run as feeder doorstep ingest many
run as dana doorstep claim --filter 'carrier:dhl tracking:JD000000000002'
expect_status 0 'few: an answer each'
is "$(wc -l <out)" 7 'with a line of heads'
run as eve doorstep claim --filter carrier:dhl
expect_status 77 'a viewer, about many'
is "$(sql "SELECT count(*) FROM doorstep.selection WHERE who = 'dana'")" 1 'the ids stayed there'
run as maria doorstep claim --filter carrier:dhl --format csv
expect_status 1 'many, some of them hers'
is "$(wc -l <out)" 7 'those refused are listed'
expect_out_like ',dana claimed it' 'with whose they are'
expect_err_like '^claimed 999, 6 refused: dana claimed it' 'all are counted'
expect_err_like 'only what was refused is listed' 'and what is not listed is said'
is "$(sql "SELECT count(*) FROM doorstep.exception WHERE owner = 'maria' AND carrier = 'dhl'")" 999 'and so it is'
run as maria doorstep undo
run as dana doorstep release --filter 'owner:me carrier:dhl'
run as maria doorstep tag --filter 'carrier:dhl' --tag hub
expect_status 0 'many, all of them'
expect_err_like '^tagged 1005' 'are counted'
run as maria doorstep claim --filter 'carrier:gls'
expect_status 0 'nothing under a filter'
expect_err 'nothing to do' 'is said'

run doorstep audit verify
expect_status 0 'the chains are whole'
sql "SET session_replication_role = replica; UPDATE doorstep.activity SET text = 'nothing happened' WHERE exception_id = $lost AND verb = 'note'" >/dev/null
run doorstep audit verify --format csv
expect_status 1 'a superuser altering a note'
expect_out_like "^$lost,|,$lost,|$lost" 'is found and named'
# numbers from a pipe: one too long is refused whole, not taken in pieces
run as maria doorstep note --text hm - <<<'00000000000000000000000000004812'"$address"
expect_status 64 'a number longer than any exception has'
run as maria doorstep note --text hm 99999999999999999999
expect_status 64 'a number beyond the largest'
# whoever starts it may have closed its files; the connection must not take their place
run as maria doorstep note --text hm - <&-
expect_status 74 'no standard input to read numbers from'
expect_err_like 'standard input: Bad file descriptor' 'is said'
as maria doorstep queue >&- 2>closed
is $? 74 'no standard output to print to'
run as maria doorstep note --text hm "$address"
expect_status 0 'and nothing is wrong afterwards'

done_testing
