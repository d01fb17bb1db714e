#!/bin/bash
# Escape sequences, bidi marks, zero-width and malformed characters in every field: of documents as they come in, and of every text in
# the database. Tables, JSON, CSV, logs, e-mails and pages show them inert.
. tests/tools/lib.sh
. "$ROOT/tests/tools/sink.sh"
person maria agent
person lea lead
person adam admin
person fay feed
person wim worker
sql "ALTER ROLE lea IN DATABASE \"$(sql 'SELECT current_database()')\" SET statement_timeout = '30s'"

# What must not be in any output: C0 but line ends, DEL, C1 (in UTF-8), bidi and zero-width characters; and what is not UTF-8.
evil='[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf'
evil_files() { LC_ALL=C grep -alP "$evil" "$@" 2>/dev/null; for f in "$@"; do iconv -f UTF-8 -t UTF-8 "$f" >/dev/null 2>&1 || echo "$f (not UTF-8)"; done; }
none_evil() { # LABEL FILE…
    local label=$1 found
    shift
    found=$(evil_files "$@")
    if [ -z "$found" ]; then pass "$label"; else
        fail "$label" "$found" "$(LC_ALL=C grep -aP "$evil" "${found%%$'\n'*}" | head -n 3 | cat -v | cut -c1-300)"
    fi
}

# Every text of every table.
inside() { # LABEL
    psql -XAtq -d "$DSN" >"$WORK/found" <<'SQL'
CREATE TEMP TABLE found (what text, example text);
DO $$
DECLARE c record;
BEGIN
    FOR c IN SELECT r.relname, a.attname FROM pg_class r JOIN pg_attribute a ON a.attrelid = r.oid
             WHERE r.relnamespace = 'doorstep'::regnamespace AND r.relkind IN ('r', 'p') AND NOT r.relispartition
               AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid IN ('text'::regtype, 'jsonb'::regtype) LOOP
        EXECUTE format($f$INSERT INTO found SELECT %L, left(v, 80) FROM (SELECT %I::text AS v FROM doorstep.%I) x
                       WHERE v ~ U&'[\0001-\0008\000B\000C\000E-\001F\007F-\009F\061C\200B-\200F\2028-\202E\2060-\206F\FEFF]'
                          OR v ~ '\\u(00[01][0-9a-f]|007f)' LIMIT 1$f$, c.relname || '.' || c.attname, c.attname, c.relname);
    END LOOP;
END $$;
SELECT what FROM found;
SQL
    is "$(cat "$WORK/found")" '' "$1"
}

# ---- documents: every text of every kind of document, by itself and all at once
cat >"$WORK/documents" <<'JSON'
{"type":"order","order_number":"H-1","brand":"acme","placed_at":"2026-11-18T09:12:00Z","currency":"USD","total":"20.00","lines":[{"sku":"L","title":"Lamp","quantity":1}],"customer":{"external_id":"h-1","name":"Rosa Delgado","email":"rosa@example.com","phone":"+15125550199","language":"en","tier":"gold","consent":{"email":true,"sms":true}},"shipments":[{"carrier":"ups","tracking_number":"1ZHOSTILE1","service":"Ground","destination":{"address1":"Main St 5","address2":"4B","city":"Austin","region":"TX","postal_code":"78799","country":"US","address_type":"apartment","access_instructions":"gate 7"}}]}
{"type":"event","carrier":"ups","tracking_number":"1ZHOSTILE1","occurred_at":"2026-11-20T10:00:00Z","code":"ZZ9","detail":"d","status":"held","message":"Held at the depot","location":{"city":"Austin","region":"TX","country":"US","postal_code":"78701"}}
{"type":"receipt","id":"r-1","provider_id":"p-1","status":"bounced","at":"2026-11-20T10:00:00Z","address":"rosa@example.com","code":"5.1.1","message":"no such user"}
{"type":"inbound","id":"i-1","channel":"email","from":"rosa@example.com","at":"2026-11-20T11:00:00Z","text":"Where is it?\nThanks","in_reply_to":"1.2@doorstep"}
JSON
cat "$ROOT"/tests/fixtures/{17track,aftership,canada_post,dhl,easypost,fedex,shipengine,shippo,ups,usps}/*.json | tr -d '\r' >"$WORK/carriers"
sql "CREATE TABLE public.document (n serial, j jsonb)"
psql -XAtq -d "$DSN" -c "\\copy public.document (j) FROM '$WORK/documents' WITH (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')"
for file in "$ROOT"/tests/fixtures/{17track,aftership,canada_post,dhl,easypost,fedex,shipengine,shippo,ups,usps}/*.json; do
    tr -d '\r\n' <"$file"
    echo
done | psql -XAtq -d "$DSN" -c "\\copy public.document (j) FROM STDIN WITH (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')"
psql -XAtq -d "$DSN" >"$WORK/hostile.ndjson" 2>"$WORK/err" <<'SQL'
CREATE FUNCTION pg_temp.hostile() RETURNS text IMMUTABLE LANGUAGE sql AS
    $$SELECT E'\x1B]0;pwned\x07\x1B[41mpwned\u009B42mpwned\u202Edelip\u202C\u200Bz\uFEFF\u2066i\u2069\U0001F69A<b>&"'$$;
CREATE FUNCTION pg_temp.leaves(j jsonb, at text[]) RETURNS SETOF text[] LANGUAGE sql AS $$
    SELECT at WHERE jsonb_typeof(j) = 'string'
    UNION ALL SELECT l FROM jsonb_each(CASE jsonb_typeof(j) WHEN 'object' THEN j ELSE '{}' END) e, pg_temp.leaves(e.value, at || e.key) l
    UNION ALL SELECT l FROM jsonb_array_elements(CASE jsonb_typeof(j) WHEN 'array' THEN j ELSE '[]' END) WITH ORDINALITY a (value, i), pg_temp.leaves(a.value, at || (i - 1)::text) l $$;
SELECT jsonb_set(j, at, to_jsonb((j #>> at) || pg_temp.hostile())) FROM public.document d, pg_temp.leaves(d.j, '{}') at ORDER BY d.n;
CREATE FUNCTION pg_temp.all_texts(j jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE at text[];
BEGIN
    FOR at IN SELECT l FROM pg_temp.leaves(j, '{}') l LOOP
        IF at[array_upper(at, 1)] IN ('name', 'title', 'message', 'text', 'city', 'access_instructions', 'address1', 'description', 'sku', 'detail') THEN
            j := jsonb_set(j, at, to_jsonb((j #>> at) || pg_temp.hostile()));
        END IF;
    END LOOP;
    RETURN j;
END $$;
SELECT pg_temp.all_texts(j) FROM public.document ORDER BY n;
SQL
expect_no_err 'the documents were made'
is "$(awk 'END { print (NR > 600) }' "$WORK/hostile.ndjson")" 1 'as many as there are texts in them'
run as fay doorstep ingest --rejects "$WORK/rejects" "$WORK/hostile.ndjson"
is "$(( status == 0 || status == 1 ))" 1 'they are read'
none_evil 'and what was said of it is inert, what was refused as well' "$WORK/out" "$WORK/err" "$WORK/rejects"
# over-long, malformed, a lone C1 byte, and half a surrogate: not JSON, and refused
printf '{"type":"event","carrier":"ups","tracking_number":"1ZBAD%s","occurred_at":"2026-11-20T10:00:00Z","code":"X","message":"a%b"}\n' \
    1 '\xff\xfe' 2 '\xc0\xaf' 3 '\x9b31m' 4 '\xed\xa0\x80' 5 '\xf0\x80\x80\xaf' 6 '\\ud800' >"$WORK/malformed"
run as fay doorstep ingest --rejects "$WORK/rejects2" "$WORK/malformed"
none_evil 'malformed bytes are shown inert' "$WORK/out" "$WORK/err" "$WORK/rejects2"

inside 'nothing of it is in the database'
is "$(sql "SELECT count(*) > 5 FROM doorstep.exception")" t 'while parcels are'

# ---- what people write
e=$(sql "SELECT id FROM doorstep.exception WHERE state <> 'resolved' ORDER BY tracking_number LIKE '1ZHOST%' DESC, id LIMIT 1")
h=$(printf '\x1b]0;pwned\x07\x1b[41mpwned\xc2\x9b42m\xe2\x80\xaedelip\xe2\x80\x8bz')
bad=$(printf 'x\xff\xc0\xaf\x9b31m\xed\xa0\x80')
as maria doorstep note "$e" --text "note $h" >"$WORK/o1" 2>&1
as maria doorstep case open "$e" --type customer --subject "subject $h" --note "note $h" >"$WORK/o2" 2>&1
as maria doorstep contact log "$e" --driver wismo --channel phone --note "said $h" >"$WORK/o3" 2>&1
as maria doorstep view save "view $h" --filter kind:other >"$WORK/o4" 2>&1
as maria doorstep tag "$e" --tag "t$h" >"$WORK/o5" 2>&1
as maria doorstep queue "kind:$h" >"$WORK/o6" 2>&1
as lea doorstep outage declare --scope carrier:ups --message "storm $h" --yes >"$WORK/o7" 2>&1
as maria doorstep override apply "$e" --status delayed --reason other --note "because $h" --yes >"$WORK/o8" 2>&1
as maria doorstep "$h" >"$WORK/o9" 2>&1
as maria doorstep note "$e" --text "$bad" >"$WORK/o12" 2>&1
as maria doorstep queue "$bad" >"$WORK/o13" 2>&1
DOORSTEP_DSN='' "$DOORSTEP" --config "$WORK/$h" queue >"$WORK/o14" 2>&1
"$DOORSTEP" --dsn "host=$h" queue >"$WORK/o15" 2>&1
as lea doorstep rule save hot "when kind:other on opened do tag t$h" >"$WORK/o16" 2>&1
as lea doorstep macro save hot --title "macro $h" --then work >"$WORK/o17" 2>&1
as lea doorstep dictionary set ups ZZ9 --kind other --label "label $h" --note "note $h" >"$WORK/o18" 2>&1
as lea doorstep brand set acme --name "Acme $h" --page-url https://track.example/p --form-url https://track.example/hook >"$WORK/o19" 2>&1
printf 'bind queue %s x\nbind queue gz view "%s"\n' "$h" "$h" >"$WORK/keys"
as maria doorstep keymap check "$WORK/keys" >"$WORK/o10" 2>&1
printf -- '---\nname: %s\n%s: x\n---\n{{%s}}' "$h" "$h" "$h" >"$WORK/t.mustache"
as maria doorstep template lint "$WORK/t.mustache" >"$WORK/o11" 2>&1
none_evil 'what people typed is answered inert' "$WORK"/o[0-9]*
taken() { # NAME:TABLE:COLUMN…: which of them hold it
    local t
    for t in "$@"; do [ "$(sql "SELECT count(*) > 0 FROM doorstep.$(cut -d: -f2 <<<"$t") x WHERE x.$(cut -d: -f3 <<<"$t")::text LIKE '%pwned%'")" = t ] || echo "$t"; done
}
is "$(taken note:activity:text subject:support_case:subject 'case note:case_note:text' contact:activity:text view:saved_view:name outage:outage:message \
    override:override_batch:note macro:macro:title dictionary:dictionary_draft:label brand:brand:name)" '' 'and all of it was taken'
inside 'and what was taken is inert in the database'

# ---- behind the border: all of the database filled
filled=$(psql -XAtq -d "$DSN" -f "$ROOT/tests/tools/hostile.sql" 2>"$WORK/err" | tail -n 1)
expect_no_err 'the tables are filled'
is "$(( ${filled%% *} > 60 ))" 1 "all there are ($filled)"
batch=0
read_as() { # FORMATS ROLE COMMAND…
    local formats=$1 role=$2 f
    shift 2
    for f in $formats; do
        batch=$((batch + 1))
        as "$role" doorstep "$@" --format "$f" >"$WORK/read$batch.$f" 2>"$WORK/read$batch.err"
    done
}
customer=$(sql "SELECT id FROM doorstep.customer LIMIT 1")
for c in 'queue' "show $e" 'counts' 'case list' "case show 1" 'contact list' 'outreach list' 'override list' 'override show 1' 'outage list' 'outage show 1' \
    'outage board' 'outage suggest' 'view list' 'macro list' 'rule list' 'template list' 'brand list' 'policy list' 'silence list' 'hold list' 'dictionary list' \
    'dictionary unmapped' 'dictionary drafts' 'dictionary jobs' 'customer find rosa' "customer show $customer" 'customer access' 'audit log' 'audit verify' \
    'retention list' 'playbook list' "playbook show $e" 'duty list' 'poll list' 'report exceptions' 'report response' 'report contacts' 'report agents' \
    'report mismatch' "consent show $customer" 'view list'; do
    # shellcheck disable=SC2086  # words of a command
    read_as 'table csv' lea $c
done
read_as 'table csv' adam user list
for c in "show $e" 'case show 1' 'contact list' 'report contacts' "customer show $customer"; do
    # shellcheck disable=SC2086
    read_as json lea $c          # one writer makes them all
done
as lea doorstep customer export "$customer" >"$WORK/readx.json" 2>&1
none_evil 'every list in every form is inert' "$WORK"/read*
is "$(( $(cat "$WORK"/read*.table | grep -c pwned) > 40 ))" 1 'and has what was written'
# a spreadsheet takes a cell that begins so for a formula
formulas() {
    awk -v RS='\r\n' '{
        quoted = 0; begins = 1
        for (i = 1; i <= length($0); i++) {
            c = substr($0, i, 1)
            if (begins && substr($0, i, 2) ~ /^"?[=+@\t]/) { print; break }
            begins = c == "," && !quoted
            if (c == "\"") quoted = !quoted
        }
    }' "$@"
}
is "$(printf 'a,b\r\n"x,=1","y ""=z"\r\n"=1",2\r\n3,+4\r\n' | formulas | tr '\r\n' '  ')" '"=1",2 3,+4 ' 'a cell that is one is seen'
is "$(formulas "$WORK"/read*.csv | head -n 3)" '' 'no cell of a CSV is a formula'

# ---- e-mail: what stands in a name, a subject or a brand begins no header and ends none
queue 7 email
queue 1 sms
crlf="E'\\r\\nBcc: eve@evil.example\\r\\n\\r\\npwned'"
sql "SET session_replication_role = replica; SET search_path = doorstep;
     UPDATE brand SET name = 'Grüße', from_name = 'Grüße \"a\" <eve@evil.example>, pwned' || E'\\x1b]0;pwned\\x07\\u202E' WHERE code = 'outbox';
     UPDATE outreach o SET to_name = 'Rosa =?utf-8?q?=0D=0ABcc:?= Ünal, <eve@evil.example>' || E'\\x1b[41m\\u009B42m\\u202E\\u200B',
            subject = CASE WHEN o.channel = 'email' THEN 'Ihr Päckchen' || repeat(' und mehr', 30) || E'\\x1b[41m\\u202E\\u200B' END,
            body = E'.\\r\\n.\\r\\nQUIT\\r\\nFrom eve\\n' || body || E'\\x1b]0;pwned\\x07\\u202E'
       FROM exception e WHERE e.id = o.exception_id AND e.carrier = 'outbox';
     WITH numbered AS (SELECT o.id, row_number() OVER (ORDER BY o.id) AS n FROM outreach o JOIN exception e ON e.id = o.exception_id WHERE e.carrier = 'outbox' AND o.channel = 'email')
     UPDATE outreach o SET to_name = CASE n WHEN 1 THEN to_name || $crlf ELSE to_name END, subject = CASE n WHEN 2 THEN subject || $crlf ELSE subject END,
            to_address = CASE n WHEN 3 THEN 'rosa@example.com' || $crlf ELSE to_address END FROM numbered s WHERE s.id = o.id" >/dev/null
mkdir -p "$WORK/site"
DOORSTEP_EMAIL_URL="maildir:$WORK/mail" DOORSTEP_SMS_URL="maildir:$WORK/texts" run as wim doorstep worker --once
cp "$WORK/err" "$WORK/worker.log"
is "$(grep -c 'failed: the .* holds a line break' "$WORK/err") $(grep -c 'failed: the address is no e-mail' "$WORK/err")" '2 1' 'what has a line break where none may be is refused'
is "$(grep ' error: ' "$WORK/err")" '' 'and everything else the worker does goes on'
mails=("$WORK"/mail/new/*.eml)
is "${#mails[@]} $(find "$WORK/texts/new" -name '*.txt' | wc -l)" '4 1' 'the others are sent'
for f in "${mails[@]}"; do sed '/^\r*$/q' "$f"; done | tr -d '\r' >"$WORK/heads"
is "$(grep -v '^[[:space:]]' "$WORK/heads" | sed 's/:.*//' | sort | uniq -c | awk '$1 != 4 { print }')" '' 'with the same headers each'
is "$(grep -ciE '^(b?cc|from eve)|^$' "$WORK/heads")" 4 'none of them put in by somebody'
is "$(LC_ALL=C grep -c '[^ -~]' "$WORK/heads") $(awk 'length > 78' "$WORK/heads" | wc -l)" '0 0' 'in ASCII, in short lines'
is "$(grep -cE '^(From|To|Subject): =\?UTF-8\?Q\?' "$WORK/heads") $(grep -cE '<eve|=\?utf-8' "$WORK/heads")" '12 0' 'what is more than a word of them is encoded'
is "$(awk 'FNR == 1 { body = 0 } /^\r?$/ { body = 1 } body && /^(\.|From )/' "${mails[@]}" | wc -l)" 0 'no line of a body ends it'
is "$(cat "${mails[@]}" | grep -cE '=1B|=07|=C2=[89]|=E2=80=(AE|8B)')" 0 'and in what is encoded, too, nothing steers or turns anything'

# ---- pages
run as wim doorstep publish --out "$WORK/site"
cp "$WORK/err" "$WORK/publish.log"
find "$WORK/mail" "$WORK/texts" "$WORK/site" -type f >"$WORK/written"
is "$(grep -c /site/ "$WORK/written" | awk '{ print ($1 > 2) }')" 1 'pages were written'
# shellcheck disable=SC2046  # our own names
none_evil 'logs, messages and pages are inert' "$WORK/worker.log" "$WORK/publish.log" $(cat "$WORK/written")
done_testing
