#!/bin/bash
# A worker killed at any instant, again and again: no message is lost, and none is sent twice without a person.
. tests/tools/lib.sh
. "$ROOT/tests/tools/sink.sh"
count=${KILL_COUNT:-2000}
person post worker
worker=''
trap 'kill -9 "${sinks[@]}" $worker 2>/dev/null' EXIT
states() { sql "SELECT string_agg(state || ' ' || n, ', ' ORDER BY state::text) FROM (SELECT state, count(*) AS n FROM doorstep.outreach WHERE id > ${1:-0} GROUP BY 1) x"; }
begin() { "$DOORSTEP" --dsn "${DSN/user=test/user=post}" worker --lease "${1:-1}" 2>>"$WORK/worker.log" & worker=$!; }
# kill it when the provider has so many, ten times on the way
kill_ten_times() {
    local k
    for k in 1 2 3 4 5 6 7 8 9 10; do
        begin
        until [ "$(wc -l <"$log")" -ge $((count * k / 11)) ] || ! kill -0 $worker; do sleep 0.002; done
        kill -9 $worker
        wait $worker 2>/dev/null
    done
}
all_gone() { [ "$(sql "SELECT count(*) FROM doorstep.outreach WHERE state IN ('queued', 'sending') OR NOT told")" = 0 ]; }

# a provider that takes a message twice without sending it twice
start_sink
export DOORSTEP_EMAIL_URL="webhook+https://example.com/in?base=http://127.0.0.1:$port&connections=8"
queue "$count" email
kill_ten_times
begin
eventually 60 'killed ten times, and everything goes out' all_gone
kill -TERM $worker
wait $worker
is "$(states)" "sent $count" 'each is sent'
is "$(sort -u "$log" | wc -l)" "$count" 'each under one key of its own'
is "$(sql "SELECT count(*) FROM doorstep.outreach WHERE tries <> 1 OR lost > 10")" 0 'one answer each'
repeated=$(($(wc -l <"$log") - count))
is "$((repeated <= 10 * 400))" 1 "asked again are those whose answer was not recorded ($repeated)"
is "$(sql "SELECT count(*) FROM doorstep.activity WHERE verb = 'sent'")" "$count" 'the timelines say so once'
sql "SELECT count(*) FROM doorstep.audit_verify(NULL)" >audit
is "$(cat audit)" 0 'and their chains are whole'
unset DOORSTEP_EMAIL_URL

# one that does not: enough of them that the last kill has some to wait for, whatever the others left unknown
before=$(sql 'SELECT max(id) FROM doorstep.outreach')
start_sink
export DOORSTEP_SMS_URL="twilio://AC1:s@?from=%2B15125550000&base=http://127.0.0.1:$port&connections=8"
queue "$((2 * count))" sms
kill_ten_times
begin
eventually 60 'killed ten times, and nothing is left' all_gone
kill -TERM $worker
wait $worker
is "$(sort "$log" | uniq -d | wc -l)" 0 'no message is posted twice'
unknown=$(sql "SELECT count(*) FROM doorstep.outreach WHERE id > $before AND state = 'unknown'")
is "$(sql "SELECT count(*) FROM doorstep.outreach WHERE id > $before AND state NOT IN ('sent', 'unknown')")" 0 'each is sent, or a person has to ask'
is "$((unknown > 0 && unknown <= 10 * (8 + 100 + 100)))" 1 "which are few: $unknown"
is "$(sql "SELECT count(*) FROM doorstep.outreach WHERE state = 'unknown' AND reason NOT LIKE 'The worker stopped while this SMS was with twilio: check there%'")" 0 'with what to do'
is "$(sql "SELECT count(*) FROM doorstep.activity WHERE verb = 'not_sent'")" "$unknown" 'and their timelines say so'
is "$(($(sort -u "$log" | wc -l) >= 2 * count - unknown))" 1 'all that count as sent were'

# frozen past its lease: it neither sends nor writes what is another's by now
start_sink --delay 300
export DOORSTEP_SMS_URL="webhook+https://example.com/in?base=http://127.0.0.1:$port&connections=1"
before=$(sql 'SELECT max(id) FROM doorstep.outreach')
queue 6 sms
begin
frozen=$worker
eventually 10 'one is under way' test -s "$log"
kill -STOP $frozen
begin 60     # long enough for any machine: a lease of its own does not end meanwhile
eventually 30 'another takes over' all_gone
is "$(states "$before")" 'sent 6' 'sends all'
kill -CONT $frozen
wakes() { grep -q 'came too late\|Given back\|given back' "$WORK/worker.log" || [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE usename = 'post' AND application_name = 'doorstep worker' AND state_change > now() - interval '1 second'")" -ge 1 ]; }
eventually 10 'the frozen one wakes' wakes
kill -TERM $frozen $worker
wait $frozen
wait $worker
is "$(states "$before")" 'sent 6' 'and changes nothing'
is "$(sort -u "$log" | wc -l) $(($(wc -l <"$log") <= 7))" '6 1' 'nor sends again'
is "$(sql "SELECT count(*) FROM doorstep.outreach_attempt WHERE outreach_id > $before AND outcome = 'sent'")" 6 'one result counts for each'
done_testing
