#!/bin/sh
# The device's program for 64-bit ARM, built here and run in an emulator: it
# starts, and it does what three flow tests of devices want of it, with this
# machine's pcscd and cards.  By hand; tests/check.sh does not run it.
set -eu
cd "$(dirname "$0")/.."

for tool in aarch64-linux-gnu-gcc qemu-aarch64-static; do
	if ! command -v $tool >/dev/null; then
		echo "skipped, because $tool is not installed:" \
		    "sh host/build.sh arm64 installs it"
		exit 77
	fi
done
sh host/build.sh release arm64

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
bin=$dir/bin
mkdir "$bin"
ln -s "$PWD"/build/bin/* "$bin"
rm "$bin/shikaku-reader"
cat >"$bin/shikaku-reader" <<END
#!/bin/sh
exec qemu-aarch64-static -L "$PWD/build-arm64/sysroot" \
    "$PWD/build-arm64/bin/shikaku-reader" "\$@"
END
chmod 755 "$bin/shikaku-reader"

"$bin/shikaku-reader" --version
"$bin/shikaku-reader" --help >/dev/null
# Exit status 1 is for a machine without pcscd: it says so by name.
"$bin/shikaku-reader" --list >"$dir/list" || grep '^error NO_SERVICE' "$dir/list"
for t in device_test conformance_test homevisit_test; do
	SHIKAKU_BIN=$bin SHIKAKU_SRC=$PWD /usr/bin/python3 -B \
	    tests/flow/$t.py
done
