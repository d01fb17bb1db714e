#!/bin/bash
# doorstep worker: what it sends, what it makes of providers' answers, how it stops, and beside another.
. tests/tools/lib.sh
. "$ROOT/tests/tools/sink.sh"
person post worker
trap '[ ${#sinks[@]} -eq 0 ] || kill "${sinks[@]}" 2>/dev/null' EXIT
states() { sql "SELECT string_agg(state || ' ' || n, ', ' ORDER BY state::text) FROM (SELECT state, count(*) AS n FROM doorstep.outreach GROUP BY 1) x"; }
clear() { sql "UPDATE doorstep.outreach SET state = 'cancelled', told = true" >/dev/null; sql 'UPDATE seen SET id = (SELECT max(id) FROM doorstep.outreach)' >/dev/null; }
now_states() { sql "SELECT string_agg(state || ' ' || n, ', ' ORDER BY state::text) FROM (SELECT state, count(*) AS n FROM doorstep.outreach WHERE id > (SELECT id FROM seen) GROUP BY 1) x"; }
sql 'CREATE TABLE seen AS SELECT 0::bigint AS id' >/dev/null
worker() { as post doorstep worker "$@"; }

# files
run worker --once
expect_status 0 'nothing to do'
expect_out_like '^{"sent":0,"retried":0,"failed":0,"unknown":0,"woken":0,"settled":0,"reaped":0,"inbox":0,"control":0,"helpdesk":{"told":0,"retried":0,"refused":0},"passes":{' 'is one object'
queue 5 email
run worker --once
expect_status 0 'a channel that is not configured'
expect_err_like 'messages by e-mail wait.*set DOORSTEP_EMAIL_URL' 'is said once'
is "$(states)" 'queued 5' 'and its messages wait'
DOORSTEP_EMAIL_URL="maildir:$WORK/box?from=orders@example.com" run worker --once
expect_out_like '^{"sent":5,"retried":0,"failed":0,"unknown":0,"woken":0,"settled":5,"reaped":0,"inbox":0,"control":0,"helpdesk":{"told":0,"retried":0,"refused":0},"passes":{' 'into files'
is "$(states)" 'sent 5' 'sent'
is "$(find "$WORK/box" -type f -name '*.eml' | wc -l)" 5 'each once'
is "$(sql "SELECT count(*) || ' ' || count(DISTINCT exception_id) || ' ' || min(verb) FROM doorstep.activity WHERE text LIKE 'the e-mail to % went out'")" \
    '5 5 sent' 'the timelines say so'
is "$(sql "SELECT count(*) FROM doorstep.exception WHERE first_response_at IS NULL")" 0 'which is the first response'
run worker --channel telegraph --once
expect_status 64 'an unknown channel'
DOORSTEP_SMS_URL='twilio://AC:geheim@?from=nonsense word' run worker --once
expect_status 78 'a URL with a mistake'
run grep -c geheim err
expect_out 0 'whose secret is in no message'

# a file of channels
printf 'email.url = maildir:%s/box?from=orders@example.com\n' "$WORK" >channels
chmod 644 channels
run worker --once --channels "$WORK/channels"
expect_status 78 'a file of secrets that others can read is refused'
chmod 600 channels
run worker --once --channels /nowhere/channels
expect_status 78 'one that is not there'
expect_err 'doorstep worker: /nowhere/channels: cannot be read (No such file or directory); name the file the channels stand in' 'is said to be so'
expect_no_out 'and nothing was done'
clear
queue 1 email
run worker --once --channels "$WORK/channels"
is "$(now_states)" 'sent 1' 'one that they cannot is read'

# the URL is in nobody's sight
start_sink --delay 100
clear
queue 3 sms
DOORSTEP_SMS_URL="twilio://AC1:geheim@?from=%2B15125550000&base=http://127.0.0.1:$port&connections=1" "$DOORSTEP" --dsn "${DSN/user=test/user=post}" worker 2>log.worker &
pid=$!
eventually 10 'it sends' test -s "$log"
run sh -c "tr '\\0' '\\n' <'/proc/$pid/environ' | grep -c geheim; tr '\\0' '\\n' <'/proc/$pid/cmdline' | grep -c geheim"
expect_out $'0\n0' 'the secret is neither in its environment nor in its arguments'
run grep -c '^Max core file size  *0  *0 ' "/proc/$pid/limits"
expect_out 1 'nor would it be in a core dump'
kill -TERM $pid
status=0
wait $pid || status=$?
expect_status 0 'a signal ends it well'
run grep -c geheim log.worker
expect_out 0 'nor in its log'
run grep -c '+1512' log.worker
expect_out 0 'which masks addresses'
is "$(sql "SELECT count(*) FROM doorstep.outreach WHERE state = 'sending'")" 0 'it holds nothing any more'
is "$(sort "$log" | uniq -d | wc -l)" 0 'and sent nothing twice'

# what providers answer
twilio() { DOORSTEP_SMS_URL="twilio://AC1:s@?from=%2B15125550000&base=http://127.0.0.1:$port&connections=1" run worker --once; }
hook() { DOORSTEP_SMS_URL="webhook+https://example.com/in?base=http://127.0.0.1:$port&connections=1$1" run worker --once; }
clear
start_sink --times 1 500
queue 1 sms
twilio
is "$(now_states)" 'unknown 1' 'a 500 of one that cannot be asked twice: unknown'
is "$(sql "SELECT verb || ': ' || text FROM doorstep.activity ORDER BY at DESC LIMIT 1" | cut -c1-49)" 'not_sent: the SMS to Customer 1 may have gone out' 'which the timeline says'
clear
start_sink --times 1 0
queue 1 sms
twilio
is "$(now_states)" 'unknown 1' 'half an answer: unknown'
clear
start_sink --times 1 429 120
queue 1 sms
twilio
expect_status 69 'a provider that is busy: what remains is said'
is "$(now_states)" 'queued 1' '429: it waits'
is "$(sql "SELECT send_after - (SELECT max(at) FROM doorstep.outreach_attempt) BETWEEN interval '119 seconds' AND interval '2 minutes 30 seconds' FROM doorstep.outreach ORDER BY id DESC LIMIT 1")" t 'as long as the provider asked for'
is "$(sql "SELECT outcome || ' ' || code FROM doorstep.outreach_attempt ORDER BY at DESC LIMIT 1")" 'retry 20001' 'the attempt is kept'
clear
start_sink --times 1 400
queue 2 sms
hook ''
is "$(now_states)" 'failed 1, sent 1' 'a refusal is for good'
clear
start_sink --times 1 500
queue 1 sms
hook ''
is "$(now_states)" 'queued 1' 'a 500 of one that takes a message twice: tried again'
sql "UPDATE doorstep.outreach SET send_after = now() WHERE state = 'queued'" >/dev/null
hook ''
is "$(now_states)" 'sent 1' 'and it went'
is "$(sort -u "$log" | wc -l) $(wc -l <"$log")" '1 2' 'under the same key'
clear
start_sink --times 100 503
queue 12 sms
hook ''
expect_status 69 'a provider in trouble'
expect_err_like 'in trouble: left alone for 5 s' 'is left alone'
is "$(wc -l <"$log")" 5 'after five troubles in a row'
is "$(now_states)" 'queued 12' 'and nothing is lost'
kill "${sinks[-1]}"
clear
queue 1 sms
hook ''
expect_status 69 'one that is not there'
is "$(now_states)" 'queued 1' 'will be asked again'

# overtaken by events
clear
start_sink
queue 3 sms
sql "UPDATE doorstep.exception SET kind = 'tracking_error' WHERE id = (SELECT exception_id FROM doorstep.outreach WHERE state = 'queued' ORDER BY id LIMIT 1)" >/dev/null
hook ''
is "$(now_states)" 'held 1, sent 2' 'the guardrails are asked again'
is "$(sql "SELECT o.reason IS NOT NULL AND a.outcome = 'held' AND o.told FROM doorstep.outreach o JOIN doorstep.outreach_attempt a ON a.outreach_id = o.id WHERE o.state = 'held'")" t 'with the reason'

# an exception that waits for a customer who was not reached is people's again
clear
start_sink --times 1 400
queue 1 sms
id=$(sql "SELECT exception_id FROM doorstep.outreach WHERE state = 'queued'")
run doorstep wait "$id" --until 2d
hook ''
is "$(sql "SELECT state || ' ' || (wake_at IS NULL) FROM doorstep.exception WHERE id = $id")" 'working true' 'a message that failed wakes its exception'

# rate
clear
start_sink
queue 6 sms
begun=$(date +%s%N)
hook '&rate=10'
took=$((($(date +%s%N) - begun) / 1000000))
is "$(now_states)" 'sent 6' 'with a rate'
is "$((took >= 450))" 1 'no faster than it says'

# two side by side, which wake by themselves
clear
start_sink
DOORSTEP_SMS_URL="twilio://AC1:s@?from=%2B15125550000&base=http://127.0.0.1:$port" "$DOORSTEP" --dsn "${DSN/user=test/user=post}" worker --name one 2>one.log &
one=$!
DOORSTEP_SMS_URL="twilio://AC1:s@?from=%2B15125550000&base=http://127.0.0.1:$port" "$DOORSTEP" --dsn "${DSN/user=test/user=post}" worker --name two 2>two.log &
two=$!
two_there() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'doorstep worker' AND usename = 'post'")" -ge 2 ]; }
eventually 10 'two workers' two_there
queue 400 sms
sql "NOTIFY doorstep, 'o'" >/dev/null
all_told() { [ "$(sql "SELECT count(*) FROM doorstep.outreach WHERE id > (SELECT id FROM seen) AND (state <> 'sent' OR NOT told)")" = 0 ]; }
eventually 20 'send all' all_told
is "$(wc -l <"$log") $(sort -u "$log" | wc -l)" '400 400' 'each message once'
kill -TERM $one $two
wait $one
wait $two

# without a database it waits: what it holds cannot be extended, and is not tried again and again
clear
"$DOORSTEP" --dsn "${DSN/user=test/user=post}" worker --lease 3 2>cut.log &
pid=$!
name=$(sql 'SELECT current_database()')
posts() { sql "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'post'"; }
some_post() { [ "$(posts)" -gt 0 ]; }
eventually 10 'a worker' some_post
sql "ALTER DATABASE \"$name\" CONNECTION LIMIT 0" >/dev/null
sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'post'" >/dev/null
eventually 10 'says that the database has no room' grep -q 'what is under way goes on' cut.log
ticks() { awk '{ print $14 + $15 }' "/proc/$pid/stat"; }
sleep 1.2                                               # a third of its lease and more
before=$(ticks)
sleep 2
is "$(($(ticks) - before < 40))" 1 'and does not spin until it has'
sql "ALTER DATABASE \"$name\" CONNECTION LIMIT -1" >/dev/null
eventually 20 'it is back by itself' some_post
kill -TERM $pid
wait $pid
is $? 0 'and ends well'
done_testing
