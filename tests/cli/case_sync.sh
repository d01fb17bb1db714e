#!/bin/bash
# Cases and a helpdesk: a real worker, a helpdesk on loopback (tests/tools/desk.c), and a worker killed in the middle.
. tests/tools/lib.sh
. "$ROOT/tests/tools/outreach_world.sh"
desk=$(dirname "$DOORSTEP")/tests/tool_desk
desk_pid='' worker='' port=''
trap 'kill -9 $desk_pid $worker 2>/dev/null' EXIT
person maria agent
person post worker
world_open
exception=$(sql "SELECT id FROM doorstep.exception WHERE tracking_number = '1ZR1'")
start_desk() { # ARG…
    [ -z "$desk_pid" ] || { kill "$desk_pid"; wait "$desk_pid" 2>/dev/null; }
    : >desk.log
    rm -f port
    "$desk" desk.log "$@" >port 2>/dev/null &
    desk_pid=$!
    eventually 5 'a helpdesk on loopback' test -s port
    port=$(cat port)
    export DOORSTEP_HELPDESK_URL="zendesk://agent%40shop.com:geheim42@acme?base=http://127.0.0.1:$port"
}
there() { # PATH: what an agent there does; prints how many tickets there are
    local line
    exec 3<>"/dev/tcp/127.0.0.1/$port"
    printf 'GET %s HTTP/1.1\r\n\r\n' "$1" >&3
    while read -r -t 60 line <&3 && [ "$line" != $'\r' ]; do :; done
    read -r -t 60 -d '}' line <&3
    exec 3<&-
    echo "${line##*:}"
}
maria() { psql -XAtq -v ON_ERROR_STOP=1 -d "${DSN/user=test/user=maria}" -c "SELECT code FROM doorstep.$1" | sort -u; }
begin() { "$DOORSTEP" --dsn "${DSN/user=test/user=post}" worker --lease 4 2>>worker.log & worker=$!; }
end() { kill -TERM "$worker"; wait "$worker" 2>/dev/null; }
once() { run as post doorstep worker --once; }
look() { sql "SELECT concat_ws(' ', state, desk_id, desk_state, CASE WHEN conflict IS NOT NULL THEN 'conflict' END) FROM doorstep.support_case WHERE id = $1"; }
is_look() { [ "$(look "$1")" = "$2" ]; }
queued() { sql "SELECT count(*) FROM doorstep.case_sync WHERE state NOT IN ('done', 'cancelled')"; }
none_queued() { [ "$(queued)" = 0 ]; }
said() { sql "SELECT state || ' ' || coalesce(reason, '') FROM doorstep.case_sync ORDER BY id DESC LIMIT 1"; }
open_case() { # TYPE: leaves its number in $case
    is "$(maria "case_open(gen_random_uuid(), ARRAY[$exception], '$1', p_note => 'the box was wet')")" ok "a case: $1"
    case=$(sql 'SELECT max(id) FROM doorstep.support_case')
}
ask_now() { sql "UPDATE doorstep.support_case SET desk_ask_at = now() WHERE desk_id IS NOT NULL" >/dev/null; }

# Before there is a helpdesk, cases are ours alone
open_case internal
is "$(queued)" 0 'nothing waits for a helpdesk that nobody has'

# A worker with one
start_desk
once
expect_status 0 'a worker with a helpdesk ends when nothing is due'
open_case claim
first=$case
once
expect_status 0 'it tells the helpdesk'
expect_out_like '"helpdesk":{"told":2,"retried":0,"refused":0}' 'of the case and its note'
is "$(look "$first")" 'open 1 open' 'and knows the ticket'
external=$(sed -n 's/^create //p' desk.log)
is "$(tr '\n' ' ' <desk.log)" "create $external comment 1 " 'asked for once, in order, nothing public'
is "${external%-*}" "doorstep-$first" 'under our name for it'
is "$(timeline | tr ' ' '\n' | grep -c case_told)" 1 'the timeline says which ticket it is'
run grep -c 'rosa@example.com\|512 555 0188' desk.log
expect_out 0 'no address of hers went there'

# Killed at any instant, it makes one ticket of a case
start_desk --delay 400 --from 100
sql "UPDATE doorstep.support_case SET state = 'closed' WHERE id = $first" >/dev/null
open_case claim
wrote() { [ "$(wc -l <desk.log)" -ge "$1" ]; }
for lines in 1 2 4; do
    begin
    eventually 10 "at line $lines of the helpdesk's log" wrote "$lines"
    kill -9 "$worker"
    wait "$worker" 2>/dev/null
    sql "UPDATE doorstep.case_sync SET lease_until = now() - interval '1 s' WHERE state = 'sending'" >/dev/null      # its lease is not what is waited for
done
begin
eventually 20 'killed three times, and all is told' none_queued
end
is "$(grep -c '^create' desk.log)" 1 'it was created once'
is "$(there /count)" 1 'and there is one ticket'
is "$(grep -c '^comment 101' desk.log)" 1 'with one note'
is "$(grep -c PUBLIC desk.log)" 0 'which is private'
is "$(look "$case")" 'open 101 open' 'that is the one we know'

# Both sides change
is "$(maria "case_set(gen_random_uuid(), ARRAY[$case], '{\"state\": \"pending\"}')")" ok 'ours is pending'
once
is "$(look "$case")" 'pending 101 pending' 'theirs too'
there /set/101/solved >/dev/null
there /say/101/found >/dev/null
ask_now
once
is "$(look "$case")" 'solved 101 solved' 'theirs solved: ours follows'
is "$(sql "SELECT string_agg(by || ': ' || text || ' ' || public, ',') FROM doorstep.case_note WHERE case_id = $case AND source = 'desk'")" 'Ann: found true' 'with what they said'
is "$(maria "case_set(gen_random_uuid(), ARRAY[$case], '{\"state\": \"open\"}')")" ok 'ours open again'
there /set/101/pending >/dev/null
once
is "$(look "$case")" 'open 101 pending conflict' 'and theirs pending: a conflict'
is "$(tail -n 1 desk.log)" 'look 101' 'nothing was written over'
is "$(maria "case_keep_ours(gen_random_uuid(), $case)")" ok 'ours is kept'
once
is "$(look "$case")" 'open 101 open' 'and told'
there /delete/101 >/dev/null
ask_now
once
is "$(look "$case")" 'open 101 open conflict' 'a ticket deleted there is a conflict, too'

# What it answers
start_desk --times 1 401 --from 200
once
sql "UPDATE doorstep.support_case SET state = 'closed' WHERE state <> 'closed'" >/dev/null
open_case claim
once
expect_status 69 'credentials it does not take'
is "$(said)" 'queued ' 'leave the note where it is'
is "$(sql "SELECT state || ' ' || tries || ' ' || reason FROM doorstep.case_sync WHERE op = 'create' ORDER BY id DESC LIMIT 1")" \
    'queued 0 Zendesk answered 401: it does not accept the credentials of DOORSTEP_HELPDESK_URL' 'nor the case, and it says so'
sql "UPDATE doorstep.case_sync SET send_after = now() WHERE state = 'queued'" >/dev/null
once
is "$(look "$case")" 'open 201 open' 'when they are right again it goes'
start_desk --times 1 422 --from 300
sql "UPDATE doorstep.support_case SET state = 'closed' WHERE state <> 'closed'" >/dev/null
open_case claim
once
expect_out_like '"refused":1}' 'refused'
is "$(sql "SELECT reason FROM doorstep.case_sync WHERE state = 'failed'")" 'Zendesk refuses it: "not now"' 'in its own words'
is "$(maria "case_retry(gen_random_uuid(), ARRAY[$case])")" ok 'a person lets it go again'
once
is "$(look "$case")" 'open 301 open' 'and it goes'

# A webhook says which ticket; the worker looks
printf 'webhook.zendesk = hush\n' >channels
chmod 600 channels
body='{"ticket_id": "301"}' stamp=2026-11-22T10:00:00Z
sign() { printf %s "$stamp$body" | openssl dgst -sha256 -hmac "$1" -binary | base64; }
hook() { # PATH VARIABLE=VALUE…
    local path=$1
    shift
    run env GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=POST PATH_INFO="$path" REQUEST_URI="$path" CONTENT_LENGTH="${#body}" CONTENT_TYPE=application/json "$@" \
        "$DOORSTEP" --dsn "${DSN/user=test/user=feeder}" webhook --channels channels < <(printf %s "$body")
}
hook /case/zendesk HTTP_X_ZENDESK_WEBHOOK_SIGNATURE="$(sign other)" HTTP_X_ZENDESK_WEBHOOK_SIGNATURE_TIMESTAMP=$stamp
expect_out_like '^Status: 403 ' 'a webhook with another signature'
hook /case/zendesk HTTP_X_ZENDESK_WEBHOOK_SIGNATURE="$(sign hush)" HTTP_X_ZENDESK_WEBHOOK_SIGNATURE_TIMESTAMP=$stamp
expect_out_like '^Status: 204 ' 'one that is signed'
there /set/301/solved >/dev/null
begin
eventually 10 'the worker hears and looks' is_look "$case" 'solved 301 solved'
end
is "$(sql 'SELECT count(*) FROM doorstep.inbox')" 0 'the inbox is read'

# Freshdesk's cannot be signed: it brings a token
printf 'webhook.freshdesk = hush\n' >channels
hook /case/freshdesk HTTP_X_DOORSTEP_TOKEN=other
expect_out_like '^Status: 403 ' 'a token that is not ours'
hook /case/freshdesk HTTP_X_DOORSTEP_TOKEN=hush
expect_out_like '^Status: 204 ' 'the one that is'
once
is "$(sql 'SELECT count(*) FROM doorstep.inbox')" 0 'of a ticket that is none of ours: no fault'
hook /case/groovy
expect_out_like '^Status: 404 ' 'a helpdesk there is no reader for'

# One of our own making tells all
sql "UPDATE doorstep.support_case SET desk = 'webhook+https', desk_id = 'K-9', desk_state = 'solved', desk_at = NULL WHERE id = $case" >/dev/null
printf 'webhook.doorstep = unsigned\n' >channels
body='{"ticket": "K-9", "state": "open", "updated_at": "2026-11-22T12:00:00Z", "comments": [{"id": "1", "by": "Eve", "text": "not so"}]}'
hook /case/doorstep
expect_out_like '^Status: 204 ' 'a webhook of our own shape'
once
is "$(look "$case")" 'open K-9 open' 'tells the state'
is "$(sql "SELECT by || ' ' || text FROM doorstep.case_note WHERE case_id = $case AND by = 'Eve'")" 'Eve not so' 'and what was said'
body='{"ticket": "K-9", "state": "weird"}'
hook /case/doorstep
once
is "$(sql 'SELECT failed FROM doorstep.inbox')" 'state should be open, pending, solved or closed' 'what it cannot mean is kept with the reason'

run grep -c geheim worker.log
expect_out 0 'no secret is in the log'
done_testing
