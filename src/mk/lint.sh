#!/bin/bash
# make lint: says one line a check, and everything a failed check found. Exit status 1 when one failed.
# usage: lint.sh BUILD-DIR [CHECK...]
set -u
cd "$(dirname "$0")/../.." || exit 70
build=$1
shift
jobs=$(nproc)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0

sources() { find src include tests -name '*.[ch]' | sort; }
modules() { sed -n 's/^\([a-z]*\):.*/\1/p' src/mk/layers; }
row() { sed -n "s/^$1: *//p" src/mk/layers; }
read -ra flags <<<"-std=c17 -D_GNU_SOURCE -DDOORSTEP_VERSION=\"0\" -Iinclude -Itests $(pkg-config --cflags libpq jansson | tr '\n' ' ')"

# Every include of every module against src/mk/layers.
layers() {
    local module own libraries bad=0 file what folder
    for module in $(modules); do
        own=" $module $(row "$module" | cut -d'|' -f1) "
        libraries=" $(row "$module" | grep '|' | cut -d'|' -f2) "
        while IFS=: read -r file what; do
            folder=${what%%/*}
            [[ $own == *" $folder "* || $own == *" $what "* ]] ||
                { echo "$file: $module may not include \"$what\""; bad=1; }
        done < <(grep -rHoE '#include "[^"]+"' "src/$module" "include/$module" | sed 's/#include "\(.*\)"/\1/' | grep '/[^:]*:.*/')
        while IFS=: read -r file what; do
            [[ $libraries == *" $what "* ]] || { echo "$file: $module may not include <$what>"; bad=1; }
        done < <(grep -rHoE '#include <(libpq-fe|pg_config|libpq/.*|jansson|curses|ncurses.*|term|panel|curl/.*|openssl/.*)\.h>' "src/$module" "include/$module" |
            sed 's/#include <\(.*\)>/\1/')
    done
    for folder in src/*/ include/*/; do
        folder=$(basename "$folder")
        [ "$folder" = mk ] || modules | grep -qx "$folder" || { echo "$folder is not in src/mk/layers"; bad=1; }
    done
    return "$bad"
}

# The pure half asks nothing of the outside: of jansson it takes what works in memory.
pure() {
    make --no-print-directory -s -j"$jobs" B="$build/gcc" EXTRA=-Werror OPT=-O1 "$build/gcc/libpure.a" || return 1
    ! nm -u "$build/gcc/libpure.a" |
        grep -E ' (PQ.*|curl_.*|json_(load|dump)_?(f|fd|file|callback)|newterm|initscr|get_wch|getch|time|clock_gettime|gettimeofday|getenv|secure_getenv|fopen|open|poll|select|socket|fork)$'
}

headers() {
    local compiler header bad=0
    for compiler in gcc clang; do
        while read -r header; do
            echo "#include \"$header\"" | $compiler "${flags[@]}" -Wall -Wextra -Werror -fsyntax-only -x c - ||
                { echo "include/$header does not compile alone with $compiler"; bad=1; }
        done < <(cd include && find . -name '*.h' | sed 's|^\./||' | sort)
    done
    return "$bad"
}

build_with() { make --no-print-directory -s -k -j"$jobs" B="$build/$1" CC="$1" EXTRA=-Werror OPT=-O1 build-tests; }
gcc_build() { build_with gcc; }
clang_build() { build_with clang; }

banned() {
    local bad=0
    sources | xargs grep -nE '(^|[^a-zA-Z0-9_>.])(strcpy|strcat|strncat|sprintf|vsprintf|strtok|atoi|atol|atof|gets|system|popen|alloca)[[:space:]]*\(' && bad=1
    sources | xargs grep -nE 'typedef[[:space:]]+(struct|union)' && bad=1
    return "$bad"
}

unfinished() { ! grep -rnE '\b(TODO|FIXME)\b' src include tests keymaps Makefile README.md --exclude=lint.sh --exclude=suite; }

toplevel() {
    local got
    got=$(git ls-files | grep -v '^\.' | cut -d/ -f1 | sort -u | tr '\n' ' ')
    [ "$got" = 'Makefile README.md include keymaps src tests ' ] || { echo "top level: $got"; return 1; }
}

# Where a file is too long it has two subjects.
length() {
    local bad=0 lines file
    while read -r lines file; do
        if [ "$file" != total ] && [ "$lines" -gt 500 ]; then
            echo "$file: $lines lines, split it"
            bad=1
        fi
    done < <(find src include -name '*.[ch]' -exec wc -l {} +)
    return "$bad"
}

scripts() {
    { git ls-files -co --exclude-standard | xargs awk 'FNR == 1 && /^#!\/bin\/(ba)?sh/ { print FILENAME }' 2>/dev/null; ls tests/cli/*.sh 2>/dev/null; } |
        sort -u | xargs shellcheck -x -S warning
}

# Suppressed is what it gets wrong: ternaries, die() not coming back, a pointer to a local taken back.
cppcheck_all() {
    cppcheck --quiet --std=c11 --language=c -j"$jobs" --enable=warning,portability --inline-suppr \
        --suppress=unknownMacro --suppress=missingInclude --suppress=internalAstError \
        --suppress=uninitvar --suppress=legacyUninitvar --suppress=nullPointerRedundantCheck --suppress=autoVariables --suppress=nullPointerArithmetic --error-exitcode=1 -D__GNUC__=12 -DDOORSTEP_VERSION='"0"' -Iinclude src
}

tidy() {
    # shellcheck disable=SC2016  # the inner shell's words
    find src -name '*.c' | sort | FLAGS="${flags[*]}" xargs -P "$jobs" -n 8 sh -c 'clang-tidy --quiet "$@" -- $FLAGS 2>/dev/null' clang-tidy
}

check() { # NAME FUNCTION WHAT
    [ ${#only[@]} -eq 0 ] || [[ " ${only[*]} " == *" $1 "* ]] || return 0
    local started=$SECONDS
    if "$2" >"$log" 2>&1; then
        printf 'ok    %-10s %s (%d s)\n' "$1" "$3" $((SECONDS - started))
    else
        printf 'FAIL  %-10s %s\n' "$1" "$3"
        head -n 200 "$log" | sed 's/^/    | /'
        failed=$((failed + 1))
    fi
}
only=("$@")
mkdir -p "$build"
check layers layers 'modules include only what src/mk/layers allows'
check pure pure 'base core app view ask nothing of clock, file, environment, terminal, network'
check headers headers 'every header compiles alone'
check gcc gcc_build 'no warning from gcc'
check clang clang_build 'no warning from clang'
check banned banned 'no banned call, no struct typedef'
check unfinished unfinished 'nothing marked as unfinished'
check toplevel toplevel 'the top level is as it should be'
check length length 'no file over 500 lines'
check scripts scripts 'shellcheck'
check cppcheck cppcheck_all 'cppcheck'
check tidy tidy 'clang-tidy'
[ "$failed" -eq 0 ] || { echo "lint: $failed checks failed"; exit 1; }
echo 'lint: clean'
