#!/bin/bash
# Telling customers by commands: what they would get, what stands in the way, and what becomes of it.
# shellcheck source=tests/tools/lib.sh
. tests/tools/lib.sh
person feeder feed
for name in maria:agent okafor:lead eve:viewer; do sql "SELECT doorstep.user_add('${name%:*}', '${name#*:}')" >/dev/null; done
sql "UPDATE doorstep.agent SET display_name = 'Maria Lopez' WHERE role = 'maria'"

order() { # NUMBER NAME EMAIL PHONE LANGUAGE CONSENT
    printf '{"type":"order","order_number":"10-%s","brand":"acme","placed_at":"2026-11-18T10:12:00Z","currency":"USD","total":"148.20","customer":{"external_id":"c%s","name":"%s","email":%s,"phone":%s,"language":"%s","time_zone":"UTC","consent":%s,"preferred_channel":"email"},"shipments":[{"carrier":"UPS","tracking_number":"1Z%s","destination":{"city":"Austin","region":"TX","country":"US"}}]}\n' \
        "$1" "$1" "$2" "$3" "$4" "$5" "$6" "$1"
}
event() { # NUMBER DETAIL
    printf '{"type":"event","carrier":"ups","tracking_number":"1Z%s","provider":"shippo","occurred_at":"%s","code":"TRANSIT","detail":"%s","message":"Apartment missing"}\n' \
        "$1" "$(date -u -d '-30 minutes' +%FT%TZ)" "$2"
}
number() { sql "SELECT id FROM doorstep.exception WHERE tracking_number = '1Z$1'"; }
{
    order 1 'Rosa Delgado' '"rosa@example.com"' '"+15125550188"' es '{"email":true,"sms":true}'
    order 2 'Zoe Brown' '"zoe@example.com"' null en '{"email":true}'
    order 3 'Ann Nobody' null null en '{"email":true}'
    order 4 'Bob Refuses' '"bob@example.com"' null en '{"email":false}'
    for n in 1 2 3 4; do event $n address_issue; done
} >feed
run as feeder doorstep ingest feed
expect_status 0 'a world of four'
rosa=$(number 1) zoe=$(number 2) ann=$(number 3) bob=$(number 4)
run as okafor doorstep policy set --channel sms --quiet none
expect_status 0 'no quiet hours: the test runs at any time of the day'

cat >note.sms.es.mustache <<'T'
---
title: A note
kinds: address_issue
---
{{brand.name}}: {{customer.first_name}}, falta algo en la dirección del pedido {{order.number}}. {{agent.first_name}}
T
cat >note.email.en.mustache <<'T'
---
title: A note
kinds: address_issue
subject: Order {{order.number}} & its address
---
Hello {{customer.first_name}},
write to {{brand.name}} <soon>.
T
run as maria doorstep template import note.sms.es.mustache note.email.en.mustache
expect_status 0 'two templates'
run as maria doorstep send "$rosa" --template note --channel sms --preview
expect_out_like 'no version of template "note" for SMS is approved: a lead does that with "doorstep template approve"' 'a draft is not sent by its name'
run as okafor doorstep template approve note --channel sms --language es
expect_status 0 'approved by a lead'
run as okafor doorstep template approve note --channel email --language en
expect_status 0 'both'

# --- what would go out -----------------------------------------------------------------
run as maria doorstep send "$rosa" --template note --channel sms --preview
expect_status 0 'a preview'
sed -i 's/^goes out 20.*Z$/goes out INSTANT/' out
expect_out "#$rosa SMS to Rosa Delgado <+15125550188>
note version 1, es
UCS-2, 1 segment, 61 units
goes out INSTANT

Acme: Rosa, falta algo en la dirección del pedido 10-1. Maria" 'is what she would get'
expect_no_err 'and nothing else'
run as maria doorstep send "$ann" --template note --channel email --preview
is "$(grep -c '^block: no address' out) $(grep -c '^goes out' out)" '1 0' 'what does not go has no time to go at'
run as maria doorstep send "$zoe" "$bob" --template note --preview --format json
cp out two.json
run python3 - "$zoe" "$bob" <<'P'
import json, sys
zoe, bob = map(int, sys.argv[1:])
a, b = json.load(open('two.json'))
keys = 'id template version channel language to subject body html segments encoding send_at verdicts'.split()
assert list(a) == keys and list(b) == keys, list(a)
assert a['send_at'] and a.pop('send_at') and a.pop('html').startswith('<!DOCTYPE html>')
assert a == {'id': zoe, 'template': 'note', 'version': 1, 'channel': 'email', 'language': 'en', 'to': 'zoe@example.com',
             'subject': 'Order 10-2 & its address', 'body': 'Hello Zoe,\nwrite to Acme <soon>.', 'segments': None, 'encoding': None,
             'verdicts': []}, a
assert b['body'] is None and b['to'] is None and b['template'] is None
v, = b['verdicts']
assert (v['guardrail'], v['effect'], v['until']) == ('no_consent', 'block', None) and 'Bob Refuses' in v['message'], v
P
expect_status 0 'as JSON: every key, the text to the byte, every verdict'
is "$(sql 'SELECT count(*) FROM doorstep.outreach')" 0 'looking queues nothing'

# --- sending ------------------------------------------------------------------------------
run as maria doorstep send "$rosa" --template note </dev/null
expect_status 64 'without a terminal nobody can be asked'
expect_err_like 'there is no terminal to ask on: add --yes to send, or --preview to see what would be sent' 'and the remedy is said'
run as maria doorstep send "$rosa" --yes
expect_status 64 'a message has to be named'
run as maria doorstep send "$rosa" --template nonsense --yes
expect_status 65 'one that there is'
expect_err 'doorstep send: there is no template "nonsense": "doorstep template list" shows them' 'else this is said'
run as maria doorstep send "$rosa" --template note --channel fax --yes
expect_status 64 'no such channel'

run as maria doorstep send "$rosa" --template note --channel sms --yes --format csv
expect_status 0 'one SMS'
is "$(tr -d '\r' <out)" "id,ok,code,message
$rosa,t,ok," 'its answer'
expect_err 'queued the SMS to Rosa Delgado: goes out in 10 s' 'and a sentence'
is "$(sql "SELECT state, body, by, send_after - created_at FROM doorstep.outreach")" \
    'queued|Acme: Rosa, falta algo en la dirección del pedido 10-1. Maria|maria|00:00:10' 'what is queued is what was shown'
run as maria doorstep send "$rosa" --template note --channel sms --yes
expect_status 77 'the same words again'
expect_out_like "^ *$rosa +no +repeated +" 'are refused by their rule'
expect_err 'nothing was queued' 'which is said'
run as maria doorstep undo
expect_status 0 'taken back'
is "$(sql 'SELECT state FROM doorstep.outreach')" cancelled 'within its ten seconds'

run as maria doorstep send "$zoe" "$ann" "$bob" 999999 --template note --yes --format csv
expect_status 1 'some cannot be told'
is "$(cut -d, -f1-3 out | tr -d '\r' | sort)" "$(printf '%s\n' "$zoe,t,ok" "$ann,f,no_address" "$bob,f,no_consent" 999999,f,no_address id,ok,code | sort)" 'an answer for each'
expect_err 'e-mail: 1 now
not sent: 2 no address, 1 no consent
queued the e-mail to Zoe Brown: goes out in 10 s' 'and how many of which'
run as eve doorstep send "$rosa" --template note --yes
expect_status 77 'a viewer sends nothing'

# --- quiet hours, warnings, macros -------------------------------------------------------
run as okafor doorstep policy set --channel sms --quiet "$(date -u -d '-2 hours' +%H:00)-$(date -u -d '+2 hours' +%H:00)"
expect_status 0 'quiet hours around now'
run as maria doorstep send "$rosa" --template note --channel sms --preview --format csv
expect_out_like 'quiet_hours' 'the preview knows them'
run as maria doorstep send "$rosa" --template note --channel sms --yes --format csv
expect_status 0 'the SMS is queued all the same'
expect_out_like "^$rosa,t,deferred," 'for later'
expect_err_like '^queued the SMS to Rosa Delgado: .* goes out at ..:.. their time' 'and when is said'

sql "INSERT INTO doorstep.macro (owner, name, title, template, channel, then_verb, for_minutes, tag) VALUES (NULL, 'ask', 'Ask', 'note', 'email', 'wait', 2880, 'asked')"
sql "UPDATE doorstep.outreach SET state = 'cancelled'"
run as maria doorstep send "$zoe" --macro ask --yes
expect_status 0 'a macro'
is "$(sql "SELECT state, tags, wake_at > now() + '47 hours' FROM doorstep.exception WHERE id = $zoe")" 'waiting|{asked}|t' 'sends, waits and tags'
run as maria doorstep send "$zoe" --macro nonsense --yes
expect_status 65 'a macro that there is not'
sql "INSERT INTO doorstep.macro (owner, name, title, then_verb, tag) VALUES (NULL, 'quietly', 'Quietly', 'work', 'seen')"
run as maria doorstep send "$zoe" --macro quietly --yes
expect_status 64 'a macro that sends nothing'
run as maria doorstep macro run quietly "$bob"
expect_status 0 'is run'
is "$(sql "SELECT state, tags FROM doorstep.exception WHERE id = $bob")" 'working|{seen}' 'by itself'
run as maria doorstep macro run ask "$bob"
expect_status 64 'one that sends is shown first'

run as maria doorstep send "$rosa" --template note --channel sms --preview --format json
sql "UPDATE doorstep.shipment SET last_scan_at = now() - interval '30 days'; UPDATE doorstep.template_version SET fresh_hours = 24 WHERE title = 'A note'"
run as maria doorstep send "$rosa" --template note --channel sms --yes --format csv
expect_out_like "^$rosa,f,stale," 'tracking too old for what it says is a warning'
expect_status 77 'which stops an agent'
run as okafor doorstep send "$rosa" --template note --channel sms --yes --pass 'the carrier told me'
expect_status 0 'a lead passes it with a reason'
is "$(sql "SELECT passed, pass_reason FROM doorstep.outreach ORDER BY id DESC LIMIT 1")" '{stale}|the carrier told me' 'which is kept'

# --- what a person decides ---------------------------------------------------------------
last=$(sql 'SELECT max(id) FROM doorstep.outreach')
sql "UPDATE doorstep.outreach SET state = 'unknown', reason = 'the provider stopped in the middle' WHERE id = $last"
run as maria doorstep outreach list --format csv
is "$(sed -n 2p out | cut -d, -f1-5)" "$last,$rosa,unknown,sms,\"'+1 … 88\"" 'first what nobody knows the outcome of'
run as maria doorstep outreach list --state sent
expect_err 'no messages' 'none in that state'
run as maria doorstep outreach list --state nonsense
expect_status 64 'no such state'
run as maria doorstep outreach resolve-unknown "$last"
expect_status 64 'it takes an answer'
run as maria doorstep outreach resolve-unknown "$last" --as sent
expect_status 0 'it went out'
is "$(sql "SELECT state FROM doorstep.outreach WHERE id = $last")" sent 'and stays so'
run as maria doorstep outreach cancel "$last" --format csv
expect_status 1 'too late to cancel'
run as maria doorstep outreach show "$last"
expect_status 0 'one message'
expect_out_like '^passed for +the carrier told me' 'with everything'
expect_out_like '^Acme: Rosa, falta algo' 'and its text'
run as maria doorstep outreach show "$last" --format json
python3 -c 'import json; m, = json.load(open("out")); assert m["state"] == "sent" and m["attempts"] == [] and "\n" not in m["to"]' 2>err
is $? 0 'or as JSON'
run as maria doorstep outreach show 999999
expect_status 77 'one that is not there'
first=$(sql "SELECT min(id) FROM doorstep.outreach WHERE state = 'cancelled'")
run as maria doorstep outreach retry nonsense
expect_status 64 'that is no number'
run as maria doorstep outreach retry "$first"
expect_status 0 'queued again'

# --- asked on a terminal -----------------------------------------------------------------
cat >ask.py <<'P'
import os, pty, select, sys, time
answer, argv = sys.argv[1], sys.argv[2:]
pid, fd = pty.fork()
if pid == 0:
    os.execv(argv[0], argv)
seen, until, asked = b'', time.monotonic() + 30, False
while time.monotonic() < until:
    if not select.select([fd], [], [], 1)[0]:
        continue
    try:
        piece = os.read(fd, 4096)
    except OSError:
        break
    if not piece:
        break
    seen += piece
    if not asked and b'[y/N] ' in seen:
        asked = True
        os.write(fd, answer.encode() + b'\n')
print(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
P
sql "UPDATE doorstep.outreach SET state = 'cancelled' WHERE state = 'queued'"
before=$(sql 'SELECT count(*) FROM doorstep.outreach')
sql "UPDATE doorstep.template_version SET fresh_hours = NULL WHERE title = 'A note'; UPDATE doorstep.shipment SET last_scan_at = now()"
run python3 ask.py n "$DOORSTEP" --dsn "${DSN/user=test/user=maria}" send "$zoe" --template note
expect_out_like 'Subject: Order 10-2 & its address' 'on a terminal the message is shown'
expect_out_like 'Send 1 message\? \[y/N\] ' 'and asked about'
is "$(sql 'SELECT count(*) FROM doorstep.outreach')" "$before" 'no is no'
run python3 ask.py y "$DOORSTEP" --dsn "${DSN/user=test/user=maria}" send "$zoe" --template note
expect_status 0 'yes'
expect_out_like 'queued the e-mail to Zoe Brown: goes out in 10 s' 'sends it'
done_testing
