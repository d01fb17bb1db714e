#!/bin/sh
# Writes a C file that holds text files as an array of struct embed_file.
# usage: embed.sh NAME FILE...   (defines `const struct embed_file NAME[]`, ended by a NULL name)
set -eu
name=$1
shift
printf '#include "base/embed.h"\n\n'
i=0
for file in "$@"; do
    printf 'static const char data_%d[] = {\n' "$i"
    od -An -v -to1 "$file" | sed "s/ *\([0-7][0-7]*\)/'\\\\\1',/g"
    printf '0};\n'
    i=$((i + 1))
done
printf 'extern const struct embed_file %s[];\nconst struct embed_file %s[] = {\n' "$name" "$name"
i=0
for file in "$@"; do
    printf '    {"%s", data_%d, sizeof data_%d - 1},\n' "$(basename "$file")" "$i" "$i"
    i=$((i + 1))
done
printf '    {0, 0, 0},\n};\n'
