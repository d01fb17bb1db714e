#!/bin/bash
# How a brand writes, by commands; and what doctor says of messages that wait.
# shellcheck source=tests/tools/lib.sh
. tests/tools/lib.sh
person feeder feed
person post worker
for name in maria:agent okafor:lead eve:viewer; do sql "SELECT doorstep.user_add('${name%:*}', '${name#*:}')" >/dev/null; done
printf '{"type":"order","order_number":"10-1","brand":"acme","customer":{"external_id":"c1","name":"Rosa Delgado","email":"rosa@example.com","language":"en","consent":{"email":true}},"shipments":[{"carrier":"UPS","tracking_number":"1Z1"}]}\n{"type":"event","carrier":"ups","tracking_number":"1Z1","provider":"shippo","occurred_at":"%s","code":"TRANSIT","detail":"address_issue"}\n' \
    "$(date -u -d '-30 minutes' +%FT%TZ)" | as feeder doorstep ingest >out
id=$(sql 'SELECT id FROM doorstep.exception')

# --- brands ---------------------------------------------------------------------------------
run as maria doorstep brand set acme --support x
expect_status 77 'agents change no brand'
run as okafor doorstep brand set acme --name 'Acme Outdoor' --language es --time-zone America/Chicago --from-name 'Acme & Söhne' --from help@shop.example \
    --reply-to answers@shop.example --support '+1 512 555 0100' --unsubscribe 'https://shop.example/u?a=1' --tracking-url 'https://shop.example/t/{}'
expect_status 0 'a lead does'
expect_err 'saved' 'and is told'
run as eve doorstep brand list --format csv
is "$(grep ^acme, out | tr -d '\r')" "acme,Acme Outdoor,es,America/Chicago,Acme & Söhne,help@shop.example,answers@shop.example,\"'+1 512 555 0100\",https://shop.example/u?a=1,https://shop.example/t/{},,,," 'everybody may read them'
run as okafor doorstep brand set acme --from-name '' --support ''
run as eve doorstep brand list --format json
expect_out_like '"from_name":null,"from_email":"help@shop.example".*"support":null' 'an empty value takes a setting back, the others stay'
while read -r option value; do
    run as okafor doorstep brand set acme "$option" "$value"
    expect_status 65 "refused: brand set $option $value"
done <<'END'
--from help@
--reply-to nobody
--language Spanish
--time-zone Nowhere
--time-zone
--unsubscribe http://shop.example
--unsubscribe https://shop.example/>x
--tracking-url https://shop.example/t
--tracking-url javascript:{}
END
run as okafor doorstep brand set acme --from-name $'Acme\r\nBcc: all@example.com'
expect_err 'doorstep brand set: from name is one line of at most 300 characters' 'nothing that would begin another header'
run as okafor doorstep brand set acme
expect_status 64 'change what?'
run as okafor doorstep brand set --support x
expect_status 64 'which one?'
run as okafor doorstep brand set nobody --support x
expect_err 'doorstep brand set: there is no brand "nobody"' 'a brand there is not'

# what goes out says so
run as maria doorstep send "$id" --template address_issue --yes
expect_status 0 'a message'
run as maria doorstep outreach list
expect_out_like "^ *1 +$id +queued .*  goes out 20[0-9-]+T[0-9:.]+Z$" 'the list says when it goes out'
sql "UPDATE doorstep.outreach SET undo_until = now() - interval '1 hour', send_after = now() - interval '1 hour', deferred = 'it was night'" >/dev/null
run as maria doorstep outreach list
expect_out_like 'goes out 20[0-9-]+T[0-9:.]+Z: it was night$' 'and why not before'

# --- doctor -----------------------------------------------------------------------------------
run as maria doorstep doctor
expect_out_like '^warn  worker +none is running, so messages and webhooks wait: start "doorstep worker"' 'doctor sees that there is no worker'
expect_out_like '^warn  messages +1 message by e-mail should have gone out, the first 1 h(our)? ?.*: start a worker' 'and what waits for one'
DOORSTEP_EMAIL_URL="maildir:$WORK/box" run as post doorstep worker --once
expect_status 0 'it goes out'
run cat box/new/*.eml
expect_out_like '^From: Acme Outdoor <help@shop.example>' 'from the brand'
expect_out_like '^Reply-To: answers@shop.example' 'to be answered there'
expect_out_like '^List-Unsubscribe: <https://shop.example/u\?a=1>' 'with the place to unsubscribe'
expect_out_like "^Message-ID: <$id\.[0-9a-f]{16}@shop\.example>" 'under an id of its own domain'
sql "INSERT INTO doorstep.inbox (source, content_type, body, failed) VALUES ('receipt/twilio', '', 'x', 'no form')" >/dev/null
sql "INSERT INTO doorstep.inbox (source, content_type, body, at) VALUES ('receipt/twilio', '', 'x', now() - interval '1 hour')" >/dev/null
run as maria doorstep doctor
expect_out_like '^warn  webhooks +1 webhook not read yet, the first came .*: start a worker' 'a webhook that waits'
sql "UPDATE doorstep.outreach SET state = 'unknown'" >/dev/null
DOORSTEP_EMAIL_URL="maildir:$WORK/box" "$DOORSTEP" --dsn "${DSN/user=test/user=post}" worker 2>log.worker &
pid=$!
trap 'kill $pid 2>/dev/null' EXIT
well() { as maria doorstep doctor | grep -q '^ok    worker *one is running$'; }
eventually 10 'doctor sees a worker' well
run as maria doorstep doctor
expect_out_like '^ok    messages +none waits to go out' 'nothing waits'
expect_out_like '^warn  messages +1 message may have gone out or not' 'what a person has to find out'
expect_out_like '^warn  webhooks +[12] webhooks? could not be read' 'and what nobody could read'
kill -TERM $pid
wait $pid
done_testing
