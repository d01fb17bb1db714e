#!/bin/bash
# What the server may refuse a single change with: one sentence, an exit status that says "again", nothing half done, nothing left open;
# and a command that dies in the middle of a change leaves it whole, to be taken back.
. tests/tools/lib.sh
person maria agent
person feeder feed
sql "SELECT doorstep.user_add('maria', 'agent', 'Maria')" >/dev/null 2>&1
seq -f '{"type":"event","carrier":"ups","tracking_number":"1ZREFUSE%08.0f","occurred_at":"2026-01-05T10:00:00Z","provider":"shippo","code":"TRANSIT","detail":"address_issue","message":"Incorrect address"}' 1 20 >some.ndjson
run as feeder doorstep ingest some.ndjson
expect_status 0 'parcels in trouble'
mapfile -t ids < <(sql 'SELECT id FROM doorstep.exception ORDER BY id')
id=${ids[0]}
trap 'kill $(jobs -p) 2>/dev/null' EXIT
count() { sql "SELECT count(*) FROM doorstep.activity WHERE text = '$1'"; }
sleeping() { sql "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%' AND usename = 'maria'"; }
is_gone() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE usename = 'maria'")" = 0 ]; }
waits() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'maria'")" = 1 ]; }
# Somebody else who keeps the rows until told: hold [SQL]; let_go
hold() {
    rm -f held
    mkfifo held
    psql -Xq -d "$DSN" <held >/dev/null 2>&1 &
    holder=$!
    exec {held}>held
    echo "SET application_name = 'holder'; BEGIN; ${1:-SELECT FROM doorstep.exception FOR UPDATE;}" >&"$held"
    has() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'holder' AND state = 'idle in transaction' AND query NOT LIKE 'BEGIN%'")" = 1 ]; }
    eventually 5 'somebody holds the rows' has
}
let_go() {
    echo 'COMMIT;' >&"$held"
    exec {held}>&-
    wait "$holder"
}
again() { # LABEL
    run as maria doorstep note "$id" --text "$1"
    is "$status $(count "$1")" '0 1' "$1: again, it is done, once"
}

sql 'ALTER ROLE maria SET default_transaction_read_only = on'
run as maria doorstep note "$id" --text 'read-only'
is "$status $(wc -l <err) $(count 'read-only') $(sleeping)" '77 1 0 0' 'read-only: exit status 77, one line, nothing was done'
expect_err_like 'this session is read-only, nothing was changed: .*ask who set default_transaction_read_only for maria' 'read-only: says who can help'
sql 'ALTER ROLE maria RESET default_transaction_read_only'
again 'read-only'

# another change of the same row, committed while this one waits for it
sql "ALTER ROLE maria SET default_transaction_isolation = 'repeatable read'"
hold "UPDATE doorstep.exception SET owner = owner WHERE id = $id;"
(as maria doorstep note "$id" --text 'serialization' >out2 2>err2; echo $? >rc2) &
noted=$!
eventually 10 'a change waits for another' waits
let_go
wait "$noted"
is "$(cat rc2) $(wc -l <err2) $(count 'serialization')" '75 1 0' 'serialization: refused in one line, nothing was done'
cp err2 err
expect_err_like 'met another change at the same moment.*nothing was changed: try again' 'serialization: says so'
sql 'ALTER ROLE maria RESET default_transaction_isolation'
again 'serialization'

# what would take a small server, or luck: the states are raised where the note is written
sql "CREATE FUNCTION public.fails() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN RAISE EXCEPTION USING ERRCODE = current_setting('test.state'), MESSAGE = 'as the server says'; END \$\$"
sql "CREATE TRIGGER fails AFTER INSERT ON doorstep.activity FOR EACH ROW WHEN (NEW.verb = 'note' AND current_setting('test.state', true) <> '') EXECUTE FUNCTION public.fails()"
while read -r state label; do
    sql "ALTER ROLE maria SET test.state = '$state'"
    run as maria doorstep note "$id" --text "$label"
    is "$status $(wc -l <err) $(count "$label") $(sleeping)" '75 1 0 0' "$label: exit status 75, one line, nothing was done"
    sql 'ALTER ROLE maria RESET test.state'
    again "$label"
done <<'STATES'
57014 statement_timeout
53200 out-of-shared-memory
40P01 deadlock
55P03 lock_timeout
53100 disk-full
STATES

# a transaction is never left to sleep
sql "ALTER ROLE maria SET idle_in_transaction_session_timeout = '1ms'"
again 'idle-in-transaction'
sql 'ALTER ROLE maria RESET idle_in_transaction_session_timeout'

# the session is ended in the middle of it: asked about, done once
hold
(as maria doorstep note "$id" --text 'ended' >out2 2>err2; echo $? >rc2) &
noted=$!
eventually 10 'a change waits' waits
sql "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'maria'" >/dev/null
let_go
wait "$noted"
is "$(cat rc2) $(count 'ended')" '0 1' 'ended in the middle: done once'

# a bulk that is killed in the middle of it is whole, and is taken back as a whole
for signal in HUP KILL; do
    hold
    "$DOORSTEP" --dsn "${DSN/user=test/user=maria}" claim "${ids[@]}" >/dev/null 2>&1 &
    claimer=$!
    eventually 10 "$signal: twenty wait" waits
    kill -$signal "$claimer"
    wait "$claimer" 2>/dev/null
    let_go
    eventually 10 "$signal: no session is left over" is_gone
    owned=$(sql "SELECT count(*) FROM doorstep.exception WHERE owner = 'maria'")
    case $owned in 0 | 20) pass "$signal: all of it or nothing" ;; *) fail "$signal: $owned of twenty" ;; esac
    if [ "$owned" = 20 ]; then
        run as maria doorstep undo
        expect_status 0 "$signal: what was done is taken back"
    else
        pass "$signal: there is nothing to take back"
    fi
    is "$(sql "SELECT count(*) FROM doorstep.exception WHERE owner = 'maria'")" 0 "$signal: nobody has them"
done
is "$(sql 'SELECT count(*) FROM doorstep.audit_verify(NULL)')" 0 'the log is whole'
done_testing
