#!/bin/bash
# What people of one brand hear of another: nothing; and what becomes of a channel when somebody loses it.
# shellcheck source=tests/tools/lib.sh
. tests/tools/lib.sh

sql "INSERT INTO doorstep.brand (id, code, name) VALUES (8001, 'a', 'A'), (8002, 'b', 'B')" >/dev/null
for who in anna ben; do run doorstep user add "$who" --brand "${who:0:1}"; done
expect_status 0 'people of a brand each'
run doorstep user add carl
run doorstep user add lena --level lead --brand a

open_one() { # ID BRAND
    sql "INSERT INTO doorstep.shipment (id, brand_id, carrier_id, tracking_number) OVERRIDING SYSTEM VALUE VALUES ($1, $2, 1, 'T$1');
         INSERT INTO doorstep.exception (id, kind, severity, fault, brand_id, brand, shipment_id, carrier_id, carrier, carrier_name, tracking_number)
         OVERRIDING SYSTEM VALUE VALUES ($1, 'held', 'low', 'carrier', $2, 'x', $1, 1, 'ups', 'UPS', 'T$1')"
}
# hears ROLE COMMAND…: what a session of ROLE hears on every channel it can learn while the command runs
hears() {
    local role=$1 line
    shift
    mkfifo in
    psql -XAtq -d "${DSN/user=test/user=$role}" <in >heard 2>&1 &
    local pid=$!
    exec 9>in
    printf '%s\n' 'LISTEN doorstep;' 'SELECT doorstep.listen();' "SELECT 'listening';" >&9
    until grep -q listening heard; do
        kill -0 "$pid" || return
    done
    "$@" >/dev/null
    echo "SELECT 'done';" >&9
    exec 9>&-
    wait "$pid"
    rm in
    line=$(sed -n 's/^Asynchronous notification.* payload "\(.*\)" received.*/\1/p' heard | sort | tr '\n' ' ')
    echo "${line% }"
}
note_of() { as "$1" doorstep note "$2" --text hello; }

is "$(hears anna open_one 8101 8001)" 'e 8101:1:0:0:9:1:274877906943:1' 'one hears of what is opened in their brand'
is "$(hears anna open_one 8201 8002)" '' 'and not of what is in another'
is "$(hears ben note_of carl 8201)" 'e 8201:2:0:0:9:1:274877906943' 'who works for it does'
is "$(hears carl note_of ben 8201)" 'e 8201:3:0:0:9:1:274877906943' 'and who works for all'
look() { psql -XAtq -d "${DSN/user=test/user=$1}" -c "SELECT doorstep.viewing($2)" -c 'SELECT doorstep.viewing(0)'; }
is "$(hears anna look ben 8201)" '' 'nor who looks at it'
is "$(hears ben look carl 8201)" 'p 0 carl p 8201 carl' 'who may, hears of that, too'
both() { sql "UPDATE doorstep.exception SET rev = rev + 1, severity = 'high' WHERE id IN (8101, 8201)"; }
is "$(hears anna both)" 'e 8101:2:0:2:9:1:274877906941' 'of a change to many, their part'
is "$(hears carl both | wc -w)" 2 'one notification where one would do'
sql 'SELECT DISTINCT name FROM doorstep.hint_channel' | sort >names
is "$(wc -l <names)" 3 'a channel a brand that somebody is limited to, and one for all'
run psql -XAtq -d "${DSN/user=test/user=anna}" -c 'SELECT * FROM doorstep.hint_channel'
expect_err_like 'permission denied' 'their names are in nothing anybody reads'

is "$(hears anna sql 'UPDATE doorstep.brand SET name = name')" '' 'what is nobody'"'"'s news is told to nobody'
is "$(hears anna doorstep user grant ben --all-brands)" 'r ben' 'who gains asks again'
is "$(hears anna doorstep user grant ben --brand b)" 'r *' 'who loses: all do'
sql 'SELECT DISTINCT name FROM doorstep.hint_channel' | sort >names2
is "$(comm -12 names names2 | wc -l)" 1 'and what they lost has another name now'
run doorstep user grant nobody-of-ours --level agent
expect_status 65 'nobody of that name'
expect_err_like 'add them with "doorstep user add nobody-of-ours --level agent"' 'says how to add one'
run doorstep user grant ben --brand nobrand
expect_status 65 'no such brand'
run doorstep user grant ben --level none
expect_status 0 'out'
run as ben doorstep counts
expect_err_like 'ben may not use Doorstep' 'who is out sees nothing'
run as anna doorstep user list
expect_err_like 'it takes an admin' 'people are listed for admins'
run doorstep user grant anna --level admin
run as anna doorstep user grant carl --level none
expect_err_like 'it takes somebody who works for all brands' 'an admin of a brand puts nobody out'
run as anna doorstep user grant anna --all-brands
expect_err_like 'it takes somebody who works for all brands' 'nor gives themselves the rest'
run as anna doorstep user list --format csv
expect_out_like '^anna,admin,anna,a,' 'but sees who works for it'
run as lena doorstep view save mine --filter kind:lost --shared
expect_err_like 'works for all brands' 'what is everyone'"'"'s, a lead of all brands changes'

# read-only
run doorstep --read-only counts
expect_status 0 'a read-only session reads'
run doorstep --read-only note 8101 --text x
expect_status 77 'and writes nothing'
expect_err_like 'read-only' 'which it says'
run env DOORSTEP_READ_ONLY=1 "$DOORSTEP" --dsn "$DSN" user add dora
expect_status 77 'nor through the environment'
expect_err_like 'read-only' 'in one sentence'
run doorstep --read-only migrate
expect_err_like 'read-only' 'nor by another door'
is "$(sql "SELECT count(*) FROM doorstep.agent WHERE role = 'dora'")" 0 'nothing was done'
done_testing
