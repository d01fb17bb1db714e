#!/bin/bash
# What wrong calls get: the place, the remedy, the exit status.
. tests/tools/lib.sh

usage_error() { # WANTED-ERE ARGS…
    local wanted=$1
    shift
    run "$DOORSTEP" "$@"
    if [ "$status" -eq 64 ] && grep -Eq -- "$wanted" "$WORK/err"; then pass "doorstep $* -> 64"; else fail "doorstep $*" "wanted: $wanted"; fi
}
usage_error 'no command "quue"' quue
usage_error 'no option --fromat' queue --fromat json
usage_error 'table, json or csv, not "xml"' queue --format xml
usage_error '--limit takes a whole number' queue --limit many
usage_error '--limit needs a value' queue --limit
usage_error 'needs a second word: local start' local
usage_error 'which exception' show
usage_error 'not an exception.s number' show 12x
usage_error 'until when' snooze 1
usage_error 'is none of delivered, address_fixed' resolve 1 --code nonsense
usage_error 'which severity' severity 1
usage_error 'is given twice' queue --limit 1 --limit 2
usage_error 'takes no operand: "17"' take-next 17
usage_error 'takes no operand: "17"' audit verify 17
usage_error 'takes no operand: "--"' undo -- --
usage_error '--headless takes no value' demo --headless=yes
usage_error 'no built-in keymap "nano"' keymap show nano

run "$DOORSTEP" --version
expect_status 0 '--version'
expect_out_like '^doorstep [0-9]+\.[0-9]+' '--version says it'
run "$DOORSTEP" help
expect_status 0 'help'
expect_out_like '^  queue \[FILTER\]' 'help lists commands'
run "$DOORSTEP" help resolve
expect_out_like '^  --code CODE' "help of one command lists its options"
run "$DOORSTEP" queue --help
expect_out_like '^doorstep queue' '--help after a command'

run "$DOORSTEP" help
expect_out_like '^  claim ID…                make' 'help is in columns'
expect_out_like '^  show ID                  every' 'whatever the operands are made of'

sql "SELECT doorstep.user_add('maria', 'agent')" >/dev/null
printf 'dsn = %s\n' "${DSN/user=test/user=maria}" >my.config
run "$DOORSTEP" --config my.config user list
expect_status 77 'a command reads the configured database'
expect_err_like 'maria may not list people' 'as who is configured'
run "$DOORSTEP" --config my.config --dsn "$DSN" user list
expect_status 0 '--dsn comes before it'
run "$DOORSTEP" --config nowhere.config queue
expect_status 78 'a configuration that is not there'
run doorstep note 1 --text $'caf\xe9'
expect_status 65 'text that is not UTF-8'
expect_err_like '^doorstep note: --text: ".*" is not UTF-8' 'by its option'
run doorstep queue $'caf\xe9'
expect_status 65 'also in a filter'

run "$DOORSTEP" queue 'carier:ups'
expect_status 64 'a filter with an unknown qualifier is a wrong call'
expect_err_like 'column 1: .*carrier' 'it points at the column and says what would be right'
run "$DOORSTEP" queue 'kind:lost sev:>=hihg'
expect_status 64 'a filter with an unknown severity'
expect_err_like 'column 17' 'its column'

run "$DOORSTEP" --dsn 'host=/nonexistent dbname=none' queue
expect_status 69 'no database is "unreachable"'
expect_err_like '/nonexistent' 'and says where it looked'
sql "CREATE DATABASE \"${DSN##*dbname=}_empty\"" >/dev/null
run "$DOORSTEP" --dsn "${DSN}_empty" queue
expect_status 78 'a database without the schema is a configuration error'
expect_err_like 'doorstep migrate' 'and says what to run'

sql 'CREATE ROLE stranger LOGIN' >/dev/null
run as stranger doorstep queue
expect_status 77 'a role outside the groups is refused'
expect_err_like 'stranger' 'by name'
run as stranger doorstep claim 1
expect_status 77 'also when it writes'

run "$DOORSTEP" --dsn "$DSN" </dev/null
expect_status 78 'the dashboard without a terminal'
expect_err_like 'terminal' 'says so'

printf 'bind queue j down\nbind quue k up\nbind queue x frobnicate\n' >my.keys
run "$DOORSTEP" keymap check my.keys
expect_status 65 'a keymap with mistakes'
expect_err_like '^my.keys:2:[0-9]+: ' 'path, line and column of the first'
expect_err_like '^my.keys:3:[0-9]+: .*frobnicate' 'and of the second: reading goes on'
run "$DOORSTEP" keymap check nowhere.keys
expect_status 78 'a keymap that is not there'
done_testing
