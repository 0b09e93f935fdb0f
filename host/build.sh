#!/bin/sh
# Installs what is missing, then builds.
#
#	sh host/build.sh [PRESET ...]	presets of CMakePresets.json; release
#	sh host/build.sh --demo		of release, what host/demo.sh runs
#	sh host/build.sh arm64		shikaku-reader for a Raspberry Pi or tablet
#
# Everything it says goes to standard error.  Works as root and with sudo,
# from any folder, and without a network once everything is installed.
set -eu
cd "$(dirname "$0")/.."
. host/as_user.sh

# What each package is for stands in README.md.
packages="gcc libc6-dev cmake ninja-build pkg-config
 libssl-dev libicu-dev libpcsclite-dev libnfc-dev libnfc-bin libjansson-dev
 libsqlite3-dev libxml2-dev libzip-dev zlib1g-dev libopenjp2-7-dev libpng-dev
 libinih-dev libwebsockets-dev libqrencode-dev libcurl4-openssl-dev
 libcmocka-dev
 pcscd python3 python3-yaml python3-jsonschema openssl opensc util-linux
 procps vsmartcard-vpicc python3-pycryptodome python3-pyscard
 chromium fonts-noto-cjk"
given=$*
targets=""
if [ "${1:-}" = --demo ]; then
	set -- release
	targets="shikaku shikakud shikaku-reader fake-card fake-pki bind_loopback"
fi
[ $# -gt 0 ] || set -- release
for preset in "$@"; do
	[ "$preset" != fuzz ] || packages="$packages clang libclang-rt-14-dev"
	[ "$preset" != arm64 ] ||
	    packages="$packages gcc-aarch64-linux-gnu qemu-user-static"
done
# Where node comes from another archive, npm comes with it.
command -v npm >/dev/null 2>&1 || packages="$packages nodejs npm"

installed() {
	dpkg-query -W -f '${Status}' "$1" 2>/dev/null |
	    grep -q '^install ok installed'
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		sh -c "$1" >&2
	elif command -v sudo >/dev/null 2>&1; then
		sudo sh -c "$1" >&2
	else
		echo "build.sh: needs this, as root: $1" >&2
		exit 1
	fi
}

install_missing() {
	missing=""
	for p in $packages; do
		installed "$p" || missing="$missing $p"
	done
	[ -z "$missing" ] || as_root "apt-get update &&
	    DEBIAN_FRONTEND=noninteractive apt-get install -y \
	    --no-install-recommends$missing"
}

# Installed, the package would open ports 35963 and 35964 on all interfaces
# by the machine's own pcscd; the tests' pcscd needs the library alone.
unpack_vpcd() {
	if [ -e build/vpcd/libifdvpcd.so ] || installed vsmartcard-vpcd; then
		return 0
	fi
	mkdir -p build/vpcd/package
	cd build/vpcd/package
	rm -f ./*.deb
	# As root it would warn that its own user cannot write here.
	download="apt-get -o APT::Sandbox::User=root -qq download"
	$download vsmartcard-vpcd >&2 || {
		as_root "apt-get update"
		$download vsmartcard-vpcd >&2
	}
	dpkg -x ./*.deb .
	cp -L usr/lib/pcsc/drivers/serial/libifdvpcd.so ../new
	mv ../new ../libifdvpcd.so
	cd ../../..
	rm -r build/vpcd/package
}

# What shikaku-reader stands on, for another processor; it runs here as well,
# in an emulator:
#	qemu-aarch64-static -L build-arm64/sysroot build-arm64/bin/shikaku-reader
sysroot() {
	sh host/sysroot.sh arm64 build-arm64/sysroot libc6-dev libgcc-12-dev \
	    libssl-dev libicu-dev libpcsclite-dev libnfc-dev libjansson-dev \
	    libopenjp2-7-dev libpng-dev libqrencode-dev
}

build() {
	[ "$1" != arm64 ] || sysroot
	[ "$1" = release ] && dir=build || dir="build-$1"
	[ -f "$dir/build.ninja" ] || cmake --preset "$1" >&2
	others=$(find "$dir" ! -type l ! -writable -print -quit)
	if [ -n "$others" ]; then
		echo "build.sh: $others is not yours to write: remove $dir," \
		    "or as root: chown -R $(id -un) $dir" >&2
		exit 1
	fi
	# shellcheck disable=SC2086
	ninja -C "$dir" $targets >&2
	[ "$1" = arm64 ] || sh host/web/build.sh "$dir/web"
}

install_missing
unpack_vpcd
# shellcheck disable=SC2086
leave_root host/build.sh $given
for preset in "$@"; do
	build "$preset"
done
