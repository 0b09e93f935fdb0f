#!/bin/sh
# quirks.sh FILE ...: driver/quirks.d as C, one line of text a string.
set -eu
echo '#include "driver/quirk.h"'
echo
echo 'const char *const quirk_shipped[] = {'
cat "$@" | sed -e 's/[\\"]/\\&/g' -e 's/.*/	"&",/'
echo '	(void *)0'
echo '};'
