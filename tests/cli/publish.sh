#!/bin/bash
# Tracking pages as files: what is written, what is left alone, what goes; and where they do not go.
# shellcheck source=tests/tools/lib.sh
. tests/tools/lib.sh
person feeder feed
person post worker
for name in maria:agent okafor:lead; do sql "SELECT doorstep.user_add('${name%:*}', '${name#*:}')" >/dev/null; done
now=$(date -u -d '-30 minutes' +%FT%TZ)
order() { # N LANGUAGE NAME
    printf '{"type":"order","order_number":"10-%s","brand":"acme","customer":{"external_id":"c%s","name":"%s","email":"c%s@example.com","phone":"+1512555010%s","language":"%s"},"shipments":[{"carrier":"ups","tracking_number":"1ZP%s","destination":{"city":"Austin","postal_code":"78701","access_instructions":"gate code 4711"}}]}\n' \
        "$1" "$1" "$3" "$1" "$1" "$2" "$1"
    printf '{"type":"event","carrier":"ups","tracking_number":"1ZP%s","provider":"shippo","occurred_at":"%s","code":"TRANSIT","detail":"address_issue","location":{"city":"<b>Austin"}}\n' "$1" "$now"
}
{ order 1 en 'Rosa Delgado'; order 2 es 'Nneka Okoye'; order 3 de 'Li <script>'; } | as feeder doorstep ingest >/dev/null
as okafor doorstep brand set acme --name 'Acme <Outdoor>' --page-url https://track.example/p --form-url https://track.example/hook --contact-url https://shop.example/help --page-color '#0b6e4f' 2>/dev/null
token() { sql "SELECT token FROM doorstep.page g JOIN doorstep.shipment s ON s.id = g.shipment_id WHERE s.tracking_number = '1ZP$1'"; }
file() { local t; t=$(token "$1"); echo "pages/${t:0:2}/${t:2}.html"; }
publish() { run as post doorstep publish --out pages "$@"; }

run as maria doorstep publish --out pages
expect_status 77 'people do not publish'
expect_err_like 'publishing pages needs a role in doorstep_worker' 'and are told who does'
rmdir pages 2>/dev/null || rm -r pages
publish
expect_out '{"pages":3,"written":3,"unchanged":0,"removed":0,"all":true}' 'the first time all are written'
is "$(stat -c %a pages "pages/$(token 1 | cut -c1-2)" "$(file 1)" | tr '\n' ' ')" '755 755 644 ' 'for any web server to read'
is "$(find pages -name index.html | sort | head -1 | xargs grep -c 'Nothing here')" 1 'no folder can be listed'
is "$(find pages -mindepth 1 -maxdepth 1 -type d | wc -l)" "$(find pages -mindepth 2 -name index.html | wc -l)" 'not one of them'
like "$(file 2)" '<html lang="es">' 'in the language of the customer'
like "$(file 1)" 'Acme &lt;Outdoor&gt;' 'what comes from outside is text'
like "$(file 1)" '&lt;b&gt;Austin' 'wherever it comes from'
like "$(file 1)" 'action="https://track.example/hook/form/[0-9a-f]{32}/address"' 'with its forms'
like "$(file 1)" 'https://shop.example/help\?tracking_number=1ZP1&amp;state=' 'and the contact form, which gets number and state'
is "$(grep -rohE 'Delgado|Okoye|c[0-9]@example\.com|78701|gate code|<script|15125550' pages | sort | uniq -c)" '' 'no name, no address, nothing that runs'
if command -v python3 >/dev/null; then
    cat >check.py <<'END'
import sys
from html.parser import HTMLParser
VOID = {"meta", "input", "br", "link"}
class Page(HTMLParser):
    def __init__(self):
        super().__init__(); self.stack = []; self.wrong = []; self.seen = {}; self.labels = 0
    def handle_starttag(self, tag, attrs):
        names = [a for a, _ in attrs]
        self.seen[tag] = self.seen.get(tag, 0) + 1
        if len(names) != len(set(names)): self.wrong.append("an attribute twice in " + tag)
        if any(a.startswith("on") or a == "style" for a in names): self.wrong.append("code in " + tag)
        if tag in ("input", "textarea") and dict(attrs).get("type") != "hidden" and "label" not in self.stack: self.wrong.append(tag + " without a label")
        if tag not in VOID: self.stack.append(tag)
    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop() != tag: self.wrong.append("closes " + tag)
for name in sys.argv[1:]:
    text = open(name, encoding="utf-8").read()
    p = Page(); p.feed(text); p.close()
    for tag in ("html", "title", "main", "h1", "header"):
        if p.seen.get(tag) != 1: p.wrong.append("%s: %d times" % (tag, p.seen.get(tag, 0)))
    if p.stack: p.wrong.append("open: " + " ".join(p.stack))
    if len(text.encode()) > 15360: p.wrong.append("larger than 15 KB")
    if p.wrong: print(name, p.wrong)
END
    is "$(python3 check.py "$(file 1)" "$(file 2)" "$(file 3)")" '' 'the HTML is well-formed, labelled and small'
fi

# --- again ----------------------------------------------------------------------------------
touch -d '2020-01-01' pages/*/*.html
publish
expect_out_like '"written":0,"unchanged":3,"removed":0,"all":false' 'nothing changed, nothing is written'
is "$(find pages/?? -newermt 2020-01-02 -name '*.html' | wc -l)" 0 'no file is touched'
printf '{"type":"event","carrier":"ups","tracking_number":"1ZP2","provider":"shippo","occurred_at":"%s","code":"DELIVERED","detail":"delivered"}\n' "$(date -u +%FT%TZ)" | as feeder doorstep ingest >/dev/null
publish
expect_out_like '"written":1,"unchanged":2' 'one changed, one is written'
like "$(file 2)" '<h1>Entregado</h1>' 'it says delivered'
as okafor doorstep brand set acme --page-color '#ffd400' 2>/dev/null
publish
expect_out_like '"written":3,.*"all":true' 'another color: all of them anew'
run sql "INSERT INTO doorstep.status_wording (wording, language, text) VALUES ('x', 'en', 'x')"
publish
expect_out_like '"written":0,"unchanged":3,.*"all":true' 'what changes none writes none'
printf 'broken' >"$(file 1)"
publish --all
expect_out_like '"written":1,"unchanged":2' 'what is not as it should be is put right'

# --- what goes ------------------------------------------------------------------------------
mkdir -p pages/ab && echo x >pages/ab/0123456789abcdef0123456789abcd.html && echo mine >pages/ab/other.txt
publish --now "$(date -u -d '+40 days' +%FT%TZ)"
expect_out_like '"removed":1' 'a page nobody knows goes'
is "$(cat pages/ab/other.txt)" mine 'other files stay'
like "$(file 2)" 'ya no se sigue' 'after 30 days it says that it is no longer followed'
is "$(grep -c '1ZP2' "$(file 2)")" 0 'and nothing else of the parcel'
old=$(file 2)
publish --now "$(date -u -d '+200 days' +%FT%TZ)"
is "$(test -e "$old" && echo there)" '' 'after 180 days it is gone'
publish
like "$(file 2)" '<h1>Entregado</h1>' 'a look ahead leaves nothing behind'
as okafor doorstep brand set acme --page-url '' 2>/dev/null
publish
is "$(find pages -mindepth 2 -name '*.html' ! -name index.html | wc -l)" 0 'a brand without a place for pages has none'
as okafor doorstep brand set acme --page-url https://track.example/p 2>/dev/null
publish --brand zeta
expect_out_like '"written":0' 'none of another brand'

# --- where not --------------------------------------------------------------------------------
mkdir mine && echo keep >mine/file
run as post doorstep publish --out mine
expect_status 78 'a folder of other files is refused'
is "$(ls mine)" file 'and left as it was'
ln -s "$WORK/mine/file" trap
t=$(token 1)
rm -rf "pages/${t:0:2}" && mkdir "pages/${t:0:2}" && ln -s "$WORK/trap" "$(file 1)"
publish
is "$(cat mine/file)" keep 'a link is replaced, not followed'
is "$(test -L "$(file 1)" || echo file)" file 'by a file'
rm -rf "pages/${t:0:2}" && ln -s "$WORK/mine" "pages/${t:0:2}"
publish --all
expect_status 74 'nor is a folder that is a link'
is "$(ls mine)" file 'nothing is written there'
rm "pages/${t:0:2}"
publish --all
expect_status 0 'it is put right'
run as post doorstep publish
expect_status 64 'it has to be said where'
run as post doorstep publish --out pages --follow --now 2026-11-21T16:51:00Z
expect_status 64 'who follows keeps the time'

# --- following --------------------------------------------------------------------------------
as post doorstep publish --out pages --follow >follow.log 2>&1 &
follower=$!
stop() { # the program, too, however far below the shell that was put into the background
    local them=$follower below=$follower
    while below=$(pgrep -d, -P "$below"); do them+=,$below; done
    IFS=, read -ra them <<<"$them"
    kill "${them[@]}" 2>/dev/null
}
trap stop EXIT
eventually 10 'it says what it found' grep -q '"pages"' follow.log
publish
expect_status 75 'two do not write to one folder'
printf '{"type":"event","carrier":"ups","tracking_number":"1ZP1","provider":"shippo","occurred_at":"%s","code":"DELIVERED","detail":"delivered"}\n' "$(date -u +%FT%TZ)" | as feeder doorstep ingest >/dev/null
eventually 15 'a change is on its page within seconds' grep -q '<h1>Delivered</h1>' "$(file 1)"
stop
wait "$follower" 2>/dev/null
done_testing
