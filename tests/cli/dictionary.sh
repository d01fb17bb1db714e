#!/bin/bash
# The dictionary from an unknown code to a version, and parcels that are read anew by a worker.
. tests/tools/lib.sh
person feeder feed
person maria agent
person lea lead
person lou lead
person will worker
sql "SELECT doorstep.user_add('zoe', 'agent')" >/dev/null
sql "INSERT INTO doorstep.brand (id, code, name) VALUES (7, 'zeta', 'Zeta'); INSERT INTO doorstep.agent_scope VALUES ('zoe', 7)"

scan() { # NUMBER CODE DETAIL TEXT
    printf '{"type":"event","carrier":"ups","tracking_number":"%s","occurred_at":"%s","code":"%s","detail":"%s","message":"%s"}\n' "$1" "$when" "$2" "$3" "$4"
}
when=$(date -u -d '3 hours ago' +%Y-%m-%dT%H:%M:%SZ)
{ scan 1ZA Q9 48 'Gate code wrong'; scan 1ZB Q9 48 'Gate code wrong'; scan 1ZC Q9 48 'Dog in the yard'; } | as feeder doorstep ingest >out
expect_out_like '"exceptions_opened":3,.*"unmapped":3' 'codes nobody knows open exceptions'

run as maria doorstep dictionary unmapped --format csv
expect_out_like '^ups,Q9,48,3,.*,3,0,' 'and are on the list, with what is open because of them'
run as zoe doorstep dictionary unmapped
expect_err 'every code seen so far is in the dictionary' 'not for who sees none of these parcels'
run as maria doorstep dictionary ignore ups Q9/48
expect_status 64 'why is asked'
run as maria doorstep dictionary ignore ups q9/48 --reason 'a test of theirs'
expect_err 'ups Q9/48 is put aside until it was seen 30 times' 'put aside'
run as maria doorstep dictionary unmapped
expect_err 'every code seen so far is in the dictionary' 'off the list'
run as maria doorstep dictionary ignore ups Q9/48 --back
expect_err 'ups Q9/48 is on the list again' 'and back'

run as maria doorstep dictionary lookup ups Q9 48 --text 'Gate code wrong'
expect_err_like '^no entry speaks' 'nothing speaks yet'
run as maria doorstep dictionary set ups Q9/48 --kind access_problem --status attempted --label 'Could not get to the door' --text '(gate+)+'
expect_status 65 'an expression that may take forever is refused'
expect_err_like 'repeats what is a repeat itself' 'and said why'
run as maria doorstep dictionary set ups 'Q9/48' --kind access_problem --status attempted --text 'gate code' --label 'Could not get to the door'
expect_status 0 'a draft'
expect_err 'draft 1: ups Q9/48 "gate code" opens access_problem, status attempted; a lead who works for all brands approves it' 'is said'
run as maria doorstep dictionary drafts --format csv
expect_out_like '^1,entry,"ups Q9/48 ""gate code""","opens access_problem, status attempted"' 'and listed'
run as maria doorstep dictionary preview 1 --format csv
expect_out_like '^kind,other,access_problem,ups,2,f|^kind,other,access_problem,ups,2,' 'what it would do'
run as zoe doorstep dictionary preview 1 --format csv
expect_out_like '^scans,"?of 0 looked at' 'nothing of theirs, for who works for another brand'
run as maria doorstep dictionary approve 1
expect_status 77 'agents do not approve'
run as lea doorstep dictionary approve 1 --days 3
expect_status 64 'days are of reading anew'
run as lea doorstep dictionary approve 1 --reprocess
expect_status 0 'a lead approves'
expect_err_like '^version [0-9]+: ups Q9/48 "gate code"; job 1 reads 30 days anew$' 'for scans from then on, and history'
run as lea doorstep dictionary preview 77
expect_err_like 'there is no draft 77' 'no such draft'

run as maria doorstep dictionary jobs --format csv
expect_out_like '^1,waiting,' 'the job waits for a worker'
run as will doorstep worker --once
expect_status 0 'one full pass'
expect_out_like '"read_anew": ?2' 'says what was read anew'
run as maria doorstep dictionary jobs --format csv
expect_out_like '^1,done,' 'done'
run as maria doorstep queue --format csv
is "$(grep -c access_problem out)" 2 'two of them are another kind now'
is "$(grep -c ',other,' out)" 1 'the one that says something else is not'
id=$(sql "SELECT id FROM doorstep.exception WHERE tracking_number = '1ZA'")
run as maria doorstep show "$id"
expect_out_like 'read anew: ups Q9/48 is now access_problem \(dictionary v[0-9]+\), was other' 'the timeline says so'
is "$(sql 'SELECT count(*) FROM doorstep.outreach')" 0 'no customer is told'

run as maria doorstep dictionary show ups q9/48 --format csv
expect_out_like 'Q9,48,gate code,"opens access_problem, status attempted",Could not get to the door,access_problem,' 'the entry, with its words'
run as maria doorstep dictionary list ups --text 'DOOR gate' --format csv
expect_out_like '^ups,Q9,48,gate code,attempted,open,access_problem,' 'found by its words'
run as maria doorstep dictionary list ups --version 1 --text 'gate code'
expect_err 'no entry is like that' 'not in the version before'
run as maria doorstep dictionary lookup ups Q9 48 --text 'GATE CODE?' --format csv
expect_out_like '^ups,Q9,48,gate code,' 'it speaks'

# a lead alone closes no more than the threshold
sql 'UPDATE doorstep.control_policy SET override_threshold = 1' >/dev/null
run as lea doorstep dictionary set ups Q9/48 --text 'gate code' --role normal --status in_transit --label 'Processed'
expect_status 0 'a draft of one'"'"'s own'
run as lea doorstep dictionary approve 2 --expect 2
expect_err_like 'it would change 2 exceptions, more than 1: somebody else approves it' 'more than that, somebody else approves'
run as lou doorstep dictionary approve 2
expect_status 77 'who says'
expect_err_like 'it would close 2 exceptions: to go on, say that number \(--expect 2\)' 'how many close'
run as lou doorstep dictionary approve 2 --expect 2
expect_status 0 'then it is'
run as lea doorstep dictionary reprocess --provider ups --code Q9 --preview --format csv
expect_out_like '^closed,access_problem,closed,ups,2,' 'history is as it was, until it is asked for'
run as lea doorstep dictionary reprocess --provider ups --code Q9
expect_status 77 'and bounded likewise'
run as lea doorstep dictionary reprocess --provider ups --code Q9 --expect 2 --days 9
expect_err_like '^job 2 reads 9 days anew by dictionary v' 'asked for'
run as will doorstep worker --once
expect_out_like '"resolved_by_dictionary": ?2' 'and closed'

run as maria doorstep dictionary word held pt 'O pacote está com a transportadora.'
expect_status 0 'words for customers are drafted, too'
run as maria doorstep dictionary label ups Q9/48 es 'Procesado' --text 'gate code'
expect_status 0 'and labels for agents'
run as lea doorstep dictionary approve 3
run as lea doorstep dictionary reject 4 --note 'not yet'
expect_err 'draft 4 is rejected' 'or refused'
run as maria doorstep dictionary language es
expect_err 'labels in es, where the dictionary has them' 'who reads another language'
run as maria doorstep dictionary retire ups Q9/48 --text 'nothing'
expect_err_like 'the dictionary has no entry ups Q9/48 "nothing"' 'what is not there does not go'

# two drafts of one code, approved by two leads at once while a batch is merged: the second hears of the first
draft() { # WHO LABEL
    sql "SET SESSION AUTHORIZATION $1; SELECT id FROM doorstep.dictionary_draft_save(gen_random_uuid(), '{\"what\": \"entry\", \"provider\": \"ups\", \"code\": \"Q77\", \"role\": \"normal\", \"status\": \"in_transit\", \"label\": \"$2\"}')"
}
one=$(draft maria one) two=$(draft lou two)
mkfifo merge
psql -XAtq -d "$DSN" <merge >/dev/null &
exec 9>merge
echo "BEGIN; SELECT pg_advisory_xact_lock(hashtext('doorstep feed'));" >&9
waits() { [ "$(sql "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database() WHERE l.locktype = 'advisory' AND $1")" -ge "$2" ]; }
eventually 10 'a batch is merged' waits granted 1
for pair in "lea $one" "lou $two"; do
    psql -XAtq -d "${DSN/user=test/user=${pair% *}}" -c "SELECT code || ': ' || message FROM doorstep.dictionary_approve(gen_random_uuid(), ${pair#* })" >"said.${pair% *}" 2>&1 &
done
eventually 10 'two leads approve' waits 'NOT l.granted' 2
echo 'COMMIT; \q' >&9
exec 9>&-
wait
is "$(cat said.lea said.lou | sed 's/version [0-9]*/version N/; s/draft [0-9]*/draft N/' | sort)" "$(printf 'invalid: ups Q77 was changed since draft N was made: draft it again\nok: version N: ups Q77; for scans from now on')" 'one of them is told that it was changed meanwhile'
done_testing
