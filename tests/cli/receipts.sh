#!/bin/bash
# What comes back from message providers, through ingest: every format, twice, what nobody knows, and garbage.
. tests/tools/lib.sh
. "$ROOT/tests/tools/outreach_world.sh"
fixtures=$ROOT/tests/fixtures/receipts
counts() { # DOCUMENTS ACCEPTED DUPLICATES REJECTED RECEIPTS INBOUND CONSENTS
    printf '{"documents":%s,"accepted":%s,"duplicates":%s,"rejected":%s,"events":0,"exceptions_opened":0,"exceptions_updated":0,"exceptions_resolved":0,"unmapped":0,"receipts":%s,"inbound":%s,"consent_changes":%s}' "$@"
}
world_open
is "$(timeline)" 'opened' 'a parcel in trouble'
message 100 email
message 101 email gone@example.com
message 102 email full@example.com
message 1 sms
message 2 sms
sql "UPDATE doorstep.outreach SET provider_id = 'SM0000000000000000000000000000000' || substr(provider_id, 10) WHERE channel = 'sms'" >/dev/null

# SendGrid
run as feeder doorstep ingest --rejects rejects "$fixtures/sendgrid_events.json"
expect_status 1 'SendGrid: an event that is none is refused'
expect_out "$(counts 10 9 0 1 9 0 1)" 'the others are merged by the feed role'
is "$(outcome 100) / $(outcome 101) / $(outcome 102)" \
    'delivered / failed 550 5.1.1 The email account that you tried to reach does not exist / failed Bounced Address' 'each message has its outcome'
is "$(consent email) $(consent sms)" 'false true' 'who reports spam gets no more e-mail'
run as feeder doorstep ingest "$fixtures/sendgrid_events.json"
expect_out "$(counts 10 0 9 1 0 0 0)" 'the same again changes nothing and says so'

# Twilio
run as feeder doorstep ingest "$fixtures"/twilio_delivered.form "$fixtures"/twilio_failed.form
expect_out "$(counts 2 2 0 0 2 0 0)" 'Twilio: posted forms'
is "$(outcome 1) / $(outcome 2)" 'delivered / failed the number is unknown or no longer in use' 'and what they mean'
is "$(sql "SELECT phone_bad FROM doorstep.customer WHERE external_id = 'c-1'")" 'the number is unknown or no longer in use' 'a dead number is marked'
as feeder doorstep ingest "$fixtures/twilio_delivered.form" >out
is "$(cat out)" "$(counts 1 0 1 0 0 0 0)" 'once'
run doorstep wait --filter tracking:1ZR1
run as feeder doorstep ingest --format twilio - <"$fixtures/twilio_reply.form"
expect_out "$(counts 1 1 0 0 0 1 0)" 'an answer'
is "$(sql "SELECT state || ' ' || (marks & 256) FROM doorstep.exception WHERE tracking_number = '1ZR1'")" 'working 256' 'brings the exception back'
run doorstep show "$(sql "SELECT id FROM doorstep.exception WHERE tracking_number = '1ZR1'")"
expect_out_like 'wrote by SMS: .*Apartment 4B, código 1234!' 'and stands in the timeline'
run as feeder doorstep ingest "$fixtures/twilio_stop.form"
expect_out "$(counts 1 1 0 0 0 1 1)" 'OptOutType STOP withdraws consent'
is "$(consent sms)" 'false' 'for SMS'
printf 'MessageSid=SMa&From=%%2B15125550188&Body=Start%%21&SmsStatus=received\nMessageSid=SMb&From=%%2B15125550188&Body=%%EF%%BC%%B3%%EF%%BC%%B4%%EF%%BC%%AF%%EF%%BC%%B0&SmsStatus=received\n' >words.form
run as feeder doorstep ingest words.form
expect_out "$(counts 2 2 0 0 0 2 2)" 'START gives it again, a full-width STOP takes it'
is "$(consent sms)" 'false' 'in their order'
run as feeder doorstep ingest "$fixtures/twilio_whatsapp.json"
expect_out "$(counts 2 1 0 1 0 1 0)" "WhatsApp, as JSON; a receipt of nobody's message is refused"
expect_err_like ':2: refused: no message of ours has that id' 'with its line and why'

# Postmark, mails, our own
run as feeder doorstep ingest "$fixtures/postmark.ndjson"
expect_out "$(counts 8 8 0 0 7 1 0)" 'Postmark'
run as feeder doorstep ingest "$fixtures"/*.eml
expect_status 0 'e-mails as files'
expect_out "$(counts 4 4 0 0 1 3 0)" 'a report, two answers, and one of a machine'
is "$(sql "SELECT string_agg(driver || ':' || text, '|' ORDER BY id) FROM doorstep.contact WHERE provider = 'mail'")" \
    'auto_reply:I am on holiday. STOP|reply:Es el piso 4ºB, código 1234.
Gracias|reply:Bitte beim Nachbarn Müller & Sohn abgeben' 'without what they quote'
run as feeder doorstep ingest "$fixtures/generic.ndjson"
expect_out "$(counts 6 3 0 3 1 2 0)" 'our own format'
run as feeder doorstep ingest "$fixtures"/*.eml "$fixtures"/postmark.ndjson
expect_out "$(counts 12 0 12 0 0 0 0)" 'all of it once more'

# Garbage, and scans between receipts
{ printf '{"type":"receipt","outreach":"100.aa@doorstep","status":"opened","at":"soon"}\n'
  printf '{"type":"receipt","status":"opened","at":"2026-11-21T16:50:00Z"}\n'
  printf '{"type":"inbound","channel":"sms","from":"+15125550188","at":"2026-11-21T16:50:00Z","text":"no id"}\n'
  printf '{"type":"event","carrier":"ups","provider":"easypost","tracking_number":"1ZR2","occurred_at":"2026-11-21T09:00:00Z","code":"in_transit"}\n'
  printf '{"type":"receipt","id":"last","outreach":"100.aa@doorstep","status":"opened","at":"2026-11-21T16:59:00Z"}\n'; } >mixed.ndjson
run as feeder doorstep ingest --rejects rejects mixed.ndjson
is "$(cut -d, -f1-5,10- out)" '{"documents":5,"accepted":2,"duplicates":0,"rejected":3,"events":1,"receipts":1,"inbound":0,"consent_changes":0}' 'one file of both'
is "$(wc -l <rejects)" 3 'the bad ones are in the rejects file'
head -c 300000 /dev/urandom >noise
for format in auto twilio dsn sendgrid; do
    run timeout 120 "$DOORSTEP" --dsn "${DSN/user=test/user=feeder}" ingest --format "$format" --rejects rejects noise
    if [ "$status" -le 1 ]; then pass "$format: noise is refused"; else fail "$format: noise is refused"; fi
done
is "$(sql 'SELECT count(*) FROM doorstep.audit_verify(NULL)')" 0 'the chains hold'
done_testing
