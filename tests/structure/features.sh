#!/bin/sh
# tests/features.md: every feature has one row, and every proof exists.
#
#	features.sh		faults; prints how many rows are open
#	features.sh --closed	an open row is a fault, too
#
# Environment: SHIKAKU_SRC, the top of the sources.
set -eu
LC_ALL=C
export LC_ALL

src=${SHIKAKU_SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
page=$src/tests/features.md
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
faults=0

fault() {
	echo "features.sh: $*" >&2
	faults=$((faults + 1))
}

# first last: ids with the numbers between.
span() {
	seq -f "$1-%02g" "$2" "$3"
}

ids() {
	span COS 1 7
	span COS 10 20
	span COS 30 36
	span ENV 1 6
	span DEN 1 32
	span OQS 1 13
	span MZW 1 4
	span MAP 1 11
	span BAT 1 13
	span ORC 1 7
	span DIS 1 4
	span NET 1 6
}

# "id rest" of each row of a table.
rows() {
	awk -F' *[|] ' '/^[|] [A-Z]+-[0-9]+ [|]/ {
		sub(/^[|] /, ""); sub(/ *[|] *$/, "")
		id = $1; sub(/ .*/, "", id)
		asked = $0; sub(/^[^|]*[|] */, "", asked)
		proof = asked; sub(/ *[|].*/, "", asked)
		if (!sub(/^[^|]*[|] */, "", proof))
			proof = ""
		print id "\t" asked "\t" proof
	}' "$1"
}

# What a proof names, a line each with its id: "test NAME", "function NAME",
# "row TEXT", or "word not_ours", "word not_known", "word open".  Behind
# "open:" the words begin with plan_: they need not exist yet.  What is behind
# "not ours:" explains.
claims() {
	awk -F'\t' '{
		id = $1; text = $3; plan = ""
		while (text != "") {
			if (match(text, /^[^`"no]+/)) {
				text = substr(text, RLENGTH + 1)
			} else if (match(text, /^(not ours|not known|open):/)) {
				word = substr(text, 1, RLENGTH - 1)
				sub(/ /, "_", word)
				print id "\tword\t" word
				text = word == "open" ? \
				    substr(text, RLENGTH + 1) : ""
				plan = "plan_"
			} else if (match(text, /^`[^`]*`/)) {
				name = substr(text, 2, RLENGTH - 2)
				what = name ~ /\// ? "test" : "function"
				print id "\t" plan what "\t" name
				text = substr(text, RLENGTH + 1)
			} else if (match(text, /^"[^"]*"/)) {
				name = substr(text, 2, RLENGTH - 2)
				print id "\t" plan "row\t" name
				text = substr(text, RLENGTH + 1)
			} else
				text = substr(text, 2)
		}
	}'
}

# The files of a ctest, by the names tests/CMakeLists.txt gives; the pages'
# scenes are beside their test.
files_of() {
	base=$src/tests/${1%_module}
	scenes=$(echo "$base" | sed 's/_page_test$/_test/; s/_test$/_scenes.mjs/')
	for f in "$base.c" "$base.py" "$base.sh" "$base.mjs"; do
		case $1 in
		browser/*_module) case $f in *.mjs) ;; *) continue ;; esac ;;
		browser/*) case $f in *.py) ;; *) continue ;; esac ;;
		esac
		if [ -f "$f" ]; then
			echo "$f"
			case $1 in browser/*) [ ! -f "$scenes" ] ||
			    echo "$scenes" ;; esac
			return 0
		fi
	done
	return 1
}

# A function of C, Python or JavaScript, or a member of a table of scenes.
has_function() {
	# shellcheck disable=SC2086
	grep -Eqs "^$1\(|^ *def $1\(|^[[:space:]]*(async )?$1(\(|:)" $2
}

has_row() {
	# shellcheck disable=SC2086
	grep -Fqs "\"$1\"" $2
}

# check PAGE IDS: sets faults, writes $dir/words, $dir/plans, $dir/away.
check() {
	rows "$1" >"$dir/rows"
	cut -f 1 "$dir/rows" | sort >"$dir/seen"
	sort -u "$2" >"$dir/wanted"
	for id in $(uniq -d "$dir/seen"); do
		fault "$id: stands twice"
	done
	for id in $(sort -u "$dir/seen" | comm -13 - "$dir/wanted"); do
		fault "$id: is missing"
	done
	for id in $(sort -u "$dir/seen" | comm -23 - "$dir/wanted"); do
		fault "$id: there is no such feature"
	done
	awk -F'\t' 'NF < 3 || $2 == "" || $3 == "" { print $1 }' \
	    "$dir/rows" >"$dir/empty"
	while read -r id; do
		fault "$id: says nothing"
	done <"$dir/empty"
	claims <"$dir/rows" >"$dir/claims"
	for id in $(cut -f 1 "$dir/claims" | sort -u |
	    comm -13 - "$dir/wanted"); do
		fault "$id: no test, and not why"
	done
	hold
}

# wrong WHAT NAME: why a claim does not hold, nothing if it does.
wrong() {
	case $1 in
	test)
		[ -n "$files" ] || echo "there is no test $2"
		;;
	function)
		if [ -z "$files" ]; then
			echo "$2 is of no test"
		elif ! has_function "$2" "$files"; then
			echo "$test has no function $2"
		fi
		;;
	row)
		if [ -z "$files" ]; then
			echo "\"$2\" is of no test"
		elif ! has_row "$2" "$files"; then
			echo "$test has no row \"$2\""
		fi
		;;
	esac
}

hold() {
	: >"$dir/words"
	: >"$dir/plans"
	: >"$dir/away"
	last=
	while IFS='	' read -r id what name; do
		[ "$id" = "$last" ] || { files=""; test=""; }
		last=$id
		case $what in
		word)
			echo "$name $id" >>"$dir/words"
			continue
			;;
		*test)
			test=$name
			files=$(files_of "$name") || files=""
			;;
		esac
		why=$(wrong "${what#plan_}" "$name")
		case $what in
		plan_*)
			echo "$id" >>"$dir/plans"
			[ -z "$why" ] || echo "$id" >>"$dir/away"
			;;
		*)
			[ -z "$why" ] || fault "$id: $why"
			;;
		esac
	done <"$dir/claims"
}

# The script finds what is wrong: each of these rows is a fault of its own.
self() {
	before=$faults
	while IFS= read -r row; do
		case $row in "") continue ;; esac
		printf '%s\n' '| A-01 | x | `structure/features` |' "$row" \
		    >"$dir/page"
		printf 'A-01\nA-02\n' >"$dir/ids"
		faults=0
		check "$dir/page" "$dir/ids" 2>"$dir/said"
		if [ "$faults" -eq 0 ]; then
			echo "features.sh: not found to be wrong: $row" >&2
			before=$((before + 1))
		fi
	done <<-'EOF'
	| A-01 | x | `structure/layers` |
	| A-03 | x | `structure/layers` |
	| A-02 | x | |
	| A-02 | x | some day |
	| A-02 | x | `structure/nowhere` |
	| A-02 | x | `browser/desk_test` |
	| A-02 | x | `unit/ledger_match_test` `no_such_function` |
	| A-02 | x | `unit/ledger_match_test` "no such row" |
	| A-02 | x | `flow/fixtures_test` `test_check_digit` |
	| A-02 | x | `some_function` |
	| A-02 | x | "twins" |
	| A-02 | x | `browser/way_test` `no_such_scene` |
	EOF
	faults=$before
	printf '%s\n' '| A-01 | x | not ours: `nobody/knows` |' \
	    '| A-02 | x | `unit/ledger_match_test` `one_row` "twins" |' \
	    >"$dir/page"
	check "$dir/page" "$dir/ids"
}

self
ids >"$dir/all"
check "$page" "$dir/all"
# An open row all of whose plan exists is one to look at.
sort -u "$dir/plans" >"$dir/a"
sort -u "$dir/away" | comm -13 - "$dir/a" | tr '\n' ' ' >"$dir/due"
[ ! -s "$dir/due" ] || echo "open, and all they wait for exists:" \
    "$(cat "$dir/due")"
open=$(grep -c '^open ' "$dir/words" || :)
away=$(grep -c '^not_' "$dir/words" || :)
echo "features.sh: $(wc -l <"$dir/all") features, $open open, $away in" \
    "whole or in part not ours, $faults faults"
if [ "${1-}" = --closed ]; then
	sed -n 's/^open //p' "$dir/words" | tr '\n' ' '
	echo
	[ "$open" -eq 0 ] || exit 1
fi
[ "$faults" -eq 0 ]
