#!/bin/bash
# Templates as files: in, checked; out, the same; versions, approval, retirement. And macros.
# shellcheck source=tests/tools/lib.sh
. tests/tools/lib.sh
for name in maria:agent okafor:lead eve:viewer; do sql "SELECT doorstep.user_add('${name%:*}', '${name#*:}')" >/dev/null; done
sql "INSERT INTO doorstep.brand (code, name) VALUES ('acme', 'Acme')"

cat >where.email.en.acme.mustache <<'T'
---
title: Where to?
kinds: address_issue, undeliverable
statuses: in_transit, held
fresh_hours: 48
subject: Where should order {{order.number}} go?
---
Hello{{#customer.first_name}} {{customer.first_name}}{{/customer.first_name}},

tell us where, please.

   {{brand.name}} "quoted" \ <&> Ünïcödé 日本
--- html ---
<p>Hello {{customer.first_name}}</p>
T
cat >where.whatsapp.es.mustache <<'T'
---
title: ¿Dónde?
kinds: address_issue
provider_template: HX0123456789
provider_names: customer.first_name, order.number
---
Hola {{customer.first_name}}, ¿dónde entregamos {{order.number}}?
T
run as maria doorstep template import where.email.en.acme.mustache where.whatsapp.es.mustache
expect_status 0 'import'
expect_err 'where.email.en.acme.mustache: version 1, a draft until a lead approves it
where.whatsapp.es.mustache: version 1, a draft until a lead approves it
2 of 2 are new' 'each is a draft'
is "$(sql "SELECT v.required, v.provider_names FROM doorstep.template_version v JOIN doorstep.template t ON t.id = v.template_id WHERE t.name = 'where' AND t.channel = 'whatsapp'")" \
    '{customer.first_name,order.number}|{customer.first_name,order.number}' 'with the names it cannot do without'
run as maria doorstep template import where.email.en.acme.mustache
expect_status 0 'the same again'
expect_err 'where.email.en.acme.mustache: as it was: version 1 says the same
0 of 1 are new' 'is no new version'

# --- out and in again -------------------------------------------------------------------
mkdir out1
run as maria doorstep template export out1
expect_status 0 'export'
is "$(find out1 -name '*.mustache' | wc -l)" "$(sql 'SELECT count(*) FROM doorstep.template')" 'one file each'
run as maria doorstep template import out1/*.mustache
expect_status 0 'all of them read back'
is "$(tail -n 1 err)" "0 of $(sql 'SELECT count(*) FROM doorstep.template') are new" 'and say the same'
run as maria doorstep template export out2
run diff -r out1 out2
expect_status 0 'twice the same files'
is "$(sed -n '/^Hello/,$p' out1/where.email.en.acme.mustache)" "$(sed -n '/^Hello/,$p' where.email.en.acme.mustache)" 'to the byte'
run as maria doorstep template export /nowhere/at/all
expect_status 74 'a folder that is not there'

# --- mistakes ------------------------------------------------------------------------------
printf -- '---\ntitle: x\nkinds: lost\n---\nHi {{customer.frist_name}}\n' >bad.sms.en.mustache
printf -- '---\ntitle: x\n---\nHi {{#customer.name}}\n' >worse.sms.en.mustache
sed -i 's/please/please!/' where.email.en.acme.mustache
run as maria doorstep template import bad.sms.en.mustache worse.sms.en.mustache where.email.en.acme.mustache
expect_status 65 'mistakes'
expect_err_like '^bad.sms.en.mustache:5:4: .*customer.first_name' 'a name outside the closed set: the nearest one is named'
expect_err_like '^worse.sms.en.mustache:4:4: ' 'a section that nobody ends'
is "$(tail -n 1 err)" 'doorstep template import: 2 mistakes; nothing was imported' 'one mistake and nothing is imported'
is "$(sql "SELECT count(*) FROM doorstep.template_version v JOIN doorstep.template t ON t.id = v.template_id WHERE t.name = 'where'")" 2 'not even what was right'
sed 's/^---$/---\nbrand: nobody/;' bad.sms.en.mustache | sed 's/frist/first/' | awk 'NR==1 || !/^brand/ || !seen++' >lone.sms.en.mustache
run as maria doorstep template import lone.sms.en.mustache
expect_status 65 'a brand there is not'
expect_err_like 'there is no brand "nobody"' 'is said'
run as maria doorstep template import nothing.sms.en.mustache
expect_status 74 'a file that is not there'
run as eve doorstep template import where.email.en.acme.mustache
expect_status 77 'a viewer'

# --- versions ---------------------------------------------------------------------------------
run as maria doorstep template approve where --channel email --language en --brand acme
expect_status 77 'an agent approves nothing'
run as okafor doorstep template approve where --channel email
expect_status 64 'which one has to be said'
run as okafor doorstep template approve where --channel email --language en
expect_status 65 'there is none for all brands'
run as okafor doorstep template approve where --channel email --language en --brand acme
expect_err 'approved where email en version 1' 'a lead approves'
run as maria doorstep template import where.email.en.acme.mustache
expect_err_like 'version 2, a draft' 'a changed text is the next version'
run as maria doorstep template list where --format csv
is "$(cut -d, -f2-6 out | tr -d '\r')" 'channel,language,brand,version,state
email,en,acme,1,approved
email,en,acme,2,draft
whatsapp,es,,1,draft' 'what is in force, and what is to come'
run as maria doorstep template show where --channel email --language en --brand acme --version 1
expect_out_like '^# where, email, en, acme, version 1$' 'a version as it is written'
expect_out_like 'tell us where, please\.$' 'to the letter'
run as maria doorstep template show where --channel sms
expect_status 65 'there is none by SMS'
run as okafor doorstep template approve where --channel email --language en --brand acme
run as okafor doorstep template retire where --channel email --language en --brand acme
expect_err 'retired where email en' 'retired'
is "$(sql "SELECT string_agg(v.version || ' ' || v.state, ', ' ORDER BY v.version) FROM doorstep.template_version v JOIN doorstep.template t ON t.id = v.template_id WHERE t.name = 'where' AND t.channel = 'email'")" '1 retired, 2 retired' 'both versions are kept'

# --- macros -------------------------------------------------------------------------------------
run as maria doorstep macro save ask --title 'Ask where' --template where --then wait --for 2d --tag asked
expect_status 0 'a macro'
expect_err 'saved' 'is kept'
run as maria doorstep macro list --format csv
expect_out_like '^ask,Ask where,where,,wait,2880,f,,asked,f' 'for its owner'
run as okafor doorstep macro list --format csv
if grep -q '^ask,' out; then fail 'and nobody else'; else pass 'and nobody else'; fi
run as maria doorstep macro save all --then work --tag x --shared
expect_status 77 'everyone'"'"'s are the leads'"'"
run as maria doorstep macro save ask --then snooze
expect_status 65 'a snooze without an end'
expect_err 'doorstep macro save: say how long it snoozes, or until the next scan' 'is refused with what is missing'
run as maria doorstep macro save ask --then wait --for soon
expect_status 64 'no time'
run as maria doorstep macro delete ask
expect_status 0 'deleted'
run as maria doorstep macro delete ask
expect_status 77 'there is none any more'
done_testing
