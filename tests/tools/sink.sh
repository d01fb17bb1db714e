# For command line tests that send: providers on loopback (tests/tools/sink.c) and a full outbox.
# Read after lib.sh; whoever starts sinks ends them: trap '[ ${#sinks[@]} -eq 0 ] || kill "${sinks[@]}"' EXIT
# shellcheck shell=bash disable=SC2034
sink=$(dirname "$DOORSTEP")/tests/tool_sink
sinks=()
start_sink() { # ARG…: leaves its port in $port, its requests in $log
    log=$WORK/log.${#sinks[@]}
    : >"$log"
    "$sink" "$log" "$@" >"$WORK/port" 2>/dev/null &
    sinks+=($!)
    eventually 5 'a provider on loopback' test -s "$WORK/port"
    port=$(cat "$WORK/port")
    rm "$WORK/port"
}
# queue COUNT CHANNEL: messages of their own exceptions
queue() { psql -XAtq -v ON_ERROR_STOP=1 -d "$DSN" -v n="$1" -v channel="$2" -f "$ROOT/tests/tools/outbox.sql" >/dev/null; }
