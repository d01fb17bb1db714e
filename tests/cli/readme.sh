#!/bin/bash
# The README's tables are the program's own (make readme fills them).
. tests/tools/lib.sh
run "$(dirname "$DOORSTEP")/tables" "$ROOT/README.md"
expect_status 0 'the tables are printed'
if diff -u "$ROOT/README.md" out >err; then pass 'README.md has them as they are'; else fail 'README.md has them as they are: run make readme'; fi
for word in 'queue' 'claim' 'carrier_status:' 'address_issue' 'clipboard'; do
    expect_out_like "$word" "among them $word"
done
done_testing
