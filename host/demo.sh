#!/bin/sh
# Installs what is missing, builds, and carries one patient through a visit:
# a card behind the real pcscd, PIN, certificate, consent, request, answer.
#
#	sh host/demo.sh		prints the visit
#	sh host/demo.sh --json	one JSON object on standard output, nothing else
#	sh host/demo.sh --pin	asks for the PIN at the terminal
set -eu
cd "$(dirname "$0")/.."
top=$(pwd)
json="" ask=""
for arg in "$@"; do
	case $arg in
	--json) json=--json ;;
	--pin) ask=yes ;;
	*)
		echo "usage: sh host/demo.sh [--json] [--pin]" >&2
		exit 64
		;;
	esac
done

if [ -n "$json" ]; then
	sh host/build.sh release >/dev/null
else
	sh host/build.sh release
fi

bin=$top/build/bin
dir=$(mktemp -d)
pids=""
finish() {
	for pid in $pids; do
		kill "$pid" 2>/dev/null || :
	done
	sh "$top/tests/lib/pcscd.sh" stop "$dir/pcsc" >/dev/null 2>&1 || :
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT TERM

# Waits for a file that a part makes when it is ready, five seconds at most.
ready() {
	n=0
	until [ -e "$1" ]; do
		n=$((n + 1))
		if [ "$n" -gt 250 ]; then
			echo "demo.sh: $2 did not start" >&2
			exit 1
		fi
		sleep 0.02
	done
}

say() {
	[ -n "$json" ] || echo "== $*"
}

mkdir "$dir/req" "$dir/res" "$dir/trust"
cat >"$dir/shikaku.conf" <<CONF
[institution]
code = 1319999999
electronic_prescription = yes
[reader]
name = pcsc:Shikaku?Test?Reader?A*00
[trust]
folder = trust
mode = test
[terminal]
req = req
res = res
CONF
shikaku() {
	c=$1
	shift
	case $c in
	patients | trust)
		c2=$1
		shift
		"$bin/shikaku" "$c" "$c2" --config "$dir/shikaku.conf" "$@"
		;;
	*) "$bin/shikaku" "$c" --config "$dir/shikaku.conf" "$@" ;;
	esac
}

say "a sample card, its roots, twelve sample patients"
"$bin/fake-pki" "$dir/pki" >/dev/null
for root in auth-g2 auth-g3; do
	shikaku trust add "$dir/pki/roots/$root.cer" >/dev/null
done
shikaku patients import "$top/tests/data/patients.csv" >/dev/null 2>&1

say "the real pcscd with a virtual reader, the card in it, a fake terminal"
sh tests/lib/pcscd.sh start "$dir/pcsc" 1 >/dev/null
# shellcheck disable=SC1090,SC1091
. "$dir/pcsc/env"
export PCSCLITE_CSOCK_NAME
"$bin/fake-card" --card "$dir/pki/cards/p03" --port "$PORT_A" \
    --ready-file "$dir/card-ready" &
pids="$pids $!"
/usr/bin/python3 -B tests/lib/fake_terminal.py --req "$dir/req" \
    --res "$dir/res" --institution 1319999999 --max-seconds 600 \
    --ready-file "$dir/terminal-ready" &
pids="$pids $!"
ready "$dir/card-ready" "the card"
ready "$dir/terminal-ready" "the terminal"

say "one visit: everything consented, prescription on paper"
code=0
if [ -n "$ask" ]; then
	echo "The sample card's PIN is 1234." >&2
	shikaku check --consent all --prescription paper $json || code=$?
else
	echo 1234 | shikaku check --consent all --prescription paper \
	    --pin-stdin $json || code=$?
fi
exit "$code"
