#!/bin/bash
# Everybody writes to customers at once: agents and a lead send, take back, cancel, retry and find out; two workers send,
# one of them killed now and then; receipts and answers come, some twice; holds begin and end; the feed loads orders. Then all
# that has to hold is asked. What each does comes from a fixed seed; STORM_SECONDS: how long at least.
. tests/tools/lib.sh
. "$ROOT/tests/tools/sink.sh"
seconds=${STORM_SECONDS:-8}
parcels=40
for name in ann ben cat; do sql "SELECT doorstep.user_add('$name', 'agent')" >/dev/null; done
sql "SELECT doorstep.user_add('lea', 'lead')" >/dev/null
person post worker
person feeder feed
workers=()
trap 'kill -9 "${sinks[@]}" "${workers[@]}" 2>/dev/null' EXIT

# Forty parcels of ten customers, two of whom share an address; nothing is in the way but undo windows of a second.
sql "SET search_path = doorstep;
    INSERT INTO brand (id, code, name) VALUES (9001, 'acme', 'Acme');
    INSERT INTO carrier (id, code, name) VALUES (9001, 'x', 'X');
    UPDATE contact_policy SET quiet_from = NULL, quiet_to = NULL, cap = 1000, repeat_hours = 0, undo_seconds = 1;
    INSERT INTO customer (brand_id, external_id, name, email, phone, consent)
    SELECT 9001, 'c' || i, 'Customer ' || i, 'c' || i || '@example.com', '+15125550' || 100 + i, '{\"email\": true, \"sms\": true}' FROM generate_series(0, 9) i;
    UPDATE customer SET email = 'c0@example.com', phone = '+15125550100' WHERE external_id = 'c1';
    INSERT INTO shipment (id, brand_id, carrier_id, tracking_number, carrier_status, effective_status, last_scan_at)
    OVERRIDING SYSTEM VALUE SELECT i, 9001, 9001, 'STORM' || i, 'in_transit', 'in_transit', now() FROM generate_series(1, $parcels) i;
    INSERT INTO exception (id, kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number, customer_id,
                           effective_status, carrier_status, country)
    OVERRIDING SYSTEM VALUE
    SELECT s.id, 'lost', 'high', 'carrier', 9001, 'acme', s.id, 9001, 'x', 'X', s.tracking_number, c.id, 'in_transit', 'in_transit', 'US'
      FROM shipment s JOIN customer c ON c.external_id = 'c' || s.id % 10;
    SELECT setval(pg_get_serial_sequence('exception', 'id'), 1000), setval(pg_get_serial_sequence('shipment', 'id'), 1000);
    INSERT INTO template (id, name, channel, language) OVERRIDING SYSTEM VALUE VALUES (9001, 'storm', 'email', 'en'), (9002, 'storm', 'sms', 'en');
    INSERT INTO template_version (template_id, version, state, title, subject, body, author)
    VALUES (9001, 1, 'approved', 'Storm', 's', 'b', 't'), (9002, 1, 'approved', 'Storm', NULL, 'b', 't')" >/dev/null
quiet=$(sql "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
is "$quiet" 0 'nobody is there yet'

# say WHO SEED CALLS: calls at random until the time is over; what was refused by the database is left in said.WHO
say() {
    local n=0
    while storming; do
        n=$((n + 1))
        awk -v seed="$2$n" -v calls="$3" -v parcels=$parcels 'BEGIN {
            srand(seed)
            n = split(calls, call, "|")
            for (i = 1; i <= 20; i++) {
                text = call[1 + int(rand() * n)]
                ids = ""
                items = ""
                of = 1 + int(rand() * 4)
                for (k = 1; k <= of; k++) {
                    id = 1 + int(rand() * parcels)
                    sms = rand() < 0.5
                    ids = ids (k > 1 ? "," : "") id
                    items = items (k > 1 ? "," : "") sprintf("{\"exception\": %d, \"template\": %d, \"version\": 1, \"channel\": \"%s\", \"language\": \"en\", \"subject\": \"s\", \"body\": \"%s-%d-%d\"}",
                                                            id, sms ? 9002 : 9001, sms ? "sms" : "email", seed, i, k)
                }
                gsub(":key", "md5(\x27" seed "-" i "\x27)::uuid", text); gsub(":ids", "\x27{" ids "}\x27", text); gsub(":items", "\x27[" items "]\x27", text)
                print "SELECT count(*) FROM " text ";"
            }
        }' | psql -XAtq -d "${DSN/user=test/user=$1} options='-csearch_path=doorstep -cstatement_timeout=120s'" -f - 2>>"said.$1.$2" >/dev/null || true
    done
}
newest="ARRAY(SELECT id FROM outreach WHERE state = 'STATE' ORDER BY random() LIMIT 3)"
some() { echo "${newest/STATE/$1}"; }
send='outreach_send(:key, :items)|outreach_send(:key, :items)|outreach_send(:key, :items)|undo(:key)|undo(:key)'
mend="outreach_cancel(:key, $(some queued))|outreach_cancel(:key, $(some held))|outreach_retry(:key, $(some cancelled))|outreach_retry(:key, $(some failed))|outreach_resolve(:key, $(some unknown), 'retry')|outreach_resolve(:key, $(some unknown), 'sent')"
wish="consent_set(:key, :ids, 'sms', false, 'said so')|consent_set(:key, :ids, 'sms', true, 'said so')|consent_set(:key, :ids, 'email', true, 'said so')|address_ok(:key, 1 + (random() * 39)::int, 'email')|address_ok(:key, 1 + (random() * 39)::int, 'sms')"
hold="hold_set(:key, 'acme', NULL, NULL, NULL, 'outage')|hold_end(:key, coalesce((SELECT min(id) FROM message_hold WHERE ended_at IS NULL), 0))|hold_end(:key, coalesce((SELECT max(id) FROM message_hold), 0))"
work="claim(:key, :ids)|release(:key, :ids)|wait(:key, :ids)|work(:key, :ids)|resolve(:key, :ids, 'refunded')|reopen(:key, :ids)|reopen(:key, :ids)"

# Receipts of what was sent and answers, by the feed's role: each is merged twice.
hear() {
    local n=0
    while storming; do
        n=$((n + 1))
        sql "SET search_path = doorstep; SELECT jsonb_agg(i) FROM (
            SELECT jsonb_build_object('type', 'receipt', 'provider', 'test', 'event', o.id || w.what || $1, 'outreach', o.message_id, 'what', w.what, 'at', now(), 'message', 'so it is', 'bad', w.what = 'bounced') AS i
              FROM (SELECT * FROM outreach WHERE fence > 0 ORDER BY random() LIMIT 6) o
             CROSS JOIN LATERAL (SELECT (ARRAY['accepted', 'delivered', 'delivered', 'opened', 'failed', 'bounced', 'unsubscribed'])[1 + floor(random() * 7)::int + o.id * 0] AS what) w
            UNION ALL
            SELECT jsonb_build_object('type', 'inbound', 'provider', 'test', 'event', 'in$1-$n-' || k, 'channel', 'sms', 'address', '+15125550' || 100 + floor(random() * 10)::int + k * 0, 'at', now(),
                                      'text', 'words', 'driver', (ARRAY['reply', 'opt_out', 'opt_in', 'opt_in'])[1 + floor(random() * 4)::int + k * 0])
              FROM generate_series(1, 3) k ORDER BY 1) x" >"items.$1"
        [ -s "items.$1" ] || continue
        for _ in 1 2; do
            echo "SELECT count(*) FROM receipts_merge('$(cat "items.$1")');"
        done | psql -XAtq -d "${DSN/user=test/user=feeder} options='-csearch_path=doorstep -cstatement_timeout=120s'" -f - 2>>"said.feeder.$1" >/dev/null || true
    done
}
# Orders that change customers, as they come from a shop.
load() {
    local n=0 i
    while storming; do
        n=$((n + 1))
        for i in 7 3 0 5 1 9; do
            printf '{"type":"order","brand":"acme","order_number":"S%s","customer":{"external_id":"c%s","name":"Customer %s.%s","email":"c%s@example.com","phone":"+15125550%s","consent":{"email":true,"sms":true}},"shipments":[{"carrier":"x","tracking_number":"STORM%s"}]}\n' \
                "$i" "$i" "$i" "$n" "$((i > 1 ? i : 0))" "$((100 + (i > 1 ? i : 0)))" "$((i == 0 ? 10 : i))"
            printf '{"type":"event","carrier":"x","tracking_number":"STORM%s","occurred_at":"%s","message":"scan %s"}\n' "$((i + 10))" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$n"
        done >orders
        as feeder doorstep ingest orders >>load.out 2>&1 || echo "ERROR: ingest $?" >>said.load.1
    done
}
# A worker, killed about once in two seconds
toil() { # SEED
    local pid
    RANDOM=$1
    while storming; do
        "$DOORSTEP" --dsn "${DSN/user=test/user=post}" worker --lease 1 --name "w$1" 2>>"worker.$1" &
        pid=$!
        sleep "1.$((RANDOM % 9))"
        kill -9 $pid
        wait $pid 2>/dev/null
    done
}

start_sink --delay 3
email_log=$log
export DOORSTEP_EMAIL_URL="webhook+https://example.com/in?base=http://127.0.0.1:$port&connections=4"
start_sink --delay 3
sms_log=$log
export DOORSTEP_SMS_URL="twilio://AC1:s@?from=%2B15125550000&base=http://127.0.0.1:$port&connections=4"
"$DOORSTEP" --dsn "${DSN/user=test/user=post}" worker --lease 2 --name steady 2>worker.steady &
workers+=($!)
# What has to have happened for it to count.
enough() {
    [ "$(sql "SELECT count(*) FILTER (WHERE state IN ('sent', 'delivered')) > 8 AND count(*) FILTER (WHERE state = 'cancelled') > 3 FROM doorstep.outreach")" = t ]
}
jobs=()
say ann 1 "$send|$work" & jobs+=($!)
say ben 2 "$send|$mend" & jobs+=($!)
say cat 3 "$send|$mend|$wish" & jobs+=($!)
say cat 4 "$send|$work" & jobs+=($!)
say lea 5 "$hold|$mend|$wish" & jobs+=($!)
hear 1 & jobs+=($!)
hear 2 & jobs+=($!)
load & jobs+=($!)
toil 7 2>/dev/null & jobs+=($!)
storm "$seconds" enough
for job in "${jobs[@]}"; do wait "$job"; done

# the storm is over: what is queued goes out
sql "UPDATE doorstep.message_hold SET ended_at = now(), ended_by = 'test' WHERE ended_at IS NULL" >/dev/null
all_gone() { [ "$(sql "SELECT count(*) FROM doorstep.outreach WHERE state IN ('queued', 'sending') OR NOT told")" = 0 ]; }
eventually 40 'everything that is queued goes out' all_gone
kill -TERM "${workers[@]}"
status=0
wait "${workers[0]}" || status=$?
expect_status 0 'and the worker ends well'
is "$(cat said.* 2>/dev/null | grep -v '^$' | sort | uniq -c | sort -rn | head -n 5)" '' 'nobody met an error: no deadlock, nothing unforeseen'
is "$(grep -h 'the database refused' worker.* | sort | uniq -c | head -n 5)" '' 'nor did the workers'

none() { is "$(sql "SET search_path = doorstep, public; $1" 2>&1 | head -n 5)" '' "$2"; }
sql "SELECT state, count(*) FROM doorstep.outreach GROUP BY 1 ORDER BY 1" >states
stormed \
    "there was a storm ($(tr '\n' ' ' <states))"
# in which states it ends is chance; what was done in it is not
sql "SELECT verb, count(*) FROM doorstep.activity GROUP BY 1 ORDER BY 1" >verbs
is "$(sql "SELECT count(DISTINCT verb) > 15 FROM doorstep.activity")" t "and everybody did what they came for ($(tr '\n' ' ' <verbs))"
# what left, as the providers have it: bodies carry a text of their own, e-mail its key
tr -d '\r' <"$sms_log" | sort >posted.sms
sort -u "$email_log" >posted.email
sql "CREATE TABLE public.posted_email (id text)" >/dev/null
psql -XAtq -d "$DSN" -c '\copy public.posted_email FROM posted.email' >/dev/null
none "SELECT o.id, o.state FROM outreach o JOIN posted_email p ON p.id = btrim(o.message_id, '<>')
       WHERE o.state IN ('queued', 'cancelled') AND o.reason LIKE 'taken back%'" 'no e-mail went out after it was taken back'
none "SELECT o.id, o.state, o.reason FROM outreach o WHERE o.reason LIKE 'taken back%' AND (o.fence > 0 OR o.sent_at IS NOT NULL OR EXISTS (SELECT FROM outreach_attempt a WHERE a.outreach_id = o.id))
         AND o.undo_until > o.created_at" 'what was taken back had never been claimed'
none "SELECT o.id, a.at, o.undo_until FROM outreach o JOIN outreach_attempt a ON a.outreach_id = o.id WHERE a.at < o.created_at + interval '1 second' AND o.undo_until = o.created_at + interval '1 second'" 'nothing was tried within its time to take it back'
none "SELECT o.id FROM outreach o WHERE o.channel = 'email' AND o.state IN ('sent', 'delivered') AND o.provider = 'webhook+https' AND o.reason IS DISTINCT FROM NULL
         AND o.reason NOT LIKE '%found that it went out' AND NOT EXISTS (SELECT FROM posted_email p WHERE p.id = btrim(o.message_id, '<>'))" 'what counts as sent was given to the provider'
# posted to one that takes a message twice: claims that ended in an answer or may have, and those that a receipt settled before their
# worker was killed, of which there is no attempt
is "$(sql "SET search_path = doorstep; SELECT (SELECT count(*) FROM outreach_attempt a JOIN outreach o ON o.id = a.outreach_id WHERE o.channel = 'sms' AND a.outcome IN ('sent', 'unknown', 'failed', 'retry'))
      + (SELECT coalesce(sum(o.fence - (SELECT count(*) FROM outreach_attempt a WHERE a.outreach_id = o.id)), 0) FROM outreach o
          WHERE o.channel = 'sms' AND EXISTS (SELECT FROM outreach_receipt r WHERE r.outreach_id = o.id AND r.what <> 'unsubscribed')) >= $(wc -l <posted.sms)")" t \
    'no SMS was posted that neither an attempt nor a receipt tells of'
none "SELECT a.outreach_id FROM outreach_attempt a JOIN outreach o ON o.id = a.outreach_id WHERE o.channel = 'sms' AND a.outcome = 'sent' GROUP BY 1
      HAVING count(*) > 1 + (SELECT count(*) FROM activity y WHERE y.exception_id = max(o.exception_id) AND y.verb IN ('outreach_retry', 'outreach_resolve'))" 'no SMS was sent twice that nobody asked for twice'
none "SELECT o.id, o.fence, max(a.fence) FROM outreach o JOIN outreach_attempt a ON a.outreach_id = o.id GROUP BY o.id HAVING max(a.fence) > o.fence" 'no attempt is newer than the newest claim'
none "SELECT provider, event_id FROM outreach_receipt GROUP BY 1, 2 HAVING count(*) > 1" 'a receipt counts once'
none "SELECT key, count(*) FROM outreach GROUP BY key, exception_id HAVING count(*) > 1" 'one message an exception and action'
none "SELECT l.key, l.changed, a.n FROM action_log l LEFT JOIN (SELECT key, count(*) AS n FROM activity GROUP BY 1) a USING (key) WHERE l.changed <> coalesce(a.n, 0)" 'each action wrote a row for each it changed'
none "SELECT c.external_id, x.channel FROM customer c CROSS JOIN (VALUES ('sms'::channel), ('email')) x(channel)
       WHERE c.consent ->> x.channel::text IS DISTINCT FROM
             coalesce((SELECT h.given::text FROM consent_change h WHERE h.customer_id = c.id AND h.channel = x.channel ORDER BY h.id DESC LIMIT 1), c.consent ->> x.channel::text)" \
    'consent is the sum of its history'
none "SELECT * FROM audit_verify()" 'every chain is whole'
none "SELECT * FROM (SELECT brand_id, carrier_id, kind, state, sum(n) AS n FROM counter GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0) c
       FULL JOIN (SELECT brand_id, carrier_id, kind, state, count(*) AS n FROM exception GROUP BY 1, 2, 3, 4) r
       USING (brand_id, carrier_id, kind, state) WHERE c.n IS DISTINCT FROM r.n" 'counters are what there is'
done_testing
