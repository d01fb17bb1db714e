#!/bin/bash
# The demo without its dashboard: a world, a live feed, and nothing left behind.
. tests/tools/lib.sh
dir=$WORK/demo
trap 'kill -9 "$demo" 2>/dev/null' EXIT
start() {
    rm -f "$WORK/dsn"
    "$DOORSTEP" demo --headless --rate 600 --dir "$dir" "$@" >"$WORK/dsn" 2>"$WORK/said" &
    demo=$!
}
ready() { [ -s "$WORK/dsn" ] || { cat "$WORK/said"; false; }; }
asked() { psql -XAtq -d "${demo_dsn/user=maria/user=postgres}" -c "$1"; }
stopped() { ! pgrep -f "$dir" >/dev/null; }

run "$DOORSTEP" demo --dir "$dir"
expect_status 64 'a dashboard needs a terminal'
run "$DOORSTEP" demo --headless --rate lots --dir "$dir"
expect_status 64 'a rate that is no number'

start
eventually 120 'the demo starts' ready
demo_dsn=$(cat "$WORK/dsn")
is "$(stat -c %a "$dir")" 700 'nobody else can enter its folder'
run "$DOORSTEP" --dsn "$demo_dsn" queue customer:delgado carrier:ups kind:address_issue order:10-33812 --format json
expect_status 0 'maria reads the queue'
expect_out_like '"tracking_number": *"1Z999AA10123456784"' 'Rosa Delgado is in it'
open=$(asked "SELECT count(*) FROM doorstep.exception WHERE state <> 'resolved'")
if [ "$open" -ge 1000 ] && [ "$open" -le 1500 ]; then pass 'some 1,200 are open'; else fail 'some 1,200 are open' "$open"; fi
kinds=$(asked "SELECT count(DISTINCT kind) FROM doorstep.exception")
if [ "$kinds" -ge 18 ]; then pass 'of nearly all kinds'; else fail 'of nearly all kinds' "$kinds"; fi
is "$(asked "SELECT string_agg(DISTINCT state::text, ' ' ORDER BY state::text) FROM doorstep.exception")" \
    'new resolved snoozed waiting working' 'in all states'
is "$(asked "SELECT string_agg(DISTINCT brand, ' ' ORDER BY brand) FROM doorstep.exception")" 'acme borealis' 'of two brands'
scans=$(asked 'SELECT count(*) FROM doorstep.scan_event')
more() { [ "$(asked 'SELECT count(*) FROM doorstep.scan_event')" -gt "$scans" ]; }
eventually 30 'the feed is live' more
acts=$(asked 'SELECT count(*) FROM doorstep.activity WHERE actor <> '"'feed'")
worked() { [ "$(asked 'SELECT count(*) FROM doorstep.activity WHERE actor <> '"'feed'")" -gt "$acts" ]; }
eventually 60 'colleagues work' worked
arrived() { [ "$(asked "SELECT count(*) FROM doorstep.outreach WHERE state = 'delivered'")" -gt 0 ] && ls "$dir"/mail/new/*.eml; }
eventually 60 'they write to customers, the worker sends, and it arrives' arrived
page=$(sed -n "s/.*Rosa Delgado's is //p" "$WORK/said")
published() { grep -q '1Z999AA10123456784' "$page"; }
eventually 20 'their tracking pages are published where it said' published
run cat "$dir/feed.log"
expect_no_out 'the feed has nothing to complain about'
run "$DOORSTEP" demo --headless --dir "$dir"
expect_status 75 'a second one in the same folder is refused'

kill -TERM "$demo"
run wait "$demo"
expect_status 0 'SIGTERM ends it in order'
eventually 10 'and everything it started' stopped

start
eventually 60 'it starts again' ready
is "$(asked "SELECT count(*) > $scans FROM doorstep.scan_event")" t 'with what was there'
kill -9 "$demo"
eventually 20 'killed hard, it leaves nothing running' stopped
start
eventually 60 'and the next one starts' ready
kill -HUP "$demo"
run wait "$demo"
expect_status 0 'SIGHUP ends it in order, too'
eventually 10 'and everything it started once more' stopped
start --reset
remade() { [ ! -e "$page" ] && ready; }
eventually 120 'with --reset it is made anew, all of it' remade
kill -TERM "$demo"
run wait "$demo"
expect_status 0 'and ends'
done_testing
