#!/bin/sh
# Documentation and program agree, in both directions:
#
#	manual pages	lint, commands, options, exit codes, members of the
#			JSON object, keys with defaults, choices and bounds,
#			transports, words of a replay file; examples are read
#	hw-docs		the diagram, the terms, what the guard lets pass
#
# SHIKAKU_BIN is the folder of the programs, SHIKAKU_SRC the source.
set -eu
LC_ALL=C
export LC_ALL
unset SHIKAKU_CONF || :

src=${SHIKAKU_SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
bin=${SHIKAKU_BIN:-$src/build/bin}
page=$src/host/cli/shikaku.1
conf_page=$src/host/agent/shikaku.conf.5
reader_page=$src/host/device/shikaku-reader.8
agent_page=$src/host/agent/shikakud.8
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
faults=0
checks=0

fault() {
	echo "docs.sh: $*" >&2
	faults=$((faults + 1))
}

# compare WHAT: the lines of program and of page, in any order.  Nothing on
# both sides is a fault of this script, not an agreement.
compare() {
	checks=$((checks + 1))
	sort "$dir/program" >"$dir/a"
	sort "$dir/page" >"$dir/b"
	[ -s "$dir/a" ] || fault "$1: the program says nothing"
	comm -23 "$dir/a" "$dir/b" >"$dir/only"
	while IFS= read -r line; do
		fault "$1: not documented: $line"
	done <"$dir/only"
	comm -13 "$dir/a" "$dir/b" >"$dir/only"
	while IFS= read -r line; do
		fault "$1: documented only: $line"
	done <"$dir/only"
}

# section PAGE NAME: its lines, without the zero-width \&.
section() {
	sed 's/\\&//g' "$1" | awk -v name="$2" '
		/^\.Sh / { on = substr($0, 5) == name; next }
		on { print }'
}

# heads PAGE SECTION MACRO: list items, as "--name ARG" or "word ARG".
heads() {
	section "$1" "$2" | sed -n "s/^\.It $3 //p" |
	    sed -e 's/ Ns Ar //g' -e 's/ Ns Cm //g' -e 's/ Ar / /g' \
	    -e 's/ Ns //g' -e 's/ : /:/g' | if [ "$3" = Fl ]; then
		sed 's/^/-/'
	else
		cat
	fi
}

# --- the pages by themselves ---

# Left out: pages of other packages, and lines too long only because mandoc
# counts eight bytes for a character that is not ASCII.
lint() {
	if ! command -v mandoc >/dev/null; then
		echo "lint skipped, because mandoc is not installed"
		return
	fi
	for f in "$page" "$conf_page" "$reader_page" "$agent_page"; do
		checks=$((checks + 1))
		mandoc -T lint "$f" 2>/dev/null >"$dir/lint" || :
		grep -v -e 'referenced manual not found' \
		    -e 'input text line longer than 80' "$dir/lint" \
		    >"$dir/only" || :
		while IFS= read -r line; do
			fault "$line"
		done <"$dir/only"
	done
}

# --- shikaku.1 ---

commands() {
	"$bin/shikaku" help | sed -n 's/^  shikaku //p'
}

# The words that name a command, without the names of its arguments.
words() {
	echo "$1" | sed 's/ [A-Z].*//'
}

# "check --config FILE" per option of each command.
program_options() {
	commands | grep -v -e '^help ' -e '^--' | while IFS= read -r c; do
		w=$(words "$c")
		# shellcheck disable=SC2086
		"$bin/shikaku" help $w |
		    sed -n "s/^      \(--[^:]*\):.*/$w \1/p"
	done
}

page_synopsis() {
	section "$page" SYNOPSIS | awk '
		function flush() { if (c != "") print c; c = "" }
		/^\.Nm/ { flush(); next }
		/^\.Cm / { w = c = substr($0, 5); next }
		/^\.Fl -/ { c = "-" substr($0, 5); next }
		/^\.Ar / { c = c " " substr($0, 5); next }
		/^\.Op Fl -/ {
			sub(/^\.Op Fl /, ""); sub(/ Ar /, " ")
			print w " -" $0 >options; next
		}
		{ print "not understood: " $0 }
		END { flush() }' options="$dir/page_options"
}

check_commands() {
	commands >"$dir/program"
	: >"$dir/page_options"
	page_synopsis >"$dir/page"
	compare "shikaku.1 SYNOPSIS"
	{
		heads "$page" COMMANDS Cm
		heads "$page" COMMANDS Fl
	} >"$dir/page"
	compare "shikaku.1 COMMANDS"
	program_options >"$dir/program"
	mv "$dir/page_options" "$dir/page"
	compare "shikaku.1 SYNOPSIS, options"
	program_options | sed 's/.* --/--/' | sort -u >"$dir/program"
	heads "$page" OPTIONS Fl >"$dir/page"
	compare "shikaku.1 OPTIONS"
}

check_exit_codes() {
	"$bin/shikaku" help exit-codes | sed 's/^ *//; s/  */ /' \
	    >"$dir/program"
	section "$page" "EXIT STATUS" | awk '
		/^\.It / { n = $2; next }
		n != "" { sub(/\.$/, ""); print n " " $0; n = "" }' \
	    >"$dir/page"
	compare "shikaku.1 EXIT STATUS"
}

# A visit that ends before a card shows every member; those within members
# that are null then are not held to anything.
check_json() {
	{
		echo "[institution]"
		echo "code = 1319999999"
		echo "[terminal]"
		echo "req = req"
		echo "res = res"
	} >"$dir/json.conf"
	mkdir "$dir/trust" "$dir/req" "$dir/res"
	"$bin/shikaku" check --config "$dir/json.conf" --consent none \
	    --reader replay:/dev/null --json 2>/dev/null >"$dir/json" || :
	/usr/bin/python3 -c '
import json, sys
o = json.load(sys.stdin)
for k, v in o.items():
    print(k)
    for inner in v if isinstance(v, dict) else ():
        print(k + "." + inner)' <"$dir/json" >"$dir/program"
	heads "$page" JSON Va >"$dir/page"
	compare "shikaku.1 JSON"
}

# --- shikaku.conf.5 ---

# "[reader] card_wait = 60", "[institution] code" where it must be given, and
# "[pin] text_pin: same | ask | never".
program_keys() {
	"$bin/shikaku" config example | awk '
		/^\[/ { section = $0; next }
		/^; = / { choices = substr($0, 5); next }
		/^; / || /^$/ { next }
		{
			required = $0 !~ /^;/
			sub(/^;/, ""); sub(/ $/, "")
			if (required)
				sub(/ =.*/, "")
			print section " " $0
			if (choices != "")
				print section " " $1 ": " choices
			choices = ""
		}'
}

page_keys() {
	sed 's/\\&//g' "$conf_page" | awk '
		/^\.Ss Section / { section = "[" $3 "]"; next }
		/^\.Sh / { section = "" }
		section != "" && /^\.It Cm / {
			print section " " substr($0, 8); key = $3; next
		}
		/^\.Pq Cm / { print section " " key ": " substr($0, 8) }'
}

# Lines "section key min max" of the numbers, and "section key digits n n".
page_bounds() {
	awk '
		/^\.Ss Section / { section = $3; next }
		/^\.It Cm / { key = $3; next }
		/^\.Pq -?[0-9]+ to [0-9]+$/ { print section, key, $2, $4 }
		/^\.Pq [0-9]+ digits$/ { print section, key, "digits", $2 }' \
	    "$conf_page"
}

# takes SECTION KEY VALUE: 0 if the program finds the value possible.
takes() {
	printf '[%s]\n%s = %s\n' "$1" "$2" "$3" >"$dir/bounds.conf"
	! "$bin/shikaku" config check --config "$dir/bounds.conf" 2>&1 |
	    grep -q "impossible value of \"$2\""
}

digits() {
	printf '%0*d' "$1" 0
}

check_bound() {
	checks=$((checks + 1))
	takes "$1" "$2" "$3" || fault "$2 = $3 is documented, but refused"
	takes "$1" "$2" "$4" || fault "$2 = $4 is documented, but refused"
	! takes "$1" "$2" "$5" || fault "$2 = $5 is taken, but not documented"
	! takes "$1" "$2" "$6" || fault "$2 = $6 is taken, but not documented"
}

check_bounds() {
	page_bounds >"$dir/bounds"
	while read -r section key min max; do
		if [ "$min" = digits ]; then
			n=$(digits "$max")
			check_bound "$section" "$key" "$n" "$n" \
			    "$(digits $((max - 1)))" "$(digits $((max + 1)))"
		else
			check_bound "$section" "$key" "$min" "$max" \
			    $((min - 1)) $((max + 1))
		fi
	done <"$dir/bounds"
	program_keys | sed -n 's/^\[\(.*\)\] \([^ ]*\) = [0-9]*$/\1 \2/p' \
	    >"$dir/program"
	grep -v ' digits ' "$dir/bounds" | cut -d' ' -f1,2 >"$dir/page"
	compare "shikaku.conf.5, bounds"
}

check_keys() {
	program_keys >"$dir/program"
	page_keys >"$dir/page"
	compare "shikaku.conf.5, keys"
	check_bounds
}

# --- shikaku-reader.8 ---

check_reader() {
	"$bin/shikaku-reader" --help >"$dir/usage"
	sed -n 's/^  \(--[a-z]*\( [A-Z][A-Z]*\)*\)  *.*/\1/p' "$dir/usage" \
	    >"$dir/program"
	heads "$reader_page" DESCRIPTION Fl >"$dir/page"
	compare "shikaku-reader.8, options"
	grep -o '[a-z]*:[A-Z:]*[A-Z]' "$dir/usage" >"$dir/program"
	heads "$reader_page" TRANSPORTS Cm >"$dir/page"
	compare "shikaku-reader.8 TRANSPORTS"
	{
		echo reader
		awk '/^} keys\[\] = {/ { on = 1; next } /^};/ { on = 0 } on' \
		    "$src/driver/quirk.c" | sed -n 's/.*{ "\([^"]*\)".*/\1/p'
	} >"$dir/program"
	heads "$reader_page" QUIRKS Cm | sed 's/ .*//' >"$dir/page"
	compare "shikaku-reader.8 QUIRKS"
	awk '/^} words\[\] = {/ { on = 1; next } /^};/ { on = 0 } on' \
	    "$src/driver/replay.c" | sed -n 's/.*{ "\([^"]*\)".*/\1/p' \
	    >"$dir/program"
	heads "$reader_page" "REPLAY FILES" Cm | sed 's/ .*//' >"$dir/page"
	compare "shikaku-reader.8 REPLAY FILES"
}

# The commands of a device, by the table of their words; each
# one's --help says its options.
device_commands() {
	sed -n 's/^	{ "\([a-z]*\)",.*_main },$/\1/p' \
	    "$src/host/device/main_shikaku_reader.c"
}

check_device() {
	device_commands >"$dir/program"
	heads "$reader_page" "DEVICE COMMANDS" Cm >"$dir/page"
	compare "shikaku-reader.8 DEVICE COMMANDS"
	"$bin/shikaku-reader" --help | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p' \
	    >"$dir/page"
	compare "shikaku-reader --help, commands"
	for c in $(device_commands); do
		"$bin/shikaku-reader" "$c" --help
	done | sed -n 's/^  \(--[a-z-]*\( [A-Z][A-Z]*\)*\)  *.*/\1/p' |
	    sort -u >"$dir/program"
	heads "$reader_page" "DEVICE OPTIONS" Fl >"$dir/page"
	compare "shikaku-reader.8 DEVICE OPTIONS"
}

# --- the examples of the pages are files the program reads ---

# The literal block of a section.
block() {
	section "$1" "$2" | awk '/^\.Bd / { on = 1; next } /^\.Ed/ { on = 0 }
		on'
}

check_examples() {
	checks=$((checks + 2))
	block "$conf_page" EXAMPLES >"$dir/example.conf"
	"$bin/shikaku" config check --config "$dir/example.conf" \
	    >"$dir/said" 2>&1 || :
	# Its folders are not here; everything else must be right.
	if [ ! -s "$dir/example.conf" ] ||
	    grep -q 'the configuration is wrong (.*:[0-9]*:' "$dir/said"; then
		fault "shikaku.conf.5 EXAMPLES: $(cat "$dir/said")"
	fi
	block "$reader_page" "REPLAY FILES" >"$dir/example.replay"
	"$bin/shikaku" card --config "$dir/json.conf" \
	    --reader "replay:$dir/example.replay" >"$dir/said" 2>&1 || :
	if [ ! -s "$dir/example.replay" ] ||
	    grep -q 'example.replay:[0-9]*:' "$dir/said"; then
		fault "shikaku-reader.8 REPLAY FILES: $(cat "$dir/said")"
	fi
}

# --- hw-docs ---

check_diagram() {
	checks=$((checks + 1))
	"$bin/shikaku" visits diagram | cmp -s - "$src/hw-docs/visit.dot" ||
	    fault "hw-docs/visit.dot is not what shikaku visits diagram says"
}

# in_source WORD: a word of the source; an XML name may be the beginning of
# a family of names (LimitApplicationCertificate, ...RelatedInfo).
in_source() {
	case $1 in
	[A-Z]*[a-z]*) pattern="(^|[^A-Za-z0-9_])$1" ;;
	*) pattern="(^|[^A-Za-z0-9_])$1([^A-Za-z0-9_]|\$)" ;;
	esac
	for folder in base driver reader crypto host; do
		grep -rqE --include='*.[ch]' "$pattern" "$src/$folder" &&
		    return 0
	done
	return 1
}

check_term() {
	[ -n "$2" ] || fault "terms.md: no code word for $1"
	case $3 in *"not used yet"*) return ;; esac
	for word in $(echo "$2" | tr -c 'A-Za-z0-9_\n' ' '); do
		in_source "$word" ||
		    fault "terms.md: $1: $word is not in the source"
	done
	for folder in $(echo "$3" | tr ',' ' '); do
		[ -d "$src/$folder" ] ||
		    fault "terms.md: $1: there is no $folder"
	done
}

check_terms() {
	awk -F' *[|] *' '/^[|]/ && NF == 6 { print $2 "|" $4 "|" $5 }
		/^[|]/ && NF != 6 { print "not understood: " $0 "||" }' \
	    "$src/hw-docs/terms.md" | sed 1,2d >"$dir/terms"
	[ -s "$dir/terms" ] || fault "terms.md: no terms"
	while IFS='|' read -r term word where; do
		checks=$((checks + 1))
		check_term "$term" "$word" "$where"
	done <"$dir/terms"
}

# "jpki AID D392..." and "jpki 000A read": the table of reader/guard.c.
guard_rows() {
	sed 's/{ 0x/\n&/g' "$src/reader/guard.c" | awk '
		/\[GUARD_[A-Z]*\] = {/ {
			app = tolower($1); gsub(/.*_|\].*/, "", app)
		}
		/^};/ { app = "" }
		app != "" && /^{ 0x.., 0x.., 0x/ {
			gsub(/0x|[^0-9a-fx]/, ""); print app " AID " toupper($0)
		}
		app != "" && /{ 0x....,/ {
			gsub(/[{},|]/, " "); id = toupper(substr($1, 3))
			for (i = 2; $i ~ /^[A-Z]+$/; i++)
				print app " " id " " tolower($i)
		}'
}

# The same from the column "we" of a card's tables.
card_rows() {
	for f in "$src"/hw-docs/cards/*.md; do
		awk -F' *[|] *' -v app="$(basename "$f" .md)" '
			/^AID `/ {
				split($0, a, "`"); gsub(/ /, "", a[2])
				aid = app " AID " a[2]
			}
			!/^[|]/ { we = 0 }
			/^[|]/ {
				for (i = 2; i < NF; i++)
					if ($i == "we") { we = i; next }
			}
			we && $we !~ /^-/ {
				if (aid != "") print aid
				aid = ""
				print app " " $2 " " $we
			}' "$f"
	done | sed 's/[*]//g'
}

check_guard() {
	guard_rows >"$dir/program"
	card_rows >"$dir/page"
	compare "hw-docs/cards and reader/guard.c"
}

# Every reader of the quirks has its page, or its line in the list, and every
# USB number there is in the quirks.
check_readers() {
	sed -n 's/^reader //p' "$src"/driver/quirks.d/*.conf >"$dir/program"
	grep -ohE '`[0-9a-f]{4}:[0-9a-f]{4}`' "$src"/hw-docs/readers/*.md |
	    tr -d '`' | sort -u >"$dir/page"
	compare "hw-docs/readers and driver/quirks.d"
	for f in "$src"/hw-docs/readers/*.md; do
		checks=$((checks + 1))
		case $f in */README.md | */vpcd.md | */recording.md) continue ;; esac
		grep -qi 'seen on hardware: *\**no' "$f" ||
		    fault "$(basename "$f"): does not say whether it was seen"
	done
}

lint
check_commands
check_exit_codes
check_json
check_keys
check_reader
check_device
check_examples
check_diagram
check_terms
check_guard
check_readers
echo "docs.sh: $checks checks, $faults faults"
[ "$faults" -eq 0 ]
