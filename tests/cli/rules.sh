#!/bin/bash
# Rules: kept, tried on what happened, switched on for a share, done by a real worker, once, in their own name.
. tests/tools/lib.sh
person feeder feed
person post worker
person maria agent
person lea lead
sql "INSERT INTO doorstep.agent (role, display_name) VALUES ('maria', 'Maria'), ('lea', 'Lea')" >/dev/null
sql "UPDATE doorstep.contact_policy SET quiet_from = NULL, quiet_to = NULL, cap = 50" >/dev/null
worker() { as post doorstep worker "$@"; }
# parcel N CONSENT: an order of its own customer, and a scan that says the address is wrong
parcel() {
    cat <<JSON
{"type":"order","order_number":"R-$1","brand":"acme","customer":{"external_id":"c-$1","name":"Rosa Delgado","email":"rosa$1@example.com","phone":"+1512555$((1000 + $1))","language":"en","tier":"gold","consent":{"email":true,"sms":$2}},"shipments":[{"carrier":"ups","tracking_number":"1ZR$1"}]}
{"type":"event","carrier":"ups","provider":"easypost","tracking_number":"1ZR$1","occurred_at":"$(date -u +%Y-%m-%dT%H:%M:%SZ)","code":"in_transit","detail":"address_correction","message":"Apartment number missing"}
JSON
}
bring() { for n in "$@"; do parcel "$n" true; done | doorstep ingest >/dev/null; }
# what rule NAME did, most frequent outcome first
outcomes() { sql "SELECT coalesce(string_agg(outcome || ' ' || n, ', ' ORDER BY outcome), '') FROM (SELECT outcome, count(*) AS n FROM doorstep.rule_firing f JOIN doorstep.rule r ON r.id = f.rule_id WHERE r.name = '$1' GROUP BY 1) x"; }
row() { sql "SELECT coalesce(owner, '-') || ' ' || severity || ' ' || array_to_string(tags, ',') FROM doorstep.exception WHERE tracking_number = '1ZR$1'"; }
said() { sql "SELECT coalesce(string_agg(a.actor || ': ' || a.verb || ' ' || a.text, E'\n' ORDER BY a.seq), '') FROM doorstep.activity a JOIN doorstep.exception e ON e.id = a.exception_id WHERE e.tracking_number = '1ZR$1' AND a.actor LIKE 'rule %'"; }

# what is no rule
run as maria doorstep rule save bad 'when state:new do tag x'
expect_status 64 'a rule about everything is refused'
expect_err 'doorstep rule save: column 6: this rule matches everything – name what it is about, such as kind:address_issue or carrier:ups' 'and says so'
run as maria doorstep rule save bad 'when kind:lost on opened do tag x; sned y'
expect_status 64 'a word that is none'
expect_err_like 'column 36: "sned" is nothing a rule can do' 'is pointed at'
run as maria doorstep rule save bad 'when kind:lost owner:me do tag x'
expect_err_like '"me" is nobody to a rule' 'nobody is me'
run as maria doorstep rule save bad 'when kind:lost do send nothing_such'
expect_err_like 'there is no template "nothing_such"' 'nor is a template that is not there'
run as maria doorstep rule save Bad 'when kind:lost do tag x'
expect_err_like 'is no name of a rule' 'nor a name in capitals'
is "$(sql "SELECT count(*) FROM doorstep.rule WHERE name LIKE 'bad%'")" 0 'nothing of it is kept'

# kept by an agent, off
run as maria doorstep rule save gold-address 'WHEN tier:gold   kind:address_issue do assign maria and severity critical; tag gold_watch'
expect_status 0 'an agent keeps one'
expect_err 'saved rule gold-address, version 1: it is off until a lead switches it on' 'which is off'
run as maria doorstep rule enable gold-address
expect_status 77 'and cannot switch it on'
is "$(as maria doorstep rule show gold-address --format json | tr -d ' ' | grep -o '"text":"[^"]*"')" '"text":"whentier:goldkind:address_issueonopeneddoassignmaria;severitycritical;taggold_watch"' 'its text is what it does'
bring 1
run as maria doorstep rule test gold-address --format json
expect_out_like '"fired": ?1' 'it is tried on what happened'
run as maria doorstep rule test 'when kind:address_issue do send address_issue by sms' --days 3
expect_err_like 'would have fired for 1 exceptions in the last 3 days, by what they are now; of the 1 still open 0 would be blocked' 'with the guardrails asked'
sql "UPDATE doorstep.customer SET consent = '{\"sms\": false}'" >/dev/null
run as maria doorstep rule test 'when kind:address_issue do send address_issue by sms' --format json
expect_out_like '"blocked": ?1' 'who say what they would have stopped'
expect_out_like 'no_consent' 'and why'
run as maria doorstep rule test 'when kind:address_issue do send address_issue by sms'
is "$(sed 's/  *$//; s/   */  /' "$WORK/out")" "what  how many
days  7
fired  1
open  1
by kind  address_issue 1
by carrier  ups 1
samples  #1
looked at  1
blocked  1
deferred  0
blocked by  no_consent 1" 'as a table people read it line by line'
run as maria doorstep rule test 'when kind:lost do tag x'
expect_out_like '^samples +none$' 'no example is none'
run as maria doorstep rule test 'when kind:lost do tag x' --format json
expect_out_like '"fired": ?0' 'nothing is nothing'
run worker --once
is "$(outcomes gold-address)" '' 'while it is off nothing happens'

# on: once, in its own name
run as lea doorstep rule enable gold-address
expect_err_like 'rule gold-address is on, for 100 % of shipments' 'a lead switches it on'
bring 2 3
run worker --once
expect_out_like '"rules":\{"rules_done":2\}' 'a worker does it'
is "$(row 2)" 'maria critical gold_watch' 'all of it'
is "$(row 1)" '- high ' 'not to what was there before'
is "$(said 2)" 'rule gold-address: rule handed it to maria, changed severity from high to critical, tagged it gold_watch' 'the timeline says who'
run worker --once
is "$(outcomes gold-address)" 'done 2' 'once'
is "$(sql 'SELECT count(*) FROM doorstep.rule_event')" 0 'and nothing is left'
sql "SELECT FROM doorstep.resolve(gen_random_uuid(), ARRAY(SELECT id FROM doorstep.exception WHERE tracking_number = '1ZR2'), 'other', 'x')" >/dev/null
sql "SELECT FROM doorstep.reopen(gen_random_uuid(), ARRAY(SELECT id FROM doorstep.exception WHERE tracking_number = '1ZR2'), 'x')" >/dev/null
run worker --once
is "$(outcomes gold-address)" 'done 3' 'once more when it is opened again'

# a worker that dies after taking and before doing; and after doing and before saying so
bring 4
sql "SELECT FROM doorstep.rule_claim('dead', 100, 3600)" >/dev/null
run worker --once
is "$(outcomes gold-address)" 'done 3' 'what another has taken is its own'
sql "UPDATE doorstep.rule_event SET lease_until = now() - interval '1 s'" >/dev/null
run worker --once
is "$(outcomes gold-address)" 'done 4' 'until it is gone'
sql "INSERT INTO doorstep.rule_event (exception_id, event, at) SELECT id, 'opened', now() FROM doorstep.exception WHERE tracking_number = '1ZR4'" >/dev/null
run worker --once
is "$(outcomes gold-address) $(said 4 | wc -l)" 'done 4 1' 'the same again is not done again'

# messages: under every guardrail, in the undo window, by the rule
run as maria doorstep rule save ask 'when kind:address_issue on opened do send address_issue by sms; tag asked'
run as lea doorstep rule enable ask
parcel 5 false | doorstep ingest >/dev/null
bring 6
run worker --once
is "$(outcomes ask)" 'blocked 1, done 1' 'one may be told, one may not'
is "$(said 5 | grep -c 'does not send address_issue: Rosa Delgado')" 1 'why stands in the timeline, once'
is "$(row 5)" 'maria critical gold_watch' 'what comes after the message is not done'
is "$(row 6)" 'maria critical asked,gold_watch' 'but where it went'
is "$(sql "SELECT o.by || ' ' || o.state || ' ' || (o.send_after > o.created_at) || ' ' || (o.body LIKE '%1ZR6%' OR o.body LIKE '%address%') FROM doorstep.outreach o")" 'rule ask queued true true' 'queued by the rule, with time to take it back'

# held in an outage, tried when it ends, dropped when it is true no more
as lea doorstep outage declare --scope carrier:ups --message 'UPS is out' --yes >/dev/null 2>&1
bring 7 8
run worker --once
is "$(outcomes ask)" 'blocked 1, done 1, held 2' 'in an outage rules wait'
is "$(said 7 | sort -u | grep -c 'waits: the parcel is in an outage')" 2 'each says so'
run worker --once
is "$(said 7 | grep -c 'rule ask: rule waits')" 1 'once'
sql "SELECT FROM doorstep.resolve(gen_random_uuid(), ARRAY(SELECT id FROM doorstep.exception WHERE tracking_number = '1ZR8'), 'other', 'x')" >/dev/null
as lea doorstep outage end 1 >/dev/null 2>&1
run worker --once
is "$(outcomes ask)" 'blocked 1, done 2, skipped 1' 'afterwards they go on, where it is still so'

# stopped, all of them
run as maria doorstep rule stop
expect_status 77 'an agent stops nothing'
run as lea doorstep rule stop
bring 9
run worker --once
is "$(row 9)" '- high ' 'stopped is stopped'
is "$(as lea doorstep rule list --format csv | grep -c stopped)" 2 'and shown'
run as lea doorstep rule go
run worker --once
is "$(row 9)" 'maria critical asked,gold_watch' 'what happened meanwhile is done then'

# too much within an hour
run as lea doorstep rule enable gold-address --per-hour 2
bring 11 12 13 14
run worker --once
is "$(sql "SELECT enabled || ' ' || tripped FROM doorstep.rule WHERE name = 'gold-address'")" \
    'false it would fire for more than 2 exceptions within an hour: see "doorstep rule test gold-address", then switch it on again, or off' 'it switches itself off'
is "$(sql "SELECT verb || ' ' || actor FROM doorstep.control_log WHERE subject = 'rule gold-address' ORDER BY seq DESC LIMIT 1")" 'trip worker' 'the log of control says so'
is "$(outcomes gold-address)" 'done 10, held 2, skipped 1' 'and what is left waits'
run as lea doorstep rule enable gold-address --per-hour 100
expect_err_like '2 exceptions waited for it' 'until a lead has looked'
run worker --once
is "$(outcomes gold-address)" 'done 12, skipped 1' 'then it is done'

# a text that other hands made: it says so, and is off
sql "UPDATE doorstep.rule SET filter = 'kind:nonsense' WHERE name = 'gold-address'" >/dev/null
bring 16
run worker --once
expect_status 0 'a filter that is none stops nobody'
is "$(sql "SELECT enabled || ' ' || left(tripped, 44) FROM doorstep.rule WHERE name = 'gold-address'")" 'false its filter cannot be read, column 6: unknown' 'its rule is off and says where'
is "$(row 16)" '- high asked' 'other rules go on'
sql "UPDATE doorstep.rule SET filter = 'tier:gold kind:address_issue' WHERE name = 'gold-address'" >/dev/null
as lea doorstep rule enable gold-address 2>/dev/null

# off, at once; history
waiting=$(sql "SELECT count(*) FROM doorstep.outreach WHERE state = 'queued' AND by = 'rule ask'")
run as lea doorstep rule disable ask
expect_err_like "^rule ask is off; $waiting messages? it queued before still goe?s? out: .doorstep outreach list --state queued. shows them, .outreach cancel. takes them back$" 'one act switches it off'
bring 15
run worker --once
is "$(row 15)" 'maria critical gold_watch' 'and it does nothing more'
run as maria doorstep rule save mail 'when kind:address_issue do send address_issue by email'
run as lea doorstep rule enable mail
bring 17
run worker --once
is "$(outcomes mail)" 'done 1' 'a mail that a person would sign'
is "$(sql "SELECT body LIKE '%' || E'\n' || 'Customer service' || E'\n' || '%' FROM doorstep.outreach WHERE by = 'rule mail'")" t 'is signed by customer service'
run as maria doorstep rule history gold-address --limit 2 --format csv
is "$(wc -l <"$WORK/out")" 3 'what it did is listed'

# what a rule holds back, let go before its time; how much rules may do
held=$(sql "SELECT id FROM doorstep.exception WHERE tracking_number = '1ZR17'")
sql "UPDATE doorstep.outreach SET send_after = now() + interval '4 hours', deferred = 'rule mail holds it' WHERE by = 'rule mail';
     INSERT INTO doorstep.exception_hold VALUES ($held, now() + interval '4 hours', 'rule mail', now())" >/dev/null
run as maria doorstep rule release "#$held"
expect_err "messages about #$held are held no more; 1 message that waited may go out now" 'an agent lets it go'
is "$(sql "SELECT send_after <= greatest(now(), undo_until) FROM doorstep.outreach WHERE by = 'rule mail'")" t 'and it goes on'
run as maria doorstep rule release "$held" --format csv
expect_out_like "^$held,t,same,no rule holds messages about #$held" 'once'
run as maria doorstep rule limits --per-hour 200
expect_status 77 'an agent changes no limits'
run as lea doorstep rule limits --per-hour 0
expect_err_like 'per-hour' 'nor a lead to nothing'
run as lea doorstep rule limits --per-hour 200 --event-hours 48
expect_err 'a rule fires for at most 200 exceptions an hour, all of them act on one at most 10 times a day, and on nothing older than 48 hours' 'a lead changes some'
run as maria doorstep rule limits --format csv
expect_out_like '^200,10,48' 'everybody reads them'
run as lea doorstep audit verify
expect_status 0 'and both logs are whole'
run as lea doorstep rule delete ask
expect_status 0 'it is deleted'
run as lea doorstep rule show ask
expect_err_like 'there is no such rule' 'and gone'
done_testing
