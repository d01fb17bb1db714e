#!/bin/bash
# Cases by commands: opened, worked on, merged, listed, shown, taken back.
# shellcheck source=tests/tools/lib.sh
. tests/tools/lib.sh
person feeder feed
for name in maria:agent bob:agent okafor:lead eve:viewer; do sql "SELECT doorstep.user_add('${name%:*}', '${name#*:}')" >/dev/null; done
for n in 1 2 3; do
    printf '{"type":"order","order_number":"10-%s","brand":"acme","customer":{"external_id":"c%s","name":"Rosa Delgado %s","email":"rosa@example.com","language":"en","consent":{"email":true}},"shipments":[{"carrier":"UPS","tracking_number":"1Z%s"}]}\n' $n $n $n $n
    printf '{"type":"event","carrier":"ups","tracking_number":"1Z%s","provider":"shippo","occurred_at":"%s","code":"TRANSIT","detail":"address_issue"}\n' $n "$(date -u -d '-3 hours' +%FT%TZ)"
done | as feeder doorstep ingest >out
mapfile -t ids < <(sql 'SELECT id FROM doorstep.exception ORDER BY tracking_number')
one=${ids[0]} two=${ids[1]} three=${ids[2]}

# --- opening --------------------------------------------------------------------------------
run as maria doorstep case open "$one" --type carrier_trace --note 'ring the depot' --format csv
expect_status 0 'opened'
c=$(sql 'SELECT max(id) FROM doorstep.support_case')
is "$(tail -n 1 out | tr -d '\r' | cut -d, -f1-4)" "$one,t,ok,opened case C$c" 'an answer an exception'
expect_err "opened case C$c" 'and in words'
run as maria doorstep case open "$one" --type carrier_trace
expect_status 0 'a second time'
expect_err "C$c is open already" 'is the same one'
run as maria doorstep case open "#$two" "$three" 99 --type claim --priority urgent --subject 'All of it' --tag a --tag b
expect_status 1 'one there is not'
expect_err 'cases opened: 2, 1 refused: there is no exception #99' 'in words'
is "$(sql "SELECT string_agg(concat_ws(' ', priority, subject, tags, owner), ', ') FROM doorstep.support_case WHERE type = 'claim'")" 'urgent All of it {a,b} maria, urgent All of it {a,b} maria' 'as said'
run as maria doorstep undo
expect_status 0 'taken back'
is "$(sql "SELECT string_agg(state::text, ',') FROM doorstep.support_case WHERE type = 'claim'")" 'closed,closed' 'both'
run as maria doorstep case open --filter 'order:10-2' --type claim
expect_status 0 'under a filter'
d=$(sql 'SELECT max(id) FROM doorstep.support_case')
for wrong in "$one" "$one --type fun" "$one --type claim --priority huge" '--type claim' 'C12 --type claim'; do
    # shellcheck disable=SC2086  # several words
    run as maria doorstep case open $wrong
    expect_status 64 "refused before asking: case open $wrong"
done
run as maria doorstep case open "$one" --type claim --subject ''
expect_err 'the subject is empty: say in a few words what the case is about' 'an empty subject'
run as eve doorstep case open "$one" --type claim
expect_status 77 'viewers open none'
expect_err_like 'eve may not open cases: it takes an agent' 'and are told who may'

# --- notes and changes ----------------------------------------------------------------------
run as bob doorstep case note "C$c" --text 'the depot has it'
expect_err "added a note to C$c" 'a note'
run as bob doorstep case note "$c"
expect_status 64 'what is the note?'
run as bob doorstep case set "c$c" "$d" --priority low --owner bob --tag urgent-one --untag address_issue
expect_err 'cases changed: 2' 'two at once'
run as bob doorstep case set "$c"
expect_status 64 'what shall change?'
run as bob doorstep case set "$c" --state finished
expect_err 'doorstep case set: --state: "finished" is none of open, pending, solved, closed' 'a state there is not'
run as bob doorstep case set "$c" --owner nobody_there
expect_status 1 'nor a person'
expect_err 'there is no person "nobody_there"' 'in words'
run as bob doorstep case note 999 Cx --text x
expect_err_like "\"x\" is not a case's number; .doorstep case list. lists them" 'nor a number'
run as bob doorstep case set "$d" --state pending
run as bob doorstep case solve "$d"
expect_err "solved C$d" 'solved'
run as bob doorstep case reopen "C$d"
expect_err "opened C$d again" 'and not'

# --- reading --------------------------------------------------------------------------------
run as eve doorstep case list --format csv
is "$(head -n 1 out | tr -d '\r')" 'id,type,state,priority,owner,sync,exception,subject,by,carrier,tracking_number,customer,brand,tags,links,notes,created_at,updated_at,merged_into,desk,desk_id,desk_state,desk_url,conflict' 'columns'
is "$(sed -n '2,$p' out | cut -d, -f1-4 | tr -d '\r' | sort -n)" "$c,carrier_trace,open,low
$d,claim,open,low" 'open ones'
for list in --all:4 --mine:0 --conflict:0 '--state closed:2' '--state pending:0' "--exception $two:2" "--exception $two --state closed:1" '--state open:2'; do
    # shellcheck disable=SC2086  # several words
    run as maria doorstep case list ${list%:*} --format json
    is "$(jq length out)" "${list##*:}" "case list ${list%:*}"
done
run as bob doorstep case list --mine
expect_out_like "^ *$c +carrier_trace +open +low" 'for people'
run as bob doorstep case list --mine --all
expect_status 64 'one list at a time'
run as eve doorstep case show "C$c"
expect_status 0 'one'
expect_out_like "^C$c carrier trace, open, low: Carrier trace: UPS 1Z1, address issue, order 10-1$" 'its head'
expect_out_like '^Last scan  ' 'its context'
expect_out_like '^the depot has it$' 'its notes'
run as eve doorstep case show "$c" --format json
is "$(jq -c '[.state, .tags, .exceptions, [.notes[].text]]' out)" "[\"open\",[\"urgent-one\"],[$one],[\"ring the depot\",\"the depot has it\"]]" 'as a document'
run as eve doorstep case show "$c" --format csv
is "$(tail -n 1 out | cut -d, -f1-3)" "$c,carrier_trace,open" 'as a line'
run as eve doorstep case show 99999
expect_status 77 'one there is not'
expect_err 'doorstep case show: there is no case C99999, or it belongs to a brand you do not see' 'in words'
run as eve doorstep show "$one"
expect_out_like "^  C$c carrier trace, open, low: Carrier trace" 'an exception shows its cases'
run as eve doorstep show "$one" --format json
is "$(jq -c '[.cases[] | .id, .state]' out)" "[$c,\"open\"]" 'in its document, too'
run as eve doorstep queue is:case --format json
is "$(jq -c '[.[].id] | sort' out)" "[$one,$two]" 'and is found by it'

# --- links and merging ----------------------------------------------------------------------
run as bob doorstep case link "C$c" "$three" "#$two"
expect_err 'linked 2' 'linked'
run as bob doorstep case link "C$c"
expect_status 64 'which?'
run as bob doorstep case unlink "$c" "$three"
expect_err "unlinked #$three from C$c" 'and off'
run as bob doorstep undo
expect_status 0 'and on again'
is "$(sql "SELECT string_agg(exception_id::text, ' ' ORDER BY exception_id) FROM doorstep.case_link WHERE case_id = $c")" "$(printf '%s\n' "$one" "$two" "$three" | sort -n | paste -sd' ')" 'all three'
run as bob doorstep case merge "C$d"
expect_status 64 'into which?'
run as bob doorstep case merge "C$d" --into "C$d"
expect_status 65 'not into itself'
run as bob doorstep case merge "C$d" --into "C$c"
expect_status 0 'merged'
expect_err "merged C$d into C$c; that cannot be taken back" 'for good'
run as bob doorstep case show "$d"
expect_out_like "^merged in +C$c$" 'which it shows'
run as bob doorstep case note "$d" --text x
expect_err "C$d was merged into C$c: go on there" 'and says'
run as bob doorstep case close "$c"
expect_err "closed C$c" 'closed'
run as bob doorstep case reopen "$c"
expect_status 1 'closed is final'
expect_err "C$c is closed, and that is final: open a new case" 'in words'
run as maria doorstep queue is:case --format json
is "$(jq -c . out)" '[]' 'no case is open'

# --- an exception that only its case holds open ------------------------------------------------
run as maria doorstep case open "$three" --type customer
e=$(sql 'SELECT max(id) FROM doorstep.support_case')
printf '{"type":"event","carrier":"ups","tracking_number":"1Z3","provider":"shippo","occurred_at":"%s","code":"DELIVERED","detail":"delivered"}\n' "$(date -u -d '-1 minute' +%FT%TZ)" | as feeder doorstep ingest >out
is "$(sql "SELECT state FROM doorstep.exception WHERE id = $three")" new 'delivered, but a case is open'
run as maria doorstep case solve "C$e"
is "$(sql "SELECT concat(state, ' ', resolution) FROM doorstep.exception WHERE id = $three")" 'resolved delivered' 'solved with it'
run as maria doorstep undo
is "$(sql "SELECT concat(state, ' ', resolution, ' ', marks & 128) FROM doorstep.exception WHERE id = $three")" 'new  128' 'and taken back with it'

# --- two people at once ----------------------------------------------------------------------
for n in 1 2 3 4 5 6; do
    who=maria
    [ $((n % 2)) -eq 0 ] || who=bob
    as $who doorstep case open "$one" "$two" "$three" --type internal --note "from $n" >/dev/null 2>&1 &
done
wait
is "$(sql "SELECT count(*) || ' ' || count(DISTINCT shipment_id) FROM doorstep.support_case WHERE type = 'internal'")" '3 3' 'one case a parcel, whoever was first'
is "$(sql "SELECT count(*) FROM doorstep.case_note n JOIN doorstep.support_case k ON k.id = n.case_id WHERE k.type = 'internal'")" 18 'with everybody'"'"'s note'
is "$(sql 'SELECT count(*) FROM doorstep.audit_verify(NULL)')" 0 'the chains hold'
done_testing
