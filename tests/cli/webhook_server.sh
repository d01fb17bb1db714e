#!/bin/bash
# The configuration README.md shows, on loopback, with the real server: from a provider's request to the exception's timeline.
. tests/tools/lib.sh
. "$ROOT/tests/tools/outreach_world.sh"
. "$ROOT/tests/tools/hook.sh"
person postbox feed
person worker worker
world_open
message 1 sms
message 2 sms

printf 'webhook.twilio = token\nwebhook.receipt = shared secret\nwebhook.postmark = basic user:pass\n' >channels
if start_hook; then pass 'the server runs'; else fail 'the server runs' "$(cat server.log)"; fi

# send STATUS LABEL CURL-ARGUMENTS…
send() {
    local wanted=$1 label=$2
    shift 2
    is "$(curl -s -m 30 -o answer -w '%{http_code}' "$@")" "$wanted" "$label"
}
url=http://127.0.0.1:$port/hook
hmac() { printf %s "$2" | openssl dgst -sha256 -hmac "$1" | sed 's/.* //'; }
body='{"type":"receipt","id":"w1","outreach":"1.aa@doorstep","status":"delivered","at":"2026-11-21T16:50:00Z"}'
now=$(date +%s)
send 204 'a signed receipt' -H "Doorstep-Signature: t=$now,v1=$(hmac 'shared secret' "$now.$body")" --data-binary "$body" "$url/receipt/receipt"
signed=$(printf %s "$url/receipt/twilioBodypiso 4BFrom+15125550188MessageSidSMs1SmsStatusreceived" | openssl dgst -sha1 -hmac token -binary | base64)
send 204 'Twilio, by the URL it called' -H "X-Twilio-Signature: $signed" --data 'MessageSid=SMs1&From=%2B15125550188&Body=piso+4B&SmsStatus=received' "$url/receipt/twilio"
send 204 'Postmark, by user and password' -u user:pass --data-binary @"$ROOT/tests/fixtures/receipts/postmark.ndjson" "$url/receipt/postmark"
send 403 'unsigned' --data-binary "$body" "$url/receipt/receipt"
is "$(cat answer)" 'Not signed as it should be.' 'is told so, and no more'
send 403 'a wrong signature' -H "Doorstep-Signature: t=$now,v1=$(hmac 'wrong secret' "$now.$body")" --data-binary "$body" "$url/receipt/receipt"
send 403 'a wrong password' -u user:past --data-binary '{}' "$url/receipt/postmark"
send 403 'nothing configured' --data-binary '{}' "$url/carrier/easypost"
send 404 'a path that is none' --data-binary '{}' "$url/receipt/nobody"
send 404 'a path beside it' --data-binary '{}' "http://127.0.0.1:$port/channels"
send 405 'GET' "$url/receipt/receipt"
head -c 1048577 /dev/zero >big
send 413 '1 MiB and a byte' --data-binary @big -H 'Expect:' "$url/receipt/receipt"
send 403 'chunked, with its length made by the server' -H 'Transfer-Encoding: chunked' --data-binary "$body" "$url/receipt/receipt"

# A body that never comes costs the server a connection and nobody else anything
exec 3<>"/dev/tcp/127.0.0.1/$port"
printf 'POST /hook/receipt/receipt HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{' >&3
body2=${body//w1/w2}
body2=${body2//1.aa/2.aa}
send 204 'others are served beside a slow one' -H "Doorstep-Signature: t=$now,v1=$(hmac 'shared secret' "$now.$body2")" --data-binary "$body2" "$url/receipt/receipt"
exec 3>&-
is "$(sql 'SELECT count(*) FROM doorstep.inbox')" 4 'four are stored'

run as worker doorstep worker --once
is "$(outcome 1) $(outcome 2)" 'delivered delivered' 'the worker reads them'
expect_status 0 'and ends'
run doorstep show "$(sql "SELECT id FROM doorstep.exception WHERE tracking_number = '1ZR1'")"
expect_out_like 'wrote by SMS: .*piso 4B' 'the answer stands in the timeline'
is "$(sql "SELECT marks & 256 FROM doorstep.exception WHERE tracking_number = '1ZR1'")" 256 'and the exception is marked'
done_testing
