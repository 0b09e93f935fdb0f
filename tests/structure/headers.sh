#!/bin/sh
# Every header compiles alone, with the project's own flags: both they and
# the libraries are read from CMakeLists.txt, so that nothing is listed twice.
#
# Environment: SHIKAKU_SRC, the top of the sources; CC.
set -eu
export LC_ALL=C
cd "${SHIKAKU_SRC:?}"

flags=$(sed -n '/^add_compile_options(/,/)/p' CMakeLists.txt |
    tr '\n' ' ' | sed 's/add_compile_options(//; s/).*//')
modules=$(sed -n \
    's/^pkg_check_modules([A-Z]* REQUIRED IMPORTED_TARGET \(.*\))$/\1/p' \
    CMakeLists.txt | tr ' ' '\n' | sed 's/[<>=].*//')
[ -n "$flags" ] && [ -n "$modules" ] || {
	echo "CMakeLists.txt: flags or libraries not found" >&2
	exit 1
}
# shellcheck disable=SC2086
found=$(pkg-config --cflags $modules | sed 's/-I/-isystem /g')

count=0
failed=0
for header in $(find base driver reader crypto host tests -name '*.h' |
    sort); do
	count=$((count + 1))
	# A declaration of its own: an empty unit is not ISO C.
	# shellcheck disable=SC2086
	printf '#include "%s"\ntypedef int used;\n' "$header" |
	    "${CC:-cc}" -std=c11 -D_GNU_SOURCE $flags $found -I. \
	    -fsyntax-only -x c - || {
		echo "$header does not compile alone" >&2
		failed=$((failed + 1))
	}
done
[ "$count" -gt 0 ] || { echo "no headers found" >&2; exit 1; }
echo "$count headers, $failed of them do not compile alone"
[ "$failed" -eq 0 ]
