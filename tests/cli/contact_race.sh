#!/bin/bash
# A customer gets in touch twice in one moment, about two exceptions of one parcel: one of the two repeats the other, whichever way
# they come, and nothing repeats what was taken back.
# shellcheck source=tests/tools/lib.sh
. tests/tools/lib.sh
for name in maria bob; do sql "SELECT doorstep.user_add('$name', 'agent')" >/dev/null; done
person post worker
sql "SET search_path = doorstep;
    INSERT INTO brand (id, code, name) VALUES (9001, 'acme', 'Acme');
    INSERT INTO carrier (id, code, name) VALUES (9001, 'x', 'X');
    INSERT INTO customer (brand_id, external_id, name, email) VALUES (9001, 'c1', 'Rosa', 'rosa@example.com');
    INSERT INTO orders (id, brand_id, order_number, customer_id, placed_at, currency, total) OVERRIDING SYSTEM VALUE
        SELECT 1, 9001, 'O1', id, now(), 'USD', 1 FROM customer;
    INSERT INTO shipment (id, brand_id, carrier_id, tracking_number, order_id) OVERRIDING SYSTEM VALUE VALUES (1, 9001, 9001, 'T1', 1);
    INSERT INTO exception (id, kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number, customer_id, state, resolved_at, resolution)
    OVERRIDING SYSTEM VALUE SELECT 1, 'lost', 'high', 'carrier', 9001, 'acme', 1, 9001, 'x', 'X', 'T1', c.id, 'resolved', now(), 'refunded' FROM customer c;
    INSERT INTO exception (id, kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number, customer_id)
    OVERRIDING SYSTEM VALUE SELECT 2, 'lost', 'high', 'carrier', 9001, 'acme', 1, 9001, 'x', 'X', 'T1', c.id FROM customer c" >/dev/null
token=$(sql 'SELECT token FROM doorstep.page')
undone=$(sql 'SELECT gen_random_uuid()')

log="SELECT code FROM doorstep.contact_log(gen_random_uuid()," # EXCEPTION, DRIVER)
talk() { PGOPTIONS='-c statement_timeout=120s' psql -XAtq -d "${DSN/user=test/user=$1}"; }
second_came() { [ -s second ] || [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'second' AND wait_event_type = 'Lock'")" = 1 ]; }

# The first one's transaction stays open until the second waits for it, or has its answer.
race() { # FIRST CALL, WHO CALLS SECOND, SECOND CALL, LABEL
    local first second
    rm -f first second
    sql 'UPDATE doorstep.contact SET taken_back_at = now() WHERE taken_back_at IS NULL' >/dev/null
    [ -z "${before:-}" ] || echo "$before" | talk maria >/dev/null
    mkfifo open
    talk maria <open >first &
    first=$!
    exec 9>open
    echo "BEGIN; $1;" >&9
    eventually 20 "the first is answered ($4)" test -s first
    echo "$3" | PGAPPNAME=second talk "$2" >second &
    second=$!
    eventually 20 "the second has come ($4)" second_came
    echo 'COMMIT;' >&9
    exec 9>&-
    wait "$first" "$second"
    rm open
    is "$(sort first second | uniq | tr '\n' ' ')" "$5" "both are done ($4)"
    is "$(sql 'SET search_path = doorstep; SELECT count(*) FROM contact k WHERE k.repeat_of IS DISTINCT FROM contact_before(k)')" 0 "each repeats the one before it ($4)"
}
repeats() { sql 'SELECT count(*), count(repeat_of) FROM doorstep.contact WHERE taken_back_at IS NULL'; }

race "$log '{1}', 'wismo')" bob "$log '{2}', 'refund')" 'two people' 'ok '
is "$(repeats)" '2|1' 'of two calls one is a repeat'
race "$log '{1}', 'wismo')" post "SELECT outcome FROM doorstep.receipts_merge(jsonb_build_array(jsonb_build_object('type', 'inbound', 'provider', 't', 'event', 'a',
    'channel', 'email', 'address', 'rosa@example.com', 'at', now(), 'text', 'where is it', 'driver', 'reply')))" 'a call and an e-mail' 'merged ok '
is "$(repeats)" '2|1' 'of a call and an e-mail, too'
race "$log '{1}', 'wismo')" post "SELECT outcome FROM doorstep.form_merge(jsonb_build_object('token', '$token', 'action', 'address', 'fields', '{\"line1\": \"Main Street 1\"}'::jsonb), now())" \
    'a call and a form' 'merged ok '
is "$(repeats)" '2|1' 'and of a call and a form'
before="SELECT code FROM doorstep.contact_log('$undone', '{1}', 'wismo')"
race 'SELECT code FROM doorstep.undo(gen_random_uuid())' bob "$log '{2}', 'wismo')" 'taken back meanwhile' 'ok '
is "$(repeats)" '1|0' 'what was taken back meanwhile is not repeated'

# Who is forgotten meanwhile: maria has one of theirs, okafor waits for it with the customer locked, and bob's is another parcel's
sql "SELECT doorstep.user_add('okafor', 'admin'); SET search_path = doorstep;
    INSERT INTO shipment (id, brand_id, carrier_id, tracking_number, order_id) OVERRIDING SYSTEM VALUE VALUES (3, 9001, 9001, 'T3', 1);
    INSERT INTO exception (id, kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number, customer_id)
    OVERRIDING SYSTEM VALUE SELECT 3, 'lost', 'high', 'carrier', 9001, 'acme', 3, 9001, 'x', 'X', 'T3', c.id FROM customer c" >/dev/null
waits() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE usename = '$1' AND wait_event_type = 'Lock'")" = 1 ]; }
mkfifo open
rm -f first
talk maria <open >first &
one=$!
exec 9>open
echo "BEGIN; SELECT code FROM doorstep.note(gen_random_uuid(), '{1}', 'a moment');" >&9
eventually 20 'maria has one' test -s first
echo "SELECT count(*) FROM doorstep.customer_forget(gen_random_uuid(), (SELECT array_agg(customer_id) FROM doorstep.exception WHERE id = 1), 'asked for it', true)" | talk okafor >forgot 2>&1 &
two=$!
eventually 20 'okafor waits for it' waits okafor
echo "$log '{3}', 'wismo')" | talk bob >third 2>&1 &
three=$!
eventually 20 'bob waits for the customer' waits bob
echo 'COMMIT;' >&9
exec 9>&-
wait "$one" "$two" "$three"
is "$(cat forgot third | tr '\n' ' ')" '1 ok ' 'one after another, no deadlock'
done_testing
