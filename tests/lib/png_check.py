"""Are a PNG and a PGM or PPM the same picture?  Reads the PNG without libpng.

    png_check.py FILE.png FILE.pgm

8 bits, grey or RGB, not interlaced.  Exit status 0: the same; 1 and a line:
what differs.
"""
import struct
import sys
import zlib


def chunks(data):
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        sys.exit("no PNG")
    at = 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        crc, = struct.unpack(">I", data[at + 8 + length:at + 12 + length])
        if crc != zlib.crc32(kind + body):
            sys.exit(f"{kind}: wrong CRC")
        yield kind, body
        at += 12 + length


def paeth(a, b, c):
    p = a + b - c
    return min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]


def unfilter(raw, stride, step):
    rows, before = [], bytes(stride)
    for at in range(0, len(raw), stride + 1):
        kind, row = raw[at], bytearray(raw[at + 1:at + 1 + stride])
        for i in range(stride):
            a = row[i - step] if i >= step else 0
            b = before[i]
            c = before[i - step] if i >= step else 0
            add = (0, a, b, (a + b) // 2, paeth(a, b, c))[kind]
            row[i] = (row[i] + add) & 255
        rows.append(bytes(row))
        before = row
    return b"".join(rows)


def read_png(path):
    found = list(chunks(open(path, "rb").read()))
    if found[0][0] != b"IHDR" or found[-1] != (b"IEND", b""):
        sys.exit("does not begin with IHDR and end with IEND")
    width, height, depth, colour, _, _, lace = struct.unpack(
        ">IIBBBBB", found[0][1])
    if depth != 8 or colour not in (0, 2) or lace:
        sys.exit(f"depth {depth}, colour {colour}, interlace {lace}")
    step = 3 if colour == 2 else 1
    raw = zlib.decompress(b"".join(b for k, b in found if k == b"IDAT"))
    if len(raw) != height * (width * step + 1):
        sys.exit("not as many pixels as it says")
    return width, height, step, unfilter(raw, width * step, step)


def read_pnm(path):
    data = open(path, "rb").read()
    words, at = [], 0
    while len(words) < 4:
        end = at
        while data[end:end + 1] not in (b" ", b"\n", b"\t"):
            end += 1
        if data[at:at + 1] == b"#":
            end = data.index(b"\n", at)
        elif end > at:
            words.append(data[at:end])
        at = end + 1
    if words[3] != b"255":
        sys.exit("not 8 bits")
    step = {b"P5": 1, b"P6": 3}[words[0]]
    return int(words[1]), int(words[2]), step, data[at:]


def main():
    png, pnm = read_png(sys.argv[1]), read_pnm(sys.argv[2])
    if png[:3] != pnm[:3]:
        sys.exit(f"{png[:3]} is not {pnm[:3]}")
    if png[3] != pnm[3]:
        sys.exit("other pixels")


main()
