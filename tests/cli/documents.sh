# shellcheck shell=bash
# Man pages and completions: they name all there is, and work in the shells they are for.
. tests/tools/lib.sh
SHARE=$(dirname "$DOORSTEP")/share
complete=$(dirname "$DOORSTEP")/complete

# ---- man pages ----
"$DOORSTEP" help >commands.txt
for page in doorstep.1 doorstep-keymap.5 doorstep-filter.7; do
    file=$SHARE/man/$page
    run sh -c "for width in 60 78 132; do groff -ww -mandoc -Tutf8 -rLL=\${width}n -z '$file' || exit 1; done"
    is "$status $(cat out err)" '0 ' "$page: groff has nothing to say, however wide the terminal"
    if command -v mandoc >/dev/null; then
        run mandoc -Tlint -W warning "$file"
        is "$status $(cat out err)" '0 ' "$page: mandoc has nothing to say"
    fi
    groff -mandoc -Tutf8 -P-cbou -rLL=200n "$file" >"$page.txt" 2>/dev/null
    is "$(for part in NAME SYNOPSIS DESCRIPTION EXAMPLES 'SEE ALSO'; do grep -qx "$part" "$page.txt" || echo "$part"; done)" '' "$page has the usual parts"
    like "$page.txt" "Doorstep $("$DOORSTEP" --version | cut -d' ' -f2)" "$page names the version"
done

# What `doorstep help COMMAND` tells, the page tells.
sed -n 's/^  \([a-z].*[^ ]\)  *[^ ].*$/\1/p' commands.txt >/dev/null
"$DOORSTEP" help | sed -n 's/^  \([a-z-]*\( [a-z-]*\)\{0,1\}\).*/\1/p' | awk '{ print $1 }' | sort -u >first.txt
missing=''
options=0
while read -r first; do
    "$DOORSTEP" help "$first" >one.txt
    while IFS= read -r line; do
        case $line in
        doorstep\ *)
            name=${line%%:*}
            name=$(sed 's/ [A-Z[].*//' <<<"$name")
            grep -q -- "^ *$name\( \|\$\)" doorstep.1.txt || missing="$missing [$name]"
            ;;
        '  --'*)
            option=${line#  }
            option=${option%% *}
            options=$((options + 1))
            sed -n "/^ *$name\( \|\$\)/,/^   doorstep/p" doorstep.1.txt | grep -q -- "^ *$option\b" || missing="$missing $name $option"
            ;;
        esac
    done <one.txt
done <first.txt
is "$missing" '' 'doorstep(1) has every command and every option'
is "$([ "$options" -gt 250 ] && echo many)" many "and these are many: $options"
missing=''
for name in $(grep -rhoE 'getenv\("[A-Z_]+"' "$ROOT/src" | sed 's/.*"\(.*\)"/\1/' | grep -vx DOORSTEP_FAULT | sort -u); do   # which debug builds alone know
    grep -q "\b$name\b" doorstep.1.txt || missing="$missing $name"
done
is "$missing" '' 'and every variable of the environment that the program reads'
missing=''
for action in $(sed -n 's/^ *X([A-Z_]*, *"\([a-z-]*\)", *IN_.*/\1/p' "$ROOT/include/app/action.h"); do
    grep -q -- "^ *$action\b" doorstep-keymap.5.txt || missing="$missing $action"
done
is "$missing" '' 'doorstep-keymap(5) has every action'
missing=''
for word in $(sed -n 's/^ *X([A-Z_]*, *"\([a-z_]*\)", *"[a-z ]*", *FILTER_.*/\1:/p; s/^ *X([A-Z]*, *"\([a-z]*\)", *"[^"]*") *\\*$/sort:\1/p' "$ROOT/include/core/filter.h"); do
    grep -q -- "^ *$word" doorstep-filter.7.txt || missing="$missing $word"
done
is "$missing" '' 'doorstep-filter(7) has every qualifier and order'

# ---- completion ----
run "$complete" check
expect_no_out 'what completes every value is decided'
: >tracker.json
mkdir folder

# Each line: what is typed, and all that could follow (bash: what readline puts behind the last : or =).
cat >cases <<'CASES'
ou|outage outreach
outrea|outreach
rule li|limits list
queue --f|--format
queue --format |csv json table
--dsn "host=x user=y" queue --format j|json
severity --to |critical high low medium
case set --state sol|solved
outreach list --state sen|sending sent
report mismatch --finding la|late
keymap show v|vim
ingest --format ups|ups
help temp|template
resolve 17 --code ref|refunded
snooze 17 --until sc|scan
queue --no-such |@none
queue sta|state: status:
CASES
bash_try() { # LINE: what bash would offer, sorted
    COMP_LINE="doorstep $1" COMP_POINT=$((9 + ${#1})) COMP_WORDBREAKS=$' \t\n"\x27><=;|&(:' bash -c '. "$0"; complete -p doorstep >/dev/null || exit 1
        _doorstep doorstep; printf "%s\n" "${COMPREPLY[@]}"' "$SHARE/complete/doorstep.bash" 2>&1 | sed '/^$/d' | sort | tr '\n' ' ' | sed 's/ $//'
}
run bash -n "$SHARE/complete/doorstep.bash"
is "$status $(cat err)" '0 ' 'bash reads its completion'
while IFS='|' read -r line wanted; do
    [ "$wanted" != @none ] || wanted='add address'
    [ "$line" = 'queue --no-such ' ] || is "$(bash_try "$line")" "$wanted" "bash: doorstep $line"
done <cases
is "$(bash_try 'queue kind:add')" address_issue 'bash: the value of a qualifier'
is "$(bash_try 'queue -kind:lost,dam')" lost,damaged 'bash: the second of a negated one'
is "$(bash_try 'ingest tra')" tracker.json 'bash: a file'
is "$(bash_try 'ingest --rejects fol')" folder 'bash: a file behind an option'
is "$(bash_try 'template export ')" folder 'bash: a folder'
is "$(bash_try "queue --format \$(touch ran) ")$(ls ran 2>/dev/null)" '' 'bash: nothing of the line is run'
is "$(bash_try "queue kind:\$(>ran),dam")$(ls ran 2>/dev/null)" '$(>ran),damaged' 'bash: nor of a filter that is completed'

if command -v fish >/dev/null; then
    fish_try() { fish --no-config -c 'source $argv[1]; complete -C "doorstep $argv[2]"' "$SHARE/complete/doorstep.fish" "$1" 2>&1 | cut -f1 | sort | tr '\n' ' ' | sed 's/ $//'; }
    run fish -n "$SHARE/complete/doorstep.fish"
    is "$status $(cat err)" '0 ' 'fish reads its completion'
    while IFS='|' read -r line wanted; do
        [ "$wanted" = @none ] || is "$(fish_try "$line")" "$wanted" "fish: doorstep $line"
    done <cases
    is "$(fish_try 'queue kind:add')" kind:address_issue 'fish: the value of a qualifier'
    is "$(fish_try 'queue -kind:lost,dam')" -kind:lost,damaged 'fish: the second of a negated one'
    is "$(fish_try 'ingest tra')" tracker.json 'fish: a file'
    is "$(fish_try 'template export fol')" folder/ 'fish: a folder'
else
    pass 'the completion for fish # SKIP fish is not installed'
fi

# In zsh a line is typed, with tabs; a function says what the shell made of it.
zsh_try() { zsh -f "$ROOT/tests/tools/zsh_type" "$SHARE/complete/_doorstep" "$1" 2>&1; }
if command -v zsh >/dev/null; then
    run zsh -n "$SHARE/complete/_doorstep"
    is "$status $(cat err)" '0 ' 'zsh reads its completion'
    is "$(zsh_try $'doorstep outr\tresol\t--a\tse\t')" '<outreach resolve-unknown --as sent>' 'zsh: commands, an option and its value'
    is "$(zsh_try $'doorstep queue kind:addr\t')" '<queue kind:address_issue>' 'zsh: a filter'
    is "$(zsh_try $'doorstep ingest --format shipp\tt\t')" '<ingest --format shippo tracker.json>' 'zsh: a value, a file'
else
    pass 'the completion for zsh # SKIP zsh is not installed'
fi
done_testing
