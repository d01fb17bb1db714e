# shellcheck shell=bash
# Times that people give are by the clock on their wall, of the day they mean.
. tests/tools/lib.sh
printf '%s\n' '{"type":"order","order_number":"1","brand":"acme","customer":{"name":"A"},"shipments":[{"carrier":"ups","tracking_number":"1Z999AA10123456784","destination":{"country":"US"}}]}' \
    '{"type":"event","carrier":"ups","tracking_number":"1Z999AA10123456784","occurred_at":"2026-11-01T10:00:00Z","code":"X","detail":"48","message":"Incorrect address"}' |
    doorstep ingest >/dev/null
id=$(sql 'SELECT min(id) FROM doorstep.exception')
# A zone whose clocks go on an hour every day of the year but today's and tomorrow's: the day after tomorrow is another offset.
day=$(date -u +%j)
turn=$(((10#$day + 1) % 365))
zone="AAA-1BBB,$turn/2,$(((turn + 180) % 365))/2"
date=$(date -u -d '+20 days' +%F)
run env TZ="$zone" "$DOORSTEP" --dsn "$DSN" snooze "$id" --until "$date 09:00"
expect_status 0 'put aside until a day behind the change'
is "$(sql "SET timezone = 'UTC'; SELECT to_char(wake_at, 'YYYY-MM-DD HH24:MI') FROM doorstep.exception WHERE id = $id")" "$date 07:00" 'nine is nine there: two hours from UTC by then'
run env TZ=Asia/Kathmandu "$DOORSTEP" --dsn "$DSN" snooze "$id" --until "$date 09:00"
is "$(sql "SET timezone = 'UTC'; SELECT to_char(wake_at, 'YYYY-MM-DD HH24:MI') FROM doorstep.exception WHERE id = $id")" "$date 03:15" 'a zone with three quarters of an hour'

# What doctor says of a machine's clock, whichever way it is wrong.
preload=$(dirname "$DOORSTEP")/tests/shift.so
with_shift() { # BYTES: seconds as eight of them, the lowest first
    printf "%b" "$1" >shifted
    run env LD_PRELOAD="$preload" CLOCK_SHIFT="$PWD/shifted" ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0" "$DOORSTEP" --dsn "$DSN" doctor
}
with_shift '\x20\x1c\0\0\0\0\0\0'
expect_out_like "this machine's clock is (2h|1h59m) ahead of the server's: on the command line today, 2h and ages are wrong by that much; set both by NTP" 'two hours on'
with_shift '\x98\xf8\xff\xff\xff\xff\xff\xff'
expect_out_like "this machine's clock is (31|32)m behind the server's" 'half an hour back'
with_shift '\x23\0\0\0\0\0\0\0'
expect_out_like "this machine's clock is 3[0-9] s ahead of the server's" 'and half a minute on'
with_shift '\0\0\0\0\0\0\0\0'
expect_out_like 'server and this machine agree to [0-9]+ ms' 'right'
done_testing
