#!/bin/sh
# Installs what is missing, builds, and carries one patient through a visit:
# a card behind the real pcscd, PIN, certificate, consent, request, answer.
# Then opens the agent with its pages until Ctrl-C, an hour at most.
#
#	sh host/demo.sh		prints the visit, then the pages' addresses
#	sh host/demo.sh --once	prints the visit and ends
#	sh host/demo.sh --json	one JSON object on standard output, nothing else
#	sh host/demo.sh --pin	asks for the PIN at the terminal
set -eu
cd "$(dirname "$0")/.."
. host/as_user.sh
top=$(pwd)
json="" ask="" once=""
for arg in "$@"; do
	case $arg in
	--json) json=--json once=yes ;;
	--once) once=yes ;;
	--pin) ask=yes ;;
	*)
		echo "usage: sh host/demo.sh [--once] [--json] [--pin]" >&2
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

# The usual port, so that an open page finds the next demo; else any.
free_port() {
	/usr/bin/python3 -c '
import socket
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    s.bind(("127.0.0.1", 8787))
    print(8787)
except OSError:
    print(-1)'
}

mkdir "$dir/req" "$dir/res" "$dir/face" "$dir/trust"
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
[face]
folder = face
[api]
port = $(free_port)
CONF
export SHIKAKU_CONF="$dir/shikaku.conf"

say "a sample card, its roots, sample patients"
step "$bin/fake-pki" "$dir/pki"
for root in auth-g2 auth-g3; do
	step "$bin/shikaku" trust add "$dir/pki/roots/$root.cer"
done
cp "$dir/pki/roots/test.cardca" "$dir/trust"
step "$bin/shikaku" patients import "$top/tests/data/patients.csv"

say "the real pcscd with a virtual reader, the card in it, a fake terminal"
step sh tests/lib/pcscd.sh start "$dir/pcsc" 2 || {
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
    --res "$dir/res" --institution 1319999999 --max-seconds 3700 \
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
[ -z "$once" ] || exit "$code"

member() {
	/usr/bin/python3 -c 'import json, sys
print(json.load(sys.stdin)[sys.argv[1]])' "$1"
}

# As the pages ask for it: "350602  2030  0123".
number_b() {
	sed -n 's/^surface_number_b = \(......\)\(....\)\(....\)$/\1  \2  \3/p' \
	    "$dir/pki/cards/$1/card.conf"
}

# A client; prints its one-time code.
enrol() {
	"$bin/shikaku" clients add "$@" --json | member code
}

say "the agent: a kiosk, the staff desk, a tablet on home visits"
"$bin/fake-card" --card "$dir/pki/cards/p05" --port "$PORT_B" \
    --ready-file "$dir/card-b-ready" >&2 &
pids="$pids $!"
ready "$dir/card-b-ready" "the tablet's card"
kiosk=$(enrol kiosk-1 --role kiosk --reader "pcsc:Shikaku?Test?Reader?A*00")
desk=$(enrol desk-1 --role desk)
admin=$(enrol admin-1 --role admin)
tablet=$(enrol tablet-1 --role kiosk --home \
    --reader "pcsc:Shikaku?Test?Reader?B*00")
passcode=$("$bin/shikaku" passcodes issue --json | member passcode)
"$bin/shikakud" --ready-file "$dir/agent-ready" &
agent=$!
pids="$pids $agent"
ready "$dir/agent-ready" "the agent"
url=http://127.0.0.1:$(cat "$dir/agent-ready")
cat <<PAGES

The pages, with their one-time codes (good for 15 minutes, one browser each):

  kiosk    $url/kiosk#e=$kiosk
  desk     $url/desk#e=$desk
  tablet   $url/visit#e=$tablet
  admin    $url/desk#e=$admin

The sample cards lie on the readers already: 資格 一郎's on the kiosk's, 資格 五郎's
on the tablet's; press はじめる. Their PIN is 1234. The digits printed on them
(照合番号B: birth date, year of expiry, security code):

  資格 一郎  $(number_b p03)
  資格 五郎  $(number_b p05)

The passcode for visual confirmation and the tablet: $passcode
The command line on the same data and readers:
  PCSCLITE_CSOCK_NAME=$PCSCLITE_CSOCK_NAME \\
      $bin/shikaku card --config $dir/shikaku.conf
Ctrl-C ends it.
PAGES
n=0
while kill -0 "$agent" 2>/dev/null && [ "$n" -lt 3600 ]; do
	sleep 1
	n=$((n + 1))
done
wait "$agent" || code=$?
exit "$code"
