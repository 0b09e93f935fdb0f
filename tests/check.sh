#!/bin/sh
# Installs what is missing, builds, runs every test; arguments go to ctest.
# The unit tests and some of the flow tests run under the sanitizers first.
# Ends with ctest's summary of the release build.
set -eu
cd "$(dirname "$0")/.."
. host/as_user.sh

sh host/build.sh release asan
leave_root tests/check.sh "$@"

# Whatever a sanitizer says counts, also in a reader process or a fake, whose
# end nobody looks at: it goes to files, which must not be there afterwards.
said=$PWD/build-asan/sanitizer
rm -rf "$said"
mkdir "$said"
failed=0
ASAN_OPTIONS=log_path=$said/log UBSAN_OPTIONS=log_path=$said/log \
    ctest --test-dir build-asan --output-on-failure -j 2 \
    -R '^unit/|^flow/(cli|secrets|check)_test$' || failed=$?
if [ -n "$(ls "$said")" ]; then
	cat "$said"/* >&2
	exit 1
fi
[ "$failed" -eq 0 ] || exit "$failed"

# Most of these wait for a card, a terminal or a person, not for a core.
ctest --test-dir build --output-on-failure -j 3 "$@"
