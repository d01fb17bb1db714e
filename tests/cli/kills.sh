#!/bin/bash
# Kills at random: people's commands, their dashboards, the sessions they have, the worker, its sessions and the whole server die at
# random instants while people work. In the end every action that was answered happened once, every other at most once and whoever did it can
# see which, nobody got a message twice, both logs are whole and what is counted is what is there.
# KILLS: how many (20); SEED: which decisions (1).
# shellcheck source=tests/tools/lib.sh
. tests/tools/lib.sh
# shellcheck source=tests/tools/sink.sh
. "$ROOT/tests/tools/sink.sh"
kills=${KILLS:-20}
seed=${SEED:-1}
RANDOM=$((seed % 32768))
echo "# SEED=$seed KILLS=$kills"
# the tests' servers answer before they have written: one that is killed would forget what it said
sql "DO \$\$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = on', current_database()); END \$\$"
person post worker
person feeder feed
for name in maria:agent dana:agent lea:lead; do sql "SELECT doorstep.user_add('${name%:*}', '${name#*:}')" >/dev/null; done
sql "UPDATE doorstep.contact_policy SET quiet_from = NULL, quiet_to = NULL, quiet_days = '{}', cap = 50, undo_seconds = 1" >/dev/null
worker='' board='' killed=0 actions=0 stuck=0 again=0
trap 'kill -9 "${sinks[@]}" $worker $board $(cat board.pid 2>/dev/null) 2>/dev/null' EXIT
as_role() { echo "${DSN/user=test/user=$1}"; }

# ---------------------------------------------------------------- a parcel for each action
steps=$((2 * kills + 10))
for ((i = 1; i <= steps; i++)); do
    printf '{"type":"order","order_number":"K-%s","brand":"acme","customer":{"external_id":"k-%s","name":"Rosa","phone":"+1512%07d","language":"en","time_zone":"UTC","consent":{"sms":true}},"shipments":[{"carrier":"ups","tracking_number":"1ZK%s"}]}\n' $i $i $i $i
    printf '{"type":"event","carrier":"ups","provider":"easypost","tracking_number":"1ZK%s","occurred_at":"%s","code":"in_transit","detail":"address_correction"}\n' $i "$(date -u +%FT%TZ)"
done | as feeder doorstep ingest >/dev/null
mapfile -t ids < <(sql "SELECT id FROM doorstep.exception ORDER BY substr(tracking_number, 4)::int")
is "${#ids[@]}" $steps 'a parcel in trouble for each action'
start_sink
export DOORSTEP_SMS_URL="twilio://AC1:s@?from=%2B15125550000&base=http://127.0.0.1:$port&connections=4"
begin_worker() { "$DOORSTEP" --dsn "$(as_role post)" worker --lease 2 2>>worker.log & worker=$!; }
begin_board() { # a dashboard in a terminal of its own, keys by descriptor 4
    rm -f keys screen board.pid
    mkfifo keys
    : >screen
    TERM=xterm-256color script -qefc "stty rows 24 cols 80; echo \$\$ >board.pid; exec '$DOORSTEP' --dsn '$(as_role dana)'" screen <keys >/dev/null 2>&1 &
    board=$!
    exec 4<>keys
}
shown() { grep -aq "$1" screen; }
wait_for() { # SECONDS COMMAND…
    local until=$((SECONDS + $1))
    shift
    until "$@"; do [ $SECONDS -lt $until ] || return 1; sleep 0.02; done
}
nap() { sleep "$(printf '0.%03d' "$1")"; }
reachable() { sql 'SELECT 1' >/dev/null 2>&1; }
# The dashboard at a parcel. While it has no connection it refuses and leaves the line to be tried again, as a person would; one
# that does not get there for as long as a minute is stuck.
go_to() { # TRACKING-NUMBER
    local until=$((SECONDS + 60))
    while [ $SECONDS -lt $until ]; do
        printf '\a:jump %s\r' "$1" >&4           # C-g leaves the line that is there
        ! wait_for 3 looks || return 0
        again=$((again + 1))
    done
    echo "# the dashboard does not go to $1: $(tail -c 3000 screen | sed 's/\x1b\[[0-9;?]*[a-zA-Z]/|/g' | tr -cd '[:print:]' | tr -s ' |')"
    stuck=$((stuck + 1))
}

# ---------------------------------------------------------------- what people do
# act KIND ID TAG: one action of maria's as a command; its answer is its exit status
act() {
    local me
    me=$(as_role maria)
    case $1 in
    note) exec "$DOORSTEP" --dsn "$me" note "$2" --text "$3" ;;
    claim) exec "$DOORSTEP" --dsn "$me" claim "$2" ;;
    send) exec "$DOORSTEP" --dsn "$me" send "$2" --template address_issue --channel sms --yes ;;
    case) exec "$DOORSTEP" --dsn "$me" case open "$2" --type internal --note "$3" ;;
    override) exec "$DOORSTEP" --dsn "$me" override apply "$2" --status lost --reason other --note "$3" --yes ;;
    esac
}
# How often it happened.
happened() { # KIND ID TAG
    case $1 in
    note | typed) sql "SELECT count(*) FROM doorstep.activity WHERE exception_id = $2 AND verb = 'note' AND text = '$3'" ;;
    claim) sql "SELECT count(*) FROM doorstep.activity WHERE exception_id = $2 AND verb = 'claim'" ;;
    send) sql "SELECT count(*) FROM doorstep.outreach WHERE exception_id = $2" ;;
    case) sql "SELECT count(*) FROM doorstep.support_case c JOIN doorstep.exception e USING (shipment_id) WHERE e.id = $2" ;;
    override) sql "SELECT count(*) FROM doorstep.status_override o JOIN doorstep.exception e USING (shipment_id) WHERE e.id = $2" ;;
    esac
}
kinds=(note claim send case override typed)
victims=(client client client session session worker worker server board board)
strike() { # VICTIM CLIENT-PID
    case $1 in
    client) [ -z "$2" ] || kill -9 "$2" 2>/dev/null ;;
    session) sql "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename IN ('maria', 'dana', 'post')" >/dev/null 2>&1 ;;
    worker)
        kill -9 "$worker" 2>/dev/null
        wait "$worker" 2>/dev/null
        begin_worker ;;
    server) "$ROOT/tests/tools/pg" restart "$RUN_PG" >/dev/null 2>&1 ;;
    board)
        wait_for 60 test -s board.pid
        kill -9 "$(cat board.pid)" 2>/dev/null
        wait "$board" 2>/dev/null
        exec 4>&-
        begin_board ;;
    esac
    killed=$((killed + 1))
}

begin_worker
begin_board
: >asked
while [ $killed -lt "$kills" ] && [ $actions -lt $steps ]; do
    kind=${kinds[RANDOM % 6]} victim=${victims[RANDOM % 10]} delay=$((RANDOM % 90))
    id=${ids[actions]}
    actions=$((actions + 1))
    tag="kill$actions."
    client=''
    if [ $kind = typed ]; then
        looks() { [ "$(sql "SELECT count(*) FROM doorstep.presence WHERE role = 'dana' AND exception_id = $id" 2>/dev/null)" = 1 ]; }
        wait_for 5 shown 'c.*claim' || echo "# the dashboard shows nothing"
        go_to "1ZK$actions"
        printf ':note %s\r' "$tag" >&4
    else
        (act $kind "$id" "$tag") >/dev/null 2>&1 & client=$!
    fi
    nap $delay
    strike $victim "$client"
    status=-
    if [ $kind = typed ]; then
        said() { shown "ed a note to #$id"; }
        [ $victim = board ] || ! wait_for 3 said || status=0
    else
        wait $client 2>/dev/null
        status=$?
    fi
    echo "$kind $id $tag $status $victim" >>asked
done
wait_for 60 test -s board.pid           # the last of them may only just begin
kill -9 "$(cat board.pid)" 2>/dev/null
exec 4>&-
wait_for 60 reachable

# ---------------------------------------------------------------- what became of it
over() { [ "$(sql "SELECT count(*) FROM doorstep.outreach WHERE state IN ('queued', 'sending') OR NOT told")" = 0 ]; }
eventually 60 'the worker that is left sends what was queued' over
kill -TERM $worker
wait $worker 2>/dev/null
lost=0 repeated=0 unknown=0
while read -r kind id tag status victim; do
    n=$(happened "$kind" "$id" "$tag")
    [ "$n" -le 1 ] || { repeated=$((repeated + 1)); echo "# repeated: $kind $id $tag $status $victim: $n times"; }
    if [ "$status" = 0 ]; then
        [ "$n" -ge 1 ] || { lost=$((lost + 1)); echo "# lost: $kind $id $tag $victim"; }
    else
        unknown=$((unknown + 1))
    fi
done <asked
twice=$(sort "$log" | uniq -d | wc -l)
echo "# lost $lost, repeated $repeated of $actions actions ($unknown without an answer), $twice messages twice, dashboards stuck $stuck ($again asked again), $killed kills, seed $seed"
is "$lost $repeated $twice" '0 0 0' "nothing lost, nothing repeated, no message twice"
is "$stuck" 0 'no dashboard is stuck'
is "$((unknown < actions))" 1 'some were answered'
is "$(sql "SELECT count(*) FROM doorstep.outreach WHERE state NOT IN ('sent', 'unknown')")" 0 'each message went out, or a person is asked'
is "$(sql 'SELECT count(*) FROM doorstep.audit_verify(NULL)')" 0 'the logs are whole'
is "$(psql -XAtq -d "$(as_role lea)" -c 'SELECT fresh, open FROM doorstep.header_counts()')" "$(sql "SELECT count(*) FILTER (WHERE state = 'new'), count(*) FROM doorstep.exception WHERE state <> 'resolved'")" 'what is counted is there'
is "$(sql "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in tr%'")" 0 'no transaction sleeps'
gone() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE usename IN ('maria', 'dana', 'post')")" = 0 ]; }
eventually 10 'no session is left over' gone
done_testing
