"""A tree of (name, text or list) as the bytes of a result file."""

import io
import random
import struct
import zipfile
import zlib
from xml.sax.saxutils import escape

import terminal_text

NAMES = {"utf-8": "UTF-8", "cp932": "Shift_JIS"}
IDENTIFIERS = {"utf-8": "0", "cp932": "1"}      # OQSCD005
BREAKS = {"none": ("", ""), "lf": ("\n", "  "), "crlf": ("\r\n", "\t")}
KEPT = ("MessageHeader", "MessageBody")


def prune(tree):
    """Without elements that have no value (1.2)."""
    pruned = []
    for name, value in tree:
        if isinstance(value, list):
            value = prune(value)
        if value or name in KEPT:
            pruned.append((name, value))
    return pruned


def shuffled(tree, rng):
    """Another order; like-named neighbours keep theirs, they are parallel."""
    tree = [(name, shuffled(value, rng) if isinstance(value, list) else value)
            for name, value in tree]
    order = [name for name, _ in tree]
    rng.shuffle(order)
    queues = {name: [] for name in order}
    for name, value in tree:
        queues[name].append(value)
    return [(name, queues[name].pop(0)) for name in order]


def element(name, value, style, depth):
    feed, step = style
    lead = step * depth
    if isinstance(value, str):
        return lead + "<%s>%s</%s>" % (name, escape(value), name) + feed
    inner = "".join(element(n, v, style, depth + 1) for n, v in value)
    return (lead + "<%s>" % name + feed + inner + lead + "</%s>" % name +
            feed)


class Wire:
    def __init__(self, options):
        self.options = options
        self.identifier = IDENTIFIERS[options.encoding]

    def xml(self, name, header, body):
        options = self.options
        parts = [header, body]
        if not options.keep_empty:
            parts = [prune(part) for part in parts]
        if options.shuffle is not None:
            rng = random.Random("%s/%s" % (options.shuffle, name))
            parts = [shuffled(part, rng) for part in parts]
        style = BREAKS[options.indent]
        text = ('<?xml version="1.0" encoding="%s" standalone="no"?>' %
                NAMES[options.encoding] + style[0] +
                element("XmlMsg", list(zip(KEPT, parts)), style, 0))
        if options.encoding == "cp932":
            return terminal_text.shown(text, options.nec_rows)
        return text.encode("utf-8-sig" if options.bom else "utf-8")


def zipped(name, raw):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, raw)
    return out.getvalue()


def pdf(words):
    """The least a PDF reader opens: one page, one line."""
    stream = b"BT /F1 12 Tf 72 720 Td (%s) Tj ET" % words.encode("ascii")
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    out += (b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" %
            (len(objects) + 1, start))
    return bytes(out)


def png(words):
    """The least a picture viewer opens: the bits of the words, row by row,
    black on white.  No reader of QR codes is asked to know them."""
    bits = "".join("%08d" % int(bin(octet)[2:])
                   for octet in words.encode("ascii"))
    width = 32
    bits += "0" * (-len(bits) % width)
    rows = [bits[at:at + width] for at in range(0, len(bits), width)]
    pixels = b"".join(b"\0" + bytes(255 * (bit == "0") for bit in row)
                      for row in rows)

    def chunk(name, raw):
        return (struct.pack(">I", len(raw)) + name + raw +
                struct.pack(">I", zlib.crc32(name + raw)))
    return (b"\x89PNG\r\n\x1a\n" +
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, len(rows), 8, 0, 0,
                                       0, 0)) +
            chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b""))
