#!/bin/sh
# Makes the Debian package of what `make install` put into a folder.
# usage: build.sh STAGE VERSION OUT-DIR     (SOURCE_DATE_EPOCH: the time every file in it has)
set -eu
stage=$1
upstream=$2
out=$3
here=$(dirname "$0")
version=$upstream-1
maintainer=${DEB_MAINTAINER:-Doorstep packaging <packaging@doorstep.invalid>}
arch=$(dpkg --print-architecture)
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2>/dev/null || echo 1795348800)}"
export SOURCE_DATE_EPOCH

fill() { sed "s|@VERSION@|$version|; s|@UPSTREAM@|$upstream|; s|@MAINTAINER@|$maintainer|; s|@ARCH@|$arch|" "$here/$1"; }
pack() { gzip -9n >"$1" && chmod 644 "$1"; }

command -v dpkg-shlibdeps >/dev/null ||
    { echo 'make deb: dpkg-shlibdeps is missing, which finds the libraries the package needs: apt-get install dpkg-dev' >&2; exit 69; }

strip --strip-unneeded --remove-section=.comment "$stage/usr/bin/doorstep"
find "$stage/usr/share/man" -type f ! -name '*.gz' -exec gzip -9n {} +
doc=$stage/usr/share/doc/doorstep
install -d "$doc" "$stage/etc/doorstep" "$stage/usr/share/lintian/overrides" "$stage/DEBIAN"
fill changelog | pack "$doc/changelog.Debian.gz"
install -m 644 "$here/copyright" "$doc/copyright"
pack "$doc/README.md.gz" <README.md
install -m 600 "$here/worker.env" "$here/publish.env" "$here/relay.env" "$stage/etc/doorstep/"
install -m 644 "$here/lintian-overrides" "$stage/usr/share/lintian/overrides/doorstep"
(cd "$stage" && find etc -type f | sort | sed 's|^|/|') >"$stage/DEBIAN/conffiles"
install -m 755 "$here/postinst" "$here/prerm" "$here/postrm" "$stage/DEBIAN/"

# dpkg-shlibdeps wants to stand beside a debian/control
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/debian"
printf 'Source: doorstep\n\nPackage: doorstep\nArchitecture: any\n' >"$work/debian/control"
program=$(realpath "$stage/usr/bin/doorstep")
depends=$(cd "$work" && dpkg-shlibdeps -O -e"$program" 2>"$work/said" | sed -n 's/^shlibs:Depends=//p')
[ -n "$depends" ] || { cat "$work/said" >&2; exit 70; }
# What the program asks for is more than what the symbols it uses tell (include/base/versions.h).
lines=$(sed -n 's/^ *X([A-Z]*, *"[a-z]*", *\([0-9]*\), *\([0-9]*\), *"[^"]*", *"\([^"]*\)").*/\3 \1.\2/p' "$here/../../../include/base/versions.h")
while read -r package least; do
    has=$(echo "$depends" | sed -n "s/.*\<$package\(t64\)\? (>= \([^)]*\)).*/\2/p")
    [ -n "$has" ] || { echo "make deb: the package would not depend on $package, which include/base/versions.h names" >&2; exit 70; }
    dpkg --compare-versions "$has" ge "$least" || depends=$(echo "$depends" | sed "s/\<\($package\(t64\)\?\) (>= [^)]*)/\1 (>= $least)/")
done <<END
$lines
END
size=$(du -sk --apparent-size "$stage" | cut -f1)
fill control | sed "s|@SIZE@|$size|; s|@DEPENDS@|$depends|" >"$stage/DEBIAN/control"
(cd "$stage" && find . -path ./DEBIAN -prune -o -type f -print | LC_ALL=C sort | sed 's|^\./||' | tr '\n' '\0' | xargs -0 md5sum) >"$stage/DEBIAN/md5sums"
chmod 644 "$stage/DEBIAN/control" "$stage/DEBIAN/conffiles" "$stage/DEBIAN/md5sums"

find "$stage" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz --build "$stage" "$out/doorstep_${version}_$arch.deb" >/dev/null
echo "$out/doorstep_${version}_$arch.deb"
