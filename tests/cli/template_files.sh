#!/bin/bash
# Templates without a database: filled to the byte, with partials, as SMS; and what is wrong with them.
# shellcheck source=tests/tools/lib.sh
. tests/tools/lib.sh

render() { run "$DOORSTEP" template render "$@"; }
bytes() { # WANTED LABEL: standard output is exactly this, its last line end too, and nothing was said
    if [ "$status" -eq 0 ] && printf '%b' "$1" | cmp -s - "$WORK/out" && [ ! -s "$WORK/err" ]; then pass "$2"; else fail "$2" "wanted: $1"; fi
}
refused() { # STATUS WANTED-ERE LABEL: nothing on standard output, one line on the other
    if [ "$status" -eq "$1" ] && [ ! -s "$WORK/out" ] && [ "$(wc -l <"$WORK/err")" -eq 1 ] && grep -Eq -- "$2" "$WORK/err"; then pass "$3"
    else fail "$3" "wanted exit status $1 and: $2"; fi
}

cat >data.json <<'D'
{"n": "Rosa <R&D> \"x\"", "stops": [{"at": "Austin"}, {"at": "Waco"}], "none": [], "number": 1.50}
D

# --- to the byte -------------------------------------------------------------------------
printf 'Hi {{n}}|{{{n}}}|{{&n}}{{! no line end }}' >t
render --template t --data data.json
bytes 'Hi Rosa &lt;R&amp;D&gt; &quot;x&quot;|Rosa <R&D> "x"|Rosa <R&D> "x"' 'HTML is escaped by default, and no line end is added'
render --template t --data data.json --escape html
bytes 'Hi Rosa &lt;R&amp;D&gt; &quot;x&quot;|Rosa <R&D> "x"|Rosa <R&D> "x"' '--escape html'
render --template t --data data.json --escape none
bytes 'Hi Rosa <R&D> "x"|Rosa <R&D> "x"|Rosa <R&D> "x"' '--escape none'
printf '{{#stops}}\r\n  {{at}}\t\r\n{{/stops}}\r\n{{^none}}none{{/none}} {{number}}\r\n\r\n\r\n' >t
render --template t --data data.json
bytes '  Austin\t\r\n  Waco\t\r\nnone 1.5\r\n\r\n\r\n' 'blanks, line ends, empty lines stay'
: >empty
render --template empty --data data.json
bytes '' 'an empty template'
printf '{{.}}' >t
printf '"just & text"' >text.json
render --template t --data text.json
bytes 'just &amp; text' 'data of any type'
printf '{{n}}' | render --template - --data data.json --escape none
bytes 'Rosa <R&D> "x"' 'a template from standard input'
printf '{{a}}' >t
run "$DOORSTEP" template render --template t --data - < <(printf '{"a": 7}')
bytes '7' 'data from standard input'

# --- a head --------------------------------------------------------------------------------
printf -- '---\ntitle: T\nsubject: S {{n}}\n---\nHello {{stops.x}}.\n--- html ---\n<p>\n' >late.email.en.mustache
render --template late.email.en.mustache --data data.json
bytes 'Hello .\n' 'of a template with a head its text'
printf -- '---\ntitle: T\n---\nx\n{{#open}}\n' >head.txt
render --template head.txt --data data.json
refused 65 '^doorstep template render: head.txt:5:1: the section "open"' 'a mistake under a head has its line in the file'
printf -- '---\nno key\n---\n{{number}}\n' >rule
render --template rule --data data.json
bytes '---\nno key\n---\n1.5\n' 'what only looks like a head is text'

# --- partials --------------------------------------------------------------------------------
mkdir -p p/deep outside
printf 'stop {{at}}\n' >p/stop.mustache
printf '({{>deep/more}})' >p/plain
printf '{{number}}' >p/deep/more.mustache
printf 'secret' >outside/secret.mustache
printf '{{#stops}}\n  {{>stop}}\n{{/stops}}\n[{{>plain}}{{>nothing}}]' >t
render --template t --data data.json --partials p
bytes '  stop Austin\n  stop Waco\n[(1.5)]' 'partials: indented, within each other, with and without an ending; one that is not there is nothing'
render --template t --data data.json
bytes '[]' 'without a folder there are none'
for name in ../outside/secret ./../outside/secret deep/../../outside/secret .. . "$WORK/outside/secret" deep//more ../p/stop ..stop; do
    printf 'a{{>%s}}b' "$name" >t
    render --template t --data data.json --partials p
    refused 65 "partial's name leads out of p" "{{>$name}} is refused"
done
printf '{{#none}}{{>../outside/secret}}{{/none}}ok' >t
render --template t --data data.json --partials p
bytes 'ok' 'a partial that is not called is not looked for'
printf 'x\n{{/y}}\n' >p/wrong.mustache
printf '\n  {{>wrong}}\n' >t
render --template t --data data.json --partials p
refused 65 '^doorstep template render: p/wrong.mustache:2:1: "/y" closes nothing' 'a mistake in a partial has its place there'
printf '{{>self}}' >p/self.mustache
printf '{{>self}}' >t
render --template t --data data.json --partials p
refused 65 'p/self.mustache:1:1: .*128 deep' 'a partial that calls itself without an end'
printf '{{>deep}}' >t
render --template t --data data.json --partials p
refused 74 'p/deep.*irectory' 'a folder is no partial'

# --- as SMS ------------------------------------------------------------------------------------
sms() { # TEXT WANTED LABEL
    printf '%s' "$1" >t
    render --template t --data data.json --sms
    bytes "$2\n" "$3"
}
a160=$(printf '%0160d' 0)
sms '' '{"encoding":"GSM-7","segments":0,"units":0}' 'SMS: nothing'
sms "$a160" '{"encoding":"GSM-7","segments":1,"units":160}' 'SMS: 160'
sms "${a160}1" '{"encoding":"GSM-7","segments":2,"units":161}' 'SMS: 161'
sms "${a160:1}€" '{"encoding":"GSM-7","segments":2,"units":161}' 'SMS: € counts two'
sms "${a160:90}ç" '{"encoding":"UCS-2","segments":2,"units":71}' 'SMS: ç makes it UCS-2'
sms "Ç 🚚" '{"encoding":"UCS-2","segments":1,"units":4}' 'SMS: an emoji counts two'
sms '{{n}}' '{"encoding":"GSM-7","segments":1,"units":14}' 'SMS: nothing is escaped'
printf '{{n}}' >t
render --template t --data data.json --sms --escape html
bytes '{"encoding":"GSM-7","segments":1,"units":34}\n' 'SMS: unless that is asked for'

# --- mistakes --------------------------------------------------------------------------------------
printf 'before {{n}}\nDear {{name' >t
render --template t --data data.json
refused 65 '^doorstep template render: t:2:6: the tag that begins here is not closed' 'a syntax error has path, line and column, and prints nothing'
printf '{{n}}{{/n}}' | render --template - --data data.json
refused 65 '^doorstep template render: standard input:1:6: ' 'on standard input too'
printf '{{n}}' >t
printf '{"n": 1,\n "m" 2}' >bad.json
render --template t --data bad.json
refused 65 '^doorstep template render: bad.json:2:[0-9]+: this is not JSON' 'data that are no JSON'
render --template t --data /nowhere
refused 74 '/nowhere' 'data that are not there'
render --template nowhere --data data.json
refused 74 'nowhere' 'a template that is not there'
render --template t
expect_status 64 'no data'
render --data data.json
expect_status 64 'no template'
render --template - --data -
expect_status 64 'both from standard input'
render --template t --data data.json --escape xml
expect_status 64 'an escape there is not'
expect_err_like 'html or none, not "xml"' 'says which there are'
render --template t --data data.json other
expect_status 64 'an operand'
printf '{{#a}}{{#a}}{{#a}}{{#a}}{{/a}}{{/a}}{{/a}}{{/a}}' >t
{ printf '{"a":[0'; printf ',%d' {1..999}; printf ']}'; } >many.json
render --template t --data many.json
refused 65 't:1:19: this does not come to an end' 'a thousand to the fourth is not waited for'
printf '{{n}}' >t
run bash -c 'exec "$DOORSTEP" template render --template t --data data.json >/dev/full'
refused 74 'standard output' 'a full disk'

# --- lint --------------------------------------------------------------------------------------------
lint() { run "$DOORSTEP" template lint "$@"; }
printf -- '---\ntitle: Late\nkinds: late_promise\n---\nHi {{customer.first_name}}\n' >late.sms.en.mustache
lint late.sms.en.mustache
expect_status 0 'nothing wrong'
expect_no_out 'lint prints nothing'
expect_err '1 template, 0 problems' 'and says so'
printf -- '---\ntitel: Late\nkinds: lte_promise\n---\nHi {{customer.first_nme}}\n  {{>footer}}{{#order.number}}\n' >wrong.sms.en.mustache
lint late.sms.en.mustache wrong.sms.en.mustache
expect_status 65 'problems'
expect_no_out 'nothing on standard output'
expect_err 'wrong.sms.en.mustache:2:1: "titel" is no key of a template: did you mean title?
wrong.sms.en.mustache:3:8: "lte_promise" is no kind of exception: did you mean late_promise?
wrong.sms.en.mustache:1:1: there is no title: say in the head what agents pick it by, as "title: Address needed"
wrong.sms.en.mustache:6:14: the section "order.number" opened here is never closed: add {{/order.number}}
2 templates, 4 problems' 'each with its place and the remedy'
sed -i 's/{{#order.number}}//' wrong.sms.en.mustache
lint wrong.sms.en.mustache
expect_err_like '^wrong.sms.en.mustache:5:4: there is no "customer.first_nme": did you mean customer.first_name\?$' 'a name that is not there'
expect_err_like '^wrong.sms.en.mustache:6:3: "footer" is a partial' 'a partial in a message'
run "$DOORSTEP" template lint - <late.sms.en.mustache
expect_status 65 'standard input has no name that says what it is'
expect_err_like '^standard input:1:1: there is no name' 'which is said'
lint late.sms.en.mustache nowhere.sms.en.mustache
expect_status 74 'a file that is not there'
lint
expect_status 64 'no file'
lint "$ROOT"/src/db/message/*.mustache
expect_status 0 'the shipped messages have nothing wrong'
expect_err_like "^$(find "$ROOT/src/db/message" -name '*.mustache' | wc -l) templates, 0 problems$" 'all of them'
done_testing
