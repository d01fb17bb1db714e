#!/bin/bash
# A private PostgreSQL: local start, status, dsn, stop, destroy; what it refuses.
. tests/tools/lib.sh
dir=$WORK/own
local_pg() { "$DOORSTEP" local "$@" --dir "$dir"; }

run local_pg status
expect_status 1 'status of none'
expect_out "$dir: not made yet" 'and says so'
run local_pg destroy
expect_status 0 'destroying none is done already'
run test -e "$dir"
expect_status 1 'and makes no folder'

run local_pg start
expect_status 0 'start'
expect_out "host='$dir/run' port=5432 user=postgres dbname=doorstep" 'prints the DSN'
is "$(stat -c %a "$dir")" 700 'nobody else can enter its folder'
dsn=$(local_pg dsn)
run psql -XAt -d "$dsn" -c 'SHOW listen_addresses' -c "SELECT current_database()"
expect_out $'\ndoorstep' 'no TCP; the database is there'
run local_pg start
expect_status 0 'starting again is fine'
run local_pg status
expect_out "$dir: running" 'status while it runs'

run "$DOORSTEP" --dsn "$dsn" migrate --check
expect_status 78 'migrate --check without a schema'
expect_out_like 'no schema.*run doorstep migrate' 'says what to do'
run "$DOORSTEP" --dsn "$dsn" doctor
expect_status 78 'doctor without a schema'
expect_out_like '^fail  schema ' 'names the check'
run "$DOORSTEP" --dsn "$dsn" migrate
expect_status 0 'migrate'
run "$DOORSTEP" --dsn "$dsn" migrate
expect_out_like 'nothing to do' 'migrating again changes nothing'
run "$DOORSTEP" --dsn "$dsn" doctor
expect_status 0 'doctor with everything right'
expect_out_like '^ok +listen +notifications arrive' 'LISTEN was tried'
psql -Xq -d "$dsn" -c 'CREATE ROLE stranger LOGIN'
run "$DOORSTEP" --dsn "${dsn/user=postgres/user=stranger}" doctor
expect_status 77 'doctor for a role without rights'
expect_out_like '^fail  role .*doorstep user add stranger' 'says who has to do what'
psql -Xq -d "$dsn" -c 'ALTER ROLE stranger SET default_transaction_read_only = on'
run "$DOORSTEP" --dsn "${dsn/user=postgres/user=stranger}" doctor
expect_out_like '^fail  writable .*read-only' 'read-only sessions are found'
psql -Xq -d "$dsn" -c "INSERT INTO doorstep.schema_migration (version, name) VALUES (9999, '9999_from_the_future.sql')"
run "$DOORSTEP" --dsn "$dsn" doctor
expect_status 78 'doctor with a newer schema'
expect_out_like '^fail  schema .*upgrade doorstep' 'which it does not know'

run local_pg stop
expect_status 0 'stop'
run local_pg status
expect_out "$dir: stopped" 'status afterwards'
run "$DOORSTEP" --dsn "$dsn" doctor
expect_status 69 'doctor without a database'
expect_out_like '^fail  database ' 'says so'
run env LC_ALL=C TERM=no-such-terminal "$DOORSTEP" --dsn "$dsn" doctor
expect_out_like '^warn  locale .*export LC_ALL=C.UTF-8' 'a locale without UTF-8'

echo nonsense >"$dir/data/PG_VERSION"
mv "$dir/data/global" "$dir/data/global.away"
run local_pg start
if [ "$status" -ne 0 ]; then pass 'a broken cluster does not start'; else fail 'a broken cluster does not start'; fi
expect_err_like "$dir" 'the error names the folder'
run local_pg destroy
expect_status 0 'destroy'
run test -e "$dir"
expect_status 1 'leaves nothing'

mkdir "$WORK/other" && echo precious >"$WORK/other/file"
for action in start destroy; do
    run "$DOORSTEP" local $action --dir "$WORK/other"
    if [ $action = start ]; then wanted=78; else wanted=0; fi
    expect_status $wanted "$action in a folder of somebody else's"
done
is "$(cat "$WORK/other/file")" precious 'which stays as it was'
run "$DOORSTEP" local start --dir "$WORK/$(printf 'long/%.0s' {1..30})x"
expect_status 78 'a path too long for a socket'
expect_err_like 'too long for a Unix socket.*--dir' 'says what to do'
done_testing
