# shellcheck shell=bash
# A lead's day in an outage: declare, hold, pause, override, a new one joins, a message held, an overlap, the end, the follow-up.
# shellcheck source=tests/tools/lib.sh
. tests/tools/lib.sh

person lea lead
person max lead
person ana agent
sql "INSERT INTO doorstep.agent (role, display_name) VALUES ('ana', 'Ana')"

doc() { # NUMBER REGION STATUS
    sql "INSERT INTO doorstep.brand (code, name) VALUES ('acme', 'Acme') ON CONFLICT DO NOTHING;
         INSERT INTO doorstep.carrier (code, name) VALUES ('ups', 'UPS') ON CONFLICT DO NOTHING;
         INSERT INTO doorstep.customer (brand_id, external_id, name, email, consent, language)
             SELECT id, 'c-$1', 'Customer $1', 'c$1@example.com', '{\"email\": true}', 'en' FROM doorstep.brand WHERE code = 'acme';
         INSERT INTO doorstep.orders (brand_id, order_number, customer_id, placed_at)
             SELECT brand_id, 'O-$1', id, now() - interval '3 days' FROM doorstep.customer WHERE external_id = 'c-$1';
         INSERT INTO doorstep.shipment (brand_id, carrier_id, tracking_number, region, customer_id, carrier_status, effective_status, last_scan_at, promised_at)
             SELECT b.id, k.id, '$1', '$2', c.id, '$3', '$3', now() - interval '1 hour', now() - interval '1 day' FROM doorstep.brand b, doorstep.carrier k, doorstep.customer c
              WHERE b.code = 'acme' AND k.code = 'ups' AND c.external_id = 'c-$1';
         INSERT INTO doorstep.exception (kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number, customer_id, customer_name, order_id, order_number,
                region, carrier_status, effective_status, last_scan_at, promised_at, language, first_response_due_at, resolve_due_at, search)
             SELECT 'stalled', 'medium', 'carrier', s.brand_id, 'acme', s.id, s.carrier_id, 'ups', 'UPS', s.tracking_number, s.customer_id, 'Customer $1', o.id, o.order_number, s.region,
                    s.carrier_status, s.effective_status, s.last_scan_at, s.promised_at, 'en', now() + interval '4 hours', now() + interval '8 hours', lower(s.tracking_number)
               FROM doorstep.shipment s JOIN doorstep.orders o ON o.order_number = 'O-$1' WHERE s.tracking_number = '$1'"
}
for n in T1 T2 T3; do doc "$n" TX in_transit; done
doc C1 CA in_transit
id() { sql "SELECT id FROM doorstep.exception WHERE tracking_number = '$1'"; }
clock() { sql "SELECT string_agg(CASE WHEN due_at IS NULL THEN 'stands' ELSE 'runs' END, ' ' ORDER BY id) FROM doorstep.exception WHERE tracking_number ~ '$1'"; }

# what is refused
run as lea doorstep outage declare --scope "carrier:ups sla:<30m" --message x --yes
expect_status 64 'time is no scope'
expect_err_like 'column 13: sla: is no scope' 'the column is named'
run as lea doorstep outage declare --scope "-carrier:ups" --message x --yes
expect_status 64 'only exclusions'
run as lea doorstep outage declare --scope "region:TX" --yes
expect_status 64 'a message is needed'
run as lea doorstep outage declare --scope "region:TX" --message x
expect_status 64 'without a terminal it does not guess'
expect_err_like 'add --yes' 'it says how'
run as lea doorstep outage declare --scope "region:TX" --message x --override exploded --yes
expect_status 64 'an impossible status'
run as lea doorstep outage declare --scope "region:TX" --message x --until "2020-01-01" --yes
expect_status 65 'an end in the past'
run as lea doorstep outage declare --scope "region:TX" --message x --until "when it is over" --yes
expect_err_like 'mon 9:00 or 2026-11-24 10:00$' 'how an end is written, without a scan that ends nothing'
run as ana doorstep outage declare --scope "region:TX" --message x --yes
expect_status 77 'an agent may not'
expect_err_like 'it takes a lead' 'and is told who may'
run as ana doorstep outage list
expect_err_like 'no outage is live' 'none is live'

# declare
run as lea doorstep outage declare --scope "carrier:ups region:TX" --message "UPS hub in Dallas is down" --hold-messages --pause-sla --override delayed --yes
expect_status 0 'declared'
expect_err_like '3 of 4 open exceptions' 'it shows what is in it first'
expect_err_like 'outage 1 declared: UPS region:TX, 3 exceptions; automatic messages are held; 3 clocks stand; .*delayed' 'and says what it did'
is "$(clock T)" 'stands stands stands' 'the clocks stand'
is "$(clock C)" 'runs' 'the others run'
is "$(sql "SELECT count(*) FROM doorstep.shipment WHERE effective_status = 'delayed'")" 3 'the parcels are delayed'
run as ana doorstep outage list --format json
expect_out_like '"hold_messages": *true' 'everybody sees it'
expect_out_like '"exceptions": *3' 'and how many are in it'
run as ana doorstep queue outage:1 --format json
is "$(grep -c '"tracking_number"' "$WORK/out")" 3 'they are found by it'
expect_out_like '"outage": *1' 'each says so'
run as ana doorstep queue outage:none --format csv
expect_out_like ',C1,' 'and the others by none'
run as lea doorstep outage declare --scope "region:tx carrier:UPS" --message again --yes
expect_status 0 'the same again'
expect_err_like 'outage 1 is that already' 'is the same'

# a new one joins; a message is held, the outage's own wording is not
doc T4 TX in_transit
is "$(clock T4)" 'stands' 'a new one joins'
run as ana doorstep send "$(id T1)" --template stalled --channel email --yes
expect_out_like 'outage_hold' 'a message of another template is held back'
run as ana doorstep send --filter outage:1 --template carrier_outage --channel email --yes
expect_status 0 'one message to all of them'
is "$(sql "SELECT count(*) FROM doorstep.outreach WHERE state = 'queued'")" 4 'each gets the wording of the outage'
run as ana doorstep wait "$(id T2)" --until 2d
expect_status 0 'one waits'

# another over it, and the first ends
run as max doorstep outage declare --scope "carrier:ups" --message "UPS tracking is down everywhere" --pause-sla --yes
expect_err_like 'overlaps with 1 live outage: the strictest holds' 'the second knows of the first'
is "$(clock 'T|C')" 'stands stands stands stands stands' 'all stand'
run as ana doorstep outage end 1
expect_status 77 'an agent does not end it'
run as lea doorstep outage end 1 --note "hub is back"
expect_status 0 'the first ends'
expect_err_like 'outage 1 is over: 3 overrides taken back; 0 messages queued again; 0 clocks run; 4 to follow up: outage:1' 'and is summed up'
is "$(sql "SELECT count(*) FROM doorstep.shipment WHERE effective_status = 'delayed'")" 0 'overrides are reverted'
is "$(clock 'T')" 'stands stands stands stands' 'the second still stops the clocks'
run as lea doorstep outage set 2 --until 6h --message "UPS tracking comes back"
expect_status 0 'changed'
run as lea doorstep outage end 2
expect_err_like 'clocks run' 'the second ends'
is "$(clock 'T')" 'runs stands runs runs' 'they run, but for who waits'
run as lea doorstep outage end 2
expect_status 0 'ending it again'
expect_err_like 'lea ended outage 2' 'is the same'

# the follow-up
run as ana doorstep outage show 1 --format csv
is "$(grep -c 'Customer T' "$WORK/out")" 4 'whom to follow up'
run as ana doorstep outage list --all --format csv
is "$(grep -c '^[12],ended' "$WORK/out")" 2 'both are in the list of all'

# undo
run as lea doorstep outage declare --scope "region:CA" --message "by mistake" --pause-sla --hold-messages --yes
run as ana doorstep show "$(sql "SELECT id FROM doorstep.exception WHERE tracking_number = 'C1'")"
expect_out_like '^  outage 3, region:CA, since 20.*: by mistake' 'and an exception which outage it is in'
run as ana doorstep hold list --format json
expect_out_like '"scope":"region:CA","outage":3' 'a hold of an outage says what it holds'
is "$(clock C)" 'stands' 'declared by mistake'
run as lea doorstep undo
expect_status 0 'undo takes it back'
is "$(clock C)" 'runs' 'the clock runs'
is "$(sql "SELECT outages::text FROM doorstep.exception WHERE tracking_number = 'C1'")" '{2}' 'as if it had not been'
is "$(sql 'SELECT count(*) FROM doorstep.audit_verify(NULL)')" 0 'the chains hold'
done_testing
