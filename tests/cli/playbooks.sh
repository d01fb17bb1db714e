#!/bin/bash
# Playbooks by commands: listed, shown for a kind and for an exception, changed by a lead; the program's words are the database's.
. tests/tools/lib.sh
person feeder feed
sql "SELECT doorstep.user_add('maria', 'agent')" >/dev/null
sql "SELECT doorstep.user_add('lea', 'lead')" >/dev/null
printf '{"type":"event","carrier":"ups","tracking_number":"1Z0000000000000001","provider":"shippo","occurred_at":"%s","code":"TRANSIT","detail":"address_issue","location":{"country":"US"}}\n' \
    "$(date -u -d '-1 hour' +%FT%TZ)" >events
run as feeder doorstep ingest events
expect_status 0 'a parcel with a wrong address'
id=$(sql 'SELECT id FROM doorstep.exception')

run as maria doorstep playbook list --format csv
is "$(tail -n +2 out | wc -l)" 21 'one for every kind'
expect_out_like '^address_issue,5,1,doorstep,' 'with its version'
run as maria doorstep playbook show address_issue
expect_out_like 'resolve +address_fixed +agent +– +replied +resolve as address corrected' 'its steps'
expect_out_like 'message +– +agent +2d +-replied told +no answer: ask again' 'with time and condition'

run as maria doorstep claim "$id"
expect_status 0 'claimed'
run as maria doorstep playbook show "$id" --format csv
is "$(tail -n +2 out | cut -d, -f1,2,5 | tr '\n' ' ' | tr -d '\r')" '1,now,macro 2,then,note 3,then,resolve 4,then,message 5,then,case ' 'of an exception'
run as maria doorstep show "$id"
expect_out_like '^playbook$' 'shown with it'
expect_out_like '^  1 now    send "Address needed", then wait for the address$' 'what is now'
expect_out_like '^  4 then   no answer: ask again, another way, after 2 days, if they have not answered$' 'and what then'

run as lea doorstep playbook show address_issue --format json
python3 - <<'PY'
import json
text = open("out").read().strip()
rows = json.loads(text) if text.startswith("[") else [json.loads(l) for l in text.splitlines()]
rows = [{k: v for k, v in r.items() if v is not None} for r in rows][:2]
rows.append({"action": "resolve", "argument": "address_fixed", "after": "1h", "condition": "replied", "label": "resolve"})
json.dump(rows, open("steps.json", "w"))
PY
run as lea doorstep playbook set address_issue steps.json
expect_status 0 'a lead sets other steps, from what was shown'
expect_err_like 'address issue has version 2 of its playbook' 'as the next version'
run as lea doorstep playbook set address_issue steps.json
expect_err_like 'it is so already, version 2' 'once'
run as maria doorstep playbook show address_issue --format csv
is "$(tail -n +2 out | wc -l)" 3 'they are in force'
run as maria doorstep playbook show address_issue --version 1 --format csv
is "$(tail -n +2 out | wc -l)" 5 'what it was can be read'
run as lea doorstep audit log --subject 'playbook address_issue' --format csv
expect_out_like 'lea,.*playbook address_issue,add' 'the log of control has it'

run as maria doorstep playbook set address_issue steps.json
expect_status 77 'an agent sets none'
printf '[{"action": "note", "label": "x", "condition": "hungry"}]' >bad.json
run as lea doorstep playbook set other bad.json
expect_status 65 'no condition'
expect_err_like 'step 1: "hungry" is no condition' 'says where'
printf '[{"action": "fly", "label": "x"}]' | run as lea doorstep playbook set other -
expect_status 65 'no action'
printf '{' >bad.json
run as lea doorstep playbook set other bad.json
expect_status 65 'no JSON'
run as lea doorstep playbook set nothing steps.json
expect_status 64 'no kind'
run as maria doorstep playbook show nothing
expect_status 64 'nor an exception'

# the words of core/playbook.h are the database's
words=$(sed -n 's/^    X("\([a-z]*\)", *\(true\|false\),.*/\1 \2/p' "$ROOT/include/core/playbook.h")
while read -r word values; do
    [ "$values" = true ] && case $word in status) word=status:lost ;; severity) word=severity:low ;; *) word=$word:x ;; esac
    is "$(sql "SELECT coalesce(doorstep.playbook_wrong_condition('$word'), 'fine')")" fine "condition $word is one there, too"
done <<<"$words"
actions=$(sed -n '/define PLAYBOOK_ACTIONS/,/^$/p' "$ROOT/include/core/playbook.h" | grep -o '"[a-z]*"' | tr -d '"' | paste -sd,)
is "$(sql "SELECT doorstep.playbook_wrong('[{\"action\": \"fly\", \"label\": \"x\"}]')" | sed 's/.*use //; s/ or /, /; s/, /,/g')" "$actions" 'and the actions'
done_testing
