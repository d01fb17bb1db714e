#!/bin/bash
# A note marked internal cannot reach a customer: every way there is, by commands.
# shellcheck source=tests/tools/lib.sh
. tests/tools/lib.sh
person feeder feed
person post worker
for name in maria:agent okafor:lead eve:viewer; do sql "SELECT doorstep.user_add('${name%:*}', '${name#*:}')" >/dev/null; done
for n in 1 2; do
    printf '{"type":"order","order_number":"10-%s","brand":"acme","customer":{"external_id":"c%s","name":"Rosa Delgado","email":"rosa%s@example.com","language":"en","consent":{"email":true}},"shipments":[{"carrier":"UPS","tracking_number":"1Z%s"}]}\n' $n $n $n $n
    printf '{"type":"event","carrier":"ups","tracking_number":"1Z%s","provider":"shippo","occurred_at":"%s","code":"TRANSIT","detail":"address_issue"}\n' $n "$(date -u -d '-30 minutes' +%FT%TZ)"
done | as feeder doorstep ingest >out
mapfile -t ids < <(sql 'SELECT id FROM doorstep.exception ORDER BY tracking_number')
one=${ids[0]} two=${ids[1]}
sql 'UPDATE doorstep.contact_policy SET undo_seconds = 0, repeat_hours = 0, cap = 50, quiet_from = NULL' >/dev/null

secret='The driver admits that he left it at the wrong door on purpose'
as maria doorstep note "$one" --text "$secret" >/dev/null 2>&1
as maria doorstep case open "$two" --type claim --note "$secret" >/dev/null 2>&1
c=$(sql 'SELECT max(id) FROM doorstep.support_case')

# template NAME TEXT: imported by an agent, approved by a lead
template() {
    printf -- '---\ntitle: Test\nsubject: About your parcel\n---\n%s\n' "$2" >"$1.email.en.mustache"
    run as maria doorstep template import "$1.email.en.mustache"
    as okafor doorstep template approve "$1" --channel email --language en >/dev/null 2>&1
}

# --- by a template's name ---------------------------------------------------------------------
for name in note notes case.note case.notes case.context exception.note exception.notes activity.text case.subject internal; do
    template by_name "Hello {{$name}}"
    expect_status 65 "a template that asks for {{$name}} is refused"
done
is "$(sql "SELECT count(*) FROM doorstep.template WHERE name = 'by_name'")" 0 'none was kept'

# --- by a template's words, in bulk, passed by a lead, by a macro -------------------------------
template by_words "Dear {{customer.first_name}}, THE DRIVER ADMITS   that he left it at the wrong door on purpose."
expect_status 0 'a template may have any words: nobody knows yet whom they go to'
run as maria doorstep send "$one" --template by_words --preview --format json
expect_out_like 'internal_note' 'looked at first'
expect_out_like 'repeats maria.s internal note of' 'with whose note it is'
run as maria doorstep send "$one" --template by_words --yes
expect_status 77 'sent'
run as maria doorstep send --filter 'kind:address_issue' --template by_words --yes
expect_status 77 'in bulk'
run as okafor doorstep send "$one" "$two" --template by_words --yes --pass 'I take it on me'
expect_status 77 'by a lead who passes warnings'
as okafor doorstep macro save tell --template by_words --then wait --shared >/dev/null 2>&1
run as maria doorstep send "$two" --macro tell --yes
expect_status 77 'by a macro'
is "$(sql 'SELECT count(*) FROM doorstep.outreach')" 0 'nothing is queued'

# --- queued, then the note is written -----------------------------------------------------------
template harmless 'Dear {{customer.first_name}}, your parcel waits at the depot until you tell us where it shall go.'
run as maria doorstep send "$one" "$two" --template harmless --yes
expect_status 0 'words that repeat no note are queued'
as maria doorstep note "$one" --text 'your parcel waits at the depot until you tell us where it shall go' >/dev/null 2>&1
as maria doorstep case note "$c" --text 'waits at the depot until you tell us where it shall go, she says' >/dev/null 2>&1
send_all() { DOORSTEP_EMAIL_URL="maildir:$WORK/box?from=orders@example.com" run as post doorstep worker --once; }
box() { find "$WORK/box" -type f -name '*.eml' 2>/dev/null | wc -l; }
send_all
is "$(box)" 0 'a worker sends neither'
expect_out_like '^{"sent":0,"retried":0,"failed":0,"unknown":0,' 'and says so'
is "$(sql 'SELECT count(*) FROM doorstep.outreach WHERE state = '"'held'"' AND reason LIKE '"'this text repeats maria%'")" 2 'both are held, and say why'
run as maria doorstep outreach retry "$(sql 'SELECT min(id) FROM doorstep.outreach')"
send_all
is "$(box)" 0 'nor when it is queued again'

template other 'Dear {{customer.first_name}}, which address is right?'
run as maria doorstep send "$one" --template other --yes
send_all
is "$(box)" 1 'other words go: the worker does send'
is "$(grep -rl 'which address is right' "$WORK/box" | wc -l)" 1 'those'

# --- what others than agents see of messages ------------------------------------------------------
run as eve doorstep outreach list --format json
is "$(grep -c 'wrong door' out)" 0 'a list of messages has none'
run as eve doorstep outreach show "$(sql 'SELECT min(id) FROM doorstep.outreach')" --format json
is "$(grep -c 'wrong door' out)" 0 'nor has a message'
is "$(sql "SELECT count(*) FROM doorstep.outreach o WHERE o::text ~* 'wrong door'")" 0 'nor has any row of them'
is "$(sql "SELECT count(*) FROM doorstep.case_note WHERE public")" 0 'and a helpdesk gets notes as private ones'
done_testing
