#!/bin/sh
# Installs what is missing, builds, runs every test.  Ends with ctest's
# summary of the release build; the unit tests run under the sanitizers first.
set -eu
cd "$(dirname "$0")/.."

sh host/build.sh release asan
ctest --test-dir build-asan --output-on-failure -j 2 -R '^unit/'
ctest --test-dir build --output-on-failure -j 2 "$@"
