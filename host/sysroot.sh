#!/bin/sh
# The libraries of another architecture, beside the machine's own:
#
#	sh host/sysroot.sh ARCH DIR PACKAGE ...
#
# Debian's packages, and what they need, are downloaded and unpacked into DIR;
# nothing is installed, and apt's own lists are not touched.  Made once: with
# the same packages it does nothing and needs no network.
set -eu
arch=$1
dir=$2
shift 2
want="$arch $*"

if [ -f "$dir/.packages" ] && [ "$(cat "$dir/.packages")" = "$want" ]; then
	exit 0
fi
rm -rf "$dir"
mkdir -p "$dir/.apt/lists/partial" "$dir/.apt/archives/partial"
apt=$(cd "$dir/.apt" && pwd)
: >"$apt/status"

get() {
	apt-get -qq -o Dir::State="$apt" -o Dir::State::lists="$apt/lists" \
	    -o Dir::State::status="$apt/status" -o Dir::Cache="$apt" \
	    -o Dir::Cache::archives="$apt/archives" \
	    -o APT::Architecture="$arch" -o APT::Architectures::="$arch" \
	    -o APT::Architectures="$arch" -o APT::Sandbox::User=root \
	    -o APT::Install-Recommends=false "$@" >&2
}

get update
get install --download-only -y "$@"
for deb in "$apt"/archives/*.deb; do
	dpkg-deb -x "$deb" "$dir"
done
rm -r "$apt"
echo "$want" >"$dir/.packages"
