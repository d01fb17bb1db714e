#!/bin/bash
# Documents in, exceptions out: every format, every code of the vocabulary, the traps of real
# payloads, and what bad input gets.
. tests/tools/lib.sh
person feeder feed
fixtures=$ROOT/tests/fixtures

counts() { # DOCUMENTS ACCEPTED DUPLICATES REJECTED EVENTS OPENED UPDATED RESOLVED UNMAPPED
    printf '{"documents":%s,"accepted":%s,"duplicates":%s,"rejected":%s,"events":%s,"exceptions_opened":%s,"exceptions_updated":%s,"exceptions_resolved":%s,"unmapped":%s,"receipts":0,"inbound":0,"consent_changes":0}' "$@"
}
event() { # TRACKING-NUMBER TIME CODE [DETAIL [MESSAGE [CARRIER]]]
    printf '{"type":"event","carrier":"%s","tracking_number":"%s","occurred_at":"%s","code":"%s","detail":"%s","message":"%s"}\n' \
        "${6:-ups}" "$1" "$2" "$3" "${4:-}" "${5:-}"
}
# state NUMBER: "kind state carrier_status" of the newest exception, or "- - carrier_status"
state() {
    sql "SELECT coalesce(e.kind::text, '-') || ' ' || coalesce(e.state::text, '-') || ' ' || s.carrier_status FROM doorstep.shipment s
         LEFT JOIN LATERAL (SELECT * FROM doorstep.exception e WHERE e.shipment_id = s.id ORDER BY id DESC LIMIT 1) e ON true
         WHERE s.tracking_number = '$1' ORDER BY s.id"
}

# Every row of the vocabulary
run as feeder doorstep ingest "$fixtures"/vocabulary/*.ndjson
expect_status 0 'the vocabulary is read whole, by the feed role'
rows=$(($(wc -l <"$fixtures/vocabulary/expect.tsv") - 1))
expect_out_like "^{\"documents\":$rows,\"accepted\":$rows,\"duplicates\":0,\"rejected\":0,.*\"unmapped\":0,\"receipts\":0,\"inbound\":0,\"consent_changes\":0}\$" 'no code of it is unknown'
tail -n +2 "$fixtures/vocabulary/expect.tsv" >expect
sql "CREATE TABLE expect (tracking_number text, section text, provider text, code text, role text, kind text)"
psql -XAtq -d "$DSN" -c "\\copy expect FROM expect WITH (NULL '?')"
is "$(sql "SELECT x.section, x.provider, x.code, 'wanted', x.role, x.kind, 'got', e.kind FROM expect x
           LEFT JOIN doorstep.exception e USING (tracking_number)
           WHERE CASE WHEN x.role = 'open' THEN e.kind::text IS DISTINCT FROM x.kind ELSE e.id IS NOT NULL END")" '' \
    'every code opens the kind it should, and no other code opens one'
run as feeder doorstep ingest "$fixtures"/vocabulary/*.ndjson
expect_out "$(counts "$rows" 0 "$rows" 0 0 0 0 0 0)" 'the same files twice change nothing and say so'

# Every shape of every format
for format in easypost shippo aftership shipengine 17track doorstep; do
    run as feeder doorstep ingest --format "$format" --rejects "$format.rejects" "$fixtures/$format"/*json
    if [ "$format" = doorstep ]; then
        expect_status 0 "$format"
    else
        expect_status 1 "$format: its error answer is refused"
        is "$(wc -l <"$format.rejects")" 1 "$format: and nothing else"
    fi
    cp out first
    run as feeder doorstep ingest --rejects "$format.again" "$fixtures/$format"/*json
    is "$(cut -d, -f1,4 out)" "$(cut -d, -f1,4 first)" "$format is told by its shape"
    expect_out_like '"accepted":0,.*"events":0,"exceptions_opened":0,"exceptions_updated":0' "$format twice"
done

# Carriers' own answers, told by their shape, into the right kinds
for format in fedex ups usps dhl canada_post; do
    run as feeder doorstep ingest --format "$format" "$fixtures/$format"/*json
    expect_status 1 "$format: its error answer is refused"
    expect_out_like '"unmapped":0' "$format: and every code is known"
    run as feeder doorstep ingest "$fixtures/$format"/*json
    expect_out_like '"accepted":0,.*"events":0,"exceptions_opened":0,"exceptions_updated":0' "$format is told by its shape, and twice is once"
done
is "$(state 794608273411) / $(state 794608273412)" 'failed_attempt new attempted / tracking_error new error' 'FedEx: two numbers of one answer'
is "$(state 1Z999AA10123456784) / $(state 1Z999AA10123456785) / $(state 1Z999AA10123456786)" \
    'address_issue new delayed / - - delivered / tracking_error new error' 'UPS: two packages of a shipment, and a number it does not know'
is "$(state 9405511206213414325732) / $(state 9405511206213414325733)" 'access_problem new attempted / - - pre_transit' 'USPS: the label says more than the code; a category without events'
is "$(state 7777777770) / $(state 00340434292135100186) / $(state GM60511234500000001)" \
    'failed_attempt new attempted / address_issue new delayed / - - unknown' 'DHL: an Express code, a failure by its words, and nothing yet'
is "$(state 1371134583769923) / $(state 1371134583769925)" 'failed_attempt new attempted / - - available_for_pickup' 'Canada Post: both of its shapes'

# The traps: what the real payloads hide
is "$(state TRAP1)" '- - in_transit' 'UPS type X with good news'
is "$(state TRAP2A) / $(state TRAP2B) / $(state TRAP2C)" '- - delivered / - - in_transit / - - in_transit' 'FedEx exception codes on ordinary scans'
is "$(state TRAP3A) / $(state TRAP3B)" 'failed_attempt new attempted / failed_attempt new attempted' 'one FedEx text under two codes'
is "$(state TRAP3C) / $(state TRAP3D)" '- - out_for_delivery / - - out_for_delivery' 'one Canada Post text under two codes'
is "$(state TRAP4)" 'address_issue new delayed' 'Canada Post: padded, in French'
is "$(state LE000000005US)" 'lost new lost' 'EasyPost failure that was a seizure'
is "$(state 9400000000000000000006)" 'tracking_error new error' 'EasyPost error with advice'
is "$(state 9400000000000000000007)" 'tracking_error new error' 'EasyPost error without details'
is "$(state 1ZE000000000000009)" 'returning new returning' 'EasyPost return without details'
is "$(state 9400000000000000000010)" '- - unknown' 'an unknown tracker is watched, not shown'
is "$(state 92050000000000000001)" 'address_issue new delayed' 'Shippo: a problem under TRANSIT'
is "$(state 92050000000000000002)" '- - delivered' 'Shippo without a substatus'
is "$(state RR000000001CN) / $(state RR000000002CN)" 'address_issue new undeliverable / lost new lost' '17TRACK in both nestings'
is "$(state 790000000006)" 'lost new lost' 'AfterShip: lost by hand after a delivery'
is "$(state TRAP10)" $'- - delivered\n- - in_transit' 'two carriers under one number, times in five shapes'
is "$(state TRAP11A) / $(state TRAP11B) / $(state RR000000005CN)" \
    'tracking_error new error / tracking_error new error / tracking_error new error' 'error answers are tracking errors'

# Late, twice, out of order
event LATE1 2026-11-20T10:00:00Z OR >a
event LATE1 2026-11-20T12:00:00Z X 48 'Incorrect address - apartment number missing' >b
event LATE1 2026-11-20T15:00:00Z D '' Delivered >c
for order in 'a b c' 'c b a' 'b a c' 'c a b b a c'; do
    number=ORDER$(tr -d ' ' <<<"${order^^}")
    for one in $order; do sed "s/LATE1/$number/" "$one"; done >shuffled
    run doorstep ingest - <shuffled
    case $(state "$number") in
    '- - delivered' | 'address_issue resolved delivered') pass "delivered however it arrives: $order" ;;
    *) fail "delivered however it arrives: $order" "got: $(state "$number")" ;;
    esac
done
cat b | run doorstep ingest
is "$(state LATE1)" 'address_issue new delayed' 'a problem opens'
run doorstep ingest a
expect_out_like '"events":1,"exceptions_opened":0' 'an older scan is kept'
is "$(state LATE1)" 'address_issue new delayed' 'and changes nothing about it'
run doorstep ingest c
is "$(state LATE1)" 'address_issue resolved delivered' 'the delivery resolves it'
expect_out "$(counts 1 1 0 0 1 0 0 1 0)" 'and is counted'

# An event without its order, which comes later and joins up
event JOIN1 2026-11-20T12:00:00Z X 48 'Incorrect address' >early
echo '{"type":"order","order_number":"J-1","brand":"acme","customer":{"external_id":"c9","name":"Nneka Okoye","tier":"gold"},"shipments":[{"carrier":"ups","tracking_number":"join 1","promised_at":"2026-11-30T12:00:00Z"}]}' >order
run doorstep ingest early order
expect_status 0 'an event, then its order'
is "$(sql "SELECT brand, order_number, customer_name, tier FROM doorstep.exception WHERE tracking_number = 'JOIN1'")" 'acme|J-1|Nneka Okoye|gold' 'they join up'

# Unknown codes are kept and asked about
event ODD1 2026-11-20T12:00:00Z Q7 '' 'Something new' >odd
run doorstep ingest odd
expect_out "$(counts 1 1 0 0 1 1 0 0 1)" 'an unmapped code opens an exception'
is "$(state ODD1)" 'other new unknown' 'of kind other'

# Bad documents never stop the good ones
{
    event GOOD1 2026-11-20T12:00:00Z OR
    echo 'what is this'
    echo '{"type":"event","carrier":"ups"'
    event GOOD2 1970-01-01T00:00:00Z OR
    printf '{"type":"event","carrier":"ups","tracking_number":"\xff"}\n'
    event GOOD3 2026-11-20T12:00:00Z OR '' 'red \u001b[31m \u202e text'
} >mixed
run doorstep ingest --rejects refused mixed
expect_status 1 'some refused'
expect_out "$(counts 6 2 0 4 2 0 0 0 0)" 'the good ones are in'
expect_no_err 'nothing on stderr: it is in the file'
is "$(grep -oE '"line":[0-9]+,"reason":"[^";:]*[;:][^";:]*' refused)" '"line":2,"reason":"2:1
"line":3,"reason":"4:1
"line":4,"reason":"doorstep GOOD2: occurred_at
"line":5,"reason":"5:51' 'line and place of each'
is "$(sql "SELECT count(*) FROM (SELECT '$(sed -n 4p refused | tr -d "'")'::jsonb ->> 'document' AS d) x WHERE d LIKE '%tracking_number%'")" 1 'the original text is kept, as valid JSON'
is "$(sql "SELECT message FROM doorstep.scan_event WHERE message LIKE 'red%'")" 'red [31m  text' 'escape sequences and direction marks are gone'
run doorstep ingest mixed
expect_err_like '^mixed:2: refused: 2:1: not a JSON object' 'without --rejects they are said'
yes nonsense | head -30 >nonsense
run doorstep ingest nonsense
is "$(wc -l <err)" 21 'the first twenty, and how many more'

# Large, and slow
{ printf '{"trackers":['; sed 's/$/,/' "$fixtures/vocabulary/easypost.ndjson"; printf '{"object":"Tracker","tracking_code":"BIG1","status":"unknown","note":"'; head -c 10000000 /dev/zero | tr '\0' x; printf '"}],"has_more":false}'; } >page
run doorstep ingest page
expect_out_like '^{"documents":39,"accepted":1,"duplicates":38,"rejected":0' 'a page with a text of 10 MB'
{ event SLOW1 2026-11-20T12:00:00Z OR; sleep 30; } | doorstep ingest >slow 2>&1 &
eventually 10 'what a slow source gave is merged before it gives more' \
    sh -c "psql -XAtq -d '$DSN' -c \"SELECT tracking_number FROM doorstep.shipment WHERE tracking_number = 'SLOW1'\" | grep -q SLOW1"
kill %1 2>/dev/null

# Wrong calls
run doorstep ingest --format xml a
expect_status 64 'an unknown format'
expect_err_like 'auto.doorstep.easypost' 'says which there are'
run doorstep ingest a missing.json
expect_status 74 'a missing file'
expect_err_like 'missing.json: No such file.*nothing was loaded' 'is named, before anything is loaded'
run doorstep ingest --rejects /nonexistent/x a
expect_status 74 'a rejects file that cannot be written'
person reader viewer
run as reader doorstep ingest a
expect_status 77 'a role that may not feed'
run "$DOORSTEP" --dsn 'host=/nonexistent dbname=none' ingest a
expect_status 69 'no database'

# Recorded answers of providers, where PAYLOADS says they are
if [ -d "${PAYLOADS:-}" ]; then
    run doorstep ingest "$PAYLOADS"/*/*.json
    expect_status 0 'recorded answers'
    is "$(state EZ5000000005)" 'returning new returning' 'a recorded return to sender'
    is "$(state 9400100208303109505688)" '- - unknown' 'a recorded unknown number'
fi
done_testing
