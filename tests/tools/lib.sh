# The library of the command line tests (tests/cli/*.sh), read with `. tests/tools/lib.sh`.
# A script runs commands, says what it expects of them and ends with `done_testing`.
# It has: DOORSTEP (the program), DSN (a fresh, migrated database, as superuser) and
# WORK (an empty folder, the current one).
# shellcheck shell=bash
set -u
ROOT=$(pwd)
DSN=$DOORSTEP_TEST_DSN
WORK=$TMPDIR
export DSN ROOT WORK
cd "$WORK" || exit 70
tests=0
status=0

# doorstep ARGS: the program on this script's database (as ROLE when `as ROLE doorstep …`).
doorstep() { "$DOORSTEP" --dsn "${ROLE_DSN:-$DSN}" "$@"; }
as() { # ROLE COMMAND…
    local ROLE_DSN="${DSN/user=test/user=$1}"
    shift
    "$@"
}
# person NAME GROUP [DISPLAY]: a login role in doorstep_GROUP
person() {
    sql "CREATE ROLE \"$1\" LOGIN IN ROLE doorstep_$2" >/dev/null
}
# sql TEXT: what psql prints, unaligned, rows only
sql() { psql -XAtq -v ON_ERROR_STOP=1 -d "$DSN" -c "$1"; }

# run COMMAND…: leaves its exit status in $status, what it printed in files `out` and `err`
run() {
    status=0
    "$@" >"$WORK/out" 2>"$WORK/err" || status=$?
}

pass() { tests=$((tests + 1)); echo "ok $tests - $1"; }
fail() { # LABEL [MORE]
    tests=$((tests + 1))
    echo "not ok $tests - $1"
    shift
    printf '%s\n' "$@" | sed 's/^/#   /'
    echo "#   exit status $status; standard output, then error output:"
    head -c 4000 "$WORK/out" 2>/dev/null | sed 's/^/#   > /'
    head -c 4000 "$WORK/err" 2>/dev/null | sed 's/^/#   ! /'
}
is() { # GOT WANTED LABEL
    if [ "$1" = "$2" ]; then pass "$3"; else fail "$3" "got:    $1" "wanted: $2"; fi
}
expect_status() { # STATUS LABEL
    if [ "$status" -eq "$1" ]; then pass "$2"; else fail "$2" "wanted exit status $1"; fi
}
expect_out() { is "$(cat "$WORK/out")" "$1" "$2"; }        # TEXT LABEL: exactly
expect_err() { is "$(cat "$WORK/err")" "$1" "$2"; }
like() { # FILE ERE LABEL
    if grep -Eq -- "$2" "$WORK/$1"; then pass "$3"; else fail "$3" "wanted something like: $2"; fi
}
expect_out_like() { like out "$1" "$2"; }                    # ERE LABEL: some line matches
expect_err_like() { like err "$1" "$2"; }
expect_no_out() { is "$(cat "$WORK/out")" '' "$1"; }
expect_no_err() { is "$(cat "$WORK/err")" '' "$1"; }

# eventually SECONDS LABEL COMMAND…: until the command succeeds, which it does within so many seconds; a machine that has more to do
# than this gets eight times as long. The command is run each time: what it asks stands in a function, not in its arguments.
eventually() {
    local until=$((SECONDS + 8 * $1)) label=$2
    shift 2
    while ! "$@" >"$WORK/out" 2>"$WORK/err"; do
        if [ "$SECONDS" -ge "$until" ]; then
            fail "$label" "not within the deadline: $*"
            return
        fi
        sleep 0.05
    done
    pass "$label"
}
# A storm: what is started beside it goes on `while storming`, which ends after SECONDS, and not before COMMAND succeeds; on a machine
# too busy for that, after twenty times as long. `stormed LABEL` is the test that there was enough.
storm() { # SECONDS COMMAND…
    local least=$((SECONDS + $1)) most=$((SECONDS + 20 * $1))
    shift
    while sleep 0.2; do
        [ $SECONDS -ge $least ] || continue
        if "$@" >/dev/null 2>&1; then
            echo enough >"$WORK/.calm"
            return
        fi
        [ $SECONDS -lt $most ] || break
    done
    echo 'too little' >"$WORK/.calm"
}
storming() { [ ! -e "$WORK/.calm" ]; }
stormed() { is "$(cat "$WORK/.calm")" enough "$1"; }
done_testing() { echo "1..$tests"; }
