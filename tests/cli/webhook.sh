#!/bin/bash
# doorstep webhook as the CGI program it is: what it takes, what it refuses, and that nothing gets in unsigned.
. tests/tools/lib.sh
. "$ROOT/tests/tools/outreach_world.sh"
person postbox feed
world_open
message 1 sms
export DOORSTEP_CHANNELS=$WORK/channels
cat >channels <<'END'
webhook.url = https://hooks.example.com
webhook.easypost = Jefe
webhook.twilio = token
webhook.receipt = shared secret
webhook.shippo = unsigned
webhook.postmark = basic user:pass
webhook.fedex = basic user:pass
webhook.ups = basic user:pass
webhook.usps = basic user:pass
webhook.dhl = basic user:pass
webhook.canada_post = basic user:pass
END
chmod 600 channels

# post PATH BODY [VARIABLE=VALUE…]: one request; the answer is in out
post() {
    local path=$1 body=$2
    shift 2
    run env GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=POST PATH_INFO="$path" REQUEST_URI="/hook$path" CONTENT_LENGTH="$(printf %s "$body" | wc -c)" \
        CONTENT_TYPE=application/json "$@" "$DOORSTEP" --dsn "${DSN/user=test/user=postbox}" webhook < <(printf %s "$body")
}
answered() { # STATUS LABEL
    if head -n 1 out | grep -q "^Status: $1 "; then pass "$2"; else fail "$2" "wanted status $1"; fi
}
inbox() { sql "SELECT count(*) FROM doorstep.inbox"; }
hmac() { printf %s "$2" | openssl dgst -sha256 -hmac "$1" | sed 's/.* //'; }
stamped() { printf 't=%s,v1=%s' "$1" "$(hmac 'shared secret' "$1.$2")"; } # TIME BODY

# What gets in
body='{"type":"receipt","id":"w1","outreach":"1.aa@doorstep","status":"delivered","at":"2026-11-21T16:50:00Z"}'
now=$(date +%s)
post /receipt/receipt "$body" HTTP_DOORSTEP_SIGNATURE="$(stamped "$now" "$body")"
answered 204 'signed by us'
expect_no_err 'nothing to say'
is "$(tail -c 4 out | od -An -c | tr -d ' ')" '\r\n\r\n' 'an answer without a body ends with its header'
is "$(sql "SELECT source || ' ' || content_type || ' ' || convert_from(body, 'UTF8') FROM doorstep.inbox")" "receipt/receipt application/json $body" 'stands in the inbox as it came'
easypost='{"object":"Event","result":{"object":"Tracker","tracking_code":"1ZW1","carrier":"UPS","status":"in_transit","tracking_details":[{"status":"in_transit","message":"Departed","datetime":"2026-11-21T09:00:00Z"}]}}'
post /carrier/easypost "$easypost" HTTP_X_HMAC_SIGNATURE="hmac-sha256-hex=$(hmac Jefe "$easypost")"
answered 204 'EasyPost'
form='MessageSid=SMw&From=%2B15125550188&Body=hello+there&SmsStatus=received'
twilio=$(printf %s 'https://hooks.example.com/hook/receipt/twilioBodyhello thereFrom+15125550188MessageSidSMwSmsStatusreceived' |
    openssl dgst -sha1 -hmac token -binary | base64)
post /receipt/twilio "$form" HTTP_X_TWILIO_SIGNATURE="$twilio" CONTENT_TYPE='application/x-www-form-urlencoded; charset=UTF-8'
answered 204 'Twilio'
post /receipt/postmark '{}' HTTP_AUTHORIZATION='Basic dXNlcjpwYXNz'
answered 204 'Postmark, by Basic authentication'
post /carrier/shippo '{}'
answered 204 'one that is configured as unsigned'
is "$(inbox)" 5 'five are stored'

# What does not
post /receipt/receipt "$body"
answered 403 'no signature'
post /receipt/receipt "$body" HTTP_DOORSTEP_SIGNATURE="t=$now,v1=$(hmac 'another secret' "$now.$body")"
answered 403 'a forged one'
expect_err_like 'receipt/receipt: the signature is not the one of this body' 'the log says why'
is "$(tail -n 1 out)" 'Not signed as it should be.' 'the client is told little'
post /receipt/receipt "$body" HTTP_DOORSTEP_SIGNATURE="$(stamped $((now - 400)) "$body")"
answered 403 'a good one from seven minutes ago: played again'
post /receipt/receipt "$body " HTTP_DOORSTEP_SIGNATURE="$(stamped "$now" "$body")"
answered 403 'a good one with another body'
post /receipt/twilio "$form&Extra=1" HTTP_X_TWILIO_SIGNATURE="$twilio" CONTENT_TYPE=application/x-www-form-urlencoded
answered 403 'Twilio: a field more'
post /receipt/sendgrid '[]'
answered 403 'no secret configured: refused'
expect_err_like 'no secret is configured' 'and the log says so'
post /receipt/postmark '{}' HTTP_AUTHORIZATION='Basic dXNlcjpwYXN6'
answered 403 'a wrong password'
for path in / /receipt /receipt/ /receipt/easypost /carrier/twilio /carrier/nobody /receipt/../carrier/easypost '/receipt/twilio/' '' /receipt/TWILIO; do
    post "$path" '{}'
    answered 404 "no webhook at \"$path\""
done
post /carrier/shippo '{}' REQUEST_METHOD=GET
answered 405 'GET'
expect_out_like '^Allow: POST' 'says what is allowed'
post /carrier/shippo '{}' CONTENT_LENGTH=
answered 411 'no length'
for length in -1 2x 0x10 '2 '; do
    post /carrier/shippo '{}' CONTENT_LENGTH="$length"
    answered 400 "length \"$length\""
done
post /carrier/shippo '' CONTENT_LENGTH=0
answered 400 'an empty body'
post /carrier/shippo '{}' CONTENT_LENGTH=3
answered 400 'a body that is cut off'
post /carrier/shippo '{}' CONTENT_LENGTH=1048577
answered 413 '1 MiB and a byte'
post /carrier/shippo '{}' CONTENT_LENGTH=99999999999999999999
answered 413 'a length beyond numbers'
is "$(inbox)" 5 'nothing of these is stored'
head -c 1048576 /dev/zero | tr '\0' ' ' >big
run env GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=POST PATH_INFO=/carrier/shippo CONTENT_LENGTH=1048576 "$DOORSTEP" --dsn "${DSN/user=test/user=postbox}" webhook < <(cat big; echo more)
answered 204 '1 MiB is taken, and what comes after it is left alone'
mkfifo slow
exec 3<>slow
began=$SECONDS
run env GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=POST PATH_INFO=/carrier/shippo CONTENT_LENGTH=10 "$DOORSTEP" --dsn "${DSN/user=test/user=postbox}" webhook <slow
answered 408 'a body that does not come'
if [ $((SECONDS - began)) -le 60 ]; then pass 'is not waited for'; else fail 'is not waited for'; fi
exec 3>&-
chmod 644 channels
post /carrier/shippo '{}'
answered 503 'secrets that others can read'
expect_err_like 'chmod 600' 'and the log says what to do'
chmod 600 channels
run env GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=POST PATH_INFO=/carrier/shippo CONTENT_LENGTH=2 "$DOORSTEP" --dsn 'host=/nonexistent dbname=x' webhook < <(printf '{}')
answered 503 'no database'
if grep -q nonexistent out; then fail 'the client learns nothing of it'; else pass 'the client learns nothing of it'; fi
run "$DOORSTEP" webhook
expect_status 64 'run by hand it says what it is'

# What comes of them
person worker worker
run as worker doorstep worker --once
is "$(outcome 1)" 'delivered' 'the receipt'
is "$(timeline)" 'opened reply' 'the answer'
is "$(sql "SELECT count(*) FROM doorstep.shipment WHERE tracking_number = '1ZW1'")" 1 'the parcel'
is "$(sql "SELECT string_agg(source || CASE WHEN failed IS NULL THEN ' waits' ELSE '' END, ' ' ORDER BY id) FROM doorstep.inbox")" 'receipt/postmark carrier/shippo carrier/shippo' \
    'what says nothing stays, with the reason'
person okafor lead
is "$(psql -XAtq -d "${DSN/user=test/user=okafor}" -c 'SELECT source, failed FROM doorstep.inbox_failed() ORDER BY id LIMIT 1')" \
    'receipt/postmark|postmark: no postmark document by its shape; see the formats in doorstep help ingest' 'for leads to look at'
post /receipt/receipt "$body" HTTP_DOORSTEP_SIGNATURE="$(stamped "$now" "$body")"
run as worker doorstep worker --once
is "$(sql "SELECT count(*) FROM doorstep.outreach_receipt") $(inbox)" '1 3' 'the same again within five minutes is a duplicate'

# Carriers in their own words
for format in fedex ups usps dhl canada_post; do
    file=$ROOT/tests/fixtures/$format/answer.json
    [ -f "$file" ] || file=$ROOT/tests/fixtures/$format/detail.json
    post "/carrier/$format" "$(cat "$file")" HTTP_AUTHORIZATION='Basic dXNlcjpwYXNz'
    answered 204 "$format, signed"
done
post /carrier/fedex '{}'
answered 403 'unsigned, a carrier is nobody'
run as worker doorstep worker --once
is "$(sql "SELECT count(DISTINCT m.provider) FROM doorstep.scan_event v JOIN doorstep.status_map m ON m.id = v.map_id WHERE m.provider IN ('fedex', 'ups', 'usps', 'dhl', 'canada_post')")" 5 'scans of all of them are read by their own codes'
done_testing
