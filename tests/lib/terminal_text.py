"""Shift_JIS as Windows writes it, which is not as Python does."""

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


def encode(text, nec=False):
    """CP932 with one code per character, NEC's or IBM's; UnicodeEncodeError
    as str.encode."""
    out = bytearray()
    for char in text:
        code = char.encode("cp932")
        if char in NEC and (nec or code[0] in (0xed, 0xee)):
            code = NEC[char] if nec else IBM[char]
        out += code
    return bytes(out)


def shown(text, nec=False):
    """What CP932 does not have becomes a bullet, as in real results."""
    out = bytearray()
    for char in text.translate(JIS_TO_CP932):
        try:
            out += encode(char, nec)
        except UnicodeEncodeError:
            out += encode(BULLET)
    return bytes(out)
