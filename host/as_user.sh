# shellcheck shell=sh disable=SC2086
# Sourced, in the top folder, by the scripts that may be called with sudo.
# Only apt needs root:
#
#	leave_root SCRIPT [ARG ...]
#
# goes on as who called sudo, so that nothing in the tree comes to belong to
# root; what an earlier run as root has built is handed over first.  It
# returns where there is nobody to go on as: an ordinary user, root without
# sudo, or a tree this person cannot write to.
leave_root() {
	if [ "$(id -u)" -ne 0 ] || [ "${SUDO_USER:-root}" = root ]; then
		return 0
	fi
	as="setpriv --reuid $SUDO_USER --regid $(id -g "$SUDO_USER")"
	as="$as --init-groups"
	$as test -w . || return 0
	for built in build build-*; do
		[ ! -d "$built" ] || chown -hR "$SUDO_USER:" "$built"
	done
	home=$(getent passwd "$SUDO_USER" | cut -d: -f6)
	exec $as env HOME="$home" USER="$SUDO_USER" sh "$@"
}
