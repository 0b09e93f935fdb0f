#!/bin/sh
# Installs what is missing, then builds a preset: host/build.sh [PRESET ...]
# Everything it says goes to standard error.  Works as root and with sudo,
# from any folder, and without a network once everything is installed.
set -eu
cd "$(dirname "$0")/.."

# What each package is for stands in README.md.
packages="gcc libc6-dev cmake ninja-build pkg-config
 libssl-dev libicu-dev libpcsclite-dev libjansson-dev libsqlite3-dev
 libxml2-dev libzip-dev libinih-dev libcmocka-dev
 pcscd vsmartcard-vpcd python3 openssl opensc util-linux procps"

missing=""
for p in $packages; do
	dpkg-query -W -f '${Status}' "$p" 2>/dev/null |
	    grep -q '^install ok installed' || missing="$missing $p"
done
if [ -n "$missing" ]; then
	echo "installing:$missing" >&2
	root=""
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null 2>&1 || {
			echo "build.sh: needs these packages; as root run:" >&2
			echo "  apt-get install$missing" >&2
			exit 1
		}
		root=sudo
	fi
	$root apt-get update >&2
	# shellcheck disable=SC2086
	$root env DEBIAN_FRONTEND=noninteractive apt-get install -y \
	    --no-install-recommends $missing >&2
fi

[ $# -gt 0 ] || set -- release
for preset in "$@"; do
	[ "$preset" = release ] && dir=build || dir="build-$preset"
	[ -f "$dir/build.ninja" ] || cmake --preset "$preset" >&2
	ninja -C "$dir" >&2
	# Built by sudo: the folder still belongs to who called it.
	if [ "$(id -u)" -eq 0 ] && [ -n "${SUDO_UID:-}" ]; then
		chown -R "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" "$dir"
	fi
done
