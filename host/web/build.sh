#!/bin/sh
# Assembles the pages into the folder OUT, from which the agent serves them.
#
#	sh host/web/build.sh OUT
#
# npm is asked only when package-lock.json has changed; after that no network
# is needed.  A running agent sees the old pages or the new ones: every file
# takes its place by a rename, pages after what they load.
set -eu
[ $# -eq 1 ] || {
	echo "usage: sh host/web/build.sh OUT" >&2
	exit 64
}
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")"

modules() {
	stamp=node_modules/.stamp
	if cmp -s package-lock.json "$stamp"; then
		return 0
	fi
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
	cp package-lock.json "$stamp"
}

# Copies FILE to OUT/NAME unless it is there already.
place() {
	if cmp -s "$1" "$out/$2"; then
		return 0
	fi
	mkdir -p "$out/$(dirname "$2")"
	cp "$1" "$out/$2.new"
	mv "$out/$2.new" "$out/$2"
}

# What OUT holds from an earlier build and no source has any more.
sweep() {
	(cd "$out" && find vendor texts common kiosk desk visit -type f) \
	    2>/dev/null | while read -r name; do
		case $name in
		vendor/htm-preact.js | vendor/tokens.css | vendor/uplot.* | \
		    vendor/licences/*) ;;
		*) [ -f "$name" ] || rm "$out/$name" ;;
		esac
	done
}

modules
place node_modules/htm/preact/standalone.module.js vendor/htm-preact.js
place node_modules/@digital-go-jp/design-tokens/dist/tokens.css \
    vendor/tokens.css
place node_modules/uplot/dist/uPlot.esm.js vendor/uplot.js
place node_modules/uplot/dist/uPlot.min.css vendor/uplot.css
place node_modules/htm/LICENSE vendor/licences/htm.txt
place node_modules/uplot/LICENSE vendor/licences/uplot.txt
place node_modules/@digital-go-jp/design-tokens/LICENSE \
    vendor/licences/design-tokens.txt
for kind in json svg css js html; do
	find texts common kiosk desk visit -type f -name "*.$kind" 2>/dev/null |
	    while read -r name; do
		place "$name" "$name"
	done
done
sweep
