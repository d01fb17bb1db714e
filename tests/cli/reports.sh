# Reports on the command line: drawn, as JSON and CSV, the queue behind a number, an empty period, rebuilding.
# shellcheck shell=bash
. tests/tools/lib.sh

person rita viewer
person lena lead
export TZ=UTC LC_ALL=C.UTF-8
sql "INSERT INTO doorstep.brand (code, name) VALUES ('acme', 'Acme');
     INSERT INTO doorstep.carrier (code, name) VALUES ('t-rep', 'T Rep'), ('t-two', 'T Two');
     INSERT INTO doorstep.shipment (id, brand_id, carrier_id, tracking_number) OVERRIDING SYSTEM VALUE
     SELECT 700000 + i, b.id, c.id, 'R' || i FROM generate_series(1, 4) i, doorstep.brand b, doorstep.carrier c WHERE b.code = 'acme' AND c.code = CASE WHEN i < 4 THEN 't-rep' ELSE 't-two' END;
     INSERT INTO doorstep.exception (id, kind, severity, state, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number, opened_at, resolved_at, resolution)
     OVERRIDING SYSTEM VALUE
     SELECT s.id, 'lost', 'high', CASE WHEN s.id = 700001 THEN 'resolved' ELSE 'new' END::doorstep.exception_state, 'carrier', s.brand_id, 'acme', s.id, c.id, c.code, c.name, s.tracking_number,
            '2026-06-02T10:30:00Z', CASE WHEN s.id = 700001 THEN timestamptz '2026-06-03T10:30:00Z' END, CASE WHEN s.id = 700001 THEN 'no_action' END
       FROM doorstep.shipment s JOIN doorstep.carrier c ON c.id = s.carrier_id WHERE s.id > 700000" >/dev/null

run as rita doorstep report exceptions --period 2026-06-01..2026-06-07
expect_status 0 'a report before any worker'
expect_err_like 'nothing to report from 2026-06-01 to 2026-06-07: nothing was counted yet' 'says that nothing was counted'
expect_err_like 'hours changed since and are not counted yet' 'and how much waits'

sql "SELECT doorstep.pass_rollup()" >/dev/null
run as rita doorstep report exceptions --period 2026-06-01..2026-06-07
expect_err_like '^Exceptions by carrier, 2026-06-01 to 2026-06-07, against 2026-05-25 to 2026-05-31$' 'its heading'
expect_out 'carrier  Opened                        Before  Change  Share  Resolved  Reopened  Over time
t-rep         3  ████████████████████       0       –  75.0%         1         0   █     
t-two         1  ██████▋                    0       –  25.0%         0         0   █     ' 'bars and sparklines'
run as rita env LC_ALL=C "$DOORSTEP" --dsn "${DSN/user=test/user=rita}" report exceptions --period 2026-06-02 --carrier t-two
expect_out_like '^t-two +1  #{20} +0 +- +100.0% ' 'in ASCII'
sql "INSERT INTO doorstep.rollup_dirty (subject, hour) VALUES ('contact', doorstep.hour_no('2026-06-02'))" >/dev/null
run as rita doorstep report exceptions --period 2026-06-02
is "$(grep -c 'worker' err || true)" 0 'what changed within minutes is no reason to ask for a worker'
sql "UPDATE doorstep.rollup_state SET passed_at = now() - interval '1 hour'" >/dev/null
run as rita doorstep report exceptions --period 2026-06-02
expect_err_like '1 hour changed since and is not counted yet .1h ago.: is a worker running' 'what nobody counted for an hour is'
run as rita doorstep report heat --period 2026-06-02
expect_out_like '^t-rep +3 +0 +– {12}█' 'the heat map'
run as rita doorstep report exceptions --period 2026-06-01..2026-06-07 --format csv
expect_out_like '^t-rep,3,0,,75.0,1,0,"\[0, 3, 0, 0, 0, 0, 0\]",carrier:t-rep on:2026-06-01..2026-06-07 state:any sort:newest,' 'CSV is raw'

run as rita doorstep report exceptions --from 2026-06-01 --to 2026-06-07 --format json
filter=$(sed -n 's/.*"what":"t-rep".*"filter":"\([^"]*\)".*/\1/p' out)
done_filter=$(sed -n 's/.*"what":"t-rep".*"resolved_filter":"\([^"]*\)".*/\1/p' out)
run as rita doorstep queue "$filter" --format csv
is "$(($(wc -l <out) - 1))" 3 'a number opens exactly the queue behind it'
run as rita doorstep queue "$done_filter" --format csv
is "$(($(wc -l <out) - 1))" 1 'and so does what was resolved'
run as rita doorstep queue hour:10 on:2026-06-02 state:any -carrier:t-two --format csv
is "$(($(wc -l <out) - 1))" 3 'a cell of the heat map by its hour'
run as rita env TZ=Asia/Kathmandu "$DOORSTEP" --dsn "${DSN/user=test/user=rita}" report heat --period 2026-06-02 --format csv
expect_out_like '"\[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0\]",carrier:t-rep on:2026-06-02 ' 'half past ten is a quarter past four in Kathmandu'
run as rita env TZ=Asia/Kathmandu "$DOORSTEP" --dsn "${DSN/user=test/user=rita}" queue hour:16 on:2026-06-02 state:any -carrier:t-two --format csv
is "$(($(wc -l <out) - 1))" 3 'and opens as that'
run as rita env TZ=Asia/Kathmandu "$DOORSTEP" --dsn "${DSN/user=test/user=rita}" report exceptions --from '2026-06-02 16:15' --to "2026-06-02 16:30" --format csv
expect_out_like '^t-rep,3,0,.*,carrier:t-rep on:2026-06-02T10:30Z..2026-06-02T10:44Z state:any' 'a quarter of an hour there'
run as rita doorstep queue on:2026-06-02T10:30Z..2026-06-02T10:44Z state:any --format csv
is "$(($(wc -l <out) - 1))" 4 'opens to the minute'
run as rita doorstep queue on:2026-06-02T10:31 state:any --format csv
is "$(($(wc -l <out) - 1))" 0 'not the next'
run as rita doorstep queue on:2026-06-02T10 state:any --format csv
is "$(($(wc -l <out) - 1))" 4 'an hour'
run as rita doorstep queue on:2026-06-02T11 state:any --format csv
is "$(($(wc -l <out) - 1))" 0 'not the next'

sql "INSERT INTO doorstep.contact (brand_id, exception_id, via, from_address, at, text, driver, provider, provider_id)
     SELECT e.brand_id, e.id, CASE e.id WHEN 700002 THEN 'phone' ELSE 'chat' END, '', '2026-06-02T12:00:00Z', 't', CASE e.id WHEN 700003 THEN 'refund' ELSE 'wismo' END, 't', e.id::text
       FROM doorstep.exception e WHERE e.id BETWEEN 700001 AND 700003; SELECT doorstep.pass_rollup()" >/dev/null
run as rita doorstep report contacts --period 2026-06-01..2026-06-07 --format json
filter=$(sed -n 's/.*"what":"wismo".*"filter":"\([^"]*\)".*/\1/p' out)
run as rita doorstep queue "$filter" --format csv
is "$(($(wc -l <out) - 1))" 2 'contacts open the queue behind them, what is resolved among it'
run as rita doorstep queue contact:wismo/phone@2026-06-02,refund@2026-06-02 --format csv
is "$(($(wc -l <out) - 1))" 2 'by how they came, or of another driver'
run as rita doorstep queue contact:wismo@soon
expect_status 64 'a day that is none'
expect_err_like 'after @ comes a day, such as contact:any@today' 'is explained'

run as rita doorstep report exceptions --period 2026-05-01..2026-05-07
expect_no_out 'an empty period prints nothing'
expect_err_like '^nothing to report from 2026-05-01 to 2026-05-07; exceptions are counted since 2026-06-02$' 'and says so'
run as rita doorstep report nonsense
expect_status 64 'a report that is not there'
expect_err_like 'there is no report "nonsense"; .doorstep report list. names them' 'is named'
run as rita doorstep report heat --by kind
expect_err_like 'heat is not grouped by "kind": --by takes one of carrier' 'a grouping it has not'
run as rita doorstep report exceptions --period 2026-06-07..2026-06-01
expect_err_like 'ends before it begins' 'a period the wrong way round'
run as rita doorstep report exceptions --carrier nobody
expect_status 65 'a carrier nobody knows'

run as rita doorstep report rebuild --period 2026-06-01..2026-06-03
expect_status 77 'viewers rebuild nothing'
run as lena doorstep report rebuild --period 2026-06-01..2026-06-03
expect_status 0 'leads do'
expect_err_like '^nothing differed$' 'and nothing differs'
sql "UPDATE doorstep.rollup_exception SET opened = 9" >/dev/null
run as lena doorstep report rebuild --period 2026-06-01..2026-06-03 --format csv
expect_status 1 'what somebody wrote past the functions'
expect_out_like '^exception,72,[0-9]+,2,2026-06-02 10:00:00\+00' 'is found and named'

run as rita env DOORSTEP_REPORT_DSN='host=/nowhere' "$DOORSTEP" --dsn "${DSN/user=test/user=rita}" report exceptions
expect_status 69 'a replica for reports is the one that is asked'
run as rita env DOORSTEP_REPORT_DSN='host=/nowhere' "$DOORSTEP" --dsn "${DSN/user=test/user=rita}" report mismatch
expect_status 69 'and for what was said that was not so'
done_testing
