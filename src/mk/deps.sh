#!/bin/sh
# Installs what is missing to build, run or test Doorstep, and says what and why.
# usage: deps.sh SET...     sets: build server test lint valgrind fuzz
# Nothing missing: no output, no network. Installing uses apt-get, as root or through sudo.
set -eu

missing=''
need() { # PACKAGE WHY PROBE...
    package=$1
    why=$2
    shift 2
    "$@" >/dev/null 2>&1 && return
    missing="$missing $package"
    printf 'missing: %-18s %s\n' "$package" "$why" >&2
}
library() { need "$2" "$3" pkg-config --exists "$1"; }
program() { need "$2" "$3" command -v "$1"; }

server_bin() { find /usr/lib/postgresql -mindepth 3 -maxdepth 3 -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1 | xargs -r dirname; }
have_server() { [ -n "$(server_bin)" ] || command -v initdb; }
have_pgtap() {
    config=$(server_bin)/pg_config
    [ -x "$config" ] || config=pg_config
    [ -e "$("$config" --sharedir)/extension/pgtap.control" ]
}
have_pgbouncer() { PATH=$PATH:/usr/sbin command -v pgbouncer; }
have_lighttpd() { PATH=$PATH:/usr/sbin command -v lighttpd; }
have_cmocka() { pkg-config --exists cmocka || [ -e /usr/include/cmocka.h ]; }
fuzzer_package() { echo "libclang-rt-$(clang -dumpversion 2>/dev/null | cut -d. -f1)-dev"; }
have_fuzzer() { ls "$(clang -print-resource-dir)"/lib/linux/libclang_rt.fuzzer-*.a; }
server_version() { # the one installed, else the one apt would install
    bin=$(server_bin)
    if [ -n "$bin" ]; then
        basename "$(dirname "$bin")"
    else
        apt-cache depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9][0-9]*\)$/\1/p' | head -n 1
    fi
}

# A library that is there and too old: one sentence, and an end. The versions are the program's own table.
new_enough() {
    sed -n 's/^ *X([A-Z]*, *"\([a-z]*\)", *\([0-9]*\), *\([0-9]*\), *"\([a-z0-9-]*\)".*/\1 \2.\3 \4/p' "$(dirname "$0")/../../include/base/versions.h" |
        while read -r name least package; do
            ! pkg-config --exists "$name" 2>/dev/null || pkg-config --atleast-version="$least" "$name" || {
                echo "deps.sh: $package is version $(pkg-config --modversion "$name") and Doorstep needs $least or later: upgrade the package $package, or the system (Debian 12 has it)" >&2
                exit 69
            }
        done
}

check() {
    missing=''
    for set in "$@"; do
        case $set in
        build)
            program "${CC:-cc}" gcc 'the C compiler'
            need libc6-dev "the C library's headers" test -e /usr/include/stdio.h
            program pkg-config pkg-config 'finds the libraries'
            library libpq libpq-dev "PostgreSQL's client library"
            library libcurl libcurl4-openssl-dev 'speaks to message providers'
            library jansson libjansson-dev "reads carriers' JSON"
            library libcrypto libssl-dev 'checks signatures of webhooks'
            library ncursesw libncurses-dev 'draws on the terminal'
            ;;
        server)
            need postgresql 'the server; Doorstep runs a private one, not the system-wide one' have_server
            ;;
        test)
            need libcmocka-dev 'unit tests' have_cmocka
            library vterm libvterm-dev 'end-to-end tests look at a real terminal'
            program jq jq 'JSON that commands print is taken apart'
            program python3 python3 'it asks commands as a program would, and looks at pages'
            program openssl openssl 'webhooks are signed as their senders do'
            program curl curl 'forms and webhooks are sent through a web server'
            program pgrep procps 'processes left behind are seen'
            program groff groff 'man pages are read as people will'
            program fish fish 'its completion is tried'
            program zsh zsh 'its completion is tried'
            need pgbouncer 'tests of what a pooler in the wrong mode does' have_pgbouncer
            need lighttpd 'tests of webhooks run behind a real web server' have_lighttpd
            need "postgresql-$(server_version)-pgtap" 'database tests' have_pgtap
            ;;
        lint)
            program clang clang 'the second compiler'
            program clang-tidy clang-tidy 'static checks'
            program cppcheck cppcheck 'static checks'
            program shellcheck shellcheck 'checks the scripts'
            ;;
        valgrind)
            program valgrind valgrind 'looks at memory while the program runs'
            ;;
        fuzz)
            program clang clang 'the compiler libFuzzer belongs to'
            need "$(fuzzer_package)" 'libFuzzer and the sanitizers' have_fuzzer
            ;;
        *)
            echo "deps.sh: no set named '$set'" >&2
            exit 64
            ;;
        esac
    done
}

sudo=''
apt() { $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends "$@"; }

check "$@"
new_enough
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null; then
    echo "deps.sh: no apt-get here; install the equivalents of:$missing" >&2
    exit 69
fi
if [ "$(id -u)" -ne 0 ]; then
    sudo=sudo
    command -v sudo >/dev/null || { echo "deps.sh: root or sudo is needed to install:$missing" >&2; exit 77; }
fi
echo "installing:$missing" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() { # shellcheck disable=SC2086
    apt install $missing >"$log" 2>&1
}
# The version of the server is known only once the package lists are there.
install || { apt update >"$log" 2>&1 && check "$@" 2>/dev/null && install; } || {
    tail -n 20 "$log" >&2
    echo "deps.sh: could not install:$missing" >&2
    exit 69
}
check "$@"
[ -z "$missing" ] || { echo "deps.sh: still missing after installing:$missing" >&2; exit 69; }
new_enough
