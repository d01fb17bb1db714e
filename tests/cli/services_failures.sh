#!/bin/bash
# What the database can do to the programs that run by themselves, in the middle of their work: nothing is sent twice, nothing that
# was taken is lost, a webhook says 503 when it could not keep what it got, and those that go on come back by themselves.
. tests/tools/lib.sh
. "$ROOT/tests/tools/sink.sh"
pg=$ROOT/tests/tools/pg
stall=$(dirname "$DOORSTEP")/tests/tool_stall
cluster=$WORK/own
"$pg" copy "$cluster" "$DSN" >/dev/null
database=${DSN##*dbname=}
DSN="host=$cluster/run user=test dbname=$database"
lines=() worker='' publisher=''
trap 'disown -a; kill -9 "${sinks[@]}" "${lines[@]}" $worker $publisher 2>/dev/null; "$pg" stop "$cluster"' EXIT
person post worker
person feeder feed
printf 'webhook.twilio = unsigned\n' >channels
chmod 600 channels

# ---------------------------------------------------------------- networks in between
network() { # NAME: its words go into NAME.say, its port is left in $port
    mkfifo "$1.say"
    "$stall" "$cluster/run/.s.PGSQL.5432" <"$1.say" >"$1.heard" &
    lines+=($!)
    exec {say}>"$1.say"
    declare -g "$1=$say"
    eventually 5 "a network: $1" test -s "$1.heard"
    port=$(head -n 1 "$1.heard")
}
is_now() { # NAME WORD
    local said
    said=$(grep -c . "$1.heard")
    echo "$2" >&"${!1}"
    until [ "$(grep -c . "$1.heard")" -gt "$said" ]; do sleep 0.01; done
}
behind() { echo "host=127.0.0.1 port=$1 user=$2 dbname=$database"; }    # PORT ROLE

# ---------------------------------------------------------------- webhooks
hook() { # DSN SID: a customer's message; prints the status it is answered
    local body="MessageSid=$2&From=%2B15125550188&Body=hello+$2&SmsStatus=received"
    env GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=POST PATH_INFO=/receipt/twilio REQUEST_URI=/hook/receipt/twilio CONTENT_LENGTH=${#body} \
        CONTENT_TYPE=application/x-www-form-urlencoded "$DOORSTEP" --dsn "$1" webhook --channels "$WORK/channels" <<<"$body" 2>>hook.err | sed -n '1s/^Status: \([0-9]*\).*/\1/p'
}
taken=0 refused=0 serial=0
posted() { # one more, which comes again until it is taken, as providers do
    local status
    serial=$((serial + 1))
    status=$(hook "${DSN/user=test/user=feeder}" "SM$serial")
    if [ "$status" = 204 ]; then taken=$((taken + 1)); else refused=$((refused + 1)) again+=("SM$serial"); fi
    last=$status
}
again=()

# ---------------------------------------------------------------- a network that swallows everything, from the beginning
network silent
silent_port=$port
is_now silent both
began=$SECONDS
hook "$(behind "$silent_port" feeder)" SMsilent >silent.hook &
waiting=$!
"$DOORSTEP" --dsn "$(behind "$silent_port" post)" publish --out silent.pages >/dev/null 2>silent.publish &
publishing=$!

# ---------------------------------------------------------------- the worker, struck five times while it sends
network flaky
flaky_port=$port
start_sink --delay 20
export DOORSTEP_SMS_URL="twilio://AC1:s@?from=%2B15125550000&base=http://127.0.0.1:$port&connections=2"
count=400
queue "$count" sms
"$DOORSTEP" --dsn "$(behind "$flaky_port" post)" worker 2>worker.log &
worker=$!
"$DOORSTEP" --dsn "$(behind "$flaky_port" post)" publish --out pages --follow >publish.out 2>publish.log &
publisher=$!
sent() { [ "$(wc -l <"$log")" -ge "$1" ]; }
up() { sql 'SELECT 1' >/dev/null 2>&1; }
end_all() { sql "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename IN ('post', 'feeder')" >/dev/null; }
eventually 10 'it sends' sent 10
psql -Xq -d "$DSN" -c 'BEGIN; LOCK TABLE doorstep.inbox; SELECT pg_sleep(600)' >/dev/null 2>&1 &
holder=$!
eventually 10 'the inbox is held by somebody' bash -c "psql -XAtd '$DSN' -c \"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'doorstep-inbox' AND wait_event_type = 'Lock'\" | grep -qx 1"
so_far=$(wc -l <"$log")
eventually 10 'it goes on sending meanwhile' sent $((so_far < count - 60 ? so_far + 30 : so_far))
"$pg" kill "$cluster"
wait "$holder" 2>/dev/null
posted
is "$last" 503 'no server: a webhook is refused, to come again'
"$pg" up "$cluster"
eventually 10 'the server is back' up
posted
is "$last" 204 'and takes webhooks again'
so_far=$(wc -l <"$log")
eventually 15 'sending goes on after a crash' sent $((so_far < count - 40 ? so_far + 20 : so_far))
is_now flaky both
posted
is_now flaky cut
is_now flaky go
posted
sql 'ALTER ROLE post CONNECTION LIMIT 0; ALTER ROLE feeder CONNECTION LIMIT 0'
end_all
posted
is "$last" 503 'no connection left: refused'
run as post doorstep worker --once
expect_status 75 'no connection left: worker --once says to try again'
expect_err_like 'has no connection left' 'and why'
sql 'ALTER ROLE post CONNECTION LIMIT -1; ALTER ROLE feeder CONNECTION LIMIT -1'
sql "ALTER DATABASE $database SET default_transaction_read_only = on"
end_all
posted
is "$last" 503 'read-only: refused'
run as feeder doorstep ingest <<<'{"type":"event","carrier":"ups","tracking_number":"1ZRO","occurred_at":"2026-11-21T11:00:00Z","code":"I"}'
expect_status 75 'read-only: ingest says to try again'
expect_err_like 'takes no changes now' 'and why'
PGOPTIONS='-c default_transaction_read_only=off' sql "ALTER DATABASE $database RESET default_transaction_read_only"
end_all
for sid in "${again[@]}"; do is "$(hook "${DSN/user=test/user=feeder}" "$sid")" 204 "what was refused is taken when it comes again: $sid"; done

all_gone() { [ "$(sql "SELECT count(*) FROM doorstep.outreach WHERE state IN ('queued', 'sending') OR NOT told")" = 0 ]; }
eventually 30 'everything goes out' all_gone
is "$(sort "$log" | uniq -d | wc -l)" 0 'nothing is sent twice'
is "$(sql "SELECT string_agg(state || ' ' || n, ', ') FROM (SELECT state, count(*) AS n FROM doorstep.outreach WHERE to_name LIKE 'Customer%' GROUP BY 1) x")" "sent $count" 'and everything once'
is "$(sort -u "$log" | wc -l)" "$count" 'as the provider says, too'
inbox_read() { [ "$(sql 'SELECT count(*) FROM doorstep.inbox WHERE failed IS NULL')" = 0 ]; }
eventually 15 'the inbox is read again' inbox_read
echo "# $taken taken at once, $refused refused"
is "$(grep -c 'doorstep: error:' worker.log)" 0 'nothing in the log of the worker is an error'
is "$(($(wc -l <worker.log) < 40))" 1 'which is short'
published() { grep -q 'pages are published again' publish.log; }
eventually 15 'pages are published again' published

# ---------------------------------------------------------------- an ingest whose session is ended in its middle
document() { seq -f '{"type":"event","carrier":"ups","tracking_number":"1ZMID%010.0f","occurred_at":"2026-01-05T10:00:00Z","provider":"shippo","code":"TRANSIT","detail":"address_issue","message":"Incorrect address"}' 1 1000; }
document >many.ndjson
{ cat many.ndjson; until [ -e struck ]; do sleep 0.02; done; cat many.ndjson; } | "$DOORSTEP" --dsn "${DSN/user=test/user=feeder}" ingest >ingest.out 2>ingest.err &
ingesting=$!
eventually 10 'an ingest is under way' bash -c "psql -XAtd '$DSN' -c \"SELECT count(*) > 0 FROM doorstep.shipment WHERE tracking_number LIKE '1ZMID%'\" | grep -qx t"
end_all
touch struck
wait "$ingesting"
is "$?" 75 'a session ended in the middle: to be tried again'
is "$(wc -l <ingest.err)" 1 'in one line'
is "$(grep -cE 'ended this session.*run the same command again, what is in the database already counts as duplicate' ingest.err)" 1 'which says what to do'
run as feeder doorstep ingest many.ndjson
expect_status 0 'the same again'
is "$(sql "SELECT count(*) FROM doorstep.shipment WHERE tracking_number LIKE '1ZMID%'")" 1000 'is there, once'

# ---------------------------------------------------------------- what waited behind silence
wait "$waiting"
is "$(cat silent.hook)" 503 'a silent network: a webhook is refused'
wait "$publishing"
is "$?" 69 'and publishing ends'
is "$(grep -c 'gave no sign for 10 s: check the network' silent.publish)" 1 'with what to look at'
echo "# after $((SECONDS - began)) s"
kill -TERM "$worker"
wait "$worker"
is "$?" 0 'the worker ends in order'
worker=''
kill "$publisher"
wait "$publisher" 2>/dev/null
publisher=''

# ---------------------------------------------------------------- no server at all
"$pg" kill "$cluster"
export DOORSTEP_EASYPOST_URL="easypost://k@?base=http://127.0.0.1:1"
for what in 'worker --once' 'publish --out pages' poll; do
    # shellcheck disable=SC2086
    run as post doorstep $what
    expect_status 69 "no server: $what"
    is "$(grep -c 'does not answer' err)" 1 'says so once'
done
done_testing
