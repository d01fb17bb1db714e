#!/bin/bash
# A customer's form on a tracking page, with the real server: from a browser's post to the exception's timeline.
. tests/tools/lib.sh
. "$ROOT/tests/tools/outreach_world.sh"
. "$ROOT/tests/tools/hook.sh"
person postbox feed
person worker worker
world_open
id=$(sql "SELECT id FROM doorstep.exception WHERE tracking_number = '1ZR1'")

if start_hook; then pass 'the server runs'; else fail 'the server runs' "$(cat server.log)"; fi

sql "UPDATE doorstep.brand SET page_url = 'https://track.example/p', form_url = 'http://127.0.0.1:$port/hook' WHERE code = 'acme'"
run as worker doorstep publish --out pages
token=$(sql 'SELECT token FROM doorstep.page')
page="pages/${token:0:2}/${token:2}.html"
# where a browser would post to, as the page has it
action() { grep -o "action=\"[^\"]*/$1\"" "$page" | sed 's/action="//; s/"$//'; }
# post STATUS LABEL ACTION CURL-ARGUMENTS…
post() {
    local wanted=$1 label=$2 to
    to=$(action "$3")
    shift 3
    is "$(curl -s -m 30 -o answer -D headers -w '%{http_code}' "$@" "$to")" "$wanted" "$label"
}
stored() { sql "SELECT count(*) FROM doorstep.inbox"; }

# --- what arrives -----------------------------------------------------------------------------
run as worker doorstep worker --once
sql "UPDATE doorstep.exception SET state = 'waiting', owner = NULL WHERE id = $id"
post 200 'a new address' address --data-urlencode 'lang=es' --data 'website=' --data-urlencode 'line1=Calle Mayor 5, 4º' --data-urlencode 'city=Austin' --data 'postal=78702' --data-urlencode $'note=timbre\r\n4B'
like answer '<h1>Gracias</h1>' 'is thanked for in the customer'"'"'s language'
like answer 'href="https://track.example/p/[0-9a-f]{2}/' 'with the way back'
like headers '^Cache-Control: no-store' 'and kept by nobody on the way'
post 200 'a second click' address --data-urlencode 'lang=es' --data 'website=' --data-urlencode 'line1=Calle Mayor 5, 4º' --data-urlencode 'city=Austin' --data 'postal=78702' --data-urlencode $'note=timbre\r\n4B'
is "$(sql "SELECT string_agg(DISTINCT source, ' ') FROM doorstep.inbox")" 'form/address' 'they wait in the inbox'
run as worker doorstep worker --once
expect_status 0 'the worker reads them'
is "$(stored)" 0 'all of them'
run doorstep show "$id"
expect_out_like 'gave another address on the tracking page: "Calle Mayor 5, 4º, 78702 Austin", note: "timbre' 'the timeline has the address'
is "$(doorstep show "$id" | grep -c 'gave another address on the')" 1 'once'
is "$(doorstep show "$id" | grep '^heard ')" 'heard          gave another address: Calle Mayor 5, 4º, 78702 Austin, "timbre 4B"' 'and its head says so, too'
is "$(sql "SELECT state || ' ' || (marks & 256) FROM doorstep.exception WHERE id = $id")" 'new 256' 'it is awake and marked'
run doorstep queue is:replied
expect_out_like '1ZR1' 'and in the view of replies'

# --- scores -----------------------------------------------------------------------------------
post 200 'a score' feedback --data 'lang=es&website=&score=2&text='
post 200 'and a better one with words' feedback --data 'lang=es&website=&score=5' --data-urlencode 'text=¡Gracias! <b>"muy bien"</b>'
run as worker doorstep worker --once
is "$(sql 'SELECT score FROM doorstep.csat')" 5 'the last counts'
run doorstep show "$id"
expect_out_like 'gave us 5 of 5 on the tracking page: "¡Gracias! <b>"muy bien"</b>"' 'the timeline has the words'

# --- what does not ----------------------------------------------------------------------------
post 400 'nothing in it' feedback --data 'lang=de&website='
like answer 'nichts wurde gespeichert' 'says that nothing was stored'
post 400 'a field of none of ours' feedback --data 'text=x&exception=1'
post 400 'too long' pickup --data-urlencode "place=$(head -c 201 /dev/zero | tr '\0' a)"
head -c 20481 /dev/zero | tr '\0' a >big
post 400 'oversized' feedback --data-binary @big
post 400 'no form at all' feedback -H 'Content-Type: application/json' --data '{"score":5}'
post 400 'a file' feedback -F 'text=@big'
post 200 'a robot is thanked' feedback --data 'text=buy&website=http%3A%2F%2Fspam.example'
base=http://127.0.0.1:$port/hook/form
gone() { # STATUS LABEL CURL-ARGUMENTS…
    local wanted=$1 label=$2
    shift 2
    is "$(curl -s -m 30 -o answer -w '%{http_code}' "$@")" "$wanted" "$label"
}
gone 404 'a guessed token' --data 'text=x' "$base/00000000000000000000000000000000/feedback"
like answer 'This link is not valid' 'is told so'
gone 404 'no token' --data 'text=x' "$base/x/feedback"
gone 404 'another action' --data 'text=x' "$base/$token/resolve"
gone 405 'a scanner of mails that opens links' "$base/$token/feedback"
is "$(stored) $(sql 'SELECT count(*) FROM doorstep.contact')" '0 3' 'nothing of that was stored'
is "$(grep -c "$token" server.log)" 0 'and no token is in the log'

for n in 1 2 3 4 5 6; do curl -s -m 30 -o /dev/null --data "text=$n" "$(action feedback)"; done
post 429 'an eleventh in an hour' feedback --data 'text=once+more'
like answer 'es mucho para una hora|Es mucho para una hora' 'is told to wait'
like headers '^Retry-After: 3600' 'and how long'
is "$(stored)" 6 'what came before is kept'
sql "UPDATE doorstep.exception SET state = 'resolved', resolution = 'other', resolved_at = now() - interval '31 days' WHERE id = $id"
sql 'UPDATE doorstep.page SET posts = 0'
post 404 'a page no longer followed takes nothing' feedback --data 'text=late'

# --- no database ------------------------------------------------------------------------------
sed -i "s|--dsn '[^']*'|--dsn 'host=$WORK/empty dbname=x'|" hook.cgi
post 503 'without a database' feedback --data 'lang=fr&text=x'
like answer 'Nous n.*avons pas pu l.*enregistrer' 'the customer is told to send it again'
done_testing
