"""Shift_JIS as Windows writes it, which is not as Python does."""

import codecs
import re

# JIS mappings of characters that CP932 has under another code point.
JIS_TO_CP932 = str.maketrans("\u301c\u2016\u2212\u2014\u00a2\u00a3\u00ac",
                             "\uff5e\u2225\uff0d\u2015\uffe0\uffe1\uffe2")

BULLET = "●"


def rows(*leads):
    """Character -> code of the two-byte rows with these first bytes."""
    codes = {}
    for lead in leads:
        for trail in range(0x40, 0xfd):
            pair = bytes((lead, trail))
            text = pair.decode("cp932", "ignore")
            if len(text) == 1:
                codes[text] = pair
    return codes


# The same 374 characters twice: 髙 is EEE0 and FBFC.  Windows writes the
# second, Python the first (oqs-files.md 1.2).
NEC = rows(0xed, 0xee)
IBM = rows(0xfa, 0xfb, 0xfc)


def special(nec):
    """What Python writes in another row than asked for."""
    return {char: (NEC if nec else IBM)[char] for char in NEC
            if nec or char.encode("cp932")[0] in (0xed, 0xee)}


SPECIAL = {nec: special(nec) for nec in (False, True)}
ANY_SPECIAL = {nec: re.compile("([%s])" % "".join(map(re.escape, found)))
               for nec, found in SPECIAL.items()}


def bulleted(wrong):
    return BULLET * (wrong.end - wrong.start), wrong.end


codecs.register_error("bullet", bulleted)


def encode(text, nec=False, errors="strict"):
    """CP932 with one code per character, NEC's or IBM's; UnicodeEncodeError
    as str.encode."""
    rows = SPECIAL[nec]
    return b"".join(
        rows[part] if part in rows else part.encode("cp932", errors)
        for part in ANY_SPECIAL[nec].split(text))


def shown(text, nec=False):
    """What CP932 does not have becomes a bullet, as in real results."""
    return encode(text.translate(JIS_TO_CP932), nec, "bullet")
