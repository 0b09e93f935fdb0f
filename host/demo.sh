#!/bin/sh
# Installs what is missing, builds, and carries one patient through a visit:
# a card behind the real pcscd, PIN, certificate, consent, request, answer.
#
#	sh host/demo.sh		prints the visit
#	sh host/demo.sh --json	one JSON object on standard output, nothing else
#	sh host/demo.sh --pin	asks for the PIN at the terminal
set -eu
cd "$(dirname "$0")/.."
. host/as_user.sh
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

sh host/build.sh --demo
leave_root host/demo.sh "$@"

bin=$top/build/bin
export SHIKAKU_BIN="$bin"
dir=$(mktemp -d)
pids=""
# shellcheck disable=SC2317
finish() {
	trap '' HUP INT TERM
	# shellcheck disable=SC2086
	[ -z "$pids" ] || kill $pids 2>/dev/null || :
	wait
	sh "$top/tests/lib/pcscd.sh" stop "$dir/pcsc" >/dev/null 2>&1 || :
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT TERM

say() {
	[ -n "$json" ] || echo "== $*"
}

# Nothing of a step is shown unless it fails; then all of it.
step() {
	code=0
	"$@" >"$dir/step" 2>&1 || code=$?
	[ "$code" -ne 0 ] || return 0
	echo "demo.sh: failed with $code: $*" >&2
	cat "$dir/step" >&2
	return "$code"
}

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
export SHIKAKU_CONF="$dir/shikaku.conf"

say "a sample card, its roots, sample patients"
step "$bin/fake-pki" "$dir/pki"
for root in auth-g2 auth-g3; do
	step "$bin/shikaku" trust add "$dir/pki/roots/$root.cer"
done
step "$bin/shikaku" patients import "$top/tests/data/patients.csv"

say "the real pcscd with a virtual reader, the card in it, a fake terminal"
step sh tests/lib/pcscd.sh start "$dir/pcsc" 1 || {
	if grep -q namespaces "$dir/step"; then
		cat >&2 <<HELP
The demo keeps its pcscd apart from the machine's own in a mount namespace.
Run it as root, or allow namespaces to users: as root,
  sysctl kernel.unprivileged_userns_clone=1
  sysctl user.max_user_namespaces=10000
and in a container: docker run --privileged
HELP
	fi
	exit "$code"
}
# shellcheck disable=SC1090,SC1091
. "$dir/pcsc/env"
export PCSCLITE_CSOCK_NAME
"$bin/fake-card" --card "$dir/pki/cards/p03" --port "$PORT_A" \
    --ready-file "$dir/card-ready" >&2 &
pids="$pids $!"
/usr/bin/python3 -B tests/lib/fake_terminal.py --req "$dir/req" \
    --res "$dir/res" --institution 1319999999 --max-seconds 600 \
    --ready-file "$dir/terminal-ready" >&2 &
pids="$pids $!"
ready "$dir/card-ready" "the card"
ready "$dir/terminal-ready" "the terminal"

say "one visit: everything consented, prescription on paper"
code=0
if [ -n "$ask" ]; then
	echo "The sample card's PIN is 1234." >&2
	"$bin/shikaku" check --consent all --prescription paper $json ||
	    code=$?
else
	echo 1234 | "$bin/shikaku" check --consent all --prescription paper \
	    --pin-stdin $json || code=$?
fi
exit "$code"
