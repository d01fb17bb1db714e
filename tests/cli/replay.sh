#!/bin/bash
# Records kept in tests/fixtures/replay, played without a database (tests/tools/record makes them anew).
. tests/tools/lib.sh
kept=$ROOT/tests/fixtures/replay
export PGHOST=/nowhere PGPORT=1

for name in full scrubbed; do
    run "$DOORSTEP" replay --text "$kept/$name.rec"
    if diff -u "$kept/$name.txt" out >changed; then pass "$name.rec ends as it did"; else fail "$name.rec ends as it did" "$(cat changed)"; fi
done
run "$DOORSTEP" replay --text --every "$kept/scrubbed.rec"
expect_status 0 'every screen of a scrubbed record'
expect_out_like '^--- 0\.[0-9]{3} s$' 'with their times'
for shown in 'claimed #' 'added a note to #' 'Message to Xxxx Xxxxxxx' 'Xxxx, Xxxx:' 'reconnecting|connecting' 'Exceptions'; do
    expect_out_like "$shown" "among them: $shown"
done
if grep -Eq 'Delgado|Winterbottom|Pemberton|1ZRECORD' out; then fail 'nobody is in it'; else pass 'nobody is in it'; fi
run "$DOORSTEP" replay --text --at 0 "$kept/scrubbed.rec"
expect_status 0 'the screen at its beginning'
run "$DOORSTEP" replay --text --size 60x16 "$kept/scrubbed.rec"
is "$(wc -l <out)" 16 'another size has as many lines'
run "$DOORSTEP" replay --text --size wide "$kept/scrubbed.rec"
expect_err_like '--size takes COLUMNSxROWS' 'a size that is none'

sed '20,$d' "$kept/scrubbed.rec" >short.rec
printf 'rubbish \033]0;x\007\n' >>short.rec
run "$DOORSTEP" replay --text short.rec
expect_status 65 'a damaged record'
expect_err_like 'short\.rec:20: ' 'is named by its line'
run "$DOORSTEP" replay --text nowhere.rec
expect_status 74 'no record'
run "$DOORSTEP" replay "$kept/scrubbed.rec"
expect_status 78 'without a terminal it asks for one'
expect_err_like '--text prints' 'and says how to go without'
run "$DOORSTEP" --record x.rec queue
expect_status 64 'a command is not recorded'
run "$DOORSTEP" --record x.rec --record-full y.rec
expect_status 64 'one way or the other'
done_testing
