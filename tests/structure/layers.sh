#!/bin/sh
# Who may include whom, and who alone may say what.  Linking does not find
# every wrong edge: a program holds all libraries, and a call against the
# direction is resolved by an object that is there anyway.  Nobody includes
# tests.
#
# Environment: SHIKAKU_SRC, the top of the sources.
set -eu
export LC_ALL=C
cd "${SHIKAKU_SRC:?}"
bad=$(mktemp)
code=$(mktemp)
trap 'rm -f "$bad" "$code"' EXIT

# folder: what it may include besides itself.  CMakeLists.txt has the same
# edges, which is held below.
allowed='
base:
driver: base
reader: base driver
crypto: base
host/wire: base crypto
host/tty: base
host/slip: base crypto host/consent host/tty
host/device: base driver reader crypto host/consent host/proof host/slip host/wire host/tty
host/store: base
host/consent: base
host/ledger: base crypto host/store
host/qualify: base crypto host/store host/consent host/ledger
host/import: base crypto host/store host/consent host/ledger host/qualify
host/document: base crypto host/store host/consent host/ledger host/qualify
host/export: base crypto host/store host/consent host/ledger host/qualify host/import
host/proof: base driver reader crypto host/consent
host/visit: base driver reader crypto host/proof host/store host/consent host/ledger host/qualify
host/filing: base driver reader crypto host/tty host/slip host/proof host/store host/consent host/ledger host/qualify host/visit
host/remote: base driver crypto host/wire host/store
host/api: base driver reader crypto host/tty host/slip host/wire host/proof host/store host/consent host/ledger host/qualify host/import host/document host/export host/visit host/filing host/remote
host/agent: base driver reader crypto host/tty host/slip host/wire host/proof host/store host/consent host/ledger host/qualify host/import host/document host/export host/visit host/filing host/remote host/api
host/cli: base driver reader crypto host/tty host/slip host/wire host/proof host/store host/consent host/ledger host/qualify host/import host/document host/export host/visit host/filing host/remote host/api host/agent
'

# Programs of other people's: they see the client's header and nothing else,
# and stand on no room, so that CMakeLists.txt has no edge for them.
alone='
host/api/client: host/api/shikaku.h
host/api/example: host/api/shikaku.h
'

sources() {
	find "$@" -name '*.[ch]' | sort
}

# "file, tab, line" of all code, without comments: what is said there binds
# nobody.  A quote inside a comment, or a comment inside quotes, is neither.
strip() {
	awk '
	FNR == 1 { inside = 0 }
	{
		rest = $0
		out = ""
		while (rest != "") {
			if (inside) {
				if (!(at = index(rest, "*/")))
					break
				rest = substr(rest, at + 2)
				inside = 0
			} else if (match(rest,
			    /"([^"\\]|\\.)*"|\047([^\047\\]|\\.)*\047|\/\*/)) {
				token = substr(rest, RSTART, RLENGTH)
				out = out substr(rest, 1, RSTART - 1)
				inside = token == "/*"
				if (!inside)
					out = out token
				rest = substr(rest, RSTART + RLENGTH)
			} else {
				out = out rest
				rest = ""
			}
		}
		if (out ~ /[^ \t]/)
			print FILENAME "\t" out
	}' "$@"
}

# Ours in <> too: the top folder is an include folder.
includes() {
	sources base driver reader crypto host | while read -r file; do
		sed -nE \
		    -e 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"([^"]*)".*/\1/p' \
		    -e 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*<((\.\.?|base|driver|reader|crypto|host|tests)\/[^>]*)>.*/\1/p' \
		    "$file" | sed "s|^|$file |"
	done
}

edges=$(includes)
printf '%s\n' "$edges" | awk -v allowed="$allowed$alone" '
function folder(path,	part, n) {
	if (path == "host/api/shikaku.h")
		return path
	n = split(path, part, "/")
	if (path ~ /^host\/api\/(client|example)\//)
		return part[1] "/" part[2] "/" part[3]
	if (n < 2)
		return "."
	return part[1] == "host" && n > 2 ? part[1] "/" part[2] : part[1]
}
BEGIN {
	n = split(allowed, line, "\n")
	for (i = 1; i <= n; i++) {
		if (split(line[i], side, ":") < 2)
			continue
		known[side[1]] = 1
		may[side[1], side[1]] = 1
		m = split(side[2], below, " ")
		for (k = 1; k <= m; k++)
			may[side[1], below[k]] = 1
	}
}
NF == 2 {
	from = folder($1); to = folder($2)
	if (!(from in known))
		print $1 ": " from " is not in the table"
	else if (!((from, to) in may))
		print $1 ": includes \"" $2 "\": " from " may not use " to
}' >>"$bad"

# Each room() of CMakeLists.txt with everything below it, as the table's lines.
rooms() {
	tr '\n' ' ' <CMakeLists.txt | grep -oE '[^a-z_]room\([^)]*\)' |
	    sed 's/^.room(//; s/)$//' | awk '
	$1 == "name" || $2 == "host/api/client" { next }
	{
		folder[$1] = $2
		order[++n] = $1
		for (i = 3; i <= NF; i++) {
			if ($i ~ /::/)
				continue
			below[$1] = below[$1] " " $i below[$i]
		}
	}
	END {
		for (i = 1; i <= n; i++) {
			m = split(below[order[i]], name, " ")
			for (k = 1; k <= m; k++)
				print folder[order[i]] ": " folder[name[k]]
			print folder[order[i]] ":"
		}
	}' | sort -u
}

table() {
	echo "$allowed" | awk 'NF > 0 {
		print $1
		for (i = 2; i <= NF; i++)
			print $1 " " $i
	}' | sort -u
}

{
	rooms | sed 's/^/CMakeLists.txt /'
	table | sed 's/^/layers.sh /'
} | awk '
{
	side = $1; sub(/^[^ ]* /, "")
	seen[$0] = seen[$0] side
}
END {
	for (edge in seen)
		if (seen[edge] != "CMakeLists.txtlayers.sh")
			print "\"" edge "\" stands only in " seen[edge]
}' >>"$bad"

# shellcheck disable=SC2046
strip $(sources base driver reader crypto host) >"$code"

# only PATTERN WHERE WHAT: nobody but the files WHERE says it.
only() {
	grep -Ev "^($2)	" "$code" | grep -E "$1" | cut -f 1 | sort -u |
	    sed "s|\$|: $3|" >>"$bad" || true
}

only 'SCARD|SCard' 'driver/pcsc[^/]*' 'only driver/pcsc*.c says PC/SC'
only 'nfc/nfc|NFC_|(^|[^a-z_])nfc_(init|exit|open|close|list|device|abort|idle|target)' \
    'driver/nfc[^/]*' \
    'only driver/nfc*.c says libnfc'
only 'libxml|xml(Doc|Node|Reader|Read|Parse|Free|SAX)' 'host/qualify/.*' \
    'only host/qualify says libxml2'
only '(^|[^a-z])(opj|OPJ|png|PNG)_|openjpeg\.h|png\.h' 'host/proof/photo\.c' \
    'only host/proof/photo.c says OpenJPEG and libpng'
only 'sqlite3|"[[:space:]]*(SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|PRAGMA|REPLACE|BEGIN|COMMIT|ROLLBACK)([[:space:]]|")' \
    'host/store/.*' 'only host/store says SQL'
only '(^|[^a-z])(lws|LWS)_|libwebsockets' 'host/api/server\.c' \
    'only host/api/server.c says libwebsockets'
only 'SSL_CTX|openssl/ssl\.h' \
    'host/api/(server|tls)\.[ch]|host/wire/(pump|secure|wire)\.[ch]' \
    'only host/api/tls and server, and host/wire, say TLS'
only '(^|[^a-z])gz(FILE|[a-z]*open|write|close)|zlib\.h' \
    'host/cli/tarball\.c|host/qualify/pack\.c' \
    'only host/cli/tarball.c and host/qualify/pack.c say zlib'
only 'curl_|CURL' 'host/api/client/.*' 'only host/api/client says libcurl'
only '[[:space:]]main[[:space:]]*\(' '.*/main[^/]*\.c|host/api/example/.*' \
    'only main*.c and the example have a main()'

if command -v ctags >/dev/null &&
    ctags --version | grep -q Universal; then
	sources base driver reader crypto host | grep '\.c$' |
	    ctags -L - --languages=C --kinds-C=f --fields=+ne -f - \
	    --sort=no 2>/dev/null | awk -F '\t' '
	{
		start = end = 0
		for (i = 4; i <= NF; i++) {
			if ($i ~ /^line:/)
				start = substr($i, 6)
			if ($i ~ /^end:/)
				end = substr($i, 5)
		}
		if (end > 0)
			print end - start + 1, $2 ": " $1
	}' | sort -rn | awk '
	{ row[NR] = $0; len[NR] = $1 }
	END {
		if (NR == 0)
			exit
		print "median of " NR " functions: " \
		    len[int((NR + 1) / 2)] " lines; the longest:"
		for (i = 1; i <= 10 && i <= NR; i++)
			print "  " row[i]
	}'
else
	echo "no function lengths, because universal-ctags is not installed"
fi

if [ -s "$bad" ]; then
	cat "$bad" >&2
	exit 1
fi
[ -n "$edges" ] || { echo "no includes found" >&2; exit 1; }
echo "$(printf '%s\n' "$edges" | wc -l) includes, all allowed"
