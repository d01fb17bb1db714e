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
done_testing
