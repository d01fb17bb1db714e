#!/bin/bash
# Two people write to one customer at the same moment, about different parcels: caps and repeats hold.
# shellcheck source=tests/tools/lib.sh
. tests/tools/lib.sh
for name in maria bob; do sql "SELECT doorstep.user_add('$name', 'agent')" >/dev/null; done
sql "SET search_path = doorstep;
    INSERT INTO brand (id, code, name) VALUES (9001, 'acme', 'Acme');
    INSERT INTO carrier (id, code, name) VALUES (9001, 'x', 'X');
    UPDATE contact_policy SET cap = 1;
    INSERT INTO customer (brand_id, external_id, name, email) VALUES (9001, 'c1', 'Rosa', 'rosa@example.com');
    INSERT INTO shipment (id, brand_id, carrier_id, tracking_number) OVERRIDING SYSTEM VALUE VALUES (1, 9001, 9001, 'T1'), (2, 9001, 9001, 'T2');
    INSERT INTO exception (id, kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number, customer_id)
    OVERRIDING SYSTEM VALUE SELECT s.id, 'lost', 'high', 'carrier', 9001, 'acme', s.id, 9001, 'x', 'X', tracking_number, c.id FROM shipment s, customer c;
    INSERT INTO template (id, name, channel, language) OVERRIDING SYSTEM VALUE VALUES (9001, 'note', 'email', 'en');
    INSERT INTO template_version (template_id, version, state, title, subject, body, author) VALUES (9001, 1, 'approved', 'Note', 's', 'b', 't')" >/dev/null
send() { # WHO EXCEPTION TEXT
    echo "SELECT code FROM doorstep.outreach_send(gen_random_uuid(), jsonb_build_array(jsonb_build_object('exception', $2, 'template', 9001, 'version', 1,
          'channel', 'email', 'language', 'en', 'subject', 'Note', 'body', '$3')))"
}
talk() { PGOPTIONS='-c statement_timeout=120s' psql -XAtq -d "${DSN/user=test/user=$1}"; }
bob_waits() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE usename = 'bob' AND wait_event_type = 'Lock'")" = 1 ]; }

# maria's transaction stays open until bob's call is seen to wait for her
race() { # TEXT OF MARIA, TEXT OF BOB, LABEL
    local maria bob
    rm -f first second
    mkfifo open
    talk maria <open >first &
    maria=$!
    exec 9>open
    { echo 'BEGIN;'; send maria 1 "$1"; echo ';'; } >&9
    eventually 20 "maria has her answer ($3)" test -s first
    send bob 2 "$2" | talk bob >second &
    bob=$!
    eventually 20 "bob waits for her ($3)" bob_waits
    echo 'COMMIT;' >&9
    exec 9>&-
    wait "$maria" "$bob"
    rm open
}
race 'the same words' 'the same words' 'the same words'
is "$(cat first second | tr '\n' ' ')" 'ok blocked ' 'hers is queued, his are the same words'
is "$(sql 'SELECT count(*) FROM doorstep.outreach')" 1 'one message'
sql "UPDATE doorstep.outreach SET created_at = created_at - interval '100 h'" >/dev/null
race 'one thing' 'another thing' 'the cap'
is "$(cat first second | tr '\n' ' ')" 'ok warned ' 'the cap counts what was not committed yet, too'
done_testing
