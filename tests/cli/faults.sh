#!/bin/bash
# Killed at every step: each place of include/loop/fault.h in turn. A process dies there, two workers side by side and, every few
# places, a server that died with it go on; then nothing is lost, repeated or left half done. Some places are frozen or cut off, too.
# Builds without the places (all but `make asan`'s and `make faults`') only prove that they have none. FAULTS_ONLY: a pattern of names.
# shellcheck source=tests/tools/lib.sh
. tests/tools/lib.sh
# shellcheck source=tests/tools/sink.sh
. "$ROOT/tests/tools/sink.sh"
tools=$(dirname "$DOORSTEP")/tests
places=$(DOORSTEP_FAULT=list "$DOORSTEP" --version | sed -n '/^[a-z]*\.[a-z]* [a-z]*$/p')
if [ -z "$places" ]; then
    is "$(grep -c DOORSTEP_FAULT "$DOORSTEP")" 0 'a program that people use has no place to make it fail'
    done_testing
    exit
fi
# the tests' servers answer before they have written: one that is killed would forget what it said
sql "DO \$\$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = on', current_database()); END \$\$"
person post worker
person feeder feed
for name in maria:agent lea:lead; do sql "SELECT doorstep.user_add('${name%:*}', '${name#*:}')" >/dev/null; done
sql "UPDATE doorstep.contact_policy SET quiet_from = NULL, quiet_to = NULL, quiet_days = '{}', cap = 50, undo_seconds = 1" >/dev/null
as lea doorstep rule save walk 'when kind:address_issue carrier:ups on opened do tag walked; send address_issue by email' 2>/dev/null
as lea doorstep rule enable walk --per-hour 100000 2>/dev/null
POST="${DSN/user=test/user=post}"
workers=()
stop_all() { kill -9 "${sinks[@]}" "${workers[@]}" "$helper" 2>/dev/null; }
helper=''
trap stop_all EXIT

start_sink
email_logs=("$log")
export DOORSTEP_EMAIL_URL="webhook+https://example.com/in?base=http://127.0.0.1:$port&connections=4"
start_sink
sms_log=$log
export DOORSTEP_SMS_URL="twilio://AC1:s@?from=%2B15125550000&base=http://127.0.0.1:$port&connections=4"
: >desk.log
"$tools/tool_desk" desk.log >desk.port 2>/dev/null &
sinks+=($!)
eventually 5 'a helpdesk on loopback' test -s desk.port
desk=$(cat desk.port)
export DOORSTEP_HELPDESK_URL="zendesk://agent%40shop.com:geheim42@acme?base=http://127.0.0.1:$desk"

# ---------------------------------------------------------------- work for every step of a worker
n=0
parcel() { # NUMBER
    printf '{"type":"order","order_number":"W-%s","brand":"acme","customer":{"external_id":"w-%s","name":"Rosa","email":"w%s@example.com","phone":"+1512555%s","language":"en","time_zone":"UTC","consent":{"email":true,"sms":true}},"shipments":[{"carrier":"ups","tracking_number":"1ZW%s"}]}\n' \
        "$1" "$1" "$1" $((1000 + $1)) "$1"
    scan "1ZW$1"
}
scan() { printf '{"type":"event","carrier":"%s","provider":"easypost","tracking_number":"%s","occurred_at":"%s","code":"in_transit","detail":"address_correction","message":"Apartment number missing"}\n' "${2:-ups}" "$1" "$(date -u +%FT%TZ)"; }
receipt() { printf '{"type":"receipt","id":"r-%s","outreach":"%s","status":"delivered","at":"%s"}\n' "$1" "$2" "$(date -u +%FT%TZ)"; }
# e-mails by one that may be asked twice, one of them left behind by a worker that is gone; messages by one that may not; a parcel that rules act
# on; its case; a webhook of scans and of receipts; somebody who sleeps until now
work() {
    n=$((n + 1))
    queue 3 email
    queue 2 sms
    parcel $n | as feeder doorstep ingest >/dev/null
    psql -XAtq -v ON_ERROR_STOP=1 -d "$POST" -c "SELECT id FROM doorstep.outbox_claim('ghost', 'email', 'webhook+https', true, 1, 1)" >/dev/null
    local sent
    sent=$(sql "SELECT btrim(message_id, '<>') FROM doorstep.outreach ORDER BY id OFFSET $((n - 1)) LIMIT 1")
    psql -XAtq -v ON_ERROR_STOP=1 -d "${DSN/user=test/user=maria}" >/dev/null <<SQL
SELECT doorstep.case_open(gen_random_uuid(), ARRAY[(SELECT id FROM doorstep.exception WHERE tracking_number = '1ZW$n')], 'internal', p_note => 'walked');
SELECT doorstep.snooze(gen_random_uuid(), ARRAY[(SELECT max(id) FROM doorstep.exception WHERE carrier = 'outbox')], now() + interval '1 hour', false);
SQL
    sql "UPDATE doorstep.outreach SET lease_until = now() - interval '1 s' WHERE worker = 'ghost' AND state = 'sending';
         SELECT doorstep.inbox_add('carrier/doorstep', 'application/json', convert_to('$(scan "1ZI$n" fedex)', 'UTF8'));
         SELECT doorstep.inbox_add('receipt/receipt', 'application/json', convert_to('$(receipt $n "$sent")', 'UTF8'));
         UPDATE doorstep.exception SET wake_at = now() - interval '1 s' WHERE state = 'snoozed'" >/dev/null
}
# what the killed one held is free at once: leases are not what is waited for here
free_leases() {
    sql "UPDATE doorstep.outreach SET lease_until = now() - interval '1 s' WHERE state = 'sending';
         UPDATE doorstep.case_sync SET lease_until = now() - interval '1 s' WHERE state = 'sending';
         UPDATE doorstep.inbox SET taken_until = NULL;
         UPDATE doorstep.rule_event SET lease_until = '-infinity'" >/dev/null
}
begin() { "$DOORSTEP" --dsn "$POST" worker --lease 1 2>>worker.log & workers+=($!); }
end() {
    kill -TERM "${workers[@]}" 2>/dev/null
    wait "${workers[@]}" 2>/dev/null
    workers=()
}
rest() {
    sql "SELECT (SELECT count(*) FROM doorstep.outreach WHERE state IN ('queued', 'sending') OR NOT told) + (SELECT count(*) FROM doorstep.inbox)
              + (SELECT count(*) FROM doorstep.case_sync WHERE state <> 'done') + (SELECT count(*) FROM doorstep.rule_event)
              + (SELECT count(*) FROM doorstep.exception WHERE wake_at < now())"
}
# A minute's lease of a webhook or a rule's event counts as two seconds.
is_over() {
    sql "UPDATE doorstep.inbox SET taken_until = NULL WHERE taken_until < now() + interval '58 s';
         UPDATE doorstep.rule_event SET lease_until = '-infinity' WHERE lease_until < now() + interval '58 s'" >/dev/null
    [ "$(rest)" = 0 ]
}
# what is wrong; nothing, when all is well. Who is asleep may have a transaction open: the server ends it after a minute
asleep=false
wrong() {
    sql "SELECT concat_ws(', ',
        (SELECT 'leases past their time: ' || count(*) FROM doorstep.outreach WHERE lease_until < now() HAVING count(*) > 0),
        (SELECT 'messages neither sent nor unknown: ' || string_agg(DISTINCT state::text, ' ') FROM doorstep.outreach WHERE state NOT IN ('sent', 'unknown', 'delivered') HAVING count(*) > 0),
        (SELECT 'told ' || count(*) || ' times of message ' || a.exception_id FROM doorstep.activity a WHERE a.verb IN ('sent', 'not_sent') GROUP BY a.exception_id, a.verb HAVING count(*) <> 1 LIMIT 1),
        (SELECT 'not told of messages: ' || count(*) FROM doorstep.outreach o WHERE NOT EXISTS (SELECT FROM doorstep.activity a WHERE a.exception_id = o.exception_id AND a.verb IN ('sent', 'not_sent')) HAVING count(*) > 0),
        (SELECT 'unknown and a person not told what to do: ' || count(*) FROM doorstep.outreach WHERE state = 'unknown' AND reason NOT LIKE '%check there%' HAVING count(*) > 0),
        (SELECT 'unknown though it may be asked twice: ' || count(*) FROM doorstep.outreach WHERE state = 'unknown' AND channel = 'email' HAVING count(*) > 0),
        (SELECT 'scans of 1ZI: ' || count(*) FROM doorstep.scan_event v JOIN doorstep.shipment s ON s.id = v.shipment_id WHERE s.tracking_number LIKE '1ZI%' HAVING count(*) <> $n),
        (SELECT 'receipts: ' || count(*) FROM doorstep.outreach_receipt HAVING count(*) <> $n),
        (SELECT 'the rule acted ' || count(*) || ' times on ' || a.exception_id FROM doorstep.activity a WHERE a.actor LIKE 'rule%' AND a.verb = 'rule' GROUP BY a.exception_id HAVING count(*) <> 1 LIMIT 1),
        (SELECT 'the rule acted on ' || count(DISTINCT a.exception_id) FROM doorstep.activity a WHERE a.actor LIKE 'rule%' AND a.verb = 'rule' HAVING count(DISTINCT a.exception_id) <> $n),
        (SELECT 'its messages: ' || count(*) FROM doorstep.outreach WHERE by LIKE 'rule%' HAVING count(*) <> $n),
        (SELECT 'woken: ' || count(*) FROM doorstep.activity WHERE verb = 'wake' HAVING count(*) <> $n),
        (SELECT 'cases told of: ' || count(*) FROM doorstep.support_case WHERE desk_id IS NOT NULL HAVING count(*) <> $n),
        (SELECT 'idle in a transaction: ' || count(*) FROM pg_stat_activity WHERE state LIKE 'idle in tr%' AND NOT $asleep HAVING count(*) > 0),
        (SELECT 'the log is broken: ' || count(*) FROM doorstep.audit_verify(NULL) HAVING count(*) > 0))"
    [ "$(sort "$sms_log" | uniq -d | wc -l)" = 0 ] || echo ", posted twice: $(sort "$sms_log" | uniq -d)"
    [ "$(sort -u "${email_logs[@]}" | wc -l)" = "$(sql "SELECT count(*) FROM doorstep.outreach WHERE channel = 'email' AND state <> 'unknown'")" ] || echo ', not one key a message'
    [ "$(grep -c '^create' desk.log)" = $n ] || echo ', tickets made twice'
}
restart() { "$ROOT/tests/tools/pg" restart "$RUN_PG"; }
go_on() { # LABEL
    free_leases
    begin
    [ $((n % 6)) -ne 0 ] || restart
    begin
    eventually 20 "$1: two go on to the end" is_over
    end
    is "$(wrong)" '' "$1: nothing lost, repeated or half done"
}
within() { timeout -s TERM -k 1 "$@"; }

# ---------------------------------------------------------------- the places
begin
queue 100 email              # for receipts to speak of
eventually 20 'a worker, and a helpdesk it knows' is_over
end
killed() { # NAME COMMAND…
    local name=$1
    shift
    DOORSTEP_FAULT=$name within 120 "$@" >"$WORK/out" 2>"$WORK/err"
    status=$?
    expect_status 137 "$name: reached"
}
# two places at a time: three workers lost over one message would be for a person to look at
open_end=''
walk_worker() {
    work
    killed "$1" "$DOORSTEP" --dsn "$POST" worker --once --lease 1
    open_end="${open_end:+$open_end, }$1"
    free_leases
    [ $((n % 2)) -ne 0 ] || ended
}
ended() {
    [ -z "$open_end" ] || go_on "$open_end"
    open_end=''
}
# a provider that takes its time: leases are made longer meanwhile
walk_slow() {
    local email=$DOORSTEP_EMAIL_URL
    start_sink --delay 700
    email_logs+=("$log")
    DOORSTEP_EMAIL_URL="webhook+https://example.com/in?base=http://127.0.0.1:$port&connections=4"
    walk_worker "$1"
    ended
    DOORSTEP_EMAIL_URL=$email
}
# NAME WITHOUT…: frozen past its lease, with those channels alone that the place is about: what it held is others' by then, and when it wakes it neither sends nor writes
freeze() {
    local frozen
    work
    env "${@:2}" DOORSTEP_FAULT="$1=stop" "$DOORSTEP" --dsn "$POST" worker --lease 1 2>>worker.log & frozen=$!
    workers+=("$frozen")
    stopped() { [ "$(awk '{ print $3 }' "/proc/$frozen/stat")" = T ]; }
    eventually 20 "$1: frozen" stopped
    workers=()
    asleep=true
    go_on "$1, frozen"
    asleep=false
    kill -CONT $frozen
    kill -TERM $frozen
    wait $frozen
    is "$(wrong)" '' "$1, awake again: nothing repeated"
}
# cut off from the database, the same worker goes on by itself
cut_off() {
    work
    DOORSTEP_FAULT="$1=cut" "$DOORSTEP" --dsn "$POST" worker --lease 1 2>>worker.log & workers+=($!)
    eventually 20 "$1: cut off, it goes on" is_over
    end
    is "$(wrong)" '' "$1, cut off: nothing lost or repeated"
}

# pages: a reader sees the old or the new one, whole, and the next run finishes what was begun
walk_publish() {
    rm -rf pages whole
    "$DOORSTEP" --dsn "$POST" publish --out whole >/dev/null
    killed "$1" "$DOORSTEP" --dsn "$POST" publish --out pages
    "$DOORSTEP" --dsn "$POST" publish --out pages >/dev/null
    rm -f pages/.doorstep-pages whole/.doorstep-pages
    is "$(diff -rq whole pages)" '' "$1: all pages, whole, and nothing else"
}
# an aggregator asked about parcels
polled() { sql "SELECT count(*) || ' ' || (SELECT count(*) FROM doorstep.activity a JOIN doorstep.exception e ON e.id = a.exception_id WHERE a.verb = 'opened' AND e.tracking_number = '$1') FROM doorstep.scan_event v JOIN doorstep.shipment s ON s.id = v.shipment_id WHERE s.tracking_number = '$1'"; }
poll() { "$DOORSTEP" --dsn "$POST" poll; }
polls=0
walk_poll() {
    polls=$((polls + 1))
    parcel $((8000 + polls)) | head -n 1 | as feeder doorstep ingest >/dev/null
    poll >/dev/null
    sql "UPDATE doorstep.poll_state SET next_at = now() - interval '1 min'" >/dev/null
    [ -z "$1" ] || killed "$1" "$DOORSTEP" --dsn "$POST" poll
    sql "UPDATE doorstep.poll_state SET next_at = now() - interval '1 min'" >/dev/null
    poll >/dev/null
    is "$(polled "1ZW$((8000 + polls))")" '1 1' "${1:-polled}: heard once, opened once"
}
# documents: given again after a failure, each counts once
files=0
walk_ingest() {
    files=$((files + 1))
    for i in 1 2 3; do scan "1ZF$files$i" fedex; done >file.ndjson
    killed "$1" "$DOORSTEP" --dsn "${DSN/user=test/user=feeder}" ingest file.ndjson
    as feeder doorstep ingest file.ndjson >/dev/null
    is "$(sql "SELECT count(*) || ' ' || (SELECT count(*) FROM doorstep.activity a JOIN doorstep.exception e ON e.id = a.exception_id WHERE a.verb = 'opened' AND e.tracking_number LIKE '1ZF$files%') FROM doorstep.scan_event v JOIN doorstep.shipment s ON s.id = v.shipment_id WHERE s.tracking_number LIKE '1ZF$files%'")" '3 3' "$1: three scans, three exceptions"
}
# a person's action: it happened or it did not, the timeline says which, and it never happens by itself later
walk_client() {
    local id
    id=$(sql 'SELECT min(id) FROM doorstep.exception')
    killed "$1" "$DOORSTEP" --dsn "${DSN/user=test/user=maria}" note "$id" --text "note at $1"
    gone() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE usename = 'maria'")" = 0 ]; }
    eventually 10 "$1: the server lets go of it" gone
    is "$(sql "SELECT count(*) IN (1, CASE '$1' WHEN 'call.sent' THEN 0 ELSE 1 END) FROM doorstep.activity WHERE text = 'note at $1'")" t "$1: at most once"
    is "$(as maria doorstep show "$id" | grep -c "note at $1")" "$(sql "SELECT count(*) FROM doorstep.activity WHERE text = 'note at $1'")" "$1: and its owner sees which"
}
# a dashboard that dies right after a pause in typing: the draft is there
walk_dashboard() {
    mkfifo keys
    rm -f screen
    DOORSTEP_FAULT=$1 TERM=xterm script -qefc "stty rows 24 cols 80; exec '$DOORSTEP' --dsn '${DSN/user=test/user=maria}'" screen <keys >/dev/null 2>&1 & helper=$!
    exec 4>keys
    eventually 10 "$1: a dashboard" grep -aq 'c.*claim' screen
    printf 'm' >&4
    eventually 10 "$1: a message begun" grep -aq Hello screen
    printf 'e' >&4
    printf 'typed before it was gone' >&4
    dead() { ! kill -0 "$helper" 2>/dev/null; }
    eventually 10 "$1: reached" dead
    exec 4>&-
    helper=''
    is "$(sql "SELECT count(*) FROM doorstep.draft WHERE body LIKE '%typed before it was gone%'")" 1 "$1: what was typed is kept"
}

# shellcheck disable=SC2053  # it is a pattern
chosen() { [[ $1 == ${FAULTS_ONLY:-*} ]]; }
while read -r name scenario; do
    chosen "$name" || continue
    case $scenario in
    poll)
        if [ $polls = 0 ]; then
            "$tools/tool_track" track.log >track.port 2>/dev/null &
            sinks+=($!)
            eventually 5 'an aggregator on loopback' test -s track.port
            DOORSTEP_EASYPOST_URL="easypost://geheim42@?base=http://127.0.0.1:$(cat track.port)&connections=1"
            export DOORSTEP_EASYPOST_URL
            walk_poll ''
        fi ;;
    publish)
        as lea doorstep brand set acme --page-url https://track.example/p 2>/dev/null ;;
    esac
    "walk_$scenario" "$name"
done <<<"$places"
ended
for name in outbox.claimed net.connected net.written net.answered outbox.record; do
    ! chosen $name || freeze $name -u DOORSTEP_HELPDESK_URL
done
! chosen net.body || freeze net.body -u DOORSTEP_HELPDESK_URL -u DOORSTEP_EMAIL_URL
for name in desk.claimed net.body; do
    ! chosen $name || freeze $name -u DOORSTEP_EMAIL_URL -u DOORSTEP_SMS_URL
done
for name in rules.matched inbox.merged; do
    ! chosen $name || freeze $name -u DOORSTEP_EMAIL_URL -u DOORSTEP_SMS_URL -u DOORSTEP_HELPDESK_URL
done
for name in outbox.claim outbox.record inbox.staged desk.record rules.fired pass.sweep; do
    ! chosen $name || cut_off $name
done
gone() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE usename IN ('post', 'feeder', 'maria')")" = 0 ]; }
eventually 10 'no session is left over' gone
done_testing
