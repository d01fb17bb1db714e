#!/bin/bash
# The outage board, what it suggests, and dismissing it, from the command line.
. tests/tools/lib.sh
person t_lea lead
person t_vic viewer

# what is counted by the hour is put there and looked at in one
while [ "$(date -u +%M)" = 59 ]; do sleep 0.2; done
run as t_vic doorstep outage board
expect_status 0 'an empty board is no error'
expect_err 'no carrier has scanned anything yet' 'and says so'
sql "INSERT INTO doorstep.brand (id, code, name) VALUES (901, 't-one', 'One');
     INSERT INTO doorstep.carrier (id, code, name) VALUES (901, 't-ups', 'T UPS'), (902, 't-dhl', 'T DHL');
     INSERT INTO doorstep.lane (id, brand_id, carrier_id, region, service, last_scan_at) OVERRIDING SYSTEM VALUE
         VALUES (1, 901, 901, 'TX', 'ground', now()), (2, 901, 901, 'CA', '', now()), (3, 901, 902, 'TX', 'air', NULL);
     INSERT INTO doorstep.lane_hour (lane_id, hour, opened, scans)
         SELECT l, doorstep.hour_of(now()) - make_interval(hours => h), CASE l WHEN 1 THEN 4 ELSE 1 END, 40 FROM generate_series(1, 720) h, generate_series(1, 2) l;
     INSERT INTO doorstep.lane_open VALUES (1, 7), (2, 1);
     SET search_path = doorstep;
     SELECT lane_learn(now(), h) FROM generate_series(0, 23) h" >/dev/null

run as t_vic doorstep outage board
expect_status 0 'the board is printed'
is "$(head -1 out | tr -s ' ')" 'carrier open new hour usual ratio last scan last 24 hours remark' 'with a head'
expect_out_like '^T UPS +8 +0 +5\.00 +0\.2 +[0-9a-z]+( ago)? +█{23}' 'a line a carrier, its hours drawn'
expect_out_like '^T DHL +0 +0 +0\.00 +1\.0 +– ' 'one that never scanned, too'
run env LC_ALL=C "$DOORSTEP" --dsn "${DSN/user=test/user=t_vic}" outage board t-ups
expect_out_like '^TX +ground +7 +0 +4\.00 +0\.2 .* #{23} ' 'a line a lane, in ASCII where that is all there is'
expect_out_like '^CA .* :{23} ' 'one in an hour is no peak'

run as t_vic doorstep outage board t-ups --format json
expect_status 0 'as JSON'
is "$(jq -c '.[] | select(.region == "TX") | [.carrier, .carrier_name, .service, .lanes, .open, .new_hour, .baseline, .usual_gap_s, (.hours | length), .hours[0], .hours[23], .outage, .suggested, .why]' out)" \
    '["t-ups","T UPS","ground",1,7,0,4,90,24,4,0,null,false,null]' 'with the numbers'
run as t_vic doorstep outage board --format csv
like out '^t-ups,T UPS,,,2,8,0,5\.00,0\.2?,.*,"\[5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,0\]",,f,' 'and as CSV'
run as t_vic doorstep outage board t-nobody
expect_status 64 'a carrier nobody knows is refused'
expect_err_like 'nothing is known of a carrier of that name' 'with a sentence'
run as t_vic doorstep outage board t-ups t-dhl
expect_status 64 'one carrier at a time'

run as t_vic doorstep outage suggest
expect_status 0 'nothing suggested is no error'
expect_err 'nothing is suggested: every carrier is as usual' 'and says so'
sql "INSERT INTO doorstep.shipment (brand_id, carrier_id, tracking_number) SELECT 901, 901, 'B' || n FROM generate_series(1, 30) n;
     INSERT INTO doorstep.exception (kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, service, region, tracking_number)
         SELECT 'stalled', 'low', 'carrier', 901, 't-one', id, 901, 't-ups', 'T UPS', 'ground', 'TX', tracking_number FROM doorstep.shipment;
     SELECT doorstep.lane_judge(clock_timestamp())" >/dev/null
id=$(sql 'SELECT id FROM doorstep.outage_suggestion WHERE ended_at IS NULL')
run as t_vic doorstep outage suggest --format json
expect_status 0 'what the board suggests is listed'
is "$(jq -c '.[] | [.id, .scope, .why, .kind]' out)" "[$id,\"carrier:t-ups\",\"30 new in the last hour against 5 usually\",\"rate\"]" 'with its scope and why'
run as t_vic doorstep outage board
expect_out_like '^T UPS +38 +30 .*30 new in the last hour against 5 usually' 'the board shows it'
expect_err_like "suggestion $id: carrier:t-ups: 30 new" 'and names its number'
run as t_vic doorstep outage dismiss "$id"
expect_status 77 'a viewer may not dismiss it'
expect_err_like 'it takes a lead' 'and hears who may'
run as t_lea doorstep outage dismiss
expect_status 64 'which one?'
run as t_lea doorstep outage dismiss "$id" 999
expect_status 1 'one of two is there'
expect_out_like 'there is no suggestion 999' 'each gets its answer'
run as t_lea doorstep outage suggest
expect_no_out 'dismissed it is gone'
is "$(sql "SELECT doorstep.lane_judge(clock_timestamp())")" 0 'and does not come back'
done_testing
