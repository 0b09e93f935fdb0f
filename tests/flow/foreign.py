"""Another program on the same machine: a PC/SC client that is not ours.

    foreign.py hold READER          takes the card for itself alone, says
                                    "held", lets go at the end of input
    foreign.py sign READER SECONDS  has the card sign without a PIN, again and
                                    again until it refuses; says what changes

READER is part of a name.  It never resets a card and never cuts its power, so
what it meets is what was left behind."""

import ctypes
import sys
import time

SHARED, EXCLUSIVE, ANY_PROTOCOL, LEAVE = 2, 1, 3, 0
REFUSED = b"\x69\x82"
SELECT_JPKI = bytes.fromhex("00A4040C0AD392F000260100000001")
SELECT_KEY = bytes.fromhex("00A4020C020017")
# A DigestInfo of SHA-256, as the card takes it.
SIGN = bytes.fromhex("802A008033" "3031300D060960864801650304020105000420"
                     ) + bytes(32) + b"\0"

lib = ctypes.CDLL("libpcsclite.so.1")


class Answer(Exception):
    """What PC/SC said instead of doing it."""


def must(call, *args):
    code = call(*args) & 0xffffffff
    if code != 0:
        raise Answer("%s: %08X" % (call.__name__, code))


class Card:
    def __init__(self, reader, share):
        self.context, self.card = ctypes.c_long(), ctypes.c_long()
        self.protocol = ctypes.c_ulong()
        must(lib.SCardEstablishContext, 2, None, None,
             ctypes.byref(self.context))
        try:
            must(lib.SCardConnect, self.context, self.name(reader), share,
                 ANY_PROTOCOL, ctypes.byref(self.card),
                 ctypes.byref(self.protocol))
        except Answer:
            lib.SCardReleaseContext(self.context)
            raise

    def name(self, part):
        names = ctypes.create_string_buffer(4096)
        size = ctypes.c_ulong(len(names))
        must(lib.SCardListReaders, self.context, None, names,
             ctypes.byref(size))
        found = [n for n in names.raw[:size.value].split(b"\0")
                 if part.encode() in n]
        if not found:
            raise Answer("no reader")
        return found[0]

    def send(self, command):
        pci = (ctypes.c_ulong * 2)(self.protocol.value, 16)
        answer = ctypes.create_string_buffer(4096)
        size = ctypes.c_ulong(len(answer))
        must(lib.SCardTransmit, self.card, ctypes.byref(pci), command,
             ctypes.c_ulong(len(command)), None, answer, ctypes.byref(size))
        return answer.raw[:size.value]

    def close(self):
        lib.SCardDisconnect(self.card, LEAVE)
        lib.SCardReleaseContext(self.context)


def sign(reader):
    card = Card(reader, SHARED)
    try:
        for command in (SELECT_JPKI, SELECT_KEY):
            answer = card.send(command)
            if answer == b"\x6f\x00":	# the first one after power-on
                answer = card.send(command)
            if answer != b"\x90\x00":
                raise Answer("select: " + answer.hex())
        return card.send(SIGN)[-2:]
    finally:
        card.close()


def sign_until_refused(reader, seconds):
    end = time.monotonic() + seconds
    said = None
    while said != REFUSED.hex() and time.monotonic() < end:
        before = said
        try:
            said = sign(reader).hex()
        except Answer as why:
            said = str(why)
        if said != before:
            print(said, flush=True)
        time.sleep(0.1)


def hold(reader):
    card = Card(reader, EXCLUSIVE)
    print("held", flush=True)
    sys.stdin.read()
    card.close()


if __name__ == "__main__":
    if sys.argv[1] == "hold":
        hold(sys.argv[2])
    else:
        sign_until_refused(sys.argv[2], float(sys.argv[3]))
