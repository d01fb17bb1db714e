#!/bin/bash
# What comes to be while an action waits is not the action's: it would be changed without its lock.
# shellcheck source=tests/tools/lib.sh
. tests/tools/lib.sh
for name in maria bob; do sql "SELECT doorstep.user_add('$name', 'agent')" >/dev/null; done
exception() { # NUMBER
    sql "SET search_path = doorstep;
        INSERT INTO shipment (id, brand_id, carrier_id, tracking_number) OVERRIDING SYSTEM VALUE VALUES ($1, 9001, 9001, 'T$1');
        INSERT INTO exception (id, kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number)
        OVERRIDING SYSTEM VALUE VALUES ($1, 'lost', 'high', 'carrier', 9001, 'acme', $1, 9001, 'x', 'X', 'T$1')" >/dev/null
}
sql "INSERT INTO doorstep.brand (id, code, name) VALUES (9001, 'acme', 'Acme'); INSERT INTO doorstep.carrier (id, code, name) VALUES (9001, 'x', 'X')" >/dev/null
exception 1
talk() { psql -XAtq -d "${DSN/user=test/user=$1}"; }
bob_waits() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE usename = 'bob' AND wait_event_type = 'Lock'")" = 1 ]; }

# while_waiting CALL: bob calls it behind a row of maria's, and 2, 3 … comes to be meanwhile
number=1
while_waiting() {
    local maria bob
    number=$((number + 1))
    rm -f first second
    mkfifo open
    talk maria <open >first &
    maria=$!
    exec 9>open
    echo "BEGIN; SELECT code FROM doorstep.note(gen_random_uuid(), '{1}', 'a moment');" >&9
    eventually 20 'maria has a row' test -s first
    echo "SELECT id, code FROM doorstep.$1" | talk bob >second &
    bob=$!
    eventually 20 'bob waits for it' bob_waits
    exception $number
    echo 'COMMIT;' >&9
    exec 9>&-
    wait "$maria" "$bob"
    rm open
}
while_waiting "work(gen_random_uuid(), '{1,2}')"
is "$(tr '\n' ' ' <second)" '1|ok 2|gone ' 'one of two was not there'
is "$(sql 'SELECT state, owner FROM doorstep.exception WHERE id = 2')" 'new|' 'and is as it was'
while_waiting "snooze(gen_random_uuid(), '{3,2,1}', NULL, true)"
is "$(tr '\n' ' ' <second)" '1|ok 2|ok 3|gone ' 'one that is there by now is changed'
done_testing
