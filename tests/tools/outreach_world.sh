# A customer, her parcel in trouble and messages to her as a worker left them: for the tests of what comes back.
# Read after tests/tools/lib.sh.
# shellcheck shell=bash
person feeder feed
world_open() {
    cat >world.ndjson <<END
{"type":"order","order_number":"R-1","brand":"acme","customer":{"external_id":"c-1","name":"Rosa Delgado","email":"rosa@example.com","phone":"+1 512 555 0188","language":"es","consent":{"email":true,"sms":true}},"shipments":[{"carrier":"ups","tracking_number":"1ZR1"}]}
{"type":"event","carrier":"ups","provider":"easypost","tracking_number":"1ZR1","occurred_at":"$(date -u -d '1 day ago' +%FT%TZ)","code":"in_transit","detail":"address_correction","message":"Apartment number missing"}
END
    doorstep ingest world.ndjson >/dev/null || echo "# the world could not be made"
}
# message N CHANNEL [ADDRESS]: a sent one, "N.aa@doorstep" to us and "PROVIDER-N" to its provider
message() {
    sql "INSERT INTO doorstep.outreach (id, key, exception_id, shipment_id, customer_id, brand_id, channel, to_address, to_name, language, body, text_hash,
                                        state, by, undo_until, send_after, message_id, fence, provider, provider_id, sent_at)
         OVERRIDING SYSTEM VALUE
         SELECT $1, gen_random_uuid(), e.id, e.shipment_id, e.customer_id, e.brand_id, '$2', coalesce(nullif('${3:-}', ''),
                CASE '$2' WHEN 'email' THEN c.email ELSE doorstep.phone_e164(c.phone) END), c.name, 'es', 'hola', gen_random_uuid(), 'sent', 'test',
                now(), now(), '<$1.aa@doorstep>', 1, 'test', 'PROVIDER-$1', '2026-11-21T10:00:00Z'
           FROM doorstep.exception e JOIN doorstep.customer c ON c.id = e.customer_id WHERE e.tracking_number = '1ZR1'" >/dev/null
}
# what became of message N
outcome() { sql "SELECT state || coalesce(' ' || reason, '') FROM doorstep.outreach WHERE message_id = '<$1.aa@doorstep>'"; }
timeline() { sql "SELECT string_agg(a.verb, ' ' ORDER BY a.seq) FROM doorstep.activity a JOIN doorstep.exception e ON e.id = a.exception_id WHERE e.tracking_number = '1ZR1'"; }
consent() { sql "SELECT consent ->> '$1' FROM doorstep.customer WHERE external_id = 'c-1'"; }
