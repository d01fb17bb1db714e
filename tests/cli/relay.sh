#!/bin/bash
# The relay from outside: who may connect, what it answers, what a slow one gets, what becomes of it without its database.
. tests/tools/lib.sh
unix=$(dirname "$DOORSTEP")/tests/tool_unix
pids=()
trap 'kill "${pids[@]}" 2>/dev/null' EXIT
sql 'CREATE ROLE ear LOGIN' >/dev/null           # it needs no more
mkdir -m 755 run
start() { # ARG…: a relay; its pid in $relay
    : >log                                 # what the one before it said does not count
    "$DOORSTEP" --dsn "${DSN/user=test/user=ear}" relay --socket "$WORK/run/sock" "$@" 2>log &
    relay=$!
    pids+=("$relay")
    eventually 5 'a relay listens' test -S run/sock
    eventually 5 'and has its database' grep -q connected log
}
stop() { kill "$relay"; wait "$relay"; }
identity=$(sql "SELECT (SELECT system_identifier FROM pg_control_system()) || '.' || oid FROM pg_database WHERE datname = current_database()")
timeline=$(sql "SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int")
talk() { # NAME [FILE]: a client; write to descriptor $to, read NAME.out
    rm -f "$1.in"
    mkfifo "$1.in"
    "$unix" talk run/sock "${@:2}" <"$1.in" >"$1.out" &
    talker=$!
    pids+=("$talker")
    exec {to}>"$1.in"
    echo 'hello 1' >&"$to"
}
has() { grep -qx -- "$2" "$1.out"; }
answers() { # SOCKET LABEL COMMAND…: whether it is there, asked by what that command runs
    "${@:3}" "$unix" talk "$1" <<<$'hello 1\nping 1' >asking.out &
    eventually 5 "$2" has asking 'pong 1'
    kill $!
}
listeners() { sql "SELECT count(*) FROM pg_stat_activity WHERE usename = 'ear' AND query LIKE '$1%'"; }

start
talk one
eventually 5 'it says which version it speaks' has one 'hello 1'
echo "want 1 $identity $timeline doorstep" >&"$to"
eventually 5 'it listens' has one 'have 1'
sql "NOTIFY doorstep, 'v'; NOTIFY doorstep, 'r *'" >/dev/null
eventually 5 'and passes on' has one 'hint v'
eventually 5 'in order' has one 'hint r \*'
is "$(listeners LISTEN)" 1 'one connection listens for all'
secret=doorstep_0123456789abcdef0123456789abcdef
sql "NOTIFY $secret, 'm 5'" >/dev/null
echo "want 2 $identity $timeline doorstep $secret" >&"$to"
eventually 5 'a channel whose name one knows' has one 'have 2'
sql "NOTIFY $secret, 'm 6'" >/dev/null
eventually 5 'is heard' has one 'hint m 6'
is "$(grep -c 'm 5' one.out)" 0 'from then on'
echo "want 3 $identity $timeline doorstep" >&"$to"
eventually 5 'another want' has one 'have 3'
left() { [ "$(listeners "UNLISTEN $secret")" = 1 ]; }
eventually 5 'leaves what nobody wants' left
sql "NOTIFY $secret, 'm 7'; NOTIFY doorstep, 'u'" >/dev/null
eventually 5 'the rest is heard' has one 'hint u'
is "$(grep -c 'm 7' one.out)" 0 'and it no more'
echo "want 4 1.1 $timeline doorstep" >&"$to"
eventually 5 'another database' grep -q '^no 4 the relay listens to another database' one.out
echo "want 5 $identity 99 doorstep" >&"$to"
eventually 5 'another side of a failover' grep -q '^no 5 .*failover' one.out
echo 'ping 6' >&"$to"
eventually 5 'it is there' has one 'pong 6'
echo 'want 7 x y z' >&"$to"
eventually 5 'who speaks nonsense is left' bash -c "! kill -0 $talker 2>/dev/null"
talk old
echo 'hello 2' >&"$to"
eventually 5 'another version is told so' grep -q '^bye this relay speaks version 1 and the dashboard 2' old.out

# One that does not read: it costs the relay 64 KB, the others nothing, and learns that much has changed. What the kernel keeps for it
# depends on the machine.
many=$((3000 + $(cat /proc/sys/net/core/wmem_default) / 1000))
talk slow go
echo "want 1 $identity $timeline doorstep" >&"$to"
talk quick
echo "want 1 $identity $timeline doorstep" >&"$to"
eventually 5 'two more' has quick 'have 1'
before=$(awk '/VmRSS/ { print $2 }' "/proc/$relay/status")
sql "SELECT count(pg_notify('doorstep', 'm ' || i || repeat(' ', 4000))) FROM generate_series(1, $many) i" >/dev/null
sql "NOTIFY doorstep, 'v'; NOTIFY doorstep, 'r maria'; NOTIFY doorstep, 's 3'" >/dev/null
eventually 10 'who reads gets all' has quick 'hint s 3'
after=$(awk '/VmRSS/ { print $2 }' "/proc/$relay/status")
# the sanitizers keep what was freed
room=$(nm -D "$DOORSTEP" | grep -q __asan_init && echo 300000 || echo 0)
is "$((after - before < room + 2000))" 1 'nothing is piled up'
touch go
eventually 5 'who comes back is told: much has changed' has slow 'hint m 1'
eventually 5 'rights' has slow 'hint r \*'
eventually 5 'the newest version' has slow 'hint s 3'
is "$(($(grep -c '^hint' slow.out) < many / 2)) $(grep -c '^hint v' slow.out)" '1 1' 'in place of all that'
sql "NOTIFY doorstep, 'k'" >/dev/null
eventually 5 'and hears again' has slow 'hint k'

# What cannot show where it is heard may come a little later, and comes; order stays, and who did not say what shows gets all at once
talk looks
echo "want 1 $identity $timeline doorstep" >&"$to"
eventually 5 'one more' has looks 'have 1'
printf 'sight 1:4:32:100:200 7\nping 2\n' >&"$to"
eventually 5 'says what it shows' has looks 'pong 2'
waits=no
for i in $(seq 101 200); do
    sql "NOTIFY doorstep, 'e $i:1:0:1:1:1:5'" >/dev/null
    eventually 5 'the other has it' has slow "hint e $i:1:0:1:1:1:5"
    has looks "hint e $i:1:0:1:1:1:5" || { waits=yes; break; }
done
is "$waits" yes 'others hear of it first'
eventually 5 'then it, too' has looks "hint e $i:1:0:1:1:1:5"
sql "NOTIFY doorstep, 'e 500:1:0:1:1:1:5'; NOTIFY doorstep, 'o'; NOTIFY doorstep, 'e 7:2:0:1:1:1:5'" >/dev/null
eventually 5 'what shows takes along what waits' has looks 'hint e 7:2:0:1:1:1:5'
is "$(tail -n 3 looks.out | tr '\n' ' ')" 'hint e 500:1:0:1:1:1:5 hint o hint e 7:2:0:1:1:1:5 ' 'in order'
echo 'sight 1:4' >&"$to"
eventually 5 'a sight that is none is the end' bash -c "! kill -0 $talker 2>/dev/null"

# One that asks without end waits for each answer, others do not
talk asker
for i in $(seq 300); do printf 'want %d %s %s doorstep doorstep_%032d\n' "$i" "$identity" "$timeline" "$i"; done >&"$to"
echo 'ping 301' >&"$to"
eventually 10 'each is answered in its turn' has asker 'pong 301'
is "$(grep -c '^have ' asker.out) $(tail -n 2 asker.out | tr '\n' ' ')" '300 have 300 pong 301 ' 'none is left out, none overtaken'
after=$(awk '/VmRSS/ { print $2 }' "/proc/$relay/status")
is "$((after - before < room + 3000))" 1 'nor is anything piled up for it'
exec {to}>&-
talk quick
echo "want 1 $identity $timeline doorstep" >&"$to"
eventually 5 'the next one' has quick 'have 1'

# Its database
sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'ear'" >/dev/null
eventually 5 'says that its connection is gone' grep -q '^down ' quick.out
eventually 5 'and that it is back' has quick 'up'
echo "want 9 $identity $timeline doorstep" >&"$to"
eventually 5 'and listens again when asked' has quick 'have 9'

# Who may
if [ "$(id -u)" -eq 0 ]; then
    chmod 711 "$WORK" && chmod 666 run/sock
    run setpriv --reuid=65534 --regid=65534 --clear-groups "$unix" talk run/sock </dev/null
    expect_out_like '^bye this relay takes its own account, root and its socket.s group' 'a stranger'
    answers run/sock "a member of the socket's group" setpriv --reuid=65534 --regid=65534 --groups=0
    answers run/sock 'a member of hundreds of groups besides' setpriv --reuid=65534 --regid=65534 --groups="0,$(seq -s, 7001 7400)"
else
    pass 'a stranger # SKIP only root becomes one'
    pass 'a member # SKIP only root becomes one'
    pass 'a member of hundreds # SKIP only root becomes one'
fi
run "$DOORSTEP" --dsn "${DSN/user=test/user=ear}" relay --socket "$WORK/run/sock"
expect_status 77 'one is enough'
expect_err_like 'another relay answers there' 'it says so'
stop
is "$?" 0 'it ends when told to'
expect_no() { if [ -e "$1" ]; then fail "$2"; else pass "$2"; fi; }
expect_no run/sock 'and takes its socket along'
eventually 5 'saying so' has quick 'bye the relay ends'

# Another took its place
start
first=$relay
rm run/sock log
start
kill "$first"
wait "$first"
answers run/sock 'who ends leaves the socket that is not its own any more' env
stop

# No descriptor is left for one who knocks
start
free=0                                                  # the descriptor the next one would get
while [ -e "/proc/$relay/fd/$free" ]; do free=$((free + 1)); done
prlimit --pid "$relay" --nofile="$free:"
talk knocks
eventually 5 'it says that nobody more can connect' grep -q 'nobody more can connect now (.*raise LimitNOFILE' log
ticks() { awk '{ print $14 + $15 }' "/proc/$relay/stat"; }
before=$(ticks)
run timeout 2 "$unix" talk run/sock <<<'hello 1'       # as long as this one waits
is "$(($(ticks) - before < 40)) $(grep -c 'nobody more' log)" '1 1' 'once, and does not spin'
prlimit --pid "$relay" --nofile=1024:
eventually 5 'who waited is taken when there is room' has knocks 'hello 1'
stop

# A socket left behind, systemd's socket, too many, and what cannot be
start --clients-max 1
kill -9 "$relay"
wait "$relay" 2>/dev/null
start --clients-max 1
talk first
eventually 5 'takes the place of one that was killed' has first 'hello 1'
run "$unix" talk run/sock </dev/null
expect_out_like '^bye this relay has as many dashboards as it may' 'no more than it may'
stop
rm -f log
"$unix" listen "$WORK/run/given" "$DOORSTEP" --dsn "${DSN/user=test/user=ear}" relay --socket /nowhere/sock 2>log &
relay=$!
pids+=("$relay")
eventually 5 'behind a socket unit' grep -q connected log
answers run/given 'it answers at the socket it was given' env
stop
is "$?" "0" 'and ends'
if [ -S run/given ]; then pass 'the given socket is not its own to remove'; else fail 'the given socket is gone'; fi
run "$DOORSTEP" --dsn "$DSN" relay --socket /nowhere/there/sock
expect_status 74 'a folder that is not there'
expect_err_like 'RuntimeDirectory=doorstep' 'it says what to do'
run "$DOORSTEP" --dsn "$DSN" relay --socket "$WORK/run/sock" --group nobody-has-this
expect_status 78 'a group that is not there'
run "$DOORSTEP" --dsn "${DSN/user=test/user=nobody_there}" relay --socket "$WORK/run/sock"
expect_status 78 'a role that is not there'
done_testing
