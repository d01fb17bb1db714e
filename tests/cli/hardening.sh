#!/bin/bash
# What the program is built with, what it links, that it has no threads of its own, and that no message tells a password.
. tests/tools/lib.sh
person wim worker
readelf -hlWd "$DOORSTEP" >"$WORK/elf" 2>&1
nm -D "$DOORSTEP" >"$WORK/symbols" 2>&1
nm -u "$DOORSTEP" >"$WORK/undefined" 2>&1
sanitized=$(grep -c '__asan_init\|__gcov\|__llvm_profile' "$WORK/symbols")
like elf 'Type: *DYN' 'position-independent'
like elf 'GNU_RELRO' 'relocations are read-only'
like elf 'FLAGS_1.*NOW|BIND_NOW' 'and bound at the start'
is "$(awk '$1 == "GNU_STACK" { print $7 }' "$WORK/elf")" RW 'no executable stack'
is "$(awk '$1 == "LOAD" && /RWE/' "$WORK/elf")" '' 'no memory that is written and run'
is "$(grep -cE 'RPATH|RUNPATH' "$WORK/elf")" 0 'no library from a folder of the build'
if [ "$sanitized" -eq 0 ]; then
    like symbols '__stack_chk_fail' 'stacks are guarded'
    like symbols '__(vs|s)n?printf_chk' 'lengths are checked where the compiler knows them'
    if [ "$(uname -m)" = x86_64 ]; then
        # what crt files say of themselves decides about the note; what we compiled is seen in the code
        marked=$(objdump -d --no-show-raw-insn -j .text "$DOORSTEP" 2>/dev/null | grep -c endbr64)
        is "$((marked > 1000))" 1 'targets of indirect branches are marked'
    fi
fi

# Under the sanitizers leaks are looked for, in processes without core dumps as well.
run "$(dirname "$DOORSTEP")/tests/tool_leak"
is "$status" "$(nm -D "$(dirname "$DOORSTEP")/tests/tool_leak" | grep -q __asan_init && echo 99 || echo 0)" 'a leak is seen where they are on'

# Threads: ours has none. libcurl's resolver may have one while it asks for a name, and nothing of ours is in it.
if [ "$sanitized" -eq 0 ]; then is "$(grep -cE ' (pthread_create|thrd_create|clone)(@|$)' "$WORK/undefined")" 0 'nothing of ours starts a thread'; fi
mkdir -p "$WORK/mail"
DOORSTEP_EMAIL_URL="maildir:$WORK/mail" as wim doorstep worker >"$WORK/out" 2>"$WORK/err" &
worker=$!
runs() { grep -q 'e-mail by maildir' "$WORK/err"; }
until=$((SECONDS + 120))
while ! runs && [ "$SECONDS" -lt "$until" ]; do sleep 0.05; done
pid=$(pgrep -P "$worker" -f doorstep | head -n 1)
pid=${pid:-$worker}
is "$(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l)" 1 'a running worker is one thread'
is "$(awk '/Max core file size/ { print $5, $6 }' "/proc/$pid/limits")" '0 0' 'and leaves no core file'
kill "$pid"
wait "$worker"

# Passwords: in no message, whatever is wrong with them.
tell() { # LABEL COMMAND…
    local label=$1
    shift
    run timeout 120 "$@"
    is "$(cat "$WORK/out" "$WORK/err" | grep -c 's3cret')" 0 "$label"
    [ "$status" -ne 0 ] || fail "$label: it should not work"
}
tell 'a server that is not there' "$DOORSTEP" --dsn 'host=/nonexistent user=x password=s3cret-word dbname=x' counts
tell 'the same as a URL' "$DOORSTEP" --dsn 'postgresql://x:s3cret-word@127.0.0.1:1/x' counts
tell 'a quote that does not end' "$DOORSTEP" --dsn "host=x password='s3cret-word" counts
tell 'a word that is none' "$DOORSTEP" --dsn 'host=x pasword=s3cret-word' counts
tell 'a URL that is none' "$DOORSTEP" --dsn 'postgresql://x:s3cret-word@[::1/x' counts
tell 'a role that is none' "$DOORSTEP" --dsn "${DSN/user=test/user=nobody_here} password=s3cret-word" counts
tell 'in the environment' env PGPASSWORD=s3cret-word "$DOORSTEP" --dsn "${DSN/user=test/user=nobody_here}" doctor
tell 'a channel' env DOORSTEP_EMAIL_URL='smtp://shop:s3cret-word@:x/y' "$DOORSTEP" --dsn "${DSN/user=test/user=wim}" worker --once
tell 'a channel that is none' env DOORSTEP_EMAIL_URL='ftp://shop:s3cret-word@host' "$DOORSTEP" --dsn "${DSN/user=test/user=wim}" worker --once
printf 'email.url smtp://shop:s3cret-word@host\n' >"$WORK/channels"
chmod 600 "$WORK/channels"
tell 'a file of secrets with a wrong line' "$DOORSTEP" --dsn "${DSN/user=test/user=wim}" worker --once --channels "$WORK/channels"
printf 'dsn host=x password s3cret-word\n' >"$WORK/config"
tell 'a configuration with one' "$DOORSTEP" --config "$WORK/config" --dsn 'host=/nonexistent' counts
done_testing
