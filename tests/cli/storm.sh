#!/bin/bash
# Everybody at once: agents and a lead act at random while two feeds load, and afterwards
# everything that is kept twice still agrees. What each does comes from a fixed seed.
. tests/tools/lib.sh
people='ann ben cat dan lea'
for name in ann ben cat dan; do sql "SELECT doorstep.user_add('$name', 'agent')" >/dev/null; done
sql "SELECT doorstep.user_add('lea', 'lead')" >/dev/null
person feeder feed
person feeder2 feed

# feed SEED: twenty files of scans of sixty parcels, in no order, some of them twice
feed() {
    awk -v seed="$1" -v now="$(date +%s)" 'BEGIN {
        srand(seed)
        n = split("X/48/Incorrect address - apartment number missing|X//Package lost|X//Package damaged|X//Weather delay|X//Held at customs|X//Receiver not home, attempt|D//Delivered|OR//Origin scan|OT//Out for delivery|Q9//A code of no dictionary", say, "|")
        for (f = 1; f <= 20; f++) for (i = 1; i <= 40; i++) {
            split(say[1 + int(rand() * n)], w, "/")
            line = sprintf("{\"type\":\"event\",\"carrier\":\"ups\",\"tracking_number\":\"STORM%d\",\"occurred_at\":\"%s\",\"code\":\"%s\",\"detail\":\"%s\",\"message\":\"%s\"}",
                           1 + int(rand() * 60), strftime("%Y-%m-%dT%H:%M:%SZ", now - 86400 * rand(), 1), w[1], w[2], w[3])
            file = sprintf("feed%d.%02d", seed, f)
            print line > file
            if (rand() < 0.2) print line > file
        }
    }'
    local file
    for file in feed"$1".??; do as "$2" doorstep ingest "$file" >>"feed$1.out" || return 1; done
}
# act SEED: two hundred calls, most of them on several exceptions, some asked twice
act() {
    awk -v seed="$1" 'BEGIN {
        srand(seed)
        n = split("claim(K, I)|claim(K, I)|release(K, I)|assign(K, I, P)|take_next(K)|snooze(K, I, NULL, true)|snooze(K, I, clock_timestamp() + interval \x27300 ms\x27)|wait(K, I)|wait(K, I, clock_timestamp() + interval \x27200 ms\x27, \x27asked\x27)|work(K, I)|note(K, I, \x27seen\x27)|severity(K, I, S)|resolve(K, I, \x27refunded\x27)|reopen(K, I)|undo(K)|undo(K)|wake_due()", calls, "|")
        split("ann ben cat dan lea", who, " "); split("low medium high critical", worth, " ")
        for (i = 1; i <= 200; i++) {
            call = calls[1 + int(rand() * n)]
            ids = ""
            for (k = 1 + int(rand() * 6); k > 0; k--) ids = ids (ids == "" ? "" : ",") 1 + int(rand() * 80)
            sub("K", "md5(\x27" seed "-" i "\x27)::uuid", call); sub("I", "\x27{" ids "}\x27", call)
            sub("P", "\x27" who[1 + int(rand() * 5)] "\x27", call); sub("S", "\x27" worth[1 + int(rand() * 4)] "\x27", call)
            print "SELECT count(*) FROM doorstep." call ";"
            if (rand() < 0.1 && call !~ /wake_due/) print "SELECT count(*) FROM doorstep." call ";"
        }
    }' >"act$1.sql"
    psql -XAtq -v ON_ERROR_STOP=1 -d "${DSN/user=test/user=$2}" -f "act$1.sql" >"act$1.out" 2>&1
}

feed 1 feeder   # something to act on
jobs=()
names=()
begin() { # NAME COMMAND…
    names+=("$1")
    shift
    "$@" &
    jobs+=($!)
}
begin 'the first feed' feed 2 feeder
begin 'the second feed' feed 3 feeder2
seed=10
for name in $people; do begin "what $name did" act $((seed++)) "$name"; done
for i in "${!jobs[@]}"; do
    status=0
    wait "${jobs[$i]}" || status=$?
    cat act*.out feed*.out 2>/dev/null | grep -i error >err || true
    expect_status 0 "${names[$i]} met no error"
done

none() { is "$(sql "SET search_path = doorstep; $1")" '' "$2"; }
drift="SELECT * FROM (SELECT brand_id, carrier_id, kind, state, sum(n) AS n FROM counter GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0) c
       FULL JOIN (SELECT brand_id, carrier_id, kind, state, count(*) AS n FROM exception GROUP BY 1, 2, 3, 4) r
       USING (brand_id, carrier_id, kind, state) WHERE c.n IS DISTINCT FROM r.n"
# by field: what each row of the activity found is what the one before it left
unbroken() {
    none "SELECT * FROM (SELECT exception_id, seq, before ->> '$1' AS found, lag(after ->> '$1') OVER w AS left_so, count(*) OVER w AS nth
                           FROM activity WHERE after ? '$1' WINDOW w AS (PARTITION BY exception_id ORDER BY seq)) x
           WHERE nth > 1 AND found IS DISTINCT FROM left_so" "the activity of every $1 is unbroken"
    none "SELECT e.id, e.$1, a.became FROM exception e CROSS JOIN LATERAL (
            SELECT after ->> '$1' AS became FROM activity WHERE exception_id = e.id AND after ? '$1' ORDER BY seq DESC LIMIT 1) a
           WHERE e.$1::text IS DISTINCT FROM a.became" "and ends with what it is"
}
is "$(sql "SELECT count(*) > 40 AND count(*) FILTER (WHERE state = 'resolved') > 5 AND count(DISTINCT state) >= 4 FROM doorstep.exception")" t \
    'there was a storm'
none "$drift" 'counters are what there is'
sql "SELECT doorstep.counter_compact()" >/dev/null
none "$drift" 'also folded'
is "$(sql "SET SESSION AUTHORIZATION lea; SELECT fresh, open FROM doorstep.header_counts()")" \
    "$(sql "SELECT count(*) FILTER (WHERE state = 'new'), count(*) FILTER (WHERE state <> 'resolved') FROM doorstep.exception")" 'so is the header'
none "SELECT shipment_id FROM exception WHERE state <> 'resolved' GROUP BY 1 HAVING count(*) > 1" 'one open exception a parcel'
none "SELECT * FROM audit_verify()" 'every chain is whole'
none "SELECT e.id FROM exception e LEFT JOIN (SELECT exception_id, count(*) AS n, max(seq) AS top FROM activity GROUP BY 1) a ON a.exception_id = e.id
       WHERE e.activity_seq IS DISTINCT FROM a.n OR a.n IS DISTINCT FROM a.top" 'no activity is missing'
none "SELECT l.key, l.verb FROM action_log l LEFT JOIN (SELECT key, count(*) AS n FROM activity GROUP BY 1) a USING (key)
       WHERE l.changed <> coalesce(a.n, 0)" 'each action wrote a row for each it changed, once'
unbroken state
unbroken owner
unbroken severity
none "SELECT id, state, resolve_due_at, resolve_left_s FROM exception
       WHERE CASE WHEN state IN ('new', 'working') THEN resolve_due_at IS NULL OR resolve_left_s IS NOT NULL
                  WHEN state IN ('waiting', 'snoozed') THEN resolve_due_at IS NOT NULL OR resolve_left_s IS NULL END" \
    'every clock runs or stands with what was left'
none "SELECT shipment_id FROM scan_event GROUP BY shipment_id, occurred_at, code, detail, message HAVING count(*) > 1" 'no scan is kept twice'
none "SELECT e.id FROM exception e JOIN shipment s ON s.id = e.shipment_id
       WHERE e.state <> 'resolved' AND (e.carrier_status, e.last_scan_at) IS DISTINCT FROM (s.carrier_status, s.last_scan_at)" 'open rows show their parcel as it is'
done_testing
