#!/bin/bash
# Many dashboards on one database, with `doorstep relay` and without (make bench runs it; alone: B=build tests/bench/fanout.sh).
# FANOUT: how many (500); FANOUT_MANY: ingested, and overridden, at once (100000); FANOUT_SECONDS: how long each is measured (20); FANOUT_OPEN: exceptions there are (100000).
set -eu
cd "$(dirname "$0")/../.."
B=${B:-build}
sessions=${FANOUT:-500}
seconds=${FANOUT_SECONDS:-20}
n=${FANOUT_OPEN:-100000}
many=${FANOUT_MANY:-100000}
modes=${FANOUT_MODES:-"relay direct ingest override herd"}
for variable in $(compgen -e | grep -E '^(PG|DOORSTEP_|XDG_|NO_COLOR$|LC_)'); do unset "$variable"; done
export LC_ALL=C.UTF-8 HOME=/nonexistent
bin=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin | sort -V | tail -n 1)
dir=$(mktemp -d "${TMPDIR:-/tmp}/doorstep-fanout.XXXXXX")
chmod 755 "$dir"
relay=
trap '[ -z "$relay" ] || kill "$relay" 2>/dev/null || true; tests/tools/pg stop "$dir/pg"; rm -rf "$dir"' EXIT
MAX_CONNECTIONS=$((sessions + 60)) tests/tools/pg start "$dir/pg" >/dev/null
owner="host=$dir/pg/run user=test dbname=bench"
agent="host=$dir/pg/run user=bench_agent dbname=bench"
feed="host=$dir/pg/run user=bench_feed dbname=bench"
lead="host=$dir/pg/run user=bench_lead dbname=bench"
psql() { "$bin/psql" -Xq -v ON_ERROR_STOP=1 "$@"; }
psql -d "host=$dir/pg/run user=test dbname=postgres" -c 'CREATE DATABASE bench'
"$B/doorstep" --dsn "$owner" migrate >/dev/null 2>&1
psql -d "$owner" -c 'CREATE ROLE bench_agent LOGIN IN ROLE doorstep_agent' -c 'CREATE ROLE bench_relay LOGIN' -c 'CREATE ROLE bench_feed LOGIN IN ROLE doorstep_feed' -c 'CREATE ROLE bench_lead LOGIN IN ROLE doorstep_lead'
psql -v n="$n" -d "$owner" -f tests/bench/world.sql
# kind other is nobody's but the measured sessions', which begin with three rows of it, far from being due
psql -d "$owner" -c "UPDATE doorstep.exception SET kind = 'lost' WHERE kind = 'other'" \
    -c "UPDATE doorstep.exception SET kind = 'other', first_response_due_at = now() + interval '190 hours' WHERE tracking_number ~ '^BENCH0+(7|8|9)$'" -c 'VACUUM ANALYZE doorstep.exception'
postmaster=$(head -n 1 "$dir/pg/data/postmaster.pid")
run() { # LABEL SOCKET RELAY_PID [COMMAND]
    "$B/bench/fanout" "$1" "$B/doorstep" "$owner" "$agent" "$2" "$3" "$postmaster" "$sessions" "$seconds" ${4:+"$4"}
}
start_relay() {
    "$B/doorstep" --dsn "host=$dir/pg/run user=bench_relay dbname=bench" relay --socket "$dir/relay.sock" 2>/dev/null &
    relay=$!
    for _ in $(seq 100); do [ -S "$dir/relay.sock" ] && break; sleep 0.05; done
}
for mode in $modes; do
    case $mode in
    relay) start_relay; run 'with a relay' "$dir/relay.sock" "$relay" ;;
    direct) run 'each listens by itself' off 0 ;;
    ingest) # a hundred thousand parcels in trouble in one go
        start_relay
        awk -v n="$many" 'BEGIN { for (i = 1; i <= n; i++) printf "{\"type\":\"event\",\"carrier\":\"ups\",\"tracking_number\":\"1ZMANY%08d\",\"occurred_at\":\"2026-01-01T00:00:00Z\",\"provider\":\"shippo\",\"code\":\"TRANSIT\",\"detail\":\"address_issue\"}\n", i }' >"$dir/many.ndjson"
        run "with a relay, and $many ingested meanwhile" "$dir/relay.sock" "$relay" "'$B/doorstep' --dsn '$feed' ingest '$dir/many.ndjson' >/dev/null" ;;
    herd) # a restart of the database under all of them
        start_relay
        "$B/bench/herd" "$B/doorstep" "$owner" "$agent" "$dir/relay.sock" "$sessions" tests/tools/pg "$dir/pg" ;;
    override)
        start_relay
        psql -d "$owner" -c 'UPDATE doorstep.control_policy SET override_threshold = 100000'
        run "with a relay, and $many overridden at once" "$dir/relay.sock" "$relay" "'$bin/psql' -Xq -d '$lead' -c \"SELECT count(*) FROM doorstep.override_apply(gen_random_uuid(), ARRAY(SELECT id FROM doorstep.exception WHERE kind <> 'other' ORDER BY id LIMIT $many), 'delayed', 'carrier_outage', 'bench', NULL, NULL, 'bench')\" >/dev/null" ;;
    esac
    [ "$mode" != override ] || psql -At -d "$owner" -c "SELECT '# overrides in force: ' || count(*) FROM doorstep.status_override"
    [ "$mode" = herd ] || psql -d "$owner" -c "UPDATE doorstep.exception SET kind = 'lost', rev = rev + 1 WHERE kind = 'other' AND tracking_number LIKE 'FAN%'"
    [ -z "$relay" ] || { kill "$relay"; wait "$relay" || true; relay=; }
done
