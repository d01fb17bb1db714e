# shellcheck shell=bash
# What doctor finds, a line each, with what to do about it.
. tests/tools/lib.sh
export XDG_CONFIG_HOME=$WORK/xdg
mkdir -p "$XDG_CONFIG_HOME/doorstep"
people=host=${RUN_HOST:?}

finds() { # WORD SUBJECT ERE LABEL: a line of the last run
    if grep -Eq "^$1 +$2 +.*$3" "$WORK/out"; then pass "$4"; else fail "$4" "wanted: $1  $2  … $3"; fi
}
in_terminal() { # TERM: doctor at a terminal of that kind
    run env TERM="$1" script -qec "'$DOORSTEP' --dsn '$DSN' doctor" /dev/null
    tr -d '\r' <"$WORK/out" >"$WORK/cut" && mv "$WORK/cut" "$WORK/out"
}

# ---- nothing wrong ----
run doorstep doctor
expect_status 0 'a new database is in order'
finds ok database ' as test' 'where it is, and as whom'
finds ok libraries 'libpq 1[5-9].*libcurl [78]\..*jansson 2\..*libcrypto 3\..*ncursesw 6' 'the libraries that are loaded'
finds ok pooling '' 'a session keeps its backend'
finds ok listen '' 'notifications arrive'
finds ok sessions '[0-9]+ of [0-9]+ connections' 'how many connections are in use'
finds warn worker 'start "doorstep worker"' 'no worker runs'
is "$(grep -c '^fail' out)" 0 'nothing failed'
run doorstep doctor --format json
is "$(sed -n '1p;$p' out | tr -d '\n')" '[]' 'as JSON, one array'
expect_out_like '^\{"finding":"ok","subject":"schema","message":"version [0-9]+"\},$' 'a finding an object'
run doorstep doctor --format csv
is "$(head -n 1 out | tr -d '\r')" finding,subject,message 'as CSV'

# ---- this side ----
run doorstep doctor </dev/null
finds warn terminal 'ssh -t' 'not a terminal'
in_terminal xterm-256color
finds ok terminal 'xterm-256color, 256 colours' 'a terminal'
in_terminal vt100
finds ok terminal 'vt100, no colour' 'one without colour'
in_terminal dumb
finds fail terminal 'cannot place the cursor: use a real terminal' 'one that is none'
expect_status 78 'which is a failure'
in_terminal no-such-terminal
finds fail terminal 'does not know TERM=no-such-terminal: install ncurses-term' 'one nobody knows'
run env LC_ALL=C "$DOORSTEP" --dsn "$DSN" doctor
finds warn locale 'export LC_ALL=C.UTF-8' 'characters that are not UTF-8'
printf 'theme = default\ncolour = yes\n' >"$XDG_CONFIG_HOME/doorstep/config"
printf 'bind queue x fly\n' >"$XDG_CONFIG_HOME/doorstep/keys"
run doorstep doctor
finds warn config 'config:2: there is no setting "colour"' 'a setting that is none'
finds warn keymap 'keys:1:[0-9]+: .*"fly"' 'a key bound to nothing'
expect_status 0 'both are warnings'
rm "$XDG_CONFIG_HOME/doorstep/config" "$XDG_CONFIG_HOME/doorstep/keys"
run doorstep --config "$WORK/none" doctor
finds fail config "none: " 'a file of settings that is not there'
printf 'email.url = maildir:/tmp\n' >"$XDG_CONFIG_HOME/doorstep/channels"
chmod 644 "$XDG_CONFIG_HOME/doorstep/channels"
run doorstep doctor
finds fail channels 'others may read it.*chmod 600' 'secrets that others can read'
expect_status 78 'which is a failure'
chmod 600 "$XDG_CONFIG_HOME/doorstep/channels"
run doorstep doctor
finds ok channels 'nobody else can read it' 'and put right'
rm "$XDG_CONFIG_HOME/doorstep/channels"

relay=$WORK/relay.sock
: >"$relay"
run env DOORSTEP_RELAY="$relay" "$DOORSTEP" --dsn "$DSN" doctor
finds warn relay 'relay' 'a relay that does not answer'
run env DOORSTEP_RELAY="$WORK/none.sock" "$DOORSTEP" --dsn "$DSN" doctor
finds warn relay 'nothing answers at .*none.sock' 'one that is named and not there'

# ---- no connection ----
run "$DOORSTEP" --dsn "host=$WORK" doctor
finds fail database '(check|start)' 'nothing there'
expect_status 69 'unreachable'
run "$DOORSTEP" --dsn "$people user=test dbname=no_such_thing" doctor
finds fail database 'no_such_thing' 'another database'
expect_status 78 'a wrong connection string'
run "$DOORSTEP" --dsn "$people user=nobody_i_know dbname=postgres" doctor
finds fail database 'nobody_i_know' 'a role that is not there'
run "$DOORSTEP" --dsn 'hots=here' doctor
finds fail database 'hots' 'a connection string that is none'

# ---- roles and schema ----
person doc_vera viewer
sql "CREATE ROLE doc_nobody LOGIN; CREATE ROLE doc_brief LOGIN IN ROLE doorstep_agent VALID UNTIL '$(date -u -d '+30 hours' +%FT%TZ)'" >/dev/null
run as doc_vera doorstep doctor
finds ok role 'doc_vera is viewer' 'a viewer'
expect_status 0 'needs nothing more'
run as doc_nobody doorstep doctor
finds fail role 'doorstep user add doc_nobody' 'a role without rights'
expect_status 77 'refused'
run as doc_brief doorstep doctor
finds warn password 'ends in (29|30) hours' 'a password that ends soon'
run "$DOORSTEP" --dsn "$people user=test dbname=postgres" doctor
finds fail schema 'run doorstep migrate' 'a database without the schema'
sql "ALTER ROLE doc_vera SET default_transaction_read_only = on" >/dev/null
run as doc_vera doorstep doctor
finds fail writable 'default_transaction_read_only' 'sessions that may not write'
sql 'ALTER ROLE doc_vera CONNECTION LIMIT 0' >/dev/null
run as doc_vera doorstep doctor
finds fail database 'has no connection left' 'no connection left'
expect_status 75 'which may pass'
sql 'ALTER ROLE doc_vera CONNECTION LIMIT -1 NOLOGIN' >/dev/null
run as doc_vera doorstep doctor
finds fail database 'does not let you in .*ask an administrator' 'a login that was taken away'
wanted=$(sql 'SELECT doorstep.schema_version()')
sql "CREATE OR REPLACE FUNCTION doorstep.schema_version() RETURNS int LANGUAGE sql STABLE AS 'SELECT $((wanted + 1))'" >/dev/null
run doorstep doctor
finds fail schema "version $((wanted + 1)), this program knows only $wanted: upgrade doorstep" 'a schema that is newer'
sql "CREATE OR REPLACE FUNCTION doorstep.schema_version() RETURNS int LANGUAGE sql STABLE AS 'SELECT 5'" >/dev/null
run doorstep doctor
finds fail schema "version 5, this program needs $wanted: run doorstep migrate" 'and one that is older'
sql "CREATE OR REPLACE FUNCTION doorstep.schema_version() RETURNS int LANGUAGE sql STABLE AS 'SELECT $wanted'" >/dev/null

# ---- what outlives a crash ----
run doorstep doctor
finds warn crash 'fsync is off' "the tests' own server, which nothing outlives"
stub_load() { # SETTING…: as if the server had them
    sql "CREATE SCHEMA IF NOT EXISTS pretend; CREATE OR REPLACE FUNCTION pretend.current_setting(p text) RETURNS text LANGUAGE sql STABLE AS
         \$\$SELECT CASE p $1 ELSE pg_catalog.current_setting(p) END\$\$" >/dev/null
    run env PGOPTIONS='-c search_path=pretend,pg_catalog' "$DOORSTEP" --dsn "$DSN" doctor
}
stub_load "WHEN 'fsync' THEN 'on' WHEN 'synchronous_commit' THEN 'off'"
finds warn crash 'synchronous_commit is off.*can be lost when the server crashes: set synchronous_commit = on' 'answers before anything is written'
stub_load "WHEN 'fsync' THEN 'on' WHEN 'synchronous_commit' THEN 'local'"
finds ok crash 'outlives a crash' 'and after'
sql 'DROP SCHEMA pretend CASCADE' >/dev/null

# ---- upkeep ----
sql "CREATE TABLE doorstep.doc_big AS SELECT n FROM generate_series(1, 250000) n; UPDATE doorstep.history_part SET month = month - interval '3 months' WHERE to_id IS NULL" >/dev/null
run doorstep doctor
finds warn upkeep 'doc_big.*ANALYZE' 'statistics that are old'
finds warn history 'partition of scan_event and activity.*start "doorstep worker"' 'a month that was not begun'
sql 'DROP TABLE doorstep.doc_big' >/dev/null

# ---- what stands in between ----
bouncer=$(PATH=$PATH:/usr/sbin command -v pgbouncer)
if [ -n "$bouncer" ]; then
    mkdir bouncer
    cat >bouncer/ini <<INI
[databases]
* = host=$RUN_HOST user=test
[pgbouncer]
listen_addr =
unix_socket_dir = $WORK/bouncer
listen_port = 6432
auth_type = any
pool_mode = transaction
ignore_startup_parameters = extra_float_digits, client_encoding, application_name, options
logfile = $WORK/bouncer/log
pidfile = $WORK/bouncer/pid
INI
    if [ "$(id -u)" -eq 0 ]; then
        chmod 755 "$WORK" && chown nobody bouncer bouncer/ini
        (cd / && exec setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups -- "$bouncer" -q -d "$WORK/bouncer/ini") >bouncer.said 2>&1
    else
        "$bouncer" -q -d "$WORK/bouncer/ini" >bouncer.said 2>&1
    fi
    eventually 10 'pgbouncer is there' test -S bouncer/.s.PGSQL.6432
    run "$DOORSTEP" --dsn "host=$WORK/bouncer port=6432 user=test dbname=${DSN##*dbname=}" doctor
    finds fail '(pooling|database)' 'pool' 'a pooler in transaction mode'
    expect_status 78 'which is a wrong configuration'
    kill "$(cat bouncer/pid)"
else
    pass 'behind a pooler # SKIP pgbouncer is not installed'
fi

# A network that falls silent in the middle of an answer: doctor says so in its own time.
coproc stall { "$(dirname "$DOORSTEP")/tests/tool_stall" "$RUN_HOST/.s.PGSQL.5432"; }
read -r port <&"${stall[0]}"
echo 'down 1500' >&"${stall[1]}"
read -r _ <&"${stall[0]}"
started=$SECONDS
run timeout 300 "$DOORSTEP" --dsn "host=127.0.0.1 port=$port user=test sslmode=disable gssencmode=disable dbname=${DSN##*dbname=}" doctor
finds fail answers 'said nothing for 5 s: the network' 'a network that stalls'
expect_status 69 'which is out of reach'
is "$((SECONDS - started < 60))" 1 'and does not keep doctor'
eval "exec ${stall[1]}>&-"
done_testing
