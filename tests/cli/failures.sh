#!/bin/bash
# What the database can do to a command: one sentence with the place and the remedy, and an exit status scripts can act on.
. tests/tools/lib.sh
pg=$ROOT/tests/tools/pg
cluster=$WORK/own
"$pg" copy "$cluster" "$DSN" >/dev/null
database=${DSN##*dbname=}
DSN="host=$cluster/run user=test dbname=$database"
trap '"$pg" stop "$cluster"; [ ! -d "$WORK/small" ] || umount "$WORK/small" 2>/dev/null' EXIT
person maria agent
person feeder feed
sql "SELECT doorstep.user_add('maria', 'agent', 'Maria')" >/dev/null 2>&1

fails() { # STATUS SENTENCE LABEL COMMAND…: exactly one line, which says so
    local wanted=$1 says=$2 label=$3
    shift 3
    run "$@"
    expect_status "$wanted" "$label: exit status $wanted"
    is "$(wc -l <err)" 1 "$label: one line"
    expect_err_like "$says" "$label: $says"
}
both() { # STATUS SENTENCE LABEL: a command that reads, and doctor, say the same
    fails "$1" "$2" "$3" as maria doorstep queue
    run as maria doorstep doctor
    like out "$2" "$3: doctor says the same"
}

sql 'ALTER ROLE maria CONNECTION LIMIT 0'
both 75 "PostgreSQL at $cluster/run has no connection left \\(.*maria.*\\): wait" 'no connections'
sql 'ALTER ROLE maria CONNECTION LIMIT -1 NOLOGIN'
both 78 "PostgreSQL at $cluster/run does not let you in \\(.*not permitted to log in\\): ask an administrator" 'no login'
sql 'ALTER ROLE maria LOGIN'
"$pg" hba "$cluster" "$(printf 'local all maria reject\nlocal all all trust')"
eventually 5 'pg_hba.conf is read' bash -c "psql -Xd '${DSN/user=test/user=maria}' -c 'SELECT 1' 2>&1 | grep -q pg_hba"
both 78 'does not let you in \(pg_hba.conf rejects' 'pg_hba.conf'
"$pg" hba "$cluster" "$(printf 'local all maria scram-sha-256\nlocal all all trust')"
eventually 5 'a password is asked for' bash -c "psql -wXd '${DSN/user=test/user=maria}' -c 'SELECT 1' 2>&1 | grep -q 'no password'"
both 78 'wants a password: put it into ~/.pgpass' 'no password'
sql "ALTER ROLE maria PASSWORD 'right'"
PGPASSWORD=wrong both 78 'does not take the password, which is wrong, changed or expired' 'a changed password'
sql "ALTER ROLE maria VALID UNTIL '2001-01-01'"
PGPASSWORD=right both 78 'does not take the password, which is wrong, changed or expired' 'an expired password'
"$pg" hba "$cluster" 'local all all trust'
eventually 5 'it is open again' as maria doorstep queue
fails 78 'has no such database \(.*nosuch.*\): check the name' 'no such database' "$DOORSTEP" --dsn "host=$cluster/run user=maria dbname=nosuch" queue

# a disk that is full
document() { # FROM TO
    seq -f '{"type":"event","carrier":"ups","tracking_number":"1ZFULL%010.0f","occurred_at":"2026-01-05T10:00:00Z","provider":"shippo","code":"TRANSIT","detail":"address_issue","message":"Incorrect address"}' "$1" "$2"
}
document 1 6000 >many.ndjson
mkdir -p small
if mount -t tmpfs -o size=256k,mode=777 tmpfs small 2>/dev/null; then
    [ "$(id -u)" -ne 0 ] || chown "$(stat -c %U "$cluster/data")" small
    sql "CREATE TABLESPACE small LOCATION '$WORK/small'"
    sql 'ALTER TABLE doorstep.exception SET TABLESPACE small'
    fails 75 "the disk of PostgreSQL.* is full, nothing was changed: tell whoever runs it" 'a full disk' as feeder doorstep ingest many.ndjson
    is "$(sql "SELECT count(*) FROM doorstep.shipment WHERE tracking_number LIKE '1ZFULL%'")" 0 'and nothing was changed'
    sql 'ALTER TABLE doorstep.exception SET TABLESPACE pg_default'
fi
run as feeder doorstep ingest many.ndjson
expect_status 0 'the same again, with room'
is "$(sql "SELECT count(*) FROM doorstep.shipment WHERE tracking_number LIKE '1ZFULL%'")" 6000 'is there, once'

# somebody else holds the row; two wait for each other
id=$(sql 'SELECT min(id) FROM doorstep.exception')
sql "ALTER ROLE maria SET lock_timeout = '200ms'"
psql -Xq -d "$DSN" -c "BEGIN; SELECT FROM doorstep.exception WHERE id = $id FOR UPDATE; SELECT pg_sleep(600)" >/dev/null 2>&1 &
holder=$!
eventually 5 'a row is held' bash -c "psql -XAtd '$DSN' -c \"SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'\" | grep -qx 1"
fails 75 'somebody else is changing the same just now, nothing was changed' 'a lock' as maria doorstep note "$id" --text 'called'
sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'" >/dev/null
wait "$holder"
sql 'ALTER ROLE maria RESET lock_timeout'

# two servers are named, one of them swallows what it is sent
mkfifo words
"$(dirname "$DOORSTEP")/tests/tool_stall" "$cluster/run/.s.PGSQL.5432" >port <words &
stall=$!
exec 7>words
echo both >&7
eventually 5 'a silent host' test -s port
port=$(head -n 1 port)
began=$SECONDS
run as maria doorstep queue
straight=$((SECONDS - began)) began=$SECONDS
run "$DOORSTEP" --dsn "host=127.0.0.1,$cluster/run port=$port,5432 user=maria dbname=$database" queue
expect_status 0 'the second host is asked'
is "$((SECONDS - began < straight + 9))" 1 'before the ten seconds are over that a connection may take'
run "$DOORSTEP" --dsn "host=127.0.0.1,$cluster/run port=$port,5432 user=feeder dbname=$database" ingest many.ndjson
expect_status 0 'by ingest, too'
kill "$stall"

"$pg" kill "$cluster"
both 69 "PostgreSQL at $cluster/run does not answer \\(.*\\): check that it runs, and --dsn or PGHOST" 'no server'
fails 69 'none of the 2 servers tried' 'none of two' "$DOORSTEP" --dsn "host=$cluster/run,/nowhere user=maria dbname=$database" queue
fails 69 'does not answer' 'ingest' as feeder doorstep ingest many.ndjson
done_testing
