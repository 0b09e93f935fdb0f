#!/bin/sh
# A private pcscd with virtual readers, for tests and demonstrations.
#
#	sh pcscd.sh start DIR N		N readers (0 to 8), state under DIR
#	sh pcscd.sh start DIR N plug	the same, on USB, as far as pcscd sees
#	sh pcscd.sh start DIR N twins	... and all have one name, the pattern
#					Shikaku?Test?Twin
#	sh pcscd.sh unplug DIR A	takes reader A off USB
#	sh pcscd.sh plug DIR A [1-5]	puts it back, to its own or another
#					port, its card still on it
#	sh pcscd.sh stop DIR
#	sh pcscd.sh halt DIR		stop, to be restarted: keeps DIR/env
#	sh pcscd.sh restart DIR		same readers, same ports
#
# start writes DIR/env, lines of KEY=VALUE without quotes or blanks:
#
#	PCSCLITE_CSOCK_NAME=DIR/run/pcscd.comm	for PC/SC clients
#	PORT_A=24680				a card dials 127.0.0.1:PORT_A
#	PATTERN_A=Shikaku?Test?Reader?A*00	pcsc:$PATTERN_A, that reader
#
# and PORT_B, PATTERN_B ... for the others.  Each has a second slot on the
# port after its own, named "... 01", which stays empty.
#
# One on USB has one slot.  A is at port 1-1, B at 1-2 ...; plug and twins
# write SHIKAKU_SYSFS=DIR/sys too, where those who look for it find it; the
# serial number is SER-A, and twins have none (see fake_udev.c, ifd_plug.c).
# DIR/sys/at_A is the folder of reader A; a file asleep in it is a reader
# that does not power up the first time.
#
# The daemon outlives the script.  Exit status 77: this machine lacks a part,
# and standard error says which.
# Works as root and as an ordinary user; nothing listens beyond loopback, and
# no reader on USB is touched.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
letters=ABCDEFGH

skip() {
	echo "skipped, because $*" >&2
	exit 77
}

die() {
	echo "pcscd.sh: $*" >&2
	exit 1
}

letter() {
	expr "x$letters" : "x.\{$(($1 - 1))\}\(.\)"
}

# $SHIKAKU_VPCD or the copy that host/build.sh unpacks, else an installed one.
driver_lib() {
	for lib in "${SHIKAKU_VPCD:-$here/../../build/vpcd/libifdvpcd.so}" \
	    /usr/lib/pcsc/drivers/serial/libifdvpcd.so \
	    /usr/lib/*/pcsc/drivers/serial/libifdvpcd.so \
	    /usr/local/lib/pcsc/drivers/serial/libifdvpcd.so; do
		if [ -e "$lib" ]; then
			echo "$lib"
			return
		fi
	done
}

# Where pcscd looks for USB drivers: hidden, so that it takes no real reader.
usb_drop_dir() {
	pcscd --version | sed -n 's/.*usbdropdir=\([^ ]*\).*/\1/p'
}

need_parts() {
	PATH=$PATH:/usr/sbin:/sbin
	command -v pcscd >/dev/null || skip "pcscd is not installed"
	command -v unshare >/dev/null || skip "unshare is not installed"
	[ -n "$(driver_lib)" ] || skip "libifdvpcd.so is not there:" \
	    "host/build.sh unpacks it"
	if [ "$(id -u)" = 0 ] && unshare --mount true 2>/dev/null; then
		namespace="--mount"
	elif unshare --user --map-root-user --mount true 2>/dev/null; then
		namespace="--user --map-root-user --mount"
	elif [ "$(id -u)" = 0 ] && [ ! -e /run/pcscd/pcscd.comm ]; then
		namespace=	# a socket handed over instead, see below
	else
		skip "this system allows no namespaces"
	fi
}

# Built with the project, else on the spot.
need_shim() {
	cp "${SHIKAKU_BIN:-/nonexistent}/libbind_loopback.so" "$dir" \
	    2>/dev/null ||
	    ${CC:-cc} -shared -fPIC -o "$dir/libbind_loopback.so" \
	    "$here/bind_loopback.c" ||
	    skip "there is neither libbind_loopback.so nor a compiler"
}

# The driver before vpcd's of readers that can be unplugged, and what tells
# pcscd that they were.
need_plug() {
	for lib in libifd_plug.so libfake_udev.so; do
		cp "${SHIKAKU_BIN:-$here/../../build/bin}/$lib" "$dir" ||
		    skip "there is no $lib: build it"
	done
	[ -n "$namespace" ] || skip "this system allows no namespaces"
}

# A number below $1, different in every process that asks.
random() {
	od -An -N4 -tu4 /dev/urandom | awk -v n="$1" '{ print $1 % n }'
}

# Lines "address:port inode" of the listening IPv4 sockets, in hex.
listening() {
	awk '$4 == "0A" { print $2, $10 }' /proc/net/tcp
}

# Pairs: the second slot takes the port after.
choose_ports() {
	ports=
	while [ "$(echo $ports | wc -w)" -lt "$1" ]; do
		port=$((20000 + 2 * $(random 5000)))
		case " $ports " in *" $port "*) continue ;; esac
		listening | grep -q -e "$(printf ':%04X ' "$port")" \
		    -e "$(printf ':%04X ' "$((port + 1))")" ||
		    ports="$ports $port"
	done
}

write_config() {
	kind=$1
	rm -rf "$dir/reader.conf.d"
	mkdir -p "$dir/reader.conf.d"
	i=0
	for port in $ports; do
		i=$((i + 1))
		l=$(letter $i)
		# A copy each: the driver's slots are static (one library, one
		# set of slots).
		cp "$(driver_lib)" "$dir/vpcd_$l.so"
		hex=$(printf '0x%04X' "$port")
		if [ -n "$kind" ]; then
			write_device "$l" $i "$port"
			continue
		fi
		printf 'FRIENDLYNAME "Shikaku Test Reader %s"\n' "$l"
		printf 'DEVICENAME /dev/null:%s\nLIBPATH %s\nCHANNELID %s\n\n' \
		    "$hex" "$dir/vpcd_$l.so" "$hex"
	done >"$dir/reader.conf.d/readers"
	if [ -n "$kind" ]; then
		write_bundle
	fi
}

# The folder of reader $1, the $2nd, whose card dials port $3.
write_device() {
	at=$dir/sys/bus/usb/devices/1-$2
	rm -rf "$at"
	mkdir -p "$at"
	echo 1 >"$at/busnum"
	echo "$2" >"$at/devnum"
	echo 1fff >"$at/idVendor"
	if [ "$kind" = twins ]; then
		echo 0001 >"$at/idProduct"
	else
		printf '%04x\n' "$((16 + $2))" >"$at/idProduct"
		echo "SER-$1" >"$at/serial"
	fi
	echo "$dir/vpcd_$1.so" >"$at/driver"
	echo "$3" >"$at/channel"
	ln -sfn "bus/usb/devices/1-$2" "$dir/sys/at_$1"
}

# Lines <string>...</string> under a key of Info.plist.
plist_key() {
	echo "<key>$1</key>"
	shift
	[ $# -le 1 ] || echo "<array>"
	for value; do
		echo "<string>$value</string>"
	done
	[ $# -le 1 ] || echo "</array>"
}

# The bundle by which pcscd finds the driver of a device on USB.
write_bundle() {
	mkdir -p "$dir/plug.bundle/Contents/Linux"
	cp "$dir/libifd_plug.so" "$dir/plug.bundle/Contents/Linux"
	{
		plist_key CFBundleExecutable libifd_plug.so
		plist_key CFBundleName TEST
		plist_key ifdVendorID 0x1FFF 0x1FFF 0x1FFF 0x1FFF 0x1FFF \
		    0x1FFF 0x1FFF 0x1FFF 0x1FFF
		plist_key ifdProductID 0x0001 0x0011 0x0012 0x0013 0x0014 \
		    0x0015 0x0016 0x0017 0x0018
		plist_key ifdFriendlyName "Shikaku Test Twin" \
		    "Shikaku Test Reader A" "Shikaku Test Reader B" \
		    "Shikaku Test Reader C" "Shikaku Test Reader D" \
		    "Shikaku Test Reader E" "Shikaku Test Reader F" \
		    "Shikaku Test Reader G" "Shikaku Test Reader H"
	} >"$dir/plug.bundle/Contents/Info.plist"
	[ -p "$dir/sys/events" ] || mkfifo "$dir/sys/events"
}

write_env() {
	{
		echo "PCSCLITE_CSOCK_NAME=$dir/run/pcscd.comm"
		i=0
		for port in $ports; do
			i=$((i + 1))
			l=$(letter $i)
			echo "PORT_$l=$port"
			echo "PATTERN_$l=Shikaku?Test?Reader?$l*00"
		done
		if [ -n "$1" ]; then
			echo "SHIKAKU_SYSFS=$dir/sys"
		fi
	} >"$dir/env.new"
	mv "$dir/env.new" "$dir/env"
}

# The daemon of this folder: alive, not a zombie, and not a number that went
# to another process.  kill -0 does not tell where nobody reaps orphans.
is_ours() {
	[ -n "$1" ] && [ "$(cut -d' ' -f2 "/proc/$1/stat" 2>/dev/null)" = \
	    "(pcscd)" ] && tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null |
	    grep -qF "$dir/reader.conf.d"
}

# Its own socket on loopback, not somebody else's with the same number.
has_port() {
	inode=$(listening | sed -n "s/^0100007F:$(printf '%04X' "$2") //p")
	[ -n "$inode" ] && [ -n "$(find "/proc/$1/fd" -lname \
	    "socket:\[$inode\]" 2>/dev/null)" ]
}

is_ready() {
	[ -S "$dir/run/pcscd.comm" ] || return 1
	i=0
	for port in $ports; do
		i=$((i + 1))
		[ -e "$dir/unplugged_$(letter $i)" ] ||
		    has_port "$1" "$port" || return 1
	done
}

# Root where namespaces are refused (a plain container) and no pcscd of the
# machine runs: started as systemd would, with a socket of ours as file 3.
launch_activated() {
	mkdir -p /run/pcscd
	# shellcheck disable=SC2086
	LD_PRELOAD="$dir/libbind_loopback.so" setsid /usr/bin/python3 -c '
import os, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
listener.listen(16)
os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execvp("pcscd", ["pcscd", *sys.argv[2:]])' "$dir/run/pcscd.comm" \
	    $options >"$dir/pcscd.log" 2>&1 </dev/null &
	echo $! >"$dir/pid"
}

launch() {
	mkdir -p "$dir/run"
	rm -f "$dir/run/pcscd.comm" "$dir/run/pcscd.pid"
	options="--foreground --info --config $dir/reader.conf.d"
	# Debian 12's has no polkit and no such option; later ones refuse
	# clients in containers without it.
	if pcscd --help | grep -q -e --disable-polkit; then
		options="$options --disable-polkit"
	fi
	if [ -z "$namespace" ]; then
		launch_activated
		return
	fi
	# /run/pcscd is compiled in, so it gets a /run of its own.
	# shellcheck disable=SC2086
	DIR=$dir DROP=$(usb_drop_dir) OPTIONS=$options \
	    setsid unshare $namespace sh -c '
		mount -t tmpfs tmpfs /run
		mkdir /run/pcscd
		mount --bind "$DIR/run" /run/pcscd
		if [ -d "$DROP" ]; then
			mount -t tmpfs tmpfs "$DROP"
		fi
		export LD_PRELOAD="$DIR/libbind_loopback.so"
		if [ -d "$DIR/plug.bundle" ]; then
			mkdir -p "$DROP"
			cp -r "$DIR/plug.bundle" "$DROP"
			LD_PRELOAD="$LD_PRELOAD:$DIR/libfake_udev.so"
			export FAKE_SYSFS="$DIR/sys"
		fi
		exec pcscd $OPTIONS' >"$dir/pcscd.log" 2>&1 </dev/null &
	echo $! >"$dir/pid"
}

# Up to 5 s; the usual is 30 ms.
await_ready() {
	pid=$(cat "$dir/pid")
	tries=0
	while [ $tries -lt 100 ]; do
		if is_ready "$pid"; then
			return 0
		fi
		tries=$((tries + 1))
		sleep 0.05
	done
	return 1
}

stop_daemon() {
	pid=$(cat "$dir/pid" 2>/dev/null || true)
	signal=TERM
	tries=0
	while is_ours "$pid" && [ $tries -lt 100 ]; do
		if [ $tries = 0 ] || [ $tries = 60 ]; then
			kill -$signal "$pid" 2>/dev/null || true
			signal=KILL
		fi
		tries=$((tries + 1))
		sleep 0.05
	done
	rm -f "$dir/pid" "$dir/run/pcscd.comm" "$dir/run/pcscd.pid"
	if is_ours "$pid"; then
		die "process $pid does not end"
	fi
}

cmd_start() {
	case $2 in [0-8]) ;; *) die "0 to 8 readers, not $2" ;; esac
	case $3 in "" | plug | twins) ;; *) die "plug or twins, not $3" ;; esac
	need_parts
	need_shim
	if [ -n "$3" ]; then
		need_plug
	fi
	[ ! -e "$dir/pid" ] || die "$dir is in use: stop it first"
	attempt=0
	while [ $attempt -lt 5 ]; do
		choose_ports "$2"
		write_config "$3"
		launch
		if await_ready; then
			write_env "$3"
			return
		fi
		stop_daemon
		attempt=$((attempt + 1))
	done
	cat "$dir/pcscd.log" >&2
	die "pcscd does not start"
}

cmd_stop() {
	stop_daemon
	rm -f "$dir/env"
}

cmd_restart() {
	[ -e "$dir/env" ] || die "$dir was not started"
	need_parts
	ports=$(sed -n 's/^PORT_.=//p' "$dir/env")
	stop_daemon
	launch
	await_ready || die "pcscd does not start again"
}

# Opened for reading too: nobody need be there to take it.
tell_udev() {
	echo "$1 $2" 1<>"$dir/sys/events"
}

cmd_unplug() {
	[ -e "$dir/sys/at_$1/devnum" ] || die "reader $1 is not plugged in"
	port=$(basename "$(readlink "$dir/sys/at_$1")")
	mv "$dir/sys/bus/usb/devices/$port" "$dir/unplugged_$1"
	tell_udev remove "$port"
}

# A device has another number whenever it is plugged in.
cmd_plug() {
	[ -e "$dir/unplugged_$1" ] || die "reader $1 is plugged in"
	port=${2:-$(basename "$(readlink "$dir/sys/at_$1")")}
	[ ! -e "$dir/sys/bus/usb/devices/$port" ] || die "$port is taken"
	number=$(cat "$dir/number" 2>/dev/null || echo 8)
	number=$((number % 100 + 9))
	echo $number >"$dir/number"
	echo $number >"$dir/unplugged_$1/devnum"
	mv "$dir/unplugged_$1" "$dir/sys/bus/usb/devices/$port"
	ln -sfn "bus/usb/devices/$port" "$dir/sys/at_$1"
	tell_udev add "$port"
}

[ $# -ge 2 ] || die "start DIR N [plug | twins] | stop DIR | halt DIR |" \
    "restart DIR | unplug DIR A | plug DIR A [PORT]"
mkdir -p "$2"
dir=$(cd "$2" && pwd -P)
case $dir in
/run/* | /var/run/*) die "not below /run, which the daemon does not see" ;;
*[!A-Za-z0-9/._-]*) die "only plain characters in DIR, not $dir" ;;
esac
# sockaddr_un holds 107 bytes.
[ ${#dir} -le 90 ] || die "DIR is too long for a socket: $dir"
case $1 in
start) cmd_start "$dir" "${3:-1}" "${4:-}" ;;
stop) cmd_stop ;;
halt) stop_daemon ;;
restart) cmd_restart ;;
unplug) cmd_unplug "${3:-A}" ;;
plug) cmd_plug "${3:-A}" "${4:-}" ;;
*) die "start, stop, halt, restart, unplug or plug, not $1" ;;
esac
