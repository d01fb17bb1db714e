#!/bin/bash
# Messages that wait when an outage is declared, with the worker: held as it would send them, by the strictest of two outages, the outage's own
# wording excepted; queued again at the end and asked about anew. And an outage that ends while somebody overrides for it.
# shellcheck source=tests/tools/lib.sh
. tests/tools/lib.sh
for p in "lea lead" "max lead" "ana agent" "post worker" "feeder feed"; do
    # shellcheck disable=SC2086
    person $p
done
for n in 1 2 3 4 5; do
    printf '{"type":"order","order_number":"O-%s","brand":"acme","placed_at":"2026-11-18T10:12:00Z","customer":{"external_id":"c%s","name":"Customer %s","email":"c%s@example.com","language":"en","consent":{"email":true}},"shipments":[{"carrier":"UPS","tracking_number":"T%s","destination":{"city":"Austin","region":"TX","country":"US"}}]}\n' $n $n $n $n $n
    printf '{"type":"event","carrier":"ups","tracking_number":"T%s","provider":"doorstep","occurred_at":"%s","code":"delayed","message":"Late"}\n' $n "$(date -u -d '-2 hours' +%FT%TZ)"
    printf '{"type":"event","carrier":"ups","tracking_number":"T%s","provider":"doorstep","occurred_at":"%s","code":"held","message":"Held"}\n' $n "$(date -u -d '-1 hour' +%FT%TZ)"
done >feed
run as feeder doorstep ingest feed
sql "UPDATE doorstep.contact_policy SET quiet_from = NULL, quiet_to = NULL, cap = 1000, repeat_hours = 0, undo_seconds = 0;
     INSERT INTO doorstep.template (name, channel, language) VALUES ('plain', 'email', 'en');
     INSERT INTO doorstep.template_version (template_id, version, state, title, subject, body, author) SELECT id, 1, 'approved', 'Plain', 'Your parcel', 'It is late.', 't' FROM doorstep.template WHERE name = 'plain'" >/dev/null
sql "UPDATE doorstep.exception SET kind = 'delay_carrier'" >/dev/null
sql "INSERT INTO doorstep.agent (role, display_name) VALUES ('ana', 'Ana')" >/dev/null
id() { sql "SELECT id FROM doorstep.exception WHERE tracking_number = '$1'"; }
worker() {
    sql "UPDATE doorstep.outreach SET send_after = now() WHERE state = 'queued' AND deferred IS NULL" >/dev/null
    DOORSTEP_EMAIL_URL="maildir:$WORK/box?from=orders@example.com" as post doorstep worker --once >"$WORK/out" 2>"$WORK/err"
}
states() { sql "SELECT string_agg(e.tracking_number || ' ' || o.state || coalesce(' ' || h.outage_id, ''), ', ' ORDER BY o.id) FROM doorstep.outreach o JOIN doorstep.exception e ON e.id = o.exception_id LEFT JOIN doorstep.message_hold h ON h.id = o.hold_id"; }
for n in 1 2 3 4; do run as ana doorstep send "$(id T$n)" --template plain --channel email --yes; done
expect_status 0 'four are told'
is "$(states)" 'T1 queued, T2 queued, T3 queued, T4 queued' 'and wait'
sql "UPDATE doorstep.outreach SET send_after = now() + interval '1 hour', deferred = 'quiet hours' WHERE exception_id = $(id T4)" >/dev/null

run as lea doorstep outage declare --scope region:TX --message 'Dallas is down' --hold-messages --yes
expect_status 0 'an outage'
run as ana doorstep send "$(id T5)" --template carrier_outage --channel email --yes
expect_status 0 'its own wording'
worker
is "$(states)" 'T1 held 1, T2 held 1, T3 held 1, T4 queued, T5 sent' 'as the worker would send them they are held; its wording goes, what is put off waits'
run as ana doorstep outage list --format json
expect_out_like '"held": *3' 'the outage says how many'
sql "UPDATE doorstep.outreach SET send_after = now(), deferred = NULL WHERE exception_id = $(id T4)" >/dev/null
worker
is "$(states)" 'T1 held 1, T2 held 1, T3 held 1, T4 held 1, T5 sent' 'its hour comes: held, too'
run as max doorstep outage declare --scope carrier:ups --message 'UPS is down' --hold-messages --yes
expect_status 0 'a second over it'
run as ana doorstep outreach retry "$(sql "SELECT id FROM doorstep.outreach WHERE exception_id = $(id T3)")"
worker
is "$(sql "SELECT state FROM doorstep.outreach WHERE exception_id = $(id T3)")" held 'nobody gets one past a hold by sending it again'
printf '{"type":"event","carrier":"ups","tracking_number":"T2","provider":"doorstep","occurred_at":"%s","code":"delivered","message":"Delivered"}\n' "$(date -u +%FT%TZ)" | as feeder doorstep ingest --format doorstep >/dev/null 2>&1
run as lea doorstep outage end 1
expect_err_like '[34] messages queued again' 'the first ends'
worker
is "$(states)" 'T1 held 2, T2 held, T3 held 2, T4 held 2, T5 sent' 'the second holds them, but for what is no longer so'
is "$(find "$WORK/box" -name '*.eml' | wc -l)" 1 'nothing went out'
run as max doorstep outage end 2
expect_err_like '3 messages queued again' 'the second ends'
worker
is "$(states)" 'T1 sent, T2 held, T3 sent, T4 sent, T5 sent' 'they go'
is "$(sql "SELECT reason FROM doorstep.outreach WHERE exception_id = $(id T2)")" "#$(id T2) is resolved: reopen it before the customer is told anything" 'the other says why'
is "$(find "$WORK/box" -name '*.eml' | wc -l)" 4 'four e-mails'

# --- an override for an outage is under way while the outage is ended: the end waits, and takes it back
run as lea doorstep outage declare --scope region:TX --message 'again' --yes
outage=$(sql 'SELECT max(id) FROM doorstep.outage')
mkfifo asking
psql -XAtq -d "${DSN/user=test/user=lea}" -f asking >"$WORK/asked" 2>&1 &
asker=$!
exec 7>asking
echo "BEGIN; SELECT code FROM doorstep.override_apply(gen_random_uuid(), '{$(id T1)}', 'delayed', 'carrier_outage', 'the hub', NULL, $outage);" >&7
eventually 10 'an override that is not done yet' grep -q ok "$WORK/asked"
as max doorstep outage end "$outage" >"$WORK/ended" 2>&1 &
ender=$!
waits() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE usename = 'max' AND wait_event_type = 'Lock'")" = 1 ]; }
eventually 10 'the end waits for it' waits
echo 'COMMIT;' >&7
exec 7>&-
wait $asker
wait $ender
is "$(grep -c '1 override taken back' "$WORK/ended")" 1 'and takes it back'
is "$(sql "SELECT count(*) FROM doorstep.shipment WHERE override_id IS NOT NULL")" 0 'nothing is in force for an outage that is over'
done_testing
