# shellcheck shell=bash
# The Debian package and the systemd units: what is in them, and that they hold together.
. tests/tools/lib.sh
B=$(dirname "$DOORSTEP")
version=$("$DOORSTEP" --version | cut -d' ' -f2)

if command -v dpkg-deb >/dev/null && command -v dpkg-shlibdeps >/dev/null; then
    deb=$B/doorstep_$version-1_$(dpkg --print-architecture).deb
    make_deb() { make -s --no-print-directory -C "$ROOT" B="$B" SOURCE_DATE_EPOCH=1795348800 deb; }
    export SOURCE_DATE_EPOCH=1795348800
    run make_deb
    is "$status $(cat out)" "0 $deb" 'make deb says what it made'
    first=$(sha256sum <"$deb")
    run make_deb
    is "$(sha256sum <"$deb")" "$first" 'made again it is the same to the byte'
    dpkg-deb --info "$deb" >info
    like info '^ Version: [0-9.]+-1$' 'the package has a version'
    like info '^ Depends: .*libpq5.*libssl3.*systemd' 'it depends on what it is linked with, and on who makes its user'
    depends=$(dpkg-deb --field "$deb" Depends)
    sed -n 's/^ *X([A-Z]*, *"[a-z]*", *\([0-9]*\), *\([0-9]*\), *"[^"]*", *"\([^"]*\)").*/\3 \1.\2/p' "$ROOT/include/base/versions.h" |
        while read -r package least; do
            has=$(echo "$depends" | sed -nE "s/.*\b$package(t64)? \(>= ([^)]*)\).*/\2/p")
            dpkg --compare-versions "$has" ge "$least" 2>/dev/null || echo "$package is to be $least and may be ${has:-missing}"
        done >old
    is "$(cat old)" '' 'in versions that the program takes'
    is "$(dpkg-deb --contents "$deb" | awk '$2 != "root/root"')" '' 'everything in it is root'"'"'s'
    dpkg-deb --extract "$deb" tree
    for file in bin/doorstep share/man/man1/doorstep.1.gz share/man/man5/doorstep-keymap.5.gz share/man/man7/doorstep-filter.7.gz \
        share/bash-completion/completions/doorstep share/zsh/vendor-completions/_doorstep share/fish/vendor_completions.d/doorstep.fish \
        share/doorstep/keymaps/default.keys share/doc/doorstep/copyright share/doc/doorstep/changelog.Debian.gz lib/sysusers.d/doorstep.conf; do
        [ -s "tree/usr/$file" ] || echo "usr/$file"
    done >missing
    is "$(cat missing)" '' 'program, pages, completions, keymaps and documents are where Debian has them'
    is "$(stat -c %a tree/etc/doorstep/worker.env)" 600 'nobody else reads the worker'"'"'s environment'
    dpkg-deb --control "$deb" control
    is "$(cat control/conffiles)" $'/etc/doorstep/publish.env\n/etc/doorstep/relay.env\n/etc/doorstep/worker.env' 'what is changed there stays'
    (cd tree && md5sum --quiet -c ../control/md5sums) >sums 2>&1
    is "$(cat sums)" '' 'the sums are right'
    for script in postinst prerm postrm; do sh -n "control/$script" || echo "$script"; done >scripts 2>&1
    is "$(cat scripts)" '' 'its scripts can be read'
    (cd tree/lib/systemd/system && grep -l '^WantedBy=' doorstep-*) | sort >enabled
    for script in postinst postrm; do
        tr -s ' ;' '\n' <"control/$script" | grep -E '^doorstep-.*\.(service|timer|socket)$' | sort -u | comm -23 enabled - | sed "s/$/ is not in $script/"
    done >forgotten
    is "$(cat forgotten)" '' 'and know every unit that can be enabled'
    if nm -D "$DOORSTEP" | grep -q __asan_init; then
        pass 'what lintian says # SKIP the sanitizers stand in for what hardens a package'
    elif command -v lintian >/dev/null; then
        lintian --allow-root --display-info "$deb" >said 2>&1
        is "$(cat said)" '' 'lintian has nothing to say'
    else
        pass 'what lintian says # SKIP lintian is not installed here'
    fi
    run tree/usr/bin/doorstep --version
    expect_out "doorstep $version" 'the program in it runs'
    run tree/usr/bin/doorstep help
    expect_out_like '^  queue ' 'and knows its commands'
    is "$(zcat tree/usr/share/man/man1/doorstep.1.gz | grep -c '/usr/local')$(grep -l /usr/local tree/lib/systemd/system/*)" 0 'pages and units name the places it is in'
    units=tree/lib/systemd/system
else
    pass 'the Debian package # SKIP no dpkg-deb and dpkg-shlibdeps here'
    make -s --no-print-directory -C "$ROOT" B="$B" PREFIX=/usr DESTDIR="$WORK/tree" install
    units=tree/usr/lib/systemd/system
fi

# ---- units ----
for unit in doorstep-worker.service doorstep-worker-once.service doorstep-worker-once.timer doorstep-poll.service doorstep-poll.timer \
    doorstep-publish.service doorstep-relay.service doorstep-relay.socket; do
    [ -s "$units/$unit" ] || echo "$unit"
done >missing
is "$(cat missing)" '' 'the units are installed'
is "$(grep -L '^LimitCORE=0$' "$units"/*.service)" '' 'no service leaves a core dump'
like "$units/doorstep-worker.service" '^RestartPreventExitStatus=.*\b78\b' 'a worker with a wrong configuration is not started again and again'
if command -v systemd-analyze >/dev/null; then
    # the units name the program by the path it will have
    mkdir there
    for unit in "$units"/*; do sed "s|/usr/bin/doorstep|$WORK/tree/usr/bin/doorstep|" "$unit" >"there/${unit##*/}"; done
    MANPATH=$WORK/tree/usr/share/man systemd-analyze verify --man=no there/* >said 2>&1
    is "$(grep there/ said; grep -i doorstep said)" '' 'systemd has nothing to say about them'
    for unit in worker worker-once poll publish relay; do
        systemd-analyze security --offline=true --threshold=20 "there/doorstep-$unit.service" >said 2>&1 || echo "$unit: $(tail -n 1 said)"
    done >weak
    is "$(cat weak)" '' 'their sandboxes are tight: exposure at most 2.0'
else
    pass 'what systemd says of the units # SKIP no systemd-analyze here'
fi

# ---- what it is built with ----
mkdir pc
printf 'Name: libcurl\nDescription: an old one\nVersion: 7.64.0\n' >pc/libcurl.pc
run env PKG_CONFIG_PATH="$WORK/pc" "$ROOT/src/mk/deps.sh" build
expect_status 69 'a library that is too old ends the build'
expect_err 'deps.sh: libcurl4-openssl-dev is version 7.64.0 and Doorstep needs 7.88 or later: upgrade the package libcurl4-openssl-dev, or the system (Debian 12 has it)' 'and it is said which'
run "$ROOT/src/mk/deps.sh" build
expect_status 0 'those that are here are new enough'
done_testing
